"""Names that a cell binds and reads, according to its syntax tree."""

import ast
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tests.support import ROOT
from utils.grading.notebook.names import (
    bound_names,
    computes,
    import_statements,
    interfaces,
    loaded_names,
    syntax_tree,
    without_comments,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b = 1", ("a", "b")),
        ("def f(x):\n    y = x\n    return y", ("f",)),
        ("class A:\n    x = 1", ("A",)),
        ("for i in range(3):\n    pass", ("i",)),
        ("def f():\n    global counter\n    counter = 1", ("counter", "f")),
        ("import math\nfrom os import path", ()),
        ("%matplotlib inline\na = 1", ("a",)),
        ("%%time\na = 1", ("a",)),
        ("this is no Python", ()),
    ],
)
def test_bound_names(source: str, names: tuple[str, ...]) -> None:
    assert bound_names(source) == names


def test_interfaces_are_of_the_body_of_self_and_of_the_bases() -> None:
    source = "class A(Base):\n    size: int\n    def f(self):\n        self.x = 1\n\nclass B(A):\n    def g(self): pass"
    attributes = interfaces(source, {"Base": dict})
    assert {"size", "f", "x", "keys"} <= attributes["A"]
    assert {"g", "f", "x", "keys"} <= attributes["B"]
    assert "__eq__" not in interfaces("class A:\n    pass", {})["A"]
    assert interfaces("class A(Unknown):\n    x = 1", {}) == {"A": {"x"}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("points / 2", True),
        ("-points", True),
        ("1 if right else 0", True),
        ("max(points, 0)", True),
        ("plot(points)", False),
        ("points", False),
        ("points = 1", False),
        ("", False),
    ],
)
def test_a_calculation_as_last_expression(source: str, expected: bool) -> None:
    assert computes(source) is expected


def test_import_statements_of_the_top_level() -> None:
    source = "import math as m\ndef f():\n    import os\nfrom os import path\nx = 1"
    assert import_statements(source) == "import math as m\nfrom os import path"


def test_names_that_cells_read() -> None:
    cells = ["y = f(x)\nz = y", "def g(a):\n    return a + b"]
    assert loaded_names(cells) == {"f", "x", "y", "a", "b"}
    assert loaded_names(cells, in_functions_only=True) == {"a", "b"}


@pytest.mark.parametrize("source", ["(", "\x00", "(" * 10_000])
def test_what_is_no_python_has_an_empty_tree(source: str) -> None:
    assert syntax_tree(source).body == []


def test_one_thread_at_a_time_builds_a_syntax_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at a time fail at random in CPython up to 3.11.7 (gh-106905)."""
    parse: Any = ast.parse
    inside = most = 0

    def slow(source: str, *options: str) -> ast.Module:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        tree: ast.Module = parse(source, *options)
        inside -= 1
        return tree

    monkeypatch.setattr(ast, "parse", slow)
    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(syntax_tree, [f"x = {number}" for number in range(20)]))
    assert [ast.unparse(tree) for tree in trees] == [f"x = {number}" for number in range(20)]
    assert most == 1


def test_a_tree_that_another_thread_has_disturbed_is_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parse: Any = ast.parse
    trials = 0

    def disturbed_twice(source: str, *options: str) -> ast.Module:
        nonlocal trials
        trials += 1
        if trials < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=48, after=42)")
        tree: ast.Module = parse(source, *options)
        return tree

    monkeypatch.setattr(ast, "parse", disturbed_twice)
    assert ast.unparse(syntax_tree("disturbed = 1")) == "disturbed = 1"
    assert trials == 3


UNREADABLE = ["x = (4", "x = '''", "if x:\n  y\n z"]


@pytest.mark.parametrize("source", UNREADABLE, ids=repr)
def test_a_text_that_is_no_python_has_no_comments_and_stops_nobody(source: str) -> None:
    assert without_comments(source) == ""


ODD_CELLS = [
    *("%time x = 1", "!ls", "x?", "?x", "%%time\nx = 1", "x = %pwd", "a = !ls -l\nb = 1", "/f 1", ",f a", "#!x\n"),
    *("  x = 1\n  y = 2", "\n\nx = 1", ">>> x = 1\n... y", "In [1]: x = 3", "x = 1\n   ...: y = 2", "...", "x[...]"),
    *("'\"'\n%a", '"""\n%a\n!b\n"""', "(1\n% 2)", "f(\n    1\n)?", "x = 1\n\f\ny = 2", "x = 1\r\ny = 2", "\ufeffx = 1"),
    'def f():\n    """One.\n    \n    Two.\n    """\n',
    '"""\n... a\n>>> b\n"""',
]


@pytest.mark.parametrize("source", ODD_CELLS, ids=repr)
def test_a_cell_is_read_as_ipython_runs_it(source: str) -> None:
    try:
        expected = ast.parse(TransformerManager().transform_cell(source.removeprefix("%%time\n")))
    except SyntaxError:
        expected = ast.Module(body=[], type_ignores=[])
    assert ast.dump(syntax_tree(source), include_attributes=True) == ast.dump(expected, include_attributes=True)


def test_every_cell_of_the_course_is_read_as_ipython_runs_it() -> None:
    paths = [path for folder in ("lectures", "solutions") for path in (ROOT / folder).rglob("*.ipynb")]
    cells = [cell.source for path in paths for cell in nbformat.read(path, as_version=4).cells]
    assert len(cells) > 1000
    for source in cells:
        try:
            expected = ast.parse(TransformerManager().transform_cell(source))
        except SyntaxError:
            continue
        assert ast.dump(syntax_tree(source), include_attributes=True) == ast.dump(expected, include_attributes=True)
