"""Clusters of codes, scored against labels that the model never saw.

scikit-learn does the clustering and the metrics; this module adds what topic 01 is about: all scores side by side, the
degenerate clusterings that tell the scores apart, edits of a clustering, and the comparison of models over seeds.
Arguments come in scikit-learn's order, `(labels_true, labels_pred)`: swapping them exchanges homogeneity and
completeness.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics
from sklearn.cluster import KMeans

from utils.intervals import difference_interval

IntArray = NDArray[np.int64]

SCORES = ("homogeneity", "completeness", "v_measure", "ami", "ari", "purity", "silhouette")


def kmeans(codes: ArrayLike, k: int, seed: int = 0, n_init: int = 10) -> IntArray:
    """Group codes into `k` clusters with k-means (Lloyd, 1982), started by k-means++ (Arthur & Vassilvitskii, 2007).

    Args:
        codes: (n, d) finite numbers; k-means measures distances in whatever units the axes have.
        k: number of clusters, 1 to n.
        seed: seed of the random starts.
        n_init: number of random starts, of which the one with the smallest within-cluster sum of squares is kept.

    Returns:
        (n,) integers in 0..k-1.

    Raises:
        ValueError: if codes are not a matrix or k is not between 1 and n.
    """
    codes = _matrix(codes)
    if not 1 <= k <= len(codes):
        raise ValueError(f"k is {k} for {len(codes)} codes: choose k between 1 and the number of codes.")
    labels: IntArray = KMeans(k, random_state=seed, n_init=n_init).fit_predict(codes).astype(np.int64)
    return labels


def purity(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """Share of points that belong to the largest class of their cluster (Manning, Raghavan & Schütze, 2008, ch. 16).

    Args:
        labels_true: (n,) classes.
        labels_pred: (n,) clusters.

    Returns:
        A number in (0, 1]; 1.0 for empty input, as scikit-learn's clustering scores have it.

    Raises:
        ValueError: if the two lengths differ.
    """
    labels_true, labels_pred = _pair(labels_true, labels_pred)
    if len(labels_true) == 0:
        return 1.0
    table = metrics.cluster.contingency_matrix(labels_true, labels_pred)
    return float(table.max(axis=0).sum() / table.sum())


def silhouette(codes: ArrayLike, labels_pred: ArrayLike) -> float:
    """Mean silhouette (Rousseeuw, 1987), with nan where it is not defined.

    Args:
        codes: (n, d) numbers.
        labels_pred: (n,) clusters.

    Returns:
        A number in [-1, 1]; nan where there are fewer than 2 or more than n - 1 clusters (scikit-learn raises there).

    Raises:
        ValueError: if codes are not a matrix with one row a label.
    """
    codes, labels_pred = _matrix(codes), np.asarray(labels_pred)
    if len(codes) != len(labels_pred):
        raise ValueError(f"Got {len(codes)} codes and {len(labels_pred)} labels: give one label a code.")
    if not 2 <= len(np.unique(labels_pred)) <= len(labels_pred) - 1:
        return float("nan")
    return float(metrics.silhouette_score(codes, labels_pred))


def scores(labels_true: ArrayLike, labels_pred: ArrayLike, codes: ArrayLike | None = None) -> dict[str, float]:
    """All scores of one clustering, by name, in the order of `SCORES`.

    Homogeneity, completeness and V-measure are those of Rosenberg & Hirschberg (2007); AMI that of Vinh, Epps & Bailey
    (2010); ARI that of Hubert & Arabie (1985).

    Args:
        labels_true: (n,) classes.
        labels_pred: (n,) clusters.
        codes: (n, d) numbers, needed for the silhouette only.

    Returns:
        Homogeneity, completeness, V-measure and purity in [0, 1]; AMI and ARI at most 1 and about 0 for chance; the
        silhouette in [-1, 1], or nan without codes or where it is not defined.

    Raises:
        ValueError: if the lengths differ.
    """
    labels_true, labels_pred = _pair(labels_true, labels_pred)
    homogeneity, completeness, v_measure = metrics.homogeneity_completeness_v_measure(labels_true, labels_pred)
    return {
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v_measure),
        "ami": float(metrics.adjusted_mutual_info_score(labels_true, labels_pred)),
        "ari": float(metrics.adjusted_rand_score(labels_true, labels_pred)),
        "purity": purity(labels_true, labels_pred),
        "silhouette": float("nan") if codes is None else silhouette(codes, labels_pred),
    }


def score_table(
    labels_true: ArrayLike, labelings: Mapping[str, ArrayLike], codes: ArrayLike | None = None
) -> pd.DataFrame:
    """Scores of several clusterings of the same points: one row a clustering, one column a score.

    Args:
        labels_true: (n,) classes.
        labelings: name -> (n,) clusters.
        codes: (n, d) numbers, needed for the silhouette only.

    Raises:
        ValueError: if the lengths differ.
    """
    rows = {name: scores(labels_true, labels_pred, codes) for name, labels_pred in labelings.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SCORES))


def one_cluster(labels_true: ArrayLike) -> IntArray:
    """Put all (n,) points into one cluster: complete for every class, and empty of information."""
    return np.zeros(len(np.asarray(labels_true)), dtype=np.int64)


def singletons(labels_true: ArrayLike) -> IntArray:
    """Give each of the (n,) points a cluster of its own: homogeneous without having found anything."""
    return np.arange(len(np.asarray(labels_true)), dtype=np.int64)


def split_classes(labels_true: ArrayLike, rng: np.random.Generator, m: int = 2) -> IntArray:
    """Cut every class at random into `m` clusters whose sizes differ by at most one.

    Args:
        labels_true: (n,) classes.
        rng: decides which points go where.
        m: number of clusters a class, at least 1; a class of fewer than m points gives as many clusters as points.

    Raises:
        ValueError: if m is below 1.
    """
    if m < 1:
        raise ValueError(f"m is {m}: a class can be cut into 1 or more clusters.")
    classes = _codes_of(labels_true)
    part = np.empty(len(classes), dtype=np.int64)
    for label in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == label))
        part[members] = np.arange(len(members)) % m
    return classes * m + part


def merge_classes(labels_true: ArrayLike, rng: np.random.Generator, m: int = 2) -> IntArray:
    """Put the classes together at random in groups of `m`; a last, smaller group takes what is left.

    Args:
        labels_true: (n,) classes.
        rng: decides which classes meet.
        m: number of classes a cluster, at least 1.

    Raises:
        ValueError: if m is below 1.
    """
    if m < 1:
        raise ValueError(f"m is {m}: a cluster can hold 1 or more classes.")
    classes = _codes_of(labels_true)
    n_classes = len(np.unique(classes))
    group: IntArray = rng.permutation(n_classes) // m
    return group[classes]


def random_clusters(labels_true: ArrayLike, rng: np.random.Generator, k: int) -> IntArray:
    """Draw each of the (n,) clusters independently and uniformly from 0..k-1.

    Raises:
        ValueError: if k is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}: there must be 1 or more clusters.")
    return rng.integers(k, size=len(np.asarray(labels_true)), dtype=np.int64)


