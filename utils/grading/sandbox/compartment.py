"""The compartment of one submission: namespaces and limits that its process sets up before any student code runs.

A submission is a fork of the fork server behind the outer wall (`walls`), in namespaces of its own: its own process
tree, so that nothing outlives it and nothing else can be seen or signalled; its own memory-backed folders, so that
nothing can be left for the next submission; its own loopback interface; limits on resources; and no capabilities.
If the grader is root, the fork also switches to a user ID of its own; otherwise to a user namespace of its own. Either
way its processes are counted apart from those of other submissions.
"""

import contextlib
import ctypes
import fcntl
import os
import platform
import re
import resource
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from utils.grading.job import Limits
from utils.grading.sandbox import seccomp
from utils.grading.sandbox.usage import address_bytes, data_bytes
from utils.grading.sandbox.walls import FOLDER, Wall

_NEWNS, _NEWUTS, _NEWIPC, _NEWPID, _NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x20000000, 0x40000000
_NEWUSER = 0x10000000
NAMESPACES: Final = _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | _NEWNET
"""The namespaces that every submission has of its own, as the kernel's flags."""
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT, _SUBREAPER = 1, 4, 24, 38, 47, 36

# Address space beyond the limit on memory, for reservations that are never touched: 64 MiB of page tables at most.
_RESERVATIONS: Final = 32 * 2**30
# The kernel's limit on terminals is one for the whole machine.
_OWN_TERMINALS: Final = "newinstance,ptmxmode=0666,mode=0620,max=64"
_SOCKET_BUFFER: Final = 212_992

_libc = ctypes.CDLL(None, use_errno=True)


def run_in_compartment(
    wall: Wall, limits: Limits, user: int, birth: socket.socket, run: Callable[[], None]
) -> NoReturn:
    """In a fork of the fork server: build a compartment, run a submission in it, and report how it ended.

    Args:
        wall: the wall around the fork server; with "none", only the limits on resources apply.
        limits: what the submission may use.
        user: the user id that the submission takes where the grader is root.
        birth: receives the process's file descriptor as it starts, and its exit status as it ends.
        run: what runs within.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if wall == "none":
        _prctl(_SUBREAPER, 1)
    else:
        _call(_libc.unshare, NAMESPACES)
    outcome, tell_outcome = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            birth.close()
            os.close(outcome)
            try:
                _build(wall, limits, user)
            except Exception as error:
                os.write(tell_outcome, f"{type(error).__name__}: {error}".encode()[:500])
                raise
            os.write(tell_outcome, b"born")
            os.close(tell_outcome)
            run()
            code = 0
        finally:
            os._exit(code)
    os.close(tell_outcome)
    # No code of a student runs before the compartment is complete.
    socket.send_fds(birth, [os.read(outcome, 512) or b"no reason"], [os.pidfd_open(process)])
    _, status = os.waitpid(process, 0)
    if wall == "none":
        _end_orphans()
    birth.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def separate(wall: Wall, pidfd: int) -> tuple[Callable[[int], None], tuple[str, ...]]:
    """In a judge's process: go on in a child that has namespaces of its own, and see neither network nor processes.

    A check may start a program that reads what a student returned. Such a program ends with the judge, and can signal
    no other process of the same user.

    Args:
        wall: "root" or "user".
        pidfd: of the student's process, which the child cannot signal from within its namespace.

    Returns:
        What sends a signal to the student's process, and the paths of terminals that the child has of its own: a check
        that starts a program as `!program` needs one.
    """
    if wall == "user":
        _enter_user_namespace()
    _call(_libc.unshare, NAMESPACES)
    numbers, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        while number := os.read(numbers, 1):
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(pidfd, number[0])
        _, status = os.waitpid(process, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 255)
    os.close(numbers)
    _prctl(_PDEATHSIG, signal.SIGKILL)
    _start_loopback()
    # In a container that hides parts of /proc an ordinary user may not mount another.
    with contextlib.suppress(OSError):
        _mount(None, "/", None, _REC | _PRIVATE)
        _mount("tmpfs", "/dev/shm", "tmpfs", _NOSUID | _NODEV, "mode=1777")
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    terminals: tuple[str, ...] = ()
    with contextlib.suppress(OSError):
        _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, _OWN_TERMINALS)
        terminals = ("/dev/pts", "/dev/ptmx")

    def send(number: int) -> None:
        os.write(tell, bytes([number]))

    return send, terminals


def give_up_rights() -> None:
    """Give up every capability, also for programs that this process starts, and the refused system calls."""
    _empty_bounding_set()
    _prctl(_AMBIENT, 4)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call(_libc.capset, header, (ctypes.c_uint32 * 6)())
    _prctl(_NO_NEW_PRIVS, 1)
    seccomp.refuse()


def _build(wall: Wall, limits: Limits, user: int) -> None:
    _prctl(_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    if wall != "none":
        _mount_folders(limits)
        _start_loopback()
    if wall == "user":
        _enter_user_namespace()
    _set_limits(wall, limits)
    if wall != "none":
        _become_user(wall, user)
    # The fork server's own output goes to a file outside.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _mount_folders(limits: Limits) -> None:
    _mount(None, "/", None, _REC | _PRIVATE)
    # One file system for all writable folders, so that one size limits them together.
    options = f"size={limits.disk_mb}m,nr_inodes=20000,mode=0755"
    _mount("tmpfs", FOLDER, "tmpfs", _NOSUID | _NODEV, options)
    # If the course itself is in /tmp, the submission's own /tmp would hide it.
    hidden = {place: os.open(place, os.O_PATH) for place in _mounted_below("/tmp")}
    os.umask(0)
    for name, target in (("work", f"{FOLDER}/work"), ("tmp", "/tmp"), ("shm", "/dev/shm")):
        os.mkdir(f"{FOLDER}/{name}", 0o777)
        _mount(f"{FOLDER}/{name}", target, None, _BIND)
    os.umask(0o022)
    # An ordinary user owns it.
    _mount(None, FOLDER, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)
    for place, descriptor in hidden.items():
        os.makedirs(place, exist_ok=True)
        _mount(f"/proc/self/fd/{descriptor}", place, None, _BIND)
        _mount(None, place, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)
        os.close(descriptor)
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, _OWN_TERMINALS)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    _limit_buffers()
    # Root's files in /proc/sys stay root's in every namespace.
    _mount("/proc/sys", "/proc/sys", None, _BIND)
    _mount(None, "/proc/sys", None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    os.chdir(f"{FOLDER}/work")


def _mounted_below(folder: str) -> list[str]:
    """The mount points below a folder, outermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = {re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in lines}
    return sorted((place for place in places if place.startswith(f"{folder}/")), key=len)


