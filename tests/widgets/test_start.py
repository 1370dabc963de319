"""Lecture 00's interactive figure: its arithmetic against the package, and its behaviour in a real browser."""

from __future__ import annotations

from contextlib import ExitStack

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect
from scipy.stats import rankdata, zscore

from tests.support.browser import jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, compute_in_page, figure_page, state_of, view_of
from utils.widgets import StartExplorer, start_table
from utils.widgets.start import SCALES, first_shares, weightings
from utils.widgets.start_table import FEATURES, HIGH_IS_GOOD, MODELS, PROBES, QUESTIONS, SIZES, TASKS

FIGURE = StartExplorer

NUMBERS = (
    *("mean", "low", "high", "leader", "second", "lead", "lead_low", "lead_high", "wins"),
    *("total", "share", "share_low", "share_high", "winner"),
)

SCALE_DECIDES = [0.1, 0.3, 0.3, 0.6]
"""Weights under which PCA wins by standard scores, and the VAE by ranks."""


def random_states(explorer, seed, count):
    rng = np.random.default_rng(seed)
    states = []
    while len(states) < count:
        state = {
            "task": str(rng.choice(TASKS)),
            "probe": str(rng.choice(PROBES)),
            "labels": int(rng.choice(SIZES)),
            "features": (rng.random(len(FEATURES)) < 0.7).tolist(),
            "scale": str(rng.choice(SCALES)),
            "questions": (rng.random(len(QUESTIONS)) < 0.8).tolist(),
            "weights": rng.random(len(QUESTIONS)).round(2).tolist(),
        }
        try:
            explorer.check({**explorer.state, **state})
        except ValueError:
            continue
        states.append(state)
    return states


# Arithmetic


@needs_chromium
@pytest.mark.parametrize("n", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_the_module_computes_what_the_package_computes(explorer, page, n):
    states = random_states(explorer, 0, n)
    assert_agreement(page, explorer, states, NUMBERS)
    for state, view in zip(states, compute_in_page(page, explorer, states), strict=True):
        expected = explorer.compute({**explorer.state, **state})
        assert view["leaders"] == expected["leaders"].ravel().tolist()
        assert view["clear"] == expected["clear"].ravel().tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_weightings_are_spread_as_the_uniform_distribution(n):
    weights = weightings(n)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights.mean(axis=0), 1 / n, atol=0.004)
    np.testing.assert_allclose((weights**2).mean(axis=0), 2 / (n * (n + 1)), atol=0.004)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("columns", [[0, 1, 2, 3], [1, 2, 3]])
def test_the_shares_are_those_of_random_weights_as_in_the_lecture(scale, columns):
    means = (start_table.load()["properties"] * HIGH_IS_GOOD)[:, columns]
    comparable = (zscore if scale == "standard scores" else rankdata)(means, axis=0)
    weights = np.random.default_rng(1).dirichlet(np.ones(len(columns)), 100_000)
    drawn = np.bincount(np.argmax(weights @ comparable.T, axis=1), minlength=len(MODELS)) / len(weights)
    np.testing.assert_allclose(first_shares(comparable, weightings(len(columns))), drawn, atol=0.01)


def test_a_model_that_is_best_at_everything_wins_every_weighting():
    assert first_shares(np.array([[2.0, 3.0], [1.0, 2.0]]), weightings(2)).tolist() == [1, 0]


def test_the_shipped_table_is_what_the_command_computes():
    shipped = start_table.load()
    again = start_table.settings(sizes=(10,), features=("VAE 16", "AAE 2"))
    places = [FEATURES.index("VAE 16"), FEATURES.index("AAE 2")]
    np.testing.assert_allclose(again["scores"], shipped["scores"][:, :, :1][:, :, :, places], atol=5e-3)
    low = shipped["low"][:, :, :1][:, :, :, places][..., places]
    np.testing.assert_allclose(again["low"], low, atol=2e-2)
    properties = start_table.properties(resamples=2)
    np.testing.assert_allclose(properties["properties"], shipped["properties"], atol=5e-3)
    np.testing.assert_allclose(properties["resampled"], shipped["resampled"][:2], atol=2e-2)


