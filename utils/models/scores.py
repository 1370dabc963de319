"""The scores that the provenance of every shipped model carries.

Labels enter here, after training, and nowhere else in ``utils.models``.
"""

import numpy as np
from numpy.typing import NDArray
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

from utils.data import load_mnist
from utils.models.interface import LatentModel

NUM_CLUSTERS = 10


def held_out_scores(model: LatentModel) -> dict[str, float]:
    """How well a model does on the 1,000 held-out digits.

    Returns:
        ``reconstruction_mse``: mean squared error of decoded codes, per pixel, grey values from 0 to 1.

        ``homogeneity``, ``completeness``, ``v_measure``, ``ari``, ``ami``: k-means on the held-out codes (k = 10,
        ``n_init=10``, ``random_state=0``) against the classes. ``silhouette``: of the same clusters, without classes.

        ``linear_probe_accuracy``: share of held-out digits classified correctly by a logistic regression on
        standardised codes, fitted on the 4,000 training digits and their classes.
    """
    train_images, train_labels = load_mnist("train")
    images, labels = load_mnist("test")
    codes = model.encode(images)
    clusters = KMeans(NUM_CLUSTERS, n_init=10, random_state=0).fit_predict(codes)
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(labels, clusters)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    probe.fit(model.encode(train_images), train_labels)
    return {
        "reconstruction_mse": _mean_squared_error(model.decode(codes), images),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v_measure),
        "ari": float(adjusted_rand_score(labels, clusters)),
        "ami": float(adjusted_mutual_info_score(labels, clusters)),
        "silhouette": float(silhouette_score(codes, clusters)),
        "linear_probe_accuracy": float(probe.score(codes, labels)),
    }


def rarest_sampled_class(model: LatentModel, n: int = 1000, seed: int = 0) -> float:
    """Whether a model draws all ten digits: the share of the rarest one among its samples, 0.1 at best.

    Which digit a sample is, is left to its five nearest neighbours among the 4,000 training digits.
    """
    images, labels = load_mnist("train")
    judge = KNeighborsClassifier(5).fit(images.reshape(len(images), -1), labels)
    drawn = model.sample(n, np.random.default_rng(seed)).reshape(n, -1)
    counts = np.bincount(judge.predict(drawn), minlength=NUM_CLUSTERS)
    return float(counts.min() / n)


def _mean_squared_error(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.mean(np.square(a - b), dtype=np.float64))
