"""Scores from comparisons: the maximum, its intervals, and the error where there is none."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.special import expit

from utils import preferences
from utils.preferences import Comparisons


def simulated(scores, n, rng):
    """n answers, each about a random pair, with known scores behind them."""
    k = len(scores)
    first = rng.integers(k, size=n)
    second = (first + rng.integers(1, k, size=n)) % k
    return Comparisons(first, second, (rng.random(n) < expit(scores[first] - scores[second])).astype(float), k)


def test_scores_are_recovered_better_from_more_simulated():
    rng = np.random.default_rng(0)
    scores = np.array([1.0, 0.4, 0.0, -0.4, -1.0])
    few, many = (np.abs(preferences.fit(simulated(scores, n, rng)).scores - scores).max() for n in (200, 20_000))
    assert many < 0.08
    assert many < few


def test_the_fit_is_the_maximum_and_sums_to_zero():
    comparisons = simulated(np.array([0.8, 0.1, -0.3, -0.6]), 300, np.random.default_rng(1))
    ranking = preferences.fit(comparisons)
    assert ranking.scores.sum() == pytest.approx(0, abs=1e-9)
    slope = approx_fprime(ranking.scores, lambda s: preferences.log_likelihood(s, comparisons), 1e-6)
    np.testing.assert_allclose(slope, 0, atol=1e-3)
    best = preferences.log_likelihood(ranking.scores, comparisons)
    assert preferences.log_likelihood(ranking.scores + 3, comparisons) == pytest.approx(best)
    assert ranking.order() == np.argsort(-ranking.scores).tolist()


def test_two_items_have_the_log_odds_and_its_textbook_error():
    ranking = preferences.fit(Comparisons([0] * 40, [1] * 40, [1] * 30 + [0] * 10, 2))
    gap = ranking.difference(0, 1)
    assert gap.mean == pytest.approx(np.log(3), abs=1e-6)
    assert (gap.high - gap.mean) / 1.959964 == pytest.approx(np.sqrt(1 / 30 + 1 / 10), rel=1e-4)
    assert ranking.probability(0, 1) == pytest.approx(0.75, abs=1e-6)


def test_a_tie_pulls_together():
    won = Comparisons([0, 0, 1], [1, 1, 0], [1, 1, 1], 2)
    assert preferences.fit(won.with_answer(0, 1, 0.5)).probability(0, 1) == pytest.approx(2.5 / 4, abs=1e-6)
    assert preferences.fit(Comparisons([0], [1], [0.5], 2)).scores == pytest.approx([0, 0])


def test_intervals_contain_the_truth_as_often_as_they_claim():
    rng = np.random.default_rng(2)
    scores = np.array([0.6, 0.1, -0.2, -0.5])
    contained = []
    for _ in range(150):
        gap = preferences.fit(simulated(scores, 300, rng)).difference(0, 2)
        contained.append(gap.low < scores[0] - scores[2] < gap.high)
    assert 0.89 < np.mean(contained) < 0.99


@pytest.mark.parametrize(
    ("comparisons", "message"),
    [
        (Comparisons([0, 1], [1, 2], [1, 1], 3), r"Item 0 never lost to or tied with.*prior_sd"),
        (Comparisons([0, 1, 2, 3, 0], [1, 0, 3, 2, 2], [1, 1, 1, 1, 1], 4), r"Items 0, 1 never lost.*any other"),
        (Comparisons([0, 1, 2, 3], [1, 0, 3, 2], [1, 1, 1, 1], 4), r"2 groups that were never compared"),
        (Comparisons.none(2), r"2 groups"),
    ],
)
def test_scores_that_are_not_finite_are_an_error_and_finite_with_a_prior(comparisons, message):
    with pytest.raises(preferences.NoFiniteRanking, match=message) as caught:
        preferences.fit(comparisons)
    assert "\n" not in str(caught.value)
    ranking = preferences.fit(comparisons, prior_sd=1.0)
    assert np.isfinite(ranking.scores).all()
    if len(comparisons):
        assert ranking.order()[0] in (0, 1)


def test_a_wide_prior_changes_nothing():
    comparisons = simulated(np.array([0.5, 0.0, -0.5]), 200, np.random.default_rng(3))
    np.testing.assert_allclose(
        preferences.fit(comparisons, prior_sd=1e3).scores, preferences.fit(comparisons).scores, atol=1e-4
    )


def test_names_do_not_matter():
    comparisons = simulated(np.array([0.9, 0.2, -1.1]), 150, np.random.default_rng(4))
    renamed = np.array([2, 0, 1])
    other = Comparisons(renamed[comparisons.first], renamed[comparisons.second], comparisons.outcome, 3)
    np.testing.assert_allclose(preferences.fit(other).scores[renamed], preferences.fit(comparisons).scores, atol=1e-6)
    turned = Comparisons(comparisons.second, comparisons.first, 1 - comparisons.outcome, 3)
    np.testing.assert_allclose(preferences.fit(turned).scores, preferences.fit(comparisons).scores, atol=1e-6)
