"""Pickles in a check: where one can come from the student, only data may be unpickled.

A pickle is a program. A check that loads one that the student's code has written would run it in the judge. It may be
a file in the judge's folder, or bytes that a function returns.

Two things are refused: names of anything but classes and functions of plain data, and a change of such a class or
function, or an attribute that is one (`Counter.__eq__ = slice` would make every comparison true). Python's own
unpickler, which is slower, is used for that; the one in C shows nobody what it does.
"""

import functools
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

import numpy as np

from utils.grading.judge.proxy_access import NotAllowed

_SAFE: Final = {
    "builtins": {"set", "frozenset", "complex", "slice", "range", "bytearray", "bytes"},
    "collections": {"OrderedDict", "deque", "Counter"},
    "datetime": {"date", "datetime", "time", "timedelta"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "_codecs": {"encode"},
    "numpy": {"ndarray", "dtype"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    # A storage within a pickle is a pickle of its own, which the same rules hold for.
    "torch.storage": {"_load_from_bytes", "UntypedStorage", "TypedStorage"},
    "torch._utils": {"_rebuild_tensor_v2", "_rebuild_parameter"},
    "torch": {f"{kind}Storage" for kind in ("Float", "Double", "Half", "Long", "Int", "Short", "Byte", "Bool")},
}

_LIBRARIES: Final = re.compile(r"pickle|dill|joblib|torch\.load")
# What a check has pickled itself holds no object of the student.
_FROM_MEMORY: Final = re.compile(r"\bloads\((?!\s*(?:pickle|cloudpickle|dill)\.dumps\()|BytesIO|Unpickler")

_guarded = False


def unpickles_bytes(source: str) -> bool:
    """Whether a cell may load a pickle from bytes, which a student's function may have returned.

    Example:
        >>> unpickles_bytes("pickle.loads(save(3))"), unpickles_bytes("pickle.loads(pickle.dumps(model))")
        (True, False)
    """
    return _LIBRARIES.search(source) is not None and _FROM_MEMORY.search(source) is not None


def guard() -> None:
    """From now on, refuse every pickle in this process that is more than plain data; this cannot be undone."""
    global _guarded
    if not _guarded:
        _guarded = True
        sys.addaudithook(_check)
        _check_changes()
    # A network in TorchScript has methods that its author wrote, whatever they are called.
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "jit"):
        torch.jit.load = _refuse


def replace_loaders() -> None:
    """Let pickle's `load` and `loads` obey `guard`, wherever a cell binds them: call it before any cell runs."""
    for module in (pickle, sys.modules.get("cloudpickle"), sys.modules.get("cloudpickle.cloudpickle")):
        for name in ("load", "loads") if module is not None else ():
            setattr(module, name, _late(getattr(module, name), getattr(pickle, f"_{name}")))


def _late(fast: Callable[..., Any], guarded: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fast)
    def load(*arguments: Any, **options: Any) -> Any:
        return (guarded if _guarded else fast)(*arguments, **options)

    load.__module__ = "pickle"
    return load


def _check_changes() -> None:
    """Use Python's unpickler everywhere, and look at what a pickle changes (BUILD)."""
    kinds: list[Any] = list(_with_subclasses(pickle._Unpickler))
    build = kinds[0].load_build

    def load_build(self: Any) -> None:
        _check_change(self.stack[-2], self.stack[-1])
        build(self)

    # Libraries have subclasses with copies of the table.
    for kind in kinds:
        for code, method in kind.dispatch.items():
            if method is build:
                kind.dispatch[code] = load_build
    kinds[0].load_build = load_build
    fast = pickle.Unpickler
    for module in (pickle, sys.modules["_pickle"], sys.modules.get("shelve")):
        if getattr(module, "Unpickler", None) is fast:
            module.Unpickler = kinds[0]  # type: ignore[union-attr]


def _with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    subclasses: list[type] = kind.__subclasses__()
    for other in subclasses:
        yield from _with_subclasses(other)


def _check_change(value: Any, state: Any) -> None:
    attributes = [part for part in (state if isinstance(state, tuple) else (state,)) if isinstance(part, dict)]
    if callable(value) or (
        not hasattr(value, "__setstate__") and any(callable(new) for part in attributes for new in part.values())
    ):
        _refuse()
    if isinstance(value, np.dtype) and not _is_consistent(value, state):
        _refuse()


def _is_consistent(kind: np.dtype[Any], state: Any) -> bool:
    """Whether the state of an array's type agrees with its parts: otherwise bytes could be references to objects."""
    if not isinstance(state, tuple) or len(state) < 8 or not isinstance(state[7], int):
        return False
    _, _, base, names, fields, size, _, flags = state[:8]
    if base is not None:
        part, shape = base
        count = int(np.prod(shape))
        return size == part.itemsize * count and not part.flags & ~flags & _OF_PARTS
    if names is None:
        return bool(flags == kind.flags and size in (-1, kind.itemsize))
    ends = [place[1] + place[0].itemsize for place in fields.values()]
    starts = [place[1] for place in fields.values()]
    together = functools.reduce(lambda bits, place: bits | place[0].flags, fields.values(), 0)
    return size >= max(ends, default=0) and min(starts, default=0) >= 0 and not together & ~flags & _OF_PARTS


# Flags that an array's type inherits from its fields: it holds references, must be initialised, is pickled as a list …
_OF_PARTS: Final = 0x1B


def _refuse(*_: object, **__: object) -> NoReturn:
    raise NotAllowed("What your code has written holds more than plain data, and the check loads it as a pickle.")


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class" and arguments[1] not in _SAFE.get(arguments[0], ()):
        _refuse()
