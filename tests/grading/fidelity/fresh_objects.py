"""Exercises on classes: special methods, inheritance, decorators, context managers, dataclasses, closures."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "fraction",
        """
half, third = Rational(1, 2), Rational(1, 3)
assert half + third == Rational(5, 6)
assert half * third == Rational(1, 6)
assert -half == Rational(-1, 2)
assert Rational(2, 4) == half
assert half != third and third < half
assert repr(half) == "Rational(1, 2)"
assert str(Rational(4, 6)) == "2/3"
assert float(half) == 0.5
assert hash(Rational(2, 4)) == hash(half)
assert len({half, Rational(3, 6), third}) == 2
assert 1 + half == Rational(3, 2)
assert sum([half, half, third]) == Rational(4, 3)
assert sorted([half, third])[0] is third
assert not Rational(0, 5)
""",
        (
            """
from math import gcd
class Rational:
    def __init__(self, a, b):
        if b == 0:
            raise ZeroDivisionError("denominator is 0")
        g = gcd(a, b)
        self.a, self.b = a // g, b // g
    def __add__(self, other):
        if isinstance(other, int):
            other = Rational(other, 1)
        return Rational(self.a * other.b + other.a * self.b, self.b * other.b)
    __radd__ = __add__
    def __mul__(self, other):
        return Rational(self.a * other.a, self.b * other.b)
    def __neg__(self):
        return Rational(-self.a, self.b)
    def __eq__(self, other):
        return (self.a, self.b) == (other.a, other.b)
    def __lt__(self, other):
        return self.a * other.b < other.a * self.b
    def __hash__(self):
        return hash((self.a, self.b))
    def __repr__(self):
        return f"Rational({self.a}, {self.b})"
    def __str__(self):
        return f"{self.a}/{self.b}"
    def __float__(self):
        return self.a / self.b
    def __bool__(self):
        return self.a != 0
""",
            """
import math, functools
@functools.total_ordering
class Rational:
    def __init__(self, num, den=1):
        g = math.gcd(num, den)
        self._num = num // g
        self._den = den // g
    def __float__(self):
        return self._num / self._den
    def __repr__(self):
        return "Rational({}, {})".format(self._num, self._den)
    def __str__(self):
        return str(self._num) + "/" + str(self._den)
    def __hash__(self):
        return hash(self._num) * 31 + hash(self._den)
    def __eq__(self, other):
        return self._num * other._den == other._num * self._den
    def __lt__(self, other):
        return float(self) < float(other)
    def __add__(self, other):
        return Rational(self._num * other._den + other._num * self._den, self._den * other._den)
    def __radd__(self, other):
        return Rational(other) + self
    def __mul__(self, other):
        return Rational(self._num * other._num, self._den * other._den)
    def __neg__(self):
        return Rational(-self._num, self._den)
    def __bool__(self):
        return bool(self._num)
""",
        ),
        (
            """
class Rational:
    def __init__(self, a, b):
        self.a, self.b = a, b
    def __add__(self, other):
        return Rational(self.a * other.b + other.a * self.b, self.b * other.b)
    def __eq__(self, other):
        return self.a == other.a and self.b == other.b
""",
        ),
    ),
    Exercise(
        "temperature_property",
        """
t = Temperature(25)
assert t.fahrenheit == 77
t.fahrenheit = 212
assert t.celsius == 100
try:
    t.celsius = -500
except ValueError:
    pass
else:
    assert False, "too cold"
assert t.celsius == 100
assert isinstance(Temperature.fahrenheit, property)
assert Temperature.fahrenheit.fset is not None
assert Temperature.from_kelvin(273.15).celsius == 0
try:
    t.kelvin = 3
    raise RuntimeError("kelvin should be read-only")
except AttributeError:
    pass
""",
        (
            """
class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius
    @classmethod
    def from_kelvin(cls, kelvin):
        return cls(kelvin - 273.15)
    @property
    def celsius(self):
        return self._celsius
    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError("too cold")
        self._celsius = value
    @property
    def kelvin(self):
        return self._celsius + 273.15
    @property
    def fahrenheit(self):
        return self.celsius * 9 / 5 + 32
    @fahrenheit.setter
    def fahrenheit(self, value):
        self.celsius = (value - 32) * 5 / 9
