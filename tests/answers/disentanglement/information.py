"""Answers to exercise 1, mutual information and MIG."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="03_disentanglement",
    notebook="disentanglement",
    title="1 mutual information and MIG",
    read="03_disentanglement: MIG: one latent for a factor, and no second one",
    solutions=("mutual_information", "mig"),
    checks=("mutual_information-eight_pictures", "mutual_information-theory", "mig-three_latents", "mig-theory"),
    equivalent={
        "ordered = np.sort(np.vstack([np.zeros_like(entropies), information]), axis=0) -> "
        "ordered = np.sort(np.vstack([np.zeros_like(information), information]), axis=0)": (
            "more latents that know nothing are added, and none of them comes before one that knows something"
        ),
    },
)


@EXERCISE.right("mutual_information")
def adds_entropies(codes, factors, bins=20):
    """Uses I = H(a) + H(b) - H(a, b), with intervals by digitize."""

    def entropy(labels):
        counts = np.unique(labels, return_counts=True)[1]
        return -np.sum(counts / counts.sum() * np.log(counts / counts.sum()))

    levels = [np.unique(factor, return_inverse=True)[1] for factor in factors.T]
    table = []
    for latent in codes.T:
        interval = np.digitize(latent, np.histogram_bin_edges(latent, bins)[1:-1])
        row = [entropy(interval) + entropy(level) - entropy(interval * len(latent) + level) for level in levels]
        table.append(row)
    return np.array(table)


@EXERCISE.right("mutual_information")
def asks_scikit_learn(codes, factors, bins=20):
    """Cuts by pandas, and leaves the information to scikit-learn."""
    import pandas as pd
    from sklearn.metrics import mutual_info_score

    rows = []
    for latent in codes.T:
        spread = np.ptp(latent)
        edges = np.linspace(latent.min(), latent.max(), bins + 1)
        cut = pd.cut(latent, edges, labels=False, include_lowest=True, right=False) if spread else 0 * latent
        cut = np.nan_to_num(np.asarray(cut, dtype=float), nan=bins - 1)
        rows.append([mutual_info_score(cut.astype(int), factor) for factor in factors.T])
    return rows


@EXERCISE.right("mutual_information")
def divides_the_range_by_hand(codes, factors, bins=20):
    """Computes the number of the interval from the range, and lets nansum skip 0 ln 0: this warns, and is right."""
    information = np.empty((codes.shape[1], factors.shape[1]))
    for i in range(codes.shape[1]):
        low, high = codes[:, i].min(), codes[:, i].max()
        place = np.zeros(len(codes), dtype=int)
        if high > low:
            place = np.minimum(np.floor((codes[:, i] - low) / (high - low) * bins), bins - 1).astype(int)
        for j in range(factors.shape[1]):
            joint = np.zeros((bins, len(np.unique(factors[:, j]))))
            np.add.at(joint, (place, np.searchsorted(np.unique(factors[:, j]), factors[:, j])), 1 / len(codes))
            a, b = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
            information[i, j] = np.nansum(joint * np.log(joint / (a * b)))
    return information


@EXERCISE.right("mig")
def pads_with_a_latent_that_knows_nothing(information, entropies):
    """Adds a row of zeros, so that there is always a second latent, and sorts downwards."""
    k = len(entropies)
    padded = np.concatenate([information, np.zeros((1, k))])
    ordered = -np.sort(-padded, axis=0)
    return float(((ordered[0] - ordered[1]) / entropies).sum() / k)


@EXERCISE.right("mig")
def takes_out_the_largest(information, entropies):
    """Goes through the factors in a loop, and through the latents with Python's own sorting."""
    gaps = []
    for j, entropy in enumerate(entropies):
        best, *others = sorted((row[j] for row in information), reverse=True)
        gaps.append((best - (others[0] if others else 0)) / entropy)
    return sum(gaps) / len(gaps)


@EXERCISE.right("mig")
def partitions_the_latents(information, entropies):
    """Normalises first, then takes the two largest by partition; one latent is a case of its own."""
    shares = np.asarray(information) / np.asarray(entropies)[None, :]
    if len(shares) == 1:
        return shares.mean()
    largest = np.partition(shares, len(shares) - 2, axis=0)[-2:]
    return np.array(np.mean(largest.max(axis=0) - largest.min(axis=0)))


