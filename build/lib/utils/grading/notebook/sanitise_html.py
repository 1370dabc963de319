"""Students' texts and outputs without active content.

Formgrader renders Markdown and HTML as they are, in a page that may change every grade. The texts of a submission
therefore keep only formatting tags without attributes and harmless links; its outputs also keep embedded images. A
text whose rendering would take long is shown as plain text.
"""

import re
from collections.abc import Collection
from functools import cache, lru_cache
from html import escape
from typing import Any

import bleach  # type: ignore[import-untyped]
import nbformat
from nbformat import NotebookNode

from utils.grading.notebook.bounds import TEXT_CHARACTERS, Page, TooLong, as_code_block

FORMATTING = (
    *("b", "blockquote", "br", "caption", "center", "code", "dd", "details", "div", "dl", "dt", "em", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
)
# A tag begins with a bracket and a letter, slash, exclamation or question mark; x < y is not one.
TAG = re.compile(rf"<(?=[A-Za-z/!?])(?!/?(?:{'|'.join(FORMATTING)})\s*/?>)", re.IGNORECASE)
# Allowed targets of a link in Markdown: the web, mail, a place in the page, an attachment. No file beside the notebook,
# because the student made it.
LINK = re.compile(r"\](?=\(|:)(?![(:]\s*<?(?:https?://|mailto:|#|attachment:))", re.IGNORECASE)
# A picture from elsewhere would tell its server who reads the page, and when: it becomes a link.
PICTURE = re.compile(r"!(?=\[)(?!\[[^\]\n]{0,500}\]\(\s?<?attachment:)")
# Mathematics can carry links, styles and names for scripts, and load extensions that do.
COMMAND = re.compile(
    r"\\(?:href|url|mmlToken|unicode|class|style|cssId|data|bbox|require|includegraphics|html[A-Za-z]*)(?![A-Za-z])",
    re.IGNORECASE,
)
# The page's mathematics is read after character references: a reference could hide a command or a dollar sign.
CHARACTER = re.compile(r"&(?:#(?:x([0-9a-f]{1,8})|([0-9]{1,8}));?|(bsol|dollar|lcub|lbrace|fjlig);?)", re.IGNORECASE)
# The page loads a program that draws such blocks.
DIAGRAM = re.compile(r"^([ \t>*+\-0-9.)]*(?:`{3,}|~{3,})[ \t]*)mermaid", re.IGNORECASE | re.MULTILINE)
BREAK = "\N{ZERO WIDTH SPACE}"
ATTACHMENT = re.compile(r"attachment:([^\s)\"'>]*)")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
STYLE = re.compile(r"<(style|script)\b", re.IGNORECASE)
END_OF_STYLE = {name: re.compile(rf"</{name}\s{{0,100}}>", re.IGNORECASE) for name in ("style", "script")}
PUNCTUATION, BACKSLASHED = re.compile(r"([!-/:-@\[-`{-~])"), r"\\\1"


# The steps that `pipeline.WRITING` lists


def sanitise_outputs(cell: NotebookNode, page: Page) -> None:
    """Sanitise the HTML, Markdown and LaTeX of a code cell's outputs; the rest is text and images."""
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        data = output.get("data", {})
        for kind, sanitise in SANITISERS.items():
            if kind in data:
                text = _joined(data.pop(kind))
                try:
                    with page.clock():
                        data[kind] = ATTACHMENT.sub("missing", sanitise(text))
                        if kind == "text/markdown":
                            _render(data[kind])
                except (TooLong, Exception):
                    _cleaner.cache_clear()
                    data.pop(kind, None)
                    data.setdefault("text/plain", page.text(text))
        output.get("metadata", {}).pop("text/html", None)


def sanitise_text(cell: NotebookNode, page: Page) -> None:
    """Sanitise a text cell, unless it is one of the trusted texts of the instructor."""
    if cell.cell_type == "code" or cell.source in page.trusted:
        return
    if not page.plain and len(cell.source) <= TEXT_CHARACTERS:
        try:
            with page.clock():
                text = sanitise_markdown(cell.source)
                if cell.cell_type == "markdown":
                    # A missing attachment is no reason to show the text as plain; the next step removes it.
                    _render(ATTACHMENT.sub("missing", text))
            cell.source = text
            return
        except (TooLong, Exception):
            pass
    text = _without_commands(page.text(cell.source))
    cell.source = as_code_block(text) if cell.cell_type == "markdown" else f"<pre>{escape(text)}</pre>"
    cell.pop("attachments", None)


def sanitise_attachments(cell: NotebookNode, page: Page) -> None:
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
    """Markdown with formatting tags only, with links to the web and to attachments, and without remote pictures.

    Example:
        >>> sanitise_markdown("<b>bold</b> [link](https://example.org)")
        '<b>bold</b> [link](https://example.org)'
        >>> sanitise_markdown("<script>").isascii()      # a zero-width space makes the tag plain text
        False
    """
    text = PICTURE.sub(f"!{BREAK}", LINK.sub(f"]{BREAK}", TAG.sub(f"<{BREAK}", text)))
    return _without_commands(DIAGRAM.sub(r"\1text", text))


def sanitise_html(text: str) -> str:
    """HTML of formatting tags without attributes, and of embedded images.

    Example:
        >>> sanitise_html("<b onclick='act()'>press</b><script>act()</script>")
        '<b>press</b>'
    """
    html: str = _cleaner().clean(_without_styles(text))
    return _without_commands(html)


SANITISERS = {"text/html": sanitise_html, "text/markdown": sanitise_markdown, "text/latex": sanitise_markdown}


def escape_markdown(text: str) -> str:
    """Text as Markdown that renders to the same text, without mathematics.

    Example:
        >>> print(escape_markdown("<b>"))
        \\<b\\>
    """
    return PUNCTUATION.sub(BACKSLASHED, text.replace("\\", f"\\{BREAK}"))


@cache
def _cleaner() -> Any:
    def allowed(tag: str, name: str, value: str) -> bool:
        return name == "alt" or (name == "src" and value.startswith(("data:image/png", "data:image/jpeg")))

    return bleach.Cleaner(
        tags=[*FORMATTING, "img"],
        attributes={"img": allowed, "td": ["colspan", "rowspan"], "th": ["colspan", "rowspan"]},
        protocols=["data"],
        strip=True,
    )


def _without_styles(text: str) -> str:
    """HTML without style sheets and scripts, whose content bleach would show as text. One pass over the text."""
    parts = []
    begin = place = 0
    ends = dict(END_OF_STYLE)
    while ends and (start := STYLE.search(text, place)):
        name = start[1].lower()
        end = ends[name].search(text, start.end()) if name in ends else None
        if end is None:
            ends.pop(name, None)  # there is no further end of this kind
            place = start.end()
            continue
        parts.append(text[begin : start.start()])
        begin = place = end.end()
    return "".join([*parts, text[begin:]])


def _without_commands(text: str) -> str:
    """Text whose mathematics has no links, styles or extensions, not even in character references."""
    return COMMAND.sub(r"\\text", CHARACTER.sub(_harmless_character, text))


def _harmless_character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal or 0)
    letter = code < 128 and (chr(code).isalpha() or chr(code) in "\\${}")
    return BREAK if name or letter else match[0]


def _render(text: str) -> None:
    """Render Markdown as the pages of nbgrader do; only the time that it takes matters."""
    from nbconvert.filters import strip_files_prefix
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    strip_files_prefix(markdown2html_mistune(text))


def _joined(text: str | list[str]) -> str:
    """A notebook's text, which may be stored as a list of lines."""
    return text if isinstance(text, str) else "".join(text)
