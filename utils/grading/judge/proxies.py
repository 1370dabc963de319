"""Proxies: representatives of the student's functions, classes and objects in the judge's notebook."""

import contextlib
import types
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, Protocol

from utils.grading.protocol.references import Handle, Refusal

_FORWARDED: Final = frozenset({"__name__", "__qualname__"})
# Operations that reveal nothing about the value that a check expects.
_NO_CODE: Final = (lambda *_, **__: None).__code__
_ALWAYS_ALLOWED: Final = frozenset({"__getitem__", "__setitem__", "__delitem__"})


class NotAllowed(Exception):
    """A value cannot be transferred, or a check may not use an operation; the message is addressed to the student."""


class AttributeNotAllowed(NotAllowed, AttributeError):
    """An attribute that a proxy does not show; `hasattr` is false for it."""


class Owner(Protocol):
    """The methods of the client that a proxy needs."""

    def ask(self, operation: str, *arguments: object) -> Any:
        """Send a request to the student's process and return the answer."""

    def allows(self, handle: Handle, name: str) -> bool:
        """Whether a check may use an attribute or operator of an object."""

    def base(self, bases: tuple[tuple[str, str], ...]) -> type | None:
        """The judge's own class behind the stated ones, if there is one."""

    def release(self, number: int) -> None:
        """Note that an object is no longer needed."""


def number_of(proxy: Any) -> int:
    """The number under which the student's process knows an object.

    Raises:
        NotAllowed: the proxy stands for a value that could not be transferred.
    """
    target = object.__getattribute__(proxy, "_target")
    if isinstance(target, Refusal):
        raise NotAllowed(target.reason)
    return int(target.number)


class Proxy:
    """Represents a function, class, module or object of the student's process in the judge's notebook.

    Calls, iteration, indexing and most attributes are sent to the student's process. Operators, and attributes that
    plain data has, are sent only if `KnownClasses.allows` them; operators need a class that the instructor's solution
    defines. Comparisons, truth values of instances, and conversions to numbers or arrays are always refused, because
    an object must not decide a check by what it reports about itself.

    Args:
        owner: the client that made it.
        target: the object, or the reason why it was refused; every use is then refused for that reason.
    """

    __slots__ = ("__weakref__", "_owner", "_target")

    def __init__(self, owner: Owner, target: Handle | Refusal) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_target", target)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        target = object.__getattribute__(self, "_target")
        if isinstance(target, Refusal):
            return Proxy
        if target.kind == "function":
            return types.FunctionType
        if target.kind == "class":
            return type
        return object.__getattribute__(self, "_owner").base(target.bases) or Proxy

    def __getattr__(self, name: str) -> Any:
        target = object.__getattribute__(self, "_target")
        if isinstance(target, Refusal):
            raise NotAllowed(target.reason)
        if name == "__code__" and target.kind == "function":
            # unittest.mock looks here whether a function is a coroutine's.
            return _NO_CODE
        if name == "__bases__" and target.kind == "class":
            return (object.__getattribute__(self, "_owner").base(target.bases) or object,)
        if name.startswith("__") and name.endswith("__") and name not in _FORWARDED:
            raise AttributeError(f"{_describe(self)} does not show {name} here")
        if name not in _FORWARDED:
            _check_allowed(self, name)
        return _ask(self, "get", name)

    def __setattr__(self, name: str, value: object) -> None:
        _ask(self, "set", name, value)

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return _ask(self, "call", args, kwargs)

    @property
    def __iter__(self) -> Callable[[], Iterator[Any]]:
        target = object.__getattribute__(self, "_target")
        # pandas takes whatever has this method for a list of functions.
        if isinstance(target, Handle) and target.kind == "function":
            raise AttributeError("__iter__")
        return lambda: _Items(_ask(self, "iterate"))

    def __next__(self) -> Any:
        item = _ask(self, "next")
        if not item:
            raise StopIteration
        return item[0]

    def __len__(self) -> int:
        size = _ask(self, "length")
        if type(size) is not int:
            raise NotAllowed(f"{_describe(self)} has no length that is a whole number.")
        return size

    def __contains__(self, item: object) -> bool:
        _check_allowed(self, "__contains__")
        return _ask(self, "contains", item) is True

    def __str__(self) -> str:
        return self._text("str")

    def __repr__(self) -> str:
        return self._text("repr")

    def _text(self, how: str) -> str:
        if isinstance(object.__getattribute__(self, "_target"), Refusal):
            return "<a value that could not be transferred>"
        text = _ask(self, how)
        return text if type(text) is str else f"<{_describe(self)}>"

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        raise _comparison_error(self)

    def __ne__(self, other: object) -> bool:
        if other is self:
            return False
        # np.vectorize compares its function so with the mark of a missing argument.
        if type(other).__name__ == "_NoValueType":
            return True
        raise _comparison_error(self)

    def __bool__(self) -> bool:
        target = object.__getattribute__(self, "_target")
        if isinstance(target, Handle) and target.kind in ("function", "class", "module"):
            return True
        raise NotAllowed(f"{_describe(self)} has no truth value in a check; return True or False.")

    def __instancecheck__(self, instance: object) -> bool:
        return type(instance) is Proxy and _ask(self, "isinstance", instance) is True

    def __subclasscheck__(self, subclass: object) -> bool:
        return type(subclass) is Proxy and _ask(self, "issubclass", subclass) is True

    def __mro_entries__(self, bases: object) -> NoReturn:
        raise NotAllowed(f"{_describe(self)} cannot be a base class in a check.")

    def __enter__(self) -> Any:
        return _ask(self, "operator", "__enter__", ())

    def __exit__(self, *_: object) -> None:
        _ask(self, "operator", "__exit__", (None, None, None))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise NotAllowed(f"{_describe(self)} cannot be copied or stored in a check.")

    def __dir__(self) -> list[str]:
        return []

    def __del__(self) -> None:
        # When the judge's process ends, the objects used here may already have been deleted.
        with contextlib.suppress(Exception):
            target = object.__getattribute__(self, "_target")
            if isinstance(target, Handle):
                object.__getattribute__(self, "_owner").release(target.number)


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: Any, *operands: object) -> Any:
        _check_allowed(self, name)
        return _ask(self, "operator", name, operands)

    operate.__name__ = name
    return operate