""",
            """
class Temperature:
    ZERO = -273.15
    def __init__(self, degrees=0.0):
        self.set_c(degrees)
    def get_c(self):
        return self.__c
    def set_c(self, value):
        if value < Temperature.ZERO:
            raise ValueError(value)
        self.__c = value
    celsius = property(get_c, set_c)
    fahrenheit = property(lambda self: self.__c * 1.8 + 32, lambda self, f: self.set_c((f - 32) / 1.8))
    kelvin = property(lambda self: self.__c - self.ZERO)
    @staticmethod
    def from_kelvin(k):
        return Temperature(k + Temperature.ZERO)
""",
        ),
        (
            """
class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius
        self.fahrenheit = celsius * 1.8 + 32
    @classmethod
    def from_kelvin(cls, kelvin):
        return cls(kelvin - 273.15)
""",
        ),
    ),
    Exercise(
        "shapes",
        """
shapes = [Circle(1), Rectangle(2, 3), Square(2)]
assert all(isinstance(shape, Shape) for shape in shapes)
assert issubclass(Square, Rectangle)
assert Square.__mro__[1] is Rectangle
assert [round(shape.area(), 2) for shape in shapes] == [3.14, 6, 4]
assert max(shapes, key=lambda s: s.area()) is shapes[1]
try:
    Shape()
    assert False, "Shape is abstract"
except TypeError as e:
    assert "abstract" in str(e)
assert repr(shapes[2]) == "Square(2)"
assert shapes[0].describe() == "Circle with area 3.14"
assert hasattr(Shape, "area") and "area" in Shape.__abstractmethods__
assert Square.__bases__ == (Rectangle,)
assert type(shapes[0]).__name__ == "Circle"
""",
        (
            """
class Circle(Shape):
    def __init__(self, r):
        self.r = r
    def area(self):
        return math.pi * self.r**2
class Rectangle(Shape):
    def __init__(self, a, b):
        self.a, self.b = a, b
    def area(self):
        return self.a * self.b
class Square(Rectangle):
    def __init__(self, a):
        super().__init__(a, a)
    def __repr__(self):
        return f"Square({self.a})"
""",
            """
from dataclasses import dataclass
@dataclass
class Circle(Shape):
    radius: float
    def area(self):
        return self.radius * self.radius * math.pi
@dataclass
class Rectangle(Shape):
    width: float
    height: float
    def area(self):
        return self.width * self.height
class Square(Rectangle):
    def __init__(self, side):
        Rectangle.__init__(self, side, side)
    def __repr__(self):
        return type(self).__name__ + "(" + str(self.width) + ")"
""",
        ),
        given="""
import math
from abc import ABC, abstractmethod

class Shape(ABC):
    @abstractmethod
    def area(self):
        ...
    def describe(self):
        return f"{type(self).__name__} with area {self.area():.2f}"
""",
    ),
    Exercise(
        "bank",
        """
account = BankAccount("Ada", 100)
account.deposit(50)
try:
    account.withdraw(500)
except InsufficientFunds as e:
    assert e.needed == 350
    assert e.account is account
    assert isinstance(e, Exception)
    assert "350" in str(e)
else:
    raise AssertionError("no error raised")
assert account.balance == 150
assert account.history == [("deposit", 50)]
account.withdraw(20)
assert account.history[-1] == ("withdraw", 20)
other = BankAccount("Bob")
assert other.history == [], "every account needs its own history"
assert BankAccount.count == 2
try:
    account.balance = 10**6
except AttributeError:
    pass
else:
    assert False, "balance should be protected"
""",
        (
            """
class InsufficientFunds(Exception):
    def __init__(self, account, needed):
        super().__init__(f"{needed} more needed")
        self.account = account
        self.needed = needed

