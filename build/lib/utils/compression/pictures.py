"""Batches of images as one large image and back, and the check of a codec's input."""

import math

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array


def as_batch(picture: ArrayLike) -> Float32Array:
    """One 8-bit image as a batch of one, the input of a codec.

    Args:
        picture: uint8 (h, w), or (h, w, 3) for colour.

    Returns:
        float32 (1, c, h, w) in [0, 1], with c = 1 or 3.

    Raises:
        ValueError: if the image has another dtype or shape.

    Example:
        >>> as_batch(np.zeros((300, 451, 3), np.uint8)).shape
        (1, 3, 300, 451)
    """
    array = np.asarray(picture)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)):
        raise ValueError(f"The image is {array.dtype} of shape {array.shape}: give uint8 (h, w) or (h, w, 3).")
    channels_first = array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)
    return channels_first[None].astype(np.float32) / np.float32(255)


def mosaic(images: ArrayLike, columns: int | None = None) -> Float32Array:
    """Many images as one, row by row; the rest of the last row is black.

    Args:
        images: floats (n, c, h, w) in [0, 1].
        columns: the number of images per row; by default about the number of rows.

    Returns:
        float32 (1, c, rows · h, columns · w).

    Raises:
        ValueError: if the images have another type, shape or range, or ``columns`` is below 1.

    Example:
        >>> mosaic(np.zeros((5, 1, 28, 28)), columns=3).shape
        (1, 1, 56, 84)
    """
    batch = checked_batch(images)
    n, c, h, w = batch.shape
    columns = math.ceil(math.sqrt(n)) if columns is None else columns
    if columns < 1:
        raise ValueError(f"columns is {columns}, but a mosaic has at least one: give 1 or more.")
    rows = math.ceil(n / columns)
    full = np.zeros((rows * columns, c, h, w), dtype=np.float32)
    full[:n] = batch
    return full.reshape(rows, columns, c, h, w).transpose(2, 0, 3, 1, 4).reshape(1, c, rows * h, columns * w)


def tiles(picture: ArrayLike, height: int = 28, width: int = 28) -> Float32Array:
    """One image cut into tiles, row by row: the inverse of `mosaic` with columns = ⌈W / width⌉.

    At the right and at the bottom, tiles that extend beyond the border repeat its pixels.

    Args:
        picture: floats (1, c, H, W) in [0, 1].
        height, width: of a tile, in pixels.

    Returns:
        float32 (n, c, height, width).

    Raises:
        ValueError: if there is more than one image, it has another type or range, or a side is below 1.

    Example:
        >>> tiles(np.zeros((1, 1, 30, 84))).shape
        (6, 1, 28, 28)
    """
    batch = checked_batch(picture)
    if len(batch) != 1 or min(height, width) < 1:
        raise ValueError(
            f"Got {len(batch)} image(s) and tiles of {height} × {width}: give one image, (1, c, H, W), and sides "
            "of at least 1."
        )
    _, c, h, w = batch.shape
    rows, columns = math.ceil(h / height), math.ceil(w / width)
    whole = np.pad(batch[0], ((0, 0), (0, rows * height - h), (0, columns * width - w)), mode="edge")
    cut = whole.reshape(c, rows, height, columns, width).transpose(1, 3, 0, 2, 4)
    return cut.reshape(rows * columns, c, height, width)


def checked_batch(images: ArrayLike) -> Float32Array:
    """The same images as float32 (n, c, h, w), with n at least 1 and c 1 or 3.

    Codecs are stricter than distances: `utils.compression.distortion` also compares integers, values outside [0, 1] and
    images of other shapes, so it has a check of its own.

    Raises:
        ValueError: if the images are not floats in [0, 1], or have another shape.
    """
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[1] not in (1, 3) or array.size == 0:
        raise ValueError(
            f"The images have the shape {array.shape}: give at least one, (n, 1, h, w) if grey or (n, 3, h, w)."
        )
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"The images are {array.dtype} from {array.min()} to {array.max()}: give floats in [0, 1]; as_batch "
            "converts an 8-bit image."
        )
    return array.astype(np.float32, copy=False)
