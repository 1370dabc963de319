"""The pictures of lecture 04: what they show, and where."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils.intervals import Interval
from utils.prompting import drawing, study


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def rows():
    table = study.table(study.load())
    return table[(table["part"] == "validation") & (table["kind"] != "chat")]


def test_next_words_are_named_and_told_apart_by_marker():
    ax = drawing.next_words(pd.DataFrame({"one": [0.1, 0.01], "two": [0.2, 0.1]}, ["great", "bad"])).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["“great”", "“bad”"]
    assert len({line.get_marker() for line in ax.lines}) == 2


def test_a_strip_has_every_text_in_the_row_of_its_class_and_the_thresholds():
    ax = drawing.strip([0.2, 0.9, 0.6], [0, 1, 1], {"half": 0.5, "median": 0.6}).axes[0]
    negative, positive, *thresholds = ax.lines
    assert len(negative.get_xdata()) == 1
    assert max(abs(negative.get_ydata())) < 0.5 < min(positive.get_ydata())
    assert [line.get_xdata()[0] for line in thresholds] == pytest.approx([0, np.log(1.5)])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["half: 0.50", "median: 0.60"]


def test_settings_show_draws_and_single_prompts(rows):
    shots = rows[rows["kind"] == "examples"]
    fig = drawing.by_setting(shots, {"0": "none", "4": "four"}, ["auc", "accuracy"])
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["none", "four"]
    dots = [line for line in fig.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [study.DRAWS]


def test_prompts_with_and_without_examples_share_a_row():
    interval = Interval(0.8, 0.7, 0.9)
    index = pd.MultiIndex.from_product([["base", "other"], [0, 4]])
    table = pd.DataFrame({"auc": [interval] * 4, "positive": [interval] * 4}, index)
    fig = drawing.with_and_without({"words": table, "templates": table.iloc[:3]})
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["base", "other"]
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["words", "", "templates", ""]
    assert fig.axes[0].get_xlim() == fig.axes[2].get_xlim()
    assert [ax.get_xlabel() != "" for ax in fig.axes] == [False, False, True, True]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["four examples", "no example"]


def test_points_of_the_crossed_design_stand_at_their_number_of_positive_examples(rows):
    ax = drawing.crossed(rows[rows["kind"].isin(["labels", "order"])]).axes[0]
    means = [line for line in ax.lines if line.get_label().endswith("comes last")]
    assert [line.get_xdata().round().tolist() for line in means] == [[0, 1, 2, 3], [1, 2, 3, 4]]


def test_at_the_median_prompts_have_a_column_per_kind(rows):
    fig = drawing.roof(rows)
    columns = fig.axes[2].lines[1:]
    assert sum(len(line.get_xdata()) for line in columns) == len(rows)
    for place, line in enumerate(columns):
        assert max(abs(line.get_xdata() - place)) < 0.5
    # The panel leaves the shares out. Scores are stored with four decimals: a few reviews may tie at the median.
    assert max(abs(rows["median_positive"] - 0.5)) < 0.02
    assert len(drawing.order_and_accuracy(rows).axes) == 3


def test_losses_have_a_panel_per_kind_of_change_and_a_row_per_change():
    index = pd.MultiIndex.from_tuples([("words", 0, "bad / good"), ("words", 4, "bad / good"), ("template", 0, "bare")])
    table = pd.DataFrame({name: [Interval(0.1, 0.0, 0.2)] * 3 for name in ("validation", "test")}, index)
    fig = drawing.losses(table, {"words": "label words", "template": "templates"})
    labels = [[label.get_text() for label in ax.get_yticklabels()] for ax in fig.axes]
    assert labels == [["bad / good, no example", "bad / good, four examples"], ["bare, no example"]]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["validation", "test"]


def test_numbers_of_answers_have_a_dot_per_prompt_and_the_probabilities_stand_apart():
    index = pd.MultiIndex.from_product([[1, 10, "probabilities"], range(5)])
    fig = drawing.by_calls(pd.DataFrame({"AUC": np.linspace(0.5, 0.9, 15)}, index))
    sizes = [len(line.get_xdata()) for line in fig.axes[0].lines if line.get_marker() in "os"]
    assert sizes == [5, 5, 5, 2, 1]


def test_ways_have_a_tick_per_draw_and_luck_a_line_per_number_of_texts():
    ax = drawing.ways({"one": Interval(0.8, 0.7, 0.9)}, {"one": [0.75, 0.85]}, xlabel="accuracy").axes[0]
    assert any(line.get_marker() == "|" and len(line.get_xdata()) == 2 for line in ax.lines)
    assert len(drawing.luck(pd.DataFrame({20: [0.1, 0.2], 60: [0.05, 0.1]}, [10, 30])).axes[0].lines) == 2
