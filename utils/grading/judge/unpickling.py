"""Pickles in a check: where one can come from the student, only data may be unpickled.

A pickle is a program. A check that loads one that the student's code has written would run it in the judge. It may be
a file in the judge's folder, or bytes that a function returns.
"""

import re
import sys
from typing import Any, Final

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
    """From now on, refuse every pickle in this process that names more than plain data; this cannot be undone."""
    global _guarded
    if not _guarded:
        _guarded = True
        sys.addaudithook(_check)


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class" and arguments[1] not in _SAFE.get(arguments[0], ()):
        raise NotAllowed("What your code has written holds more than plain data, and the check loads it as a pickle.")
