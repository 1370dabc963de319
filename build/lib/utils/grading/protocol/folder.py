"""The plain files of a working folder, and which of them have changed since the last look.

Each process has a working folder of its own. What the check or the student's code writes there is copied into the
other's folder: plain files only, no links, within limits.
"""

import importlib.machinery
import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

MAX_FILE_BYTES: Final = 16 * 2**20
MAX_TOTAL_BYTES: Final = 64 * 2**20
MAX_FILES: Final = 200
_MAX_DEPTH: Final = 6
_MAX_ENTRIES: Final = 5000
_IMPORTABLE: Final = (*importlib.machinery.all_suffixes(), ".pth", ".zip", ".egg")
# These decide which tests pytest runs, and how.
_SETTINGS: Final = ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")


class Folder:
    """A working folder, and the state of its files at the last look.

    Args:
        path: the folder.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.state: dict[str, tuple[int, int, int]] = {}

    def changes(self) -> dict[str, bytes | None]:
        """The contents of the files that are new or changed since the last look; None for those that are gone."""
        new = self._scan()
        if new == self.state:
            return {}
        changed: dict[str, bytes | None] = {}
        total = 0
        for name, state in new.items():
            if self.state.get(name) == state or not may_copy(name) or state[1] > MAX_FILE_BYTES:
                continue
            total += state[1]
            if total > MAX_TOTAL_BYTES or len(changed) >= MAX_FILES:
                break
            content = _read(os.path.join(self.path, name))
            if content is not None:
                changed[name] = content
        changed.update({name: None for name in self.state if name not in new})
        self.state = new
        return changed

    def look(self) -> None:
        """Take the present files as known."""
        self.state = self._scan()

    def write(self, files: Mapping[str, bytes | None]) -> None:
        """Write or delete files of the other process; what cannot be written is left out."""
        for name, content in files.items():
            if may_copy(name):
                self._write(name, content)

    def _write(self, name: str, content: bytes | None) -> None:
        path = Path(self.path, name)
        try:
            for parent in list(path.parents)[: len(PurePosixPath(name).parts) - 1]:
                if parent.is_symlink():
                    return
            if content is None:
                if stat.S_ISREG(os.lstat(path).st_mode):
                    path.unlink()
                self.state.pop(name, None)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
            with open(os.open(path, flags, 0o600), "wb") as file:
                file.write(content)
            self.state[name] = _state(os.lstat(path))
        except OSError:
            return

    def _scan(self) -> dict[str, tuple[int, int, int]]:
        states: dict[str, tuple[int, int, int]] = {}
        folders = [("", 0)]
        entries = 0
        while folders:
            folder, depth = folders.pop()
            try:
                with os.scandir(os.path.join(self.path, folder)) as found:
                    for entry in found:
                        entries += 1
                        if entries > _MAX_ENTRIES:
                            return states
                        name = f"{folder}{entry.name}"
                        if entry.is_symlink():
                            continue
                        if entry.is_dir():
                            if depth < _MAX_DEPTH and entry.name not in (".ipynb_checkpoints", "__pycache__"):
                                folders.append((f"{name}/", depth + 1))
                        elif entry.is_file():
                            states[name] = _state(entry.stat(follow_symlinks=False))
            except OSError:
                continue
        return states


def may_copy(name: object) -> bool:
    """Whether a name is a relative path inside the folder of a file that neither Python nor pytest would obey."""
    if type(name) is not str or not 0 < len(name) <= 200 or not name.isprintable() or "\\" in name:
        return False
    path = PurePosixPath(name)
    # "x.py/" and "./x.py" are other names of "x.py".
    if name != str(path):
        return False
    if path.is_absolute() or ".." in path.parts or len(path.parts) > _MAX_DEPTH + 1 or not path.name:
        return False
    if path.name.lower().endswith((*_IMPORTABLE, *_SETTINGS)):
        return False
    return all(len(part.encode()) <= 100 for part in path.parts)


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            content = file.read(MAX_FILE_BYTES + 1)
            return content if len(content) <= MAX_FILE_BYTES else None
    except OSError:
        return None
