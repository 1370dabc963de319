"""The tilt, best-of-n and win rates against closed forms and simulation."""

import numpy as np
import pytest

from utils import preferences


def test_the_tilt_of_a_gaussian_agrees_with_its_closed_form():
    rng = np.random.default_rng(7)
    mean, covariance, slope = np.array([1.0, -1.0]), np.array([[1.0, 0.6], [0.6, 2.0]]), np.array([0.5, 0.2])
    sample = rng.multivariate_normal(mean, covariance, 200_000)
    weights = preferences.tilt_weights(sample @ slope, beta=0.8)
    expected = preferences.gaussian_tilt(mean, covariance, slope, beta=0.8)
    np.testing.assert_allclose(expected, mean + covariance @ slope / 0.8)
    np.testing.assert_allclose(weights @ sample, expected, atol=0.03)
    centred = sample - weights @ sample
    np.testing.assert_allclose((weights[:, None] * centred).T @ centred, covariance, atol=0.06)
    # KL of two Gaussians of one covariance: half the squared Mahalanobis distance of their means.
    shift = expected - mean
    assert preferences.tilt_kl(weights) == pytest.approx(shift @ np.linalg.solve(covariance, shift) / 2, abs=0.02)


def test_beta_determines_how_uneven_the_weights_are():
    rewards = np.array([0.0, 1.0, 3.0])
    np.testing.assert_allclose(preferences.tilt_weights(rewards, 1e9), 1 / 3)
    np.testing.assert_allclose(preferences.tilt_weights(rewards, 1e-3), [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(preferences.tilt_weights(rewards + 1e6, 0.5), preferences.tilt_weights(rewards, 0.5))
    assert preferences.effective_sample_size(np.full(7, 0.1)) == pytest.approx(7)
    assert preferences.effective_sample_size([0, 5, 0]) == pytest.approx(1)
    assert preferences.tilt_kl([0, 1, 0]) == pytest.approx(np.log(3))
    for wrong in (0, -1, np.nan):
        with pytest.raises(ValueError, match="positive"):
            preferences.tilt_weights(rewards, wrong)


def test_best_of_n_needs_no_draws():
    rng = np.random.default_rng(8)
    rewards, values = rng.normal(size=(2, 12))
    values += rewards
    for n in (1, 3, 12):
        groups = np.array([rng.choice(12, n, replace=False) for _ in range(20_000)])
        best = groups[np.arange(len(groups)), preferences.best_of_n(rewards[groups])]
        assert preferences.best_of_n_mean(rewards, values, n) == pytest.approx(values[best].mean(), abs=0.04)
    assert preferences.best_of_n_mean(rewards, values, 1) == pytest.approx(values.mean())
    assert preferences.best_of_n_mean(rewards, rewards, 12) == pytest.approx(rewards.max())


def test_what_best_of_n_costs():
    assert preferences.best_of_n_kl(1) == 0
    # The density of the best of n uniform draws is n u^(n−1); its KL to the uniform one, by quadrature.
    u = (np.arange(100_000) + 0.5) / 100_000
    density = 4 * u**3
    assert preferences.best_of_n_kl(4) == pytest.approx(np.mean(density * np.log(density)), abs=1e-6)


def test_a_win_rate_stays_a_share_and_its_interval_contains_the_truth():
    assert preferences.win_rate([1, 0.5, 0, 0]).mean == pytest.approx(0.375)
    everything = preferences.win_rate(np.ones(10))
    assert everything.mean == 1
    assert 0.6 < everything.low < 0.8  # Wilson's lower end for 10 of 10 is 0.722.
    assert everything.high == 1
    rng = np.random.default_rng(9)
    contained = [
        interval.low < 0.7 < interval.high
        for interval in (preferences.win_rate((rng.random(60) < 0.7).astype(float)) for _ in range(800))
    ]
    assert 0.92 < np.mean(contained) < 0.98
    with pytest.raises(ValueError, match="outcomes must be"):
        preferences.win_rate([0.7])
    with pytest.raises(ValueError, match=r"\(n,\)"):
        preferences.win_rate([])
