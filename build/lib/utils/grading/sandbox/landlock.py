"""A wall around the judge (Landlock): it reads what a student's process may read, and writes into its own folder.

The judge is trusted, but it acts on what students return: a check opens the path that a function gives back, deletes
it, or connects to its database. In the shadow the same check meets the sandbox's walls; here it meets these. They need
no rights. A kernel without Landlock (before Linux 5.13) builds none. Network and processes: `compartment.separate`.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from utils.grading.sandbox import walls

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1
_BENEATH: Final = 1
_NO_NEW_PRIVS: Final = 38
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _DEVICE = 1, 2, 4, 8, 1 << 14, 1 << 15
_OF_FILES: Final = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
# The first right that each version of Landlock does not know.
_KNOWN: Final = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 4: 1 << 15}
_LATEST: Final = 1 << 16

_libc = ctypes.CDLL(None, use_errno=True)


def restrict(writable: Iterable[str]) -> bool:
    """From now on this process and all that it starts read `readable()` and `writable`, and write only the latter.

    Returns:
        Whether the kernel has Landlock.
    """
    version = _version()
    if version < 1:
        return False
    known = _KNOWN.get(version, _LATEST) - 1
    rules = _libc.syscall(_CREATE, struct.pack("Q", known), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    reading = _EXECUTE | _READ | _LIST
    for path in readable():
        _add(rules, path, reading & known)
    for path in ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"):
        _add(rules, path, (_READ | _WRITE | _DEVICE) & known)
    for path in ("/dev/shm", *writable):
        _add(rules, path, known)
    restricted: bool = _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and _libc.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return restricted


def available() -> bool:
    """Whether this machine's kernel builds the wall."""
    return sys.platform == "linux" and _version() >= 1


def _version() -> int:
    version: int = _libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)
    return version


@cache
def readable() -> tuple[str, ...]:
    """The system, the Python environment, the package and its cache folder, as the sandbox shows them."""
    hidden = walls.hidden_folders()
    system = [f"/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "sys", "proc")]
    system += [f"/etc/{name}" for name in (*walls.SYSTEM_FILES, "passwd", "group", "nsswitch.conf", "os-release")]
    return (*map(str, _without(Path("/usr"), hidden)), *system, *map(str, walls.readable_folders(hidden)))


def _without(folder: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """A folder, or the folders and files in it that are not hidden."""
    if folder in hidden:
        return
    if not any(folder in path.parents for path in hidden):
        yield folder
        return
    for path in folder.iterdir():
        yield from _without(path, hidden)


def _add(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    # What does not exist needs no rule.
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= _OF_FILES
    _libc.syscall(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, place), 0)
    os.close(place)
