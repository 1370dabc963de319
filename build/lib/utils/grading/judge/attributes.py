"""Lists, dictionaries, sets and arrays read from a student's object: what a check changes in them is written back.

In a notebook `stack.items.append(2)` changes the stack. In the judge `stack.items` is a copy, so the copy is compared
with what it was before the next request is sent.
"""

import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

MAX_PARTS: Final = 10_000
_REFERENCES_OF_THE_WATCH: Final = 3


class WatchedAttributes:
    """The mutable values that a check has read from attributes of a student's objects.

    Args:
        write: receives the number of the object, the name of the attribute and its new value.

    Example:
        >>> changes = []
        >>> watched = WatchedAttributes(lambda *change: changes.append(change))
        >>> items = [1]
        >>> watched.add(7, "items", items)
        >>> items.append(2)
        >>> watched.write_back()
        >>> changes
        [(7, 'items', [1, 2])]
    """

    def __init__(self, write: Callable[[int, str, Any], object]) -> None:
        self._write = write
        self._entries: dict[tuple[int, str], tuple[Any, Any]] = {}

    def add(self, number: int, name: str, value: Any) -> None:
        """Watch a value that was read just now, if it is small and can be changed."""
        if type(value) in (list, dict, set, np.ndarray):
            try:
                self._entries[number, name] = (value, _copy(value, iter(range(MAX_PARTS))))
            except (StopIteration, RecursionError):
                self._entries.pop((number, name), None)

    def write_back(self) -> None:
        """Send the values that have changed since they were read or sent."""
        entries, self._entries = self._entries, {}
        while entries:
            (number, name), (value, before) = entries.popitem()
            if not _same(value, before):
                self._write(number, name, value)
                before = _copy(value, iter(range(2 * MAX_PARTS)))
            if sys.getrefcount(value) > _REFERENCES_OF_THE_WATCH - 1:
                self._entries[number, name] = (value, before)

    def clear(self) -> None:
        """Forget all values, because another cell begins."""
        self._entries.clear()


def _copy(value: Any, budget: Any) -> Any:
    """The containers anew, with the same other parts in them."""
    next(budget)
    if type(value) is list:
        return [_copy(part, budget) for part in value]
    if type(value) is dict:
        return {key: _copy(part, budget) for key, part in value.items()}
    if type(value) is set:
        return set(value) if len(value) < MAX_PARTS else value
    if type(value) is np.ndarray:
        return value.copy() if value.size < MAX_PARTS else value
    return value


def _same(one: Any, other: Any) -> bool:
    """Whether containers hold the same objects; no object is compared by its own operators."""
    if type(one) is not type(other):
        return False
    if type(one) is list:
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is dict:
        return [*map(id, one)] == [*map(id, other)] and all(map(_same, one.values(), other.values()))
    if type(one) is set:
        return {*map(id, one)} == {*map(id, other)}
    if type(one) is np.ndarray:
        return bool(one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes())
    return one is other
