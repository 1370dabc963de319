"""Topic 01's interactive figure: codes in a plane, k-means step by step, edits of its clusters, and scores that follow.

The module ``clustering.js`` runs k-means from starting points that this file ships, which are scikit-learn's own, and
scores the clusters. :meth:`ClusteringExplorer.compute` does the same with scikit-learn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans

from utils import clustering, data, models
from utils.arrays import FloatArray, IntArray
from utils.intervals import Interval, difference_interval
from utils.widgets import clustering_starts
from utils.widgets.fields import Field, ListOf, OneOf, Whole
from utils.widgets.figure import Figure

LECTURE_MODELS = {"B": "aae-mixture-2d", "D": "vae-mixture-2d"}
"""The models of the lecture's figure: title -> name in `utils.models`."""

SCORES = ("homogeneity", "completeness", "v_measure", "ari", "ami", "silhouette")
"""The scores that the figure shows, named as in `utils.clustering`."""

BEST_OF_TEN = "best of ten"
END = 999
"""The step at which k-means has converged, however many it took."""

_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class ClusteringExplorer(Figure):
    """Codes of some models, clustered by k-means, with all scores.

    Fields of the state:

    - `model`, `training`: whose codes.
    - `k`: number of clusters, 2 to 30.
    - `start`: where k-means starts: the starting points of k-means++ with seed 0 to 19, or those that win when
      ``utils.clustering.kmeans(codes, k)`` tries ten, as the lecture does.
    - `scale`: factor of the second latent. The same points are the start at each scale, so that only the scale changes.
    - `step`: 0 the start, 1 the first assignment, 2 the first update, and so on; `END` when k-means has converged.
    - `edits`: changes to the converged clusters, in order: ``[a, b]`` moves cluster b into a, ``[a]`` splits a in two,
      ``[]`` splits every cluster of at least two points.
    - `selected`: up to two clusters. `score`: the score of the curve B − D.

    Entries of the view: `labels` (n,) or None at step 0, `centres` (k, 2), `step` and `last`, `clusters`, `table`
    (clusters, 10), and `scores` by name.
    """

    module = "clustering.js"

    def __init__(
        self,
        codes: Mapping[str, Mapping[int, ArrayLike]],
        labels_true: ArrayLike,
        state: Mapping[str, Any] | None = None,
        *,
        starts: Mapping[str, Mapping[int, tuple[ArrayLike, ArrayLike]]] | None = None,
    ) -> None:
        """Build the figure for two models.

        Args:
            codes: model name -> training seed -> (n, 2) codes of the same n points; the same seeds for both models.
            labels_true: (n,) integers 0..9.
            state: where the figure opens; fields that are not named have their defaults.
            starts: model name -> training seed -> what `clustering_starts.seeded` and `best` return for these codes.
                Without it the seeded starts are computed, and the state's `start` cannot be "best of ten".

        Raises:
            ValueError: if the codes are not two-dimensional, have fewer points than the largest k, 30, or the models
                have not the same training seeds.
        """
        planes = {
            name: {int(seed): np.asarray(c, np.float32) for seed, c in by_seed.items()}
            for name, by_seed in codes.items()
        }
        self._classes = np.asarray(labels_true)
        trainings = [sorted(by_seed) for by_seed in planes.values()]
        if len(planes) != 2 or trainings[0] != trainings[1] or not trainings[0]:
            raise ValueError(f"The trainings are {trainings}, but two models with the same ones are needed.")
        for by_seed in planes.values():
            for plane in by_seed.values():
                if plane.shape != (len(self._classes), 2):
                    raise ValueError(
                        f"codes has shape {plane.shape}, but ({len(self._classes)}, 2) is needed: "
                        "choose models with two latents, and give one label per code."
                    )
                if len(plane) < clustering_starts.LARGEST_K:
                    raise ValueError(
                        f"There are {len(plane)} codes, but {clustering_starts.LARGEST_K} are needed: give more."
                    )
        self._planes = planes
        computed = starts is None
        if starts is None:
            nothing = np.empty(0, np.uint16)
            starts = {
                name: {seed: (clustering_starts.seeded(plane), nothing) for seed, plane in by_seed.items()}
                for name, by_seed in planes.items()
            }
        shipped = {
            "models": list(planes),
            "trainings": [str(seed) for seed in trainings[0]],
            "labels": self._classes.astype(np.uint8),
            "codes": planes,
            "groups": clustering_starts.groups(),
            "starts": {
                name: {seed: np.asarray(seeded, np.uint16) for seed, (seeded, _) in by_seed.items()}
                for name, by_seed in starts.items()
            },
            "best": {
                name: {seed: np.asarray(best, np.uint16) for seed, (_, best) in by_seed.items()}
                for name, by_seed in starts.items()
            },
        }
        fields: dict[str, Field] = {
            "model": OneOf(tuple(planes)),
            "training": OneOf(tuple(trainings[0])),
            "k": Whole(2, clustering_starts.LARGEST_K, default=10),
            "start": OneOf((*(() if computed else (BEST_OF_TEN,)), *range(clustering_starts.SEEDS))),
            "scale": OneOf(_SCALES, preferred=1.0),
            "step": Whole(0, END, default=END),
            "edits": ListOf(ListOf(Whole(0, len(self._classes), default=0), longest=2), longest=100),
            "selected": ListOf(Whole(0, len(self._classes), default=0), longest=2),
            "score": OneOf(SCORES, preferred="v_measure"),
        }
        super().__init__(
            shipped,
            fields,
            state,
            fallback="Interactive figure: the codes of two models, their clusters by k-means, and six scores.",
            code="ClusteringExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(
        cls, names: Mapping[str, str] = LECTURE_MODELS, state: Mapping[str, Any] | None = None
    ) -> ClusteringExplorer:
        """Build the figure for shipped models, all their seeds, on the 1,000 test digits.

        Args:
            names: title in the figure -> name in `utils.models`; two of `clustering_starts.MODELS`.
            state: where the figure opens.
        """
        images, labels = data.load_mnist("test")
        codes = {
            title: {seed: models.load_pretrained(name, seed).encode(images) for seed in models.seeds(name)}
            for title, name in names.items()
        }
        starts = {
            title: {seed: clustering_starts.shipped(name, seed) for seed in models.seeds(name)}
            for title, name in names.items()
        }
        return cls(codes, labels, state, starts=starts)

    def check(self, state: Mapping[str, Any]) -> None:
        if state["edits"]:
            self.compute(state)

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Cluster, edit and score with scikit-learn; see the class for the entries."""
        codes = self._planes[state["model"]][state["training"]].astype(np.float64) * (1.0, state["scale"])
        start = self._starting_points(state)
        last, labels, centres = _steps(codes, start, state["step"])
        step = min(state["step"], last)
        if state["edits"] and step < last:
            raise ValueError("Only finished clusters can be edited: let k-means run to its end.")
        if labels is None:
            nothing = dict.fromkeys(SCORES, math.nan)
            return {
                "labels": None,
                "centres": centres,
                "step": 0,
                "last": last,
                "clusters": [],
                "table": [],
                "scores": nothing,
            }
        for edit in state["edits"]:
            labels = _edit(codes, labels, edit)
        clusters = np.unique(labels)
        table = np.array([np.bincount(self._classes[labels == cluster], minlength=10) for cluster in clusters])
        order = np.lexsort((-table.max(axis=1), table.argmax(axis=1)))
        scores = clustering.scores(self._classes, labels, codes)
        return {
            "labels": labels,
            "centres": centres,
            "step": step,
            "last": last,
            "clusters": clusters[order].tolist(),
            "table": table[order],
            "scores": {name: scores[name] for name in SCORES},
        }

    def difference(self, k: int, score: str) -> Interval:
        """First model minus second in a score at one k, over trainings, at the state's scale and start."""
        first, second = (
            [
                self.compute({**self.state, "model": m, "training": t, "k": k, "step": END, "edits": []})["scores"][
                    score
                ]
                for t in self._planes[m]
            ]
            for m in self._planes
        )
        return difference_interval(first, second)

    def _starting_points(self, state: Mapping[str, Any]) -> NDArray[np.uint16]:
        name, seed, k = state["model"], state["training"], state["k"]
        if state["start"] == BEST_OF_TEN:
            offset = k * (k - 1) // 2 - 1
            best: NDArray[np.uint16] = self.data["best"][name][seed][offset : offset + k]
            return best
        row = self.data["starts"][name][seed][state["start"]]
        offset = sum(high for _, high in clustering_starts.groups() if high < k)
        starts: NDArray[np.uint16] = row[offset : offset + k]
        return starts


