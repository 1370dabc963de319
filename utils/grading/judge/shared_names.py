"""The names of the judge's notebook: which belong to the student, and how both sides come to the same values.

- A name that the instructor's solution binds, imports or changes is the student's: its value is fetched before a cell
  reads it. A library's function or class that the student imported under such a name is the judge's own.
- A name that a check binds is sent to the student's process where the code there reads it: before a call, because
  functions read globals, and after the check, because later answers may build on it. What only the hidden part of a
  check binds is sent only if the instructor's own functions read it.
- Names that the instructor's functions set or change are fetched again after each call.

The judge asks only for names that occur in the assignment as students receive it, or that the solution binds.
"""

import ast
import builtins
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from utils.grading.job import Status
from utils.grading.judge.client import Client
from utils.grading.judge.clock import Interrupted
from utils.grading.notebook.effects import Effects
from utils.grading.notebook.names import bound_names, definitions, imported_names, loaded_names, syntax_tree
from utils.grading.notebook.plan import Step
from utils.grading.protocol.encode import encode
from utils.grading.protocol.types import NotPlainData

MISSING: Final = object()
"""In place of what the judge could not import."""
_RESULTS: Final = frozenset({"_", "__", "___", "In", "Out"})


class SharedNames:
    """The names of one judge's notebook.

    Args:
        client: to the student's process.
        names: the judge's notebook.
        steps: the plan, of which every text is known beforehand.
        fail: records the end of time, or of the student's process.

    Attributes:
        owned: the student's values, by name.
        imports: names that the solution imports, with the judge's own objects.
        replaced: names of `imports` under which the student has something else.
        absent: names that the student's process does not have, and the status of the answer that should define them.
    """

    def __init__(
        self, client: Client, names: dict[str, Any], steps: Sequence[Step], fail: Callable[[Interrupted], None]
    ) -> None:
        self.client = client
        self.names = names
        self.fail = fail
        self.effects = Effects()
        self.owned: dict[str, Any] = {}
        self.imports: dict[str, Any] = {}
        self.replaced: set[str] = set()
        self.absent: dict[str, Status] = {}
        self._read = loaded_names(step.judge for step in steps if step.judge and step.role != "solution")
        self._student_reads = loaded_names(step.student for step in steps if step.student)
        self._own_reads = loaded_names((step.full or step.judge or "" for step in steps if step.role != "check"), True)
        self._vocabulary = {word for step in steps for word in re.findall(r"\w+", step.released)}
        self._vocabulary |= {name for step in steps for name in step.names}
        self._read_by_functions: set[str] = set()
        self._check: _Exchange | None = None
        client.owned = self.owned
        client.exchange = None

    # The instructor's cells

    def after_solution(self, step: Step, imports: dict[str, Any], status: Status) -> None:
        """Take over what the student's cell was to bind, import or change.

        Args:
            step: the solution cell.
            imports: what the instructor's import statements bind in the judge.
            status: of the student's cell; "graded" if nothing is known to be wrong.
        """
        self.effects.read(step.full)
        self.imports.update(imports)
        changed = self.effects.changed(step.full, {**self.names, **imports}) | self.effects.globals
        changed = {name for name in changed if name in self.names and _may_change(self.names[name])}
        names = sorted((set(step.names) | set(imports) | changed) & self._read)
        self.fetch(names, status)

    def before(self, step: Step) -> None:
        """Fetch the names that one of the instructor's cells may read and that are the student's, or undefined."""
        names = loaded_names([step.judge or ""]) | self._read_by_functions
        self.fetch(sorted(name for name in names if self._is_students(name)), "graded")

    def after(self, step: Step) -> None:
        """Note what one of the instructor's cells has bound: it belongs to the judge from then on."""
        source = step.judge or ""
        self._read_by_functions |= loaded_names([source], in_functions_only=True)
        for name in [name for name, value in self.owned.items() if self.names.get(name) is not value]:
            del self.owned[name]
        if step.role != "solution":
            self.effects.read(source)
            for name in imported_names(source):
                self.imports.pop(name, None)
                self.replaced.discard(name)

    def _is_students(self, name: str) -> bool:
        if name in self.owned or name in self.imports or name in _RESULTS:
            return True
        if name in self.names or hasattr(builtins, name):
            return False
        return name in self._vocabulary and (not name.startswith("_") or re.fullmatch(r"_i?\d+", name) is None)

    def fetch(self, names: list[str], status: Status) -> None:
        """Bind names to their values in the student's process; where the judge has equal data, it keeps its own.

        Args:
            names: what the student's process does not have is undefined here, too.
            status: of the answer that should define them.
        """
        if not names:
            return
        values = None
        if not self.client.closed:
            values = self.attempt(lambda: self._values(names))
        for name in names:
            if values is not None and name in values:
                self._take(name, values[name])
            elif name in _RESULTS or (values is None and name in self.owned and status == "graded"):
                # After the end of the process, values that were fetched before remain.
                continue
            else:
                self.names.pop(name, None)
                self.owned.pop(name, None)
                self.absent[name] = status if status != "graded" else self.absent.get(name, "graded")

    def _values(self, names: list[str]) -> dict[str, Any]:
        values = self.client.values([name for name in names if name not in self.imports])
        imports = [name for name in names if name in self.imports]
        for name in self.client.existing(imports):
            values[name] = self._imported(name)
        return values

    def _take(self, name: str, value: Any) -> None:
        own = self.names.get(name, MISSING)
        if own is not MISSING and same_data(own, value):
            value = own
        self.names[name] = self.owned[name] = value
        self.absent.pop(name, None)

    def _imported(self, name: str) -> Any:
        """The judge's own object if the student has the same one of the same library under this name."""
        own = self.imports[name]
        self.replaced.discard(name)
        if own is not MISSING and any(_resolve(place) is own for place in self.client.origins(name)):
            return own
        value = self.client.value(name)
        if own is not MISSING and not same_data(own, value):
            self.replaced.add(name)
        return value

    def attempt(self, request: Callable[[], Any]) -> Any:
        """The answer to a request, or None if it fails; the end of time or of the process is recorded."""
        try:
            return request()
        except Interrupted as error:
            self.fail(error)
        except Exception:
            return None
        return None

    # The cells that both sides run

    def send_values(self, source: str) -> None:
        """Give the student's process the judge's values of what a cell binds, where the cell may draw others there.

        The global generators are seeded alike on both sides, but a clock, or a generator without a seed, is not.
        """
        if not _UNREPEATABLE.search(source):
            return
        values = {name: self.names[name] for name in bound_names(source) if name in self.names}
        self.send({name: value for name, value in values.items() if _is_copied(value)})

    def send(self, values: dict[str, Any]) -> None:
        """Bind names in the student's process."""
        if values and not self.client.closed:
            self.attempt(lambda: self.client.assign(values))

    # Checks

    def begin_check(self, step: Step) -> None:
        """From now on, names that the check binds or deletes reach the student's process with the next call."""
        self._check = _Exchange(self, step)
        self.client.exchange = self._check
        hideable = _mentioned(step.judge or "") & set(self.names)
        self.client.owned = {**dict.fromkeys(hideable), **self.owned}

    def before_hidden(self) -> None:
        """The visible part of the check has run: later answers may build on the names that it has bound."""
        if self._check is not None:
            self._check.publish(hidden_has_run=False)

    def end_check(self) -> None:
        """The check has ended, however it did."""
        check, self._check = self._check, None
        self.client.exchange = None
        self.client.owned = self.owned
        if check is not None:
            check.publish(hidden_has_run=True)


