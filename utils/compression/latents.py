"""Learned representations as codecs: encode, quantise, code the symbols; decode the symbols, dequantise, decode."""

import math
import struct
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from utils.compression.entropy import EntropyModel, dequantise, quantise
from utils.compression.pictures import checked_batch
from utils.models import PCA, LatentModel

_COUNT = struct.Struct("<I")


class LatentCodec:
    """A model's codes, quantised and entropy-coded.

    The bytes are the number of images (4 bytes, the header) and the coded symbols (the payload), one source a
    dimension. The decoder is the model's, with the table of symbol frequencies; its size is stated as
    `decoder_bytes` and is no part of the bytes of the images.

    Attributes:
        name: the model's, its seed and the step, e.g. ``"vae-16d seed 0 step 0.5"``.
        model: decodes, and encodes unless told otherwise.
        step: of the quantiser.
        entropy_model: fitted on training codes.
        decoder_bytes: the decoder's weights and the table of frequencies.

    Args:
        model: any model with ``encode`` and ``decode``.
        step: of the quantiser, in units of the codes, above 0: one number, or one for each dimension, (d,).
        training_codes: (n, d) codes of *training* images, for the frequencies of the symbols. The images to be
            compressed must not be among them: their decoder does not know them.
        encode: takes float32 (n, c, h, w) and gives codes (n, d), instead of ``model.encode``: another encoder, or a
            search for the codes that the decoder turns into these images.
        decoder_bytes: size of the decoder's weights; by default `decoder_bytes(model)`.

    Raises:
        ValueError: if the step is not above 0, or so small that the symbols of the training codes are too many.
        TypeError: if the size of the decoder is not known and not given.
    """

    def __init__(
        self,
        model: LatentModel,
        step: ArrayLike,
        training_codes: ArrayLike,
        *,
        encode: Callable[[NDArray[np.float32]], ArrayLike] | None = None,
        decoder_bytes: int | None = None,
    ) -> None:
        self.model, self.step = model, step
        self.entropy_model = EntropyModel.fit(quantise(training_codes, step))
        self._encode = model.encode if encode is None else encode
        weights = weight_bytes(model) if decoder_bytes is None else decoder_bytes
        self.decoder_bytes = weights + len(self.entropy_model.to_bytes())
        shown = f"{float(np.asarray(step)):.4g}" if np.ndim(step) == 0 else "by dimension"
        self.name = f"{model.name} seed {model.seed} step {shown}"

    def symbols(self, images: ArrayLike) -> NDArray[np.int64]:
        """The quantised codes (n, d) of images (n, c, h, w): what is coded into bytes."""
        return quantise(self._encode(checked_batch(images)), self.step)

    def compress(self, images: ArrayLike) -> bytes:
        """Bytes of images (n, c, h, w), n at least 1.

        Raises:
            TypeError, ValueError: if the images are not what the model encodes.
        """
        symbols = self.symbols(images)
        return _COUNT.pack(len(symbols)) + self.entropy_model.encode(symbols)

    def decompress(self, data: bytes) -> NDArray[np.float32]:
        """Images (n, c, h, w) in [0, 1] of what `compress` returned.

        Raises:
            ValueError: if these are not such bytes.
        """
        if len(data) < _COUNT.size:
            raise ValueError(f"{len(data)} bytes hold no images: give the bytes that compress returned.")
        (n,) = _COUNT.unpack(data[: _COUNT.size])
        return self.model.decode(dequantise(self.entropy_model.decode(data[_COUNT.size :], n), self.step))

    def header_bytes(self, data: bytes) -> int:
        """4: the number of images."""
        return _COUNT.size


def remembering(encode: Callable[[NDArray[np.float32]], ArrayLike]) -> Callable[[NDArray[np.float32]], ArrayLike]:
    """The same encoder, which computes nothing when it is given the images of its last call again.

    Codecs of one model that differ in the step quantise the same codes: ``encode=remembering(model.encode)``, shared
    by all of them, pays for these codes once.

    Args:
        encode: takes float32 (n, c, h, w) and gives codes (n, d), always the same for the same images.
    """
    last: list[NDArray[Any]] = []

    def encoded(images: NDArray[np.float32]) -> ArrayLike:
        if not last or not np.array_equal(images, last[0]):
            codes = np.array(encode(images))
            codes.setflags(write=False)
            last[:] = [np.copy(images), codes]
        return last[1]

    return encoded


def weight_bytes(model: LatentModel) -> int:
    """Size of what a model decodes with: two bytes a weight that half precision holds exactly, four otherwise.

    Args:
        model: a PCA, or a model whose ``decoder`` is a torch module.

    Raises:
        TypeError: if it is neither.
    """
    arrays: Iterable[NDArray[Any]]
    decoder = getattr(model, "decoder", None)
    if isinstance(model, PCA):
        arrays = (model.pca.components_, model.pca.mean_)
    elif isinstance(decoder, torch.nn.Module):
        arrays = (weight.numpy() for weight in decoder.state_dict().values())
    else:
        raise TypeError(
            f"What {type(model).__name__} decodes with is not known, so its size is not either: give decoder_bytes."
        )
    return sum(weights.size * (2 if _halves(weights) else 4) for weights in arrays)


def _halves(weights: NDArray[Any]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array_equal(weights, weights.astype(np.float16)))


class Variational(Protocol):
    """A model that gives the terms of its bound: every variational autoencoder of the course does."""

    def loss(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Bound, distortion and rate: means over the images, in nats."""


class ElboTerms(NamedTuple):
    """The two terms of the negative evidence lower bound, in bits an image; their sum is the bound.

    ``rate`` is the mean of KL(q(z|x) ‖ p(z)), ``distortion`` that of −log₂ p(x|z).
    """

    rate: float
    distortion: float


def elbo_terms(model: Variational, images: ArrayLike, seed: int = 0) -> ElboTerms:
    """−ELBO as rate plus distortion (Alemi et al., 2018, "Fixing a Broken ELBO"), by one sample of q(z|x) an image.

    Neither term is a file's size. The rate is what a *sample* of q(z|x) would cost with bits-back coding, under the
    prior. The distortion depends on the likelihood: with grey values as Bernoulli probabilities (``vae-16d``) it is
    their cross-entropy; with a Gaussian (``vae-conv-16d``) it is that of a density, which may be negative.

    Args:
        model: a variational autoencoder.
        images: floats (n, 1, 28, 28) in [0, 1], n at least 1.
        seed: of the samples.

    Raises:
        ValueError: if the images have another type, shape or range.
    """
    batch = torch.tensor(checked_batch(images))
    with torch.no_grad():
        _, distortion, rate = model.loss(batch, torch.Generator().manual_seed(seed))
    return ElboTerms(rate=rate.item() / math.log(2), distortion=distortion.item() / math.log(2))
