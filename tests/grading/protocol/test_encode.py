"""Values to bytes: what a value really holds, handles for what has to stay, and what is refused."""

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from tests.support.plain_data import stays, through
from utils.grading.protocol.decode import decode
from utils.grading.protocol.encode import encode
from utils.grading.protocol.references import Handle, Refusal
from utils.grading.protocol.types import NotPlainData


class LyingFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__

    def __float__(self) -> float:
        return 1.0


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([42])

    def __len__(self) -> int:
        return 1


class LyingArray(np.ndarray[Any, Any]):
    def __array__(self, *args: object, **kwargs: object) -> Any:
        return np.ones(3)

    def tobytes(self, *args: object) -> bytes:
        return np.ones(3).tobytes()


def test_subclasses_arrive_as_what_they_really_hold() -> None:
    assert type(through(LyingFloat(7.0))) is float
    assert through(LyingFloat(7.0)) == 7.0
    assert through(LyingList([1, 2])) == [1, 2]
    assert through(OrderedDict(a=1)) == {"a": 1}
    zeros = through(np.zeros(3).view(LyingArray))
    assert type(zeros) is np.ndarray
    assert zeros.tolist() == [0, 0, 0]


def test_objects_stay_and_become_handles() -> None:
    kept: list[object] = []
    thing = object()

    def keep(staying: object) -> Handle:
        kept.append(staying)
        return Handle(7, "instance", "thing", ())

    [arrived] = decode(encode([thing], keep), lambda what: what)
    assert kept == [thing]
    assert arrived == Handle(7, "instance", "thing", ())


def test_what_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(NotPlainData, match="contains itself"):
        encode(endless, stays)


def test_a_class_that_derives_from_nothing_plain_stays() -> None:
    assert through(LyingFloat) == Handle(1, "instance", "type", (("builtins", "object"),))
    assert isinstance(through(len), Handle)


def test_a_class_without_a_hash_or_with_an_equality_of_its_own_stays() -> None:
    class Agreeing(type):
        def __eq__(cls, other: object) -> bool:
            return False

    class Odd(metaclass=Agreeing):
        pass

    assert isinstance(through(Odd()), Handle)


def test_a_value_that_takes_too_much_room_is_refused_in_its_place() -> None:
    large = np.broadcast_to(np.uint8(0), (300 * 2**20,))
    first, second = through([large, 1])
    assert isinstance(first, Refusal)
    assert "300 MiB, but at most 256 MiB" in first.reason
    assert second == 1


def test_a_tuple_nested_too_deeply_is_refused_as_a_whole() -> None:
    nested: tuple[object, ...] = ()
    for _ in range(60):
        nested = (nested,)
    with pytest.raises(NotPlainData, match="more than 48 deep"):
        encode(nested, stays)
