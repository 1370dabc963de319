"""Mosaics, tiles, and what a codec takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.codecs import batches
from utils import compression
from utils.compression import FileCodec
from utils.data import load_photograph

GREY = np.zeros((2, 1, 28, 28), dtype=np.float32)


@given(batches, st.integers(1, 4))
@settings(deadline=None)
def test_tiles_undo_a_mosaic(images, columns):
    picture = compression.mosaic(images, columns)
    n, c, h, w = images.shape
    assert picture.shape == (1, c, -(-n // columns) * h, columns * w)
    cut = compression.tiles(picture, h, w)
    np.testing.assert_array_equal(cut[:n], images)
    assert not cut[n:].any()


def test_a_mosaic_undoes_tiles_that_reach_over_the_border():
    picture = compression.as_batch(load_photograph("chelsea"))
    cut = compression.tiles(picture)
    assert cut.shape == (11 * 17, 3, 28, 28)
    np.testing.assert_array_equal(compression.mosaic(cut, 17)[:, :, :300, :451], picture)
    # 451 = 16 · 28 + 3: the last tile of a row has three columns of its own, and repeats the third.
    np.testing.assert_array_equal(cut[16, :, :, 3:], np.repeat(picture[0, :, :28, 450:], 25, axis=-1))
    np.testing.assert_array_equal(np.rint(255 * picture[0]).transpose(1, 2, 0), load_photograph("chelsea"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FileCodec("PNG").compress(GREY[0]), r"shape \(1, 28, 28\)"),
        (lambda: FileCodec("PNG").compress(GREY[:0]), "at least one"),
        (lambda: FileCodec("PNG").compress(GREY.astype(np.uint8)), "uint8 from 0 to 0: give floats"),
        (lambda: FileCodec("PNG").compress(GREY - 1), "give floats in"),
        (lambda: FileCodec("PNG").compress(np.full_like(GREY, np.nan)), "give floats in"),
        (lambda: compression.as_batch(GREY[0, 0]), "give uint8"),
        (lambda: compression.mosaic(GREY, 0), "columns is 0"),
        (lambda: compression.tiles(GREY), "Got 2 image"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
