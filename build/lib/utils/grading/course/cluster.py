"""The workers of a Dask cluster, for grading with ``--scheduler``. No other part of grading imports Dask."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager

from distributed import Client, KilledWorker
from distributed.comm.core import CommClosedError
from tqdm import tqdm

from utils.dask_client import connect, dashboard
from utils.grading.course.workers import ClusterLost, Task
from utils.grading.job import Graded, Job

LEAST_IN_FLIGHT = 16  # an adaptive cluster adds workers only when tasks are waiting


class Cluster:
    """The workers of a Dask cluster.

    Args:
        client: of the cluster.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)

    def submit(self, task: Task, job: Job) -> Future[Graded]:
        """Send a submission to the cluster."""
        future: Future[Graded] = self._executor.submit(task, job)
        return future

    def room(self) -> int:
        """Two per thread of the workers, and enough for an adaptive cluster to grow.

        Raises:
            ClusterLost: the connection to the scheduler is lost.
        """
        try:
            threads: int = sum(self._client.nthreads().values())
            return max(LEAST_IN_FLIGHT, 2 * threads)
        except OSError as error:
            raise _lost() from error

    def reason(self, error: BaseException) -> str:
        """Why a submission could not be graded.

        Raises:
            ClusterLost: the connection to the scheduler is lost.
        """
        if isinstance(error, KilledWorker):
            return "Grading it ended the grading process each time it was tried."
        if isinstance(error, (CancelledError, CommClosedError)):
            raise _lost() from error
        return f"Grading it failed with {type(error).__name__}: {error}"


def _lost() -> ClusterLost:
    return ClusterLost(
        "The connection to the Dask scheduler was lost; the results so far are recorded. Run the same command again to "
        "grade the rest."
    )


@contextmanager
def connected(scheduler: str) -> Iterator[Cluster]:
    """The workers of the cluster at an address; prints where its dashboard is, and whether it has no workers yet.

    Raises:
        SchedulerUnreachable: no scheduler answers at the address.
    """
    with connect(scheduler=scheduler) as client:
        if address := dashboard(client):
            tqdm.write(f"Dashboard: {address}")
        if not client.nthreads():
            tqdm.write(f"The cluster at {scheduler} has no workers yet; waiting for the first.")
        yield Cluster(client)