def test_the_slant_does_not_depend_on_the_amount_of_ink():
    images = np.zeros((2, 1, 28, 28))
    images[0, 0, [9, 11, 13], [18, 16, 14]] = 1
    images[1] = images[0] / 2
    np.testing.assert_allclose(start_table.slant(images), 45)
    np.testing.assert_allclose(start_table.slant(images[:, :, :, ::-1]), -45)


# Behaviour without a kernel


@needs_chromium
def test_keys_move_labels_and_weights(page):
    page.get_by_role("slider", name="Labels").press("ArrowRight")
    assert state_of(page)["labels"] == 200
    before = view_of(page)["total"]
    page.get_by_role("slider", name="V-measure").press("Home")
    assert state_of(page)["weights"][0] == 0
    assert view_of(page)["total"] != before
    page.get_by_role("switch", name="on the list").first.press("Space")
    assert state_of(page)["questions"] == [False, True, True, True]
    expect(page.get_by_role("slider", name="V-measure")).to_be_disabled()


@needs_chromium
def test_a_click_in_the_table_and_in_the_plot_goes_to_that_setting(page):
    page.get_by_role("row", name="ink, linear").get_by_role("cell").last.click()
    assert [state_of(page)[name] for name in ("task", "probe", "labels")] == ["ink", "linear", 1000]
    plot = page.get_by_role("img", name="test R²")
    box = plot.bounding_box()
    plot.click(position={"x": 60, "y": box["height"] / 2})
    assert state_of(page)["labels"] == 10


@needs_chromium
def test_a_touch_in_the_triangle_sets_the_weights(browser, explorer, tmp_path):
    with figure_page(browser, explorer, tmp_path, width=390, touch=True) as (page, errors):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        triangle = page.get_by_role("img", name="triangle of weights")
        triangle.scroll_into_view_if_needed()
        box = triangle.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"])
        weights = state_of(page)["weights"]
        assert weights[0] == pytest.approx(0.25, abs=0.01)
        assert weights[3] > 0.5
        assert sum(weights) == pytest.approx(1, abs=0.01)
        assert errors == []


@needs_chromium
def test_an_impossible_move_is_refused_in_a_sentence(page, explorer):
    for name in ("pixels", "PCA 16", "VAE 16"):
        page.get_by_role("switch", name=name).click()
    expect(page.get_by_role("alert")).to_have_text("Features that take part: 1. A comparison needs two: add another.")
    assert sum(state_of(page)["features"]) == 2
    expect(page.get_by_role("switch", name="VAE 16")).to_be_checked()


def predict(page: Page, place: int, choice: str) -> Locator:
    task = page.locator(".tasks > ol > li").nth(place)
    if task.locator("> details").get_attribute("open") is None:
        task.locator("> details > summary").click()
    task.get_by_role("radio", name=choice, exact=True).check()
    return task.locator("> details > summary .state")


@needs_chromium
def test_each_task_is_done_at_its_solution_and_not_before(page):
    def move(**state):
        page.locator(HOST).evaluate("(host, state) => host.figure.set(state)", state)

    def reset():
        page.locator(HOST).evaluate("host => host.figure.reset()")

    done = predict(page, 0, "with more only")
    move(labels=200)
    expect(done).to_have_text("")
    move(labels=500)
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 1, "yes")
    move(labels=10)
    expect(done).to_have_text("")
    move(labels=1000)
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 2, "ink")
    move(task="ink")
    expect(done).to_have_text("")
    move(task="slant")
    page.get_by_role("switch", name="pixels").click()
    expect(done).to_have_text("")
    move(task="ink")
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 3, "V-measure")
    for place in (1, 2, 3):
        move(questions=[i != place for i in range(4)])
        expect(done).to_have_text("")
    move(questions=[False, True, True, True])
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 4, "none")
    move(weights=[0.0, 1.0, 0.0, 0.0])
    assert view_of(page)["winner"] == MODELS.index("AAE")
    expect(done).to_have_text("")
    move(weights=[0.01, 1.0, 0.01, 0.01])
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 5, "yes")
    move(scale="ranks")
    expect(done).to_have_text("")
    move(scale="standard scores", weights=SCALE_DECIDES)
    page.get_by_role("radio", name="ranks").check()
    expect(done).to_have_text("✓ done")
    expect(page.get_by_text("6 of 6 done")).to_be_visible()


