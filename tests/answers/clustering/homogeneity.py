"""Answers to exercise 2, entropy and homogeneity."""

import numpy as np
from sklearn.metrics.cluster import contingency_matrix

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="01_clustering",
    notebook="clustering",
    title="2 entropy and homogeneity",
    read="01_clustering: Six fruits, by hand",
    solutions=("entropy", "homogeneity"),
    checks=(
        "entropy-coin",
        "entropy-theory",
        "homogeneity-six_cards",
        "homogeneity-extremes",
        "homogeneity-theory",
    ),
)


def entropy(labels):
    """Stands for the student's own function of the cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("entropy")
def adds_term_by_term(labels):
    """Counts with a dictionary and adds one term a label, with the mathematics module."""
    import math

    sizes = {}
    for label in labels:
        sizes[label] = sizes.get(label, 0) + 1
    total = 0.0
    for size in sizes.values():
        total -= size / len(labels) * math.log(size / len(labels))
    return total


@EXERCISE.right("entropy")
def takes_the_logarithm_apart(labels):
    """Uses H = ln n - (1/n) sum of n_c ln n_c, in an array without dimensions."""
    sizes = np.unique(labels, return_counts=True)[1].astype(float)
    return np.array(np.log(sizes.sum()) - np.dot(sizes, np.log(sizes)) / sizes.sum())


@EXERCISE.right("entropy")
def changes_the_base_afterwards(labels):
    """Computes in bits, and converts to nats at the end."""
    from collections import Counter

    shares = np.array(list(Counter(labels).values())) / len(labels)
    return float((shares * -np.log2(shares)).sum() * np.log(2))


@EXERCISE.right("homogeneity")
def averages_the_entropies_of_the_clusters(classes, clusters):
    """Cuts the classes up by cluster, and weights the entropy of each cluster by its share of the cards."""
    classes, clusters = np.array(classes), np.array(clusters)
    if len(classes) == 0 or entropy(classes) == 0:
        return 1
    left = 0
    for cluster in np.unique(clusters):
        members = classes[clusters == cluster]
        left += len(members) / len(classes) * entropy(members)
    return 1 - left / entropy(classes)


@EXERCISE.right("homogeneity")
def divides_mutual_information(classes, clusters):
    """Uses h = I(C; K) / H(C), and lets nansum skip 0 ln 0: this warns, and is right."""
    if len(np.unique(classes)) <= 1:
        return np.float64(1)
    joint = contingency_matrix(classes, clusters) / len(classes)
    p, q = joint.sum(axis=1, keepdims=True), joint.sum(axis=0, keepdims=True)
    return np.nansum(joint * np.log(joint / (p * q))) / -np.sum(p * np.log(p))


@EXERCISE.right("homogeneity")
def uses_the_chain_rule_in_bits(classes, clusters):
    """Uses H(C|K) = H(C, K) - H(K), with every entropy in bits: the ratio has no unit."""

    def bits(table):
        shares = table[table > 0] / table.sum()
        return -(shares * np.log2(shares)).sum()

    if len(classes) == 0:
        return 1.0
    table = contingency_matrix(classes, clusters)
    if bits(table.sum(axis=1)) == 0:
        return 1.0
    return 1 - (bits(table) - bits(table.sum(axis=0))) / bits(table.sum(axis=1))


@EXERCISE.right("homogeneity")
def adds_a_tiny_number_in_the_logarithm(classes, clusters):
    """Keeps the logarithm finite with 1e-12, which changes nothing that could be seen, and calls SciPy's entropy."""
    from scipy import stats

    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    left = -(table / table.sum() * np.log(table / table.sum(axis=0) + 1e-12)).sum()
    return float(1 - left / stats.entropy(table.sum(axis=1)))


@EXERCISE.wrong("homogeneity")
def swapped_h_and_c(classes, clusters):
    """Conditions on the class instead of the cluster: this is completeness."""
    if len(set(clusters)) < 2:
        return 1.0
    joint = contingency_matrix(classes, clusters) / len(classes)
    within = joint / joint.sum(axis=1, keepdims=True)
    occupied = joint > 0
    return 1 + np.sum(joint[occupied] * np.log(within[occupied])) / entropy(clusters)


@EXERCISE.wrong("entropy")
def measures_in_bits(labels):
    """Takes the logarithm to the base 2, as in information theory, where nats were asked for."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.sum(shares * np.log2(shares))


@EXERCISE.wrong("homogeneity")
def zero_times_the_logarithm_of_zero(classes, clusters):
    """Multiplies 0 by log(0), which is nan in floating point."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    within = table / table.sum(axis=0)
    return 1 + np.sum(table / table.sum() * np.log(within)) / entropy(classes)


@EXERCISE.wrong("homogeneity")
def forgets_one_minus(classes, clusters):
    """Returns the share of the uncertainty that is left instead of the share that is taken away."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return -np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(classes)


@EXERCISE.wrong("entropy")
def forgets_the_minus(labels):
    """Leaves out the minus sign, so that the entropy is negative."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def takes_labels_for_sizes(labels):
    """Normalises the label values themselves, as if they were counts."""
    shares = np.array(labels) / np.sum(labels)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def averages_over_labels(labels):
    """Uses the mean where the definition has a sum."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.mean(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def counts_labels_from_zero(labels):
    """Counts with bincount, which knows whole numbers from 0 only, and leaves empty labels with a logarithm of 0."""
    shares = np.bincount(labels) / len(labels)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def normalises_by_the_number_of_labels(labels):
    """Divides by ln k, so that every balanced labelling has entropy 1."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.sum(shares * np.log(shares)) / max(np.log(len(shares)), 1e-12)


