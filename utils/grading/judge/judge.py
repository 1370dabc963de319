"""The judge: a trusted process that runs the instructor's notebook against stand-ins for the student's answers.

It walks through the plan in the instructor's order. The student's cells go through the door to the student's process;
where the instructor's notebook has a solution cell, the names that it defines are bound to what the student's process
has; a grade cell runs here, and what comes of it is a verdict. One judge serves one submission, forked from a warm
process, and tells its parent every verdict as it falls.
"""

import ast
import asyncio
import builtins
import inspect
import linecache
import math
import numbers
import os
import pickle
import random
import resource
import select
import signal
import socket
import sys
import time
import types
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from utils.grading.job import CellVerdict, Job, Status
from utils.grading.judge.client import Door
from utils.grading.judge.explain import explain
from utils.grading.judge.proxies import StandIn
from utils.grading.judge.student_process import Interrupted, Student
from utils.grading.notebook.names import computes, interfaces, loaded_names
from utils.grading.notebook.outputs import parse_report
from utils.grading.notebook.plan import Step
from utils.grading.protocol.frames import Wire
from utils.grading.sandbox import walls as sandbox


@dataclass(frozen=True)
class Task:
    """What a judge receives: the plan's steps, the job they come from, and a folder to work in."""

    steps: list[Step]
    job: Job
    folder: str


@dataclass(frozen=True)
class Shown:
    """Outputs of a cell of the notebook."""

    index: int
    outputs: list[dict[str, Any]]
    count: int | None = None


@dataclass(frozen=True)
class Begun:
    """A cell has begun, so that the judge's parent knows how long it takes."""

    grade_id: str


def serve(descriptors: list[int], shell: Any) -> None:
    """In the judge's process: receive a task, tell the verdicts, end."""
    talk_descriptor, door_descriptor, pidfd, reason = descriptors
    talk = Wire(socket.socket(fileno=talk_descriptor))
    task: Task = pickle.loads(talk.receive(2**40))

    def why() -> str | None:
        readable, _, _ = select.select([reason], [], [], 0.2)
        return os.read(reason, 64).decode() or None if readable else None

    student = Student(Wire(socket.socket(fileno=door_descriptor)), pidfd, why)
    os.chdir(task.folder)
    # Room for what the student may send, twice, and for the checks.
    limit = task.job.limits.memory_mb * 2**21 + 2**30 + sandbox.data_bytes()
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    Judge(task, student, shell, lambda event: talk.send(pickle.dumps(event))).run()
    talk.send(pickle.dumps(None))
    os._exit(0)


