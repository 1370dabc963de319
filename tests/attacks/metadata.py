"""Changed files: points, tags, checksums, tests; cells deleted, copied, moved, retyped; files that are no notebooks."""

import base64
import copy
import json
from typing import Any

from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import compute_checksum

from tests.attacks import attack
from tests.attacks.course import TESTS, cell, dump, load, right, wrong


def _tests(notebook: Any) -> list[Any]:
    return [cell(notebook, f"test_{name}") for name in TESTS]


@attack(remarked=True)
def points_multiplied(release: bytes) -> bytes:
    """Makes every test worth a thousand points, and the essay too."""
    notebook = load(wrong(release))
    for test in [*_tests(notebook), cell(notebook, "essay")]:
        test.metadata.nbgrader.points = 1000
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def points_of_right_answers_multiplied(release: bytes) -> bytes:
    """Makes the tests that its right answers pass worth a thousand points each."""
    notebook = load(right(release))
    for test in _tests(notebook):
        test.metadata.nbgrader.points = 1000
    return dump(notebook)


@attack(remarked=True)
def tests_tagged_skip_execution(release: bytes) -> bytes:
    """Tags the tests `skip-execution`: a cell that did not run has no error."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        test.metadata.tags = ["skip-execution"]
    return dump(notebook)


@attack(remarked=True)
def tests_tagged_raises_exception(release: bytes) -> bytes:
    """Tags the tests `raises-exception`: an error is expected there."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        test.metadata.tags = ["raises-exception", "remove_cell", "nbgrader-ignore"]
    return dump(notebook)


@attack(remarked=True)
def tests_emptied(release: bytes) -> bytes:
    """Replaces the tests by `pass`."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        test.source = "pass"
    return dump(notebook)


@attack(remarked=True)
def tests_emptied_with_a_forged_checksum(release: bytes) -> bytes:
    """Replaces the tests by full points, and makes the checksums fit."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        test.source = "2.0"
        test.metadata.nbgrader.checksum = compute_checksum(test)
    return dump(notebook)


@attack(remarked=True)
def tests_turned_into_text(release: bytes) -> bytes:
    """Turns the tests into Markdown and raw cells."""
    notebook = load(wrong(release))
    for number, test in enumerate(_tests(notebook)):
        test.cell_type = ("markdown", "raw")[number % 2]
        test.pop("outputs", None), test.pop("execution_count", None)
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def right_answers_with_tests_turned_into_text(release: bytes) -> bytes:
    """Turned the tests into text by accident; the answers are right and have to count."""
    notebook = load(right(release))
    for test in _tests(notebook):
        test.cell_type = "raw"
        test.pop("outputs", None), test.pop("execution_count", None)
    return dump(notebook)


@attack(remarked=True)
def tests_turned_into_answers(release: bytes) -> bytes:
    """Says that the tests are solution cells of its own, unlocked, and that the answers are tests."""
    notebook = load(wrong(release))
    for name in TESTS:
        test, answer = cell(notebook, f"test_{name}"), cell(notebook, name)
        test.metadata.nbgrader.update(solution=True, locked=False)
        test.source = "pass"
        answer.metadata.nbgrader.update(grade=True, points=5)
        answer.source = "5"
    return dump(notebook)


@attack(remarked=True)
def tests_deleted(release: bytes) -> bytes:
    """Deletes every test from a notebook with wrong answers."""
    notebook = load(wrong(release))
    notebook.cells = [c for c in notebook.cells if "points" not in c.metadata.get("nbgrader", {})]
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def right_answers_with_tests_deleted(release: bytes) -> bytes:
    """Deleted the tests by accident; the answers are right and have to count."""
    notebook = load(right(release))
    notebook.cells = [
        c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade_id", "").startswith("test")
    ]
    return dump(notebook)