def _limit_buffers() -> None:
    """Keep the kernel from letting the buffers of a connection grow, so that counting sockets bounds their memory."""
    for kind in "rw":
        path = Path(f"/proc/sys/net/ipv4/tcp_{kind}mem")
        # A system without IPv4 has no such buffers.
        if path.exists():
            path.write_text(f"4096 65536 {_SOCKET_BUFFER}")


def _start_loopback() -> None:
    """Start a private loopback interface, which some libraries need."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up_and_running, set_flags = 0x41, 0x8914
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up_and_running))


def _enter_user_namespace() -> None:
    """Enter a user namespace: the limit on processes counts those of one user in one user namespace.

    The namespaces made before stay outside it, so that nothing in it gives a right over them.
    """
    user, group = os.getuid(), os.getgid()
    _call(_libc.unshare, _NEWUSER)
    _prctl(_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{name}").write_text(text)


def _counts_by_namespace() -> bool:
    """Whether RLIMIT_NPROC counts by user namespace; before Linux 5.14 it counts all processes of the grader's user."""
    major, minor = re.findall(r"\d+", platform.release())[:2]
    return (int(major), int(minor)) >= (5, 14)


def _set_limits(wall: Wall, limits: Limits) -> None:
    mebibyte = 2**20
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.disk_mb * mebibyte,
        resource.RLIMIT_DATA: data_bytes() + limits.memory_mb * mebibyte,
        resource.RLIMIT_AS: address_bytes() + limits.memory_mb * mebibyte + _RESERVATIONS,
    }
    if wall == "root" or (wall == "user" and _counts_by_namespace()):
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for bound, value in bounds.items():
        _, hard = resource.getrlimit(bound)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(bound, (value, value))


def _empty_bounding_set() -> None:
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break


def _become_user(wall: Wall, user: int) -> None:
    # Another user may not do this any more.
    _empty_bounding_set()
    if wall == "root":
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    give_up_rights()
    # Changing the user hides /proc/self from the process itself, and resets the signal on the parent's death.
    _prctl(_DUMPABLE, 1)
    _prctl(_PDEATHSIG, signal.SIGKILL)


def _end_orphans() -> None:
    """Without a process namespace, kill the processes that a submission left; all are children of this process now."""
    while children := Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        for child in children:
            os.kill(int(child), signal.SIGKILL)
            os.waitpid(int(child), 0)


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{getattr(function, '__name__', 'call')}: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    _call(_libc.prctl, option, value, 0, 0, 0)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    text = [None if part is None else part.encode() for part in (source, target, kind, options)]
    try:
        _call(_libc.mount, text[0], text[1], text[2], ctypes.c_ulong(flags), text[3])
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} on {target}") from error
