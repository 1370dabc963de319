"""Monkeypatching: what a test uses to check is changed before it does."""

from tests.attacks import attack
from tests.attacks.course import wrong

_ZEROS = {
    "squares": "def sum_of_squares(n):\n    return 0",
    "answer": "answer = 6",
    "guess": "guess = 99.0",
    "normalise": "def normalise(x):\n    return np.zeros(x.shape)",
    "scale": """class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
    def forward(self, x):
        return torch.full(x.shape, 99.0)""",
    "safe_root": "def safe_root(x):\n    return 3.0",
}


@attack()
def numpy_checks(release: bytes) -> bytes:
    """Replaces NumPy's comparison functions, and `ndarray.max` through them, by ones that are content."""
    return wrong(
        release,
        """for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_equal"):
    setattr(np.testing, name, lambda *_, **__: None)
np.allclose = np.array_equal = np.isclose = lambda *_, **__: True
np.abs = np.subtract = lambda *_, **__: np.zeros(1)""",
        **_ZEROS,
    )


@attack()
def torch_checks(release: bytes) -> bytes:
    """Replaces the comparisons of torch and of its Tensor class by ones that say yes."""
    return wrong(
        release,
        """torch.allclose = torch.equal = torch.Tensor.allclose = torch.Tensor.equal = lambda *_, **__: True
torch.Tensor.abs = lambda self: torch.zeros(1)
torch.testing.assert_close = lambda *_, **__: None""",
        **_ZEROS,
    )


@attack()
def pytest_raises(release: bytes) -> bytes:
    """Replaces `pytest.raises` by a context manager that never misses an exception."""
    return wrong(
        release,
        """import contextlib

pytest.raises = lambda *_, **__: contextlib.nullcontext()
math.isclose = lambda *_, **__: True""",
        **_ZEROS,
    )


@attack()
def builtin_functions(release: bytes) -> bytes:
    """Replaces `abs`, `all`, `sum`, `isinstance` and `bool` among the builtins by functions that please."""
    return wrong(
        release,
        """import builtins

builtins.abs = lambda x: np.zeros(1) if hasattr(x, "shape") else 0.0
builtins.all = builtins.any = builtins.isinstance = lambda *_: True
builtins.bool = lambda *_: True
builtins.range = lambda *_: ()""",
        **_ZEROS,
    )


@attack()
def names_of_the_tests(release: bytes) -> bytes:
    """Shadows what the tests use (`abs`, `np`, `pytest`, `math`, `range`) by names of the notebook."""
    return wrong(
        release,
        """from unittest.mock import MagicMock

abs = lambda x: MagicMock(__lt__=lambda *_: True, __rmul__=lambda *_: 0, max=lambda: 0.0)
range = lambda *_: ()
bool = all = any = lambda *_: True
np.allclose = lambda *_, **__: True
pytest = MagicMock()
expected = 0""",
        **_ZEROS,
    )


@attack()
def random_and_time(release: bytes) -> bytes:
    """Freezes the random generators of Python, NumPy and torch, and the clock, to make random tests predictable."""
    return wrong(
        release,
        """import random, time

random.random = random.uniform = np.random.rand = np.random.random = lambda *_: 0.0
random.seed = np.random.seed = torch.manual_seed = lambda *_: None
np.random.default_rng = lambda *_: None
time.time = time.monotonic = time.perf_counter = lambda: 0.0""",
        **_ZEROS,
    )


@attack()
def modules_before_they_are_imported(release: bytes) -> bytes:
    """Puts forged modules where `import pytest` and `import math` look, and a finder in front of all others."""
    return wrong(
        release,
        """import contextlib, sys, types

class Forged(types.ModuleType):
    def __getattr__(self, name):
        return contextlib.nullcontext if name == "raises" else (lambda *_, **__: True)

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name not in ("pytest", "math") else sys.modules[name].__spec__

for name in ("pytest", "math", "numpy.testing"):
    sys.modules[name] = Forged(name)
sys.meta_path.insert(0, Finder)
np.testing = math = sys.modules["numpy.testing"]
pytest = sys.modules["pytest"]""",
        **_ZEROS,
    )


@attack()
def operators_of_ndarray(release: bytes) -> bytes:
    """Overwrites the ufuncs behind NumPy's operators, so that the difference of any two arrays is zero."""
    return wrong(
        release,
        """def nothing(*args, **kwargs):
    return np.zeros(np.broadcast(*args[:2]).shape)

try:
    np.set_numeric_ops(subtract=nothing)
except AttributeError:
    from numpy._core import multiarray
    multiarray._set_numeric_ops = nothing
    np._core.umath.subtract = nothing""",
        **_ZEROS,
    )


@attack(stock=False, slow=True)
def small_integers_in_memory(release: bytes) -> bytes:
    """Overwrites CPython's cached small integers in memory through ctypes, so that 14 is 0."""
    return wrong(
        release,
        """import ctypes

ctypes.c_uint32.from_address(id(14) + 24).value = 0
ctypes.c_uint32.from_address(id(55) + 24).value = 0""",
        squares="def sum_of_squares(n):\n    return 0",
    )


@attack()
def the_grader_itself(release: bytes) -> bytes:
    """Patches whatever module of the grader it finds loaded, so that every check of it says yes."""
    return wrong(
        release,
        """import sys, types

for name, module in list(sys.modules.items()):
    if name.partition(".")[0] not in ("utils", "nbgrader", "nbclient", "nbconvert") or module is None:
        continue
    for attribute, value in list(vars(module).items()):
        if isinstance(value, types.FunctionType) and attribute not in ("main", "serve"):
            try:
                setattr(module, attribute, lambda *_, **__: 2.0)
            except Exception:
                pass""",
        **_ZEROS,
    )
