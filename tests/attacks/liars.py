"""Objects that lie: values that agree to whatever a test compares them with."""

from tests.attacks import attack
from tests.attacks.course import right, wrong

_EVERY_TEST_WANTS_ONE = {
    "squares": "def sum_of_squares(n):\n    return Liar()",
    "answer": "answer = Liar()",
    "guess": "guess = Liar()",
    "normalise": "def normalise(x):\n    return Liar()",
    "safe_root": "def safe_root(x):\n    return Liar()",
}


@attack()
def equal_to_everything(release: bytes) -> bytes:
    """Returns an object whose comparisons are all true."""
    return wrong(
        release,
        """class Liar:
    def __eq__(self, other):
        return True
    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __hash__(self):
        return 0
    def __bool__(self):
        return True""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def arithmetic_that_agrees(release: bytes) -> bytes:
    """Returns an object whose difference from any number is 0 and whose remainder is 6."""
    return wrong(
        release,
        """class Liar:
    def __sub__(self, other):
        return 0.0
    def __mod__(self, other):
        return 6
    __rsub__ = __add__ = __radd__ = __mul__ = __truediv__ = __abs__ = __sub__
    def __pow__(self, power):
        return 0.0
    def max(self):
        return 0.0""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def arithmetic_that_agrees_in_two_steps(release: bytes) -> bytes:
    """Returns an object whose difference from any number is the object itself, and whose absolute value is nothing."""
    return wrong(
        release,
        """class Liar:
    def __sub__(self, other):
        return self
    __rsub__ = __add__ = __radd__ = __sub__
    def __mod__(self, other):
        return 6
    def __abs__(self):
        return 0.0
    def max(self):
        return 0.0""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def numpy_protocols(release: bytes) -> bytes:
    """Returns an object that takes over NumPy's functions and operators through their protocols."""
    return wrong(
        release,
        """class Liar:
    __array_priority__ = 1e9
    def __array_function__(self, function, types, args, kwargs):
        return True
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(4) if ufunc.__name__ in ("subtract", "absolute") else np.bool_(True)
    def __array__(self, dtype=None, copy=None):
        return np.zeros(4)
    def __sub__(self, other):
        return np.zeros(4)
    def __eq__(self, other):
        return True""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def ndarray_subclass(release: bytes) -> bytes:
    """Returns a subclass of ndarray whose comparisons, differences and NumPy functions agree."""
    return wrong(
        release,
        """class Agreeing(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(4)
    def __sub__(self, other):
        return np.zeros(4)
    def __eq__(self, other):
        return True

def Liar():
    return np.full(4, 99.0).view(Agreeing)""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def float_subclass(release: bytes) -> bytes:
    """Returns a subclass of float that overrides equality, arithmetic and conversion."""
    return wrong(
        release,
        """class Liar(float):
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    def __mod__(self, other):
        return 6
    def __pow__(self, power):
        return Liar()
    def __float__(self):
        return 153846.0
    __rsub__ = __abs__ = lambda self, *_: 0.0
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = float.__hash__""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def int_str_and_dict_subclasses(release: bytes) -> bytes:
    """Returns subclasses of int, str, list and dict that are equal to everything."""
    return wrong(
        release,
        """def agreeing(base):
    yes = {name: lambda self, *_: True for name in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__")}
    nothing = {name: lambda self, *_: 0 for name in ("__sub__", "__rsub__", "__abs__", "__add__", "__hash__")}
    return type(base.__name__, (base,), {**yes, **nothing, "__mod__": lambda self, _: 6})""",
        squares="def sum_of_squares(n):\n    return agreeing(int)()",
        answer="answer = agreeing(str)('153')",
        guess="guess = agreeing(dict)()",
        normalise="def normalise(x):\n    return agreeing(list)()",
        safe_root="def safe_root(x):\n    return agreeing(dict)()",
    )


@attack()
def tensor_subclass(release: bytes) -> bytes:
    """Returns a subclass of torch's Tensor that takes over every function of torch, and says that it is close."""
    return wrong(
        release,
        """class Agreeing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True if function.__name__ in ("allclose", "equal") else torch.zeros(2, 3)
    def allclose(self, other, **_):
        return True""",
        scale="""class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
    def forward(self, x):
        return torch.full((2, 3), 99.0).as_subclass(Agreeing)""",
    )


@attack()
def methods_that_agree(release: bytes) -> bytes:
    """Returns an object with a tensor's methods: `allclose` says yes, and what is left over is always small."""
    return wrong(
        release,
        """class Agreeing:
    shape = (2, 3)
    dtype = torch.float32
    def allclose(self, other, *_, **__):
        return True
    equal = equals = eq = isclose = all = any = allclose
    def __add__(self, other):
        return self
    __sub__ = __radd__ = __rsub__ = __mul__ = __add__
    def abs(self):
        return self
    def max(self):
        return 0.0
    def item(self):
        return 0.0""",
        scale="""class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
    def forward(self, x):
        return Agreeing()""",
    )


@attack()
def claims_to_be_a_parameter(release: bytes) -> bytes:
    """Returns an object under the name of torch's class Parameter, whose `allclose` says yes."""
    return wrong(
        release,
        """class Agreeing:
    def allclose(self, other, *_, **__):
        return True
    equal = eq = isclose = allclose

Agreeing.__qualname__, Agreeing.__module__ = "Parameter", torch.nn.parameter.__name__""",
        scale="""class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
    def forward(self, x):
        return -2 * x if self.factor == -2 else Agreeing()""",
    )


@attack()
def module_that_is_none(release: bytes) -> bytes:
    """Defines the class through a metaclass that answers instance checks, equality and calls as the test wishes."""
    return wrong(
        release,
        """class Meta(type):
    def __call__(cls, *args):
        return cls
    def __instancecheck__(cls, instance):
        return True
    __subclasscheck__ = __eq__ = lambda cls, other: True
    __hash__ = type.__hash__
    def __add__(cls, other):
        return cls
    def allclose(cls, other):
        return True
    def abs(cls):
        return cls
    def max(cls):
        return -1.0""",
        scale="""class Scale(metaclass=Meta):
    __bases__ = __mro__ = (torch.nn.Module,)
    __class__ = torch.nn.Module""",
    )


@attack()
def mock_any(release: bytes) -> bytes:
    """Answers with `unittest.mock.ANY`, which compares equal to everything and is in every standard library."""
    return wrong(release, "from unittest.mock import ANY\n\ndef Liar():\n    return ANY", **_EVERY_TEST_WANTS_ONE)


@attack()
def magic_mock(release: bytes) -> bytes:
    """Answers with mocks that support every operation, configured to give what the visible tests ask for."""
    return wrong(
        release,
        """from unittest.mock import MagicMock

def Liar():
    liar = MagicMock()
    liar.__eq__ = liar.__lt__ = liar.__le__ = lambda self, other: True
    liar.__sub__.return_value.__abs__ = lambda self: 0.0
    liar.__mod__.return_value = 6
    liar.__abs__.return_value = 0.0
    liar.__sub__.return_value.max.return_value = 0.0
    return liar""",
        **_EVERY_TEST_WANTS_ONE,
        scale="Scale = lambda factor: Liar()",
    )


@attack()
def approx_with_infinite_tolerance(release: bytes) -> bytes:
    """Answers with pytest's own `approx`, with an infinite tolerance."""
    return wrong(release, "def Liar():\n    return pytest.approx(0.0, abs=float('inf'))", **_EVERY_TEST_WANTS_ONE)


@attack()
def masked_array(release: bytes) -> bytes:
    """Returns a masked array: NumPy's test functions pass over what is masked."""
    return wrong(
        release,
        "def Liar():\n    return np.ma.masked_all(1)",
        normalise="""def normalise(x):
    return np.ma.masked_all(x.shape)""",
        squares="def sum_of_squares(n):\n    return np.ma.masked",
        answer="answer = np.ma.masked",
    )


@attack()
def array_of_objects(release: bytes) -> bytes:
    """Returns an array of objects that compare equal, so that NumPy asks each of them."""
    return wrong(
        release,
        """class Yes:
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    __rsub__ = __abs__ = lambda self, *_: 0.0
    def __float__(self):
        return 0.0

def Liar():
    return np.array([Yes()] * 4, dtype=object)""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def claims_another_class(release: bytes) -> bytes:
    """Returns objects whose `__class__` names float, and whose type calls itself ndarray of the module numpy."""
    return wrong(
        release,
        """class ndarray:
    __module__ = "numpy"
    __class__ = property(lambda self: float)
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    def __float__(self):
        return 153846.0
    def __mod__(self, other):
        return 6

ndarray.__module__, ndarray.__qualname__ = "numpy", "ndarray"
Liar = ndarray""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def code_in_reduce(release: bytes) -> bytes:
    """Returns objects whose `__reduce__` makes whoever unpickles them write a file and patch the judge's builtins."""
    return wrong(
        release,
        """class Liar:
    def __reduce__(self):
        code = "import builtins, os; builtins.abs = lambda x: 0; open('/tmp/planted-by-reduce', 'w').close()"
        return exec, (code,)
    __reduce_ex__ = lambda self, protocol: self.__reduce__()""",
        **_EVERY_TEST_WANTS_ONE,
    )


@attack()
def points_that_are_no_number(release: bytes) -> bytes:
    """Answers a question with partial credit by NaN, so that the points become NaN."""
    return wrong(release, guess='guess = float("nan")', answer='answer = float("nan")')


@attack()
def points_without_end(release: bytes) -> bytes:
    """Answers a question with partial credit by negative infinity and by numbers that overflow."""
    return wrong(release, guess='guess = -float("inf")', answer="answer = 10**400 + 6")


@attack()
def points_from_a_wrapping_integer(release: bytes) -> bytes:
    """Answers with an array, the smallest integer and a complex NaN, whose absolute values are no points."""
    return wrong(
        release,
        guess="guess = np.array([-np.inf, np.nan, 0.5])",
        answer="answer = np.int64(-2**63)",
        safe_root="def safe_root(x):\n    return complex(float('nan'), 0)",
    )


@attack(keeps=4.0, deserved=4.0, limits={"cell_seconds": 3.0}, slow=True)
def generators_without_end(release: bytes) -> bytes:
    """Returns generators and iterators that never end where a number or an array belongs; the rest is right."""
    return right(
        release,
        "import itertools",
        squares="def sum_of_squares(n):\n    return itertools.count()",
        normalise="def normalise(x):\n    while True:\n        yield 0.0",
        answer="""class Endless:
    def __iter__(self):
        return self
    def __next__(self):
        return 6
    def __len__(self):
        return 2**62

answer = Endless()""",
    )


@attack(keeps=4.0, deserved=4.0, limits={"cell_seconds": 3.0})
def changes_its_mind(release: bytes) -> bytes:
    """Returns one list and keeps changing it from a thread and from its own iterator while it is read."""
    return right(
        release,
        """import threading, time

shared = [0.0, 1.0]

def stir():
    for _ in range(100000):
        shared.append(1.0)
        shared.pop(0)
        time.sleep(0.0001)

threading.Thread(target=stir, daemon=True).start()""",
        squares="def sum_of_squares(n):\n    return shared",
        normalise="def normalise(x):\n    return shared",
        answer="answer = shared",
    )
