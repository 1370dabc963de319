"""Intervals contain the true value as often as stated, follow their definitions, and refuse what cannot have one."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from utils.intervals import Interval, crossed_interval, difference_interval, mean_interval, normal_interval


def student(mean: float, error: float, freedom: float, confidence: float) -> tuple[float, float]:
    """Student's interval as textbooks write it: mean ± t · standard error."""
    t = stats.t.ppf((1 + confidence) / 2, freedom)
    return mean - t * error, mean + t * error


def test_one_sample_has_students_interval() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.05, 7)
    interval = mean_interval(values, confidence=0.9)
    expected = student(values.mean(), values.std(ddof=1) / np.sqrt(7), 6, 0.9)
    assert interval.mean == pytest.approx(values.mean())
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_two_samples_have_welchs_interval() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.6, 0.05, 7), rng.normal(0.5, 0.2, 5)
    va, vb = a.var(ddof=1) / 7, b.var(ddof=1) / 5
    freedom = (va + vb) ** 2 / (va**2 / 6 + vb**2 / 4)
    interval = difference_interval(a, b)
    assert interval.mean == pytest.approx(a.mean() - b.mean())
    expected = student(a.mean() - b.mean(), np.sqrt(va + vb), freedom, 0.95)
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_pairs_have_students_interval_of_their_differences() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 1, 6)
    a, b = shared + rng.normal(0.2, 0.05, 6), shared
    interval = difference_interval(a, b, paired=True)
    expected = student((a - b).mean(), (a - b).std(ddof=1) / np.sqrt(6), 5, 0.95)
    assert (interval.low, interval.high) == pytest.approx(expected)
    unpaired = difference_interval(a, b)
    assert unpaired.high - unpaired.low > interval.high - interval.low


@pytest.mark.filterwarnings("error")
def test_nearly_equal_values_have_an_interval_and_no_warning() -> None:
    nearly = [0.9, 0.9, 0.9 + 2e-16, 0.9]
    assert mean_interval(nearly).high - mean_interval(nearly).low < 1e-15
    assert difference_interval(nearly, [0.5, 0.5, 0.5 - 1e-16]).low == pytest.approx(0.4)


def test_an_estimate_has_its_normal_interval() -> None:
    interval = normal_interval(2.0, 0.5, confidence=0.95)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((2, 2 - 0.979982, 2 + 0.979982), abs=1e-6)
    with pytest.raises(ValueError, match=r"confidence is 1\.0, but must lie between 0 and 1"):
        normal_interval(2.0, 0.5, confidence=1.0)


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
    with pytest.raises(ValueError, match=rf"values has {len(values)} value.*at least two: add seeds\.$"):
        mean_interval(values)
    with pytest.raises(ValueError, match=rf"b has {len(values)} value.*at least two: add seeds\.$"):
        difference_interval([0.5, 0.6], values)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_failed_run_is_not_averaged_away(bad: float) -> None:
    with pytest.raises(ValueError, match=r"1 NaN or infinite value\(s\) among 3"):
        mean_interval([0.5, bad, 0.6])


def test_refuses_a_matrix_a_percentage_and_pairs_without_partner() -> None:
    with pytest.raises(ValueError, match=r"values has shape \(2, 2\)"):
        mean_interval(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="confidence is 95"):
        mean_interval([0.5, 0.6], confidence=95)
    with pytest.raises(ValueError, match="a has 3 and b has 2"):
        difference_interval([1, 2, 3], [1, 2], paired=True)


def crossed_samples(
    repetitions: float, items: float, rest: float, runs: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Tables (5, 200) of mean 0 with these standard deviations."""
    rng = np.random.default_rng(seed)
    for _ in range(runs):
        yield rng.normal(0, repetitions, (5, 1)) + rng.normal(0, items, (1, 200)) + rng.normal(0, rest, (5, 200))


@pytest.mark.parametrize("deviations", [(0.01, 0.1, 0.3), (0.005, 0.2, 0.3), (0.02, 0.0, 0.3), (0.0, 0.2, 0.3)])
def test_a_crossed_interval_covers_the_mean_when_both_are_drawn_anew(deviations: tuple[float, float, float]) -> None:
    intervals = [crossed_interval(table) for table in crossed_samples(*deviations, runs=400, seed=0)]
    assert 0.92 < np.mean([low < 0 < high for _, low, high in intervals]) <= 1


def test_an_interval_over_repetitions_misses_the_items() -> None:
    tables = list(crossed_samples(0.005, 0.2, 0.3, runs=400, seed=1))
    fixed = [mean_interval(table.mean(axis=1)) for table in tables]
    assert np.mean([low < 0 < high for _, low, high in fixed]) < 0.88


def test_a_bootstrap_of_both_contains_the_truth_at_least_as_often() -> None:
    rng = np.random.default_rng(2)
    hits = np.zeros(2)
    for table in crossed_samples(0.01, 0.1, 0.3, runs=200, seed=3):
        rows, columns = (rng.multinomial(n, [1 / n] * n, 300) / n for n in table.shape)
        low, high = np.quantile(np.einsum("br,rm,bm->b", rows, table, columns, optimize=True), [0.025, 0.975])
        interval = crossed_interval(table)
        hits += [interval.low < 0 < interval.high, low < 0 < high]
    assert 0.9 * 200 < hits[0] <= hits[1]


def test_a_crossed_interval_without_spread_over_items_is_that_of_the_repetitions() -> None:
    rows = np.array([0.5, 0.52, 0.49, 0.55, 0.51])
    table = np.repeat(rows[:, None], 50, axis=1)
    np.testing.assert_allclose(crossed_interval(table), mean_interval(rows))
    assert crossed_interval(np.full((3, 4), 0.25)) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.zeros(5), r"values has shape \(5,\), but at least two repetitions by two items"),
        (np.zeros((1, 5)), r"values has shape \(1, 5\)"),
        (np.array([[0.0, np.nan], [1.0, 2.0]]), "NaN"),
    ],
)
def test_a_crossed_interval_refuses_what_has_no_two_sources(table: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        crossed_interval(table)
