"""Fork servers: they serve, they die with their parent, and a dead one is replaced."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.support.notebooks import judged, verdict
from tests.support.sandboxed import DOUBLE, TESTS
from utils.grading import warm
from utils.grading.sandbox.fork_server import ForkServer, ForkServerError


@pytest.fixture
def grader() -> Iterator[subprocess.Popen[str]]:
    code = "from utils.grading import warm; warm(['numpy']); print('warm', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=-1, stdout=-1, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


def test_fork_servers_die_with_a_killed_grader(grader: "subprocess.Popen[str]") -> None:
    assert grader.stdout is not None
    assert grader.stdout.readline() == "warm\n"
    children = psutil.Process(grader.pid).children(recursive=True)
    assert len(children) >= 2
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_fork_server_that_died_is_replaced() -> None:
    warm()
    killed = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "utils.grading.sandbox.fork_server" in child.cmdline():
                child.kill()
                killed.append(child)
    assert killed
    deadline = time.monotonic() + 30
    while any(map(_runs, killed)):  # a large process takes a moment to end
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert verdict(judged(DOUBLE, TESTS, DOUBLE)).points == 4


def test_a_server_imports_what_it_can_and_says_why_it_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ForkServer("judge", "none")
    try:
        server.preload(["json", "no_such_module_anywhere"])
        server.wait()
        assert server.alive()
    finally:
        server.close()
    assert not server.alive()
    with pytest.raises(OSError, match="descriptor"):
        server.preload(["decimal"])
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    broken = ForkServer("student", "none")
    try:
        with pytest.raises(ForkServerError, match="The fork server for the student did not start"):
            broken.wait()
    finally:
        broken.close()


@pytest.mark.parametrize(
    ("role", "foreign"), [("student", "utils.grading.judge.judge"), ("judge", "utils.grading.student.server")]
)
def test_a_server_loads_no_code_of_the_other_side(role: str, foreign: str) -> None:
    script = f"""
import importlib, sys
import utils.grading.sandbox.fork_server
from utils.grading.protocol.shell import make_shell
importlib.import_module("utils.grading.{role}." + {{"student": "server", "judge": "judge"}}["{role}"])
print([name for name in sys.modules if name in ("{foreign}", "utils.grading.judge.client")])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert foreign not in done.stdout
    assert ("utils.grading.judge.client" in done.stdout) == (role == "judge")
