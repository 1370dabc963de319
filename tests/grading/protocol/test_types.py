"""Each type of plain data arrives as it was; forged content is an error."""

import datetime
import decimal
import fractions
import math
from collections import namedtuple
from typing import Any

import msgpack
import numpy as np
import pandas as pd
import pytest
import torch

from tests.support.notebooks import judged, verdict
from tests.support.plain_data import extension, refuse, stays, through
from utils.grading.protocol.decode import decode
from utils.grading.protocol.encode import encode
from utils.grading.protocol.plain_type import assignment
from utils.grading.protocol.references import Refusal
from utils.grading.protocol.types import HANDLE, REFUSAL, TYPES, NotPlainData, Row


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
    arrived = decode(encode(value, stays), refuse)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int64", "float16", "float64", "complex64", "U3", "S2", "M8[D]", ">i4"]
)
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4)])
def test_arrays_keep_dtype_shape_and_content(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(math.prod(shape)).astype("i8").reshape(shape).astype(dtype)
    arrived = decode(encode(array, stays), refuse)
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
    arrived = decode(encode(tensor, stays), refuse)
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


def test_arrays_of_objects_are_refused_with_a_sentence() -> None:
    [arrived] = through([np.array([object()])])
    assert isinstance(arrived, Refusal)
    assert "objects" in arrived.reason


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
    with pytest.raises(NotPlainData):
        decode(extension(6, content), refuse)


def test_a_forged_truth_value_is_a_truth_value() -> None:
    arrived = decode(extension(6, ["|b1", [2], b"\x02\xff"]), refuse)
    assert np.array_equal(arrived, [True, True])


def test_a_number_whose_text_would_explode_is_an_error() -> None:
    with pytest.raises(NotPlainData):
        decode(extension(15, ["Fraction", "1e999999999"]), refuse)


def test_a_named_tuple_cannot_send_numpy_to_an_address() -> None:
    content = [["__array_interface__"], [{"data": [8, False], "shape": [4], "typestr": "<f8", "version": 3}]]
    with pytest.raises(NotPlainData):
        decode(extension(12, content), refuse)


def test_every_type_has_a_number_of_its_own() -> None:
    numbers = [plain_type.number for plain_type in TYPES] + [HANDLE, REFUSAL]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < number < 128 for number in numbers)


PARTS = {6: ["<f8", [1], bytes(8)], 9: [0, 1, 1], 10: [0, 1, 1], 12: [["x"], [1]], 15: ["Decimal", "1"]}


@pytest.mark.parametrize("number", PARTS)
@pytest.mark.parametrize("change", [lambda parts: {0: 1}, lambda parts: "ab", lambda parts: [*parts, None, None, None]])
def test_content_of_another_form_is_an_error(number: int, change: Any) -> None:
    decode(extension(number, PARTS[number]), refuse)
    with pytest.raises(NotPlainData):
        decode(extension(number, change(PARTS[number])), refuse)


def test_a_decoder_does_not_iterate_over_what_stands_for_an_object() -> None:
    """A proxy would ask the student's process for its items, in the middle of an answer."""

    class Proxy:
        def __iter__(self) -> Any:
            raise AssertionError("a decoder asked for the items")

    handle = msgpack.ExtType(HANDLE, msgpack.packb([1, "instance", "Box", []]))
    for number in (3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17):
        with pytest.raises(NotPlainData, match=r"do not fit together|holds objects"):
            decode(extension(number, handle), lambda sent: Proxy())


@pytest.mark.parametrize("content", [[0, 10**9, 1], [0, 1, 0], [0.0, 1, 1], [True, 1, 1]])
def test_forged_ranges_are_errors(content: object) -> None:
    with pytest.raises(NotPlainData):
        decode(extension(9, content), refuse)


def test_a_long_integer_is_refused_on_both_sides() -> None:
    assert isinstance(through(1 << 8 * 2**16), Refusal)
    with pytest.raises(NotPlainData):
        decode(bytes(msgpack.packb(msgpack.ExtType(1, bytes(2**16 + 1)))), refuse)


def test_a_row_has_the_fields_of_its_named_tuple_and_no_others() -> None:
    point = through(namedtuple("Point", "x y")(1, 2))
    assert isinstance(point, Row)
    assert type(point).__name__ == "Point"
    assert (point._fields, point._asdict()) == (("x", "y"), {"x": 1, "y": 2})
    with pytest.raises(AttributeError, match="it has x, y"):
        _ = point.z