@EXERCISE.wrong("mutual_information")
def in_bits(codes, factors, bins=20):
    """Takes the logarithm to the base 2 where nats were asked for."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log2(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mig")
def subtracts_the_smallest(information, entropies):
    """Takes the gap between the best latent and the worst, where the second best was asked for."""
    return np.mean((information.max(axis=0) - information.min(axis=0)) / entropies)


@EXERCISE.wrong("mutual_information")
def correlates(codes, factors, bins=20):
    """Takes the information of two Gaussians with this correlation, which knows straight lines only."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            correlation = 0 if latent.std() == 0 else np.corrcoef(latent, factor)[0, 1]
            information[i, j] = -0.5 * np.log(max(1 - correlation**2, 1e-12))
    return information


@EXERCISE.wrong("mutual_information")
def exchanges_rows_and_columns(codes, factors, bins=20):
    """Uses one row per factor and one column per latent: the matrix is transposed."""
    information = np.zeros((factors.shape[1], codes.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[j, i] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def ignores_the_bins(codes, factors, bins=20):
    """Always cuts into 20 intervals, whatever was asked for."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(20, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def cuts_the_factors_too(codes, factors, bins=20):
    """Cuts the factor's range into the same number of intervals, so that near values fall into one."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            joint = np.histogram2d(latent, factor, bins=bins)[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def cuts_between_zero_and_one(codes, factors, bins=20):
    """Cuts the range from 0 to 1 into intervals, but a latent can have any range."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            place = np.clip((latent * bins).astype(int), 0, bins - 1)
            joint = np.zeros((bins, len(values)))
            np.add.at(joint, (place, numbers), 1 / len(latent))
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def cuts_at_quantiles(codes, factors, bins=20):
    """Makes intervals with equally many pictures instead of equal width."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        place = np.searchsorted(np.quantile(latent, np.linspace(0, 1, bins + 1)[1:-1]), latent, side="right")
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.zeros((bins, len(values)))
            np.add.at(joint, (place, numbers), 1 / len(latent))
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def zero_times_a_logarithm_of_zero(codes, factors, bins=20):
    """Multiplies 0 by log(0), which is nan in floating point."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            information[i, j] = np.sum(joint * np.log(joint / independent))
    return information


@EXERCISE.wrong("mutual_information")
def forgets_to_divide_by_n(codes, factors, bins=20):
    """Puts counts where shares belong."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0]
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def normalises_by_the_entropy(codes, factors, bins=20):
    """Returns the share of the factor's entropy that the latent takes away, which comes in the next step only."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            a, b = joint.sum(axis=1), joint.sum(axis=0)
            met = joint > 0
            gained = np.sum(joint[met] * np.log(joint[met] / np.outer(a, b)[met]))
            information[i, j] = gained / -np.sum(b * np.log(b))
    return information


@EXERCISE.wrong("mig")
def forgets_the_entropies(information, entropies):
    """Averages the gaps in nats, so that a factor with many values counts more."""
    ordered = np.sort(np.vstack([information, 0 * entropies]), axis=0)
    return np.mean(ordered[-1] - ordered[-2])


@EXERCISE.wrong("mig")
def takes_the_largest_alone(information, entropies):
    """Leaves out the second largest: this says how much is known, not whether one latent knows it alone."""
    return np.mean(information.max(axis=0) / entropies)


@EXERCISE.wrong("mig")
def compares_the_factors(information, entropies):
    """Sorts along the wrong axis, and measures whether a latent knows one factor only."""
    ordered = np.sort(information, axis=1)
    return np.mean((ordered[:, -1] - ordered[:, -2]) / np.mean(entropies))


@EXERCISE.wrong("mig")
def adds_up_the_factors(information, entropies):
    """Takes the sum over factors, which exceeds 1, for the mean."""
    ordered = np.sort(np.vstack([information, 0 * entropies]), axis=0)
    return np.sum((ordered[-1] - ordered[-2]) / entropies)


@EXERCISE.wrong("mig")
def divides_by_the_largest_information(information, entropies):
    """Divides by what the best latent knows instead of by all there is to know."""
    ordered = np.sort(np.vstack([information, 0 * entropies]), axis=0)
    return np.mean((ordered[-1] - ordered[-2]) / np.maximum(ordered[-1], 1e-12))


@EXERCISE.wrong("mig")
def needs_a_second_latent(information, entropies):
    """Looks for the second largest where there is one latent only."""
    ordered = np.sort(information, axis=0)
    return np.mean((ordered[-1] - ordered[-2]) / entropies)


@EXERCISE.wrong("mig")
def pools_the_gaps(information, entropies):
    """Divides the sum of the gaps by the sum of the entropies, so that a factor with many values counts more."""
    ordered = np.sort(np.vstack([information, 0 * entropies]), axis=0)
    return np.sum(ordered[-1] - ordered[-2]) / np.sum(entropies)


@EXERCISE.wrong("mutual_information")
def takes_a_narrow_latent_for_constant(codes, factors, bins=20):
    """Treats a latent whose range is below 0.001 as constant, though only its unit is small."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        if np.ptp(latent) < 1e-3:
            continue
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def rounds_the_codes_to_float32(codes, factors, bins=20):
    """Stores the codes in single precision, which cannot tell 1000000.01 from 1000000.02."""
    codes = codes.astype(np.float32)
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            values, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(values)))[0] / len(latent)
            independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            met = joint > 0
            information[i, j] = np.sum(joint[met] * np.log(joint[met] / independent[met]))
    return information


