"""Pickles in a check: while the judge's folder holds files of the student, only data may be unpickled.

A pickle is a program. A check that loads one that the student's code has written would run it in the judge.
"""

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
    "torch._utils": {"_rebuild_tensor_v2", "_rebuild_parameter"},
    "torch": {f"{kind}Storage" for kind in ("Float", "Double", "Half", "Long", "Int", "Short", "Byte", "Bool")},
}

_guarded = False


def guard() -> None:
    """From now on, refuse every pickle in this process that names more than plain data; this cannot be undone."""
    global _guarded
    if not _guarded:
        _guarded = True
        sys.addaudithook(_check)


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pickle.find_class" and arguments[1] not in _SAFE.get(arguments[0], ()):
        raise NotAllowed(
            "A file that your code has written holds more than plain data, and the check loads it as a pickle."
        )
