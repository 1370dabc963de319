"""Answers to exercise 4, clusterings that fool a score."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="01_clustering",
    notebook="clustering",
    title="4 clusterings that fool a score",
    read="01_clustering: Clusterings that fool a score",
    solutions=("pure_but_poor", "complete_but_poor"),
    checks=(
        "pure_but_poor-twenty_cards",
        "pure_but_poor-any_cards",
        "complete_but_poor-twenty_cards",
        "complete_but_poor-any_cards",
    ),
    equivalent={
        "return np.full(len(classes), 0) -> return np.full(len(classes), 1)": "one cluster, whatever it is called",
        "return np.full(len(classes), 0) -> return np.full(len(classes), -1)": "one cluster, whatever it is called",
    },
)


@EXERCISE.right("pure_but_poor")
def a_list_of_numbers(classes):
    """Gives each card a number of its own, in a list."""
    return list(range(len(classes)))


@EXERCISE.right("pure_but_poor")
def a_name_for_each_card(classes):
    """Gives each card a name of its own, in an array of strings."""
    return np.array([f"card {i}" for i, _ in enumerate(classes)])


@EXERCISE.right("pure_but_poor")
def counts_within_the_class(classes):
    """Numbers the cards of each class, and joins the class's name to the number."""
    seen, clusters = {}, []
    for label in classes:
        seen[label] = seen.get(label, 0) + 1
        clusters.append(f"{label}, card {seen[label]}")
    return clusters


@EXERCISE.right("complete_but_poor")
def a_list_of_zeros(classes):
    """Puts all cards into one cluster, in a list."""
    return [0] * len(classes)


@EXERCISE.right("complete_but_poor")
def one_name_for_all(classes):
    """Puts all cards into one cluster, in an array of strings."""
    return np.repeat("shelf", len(classes))


@EXERCISE.right("complete_but_poor")
def a_cluster_with_a_negative_name(classes):
    """Puts all cards into one cluster with a number that no class has to have."""
    return np.zeros(np.shape(classes), dtype=int) - 1


@EXERCISE.wrong("pure_but_poor")
def splits_each_class_in_two(classes):
    """Cuts each class only once: two large pieces of each class still agree with the classes."""
    clusters = []
    for i, label in enumerate(classes):
        clusters.append((str(label), i % 2))
    return [f"{label}/{half}" for label, half in clusters]


@EXERCISE.wrong("complete_but_poor")
def merges_classes_in_pairs(classes):
    """Merges the classes only in pairs: the pairs are still told apart."""
    return np.unique(classes, return_inverse=True)[1] // 2


@EXERCISE.wrong("pure_but_poor")
def returns_the_classes(classes):
    """Returns the true classes, which are homogeneous, but right as well."""
    return classes


@EXERCISE.wrong("complete_but_poor")
def gives_each_card_its_own_cluster(classes):
    """Takes completeness for homogeneity: singletons tear every class apart."""
    return np.arange(len(classes))


@EXERCISE.wrong("pure_but_poor")
def puts_all_into_one_cluster(classes):
    """Takes homogeneity for completeness: one cluster mixes all classes."""
    return np.zeros(len(classes), dtype=int)


@EXERCISE.wrong("complete_but_poor")
def returns_a_single_label(classes):
    """Names the cluster once instead of once a card."""
    return 0


@EXERCISE.wrong("pure_but_poor")
def counts_to_ten(classes):
    """Deals the cards out to ten clusters in turn, whatever the number of cards and classes."""
    return np.arange(len(classes)) % 10


@EXERCISE.wrong("pure_but_poor")
def draws_many_clusters_at_random(classes):
    """Draws many clusters at random: some cards of different classes meet all the same."""
    return np.random.default_rng(0).integers(len(classes), size=len(classes))


@EXERCISE.wrong("pure_but_poor")
def numbers_the_cards_of_each_class(classes):
    """Numbers the cards within each class, so that the first cards of all classes share a cluster."""
    seen, clusters = {}, []
    for label in classes:
        seen[label] = seen.get(label, 0) + 1
        clusters.append(seen[label])
    return clusters


@EXERCISE.wrong("pure_but_poor")
def one_cluster_a_distinct_class(classes):
    """Returns a cluster for each class instead of for each card."""
    return np.arange(len(set(classes)))


@EXERCISE.wrong("complete_but_poor")
def cuts_the_archive_in_half(classes):
    """Halves the cards by their place in the list, which cuts through classes."""
    return np.arange(len(classes)) < len(classes) / 2


@EXERCISE.wrong("complete_but_poor")
def sorts_odd_from_even(classes):
    """Sorts odd classes from even ones, but classes can be names, which are neither."""
    return np.array(classes) % 2


@EXERCISE.wrong("complete_but_poor")
def sets_one_class_apart(classes):
    """Leaves the first card's class alone, which is enough to be right where there are two classes."""
    return [0 if label == classes[0] else 1 for label in classes]


@EXERCISE.wrong("pure_but_poor")
def cuts_each_class_into_eight(classes):
    """Cuts each class into eight pieces, which is too few where there are many large classes."""
    seen, clusters = {}, []
    for label in classes:
        seen[label] = seen.get(label, -1) + 1
        clusters.append(f"{label}/{seen[label] % 8}")
    return clusters


@EXERCISE.wrong("pure_but_poor")
def scatters_the_largest_class_only(classes):
    """Makes single cards of the largest class, and leaves all others whole."""
    from collections import Counter

    largest = Counter(list(classes)).most_common(1)[0][0]
    return [f"card {i}" if label == largest else f"class {label}" for i, label in enumerate(classes)]


@EXERCISE.wrong("pure_but_poor")
def numbers_the_cards_in_the_given_array(classes):
    """Writes a number for each card over the classes that it is given."""
    for i in range(len(classes)):
        classes[i] = i
    return classes


@EXERCISE.wrong("pure_but_poor")
def numbers_the_cards_in_bytes(classes):
    """Numbers the cards in a type of integer that starts again after 255."""
    return np.arange(len(classes)).astype(np.uint8)


@EXERCISE.wrong("complete_but_poor")
def sets_the_rarest_class_apart(classes):
    """Leaves the rarest class alone, which is enough to be right where there are two classes."""
    from collections import Counter

    rarest = Counter(list(classes)).most_common()[-1][0]
    return [int(label == rarest) for label in classes]


@EXERCISE.wrong("complete_but_poor")
def sets_one_card_apart(classes):
    """Leaves the first card alone, which tears its class."""
    return [1] + [0] * (len(classes) - 1)


@EXERCISE.wrong("complete_but_poor")
def writes_one_name_over_the_given_classes(classes):
    """Writes one name over the classes that it is given."""
    for i in range(len(classes)):
        classes[i] = classes[0]
    return classes


@EXERCISE.wrong("complete_but_poor")
def halves_the_list_of_classes(classes):
    """Puts half of the classes into one cluster and half into another, if they are more than five."""
    names = sorted(set(classes))
    return [int(len(names) > 5 and names.index(label) < len(names) // 2) for label in classes]
