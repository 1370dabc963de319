"""Requests to the student's process: copies of data, and references to objects that stay in the judge."""

import functools
import importlib
import io
import pickle
import sys
import threading
import types
from collections.abc import Callable, Iterator, Set
from typing import Any, Final

from utils.grading.judge.proxies import is_proxy, number_of
from utils.grading.protocol import references


class ByReference:
    """An object that a request refers to, although it could be copied.

    Args:
        value: the object.
    """

    def __init__(self, value: object) -> None:
        self.value = value


class RequestPickler(pickle.Pickler):
    """Pickles a request; objects and code of the judge's notebook become references.

    Args:
        out: receives the pickle.
        shared: names of the classes that both notebooks define; their instances travel as copies.
        expose: numbers an object that stays in the judge.
    """

    def __init__(self, out: io.BytesIO, shared: Set[str], expose: Callable[[object], int]) -> None:
        super().__init__(out, protocol=5)
        self.shared = shared
        self.expose = expose

    def reducer_override(self, value: Any) -> Any:
        """How an object is pickled; pickle calls this for all but exact built-in types."""
        if is_proxy(value):
            return references.student_object, (number_of(value),)
        if type(value) is ByReference:
            return self._reference(value.value)
        if isinstance(value, types.ModuleType):
            return importlib.import_module, (value.__name__,)
        if isinstance(value, type) and value.__module__ == "__main__" and value.__qualname__ in self.shared:
            return references.shared_class, (value.__qualname__,)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return NotImplemented if _importable(value) else self._reference(value)
        if is_local(value, self.shared) or stays(value):
            return self._reference(value)
        if isinstance(value, types.MethodType) and stays(value.__self__):
            # As (object, name), it would be asked for again without end.
            return self._reference(value)
        try:
            reduced = value.__reduce_ex__(5)
        except Exception:
            return self._reference(value)
        return reduced if isinstance(reduced, tuple) else NotImplemented

    def _reference(self, value: Any) -> Any:
        name = type(value).__name__ if is_mock(value) else getattr(value, "__name__", type(value).__name__)
        return references.judge_object, (self.expose(value), name if type(name) is str else type(value).__name__)


def is_copied(value: Any, shared: Set[str]) -> bool:
    """Whether a request copies an object, with its parts, instead of referring to it."""
    if type(value).__module__ == "builtins" and not isinstance(value, (type, types.FunctionType)):
        return not isinstance(value, (types.MethodType, Iterator))
    if is_proxy(value) or type(value) is ByReference or isinstance(value, (type, types.ModuleType, types.FunctionType)):
        return False
    return not (is_local(value, shared) or stays(value))


def is_local(value: Any, shared: Set[str]) -> bool:
    """Whether an instance belongs to the judge's notebook, or holds code that does."""
    if isinstance(value, types.MethodType):
        return is_local(value.__self__, shared)
    if isinstance(value, functools.partial):
        return not _importable(value.func)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "nn") and isinstance(value, torch.nn.Module):
        return any(type(part).__module__ == "__main__" for part in value.modules())
    kind = type(value)
    return kind.__module__ == "__main__" and kind.__qualname__ not in shared


def stays(value: Any) -> bool:
    """Whether an object has to stay in the judge, because a copy would not do what the object does.

    These are iterators, which a call advances; files, locks and plots; objects that record their use; and instances of
    classes that the student's process cannot import.
    """
    if is_mock(value) or is_artist(value) or isinstance(value, (Iterator, *LOCKS)):
        return True
    if isinstance(value, types.MethodType) or _is_plain(type(value)) or _importable(type(value)):
        return False
    # A function of a library may have a class that nobody can import.
    return not (hasattr(value, "__qualname__") and _importable(value))


def is_mock(value: object) -> bool:
    """Whether an object is one of `unittest.mock`."""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and issubclass(type(value), mock.NonCallableMock)


def is_artist(value: object) -> bool:
    """Whether an object is a figure, axes, or a part of a plot, or several parts such as the bars of a histogram."""
    kinds = (("matplotlib.artist", "Artist"), ("matplotlib.container", "Container"))
    return any(issubclass(type(value), getattr(sys.modules.get(module), name, ())) for module, name in kinds)


LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))


def _is_plain(kind: type) -> bool:
    return kind.__module__ in ("builtins", "__main__")


def _importable(value: Any) -> bool:
    """Whether the student's process finds the same function or class in an installed module."""
    module = sys.modules.get(getattr(value, "__module__", None) or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    attribute: object = module
    for part in value.__qualname__.split("."):
        attribute = getattr(attribute, part, None)
    return attribute is value
