"""Whatever a student wrote, the page that shows it renders in a few seconds, on a server without a clock too."""

import time

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from tests.support import notebooks as nb
from utils.grading import Graded
from utils.grading.notebook.bounds import (
    HTML_CHARACTERS,
    LINE_OF_CODE,
    OWN_CELLS,
    SECONDS_PER_PAGE,
    SECONDS_PER_TEXT,
    TEXT_CHARACTERS,
    Page,
    TooLong,
    as_code_block,
    drop_cells,
    shorten_code,
    shorten_outputs,
)
from utils.grading.notebook.pipeline import SHORTENED, publish, sanitise_notebook

SOLUTION = nb.to_bytes(nb.notebook(nb.answer("a", "1"), nb.check("test", "assert True")))
EXPORTER = HTMLExporter(template_name="basic")


def html(text: str) -> nbformat.NotebookNode:
    """A cell that shows HTML."""
    return new_code_cell("1", outputs=[new_output("display_data", data={"text/html": text})])


def printed(text: str) -> nbformat.NotebookNode:
    """A cell that prints."""
    return new_code_cell("1", outputs=[new_output("stream", name="stdout", text=text)])


def seconds(cells: list[nbformat.NotebookNode]) -> tuple[float, float, str]:
    """Processor time to clean a notebook and to render it, and its page."""
    handed_in = nb.to_bytes(new_notebook(cells=cells))
    start = time.process_time()
    cleaned = publish(Graded((), handed_in), SOLUTION, "")
    between = time.process_time()
    page: str = EXPORTER.from_notebook_node(nbformat.reads(cleaned.decode(), as_version=4))[0]
    return between - start, time.process_time() - between, page


SLOW = {
    "environments": [new_markdown_cell(r"\begin{a}" * 8000)],
    "parentheses": [new_markdown_cell(r"\\(" * 20000)],
    "brackets": [new_markdown_cell("[" * 100_000)],
    "headings": [new_markdown_cell("# a\n" * 24000)],
    "unclosed divs": [html("<div>" * 15000)],
    "nested lists": [html("<ul><li>" * 10000)],
    "long Markdown": [new_markdown_cell(r"\begin{a}" * 100_000)],
}


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.sample(3)
def test_what_takes_long_becomes_plain_text(name: str) -> None:
    cleaning, rendering, page = seconds(SLOW[name])
    assert cleaning < SECONDS_PER_TEXT + 20
    assert rendering < 5
    assert SHORTENED[:30] in page or cleaning < SECONDS_PER_TEXT  # a fast processor ends in time


@pytest.mark.slow
def test_many_slow_texts_share_one_clock() -> None:
    cleaning, rendering, _ = seconds([new_markdown_cell(r"\begin{a}" * 3000) for _ in range(30)])
    assert cleaning < SECONDS_PER_PAGE + 20
    assert rendering < SECONDS_PER_PAGE + 5


def test_style_sheets_take_linear_time() -> None:
    page = Page()
    cell = html("<style>" * (HTML_CHARACTERS // 7))
    start = time.process_time()
    shorten_outputs(cell, page)
    assert time.process_time() - start < 1
    sanitised, _, _ = seconds([html("<style>" * 10000)])
    assert sanitised < SECONDS_PER_TEXT + 20


def test_cells_beyond_a_thousand_are_left_out_and_those_of_the_assignment_stay() -> None:
    notebook = new_notebook(cells=[new_raw_cell("") for _ in range(3 * OWN_CELLS)] + [nb.check("test", "1")])
    page = Page()
    drop_cells(notebook, page)
    assert len(notebook.cells) == OWN_CELLS + 1
    assert page.shortened
    assert notebook.cells[-1].metadata.nbgrader.grade_id == "test"


def test_long_code_and_long_outputs_are_cut() -> None:
    page = Page(code=100, output=100)
    cells = [new_code_cell("x" * 80, outputs=printed("y" * 80).outputs) for _ in range(2)]
    for cell in cells:
        shorten_code(cell, page)
        shorten_outputs(cell, page)
    assert cells[0].source == "x" * 80
    assert cells[1].source == "x" * 20 + "\n# … (60 more characters were handed in)"
    assert cells[1].outputs[0].text == "y" * 20 + "\n… (60 more characters were printed)"


def test_long_lines_of_code_are_broken() -> None:
    """`a.a.a…` takes Pygments a time that grows with the square of the line: 100,000 characters took two minutes."""
    cell = new_code_cell("x = 1\n" + "a" + ".a" * 20_000 + "\ny = 2")
    shorten_code(cell, Page())
    assert max(map(len, cell.source.split("\n"))) <= LINE_OF_CODE
    assert cell.source.replace("\n", "") == "x = 1" + "a" + ".a" * 20_000 + "y = 2"
    short = "y = 2\n" + "b" * LINE_OF_CODE + "\n"
    cell = new_code_cell(short)
    shorten_code(cell, Page())
    assert cell.source == short


def test_thousands_of_colours_are_dropped_and_a_few_stay() -> None:
    few, many = printed("\x1b[31mred"), printed("\x1b[31mred" * 10_000)
    for cell in (few, many):
        shorten_outputs(cell, Page())
    assert few.outputs[0].text == "\x1b[31mred"
    assert many.outputs[0].text == "red" * 10_000


def test_long_html_is_shown_as_text() -> None:
    cell = html("<b>" * HTML_CHARACTERS)
    shorten_outputs(cell, Page())
    assert list(cell.outputs[0].data) == ["text/plain"]


def test_plain_text_is_shown_as_it_is() -> None:
    text = "*a* <b> $x$ [b](c)\n\n# d\n```\n" + "\\begin{a}\n" * (TEXT_CHARACTERS // 10)
    notebook = new_notebook(cells=[new_markdown_cell(text), new_raw_cell("<b>" * TEXT_CHARACTERS)])
    assert sanitise_notebook(notebook, SOLUTION) == [SHORTENED]
    page: str = EXPORTER.from_notebook_node(notebook)[0]
    assert "*a* &lt;b&gt; $x$ [b](c)" in page
    assert "more characters were handed in" in page
    assert "&lt;b&gt;&lt;b&gt;" in page


def test_a_page_can_be_all_plain() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("*a*"), html("<b>c</b>")])
    sanitise_notebook(notebook, SOLUTION, plain=True)
    assert notebook.cells[0].source == as_code_block("*a*")
    assert notebook.cells[1].outputs[0].data == {"text/plain": "<b>c</b>"}


def test_honest_notebooks_are_left_alone_and_cost_little() -> None:
    text = "## My answer\n\nThe *mean* is $\\frac{1}{n}\\sum x_i$, see [here](https://example.org).\n\n- one\n- two"
    cells = [new_markdown_cell(text) for _ in range(10)] + [printed("done\n" * 100) for _ in range(20)]
    seconds(cells)  # imports
    cleaning, _, page = seconds(cells)
    assert cleaning < 2  # a hostile one takes many seconds
    assert SHORTENED[:30] not in page


def test_the_clock_ends_a_text_and_the_page() -> None:
    page = Page(seconds=0.2)

    def count() -> None:
        with page.clock():
            while True:
                pass

    with pytest.raises(TooLong):
        count()
    assert page.seconds < 0.05
    page.seconds = 0.0
    with pytest.raises(TooLong), page.clock():
        pass
