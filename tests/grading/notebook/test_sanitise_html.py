"""What students wrote is shown, and does not act."""

import html
import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.grading.notebook.pipeline import sanitise_notebook
from utils.grading.notebook.sanitise_html import escape_markdown, sanitise_html

EMPTY = nbformat.writes(new_notebook()).encode()
ACTING = [
    "<script>act()</script>",
    "<SCRIPT src='//elsewhere'></SCRIPT>",
    "<img src=x onerror=act()>",
    "<details open ontoggle=act()>",
    "<b onclick='act()'>press</b>",
    "<svg/onload=act()>",
    "<!--><img src=x onerror=act()>-->",
    "<iframe srcdoc='<script>act()</script>'></iframe>",
    "<a href='javascript:act()'>press</a>",
    "[press](javascript:act())",
    "<b\n onclick=act()>",
    "[press](\n<javascript:act()>)",
    "[press](&#106;avascript:act())",
    "[press]\n\n[press]: javascript:act()",
    "<javascript:act()>",
    "<style>* {display: none}</style>",
]


class Acting(HTMLParser):
    """Collects from a page what could act: tags, handlers and addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "svg", "iframe", "object", "embed", "style", "link", "base", "form"):
            self.active.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "style"):
                self.active.append(name)
            if name in ("href", "src") and not re.match(r"https?://|data:image/|#|[\w./-]+$", value or ""):
                self.active.append(f"{name}={value}")


def shown(notebook: nbformat.NotebookNode, solution: bytes = EMPTY) -> str:
    """The page of a notebook, as a browser gets it, without nbconvert's own scripts."""
    sanitise_notebook(notebook, solution)
    body: str = HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]
    return body


@pytest.mark.parametrize("source", ACTING)
@pytest.mark.parametrize("kind", ["markdown", "html", "output"])
def test_nothing_acts(source: str, kind: str) -> None:
    if kind == "markdown":
        cells = [new_markdown_cell(f"An answer. {source}")]
    else:
        mime = "text/html" if kind == "html" else "text/markdown"
        cells = [new_code_cell("1", outputs=[new_output("display_data", data={mime: source})])]
    assert Acting(shown(new_notebook(cells=cells))).active == []


@pytest.mark.parametrize("source", [source for source in ACTING if not source.startswith(("<svg", "<!--"))])
def test_the_same_would_act_if_it_were_left_alone(source: str) -> None:
    notebook = new_notebook(cells=[new_markdown_cell(source)])
    page: str = HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]
    assert Acting(page).active


def test_formatting_mathematics_and_comparisons_stay() -> None:
    source = "[A link](https://example.org) **Bold**, <details><summary>more</summary> $a<b$ and x < y</details> `a->b`"
    page = shown(new_notebook(cells=[new_markdown_cell(source)]))
    assert "<strong>Bold</strong>" in page
    assert "<details><summary>more</summary>" in page
    assert "x &lt; y" in page
    assert '<a href="https://example.org">A link</a>' in page


def test_mathematics_carries_no_link() -> None:
    cell = new_markdown_cell(r"$\href{javascript:act()}{x}$")
    assert r"\href" not in shown(new_notebook(cells=[cell]))


def test_the_instructors_texts_stay_as_they_are() -> None:
    source = "<img src='figure.png' alt='Two rings'>"
    solution = nbformat.writes(new_notebook(cells=[new_markdown_cell(source)])).encode()
    assert 'src="figure.png"' in shown(new_notebook(cells=[new_markdown_cell(source)]), solution)


def test_tables_of_pandas_stay_tables() -> None:
    html = "<div><style scoped>td {color: red}</style><table border='1'><tr><td>1</td></tr></table></div>"
    page = shown(
        new_notebook(cells=[new_code_cell("1", outputs=[new_output("display_data", data={"text/html": html})])])
    )
    assert "<table><tbody><tr><td>1</td></tr></tbody></table>" in page
    assert "color" not in page


def test_a_missing_attachment_does_not_stop_the_page() -> None:
    picture = "iVBORw0KGgo="
    cell = new_markdown_cell("![a](attachment:here.png) ![b](attachment:gone.png) ![c](attachment:bad.png)")
    cell.attachments = {"here.png": {"image/png": picture}, "bad.png": {"image/png": '"><script>act()</script>'}}
    page = shown(new_notebook(cells=[cell]))
    assert picture in page
    assert "act()" not in page


