"""The engine under stress: killed runs, killed workers, more workers, clusters of other machines."""

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils import dask_client
from utils.grading.course.engine import grade_all
from utils.grading.course.gradebook import read_record
from utils.grading.course.workers import ClusterLost
from utils.grading.job import Graded, Job

RANDOM = "import random\n\n\ndef double(x):\n    return x + x if random.random() < 0.5 else x"
SLOW = {**SOLUTIONS, "mean": "import time\ntime.sleep(1)\n" + SOLUTIONS["mean"]}


def command(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the command in a folder, as a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "utils.grading", ASSIGNMENT, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A suite that a shell runs in the background has SIGINT ignored, and its children would have, too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finished(folder: Path, *arguments: str) -> str:
    """Run the command to its end; what it printed."""
    process = command(folder, *arguments)
    output, _ = process.communicate(timeout=500)
    assert process.returncode == 0, output
    return output


def done(folder: Path) -> list[str]:
    """The students with a verdict on record."""
    pages = folder.glob(f"autograded/*/{ASSIGNMENT}/{PROBLEM}.ipynb")
    return sorted(page.parts[-3] for page in pages if read_record(page))


def scores(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Score and status by student and exercise."""
    with (folder / "grades.csv").open(newline="") as file:
        return {(row["student"], row["exercise"]): (row["score"], row["status"]) for row in csv.DictReader(file)}


def wait_until(condition, seconds: float = 200.0) -> None:  # type: ignore[no-untyped-def]
    """Wait for something to become true; fail when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_killed_run_is_resumed_and_loses_nothing(tmp_path: Path) -> None:
    folder = make_course(tmp_path)
    for number in range(6):
        hand_in(folder, f"s{number}", SLOW)
    run = command(folder, "--workers", "1")
    try:
        wait_until(lambda: len(done(folder)) >= 2)
    finally:
        children = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        run.wait()
    before = {name: (folder / "autograded" / name).stat().st_mtime_ns for name in done(folder)}
    assert 2 <= len(before) < 6
    output = finished(folder, "--workers", "1")
    assert f"{len(before)} of 6 notebooks have not changed" in output
    assert {name: (folder / "autograded" / name).stat().st_mtime_ns for name in before} == before
    assert len(scores(folder)) == 6 * 4
    assert {scores(folder)[f"s{number}", "test_mean"] for number in range(6)} == {("3", "graded")}
    assert not psutil.wait_procs(children, timeout=20)[1], "a killed run left processes behind"


@pytest.mark.slow
def test_marks_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    # Each course draws a secret seed of its own: with one seed, the random answers draw the same values in every copy.
    folder = make_course(tmp_path / "1", configuration="c.GradeSubmission.seed = 1\n")
    for number in range(4):
        hand_in(folder, f"right{number}", SOLUTIONS)
        hand_in(folder, f"random{number}", {**SOLUTIONS, "double": RANDOM})
    tables = []
    for workers in ("1", "2", "8"):
        copy = Path(shutil.copytree(folder, tmp_path / f"with-{workers}"))
        finished(copy, "--workers", workers, "--no-feedback")
        tables.append((copy / "grades.csv").read_bytes())
    assert tables[0] == tables[1] == tables[2]


@pytest.fixture
def client() -> Iterator[Client]:
    """Two processes that grade."""
    with dask_client.connect(workers=2) as client:
        yield client


def echo(job: Job) -> Graded:
    """A task that needs no judge, ends its process for one submission, and fails for another."""
    if job.submission.startswith(b"killer"):
        os.kill(os.getpid(), signal.SIGKILL)
    if job.submission == b"broken":
        raise RuntimeError("no luck")
    return Graded((), job.submission)


@pytest.mark.slow
def test_what_ends_its_worker_counts_as_crashed_and_hurts_nobody_else(client: Client) -> None:
    names = ["a", "killer", "b", "broken", "c", "d"]
    outcomes = dict(grade_all(client, names, lambda name: Job(name.encode(), b""), echo))
    assert isinstance(outcomes["killer"], str)
    assert outcomes["broken"] == "Grading it failed with RuntimeError: no luck"
    assert {name: outcomes[name] for name in "abcd"} == {name: Graded((), name.encode()) for name in "abcd"}


def test_a_run_on_this_machine_starts_no_dask(tmp_path: Path) -> None:
    script = "import sys\nfrom utils.grading.__main__ import main\nassert main(sys.argv[1:]) == 0\n"
    script += "print('loaded:', sorted({'dask', 'distributed', 'torch'} & set(sys.modules)))"
    folder = make_course(tmp_path)
    hand_in(folder, "ann", SOLUTIONS)
    done = subprocess.run(
        [sys.executable, "-c", script, ASSIGNMENT, "--no-feedback"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "loaded: []" in done.stdout
    assert "Dashboard" not in done.stdout + done.stderr
    assert scores(folder)["ann", "test_mean"] == ("3", "graded")


@pytest.mark.slow
def test_a_scheduler_that_ends_is_explained_and_results_stay() -> None:
    with dask_cluster() as (address, _), dask_client.connect(scheduler=address) as client:
        processes = [
            process
            for process in psutil.Process().children()
            if process.status() != psutil.STATUS_ZOMBIE and "scheduler" in process.cmdline()
        ]
        outcomes = grade_all(client, range(100), lambda number: Job(str(number).encode(), b""), echo_slowly)
        assert next(outcomes)[1]
        for process in processes:
            process.kill()
        with pytest.raises(ClusterLost, match="The connection to the Dask scheduler was lost"):
            list(outcomes)


def echo_slowly(job: Job) -> Graded:
    """A task of a tenth of a second."""
    time.sleep(0.1)
    return Graded((), job.submission)


def test_submissions_are_read_when_their_turn_comes(client: Client) -> None:
    read, given_back, ahead = 0, 0, 0

    def make(number: int) -> Job:
        nonlocal read
        read += 1
        return Job(str(number).encode(), b"")

    for _ in grade_all(client, range(200), make, echo):
        given_back += 1
        ahead = max(ahead, read - given_back)
    assert given_back == 200
    assert ahead < 40


@contextmanager
def dask_cluster() -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """One `dask scheduler` and two `dask worker` processes on loopback, as an administrator starts them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    port = address.rpartition(":")[2]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
    processes = [subprocess.Popen(line, stderr=subprocess.DEVNULL) for line in (scheduler, worker, worker)]
    try:
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_in_the_middle(tmp_path: Path) -> None:
    folder = make_course(tmp_path)
    for number in range(8):
        hand_in(folder, f"s{number}", SLOW)
    with dask_cluster() as (address, workers):
        run = command(folder, "--scheduler", address, "--no-feedback")
        wait_until(lambda: len(done(folder)) >= 2)
        workers[0].kill()
        output, _ = run.communicate(timeout=500)
    assert run.returncode == 0, output
    assert {scores(folder)[f"s{number}", "test_mean"] for number in range(8)} == {("3", "graded")}


def test_ctrl_c_stops_cleanly_and_keeps_what_was_graded(tmp_path: Path) -> None:
    folder = make_course(tmp_path)
    for number in range(6):
        hand_in(folder, f"s{number}", SLOW)
    run = command(folder, "--workers", "1", "--no-feedback")
    wait_until(lambda: len(done(folder)) >= 1)
    children = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)
    output, _ = run.communicate(timeout=100)
    assert run.returncode == 130
    assert "Traceback" not in output
    assert "run the same command again to grade the rest" in output
    assert len(scores(folder)) == 4 * len(done(folder)) > 0
    assert not psutil.wait_procs(children, timeout=20)[1]
