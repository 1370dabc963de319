"""Bounds on a page that shows a student's notebook: how much of it is shown, and how long a text may take to render.

Formgrader renders the autograded notebook on the instructor's Jupyter server without a clock. Therefore every text of
a student is rendered here first, with the same filter. One that is too long or takes too long is shown as plain text.
"""

import re
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from nbformat import NotebookNode

TEXT_CHARACTERS = 100_000  # of a text that is rendered as Markdown
HTML_CHARACTERS = 100_000  # of an output that is rendered as HTML
CODE_CHARACTERS = 100_000  # of all cells of code; highlighting them takes seconds
OUTPUT_CHARACTERS = 2_000_000  # of all texts in outputs
PLAIN_CHARACTERS = 50_000  # shown of a text that is too long
LINE = 200  # characters of a line of such a text
LINE_OF_CODE = 1_000  # longer ones are broken: highlighting `a.a.a…` takes quadratic time per line
COLOUR_CHANGES = 2_000  # in one printed text
OWN_CELLS = 1_000  # that the student added
SECONDS_PER_TEXT = 2.0
SECONDS_PER_PAGE = 6.0

ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


class TooLong(BaseException):
    """A text took too long. Not an `Exception`, so that no library mistakes it for one of its own."""


@dataclass
class Page:
    """What remains for the rest of a page.

    Attributes:
        trusted: the instructor's texts, which are left as they are.
        plain: every text of the student is shown as plain text.
        shortened: whether something was shown as plain text, or not wholly.
    """

    trusted: Collection[str] = ()
    plain: bool = False
    seconds: float = SECONDS_PER_PAGE
    code: int = CODE_CHARACTERS
    output: int = OUTPUT_CHARACTERS
    shortened: bool = field(default=False, init=False)

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Limit the processor time of the block.

        Raises:
            TooLong: the text has used its time, or the page has.
        """
        if self.seconds <= 0:
            raise TooLong
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread gets signals; the process as a whole is limited by its parent
            return
        limit = min(self.seconds, SECONDS_PER_TEXT)
        before = signal.signal(signal.SIGVTALRM, _raise_too_long)
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        try:
            yield
        finally:
            self.seconds -= limit - signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0]
            signal.signal(signal.SIGVTALRM, before)

    def text(self, text: str) -> str:
        """A text that is shown as it is: its first part, if it is long."""
        self.shortened = True
        rest = len(text) - PLAIN_CHARACTERS
        return text if rest <= 0 else f"{text[:PLAIN_CHARACTERS]}\n… ({rest} more characters were handed in)"


def _raise_too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong


def as_code_block(text: str) -> str:
    """A text as Markdown that shows it as it is: an indented block, inside which nothing has a meaning.

    Example:
        >>> as_code_block("*a*")
        '    *a*'
    """
    # Long lines are broken: one of nbconvert's filters takes quadratic time per line.
    pieces = (line[place : place + LINE] for line in text.splitlines() for place in range(0, len(line) or 1, LINE))
    return "\n".join(f"    {piece}" for piece in pieces)


def shorten_code(cell: NotebookNode, page: Page) -> None:
    """Show no more code than a page may have, in lines of bounded length."""
    if cell.cell_type != "code":
        return
    if len(cell.source) > page.code:
        page.shortened = True
        rest = len(cell.source) - page.code
        cell.source = f"{cell.source[: page.code]}\n# … ({rest} more characters were handed in)"
        page.code = 0
    page.code -= min(len(cell.source), page.code)
    cell.source = re.sub(rf"([^\n]{{{LINE_OF_CODE}}})(?=[^\n])", r"\1\n", cell.source)


def shorten_outputs(cell: NotebookNode, page: Page) -> None:
    """Show no more printed text than a page may have, and long HTML or Markdown as text."""
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        if output.output_type == "stream":
            output.text = _printed(_joined(output.text), page)
        elif output.output_type == "error":
            output.traceback = [_printed(_joined(line), page) for line in output.traceback]
        else:
            _shorten_data(output.data, page)


def _shorten_data(data: dict[str, Any], page: Page) -> None:
    for kind, most in (
        ("text/html", HTML_CHARACTERS),
        ("text/markdown", TEXT_CHARACTERS),
        ("text/latex", TEXT_CHARACTERS),
    ):
        if kind in data and (page.plain or len(_joined(data[kind])) > most):
            text = page.text(_joined(data.pop(kind)))
            data.setdefault("text/plain", text)
    for kind in [kind for kind in data if kind.startswith("text/")]:
        data[kind] = _printed(_joined(data[kind]), page)
    for kind in [kind for kind in data if not kind.startswith(("text/", "image/"))]:
        if len(str(data[kind])) > page.output:
            del data[kind]
            page.shortened = True


def _printed(text: str, page: Page) -> str:
    """A printed text within the page's bounds, without colours if it changes them thousands of times."""
    if text.count("\x1b") > COLOUR_CHANGES:
        text = ESCAPE_SEQUENCE.sub("", text).replace("\x1b", "")
    if len(text) > page.output:
        rest = len(text) - page.output
        text = f"{text[: page.output]}\n… ({rest} more characters were printed)"
        page.shortened = True
    page.output -= min(len(text), page.output)
    return text


def drop_cells(notebook: NotebookNode, page: Page) -> None:
    """Leave out cells that the student added beyond the number that a page shows."""
    own = [cell for cell in notebook.cells if "nbgrader" not in cell.metadata]
    if len(own) <= OWN_CELLS:
        return
    page.shortened = True
    dropped = {id(cell) for cell in own[OWN_CELLS:]}
    notebook.cells = [cell for cell in notebook.cells if id(cell) not in dropped]


def _joined(text: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return text if isinstance(text, str) else "".join(text)