class _Exchange:
    """What one check and the functions of the student exchange through global names."""

    def __init__(self, shared: SharedNames, step: Step) -> None:
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
        functions = shared._own_reads | shared.effects.globals
        self.watched = {
            name: name in functions
            for name in bound | self.changed
            if name in functions or (name in shared._student_reads and name in self.visible_before | self.visible_after)
        }
        self.fetched = sorted(shared.effects.globals & loaded_names([source]))
        self.sent: dict[str, Any] = {name: self.names.get(name, MISSING) for name in self.watched}
        self.prints = {name: _print(self.sent[name]) for name in self.watched if name in self.changed}
        self.published = False

    def before_call(self) -> None:
        """Send what the check has bound or changed since the last call."""
        values = {}
        line = self._line()
        for name, trusted in self.watched.items():
            value = self.names.get(name, MISSING)
            if value is MISSING or not (trusted or self._is_visible(name, line)):
                continue
            fingerprint = _print(value) if name in self.changed else None
            if value is not self.sent.get(name) or (fingerprint is not None and fingerprint != self.prints.get(name)):
                values[name] = self.sent[name] = value
                self.prints[name] = fingerprint
        self.shared.send(values)

    def after_call(self) -> None:
        """Fetch what functions of the assignment set or change."""
        client = self.shared.client
        for name in self.fetched:
            if client.closed or name not in self.names:
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
                self.prints[name] = _print(self.names[name])

    def publish(self, hidden_has_run: bool) -> None:
        """Bind what the visible part of the check has bound in the student's process, where the code there reads it."""
        names = self.visible_before
        if hidden_has_run:
            names = (names if not self.published else set()) | self.visible_after
            if self.step.hidden:
                names -= self.hidden
        self.published = True
        names = names & self.shared._student_reads
        texts = definitions(self.step.released, names)
        source = "\n".join(texts.values())
        if source and not self.shared.client.closed:
            self.shared.attempt(lambda: self.shared.client.define(source))
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

