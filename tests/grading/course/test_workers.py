"""Threads that grade: how many, in which order results come, and that an interruption waits for nobody."""

import threading
import time

import psutil
import pytest

from tests.support import notebooks as nb
from utils.grading import Job, Limits, close, grade
from utils.grading.course.engine import grade_all
from utils.grading.course.workers import Threads
from utils.grading.job import Graded


@pytest.mark.parametrize("count", [0, -1])
def test_no_workers_are_explained(count: int) -> None:
    with pytest.raises(ValueError, match=f"workers is {count}, but at least one is needed"):
        Threads(count)


def test_as_many_submissions_are_graded_at_a_time_as_there_are_workers() -> None:
    at_a_time, most, lock = 0, 0, threading.Lock()

    def task(job: Job) -> Graded:
        nonlocal at_a_time, most
        with lock:
            at_a_time += 1
            most = max(most, at_a_time)
        time.sleep(0.02)
        with lock:
            at_a_time -= 1
        return Graded((), job.submission)

    with Threads(3) as workers:
        outcomes = dict(grade_all(workers, range(20), lambda number: Job(str(number).encode()), task))
    assert outcomes == {number: Graded((), str(number).encode()) for number in range(20)}
    assert most == 3


def test_an_interrupted_run_does_not_wait_for_the_submissions_that_are_being_graded() -> None:
    source = nb.notebook(nb.answer("one", "x = 1"), nb.check("test", "assert x == 1"))
    slow = nb.with_answers(source, {"one": "import time\ntime.sleep(30)\nx = 1"})
    quick = Job(nb.to_bytes(source), nb.to_bytes(source), nb.QUICK)
    assert grade(quick).score == 1
    servers = [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "utils.grading.sandbox.fork_server" in child.cmdline()
    ]
    before = {*servers, *(child for server in servers for child in server.children(recursive=True))}
    assert before
    begin = time.monotonic()

    def run() -> None:
        with Threads(2) as workers:
            for _ in range(2):
                workers.submit(grade, Job(slow, nb.to_bytes(source), Limits(cell_seconds=60)))
            time.sleep(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.monotonic() - begin < 8
    close()
    assert not psutil.wait_procs(before, timeout=10)[1]
    assert grade(quick).score == 1, "the process can grade again"
