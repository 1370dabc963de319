"""Lecture 00's interactive figure: who wins on a task that is known, and who wins when nobody knows the task.

The module ``start.js`` reads the shipped table (``start_table``), aggregates it and counts winners over all weights.
:meth:`StartExplorer.compute` does the same with ``utils.intervals`` and SciPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import rankdata, zscore

from utils.arrays import FloatArray
from utils.intervals import mean_interval
from utils.widgets import start_table
from utils.widgets.fields import Field, Flag, ListOf, OneOf, Real
from utils.widgets.figure import Figure
from utils.widgets.start_table import FEATURES, HIGH_IS_GOOD, MODELS, PROBES, QUESTIONS, SIZES, TASKS

SCALES = ("standard scores", "ranks")
WEIGHTINGS = 2000
"""How many weightings stand for all of them."""

_EQUAL = [0.25] * len(QUESTIONS)


class StartExplorer(Figure):
    """Scores of features on three tasks, and a winner among three models for every weighting of four properties.

    Fields of the state:

    - `task`, `probe`, `labels`: a setting of the first part.
    - `features`: whether each of the features takes part.
    - `scale`: how the four properties are made comparable, ``"standard scores"`` or ``"ranks"``.
    - `questions`: whether each property is on the list.
    - `weights`: one weight from 0 to 1 for each property; they are scaled to sum to 1 over those on the list.

    Entries of the view. With one entry per feature, NaN for those that do not take part: `mean`, `low`, `high`, the
    score at the setting with its interval over repetitions. `leader` and `second`, numbers of features; `lead`, their
    difference, with `lead_low` and `lead_high` over repetitions and test images. `leaders` and `clear` (tasks, probes,
    sizes): who leads in every setting, and whether the interval of its lead over the second excludes 0. `wins`, in how
    many settings each feature leads. With one entry per model: `total`, the weighted sum; `share`, the share of all
    weightings of the list under which it comes first, with `share_low` and `share_high` for other trainings and test
    images. And `winner`, a number of a model.
    """

    module = "start.js"

    def __init__(self, table: Mapping[str, FloatArray], state: Mapping[str, Any] | None = None) -> None:
        """Build the figure for a table.

        Args:
            table: arrays as :mod:`utils.widgets.start_table` describes them.
            state: where the figure opens; fields that are not named have their defaults.

        Raises:
            ValueError: if an array is missing or has another shape, or the state is impossible.
        """
        settings = (len(TASKS), len(PROBES), len(SIZES), len(FEATURES))
        shapes: dict[str, tuple[int, ...]] = {
            "scores": (*settings, start_table.REPETITIONS),
            "low": (*settings, len(FEATURES)),
            "high": (*settings, len(FEATURES)),
            "properties": (len(MODELS), len(QUESTIONS)),
        }
        shapes["resampled"] = (len(table.get("resampled", ())), *shapes["properties"])
        for name, shape in shapes.items():
            given = np.shape(table[name]) if name in table else None
            if given != shape:
                raise ValueError(
                    f"The table's {name} has shape {given}, but {shape} is needed: "
                    "make the table with python -m utils.widgets.start_table."
                )
        self._table = {name: np.asarray(values, float) for name, values in table.items()}
        shipped = {
            **self._table,
            "tasks": TASKS,
            "probes": PROBES,
            "sizes": SIZES,
            "features_names": FEATURES,
            "models": MODELS,
            "questions_names": QUESTIONS,
            "high_is_good": HIGH_IS_GOOD,
            "weightings": WEIGHTINGS,
            "strides": {str(n): _strides(n) for n in range(1, len(QUESTIONS) + 1)},
        }
        fields: dict[str, Field] = {
            "task": OneOf(TASKS),
            "probe": OneOf(PROBES, preferred="neighbours"),
            "labels": OneOf(SIZES, preferred=100),
            "features": ListOf(
                Flag(default=True), len(FEATURES), len(FEATURES), [not name.endswith(" 2") for name in FEATURES]
            ),
            "scale": OneOf(SCALES),
            "questions": ListOf(Flag(default=True), len(QUESTIONS), len(QUESTIONS), [True] * len(QUESTIONS)),
            "weights": ListOf(Real(0.0, 1.0, default=0.25, step=0.01), len(QUESTIONS), len(QUESTIONS), _EQUAL),
        }
        self._shares: dict[tuple[Any, ...], dict[str, FloatArray]] = {}
        super().__init__(
            shipped,
            fields,
            state,
            fallback="Interactive figure: which features win at a task, and which model wins under which weights.",
            code="StartExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(cls, state: Mapping[str, Any] | None = None) -> StartExplorer:
        """Build the figure from the shipped table: the lecture's probes, features, models and properties.

        Args:
            state: where the figure opens; fields that are not named have their defaults.
        """
        return cls(start_table.load(), state)

    def check(self, state: Mapping[str, Any]) -> None:
        if sum(state["features"]) < 2:
            raise ValueError(f"Features that take part: {sum(state['features'])}. A comparison needs two: add another.")
        if not any(state["questions"]):
            raise ValueError("No property is on the list, but a winner needs one: add one.")
        if not self._list(state)[1].sum() > 0:
            raise ValueError("All properties on the list have weight 0, but a winner needs one above 0: raise one.")

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Aggregate the table; see the class for the entries."""
        self.check(state)
        return {**self._known_task(state), **self._unknown_task(state)}

    def _known_task(self, state: Mapping[str, Any]) -> dict[str, Any]:
        on = np.flatnonzero(state["features"])
        scores = self._table["scores"][..., on, :]
        order = np.argsort(-scores.mean(axis=-1), axis=-1, kind="stable")
        first, second = on[order[..., 0]], on[order[..., 1]]
        grid = np.indices(first.shape)
        low, high = (self._table[name][(*grid, first, second)] for name in ("low", "high"))
        here = TASKS.index(state["task"]), PROBES.index(state["probe"]), SIZES.index(state["labels"])
        intervals = np.full((3, len(FEATURES)), np.nan)
        intervals[:, on] = np.transpose([mean_interval(values) for values in scores[here]])
        leader, runner_up = int(first[here]), int(second[here])
        return {
            **dict(zip(("mean", "low", "high"), intervals, strict=True)),
            "leader": leader,
            "second": runner_up,
            "lead": float(intervals[0, leader] - intervals[0, runner_up]),
            "lead_low": float(low[here]),
            "lead_high": float(high[here]),
            "leaders": first,
            "clear": (low > 0) | (high < 0),
            "wins": np.bincount(first.ravel(), minlength=len(FEATURES)),
        }

    def _unknown_task(self, state: Mapping[str, Any]) -> dict[str, Any]:
        columns, weights = self._list(state)
        signs = np.array(HIGH_IS_GOOD)
        means = (self._table["properties"] * signs)[:, columns]
        comparable = zscore if state["scale"] == "standard scores" else rankdata
        total = comparable(means, axis=0) @ (weights / weights.sum())
        key = (state["scale"], *columns)
        if key not in self._shares:
            every = weightings(len(columns))
            resampled = (self._table["resampled"] * signs)[:, :, columns]
            spread = [first_shares(comparable(one, axis=0), every) for one in resampled]
            low, high = np.quantile(spread, [0.025, 0.975], axis=0)
            share = first_shares(comparable(means, axis=0), every)
            self._shares[key] = {"share": share, "share_low": low, "share_high": high}
        return {"total": total, "winner": int(total.argmax()), **self._shares[key]}

    def _list(self, state: Mapping[str, Any]) -> tuple[np.ndarray[Any, Any], FloatArray]:
        columns = np.flatnonzero(state["questions"])
        return columns, np.array(state["weights"])[columns]


