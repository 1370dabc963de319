"""Grade one submission: a function of bytes that touches no gradebook and no course folder.

It reads and sanitises the file, forks a student's process and a judge from two warm processes, watches over both, and
puts the verdicts and the outputs into the notebook that is handed back. The warm processes belong to the process that
calls and stay for the next submission; they end with it. Threads of a process grade side by side with one pair of them.
"""

import atexit
import contextlib
import itertools
import os
import pickle
import select
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from utils.grading.job import CellVerdict, Graded, Job, Limits
from utils.grading.judge.messages import Begun, Shown, Task
from utils.grading.notebook.plan import Manual, Plan, Step
from utils.grading.protocol.frames import ConnectionClosed, FrameSocket
from utils.grading.sandbox import walls as sandbox
from utils.grading.sandbox.fork_server import ForkServer, ForkServerError
from utils.grading.sandbox.usage import usage

_WATCH_SECONDS: Final = 0.05
_FIRST_USER: Final = 2_000_000_000

_pairs: dict[sandbox.Wall, tuple[ForkServer, ForkServer]] = {}
_retired: list[tuple[ForkServer, ForkServer]] = []
_lock = threading.RLock()
_numbers = itertools.count()


def grade(job: Job) -> Graded:
    """Grade a submission against the instructor's notebook.

    Raises:
        ValueError: the instructor's notebook or a data file's path is wrong.
        SandboxError: bubblewrap is missing or cannot work here.
    """
    # Late, because a submission's own process imports this package too and has no use for nbgrader and nbformat.
    from utils.grading.notebook.align import imports, prepare

    begin = time.monotonic()
    job = replace(job, files={_inside(name): content for name, content in job.files.items()})
    plan = prepare(job)
    verdicts: dict[str, CellVerdict] = {}
    shown: dict[int, Shown] = {}
    if plan.readable:
        for event in _run(plan, imports(job.solution), job):
            if isinstance(event, Shown):
                shown[event.index] = event
            elif isinstance(event, CellVerdict):
                verdicts[event.grade_id] = event
    cells = tuple(verdicts.get(grade_id) or _without_judge(plan, what) for grade_id, what in plan.points.items())
    return Graded(cells, _notebook(plan, shown, cells), tuple(plan.remarks), time.monotonic() - begin)


def warm(modules: Sequence[str] = (), sandboxed: bool = True) -> None:
    """Start this process's warm processes with modules imported, so that no submission waits for them.

    Args:
        modules: names to import beforehand; one that cannot be imported is skipped.
        sandboxed: whether submissions will be sandboxed.

    Raises:
        SandboxError: bubblewrap is missing or cannot work here.
    """
    with _lock:
        _preload(_pair("none" if not sandboxed else sandbox.wall()), modules)


def close() -> None:
    """End this process's warm processes; the next submission starts new ones."""
    with _lock:
        for pair in [*_pairs.values(), *_retired]:
            for process in pair:
                process.close()
        _pairs.clear()
        _retired.clear()


def _forget() -> None:
    """In a fork: the warm processes belong to the parent."""
    for pair in _pairs.values():
        for process in pair:
            process.control.close()
    _pairs.clear()


atexit.register(close)
os.register_at_fork(after_in_child=_forget)


def _pair(wall: sandbox.Wall) -> tuple[ForkServer, ForkServer]:
    pair = _pairs.get(wall)
    if pair is not None and all(process.alive() for process in pair):
        return pair
    if pair is not None:
        _retired.append(pair)
    _pairs[wall] = (ForkServer("student", wall), ForkServer("judge", wall))
    return _pairs[wall]


def _preload(pair: tuple[ForkServer, ForkServer], modules: Sequence[str]) -> None:
    """Import modules on both sides at the same time."""
    for process in pair:
        process.preload(modules)
    for process in pair:
        process.wait()


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
        # A warm process that has died says nothing about the submission: once more, with new ones. Other threads may
        # still be at work with the old ones.
        with _lock:
            if pair := _pairs.pop(wall, None):
                _retired.append(pair)
        return _attempt(plan, modules, job, wall)


def _attempt(plan: Plan, modules: list[str], job: Job, wall: sandbox.Wall) -> list[object]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(end) for _ in range(3) for end in socket.socketpair()]
        door, door_inside, birth, birth_inside, talk, talk_inside = sockets
        with _lock:
            students, judges = _pair(wall)
            _preload((students, judges), modules)
            request = {"limits": asdict(job.limits), "user": _user()}
            middle = students.fork(request, [door_inside.fileno(), birth_inside.fileno()])
            os.close(middle)
            door_inside.close()
            birth_inside.close()
            process = stack.enter_context(_Student(birth, job.limits))
            reason, tell_reason = os.pipe()
            process.tell_reason = stack.enter_context(open(tell_reason, "wb", buffering=0))
            with open(reason, "rb") as read_end:
                judge = judges.fork({}, [talk_inside.fileno(), door.fileno(), process.pidfd, read_end.fileno()])
        stack.callback(_end, judge)
        talk_inside.close()
        door.close()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="judge-"))
        for name, content in job.files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        events = _watch(FrameSocket(talk), Task(plan.steps, job, folder), process)
        if not (students.alive() and judges.alive()):
            raise ForkServerError("A warm process ended while a submission was being graded.")
        return events


