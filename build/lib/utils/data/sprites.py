"""Sprites: white shapes on black whose five factors are known, drawn on demand.

The factors and their numbers of values are those of dSprites (Matthey, Higgins, Hassabis and Lerchner, 2017,
"dSprites: disentanglement testing sprites dataset"), and so is the order of the 737,280 images. The images are our
own, and differ from the published ones in these points: they are drawn from formulas, so that any resolution is sharp
and no file is needed; edges are anti-aliased by default (dSprites is binary); the exact outlines, and where in the
image the positions 0 and 1 lie, are ours, chosen so that a step in position is one pixel at 64 × 64 and that no sprite
is ever cut off. As in dSprites the last orientation, 2π, gives the same image as the first, 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array, FloatArray, IntArray

_RADIUS = 15 / 64  # of the circle that holds every shape at scale 1, in image sides
_TRAVEL = 31 / 64  # from the first position of a sprite's centre to the last, in image sides
_CHUNK_PIXELS = 1 << 17  # drawn at once, to fit into a core's cache


class Sprites:
    """The sprites as a function of their factors, and as a data set of all 737,280 combinations.

    An instance has a length and can be indexed, as torch's ``DataLoader`` requires of a data set.

    ======================  ====  ==============================================================================
    factor                  size  meaning of value i
    ======================  ====  ==============================================================================
    shape                      3  square, ellipse, heart
    scale                      6  0.5, 0.6, …, 1.0; at 1.0 a sprite fills a circle 30/64 of the image's side wide
    orientation               40  2π·i/39 radians, counter-clockwise; both ends look the same
    x                         32  i/31; the centre moves from left to right over 31/64 of the image's side
    y                         32  i/31; the same, from top to bottom
    ======================  ====  ==============================================================================

    A square looks the same after a quarter of a turn and an ellipse after half a turn, but neither is a whole number
    of 39ths: only the two ends of the orientations coincide.

    Args:
        resolution: side of the images in pixels, at least 8.
        antialias: shade a pixel on an edge by the share of it that the sprite covers; otherwise a pixel is 1 if its
            centre is inside, and 0 if not, as in dSprites.

    Attributes:
        factor_names: the names of the five factors.
        factor_sizes: their numbers of values.

    Raises:
        ValueError: the resolution is below 8.

    Example:
        >>> sprites = Sprites(resolution=16)
        >>> factors = sprites.sample_factors(2, np.random.default_rng(0))
        >>> sprites.render(factors).shape
        (2, 1, 16, 16)
        >>> image, row = sprites[33]
        >>> dict(zip(sprites.factor_names, row.tolist()))
        {'shape': 0, 'scale': 0, 'orientation': 0, 'x': 1, 'y': 1}
    """

    factor_names: tuple[str, ...] = ("shape", "scale", "orientation", "x", "y")
    factor_sizes: tuple[int, ...] = (3, 6, 40, 32, 32)

    def __init__(self, resolution: int = 64, antialias: bool = True) -> None:
        if resolution < 8:
            raise ValueError(f"resolution is {resolution}, but shapes cannot be distinguished below 8: 64 is usual.")
        self.resolution = resolution
        self.antialias = antialias

    @property
    def factor_values(self) -> dict[str, FloatArray]:
        """The meaning of the indices, by factor: shape 0, 1, 2, scale in [0.5, 1], radians, and x and y in [0, 1]."""
        first, last = (0.0, 0.5, 0.0, 0.0, 0.0), (2.0, 1.0, 2 * np.pi, 1.0, 1.0)
        ends = zip(self.factor_names, first, last, self.factor_sizes, strict=True)
        return {name: np.linspace(low, high, size) for name, low, high, size in ends}

    def render(self, factors: ArrayLike) -> Float32Array:
        """Draw the sprites with the given factors.

        Args:
            factors: integers (n, 5), column j from 0 to ``factor_sizes[j] - 1``.

        Returns:
            float32 (n, 1, resolution, resolution) in [0, 1]; 1 is inside the sprite.

        Raises:
            ValueError: the array has another shape, or a factor is out of its range or not a whole number.
        """
        checked = self._checked(factors)
        values = [table[column] for table, column in zip(self.factor_values.values(), checked.T, strict=True)]
        shape, (scale, orientation, x, y) = checked[:, 0], (v.astype(np.float32) for v in values[1:])
        side = self.resolution
        images = np.empty((len(checked), 1, side, side), dtype=np.float32)
        for number, distance in enumerate(_DISTANCES):
            members = np.flatnonzero(shape == number)
            for start in range(0, len(members), step := max(1, _CHUNK_PIXELS // side**2)):
                part = members[start : start + step]
                images[part, 0] = self._draw(distance, scale[part], orientation[part], x[part], y[part])
        return images

    def sample_factors(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw n rows of factors, int64 (n, 5), independently and uniformly from all combinations."""
        return rng.integers(self.factor_sizes, size=(n, len(self.factor_sizes)), dtype=np.int64)

    def factors_of(self, indices: ArrayLike) -> IntArray:
        """Factors, int64 (n, 5), of the images with the given indices (n,) in dSprites' order: y changes fastest.

        Raises:
            IndexError: an index is not from 0 to ``len(self) - 1``.
        """
        numbers = np.asarray(indices, dtype=np.int64)
        if numbers.size and (numbers.min() < 0 or numbers.max() >= len(self)):
            raise IndexError(
                f"indices from {numbers.min()} to {numbers.max()} were given, but there are {len(self)} sprites: "
                f"choose 0 to {len(self) - 1}."
            )
        return np.stack(np.unravel_index(numbers, self.factor_sizes), axis=-1).astype(np.int64)

    def __len__(self) -> int:
        return prod(self.factor_sizes)

    def __getitem__(self, index: int) -> tuple[Float32Array, IntArray]:
        """The image, float32 (1, resolution, resolution), and its factors, int64 (5,)."""
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Float32Array, IntArray]]:
        """Several items at once; torch's ``DataLoader`` requests its batches in this way."""
        factors = self.factors_of(indices)
        return list(zip(self.render(factors), factors, strict=True))

    def _draw(
        self, distance: Distance, scale: Float32Array, orientation: Float32Array, x: Float32Array, y: Float32Array
    ) -> Float32Array:
        """Images of one shape, float32 (n, resolution, resolution)."""
        side = self.resolution
        middles = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
        unit = (scale * np.float32(_RADIUS))[:, None]  # image sides that a length of 1 in the shape's own plane takes
        right = (middles - (0.5 + (x[:, None] - 0.5) * np.float32(_TRAVEL))) / unit
        up = ((0.5 + (y[:, None] - 0.5) * np.float32(_TRAVEL)) - middles) / unit
        cos, sin = np.cos(orientation)[:, None], np.sin(orientation)[:, None]
        u = (up * sin)[:, :, None] + (right * cos)[:, None, :]
        v = (up * cos)[:, :, None] - (right * sin)[:, None, :]
        outside = distance(u, v)
        if not self.antialias:
            return (outside <= 0).astype(np.float32)
        outside *= -(unit * np.float32(side))[:, :, None]  # pixels from the edge, positive inside
        outside += np.float32(0.5)
        return np.clip(outside, 0, 1, out=outside)

    def _checked(self, factors: ArrayLike) -> IntArray:
        array = np.asarray(factors)
        if array.ndim != 2 or array.shape[1] != len(self.factor_sizes):
            raise ValueError(
                f"factors have shape {array.shape}, but (n, 5) is needed: give one column each of "
                f"{', '.join(self.factor_names)}."
            )
        if array.dtype.kind not in "iu" and not (array.dtype.kind == "f" and (array == np.floor(array)).all()):
            raise ValueError("factors are not whole numbers, but they count the values of each factor: give integers.")
        for name, size, column in zip(self.factor_names, self.factor_sizes, array.T, strict=True):
            if column.size and (column.min() < 0 or column.max() >= size):
                raise ValueError(
                    f"{name} runs from {column.min()} to {column.max()}, but it has the values 0 to {size - 1}: choose "
                    "among these."
                )
        return array.astype(np.int64)