def weightings(n: int) -> FloatArray:
    """Weightings of n properties, spread evenly over all: (2000, n), non-negative, each summing to 1; (1, 1) for n = 1.

    n − 1 numbers in [0, 1] cut it into n parts, which are uniform on the simplex if the numbers are uniform. Here they
    are the points of an additive recurrence (a Kronecker sequence), which fill the cube more evenly than random ones.

    Example:
        >>> weightings(1).tolist()
        [[1.0]]
        >>> weightings(3).mean(axis=0).round(2).tolist()
        [0.33, 0.33, 0.33]
    """
    if n == 1:
        return np.ones((1, 1))
    steps = np.arange(1, WEIGHTINGS + 1)[:, None]
    cuts = np.sort((0.5 + steps * np.array(_strides(n))) % 1, axis=1)
    ends = np.zeros((WEIGHTINGS, 1))
    parts: FloatArray = np.diff(np.hstack([ends, cuts, ends + 1]), axis=1)
    return parts


def _strides(n: int) -> list[float]:
    """Powers of 1/φ, with φ the root of xⁿ = x + 1: the golden ratio for n = 2, and its like in more dimensions."""
    root = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / n)
    return [root**-power for power in range(1, n)]


def first_shares(comparable: FloatArray, weights: FloatArray) -> FloatArray:
    """The share of weightings under which each model comes first; models that tie share a weighting equally.

    Args:
        comparable: (models, properties), high is good, on a common scale.
        weights: (weightings, properties).

    Example:
        >>> first_shares(np.array([[1.0, 0.0], [0.0, 1.0]]), weightings(2)).tolist()
        [0.5, 0.5]
    """
    totals = np.round(weights @ comparable.T, 9)
    first = totals == totals.max(axis=1, keepdims=True)
    shares: FloatArray = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares
