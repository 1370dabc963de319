"""The judge: a trusted process that runs the instructor's notebook against proxies of the student's answers.

It walks through the plan in the instructor's order. The student's cells are sent to the student's process; where the
instructor's notebook has a solution cell, the names that it defines are bound to what the student's process has; a
grade cell runs here, and its result is a verdict. One judge serves one submission, is forked from a fork server, and
reports every verdict to its parent at once.
"""

import ast
import asyncio
import builtins
import inspect
import linecache
import os
import pickle
import random
import selectors
import signal
import socket
import sys
import time
import types
import zlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from utils.grading.job import CellVerdict, Status
from utils.grading.judge.client import Client
from utils.grading.judge.clock import Interrupted
from utils.grading.judge.explain import explain
from utils.grading.judge.messages import Begun, Shown, Task
from utils.grading.judge.points import partial_credit
from utils.grading.judge.student_process import StudentProcess
from utils.grading.notebook.names import computes, interfaces, loaded_names
from utils.grading.notebook.outputs import parse_report
from utils.grading.notebook.plan import Step
from utils.grading.protocol.frames import FrameSocket

_MAX_TASK_BYTES: Final = 2**40


def judge_submission(descriptors: list[int], shell: Any, limit_data: Callable[[int], None]) -> None:
    """In the judge's process: receive a task, report the verdicts, end.

    Args:
        descriptors: a socket to the parent, a socket to the student's process, the descriptor of that process, and a
            pipe from which the watchdog's reason for ending that process can be read.
        shell: an IPython shell.
        limit_data: limits the memory of this process to its present size plus a number of bytes.
    """
    parent_socket, student_socket, pidfd, reason = descriptors
    parent = FrameSocket(socket.socket(fileno=parent_socket))
    task: Task = pickle.loads(parent.receive(_MAX_TASK_BYTES))

    def ask_why() -> str | None:
        with selectors.PollSelector() as selector:
            selector.register(reason, selectors.EVENT_READ)
            return os.read(reason, 64).decode() or None if selector.select(0.2) else None

    student = StudentProcess(FrameSocket(socket.socket(fileno=student_socket)), pidfd, ask_why)
    os.chdir(task.folder)
    # Twice the student's memory, for values received from the student, and 1 GiB for the checks.
    limit_data(task.job.limits.memory_mb * 2**21 + 2**30)
    Judge(task, student, shell, lambda message: parent.send(pickle.dumps(message))).run()
    parent.send(pickle.dumps(None))
    os._exit(0)


