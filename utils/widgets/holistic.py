"""Topic 05's interactive figure: weights to move, models to switch off, and a ranking that follows."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import ipywidgets as widgets
import pandas as pd

from utils import holistic
from utils.widgets.holistic_search import persuade
from utils.widgets.holistic_view import (
    AGGREGATES,
    DRAWN,
    STEP,
    Board,
    FloatArray,
    State,
    describe,
    evaluate,
    ranking_html,
    weights_html,
)

SHOWN = ("accuracy", "calibration error", "robustness", "unfairness", "milliseconds", "labels", "bytes")
REVIEWS = ("movies", "products", "tweets", "editorials")


class HolisticExplorer(widgets.VBox):  # type: ignore[misc]
    """Controls and ranking: weight scenarios and metrics, choose who takes part, and see who comes first.

    Everything is reached with Tab; arrow keys move sliders, Space presses a button. "make it win" looks for weights
    under which that model comes first, and says why if there are none.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        groups: Mapping[str, Sequence[str]] | None = None,
        redrawn: FloatArray | None = None,
    ) -> None:
        """Build the figure for a table.

        Args:
            table: a row a model, at least two, columns (scenario, metric), higher is better, NaN where a cell makes no
                sense.
            groups: name of a slider -> the scenarios that share its weight; by default each scenario has its own.
            redrawn: (resamples, models, columns), the table as other items might have given it; without it, intervals
                are over scenarios only.

        Raises:
            ValueError: if the table has not these columns, the groups do not fit, or there are fewer than two models.
        """
        if groups is None:
            groups = {str(name): [name] for name in table.columns.get_level_values(0).unique()}
        self._board = Board(table, groups, redrawn)
        self._evaluate = lru_cache(maxsize=256)(partial(evaluate, self._board))
        self._moving = self._refused = False
        self.view = self._evaluate(self._board.start())

        self._scenarios = [self._slider(name) for name in groups]
        self._metrics = [self._slider(name) for name in self._board.metrics]
        self._models = [widgets.ToggleButton(True, description=name) for name in self._board.models]
        pleas = [widgets.Button(description="make it win", tooltip=f"make {name} win") for name in self._board.models]
        for button, name in zip(pleas, self._board.models, strict=True):
            button.on_click(lambda _, name=name: self._persuade(name))
        self._pleas = pleas
        self._by = widgets.ToggleButtons(
            options={label: by for by, label in AGGREGATES.items()}, description="aggregate by"
        )
        drawn = {label: kind for kind, label in DRAWN.items() if kind == "scenarios" or redrawn is not None}
        self._drawn = widgets.ToggleButtons(options=drawn, description="intervals for")
        self._reset = widgets.Button(description="All weights equal", layout={"width": "auto"})
        self._reset.on_click(lambda _: self._take(self._with_equal_weights(), "All weights are equal again."))
        for buttons in (self._by, self._drawn):
            buttons.style.button_width, buttons.style.description_width = "auto", "7.5em"
        for button in self._models:
            button.layout.width = "24em"
        for button in self._pleas:
            button.layout.width = "8em"
        for control in (*self._scenarios, *self._metrics, *self._models, self._by, self._drawn):
            control.observe(self._on_control, "value")

        self._message, self._ranking, self._weights = widgets.HTML(), widgets.HTML(), widgets.HTML()
        wrap = widgets.Layout(flex_flow="row wrap")
        rows = [widgets.HBox(list(pair)) for pair in zip(self._models, pleas, strict=True)]
        titled = {"scenarios": self._scenarios, "metrics": [*self._metrics, self._reset], "who takes part": rows}
        boxes = [widgets.VBox([widgets.HTML(f"<b>{title}</b>"), *shown]) for title, shown in titled.items()]
        super().__init__(
            [
                widgets.HTML(_STYLE),
                widgets.HBox(boxes, layout=wrap),
                widgets.HBox([self._by, self._drawn], layout=wrap),
                self._message,
                widgets.HBox([self._ranking, self._weights], layout=wrap),
            ]
        )
        self.add_class("holistic-explorer")
        self._show(None)

    @classmethod
    def from_shipped(cls) -> HolisticExplorer:
        """Build the figure for the table that comes with the course: every system, four kinds of reviews, small tasks.

        The generated tasks share one slider. Intervals can also be over items, drawn anew 100 times.
        """
        table = holistic.scores(holistic.load(), SHOWN)
        names = [str(name) for name in table.columns.get_level_values(0).unique()]
        groups = {name: [name] for name in names if name in REVIEWS}
        groups["generated tasks"] = [name for name in names if name not in REVIEWS]
        return cls(table, groups, holistic.redrawn(holistic.outcomes(), table, resamples=100))

    # The controls

    def _slider(self, name: str) -> Any:
        slider = widgets.FloatSlider(1.0, min=0.0, max=1.0, step=STEP, description=name, readout_format=".2f")
        slider.style.description_width, slider.layout.width = "9em", "23em"
        return slider

    def _on_control(self, _: Any) -> None:
        if self._moving:
            return
        on = tuple(name for name, button in zip(self._board.models, self._models, strict=True) if button.value)
        scenarios, metrics = (tuple(round(s.value, 9) for s in sliders) for sliders in (self._scenarios, self._metrics))
        asked = State(scenarios, metrics, on, self._by.value, self._drawn.value)
        # Where the browser only confirms what it was told, the words that came with it stay.
        if asked != self.view.state or self._refused:
            self._take(asked)

    def _with_equal_weights(self) -> State:
        start = self._board.start()
        return replace(self.view.state, scenarios=start.scenarios, metrics=start.metrics, columns=None)

    def _persuade(self, model: str) -> None:
        def ask() -> None:
            found = persuade(self._board, self.view.state, model)
            if found.state is None:
                self._say(found.words)
            else:
                self._take(found.state, found.words)

        self._answer(ask)

    def _take(self, state: State, words: str = "") -> None:
        """Move to a state, controls included, and show it with a sentence."""

        def move() -> None:
            before, self.view = self.view, self._evaluate(state)
            self._show(before, words)

        self._answer(move)

    def _answer(self, action: Callable[[], None]) -> None:
        try:
            action()
            self._refused = False
        except ValueError as error:
            self._refused = True
            words = html.escape(str(error))
            self._message.value = f'<p role="alert"><b>{words}</b> The ranking below is that of the last move.</p>'

    # What is shown

    def _show(self, before: Any, words: str = "") -> None:
        state = self.view.state
        self._moving = True  # the controls follow the state, and must not answer to that
        for sliders, weights in ((self._scenarios, state.scenarios), (self._metrics, state.metrics)):
            for slider, weight in zip(sliders, weights, strict=True):
                slider.value = weight
        for name, button, plea in zip(self._board.models, self._models, self._pleas, strict=True):
            button.value = name in state.models
            button.icon = "check" if button.value else ""
            plea.disabled = not button.value
        self._by.value, self._drawn.value = state.by, state.drawn
        self._moving = False
        self._ranking.value = ranking_html(self.view, before)
        self._weights.value = weights_html(self._board, self.view)
        self._say(words)

    def _say(self, words: str) -> None:
        first = f"<p><b>{html.escape(words)}</b></p>" if words else ""
        self._message.value = f'{first}<p role="status">{html.escape(describe(self.view))}</p>'


