"""Answers to exercise 3, completeness and V-measure."""

import numpy as np
from sklearn.metrics import completeness_score, homogeneity_score
from sklearn.metrics.cluster import contingency_matrix

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="01_clustering",
    notebook="clustering",
    title="3 completeness and V-measure",
    read="01_clustering: Six fruits, by hand",
    solutions=("completeness", "v_measure"),
    checks=(
        "completeness-six_cards",
        "completeness-extremes",
        "completeness-theory",
        "v_measure-six_cards",
        "v_measure-extremes",
        "v_measure-theory",
    ),
    equivalent={
        "if h + c == 0: -> if h + c <= 0:": "h and c are never negative",
        "if h + c == 0: -> if h * c == 0:": "where one of them is 0, the formula gives 0 as well",
        "joint = contingency_matrix(classes, clusters) / len(clusters)"
        " -> joint = contingency_matrix(classes, clusters) / len(classes)": "there are as many classes as clusters",
    },
)


def entropy(labels):
    """Stands for the student's own function of exercise 2, which the answers below may call."""
    raise NotImplementedError


def homogeneity(classes, clusters):
    """Stands for the student's own function of exercise 2, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("completeness")
def averages_the_entropies_of_the_classes(classes, clusters):
    """Goes class by class, in plain Python."""
    from collections import Counter
    from math import log

    def nats(labels):
        return sum(-size / len(labels) * log(size / len(labels)) for size in Counter(labels).values())

    piles = {}
    for a, b in zip(classes, clusters, strict=True):
        piles.setdefault(a, []).append(b)
    if len(set(clusters)) <= 1:
        return 1
    left = sum(len(pile) * nats(pile) for pile in piles.values()) / len(clusters)
    return 1 - left / nats(list(clusters))


@EXERCISE.right("completeness")
def divides_mutual_information_by_the_clusters_entropy(classes, clusters):
    """Uses c = I(C; K) / H(K), and repairs 0/0 and 0 ln 0 afterwards: this warns, and is right."""
    joint = contingency_matrix(classes, clusters) / len(classes) if len(classes) else np.ones((1, 1))
    p, q = joint.sum(axis=1), joint.sum(axis=0)
    information = np.nan_to_num(joint * np.log(joint / np.outer(p, q))).sum()
    uncertainty = -(q * np.log(q)).sum()
    return np.array(information / uncertainty if uncertainty > 1e-12 else 1.0)


@EXERCISE.right("completeness")
def exchanges_the_labellings(classes, clusters):
    """Sees that completeness is homogeneity with the two labellings exchanged."""
    return homogeneity(clusters, classes)


@EXERCISE.right("v_measure")
def weights_the_reciprocals(classes, clusters, beta=1.0):
    """Uses the harmonic mean as such: 1/V is the weighted mean of 1/h and 1/c."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if min(h, c) == 0:
        return 0
    return 1 / ((1 / h + beta / c) / (1 + beta))


@EXERCISE.right("v_measure")
def repairs_the_division_afterwards(classes, clusters, beta=1.0):
    """Divides 0 by 0 in NumPy and replaces the nan: this warns, and is right."""
    h, c = np.float64(homogeneity_score(classes, clusters)), np.float64(completeness_score(classes, clusters))
    return np.nan_to_num((1 + beta) * h * c / (beta * h + c))


@EXERCISE.right("v_measure")
def starts_from_its_own_scores(classes, clusters, beta=1.0):
    """Calls the functions of exercises 2 and 3, and takes rounding errors for what they are."""
    h, c = float(homogeneity(classes, clusters)), float(homogeneity(clusters, classes))
    if h < 1e-12 and c < 1e-12:
        return 0.0
    return (h * c + beta * h * c) / (c + h * beta)


@EXERCISE.wrong("v_measure")
def beta_on_the_wrong_side(classes, clusters, beta=1.0):
    """Multiplies c instead of h by beta in the denominator, so that beta > 1 weighs homogeneity."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h + c == 0:
        return 0.0
    return (1 + beta) * h * c / (h + beta * c)


@EXERCISE.wrong("completeness")
def returns_homogeneity(classes, clusters):
    """Conditions on the cluster instead of the class."""
    return homogeneity(classes, clusters)


@EXERCISE.wrong("v_measure")
def squares_beta(classes, clusters, beta=1.0):
    """Carries the F-measure's beta squared over to V."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h + c == 0:
        return 0.0
    return (1 + beta**2) * h * c / (beta**2 * h + c)


@EXERCISE.wrong("completeness")
def divides_by_the_entropy_of_the_classes(classes, clusters):
    """Exchanges the roles above the fraction line, and forgets it below."""
    if len(set(clusters)) < 2 or len(set(classes)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=1, keepdims=True)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(classes)


@EXERCISE.wrong("completeness")
def looks_for_the_largest_piece(classes, clusters):
    """Counts the largest piece of each class: inverse purity, a different score."""
    if len(classes) == 0:
        return 1.0
    table = contingency_matrix(classes, clusters)
    return table.max(axis=1).sum() / table.sum()


@EXERCISE.wrong("completeness")
def gives_one_cluster_nothing(classes, clusters):
    """Takes one cluster for a failure, though every class is whole in it."""
    if len(set(clusters)) < 2:
        return 0.0
    return homogeneity(clusters, classes)


@EXERCISE.wrong("completeness")
def forgets_that_one_cluster_is_certain(classes, clusters):
    """Divides by H(K) = 0 where all cards are in one cluster."""
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=1, keepdims=True)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(clusters)


