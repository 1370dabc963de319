"""What happens to a submitted file, from bytes to the page that shows it."""

import json

import nbformat

from tests.support import notebooks as nb
from utils.grading import Graded, Job, Limits
from utils.grading.notebook.pipeline import READING, WRITING, prepare, publishable, read_cells

SOURCE = nb.notebook(nb.answer("double", "def double(x):\n    return 2 * x"), nb.check("test", "assert double(1) == 2"))


def test_the_steps_are_in_this_order() -> None:
    """A step may rely on those before it; whoever changes the order changes this test."""
    assert [step.__name__ for step in READING] == [
        "refuse_large_file",
        "decode_text",
        "refuse_large_structure",
        "load_json",
        "convert_old_format",
        "list_cells",
        "keep_known_fields",
    ]
    assert [step.__name__ for step in WRITING] == [
        "shorten_code",
        "shorten_outputs",
        "sanitise_outputs",
        "sanitise_text",
        "sanitise_attachments",
    ]


def test_the_first_step_that_fails_ends_the_reading_and_remarks_stay() -> None:
    cells, remarks = read_cells(b"\xff{", Limits())
    assert cells is None
    assert ["UTF-8" in remarks[0], "JSON" in remarks[1], "not a notebook" in remarks[2]] == [True] * 3
    assert len(remarks) == 3


def test_a_readable_file_becomes_a_plan() -> None:
    plan = prepare(Job(nb.to_bytes(SOURCE), nb.to_bytes(SOURCE)))
    assert plan.readable
    assert [step.role for step in plan.steps] == ["solution", "check"]
    assert not prepare(Job(b"", nb.to_bytes(SOURCE))).readable


def test_remarks_are_shown_as_text_in_the_first_cell() -> None:
    solution = nb.to_bytes(SOURCE)
    notebook = publishable(Graded((), solution, ("<script>act()</script> and *stars*",)), solution)
    assert notebook.cells[0].id == "remarks"
    assert "\\<script\\>" in notebook.cells[0].source
    assert len(notebook.cells) == 1 + len(SOURCE.cells)
    nbformat.validate(json.loads(nbformat.writes(notebook)))


def test_without_remarks_there_is_no_extra_cell() -> None:
    solution = nb.to_bytes(SOURCE)
    assert len(publishable(Graded((), solution), solution).cells) == len(SOURCE.cells)
