"""Mangled submissions: whatever a file holds, its student gets a row, and a sentence where something was wrong."""

import copy
import json
import math
from typing import Any

import msgpack
import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.course import AUTOGRADED, FILES, MANUAL, TESTS, release, right, source
from utils.grading import Graded, Job, Limits, grade
from utils.grading.notebook.pipeline import prepare
from utils.grading.notebook.plan import Plan
from utils.grading.protocol.decode import decode
from utils.grading.protocol.types import HANDLE, REFUSAL, TYPES, NotPlainData

NAMES = [*(f"test_{name}" for name in TESTS), "essay"]
LIMITS = Limits(cell_seconds=10.0, notebook_seconds=30.0, memory_mb=1024)

# The same examples on every machine, so that a red run can be run again.
fast = settings(derandomize=True, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
executed = settings(derandomize=True, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
notebook_words = st.sampled_from(
    [
        "code",
        "markdown",
        "raw",
        "heading",
        "",
        "squares",
        "test_squares",
        "essay",
        "python3",
        "skip-execution",
        "4",
        "\x00",
    ]
)
CONTENT: dict[str, Any] = json.loads(right(release()))
KEYS = ("source", "metadata", "cell_type", "outputs", "id", "attachments", "execution_count")
SETTINGS = ("grade", "solution", "locked", "task", "points", "grade_id", "schema_version", "checksum", "cell_type")


def plan(submission: bytes) -> Plan:
    """Sanitise, and check what every submission is owed."""
    result = prepare(Job(submission, source(), LIMITS))
    assert list(result.points) == NAMES
    assert all(sentence.strip() for sentence in result.remarks)
    # The notebook that is handed back can be stored, and nbgrader can read it.
    written = nbformat.writes(result.notebook).encode()
    nbformat.validate(json.loads(written))
    checks = {step.grade_id: step for step in result.steps if step.role == "check"}
    for name, (points, test) in TESTS.items():
        assert checks[f"test_{name}"].points == points
        assert _visible(test) in _text(result, f"test_{name}")
    assert "BEGIN HIDDEN" not in written.decode()
    return result


def _visible(test: str) -> str:
    return test.split("\n###")[0]


def _text(result: Plan, grade_id: str) -> str:
    cells = [c for c in result.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    assert len(cells) == 1
    return str(cells[0].source)


def row(submission: bytes) -> Graded:
    """Grade, and check what every row holds."""
    graded = grade(Job(submission, source(), LIMITS, files=FILES))
    assert [cell.grade_id for cell in graded.cells] == NAMES
    assert graded.max_score == AUTOGRADED + MANUAL
    assert math.isfinite(graded.score)
    assert 0 <= graded.score <= graded.max_score
    assert all(cell.points is None or 0 <= cell.points <= cell.max_score for cell in graded.cells)
    nbformat.reads(graded.notebook.decode(), as_version=4)
    return graded


WORDS = """<f8 <U5 M8[ns] |b1 bool bfloat16 Decimal 1/0 1e999999999 O masked objects array index range multi category
zoned period csr PCG64 MT19937 Add Pow HTML builtins.int os.system alias typing Counter deque Polynomial norm Bunch
PosixPath"""
names_and_numbers = st.sampled_from(WORDS.split())
packed_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=12)
    | st.binary(max_size=24)
    | names_and_numbers
)


NUMBERS = sorted({plain_type.number for plain_type in TYPES} | {0, HANDLE, REFUSAL, 99})


def extension(content: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Anything under any of the numbers that plain data gives to arrays, tensors, handles and the like."""
    return st.builds(lambda kind, value: msgpack.ExtType(kind, msgpack.packb(value)), st.sampled_from(NUMBERS), content)


sizes = st.lists(st.sampled_from([0, 1, 2, 3, -1, 2**40, 2**62]), max_size=4)
arrays = extension(st.tuples(names_and_numbers, sizes, st.binary(max_size=32)))
packed = st.recursive(
    packed_leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=3)
        | extension(inner)
        | extension(st.lists(inner, max_size=5))
        | arrays
    ),
    max_leaves=15,
)
PLAIN = (
    *("builtins", "numpy", "torch", "fractions", "decimal", "datetime", "pandas", "collections", "pathlib", "uuid"),
    *("types", "typing", "re", "random", "scipy", "sklearn", "sympy", "PIL", "IPython", "zoneinfo"),
)


@settings(fast, max_examples=400)
@given(packed.map(msgpack.packb) | st.binary(max_size=200))
def test_what_a_process_sends_is_plain_data_or_refused(sent: bytes) -> None:
    try:
        value = decode(sent, lambda what: None)
    except NotPlainData:
        return
    assert type(value).__module__.partition(".")[0] in (*PLAIN, "utils")


@fast
@given(st.binary(max_size=2000))
def test_bytes(submission: bytes) -> None:
    assert plan(submission).remarks


@fast
@given(json_values)
def test_json_that_is_no_notebook(value: Any) -> None:
    assert plan(json.dumps(value).encode()).remarks


@fast
@given(st.data())
def test_a_notebook_cut_or_changed_at_any_byte(data: st.DataObject) -> None:
    whole = right(release())
    place = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(1, 200))
    changed = whole[:place] + data.draw(st.binary(max_size=20)) + whole[place + length :]
    result = plan(changed)
    try:
        json.loads(changed)
    except ValueError:
        assert result.remarks


def mangle(data: st.DataObject, content: dict[str, Any]) -> dict[str, Any]:
    """A notebook with some of its cells deleted, copied, moved, retyped, or with fields of any kind."""
    changed = copy.deepcopy(content)
    cells = changed["cells"]
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(len(cells) - 1, 0)))
        cell = cells[place] if cells else {}
        match data.draw(
            st.sampled_from(["delete", "copy", "move", "field", "setting", "tags", "value", "top", "source"])
        ):
            case "delete":
                del cells[place : place + 1]
            case "copy":
                cells.insert(data.draw(st.integers(0, len(cells))), copy.deepcopy(cell))
            case "move" if cells:
                cells.insert(data.draw(st.integers(0, len(cells) - 1)), cells.pop(place))
            case "field" if isinstance(cell, dict):
                cell[data.draw(st.sampled_from(KEYS))] = data.draw(json_values | notebook_words)
            case "setting" if isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
                metadata = cell["metadata"].setdefault("nbgrader", {})
                if isinstance(metadata, dict):
                    metadata[data.draw(st.sampled_from(SETTINGS))] = data.draw(json_values | notebook_words)
            case "tags" if isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
                cell["metadata"]["tags"] = data.draw(st.lists(notebook_words) | json_values)
            case "value" if cells:
                cells[place] = data.draw(json_values)
            case "source" if isinstance(cell, dict):
                cell["source"] = data.draw(st.text() | st.lists(st.text()))
            case "top":
                changed[data.draw(st.sampled_from(["metadata", "nbformat", "nbformat_minor"]))] = data.draw(json_values)
    return changed


@fast
@given(st.data())
def test_structure(data: st.DataObject) -> None:
    changed = mangle(data, CONTENT)
    result = plan(json.dumps(changed).encode())
    # Nothing that only the instructor may say comes from the student, so what is locked is as it was handed out.
    present = {_grade_id(cell) for cell in changed["cells"]}
    if result.readable and not set(NAMES) <= present:
        assert result.remarks


def _grade_id(cell: Any) -> str:
    settings_ = cell.get("metadata") if isinstance(cell, dict) else None
    metadata = settings_.get("nbgrader") if isinstance(settings_, dict) else None
    name = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


@fast
@given(
    st.lists(st.sampled_from(NAMES), unique=True, min_size=1), st.sampled_from(["delete", "copy", "retype", "empty"])
)
def test_locked_cells_are_put_back(names: list[str], how: str) -> None:
    changed = copy.deepcopy(CONTENT)
    for name in names:
        place = next(n for n, cell in enumerate(changed["cells"]) if _grade_id(cell) == name)
        cell = changed["cells"][place]
        if how == "delete":
            del changed["cells"][place]
        elif how == "copy":
            changed["cells"].append(copy.deepcopy(cell))
        elif how == "retype":
            cell["cell_type"] = "raw"
        else:
            cell["source"] = ""
    result = plan(json.dumps(changed).encode())
    if how == "empty" and names == ["essay"]:
        return  # the essay is the student's own cell, and may be empty
    assert result.remarks


@pytest.mark.slow
@executed
@given(st.data())
def test_mangled_notebooks_are_graded(data: st.DataObject) -> None:
    row(json.dumps(mangle(data, CONTENT)).encode())


@executed
@given(st.text(max_size=200) | st.text("%!?\\'\"()[]{}:=#@\n \tabcdef0123456789", max_size=200))
def test_any_text_as_an_answer(text: str) -> None:
    changed = copy.deepcopy(CONTENT)
    for cell in changed["cells"]:
        if _grade_id(cell) == "normalise":
            cell["source"] = text
    graded = row(json.dumps(changed).encode())
    scores = {cell.grade_id: cell.points for cell in graded.cells}
    assert scores["test_normalise"] == 0
    assert scores["test_squares"] == 2


@executed
@given(st.binary(max_size=300))
def test_any_bytes_are_graded(submission: bytes) -> None:
    graded = row(submission)
    assert graded.score == 0
    assert graded.remarks


@pytest.mark.parametrize(
    "submission", [b"", b"{}", b"null", b'{"cells": []}', b'{"cells": [], "nbformat": 4}', b"\xff\xfe"]
)
def test_the_smallest_files(submission: bytes) -> None:
    graded = row(submission)
    assert graded.score == 0
    assert graded.remarks
