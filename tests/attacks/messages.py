"""The line to the judge: raw bytes, forged answers, values that are too deep, too large or too slow, hostile text."""

from tests.attacks import attack
from tests.attacks.course import right, wrong

# Finds the sockets of its process, whatever they belong to, and the objects that use them.
_SOCKETS = """import gc, os, socket, stat, struct

def sockets():
    for number in range(256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass

def frame(content):
    return struct.pack(">Q", len(content)) + content

def send(data):
    for number in sockets():
        try:
            os.set_blocking(number, True)
            os.write(number, data)
        except OSError:
            pass
"""

_LATER_RIGHT = {"deserved": 7.0, "keeps": 7.0}


@attack(limits={"cell_seconds": 5.0})
def garbage_on_every_socket(release: bytes) -> bytes:
    """Writes bytes of chance to every socket that it has, and to its standard output."""
    return wrong(
        release,
        _SOCKETS
        + "\nsend(os.urandom(4096))\nfor number in (0, 1, 2):\n    try:\n        os.write(number, b'True\\n' * 100)\n"
        "    except OSError:\n        pass",
    )


@attack(limits={"cell_seconds": 5.0})
def frame_of_ten_gigabytes(release: bytes) -> bytes:
    """Announces an answer of ten gigabytes, and one of eight exbibytes, so that the judge makes room for it."""
    return wrong(
        release,
        _SOCKETS + "\nsend(struct.pack('>Q', 10 * 2**30))",
        squares="def sum_of_squares(n):\n    send(struct.pack('>Q', 2**63))\n    return 0",
    )


@attack(limits={"cell_seconds": 5.0})
def answers_in_advance(release: bytes) -> bytes:
    """Sends well-formed answers before it is asked, so that the judge takes them for answers to later questions."""
    return wrong(
        release,
        _SOCKETS
        + """
import msgpack

def sum_of_squares_forged():
    for value in (True, 14, 0, 1, 385, 4900, 338350, 153846, 0.5073):
        send(frame(msgpack.packb(["value", value])))

sum_of_squares_forged()""",
        squares="def sum_of_squares(n):\n    sum_of_squares_forged()\n    return 14",
    )


@attack(limits={"cell_seconds": 5.0})
def pickles_to_the_judge(release: bytes) -> bytes:
    """Sends pickles that run a command in whoever opens them."""
    return wrong(
        release,
        _SOCKETS
        + """
import pickle

class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/planted-by-reduce",)

send(frame(pickle.dumps(Command())))
send(pickle.dumps(Command()))""",
        squares="def sum_of_squares(n):\n    send(frame(pickle.dumps(Command())))\n    return Command()",
    )


@attack(limits={"cell_seconds": 10.0})
def answers_packed_by_itself(release: bytes) -> bytes:
    """Replaces the function that packs its answers by one that packs handles with any number and any claimed type."""
    return wrong(
        release,
        """import sys

import msgpack

turn = 0

def forged(value, handle):
    global turn
    turn += 1
    kinds = ("function", "class", "module", "iterator", "instance", "float")
    bases = [["numpy", "float64"], ["builtins", "float"], ["torch.nn.modules.module", "Module"]]
    content = [turn % 7 - 1, kinds[turn % 6], "float", bases]
    body = msgpack.ExtType(11, msgpack.packb(content))
    return msgpack.packb(["value", body])

for name, module in list(sys.modules.items()):
    if name.startswith("utils.grading") and callable(getattr(module, "encode", None)):
        module.encode = forged""",
    )


@attack(limits={"cell_seconds": 10.0})
def questions_to_the_judge(release: bytes) -> bytes:
    """Sends questions to the judge about objects it was never given, with attributes that lead to globals."""
    return wrong(
        release,
        _SOCKETS
        + """
import msgpack

def ask():
    for number in (0, 1, 2, -1, 2**70):
        for operation, arguments in (("get", ["__globals__"]), ("get", ["f_back"]), ("call", []), ("item", [0]),
                                     ("get", ["gi_frame"]), ("next", []), ("len", []), ("system", ["id"])):
            send(frame(msgpack.packb(["back", number if number < 2**63 else 0, operation, arguments, {}])))""",
        squares="def sum_of_squares(n):\n    ask()\n    return 0",
    )


@attack(**_LATER_RIGHT)
def value_nested_without_end(release: bytes) -> bytes:
    """Returns a list that contains itself, and one nested ten thousand deep."""
    return right(
        release,
        squares="""def sum_of_squares(n):
    if n == 3:
        deep = []
        for _ in range(10_000):
            deep = [deep]
        return deep
    loop = []
    loop.append(loop)
    return loop""",
    )


@attack(deserved=5.0, keeps=5.0)
def values_of_many_gigabytes(release: bytes) -> bytes:
    """Returns arrays and texts that say they are huge: broadcast views, repeated tensors, a range without end."""
    return right(
        release,
        squares="def sum_of_squares(n):\n    return 'x' * 600_000_000",
        normalise="def normalise(x):\n    return np.broadcast_to(0.0, (10**6, 10**6))",
    )


