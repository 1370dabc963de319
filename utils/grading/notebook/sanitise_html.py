"""Students' texts and outputs without active content.

Formgrader renders Markdown and HTML as they are, in a page that may change every grade. The texts of a submission
therefore keep only formatting tags without attributes and harmless links; its outputs also keep embedded images.
"""

import re
from collections.abc import Collection
from functools import lru_cache

import bleach  # type: ignore[import-untyped]
import nbformat
from nbformat import NotebookNode

FORMATTING = (
    *("b", "blockquote", "br", "caption", "center", "code", "dd", "details", "div", "dl", "dt", "em", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
)
# A tag begins with a bracket and a letter, slash, exclamation or question mark; x < y is not one.
TAG = re.compile(rf"<(?=[A-Za-z/!?])(?!/?(?:{'|'.join(FORMATTING)})\s*/?>)", re.IGNORECASE)
# Allowed targets of a link in Markdown: the web, mail, a place in the page, an attachment, a file beside the notebook.
LINK = re.compile(r"\](?=\(|:)(?![(:]\s*<?(?:https?://|mailto:|#|attachment:|[\w./-]+[\s)>\"']))", re.IGNORECASE)
# Mathematics can carry a link too.
REFERENCE = re.compile(r"\\href", re.IGNORECASE)
BREAK = "\N{ZERO WIDTH SPACE}"
ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]*)")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
STYLE = re.compile(r"<(style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
PUNCTUATION, BACKSLASHED = re.compile(r"([!-/:-@\[-`{-~])"), r"\\\1"


# The steps that `pipeline.WRITING` lists


def sanitise_outputs(cell: NotebookNode, trusted: Collection[str]) -> None:
    """Sanitise the HTML, Markdown and LaTeX of a code cell's outputs; the rest is text and images."""
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        data = output.get("data", {})
        for kind, sanitise in SANITISERS.items():
            if kind in data:
                data[kind] = sanitise(_joined(data[kind]))
        if "text/markdown" in data:
            data["text/markdown"] = ATTACHMENT.sub("missing", data["text/markdown"])
        output.get("metadata", {}).pop("text/html", None)


def sanitise_text(cell: NotebookNode, trusted: Collection[str]) -> None:
    """Sanitise a text cell, unless it is one of the `trusted` texts of the instructor."""
    if cell.cell_type != "code" and cell.source not in trusted:
        cell.source = sanitise_markdown(cell.source)


def sanitise_attachments(cell: NotebookNode, trusted: Collection[str]) -> None:
    """Keep images in valid base64, and remove references to missing ones, on which nbconvert would fail."""
    if cell.cell_type == "code":
        return
    attachments = {
        name: {kind: data for kind, data in bundle.items() if BASE64.fullmatch(_joined(data))}
        for name, bundle in cell.pop("attachments", {}).items()
    }
    attachments = {name: bundle for name, bundle in attachments.items() if bundle}
    if attachments:
        cell.attachments = attachments
    cell.source = ATTACHMENT.sub(lambda match: match[0] if match[1] in attachments else "missing", cell.source)


# The functions that these steps use


@lru_cache(maxsize=16)
def texts_of(solution: bytes) -> Collection[str]:
    """The text cells of the instructor's notebook."""
    notebook = nbformat.reads(solution.decode(), as_version=4)
    return frozenset(cell.source for cell in notebook.cells if cell.cell_type != "code")


def sanitise_markdown(text: str) -> str:
    """Markdown with formatting tags only, and with links to the web, to attachments and within the notebook's folder.

    Example:
        >>> sanitise_markdown("<b>bold</b> [link](https://example.org)")
        '<b>bold</b> [link](https://example.org)'
        >>> sanitise_markdown("<script>").isascii()      # a zero-width space makes the tag plain text
        False
    """
    return REFERENCE.sub(r"\\text", LINK.sub(f"]{BREAK}", TAG.sub(f"<{BREAK}", text)))


def sanitise_html(text: str) -> str:
    """HTML of formatting tags without attributes, and of embedded images.

    Example:
        >>> sanitise_html("<b onclick='act()'>press</b><script>act()</script>")
        '<b>press</b>'
    """

    def allowed(tag: str, name: str, value: str) -> bool:
        return name == "alt" or (name == "src" and value.startswith(("data:image/png", "data:image/jpeg")))

    html: str = bleach.clean(
        STYLE.sub("", text),
        tags=[*FORMATTING, "img"],
        attributes={"img": allowed, "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan"]},
        protocols=["data"],
        strip=True,
    )
    return REFERENCE.sub(r"\\text", html)


SANITISERS = {"text/html": sanitise_html, "text/markdown": sanitise_markdown, "text/latex": sanitise_markdown}


def escape_markdown(text: str) -> str:
    """Text as Markdown that renders to the same text.

    Example:
        >>> print(escape_markdown("<b>"))
        \\<b\\>
    """
    return PUNCTUATION.sub(BACKSLASHED, text)


def _joined(text: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return text if isinstance(text, str) else "".join(text)
