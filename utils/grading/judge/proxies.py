"""Proxies: representatives of the student's functions, classes and objects in the judge's notebook."""

import contextlib
import functools
import types
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, NoReturn, Protocol

import numpy as np

from utils.grading.judge.inspection import code_object, dataclass_fields, signature
from utils.grading.protocol.references import Handle, Refusal

Decision = Literal["ask", "default", "refuse"]

# Operations that reveal nothing about the value that a check expects.
_ALWAYS_ALLOWED: Final = frozenset({"__getitem__", "__setitem__", "__delitem__"})
_CLASS_OF_KIND: Final[dict[str, type]] = {
    "function": types.FunctionType,
    "method": types.MethodType,
    "class": type,
    "module": types.ModuleType,
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "async generator": types.AsyncGeneratorType,
}
# A coroutine is driven by the judge's own event loop.
_OWN_METHODS: Final = frozenset({"send", "throw", "close"})
_TRUE_KINDS: Final = frozenset(_CLASS_OF_KIND)


class NotAllowed(Exception):
    """A value cannot be transferred, or a check may not use an operation; the message is addressed to the student."""


class AttributeNotAllowed(NotAllowed, AttributeError):
    """An attribute that a proxy does not show; `hasattr` is false for it."""


class Owner(Protocol):
    """The methods of the client that a proxy needs."""

    def ask(self, operation: str, *arguments: object) -> Any:
        """Send a request to the student's process and return the answer."""

    def allows(self, handle: Handle, name: str) -> bool:
        """Whether a check may use an attribute of an object."""

    def decides(self, handle: Handle, name: str, operand: object) -> Decision:
        """Whether an operator is asked of the student's object, is left to Python, or is refused."""

    def base(self, bases: tuple[tuple[str, str], ...]) -> type | None:
        """The judge's own class behind the stated ones, if there is one."""

    def release(self, number: int) -> None:
        """Note that an object is no longer needed."""


class Proxy:
    """Represents a function, module or object of the student's process in the judge's notebook.

    Calls, iteration, indexing and most attributes are sent to the student's process. Operators, comparisons, truth
    values, hashes and conversions are sent only for instances of a class that the instructor's cells define with that
    operator (`KnownClasses.decides`). For all other objects they are refused, because an object must not decide a check
    by what it reports about itself.

    A proxy has the special methods that the object's class has according to the student's process, so that `callable`,
    `iter` and the abstract classes of `collections.abc` answer as in a notebook.

    Args:
        owner: the client that made it.
        target: the object, or the reason why it was refused; every use is then refused for that reason.
    """

    __slots__ = ("__weakref__", "_owner", "_target")

    def __new__(cls, owner: Owner, target: Handle | Refusal) -> Any:
        """An instance of a subclass with the special methods that the object has."""
        abilities = None if isinstance(target, Refusal) else target.abilities
        return object.__new__(_class_with(None if abilities is None else frozenset(abilities)) if cls is Proxy else cls)

    def __init__(self, owner: Owner, target: Handle | Refusal) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_target", target)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        target = target_of(self)
        if isinstance(target, Refusal):
            return Proxy
        if target.kind in _CLASS_OF_KIND:
            return _CLASS_OF_KIND[target.kind]
        if type(self).__module__ != __name__:
            known = owner_of(self).base(target.bases)
            return type(self) if known is None or known in type.__getattribute__(type(self), "__mro__") else known
        return owner_of(self).base(target.bases) or type(self)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            try:
                return object.__getattribute__(self, name)
            except AttributeError:
                return special_attribute(self, name)
        if name in _OWN_METHODS and name in vars(type(self)):
            return object.__getattribute__(self, name)
        return attribute(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        ask(self, "set", name, value)

    def __delattr__(self, name: str) -> None:
        ask(self, "look", "delete", name)

    def __dir__(self) -> list[str]:
        return ask(self, "look", "dir")

    def __str__(self) -> str:
        return _text(self, "str")

    def __repr__(self) -> str:
        return _text(self, "repr")

    def __format__(self, specification: str) -> str:
        return _text(self, "look", "format", specification) if specification else _text(self, "str")

    def __eq__(self, other: object) -> Any:
        if other is self:
            return True
        decision = _decide(self, "__eq__", other)
        return NotImplemented if decision == "default" else _truth_value(self, "__eq__", other)

    def __ne__(self, other: object) -> Any:
        if other is self:
            return False
        decision = _decide(self, "__ne__", other)
        return NotImplemented if decision == "default" else _truth_value(self, "__ne__", other)

    def __hash__(self) -> int:
        target = target_of(self)
        if not isinstance(target, Handle) or owner_of(self).decides(target, "__hash__", self) != "ask":
            return object.__hash__(self)
        value = ask(self, "look", "hash")
        if type(value) is not int:
            raise NotAllowed(f"{describe(self)} has no hash that is a whole number.")
        return hash(value)

    def __bool__(self) -> bool:
        target = target_of(self)
        if isinstance(target, Handle) and target.kind in _TRUE_KINDS:
            return True
        if isinstance(target, Handle):
            decision = owner_of(self).decides(target, "__bool__", self)
            if decision == "default":
                return True
            if decision == "ask":
                return ask(self, "look", "truth") is True
        raise NotAllowed(f"{describe(self)} has no truth value in a check; return True or False.")

    def __copy__(self) -> Any:
        return ask(self, "look", "copy")

    def __deepcopy__(self, memo: object) -> Any:
        return ask(self, "look", "deepcopy")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise NotAllowed(f"{describe(self)} cannot be stored in a check.")

    def __instancecheck__(self, instance: object) -> bool:
        return is_proxy(instance) and ask(self, "isinstance", instance) is True

    def __subclasscheck__(self, subclass: object) -> bool:
        return is_proxy(subclass) and ask(self, "issubclass", subclass) is True

    def __mro_entries__(self, bases: object) -> NoReturn:
        raise NotAllowed(f"{describe(self)} cannot be a base class in a check.")

    def __del__(self) -> None:
        # When the judge's process ends, the objects used here may already have been deleted.
        with contextlib.suppress(Exception):
            target = target_of(self)
            if isinstance(target, Handle):
                owner_of(self).release(target.number)


class ProxyClass(type):
    """The type of the judge's classes that represent classes of the student; `proxy_classes` makes them."""


def is_proxy(value: object) -> bool:
    """Whether a value represents an object or a class of the student's process."""
    return issubclass(type(value), (Proxy, ProxyClass))


def target_of(proxy: Any) -> Handle | Refusal:
    """What a proxy stands for."""
    if issubclass(type(proxy), ProxyClass):
        target: Handle = type.__getattribute__(proxy, "__proxy_target__")
        return target
    return object.__getattribute__(proxy, "_target")  # type: ignore[no-any-return]


def owner_of(proxy: Any) -> Owner:
    """The client that made a proxy."""
    if issubclass(type(proxy), ProxyClass):
        return type.__getattribute__(proxy, "__proxy_owner__")  # type: ignore[no-any-return]
    return object.__getattribute__(proxy, "_owner")  # type: ignore[no-any-return]


def number_of(proxy: Any) -> int:
    """The number under which the student's process knows an object.

    Raises:
        NotAllowed: the proxy stands for a value that could not be transferred.
    """
    target = target_of(proxy)
    if isinstance(target, Refusal):
        raise NotAllowed(target.reason)
    return int(target.number)


def ask(proxy: Any, operation: str, *arguments: object) -> Any:
    """Send a request about a proxy's object."""
    number = number_of(proxy)
    return owner_of(proxy).ask(operation, number, *arguments)


def describe(proxy: Any) -> str:
    """A proxy in words, for the student."""
    target = target_of(proxy)
    if isinstance(target, Refusal):
        return target.reason
    kind = "function" if target.kind in ("method",) else target.kind
    return f"Your {kind} {target.name}"


def attribute(proxy: Any, name: str) -> Any:
    """A public attribute of a student's object."""
    target = target_of(proxy)
    if isinstance(target, Refusal):
        raise NotAllowed(target.reason)
    if target.kind == "coroutine" and name.startswith("cr_"):
        raise AttributeError(name)
    if not owner_of(proxy).allows(target, name):
        # The name is not shown: a hidden check may use it.
        raise AttributeNotAllowed(
            f"{describe(proxy)} is not plain data, and is used like plain data here; return plain data."
        )
    return ask(proxy, "get", name)


# What the student's process reports about special attributes is text and plain data, and no library reads them.
_REPORTED: Final = frozenset(
    ["__dict__", "__name__", "__qualname__", "__module__", "__annotations__", "__defaults__", "__kwdefaults__", "__wrapped__", "__self__", "__func__", "__match_args__", "__slots__", "__abstractmethods__", "__members__", "__cause__", "__context__", "__notes__", "__closure__", "__init__", "__post_init__", "__new__", "__isabstractmethod__", "__file__", "__version__", "__objclass__", "__get__", "__set__", "__getattr__", "__init_subclass__", "__class_getitem__", "__total__", "__orig_bases__", "__hash__", "__format__", "__str__", "__repr__", "__eq__"]
)


def special_attribute(proxy: Any, name: str) -> Any:
    """One of the special attributes that `inspect`, `vars` and `dataclasses` read."""
    target = target_of(proxy)
    if isinstance(target, Refusal):
        raise NotAllowed(target.reason)
    if name == "__bases__" and target.kind == "class":
        return (owner_of(proxy).base(target.bases) or object,)
    if name == "__code__" and target.kind in ("function", "method"):
        return code_object(ask(proxy, "look", "code"))
    if name == "__signature__" and target.kind in ("function", "method", "class"):
        return signature(ask(proxy, "look", "signature"))
    if name == "__dataclass_fields__":
        return dataclass_fields(ask(proxy, "look", "fields"))
    if name in ("__dict__", "__abstractmethods__"):
        return ask(proxy, "look", name.strip("_"))
    if name in _REPORTED or (name in ABILITIES and name in (target.abilities or ())):
        return ask(proxy, "get", name)
    raise AttributeError(f"{describe(proxy)} does not show {name} here")


def _text(proxy: Any, *operation: str) -> str:
    if isinstance(target_of(proxy), Refusal):
        return "<a value that could not be transferred>"
    text = ask(proxy, *operation)
    return text if type(text) is str else f"<{describe(proxy)}>"


def _decide(proxy: Any, name: str, operand: object) -> Decision:
    target = target_of(proxy)
    if isinstance(target, Handle):
        if is_proxy(operand):
            number_of(operand)
        decision = owner_of(proxy).decides(target, name, operand)
        if decision != "refuse":
            return decision
    raise _not_plain(proxy, "compared")


def _truth_value(proxy: Any, name: str, operand: object) -> Any:
    value = ask(proxy, "operator", name, (operand,))
    if value is NotImplemented or type(value) is bool:
        return value
    if type(value) is np.bool_:
        return bool(value)
    raise NotAllowed(f"{describe(proxy)} has a comparison that returns neither True nor False.")


def _not_plain(proxy: Any, use: str) -> NotAllowed:
    if isinstance(target_of(proxy), Refusal):
        return NotAllowed(describe(proxy))
    return NotAllowed(
        f"{describe(proxy)} cannot be {use} here, because only plain data (numbers, text, lists, arrays, "
        "tensors) can; return plain data."
    )


# The special methods that a proxy has if its object has them


def _compared(name: str) -> Callable[..., Any]:
    def compare(self: Any, other: object) -> Any:
        return NotImplemented if _decide(self, name, other) == "default" else _truth_value(self, name, other)

    return compare


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: Any, *operands: object) -> Any:
        target = target_of(self)
        if isinstance(target, Handle) and name not in _ALWAYS_ALLOWED:
            operand = operands[0] if operands else self
            decision = owner_of(self).decides(target, name, operand)
            if decision == "default":
                return NotImplemented
            if decision == "refuse":
                raise AttributeNotAllowed(
                    f"{describe(self)} is not plain data, and is used like plain data here; return plain data."
                )
        return ask(self, "operator", name, operands)

    return operate