@EXERCISE.wrong("entropy")
def forgets_the_weights(labels):
    """Averages the surprise over the labels, as if each were equally frequent."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.log(shares).mean()


@EXERCISE.wrong("homogeneity")
def lets_every_cluster_count_alike(classes, clusters):
    """Averages the clusters' entropies without the weights n_k / n."""
    classes, clusters = np.array(classes), np.array(clusters)
    if len(set(classes.tolist())) < 2:
        return 1.0
    left = np.mean([entropy(classes[clusters == cluster]) for cluster in np.unique(clusters)])
    return 1 - left / entropy(classes)


@EXERCISE.wrong("homogeneity")
def mixes_bits_and_nats(classes, clusters):
    """Takes the conditional entropy in bits, and divides it by an entropy in nats."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log2(within[occupied])) / entropy(classes)


@EXERCISE.wrong("homogeneity")
def does_not_normalise(classes, clusters):
    """Returns 1 - H(C|K), which has no lower bound."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied]))


@EXERCISE.wrong("homogeneity")
def normalises_by_the_largest_entropy(classes, clusters):
    """Divides by ln of the number of classes, which is H(C) only for balanced classes."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / np.log(len(table))


@EXERCISE.wrong("homogeneity")
def returns_purity(classes, clusters):
    """Counts the majority class of each cluster: purity, a different score."""
    if len(classes) == 0:
        return 1.0
    table = contingency_matrix(classes, clusters)
    return table.max(axis=0).sum() / table.sum()


@EXERCISE.wrong("homogeneity")
def forgets_that_one_class_is_certain(classes, clusters):
    """Divides by H(C) = 0 where all cards have one class, and by 0 cards where there are none."""
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(classes)


@EXERCISE.wrong("homogeneity")
def gives_one_class_nothing(classes, clusters):
    """Returns 0 where there is nothing to be unsure about."""
    if len(set(classes)) < 2:
        return 0.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(classes)


@EXERCISE.wrong("entropy")
def takes_the_decimal_logarithm(labels):
    """Takes the logarithm to the base 10 where nats were asked for."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.sum(shares * np.log10(shares))


@EXERCISE.wrong("entropy")
def divides_by_one_card_fewer(labels):
    """Divides by n - 1, as a sample variance does, so that the shares do not add up to 1."""
    shares = np.unique(labels, return_counts=True)[1] / max(len(labels) - 1, 1)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def counts_runs_of_equal_labels(labels):
    """Counts runs of neighbouring cards, so that the order of the cards matters."""
    from itertools import groupby

    shares = np.array([len(list(run)) for _, run in groupby(labels)]) / len(labels)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy")
def raises_e_to_the_entropy(labels):
    """Returns the perplexity, e to the entropy."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return np.exp(-np.sum(shares * np.log(shares)))


@EXERCISE.wrong("entropy")
def sorts_the_labels_of_the_caller(labels):
    """Sorts the labels that it is given in place."""
    labels.sort()
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("homogeneity")
def takes_nearly_one_class_for_one_class(classes, clusters):
    """Rounds H(C) before it asks whether there is anything to be unsure about."""
    if len(classes) == 0:
        return 1.0
    table = contingency_matrix(classes, clusters)
    shares = table.sum(axis=1) / table.sum()
    whole = -np.sum(shares * np.log(shares))
    if round(whole, 2) == 0:
        return 1.0
    inside = (table / table.sum(axis=0))[table > 0]
    return 1 + np.sum(table[table > 0] / table.sum() * np.log(inside)) / whole


@EXERCISE.wrong("homogeneity")
def numbers_the_clusters_from_zero(classes, clusters):
    """Looks for clusters called 0, 1, 2 and so on, and passes over all others."""
    if len(set(classes)) < 2:
        return 1.0
    classes, clusters = np.asarray(classes), np.asarray(clusters)
    left = 0.0
    for k in range(len(set(clusters.tolist()))):
        inside = classes[clusters == k]
        if len(inside):
            left += len(inside) / len(classes) * entropy(inside)
    return 1 - left / entropy(classes)


@EXERCISE.wrong("homogeneity")
def normalises_the_mutual_information(classes, clusters):
    """Returns normalised mutual information, which divides by the mean of H(C) and H(K)."""
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(classes, clusters) if len(set(classes)) > 1 else 1.0


@EXERCISE.wrong("homogeneity")
def measures_gini_impurity(classes, clusters):
    """Measures impurity by squared shares, as decision trees do, where the definition has entropies."""
    if len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    whole = 1 - np.sum((table.sum(axis=1) / table.sum()) ** 2)
    inside = 1 - np.sum((table / table.sum(axis=0)) ** 2, axis=0)
    return 1 - np.average(inside, weights=table.sum(axis=0)) / whole
