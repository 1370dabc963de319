"""Python's numbers, tuples, sets, ranges, dates, paths and random generators as plain data."""

import datetime
import decimal
import fractions
import pathlib
import random
import struct
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any, Final

from utils.grading.protocol.plain_type import (
    NotPlainData,
    PlainType,
    check_hashes,
    checked_text,
    checked_zone,
    items,
    whole,
)

MAX_INTEGER_BYTES: Final = 2**16
MAX_RANGE: Final = 10**7
MAX_EXPONENT: Final = 10**6


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
    return tuple(items(content))


def _decode_set(content: Any) -> set[Any]:
    check_hashes(items(content))
    return set(content)


def _decode_frozenset(content: Any) -> frozenset[Any]:
    check_hashes(items(content))
    return frozenset(content)


def _bounds(value: range | slice) -> list[Any]:
    return [value.start, value.stop, value.step]


def _encode_range(value: range) -> list[int]:
    _check_range(value.start, value.stop, value.step)
    return _bounds(value)


def _decode_range(content: Any) -> range:
    start, stop, step = items(content, 3)
    if not all(type(bound) is int for bound in (start, stop, step)):
        raise NotPlainData("The student's process sent a malformed range.")
    _check_range(start, stop, step)
    return range(start, stop, step)


def _check_range(start: int, stop: int, step: int) -> None:
    if not -MAX_RANGE < (stop - start) / step < MAX_RANGE:
        raise NotPlainData(f"A range of more than {MAX_RANGE} numbers cannot be transferred.")


# Texts with a meaning


def _decimal(text: str) -> decimal.Decimal:
    value = decimal.Decimal(text)
    # int() or a sum of such a number would take all memory.
    if value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT:
        raise NotPlainData(f"A Decimal with an exponent of more than {MAX_EXPONENT} cannot be transferred.")
    return value


def _path(text: str) -> pathlib.PurePath:
    """A path inside the working folder; any other is a name without access to files, since a check may delete it."""
    path = pathlib.PurePath(text)
    return path if path.is_absolute() or ".." in path.parts else pathlib.Path(text)


_FROM_TEXT: dict[str, Callable[[str], object]] = {
    # Only digits: an exponent in the text would make a number of any size.
    "Fraction": lambda text: fractions.Fraction(*map(int, text.split("/"))),
    "Decimal": _decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "PosixPath": _path,
    "PurePosixPath": pathlib.PurePosixPath,
    "PureWindowsPath": pathlib.PureWindowsPath,
    "UUID": uuid.UUID,
}


def _encode_as_text(value: Any) -> Any:
    kind = type(value)
    if isinstance(value, decimal.Decimal) and value.is_finite() and abs(value.adjusted()) > MAX_EXPONENT:
        raise NotPlainData(f"A Decimal with an exponent of more than {MAX_EXPONENT} cannot be transferred.")
    return [kind.__name__, value.isoformat() if kind.__module__ == "datetime" else str(value)]


def _decode_from_text(content: Any) -> object:
    kind, text = items(content, 2)
    if type(text) is not str or len(text) > 10_000:
        raise NotPlainData("The student's process sent a number that is too long.")
    return _FROM_TEXT[kind](text)


def _encode_zoned(value: datetime.datetime) -> Any:
    zone = value.tzinfo
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return [value.replace(tzinfo=None).isoformat(), zone.key, value.fold]
    return _encode_as_text(value)


def _encode_datetime(value: datetime.datetime) -> Any:
    content = _encode_zoned(value)
    return content if len(content) == 2 else ["zoned", *content]


def _decode_time(content: Any) -> object:
    if type(content) is list and len(content) == 4 and content[0] == "zoned":
        _, text, key, fold = content
        moment = datetime.datetime.fromisoformat(checked_text(text))
        return moment.replace(tzinfo=zoneinfo.ZoneInfo(checked_zone(key)), fold=whole(fold, 0, 1))
    return _decode_from_text(content)


def _encode_duration(value: Any) -> list[Any]:
    if isinstance(value, datetime.timezone):
        return [*_encode_duration(value.utcoffset(None)), value.tzname(None)]
    return [value.days, value.seconds, value.microseconds]


def _decode_duration(content: Any) -> object:
    parts = [whole(part, -(10**9), 10**9) for part in items(content)[:3]]
    duration = datetime.timedelta(*parts)
    return duration if len(content) == 3 else datetime.timezone(duration, checked_text(content[3]))


def _encode_random(value: random.Random) -> Any:
    version, state, gauss = random.Random.getstate(value)
    return [version, list(state), gauss]


def _decode_random(content: Any) -> random.Random:
    version, state, gauss = items(content, 3)
    generator = random.Random(0)
    if gauss is not None and type(gauss) is not float:
        raise NotPlainData("The student's process sent a malformed random generator.")
    generator.setstate((version, tuple(whole(part, 0, 2**32 - 1) for part in items(state)), gauss))
    return generator


PYTHON_TYPES: Final = (
    PlainType(1, ("builtins.int",), _encode_integer, _decode_integer, raw=True),
    PlainType(2, ("builtins.complex",), _encode_complex, _decode_complex, raw=True),
    PlainType(3, ("builtins.tuple",), list, _decode_tuple),
    PlainType(4, ("builtins.set",), list, _decode_set),
    PlainType(5, ("builtins.frozenset",), list, _decode_frozenset),
    PlainType(9, ("builtins.range",), _encode_range, _decode_range),
    PlainType(10, ("builtins.slice",), _bounds, lambda content: slice(*items(content, 3))),
    PlainType(
        15,
        (
            *("fractions.Fraction", "decimal.Decimal", "datetime.date", "datetime.time", "uuid.UUID"),
            *("pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.PureWindowsPath"),
        ),
        _encode_as_text,
        _decode_time,
    ),
    PlainType(23, ("datetime.timedelta", "datetime.timezone"), _encode_duration, _decode_duration),
    PlainType(28, ("random.Random",), _encode_random, _decode_random),
    PlainType(29, ("datetime.datetime",), _encode_datetime, _decode_time),
)