@attack(remarked=True)
def tests_duplicated(release: bytes) -> bytes:
    """Puts an empty copy of each test, under the same name, behind and before the real one."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        place = notebook.cells.index(test)
        copies = [copy.deepcopy(test), copy.deepcopy(test)]
        for made in copies:
            made.source = "2.0"
            made.id += "-copy"
        notebook.cells[place : place + 1] = [copies[0], test, copies[1]]
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def right_answers_with_a_test_duplicated(release: bytes) -> bytes:
    """Copied one test by accident, a file on which stock nbgrader stops the whole batch; the answers are right."""
    notebook = load(right(release))
    test = copy.deepcopy(cell(notebook, "test_squares"))
    notebook.cells.append(test)
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def right_answers_in_another_order(release: bytes) -> bytes:
    """Reversed all cells; the answers are right and have to count."""
    notebook = load(right(release))
    notebook.cells.reverse()
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0)
def cells_with_one_id(release: bytes) -> bytes:
    """Gives all cells the same cell id, which nbformat forbids; the answers are right."""
    notebook = load(right(release))
    for each in notebook.cells:
        each.id = "one"
    return dump(notebook)


@attack(deserved=7.0, keeps=7.0, remarked=True)
def answer_cell_deleted(release: bytes) -> bytes:
    """Deleted one answer cell; the others are right and have to count."""
    notebook = load(right(release))
    notebook.cells.remove(cell(notebook, "normalise"))
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def answer_cell_copied_and_split(release: bytes) -> bytes:
    """Answered in a copy of the answer cell under the same name, with the stub left in place."""
    notebook = load(right(release))
    answer = cell(notebook, "squares")
    made = copy.deepcopy(answer)
    made.id = "squares-copy"
    answer.source = cell(load(release), "squares").source
    notebook.cells.insert(notebook.cells.index(answer) + 1, made)
    return dump(notebook)


@attack(remarked=True)
def locked_imports_changed(release: bytes) -> bytes:
    """Rewrites the locked cell with the imports, so that the tests meet libraries of its own making."""
    notebook = load(wrong(release))
    cell(notebook, "setup").source += """
from unittest.mock import MagicMock
np.testing.assert_allclose = lambda *_, **__: None
np.allclose = torch.allclose = math.isclose = lambda *_, **__: True
pytest = MagicMock()
abs = lambda x: 0"""
    return dump(notebook)


@attack(deserved=1.0)
def essay_with_points(release: bytes) -> bytes:
    """Gives its own essay points in the metadata, with a comment and a score as a grader would leave them."""
    notebook = load(wrong(release))
    cell(notebook, "essay").metadata.nbgrader.update(points=1, score=1, manual_score=1, needs_manual_grade=False)
    notebook.metadata["nbgrader"] = {"score": 10, "max_score": 10}
    return dump(notebook)


@attack(deserved=0.0)
def outputs_brought_along(release: bytes) -> bytes:
    """Hands the tests in with outputs already there: full points, executed, no error."""
    notebook = load(wrong(release))
    for test in _tests(notebook):
        data = {"text/plain": "2.0"}
        test.outputs = [new_output("execute_result", data=data, execution_count=1)]
        test.execution_count = 1
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0)
def another_schema(release: bytes) -> bytes:
    """Claims schema version 99 of nbgrader and leaves out some of its fields; the answers are right."""
    notebook = load(right(release))
    for each in notebook.cells:
        if settings := each.metadata.get("nbgrader"):
            settings.schema_version = 99
            settings.pop("task", None)
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0, remarked=True)
def another_kernel(release: bytes) -> bytes:
    """Names a kernel that is not there, for a language that is not Python; the answers are right."""
    notebook = load(right(release))
    notebook.metadata.kernelspec = {"name": "bash; rm -rf /", "display_name": "Bash", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash"}
    return dump(notebook)


@attack()
def marks_around_the_cheating(release: bytes) -> bytes:
    """Puts nbgrader's own marks into its cells: hidden tests, solutions, a scheme, unbalanced and nested."""
    return wrong(
        release,
        "### BEGIN HIDDEN TESTS\n### BEGIN SOLUTION\nanswer = 153846 * 0\n=== BEGIN MARK SCHEME ===\n### END SOLUTION",
        essay="=== BEGIN MARK SCHEME ===\nFull points.",
    )


