"""The processors that this process may use."""

import os


def available_processors() -> int:
    """The number of processors that this process may use, at least 1.

    Example:
        >>> available_processors() >= 1
        True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
