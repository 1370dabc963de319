"""The reward model: its weights and their uncertainty."""

import numpy as np
import pytest
from scipy.special import expit

from utils import preferences


def test_a_reward_model_finds_the_taste_behind_the_answers():
    rng = np.random.default_rng(5)
    taste = np.array([1.5, -0.5, 0.0])
    first, second = rng.normal(size=(2, 4000, 3)) * [1, 4, 0.1] + 7
    per_unit = taste / [1, 4, 0.1]
    outcome = (rng.random(4000) < expit((first - second) @ per_unit)).astype(float)
    model = preferences.fit_reward(first, second, outcome, prior_sd=3.0)
    for feature, worth in enumerate(taste):
        interval = model.weight(feature, confidence=0.999)
        assert interval.low < worth < interval.high
        assert interval.high - interval.low < 0.6
    expected = expit((first - second) @ per_unit)
    assert np.abs(model.probability(first, second) - expected).mean() < 0.03


def test_certainty_grows_with_answers_and_falls_with_distance():
    rng = np.random.default_rng(6)
    first, second = rng.normal(size=(2, 500, 2))
    outcome = (first[:, 0] > second[:, 0]).astype(float)
    few, many = (preferences.fit_reward(first[:n], second[:n], outcome[:n]) for n in (20, 500))
    assert many.reward_sd(first).mean() < few.reward_sd(first).mean()
    near, far = np.zeros((1, 2)), np.full((1, 2), 10.0)
    assert many.reward_sd(far) > many.reward_sd(near)


def test_no_answer_leaves_the_prior_and_unanimous_ones_stay_finite():
    nothing = preferences.fit_reward(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), prior_sd=2.0)
    np.testing.assert_array_equal(nothing.weights, 0)
    np.testing.assert_allclose(np.sqrt(np.diag(nothing.covariance)), 2)
    one = preferences.fit_reward([[1.0]], [[0.0]], [1.0])
    assert 0 < one.weights[0] < np.inf
    assert preferences.fit_reward([[1.0]], [[0.0]], [0.5]).weights[0] == pytest.approx(0, abs=1e-6)


def test_wrong_features_are_explained():
    model = preferences.fit_reward(np.ones((2, 3)), np.zeros((2, 3)), [1, 0])
    with pytest.raises(ValueError, match=r"\(n, 3\) is needed"):
        model.reward(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"\(n, d\), \(n, d\) and \(n,\)"):
        preferences.fit_reward(np.ones((2, 3)), np.zeros((3, 3)), [1, 0])


def test_a_reward_model_recovers_a_judge_s_taste(features):
    rng = np.random.default_rng(0)
    pairs = rng.permutation(1000).reshape(2, 500)
    first, second = features[pairs[0]], features[pairs[1]]
    answers, _ = preferences.ask(preferences.SLANTED, first, second, rng)
    weights = preferences.fit_reward(first, second, answers, prior_sd=3.0).weights
    assert np.argmax(weights) == preferences.FEATURES.index("slant")
