"""Holistic evaluation: many scenarios, adaptations and metrics for every model, and rankings from all of them.

The four axes are registries, each extended with a few lines: :data:`SCENARIOS`, :data:`ADAPTATIONS`, :data:`METRICS`
and :data:`MODELS`. A run (HELM's word) is a model in a scenario after an adaptation.

The files, from the axes to the ranking:

- `registry`: named items of an axis
- `words`, `tasks`: word lists, and the generated tasks
- `scenarios`: questions with texts; `SCENARIOS`
- `perturbations`: changes of a text that leave its answer; `PERTURBATIONS`
- `embeddings`, `models`: a sentence encoder, and the models that are compared; `MODELS`
- `adaptations`: how a model is made to answer; `ADAPTATIONS`
- `metrics`: one value per run; `METRICS`
- `runs`: one run, stored on disk
- `study`: all runs; makes the shipped table
- `table`: reading and writing the shipped table, and scores per system
- `instructions`: a model before and after tuning on instructions, asked for sentiment; topic 04 shows the result
- `aggregation`: from a table to a ranking with intervals
- `weights`: weights under which a model wins, or a proof that there are none
- `drawing`: the table as a figure
- `__main__`: an alias of `study`, ``python -m utils.holistic``
"""

from utils.holistic.adaptations import ADAPTATIONS, Adaptation, Answers, NotApplicable
from utils.holistic.aggregation import (
    first_place_shares,
    lead_intervals,
    mean_win_rate,
    rank_intervals,
    ranks,
    redraw_items,
    weighted_mean,
    win_rates,
)
from utils.holistic.metrics import METRICS, Metric, Outcome, calibration_error
from utils.holistic.models import MODELS, Model
from utils.holistic.perturbations import PERTURBATIONS, Perturbation
from utils.holistic.runs import Size, outcome
from utils.holistic.scenarios import SCENARIOS, Scenario
from utils.holistic.table import Run, load, metric_table, outcomes, provenance, redrawn, scores
from utils.holistic.weights import dominating_mixture, winning_weights

__all__ = [
    "ADAPTATIONS",
    "METRICS",
    "MODELS",
    "PERTURBATIONS",
    "SCENARIOS",
    "Adaptation",
    "Answers",
    "Metric",
    "Model",
    "NotApplicable",
    "Outcome",
    "Perturbation",
    "Run",
    "Scenario",
    "Size",
    "calibration_error",
    "dominating_mixture",
    "first_place_shares",
    "lead_intervals",
    "load",
    "mean_win_rate",
    "metric_table",
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
