"""Weights under which a given model wins, by linear programming, or the reason why there are none.

A weighted mean is linear in its weights, so whether some weights make a model the best is a question about a polytope.
The answer is certified in either case: by such weights, or by a mixture of other models that is never worse.
"""

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from utils.arrays import BoolArray, FloatArray
from utils.holistic.aggregation import checked_table

#: A lead smaller than this is a tie: the tolerance of the solver of linear programmes.
SMALLEST_LEAD = 1e-9


def winning_weights(table: pd.DataFrame, model: object, *, at_least: float = 0.0) -> pd.Series | None:
    """Weights of the columns under which a model comes first by :func:`weighted_mean`, or None if there are none.

    Of all such weights, those with the largest lead over the second model are returned, by a linear programme: maximise
    t subject to w · (scores of the model − scores of another) ≥ t for each other model, Σ w = 1, w ≥ ``at_least``. To
    win by mean win rate, pass :func:`win_rates` of the table.

    Only columns in which *every* model has a score can have weight; the others get 0, since they would compare models
    over different columns.

    Args:
        table: models × columns, higher is better.
        model: one of the rows.
        at_least: the smallest weight allowed for a column, so that none is ignored: from 0 to 1 / number of columns
            in which all models have a score.

    Returns:
        A Series over the columns, ≥ 0 and summing to 1; None if under all weights another model is as good or better
        (:func:`dominating_mixture` then gives the reason).

    Raises:
        ValueError: if there is no such model, no column in which all models have a score, or ``at_least`` is out of
            range.

    Example:
        >>> table = pd.DataFrame({"x": [1.0, 0.0], "y": [0.0, 0.4]}, ["A", "B"])
        >>> winning_weights(table, "B", at_least=0.25).round(6).to_dict()
        {'x': 0.25, 'y': 0.75}
    """
    leads, shared = _leads(table, model)
    n = leads.shape[1]
    if not 0 <= at_least <= 1 / n + 1e-12:
        raise ValueError(
            f"at_least={at_least} was given, but {n} columns share a weight of 1: choose a value from 0 to {1 / n:.3g}."
        )
    weights = np.zeros(table.shape[1])
    if not len(leads):
        weights[shared] = 1 / n
        return pd.Series(weights, table.columns)
    solution = linprog(
        c=[*np.zeros(n), -1.0],
        A_ub=np.column_stack([-leads, np.ones(len(leads))]),
        b_ub=np.zeros(len(leads)),
        A_eq=[[*np.ones(n), 0.0]],
        b_eq=[1.0],
        bounds=[(min(at_least, 1 / n), None)] * n + [(None, None)],
    )
    if not solution.success:
        raise ValueError(
            f"The linear programme has no solution ({solution.message}): check that the scores are of similar size."
        )
    shared_weights = np.clip(solution.x[:-1], 0, None) / np.clip(solution.x[:-1], 0, None).sum()
    if (leads @ shared_weights).min() <= SMALLEST_LEAD:
        return None
    weights[shared] = shared_weights
    return pd.Series(weights, table.columns)


def dominating_mixture(table: pd.DataFrame, model: object) -> pd.Series | None:
    """The reason why a model cannot win: a mixture of the others that is as good or better in every column; or None.

    A mixture answers each item by one of the other models, drawn with these probabilities. If such a mixture exists,
    then under any weights its mean is at least the model's, and so is that of the best model in it. By linear duality
    (the minimax theorem) one exists exactly if :func:`winning_weights` returns None.

    Returns:
        A Series over the other models, ≥ 0 and summing to 1, of the mixture whose smallest lead is largest; None if
        some weights let the model win.

    Raises:
        ValueError: as :func:`winning_weights`.

    Example:
        >>> table = pd.DataFrame({"x": [1.0, 0.0, 0.4], "y": [0.0, 1.0, 0.4]}, ["A", "B", "C"])
        >>> dominating_mixture(table, "C").round(6).to_dict()
        {'A': 0.5, 'B': 0.5}
    """
    leads, _ = _leads(table, model)
    others = [name for name in table.index if name != model]
    if not others:
        return None
    solution = linprog(
        c=[*np.zeros(len(others)), -1.0],
        A_ub=np.column_stack([leads.T, np.ones(leads.shape[1])]),
        b_ub=np.zeros(leads.shape[1]),
        A_eq=[[*np.ones(len(others)), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * len(others) + [(None, None)],
    )
    if not solution.success or solution.x[-1] < -SMALLEST_LEAD:
        return None
    mixture = np.clip(solution.x[:-1], 0, None)
    return pd.Series(mixture / mixture.sum(), others)


def _leads(table: pd.DataFrame, model: object) -> tuple[FloatArray, BoolArray]:
    """Leads over each other model (others, shared columns), and in which columns all models have a score."""
    values = checked_table(table)
    if model not in table.index:
        raise ValueError(f"{model!r} is not a row of the table: choose from {list(table.index)}.")
    shared = np.asarray(np.isfinite(values).all(axis=0))
    if not shared.any():
        raise ValueError("No column has a score for every model, so no weights compare them all: remove a model.")
    row = table.index.get_loc(model)
    others = np.delete(values, row, axis=0)
    return (values[row] - others)[:, shared], shared
