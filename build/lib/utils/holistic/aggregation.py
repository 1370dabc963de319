"""From a table of scores to a ranking: win rates, weighted means, ranks with intervals, and leads between pairs.

A *table* has one row per model and one column per task (a scenario, or a scenario with a metric). Higher is better in
every column: negate an error first. NaN is an empty cell: the metric does not apply, or there was no run.

Any method that reduces a table to one value per model decides how much each column counts;
:mod:`utils.holistic.weights` shows how much depends on that.

It has more than 350 lines because intervals, leads and shares of first places use the same resamples, and because half
of them are docstrings.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from utils.arrays import FloatArray
from utils.intervals import check_confidence

Weights = Sequence[float] | Mapping[object, float] | FloatArray | pd.Series
By = Literal["win rate", "mean"]
Missing = Literal["nan", "renormalise"]
Scores = TypeVar("Scores", pd.Series, pd.DataFrame)
Rounded = TypeVar("Rounded", pd.Series, FloatArray)


def win_rates(table: pd.DataFrame) -> pd.DataFrame:
    """The share of the other models that each model beats, column by column, in [0, 1]; NaN stays NaN.

    A column compares only the models that have a score there. If these are N, a model's win rate is
    (models it beats + half of those it ties with) / (N − 1). A column with fewer than two scores compares no models: it
    is NaN for all. Two scores tie if they are exactly equal.

    Raises:
        ValueError: if ``table`` is not a table as this module describes it.

    Example:
        >>> print(win_rates(pd.DataFrame({"x": [0.9, 0.5, 0.5]}, ["A", "B", "C"]))["x"].tolist())
        [1.0, 0.25, 0.25]
    """
    values = checked_table(table)
    return pd.DataFrame(_win_rates(values), table.index, table.columns)


def mean_win_rate(table: pd.DataFrame, weights: Weights | None = None) -> pd.Series:
    """Each model's win rate averaged over the columns, as HELM defines it (Liang et al. 2022): a Series in [0, 1].

    Args:
        table: models × columns, higher is better, NaN for an empty cell.
        weights: of the columns, as in :func:`weighted_mean`; by default equal, as in HELM.

    Empty cells: a model's mean is over the columns in which it is compared with another model (:func:`win_rates`), so
    models may be averaged over different columns and against different opponents. A model that is compared in no column
    gets NaN.

    Raises:
        ValueError: if ``table`` or ``weights`` is not as described.

    Example:
        >>> table = pd.DataFrame({"x": [0.9, 0.5, 0.5], "y": [0.1, 0.2, np.nan]}, ["A", "B", "C"])
        >>> print(mean_win_rate(table).tolist())
        [0.5, 0.625, 0.25]
    """
    return weighted_mean(win_rates(table), weights, missing="renormalise")


def weighted_mean(table: pd.DataFrame, weights: Weights | None = None, *, missing: Missing = "nan") -> pd.Series:
    """The weighted mean of each model's scores: a Series over the models, in the unit of the scores.

    Args:
        table: models × columns.
        weights: one weight ≥ 0 per column, not all 0: in the order of the columns, or a mapping or Series by column,
            where an absent column has weight 0. They are scaled to sum to 1. By default they are equal.
        missing: the mean of a model with an empty cell in a column of weight > 0. ``"nan"``: it has no mean.
            ``"renormalise"``: its other weights are scaled to sum to 1, so that its mean is over other columns than
            those of the others; NaN if no weight is left.

    Raises:
        ValueError: if ``table`` or ``weights`` is not as described, or ``missing`` has another value.

    Example:
        >>> table = pd.DataFrame({"x": [0.8, 0.6], "y": [0.4, np.nan]}, ["A", "B"])
        >>> weighted_mean(table, {"x": 3, "y": 1}).round(3).tolist()
        [0.7, nan]
        >>> weighted_mean(table, {"x": 3, "y": 1}, missing="renormalise").round(3).tolist()
        [0.7, 0.6]
    """
    values = checked_table(table)
    _check_option(missing, Missing, "missing")
    return pd.Series(_means(values, checked_weights(weights, table.columns), missing), table.index)


def ranks(scores: Scores) -> Scores:
    """Ranks of scores, column by column: 1 for the highest; equal scores share the mean of their ranks; NaN stays.

    Example:
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

    Two questions need two kinds of resampling. *Would other items give the same ranking?* Pass ``redrawn``: tables
    of resampled items (:func:`redraw_items` makes them for plain means). *Would other scenarios?* Omit it: then the
    columns are resampled, with replacement. Where the columns have two levels (scenario, metric), whole scenarios are
    resampled, since the metrics of one scenario share its items.

    Args:
        table: models × columns.
        redrawn: (resamples, models, columns), tables of resampled items.
        by: aggregate by ``"win rate"`` (:func:`mean_win_rate`) or by ``"mean"`` (:func:`weighted_mean`,
            ``"renormalise"``).
        weights: of the columns, as in :func:`weighted_mean`.
        confidence: of the intervals, between 0 and 1.
        resamples: how often the columns are resampled; not used with ``redrawn``.
        seed: of the resampling.

    Returns:
        DataFrame with one row per model, in the order of the table, and the columns ``score``, ``score_low``,
        ``score_high``, ``rank``, ``rank_low``, ``rank_high``.

    Raises:
        ValueError: if an argument is not as described.

    Example:
        >>> table = pd.DataFrame({"x": [0.9, 0.5], "y": [0.8, 0.4], "z": [0.7, 0.3]}, ["A", "B"])
        >>> rank_intervals(table, by="mean")[["rank", "rank_low", "rank_high"]].to_numpy().tolist()
        [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    """
    draws = _aggregated_draws(table, redrawn, by, weights, confidence, resamples, seed)
    resampled_ranks = rankdata(-_without_rounding_errors(draws), axis=1, nan_policy="omit")
    score = _aggregated(table, by, weights)
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    columns = {"score": score}
    columns |= dict(zip(("score_low", "score_high"), _quantiles(draws, ends), strict=True))
    columns["rank"] = ranks(_without_rounding_errors(score))
    columns |= dict(zip(("rank_low", "rank_high"), _quantiles(resampled_ranks, ends), strict=True))
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
    """The lead of each model over each lower-ranked one, with an interval: which pairs can be distinguished?

    Arguments and errors as in :func:`rank_intervals`. Both models of a pair share the resamples, so that difficulty
    shared by both cancels.

    Returns:
        DataFrame with one row per pair, indexed (``ahead``, ``behind``) by the aggregated score, and the columns
        ``lead`` (≥ 0), ``low``, ``high`` and ``apart``: whether the interval excludes 0. Models without a score are
        omitted.

    Example:
        >>> table = pd.DataFrame({"x": [0.9, 0.5], "y": [0.8, 0.7], "z": [0.7, 0.3]}, ["A", "B"])
        >>> lead, low, high, apart = lead_intervals(table, by="mean").round(3).loc["A", "B"]
        >>> print(lead, low, high, apart)
        0.3 0.1 0.4 True
    """
    draws = _aggregated_draws(table, redrawn, by, weights, confidence, resamples, seed)
    score = _aggregated(table, by, weights)
    order = [int(i) for i in np.argsort(-score.to_numpy(), kind="stable") if np.isfinite(score.iloc[i])]
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    rows = []
    for position, first in enumerate(order):
        for second in order[position + 1 :]:
            low, high = _quantiles(draws[:, [first]] - draws[:, [second]], ends)[:, 0]
            lead = float(score.iloc[first] - score.iloc[second])
            rows.append((table.index[first], table.index[second], lead, low, high, bool(low > 0 or high < 0)))
    leads = pd.DataFrame(rows, columns=["ahead", "behind", "lead", "low", "high", "apart"])
    return leads.set_index(["ahead", "behind"])


def first_place_shares(
    table: pd.DataFrame,
    redrawn: NDArray[np.floating] | None = None,
    *,
    by: By = "win rate",
    weights: Weights | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.Series:
    """The share of the resampled tables in which each model comes first: a Series over the models that sums to 1.

    Arguments and errors as in :func:`rank_intervals`, with the same resamples. Models that tie for the first place
    share it equally; scores that differ by less than 1e-9 tie. The share says how often the *observed* order survives
    resampling. It is no probability that a model is the best.

    Example:
        >>> table = pd.DataFrame({"x": [0.9, 0.5], "y": [0.8, 0.4], "z": [0.7, 0.7]}, ["A", "B"])
        >>> print(first_place_shares(table, by="mean", resamples=4000).round(2).to_dict())
        {'A': 0.98, 'B': 0.02}
    """
    draws = _without_rounding_errors(_aggregated_draws(table, redrawn, by, weights, 0.95, resamples, seed))
    draws = draws[np.isfinite(draws).any(axis=1)]
    first = draws == np.nanmax(draws, axis=1, keepdims=True)
    return pd.Series((first / first.sum(axis=1, keepdims=True)).mean(axis=0), table.index)


def redraw_items(
    items: Mapping[object, pd.DataFrame], models: Sequence[object], *, resamples: int = 2000, seed: int = 0
) -> FloatArray:
    """Tables of mean scores of resampled items: (resamples, models, len(items)), for ``rank_intervals(redrawn=)``.

    Args:
        items: for each column of the table a DataFrame of scores, one row per item and one column per model; a model
            without a column has an empty cell. Within a column of the table all models share the resamples.
        models: the rows of the table.
        resamples: how often the items of each column are resampled, with replacement.
        seed: of the resampling.

    Raises:
        ValueError: if a column has fewer than two items.

    Example:
        >>> items = {"x": pd.DataFrame({"A": [1.0, 1.0], "B": [0.0, 1.0]})}
        >>> redraw_items(items, ["A", "B"], resamples=3)[:, 0, 0].tolist()
        [1.0, 1.0, 1.0]
    """
    rng = np.random.default_rng(seed)
    tables = np.full((resamples, len(models), len(items)), np.nan)
    for column, (name, scores) in enumerate(items.items()):
        if len(scores) < 2:
            raise ValueError(f"{name} has {len(scores)} item(s), but resampling needs at least two: add items.")
        values = scores.reindex(columns=list(models)).to_numpy(dtype=np.float64)
        counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
        tables[:, :, column] = counts @ values / len(values)
    return tables


def checked_weights(weights: Weights | None, columns: pd.Index) -> FloatArray:
    """Weights as float64 (columns,), ≥ 0 and summing to 1.

    Raises:
        ValueError: if the weights do not match the columns, or are not finite, non-negative and partly positive.
    """
    if weights is None:
        return np.full(len(columns), 1 / len(columns))
    if isinstance(weights, Mapping | pd.Series):
        named = list(weights.index) if isinstance(weights, pd.Series) else list(weights)
        unknown = [name for name in named if name not in columns]
        if unknown:
            raise ValueError(
                f"weights names {unknown[0]!r}, but the table has no such column: choose from {list(columns)[:8]}."
            )
        values = np.array([float(weights.get(name, 0.0)) for name in columns])
    else:
        values = np.asarray(weights, dtype=np.float64)
    if values.shape != (len(columns),):
        raise ValueError(
            f"weights has shape {values.shape}, but the table has {len(columns)} columns: give one weight per column."
        )
    if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
        raise ValueError(
            f"weights={values.tolist()} was given, but weights must be finite and non-negative, with at least one "
            "positive: correct the list."
        )
    return np.asarray(values / values.sum())


def checked_table(table: pd.DataFrame) -> FloatArray:
    """A table's scores (models, columns).

    Raises:
        ValueError: if ``table`` is not a DataFrame of finite scores or NaN with unique rows and columns.
    """
    if not isinstance(table, pd.DataFrame) or not table.size:
        raise ValueError(
            f"A {type(table).__name__} of size {np.size(table)} was given, but a DataFrame with one row per model "
            "and one column per task is needed: build one with pandas."
        )
    for name, labels in (("row", table.index), ("column", table.columns)):
        if not labels.is_unique:
            raise ValueError(
                f"The {name} {labels[labels.duplicated()][0]!r} occurs twice, but names must be unique: rename one."
            )
    try:
        values = table.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The table contains a value that is not a number: give scores, and NaN for an empty cell."
        ) from error
    if np.isinf(values).any():
        raise ValueError("The table contains an infinite score, which has no mean: clip it, or make the cell NaN.")
    return values


def _check_option(value: str, options: object, name: str) -> None:
    if value not in get_args(options):
        choices = " or ".join(map(repr, get_args(options)))
        raise ValueError(f"{name}={value!r} was given, but must be {choices}: choose one of them.")


def _win_rates(tables: FloatArray) -> FloatArray:
    """Of one table (models, columns) or many (…, models, columns)."""
    here, other = tables[..., :, None, :], tables[..., None, :, :]
    # A comparison with NaN is false, so a model without a score neither beats nor ties with another.
    beaten = (here > other).sum(axis=-2) + ((here == other).sum(axis=-2) - 1) / 2
    others = np.isfinite(tables).sum(axis=-2, keepdims=True) - 1
    compared = np.isfinite(tables) & (others > 0)
    return np.asarray(np.where(compared, beaten / np.maximum(others, 1), np.nan))


def _means(tables: FloatArray, weights: FloatArray, missing: Missing) -> FloatArray:
    """Weighted means over the last axis; weights (columns,), or of a shape that broadcasts."""
    present = np.isfinite(tables)
    total = np.where(present, tables, 0.0) * weights
    weight = (present * weights).sum(axis=-1)
    enough = weight > 0 if missing == "renormalise" else np.isclose(weight, np.sum(weights, axis=-1)) & (weight > 0)
    return np.asarray(np.where(enough, total.sum(axis=-1) / np.where(weight > 0, weight, 1.0), np.nan))


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
    """Aggregated scores (resamples, models) of tables of resampled items, or of resampled columns."""
    values = checked_table(table)
    _check_option(by, By, "by")
    check_confidence(confidence)
    column_weights = checked_weights(weights, table.columns)
    if redrawn is not None:
        tables = np.asarray(redrawn, dtype=np.float64)
        if tables.ndim != 3 or tables.shape[1:] != values.shape or not len(tables):
            raise ValueError(
                f"redrawn has shape {tables.shape}, but (resamples, {values.shape[0]}, {values.shape[1]}) is needed: "
                "resample the same table."
            )
        return _means(_win_rates(tables) if by == "win rate" else tables, column_weights, "renormalise")
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, but at least one resample is needed: 2000 is usual.")
    scored = _win_rates(values) if by == "win rate" else values
    scenarios, of_column = np.unique(table.columns.get_level_values(0).astype(str), return_inverse=True)
    # A win rate does not depend on the other columns: resampling a column multiplies its weight.
    draws = np.random.default_rng(seed).multinomial(
        len(scenarios), np.full(len(scenarios), 1 / len(scenarios)), size=resamples
    )
    return _means(scored[None], (draws[:, of_column] * column_weights)[:, None, :], "renormalise")


def _without_rounding_errors(scores: Rounded) -> Rounded:
    """Scores of which two tie if they are equal up to the rounding errors of sums."""
    return scores.round(9)


def _quantiles(draws: FloatArray, ends: Sequence[float]) -> FloatArray:
    """Quantiles (len(ends), models) over the resamples with a score; NaN where there is none."""
    quantiles = np.full((len(ends), draws.shape[1]), np.nan)
    scored = np.isfinite(draws).any(axis=0)
    quantiles[:, scored] = np.nanquantile(draws[:, scored], ends, axis=0)
    return quantiles
