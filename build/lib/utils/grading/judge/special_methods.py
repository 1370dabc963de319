"""The special methods that a proxy has if its object has them, and when each may be used."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from utils.grading.judge.proxy_access import (
    AttributeNotAllowed,
    NotAllowed,
    ask,
    compared,
    decision_of,
    describe,
    is_proxy,
    not_plain,
    owner_of,
    target_of,
)
from utils.grading.protocol.plain_type import words
from utils.grading.protocol.references import Handle, Refusal

# Operations that reveal nothing about the value that a check expects.
_ALWAYS_ALLOWED: Final = frozenset({"__getitem__", "__setitem__", "__delitem__"})

# The special methods that a proxy has if its object has them


def _compared(name: str) -> Callable[..., Any]:
    def compare(self: Any, other: object) -> Any:
        return NotImplemented if decision_of(self, name, other) == "default" else compared(self, name, other)

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
            raise not_plain(self, "taken as a number or an array")
        value = ask(self, "operator", name, arguments)
        if type(value) not in kinds:
            raise NotAllowed(f"{describe(self)} is converted to a number by something that returns no number.")
        return value

    return convert


def _refused(use: str) -> Callable[..., Any]:
    def refuse(self: Any, *_: object, **__: object) -> NoReturn:
        raise not_plain(self, use)

    return refuse


def _call(self: Any, *args: object, **kwargs: object) -> Any:
    return ask(self, "call", args, kwargs)


def _iterate(self: Any) -> Iterator[Any]:
    source = ask(self, "iterate")
    return source if source is self else _Items(source)


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
    # A generator, as the protocol demands, that waits for nothing.
    yield from ()
    return ask(self, "look", "await")  # type: ignore[no-any-return]


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
        for name in words("add sub mul matmul truediv floordiv mod divmod pow and or xor lshift rshift")
        for side in ("", "r", "i")
        if (side, name) != ("i", "divmod")
    },
    **{
        f"__{name}__": _operator(f"__{name}__")
        for name in ["neg", "pos", "abs", "invert", "getitem", "setitem", "delitem"]
    },
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
    return {"__slots__": (), "__module__": "utils.grading.judge.proxies", **methods}


class _Items:
    """Iterates over an iterator that stays with the student; an iterator of plain data arrives as a list."""

    def __init__(self, source: Any) -> None:
        self.source = source if is_proxy(source) else iter(source)

    def __iter__(self) -> "_Items":
        return self

    def __next__(self) -> Any:
        return next(self.source)
