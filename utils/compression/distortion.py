"""Distances of a decoded image from the original: MSE, PSNR and SSIM, each with its convention stated.

All three take images in the same shapes: one grey image (h, w); one image with channels last (h, w, 3), as
scikit-image loads photographs, or first (1, h, w) and (3, h, w); a batch (n, c, h, w), as the digits are.
Integers are compared as numbers: an 8-bit difference never wraps around.
"""

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray

# Wang et al. (2004): a Gaussian window of standard deviation 1.5, 11 pixels wide; its weights from the middle outwards.
_MARGIN = 5
_WEIGHTS = np.exp(-0.5 * np.square(np.arange(_MARGIN + 1) / 1.5))
_WEIGHTS /= 2 * _WEIGHTS.sum() - _WEIGHTS[0]

# Pixels that are compared at a time, so that all intermediate results fit a processor's cache.
_PIXELS_PER_CALL = 2**14


@overload
def mse(a: ArrayLike, b: ArrayLike, *, per_image: Literal[False] = False) -> float: ...
@overload
def mse(a: ArrayLike, b: ArrayLike, *, per_image: Literal[True]) -> FloatArray: ...
def mse(a: ArrayLike, b: ArrayLike, *, per_image: bool = False) -> float | FloatArray:
    """Mean squared error, in squared units of the pixels.

    Args:
        a, b: images of the same shape, see above.
        per_image: return one value per image instead of their mean.

    Returns:
        The mean over all pixels; or float64 (n,).

    Raises:
        ValueError: if the shapes differ or are not those of images, or a pixel is not finite.

    Range: from 0 for identical images to the square of the data range.

    Blind to: where the errors are. An invisible change of brightness may have the same error as a missing stroke.

    Example:
        >>> mse([[0.0, 1.0]], [[0.5, 1.0]])
        0.125
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

    Args:
        a, b: images of the same shape, see above; exchanging them changes nothing.
        data_range: the distance from black to white: 1 for floats in [0, 1], 255 for 8-bit integers.
        per_image: return one value per image instead of the pooled value.

    Returns:
        Decibels; or float64 (n,).

    Raises:
        ValueError: if the shapes differ or are not those of images, a pixel is not finite, or integers exceed the data
            range.

    Range: from 0, where every pixel is wrong by the whole data range, to infinity for identical images.

    Blind to: where the errors are, as `mse` is.

    Convention: for a batch there are two. By default the squared error is pooled over all pixels of all images first;
    ``psnr(..., per_image=True).mean()`` is the other one, a mean of decibels, which is never smaller.

    Example:
        >>> round(psnr([[0.0, 1.0]], [[0.1, 0.9]], data_range=1.0), 6)
        20.0
    """
    _check_range(a, b, data_range)
    return decibels(mse(a, b, per_image=True), data_range) if per_image else decibels(mse(a, b), data_range)


@overload
def decibels(squared_error: float, data_range: float) -> float: ...
@overload
def decibels(squared_error: FloatArray, data_range: float) -> FloatArray: ...
def decibels(squared_error: float | FloatArray, data_range: float) -> float | FloatArray:
    """One mean squared error, or several, as peak signal-to-noise ratios: see `psnr`."""
    with np.errstate(divide="ignore"):
        ratio = 10 * np.log10(data_range**2 / np.asarray(squared_error, dtype=np.float64))
    return ratio if isinstance(squared_error, np.ndarray) else float(ratio)


