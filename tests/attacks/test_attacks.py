"""Hostile submissions: no undeserved point, no leak, no effect on others, and the batch goes on."""

import os
import re
import socket
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from nbconvert import HTMLExporter

from tests.attacks import CAMPUS, PORT, Attack, attacks, course
from tests.attacks.course import (
    AUTOGRADED,
    FILES,
    MARKER,
    PROMPTS,
    TESTS,
    load,
    release,
    right,
    source,
    wrong,
)
from tests.attacks.exhaustion import HOARDED
from tests.attacks.exits import LINGERER
from tests.attacks.writers import FIND, PLANT
from tests.support import ROOT
from utils.grading import Graded, Job, Limits, grade
from utils.grading.notebook.pipeline import sanitise_notebook

QUICK = Limits(cell_seconds=20.0, notebook_seconds=60.0, memory_mb=1024)
# Attacks of these themes stay in their own notebook; one look after all of them is enough.
WITHIN = ("tampering", "liars", "patches", "readers", "metadata")
REACHED = re.compile(r"^(reached|wrote|rewrote|emptied|poisoned|allowed|raw sockets) .*", re.MULTILINE)
HIDDEN = [
    line.strip()
    for _, test in TESTS.values()
    for block in re.findall(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", test, re.DOTALL)
    for line in block.splitlines()
]


class Campus:
    """The folder of a class on the host, with everything that an attack could want, and open ears on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path, content in {
            "source/toy/toy.ipynb": source(),
            "release/toy/toy.ipynb": release(),
            "submitted/canary/toy/toy.ipynb": right(release()),
            "autograded/canary/toy/toy.ipynb": source(),
            "feedback/canary/toy/toy.html": MARKER.encode(),
            "submitted/canary/toy/own.json": MARKER.encode(),
            "nbgrader_config.py": b"c = get_config()\n",
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        with sqlite3.connect(folder / "gradebook.db") as book:
            book.execute("create table grade (id text, manual_score float, extra_credit float, needs_manual_grade int)")
            book.execute("insert into grade values ('canary', 9, 0, 0)")
            book.execute("create table source (text text)")
            book.execute("insert into source values (?)", [MARKER])
        book.close()
        self.ears = [
            socket.create_server(("127.0.0.1", 0)),
            socket.socket(socket.AF_UNIX),
            socket.socket(socket.AF_UNIX),
        ]
        self.port = self.ears[0].getsockname()[1]
        self.ears[1].bind(f"\0campus-{self.port}")
        self.ears[2].bind(str(folder / "grader.sock"))
        for ear in self.ears:
            ear.listen()
            ear.setblocking(False)
        self.before = self.files()

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def arm(self, submission: bytes) -> bytes:
        """The submission with what an attacker can know of the host."""
        return submission.replace(CAMPUS.encode(), str(self.folder).encode()).replace(
            PORT.encode(), str(self.port).encode()
        )

    def visitors(self) -> int:
        """How many have connected."""
        count = 0
        for ear in self.ears:
            try:
                ear.accept()[0].close()
                count += 1
            except BlockingIOError:
                pass
        return count

    def close(self) -> None:
        for ear in self.ears:
            ear.close()


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    with pytest.MonkeyPatch.context() as patch:
        made = Campus(tmp_path_factory.mktemp("campus"))
        patch.chdir(made.folder)
        patch.setenv("TOKEN_OF_THE_GRADER", MARKER)
        yield made
        made.close()


def run(submission: bytes, limits: Limits = QUICK) -> Graded:
    return grade(Job(submission, source(), limits, files=FILES))


def canary() -> Graded:
    """An honest submission that also looks for what others have left behind."""
    return run(right(release(), FIND))


def nothing_lingers() -> None:
    """The next honest submission gets full marks and finds nothing that others have left."""
    after = canary()
    assert after.score == AUTOGRADED, [(cell.points, cell.message) for cell in after.cells]
    assert PLANT not in _printed(after)


def shown(graded: Graded) -> str:
    """Everything that a student gets to see."""
    return "\n".join([graded.notebook.decode(), *graded.remarks, *(cell.message for cell in graded.cells)])


def survivors() -> list[str]:
    """Processes of submissions that are still there; bubblewrap's own fork server has one namespace less."""
    children = psutil.Process().children(recursive=True)
    nested = [child for child in children if _depth(child.pid) > 2]
    _, alive = psutil.wait_procs(nested, timeout=5)
    left = [child.name() for child in alive]
    for process in psutil.process_iter(["cmdline"]):
        if LINGERER in " ".join(process.info["cmdline"] or ()):
            left.append(str(process.info["cmdline"]))
    return left


def _depth(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return len(next(line for line in status.splitlines() if line.startswith("NSpid")).split()) - 1


def cases() -> list[object]:
    """Every attack; any run of the suite has every fourth of a theme, the slow tests have the others."""
    themes: Counter[str] = Counter()
    found = []
    for one in attacks():
        chosen = not one.slow and themes[one.theme] % 4 == 0
        themes[one.theme] += not one.slow
        found.append(pytest.param(one, id=f"{one.theme}/{one.name}", marks=[] if chosen else [pytest.mark.slow]))
    return found


@pytest.mark.parametrize("one", cases())
@pytest.mark.timeout(240)
@pytest.mark.sample(2)
def test_attack(one: Attack, campus: Campus) -> None:
    limits = Limits(**{**vars(QUICK), **one.limits})
    graded = run(campus.arm(one.build(release())), limits)
    seen = shown(graded)

    # No undeserved point, and none lost that was earned.
    assert [cell.grade_id for cell in graded.cells] == [*(f"test_{name}" for name in TESTS), "essay"]
    scores = {cell.grade_id: cell.points for cell in graded.cells}
    assert all(cell.points is None or 0 <= cell.points <= cell.max_score for cell in graded.cells), scores
    assert graded.max_score == 10
    assert one.keeps <= graded.score <= one.deserved, (scores, [(c.status, c.message) for c in graded.cells])
    assert scores["essay"] is None or scores["essay"] == 0
    if one.remarked:
        assert graded.remarks

    # No leak.
    assert MARKER not in seen
    assert [line for line in HIDDEN if len(line) > 12 and line in _without_source(graded)] == []

    # No effect on others.
    assert REACHED.findall(_printed(graded)) == []
    assert survivors() == []
    assert campus.files() == campus.before
    assert campus.visitors() == 0
    assert not Path("/tmp/planted-by-reduce").exists()
    hoards = [int(amount) for amount in re.findall(HOARDED + r" (\d+) MiB", seen)]
    assert all(amount <= limits.memory_mb + limits.disk_mb for amount in hoards), hoards
    assert len(graded.notebook) <= limits.submission_mb * 2**20
    if one.theme not in WITHIN:
        nothing_lingers()


def _printed(graded: Graded) -> str:
    """What the cells of a graded notebook printed and raised."""
    outputs = [output for cell in load(graded.notebook).cells for output in cell.get("outputs", [])]
    return "\n".join(str(output.get("text", "")) + "\n".join(output.get("traceback", [])) for output in outputs)


def _without_source(graded: Graded) -> str:
    """What the grader shows beside the notebook's own text."""
    return "\n".join([_printed(graded), *graded.remarks, *(cell.message for cell in graded.cells)])


def test_after_all_of_them_an_honest_submission_is_graded_as_ever(campus: Campus) -> None:
    nothing_lingers()


def test_the_corpus_is_large_and_every_attack_says_what_it_tries() -> None:
    assert len(attacks()) >= 40
    assert len({one.name for one in attacks()}) == len(attacks())
    assert {one.theme for one in attacks()} >= {
        "tampering",
        "liars",
        "patches",
        "readers",
        "writers",
        "exhaustion",
        "exits",
    }


def test_what_is_honest_gets_everything_and_what_is_wrong_gets_nothing() -> None:
    """Otherwise nothing above means anything."""
    assert run(right(release())).score == AUTOGRADED
    assert run(wrong(release())).score == 0
    assert run(release()).score == 0
    assert set(PROMPTS) == set(TESTS)


def test_no_script_of_a_student_runs_in_the_page_that_shows_the_notebook() -> None:
    for name in ("script-in-outputs", "magics-for-other-languages"):
        one = next(one for one in attacks() if one.name == name)
        notebook = load(run(one.build(release())).notebook)
        sanitise_notebook(notebook, source())
        page, _ = HTMLExporter().from_notebook_node(notebook)
        assert "sum_of_squares" in page
        # The address is put together when the cell runs, so that it stands in outputs only.
        assert not re.search(r"<script[^>]*>[^<]*(/formgrader/api/scores|alert\()", page)
        assert not re.search(r"<(img|svg)[^>]*\son(error|load)", page)


@pytest.mark.parametrize(
    ("guess", "points"), [("0.25", 0.25), ("'x'", 0), ("[1, 2]", 0), ("(1,)", 0), ("b'x'", 0), ("True", 1)]
)
def test_points_that_a_student_has_a_hand_in_are_a_number(guess: str, points: float) -> None:
    """Where the score is computed from an answer, `1 * "x"` is text, and no full points."""
    notebook = load(source())
    course.cell(notebook, "test_guess").source = "assert guess is not None\n1 * guess"
    graded = grade(Job(right(release(), guess=f"guess = {guess}"), course.dump(notebook), QUICK, files=FILES))
    # Stock nbgrader takes any other value for full points, so the shadow does too, and a person decides.
    assert (next(verdict.points for verdict in graded.cells if verdict.grade_id == "test_guess") or 0) == points


@pytest.mark.parametrize(
    "name", ["equal-to-everything", "builtin-functions", "exec-replaced", "exit-in-a-called-function"]
)
def test_without_a_sandbox_the_judge_is_a_process_of_its_own(name: str) -> None:
    one = next(one for one in attacks() if one.name == name)
    graded = grade(Job(one.build(release()), source(), QUICK, files=FILES, sandboxed=False))
    assert one.keeps <= graded.score <= one.deserved
    assert MARKER not in shown(graded)


@pytest.mark.slow
def test_two_at_the_same_time_cannot_talk() -> None:
    """One serves the answer on loopback and in the abstract namespace while the other looks for it."""
    serve = """import socket, threading, time

def answer(server):
    server.listen()
    while True:
        server.accept()[0].sendall(b"153846")

for family, address in ((socket.AF_UNIX, "\\0collusion"), (socket.AF_INET, ("127.0.0.1", 45678))):
    server = socket.socket(family)
    server.bind(address)
    threading.Thread(target=answer, args=(server,), daemon=True).start()
time.sleep(6)"""
    fetch = """import socket, time

fetched = None
for _ in range(40):
    for family, address in ((socket.AF_UNIX, "\\0collusion"), (socket.AF_INET, ("127.0.0.1", 45678))):
        try:
            with socket.socket(family) as client:
                client.settimeout(1)
                client.connect(address)
                fetched = int(client.recv(100))
        except OSError:
            pass
    time.sleep(0.1)"""
    results: dict[str, Graded] = {}

    def one(name: str, submission: bytes) -> None:
        results[name] = run(submission)

    pair = [
        threading.Thread(target=one, args=("serves", right(release(), serve))),
        threading.Thread(target=one, args=("fetches", wrong(release(), fetch, answer="answer = fetched"))),
    ]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert results["fetches"].score == 0


def test_the_secrets_of_this_repository_are_not_in_the_sandbox() -> None:
    """Neither solutions, nor the answer bank, nor a class, nor anything of the home."""
    look = """import os

for folder, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if name not in ("proc", "sys", "site-packages", "dist-packages")]
    for secret in ("solutions", "answers", "submitted", "class", ".git", ".ssh"):
        if secret in folders:
            print("there is", os.path.join(folder, secret))"""
    printed = _printed(run(wrong(release(), look)))
    found = [line.removeprefix("there is ") for line in printed.splitlines() if line.startswith("there is ")]
    assert [path for path in found if path.startswith((str(ROOT), os.path.expanduser("~"), "/home"))] == []
