"""The student's process as the judge sees it: a connection, a way to interrupt it, and the reason of its end."""

import contextlib
import signal
from collections.abc import Callable

from utils.grading.judge.clock import Interrupted
from utils.grading.protocol.frames import FrameSocket


class StudentProcess:
    """The student's process, which the judge talks to, interrupts and kills.

    Args:
        connection: to the process.
        pidfd: file descriptor of the process, or None where there is none.
        ask_why: why the watchdog ended the process ("memory", "processes"), or None if it did not.
        send_signal: sends it a signal where its descriptor does not serve.
    """

    def __init__(
        self,
        connection: FrameSocket,
        pidfd: int | None,
        ask_why: Callable[[], str | None] = lambda: None,
        send_signal: Callable[[int], None] | None = None,
    ) -> None:
        self.connection = connection
        self.pidfd = pidfd
        self._ask_why = ask_why
        self._send_signal = send_signal
        self._cause: str | None = None

    def signal(self, number: int) -> None:
        """Send a signal to the process, if it still exists."""
        with contextlib.suppress(OSError):
            if self._send_signal is not None:
                self._send_signal(number)
            elif self.pidfd is not None:
                signal.pidfd_send_signal(self.pidfd, number)

    def kill(self, cause: str) -> None:
        """Kill the process and close the connection; `cause` is remembered unless an earlier one is."""
        self._cause = self._cause or cause
        self.signal(signal.SIGKILL)
        self.connection.close()

    def cause(self) -> str:
        """Why the process ended: "timed out", the watchdog's reason, or "crashed"."""
        self._cause = self._cause or self._ask_why() or "crashed"
        return self._cause

    def error(self) -> Interrupted:
        """The exception to raise when the process has ended."""
        cause = self.cause()
        sentence = {
            "memory": "The notebook used more memory than it may, so its process was ended.",
            "processes": "The notebook started more processes than it may, so its process was ended.",
            "timed out": "The code did not stop when its time was over, so its process was ended.",
        }.get(cause, "The notebook's process ended (it was told to exit, or it crashed).")
        return Interrupted({"processes": "crashed"}.get(cause, cause), sentence)
