"""The types of plain data, one registration each. To add a type, add one entry to `TYPES`.

MessagePack itself carries None, truth values, integers of up to 64 bits, floats, text, bytes, lists and dictionaries.
Every other type is a numbered extension of it. Its encoder runs in the student's process, which is not trusted. Its
decoder runs in the judge. It checks everything that it receives, executes nothing, and makes only exact built-in types,
NumPy arrays without objects, torch tensors and pandas tables.
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
from typing import Any, Final

import numpy as np

MAX_INTEGER_BYTES: Final = 2**16
MAX_RANGE: Final = 10**7
MAX_COLLISIONS: Final = 1000


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
    """

    number: int
    names: tuple[str, ...]
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    subclasses: bool = False
    raw: bool = False

    @property
    def places(self) -> list[tuple[str, str]]:
        """Module and name of each of the Python types."""
        return [(module, name) for module, _, name in (path.rpartition(".") for path in self.names)]


class Row(tuple[Any, ...]):
    """A named tuple with untrusted field names; no class is created for them."""

    _fields: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__.get("_fields", ())
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"this named tuple has no field {name!r}; it has {', '.join(fields)}")

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


# Checks that several decoders share


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


def _items(content: Any, count: int | None = None) -> list[Any]:
    # A proxy would ask the student's process for its items.
    if type(content) is not list or count not in (None, len(content)):
        raise NotPlainData("The student's process sent a value whose parts do not fit together.")
    return content


# Python's own types


def _encode_integer(value: int) -> bytes:
    if value.bit_length() > 8 * MAX_INTEGER_BYTES - 8:
        raise NotPlainData(f"An integer of {value.bit_length()} bits cannot be transferred.")
    return value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)


def _decode_integer(data: bytes) -> int:
    if len(data) > MAX_INTEGER_BYTES:
        raise NotPlainData("The student's process sent an integer that is too long.")
    return int.from_bytes(data, "little", signed=True)


def _encode_complex(value: complex) -> bytes:
    return struct.pack("<dd", value.real, value.imag)


def _decode_complex(data: bytes) -> complex:
    return complex(*struct.unpack("<dd", data))


def _decode_tuple(content: Any) -> tuple[Any, ...]:
    return tuple(_items(content))


def _decode_set(content: Any) -> set[Any]:
    check_hashes(_items(content))
    return set(content)


def _decode_frozenset(content: Any) -> frozenset[Any]:
    check_hashes(_items(content))
    return frozenset(content)


def _bounds(value: range | slice) -> list[Any]:
    return [value.start, value.stop, value.step]


def _encode_range(value: range) -> list[int]:
    _check_range(value.start, value.stop, value.step)
    return _bounds(value)


def _decode_range(content: Any) -> range:
    start, stop, step = _items(content, 3)
    if not all(type(bound) is int for bound in (start, stop, step)):
        raise NotPlainData("The student's process sent a malformed range.")
    _check_range(start, stop, step)
    return range(start, stop, step)


def _check_range(start: int, stop: int, step: int) -> None:
    if not -MAX_RANGE < (stop - start) / step < MAX_RANGE:
        raise NotPlainData(f"A range of more than {MAX_RANGE} numbers cannot be transferred.")


def _encode_named_tuple(value: Any) -> Any:
    fields = getattr(type(value), "_fields", None)
    return [list(fields), list(tuple.__iter__(value))] if isinstance(fields, tuple) else NotImplemented


def _decode_named_tuple(content: Any) -> Row:
    fields, values = _items(content, 2)
    row = Row(_items(values))
    row._fields = tuple(checked_text(name) for name in _items(fields))
    # NumPy asks for names such as __array_interface__.
    if len(row._fields) != len(row) or not all(name.isidentifier() and name[0] != "_" for name in row._fields):
        raise NotPlainData("The student's process sent a malformed named tuple.")
    return row


_FROM_TEXT: dict[str, Callable[[str], object]] = {
    # Only digits: an exponent in the text would make a number of any size.
    "Fraction": lambda text: fractions.Fraction(*map(int, text.split("/"))),
    "Decimal": decimal.Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
}


def _encode_as_text(value: Any) -> list[str]:
    kind = type(value)
    return [kind.__name__, value.isoformat() if kind.__module__ == "datetime" else str(value)]


def _decode_from_text(content: Any) -> object:
    kind, text = _items(content, 2)
    if type(text) is not str or len(text) > 10_000:
        raise NotPlainData("The student's process sent a number that is too long.")
    return _FROM_TEXT[kind](text)


# NumPy

_DTYPE_NAME: Final = re.compile(r"[<>|=]?[biufcSUmM]\d{0,9}(\[\d{0,9}[a-zA-Z]{1,2}\])?")


def _encode_array(value: Any) -> list[Any]:
    array = np.ndarray.view(value, np.ndarray)
    if array.dtype.kind not in "biufcSUmM":
        raise NotPlainData(
            f"An array of dtype {array.dtype} cannot be transferred, because it holds objects; return an array of "
            "numbers."
        )
    return [array.dtype.str, list(array.shape), array.tobytes()]