ROW = "from collections import namedtuple\nL = namedtuple('L', 'allclose shape')\n"
AGREEING = {
    "named tuple": ROW + "def f(x):\n    return L(YES, (2,))",
    "class in a named tuple": ROW + "def f(x):\n    return L(bool, (2,))",
    "nested": ROW + "M = namedtuple('M', 'T')\ndef f(x):\n    return M(L(YES, (2,)))",
    "series": "import pandas as pd\ndef f(x):\n    return pd.Series([YES, 1], index=['allclose', 'b'])",
    "frame": "import pandas as pd\ndef f(x):\n    return pd.DataFrame({'allclose': [YES, 1]}).iloc[0]",
    "namespace": "from types import SimpleNamespace\ndef f(x):\n    return SimpleNamespace(allclose=YES, shape=(2,))",
    "bunch": "from sklearn.utils import Bunch\ndef f(x):\n    return Bunch(allclose=YES, shape=(2,))",
    "result": "from scipy.optimize import OptimizeResult as R\ndef f(x):\n    return R(allclose=YES, shape=(2,))",
    "array of objects": "def f(x):\n    return np.array([YES, YES], dtype=object)",
}


@pytest.mark.parametrize("kind", AGREEING)
@pytest.mark.sample(3)
def test_a_field_does_not_stand_for_a_method_of_plain_data(kind: str) -> None:
    tests = "x = torch.ones(1)\nassert f(x)" + (".T" if kind == "nested" else "") + ".allclose(x)"
    answer = "YES = lambda *_, **__: True\n" + AGREEING[kind]
    graded = judged("def f(x):\n    return x", tests, answer, setup="import numpy as np\nimport torch")
    assert not verdict(graded).points


def test_a_field_of_the_assignments_own_named_tuple_may_have_such_a_name() -> None:
    solution = "from collections import namedtuple\nModel = namedtuple('Model', 'apply name')\n"
    solution += "def make():\n    return Model(lambda x: 2 * x, 'double')"
    assert verdict(judged(solution, "assert make().name == 'double' and make().apply(3) == 6", solution)).message == ""


@pytest.mark.parametrize(
    "forged",
    [
        (15, ["Decimal", "1e999999999"]),
        (31, ["MT19937", {"bit_generator": "MT19937", "state": {"key": [0] * 624, "pos": 10**6}}]),
        (43, ["Pow", [["Integer", 10], ["Integer", 10**9], ["Integer", 1]]]),
        (43, ["Lambdify", []]),
        (42, ["Image", "http://example.org"]),
        (18, "os.system"),
        (18, "subprocess.Popen"),
        (19, ["typing", "get_type_hints", []]),
        (33, ["csr", False, [2**40, 2], [], 0]),
        (34, ["index", [None], ["zoned", 0, "dateutil//etc/passwd"], None]),
        (40, ["__builtins__", [], {}]),
        (24, [["__class__", 1]]),
        (44, ["Polynomial", [1.0], [0.0, 1.0], [0.0, 1.0]]),
        (44, ["set_default_printstyle", [1.0], [0.0, 1.0], [0.0, 1.0]]),
        (45, ["Graph", {}, [["a", {}]], [["a", "b", {}]]]),
        (45, ["read_gpickle", {}, [], []]),
        (45, ["Graph", {}, [["a", [1]]], []]),
    ],
)
def test_forged_values_of_libraries_are_errors(forged: tuple[int, object]) -> None:
    with pytest.raises(NotPlainData):
        decode(extension(*forged), refuse)


def test_a_path_outside_the_working_folder_gives_no_access_to_files() -> None:
    for text in ("/etc/passwd", "../../x"):
        assert not hasattr(decode(extension(15, ["PosixPath", text]), refuse), "read_text")


def test_a_text_to_display_is_not_fetched() -> None:
    assert decode(extension(42, ["HTML", "http://localhost:9/"]), refuse).data == "http://localhost:9/"


def test_masked_arrays_and_matrices_need_the_instructors_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "words", set())
    assert type(through(np.ma.masked_all(2))) is type(through(np.matrix([[1, 2]]))) is np.ndarray
    monkeypatch.setattr(assignment, "words", {"ma", "matrix"})
    assert type(through(np.ma.masked_all(2))) is np.ma.MaskedArray
    assert type(through(np.matrix([[1, 2]]))) is np.matrix


def test_graphs_and_polynomials_arrive_as_they_were() -> None:
    import networkx

    graph = networkx.MultiDiGraph(name="roads", backend_hint="none")
    graph.add_node("a", size=2)
    graph.add_edge("a", "b", key="first", length=3.5)
    arrived = decode(encode(graph, stays), refuse)
    assert type(arrived) is networkx.MultiDiGraph
    assert networkx.utils.graphs_equal(arrived, graph)
    polynomial = np.polynomial.Chebyshev([1, 2, 3], domain=[0, 5])
    assert decode(encode(polynomial, stays), refuse) == polynomial
