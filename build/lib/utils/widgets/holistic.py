"""Topic 05's interactive figure: weights to move, systems to switch off, and a ranking that follows.

The module ``holistic.js`` aggregates the table and its resamples, and solves the linear programmes.
:meth:`HolisticExplorer.compute` does the same with ``utils.holistic``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from utils import holistic
from utils.arrays import Float32Array, FloatArray
from utils.store import remembered
from utils.widgets.fields import Field, Flag, ListOf, OneOf, Real
from utils.widgets.figure import Figure

METRICS = ("accuracy", "calibration error", "robustness", "sensitivity to names", "milliseconds", "labels", "bytes")
QUALITY = ("accuracy", "calibration error", "robustness")
"""The metrics that have a weight when the figure opens: those of the lecture's ranking."""

REVIEWS = ("movies", "products", "tweets", "editorials")
NOBODY = "nobody"
RESAMPLES = 500
_ITEM_RESAMPLES = 200


class HolisticExplorer(Figure):
    """A table of scores, weighted and aggregated to a ranking with intervals, and a search for weights that win.

    Fields of the state:

    - `scenarios`, `metrics`: one weight from 0 to 1 for each. A column's weight is that of its scenario times that of
      its metric.
    - `columns`: one weight for each column, which replace those two; or empty.
    - `systems`: whether each system takes part.
    - `by`: the aggregate, ``"win rate"`` or ``"mean"`` (of scores scaled so that in each column the worst of *all*
      systems has 0 and the best 1).
    - `unit`: what the intervals resample, ``"scenarios"`` or ``"items"``.
    - `asked`: the system that the reader wants to win, or ``"nobody"``.

    Entries of the view, with NaN for a system without a score and one entry per system in the order of the table:
    `score`, `score_low`, `score_high`, `rank`, `rank_low`, `rank_high`; `first`, the share of resampled tables in which
    it comes first; `judged`, the share of the weight on columns in which it has a value. Also `weights` of the columns,
    which sum to 1; `winners`, the systems that come first; and `proof` for the system that was asked for, or None:
    `lead`, the largest lead over the second that any weights of the columns allow; `shared`, the number of columns that
    may have weight, which are those whose scenario and metric have some and in which all systems have a value;
    `weights`, the weights of that lead; `mixture`, the shares of the other systems in the mixture that is nowhere worse
    than it by more than that lead.
    """

    module = "holistic.js"

    def __init__(
        self,
        table: pd.DataFrame,
        groups: Mapping[str, Sequence[str]] | None = None,
        replicates: FloatArray | Float32Array | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the figure for a table.

        Args:
            table: one row per system, at least two, columns (scenario, metric), higher is better, NaN where a
                combination does not apply.
            groups: title -> scenarios that also get one common slider.
            replicates: (resamples, systems, columns), the table recomputed on resampled items; without it, intervals
                are over scenarios only.
            state: where the figure opens; fields that are not named have their defaults: all weights 1.

        Raises:
            ValueError: if the columns have other levels, a group names an unknown scenario, there are fewer than two
                systems, the replicates have another shape, or the state is impossible.
        """
        if table.columns.nlevels != 2:
            raise ValueError(
                f"The table's columns have {table.columns.nlevels} level(s), but two are needed, scenario and metric: "
                "make them with pandas.MultiIndex.from_product."
            )
        self._systems = [str(name) for name in table.index]
        if len(self._systems) < 2:
            raise ValueError(f"The table has {len(self._systems)} system(s), but a ranking needs two: add a row.")
        holistic.win_rates(table)  # refuses a table with values that no ranking can use
        scenarios, metrics = ([str(name) for name in table.columns.unique(level)] for level in (0, 1))
        for title, members in (groups or {}).items():
            unknown = [name for name in members if name not in scenarios]
            if unknown:
                raise ValueError(
                    f"The group “{title}” names {unknown[0]!r}, but the scenarios are {', '.join(scenarios)}: "
                    "choose from these."
                )
        if replicates is not None and replicates.shape[1:] != table.shape:
            raise ValueError(
                f"replicates has shape {replicates.shape}, but (resamples, {table.shape[0]}, {table.shape[1]}) is "
                "needed: resample the items of the same table."
            )
        self._table = table.set_axis(self._systems, axis="index")
        self._of_scenario = np.array([scenarios.index(str(name)) for name in table.columns.get_level_values(0)])
        self._of_metric = np.array([metrics.index(str(name)) for name in table.columns.get_level_values(1)])
        # The figure gets single precision, and so does Python: the two compare the same numbers.
        self._replicates = None if replicates is None else replicates.astype(np.float32)
        shipped = {
            "systems": self._systems,
            "scenarios": scenarios,
            "metrics": metrics,
            "groups": {title: [scenarios.index(name) for name in members] for title, members in (groups or {}).items()},
            "of_scenario": self._of_scenario.astype(np.uint8),
            "of_metric": self._of_metric.astype(np.uint8),
            "table": table.to_numpy(np.float64),
            # Last the resamples: what does not depend on items then repeats, and is compressed.
            "replicates": None if self._replicates is None else np.moveaxis(self._replicates, 0, -1),
            "draws": _scenario_draws(scenarios),
        }
        weight = Real(0.0, 1.0, default=1.0, step=0.02)
        fields: dict[str, Field] = {
            "scenarios": ListOf(weight, len(scenarios), len(scenarios), [1.0] * len(scenarios)),
            "metrics": ListOf(weight, len(metrics), len(metrics), [1.0] * len(metrics)),
            "columns": ListOf(weight, table.shape[1]),
            "systems": ListOf(Flag(default=True), len(self._systems), len(self._systems), [True] * len(self._systems)),
            "by": OneOf(("win rate", "mean")),
            "unit": OneOf(("scenarios",) if replicates is None else ("scenarios", "items")),
            "asked": OneOf((NOBODY, *self._systems)),
        }
        super().__init__(
            shipped,
            fields,
            state,
            fallback="Interactive figure: weights of scenarios and metrics, and the ranking of systems that follows.",
            code="HolisticExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(cls, state: Mapping[str, Any] | None = None) -> HolisticExplorer:
        """Build the figure for the shipped table: every system, four kinds of reviews, eight generated tasks.

        It opens with the lecture's ranking: equal weights of all scenarios and of accuracy, calibration and robustness.
        The items are resampled 200 times, which takes some seconds at the first call; the result is kept on disk.

        Args:
            state: where the figure opens; fields that are not named have the values above.
        """
        table = holistic.scores(holistic.load(), METRICS)
        names = [str(name) for name in table.columns.unique(0)]
        groups = {"generated tasks": [name for name in names if name not in REVIEWS]}
        made = {"of": "holistic.redrawn", "metrics": METRICS, "resamples": _ITEM_RESAMPLES, **holistic.provenance()}
        replicates = remembered(
            made, lambda: holistic.redrawn(holistic.outcomes(), table, resamples=_ITEM_RESAMPLES).astype(np.float32)
        )
        opening = {"metrics": [float(name in QUALITY) for name in METRICS]}
        return cls(table, groups, replicates, {**opening, **(state or {})})

    def check(self, state: Mapping[str, Any]) -> None:
        self._weights(state)
        on = self._taking_part(state)
        if state["asked"] != NOBODY and state["asked"] not in on:
            raise ValueError(f"“{state['asked']}” is switched off, so it cannot win: switch it on first.")

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Weight, aggregate and rank with ``utils.holistic``; see the class for the entries."""
        weights, on = self._weights(state), self._taking_part(state)
        at = self._table.index.get_indexer(pd.Index(on))
        table, replicates = self._table.iloc[at], None
        if state["unit"] == "items" and self._replicates is not None:
            replicates = self._replicates[:, at].astype(np.float64)
        if state["by"] == "mean":
            lowest = self._table.min()
            width = (self._table.max() - lowest).replace(0, 1)
            table = (table - lowest) / width
            replicates = None if replicates is None else (replicates - lowest.to_numpy()) / width.to_numpy()
        ranking = holistic.rank_intervals(table, replicates, by=state["by"], weights=weights, resamples=RESAMPLES)
        ranking["first"] = holistic.first_place_shares(
            table, replicates, by=state["by"], weights=weights, resamples=RESAMPLES
        )
        scored = holistic.win_rates(table) if state["by"] == "win rate" else table
        ranking["judged"] = scored.notna().to_numpy() @ weights
        best = ranking["score"] >= ranking["score"].max() - 1e-9
        columns = {str(name): values.to_numpy(np.float64) for name, values in ranking.reindex(self._systems).items()}
        proof = None if state["asked"] == NOBODY else self._proof(scored, state)
        return {**columns, "weights": weights, "winners": list(ranking.index[best]), "proof": proof}

    def _taking_part(self, state: Mapping[str, Any]) -> list[str]:
        on = [name for name, takes_part in zip(self._systems, state["systems"], strict=True) if takes_part]
        if len(on) < 2:
            raise ValueError(f"Systems that take part: {len(on)}. A ranking needs two: switch on another.")
        return on

    def _sliders(self, state: Mapping[str, Any]) -> FloatArray:
        """The weight (columns,) of each column by its scenario and its metric, not scaled."""
        for kind in ("scenarios", "metrics"):
            if not sum(state[kind]) > 0:
                raise ValueError(f"All {kind} have weight 0, but a ranking needs one above 0: raise one of them.")
        weights: FloatArray = (
            np.array(state["scenarios"])[self._of_scenario] * np.array(state["metrics"])[self._of_metric]
        )
        if not weights.sum() > 0:
            raise ValueError("No column has a positive weight of its scenario and of its metric: raise another weight.")
        return weights

    def _weights(self, state: Mapping[str, Any]) -> FloatArray:
        weights = self._sliders(state)
        if state["columns"]:
            weights = np.array(state["columns"])
            if weights.shape != self._of_scenario.shape or not weights.sum() > 0:
                raise ValueError(
                    f"columns has {len(weights)} weights with the sum {weights.sum():g}, but none or one for each of "
                    f"{len(self._of_scenario)} columns are needed, and not all 0: give a list of that length."
                )
        scaled: FloatArray = weights / weights.sum()
        return scaled

    def _proof(self, scored: pd.DataFrame, state: Mapping[str, Any]) -> dict[str, Any]:
        candidates = scored.loc[:, self._sliders(state) > 0]
        candidates = candidates.loc[:, candidates.notna().all()]
        if candidates.shape[1] == 0:
            raise ValueError(
                "In no column with weight do all systems have a value, so no weights compare them: switch one off."
            )
        system = state["asked"]
        weights = holistic.winning_weights(candidates, system)
        mixture = holistic.dominating_mixture(candidates, system)
        others = candidates.drop(index=system)
        leads = candidates.loc[system] - others
        lead = float((leads @ weights).min()) if weights is not None else float(leads.T.dot(mixture).max())
        return {"lead": lead, "shared": candidates.shape[1], "weights": weights, "mixture": mixture}


def _scenario_draws(scenarios: Sequence[str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(500, scenarios) how often each scenario is drawn: the resamples of `holistic.rank_intervals` with its seed 0."""
    n = len(scenarios)
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return draws[:, np.argsort(np.argsort(scenarios))].astype(np.uint8)
