"""A process with limits for work on what students wrote: cleaning a notebook, rendering a page.

Such work runs library code over hostile text, which can take hours or all memory. One process per grading process does
it, one task after the other. A task that takes too long is killed with its process, and the next one gets a new one.

The process is forked where that is safe, because it then has every library already; otherwise it starts afresh.
"""

import atexit
import contextlib
import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from utils.grading.sandbox.usage import limit_data

MEMORY_BYTES: Final = 2 * 2**30
START_SECONDS: Final = 120.0  # to import nbgrader on a busy machine
GRACE_SECONDS: Final = 5  # after which a process ends itself whose parent did not

_DONE, _FAILED = b"=", b"!"
_STARTED: Final = "import sys; from utils.grading import clerk; clerk.serve(int(sys.argv[1]))"


class ClerkError(RuntimeError):
    """A task was not done; the message is a clause that says why."""


class _Ended(Exception):
    """The process ended during a task."""


class Clerk:
    """The process, as the one that asks sees it. Threads can share it; it starts with the first task."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._process: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process beforehand, when a fork of the caller is still cheap and safe."""
        with self._lock:
            if self._connection is None:
                self._start()

    def run(self, function: Callable[..., bytes], *arguments: Any, seconds: float) -> bytes:
        """Call a function of a module in the process.

        Args:
            function: importable by its name.
            arguments: can be pickled.
            seconds: after which the task is killed.

        Raises:
            ClerkError: the function raised an error, took too long, or ended its process twice.
        """
        task = pickle.dumps((function.__module__, function.__qualname__, arguments, seconds), protocol=5)
        with self._lock:
            try:
                answer = self._asked(task, seconds)
            except _Ended:
                # The task need not be the cause: the kernel may have killed the process for another's memory.
                try:
                    answer = self._asked(task, seconds)
                except _Ended as error:
                    raise ClerkError("its process ended twice, probably for lack of memory") from error
        if answer[:1] == _FAILED:
            raise ClerkError(answer[1:].decode(errors="replace"))
        return answer[1:]

    def _asked(self, task: bytes, seconds: float) -> bytes:
        self.start()
        connection = self._connection
        if connection is None:
            raise ClerkError("the process for it did not start")
        try:
            if not self._ready:
                if not connection.poll(START_SECONDS):
                    self.close()
                    raise ClerkError("the process for it did not start")
                connection.recv_bytes()
                self._ready = True
            connection.send_bytes(task)
            if not connection.poll(seconds):
                self.close()
                raise ClerkError(f"it took more than {seconds:g} seconds")
            return connection.recv_bytes()
        except (OSError, EOFError) as error:
            self.close()
            raise _Ended from error

    def close(self) -> None:
        """End the process; the next task starts another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            if self._child is not None:
                self._child.kill()
                self._child.wait()
            elif self._process is not None:
                with contextlib.suppress(OSError):
                    os.kill(self._process, signal.SIGKILL)
                    os.waitpid(self._process, 0)
            self._connection = self._process = self._child = None

    def disown(self) -> None:
        """In a fork: the process belongs to the parent."""
        self._lock = threading.RLock()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._process = self._child = None

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._ready = False
        # A fork copies one thread only: the locks that others hold would stay locked.
        if threading.active_count() == 1:
            self._process = os.fork()
            if self._process == 0:
                try:
                    _close_all_but(theirs.fileno())
                    _serve(theirs)
                finally:
                    os._exit(1)
        else:
            self._child = subprocess.Popen(
                [sys.executable, "-c", _STARTED, str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        theirs.close()
        self._connection = ours


_clerk = Clerk()
start, run, close = _clerk.start, _clerk.run, _clerk.close
atexit.register(close)
os.register_at_fork(after_in_child=_clerk.disown)


def _close_all_but(descriptor: int) -> None:
    """Close what a fork inherited: the gradebook, connections, and the other end of its own connection."""
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, os.sysconf("SC_OPEN_MAX"))


def _serve(connection: Connection) -> None:
    """Do tasks until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        # Where memory is short, this process ends, and not the instructor's Jupyter server.
        Path("/proc/self/oom_score_adj").write_text("800")
    limit_data(MEMORY_BYTES)
    connection.send_bytes(b"ready")
    while True:
        try:
            module, name, arguments, seconds = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        function = getattr(importlib.import_module(module), name)
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        try:
            answer = _DONE + function(*arguments)
        except MemoryError:
            os._exit(1)
        except BaseException as error:
            answer = _FAILED + f"{type(error).__name__}: {error}"[:500].encode(errors="replace")
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.send_bytes(answer)


def serve(descriptor: int) -> None:
    """In a process that was started afresh: do tasks until the other end of the connection closes."""
    # jsonschema imports this package, if it is installed, to check addresses; it takes seconds, and none are checked.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    _serve(Connection(descriptor))
