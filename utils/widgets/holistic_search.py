"""Search for weights that make a model win in topic 05's interactive figure, or for the reason why there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.holistic import dominating_mixture, mean_win_rate, weighted_mean, win_rates, winning_weights
from utils.widgets.holistic_view import STEP, Board, State, best_of, evaluate, taking_part

Kind = Literal["scenarios", "metrics"]

_SMALLEST_SHARES = (0.5, 0.1, 0.0)  # of an even share: weights that ignore no column are tried first


class SearchResult(NamedTuple):
    """A state in which a model wins alone, or None; and a paragraph that explains it."""

    state: State | None
    explanation: str


def find_winning_state(board: Board, state: State, model: str) -> SearchResult:
    """Search for weights under which a model comes first, alone.

    The search tries the sliders first: weights of the scenarios with those of the metrics fixed, then weights of the
    metrics with those of the scenarios fixed. Then it tries one weight per column, for columns in which all models that
    take part have a value. If there are no such weights, the explanation says why.

    Raises:
        ValueError: if the model is switched off, or `evaluate` refuses the state.
    """
    if model not in state.models:
        raise ValueError(f"“{model}” is switched off, so it cannot win: switch it on first.")
    evaluate(board, state)
    table, _ = taking_part(board, state)
    scored = win_rates(table) if state.by == "win rate" else table
    for kind, candidate in _slider_positions(board, state, scored, model):
        if best_of(_scores(board, candidate)) == [model]:
            in_scenarios = kind == "scenarios"
            names = list(board.groups) if in_scenarios else board.metrics
            weights = candidate.scenarios if in_scenarios else candidate.metrics
            other = "metrics" if in_scenarios else "scenarios"
            shares = ", ".join(f"{name} {w / sum(weights):.2f}" for name, w in zip(names, weights, strict=True))
            text = f"“{model}” wins with these weights of the {kind}: {shares}; those of the {other} stay the same."
            return SearchResult(candidate, text)
    try:
        column_weights = winning_weights(scored, model)
    except ValueError as error:
        return SearchResult(None, str(error))
    shared = int(scored.notna().all().sum())
    if column_weights is None:
        return SearchResult(None, f"No weights make “{model}” win: {_proof(scored, model, shared)}")
    text = (
        f"The sliders of one kind alone do not make “{model}” win, but one weight for each column does: see the table "
        "of weights. The next move of a slider discards them."
    )
    return SearchResult(replace(state, columns=tuple(column_weights)), text)


def _slider_positions(board: Board, state: State, scored: pd.DataFrame, model: str) -> list[tuple[Kind, State]]:
    """Candidate states, each with the weights of one kind from a linear programme and the others unchanged."""
    plain = replace(state, columns=None)
    group_of = {scenario: name for name, scenarios in board.groups.items() for scenario in scenarios}
    by_group = np.array([group_of[scenario] for scenario in scored.columns.get_level_values(0)])
    by_metric = scored.columns.get_level_values(1).to_numpy()
    candidates: list[tuple[Kind, State]] = []
    for smallest in _SMALLEST_SHARES:
        weights = _best(scored, by_group, list(board.groups), board.by_metric(plain), model, smallest)
        if weights is not None:
            candidates.append(("scenarios", replace(plain, scenarios=weights)))
        weights = _best(scored, by_metric, board.metrics, board.by_scenario(plain), model, smallest)
        if weights is not None:
            candidates.append(("metrics", replace(plain, metrics=weights)))
    return candidates


def _best(
    scored: pd.DataFrame, kinds: NDArray[np.str_], names: list[str], within: pd.Series, model: str, smallest: float
) -> tuple[float, ...] | None:
    """Weights of kinds of columns, at most 1, under which a model wins; `within` are the weights inside each kind."""
    sums = {}
    for name in names:
        inside = within.where(kinds == name, 0.0)
        if inside.sum() > 0:
            sums[name] = weighted_mean(scored, inside.to_numpy(), missing="renormalise")
    means = pd.DataFrame(sums)
    shared = int(means.notna().all().sum())
    if not shared:
        return None
    solution = winning_weights(means, model, at_least=smallest / shared)
    if solution is None:
        return None
    weights = solution.reindex(names, fill_value=0.0)
    return tuple(round(STEP * round(weight / STEP), 9) for weight in weights / weights.max())


def _proof(scored: pd.DataFrame, model: str, shared: int) -> str:
    mixture = dominating_mixture(scored, model)
    where = f"in each of the {shared} columns in which all of them have a value"
    if mixture is None:  # the two linear programmes may disagree about a lead that is nearly 0
        return f"its lead is too small to be distinguished from 0 {where}."
    parts = [f"{share:.0%} “{name}”" for name, share in mixture.sort_values(ascending=False).items() if share >= 0.005]
    if len(parts) == 1:
        return f"“{mixture.idxmax()}” is as good or better {where}."
    return f"the mixture of {' and '.join(parts)} is as good or better {where}."


def _scores(board: Board, state: State) -> pd.Series:
    table, _ = taking_part(board, state)
    weights = board.weights(state).to_numpy()
    if state.by == "win rate":
        return mean_win_rate(table, weights)
    return weighted_mean(table, weights, missing="renormalise")
