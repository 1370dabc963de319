"""Topic 03's interactive figure: what it computes, and how it behaves in a real browser."""

import base64
import re
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils.disentanglement import mig
from utils.widgets import DisentanglementExplorer
from utils.widgets.disentanglement_view import (
    BARS,
    CONSTRUCTIONS,
    PAIRS,
    State,
    describe,
    draw,
    evaluate,
    picture,
)

PATIENCE = 20_000  # milliseconds that a move may take on a machine that is busy with other tests

each_construction = pytest.mark.parametrize("construction", CONSTRUCTIONS)


@each_construction
def test_both_models_draw_the_same_pictures(construction):
    for angle in (0, 37, 90):
        view = evaluate(State(construction, angle, (1, 3)))
        assert view.difference < 1e-6
        assert np.abs(view.true.same - view.twin.same).max() < 1e-6
        assert view.true.same.std() > 0.1


@each_construction
def test_the_true_factors_score_perfectly(construction):
    scores = evaluate(State(construction, 0)).true.scores
    assert list(scores) == list(BARS)
    assert {name: round(scores[name], 1) for name in scores if name != "sap"} == dict.fromkeys(BARS.keys() - {"sap"}, 1)


@each_construction
def test_at_0_degrees_the_two_models_are_one(construction):
    view = evaluate(State(construction, 0))
    np.testing.assert_array_equal(view.true.traversals, view.twin.traversals)
    assert view.twin.scores == pytest.approx(view.true.scores, abs=1e-6)


def test_the_scores_fall_with_the_angle_though_the_pictures_do_not_change():
    gaps = [evaluate(State("CDF", angle)).twin.scores["mig"] for angle in (0, 15, 45)]
    assert gaps[0] > gaps[1] + 0.1
    assert gaps[1] > gaps[2] + 0.05
    assert evaluate(State("CDF", 15)).twin.scores["beta_vae"] > 0.97
    assert evaluate(State("CDF", 45)).twin.scores["beta_vae"] < 0.9


def test_a_view_scores_what_it_shows():
    view = evaluate(State("CDF", 25, (0, 3)))
    assert view.twin.scores["mig"] == pytest.approx(mig(view.twin.codes, view.true.codes, factor_bins=10))


def test_only_the_plain_rotation_of_uniforms_changes_the_prior():
    views = {name: evaluate(State(name, 45)) for name in CONSTRUCTIONS}
    assert views["CDF"].prior.p > 0.001
    assert views["Gaussian"].prior.p > 0.001
    assert views["uniform"].prior.p < 1e-9
    assert views["CDF"].impossible == views["Gaussian"].impossible == 0
    # A square rotated by 45° covers 2(√2 - 1) = 82.8 % of the square.
    assert views["uniform"].impossible == pytest.approx(0.172, abs=0.03)
    for angle in (5, 45):
        assert "another model" in describe(evaluate(State("uniform", angle)))


def test_a_traversal_of_the_true_model_moves_one_factor():
    view = evaluate(State("CDF", 30, (0, 2)))
    grid = np.arange(32)

    def size_and_place(images):
        mass = images.sum(axis=(1, 2))
        return np.ptp(mass / mass.mean()), np.ptp((images.sum(axis=1) * grid).sum(axis=1) / mass)

    size, place = map(size_and_place, view.true.traversals)
    assert size[0] > 0.5
    assert size[1] < 0.5
    assert place[0] < 0.05
    assert place[1] > 5
    for moved in map(size_and_place, view.twin.traversals):
        assert moved[0] > 0.2
        assert moved[1] > 2


def test_hearts_differ_from_end_to_end_of_the_orientations():
    upright, left, right = draw(np.array([[0.5, 0.5, 0.5, 0.5], [0.5, 0.0, 0.5, 0.5], [0.5, 1.0, 0.5, 0.5]]))
    assert np.abs(left - right[:, ::-1]).max() < 0.05  # mirror images
    assert np.abs(left - right).max() > 0.5
    assert np.abs(upright - upright[:, ::-1]).max() < 0.05


def test_the_description_tells_the_scores_and_the_turn():
    view = evaluate(State("Gaussian", 40, (2, 3)))
    text = describe(view)
    assert f"MIG {view.true.scores['mig']:.2f} and {view.twin.scores['mig']:.2f}" in text
    assert "x and y rotated by 40 degrees" in text
    assert "largest difference of a pixel is 0" in text


def test_the_picture_shows_all_strips_and_both_priors():
    fig = Figure(figsize=(9.6, 5.4), dpi=50)
    picture(fig, evaluate(State()))
    strips, *planes = fig.axes
    assert len(strips.images) == 7
    assert [ax.get_title(loc="left") for ax in planes] == ["A's latents", "B's latents"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State("Laplace"), "no construction 'Laplace'"),
        (State(pair=(1, 1)), "two different latents"),
        (State(angle=float("nan")), "whole number of degrees"),
        (State(angle=400), "from 0 to 90"),
        (State(angle=12.5), "whole number"),
    ],
)
def test_a_state_that_does_not_exist_is_refused(state, words):
    with pytest.raises(ValueError, match=words):
        DisentanglementExplorer(state)


