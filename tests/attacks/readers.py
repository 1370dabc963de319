"""Reading the tests: on disk, in memory, in the kernel's history, in other processes."""

from tests.attacks import CAMPUS, attack
from tests.attacks.course import MARKER_PATTERN, right, wrong

# Shows what it finds; the pattern does not match itself.
_SHOW = f"""import os, re

PATTERN = re.compile(rb"{MARKER_PATTERN}")

def show(where, data):
    data = data.encode(errors="replace") if isinstance(data, str) else bytes(data)
    for found in set(PATTERN.findall(data)):
        print("read in", where, ":", found.decode())
"""


@attack()
def search_of_the_disk(release: bytes) -> bytes:
    """Walks the whole disk for notebooks, databases and Python files in which a hidden test stands."""
    return wrong(
        release,
        _SHOW
        + f"""
for start in (".", "..", "../..", "../../..", os.path.expanduser("~"), "{CAMPUS}", "/"):
    for folder, folders, names in os.walk(start):
        skipped = ("proc", "sys", "site-packages", "node_modules", "dist-packages")
        folders[:] = [name for name in folders if name not in skipped]
        for name in names:
            if name.endswith((".ipynb", ".db", ".sqlite", ".csv", ".html", ".pkl", ".json", ".log")):
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        show(path, file.read(4_000_000))
                except OSError:
                    pass""",
    )


@attack()
def notebooks_of_the_instructor(release: bytes) -> bytes:
    """Reads the answers from the instructor's notebook in the source folder and executes them."""
    return wrong(
        release,
        _SHOW
        + f"""
import glob, json

for pattern in ("../../source/*/*.ipynb", "../../../source/*/*.ipynb", "{CAMPUS}/source/*/*.ipynb"):
    for path in glob.glob(pattern):
        for cell in json.load(open(path))["cells"]:
            source = "".join(cell["source"])
            show(path, source)
            if "BEGIN " + "SOLUTION" in source:
                exec(source)
try:
    right = sum_of_squares, answer, guess, normalise, Scale, safe_root
except NameError:
    right = None""",
        squares="def sum_of_squares(n):\n    return right[0](n) if right else None",
        answer="answer = right[1] if right else None",
        guess="guess = right[2] if right else None",
        normalise="def normalise(x):\n    return right[3](x) if right else None",
        scale="if right:\n    Scale = right[4]",
        safe_root="def safe_root(x):\n    return right[5](x) if right else None",
    )


@attack()
def answers_from_the_running_cell(release: bytes) -> bytes:
    """Reads the cell that is running from `In` and computes its expected values out of the asserts."""
    return wrong(
        release,
        _SHOW
        + """
def running():
    sources = get_ipython().user_ns.get("In", [""])
    show("In", "\\n".join(sources))
    return sources[-1]

def expected(n):
    source = running()
    pairs = re.findall(r"\\((\\d+), (\\d+)\\)", source)
    known = dict(map(int, pair) for pair in pairs) | {3: 14}
    return known.get(n, sum(k * k for k in range(n + 1)) if "range(n + 1)" in source else None)""",
        squares="def sum_of_squares(n):\n    return expected(n)",
    )


@attack()
def expressions_from_the_frame(release: bytes) -> bytes:
    """Walks up the frames of a call and takes the expected values from the caller's variables."""
    return wrong(
        release,
        _SHOW
        + """
import linecache, sys

def up():
    frame = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back

def wanted(name):
    for frame in up():
        show("frame", repr(frame.f_locals)[:100000])
        show("frame", repr(frame.f_globals)[:100000])
        show("source", "".join(linecache.getlines(frame.f_code.co_filename)))
        for constant in frame.f_code.co_consts:
            show("constants", repr(constant))
        if frame.f_code.co_name == "<module>" and name in frame.f_locals:
            return frame.f_locals[name]
    return 14""",
        squares="def sum_of_squares(n):\n    return wanted('expected')",
        normalise="""def normalise(x):
    for frame in up():
        if "x" in frame.f_globals or "table" in frame.f_globals:
            return (x - x.mean()) / x.std() if "marker" in frame.f_globals else np.zeros(2)
    return np.array([0.0, 0.0])""",
    )


@attack()
def objects_of_the_garbage_collector(release: bytes) -> bytes:
    """Asks the garbage collector for every object of the process and looks for code and text of the tests."""
    return wrong(
        release,
        _SHOW
        + """
import gc

def look():
    for thing in gc.get_objects():
        try:
            if type(thing) in (dict, list, tuple):
                for item in list(thing.values() if type(thing) is dict else thing):
                    if type(item) in (str, bytes, bytearray):
                        show("memory", item)
        except Exception:
            pass

look()""",
        squares="def sum_of_squares(n):\n    look()\n    return None",
    )


