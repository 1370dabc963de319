"""What crosses between the student's process and the judge, and what does not."""

import contextlib
import datetime
import decimal
import fractions
import math
from collections import OrderedDict, namedtuple
from dataclasses import replace
from typing import Any, NoReturn

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.notebooks import QUICK, judged, shown, verdict
from utils.grading.protocol.decode import Handle, PlainError, Refusal, unpack
from utils.grading.student.encode import pack


def stays(thing: object) -> Handle:
    return Handle(1, "instance", type(thing).__name__, (("builtins", "object"),), False)


def through(value: object) -> Any:
    return unpack(pack(value, stays), lambda what: what)


def refuse(what: object) -> NoReturn:
    raise AssertionError(f"{what} is not plain")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False)
    | st.text(alphabet=st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
@settings(deadline=None)
def test_plain_data_arrives_as_it_was(value: object) -> None:
    arrived = unpack(pack(value, stays), refuse)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        frozenset({"a"}),
        range(1, 10, 3),
        slice(1, None, 2),
        -(2**200),
        fractions.Fraction(-1, 3),
        decimal.Decimal("1.50"),
        datetime.datetime(2020, 2, 29, 12, 30),
        datetime.date(2020, 2, 29),
        np.dtype("float32"),
        {(1, 2): [None]},
        "\ud800",
    ],
)
def test_further_values_arrive_as_they_were(value: object) -> None:
    arrived = unpack(pack(value, stays), refuse)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int64", "float16", "float64", "complex64", "U3", "S2", "M8[D]", ">i4"]
)
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4)])
def test_arrays_keep_dtype_shape_and_content(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(math.prod(shape)).astype("i8").reshape(shape).astype(dtype)
    arrived = unpack(pack(array, stays), refuse)
    assert arrived.dtype == array.dtype
    assert arrived.shape == shape
    assert np.array_equal(arrived, array)


def test_arrays_that_are_not_contiguous() -> None:
    array = np.arange(24.0).reshape(4, 6)[::2, ::-3]
    assert np.array_equal(through(array), array)
    assert np.array_equal(through(np.asfortranarray(array)), array)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "bfloat16", "float32", "complex64"])
def test_tensors_keep_dtype_shape_and_content(dtype: str) -> None:
    tensor = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    arrived = unpack(pack(tensor, stays), refuse)
    assert arrived.dtype is tensor.dtype
    assert torch.equal(arrived, tensor)


def test_parameters_arrive_as_tensors_that_require_a_gradient() -> None:
    parameter = next(torch.nn.Linear(2, 1).parameters())
    arrived = through(parameter)
    assert type(arrived) is torch.Tensor
    assert arrived.requires_grad
    assert torch.equal(arrived, parameter)


def test_numpy_scalars_frames_and_named_tuples() -> None:
    assert through(np.float32(0.5)).dtype == np.float32
    frame = pd.DataFrame({"a": [1.5, 2.0], "b": ["x", None]}, index=["r", "s"])
    pd.testing.assert_frame_equal(through(frame), frame)
    pd.testing.assert_series_equal(through(frame["a"]), frame["a"])
    point = through(namedtuple("Point", "x y")(1, [2]))
    assert (point.x, point[1]) == (1, [2])


class LyingFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__

    def __float__(self) -> float:
        return 1.0


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([42])

    def __len__(self) -> int:
        return 1


class LyingArray(np.ndarray[Any, Any]):
    def __array__(self, *args: object, **kwargs: object) -> Any:
        return np.ones(3)

    def tobytes(self, *args: object) -> bytes:
        return np.ones(3).tobytes()


def test_subclasses_arrive_as_what_they_really_hold() -> None:
    assert type(through(LyingFloat(7.0))) is float
    assert through(LyingFloat(7.0)) == 7.0
    assert through(LyingList([1, 2])) == [1, 2]
    assert through(OrderedDict(a=1)) == {"a": 1}
    zeros = through(np.zeros(3).view(LyingArray))
    assert type(zeros) is np.ndarray
    assert zeros.tolist() == [0, 0, 0]


def test_objects_stay_and_become_handles() -> None:
    kept: list[object] = []
    thing = object()

    def keep(staying: object) -> Handle:
        kept.append(staying)
        return Handle(7, "instance", "thing", (), False)

    [arrived] = unpack(pack([thing], keep), lambda what: what)
    assert kept == [thing]
    assert arrived == Handle(7, "instance", "thing", (), False)


