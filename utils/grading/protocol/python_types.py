"""Python's own types as plain data: numbers, collections, classes, times and texts with a meaning."""

import collections
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import random
import re
import struct
import sys
import types
import typing
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from utils.grading.protocol.plain_type import (
    NotPlainData,
    PlainType,
    check_field,
    check_hashes,
    checked_text,
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
        if not re.fullmatch(r"[A-Za-z]+(/[A-Za-z0-9_+-]+)*", checked_text(key)):
            raise NotPlainData("The student's process sent an unknown time zone.")
        moment = datetime.datetime.fromisoformat(checked_text(text))
        return moment.replace(tzinfo=zoneinfo.ZoneInfo(key), fold=whole(fold, 0, 1))
    return _decode_from_text(content)


def _encode_duration(value: Any) -> list[Any]:
    if isinstance(value, datetime.timezone):
        return [*_encode_duration(value.utcoffset(None)), value.tzname(None)]
    return [value.days, value.seconds, value.microseconds]


def _decode_duration(content: Any) -> object:
    parts = [whole(part, -(10**9), 10**9) for part in items(content)[:3]]
    duration = datetime.timedelta(*parts)
    return duration if len(content) == 3 else datetime.timezone(duration, checked_text(content[3]))


# Collections

_FACTORIES: Final[dict[str, Any]] = {
    kind.__name__: kind for kind in (list, int, dict, set, str, float, tuple, bool, collections.Counter)
}


def _encode_collection(value: Any) -> Any:
    if isinstance(value, collections.defaultdict):
        factory = getattr(value.default_factory, "__name__", "")
        if value.default_factory is not None and _FACTORIES.get(factory) is not value.default_factory:
            return ["OrderedDict", [list(pair) for pair in dict.items(value)], None]
        return ["defaultdict", [list(pair) for pair in dict.items(value)], factory]
    if isinstance(value, collections.deque):
        return ["deque", list(collections.deque.__iter__(value)), value.maxlen]
    if isinstance(value, collections.ChainMap):
        return ["ChainMap", list(value.maps), None]
    name = "Counter" if isinstance(value, collections.Counter) else "OrderedDict"
    return [name, [list(pair) for pair in dict.items(value)], None]


def _decode_collection(content: Any) -> Any:
    name, parts, extra = items(content, 3)
    if name == "deque":
        return collections.deque(items(parts), None if extra is None else whole(extra))
    if name == "ChainMap":
        if not all(isinstance(part, dict) for part in items(parts)) or len(parts) > 100:
            raise NotPlainData("The student's process sent a malformed collection.")
        return collections.ChainMap(*parts)
    pairs = [items(pair, 2) for pair in items(parts)]
    check_hashes(key for key, _ in pairs)
    if name == "defaultdict":
        # A dictionary whose keys are hashes of objects would be asked for them.
        return collections.defaultdict(_FACTORIES[extra] if extra else None, pairs)
    # A Counter of counts that are no numbers would be compared by asking them.
    return collections.Counter(dict(pairs)) if name == "Counter" else collections.OrderedDict(pairs)


_VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))


def _encode_view(value: Any) -> list[Any]:
    parts = list(value)
    return [_VIEWS.index(type(value)), [list(part) for part in parts] if type(value) is _VIEWS[2] else parts]


def _decode_view(content: Any) -> Any:
    kind, parts = items(content, 2)
    if kind == 1:
        return dict(enumerate(items(parts))).values()
    pairs = [items(part, 2) for part in items(parts)] if kind == 2 else [[part, None] for part in items(parts)]
    check_hashes(key for key, _ in pairs)
    return dict(pairs).items() if kind == 2 else dict(pairs).keys()


def _encode_namespace(value: Any) -> Any:
    return [list(pair) for pair in vars(value).items()]


def _decode_namespace(content: Any) -> Any:
    namespace = types.SimpleNamespace()
    for name, value in (items(pair, 2) for pair in items(content)):
        if not checked_text(name).isidentifier() or name.startswith("__"):
            raise NotPlainData("The student's process sent a malformed namespace.")
        check_field(name, value)
        setattr(namespace, name, value)
    return namespace


class EnumMember:
    """A member of an enumeration of numbers or texts: its plain value, with the name that its class gave it."""

    name: str
    value: object
    _class_name: str

    def __repr__(self) -> str:
        return f"<{self._class_name}.{self.name}: {self.value!r}>"


class IntegerMember(EnumMember, int):
    """A member of an IntEnum."""

    __str__ = int.__repr__
    __format__ = int.__format__
    __hash__ = int.__hash__


class TextMember(EnumMember, str):
    """A member of an enumeration of texts."""

    __str__ = str.__str__
    __hash__ = str.__hash__