@dataclass
class Judge:
    """Walks through one plan.

    Args:
        task: what to do.
        student: the student's process.
        shell: an IPython shell, for the magics of the instructor's cells and their names.
        tell: receives `Begun`, `Shown` and `CellVerdict`.
    """

    task: Task
    student: Student
    shell: Any
    tell: Callable[[object], None]
    checks: dict[str, Step] = field(default_factory=dict)
    events: list[Status] = field(default_factory=list)
    owned: dict[str, Any] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    unanswered: bool = False

    def __post_init__(self) -> None:
        self.names: dict[str, Any] = self.shell.user_ns
        self.door = Door(self.student, self.names)
        self.door.owned = self.owned
        self.end = time.monotonic() + self.task.job.limits.notebook_seconds
        # A notebook of very many cells is bounded too.
        self.room = self.task.job.limits.output_kb * 1024 * 32
        self.computed = False
        self.ran: list[str] = []
        self.read_by_functions: set[str] = set()

    def run(self) -> None:
        """Take every step."""
        signal.signal(signal.SIGALRM, self.ring)
        self.door.start_clock(self.task.job.limits.cell_seconds, 0)
        self.attempt(lambda: self.door.write_files(self.task.job.files))
        needed = loaded_names(step.judge for step in self.task.steps if step.judge and step.role != "solution")
        for place, step in enumerate(self.task.steps):
            seed = zlib.crc32(f"{self.task.job.seed} {place}".encode())
            if step.role == "text":
                continue
            self.tell(Begun(step.grade_id))
            if step.student is not None:
                self.answer(step, seed)
            if step.role == "solution":
                self.unanswered = self.unanswered or step.missing
                self.door.interfaces |= interfaces(step.full, self.names)
                self.execute(step, step.judge or "", seed)
                self.bind([name for name in step.names if name in needed], seed)
            elif step.role == "check":
                self.check(step, seed)
            elif step.judge is not None:
                self.bind(self.wanted(step), seed)
                self.execute(step, step.judge, seed)
                if step.role == "given":
                    self.door.shared |= self.defined()

    # The student's side

    def answer(self, step: Step, seed: int) -> None:
        """Run a cell in the student's process and show its outputs."""
        if self.door.closed:
            if step.index is not None and (step.student or "").strip():
                self.tell(Shown(step.index, [_problem("NotExecuted", str(self.door.gone()))]))
            return
        left = self.end - time.monotonic()
        self.door.start_clock(min(self.task.job.limits.cell_seconds, max(left, 0.0)), seed)
        outputs: list[dict[str, Any]] = []
        count = None
        limit = min(self.task.job.limits.output_kb * 1024, self.room)
        try:
            report = self.door.run_cell(step.student or "", step.grade_id, limit)
            outputs, count, error = parse_report(report, limit)
            self.room -= min(self.room, len(repr(outputs)))
            if self.door.late:
                self.events.append("timed out")
                outputs.append(_problem("TimedOut", str(self.door.too_late())))
            elif error == "MemoryError":
                self.events.append("memory")
        except Interrupted as error:
            self.events.append(_status(error))
            outputs.append(_problem("TimedOut" if error.status == "timed out" else "Ended", str(error)))
        # Any other error here means that what the process sent is not a report.
        except Exception as error:
            outputs.append(_problem("NoOutput", f"The outputs of this cell could not be read: {error}"))
        if step.index is not None:
            self.tell(Shown(step.index, outputs, count))

    def bind(self, names: list[str], seed: int) -> None:
        """Bind names to what the student's process has; once that is gone, what was fetched before stays."""
        if self.door.closed:
            self.absent |= {name for name in names if name not in self.names}
            return
        if not names:
            return
        self.tell(Begun(""))
        self.door.start_clock(self.task.job.limits.cell_seconds, seed)
        found = self.attempt(lambda: self.door.names(names))
        if found is None:
            self.absent |= {name for name in names if name not in self.names}
            return
        for name in names:
            if name in found:
                self.names[name] = self.owned[name] = found[name]
                self.absent.discard(name)
            elif name in self.owned or name not in self.names:
                self.names.pop(name, None)
                self.owned.pop(name, None)
                self.absent.add(name)

    def attempt(self, ask: Callable[[], Any]) -> Any:
        """Ask the student's process; what goes wrong is noted and gives None."""
        try:
            return ask()
        except Interrupted as error:
            self.events.append(_status(error))
        except Exception:
            return None
        return None

    def wanted(self, step: Step) -> list[str]:
        """Names that a cell may read and that belong to the student, or to nobody yet."""
        read = loaded_names([step.judge or ""]) | self.read_by_functions
        return sorted(
            name
            for name in read
            if name in self.owned
            or (name not in self.names and not hasattr(builtins, name) and not name.startswith("_"))
        )

    # The judge's side

    def execute(self, step: Step, source: str, seed: int) -> BaseException | None:
        """Run an instructor's cell that carries no points; its errors and outputs are nobody's loss."""
        return self.carry_out(step, source, seed)[1]

    def carry_out(self, step: Step, source: str, seed: int) -> tuple[Any, BaseException | None]:
        """Run a cell of the instructor's: the value of its last expression, and the error that ended it."""
        limits = self.task.job.limits
        self.tell(Begun(step.grade_id))
        self.door.start_clock(limits.cell_seconds, seed, share_random_state="seed(" in source)
        reseed(seed)
        signal.setitimer(signal.ITIMER_REAL, limits.cell_seconds + 1, 1)
        value, error = None, None
        name = f"<{step.role} {step.grade_id or len(self.ran)}>"
        try:
            self.shell.watch(limits.output_kb * 1024)
            value = self.evaluate(source, name)
            self.computed = computes(source)
        except BaseException as raised:
            error = raised
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self.door.late and not isinstance(error, Interrupted):
            # A test that swallows the end of its time has not passed.
            error = self.door.too_late()
        self.ran.append(source)
        self.read_by_functions |= loaded_names([source], in_functions_only=True)
        for owned in [n for n, bound in self.owned.items() if self.names.get(n) is not bound]:
            del self.owned[owned]
        return value, error

    def evaluate(self, source: str, name: str) -> Any:
        """Execute a cell as IPython would, and return its last expression's value."""
        text = self.shell.transform_cell(source)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        tree = ast.parse(text, name)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            last = ast.Expression(tree.body.pop().value)
        self._execute(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))
        return None if last is None else self._execute(compile(last, name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT))

    def _execute(self, code: types.CodeType) -> Any:
        value = eval(code, self.names)
        return asyncio.run(value) if code.co_flags & inspect.CO_COROUTINE else value

    def ring(self, *_: object) -> None:
        """The alarm of a cell that computes too long in the judge; while the door waits, it has its own clock."""
        if not self.door.busy:
            self.door.late = True
            raise self.door.too_late()

    def undefined(self) -> dict[str, str]:
        """Names that the student's process does not have, and why."""
        why = "the cell that should define it is unanswered, or it failed."
        return dict.fromkeys(self.absent, str(self.door.gone()) if self.door.closed else why)

    def defined(self) -> set[str]:
        """Classes that a cell which both sides run has defined."""
        return {name for name, value in self.names.items() if type(value) is type and value.__module__ == "__main__"}

    def check(self, step: Step, seed: int) -> None:
        """Run a grade cell and tell the verdict."""
        self.checks[f"<check {step.grade_id}>"] = step
        begin = time.monotonic()
        self.bind(self.wanted(step), seed)
        value, error = self.carry_out(step, step.judge or "", seed)
        outputs = [] if step.hidden else parse_report({"outputs": self.shell.outputs.finished()}, 2**16)[0]
        points = 0.0 if error is not None else partial_credit(value, step.points, self.computed)
        message = "" if error is None else explain(error, step, self.checks, self.undefined())
        status: Status = "graded"
        if isinstance(error, Interrupted):
            status = _status(error)
        elif error is not None and self.door.closed:
            status = _status(self.door.gone())
        elif error is not None and self.events:
            status = self.events[-1]
        elif isinstance(error, MemoryError):
            status = "memory"
        elif error is not None and self.unanswered:
            status = "missing"
        elif step.tampering:
            status = "tampered"
        if status == "tampered":
            message = (
                f"{message} This locked cell was changed ({', '.join(step.tampering)}); the original was used.".strip()
            )
        if step.index is not None:
            self.tell(Shown(step.index, [*_credit(points, step, message, error), *outputs]))
        self.tell(CellVerdict(step.grade_id, points, step.points, status, message, time.monotonic() - begin))
        self.events.clear()
        self.unanswered = False