_STYLE = """<style>
.holistic-explorer :is(.noUi-handle, button, .widget-readout):focus-visible {
  outline: 3px solid #d55e00; outline-offset: 1px;
}
.holistic-explorer .widget-toggle-buttons { display: flex; align-items: center; }
.holistic-explorer .widget-toggle-buttons > label { flex: 0 0 7.5em; text-align: right; margin-right: 4px; }
.holistic-explorer .widget-vbox { margin-right: 1em; }
.holistic-explorer p { margin: 4px 0; max-width: 60em; line-height: 1.4; }
.holistic-explorer table { border-collapse: collapse; font-size: 12px; margin: 4px 16px 8px 0; line-height: 1.35; }
.holistic-explorer caption { text-align: left; white-space: nowrap; font-weight: 600; padding-bottom: 2px; }
.holistic-explorer :is(td, th) { padding: 2px 5px; text-align: right; white-space: nowrap; }
.holistic-explorer th[scope="row"] { text-align: left; font-weight: 400; }
.holistic-explorer .bar { position: relative; width: 14em; height: 1em; background: rgb(128 128 128 / 0.15); }
.holistic-explorer .bar b { display: block; height: 100%; background: #56b4e9; }
.holistic-explorer .bar i {
  position: absolute; top: -1px; width: 3px; height: calc(100% + 2px); margin-left: -1px; background: currentcolor;
}
.holistic-explorer .bar u { position: absolute; top: 45%; height: 2px; background: #d55e00; }
</style>"""
