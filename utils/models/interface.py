"""What every model of the course can do, with NumPy arrays at its doors.

A model turns images into codes (``encode``), codes into images (``decode``) and draws new images (``sample``). The
checks of shape and type, and the batches, live here once; a model supplies the three steps that start with ``_``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGIT_SHAPE = (1, 28, 28)
_BATCH_SIZE = 512


class LatentModel(ABC):
    """A model with a latent space.

    Attributes:
        name: which model, e.g. ``"vae-2d"``.
        seed: which training run of it.
        latent_dim: how many numbers make a code.
        image_shape: (channels, height, width) of its images.
    """

    name: str
    seed: int
    latent_dim: int
    image_shape: tuple[int, int, int] = DIGIT_SHAPE

    def encode(self, images: ArrayLike) -> NDArray[np.float32]:
        """Codes of images.

        Args:
            images: floats (n, *image_shape) in [0, 1]; n may be 0.

        Returns:
            float32 (n, latent_dim). Where the model gives a distribution for each image, its mean.

        Raises:
            TypeError, ValueError: if ``images`` has another type, shape or range.
        """
        return _in_batches(self._encode, checked_images(images, self.image_shape), (self.latent_dim,))

    def decode(self, codes: ArrayLike) -> NDArray[np.float32]:
        """Images of codes.

        Args:
            codes: finite numbers (n, latent_dim); n may be 0.

        Returns:
            float32 (n, *image_shape) in [0, 1].

        Raises:
            TypeError, ValueError: if ``codes`` has another type or shape, or values that are not finite.
        """
        return _in_batches(self._decode, checked_codes(codes, self.latent_dim), self.image_shape)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw n new images: codes from the prior, decoded.

        Args:
            n: how many, 0 or more.
            rng: a NumPy generator; the same state gives the same images.

        Returns:
            float32 (n, *image_shape) in [0, 1].

        Raises:
            TypeError, ValueError: if ``n`` is negative or no integer, or ``rng`` is no NumPy generator.
        """
        if not isinstance(n, int | np.integer) or n < 0:
            raise ValueError(f"n={n!r} was given, but the number of images to sample is an integer from 0 up.")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"rng is of type {type(rng).__name__}, but sampling needs a NumPy generator: pass "
                "np.random.default_rng(seed)."
            )
        return self.decode(self._sample_codes(int(n), rng))

    @abstractmethod
    def _encode(self, images: NDArray[np.float32]) -> NDArray[np.float32]: ...

    @abstractmethod
    def _decode(self, codes: NDArray[np.float32]) -> NDArray[np.float32]: ...

    @abstractmethod
    def _sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.float32]: ...


def checked_images(images: ArrayLike, shape: tuple[int, int, int] = DIGIT_SHAPE) -> NDArray[np.float32]:
    """The same images as float32 (n, *shape), or one sentence on what is wrong with them.

    Raises:
        TypeError: if they are not floating-point numbers.
        ValueError: if they have another shape, or values outside [0, 1].
    """
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[1:] != shape:
        size = ", ".join(map(str, shape))
        raise ValueError(
            f"images has the shape {array.shape}, but (n, {size}) is needed: reshape it, for a single image to "
            f"(1, {size})."
        )
    if array.dtype.kind != "f":
        raise TypeError(
            f"images has the dtype {array.dtype}, but floating-point numbers from 0 to 1 are needed: convert it to "
            "float32, and if its values run to 255, divide by 255."
        )
    # Written so that NaN, which compares as False, is refused too.
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise ValueError(
            f"images has values from {array.min():.4g} to {array.max():.4g}, but all must lie in [0, 1]: rescale or "
            "clip them."
        )
    return array.astype(np.float32, copy=False)


def checked_codes(codes: ArrayLike, latent_dim: int) -> NDArray[np.float32]:
    """The same codes as float32 (n, latent_dim), or one sentence on what is wrong with them.

    Raises:
        TypeError: if they are not real numbers.
        ValueError: if they have another shape, or values that are not finite.
    """
    array = np.asarray(codes)
    if array.ndim != 2 or array.shape[1] != latent_dim:
        raise ValueError(
            f"codes has the shape {array.shape}, but this model needs (n, {latent_dim}): reshape it, for a single "
            f"code to (1, {latent_dim})."
        )
    if array.dtype.kind not in "fiu":
        raise TypeError(f"codes has the dtype {array.dtype}, but real numbers are needed: convert it to float32.")
    if not np.isfinite(array).all():
        raise ValueError("codes holds values that are not finite, but only numbers can be decoded: remove NaN and inf.")
    return array.astype(np.float32, copy=False)


def _in_batches(
    step: Callable[[NDArray[np.float32]], NDArray[np.float32]], inputs: NDArray[np.float32], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    outputs: NDArray[Any] = np.empty((len(inputs), *shape), dtype=np.float32)
    for start in range(0, len(inputs), _BATCH_SIZE):
        outputs[start : start + _BATCH_SIZE] = step(inputs[start : start + _BATCH_SIZE])
    return outputs
