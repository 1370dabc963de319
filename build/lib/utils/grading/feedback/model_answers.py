"""A page for a learner who has solved an exercise: the own answer, the instructor's, and another right one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Template
from markupsafe import Markup
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from utils.grading.feedback.exporter import inline
from utils.grading.feedback.page_templates import environment, page_style


@dataclass(frozen=True)
class Answer:
    """The answers to one solution cell.

    Attributes:
        exercise: its title, in Markdown.
        cell: its name.
        own: the learner's source.
        model: the instructor's source.
        sentence: what the second way does; empty if there is none.
        second: another right source.
    """

    exercise: str
    cell: str
    own: str
    model: str
    sentence: str = ""
    second: str = ""


def page(answers: Sequence[Answer]) -> str:
    """The answers as a page: one file that loads nothing and runs nothing."""
    style = page_style()
    exercises: dict[str, list[Answer]] = {}
    for answer in answers:
        exercises.setdefault(answer.exercise, []).append(answer)
    return _template().render(exercises=exercises, style=Markup(style))


@cache
def _template() -> Template:
    templates = environment()
    templates.filters["inline"] = lambda text: Markup(inline(text))
    templates.filters["code"] = _code
    templates.globals["code_style"] = {
        scheme: Markup(HtmlFormatter(style=name).get_style_defs(".highlight"))
        for scheme, name in (("light", "default"), ("dark", "github-dark"))
    }
    return templates.get_template("model_answers/index.html.j2")


def _code(source: str) -> Markup:
    html = io.StringIO()
    HtmlFormatter().format(PythonLexer().get_tokens(source), html)
    return Markup(html.getvalue().replace("<pre>", '<pre tabindex="0">'))
