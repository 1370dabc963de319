"""Classes as the exercise, and checks that look inside functions and objects."""

# One line per case can be compared at a glance.
# ruff: noqa: E501

from tests.grading.fidelity.exercise import Exercise

VECTOR = """class Vector:
    def __init__(self, x, y=0):
        self.x, self.y = x, y
    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)
    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self
    def __mul__(self, factor):
        return Vector(factor * self.x, factor * self.y)
    __rmul__ = __mul__
    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
    def __hash__(self):
        return hash((self.x, self.y))
    def __lt__(self, other):
        return self.x < other.x
    def __bool__(self):
        return (self.x, self.y) != (0, 0)
    def __len__(self):
        return 2
    def __float__(self):
        return float(self.x ** 2 + self.y ** 2) ** 0.5
    def __format__(self, style):
        return f"({self.x:{style}}; {self.y:{style}})"
    def __repr__(self):
        return f"Vector({self.x}, {self.y})\""""

MONEY = """import functools

@functools.total_ordering
class Money:
    def __init__(self, cents):
        self.cents = cents
    def __eq__(self, other):
        return self.cents == other.cents if isinstance(other, Money) else NotImplemented
    def __lt__(self, other):
        return self.cents < other.cents if isinstance(other, Money) else NotImplemented
    def __add__(self, other):
        if isinstance(other, int):
            return Money(self.cents + other)
        return Money(self.cents + other.cents) if isinstance(other, Money) else NotImplemented
    __radd__ = __add__
    def __abs__(self):
        return Money(abs(self.cents))"""

NODE = """class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

def push_front(head, value):
    return Node(value, head)"""

STACK = """class Stack2:
    def __init__(self):
        self.items = []
        self.counts = {}
    def push(self, item):
        self.items.append(item)
    def __iter__(self):
        return iter(self.items)
    def __len__(self):
        return len(self.items)"""

TIMER = """class Recorder:
    def __enter__(self):
        self.events = ["entered"]
        return self
    def __exit__(self, kind, error, trace):
        self.events.append("left" if kind is None else kind.__name__)
        return kind is ZeroDivisionError"""

TEMPERATURE = """class Temperature2:
    unit = "C"
    def __init__(self, celsius):
        self.celsius = celsius
    @property
    def fahrenheit(self):
        return self.celsius * 9 / 5 + 32
    @fahrenheit.setter
    def fahrenheit(self, value):
        if value < -459.67:
            raise ValueError("below absolute zero")
        self.celsius = (value - 32) * 5 / 9
    @classmethod
    def freezing(cls):
        return cls(0)
    @staticmethod
    def difference(a, b):
        return a - b"""

SHAPES = """import abc

class Shape2(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...

class Square2(Shape2):
    def __init__(self, side):
        self.side = side
    def area(self):
        return self.side ** 2"""

POINT = """from dataclasses import dataclass

@dataclass(order=True)
class Point2:
    x: int
    y: int = 0"""

FROZEN = """from dataclasses import dataclass

@dataclass(frozen=True)
class City:
    name: str
    inhabitants: int"""

COLOUR = """import enum

class Colour(enum.Enum):
    RED = 1
    GREEN = 2"""

LEVEL = """import enum

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2"""

BALANCE = """class InsufficientFunds(ValueError):
    def __init__(self, message, missing):
        super().__init__(message)
        self.missing = missing

def withdraw(balance, amount):
    if amount > balance:
        raise InsufficientFunds("too little", amount - balance)
    return balance - amount"""

