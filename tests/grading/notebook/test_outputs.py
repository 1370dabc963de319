"""What a student's process reports about a cell: known kinds of output are kept, up to the limit."""

from typing import Any

import pytest

from utils.grading.notebook.outputs import parse_report, storable


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    """An output that was printed."""
    return {"output_type": "stream", "name": name, "text": text}


def error(name: str = "ValueError") -> dict[str, Any]:
    """The output of an exception."""
    return {"output_type": "error", "ename": name, "evalue": "no", "traceback": ["line"]}


def kept(*outputs: Any, limit: int = 10_000) -> list[dict[str, Any]]:
    """What is kept of these outputs."""
    return parse_report({"outputs": list(outputs)}, limit)[0]


def test_a_whole_report() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0="}, "metadata": {"x": 1}}
    report = {"outputs": [stream("a"), picture], "count": 7, "error": "ValueError"}
    outputs, count, name = parse_report(report, 1000)
    assert outputs == [stream("a"), {**picture, "metadata": {}}]
    assert (count, name) == (7, "ValueError")


@pytest.mark.parametrize("report", [None, [], {}, {"outputs": None}, {"outputs": "text"}])
def test_what_is_no_report_is_refused(report: Any) -> None:
    with pytest.raises(ValueError, match="no report"):
        parse_report(report, 1000)


@pytest.mark.parametrize(
    "output",
    [
        None,
        "text",
        {},
        {"output_type": "unknown"},
        {"output_type": "stream", "name": "file", "text": "a"},
        {"output_type": "stream", "name": "stdout", "text": 1},
        {"output_type": "display_data", "data": {"application/javascript": "act()"}},
        {"output_type": "display_data", "data": {"text/plain": 1}},
        {"output_type": "error", "ename": 1, "evalue": "", "traceback": []},
    ],
)
def test_outputs_of_unknown_form_are_ignored(output: Any) -> None:
    assert kept(output, stream("b")) == [stream("b")]


def test_output_over_the_limit_is_cut_but_the_error_stays() -> None:
    outputs = kept(stream("a" * 3000), stream("b" * 3000), error(), limit=2000)
    assert [output["output_type"] for output in outputs] == ["stream", "error"]


def test_a_cell_ends_with_one_error() -> None:
    assert [output["ename"] for output in kept(error("First"), error("Second"))] == ["First"]


def test_at_most_a_thousand_outputs() -> None:
    assert len(kept(*(stream("a") for _ in range(2000)), limit=10**6)) == 1000


@pytest.mark.parametrize(("count", "expected"), [(3, 3), (-1, None), (10**9, None), ("3", None), (True, None)])
def test_the_number_of_a_cell_is_a_small_number(count: Any, expected: int | None) -> None:
    assert parse_report({"outputs": [], "count": count}, 1000)[1] == expected


def test_text_can_be_stored_and_keeps_its_colours() -> None:
    assert storable("a\ud800\x00\x07\x1b[31mred\x1b[2J") == "a?\x1b[31mred[2J"
