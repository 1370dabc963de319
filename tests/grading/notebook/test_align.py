"""Reading a submission: whatever the file is, the plan is the instructor's, and a sentence says what was wrong."""

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.grading.notebook.example import RELEASE, RIGHT, SOLVED, SOURCE, STUB, TESTS
from tests.support import notebooks as nb
from utils.grading import Delimiters, Job, Limits, grade
from utils.grading.notebook.pipeline import prepare


def handed_in(change: Callable[[Any], None]) -> bytes:
    """A right submission after a change."""
    content = json.loads(nb.with_answers(RELEASE, RIGHT))
    change(content)
    return json.dumps(content).encode()


def student_source(plan: Any, grade_id: str) -> str:
    return next(step.student for step in plan.steps if step.grade_id == grade_id)


def test_an_untouched_right_submission_keeps_its_answers_and_draws_no_remark() -> None:
    plan = prepare(Job(nb.with_answers(RELEASE, RIGHT), SOLVED))
    assert student_source(plan, "double") == RIGHT["double"]
    assert plan.remarks == []
    assert list(plan.points) == ["test-double", "why", "explore"]


def test_nothing_hidden_is_in_the_notebook_or_goes_to_the_student() -> None:
    plan = prepare(Job(nb.with_answers(RELEASE, RIGHT), SOLVED))
    text = nbformat.writes(plan.notebook) + "".join(step.student or "" for step in plan.steps)
    for secret in ("double(21)", "HIDDEN", "return 2 * x", "One point each", "It doubles"):
        assert secret not in text
    assert all(step.student is None for step in plan.steps if step.role == "check")


@pytest.mark.parametrize(
    ("file", "remark"),
    [
        (b"", "not JSON"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b'"text"', "not a notebook"),
        (b"{}", "no list of cells"),
        (b'{"cells": 7}', "no list of cells"),
        (b"[" * 100_000, "not JSON"),
        (b'{"nbformat": 3, "worksheets": 5}', "old format"),
    ],
)
def test_what_is_no_notebook_is_a_row_of_zeros_with_a_sentence(file: bytes, remark: str) -> None:
    graded = grade(Job(file, SOLVED))
    assert [cell.points for cell in graded.cells] == [0, 0, 0]
    assert {cell.status for cell in graded.cells} == {"missing"}
    assert any(remark in sentence for sentence in graded.remarks)
    nbformat.reads(graded.notebook.decode(), as_version=4)


def test_a_file_over_the_limit_is_not_read() -> None:
    begin = time.process_time()
    graded = grade(Job(b"[" + b"0," * 2**20 + b"0]", SOLVED, Limits(submission_mb=1)))
    assert "MiB" in graded.remarks[0]
    assert graded.score == 0
    assert time.process_time() >= begin


def test_an_old_format_is_converted() -> None:
    cells = [{"cell_type": "code", "language": "python", "input": "a = 1", "outputs": [], "metadata": {}}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells, "metadata": {}}]}
    plan = prepare(Job(json.dumps(old).encode(), SOLVED))
    assert plan.readable
    assert "old format 3" in plan.remarks[0]
    assert plan.steps[0].student == "a = 1"


def test_encodings() -> None:
    text = nb.with_answers(RELEASE, {**RIGHT, "double": "name = 'Zoë'"}).decode()
    assert student_source(prepare(Job(text.encode("utf-8-sig"), SOLVED)), "double") == "name = 'Zoë'"
    assert student_source(prepare(Job(text.encode("utf-16"), SOLVED)), "double") == "name = 'Zoë'"
    assert "UTF-8" in prepare(Job(text.encode("utf-16"), SOLVED)).remarks[0]


def test_a_lone_surrogate_and_a_null_byte_can_be_handed_back() -> None:
    file = handed_in(lambda content: content["cells"][1].update(source="a = '\ud800\x00'"))
    nbformat.writes(prepare(Job(file, SOLVED)).notebook).encode()


def test_a_deleted_solution_is_missing_and_a_deleted_test_is_put_back() -> None:
    plan = prepare(Job(handed_in(lambda content: content["cells"].__delitem__(slice(1, 3))), SOLVED))
    assert next(step for step in plan.steps if step.grade_id == "double").missing
    assert any(step.role == "check" for step in plan.steps)
    assert any("'double' is missing; it counts as unanswered" in remark for remark in plan.remarks)
    assert any("'test-double' is missing; it was put back" in remark for remark in plan.remarks)


def test_of_two_copies_the_first_with_an_answer_counts() -> None:
    def duplicate(content: Any) -> None:
        stub = {**content["cells"][1], "source": STUB}
        late = {**content["cells"][1], "source": "def double(x):\n    return 0"}
        content["cells"] = [content["cells"][0], stub, *content["cells"][1:], late]

    plan = prepare(Job(handed_in(duplicate), SOLVED))
    assert student_source(plan, "double") == RIGHT["double"]
    assert any("'double' occurs 3 times" in remark for remark in plan.remarks)
    assert sum(cell.metadata.get("nbgrader", {}).get("grade_id") == "double" for cell in plan.notebook.cells) == 1


