"""The scores of the records: a perfect model and a useless one, and digits read by their neighbours."""

import numpy as np
import pytest

from utils.data import load_mnist
from utils.models import LatentModel
from utils.models.scores import held_out_scores, nearest_classes, rarest_sampled_class


class Memory(LatentModel):
    """Its code is the class of an image, and it draws training digits of the classes that it is given."""

    name, seed, latent_dim = "memory", 0, 10

    def __init__(self, classes=tuple(range(10))):
        self.images, self.labels = load_mnist("train")
        self.classes = classes

    def _encode(self, images):
        return np.eye(10, dtype=np.float32)[nearest_classes(images)]

    def _decode(self, codes):
        examples = np.array([np.flatnonzero(self.labels == label)[0] for label in range(10)])
        return self.images[examples[codes.argmax(axis=1)]]

    def _sample_codes(self, n, rng):
        return np.eye(10, dtype=np.float32)[np.resize(self.classes, n)]


def test_codes_that_are_classes_score_as_well_as_their_classifier(images):
    _, labels = load_mnist("test")
    accuracy = (nearest_classes(images) == labels).mean()
    assert 0.9 < accuracy < 1
    scores = held_out_scores(Memory())
    assert scores["linear_probe_accuracy"] == pytest.approx(accuracy)
    assert scores["silhouette"] == pytest.approx(1)
    assert all(0.7 < scores[name] < 1 for name in ("homogeneity", "completeness", "v_measure", "ari", "ami"))
    decoded = Memory().decode(Memory().encode(images))
    assert scores["reconstruction_mse"] == pytest.approx(np.mean((decoded - images) ** 2), rel=1e-4)


def test_the_rarest_class_is_a_share_of_the_samples():
    assert rarest_sampled_class(Memory(), n=200) == pytest.approx(0.1)
    assert rarest_sampled_class(Memory(classes=(1, 2)), n=50) == 0


def test_training_digits_are_read_as_what_they_are():
    train_images, labels = load_mnist("train")
    classes = nearest_classes(train_images[:300])
    assert classes.dtype == np.int64
    assert (classes == labels[:300]).mean() > 0.95
