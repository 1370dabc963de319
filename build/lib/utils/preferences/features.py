"""Features of a drawn digit: stroke weight, slant and legibility.

Each is computed from the image, so that the utility of a simulated judge, which depends on them, is known exactly.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from utils.arrays import BoolArray, Float32Array, FloatArray, IntArray
from utils.data import load_mnist
from utils.models.interface import checked_images

FEATURES = ("stroke weight", "slant", "legibility")
"""Columns of :func:`describe`."""

_MIN_LOG_PROBABILITY = -4.0


def stroke_weight(images: ArrayLike) -> FloatArray:
    """Mean thickness (n,) of the strokes in pixels: twice the area of the ink divided by the length of its edges.

    The length of the edges is the total variation Σ|∇x|: a straight stroke of width w and length L ≫ w has area w L,
    edges 2 L, and so weight w. Grey ink counts by its grey value. A blank image has weight 0.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].

    Example:
        >>> images = np.zeros((2, 1, 28, 28), np.float32)
        >>> images[0, 0, 4:24, 12:16] = 1  # a stroke four pixels wide; its short ends are edges too
        >>> stroke_weight(images).round(2)
        array([3.37, 0.  ])
    """
    ink = np.pad(checked_images(images)[:, 0].astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(ink, axis=1)[:, :, :-1], np.diff(ink, axis=2)[:, :-1, :]
    edges = np.hypot(down, right).sum(axis=(1, 2))
    area = ink.sum(axis=(1, 2))
    weight: FloatArray = np.divide(2 * area, edges, out=np.zeros(len(ink)), where=edges > 0)
    return weight


def slant(images: ArrayLike) -> FloatArray:
    """Slant (n,) of each digit to the right, in degrees from upright; 0 for a blank image.

    The tangent of the angle is minus the covariance of the ink's rows and columns divided by the variance of its rows.
    Deskewing sets it to 0.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].

    Example:
        >>> images = np.zeros((1, 1, 28, 28), np.float32)
        >>> for row in range(4, 24):
        ...     images[0, 0, row, 27 - row] = 1  # a diagonal from the lower left to the upper right
        >>> slant(images).round(2)
        array([45.])
    """
    ink = checked_images(images)[:, 0].astype(np.float64)
    mass = ink.sum(axis=(1, 2))
    shares = np.divide(ink, mass[:, None, None], out=np.zeros_like(ink), where=mass[:, None, None] > 0)
    position = np.arange(28.0)
    centre_row, centre_column = shares.sum(axis=2) @ position, shares.sum(axis=1) @ position
    down = position[None, :] - centre_row[:, None]
    right = position[None, :] - centre_column[:, None]
    covariance = np.einsum("nij,ni,nj->n", shares, down, right)
    variance = np.einsum("nij,ni->n", shares, down**2)
    degrees: FloatArray = np.degrees(np.arctan2(-covariance, np.where(variance > 0, variance, 1.0)))
    return degrees


def legibility(images: ArrayLike, captions: ArrayLike) -> FloatArray:
    """Log-probabilities (n,) by which a classifier reads each digit as its caption, in nats, from −4 (clipped) to 0.

    The classifier is a network with one hidden layer, fitted once to the 4,000 training digits with small shifts.
    Simulated judges judge legibility by it, and it can be fooled: :func:`readable` uses an independent classifier.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers from 0 to 9.

    Raises:
        TypeError, ValueError: if images or captions have another type, shape or range.

    Example:
        >>> images, labels = load_mnist("test")
        >>> bool(legibility(images, labels).mean() > legibility(images, (labels + 1) % 10).mean())
        True
    """
    pixels, digits = _checked(images, captions)
    if len(pixels) == 0:
        return np.zeros(0)
    probabilities = _network().predict_proba(pixels)[np.arange(len(pixels)), digits]
    log_probabilities: FloatArray = np.log(np.maximum(probabilities, np.exp(_MIN_LOG_PROBABILITY)))
    return log_probabilities


def readable(images: ArrayLike, captions: ArrayLike) -> BoolArray:
    """Which images (n,) an independent classifier reads as their caption.

    The classifier is a support vector machine with a radial kernel on 40 principal components, fitted once to the 4,000
    training digits. No judge and no reward model uses it, so nothing is optimised for it.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers from 0 to 9.

    Raises:
        TypeError, ValueError: if images or captions have another type, shape or range.

    Example:
        >>> images, labels = load_mnist("test")
        >>> bool(readable(images, labels).mean() > 0.9)
        True
    """
    pixels, digits = _checked(images, captions)
    if len(pixels) == 0:
        return np.zeros(0, dtype=bool)
    matches: BoolArray = _support_vector_machine().predict(pixels) == digits
    return matches


def describe(images: ArrayLike, captions: ArrayLike) -> FloatArray:
    """The three features (n, 3) in the order of ``FEATURES``, in units in which their weights can be compared.

    Stroke weight and slant are in standard deviations from the mean of the training digits *of the same caption*: a
    one has thinner strokes and leans differently from an eight, and taste is about how a digit is drawn. Legibility
    is in nats, from −4 to 0.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers from 0 to 9.

    Raises:
        TypeError, ValueError: if images or captions have another type, shape or range.

    Example:
        >>> images, labels = load_mnist("train")
        >>> bool(abs(describe(images, labels)[:, :2].mean(axis=0)).max() < 1e-9)
        True
    """
    batch, digits = checked_images(images), np.asarray(captions)
    log_probabilities = legibility(batch, digits)
    mean, deviation = _training_statistics()
    style = np.stack([stroke_weight(batch), slant(batch)], axis=1)
    features: FloatArray = np.column_stack([(style - mean[digits]) / deviation[digits], log_probabilities])
    return features


class Components:
    """Principal components of images: features for a reward model that does not know which properties matter.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], from which the directions are learned, with n at least ``d``.
        d: the number of components.

    Example:
        >>> images = load_mnist("train")[0][:100]
        >>> Components(images, d=5)(images).shape
        (100, 5)
    """

    def __init__(self, images: ArrayLike, d: int = 20) -> None:
        self._pca = PCA(d, svd_solver="full").fit(checked_images(images).reshape(-1, 784))

    def __call__(self, images: ArrayLike) -> FloatArray:
        """Coordinates (n, d) of images."""
        coordinates: FloatArray = self._pca.transform(checked_images(images).reshape(-1, 784)).astype(np.float64)
        return coordinates


def diversity(images: ArrayLike, captions: ArrayLike) -> float:
    """Mean Euclidean distance between two images with the same caption, in grey values.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least two of one caption.
        captions: (n,) integers from 0 to 9.

    Range: from 0, where all images of a caption are the same, to 28.

    Raises:
        TypeError, ValueError: if images or captions have another type, shape or range, or no two captions are equal.

    Example:
        >>> images = np.zeros((2, 1, 28, 28), np.float32)
        >>> images[1, 0, :2, :2] = 1
        >>> diversity(images, [3, 3])
        2.0
    """
    pixels, digits = _checked(images, captions)
    distances: list[float] = []
    for digit in np.unique(digits):
        same = pixels[digits == digit].astype(np.float64)
        squares = (same**2).sum(axis=1)
        matrix = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * same @ same.T, 0))
        distances.extend(matrix[np.triu_indices(len(same), 1)])
    if not distances:
        raise ValueError(
            f"there are {len(pixels)} images and no two of the same caption, but a distance needs two: give at least "
            "two images of the same caption."
        )
    return float(np.mean(distances))


def _checked(images: ArrayLike, captions: ArrayLike) -> tuple[Float32Array, IntArray]:
    pixels, digits = checked_images(images).reshape(-1, 784), np.asarray(captions)
    if digits.shape != (len(pixels),):
        raise ValueError(f"captions has shape {digits.shape} for {len(pixels)} images: give one caption per image.")
    if digits.size and not (digits.dtype.kind in "iu" and digits.min() >= 0 and digits.max() <= 9):
        raise ValueError("captions contain other values than the integers 0 to 9: give one digit per image.")
    return pixels, digits.astype(np.int64)


@lru_cache(maxsize=1)
def _training_statistics() -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (10, 2) of stroke weight and slant of the training digits, by digit."""
    images, labels = load_mnist("train")
    style = np.stack([stroke_weight(images), slant(images)], axis=1)
    by_digit: list[FloatArray] = [style[labels == digit] for digit in range(10)]
    return np.array([rows.mean(axis=0) for rows in by_digit]), np.array([rows.std(axis=0) for rows in by_digit])


@lru_cache(maxsize=1)
def _network() -> MLPClassifier:
    images, labels = load_mnist("train")
    # Images shifted by a pixel: without them the network is overconfident.
    shifted = [np.roll(images, shift, axis=(2, 3)) for shift in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    pixels = np.concatenate(shifted).reshape(-1, 784)
    network = MLPClassifier(64, alpha=1e-2, batch_size=200, learning_rate_init=2e-3, max_iter=12, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Twelve epochs are intended.
        return network.fit(pixels, np.tile(labels, len(shifted)))


@lru_cache(maxsize=1)
def _support_vector_machine() -> Pipeline:
    images, labels = load_mnist("train")
    return make_pipeline(PCA(40, random_state=0), SVC(C=10.0)).fit(images.reshape(-1, 784), labels)
