"""Topic 01's interactive figure: what it computes, and how it behaves in a real browser."""

import base64
import re
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import Locator, expect

from tests.support import ROOT
from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils import clustering
from utils.widgets import ClusteringExplorer
from utils.widgets.clustering_view import Merge, Split, State, describe, evaluate, plane, still

LECTURE = ROOT / "lectures" / "01_clustering.ipynb"
LABELS = np.arange(300) % 10


def _codes(seed, spread=4.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(300, 2)) + spread * rng.normal(size=(10, 2))[LABELS]


def _explorer():
    return ClusteringExplorer({"B": {0: _codes(0), 1: _codes(1)}, "D": {0: _codes(2)}}, LABELS)


def _text(explorer):
    return explorer._message.value


def test_a_view_scores_what_it_shows():
    codes = _codes(0)
    view = evaluate(codes, LABELS, State("B", 0, k=7, kmeans_seed=3, scale=2.0))
    scaled = codes * (1, 2)
    np.testing.assert_array_equal(view.labels_pred, clustering.kmeans(scaled, 7, 3, n_init=1))
    assert view.scores == pytest.approx(clustering.scores(LABELS, view.labels_pred, scaled))
    assert view.table.shape == (10, 7)
    for column, cluster in enumerate(view.clusters):
        np.testing.assert_array_equal(
            view.table[:, column], np.bincount(LABELS[view.labels_pred == cluster], minlength=10)
        )


def test_edits_change_the_clusters_in_order():
    edits = (Merge(0, 1), Split(0), Split(2))
    view = evaluate(_codes(0), LABELS, State("B", 0, k=4, edits=edits))
    assert len(view.stages) == 4
    assert [len(np.unique(labels)) for labels in view.stages] == [4, 3, 4, 5]
    plain = evaluate(_codes(0), LABELS, State("B", 0, k=4))
    assert view.scores["homogeneity"] > plain.scores["homogeneity"]


def test_merging_lowers_homogeneity_and_splitting_raises_it():
    start = evaluate(_codes(0), LABELS, State("B", 0))
    merged = evaluate(_codes(0), LABELS, State("B", 0, edits=(Merge(0, 5),)))
    split = evaluate(_codes(0), LABELS, State("B", 0, edits=(Split(0),)))
    # Completeness has no such rule: merging lowers H(K|C), but H(K) as well.
    assert merged.scores["homogeneity"] <= start.scores["homogeneity"]
    assert split.scores["homogeneity"] >= start.scores["homogeneity"]


def test_the_description_tells_the_scores():
    view = evaluate(_codes(0), LABELS, State("B", 0, k=5, scale=0.5))
    text = describe(view)
    assert f"V-measure {view.scores['v_measure']:.2f}" in text
    assert "k = 5" in text
    assert "scaled by 0.5" in text


def test_the_plane_marks_the_borders_of_edited_clusters():
    def drawn(state):
        fig = Figure(figsize=(3, 3), dpi=50)
        plane(fig, evaluate(_codes(0), LABELS, state))
        (image,) = fig.axes[0].images
        return int((np.asarray(image.get_array())[..., 3] > 0).sum())

    two = drawn(State("B", 0, k=2))
    assert drawn(State("B", 0, k=2, edits=(Split(0),))) > two > 0
    assert drawn(State("B", 0, k=2, edits=(Merge(0, 1),))) == 0


def test_the_still_picture_has_a_column_a_state():
    fig = still(_codes(0), LABELS, {"k = 10": State("B", 0), "k = 3": State("B", 0, k=3)})
    titles = [ax.get_title() for ax in fig.axes]
    assert len(fig.axes) == 4
    assert {"k = 10", "k = 3"} <= set(titles)


def test_codes_with_three_latents_are_refused():
    with pytest.raises(ValueError, match="two latents"):
        evaluate(np.zeros((50, 3)), LABELS[:50], State("B", 0))


def test_the_controls_move_the_figure():
    explorer = _explorer()
    texts = [_text(explorer)]
    explorer._k.value = 20
    assert explorer.view.state.k == 20
    explorer._scale.value = 10.0
    assert explorer.view.state.scale == 10.0
    explorer._model.value = "D"
    assert (explorer.view.state.model, explorer.view.state.training_seed) == ("D", 0)
    texts.append(_text(explorer))
    assert texts[0] != texts[1]


def test_merge_split_and_undo_buttons():
    explorer = _explorer()
    merge, split, undo = explorer._buttons
    assert undo.disabled
    merge.click()
    assert len(explorer.view.clusters) == 9
    split.click()
    assert len(explorer.view.clusters) == 10
    undo.click()
    undo.click()
    assert explorer.view.state.edits == ()
    assert undo.disabled