@attack()
def own_memory(release: bytes) -> bytes:
    """Reads its own memory through `/proc/self/mem`, the connection's buffers included, while a test calls it."""
    return wrong(
        release,
        _SHOW
        + """
def scan(pid):
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                place, rights = line.split()[:2]
                start, end = (int(part, 16) for part in place.split("-"))
                if "r" in rights and "w" in rights and end - start < 1 << 28:
                    try:
                        memory.seek(start)
                        show(f"memory of {pid}", memory.read(end - start))
                    except (OSError, OverflowError, ValueError):
                        pass
    except OSError as error:
        print(pid, error)

scan("self")""",
        answer="answer = None",
        safe_root="def safe_root(x):\n    scan('self')\n    return None",
    )


@attack()
def other_processes(release: bytes) -> bytes:
    """Reads command lines, environments, open files, working folders and memory of every process in `/proc`."""
    return wrong(
        release,
        _SHOW
        + """
import glob

def look():
    for folder in glob.glob("/proc/[0-9]*"):
        for name in ("cmdline", "environ", "maps", "stack", "mountinfo"):
            try:
                show(f"{folder}/{name}", open(f"{folder}/{name}", "rb").read())
            except OSError:
                pass
        for name in glob.glob(f"{folder}/fd/*") + [f"{folder}/cwd", f"{folder}/root", f"{folder}/exe"]:
            try:
                target = os.readlink(name)
                show(name, target)
                if os.path.isfile(name) and os.path.getsize(name) < 10_000_000 and "pipe" not in target:
                    with open(name, "rb", buffering=0) as file:
                        show(f"{name} -> {target}", file.read(10_000_000) or b"")
                if target != "/" and name.endswith(("cwd", "root")):
                    for path in glob.glob(f"{name}/**/*.ipynb", recursive=True)[:1000]:
                        show(path, open(path, "rb").read())
            except OSError:
                pass

look()""",
        squares="def sum_of_squares(n):\n    look()\n    return None",
    )


@attack()
def memory_of_the_parents(release: bytes) -> bytes:
    """Reads the memory of its parent, of process 1 and of every process it may trace, for the text of the tests."""
    return wrong(
        release,
        _SHOW
        + """
import ctypes, glob

libc = ctypes.CDLL(None, use_errno=True)

def scan(pid):
    libc.ptrace(16, pid, None, None)
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                place, rights = line.split()[:2]
                start, end = (int(part, 16) for part in place.split("-"))
                if rights.startswith("rw") and end - start < 1 << 28:
                    try:
                        memory.seek(start)
                        show(f"memory of {pid}", memory.read(end - start))
                    except (OSError, OverflowError, ValueError):
                        pass
    except OSError as error:
        print(pid, error)
    libc.ptrace(17, pid, None, None)

for folder in glob.glob("/proc/[0-9]*"):
    if int(folder[6:]) != os.getpid():
        scan(int(folder[6:]))""",
    )


@attack()
def environment(release: bytes) -> bytes:
    """Prints the environment, its own and that of every process it can see."""
    return wrong(
        release,
        _SHOW
        + """
import glob

show("environment", repr(dict(os.environ)))
for path in glob.glob("/proc/*/environ"):
    try:
        show(path, open(path, "rb").read())
    except OSError:
        pass""",
    )


@attack()
def inherited_descriptors(release: bytes) -> bytes:
    """Reads the descriptors that it has inherited: sockets are peeked into, files read from the start."""
    return wrong(
        release,
        _SHOW
        + """
import socket, stat

def look():
    for number in range(0, 256):
        try:
            mode = os.fstat(number).st_mode
            if stat.S_ISREG(mode):
                show(f"descriptor {number}", os.pread(number, 10_000_000, 0))
            elif stat.S_ISSOCK(mode):
                copy = socket.socket(fileno=os.dup(number))
                copy.setblocking(False)
                show(f"socket {number}", copy.recv(1 << 20, socket.MSG_PEEK))
                copy.detach()
            elif stat.S_ISDIR(mode):
                print("directory", number, os.listdir(number)[:50])
        except (OSError, ValueError):
            pass

look()""",
        squares="def sum_of_squares(n):\n    look()\n    return None",
    )


