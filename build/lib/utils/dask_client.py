"""A Dask client for grading, studies and grids: local processes, or any cluster by its address.

    from utils import dask_client

    with dask_client.connect(workers=4) as client:                         # four processes on this machine
        futures = client.map(study, range(100))
    with dask_client.connect(scheduler="tcp://head-node:8786") as client:  # the workers of a running cluster
        ...

Every library that starts Dask clusters provides such an address, so this package needs none of them. The workers need
this package in the same version, and bubblewrap if they grade.

- **By hand**: ``dask scheduler`` on one machine, ``dask worker tcp://head-node:8786 --nthreads 1`` on the others.
- **dask-jobqueue** (Slurm, PBS, LSF, SGE, HTCondor), in a Python session that stays open::

      from dask_jobqueue import SLURMCluster
      slurm = SLURMCluster(cores=8, processes=8, memory="32GB", walltime="02:00:00")
      slurm.adapt(maximum_jobs=10)
      print(slurm.scheduler_address)        # the value of --scheduler

- **dask-kubernetes**, with an image that contains this package and bubblewrap::

      from dask_kubernetes.operator import KubeCluster
      kubernetes = KubeCluster(name="grading", image="registry.example/which-is-better", n_workers=8)
      print(kubernetes.scheduler_address)

A scheduler that listens on a network accepts tasks from everyone who can reach it. Keep it on a network that students
cannot reach, or start the scheduler and the workers with Dask's TLS options; the client reads the same settings from
Dask's configuration. A local cluster listens on the loopback interface only, with a TLS certificate created for this
run.
"""

import importlib.util
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin
from distributed.security import Security

from utils.errors import WhichIsBetterError
from utils.processors import available_processors as available_processors

# Tasks are not queued at a busy worker, so that a dying worker loses only the task it was running. Dask itself does not
# send that task to another worker: a task that kills a worker while it is starting makes Dask give up that worker.
# Callers retry instead.
LOCAL_SETTINGS = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.daemon": False,
    "distributed.admin.large-graph-warning-threshold": "1GB",
}

CHECK_SECONDS = 15.0  # longer than a worker takes to restart by itself


class SchedulerUnreachable(WhichIsBetterError, ConnectionError):
    """No scheduler answers at the address."""


@contextmanager
def connect(
    workers: int | None = None, scheduler: str | None = None, threads: int = 1, timeout: float = 20.0
) -> Iterator[Client]:
    """A Dask client. The end of the ``with`` block closes it, and the local cluster if it started one.

    Args:
        workers: number of local processes, at least 1; by default one per processor. Ignored if ``scheduler`` is given.
        scheduler: address of a running cluster, such as ``tcp://head-node:8786``.
        threads: number of tasks that each local process runs at a time; more than 1 for tasks that mostly wait, as
            grading waits for the processes that it starts.
        timeout: seconds to wait for an answer of ``scheduler``.

    Raises:
        SchedulerUnreachable: if no scheduler answers at the address.
        ValueError: if ``workers`` is below 1.
    """
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SchedulerUnreachable(
                f"No Dask scheduler answers at {scheduler}: start one with `dask scheduler`, or omit the address to use"
                " this machine."
            ) from error
        with client:
            yield client
        return
    count = available_processors() if workers is None else workers
    if count < 1:
        raise ValueError(f"workers is {count}, but at least one is needed.")
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
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        client.register_plugin(IgnoreInterrupts())
        with _restarted_if_all_lost(local, count):
            yield client


def dashboard(client: Client) -> str | None:
    """The address of the cluster's dashboard, or None where Bokeh, which the dashboard needs, is not installed."""
    if not importlib.util.find_spec("bokeh"):
        return None
    link: str = client.dashboard_link
    return link


@contextmanager
def _restarted_if_all_lost(local: LocalCluster, count: int) -> Iterator[None]:
    """Start new workers if all have died and Dask has given up on them, so that no task waits forever."""
    finished = threading.Event()

    def watch() -> None:
        lost = False
        while not finished.wait(CHECK_SECONDS):
            was_lost, lost = lost, not local.scheduler_info["workers"]
            if lost and was_lost:
                local.scale(0)
                local.scale(count)
                lost = False

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


class IgnoreInterrupts(WorkerPlugin):
    """Ctrl-C reaches every process of the terminal, but only the one that runs the command must act on it."""

    def setup(self, worker: Worker) -> None:
        """Dask calls this once in the main thread of every worker."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
