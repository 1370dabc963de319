"""Objects of a check that a student's function uses: they stay in the judge, and no code of theirs is shown."""

import os

import pytest

from tests.support.notebooks import judged, verdict
from utils.grading.judge.exposed import ExposedObjects
from utils.grading.judge.proxies import NotAllowed


def test_a_function_of_the_test_is_called_back() -> None:
    integrate = "def integrate(f, n):\n    return sum(f((i + 0.5) / n) for i in range(n)) / n"
    tests = """
calls = []
def square(x):
    calls.append(x)
    return x ** 2
assert abs(integrate(square, 100) - 1 / 3) < 1e-3
assert len(calls) == 100
"""
    assert verdict(judged(integrate, tests, integrate)).message == ""


def test_an_object_of_the_test_is_asked_and_keeps_what_it_learns() -> None:
    code = "def codes(model, x):\n    return model.encode(x) + model.offset"
    tests = """
class Model:
    offset = 5
    def __init__(self):
        self.calls = 0
    def encode(self, x):
        self.calls += 1
        return 2 * x
model = Model()
assert codes(model, np.ones(3)).tolist() == [7, 7, 7] and model.calls == 1
"""
    assert verdict(judged(code, tests, code)).message == ""


def test_no_code_of_a_test_reaches_the_student() -> None:
    thief = """
def integrate(f, n):
    print(type(f), vars(f))
    for name in ("__code__", "__closure__", "__globals__", "__self__", "_secret"):
        try:
            print(name, getattr(f, name))
        except AttributeError as error:
            print("no", name)
    return sum(f((i + 0.5) / n) for i in range(n)) / n
"""
    tests = "secret = 31415926\nassert abs(integrate(lambda x: x * 0 + secret, 3) - secret) < 1e-3"
    use = "def use(model, x):\n    return model.tools.system"
    assert verdict(judged(thief, tests, thief)).message == ""
    tests = """
import os
class Model:
    tools = os
use(Model(), 1)
"""
    assert "cannot be sent" in verdict(judged(use, tests, use)).message


class Model:
    offset = 5
    tools = os
    _secret = 31415926

    def encode(self, x: int) -> int:
        return 2 * x


def test_an_object_keeps_its_number() -> None:
    exposed = ExposedObjects()
    model, other = Model(), Model()
    assert [exposed.expose(value) for value in (model, other, model)] == [0, 1, 0]


def test_the_ways_in_which_an_object_can_be_used() -> None:
    exposed = ExposedObjects()
    for value in (Model(), iter([7]), [1, 2]):
        exposed.expose(value)
    assert exposed.use(0, "get", ["offset"], {}) == 5
    assert exposed.use(0, "get", ["encode"], {})(3) == 6
    assert exposed.use(1, "next", [], {}) == 7
    assert (exposed.use(2, "len", [], {}), exposed.use(2, "item", [1], {})) == (2, 2)
    encode = exposed.expose(Model().encode)
    assert exposed.use(encode, "call", [], {"x": 4}) == 8


@pytest.mark.parametrize(
    "request_",
    [
        (1, "len", [], {}),
        (-1, "len", [], {}),
        (True, "len", [], {}),
        (0.0, "len", [], {}),
        (2**70, "len", [], {}),
        (0, "len", None, {}),
    ],
)
def test_there_is_nothing_under_other_numbers(request_: tuple[object, ...]) -> None:
    exposed = ExposedObjects()
    exposed.expose([1])
    with pytest.raises(NotAllowed, match="no such object"):
        exposed.use(*request_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get", ["_secret"]),
        ("get", ["__class__"]),
        ("get", ["tools"]),
        ("get", [5]),
        ("get", ["missing"]),
        ("call", []),
        ("next", []),
        ("system", ["id"]),
        (None, []),
    ],
)
def test_everything_else_is_refused(operation: object, arguments: object) -> None:
    exposed = ExposedObjects()
    exposed.expose(Model())
    with pytest.raises((AttributeError, TypeError)):
        exposed.use(0, operation, arguments, {})
