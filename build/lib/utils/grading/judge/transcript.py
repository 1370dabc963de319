"""What a check has asked of a student's functions, and what came back: the record from which mistakes are recognised.

A value is recorded as two keyed hashes of its contents, rounded to six significant digits: once to the nearest step and
once downwards, so that of two values that differ by rounding errors one pair of hashes is equal. Numbers of an array
are taken together, by their size and two weighted sums. The key is derived from the secret of the course, so that no
hash tells a value that it was made from. A list, a tuple and an array of the same numbers count as the same.

A value that cannot be recorded leaves a mark and nothing else: no check fails because of its record. A check may
replace functions for a while and count their calls (``patch("builtins.min")``), so this module uses those that it
imported.
"""

import numbers
import sys
from builtins import (  # noqa: UP029
    abs,
    any,
    bool,
    float,
    hasattr,
    int,
    isinstance,
    len,
    map,
    max,
    repr,
    set,
    sorted,
)
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b, sha256
from math import floor, isfinite, log10
from typing import Any, Final

import numpy as np
from numpy import array, asarray, atleast_1d, concatenate, isnan, sqrt, stack, where, zeros
from numpy import isfinite as finite_ones
from numpy.random import default_rng

from utils.grading.job import Call
from utils.grading.judge.proxies import is_proxy, target_of
from utils.grading.protocol.references import Handle

MAX_CALLS: Final = 400
"""Calls of one check that are recorded; of those that follow, only the number."""

_DIGITS: Final = 6
_MAX_LEAVES: Final = 20_000  # of lists and dictionaries
_MAX_NUMBERS: Final = 65_536  # of an array; of a larger one, equally spaced ones
_VARIED: Final = 4
_TRIVIAL: Final = frozenset({0.0, 1.0, -1.0})
_PLAIN: Final = (bool, int, float)


class Transcript:
    """The record of one check.

    Args:
        key: at most 64 bytes; transcripts with the same key can be compared.

    Example:
        >>> one, other = Transcript(b"secret"), Transcript(b"secret")
        >>> one.returned("mean", [0.1 + 0.2, 2.0])
        >>> other.returned("mean", np.array([0.3, 2.0]))
        >>> one.calls == other.calls
        True
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._calls: list[Call] = []
        self._more = 0

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls, in order."""
        if not self._more:
            return tuple(self._calls)
        return (*self._calls, self._call("...", lambda contents: contents.text(f"{self._more} more")))

    def returned(self, name: str, value: object) -> None:
        """A function or a name of the student has given a value."""
        self._add(name, lambda contents: contents.read(value))

    def raised(self, name: str, error: BaseException) -> None:
        """A function of the student has raised an error."""
        self._add(name, lambda contents: contents.text(f"raises {type(error).__name__}"))

    def ended(self, error: BaseException | None, source: str) -> None:
        """The check has ended; an error counts by its type and the line of the check in which it arose.

        Args:
            error: that ended it, or None.
            source: name of the check's file in a traceback.
        """
        if error is None:
            return
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == source:
                line = trace.tb_lineno
            trace = trace.tb_next
        self._calls.append(self._call("end", lambda contents: contents.text(f"{type(error).__name__} {line}")))

    def _add(self, name: str, read: Callable[["_Contents"], None]) -> None:
        if len(self._calls) >= MAX_CALLS:
            self._more += 1
        else:
            self._calls.append(self._call(name, read))

    def _call(self, name: str, read: Callable[["_Contents"], None]) -> Call:
        contents = _Contents()
        try:
            read(contents)
            nearest, downwards = contents.rounded()
            return Call(name, self._hash(nearest), self._hash(downwards), contents.telling)
        # Not only what a student returned may be odd: memory may be short.
        except Exception:
            return Call(name, "", "", False)

    def _hash(self, text: str) -> str:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=12).hexdigest()


