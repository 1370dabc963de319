"""Metrics: one value per run, computed from the answers to its items.

Add your own with ``METRICS.add(Metric(...))``: a function of an :class:`Outcome` and of which items count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray, IntArray
from utils.holistic.registry import Registry

#: A mean over fewer items than this is not reported.
MIN_ITEMS = 6


@dataclass(frozen=True)
class Outcome:
    """The answers of one run: a model in a scenario after an adaptation.

    labels: int64 (n,), the correct answers to the n items.
    probabilities: float64 (seeds, n, k), of the k answers, for each draw of the examples.
    changed: float64 (n, k), of the first draw, for the items in a perturbed form with the same answer (typing errors,
        case, other words); NaN rows for items without such a form.
    swapped: float64 (n, k), of the first draw, for the items with the people replaced; NaN rows where there are none.
    facts: ``milliseconds`` of one core per text, number of ``labels``, number of ``trained`` parameters, ``bytes`` of
        the model.
    states_probability: whether the values are meant as probabilities.
    """

    labels: IntArray
    probabilities: FloatArray
    changed: FloatArray
    swapped: FloatArray
    facts: Mapping[str, float]
    states_probability: bool = True

    @cached_property
    def right(self) -> FloatArray:
        """(seeds, n): 1 where the likeliest answer is correct, 0 where it is wrong (:func:`rightness`)."""
        return rightness(self.probabilities, self.labels)


@dataclass(frozen=True)
class Metric:
    """One value per run.

    name: as it appears in the table.
    better: whether ``"higher"`` or ``"lower"`` is better.
    compute: a function (outcome, items) → float, NaN where the metric does not apply. ``items`` are the positions of
        the items that count; a bootstrap draws them with repetitions.
    reason: why the cell of the table is empty, where ``compute`` returns NaN.
    of_items: whether it depends on which items count; otherwise it has no interval over them.
    """

    name: str
    better: Literal["higher", "lower"]
    compute: Callable[[Outcome, IntArray], float]
    reason: str = ""
    of_items: bool = True

    @property
    def sign(self) -> int:
        """1 or −1: the factor that makes higher better."""
        return 1 if self.better == "higher" else -1


def rightness(probabilities: ArrayLike, labels: ArrayLike) -> FloatArray:
    """Of probabilities (…, n, k) and labels (n,): (…, n), 1 where the likeliest answer is correct, else 0.

    If m answers share the largest probability and the correct one is among them, the value is 1/m: the expected value
    of a random choice among them.

    Example:
        >>> rightness([[0.9, 0.1], [0.5, 0.5]], [0, 1]).tolist()
        [1.0, 0.5]
    """
    table, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(labels)
    best = table == table.max(axis=-1, keepdims=True)
    own = np.take_along_axis(best, np.broadcast_to(truth, table.shape[:-1])[..., None], axis=-1)[..., 0]
    return np.asarray(own / best.sum(axis=-1))


def calibration_error(confidence: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error with bins of equal mass, in [0, 1]: how far confidence is from accuracy.

    Of n answers, one with r answers of strictly lower confidence belongs to bin ⌊bins · r / n⌋, so that equal
    confidences share a bin and the order of the answers does not matter. The error is the mean over the answers of
    |accuracy − mean confidence| of their bin; an empty bin does not count. HELM (Liang et al. 2022) uses ten bins of
    equal mass. With few answers the error is biased upwards: a bin of five answers rarely has exactly the expected
    accuracy. So compare errors only of equal numbers of answers.

    Args:
        confidence: (n,), the predicted probability of each answer, in [0, 1].
        right: (n,), whether it was correct: booleans or values in [0, 1].
        bins: how many, at least 1.

    Raises:
        ValueError: if the lengths differ, there are no answers, a confidence is not in [0, 1], or bins is below 1.

    Example:
        >>> calibration_error([0.75, 0.75, 0.75, 0.75], [True, True, True, False], bins=4)
        0.0
    """
    stated, truth = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if stated.ndim != 1 or stated.shape != truth.shape or not len(stated):
        raise ValueError(
            f"confidence has shape {stated.shape} and right {truth.shape}, but each answer needs one of each: give "
            "two lists of the same length."
        )
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError(
            "confidence contains values outside [0, 1], but must be probabilities: give those of the answers."
        )
    if bins < 1:
        raise ValueError(f"bins is {bins}, but at least one bin is needed: 10 is usual.")
    lower = np.searchsorted(np.sort(stated), stated)
    # The size of a bin times the difference of its means is the difference of its sums.
    return float(np.abs(np.bincount(bins * lower // len(stated), truth - stated)).sum() / len(stated))


def accuracy(outcome: Outcome, items: IntArray) -> float:
    """Share of correct answers in [0, 1], averaged over the draws of the examples."""
    return float(outcome.right[:, items].mean())


def calibration(outcome: Outcome, items: IntArray) -> float:
    """:func:`calibration_error` of the likeliest answers of one draw of the examples, averaged over the draws.

    The error of all draws together would be that of more answers, and so less biased than for an adaptation with one
    draw.
    """
    if not outcome.states_probability:
        return float("nan")
    stated = np.clip(outcome.probabilities[:, items].max(axis=-1), 0, 1)
    errors = [calibration_error(*draw) for draw in zip(stated, outcome.right[:, items], strict=True)]
    return float(np.mean(errors))


def robustness(outcome: Outcome, items: IntArray) -> float:
    """Share of items answered correctly both as written and perturbed: HELM's worst case over an item's forms."""
    present = items[np.isfinite(outcome.changed[items, 0])]
    if len(present) < MIN_ITEMS:
        return float("nan")
    changed = rightness(outcome.changed[present], outcome.labels[present])
    return float(np.minimum(outcome.right[0, present], changed).mean())


def name_sensitivity(outcome: Outcome, items: IntArray) -> float:
    """The mean change, in [0, 1], of the answers' probabilities when the people in the text are replaced.

    The change of one item is the total variation distance ½ Σ |p − p′|; with two answers, it is the change of either.
    It does not measure unfairness to women or men: names of the same gender may change the answers as much, and the
    value has no direction.
    """
    present = items[np.isfinite(outcome.swapped[items, 0])]
    if len(present) < MIN_ITEMS:
        return float("nan")
    return float(np.abs(outcome.probabilities[0, present] - outcome.swapped[present]).sum(axis=-1).mean() / 2)


def _fact(name: str) -> Callable[[Outcome, IntArray], float]:
    return lambda outcome, _: float(outcome.facts[name])


METRICS: Registry[Metric] = Registry(
    "metric",
    [
        Metric("accuracy", "higher", accuracy),
        Metric("calibration error", "lower", calibration, "states no probabilities"),
        Metric("robustness", "higher", robustness, f"fewer than {MIN_ITEMS} changed items"),
        Metric("sensitivity to names", "lower", name_sensitivity, f"fewer than {MIN_ITEMS} texts name a person"),
        Metric("milliseconds", "lower", _fact("milliseconds"), of_items=False),
        Metric("labels", "lower", _fact("labels"), of_items=False),
        Metric("trained parameters", "lower", _fact("trained"), of_items=False),
        Metric("bytes", "lower", _fact("bytes"), of_items=False),
    ],
)
