"""The student's end of plain data: what a value really holds, packed; what has to stay, numbered.

Nothing here is trusted: whatever a student makes of it, the judge unpacks data or refuses (`plain.py`).
"""

import struct
import sys
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]
import numpy as np

from utils.grading.protocol.decode import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER_BYTES,
    MAX_RANGE,
    NUMBERS,
    TENSOR_TYPES,
    Handle,
    Kind,
    PlainError,
)


def pack(value: object, handle: Callable[[object], Handle]) -> bytes:
    """Pack a value in the student's process; `handle` registers an object that has to stay.

    Raises:
        PlainError: the value is nested too deeply or takes too much room.
    """
    return _Packer(handle).pack(value)


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
                return self.extension(Kind.REFUSAL, f"An integer of {value.bit_length()} bits does not pass.")
            return msgpack.ExtType(Kind.INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))
        if found is tuple:
            return self.extension(Kind.TUPLE, list(value))
        try:
            reduced = self.numeric(value, found) if found.__module__ != "builtins" else self.builtin(value, found)
        except PlainError as error:
            return self.extension(Kind.REFUSAL, str(error))
        return self.staying(value) if reduced is None else reduced

    def staying(self, value: object) -> object:
        h = self.handle(value)
        return self.extension(Kind.HANDLE, [h.number, h.kind, h.name, [list(base) for base in h.bases], h.callable])

    def builtin(self, value: Any, found: type) -> object:
        if found is complex:
            return msgpack.ExtType(Kind.COMPLEX, struct.pack("<dd", value.real, value.imag))
        if found in (set, frozenset):
            return self.extension(Kind.SET if found is set else Kind.FROZENSET, list(value))
        if found is range:
            if not -MAX_RANGE < (value.stop - value.start) / value.step < MAX_RANGE:
                raise PlainError(f"A range of more than {MAX_RANGE} numbers does not pass.")
            return self.extension(Kind.RANGE, [value.start, value.stop, value.step])
        if found is slice:
            return self.extension(Kind.SLICE, [value.start, value.stop, value.step])
        return None

    def numeric(self, value: Any, found: type) -> object:
        mro = found.__mro__
        if np.generic in mro:
            array = np.asarray(value)
            return self.extension(Kind.SCALAR, [*self.array_parts(array)])
        if np.ndarray in mro:
            return self.extension(Kind.ARRAY, [*self.array_parts(np.ndarray.view(value, np.ndarray))])
        if isinstance(value, np.dtype):
            return self.extension(Kind.DTYPE, value.str)
        torch = sys.modules.get("torch")
        if torch is not None and getattr(torch, "Tensor", None) in mro:
            return self.tensor(value, torch)
        pandas = sys.modules.get("pandas")
        if pandas is not None and pandas.DataFrame in mro:
            columns = [value.iloc[:, place].to_numpy() for place in range(value.shape[1])]
            return self.extension(
                Kind.FRAME, [self.column(value.columns), self.column(value.index), [self.column(c) for c in columns]]
            )
        if pandas is not None and pandas.Series in mro:
            return self.extension(Kind.SERIES, [value.name, self.column(value.index), self.column(value)])
        if found.__name__ in NUMBERS and found.__module__ in ("fractions", "decimal", "datetime"):
            text = value.isoformat() if found.__module__ == "datetime" else str(value)
            return self.extension(Kind.NUMBER, [found.__name__, text])
        return self.subclass(value, mro)

    def subclass(self, value: Any, mro: tuple[type, ...]) -> object:
        # A subclass may lie about its content through any method it overrides; the base's own methods do not.
        for base, real in _CONTENT.items():
            if base in mro:
                plain = real(value)
                if base is tuple and isinstance(fields := getattr(type(value), "_fields", None), tuple):
                    return self.extension(Kind.NAMED, [list(fields), list(plain)])
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
        if name not in TENSOR_TYPES or value.layout is not torch.strided:
            raise PlainError(f"A tensor of dtype {name} and layout {value.layout} does not pass; return a dense one.")
        flat = value.detach().cpu().resolve_conj().contiguous()
        if name == "bfloat16":
            flat = flat.view(torch.int16)
        array = torch.Tensor.numpy(flat)
        return self.extension(Kind.TENSOR, [name, list(array.shape), array.tobytes(), bool(value.requires_grad)])


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
