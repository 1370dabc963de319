"""The sandbox: what a student's process cannot see, reach, use up or leave behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support import ROOT
from tests.support.notebooks import QUICK, judged, shown, verdict
from utils.grading import Job, SandboxError, close, warm
from utils.grading.sandbox import walls as sandbox

DOUBLE = "def f(x):\n    return 2 * x"
TESTS = "assert f(2) == 4"
SHORT = replace(QUICK, cell_seconds=5.0, notebook_seconds=20.0)


def seen(code: str, **keywords: object) -> str:
    """What a student's cell shows."""
    return shown(judged(DOUBLE, TESTS, f"{DOUBLE}\n{code}", **keywords), "exercise")


def test_there_is_no_network() -> None:
    assert "unreachable" in seen("import socket\nsocket.create_connection(('1.1.1.1', 53), 3)")


def test_loopback_is_the_sandboxes_own() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert "refused" in seen(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)")


def test_only_the_environment_and_the_package_can_be_read() -> None:
    code = (
        f"import os\nprint(sorted(os.listdir({str(ROOT)!r})))\nprint(os.path.exists({str(Path.home() / '.bashrc')!r}))"
    )
    code += "\nprint(os.getcwd(), os.listdir(), os.listdir(os.path.expanduser('~')))"
    text = seen(code)
    for hidden in ("tests", "solutions", "assignments", ".git'", "class"):
        assert f"'{hidden}" not in text
    assert "False" in text
    assert "/submission/work [] []" in text


def test_the_system_cannot_be_written() -> None:
    code = """
import os, sys, sysconfig
for folder in ("/", "/usr", "/etc", "/dev", "/proc/sys", sys.prefix, sysconfig.get_path("purelib"), "/submission"):
    try:
        open(os.path.join(folder, "planted"), "w").close()
        print("wrote", folder)
    except OSError:
        pass
try:
    open("/proc/sys/kernel/core_pattern", "w").write("x")
    print("wrote core_pattern")
except OSError:
    pass
"""
    assert "wrote" not in seen(code)


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
    text = seen("print(open('/proc/self/status').read())")
    for line in ("CapPrm:\\t0000000000000000", "CapBnd:\\t0000000000000000", "NoNewPrivs:\\t1"):
        assert line in text


def test_calls_that_no_notebook_needs_are_refused() -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print("unshare", libc.unshare(0x10000000), "ptrace", libc.ptrace(0, 0, 0, 0))
print("mount", libc.mount(b"t", b"/tmp", b"tmpfs", 0, 0))
"""
    text = seen(code)
    assert "unshare -1 ptrace -1" in text
    assert "mount -1" in text
    works = "import subprocess, threading\nsubprocess.run(['true'], check=True)\nthreading.Thread(target=print).start()"
    assert "Error" not in seen(works)


def test_no_other_process_can_be_seen_or_signalled() -> None:
    code = "import os\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()), os.getppid())"
    assert "[1] 0" in seen(code)
    assert (
        verdict(
            judged(DOUBLE, TESTS, f"{DOUBLE}\nimport os, signal\ntry:\n    os.kill(-1, 9)\nexcept OSError:\n    pass")
        ).points
        == 4
    )


def test_the_environment_is_a_short_list() -> None:
    os.environ["SECRET_OF_THE_GRADER"] = "314159"
    try:
        close()
        text = seen("import os\nprint(sorted(os.environ), open('/proc/1/environ').read())")
    finally:
        del os.environ["SECRET_OF_THE_GRADER"]
    assert "SECRET_OF_THE_GRADER" not in text
    assert "JPY_PARENT_PID" not in text


def test_no_descriptor_of_the_grader_is_open() -> None:
    code = """
import os
descriptors = [f"/proc/self/fd/{number}" for number in range(64)]
print([os.readlink(name) for name in descriptors if os.path.lexists(name)])
"""
    text = seen(code)
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
    seen(plant)
    above = {str(folder) for folder in Path(__file__).parents}  # a course in /tmp is seen there, and read only
    code = f"""
import builtins, glob, sys, ctypes
files = set(glob.glob("/tmp/*") + glob.glob("/dev/shm/*") + glob.glob("*")) - {above!r}
print(hasattr(builtins, "planted"), "planted" in sys.modules, files)
print(ctypes.CDLL(None).shmget(4711, 4096, 0o666))
"""
    text = seen(code)
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
    from tests.support import notebooks as nb
    from utils.grading import grade

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
    assert "No space left" in seen(flood, limits=limits)
    assert "No space left" in seen(flood.replace("file", "/tmp/file"), limits=limits)
    assert "Too many open files" in seen("held = [open('/dev/null') for _ in range(999)]", limits=limits)
    assert "No space left" in seen("for i in range(10**5):\n    open(f'{i}', 'w').close()", limits=limits)


def test_without_bubblewrap_it_stops_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    sandbox.wall.cache_clear()
    try:
        with pytest.raises(SandboxError, match="bubblewrap"):
            judged(DOUBLE, TESTS, DOUBLE)
    finally:
        sandbox.wall.cache_clear()
    assert verdict(judged(DOUBLE, TESTS, DOUBLE, sandboxed=False)).points == 4


def test_unsandboxed_the_judge_is_apart_and_the_tree_still_dies() -> None:
    code = 'import subprocess\nsubprocess.Popen(["setsid", "sleep", "271828"])'
    assert verdict(judged(DOUBLE, TESTS, f"{DOUBLE}\n{code}", sandboxed=False)).points == 4
    assert sleepers() == []
    assert verdict(judged(DOUBLE, TESTS, "import os\nos._exit(0)", sandboxed=False)).status == "crashed"


@pytest.fixture
def grader() -> Iterator[subprocess.Popen[str]]:
    code = "from utils.grading import warm; warm(['numpy']); print('warm', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=-1, stdout=-1, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


def test_the_warm_processes_die_with_a_killed_grader(grader: "subprocess.Popen[str]") -> None:
    assert grader.stdout is not None
    assert grader.stdout.readline() == "warm\n"
    children = psutil.Process(grader.pid).children(recursive=True)
    assert len(children) >= 2
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_a_warm_process_that_died_is_replaced() -> None:
    warm()
    for child in psutil.Process().children(recursive=True):
        if "zygote" in " ".join(child.cmdline()):
            child.kill()
    time.sleep(0.1)
    assert verdict(judged(DOUBLE, TESTS, DOUBLE)).points == 4