def test_a_cluster_merged_with_itself_is_answered_and_changes_nothing():
    explorer = _explorer()
    before = explorer.view
    explorer._second.value = explorer._first.value
    explorer._buttons[0].click()
    assert "two different clusters" in _text(explorer)
    assert explorer.view is before


def test_the_picture_carries_its_numbers_as_alternative_text():
    explorer = _explorer()
    explorer._k.value = 6
    markup = explorer._picture.value
    assert f"ARI {explorer.view.scores['ari']:.2f}" in re.search('alt="([^"]*)"', markup)[1]
    assert base64.b64decode(re.search('base64,([^"]*)"', markup)[1]).startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def lecture(tmp_path_factory) -> Iterator[Notebook]:
    """The lecture, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(LECTURE, folder)
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, LECTURE.name, height=1100) as notebook,
    ):
        yield notebook


@pytest.fixture(scope="module")
def widget(lecture) -> Locator:
    """The figure, after its cell was run (and no other)."""
    cell = lecture.run_cell("ClusteringExplorer")
    figure = cell.locator(".clustering-explorer")
    expect(figure.locator("img")).to_be_visible(timeout=60_000)
    return figure


def _score(widget: Locator, name: str) -> str:
    return widget.get_by_role("row", name=name).get_by_role("cell").nth(1).inner_text()


def _slider(widget: Locator, label: str) -> Locator:
    return widget.locator(".widget-slider").filter(has_text=label).get_by_role("slider")


@needs_chromium
def test_a_slider_moved_by_keyboard_moves_everything(lecture, widget):
    picture, table = widget.locator("img"), widget.get_by_role("table").nth(1)
    expect(table.get_by_role("columnheader")).to_have_count(10)
    old = {name: _score(widget, name) for name in ("homogeneity", "completeness", "ARI")}
    old_source, old_alt = picture.get_attribute("src"), picture.get_attribute("alt")
    slider = _slider(widget, "k (clusters)")
    slider.press("ArrowRight")
    expect(table.get_by_role("columnheader")).to_have_count(11)
    slider.press("PageUp")
    expect(table.get_by_role("columnheader")).not_to_have_count(11)
    assert {name: _score(widget, name) for name in old} != old
    assert picture.get_attribute("src") != old_source
    assert picture.get_attribute("alt") != old_alt
    assert f"homogeneity {_score(widget, 'homogeneity')}" in picture.get_attribute("alt")
    widget.screenshot(path=artefact("widget_clustering.png"))
    lecture.page.screenshot(path=artefact("lecture_clustering_in_lab.png"))


@needs_chromium
def test_tab_walks_through_the_controls_in_reading_order(lecture, widget):
    widget.get_by_role("button", name="B", exact=True).focus()
    walked = []
    for _ in range(18):
        focused = lecture.page.evaluate(
            """() => { const e = document.activeElement, row = e.closest('.widget-inline-hbox, .widget-toggle-buttons');
                return e.closest('.clustering-explorer')
                    ? (row?.querySelector('label')?.textContent || e.textContent) : null; }"""
        )
        if focused and focused not in walked:
            walked.append(focused)
        lecture.page.keyboard.press("Tab")
    expected = ["model", "training seed", "k (clusters)", "k-means seed", "scale latent 2", "cluster", "other cluster"]
    assert walked[:7] == expected
    assert walked[7] == "Merge the two"


@needs_chromium
def test_focus_is_visible(lecture, widget):
    slider = _slider(widget, "k (clusters)")
    slider.focus()
    lecture.page.keyboard.press("ArrowLeft")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert float(slider.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)")) >= 2


@needs_chromium
def test_buttons_work_from_the_keyboard(lecture, widget):
    columns = widget.get_by_role("table").nth(1).get_by_role("columnheader")
    count = int(_slider(widget, "k (clusters)").get_attribute("aria-valuetext"))
    expect(columns).to_have_count(count)  # what earlier keys set off has arrived
    widget.get_by_role("button", name="Split cluster").focus()
    lecture.page.keyboard.press("Space")
    expect(columns).to_have_count(count + 1)
    widget.get_by_role("button", name="Undo").focus()
    lecture.page.keyboard.press("Enter")
    expect(columns).to_have_count(count)
    widget.get_by_role("button", name="D", exact=True).focus()
    lecture.page.keyboard.press("Space")
    expect(widget.locator("img")).to_have_attribute("alt", re.compile("plane of D"))


@needs_chromium
def test_moves_cause_no_error_in_the_page(lecture, widget):
    image = widget.locator("img")
    for label in ("k-means seed", "scale latent 2"):
        alt = image.get_attribute("alt")
        _slider(widget, label).press("ArrowRight")
        expect(image).not_to_have_attribute("alt", alt, timeout=20_000)
    assert lecture.errors == []