class BankAccount:
    count = 0
    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.history = []
        BankAccount.count += 1
    @property
    def balance(self):
        return self._balance
    def deposit(self, amount):
        self._balance += amount
        self.history.append(("deposit", amount))
    def withdraw(self, amount):
        if amount > self._balance:
            raise InsufficientFunds(self, amount - self._balance)
        self._balance -= amount
        self.history.append(("withdraw", amount))
""",
            """
class InsufficientFunds(ValueError):
    def __init__(self, account, needed):
        self.account, self.needed = account, needed
    def __str__(self):
        return "missing: " + str(self.needed)

class BankAccount:
    count = 0
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.__amount = balance
        self.__log = []
        type(self).count += 1
    @property
    def balance(self):
        return self.__amount
    @property
    def history(self):
        return list(self.__log)
    def _book(self, kind, amount, sign):
        self.__amount += sign * amount
        self.__log.append((kind, amount))
    def deposit(self, amount):
        self._book("deposit", amount, 1)
    def withdraw(self, amount):
        if self.__amount < amount:
            raise InsufficientFunds(self, amount - self.__amount)
        self._book("withdraw", amount, -1)
""",
        ),
        (
            """
class InsufficientFunds(Exception):
    pass
class BankAccount:
    count = 0
    history = []
    def __init__(self, owner, balance=0):
        self.balance = balance
    def deposit(self, amount):
        self.balance += amount
        self.history.append(("deposit", amount))
    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(amount - self.balance)
        self.balance -= amount
""",
        ),
    ),
    Exercise(
        "timer_decorator",
        '''
@count_calls
def add(a, b=1):
    """Add two numbers."""
    return a + b

assert add(1) == 2 and add(1, b=5) == 6
assert add.calls == 2
assert add.__name__ == "add", "use functools.wraps"
assert add.__doc__ == "Add two numbers."

@count_calls
def nothing():
    pass
nothing()
assert nothing.calls == 1 and add.calls == 2
''',
        (
            """
import functools
def count_calls(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)
    wrapper.calls = 0
    return wrapper
""",
            """
from functools import update_wrapper
class count_calls:
    def __init__(self, f):
        self.f = f
        self.calls = 0
        update_wrapper(self, f)
    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.f(*args, **kwargs)
""",
        ),
        (
            """
def count_calls(function):
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)
    wrapper.calls = 0
    return wrapper
""",
        ),
    ),
    Exercise(
        "retry_decorator",
        """
attempts = []
@retry(times=3, exceptions=(ValueError,))
def flaky():
    attempts.append(1)
    if len(attempts) < 3:
        raise ValueError("try again")
    return "done"
assert flaky() == "done"
assert len(attempts) == 3

@retry(times=2)
def broken():
    raise KeyError("always")
try:
    broken()
except KeyError as e:
    assert e.args == ("always",)
else:
    assert False
""",
        (
            """
def retry(times, exceptions=(Exception,)):
    def decorate(function):
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except exceptions:
                    if attempt == times - 1:
                        raise
        return wrapper
    return decorate
""",
            """
from functools import wraps
def retry(times=3, exceptions=Exception):
    def decorate(f):
        @wraps(f)
        def wrapped(*a, **k):
            left = times
            while True:
                left -= 1
                try:
                    return f(*a, **k)
                except exceptions as error:
                    if not left:
                        raise error
        return wrapped
    return decorate
""",
        ),
        (
            """
