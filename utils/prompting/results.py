"""Results of earlier runs, kept by what they were computed from, so that a lecture which was run before runs at once.

A result's name is the SHA-256 of everything that it depends on; a changed prompt, label or weight makes another name.
A file that is damaged, or cannot be written, only costs the time to compute it again.
"""

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.data.assets import cache_dir

#: The oldest results are removed beyond this.
MAX_BYTES = 64_000_000

Number = TypeVar("Number", bound=np.generic)

_VERSION = 1
_DIGEST = 32


def remembered(description: Any, compute: Callable[[], NDArray[Number]]) -> NDArray[Number]:
    """The array that ``compute`` gives, or gave before for the same description (anything that JSON can write)."""
    text = json.dumps([_VERSION, description], ensure_ascii=False, sort_keys=True)
    path = cache_dir() / "prompting" / f"{hashlib.sha256(text.encode()).hexdigest()}.result"
    with contextlib.suppress(OSError, ValueError):
        return _read(path)
    result = compute()
    with contextlib.suppress(OSError):
        _write(path, result)
    return result


def _read(path: Path) -> NDArray[Any]:
    content = path.read_bytes()
    digest, body = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError(f"{path.name} is damaged: it will be computed again.")
    result: NDArray[Any] = np.load(io.BytesIO(body), allow_pickle=False)
    with contextlib.suppress(OSError):
        os.utime(path)
    return result


def _write(path: Path, result: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, result, allow_pickle=False)
    body = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".partial-", delete=False) as partial:
        partial.write(hashlib.sha256(body).digest() + body)
    os.replace(partial.name, path)
    _remove_oldest(path.parent)


def _remove_oldest(folder: Path) -> None:
    """Keep the most recently used ones that fit; what a killed run left half-written is the first to go."""
    found = [(path.suffix == ".result", path.stat(), path) for path in folder.iterdir()]
    newest_first = sorted(found, key=lambda entry: (entry[0], entry[1].st_mtime), reverse=True)
    total = 0
    for _, status, path in newest_first:
        total += status.st_size
        if total > MAX_BYTES:
            path.unlink(missing_ok=True)
