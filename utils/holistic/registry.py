"""An axis of the grid: named things, to which a learner adds one."""

from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Mapping[str, T], Generic[T]):
    """Things by name, in the order in which they were added.

    Args:
        kind: what they are called in messages, such as ``"scenario"``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._known: dict[str, T] = {}

    def add(self, thing: T) -> T:
        """Add a thing under its name, and return it; one of the same name is replaced, as a cell run twice would."""
        if not thing.name.strip():
            raise ValueError(f"A {self.kind} without a name was given, but the table names each: give it one.")
        self._known[thing.name] = thing
        return thing

    def __getitem__(self, name: str) -> T:
        if name not in self._known:
            raise KeyError(f"There is no {self.kind} {name!r}; choose from {', '.join(self._known)}.")
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
