"""What one check and the functions of the student exchange through global names."""

import ast
import sys
from collections.abc import Iterable
from typing import Any, Final, Protocol

from utils.grading.judge.client import Client
from utils.grading.notebook.effects import Effects
from utils.grading.notebook.names import bound_names, definitions, imported_names, loaded_names, syntax_tree
from utils.grading.notebook.plan import Step
from utils.grading.protocol.encode import encode
from utils.grading.protocol.types import NotPlainData

MISSING: Final = object()
"""In place of a value that there is not."""


class Shared(Protocol):
    """What an exchange needs to know of the judge's notebook.

    Attributes:
        client: to the student's process.
        names: the judge's notebook.
        owned: the student's values, by name.
        effects: of the instructor's functions.
        own_reads: names that the instructor's functions read.
        student_reads: names that the student's cells read.
    """

    client: Client
    names: dict[str, Any]
    owned: dict[str, Any]
    effects: Effects
    own_reads: set[str]
    student_reads: set[str]

    def send(self, values: dict[str, Any]) -> None:
        """Bind names in the student's process."""

    def define(self, source: str) -> None:
        """Execute definitions in the student's process."""


class CheckExchange:
    """What one check and the functions of the student exchange through global names."""

    def __init__(self, shared: Shared, step: Step) -> None:
        self.shared = shared
        self.step = step
        self.names = shared.names
        source = step.judge or ""
        lines = source.split("\n")
        self.first_hidden = min(step.hidden, default=len(lines) + 1)
        tree = syntax_tree(source)
        self.hidden = _touched(shared, [node for node in tree.body if _lines(node) & step.hidden])
        bound = set(bound_names(source)) | set(imported_names(source))
        self.changed = shared.effects.changed(source, self.names)
        # Where a hidden line follows a name through visible lines, the values of those lines stay here too.
        self.visible_before: set[str] = set()
        self.visible_after: set[str] = set()
        tainted = set(self.hidden)
        for node in tree.body:
            if _lines(node) & step.hidden:
                continue
            text = ast.unparse(node)
            touched = _touched(shared, [node])
            if node.lineno < self.first_hidden:
                self.visible_before |= touched
            elif loaded_names([text]) & tainted:
                tainted |= touched
            else:
                self.visible_after |= touched
        self.visible_after -= tainted
        functions = shared.own_reads | shared.effects.globals
        self.watched = {
            name: name in functions
            for name in bound | self.changed
            if name in functions or (name in shared.student_reads and name in self.visible_before | self.visible_after)
        }
        self.fetched = sorted(shared.effects.globals & loaded_names([source]))
        self.sent: dict[str, Any] = {name: self.names.get(name, MISSING) for name in self.watched}
        self.prints = {name: fingerprint(self.sent[name]) for name in self.watched if name in self.changed}
        self.published = False

    def before_call(self) -> None:
        """Send what the check has bound or changed since the last call."""
        values = {}
        line = self._line()
        for name, trusted in self.watched.items():
            value = self.names.get(name, MISSING)
            if value is MISSING or not (trusted or self._is_visible(name, line)):
                continue
            content = fingerprint(value) if name in self.changed else None
            if value is not self.sent.get(name) or (content is not None and content != self.prints.get(name)):
                values[name] = self.sent[name] = value
                self.prints[name] = content
        self.shared.send(values)

    def after_call(self) -> None:
        """Fetch what functions of the assignment set or change."""
        client = self.shared.client
        for name in self.fetched:
            if client.closed or name not in self.names or not may_change(self.names[name]):
                continue
            try:
                value = client.value(name)
            # A name that the student's process lacks keeps its value.
            except Exception:
                continue
            own = self.names[name]
            if not same_data(own, value):
                self.names[name] = value
                if name in self.shared.owned:
                    self.shared.owned[name] = value
            if name in self.sent:
                self.sent[name] = self.names[name]
                self.prints[name] = fingerprint(self.names[name])

    def publish(self, hidden_has_run: bool) -> None:
        """Bind what the visible part of the check has bound in the student's process, where the code there reads it."""
        names = self.visible_before
        if hidden_has_run:
            names = (names if not self.published else set()) | self.visible_after
            if self.step.hidden:
                names -= self.hidden
        self.published = True
        names = names & self.shared.student_reads
        texts = definitions(self.step.released, names)
        source = "\n".join(texts.values())
        if source:
            self.shared.define(source)
        self.shared.send({name: self.names[name] for name in names if name in self.names and name not in texts})

    def _line(self) -> int | None:
        """The line of the check that is running, or a line of its hidden part if one of its functions is."""
        frame: Any = sys._getframe()
        line = None
        while frame is not None:
            if frame.f_code.co_filename == f"<check {self.step.grade_id}>":
                line = frame.f_lineno
                if line in self.step.hidden:
                    return int(line)
            frame = frame.f_back
        return line

    def _is_visible(self, name: str, line: int | None) -> bool:
        if line is None or line in self.step.hidden:
            return False
        return line < self.first_hidden or name not in self.hidden


# Details


def same_data(one: object, other: object) -> bool:
    """Whether two values are the same plain data; no method of either is asked."""
    content = fingerprint(one)
    return content is not None and content == fingerprint(other)


def may_change(value: object) -> bool:
    """Whether a value is an object that a cell changes, rather than a module, a class or a function."""
    return not isinstance(value, (type, type(sys))) and not (callable(value) and hasattr(value, "__name__"))


def fingerprint(value: object) -> bytes | None:
    """The value's encoding, or None where it is not plain data."""
    try:
        return encode(value, _refuse)
    # An encoder may fail on an object that only resembles plain data.
    except Exception:
        return None


def _refuse(value: object) -> Any:
    raise NotPlainData


def _lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _touched(shared: Shared, nodes: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind, import or change."""
    source = "\n".join(map(ast.unparse, nodes))
    return {*bound_names(source), *imported_names(source)} | shared.effects.changed(source, shared.names)
