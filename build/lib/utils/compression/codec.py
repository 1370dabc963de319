"""The interface of all codecs, and how their rate and distortion are measured and compared."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import BoolArray, Float32Array
from utils.compression import distortion
from utils.compression.pictures import checked_batch


class Codec(Protocol):
    """Images into bytes and back. A receiver who has the decoder needs only the bytes.

    Attributes:
        name: of the codec and its setting, e.g. ``"JPEG q10 mosaic"``.
        decoder_bytes: the size of the decoder, which a receiver without it must be sent once, for any number of images;
            0 where every machine has the decoder, as for JPEG.
    """

    @property
    def name(self) -> str: ...

    @property
    def decoder_bytes(self) -> int: ...

    def compress(self, images: ArrayLike) -> bytes:
        """Encode floats (n, c, h, w) in [0, 1], n at least 1."""

    def decompress(self, data: bytes) -> Float32Array:
        """Decode bytes that `compress` returned: float32 (n, c, h, w) in [0, 1]."""

    def header_bytes(self, data: bytes) -> int:
        """The number of bytes that describe how to read the others; the others are the payload."""


@dataclass(frozen=True)
class RateDistortion:
    """The measured rate and distortion of a codec on some images.

    Attributes:
        codec: the codec's name.
        n_images: the number of images.
        n_pixels: the number of pixels of all images together; a colour pixel counts once.
        raw_bytes: size of the images at one byte per value (8 bits per grey pixel, 24 per colour pixel).
        header_bytes, payload_bytes: the two parts of the compressed bytes.
        decoder_bytes: size of the decoder, which is sent once for any number of images.
        mse: mean squared error over all pixels, in squared grey values in [0, 1].
        psnr: in decibels, pooled over all pixels.
        ssim: mean over the images.
    """

    codec: str
    n_images: int
    n_pixels: int
    raw_bytes: int
    header_bytes: int
    payload_bytes: int
    decoder_bytes: int
    mse: float
    psnr: float
    ssim: float

    @property
    def coded_bytes(self) -> int:
        """Header and payload: the length of the compressed bytes."""
        return self.header_bytes + self.payload_bytes

    @property
    def ratio(self) -> float:
        """Compression ratio: raw bytes per coded byte, for a receiver who has the decoder."""
        return self.raw_bytes / self.coded_bytes

    @property
    def bits_per_pixel(self) -> float:
        """Bits of header and payload per pixel; raw images have 8 in grey and 24 in colour."""
        return 8 * self.coded_bytes / self.n_pixels

    def ratio_with_decoder(self, n_images: int) -> float:
        """Compression ratio if the decoder is sent too, amortised over a number of images.

        Args:
            n_images: the number of images that the decoder serves in all, 1 or more.

        Raises:
            ValueError: if ``n_images`` is below 1.
        """
        if n_images < 1:
            raise ValueError(f"n_images is {n_images}, but a decoder serves at least one image: give 1 or more.")
        return self.raw_bytes / (self.coded_bytes + self.decoder_bytes * self.n_images / n_images)


def rate_distortion(codec: Codec, images: ArrayLike) -> RateDistortion:
    """Compress images, decompress them, and measure bytes by part and distances to the originals.

    Args:
        codec: any codec.
        images: floats (n, c, h, w) in [0, 1], n at least 1, h and w at least 11.

    Raises:
        ValueError: if the images have another type, shape or range, or the codec returns images of another shape.

    Example:
        >>> from utils.compression import FileCodec
        >>> from utils.data import load_mnist
        >>> point = rate_distortion(FileCodec("JPEG", 10, mosaic=True), load_mnist("test")[0][:200])
        >>> print(f"{point.ratio:.0f} times smaller at {point.psnr:.0f} dB")
        12 times smaller at 23 dB
    """
    batch = checked_batch(images)
    data = codec.compress(batch)
    return measured(codec, batch, data, codec.decompress(data))


def measured(codec: Codec, batch: Float32Array, data: bytes, decoded: Float32Array) -> RateDistortion:
    """`rate_distortion` of images that were compressed and decompressed already.

    Args:
        codec: the codec that compressed the images.
        batch: float32 (n, c, h, w) in [0, 1], the originals.
        data: the compressed images.
        decoded: the images that the codec decompressed from the data.

    Raises:
        ValueError: if the decoded images have another shape.
    """
    if np.shape(decoded) != batch.shape:
        raise ValueError(
            f"{codec.name} took images of shape {batch.shape} and gave back {np.shape(decoded)}: give a codec whose "
            "decompress returns images of the same shape."
        )
    header, squared_error = codec.header_bytes(data), distortion.mse(batch, decoded)
    n, _, height, width = batch.shape
    return RateDistortion(
        codec=codec.name,
        n_images=n,
        n_pixels=n * height * width,
        raw_bytes=batch.size,
        header_bytes=header,
        payload_bytes=len(data) - header,
        decoder_bytes=codec.decoder_bytes,
        mse=squared_error,
        psnr=distortion.decibels(squared_error, data_range=1.0),
        ssim=distortion.ssim(batch, decoded, data_range=1.0),
    )


Setting = TypeVar("Setting")


def coarsest(
    codec: Callable[[Setting], Codec], settings: Sequence[Setting], images: ArrayLike, *, psnr: float
) -> RateDistortion | None:
    """The coarsest setting of a codec that reaches a PSNR, so that ratios can be compared at equal distortion.

    The settings are searched by bisection, so a finer setting must not be worse. Nothing is interpolated: the returned
    point was measured.

    Args:
        codec: makes a codec from a setting.
        settings: from coarse to fine, at least one.
        images: floats (n, c, h, w) in [0, 1].
        psnr: decibels to reach or exceed, pooled over all pixels.

    Returns:
        The rate and distortion of that setting, or None if even the finest falls short.

    Raises:
        ValueError: as `rate_distortion`, or if there is no setting.

    Example:
        >>> from utils.compression import FileCodec
        >>> from utils.data import load_mnist
        >>> def jpeg(quality):
        ...     return FileCodec("JPEG", quality, mosaic=True)
        >>> point = coarsest(jpeg, range(1, 101), load_mnist("test")[0][:200], psnr=20)
        >>> point.psnr >= 20
        True
    """
    if len(settings) == 0:
        raise ValueError("There are no settings to search: give at least one, from coarse to fine.")
    batch = checked_batch(images)

    # Bisection never returns to a coarser setting that fell short: the last one that reached the PSNR is the coarsest.
    reached: list[tuple[Codec, bytes, Float32Array]] = []

    def reaches(setting: Setting) -> bool:
        candidate = codec(setting)
        data = candidate.compress(batch)
        decoded = candidate.decompress(data)
        if distortion.psnr(batch, decoded, data_range=1.0) < psnr:
            return False
        reached[:] = [(candidate, data, decoded)]
        return True

    bisect_left(settings, True, key=reaches)
    return measured(reached[0][0], batch, *reached[0][1:]) if reached else None


def bytes_at(rates: ArrayLike, qualities: ArrayLike, level: float) -> float:
    """The fewest bytes at which a codec's curve passes through a level of quality, or NaN if it never does.

    The curve joins the measured points in the order of the *setting*, neighbours by a line that is straight in the
    quality and in the logarithm of the bytes. The quality need not be monotone in the setting (JPEG's SSIM is not), so
    the curve may pass through a level several times; the fewest bytes count.

    Outside the qualities that were measured there is no curve. A codec whose coarsest setting is better than the level
    is not compared at this level: its bytes would be those of another quality.

    Args:
        rates: (n,) positive numbers, e.g. bytes per image, in the order of the setting, n at least 1.
        qualities: (n,) numbers in the same order; larger is better, e.g. PSNR or SSIM.
        level: of the quality.

    Raises:
        ValueError: if the two are not vectors of the same length, contain NaN, or a rate is not positive.

    Example:
        >>> print(f"{bytes_at([10, 40, 160], [20.0, 22.0, 24.0], level=21.0):.1f}")
        20.0
        >>> bytes_at([10, 40, 160], [20.0, 22.0, 24.0], level=19.0)
        nan

        A curve that passes twice, at 36 and at 45 bytes:

        >>> print(f"{bytes_at([30, 43, 65], [0.77, 0.75, 0.86], level=0.76):.0f}")
        36
    """
    rate, quality = np.asarray(rates, dtype=np.float64), np.asarray(qualities, dtype=np.float64)
    if (
        rate.ndim != 1
        or rate.shape != quality.shape
        or not rate.size
        or np.isnan(quality).any()
        or not (rate > 0).all()
    ):
        raise ValueError(
            f"Got rates of shape {rate.shape} and qualities of shape {quality.shape}: give two equally long vectors "
            "without NaN, in the order of the setting, and positive rates."
        )
    candidates = list(rate[quality == level])
    for i in range(len(rate) - 1):
        low, high = sorted((i, i + 1), key=quality.__getitem__)
        if quality[low] < level < quality[high]:
            candidates.append(np.exp(np.interp(level, quality[[low, high]], np.log(rate[[low, high]]))))
    return float(min(candidates, default=np.nan))


def pareto_front(rates: ArrayLike, distortions: ArrayLike) -> BoolArray:
    """Which points are Pareto-optimal: no other point is as good in both coordinates and better in one.

    Args:
        rates: (n,) numbers, smaller is better, e.g. bytes.
        distortions: (n,) numbers, smaller is better, e.g. MSE; negate a PSNR.

    Returns:
        bool (n,); of equal points, either all are in the front or none is.

    Raises:
        ValueError: if the two are not vectors of the same length, or contain NaN.

    Example:
        >>> pareto_front([10, 20, 30], [0.5, 0.2, 0.3])
        array([ True,  True, False])
    """
    rate, distortion = np.asarray(rates, dtype=np.float64), np.asarray(distortions, dtype=np.float64)
    if rate.ndim != 1 or rate.shape != distortion.shape or np.isnan(rate).any() or np.isnan(distortion).any():
        raise ValueError(
            f"Got rates of shape {rate.shape} and distortions of shape {distortion.shape}: give two equally long "
            "vectors without NaN."
        )
    no_worse = (rate[None] <= rate[:, None]) & (distortion[None] <= distortion[:, None])
    better = (rate[None] < rate[:, None]) | (distortion[None] < distortion[:, None])
    front: BoolArray = np.logical_not((no_worse & better).any(axis=1))
    return front