def test_reordered_cells_are_graded_in_the_assignments_order() -> None:
    plan = prepare(Job(handed_in(lambda content: content["cells"].reverse()), SOLVED))
    assert [step.grade_id for step in plan.steps if step.grade_id] == [
        "setup",
        "double",
        "test-double",
        "why",
        "explore",
    ]
    assert any("order" in remark for remark in plan.remarks)


def test_a_students_own_cell_stays_behind_the_cell_it_followed() -> None:
    def add(content: Any) -> None:
        own = {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "metadata": {"nbgrader": {"grade_id": "mine"}}}
        content["cells"].insert(2, own)

    plan = prepare(Job(handed_in(add), SOLVED))
    roles = [(step.role, step.student) for step in plan.steps]
    assert roles[2] == ("extra", "a = 1\nb = 2")
    assert "nbgrader" not in plan.notebook.cells[2].metadata
    assert any("no cell 'mine'" in remark for remark in plan.remarks)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"source": "assert True"}, "its source"),
        ({"cell_type": "markdown"}, "its type"),
        ({"points": 100}, "its points"),
        ({"points": "all of them"}, "its points"),
        ({"points": None}, "its points"),
        ({"solution": True}, "its role"),
        ({"grade": False}, "its role"),
        ({"tags": ["skip-execution"]}, "its tags"),
        ({"tags": ["raises-exception"]}, "its tags"),
    ],
)
def test_a_changed_test_is_named_and_replaced(change: dict[str, Any], difference: str) -> None:
    def tamper(content: Any) -> None:
        cell = content["cells"][2]
        for key, value in change.items():
            place = {"tags": cell["metadata"]}.get(key, cell if key in cell else cell["metadata"]["nbgrader"])
            place[key] = value

    plan = prepare(Job(handed_in(tamper), SOLVED))
    step = plan.points["test-double"]
    assert step.tampering == [difference]
    assert step.judge == TESTS
    assert step.points == 2
    assert any(difference in remark for remark in plan.remarks)


def test_a_forged_checksum_changes_nothing() -> None:
    def forge(content: Any) -> None:
        for cell in content["cells"]:
            cell["metadata"]["nbgrader"]["checksum"] = "0" * 32

    plan = prepare(Job(handed_in(forge), SOLVED))
    assert plan.remarks == []
    restored = [cell.metadata.nbgrader.get("checksum") for cell in plan.notebook.cells]
    assert restored == [cell.metadata.nbgrader.get("checksum") for cell in RELEASE.cells]


def test_a_retyped_answer_is_turned_back() -> None:
    plan = prepare(Job(handed_in(lambda content: content["cells"][1].update(cell_type="markdown")), SOLVED))
    assert student_source(plan, "double") == RIGHT["double"]
    assert any("turned from code into markdown" in remark for remark in plan.remarks)


def test_another_kernel_is_run_as_python() -> None:
    kernel = {"name": "ir", "language": "R"}
    plan = prepare(Job(handed_in(lambda content: content["metadata"].update(kernelspec=kernel)), SOLVED))
    assert any("'r'" in remark for remark in plan.remarks)
    assert plan.notebook.metadata.kernelspec.name == "python3"


def test_pictures_stay_in_written_answers_and_nothing_else_does() -> None:
    def attach(content: Any) -> None:
        bundle = {"image/png": "iVBORw0=", "text/html": "<script>"}
        content["cells"][3]["attachments"] = {"plot.png": bundle}
        content["cells"][1]["attachments"] = {"plot.png": bundle}

    plan = prepare(Job(handed_in(attach), SOLVED))
    assert plan.notebook.cells[3].attachments == {"plot.png": {"image/png": "iVBORw0="}}
    assert "attachments" not in plan.notebook.cells[1]


def test_an_untouched_written_answer_needs_no_reader() -> None:
    assert not prepare(Job(nb.to_bytes(RELEASE), SOLVED)).points["why"].answered
    assert prepare(Job(nb.with_answers(RELEASE, RIGHT), SOLVED)).points["why"].answered


def test_renamed_delimiters() -> None:
    source = copy.deepcopy(SOURCE)
    source.cells[2].source = TESTS.replace("HIDDEN TESTS", "SECRET")
    delimiters = Delimiters(begin_hidden="BEGIN SECRET", end_hidden="END SECRET")
    plan = prepare(Job(nb.to_bytes(RELEASE), nb.to_bytes(source), delimiters=delimiters))
    assert "double(21)" not in nbformat.writes(plan.notebook)
    assert plan.points["test-double"].hidden == frozenset({2, 3, 4})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mangled_notebooks_always_give_a_plan(data: st.DataObject) -> None:
    content = json.loads(nb.with_answers(RELEASE, RIGHT))
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        if data.draw(st.booleans()):
            place[key] = data.draw(JSON)
        elif isinstance(place, dict) or len(place) > 1:
            del place[key]
        if not content:
            break
    plan = prepare(Job(json.dumps(content).encode("utf-8", "surrogatepass"), SOLVED))
    assert list(plan.points) == ["test-double", "why", "explore"]
    nbformat.validate(plan.notebook)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_a_plan(file: bytes) -> None:
    assert list(prepare(Job(file, SOLVED)).points) == ["test-double", "why", "explore"]
