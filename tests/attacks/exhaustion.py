"""Using up the machine: processes, memory, disk, descriptors, output, time. Stock nbgrader never runs these."""

from typing import Any

from nbformat.v4 import new_code_cell

from tests.attacks import attack
from tests.attacks.course import dump, load, right, wrong

_SMALL: dict[str, Any] = {
    "cell_seconds": 5.0,
    "notebook_seconds": 40.0,
    "memory_mb": 512,
    "processes": 32,
    "disk_mb": 64,
    "open_files": 64,
    "output_kb": 64,
}
HOARDED = "hoarded"
"""Before the number of MiB that an attack says it holds."""


@attack(limits=_SMALL, stock=False, slow=True)
def fork_bomb(release: bytes) -> bytes:
    """Forks without end."""
    return wrong(
        release,
        """import os

while True:
    try:
        os.fork()
    except OSError:
        pass""",
    )


@attack(deserved=9.0, limits=_SMALL, stock=False)
def threads_without_end(release: bytes) -> bytes:
    """Starts threads until it may not start another, a thousand at most; the answers are right."""
    return right(
        release,
        """import threading, time

started = 0
try:
    for _ in range(1000):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
assert started < 900""",
    )


@attack(limits=_SMALL, stock=False)
def memory_in_one_process(release: bytes) -> bytes:
    """Appends to a list of byte strings until the machine has no memory left."""
    return wrong(release, "hoard = []\nwhile True:\n    hoard.append(bytearray(16 * 2**20))")


@attack(limits=_SMALL, stock=False)
def memory_in_a_called_function(release: bytes) -> bytes:
    """Allocates tensors without end when a test calls it."""
    return wrong(
        release,
        squares="""def sum_of_squares(n):
    hoard = []
    while True:
        hoard.append(torch.ones(4 * 2**20))""",
    )


@attack(limits=_SMALL, stock=False, slow=True)
def memory_in_many_processes(release: bytes) -> bytes:
    """Spreads its memory over twenty processes, each of which stays below the limit of one."""
    return wrong(
        release,
        """import os, time

for _ in range(20):
    if os.fork() == 0:
        hoard = bytearray(b"x") * (300 * 2**20)
        time.sleep(600)
        os._exit(0)
time.sleep(3)""",
    )


def _hoard(kind: str) -> str:
    return f"""import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
libc.shmdt.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
block = b"x" * (8 * 2**20)
held = 0
kept = []
try:
    {kind}
except (OSError, MemoryError, AssertionError) as error:
    print(error)
print("{HOARDED}", held, "MiB")"""


