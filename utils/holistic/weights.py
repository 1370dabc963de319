"""Weights under which a given model wins, by linear programming, or the reason why there are none.

A weighted mean is linear in its weights, so "some weights make this model the best" is a question about a polytope, and
has an answer with a proof either way.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

from utils.holistic.aggregation import FloatArray, checked_table

#: A lead smaller than this is a tie: what a linear programme's solver can tell from 0.
SMALLEST_LEAD = 1e-9


def winning_weights(table: pd.DataFrame, model: object, *, at_least: float = 0.0) -> pd.Series | None:
    """Weights of the columns under which a model comes first by :func:`weighted_mean`, or None if there are none.

    Of all such weights, those with the largest lead over the runner-up: a linear programme, maximise t subject to
    w · (scores of the model − scores of another) ≥ t for each other model, Σ w = 1, w ≥ ``at_least``. To win by mean
    win rate, give :func:`win_rates` of the table.

    Only columns in which *every* model has a number can have weight; the others get 0, since a comparison on them
    would be one of models judged by different columns.

    Args:
        table: models × columns, higher is better.
        model: one of the rows.
        at_least: the smallest weight allowed for a column, so that none is ignored: from 0 to 1 / number of columns
            that all models have.

    Returns:
        A Series over the columns, ≥ 0 and summing to 1; None if under all weights another model is as good or better
        (:func:`dominating_mixture` then gives the reason).

    Raises:
        ValueError: if there is no such model, no column that all models have, or ``at_least`` cannot be kept.
    """
    leads, shared = _leads(table, model)
    n = leads.shape[1]
    if not 0 <= at_least <= 1 / n + 1e-12:
        raise ValueError(
            f"at_least={at_least} was given, but {n} columns share a weight of 1: choose from 0 to {1 / n:.3g}."
        )
    weights = np.zeros(table.shape[1])
    if not len(leads):
        weights[shared] = 1 / n
        return pd.Series(weights, table.columns)
    found = linprog(
        c=[*np.zeros(n), -1.0],
        A_ub=np.column_stack([-leads, np.ones(len(leads))]),
        b_ub=np.zeros(len(leads)),
        A_eq=[[*np.ones(n), 0.0]],
        b_eq=[1.0],
        bounds=[(min(at_least, 1 / n), None)] * n + [(None, None)],
    )
    if not found.success:
        raise ValueError(f"No weights could be sought ({found.message}): see that the scores are finite and of a size.")
    won = np.clip(found.x[:-1], 0, None) / np.clip(found.x[:-1], 0, None).sum()
    if (leads @ won).min() <= SMALLEST_LEAD:
        return None
    weights[shared] = won
    return pd.Series(weights, table.columns)


def dominating_mixture(table: pd.DataFrame, model: object) -> pd.Series | None:
    """Why a model cannot win: a mixture of the others that is as good or better in every column, or None.

    A mixture answers each item by one of the other models, drawn with these probabilities. If such a mixture exists,
    then under any weights its mean is at least the model's, and so is that of the best model in it. By linear duality
    (the minimax theorem) there is one exactly if :func:`winning_weights` finds nothing.

    Returns:
        A Series over the other models, ≥ 0 and summing to 1, of the mixture whose smallest lead is largest; None if
        some weights let the model win.

    Raises ValueError as :func:`winning_weights` does.
    """
    leads, _ = _leads(table, model)
    others = [name for name in table.index if name != model]
    if not others:
        return None
    found = linprog(
        c=[*np.zeros(len(others)), -1.0],
        A_ub=np.column_stack([leads.T, np.ones(leads.shape[1])]),
        b_ub=np.zeros(leads.shape[1]),
        A_eq=[[*np.ones(len(others)), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * len(others) + [(None, None)],
    )
    if not found.success or found.x[-1] < -SMALLEST_LEAD:
        return None
    mixture = np.clip(found.x[:-1], 0, None)
    return pd.Series(mixture / mixture.sum(), others)


def _leads(table: pd.DataFrame, model: object) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Leads over each other model (others, shared columns), and which columns all models share."""
    values = checked_table(table)
    if model not in table.index:
        raise ValueError(f"{model!r} is not a row of the table: choose from {list(table.index)}.")
    shared = np.asarray(np.isfinite(values).all(axis=0))
    if not shared.any():
        raise ValueError("No column has a number for every model, so no weights compare them all: leave a model out.")
    at = table.index.get_loc(model)
    others = np.delete(values, at, axis=0)
    return (values[at] - others)[:, shared], shared