class _Contents:
    """The contents of a value: a description of its structure and texts, and its numbers."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.numbers: list[Any] = []
        self.leaves = 0
        self.told = False

    @property
    def telling(self) -> bool:
        """Whether the contents are more than what many different mistakes return, such as 0, 1, nan or None."""
        return self.told

    def text(self, text: str) -> None:
        self.parts.append(text)

    def read(self, value: Any) -> None:
        self.leaves += 1
        if self.leaves > _MAX_LEAVES:
            return
        if is_proxy(value):
            target = target_of(value)
            self.parts.append(f"proxy {target.kind if isinstance(target, Handle) else 'refused'}")
        elif type(value) in _PLAIN:
            self._scalar(value)
        elif value is None:
            self.parts.append("None")
        elif type(value) is str:
            self.told = self.told or bool(value)
            self.parts.append(f"text {value!r}")
        elif type(value) in (list, tuple):
            self._sequence(value)
        elif isinstance(value, np.ndarray):
            self._array(value)
        elif isinstance(value, np.generic):
            self._array(asarray(value))
        else:
            self._other(value)

    def _scalar(self, value: float) -> None:
        try:
            number = float(value)
        except OverflowError:
            self.parts.append(f"integer of {int(value).bit_length()} bits")
            return
        self.told = self.told or (number not in _TRIVIAL and isfinite(number))
        self.parts.append("()")
        self.numbers.append(number)

    def _sequence(self, value: Any) -> None:
        kinds = set(map(type, value))
        if kinds <= set(_PLAIN):
            whole = array(value) if value else zeros(0)
            if whole.dtype.kind in "biuf":
                self._array(whole)
                return
        elif kinds <= {list, tuple, np.ndarray, np.float64, np.float32, np.int64, *_PLAIN}:
            try:
                whole = array(value)
            except ValueError:
                whole = zeros(0, object)
            if whole.dtype.kind in "biuf":
                self._array(whole)
                return
        self.parts.append(f"[{len(value)}")
        for part in value:
            self.read(part)

    def _array(self, value: Any) -> None:
        if value.dtype.kind == "c":
            value = stack([value.real, value.imag], axis=-1)
        if value.dtype.kind not in "biuf":
            if value.ndim == 0:
                self.read(value.item())
                return
            self.parts.append(f"{value.shape}")
            for part in value.ravel()[:_MAX_LEAVES].tolist():
                self.read(part)
            return
        if value.ndim == 0:
            self._scalar(value.item())
            return
        self.parts.append(f"{value.shape}")
        flat = value.ravel()
        if flat.size > _MAX_NUMBERS:
            flat = flat[:: -(-flat.size // _MAX_NUMBERS)]
        flat = flat.astype(np.float64)
        # Four numbers that are not all the same say more than one.
        varied = flat.size >= _VARIED and bool((flat != flat[0]).any() and finite_ones(flat).any())
        self.told = self.told or varied or any(x not in _TRIVIAL and isfinite(x) for x in flat[:_VARIED].tolist())
        self.numbers.append(flat)

    def _other(self, value: Any) -> None:
        kind = type(value)
        package = kind.__module__.partition(".")[0]
        torch, pandas = sys.modules.get("torch"), sys.modules.get("pandas")
        if kind in (set, frozenset):
            self.parts.append(f"set {len(value)}")
            for part in sorted(value, key=repr):
                self.read(part)
        elif isinstance(value, Mapping):
            self.parts.append(f"dict {len(value)}")
            for key in sorted(value, key=repr):
                self.read(key)
                self.read(value[key])
        elif isinstance(value, numbers.Number) and not isinstance(value, numbers.Real):
            self._array(asarray(complex(value)))  # type: ignore[call-overload]
        elif isinstance(value, numbers.Real):
            self._scalar(float(value))
        elif package == "torch" and torch is not None and isinstance(value, torch.Tensor):
            self._array(value.detach().to("cpu", torch.float64).numpy())
        elif package == "pandas" and pandas is not None and isinstance(value, pandas.DataFrame):
            self.parts.append(f"table {value.shape}")
            for name in value.columns:
                self.read(name)
                self._array(value[name].to_numpy())
        elif package == "pandas" and hasattr(value, "to_numpy"):
            self._array(value.to_numpy())
        elif kind in (bytes, bytearray):
            self.told = self.told or len(value) > 0
            self.parts.append(f"bytes {sha256(value).hexdigest()}")
        else:
            self.parts.append(f"type {kind.__name__}")

    def rounded(self) -> tuple[str, str]:
        """The contents as text, with the numbers rounded to the nearest step, and downwards."""
        text = "\0".join(self.parts)
        if not self.numbers:
            return text, text
        if len(self.numbers) == 1 and type(self.numbers[0]) is float:
            number = self.numbers[0]
            if not isfinite(number):
                text = f"{text}\0{number}"
                return text, text
            step, exponent = _step(abs(number))
            sums: list[float] = [number / step]
        else:
            flat = concatenate([atleast_1d(part) for part in self.numbers])
            finite = finite_ones(flat)
            if not finite.all():
                kinds = where(isnan(flat), 1, where(finite, 0, where(flat > 0, 2, 3))).astype(np.uint8)
                text += f"\0{sha256(kinds.tobytes()).hexdigest()}"
                flat = where(finite, flat, 0.0)
            largest = float(abs(flat).max(initial=0.0))
            scaled = flat / largest if largest else flat
            step, exponent = _step(float(sqrt(scaled @ scaled)) * largest)
            sums = (_weights(len(flat)) @ scaled * (largest / step)).tolist()
        nearest = [floor(value + 0.5) for value in sums]
        downwards = [floor(value) for value in sums]
        return f"{text}\0{exponent}{nearest}", f"{text}\0{exponent}{downwards}!"


def _step(size: float) -> tuple[float, int]:
    """The step of rounding for numbers of this size, and its exponent of ten."""
    if not size or not isfinite(size):
        return 1.0, 0
    # A size just below a power of ten counts as that power, however it was rounded.
    exponent = max(floor(log10(size * (1 + 1e-4))) - _DIGITS + 1, -300)
    return 10.0**exponent, exponent


@lru_cache(maxsize=64)
def _weights(count: int) -> Any:
    """Two rows of weights, between 0.5 and 1.5 in size; the first of all is 1, so that a number stands for itself."""
    weights = default_rng(20_261_128).uniform(0.5, 1.5, size=(count, 2))
    weights[:, 1] *= where(np.arange(count) % 2, -1, 1)
    weights[:1] = 1
    return weights.T.copy()