def _converted(name: str, kinds: tuple[type, ...]) -> Callable[..., Any]:
    def convert(self: Any, *arguments: object) -> Any:
        target = target_of(self)
        if isinstance(target, Refusal) or owner_of(self).decides(target, name, self) != "ask":
            raise _not_plain(self, "taken as a number or an array")
        value = ask(self, "operator", name, arguments)
        if type(value) not in kinds:
            raise NotAllowed(f"{describe(self)} is converted to a number by something that returns no number.")
        return value

    return convert


def _refused(use: str) -> Callable[..., Any]:
    def refuse(self: Any, *_: object, **__: object) -> NoReturn:
        raise _not_plain(self, use)

    return refuse


def _call(self: Any, *args: object, **kwargs: object) -> Any:
    return ask(self, "call", args, kwargs)


def _iterate(self: Any) -> Iterator[Any]:
    return _Items(ask(self, "iterate"))


def _next(self: Any) -> Any:
    item = ask(self, "next")
    if not item:
        raise StopIteration
    return item[0]


def _length(self: Any) -> int:
    size = ask(self, "length")
    if type(size) is not int:
        raise NotAllowed(f"{describe(self)} has no length that is a whole number.")
    return size


def _contains(self: Any, item: object) -> bool:
    target = target_of(self)
    if isinstance(target, Handle):
        decision = owner_of(self).decides(target, "__contains__", self)
        if decision == "default":
            return any(member is item or member == item for member in self)
        if decision == "ask":
            return ask(self, "contains", item) is True
    raise AttributeNotAllowed(
        f"{describe(self)} is not plain data, and is used like plain data here; return plain data."
    )


