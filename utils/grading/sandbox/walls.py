"""The student's sandbox: bubblewrap around a warm process, and a cell of its own for each submission within it.

Two walls. bubblewrap gives the warm process no network, a read-only system, no home and nothing of the course but the
installed package. Each submission is then a fork of it in namespaces of its own: its own process tree, so that nothing
outlives it and nothing else can be seen or signalled; its own memory-backed folders, so that nothing can be planted for
the next; and no capability left. Where the grader is root, the fork also becomes a user that nobody else is.
"""

import ctypes
import fcntl
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, Literal, NoReturn

import utils
from utils.errors import WhichIsBetterError
from utils.grading.job import Limits
from utils.grading.sandbox import seccomp as syscalls
from utils.store import CACHE_VARIABLE, cache_dir

Wall = Literal["root", "user", "none"]
FOLDER: Final = "/submission"

_NEWNS, _NEWUTS, _NEWIPC, _NEWPID, _NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT, _SUBREAPER = 1, 4, 24, 38, 47, 36

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(WhichIsBetterError, RuntimeError):
    """No sandbox can be created on this machine; the message says what to do."""


@cache
def wall() -> Wall:
    """Which wall can be built here: by root, or by an ordinary user's namespaces.

    Raises:
        SandboxError: bubblewrap is not installed or may not make namespaces.
    """
    if shutil.which("bwrap") is None:
        raise SandboxError(
            "bubblewrap (bwrap) is not installed, and submissions run nowhere else: install the package bubblewrap, or "
            "grade with --unsandboxed if every submission is trusted."
        )
    kind: Wall = "root" if _is_real_root() else "user"
    trial = subprocess.run(
        [*command(kind), "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    if trial.returncode:
        reason = trial.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise SandboxError(
            f"bubblewrap cannot make a sandbox here ({reason[0]}): allow unprivileged user namespaces, or grade with "
            "--unsandboxed if every submission is trusted."
        )
    return kind


def _is_real_root() -> bool:
    if os.geteuid() != 0:
        return False
    effective = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
    mapped = Path("/proc/self/uid_map").read_text().split()
    return bool(int(effective.split()[1], 16) >> 21 & 1) and mapped == ["0", "0", "4294967295"]


def command(kind: Wall) -> list[str]:
    """The bubblewrap command line, to be followed by the program; empty for no wall."""
    if kind == "none":
        return []
    line = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    line += ["--hostname", "student", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    if kind == "user":
        line += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    # The warm process needs these to build the inner wall; a submission keeps none.
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "NET_ADMIN"):
        line += ["--cap-add", f"CAP_{capability}"]
    line += ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            line += ["--symlink", os.readlink(name), name]
        elif path.exists():
            line += ["--ro-bind", name, name]
    line += ["--dir", "/etc"]
    for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types"):
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    line += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--dir", FOLDER]
    for folder in _readable():
        # Folders that bubblewrap makes by itself on the way would be closed to everyone but their owner.
        for parent in reversed(folder.parents[:-1]):
            line += ["--dir", str(parent)]
        line += ["--ro-bind", str(folder), str(folder)]
    for variable, value in environment().items():
        line += ["--setenv", variable, value]
    return [*line, "--chdir", "/", "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def _readable() -> list[Path]:
    """The Python environment and the installed package, outermost first."""
    package = Path(utils.__file__ or "").resolve().parent
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(os.path.realpath(sys.executable)).parent.parent, package]
    if cache_dir().is_dir():
        wanted.append(cache_dir())
    system = Path("/usr")
    return sorted(
        {path for path in wanted if path != system and system not in path.parents}, key=lambda p: len(p.parts)
    )


def environment() -> dict[str, str]:
    """The whole environment of a student's process and of the warm processes."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    package = Path(utils.__file__ or "").resolve().parent
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    return {
        **kept,
        **threads,
        **({} if "site-packages" in package.parts else {"PYTHONPATH": str(package.parent)}),
        CACHE_VARIABLE: str(cache_dir()),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": f"{FOLDER}/work",
        "USER": "student",
        "LOGNAME": "student",
        "TMPDIR": "/tmp",
        "MPLCONFIGDIR": "/tmp",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }


# In the sandbox


def enter(kind: Wall, limits: Limits, user: int, birth: socket.socket, run: Callable[[], None]) -> NoReturn:
    """Called in a fork of the warm process: build the inner wall, run a submission in it, and report how it ended.

    Args:
        kind: the wall around the warm process.
        limits: what the submission may use.
        user: the user id that the submission takes where the grader is root.
        birth: receives the process's file descriptor as it starts, and its exit status as it ends.
        run: what runs within.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if kind == "none":
        _prctl(_SUBREAPER, 1)
    else:
        _call(_libc.unshare, _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | _NEWNET)
    settled, tell_settled = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            birth.close()
            os.close(settled)
            try:
                _settle(kind, limits, user)
            except Exception as error:
                os.write(tell_settled, f"{type(error).__name__}: {error}".encode()[:500])
                raise
            os.write(tell_settled, b"born")
            os.close(tell_settled)
            run()
            code = 0
        finally:
            os._exit(code)
    os.close(tell_settled)
    # No code of a student runs before all walls stand.
    socket.send_fds(birth, [os.read(settled, 512) or b"no reason"], [os.pidfd_open(process)])
    _, status = os.waitpid(process, 0)
    if kind == "none":
        _end_orphans()
    birth.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _settle(kind: Wall, limits: Limits, user: int) -> None:
    _prctl(_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    if kind != "none":
        _mount_folders(limits)
        _start_loopback()
    _bound(kind, limits)
    if kind != "none":
        _give_up_rights(kind, user)
    # What the warm process writes to is a file outside.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _mount_folders(limits: Limits) -> None:
    _mount(None, "/", None, _REC | _PRIVATE)
    # One file system for all that can be written, so that one size bounds it.
    options = f"size={limits.disk_mb}m,nr_inodes=20000,mode=0755"
    _mount("tmpfs", FOLDER, "tmpfs", _NOSUID | _NODEV, options)
    # Where the course itself lies in /tmp, the submission's own /tmp would hide it.
    hidden = {place: os.open(place, os.O_PATH) for place in _mounted_below("/tmp")}
    os.umask(0)
    for name, target in (("work", None), ("tmp", "/tmp"), ("shm", "/dev/shm")):
        os.mkdir(f"{FOLDER}/{name}", 0o777)
        if target:
            _mount(f"{FOLDER}/{name}", target, None, _BIND)
    os.umask(0o022)
    for place, descriptor in hidden.items():
        os.makedirs(place, exist_ok=True)
        _mount(f"/proc/self/fd/{descriptor}", place, None, _BIND)
        _mount(None, place, None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV)
        os.close(descriptor)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    # Root's files in /proc/sys stay root's in every namespace.
    _mount("/proc/sys", "/proc/sys", None, _BIND)
    _mount(None, "/proc/sys", None, _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    os.chdir(f"{FOLDER}/work")


def _mounted_below(folder: str) -> list[str]:
    """Where file systems are mounted below a folder, outermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = {re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in lines}
    return sorted((place for place in places if place.startswith(f"{folder}/")), key=len)


def _start_loopback() -> None:
    """The submission's own loopback, on which nobody else is; some libraries talk to themselves through it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up_and_running, set_flags = 0x41, 0x8914
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", up_and_running))


def _bound(kind: Wall, limits: Limits) -> None:
    mebibyte = 2**20
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.disk_mb * mebibyte,
        resource.RLIMIT_DATA: data_bytes() + limits.memory_mb * mebibyte,
    }
    if kind == "root":
        bounds[resource.RLIMIT_NPROC] = limits.processes
    elif kind == "user":
        # The warm process, its parent and bubblewrap's own live in the same user namespace.
        bounds[resource.RLIMIT_NPROC] = limits.processes + 4
    for bound, value in bounds.items():
        _, hard = resource.getrlimit(bound)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(bound, (value, value))


def data_bytes() -> int:
    """Bytes of private memory that this process may write to, which is what RLIMIT_DATA bounds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmData:"))) << 10


def _give_up_rights(kind: Wall, user: int) -> None:
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    if kind == "root":
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    _prctl(_AMBIENT, 4)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call(_libc.capset, header, (ctypes.c_uint32 * 6)())
    _prctl(_NO_NEW_PRIVS, 1)
    syscalls.refuse()
    # Changing the user hides /proc/self from its own process, and forgets the signal of a parent's death.
    _prctl(_DUMPABLE, 1)
    _prctl(_PDEATHSIG, signal.SIGKILL)


def _end_orphans() -> None:
    """Without a process namespace, end what a submission left behind: all of it is a child of this process now."""
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


# Outside, watching


def usage(process: int, shared: int = 0, enough: int = 0) -> tuple[int, int]:
    """(bytes of memory, number of processes) of a process and all its descendants.

    Args:
        process: the root of the tree.
        shared: bytes that the root had at birth, which do not count.
        enough: below this many bytes a rough count, too high where pages are shared, will do.
    """
    numbers: list[int] = []
    waiting = [process]
    while waiting and len(numbers) < 5000:
        number = waiting.pop()
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{thread}/children", "rb") as children:
                    waiting += map(int, children.read().split())
        except (OSError, ValueError):
            continue
        numbers.append(number)
    total = sum(map(_resident, numbers)) - shared
    if total > enough:
        # Forks share their pages; this counts each page once, and takes longer.
        total = sum(map(_proportional, numbers))
    return total, len(numbers)


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


def _proportional(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        return _resident(process)
    return 0
