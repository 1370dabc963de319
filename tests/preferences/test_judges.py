"""Simulated judges: answers that follow the utility, the temperature and the shares."""

import numpy as np
import pytest
from scipy.special import expit

from utils import preferences
from utils.preferences import SimulatedJudge


def test_a_judge_s_answers_follow_the_utility_and_the_temperature(features):
    judge = SimulatedJudge("test", stroke_weight=1.0, temperature=0.0)
    first, second = features[:500], features[500:]
    answers, judge_indices = preferences.ask(judge, first, second, np.random.default_rng(0))
    np.testing.assert_array_equal(answers, (first[:, 0] > second[:, 0]).astype(float))
    assert set(judge_indices) == {0}
    np.testing.assert_array_equal(preferences.ask(judge, first, first, np.random.default_rng(0))[0], 0.5)
    careless = SimulatedJudge("test", stroke_weight=1.0, temperature=2.0)
    bolder, usual = np.tile([1.0, 0.0, 0.0], (4000, 1)), np.zeros((4000, 3))
    assert careless.prefers(bolder, usual, np.random.default_rng(1)).mean() == pytest.approx(expit(0.5), abs=0.03)
    assert careless.probability(bolder, usual)[0] == pytest.approx(expit(0.5))


def test_beyond_enough_the_utility_decreases_as_it_increased():
    weights = np.column_stack([[0.0, 1.0, 2.0, 3.0, 5.0], np.zeros(5), np.zeros(5)])
    np.testing.assert_allclose(preferences.MODERATE.utility_of(weights), [0, 1, 2, 1, -1])
    np.testing.assert_allclose(preferences.BOLD.utility_of(weights), [0, 1, 2, 3, 5])


def test_a_crowd_answers_in_its_shares(features):
    first, second = np.repeat(features[:1], 3000, axis=0), np.repeat(features[1:2], 3000, axis=0)
    crowd = (preferences.BOLD, preferences.FINE)
    answers, judge_indices = preferences.ask(crowd, first, second, np.random.default_rng(0), shares=[3, 1])
    assert np.mean(judge_indices == 0) == pytest.approx(0.75, abs=0.03)
    for position, judge in enumerate(crowd):
        gap = judge.utility_of(features[:1]) - judge.utility_of(features[1:2])
        assert answers[judge_indices == position].mean() == pytest.approx(expit(gap[0] / judge.temperature), abs=0.05)


def test_impossible_judges_and_pairs_are_explained(features):
    with pytest.raises(ValueError, match="must not be negative: give 0 or more"):
        SimulatedJudge("test", temperature=-1)
    with pytest.raises(ValueError, match=r"features\.describe"):
        preferences.ask(preferences.BOLD, features[:3], features[:2], np.random.default_rng(0))
    with pytest.raises(ValueError, match="give one share per judge"):
        preferences.ask([preferences.BOLD], features[:3], features[3:6], np.random.default_rng(0), shares=[0.5, 0.5])