def _steps(codes: FloatArray, start: NDArray[np.uint16], step: int) -> tuple[int, IntArray | None, FloatArray]:
    """The number of steps of k-means, and labels and centres after one of them, from scikit-learn stopped early."""
    k, centres = len(start), codes[start]
    full = KMeans(k, init=centres, n_init=1).fit(codes)
    # It ends with an assignment that changes nothing, or with one more once the centres hardly move.
    ends = [_stopped(codes, centres, updates)[0] for updates in (full.n_iter_ - 2, full.n_iter_ - 1) if updates >= 0]
    strict = len(ends) == 2 and np.array_equal(ends[0], ends[1])
    last = 2 * full.n_iter_ - 1 if strict else 2 * full.n_iter_ + 1
    step = min(step, last)
    if step == last:
        return last, full.labels_.astype(np.int64), full.cluster_centers_
    if step == 0:
        return last, None, centres
    updates, updated = step // 2, step % 2 == 0
    labels, _ = _stopped(codes, centres, updates - 1 if updated else updates)
    return last, labels, _stopped(codes, centres, updates)[1]


def _stopped(codes: FloatArray, start: FloatArray, updates: int) -> tuple[IntArray, FloatArray]:
    """Centres after a number of updates, and the assignment to them."""
    if updates == 0:
        nearest = ((start**2).sum(axis=1) - 2 * codes @ start.T).argmin(axis=1)
        return nearest.astype(np.int64), start
    run = KMeans(len(start), init=start, n_init=1, max_iter=updates, tol=0).fit(codes)
    return run.labels_.astype(np.int64), run.cluster_centers_


def _edit(codes: FloatArray, labels: IntArray, edit: Sequence[int]) -> IntArray:
    if len(edit) == 2:
        return clustering.merge_clusters(labels, edit[0], edit[1])
    labels = labels.copy()
    for cluster in edit or np.unique(labels).tolist():
        members = np.flatnonzero(labels == cluster)
        if len(members) == 0:
            clusters = ", ".join(map(str, np.unique(labels)))
            raise ValueError(f"There is no cluster {cluster}: choose one of {clusters}.")
        points = codes[members]
        first = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmax()]
        second = points[((points - first) ** 2).sum(axis=1).argmax()]
        if np.array_equal(first, second):
            if not edit:
                continue
            raise ValueError(f"Cluster {cluster} has one point only, but a split needs two: choose a larger cluster.")
        halves = KMeans(2, init=np.array([first, second]), n_init=1).fit_predict(points)
        unused = int(np.setdiff1d(np.arange(labels.max() + 2), labels)[0])
        labels[members[halves == 1]] = unused
    return labels
