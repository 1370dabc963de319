"""Topic 05's interactive figure: weights to move, models to switch off, and a ranking that follows."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as widgets
import pandas as pd

from utils import holistic
from utils.arrays import FloatArray
from utils.widgets.explorer import Explorer, button, cached, row
from utils.widgets.holistic_search import find_winning_state
from utils.widgets.holistic_view import (
    AGGREGATES,
    STEP,
    UNITS,
    Board,
    State,
    describe,
    evaluate,
    ranking_html,
    weights_html,
)

METRICS = ("accuracy", "calibration error", "robustness", "unfairness", "milliseconds", "labels", "bytes")
REVIEWS = ("movies", "products", "tweets", "editorials")


class HolisticExplorer(Explorer):
    """Controls and ranking: weight scenarios and metrics, choose the models that take part, and see who comes first.

    "make it win" searches for weights under which that model comes first, and explains why if there are none.
    """

    css_class = "holistic-explorer"
    css = """
& .widget-vbox { margin-right: 1em; }
& p { margin: 4px 0; max-width: 60em; line-height: 1.4; }
& caption { white-space: nowrap; }
& :is(td, th) { padding: 2px 5px; text-align: right; white-space: nowrap; }
& th[scope="row"] { text-align: left; font-weight: 400; }
"""

    def __init__(
        self,
        table: pd.DataFrame,
        groups: Mapping[str, Sequence[str]] | None = None,
        replicates: FloatArray | None = None,
    ) -> None:
        """Build the figure for a table.

        Args:
            table: one row per model, at least two, columns (scenario, metric), higher is better, NaN where a
                combination does not apply.
            groups: name of a slider -> the scenarios that share its weight; by default each scenario has its own.
            replicates: (resamples, models, columns), the table recomputed on resampled items; without it, intervals
                are over scenarios only.

        Raises:
            ValueError: if the columns have other levels, the groups do not fit, or there are fewer than two models.
        """
        if groups is None:
            groups = {str(name): [name] for name in table.columns.get_level_values(0).unique()}
        super().__init__()
        self._board = Board(table, groups, replicates)
        self._evaluate = cached(partial(evaluate, self._board))
        self._moving = self._failed = False
        self.view = self._evaluate(self._board.start())

        self._scenarios = [self._slider(name) for name in groups]
        self._metrics = [self._slider(name) for name in self._board.metrics]
        self._models = [widgets.ToggleButton(True, description=name) for name in self._board.models]
        self._win_buttons = [button("make it win", partial(self._make_win, name)) for name in self._board.models]
        for control, name in zip(self._win_buttons, self._board.models, strict=True):
            control.tooltip, control.layout.width = f"make {name} win", "8em"
        self._by = widgets.ToggleButtons(
            options={label: by for by, label in AGGREGATES.items()}, description="aggregate by"
        )
        units = {label: unit for unit, label in UNITS.items() if unit == "scenarios" or replicates is not None}
        self._unit = widgets.ToggleButtons(options=units, description="intervals for")
        self._reset = button("All weights equal", self._equalise)
        for buttons in (self._by, self._unit):
            buttons.style.button_width, buttons.style.description_width = "auto", "7.5em"
        for toggle in self._models:
            toggle.layout.width = "24em"
        for control in (*self._scenarios, *self._metrics, *self._models, self._by, self._unit):
            control.observe(self._on_control, "value")

        self._ranking, self._weights = widgets.HTML(), widgets.HTML()
        pairs = [widgets.HBox(list(pair)) for pair in zip(self._models, self._win_buttons, strict=True)]
        metrics = [*self._metrics, self._reset]
        columns = {"scenarios": self._scenarios, "metrics": metrics, "models that take part": pairs}
        self._lay_out(
            row(*[widgets.VBox([widgets.HTML(f"<b>{title}</b>"), *parts]) for title, parts in columns.items()]),
            row(self._by, self._unit),
            self._message,
            row(self._ranking, self._weights),
        )
        self._show(None)

    @classmethod
    def from_shipped(cls) -> HolisticExplorer:
        """Build the figure for the shipped table: every system, four kinds of reviews, small tasks.

        The generated tasks share one slider. Intervals can also be over items, resampled 100 times.
        """
        table = holistic.scores(holistic.load(), METRICS)
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
        on = tuple(name for name, toggle in zip(self._board.models, self._models, strict=True) if toggle.value)
        scenarios, metrics = (tuple(round(s.value, 9) for s in sliders) for sliders in (self._scenarios, self._metrics))
        state = State(scenarios, metrics, on, self._by.value, self._unit.value)
        # If the browser only confirms a move that this class made, the explanation of the move stays.
        if state != self.view.state or self._failed:
            self._try(lambda: self._go_to(state))

    def _equalise(self) -> None:
        start = self._board.start()
        state = replace(self.view.state, scenarios=start.scenarios, metrics=start.metrics, columns=None)
        self._try(lambda: self._go_to(state, "All weights are equal again."))

    def _make_win(self, model: str) -> None:
        def search() -> None:
            result = find_winning_state(self._board, self.view.state, model)
            if result.state is None:
                self._explain(result.explanation)
            else:
                self._go_to(result.state, result.explanation)

        self._try(search)

    def _go_to(self, state: State, explanation: str = "") -> None:
        """Show a state, with the controls in its position, and an explanation of the move."""
        before, self.view = self.view, self._evaluate(state)
        self._show(before, explanation)

    def _try(self, action: Callable[[], None]) -> None:
        self._failed = not self._attempt(action)

    def _complain(self, error: Exception | str) -> None:
        super()._complain(f"{error} The ranking below is that of the last move.")

    # Display

    def _show(self, before: Any, explanation: str = "") -> None:
        state = self.view.state
        self._moving = True  # the controls follow the state, and must not react to that
        for sliders, weights in ((self._scenarios, state.scenarios), (self._metrics, state.metrics)):
            for slider, weight in zip(sliders, weights, strict=True):
                slider.value = weight
        for name, toggle, win_button in zip(self._board.models, self._models, self._win_buttons, strict=True):
            toggle.value = name in state.models
            toggle.icon = "check" if toggle.value else ""
            win_button.disabled = not toggle.value
        self._by.value, self._unit.value = state.by, state.unit
        self._moving = False
        self._ranking.value = ranking_html(self.view, before)
        self._weights.value = weights_html(self._board, self.view)
        self._explain(explanation)

    def _explain(self, text: str) -> None:
        first = f"<p><b>{html.escape(text)}</b></p>" if text else ""
        self._message.value = f'{first}<p role="status">{html.escape(describe(self.view))}</p>'
