"""What a type of plain data is, and the checks that several decoders share."""

import functools
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

MAX_COLLISIONS: Final = 1000
_ZONE: Final = re.compile(r"[A-Za-z]+(/[A-Za-z0-9_+-]+)*|UTC[+-]\d\d:\d\d")


class NotPlainData(ValueError):
    """A value or a message is not plain data; the message is a sentence for the reader of a grade."""


@dataclass(frozen=True)
class PlainType:
    """A type whose values can be transferred between the processes.

    Attributes:
        number: of the MessagePack extension, from 1 to 127; 11 and 14 are taken (`HANDLE`, `REFUSAL`).
        names: the Python types with their modules, such as "torch.Tensor"; no library is imported to look for one.
        encode: turns a value into one of transferable types. It returns NotImplemented for a value of another type.
        decode: makes a value from the result of `encode`, or from arbitrary content that was sent instead.
        subclasses: whether values of subclasses are encoded, too. A subclass may override any method to misreport its
            content; an encoder of subclasses therefore calls the methods of the type itself.
        raw: whether `encode` returns, and `decode` receives, the bytes of the extension themselves.
        data_only: whether the content may hold no object that stays in its process, and no class. A library that finds
            one in an array or a table would call it.
        exact: further types, which no module names.
    """

    number: int
    names: tuple[str, ...]
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    subclasses: bool = False
    raw: bool = False
    data_only: bool = False
    exact: tuple[type, ...] = ()

    @property
    def places(self) -> list[tuple[str, str]]:
        """Module and name of each of the Python types."""
        return [(module, name) for module, _, name in (path.rpartition(".") for path in self.names)]


@dataclass
class Assignment:
    """What the judge knows of the instructor's notebook.

    Attributes:
        words: its identifiers. Masked arrays and matrices compute and compare in their own way, and arrive as such only
            where the instructor works with them.
        fields: names of the fields of its own named tuples and dataclasses.
    """

    words: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


assignment: Final = Assignment()

# Methods by which arrays, tensors, tables and expressions compare, whether their library is imported or not.
_AGREEING: Final = frozenset({"allclose", "equal", "equals", "eq", "isclose", "identical", "compare", "has", "is_same"})


def data_types() -> tuple[type, ...]:
    """The types of plain data, with those of the libraries that are imported."""
    types: list[type] = [int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range]
    types += [np.ndarray, np.generic]
    for library, names in (("torch", ("Tensor",)), ("pandas", ("DataFrame", "Series", "Index"))):
        types += [getattr(sys.modules[library], name) for name in names if hasattr(sys.modules.get(library), name)]
    return tuple(types)


def public_names() -> frozenset[str]:
    """Names of all public attributes of the types of plain data."""
    return _public_names(data_types())


@functools.cache
def _public_names(types: tuple[type, ...]) -> frozenset[str]:
    return _AGREEING | {name for kind in types for name in dir(kind) if not name.startswith("_")}


def check_field(name: Any, value: Any) -> None:
    """Refuse a field that could stand for a method of plain data: a check would call the student's function.

    Raises:
        NotPlainData: the value can be called, and its name is one of a method of plain data.
    """
    if callable(value) and name in public_names() and name not in assignment.fields:
        raise NotPlainData("a value has a function where plain data has a method of its own; return plain data.")


def words(text: str) -> tuple[str, ...]:
    """The words of a text: a long list of names in a few lines."""
    return tuple(text.split())


def checked_text(value: object) -> str:
    """At most 500 characters of an untrusted text."""
    if type(value) is not str:
        raise NotPlainData("The student's process sent a value of another type where text is expected.")
    return value[:500]


def check_hashes(keys: Iterable[Any]) -> None:
    """Refuse many keys with the same hash, because comparing them all would take hours."""
    hashes = [hash(key) for key in keys]
    if len(hashes) - len(set(hashes)) > MAX_COLLISIONS:
        raise NotPlainData("The student's process sent a set or dictionary with too many equal hash values.")


def items(content: Any, count: int | None = None) -> list[Any]:
    """The parts of a list that was sent, if there are as many as expected.

    Raises:
        NotPlainData: it is no list. A proxy, for instance, would ask the student's process for its items.
    """
    if type(content) is not list or count not in (None, len(content)):
        raise NotPlainData("The student's process sent a value whose parts do not fit together.")
    return content


def checked_zone(name: Any) -> str:
    """The name of a time zone; pandas would read a file for other names.

    Raises:
        NotPlainData: it is none.
    """
    if not _ZONE.fullmatch(checked_text(name)) or name.startswith("dateutil"):
        raise NotPlainData("The student's process sent an unknown time zone.")
    return str(name)


def whole(value: Any, low: int = 0, high: int = 2**31) -> int:
    """A whole number between two bounds.

    Raises:
        NotPlainData: it is none.
    """
    if type(value) is not int or not low <= value <= high:
        raise NotPlainData("The student's process sent a number outside its range.")
    return value