# The signed distance from an outline, negative inside, in a plane where the circle around every shape has radius 1.
# (u, v) point right and up in the unrotated sprite. The distance needs to be exact near the outline only.
Distance = Callable[[Float32Array, Float32Array], Float32Array]

_HALF_SIDE = np.float32(np.sqrt(0.5))
_SHORT = np.float32(0.55)  # the ellipse's half axis upwards; to the right it is 1
# A heart is a square of side 1 on its corner, with a half disc on each of the upper edges. The smallest circle around
# it touches the tip and both discs: its centre lies at (0.6306, 0.6306) from the tip along the edges.
_LOBE = np.float32(0.5)
_HEART_CENTRE = np.float32(0.6306019374816676)
_HEART_RADIUS = np.float32(0.6306019374816676 * np.sqrt(2))


def _square(u: Float32Array, v: Float32Array) -> Float32Array:
    half_width: Float32Array = np.maximum(np.abs(u), np.abs(v))
    return half_width - _HALF_SIDE


def _ellipse(u: Float32Array, v: Float32Array) -> Float32Array:
    w = v / _SHORT
    level = u * u + w * w
    # The first-order distance to the curve level = 1: its value over the length of its gradient.
    w /= _SHORT
    slope = 2 * np.sqrt(u * u + w * w)
    distance: Float32Array = (level - 1) / np.maximum(slope, np.float32(1e-3))
    return distance


def _heart(u: Float32Array, v: Float32Array) -> Float32Array:
    turn = np.float32(_HEART_RADIUS * np.sqrt(0.5))
    p, q = (v + u) * turn + (_HEART_CENTRE - _LOBE), (v - u) * turn + (_HEART_CENTRE - _LOBE)
    square = np.maximum(np.abs(p), np.abs(q)) - _LOBE
    # The nearer of the two discs, centred on (0.5, 0) and (0, 0.5) as seen from the square's middle.
    along, across = np.maximum(p, q) - _LOBE, np.minimum(p, q)
    discs = np.sqrt(along * along + across * across) - _LOBE
    distance: Float32Array = np.minimum(square, discs) / _HEART_RADIUS
    return distance


_DISTANCES: tuple[Distance, ...] = (_square, _ellipse, _heart)
