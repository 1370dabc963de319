"""Linear support vector machines on one latent each, many at once.

SAP asks of every latent how well a linear classifier tells every factor from it alone: with ten latents and the five
factors of the sprites that is 1,130 two-class problems, each with one weight, one bias and thousands of points. The
squared hinge loss of such a problem is a sum over the points on one side of a threshold, so that sums over the sorted
latent, prepared once, give its value, gradient and curvature by looking up two thresholds. Newton's method then solves
all problems together, to full precision: the minimum of a strictly convex function does not depend on how it is found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from utils.disentanglement.table import FloatArray, IntArray

_TOLERANCE = 1e-9  # of the gradient, compared with the sum of the points' weights
_MAX_STEPS = 100


def accuracies(
    codes: FloatArray, labels: IntArray, test_codes: FloatArray, test_labels: IntArray, *, penalty: float
) -> FloatArray:
    """Test accuracy of a linear classifier on each latent alone.

    The classifier minimises, as scikit-learn's ``LinearSVC(C=penalty, class_weight="balanced")`` does, for each class
    against the rest ½(w² + b²) + Σ Cᵢ max(0, 1 − yᵢ(w xᵢ + b))², where Cᵢ is C · n / (classes · points of the class)
    for the points of the class and C for the rest; two classes make one such problem, balanced on both sides.

    Args:
        codes: (n, d) latents to fit on.
        labels: (n,) classes, integers; at least two different ones.
        test_codes: (m, d) latents to score on.
        test_labels: (m,) their classes.
        penalty: the C of the support vector machine, above 0.

    Returns:
        Accuracies (d,).
    """
    classes, numbered = np.unique(labels, return_inverse=True)
    scores = np.empty(codes.shape[1])
    weights, biases = _fit(codes, numbered, len(classes), penalty)
    for i in range(codes.shape[1]):
        decisions = test_codes[:, i, None] * weights[i] + biases[i]
        predicted = (decisions[:, 0] > 0).astype(np.int64) if len(classes) == 2 else decisions.argmax(axis=1)
        scores[i] = np.mean(classes[predicted] == test_labels)
    return scores


def _fit(codes: FloatArray, labels: IntArray, n_classes: int, penalty: float) -> tuple[FloatArray, FloatArray]:
    """Weights and biases (d, classes), or (d, 1) for two classes, of which the second is the positive one."""
    n, d = codes.shape
    counts = np.bincount(labels, minlength=n_classes)
    balanced = penalty * n / (n_classes * counts)
    order = np.argsort(codes, axis=0, kind="stable")
    everything, by_class = [], []
    for i in range(d):
        ranked = codes[order[:, i], i]
        everything.append(ranked)
        by_class.append(ranked[np.argsort(labels[order[:, i]], kind="stable")])
    # Problem (i, c) has the points of class c in latent i for its positive ones, and all others for its negative ones.
    first = np.cumsum(counts) - counts
    positive = np.arange(1, 2) if n_classes == 2 else np.arange(n_classes)
    latent, label = np.repeat(np.arange(d), len(positive)), np.tile(positive, d)
    problems = _Problems(
        _Sums.of(np.concatenate(by_class)),
        latent * n + first[label],
        latent * n + first[label] + counts[label],
        _Sums.of(np.concatenate(everything)),
        latent * n,
        (latent + 1) * n,
        balanced[label],
        np.full(len(label), balanced[0] if n_classes == 2 else penalty),
    )
    weights, biases = _newton(problems)
    return weights.reshape(d, -1), biases.reshape(d, -1)


class _Sums(NamedTuple):
    """Numbers in ranges sorted from small to large, and the sums of their powers up to each place."""

    values: FloatArray
    powers: NDArray[np.float64]  # (3, numbers + 1): sums of 1, x and x² before each place

    @classmethod
    def of(cls, values: FloatArray) -> _Sums:
        powers = np.zeros((3, len(values) + 1))
        np.cumsum(values[None] ** np.arange(3)[:, None], axis=1, out=powers[:, 1:])
        return cls(values, powers)

    def below(self, threshold: FloatArray, start: IntArray, stop: IntArray) -> IntArray:
        """The first place in each range whose value is not below the threshold: a binary search in all at once."""
        low, high = start.copy(), stop.copy()
        for _ in range(int(np.max(stop - start)).bit_length()):
            middle = (low + high) // 2
            is_below = (middle < high) & (self.values[np.minimum(middle, len(self.values) - 1)] < threshold)
            low, high = np.where(is_below, middle + 1, low), np.where(is_below, high, middle)
        return low

    def within_margin(self, sign: int, w: FloatArray, b: FloatArray, start: IntArray, stop: IntArray) -> FloatArray:
        """Sums (3, problems) of 1, x, x² over the points of each range with sign · (w x + b) < 1."""
        with np.errstate(divide="ignore", invalid="ignore"):
            threshold = (sign - b) / w
        threshold = np.where(w == 0, np.where(sign * b < 1, np.inf, -np.inf), threshold)
        cut = self.below(threshold, start, stop)
        lower = (w == 0) | (sign * w > 0)  # the points within the margin are the lower ones, else the upper ones
        return self.powers[:, np.where(lower, cut, stop)] - self.powers[:, np.where(lower, start, cut)]


class _Problems(NamedTuple):
    """Two-class problems: where their positive points lie, where all their points lie, and what a point weighs."""

    positives: _Sums
    positive_start: IntArray
    positive_stop: IntArray
    everything: _Sums
    start: IntArray
    stop: IntArray
    positive_cost: FloatArray
    negative_cost: FloatArray

    def subset(self, chosen: NDArray[np.bool_]) -> _Problems:
        return _Problems(
            self.positives,
            self.positive_start[chosen],
            self.positive_stop[chosen],
            self.everything,
            self.start[chosen],
            self.stop[chosen],
            self.positive_cost[chosen],
            self.negative_cost[chosen],
        )

    def value(self, w: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Objective (p,), gradient (2, p), and the three different entries of the curvature (3, p): ww, wb, bb."""
        inside = self.positives.within_margin(1, w, b, self.positive_start, self.positive_stop)
        outside = self.everything.within_margin(-1, w, b, self.start, self.stop)
        outside = outside - self.positives.within_margin(-1, w, b, self.positive_start, self.positive_stop)
        objective, gradient = (w * w + b * b) / 2, np.stack([w, b])
        curvature = np.stack([np.ones_like(w), np.zeros_like(w), np.ones_like(w)])
        for sign, cost, (s0, s1, s2) in ((1, self.positive_cost, inside), (-1, self.negative_cost, outside)):
            # The loss is Σ (1 − sign · (w x + b))², and 1/sign = sign.
            r = sign - b
            objective = objective + cost * (r * r * s0 - 2 * r * w * s1 + w * w * s2)
            gradient = gradient + 2 * cost * np.stack([w * s2 - r * s1, w * s1 - r * s0])
            curvature = curvature + 2 * cost * np.stack([s2, s1, s0])
        return objective, gradient, curvature


