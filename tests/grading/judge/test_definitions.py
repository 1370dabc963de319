"""What the instructor's source says about operators and results."""

import pytest

from utils.grading.judge.definitions import Definitions


@pytest.mark.parametrize(
    ("body", "accepts"),
    [
        ("return self.x == other.x", False),
        ("return isinstance(other, A) and self.x == other.x", False),
        ("return self.x == (other.x if isinstance(other, A) else other)", False),
        ("return self.x == other.x if isinstance(other, (A, int)) else NotImplemented", True),
        ("return self.x == other", True),
        ("return type(self) is type(other) and self.x == other.x", False),
    ],
)
def test_whether_an_operator_accepts_plain_data(body: str, accepts: bool) -> None:
    cells = Definitions()
    cells.read(f"class A:\n    def __eq__(self, other):\n        {body}")
    assert cells.classes["A"].operators["__eq__"] is accepts


def test_what_decorators_and_bases_add() -> None:
    cells = Definitions()
    cells.read("@dataclass(order=True, frozen=True)\nclass P:\n    x: int\nclass Q(P):\n    __radd__ = __add__ = 1")
    assert {"__eq__", "__lt__", "__hash__"} <= cells.classes["Q"].operators.keys()
    assert cells.operator(["Q"], "__gt__") is False
    assert cells.operator(["Q"], "__add__") is None
    assert cells.fields() == {"x"}


def test_functions_that_return_no_instance() -> None:
    cells = Definitions()
    cells.read("class A:\n    def size(self) -> int:\n        return 1\ndef make(x):\n    return A(x)")
    cells.read(
        "def twice(x):\n    return make(x), make(x)\ndef f(x):\n    return x + 1\ndef g(a) -> float:\n    return a.x"
    )
    assert not cells.plain("twice")
    assert cells.plain("f")
    assert not cells.plain("f", takes_instances=True)
    assert cells.plain("g", takes_instances=True)
    assert cells.plain_method(["A"], "size")
