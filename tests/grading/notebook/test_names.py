"""Names that a cell binds and reads, according to its syntax tree."""

import pytest

from utils.grading.notebook.names import (
    bound_names,
    computes,
    import_statements,
    interfaces,
    loaded_names,
    syntax_tree,
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
