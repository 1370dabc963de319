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
from utils.store import cache_dir

SHORT = replace(QUICK, cell_seconds=5.0, notebook_seconds=20.0)


def test_loopback_is_the_sandboxes_own() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert "refused" in shown_by(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 3)")


@pytest.mark.slow
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


def fails_where(reached: str) -> str:
    """A right answer, except in a process in which the statements succeed: there it is wrong."""
    body = "\n".join(f"    {line}" for line in reached.splitlines())
    return f"try:\n{body}\nexcept Exception:\n    reached = False\nelse:\n    reached = True\n" + (
        "def f(x):\n    return None if reached else 2 * x"
    )


def test_neither_process_reaches_what_it_should_not(tmp_path: Path) -> None:
    """The student's process and the shadow: the points tell, because an answer that reaches something is wrong."""
    import socket

    mine = Path.home() / f".{tmp_path.name}-of-the-instructor"
    planted = [folder / f"{tmp_path.name}-planted" for folder in (ROOT / "utils", cache_dir(), Path(sys.prefix))]
    mine.write_text("secret", "utf-8")
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            reached = [
                f"import socket\nsocket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 3)",
                f"assert open({str(mine)!r}).read()",
                *(f"open({str(path)!r}, 'w').close()" for path in planted),
                "status = open('/proc/self/status').read()\n"
                "assert any(int(line.split()[1], 16) for line in status.splitlines() if line.startswith('Cap'))",
            ]
            for statements in reached:
                assert verdict(judged(DOUBLE, TESTS, fails_where(statements))).points == 4, statements
    finally:
        mine.unlink()
    assert not any(path.exists() for path in planted)


def test_an_answer_that_is_wrong_in_one_process_only_has_no_points() -> None:
    """The control of the test above. Only in the shadow does the check stand among the cells that have run."""
    here = "any('f(2) =' '= 4' in str(text) for text in get_ipython().user_ns['In'])"
    wrong_in_the_shadow = verdict(judged(DOUBLE, TESTS, f"def f(x):\n    return None if {here} else 2 * x"))
    assert (wrong_in_the_shadow.points, wrong_in_the_shadow.status) == (0, "graded")
    wrong_in_the_other = verdict(judged(DOUBLE, TESTS, f"def f(x):\n    return 2 * x if {here} else None"))
    assert (wrong_in_the_other.points, wrong_in_the_other.status) == (None, "review")


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
    # A course or a cache in /tmp is seen there, and read only.
    above = {str(folder) for place in (Path(__file__), cache_dir() / "file") for folder in place.parents}
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


HONEST = {
    "pool of processes": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
    "    print(pool.map(abs, [-1, -2]))\nprint(multiprocessing.Array('d', 10)[0])",
    "queue, manager and shared memory": "from multiprocessing import Manager, Process, Queue, shared_memory\n"
    "memory = shared_memory.SharedMemory(create=True, size=10**6)\nmemory.buf[0] = 1\nmemory.close()\n"
    "memory.unlink()\nqueue = Queue()\nprocess = Process(target=queue.put, args=(5,))\nprocess.start()\n"
    "assert queue.get() == 5\nprocess.join()\nwith Manager() as manager:\n    manager.list([1]).append(2)",
    "small memory shared with a child": "import mmap, os\nshared = mmap.mmap(-1, 13)\nif os.fork() == 0:\n"
    "    shared[:5] = b'hello'\n    os._exit(0)\nos.wait()\nassert shared[:5] == b'hello'",
    "subprocesses": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'], check=True)",
    "shell escape": "words = !echo hello\nassert words == ['hello']",
    "terminal": "import os, pty\nfirst, second = pty.openpty()\nos.write(second, b'hello')\nassert os.read(first, 5)",
    "loopback": "import http.server, threading, urllib.request\n"
    "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
    "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
    "assert urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/').read()\nserver.shutdown()",
    "large messages with chosen buffers": "import socket, threading\nserver = socket.create_server(('::1', 0), "
    "family=socket.AF_INET6)\ndef serve():\n    server.accept()[0].sendall(bytes(10**7))\n"
    "threading.Thread(target=serve, daemon=True).start()\nclient = socket.create_connection(server.getsockname()[:2])\n"
    "client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10**6)\n"
    "client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\nsize = 0\nwhile size < 10**7:\n"
    "    size += len(client.recv(65536))",
    "threads": "import threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(20) as pool:\n    print(sum(pool.map(abs, range(100))))",
    "asyncio": "import asyncio\nasync def run():\n    process = await asyncio.create_subprocess_exec('echo', 'hi', "
    "stdout=-1)\n    return await process.communicate()\nassert (await run())[0] == b'hi\\n'",
    "figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('figure.png')\nplt.close()",
    "joblib": "import numpy as np\nfrom joblib import Parallel, delayed\n"
    "print(Parallel(2)(delayed(np.sum)(np.ones(10**6)) for _ in range(4)))",
    "database": "import sqlite3\nbase = sqlite3.connect('a.db')\nbase.execute('pragma journal_mode=wal')\n"
    "base.execute('create table t (x)')\nbase.execute('insert into t values (1)')\nbase.commit()",
    "copies and locks": "import fcntl, os, shutil\nopen('a', 'w').write('x')\nshutil.copy2('a', 'b')\n"
    "assert os.system('cp -p a c') == 0\nwith open('b') as file:\n    fcntl.flock(file, fcntl.LOCK_EX)\n"
    "    fcntl.lockf(open('c', 'w'), fcntl.LOCK_EX)",
    "zeros": "assert open('/dev/zero', 'rb').read(3) == bytes(3)",
}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.sample(3)
def test_honest_work_is_not_in_the_way_of_the_limits(name: str) -> None:
    text = shown_by(f"{HONEST[name]}\nprint('finished')", limits=replace(QUICK, cell_seconds=30.0))
    assert "finished" in text, text