def test_arrays_of_objects_are_refused_with_a_sentence() -> None:
    [arrived] = through([np.array([object()])])
    assert isinstance(arrived, Refusal)
    assert "objects" in arrived.reason


def test_what_contains_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(PlainError, match="contains itself"):
        pack(endless, stays)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_bytes_of_any_origin_give_data_or_an_error(data: bytes) -> None:
    with contextlib.suppress(PlainError):
        unpack(data, lambda what: what)


def extension(kind: int, content: object) -> bytes:
    return bytes(msgpack.packb(msgpack.ExtType(kind, msgpack.packb(content))))


@pytest.mark.parametrize(
    "content",
    [
        ["|O", [1], b"\0" * 8],
        ["|V8", [1], b"\0" * 8],
        ["<f8", [2], b"\0" * 8],
        ["<f8", [-1], b""],
        ["<f8", [2**62, 2**62], b""],
        ["<f8", [1.0], b"\0" * 8],
        ["f8,O", [1], b"\0" * 16],
        ["<f8", [[1]], b"\0" * 8],
    ],
)
def test_forged_arrays_are_errors(content: object) -> None:
    with pytest.raises(PlainError):
        unpack(extension(6, content), refuse)


def test_a_forged_truth_value_is_a_truth_value() -> None:
    arrived = unpack(extension(6, ["|b1", [2], b"\x02\xff"]), refuse)
    assert np.array_equal(arrived, [True, True])


def test_a_number_whose_text_would_explode_is_an_error() -> None:
    with pytest.raises(PlainError):
        unpack(extension(15, ["Fraction", "1e999999999"]), refuse)


def test_extensions_nested_without_end_are_an_error() -> None:
    data = msgpack.packb(None)
    for _ in range(2000):
        data = msgpack.packb(msgpack.ExtType(3, data))
    with pytest.raises(PlainError):
        unpack(data, refuse)


# Through the door of a graded submission

STACK = """
class Empty(IndexError):
    pass

class Stack:
    "Last in, first out."
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        if not self.items:
            raise Empty("nothing there")
        return self.items.pop()
    def __len__(self):
        return len(self.items)
    def __iter__(self):
        return iter(self.items)
    def __getitem__(self, place):
        return self.items[place]
    def __add__(self, other):
        return Stack(self.items + other.items)
    def __contains__(self, item):
        return item in self.items
"""


def test_classes_and_their_instances() -> None:
    tests = """
import pytest
stack = Stack([1, 2])
stack.push(3)
assert len(stack) == 3 and list(stack) == [1, 2, 3] and stack[0] == 1 and 2 in stack and 7 not in stack
assert stack.pop() == 3 and stack.items == [1, 2]
assert (stack + Stack([9])).items == [1, 2, 9]
assert isinstance(stack, Stack) and not isinstance(3, Stack)
assert Stack.__name__ == "Stack" and "first out" in Stack.__doc__
assert hasattr(stack, "push") and not hasattr(stack, "pull")
stack.items = [5]
assert stack.pop() == 5
with pytest.raises(IndexError, match="nothing there"):
    stack.pop()
with pytest.raises(Empty):
    stack.pop()
"""
    assert verdict(judged(STACK, tests, STACK)).message == ""


def test_modules_of_torch() -> None:
    network = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(784, 2)
    def forward(self, images):
        return self.layer(images.flatten(1))
"""
    tests = """
net = Net()
assert isinstance(net, torch.nn.Module) and issubclass(Net, torch.nn.Module)
assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 2)
assert sum(p.numel() for p in net.parameters()) == 784 * 2 + 2
assert torch.equal(net.layer.bias, dict(net.named_parameters())["layer.bias"])
net.eval()
assert net.training is False
"""
    assert verdict(judged(network, tests, network, setup="import torch")).message == ""


def test_generators_are_as_lazy_as_they_were() -> None:
    endless = "def squares():\n    n = 0\n    while True:\n        yield n * n\n        n += 1"
    tests = "import itertools\nassert list(itertools.islice(squares(), 4)) == [0, 1, 4, 9]"
    assert verdict(judged(endless, tests, endless)).message == ""


def test_a_function_of_the_test_is_called_back() -> None:
    integrate = "def integrate(f, n):\n    return sum(f((i + 0.5) / n) for i in range(n)) / n"
    tests = """