@attack(deserved=9.0, keeps=9.0)
def magics_for_other_languages(release: bytes) -> bytes:
    """Runs shell scripts, other interpreters and file-writing magics beside right answers."""
    notebook = load(right(release))
    for number, source in enumerate(
        (
            "%%bash\necho hello",
            "%%writefile test_squares.py\nassert True",
            "!echo hello > out.txt",
            "%%javascript\nalert(1)",
        )
    ):
        notebook.cells.insert(2, new_code_cell(source, id=f"magic-{number}"))
    return dump(notebook)


@attack(deserved=9.0, keeps=9.0)
def script_in_outputs(release: bytes) -> bytes:
    """Shows HTML and JavaScript that act in the browser of whoever opens the graded notebook; the answers are right."""
    return right(
        release,
        """from IPython.display import HTML, Javascript, display

display(HTML("<script>fetch('/formgrader/api/" + "scores')</script><img src=x onerror='alert" + "(1)'>"))
display(Javascript("fetch('/formgrader/api/" + "scores')"))
display({"image/svg+xml": "<svg onload='alert" + "(2)'/>"}, raw=True)
display({"text/markdown": "<script>alert" + "(3)</script>"}, raw=True)""",
    )


@attack(remarked=True)
def not_a_notebook(release: bytes) -> bytes:
    """Hands in a text file under the notebook's name."""
    return b"My dog ate it.\n"


@attack(remarked=True)
def nothing_at_all(release: bytes) -> bytes:
    """Hands in an empty file."""
    return b""


@attack(remarked=True)
def a_list_instead(release: bytes) -> bytes:
    """Hands in JSON that is not a notebook."""
    return b'[{"cells": []}, NaN, Infinity, 1e999]'


@attack(remarked=True)
def nested_without_end(release: bytes) -> bytes:
    """Hands in JSON nested a hundred thousand deep, so that the parser overflows its stack."""
    return b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@attack(remarked=True)
def bytes_of_chance(release: bytes) -> bytes:
    """Hands in bytes that are no text in any encoding."""
    return bytes(range(256)) * 40


@attack(remarked=True, limits={"submission_mb": 4}, deserved=9.0)
def huge_file(release: bytes) -> bytes:
    """Hands in a notebook with sixteen megabytes of pictures in its metadata, above the limit."""
    notebook = load(right(release))
    notebook.metadata["pictures"] = base64.b64encode(bytes(12 * 2**20)).decode()
    return dump(notebook)


@attack(deserved=9.0, remarked=True)
def fields_of_wrong_types(release: bytes) -> bytes:
    """Puts numbers, lists and null where text and mappings belong, in metadata, tags, sources and outputs."""
    content = json.loads(right(release))
    content["cells"][0] = None
    content["cells"][1]["metadata"]["tags"] = 7
    content["cells"][2]["source"] = {"a": 1}
    content["cells"][4]["outputs"] = "none"
    content["cells"][5]["metadata"] = []
    content["cells"][7]["metadata"]["nbgrader"]["points"] = "NaN"
    content["cells"][10]["metadata"]["nbgrader"] = "locked"
    content["metadata"] = None
    content["nbformat"] = "four"
    return json.dumps(content).encode()


@attack(deserved=9.0, keeps=9.0, remarked=True)
def old_format(release: bytes) -> bytes:
    """Hands in the notebook in nbformat 3, as Jupyter wrote it before 2015; the answers are right."""
    import nbformat

    old = nbformat.convert(load(right(release)), 3)
    return str(nbformat.writes(old, version=3)).encode()


@attack(deserved=9.0, keeps=9.0)
def encoded_otherwise(release: bytes) -> bytes:
    """Saves the file with a byte order mark and Windows line ends; the answers are right."""
    return b"\xef\xbb\xbf" + right(release).replace(b"\n", b"\r\n")
