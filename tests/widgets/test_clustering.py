"""Topic 01's interactive figure: its arithmetic against scikit-learn, and its behaviour in a real browser."""

from __future__ import annotations

import itertools

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support import ROOT
from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, compute_in_page, figure_page, state_of, view_of
from utils import clustering, data, models
from utils.widgets import ClusteringExplorer, clustering_starts
from utils.widgets.clustering import END, SCORES

FIGURE = ClusteringExplorer

LECTURE = ROOT / "lectures" / "01_clustering.ipynb"
ENTRIES = ("labels", "clusters", "table", "scores", "step", "last")


def random_states(explorer, rng, count, **fixed):
    def draw(name):
        field = explorer.fields[name]
        return field.values[rng.integers(len(field.values))]

    for _ in range(count):
        state = {name: draw(name) for name in ("model", "training", "start", "scale")}
        yield {**state, "k": int(rng.integers(2, 31)), **fixed}


@needs_chromium
@pytest.mark.parametrize("n", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_the_module_computes_what_scikit_learn_computes(explorer, still, n):
    states = list(random_states(explorer, np.random.default_rng(0), n))
    assert_agreement(still, explorer, states, ENTRIES)


@pytest.mark.slow
@needs_chromium
def test_each_step_of_k_means_is_scikit_learns(explorer, still):
    rng = np.random.default_rng(1)
    states = [{**state, "step": int(rng.integers(0, 12))} for state in random_states(explorer, rng, 40)]
    assert_agreement(still, explorer, states, ("labels", "clusters", "table", "scores", "step", "last"))
    for state, view in zip(states, compute_in_page(still, explorer, states), strict=True):
        centres = np.column_stack([view["cx"], view["cy"]])
        np.testing.assert_allclose(centres, explorer.compute({**explorer.state, **state})["centres"], atol=1e-9)


@pytest.mark.slow
@needs_chromium
def test_edited_clusters_agree(explorer, still):
    rng = np.random.default_rng(2)
    states = []
    for state in random_states(explorer, rng, 40, step=END):
        edits = []
        for _ in range(rng.integers(1, 5)):
            view = explorer.compute({**explorer.state, **state, "edits": edits})
            clusters, kind = view["clusters"], rng.integers(3)
            if kind == 0 and len(clusters) > 1:
                edits.append([int(cluster) for cluster in rng.choice(clusters, 2, replace=False)])
            elif kind == 1:
                edits.append([clusters[view["table"].sum(axis=1).argmax()]])
            else:
                edits.append([])
        states.append({**state, "edits": edits})
    assert_agreement(still, explorer, states, ENTRIES)


@needs_chromium
@pytest.mark.slow
def test_the_curve_agrees(explorer, still):
    for k, start, scale in ((2, 3, 1.0), (10, "best of ten", 1.0), (23, 0, 5.0)):
        explorer.state = {"start": start, "scale": scale}
        rows = still.locator(HOST).evaluate(
            "(host, [state, k]) => host.figure.spec.parts.difference(host.figure.data, state, k)", [explorer.state, k]
        )
        for score in SCORES:
            expected = explorer.difference(k, score)
            actual = [rows[score][name] for name in ("difference", "low", "high")]
            np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-9, err_msg=f"{score}, k = {k}")
    explorer.state = {"start": "best of ten", "scale": 1.0}


@needs_chromium
def test_an_impossible_edit_is_explained_alike(explorer, still):
    for edits in ([[0, 0]], [[0, 77]], [[77]], [[0, 1], [1]]):
        with pytest.raises(ValueError, match=r"Cluster 0 cannot be merged|There is no cluster") as caught:
            explorer.compute({**explorer.state, "edits": edits})
        message = still.locator(HOST).evaluate(
            """(host, state) => { try { host.figure.spec.compute(host.figure.data, state); return null; }
            catch (error) { return error.message; } }""",
            {**explorer.state, "edits": edits},
        )
        assert message == str(caught.value)