def _user() -> int:
    """A user id that no other submission on this machine has at the same time."""
    return _FIRST_USER + os.getpid() % 10**5 * 1000 + next(_numbers) % 1000


class _Student:
    """The student's process seen from outside: its descriptor, its use of memory, and its end."""

    def __init__(self, birth: socket.socket, limits: Limits) -> None:
        birth.settimeout(30)
        message, descriptors, _, _ = socket.recv_fds(birth, 512, 1)
        if message != b"born" or not descriptors:
            for descriptor in descriptors:
                os.close(descriptor)
            raise sandbox.SandboxError(
                f"The sandbox for a submission could not be built ({message.decode(errors='replace')}): see the "
                "requirements in CONTRIBUTING.md, or grade with --unsandboxed if every submission is trusted."
            )
        self.birth = birth
        self.pidfd = descriptors[0]
        self.limits = limits
        self.process = _process_of(self.pidfd)
        self.at_birth = usage(self.process)[0]
        self.tell_reason: Any = None
        self.over: str | None = None

    def __enter__(self) -> "_Student":
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
        """End it if it holds more memory or more processes than it may."""
        room = self.limits.memory_mb * 2**20
        memory, count = usage(self.process, self.at_birth, room)
        if self.over is None and (memory > room or count > self.limits.processes + 4):
            self.over = "memory" if memory > room else "processes"
            self.tell_reason.write(self.over.encode())
            self.kill()


def _end(pidfd: int) -> None:
    """Kill a process, if it still exists, and forget it."""
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)


def _process_of(pidfd: int) -> int:
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Pid:")))


def _watch(talk: FrameSocket, task: Task, process: _Student) -> list[object]:
    """Collect what the judge tells, while looking after the student's process and the judge's time."""
    talk.send(pickle.dumps(task))
    events: list[object] = []
    limits = task.job.limits
    end = time.monotonic() + limits.notebook_seconds + 4 * limits.cell_seconds + 30
    since = time.monotonic()
    looked = 0.0
    while True:
        readable, _, _ = select.select([talk.sock], [], [], _WATCH_SECONDS)
        now = time.monotonic()
        if now - looked >= _WATCH_SECONDS:
            looked = now
            process.look()
        if readable:
            try:
                # The judge writes whole frames, so its parent waits for the rest of one only if it was killed.
                event = pickle.loads(talk.receive(2**32, now + 30))
            except ConnectionClosed:
                return events
            if event is None:
                return events
            if isinstance(event, Begun):
                since = now
            events.append(event)
        # A check that neither the door's clock nor the judge's alarm could stop: the judge itself is given up.
        if now > end or now - since > limits.cell_seconds + 15:
            return events


def _without_judge(plan: Plan, what: Step | Manual) -> CellVerdict:
    """The verdict on a cell that the judge did not come to."""
    if isinstance(what, Manual):
        if not plan.readable or what.missing:
            return CellVerdict(what.grade_id, 0.0, what.points, "missing", "There is no answer to read.")
        if not what.answered:
            # As nbgrader does: an answer that was never touched needs no reader.
            return CellVerdict(what.grade_id, 0.0, what.points, "graded", "The answer was left as it was handed out.")
        return CellVerdict(what.grade_id, None, what.points, "needs manual")
    if not plan.readable:
        return CellVerdict(what.grade_id, 0.0, what.points, "missing", "The file could not be read.")
    return CellVerdict(
        what.grade_id, 0.0, what.points, "timed out", "This check could not be finished and was stopped from outside."
    )


def _notebook(plan: Plan, shown: Mapping[int, Shown], cells: Sequence[CellVerdict]) -> bytes:
    import nbformat

    notebook = plan.notebook
    for index, what in shown.items():
        cell = notebook.cells[index]
        cell.outputs = [nbformat.from_dict(output) for output in what.outputs]
        cell.execution_count = what.count
    told = {verdict.grade_id: verdict for verdict in cells}
    for step in plan.steps:
        if step.role == "check" and step.index is not None and step.index not in shown:
            sentence = told[step.grade_id].message
            output = nbformat.v4.new_output("error", ename="CheckFailed", evalue=sentence, traceback=[sentence])
            notebook.cells[step.index].outputs = [output]
    return bytes(nbformat.writes(notebook).encode("utf-8"))