def _enter(self: Any) -> Any:
    return ask(self, "operator", "__enter__", ())


def _exit(self: Any, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
    description = None if kind is None else [[[k.__module__, k.__qualname__] for k in kind.__mro__], str(error)[:1000]]
    swallowed = ask(self, "look", "exit", description) is True
    # A check's own failure is never swallowed by an object of the student.
    target = target_of(self)
    permitted = isinstance(target, Handle) and owner_of(self).decides(target, "swallow", self) == "ask"
    return swallowed and permitted and isinstance(error, Exception) and _ordinary(error)


def _ordinary(error: Exception) -> bool:
    return not isinstance(error, (AssertionError, NotAllowed)) and type(error).__module__ in ("builtins", "__main__")


def _await(self: Any) -> Iterator[Any]:
    return ask(self, "look", "await")
    yield  # makes this a generator, as the protocol demands


def _send(self: Any, value: object) -> NoReturn:
    raise StopIteration(ask(self, "look", "await"))


ABILITIES: Final[dict[str, Callable[..., Any]]] = {
    "__call__": _call,
    "__iter__": _iterate,
    "__next__": _next,
    "__len__": _length,
    "__contains__": _contains,
    "__enter__": _enter,
    "__exit__": _exit,
    "__await__": _await,
    **{f"__{name}__": _compared(f"__{name}__") for name in ("lt", "le", "gt", "ge")},
    **{
        f"__{side}{name}__": _operator(f"__{side}{name}__")
        for name in ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "and", "or", "xor", "lshift", "rshift"]
        for side in ("", "r", "i")
        if (side, name) != ("i", "divmod")
    },
    **{f"__{name}__": _operator(f"__{name}__") for name in ["neg", "pos", "abs", "invert", "getitem", "setitem", "delitem"]},
    "__reversed__": _operator("__reversed__"),
    "__float__": _converted("__float__", (float,)),
    "__int__": _converted("__int__", (int,)),
    "__index__": _converted("__index__", (int,)),
    "__complex__": _converted("__complex__", (complex,)),
    "__round__": _converted("__round__", (int, float)),
    **{f"__{name}__": _converted(f"__{name}__", (int,)) for name in ("trunc", "floor", "ceil")},
    "__array__": _refused("taken as a number or an array"),
}
"""The special methods that a proxy has where its object has them."""


@functools.lru_cache(maxsize=4096)
def _class_with(abilities: frozenset[str] | None) -> type[Proxy]:
    """The subclass of `Proxy` with these special methods; with all of them if they are unknown."""
    return type.__call__(type, "Proxy", (Proxy,), special_methods(abilities))  # type: ignore[no-any-return]


def special_methods(abilities: frozenset[str] | None) -> dict[str, Any]:
    """The namespace of a class of proxies whose objects have these special methods."""
    methods: dict[str, Any] = {
        name: method for name, method in ABILITIES.items() if abilities is None or name in abilities
    }
    if abilities is not None and "__hash__" not in abilities:
        methods["__hash__"] = None
    if abilities is not None and "send" in abilities:
        methods |= {"send": _send, "throw": _refused("used"), "close": lambda self: None}
    # np.asarray must never wrap an object that it could ask later.
    methods["__array__"] = ABILITIES["__array__"]
    # A check that reads the docstring gets the student's.
    methods["__doc__"] = property(lambda self: ask(self, "get", "__doc__"))
    return {"__slots__": (), "__module__": __name__, **methods}


class _Items:
    """Iterates over an iterator that stays with the student; an iterator of plain data arrives as a list."""

    def __init__(self, source: Any) -> None:
        self.source = source if is_proxy(source) else iter(source)

    def __iter__(self) -> "_Items":
        return self

    def __next__(self) -> Any:
        return next(self.source)
