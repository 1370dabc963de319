"""What a learner predicted, answered and finished, on this computer only.

A browser keeps it in its local storage. Where a kernel runs, it is also kept in ``answers.json`` in the course's cache
folder (``utils.store.cache_dir()``), so that another browser on the same computer knows it. Nothing is sent elsewhere.

Keys start with the number of the lecture: ``"01-who-leads"`` is a question, ``"01-clustering/high-v"`` a task of a
figure. Values are JSON objects with the time of the last change in ``at``, in milliseconds since 1970.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from utils.store import cache_dir, write_atomic

_LOCK = threading.Lock()


def path() -> Path:
    """The file that keeps the answers."""
    return cache_dir() / "answers.json"


def load(prefix: str = "") -> dict[str, Any]:
    """The stored values whose keys start with a prefix; an unreadable file counts as empty."""
    try:
        stored = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {key: value for key, value in stored.items() if key.startswith(prefix)}


def save(key: str, value: Any) -> None:
    """Store a value (anything that JSON can write) under a key.

    Raises:
        OSError: the file cannot be written.
    """
    with _LOCK:
        write_atomic(path(), json.dumps({**load(), key: value}, ensure_ascii=False, indent=1, sort_keys=True))


def clear(prefix: str) -> None:
    """Remove the values whose keys start with a prefix."""
    with _LOCK:
        rest = {key: value for key, value in load().items() if not key.startswith(prefix)}
        write_atomic(path(), json.dumps(rest, ensure_ascii=False, indent=1, sort_keys=True))