def retry(times, exceptions=(Exception,)):
    def decorate(function):
        def wrapper(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except exceptions:
                return None
        return wrapper
    return decorate
""",
        ),
    ),
    Exercise(
        "context_manager",
        """
log = []
with Section("intro", log) as section:
    assert section.name == "intro"
    log.append("body")
assert log == ["<intro>", "body", "</intro>"]
try:
    with Section("bad", log):
        raise KeyError("x")
except KeyError:
    pass
assert log[-1] == "</bad>"
with Section("quiet", log, swallow=True):
    1 / 0
assert log[-2:] == ["<quiet>", "</quiet>"]
""",
        (
            """
class Section:
    def __init__(self, name, log, swallow=False):
        self.name, self.log, self.swallow = name, log, swallow
    def __enter__(self):
        self.log.append(f"<{self.name}>")
        return self
    def __exit__(self, kind, error, traceback):
        self.log.append(f"</{self.name}>")
        return self.swallow
""",
            """
from contextlib import contextmanager
from types import SimpleNamespace
@contextmanager
def Section(name, log, swallow=False):
    log.append("<" + name + ">")
    try:
        yield SimpleNamespace(name=name)
    except Exception:
        if not swallow:
            raise
    finally:
        log.append("</" + name + ">")
""",
        ),
        review=True,
    ),
    Exercise(
        "counter_closure",
        """
c1, c2 = make_counter(), make_counter(10)
assert [c1(), c1(), c1()] == [1, 2, 3]
assert c2() == 11
assert c1.__closure__ is not None, "use a closure"
assert c1() == 4
""",
        (
            """
def make_counter(start=0):
    count = start
    def counter():
        nonlocal count
        count += 1
        return count
    return counter
""",
            """
def make_counter(start=0):
    state = [start]
    def step():
        state[0] = state[0] + 1
        return state[0]
    return step
""",
        ),
        (
            """
_count = 0
def make_counter(start=0):
    global _count
    _count = start
    def counter():
        global _count
        _count += 1
        return _count
    return counter
""",
        ),
    ),
    Exercise(
        "compose",
        """
inc = lambda x: x + 1
double = lambda x: 2 * x
assert compose(inc, double)(5) == 11
assert compose(double, inc)(5) == 12
assert compose()(7) == 7
assert compose(str, abs, inc)(-4) == "3"
import operator
from functools import partial
assert compose(partial(operator.mul, 3), len)("abcd") == 12
""",
        (
            """
def compose(*functions):
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x
    return composed
""",
            """
from functools import reduce
def compose(*fs):
    return reduce(lambda f, g: lambda x: f(g(x)), fs, lambda x: x)
""",
        ),
    ),
    Exercise(
        "stack_class",
        """
s = Stack()
assert s.is_empty() and len(s) == 0
for i in range(3):
    s.push(i)
assert len(s) == 3
assert s.peek() == 2 and len(s) == 3
assert [s.pop() for _ in range(3)] == [2, 1, 0]
try:
    s.pop()
    raise AssertionError("pop from an empty stack should fail")
except IndexError:
    pass
s.push("a"); s.push("b")
assert list(s) == ["b", "a"]
assert "a" in s and "z" not in s
assert str(s) == "Stack: a b"
assert bool(Stack()) == False
""",
        (
            """
class Stack:
    def __init__(self):
        self.items = []
    def push(self, item):
        self.items.append(item)
    def pop(self):
        return self.items.pop()
    def peek(self):
        return self.items[-1]
    def is_empty(self):
        return not self.items
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return reversed(self.items)
    def __contains__(self, item):
        return item in self.items
    def __str__(self):
        return "Stack: " + " ".join(map(str, self.items))
""",
            """
class Stack:
    class _Node:
        def __init__(self, value, below):
            self.value, self.below = value, below
    def __init__(self):
        self._top = None
        self._size = 0
    def push(self, value):
        self._top = Stack._Node(value, self._top)
        self._size += 1
    def pop(self):
        if self._top is None:
            raise IndexError("empty")
        value = self._top.value
        self._top = self._top.below
        self._size -= 1
        return value
    def peek(self):
        return self._top.value
    def is_empty(self):
        return self._top is None
    def __len__(self):
        return self._size
    def __iter__(self):
        node = self._top
        while node:
            yield node.value
            node = node.below
    def __str__(self):
        return "Stack: " + " ".join(str(x) for x in list(self)[::-1])
""",
        ),
        (
            """
class Stack(list):
    def push(self, item):
        self.append(item)
    def peek(self):
        return self[0]
    def is_empty(self):
        return self == []
""",
        ),
    ),
    Exercise(
        "inventory_dataclass",
        """
import dataclasses
assert dataclasses.is_dataclass(Item)
assert [f.name for f in dataclasses.fields(Item)] == ["name", "price", "tags", "quantity"]
pen, pad = Item("pen", 1.5), Item("pad", 3.0, quantity=4)
assert pen == Item("pen", 1.5)
assert pen.tags == [] and pen.tags is not pad.tags
assert pad.total == 12
assert dataclasses.asdict(pen) == {"name": "pen", "price": 1.5, "tags": [], "quantity": 1}
assert dataclasses.replace(pen, quantity=2).total == 3
assert repr(pen) == "Item(name='pen', price=1.5, tags=[], quantity=1)"
assert sorted([pad, pen]) == [pad, pen]
try:
    Item("x", -1)
except ValueError:
    pass
else:
    assert False
""",
        (
            """
from dataclasses import dataclass, field
@dataclass(order=True)
class Item:
    name: str
    price: float
    tags: list = field(default_factory=list)
    quantity: int = 1
    def __post_init__(self):
        if self.price < 0:
            raise ValueError("price")
    @property
    def total(self):
        return self.price * self.quantity
""",
            """
import dataclasses as dc
@dc.dataclass
class Item:
    name: str
    price: float
    tags: list[str] = dc.field(default_factory=lambda: [])
    quantity: int = 1
    def __post_init__(self):
        if not self.price >= 0:
            raise ValueError(f"bad price {self.price}")
    def __lt__(self, other):
        return self.name < other.name
    total = property(lambda self: self.quantity * self.price)
""",
        ),
        (
            """
class Item:
    def __init__(self, name, price, tags=[], quantity=1):
        self.name, self.price, self.tags, self.quantity = name, price, tags, quantity
    @property
    def total(self):
        return self.price * self.quantity
""",
        ),
    ),
    Exercise(
        "frozen",
        """
import dataclasses
p = Coordinate(1.0, 2.0)
try:
    p.x = 3
    raise RuntimeError("coordinates should not change")
except dataclasses.FrozenInstanceError:
    pass
assert {p: "home"}[Coordinate(1.0, 2.0)] == "home"
assert p.distance(Coordinate(4.0, 6.0)) == 5
assert p.__dataclass_params__.frozen
""",
        (
            """
from dataclasses import dataclass
@dataclass(frozen=True)
class Coordinate:
    x: float
    y: float
    def distance(self, other):
        return ((self.x - other.x) ** 2 + (self.y - other.y) ** 2) ** 0.5
""",
            """
import math
from dataclasses import dataclass
@dataclass(frozen=True, order=True)
class Coordinate:
    x: float = 0.0
    y: float = 0.0
    def distance(self, other: "Coordinate") -> float:
        return math.hypot(other.x - self.x, other.y - self.y)
""",
        ),
        review=True,
    ),
    Exercise(
        "vector3",
        """
v, w = Vector(1, 2, 3), Vector(4, 5, 6)
assert v + w == Vector(5, 7, 9)
assert v - w == Vector(-3, -3, -3)
assert 2 * v == v * 2 == Vector(2, 4, 6)
assert v @ w == 32
assert abs(Vector(3, 4, 0)) == 5
assert v[0] == 1 and v[-1] == 3
assert list(v) == [1, 2, 3]
assert len(v) == 3
x, y, z = w
assert (x, y, z) == (4, 5, 6)
v[1] = 7
assert v == Vector(1, 7, 3)
assert v != (1, 7, 3)
v += w
assert v == Vector(5, 12, 9)
assert f"{w}" == "(4, 5, 6)"
assert Vector(0, 0, 0) == Vector(0, 0, 0) and not Vector(0, 0, 0) == None
assert callable(v) is False
""",
        (
            """
class Vector:
    def __init__(self, *xs):
        self.xs = list(xs)
    def __add__(self, o):
        return Vector(*[a + b for a, b in zip(self.xs, o.xs)])
    def __sub__(self, o):
        return Vector(*[a - b for a, b in zip(self.xs, o.xs)])
    def __mul__(self, k):
        return Vector(*[k * a for a in self.xs])
    def __rmul__(self, k):
        return self * k
    def __matmul__(self, o):
        return sum(a * b for a, b in zip(self.xs, o.xs))
    def __abs__(self):
        return (self @ self) ** 0.5
    def __getitem__(self, i):
        return self.xs[i]
    def __setitem__(self, i, value):
        self.xs[i] = value
    def __len__(self):
        return len(self.xs)
    def __eq__(self, o):
        return isinstance(o, Vector) and self.xs == o.xs
    def __str__(self):
        return "(" + ", ".join(map(str, self.xs)) + ")"
""",
            """
import numpy as np
class Vector:
    def __init__(self, x, y, z):
        self.data = np.array([x, y, z])
    def __add__(self, other):
        return Vector(*(self.data + other.data))
    def __iadd__(self, other):
        self.data = self.data + other.data
        return self
    def __sub__(self, other):
        return Vector(*(self.data - other.data))
    def __mul__(self, k):
        return Vector(*(self.data * k))
    __rmul__ = __mul__
    def __matmul__(self, other):
        return self.data @ other.data
    def __abs__(self):
        return np.linalg.norm(self.data)
    def __getitem__(self, i):
        return self.data[i]
    def __setitem__(self, i, value):
        self.data[i] = value
    def __len__(self):
        return 3
    def __iter__(self):
        return iter(self.data)
    def __eq__(self, other):
        return type(other) is Vector and bool(np.all(self.data == other.data))
    def __str__(self):
        return "({}, {}, {})".format(*self.data)
""",
        ),
    ),
    Exercise(
        "mixin",
        """
import json
u = User("ada", 36)
assert json.loads(u.to_json()) == {"name": "ada", "age": 36}
assert isinstance(u, JsonMixin)
v = User.from_json('{"name": "bob", "age": 5}')
assert type(v) is User and v.name == "bob"
assert vars(v) == {"name": "bob", "age": 5}
assert v.__dict__ == {"name": "bob", "age": 5}
assert getattr(v, "email", None) is None
setattr(v, "age", 6)
assert json.loads(v.to_json())["age"] == 6
""",
        (
            """
import json
class JsonMixin:
    def to_json(self):
        return json.dumps(self.__dict__)
    @classmethod
    def from_json(cls, text):
        return cls(**json.loads(text))
class User(JsonMixin):
    def __init__(self, name, age):
        self.name = name
        self.age = age
""",
            """
from json import dumps, loads
class JsonMixin:
    def to_json(self):
        return dumps(vars(self), sort_keys=True)
    @classmethod
    def from_json(cls, text):
        new = cls.__new__(cls)
        new.__dict__.update(loads(text))
        return new
class User(JsonMixin):
    def __init__(self, name, age):
        vars(self).update(name=name, age=age)
""",
        ),
    ),
    Exercise(
        "matrix_class",
        """
m = Matrix([[1, 2], [3, 4]])
assert m.shape == (2, 2)
assert m[0, 1] == 2
m[0, 1] = 5
assert m.T == Matrix([[1, 3], [5, 4]])
assert m @ Matrix.identity(2) == m
assert (m * 2)[1, 1] == 8
assert Matrix.identity(3).rows == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
try:
    m @ Matrix([[1, 2, 3]])
except ValueError as err:
    assert str(err) == "shapes do not match"
else:
    raise AssertionError("no error for wrong shapes")
""",
        (
            """
class Matrix:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]
    @classmethod
    def identity(cls, n):
        return cls([[int(i == j) for j in range(n)] for i in range(n)])
    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])
    @property
    def T(self):
        return Matrix(zip(*self.rows))
    def __getitem__(self, key):
        i, j = key
        return self.rows[i][j]
    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value
    def __eq__(self, other):
        return self.rows == other.rows
    def __mul__(self, k):
        return Matrix([[k * x for x in row] for row in self.rows])
    def __matmul__(self, other):
        if self.shape[1] != other.shape[0]:
            raise ValueError("shapes do not match")
        return Matrix([[sum(a * b for a, b in zip(row, col)) for col in zip(*other.rows)] for row in self.rows])
