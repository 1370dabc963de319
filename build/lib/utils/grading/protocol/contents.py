"""The contents of objects that a call may change, as plain data, and how new contents are put into an object in place.

Both processes use it. In the judge the contents come from the student's process: nothing is put into an object unless
it is of the kind that the object has, and nothing received is executed.
"""

import collections
import io
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Substitute = Callable[[Any], Any]
"""Replaces an object by a reference to it, or returns it unchanged."""

_SCALARS: Final = frozenset({type(None), bool, int, float, complex, str, bytes, range, slice, type(...)})
_BIT_GENERATORS: Final = frozenset({"PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"})
# A position outside the buffer would make NumPy read past its end.
_POSITIONS: Final = {"MT19937": 624, "Philox": 4}


class WrongContents(ValueError):
    """The contents do not fit the object, which is left unchanged."""


@dataclass(frozen=True)
class Kind:
    """A kind of object that a call can change in place.

    Attributes:
        take: the contents of an object as plain data; parts of containers pass through the substitute.
        put: puts contents into an object, or raises `WrongContents`.
        advances: whether every use changes the object, as for a random generator.
    """

    take: Callable[[Any, Substitute], Any]
    put: Callable[[Any, Any], None]
    advances: bool = False


def kind_of(value: object) -> Kind | None:
    """The kind of an object, or None if a call cannot change it or its contents cannot be sent."""
    kind = _EXACT.get(type(value))
    if kind is not None or type(value) in _SCALARS:
        return kind
    for base, candidate in _BASES:
        if isinstance(value, base):
            return candidate
    torch, pandas = sys.modules.get("torch"), sys.modules.get("pandas")
    if torch is not None and hasattr(torch, "nn"):
        if isinstance(value, torch.Tensor):
            return _TENSOR
        if isinstance(value, torch.Generator):
            return _TORCH_GENERATOR
        if isinstance(value, torch.nn.Module):
            return _NETWORK
    if pandas is not None and hasattr(pandas, "DataFrame") and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return _TABLE
    if type(value).__module__.partition(".")[0] == "networkx" and hasattr(value, "add_edges_from"):
        return _GRAPH
    if isinstance(value, (type, Exception)) or callable(value) or not isinstance(vars_of(value), dict):
        return None
    return INSTANCE


