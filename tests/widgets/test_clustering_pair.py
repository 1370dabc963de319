"""The figure of the site's first page: its arithmetic against scikit-learn, and its behaviour in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import chromium, needs_chromium
from tests.support.figures import HOST, assert_agreement, figure_page, view_of
from utils import clustering, data, models
from utils.widgets import ClusteringExplorer, ClusteringPair
from utils.widgets.clustering import LECTURE_MODELS, SCORES


@pytest.fixture(scope="module")
def pair() -> ClusteringPair:
    return ClusteringPair.from_shipped()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@needs_chromium
@pytest.mark.slow
def test_the_module_computes_what_scikit_learn_computes(pair, browser, tmp_path):
    rng = np.random.default_rng(0)
    states = [
        {"training": int(rng.integers(5)), "k": int(rng.integers(2, 31)), "score": SCORES[rng.integers(len(SCORES))]}
        for _ in range(40)
    ]
    states = [{**state, "training": pair.fields["training"].values[state["training"]]} for state in states]
    with figure_page(browser, pair, tmp_path) as (page, errors):
        assert_agreement(page, pair, states, ("labels", "scores"))
        assert errors == []


def test_it_shows_the_scores_of_the_lecture(pair):
    images, digits = data.load_mnist("test")
    view = pair.compute({**pair.state, "training": 1, "k": 10})
    for title, name in LECTURE_MODELS.items():
        codes = models.load_pretrained(name, 1).encode(images)
        expected = clustering.scores(digits, clustering.kmeans(codes, 10), codes)
        assert view["scores"][title]["v_measure"] == pytest.approx(expected["v_measure"], abs=1e-9)


@needs_chromium
def test_the_winner_depends_on_score_and_training(pair, browser, tmp_path):
    """What the first page asks its reader to find out can be found out."""
    leaders = set()
    for training in pair.fields["training"].values:
        for score in SCORES:
            values = pair.compute({"training": training, "k": 10, "score": score})["scores"]
            leaders.add(max(values, key=lambda model: values[model][score]))
    assert leaders == {"B", "D"}
    with figure_page(browser, pair, tmp_path) as (page, errors):
        page.locator(HOST).get_by_label("Score").select_option(label="ARI")
        page.locator(HOST).get_by_role("slider", name="Clusters k").press("ArrowRight")
        scores = view_of(page)["scores"]
        ahead = max(scores, key=lambda model: scores[model]["ari"])
        expect(page.locator(f"{HOST} .words")).to_contain_text(
            f"ARI of 11 clusters, training 0: B {scores['B']['ari']:.2f}"
        )
        expect(page.locator(f"{HOST} .words")).to_contain_text(f"{ahead} is ahead")
        assert errors == []


def test_an_explorer_without_the_best_of_ten_is_refused():
    codes = np.random.default_rng(0).normal(size=(40, 2))
    explorer = ClusteringExplorer({"B": {0: codes}, "D": {0: codes}}, np.arange(40) % 10)
    with pytest.raises(ValueError, match="build it with ClusteringExplorer"):
        ClusteringPair(explorer)