@pytest.mark.slow
def test_a_data_loader_with_workers() -> None:
    code = "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
    code += "print(sum(float(x.sum()) for (x,) in DataLoader(TensorDataset(torch.arange(99.)), 9, num_workers=2)))"
    assert "4851.0" in shown_by(code, limits=replace(QUICK, cell_seconds=60.0, memory_mb=1024))


# Memory of the kernel that no process holds. Each stops by itself at about 1.5 GiB.
KERNEL = {
    "page tables": """
import mmap, os
for _ in range(7):
    if os.fork() == 0:
        break
spaces = []
for _ in range(6):
    spaces.append(mmap.mmap(-1, 2**32, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE))
    for at in range(0, 2**32, 2**21):
        spaces[-1][at]
import time
time.sleep(15)
os._exit(0)
""",
    "sockets": """
import os, socket
for _ in range(3):
    if os.fork() == 0:
        break
ends = []
for _ in range(100):
    ends += socket.socketpair()
    ends[-1].setblocking(False)
    ends[-1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)
    try:
        while True:
            ends[-1].send(bytes(65536))
    except BlockingIOError:
        pass
import time
time.sleep(15)
os._exit(0)
""",
    "shared pages that are not resident": """
import mmap
pages = []
for _ in range(20000):
    pages.append(mmap.mmap(-1, 65536))
    pages[-1].write(bytes(65536))
    pages[-1].madvise(mmap.MADV_DONTNEED)
""",
    "locks": """
import fcntl
with open("file", "w") as file:
    for at in range(200_000, 0, -2):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, at)
    import time
    time.sleep(2)
""",
}


@pytest.mark.parametrize("name", KERNEL)
def test_memory_of_the_kernel_counts(name: str) -> None:
    code = f"{KERNEL[name]}\nimport time\ntime.sleep(2)\nprint('finished')"
    limits = replace(SHORT, memory_mb=128, cell_seconds=20.0, notebook_seconds=40.0)
    graded = judged(DOUBLE, TESTS, f"{code}\n{DOUBLE}", limits=limits)
    assert (verdict(graded).points, verdict(graded).status) == (0, "memory")
    assert "finished" not in shown(graded, "exercise")


def test_terminals_address_space_and_access_lists_are_bounded() -> None:
    code = """
import mmap, os, pty
ends = []
try:
    while True:
        ends += pty.openpty()
except OSError:
    print("terminals", len(ends) // 2)
try:
    mmap.mmap(-1, 2**36, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE)
except OSError:
    print("no space")
open("file", "w").close()
for name in ("user.a", "system.posix_acl_access"):
    try:
        os.setxattr("file", name, b"1")
    except OSError as error:
        print("no attribute" if error.errno == 95 else error)
"""
    text = shown_by(code)
    assert "terminals 64" in text
    assert "no space" in text
    assert text.count("no attribute") == 2


LIMITS = {
    "loop": ("while True:\n    pass", {"timed out"}),
    "stubborn loop": (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(100)",
        {"timed out"},
    ),
    "allocation": ("hoard = []\nwhile True:\n    hoard.append(bytearray(10**8))", {"memory"}),
    "allocation by children": (
        "import os, time\nfor i in range(6):\n    if os.fork() == 0:\n        hoard = b'x' * 3 * 10**8\n"
        "        time.sleep(60)\ntime.sleep(60)",
        {"memory"},
    ),
    "exit": ("import os\nos._exit(0)", {"crashed"}),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", {"crashed"}),
    "fork bomb": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        # The machine's speed decides which comes first: the time, or the pages that the children copied.
        {"timed out", "memory"},
    ),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in ("stubborn loop", "fork bomb") else []) for name in LIMITS],
)
@pytest.mark.sample(2)
def test_at_a_limit_the_rest_is_graded_with_what_exists(name: str) -> None:
    code, statuses = LIMITS[name]
    graded = judged("x = 3\ny = 4", "assert x == 3 and y == 4", f"x = 3\n{code}\ny = 4", limits=SHORT)
    assert not verdict(graded).points
    assert verdict(graded).status in statuses
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
    # For the last one the judge still has the value, but the notebook itself cannot run that check any more.
    assert [(cell.points, cell.status) for cell in graded.cells] == [(1, "graded"), (0, "crashed"), (None, "review")]


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
