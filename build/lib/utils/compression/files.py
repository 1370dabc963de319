"""Image files as codecs: JPEG, JPEG 2000, WebP and PNG, written and read by Pillow."""

import io
import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from utils.arrays import Float32Array
from utils.compression.headers import EXTENTS, Extent
from utils.compression.pictures import as_batch, checked_batch, mosaic, tiles

Format = Literal["JPEG", "JPEG 2000", "WebP", "PNG"]

# The lowest and the highest quality, and whether there is a lossless mode.
_QUALITIES = {"JPEG": (1, 100, False), "JPEG 2000": (1, 100, True), "WebP": (0, 100, True), "PNG": (1, 0, True)}

# The header of a mosaic: the number of images, their height, their width.
_LAYOUT = struct.Struct("<IHH")


@dataclass(frozen=True)
class FileCodec:
    """An image format as a codec.

    Either every image is a file of its own and the files are concatenated (each declares where it ends), or all images
    are one file: a mosaic, after eight bytes that state the number of images and their size. The file of a small image
    is mostly header; the mosaic shows how well the format codes the pixels.

    Attributes:
        format: JPEG (ITU-T T.81, 1992), JPEG 2000 (ISO 15444-1; a bare code stream), WebP (RFC 9649) or PNG (ISO
            15948).
        quality: JPEG: 1 to 100. WebP: 0 to 100. JPEG 2000: 1 to 100, the target PSNR in decibels. None is the lossless
            mode of WebP, JPEG 2000 and PNG; PNG has no other.
        mosaic: one file for all images.
        colour: the images have three channels instead of one.
        optimise: JPEG only: compute Huffman tables for the image; False uses the example tables of the standard.

    Raises:
        ValueError: if the format is unknown, or does not have this quality.

    Example:
        >>> codec = FileCodec("PNG", mosaic=True)
        >>> data = codec.compress(np.zeros((5, 1, 28, 28), np.float32))
        >>> codec.name, codec.decompress(data).shape
        ('PNG lossless mosaic', (5, 1, 28, 28))
    """

    format: Format
    quality: float | None = None
    mosaic: bool = False
    colour: bool = False
    optimise: bool = True

    def __post_init__(self) -> None:
        if self.format not in _QUALITIES:
            raise ValueError(f"There is no format {self.format!r}: choose one of {', '.join(_QUALITIES)}.")
        low, high, lossless = _QUALITIES[self.format]
        if not (lossless if self.quality is None else low <= self.quality <= high):
            choices = ([f"a number from {low} to {high}"] if low < high else []) + (["None"] if lossless else [])
            raise ValueError(f"{self.format} has no quality {self.quality}: give {' or '.join(choices)}.")

    @property
    def name(self) -> str:
        """Format, quality and layout, e.g. ``"JPEG q10 mosaic"``."""
        if self.quality is None:
            quality = "lossless"
        else:
            quality = f"{self.quality:g} dB" if self.format == "JPEG 2000" else f"q{self.quality:g}"
        words = [self.format, quality, "mosaic" if self.mosaic else "single"]
        return " ".join(words if self.optimise else [*words, "standard tables"])

    @property
    def decoder_bytes(self) -> int:
        """0: every machine can read these formats."""
        return 0

    def compress(self, images: ArrayLike) -> bytes:
        """Encode images, after rounding them to 8 bits per value.

        Args:
            images: floats (n, c, h, w) in [0, 1], n at least 1; c is 3 for a colour codec and 1 otherwise.

        Raises:
            ValueError: if the images have another type, shape or range, or are larger than the format allows.
        """
        batch = checked_batch(images)
        if batch.shape[1] != (3 if self.colour else 1):
            raise ValueError(
                f"The images have {batch.shape[1]} channel(s), but the codec was made with colour={self.colour}: make "
                f"it with colour={not self.colour}."
            )
        if not self.mosaic:
            return b"".join(self._file(image) for image in batch)
        n, _, height, width = batch.shape
        return _LAYOUT.pack(n, height, width) + self._file(mosaic(batch)[0])

    def decompress(self, data: bytes) -> Float32Array:
        """Decode what `compress` returned: float32 (n, c, h, w) in [0, 1].

        Raises:
            ValueError: if the bytes are not files of this codec.
        """
        start = _LAYOUT.size if self.mosaic else 0
        try:
            pictures = [_picture(data[extent.begin : extent.end], self.colour) for extent in self._extents(data)]
            if not self.mosaic:
                return np.stack(pictures)
            n, height, width = _LAYOUT.unpack(data[:start])
            return tiles(pictures[0][None], height, width)[:n]
        except (IndexError, OSError, SyntaxError, ValueError, struct.error) as error:
            raise ValueError(
                f"These {len(data)} bytes are not {self.format} files of {self.name}: give the bytes that its compress "
                "returned."
            ) from error

    def header_bytes(self, data: bytes) -> int:
        """The number of bytes that are not coded pixels: markers, tables, checksums, the layout of a mosaic.

        Raises:
            ValueError: if the bytes are not what `compress` returned.
        """
        try:
            return len(data) - sum(extent.payload for extent in self._extents(data))
        except (IndexError, struct.error) as error:
            raise ValueError(
                f"These {len(data)} bytes are not {self.format} files of {self.name}: give the bytes that its compress "
                "returned."
            ) from error

    def _extents(self, data: bytes) -> list[Extent]:
        extents, begin = [], _LAYOUT.size if self.mosaic else 0
        while begin < len(data):
            extents.append(EXTENTS[self.format](data, begin))
            begin = extents[-1].end
        return extents

    def _file(self, image: Float32Array) -> bytes:
        pixels = np.rint(image * 255).astype(np.uint8)
        picture = Image.fromarray(np.moveaxis(pixels, 0, -1) if self.colour else pixels[0])
        file = io.BytesIO()
        try:
            picture.save(file, **self._options(min(picture.size)))
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{self.format} cannot hold an image of {picture.height} × {picture.width} pixels ({error}): give "
                "fewer or other images."
            ) from error
        return file.getvalue()

    def _options(self, shortest_side: int) -> dict[str, Any]:
        if self.format == "JPEG":
            return {"format": "JPEG", "quality": round(self.quality or 0), "optimize": self.optimise}
        if self.format == "PNG":
            return {"format": "PNG", "optimize": True}
        if self.format == "WebP":
            # Pillow's highest lossless effort takes a hundred times as long and saves one byte in a hundred.
            lossless = {"lossless": True, "quality": 75, "method": 4}
            return {"format": "WebP", **(lossless if self.quality is None else {"quality": self.quality, "method": 6})}
        # Each level of the wavelet transform halves the image; OpenJPEG refuses more levels than its size allows.
        levels = {"format": "JPEG2000", "no_jp2": True, "num_resolutions": min(6, shortest_side.bit_length())}
        if self.quality is None:
            return levels
        return {**levels, "irreversible": True, "quality_mode": "dB", "quality_layers": [self.quality]}


def _picture(file: bytes, colour: bool) -> Float32Array:
    with Image.open(io.BytesIO(file)) as opened:
        # WebP has no grey images: it returns three equal channels.
        pixels = np.asarray(opened.convert("RGB" if colour else "L"))
    image: Float32Array = as_batch(pixels)[0]
    return image
