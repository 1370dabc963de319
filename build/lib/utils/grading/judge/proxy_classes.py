"""Classes of the judge that represent classes of the student, so that `type`, `isinstance` and subclasses work.

`Square(1)` in a check asks the student's process for an instance. The answer is a proxy whose type is the class that
the judge made for the student's `Square`. A check may subclass it: the subclass is made in the student's process, and
its methods, which stay in the judge, are called back.
"""

import contextlib
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

from utils.grading.judge.proxies import (
    NotAllowed,
    Owner,
    Proxy,
    ProxyClass,
    ask,
    attribute,
    describe,
    is_proxy,
    owner_of,
    special_attribute,
    target_of,
)
from utils.grading.judge.special_methods import ABILITIES, special_methods
from utils.grading.protocol.plain_type import words
from utils.grading.protocol.references import Handle

MAX_CLASSES: Final = 2000

# Python, NumPy and torch look up further special names on types; those are never asked for.
_REPORTED: Final = frozenset(ABILITIES) | frozenset(
    words(
        "__init__ __new__ __eq__ __ne__ __hash__ __str__ __repr__ __format__ __bool__ __post_init__ "
        "__annotations__ __match_args__ __slots__ __members__ __dataclass_fields__ __signature__ "
        "__abstractmethods__ __wrapped__ __class_getitem__ __init_subclass__ __orig_bases__ "
    )
)


class _StudentClass(ProxyClass):
    """The metaclass of the judge's classes for a student's classes."""

    def __new__(cls, name: str, bases: tuple[Any, ...], namespace: dict[str, Any], **_: object) -> Any:
        """A subclass that a check defines."""
        base = next(base for base in bases if is_proxy(base))
        if len(bases) > 1 or not isinstance(type(base), type) or not issubclass(type(base), _StudentClass):
            raise NotAllowed(f"{describe(base)} cannot be one of several base classes in a check.")
        members = {key: value for key, value in namespace.items() if key not in ("__module__", "__qualname__")}
        members.pop("__classcell__", None)
        twin = ask(base, "look", "subclass", name, members)
        if not is_proxy(twin):
            raise NotAllowed(f"{describe(base)} cannot be a base class in a check.")
        made = type.__new__(type(base), name, bases, {**namespace, "__slots__": ()})
        type.__setattr__(made, "__proxy_target__", target_of(twin))
        type.__setattr__(made, "__proxy_subclass__", True)
        remember = type.__getattribute__(base, "__proxy_remember__")
        remember(made)
        return made

    def __init__(cls, *_: object, **__: object) -> None:
        pass

    def __call__(cls, *args: object, **kwargs: object) -> Any:
        return ask(cls, "call", args, kwargs)

    def __getattribute__(cls, name: str) -> Any:
        own = type.__getattribute__(cls, "__dict__")
        if "__proxy_subclass__" in own and name in own and name not in ("__proxy_subclass__", "__slots__"):
            return type.__getattribute__(cls, name)
        if not (name.startswith("__") and name.endswith("__")):
            return attribute(cls, name)
        if name in ("__dict__", "__bases__", "__mro__"):
            shown = ask(cls, "look", {"__dict__": "dict", "__bases__": "bases", "__mro__": "mro"}[name])
            return types.MappingProxyType(shown) if type(shown) is dict else tuple(shown)
        if name == "__flags__":
            flags = type.__getattribute__(cls, "__flags__")
            return flags | inspect.TPFLAGS_IS_ABSTRACT if ask(cls, "look", "abstract") is True else flags
        if name == "__doc__":
            return ask(cls, "get", "__doc__")
        return special_attribute(cls, name) if name in _REPORTED else type.__getattribute__(cls, name)

    def __setattr__(cls, name: str, value: object) -> None:
        ask(cls, "set", name, value)

    def __delattr__(cls, name: str) -> None:
        ask(cls, "look", "delete", name)

    def __dir__(cls) -> list[str]:
        return ask(cls, "look", "dir")  # type: ignore[no-any-return]

    def __instancecheck__(cls, instance: Any) -> bool:
        stated = getattr(instance, "_class_name", None) if isinstance(instance, tuple) else None
        if stated is not None:
            return bool(stated == target_of(cls).name)  # type: ignore[union-attr]
        return is_proxy(instance) and ask(cls, "isinstance", instance) is True

    def __subclasscheck__(cls, subclass: object) -> bool:
        return is_proxy(subclass) and ask(cls, "issubclass", subclass) is True

    def __iter__(cls) -> Iterator[Any]:
        return iter(list(ask(cls, "iterate")))

    def __len__(cls) -> int:
        return int(ask(cls, "length"))

    def __getitem__(cls, key: object) -> Any:
        return ask(cls, "look", "item", key)

    def __contains__(cls, item: object) -> bool:
        return ask(cls, "contains", item) is True

    def __bool__(cls) -> bool:
        return True

    def __repr__(cls) -> str:
        text = ask(cls, "repr")
        return text if type(text) is str else f"<{describe(cls)}>"

    def __reduce_ex__(cls, protocol: object) -> Any:
        raise NotAllowed(f"{describe(cls)} cannot be stored in a check.")


