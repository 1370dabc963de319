"""Which changes of a check in its copies are written back."""

from typing import Any

import numpy as np

from utils.grading.judge.attributes import MAX_PARTS, WatchedAttributes


def test_changes_are_written_back_once() -> None:
    changes: list[tuple[int, str, Any]] = []
    watched = WatchedAttributes(lambda number, name, value: changes.append((number, name, value)))
    nested: dict[str, list[int]] = {"a": [1]}
    array = np.zeros(3)
    watched.add(1, "nested", nested)
    watched.add(1, "array", array)
    watched.write_back()
    assert changes == []
    nested["a"].append(2)
    array[0] = 1
    watched.write_back()
    watched.write_back()
    assert sorted((number, name) for number, name, _ in changes) == [(1, "array"), (1, "nested")]


def test_large_values_and_single_ones_are_not_watched() -> None:
    changes: list[object] = []
    watched = WatchedAttributes(lambda *change: changes.append(change))
    large = [0] * (MAX_PARTS + 1)
    watched.add(1, "large", large)
    watched.add(1, "text", "a")
    large[0] = 1
    watched.write_back()
    assert changes == []


def test_objects_are_not_compared_by_their_own_operators() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = object.__hash__

    watched = WatchedAttributes(lambda *_: None)
    values = [Odd(), Odd()]
    watched.add(1, "values", values)
    values.reverse()
    watched.write_back()
