"""Learned representations as codecs: encode, quantise, code the symbols; decode the symbols, dequantise, decode."""

import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from utils.arrays import Float32Array, IntArray
from utils.compression.entropy import EntropyModel
from utils.compression.pictures import checked_batch
from utils.compression.quantiser import dequantise, quantise
from utils.models import PCA, LatentModel

_COUNT = struct.Struct("<I")


class LatentCodec:
    """A model's codes, quantised and entropy-coded.

    The bytes are the number of images (4 bytes, the header) and the coded symbols (the payload), each dimension coded
    separately. The decoder is the model's, with the table of symbol frequencies; its size is stated as
    `decoder_bytes` and is not part of the bytes of the images.

    Attributes:
        name: the name of the model, its seed and the step, e.g. ``"vae-16d seed 0 step 0.5"``.
        model: decodes, and encodes unless ``encode`` does.
        step: of the quantiser.
        entropy_model: fitted to the training codes.
        decoder_bytes: size of the decoder's weights and of the table of frequencies.

    Args:
        model: any model with ``encode`` and ``decode``.
        step: of the quantiser, in the unit of the codes, positive: one number, or one per dimension, (d,).
        training_codes: (n, d) codes of *training* images, which determine the frequencies of the symbols. The images to
            be compressed must not be among them: the decoder does not have those.
        encode: a function from float32 (n, c, h, w) to codes (n, d), used instead of ``model.encode``: another encoder,
            or a search for the codes that the decoder turns into these images.
        decoder_bytes: size of the decoder's weights; by default `weight_bytes(model)`.

    Raises:
        ValueError: if the step is not positive, or so small that the training codes have too many symbols.
        TypeError: if the size of the decoder is unknown and not given.

    Example:
        >>> from utils.data import load_mnist
        >>> from utils.models import load_pretrained
        >>> model = load_pretrained("vae-16d")
        >>> codec = LatentCodec(model, step=0.5, training_codes=model.encode(load_mnist("train")[0]))
        >>> images = load_mnist("test")[0][:200]
        >>> data = codec.compress(images)
        >>> print(f"{len(data) / len(images):.0f} bytes per image")
        4 bytes per image
        >>> codec.decompress(data).shape
        (200, 1, 28, 28)
    """

    def __init__(
        self,
        model: LatentModel,
        step: ArrayLike,
        training_codes: ArrayLike,
        *,
        encode: Callable[[Float32Array], ArrayLike] | None = None,
        decoder_bytes: int | None = None,
    ) -> None:
        self.model, self.step = model, step
        self.entropy_model = EntropyModel.fit(quantise(training_codes, step))
        self._encode = model.encode if encode is None else encode
        weights = weight_bytes(model) if decoder_bytes is None else decoder_bytes
        self.decoder_bytes = weights + len(self.entropy_model.to_bytes())
        step_text = f"{float(np.asarray(step)):.4g}" if np.ndim(step) == 0 else "by dimension"
        self.name = f"{model.name} seed {model.seed} step {step_text}"

    def symbols(self, images: ArrayLike) -> IntArray:
        """The quantised codes (n, d) of images (n, c, h, w), which are then coded into bytes."""
        return quantise(self._encode(checked_batch(images)), self.step)

    def compress(self, images: ArrayLike) -> bytes:
        """Encode images (n, c, h, w) in [0, 1], n at least 1.

        Raises:
            TypeError, ValueError: if the model cannot encode these images.
        """
        symbols = self.symbols(images)
        return _COUNT.pack(len(symbols)) + self.entropy_model.encode(symbols)

    def decompress(self, data: bytes) -> Float32Array:
        """Decode what `compress` returned: float32 (n, c, h, w) in [0, 1].

        Raises:
            ValueError: if `compress` did not return these bytes.
        """
        if len(data) < _COUNT.size:
            raise ValueError(f"{len(data)} bytes contain no images: give the bytes that compress returned.")
        (n,) = _COUNT.unpack(data[: _COUNT.size])
        return self.model.decode(dequantise(self.entropy_model.decode(data[_COUNT.size :], n), self.step))

    def header_bytes(self, data: bytes) -> int:
        """4: the number of images."""
        return _COUNT.size


def cached_encoder(encode: Callable[[Float32Array], ArrayLike]) -> Callable[[Float32Array], ArrayLike]:
    """The same encoder with a cache of its last call: to encode the same images again costs nothing.

    Codecs of one model that differ in the step quantise the same codes. If they share
    ``encode=cached_encoder(model.encode)``, these codes are computed once.

    Args:
        encode: a deterministic function from float32 (n, c, h, w) to codes (n, d).
    """
    cache: list[NDArray[Any]] = []  # the images of the last call and their codes

    def encode_cached(images: Float32Array) -> ArrayLike:
        if not cache or not np.array_equal(images, cache[0]):
            codes = np.array(encode(images))
            codes.setflags(write=False)
            cache[:] = [np.copy(images), codes]
        return cache[1]

    return encode_cached


def weight_bytes(model: LatentModel) -> int:
    """Size of a model's decoder: two bytes per weight for arrays that are exact in half precision, four otherwise.

    Args:
        model: a PCA, or a model whose ``decoder`` is a torch module.

    Raises:
        TypeError: if it is neither.

    Example:
        >>> weight_bytes(PCA(12))  # twelve components and the mean, in single precision
        40768
        >>> weight_bytes(PCA(12, half_precision=True))
        20384
    """
    arrays: Iterable[NDArray[Any]]
    decoder = getattr(model, "decoder", None)
    if isinstance(model, PCA):
        arrays = (model.pca.components_, model.pca.mean_)
    elif isinstance(decoder, torch.nn.Module):
        arrays = (weight.numpy() for weight in decoder.state_dict().values())
    else:
        raise TypeError(
            f"{type(model).__name__} is not a PCA and its decoder is not a torch module, so the size of its decoder is "
            "unknown: give decoder_bytes."
        )
    return sum(weights.size * (2 if _is_half_precision(weights) else 4) for weights in arrays)


def _is_half_precision(weights: NDArray[Any]) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array_equal(weights, weights.astype(np.float16)))
