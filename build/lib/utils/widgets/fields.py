"""What a figure's state may contain: one small class per kind of value.

A figure names its fields once, in Python. Python validates with :meth:`Field.check`; the module receives
:meth:`Field.describe` and validates by the same rules (``checkValue`` in ``figure.js``) what comes from a link or a
control, and takes the ranges of its controls from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


class Field(Protocol):
    """One entry of a figure's state, with its default."""

    @property
    def default(self) -> Any: ...

    def check(self, name: str, value: Any) -> Any:
        """The value in its plain form; raises ValueError if the field cannot have it."""
        ...

    def describe(self) -> dict[str, Any]:
        """The field as JSON for the module."""
        ...


@dataclass(frozen=True)
class Whole:
    """An integer from `low` to `high`.

    Example:
        >>> Whole(2, 30, default=10).check("k", 12)
        12
        >>> Whole(2, 30, default=10).check("k", 31)
        Traceback (most recent call last):
            ...
        ValueError: k is 31, but a whole number from 2 to 30 is needed: choose one.
    """

    low: int
    high: int
    default: int

    def check(self, name: str, value: Any) -> int:
        whole = not isinstance(value, bool | np.bool_) and isinstance(value, int | float | np.number)
        if not whole or value != value or int(value) != value or not self.low <= value <= self.high:
            raise ValueError(
                f"{name} is {value!r}, but a whole number from {self.low} to {self.high} is needed: choose one."
            )
        return int(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "whole", "low": self.low, "high": self.high, "default": self.default}


@dataclass(frozen=True)
class Real:
    """A number from `low` to `high`; `step` is the distance that one press of an arrow key moves its slider."""

    low: float
    high: float
    default: float
    step: float

    def check(self, name: str, value: Any) -> float:
        number = not isinstance(value, bool | np.bool_) and isinstance(value, int | float | np.number)
        if not number or not self.low <= value <= self.high:
            raise ValueError(
                f"{name} is {value!r}, but a number from {self.low:g} to {self.high:g} is needed: choose one."
            )
        return float(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "real", "low": self.low, "high": self.high, "step": self.step, "default": self.default}


@dataclass(frozen=True)
class OneOf:
    """One of some texts or numbers; the first is the default unless another is named."""

    values: tuple[str | float, ...]
    preferred: str | float | None = None

    @property
    def default(self) -> str | float:
        return self.values[0] if self.preferred is None else self.preferred

    def check(self, name: str, value: Any) -> str | float:
        for known in self.values:
            if not isinstance(value, bool) and isinstance(value, str) == isinstance(known, str) and value == known:
                return known
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(map(repr, self.values))}: choose one.")

    def describe(self) -> dict[str, Any]:
        return {"type": "one", "values": list(self.values), "default": self.default}


@dataclass(frozen=True)
class Flag:
    """True or False."""

    default: bool = False

    def check(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{name} is {value!r}, but must be True or False: choose one.")
        return bool(value)

    def describe(self) -> dict[str, Any]:
        return {"type": "flag", "default": self.default}


@dataclass(frozen=True)
class Text:
    """A text of at most `longest` characters."""

    longest: int = 2000
    default: str = ""

    def check(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            size = f"{len(value)} characters long" if isinstance(value, str) else repr(value)
            raise ValueError(
                f"{name} is {size}, but a text of at most {self.longest} characters is needed: shorten it."
            )
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "text", "longest": self.longest, "default": self.default}


@dataclass(frozen=True)
class ListOf:
    """A list of `shortest` to `longest` values of one kind.

    Example:
        >>> ListOf(Whole(0, 9, default=0), longest=2).check("selected", (3, 4))
        [3, 4]
    """

    item: Field
    longest: int
    shortest: int = 0
    default: list[Any] = field(default_factory=list)

    def check(self, name: str, value: Any) -> list[Any]:
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
            raise ValueError(f"{name} is {value!r}, but a list is needed: put the values in [ ].")
        items = list(value)
        if not self.shortest <= len(items) <= self.longest:
            raise ValueError(f"{name} has {len(items)} entries, but {self.shortest} to {self.longest} are needed.")
        return [self.item.check(f"{name}[{place}]", item) for place, item in enumerate(items)]

    def describe(self) -> dict[str, Any]:
        return {
            "type": "list",
            "item": self.item.describe(),
            "shortest": self.shortest,
            "longest": self.longest,
            "default": self.default,
        }
