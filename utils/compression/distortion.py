"""How far a decoded picture is from the original: MSE, PSNR and SSIM, each with its convention stated.

All three take images in the same shapes: one grey picture (h, w); one picture with channels last (h, w, 3), as
scikit-image loads photographs, or first (1, h, w) and (3, h, w); a batch (n, c, h, w), channels first, as the digits
are. Integers are compared as numbers: an 8-bit difference never wraps round.
"""

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

FloatArray = NDArray[np.float64]

# Wang et al. (2004): a Gaussian window of standard deviation 1.5, which scikit-image cuts off after 5 pixels.
_MARGIN = 5

# Pixels that go through scikit-image in one call: it holds some twenty arrays of their size.
_PIXELS_AT_ONCE = 2**16


@overload
def mse(a: ArrayLike, b: ArrayLike, *, per_image: Literal[False] = False) -> float: ...
@overload
def mse(a: ArrayLike, b: ArrayLike, *, per_image: Literal[True]) -> FloatArray: ...
def mse(a: ArrayLike, b: ArrayLike, *, per_image: bool = False) -> float | FloatArray:
    """Mean squared error, in squared units of the pixels.

    Args:
        a, b: images of the same shape, see above.
        per_image: give one number an image instead of their mean.

    Returns:
        A number from 0 (identical) up, the mean over all pixels; or float64 (n,).

    Raises:
        ValueError: if the shapes differ or are no images, or a pixel is not finite.
    """
    first, second = _pair(a, b)
    errors: FloatArray = np.square(first - second).mean(axis=(1, 2, 3))
    return errors if per_image else float(errors.mean())


@overload
def psnr(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[False] = False) -> float: ...
@overload
def psnr(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[True]) -> FloatArray: ...
def psnr(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: bool = False) -> float | FloatArray:
    """Peak signal-to-noise ratio, 10 · log₁₀(data_range² / MSE), in decibels.

    For a batch there are two conventions. By default the squared error is pooled over all pixels of all images first;
    ``psnr(..., per_image=True).mean()`` is the other one, a mean of decibels, which is never smaller.

    Args:
        a, b: images of the same shape, see above; exchanging them changes nothing.
        data_range: the distance from black to white: 1 for floats in [0, 1], 255 for 8-bit integers.
        per_image: give one number an image instead of the pooled one.

    Returns:
        Decibels, infinite for identical images; or float64 (n,).

    Raises:
        ValueError: if the shapes differ or are no images, a pixel is not finite, or integers exceed the data range.
    """
    _check_range(a, b, data_range)
    return decibels(mse(a, b, per_image=True), data_range) if per_image else decibels(mse(a, b), data_range)


@overload
def decibels(squared_error: float, data_range: float) -> float: ...
@overload
def decibels(squared_error: FloatArray, data_range: float) -> FloatArray: ...
def decibels(squared_error: float | FloatArray, data_range: float) -> float | FloatArray:
    """A mean squared error, or several, as peak signal-to-noise ratio: see `psnr`."""
    with np.errstate(divide="ignore"):
        ratio = 10 * np.log10(data_range**2 / np.asarray(squared_error, dtype=np.float64))
    return ratio if isinstance(squared_error, np.ndarray) else float(ratio)


@overload
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[False] = False) -> float: ...
@overload
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[True]) -> FloatArray: ...
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: bool = False) -> float | FloatArray:
    """Structural similarity of Wang, Bovik, Sheikh & Simoncelli (2004), by scikit-image.

    The convention is that of the paper: a Gaussian window (σ = 1.5, 11 × 11), covariances divided by the number of
    pixels, K₁ = .01, K₂ = .03, and a mean over the windows that lie inside the image. Libraries differ here: with
    scikit-image's defaults (a flat 7 × 7 window) or torchmetrics' (windows over reflected borders) other numbers come
    out. Colour pictures take the mean over the channels.

    Args:
        a, b: images of the same shape, see above, at least 11 pixels high and wide; exchanging them changes nothing.
        data_range: the distance from black to white: 1 for floats in [0, 1], 255 for 8-bit integers. A range that is
            too large flatters: the two constants of the formula grow with its square.
        per_image: give one number an image instead of their mean.

    Returns:
        A number in [-1, 1], the mean over the images, 1 for identical ones; or float64 (n,).

    Raises:
        ValueError: if the shapes differ, are no images or too small, a pixel is not finite, or integers exceed the
            data range.
    """
    _check_range(a, b, data_range)
    first, second = _pair(a, b)
    n, _, height, width = first.shape
    if min(height, width) <= 2 * _MARGIN:
        raise ValueError(
            f"The images are {height} × {width}, but SSIM's window is 11 × 11: give images of at least that size."
        )
    at_once = max(1, _PIXELS_AT_ONCE // first[0].size)
    parts = [slice(start, start + at_once) for start in range(0, n, at_once)]
    inside = np.concatenate([_similarities(first[part], second[part], data_range) for part in parts])
    values: FloatArray = inside.mean(axis=(1, 2, 3))
    return values if per_image else float(values.mean())


def _similarities(first: FloatArray, second: FloatArray, data_range: float) -> FloatArray:
    """Of every window that lies inside an image: (n, channels, height - 10, width - 10)."""
    n, channels, height, width = first.shape
    # One picture below the other goes through scikit-image in one call. Windows that reach into a neighbour are those
    # within the margin, which a mean over each image alone leaves out too.
    _, similarities = structural_similarity(  # type: ignore[no-untyped-call]
        first.reshape(-1, width),
        second.reshape(-1, width),
        data_range=data_range,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    every: FloatArray = similarities.reshape(n, channels, height, width)
    return every[..., _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _pair(a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    if np.shape(a) != np.shape(b):
        raise ValueError(f"The images have the shapes {np.shape(a)} and {np.shape(b)}: give two of the same shape.")
    return _batch(a), _batch(b)


def _batch(images: ArrayLike) -> FloatArray:
    array = np.asarray(images)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"The images have the dtype {array.dtype}, but pixels are real numbers: convert them first.")
    array = array.astype(np.float64)
    if array.ndim == 2:
        array = array[None, None]
    elif array.ndim == 3 and array.shape[-1] == 3:
        array = np.moveaxis(array, -1, 0)[None]
    elif array.ndim == 3 and array.shape[0] in (1, 3):
        array = array[None]
    if array.ndim != 4 or array.size == 0:
        raise ValueError(
            f"The images have the shape {np.shape(images)}: give one picture (h, w) or (h, w, 3), or a batch "
            "(n, c, h, w) of at least one."
        )
    if not np.isfinite(array).all():
        raise ValueError("The images hold NaN or infinite pixels, which have no distance: find where they come from.")
    return array


def _check_range(a: ArrayLike, b: ArrayLike, data_range: float) -> None:
    if not (np.isfinite(data_range) and data_range > 0):
        raise ValueError(
            f"data_range is {data_range}, but it is the distance from black to white: give 1 for floats in [0, 1], "
            "255 for 8-bit integers."
        )
    integers = [array for array in (np.asarray(a), np.asarray(b)) if array.dtype.kind in "iu" and array.size]
    low = min((int(array.min()) for array in integers), default=0)
    high = max((int(array.max()) for array in integers), default=0)
    if high - low > data_range:
        raise ValueError(
            f"data_range is {data_range}, but the images hold integers from {low} to {high}: give 255 for 8 bits."
        )