EXERCISES = [
    Exercise(
        "vector_operators",
        "assert Vector(1, 2) + Vector(1, 1) == Vector(2, 3)\nassert 2 * Vector(1, 2) == Vector(1, 2) * 2 == Vector(2, 4)\n"
        "assert Vector(1) != Vector(2) and max([Vector(1), Vector(3)]).x == 3\n"
        "assert [v.x for v in sorted([Vector(2), Vector(1)])] == [1, 2]\nassert len({Vector(1), Vector(1)}) == 1\n"
        "v = w = Vector(1)\nv += Vector(2, 5)\nassert v is w and v.y == 5 and len(v) == 2 and float(Vector(3, 4)) == 5.0\n"
        "assert bool(v) and not Vector(0) and f'{Vector(1, 2):.1f}' == '(1.0; 2.0)' and str(Vector(1)) == 'Vector(1, 0)'",
        [VECTOR],
        [
            VECTOR.replace("self.y + other.y", "self.y - other.y"),
            VECTOR.replace("__lt__", "__gt__").replace("self.x < other.x", "self.x < other.x"),
            VECTOR.replace("return (self.x, self.y) != (0, 0)", "return True"),
            "",
        ],
    ),
    Exercise(
        "money",
        "import pytest\nassert Money(1) < Money(2) and Money(2) >= Money(2) and sum([Money(1), Money(2)]) == Money(3)\n"
        "assert Money(1) != 1 and abs(Money(-2)) == Money(2) and Money(5) in [Money(4), Money(5)]\n"
        "with pytest.raises(TypeError):\n    Money(1) < 3\nwith pytest.raises(TypeError):\n    Money(1) + 'a'\n"
        "with pytest.raises(TypeError):\n    hash(Money(1))",
        [MONEY],
        [MONEY.replace("__radd__ = __add__", "pass"), ""],
    ),
    Exercise(
        "linked_list",
        "node = push_front(push_front(None, 1), 2)\nvalues = []\nwhile node:\n    values.append(node.value)\n"
        "    node = node.next\nassert values == [2, 1]\nassert Node(1) != Node(1) and Node(1).next is None",
        [NODE],
        [NODE.replace("Node(value, head)", "Node(value)"), ""],
    ),
    Exercise(
        "attribute_changed",
        "s = Stack2()\ns.items.append(2)\ns.counts['a'] = 1\nassert len(s) == 1 and list(s) == [2] and 2 in s and 3 not in s\n"
        "assert s.counts == {'a': 1} and s and not Stack2()",
        [STACK],
        [STACK.replace("return len(self.items)", "return 0"), ""],
    ),
    Exercise(
        "context",
        "import pytest\nr = Recorder()\nwith r:\n    1 / 0\nassert r.events == ['entered', 'ZeroDivisionError']\n"
        "with Recorder() as r:\n    pass\nassert r.events[1] == 'left'\nwith pytest.raises(KeyError):\n    with r:\n        {}['a']",
        [TIMER],
        [TIMER.replace("return kind is ZeroDivisionError", "return True"), ""],
    ),
    Exercise(
        "properties",
        "import pytest\nt = Temperature2(100)\nassert t.fahrenheit == 212 and Temperature2.unit == t.unit == 'C'\n"
        "t.fahrenheit = 32\nassert t.celsius == 0 and Temperature2.freezing().celsius == 0\n"
        "assert Temperature2.difference(3, 1) == 2 and isinstance(Temperature2.freezing(), Temperature2)\n"
        "with pytest.raises(ValueError, match='zero'):\n    t.fahrenheit = -1000",
        [TEMPERATURE],
        [TEMPERATURE.replace("raise ValueError", "print"), ""],
    ),
    Exercise(
        "inheritance",
        "import inspect, pytest\nassert issubclass(Square2, Shape2) and Square2.__bases__ == (Shape2,)\n"
        "assert Square2(3).area() == 9 and isinstance(Square2(1), Shape2) and inspect.isabstract(Shape2)\n"
        "with pytest.raises(TypeError):\n    Shape2()\nassert [c.__name__ for c in Square2.__mro__][:2] == ['Square2', 'Shape2']",
        [SHAPES],
        [SHAPES.replace("(Shape2):", ":"), ""],
    ),
    Exercise(
        "subclass_in_check",
        "class Cube(Tile):\n    def area(self):\n        return 6 * super().area()\n"
        "assert Cube(2).area() == 24 and isinstance(Cube(1), Tile) and type(Cube(1)) is Cube",
        ["class Tile:\n    def __init__(self, side):\n        self.side = side\n    def area(self):\n        return self.side ** 2"],
        ["class Tile:\n    def __init__(self, side):\n        self.side = side\n    def area(self):\n        return self.side", ""],
    ),
    Exercise(
        "template_method",
        "class Doubled(Report):\n    def step(self):\n        return 21\nassert Doubled().run() == 42",
        ["class Report:\n    def run(self):\n        return 2 * self.step()"],
        ["class Report:\n    def run(self):\n        return 40", ""],
    ),
    Exercise(
        "dataclass",
        "import dataclasses\nassert Point2(1, 2) == Point2(1, 2) != Point2(2, 1) and Point2(1) < Point2(2)\n"
        "assert dataclasses.asdict(Point2(1)) == {'x': 1, 'y': 0} and dataclasses.astuple(Point2(3)) == (3, 0)\n"
        "assert dataclasses.replace(Point2(1), y=5) == Point2(1, 5) and dataclasses.is_dataclass(Point2)\n"
        "assert [f.name for f in dataclasses.fields(Point2)] == ['x', 'y'] and repr(Point2(1)) == 'Point2(x=1, y=0)'",
        [POINT],
        [POINT.replace("order=True", "eq=False"), ""],
    ),
    Exercise(
        "frozen",
        "import dataclasses, pytest\nberlin = City('Berlin', 3)\nwith pytest.raises(dataclasses.FrozenInstanceError):\n"
        "    berlin.inhabitants = 4\nassert {City('Berlin', 3): 'x'}[berlin] == 'x' and len({berlin, City('Bonn', 1)}) == 2",
        [FROZEN],
        [FROZEN.replace("frozen=True", "unsafe_hash=True"), ""],
    ),
    Exercise(
        "given_dataclass",
        "assert middle(Place(0, 0), Place(2, 2)) == Place(1, 1)\nassert isinstance(middle(Place(0, 0), Place(0, 2)), Place)",
        ["def middle(a, b):\n    return Place((a.x + b.x) / 2, (a.y + b.y) / 2)"],
        ["def middle(a, b):\n    return Place(a.x, b.y)", ""],
        given="from dataclasses import dataclass\n\n@dataclass\nclass Place:\n    x: float\n    y: float",
    ),
    Exercise(
        "enum",
        "assert Colour.RED is Colour(1) is Colour['RED'] and Colour.RED != Colour.GREEN and Colour.RED.name == 'RED'\n"
        "assert [c.value for c in Colour] == [1, 2] and len(Colour) == 2 and isinstance(Colour.RED, Colour)",
        [COLOUR],
        [COLOUR.replace("GREEN = 2", "GREEN = 1"), ""],
    ),
    Exercise(
        "given_enum",
        "assert opposite(Side.LEFT) is Side.RIGHT and opposite(Side.RIGHT) == Side.LEFT",
        ["def opposite(side):\n    return Side.RIGHT if side is Side.LEFT else Side.LEFT"],
        ["def opposite(side):\n    return side", ""],
        given="import enum\n\nclass Side(enum.Enum):\n    LEFT = 1\n    RIGHT = 2",
    ),
    Exercise(
        "int_enum",
        "assert Level.HIGH > Level.LOW and Level.HIGH == 2 and Level.HIGH.name == 'HIGH' and Level(1) is Level.LOW",
        [LEVEL],
        [LEVEL.replace("IntEnum", "Enum")],
    ),
    Exercise(
        "named_tuple",
        "p = Pair2(1, 2)\nassert p.left == 1 and p == (1, 2) and isinstance(p, Pair2) and isinstance(p, tuple)\n"
        "assert p._replace(left=5) == (5, 2) and p._asdict() == {'left': 1, 'right': 2} and Pair2._fields == ('left', 'right')\n"
        "assert repr(p) == 'Pair2(left=1, right=2)' and type(p).__name__ == 'Pair2'",
        [
            "from collections import namedtuple\nPair2 = namedtuple('Pair2', 'left right')",
            "from typing import NamedTuple\nclass Pair2(NamedTuple):\n    left: int\n    right: int",
        ],
        ["def Pair2(left, right):\n    return (left, right)", ""],
    ),
    Exercise(
        "exceptions",
        "import pytest\nassert withdraw(5, 3) == 2 and issubclass(InsufficientFunds, ValueError)\n"
        "with pytest.raises(InsufficientFunds, match='little') as caught:\n    withdraw(1, 3)\nassert caught.value.missing == 2",
        [BALANCE],
        [BALANCE.replace("self.missing = missing", "self.missing = 0"), ""],
    ),
    Exercise(
        "cause",
        "try:\n    load('x')\nexcept LookupError as error:\n    assert isinstance(error.__cause__, ZeroDivisionError)\n"
        "else:\n    raise AssertionError",
        ["def load(name):\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise LookupError(name) from e"],
        ["def load(name):\n    raise LookupError(name)", ""],
    ),
    Exercise(
        "exit",
        "import pytest\nwith pytest.raises(SystemExit):\n    leave()",
        ["import sys\ndef leave():\n    sys.exit(2)"],
        ["def leave():\n    return 2", ""],
    ),
    Exercise(
        "look_inside",
        "assert 'rate' in dir(pump) and vars(pump) == {'rate': 2, 'log': []} and pump.__dict__['rate'] == 2\n"
        "assert 'run' in dir(Pump2) and callable(getattr(pump, 'run', None)) and not callable(pump)\n"
        "assert type(pump) is Pump2 and type(pump).__name__ == pump.__class__.__name__ == 'Pump2' and hasattr(pump, 'log')",
        ["class Pump2:\n    def __init__(self):\n        self.rate, self.log = 2, []\n    def run(self):\n        pass\npump = Pump2()"],
        ["class Pump2:\n    def run(self):\n        pass\npump = Pump2()\nlog = []", ""],
    ),
    Exercise(
        "signature",
        "import inspect\nfrom typing import Optional\ns = inspect.signature(scaled)\nassert list(s.parameters) == ['x', 'factor']\n"
        "assert s.parameters['factor'].default == 2 and s.parameters['factor'].kind is inspect.Parameter.KEYWORD_ONLY\n"
        "assert scaled.__annotations__ == {'x': float, 'factor': Optional[int], 'return': list[float]}\n"
        "assert scaled.__kwdefaults__ == {'factor': 2} and scaled.__doc__.startswith('Scale') and scaled.__name__ == 'scaled'\n"
        "assert scaled.__code__.co_argcount == 1 and inspect.isfunction(scaled) and not inspect.isclass(scaled)",
        [
            "from typing import Optional\ndef scaled(x: float, *, factor: Optional[int] = 2) -> list[float]:\n"
            "    'Scale x.'\n    return [factor * x]"
        ],
        ["def scaled(x, factor=2):\n    'Scale x.'\n    return [factor * x]", ""],
    ),
    Exercise(
        "source",
        "import ast, inspect\ntree = ast.parse(inspect.getsource(average2))\nassert average2([1, 3]) == 2\n"
        "assert any(isinstance(node, ast.For) for node in ast.walk(tree)) and 'sum' not in average2.__code__.co_names",
        ["def average2(values):\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)"],
        ["def average2(values):\n    return sum(values) / len(values)", ""],
    ),
    Exercise(
        "generators",
        "import inspect, types\nfrom collections.abc import Generator, Iterator\nassert isinstance(evens(), types.GeneratorType)\n"
        "assert inspect.isgeneratorfunction(evens) and isinstance(evens(), Iterator) and isinstance(evens(), Generator)\n"
        "it = evens()\nassert [next(it), next(it)] == [0, 2]",
        ["def evens():\n    n = 0\n    while True:\n        yield n\n        n += 2"],
        ["def evens():\n    return iter([0, 2, 4])", ""],
    ),
    Exercise(
        "coroutine",
        "import asyncio, inspect\nassert inspect.iscoroutinefunction(later)\nassert asyncio.run(later(1)) == 2\n",
        ["import asyncio\nasync def later(x):\n    await asyncio.sleep(0)\n    return x + 1"],
        ["def later(x):\n    return x + 1", ""],
    ),
    Exercise(
        "iteration_by_index",
        "assert 4 in Squares() and 5 not in Squares() and list(Squares()) == [0, 1, 4] and max(Squares()) == 4",
        ["class Squares:\n    def __getitem__(self, n):\n        if n > 2:\n            raise IndexError(n)\n        return n * n"],
        ["class Squares:\n    def __iter__(self):\n        return iter([1, 4, 9])", ""],
    ),
    Exercise(
        "copies",
        "import copy\na = Box3([1])\nb, c = copy.copy(a), copy.deepcopy(a)\nassert a == b == c and b is not a\n"
        "a.push(2)\nassert len(b.items) == 2 and len(c.items) == 1",
        [
            "class Box3:\n    def __init__(self, items):\n        self.items = items\n    def push(self, item):\n"
            "        self.items.append(item)\n    def __eq__(self, other):\n        return self.items == other.items"
        ],
        ["class Box3:\n    def __init__(self, items):\n        self.items = items", ""],
    ),
    Exercise(
        "number_not_object",
        "assert abs(distance(3, 5) - 2) < 1e-9",
        ["class Gap:\n    def __init__(self, x):\n        self.x = x\n    def __sub__(self, other):\n"
         "        return Gap(self.x - other)\n    def __abs__(self):\n        return abs(self.x)\n"
         "def distance(a, b):\n    return abs(a - b)"],
        ["class Gap:\n    def __init__(self, x):\n        self.x = x\ndef distance(a, b):\n    return a - b", ""],
    ),
]  # fmt: skip
