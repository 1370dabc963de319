"""Plain data: the one format in which anything leaves a student's process.

A value is packed by the student's process, which may lie, and unpacked by the judge, which must not run anything while
it does so. The format is MessagePack with a few numbered extensions; unpacking makes exact built-in types, NumPy arrays
without objects and torch tensors, and nothing else. What does not fit becomes a `Handle` (the object stays where it is)
or a `Refusal` (a sentence on why it stays).
"""

import datetime
import decimal
import fractions
import math
import re
import struct
import sys
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

# MessagePack has room for 128 kinds of extension; these are ours.
_INTEGER, _COMPLEX, _TUPLE, _SET, _FROZENSET, _ARRAY, _SCALAR, _TENSOR = range(1, 9)
_RANGE, _SLICE, _HANDLE, _NAMED, _DTYPE, _REFUSAL, _NUMBER, _FRAME, _SERIES = range(9, 18)

_DTYPE_NAME = re.compile(r"[<>|=]?[biufcSUmM]\d{0,9}(\[\d{0,9}[a-zA-Z]{1,2}\])?")
_TENSOR_TYPES = {
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
_NUMBERS: dict[str, Callable[[str], object]] = {
    # Only digits: an exponent in the text would make a number of any size.
    "Fraction": lambda text: fractions.Fraction(*map(int, text.split("/"))),
    "Decimal": decimal.Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
}


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


def pack(value: object, handle: Callable[[object], Handle]) -> bytes:
    """Pack a value in the student's process; `handle` registers an object that has to stay.

    Raises:
        PlainError: the value is nested too deeply or takes too much room.
    """
    return _Packer(handle).pack(value)


def unpack(data: bytes | bytearray | memoryview, adopt: Callable[[Handle | Refusal], object]) -> Any:
    """Unpack bytes of any origin in the judge; `adopt` makes what stands for a handle or a refusal.

    Raises:
        PlainError: the bytes are not plain data.
    """
    return _Unpacker(adopt).unpack(data)


class _Packer:
    def __init__(self, handle: Callable[[object], Handle]) -> None:
        self.handle = handle
        self.depth = 0

    def pack(self, value: object) -> bytes:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PlainError(f"The value is nested more than {MAX_DEPTH} deep or contains itself; return a flat one.")
        try:
            packed = msgpack.packb(value, default=self.other, strict_types=True, unicode_errors="surrogatepass")
        except (ValueError, OverflowError, RecursionError, TypeError) as error:
            if isinstance(error, PlainError):
                raise
            raise PlainError("The value is nested too deeply, contains itself, or is too large to pass.") from None
        finally:
            self.depth -= 1
        if len(packed) > MAX_BYTES:
            raise PlainError(f"The value takes {len(packed) >> 20} MiB, but at most {MAX_BYTES >> 20} MiB pass.")
        return bytes(packed)

    def extension(self, kind: int, content: object) -> msgpack.ExtType:
        return msgpack.ExtType(kind, self.pack(content))

    def other(self, value: Any) -> object:
        """Anything that is not exactly a built-in type of MessagePack."""
        found = type(value)
        if found is int:
            if value.bit_length() > 8 * MAX_INTEGER_BYTES - 8:
                return self.extension(_REFUSAL, f"An integer of {value.bit_length()} bits does not pass.")
            return msgpack.ExtType(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))
        if found is tuple:
            return self.extension(_TUPLE, list(value))
        try:
            reduced = self.numeric(value, found) if found.__module__ != "builtins" else self.builtin(value, found)
        except PlainError as error:
            return self.extension(_REFUSAL, str(error))
        return self.staying(value) if reduced is None else reduced

    def staying(self, value: object) -> object:
        h = self.handle(value)
        return self.extension(_HANDLE, [h.number, h.kind, h.name, [list(base) for base in h.bases], h.callable])

    def builtin(self, value: Any, found: type) -> object:
        if found is complex:
            return msgpack.ExtType(_COMPLEX, struct.pack("<dd", value.real, value.imag))
        if found in (set, frozenset):
            return self.extension(_SET if found is set else _FROZENSET, list(value))
        if found is range:
            if not -MAX_RANGE < (value.stop - value.start) / value.step < MAX_RANGE:
                raise PlainError(f"A range of more than {MAX_RANGE} numbers does not pass.")
            return self.extension(_RANGE, [value.start, value.stop, value.step])
        if found is slice:
            return self.extension(_SLICE, [value.start, value.stop, value.step])
        return None

    def numeric(self, value: Any, found: type) -> object:
        mro = found.__mro__
        if np.generic in mro:
            array = np.asarray(value)
            return self.extension(_SCALAR, [*self.array_parts(array)])
        if np.ndarray in mro:
            return self.extension(_ARRAY, [*self.array_parts(np.ndarray.view(value, np.ndarray))])
        if isinstance(value, np.dtype):
            return self.extension(_DTYPE, value.str)
        torch = sys.modules.get("torch")
        if torch is not None and getattr(torch, "Tensor", None) in mro:
            return self.tensor(value, torch)
        pandas = sys.modules.get("pandas")
        if pandas is not None and pandas.DataFrame in mro:
            columns = [value.iloc[:, place].to_numpy() for place in range(value.shape[1])]
            return self.extension(
                _FRAME, [self.column(value.columns), self.column(value.index), [self.column(c) for c in columns]]
            )
        if pandas is not None and pandas.Series in mro:
            return self.extension(_SERIES, [value.name, self.column(value.index), self.column(value)])
        if found.__name__ in _NUMBERS and found.__module__ in ("fractions", "decimal", "datetime"):
            text = value.isoformat() if found.__module__ == "datetime" else str(value)
            return self.extension(_NUMBER, [found.__name__, text])
        return self.subclass(value, mro)

    def subclass(self, value: Any, mro: tuple[type, ...]) -> object:
        # A subclass may lie about its content through any method it overrides; the base's own methods do not.
        for base, real in _CONTENT.items():
            if base in mro:
                plain = real(value)
                if base is tuple and isinstance(fields := getattr(type(value), "_fields", None), tuple):
                    return self.extension(_NAMED, [list(fields), list(plain)])
                return self.other(plain) if base in (tuple, set, frozenset, complex) else plain
        return None

    def column(self, values: Any) -> object:
        array = np.asarray(values)
        return array.tolist() if array.dtype.kind == "O" else array

    def array_parts(self, array: Any) -> tuple[str, list[int], bytes]:
        if array.dtype.kind not in "biufcSUmM":
            raise PlainError(
                f"An array of dtype {array.dtype} does not pass, because it holds objects; return an array of numbers."
            )
        return array.dtype.str, list(array.shape), array.tobytes()

    def tensor(self, value: Any, torch: Any) -> object:
        name = str(value.dtype).removeprefix("torch.")
        if name not in _TENSOR_TYPES or value.layout is not torch.strided:
            raise PlainError(f"A tensor of dtype {name} and layout {value.layout} does not pass; return a dense one.")
        flat = value.detach().cpu().resolve_conj().contiguous()
        if name == "bfloat16":
            flat = flat.view(torch.int16)
        array = torch.Tensor.numpy(flat)
        return self.extension(_TENSOR, [name, list(array.shape), array.tobytes(), bool(value.requires_grad)])