def test_the_figure_opens_with_the_clusters_of_the_lecture(explorer):
    images, _ = data.load_mnist("test")
    for title, name in (("B", "aae-mixture-2d"), ("D", "vae-mixture-2d")):
        codes = models.load_pretrained(name).encode(images)
        for k in (5, 10, 30):
            view = explorer.compute({**explorer.state, "model": title, "k": k})
            np.testing.assert_array_equal(view["labels"], clustering.kmeans(codes, k, seed=0))
        view = explorer.compute({**explorer.state, "model": title, "k": 20, "start": 7})
        np.testing.assert_array_equal(view["labels"], clustering.kmeans(codes.astype(float), 20, seed=7, n_init=1))


@pytest.mark.slow
def test_the_shipped_starting_points_are_scikit_learns():
    images, _ = data.load_mnist("test")
    for name, seed in itertools.product(clustering_starts.MODELS, (0, 4)):
        codes = models.load_pretrained(name, seed).encode(images)
        seeded, best = clustering_starts.shipped(name, seed)
        np.testing.assert_array_equal(seeded, clustering_starts.seeded(codes))
        np.testing.assert_array_equal(best, clustering_starts.best(codes))


def test_codes_that_do_not_fit_are_refused():
    plane, labels = np.zeros((40, 2)), np.arange(40) % 10
    with pytest.raises(ValueError, match="two models with the same"):
        ClusteringExplorer({"B": {0: plane}}, labels)
    with pytest.raises(ValueError, match="choose models with two latents"):
        ClusteringExplorer({"B": {0: np.zeros((40, 3))}, "D": {0: plane}}, labels)
    with pytest.raises(ValueError, match="There are 20 codes, but 30 are needed"):
        ClusteringExplorer({"B": {0: plane[:20]}, "D": {0: plane[:20]}}, labels[:20])


def test_the_page_is_small(explorer):
    size = len(explorer.to_html().encode()) / 1000
    print(f"topic 01's figure in a page: {size:.0f} kB")
    assert size <= 300


def _heads(page: Page) -> int:
    return page.get_by_role("columnheader").count()


@needs_chromium
def test_the_clusters_follow_the_keyboard(page):
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    assert (state_of(page)["k"], _heads(page)) == (11, 11)
    page.get_by_role("slider", name="Clusters k").press("Home")
    assert _heads(page) == 2
    value = page.get_by_role("row", name="ARI").get_by_role("cell").first.inner_text()
    assert value == f"{view_of(page)['scores']['ari']:.2f}"
    expect(page.locator(f"{HOST} .words")).to_contain_text(f"ARI {value}")
    page.get_by_role("group", name="Model").get_by_role("radio", name="D").check()
    page.get_by_role("slider", name="Scale of latent 2").press("End")
    assert (state_of(page)["model"], state_of(page)["scale"]) == ("D", 10)
    expect(page.locator(f"{HOST} .plot").first).to_contain_text("latent 2 × 10")


@needs_chromium
def test_clusters_are_selected_merged_and_split(page):
    page.get_by_role("button", name="cluster 3", exact=True).press("Enter")
    page.get_by_role("button", name="cluster 4", exact=True).click()
    assert state_of(page)["selected"] == [3, 4]
    page.get_by_role("button", name="Merge the two").click()
    assert (state_of(page)["edits"], _heads(page)) == ([[3, 4]], 9)
    page.get_by_role("button", name="Split the selected").click()
    assert _heads(page) == 10
    page.get_by_role("button", name="Split every cluster").click()
    assert _heads(page) == 20
    expect(page.locator(f"{HOST} .words")).to_contain_text("edited 3 times: 20 clusters")
    page.get_by_role("button", name="Undo").click()
    assert _heads(page) == 10
    page.get_by_role("slider", name="Clusters k").press("ArrowLeft")
    assert state_of(page)["edits"] == []


