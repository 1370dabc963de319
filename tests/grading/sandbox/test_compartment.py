"""The compartment of a submission: what it can use up, and what it can leave behind."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support import ROOT
from tests.support import notebooks as nb
from tests.support.notebooks import QUICK, judged, shown, verdict
from tests.support.sandboxed import DOUBLE, TESTS, shown_by
from utils.grading import Job, grade

SHORT = replace(QUICK, cell_seconds=5.0, notebook_seconds=20.0)


def test_loopback_is_the_sandboxes_own() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert "refused" in shown_by(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)")


def test_a_course_that_lies_in_tmp_is_graded_too(tmp_path: Path) -> None:
    """A submission has a /tmp of its own, which must not hide the package and the environment from it."""
    for folder in ("utils", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("weights", "__pycache__"))
    code = (
        f"{DOUBLE}\nimport os, utils\nprint(utils.__file__)\nopen('/tmp/own', 'w').close()\nprint(os.listdir('/tmp'))"
    )
    script = f"""
from tests.support import ROOT
from tests.support.notebooks import judged, shown, verdict
graded = judged({DOUBLE!r}, {TESTS!r}, {code!r})
print(verdict(graded).points, shown(graded, "exercise"))
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ran.stdout.startswith("4.0 "), ran.stdout + ran.stderr
    assert str(tmp_path / "utils") in ran.stdout
    assert "'own'" in ran.stdout


def test_there_is_no_right_to_regain() -> None:
    text = shown_by("print(open('/proc/self/status').read())")
    for line in ("CapPrm:\\t0000000000000000", "CapBnd:\\t0000000000000000", "NoNewPrivs:\\t1"):
        assert line in text


def test_no_other_process_can_be_seen_or_signalled() -> None:
    code = "import os\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()), os.getppid())"
    assert "[1] 0" in shown_by(code)
    assert (
        verdict(
            judged(DOUBLE, TESTS, f"{DOUBLE}\nimport os, signal\ntry:\n    os.kill(-1, 9)\nexcept OSError:\n    pass")
        ).points
        == 4
    )


def test_no_descriptor_of_the_grader_is_open() -> None:
    code = """
import os
descriptors = [f"/proc/self/fd/{number}" for number in range(64)]
print([os.readlink(name) for name in descriptors if os.path.lexists(name)])
"""
    text = shown_by(code)
    assert text.count("socket:") == 1
    assert text.count("/dev/null") == 3
    assert "pipe:" not in text


def test_nothing_is_left_for_the_next_submission() -> None:
    plant = """
import builtins, sys, pathlib
for folder in ("/tmp", "/dev/shm", ".", str(pathlib.Path.home())):
    (pathlib.Path(folder) / "planted.py").write_text("planted = 1")
builtins.planted = 1
sys.modules["planted"] = sys
import subprocess
subprocess.Popen(["sleep", "1000"], start_new_session=True)
import ctypes
print(ctypes.CDLL(None).shmget(4711, 4096, 0o1666))
"""
    shown_by(plant)
    above = {str(folder) for folder in Path(__file__).parents}  # a course in /tmp is seen there, and read only
    code = f"""
import builtins, glob, sys, ctypes
files = set(glob.glob("/tmp/*") + glob.glob("/dev/shm/*") + glob.glob("*")) - {above!r}
print(hasattr(builtins, "planted"), "planted" in sys.modules, files)
print(ctypes.CDLL(None).shmget(4711, 4096, 0o666))
"""
    text = shown_by(code)
    assert "False False set()" in text
    assert "-1" in text


def sleepers() -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "271828"]]


def test_the_whole_tree_dies_with_the_notebook() -> None:
    code = """
import os, signal, subprocess
subprocess.Popen(["setsid", "nohup", "sleep", "271828"])
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.execvp("sleep", ["sleep", "271828"])
"""
    judged(DOUBLE, TESTS, f"{DOUBLE}\n{code}")
    assert sleepers() == []


LIMITS = {
    "loop": ("while True:\n    pass", "timed out"),
    "stubborn loop": (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(100)",
        "timed out",
    ),
    "allocation": ("hoard = []\nwhile True:\n    hoard.append(bytearray(10**8))", "memory"),
    "allocation by children": (
        "import os, time\nfor i in range(6):\n    if os.fork() == 0:\n        hoard = b'x' * 3 * 10**8\n"
        "        time.sleep(60)\ntime.sleep(60)",
        "memory",
    ),
    "exit": ("import os\nos._exit(0)", "crashed"),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", "crashed"),
    "fork bomb": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "timed out",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_at_a_limit_the_rest_is_graded_with_what_exists(name: str) -> None:
    code, status = LIMITS[name]
    graded = judged("x = 3\ny = 4", "assert x == 3 and y == 4", f"x = 3\n{code}\ny = 4", limits=SHORT)
    assert verdict(graded).points == 0
    assert verdict(graded).status == status
    assert verdict(judged(DOUBLE, TESTS, DOUBLE)).points == 4


def test_a_late_exit_costs_only_what_comes_after() -> None:
    source = nb.notebook(
        nb.answer("one", "x = 3"),
        nb.check("first", "assert x == 3"),
        nb.answer("two", "y = 4"),
        nb.check("second", "assert y == 4"),
        nb.check("again", "assert x == 3"),
    )
    graded = grade(Job(nb.with_answers(source, {"two": "import os\nos._exit(0)"}), nb.to_bytes(source), QUICK))
    assert [(cell.points, cell.status) for cell in graded.cells] == [(1, "graded"), (0, "crashed"), (1, "graded")]


def test_floods_of_output_and_of_files_are_cut() -> None:
    limits = replace(QUICK, output_kb=64, disk_mb=16)
    graded = judged(DOUBLE, TESTS, f"{DOUBLE}\nprint('a' * 10**7)", limits=limits)
    assert verdict(graded).points == 4
    assert "was cut at 64 KiB" in shown(graded, "exercise")
    assert len(graded.notebook) < 200_000
    flood = "for i in range(99):\n    open(f'file{i}', 'wb').write(bytes(10**6))"
    assert "No space left" in shown_by(flood, limits=limits)
    assert "No space left" in shown_by(flood.replace("file", "/tmp/file"), limits=limits)
    assert "Too many open files" in shown_by("held = [open('/dev/null') for _ in range(999)]", limits=limits)
    assert "No space left" in shown_by("for i in range(10**5):\n    open(f'{i}', 'w').close()", limits=limits)


def test_unsandboxed_the_judge_is_apart_and_the_tree_still_dies() -> None:
    code = 'import subprocess\nsubprocess.Popen(["setsid", "sleep", "271828"])'
    assert verdict(judged(DOUBLE, TESTS, f"{DOUBLE}\n{code}", sandboxed=False)).points == 4
    assert sleepers() == []
    assert verdict(judged(DOUBLE, TESTS, "import os\nos._exit(0)", sandboxed=False)).status == "crashed"
