"""Accuracy and differences of accuracy, with their intervals."""

import numpy as np
import pytest

from utils.prompting import accuracy, accuracy_difference, auc, auc_difference


def test_accuracy_is_a_share_with_an_interval_around_it():
    labels = np.arange(100) % 2
    predictions = labels.copy()
    predictions[:20] ^= 1
    interval = accuracy(labels, predictions)
    assert interval.mean == 0.8
    # The binomial's own spread: √(.8 · .2 / 100) = .04.
    assert interval.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.02)
    assert interval.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.02)
    assert interval == accuracy(labels, predictions)
    assert accuracy(labels, labels) == (1, 1, 1)


def test_a_wider_confidence_is_a_wider_interval():
    labels, predictions = np.zeros(50, int), np.arange(50) % 3 == 0
    narrow, wide = (accuracy(labels, predictions, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_paired_difference_forgets_what_is_hard_for_both():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    first = np.where(rng.random(400) < 0.6, labels, 1 - labels)
    second = first.copy()
    second[np.flatnonzero(first == labels)[:12]] ^= 1
    paired = accuracy_difference(labels, first, second)
    assert paired.mean == pytest.approx(12 / 400)
    assert paired.low > 0
    assert accuracy(labels, first).low < accuracy(labels, second).high, "unpaired intervals overlap"
    assert accuracy_difference(labels, second, first).mean == -paired.mean
    assert accuracy_difference(labels, first, first) == (0, 0, 0)


def test_accuracy_of_several_draws_knows_that_draws_differ():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    good, bad = (np.where(rng.random(400) < share, labels, 1 - labels) for share in (0.9, 0.5))
    one = accuracy(labels, good)
    assert accuracy(labels, np.stack([good, good, good])) == pytest.approx(one, abs=0.01)
    both = accuracy(labels, np.stack([good, bad]))
    assert both.mean == pytest.approx(np.mean([good == labels, bad == labels]))
    assert both.low < accuracy(labels, bad).high
    assert both.high > one.low
    swapped = accuracy_difference(labels, np.stack([good, bad]), np.stack([bad, good]))
    assert swapped.low < 0 < swapped.high


def test_accuracy_wants_an_answer_for_each_text():
    with pytest.raises(ValueError, match="two lists of the same length"):
        accuracy([0, 1, 1], [0, 1])
    with pytest.raises(ValueError, match="at least two"):
        accuracy([0], [0])
    with pytest.raises(ValueError, match=r"each text needs one"):
        accuracy([0, 1, 1], np.empty((0, 3)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        accuracy([0, 1], [0, 1], confidence=95)


def test_different_numbers_of_draws_are_resampled_independently():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=300)
    three, five = (np.where(rng.random((r, 300)) < 0.8, labels, 1 - labels) for r in (3, 5))
    difference = accuracy_difference(labels, three, five)
    assert difference.mean == pytest.approx((three == labels).mean() - (five == labels).mean())
    assert difference.low < difference.mean < difference.high
    turned = accuracy_difference(labels, five, three)
    assert turned.mean == pytest.approx(-difference.mean)
    assert turned.low == pytest.approx(-difference.high, abs=0.01)


def test_auc_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(2, size=80), rng.integers(6, size=80)
    pairs = scores[labels == 1][:, None] - scores[labels == 0]
    interval = auc(labels, scores)
    assert interval.mean == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
    assert interval.low < interval.mean < interval.high
    assert auc(labels, labels) == (1, 1, 1)
    assert auc(labels, np.exp(scores)) == interval, "no threshold and no unit enters"
    assert auc(labels, -scores).mean == pytest.approx(1 - interval.mean)


def test_auc_difference_is_paired_and_knows_that_draws_differ():
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=200)
    good, bad = labels + rng.normal(size=200), labels + 3 * rng.normal(size=200)
    assert auc_difference(labels, good, good) == (0, 0, 0)
    assert auc_difference(labels, good, bad).low > 0
    mixed = auc_difference(labels, np.stack([good, bad]), np.stack([bad, good]))
    assert mixed.mean == pytest.approx(0)
    assert mixed.low < -0.05
    assert mixed.high > 0.05
    with pytest.raises(ValueError, match="both classes"):
        auc([1, 1], [0.2, 0.3])
    with pytest.raises(ValueError, match="lists of the same length"):
        auc([0, 1], [0.2, 0.3, 0.4])
