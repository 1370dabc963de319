"""The figure on the site's first page: both models of topic 01 side by side, and whom a score calls better.

The module ``clustering_pair.js`` computes with the functions of topic 01's figure (``clustering_view.js``), and
:meth:`ClusteringPair.compute` with those of :class:`ClusteringExplorer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from utils.widgets.clustering import BEST_OF_TEN, END, SCORES, ClusteringExplorer
from utils.widgets.clustering_starts import LARGEST_K
from utils.widgets.fields import Field, OneOf, Whole
from utils.widgets.figure import Figure


class ClusteringPair(Figure):
    """Codes of two models, each clustered by k-means, and one score of both.

    Fields of the state: `training`, the seed of both models; `k`, the number of clusters; `score`, one of `SCORES`.

    Entries of the view: `labels`, the cluster of each point, and `scores`, each by model.
    """

    module = "clustering_pair.js"

    def __init__(self, explorer: ClusteringExplorer, state: Mapping[str, Any] | None = None) -> None:
        """Build the figure for the models of a :class:`ClusteringExplorer`.

        Args:
            explorer: topic 01's figure with the starts of k-means that win of ten, as `from_shipped` builds it.
            state: where the figure opens; fields that are not named have their defaults.

        Raises:
            ValueError: if the explorer has no such starts, or the state is impossible.
        """
        if BEST_OF_TEN not in explorer.fields["start"].values:  # type: ignore[attr-defined]
            raise ValueError("The explorer has no best of ten starts: build it with ClusteringExplorer.from_shipped().")
        self._explorer = explorer
        fields: dict[str, Field] = {
            "training": explorer.fields["training"],
            "k": Whole(2, LARGEST_K, default=10),
            "score": OneOf(SCORES, preferred="v_measure"),
        }
        shipped = {name: value for name, value in explorer.data.items() if name != "starts"}
        super().__init__(
            shipped,
            fields,
            state,
            fallback="Interactive figure: the codes of two models, B and D, and which of them a score calls better.",
            code="ClusteringPair.from_shipped",
        )

    @classmethod
    def from_shipped(cls, state: Mapping[str, Any] | None = None) -> ClusteringPair:
        """Build the figure for the models of the lecture, on the 1,000 test digits.

        Args:
            state: where the figure opens; fields that are not named have their defaults.
        """
        return cls(ClusteringExplorer.from_shipped(), state)

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Cluster and score both models with scikit-learn; see the class for the entries."""
        common = {"training": state["training"], "k": state["k"], "start": BEST_OF_TEN}
        defaults = {"scale": 1.0, "step": END, "edits": [], "selected": []}
        views = {model: self._explorer.compute({**common, **defaults, "model": model}) for model in self.data["models"]}
        return {
            "labels": {model: view["labels"] for model, view in views.items()},
            "scores": {model: view["scores"] for model, view in views.items()},
        }