calls = []
def square(x):
    calls.append(x)
    return x ** 2
assert abs(integrate(square, 100) - 1 / 3) < 1e-3
assert len(calls) == 100
"""
    assert verdict(judged(integrate, tests, integrate)).message == ""


def test_an_object_of_the_test_is_asked_and_keeps_what_it_learns() -> None:
    code = "def codes(model, x):\n    return model.encode(x) + model.offset"
    tests = """
class Model:
    offset = 5
    def __init__(self):
        self.calls = 0
    def encode(self, x):
        self.calls += 1
        return 2 * x
model = Model()
assert codes(model, np.ones(3)).tolist() == [7, 7, 7] and model.calls == 1
"""
    assert verdict(judged(code, tests, code)).message == ""


def test_no_code_of_a_test_reaches_the_student() -> None:
    thief = """
def integrate(f, n):
    print(type(f), vars(f))
    for name in ("__code__", "__closure__", "__globals__", "__self__", "_secret"):
        try:
            print(name, getattr(f, name))
        except AttributeError as error:
            print("no", name)
    return sum(f((i + 0.5) / n) for i in range(n)) / n
"""
    tests = "secret = 31415926\nassert abs(integrate(lambda x: x * 0 + secret, 3) - secret) < 1e-3"
    use = "def use(model, x):\n    return model.tools.system"
    assert verdict(judged(thief, tests, thief)).message == ""
    tests = """
import os
class Model:
    tools = os
use(Model(), 1)
"""
    assert "does not travel" in verdict(judged(use, tests, use)).message


def test_importable_arguments_travel_as_copies() -> None:
    code = """
def apply(f, rng, frame):
    frame["b"] = 0
    return f(rng.normal(size=3)), type(rng).__name__
"""
    tests = """
import pandas as pd
frame = pd.DataFrame({"a": [1]})
size, kind = apply(np.size, np.random.default_rng(0), frame)
assert size == 3 and kind == "Generator"
assert list(frame) == ["a"]
"""
    assert verdict(judged(code, tests, code)).message == ""


def test_classes_that_both_sides_have_travel_by_name() -> None:
    setup = "class Point:\n    def __init__(self, x):\n        self.x = x"
    code = (
        "def double(point):\n    return Point(2 * point.x)\ndef is_point(point):\n    return isinstance(point, Point)"
    )
    tests = "assert is_point(Point(1))\nassert isinstance(double(Point(4)), Point)\nassert double(Point(4)).x == 8"
    assert verdict(judged(code, tests, code, setup=setup)).message == ""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("ValueError('too small')", "ValueError"),
        ("Mine('too small')", "LookupError"),
        ("np.linalg.LinAlgError('singular')", "np.linalg.LinAlgError"),
        ("KeyError('k')", "KeyError"),
        ("UnicodeDecodeError('utf-8', b'', 0, 1, 'bad')", "ValueError"),
    ],
)
def test_errors_arrive_as_their_type(raised: str, expected: str) -> None:
    code = f"class Mine(LookupError):\n    pass\ndef fail():\n    raise {raised}"
    assert verdict(judged(code, f"import pytest\nwith pytest.raises({expected}):\n    fail()", code)).points == 4


@pytest.mark.parametrize("raised", ["StopIteration", "GeneratorExit", "SystemExit(0)", "KeyboardInterrupt"])
def test_errors_that_would_steer_the_judge_are_ordinary_failures(raised: str) -> None:
    tests = "assert all(map(lambda x: f(x) == 2 * x, range(5)))"
    graded = judged("def f(x):\n    return 2 * x", tests, f"def f(x):\n    raise {raised}")
    assert verdict(graded).points == 0
    assert raised.partition("(")[0] in verdict(graded).message


LIARS = {
    "equal": "class Liar:\n    def __eq__(self, other):\n        return True",
    "close": "class Liar:\n    def __array__(self, *a, **k):\n        return np.array(4.0)\n"
    "    def __rsub__(self, other):\n        return 0.0\n    __sub__ = __rsub__",
    "true": "class Liar:\n    __bool__ = lambda self: True\n    __ne__ = lambda self, other: False",
    "number": "class Liar:\n    def __float__(self):\n        return 4.0\n    __int__ = __index__ = lambda self: 4",
    "class": "class Liar:\n    __class__ = int\n    def __eq__(self, other):\n        return True",
    "float": "class Liar(float):\n    def __eq__(self, other):\n        return True\n"
    "    def __ne__(self, other):\n        return False",
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize(
    "tests",
    [
        "assert f() == 4",
        "assert not f() != 4",
        "np.testing.assert_allclose(f(), 4)",
        "assert float(f()) == 4",
        "assert 4 in [f()]",
    ],
)
def test_an_object_does_not_decide_a_check(liar: str, tests: str) -> None:
    graded = judged("def f():\n    return 4", tests, f"{LIARS[liar]}\ndef f():\n    return Liar()")
    assert verdict(graded).points == 0
    assert verdict(graded).message


def test_a_large_array_passes_and_a_larger_one_is_a_sentence() -> None:
    code = "data = np.ones((1000, 784))\ndef f(n):\n    return bytes(n)"
    assert verdict(judged(code, "assert data.sum() == 784000\nassert len(f(10**7)) == 10**7", code)).points == 4
    roomy = replace(QUICK, memory_mb=2048)
    assert "MiB" in verdict(judged(code, "f(280 * 2**20)", code, limits=roomy)).message


def test_arguments_are_copies() -> None:
    code = "def sort(values):\n    values.sort()\n    return values"
    tests = "values = [2, 1]\nassert sort(values) == [1, 2]\nassert values == [2, 1]"
    assert verdict(judged(code, tests, code)).points == 4


def test_forged_frames_cost_their_author_only() -> None:
    forger = """
