"""System calls that the kernel refuses to a student's process."""

import platform
import re
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


def test_only_sockets_that_a_network_namespace_confines_can_be_made() -> None:
    code = """
import socket
for family in range(46):
    for make in (socket.socket, socket.socketpair):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                make(family, kind)
                print(f"made {family},")
            except OSError as error:
                if error.errno != 97 and family not in (1, 2, 10, 16):
                    print("reached", family, kind, error)
"""
    text = shown_by(code)
    assert set(re.findall(r"made (\d+),", text)) == {"1", "2", "10", "16"}
    assert "reached" not in text


def test_nobody_asks_which_files_are_in_memory() -> None:
    """A submission could leave a message to a later one there."""
    code = """
import mmap, os
file = os.open(os.__file__, os.O_RDONLY)
for call in (
    lambda: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED),
    lambda: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT),
):
    try:
        call()
        print("allowed")
    except OSError as error:
        print("refused", error.errno)
print(os.preadv(file, [bytearray(1)], 0), "byte")
"""
    text = shown_by(code)
    assert "refused 1" in text
    assert "refused 95" in text
    assert "1 byte" in text


def test_memory_that_belongs_to_no_process_is_refused() -> None:
    code = """
import ctypes, fcntl, mmap, os, struct
libc = ctypes.CDLL(None, use_errno=True)
print("semget", libc.semget(0, 100, 0o1600), "msgget", libc.msgget(0, 0o1600), "shmget", libc.shmget(0, 9, 0o1600))
print("inotify", libc.inotify_init1(0), libc.inotify_init(), "fanotify", libc.fanotify_init(0, 0))
print("landlock", libc.syscall(444, None, 0, 1), "newer than this list", libc.syscall(463), ctypes.get_errno())
print("mq_open", libc.mq_open(b"/queue", 0o102, 0o600, None))
read, write = os.pipe()
print("vmsplice", libc.vmsplice(write, ctypes.byref(ctypes.create_string_buffer(16)), 1, 0), ctypes.get_errno())
for file in (-1, os.open("/dev/zero", os.O_RDWR)):
    try:
        mmap.mmap(file, 2**20)
        print("mapped")
    except OSError:
        pass
try:
    fcntl.fcntl(os.open("file", os.O_RDWR | os.O_CREAT), 37, struct.pack("hhqqi4x", 1, 0, 0, 1, 0))
    print("locked")
except OSError:
    pass
"""
    text = shown_by(code)
    assert "semget -1 msgget -1 shmget -1" in text
    assert "inotify -1 -1 fanotify -1" in text
    assert "landlock -1 newer than this list -1 38" in text
    assert "mq_open -1" in text
    assert "vmsplice -1 1" in text
    assert "mapped" not in text
    assert "locked" not in text


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
