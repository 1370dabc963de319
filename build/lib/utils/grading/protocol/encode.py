"""Values to bytes: plain data by its actual content, and a handle for every object that has to stay.

In the student's process nothing here is trusted: whatever it sends, the judge decodes plain data or refuses (`decode`).
The judge itself uses this module to find out whether one of its own values is plain data.
"""

import sys
from collections.abc import Callable
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]

from utils.grading.protocol.references import Handle
from utils.grading.protocol.types import HANDLE, REFUSAL, TYPES, NotPlainData, PlainType

MAX_DEPTH: Final = 48
MAX_BYTES: Final = 256 * 2**20

# By identity: a class of a student may have a hash or an equality of its own.
_EXACT: Final[dict[int, PlainType]] = {
    id(kind): plain_type
    for plain_type in reversed(TYPES)
    for kind in (
        *plain_type.exact,
        *(getattr(sys.modules[module], name) for module, name in plain_type.places if module in sys.modules),
    )
}
_LATER: Final = [
    (module, name, plain_type)
    for plain_type in TYPES
    for module, name in plain_type.places
    if module not in sys.modules and not plain_type.subclasses
]
_BASES: Final = [
    (module, name, plain_type) for plain_type in TYPES if plain_type.subclasses for module, name in plain_type.places
]

_MESSAGEPACK: Final = frozenset({int, float, str, bytes, bytearray, list, dict})
# A subclass may lie about its content through any method that it overrides; the base's own methods do not.
_CONTENT: Final[dict[type, Callable[[Any], Any]]] = {
    int: int.__index__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: lambda value: bytes(memoryview(value)),
    bytearray: lambda value: bytes(memoryview(value)),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


def encode(value: object, handle: Callable[[object], Handle]) -> bytes:
    """Encode a value.

    Args:
        value: anything; a part that is not plain data becomes a handle or a refusal.
        handle: registers an object that has to stay, and returns its handle.

    Raises:
        NotPlainData: the value is nested too deeply or takes too much room.
    """
    return _Encoder(handle).encode(value)


class _Encoder:
    def __init__(self, handle: Callable[[object], Handle]) -> None:
        self.handle = handle
        self.depth = 0
        # How many arrays or tables enclose the present value: they may hold nothing that stays in its process.
        self.data_only = 0

    def encode(self, value: object) -> bytes:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotPlainData(f"The value is nested more than {MAX_DEPTH} deep or contains itself; return a flat one.")
        try:
            data = msgpack.packb(value, default=self.other, strict_types=True, unicode_errors="surrogatepass")
        except (ValueError, OverflowError, RecursionError, TypeError) as error:
            if isinstance(error, NotPlainData):
                raise
            raise NotPlainData("The value is nested too deeply, contains itself, or is too large to send.") from None
        finally:
            self.depth -= 1
        if len(data) > MAX_BYTES:
            raise NotPlainData(
                f"The value takes {len(data) >> 20} MiB, but at most {MAX_BYTES >> 20} MiB can be transferred."
            )
        return bytes(data)

    def extension(self, number: int, content: object) -> msgpack.ExtType:
        return msgpack.ExtType(number, self.encode(content))

    def other(self, value: Any) -> object:
        """Anything that is not exactly a built-in type of MessagePack."""
        kind = type(value)
        plain_type = _EXACT.get(id(kind))
        if kind is tuple and plain_type is not None:
            # As in a list, a part that is nested too deeply refuses the whole.
            return self.extension(plain_type.number, list(value))
        try:
            encoded = self.plain(value, kind) if plain_type is None else self.as_type(plain_type, value)
        except NotPlainData as error:
            if self.data_only:
                raise
            return self.extension(REFUSAL, str(error))
        if encoded is not NotImplemented:
            return encoded
        if self.data_only:
            raise NotPlainData(
                f"An array or a table that holds objects ({kind.__name__}) cannot be transferred; return plain data."
            )
        h = self.handle(value)
        content = [h.number, h.kind, h.name, [list(base) for base in h.bases]]
        if h.abilities is not None:
            content += [h.class_number, list(h.abilities), h.member]
        return self.extension(HANDLE, content)

    def as_type(self, plain_type: PlainType, value: Any) -> object:
        content = plain_type.encode(value)
        if content is NotImplemented:
            return NotImplemented
        if plain_type.raw:
            return msgpack.ExtType(plain_type.number, content)
        self.data_only += plain_type.data_only
        try:
            return self.extension(plain_type.number, content)
        finally:
            self.data_only -= plain_type.data_only

    def plain(self, value: Any, kind: type) -> object:
        """A value whose class derives from a type of plain data; NotImplemented if it does not."""
        mro = kind.__mro__
        for module, name, plain_type in _LATER:
            if getattr(sys.modules.get(module), name, None) is kind:
                return self.as_type(plain_type, value)
        for module, name, plain_type in _BASES:
            if getattr(sys.modules.get(module), name, None) in mro:
                encoded = self.as_type(plain_type, value)
                if encoded is not NotImplemented:
                    return encoded
        for base, content in _CONTENT.items():
            if base in mro and not isinstance(value, type):
                plain = content(value)
                return plain if base in _MESSAGEPACK else self.other(plain)
        return NotImplemented
