"""What every codec can do, and where one lies in the rate–distortion plane."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.compression import distortion
from utils.compression.pictures import checked_batch


class Codec(Protocol):
    """Images into bytes and back. Whoever has the decoder needs nothing but the bytes.

    Attributes:
        name: of the codec and its setting, e.g. ``"JPEG q10 mosaic"``.
        decoder_bytes: what somebody without the decoder has to be sent once, whatever the number of images; 0 where
            every machine has it (JPEG and its kind).
    """

    @property
    def name(self) -> str: ...

    @property
    def decoder_bytes(self) -> int: ...

    def compress(self, images: ArrayLike) -> bytes:
        """Bytes of floats (n, c, h, w) in [0, 1], n at least 1."""

    def decompress(self, data: bytes) -> NDArray[np.float32]:
        """float32 (n, c, h, w) in [0, 1] of what `compress` returned."""

    def header_bytes(self, data: bytes) -> int:
        """How many of these bytes say how to read the others; the others are the payload."""


@dataclass(frozen=True)
class RateDistortion:
    """What a codec made of some images: bytes by part, and the distance of what came back.

    Attributes:
        codec: its name.
        n_images: how many images.
        n_pixels: of all images together; a colour pixel counts once.
        raw_bytes: the images at one byte a value (8 bits a grey pixel, 24 a colour pixel).
        header_bytes, payload_bytes: of what ``compress`` returned.
        decoder_bytes: sent once, for any number of images.
        mse: squared grey values in [0, 1], over all pixels.
        psnr: decibels, pooled over all pixels.
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
        """Header and payload: the length of what ``compress`` returned."""
        return self.header_bytes + self.payload_bytes

    @property
    def ratio(self) -> float:
        """How many times smaller than raw, for a receiver who has the decoder."""
        return self.raw_bytes / self.coded_bytes

    @property
    def bits_per_pixel(self) -> float:
        """Of header and payload; raw is 8 for grey and 24 for colour."""
        return 8 * self.coded_bytes / self.n_pixels

    def ratio_with_decoder(self, n_images: int) -> float:
        """How many times smaller than raw, when the decoder is sent too and serves so many images in all.

        Args:
            n_images: over which the decoder is amortised, 1 or more.

        Raises:
            ValueError: if it is below 1.
        """
        if n_images < 1:
            raise ValueError(f"n_images is {n_images}, but a decoder serves at least one image: give 1 or more.")
        return self.raw_bytes / (self.coded_bytes + self.decoder_bytes * self.n_images / n_images)


def rate_distortion(codec: Codec, images: ArrayLike) -> RateDistortion:
    """Compress images, decompress them, and measure both: bytes by part and distances to the originals.

    Args:
        codec: any codec.
        images: floats (n, c, h, w) in [0, 1], n at least 1, h and w at least 11.

    Raises:
        ValueError: if the images have another type, shape or range, or the codec gives back another shape.
    """
    batch = checked_batch(images)
    data = codec.compress(batch)
    return measured(codec, batch, data, codec.decompress(data))


def measured(codec: Codec, batch: NDArray[np.float32], data: bytes, decoded: NDArray[np.float32]) -> RateDistortion:
    """`rate_distortion` of images that were compressed and decompressed already.

    Args:
        codec: what compressed the images.
        batch: float32 (n, c, h, w) in [0, 1], the originals.
        data: the compressed images.
        decoded: what the codec decompressed from the data.

    Raises:
        ValueError: if the decoded images have another shape.
    """
    if np.shape(decoded) != batch.shape:
        raise ValueError(
            f"{codec.name} took images of shape {batch.shape} and gave back {np.shape(decoded)}: give a codec whose "
            "decompress returns as many and as large ones."
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
    """The cheapest setting of a codec that reaches a PSNR: what has to be found before two ratios can be compared.

    It is found by halving, so a finer setting must not be worse; nothing is interpolated, the point returned was
    measured.

    Args:
        codec: makes a codec of a setting.
        settings: from coarse to fine, at least one.
        images: floats (n, c, h, w) in [0, 1].
        psnr: decibels to reach or exceed, pooled over all pixels.

    Returns:
        The point of that setting, or None if even the finest falls short.

    Raises:
        ValueError: as `rate_distortion`, or if there is no setting.
    """
    if len(settings) == 0:
        raise ValueError("There are no settings to search: give at least one, coarse ones first.")
    batch = checked_batch(images)

    # Of the settings that were tried and reached it, the last one is the coarsest: halving never goes back.
    reached: list[tuple[Codec, bytes, NDArray[np.float32]]] = []

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


def pareto_front(rates: ArrayLike, distortions: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point beats: none is as good in both and better in one.

    Args:
        rates: (n,) numbers, smaller is better, e.g. bytes.
        distortions: (n,) numbers, smaller is better, e.g. MSE (not PSNR: negate it).

    Returns:
        bool (n,); equal points are in the front together or not at all.

    Raises:
        ValueError: if the two are not equally long vectors of numbers.
    """
    rate, distortion = np.asarray(rates, dtype=np.float64), np.asarray(distortions, dtype=np.float64)
    if rate.ndim != 1 or rate.shape != distortion.shape or np.isnan(rate).any() or np.isnan(distortion).any():
        raise ValueError(
            f"Got rates of shape {rate.shape} and distortions of shape {distortion.shape}: give two equally long "
            "vectors without NaN."
        )
    no_worse = (rate[None] <= rate[:, None]) & (distortion[None] <= distortion[:, None])
    better = (rate[None] < rate[:, None]) | (distortion[None] < distortion[:, None])
    front: NDArray[np.bool_] = np.logical_not((no_worse & better).any(axis=1))
    return front
