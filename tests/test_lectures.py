"""Every lecture, executed as a learner executes it: top to bottom, in a fresh kernel, on one core.

That takes minutes, so it belongs to the slow tests. Any run of the suite looks at the lectures as they are stored, and
calls nothing of what they call, but finds out whether the course has it.
"""

import ast
import importlib
import inspect
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from tests.support import ROOT
from tests.support.lectures import Run, execute

LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
SECONDS = 180
# Binder has PyTorch's CPU build, and 2 GiB for two kernels and JupyterLab. With CUDA, mapped libraries are not counted:
# they are 0.7 GB.
MEGABYTES = 1000
LONGEST_CELL = 30
QUESTIONS = ("Choice", "Number", "Ordering", "Placement")

every_lecture = pytest.mark.parametrize("path", LECTURES, ids=[path.stem for path in LECTURES])


@pytest.fixture(scope="module", params=LECTURES, ids=[path.stem for path in LECTURES])
def run(request, tmp_path_factory) -> Run:
    """One lecture, executed once for all tests that look at its outputs."""
    # Nothing in a lecture may depend on the working folder.
    return execute(request.param, tmp_path_factory.mktemp(request.param.stem))


def test_there_are_lectures():
    assert LECTURES


@pytest.mark.slow
def test_a_lecture_runs_within_what_the_course_promises(run, capsys):
    with capsys.disabled():
        cost = f"{run.wall_seconds:.0f} s ({run.cpu_seconds:.0f} s of one core), at most {run.megabytes:.0f} MB"
        cost += f", {run.own_megabytes:.0f} MB without libraries"
        print(f"\n{run.name}: {cost}")
    assert not run.error, run.error
    # The time of the core, not of the wall: it hardly grows when the machine has other work, except that a neighbouring
    # test process takes its share of the caches and, where two cores are two threads of one, of the core.
    alone = os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") == "1"
    allowed = SECONDS * (1 if alone else 1.5)
    assert run.cpu_seconds < allowed, f"{run.name} took {run.cpu_seconds:.0f} s: the course promises {SECONDS} s."
    megabytes = run.megabytes if version("torch").endswith("+cpu") else run.own_megabytes
    assert megabytes < MEGABYTES, f"{run.name} took {megabytes:.0f} MB: the course promises {MEGABYTES} MB."


@pytest.mark.slow
def test_every_picture_of_a_lecture_has_alternative_text(run):
    pictures = 0
    for cell in run.notebook.cells:
        for output in cell.get("outputs", []):
            bundle = output.get("data", {})
            for kind in (kind for kind in bundle if kind.startswith("image/")):
                assert output.metadata.get(kind, {}).get("alt"), f"cell {cell.id} shows an image without alt text"
            for text in _alternative_texts(bundle.get("text/html", "")):
                assert text.strip(), f"cell {cell.id} shows an image without alt text"
                pictures += 1
    assert pictures > 0


@pytest.mark.slow
def test_a_lecture_prints_no_wall_and_no_warning(run):
    for cell in run.notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type != "stream":
                continue
            assert output.name != "stderr" or "%|" in output.text, f"cell {cell.id} warns: {output.text[:500]}"
            assert len(output.text.splitlines()) <= 40, f"cell {cell.id} prints a wall"


@every_lecture
def test_a_lecture_is_stored_clean(path):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = re.findall(r'^   "id": "(.*)"', text, flags=re.MULTILINE)
    assert len(set(ids)) == len(notebook.cells), "every cell carries an id of its own"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs, f"cell {cell.id} is stored with outputs"
            assert cell.execution_count is None, f"cell {cell.id} is stored with a count"
            lines = len(cell.source.splitlines())
            assert lines <= LONGEST_CELL, f"cell {cell.id} has {lines} lines: move it to utils/"


