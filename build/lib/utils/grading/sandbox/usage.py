"""Memory and number of processes of a submission, measured from outside its compartment.

Resident memory is not all: a process can make the kernel allocate memory that no process holds. `seccomp` refuses most
of the ways; what honest work needs too (page tables, sockets, small shared mappings, file locks) is counted here.
"""

import os
import resource
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from utils.grading.sandbox.seccomp import MAX_SHARED_BYTES

_MAPPING_BYTES: Final = 256
# A lock takes about 200 bytes, but a long list of them stops the whole machine while it is read.
_LOCK_BYTES: Final = 2**16
_KERNEL_SECONDS: Final = 0.5
# Objects of 64 KiB can be kept by mappings of one page, so that growth may be hidden sixteenfold.
_HIDDEN_SHARE: Final = 64


class ProcessTree:
    """A process and all its descendants.

    Args:
        root: the process.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self._looked = 0.0
        self._kernel_bytes = 0
        self._resident_at_start, self._virtual_at_start, _ = _status(root)
        self._virtual_peak = self._virtual_at_start

    def usage(self, enough: int = 0) -> tuple[int, int]:
        """(bytes of memory, number of processes and threads), the kernel's memory for them included.

        Memory that the root had when this object was made does not count.

        Args:
            enough: threshold in bytes below which an overestimate, which counts shared pages repeatedly, suffices.
        """
        tree = self._processes()
        statuses = list(map(_status, tree))
        kernel = self._kernel(tree, sum(virtual for _, virtual, _ in statuses), enough)
        total = sum(resident for resident, _, _ in statuses) - self._resident_at_start + kernel
        if total > enough:
            # Forks share their pages; this counts each page once, and takes longer.
            total = sum(map(_proportional, tree)) + kernel
        return total, sum(threads for _, _, threads in statuses)

    def _processes(self) -> list[int]:
        tree: list[int] = []
        waiting = [self.root]
        while waiting and len(tree) < 5000:
            number = waiting.pop()
            try:
                for thread in os.listdir(f"/proc/{number}/task"):
                    with open(f"/proc/{number}/task/{thread}/children", "rb") as children:
                        waiting += map(int, children.read().split())
            except (OSError, ValueError):
                continue
            tree.append(number)
        return tree

    def _kernel(self, tree: list[int], virtual: int, enough: int) -> int:
        """Bytes in sockets, locks, mappings and shared memory.

        What takes long to read is read twice a second, and whenever the address space has grown much.
        """
        step = enough // _HIDDEN_SHARE
        grown = virtual > self._virtual_peak + step
        if grown or time.monotonic() - self._looked > _KERNEL_SECONDS:
            self._kernel_bytes = _locks(tree)
            if virtual - self._virtual_at_start > step:
                self._kernel_bytes += _mappings(tree, enough)
            self._virtual_peak = max(self._virtual_peak, virtual)
            self._looked = time.monotonic()
        return self._kernel_bytes + _sockets(self.root)


def _status(process: int) -> tuple[int, int, int]:
    """(bytes of resident and swapped memory and page tables, bytes of address space, threads); zeros if it ended."""
    fields = {b"VmRSS:": 0, b"VmSwap:": 0, b"VmPTE:": 0, b"VmSize:": 0, b"Threads:": 0}
    try:
        for line in Path(f"/proc/{process}/status").read_bytes().splitlines():
            name, _, value = line.partition(b"\t")
            if name in fields:
                fields[name] = int(value.split()[0])
    except OSError:
        return 0, 0, 0
    resident = fields[b"VmRSS:"] + fields[b"VmSwap:"] + fields[b"VmPTE:"]
    return resident << 10, fields[b"VmSize:"] << 10, fields[b"Threads:"]


def _proportional(process: int) -> int:
    """Like the first value of `_status`, but of pages that several processes share only this process's part."""
    amount = 0
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Pss:", "SwapPss:")):
                amount += int(line.split()[1]) << 10
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmPTE:"):
                amount += int(line.split()[1]) << 10
    except OSError:
        return _status(process)[0]
    return amount


def _sockets(process: int) -> int:
    """The most bytes that the sockets of a process's network can hold; 0 if it has no network of its own."""
    try:
        if os.stat(f"/proc/{process}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
            return 0
        first = Path(f"/proc/{process}/net/sockstat").read_text().split("\n", 1)[0]
        buffers = sum(int(Path(f"/proc/sys/net/core/{kind}mem_default").read_text()) for kind in "rw")
    except OSError:
        return 0
    return int(first.split()[-1]) * buffers


def _locks(tree: Iterable[int]) -> int:
    holders = {b"%d" % process for process in tree}
    try:
        lines = Path("/proc/locks").read_bytes().splitlines()
    except OSError:
        return 0
    return _LOCK_BYTES * sum(not holders.isdisjoint(line.split()[4:6]) for line in lines)


def _mappings(tree: Iterable[int], enough: int) -> int:
    """Bytes for the list of mappings, and for shared memory without a name, whose pages need not be resident."""
    count = 0
    shared: set[bytes] = set()
    for process in tree:
        try:
            text = Path(f"/proc/{process}/maps").read_bytes()
        except OSError:
            continue
        count += text.count(b"\n")
        if b"/dev/zero" in text:
            shared.update(line.split()[4] for line in text.splitlines() if line.endswith(b"/dev/zero (deleted)"))
        if count * _MAPPING_BYTES > enough > 0:
            break
    return count * _MAPPING_BYTES + len(shared) * MAX_SHARED_BYTES


def data_bytes() -> int:
    """Bytes of private memory that this process may write to, which is what RLIMIT_DATA bounds."""
    return _own("VmData:")


def address_bytes() -> int:
    """Bytes of address space of this process, which is what RLIMIT_AS bounds."""
    return _own("VmSize:")


def _own(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) << 10


def limit_data(more: int) -> None:
    """Limit the private memory of this process to its present size plus `more` bytes."""
    limit = data_bytes() + more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
