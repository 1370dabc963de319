"""Proxies: representatives of the student's functions and objects in the judge's notebook."""

import contextlib
import functools
import types
from typing import Any, Final, NoReturn

from utils.grading.judge.proxy_access import (
    AttributeNotAllowed,
    Decision,
    NotAllowed,
    Owner,
    ProxyClass,
    Represented,
    ask,
    attribute,
    compared,
    decision_of,
    describe,
    is_proxy,
    not_plain,
    number_of,
    owner_of,
    special_attribute,
    target_of,
    text_of,
)
from utils.grading.judge.special_methods import special_methods
from utils.grading.protocol.references import Handle, Refusal

__all__ = [
    "AttributeNotAllowed",
    "Decision",
    "NotAllowed",
    "Owner",
    "Proxy",
    "ProxyClass",
    "Represented",
    "ask",
    "attribute",
    "compared",
    "decision_of",
    "describe",
    "is_proxy",
    "not_plain",
    "number_of",
    "owner_of",
    "special_attribute",
    "target_of",
    "text_of",
]

_CLASS_OF_KIND: Final[dict[str, type]] = {
    "function": types.FunctionType,
    "method": types.MethodType,
    "class": type,
    "module": types.ModuleType,
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "async generator": types.AsyncGeneratorType,
    "property": property,
    "static method": staticmethod,
    "class method": classmethod,
}
_TRUE_KINDS: Final = frozenset(_CLASS_OF_KIND)
# A coroutine is driven by the judge's own event loop.
_OWN_METHODS: Final = frozenset({"send", "throw", "close"})


class Proxy(Represented):
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
        if name == "__dict__":
            # That of a judge's class for an estimator would be empty.
            return special_attribute(self, name)
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
        return list(ask(self, "look", "dir"))

    def __str__(self) -> str:
        return text_of(self, "str")

    def __repr__(self) -> str:
        return text_of(self, "repr")

    def __format__(self, specification: str) -> str:
        return text_of(self, "look", "format", specification) if specification else text_of(self, "str")

    def __eq__(self, other: object) -> Any:
        if other is self:
            return True
        decision = decision_of(self, "__eq__", other)
        return NotImplemented if decision == "default" else compared(self, "__eq__", other)

    def __ne__(self, other: object) -> Any:
        if other is self:
            return False
        # np.vectorize compares its function so with the mark of a missing argument.
        if type(other).__name__ == "_NoValueType":
            return True
        decision = decision_of(self, "__ne__", other)
        return NotImplemented if decision == "default" else compared(self, "__ne__", other)

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


@functools.lru_cache(maxsize=4096)
def _class_with(abilities: frozenset[str] | None) -> type[Proxy]:
    """The subclass of `Proxy` with these special methods; with all of them if they are unknown."""
    return type.__call__(type, "Proxy", (Proxy,), special_methods(abilities))  # type: ignore[no-any-return]