class ProxyClasses:
    """The judge's classes for those of the student, by number.

    Args:
        owner: the client.
        methods: the methods that the instructor's class of a name defines; a check's subclass finds them by `super()`.
    """

    def __init__(self, owner: Owner, methods: Callable[[str], set[str]]) -> None:
        self._owner = owner
        self._methods = methods
        self._classes: dict[int, Any] = {}

    def of_class(self, handle: Handle) -> Any:
        """The class that represents a student's class, or a simple proxy if there are too many."""
        return self._get(handle.number, handle) or Proxy(self._owner, handle)

    def instance(self, handle: Handle) -> Any:
        """The proxy of an object; its type represents the object's class."""
        kind = None
        if handle.kind == "instance" and handle.class_number:
            kind = self._get(handle.class_number, handle)
        if kind is None:
            return Proxy(self._owner, handle)
        proxy = object.__new__(kind)
        object.__setattr__(proxy, "_owner", self._owner)
        object.__setattr__(proxy, "_target", handle)
        return proxy

    def _get(self, number: int, handle: Handle) -> Any:
        if number not in self._classes:
            if len(self._classes) >= MAX_CLASSES:
                return None
            self._classes[number] = self._make(number, handle)
        return self._classes[number]

    def _make(self, number: int, handle: Handle) -> Any:
        module, qualified = handle.bases[0] if handle.bases else ("__main__", handle.name)
        name = qualified.rpartition(".")[2].replace("\0", "") or "object"
        namespace = special_methods(None if handle.abilities is None else frozenset(handle.abilities))
        for method in self._methods(qualified):
            # An operator may be asked only where `KnownClasses.decides` allows it.
            if not method.startswith("__"):
                namespace.setdefault(method, _forwarder(number, method))
        namespace |= {
            "__module__": module,
            "__qualname__": qualified,
            "__init__": _forwarder(number, "__init__"),
            "__proxy_owner__": self._owner,
            "__proxy_target__": Handle(number, "class", name, handle.bases, number, handle.abilities),
            "__proxy_remember__": staticmethod(self._remember),
        }
        known = self._owner.all_bases(handle.bases)
        if any(hasattr(base, "__sklearn_clone__") for base in known):
            # The judge's copy would compare parameters by identity.
            namespace["__sklearn_clone__"] = lambda self: ask(self, "look", "clone")
        for bases in (known, known[:1]) if known else ():
            # A real subclass, so that `issubclass` of the judge's own class is true; its methods are never reached.
            with contextlib.suppress(Exception):
                metas = dict.fromkeys(type(base) for base in bases if type(base) is not type)
                meta: Any = type("_StudentClass", (_StudentClass, *metas), {}) if metas else _StudentClass
                content = {k: v for k, v in namespace.items() if k != "__slots__"}
                return type.__new__(meta, name, (Proxy, *bases), content)
        return type.__new__(_StudentClass, name, (Proxy,), namespace)

    def _remember(self, made: Any) -> None:
        self._classes[target_of(made).number] = made  # type: ignore[union-attr]


def _forwarder(number: int, name: str) -> Callable[..., Any]:
    """A method of a student's class as `super()` in a check's subclass finds it."""

    def forward(self: Any, *args: object, **kwargs: object) -> Any:
        return owner_of(self).ask("look", number, "unbound", name, (self, *args), kwargs)

    return forward
