"""Topic 01: clusters of codes, scored against labels that the model was not trained on.

scikit-learn computes clusterings and scores. This module adds all scores side by side, degenerate clusterings that show
how the scores differ, edits of a clustering, and comparisons of models over seeds. Arguments are in scikit-learn's
order, `(labels_true, labels_pred)`: swapping them exchanges homogeneity and completeness.

The file has more than 350 lines because each of its small functions has an example; the code itself is short.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics
from sklearn.cluster import KMeans

from utils.arrays import IntArray
from utils.intervals import difference_interval

SCORES = ("homogeneity", "completeness", "v_measure", "ami", "ari", "purity", "silhouette")


def kmeans(codes: ArrayLike, k: int, seed: int = 0, n_init: int = 10) -> IntArray:
    """Group codes into `k` clusters with k-means (Lloyd, 1982), started by k-means++ (Arthur & Vassilvitskii, 2007).

    Args:
        codes: (n, d) finite numbers; the distances depend on the units of the axes.
        k: number of clusters, 1 to n.
        seed: seed of the random starts.
        n_init: number of random starts; the result is the one with the smallest within-cluster sum of squares.

    Returns:
        (n,) integers in 0..k-1.

    Raises:
        ValueError: if codes are not a matrix or k is not between 1 and n.

    Example:
        >>> labels = kmeans([[0.0], [0.1], [5.0], [5.1]], k=2)
        >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
        True
    """
    codes = _matrix(codes)
    if not 1 <= k <= len(codes):
        raise ValueError(
            f"k is {k} for {len(codes)} codes, but every cluster needs a code: choose k from 1 to the number of codes."
        )
    labels: IntArray = KMeans(k, random_state=seed, n_init=n_init).fit_predict(codes).astype(np.int64)
    return labels


def purity(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """Share of points that belong to the largest class of their cluster (Manning, Raghavan & Schütze, 2008, ch. 16).

    Args:
        labels_true: (n,) classes.
        labels_pred: (n,) clusters.

    Returns:
        A number in (0, 1]; 1.0 for empty input, as for scikit-learn's clustering scores.

    Raises:
        ValueError: if the two lengths differ.

    Example:
        >>> purity(["cat", "cat", "dog", "dog"], [0, 0, 0, 1])
        0.75
    """
    labels_true, labels_pred = _pair(labels_true, labels_pred)
    if len(labels_true) == 0:
        return 1.0
    table = metrics.cluster.contingency_matrix(labels_true, labels_pred)
    return float(table.max(axis=0).sum() / table.sum())


def silhouette(codes: ArrayLike, labels_pred: ArrayLike) -> float:
    """Mean silhouette (Rousseeuw, 1987), nan if it is undefined.

    Args:
        codes: (n, d) numbers.
        labels_pred: (n,) clusters.

    Returns:
        A number in [-1, 1]; nan if there are fewer than 2 or more than n - 1 clusters (scikit-learn raises an error).

    Raises:
        ValueError: if codes are not a matrix with one row per label.

    Example:
        >>> round(silhouette([[0.0], [0.1], [5.0], [5.1]], [0, 0, 1, 1]), 2)
        0.98
        >>> silhouette([[0.0], [0.1]], [0, 0])
        nan
    """
    codes, labels_pred = _matrix(codes), np.asarray(labels_pred)
    if len(codes) != len(labels_pred):
        raise ValueError(
            f"There are {len(codes)} codes and {len(labels_pred)} labels, but each code needs a label: give one each."
        )
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
        codes: (n, d) numbers, needed only for the silhouette.

    Returns:
        Homogeneity, completeness, V-measure and purity in [0, 1]; AMI and ARI at most 1, and about 0 for chance; the
        silhouette in [-1, 1], or nan if it is undefined or there are no codes.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> for name, score in scores([0, 0, 1, 1], [0, 0, 1, 2]).items():
        ...     print(f"{name} {score:.2f}")
        homogeneity 1.00
        completeness 0.67
        v_measure 0.80
        ami 0.57
        ari 0.57
        purity 1.00
        silhouette nan
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
    """Scores of several clusterings of the same points: one row per clustering, one column per score.

    Args:
        labels_true: (n,) classes.
        labelings: name -> (n,) clusters.
        codes: (n, d) numbers, needed only for the silhouette.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> table = score_table([0, 0, 1, 1], {"right": [1, 1, 0, 0], "one cluster": [0, 0, 0, 0]})
        >>> table[["homogeneity", "completeness", "ari"]]
                     homogeneity  completeness  ari
        right                1.0           1.0  1.0
        one cluster          0.0           1.0  0.0
    """
    rows = {name: scores(labels_true, labels_pred, codes) for name, labels_pred in labelings.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SCORES))


def one_cluster(labels_true: ArrayLike) -> IntArray:
    """Put all (n,) points into one cluster: complete, but without information about the classes.

    Example:
        >>> one_cluster(["cat", "dog", "cat"])
        array([0, 0, 0])
    """
    return np.zeros(len(np.asarray(labels_true)), dtype=np.int64)


def singletons(labels_true: ArrayLike) -> IntArray:
    """Give each of the (n,) points a cluster of its own: homogeneous, but it groups nothing.

    Example:
        >>> singletons(["cat", "dog", "cat"])
        array([0, 1, 2])
    """
    return np.arange(len(np.asarray(labels_true)), dtype=np.int64)


def split_classes(labels_true: ArrayLike, rng: np.random.Generator, m: int = 2) -> IntArray:
    """Split every class at random into `m` clusters whose sizes differ by at most one.

    Args:
        labels_true: (n,) classes.
        rng: assigns the points of a class to its clusters.
        m: number of clusters per class, at least 1; a class of fewer than m points becomes as many clusters as points.

    Raises:
        ValueError: if m is below 1.

    Example:
        >>> clusters = split_classes([0, 0, 0, 0, 1, 1, 1, 1], np.random.default_rng(0))
        >>> np.bincount(clusters)
        array([2, 2, 2, 2])
    """
    if m < 1:
        raise ValueError(f"m is {m}, but a class becomes at least one cluster: choose 1 or more.")
    classes = _numbered(labels_true)
    part = np.empty(len(classes), dtype=np.int64)
    for label in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == label))
        part[members] = np.arange(len(members)) % m
    return classes * m + part


def merge_classes(labels_true: ArrayLike, rng: np.random.Generator, m: int = 2) -> IntArray:
    """Merge the classes at random in groups of `m`; the last group may be smaller.

    Args:
        labels_true: (n,) classes.
        rng: assigns the classes to groups.
        m: number of classes per cluster, at least 1.

    Raises:
        ValueError: if m is below 1.

    Example:
        >>> clusters = merge_classes([0, 1, 2, 3, 0, 1, 2, 3], np.random.default_rng(0))
        >>> np.bincount(clusters)
        array([4, 4])
    """
    if m < 1:
        raise ValueError(f"m is {m}, but a cluster has at least one class: choose 1 or more.")
    classes = _numbered(labels_true)
    n_classes = len(np.unique(classes))
    group: IntArray = rng.permutation(n_classes) // m
    return group[classes]


def random_clusters(labels_true: ArrayLike, rng: np.random.Generator, k: int) -> IntArray:
    """Sample each of the (n,) cluster numbers independently and uniformly from 0..k-1.

    Raises:
        ValueError: if k is below 1.

    Example:
        >>> random_clusters(["cat", "dog", "cat"], np.random.default_rng(0), k=5)
        array([4, 3, 2])
    """
    if k < 1:
        raise ValueError(f"k is {k}, but there must be at least one cluster: choose 1 or more.")
    return rng.integers(k, size=len(np.asarray(labels_true)), dtype=np.int64)


def degenerate_clusterings(labels_true: ArrayLike, rng: np.random.Generator) -> dict[str, IntArray]:
    """Clusterings that show how the scores differ: name -> (n,) clusters. None of them uses codes.

    Example:
        >>> list(degenerate_clusterings(np.arange(20) % 4, np.random.default_rng(0)))[:3]
        ['one cluster', 'all singletons', 'every class split in two']
    """
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
    """Move the points of cluster `second` into cluster `first`; the other clusters keep their numbers.

    Args:
        labels_pred: (n,) integers.
        first: a cluster in labels_pred, which remains.
        second: another cluster in labels_pred, which disappears.

    Raises:
        ValueError: if the two are the same or one of them has no points.

    Example:
        >>> merge_clusters([0, 1, 2, 1], 0, 1)
        array([0, 0, 2, 0])
    """
    labels = np.array(labels_pred, dtype=np.int64)
    if first == second:
        raise ValueError(f"Cluster {first} cannot be merged with itself: choose two different clusters.")
    for cluster in (first, second):
        _members(labels, cluster)
    labels[labels == second] = first
    return labels


def split_cluster(codes: ArrayLike, labels_pred: ArrayLike, cluster: int, seed: int = 0) -> IntArray:
    """Split one cluster in two with k-means; the second half gets the smallest unused number.

    Args:
        codes: (n, d) numbers.
        labels_pred: (n,) integers from 0.
        cluster: the cluster to split, with at least two points.
        seed: seed of k-means.

    Raises:
        ValueError: if the cluster has fewer than two points.

    Example:
        >>> np.unique(split_cluster([[0.0], [0.1], [5.0], [9.0]], [0, 0, 0, 2], cluster=0))
        array([0, 1, 2])
    """
    codes, labels = _matrix(codes), np.array(labels_pred, dtype=np.int64)
    members = _members(labels, cluster)
    if len(members) < 2:
        raise ValueError(f"Cluster {cluster} has one point only, but a split needs two: choose a larger cluster.")
    unused = int(np.setdiff1d(np.arange(labels.max() + 2), labels)[0])
    labels[members[kmeans(codes[members], 2, seed) == 1]] = unused
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
        n_init: random starts per run.

    Returns:
        A tidy table, one row per run: model, training_seed, kmeans_seed, and a column for each of `SCORES`.

    Raises:
        ValueError: if lengths differ or k is not between 1 and n.

    Example:
        >>> codes = {"vae": {0: [[0.0], [0.1], [5.0], [5.1]], 1: [[0.0], [5.0], [0.1], [5.1]]}}
        >>> compare(codes, [0, 0, 1, 1], k=2)[["model", "training_seed", "purity"]]
          model  training_seed  purity
        0   vae              0     1.0
        1   vae              1     0.5
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

    The repeated unit is the training: scores are averaged over the k-means seeds of a training first. The two samples
    are treated as independent. Trainings of two models with the same seed may share initial weights and the order of
    the images; for an interval that pairs them, see `utils.intervals.difference_interval`.

    Args:
        runs: the table of `compare`, with at least two training seeds for each of the two models.
        first: the name of a model.
        second: the name of another model.
        confidence: coverage of the interval, between 0 and 1.

    Returns:
        One row per score: the two means (columns named after the models), difference, low, high.

    Raises:
        ValueError: if a model has fewer than two training seeds.

    Example:
        >>> runs = pd.DataFrame({"model": list("aabb"), "training_seed": [0, 1, 0, 1], **dict.fromkeys(SCORES, 0.5)})
        >>> differences(runs.assign(ari=[0.60, 0.62, 0.50, 0.52]), "a", "b").loc["ari"].round(2).tolist()
        [0.61, 0.51, 0.1, 0.04, 0.16]
    """
    means = runs.groupby(["model", "training_seed"])[list(SCORES)].mean()
    counts = means.groupby("model").size()
    for model in (first, second):
        if counts.get(model, 0) < 2:
            raise ValueError(
                f"Model {model!r} has {counts.get(model, 0)} training seeds, but an interval needs two: add seeds."
            )
    rows = {}
    for score in SCORES:
        a, b = (means[score].xs(model, level="model").to_numpy() for model in (first, second))
        # The silhouette, and therefore its interval, is undefined for some clusterings.
        defined = bool(np.isfinite(a).all() and np.isfinite(b).all())
        interval = difference_interval(a, b, confidence) if defined else (np.nan, np.nan, np.nan)
        rows[score] = [a.mean(), b.mean(), *interval]
    return pd.DataFrame.from_dict(rows, orient="index", columns=[first, second, "difference", "low", "high"])


def _matrix(codes: ArrayLike) -> NDArray[np.floating]:
    matrix = np.asarray(codes)
    if matrix.ndim != 2:
        raise ValueError(f"Codes have shape {matrix.shape}, but a matrix is needed: give one row per point.")
    return matrix


def _pair(labels_true: ArrayLike, labels_pred: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = np.asarray(labels_true), np.asarray(labels_pred)
    if first.ndim != 1 or first.shape != second.shape:
        shapes = f"labels_true has shape {first.shape} and labels_pred {second.shape}"
        raise ValueError(f"{shapes}, but must have the same length: give one class and one cluster per point.")
    return first, second


def _numbered(labels: ArrayLike) -> IntArray:
    """Labels as numbers from 0."""
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def _members(labels: IntArray, cluster: int) -> NDArray[np.intp]:
    members = np.flatnonzero(labels == cluster)
    if len(members) == 0:
        clusters = ", ".join(map(str, np.unique(labels)))
        raise ValueError(f"There is no cluster {cluster}: choose one of {clusters}.")
    return members