def _decode_array(content: Any) -> Any:
    dtype_name, shape, data = _items(content, 3)
    return _array(dtype_name, shape, data)


def _array(dtype_name: str, shape: list[int], data: bytes) -> Any:
    dtype = _decode_dtype(dtype_name)
    if any(type(size) is not int or size < 0 for size in _items(shape)) or len(shape) > 32:
        raise NotPlainData("The student's process sent an array with an impossible shape.")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise NotPlainData("The student's process sent an array whose bytes do not fit its shape.")
    if dtype.kind == "b":
        # A byte that is neither 0 nor 1 would be a truth value that differs from True and from False.
        return (np.frombuffer(data, "u1") != 0).reshape(shape)
    if not data:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype).reshape(shape).copy()


def _encode_scalar(value: Any) -> list[Any]:
    return _encode_array(np.asarray(value))


def _decode_scalar(content: Any) -> Any:
    return _decode_array(content)[()]


def _decode_dtype(name: Any) -> Any:
    if not _DTYPE_NAME.fullmatch(name):
        raise NotPlainData(f"The dtype {name[:40]} cannot be transferred.")
    return np.dtype(name)


# torch; its dtypes by name, and the NumPy dtype in which the numbers travel

_TENSOR_STORAGE: Final = {
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


def _encode_tensor(value: Any) -> list[Any]:
    torch = sys.modules["torch"]
    name = str(value.dtype).removeprefix("torch.")
    if name not in _TENSOR_STORAGE or value.layout is not torch.strided:
        raise NotPlainData(
            f"A tensor of dtype {name} and layout {value.layout} cannot be transferred; return a dense one."
        )
    dense = value.detach().cpu().resolve_conj().contiguous()
    if name == "bfloat16":
        dense = dense.view(torch.int16)
    array = torch.Tensor.numpy(dense)
    return [name, list(array.shape), array.tobytes(), bool(value.requires_grad)]


def _decode_tensor(content: Any) -> Any:
    import torch

    name, shape, data, requires_grad = _items(content, 4)
    tensor = torch.from_numpy(np.ascontiguousarray(_array(_TENSOR_STORAGE[name], shape, data))).reshape(shape)
    if name == "bool":
        tensor = tensor != 0
    elif name == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
    if requires_grad is True and (tensor.is_floating_point() or tensor.is_complex()):
        tensor.requires_grad_(True)
    return tensor


# pandas


def _encode_frame(value: Any) -> list[Any]:
    columns = [_column(value.iloc[:, place].to_numpy()) for place in range(value.shape[1])]
    return [_column(value.columns), _column(value.index), columns]


def _decode_frame(content: Any) -> Any:
    import pandas as pd

    names, index, columns = _items(content, 3)
    frame = pd.DataFrame({place: pd.Series(values) for place, values in enumerate(_items(columns))})
    frame.columns = pd.Index(names)
    frame.index = pd.Index(index)
    return frame


def _encode_series(value: Any) -> list[Any]:
    return [value.name, _column(value.index), _column(value)]


def _decode_series(content: Any) -> Any:
    import pandas as pd

    name, index, values = _items(content, 3)
    return pd.Series(values, index=pd.Index(index), name=name)


def _column(values: Any) -> object:
    array = np.asarray(values)
    return array.tolist() if array.dtype.kind == "O" else array


TYPES: Final = (
    PlainType(1, ("builtins.int",), _encode_integer, _decode_integer, raw=True),
    PlainType(2, ("builtins.complex",), _encode_complex, _decode_complex, raw=True),
    PlainType(3, ("builtins.tuple",), list, _decode_tuple),
    PlainType(4, ("builtins.set",), list, _decode_set),
    PlainType(5, ("builtins.frozenset",), list, _decode_frozenset),
    PlainType(7, ("numpy.generic",), _encode_scalar, _decode_scalar, subclasses=True),
    PlainType(6, ("numpy.ndarray",), _encode_array, _decode_array, subclasses=True),
    PlainType(13, ("numpy.dtype",), lambda dtype: dtype.str, _decode_dtype, subclasses=True),
    PlainType(8, ("torch.Tensor",), _encode_tensor, _decode_tensor, subclasses=True),
    PlainType(16, ("pandas.DataFrame",), _encode_frame, _decode_frame, subclasses=True),
    PlainType(17, ("pandas.Series",), _encode_series, _decode_series, subclasses=True),
    PlainType(9, ("builtins.range",), _encode_range, _decode_range),
    PlainType(10, ("builtins.slice",), _bounds, lambda content: slice(*_items(content, 3))),
    PlainType(12, ("builtins.tuple",), _encode_named_tuple, _decode_named_tuple, subclasses=True),
    PlainType(
        15,
        ("fractions.Fraction", "decimal.Decimal", "datetime.datetime", "datetime.date", "datetime.time"),
        _encode_as_text,
        _decode_from_text,
    ),
)
"""Every type of plain data. Where several fit a value by its class's bases, the first one is taken."""

HANDLE: Final = 11
REFUSAL: Final = 14
"""Numbers of the extensions for an object that stays in its process, and for a value that cannot be transferred."""