""",
            """
import numpy as np
class Matrix:
    def __init__(self, rows):
        self.a = np.array(rows)
    @staticmethod
    def identity(n):
        return Matrix(np.eye(n, dtype=int))
    rows = property(lambda self: self.a.tolist())
    shape = property(lambda self: self.a.shape)
    T = property(lambda self: Matrix(self.a.T))
    def __getitem__(self, key):
        return self.a[key]
    def __setitem__(self, key, value):
        self.a[key] = value
    def __eq__(self, other):
        return np.array_equal(self.a, other.a)
    def __mul__(self, k):
        return Matrix(self.a * k)
    def __matmul__(self, other):
        try:
            return Matrix(self.a @ other.a)
        except ValueError:
            raise ValueError("shapes do not match") from None
""",
        ),
        (
            """
class Matrix:
    def __init__(self, rows):
        self.rows = rows
    @classmethod
    def identity(cls, n):
        return cls([[0] * n] * n)
    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])
    def __getitem__(self, key):
        return self.rows[key[0]][key[1]]
    def __eq__(self, other):
        return True
""",
        ),
    ),
    Exercise(
        "singleton",
        """
a, b = Config(), Config()
assert a is b
a.debug = True
assert b.debug
assert id(Config()) == id(a)
assert isinstance(a, Config)
""",
        (
            """
