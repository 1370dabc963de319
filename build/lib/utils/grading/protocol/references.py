"""References that are sent in place of objects that stay in their process.

The student's process sends the judge a `Handle` for one of its own objects, or a `Refusal` for a value that cannot be
transferred. The judge sends the student's process a pickled request in which the functions below stand for objects of
either side; the student's process binds them to its tables when it starts.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


def _words(text: str) -> list[str]:
    return text.split()


_WORDS: Final = _words(
    "call iter next len contains enter exit await lt le gt ge float int index complex round trunc floor ceil neg pos "
    "abs invert getitem setitem delitem reversed divmod rdivmod array"
)
_SIDED: Final = _words("add sub mul matmul truediv floordiv mod pow and or xor lshift rshift")

SPECIAL_METHODS: Final = (
    *(f"__{name}__" for name in _WORDS),
    *(f"__{side}{name}__" for name in _SIDED for side in ("", "r", "i")),
)
"""The special methods that a proxy has if its object has them."""

KINDS: Final = frozenset(
    (
        *("function", "method", "class", "module", "property", "static method", "class method"),
        *("iterator", "generator", "coroutine", "async generator", "instance"),
    )
)
"""The kinds of objects of the student's process."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's process.

    Attributes:
        number: its place in that process's table.
        kind: "function", "method", "class", "module", "iterator", "generator", "coroutine", "async generator",
            "property", "static method", "class method" or "instance". "argument" and "judge" stand for objects of the
            judge: an argument of the present call by its place, and an object that the judge has passed by reference,
            by its number.
        name: name of its type, or its own for functions, classes and modules.
        bases: (module, qualified name) of its class and of that class's bases, as the student's process states them.
        class_number: the number of its class, or 0.
        abilities: the special methods of its class, as the student's process states them; None if it does not.
        member: the name of a member of an enumeration, or "".
    """

    number: int
    kind: str
    name: str
    bases: tuple[tuple[str, str], ...]
    class_number: int = 0
    abilities: tuple[str, ...] | None = None
    member: str = ""


@dataclass(frozen=True)
class Refusal:
    """A value that cannot be transferred, and the reason as a sentence."""

    reason: str


class Missing:
    """The type of `MISSING`."""

    def __reduce__(self) -> str:
        return "MISSING"


MISSING = Missing()
"""Stands for a name or an attribute that the judge has deleted."""


resolvers: dict[str, Callable[..., Any]] = {}
"""How the student's process resolves the references below, by the name of the function."""


def student_object(number: int) -> Any:
    """An object of the student's process by its number."""
    return _resolver("student_object")(number)


def shared_class(name: str) -> Any:
    """A class that both notebooks define, by its name."""
    return _resolver("shared_class")(name)


def named_tuple(class_name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """A named tuple of the student's class of that name, if it has these fields."""
    return _resolver("named_tuple")(class_name, fields, values)


def judge_object(number: int, name: str) -> Any:
    """A proxy for an object of the judge by its number; `name` is the object's own, or its type's."""
    return _resolver("judge_object")(number, name)


# A request names these functions by module; in a course that has its own `utils`, that module is not the grader's.
sys.modules["grading_references"] = sys.modules[__name__]
for _function in (student_object, shared_class, judge_object):
    _function.__module__ = "grading_references"


def _resolver(reference: str) -> Callable[..., Any]:
    if reference not in resolvers:
        raise RuntimeError("a request of the judge can be opened only in a student's process.")
    return resolvers[reference]
