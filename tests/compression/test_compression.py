"""Topic 02's code: distances, quantiser, entropy coding and codecs, and what theory promises about them."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import metrics

from utils import compression
from utils.compression import EntropyModel, FileCodec, LatentCodec
from utils.data import load_mnist, load_photograph
from utils.models import PCA, LatentModel, load_pretrained

WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}

batches = st.tuples(st.integers(1, 3), st.sampled_from([1, 3]), st.integers(11, 20), st.integers(11, 20)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)
tables = st.tuples(st.integers(1, 60), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(-6, 6))
)


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test")[0]


@pytest.fixture(scope="module")
def training_digits():
    return load_mnist("train")[0]


@pytest.fixture
def noisy(digits):
    noise = np.random.default_rng(0).normal(scale=np.linspace(0.01, 0.2, 40)[:, None, None, None], size=(40, 1, 28, 28))
    return digits[:40], np.clip(digits[:40] + noise, 0, 1)


# Distances


def test_mse_and_psnr_by_hand():
    a, b = np.zeros((2, 1, 2, 2)), np.zeros((2, 1, 2, 2))
    b[0] = 0.1
    b[1, 0, 0, 0] = 2.0
    assert compression.mse(a, b) == pytest.approx((0.01 + 1.0) / 2)
    np.testing.assert_allclose(compression.mse(a, b, per_image=True), [0.01, 1.0])
    np.testing.assert_allclose(compression.psnr(a, b, data_range=1, per_image=True), [20, 0], atol=1e-9)
    assert compression.psnr(a, b, data_range=1) == pytest.approx(-10 * math.log10(0.505))


def test_distances_agree_with_scikit_image(noisy):
    a, b = (images[:, 0].astype(np.float64) for images in noisy)
    psnrs = [metrics.peak_signal_noise_ratio(x, y, data_range=1) for x, y in zip(a, b, strict=True)]
    ssims = [metrics.structural_similarity(x, y, data_range=1, **WANG) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(compression.psnr(*noisy, data_range=1, per_image=True), psnrs, rtol=1e-9)
    np.testing.assert_allclose(compression.ssim(*noisy, data_range=1, per_image=True), ssims, rtol=1e-9)
    assert compression.ssim(*noisy, data_range=1) == pytest.approx(np.mean(ssims))
    assert compression.mse(*noisy) == pytest.approx(metrics.mean_squared_error(a, b))
    assert compression.psnr(*noisy, data_range=1) == pytest.approx(metrics.peak_signal_noise_ratio(a, b, data_range=1))


def test_distances_of_a_photograph_in_colour_agree_with_scikit_image():
    a = load_photograph("chelsea")
    b = np.clip(a + np.random.default_rng(0).normal(scale=20, size=a.shape), 0, 255).astype(np.uint8)
    expected = metrics.structural_similarity(a, b, data_range=255, channel_axis=-1, **WANG)
    assert compression.ssim(a, b, data_range=255) == pytest.approx(expected, rel=1e-9)
    assert compression.psnr(a, b, data_range=255) == pytest.approx(metrics.peak_signal_noise_ratio(a, b))
    assert compression.mse(a, b) == pytest.approx(metrics.mean_squared_error(a, b))


def test_one_picture_is_the_same_in_every_shape(noisy):
    a, b = noisy[0][5], noisy[1][5]
    in_colour = [np.repeat(picture, 3, axis=0) for picture in (a, b)]
    for measure in (compression.mse, compression.psnr, compression.ssim):
        options = {} if measure is compression.mse else {"data_range": 1.0}
        values = [
            measure(a, b, **options),
            measure(a[0], b[0], **options),
            measure(a[None], b[None], **options),
            measure(*in_colour, **options),
            measure(*(np.moveaxis(picture, 0, -1) for picture in in_colour), **options),
        ]
        np.testing.assert_allclose(values, values[0], rtol=1e-9)
        assert isinstance(values[0], float)
        assert measure(a, b, per_image=True, **options).shape == (1,)


@given(batches, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_distances_hold_what_theory_promises(a, seed):
    b = np.random.default_rng(seed).uniform(size=a.shape)
    both = compression.psnr(a, b, data_range=1)
    assert both == pytest.approx(compression.psnr(b, a, data_range=1))
    assert compression.ssim(a, b, data_range=1) == pytest.approx(compression.ssim(b, a, data_range=1))
    assert compression.mse(a + 0.5, b + 0.5) == pytest.approx(compression.mse(a, b), rel=1e-4)
    assert both == pytest.approx(compression.psnr(255.0 * a, 255 * b, data_range=255))
    # A mean of decibels is never below the decibels of the mean: −log is convex.
    assert compression.psnr(a, b, data_range=1, per_image=True).mean() >= both - 1e-9
    assert -1 <= compression.ssim(a, b, data_range=1) <= 1
    assert compression.mse(a, a) == 0
    assert compression.psnr(a, a, data_range=1) == math.inf
    assert compression.ssim(a, a, data_range=1) == pytest.approx(1)


def test_eight_bit_pixels_do_not_wrap_round():
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 256, size=(3, 1, 28, 28), dtype=np.uint8) for _ in range(2))
    assert compression.mse(a, b) == pytest.approx(compression.mse(a.astype(float), b.astype(float)))
    assert compression.mse(a, b) > 2 * np.square(a - b).mean()  # what wrapping round would give
    assert compression.mse(np.uint8([[0]]), np.uint8([[255]])) == 255**2
    assert compression.psnr(a, b, data_range=255) == pytest.approx(compression.psnr(a / 255, b / 255, data_range=1))
    assert compression.ssim(a, b, data_range=255) == pytest.approx(compression.ssim(a / 255, b / 255, data_range=1))


def test_the_convention_of_ssim_matters(noisy):
    a, b = noisy
    wang = compression.ssim(a, b, data_range=1)
    default = np.mean(
        [metrics.structural_similarity(x, y, data_range=1) for x, y in zip(a[:, 0], b[:, 0], strict=True)]
    )
    assert wang != pytest.approx(default, abs=1e-4)
    assert compression.ssim(a, b, data_range=255) > 0.999 > wang


@pytest.mark.parametrize("measure", [compression.psnr, compression.ssim])
def test_the_data_range_is_required(measure):
    with pytest.raises(TypeError, match="data_range"):
        measure(np.zeros((20, 20)), np.zeros((20, 20)))


# From numbers to bytes


@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e3, 1e3)),
    st.floats(1e-3, 1e3),
)
@settings(deadline=None)
def test_the_quantiser_is_within_half_a_step_and_keeps_its_levels(values, step):
    symbols = compression.quantise(values, step)
    levels = compression.dequantise(symbols, step)
    assert symbols.dtype == np.int64
    assert (np.abs(levels - values) <= step / 2 * (1 + 1e-9)).all()
    np.testing.assert_array_equal(compression.quantise(levels, step), symbols)
    np.testing.assert_array_equal(compression.quantise(-values, step), -symbols)
    assert (np.diff(compression.quantise(np.sort(values), step)) >= 0).all()


def test_the_quantiser_takes_a_step_for_each_dimension():
    codes = np.random.default_rng(0).normal(size=(50, 3))
    steps = np.array([0.1, 1.0, 10.0])
    together = compression.quantise(codes, steps)
    for j, step in enumerate(steps):
        np.testing.assert_array_equal(together[:, j], compression.quantise(codes[:, j], step))
    assert (np.abs(compression.dequantise(together, steps) - codes) <= steps / 2 + 1e-12).all()


def test_entropies_by_hand():
    assert compression.empirical_entropy(np.arange(32)) == pytest.approx(5)
    assert compression.empirical_entropy(np.zeros(9, dtype=int)) == 0
    assert compression.empirical_entropy([0, 0, 0, 1]) == pytest.approx(2 - 0.75 * math.log2(3))
    columns = np.stack([np.arange(8), np.arange(8) // 4, np.zeros(8, dtype=int)], axis=1)
    assert compression.empirical_entropy(columns) == pytest.approx(3 + 1 + 0)


@given(tables, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_entropy_holds_what_theory_promises(symbols, seed):
    rng = np.random.default_rng(seed)
    entropy = compression.empirical_entropy(symbols)
    assert 0 <= entropy <= symbols.shape[1] * math.log2(len(symbols)) + 1e-9
    assert entropy == pytest.approx(compression.empirical_entropy(rng.permutation(symbols)))
    assert entropy == pytest.approx(compression.empirical_entropy(7 - 3 * symbols))
    other = EntropyModel.fit(rng.integers(-6, 7, size=(5, symbols.shape[1])))
    assert other.cross_entropy(symbols) >= entropy - 1e-9
    assert EntropyModel.fit(symbols).cross_entropy(symbols) >= entropy - 1e-9


def test_a_finer_step_costs_more_bits():
    codes = np.random.default_rng(0).normal(size=(2000, 2))
    steps = 2.0 ** np.arange(2, -5, -1)
    coded = []
    for step in steps:
        symbols = compression.quantise(codes, step)
        coded.append(len(EntropyModel.fit(symbols).encode(symbols)))
    assert (np.diff(coded) > 0).all()
    # Halving a small step of two smooth densities costs one bit each.
    entropies = [compression.empirical_entropy(compression.quantise(codes, step)) for step in (0.5, 0.25)]
    assert entropies[1] - entropies[0] == pytest.approx(2, abs=0.1)


@given(tables, st.data())
@settings(deadline=None)
def test_symbols_come_back_from_their_bytes(training, data):
    d = training.shape[1]
    wide = st.integers(-(2**31), 2**31 - 1) | st.integers(-7, 7)
    symbols = data.draw(hnp.arrays(np.int64, st.tuples(st.integers(1, 40), st.just(d)), elements=wide))
    model = EntropyModel.fit(training)
    coded = model.encode(symbols)
    np.testing.assert_array_equal(model.decode(coded, len(symbols)), symbols)
    sent = EntropyModel.from_bytes(model.to_bytes(), columns=d)
    np.testing.assert_array_equal(sent.decode(coded, len(symbols)), symbols)
    ideal = model.cross_entropy(symbols) * len(symbols)
    assert ideal - 1 <= 8 * len(coded) <= ideal + 2 * 32


def test_coded_size_is_the_cross_entropy_and_no_less_than_the_entropy():
    rng = np.random.default_rng(0)
    training, symbols = (np.rint(rng.normal(scale=[0.3, 4, 60], size=(n, 3))).astype(int) for n in (4000, 1000))
    model = EntropyModel.fit(training)
    bits = 8 * len(model.encode(symbols))
    assert bits == pytest.approx(1000 * model.cross_entropy(symbols), rel=0.002)
    assert bits >= 1000 * compression.empirical_entropy(symbols)


def test_probabilities_are_counts_and_one_half():
    model = EntropyModel.fit([7, 7, 7, 9])
    total = 4 + 4 * 0.5  # 7, 8, 9 and the escape
    assert model.cross_entropy([7]) == pytest.approx(-math.log2(3.5 / total))
    assert model.cross_entropy([8]) == pytest.approx(-math.log2(0.5 / total))
    assert model.cross_entropy([7, 9]) == pytest.approx(-(math.log2(3.5 / total) + math.log2(1.5 / total)) / 2)
    assert model.cross_entropy([6]) == pytest.approx(-math.log2(0.5 / total) + 32)


def test_a_symbol_never_seen_costs_its_escape():
    model = EntropyModel.fit(np.arange(1000) % 10)
    seen, unseen = model.cross_entropy([3]), model.cross_entropy([10**6])
    assert seen == pytest.approx(math.log2(10), abs=0.02)
    assert unseen > seen + 32
    np.testing.assert_array_equal(model.decode(model.encode([3, 10**6, -5]), 3), [[3], [10**6], [-5]])


def test_foreign_bytes_are_not_decoded():
    rng = np.random.default_rng(0)
    model = EntropyModel.fit(rng.integers(0, 20, size=(500, 2)))
    symbols = rng.integers(0, 20, size=(100, 2))
    coded = model.encode(symbols)
    for data, n in [
        (coded[:-1], 100),
        (coded[:-8], 100),
        (coded + bytes(4), 100),
        (coded, 90),
        (coded, 10**12),
        (coded, 0),
        (b"", 100),
    ]:
        with pytest.raises(ValueError, match=r"not -?\d+ rows coded with this model"):
            model.decode(data, n)


# Codecs

FILES = [
    FileCodec(form, quality, mosaic)
    for mosaic in (False, True)
    for form, quality in [
        ("JPEG", 1),
        ("JPEG", 90),
        ("JPEG 2000", 25),
        ("JPEG 2000", None),
        ("WebP", 0),
        ("WebP", 90),
        ("WebP", None),
        ("PNG", None),
    ]
]
LATENTS = [("pca", 2.0), ("pca", 0.1), ("vae-16d", 0.5), ("aae-16d", 0.01), ("vae-2d", 1.0)]


def latent_codec(name, step, training_digits):
    model = PCA(12) if name == "pca" else load_pretrained(name)
    return LatentCodec(model, step, model.encode(training_digits[:1000]))


@pytest.fixture(
    params=[*FILES, *LATENTS], ids=lambda made: made.name if isinstance(made, FileCodec) else "-".join(map(str, made))
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
    found, data = header(FileCodec("JPEG 2000", 20))
    assert found == data.index(b"\xff\x93") + 2 + 2  # until the start of data, and the end marker
    found, data = header(FileCodec("JPEG", 20))
    scan = data.index(b"\xff\xda")
    assert found == scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big") + 2


def test_the_headers_of_files_are_what_is_left_without_the_coded_pixels(digits):
    """A larger picture of the same kind has a larger payload and, but for tables and chunk counts, the same header."""
    for codec in FILES:
        if codec.mosaic:
            few, many = (compression.rate_distortion(codec, digits[:n]) for n in (20, 200))
            assert many.payload_bytes > 5 * few.payload_bytes
            assert many.header_bytes < few.header_bytes + 60


def test_a_photograph_goes_through_image_formats_in_colour_and_grey():
    for name in ("chelsea", "camera"):
        picture = compression.as_batch(load_photograph(name))
        jpegs = [FileCodec("JPEG", quality, colour=picture.shape[1] == 3) for quality in (10, 50, 90)]
        points = [compression.rate_distortion(codec, picture) for codec in jpegs]
        assert points[0].ratio > 17 > points[2].ratio
        assert points[0].psnr < points[1].psnr < points[2].psnr
        assert points[0].bits_per_pixel == pytest.approx(8 * picture.shape[1] / points[0].ratio)


def test_a_codec_of_digits_survives_a_photograph(digits, training_digits):
    """Symbols that no digit has: the bytes grow and the quality falls, but the codes come back all the same."""
    codec = latent_codec("vae-16d", 0.5, training_digits)
    cut = compression.tiles(compression.as_batch(load_photograph("coins")))
    point = compression.rate_distortion(codec, cut)
    usual = compression.rate_distortion(codec, digits[: len(cut)])
    assert point.payload_bytes > 2 * usual.payload_bytes
    assert point.psnr < usual.psnr - 5
    levels = compression.dequantise(codec.symbols(cut), 0.5)
    np.testing.assert_array_equal(codec.decompress(codec.compress(cut)), codec.model.decode(levels))


@pytest.mark.parametrize("setting", LATENTS)
def test_a_latent_codec_is_the_model_with_rounded_codes(setting, digits, training_digits):
    codec = latent_codec(*setting, training_digits)
    model, step = codec.model, setting[1]
    codes = model.encode(digits[:50])
    levels = compression.dequantise(compression.quantise(codes, step), step)
    data = codec.compress(digits[:50])
    np.testing.assert_array_equal(codec.decompress(data), model.decode(levels))
    assert codec.header_bytes(data) == 4
    bits = 50 * codec.entropy_model.cross_entropy(codec.symbols(digits[:50]))
    assert bits - 1 <= 8 * (len(data) - 4) <= bits + 64


def test_frequencies_come_from_the_training_codes_alone(digits, training_digits):
    model = PCA(4)
    codes = model.encode(training_digits)
    codec, other = (LatentCodec(model, 1.0, part) for part in (codes[:2000], codes[2000:]))
    data = codec.compress(digits[:100])
    codec.compress(digits[100:])
    assert codec.compress(digits[:100]) == data
    assert other.compress(digits[:100]) != data
    expected = EntropyModel.fit(compression.quantise(codes[:2000], 1.0))
    assert codec.entropy_model.to_bytes() == expected.to_bytes()


def test_codes_may_come_from_elsewhere(digits, training_digits):
    model = PCA(6)
    codes = model.encode(training_digits)
    zeros = LatentCodec(model, 0.5, codes, encode=lambda images: np.zeros((len(images), 6)))
    np.testing.assert_allclose(zeros.decompress(zeros.compress(digits[:3])), model.decode(np.zeros((3, 6))))
    usual = LatentCodec(model, 0.5, codes)
    assert len(zeros.compress(digits)) < len(usual.compress(digits))


def test_codes_of_the_same_images_are_computed_once_and_those_of_others_anew(digits):
    model, asked = PCA(6), []

    def encode(images):
        asked.append(len(images))
        return model.encode(images)

    remembered, images = compression.remembering(encode), digits[:5].copy()
    for _ in range(3):
        np.testing.assert_array_equal(remembered(images), model.encode(images))
    np.testing.assert_array_equal(remembered(digits[5:9]), model.encode(digits[5:9]))
    images[0] = 0  # the same array, with other pictures in it
    np.testing.assert_array_equal(remembered(images), model.encode(images))
    assert asked == [5, 4, 5]


def test_the_decoder_is_counted_apart_and_amortised_over_as_many_images_as_stated(digits, training_digits):
    codec = latent_codec("vae-16d", 0.5, training_digits)
    model = codec.model
    weights = sum(weight.numel() for weight in model.decoder.parameters())
    # Shipped in half precision, which they survive
    assert compression.weight_bytes(model) == 2 * weights
    assert codec.decoder_bytes == 2 * weights + len(codec.entropy_model.to_bytes())
    assert compression.weight_bytes(PCA(12)) == 4 * 784 * 13
    point = compression.rate_distortion(codec, digits[:100])
    assert point.decoder_bytes == codec.decoder_bytes
    whole = point.raw_bytes / (point.coded_bytes + point.decoder_bytes)
    assert point.ratio_with_decoder(100) == pytest.approx(whole)
    assert whole < point.ratio_with_decoder(10**4) < point.ratio_with_decoder(10**6) < point.ratio
    assert point.ratio_with_decoder(10**15) == pytest.approx(point.ratio)
    jpeg = compression.rate_distortion(FILES[0], digits[:5])
    assert jpeg.ratio_with_decoder(1) == jpeg.ratio


def test_a_model_of_unknown_kind_has_to_say_how_large_its_decoder_is(training_digits):
    class Halving(LatentModel):
        name, seed, latent_dim = "halving", 0, 784

        def _encode(self, images):
            return images.reshape(len(images), -1) / 2

        def _decode(self, codes):
            return np.clip(2 * codes, 0, 1).reshape(-1, 1, 28, 28)

        def _sample_codes(self, n, rng):
            return rng.uniform(0, 0.5, size=(n, 784))

    codes = training_digits[:50].reshape(50, -1) / 2
    with pytest.raises(TypeError, match=r"Halving decodes with is not known.*give decoder_bytes"):
        LatentCodec(Halving(), 0.1, codes)
    codec = LatentCodec(Halving(), 0.1, codes, decoder_bytes=0)
    assert codec.decoder_bytes == len(codec.entropy_model.to_bytes())
    decoded = codec.decompress(codec.compress(training_digits[:5]))
    assert np.abs(decoded - training_digits[:5]).max() <= 0.1 + 1e-6


def test_points_are_records_that_travel(digits):
    point = compression.rate_distortion(FILES[0], digits[:3])
    assert pickle.loads(pickle.dumps(point)) == point
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.payload_bytes = 1


# Choosing among points


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=15))
@settings(deadline=None)
def test_the_front_holds_what_no_point_beats(points):
    rates, distortions = np.array(points).T
    front = compression.pareto_front(rates, distortions)
    assert front.any()
    for (rate, distortion), kept in zip(points, front, strict=True):
        beaten = any(r <= rate and d <= distortion and (r, d) != (rate, distortion) for r, d in points)
        assert kept != beaten


@pytest.mark.parametrize("target", [14.0, 16.0, 17.5, 40.0])
def test_the_coarsest_setting_that_reaches_a_psnr_is_the_cheapest_that_does(target, digits, training_digits):
    model = PCA(32)
    codes = model.encode(training_digits)
    steps = list(np.geomspace(8, 0.2, 20))
    found = compression.coarsest(lambda step: LatentCodec(model, step, codes), steps, digits[:100], psnr=target)
    points = [compression.rate_distortion(LatentCodec(model, step, codes), digits[:100]) for step in steps]
    reached = [point for point in points if point.psnr >= target]
    assert found == (min(reached, key=lambda point: point.coded_bytes) if reached else None)


# Pictures


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


# −ELBO


def test_elbo_terms_are_the_bound_in_bits(digits):
    vae = load_pretrained("vae-2d")
    terms = compression.elbo_terms(vae, digits[:200], seed=3)
    with torch.no_grad():
        bound, reconstruction, _ = vae.loss(torch.tensor(digits[:200]), torch.Generator().manual_seed(3))
    assert terms.rate + terms.distortion == pytest.approx(float(bound) / math.log(2), rel=1e-6)
    assert terms.distortion == pytest.approx(float(reconstruction) / math.log(2), rel=1e-6)
    assert terms.rate > 0
    assert terms == compression.elbo_terms(vae, digits[:200], seed=3)
    assert terms != compression.elbo_terms(vae, digits[:200], seed=4)


# Bad input

GREY = np.zeros((2, 1, 28, 28), dtype=np.float32)
MODEL = EntropyModel.fit(np.arange(6).reshape(3, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.mse(np.zeros((2, 2)), np.zeros((2, 3))), r"shapes \(2, 2\) and \(2, 3\)"),
        (lambda: compression.mse(np.zeros(4), np.zeros(4)), r"shape \(4,\)"),
        (lambda: compression.mse(np.zeros((5, 20, 20)), np.zeros((5, 20, 20))), "or a batch"),
        (lambda: compression.mse(np.zeros((0, 1, 2, 2)), np.zeros((0, 1, 2, 2))), "at least one"),
        (lambda: compression.mse([[np.nan]], [[0.0]]), "NaN or infinite"),
        (lambda: compression.mse([["a"]], [["b"]]), "pixels are real numbers"),
        (lambda: compression.psnr(GREY, GREY, data_range=0), "data_range is 0"),
        (lambda: compression.psnr(GREY, GREY, data_range=math.nan), "data_range is nan"),
        (lambda: compression.psnr(np.uint8([[0]]), np.uint8([[9]]), data_range=1), "integers from 0 to 9"),
        (lambda: compression.ssim(np.uint8([[0, 9]]), np.uint8([[0, 9]]), data_range=1), "integers from 0 to 9"),
        (lambda: compression.ssim(np.zeros((10, 20)), np.zeros((10, 20)), data_range=1), "window is 11 × 11"),
        (lambda: compression.quantise([1.0], 0), "step is 0"),
        (lambda: compression.quantise([1.0], -1.0), "step is -1"),
        (lambda: compression.quantise([1.0], math.inf), "step is inf"),
        (lambda: compression.quantise([math.nan], 1), "NaN or infinity"),
        (lambda: compression.quantise([1e12], 1e-3), "give a larger step"),
        (lambda: compression.dequantise([0.5], 1), "quantise the values first"),
        (lambda: compression.empirical_entropy([0.5]), "integers are needed"),
        (lambda: compression.empirical_entropy(np.zeros((0, 2), dtype=int)), "at least one row"),
        (lambda: EntropyModel.fit([0, 10**6]), "spread over 1000001 values"),
        (lambda: MODEL.encode(np.zeros((3, 3), dtype=int)), "3 columns, but the model was fitted on 2"),
        (lambda: MODEL.encode([[2**40, 0]]), "do not fit 32 bits"),
        (lambda: FileCodec("GIF"), "no format 'GIF': choose one of JPEG"),
        (lambda: FileCodec("JPEG"), "JPEG has no quality None: give a number from 1 to 100"),
        (lambda: FileCodec("PNG", 5), "PNG has no quality 5: give None"),
        (lambda: FileCodec("WebP", 101), "give a number from 0 to 100 or None"),
        (lambda: FileCodec("PNG").compress(GREY[0]), r"shape \(1, 28, 28\)"),
        (lambda: FileCodec("PNG").compress(GREY[:0]), "at least one"),
        (lambda: FileCodec("PNG").compress(GREY.astype(np.uint8)), "uint8 from 0 to 0: give floats"),
        (lambda: FileCodec("PNG").compress(GREY - 1), "give floats in"),
        (lambda: FileCodec("PNG").compress(np.full_like(GREY, np.nan)), "give floats in"),
        (lambda: FileCodec("PNG", colour=True).compress(GREY), "make it with colour=False"),
        (lambda: FileCodec("WebP", 5).compress(np.zeros((1, 1, 1, 20000), np.float32)), "WebP cannot hold a picture"),
        (lambda: compression.rate_distortion(FileCodec("PNG"), GREY[:, 0]), r"shape \(2, 28, 28\)"),
        (lambda: compression.coarsest(lambda _: FileCodec("PNG"), [], GREY, psnr=9), "no settings"),
        (lambda: compression.pareto_front([1, 2], [1]), "equally long"),
        (lambda: compression.pareto_front([1, 2], [1, math.nan]), "without NaN"),
        (lambda: compression.as_batch(GREY[0, 0]), "give uint8"),
        (lambda: compression.mosaic(GREY, 0), "columns is 0"),
        (lambda: compression.tiles(GREY), "Got 2 picture"),
        (lambda: LatentCodec(PCA(2), 0, np.zeros((4, 2))), "step is 0"),
        (lambda: LatentCodec(PCA(2), 1e-9, np.eye(2)), "give a larger step"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")


def test_a_decoder_is_amortised_over_at_least_one_image(digits):
    point = compression.rate_distortion(FILES[0], digits[:1])
    with pytest.raises(ValueError, match="n_images is 0"):
        point.ratio_with_decoder(0)


def test_bytes_of_another_codec_are_refused(make_codec, digits):
    codec = make_codec()
    own = codec.compress(digits[:20])
    foreign = [b"", b"abc", bytes(100), own[: len(own) // 2], b"\xff\xd8\xff\xe0" + bytes(200)]
    for data in foreign:
        with pytest.raises(ValueError, match="give the bytes that") as error:
            codec.decompress(data)
        assert str(error.value).endswith(".")


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