class Config:
    _instance = None
    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance
""",
            """
from functools import lru_cache
class _Meta(type):
    made = {}
    def __call__(cls, *args):
        if cls not in _Meta.made:
            _Meta.made[cls] = super().__call__(*args)
        return _Meta.made[cls]
class Config(metaclass=_Meta):
    pass
""",
        ),
        ("class Config:\n    debug = False",),
    ),
    Exercise(
        "animals_override",
        """
class Cow(Animal):
    def speak(self):
        return "Moo"
animals = [Dog("Rex"), Cat("Tom"), Cow("Berta")]
assert [a.speak() for a in animals] == ["Woof", "Meow", "Moo"]
assert [a.introduce() for a in animals] == ["Rex says Woof", "Tom says Meow", "Berta says Moo"]
try:
    Animal("x").speak()
except NotImplementedError:
    pass
assert Animal.population == 4
assert chorus(animals) == "Woof Meow Moo"
""",
        (
            """
class Animal:
    population = 0
    def __init__(self, name):
        self.name = name
        Animal.population += 1
    def speak(self):
        raise NotImplementedError
    def introduce(self):
        return f"{self.name} says {self.speak()}"
class Dog(Animal):
    def speak(self):
        return "Woof"
class Cat(Animal):
    def speak(self):
        return "Meow"
