"""The judge: a trusted process that runs the instructor's notebook against proxies of the student's answers.

It walks through the plan in the instructor's order. The student's cells are sent to the student's process; where the
instructor's notebook has a solution cell, the names that it defines are bound to what the student's process has; a
grade cell runs here, and its result is a verdict. One judge serves one submission, is forked from a fork server, and
reports every verdict to its parent at once.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import re
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from utils.grading.job import CellVerdict, Status
from utils.grading.judge.cells import Cells
from utils.grading.judge.client import Client
from utils.grading.judge.clock import Interrupted
from utils.grading.judge.explain import explain
from utils.grading.judge.messages import Begun, Calls, Shown, Task
from utils.grading.judge.points import partial_credit
from utils.grading.judge.seeds import CellSeeds, Seeds, seed_generators
from utils.grading.judge.shared_names import SharedNames
from utils.grading.judge.student_modules import StudentModules
from utils.grading.judge.student_process import StudentProcess
from utils.grading.judge.texts import TextGuard
from utils.grading.judge.transcript import Transcript
from utils.grading.judge.unpickling import guard, replace_loaders, unpickles_bytes
from utils.grading.notebook.names import computes, imported_names, interfaces, loaded_names
from utils.grading.notebook.outputs import error_output, parse_report
from utils.grading.notebook.plan import Step
from utils.grading.protocol import modules
from utils.grading.protocol.frames import FrameSocket

_MAX_TASK_BYTES: Final = 2**40
_MAX_TEXT_BYTES: Final = 2**20


def judge_submission(
    descriptors: list[int],
    shell: Any,
    limit_data: Callable[[int], None],
    confine: Callable[[Sequence[str]], None] = lambda folders: None,
    send_signal: Callable[[int], None] | None = None,
) -> None:
    """In the judge's process: receive a task, report the verdicts, end.

    Args:
        descriptors: a socket to the parent, a socket to the student's process, the descriptor of that process, and a
            pipe from which the watchdog's reason for ending that process can be read.
        shell: an IPython shell.
        limit_data: limits the memory of this process to its present size plus a number of bytes.
        confine: takes from this process every right, and every folder that no student's process sees, but these.
        send_signal: to the student's process; None to use its descriptor.
    """
    parent_socket, student_socket, pidfd, reason = descriptors
    parent = FrameSocket(socket.socket(fileno=parent_socket))
    task: Task = pickle.loads(parent.receive(_MAX_TASK_BYTES))

    def ask_why() -> str | None:
        with selectors.PollSelector() as selector:
            selector.register(reason, selectors.EVENT_READ)
            return os.read(reason, 64).decode() or None if selector.select(0.2) else None

    student = StudentProcess(FrameSocket(socket.socket(fileno=student_socket)), pidfd, ask_why, send_signal)
    os.chdir(task.folder)
    modules.use_working_folder((name for name in task.job.files if name not in task.job.own_files), task.modules)
    replace_loaders()
    if task.job.own_files or any(map(unpickles_bytes, _files_of_the_instructor(task))):
        guard()
    confine([task.folder, task.modules])
    # Twice the student's memory, for values received from the student, and 1 GiB for the checks.
    limit_data(task.job.limits.memory_mb * 2**21 + 2**30)

    def report(message: object) -> None:
        with modules.grader_visible():
            parent.send(pickle.dumps(message))

    judge = Judge(task, student, shell, report)
    files = task.job.files.keys() - task.job.own_files
    TextGuard(_texts_of_the_instructor(task), judge.names, [task.folder, task.modules], files).install()
    judge.run()
    parent.send(pickle.dumps(None))
    os._exit(0)


def _texts_of_the_instructor(task: Task) -> Iterator[str]:
    for step in task.steps:
        yield from (text for text in (step.judge, step.full, step.released) if text)
    yield from _files_of_the_instructor(task)


def _files_of_the_instructor(task: Task) -> Iterator[str]:
    for name, content in task.job.files.items():
        if name not in task.job.own_files and len(content) < _MAX_TEXT_BYTES:
            yield content.decode("utf-8", "replace")


class Judge:
    """Walks through one plan.

    Args:
        task: what to do.
        student: the student's process.
        shell: an IPython shell, for the magics of the instructor's cells and their names.
        report: receives `Begun`, `Shown`, `Calls` and `CellVerdict`.
    """

    def __init__(self, task: Task, student: StudentProcess, shell: Any, report: Callable[[object], None]) -> None:
        self.steps = task.steps
        self.job = task.job
        self.shell = shell
        self.report = report
        self.names: dict[str, Any] = shell.user_ns
        self.client = Client(student, self.names)
        self.client.surroundings.files = frozenset(self.job.files)
        self.shared = SharedNames(self.client, self.names, task.steps, lambda error: self.events.append(_status(error)))
        self.seeds = Seeds(self.job.seed)
        self.cells = Cells(shell)
        self.deadline = time.monotonic() + self.job.limits.notebook_seconds
        # Bounds the total output of notebooks with many cells.
        self.output_left = self.job.limits.output_kb * 1024 * 32
        self.checks: dict[str, Step] = {}
        # What has gone wrong in the student's process since the last answer that was checked.
        self.events: list[Status] = []
        self.unanswered = False
        self.checked = False
        self.last_computes = False
        self.cells_run = 0
        self.transcript_key = hashlib.sha256(f"transcripts {self.job.seed}".encode()).digest()

    def run(self) -> None:
        """Take every step."""
        signal.signal(signal.SIGALRM, self.client.clock.ring)
        self.client.begin(self.job.limits.cell_seconds, 0)
        self.attempt(lambda: self.client.write_files(self.job.files))
        ask = functools.partial(self.client.ask, "module")
        sys.meta_path.append(StudentModules(ask, self.shared.vocabulary.__contains__))
        for step in self.steps:
            if step.role == "text" or not step.live:
                continue
            self.report(Begun(step.grade_id))
            if step.role == "solution":
                self.answer(step)
            elif step.role == "extra":
                self.run_student_cell(step, self.seeds.student(step.student or ""))
            elif step.role == "check":
                self.check(step)
            else:
                self.given(step)

    def answer(self, step: Step) -> None:
        """Run a solution cell of the student, and take over what it should define."""
        if self.checked:
            self.events.clear()
            self.unanswered = self.checked = False
        self.run_student_cell(step, self.seeds.student(step.student or ""))
        self.unanswered = self.unanswered or step.missing
        self.client.classes.interfaces |= interfaces(step.full, self.names)
        self.client.classes.definitions.read(step.full)
        self.client.prepare(step)
        self.report(Begun(""))
        self.client.begin(self.job.limits.cell_seconds, 0)
        self.shared.after_solution(step, self.cells.imported(step.judge or ""), self.status_of_answer())

    def given(self, step: Step) -> None:
        """Run a cell of the instructor that is no check, on both sides where both have it."""
        seeds = self.seeds.both(step.released or step.judge or "")
        if step.student is not None:
            self.run_student_cell(step, seeds)
        self.fetch(step)
        self.run_cell(step, seeds)
        if step.student is not None:
            self.client.classes.shared |= self.defined_classes()
            self.client.classes.definitions.read(step.judge or "")
            self.shared.send_values(step.judge or "")

    def status_of_answer(self) -> Status:
        """What is known to be wrong with the answer that ran last; "graded" if nothing is."""
        if self.client.closed:
            return _status(self.client.student.error())
        if self.events:
            return self.events[-1]
        return "missing" if self.unanswered else "graded"

    # The student's side

    def run_student_cell(self, step: Step, seeds: CellSeeds) -> None:
        """Run a cell in the student's process and show its outputs."""
        if self.client.closed:
            if step.index is not None and (step.student or "").strip():
                self.report(Shown(step.index, [error_output("NotExecuted", str(self.client.student.error()))]))
            return
        left = self.deadline - time.monotonic()
        self.client.begin(min(self.job.limits.cell_seconds, max(left, 0.0)), seeds.student or 0)
        outputs: list[dict[str, Any]] = []
        count = None
        limit = min(self.job.limits.output_kb * 1024, self.output_left)
        try:
            report = self.client.run_cell(step.student or "", step.grade_id, limit, seeds.student is not None)
            outputs, count, error = parse_report(report, limit)
            self.output_left -= min(self.output_left, len(repr(outputs)))
            if self.client.clock.late:
                self.events.append("timed out")
                outputs.append(error_output("TimedOut", str(self.client.clock.error())))
            elif error == "MemoryError":
                self.events.append("memory")
        except Interrupted as error:
            self.events.append(_status(error))
            outputs.append(error_output("TimedOut" if error.status == "timed out" else "Ended", str(error)))
        # Any other error here means that what the process sent is not a report.
        except Exception as error:
            outputs.append(error_output("NoOutput", f"The outputs of this cell could not be read: {error}"))
        if step.index is not None:
            self.report(Shown(step.index, outputs, count))

    def fetch(self, step: Step) -> None:
        """Fetch the student's values that one of the instructor's cells may read."""
        self.report(Begun(""))
        self.client.begin(self.job.limits.cell_seconds, 0)
        self.shared.before(step)

    def attempt(self, request: Callable[[], Any]) -> Any:
        """The answer to a request, or None if it fails; the end of time or of the process is recorded."""
        try:
            return request()
        except Interrupted as error:
            self.events.append(_status(error))
        except Exception:
            return None
        return None

    # The judge's side

    def run_cell(self, step: Step, seeds: CellSeeds) -> tuple[Any, BaseException | None]:
        """Run one of the instructor's cells; return the value of its last expression and the error that ended it.

        Both matter only for a grade cell; errors and outputs of other cells are discarded.
        """
        source = step.judge or ""
        limits = self.job.limits
        self.report(Begun(step.grade_id))
        self.client.begin(limits.cell_seconds, seeds.student or 0, share_random_state="seed(" in source)
        if seeds.judge is not None:
            seed_generators(seeds.judge)
        self.client.clock.set_alarm()
        value, error = None, None
        name = f"<{step.role} {step.grade_id or self.cells_run}>"
        try:
            self.shell.watch(limits.output_kb * 1024)
            self.client.prepare(step)
            value = self.cells.evaluate(source, name, min(step.hidden, default=None), self.shared.before_hidden)
            self.last_computes = computes(source)
        except BaseException as raised:
            error = raised
        finally:
            self.client.clock.cancel_alarm()
        if self.client.clock.late and not isinstance(error, Interrupted):
            # A check that catches the timeout exception has not passed.
            error = self.client.clock.error()
        self.cells_run += 1
        self.shared.after(step)
        return value, error

    def undefined(self) -> dict[str, str]:
        """Names that the student's process does not have, and why."""
        reason = "the cell that should define it is unanswered, or it failed."
        if self.client.closed:
            reason = str(self.client.student.error())
        # A name that only the solution and a hidden test know is not shown.
        words = {word for step in self.steps for word in re.findall(r"\w+", step.released)}
        return dict.fromkeys(self.shared.absent.keys() & words, reason)

    def defined_classes(self) -> set[str]:
        """Names of the classes that cells which both sides run have defined."""
        return {
            name for name, value in self.names.items() if isinstance(value, type) and value.__module__ == "__main__"
        }

    def run_check(self, step: Step, seeds: CellSeeds) -> tuple[Any, BaseException | None]:
        """Run a grade cell as `run_cell` does, and report its transcript."""
        if not self.job.transcripts:
            return self.run_cell(step, seeds)
        transcript = self.client.transcript = Transcript(self.transcript_key)
        try:
            value, error = self.run_cell(step, seeds)
        finally:
            self.client.transcript = None
        # No mark is lost with the record.
        with contextlib.suppress(Exception):
            for name in sorted(loaded_names([step.judge or ""]) & self.client.owned.keys()):
                if not callable(self.client.owned[name]):
                    transcript.returned(name, self.client.owned[name])
            transcript.ended(error, f"<check {step.grade_id}>")
            self.report(Calls(step.grade_id, transcript.calls))
        return value, error

    def check(self, step: Step) -> None:
        """Run a grade cell and report the verdict."""
        self.checks[f"<check {step.grade_id}>"] = step
        begin = time.monotonic()
        seeds = self.seeds.check(step.released)
        self.fetch(step)
        source = step.judge or ""
        replaced = sorted(self.shared.replaced & loaded_names([source]) - imported_names(source))
        self.shared.begin_check(step)
        value, error = self.run_check(step, seeds)
        if replaced and error is None:
            # What the student has in place of a library may be right, but it must not decide the check.
            self.names.update({name: self.shared.imports[name] for name in replaced if name in self.shared.imports})
            value, error = self.run_check(step, seeds)
        self.shared.end_check()
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
        elif isinstance(error, NameError) and error.name in self.shared.absent:
            status = self.shared.absent[error.name]
        elif step.tampering:
            status = "tampered"
        if status == "tampered":
            message = (
                f"{message} This locked cell was changed ({', '.join(step.tampering)}); the original was used.".strip()
            )
        if step.index is not None:
            self.report(Shown(step.index, outputs))
        self.report(CellVerdict(step.grade_id, points, step.points, status, message, time.monotonic() - begin))
        self.checked = True


def _status(error: Interrupted) -> Status:
    return error.status if error.status in ("timed out", "memory") else "crashed"  # type: ignore[return-value]
