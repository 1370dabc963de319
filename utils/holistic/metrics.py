"""Metrics: what "good" means. Each is a number of one cell, computed from what was answered, item by item.

Add your own with ``METRICS.add(Metric(...))``: a function of an :class:`Outcome` and of which items count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.holistic.registry import Registry

FloatArray = NDArray[np.float64]
Items = NDArray[np.int64]

#: A share of fewer items than this is not stated.
FEWEST = 6


@dataclass(frozen=True)
class Outcome:
    """What one model answered in one scenario after one adaptation.

    labels: int64 (n,), the right answers to the n items.
    probabilities: float64 (seeds, n, k), of the k answers, for each draw of the examples.
    changed: float64 (n, k), of the first draw, for the items in a changed form that leaves the answer as it is (typing
        errors, case, other words); NaN rows where the item was not changed.
    swapped: float64 (n, k), of the first draw, for the items with other people in them; NaN rows where there are none.
    facts: ``milliseconds`` of one core a text, ``labels`` that were given, ``trained`` numbers, ``bytes`` of the model.
    states_probability: whether the numbers claim to be probabilities.
    """

    labels: NDArray[np.int64]
    probabilities: FloatArray
    changed: FloatArray
    swapped: FloatArray
    facts: Mapping[str, float]
    states_probability: bool = True

    @property
    def right(self) -> FloatArray:
        """(seeds, n): 1 where the likeliest answer is right, 0 where it is wrong (:func:`rightness`)."""
        return rightness(self.probabilities, self.labels)


@dataclass(frozen=True)
class Metric:
    """A number of a cell.

    name: in the table.
    better: whether ``"higher"`` or ``"lower"`` is better.
    compute: a function (outcome, items) → float, NaN where the cell makes no sense. ``items`` are the positions of the
        items that count; a bootstrap draws them with repetitions.
    reason: why a cell is empty, where ``compute`` gives NaN.
    of_items: whether it depends on which items count; otherwise it has no interval over them.
    """

    name: str
    better: Literal["higher", "lower"]
    compute: Callable[[Outcome, Items], float]
    reason: str = ""
    of_items: bool = True

    @property
    def sign(self) -> int:
        """1 or −1: what makes higher better."""
        return 1 if self.better == "higher" else -1


def rightness(probabilities: ArrayLike, labels: ArrayLike) -> FloatArray:
    """Of probabilities (…, n, k) and labels (n,): (…, n), 1 where the likeliest answer is the right one, else 0.

    A model that finds m answers equally likely and the right one among them gets 1/m: what a fair die would.
    """
    table, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(labels)
    best = table == table.max(axis=-1, keepdims=True)
    own = np.take_along_axis(best, np.broadcast_to(truth, table.shape[:-1])[..., None], axis=-1)[..., 0]
    return np.asarray(own / best.sum(axis=-1))


def calibration_error(confidence: ArrayLike, right: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error with bins of equal mass, in [0, 1]: how far stated confidence is from accuracy.

    The answers are sorted by confidence and cut into ``bins`` parts of the same size (up to one answer); the error is
    the mean over the answers of |accuracy − mean confidence| of their part. HELM (Liang et al. 2022) takes ten. With
    few answers it is biased upwards: a part of five answers rarely has exactly the accuracy that it should.

    Args:
        confidence: (n,), the probability that each answer was given, in [0, 1].
        right: (n,), whether it was right: booleans or numbers in [0, 1].

    Raises:
        ValueError: if the lengths differ, there are no answers, or a confidence is not in [0, 1].
    """
    stated, truth = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if stated.ndim != 1 or stated.shape != truth.shape or not len(stated):
        raise ValueError(
            f"confidence has shape {stated.shape} and right {truth.shape}, but each answer needs one of either: give "
            "two lists of the same length."
        )
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError("confidence holds numbers outside [0, 1], but it is a probability: give the answer's own.")
    order = np.argsort(stated, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return float(sum(len(part) * abs(truth[part].mean() - stated[part].mean()) for part in parts) / len(order))


def accuracy(outcome: Outcome, items: Items) -> float:
    """Share of right answers, averaged over the draws of the examples."""
    return float(outcome.right[:, items].mean())


def calibration(outcome: Outcome, items: Items) -> float:
    """:func:`calibration_error` of the likeliest answers, over all draws together."""
    if not outcome.states_probability:
        return float("nan")
    stated = outcome.probabilities[:, items].max(axis=-1).ravel()
    return calibration_error(np.clip(stated, 0, 1), outcome.right[:, items].ravel())


def robustness(outcome: Outcome, items: Items) -> float:
    """Share of items answered rightly both as they are and changed: HELM's worst case over an item's forms."""
    known = items[np.isfinite(outcome.changed[items, 0])]
    if len(known) < FEWEST:
        return float("nan")
    changed = rightness(outcome.changed[known], outcome.labels[known])
    return float(np.minimum(outcome.right[0, known], changed).mean())


def fairness(outcome: Outcome, items: Items) -> float:
    """By how much the answers' probabilities change when other people stand in the text: the mean, in [0, 1].

    The change of one item is the total variation distance ½ Σ |p − p′|; of two answers, it is the change of either.
    """
    known = items[np.isfinite(outcome.swapped[items, 0])]
    if len(known) < FEWEST:
        return float("nan")
    return float(np.abs(outcome.probabilities[0, known] - outcome.swapped[known]).sum(axis=-1).mean() / 2)


def _fact(name: str) -> Callable[[Outcome, Items], float]:
    return lambda outcome, _: float(outcome.facts[name])


METRICS: Registry[Metric] = Registry("metric")
METRICS.add(Metric("accuracy", "higher", accuracy))
METRICS.add(Metric("calibration error", "lower", calibration, "states no probabilities"))
METRICS.add(Metric("robustness", "higher", robustness, f"fewer than {FEWEST} changed items"))
METRICS.add(Metric("unfairness", "lower", fairness, f"fewer than {FEWEST} texts name a person"))
METRICS.add(Metric("milliseconds", "lower", _fact("milliseconds"), of_items=False))
METRICS.add(Metric("labels", "lower", _fact("labels"), of_items=False))
METRICS.add(Metric("trained parameters", "lower", _fact("trained"), of_items=False))
METRICS.add(Metric("bytes", "lower", _fact("bytes"), of_items=False))
