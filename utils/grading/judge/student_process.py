"""The student's process as the judge holds it: a wire, a way to interrupt it, and the reason of its end."""

import contextlib
import signal
from collections.abc import Callable

from utils.grading.protocol.frames import Wire


class Interrupted(BaseException):
    """A check that cannot go on; no `except Exception` of a test catches it.

    Attributes:
        status: "timed out", "memory" or "crashed".
    """

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Student:
    """The student's process as the judge sees it: a wire, and a way to interrupt and to kill.

    Attributes:
        pidfd: file descriptor of the process, or None where there is none.
        why: why the process ended ("memory", "timed out", …), once somebody knows.
    """

    def __init__(self, wire: Wire, pidfd: int | None, reason: Callable[[], str | None] = lambda: None) -> None:
        self.wire = wire
        self.pidfd = pidfd
        self.why: str | None = None
        self._reason = reason

    def signal(self, number: int) -> None:
        """Send a signal to the process, if it still exists."""
        if self.pidfd is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.pidfd, number)

    def end(self, why: str) -> None:
        """Kill the process and close the wire."""
        self.why = self.why or why
        self.signal(signal.SIGKILL)
        self.wire.close()

    def ended(self) -> str:
        """Why the process is gone: what the watchdog said, else that it crashed."""
        self.why = self.why or self._reason() or "crashed"
        return self.why
