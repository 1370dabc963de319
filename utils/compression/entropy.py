"""From numbers to bits: a uniform quantiser, the entropy of what it gives, and the bytes of a real entropy coder.

Latents are real numbers, and a real number has no size. A quantiser turns them into integers, the *symbols*. A model
of how often each symbol occurs, fitted on training data, says how many bits each one needs. A range coder (Martin,
1979; here that of the package ``constriction``, Bamler, 2022) turns the symbols into bytes, within a few bits of that.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import constriction
import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]

_SYMBOL_BITS = 32
_LARGEST = 2 ** (_SYMBOL_BITS - 1) - 1
# Tables beyond this are longer than any training set of the course could fill.
_WIDEST = 2**16
# One half for every symbol, seen or not, after Krichevsky & Trofimov (1981).
_PSEUDO_COUNT = 0.5

_HALF_WORD = constriction.stream.model.Uniform(2**16)


def quantise(values: ArrayLike, step: ArrayLike) -> IntArray:
    """Round values to the nearest multiple of a step: a uniform quantiser with a level at 0.

    Args:
        values: finite numbers of any shape.
        step: the distance between levels, in the units of the values, above 0; one number, or several that broadcast,
            such as (d,) for codes (n, d).

    Returns:
        int64 of the shape of the values: how many steps; halves go to the even neighbour.

    Raises:
        ValueError: if the step is not above 0, a value is not finite, or lies more than 2³¹ steps from 0.
    """
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("The values hold NaN or infinity, which no level is near to: find where they come from.")
    steps = array / _checked_step(step)
    if steps.size and np.abs(steps).max() > _LARGEST:
        raise ValueError(
            f"The values reach {np.abs(steps).max():.3g} steps from 0, but at most 2³¹ can be counted: give a larger "
            "step."
        )
    return np.rint(steps).astype(np.int64)


def dequantise(symbols: ArrayLike, step: ArrayLike) -> NDArray[np.float64]:
    """The levels that symbols stand for. No value within range is further than half a step from its level.

    Args:
        symbols: integers, as `quantise` returns them.
        step: the same step.

    Returns:
        float64 of the shape of the symbols, in the units of the step.

    Raises:
        ValueError: if the step is not above 0 or the symbols are no integers.
    """
    return _integers(symbols) * _checked_step(step)


def empirical_entropy(symbols: ArrayLike) -> float:
    """Shannon's (1948) entropy of the frequencies of the symbols, in bits a row: −Σ p log₂ p, summed over the columns.

    This is what an ideal coder that knew these frequencies would need for a row, each column coded by itself. It is
    a property of these very symbols: frequencies taken from the data to be coded have to be sent too.

    Args:
        symbols: integers (n,) or (n, d), n at least 1.

    Returns:
        Bits a row, from 0 to d · log₂ n.

    Raises:
        ValueError: if the symbols are no integers, or of another shape.
    """
    total = 0.0
    for column in _rows(symbols).T:
        share = np.unique(column, return_counts=True)[1] / len(column)
        total -= float((share * np.log2(share)).sum())
    return max(0.0, total)


@dataclass(frozen=True)
class EntropyModel:
    """How often each symbol occurs in each column, learnt from training data; it codes symbols into bytes and back.

    Every integer between the smallest and the largest symbol of a column's training data has a probability that grows
    with its count; one half is added to each, so that none is impossible. Any other integer, however unlikely, is
    written as an *escape* followed by its 32 bits: a model fitted on digits still codes a photograph, at a price.

    Attributes:
        lowest: int64 (d,), the smallest symbol of each column.
        counts: for each column, int64 (k,): how often the k symbols from the lowest up occurred in training.
    """

    lowest: IntArray
    counts: tuple[IntArray, ...]

    @classmethod
    def fit(cls, symbols: ArrayLike) -> "EntropyModel":
        """Count the symbols of training data.

        Args:
            symbols: integers (n,) or (n, d), n at least 1.

        Raises:
            ValueError: if the symbols are no integers, of another shape, or spread over more than 2¹⁶ values.
        """
        rows = _rows(symbols)
        lowest = rows.min(axis=0)
        widest = int((rows.max(axis=0) - lowest).max()) + 1
        if widest > _WIDEST:
            raise ValueError(
                f"The training symbols spread over {widest} values, too many to count how often each occurs: give a "
                "larger step to the quantiser."
            )
        return cls(lowest, tuple(np.bincount(column - low) for column, low in zip(rows.T, lowest, strict=True)))

    def cross_entropy(self, symbols: ArrayLike) -> float:
        """Bits a row that an ideal coder with this model needs: the mean of −log₂ q(symbol), summed over the columns.

        It is never below the `empirical_entropy` of the same symbols, and above it by how much they differ from the
        training data (Kullback & Leibler, 1951).

        Args:
            symbols: integers (n,) or (n, d), n at least 1.

        Raises:
            ValueError: if the symbols are no integers, or their columns are not the model's.
        """
        rows = self._checked(symbols)
        bits = 0.0
        for indices, share in zip(self._indices(rows).T, self._shares, strict=True):
            bits += float(-np.log2(share[indices]).sum())
            bits += _SYMBOL_BITS * int((indices == len(share) - 1).sum())
        return bits / len(rows)

    def encode(self, symbols: ArrayLike) -> bytes:
        """Code symbols into bytes.

        Args:
            symbols: integers (n,) or (n, d) in 32 bits; the columns are the model's.

        Returns:
            Whole words of 4 bytes: about n · `cross_entropy` bits, and up to a few words more.

        Raises:
            ValueError: if the symbols are no integers, do not fit 32 bits, or their columns are not the model's.
        """
        rows = self._checked(symbols)
        encoder = constriction.stream.queue.RangeEncoder()
        for column, indices, share in zip(rows.T, self._indices(rows).T, self._shares, strict=True):
            encoder.encode(indices.astype(np.int32), _categorical(share))
            escaped = column[indices == len(share) - 1] + _LARGEST + 1
            halves = np.stack([escaped >> 16, escaped & 0xFFFF], axis=1).ravel()
            encoder.encode(halves.astype(np.int32), _HALF_WORD)
        return bytes(encoder.get_compressed().astype("<u4").tobytes())

    def decode(self, data: bytes, n: int) -> IntArray:
        """The symbols that `encode` turned into these bytes.

        Args:
            data: what `encode` returned, in full.
            n: how many rows they were.

        Returns:
            int64 (n, d).

        Raises:
            ValueError: if the bytes are not what this model wrote for n rows.
        """
        foreign = ValueError(
            f"These {len(data)} bytes are not {n} rows coded with this model: give the bytes that its encode returned."
        )
        # A row takes at least the bits of its likeliest symbols, so few bytes cannot hold many rows.
        least = sum(-np.log2(share.max()) for share in self._shares)
        if len(data) % 4 or n < 1 or n * least > 2 * 8 * (len(data) + 8):
            raise foreign
        decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(data, dtype="<u4").astype(np.uint32))
        rows = np.empty((n, len(self.counts)), dtype=np.int64)
        try:
            for j, share in enumerate(self._shares):
                indices = decoder.decode(_categorical(share), n).astype(np.int64)
                rows[:, j] = self.lowest[j] + indices
                escaped = indices == len(share) - 1
                halves = decoder.decode(_HALF_WORD, 2 * int(escaped.sum())).astype(np.int64).reshape(-1, 2)
                rows[escaped, j] = (halves[:, 0] << 16) + halves[:, 1] - _LARGEST - 1
        except AssertionError:
            raise foreign from None
        # The coder itself reads on past the end of cut bytes.
        if self.encode(rows) != data:
            raise foreign
        return rows

    def to_bytes(self) -> bytes:
        """The model as a decoder has to have it, in 32-bit integers; `from_bytes` reads it."""
        sizes = [len(counts) for counts in self.counts]
        return b"".join(part.astype("<i4").tobytes() for part in (np.array(sizes), self.lowest, *self.counts))

    @classmethod
    def from_bytes(cls, data: bytes, columns: int) -> "EntropyModel":
        """The model that `to_bytes` wrote, of so many columns."""
        numbers = np.frombuffer(data, dtype="<i4").astype(np.int64)
        sizes, lowest = numbers[:columns], numbers[columns : 2 * columns]
        return cls(lowest, tuple(np.split(numbers[2 * columns :], np.cumsum(sizes)[:-1])))

    @cached_property
    def _shares(self) -> list[NDArray[np.float64]]:
        # The last one is the escape's.
        smoothed = (np.append(counts, 0) + _PSEUDO_COUNT for counts in self.counts)
        return [counts / counts.sum() for counts in smoothed]

    def _indices(self, rows: IntArray) -> IntArray:
        sizes = np.array([len(counts) for counts in self.counts])
        indices = rows - self.lowest
        return np.where((indices >= 0) & (indices < sizes), indices, sizes)

    def _checked(self, symbols: ArrayLike) -> IntArray:
        rows = _rows(symbols)
        if rows.shape[1] != len(self.counts):
            raise ValueError(
                f"The symbols have {rows.shape[1]} columns, but the model was fitted on {len(self.counts)}: give the "
                "same columns."
            )
        if rows.min() < -_LARGEST - 1 or rows.max() > _LARGEST:
            raise ValueError("The symbols do not fit 32 bits: give a larger step to the quantiser.")
        return rows


def _categorical(share: NDArray[np.float64]) -> Any:
    return constriction.stream.model.Categorical(share, perfect=False)


def _checked_step(step: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(step, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"The step is {step!r}, but levels need a distance: give a finite number above 0.")
    return array


def _integers(symbols: ArrayLike) -> IntArray:
    array = np.asarray(symbols)
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"The symbols have the dtype {array.dtype}, but integers are needed: quantise the values first."
        )
    return array.astype(np.int64)


def _rows(symbols: ArrayLike) -> IntArray:
    rows = _integers(symbols)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(
            f"The symbols have the shape {np.shape(symbols)}: give (n,) for one column or (n, d), at least one row."
        )
    return rows
