"""The shipped table of the study: reading it, writing it, and turning it into scores per system.

``table.csv`` has one row per run and metric, with an interval over items; ``table.npz`` has the answers to every item,
from which every number can be computed again; ``table.json`` records their provenance. A ranking compares
*systems*: a system is a model with an adaptation, such as ``"smollm2-135m, few-shot"``.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.arrays import FloatArray, IntArray
from utils.holistic.metrics import METRICS, Metric, Outcome
from utils.store import write_atomic

TABLE = Path(__file__).with_name("table.csv")

# Probabilities are stored as integers: the scale is even, so that 0.5 is exact.
_SCALE, _EMPTY = 65534, 65535
_FACTS = ("milliseconds", "labels", "trained", "bytes")


class Run(NamedTuple):
    """The names of a run's scenario, model and adaptation."""

    scenario: str
    model: str
    adaptation: str

    @property
    def system(self) -> str:
        """Model and adaptation: the name of a row of :func:`scores`."""
        return f"{self.model}, {self.adaptation}"


def load(path: Path = TABLE) -> pd.DataFrame:
    """The shipped table: one row per run and metric.

    Columns: ``scenario``, ``model``, ``adaptation``, ``metric``; ``value`` with the ends ``low`` and ``high`` of its
    95 % bootstrap interval over items (equal to the value where it does not depend on items); ``reason`` why the
    cell is empty (``value`` NaN), or an empty text.
    """
    return pd.read_csv(path, keep_default_na=False, na_values={name: [""] for name in ("value", "low", "high")})


def outcomes(path: Path = TABLE) -> dict[Run, Outcome]:
    """The answers of every run of the shipped table."""
    with np.load(path.with_suffix(".npz")) as stored:
        runs = [Run(*name.split("|")[:3]) for name in stored.files if name.endswith("|facts")]
        return {run: _unpacked(stored, run) for run in runs}


def provenance(path: Path = TABLE) -> dict[str, Any]:
    """How the shipped table was made: command, sizes, seeds, date and versions."""
    record: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return record


def metric_table(results: Mapping[Run, Outcome | str], *, resamples: int = 300, seed: int = 0) -> pd.DataFrame:
    """All metrics of outcomes, in the form of :func:`load`; a text in place of an outcome is why it is missing."""
    rows: list[tuple[Any, ...]] = []
    for run, result in results.items():
        for metric in METRICS.values():
            if isinstance(result, str):
                rows.append((*run, metric.name, np.nan, np.nan, np.nan, result))
                continue
            value, low, high = _interval(metric, result, resamples, seed)
            rows.append((*run, metric.name, value, low, high, "" if np.isfinite(value) else metric.reason))
    return pd.DataFrame(rows, columns=["scenario", "model", "adaptation", "metric", "value", "low", "high", "reason"])


def scores(
    cells: pd.DataFrame, metrics: Sequence[str] = ("accuracy",), *, systems: Sequence[str] | None = None
) -> pd.DataFrame:
    """A table for :mod:`utils.holistic.aggregation`: one row per system, one column per scenario and metric.

    Higher is better: metrics of which lower is better have a minus sign. Columns without any value are omitted, and so
    are systems with values in one scenario only, unless ``systems`` names them.

    Args:
        cells: as :func:`load` returns it.
        metrics: names, in the order of the columns within a scenario.
        systems: the rows, in this order; by default all, in the order of ``cells``.

    Raises:
        KeyError: if there is no such metric or system.

    Example:
        >>> scores(load(), systems=["vader, zero-shot"])["movies", "accuracy"].round(3).tolist()
        [0.594]
    """
    signs = {name: METRICS[name].sign for name in metrics}
    rows_of_metrics = cells[cells["metric"].isin(metrics)]
    names = rows_of_metrics["model"] + ", " + rows_of_metrics["adaptation"]
    values = rows_of_metrics["value"] * rows_of_metrics["metric"].map(signs)
    signed = rows_of_metrics.assign(system=names, value=values)
    table = signed.pivot(index="system", columns=["scenario", "metric"], values="value")
    columns = [(scenario, metric) for scenario in dict.fromkeys(signed["scenario"]) for metric in metrics]
    rows = list(dict.fromkeys(names)) if systems is None else list(systems)
    unknown = [name for name in rows if name not in table.index]
    if unknown:
        raise KeyError(f"There is no system {unknown[0]!r}; choose from {list(table.index)}.")
    table = table.reindex(columns=pd.MultiIndex.from_tuples(columns, names=["scenario", "metric"])).loc[rows]
    if systems is None:
        table = table[table.notna().T.groupby(level="scenario").any().sum() > 1]
    return table.dropna(axis=1, how="all").dropna(axis=0, how="all")


