"""axe-core finds nothing to object to in figures and questions: in JupyterLab and in a page, light and dark."""

from __future__ import annotations

from functools import cache

import nbformat
import pytest
from playwright.sync_api import expect

from tests.support import ROOT
from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.counter import Counter
from tests.support.figures import HOST, unfold, write_page
from tests.widgets.test_quiz import QUESTION, questions
from utils import widgets
from utils.widgets.figure import Figure

pytestmark = pytest.mark.usefixtures("own_cache")

FIGURES = [name for name in widgets.__all__ if issubclass(getattr(widgets, name), Figure)]

ANSWER_ALL = """() => {
    for (const host of document.querySelectorAll('.which-is-better-question')) {
        const root = host.shadowRoot;
        root.querySelector('input[type=radio]')?.click();
        const box = root.querySelector('input[type=text]');
        if (box) { box.value = '0.3'; box.dispatchEvent(new Event('input')); }
        root.querySelector('.handle')?.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft'}));
        root.querySelector('button.plain:not([hidden])')?.click();
        [...root.querySelectorAll('button')].find((b) => b.textContent === 'Commit my answer')?.click();
        root.querySelectorAll('details').forEach((details) => { details.open = true; });
    }
}"""


@cache
def shipped(name: str) -> Figure:
    """The figure in its opening state, built once."""
    return Counter() if name == "Counter" else getattr(widgets, name).from_shipped()


@needs_chromium
@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1400, "light"),
        pytest.param(390, "dark", marks=pytest.mark.slow),
        pytest.param(1400, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", ["Counter", *FIGURES])
@pytest.mark.sample(6)
def test_a_figure_in_a_page(browser, tmp_path, name, width, theme):
    figure = shipped(name)
    context = browser.new_context(viewport={"width": width, "height": 1000}, offline=True)
    page = context.new_page()
    page.goto(write_page(tmp_path, figure, theme=theme).as_uri())
    expect(page.locator(f"{HOST} .words")).not_to_be_empty(timeout=30_000)
    page.screenshot(path=artefact(f"{name}_{width}_{theme}.png"), full_page=True)
    unfold(page)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 390])
@pytest.mark.sample(4)
def test_questions_in_a_page(browser, tmp_path, width, theme):
    context = browser.new_context(viewport={"width": width, "height": 1000}, offline=True)
    page = context.new_page()
    page.goto(write_page(tmp_path, *questions().values(), theme=theme).as_uri())
    expect(page.get_by_role("region", name="Your answers")).to_be_visible()
    assert_accessible(page)
    page.evaluate(ANSWER_ALL)
    expect(page.get_by_text("Lecture 01: 4 questions answered")).to_be_visible()
    assert_accessible(page)
    page.screenshot(path=artefact(f"quiz_{width}_{theme}.png"), full_page=True)
    context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_and_questions_in_jupyterlab(browser, tmp_path, theme):
    cells = [
        "import ipywidgets\nfrom IPython.display import display\nfrom tests.widgets.test_quiz import questions\n"
        "ipywidgets.VBox(list(questions().values()))",
        "from tests.support.counter import Counter\nCounter()",
        *(f"from utils.widgets import {name}\n{name}.from_shipped()" for name in FIGURES),
    ]
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, tmp_path / "all.ipynb")
    environment = {"PYTHONPATH": str(ROOT)}
    with (
        jupyterlab(tmp_path, environment=environment, theme=theme) as lab,
        open_notebook(browser, lab, "all.ipynb", width=1400, height=1200) as notebook,
    ):
        notebook.run_cell("VBox")
        expect(notebook.page.locator(QUESTION)).to_have_count(7, timeout=60_000)
        assert_accessible(notebook.page, QUESTION)
        notebook.page.evaluate(ANSWER_ALL)
        assert_accessible(notebook.page, QUESTION)
        for containing in ("Counter()", *(f"{name}.from_shipped" for name in FIGURES)):
            figure = notebook.run_cell(containing).locator(HOST)
            expect(figure.locator(".words")).not_to_be_empty(timeout=90_000)
            expect(figure.locator(".root")).to_have_attribute("data-theme", theme)
        unfold(notebook.page)
        assert_accessible(notebook.page, HOST)
        notebook.page.locator(HOST).last.screenshot(path=artefact(f"figure_in_lab_{theme}.png"))
        assert notebook.errors == []
