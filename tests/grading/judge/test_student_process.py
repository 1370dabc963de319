"""The student's process as the judge sees it."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest

from utils.grading.judge.student_process import StudentProcess
from utils.grading.protocol.frames import FrameSocket


@pytest.fixture
def sleeper() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        pidfd = os.pidfd_open(process.pid)
        yield process, pidfd
        os.close(pidfd)
        process.kill()


def test_killing_ends_the_process_and_the_connection(sleeper: tuple[subprocess.Popen[bytes], int]) -> None:
    process, pidfd = sleeper
    ours, theirs = socket.socketpair()
    student = StudentProcess(FrameSocket(ours), pidfd)
    student.signal(0)
    assert process.poll() is None
    student.kill("timed out")
    assert process.wait(30) == -signal.SIGKILL
    assert theirs.recv(1) == b""
    student.signal(signal.SIGINT)
    theirs.close()


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("memory", "memory", "more memory"),
        ("processes", "crashed", "more processes"),
        (None, "crashed", "it was told to exit, or it crashed"),
    ],
)
def test_the_watchdog_says_why_the_process_ended(reason: str | None, status: str, words: str) -> None:
    ours, theirs = socket.socketpair()
    student = StudentProcess(FrameSocket(ours), None, lambda: reason)
    error = student.error()
    assert error.status == status
    assert words in str(error)
    student.kill("timed out")
    assert student.error().status == status
    theirs.close()