@every_lecture
def test_a_lecture_has_the_house_shape(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    title = cells[0].source.splitlines()[0]
    assert title.startswith("# ")
    assert title.endswith("?"), "the title is a question"
    assert 3 <= len(re.findall(r"^[-*] ", cells[0].source, flags=re.MULTILINE)) <= 6, "three to five things to learn"
    assert cells[-1].cell_type == "markdown"


@every_lecture
def test_a_lecture_calls_only_what_the_course_has(path):
    """By the names and with the arguments that it uses: what a change in utils/ breaks shows without executing it."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(cells))
    bound = dict(_taken_from_the_course(tree))
    assert bound, "a lecture uses the course's package"
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for name in bound.keys() & assigned:
        del bound[name]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            _resolved(node, bound)
        if isinstance(node, ast.Call) and callable(called := _resolved(node.func, bound)):
            starred = any(isinstance(one, ast.Starred) for one in node.args)
            given = [] if starred else node.args
            named = {keyword.arg: None for keyword in node.keywords if keyword.arg}
            inspect.signature(called).bind_partial(*given, **named)


def _taken_from_the_course(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What the imports from `utils` bind: a name in the notebook, and the object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "utils":
            module = importlib.import_module(str(node.module))
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                taken = getattr(module, alias.name, None) or importlib.import_module(inside)
                yield alias.asname or alias.name, taken


def _resolved(node: ast.expr, bound: dict[str, Any]) -> Any:
    """The course's object that an expression such as `models.load_pretrained` stands for, or None if it is not one.

    A name that a module of the course does not have raises AttributeError.
    """
    if isinstance(node, ast.Name):
        return bound.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, bound)
        return getattr(owner, node.attr) if isinstance(owner, ModuleType | type) else None
    return None


@every_lecture
def test_the_questions_of_a_lecture_have_keys_of_their_own(path):
    """An answer is stored under its key: a second question with the same key would show it as its own."""
    keys = [key for other in LECTURES for key in _keys(other)]
    for key in _keys(path):
        assert key.startswith(f"{path.stem[:2]}-"), f"the key {key} does not start with the number of the lecture"
        assert keys.count(key) == 1, f"several questions have the key {key}"


@every_lecture
def test_every_claim_says_which_statement_it_checks(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if "claims" not in cell.metadata.get("tags", []):
            continue
        checks = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Assert)]
        assert checks, f"cell {cell.id} asserts nothing"
        assert all(check.msg for check in checks), f"an assertion of cell {cell.id} names no statement"


@every_lecture
def test_every_decimal_number_of_the_text_stands_in_a_claim_or_in_the_code(path):
    """Else a number has no support, or somebody edited it. Lines that cite a paper are left out."""
    cells = nbformat.read(path, as_version=4).cells
    code = [
        cell.source for cell in cells if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", [])
    ]
    computed = {_plain(number) for source in code for number in re.findall(r"\d*\.\d+", source)}
    for cell in cells:
        if cell.cell_type != "markdown":
            continue
        ours = "\n".join(line for line in cell.source.splitlines() if "](http" not in line)
        for number in re.findall(r"(?<![\w./])\d*\.\d+(?![.\d])", ours.replace("{,}", "")):
            assert _plain(number) in computed, f"cell {cell.id} states {number}, which no claim checks"


def _plain(number: str) -> str:
    """A decimal number with a digit before its point."""
    return number if number[0].isdigit() else f"0{number}"


def _keys(path: Path) -> list[str]:
    """The keys of the questions in a lecture."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    calls = [node for node in ast.walk(ast.parse("\n".join(cells))) if isinstance(node, ast.Call)]
    questions = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in QUESTIONS]
    values = [keyword.value for call in questions for keyword in call.keywords if keyword.arg == "key"]
    assert len(values) == len(questions)
    return [ast.literal_eval(value) for value in values]


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.alternatives: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alternatives.append(dict(attrs).get("alt") or "")


def _alternative_texts(markup: "str | list[str]") -> list[str]:
    parser = _Images()
    parser.feed("".join(markup))
    return parser.alternatives
