"""Topic 01's scores: the facts they must reproduce, and what theory promises about them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics
from sklearn.datasets import make_circles

from utils import clustering

LABELS = np.arange(1000) % 10

# Checked once with scikit-learn, on 1,000 points of ten balanced classes: h, c, V, AMI, ARI, purity. The random rows
# vary between samples; the others are exact to the last digit.
EXPECTED = {
    "one cluster": (0, 1, 0, 0, 0, 0.10),
    "all singletons": (1, 0.333, 0.500, 0, 0, 1),
    "every class split in two": (1, 0.769, 0.869, 0.865, 0.638, 1),
    "classes merged in pairs": (0.699, 1, 0.823, 0.821, 0.613, 0.5),
    "random, k = 100": (0.223, 0.113, 0.150, 0, 0, 0.269),
    "random, k = 500": (0.646, 0.250, 0.360, 0.006, 0, 0.533),
}

labelings = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*(hnp.arrays(np.int64, n, elements=st.integers(0, 6)) for _ in range(2)))
)


@pytest.mark.parametrize("name", EXPECTED)
def test_degenerate_clusterings_score_as_expected(name):
    clusterings = clustering.degenerate_clusterings(LABELS, np.random.default_rng(0))
    values = clustering.scores(LABELS, clusterings[name])
    atol = 0.02 if name.startswith("random") else 0.0006
    np.testing.assert_allclose(list(values.values())[:6], EXPECTED[name], atol=atol)


@pytest.mark.parametrize("k", [100, 500])
def test_expected_scores_are_likely_for_random_clusters(k):
    rng = np.random.default_rng(0)
    runs = pd.DataFrame([clustering.scores(LABELS, clustering.random_clusters(LABELS, rng, k)) for _ in range(40)])
    runs = runs[list(clustering.SCORES[:6])]
    # Four standard deviations, and the half unit that rounding to three digits takes
    assert (
        np.abs(runs.mean() - pd.Series(EXPECTED[f"random, k = {k}"], runs.columns)) <= 4 * runs.std() + 0.0005
    ).all()
    np.testing.assert_allclose(runs.mean()[["ami", "ari"]], 0, atol=0.003)


def test_degenerate_clusterings_keep_the_shape_of_any_labels():
    words = np.array(["cat", "dog", "cat", "owl", "dog", "cat"])
    rng = np.random.default_rng(0)
    for labels_pred in clustering.degenerate_clusterings(words, rng).values():
        assert labels_pred.shape == words.shape
    assert clustering.scores(words, clustering.split_classes(words, rng, m=3))["homogeneity"] == pytest.approx(1)
    assert clustering.scores(words, clustering.merge_classes(words, rng, m=2))["completeness"] == pytest.approx(1)


def test_split_and_merged_classes_follow_their_rng():
    first, second = (clustering.split_classes(LABELS, np.random.default_rng(seed), m=3) for seed in (0, 1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, clustering.split_classes(LABELS, np.random.default_rng(0), m=3))
    sizes = np.unique(first, return_counts=True)[1]
    assert len(sizes) == 30
    assert set(sizes) == {33, 34}
    merged = clustering.merge_classes(LABELS, np.random.default_rng(0), m=4)
    assert sorted(np.unique(merged, return_counts=True)[1]) == [200, 400, 400]


@given(labelings)
@settings(deadline=None, max_examples=100)
def test_scores_do_what_theory_promises(pair):
    labels_true, labels_pred = pair
    values, swapped = clustering.scores(labels_true, labels_pred), clustering.scores(labels_pred, labels_true)
    assert values["homogeneity"] == pytest.approx(swapped["completeness"])
    for symmetric in ("v_measure", "ami", "ari"):
        assert values[symmetric] == pytest.approx(swapped[symmetric], abs=1e-9)
    for bounded in ("homogeneity", "completeness", "v_measure", "purity"):
        assert -1e-9 <= values[bounded] <= 1 + 1e-9
    renamed = clustering.scores(labels_true, 6 - labels_pred)
    order = np.random.default_rng(0).permutation(len(labels_true))
    permuted = clustering.scores(labels_true[order], labels_pred[order])
    for name in clustering.SCORES[:6]:
        assert values[name] == pytest.approx(renamed[name], abs=1e-9)
        assert values[name] == pytest.approx(permuted[name], abs=1e-9)
    nmi = metrics.normalized_mutual_info_score(labels_true, labels_pred, average_method="arithmetic")
    if len(np.unique(labels_true)) > 1 or len(np.unique(labels_pred)) > 1:
        assert values["v_measure"] == pytest.approx(nmi, abs=1e-9)


def test_scores_follow_scikit_learn_on_trivial_input():
    assert set(list(clustering.scores([], []).values())[:6]) == {1.0}
    assert set(list(clustering.scores([3, 3], ["a", "a"]).values())[:6]) == {1.0}


def test_purity_by_hand():
    assert clustering.purity(["a", "a", "b", "b", "b", "c"], [0, 0, 0, 1, 1, 1]) == pytest.approx(4 / 6)


def test_silhouette_is_nan_where_it_is_not_defined():
    codes = np.random.default_rng(0).normal(size=(20, 2))
    assert np.isnan(clustering.silhouette(codes, np.zeros(20)))
    assert np.isnan(clustering.silhouette(codes, np.arange(20)))
    halves = np.arange(20) % 2
    assert clustering.silhouette(codes, halves) == pytest.approx(metrics.silhouette_score(codes, halves))
    assert np.isnan(clustering.scores(halves, halves)["silhouette"])


def test_silhouette_prefers_the_wrong_clusters_of_rings():
    codes, rings = make_circles(600, factor=0.4, noise=0.04, random_state=0)
    halves = clustering.kmeans(codes, 2)
    assert clustering.silhouette(codes, halves) > clustering.silhouette(codes, rings)
    assert clustering.scores(rings, halves)["v_measure"] < 0.01


def test_kmeans_finds_separated_groups_and_repeats_itself():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 30)
    codes = rng.normal(size=(90, 2)) + 20 * truth[:, None]
    labels = clustering.kmeans(codes, 3, seed=5)
    assert clustering.scores(truth, labels)["ari"] == pytest.approx(1)
    np.testing.assert_array_equal(labels, clustering.kmeans(codes, 3, seed=5))
    assert labels.dtype == np.int64


def test_kmeans_depends_on_the_scale_of_an_axis():
    rng = np.random.default_rng(0)
    truth = np.arange(400) % 2
    codes = rng.uniform(-1, 1, size=(400, 2)) + np.stack([4 * truth, 0 * truth], axis=1)
    assert clustering.scores(truth, clustering.kmeans(codes, 2))["v_measure"] == pytest.approx(1)
    assert clustering.scores(truth, clustering.kmeans(codes * [1, 10], 2))["v_measure"] < 0.05


def test_merging_undoes_splitting():
    codes = np.random.default_rng(0).normal(size=(60, 2))
    labels = clustering.kmeans(codes, 4)
    split = clustering.split_cluster(codes, labels, 2)
    assert len(np.unique(split)) == 5
    assert set(np.unique(labels[split == 4])) == {2}
    np.testing.assert_array_equal(clustering.merge_clusters(split, 2, 4), labels)


def test_splitting_reuses_the_number_that_merging_freed():
    codes = np.random.default_rng(0).normal(size=(60, 2))
    labels = clustering.merge_clusters(clustering.kmeans(codes, 4), 3, 1)
    assert set(np.unique(labels)) == {0, 2, 3}
    assert set(np.unique(clustering.split_cluster(codes, labels, 3))) == {0, 1, 2, 3}


def test_edits_leave_their_input_alone():
    codes = np.random.default_rng(0).normal(size=(60, 2))
    labels = clustering.kmeans(codes, 4)
    before = labels.copy()
    clustering.merge_clusters(labels, 0, 1)
    clustering.split_cluster(codes, labels, 0)
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clustering.kmeans(np.zeros((5, 2)), 6), "k is 6 for 5 codes"),
        (lambda: clustering.kmeans(np.zeros(5), 2), r"shape \(5,\)"),
        (lambda: clustering.scores([0, 1], [0, 1, 2]), "one class and one cluster"),
        (lambda: clustering.silhouette(np.zeros((5, 2)), [0, 1]), "5 codes and 2 labels"),
        (lambda: clustering.merge_clusters([0, 1], 0, 0), "two different clusters"),
        (lambda: clustering.merge_clusters([0, 1], 0, 7), "no cluster 7: choose one of 0, 1"),
        (lambda: clustering.split_cluster(np.zeros((3, 2)), [0, 0, 1], 1), "one point only"),
        (lambda: clustering.random_clusters([0, 1], np.random.default_rng(0), 0), "k is 0"),
        (lambda: clustering.split_classes([0, 1], np.random.default_rng(0), 0), "m is 0"),
        (lambda: clustering.merge_classes([0, 1], np.random.default_rng(0), 0), "m is 0"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")


def test_compare_gives_one_row_per_run():
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    near = {seed: rng.normal(size=(90, 2)) + 20 * labels[:, None] for seed in (0, 1)}
    noise = {seed: rng.normal(size=(90, 2)) for seed in (0, 1, 2)}
    runs = clustering.compare({"near": near, "noise": noise}, labels, 3, kmeans_seeds=(0, 1))
    assert len(runs) == (2 + 3) * 2
    assert runs.groupby("model")["ari"].mean()["near"] == pytest.approx(1)
    one = runs.query("model == 'noise' and training_seed == 2 and kmeans_seed == 1").iloc[0]
    again = clustering.scores(labels, clustering.kmeans(noise[2], 3, 1), noise[2])
    assert {name: one[name] for name in clustering.SCORES} == pytest.approx(again)


def _runs(values):
    rows = [
        {"model": model, "training_seed": seed, "kmeans_seed": start, **dict.fromkeys(clustering.SCORES, value)}
        for model, by_seed in values.items()
        for seed, starts in enumerate(by_seed)
        for start, value in enumerate(starts)
    ]
    return pd.DataFrame(rows)


def test_differences_covers_the_true_difference():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        values = {"a": rng.normal(0.3, 0.1, size=(5, 1)), "b": rng.normal(0.1, 0.2, size=(7, 1))}
        row = clustering.differences(_runs(values), "a", "b").loc["v_measure"]
        assert row["difference"] == pytest.approx(values["a"].mean() - values["b"].mean())
        covered += row["low"] <= 0.2 <= row["high"]
    assert 0.88 <= covered / 100 <= 1


def test_differences_is_not_narrowed_by_more_starts_of_kmeans():
    few = {"a": [[0.1], [0.3], [0.5]], "b": [[0.2], [0.2], [0.8]]}
    many = {model: [starts * 10 for starts in by_seed] for model, by_seed in few.items()}
    few_row, many_row = (clustering.differences(_runs(v), "a", "b").loc["ari"] for v in (few, many))
    pd.testing.assert_series_equal(few_row, many_row)


def test_differences_is_nan_where_a_score_is_not_defined():
    runs = _runs({"a": [[0.1], [0.3]], "b": [[0.2], [0.4]]}).assign(silhouette=np.nan)
    table = clustering.differences(runs, "a", "b")
    assert np.isnan(table.loc["silhouette", "low"])
    assert table.loc["ari", "difference"] == pytest.approx(-0.1)


def test_differences_asks_for_two_trainings():
    with pytest.raises(ValueError, match="'b' has 1 training seeds"):
        clustering.differences(_runs({"a": [[0.1], [0.2]], "b": [[0.1]]}), "a", "b")
