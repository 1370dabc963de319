"""Memory and processes of a submission, measured from outside."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from utils.grading.sandbox.usage import ProcessTree, data_bytes

GROW = """
import os, time
print("ready", flush=True)
input()
memory = bytearray(64 * 2**20)
os.fork()
os.fork()
os.write(1, b"ready\\n")
time.sleep(100)
"""


@contextmanager
def measured(script: str, copies: int = 1) -> Iterator[ProcessTree]:
    """A process that has waited for the tree to be made, and has then run on until it said so."""
    line = [sys.executable, "-c", script]
    with subprocess.Popen(line, stdin=-1, stdout=-1, text=True, start_new_session=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        tree = ProcessTree(process.pid)
        print(file=process.stdin, flush=True)
        for _ in range(copies):
            assert process.stdout.readline() == "ready\n"
        try:
            yield tree
        finally:
            os.killpg(process.pid, 9)


def test_a_tree_of_forks_is_counted_and_shared_pages_are_counted_once() -> None:
    with measured(GROW, copies=4) as tree:
        rough, count = tree.usage(enough=2**50)
        exact, _ = tree.usage()
    assert count == 4
    assert rough > 4 * 64 * 2**20
    assert 64 * 2**20 < exact < 3 * 64 * 2**20


def test_what_the_root_had_at_first_does_not_count() -> None:
    script = """
import time
memory = bytearray(64 * 2**20)
print("ready", flush=True)
input()
print("ready", flush=True)
time.sleep(100)
"""
    with measured(script) as tree:
        assert tree.usage(enough=2**50)[0] < 2**20


def test_a_process_that_has_ended_uses_nothing() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    time.sleep(0.01)
    assert ProcessTree(process.pid).usage() == (0, 0)


def test_threads_count_as_processes() -> None:
    script = """
import threading, time
print("ready", flush=True)
input()
for _ in range(20):
    threading.Thread(target=time.sleep, args=(100,)).start()
print("ready", flush=True)
"""
    with measured(script) as tree:
        assert tree.usage(2**50)[1] == 21


# What no process holds: (code, bytes that it takes at least)
KERNEL = {
    "page tables": (
        "import mmap\nspace = mmap.mmap(-1, 2**35, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE)\n"
        "for at in range(0, 2**35, 2**21):\n    space[at]",
        60 * 2**20,
    ),
    "pages that are not resident": (
        "import mmap\nkept = []\nfor _ in range(2000):\n    kept.append(mmap.mmap(-1, 2**16))\n"
        "    kept[-1].write(bytes(2**16))\n    kept[-1].madvise(mmap.MADV_DONTNEED)",
        120 * 2**20,
    ),
    "locks": (
        "import fcntl, tempfile\nfile = tempfile.TemporaryFile()\n"
        "for at in range(2000, 0, -2):\n    fcntl.lockf(file, fcntl.LOCK_EX, 1, at)",
        60 * 2**20,
    ),
}


@pytest.mark.parametrize("kind", KERNEL)
def test_memory_that_no_process_holds_counts(kind: str) -> None:
    code, amount = KERNEL[kind]
    script = f"import time\nprint('ready', flush=True)\ninput()\n{code}\nprint('ready', flush=True)\ntime.sleep(100)"
    with measured(script) as tree:
        assert amount <= tree.usage(enough=2**30)[0] < 2**30


def test_a_process_gets_the_memory_that_it_has_and_so_much_more() -> None:
    script = """
from utils.grading.sandbox.usage import data_bytes, limit_data
limit_data(200 * 2**20)
bytearray(100 * 2**20)
try:
    bytearray(300 * 2**20)
except MemoryError:
    print("bounded", data_bytes() < 2**32)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["bounded", "True"]
    assert data_bytes() > 2**20
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