@attack(limits=_SMALL, stock=False)
def memory_in_anonymous_files(release: bytes) -> bytes:
    """Writes into anonymous files of `memfd_create`, which count as nobody's resident memory; it stops at 1.5 GiB."""
    return wrong(
        release,
        _hoard("""while held < 1536:
        kept.append(os.memfd_create("hoard"))
        for _ in range(6):
            os.write(kept[-1], block)
            held += 8"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_shared_segments(release: bytes) -> bytes:
    """Fills shared memory segments and detaches them, so that no process shows them; it stops at 1.5 GiB."""
    return wrong(
        release,
        _hoard("""while held < 1536:
        segment = libc.shmget(0, 64 * 2**20, 0o1600)
        assert segment != -1, "no segment"
        place = libc.shmat(segment, None, 0)
        libc.memset(place, 1, 64 * 2**20)
        libc.shmdt(place)
        held += 64"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_semaphores(release: bytes) -> bytes:
    """Makes sets of semaphores, which are the kernel's memory and nobody's; it stops at 640 MiB."""
    return wrong(
        release,
        _hoard("""while held < 640:
        assert libc.semget(0, 32000, 0o1600) != -1, "no semaphores"
        held += 1.5
    held = int(held)"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_page_tables(release: bytes) -> bytes:
    """Reads one byte of every 2 MiB of 64 GiB, again and again, so that the kernel makes page tables; up to 640 MiB."""
    return wrong(
        release,
        _hoard("""import mmap
    while held < 640:
        kept.append(mmap.mmap(-1, 2**36, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE))
        for at in range(0, 2**36, 2**21):
            kept[-1][at]
        held += 128"""),
    )


@attack(limits={**_SMALL, "open_files": 256}, stock=False)
def memory_in_socket_buffers(release: bytes) -> bytes:
    """Fills pairs of sockets in 28 processes, with the largest buffers that the kernel gives; up to 640 MiB."""
    return wrong(
        release,
        _hoard("""import socket, time
    children = []
    for _ in range(27):
        if os.fork() == 0:
            children = None
            break
    own = 0
    try:
        while own < 31 * 2**20:
            kept += socket.socketpair()
            kept[-1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**23)
            kept[-1].setblocking(False)
            try:
                while True:
                    own += kept[-1].send(block[: 2**14])
            except BlockingIOError:
                pass
    except OSError as error:
        print(error)
    if children is None:
        time.sleep(30)
        os._exit(0)
    time.sleep(2)
    held = 28 * own // 2**20"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_pages_that_are_not_resident(release: bytes) -> bytes:
    """Fills shared memory without a name and then drops its own view of it, which keeps the pages; up to 640 MiB."""
    return wrong(
        release,
        _hoard("""import mmap
    for size in (8 * 2**20, 2**16):
        try:
            while held < 640:
                kept.append(mmap.mmap(-1, size))
                kept[-1].write(block[:size])
                kept[-1].madvise(mmap.MADV_DONTNEED)
                held += size / 2**20
        except OSError as error:
            print(size, error)
    held = int(held)"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_pipes(release: bytes) -> bytes:
    """Gives one page of every huge page to a pipe, which then keeps all of it; stops at 640 MiB."""
    return wrong(
        release,
        _hoard("""libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.vmsplice.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_uint]
    while held < 640:
        read, write = os.pipe()
        kept += [read, write]
        for _ in range(15):
            space = libc.mmap(None, 2**22, 3, 0x22, -1, 0)
            start = (space + 2**21 - 1) // 2**21 * 2**21
            libc.madvise(start, 2**21, 14)
            libc.memset(start, 1, 2**21)
            assert libc.vmsplice(write, (ctypes.c_void_p * 2)(start, 4096), 1, 0) == 4096, "no gift"
            libc.munmap(space, 2**22)
            held += 2"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_file_locks(release: bytes) -> bytes:
    """Locks every other byte of a file, 30,000 times; with many files and processes this would take gigabytes."""
    return wrong(
        release,
        _hoard("""import fcntl, time
    kept.append(open("lock", "w"))
    for at in range(60_000, 0, -2):
        fcntl.lockf(kept[-1], fcntl.LOCK_EX, 1, at)
    time.sleep(1)
    held = 1536"""),
    )


@attack(limits=_SMALL, stock=False)
def memory_in_access_lists(release: bytes) -> bytes:
    """Gives each of many empty files an access list of 64 KiB, which the file system's size does not include."""
    return wrong(
        release,
        _hoard("""import struct
    entry = struct.Struct("<HHI")
    user = os.getuid()
    names = [entry.pack(2, 6, user) for _ in range(8000)]
    text = struct.pack("<I", 2) + b"".join([entry.pack(1, 6, 2**32 - 1), *names])
    text += b"".join(entry.pack(tag, 6, 2**32 - 1) for tag in (4, 16, 32))
    while held < 640:
        for _ in range(16):
            kept.append(f"list-{len(kept)}")
            open(kept[-1], "w").close()
            os.setxattr(kept[-1], "system.posix_acl_access", text)
        held += 1"""),
    )


@attack(limits=_SMALL, stock=False)
def file_system_of_its_own(release: bytes) -> bytes:
    """Makes a user namespace and mounts a file system in memory there, with no bound; it stops at 1.5 GiB."""
    return wrong(
        release,
        _hoard("""user = os.getuid()
    assert libc.unshare(0x10000000 | 0x00020000) == 0, "no namespace"
    open("/proc/self/uid_map", "w").write(f"0 {user} 1")
    assert libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"size=100g") == 0, "no mount"
    while held < 1536:
        with open(f"/tmp/{held}", "wb") as file:
            for _ in range(6):
                file.write(block)
                held += 8"""),
    )


@attack(limits=_SMALL, stock=False)
def disk_in_every_folder(release: bytes) -> bytes:
    """Fills every folder that it may write to, in many files; it stops at 1.5 GiB."""
    return wrong(
        release,
        _hoard("""for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~")):
        for number in range(64):
            try:
                with open(f"{folder}/hoard-{os.getpid()}-{number}", "wb", buffering=0) as file:
                    while held < 1536 and file.tell() < 32 * 2**20:
                        held += file.write(block) // 2**20
            except OSError as error:
                print(folder, error)
                break"""),
    )


@attack(deserved=9.0, limits=_SMALL, stock=False)
def files_without_end(release: bytes) -> bytes:
    """Makes a hundred thousand empty files and deep folders; the answers are right."""
    return right(
        release,
        """import os

made = 0
try:
    for made in range(100_000):
        open(f"empty-{made}", "w").close()
except OSError as error:
    print(made, error)
try:
    for _ in range(2000):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
except OSError as error:
    print(error)""",
    )


@attack(deserved=9.0, keeps=9.0, limits={**_SMALL, "output_kb": 64})
def output_without_end(release: bytes) -> bytes:
    """Prints and displays hundreds of megabytes from a cell and from a called function; the answers are right."""
    return right(
        release,
        """from IPython.display import HTML, display

print("x" * 50_000_000)
for number in range(20_000):
    print("line", number)
for _ in range(2_000):
    display(HTML("<b>" + "y" * 10_000 + "</b>"))""",
        squares="""def sum_of_squares(n):
    print("z" * 10_000_000)
    return n * (n + 1) * (2 * n + 1) // 6""",
    )


@attack(deserved=9.0, keeps=9.0, limits={"cell_seconds": 20.0, "notebook_seconds": 120.0}, stock=False)
def output_in_many_cells(release: bytes) -> bytes:
    """Prints a megabyte in each of a hundred cells, each within the limit of a cell; the answers are right."""
    notebook = load(right(release))
    notebook.cells[2:2] = [new_code_cell("print('x' * 1_000_000)", id=f"loud-{n}") for n in range(100)]
    return dump(notebook)


@attack(deserved=9.0, limits=_SMALL, stock=False)
def descriptors_without_end(release: bytes) -> bytes:
    """Opens files, pipes and sockets until it may not open another, and keeps them; the answers are right."""
    return right(
        release,
        """import os, socket

kept = []
try:
    while len(kept) < 100_000:
        kept += [open("/dev/null"), *os.pipe(), socket.socket(socket.AF_UNIX)]
except OSError as error:
    print(len(kept), error)
assert len(kept) < 90_000
kept.clear()""",
    )


@attack(deserved=9.0, keeps=9.0)
def recursion_without_end(release: bytes) -> bytes:
    """Recurses without end and catches what comes of it; the answers are right."""
    return right(
        release,
        """import sys

def down(n):
    return down(n + 1) + 1

try:
    down(0)
except RecursionError:
    print("caught")""",
    )


@attack(deserved=9.0, keeps=9.0, limits={**_SMALL, "cell_seconds": 10.0}, stock=False)
def processors_kept_busy(release: bytes) -> bytes:
    """Leaves processes that compute for ever at the highest priority they can get; the answers are right."""
    return right(
        release,
        """import os

for _ in range(4):
    if os.fork() == 0:
        try:
            os.nice(-20)
        except OSError:
            pass
        while True:
            pass""",
    )


@attack(limits={"cell_seconds": 3.0, "notebook_seconds": 6.0}, stock=False, slow=True)
def many_slow_cells(release: bytes) -> bytes:
    """Adds two hundred cells, each of which stays just below the limit of a cell."""
    notebook = load(wrong(release))
    notebook.cells[2:2] = [new_code_cell("import time\ntime.sleep(2)", id=f"slow-{n}") for n in range(200)]
    return dump(notebook)
