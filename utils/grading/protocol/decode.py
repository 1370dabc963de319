"""Plain data: the one format in which anything leaves a student's process.

A value is packed by the student's process (`packing.py`), which may lie, and unpacked here, by the judge, which must
not run anything while it does so. The format is MessagePack with a few numbered extensions; unpacking makes exact
built-in types, NumPy arrays without objects and torch tensors, and nothing else. What does not fit becomes a `Handle`
(the object stays where it is) or a `Refusal` (a sentence on why it stays).
"""

import datetime
import decimal
import enum
import fractions
import math
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np

MAX_DEPTH = 48
MAX_BYTES = 256 * 2**20
MAX_INTEGER_BYTES = 2**16
MAX_RANGE = 10**7
MAX_ITEMS = 5 * 10**6
MAX_COLLISIONS = 1000


_DTYPE_NAME = re.compile(r"[<>|=]?[biufcSUmM]\d{0,9}(\[\d{0,9}[a-zA-Z]{1,2}\])?")
TENSOR_TYPES = {
    name: storage
    for storage, names in {
        "u1": ("uint8", "bool"),
        "i1": ("int8",),
        "<i2": ("int16", "bfloat16"),
        "<i4": ("int32",),
        "<i8": ("int64",),
        "<f2": ("float16",),
        "<f4": ("float32",),
        "<f8": ("float64",),
        "<c8": ("complex64",),
        "<c16": ("complex128",),
    }.items()
    for name in names
}
NUMBERS: dict[str, Callable[[str], object]] = {
    # Only digits: an exponent in the text would make a number of any size.
    "Fraction": lambda text: fractions.Fraction(*map(int, text.split("/"))),
    "Decimal": decimal.Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
}


class Kind(enum.IntEnum):
    """The numbers of our extensions, of the 128 that MessagePack has room for."""

    INTEGER = 1
    COMPLEX = 2
    TUPLE = 3
    SET = 4
    FROZENSET = 5
    ARRAY = 6
    SCALAR = 7
    TENSOR = 8
    RANGE = 9
    SLICE = 10
    HANDLE = 11
    NAMED = 12
    DTYPE = 13
    REFUSAL = 14
    NUMBER = 15
    FRAME = 16
    SERIES = 17


class PlainError(ValueError):
    """What was given is not plain data; the message is a sentence for the reader of a grade."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's process.

    Attributes:
        number: its place in that process's table.
        kind: "function", "class", "module", "iterator" or "instance".
        name: name of its type, or its own for functions, classes and modules.
        bases: (module, qualified name) of its class and of that class's bases, as the student's process says.
        callable: whether it may be called.
    """

    number: int
    kind: str
    name: str
    bases: tuple[tuple[str, str], ...]
    callable: bool


@dataclass(frozen=True)
class Refusal:
    """A value that did not come through, and the sentence that says why."""

    reason: str


class Row(tuple[Any, ...]):
    """A named tuple whose field names came from outside, so that no class is made of them."""

    _fields: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__.get("_fields", ())
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"this named tuple has no field {name!r}; it has {', '.join(fields)}")

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


def unpack(data: bytes | bytearray | memoryview, adopt: Callable[[Handle | Refusal], object]) -> Any:
    """Unpack bytes of any origin in the judge; `adopt` makes what stands for a handle or a refusal.

    Raises:
        PlainError: the bytes are not plain data.
    """
    return _Unpacker(adopt).unpack(data)


class _Unpacker:
    def __init__(self, adopt: Callable[[Handle | Refusal], object]) -> None:
        self.adopt = adopt
        self.depth = 0

    def unpack(self, data: bytes | bytearray | memoryview) -> Any:
        try:
            return self.nested(data)
        except PlainError:
            raise
        # Whatever is wrong with bytes from a stranger, it is one thing to the judge: not plain data.
        except Exception as error:
            raise PlainError(
                f"The student's process sent bytes that are not plain data ({type(error).__name__})."
            ) from None

    def nested(self, data: bytes | bytearray | memoryview) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH + 2:
            raise PlainError("The value is nested too deeply.")
        value = msgpack.unpackb(
            data,
            ext_hook=self.extension,
            object_pairs_hook=_dict,
            strict_map_key=False,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            unicode_errors="surrogatepass",
        )
        self.depth -= 1
        return value

    def extension(self, kind: int, data: bytes) -> object:
        if kind == Kind.INTEGER and len(data) <= MAX_INTEGER_BYTES:
            return int.from_bytes(data, "little", signed=True)
        if kind == Kind.COMPLEX:
            return complex(*struct.unpack("<dd", data))
        content = self.nested(data)
        if kind in _MAKERS:
            return _MAKERS[kind](*content) if kind in _SPREAD else _MAKERS[kind](content)
        if kind == Kind.HANDLE:
            number, sort, name, bases, is_callable = content
            pairs = tuple((_text(module), _text(qualified)) for module, qualified in bases[:32])
            if type(number) is not int or type(is_callable) is not bool:
                raise PlainError("The student's process sent a malformed handle.")
            return self.adopt(Handle(number, _text(sort), _text(name), pairs, is_callable))
        if kind == Kind.REFUSAL:
            return self.adopt(Refusal(_text(content)))
        raise PlainError("The student's process sent a kind of value that does not exist.")


