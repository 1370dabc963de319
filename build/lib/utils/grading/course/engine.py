"""Have submissions graded by several workers at a time: threads of this process, or a Dask cluster.

Each submission is graded by the pure function `grade`, in processes of its own, so that threads suffice on one machine.
The calling process holds a few submissions at a time, however many there are. A submission that could not be graded is
tried again after all others, one at a time: its worker died, or the grader itself failed. Neither says anything about
the answers, so what fails each time gets no result, only a sentence. This module imports neither nbgrader nor Dask.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from utils.grading.course.workers import Task, Threads, Workers
from utils.grading.job import Graded, Job
from utils.grading.sandbox.walls import SandboxError
from utils.grading.supervisor import grade
from utils.processors import available_processors

if TYPE_CHECKING:
    from distributed import Client

Label = TypeVar("Label", bound=Hashable)

TRIALS = 2  # per submission that could not be graded beside others; none is graded beside it then


def grade_all(
    workers: Workers | Client, labels: Iterable[Label], make: Callable[[Label], Job], task: Task = grade
) -> Iterator[tuple[Label, Graded | str]]:
    """Grade notebooks, and yield each as soon as it is done, in any order.

    Args:
        workers: `Threads`, or a client of a Dask cluster.
        labels: of the notebooks to grade; read as capacity allows.
        make: reads the job of a label; called just before the job is submitted.
        task: the function that a worker applies to a job.

    Yields:
        A label, and the result or a sentence that says why there is none. A result on which the grader failed each
        time is not final.

    Raises:
        ClusterLost: the scheduler ended; results yielded before are valid.
        SandboxError: a worker has no sandbox.
    """
    pool = _workers(workers)
    waiting = iter(labels)
    running: dict[Future[Graded], Label] = {}
    suspects: list[Label] = []

    def begin(label: Label) -> None:
        running[_submitted(pool, task, make, label)] = label

    def fill() -> None:
        for _, label in zip(range(pool.room() - len(running)), waiting, strict=False):
            begin(label)

    try:
        fill()
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in done]:
                label = running.pop(future)
                outcome: Graded | str = outcome_of(pool, future)
                if _is_final(outcome):
                    yield label, outcome
                else:
                    suspects.append(label)
            fill()
        for label in suspects:
            outcome = ""
            for _ in range(TRIALS):
                # What a failed trial left behind may be the cause of the next one's failure.
                gc.collect()
                outcome = outcome_of(pool, _submitted(pool, task, make, label))
                if _is_final(outcome):
                    break
            yield label, outcome
    finally:
        for future in running:
            future.cancel()


def outcome_of(workers: Workers, future: Future[Graded]) -> Graded | str:
    """Wait for a task: its result, or a sentence if it failed.

    Raises:
        ClusterLost: all workers are gone.
        SandboxError: the worker has no sandbox.
    """
    try:
        return future.result()
    except SandboxError:
        raise
    except (Exception, CancelledError) as error:
        return workers.reason(error)


def _is_final(outcome: Graded | str) -> bool:
    return isinstance(outcome, Graded) and outcome.final


def _submitted(workers: Workers, task: Task, make: Callable[[Label], Job], label: Label) -> Future[Graded]:
    """The task of a label; where its job cannot be made, one that has failed with that error."""
    try:
        return workers.submit(task, make(label))
    except Exception as error:
        failed: Future[Graded] = Future()
        failed.set_exception(error)
        return failed


def _workers(workers: Any) -> Workers:
    if hasattr(workers, "get_executor"):
        from utils.grading.course.cluster import Cluster

        workers = Cluster(workers)
    result: Workers = workers
    return result


@contextmanager
def graders(count: int | None, scheduler: str | None) -> Iterator[Workers]:
    """Threads of this process, by default one per processor, or the workers of the Dask cluster at an address."""
    if scheduler is None:
        with Threads(available_processors() if count is None else count) as threads:
            yield threads
    else:
        # Importing Dask takes about a second.
        from utils.grading.course.cluster import connected

        with connected(scheduler) as cluster:
            yield cluster
