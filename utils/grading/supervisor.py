"""Grade one submission: a function of bytes that touches no gradebook and no course folder.

It parses and sanitises the file, forks a student's process and a judge from two fork servers, watches both, and puts
the verdicts and the outputs into the notebook that is handed back. It belongs to neither process, which is why it lies
outside the sub-packages. The fork servers belong to the calling process, are reused for the next submission, and end
with that process. Its threads can grade concurrently with one pair of fork servers.
"""

import atexit
import contextlib
import itertools
import os
import pickle
import selectors
import signal
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from utils.grading.job import CellVerdict, Graded, Job, Limits
from utils.grading.judge.messages import Begun, Shown, Task
from utils.grading.notebook.plan import Plan, Step
from utils.grading.protocol.frames import ConnectionClosed, FrameSocket
from utils.grading.sandbox import walls as sandbox
from utils.grading.sandbox.fork_server import ForkServerError
from utils.grading.sandbox.pairs import ForkServers
from utils.grading.sandbox.usage import usage

_WATCH_SECONDS: Final = 0.05
_FIRST_USER: Final = 2_000_000_000
_TRIALS: Final = 2
_LEFT_TO_INSTRUCTOR: Final = "its checks are left to the instructor, and the next run grades it again."


class JudgeEnded(RuntimeError):
    """The judge's process ended by itself before it had finished."""


_numbers = itertools.count()


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
    from utils.grading.notebook.pipeline import prepare
    from utils.grading.notebook.solution import imports

    begin = time.monotonic()
    plan = prepare(job)
    verdicts: dict[str, CellVerdict] = {}
    outputs: dict[int, Shown] = {}
    if plan.readable:
        for event in _run(plan, imports(job.solution), job):
            if isinstance(event, Shown):
                outputs[event.index] = event
            elif isinstance(event, CellVerdict):
                verdicts[event.grade_id] = event
    cells = tuple(verdicts.get(grade_id) or _without_judge(plan, step) for grade_id, step in plan.points.items())
    remarks = (job.remark, *plan.remarks) if job.remark else tuple(plan.remarks)
    return Graded(cells, _notebook(plan, outputs, cells), remarks, time.monotonic() - begin)


def warm(modules: Sequence[str] = (), sandboxed: bool = True, wait: bool = True) -> None:
    """Start this process's fork servers with modules imported, so that no submission waits for them.

    Args:
        modules: names to import beforehand; those that cannot be imported are skipped.
        sandboxed: whether submissions will be sandboxed.
        wait: until the modules are imported; otherwise the next submission waits for what is left of that.

    Raises:
        SandboxError: bubblewrap is missing or cannot work here.
    """
    _servers.warm("none" if not sandboxed else sandbox.wall(), modules, wait)


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
    from utils.grading.notebook.pipeline import prepare

    status = job.fixed_status or "missing"
    review = status == "review"
    blank = replace(job, submission=b"")
    plan = prepare(blank)
    if review:
        with contextlib.suppress(Exception):
            plan = prepare(job)
    cells = tuple(
        _without_judge(plan, step)
        if review and step.role != "check"
        else CellVerdict(grade_id, None if review else 0.0, step.points, status, job.remark)
        for grade_id, step in plan.points.items()
    )
    return Graded(cells, _notebook(plan, {}, cells), (job.remark,), final=not review)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"The data file {name!r} lies outside the working folder: give a relative path.")
    return str(path)


def _run(plan: Plan, modules: list[str], job: Job) -> list[object]:
    wall: sandbox.Wall = sandbox.wall() if job.sandboxed else "none"
    try:
        return _attempt(plan, modules, job, wall)
    except (ForkServerError, ConnectionClosed, OSError):
        # A fork server that has died says nothing about the submission: try again with new ones. Other threads may
        # still be using the old ones.
        _servers.retire(wall)
        return _attempt(plan, modules, job, wall)


def _attempt(plan: Plan, modules: list[str], job: Job, wall: sandbox.Wall) -> list[object]:
    with contextlib.ExitStack() as stack:
        # Between the judge and the student's process, from the student's process to here, between the judge and here.
        sockets = [stack.enter_context(end) for _ in range(3) for end in socket.socketpair()]
        rpc, rpc_inside, birth, birth_inside, talk, talk_inside = sockets
        with _servers.lock:
            pair = _servers.pair(wall)
            pair.preload(modules)
            request = {"limits": asdict(job.limits), "user": _user()}
            middle = pair.students.fork(request, [rpc_inside.fileno(), birth_inside.fileno()])
            os.close(middle)
            rpc_inside.close()
            birth_inside.close()
            process = stack.enter_context(_StudentWatch(birth, job.limits))
            reason, tell_reason = os.pipe()
            process.tell_reason = stack.enter_context(open(tell_reason, "wb", buffering=0))
            with open(reason, "rb") as read_end:
                judge = pair.judges.fork({}, [talk_inside.fileno(), rpc.fileno(), process.pidfd, read_end.fileno()])
        stack.callback(_end, judge)
        talk_inside.close()
        rpc.close()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="judge-"))
        for name, content in job.files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        events = _watch(FrameSocket(talk), Task(plan.steps, job, folder), process)
        if not pair.alive():
            raise ForkServerError("A fork server ended while a submission was being graded.")
        return events


def _user() -> int:
    """A user ID that no other submission on this machine has at the same time."""
    return _FIRST_USER + os.getpid() % 10**5 * 1000 + next(_numbers) % 1000


class _StudentWatch:
    """The student's process seen from outside: its descriptor, its memory use, and its end."""

    def __init__(self, birth: socket.socket, limits: Limits) -> None:
        birth.settimeout(30)
        message, descriptors, _, _ = socket.recv_fds(birth, 512, 1)
        if message != b"born" or not descriptors:
            for descriptor in descriptors:
                os.close(descriptor)
            if not message:
                raise ForkServerError("A fork server ended while a submission's process was being started.")
            raise sandbox.SandboxError(
                f"The sandbox for a submission could not be built ({message.decode(errors='replace')}): see the "
                "section Requirements in CONTRIBUTING.md, or grade with --unsandboxed if every submission is trusted."
            )
        self.birth = birth
        self.pidfd = descriptors[0]
        self.limits = limits
        self.process = _process_of(self.pidfd)
        self.at_birth = usage(self.process)[0]
        self.tell_reason: Any = None
        self.over: str | None = None

    def __enter__(self) -> "_StudentWatch":
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it, and wait until the whole tree is gone."""
        self.kill()
        self.birth.settimeout(10)
        with contextlib.suppress(OSError):
            self.birth.recv(64)
        os.close(self.pidfd)

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def look(self) -> None:
        """Kill it if it uses more memory or more processes than its limits allow."""
        room = self.limits.memory_mb * 2**20
        memory, count = usage(self.process, self.at_birth, room)
        if self.over is None and (memory > room or count > self.limits.processes + 4):
            self.over = "memory" if memory > room else "processes"
            self.tell_reason.write(self.over.encode())
            self.kill()


def _end(pidfd: int) -> None:
    """Kill a process, if it still exists, and close its descriptor."""
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)


def _process_of(pidfd: int) -> int:
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Pid:")))


def _watch(talk: FrameSocket, task: Task, process: _StudentWatch) -> list[object]:
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
        if step.role == "check" and step.index is not None and step.index not in outputs:
            sentence = verdicts[step.grade_id].message
            output = nbformat.v4.new_output("error", ename="CheckFailed", evalue=sentence, traceback=[sentence])
            notebook.cells[step.index].outputs = [output]
    return bytes(nbformat.writes(notebook).encode("utf-8"))