def test_the_controls_move_the_figure():
    explorer = DisentanglementExplorer()
    pictures = [explorer._picture.value]
    explorer._angle.value = 45
    assert explorer.view.state == State("CDF", 45)
    explorer._pair.value = (2, 3)
    assert explorer.view.state.pair == (2, 3)
    pictures.append(explorer._picture.value)
    explorer._construction.value = "uniform"
    assert "another model" in explorer._message.value
    pictures.append(explorer._picture.value)
    assert len(set(pictures)) == 3
    assert f"{explorer.view.twin.scores['mig']:.2f}" in explorer._bars.value


def test_every_pair_can_be_chosen():
    assert len(PAIRS) == 6
    assert set(DisentanglementExplorer()._pair.options.values()) == set(PAIRS)


def test_the_picture_carries_its_numbers_as_alternative_text():
    explorer = DisentanglementExplorer(State("Gaussian", 20))
    markup = explorer._picture.value
    assert f"{explorer.view.twin.scores['mig']:.2f}" in re.search('alt="([^"]*)"', markup)[1]
    assert base64.b64decode(re.search('base64,([^"]*)"', markup)[1]).startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Iterator[Notebook]:
    """A notebook with the figure, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    source = "from utils.widgets import DisentanglementExplorer\n\nDisentanglementExplorer.from_shipped()"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source)], metadata=kernel), folder / "figure.ipynb")
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "figure.ipynb", height=1100) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def widget(notebook) -> Locator:
    """The figure, after its cell was run."""
    figure = notebook.run_cell("DisentanglementExplorer").locator(".disentanglement-explorer")
    expect(figure.locator("img")).to_be_visible(timeout=60_000)
    return figure


def _score(widget: Locator, name: str) -> str:
    return widget.get_by_role("row", name=name).get_by_role("cell").nth(2).inner_text()


@needs_chromium
def test_the_angle_moved_by_keyboard_moves_everything(notebook, widget):
    image, slider = widget.locator("img"), widget.get_by_role("slider")
    old_source, old = image.get_attribute("src"), _score(widget, "MIG")
    slider.press("ArrowRight")
    expect(image).to_have_attribute("alt", re.compile("rotated by 31 degrees"), timeout=PATIENCE)
    slider.press("Home")
    expect(image).to_have_attribute("alt", re.compile("rotated by 0 degrees"), timeout=PATIENCE)
    assert image.get_attribute("src") != old_source
    assert float(_score(widget, "MIG")) > 0.95 > float(old)
    slider.press("PageUp")
    expect(image).not_to_have_attribute("alt", re.compile("rotated by 0 degrees"), timeout=PATIENCE)
    expect(image).to_have_attribute("alt", re.compile("largest difference of a pixel is 0"), timeout=PATIENCE)


@needs_chromium
def test_buttons_work_from_the_keyboard(notebook, widget):
    widget.get_by_role("button", name="plain, uniform").focus()
    notebook.page.keyboard.press("Space")
    expect(widget.locator("p")).to_contain_text("another model", timeout=PATIENCE)
    widget.get_by_role("button", name="x & y").focus()
    notebook.page.keyboard.press("Enter")
    expect(widget.locator("img")).to_have_attribute("alt", re.compile("x and y rotated"), timeout=PATIENCE)
    widget.get_by_role("button", name="CDF, uniform").focus()
    notebook.page.keyboard.press("Space")
    expect(widget.locator("p")).to_contain_text("B's latents are consistent with A's prior", timeout=PATIENCE)
    widget.screenshot(path=artefact("widget_disentanglement.png"))


@needs_chromium
def test_tab_walks_through_the_controls_in_reading_order(notebook, widget):
    widget.get_by_role("button", name="CDF, uniform").focus()
    walked = []
    for _ in range(14):
        focused = notebook.page.evaluate(
            """() => { const e = document.activeElement, row = e.closest('.widget-inline-hbox, .widget-toggle-buttons');
                return e.closest('.disentanglement-explorer') ? row?.querySelector('label')?.textContent : null; }"""
        )
        if focused and focused not in walked:
            walked.append(focused)
        notebook.page.keyboard.press("Tab")
    assert walked == ["construction", "pair", "angle in °"]


@needs_chromium
def test_focus_is_visible(notebook, widget):
    slider = widget.get_by_role("slider")
    slider.focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert float(slider.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)")) >= 2


@needs_chromium
def test_moves_cause_no_error_in_the_page(notebook, widget):
    image = widget.locator("img")
    widget.get_by_role("slider").press("End")
    expect(image).to_have_attribute("alt", re.compile("rotated by 90 degrees"), timeout=PATIENCE)
    widget.get_by_role("button", name="Gaussian").click()
    expect(image).to_have_attribute("alt", re.compile("Gaussian latents"), timeout=PATIENCE)
    assert notebook.errors == []
