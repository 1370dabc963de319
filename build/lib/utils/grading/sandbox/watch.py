"""A submission's process seen from outside: its descriptor, its memory use, and its end."""

import contextlib
import os
import signal
import socket
from pathlib import Path
from typing import Any

from utils.grading.job import Limits
from utils.grading.sandbox.fork_server import ForkServerError
from utils.grading.sandbox.usage import ProcessTree
from utils.grading.sandbox.walls import SandboxError


class StudentWatch:
    """The student's process seen from outside: its descriptor, its memory use, and its end.

    Args:
        birth: the socket on which the process announces itself.
        limits: of the submission.

    Attributes:
        pidfd: the descriptor of the process.
        tell_reason: a file that receives "memory" or "processes" when the process is killed for that, if there is one.

    Raises:
        SandboxError: its compartment could not be built.
        ForkServerError: its fork server ended.
    """

    def __init__(self, birth: socket.socket, limits: Limits) -> None:
        birth.settimeout(30)
        message, descriptors, _, _ = socket.recv_fds(birth, 512, 1)
        if message != b"born" or not descriptors:
            for descriptor in descriptors:
                os.close(descriptor)
            if not message:
                raise ForkServerError("A fork server ended while a submission's process was being started.")
            raise SandboxError(
                f"The sandbox for a submission could not be built ({message.decode(errors='replace')}): see the "
                "section Requirements in CONTRIBUTING.md, or grade with --unsandboxed if every submission is trusted."
            )
        self.birth = birth
        self.pidfd = descriptors[0]
        self.limits = limits
        self.tree = ProcessTree(process_of(self.pidfd))
        self.tell_reason: Any = None
        self.over: str | None = None

    def __enter__(self) -> "StudentWatch":
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
        memory, count = self.tree.usage(room)
        if self.over is None and (memory > room or count > self.limits.processes + 4):
            self.over = "memory" if memory > room else "processes"
            if self.tell_reason is not None:
                # The judge may have ended before.
                with contextlib.suppress(OSError):
                    self.tell_reason.write(self.over.encode())
            self.kill()


def end(pidfd: int) -> None:
    """Kill a process, if it still exists, and close its descriptor."""
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)


def process_of(pidfd: int) -> int:
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Pid:")))
