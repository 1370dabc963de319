"""Arrays, tensors, sparse matrices and their random generators as plain data."""

import math
import re
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from utils.grading.protocol.plain_type import NotPlainData, PlainType, assignment, checked_text, items, whole

MAX_SPARSE_SIDE: Final = 10**7

# NumPy

_DTYPE_NAME: Final = re.compile(r"[<>|=]?[biufcSUmM]\d{0,9}(\[\d{0,9}[a-zA-Z]{1,2}\])?")


def _encode_array(value: Any) -> list[Any]:
    array = np.ndarray.view(value, np.ndarray)
    if array.dtype.kind not in "biufcSUmM":
        raise NotPlainData(
            f"An array of dtype {array.dtype} cannot be transferred, because it holds objects; return an array of "
            "numbers."
        )
    return [array.dtype.str, list(array.shape), array.tobytes()]


def _encode_any_array(value: Any) -> list[Any]:
    """An array of numbers, or one of the less common kinds with its name in front."""
    if isinstance(value, np.ma.MaskedArray):
        mask, fill = np.ma.getmaskarray(value), np.asarray(value.fill_value)
        return ["masked", np.ndarray.view(value, np.ndarray), mask, fill, None]
    if isinstance(value, np.matrix):
        return ["matrix", np.ndarray.view(value, np.ndarray), None, None, None]
    array = np.ndarray.view(value, np.ndarray)
    if array.dtype.kind == "O":
        return ["objects", list(array.shape), array.ravel().tolist(), None, None]
    if array.dtype.fields and not any(dtype[0].fields or dtype[0].hasobject for dtype in array.dtype.fields.values()):
        names = array.dtype.names or ()
        return ["fields", list(array.shape), list(names), [np.ascontiguousarray(array[name]) for name in names], None]
    return _encode_array(value)


def _decode_array(content: Any) -> Any:
    if type(content) is list and len(content) == 5:
        return _UNCOMMON[content[0]](*content[1:])
    dtype_name, shape, data = items(content, 3)
    return _array(dtype_name, shape, data)


def _decode_masked(data: Any, mask: Any, fill: Any, _: Any) -> Any:
    if type(data) is not np.ndarray or type(mask) is not np.ndarray or mask.dtype != bool or mask.shape != data.shape:
        raise NotPlainData("The student's process sent a malformed masked array.")
    # NumPy's tests pass over what is masked.
    if not assignment.words & {"ma", "masked_array", "masked", "masked_where", "masked_invalid"}:
        return data
    value: Any = fill if type(fill) is np.ndarray and fill.ndim == 0 else None
    return np.ma.MaskedArray(data, mask, fill_value=value)


def _decode_matrix(data: Any, *_: Any) -> Any:
    if type(data) is not np.ndarray or data.ndim != 2:
        raise NotPlainData("The student's process sent a malformed matrix.")
    # The square of a matrix is a product of matrices.
    return data.view(np.matrix) if assignment.words & {"matrix", "mat", "asmatrix", "bmat"} else data


def _decode_objects(shape: Any, values: Any, *_: Any) -> Any:
    size = math.prod(whole(side, 0, 2**40) for side in items(shape))
    if size != len(items(values)) or len(shape) > 32:
        raise NotPlainData("The student's process sent an array whose values do not fit its shape.")
    array = np.empty(size, object)
    for place, value in enumerate(values):
        array[place] = value
    return array.reshape(shape)


def _decode_fields(shape: Any, names: Any, columns: Any, _: Any) -> Any:
    arrays = items(columns, len(items(names)))
    outer = tuple(whole(side, 0, 2**40) for side in items(shape))
    if not all(type(array) is np.ndarray and array.shape[: len(outer)] == outer for array in arrays):
        raise NotPlainData("The student's process sent a malformed structured array.")
    fields = [
        (checked_text(name), array.dtype, array.shape[len(outer) :]) for name, array in zip(names, arrays, strict=True)
    ]
    structured = np.zeros(outer, np.dtype(fields))
    for name, array in zip(names, arrays, strict=True):
        structured[name] = array
    return structured


_UNCOMMON: Final[dict[str, Callable[..., Any]]] = {
    "masked": _decode_masked,
    "matrix": _decode_matrix,
    "objects": _decode_objects,
    "fields": _decode_fields,
}


def _array(dtype_name: str, shape: list[int], data: bytes) -> Any:
    dtype = _decode_dtype(dtype_name)
    if any(type(size) is not int or size < 0 for size in items(shape)) or len(shape) > 32:
        raise NotPlainData("The student's process sent an array with an impossible shape.")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise NotPlainData("The student's process sent an array whose bytes do not fit its shape.")
    if dtype.kind == "b":
        # A byte that is neither 0 nor 1 would be a truth value that differs from True and from False.
        return (np.frombuffer(data, "u1") != 0).reshape(shape)
    if not data:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype).reshape(shape).copy()


