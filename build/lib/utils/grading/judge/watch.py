"""The globals that the instructor's functions read or change: kept equal in both processes while a check runs."""

import types
from collections.abc import MutableMapping
from typing import Any, Final

from utils.grading.judge.arguments import refuse
from utils.grading.judge.proxies import is_proxy
from utils.grading.notebook.in_place import Changes
from utils.grading.notebook.names import bound_names, loaded_names
from utils.grading.protocol.contents import WrongContents, kind_of
from utils.grading.protocol.encode import encode
from utils.grading.protocol.types import NotPlainData

_ABSENT: Final = object()
_UNKNOWN: Final = object()


class WatchedNames:
    """The names to keep equal during the present check, and their last common values.

    Args:
        namespace: names of the judge's notebook.
        changes: what the instructor's functions read and change.

    Attributes:
        names: the names that are watched.
        changing: those of them whose values a call may change.
    """

    def __init__(self, namespace: MutableMapping[str, Any], changes: Changes) -> None:
        self.namespace = namespace
        self.changes = changes
        self.names: list[str] = []
        self.changing: list[str] = []
        self._common: dict[str, tuple[object, object]] = {}

    def begin(self, source: str) -> None:
        """Begin a check: only names that it reads or binds are watched."""
        mentioned = (loaded_names([source]) | set(bound_names(source))) if source else set()
        self.changing = sorted(
            name
            for name in mentioned & self.changes.globals_changed
            if not isinstance(self.namespace.get(name), types.ModuleType)
        )
        bound = set(bound_names(source)) & self.changes.globals_read if source else set()
        self.names = sorted({*self.changing, *bound})
        self._common = {name: self._state(name) for name in self.names}

    def news(self) -> dict[str, Any]:
        """The values that the check has changed since the last request."""
        new: dict[str, Any] = {}
        for name in self.names:
            state = self._state(name)
            if state != self._common[name] and state[1] is not _UNKNOWN:
                new[name] = self.namespace[name]
                self._common[name] = state
        return new

    def receive(self, name: object, same: bool, value: Any) -> bool:
        """Take over a value that a call has changed; return whether the name is watched.

        Args:
            name: of the global.
            same: whether the student's process changed the object itself; then the check's own object is changed.
            value: the new value.
        """
        if type(name) is not str or name not in self.changing:
            return False
        old = self.namespace.get(name)
        kind = kind_of(old) if same and not is_proxy(old) and type(old) is type(value) else None
        try:
            if kind is None:
                raise WrongContents
            kind.put(old, kind.take(value, lambda part: part))
        except WrongContents:
            self.namespace[name] = value
        self._common[name] = self._state(name)
        return True

    def _state(self, name: str) -> tuple[object, object]:
        """The object under a name, and its contents; `_UNKNOWN` if it is not plain data."""
        value = self.namespace.get(name, _ABSENT)
        if value is _ABSENT or is_proxy(value):
            return id(value), _UNKNOWN
        try:
            return id(value), encode(value, refuse)
        except NotPlainData:
            return id(value), _UNKNOWN