def vars_of(value: object) -> dict[str, Any] | None:
    """The attributes that an instance itself holds, or None."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return attributes if type(attributes) is dict else None


def parts_of(value: object) -> list[Any]:
    """The objects directly inside a container or an instance; none for arrays and other leaves."""
    if isinstance(value, dict):
        return list(dict.values(value))
    if isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        return list(value)
    if kind_of(value) is INSTANCE:
        return list((vars_of(value) or {}).values())
    return []


def is_scalar(value: object) -> bool:
    """Whether a value is of an immutable type without parts."""
    return type(value) in _SCALARS


def _require(condition: bool) -> None:
    if not condition:
        raise WrongContents


def _put_list(value: list[Any], content: Any) -> None:
    _require(type(content) is list)
    value[:] = content


def _put_dict(value: dict[Any, Any], content: Any) -> None:
    _require(type(content) is dict)
    dict.clear(value)
    dict.update(value, content)


def _put_set(value: set[Any], content: Any) -> None:
    _require(type(content) is set)
    set.clear(value)
    set.update(value, content)


def _put_bytes(value: bytearray, content: Any) -> None:
    _require(type(content) is bytes)
    value[:] = content


def _put_deque(value: collections.deque[Any], content: Any) -> None:
    _require(type(content) is list)
    value.clear()
    value.extend(content)


def _put_array(value: Any, content: Any) -> None:
    _require(type(content) is np.ndarray and content.shape == value.shape and content.dtype == value.dtype)
    _require(bool(value.flags.writeable))
    np.copyto(value, content)


def _take_generator(value: Any, _: Substitute) -> Any:
    return _plain_state(value.bit_generator.state)


def _put_generator(value: Any, content: Any) -> None:
    state = _checked_state(content, value.bit_generator.state["bit_generator"])
    try:
        value.bit_generator.state = state
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WrongContents from error


def _take_random_state(value: Any, _: Substitute) -> Any:
    return _plain_state(value.get_state(legacy=False))


def _put_random_state(value: Any, content: Any) -> None:
    state = _checked_state(content, value.get_state(legacy=False)["bit_generator"])
    try:
        value.set_state(state)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WrongContents from error


def _plain_state(state: Any) -> Any:
    return {key: _plain_state(part) for key, part in state.items()} if isinstance(state, dict) else state


def _checked_state(content: Any, name: str) -> dict[str, Any]:
    _require(type(content) is dict and content.get("bit_generator") == name and name in _BIT_GENERATORS)
    inner = content.get("state")
    _require(type(inner) is dict)
    for state in (content, inner):
        for key, part in state.items():
            _require(type(key) is str and (type(part) in (int, float, str, dict) or type(part) is np.ndarray))
            _require(key not in ("pos", "buffer_pos") or (type(part) is int and 0 <= part <= _POSITIONS.get(name, 0)))
    return dict(content)


def _put_python_random(value: random.Random, content: Any) -> None:
    _require(type(content) is list and len(content) == 3 and type(content[1]) is list)
    try:
        value.setstate((content[0], tuple(content[1]), content[2]))
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongContents from error


def _take_python_random(value: random.Random, _: Substitute) -> Any:
    version, state, gauss = value.getstate()
    return [version, list(state), gauss]


def _take_torch_generator(value: Any, _: Substitute) -> Any:
    return value.get_state().numpy()


def _put_torch_generator(value: Any, content: Any) -> None:
    _require(type(content) is np.ndarray and content.dtype == np.uint8 and content.ndim == 1)
    try:
        value.set_state(sys.modules["torch"].from_numpy(content.copy()))
    except (RuntimeError, TypeError) as error:
        raise WrongContents from error


def _put_text(value: Any, content: Any) -> None:
    text = str if isinstance(value, io.StringIO) else bytes
    _require(type(content) is list and len(content) == 2 and type(content[0]) is text and type(content[1]) is int)
    _require(0 <= content[1] <= 2**40)
    value.seek(0)
    value.truncate()
    value.write(content[0])
    value.seek(content[1])


def _put_tensor(value: Any, content: Any) -> None:
    torch = sys.modules["torch"]
    _require(isinstance(content, list) and len(content) == 3)
    new, gradient, requires_grad = content
    _require(type(new) is torch.Tensor and new.shape == value.shape and new.dtype == value.dtype)
    _require(gradient is None or (type(gradient) is torch.Tensor and gradient.shape == value.shape))
    try:
        with torch.no_grad():
            value.copy_(new)
        if value.is_leaf:
            if type(requires_grad) is bool and (value.is_floating_point() or value.is_complex()):
                value.requires_grad_(requires_grad)
            value.grad = gradient
    except (RuntimeError, TypeError) as error:
        raise WrongContents from error


def _take_tensor(value: Any, _: Substitute) -> Any:
    gradient = value.grad if value.is_leaf else None
    return [value.detach(), gradient, bool(value.requires_grad)]


def _take_network(value: Any, _: Substitute) -> Any:
    return [bool(value.training), dict(value.state_dict()), {name: p.grad for name, p in value.named_parameters()}]


def _put_network(value: Any, content: Any) -> None:
    torch = sys.modules["torch"]
    _require(type(content) is list and len(content) == 3 and type(content[0]) is bool)
    training, new, gradients = content
    old = value.state_dict()
    _require(type(new) is dict and new.keys() == old.keys() and type(gradients) is dict)
    for name, tensor in new.items():
        _require(type(tensor) is torch.Tensor and tensor.shape == old[name].shape and tensor.dtype == old[name].dtype)
    parameters = dict(value.named_parameters())
    _require(gradients.keys() == parameters.keys())
    for name, gradient in gradients.items():
        _require(gradient is None or (type(gradient) is torch.Tensor and gradient.shape == parameters[name].shape))
    with torch.no_grad():
        for name, tensor in new.items():
            old[name].copy_(tensor)
    for name, gradient in gradients.items():
        parameters[name].grad = gradient
    value.train(training)


def _put_table(value: Any, content: Any) -> None:
    _require(type(content) is list and len(content) == 1 and type(content[0]) is type(value))
    value._update_inplace(content[0])


def _put_graph(value: Any, content: Any) -> None:
    _require(type(content) is list and len(content) == 1 and type(content[0]) is type(value))
    value.clear()
    value.update(content[0])
    value.graph.update(content[0].graph)


def _put_instance(value: Any, content: Any) -> None:
    attributes = vars_of(value)
    if attributes is None or type(content) is not dict:
        raise WrongContents
    # An attribute must not hide a method or a property of the class.
    for name in content:
        _require(type(name) is str and (name in attributes or not hasattr(type(value), name)))
        _require(not (name.startswith("__") and name.endswith("__")))
    for name in [name for name in attributes if name not in content]:
        del attributes[name]
    attributes.update(content)


INSTANCE: Final = Kind(
    lambda value, substitute: {name: substitute(part) for name, part in (vars_of(value) or {}).items()}, _put_instance
)
"""Instances of classes that both processes have."""

_TENSOR: Final = Kind(_take_tensor, _put_tensor)
_NETWORK: Final = Kind(_take_network, _put_network)
_TORCH_GENERATOR: Final = Kind(_take_torch_generator, _put_torch_generator, advances=True)
# In a list, because a table as the whole content would be taken for the table itself.
_TABLE: Final = Kind(lambda value, _: [value], _put_table)
_GRAPH: Final = Kind(lambda value, _: [value], _put_graph)
_DICT: Final = Kind(lambda value, substitute: {key: substitute(part) for key, part in dict.items(value)}, _put_dict)
_BASES: Final[list[tuple[type, Kind]]] = [
    (np.random.Generator, Kind(_take_generator, _put_generator, advances=True)),
    (np.random.RandomState, Kind(_take_random_state, _put_random_state, advances=True)),
    (random.Random, Kind(_take_python_random, _put_python_random, advances=True)),
    ((io.StringIO), Kind(lambda value, _: [value.getvalue(), value.tell()], _put_text, advances=True)),
    ((io.BytesIO), Kind(lambda value, _: [value.getvalue(), value.tell()], _put_text, advances=True)),
]
_EXACT: Final[dict[type, Kind]] = {
    list: Kind(lambda value, substitute: [substitute(part) for part in value], _put_list),
    dict: _DICT,
    collections.Counter: _DICT,
    collections.defaultdict: _DICT,
    collections.OrderedDict: _DICT,
    set: Kind(lambda value, _: set(value), _put_set),
    bytearray: Kind(lambda value, _: bytes(value), _put_bytes),
    collections.deque: Kind(lambda value, substitute: [substitute(part) for part in value], _put_deque),
    np.ndarray: Kind(lambda value, _: value, _put_array),
}
