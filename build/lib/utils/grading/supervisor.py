"""Grade one submission: a function of bytes that touches no gradebook and no course folder.

It parses and sanitises the file, forks a student's process and a judge from two fork servers, watches both, has the
shadow run the checks again in a process of its own, and puts the marks and the outputs into the notebook that is handed
back. It belongs to none of these processes, which is why it lies outside the sub-packages. The fork servers belong to
the calling process, are reused for the next submission, and end with that process. Its threads can grade concurrently
with one pair of fork servers.

It has more than 350 lines because it is the one place that knows all processes of a submission.
"""

import atexit
import contextlib
import itertools
import json
import os
import pickle
import selectors
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, TypeVar

from utils.grading import clerk
from utils.grading.job import Call, CellVerdict, Graded, Job, Limits
from utils.grading.judge.messages import Begun, Calls, Shown, Task
from utils.grading.mark import mark, reason_of
from utils.grading.notebook.outputs import credit
from utils.grading.notebook.plan import Plan, Step
from utils.grading.protocol.frames import ConnectionClosed, DeadlineExceeded, FrameSocket
from utils.grading.sandbox import walls as sandbox
from utils.grading.sandbox.fork_server import ForkServerError
from utils.grading.sandbox.pairs import ForkServers, Pair
from utils.grading.sandbox.users import users
from utils.grading.sandbox.watch import StudentWatch, end

_WATCH_SECONDS: Final = 0.05
_MAX_REPLY_BYTES: Final = 4096
_TRIALS: Final = 2
_PLAN_SECONDS: Final = 30.0
_LEFT_TO_INSTRUCTOR: Final = "its checks are left to the instructor, and the next run grades it again."

Result = TypeVar("Result")


class JudgeEnded(RuntimeError):
    """The judge's process ended by itself before it had finished."""


def grade(job: Job) -> Graded:
    """Grade a submission against the instructor's notebook.

    Where the grader itself fails, it tries once more; if that fails too, every check is left to the instructor (status
    "review"), and the result is not final.

    Raises:
        ValueError: the instructor's notebook or a data file's path is wrong.
        SandboxError: bubblewrap is missing or cannot work here.
    """
    if job.fixed_status is not None:
        return _not_run(job)
    job = replace(job, files={_inside(name): content for name, content in job.files.items()})
    remark = ""
    for _ in range(_TRIALS):
        try:
            return _graded(job)
        except (ValueError, sandbox.SandboxError):
            raise
        except Exception as error:
            # The text of the error may quote a test, and students read remarks.
            remark = f"The grader itself failed on this notebook ({type(error).__name__}): {_LEFT_TO_INSTRUCTOR}"
    return _not_run(replace(job, remark=f"{job.remark} {remark}".strip(), fixed_status="review"))


def _graded(job: Job) -> Graded:
    # Late, because a submission's own process imports this package too and has no use for nbgrader and nbformat.
    from utils.grading.notebook.pipeline import prepare, prepared
    from utils.grading.notebook.solution import imports

    begin = time.monotonic()
    try:
        # In a process with limits: what a student hands in may take a parser hours, or all memory.
        plan: Plan = pickle.loads(clerk.run(prepared, job, seconds=_PLAN_SECONDS))
    except clerk.ClerkError as error:
        prepare(replace(job, submission=b""))  # raises if it is the instructor's notebook that cannot be read
        remark = f"The file could not be read ({error}): its checks are left to the instructor."
        # Another try would take as long, and end alike.
        return replace(_not_run(replace(job, submission=b"", remark=remark, fixed_status="review")), final=True)
    verdicts: dict[str, CellVerdict] = {}
    outputs: dict[int, Shown] = {}
    shadow: dict[str, float] = {}
    transcripts: dict[str, tuple[Call, ...]] = {}
    if plan.readable:
        modules = imports(job.solution)
        for event in _retried(lambda: _judge(plan, modules, job), job):
            if isinstance(event, Shown):
                outputs[event.index] = event
            elif isinstance(event, CellVerdict):
                verdicts[event.grade_id] = event
            elif isinstance(event, Calls):
                transcripts[event.grade_id] = event.calls
        if job.shadow and any(step.role == "check" for step in plan.steps):
            shadow = _retried(lambda: _shadow(plan, modules, job), job)
    cells = tuple(
        _marked(plan, step, verdicts.get(grade_id) or _without_judge(plan, step), shadow, job)
        for grade_id, step in plan.points.items()
    )
    remarks = (job.remark, *plan.remarks) if job.remark else tuple(plan.remarks)
    notebook = _notebook(plan, outputs, cells)
    return Graded(cells, notebook, remarks, time.monotonic() - begin, transcripts=transcripts)


