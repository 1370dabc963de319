"""Executes a notebook as a learner does, and measures what it costs: time, and the memory of its kernel."""

import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


@dataclass
class Run:
    """An executed notebook, its cost, and the error that ended it, if one did.

    ``megabytes`` is the most memory that the kernel held; ``own_megabytes`` the most without the pages of mapped files,
    such as libraries, which all kernels share and the system can drop.
    """

    name: str
    notebook: nbformat.NotebookNode
    wall_seconds: float
    cpu_seconds: float
    megabytes: float
    own_megabytes: float
    error: str


def execute(path: Path, folder: Path, python: str = sys.executable) -> Run:
    """Execute a notebook in a kernel of its own, on one core.

    Args:
        path: of the notebook; the file is not changed.
        folder: the kernel's working folder.
        python: the interpreter that the kernel runs in.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}})
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    error, started = "", time.monotonic()
    with mock.patch.dict(os.environ, one_thread):
        client.create_kernel_manager()
        client.km.kernel_spec.argv[0] = python
        with client.setup_kernel(cleanup_kc=True):
            watch = _Watch(client.km.provisioner.pid)
            try:
                for index, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, index)
            except CellExecutionError as failure:
                error = str(failure)
            finally:
                watch.stop()
    seconds = time.monotonic() - started
    return Run(path.name, notebook, seconds, watch.cpu_seconds, watch.megabytes, watch.own_megabytes, error)


class _Watch(threading.Thread):
    """Follows a process and its children: the most memory they held together, and the time they used."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        # One core, and another one than that of the lecture that runs in the neighbouring test process.
        cores = self._process.cpu_affinity()
        neighbour = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        self._process.cpu_affinity([cores[neighbour % len(cores)]])
        self._stopped = threading.Event()
        self.megabytes = self.own_megabytes = self.cpu_seconds = 0.0
        self.start()

    def run(self) -> None:
        while not self._stopped.wait(0.1):
            self._sample()

    def stop(self) -> None:
        self._stopped.set()
        self.join()
        self._sample()

    def _sample(self) -> None:
        resident, shared, seconds = 0, 0, 0.0
        for process in [self._process, *self._process.children(recursive=True)]:
            try:
                memory = process.memory_info()
                resident += memory.rss
                shared += memory.shared
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += times.user + times.system
        # Children that ended took their time with them, unless their parent waited for them.
        own = self._process.cpu_times()
        self.megabytes = max(self.megabytes, resident / 1e6)
        self.own_megabytes = max(self.own_megabytes, (resident - shared) / 1e6)
        self.cpu_seconds = max(self.cpu_seconds, seconds + own.children_user + own.children_system)