_UNREPEATABLE: Final = re.compile(
    r"default_rng\(\s*\)|Random(?:State)?\(\s*\)|SystemRandom|\btime\b|\bnow\(|today\(|uuid|secrets|urandom|getpid"
)


def same_data(one: object, other: object) -> bool:
    """Whether two values are the same plain data; no method of either is asked."""
    fingerprint = _print(one)
    return fingerprint is not None and fingerprint == _print(other)


def _print(value: object) -> bytes | None:
    """The value's encoding, or None where it is not plain data."""
    try:
        return encode(value, _refuse)
    # An encoder may fail on an object that only resembles plain data.
    except Exception:
        return None


def _refuse(value: object) -> Any:
    raise NotPlainData


def _is_copied(value: object) -> bool:
    """Whether a value can be sent as a copy: plain data, or a generator of random numbers."""
    return type(value).__name__ in ("Generator", "RandomState", "Random") or _print(value) is not None


def _may_change(value: object) -> bool:
    """Whether a value is an object that a cell changes, rather than a module, a class or a function."""
    return not isinstance(value, (type, type(sys))) and not (callable(value) and hasattr(value, "__name__"))


def _resolve(place: object) -> object:
    """The object at (module, attribute), as the student's process states it, among the modules that the judge has."""
    if type(place) is not list or len(place) != 2 or not all(type(part) is str for part in place):
        return None
    value: object = sys.modules.get(place[0])
    for part in place[1].split(".") if place[1] else ():
        value = vars(value).get(part) if value is not None and hasattr(value, "__dict__") else None
    return value if callable(value) or isinstance(value, type(sys)) else None


def _lines(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _touched(shared: SharedNames, nodes: Iterable[ast.stmt]) -> set[str]:
    """Names that statements bind, import or change."""
    source = "\n".join(map(ast.unparse, nodes))
    return {*bound_names(source), *imported_names(source)} | shared.effects.changed(source, shared.names)


def _mentioned(source: str) -> set[str]:
    """Names that a cell deletes, by a statement or by a text such as `globals().pop("total")`."""
    nodes = list(ast.walk(syntax_tree(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}
    return names | {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str}