def _encode_scalar(value: Any) -> list[Any]:
    array = np.asarray(value)
    return _encode_array(array) if array.dtype.kind in "biufc" else _encode_any_array(array)


def _decode_scalar(content: Any) -> Any:
    return _decode_array(content)[()]


def _decode_dtype(name: Any) -> Any:
    if not _DTYPE_NAME.fullmatch(name):
        raise NotPlainData(f"The dtype {name[:40]} cannot be transferred.")
    return np.dtype(name)


# torch; its dtypes by name, and the NumPy dtype in which the numbers travel

_TENSOR_STORAGE: Final = {
    name: storage
    for storage, names in {
        "u1": ("uint8", "bool"),
        "i1": ("int8",),
        "<i2": ("int16", "bfloat16"),
        "<i4": ("int32",),
        "<i8": ("int64",),
        "<f2": ("float16",),
        "<f4": ("float32",),
        "<f8": ("float64",),
        "<c8": ("complex64",),
        "<c16": ("complex128",),
    }.items()
    for name in names
}


def _encode_tensor(value: Any) -> list[Any]:
    torch = sys.modules["torch"]
    name = str(value.dtype).removeprefix("torch.")
    if value.layout is torch.sparse_coo:
        value = value.coalesce()
        return ["sparse", list(value.shape), value.indices(), value.values(), None]
    if name not in _TENSOR_STORAGE or value.layout is not torch.strided:
        raise NotPlainData(
            f"A tensor of dtype {name} and layout {value.layout} cannot be transferred; return a dense one."
        )
    dense = value.detach().cpu().resolve_conj().contiguous()
    if name == "bfloat16":
        dense = dense.view(torch.int16)
    array = torch.Tensor.numpy(dense)
    return [name, list(array.shape), array.tobytes(), bool(value.requires_grad)]


def _decode_tensor(content: Any) -> Any:
    import torch

    if type(content) is list and len(content) == 5:
        _, shape, indices, values, _ = content
        if type(indices) is not torch.Tensor or type(values) is not torch.Tensor:
            raise NotPlainData("The student's process sent a malformed tensor.")
        sides = [whole(side, 0, MAX_SPARSE_SIDE) for side in items(shape)]
        return torch.sparse_coo_tensor(indices, values, sides, check_invariants=True).coalesce()
    name, shape, data, requires_grad = items(content, 4)
    tensor = torch.from_numpy(np.ascontiguousarray(_array(_TENSOR_STORAGE[name], shape, data))).reshape(shape)
    if name == "bool":
        tensor = tensor != 0
    elif name == "bfloat16":
        tensor = tensor.view(torch.bfloat16)
    if requires_grad is True and (tensor.is_floating_point() or tensor.is_complex()):
        tensor.requires_grad_(True)
    return tensor


def _encode_torch(value: Any) -> Any:
    if type(value).__name__ == "Size":
        return ["Size", list(tuple.__iter__(value))]
    return [type(value).__name__, str(value).removeprefix("torch.")]


def _decode_torch(content: Any) -> Any:
    import torch

    kind, value = items(content, 2)
    if kind == "Size":
        return torch.Size([whole(side, 0, 2**62) for side in items(value)])
    if kind == "device":
        return torch.device(checked_text(value))
    known = vars(torch).get(checked_text(value))
    if not isinstance(known, (torch.dtype, torch.layout)):
        raise NotPlainData("The student's process sent an unknown dtype.")
    return known


# Random generators

_BIT_GENERATORS: Final = frozenset({"PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"})


def _encode_generator(value: Any) -> Any:
    if isinstance(value, np.random.RandomState):
        _, keys, pos, has_gauss, gauss = value.get_state()
        return ["RandomState", {"state": {"key": keys, "pos": pos}, "gauss": [has_gauss, gauss]}]
    state = value.bit_generator.state
    return [state["bit_generator"], state]