def partial_credit(value: object, points: float, computed: bool = False) -> float:
    """Points for a grade cell that ran to its end, as `nbgrader.utils.determine_grade` gives them (nbgrader 0.9).

    A number as the last expression is the score; a truth value, text, and nothing mean full points. A number outside
    [0, points] is moved to its nearer end; NaN, arrays and a student's objects are 0: nbgrader stops there, or gives
    full points.

    Args:
        value: the value of the cell's last expression, or None.
        points: what the cell is worth.
        computed: whether the last expression computes: then a text or a list is no points either.
    """
    if value is None:
        return points
    if type(value) is not StandIn and isinstance(value, (bool, np.bool_)):
        return points
    # An array or an object in place of a number may be what a student's value has made of the points.
    if type(value) is not StandIn and not isinstance(value, numbers.Number) and not hasattr(value, "dtype"):
        return 0.0 if computed else points
    try:
        score = float(value) if np.ndim(value) == 0 else math.nan  # type: ignore[arg-type]
    except Exception:
        score = math.nan
    return 0.0 if math.isnan(score) else min(max(score, 0.0), points)


def reseed(seed: int) -> None:
    """Seed the judge's global random generators: this process runs one notebook, and a regrade must see the same."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def _credit(points: float, step: Step, message: str, error: BaseException | None) -> list[dict[str, Any]]:
    """Outputs of a grade cell from which nbgrader's own reading gives the same points."""
    if error is not None:
        return [_problem("CheckFailed", message)]
    outputs: list[dict[str, Any]] = []
    if points != step.points:
        data = {"text/plain": repr(points)}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    if message:
        outputs.append({"output_type": "stream", "name": "stdout", "text": message + "\n"})
    return outputs


def _problem(kind: str, sentence: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": kind, "evalue": sentence, "traceback": [sentence]}


def _status(error: Interrupted) -> Status:
    return error.status if error.status in ("timed out", "memory") else "crashed"  # type: ignore[return-value]