def warm(modules: Sequence[str] = (), sandboxed: bool = True, wait: bool = True) -> None:
    """Start this process's fork servers with modules imported, so that no submission waits for them.

    Args:
        modules: names to import beforehand; those that cannot be imported are skipped.
        sandboxed: whether submissions will be sandboxed.
        wait: until the modules are imported; otherwise the next submission waits for what is left of that.

    Raises:
        SandboxError: bubblewrap is missing or cannot work here.
    """
    _servers.warm(sandbox.wall(sandboxed), modules, wait)


def close() -> None:
    """End this process's fork servers; the next submission starts new ones."""
    _servers.close()


def interrupt() -> None:
    """Make the calls of `grade` in this process's other threads fail at once, and new ones too, until `close`."""
    _servers.interrupt()


# The fork servers

_servers = ForkServers()
atexit.register(close)
os.register_at_fork(after_in_child=_servers.disown)


# One submission


def _not_run(job: Job) -> Graded:
    """The result where nothing can be run: the job's status for every check, with 0 points unless it is "review"."""
    from utils.grading.notebook.pipeline import prepare, prepared

    status = job.fixed_status or "missing"
    review = status == "review"
    blank = replace(job, submission=b"")
    plan = prepare(blank)
    if review:
        with contextlib.suppress(Exception):
            plan = pickle.loads(clerk.run(prepared, job, seconds=_PLAN_SECONDS))
    cells = tuple(
        _without_judge(plan, step)
        if review and step.role != "check" and plan.readable
        else CellVerdict(grade_id, None if review else 0.0, step.points, status, job.remark)
        for grade_id, step in plan.points.items()
    )
    return Graded(cells, _notebook(plan, {}, cells), (job.remark,), final=not review)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"The data file {name!r} lies outside the working folder: give a relative path.")
    return str(path)


def _wall(job: Job) -> sandbox.Wall:
    return sandbox.wall(job.sandboxed)


def _retried(run: Callable[[], Result], job: Job) -> Result:
    try:
        return run()
    except (ForkServerError, ConnectionClosed, OSError, sandbox.SandboxError):
        # A fork server that has died, or a sandbox that could not be built this time, says nothing about the
        # submission: try again with new ones. Other threads may still be using the old ones.
        _servers.retire(_wall(job))
        return run()


def _judge(plan: Plan, modules: list[str], job: Job) -> list[object]:
    """The events that the judge reports about a submission."""
    with contextlib.ExitStack() as stack:
        # Between the judge and the student's process, and between the judge and here.
        rpc, rpc_inside = _sockets(stack)
        talk, talk_inside = _sockets(stack)
        with _servers.lock:
            pair = _servers.pair(_wall(job))
            process = _student_process(stack, pair, modules, job, rpc_inside)
            reason, tell_reason = os.pipe()
            process.tell_reason = stack.enter_context(open(tell_reason, "wb", buffering=0))
            with open(reason, "rb") as read_end:
                judge = pair.judges.fork({}, [talk_inside.fileno(), rpc.fileno(), process.pidfd, read_end.fileno()])
        stack.callback(end, judge)
        talk_inside.close()
        rpc.close()
        folder = _folder(stack, job.judge_files)
        modules_folder = _folder(stack, {name: job.files[name] for name in job.files.keys() - job.own_files})
        events = _watch(FrameSocket(talk), Task(plan.steps, job, folder, modules_folder), process)
        if not pair.alive():
            raise ForkServerError("A fork server ended while a submission was being graded.")
        return events