_CONTENT: dict[type, Callable[[Any], Any]] = {
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
        if kind == _INTEGER and len(data) <= MAX_INTEGER_BYTES:
            return int.from_bytes(data, "little", signed=True)
        if kind == _COMPLEX:
            return complex(*struct.unpack("<dd", data))
        content = self.nested(data)
        if kind in _MAKERS:
            return _MAKERS[kind](*content) if kind in _SPREAD else _MAKERS[kind](content)
        if kind == _HANDLE:
            number, sort, name, bases, is_callable = content
            pairs = tuple((_text(module), _text(qualified)) for module, qualified in bases[:32])
            if type(number) is not int or type(is_callable) is not bool:
                raise PlainError("The student's process sent a malformed handle.")
            return self.adopt(Handle(number, _text(sort), _text(name), pairs, is_callable))
        if kind == _REFUSAL:
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

    tensor = torch.from_numpy(np.ascontiguousarray(_array(_TENSOR_TYPES[name], shape, data))).reshape(shape)
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
    return _NUMBERS[kind](text)


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
    _TUPLE: tuple,
    _SET: _set,
    _FROZENSET: _frozenset,
    _ARRAY: _array,
    _SCALAR: _scalar,
    _TENSOR: _tensor,
    _RANGE: _range,
    _SLICE: slice,
    _NAMED: _named,
    _DTYPE: _dtype,
    _NUMBER: _number,
    _FRAME: _frame,
    _SERIES: _series,
}
_SPREAD = {_ARRAY, _SCALAR, _TENSOR, _RANGE, _SLICE, _NAMED, _NUMBER, _FRAME, _SERIES}
