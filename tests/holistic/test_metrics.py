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