@pytest.mark.parametrize(
    "source",
    [
        "[results](results.html)",
        "[results](./results.html)",
        "[results](/formgrader/api)",
        "[results](//example.org/x)",
        "[results]\n\n[results]: results.html",
        "[results]\n\n[results]:\n  <results.html>",
        "![plot](plot.svg)",
        "[a](\tresults.html)",
        "[a](<results.html>)",
        "[a](data:text/html,x)",
    ],
)
def test_links_lead_to_the_web_only(source: str) -> None:
    page = shown(new_notebook(cells=[new_markdown_cell(source)]))
    assert not re.search(r"(?:href|src)=.?(?!https?://|#|mailto:)[\w./<]", page)


@pytest.mark.parametrize(
    "source",
    [
        "![here](https://example.org/count.png)",
        "![here][count]\n\n[count]: https://example.org/count.png",
        "![count]\n\n[count]: https://example.org/count.png",
        "![a [b] c](https://example.org/count.png)",
        "<img src='https://example.org/count.png'>",
    ],
)
@pytest.mark.parametrize("kind", ["cell", "text/markdown", "text/html"])
def test_no_picture_is_loaded_from_elsewhere(source: str, kind: str) -> None:
    cell = new_markdown_cell(source)
    if kind != "cell":
        cell = new_code_cell("1", outputs=[new_output("display_data", data={kind: source})])
    page = shown(new_notebook(cells=[cell]))
    assert not re.search(r"<img[^>]*example", page)
    if kind == "cell" and source.startswith("![here]("):
        assert '<a href="https://example.org/count.png">here</a>' in page


@pytest.mark.parametrize(
    "command",
    [
        *(r"\href{javascript:act()}{x}", r"\mmlToken{mi}[href='javascript:act()']{x}", r"\unicode[act]{65}"),
        *(r"\class{act}{x}", r"\style{act}{x}", r"\cssId{act}{x}", r"\require{html}", r"\bbox[act]{x}"),
        *(r"\data{act}{x}", r"\HREF{javascript:act()}{x}", r"\\href{javascript:act()}{x}"),
        *(r"&#92;href{act}", r"&#x5c;href{act}", r"\&#104;ref{act}", r"\h&#x72;ef{act}", "&bsol;href{act}"),
    ],
)
@pytest.mark.parametrize("kind", ["cell", "text/markdown", "text/html", "text/latex"])
@pytest.mark.sample(4)
def test_mathematics_carries_neither_links_nor_styles(command: str, kind: str) -> None:
    source = f"$ {command} $"
    cell = new_markdown_cell(source)
    if kind != "cell":
        cell = new_code_cell("1", outputs=[new_output("display_data", data={kind: source})])
    page = html.unescape(html.unescape(shown(new_notebook(cells=[cell]))))
    assert not re.search(r"\\(href|mmlToken|unicode|class|style|cssId|require|bbox|data)\b", page, re.IGNORECASE)


def test_mathematics_stays() -> None:
    source = r"$\frac{a}{b}$ $\displaystyle\hat x$ $\text{href}$ &amp; &#39;"
    page = shown(new_notebook(cells=[new_markdown_cell(source)]))
    assert r"$\frac{a}{b}$ $\displaystyle\hat x$ $\text{href}$" in page


def test_diagrams_are_text() -> None:
    page = shown(
        new_notebook(cells=[new_markdown_cell('```mermaid\ngraph TD; A-->B; click A "javascript:act()"\n```')])
    )
    assert "jp-Mermaid" not in page


def test_remarks_carry_no_mathematics() -> None:
    assert r"\href" not in html.unescape(escape_markdown(r"$\href{javascript:act()}{x}$"))


def test_style_sheets_go_wherever_they_end() -> None:
    assert sanitise_html("a<style>b</style >c<SCRIPT>d</script>e<style>f") == "acef"
    assert sanitise_html("<scr<style></style>ipt>act()</script>") in ("ipt&gt;act()", "act()")
