"""The pictures of lecture 06: what they show, and where."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.intervals import Interval
from utils.preferences import drawing


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def at(mean):
    return Interval(mean, mean - 0.1, mean + 0.2)


def test_a_forest_has_a_row_per_name_and_a_named_line():
    panels = {"stroke": {"one": at(1.0), "two": at(2.0)}, "slant": {"one": at(0.0), "two": at(0.1)}}
    fig = drawing.forest(panels, xlabel=("logits", "share"), lines={"stroke": (1.5, "truth")})
    left, right = fig.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["one", "two"]
    assert [ax.get_xlabel() for ax in fig.axes] == ["logits", "share"]
    assert [text.get_text().strip() for text in left.texts] == ["truth"]
    assert not right.texts
    bars = left.containers[0]
    assert bars[0].get_xdata().tolist() == [1.0, 2.0]
    assert np.allclose([segment[:, 0] for segment in bars[2][0].get_segments()], [[0.9, 1.2], [1.9, 2.2]])
    assert left.get_ylim()[0] > left.get_ylim()[1], "the first row is at the top"
    with pytest.raises(ValueError, match="same names"):
        drawing.forest({"stroke": {"one": at(1.0)}, "slant": {"two": at(1.0)}}, xlabel="")


def test_ranked_drawings_stand_above_their_scores():
    truth = [1.0, 0.0, -1.0]
    fits = {"ten clicks": [at(1.2), at(0.1), at(-1.0)]}
    above, ax = drawing.ranked(np.zeros((3, 1, 8, 8)), truth, fits).axes
    middles = [(image.get_extent()[0] + image.get_extent()[1]) / 2 for image in above.images]
    assert np.allclose(middles, [0, 1, 2])
    assert above.get_xlim() == ax.get_xlim()
    assert ax.lines[-1].get_ydata().tolist() == truth


def test_curves_have_a_panel_per_quantity_and_a_legend_for_several_series():
    panels = {"loss": {"tuned on": [at(1.0)] * 2, "held out": [at(2.0)] * 2}, "wins": {"": [at(0.5)] * 2}}
    fig = drawing.curves(panels, [1000, 2000], xlabel="clicks", lines={"loss": (0.7, "log 2")}, log=True)
    loss, wins = fig.axes
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["tuned on", "held out"]
    assert wins.get_legend() is None
    assert [text.get_text() for text in loss.texts] == ["log 2"]
    assert [label.get_text() for label in wins.get_xticklabels()] == ["1,000", "2,000"]
    assert [
        ax.get_visible() for ax in drawing.curves(panels | {"kl": panels["wins"]}, [1, 2], xlabel="", columns=2).axes
    ] == [
        True,
        True,
        True,
        False,
    ]
    with pytest.raises(ValueError, match="at least one"):
        drawing.curves({}, [1], xlabel="")


def test_promise_and_gain_have_one_colour_per_reward_model_and_another_line():
    one = [at(0.0), at(1.0)]
    fig = drawing.best_of_n({"30": (one, one), "1,000": (one, one)}, {"30": one, "1,000": one}, [1, 100])
    lines = [container[0] for container in fig.axes[0].containers]
    assert [line.get_linestyle() for line in lines] == ["-", "--", "-", "--"]
    assert lines[0].get_color() == lines[1].get_color() != lines[2].get_color()
    names = [text.get_text() for text in fig.axes[0].texts]
    assert names == ["promised, 30", "judge, 30", "promised, 1,000", "judge, 1,000"]
    assert [text.get_text() for text in fig.axes[1].texts] == ["30", "1,000"]
    assert not fig.legends, "every line is named at its end"


def test_bolder_drawings_stand_above_the_step_at_which_they_are_rated():
    rows = [np.zeros((2, 1, 8, 8))] * 3
    above, ax = drawing.bolder(rows, [0.0, 1.0, 2.0], [0.1, 0.2, 0.3], [0.0, 1.0, -5.0]).axes
    middles = [np.mean(image.get_extent()[:2]) for image in above.images]
    assert np.allclose(np.reshape(middles, (3, 2)).mean(axis=1), [0, 1, 2], atol=0.05)
    bars = ax.containers[0][2][0].get_segments()
    assert np.allclose([np.ptp(segment[:, 1]) for segment in bars], 2 * 1.96 * np.array([0.1, 0.2, 0.3]))
