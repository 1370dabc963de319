"""Answers to exercise 1, calibration error."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="05_holistic",
    notebook="holistic",
    title="1 calibration error",
    read="05_holistic: More than right or wrong",
    solutions=("calibration_error",),
    checks=("calibration_error-seven_answers", "calibration_error-ties", "calibration_error-theory"),
)
right, wrong = EXERCISE.right("calibration_error"), EXERCISE.wrong("calibration_error")


@right
def goes_through_bins_one_by_one(confidences, correct, n_bins=10):
    """Puts the answers into lists, one a bin, and weights each bin's gap."""
    n = len(confidences)
    bins = [[] for _ in range(n_bins)]
    for p, y in zip(confidences, correct, strict=True):
        below = sum(1 for q in confidences if q < p)
        bins[below * n_bins // n].append((p, y))
    error = 0.0
    for members in bins:
        if members:
            conf = sum(p for p, _ in members) / len(members)
            acc = sum(y for _, y in members) / len(members)
            error += len(members) / n * abs(acc - conf)
    return error


@right
def ranks_with_scipy(confidences, correct, n_bins=10):
    """Takes the lowest rank of tied confidences, and masks the answers of each bin."""
    from scipy.stats import rankdata

    p, y = np.asarray(confidences), np.asarray(correct)
    place = n_bins * (rankdata(p, method="min").astype(int) - 1) // len(p)
    return np.sum([abs((y[place == b] - p[place == b]).mean()) * np.mean(place == b) for b in np.unique(place)])


@right
def groups_with_pandas(confidences, correct, n_bins=10):
    """Lets pandas rank and group the answers."""
    import pandas as pd

    answers = pd.DataFrame({"p": np.asarray(confidences, dtype=float), "y": np.asarray(correct, dtype=float)})
    rank = answers["p"].rank(method="min").astype(int) - 1
    gaps = (answers["y"] - answers["p"]).groupby(n_bins * rank // len(answers)).sum()
    return gaps.abs().sum() / len(answers)


@right
def leaves_empty_bins_to_nansum(confidences, correct, n_bins=10):
    """Divides by the size of every bin, empty ones included, and drops the nan afterwards: this warns, and is right."""
    p, y = np.array(confidences, dtype=float), np.array(correct, dtype=float)
    below = (p[:, None] > p).sum(axis=1)
    members = np.arange(n_bins)[:, None] == n_bins * below // len(p)
    sizes = members.sum(axis=1)
    gaps = np.abs(members @ y / sizes - members @ p / sizes)
    return np.nansum(gaps * sizes) / len(p)


@wrong
def cuts_bins_of_equal_width(confidences, correct, n_bins=10):
    """Cuts the range from 0 to 1 into equal parts, as the older definition has it."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = np.minimum((p * n_bins).astype(int), n_bins - 1)
    return np.abs(np.bincount(place, weights=y - p)).sum() / len(p)


@wrong
def averages_bins_without_weights(confidences, correct, n_bins=10):
    """Takes the plain mean of the gaps, as if all bins held the same number of answers."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return np.mean([abs(y[place == b].mean() - p[place == b].mean()) for b in np.unique(place)])


@wrong
def lets_bins_pay_for_each_other(confidences, correct, n_bins=10):
    """Takes the absolute value of the sum: a bin that is too sure makes up for one that is not sure enough."""
    return abs(np.mean(correct) - np.mean(confidences))


@wrong
def tears_ties_apart(confidences, correct, n_bins=10):
    """Splits the sorted answers into equal pieces, so that equal confidences may land in two bins."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    order = np.argsort(p, kind="stable")
    return sum(abs((y[part] - p[part]).sum()) for part in np.array_split(order, n_bins)) / len(p)


@wrong
def does_not_carry_the_answers_along(confidences, correct, n_bins=10):
    """Sorts the confidences, and leaves what was right in its old order."""
    p, y = np.sort(np.asarray(confidences, dtype=float)), np.asarray(correct, dtype=float)
    place = n_bins * np.searchsorted(p, p) // len(p)
    return np.abs(np.bincount(place, weights=y - p)).sum() / len(p)


@wrong
def leaves_out_the_remainder(confidences, correct, n_bins=10):
    """Makes bins of n // n_bins answers, and drops the most confident ones that are left over."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    order, size = np.argsort(p), max(len(p) // n_bins, 1)
    parts = [order[i : i + size] for i in range(0, size * n_bins, size)]
    return sum(abs((y[part] - p[part]).sum()) for part in parts) / len(p)


@wrong
def takes_the_worst_bin(confidences, correct, n_bins=10):
    """Returns the largest gap: the maximum calibration error, another score."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return max(abs(y[place == b].mean() - p[place == b].mean()) for b in np.unique(place))


@wrong
def squares_the_gaps(confidences, correct, n_bins=10):
    """Takes the root of the mean square of the gaps, as statisticians often do."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return np.sqrt(sum(np.mean(place == b) * (y - p)[place == b].mean() ** 2 for b in np.unique(place)))


@wrong
def lets_empty_bins_be_nan(confidences, correct, n_bins=10):
    """Divides by the number of answers in every bin, and forgets that a bin may be empty."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return sum(np.mean(place == b) * abs(np.mean((y - p)[place == b])) for b in range(n_bins))


@wrong
def never_asks_for_fewer_than_ten(confidences, correct, n_bins=10):
    """Ignores the number of bins that was asked for."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = 10 * np.searchsorted(np.sort(p), p) // len(p)
    return np.abs(np.bincount(place, weights=y - p)).sum() / len(p)


@wrong
def counts_those_at_least_as_sure_as_below(confidences, correct, n_bins=10):
    """Takes the highest rank of tied confidences, which sends ties to a later bin."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    place = n_bins * (np.searchsorted(np.sort(p), p, side="right") - 1) // len(p)
    return np.abs(np.bincount(place, weights=y - p)).sum() / len(p)


@wrong
def cuts_at_quantiles_of_the_confidences(confidences, correct, n_bins=10):
    """Takes the edges of the bins from np.quantile, which interpolates between answers."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    edges = np.quantile(p, np.linspace(0, 1, n_bins + 1))
    place = np.searchsorted(edges[1:-1], p, side="left")
    return np.abs(np.bincount(place, weights=y - p)).sum() / len(p)


@wrong
def counts_half_of_those_as_sure_as_below(confidences, correct, n_bins=10):
    """Takes the mean rank of tied confidences instead of the number of answers strictly below."""
    sure = np.asarray(confidences, dtype=float)
    ordered = np.sort(sure)
    below = (np.searchsorted(ordered, sure) + np.searchsorted(ordered, sure, side="right") - 1) / 2
    places = (n_bins * below // len(sure)).astype(int)
    return np.abs(np.bincount(places, weights=correct - sure)).sum() / len(sure)


@wrong
def counts_the_different_confidences_below(confidences, correct, n_bins=10):
    """Numbers the different confidences, so that a frequent one counts no more than a rare one."""
    sure = np.asarray(confidences, dtype=float)
    places = n_bins * np.unique(sure, return_inverse=True)[1] // len(sure)
    return np.abs(np.bincount(places, weights=correct - sure)).sum() / len(sure)


@wrong
def divides_before_it_multiplies(confidences, correct, n_bins=10):
    """Rounds r / n to a float first: times B, it may fall just below a whole number."""
    sure = np.asarray(confidences, dtype=float)
    below = np.searchsorted(np.sort(sure), sure)
    places = np.floor(below / len(sure) * n_bins).astype(int)
    return np.abs(np.bincount(places, weights=correct - sure)).sum() / len(sure)


@wrong
def turns_low_confidences_round(confidences, correct, n_bins=10):
    """Takes a confidence below one half for confidence in the other answer."""
    sure, right_ones = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    right_ones, sure = np.where(sure < 0.5, 1 - right_ones, right_ones), np.maximum(sure, 1 - sure)
    places = n_bins * np.searchsorted(np.sort(sure), sure) // len(sure)
    return np.abs(np.bincount(places, weights=right_ones - sure)).sum() / len(sure)


@wrong
def sorts_the_callers_answers(confidences, correct, n_bins=10):
    """Sorts the confidences and answers that it is given in place."""
    order = np.argsort(confidences, kind="stable")
    confidences[:] = [confidences[i] for i in order]
    correct[:] = [correct[i] for i in order]
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    bins = n_bins * np.searchsorted(p, p) // len(p)
    return sum(abs(np.sum((y - p)[bins == b])) for b in range(n_bins)) / len(p)


@wrong
def takes_the_middle_of_the_bin(confidences, correct, n_bins=10):
    """Takes the middle of the bin's number range for its mean confidence."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    bins = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return sum((bins == b).mean() * abs(y[bins == b].mean() - (b + 0.5) / n_bins) for b in np.unique(bins))


@wrong
def numbers_the_bins_from_one(confidences, correct, n_bins=10):
    """Goes through the bins from 1, and passes over bin 0."""
    p, y = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    bins = n_bins * np.searchsorted(np.sort(p), p) // len(p)
    return sum(abs(np.sum((y - p)[bins == b])) for b in range(1, n_bins + 1)) / len(p)
