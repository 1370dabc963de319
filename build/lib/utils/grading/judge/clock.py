"""The time that a cell may take, on both sides, and the exception that ends a check."""

import signal
import time


class Interrupted(BaseException):
    """A check that cannot continue; an `except Exception` in a check does not catch it.

    Attributes:
        status: "timed out", "memory" or "crashed".
    """

    def __init__(self, status: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Clock:
    """Bounds the wall-clock time of one cell at a time.

    While the judge waits for the student's process, it waits until `deadline` and no longer. While it computes itself,
    an alarm interrupts it.

    Args:
        seconds: the time of the first cell; it runs from now on.

    Attributes:
        seconds: the time of the present cell.
        deadline: the end of that time, in seconds of `time.monotonic`.
        late: whether the time is known to be over; what the cell returns after that does not count.
        waiting: whether the judge waits for the student's process, so that the alarm has nothing to interrupt.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self.waiting = False
        self.start(seconds)

    def start(self, seconds: float) -> None:
        """Begin a cell that may take `seconds`."""
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.late = False

    def expired(self) -> bool:
        """Whether the time is over; if so, it stays over until the next `start`."""
        self.late = self.late or time.monotonic() >= self.deadline
        return self.late

    def error(self) -> Interrupted:
        """The exception to raise when the time is over."""
        return Interrupted("timed out", f"It took longer than {self.seconds:g} seconds and was stopped.")

    def set_alarm(self) -> None:
        """Ask for SIGALRM a second after the time is over, and every second from then on; `ring` handles it."""
        signal.setitimer(signal.ITIMER_REAL, self.seconds + 1, 1)

    def cancel_alarm(self) -> None:
        """Ask for no further SIGALRM."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def ring(self, *_: object) -> None:
        """Handle SIGALRM: end a cell that computes for too long in the judge itself."""
        if not self.waiting:
            self.late = True
            raise self.error()
