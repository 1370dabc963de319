"""Topic 01's interactive figure: the codes, the contingency table and the scores move with the controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from utils import data, models
from utils.widgets.clustering_view import (
    BARS,
    Merge,
    Split,
    State,
    View,
    bars_html,
    describe,
    evaluate,
    number,
    plane,
    table_html,
)
from utils.widgets.explorer import Explorer, button, cached, figure_image, row

LECTURE_MODELS = {"B": "aae-mixture-2d", "D": "vae-mixture-2d"}
"""The models of the lecture's figure: title -> name in `utils.models`."""


class ClusteringExplorer(Explorer):
    """Controls and figure: move one, and the codes, the contingency table and the bars follow.

    A change of the model, of k, of the seed or of the scale makes new clusters and so discards merges and splits.
    """

    css_class = "clustering-explorer"
    css = """
& :is(td, th) { padding: 1px 3px; text-align: right; min-width: 1.3em; }
& .bar { width: 17em; }
& .bar b { background: #0072b2; }
"""

    def __init__(self, codes: Mapping[str, Mapping[int, ArrayLike]], labels_true: ArrayLike) -> None:
        """Build the figure for some models.

        Args:
            codes: model name -> training seed -> (n, 2) codes of the same n points; at least one of each.
            labels_true: (n,) integers 0..9.

        Raises:
            ValueError: if the codes are not two-dimensional or have fewer points than the largest k, 30.
        """
        super().__init__()
        self._codes = {name: {seed: np.asarray(c) for seed, c in by.items()} for name, by in codes.items()}
        self._labels_true = np.asarray(labels_true)
        self._evaluate = cached(self._evaluate_uncached)
        name = next(iter(self._codes))
        self.view = self._evaluate(State(name, next(iter(self._codes[name]))))
        self._figure = Figure(figsize=(5.2, 4.2), dpi=88)
        self._figure.set_layout_engine("none")  # nothing to arrange, and it costs time

        self._model = widgets.ToggleButtons(options=list(self._codes), description="model")
        self._model.style.button_width = "auto"
        self._training = widgets.SelectionSlider(options=list(self._codes[name]), description="training seed")
        self._k = widgets.IntSlider(10, 2, 30, description="k (clusters)")
        self._start = widgets.IntSlider(0, 0, 19, description="k-means seed")
        scales = [(f"× {scale:g}", scale) for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
        self._scale = widgets.SelectionSlider(options=scales, value=1.0, description="scale latent 2")
        clusters = list(range(len(self.view.clusters)))
        self._first = widgets.SelectionSlider(options=clusters, description="cluster")
        self._second = widgets.SelectionSlider(options=clusters, value=1, description="other cluster")
        self._buttons = [
            button("Merge the two", self._merge),
            button("Split cluster", self._split),
            button("Undo", self._undo),
        ]
        self._picture, self._bars, self._table = widgets.HTML(), widgets.HTML(), widgets.HTML()
        for control in (self._model, self._training, self._k, self._start, self._scale, self._first, self._second):
            control.style.description_width = "7.5em"
            control.layout.width = "22em"
        for control in (self._k, self._start, self._scale, self._training):
            control.observe(self._on_control, "value")
        self._model.observe(self._on_model, "value")
        self._lay_out(
            row(self._model, self._training),
            row(self._k, self._start, self._scale),
            row(self._first, self._second, *self._buttons),
            self._message,
            row(self._picture, widgets.VBox([self._bars, self._table])),
        )
        self._show(None)

    @classmethod
    def from_shipped(cls, names: Mapping[str, str] = LECTURE_MODELS) -> ClusteringExplorer:
        """Build the figure for shipped models, all their seeds, on the 1,000 test digits.

        Args:
            names: title in the figure -> name in `utils.models`.
        """
        images, labels = data.load_mnist("test")
        codes = {
            title: {seed: models.load_pretrained(name, seed).encode(images) for seed in models.seeds(name)}
            for title, name in names.items()
        }
        return cls(codes, labels)

    def _evaluate_uncached(self, state: State) -> View:
        return evaluate(self._codes[state.model][state.training_seed], self._labels_true, state)

    def _on_model(self, _: Any) -> None:
        seed = self._training.value
        seeds = list(self._codes[self._model.value])
        self._training.unobserve(self._on_control, "value")
        self._training.options = seeds
        self._training.value = seed if seed in seeds else seeds[0]
        self._training.observe(self._on_control, "value")
        self._on_control(None)

    def _on_control(self, _: Any) -> None:
        self._move(
            lambda _: State(
                self._model.value, self._training.value, self._k.value, self._start.value, self._scale.value
            )
        )

    def _merge(self) -> None:
        self._edit(Merge(self._first.value, self._second.value))

    def _split(self) -> None:
        self._edit(Split(self._first.value))

    def _undo(self) -> None:
        self._move(lambda state: replace(state, edits=state.edits[:-1]))

    def _edit(self, edit: Merge | Split) -> None:
        self._move(lambda state: replace(state, edits=(*state.edits, edit)))

    def _move(self, change: Callable[[State], State]) -> None:
        before = self.view

        def move() -> None:
            self.view = self._evaluate(change(before.state))

        if self._attempt(move):
            self._show(before)

    def _show(self, before: View | None) -> None:
        names = sorted(self.view.clusters.tolist())
        for place, control in enumerate((self._first, self._second)):
            previous = control.value
            control.options, control.value = names, previous if previous in names else names[min(place, len(names) - 1)]
        self._buttons[2].disabled = not self.view.state.edits
        plane(self._figure, self.view)
        self._picture.value = figure_image(self._figure, describe(self.view))
        self._bars.value = bars_html(self.view, before)
        self._table.value = table_html(self.view)
        scores = ", ".join(f"{label} {number(self.view.scores[name])}" for name, label in BARS.items())
        state = self.view.state
        self._say(f"{state.model}, training seed {state.training_seed}, {len(names)} clusters: {scores}.")
