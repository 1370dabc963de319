"""Stand-ins: what the judge's notebook holds in place of the functions, classes and objects of a student."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NoReturn

from utils.grading.protocol.decode import Handle, Refusal

if TYPE_CHECKING:
    from utils.grading.judge.client import Door

_FORWARDED: Final = frozenset({"__name__", "__qualname__"})


# What tells the object nothing of the value that a check expects.
_FREE: Final = frozenset({"__getitem__", "__setitem__", "__delitem__"})


class DoorError(Exception):
    """A value or an operation that the door does not let through; the message is a sentence for the student."""


def number_of(stand_in: Any) -> int:
    """The number under which the student's process knows an object."""
    what = object.__getattribute__(stand_in, "_what")
    if isinstance(what, Refusal):
        raise DoorError(what.reason)
    return int(what.number)


class NotShown(DoorError, AttributeError):
    """An attribute that a stand-in does not show; `hasattr` is false for it."""


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: Any, *operands: object) -> Any:
        _may(self, name)
        return _ask(self, "operator", name, operands)

    operate.__name__ = name
    return operate


def _refused(name: str, what: str) -> Callable[..., Any]:
    def refuse(self: Any, *_: object) -> NoReturn:
        described = _describe(self)
        if isinstance(object.__getattribute__(self, "_what"), Refusal):
            raise DoorError(described)
        raise DoorError(
            f"{described} cannot be {what} here, because only plain data (numbers, text, lists, arrays, "
            "tensors) can; return plain data."
        )

    refuse.__name__ = name
    return refuse


def _ask(stand_in: Any, operation: str, *arguments: object) -> Any:
    door: Door = object.__getattribute__(stand_in, "_door")
    return door.ask(operation, number_of(stand_in), *arguments)


def _may(stand_in: Any, name: str) -> None:
    """Refuse an attribute or operator of plain data, see `Door.allows`."""
    what = object.__getattribute__(stand_in, "_what")
    door: Door = object.__getattribute__(stand_in, "_door")
    if isinstance(what, Handle) and name not in _FREE and not door.allows(what, name):
        raise NotShown(f"{_describe(stand_in)} is asked for {name} as plain data would be; return plain data.")


def _describe(stand_in: Any) -> str:
    what = object.__getattribute__(stand_in, "_what")
    return what.reason if isinstance(what, Refusal) else f"Your {what.kind} {what.name}"


class StandIn:
    """Stands in the judge's notebook for a function, class, module or object that stays in the student's process.

    Calling it, reading its attributes, iterating over it and operators go through the door. Comparisons, truth values
    and conversions to numbers or arrays do not: an object must not decide a check by what it says of itself.
    """

    __slots__ = ("__weakref__", "_door", "_what")

    def __init__(self, door: Door, what: Handle | Refusal) -> None:
        object.__setattr__(self, "_door", door)
        object.__setattr__(self, "_what", what)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        what = object.__getattribute__(self, "_what")
        if isinstance(what, Refusal):
            return StandIn
        if what.kind == "function":
            return types.FunctionType
        if what.kind == "class":
            return type
        return object.__getattribute__(self, "_door").base(what.bases) or StandIn

    def __getattr__(self, name: str) -> Any:
        what = object.__getattribute__(self, "_what")
        if isinstance(what, Refusal):
            raise DoorError(what.reason)
        if name == "__bases__" and what.kind == "class":
            found = object.__getattribute__(self, "_door").base(what.bases)
            return (found or object,)
        if name.startswith("__") and name.endswith("__") and name not in _FORWARDED:
            raise AttributeError(f"{_describe(self)} does not show {name} here")
        if name not in _FORWARDED:
            _may(self, name)
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: object) -> None:
        _ask(self, "set", name, value)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return _ask(self, "call", args, kwargs)

    def __iter__(self) -> Iterator[Any]:
        return _Items(_ask(self, "iterate"))

    def __next__(self) -> Any:
        found = _ask(self, "next")
        if not found:
            raise StopIteration
        return found[0]

    def __len__(self) -> int:
        size = _ask(self, "length")
        if type(size) is not int:
            raise DoorError(f"{_describe(self)} has no length that is a whole number.")
        return size

    def __contains__(self, item: object) -> bool:
        _may(self, "__contains__")
        return _ask(self, "contains", item) is True

    def __str__(self) -> str:
        return self._text("str")

    def __repr__(self) -> str:
        return self._text("repr")

    def _text(self, how: str) -> str:
        if isinstance(object.__getattribute__(self, "_what"), Refusal):
            return "<a value that did not pass>"
        text = _ask(self, how)
        return text if type(text) is str else f"<{_describe(self)}>"

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        raise _comparison(self)

    def __ne__(self, other: object) -> bool:
        if other is self:
            return False
        raise _comparison(self)

    def __bool__(self) -> bool:
        what = object.__getattribute__(self, "_what")
        if isinstance(what, Handle) and what.kind in ("function", "class", "module"):
            return True
        raise DoorError(f"{_describe(self)} cannot be true or false here; return True or False itself.")

    def __instancecheck__(self, instance: object) -> bool:
        return type(instance) is StandIn and _ask(self, "isinstance", instance) is True

    def __subclasscheck__(self, subclass: object) -> bool:
        return type(subclass) is StandIn and _ask(self, "issubclass", subclass) is True

    def __mro_entries__(self, bases: object) -> NoReturn:
        raise DoorError(f"{_describe(self)} cannot be a base class in a check.")

    def __enter__(self) -> Any:
        return _ask(self, "operator", "__enter__", ())

    def __exit__(self, *_: object) -> None:
        _ask(self, "operator", "__exit__", (None, None, None))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise DoorError(f"{_describe(self)} cannot be copied or stored in a check.")

    def __dir__(self) -> list[str]:
        return []

    def __del__(self) -> None:
        # At the end of the judge's process the pieces may be gone already.
        with contextlib.suppress(Exception):
            what = object.__getattribute__(self, "_what")
            if isinstance(what, Handle):
                object.__getattribute__(self, "_door").release(what.number)


def _comparison(stand_in: Any) -> DoorError:
    if isinstance(object.__getattribute__(stand_in, "_what"), Refusal):
        return DoorError(_describe(stand_in))
    return DoorError(
        f"{_describe(stand_in)} cannot be compared here, because only plain data (numbers, text, lists, arrays, "
        "tensors) can; return plain data."
    )


class _Items:
    """Iterates over an iterator that stays with the student; an iterator of plain data arrives as a list."""

    def __init__(self, source: Any) -> None:
        self.source = source if type(source) is StandIn else iter(source)

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> Any:
        return next(self.source)


# The docstring that a test asks for is the student's.
setattr(StandIn, "__doc__", property(lambda self: _ask(self, "get", "__doc__")))  # noqa: B010
for _name in [
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
]:
    setattr(StandIn, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(StandIn, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in ["neg", "pos", "abs", "invert", "getitem", "setitem", "delitem"]:
    setattr(StandIn, f"__{_name}__", _operator(f"__{_name}__"))
for _name in ["lt", "le", "gt", "ge"]:
    setattr(StandIn, f"__{_name}__", _refused(f"__{_name}__", "compared"))
for _name in ["float", "int", "complex", "index", "array", "round", "trunc", "floor", "ceil"]:
    setattr(StandIn, f"__{_name}__", _refused(f"__{_name}__", "taken as a number or an array"))