def _encode_member(value: Any) -> Any:
    plain = getattr(value, "_value_", None)
    if not isinstance(value, (int, str)) or type(plain) not in (int, str) or not isinstance(value.name, str):
        return NotImplemented
    if isinstance(value, enum.Flag):
        return NotImplemented
    return [type(value).__name__, value.name, plain]


@functools.lru_cache(maxsize=10_000)
def _member(class_name: str, name: str, value: Any) -> Any:
    member: Any = (IntegerMember if type(value) is int else TextMember)(value)
    member._class_name, member.name, member.value = class_name, name, value
    return member


def _decode_member(content: Any) -> Any:
    class_name, name, value = items(content, 3)
    if type(value) not in (int, str):
        raise NotPlainData("The student's process sent a malformed member of an enumeration.")
    return _member(checked_text(class_name), checked_text(name), value)


# Constants, classes and annotations

_CONSTANTS: Final[dict[str, Any]] = {"Ellipsis": ..., "NotImplemented": NotImplemented}
_EXCEPTIONS: Final = {
    name: kind
    for name, kind in vars(__import__("builtins")).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and name == kind.__name__
}
_CLASSES: Final[dict[str, Any]] = {
    **{
        f"builtins.{kind.__name__}": kind
        for kind in (int, float, complex, str, bytes, bytearray, bool, list, tuple, dict, set, frozenset, range, slice)
    },
    "builtins.object": object,
    "builtins.NoneType": type(None),
    "builtins.type": type,
    **{f"builtins.{name}": kind for name, kind in _EXCEPTIONS.items()},
    "numpy.ndarray": np.ndarray,
    **{f"numpy.{name}": getattr(np, name) for name in ("generic", "number", "integer", "floating", "bool_")},
    **{f"numpy.{kind.__name__}": kind for kind in set(np.sctypeDict.values())},
}
_LIBRARY_CLASSES: Final = frozenset(
    {
        "torch.Tensor",
        "pandas.core.frame.DataFrame",
        "pandas.core.series.Series",
        "pandas.DataFrame",
        "pandas.Series",
        "decimal.Decimal",
    }
    | {"fractions.Fraction", "datetime.datetime", "datetime.date", "datetime.timedelta", "pathlib.Path"}
    | {"collections.Counter", "collections.deque", "collections.OrderedDict", "collections.defaultdict"}
)


def _encode_class(value: type) -> Any:
    name = f"{value.__module__}.{value.__qualname__}"
    return name if _known_class(name) is value else NotImplemented


def _known_class(name: str) -> Any:
    if name in _CLASSES:
        return _CLASSES[name]
    module, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(module), attribute, None) if name in _LIBRARY_CLASSES else None


def _decode_class(content: Any) -> Any:
    known = _known_class(checked_text(content))
    if not isinstance(known, type):
        raise NotPlainData("The student's process sent an unknown class.")
    return known


_GENERICS: Final = frozenset(
    ["List", "Dict", "Set", "FrozenSet", "Tuple", "Optional", "Union", "Callable", "Iterable", "Iterator", "Sequence", "Mapping", "Generator", "Any", "Type", "Collection", "Hashable", "Sized", "Deque", "Counter", "DefaultDict", "NoReturn", "Literal", "Final", "ClassVar"]
)


def _encode_annotation(value: Any) -> Any:
    if isinstance(value, types.GenericAlias):
        return ["alias", value.__origin__, list(value.__args__)]
    if isinstance(value, types.UnionType):
        return ["union", None, list(value.__args__)]
    if value is typing.Any:
        return ["typing", "Any", None]
    name = getattr(value, "_name", None) or getattr(getattr(value, "__origin__", None), "_name", None)
    if name not in _GENERICS:
        return NotImplemented
    arguments = [list(part) if type(part) is tuple else part for part in getattr(value, "__args__", ())]
    if value is getattr(typing, name):
        return ["typing", name, None]
    if name == "Callable" and len(arguments) > 1:
        arguments = [arguments[:-1] if arguments[0] is not ... else ..., arguments[-1]]
    return ["typing", name if name != "Optional" else "Union", arguments]


def _decode_annotation(content: Any) -> Any:
    kind, origin, arguments = items(content, 3)
    if kind == "typing":
        if type(origin) is not str or origin not in _GENERICS:
            raise NotPlainData("The student's process sent an unknown annotation.")
        return getattr(typing, origin) if arguments is None else getattr(typing, origin)[tuple(items(arguments))]
    parts = tuple(items(arguments))
    if len(parts) > 50:
        raise NotPlainData("The student's process sent an unknown annotation.")
    if kind == "union":
        return (
            typing.Union[parts]
            if not all(isinstance(part, type) for part in parts)
            else functools.reduce(lambda one, other: one | other, parts)
        )
    if type(origin) is not type or origin not in (list, dict, tuple, set, frozenset, type):
        raise NotPlainData("The student's process sent an unknown annotation.")
    return types.GenericAlias(origin, parts)


