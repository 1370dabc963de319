"""Grading one submission: what needs no process, and the fork servers that stay for the next submission."""

import atexit
import contextlib
import os
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import notebooks as nb
from utils.grading import Job, close, grade, supervisor, warm
from utils.grading.sandbox import walls
from utils.grading.sandbox.users import users

RIGHT_CODE = "def double(x):\n    return 2 * x"

SOURCE = nb.notebook(
    nb.answer("double", RIGHT_CODE),
    nb.check("test", "assert double(2) == 4", 2),
    nb.essay("why", "Because.", 3),
)
SOLVED = nb.to_bytes(SOURCE)
HANDED_OUT = nb.with_answers(SOURCE, {"double": "", "why": "YOUR ANSWER HERE"})
RIGHT = nb.with_answers(SOURCE, {"why": "Twice is plus."})


def fork_servers() -> set[int]:
    """The processes of this one that fork others."""
    return {
        child.pid for child in psutil.Process().children() if "utils.grading.sandbox.fork_server" in child.cmdline()
    }


def test_a_job_with_a_fixed_status_runs_nothing() -> None:
    close()
    graded = grade(Job(RIGHT, SOLVED, remark="It was not handed in.", fixed_status="missing"))
    assert [(cell.points, cell.max_score, cell.status, cell.message) for cell in graded.cells] == [
        (0.0, 2.0, "missing", "It was not handed in."),
        (0.0, 3.0, "missing", "It was not handed in."),
    ]
    assert graded.remarks == ("It was not handed in.",)
    assert b"Twice is plus." not in graded.notebook
    assert fork_servers() == set()


def test_what_is_no_notebook_starts_no_process() -> None:
    close()
    graded = grade(Job(b"no notebook", SOLVED, remark="It was called answers.txt."))
    assert graded.score == 0
    assert graded.remarks[0] == "It was called answers.txt."
    assert fork_servers() == set()


def test_without_the_shadow_the_judge_decides_alone() -> None:
    solution = nb.notebook(
        nb.answer("largest", "def largest(x):\n    return max(x)"),
        nb.check("test", "values = [3, 1, 2]\nassert largest(values) == 3 and values == [3, 1, 2]", 2),
    )
    changes_its_argument = nb.with_answers(solution, {"largest": "def largest(x):\n    x.sort()\n    return x[-1]"})
    job = Job(changes_its_argument, nb.to_bytes(solution))
    with_shadow, alone = grade(job), grade(replace(job, shadow=False))
    assert (with_shadow.score, alone.score) == (0, 2)
    assert alone.transcripts == with_shadow.transcripts
    assert replace(job, shadow=False).fingerprint() != job.fingerprint()


@pytest.mark.parametrize("name", ["/etc/passwd", "../numbers.csv", ""])
def test_a_data_file_stays_in_the_working_folder(name: str) -> None:
    with pytest.raises(ValueError, match="outside the working folder"):
        grade(Job(RIGHT, SOLVED, files={name: b""}))


def test_a_remark_comes_before_those_on_the_content() -> None:
    graded = grade(Job(nb.to_bytes(nb.notebook(*SOURCE.cells[:1])), SOLVED, nb.QUICK, remark="It was renamed."))
    assert graded.remarks[0] == "It was renamed."
    assert "'test' is missing" in graded.remarks[1]
    assert graded.score == 2


def test_written_answers_wait_for_a_person_unless_untouched() -> None:
    waiting = nb.verdict(grade(Job(RIGHT, SOLVED, nb.QUICK)), "why")
    assert (waiting.points, waiting.status) == (None, "needs manual")
    source = nb.notebook(*SOURCE.cells[:2], nb.essay("why", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3))
    untouched = nb.verdict(grade(Job(HANDED_OUT, nb.to_bytes(source), nb.QUICK)), "why")
    assert (untouched.points, untouched.status) == (0.0, "graded")


def test_fork_servers_stay_and_end_with_close() -> None:
    close()
    warm(["math"])
    servers = fork_servers()
    assert servers
    assert grade(Job(RIGHT, SOLVED, nb.QUICK)).score == 2
    assert fork_servers() == servers
    close()
    assert fork_servers() == set()


def test_a_fork_server_that_has_died_is_replaced() -> None:
    warm()
    for pid in fork_servers():
        psutil.Process(pid).kill()
    assert grade(Job(RIGHT, SOLVED, nb.QUICK)).score == 2