def _folder(stack: contextlib.ExitStack, files: Mapping[str, bytes]) -> str:
    """A temporary folder with files."""
    # Not a TemporaryDirectory, which a fork of this process would remove when it ends.
    folder = tempfile.mkdtemp(prefix="judge-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _sockets(stack: contextlib.ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    return stack.enter_context(ours), stack.enter_context(theirs)


def _student_process(
    stack: contextlib.ExitStack,
    pair: Pair,
    modules: list[str],
    job: Job,
    connection: socket.socket,
    role: Literal["server", "shadow"] = "server",
) -> StudentWatch:
    """Fork a process for the student's code; it keeps the connection, which is closed here. Call it with the lock."""
    birth, birth_inside = _sockets(stack)
    pair.preload(modules)
    request = {"limits": asdict(job.limits), "user": stack.enter_context(users.one()), "role": role}
    os.close(pair.students.fork(request, [connection.fileno(), birth_inside.fileno()]))
    connection.close()
    birth_inside.close()
    return stack.enter_context(StudentWatch(birth, job.limits))


def _shadow(plan: Plan, modules: list[str], job: Job) -> dict[str, float]:
    """The shadow's points of the checks that it finished."""
    cells = []
    for step in plan.steps:
        source = step.judge if step.role == "check" else step.student
        if source is not None and step.live:
            grade_id = step.grade_id if step.role == "check" else ""
            cells.append((source, grade_id, step.points))
    checks = {grade_id: points for _, grade_id, points in cells if grade_id}
    with contextlib.ExitStack() as stack:
        talk, talk_inside = _sockets(stack)
        with _servers.lock:
            pair = _servers.pair(_wall(job))
            process = _student_process(stack, pair, modules, job, talk_inside, "shadow")
        connection = FrameSocket(talk)
        task = {"files": dict(job.files), "seed": job.seed, "seconds": job.limits.cell_seconds, "cells": cells}
        points: dict[str, float] = {}
        with contextlib.suppress(ConnectionClosed, DeadlineExceeded):
            connection.send(pickle.dumps(task), time.monotonic() + 30)
            # One message for each cell and one for each check; whoever sends more is not the shadow.
            for kind, name, *rest in itertools.islice(_replies(connection, process, job.limits), 2 * len(cells)):
                if kind == "points" and name in checks and rest and type(rest[0]) in (int, float):
                    points.setdefault(name, min(max(rest[0], 0), checks[name]))
        if not pair.alive():
            raise ForkServerError("A fork server ended while a submission was being graded.")
        return points


def _replies(connection: FrameSocket, process: StudentWatch, limits: Limits) -> Iterator[list[Any]]:
    """What the shadow sends, which may be anything, until it ends or exceeds a limit."""
    last = time.monotonic()
    deadline = last + limits.notebook_seconds
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        while True:
            readable = selector.select(_WATCH_SECONDS)
            process.look()
            now = time.monotonic()
            if readable:
                try:
                    reply = json.loads(connection.receive(_MAX_REPLY_BYTES, now + 5))
                except (ValueError, RecursionError):
                    return
                if not isinstance(reply, list) or len(reply) < 2 or not isinstance(reply[1], (str, int)):
                    return
                last = now
                yield reply
            if now > deadline or now - last > limits.cell_seconds + 10:
                return


def _watch(talk: FrameSocket, task: Task, process: StudentWatch) -> list[object]:
    """Collect the judge's events, and enforce the limits of the student's process and of the judge's time."""
    talk.send(pickle.dumps(task))
    events: list[object] = []
    limits = task.job.limits
    end = time.monotonic() + limits.notebook_seconds + 4 * limits.cell_seconds + 30
    since = time.monotonic()
    looked = 0.0
    # Not select.select, which fails in a process with more than 1,024 open descriptors.
    with selectors.DefaultSelector() as selector:
        selector.register(talk.sock, selectors.EVENT_READ)
        while True:
            readable = selector.select(_WATCH_SECONDS)
            now = time.monotonic()
            if now - looked >= _WATCH_SECONDS:
                looked = now
                process.look()
            if readable:
                try:
                    # The judge writes whole frames, so its parent waits for the rest of one only if it was killed.
                    event = pickle.loads(talk.receive(2**32, now + 30))
                except ConnectionClosed:
                    raise JudgeEnded("The judge's process ended before it had finished.") from None
                if event is None:
                    return events
                if isinstance(event, Begun):
                    since = now
                events.append(event)
            # Neither the judge's clock nor its alarm could stop a check: the judge is killed.
            if now > end or now - since > limits.cell_seconds + 15:
                return events


def _marked(plan: Plan, step: Step, verdict: CellVerdict, shadow: Mapping[str, float], job: Job) -> CellVerdict:
    """The verdict of judge and shadow together."""
    if step.role != "check" or not plan.readable or not job.shadow:
        return verdict
    reason = reason_of(plan, step) if verdict.points else ""
    return mark(verdict, shadow.get(step.grade_id), reason, step.grade_id in job.forgeable)


def _without_judge(plan: Plan, step: Step) -> CellVerdict:
    """The verdict on a cell that the judge did not reach."""
    grade_id, points = step.grade_id, step.points
    if step.role != "check":
        if not plan.readable or step.missing:
            return CellVerdict(grade_id, 0.0, points, "missing", "There is no answer to read.")
        if not step.answered:
            # As in nbgrader, an unchanged answer is not marked by a person.
            return CellVerdict(grade_id, 0.0, points, "graded", "The answer was left as it was handed out.")
        return CellVerdict(grade_id, None, points, "needs manual")
    if not plan.readable:
        return CellVerdict(grade_id, 0.0, points, "missing", "The file could not be read.")
    return CellVerdict(
        grade_id, 0.0, points, "timed out", "This check did not finish and was terminated by the supervisor."
    )


def _notebook(plan: Plan, outputs: Mapping[int, Shown], cells: Sequence[CellVerdict]) -> bytes:
    import nbformat

    notebook = plan.notebook
    for index, shown in outputs.items():
        cell = notebook.cells[index]
        cell.outputs = [nbformat.from_dict(output) for output in shown.outputs]
        cell.execution_count = shown.count
    verdicts = {verdict.grade_id: verdict for verdict in cells}
    for step in plan.steps:
        if step.role != "check" or step.index is None:
            continue
        cell = notebook.cells[step.index]
        cell.outputs = [*map(nbformat.from_dict, credit(verdicts[step.grade_id])), *cell.outputs]
    return bytes(nbformat.writes(notebook).encode("utf-8"))
