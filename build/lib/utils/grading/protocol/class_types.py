"""Classes of Python and its libraries, annotations and constants as plain data; only those named here are known."""

import functools
import sys
import types
import typing
from typing import Any, Final

import numpy as np

from utils.grading.protocol.plain_type import (
    NotPlainData,
    PlainType,
    checked_text,
    items,
    words,
)

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
    words(
        "List Dict Set FrozenSet Tuple Optional Union Callable Iterable Iterator Sequence Mapping Generator "
        "Any Type Collection Hashable Sized Deque Counter DefaultDict NoReturn Literal Final ClassVar "
    )
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
        return functools.reduce(lambda one, other: one | other, parts)
    if type(origin) is not type or origin not in (list, dict, tuple, set, frozenset, type):
        raise NotPlainData("The student's process sent an unknown annotation.")
    return types.GenericAlias(origin, parts)


_ALIASES: Final = (
    types.GenericAlias,
    types.UnionType,
    *(type(getattr(typing, name)) for name in ("Any", "List", "Optional", "Callable", "Tuple")),
    *map(type, (typing.List[int], typing.Optional[int], typing.Callable[[int], int], typing.Literal[1])),  # noqa: UP006, UP045
)

CLASS_TYPES: Final = (
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
)
