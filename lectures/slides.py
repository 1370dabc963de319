"""Turns the site's lectures into slides: ``make slides``, or ``python lectures/publish.py --slides FOLDER``.

A slide shows what a lecturer points at: the question of a section, its formulas, a figure, a quiz, a table. What a
lecturer says is in the notes of the slide (key S): the lecture's own prose, and the section of the instructor's guide
where there is one. The decks are reveal.js, out of the package sphinx-revealjs that carries it; nothing is fetched.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

HERE = Path(__file__).parent
LETTERS = 650
"""As much text as a slide shows."""

SECTION = re.compile(r"^### (?P<heading>.+?) · (?P<minutes>\d+) minutes?$", re.MULTILINE)
"""A section of an instructor's guide; the heading is one of the lecture's."""

REVEAL = ("dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js")
SHOWN = ".formula, blockquote, table"
DECK = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} (slides)</title>
<link rel="icon" href="assets/icon.svg">
<link rel="stylesheet" href="assets/reveal.css">
<link rel="stylesheet" href="assets/pygments.css">
<link rel="stylesheet" href="assets/slides.css">
</head>
<body>
<main class="reveal"><div class="slides">
{slides}
</div></main>
<script src="assets/reveal.js"></script>
<script src="assets/notes.js"></script>
<script src="assets/slides.js"></script>
</body>
</html>
"""


@dataclass
class Slide:
    """One slide: its heading, its content and its notes, as HTML."""

    heading: str
    content: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    level: int = 2

    def __str__(self) -> str:
        notes = f'\n<aside class="notes">{"".join(self.notes)}</aside>' if self.notes else ""
        title = f"<h{self.level}>{self.heading}</h{self.level}>"
        return f'<section>{title}\n<div class="content">{"".join(self.content)}</div>{notes}\n</section>'


def write_decks(site: Path, guides: Path, folder: Path) -> list[Path]:
    """Write one deck per lecture of a site into a folder, which needs nothing else to be shown.

    Args:
        site: the folder of the pages.
        guides: has the instructor's guides, ``NN_word/guide.md``; a lecture without one gets its prose as notes.
        folder: receives the decks, and what they need in ``assets/``.

    Returns:
        The decks.
    """
    assets = folder / "assets"
    shutil.rmtree(assets, ignore_errors=True)
    assets.mkdir(parents=True)
    reveal = files("sphinx_revealjs") / "_static" / "revealjs"
    for name in REVEAL:
        (assets / Path(name).name).write_bytes((reveal / name).read_bytes())
    for name in ("formulas.woff", "pygments.css", "icon.svg"):
        shutil.copy(site / "_static" / name, assets)
    for name in ("slides.css", "slides.js"):
        shutil.copy(HERE / "static" / name, assets)
    decks = []
    for page in sorted((site / "lectures").glob("*.html")):
        article = BeautifulSoup(page.read_text("utf-8"), "html.parser").select_one("article")
        assert article is not None, f"{page} has no article"
        _detach(article, page, assets)
        guide = guides / page.stem / "guide.md"
        slides = slides_of(article, sections_of(guide.read_text("utf-8")) if guide.is_file() else {})
        deck = folder / page.name
        body = "\n".join(map(str, slides))
        deck.write_text(DECK.format(title=html.escape(page.stem), slides=body), encoding="utf-8")
        decks.append(deck)
    return decks


def sections_of(guide: str) -> dict[str, str]:
    """What an instructor's guide says about each section of its lecture: heading -> HTML.

    Example:
        >>> sections_of("# Guide\\n\\n### The picture · 5 minutes\\n\\nAsk first.\\n\\n## Hand out\\n\\nNothing.")
        {'The picture': '<p><strong>5 minutes.</strong></p><p>Ask first.</p>\\n'}
    """
    sections = {}
    for match in SECTION.finditer(guide):
        text = re.split(r"^##", guide[match.end() :], maxsplit=1, flags=re.MULTILINE)[0]
        minutes = f"<p><strong>{match['minutes']} minutes.</strong></p>"
        sections[match["heading"]] = minutes + MarkdownIt().render(text.strip())
    return sections