def _newton(problems: _Problems) -> tuple[FloatArray, FloatArray]:
    """Weights and biases (p,) at the minimum of each problem: Newton steps, halved until the objective has fallen."""
    w, b = np.zeros(len(problems.start)), np.zeros(len(problems.start))
    left = np.arange(len(w))
    scale = np.maximum(1, problems.negative_cost * (problems.stop - problems.start))
    for _ in range(_MAX_STEPS):
        remaining = problems.subset(np.isin(np.arange(len(w)), left))
        objective, gradient, (ww, wb, bb) = remaining.value(w[left], b[left])
        far = np.abs(gradient).max(axis=0) > _TOLERANCE * scale[left]
        if not far.any():
            break
        left, remaining = left[far], remaining.subset(far)
        objective, gradient, ww, wb, bb = objective[far], gradient[:, far], ww[far], wb[far], bb[far]
        determinant = ww * bb - wb * wb
        step_w = (bb * gradient[0] - wb * gradient[1]) / determinant
        step_b = (ww * gradient[1] - wb * gradient[0]) / determinant
        slope = step_w * gradient[0] + step_b * gradient[1]
        length = np.ones(len(left))
        for _ in range(_MAX_STEPS):
            reached, _, _ = remaining.value(w[left] - length * step_w, b[left] - length * step_b)
            too_far = reached > objective - 1e-4 * length * slope + 1e-12 * np.abs(objective)
            if not too_far.any():
                break
            length[too_far] /= 2
        w[left] -= length * step_w
        b[left] -= length * step_b
    return w, b
