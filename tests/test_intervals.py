"""Intervals hold the true value as often as they say, agree with SciPy, and refuse what cannot have one."""

import numpy as np
import pytest
from scipy import stats

from utils.intervals import Interval, difference_interval, mean_interval


def test_agrees_with_scipy_on_one_sample() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.05, 7)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    interval = mean_interval(values, confidence=0.9)
    assert interval.mean == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_agrees_with_scipy_on_two_samples() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.6, 0.05, 7), rng.normal(0.5, 0.2, 5)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    interval = difference_interval(a, b)
    assert interval.mean == pytest.approx(a.mean() - b.mean())
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_agrees_with_scipy_on_pairs() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 1, 6)
    a, b = shared + rng.normal(0.2, 0.05, 6), shared
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    interval = difference_interval(a, b, paired=True)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    unpaired = difference_interval(a, b)
    assert unpaired.high - unpaired.low > interval.high - interval.low


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_mean_is_covered_as_often_as_stated(confidence: float) -> None:
    samples = np.random.default_rng(3).normal(0.5, 0.1, (4000, 5))
    intervals = [mean_interval(sample, confidence) for sample in samples]
    covered = np.mean([interval.low <= 0.5 <= interval.high for interval in intervals])
    assert covered == pytest.approx(confidence, abs=3.5 * np.sqrt(confidence * (1 - confidence) / 4000))


def test_difference_is_covered_as_often_as_stated_with_unequal_spread() -> None:
    rng = np.random.default_rng(4)
    intervals = [difference_interval(rng.normal(1, 0.1, 10), rng.normal(0, 1, 6)) for _ in range(3000)]
    covered = np.mean([interval.low <= 1 <= interval.high for interval in intervals])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval([0.25, 0.25, 0.25]) == Interval(0.25, 0.25, 0.25)
    assert difference_interval([0.5, 0.5], [0.25, 0.25]) == Interval(0.25, 0.25, 0.25)


def test_reads_as_mean_and_bracket() -> None:
    interval = Interval(0.5234, 0.4991, 0.5477)
    assert str(interval) == "0.52 [0.50, 0.55]"
    assert f"{interval}" == "0.52 [0.50, 0.55]"
    assert f"{interval:.3f}" == "0.523 [0.499, 0.548]"
    assert f"{Interval(0.5, 0.25, 0.75):.0%}" == "50% [25%, 75%]"


@pytest.mark.parametrize("values", [[], [0.5]])
def test_one_seed_has_no_interval(values: list[float]) -> None:
    with pytest.raises(ValueError, match=rf"values holds {len(values)} number.*at least two: add seeds\.$"):
        mean_interval(values)
    with pytest.raises(ValueError, match=rf"b holds {len(values)} number.*at least two: add seeds\.$"):
        difference_interval([0.5, 0.6], values)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_failed_run_is_not_averaged_away(bad: float) -> None:
    with pytest.raises(ValueError, match=r"1 NaN or infinite number\(s\) among 3"):
        mean_interval([0.5, bad, 0.6])


def test_refuses_a_matrix_a_percentage_and_pairs_without_partner() -> None:
    with pytest.raises(ValueError, match=r"values has shape \(2, 2\)"):
        mean_interval(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="confidence is 95"):
        mean_interval([0.5, 0.6], confidence=95)
    with pytest.raises(ValueError, match="a has 3 and b has 2"):
        difference_interval([1, 2, 3], [1, 2], paired=True)
