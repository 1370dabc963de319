"""What topic 02's figure shows of codecs that it does not run itself: bytes, distances, and pictures of six digits.

``python -m utils.widgets.compression_curves`` measures the lecture's codecs on the 1,000 held-out digits and writes
``compression_curves.npz``. Measuring whenever the figure is built would take minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils import compression, data, models
from utils.arrays import Float32Array, FloatArray, IntArray
from utils.compression.codec import measured
from utils.compression.pictures import checked_batch

FILE = Path(__file__).with_suffix(".npz")
DIGITS = (0, 2, 4, 5, 7, 9)
"""The digits that the figure shows: the first held-out image of each of these classes."""

LIVE_SIZE = 16
"""The VAE's number of latents for which the figure has the decoder itself."""

STEPS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
PCA_STEPS = (0.5, 1.0, 2.0)
QUALITIES = {
    "JPEG": (1, 3, 5, 7, 10, 15, 20, 30, 50),
    "JPEG 2000": (14, 16, 18, 20, 22, 24, 28),
    "WebP": (0, 2, 5, 10, 20, 50),
}
FILES = "JPEG, a file each"
FILE_QUALITIES = (1, 5, 10, 20, 50)
VAE_SIZES, PCA_SIZES = (8, 16, 32, 64), (32, 64, 128, 256)


@dataclass(frozen=True)
class Curve:
    """A codec at s settings, from fine or coarse to the other end.

    Attributes:
        kind: name of the kind of codec, such as ``"VAE"``.
        size: number of latents, 0 where there are none.
        seed: of the training.
        n_images: number of images that were compressed together.
        settings: (s,) steps or qualities.
        header, payload, decoder: (s,) bytes; the first two of all images together.
        mse, ssim: (s,) of all images, as `utils.compression.rate_distortion` measures them.
        codes: (m, size) of the m images that the figure shows, or (m, 0).
        bits: (s, m) bits that each of them takes: promised by the entropy model, or those of its own file; NaN for one
            file of all images.
        pictures: uint8 (s, m, h, w) restored, in 255ths; with s = 0 where the figure decodes itself or shows none.
        picture_mse, picture_ssim: (s, m) of these, before they were rounded to 8 bits; as `pictures`.
    """

    kind: str
    size: int
    seed: int
    n_images: int
    settings: FloatArray
    header: IntArray
    payload: IntArray
    decoder: IntArray
    mse: FloatArray
    ssim: FloatArray
    codes: Float32Array
    bits: FloatArray
    pictures: NDArray[np.uint8]
    picture_mse: FloatArray
    picture_ssim: FloatArray


def measure(
    kind: str,
    size: int,
    seed: int,
    make_codec: Callable[[float], compression.Codec],
    settings: Sequence[float],
    images: ArrayLike,
    shown: Sequence[int],
    *,
    pictures: bool = True,
) -> Curve:
    """Compress and decompress images at each setting, and measure.

    Args:
        kind, size, seed: see `Curve`.
        make_codec: a codec from a setting.
        settings: in the order of the setting, at least one.
        images: floats (n, 1, h, w) in [0, 1], compressed together.
        shown: numbers of the images of which the pictures are kept.
        pictures: keep them.
    """
    batch, few = checked_batch(images), list(shown)
    rows, bits, restored, codes = [], [], [], np.zeros((len(few), 0), np.float32)
    for setting in settings:
        codec = make_codec(setting)
        sent = codec.compress(batch)
        decoded = codec.decompress(sent)
        point = measured(codec, batch, sent, decoded)
        rows.append((point.header_bytes, point.payload_bytes, point.decoder_bytes, point.mse, point.ssim))
        restored.append(decoded[few])
        if isinstance(codec, compression.LatentCodec):
            codes = np.asarray(codec.model.encode(batch[few]), np.float32)
            symbols = compression.quantise(codes, setting)
            bits.append([codec.entropy_model.cross_entropy(row[None]) for row in symbols])
        elif isinstance(codec, compression.FileCodec) and not codec.mosaic:
            bits.append([8.0 * len(codec.compress(batch[[i]])) for i in few])
        else:
            bits.append([np.nan] * len(few))
    header, payload, decoder, mse, ssim = zip(*rows, strict=True)
    kept = np.array(restored if pictures else restored[:0]).reshape(-1, *batch[few].shape)
    return Curve(
        kind=kind,
        size=size,
        seed=seed,
        n_images=len(batch),
        settings=np.array(settings, np.float64),
        header=np.array(header),
        payload=np.array(payload),
        decoder=np.array(decoder),
        mse=np.array(mse),
        ssim=np.array(ssim),
        codes=codes,
        bits=np.array(bits),
        pictures=np.rint(255 * kept[:, :, 0]).astype(np.uint8),
        picture_mse=np.array([compression.mse(batch[few], p, per_image=True) for p in kept]).reshape(-1, len(few)),
        picture_ssim=np.array([compression.ssim(batch[few], p, data_range=1.0, per_image=True) for p in kept]).reshape(
            -1, len(few)
        ),
    )


