"""From symbols to bits: the entropy of integers, and the bytes of a real entropy coder.

A model of how often each symbol occurs, fitted to training data, determines how many bits each symbol needs. A range
coder (Martin, 1979; here that of the package ``constriction``, Bamler, 2022) turns the symbols into bytes, within a few
bits of that number.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import constriction
import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray, IntArray
from utils.compression.quantiser import LARGEST_SYMBOL, SYMBOL_BITS, checked_symbols

# Larger tables have more entries than any training set of the course has images.
_MAX_TABLE_SIZE = 2**16
# One half for every symbol, whether it occurred or not, after Krichevsky & Trofimov (1981).
_PSEUDO_COUNT = 0.5

_HALF_WORD = constriction.stream.model.Uniform(2**16)


def empirical_entropy(symbols: ArrayLike) -> float:
    """Shannon's (1948) entropy of the frequencies of the symbols, in bits per row: −Σ p log₂ p, summed over columns.

    This is what an ideal coder that knew these frequencies would need per row if it coded each column separately. It
    is a property of these symbols only: frequencies taken from the data to be coded must be sent too.

    Args:
        symbols: integers (n,) or (n, d), n at least 1.

    Returns:
        Bits per row, from 0 to d · log₂ n.

    Raises:
        ValueError: if the symbols are not integers, or have another shape.

    Example:
        >>> empirical_entropy([0, 1, 2, 3])
        2.0
        >>> round(empirical_entropy([0, 0, 0, 1]), 3)
        0.811
    """
    total = 0.0
    for column in _rows(symbols).T:
        share = np.unique(column, return_counts=True)[1] / len(column)
        total -= float((share * np.log2(share)).sum())
    return max(0.0, total)


@dataclass(frozen=True)
class EntropyModel:
    """The frequency of each symbol in each column, learned from training data; codes symbols into bytes and back.

    Every integer between the smallest and the largest symbol of a column's training data has a probability
    proportional to its count plus one half, so that none is impossible. Any other integer is written as an *escape*
    followed by its 32 bits: a model fitted to digits can still code a photograph, with more bits.

    Attributes:
        lowest: int64 (d,), the smallest symbol of each column.
        counts: for each column, int64 (k,): how often each of the k symbols from ``lowest`` up occurred in training.

    Example:
        >>> model = EntropyModel.fit([7, 7, 7, 9])
        >>> round(model.cross_entropy([7, 9]), 3)
        1.389
        >>> data = model.encode([7, 9, 7])
        >>> model.decode(data, n=3).ravel()
        array([7, 9, 7])
    """

    lowest: IntArray
    counts: tuple[IntArray, ...]

    @classmethod
    def fit(cls, symbols: ArrayLike) -> "EntropyModel":
        """Count the symbols of training data.

        Args:
            symbols: integers (n,) or (n, d), n at least 1.

        Raises:
            ValueError: if the symbols are not integers, have another shape, or spread over more than 2¹⁶ values.
        """
        rows = _rows(symbols)
        lowest = rows.min(axis=0)
        table_size = int((rows.max(axis=0) - lowest).max()) + 1
        if table_size > _MAX_TABLE_SIZE:
            raise ValueError(
                f"The training symbols spread over {table_size} values, but at most {_MAX_TABLE_SIZE} can be counted: "
                "give a larger step to the quantiser."
            )
        return cls(lowest, tuple(np.bincount(column - low) for column, low in zip(rows.T, lowest, strict=True)))

    def cross_entropy(self, symbols: ArrayLike) -> float:
        """Bits per row that an ideal coder with this model needs: the mean of −log₂ q(symbol), summed over columns.

        It is never below the `empirical_entropy` of the same symbols. The difference is the divergence of the model
        from their frequencies (Kullback & Leibler, 1951).

        Args:
            symbols: integers (n,) or (n, d), n at least 1.

        Returns:
            Bits per row, from 0 up.

        Raises:
            ValueError: if the symbols are not integers, or their number of columns differs from the model's.
        """
        rows = self._checked(symbols)
        bits = 0.0
        for indices, share in zip(self._indices(rows).T, self._shares, strict=True):
            bits += float(-np.log2(share[indices]).sum())
            bits += SYMBOL_BITS * int((indices == len(share) - 1).sum())
        return bits / len(rows)

    def encode(self, symbols: ArrayLike) -> bytes:
        """Code symbols into bytes.

        Args:
            symbols: integers (n,) or (n, d) that fit 32 bits, with the model's number of columns.

        Returns:
            Whole words of 4 bytes: about n · `cross_entropy` bits, and up to a few words more.

        Raises:
            ValueError: if the symbols are not integers, do not fit 32 bits, or have another number of columns.
        """
        rows = self._checked(symbols)
        encoder = constriction.stream.queue.RangeEncoder()
        for column, indices, share in zip(rows.T, self._indices(rows).T, self._shares, strict=True):
            encoder.encode(indices.astype(np.int32), _categorical(share))
            escaped = column[indices == len(share) - 1] + LARGEST_SYMBOL + 1
            halves = np.stack([escaped >> 16, escaped & 0xFFFF], axis=1).ravel()
            encoder.encode(halves.astype(np.int32), _HALF_WORD)
        return bytes(encoder.get_compressed().astype("<u4").tobytes())

    def decode(self, data: bytes, n: int) -> IntArray:
        """The symbols that `encode` turned into these bytes.

        Args:
            data: the complete bytes that `encode` returned.
            n: the number of rows.

        Returns:
            int64 (n, d).

        Raises:
            ValueError: if this model did not write these bytes for n rows.
        """
        foreign = ValueError(
            f"These {len(data)} bytes are not {n} rows coded with this model: give the bytes that its encode returned."
        )
        # Each row takes at least the bits of its likeliest symbols, which limits the number of rows.
        min_bits = sum(-np.log2(share.max()) for share in self._shares)
        if len(data) % 4 or n < 1 or n * min_bits > 2 * 8 * (len(data) + 8):
            raise foreign
        decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(data, dtype="<u4").astype(np.uint32))
        rows = np.empty((n, len(self.counts)), dtype=np.int64)
        try:
            for j, share in enumerate(self._shares):
                indices = decoder.decode(_categorical(share), n).astype(np.int64)
                rows[:, j] = self.lowest[j] + indices
                escaped = indices == len(share) - 1
                halves = decoder.decode(_HALF_WORD, 2 * int(escaped.sum())).astype(np.int64).reshape(-1, 2)
                rows[escaped, j] = (halves[:, 0] << 16) + halves[:, 1] - LARGEST_SYMBOL - 1
        except AssertionError:
            raise foreign from None
        # The coder itself does not notice that bytes are missing: it reads on past the end.
        if self.encode(rows) != data:
            raise foreign
        return rows

    def to_bytes(self) -> bytes:
        """The model as a decoder needs it, in 32-bit integers; `from_bytes` reads it."""
        sizes = [len(counts) for counts in self.counts]
        return b"".join(part.astype("<i4").tobytes() for part in (np.array(sizes), self.lowest, *self.counts))

    @classmethod
    def from_bytes(cls, data: bytes, columns: int) -> "EntropyModel":
        """The model that `to_bytes` wrote, for this number of columns."""
        numbers = np.frombuffer(data, dtype="<i4").astype(np.int64)
        sizes, lowest = numbers[:columns], numbers[columns : 2 * columns]
        return cls(lowest, tuple(np.split(numbers[2 * columns :], np.cumsum(sizes)[:-1])))

    @cached_property
    def _shares(self) -> list[FloatArray]:
        # The last entry is the escape's.
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
        if rows.min() < -LARGEST_SYMBOL - 1 or rows.max() > LARGEST_SYMBOL:
            raise ValueError("The symbols do not fit 32 bits: give a larger step to the quantiser.")
        return rows


def _categorical(share: FloatArray) -> Any:
    return constriction.stream.model.Categorical(share, perfect=False)


def _rows(symbols: ArrayLike) -> IntArray:
    rows = checked_symbols(symbols)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(
            f"The symbols have the shape {np.shape(symbols)}: give (n,) for one column or (n, d), at least one row."
        )
    return rows