@overload
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[False] = False) -> float: ...
@overload
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: Literal[True]) -> FloatArray: ...
def ssim(a: ArrayLike, b: ArrayLike, *, data_range: float, per_image: bool = False) -> float | FloatArray:
    """Structural similarity of two images: agreement of local means, variances and correlation.

    Args:
        a, b: images of the same shape, see above, at least 11 pixels high and wide; exchanging them changes nothing.
        data_range: the distance from black to white: 1 for floats in [0, 1], 255 for 8-bit integers. A range that is
            too large raises the value: the two constants of the formula grow with its square.
        per_image: return one value per image instead of their mean.

    Returns:
        The mean over the images; or float64 (n,).

    Raises:
        ValueError: if the shapes differ, are not those of images or too small, a pixel is not finite, or integers
            exceed the data range.

    Range: from −1 to 1 for identical images.

    Blind to: anything larger than a window, such as which digit an image shows.

    Convention: that of the paper: a Gaussian window (σ = 1.5, 11 × 11), covariances divided by the number of pixels,
    K₁ = 0.01, K₂ = 0.03, a mean over the windows that lie inside the image, and a mean over the channels. Libraries
    differ: scikit-image's defaults (a flat 7 × 7 window) and torchmetrics' (windows over reflected borders) give
    other values. With the options of the paper, scikit-image gives the same values in about four times the time.

    Reference: Wang, Bovik, Sheikh & Simoncelli (2004), "Image Quality Assessment: From Error Visibility to Structural
    Similarity".

    Example:
        >>> ramp = np.linspace(0, 1, 400).reshape(20, 20)
        >>> round(ssim(ramp, ramp, data_range=1.0), 6)
        1.0
        >>> round(ssim(ramp, 1 - ramp, data_range=1.0), 2)
        -0.73
    """
    _check_range(a, b, data_range)
    first, second = _pair(a, b)
    n, _, height, width = first.shape
    if min(height, width) <= 2 * _MARGIN:
        raise ValueError(
            f"The images are {height} × {width}, but SSIM's window is 11 × 11: give images of at least that size."
        )
    images_per_call = max(1, _PIXELS_PER_CALL // first[0].size)
    parts = [slice(start, start + images_per_call) for start in range(0, n, images_per_call)]
    values: FloatArray = np.concatenate([_similarities(first[part], second[part], data_range) for part in parts])
    return values if per_image else float(values.mean())


def _similarities(first: FloatArray, second: FloatArray, data_range: float) -> FloatArray:
    """The mean similarity of the windows that lie inside each image, (n,)."""
    # The images stand last, so that NumPy adds long rows.
    a, b = (np.ascontiguousarray(np.moveaxis(images, (2, 3), (0, 1))) for images in (first, second))
    mean_a, mean_b = _windows(a), _windows(b)
    product, squares = mean_a * mean_b, np.square(mean_a) + np.square(mean_b)
    covariance = _windows(a * b) - product
    variances = _windows(np.square(a) + np.square(b)) - squares
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    similarities = (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))
    values: FloatArray = similarities.mean(axis=(0, 1, 3))
    return values


def _windows(images: FloatArray) -> FloatArray:
    """The weighted mean of each window inside the images (height, width, n, channels)."""
    height, width = (size - 2 * _MARGIN for size in images.shape[:2])
    rows = _WEIGHTS[0] * images[_MARGIN : _MARGIN + height]
    for i, weight in enumerate(_WEIGHTS[1:], start=1):  # the window is symmetric
        rows += weight * (images[_MARGIN - i :][:height] + images[_MARGIN + i :][:height])
    means: FloatArray = _WEIGHTS[0] * rows[:, _MARGIN : _MARGIN + width]
    for i, weight in enumerate(_WEIGHTS[1:], start=1):
        means += weight * (rows[:, _MARGIN - i :][:, :width] + rows[:, _MARGIN + i :][:, :width])
    return means


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
            f"The images have the shape {np.shape(images)}: give one image (h, w) or (h, w, 3), or a batch "
            "(n, c, h, w) of at least one."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            "The images contain NaN or infinite pixels, but distances need finite ones: find where they arise."
        )
    return array


def _check_range(a: ArrayLike, b: ArrayLike, data_range: float) -> None:
    if not (np.isfinite(data_range) and data_range > 0):
        raise ValueError(
            f"data_range is {data_range}, but the distance from black to white is positive: give 1 for floats in "
            "[0, 1], 255 for 8-bit integers."
        )
    integers = [array for array in (np.asarray(a), np.asarray(b)) if array.dtype.kind in "iu" and array.size]
    low = min((int(array.min()) for array in integers), default=0)
    high = max((int(array.max()) for array in integers), default=0)
    if high - low > data_range:
        raise ValueError(
            f"data_range is {data_range}, but the images contain integers from {low} to {high}: give 255 for 8 bits."
        )
