"""One way to a Dask client: local processes, a running cluster by its address, and errors that say what to do."""

import os
import signal
import socket

import pytest
from distributed import LocalCluster

from utils import dask_client
from utils.errors import WhichIsBetterError


def unused_address() -> str:
    """An address on this machine at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def test_local_workers_are_processes_that_only_this_machine_reaches_and_that_ignore_ctrl_c() -> None:
    with dask_client.connect(workers=2) as client:
        workers = client.scheduler_info()["workers"]
        assert len(workers) == 2
        assert all(address.startswith("tls://127.0.0.1:") for address in workers)
        assert client.submit(pow, 2, 5).result() == 32
        assert os.getpid() not in client.run(os.getpid).values()
        assert set(client.run(signal.getsignal, signal.SIGINT).values()) == {signal.SIG_IGN}
    assert client.status == "closed"


def test_a_running_cluster_is_reached_by_its_address_and_stays_when_the_client_leaves() -> None:
    with LocalCluster(
        n_workers=1, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=None
    ) as cluster:
        for _ in range(2):
            with dask_client.connect(scheduler=cluster.scheduler_address) as client:
                assert client.submit(pow, 3, 2).result() == 9


def test_an_address_without_a_scheduler_is_explained() -> None:
    address = unused_address()
    with (
        pytest.raises(
            dask_client.SchedulerUnreachable, match=f"No Dask scheduler answers at {address}: start one"
        ) as error,
        dask_client.connect(scheduler=address, timeout=1.0),
    ):
        pass
    assert isinstance(error.value, WhichIsBetterError)
    assert isinstance(error.value, ConnectionError)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_explained(workers: int) -> None:
    with (
        pytest.raises(ValueError, match=f"workers is {workers}, but at least one is needed"),
        dask_client.connect(workers=workers),
    ):
        pass


def test_the_number_of_processors_is_that_of_this_process() -> None:
    assert 1 <= dask_client.available_processors() <= (os.cpu_count() or 1)


def test_the_dashboard_needs_bokeh(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        LocalCluster(n_workers=0, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=None) as cluster,
        dask_client.connect(scheduler=cluster.scheduler_address) as client,
    ):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        assert dask_client.dashboard(client) is None
