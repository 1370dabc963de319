"""Files that this package writes: the cache folder, atomic writes, remembered results, and records of provenance.

Importing this module is cheap: it imports neither torch nor pandas.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, TypeVar

import numpy as np
import platformdirs
from numpy.typing import ArrayLike, NDArray

#: The environment variable that names the cache folder, if it is not the platform's own.
CACHE_VARIABLE = "WHICH_IS_BETTER_CACHE"

#: Remembered results take at most this many bytes; the ones not used for longest are removed first.
MAX_REMEMBERED_BYTES = 64_000_000

_ABANDONED_AFTER_SECONDS = 3600.0
_PARTIAL = ".partial-"
_FORMAT_VERSION = 1
_DIGEST_BYTES = 32

Number = TypeVar("Number", bound=np.generic)


def cache_dir() -> Path:
    """The user's cache folder for this course: ``$WHICH_IS_BETTER_CACHE``, or the platform's own place."""
    configured = os.environ.get(CACHE_VARIABLE)
    if configured:
        return Path(configured).expanduser()
    return platformdirs.user_cache_path("which-is-better", appauthor=False)


# Writing


def write_atomic(path: Path, content: bytes | str, permissions: int | None = None) -> None:
    """Write a file atomically: at any moment, even after a crash, it has either the old or the new content.

    Args:
        path: the file; its folder is created if necessary.
        content: bytes, or text to be encoded as UTF-8.
        permissions: of the file, such as ``0o644``; by default those that the process gives new files.

    Raises:
        OSError: the file cannot be written; its old content stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{_PARTIAL}{os.getpid()}-{threading.get_ident()}"
    try:
        with partial.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        if permissions is not None:
            partial.chmod(permissions)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def remove_abandoned(folder: Path) -> None:
    """Remove unfinished files and folders that killed processes left, except those that may still be in use."""
    for path in folder.glob(f"{_PARTIAL}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime < _ABANDONED_AFTER_SECONDS:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


# Remembered results


class ResultCache:
    """Arrays on disk, identified by the content of everything that they were computed from.

    A result's file name is the SHA-256 of its description, so that a changed prompt, setting or weight makes another
    name. A damaged or unwritable file costs only the time to compute the result again.

    Args:
        folder: where the files are; created when first written to.
        max_bytes: the results not used for longest are removed beyond this size; None for no limit.

    Example:
        >>> import tempfile
        >>> cache = ResultCache(Path(tempfile.mkdtemp()))
        >>> cache.load({"seed": 0}) is None
        True
        >>> cache.save({"seed": 0}, {"scores": [0.5, 0.75]})
        >>> cache.load({"seed": 0})["scores"]
        array([0.5 , 0.75])
    """

    def __init__(self, folder: Path, max_bytes: int | None = None) -> None:
        self.folder = folder
        self.max_bytes = max_bytes

    def load(self, description: Any) -> dict[str, NDArray[Any]] | None:
        """The arrays saved under a description (anything that JSON can write), or None."""
        path = self._path(description)
        try:
            content = path.read_bytes()
            digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
            if hashlib.sha256(body).digest() != digest:
                return None
            with np.load(io.BytesIO(body), allow_pickle=False) as stored:
                arrays = dict(stored)
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return arrays

    def save(self, description: Any, arrays: Mapping[str, ArrayLike]) -> None:
        """Save arrays (without objects) under a description; the oldest results are removed beyond the folder's limit.

        Raises:
            OSError: the file cannot be written.
        """
        buffer = io.BytesIO()
        np.savez(buffer, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
        body = buffer.getvalue()
        write_atomic(self._path(description), hashlib.sha256(body).digest() + body)
        remove_abandoned(self.folder)
        if self.max_bytes is not None:
            self._remove_oldest(self.max_bytes)

    def _path(self, description: Any) -> Path:
        text = json.dumps([_FORMAT_VERSION, description], ensure_ascii=False, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.result"

    def _remove_oldest(self, max_bytes: int) -> None:
        files = [(path.stat(), path) for path in self.folder.glob("*.result")]
        total = 0
        for status, path in sorted(files, key=lambda file: file[0].st_mtime, reverse=True):
            total += status.st_size
            if total > max_bytes:
                path.unlink(missing_ok=True)


def remembered(description: Any, compute: Callable[[], NDArray[Number]]) -> NDArray[Number]:
    """The array that ``compute`` returns, or returned before for an equal description (anything that JSON can write).

    Results are in the cache folder, so that a lecture that was run before runs at once.
    """
    cache = ResultCache(cache_dir() / "results", MAX_REMEMBERED_BYTES)
    arrays = cache.load(description)
    if arrays is not None and "result" in arrays:
        return arrays["result"]
    result = compute()
    with contextlib.suppress(OSError):
        cache.save(description, {"result": result})
    return result


# Provenance


def provenance(command: str, packages: Iterable[str]) -> dict[str, Any]:
    """How a shipped file was made: ``command``, ``date`` (UTC) and ``versions`` of Python and of the packages."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": python_version(), **{package: version(package) for package in packages}},
    }
