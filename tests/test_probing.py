"""Probes find what the codes represent, sample classes equally, and return independent rows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from utils.probing import _fitted, draw_balanced, probe

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def blobs(shift: float, seed: int = 0) -> tuple[Pair, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Three classes in the plane, ``shift`` standard deviations apart."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(3), 100)
    centres = shift * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    train, test = (centres[labels] + rng.normal(size=(300, 2)) for _ in range(2))
    return (train, test), (labels, labels)


def rings() -> tuple[Pair, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """A class around another: close neighbours agree, and no line divides them."""
    rng = np.random.default_rng(1)
    labels = np.tile([0, 1], 150)
    train, test = (
        (1 + 2 * labels)[:, None] * np.stack([np.cos(a), np.sin(a)], axis=1) + rng.normal(0, 0.05, (300, 2))
        for a in rng.uniform(0, 2 * np.pi, (2, 300))
    )
    return (train, test), (labels, labels)


@pytest.mark.parametrize("method", ["linear", "neighbours"])
def test_separate_classes_are_recognised_and_noise_is_not(method: str) -> None:
    pair, labels = blobs(shift=20)
    assert probe([pair], labels, (3, 90), method=method).min() == 1  # type: ignore[arg-type]
    pair, labels = blobs(shift=0)
    assert probe([pair], labels, (90,), method=method)[0, 0] == pytest.approx(1 / 3, abs=0.1)  # type: ignore[arg-type]


def test_the_linear_probe_sees_directions_only() -> None:
    pair, labels = rings()
    assert probe([pair], labels, (100,), method="linear")[0, 0] < 0.7
    assert probe([pair], labels, (100,), method="neighbours")[0, 0] > 0.99


def test_quantities_are_scored_by_explained_variance() -> None:
    pair, (classes, _) = blobs(shift=1)
    slopes = np.array([1.0, -2.0])
    targets = (pair[0] @ slopes + 3, pair[1] @ slopes + 3)
    assert probe([pair], targets, (30,), classes=classes)[0, 0] > 0.999
    near = probe([pair], targets, (30, 300), classes=classes, method="neighbours")[0]
    assert 0.5 < near[0] < near[1] < 1
    unrelated = (np.random.default_rng(2).permutation(targets[0]), targets[1])
    assert probe([pair], unrelated, (150,), classes=classes)[0, 0] < 0.1


def test_the_number_of_neighbours_is_used_up_to_the_labels_per_class() -> None:
    pair, labels = blobs(shift=1)
    one, five, many = (probe([pair] * 3, labels, (15, 150), method="neighbours", neighbours=k) for k in (1, 5, 50))
    np.testing.assert_array_equal(five, probe([pair] * 3, labels, (15, 150), method="neighbours"))
    np.testing.assert_array_equal(five[:, 0], many[:, 0], err_msg="with five labels per class at most five vote")
    assert one[:, 1].mean() < many[:, 1].mean(), "where classes overlap, many votes read better than one"
    train, _ = pair
    itself = probe([(train, train)], (labels[0], labels[0]), (300,), method="neighbours", neighbours=1, draws=1)
    assert itself == 1, "the nearest of all codes is the code itself"


@pytest.mark.parametrize("method", ["linear", "neighbours"])
def test_the_scale_and_place_of_codes_do_not_matter(method: str) -> None:
    (train, test), labels = blobs(shift=2)
    moved = (1000 * train + 7, 1000 * test + 7)
    both = [probe([pair], labels, (30,), method=method) for pair in ((train, test), moved)]  # type: ignore[arg-type]
    np.testing.assert_allclose(both[0], both[1], atol=0.005)


def test_repetitions_differ_in_their_samples_and_features_share_them() -> None:
    pair, labels = blobs(shift=1)
    scores = probe([pair] * 4, labels, (6, 60), draws=2, seed=5)
    assert scores.shape == (4, 2)
    assert len(np.unique(scores[:, 0])) > 1
    np.testing.assert_array_equal(scores, probe([pair] * 4, labels, (6, 60), draws=2, seed=5))
    # A longer list or other sizes must not change the samples of a repetition.
    np.testing.assert_array_equal(scores[:2, 1:], probe([pair] * 2, labels, (60,), draws=2, seed=5))
    assert (scores != probe([pair] * 4, labels, (6, 60), draws=2, seed=6)).any()


def test_labels_outside_the_sample_are_never_seen() -> None:
    pair, (train, test) = blobs(shift=20)
    sample = np.unique(np.concatenate([_sample(train, 6, repetition) for repetition in range(2)]))
    hidden = train.copy()
    hidden[np.setdiff1d(np.arange(len(train)), sample)] = 0
    scores = probe([pair] * 2, (hidden, test), (6,), classes=train, draws=1)
    assert scores.min() == 1


def _sample(classes: NDArray[np.int64], n: int, repetition: int) -> NDArray[np.int64]:
    return draw_balanced(classes, n, np.random.default_rng((0, repetition, n)))


def test_codes_without_spread_score_like_a_guess() -> None:
    _, labels = blobs(shift=1)
    constant = np.ones((300, 2))
    assert probe([(constant, constant)], labels, (30,))[0, 0] == pytest.approx(1 / 3)


def test_samples_are_balanced_and_without_replacement() -> None:
    classes = np.array(["b", "a", "c"] * 5)
    sample = draw_balanced(classes, 9, np.random.default_rng(0))
    assert len(set(sample.tolist())) == 9
    assert np.unique(classes[sample], return_counts=True)[1].tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("n", "message"),
    [(0, "0 labels were requested"), (10, "choose a multiple of 3"), (18, "smallest class has 5 items")],
)
def test_samples_that_cannot_be_balanced_are_refused(n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_balanced([0, 1, 2] * 5, n, np.random.default_rng(0))


def test_mistakes_are_answered_in_a_sentence() -> None:
    pair, labels = blobs(shift=1)
    with pytest.raises(ValueError, match="method is 'knn'"):
        probe([pair], labels, (3,), method="knn")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="neighbours is 0"):
        probe([pair], labels, (3,), method="neighbours", neighbours=0)
    with pytest.raises(ValueError, match="classes are missing"):
        probe([pair], (pair[0][:, 0], pair[1][:, 0]), (3,))
    with pytest.raises(ValueError, match="there are 300 codes for 299 targets"):
        probe([pair], (labels[0][1:], labels[1]), (3,))
    with pytest.raises(ValueError, match=r"codes have shapes \(300, 2\) and \(300, 1\)"):
        probe([(pair[0], pair[1][:, :1])], labels, (3,))


def test_scores_of_single_images_have_the_score_as_their_mean() -> None:
    pair, labels = blobs(shift=1)
    for method in ("linear", "neighbours"):
        hits = probe([pair] * 2, labels, (6, 60), method=method, draws=2, per_image=True)  # type: ignore[arg-type]
        assert hits.shape == (2, 2, 300)
        assert set(np.unique(hits)) <= {0, 0.5, 1}
        np.testing.assert_allclose(hits.mean(axis=2), probe([pair] * 2, labels, (6, 60), method=method, draws=2))  # type: ignore[arg-type]
    targets = (pair[0].sum(axis=1), pair[1].sum(axis=1) + 0.1)
    single = probe([pair], targets, (60,), classes=labels[0], draws=1, per_image=True)
    assert single.max() <= 1
    shifted = 1 - 0.01 / targets[1].var()
    assert single.mean() == pytest.approx(shifted, abs=1e-3), "R² of predictions that are 0.1 off"


def test_the_strength_of_the_linear_probe_is_chosen_on_the_labelled_codes() -> None:
    """Two informative directions among two hundred of noise need a stronger penalty than two without noise."""
    rng = np.random.default_rng(3)
    (train, test), labels = blobs(shift=2)
    noisy = tuple(np.hstack([part, rng.normal(0, 1, (300, 200))]) for part in (train, test))
    chosen = _fitted("linear", noisy[0][:60], labels[0][:60], 5).C
    assert chosen < _fitted("linear", 3 * train[:60], labels[0][:60], 5).C
    assert _fitted("linear", train[:3], labels[0][:3], 1).C == 1
    flipped = (labels[0], (labels[1] + 1) % 3)
    assert probe([(train, test)], flipped, (60,))[0, 0] < 0.2, "test labels play no part in the choice"
