"""The student's classes that the judge knows, and the attributes of a student's object that a check may use."""

import builtins
import enum
import sys
from collections.abc import Mapping
from typing import Any, Final

from utils.grading.judge.definitions import COMPARISONS, Definitions
from utils.grading.judge.pickling import is_artist
from utils.grading.judge.proxies import Decision, is_proxy, target_of
from utils.grading.protocol.plain_type import data_types, public_names, words
from utils.grading.protocol.references import Handle

Bases = tuple[tuple[str, str], ...]
"""(module, qualified name) of a class and its bases, as the student's process states them."""

_EXCEPTION_LIBRARIES: Final = frozenset(
    {"numpy", "scipy", "sklearn", "pandas", "torch", "nbgrader", "IPython", *sys.stdlib_module_names}
) - {"builtins", "unittest", "pdb", "bdb", "concurrent"}


class KnownClasses:
    """The judge's own classes by the names that the student's process states; nothing is imported for a name.

    Args:
        namespace: names of the judge's notebook.

    Attributes:
        shared: names of the classes that both notebooks define.
        interfaces: for each class of the instructor's solution, the names that it defines.
        exceptions: exception classes made for those of the student, by name.
        definitions: what the instructor's cells define.
        misplaced: numbers of objects that came from where the instructor's own code gives plain data.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.shared: set[str] = set()
        self.interfaces: dict[str, set[str]] = {}
        self.exceptions: dict[str, type[Exception]] = {}
        self.definitions = Definitions()
        self.misplaced: set[int] = set()

    def base(self, bases: Bases) -> type | None:
        """The first of the stated bases that the judge knows, unless that is a type of plain data."""
        return next(iter(self.all_bases(bases)), None)

    def all_bases(self, bases: Bases) -> list[type]:
        """The stated bases that the judge knows and none of which derives from an earlier one."""
        found: list[type] = []
        for module, qualified in bases:
            if module == "builtins":
                continue
            if module == "__main__":
                known = self.namespace.get(qualified) if qualified in self.shared else None
            else:
                known = vars(sys.modules[module]).get(qualified) if module in sys.modules else None
            if not isinstance(known, type) or issubclass(known, data_types()):
                continue
            if not any(known in type.__getattribute__(other, "__mro__") for other in found):
                found.append(known)
        return found

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
        if name not in public_names():
            return True
        base = self.base(handle.bases)
        return base is not None and hasattr(base, name) and (base.__module__ == "__main__" or _is_model(base))

    def decides(self, handle: Handle, name: str, operand: object) -> Decision:
        """How an operator of a student's object is decided in a check.

        It is asked only where the instructor's class of the same name defines it, never of an object from where the
        instructor's own code gives plain data, and with plain data as the other operand only if the instructor's
        operator takes such (`Definitions`). What the instructor's class leaves to Python is decided as Python does:
        by identity, by iteration, or by a TypeError.

        Args:
            handle: the object.
            name: of the operator; "swallow" stands for an exception that `__exit__` holds back.
            operand: the other operand; for an operator without one, anything that is not plain data.
        """
        if handle.number in self.misplaced:
            return "refuse"
        if name in ("__eq__", "__ne__") and is_artist(operand):
            # plt.close(figure) compares it with the judge's own figures, none of which is the student's.
            return "default"
        if name in ("__eq__", "__ne__") and (operand is None or type(operand) is str) and _never_text(handle):
            # Libraries compare an argument with the names of their own choices ("passthrough").
            return "default"
        classes = [q for module, q in handle.bases if module == "__main__"]
        classes = [q for q in classes if q in self.definitions.classes or q in self.interfaces]
        if not classes:
            return "refuse"
        if name == "swallow":
            kinds = [self.definitions.classes[q] for q in classes if q in self.definitions.classes]
            return "ask" if any(kind.swallows for kind in kinds) else "refuse"
        accepts: bool | str | None = self.definitions.operator(classes, name)
        if accepts is None:
            accepts = self._implied(classes, name)
        if accepts is None:
            return "default" if name in _DEFAULTS else "refuse"
        if accepts == "iterate":
            return "default"
        return "ask" if accepts or _is_object(operand) else "default"

    def _implied(self, classes: list[str], name: str) -> bool | str | None:
        """Whether an operator that no definition names exists by others, or in a base from a library."""
        if name == "__ne__":
            return self.definitions.operator(classes, "__eq__")
        if name == "__bool__":
            return self.definitions.operator(classes, "__len__")
        if name == "__contains__":
            by_item = (self.definitions.operator(classes, other) for other in ("__iter__", "__getitem__"))
            return "iterate" if any(accepts is not None for accepts in by_item) else None
        if name[2:3] in ("i", "r") and f"__{name[3:]}" in _ARITHMETIC:
            return None if name[2] == "r" else self.definitions.operator(classes, f"__{name[3:]}")
        return False if any(name in self.interfaces.get(q, ()) for q in classes) else None

    def expects_plain(self, origin: tuple[str, ...], arguments: object) -> bool:
        """Whether the instructor's own value of this origin is certainly no instance of a class of the assignment.

        Args:
            origin: ("name", a name of the notebook) or ("method", the name of a method, its classes …).
            arguments: those of a call; None for a value.
        """
        if not origin or not self.definitions.classes:
            return False
        if origin[0] == "method":
            return self.definitions.plain_method(origin[2:], origin[1])
        return self.definitions.plain(origin[1], _holds_object(arguments))

    def member(self, handle: Handle) -> object:
        """The judge's own member of an enumeration that both notebooks define, or None."""
        if not handle.member or not handle.bases or handle.bases[0][0] != "__main__":
            return None
        known = self.namespace.get(handle.bases[0][1]) if handle.bases[0][1] in self.shared else None
        if isinstance(known, type) and issubclass(known, enum.Enum):
            return known.__members__.get(handle.member)
        return None

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


_DEFAULTS: Final = COMPARISONS | {"__hash__", "__bool__"}
_ARITHMETIC: Final = frozenset(
    f"__{name}__" for name in words("add sub mul matmul truediv floordiv mod pow and or xor lshift rshift")
)


def _is_object(value: object) -> bool:
    """Whether a value is an object of a class of the notebooks, rather than plain data."""
    if is_proxy(value):
        return isinstance(target_of(value), Handle) and target_of(value).kind in ("instance", "class")  # type: ignore[union-attr]
    return type(value).__module__ == "__main__"


def _never_text(handle: Handle) -> bool:
    """Whether an object is a function, class, estimator or plot, which is compared by identity and never asked."""
    if handle.kind in ("function", "method", "class", "module"):
        return True
    return bool(handle.bases) and handle.bases[0][0].partition(".")[0] in ("sklearn", "torch", "matplotlib")


def _holds_object(value: object, depth: int = 0) -> bool:
    if isinstance(value, (list, tuple, set)) and depth < 4:
        return any(_holds_object(part, depth + 1) for part in list(value)[:1000])
    if isinstance(value, dict) and depth < 4:
        return any(_holds_object(part, depth + 1) for part in list(value.values())[:1000])
    return _is_object(value)


def _is_model(kind: type) -> bool:
    """Whether a class is a network or an estimator; these share method names with plain data (`apply`, `to`)."""
    torch, sklearn = sys.modules.get("torch"), sys.modules.get("sklearn.base")
    models = [torch.nn.Module] if torch is not None and hasattr(torch, "nn") else []
    models += [sklearn.BaseEstimator] if sklearn is not None else []
    return issubclass(kind, tuple(models))
