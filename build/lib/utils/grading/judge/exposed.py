"""Objects that a check passes to the student's code and that cannot be copied; they are referred to by number."""

import io
import re
import types
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from utils.grading.judge.pickling import LOCKS, is_artist, is_mock
from utils.grading.judge.proxies import NotAllowed
from utils.grading.notebook.in_place import Changes
from utils.grading.protocol.encode import encode
from utils.grading.protocol.types import NotPlainData

_OPERATORS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __pow__ __and__ __or__ __xor__ __radd__
    __rsub__ __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __neg__ __pos__ __abs__ __invert__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __contains__ __enter__ __exit__
        """,
    )
)
_FILE_METHODS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    read readline readlines write writelines seek tell close flush closed getvalue readable writable seekable
        """,
    )
)
_LOCK_METHODS: Final = frozenset({"acquire", "release", "locked"})
# Drawing a text with TeX would start a process; saving a figure would write a file.
_DRAWING: Final = frozenset(
    re.findall(
        r"\w+",
        """
    plot scatter bar barh hist hist2d errorbar fill_between fill step stem pie boxplot violinplot imshow contour
    contourf pcolormesh quiver text annotate axhline axvline axhspan axvspan hlines vlines legend grid semilogx
    semilogy loglog margins tick_params invert_yaxis invert_xaxis twinx twiny add_subplot subplots suptitle axis
    bar_label matshow remove clear cla axes figure xaxis yaxis set
        """,
    )
)
_NOT_DRAWING: Final = frozenset({"set_figure", "set_agg_filter", "set_usetex", "set_url", "set_picker"})


class ExposedObjects:
    """Objects of the judge's notebook by number, and the few ways in which the student's process may use them.

    Args:
        changes: what the instructor's functions change; an attribute that none of them sets cannot be set.
    """

    def __init__(self, changes: Changes | None = None) -> None:
        self._changes = Changes() if changes is None else changes
        self._objects: list[object] = []
        self._numbers: dict[int, int] = {}

    def expose(self, value: object) -> int:
        """The number of an object; a new one the first time."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return number

    def look_up(self, number: object) -> Any:
        """The object of a number.

        Raises:
            NotAllowed: there is no such object.
        """
        if type(number) is not int or not 0 <= number < len(self._objects):
            raise NotAllowed("There is no such object.")
        return self._objects[number]

    def use(self, number: object, operation: object, arguments: object, keywords: object) -> Any:
        """Do what the student's process asks, which may be anything: call, next, len, item, or get an attribute.

        Raises:
            NotAllowed: there is no such object.
            Exception: the object does not allow the operation, or what the operation itself raised.
        """
        value = self.look_up(number)
        if type(arguments) is not list or type(keywords) is not dict:
            raise NotAllowed("There is no such object.")
        if operation == "call" and callable(value):
            if is_artist(getattr(value, "__self__", None)) and _mentions(keywords, "usetex"):
                raise TypeError("a plot in a check has no usetex")
            # ax.set(title="A") stands for ax.set_title("A").
            sets = is_artist(getattr(value, "__self__", None)) and getattr(value, "__name__", "") == "set"
            if sets and (arguments or any(f"set_{key}" in _NOT_DRAWING for key in keywords)):
                raise TypeError("a plot in a check has no such property")
            return value(*arguments, **keywords)
        if operation == "iterate":
            return iter(value)
        if operation == "next" and isinstance(value, Iterator):
            return next(value)
        if operation == "len":
            return len(value)
        if operation == "item":
            return value[arguments[0]]
        if operation == "bool":
            return bool(value)
        if operation in ("str", "repr"):
            return (str if operation == "str" else repr)(value)
        if operation == "get":
            return _attribute(value, arguments[0])
        if operation == "set" and _is_own(value) and self._may_set(value, arguments[0]):
            return setattr(value, arguments[0], arguments[1])
        if operation == "operator":
            return self._operate(value, arguments[0], arguments[1:])
        raise TypeError(f"{type(value).__name__} does not allow this operation in a check")

    def _may_set(self, value: object, name: object) -> bool:
        return type(name) is str and not name.startswith("_") and name in self._changes.attributes

    def _operate(self, value: Any, name: object, operands: list[Any]) -> Any:
        changing = name in ("__setitem__", "__delitem__") and self._changes.changes_any and _is_own(value)
        if not changing and name not in _OPERATORS:
            raise TypeError(f"{type(value).__name__} does not allow {name} in a check")
        method = getattr(type(value), str(name), None)
        result = NotImplemented if method is None else method(value, *operands)
        if result is not NotImplemented:
            return result
        if name in ("__eq__", "__ne__"):
            return (value is operands[0]) is (name == "__eq__")
        raise TypeError(f"{type(value).__name__!r} does not support {name} with these operands")


def _is_own(value: object) -> bool:
    """Whether an object's class belongs to the judge's notebook."""
    return type(value).__module__ == "__main__"


def _mentions(value: object, name: str) -> bool:
    if isinstance(value, dict):
        return name in value or any(_mentions(part, name) for part in value.values())
    return isinstance(value, (list, tuple)) and any(_mentions(part, name) for part in value)


def _attribute(value: object, name: object) -> object:
    if name == "__doc__" and callable(value):
        return value.__doc__
    if type(name) is not str or name.startswith("_"):
        raise AttributeError("only public attributes of an object that a check passes can be read")
    if is_mock(value):
        return _attribute_of_mock(value, name)
    if (is_artist(value) and not (name in _DRAWING or name.startswith(("set_", "get_")))) or name in _NOT_DRAWING:
        raise AttributeError(f"a plot that the check passed has no {name} here")
    attribute = getattr(value, name)
    if is_artist(value):
        return attribute
    if isinstance(attribute, types.MethodType) and attribute.__self__ is value:
        return attribute
    if isinstance(value, io.IOBase) and name in _FILE_METHODS:
        return attribute
    if isinstance(value, LOCKS) and name in _LOCK_METHODS:
        return attribute
    if isinstance(value, types.FunctionType) or (_is_own(value) and (_is_own(attribute) or _is_code(attribute))):
        return attribute

    def refuse(_: object) -> NoReturn:
        raise NotPlainData

    try:
        encode(attribute, refuse)
    except NotPlainData:
        raise AttributeError(f"the attribute {name!r} of an object that the check passed cannot be sent") from None
    return attribute


def _is_code(value: object) -> bool:
    return isinstance(value, types.FunctionType) and value.__module__ == "__main__"


def _attribute_of_mock(value: Any, name: str) -> object:
    """A child of a mock, but nothing that changes or reveals what the mock records."""
    if name in dir(type(value)) or name.startswith(("assert", "mock_")) or name in ("method_calls", "call_args_list"):
        raise AttributeError(f"a mock that the check passed has no {name} here")
    return getattr(value, name)