@needs_chromium
@pytest.mark.parametrize("touch", [False, True])
def test_a_tap_in_the_plane_selects_the_cluster_there(explorer, browser, tmp_path, touch):
    with figure_page(browser, explorer, tmp_path, width=390 if touch else 1200, touch=touch) as (page, errors):
        page.locator(f"{HOST} .plot").first.scroll_into_view_if_needed()
        place = page.locator(f"{HOST} .plot svg").first.locator("g > circle").nth(2).bounding_box()
        expected = int(page.locator(f"{HOST} .plot svg").first.locator("g:has(> circle) > text").nth(2).text_content())
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        (page.touchscreen.tap if touch else page.mouse.click)(x, y)
        assert state_of(page)["selected"] == [expected]
        pressed = page.get_by_role("button", name=f"cluster {expected}", exact=True)
        expect(pressed).to_have_attribute("aria-pressed", "true")
        (page.touchscreen.tap if touch else page.mouse.click)(x, y)
        assert state_of(page)["selected"] == []
        assert errors == []


@needs_chromium
def test_the_table_fits_a_phone_or_scrolls_in_its_own_box(explorer, browser, tmp_path):
    with figure_page(browser, explorer, tmp_path, width=390, touch=True) as (page, errors):
        table = page.get_by_role("group", name="contingency table, scrollable")
        hint = page.get_by_text("Scroll the table sideways")
        assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
        expect(hint).to_be_hidden()
        page.get_by_role("slider", name="Clusters k").press("End")
        expect(hint).to_be_visible()
        table.evaluate("e => { e.scrollLeft = 1000; }")
        digit, box = table.get_by_role("rowheader", name="9").bounding_box(), table.bounding_box()
        assert box["x"] <= digit["x"] < box["x"] + 10
        heading = page.get_by_text("Contingency table: points of each digit").bounding_box()
        assert heading["x"] >= 0
        assert heading["x"] + heading["width"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert errors == []


@needs_chromium
def test_k_means_is_stepped_through_and_runs(page):
    page.get_by_role("button", name="To the start").click()
    expect(page.get_by_text("Step 0 of 25: the centres at the start")).to_have_count(2)
    expect(page.get_by_role("row", name="ARI")).to_contain_text("undefined")
    expect(page.get_by_role("button", name="Split every cluster")).to_be_disabled()
    page.get_by_role("button", name="Step", exact=True).click()
    assert len(view_of(page)["labels"]) == 1000
    expect(page.get_by_text("Step 1 of 25: each point joins its nearest centre").first).to_be_visible()
    page.get_by_role("button", name="Run").click()
    page.wait_for_function(f"document.querySelector('{HOST}').figure.view.step >= 4")
    page.get_by_role("button", name="Pause").click()
    stopped = view_of(page)["step"]
    page.wait_for_timeout(900)
    assert view_of(page)["step"] == stopped
    page.get_by_role("button", name="To the end").click()
    expect(page.get_by_text("k-means has converged").first).to_be_visible()


@needs_chromium
def test_the_curve_is_read_by_pointer_and_keys(explorer, page):
    page.get_by_text("B − D at every k").click()
    expect(page.get_by_text("k = 10: B − D in V-measure is")).to_be_visible(timeout=60_000)
    handle = page.get_by_role("slider", name="k", exact=True)
    handle.press("ArrowRight")
    assert state_of(page)["k"] == 11
    page.get_by_role("radio", name="silhouette").check()
    page.get_by_role("slider", name="Clusters k").press("ArrowLeft")
    low, high = (f"{value:+.3f}".replace("-", "−") for value in explorer.difference(10, "silhouette")[1:])
    expect(page.get_by_text(f"95 % interval [{low}, {high}], which excludes 0")).to_be_visible()
    plot = page.locator(f"{HOST} details .plot svg").first
    expect(plot.locator("path")).not_to_have_count(0)
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 60)
    expect(page.get_by_text("k = 30: B − D in silhouette is")).to_be_visible(timeout=60_000)
    page.screenshot(path=artefact("widget_clustering_curve.png"), full_page=True)