def test_what_the_tasks_answers_say_is_so(explorer):
    """The statements of the answers in start.js, from the table."""
    start = explorer.compute(explorer.state)
    digit, neighbours = TASKS.index("digit"), PROBES.index("neighbours")
    pca, pixels = FEATURES.index("PCA 16"), FEATURES.index("pixels")
    leaders = [FEATURES[f] for f in start["leaders"][digit, neighbours]]
    assert leaders == ["VAE 16" if size <= 200 else "PCA 16" for size in SIZES]
    assert [SIZES[s] for s in np.flatnonzero(start["clear"][digit, neighbours])] == [50, 100, 1000]
    ten, twenty = start_table.load()["scores"][digit, neighbours, :2, :4].mean(axis=-1)
    added = 100 * (twenty - ten)
    assert [round(added.min()), round(added.max())] == [1, 3]
    both = start["clear"].all(axis=1) & (start["leaders"][:, 0] != start["leaders"][:, 1])
    assert [(TASKS[t], SIZES[s]) for t, s in np.argwhere(both)] == [
        ("digit", 1000),
        *(("ink", size) for size in SIZES if size >= 100),
    ]
    assert start["leaders"][digit, :, -1].tolist() == [pixels, pca]
    codes = explorer.compute({**explorer.state, "features": [False, True, True, True, False, False, False]})
    ink = TASKS.index("ink")
    assert (codes["leaders"][ink] == pca).all()
    assert codes["clear"][ink].sum() == 13
    assert all(len(np.unique(codes["leaders"][t])) > 1 for t in range(len(TASKS)) if t != ink)
    assert start["share"][MODELS.index("AAE")] == pytest.approx(0.02, abs=0.01)
    best = np.argmax(start_table.load()["properties"] * HIGH_IS_GOOD, axis=0)
    assert np.flatnonzero(best == MODELS.index("AAE")).tolist() == [QUESTIONS.index("MSE")]


# In JupyterLab


@pytest.mark.slow
@needs_chromium
def test_in_jupyterlab_the_state_goes_to_python_and_back(browser, tmp_path):
    sources = [
        "from utils.widgets import StartExplorer\n\nexplorer = StartExplorer.from_shipped()\nexplorer",
        "print(explorer.state['task'], explorer.view['leader'])",
        "explorer.state = {'labels': 1000, 'scale': 'ranks'}",
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), tmp_path / "figure.ipynb")
    with ExitStack() as stack:
        lab = stack.enter_context(jupyterlab(tmp_path))
        notebook = stack.enter_context(open_notebook(browser, lab, "figure.ipynb", height=1300))
        figure = notebook.run_cell("from_shipped").locator(HOST)
        expect(figure.locator(".words")).not_to_be_empty(timeout=60_000)
        figure.get_by_role("radio", name="ink").check()
        answer = notebook.run_cell("print(explorer.state").locator(".jp-OutputArea-output")
        expect(answer).to_contain_text("ink ")
        notebook.run_cell("'labels': 1000")
        expect(figure.locator(".words")).to_contain_text("1,000 labels")
        expect(figure.get_by_role("radio", name="ranks")).to_be_checked()
        assert notebook.errors == []


# Input


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": {"scores": None}}, "The table's scores has shape None, but"),
        ({"table": {"low": np.zeros((2, 2))}}, r"The table's low has shape \(2, 2\), but \(3, 2, 7, 7, 7\) is needed"),
        ({"table": {"resampled": np.zeros((5, 2, 4))}}, r"resampled has shape \(5, 2, 4\), but \(5, 3, 4\) is needed"),
        ({"state": {"labels": 30}}, "labels is 30, but must be one of 10, 20, 50"),
        ({"state": {"features": [True] + [False] * 6}}, "Features that take part: 1. A comparison needs two"),
        ({"state": {"questions": [False] * 4}}, "No property is on the list"),
        ({"state": {"weights": [0.0] * 4}}, "All properties on the list have weight 0"),
        ({"state": {"weights": [2.0] * 4}}, r"weights\[0\] is 2.0, but a number from 0 to 1 is needed"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(change, words):
    table = {**start_table.load(), **change.get("table", {})}
    table = {name: values for name, values in table.items() if values is not None}
    with pytest.raises(ValueError, match=words):
        StartExplorer(table, change.get("state"))