@attack()
def listens_in_on_the_connection(release: bytes) -> bytes:
    """Wraps unpickling and the socket's methods, so that every byte that the judge sends is kept and searched."""
    return wrong(
        release,
        _SHOW
        + """
import io, pickle, socket, sys

kept = []

def wrap(function):
    def wrapped(*args, **kwargs):
        result = function(*args, **kwargs)
        for thing in (*args, result):
            if isinstance(thing, (bytes, bytearray, memoryview, str)):
                kept.append(bytes(thing.encode() if isinstance(thing, str) else thing))
        return result
    return wrapped

pickle.loads = wrap(pickle.loads)
for name, module in list(sys.modules.items()):
    if name.startswith("utils"):
        for kind in [value for value in vars(module).values() if isinstance(value, type)]:
            for method in ("receive", "_fill", "decode"):
                if method in vars(kind):
                    setattr(kind, method, wrap(vars(kind)[method]))""",
        squares="def sum_of_squares(n):\n    show('the connection', b' '.join(kept))\n    return None",
        safe_root="def safe_root(x):\n    show('the connection', b' '.join(kept))\n    return None",
    )


@attack()
def history_of_the_kernel(release: bytes) -> bytes:
    """Reads IPython's history: variables, magics, the database in its profile folder."""
    return wrong(
        release,
        _SHOW
        + """
import glob

def look():
    shell = get_ipython()
    show("history", repr([shell.user_ns.get(name) for name in ("In", "_ih", "_i", "_ii", "_iii", "Out", "_oh")]))
    show("history", repr(list(shell.history_manager.get_range(raw=False))))
    show("history", repr(list(shell.history_manager.get_tail(500))))
    for path in glob.glob(os.path.expanduser("~/.ipython/**/*"), recursive=True):
        if os.path.isfile(path):
            show(path, open(path, "rb").read())

look()""",
        squares="def sum_of_squares(n):\n    look()\n    return None",
    )


@attack(deserved=9.0, keeps=9.0)
def inputs_of_the_tests(release: bytes) -> bytes:
    """Prints every argument that a test passes, and everything that can be reached from it; the answers are right."""
    return right(
        release,
        _SHOW
        + """
def spill(*args):
    for thing in args:
        print(type(thing), repr(thing)[:2000])
        for name in dir(thing):
            try:
                show(name, repr(getattr(thing, name))[:5000])
            except Exception:
                pass""",
        squares="def sum_of_squares(n):\n    spill(n)\n    return n * (n + 1) * (2 * n + 1) // 6",
        safe_root="""def safe_root(x):
    spill(x)
    if x < 0:
        raise ValueError(f"{x} is negative")
    return math.sqrt(x)""",
    )


@attack()
def tracebacks_of_the_tests(release: bytes) -> bytes:
    """Fails in every way, so that the feedback shows the failing line of the hidden test in its traceback."""
    return wrong(
        release,
        squares="""def sum_of_squares(n):
    if n == 3:
        return 14
    raise RuntimeError("which test was it?")""",
        answer="answer = 16",
        normalise="""def normalise(x):
    if len(x) == 2:
        return np.array([-1.0, 1.0])
    return np.zeros(x.shape)""",
        safe_root="""def safe_root(x):
    if x == 9 or x == -1:
        return 3.0
    import warnings
    warnings.warn("who called?", stacklevel=2)
    raise KeyError(x)""",
    )


@attack()
def tools_of_the_system(release: bytes) -> bytes:
    """Looks around with the shell: `ps`, `find`, `env`, `mount`, `cat /proc/*`, through `!` and `%%bash`."""
    return wrong(
        release,
        f"""import subprocess

commands = [
    "ps auxwwe", "env", "cat /proc/*/cmdline", "cat /proc/*/environ", "mount", "ls -laR {CAMPUS} ~ . .. /tmp /dev/shm",
    "grep -rhoaE '{MARKER_PATTERN}' {CAMPUS} ~ . .. /tmp /srv /opt /etc /var /dev/shm",
]
for command in commands:
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    print(command, done.stdout.decode(errors="replace")[-5000:])""",
    )


@attack()
def another_namespace(release: bytes) -> bytes:
    """Makes user and mount namespaces of its own, and joins those of other processes, to reach the host's files."""
    return wrong(
        release,
        _SHOW
        + f"""
import ctypes, glob

libc = ctypes.CDLL(None, use_errno=True)
if os.fork() == 0:
    try:
        libc.unshare(0x10000000 | 0x00020000)
        for target in (b"/tmp", b"/mnt", b"/proc"):
            libc.mount(b"/", target, None, 4096, None)
            libc.umount2(target, 2)
        for path in glob.glob("/proc/[0-9]*/ns/mnt"):
            try:
                number = os.open(path, os.O_RDONLY)
                libc.setns(number, 0)
            except OSError:
                pass
        for path in glob.glob("{CAMPUS}/**/*.ipynb", recursive=True):
            show(path, open(path, "rb").read())
        os.chroot("/proc/1/root")
        for path in glob.glob("/**/source/**/*.ipynb", recursive=True):
            show(path, open(path, "rb").read())
    except BaseException as error:
        print(repr(error))
    finally:
        os._exit(0)
os.wait()""",
    )
