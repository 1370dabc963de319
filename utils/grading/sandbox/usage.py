"""Memory and number of processes of a submission, measured from outside its compartment."""

import os
import resource
from pathlib import Path


def usage(process: int, shared: int = 0, enough: int = 0) -> tuple[int, int]:
    """(bytes of memory, number of processes) of a process and all its descendants.

    Args:
        process: the root of the tree.
        shared: bytes that the root process had when it started; they are subtracted.
        enough: threshold in bytes below which an overestimate, which counts shared pages repeatedly, suffices.
    """
    tree: list[int] = []
    waiting = [process]
    while waiting and len(tree) < 5000:
        number = waiting.pop()
        try:
            for thread in os.listdir(f"/proc/{number}/task"):
                with open(f"/proc/{number}/task/{thread}/children", "rb") as children:
                    waiting += map(int, children.read().split())
        except (OSError, ValueError):
            continue
        tree.append(number)
    total = sum(map(_resident, tree)) - shared
    if total > enough:
        # Forks share their pages; this counts each page once, and takes longer.
        total = sum(map(_proportional, tree))
    return total, len(tree)


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


def data_bytes() -> int:
    """Bytes of private memory that this process may write to, which is what RLIMIT_DATA bounds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmData:"))) << 10


def limit_data(more: int) -> None:
    """Limit the private memory of this process to its present size plus `more` bytes."""
    limit = data_bytes() + more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
