"""Requests to the student's process: copies of data, and references to objects that stay in the judge."""

import functools
import importlib
import io
import pickle
import sys
import types
from collections.abc import Callable, Set
from typing import Any

from utils.grading.judge.proxies import is_proxy, number_of
from utils.grading.protocol import references


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
        if isinstance(value, types.ModuleType):
            return importlib.import_module, (value.__name__,)
        if isinstance(value, type) and value.__module__ == "__main__" and value.__qualname__ in self.shared:
            return references.shared_class, (value.__qualname__,)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            return NotImplemented if _importable(value) else self._reference(value)
        if self._is_local(value):
            return self._reference(value)
        try:
            reduced = value.__reduce_ex__(5)
        except Exception:
            return self._reference(value)
        return reduced if isinstance(reduced, tuple) else NotImplemented

    def _reference(self, value: Any) -> Any:
        return references.judge_object, (self.expose(value), getattr(value, "__name__", type(value).__name__))

    def _is_local(self, value: Any) -> bool:
        """Whether an instance belongs to the judge's notebook, or holds code that does."""
        if isinstance(value, types.MethodType):
            return self._is_local(value.__self__)
        if isinstance(value, functools.partial):
            return not _importable(value.func)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.nn.Module):
            return any(type(part).__module__ == "__main__" for part in value.modules())
        kind = type(value)
        return kind.__module__ == "__main__" and kind.__qualname__ not in self.shared


def _importable(value: Any) -> bool:
    """Whether the student's process finds the same function or class in an installed module."""
    module = sys.modules.get(getattr(value, "__module__", None) or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    attribute: object = module
    for part in value.__qualname__.split("."):
        attribute = getattr(attribute, part, None)
    return attribute is value