def _dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    _spread(key for key, _ in pairs)
    return dict(pairs)


def _spread(keys: Iterable[Any]) -> None:
    """Refuse keys of one hash in great number, which would take hours to tell apart."""
    hashes = [hash(key) for key in keys]
    if len(hashes) - len(set(hashes)) > MAX_COLLISIONS:
        raise PlainError("The student's process sent a set or dictionary whose members cannot be told apart in time.")


def _set(items: list[Any]) -> set[Any]:
    _spread(items)
    return set(items)


def _frozenset(items: list[Any]) -> frozenset[Any]:
    _spread(items)
    return frozenset(items)


def _text(value: object) -> str:
    if type(value) is not str:
        raise PlainError("The student's process sent something else where text belongs.")
    return value[:500]


def _array(dtype_name: str, shape: list[int], data: bytes) -> Any:
    if not _DTYPE_NAME.fullmatch(dtype_name):
        raise PlainError(f"An array of dtype {dtype_name[:40]} does not pass.")
    dtype = np.dtype(dtype_name)
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > 32:
        raise PlainError("The student's process sent an array with an impossible shape.")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise PlainError("The student's process sent an array whose bytes do not fit its shape.")
    if dtype.kind == "b":
        # A byte that is neither 0 nor 1 would be a truth value that differs from True and from False.
        return (np.frombuffer(data, "u1") != 0).reshape(shape)
    if not data:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype).reshape(shape).copy()


def _scalar(dtype_name: str, shape: list[int], data: bytes) -> Any:
    return _array(dtype_name, shape, data)[()]


def _tensor(name: str, shape: list[int], data: bytes, requires_grad: bool) -> Any:
    import torch

    tensor = torch.from_numpy(np.ascontiguousarray(_array(TENSOR_TYPES[name], shape, data))).reshape(shape)
    if name == "bool":
        tensor = tensor != 0
    elif name == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
    if requires_grad is True and (tensor.is_floating_point() or tensor.is_complex()):
        tensor.requires_grad_(True)
    return tensor


def _range(start: int, stop: int, step: int) -> range:
    if not all(type(part) is int for part in (start, stop, step)):
        raise PlainError("The student's process sent a malformed range.")
    if not -MAX_RANGE < (stop - start) / step < MAX_RANGE:
        raise PlainError(f"A range of more than {MAX_RANGE} numbers does not pass.")
    return range(start, stop, step)


def _named(fields: list[str], values: list[Any]) -> Row:
    row = Row(values)
    row._fields = tuple(_text(name) for name in fields)
    # Names such as __array_interface__ would be asked for by NumPy.
    if len(row._fields) != len(row) or not all(name.isidentifier() and name[0] != "_" for name in row._fields):
        raise PlainError("The student's process sent a malformed named tuple.")
    return row


def _dtype(name: str) -> Any:
    if not _DTYPE_NAME.fullmatch(name):
        raise PlainError(f"The dtype {name[:40]} does not pass.")
    return np.dtype(name)


def _number(kind: str, text: str) -> object:
    if len(text) > 10_000:
        raise PlainError("The student's process sent a number that is too long.")
    return NUMBERS[kind](text)


def _frame(columns: Any, index: Any, data: list[Any]) -> Any:
    import pandas as pd

    frame = pd.DataFrame({place: pd.Series(values) for place, values in enumerate(data)})
    frame.columns = pd.Index(columns)
    frame.index = pd.Index(index)
    return frame


def _series(name: Any, index: Any, values: Any) -> Any:
    import pandas as pd

    return pd.Series(values, index=pd.Index(index), name=name)


_MAKERS: dict[int, Callable[..., object]] = {
    Kind.TUPLE: tuple,
    Kind.SET: _set,
    Kind.FROZENSET: _frozenset,
    Kind.ARRAY: _array,
    Kind.SCALAR: _scalar,
    Kind.TENSOR: _tensor,
    Kind.RANGE: _range,
    Kind.SLICE: slice,
    Kind.NAMED: _named,
    Kind.DTYPE: _dtype,
    Kind.NUMBER: _number,
    Kind.FRAME: _frame,
    Kind.SERIES: _series,
}
_SPREAD = {
    Kind.ARRAY,
    Kind.SCALAR,
    Kind.TENSOR,
    Kind.RANGE,
    Kind.SLICE,
    Kind.NAMED,
    Kind.NUMBER,
    Kind.FRAME,
    Kind.SERIES,
}
