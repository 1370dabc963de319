"""Shared by the tests of figures: one browser per file, the file's figure, and pages that show it.

A file that tests a shipped figure names its class in `FIGURE`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.figures import figure_page
from utils.store import CACHE_VARIABLE
from utils.widgets.figure import Figure


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches what a learner has answered on this computer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def shipped(request: pytest.FixtureRequest) -> Figure:
    """The figure of the file, `FIGURE`, built once."""
    figure: Figure = request.module.FIGURE.from_shipped()
    return figure


@pytest.fixture
def explorer(shipped: Figure) -> Figure:
    """The same figure in the state in which it opens."""
    shipped.state = shipped._start
    return shipped


@pytest.fixture(scope="module")
def still(browser: Browser, shipped: Figure, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that no test moves: its figure only computes."""
    with figure_page(browser, shipped, tmp_path_factory.mktemp("page")) as (page, errors):
        yield page
        assert errors == []


@pytest.fixture
def page(browser: Browser, explorer: Figure, tmp_path) -> Iterator[Page]:
    """A page of its own, for a test that moves the figure."""
    with figure_page(browser, explorer, tmp_path) as (page, errors):
        yield page
        assert errors == []
