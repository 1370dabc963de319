"""What comes back with a reply is put into the check's own objects only where it fits and where it may."""

import collections
import random
from typing import Any

import numpy as np
import pytest

from utils.grading.judge.arguments import Arguments
from utils.grading.protocol.contents import WrongContents, kind_of
from utils.grading.protocol.types import NotPlainData


def passed(value: Any, writable: bool = True) -> Arguments:
    """The arguments of a call with one argument."""
    return Arguments([value], {}, lambda place, advances: writable)


@pytest.mark.parametrize(
    ("value", "content", "after"),
    [
        ([1], [2, 3], [2, 3]),
        ({"a": 1}, {"b": 2}, {"b": 2}),
        ({1}, {2}, {2}),
        (bytearray(b"a"), b"bc", bytearray(b"bc")),
        (collections.Counter("a"), {"b": 1}, collections.Counter("b")),
        ([1], (2,), [1]),
        ([1], {"0": 1}, [1]),
        ({"a": 1}, [1], {"a": 1}),
    ],
)
def test_contents_of_the_same_kind_replace_the_old_ones(value: Any, content: Any, after: Any) -> None:
    arguments = passed(value)
    arguments.receive("change", 0, content)
    arguments.apply()
    assert value == after


def test_an_array_keeps_its_shape_and_type() -> None:
    array = np.zeros(2)
    for content in (np.ones(3), np.ones(2, "f4"), [1, 1]):
        arguments = passed(array)
        arguments.receive("change", 0, content)
        arguments.apply()
    assert array.tolist() == [0, 0]


def test_what_may_not_be_changed_is_not() -> None:
    value = [1]
    arguments = passed(value, writable=False)
    arguments.receive("change", 0, [2])
    arguments.apply()
    assert value == [1]
    assert arguments.resolve(0) is value
    arguments.receive("same", 0, [2])
    assert arguments.resolve(0) == [2]
    for place in (-1, 1, "0", None):
        with pytest.raises(NotPlainData):
            arguments.receive("change", place, [2])
    with pytest.raises(NotPlainData):
        arguments.resolve(1)


@pytest.mark.parametrize("position", [625, -1, 2**40, "0"])
def test_a_state_that_would_read_outside_its_buffer_is_refused(position: object) -> None:
    generator = np.random.Generator(np.random.MT19937(0))
    kind = kind_of(generator)
    assert kind is not None
    state = kind.take(generator, lambda part: part)
    state["state"]["pos"] = position
    with pytest.raises(WrongContents):
        kind.put(generator, state)


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, random.Random])
def test_a_random_state_comes_back(make: Any) -> None:
    first, second = make(1), make(1)
    second.random()
    kind = kind_of(first)
    assert kind is not None
    kind.put(first, kind.take(second, lambda part: part))
    assert first.random() == second.random()


class Estimator:
    """Stands for a class of a library."""

    def predict(self) -> int:
        return 1


def test_an_attribute_never_hides_a_method() -> None:
    estimator = Estimator()
    kind = kind_of(estimator)
    assert kind is not None
    for name in ("predict", "__class__"):
        with pytest.raises(WrongContents):
            kind.put(estimator, {name: 3})
    kind.put(estimator, {"coef_": 3})
    assert vars(estimator) == {"coef_": 3}
