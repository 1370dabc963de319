"""From a table of many scores to a ranking: win rates, weighted means, ranks with intervals, and pairs told apart.

A *table* has a row a model and a column a task (a scenario, or a scenario with a metric). Higher is better in every
column: turn an error into its negative first. NaN is a cell that makes no sense, or was not run.

Whatever turns a table into one number a model has decided how much each column counts; :mod:`utils.holistic.weights`
shows how much hangs on that.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from utils.intervals import check_confidence

FloatArray = NDArray[np.float64]
Weights = Sequence[float] | Mapping[object, float] | FloatArray | pd.Series
By = Literal["win rate", "mean"]
Missing = Literal["nan", "renormalise"]
Scores = TypeVar("Scores", pd.Series, pd.DataFrame)


def win_rates(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the other models that each model beats, column by column, in [0, 1]; NaN stays NaN.

    In a column take part only the models that have a number there. Of these, let there be N; then a model's win rate is
    (models it beats + half of those it ties with) / (N − 1). A column with fewer than two numbers compares nobody: it
    is NaN for all. Two scores tie if they are exactly equal.

    >>> print(win_rates(pd.DataFrame({"x": [0.9, 0.5, 0.5]}, ["A", "B", "C"]))["x"].tolist())
    [1.0, 0.25, 0.25]

    Raises ValueError if ``table`` is no table as this module describes it.
    """
    values = checked_table(table)
    return pd.DataFrame(_win_rates(values), table.index, table.columns)


def mean_win_rate(table: pd.DataFrame, weights: Weights | None = None) -> pd.Series:
    """Each model's win rate averaged over the columns, as HELM defines it (Liang et al. 2022): a Series in [0, 1].

    Args:
        table: models × columns, higher is better, NaN where a cell makes no sense.
        weights: of the columns, as in :func:`weighted_mean`; by default all count alike, as in HELM.

    Missing cells: a model's mean is over the columns in which it was compared with somebody (:func:`win_rates`), so
    that models may be averaged over different columns and against different others. One that was compared nowhere
    gets NaN.

    >>> table = pd.DataFrame({"x": [0.9, 0.5, 0.5], "y": [0.1, 0.2, np.nan]}, ["A", "B", "C"])
    >>> print(mean_win_rate(table).tolist())
    [0.5, 0.625, 0.25]

    Raises ValueError if ``table`` or ``weights`` is not as described.
    """
    return weighted_mean(win_rates(table), weights, missing="renormalise")


def weighted_mean(table: pd.DataFrame, weights: Weights | None = None, *, missing: Missing = "nan") -> pd.Series:
    """The weighted mean of each model's scores: a Series over the models, in the unit of the scores.

    Args:
        table: models × columns.
        weights: one number ≥ 0 a column, not all 0: in the order of the columns, or a mapping or Series by column,
            where a column left out weighs 0. They are scaled to sum 1. By default all columns count alike.
        missing: what becomes of a model that has no number in a column of weight > 0. ``"nan"``: it has no mean.
            ``"renormalise"``: its other weights are scaled to sum 1, so that it is judged by other columns than the
            rest; NaN if nothing is left.

    Raises:
        ValueError: if ``table`` or ``weights`` is not as described, or ``missing`` is another word.
    """
    values = checked_table(table)
    _check_word(missing, Missing, "missing")
    return pd.Series(_means(values, checked_weights(weights, table.columns), missing), table.index)


def ranks(scores: Scores) -> Scores:
    """Ranks of scores, each column by itself: 1 for the highest; equal scores share the mean of their ranks; NaN stays.

    >>> print(ranks(pd.Series({"A": 0.7, "B": 0.9, "C": 0.7})).tolist())
    [2.5, 1.0, 2.5]
    """
    return scores.rank(ascending=False, method="average")


