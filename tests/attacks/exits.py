"""Leaving early or staying late: exits, signals, threads and processes that outlive a cell."""

from tests.attacks import attack
from tests.attacks.course import right, wrong

LINGERER = "outlives-its-cell"
"""In the command line of every process that an attack leaves behind."""


@attack(deserved=4.0, keeps=4.0)
def exit_in_a_late_cell(release: bytes) -> bytes:
    """Ends its process from a cell in the middle, after right answers to the first exercises."""
    return right(release, normalise="import os\nos._exit(0)", scale="", safe_root="")


@attack(deserved=4.0, keeps=4.0)
def exit_in_a_called_function(release: bytes) -> bytes:
    """Ends its process with status 0 when a test calls it, after right answers to the first exercises."""
    return right(release, normalise="import os\n\ndef normalise(x):\n    os._exit(0)", scale="", safe_root="")


@attack(deserved=4.0, keeps=4.0, limits={"cell_seconds": 10.0})
def crash_in_a_called_function(release: bytes) -> bytes:
    """Crashes the interpreter with a segmentation fault when a test calls it."""
    return right(
        release, normalise="import ctypes\n\ndef normalise(x):\n    return ctypes.string_at(0)", scale="", safe_root=""
    )


@attack(deserved=7.0, keeps=7.0)
def system_exit_from_a_called_function(release: bytes) -> bytes:
    """Raises SystemExit when a test calls it; kernels do not count that as an error."""
    return right(release, normalise="def normalise(x):\n    raise SystemExit(0)")


@attack(deserved=7.0, keeps=7.0)
def keyboard_interrupt_from_a_called_function(release: bytes) -> bytes:
    """Raises KeyboardInterrupt when a test calls it."""
    return right(release, normalise="def normalise(x):\n    raise KeyboardInterrupt")


@attack(deserved=7.0, keeps=7.0)
def generator_exit_from_a_called_function(release: bytes) -> bytes:
    """Raises StopIteration inside the test's `all(...)`, which would end early and be true."""
    return right(
        release,
        squares="""def sum_of_squares(n):
    known = {0: 0, 1: 1, 3: 14, 10: 385, 24: 4900}
    if n == 2:
        raise StopIteration
    return known.get(n)""",
    )


@attack(deserved=7.0, keeps=7.0)
def exceptions_that_are_no_errors(release: bytes) -> bytes:
    """Raises what test runners count as skipped, and exceptions that tell IPython to show no traceback."""
    return right(
        release,
        """import unittest

class Quiet(Exception):
    def _render_traceback_(self):
        return []""",
        squares="""def sum_of_squares(n):
    if n == 3:
        raise unittest.SkipTest("not today")
    if n == 0:
        pytest.skip("not today")
    raise Quiet""",
    )


@attack()
def quit_of_the_kernel(release: bytes) -> bytes:
    """Calls `exit()`, which asks the kernel to end after the cell, and hopes that unrun tests count as passed."""
    return wrong(release, "exit()\nquit()\nget_ipython().ask_exit()")


@attack(deserved=9.0, keeps=9.0)
def signals_to_everybody(release: bytes) -> bytes:
    """Sends SIGTERM, SIGINT and SIGKILL to every process that it may reach, its parent and its group among them."""
    return right(
        release,
        """import os, signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
for target in (-1, os.getppid(), 2, 3):
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
        try:
            if target not in (0, os.getpid()):
                os.kill(target, number)
        except OSError:
            pass""",
    )


@attack(limits={"cell_seconds": 2.0, "notebook_seconds": 20.0}, stock=False, slow=True)
def signals_ignored(release: bytes) -> bytes:
    """Ignores every signal that can be ignored and every exception, and loops for ever in a cell."""
    return wrong(
        release,
        """import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True:
            pass
    except BaseException:
        pass""",
    )


@attack(deserved=7.0, keeps=4.0, limits={"cell_seconds": 2.0, "notebook_seconds": 30.0}, stock=False, slow=True)
def sleep_in_a_called_function(release: bytes) -> bytes:
    """Sleeps for ever when a hidden test calls it, and catches the interrupt; everything else is right."""
    return right(
        release,
        normalise="""import time

def normalise(x):
    while len(x) > 2:
        try:
            time.sleep(1000)
        except BaseException:
            pass
    return (x - x.mean()) / x.std()""",
    )


