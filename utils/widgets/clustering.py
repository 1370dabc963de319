"""Topic 01's interactive figure: the codes, the contingency table and the scores move with the controls."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
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


class ClusteringExplorer(widgets.VBox):  # type: ignore[misc]
    """Controls and picture: move one, and the codes, the contingency table and the bars follow.

    Everything is reached with Tab; arrow keys move sliders and lists, Space presses a button. A change of the model,
    of k, of the seed or of the scale makes new clusters, and so forgets merges and splits.
    """

    def __init__(self, codes: Mapping[str, Mapping[int, ArrayLike]], labels_true: ArrayLike) -> None:
        """Build the figure for some models.

        Args:
            codes: model name -> training seed -> (n, 2) codes of the same n points; at least one of each.
            labels_true: (n,) integers 0..9.

        Raises:
            ValueError: if the codes are not two-dimensional or have fewer points than the largest k, 30.
        """
        self._codes = {name: {seed: np.asarray(c) for seed, c in by.items()} for name, by in codes.items()}
        self._labels_true = np.asarray(labels_true)
        self._evaluate = lru_cache(maxsize=256)(self._evaluate_uncached)
        name = next(iter(self._codes))
        self.view = self._evaluate(State(name, next(iter(self._codes[name]))))
        self._figure = Figure(figsize=(5.2, 4.2), dpi=88)
        self._figure.set_layout_engine("none")  # nothing to arrange, and it costs time

        # No drop-down lists: JupyterLab takes the arrow keys and letters typed in them for commands to the notebook.
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
        buttons = {"Merge the two": self._merge, "Split cluster": self._split, "Undo": self._undo}
        self._buttons = [widgets.Button(description=text, layout={"width": "auto"}) for text in buttons]
        self._message = widgets.HTML()
        self._picture, self._bars, self._table = widgets.HTML(), widgets.HTML(), widgets.HTML()
        for control in (self._model, self._training, self._k, self._start, self._scale, self._first, self._second):
            control.style.description_width = "7.5em"
            control.layout.width = "22em"
        for control in (self._k, self._start, self._scale, self._training):
            control.observe(self._on_control, "value")
        self._model.observe(self._on_model, "value")
        for button, action in zip(self._buttons, buttons.values(), strict=True):
            button.on_click(lambda _, action=action: action())
        rows = [
            [self._model, self._training],
            [self._k, self._start, self._scale],
            [self._first, self._second, *self._buttons],
        ]
        wrap = widgets.Layout(flex_flow="row wrap")
        boxes = [widgets.HBox(row, layout=wrap) for row in rows]
        shown = widgets.HBox([self._picture, widgets.VBox([self._bars, self._table])], layout=wrap)
        super().__init__([widgets.HTML(_STYLE), *boxes, self._message, shown])
        self.add_class("clustering-explorer")
        self._show(None)

    @classmethod
    def from_pretrained(cls, names: Mapping[str, str]) -> ClusteringExplorer:
        """Build the figure for shipped models, all their seeds, on the 1,000 test digits.

        Args:
            names: what the figure calls a model -> its name in `utils.models`.
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
        kept = self._training.value
        seeds = list(self._codes[self._model.value])
        self._training.unobserve(self._on_control, "value")
        self._training.options = seeds
        self._training.value = kept if kept in seeds else seeds[0]
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
        try:
            self.view = self._evaluate(change(before.state))
        except ValueError as error:
            self._message.value = f"<p>{html.escape(str(error))}</p>"
            return
        self._show(before)

    def _show(self, before: View | None) -> None:
        names = sorted(self.view.clusters.tolist())
        for place, control in enumerate((self._first, self._second)):
            kept = control.value
            control.options, control.value = names, kept if kept in names else names[min(place, len(names) - 1)]
        self._buttons[2].disabled = not self.view.state.edits
        plane(self._figure, self.view)
        stored = io.BytesIO()
        self._figure.savefig(stored, format="png")
        picture = base64.b64encode(stored.getvalue()).decode("ascii")
        self._picture.value = (
            f'<img alt="{html.escape(describe(self.view))}" style="max-width: 100%; height: auto" '
            f'src="data:image/png;base64,{picture}">'
        )
        self._bars.value = bars_html(self.view, before)
        self._table.value = table_html(self.view)
        scores = ", ".join(f"{label} {number(self.view.scores[name])}" for name, label in BARS.items())
        state = self.view.state
        where = f"{html.escape(state.model)}, training seed {state.training_seed}, {len(names)} clusters"
        self._message.value = f"<p>{where}: {scores}.</p>"


_STYLE = """<style>
.clustering-explorer :is(.noUi-handle, select, button, .widget-readout):focus-visible {
  outline: 3px solid #d55e00; outline-offset: 1px;
}
.clustering-explorer .widget-toggle-buttons { display: flex; align-items: center; }
.clustering-explorer .widget-toggle-buttons > label { flex: 0 0 7.5em; text-align: right; margin-right: 4px; }
.clustering-explorer table { border-collapse: collapse; font-size: 12px; margin: 4px 0 8px; line-height: 1.35; }
.clustering-explorer caption { text-align: left; font-weight: 600; padding-bottom: 2px; }
.clustering-explorer :is(td, th) { padding: 1px 3px; text-align: right; min-width: 1.3em; }
.clustering-explorer .bar { position: relative; width: 17em; height: 1em; background: rgb(128 128 128 / 0.15); }
.clustering-explorer .bar b { display: block; height: 100%; background: #0072b2; }
.clustering-explorer .bar i {
  position: absolute; top: -1px; width: 3px; height: calc(100% + 2px); margin-left: -1px; background: currentcolor;
}
</style>"""
