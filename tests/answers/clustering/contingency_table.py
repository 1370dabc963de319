"""Answers to exercise 1, the contingency table."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="01_clustering",
    notebook="clustering",
    title="1 contingency table",
    read="01_clustering: Held-back labels",
    solutions=("contingency_table",),
    checks=("contingency_table-six_cards", "contingency_table-any_names", "contingency_table-theory"),
)
right, wrong = EXERCISE.right("contingency_table"), EXERCISE.wrong("contingency_table")


@right
def counts_in_a_loop(classes, clusters):
    """Goes through the cards one by one."""
    class_names = sorted(set(classes))
    cluster_names = sorted(set(clusters))
    table = np.zeros((len(class_names), len(cluster_names)))
    for a, b in zip(classes, clusters, strict=True):
        table[class_names.index(a), cluster_names.index(b)] += 1
    return table


@right
def multiplies_indicator_matrices(classes, clusters):
    """Compares every card with every name, and lets a matrix product count."""
    classes, clusters = np.asarray(classes), np.asarray(clusters)
    rows = classes[:, None] == np.unique(classes)
    columns = clusters[:, None] == np.unique(clusters)
    return rows.T.astype(int) @ columns.astype(int)


@right
def counts_pairs_with_a_counter(classes, clusters):
    """Counts pairs of names, and returns nested lists of whole numbers."""
    from collections import Counter

    pairs = Counter(zip(classes, clusters, strict=True))
    return [[pairs[a, b] for b in sorted(set(clusters))] for a in sorted(set(classes))]


@right
def makes_a_histogram_of_flat_positions(classes, clusters):
    """Numbers the entries of the table from 0 and counts these numbers."""
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    shape = len(class_names), len(cluster_names)
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)


@right
def cross_tabulates_with_pandas(classes, clusters):
    """Hands the counting to pandas."""
    import pandas as pd

    return pd.crosstab(np.asarray(classes), np.asarray(clusters)).to_numpy()


@wrong
def adds_only_once(classes, clusters):
    """Takes `table[rows, columns] += 1` for a loop; NumPy adds once to an entry, however often it occurs."""
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    table[rows, columns] += 1
    return table


@wrong
def exchanges_rows_and_columns(classes, clusters):
    """Gives a row to each cluster, as scikit-learn's confusion matrix users often expect."""
    class_names, columns = np.unique(classes, return_inverse=True)
    cluster_names, rows = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(cluster_names), len(class_names)), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def takes_labels_for_positions(classes, clusters):
    """Uses the labels as indices, which works only for the labels 0 to k - 1."""
    table = np.zeros((np.max(classes) + 1, np.max(clusters) + 1), dtype=int)
    np.add.at(table, (classes, clusters), 1)
    return table


@wrong
def keeps_the_order_of_first_appearance(classes, clusters):
    """Takes names as they come instead of sorting them."""
    class_names, cluster_names = list(dict.fromkeys(classes)), list(dict.fromkeys(clusters))
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    for a, b in zip(classes, clusters, strict=True):
        table[class_names.index(a), cluster_names.index(b)] += 1
    return table


@wrong
def returns_shares(classes, clusters):
    """Divides by the number of cards: joint probabilities, not counts."""
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)))
    np.add.at(table, (rows, columns), 1 / len(rows))
    return table


@wrong
def makes_the_table_square(classes, clusters):
    """Makes a square table, as if there were as many clusters as classes, as in a confusion matrix."""
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    size = max(len(class_names), len(cluster_names))
    table = np.zeros((size, size), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def sorts_names_as_text(classes, clusters):
    """Turns labels into strings first, so that 10 comes before 9."""
    class_names, rows = np.unique([str(a) for a in classes], return_inverse=True)
    cluster_names, columns = np.unique([str(b) for b in clusters], return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def sorts_the_labels_themselves(classes, clusters):
    """Sorts the two lists of labels before counting, which tears the cards apart."""
    class_names, rows = np.unique(np.sort(classes), return_inverse=True)
    cluster_names, columns = np.unique(np.sort(clusters), return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def counts_in_bytes(classes, clusters):
    """Counts in a type of integer that starts again after 255 cards."""
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)), dtype=np.uint8)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def sorts_the_callers_lists(classes, clusters):
    """Sorts the lists of the caller in place, who finds other cards in them afterwards."""
    cards = list(zip(classes, clusters, strict=True))
    classes.sort()
    clusters.sort()
    class_names, cluster_names = list(dict.fromkeys(classes)), list(dict.fromkeys(clusters))
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    for a, b in cards:
        table[class_names.index(a), cluster_names.index(b)] += 1
    return table


@wrong
def turns_numbers_beside_words_into_words(classes, clusters):
    """Puts both labellings into one array: beside words, numbers become words too, and 10 comes before 2."""
    pairs = np.column_stack([classes, clusters])
    rows, columns = np.unique(pairs[:, 0]), np.unique(pairs[:, 1])
    return np.array([[np.sum((pairs[:, 0] == a) & (pairs[:, 1] == b)) for b in columns] for a in rows])


@wrong
def keeps_32_bits_of_a_label(classes, clusters):
    """Converts whole numbers to 32 bits, so that large labels that differ become the same."""
    classes, clusters = np.array(classes), np.array(clusters)
    if classes.dtype.kind == "i":
        classes = classes.astype(np.int32)
    if clusters.dtype.kind == "i":
        clusters = clusters.astype(np.int32)
    class_names, rows = np.unique(classes, return_inverse=True)
    cluster_names, columns = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    np.add.at(table, (rows, columns), 1)
    return table


@wrong
def renames_the_clusters_of_the_caller(classes, clusters):
    """Writes column numbers over the clusters that it is given."""
    class_names, cluster_names = sorted(set(classes)), sorted(set(clusters))
    table = np.zeros((len(class_names), len(cluster_names)), dtype=int)
    for i, (a, b) in enumerate(zip(classes, clusters, strict=True)):
        clusters[i] = cluster_names.index(b)
        table[class_names.index(a), int(clusters[i])] += 1
    return table


@wrong
def cuts_the_labels_into_intervals(classes, clusters):
    """Makes a histogram with as many intervals as there are labels, but labels are not evenly spaced numbers."""
    shape = len(set(classes)), len(set(clusters))
    return np.histogram2d(classes, clusters, bins=shape)[0].astype(int)
