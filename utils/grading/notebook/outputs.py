"""Outputs that a student's process reports, as they may stand in a notebook that other people open."""

import re
from collections.abc import Callable
from typing import Any

# No JavaScript and no widgets: the notebook is opened by people who may change grades.
_KINDS = frozenset(
    {
        "text/plain",
        "text/html",
        "text/markdown",
        "text/latex",
        "image/png",
        "image/jpeg",
        "image/svg+xml",
        "application/json",
    }
)


_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\x1b(?!\[[0-9;]*m)")


def checked(report: Any, limit: int) -> tuple[list[dict[str, Any]], int | None, str | None]:
    """Outputs in nbformat's form, the cell's number, and the name of the error that ended it.

    Args:
        report: what a student's process sent; anything that does not belong is left out.
        limit: bytes of output that are kept, errors aside.
    """
    if type(report) is not dict or type(report.get("outputs")) is not list:
        raise ValueError("there is no report")
    outputs = []
    errors = 0
    room = limit + 2048
    for given in report["outputs"][:1000]:
        made = _MAKERS.get(given.get("output_type"), _nothing)(given) if type(given) is dict else None
        if made is None:
            continue
        room -= _size(made)
        # A cell ends with one error; that one has room of its own.
        errors += made["output_type"] == "error"
        if errors > 1 if made["output_type"] == "error" else room < 0:
            continue
        outputs.append(made)
    count, error = report.get("count"), report.get("error")
    return (
        outputs,
        count if type(count) is int and 0 <= count < 10**6 else None,
        error if type(error) is str else None,
    )


def _nothing(given: dict[Any, Any]) -> dict[str, Any] | None:
    return None


def _stream(given: dict[Any, Any]) -> dict[str, Any] | None:
    name, text = given.get("name"), given.get("text")
    if name not in ("stdout", "stderr") or type(text) is not str:
        return None
    return {"output_type": "stream", "name": name, "text": storable(text)}


def _data(given: dict[Any, Any]) -> dict[str, Any] | None:
    data = given.get("data")
    if type(data) is not dict:
        return None
    kept = {kind: storable(text) for kind, text in data.items() if kind in _KINDS and type(text) is str}
    made: dict[str, Any] = {"output_type": given["output_type"], "data": kept, "metadata": {}}
    if made["output_type"] == "execute_result":
        count = given.get("execution_count")
        made["execution_count"] = count if type(count) is int else None
    return made if kept else None


def _error(given: dict[Any, Any]) -> dict[str, Any] | None:
    name, value, trace = given.get("ename"), given.get("evalue"), given.get("traceback")
    if type(name) is not str or type(value) is not str or type(trace) is not list:
        return None
    lines = [storable(line[:4000]) for line in trace[:40] if type(line) is str]
    return {"output_type": "error", "ename": storable(name[:200]), "evalue": storable(value[:4000]), "traceback": lines}


def storable(text: str) -> str:
    """Text that UTF-8 can store and that leaves a terminal as it is, colours aside."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("", text)


def _size(made: dict[str, Any]) -> int:
    if made["output_type"] == "stream":
        return len(made["text"])
    return sum(map(len, made.get("data", {}).values()))


_MAKERS: dict[Any, Callable[[dict[Any, Any]], dict[str, Any] | None]] = {
    "stream": _stream,
    "display_data": _data,
    "execute_result": _data,
    "error": _error,
}
