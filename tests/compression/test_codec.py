"""What holds for every codec: bytes that decode, measured rate and distortion, and the choice among points."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.codecs import FILES, LATENTS, latent_codec
from utils import compression
from utils.compression import FileCodec, LatentCodec
from utils.models import PCA

GREY = np.zeros((2, 1, 28, 28), dtype=np.float32)


@pytest.fixture(
    params=[*FILES, *LATENTS], ids=lambda spec: spec.name if isinstance(spec, FileCodec) else "-".join(map(str, spec))
)
def make_codec(request, training_digits):
    if isinstance(request.param, FileCodec):
        return lambda: dataclasses.replace(request.param)
    return lambda: latent_codec(*request.param, training_digits)


@pytest.mark.parametrize("n", [1, 7, 30])
def test_every_byte_counted_decodes_into_the_pictures_that_were_measured(make_codec, digits, n):
    sender, receiver = make_codec(), make_codec()
    data = sender.compress(digits[:n])
    decoded = receiver.decompress(data)
    assert decoded.shape == (n, 1, 28, 28)
    assert decoded.dtype == np.float32
    assert decoded.min() >= 0
    assert decoded.max() <= 1
    point = compression.rate_distortion(sender, digits[:n])
    assert point.coded_bytes == len(data)
    assert point.header_bytes > 0
    assert point.payload_bytes > 0
    assert point.psnr == compression.psnr(digits[:n], decoded, data_range=1)
    assert point.ssim == compression.ssim(digits[:n], decoded, data_range=1)
    assert point.ratio == pytest.approx(n * 784 / len(data))
    assert point.bits_per_pixel == pytest.approx(8 / point.ratio)
    assert point.n_images == n
    # Better than a blank page of the best grey, so the decoder did see the digits.
    assert point.mse < np.var(digits[:n])


def test_bytes_of_another_codec_are_refused(make_codec, digits):
    codec = make_codec()
    own = codec.compress(digits[:20])
    foreign = [b"", b"abc", bytes(100), own[: len(own) // 2], b"\xff\xd8\xff\xe0" + bytes(200)]
    for data in foreign:
        with pytest.raises(ValueError, match="give the bytes that") as error:
            codec.decompress(data)
        assert str(error.value).endswith(".")


def test_points_are_records_that_travel(digits):
    point = compression.rate_distortion(FILES[0], digits[:3])
    assert pickle.loads(pickle.dumps(point)) == point
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.payload_bytes = 1


def test_a_codec_that_loses_images_is_found_out(digits):
    class Forgetful:
        name, decoder_bytes = "forgetful", 0

        def compress(self, images):
            return b"x"

        def decompress(self, data):
            return np.zeros((1, 1, 28, 28), dtype=np.float32)

        def header_bytes(self, data):
            return 0

    with pytest.raises(ValueError, match=r"forgetful took images of shape \(5, 1, 28, 28\) and gave back \(1, 1"):
        compression.rate_distortion(Forgetful(), digits[:5])


def test_a_decoder_is_amortised_over_at_least_one_image(digits):
    point = compression.rate_distortion(FILES[0], digits[:1])
    with pytest.raises(ValueError, match="n_images is 0"):
        point.ratio_with_decoder(0)


@pytest.mark.parametrize("target", [14.0, 16.0, 17.5, 40.0])
def test_the_coarsest_setting_that_reaches_a_psnr_is_the_cheapest_that_does(target, digits, training_digits):
    model = PCA(32)
    codes = model.encode(training_digits)
    steps = list(np.geomspace(8, 0.2, 20))
    point = compression.coarsest(lambda step: LatentCodec(model, step, codes), steps, digits[:100], psnr=target)
    points = [compression.rate_distortion(LatentCodec(model, step, codes), digits[:100]) for step in steps]
    sufficient = [candidate for candidate in points if candidate.psnr >= target]
    assert point == (min(sufficient, key=lambda candidate: candidate.coded_bytes) if sufficient else None)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=15))
@settings(deadline=None)
def test_the_front_holds_what_no_point_beats(points):
    rates, distortions = np.array(points).T
    front = compression.pareto_front(rates, distortions)
    assert front.any()
    for (rate, distortion), optimal in zip(points, front, strict=True):
        beaten = any(r <= rate and d <= distortion and (r, d) != (rate, distortion) for r, d in points)
        assert optimal != beaten


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.rate_distortion(FileCodec("PNG"), GREY[:, 0]), r"shape \(2, 28, 28\)"),
        (lambda: compression.coarsest(lambda _: FileCodec("PNG"), [], GREY, psnr=9), "no settings"),
        (lambda: compression.pareto_front([1, 2], [1]), "equally long"),
        (lambda: compression.pareto_front([1, 2], [1, math.nan]), "without NaN"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