@attack(deserved=7.0, keeps=7.0, limits={"cell_seconds": 2.0, "notebook_seconds": 30.0}, stock=False, slow=True)
def endless_loop_in_a_called_function(release: bytes) -> bytes:
    """Loops for ever when a test calls it, but heeds the interrupt; everything else is right and has to count."""
    return right(release, normalise="def normalise(x):\n    while True:\n        pass")


@attack(deserved=9.0, keeps=8.0, limits={"cell_seconds": 2.0, "notebook_seconds": 30.0}, stock=False, slow=True)
def endless_loop_in_c(release: bytes) -> bytes:
    """Multiplies integers of a gigabyte in one cell, which holds the interpreter so that no signal handler runs."""
    return right(release, safe_root="big = (1 << 400_000_000) - 1\nbig * big * big * big * big")


@attack(deserved=9.0, keeps=9.0)
def process_that_outlives_its_cell(release: bytes) -> bytes:
    """Starts a daemon in a session of its own, twice forked and deaf to signals, that waits for what comes next."""
    return right(
        release,
        f"""import os, signal, sys

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        code = "import signal, time\\nfor n in range(1, 32):\\n  try: signal.signal(n, signal.SIG_IGN)\\n"
        code += "  except (OSError, ValueError): pass\\ntime.sleep(86400)"
        null = os.open("/dev/null", os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        os.closerange(3, 256)
        os.execv(sys.executable, [sys.executable, "-c", code, "{LINGERER}"])
    os._exit(0)
os.wait()""",
    )


@attack(deserved=9.0, keeps=9.0)
def programs_in_the_background(release: bytes) -> bytes:
    """Starts shells in the background with `nohup` and `setsid`, keeping the descriptors that it inherited."""
    return right(
        release,
        f"""import subprocess

for command in ("nohup sh -c 'sleep 86400; : {LINGERER}' &", "setsid sh -c 'sleep 86400; : {LINGERER}' &"):
    subprocess.Popen(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, close_fds=False)""",
    )


@attack()
def thread_that_outlives_its_cell(release: bytes) -> bytes:
    """Leaves a thread that rebinds the tested names to agreeable objects and prints without end."""
    return wrong(
        release,
        """import threading, time
from unittest.mock import ANY

def rebind():
    ns = get_ipython().user_ns
    while True:
        ns.update(answer=ANY, guess=ANY, sum_of_squares=lambda n: ANY, safe_root=lambda x: ANY)
        print("x" * 1000)
        time.sleep(0.01)

threading.Thread(target=rebind, daemon=True).start()""",
    )


@attack(deserved=9.0, keeps=9.0, limits={"cell_seconds": 10.0})
def last_words(release: bytes) -> bytes:
    """Registers exit handlers and finalisers that sleep, print full marks and raise, and ends with a deaf thread."""
    return right(
        release,
        """import atexit, threading, time, weakref

class Last:
    def __del__(self):
        print("9 / 9")
        time.sleep(600)

last = Last()
atexit.register(time.sleep, 600)
atexit.register(print, "9 / 9")
threading.Thread(target=time.sleep, args=(600,)).start()""",
    )


@attack(deserved=4.0, keeps=4.0, limits={"cell_seconds": 4.0})
def another_program_in_its_place(release: bytes) -> bytes:
    """Replaces its own process by `yes`, which answers on whatever descriptors it has."""
    return right(
        release,
        normalise="import os\nos.execv('/usr/bin/yes', ['yes', 'True'])",
        scale="",
        safe_root="",
    )


@attack(deserved=4.0, keeps=4.0)
def descriptors_closed(release: bytes) -> bytes:
    """Closes every file descriptor of its process, that of the judge among them."""
    return right(release, normalise="import os\nos.closerange(0, 4096)", scale="", safe_root="")


# In the shadow, as in a notebook, the forks go on: the right answers wait for the instructor.
@attack(deserved=9.0)
def forks_that_answer_too(release: bytes) -> bytes:
    """Forks inside a called function, so that two processes answer each question of the judge."""
    return right(
        release,
        squares="""import os

def sum_of_squares(n):
    os.fork()
    return n * (n + 1) * (2 * n + 1) // 6""",
    )
