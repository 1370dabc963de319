"""An axis of the evaluation: named items, to which a learner can add."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """An item with a name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Mapping[str, T], Generic[T]):
    """Items by name, in the order in which they were added.

    Args:
        kind: what the items are called in messages, such as ``"scenario"``.
        items: the first items.
    """

    def __init__(self, kind: str, items: Iterable[T] = ()) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}
        for item in items:
            self.add(item)

    def add(self, item: T) -> T:
        """Add an item under its name, and return it; it replaces an item of the same name.

        A notebook cell that adds an item can therefore be run twice.

        Raises:
            ValueError: if the name is empty.
        """
        if not item.name.strip():
            raise ValueError(f"A {self.kind} without a name was given, but the table refers to it by name: name it.")
        self._items[item.name] = item
        return item

    def __getitem__(self, name: str) -> T:
        if name not in self._items:
            raise KeyError(f"There is no {self.kind} {name!r}; choose from {', '.join(self._items)}.")
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
