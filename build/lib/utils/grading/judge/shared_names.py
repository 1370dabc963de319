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
from collections import ChainMap
from collections.abc import Callable, Sequence
from typing import Any, Final

from utils.grading.job import Status
from utils.grading.judge.check_exchange import MISSING, CheckExchange, fingerprint, may_change, same_data
from utils.grading.judge.client import Client
from utils.grading.judge.clock import Interrupted
from utils.grading.notebook.effects import Effects
from utils.grading.notebook.names import bound_names, global_reads, imported_names, loaded_names, syntax_tree
from utils.grading.notebook.plan import Step

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
        vocabulary: words of the assignment as students receive it, and names that the solution binds.
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
        self.student_reads = loaded_names(step.student for step in steps if step.student)
        self.own_reads = global_reads(step.full or step.judge or "" for step in steps if step.role != "check")
        self.vocabulary = {word for step in steps for word in re.findall(r"\w+", step.released)}
        self.vocabulary |= {name for step in steps for name in step.names}
        self._read_by_functions: set[str] = set()
        self._check: CheckExchange | None = None
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
        changed = {name for name in changed if name in self.names and may_change(self.names[name])}
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
        return name in self.vocabulary and (not name.startswith("_") or re.fullmatch(r"_i?\d+", name) is None)

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
        if own is not MISSING:
            # Every place has to lead there: the student's process must not try several.
            objects = [_resolve(place) for place in self.client.origins(name)]
            if any(value is own for value in objects) and all(value is None or value is own for value in objects):
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

    def define(self, source: str) -> None:
        """Execute definitions in the student's process."""
        if not self.client.closed:
            self.attempt(lambda: self.client.define(source))

    # Checks

    def begin_check(self, step: Step) -> None:
        """From now on, names that the check binds or deletes reach the student's process with the next call."""
        self._check = CheckExchange(self, step)
        self.client.exchange = self._check
        hideable = _mentioned(step.judge or "") & set(self.names)
        self.client.owned = ChainMap(self.owned, dict.fromkeys(hideable))

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


# Details

_UNREPEATABLE: Final = re.compile(
    r"default_rng\(\s*\)|Random(?:State)?\(\s*\)|SystemRandom|\btime\b|\bnow\(|today\(|uuid|secrets|urandom|getpid"
)


def _is_copied(value: object) -> bool:
    """Whether a value can be sent as a copy: plain data, or a generator of random numbers."""
    return type(value).__name__ in ("Generator", "RandomState", "Random") or fingerprint(value) is not None


def _resolve(place: object) -> object:
    """The object at (module, attribute), as the student's process states it, among the modules that the judge has."""
    if type(place) is not list or len(place) != 2 or not all(type(part) is str for part in place):
        return None
    value: object = sys.modules.get(place[0])
    for part in place[1].split(".") if place[1] else ():
        value = vars(value).get(part) if value is not None and hasattr(value, "__dict__") else None
    return value if callable(value) or isinstance(value, type(sys)) else None


def _mentioned(source: str) -> set[str]:
    """Names that a cell deletes, by a statement or by a text such as `globals().pop("total")`."""
    nodes = list(ast.walk(syntax_tree(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)}
    return names | {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is str}
