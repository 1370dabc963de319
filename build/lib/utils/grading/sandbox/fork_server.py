"""Fork servers: a Python with the course's libraries imported that forks once for every submission.

One runs in the sandbox for students' processes, one outside for judges. A fork server holds no submission data: it only
imports installed modules and forks. It ends when its parent's end of the control socket closes.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from utils.grading.job import Limits
from utils.grading.sandbox import compartment, landlock, usage, walls

Role = Literal["student", "judge"]
_MESSAGE: Final = 2**16


class ForkServerError(RuntimeError):
    """A fork server did not start or did not answer."""


class ForkServer:
    """A fork server as its parent sees it.

    Args:
        role: what its forks become: students' processes or judges.
        wall: the wall around students' processes.
    """

    def __init__(self, role: Role, wall: walls.Wall) -> None:
        self.role = role
        self.modules: set[str] = set()
        # Not a TemporaryDirectory, which a fork of this process would remove when it ends.
        self.folder = Path(tempfile.mkdtemp(prefix="fork-server-"))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = ours
        env = {
            **walls.environment(),
            "TMPDIR": str(self.folder),
            "HOME": str(self.folder),
            "MPLCONFIGDIR": str(self.folder),
        }
        if role == "judge":
            env["MPLBACKEND"] = "agg"
        line = [sys.executable, "-s", "-m", "utils.grading.sandbox.fork_server", role, wall, str(theirs.fileno())]
        with theirs, open(self.folder / "errors", "wb") as errors:
            self.process = subprocess.Popen(
                [*(walls.command(wall) if role == "student" else []), *line],
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.control.settimeout(300)
        self._expected = ["ready"]

    def preload(self, modules: Sequence[str]) -> None:
        """Begin to import modules that are not yet imported; one that cannot be imported is left to the submission."""
        new = [name for name in modules if name not in self.modules]
        if new:
            self.control.send(json.dumps({"preload": new}).encode())
            self._expected.append("loaded")
            self.modules.update(new)

    def wait(self) -> None:
        """Wait until the process has started and has imported the modules of `preload`.

        Raises:
            ForkServerError: it did not.
        """
        while self._expected:
            self._expect(self._expected.pop(0))

    def fork(self, request: dict[str, Any], descriptors: Sequence[int]) -> int:
        """Fork a process for one submission.

        Args:
            request: for a student's process its limits, user and role ("server" or "shadow"), for a judge nothing.
            descriptors: file descriptors that the fork receives.

        Returns:
            The file descriptor of the process.

        Raises:
            ForkServerError: the server did not answer.
        """
        self.wait()
        socket.send_fds(self.control, [json.dumps({"fork": request}).encode()], list(descriptors))
        return self._expect("forked")[0]

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def interrupt(self) -> None:
        """Begin to end the process and all its forks, from any thread; a thread that waits for an answer gets none."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the process and all its forks."""
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _expect(self, word: str) -> list[int]:
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 1)
            answer = message.decode()
        except OSError:
            answer = ""
        if answer != word:
            with contextlib.suppress(OSError):
                lines = (self.folder / "errors").read_text(errors="replace").strip().splitlines()
                answer = answer or (lines[-1] if lines else "")
            raise ForkServerError(
                f"The fork server for the {self.role} did not start: {answer or 'it gave no reason'}."
            )
        return descriptors


def fork_on_request(role: Role, wall: walls.Wall, control: socket.socket) -> None:
    """The loop of the fork server's own process: import, fork, and end when the control socket closes."""
    from utils.grading.protocol.shell import make_shell

    # Imported before the first fork, so that no fork has to import it.
    importlib.import_module("utils.grading.student.shadow" if role == "student" else "utils.grading.judge.judge")
    # NumPy imports this at its first use, which is the seed of every cell.
    importlib.import_module("numpy.random")
    shell = make_shell()
    if role == "judge" and wall != "none":
        landlock.readable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.send(b"ready")
    children: list[int] = []
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE, 8)
        if not message:
            break
        request = json.loads(message)
        if "preload" in request:
            # Imports make almost no garbage, and collecting it takes a tenth of their time.
            gc.disable()
            for name in request["preload"]:
                preload(name)
            gc.enable()
            gc.collect()
            # Collecting in a fork would copy every page that the collector touches.
            gc.freeze()
            control.send(b"loaded")
            continue
        child = os.fork()
        if child == 0:
            control.close()
            become(role, wall, request["fork"], descriptors, shell)
        children.append(child)
        try:
            handle = [os.pidfd_open(child)]
        except ProcessLookupError:
            # It has ended already; its parent will notice at once.
            handle = [os.open(os.devnull, os.O_RDONLY)]
        for descriptor in descriptors:
            os.close(descriptor)
        socket.send_fds(control, [b"forked"], handle)
        os.close(handle[0])
    for child in children:
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)


def preload(name: str) -> None:
    """Import a module if that succeeds and leaves no thread behind; a thread would not survive a fork."""
    before = len(os.listdir("/proc/self/task"))
    # An import may fail in any way, SystemExit included; the submission that needs it will say so itself.
    with contextlib.suppress(BaseException):
        importlib.import_module(name)
    if name.partition(".")[0] == "matplotlib" and "matplotlib.pyplot" in sys.modules:
        # Drawing the first figure includes a search for fonts, which takes longer than the figure itself.
        with contextlib.suppress(Exception):
            pyplot = sys.modules["matplotlib.pyplot"]
            pyplot.figure().add_subplot().set_title("0")
            pyplot.savefig(io.BytesIO(), format="png")
            pyplot.close("all")
    if name == "torch" and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if len(os.listdir("/proc/self/task")) > before:
        print(f"importing {name} started threads", file=sys.stderr, flush=True)


def become(role: Role, wall: walls.Wall, request: dict[str, Any], descriptors: list[int], shell: Any) -> None:
    """In the fork: become a student's process or a judge, and never return."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if role == "student":
            from utils.grading.protocol.frames import FrameSocket
            from utils.grading.student.server import Server
            from utils.grading.student.shadow import Shadow

            connection, birth = (socket.socket(fileno=descriptor) for descriptor in descriptors)
            kind = Shadow if request["role"] == "shadow" else Server

            def serve() -> None:
                kind(FrameSocket(connection), shell).serve()

            compartment.run_in_compartment(wall, Limits(**request["limits"]), request["user"], birth, serve)
        else:
            from utils.grading.judge.judge import judge_submission

            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

            send_signal, terminals = compartment.separate(wall, descriptors[2]) if wall != "none" else (None, ())

            def confine(folders: Sequence[str]) -> None:
                if wall != "none":
                    landlock.restrict([*folders, tempfile.gettempdir(), *terminals])
                    compartment.give_up_rights()

            judge_submission(descriptors, shell, usage.limit_data, confine, send_signal)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(1)


if __name__ == "__main__":
    # The module that forks must be the one that others import.
    from utils.grading.sandbox import fork_server

    fork_server.fork_on_request(sys.argv[1], sys.argv[2], socket.socket(fileno=int(sys.argv[3])))  # type: ignore[arg-type]
