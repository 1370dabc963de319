"""Collections, namespaces, members of enumerations and matches of regular expressions as plain data."""

import collections
import enum
import functools
import re
import types
from typing import Any, Final

from utils.grading.protocol import references
from utils.grading.protocol.plain_type import (
    NotPlainData,
    PlainType,
    check_field,
    check_hashes,
    checked_text,
    items,
    whole,
)

_FACTORIES: Final[dict[str, Any]] = {
    kind.__name__: kind for kind in (list, int, dict, set, str, float, tuple, bool, collections.Counter)
}


def _encode_collection(value: Any) -> Any:
    if isinstance(value, collections.defaultdict):
        factory = getattr(value.default_factory, "__name__", "")
        if value.default_factory is not None and _FACTORIES.get(factory) is not value.default_factory:
            # A function stays with the student; the judge calls it. The judge itself compares only the entries.
            sends = type(value.default_factory) is types.FunctionType and references.resolvers
            function = value.default_factory if sends else None
            name = "OrderedDict" if function is None else "defaultdict"
            return [name, [list(pair) for pair in dict.items(value)], function]
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
        factory = (_FACTORIES[extra] if extra else None) if extra is None or type(extra) is str else extra
        return collections.defaultdict(factory, dict(pairs))
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
    if not {int, str} & set(type(value).__mro__) or type(plain) not in (int, str) or not isinstance(value.name, str):
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


COLLECTION_TYPES: Final = (
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
    PlainType(24, ("types.SimpleNamespace", "argparse.Namespace"), _encode_namespace, _decode_namespace),
    PlainType(25, ("enum.Enum",), _encode_member, _decode_member, subclasses=True),
    PlainType(26, ("re.Match",), _encode_match, _decode_match, data_only=True),
    PlainType(27, ("re.Pattern",), lambda value: [value.pattern, value.flags & 1023], _decode_pattern, data_only=True),
)