def latent_codecs(model: models.LatentModel, training_images: ArrayLike) -> Callable[[float], compression.Codec]:
    """The model's codecs, one per step; frequencies of the symbols come from the training images."""
    training_codes = model.encode(training_images)
    encode = compression.cached_encoder(model.encode)  # every step quantises the same codes
    return lambda step: compression.LatentCodec(model, step, training_codes, encode=encode)


def lecture_curves() -> Iterator[Curve]:
    """All curves of the figure, one after the other."""
    images, labels = data.load_mnist("test")
    training_images, _ = data.load_mnist("train")
    shown = [int(np.flatnonzero(labels == digit)[0]) for digit in DIGITS]
    for size in VAE_SIZES:
        for seed in models.seeds(f"vae-conv-{size}d"):
            codecs = latent_codecs(models.load_pretrained(f"vae-conv-{size}d", seed), training_images)
            keep = seed == 0 and size != LIVE_SIZE
            yield measure("VAE", size, seed, codecs, STEPS, images, shown, pictures=keep)
    for size in PCA_SIZES:
        codecs = latent_codecs(models.PCA(size, half_precision=True), training_images)
        yield measure("PCA", size, 0, codecs, PCA_STEPS, images, shown)
    for name, qualities in QUALITIES.items():
        yield measure(name, 0, 0, _files(name, mosaic=True), qualities, images, shown)
    yield measure(FILES, 0, 0, _files("JPEG", mosaic=False), FILE_QUALITIES, images, shown)


def _files(name: str, *, mosaic: bool) -> Callable[[float], compression.Codec]:
    return lambda quality: compression.FileCodec(name, quality, mosaic=mosaic)  # type: ignore[arg-type]


def save(curves: Sequence[Curve], path: Path = FILE) -> None:
    """Write curves; `load` reads them."""
    arrays = {f"{i}.{f.name}": np.asarray(getattr(c, f.name)) for i, c in enumerate(curves) for f in fields(Curve)}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def load(path: Path = FILE) -> list[Curve]:
    """The curves that `save` wrote."""
    with np.load(path) as file:
        stored: Mapping[str, NDArray[np.generic]] = dict(file)
    count = 1 + max(int(name.split(".")[0]) for name in stored)

    def value(i: int, name: str) -> object:
        array = stored[f"{i}.{name}"]
        return array.item() if array.ndim == 0 else array

    return [Curve(**{f.name: value(i, f.name) for f in fields(Curve)}) for i in range(count)]  # type: ignore[arg-type]


def main() -> None:
    """Write the file."""
    curves = []
    for curve in lecture_curves():
        curves.append(curve)
        print(f"{curve.kind} {curve.size or ''}, seed {curve.seed}: done", flush=True)
    save(curves)


if __name__ == "__main__":
    main()
