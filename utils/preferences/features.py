"""What a judge can see in a drawn digit: how thick its strokes are, how it leans, whether it can be read.

Each is a number that can be computed from the image, so that a taste built on them is known exactly.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from utils.data import load_mnist
from utils.models.interface import checked_images
from utils.preferences.comparisons import FloatArray, IntArray

FEATURES = ("stroke weight", "slant", "legibility")
"""Columns of :func:`describe`."""

_LEAST = -4.0


def stroke_weight(images: ArrayLike) -> FloatArray:
    """Mean thickness (n,) of the strokes in pixels: twice the area of the ink over the length of its edges.

    The edges' length is the total variation Σ|∇x|, so that a straight stroke of width w and length L ≫ w has area w L,
    edges 2 L, and weight w. Grey ink counts by its grey value. A blank image has weight 0.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
    """
    ink = np.pad(checked_images(images)[:, 0].astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(ink, axis=1)[:, :, :-1], np.diff(ink, axis=2)[:, :-1, :]
    edges = np.hypot(down, right).sum(axis=(1, 2))
    area = ink.sum(axis=(1, 2))
    weight: FloatArray = np.divide(2 * area, edges, out=np.zeros(len(ink)), where=edges > 0)
    return weight


def slant(images: ArrayLike) -> FloatArray:
    """How far (n,) each digit leans to the right, in degrees from upright; 0 for a blank image.

    The angle whose tangent is the covariance of the ink's columns and rows over the variance of its rows: what
    deskewing undoes.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
    """
    ink = checked_images(images)[:, 0].astype(np.float64)
    mass = ink.sum(axis=(1, 2))
    shares = np.divide(ink, mass[:, None, None], out=np.zeros_like(ink), where=mass[:, None, None] > 0)
    place = np.arange(28.0)
    rows, columns = shares.sum(axis=2) @ place, shares.sum(axis=1) @ place
    down = place[None, :] - rows[:, None]
    right = place[None, :] - columns[:, None]
    together = np.einsum("nij,ni,nj->n", shares, down, right)
    spread = np.einsum("nij,ni->n", shares, down**2)
    leaning: FloatArray = np.degrees(np.arctan2(-together, np.where(spread > 0, spread, 1.0)))
    return leaning


def legibility(images: ArrayLike, captions: ArrayLike) -> FloatArray:
    """How surely (n,) a classifier reads each digit as its caption: natural log-probabilities, cut off at −4.

    The classifier is a network with one hidden layer, fitted once to the 4,000 training digits with small shifts.
    It is a judge's eye, and can be fooled: see :func:`readable` for a second opinion.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers from 0 to 9.
    """
    pixels, wanted = _captioned(images, captions)
    if len(pixels) == 0:
        return np.zeros(0)
    chances = _reader().predict_proba(pixels)[np.arange(len(pixels)), wanted]
    read: FloatArray = np.log(np.maximum(chances, np.exp(_LEAST)))
    return read


def readable(images: ArrayLike, captions: ArrayLike) -> NDArray[np.bool_]:
    """Which images (n,) an independent classifier reads as their caption.

    A support vector machine with a radial kernel on 40 principal components, fitted once to the 4,000 training digits.
    No judge and no reward model here knows it, so nothing is ever optimised to please it.
    """
    pixels, wanted = _captioned(images, captions)
    if len(pixels) == 0:
        return np.zeros(0, dtype=bool)
    read: NDArray[np.bool_] = _second_reader().predict(pixels) == wanted
    return read


def describe(images: ArrayLike, captions: ArrayLike) -> FloatArray:
    """The three features (n, 3) in the order of ``FEATURES``, so scaled that tastes can be compared.

    Stroke weight and slant are in standard deviations from the mean of the training digits *of the same caption*: a
    one has thinner strokes and leans differently from an eight, and taste is about how a digit is drawn. Legibility
    is in nats, at most 0.
    """
    drawn, wanted = checked_images(images), np.asarray(captions)
    legible = legibility(drawn, wanted)
    centre, scale = _usual()
    seen = np.stack([stroke_weight(drawn), slant(drawn)], axis=1)
    described: FloatArray = np.column_stack([(seen - centre[wanted]) / scale[wanted], legible])
    return described


class Components:
    """Principal components of images: features for a reward model that is not told what matters.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], from which the directions are learnt, with n at least ``d``.
        d: how many.
    """

    def __init__(self, images: ArrayLike, d: int = 20) -> None:
        self._pca = PCA(d, svd_solver="full").fit(checked_images(images).reshape(-1, 784))

    def __call__(self, images: ArrayLike) -> FloatArray:
        """Coordinates (n, d) of images."""
        coordinates: FloatArray = self._pca.transform(checked_images(images).reshape(-1, 784)).astype(np.float64)
        return coordinates


def diversity(images: ArrayLike, captions: ArrayLike) -> float:
    """Mean Euclidean distance of two images with the same caption, in grey values: 0 when all are the same.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least two of one caption.
        captions: (n,) integers from 0 to 9.
    """
    pixels, wanted = _captioned(images, captions)
    distances: list[float] = []
    for caption in np.unique(wanted):
        same = pixels[wanted == caption].astype(np.float64)
        squares = (same**2).sum(axis=1)
        gaps = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * same @ same.T, 0))
        distances.extend(gaps[np.triu_indices(len(same), 1)])
    if not distances:
        raise ValueError(f"there are {len(pixels)} images, no two of one caption: give at least two of the same.")
    return float(np.mean(distances))


def _captioned(images: ArrayLike, captions: ArrayLike) -> tuple[NDArray[np.float32], IntArray]:
    pixels, wanted = checked_images(images).reshape(-1, 784), np.asarray(captions)
    if wanted.shape != (len(pixels),):
        raise ValueError(f"captions has shape {wanted.shape} for {len(pixels)} images: give one caption an image.")
    if wanted.size and not (wanted.dtype.kind in "iu" and wanted.min() >= 0 and wanted.max() <= 9):
        raise ValueError("captions are the integers 0 to 9, but others were given: name a digit for each image.")
    return pixels, wanted.astype(np.int64)


@lru_cache(maxsize=1)
def _usual() -> tuple[FloatArray, FloatArray]:
    images, labels = load_mnist("train")
    seen = np.stack([stroke_weight(images), slant(images)], axis=1)
    of: Sequence[FloatArray] = [seen[labels == digit] for digit in range(10)]
    return np.array([rows.mean(axis=0) for rows in of]), np.array([rows.std(axis=0) for rows in of])


@lru_cache(maxsize=1)
def _reader() -> MLPClassifier:
    images, labels = load_mnist("train")
    # Shifts by a pixel: without them the network is sure of its errors.
    shifted = [np.roll(images, move, axis=(2, 3)) for move in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    pixels = np.concatenate(shifted).reshape(-1, 784)
    reader = MLPClassifier(64, alpha=1e-2, batch_size=200, learning_rate_init=2e-3, max_iter=12, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # It stops after twelve passes because it is told to.
        return reader.fit(pixels, np.tile(labels, len(shifted)))


@lru_cache(maxsize=1)
def _second_reader() -> Pipeline:
    images, labels = load_mnist("train")
    return make_pipeline(PCA(40, random_state=0), SVC(C=10.0)).fit(images.reshape(-1, 784), labels)
