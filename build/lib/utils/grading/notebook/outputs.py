"""Outputs reported by a student's process, reduced to kinds that are safe in a notebook that others open."""

import re
from collections.abc import Callable
from typing import Any

from utils.grading.job import CellVerdict

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

_MAX_OUTPUTS = 1000
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\x1b(?!\[[0-9;]*m)")


def parse_report(report: Any, limit: int) -> tuple[list[dict[str, Any]], int | None, str | None]:
    """The outputs of a cell in nbformat's form, the cell's number, and the name of the error that ended it.

    Args:
        report: the message of the student's process; entries of unknown form are ignored.
        limit: bytes of output that are kept, errors aside.

    Raises:
        ValueError: the report has no list of outputs.

    Example:
        >>> stream = {"output_type": "stream", "name": "stdout", "text": "hello"}
        >>> parse_report({"outputs": [stream, {"output_type": "unknown"}], "count": 3}, limit=1024)
        ([{'output_type': 'stream', 'name': 'stdout', 'text': 'hello'}], 3, None)
    """
    if type(report) is not dict or type(report.get("outputs")) is not list:
        raise ValueError("there is no report")
    outputs = []
    errors = 0
    room = limit + 2048
    for entry in report["outputs"][:_MAX_OUTPUTS]:
        kind = entry.get("output_type") if type(entry) is dict else None
        output = _PARSERS.get(kind, _nothing)(entry) if type(kind) is str else None
        if output is None:
            continue
        room -= _size(output)
        # A cell ends with at most one error, which does not count against the limit.
        errors += output["output_type"] == "error"
        if errors > 1 if output["output_type"] == "error" else room < 0:
            continue
        outputs.append(output)
    count, error = report.get("count"), report.get("error")
    return (
        outputs,
        count if type(count) is int and 0 <= count < 10**6 else None,
        error if type(error) is str else None,
    )


def credit(verdict: CellVerdict) -> list[dict[str, Any]]:
    """Outputs of a grade cell that say how it was judged, and from which nbgrader itself determines the same points.

    Example:
        >>> credit(CellVerdict("test", 0.0, 2.0, "graded", "The check failed."))[0]["evalue"]
        'The check failed.'
    """
    outputs: list[dict[str, Any]] = []
    if verdict.points == 0 and verdict.message:
        return [error_output("CheckFailed", verdict.message)]
    if verdict.points is not None and verdict.points != verdict.max_score:
        data = {"text/plain": repr(verdict.points)}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    if verdict.message:
        outputs.append({"output_type": "stream", "name": "stdout", "text": verdict.message + "\n"})
    return outputs


def error_output(kind: str, sentence: str) -> dict[str, Any]:
    """An error of one sentence."""
    return {"output_type": "error", "ename": kind, "evalue": sentence, "traceback": [sentence]}


def parse_submitted(outputs: object, limit: int) -> list[dict[str, Any]]:
    """Outputs of a submitted file, in which a text may be a list of lines: known kinds, up to the limit.

    Example:
        >>> stream = {"output_type": "stream", "name": "stdout", "text": ["two\\n", "lines"]}
        >>> parse_submitted([stream, "junk"], limit=1024)
        [{'output_type': 'stream', 'name': 'stdout', 'text': 'two\\nlines'}]
    """
    entries = [_joined(entry) for entry in outputs[:_MAX_OUTPUTS]] if type(outputs) is list else []
    return parse_report({"outputs": entries}, limit)[0]


def _joined(entry: object) -> object:
    """An output with its lists of lines joined."""
    if type(entry) is not dict:
        return None
    data = entry.get("data")
    joined = {key: value if key == "traceback" else _text(value) for key, value in entry.items()}
    return {**joined, "data": {kind: _text(value) for kind, value in data.items()}} if type(data) is dict else joined


def _text(value: object) -> object:
    lines = type(value) is list and value and all(type(line) is str for line in value)
    return "".join(value) if lines else value  # type: ignore[arg-type]


def _nothing(entry: dict[Any, Any]) -> dict[str, Any] | None:
    return None


def _stream(entry: dict[Any, Any]) -> dict[str, Any] | None:
    name, text = entry.get("name"), entry.get("text")
    if name not in ("stdout", "stderr") or type(text) is not str:
        return None
    return {"output_type": "stream", "name": name, "text": storable(text)}


def _data(entry: dict[Any, Any]) -> dict[str, Any] | None:
    data = entry.get("data")
    if type(data) is not dict:
        return None
    texts = {kind: storable(text) for kind, text in data.items() if kind in _KINDS and type(text) is str}
    output: dict[str, Any] = {"output_type": entry["output_type"], "data": texts, "metadata": {}}
    if output["output_type"] == "execute_result":
        count = entry.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output if texts else None


def _error(entry: dict[Any, Any]) -> dict[str, Any] | None:
    name, value, trace = entry.get("ename"), entry.get("evalue"), entry.get("traceback")
    if type(name) is not str or type(value) is not str or type(trace) is not list:
        return None
    lines = [storable(line[:4000]) for line in trace[:40] if type(line) is str]
    return {"output_type": "error", "ename": storable(name[:200]), "evalue": storable(value[:4000]), "traceback": lines}


def storable(text: str) -> str:
    """Text that UTF-8 can store and that leaves a terminal unchanged, colours aside.

    Example:
        >>> storable("a\\x07b\\x1b[31mred")
        'ab\\x1b[31mred'
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("", text)


def _size(output: dict[str, Any]) -> int:
    if output["output_type"] == "stream":
        return len(output["text"])
    return sum(map(len, output.get("data", {}).values()))


_PARSERS: dict[Any, Callable[[dict[Any, Any]], dict[str, Any] | None]] = {
    "stream": _stream,
    "display_data": _data,
    "execute_result": _data,
    "error": _error,
}
