"""References in a pickled request that the student's process resolves: its own objects, its names, the judge's objects.

The judge's pickles name these functions; the student's process binds them to its tables when it starts.
"""

from collections.abc import Callable
from typing import Any


def _unbound(*_: object) -> Any:
    raise RuntimeError("a request of the judge was opened outside a student's process")


resolvers: dict[str, Callable[..., Any]] = {"mine": _unbound, "named": _unbound, "yours": _unbound}


def mine(number: int) -> Any:
    """An object of the student's process by its number."""
    return resolvers["mine"](number)


def named(name: str) -> Any:
    """An object of the student's notebook by its name."""
    return resolvers["named"](name)


def yours(number: int, name: str) -> Any:
    """A proxy for an object of the judge."""
    return resolvers["yours"](number, name)