def rank_intervals(
    table: pd.DataFrame,
    redrawn: NDArray[np.floating] | None = None,
    *,
    by: By = "win rate",
    weights: Weights | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Aggregated scores and ranks with percentile intervals of the bootstrap (Efron 1979).

    Two questions, two ways to draw anew. *Would other items have given the same ranking?* Give ``redrawn``: tables
    computed from redrawn items (:func:`redraw_items` makes them of plain means). *Would other scenarios?* Leave it out:
    then the columns are drawn anew, with replacement. Where the columns have two levels (scenario, metric), whole
    scenarios are drawn, since the metrics of one share its items.

    Args:
        table: models × columns, as it is.
        redrawn: (resamples, models, columns), tables as they might have been.
        by: aggregate by ``"win rate"`` (:func:`mean_win_rate`) or by ``"mean"`` (:func:`weighted_mean`, missing cells
            renormalised).
        weights: of the columns, as in :func:`weighted_mean`.
        confidence: of the intervals, between 0 and 1.
        resamples: how often the columns are drawn; not used with ``redrawn``.
        seed: of the draws.

    Returns:
        DataFrame with a row a model, in the order of the table, and the columns ``score``, ``score_low``,
        ``score_high``, ``rank``, ``rank_low``, ``rank_high``.

    Raises:
        ValueError: if an argument is not as described.
    """
    draws = _aggregated_draws(table, redrawn, by, weights, confidence, resamples, seed)
    places = rankdata(-draws, axis=1, nan_policy="omit")
    score = _aggregated(table, by, weights)
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    columns = {"score": score}
    columns |= dict(zip(("score_low", "score_high"), _quantiles(draws, ends), strict=True))
    columns["rank"] = ranks(score)
    columns |= dict(zip(("rank_low", "rank_high"), _quantiles(places, ends), strict=True))
    return pd.DataFrame(columns, table.index)


def lead_intervals(
    table: pd.DataFrame,
    redrawn: NDArray[np.floating] | None = None,
    *,
    by: By = "win rate",
    weights: Weights | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """By how much each model leads over each other: which pairs can be told apart?

    Arguments and errors as in :func:`rank_intervals`; both models of a pair see the same draws, so that what makes a
    draw hard for both cancels.

    Returns:
        DataFrame with a row a pair, indexed (``ahead``, ``behind``) by the aggregated score, and the columns ``lead``
        (≥ 0), ``low``, ``high`` and ``apart``: whether the interval leaves out 0. Models without a score are left out.
    """
    draws = _aggregated_draws(table, redrawn, by, weights, confidence, resamples, seed)
    score = _aggregated(table, by, weights)
    order = [int(i) for i in np.argsort(-score.to_numpy(), kind="stable") if np.isfinite(score.iloc[i])]
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    rows = []
    for place, first in enumerate(order):
        for second in order[place + 1 :]:
            low, high = _quantiles(draws[:, [first]] - draws[:, [second]], ends)[:, 0]
            lead = float(score.iloc[first] - score.iloc[second])
            rows.append((table.index[first], table.index[second], lead, low, high, bool(low > 0 or high < 0)))
    found = pd.DataFrame(rows, columns=["ahead", "behind", "lead", "low", "high", "apart"])
    return found.set_index(["ahead", "behind"])


def redraw_items(
    items: Mapping[object, pd.DataFrame], models: Sequence[object], *, resamples: int = 2000, seed: int = 0
) -> FloatArray:
    """Tables of mean scores as redrawn items would have given them: (resamples, models, len(items)).

    Args:
        items: for each column of the table a DataFrame of scores, a row an item and a column a model; a model without
            a column there has no cell. Within a column of the table all models share the draws.
        models: the rows of the table.
        resamples: how often the items of each column are drawn, with replacement, as many as there are.
        seed: of the draws.

    Raises:
        ValueError: if a column has fewer than two items.
    """
    rng = np.random.default_rng(seed)
    tables = np.full((resamples, len(models), len(items)), np.nan)
    for column, (name, scores) in enumerate(items.items()):
        if len(scores) < 2:
            raise ValueError(f"{name} has {len(scores)} item(s), but redrawing needs at least two: add items.")
        values = scores.reindex(columns=list(models)).to_numpy(dtype=np.float64)
        counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
        tables[:, :, column] = counts @ values / len(values)
    return tables


def checked_weights(weights: Weights | None, columns: pd.Index) -> FloatArray:
    """Weights as float64 (columns,), ≥ 0 and summing to 1; raises ValueError in a sentence if that cannot be."""
    if weights is None:
        return np.full(len(columns), 1 / len(columns))
    if isinstance(weights, Mapping | pd.Series):
        named = list(weights.index) if isinstance(weights, pd.Series) else list(weights)
        unknown = [name for name in named if name not in columns]
        if unknown:
            raise ValueError(
                f"weights names {unknown[0]!r}, but the table has no such column: choose from {list(columns)[:8]}."
            )
        given = np.array([float(weights.get(name, 0.0)) for name in columns])
    else:
        given = np.asarray(weights, dtype=np.float64)
    if given.shape != (len(columns),):
        raise ValueError(
            f"weights has shape {given.shape}, but the table has {len(columns)} columns: give one a column."
        )
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        raise ValueError("weights are to be finite and at least 0, one of them above 0: mend the list.")
    return np.asarray(given / given.sum())


def checked_table(table: pd.DataFrame) -> FloatArray:
    if not isinstance(table, pd.DataFrame) or not table.size:
        raise ValueError(
            f"A {type(table).__name__} of size {np.size(table)} was given, but a DataFrame with a row a model and a "
            "column a task is needed: build one with pandas."
        )
    for name, labels in (("row", table.index), ("column", table.columns)):
        if not labels.is_unique:
            raise ValueError(
                f"The {name} {labels[labels.duplicated()][0]!r} stands twice: give each a name of its own."
            )
    try:
        values = table.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The table holds something that is no number: give scores, and NaN for an empty cell."
        ) from error
    if np.isinf(values).any():
        raise ValueError("The table holds an infinite score, which cannot be averaged: cap it, or make the cell NaN.")
    return values


def _check_word(given: str, allowed: object, name: str) -> None:
    if given not in get_args(allowed):
        known = " and ".join(map(repr, get_args(allowed)))
        raise ValueError(f"{name}={given!r} was given, but there are {known}: choose one.")


def _win_rates(tables: FloatArray) -> FloatArray:
    """Of one table (models, columns) or many (…, models, columns)."""
    here, other = tables[..., :, None, :], tables[..., None, :, :]
    # A comparison with NaN is false, so that models without a number beat nobody and tie with nobody.
    beaten = (here > other).sum(axis=-2) + ((here == other).sum(axis=-2) - 1) / 2
    others = np.isfinite(tables).sum(axis=-2, keepdims=True) - 1
    compared = np.isfinite(tables) & (others > 0)
    return np.asarray(np.where(compared, beaten / np.maximum(others, 1), np.nan))


def _means(tables: FloatArray, weights: FloatArray, missing: Missing) -> FloatArray:
    """Weighted means over the last axis; weights (columns,) or whatever broadcasts."""
    present = np.isfinite(tables)
    total = np.where(present, tables, 0.0) * weights
    there = (present * weights).sum(axis=-1)
    enough = there > 0 if missing == "renormalise" else np.isclose(there, np.sum(weights, axis=-1)) & (there > 0)
    return np.asarray(np.where(enough, total.sum(axis=-1) / np.where(there > 0, there, 1.0), np.nan))


def _aggregated(table: pd.DataFrame, by: By, weights: Weights | None) -> pd.Series:
    return mean_win_rate(table, weights) if by == "win rate" else weighted_mean(table, weights, missing="renormalise")


def _aggregated_draws(
    table: pd.DataFrame,
    redrawn: NDArray[np.floating] | None,
    by: By,
    weights: Weights | None,
    confidence: float,
    resamples: int,
    seed: int,
) -> FloatArray:
    """Aggregated scores (resamples, models) of redrawn tables or of redrawn columns."""
    values = checked_table(table)
    _check_word(by, By, "by")
    check_confidence(confidence)
    chosen = checked_weights(weights, table.columns)
    if redrawn is not None:
        tables = np.asarray(redrawn, dtype=np.float64)
        if tables.ndim != 3 or tables.shape[1:] != values.shape or not len(tables):
            raise ValueError(
                f"redrawn has shape {tables.shape}, but (resamples, {values.shape[0]}, {values.shape[1]}) is needed: "
                "redraw the table that is given."
            )
        return _means(_win_rates(tables) if by == "win rate" else tables, chosen, "renormalise")
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, but the columns must be drawn at least once: 2000 is usual.")
    scored = _win_rates(values) if by == "win rate" else values
    scenarios, of_column = np.unique(table.columns.get_level_values(0).astype(str), return_inverse=True)
    # A win rate belongs to its column, whichever others are drawn: how often each is drawn multiplies its weight.
    draws = np.random.default_rng(seed).multinomial(
        len(scenarios), np.full(len(scenarios), 1 / len(scenarios)), size=resamples
    )
    return _means(scored[None], (draws[:, of_column] * chosen)[:, None, :], "renormalise")


def _quantiles(draws: FloatArray, ends: Sequence[float]) -> FloatArray:
    """Quantiles (len(ends), models) over the draws that gave a number; NaN where none did."""
    found = np.full((len(ends), draws.shape[1]), np.nan)
    some = np.isfinite(draws).any(axis=0)
    found[:, some] = np.nanquantile(draws[:, some], ends, axis=0)
    return found
