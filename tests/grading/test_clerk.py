"""The process with limits: what it answers, and what happens to a task that is out of bounds."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from utils.grading.clerk import Clerk, ClerkError


@pytest.fixture(params=["forked", "started"])
def clerk(request: pytest.FixtureRequest) -> Iterator[Clerk]:
    """A process of each kind: it is not forked from a process with several threads."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    if request.param == "started":
        thread.start()
    process = Clerk()
    yield process
    process.close()
    stop.set()


def shout(text: str) -> bytes:
    """A task."""
    return text.upper().encode()


def process_number() -> bytes:
    """Which process does the tasks."""
    return str(os.getpid()).encode()


def wait_for(seconds: float) -> bytes:
    """A task that takes time."""
    time.sleep(seconds)
    return b""


def fill_memory() -> bytes:
    """A task that needs all memory."""
    return b"0" * 2**40


def refuse() -> bytes:
    """A task that fails."""
    raise ValueError("not today")


def leave() -> bytes:
    """A task that ends its process."""
    os._exit(0)


def test_tasks_are_done_in_another_process_one_after_the_other(clerk: Clerk) -> None:
    assert clerk.run(shout, "abc", seconds=10) == b"ABC"
    first = clerk.run(process_number, seconds=10)
    assert first == clerk.run(process_number, seconds=10) != str(os.getpid()).encode()


def test_an_error_is_a_sentence_and_the_process_goes_on(clerk: Clerk) -> None:
    first = clerk.run(process_number, seconds=10)
    with pytest.raises(ClerkError, match="ValueError: not today"):
        clerk.run(refuse, seconds=10)
    assert clerk.run(process_number, seconds=10) == first


def test_what_ends_its_process_is_an_error_and_the_next_task_is_done(clerk: Clerk) -> None:
    clerk.run(shout, "", seconds=10)
    with pytest.raises(ClerkError, match="lack of memory"):
        clerk.run(fill_memory, seconds=10)
    with pytest.raises(ClerkError, match="its process ended"):
        clerk.run(leave, seconds=10)
    assert clerk.run(shout, "abc", seconds=10) == b"ABC"


def test_a_task_that_takes_too_long_is_killed(clerk: Clerk) -> None:
    begin = time.monotonic()
    with pytest.raises(ClerkError):
        clerk.run(wait_for, 600.0, seconds=0.5)
    assert time.monotonic() - begin < 100
    assert clerk.run(shout, "abc", seconds=10) == b"ABC"


def test_a_process_that_something_else_killed_costs_no_task(clerk: Clerk) -> None:
    first = int(clerk.run(process_number, seconds=10))
    os.kill(first, signal.SIGKILL)
    assert clerk.run(shout, "abc", seconds=10) == b"ABC"
    second = int(clerk.run(process_number, seconds=10))
    killer = threading.Timer(0.3, os.kill, (second, signal.SIGKILL))
    killer.start()
    assert clerk.run(wait_for, 1.0, seconds=30) == b""
    killer.join()
    assert int(clerk.run(process_number, seconds=10)) not in (first, second)
