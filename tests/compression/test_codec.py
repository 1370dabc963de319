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


# JPEG's SSIM on 1,000 digits: quality 1 is better than quality 5, and 10 better than 15.
NOT_MONOTONE = ([30, 43, 65, 82], [0.766, 0.756, 0.864, 0.858])


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.766, 30),  # a measured point
        (0.76, 30 * (43 / 30) ** 0.6),  # passed on the way down and on the way up: the first takes fewer bytes
        (0.81, 43 * (65 / 43) ** 0.5),
        (0.86, 43 * (65 / 43) ** (0.104 / 0.108)),
        (0.75, math.nan),  # no setting is as coarse
        (0.87, math.nan),  # no setting is as good
    ],
)
def test_the_bytes_at_a_level_follow_the_settings_where_the_quality_is_not_monotone(level, expected):
    for order in (slice(None), slice(None, None, -1)):
        rates, qualities = (np.array(values)[order] for values in NOT_MONOTONE)
        assert compression.bytes_at(rates, qualities, level) == pytest.approx(expected, nan_ok=True)


def test_jpegs_ssim_is_not_monotone_and_its_bytes_are_those_of_the_curve(digits):
    """Sorting the points by SSIM would join quality 1 to quality 15, and promise a ratio that no setting has."""
    points = [compression.rate_distortion(FileCodec("JPEG", quality, mosaic=True), digits) for quality in (1, 5, 10)]
    rates, levels = [point.coded_bytes for point in points], [point.ssim for point in points]
    assert levels[1] < levels[0] < levels[2]
    between = (levels[0] + levels[2]) / 2
    assert rates[1] < compression.bytes_at(rates, levels, between) < rates[2]
    assert compression.bytes_at(rates, levels, levels[0]) == rates[0]
    assert math.isnan(compression.bytes_at(rates, levels, levels[1] - 0.01))


@given(st.lists(st.tuples(st.floats(1, 1000), st.integers(0, 50)), min_size=1, max_size=8), st.floats(0, 50))
@settings(deadline=None)
def test_the_bytes_at_a_level_are_the_fewest_on_the_curve(points, level):
    rates, qualities = np.array(points).T
    fewest = compression.bytes_at(rates, qualities, level)
    if not qualities.min() <= level <= qualities.max():
        assert math.isnan(fewest)
        return
    if len(rates) == 1:
        assert fewest == rates[0]
        return
    # The curve, followed in small steps: a crossing lies between the bytes of two neighbouring steps.
    position = np.linspace(0, len(rates) - 1, 40 * (len(rates) - 1) + 1)
    curve = np.interp(position, np.arange(len(rates)), qualities) - level
    log_rates = np.interp(position, np.arange(len(rates)), np.log(rates))
    crossings = np.flatnonzero(np.sign(curve[:-1]) * np.sign(curve[1:]) <= 0)
    ends = np.sort(np.stack([log_rates[crossings], log_rates[crossings + 1]]), axis=0)
    assert ends[0].min() - 1e-9 <= np.log(fewest) <= ends[1].min() + 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.bytes_at([1, 2], [1], 1), "equally long"),
        (lambda: compression.bytes_at([], [], 1), "equally long"),
        (lambda: compression.bytes_at([1, 0], [1, 2], 1), "positive rates"),
        (lambda: compression.bytes_at([1, 2], [1, math.nan], 1), "without NaN"),
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
