"""The scores in the record of every shipped model of digits.

They use labels, but only after training. The diffusion model is the one model that is trained with labels: its
captions.
"""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    homogeneity_completeness_v_measure,
    silhouette_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from utils.arrays import IntArray
from utils.data import load_mnist
from utils.models.interface import LatentModel, checked_images

NUM_CLUSTERS = 10


def held_out_scores(model: LatentModel) -> dict[str, float]:
    """Scores of a model on the 1,000 held-out digits.

    Returns:
        ``reconstruction_mse``: mean squared error of decoded codes, per pixel, grey values from 0 to 1.

        ``homogeneity``, ``completeness``, ``v_measure``, ``ari``, ``ami``: k-means on the held-out codes (k = 10,
        ``n_init=10``, ``random_state=0``) against the classes. ``silhouette``: of the same clusters, without classes.

        ``linear_probe_accuracy``: share of held-out digits classified correctly by a logistic regression on
        standardised codes, fitted to the 4,000 training digits and their classes.
    """
    train_images, train_labels = load_mnist("train")
    images, labels = load_mnist("test")
    codes = model.encode(images)
    clusters = KMeans(NUM_CLUSTERS, n_init=10, random_state=0).fit_predict(codes)
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(labels, clusters)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    probe.fit(model.encode(train_images), train_labels)
    return {
        "reconstruction_mse": float(np.mean(np.square(model.decode(codes) - images), dtype=np.float64)),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v_measure),
        "ari": float(adjusted_rand_score(labels, clusters)),
        "ami": float(adjusted_mutual_info_score(labels, clusters)),
        "silhouette": float(silhouette_score(codes, clusters)),
        "linear_probe_accuracy": float(probe.score(codes, labels)),
    }


def rarest_sampled_class(model: LatentModel, n: int = 1000, seed: int = 0) -> float:
    """Share of the rarest of the ten digits among n samples: 0.1 at best, 0 if a digit is missing.

    A sample's digit is decided by :func:`nearest_classes`.
    """
    samples = model.sample(n, np.random.default_rng(seed))
    counts = np.bincount(nearest_classes(samples), minlength=NUM_CLUSTERS)
    return float(counts.min() / n)


def nearest_classes(images: ArrayLike) -> IntArray:
    """The class of each image (n, 1, 28, 28), int64 (n,): a majority vote of its five nearest training digits.

    Example:
        >>> images, labels = load_mnist("test")
        >>> bool((nearest_classes(images[:200]) == labels[:200]).mean() > 0.9)
        True
    """
    train_images, train_labels = load_mnist("train")
    classifier = KNeighborsClassifier(5).fit(train_images.reshape(len(train_images), -1), train_labels)
    checked = checked_images(images)
    classes: IntArray = classifier.predict(checked.reshape(len(checked), -1))
    return classes
