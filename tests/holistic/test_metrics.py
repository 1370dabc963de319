"""Metrics of answers whose quality is known."""

import dataclasses

import numpy as np
import pytest

from utils import holistic
from utils.holistic import METRICS, Outcome

nan = np.nan


def outcome_of(right, confidence=1.0):
    right = np.asarray(right, dtype=bool)
    probabilities = np.where(right[:, None], [1 - confidence, confidence], [confidence, 1 - confidence])
    facts = {"milliseconds": 1.0, "labels": 0.0, "trained": 0.0, "bytes": 0.0}
    nothing = np.full(probabilities.shape, np.nan)
    return Outcome(np.ones(len(right), dtype=np.int64), probabilities[None], nothing, nothing, facts)


def test_accuracy_and_calibration_of_answers_whose_quality_is_known():
    everything = np.arange(40)
    sure = outcome_of([True] * 30 + [False] * 10)
    assert METRICS["accuracy"].compute(sure, everything) == 0.75
    assert METRICS["calibration error"].compute(sure, everything) == pytest.approx(0.25, abs=0.26)
    assert holistic.calibration_error(np.full(40, 0.75), [True, True, True, False] * 10) == pytest.approx(0, abs=1e-12)
    assert holistic.calibration_error(np.ones(40), np.zeros(40)) == 1.0
    with pytest.raises(ValueError, match="outside"):
        holistic.calibration_error([1.2], [1.0])


def test_the_calibration_error_is_that_of_assignment_05():
    """Bin floor(B r / n), with r answers of strictly lower confidence: the example by hand of the assignment."""
    confidence, right = [0.9, 0.6, 0.8, 0.6, 0.7, 1.0, 0.6], [1, 1, 1, 0, 1, 0, 1]
    assert holistic.calibration_error(confidence, right, 3) == pytest.approx(1.6 / 7)
    rng = np.random.default_rng(0)
    confidence, right = rng.choice([0.5, 0.6, 0.9, 1.0], 43), rng.integers(2, size=43)
    sums: dict[int, float] = {}
    for p, y in zip(confidence, right, strict=True):
        place = 10 * sum(q < p for q in confidence) // 43
        sums[place] = sums.get(place, 0.0) + y - p
    expected = sum(map(abs, sums.values())) / 43
    order = rng.permutation(43)
    assert holistic.calibration_error(confidence, right) == pytest.approx(expected)
    assert holistic.calibration_error(confidence[order], right[order]) == pytest.approx(expected)
    with pytest.raises(ValueError, match="at least one bin"):
        holistic.calibration_error([0.5], [1], 0)


def test_the_calibration_error_of_several_draws_is_the_mean_of_theirs():
    rng = np.random.default_rng(1)
    first = rng.dirichlet([1, 1], size=(3, 40))
    base = outcome_of(rng.random(40) < 0.5)
    several = dataclasses.replace(base, probabilities=first)
    ones = [dataclasses.replace(base, probabilities=first[[draw]]) for draw in range(3)]
    compute = METRICS["calibration error"].compute
    mean = np.mean([compute(one, np.arange(40)) for one in ones])
    assert compute(several, np.arange(40)) == pytest.approx(mean)


def test_bins_have_equal_mass():
    confidence = np.concatenate([np.full(90, 0.9), np.linspace(0.5, 0.6, 10)])
    right = np.concatenate([np.ones(90), np.zeros(10)])
    # Ten parts of ten: the doubtful answers fill one of them.
    assert holistic.calibration_error(confidence, right) == pytest.approx(0.9 * 0.1 + 0.1 * 0.55)


def test_a_guess_among_equals_counts_as_its_chance():
    facts = {"milliseconds": 1.0, "labels": 0.0, "trained": 0.0, "bytes": 0.0}
    even = Outcome(
        np.zeros(4, dtype=np.int64), np.full((1, 4, 2), 0.5), np.full((4, 2), nan), np.full((4, 2), nan), facts
    )
    assert METRICS["accuracy"].compute(even, np.arange(4)) == 0.5


def test_robustness_is_the_worst_of_both_forms_and_name_sensitivity_the_change():
    base = outcome_of([True] * 8)
    changed, swapped = base.probabilities[0].copy(), base.probabilities[0].copy()
    changed[:2] = changed[:2, ::-1]
    swapped[:, 0], swapped[:, 1] = 0.25, 0.75
    cell = dataclasses.replace(base, changed=changed, swapped=swapped)
    assert METRICS["robustness"].compute(cell, np.arange(8)) == 0.75
    assert METRICS["sensitivity to names"].compute(cell, np.arange(8)) == 0.25
    few = dataclasses.replace(cell, swapped=np.where(np.arange(8)[:, None] < 5, swapped, nan))
    assert np.isnan(METRICS["sensitivity to names"].compute(few, np.arange(8)))
