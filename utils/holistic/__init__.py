"""Holistic evaluation: many scenarios, adaptations and metrics for every model, and what can be said of the whole.

The four axes are registries, each extended with a few lines: :data:`SCENARIOS`, :data:`ADAPTATIONS`, :data:`METRICS`
and :data:`MODELS`. :mod:`utils.holistic.cells` runs one cell, :mod:`utils.holistic.grid` all of them, and
:mod:`utils.holistic.table` reads the table that comes with the course. :mod:`utils.holistic.aggregation` turns a table
into a ranking, and :mod:`utils.holistic.weights` looks for weights under which a given model wins.
"""

from utils.holistic import tasks as tasks
from utils.holistic.adaptations import ADAPTATIONS, Adaptation, Answers, EmptyCell
from utils.holistic.aggregation import (
    lead_intervals,
    mean_win_rate,
    rank_intervals,
    ranks,
    redraw_items,
    weighted_mean,
    win_rates,
)
from utils.holistic.cells import Size, outcome
from utils.holistic.metrics import METRICS, Metric, Outcome, calibration_error
from utils.holistic.models import MODELS, Model
from utils.holistic.perturbations import PERTURBATIONS, Perturbation
from utils.holistic.scenarios import SCENARIOS, Scenario
from utils.holistic.table import cell_table, load, outcomes, provenance, redrawn, scores
from utils.holistic.weights import dominating_mixture, winning_weights

__all__ = [
    "ADAPTATIONS",
    "METRICS",
    "MODELS",
    "PERTURBATIONS",
    "SCENARIOS",
    "Adaptation",
    "Answers",
    "EmptyCell",
    "Metric",
    "Model",
    "Outcome",
    "Perturbation",
    "Scenario",
    "Size",
    "calibration_error",
    "cell_table",
    "dominating_mixture",
    "lead_intervals",
    "load",
    "mean_win_rate",
    "outcome",
    "outcomes",
    "provenance",
    "rank_intervals",
    "ranks",
    "redraw_items",
    "redrawn",
    "scores",
    "weighted_mean",
    "win_rates",
    "winning_weights",
]
