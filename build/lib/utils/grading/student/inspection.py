"""What the judge may see of the student's objects beyond attributes and calls; the operation `x` is `look_x`.

Nothing here is trusted: the judge takes every answer as text and plain data.
"""

import asyncio
import builtins
import copy
import dataclasses
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from utils.grading.protocol.references import SPECIAL_METHODS


def abilities(kind: type) -> tuple[str, ...]:
    """The special methods of a class that the judge gives to its proxies."""
    names = [name for name in SPECIAL_METHODS if _defines(kind, name)]
    if kind.__hash__ is not None:
        names.append("__hash__")
    if kind is types.CoroutineType:
        names.append("send")
    return tuple(names)


def _defines(kind: type, name: str) -> bool:
    for base in kind.__mro__:
        if name in vars(base):
            return base is not object and vars(base)[name] is not None
    return False


def stated_bases(kind: type) -> tuple[tuple[str, str], ...]:
    """Module and name of a class and its bases; one that its module does not hold under its name is the notebook's."""
    bases = []
    for base in kind.__mro__[:32]:
        module, name = str(base.__module__), base.__qualname__
        if module not in ("__main__", "builtins"):
            place: Any = sys.modules.get(module)
            for part in name.split("."):
                place = getattr(place, part, None)
            if place is not base:
                module = "__main__"
        bases.append((module, name))
    return tuple(bases)


def look(value: Any, operation: str, names: dict[str, Any], *arguments: Any) -> Any:
    """Carry out one operation on a value; `names` are those of the notebook."""
    if operation == "exit":
        return _exit(value, names, *arguments)
    return getattr(sys.modules[__name__], f"look_{operation}")(value, *arguments)


def restore(owner: Any, name: str, value: Any) -> None:
    """Write back an attribute that a check changed in its copy; the object itself stays the same where it can."""
    current = getattr(owner, name)
    if type(current) is not type(value):
        setattr(owner, name, value)
    elif isinstance(value, list):
        current[:] = value
    elif isinstance(value, (dict, set)):
        current.clear()
        current.update(value)
    elif current.shape == value.shape and current.flags.writeable:
        current[...] = value
    else:
        setattr(owner, name, value)


def look_dir(value: Any) -> list[str]:
    return [str(name) for name in dir(value)]


def look_dict(value: Any) -> dict[str, Any]:
    return dict(vars(value))


def look_abstractmethods(value: Any) -> frozenset[str]:
    return frozenset(value.__abstractmethods__)


def look_abstract(value: Any) -> bool:
    return inspect.isabstract(value)


def look_bases(value: type) -> list[type]:
    return list(value.__bases__)


def look_mro(value: type) -> list[type]:
    return list(value.__mro__)


def look_delete(value: Any, name: str) -> None:
    delattr(value, name)


def look_copy(value: Any) -> Any:
    return copy.copy(value)


def look_deepcopy(value: Any) -> Any:
    return copy.deepcopy(value)


def look_clone(value: Any) -> Any:
    """As `sklearn.base.clone` does."""
    return sys.modules["sklearn.base"].clone(value)


def look_hash(value: Any) -> int:
    return hash(value)


def look_truth(value: Any) -> bool:
    return bool(value)


def look_format(value: Any, specification: str) -> str:
    return format(value, specification)


def look_item(value: Any, key: Any) -> Any:
    return value[key]


def look_unbound(value: type, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return getattr(value, name)(*args, **kwargs)


def look_await(value: Any) -> Any:
    async def wait() -> Any:
        return await value

    return asyncio.run(wait())


def look_subclass(value: type, name: str, members: dict[str, Any]) -> type:
    return type(value)(name, (value,), {key: _method(member) for key, member in members.items()})


def _method(member: Any) -> Any:
    """A function of the judge as a method: an object that can be called does not bind to an instance by itself."""
    if type(member).__name__ != "RemoteObject":
        return member

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return member(self, *args, **kwargs)

    method.__name__ = str(member.__name__)
    return method


def look_code(value: Any) -> dict[str, Any]:
    code = value.__code__
    try:
        source = inspect.getsource(value)
    except Exception:
        source = ""
    plain = (int, float, complex, str, bytes, bool, type(None))
    return {
        "name": code.co_name,
        "flags": code.co_flags,
        "counts": [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount],
        "names": list(code.co_names),
        "varnames": list(code.co_varnames),
        "constants": [constant for constant in code.co_consts if type(constant) in plain],
        "source": source,
    }


def look_signature(value: Any) -> list[Any]:
    signature = inspect.signature(value)
    empty = inspect.Parameter.empty
    parameters: list[Any] = [
        [p.name, int(p.kind), *_optional(p.default, empty), *_optional(p.annotation, empty)]
        for p in signature.parameters.values()
    ]
    return [*parameters, _optional(signature.return_annotation, inspect.Signature.empty)]


def _optional(value: Any, empty: Any) -> list[Any]:
    return [False, None] if value is empty else [True, value]


def look_fields(value: Any) -> list[Any]:
    return [
        [
            field.name,
            field.type,
            *_optional(field.default, dataclasses.MISSING),
            [field.init, field.repr, field.compare, field.kw_only],
        ]
        for field in dataclasses.fields(value)
    ]


def _exit(value: Any, names: dict[str, Any], description: Any) -> bool:
    """Leave a `with` statement; the judge describes the exception by the names of its classes and its message."""
    if description is None:
        return bool(type(value).__exit__(value, None, None, None))
    classes, message = description
    kind: Any = RuntimeError
    for module, name in classes:
        space: Callable[[str], Any] = names.get if module == "__main__" else vars(builtins).get
        known = space(name) if module in ("__main__", "builtins") else getattr(sys.modules.get(module), name, None)
        if isinstance(known, type) and issubclass(known, BaseException):
            kind = known
            break
    try:
        error = kind(message)
    except Exception:
        error = RuntimeError(message)
    try:
        raise error
    except BaseException as raised:
        return bool(type(value).__exit__(value, type(raised), raised, raised.__traceback__))
