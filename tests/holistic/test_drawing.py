"""The figures of lecture 05."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils import holistic, plotting
from utils.holistic.drawing import below_a_mixture, draw_table, intervals, metric_panels, pairs, ways


def test_values_at_chance_are_in_italics_and_empty_cells_are_hatched():
    table = pd.DataFrame({"x": [0.9, 0.5], "y": [np.nan, 0.25]}, ["A", "B"])
    fig, ax = plt.subplots()
    draw_table(ax, table, {"x": 0.5, "y": 0.2})
    assert [(text.get_text(), text.get_fontstyle()) for text in ax.texts] == [
        (".90", "normal"),
        (".50", "italic"),
        (".25", "normal"),
    ]
    assert [patch.get_hatch() for patch in ax.patches] == ["///"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B"]
    plt.close(fig)


def test_intervals_are_drawn_from_low_to_high_with_the_value_between():
    one = pd.DataFrame({"value": [0.2, np.nan], "low": [0.1, -0.3], "high": [0.4, 0.3]}, ["A", "B"])
    fig = intervals({"items": one, "scenarios": one + 1}, xlabel="lead", reference=0)
    (ax,) = fig.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B"]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["items", "scenarios"]
    (items, _) = ax.collections
    assert [segment[:, 0].tolist() for segment in items.get_segments()] == [[0.1, 0.4], [-0.3, 0.3]]
    assert ax.lines[0].get_xdata()[0] == 0.2
    plt.close(fig)
    with pytest.raises(ValueError, match="same rows"):
        intervals({"items": one, "scenarios": one.iloc[:1]}, xlabel="lead")


def test_pairs_are_named_by_both_systems():
    pairs = pd.DataFrame({"value": [0.2], "low": [0.1], "high": [0.4]}, pd.MultiIndex.from_tuples([("A", "B")]))
    fig = intervals({"items": pairs}, xlabel="lead")
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["A − B"]
    plt.close(fig)


def test_a_pair_is_shaded_where_all_its_intervals_exclude_0():
    index = pd.MultiIndex.from_tuples([("A", "B"), ("A", "C"), ("B", "C")])
    items = pd.DataFrame({"value": [0.1, 0.3, -0.2], "low": [-0.1, 0.1, -0.3], "high": [0.3, 0.5, -0.1]}, index)
    scenarios = items.assign(low=[-0.1, -0.1, -0.3])
    fig = pairs({"items": items, "scenarios": scenarios}, xlabel="lead")
    panels = [ax for ax in fig.axes if ax.get_visible()]
    assert [ax.collections[0].get_segments()[0][:, 0].tolist() for ax in panels] == items[
        ["low", "high"]
    ].values.tolist()
    white = panels[0].get_facecolor()
    assert [ax.get_facecolor() == white for ax in panels] == [True, True, False]
    plt.close(fig)


def test_the_best_value_of_a_metric_is_filled_and_an_empty_cell_says_so():
    cells = holistic.load()
    cells = cells[cells["scenario"] == "negated sentiment"]
    fig = metric_panels(cells, ["accuracy", "calibration error"])
    for ax, metric, best in zip(fig.axes, ("accuracy", "calibration error"), (max, min), strict=True):
        values = cells.loc[cells["metric"] == metric, "value"].dropna()
        filled = [line.get_xdata()[0] for line in ax.lines if line.get_markerfacecolor() != "white"]
        assert filled == [best(values)]
    assert [text.get_text() for text in fig.axes[1].texts] == ["empty"]  # VADER states no probabilities
    plt.close(fig)


def test_ways_and_mixtures_are_drawn_at_their_values():
    above = pd.DataFrame({"zero-shot": [0.1, 0.3], "probe": [0.2, 0.0]}, ["movies", "negation"])
    fig = ways(pd.Series({"movies": 2.0, "negation": 3.0}), above)
    assert [line.get_ydata().tolist() for line in fig.axes[0].lines[:2]] == [[0.1, 0.3], [0.2, 0.0]]
    plt.close(fig)
    fig = below_a_mixture({"A": (0.9, 0.3), "B": (0.3, 0.9), "D": (0.55, 0.55)}, ("A", "B"), "D")
    coloured = {line.get_color(): line.get_xydata().tolist() for line in fig.axes[0].lines}
    assert coloured[plotting.SERIES_COLOURS[1]] == [[0.55, 0.55]]
    plt.close(fig)
