"""Weights that make a model win, in terms of the sliders of topic 05's interactive figure, or the reason for none."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.holistic import dominating_mixture, mean_win_rate, weighted_mean, win_rates, winning_weights
from utils.widgets.holistic_view import STEP, Board, State, best_of, evaluate, taking_part

Kind = Literal["scenarios", "metrics"]

_SMALLEST_SHARES = (0.5, 0.1, 0.0)  # of an even share: weights that ignore nothing are sought first


class Plea(NamedTuple):
    """What was found for a model: a state in which it wins alone, or None; and a paragraph about it."""

    state: State | None
    words: str


def persuade(board: Board, state: State, model: str) -> Plea:
    """Look for weights under which a model comes first, alone.

    First by the sliders: weights of the scenarios while the metrics' stay, then of the metrics while the scenarios'
    stay. Then by a weight for each column in which all models that take part have a number. If there are none, the
    words say why.

    Raises:
        ValueError: if the model is switched off, or the state is none that `evaluate` takes.
    """
    if model not in state.models:
        raise ValueError(f"“{model}” is switched off: switch it on first.")
    evaluate(board, state)
    table, _ = taking_part(board, state)
    scored = win_rates(table) if state.by == "win rate" else table
    for kind, tried in _slider_positions(board, state, scored, model):
        if best_of(_scores(board, tried)) == [model]:
            names, given = (board.groups, tried.scenarios) if kind == "scenarios" else (board.metrics, tried.metrics)
            other = "metrics" if kind == "scenarios" else "scenarios"
            listed = ", ".join(f"{name} {w / sum(given):.2f}" for name, w in zip(names, given, strict=True))
            return Plea(tried, f"“{model}” wins if the {kind} weigh {listed}; the weights of the {other} stay.")
    try:
        found = winning_weights(scored, model)
    except ValueError as error:
        return Plea(None, str(error))
    shared = int(scored.notna().all().sum())
    if found is None:
        return Plea(None, f"No weights make “{model}” win: {_proof(scored, model, shared)}")
    words = (
        f"The sliders of one kind alone do not make “{model}” win, but a weight for each column does: see the table of "
        "weights. The next move takes them back."
    )
    return Plea(replace(state, columns=tuple(found)), words)


def _slider_positions(board: Board, state: State, scored: pd.DataFrame, model: str) -> list[tuple[Kind, State]]:
    """States to try, each with the weights of one kind chosen by a linear programme while the others stay."""
    plain = replace(state, columns=None)
    group_of = {scenario: name for name, scenarios in board.groups.items() for scenario in scenarios}
    by_group = np.array([group_of[scenario] for scenario in scored.columns.get_level_values(0)])
    by_metric = scored.columns.get_level_values(1).to_numpy()
    tried: list[tuple[Kind, State]] = []
    for smallest in _SMALLEST_SHARES:
        found = _best(scored, by_group, list(board.groups), board.by_metric(plain), model, smallest)
        if found is not None:
            tried.append(("scenarios", replace(plain, scenarios=found)))
        found = _best(scored, by_metric, board.metrics, board.by_scenario(plain), model, smallest)
        if found is not None:
            tried.append(("metrics", replace(plain, metrics=found)))
    return tried


def _best(
    scored: pd.DataFrame, kinds: NDArray[np.str_], names: list[str], within: pd.Series, model: str, smallest: float
) -> tuple[float, ...] | None:
    """Weights of kinds of columns, the largest being 1, under which a model wins; `within` are those in each kind."""
    sums = {}
    for name in names:
        chosen = within.where(kinds == name, 0.0)
        if chosen.sum() > 0:
            sums[name] = weighted_mean(scored, chosen.to_numpy(), missing="renormalise")
    means = pd.DataFrame(sums)
    shared = int(means.notna().all().sum())
    if not shared:
        return None
    found = winning_weights(means, model, at_least=smallest / shared)
    if found is None:
        return None
    weights = found.reindex(names, fill_value=0.0)
    return tuple(round(STEP * round(weight / STEP), 9) for weight in weights / weights.max())


def _proof(scored: pd.DataFrame, model: str, shared: int) -> str:
    mixture = dominating_mixture(scored, model)
    where = f"in each of the {shared} columns in which all of them have a number"
    if mixture is None:  # the two programmes may disagree about a lead that is nearly 0
        return f"its lead is too small to tell from 0 {where}."
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