@needs_chromium
def test_every_task_can_be_done_and_its_answer_is_true(explorer, page):
    done = 0

    def begin(text, choice):
        item = page.get_by_role("listitem").filter(has_text=text)
        if not item.locator("details").first.evaluate("e => e.open"):
            item.locator("summary").first.click()
        item.get_by_role("radio", name=choice, exact=True).check()
        start = item.get_by_role("button", name="Set the figure up")
        if start.count():
            start.click()

    def finished():
        nonlocal done
        done += 1
        expect(page.get_by_text(f"{done} of 6 done")).to_be_visible()

    begin("Raise k from 10 to 30", "homogeneity only")
    before = view_of(page)["scores"]
    page.get_by_role("slider", name="Clusters k").press("End")
    after = view_of(page)["scores"]
    finished()
    assert after["homogeneity"] > before["homogeneity"]
    assert after["completeness"] < before["completeness"]
    assert after["ari"] < before["ari"]

    begin("Merge two clusters", "it rises")
    view = view_of(page)
    pairs = [
        (first, second)
        for (first, a), (second, b) in itertools.combinations(zip(view["clusters"], view["table"], strict=True), 2)
        if np.argmax(a) == np.argmax(b)
    ]
    assert len(pairs) > 5
    for pair in pairs:
        merged = explorer.compute({**explorer.state, "k": 20, "edits": [list(pair)]})["scores"]
        assert merged["completeness"] > view["scores"]["completeness"]
        assert view["scores"]["homogeneity"] - 0.01 < merged["homogeneity"] <= view["scores"]["homogeneity"]
    for cluster in pairs[0]:
        page.get_by_role("button", name=f"cluster {cluster}", exact=True).click()
    page.get_by_role("button", name="Merge the two").click()
    finished()

    begin("Stretch latent 2 tenfold", "horizontal bands")
    before = view_of(page)["scores"]
    page.get_by_role("slider", name="Scale of latent 2").press("End")
    finished()
    assert view_of(page)["scores"]["v_measure"] < before["v_measure"]

    begin("Make V at least 0.45", "very many small clusters")
    for _ in range(4):
        page.get_by_role("button", name="Split every cluster").click()
    finished()

    begin("Change only the training", "yes")
    training = page.get_by_role("group", name="Training")
    page.get_by_role("button", name="Split every cluster").click()
    training.get_by_role("radio", name="2").check()  # drops the edits, which change V as well
    begin("Change only the training", "yes")
    page.get_by_role("button", name="To the start").click()
    page.get_by_role("button", name="Step", exact=True).click()
    training.get_by_role("radio", name="2").check()  # lets k-means end, which changes V as well
    expect(page.get_by_text(f"{done} of 6 done")).to_be_visible()
    begin("Change only the training", "yes")
    training.get_by_role("radio", name="2").check()
    finished()
    v = {
        m: [explorer.compute({**explorer.state, "model": m, "training": t})["scores"]["v_measure"] for t in range(5)]
        for m in "BD"
    }
    assert max(np.ptp(v["B"]), np.ptp(v["D"])) > abs(v["B"][0] - v["D"][0])

    begin("Let k-means run", "yes")
    for _ in range(4):
        if done + 1 == int(page.locator(f"{HOST} .tasks .heading .state").inner_text().split()[0]):
            break
        page.get_by_role("button", name="Step", exact=True).click()
    finished()


@pytest.mark.slow
@needs_chromium
def test_the_lecture_shows_the_figure_in_jupyterlab(browser, tmp_path):
    lecture = nbformat.read(LECTURE, as_version=4)
    lecture.cells = [cell for cell in lecture.cells if "ClusteringExplorer" in cell.source]
    lecture.cells[0].metadata = {}  # the lecture folds the cell away
    nbformat.write(lecture, tmp_path / LECTURE.name)
    environment = {"PYTHONPATH": str(ROOT)}
    with (
        jupyterlab(tmp_path, environment=environment) as lab,
        open_notebook(browser, lab, LECTURE.name, height=1300) as notebook,
    ):
        figure = notebook.run_cell("ClusteringExplorer").locator(HOST)
        expect(figure.locator(".words")).to_contain_text("k = 10", timeout=60_000)
        figure.get_by_role("slider", name="Clusters k").press("ArrowRight")
        expect(figure.locator(".words")).to_contain_text("11 clusters")
        notebook.page.screenshot(path=artefact("lecture_clustering_in_lab.png"))
        assert notebook.errors == []
