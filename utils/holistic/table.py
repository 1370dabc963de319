"""The table of the grid: written by ``python -m utils.holistic``, shipped with the course, and read by everybody else.

``table.csv`` has a row a cell and metric, with an interval over items; ``table.npz`` what was answered, item by item,
so that every number can be computed anew; ``table.json`` says how they came about. A *system* is a model with an
adaptation, such as ``"smollm2-135m, few-shot"``: what can win or lose.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.holistic.metrics import METRICS, Metric, Outcome

FloatArray = NDArray[np.float64]

TABLE = Path(__file__).with_name("table.csv")

# Probabilities as whole numbers: an even scale, so that one half stays one half.
_SCALE, _EMPTY = 65534, 65535
_FACTS = ("milliseconds", "labels", "trained", "bytes")


class Place(NamedTuple):
    """Where a cell stands: the names of its scenario, its model and its adaptation."""

    scenario: str
    model: str
    adaptation: str

    @property
    def system(self) -> str:
        """Model and adaptation, as rows of :func:`scores` are called."""
        return f"{self.model}, {self.adaptation}"


def load(path: Path = TABLE) -> pd.DataFrame:
    """The shipped table: a row a cell and metric.

    Columns: ``scenario``, ``model``, ``adaptation``, ``metric``; ``value`` with the ends ``low`` and ``high`` of its
    95 % bootstrap interval over items (equal to the value where it does not depend on items); ``reason`` why a cell is
    empty (``value`` NaN), else an empty text.
    """
    return pd.read_csv(path, keep_default_na=False, na_values={name: [""] for name in ("value", "low", "high")})


def outcomes(path: Path = TABLE) -> dict[Place, Outcome]:
    """What was answered in every cell of the shipped table that is not empty."""
    with np.load(path.with_suffix(".npz")) as stored:
        places = [Place(*name.split("|")[:3]) for name in stored.files if name.endswith("|facts")]
        return {place: _unpacked(stored, place) for place in places}


def provenance(path: Path = TABLE) -> dict[str, Any]:
    """How the shipped table came about: command, sizes, seeds, versions, date and seconds of one core."""
    record: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return record


def cell_table(found: Mapping[Place, Outcome | str], *, resamples: int = 300, seed: int = 0) -> pd.DataFrame:
    """The table of outcomes, in the form of :func:`load`; a text in place of an outcome says why a cell is empty."""
    rows: list[tuple[Any, ...]] = []
    for place, cell in found.items():
        for metric in METRICS.values():
            if isinstance(cell, str):
                rows.append((*place, metric.name, np.nan, np.nan, np.nan, cell))
                continue
            value, low, high = _interval(metric, cell, resamples, seed)
            rows.append((*place, metric.name, value, low, high, "" if np.isfinite(value) else metric.reason))
    return pd.DataFrame(rows, columns=["scenario", "model", "adaptation", "metric", "value", "low", "high", "reason"])


def scores(
    cells: pd.DataFrame, metrics: Sequence[str] = ("accuracy",), *, systems: Sequence[str] | None = None
) -> pd.DataFrame:
    """A table for :mod:`utils.holistic.aggregation`: a row a system, a column a scenario and metric, higher is better.

    Metrics of which lower is better come with a minus sign. Columns without any number are left out, and so are systems
    with numbers in one scenario only, which nothing can be averaged over, unless they are asked for.

    Args:
        cells: as :func:`load` gives.
        metrics: names, in the order of the columns within a scenario.
        systems: the rows, in this order; by default all, in the order of ``cells``.

    Raises:
        KeyError: if there is no such metric or system.
    """
    signs = {name: METRICS[name].sign for name in metrics}
    chosen = cells[cells["metric"].isin(metrics)]
    names = chosen["model"] + ", " + chosen["adaptation"]
    signed = chosen.assign(system=names, value=chosen["value"] * chosen["metric"].map(signs))
    table = signed.pivot(index="system", columns=["scenario", "metric"], values="value")
    columns = [(scenario, metric) for scenario in dict.fromkeys(chosen["scenario"]) for metric in metrics]
    rows = list(dict.fromkeys(names)) if systems is None else list(systems)
    unknown = [name for name in rows if name not in table.index]
    if unknown:
        raise KeyError(f"There is no system {unknown[0]!r}; choose from {list(table.index)}.")
    table = table.reindex(columns=pd.MultiIndex.from_tuples(columns, names=["scenario", "metric"])).loc[rows]
    if systems is None:
        table = table[table.notna().T.groupby(level="scenario").any().sum() > 1]
    return table.dropna(axis=1, how="all").dropna(axis=0, how="all")


def redrawn(
    answered: Mapping[Place, Outcome], table: pd.DataFrame, *, resamples: int = 200, seed: int = 0
) -> FloatArray:
    """Tables as other items would have given them: (resamples, rows, columns), for ``rank_intervals(redrawn=)``.

    The items of each scenario are drawn with replacement, the same for all systems and metrics, and every metric is
    computed anew.

    Args:
        answered: as :func:`outcomes` gives.
        table: as :func:`scores` gives.
        resamples: how many tables.
        seed: of the draws.
    """
    cells = {(place.system, place.scenario): cell for place, cell in answered.items()}
    tables = np.full((resamples, *table.shape), np.nan)
    filled = table.notna().to_numpy()
    columns: list[tuple[str, str]] = [(str(name[0]), str(name[1])) for name in table.columns.to_list()]
    for column, (scenario, name) in enumerate(columns):
        metric = METRICS[name]
        for row, system in enumerate(table.index):
            cell = cells.get((system, scenario))
            if cell is not None and filled[row, column]:
                draws = _draws(len(cell.labels), resamples, [seed, *scenario.encode()]) if metric.of_items else None
                tables[:, row, column] = metric.sign * _values(metric, cell, draws)
    return tables


def write(found: Mapping[Place, Outcome | str], record: Mapping[str, Any], path: Path = TABLE) -> pd.DataFrame:
    """Write the three files of a table next to each other, and return the table."""
    kept = {place: cell for place, cell in found.items() if not isinstance(cell, str)}
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    arrays: dict[str, Any] = {
        name: array for place, cell in kept.items() for name, array in _packed(place, cell).items()
    }
    np.savez_compressed(content, **arrays)
    path.with_suffix(".npz").write_bytes(content.getvalue())
    # The table is computed from what is shipped, so that whoever computes it again gets the same.
    rounded = outcomes(path)
    cells = cell_table({place: rounded.get(place, cell) for place, cell in found.items()})
    cells.round(5).to_csv(path, index=False)
    path.with_suffix(".json").write_text(json.dumps(dict(record), indent=1) + "\n", encoding="utf-8")
    return cells


def _interval(metric: Metric, cell: Outcome, resamples: int, seed: int) -> tuple[float, float, float]:
    value = metric.compute(cell, np.arange(len(cell.labels)))
    if not metric.of_items or not np.isfinite(value):
        return value, value, value
    drawn = _values(metric, cell, _draws(len(cell.labels), resamples, [seed]))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return value, float(low), float(high)


def _draws(n: int, resamples: int, seed: Sequence[int]) -> NDArray[np.int64]:
    return np.random.default_rng(list(seed)).integers(n, size=(resamples, n))


def _values(metric: Metric, cell: Outcome, draws: NDArray[np.int64] | None) -> FloatArray:
    """A metric for each row of drawn items; one number where items do not matter."""
    if draws is None:
        return np.array([metric.compute(cell, np.arange(len(cell.labels)))])
    return np.array([metric.compute(cell, items) for items in draws])


def _packed(place: Place, cell: Outcome) -> dict[str, NDArray[Any]]:
    name = "|".join(place)
    facts = [*(cell.facts[fact] for fact in _FACTS), float(cell.states_probability)]
    arrays = {"probabilities": cell.probabilities, "changed": cell.changed, "swapped": cell.swapped}
    packed: dict[str, NDArray[Any]] = {f"{name}|{part}": _whole(array) for part, array in arrays.items()}
    return packed | {f"{name}|labels": cell.labels.astype(np.uint8), f"{name}|facts": np.array(facts)}


def _whole(probabilities: FloatArray) -> NDArray[np.uint16]:
    """All but the last answer's probability, which follows from them."""
    first = probabilities[..., :-1]
    return np.where(np.isfinite(first), np.round(np.nan_to_num(first) * _SCALE), _EMPTY).astype(np.uint16)


def _fractions(whole: NDArray[np.uint16]) -> FloatArray:
    first = np.where(whole == _EMPTY, np.nan, whole / _SCALE)
    return np.concatenate([first, np.clip(1 - first.sum(axis=-1, keepdims=True), 0, 1)], axis=-1)


def _unpacked(stored: Any, place: Place) -> Outcome:
    name = "|".join(place)
    facts = stored[f"{name}|facts"].tolist()
    return Outcome(
        labels=stored[f"{name}|labels"].astype(np.int64),
        probabilities=_fractions(stored[f"{name}|probabilities"]),
        changed=_fractions(stored[f"{name}|changed"]),
        swapped=_fractions(stored[f"{name}|swapped"]),
        facts=dict(zip(_FACTS, facts, strict=False)),
        states_probability=bool(facts[-1]),
    )
