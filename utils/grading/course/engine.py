"""Submissions as tasks on a Dask cluster: each is graded by the pure function `grade`, wherever there is room.

The calling process holds a few submissions at a time, however many there are. If a worker dies, the submissions that it
was grading are tried again elsewhere, in the end one at a time; only one that keeps killing its worker counts as
crashed. This module imports neither nbgrader nor a course, so that a worker starts quickly.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import TypeVar

from distributed import Client, Future, KilledWorker, as_completed
from distributed.comm.core import CommClosedError

from utils.errors import WhichIsBetterError
from utils.grading.job import Graded, Job
from utils.grading.sandbox.walls import SandboxError
from utils.grading.supervisor import grade

# jsonschema imports this package, if it is installed, to check addresses, which no notebook holds; it takes seconds.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

Label = TypeVar("Label", bound=Hashable)

TRIALS = 2  # per submission that was being graded when a worker died; no other is graded beside it
LEAST_IN_FLIGHT = 16  # an adaptive cluster adds workers only when tasks are waiting


class ClusterLost(WhichIsBetterError, ConnectionError):
    """The scheduler ended during a run."""


def grade_all(
    client: Client, labels: Iterable[Label], make: Callable[[Label], Job], task: Callable[[Job], Graded] = grade
) -> Iterator[tuple[Label, Graded | str]]:
    """Grade notebooks on a cluster, and yield each as soon as it is done, in any order.

    Args:
        client: of the cluster.
        labels: of the notebooks to grade; read as capacity allows.
        make: reads the job of a label; called just before the job is submitted.
        task: the function that a worker applies to a job.

    Yields:
        A label, and the result or a sentence that says why there is none.

    Raises:
        ClusterLost: the scheduler ended; results yielded before are valid.
        SandboxError: a worker has no sandbox.
    """
    waiting = iter(labels)
    running: dict[Future[Graded], Label] = {}
    completed = as_completed(loop=client.loop)
    suspects: list[Label] = []

    def submit(label: Label) -> Future[Graded]:
        future = client.submit(task, make(label), key=f"grade-{label}-{uuid.uuid4().hex}", pure=False)
        running[future] = label
        return future

    def fill() -> None:
        room = max(LEAST_IN_FLIGHT, 2 * sum(client.nthreads().values())) - len(running)
        for _, label in zip(range(room), waiting, strict=False):
            completed.add(submit(label))

    try:
        fill()
        for future in completed:
            label = running.pop(future)
            outcome = outcome_of(future)
            if outcome is None:
                suspects.append(label)
            else:
                yield label, outcome
            del future
            fill()
        for label in suspects:
            outcome = None
            for _ in range(TRIALS):
                client.wait_for_workers(1)
                future = submit(label)
                outcome = outcome_of(future)
                del running[future]
                if outcome is not None:
                    break
            yield label, outcome or "Grading it ended the grading process each time it was tried."
    finally:
        client.cancel(list(running))


def outcome_of(future: Future[Graded]) -> Graded | str | None:
    """Wait for a task: its result, a sentence if it failed, or None if it or another task killed its worker."""
    try:
        graded: Graded = future.result()
        return graded
    except KilledWorker:
        return None
    except SandboxError:
        raise
    except (CancelledError, CommClosedError) as error:
        raise ClusterLost(
            "The connection to the Dask scheduler was lost; the results so far are recorded. Run the same command "
            "again to grade the rest."
        ) from error
    except Exception as error:
        return f"Grading it failed with {type(error).__name__}: {error}"
