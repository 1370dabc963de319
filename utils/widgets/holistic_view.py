"""What topic 05's interactive figure shows for each position of its controls: plain functions, without controls.

A `Board` is a table of models with what is needed to weight it; `evaluate` turns a `State` into a `View`; the others
turn a `View` into tables, words and a still picture.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.holistic import rank_intervals, win_rates
from utils.plotting import SERIES_COLOURS

FloatArray = NDArray[np.float64]
By = Literal["win rate", "mean"]
Drawn = Literal["scenarios", "items"]

RESAMPLES = 500
STEP = 0.02  # of a slider
AGGREGATES: dict[By, str] = {"win rate": "mean win rate", "mean": "mean of scaled scores"}
DRAWN: dict[Drawn, str] = {"scenarios": "other scenarios", "items": "other items"}


@dataclass(frozen=True)
class State:
    """Where the controls stand.

    `scenarios` and `metrics` are weights ≥ 0, one a group of the board and one a metric; `models` are those that take
    part; `by` says how scores become one number, `drawn` what the intervals draw anew. `columns`, if given, are
    weights of the single columns and stand in for both lists.
    """

    scenarios: tuple[float, ...]
    metrics: tuple[float, ...]
    models: tuple[str, ...]
    by: By = "win rate"
    drawn: Drawn = "scenarios"
    columns: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Board:
    """A table to be weighted.

    table: a row a model, columns (scenario, metric), higher is better, NaN where a cell makes no sense.
    groups: name of a slider -> the scenarios that share its weight evenly; each scenario is in one of them.
    redrawn: (resamples, models, columns), the table as other items might have given it, or None.

    Raises ValueError if the columns have not these two levels, or the groups do not fit.
    """

    table: pd.DataFrame
    groups: Mapping[str, Sequence[str]]
    redrawn: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.table.columns.nlevels != 2:
            raise ValueError(
                f"The table's columns have {self.table.columns.nlevels} level(s), but two are needed, scenario and "
                "metric: make them with pandas.MultiIndex.from_product."
            )
        grouped = sorted(scenario for scenarios in self.groups.values() for scenario in scenarios)
        known = sorted(self.table.columns.unique(0))
        if grouped != known:
            raise ValueError(f"The groups hold {grouped}, but the scenarios are {known}: put each into one group.")

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
            ValueError: if nothing has weight.
        """
        if state.columns is not None:
            return pd.Series(state.columns, self.table.columns)
        for kind, given in (("scenarios", state.scenarios), ("metrics", state.metrics)):
            if not sum(given) > 0:
                raise ValueError(f"All {kind} have weight 0, so nothing is left to rank by: give one of them some.")
        weights = self.by_scenario(state) * self.by_metric(state)
        if not weights.sum() > 0:
            raise ValueError("No column has both its scenario and its metric weighted: give another one some weight.")
        return weights / weights.sum()

    def by_scenario(self, state: State) -> pd.Series:
        """What the scenario of each column contributes to its weight."""
        each = {
            scenario: weight / len(scenarios)
            for scenarios, weight in zip(self.groups.values(), state.scenarios, strict=True)
            for scenario in scenarios
        }
        return pd.Series([each[scenario] for scenario in self.table.columns.get_level_values(0)], self.table.columns)

    def by_metric(self, state: State) -> pd.Series:
        """What the metric of each column contributes to its weight."""
        each = dict(zip(self.metrics, state.metrics, strict=True))
        return pd.Series([each[metric] for metric in self.table.columns.get_level_values(1)], self.table.columns)


class View(NamedTuple):
    """What one state shows.

    `ranking`: a row a model that takes part, best first, with the columns of `utils.holistic.rank_intervals` and
    `judged`, the share of the weight that lies on columns in which the model has a number. `weights`: of the columns.
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
        ValueError: if nothing has weight, fewer than two models take part, or items are to be drawn and there are none.
    """
    weights = board.weights(state)
    if len(state.models) < 2:
        raise ValueError(f"Switched on: {len(state.models)}. A ranking needs two models or more: switch on another.")
    table, redrawn = taking_part(board, state)
    if state.drawn == "items" and redrawn is None:
        raise ValueError("This table came without its items, so only scenarios can be drawn anew: choose these.")
    drawn = redrawn if state.drawn == "items" else None
    found = rank_intervals(table, drawn, by=state.by, weights=weights.to_numpy(), resamples=RESAMPLES)
    present = (win_rates(table) if state.by == "win rate" else table).notna()
    found["judged"] = (present * weights).sum(axis=1)
    return View(state, found.sort_values("rank", kind="stable", na_position="last"), weights)


def describe(view: View) -> str:
    """One paragraph: who wins, by how much, and whose rank might be 1 as well."""
    ranking, state = view.ranking, view.state
    first = ranking.iloc[0]
    could = [f"“{name}”" for name, row in ranking.iterrows() if row["rank_low"] < 2 and name not in view.winners]
    head = " and ".join(f"“{name}”" for name in view.winners)
    verb = "lead" if len(view.winners) > 1 else "leads"
    others = f"; rank 1 is within reach of {', '.join(could)}" if could else "; no other reaches rank 1"
    return (
        f"{head} {verb} with a {AGGREGATES[state.by]} of {first['score']:.2f} [{first['score_low']:.2f}, "
        f"{first['score_high']:.2f}]{others}. The intervals are for {DRAWN[state.drawn]} of the same kind."
    )


def ranking_html(view: View, before: View | None = None) -> str:
    """The ranking as an HTML table with a bar and an interval a model; with `before`, a tick marks the old score."""
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
    """The weights in per cent as an HTML table: a row a group of scenarios, a column a metric, shaded by weight."""
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
    caption = "weights in %: a group of scenarios a row, a metric a column"
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
    """Table and redrawn tables of the models that take part, scaled where means are asked for.

    Scaled means: in each column 0 for the worst and 1 for the best of *all* models of the board, whoever takes part.
    """
    at = board.table.index.get_indexer(pd.Index(state.models))
    table, redrawn = board.table.iloc[at], board.redrawn
    if redrawn is not None:
        redrawn = redrawn[:RESAMPLES, at]
    if state.by == "mean":
        lowest = board.table.min()
        width = (board.table.max() - lowest).replace(0, 1)
        table = (table - lowest) / width
        if redrawn is not None:
            redrawn = (redrawn - lowest.to_numpy()) / width.to_numpy()
    return table, redrawn


def best_of(scores: pd.Series) -> list[str]:
    """The models with the highest score, up to rounding."""
    return [str(name) for name in scores.index[scores >= scores.max() - 1e-9]]


def _percent(value: float) -> float:
    return float(100 * np.clip(np.nan_to_num(value), 0, 1))
