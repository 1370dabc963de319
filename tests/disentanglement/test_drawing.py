"""The pictures of lecture 03: what they show, and where."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils.disentanglement import drawing, study
from utils.disentanglement.variance import score_cube, variance_shares

METHODS = {"beta-vae": "β-VAE", "beta-tcvae": "β-TCVAE", "factor-vae": "FactorVAE"}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table():
    everything = study.load()
    return everything[everything["method"].isin(METHODS)]


def texts(fig):
    return [text.get_text() for text in fig.axes[0].texts]


def test_a_traversal_has_a_frame_around_every_image_and_pale_rows():
    rows = {name: np.zeros((4, 1, 16, 16)) for name in ("moves", "idle")}
    fig = drawing.traversals(rows, faded=["idle"])
    assert len(fig.axes[0].images) == len(fig.axes[0].patches) == 8
    alphas = [image.get_alpha() for image in fig.axes[0].images]
    assert alphas[:4] == [1.0] * 4
    assert max(alphas[4:]) < 0.5
    with pytest.raises(ValueError, match="at least one row"):
        drawing.traversals({})


def test_a_number_table_prints_every_number_and_leaves_missing_ones_empty():
    numbers = pd.DataFrame([[0.25, np.nan], [1.0, 0.5]], ["a", "b"], ["x", "y"])
    assert texts(drawing.number_table(numbers, xlabel="", ylabel="")) == ["0.25", "1.00", "0.50"]


def test_surprises_are_marked_by_a_sign_and_not_by_colour_alone():
    scores = pd.DataFrame([[1.0, 0.5, 0.2]], ["a code"], ["one", "two", "three"])
    verdicts = pd.DataFrame([["as it should", "missed", "false alarm"]], scores.index, scores.columns)
    assert texts(drawing.blindness(scores, verdicts)) == ["1.00", "0.50 ✗", "0.20 !"]
    with pytest.raises(ValueError, match="same rows and columns"):
        drawing.blindness(scores, verdicts.rename(columns={"one": "other"}))


def test_every_path_is_named_at_its_end():
    scores = pd.DataFrame({"MIG": [0.8, 0.5], "SAP": [0.2, 0.1]}, [0, 45])
    assert texts(drawing.score_paths([0, 45], scores)) == ["MIG", "SAP"]


def test_dots_show_every_value_and_the_yardstick():
    fig = drawing.dots({"one": [0.1, 0.3], "two": [0.5, 0.6]}, xlabel="MIG", yardstick=0.9, name="random")
    drawn = [line.get_xdata() for line in fig.axes[0].lines]
    assert any(np.array_equal(values, [0.1, 0.3]) for values in drawn)
    assert any(np.allclose(values, [0.9, 0.9]) for values in drawn)
    assert texts(fig) == ["random"]


def test_the_study_is_drawn_in_one_panel_per_method(table):
    fig = drawing.settings(table, "mig", METHODS, ylabel="MIG")
    assert [ax.get_title() for ax in fig.axes] == list(METHODS.values())
    assert [label.get_text() for label in fig.axes[2].get_xticklabels()] == ["4", "8", "16", "32"]


def test_constant_and_falling_weights_share_an_axis_of_strengths(table):
    fig = drawing.schedules(study.load_constant(), table[table["method"] == "beta-vae"], "mig", ylabel="MIG")
    assert [label.get_text() for label in fig.axes[0].get_xticklabels()] == ["0.5", "1", "2", "4", "8", "16"]
    assert fig.axes[0].get_legend_handles_labels()[1] == ["constant weight", "falling weight"]


def test_shares_are_drawn_with_their_names(table):
    fig = drawing.variance_bars({"MIG": variance_shares(score_cube(table, "mig"), draws=20)})
    assert fig.axes[0].get_legend_handles_labels()[1] == ["method", "strength", "seed"]
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["MIG"]


def test_the_chosen_models_are_filled(table):
    chosen = table.nlargest(10, "udr").index
    fig = drawing.neighbourhood(table, chosen, METHODS)
    hollow, filled = fig.axes[0].collections[::2], fig.axes[0].collections[1::2]
    assert sum(len(part.get_offsets()) for part in hollow) == len(table)
    assert sum(len(part.get_offsets()) for part in filled) == 10
