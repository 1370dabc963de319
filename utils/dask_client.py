"""One way to a Dask client, for grading, studies and grids: processes of this machine, or any cluster by its address.

    from utils import dask_client

    with dask_client.connect(workers=4) as client:                       # four processes here
        futures = client.map(study, range(100))
    with dask_client.connect(scheduler="tcp://head-node:8786") as client:  # whatever runs there
        ...

Every library that starts Dask clusters ends in such an address, so none of them is needed here. The workers need
this package at the same version, and bubblewrap where they grade.

- **By hand**: ``dask scheduler`` on one machine, ``dask worker tcp://head-node:8786 --nthreads 1`` on the others.
- **dask-jobqueue** (Slurm, PBS, LSF, SGE, HTCondor), in a Python session that stays open::

      from dask_jobqueue import SLURMCluster
      cluster = SLURMCluster(cores=8, processes=8, memory="32GB", walltime="02:00:00")
      cluster.adapt(maximum_jobs=10)
      print(cluster.scheduler_address)      # goes into --scheduler

- **dask-kubernetes**, with an image in which this package and bubblewrap are installed::

      from dask_kubernetes.operator import KubeCluster
      cluster = KubeCluster(name="grading", image="registry.example/which-is-better", n_workers=8)
      print(cluster.scheduler_address)

A scheduler that listens on a network obeys whoever reaches it: keep it on a network that students cannot reach, or
start it and its workers with Dask's TLS options (the client reads the same settings from Dask's configuration).
A local cluster listens on loopback only, and asks for a certificate that was made for this one run.
"""

import importlib.util
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin
from distributed.security import Security

from utils.errors import WhichIsBetterError

# No task waits at a busy worker: one that dies takes nothing with it that it had not begun. And none is sent to another
# by Dask itself, since a task that kills a worker as it starts makes Dask give that worker up: callers try again.
LOCAL_SETTINGS = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.daemon": False,
    "distributed.admin.large-graph-warning-threshold": "1GB",
}

LOOK_SECONDS = 15.0  # longer than a worker takes to come back by itself


class SchedulerUnreachable(WhichIsBetterError, ConnectionError):
    """No scheduler answers at the address that was given."""


@contextmanager
def connect(
    workers: int | None = None, scheduler: str | None = None, threads: int = 1, timeout: float = 20.0
) -> Iterator[Client]:
    """A Dask client, closed at the end of the ``with`` block together with the local cluster, if it started one.

    Args:
        workers: processes to start here, at least 1; by default one per processor. Not used with ``scheduler``.
        scheduler: the address of a running cluster, such as ``tcp://head-node:8786``.
        threads: tasks that each of these processes runs at a time; more than 1 for tasks that wait for others, as
            grading waits for the processes it starts.
        timeout: seconds to wait for that address.

    Raises:
        SchedulerUnreachable: nothing answers at ``scheduler``.
        ValueError: ``workers`` is below 1.
    """
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SchedulerUnreachable(
                f"No Dask scheduler answers at {scheduler}: start one with `dask scheduler`, or leave the address out "
                "to work on this machine."
            ) from error
        with client:
            yield client
        return
    count = available_processors() if workers is None else workers
    if count < 1:
        raise ValueError(f"{count} workers were asked for, at least 1 is needed: give a positive number.")
    with (
        dask.config.set(LOCAL_SETTINGS),
        LocalCluster(
            n_workers=count,
            threads_per_worker=threads,
            processes=True,
            memory_limit=None,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0" if importlib.util.find_spec("bokeh") else None,
            security=Security.temporary(),
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        client.register_plugin(IgnoreInterrupts())
        with replaced_when_lost(cluster, count):
            yield client


@contextmanager
def replaced_when_lost(cluster: LocalCluster, count: int) -> Iterator[None]:
    """Start new workers where all have died and Dask has given them up, so that nobody waits for ever."""
    done = threading.Event()

    def look() -> None:
        lost = False
        while not done.wait(LOOK_SECONDS):
            was_lost, lost = lost, not cluster.scheduler_info["workers"]
            if lost and was_lost:
                cluster.scale(0)
                cluster.scale(count)
                lost = False

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def available_processors() -> int:
    """The processors that this process may use, at least 1."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def dashboard(client: Client) -> str | None:
    """The address of the cluster's dashboard, or None where Bokeh, which draws it, is not installed."""
    if not importlib.util.find_spec("bokeh"):
        return None
    link: str = client.dashboard_link
    return link


class IgnoreInterrupts(WorkerPlugin):
    """Ctrl-C reaches every process of the terminal; only the one that runs the command is to act on it."""

    def setup(self, worker: Worker) -> None:
        """Called by Dask once in every worker, in its main thread."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