def slides_of(article: Tag, notes: dict[str, str]) -> list[Slide]:
    """The slides of a lecture.

    Args:
        article: of the lecture's page; it is taken apart.
        notes: HTML for the notes of the slide on which a section begins, by the section's heading.
    """
    slides: list[Slide] = []
    for section in article.select("section"):
        heading = section.find(["h1", "h2", "h3", "h4"], recursive=False)
        if not isinstance(heading, Tag):
            continue
        own = [child for child in section.children if isinstance(child, Tag) and child.name != "section"]
        words = heading.get_text().strip().replace("’", "'")  # Sphinx has set the apostrophe
        slides += _section(heading, own[own.index(heading) + 1 :], notes.get(words, ""))
    return slides


def _section(heading: Tag, blocks: Sequence[Tag], notes: str) -> list[Slide]:
    title = heading.decode_contents().strip()
    is_first = heading.name == "h1"
    slides = [Slide(title, notes=[notes] if notes else [], level=1 if is_first else 2)]
    run: list[Tag] = []
    for block in blocks:
        if "cell" in block.get("class", []):
            slides += _text(title, run, slides)
            run = []
            slides += _output(title, block)
        else:
            run.append(block)
    slides += _text(title, run, slides)
    if not slides[0].content and len(slides) > 1:
        opening = slides.pop(0)
        slides[0].notes[:0] = opening.notes
    return slides


def _text(title: str, run: Sequence[Tag], before: list[Slide]) -> Iterator[Slide]:
    """Slides of a run of text; what the lecturer rather says goes to the notes of the slide before it."""
    last = before[-1]
    opens = len(before) == 1 and not last.content  # a section; else the text interprets what was shown
    selector = f"{SHOWN}, ul, ol" if opens else SHOWN
    for blocks in _slidefuls(run):
        text = [str(block) for block in blocks if block.name != "details"]
        if opens and not last.content:
            last.content += text
        elif text and any(block.select_one(selector) or block.css.match(selector) for block in blocks):
            last = Slide(title, text)
            yield last
        else:
            last.notes += text
        last.notes += [str(block) for block in blocks if block.name == "details"]


def _slidefuls(run: Sequence[Tag]) -> Iterator[list[Tag]]:
    """Parts of a run of text that fit a slide; a list stays with the line before it, a formula with its sentence."""
    part: list[Tag] = []
    for block in run:
        if part and sum(map(_size, [*part, block])) > LETTERS:
            belongs = block.css.match(".formula, ul, ol") and not part[-1].get_text().rstrip().endswith(".")
            following = [part.pop()] if belongs else []
            if part:
                yield part
            part = following
        part.append(block)
    if part:
        yield part


def _size(block: Tag) -> int:
    """How much of a slide a block takes, in letters."""
    return 150 if block.css.match(".formula") else len(block.get_text())


def _output(title: str, cell: Tag) -> Iterator[Slide]:
    """The slide of a code cell's outputs; visible code stands folded below them."""
    outputs = cell.select_one(".cell_output")
    if "tag_claims" in cell.get("class", []) or outputs is None:
        return
    content = [outputs.decode_contents()]
    code = cell.select_one(".cell_input pre")
    if code is not None and "tag_hide-input" not in cell.get("class", []):
        source = cell.select_one(".cell_input .highlight")
        content.append(f"<details><summary>The code</summary>{source}</details>")
    yield Slide(title, content)


def _detach(article: Tag, page: Path, assets: Path) -> None:
    """Remove from an article what only the site has, and copy its pictures."""
    for extra in article.select(".headerlink, [role=tooltip], .cell_output .stderr"):
        extra.decompose()
    for link in article.select("a[href]"):
        if not str(link["href"]).startswith(("http://", "https://")):
            link.unwrap()
    for picture in article.select("img[src]"):
        file = (page.parent / str(picture["src"])).resolve()
        shutil.copy(file, assets)
        picture["src"] = f"assets/{file.name}"
        del picture["loading"]
