"""What a check passes to a student's function: copies of data, and references to what stays."""

import functools
import io
import pickle
from typing import Any

import numpy as np
import pytest

from tests.support import notebooks as nb
from tests.support.notebooks import judged, verdict
from utils.grading.judge.pickling import RequestPickler
from utils.grading.judge.proxies import NotAllowed, Proxy
from utils.grading.protocol import references
from utils.grading.protocol.references import Handle, Refusal


def test_importable_arguments_travel_as_copies() -> None:
    code = """
def apply(f, rng, frame):
    return f(rng.normal(size=3)), type(rng).__name__
"""
    changing = code.replace("return", "frame['b'] = 0\n    return")
    tests = """
import pandas as pd
frame = pd.DataFrame({"a": [1]})
size, kind = apply(np.size, np.random.default_rng(0), frame)
assert size == 3 and kind == "Generator"
assert list(frame) == ["a"]
"""
    assert nb.passes_in_the_judge(verdict(judged(code, tests, changing)))


def test_classes_that_both_sides_have_travel_by_name() -> None:
    setup = "class Point:\n    def __init__(self, x):\n        self.x = x"
    code = (
        "def double(point):\n    return Point(2 * point.x)\ndef is_point(point):\n    return isinstance(point, Point)"
    )
    tests = "assert is_point(Point(1))\nassert isinstance(double(Point(4)), Point)\nassert double(Point(4)).x == 8"
    assert nb.passes_in_the_judge(verdict(judged(code, tests, code, setup=setup)))


def test_arguments_stay_as_they_are_unless_the_instructors_function_changes_them() -> None:
    in_place = "def sort(values):\n    values.sort()\n    return values"
    copying = "def sort(values):\n    return sorted(values)"
    changed = "values = [2, 1]\nassert sort(values) == [1, 2]\nassert values == [1, 2]"
    unchanged = "values = [2, 1]\nassert sort(values) == [1, 2]\nassert values == [2, 1]"
    assert verdict(judged(in_place, changed, in_place)).points == 4
    assert not verdict(judged(in_place, changed, copying)).points
    assert verdict(judged(copying, unchanged, copying)).points == 4
    # The answer cannot change the values that the check still needs; what the answer is worth, the shadow decides.
    spoiling = verdict(judged(copying, unchanged, in_place))
    assert spoiling.points == 0
    assert nb.passes_in_the_judge(spoiling)


class Owner:
    def ask(self, *_: object) -> Any:
        raise AssertionError("pickling asked the student's process")

    allows = base = ask

    def release(self, number: int) -> None:
        pass


class Local:
    __module__ = "__main__"

    def method(self) -> None:
        pass


@pytest.fixture
def exposed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What stays in the judge; the references that arrive are tuples."""
    tables = {name: lambda *key, name=name: (name, *key) for name in ("student_object", "shared_class", "judge_object")}
    monkeypatch.setattr(references, "resolvers", tables)
    values: list[object] = []
    return values


def sent(value: object, exposed: list[object], shared: frozenset[str] = frozenset()) -> Any:
    """A value as it arrives in the student's process."""

    def expose(kept: object) -> int:
        exposed.append(kept)
        return len(exposed) - 1

    out = io.BytesIO()
    RequestPickler(out, shared, expose).dump(value)
    return pickle.loads(out.getvalue())


def test_data_and_importable_code_travel(exposed: list[object]) -> None:
    value = {"a": [1, 2.5, "text"], "array": np.arange(3), "sum": np.sum, "sqrt": __import__("math").sqrt}
    arrived = sent(value, exposed)
    assert arrived["array"].tolist() == [0, 1, 2]
    assert (arrived["a"], arrived["sum"], arrived["sqrt"]) == ([1, 2.5, "text"], np.sum, value["sqrt"])
    assert sent(np, exposed) is np
    assert exposed == []


def test_code_of_the_judges_notebook_stays(exposed: list[object]) -> None:
    function, local = (lambda x: x), Local()
    function.__module__ = "__main__"
    for value in (function, local, local.method, functools.partial(function, 1), Local):
        reference = sent([value], exposed)[0]
        assert reference[0] == "judge_object"
        assert exposed[reference[1]] == value


def test_a_class_that_both_have_travels_by_name(exposed: list[object]) -> None:
    assert sent(Local, exposed, frozenset({"Local"})) == ("shared_class", "Local")
    assert exposed == []


def test_a_proxy_becomes_the_students_own_object(exposed: list[object]) -> None:
    assert sent([Proxy(Owner(), Handle(7, "instance", "Stack", ()))], exposed) == [("student_object", 7)]
    with pytest.raises(NotAllowed, match="It holds objects"):
        sent([Proxy(Owner(), Refusal("It holds objects."))], exposed)


def test_what_cannot_be_copied_stays(exposed: list[object]) -> None:
    generator = (n for n in range(3))
    assert sent(generator, exposed)[0] == "judge_object"
    assert exposed == [generator]
