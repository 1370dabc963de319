"""Memory and processes of a submission, measured from outside."""

import os
import resource
import subprocess
import sys
import time

from utils.grading.sandbox.usage import data_bytes, usage

TREE = """
import os, time
memory = bytearray(64 * 2**20)
os.fork()
os.fork()
print("ready", flush=True)
time.sleep(100)
"""


def test_a_tree_of_forks_is_counted_and_shared_pages_are_counted_once() -> None:
    with subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        try:
            rough, count = usage(process.pid, enough=2**50)
            exact, _ = usage(process.pid)
        finally:
            os.killpg(process.pid, 9)
    assert count == 4
    assert rough > 4 * 64 * 2**20
    assert 64 * 2**20 < exact < 3 * 64 * 2**20


def test_what_the_root_had_at_birth_does_not_count() -> None:
    memory, count = usage(os.getpid(), shared=2**50, enough=2**50)
    assert memory < 0
    assert count >= 1


def test_a_process_that_has_ended_uses_nothing() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    time.sleep(0.01)
    assert usage(process.pid) == (0, 0)


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