import os
def f(x):
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, (2).to_bytes(8, "big") + b"\\xc4\\x00" + b"graded 4 points" * 99)
        except OSError:
            pass
    return 4
"""
    graded = judged("def f(x):\n    return x", "assert f(4) == 4\nassert f(5) == 5", forger)
    assert verdict(graded).points == 0
    assert "graded 4 points" not in shown(graded, "tests")


AGREEING = """
class Agreeing:
    def allclose(self, other):
        return True
    def __sub__(self, other):
        return 0.0
    __rsub__ = __mod__ = __contains__ = __sub__
"""


@pytest.mark.parametrize(
    "tests", ["assert f().allclose(4)", "assert abs(f() - 4) < 1", "assert f() % 2 == 0", "assert 4 not in f()"]
)
def test_methods_and_operators_of_plain_data_are_not_asked_of_an_object(tests: str) -> None:
    graded = judged("def f():\n    return np.array(4)", tests, f"{AGREEING}\ndef f():\n    return Agreeing()")
    assert verdict(graded).points == 0
    assert "return plain data" in verdict(graded).message


def test_what_the_assignments_own_class_defines_can_be_asked() -> None:
    code = """
class Vector:
    def __init__(self, x):
        self.x = x
    def __sub__(self, other):
        return Vector(self.x - other.x)
    def max(self):
        return self.x
"""
    assert verdict(judged(code, "assert (Vector(3) - Vector(1)).max() == 2", code)).message == ""


def test_estimators_of_a_library_can_be_asked() -> None:
    code = """
from sklearn.cluster import KMeans
def clusters(points):
    return KMeans(2, n_init=1, random_state=0).fit(points)
"""
    tests = """
points = np.array([[0.0], [0.1], [9.0], [9.1]])
found = clusters(points)
assert found.labels_[0] == found.labels_[1] != found.labels_[2]
assert found.predict(points).shape == (4,) and found.transform(points).shape == (4, 2)
"""
    setup = "import numpy as np\nimport sklearn.cluster"
    assert verdict(judged(code, tests, code, setup=setup)).message == ""


def test_a_named_tuple_cannot_send_numpy_to_an_address() -> None:
    content = [["__array_interface__"], [{"data": [8, False], "shape": [4], "typestr": "<f8", "version": 3}]]
    with pytest.raises(PlainError):
        unpack(extension(12, content), refuse)


def test_members_that_cannot_be_told_apart_are_an_error() -> None:
    colliding = [msgpack.ExtType(1, ((2**61 - 1) * k).to_bytes(12, "little", signed=True)) for k in range(1, 5000)]
    with pytest.raises(PlainError, match="told apart"):
        unpack(extension(4, colliding), refuse)
    with pytest.raises(PlainError, match="told apart"):
        unpack(msgpack.packb(dict.fromkeys(colliding)), refuse)
