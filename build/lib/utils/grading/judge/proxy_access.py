"""How the judge reaches an object of the student's process, and what it may see of it."""

from typing import Any, Final, Literal, Protocol

import numpy as np

from utils.grading.judge.inspection import code_object, dataclass_fields, signature
from utils.grading.protocol.plain_type import words
from utils.grading.protocol.references import SPECIAL_METHODS, Handle, Refusal

Decision = Literal["ask", "default", "refuse"]


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

    def all_bases(self, bases: tuple[tuple[str, str], ...]) -> list[type]:
        """The judge's own classes behind the stated ones, without those that others derive from."""

    def release(self, number: int) -> None:
        """Note that an object is no longer needed."""


class Represented:
    """The base of all proxies of objects."""

    __slots__ = ()


class ProxyClass(type):
    """The type of the judge's classes that represent classes of the student; `proxy_classes` makes them."""


def is_proxy(value: object) -> bool:
    """Whether a value represents an object or a class of the student's process."""
    return issubclass(type(value), (Represented, ProxyClass))


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
    words(
        "__dict__ __name__ __qualname__ __module__ __annotations__ __defaults__ __kwdefaults__ __wrapped__ "
        "__self__ __func__ __match_args__ __slots__ __abstractmethods__ __members__ __cause__ __context__ "
        "__notes__ __closure__ __init__ __post_init__ __new__ __isabstractmethod__ __file__ __version__ "
        "__objclass__ __get__ __set__ __getattr__ __init_subclass__ __class_getitem__ __total__ "
        "__orig_bases__ __hash__ __format__ __str__ __repr__ __eq__ "
    )
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
    # NumPy reads memory through others, such as __array_interface__.
    if name in _REPORTED or (name in SPECIAL_METHODS and name in (target.abilities or ())):
        return ask(proxy, "get", name)
    raise AttributeError(f"{describe(proxy)} does not show {name} here")


def text_of(proxy: Any, *operation: str) -> str:
    """What an object says of itself, as text."""
    if isinstance(target_of(proxy), Refusal):
        return "<a value that could not be transferred>"
    text = ask(proxy, *operation)
    return text if type(text) is str else f"<{describe(proxy)}>"


def decision_of(proxy: Any, name: str, operand: object) -> Decision:
    """How an operator is decided; one that is refused raises NotAllowed."""
    target = target_of(proxy)
    if isinstance(target, Handle):
        if is_proxy(operand):
            number_of(operand)
        decision = owner_of(proxy).decides(target, name, operand)
        if decision != "refuse":
            return decision
    raise not_plain(proxy, "compared")


def compared(proxy: Any, name: str, operand: object) -> Any:
    """The result of a comparison that the student's object is asked for."""
    value = ask(proxy, "operator", name, (operand,))
    if value is NotImplemented or type(value) is bool:
        return value
    if type(value) is np.bool_:
        return bool(value)
    raise NotAllowed(f"{describe(proxy)} has a comparison that returns neither True nor False.")


def not_plain(proxy: Any, use: str) -> NotAllowed:
    """The error for an object that is used like plain data."""
    if isinstance(target_of(proxy), Refusal):
        return NotAllowed(describe(proxy))
    return NotAllowed(
        f"{describe(proxy)} cannot be {use} here, because only plain data (numbers, text, lists, arrays, "
        "tensors) can; return plain data."
    )
