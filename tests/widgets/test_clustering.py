"""Topic 01's interactive figure: its arithmetic against scikit-learn, and its behaviour in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.support.browser import chromium, needs_chromium
from tests.support.figures import assert_agreement, compute_in_page, figure_page
from utils.widgets import ClusteringExplorer
from utils.widgets.clustering import END, SCORES


@pytest.fixture(scope="module")
def explorer() -> ClusteringExplorer:
    return ClusteringExplorer.from_shipped()


@pytest.fixture(scope="module")
def page(explorer, tmp_path_factory) -> Iterator[Page]:
    with chromium() as browser, figure_page(browser, explorer, tmp_path_factory.mktemp("page")) as (page, errors):
        yield page
        assert errors == []


def random_states(explorer, rng, count, **fixed):
    def draw(name):
        field = explorer.fields[name]
        return field.values[rng.integers(len(field.values))]

    for _ in range(count):
        state = {name: draw(name) for name in ("model", "training", "start", "scale")}
        yield {**state, "k": int(rng.integers(2, 31)), **fixed}


@needs_chromium
def test_the_module_computes_what_scikit_learn_computes(explorer, page):
    states = list(random_states(explorer, np.random.default_rng(0), 120))
    assert_agreement(page, explorer, states, ("labels", "clusters", "table", "scores", "step", "last"))


@needs_chromium
def test_each_step_of_k_means_is_scikit_learns(explorer, page):
    rng = np.random.default_rng(1)
    states = [{**state, "step": int(rng.integers(0, 12))} for state in random_states(explorer, rng, 40)]
    assert_agreement(page, explorer, states, ("labels", "clusters", "table", "scores", "step", "last"))
    for state, view in zip(states, compute_in_page(page, explorer, states), strict=True):
        centres = np.column_stack([view["cx"], view["cy"]])
        np.testing.assert_allclose(centres, explorer.compute({**explorer.state, **state})["centres"], atol=1e-9)


@needs_chromium
def test_edited_clusters_agree(explorer, page):
    rng = np.random.default_rng(2)
    states = []
    for state in random_states(explorer, rng, 40, step=END):
        edits = []
        for _ in range(rng.integers(1, 5)):
            clusters = explorer.compute({**explorer.state, **state, "edits": edits})["clusters"]
            kind = rng.integers(3)
            if kind == 0 and len(clusters) > 1:
                edits.append([int(c) for c in rng.choice(clusters, 2, replace=False)])
            elif kind == 1:
                sizes = {
                    c: sum(column)
                    for c, column in zip(
                        clusters, explorer.compute({**explorer.state, **state, "edits": edits})["table"], strict=True
                    )
                }
                edits.append([max(sizes, key=sizes.get)])
            else:
                edits.append([])
        states.append({**state, "edits": edits})
    assert_agreement(page, explorer, states, ("labels", "clusters", "table", "scores"))


def test_the_scores_are_those_of_the_course(explorer):
    assert set(explorer.view["scores"]) == set(SCORES)