# Regular expressions and random generators


class MatchData:
    """A match of a regular expression as data."""

    def __init__(self, text: str, groups: list[Any], spans: list[Any], names: dict[str, int]) -> None:
        self.string = text
        self.pos, self.endpos = 0, len(text)
        self._groups, self._spans, self._names = groups, spans, names
        self.lastindex = max((n for n, group in enumerate(groups) if n and group is not None), default=None)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return re.Match

    def group(self, *which: int | str) -> Any:
        """The text of a group, or a tuple of several."""
        texts = tuple(self._groups[self._place(part)] for part in which or (0,))
        return texts[0] if len(texts) == 1 else texts

    __getitem__ = group

    def groups(self, default: object = None) -> tuple[Any, ...]:
        """The texts of all groups."""
        return tuple(default if group is None else group for group in self._groups[1:])

    def groupdict(self, default: object = None) -> dict[str, Any]:
        """The texts of the named groups."""
        return {name: default if (text := self._groups[n]) is None else text for name, n in self._names.items()}

    def span(self, which: int | str = 0) -> tuple[int, int]:
        """Begin and end of a group."""
        begin, end = self._spans[self._place(which)]
        return begin, end

    def start(self, which: int | str = 0) -> int:
        """Begin of a group."""
        return self.span(which)[0]

    def end(self, which: int | str = 0) -> int:
        """End of a group."""
        return self.span(which)[1]

    def __repr__(self) -> str:
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"

    def _place(self, which: int | str) -> int:
        place = self._names.get(which) if isinstance(which, str) else which
        if place is None or not 0 <= place < len(self._groups):
            raise IndexError("no such group")
        return place


def _encode_match(value: Any) -> Any:
    count = value.re.groups + 1
    if not isinstance(value.string, str):
        return NotImplemented
    spans = [list(value.span(n)) for n in range(count)]
    return [value.string, [value.group(n) for n in range(count)], spans, dict(value.re.groupindex)]


def _decode_match(content: Any) -> MatchData:
    text, groups, spans, names = items(content, 4)
    fits = type(text) is str and len(items(groups)) == len(items(spans)) > 0 and type(names) is dict
    if not fits or not all(group is None or type(group) is str for group in groups):
        raise NotPlainData("The student's process sent a malformed match.")
    spans = [tuple(whole(place, -1) for place in items(span, 2)) for span in spans]
    named = {checked_text(name): whole(n, 0, len(groups) - 1) for name, n in names.items()}
    return MatchData(text, groups, spans, named)


def _decode_pattern(content: Any) -> re.Pattern[str]:
    pattern, flags = items(content, 2)
    if type(pattern) is not str or len(pattern) > 2000:
        raise NotPlainData("A regular expression of more than 2000 characters cannot be transferred.")
    return re.compile(pattern, whole(flags, 0, 1023))


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


_ALIASES: Final = (
    types.GenericAlias,
    types.UnionType,
    *(type(getattr(typing, name)) for name in ("Any", "List", "Optional", "Callable", "Tuple")),
    *map(type, (typing.List[int], typing.Optional[int], typing.Callable[[int], int], typing.Literal[1])),  # noqa: UP006, UP045
)

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
    PlainType(18, ("builtins.type",), _encode_class, _decode_class),
    PlainType(
        19, (), _encode_annotation, _decode_annotation, exact=tuple(dict.fromkeys(k for k in _ALIASES if k is not type))
    ),
    PlainType(
        20,
        (),
        lambda value: "Ellipsis" if value is ... else "NotImplemented",
        lambda content: _CONSTANTS[checked_text(content)],
        exact=(type(...), type(NotImplemented)),
    ),
    PlainType(
        21,
        (
            *("collections.Counter", "collections.defaultdict", "collections.OrderedDict", "collections.deque"),
            "collections.ChainMap",
        ),
        _encode_collection,
        _decode_collection,
        subclasses=True,
    ),
    PlainType(22, (), _encode_view, _decode_view, exact=_VIEWS),
    PlainType(23, ("datetime.timedelta", "datetime.timezone"), _encode_duration, _decode_duration),
    PlainType(24, ("types.SimpleNamespace", "argparse.Namespace"), _encode_namespace, _decode_namespace),
    PlainType(25, ("enum.Enum",), _encode_member, _decode_member, subclasses=True),
    PlainType(26, ("re.Match",), _encode_match, _decode_match, data_only=True),
    PlainType(27, ("re.Pattern",), lambda value: [value.pattern, value.flags & 1023], _decode_pattern, data_only=True),
    PlainType(28, ("random.Random",), _encode_random, _decode_random),
    PlainType(29, ("datetime.datetime",), _encode_datetime, _decode_time),
)
