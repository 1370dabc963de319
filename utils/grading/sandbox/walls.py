"""The outer wall of the sandbox: bubblewrap around the fork server from which all students' processes are forked.

Inside bubblewrap there is no network and no home, and the system is read-only. Of the course there are only the
installed package and its cache folder, both read-only. Each submission gets a compartment of its own (`compartment`).
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, Literal

import utils
from utils.errors import WhichIsBetterError
from utils.store import CACHE_VARIABLE, cache_dir

Wall = Literal["root", "user", "none"]
"""Who builds the wall: root, or an ordinary user by unprivileged namespaces; "none" for trusted submissions."""

FOLDER: Final = "/submission"
"""The folder of a submission's own files."""


class SandboxError(WhichIsBetterError, RuntimeError):
    """No sandbox can be created on this machine; the message says what to do."""


@cache
def wall() -> Wall:
    """Which wall can be built on this machine: by root, or by an ordinary user's namespaces.

    Raises:
        SandboxError: bubblewrap is not installed or may not make namespaces.
    """
    if shutil.which("bwrap") is None:
        raise SandboxError(
            "bubblewrap (bwrap) is not installed, and submissions run only inside it: install the package bubblewrap, "
            "or grade with --unsandboxed if every submission is trusted."
        )
    kind: Wall = "root" if _is_real_root() else "user"
    trial = subprocess.run(
        [*command(kind), "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    if trial.returncode:
        reason = trial.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise SandboxError(
            f"bubblewrap cannot create a sandbox on this machine ({reason[0]}): allow unprivileged user "
            "namespaces, or grade with --unsandboxed if every submission is trusted."
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
    # The fork server needs these to build the compartments; a submission keeps none.
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
    # Reads as zeros too, but cannot be mapped: shared mappings of zeros are memory that no process needs to hold.
    line += ["--dev-bind", "/dev/full", "/dev/zero"]
    for folder in _readable():
        # Parent folders that bubblewrap creates itself would be accessible to their owner only.
        for parent in reversed(folder.parents[:-1]):
            line += ["--dir", str(parent)]
        line += ["--ro-bind", str(folder), str(folder)]
    for variable, value in environment().items():
        line += ["--setenv", variable, value]
    return [*line, "--chdir", "/", "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def _readable() -> list[Path]:
    """The Python environment, the installed package and its cache folder, outermost first."""
    package = Path(utils.__file__ or "").resolve().parent
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(os.path.realpath(sys.executable)).parent.parent, package]
    if cache_dir().is_dir():
        folders.append(cache_dir())
    system = Path("/usr")
    return sorted(
        {path for path in folders if path != system and system not in path.parents}, key=lambda p: len(p.parts)
    )


def environment() -> dict[str, str]:
    """The whole environment of a student's process and of the fork servers."""
    locale = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    package = Path(utils.__file__ or "").resolve().parent
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    return {
        **locale,
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
