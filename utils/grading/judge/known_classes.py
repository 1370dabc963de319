"""The student's classes that the judge knows, and the attributes of a student's object that a check may use."""

import builtins
import functools
import sys
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from utils.grading.protocol.references import Handle

Bases = tuple[tuple[str, str], ...]
"""(module, qualified name) of a class and its bases, as the student's process states them."""

_EXCEPTION_LIBRARIES: Final = frozenset({"numpy", "scipy", "sklearn", "pandas", "torch", "nbgrader", "IPython"})


class KnownClasses:
    """The judge's own classes by the names that the student's process states; nothing is imported for a name.

    Args:
        namespace: names of the judge's notebook.

    Attributes:
        shared: names of the classes that both notebooks define.
        interfaces: for each class of the instructor's solution, the names that it defines.
        exceptions: exception classes made for those of the student, by name.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.shared: set[str] = set()
        self.interfaces: dict[str, set[str]] = {}
        self.exceptions: dict[str, type[Exception]] = {}

    def base(self, bases: Bases) -> type | None:
        """The first of the stated bases that the judge knows, unless that is a type of plain data."""
        for module, qualified in bases:
            if module == "builtins":
                continue
            if module == "__main__":
                known = self.namespace.get(qualified) if qualified in self.shared else None
            else:
                known = vars(sys.modules[module]).get(qualified) if module in sys.modules else None
            if isinstance(known, type) and not issubclass(known, _data_types()):
                return known
        return None

    def allows(self, handle: Handle, name: str) -> bool:
        """Whether a check may use an attribute or an operator of an object that stays with the student.

        Where a check expects plain data, an object with the same methods could see the value that it is compared with,
        and agree. The operators of plain data are therefore allowed only where the instructor's solution defines a
        class of that name with that operator; its methods also on instances of shared classes, networks and estimators.
        """
        for module, qualified in handle.bases:
            if module == "__main__" and name in self.interfaces.get(qualified, ()):
                return True
        if name.startswith("__") and name.endswith("__"):
            return False
        if name not in _public_names(_data_types()):
            return True
        base = self.base(handle.bases)
        return base is not None and hasattr(base, name) and (base.__module__ == "__main__" or _is_model(base))

    def exception(self, bases: Bases) -> type[Exception] | None:
        """The first of the stated bases that is an exception the judge knows."""
        for module, name in bases:
            known: object = None
            if module == "builtins":
                known = getattr(builtins, name, None)
            elif module == "__main__":
                known = self.exceptions.get(name) or (self.namespace.get(name) if name in self.shared else None)
            elif module.partition(".")[0] in _EXCEPTION_LIBRARIES and module in sys.modules:
                known = vars(sys.modules[module]).get(name)
            if isinstance(known, type) and issubclass(known, Exception):
                return known
        return None

    def exception_class(self, handle: Handle) -> type[Exception] | None:
        """A class of the judge's own for a student's exception class, so that `except` and `raises` can name it."""
        base = self.exception(handle.bases) if handle.kind == "class" else None
        if base is None or not handle.name.isidentifier():
            return None
        return self.exceptions.setdefault(handle.name, type(handle.name, (base,), {"__module__": "__main__"}))


def _data_types() -> tuple[type, ...]:
    """The types of plain data, with those of the libraries that are imported."""
    types: list[type] = [int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range]
    types += [np.ndarray, np.generic]
    for library, names in (("torch", ("Tensor",)), ("pandas", ("DataFrame", "Series"))):
        types += [getattr(sys.modules[library], name) for name in names if hasattr(sys.modules.get(library), name)]
    return tuple(types)


@functools.cache
def _public_names(types: tuple[type, ...]) -> set[str]:
    return {name for kind in types for name in dir(kind) if not name.startswith("_")}


def _is_model(kind: type) -> bool:
    """Whether a class is a network or an estimator; these share method names with plain data (`apply`, `to`)."""
    torch, sklearn = sys.modules.get("torch"), sys.modules.get("sklearn.base")
    models = [torch.nn.Module] if torch is not None and hasattr(torch, "nn") else []
    models += [sklearn.BaseEstimator] if sklearn is not None else []
    return issubclass(kind, tuple(models))