def degenerate_clusterings(labels_true: ArrayLike, rng: np.random.Generator) -> dict[str, IntArray]:
    """The clusterings that tell the scores apart: name -> (n,) clusters, none of which has seen a code."""
    n = len(np.asarray(labels_true))
    return {
        "one cluster": one_cluster(labels_true),
        "all singletons": singletons(labels_true),
        "every class split in two": split_classes(labels_true, rng),
        "classes merged in pairs": merge_classes(labels_true, rng),
        f"random, k = {n // 10}": random_clusters(labels_true, rng, max(1, n // 10)),
        f"random, k = {n // 2}": random_clusters(labels_true, rng, max(1, n // 2)),
    }


def merge_clusters(labels_pred: ArrayLike, first: int, second: int) -> IntArray:
    """Give the points of cluster `second` to cluster `first`; the other clusters keep their numbers.

    Args:
        labels_pred: (n,) integers.
        first: a cluster in labels_pred, which stays.
        second: another one, which disappears.

    Raises:
        ValueError: if the two are the same or one of them has no points.
    """
    labels = np.array(labels_pred, dtype=np.int64)
    if first == second:
        raise ValueError(f"Cluster {first} cannot be merged with itself: choose two different clusters.")
    for cluster in (first, second):
        _members(labels, cluster)
    labels[labels == second] = first
    return labels


def split_cluster(codes: ArrayLike, labels_pred: ArrayLike, cluster: int, seed: int = 0) -> IntArray:
    """Cut one cluster in two with k-means; its second half gets the smallest number not in use.

    Args:
        codes: (n, d) numbers.
        labels_pred: (n,) integers from 0.
        cluster: the cluster to cut, with at least two points.
        seed: seed of k-means.

    Raises:
        ValueError: if the cluster has fewer than two points.
    """
    codes, labels = _matrix(codes), np.array(labels_pred, dtype=np.int64)
    members = _members(labels, cluster)
    if len(members) < 2:
        raise ValueError(f"Cluster {cluster} has one point only: choose a larger cluster to split.")
    free = int(np.setdiff1d(np.arange(labels.max() + 2), labels)[0])
    labels[members[kmeans(codes[members], 2, seed) == 1]] = free
    return labels


def compare(
    codes: Mapping[str, Mapping[int, ArrayLike]],
    labels_true: ArrayLike,
    k: int,
    kmeans_seeds: Sequence[int] = (0,),
    n_init: int = 10,
) -> pd.DataFrame:
    """Cluster and score every trained model under every seed of k-means.

    Args:
        codes: model name -> training seed -> (n, d) codes of the same n points.
        labels_true: (n,) classes of these points.
        k: number of clusters.
        kmeans_seeds: seeds of k-means.
        n_init: random starts a run.

    Returns:
        A tidy table, one row a run: model, training_seed, kmeans_seed, and a column for each of `SCORES`.

    Raises:
        ValueError: if lengths differ or k does not fit.
    """
    rows: list[dict[str, Hashable]] = []
    for model, by_seed in codes.items():
        for training_seed, matrix in by_seed.items():
            for kmeans_seed in kmeans_seeds:
                labels_pred = kmeans(matrix, k, kmeans_seed, n_init)
                run = {"model": model, "training_seed": training_seed, "kmeans_seed": kmeans_seed}
                rows.append({**run, **scores(labels_true, labels_pred, matrix)})
    return pd.DataFrame(rows, columns=["model", "training_seed", "kmeans_seed", *SCORES])


def differences(runs: pd.DataFrame, first: str, second: str, confidence: float = 0.95) -> pd.DataFrame:
    """Mean score of two models over training seeds, and Welch's (1947) interval of the difference `first - second`.

    The unit that is repeated is the training: the k-means seeds of one training are averaged first. Two trainings that
    happen to share a seed's number share nothing else, so the two samples are independent and unpaired.

    Args:
        runs: what `compare` returned, with at least two training seeds for each of the two models.
        first: a model's name.
        second: another model's name.
        confidence: coverage of the interval, between 0 and 1.

    Returns:
        One row a score: the two means (columns named after the models), difference, low, high.

    Raises:
        ValueError: if a model has fewer than two training seeds.
    """
    means = runs.groupby(["model", "training_seed"])[list(SCORES)].mean()
    counts = means.groupby("model").size()
    for model in (first, second):
        if counts.get(model, 0) < 2:
            raise ValueError(
                f"Model {model!r} has {counts.get(model, 0)} training seeds: an interval needs two or more of them."
            )
    rows = {}
    for score in SCORES:
        a, b = (means[score].xs(model, level="model").to_numpy() for model in (first, second))
        # The silhouette is undefined for some clusterings; then so is its interval.
        defined = bool(np.isfinite(a).all() and np.isfinite(b).all())
        interval = difference_interval(a, b, confidence) if defined else (np.nan, np.nan, np.nan)
        rows[score] = [a.mean(), b.mean(), *interval]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[first, second, "difference", "low", "high"])


def _matrix(codes: ArrayLike) -> NDArray[np.floating]:
    matrix = np.asarray(codes)
    if matrix.ndim != 2:
        raise ValueError(f"Codes have shape {matrix.shape}: give a matrix with one row a point.")
    return matrix


def _pair(labels_true: ArrayLike, labels_pred: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = np.asarray(labels_true), np.asarray(labels_pred)
    if first.ndim != 1 or first.shape != second.shape:
        shapes = f"labels_true has shape {first.shape} and labels_pred {second.shape}"
        raise ValueError(f"{shapes}: give one class and one cluster a point.")
    return first, second


def _codes_of(labels: ArrayLike) -> IntArray:
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def _members(labels: IntArray, cluster: int) -> NDArray[np.intp]:
    members = np.flatnonzero(labels == cluster)
    if len(members) == 0:
        present = ", ".join(map(str, np.unique(labels)))
        raise ValueError(f"There is no cluster {cluster}: choose one of {present}.")
    return members
