"""The feedback page as HTML: exercises with their points first, what was lost and why, everything right folded away.

One file, which loads nothing and runs nothing: formulas are MathML, pictures are part of it, and a policy in its head
forbids scripts and other hosts, whatever a notebook holds.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import tostring

from latex2mathml.converter import convert_to_element
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from utils.grading.feedback import exercises

TEMPLATES: Final = Path(__file__).parent / "templates"
TEMPLATE: Final = "feedback_page"
_HEADING = re.compile(r"^<h(?:\d)>(.*)</h\d>\s*$", re.DOTALL)
# Characters that the library writes by their numbers.
_CHARACTER = re.compile(r"&amp;(#x[0-9A-Fa-f]+;)")
# Exercises have headings of level 2; in notebooks this is the level of the text's own.
_DEEPER: Final = 1
# The library's time grows with the square of a formula's length. Nobody typed a longer one, or a page with more.
_FORMULA_CHARACTERS: Final = 2_000
_PAGE_CHARACTERS: Final = 30_000


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter for a graded notebook that has the scores in its cells (nbgrader's `GetGrades`)."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._formulas = Formulas()
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """What the template uses beside nbconvert's own filters."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield from {
            "exercises": exercises.exercises,
            "page_title": exercises.title,
            "remarks": exercises.remarks,
            "points": exercises.number,
            "text_of": lambda cell: markdown(cell.source, cell.get("attachments"), self._formulas),
            "markdown": lambda source: markdown(source, formulas=self._formulas),
            "focusable": focusable,
            "with_code": with_code,
            "inline": lambda source: inline(source, self._formulas),
            "base64": lambda text: b64encode(text.encode()).decode(),
        }.items()

    def from_notebook_node(self, *arguments: Any, **options: Any) -> Any:
        """As in nbconvert, for one page."""
        self._formulas.left = _PAGE_CHARACTERS
        return super().from_notebook_node(*arguments, **options)

    def _init_resources(self, resources: Any) -> Any:
        resources = super()._init_resources(resources)  # type: ignore[no-untyped-call]
        resources["code_style"] = {
            "light": HtmlFormatter(style="default").get_style_defs(".highlight"),
            "dark": HtmlFormatter(style="github-dark").get_style_defs(".highlight"),
        }
        return resources


@dataclass
class Formulas:
    """How many characters of formulas are still converted on a page."""

    left: int = _PAGE_CHARACTERS


def markdown(
    source: str, attachments: dict[str, dict[str, str]] | None = None, formulas: Formulas | None = None
) -> str:
    """Markdown as HTML, with formulas as MathML and headings below the page's own.

    Args:
        source: in the Markdown of notebooks.
        attachments: of the cell.
        formulas: of the page; what exceeds it is shown as it was typed.
    """
    renderer = _Renderer(escape=False, exclude_anchor_links=True, attachments=attachments or {})
    renderer.formulas = formulas or Formulas()
    html: str = MarkdownWithMath(renderer=renderer).render(source)
    return focusable(html)


def focusable(html: str) -> str:
    """HTML whose blocks of code can be scrolled by keyboard."""
    return html.replace("<pre>", '<pre tabindex="0">')


def inline(source: str, formulas: Formulas | None = None) -> str:
    """One line of Markdown as HTML without a paragraph.

    Example:
        >>> inline("Exercise 1 · *Entropy*")
        'Exercise 1 · <em>Entropy</em>'
    """
    # As a heading, no line is a list or another block. Pictures of a heading's cell are left out.
    html = markdown("# " + re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", source), formulas=formulas)
    match = _HEADING.match(html)
    return match[1] if match else escape(source)


def with_code(sentence: str) -> str:
    """A sentence as HTML, in which only backquotes have a meaning.

    Example:
        >>> with_code("Uses `a < b` for <.")
        'Uses <code>a &lt; b</code> for &lt;.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(sentence))


class _Renderer(IPythonRenderer):
    formulas: Formulas

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        depth = min(level + _DEEPER, 6)
        return f"<h{depth}>{text}</h{depth}>\n"

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline", self.formulas)

    def block_math(self, body: str) -> str:
        return _mathml(body, "block", self.formulas)

    def latex_environment(self, name: str, body: str) -> str:
        return _mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block", self.formulas)


def _mathml(formula: str, display: str, formulas: Formulas) -> str:
    as_typed = f"<code>{escape(formula)}</code>"
    if len(formula) > min(_FORMULA_CHARACTERS, formulas.left):
        return as_typed
    formulas.left -= len(formula)
    try:
        element = convert_to_element(formula.strip(), display=display)
    # The library raises errors of many kinds. A formula that it does not know is shown as it was typed.
    except Exception:
        return as_typed
    # Not the library's own text, in which what stands in \\text{} is markup.
    return _CHARACTER.sub(r"&\1", tostring(element, encoding="unicode"))