@EXERCISE.wrong("mutual_information")
def cuts_the_factor_too(codes, factors, bins=20):
    """Cuts the factor's values into as many intervals as the latent, which merges values if there are more of them."""
    table = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.T):
        for j, factor in enumerate(factors.T):
            numbers = np.unique(factor, return_inverse=True)[1]
            joint = np.histogram2d(latent, numbers, bins=bins)[0] / len(codes)
            product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
            there = joint > 0
            table[i, j] = np.sum(joint[there] * np.log(joint[there] / product[there]))
    return table


@EXERCISE.wrong("mig")
def sorts_the_table_it_was_given(information, entropies):
    """Sorts in place, after which the caller's table is another one."""
    information.sort(axis=0)
    second = information[-2] if len(information) > 1 else 0
    return np.mean((information[-1] - second) / entropies)


@EXERCISE.wrong("mutual_information")
def makes_whole_numbers_of_the_codes(codes, factors, bins=20):
    """Cuts the codes to whole numbers before it counts."""
    information = np.zeros((codes.shape[1], factors.shape[1]))
    for i, latent in enumerate(codes.astype(int).T):
        for j, factor in enumerate(factors.T):
            names, numbers = np.unique(factor, return_inverse=True)
            joint = np.histogram2d(latent, numbers, bins=(bins, len(names)))[0] / len(latent)
            product = joint.sum(axis=1)[:, None] * joint.sum(axis=0)
            information[i, j] = np.sum(joint[joint > 0] * np.log(joint[joint > 0] / product[joint > 0]))
    return information


@EXERCISE.wrong("mig")
def takes_the_second_different_value(information, entropies):
    """Removes equal values first, so that two latents that know the same leave a gap."""
    gaps = []
    for column, entropy in zip(np.asarray(information).T, entropies, strict=True):
        values = np.append([0.0, 0.0], np.unique(column)) if len(column) == 1 else np.unique(column)
        gaps.append((values[-1] - (values[-2] if len(values) > 1 else 0.0)) / entropy)
    return np.mean(gaps)


@EXERCISE.wrong("mig")
def uses_each_latent_once(information, entropies):
    """Gives each factor the best latent that no earlier factor has taken."""
    free, gaps = list(range(len(information))), []
    for j, entropy in enumerate(entropies):
        column = np.asarray(information)[:, j]
        best = max(free or range(len(column)), key=lambda i: column[i])
        if best in free:
            free.remove(best)
        gaps.append((column[best] - max([0.0, *np.delete(column, best)])) / entropy)
    return np.mean(gaps)


@EXERCISE.wrong("mig")
def divides_by_the_largest_entropy(information, entropies):
    """Divides all gaps by the largest entropy instead of each by its own factor's."""
    ranks = np.sort(np.vstack([np.zeros(len(entropies)), information]), axis=0)
    return np.mean(ranks[-1] - ranks[-2]) / np.max(entropies)