class Judge:
    """Walks through one plan.

    Args:
        task: what to do.
        student: the student's process.
        shell: an IPython shell, for the magics of the instructor's cells and their names.
        report: receives `Begun`, `Shown` and `CellVerdict`.
    """

    def __init__(self, task: Task, student: StudentProcess, shell: Any, report: Callable[[object], None]) -> None:
        self.steps = task.steps
        self.job = task.job
        self.shell = shell
        self.report = report
        self.names: dict[str, Any] = shell.user_ns
        self.owned: dict[str, Any] = {}
        self.client = Client(student, self.names)
        self.client.owned = self.owned
        self.deadline = time.monotonic() + self.job.limits.notebook_seconds
        # Bounds the total output of notebooks with many cells.
        self.output_left = self.job.limits.output_kb * 1024 * 32
        self.checks: dict[str, Step] = {}
        # What has gone wrong in the student's process since the last verdict.
        self.events: list[Status] = []
        self.unanswered = False
        self.absent: set[str] = set()
        self.read_by_functions: set[str] = set()
        self.last_computes = False
        self.cells_run = 0

    def run(self) -> None:
        """Take every step."""
        signal.signal(signal.SIGALRM, self.client.clock.ring)
        self.client.begin(self.job.limits.cell_seconds, 0)
        self.attempt(lambda: self.client.write_files(self.job.files))
        needed = loaded_names(step.judge for step in self.steps if step.judge and step.role != "solution")
        for place, step in enumerate(self.steps):
            seed = zlib.crc32(f"{self.job.seed} {place}".encode())
            if step.role == "text":
                continue
            self.report(Begun(step.grade_id))
            if step.student is not None:
                self.run_student_cell(step, seed)
            if step.role == "solution":
                self.unanswered = self.unanswered or step.missing
                self.client.classes.interfaces |= interfaces(step.full, self.names)
                self.run_cell(step, seed)
                self.bind([name for name in step.names if name in needed], seed)
            elif step.role == "check":
                self.check(step, seed)
            elif step.judge is not None:
                self.bind(self.names_to_bind(step), seed)
                self.run_cell(step, seed)
                if step.role == "given":
                    self.client.classes.shared |= self.defined_classes()

    # The student's side

    def run_student_cell(self, step: Step, seed: int) -> None:
        """Run a cell in the student's process and show its outputs."""
        if self.client.closed:
            if step.index is not None and (step.student or "").strip():
                self.report(Shown(step.index, [_error_output("NotExecuted", str(self.client.student.error()))]))
            return
        left = self.deadline - time.monotonic()
        self.client.begin(min(self.job.limits.cell_seconds, max(left, 0.0)), seed)
        outputs: list[dict[str, Any]] = []
        count = None
        limit = min(self.job.limits.output_kb * 1024, self.output_left)
        try:
            report = self.client.run_cell(step.student or "", step.grade_id, limit)
            outputs, count, error = parse_report(report, limit)
            self.output_left -= min(self.output_left, len(repr(outputs)))
            if self.client.clock.late:
                self.events.append("timed out")
                outputs.append(_error_output("TimedOut", str(self.client.clock.error())))
            elif error == "MemoryError":
                self.events.append("memory")
        except Interrupted as error:
            self.events.append(_status(error))
            outputs.append(_error_output("TimedOut" if error.status == "timed out" else "Ended", str(error)))
        # Any other error here means that what the process sent is not a report.
        except Exception as error:
            outputs.append(_error_output("NoOutput", f"The outputs of this cell could not be read: {error}"))
        if step.index is not None:
            self.report(Shown(step.index, outputs, count))

    def bind(self, names: list[str], seed: int) -> None:
        """Bind names to their values in the student's process; after its end, names bound earlier keep their values."""
        if self.client.closed:
            self.absent |= {name for name in names if name not in self.names}
            return
        if not names:
            return
        self.report(Begun(""))
        self.client.begin(self.job.limits.cell_seconds, seed)
        values = self.attempt(lambda: self.client.values(names))
        if values is None:
            self.absent |= {name for name in names if name not in self.names}
            return
        for name in names:
            if name in values:
                self.names[name] = self.owned[name] = values[name]
                self.absent.discard(name)
            elif name in self.owned or name not in self.names:
                self.names.pop(name, None)
                self.owned.pop(name, None)
                self.absent.add(name)

    def attempt(self, request: Callable[[], Any]) -> Any:
        """The answer to a request, or None if it fails; the end of time or of the process is recorded."""
        try:
            return request()
        except Interrupted as error:
            self.events.append(_status(error))
        except Exception:
            return None
        return None

    def names_to_bind(self, step: Step) -> list[str]:
        """Names that a cell may read and that belong to the student, or are still undefined."""
        return sorted(
            name
            for name in loaded_names([step.judge or ""]) | self.read_by_functions
            if name in self.owned
            or (name not in self.names and not hasattr(builtins, name) and not name.startswith("_"))
        )

    # The judge's side

    def run_cell(self, step: Step, seed: int) -> tuple[Any, BaseException | None]:
        """Run one of the instructor's cells; return the value of its last expression and the error that ended it.

        Both matter only for a grade cell; errors and outputs of other cells are discarded.
        """
        source = step.judge or ""
        limits = self.job.limits
        self.report(Begun(step.grade_id))
        self.client.begin(limits.cell_seconds, seed, share_random_state="seed(" in source)
        reseed(seed)
        self.client.clock.set_alarm()
        value, error = None, None
        name = f"<{step.role} {step.grade_id or self.cells_run}>"
        try:
            self.shell.watch(limits.output_kb * 1024)
            self.client.prepare(step)
            value = self.evaluate(source, name)
            self.last_computes = computes(source)
        except BaseException as raised:
            error = raised
        finally:
            self.client.clock.cancel_alarm()
        if self.client.clock.late and not isinstance(error, Interrupted):
            # A check that catches the timeout exception has not passed.
            error = self.client.clock.error()
        self.cells_run += 1
        self.read_by_functions |= loaded_names([source], in_functions_only=True)
        for rebound in [name for name, value in self.owned.items() if self.names.get(name) is not value]:
            del self.owned[rebound]
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

    def undefined(self) -> dict[str, str]:
        """Names that the student's process does not have, and why."""
        reason = "the cell that should define it is unanswered, or it failed."
        if self.client.closed:
            reason = str(self.client.student.error())
        return dict.fromkeys(self.absent, reason)

    def defined_classes(self) -> set[str]:
        """Names of the classes that cells which both sides run have defined."""
        return {name for name, value in self.names.items() if type(value) is type and value.__module__ == "__main__"}

    def check(self, step: Step, seed: int) -> None:
        """Run a grade cell and report the verdict."""
        self.checks[f"<check {step.grade_id}>"] = step
        begin = time.monotonic()
        self.bind(self.names_to_bind(step), seed)
        value, error = self.run_cell(step, seed)
        outputs = [] if step.hidden else parse_report({"outputs": self.shell.outputs.finished()}, 2**16)[0]
        points = 0.0 if error is not None else partial_credit(value, step.points, self.last_computes)
        message = "" if error is None else explain(error, step, self.checks, self.undefined())
        status: Status = "graded"
        if isinstance(error, Interrupted):
            status = _status(error)
        elif error is not None and self.client.closed:
            status = _status(self.client.student.error())
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
            self.report(Shown(step.index, [*_credit(points, step, message, error), *outputs]))
        self.report(CellVerdict(step.grade_id, points, step.points, status, message, time.monotonic() - begin))
        self.events.clear()
        self.unanswered = False


def reseed(seed: int) -> None:
    """Seed the judge's global random generators, so that a regrade draws the same numbers."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def _credit(points: float, step: Step, message: str, error: BaseException | None) -> list[dict[str, Any]]:
    """Outputs of a grade cell from which nbgrader itself determines the same points."""
    if error is not None:
        return [_error_output("CheckFailed", message)]
    outputs: list[dict[str, Any]] = []
    if points != step.points:
        data = {"text/plain": repr(points)}
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None})
    if message:
        outputs.append({"output_type": "stream", "name": "stdout", "text": message + "\n"})
    return outputs


def _error_output(kind: str, sentence: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": kind, "evalue": sentence, "traceback": [sentence]}


def _status(error: Interrupted) -> Status:
    return error.status if error.status in ("timed out", "memory") else "crashed"  # type: ignore[return-value]
