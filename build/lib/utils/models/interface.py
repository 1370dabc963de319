"""The interface of all models of the course; its inputs and outputs are NumPy arrays.

A :class:`LatentModel` turns images into codes (``encode``), codes into images (``decode``) and draws new images
(``sample``). Checks of shape and type, and batching, are written here once; a model supplies the three steps whose
names start with ``_``. Models made of networks are torch modules as well: :class:`NetworkModel`, and its common form,
:class:`Autoencoder`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from utils.arrays import Float32Array
from utils.models.priors import Prior

DIGIT_SHAPE = (1, 28, 28)
_BATCH_SIZE = 512

Curve = Sequence[Mapping[str, float]]
"""A training curve: for each epoch, named measurements, e.g. ``reconstruction``."""


class LatentModel(ABC):
    """A model with a latent space.

    Attributes:
        name: which model, e.g. ``"vae-2d"``.
        seed: which training run of it.
        latent_dim: number of dimensions of a code.
        image_shape: (channels, height, width) of its images.
    """

    name: str
    seed: int
    latent_dim: int
    image_shape: tuple[int, int, int] = DIGIT_SHAPE

    def encode(self, images: ArrayLike) -> Float32Array:
        """Codes of images.

        Args:
            images: floats (n, *image_shape) in [0, 1]; n may be 0.

        Returns:
            float32 (n, latent_dim). If the model gives a distribution for each image, these are the means.

        Raises:
            TypeError, ValueError: ``images`` has another type, shape or range.
        """
        return _in_batches(self._encode, checked_images(images, self.image_shape), (self.latent_dim,))

    def decode(self, codes: ArrayLike) -> Float32Array:
        """Images of codes.

        Args:
            codes: finite numbers (n, latent_dim); n may be 0.

        Returns:
            float32 (n, *image_shape) in [0, 1].

        Raises:
            TypeError, ValueError: ``codes`` has another type or shape, or values that are not finite.
        """
        return _in_batches(self._decode, checked_codes(codes, self.latent_dim), self.image_shape)

    def sample(self, n: int, rng: np.random.Generator) -> Float32Array:
        """Draw n new images: codes from the prior, decoded.

        Args:
            n: number of images, 0 or more.
            rng: a NumPy generator; the same state gives the same images.

        Returns:
            float32 (n, *image_shape) in [0, 1].

        Raises:
            TypeError: ``rng`` is not a NumPy generator.
            ValueError: ``n`` is negative or not an integer.
        """
        if not isinstance(n, int | np.integer) or n < 0:
            raise ValueError(f"n={n!r} was given, but the number of images to sample must be a non-negative integer.")
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"rng is of type {type(rng).__name__}, but sampling needs a NumPy generator: pass "
                "np.random.default_rng(seed)."
            )
        return self.decode(self._sample_codes(int(n), rng))

    @abstractmethod
    def _encode(self, images: Float32Array) -> Float32Array: ...

    @abstractmethod
    def _decode(self, codes: Float32Array) -> Float32Array: ...

    @abstractmethod
    def _sample_codes(self, n: int, rng: np.random.Generator) -> Float32Array: ...


class NetworkModel(LatentModel, nn.Module):
    """A latent model made of torch networks: an ``nn.Module`` whose weights can be stored.

    ``encode``, ``decode`` and ``sample`` take and give NumPy arrays and compute no gradients; everything that
    ``nn.Module`` offers (``parameters``, ``state_dict``, ``eval``, …) works on tensors as usual. No layer of these
    models behaves differently in training, so ``train()`` and ``eval()`` change no output. A training run is started
    by a *settings* object (``settings.train(name, seed)``), never by the model.
    """

    def __init__(self, name: str, seed: int, latent_dim: int, image_shape: tuple[int, int, int] = DIGIT_SHAPE) -> None:
        super().__init__()
        self.name, self.seed, self.latent_dim, self.image_shape = name, seed, latent_dim, image_shape


class Autoencoder(NetworkModel):
    """An encoder, a decoder and a prior over the codes.

    Args:
        encoder: takes a float tensor (n, *image_shape) and gives (n, latent_dim) codes, followed, in a variational
            autoencoder, by as many log-variances.
        decoder: takes (n, latent_dim) and gives logits (n, *image_shape), whose sigmoid is the image.
        prior: the distribution that codes were trained to have; ``sample`` draws from it.
        name, seed, image_shape: see :class:`LatentModel`.
    """

    encoder: nn.Module
    decoder: nn.Module

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        prior: Prior,
        name: str = "",
        seed: int = 0,
        image_shape: tuple[int, int, int] = DIGIT_SHAPE,
    ) -> None:
        super().__init__(name, seed, prior.latent_dim, image_shape)
        self.encoder, self.decoder, self.prior = encoder, decoder, prior

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, *image_shape) of the reconstructions of images (n, *image_shape), from the mean codes."""
        logits: Tensor = self.decoder(self.encoder(images)[:, : self.latent_dim])
        return logits

    @torch.no_grad()
    def _encode(self, images: Float32Array) -> Float32Array:
        outputs: Tensor = self.encoder(torch.tensor(images))
        return outputs[:, : self.latent_dim].numpy()

    @torch.no_grad()
    def _decode(self, codes: Float32Array) -> Float32Array:
        logits: Tensor = self.decoder(torch.tensor(codes))
        return logits.sigmoid().numpy()

    def _sample_codes(self, n: int, rng: np.random.Generator) -> Float32Array:
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        return self.prior.sample(n, generator).numpy()


def checked_images(images: ArrayLike, shape: tuple[int, int, int] = DIGIT_SHAPE) -> Float32Array:
    """Check images, and return them as float32 (n, *shape).

    Raises:
        TypeError: they are not floating-point numbers.
        ValueError: they have another shape, or values outside [0, 1].
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


def checked_codes(codes: ArrayLike, latent_dim: int) -> Float32Array:
    """Check codes, and return them as float32 (n, latent_dim).

    Raises:
        TypeError: they are not real numbers.
        ValueError: they have another shape, or values that are not finite.
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
        raise ValueError("codes contains values that are not finite, which cannot be decoded: remove NaN and inf.")
    return array.astype(np.float32, copy=False)


def _in_batches(
    step: Callable[[Float32Array], Float32Array], inputs: Float32Array, shape: tuple[int, ...]
) -> Float32Array:
    outputs = np.empty((len(inputs), *shape), dtype=np.float32)
    for start in range(0, len(inputs), _BATCH_SIZE):
        outputs[start : start + _BATCH_SIZE] = step(inputs[start : start + _BATCH_SIZE])
    return outputs
