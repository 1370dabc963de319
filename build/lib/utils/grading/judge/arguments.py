"""The arguments of one call as the judge sees them: their identity, and the changes that come back with the reply."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

import numpy as np

from utils.grading.judge.pickling import is_copied
from utils.grading.judge.proxies import is_proxy
from utils.grading.notebook.in_place import Changes
from utils.grading.protocol.contents import INSTANCE, WrongContents, is_scalar, kind_of, parts_of, vars_of
from utils.grading.protocol.encode import encode
from utils.grading.protocol.references import Handle
from utils.grading.protocol.types import NotPlainData

_MAX_OBJECTS: Final = 100_000
_MAX_MESSAGES: Final = 100_000

Writable = Callable[[int | str, bool], bool]
"""Whether a call changes the argument at a place or of a keyword; the second argument: every use changes it."""


class Arguments:
    """The objects inside the arguments of a call, each once.

    Args:
        arguments: positional arguments.
        keywords: arguments by keyword.
        writable: says where changes are put back.
        shared: names of the classes that both notebooks define.
    """

    def __init__(
        self,
        arguments: Sequence[Any] = (),
        keywords: Mapping[str, Any] | None = None,
        writable: Writable | None = None,
        shared: set[str] | frozenset[str] = frozenset(),
    ) -> None:
        self.objects: list[Any] = []
        self.writable: list[bool] = []
        self.shared = shared
        self._places: dict[int, int] = {}
        self._changes: dict[int, Any] = {}
        self._copies: dict[int, Any] = {}
        places: list[tuple[int | str, Any]] = [*enumerate(arguments), *(keywords or {}).items()]
        for place, value in places:
            if not is_scalar(value) and writable is not None:
                self._collect(value, writable(place, False), writable(place, True))
        if len(self.objects) > _MAX_OBJECTS:
            # So many objects are sent as copies.
            self.objects, self.writable = [], []

    def _collect(self, root: Any, changed: bool, used: bool) -> None:
        stack = [root]
        while stack and len(self.objects) <= _MAX_OBJECTS:
            value = stack.pop()
            if is_scalar(value):
                continue
            place = self._places.get(id(value))
            copied = is_copied(value, self.shared)
            kind = kind_of(value) if copied else None
            writable = kind is not None and (used if kind.advances else changed)
            if place is not None:
                if self.writable[place] or not writable:
                    continue
                self.writable[place] = True
            else:
                self._places[id(value)] = len(self.objects)
                self.objects.append(value)
                self.writable.append(writable)
            if copied:
                stack.extend(parts_of(value))

    # What comes back

    def resolve(self, number: int) -> Any:
        """The object that a reference in a reply stands for.

        Raises:
            NotPlainData: there is no such object.
        """
        if not 0 <= number < len(self.objects):
            raise NotPlainData("The student's process sent a reference to an argument that does not exist.")
        return self._copies.get(number, self.objects[number])

    def receive(self, kind: str, place: object, content: Any) -> None:
        """Note the contents of an object after the call; `apply` puts them back.

        Args:
            kind: "change", or "same" for an object that the call should leave unchanged; if it did not, references to
                the object in the reply stand for a changed copy.
            place: of the object.
            content: as `Kind.take` gives it.
        """
        if type(place) is not int or not 0 <= place < len(self.objects) or len(self._changes) > _MAX_MESSAGES:
            raise NotPlainData("The student's process sent a change of an argument that does not exist.")
        if kind == "change" and self.writable[place]:
            self._changes[place] = content
        elif kind == "same" and not self.writable[place]:
            original = self.objects[place]
            object_kind = kind_of(original)
            if object_kind is None or object_kind is INSTANCE:
                return
            if not _equal(object_kind.take(original, lambda part: part), content):
                self._copies[place] = content[0] if type(content) is list and _is_wrapped(original) else content

    def apply(self) -> None:
        """Put the changes into the check's own objects, where they fit."""
        for place, content in self._changes.items():
            value = self.objects[place]
            kind = kind_of(value)
            if kind is INSTANCE and not self._may_hold(value, content):
                continue
            if kind is not None:
                try:
                    kind.put(value, content)
                # The contents are the student's: what does not fit changes nothing.
                except (WrongContents, ValueError, TypeError, RuntimeError, KeyError, AttributeError):
                    continue

    def _may_hold(self, value: Any, content: Any) -> bool:
        """Whether an instance may get these attributes; only classes of the assignment hold the student's objects."""
        kind = type(value)
        if kind.__module__ == "__main__" and kind.__qualname__ in self.shared:
            return True
        old = vars_of(value) or {}
        return type(content) is dict and all(
            part is old.get(name) or (not _holds_proxy(part)) for name, part in content.items()
        )


def writable_by(changes: Changes, labels: frozenset[str] | set[str], defined: bool) -> Writable:
    """Where the instructor's own functions change their arguments.

    Args:
        changes: what the instructor's functions change.
        labels: the names under which the check obtained the function; empty for a result of another call.
        defined: whether the function is one of those that the instructor's solution defines by a statement.
    """
    known = [label for label in labels if changes.knows(label)]

    def writable(place: int | str, advances: bool) -> bool:
        if not known:
            # A function that the instructor's solution makes in another way: nothing is known about it.
            return advances or (changes.changes_any if not defined else False)
        return all(changes.changes(label, place, advances) for label in known)

    return writable


def _is_wrapped(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("pandas", "torch", "networkx")


def _holds_proxy(value: Any) -> bool:
    if is_proxy(value):
        return True
    return isinstance(value, (list, tuple, dict, set, frozenset)) and any(map(_holds_proxy, parts_of(value)))


def _equal(first: Any, second: Any) -> bool:
    """Whether two values have the same contents; NaN counts as equal to itself."""
    if type(first) is np.ndarray and type(second) is np.ndarray and first.flags.c_contiguous:
        if first.shape != second.shape or first.dtype != second.dtype or first.dtype.hasobject:
            return False
        # As bytes, because NaN differs from itself.
        old: Any = first.reshape(-1).view("u1")
        new: Any = second.reshape(-1).view("u1")
        return memoryview(old) == memoryview(new)
    return _bytes(first) == _bytes(second)


def _bytes(value: Any) -> object:
    """Plain data in a form that can be compared; other objects count by identity."""
    if isinstance(value, (set, frozenset)):
        return frozenset(value)

    def handle(part: object) -> Handle:
        return Handle(id(part), "", "", ())

    try:
        return encode(value, handle)
    except NotPlainData:
        return object()


def refuse(_: object) -> NoReturn:
    """As the `handle` of `encode`: only plain data is encoded."""
    raise NotPlainData("The value is not plain data.")