def redrawn(answered: Mapping[Run, Outcome], table: pd.DataFrame, *, resamples: int = 200, seed: int = 0) -> FloatArray:
    """Tables of resampled items: (resamples, rows, columns), for ``rank_intervals(redrawn=)``.

    The items of each scenario are drawn with replacement, the same for all systems and metrics, and every metric is
    computed again.

    Args:
        answered: as :func:`outcomes` returns it.
        table: as :func:`scores` returns it.
        resamples: how many tables.
        seed: of the draws.
    """
    by_system = {(run.system, run.scenario): result for run, result in answered.items()}
    tables = np.full((resamples, *table.shape), np.nan)
    filled = table.notna().to_numpy()
    columns: list[tuple[str, str]] = [(str(name[0]), str(name[1])) for name in table.columns.to_list()]
    for column, (scenario, name) in enumerate(columns):
        metric = METRICS[name]
        for row, system in enumerate(table.index):
            result = by_system.get((system, scenario))
            if result is not None and filled[row, column]:
                draws = _draws(len(result.labels), resamples, [seed, *scenario.encode()]) if metric.of_items else None
                tables[:, row, column] = metric.sign * _values(metric, result, draws)
    return tables


def write(results: Mapping[Run, Outcome | str], record: Mapping[str, Any], path: Path = TABLE) -> pd.DataFrame:
    """Write the three files of a table next to each other, and return the table.

    Args:
        results: for each run its outcome, or the reason why there is none.
        record: the provenance, for ``table.json``.
        path: of ``table.csv``.
    """
    answered = {run: result for run, result in results.items() if not isinstance(result, str)}
    arrays: dict[str, Any] = {
        name: array for run, result in answered.items() for name, array in _packed(run, result).items()
    }
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    write_atomic(path.with_suffix(".npz"), content.getvalue())
    # The table is computed from the rounded answers that are shipped, so that anybody can compute it again from them.
    rounded = outcomes(path)
    cells = metric_table({run: rounded.get(run, result) for run, result in results.items()})
    write_atomic(path, cells.round(5).to_csv(index=False))
    write_atomic(path.with_suffix(".json"), json.dumps(dict(record), indent=1) + "\n")
    return cells


def _interval(metric: Metric, result: Outcome, resamples: int, seed: int) -> tuple[float, float, float]:
    value = metric.compute(result, np.arange(len(result.labels)))
    if not metric.of_items or not np.isfinite(value):
        return value, value, value
    values = _values(metric, result, _draws(len(result.labels), resamples, [seed]))
    low, high = np.nanquantile(values, [0.025, 0.975])
    return value, float(low), float(high)


def _draws(n: int, resamples: int, seed: Sequence[int]) -> IntArray:
    return np.random.default_rng(list(seed)).integers(n, size=(resamples, n))


def _values(metric: Metric, result: Outcome, draws: IntArray | None) -> FloatArray:
    """A metric for each row of resampled items; a single value where the metric does not depend on items."""
    if draws is None:
        return np.array([metric.compute(result, np.arange(len(result.labels)))])
    return np.array([metric.compute(result, items) for items in draws])


def _packed(run: Run, result: Outcome) -> dict[str, NDArray[Any]]:
    name = "|".join(run)
    facts = [*(result.facts[fact] for fact in _FACTS), float(result.states_probability)]
    arrays = {"probabilities": result.probabilities, "changed": result.changed, "swapped": result.swapped}
    packed: dict[str, NDArray[Any]] = {f"{name}|{part}": _integers(array) for part, array in arrays.items()}
    return packed | {f"{name}|labels": result.labels.astype(np.uint8), f"{name}|facts": np.array(facts)}


def _integers(probabilities: FloatArray) -> NDArray[np.uint16]:
    """The probabilities of all answers but the last, which follows from them."""
    first = probabilities[..., :-1]
    return np.where(np.isfinite(first), np.round(np.nan_to_num(first) * _SCALE), _EMPTY).astype(np.uint16)


def _fractions(integers: NDArray[np.uint16]) -> FloatArray:
    first = np.where(integers == _EMPTY, np.nan, integers / _SCALE)
    return np.concatenate([first, np.clip(1 - first.sum(axis=-1, keepdims=True), 0, 1)], axis=-1)


def _unpacked(stored: Any, run: Run) -> Outcome:
    name = "|".join(run)
    facts = stored[f"{name}|facts"].tolist()
    return Outcome(
        labels=stored[f"{name}|labels"].astype(np.int64),
        probabilities=_fractions(stored[f"{name}|probabilities"]),
        changed=_fractions(stored[f"{name}|changed"]),
        swapped=_fractions(stored[f"{name}|swapped"]),
        facts=dict(zip(_FACTS, facts, strict=False)),
        states_probability=bool(facts[-1]),
    )
