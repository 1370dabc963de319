"""Damages of exactly the same squared error, to see what a distance overlooks."""

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array
from utils.compression.distortion import mse
from utils.compression.pictures import checked_batch


def weakened(images: ArrayLike, damaged: ArrayLike, error: float) -> Float32Array:
    """Mix each image with its damaged version, x + t · (d − x), so that its mean squared error is the given one.

    The MSE of the mixture is t² times that of the damaged image, so t = √(error / MSE). Where the damaged image itself
    has a smaller error than asked for, it is returned as it is (t = 1).

    Args:
        images: floats (n, c, h, w) in [0, 1].
        damaged: the same images after the full damage, of the same shape.
        error: the mean squared error of each image, 0 or more.

    Raises:
        ValueError: if the images have another type, shape or range, or the error is negative.

    Example:
        >>> white, grey = np.ones((1, 1, 2, 2)), np.full((1, 1, 2, 2), 0.5)
        >>> float(weakened(white, grey, error=0.04).mean())  # MSE 0.04: every pixel is 0.2 off
        0.800000011920929
    """
    batch, strong = checked_batch(images), checked_batch(damaged)
    full = mse(batch, strong, per_image=True)
    share = np.sqrt(_checked(error) / np.maximum(full, np.finfo(np.float64).tiny))
    return batch + np.minimum(share, 1).astype(np.float32)[:, None, None, None] * (strong - batch)


def erased_from_below(images: ArrayLike, error: float) -> Float32Array:
    """Erase rows of pixels from the bottom up until the mean squared error is the given one.

    The last of the rows is made paler instead of erased. An image without enough ink is erased completely.

    Args:
        images: floats (n, c, h, w) in [0, 1].
        error: the mean squared error of each image, 0 or more.

    Raises:
        ValueError: if the images have another type, shape or range, or the error is negative.

    Example:
        >>> erased_from_below(np.ones((1, 1, 4, 1)), error=0.5).ravel()
        array([1., 1., 0., 0.], dtype=float32)
    """
    batch = checked_batch(images)
    pixels = batch[0].size
    rows = np.square(batch.astype(np.float64)).sum(axis=(1, 3)) / pixels  # (n, h): the error of erasing each row
    below = rows[:, ::-1].cumsum(axis=1)[:, ::-1] - rows  # of all rows further down
    budget = np.clip(_checked(error) - below, 0, rows)
    share = np.divide(budget, rows, out=np.zeros_like(rows), where=rows > 0)
    remaining: Float32Array = (batch * (1 - np.sqrt(share))[:, None, :, None]).astype(np.float32)
    return remaining


def _checked(error: float) -> float:
    if not error >= 0:
        raise ValueError(f"The error is {error}, but a mean squared error is 0 or more: give such a number.")
    return error