def _decode_generator(content: Any) -> Any:
    name, state = items(content, 2)
    if type(state) is not dict or type(state.get("state")) is not dict:
        raise NotPlainData("The student's process sent a malformed random generator.")
    # NumPy does not check these, and reads from there.
    if "pos" in state["state"]:
        whole(state["state"]["pos"], 0, 624)
    if "buffer_pos" in state:
        whole(state["buffer_pos"], 0, 4)
    if name == "RandomState":
        legacy = np.random.RandomState()
        has_gauss, gauss = items(state["gauss"], 2)
        key = np.array(state["state"]["key"], "uint32", ndmin=1)
        if key.shape != (624,):
            raise NotPlainData("The student's process sent a malformed random generator.")
        legacy.set_state(("MT19937", key, state["state"]["pos"], whole(has_gauss, 0, 1), float(gauss)))
        return legacy
    if name not in _BIT_GENERATORS or state.get("bit_generator") != name:
        raise NotPlainData("The student's process sent a malformed random generator.")
    lengths = {"MT19937": {"key": 624}, "Philox": {"counter": 4, "key": 2}, "SFC64": {"state": 4}}.get(name, {})
    for part, length in lengths.items():
        if np.shape(state["state"].get(part, ())) != (length,):
            raise NotPlainData("The student's process sent a malformed random generator.")
    if name == "Philox" and np.asarray(state.get("buffer")).shape != (4,):
        raise NotPlainData("The student's process sent a malformed random generator.")
    bits = getattr(np.random, name)(0)
    bits.state = state
    return np.random.Generator(bits)


# Polynomials, and matrices of SciPy

_SERIES: Final = frozenset({"Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre"})


def _encode_polynomial(value: Any) -> Any:
    name = type(value).__name__
    if name == "poly1d":
        return [name, np.asarray(value.coeffs), None, None]
    return [name, np.asarray(value.coef), np.asarray(value.domain), np.asarray(value.window)]


def _decode_polynomial(content: Any) -> Any:
    name, coefficients, domain, window = items(content, 4)
    parts = [coefficients] if name == "poly1d" else [coefficients, domain, window]
    if not all(type(part) is np.ndarray and part.ndim == 1 and part.dtype.kind in "iufcb" for part in parts):
        raise NotPlainData("The student's process sent a malformed polynomial.")
    if name == "poly1d":
        return np.poly1d(coefficients)
    if name not in _SERIES:
        raise NotPlainData("The student's process sent a malformed polynomial.")
    return getattr(np.polynomial, name)(coefficients, domain, window)


_FORMATS: Final = frozenset({"csr", "csc", "coo", "dok", "lil", "dia", "bsr"})


def _encode_sparse(value: Any) -> Any:
    points = value.tocoo()
    return [
        value.format,
        type(value).__name__.endswith("_array"),
        list(value.shape),
        [np.asarray(place) for place in getattr(points, "coords", (points.row, points.col))],
        np.asarray(points.data),
    ]


def _decode_sparse(content: Any) -> Any:
    import scipy.sparse

    kind, is_array, shape, places, values = items(content, 5)
    sides = tuple(whole(side, 0, MAX_SPARSE_SIDE) for side in items(shape))
    if kind not in _FORMATS or not 1 <= len(sides) <= 2:
        raise NotPlainData("The student's process sent a malformed sparse matrix.")
    arrays = [*items(places, len(sides)), values]
    if not all(type(array) is np.ndarray and array.ndim == 1 and array.dtype.kind in "biufc" for array in arrays):
        raise NotPlainData("The student's process sent a malformed sparse matrix.")
    # These formats take a list for each row, or all numbers of each diagonal.
    if (kind in ("lil", "dok") and sides[0] > 10**6) or (kind == "dia" and len(values) * sides[-1] > 10**8):
        raise NotPlainData(f"A sparse matrix of format {kind} and this size cannot be transferred; use csr.")
    made = scipy.sparse.coo_array if is_array is True else scipy.sparse.coo_matrix
    return made((values, tuple(places) if len(sides) == 2 else (places[0],)), shape=sides).asformat(kind)


ARRAY_TYPES: Final = (
    PlainType(
        7,
        ("numpy.generic",),
        _encode_scalar,
        _decode_scalar,
        subclasses=True,
        data_only=True,
        # Looked up by identity, because lists of numbers can be long.
        exact=tuple(set(np.sctypeDict.values())),
    ),
    PlainType(6, ("numpy.ndarray",), _encode_any_array, _decode_array, subclasses=True, data_only=True),
    PlainType(13, ("numpy.dtype",), lambda dtype: dtype.str, _decode_dtype, subclasses=True, data_only=True),
    PlainType(8, ("torch.Tensor",), _encode_tensor, _decode_tensor, subclasses=True, data_only=True),
    PlainType(30, ("torch.Size", "torch.dtype", "torch.device", "torch.layout"), _encode_torch, _decode_torch),
    PlainType(
        31,
        ("numpy.random.Generator", "numpy.random.RandomState"),
        _encode_generator,
        _decode_generator,
        data_only=True,
    ),
    PlainType(
        32,
        ("numpy.poly1d", *(f"numpy.polynomial.{name}" for name in sorted(_SERIES))),
        _encode_polynomial,
        _decode_polynomial,
        data_only=True,
    ),
    PlainType(
        33,
        ("scipy.sparse.spmatrix", "scipy.sparse.sparray"),
        _encode_sparse,
        _decode_sparse,
        subclasses=True,
        data_only=True,
    ),
)
