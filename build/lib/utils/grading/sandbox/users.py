"""User IDs for submissions, where root grades: each submission runs as a user of its own."""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Final

_FIRST_USER: Final = 2_000_000_000
_USERS: Final = 512  # submissions of one process at the same time


class Users:
    """User IDs for submissions; no two submissions on this machine have the same one at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = set(range(_USERS))

    @contextlib.contextmanager
    def one(self) -> Iterator[int]:
        """A user ID; free again when the context ends."""
        with self._lock:
            number = self._free.pop()
        try:
            # Linux has at most 2**22 process IDs, so that these are unique, and below the highest user ID.
            yield _FIRST_USER + os.getpid() * _USERS + number
        finally:
            with self._lock:
                self._free.add(number)


users = Users()
