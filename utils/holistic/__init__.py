"""Holistic evaluation: many scenarios, adaptations and metrics for every model, and what can be said of the whole.

:mod:`utils.holistic.aggregation` turns a table into a ranking, :mod:`utils.holistic.weights` looks for weights under
which a given model wins.
"""

from utils.holistic.aggregation import (
    lead_intervals,
    mean_win_rate,
    rank_intervals,
    ranks,
    redraw_items,
    weighted_mean,
    win_rates,
)
from utils.holistic.weights import dominating_mixture, winning_weights

__all__ = [
    "dominating_mixture",
    "lead_intervals",
    "mean_win_rate",
    "rank_intervals",
    "ranks",
    "redraw_items",
    "weighted_mean",
    "win_rates",
    "winning_weights",
]