def _refused(name: str, use: str) -> Callable[..., Any]:
    def refuse(self: Any, *_: object) -> NoReturn:
        described = _describe(self)
        if isinstance(object.__getattribute__(self, "_target"), Refusal):
            raise NotAllowed(described)
        raise NotAllowed(
            f"{described} cannot be {use} here, because only plain data (numbers, text, lists, arrays, "
            "tensors) can; return plain data."
        )

    refuse.__name__ = name
    return refuse


def _ask(proxy: Any, operation: str, *arguments: object) -> Any:
    owner: Owner = object.__getattribute__(proxy, "_owner")
    return owner.ask(operation, number_of(proxy), *arguments)


def _check_allowed(proxy: Any, name: str) -> None:
    """Refuse an attribute or operator of plain data, see `KnownClasses.allows`."""
    target = object.__getattribute__(proxy, "_target")
    owner: Owner = object.__getattribute__(proxy, "_owner")
    if isinstance(target, Handle) and name not in _ALWAYS_ALLOWED and not owner.allows(target, name):
        raise AttributeNotAllowed(
            f"{_describe(proxy)} has no {name} that a check may use, because it is not plain data; return plain data."
        )


def _describe(proxy: Any) -> str:
    target = object.__getattribute__(proxy, "_target")
    return target.reason if isinstance(target, Refusal) else f"Your {target.kind} {target.name}"


def _comparison_error(proxy: Any) -> NotAllowed:
    if isinstance(object.__getattribute__(proxy, "_target"), Refusal):
        return NotAllowed(_describe(proxy))
    return NotAllowed(
        f"{_describe(proxy)} cannot be compared here, because only plain data (numbers, text, lists, arrays, "
        "tensors) can; return plain data."
    )


class _Items:
    """Iterates over an iterator that stays with the student; an iterator of plain data arrives as a list."""

    def __init__(self, source: Any) -> None:
        self.source = source if type(source) is Proxy else iter(source)

    def __iter__(self) -> "_Items":
        return self

    def __next__(self) -> Any:
        return next(self.source)


# A check that reads the docstring gets the student's.
setattr(Proxy, "__doc__", property(lambda self: _ask(self, "get", "__doc__")))  # noqa: B010
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
    setattr(Proxy, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(Proxy, f"__r{_name}__", _operator(f"__r{_name}__"))
for _name in ["neg", "pos", "abs", "invert", "getitem", "setitem", "delitem"]:
    setattr(Proxy, f"__{_name}__", _operator(f"__{_name}__"))
for _name in ["lt", "le", "gt", "ge"]:
    setattr(Proxy, f"__{_name}__", _refused(f"__{_name}__", "compared"))
for _name in ["float", "int", "complex", "index", "array", "round", "trunc", "floor", "ceil"]:
    setattr(Proxy, f"__{_name}__", _refused(f"__{_name}__", "taken as a number or an array"))