def test_threads_share_one_pair() -> None:
    close()
    scores: list[float] = []
    threads = [
        threading.Thread(target=lambda: scores.append(grade(Job(RIGHT, SOLVED, nb.QUICK)).score)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scores == [2, 2, 2]
    assert len(fork_servers()) <= 2


def test_a_fork_of_this_process_leaves_the_fork_servers_alone() -> None:
    warm()
    servers = fork_servers()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert grade(Job(RIGHT, SOLVED, nb.QUICK)).score == 2
    assert fork_servers() == servers


HOARDER = """
import threading, time
try:
    while True:
        threading.Thread(target=time.sleep, args=(8,), daemon=True).start()
except RuntimeError:
    time.sleep(4)
"""
TWENTY = """
import threading, time
time.sleep(2)
threads = [threading.Thread(target=time.sleep, args=(0.5,)) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.slow
def test_a_neighbour_that_hoards_threads_costs_nothing() -> None:
    """The limit on processes is one per submission, for an ordinary user as for root."""
    warm()
    results = {}

    def one(name: str, code: str) -> None:
        submission = nb.with_answers(SOURCE, {"double": f"{RIGHT_CODE}\n{code}"})
        results[name] = nb.verdict(grade(Job(submission, SOLVED, nb.QUICK)), "test")

    threads = [
        threading.Thread(target=one, args=case)
        for case in (("hoarder", HOARDER), ("neighbour", TWENTY), ("another", TWENTY))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((verdict.points, verdict.message) == (2, "") for verdict in results.values()), results


def test_a_fork_of_this_process_removes_no_folder_of_the_fork_servers() -> None:
    """Formgrader grades in the server that also opens terminals, which are forks."""
    source = nb.notebook(
        nb.answer("double", RIGHT_CODE),
        nb.check("test", "import tempfile\nwith tempfile.TemporaryFile() as file:\n    assert double(2) == 4", 2),
    )
    job = Job(nb.to_bytes(source), nb.to_bytes(source), nb.QUICK)
    close()
    warm()
    # As after a fork server that died while another thread still used it.
    supervisor._servers.retire("none")
    supervisor._servers.retire(walls.wall())
    assert grade(job).score == 2
    child = os.fork()
    if child == 0:
        import gc

        status = 1
        try:
            gc.collect()
            atexit._run_exitfuncs()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert grade(job).score == 2
    close()


def test_a_process_that_dies_before_it_is_ready_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = []

    def dies_once(birth: socket.socket, *arguments: Any) -> tuple[bytes, list[int], int, Any]:
        if birth.family == socket.AF_UNIX and birth.type == socket.SOCK_STREAM and not deaths:
            deaths.append(birth)
            return b"", [], 0, None
        return receive(birth, *arguments)

    receive = socket.recv_fds
    warm()
    monkeypatch.setattr(socket, "recv_fds", dies_once)
    assert grade(Job(RIGHT, SOLVED, nb.QUICK)).score == 2
    assert len(deaths) == 1


def test_user_ids_are_unique_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    this_process = os.getpid()
    with contextlib.ExitStack() as stack:
        ids = [stack.enter_context(users.one()) for _ in range(20)]
        monkeypatch.setattr(os, "getpid", lambda: this_process + 100_000)
        ids += [stack.enter_context(users.one()) for _ in range(20)]
        monkeypatch.setattr(os, "getpid", lambda: 2**22)
        ids.append(stack.enter_context(users.one()))
    assert len(set(ids)) == len(ids)
    assert max(ids) < 2**32 - 1


def test_more_than_1024_open_descriptors(tmp_path: Path) -> None:
    """The watch over a submission works where `select.select` does not."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2048:
        pytest.skip("this system allows fewer than 2,048 open files per process")
    close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    files = []
    try:
        warm()
        files = [(tmp_path / "file").open("w") for _ in range(1100)]
        assert grade(Job(RIGHT, SOLVED, nb.QUICK)).score == 2
    finally:
        for file in files:
            file.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        close()


def test_a_program_that_a_check_starts_has_a_terminal_of_its_own_and_no_other() -> None:
    """IPython's `!program` needs a terminal; those of the machine are out of reach."""
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    test = f"""!test -t 1
assert _exit_code == 0, "no terminal"
import os
try:
    os.open({name!r}, os.O_RDWR)
    assert False, "another's terminal"
except OSError:
    pass
assert double(2) == 4"""
    source = nb.notebook(nb.answer("double", RIGHT_CODE), nb.check("test", test, 2))
    graded = grade(Job(nb.to_bytes(source), nb.to_bytes(source), shadow=False))
    os.close(ours)
    os.close(theirs)
    assert [(cell.points, cell.message) for cell in graded.cells] == [(2.0, "")]
