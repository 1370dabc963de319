"""Those who grade: threads of this process; `cluster` has the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Protocol

from utils.errors import WhichIsBetterError
from utils.grading.job import Graded, Job
from utils.grading.supervisor import interrupt

Task = Callable[[Job], Graded]


class ClusterLost(WhichIsBetterError, ConnectionError):
    """The scheduler ended during a run."""


class Workers(Protocol):
    """What grades several submissions at a time."""

    def submit(self, task: Task, job: Job) -> Future[Graded]:
        """Begin to grade a submission as soon as a worker is free."""

    def room(self) -> int:
        """How many submissions to hold at a time, so that no worker waits for the next."""

    def reason(self, error: BaseException) -> str:
        """Why a submission could not be graded, as a sentence.

        Raises:
            ClusterLost: the error means that all workers are gone.
        """


class Threads:
    """Threads of this process, each of which grades a submission at a time; to be used in a ``with`` block.

    Args:
        count: of threads, at least 1.

    Raises:
        ValueError: ``count`` is below 1.
    """

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"workers is {count}, but at least one is needed.")
        self._count = count
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="grade")

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        if error is not None:
            # Otherwise an interrupted run would wait for the submissions that are being graded.
            interrupt()
        self._executor.shutdown()

    def submit(self, task: Task, job: Job) -> Future[Graded]:
        """Begin to grade a submission as soon as a thread is free."""
        return self._executor.submit(task, job)

    def room(self) -> int:
        """One more per thread than it grades."""
        return 2 * self._count

    def reason(self, error: BaseException) -> str:
        """The type of the error and its text."""
        return f"Grading it failed with {type(error).__name__}: {error}"