@attack(
    slow=True, limits={"memory_mb": 2048, "cell_seconds": 20.0, "notebook_seconds": 60.0}, stock=False, **_LATER_RIGHT
)
def list_of_empty_lists(release: bytes) -> bytes:
    """Returns forty million references to one empty list, which are forty million lists once they are unpacked."""
    return right(release, squares="def sum_of_squares(n):\n    return [[]] * 40_000_000")


@attack(slow=True, limits={"cell_seconds": 5.0, "notebook_seconds": 40.0}, stock=False, deserved=7.0)
def keys_that_collide(release: bytes) -> bytes:
    """Returns a set of integers that all have one hash, packed by hand, so that unpacking takes quadratic time."""
    return right(
        release,
        """import sys

import msgpack

really = {name: module.encode for name, module in list(sys.modules.items())
          if name.startswith("utils.grading") and callable(getattr(module, "encode", None))}
evil = False

def forged(value, handle):
    global evil
    if not evil:
        return next(iter(really.values()))(value, handle)
    evil = False
    many = [msgpack.ExtType(1, ((2**61 - 1) * k).to_bytes(12, "little", signed=True)) for k in range(1, 200_001)]
    body = msgpack.ExtType(4, msgpack.packb(many))
    return msgpack.packb(["value", body])

for name in really:
    sys.modules[name].encode = forged""",
        squares="def sum_of_squares(n):\n    global evil\n    evil = True\n    return 0",
    )


@attack(slow=True, limits={"cell_seconds": 5.0, "notebook_seconds": 40.0}, stock=False, deserved=8.0, keeps=8.0)
def number_that_is_slow_to_square(release: bytes) -> bytes:
    """Returns an integer of two hundred megabytes that the test squares, which no signal interrupts."""
    return right(
        release,
        safe_root="""def safe_root(x):
    if x < 0:
        raise ValueError(f"{x} is negative")
    return 3.0 if x == 9 else (1 << 1_600_000_000) - 1""",
    )


@attack(slow=True, limits={"cell_seconds": 5.0, "notebook_seconds": 40.0}, stock=False, deserved=7.0, keeps=7.0)
def range_without_end(release: bytes) -> bytes:
    """Returns ranges and iterators where an array belongs, so that whoever makes an array of them fills the memory."""
    return right(release, normalise="def normalise(x):\n    return range(-(10**10), 10**10)")


@attack(limits={"cell_seconds": 5.0}, deserved=7.0, keeps=4.0)
def named_tuple_with_array_interface(release: bytes) -> bytes:
    """Returns a named tuple with a field `__array_interface__`, which sends NumPy to an address of its choice."""
    return right(
        release,
        """class Anywhere(tuple):
    _fields = ("__array_interface__",)""",
        normalise="""def normalise(x):
    if len(x) == 2:
        return np.array([-1.0, 1.0])
    return Anywhere(({"data": (8, False), "shape": (4,), "typestr": "<f8", "version": 3},))""",
    )


@attack(**_LATER_RIGHT)
def hostile_messages(release: bytes) -> bytes:
    """Raises exceptions whose text is a megabyte of HTML, terminal codes, zeros and halves of characters."""
    return right(
        release,
        squares="""def sum_of_squares(n):
    text = "<script>alert" + "(4)</script>\\x1b[2J\\x1b]0;owned\\x07\\x00\\ud800" + "A" * 1_000_000
    raise RuntimeError(text)""",
    )


@attack(**_LATER_RIGHT)
def hostile_exception_classes(release: bytes) -> bytes:
    """Raises exceptions whose text, name, class or traceback does something when it is looked at."""
    return right(
        release,
        """class Restless(Exception):
    def __str__(self):
        raise Restless()
    __repr__ = __str__
    @property
    def __traceback__(self):
        raise Restless()
    args = property(lambda self: (_ for _ in ()).throw(SystemExit(0)))

class Big(Exception):
    def __str__(self):
        return "x" * 300_000_000

Sly = type("<b>" + "N" * 100_000, (AssertionError,), {"__module__": "pytest", "__qualname__": "skip.Exception"})""",
        squares="""def sum_of_squares(n):
    if n == 3:
        return 14
    raise {0: Restless, 1: Big}.get(n, Sly)""",
    )


@attack(**_LATER_RIGHT)
def hostile_names(release: bytes) -> bytes:
    """Returns objects whose class names, attributes and representations are huge, slow or raise."""
    return right(
        release,
        """class Odd:
    def __getattribute__(self, name):
        if name == "__class__":
            raise SystemExit("no class")
        return object.__getattribute__(self, name)
    def __repr__(self):
        return "<script>alert" + "(5)</script>" * 1_000_000
    __str__ = __repr__

Odd.__name__ = Odd.__qualname__ = "\\x1b[31m" + "O" * 1_000_000
Odd.__module__ = 7""",
        squares="def sum_of_squares(n):\n    return Odd()",
    )
