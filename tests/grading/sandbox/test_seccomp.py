"""System calls that the kernel refuses to a student's process."""

import platform
import subprocess
import sys

import pytest

from tests.support.sandboxed import shown_by
from utils.grading.sandbox.seccomp import refuse


def test_calls_that_no_notebook_needs_are_refused() -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print("unshare", libc.unshare(0x10000000), "ptrace", libc.ptrace(0, 0, 0, 0))
print("mount", libc.mount(b"t", b"/tmp", b"tmpfs", 0, 0))
"""
    text = shown_by(code)
    assert "unshare -1 ptrace -1" in text
    assert "mount -1" in text
    works = "import subprocess, threading\nsubprocess.run(['true'], check=True)\nthreading.Thread(target=print).start()"
    assert "Error" not in shown_by(works)


def test_what_is_refused_stays_refused_to_children() -> None:
    # In a process of its own, since the refusal cannot be taken back.
    script = """
import ctypes, os
from utils.grading.sandbox.seccomp import refuse
os.close(os.memfd_create("before"))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
print(refuse())
for _ in range(2):
    try:
        os.memfd_create("after")
    except PermissionError:
        print("refused", flush=True)
    if os.fork():
        os.wait()
        break
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "refused", "refused"]


def test_an_unknown_machine_is_not_given_another_machines_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "unknown")
    assert refuse() is False
