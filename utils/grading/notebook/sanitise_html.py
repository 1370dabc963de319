"""What students wrote, as other people's browsers may show it.

Formgrader renders Markdown and HTML as they are, in a page that may change every grade. So a submission's texts keep
plain formatting tags without attributes and links to the web, and its outputs what is needed for tables.
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
# A tag begins with a bracket and a letter, slash, exclamation or question mark; x < y is none.
TAG = re.compile(rf"<(?=[A-Za-z/!?])(?!/?(?:{'|'.join(FORMATTING)})\s*/?>)", re.IGNORECASE)
# What a link in Markdown leads to: the web, mail, a place in the page, a picture that comes along, a file beside it.
LINK = re.compile(r"\](?=\(|:)(?![(:]\s*<?(?:https?://|mailto:|#|attachment:|[\w./-]+[\s)>\"']))", re.IGNORECASE)
# Mathematics can carry a link too.
REFERENCE = re.compile(r"\\href", re.IGNORECASE)
BETWEEN = "\N{ZERO WIDTH SPACE}"
ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]*)")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
STYLE = re.compile(r"<(style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def harmless(notebook: NotebookNode, solution: bytes) -> None:
    """Take everything out of a notebook's cells and outputs that could act in a page that shows them.

    Args:
        notebook: a student's; changed in place.
        solution: the instructor's, whose texts stay as they are where a student left them so.
    """
    trusted = texts(solution)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                clean_output(output)
        else:
            if cell.source not in trusted:
                cell.source = clean_markdown(cell.source)
            clean_attachments(cell)


@lru_cache(maxsize=16)
def texts(solution: bytes) -> Collection[str]:
    """The text cells of the instructor's notebook."""
    notebook = nbformat.reads(solution.decode(), as_version=4)
    return frozenset(cell.source for cell in notebook.cells if cell.cell_type != "code")


def clean_markdown(text: str) -> str:
    """Markdown whose tags only format, and whose links lead nowhere but to the web."""
    return REFERENCE.sub(r"\\text", LINK.sub(f"]{BETWEEN}", TAG.sub(f"<{BETWEEN}", text)))


def clean_html(text: str) -> str:
    """HTML of formatting tags without attributes, and pictures that come along."""

    def allowed(tag: str, name: str, value: str) -> bool:
        return name == "alt" or (name == "src" and value.startswith(("data:image/png", "data:image/jpeg")))

    cleaned: str = bleach.clean(
        STYLE.sub("", text),
        tags=[*FORMATTING, "img"],
        attributes={"img": allowed, "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan"]},
        protocols=["data"],
        strip=True,
    )
    return REFERENCE.sub(r"\\text", cleaned)


def clean_output(output: NotebookNode) -> None:
    """HTML and Markdown cleaned; the rest is text and pictures."""
    data = output.get("data", {})
    for kind, clean in (("text/html", clean_html), ("text/markdown", clean_markdown), ("text/latex", clean_markdown)):
        if kind in data:
            data[kind] = clean(joined(data[kind]))
    if "text/markdown" in data:
        data["text/markdown"] = ATTACHMENT.sub("missing", data["text/markdown"])
    output.get("metadata", {}).pop("text/html", None)


def clean_attachments(cell: NotebookNode) -> None:
    """Pictures that are nothing but base64, and no reference to one that is not there: nbconvert would give up."""
    kept = {
        name: {kind: data for kind, data in bundle.items() if BASE64.fullmatch(joined(data))}
        for name, bundle in cell.pop("attachments", {}).items()
    }
    kept = {name: bundle for name, bundle in kept.items() if bundle}
    if kept:
        cell.attachments = kept
    cell.source = ATTACHMENT.sub(lambda found: found[0] if found[1] in kept else "missing", cell.source)


def joined(text: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return text if isinstance(text, str) else "".join(text)
