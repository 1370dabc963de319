"""Image formats as codecs: sizes, headers, photographs."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from tests.support.codecs import FILES, batches
from utils import compression
from utils.compression import FileCodec
from utils.data import load_photograph

GREY = np.zeros((2, 1, 28, 28), dtype=np.float32)


@pytest.mark.parametrize("codec", FILES, ids=lambda codec: codec.name)
@given(images=batches)
@settings(deadline=None, max_examples=15)
def test_files_take_images_of_any_size_grey_or_in_colour(codec, images):
    codec = dataclasses.replace(codec, colour=images.shape[1] == 3)
    data = codec.compress(images)
    decoded = codec.decompress(data)
    assert decoded.shape == images.shape
    assert 0 < codec.header_bytes(data) < len(data)
    if codec.quality is None:
        np.testing.assert_allclose(decoded, images, atol=0.5 / 255 + 1e-6)


def test_a_photograph_goes_through_image_formats_in_colour_and_grey():
    for name in ("chelsea", "camera"):
        picture = compression.as_batch(load_photograph(name))
        jpegs = [FileCodec("JPEG", quality, colour=picture.shape[1] == 3) for quality in (10, 50, 90)]
        points = [compression.rate_distortion(codec, picture) for codec in jpegs]
        assert points[0].ratio > 17 > points[2].ratio
        assert points[0].psnr < points[1].psnr < points[2].psnr
        assert points[0].bits_per_pixel == pytest.approx(8 * picture.shape[1] / points[0].ratio)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FileCodec("GIF"), "no format 'GIF': choose one of JPEG"),
        (lambda: FileCodec("JPEG"), "JPEG has no quality None: give a number from 1 to 100"),
        (lambda: FileCodec("PNG", 5), "PNG has no quality 5: give None"),
        (lambda: FileCodec("WebP", 101), "give a number from 0 to 100 or None"),
        (lambda: FileCodec("PNG", colour=True).compress(GREY), "make it with colour=False"),
        (lambda: FileCodec("WebP", 5).compress(np.zeros((1, 1, 1, 20000), np.float32)), "WebP cannot hold an image"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
