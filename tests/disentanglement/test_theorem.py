"""The theorem's maps: a bijection of the support, the same prior, every latent mixed, the same images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.support.priors import PRIORS, draws, each_prior, mixing_map
from utils.disentanglement import Bijection, entangled, mixing_matrix, rotation


@given(st.integers(2, 9), st.floats(-720, 720), st.data())
@settings(max_examples=60, deadline=None)
def test_a_rotation_turns_its_pair_and_nothing_else(d, angle, data):
    first, second = data.draw(st.permutations(range(d)))[:2]
    matrix = rotation(d, angle, (first, second))
    assert matrix @ matrix.T == pytest.approx(np.eye(d), abs=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
    turned = matrix @ np.eye(d)[first]
    assert turned[first] == pytest.approx(np.cos(np.radians(angle)), abs=1e-9)
    assert turned[second] == pytest.approx(np.sin(np.radians(angle)), abs=1e-9)
    others = [latent for latent in range(d) if latent not in (first, second)]
    assert np.array_equal(matrix[others], np.eye(d)[others])


def test_a_right_angle_exchanges_two_latents_exactly():
    assert np.array_equal(rotation(2, 90), [[0, -1], [1, 0]])
    assert np.array_equal(rotation(3, 360), np.eye(3))


@pytest.mark.parametrize("d", [2, 3, 5, 10, 64])
def test_a_mixing_matrix_is_a_rotation_without_zeros(d):
    for seed in range(20):
        matrix = mixing_matrix(d, seed)
        assert matrix @ matrix.T == pytest.approx(np.eye(d), abs=1e-10)
        assert np.linalg.det(matrix) == pytest.approx(1)
        assert np.abs(matrix).min() > 0.1 / d**2.5
    assert np.array_equal(mixing_matrix(d, 3), mixing_matrix(d, 3))
    assert not np.allclose(mixing_matrix(d, 3), mixing_matrix(d, 4))


@each_prior
def test_there_and_back_again(marginals):
    z = draws(marginals, 5_000)
    f = mixing_map(marginals)
    scale = np.array([marginal.interval(0.5)[1] - marginal.interval(0.5)[0] for marginal in marginals])
    assert np.abs((f.inverse(f(z)) - z) / scale).max() < 1e-9
    assert np.abs((f(f.inverse(z)) - z) / scale).max() < 1e-9


def test_on_a_standard_gaussian_it_is_the_rotation_far_out_too():
    z = np.array([[0.3, -2.0], [25.0, 1.0], [-25.0, -25.0], [36.0, 0.0], [1e-300, -1e-300]])
    matrix = rotation(2, 30)
    assert Bijection([stats.norm(), stats.norm()], matrix)(z) == pytest.approx(z @ matrix.T, rel=1e-9, abs=1e-9)


def test_far_tails_keep_their_precision():
    """A naive norm.ppf(cdf(z)) is infinite for each of these."""
    f = Bijection([stats.expon(), stats.expon()], rotation(2, 20))
    z = np.array([[60.0, 0.5], [1e-200, 3.0], [300.0, 1e-100], [650.0, 2.0]])
    assert f.inverse(f(z)) == pytest.approx(z, rel=1e-6)


def test_the_edges_of_a_uniform_are_mapped_into_its_support():
    edges = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.5], [1.0, 1.0], [0.5, 0.0], [5e-324, 1 - 2**-53]])
    for seed in range(5):
        f = mixing_map([stats.uniform(), stats.uniform()], seed)
        for image in (f(edges), f.inverse(edges)):
            assert np.isfinite(image).all()
            assert ((image >= 0) & (image <= 1)).all()


def test_without_points_there_is_nothing_to_map():
    f = mixing_map(PRIORS["different"])
    assert f(np.empty((0, 5))).shape == (0, 5)
    assert f.jacobian(np.empty((0, 5))).shape == (0, 5, 5)


@each_prior
def test_the_jacobian_is_the_slope(marginals):
    f = mixing_map(marginals)
    z = draws(marginals, 200, seed=1)
    z = z[(np.abs(stats.norm.ppf([m.cdf(c) for m, c in zip(marginals, z.T, strict=True)])) < 2.5).all(axis=0)]
    jacobian = f.jacobian(z)
    for j in range(len(marginals)):
        step = np.zeros(len(marginals))
        step[j] = 1e-6 * np.diff(marginals[j].interval(0.5))[0]
        slope = (f(z + step) - f(z - step)) / (2 * step[j])
        assert jacobian[:, :, j] == pytest.approx(slope, rel=1e-3, abs=1e-5)


@each_prior
def test_the_density_is_the_same_by_change_of_variables(marginals):
    f = mixing_map(marginals)
    z = draws(marginals, 300)
    sign, logarithm = np.linalg.slogdet(f.jacobian(z))
    assert (sign == 1).all()
    assert f.log_prior(f(z)) + logarithm == pytest.approx(f.log_prior(z), abs=1e-6)


def test_an_entangled_decoder_draws_the_same_images_from_other_latents():
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((3, 64))

    def decoder(codes):
        return 1 / (1 + np.exp(-np.tanh(codes) @ weights))

    f = mixing_map([stats.uniform(-1, 2), stats.norm(), stats.expon()])
    z = f.sample(500, rng)
    twin = entangled(decoder, f)
    assert twin(f(z)) == pytest.approx(decoder(z), abs=1e-10)
    assert np.abs(twin(z) - decoder(z)).max() > 0.1


def test_the_literature_s_numbers_for_a_uniform_turned_by_45_degrees():
    """I(u₁; u′₁) of the CDF construction is that of Gaussians with correlation cos 45°: ½ ln 2 nats."""
    f = Bijection([stats.uniform()] * 2, rotation(2, 45))
    z = f.sample(20_000, np.random.default_rng(0))
    correlation = stats.spearmanr(z[:, 0], f(z)[:, 0]).statistic
    assert correlation == pytest.approx(6 / np.pi * np.arcsin(np.cos(np.pi / 4) / 2), abs=0.02)


TWO = [stats.uniform(), stats.uniform()]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: rotation(1, 30), ValueError, "two latents or more"),
        (lambda: mixing_matrix(1), ValueError, "two latents or more"),
        (lambda: rotation(3, 30, (1, 1)), ValueError, "two different latents"),
        (lambda: rotation(3, 30, (0, 3)), ValueError, "from 0 to 2"),
        (lambda: rotation(3, np.nan), ValueError, "number of degrees"),
        (lambda: Bijection([stats.uniform, stats.uniform()], np.eye(2)), TypeError, "frozen continuous"),
        (lambda: Bijection([stats.binom(5, 0.5)] * 2, np.eye(2)), TypeError, "frozen continuous"),
        (lambda: Bijection(TWO, np.eye(3)), ValueError, r"need \(2, 2\)"),
        (lambda: Bijection(TWO, [[1, 1], [0, 1]]), ValueError, "not orthogonal"),
        (lambda: Bijection(TWO, np.full((2, 2), np.nan)), ValueError, "not orthogonal"),
        (lambda: Bijection(TWO, np.eye(2))([[0.5, 1.5]]), ValueError, "Latent 1 has values outside"),
        (lambda: Bijection(TWO, np.eye(2))([[np.nan, 0.5]]), ValueError, "Latent 0 has values outside"),
        (lambda: Bijection(TWO, np.eye(2))([0.5, 0.5]), ValueError, r"need \(n, 2\)"),
        (lambda: Bijection(TWO, np.eye(2)).sample(-1, np.random.default_rng(0)), ValueError, "0 or more"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