@EXERCISE.wrong("completeness")
def forgets_to_subtract_from_one(classes, clusters):
    """Returns the share of the uncertainty that is left instead of the share that is taken away; on the six cards
    the two happen to be equal.
    """
    if len(set(clusters)) < 2:
        return 1.0
    return 1 - homogeneity(clusters, classes)


@EXERCISE.wrong("completeness")
def divides_along_the_wrong_axis(classes, clusters):
    """Divides by the cluster sizes, so that the conditional entropy is that of the classes."""
    if len(set(clusters)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    occupied = table > 0
    within = table / table.sum(axis=0)
    return 1 + np.sum(table[occupied] / table.sum() * np.log(within[occupied])) / entropy(clusters)


@EXERCISE.wrong("v_measure")
def takes_the_arithmetic_mean(classes, clusters, beta=1.0):
    """Averages h and c arithmetically, so that one cluster still gets half."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    return (h + beta * c) / (1 + beta)


@EXERCISE.wrong("v_measure")
def takes_the_geometric_mean(classes, clusters, beta=1.0):
    """Averages h and c geometrically, as one of the variants of normalised mutual information does."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    return (h * c**beta) ** (1 / (1 + beta))


@EXERCISE.wrong("v_measure")
def divides_zero_by_zero(classes, clusters, beta=1.0):
    """Forgets that h and c can both be 0."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    return (1 + beta) * h * c / (beta * h + c)


@EXERCISE.wrong("v_measure")
def ignores_beta(classes, clusters, beta=1.0):
    """Ignores beta: the formula is that for beta = 1."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h + c == 0:
        return 0.0
    return 2 * h * c / (h + c)


@EXERCISE.wrong("v_measure")
def leaves_two_in_front(classes, clusters, beta=1.0):
    """Puts beta below the fraction line, and leaves the 2 of the harmonic mean above it."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h + c == 0:
        return 0.0
    return 2 * h * c / (beta * h + c)


@EXERCISE.wrong("v_measure")
def gives_no_cards_nothing(classes, clusters, beta=1.0):
    """Returns 0 for no cards, where scikit-learn's convention is 1."""
    if len(classes) == 0:
        return 0.0
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h + c == 0:
        return 0.0
    return (1 + beta) * h * c / (beta * h + c)


@EXERCISE.wrong("v_measure")
def takes_small_scores_for_zero(classes, clusters, beta=1.0):
    """Returns 0 as soon as one of the two scores is small, not only where both are 0."""
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    if h < 0.05 or c < 0.05:
        return 0.0
    return (1 + beta) * h * c / (beta * h + c)


@EXERCISE.wrong("completeness")
def takes_nearly_one_cluster_for_one_cluster(classes, clusters):
    """Takes a small H(K) for 0, so that a card outside the one large cluster does not matter."""
    if len(classes) == 0:
        return 1.0
    table = contingency_matrix(classes, clusters)
    shares = table.sum(axis=0) / table.sum()
    whole = -np.sum(shares * np.log(shares))
    if whole < 0.05:
        return 1.0
    inside = (table / table.sum(axis=1, keepdims=True))[table > 0]
    return 1 + np.sum(table[table > 0] / table.sum() * np.log(inside)) / whole


@EXERCISE.wrong("completeness")
def normalises_by_the_number_of_clusters(classes, clusters):
    """Divides by ln of the number of clusters, which is H(K) only for clusters of equal size."""
    if len(set(clusters)) < 2:
        return 1.0
    table = contingency_matrix(classes, clusters)
    inside = (table / table.sum(axis=1, keepdims=True))[table > 0]
    return 1 + np.sum(table[table > 0] / table.sum() * np.log(inside)) / np.log(table.shape[1])


@EXERCISE.wrong("completeness")
def takes_normalised_mutual_information(classes, clusters):
    """Returns normalised mutual information, which mixes completeness with homogeneity."""
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(classes, clusters) if len(set(clusters)) > 1 else 1.0


@EXERCISE.wrong("completeness")
def gives_one_class_everything(classes, clusters):
    """Returns 1 where all cards are of one class, however many clusters they are in."""
    if len(set(classes)) < 2 or len(set(clusters)) < 2:
        return 1.0
    return completeness_score(classes, clusters)


@EXERCISE.wrong("v_measure")
def takes_beta_for_a_whole_number(classes, clusters, beta=1.0):
    """Cuts beta down to a whole number, so that a beta of one half weighs like 0."""
    beta = int(beta)
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    return 0.0 if h + c == 0 else (1 + beta) * h * c / (beta * h + c)


@EXERCISE.wrong("v_measure")
def never_lets_beta_fall_below_one(classes, clusters, beta=1.0):
    """Raises a beta below 1 to 1, so that V never moves towards homogeneity."""
    beta = max(beta, 1.0)
    h, c = homogeneity_score(classes, clusters), completeness_score(classes, clusters)
    return 0.0 if h + c == 0 else (1 + beta) * h * c / (beta * h + c)


@EXERCISE.wrong("completeness")
def numbers_the_pairs_by_hundreds(classes, clusters):
    """Numbers the pairs 100 c + k, so that two pairs share a number where clusters are no numbers from 0 to 99."""

    def nats(names):
        shares = np.unique(names, return_counts=True)[1] / len(names)
        return -np.sum(shares * np.log(shares))

    if len(set(clusters)) < 2:
        return 1.0
    pairs = [100 * c + k for c, k in zip(classes, clusters, strict=True)]
    return 1 - (nats(pairs) - nats(classes)) / nats(clusters)
