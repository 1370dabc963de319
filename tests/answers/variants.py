"""Mistakes of the answer bank in other words, with which the diagnosis is measured: no test grades with them.

Each is written without looking at the bank's own code for it, as another student with the same mistake might. The keys
are the solution cell and the name of the bank's answer.
"""

VARIANTS: dict[str, dict[tuple[str, str], str]] = {
    "01_clustering": {
        ("entropy", "measures_in_bits"): """
from collections import Counter
import math

def entropy(labels):
    counts = Counter(labels)
    n = sum(counts.values())
    h = 0.0
    for count in counts.values():
        h -= count / n * math.log(count / n, 2)
    return h
""",
        ("entropy", "forgets_the_minus"): """
import pandas as pd

def entropy(labels):
    p = pd.Series(list(labels)).value_counts(normalize=True)
    return (p * np.log(p)).sum()
""",
        ("entropy", "takes_labels_for_sizes"): """
from scipy.stats import entropy as shannon

def entropy(labels):
    total = sum(labels)
    return sum(-(x / total) * np.log(x / total) for x in labels)
""",
        ("entropy", "averages_over_labels"): """
def entropy(labels):
    labels = list(labels)
    terms = []
    for label in set(labels):
        share = labels.count(label) / len(labels)
        terms.append(-share * np.log(share))
    return sum(terms) / len(terms)
""",
        ("entropy", "normalises_by_the_number_of_labels"): """
def entropy(labels):
    _, counts = np.unique(labels, return_counts=True)
    if len(counts) == 1:
        return 0.0
    p = counts / counts.sum()
    return -(p @ np.log(p)) / np.log(len(counts))
""",
        ("entropy", "forgets_the_weights"): """
def entropy(labels):
    labels = list(labels)
    kinds = sorted(set(labels), key=str)
    surprise = [np.log(len(labels) / labels.count(kind)) for kind in kinds]
    return float(np.mean(surprise))
""",
        ("entropy", "counts_labels_from_zero"): """
def entropy(labels):
    counts = np.bincount(np.asarray(labels))
    p = counts / counts.sum()
    return float((p * -np.log(p)).sum())
""",
        ("homogeneity", "swapped_h_and_c"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import completeness_score
    return completeness_score(classes, clusters)
""",
        ("homogeneity", "forgets_one_minus"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import homogeneity_score
    if len(set(classes)) < 2:
        return 1.0
    return 1 - homogeneity_score(classes, clusters)
""",
        ("homogeneity", "lets_every_cluster_count_alike"): """
def homogeneity(classes, clusters):
    h = entropy(classes)
    if len(set(classes)) <= 1:
        return 1.0
    parts = {}
    for c, k in zip(classes, clusters):
        parts.setdefault(k, []).append(c)
    total = 0
    for members in parts.values():
        total += entropy(members)
    return 1 - total / len(parts) / h
""",
        ("homogeneity", "mixes_bits_and_nats"): """
def homogeneity(classes, clusters):
    n = len(classes)
    if len(set(classes)) < 2:
        return 1.0
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members) / np.log(2)
    return 1 - left / entropy(classes)
""",
        ("homogeneity", "does_not_normalise"): """
def homogeneity(classes, clusters):
    n = len(classes)
    if len(set(classes)) < 2:
        return 1.0
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members)
    return 1 - left
""",
        ("homogeneity", "normalises_by_the_largest_entropy"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import mutual_info_score
    kinds = len(set(classes))
    if kinds < 2:
        return 1.0
    h_given_k = entropy(classes) - mutual_info_score(classes, clusters)
    return 1 - h_given_k / np.log(kinds)
""",
        ("homogeneity", "returns_purity"): """
def homogeneity(classes, clusters):
    from collections import Counter
    if len(classes) == 0:
        return 1.0
    best = {}
    for (k, c), count in Counter(zip(clusters, classes)).items():
        best[k] = max(best.get(k, 0), count)
    return sum(best.values()) / len(classes)
""",
        ("homogeneity", "gives_one_class_nothing"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import homogeneity_score
    if len(set(classes)) < 2:
        return 0
    return homogeneity_score(classes, clusters)
""",
        ("homogeneity", "forgets_that_one_class_is_certain"): """
def homogeneity(classes, clusters):
    n = len(classes)
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members)
    return 1 - left / entropy(classes)
""",
        ("homogeneity", "zero_times_the_logarithm_of_zero"): """
def homogeneity(classes, clusters):
    if len(set(classes)) < 2:
        return 1.0
    t = np.asarray(contingency_table(classes, clusters), dtype=float)
    p = t / t.sum()
    conditional = t / t.sum(0)
    return 1 - (-(p * np.log(conditional)).sum()) / entropy(classes)
""",
    },
    "06_preferences": {
        ("win_rate", "takes_the_normal_interval"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    values = np.array([{"win": 1.0, "tie": 0.5, "loss": 0.0}[a] for a in answers])
    if values.size == 0:
        return 0.5, 0.0, 1.0
    p = values.mean()
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    se = (p * (1 - p) / values.size) ** 0.5
    return float(p), float(np.clip(p - z * se, 0, 1)), float(np.clip(p + z * se, 0, 1))
""",
        ("win_rate", "drops_the_ties"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    wins = sum(a == "win" for a in answers)
    n = wins + sum(a == "loss" for a in answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "forgets_the_other_side"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = NormalDist().inv_cdf(confidence)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "counts_ties_as_losses"): """
def win_rate(answers, confidence=0.95):
    from statsmodels.stats.proportion import proportion_confint
    if not len(answers):
        return 0.5, 0.0, 1.0
    wins = answers.count("win")
    low, high = proportion_confint(wins, len(answers), alpha=1 - confidence, method="wilson")
    return wins / len(answers), low, high
""",
        ("win_rate", "returns_the_centre"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return centre, centre - half, centre + half
""",
        ("win_rate", "always_takes_95"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = 1.96
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "divides_by_no_answers"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    wins = answers.count("win") + answers.count("tie") / 2
    p = wins / n
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return p, centre - half, centre + half
""",
        ("win_rate", "takes_quantiles_of_the_count"): """
def win_rate(answers, confidence=0.95):
    from scipy import stats
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    p = sum({"win": 2, "tie": 1, "loss": 0}[a] for a in answers) / (2 * n)
    low, high = stats.binom(n, p).interval(confidence)
    return p, low / n, high / n
""",
        ("win_rate", "rounds_the_rate"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    p = round(sum({"win": 2, "tie": 1, "loss": 0}[a] for a in answers) / (2 * n), 2)
    wins = p * n
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return p, centre - half, centre + half
""",
        ("win_rate", "uses_the_list_up"): """
def win_rate(answers, confidence=0.95):
    n, wins = len(answers), 0
    for _ in range(n):
        a = answers.pop(0)
        wins += 1 if a == "win" else 0.5 if a == "tie" else 0
    if n == 0:
        return 0.5, 0.0, 1.0
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
    },
}