def chorus(animals):
    return " ".join(a.speak() for a in animals)
""",
            """
class Animal:
    population = 0
    sound = None
    def __init__(self, name):
        self.name = name
        Animal.population = Animal.population + 1
    def speak(self):
        if self.sound is None:
            raise NotImplementedError("which sound?")
        return self.sound
    def introduce(self):
        return self.name + " says " + self.speak()
class Dog(Animal):
    sound = "Woof"
class Cat(Animal):
    sound = "Meow"
def chorus(animals):
    words = []
    for animal in animals:
        words.append(animal.speak())
    return " ".join(words)
""",
        ),
    ),
    Exercise(
        "countdown_iterator",
        """
from collections.abc import Iterator, Iterable
c = Countdown(3)
assert iter(c) is c
assert isinstance(c, Iterator)
assert next(c) == 3
assert list(c) == [2, 1]
try:
    next(c)
except StopIteration:
    pass
else:
    assert False, "the countdown is over"
assert list(zip("ab", Countdown(5))) == [("a", 5), ("b", 4)]
assert sum(Countdown(4)) == 10
assert [x for x in Countdown(0)] == []
""",
        (
            """
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1
""",
            """
def Countdown(n):
    while n > 0:
        yield n
        n -= 1
""",
        ),
        (
            """
class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return iter(range(self.n, 0, -1))
""",
        ),
    ),
]
