"""Which bytes of an image file are header, by hand and by what theory promises."""

import numpy as np
import pytest

from tests.support.codecs import FILES
from utils import compression
from utils.compression import FileCodec


def test_a_small_jpeg_is_nearly_all_header(digits):
    white = np.ones((1, 1, 28, 28), dtype=np.float32)
    assert len(FileCodec("JPEG", 75, optimise=False).compress(white)) == 344
    assert len(FileCodec("JPEG", 75).compress(white)) == 164
    standard = compression.rate_distortion(FileCodec("JPEG", 10, optimise=False), digits[:200])
    optimised = compression.rate_distortion(FileCodec("JPEG", 10), digits[:200])
    assert standard.ratio == pytest.approx(2.0, abs=0.1)
    assert optimised.ratio == pytest.approx(3.4, abs=0.2)
    assert standard.header_bytes > 4 * standard.payload_bytes
    mosaic = compression.rate_distortion(FileCodec("JPEG", 10, mosaic=True), digits[:200])
    assert mosaic.ratio > 10
    assert mosaic.header_bytes < mosaic.payload_bytes / 40


def test_headers_of_single_files_by_hand(digits):
    def header(codec):
        data = codec.compress(digits[:1])
        return codec.header_bytes(data), data

    # A signature of 8 bytes, 13 bytes of IHDR, and 12 around each of IHDR, IDAT and IEND
    assert header(FileCodec("PNG"))[0] == 8 + 13 + 3 * 12
    # The RIFF container and one chunk
    assert header(FileCodec("WebP", 20))[0] == header(FileCodec("WebP"))[0] == 12 + 8
    size, data = header(FileCodec("JPEG 2000", 20))
    assert size == data.index(b"\xff\x93") + 2 + 2  # until the start of data, and the end marker
    size, data = header(FileCodec("JPEG", 20))
    scan = data.index(b"\xff\xda")
    assert size == scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big") + 2


def test_the_headers_of_files_are_what_is_left_without_the_coded_pixels(digits):
    """A larger picture of the same kind has a larger payload and, but for tables and chunk counts, the same header."""
    for codec in FILES:
        if codec.mosaic:
            few, many = (compression.rate_distortion(codec, digits[:n]) for n in (20, 200))
            assert many.payload_bytes > 5 * few.payload_bytes
            assert many.header_bytes < few.header_bytes + 60
