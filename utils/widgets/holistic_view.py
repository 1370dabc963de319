"""The content of topic 05's interactive figure for each position of its controls: plain functions, without controls.

A `Board` is a table of models with its groups of scenarios; `evaluate` turns a `State` into a `View`; the others turn a
`View` into tables, text and a still figure.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from utils.arrays import FloatArray
from utils.holistic import rank_intervals, win_rates
from utils.plotting import SERIES_COLOURS

By = Literal["win rate", "mean"]
Unit = Literal["scenarios", "items"]

RESAMPLES = 500
STEP = 0.02  # of the weights that a slider can take
AGGREGATES: dict[By, str] = {"win rate": "mean win rate", "mean": "mean of scaled scores"}
UNITS: dict[Unit, str] = {"scenarios": "other scenarios", "items": "other items"}


@dataclass(frozen=True)
class State:
    """Position of the controls.

    `scenarios` and `metrics` are weights ≥ 0, one per group of the board and one per metric; `models` are those that
    take part; `by` names the aggregate, `unit` what the intervals resample. `columns`, if not None, are weights of the
    single columns and replace both lists.
    """

    scenarios: tuple[float, ...]
    metrics: tuple[float, ...]
    models: tuple[str, ...]
    by: By = "win rate"
    unit: Unit = "scenarios"
    columns: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Board:
    """A table of scores, and the groups of scenarios that are weighted together.

    table: one row per model, columns (scenario, metric), higher is better, NaN where a combination does not apply.
    groups: name of a slider -> the scenarios that share its weight evenly; each scenario is in one of them.
    replicates: (resamples, models, columns), the table recomputed on resampled items, or None.

    Raises ValueError if the columns have other levels, or the groups do not fit.
    """

    table: pd.DataFrame
    groups: Mapping[str, Sequence[str]]
    replicates: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.table.columns.nlevels != 2:
            raise ValueError(
                f"The table's columns have {self.table.columns.nlevels} level(s), but two are needed, scenario and "
                "metric: make them with pandas.MultiIndex.from_product."
            )
        grouped = sorted(scenario for scenarios in self.groups.values() for scenario in scenarios)
        scenarios = sorted(self.table.columns.unique(0))
        if grouped != scenarios:
            raise ValueError(
                f"The groups contain {grouped}, but the scenarios are {scenarios}: put each into one group."
            )

    @property
    def metrics(self) -> list[str]:
        """The metrics, in the order of the table."""
        return [str(name) for name in self.table.columns.unique(1)]

    @property
    def models(self) -> list[str]:
        """The models, in the order of the table."""
        return [str(name) for name in self.table.index]

    def start(self) -> State:
        """All groups, all metrics and all models, with equal weights."""
        return State((1.0,) * len(self.groups), (1.0,) * len(self.metrics), tuple(self.models))

    def weights(self, state: State) -> pd.Series:
        """The weight of each column, summing to 1: that of its scenario times that of its metric.

        Raises:
            ValueError: if no column has a weight above 0.
        """
        if state.columns is not None:
            return pd.Series(state.columns, self.table.columns)
        for kind, sliders in (("scenarios", state.scenarios), ("metrics", state.metrics)):
            if not sum(sliders) > 0:
                raise ValueError(f"All {kind} have weight 0, but a ranking needs one above 0: raise one of them.")
        weights = self.by_scenario(state) * self.by_metric(state)
        if not weights.sum() > 0:
            raise ValueError("No column has a positive weight of its scenario and of its metric: raise another weight.")
        return weights / weights.sum()

    def by_scenario(self, state: State) -> pd.Series:
        """The factor that the scenario of each column contributes to its weight."""
        each = {
            scenario: weight / len(scenarios)
            for scenarios, weight in zip(self.groups.values(), state.scenarios, strict=True)
            for scenario in scenarios
        }
        return pd.Series([each[scenario] for scenario in self.table.columns.get_level_values(0)], self.table.columns)

    def by_metric(self, state: State) -> pd.Series:
        """The factor that the metric of each column contributes to its weight."""
        each = dict(zip(self.metrics, state.metrics, strict=True))
        return pd.Series([each[metric] for metric in self.table.columns.get_level_values(1)], self.table.columns)


class View(NamedTuple):
    """The content of the figure in one state.

    `ranking`: one row per model that takes part, best first, with the columns of `utils.holistic.rank_intervals` and
    `judged`, the share of the weight on columns in which the model has a value. `weights`: of the columns.
    """

    state: State
    ranking: pd.DataFrame
    weights: pd.Series

    @property
    def winners(self) -> list[str]:
        """The models that come first; several if they tie."""
        return best_of(self.ranking["score"])


def evaluate(board: Board, state: State) -> View:
    """Weight, aggregate and rank.

    Raises:
        ValueError: if no column has a weight above 0, fewer than two models take part, or items should be resampled but
            the board has no replicates.
    """
    weights = board.weights(state)
    if len(state.models) < 2:
        raise ValueError(f"Models switched on: {len(state.models)}. A ranking needs two models: switch on another.")
    table, replicates = taking_part(board, state)
    if state.unit == "items" and replicates is None:
        raise ValueError("This table has no resampled items, so intervals are over scenarios only: choose scenarios.")
    of_items = replicates if state.unit == "items" else None
    ranking = rank_intervals(table, of_items, by=state.by, weights=weights.to_numpy(), resamples=RESAMPLES)
    present = (win_rates(table) if state.by == "win rate" else table).notna()
    ranking["judged"] = (present * weights).sum(axis=1)
    return View(state, ranking.sort_values("rank", kind="stable", na_position="last"), weights)


def describe(view: View) -> str:
    """One paragraph: which model wins, by how much, and which others may have rank 1."""
    ranking, state = view.ranking, view.state
    first = ranking.iloc[0]
    rivals = [f"“{name}”" for name, row in ranking.iterrows() if row["rank_low"] < 2 and name not in view.winners]
    head = " and ".join(f"“{name}”" for name in view.winners)
    verb = "lead" if len(view.winners) > 1 else "leads"
    others = f"; rank intervals that also contain 1: {', '.join(rivals)}" if rivals else "; no other contains rank 1"
    return (
        f"{head} {verb} with a {AGGREGATES[state.by]} of {first['score']:.2f} [{first['score_low']:.2f}, "
        f"{first['score_high']:.2f}]{others}. The intervals are for {UNITS[state.unit]} of the same kind."
    )


def ranking_html(view: View, before: View | None = None) -> str:
    """The ranking as an HTML table with one bar and interval per model; with `before`, a tick marks the old score."""
    rows = []
    for name, row in view.ranking.iterrows():
        if np.isnan(row["score"]):
            rows.append(f'<tr><td>–</td><th scope="row">{html.escape(str(name))}</th><td></td><td>no score</td></tr>')
            continue
        old = before.ranking["score"].get(name, np.nan) if before is not None else np.nan
        tick = f'<i style="left: {_percent(old):.1f}%"></i>' if np.isfinite(old) else ""
        low, high = _percent(row["score_low"]), _percent(row["score_high"])
        whisker = f'<u style="left: {low:.1f}%; width: {high - low:.1f}%"></u>'
        bar = f'<div class="bar"><b style="width: {_percent(row["score"]):.1f}%"></b>{whisker}{tick}</div>'
        cells = [
            f"<td>{row['rank']:g}</td>",
            f"<td>{row['rank_low']:.2g} to {row['rank_high']:.2g}</td>",
            f'<th scope="row">{html.escape(str(name))}</th>',
            f"<td>{bar}</td>",
            f"<td>{row['score']:.2f} [{row['score_low']:.2f}, {row['score_high']:.2f}]</td>",
            f"<td>{row['judged']:.0%} of the weight</td>",
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    names = ("rank", "95 %", "model", "", AGGREGATES[view.state.by], "judged on")
    head = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in names)
    caption = "ranking (orange: 95 % interval; tick: before the last move)"
    return f"<table><caption>{caption}</caption><tr>{head}</tr>{''.join(rows)}</table>"


def weights_html(board: Board, view: View) -> str:
    """The weights in per cent as an HTML table: one row per group of scenarios, one column per metric."""
    group_of = {scenario: name for name, scenarios in board.groups.items() for scenario in scenarios}
    groups = [group_of[scenario] for scenario in view.weights.index.get_level_values(0)]
    metrics = view.weights.index.get_level_values(1)
    shares = 100 * view.weights.groupby([groups, metrics]).sum().unstack(fill_value=0)
    shares = shares.reindex(index=list(board.groups), columns=board.metrics, fill_value=0.0)
    largest = max(float(shares.to_numpy().max()), 1e-9)
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in shares.columns)
    rows = []
    for name, row in shares.iterrows():
        # Half opaque at most: the text keeps its contrast in light and dark themes.
        cells = (
            f'<td style="background: rgb(0 114 178 / {0.5 * share / largest:.2f})">{share:.0f}</td>' for share in row
        )
        rows.append(f'<tr><th scope="row">{html.escape(str(name))}</th>{"".join(cells)}</tr>')
    caption = "weights in %: one row per group of scenarios, one column per metric"
    return f"<table><caption>{caption}</caption><tr><td></td>{head}</tr>{''.join(rows)}</table>"


def still(board: Board, states: Mapping[str, State]) -> Figure:
    """The figure without its controls: for each state the ranking with its intervals, best at the top.

    Args:
        states: title -> state.
    """
    fig = Figure(figsize=(5.2 * len(states), 0.9 + 0.34 * len(board.models)), layout="constrained")
    for ax, (title, state) in zip(np.atleast_1d(fig.subplots(1, len(states))), states.items(), strict=True):
        ranking = evaluate(board, state).ranking
        places = np.arange(len(ranking))
        ends = np.abs(ranking[["score_low", "score_high"]].to_numpy() - ranking[["score"]].to_numpy()).T
        ax.errorbar(ranking["score"], places, xerr=ends, fmt="o", color=SERIES_COLOURS[0], capsize=4)
        ax.set(xlabel=AGGREGATES[state.by], xlim=(0, 1), ylim=(len(ranking) - 0.5, -0.5), title=title)
        ax.set_yticks(places, [str(name) for name in ranking.index])
    return fig


def taking_part(board: Board, state: State) -> tuple[pd.DataFrame, FloatArray | None]:
    """Table and replicates of the models that take part, scaled if the aggregate is the mean.

    Scaled means: in each column 0 for the worst and 1 for the best of *all* models of the board, taking part or not.
    """
    at = board.table.index.get_indexer(pd.Index(state.models))
    table, replicates = board.table.iloc[at], board.replicates
    if replicates is not None:
        replicates = replicates[:RESAMPLES, at]
    if state.by == "mean":
        lowest = board.table.min()
        width = (board.table.max() - lowest).replace(0, 1)
        table = (table - lowest) / width
        if replicates is not None:
            replicates = (replicates - lowest.to_numpy()) / width.to_numpy()
    return table, replicates


def best_of(scores: pd.Series) -> list[str]:
    """The models with the highest score, up to rounding."""
    return [str(name) for name in scores.index[scores >= scores.max() - 1e-9]]


def _percent(value: float) -> float:
    return float(100 * np.clip(np.nan_to_num(value), 0, 1))
