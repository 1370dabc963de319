"""How Sphinx turns the lectures into a site (``make site``); ``publish.py`` prepares the folder that it reads.

Everything that a page needs is in the site: formulas are MathML, written here and drawn by the browser with a font
of the site's own, and figures carry their code and data. Nothing is requested from another host.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib
import posixpath
import re
import unicodedata
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import ziamath
from docutils import nodes
from fontTools import subset
from latex2mathml.converter import convert_to_element
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inventory import InventoryFile
from sphinx.util.logging import getLogger

# Characters that formulas may need: Latin, Greek, accents, operators, arrows, brackets, mathematical alphabets.
FONT_RANGES = (
    *((0x20, 0x7E), (0xA0, 0xFF), (0x300, 0x36F), (0x370, 0x3FF), (0x2000, 0x209F), (0x2100, 0x214F)),
    *((0x2190, 0x22FF), (0x2308, 0x230B), (0x23B4, 0x23E1), (0x27C0, 0x27EF)),
    *((0x1D434, 0x1D467), (0x1D49C, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D6E2, 0x1D71B), (0x1D7D8, 0x1D7E1)),
)

# As utils.plotting.show writes it.
INLINE_PICTURE = re.compile(r'width="(\d+)" src="data:image/png;base64,([A-Za-z0-9+/=]+)"')

HERE = Path(__file__).parent
LOG = getLogger(__name__)

project = "Which Is Better?"
author = "The authors of “Which Is Better?”"
copyright = "2026, the authors of “Which Is Better?”. Text and figures: CC BY 4.0; code: BSD 3-Clause"
language = "en"

extensions = ["myst_nb", "sphinxcontrib.bibtex"]
root_doc = "index"
exclude_patterns = ["README.md"]

# Markdown as Jupyter reads it.
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 3

# publish.py has executed the lectures.
nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js: dict[str, Any] = {}  # figures need no widget manager, which would come from another host

bibtex_default_style = "unsrtalpha"

html_theme = "sphinx_book_theme"
html_title = "Which Is Better?"
templates_path = ["templates"]
html_sidebars = {"**": ["course-logo.html", "search-button-field.html", "sbt-sidebar-nav.html"]}
html_static_path = ["static"]
html_css_files = ["course.css"]
html_js_files = [("course.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_favicon = "static/icon.svg"
html_context = {"default_mode": "auto"}
html_permalinks_icon = "#"
html_theme_options = {
    "home_page_in_toc": False,
    "logo": {"text": "Which Is Better?"},
    "navbar_align": "content",
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "navbar_start": [],
    "pygments_dark_style": "github-dark-high-contrast",
    "pygments_light_style": "github-light-high-contrast",
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
}


def setup(app: Sphinx) -> None:
    """Register what this site adds to Sphinx."""
    app.add_config_value("github", "", "html", str)
    app.add_html_math_renderer("mathml", (_inline_formula, None), (_display_formula, None))
    app.config.html_math_renderer = "mathml"
    app.config.bibtex_bibfiles = [str(Path(app.srcdir, "references.bib"))]  # not the one beside this file
    app.add_directive("interactive", Interactive)
    app.add_post_transform(TermsInProse)
    app.connect("env-get-outdated", _all_if_pages_come_or_go)
    app.connect("html-page-context", _page_context, priority=900)
    app.connect("build-finished", _add_font)
    app.connect("build-finished", _drop_what_no_reader_needs)
    app.connect("build-finished", partial(_drop_stale_files, _documents_of_earlier_build(Path(app.outdir))))


# Formulas


def _inline_formula(translator: Any, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def _display_formula(translator: Any, node: nodes.math_block) -> None:
    body = mathml(node.astext(), "block")
    translator.body.append(f'<div class="formula scrolls">{body}</div>\n')
    raise nodes.SkipNode


def mathml(latex: str, display: str) -> str:
    r"""A formula as MathML; one that cannot be read is reported as a warning.

    Args:
        latex: without its dollar signs.
        display: ``"inline"`` or ``"block"``.

    Example:
        >>> "&lt;b&gt;" in mathml(r"\text{<b>}", "inline")
        True
    """
    latex = re.sub(r"\\arg(?![a-z])", r"\\operatorname{arg}", latex.strip()).replace("~", r"\ ")
    try:
        # Not the library's own text, in which what stands in \\text{} is markup.
        markup = tostring(convert_to_element(latex, display=display), encoding="unicode")
        markup = re.sub(
            r"&amp;(#x[0-9A-Fa-f]+;)", r"&\1", markup
        )  # characters that the library writes by their numbers
    except Exception as error:
        markup = f"<code>{html.escape(latex)}</code>"
        LOG.warning("The formula %s cannot be read: %s", latex, error)
    for command in re.findall(r"\\[a-zA-Z]+", markup):
        LOG.warning("The formula %s has the command %s, which cannot be read.", latex, command)
    return _as_browsers_draw_it(markup)


def _as_browsers_draw_it(markup: str) -> str:
    """MathML Core, which browsers draw, where the converter writes older MathML or less than TeX shows."""
    markup = re.sub(r"<mi>(&#x000B1;|±|;)</mi>", r"<mo>\1</mo>", markup)
    # Norms and absolute values keep the height of a letter, unless \left asks for more.
    markup = re.sub(r"<mo>(&#x02016;|&#x02225;|&#x0007C;|‖|∥|\|)</mo>", r'<mo stretchy="false">\1</mo>', markup)
    markup = markup.replace("<mover><mi>", '<mover accent="true"><mi>')
    markup = re.sub(r'<(mi|mn) mathvariant="(double-struck|script|bold)">(\w)</', _in_alphabet, markup)
    # The space that TeX puts around the name of a function, but not before a bracket.
    return re.sub(r'<mi>([a-z]{2,})</mi>(?=(\s*<mo stretchy="false">(?:[(\[]|&#x00028;))?)', _function_name, markup)


def _function_name(match: re.Match[str]) -> str:
    name, bracket = match.groups()
    space = 0 if bracket or name == "arg" else 0.17
    return f'<mo lspace="0.17em" rspace="{space}em">{name}</mo>'


def _in_alphabet(match: re.Match[str]) -> str:
    """A letter or digit as its own character of a mathematical alphabet, such as ℝ, 𝒩 or 𝟙."""
    element, variant, character = match.groups()
    name = f"{variant.upper()} {unicodedata.name(character).removeprefix('LATIN ').replace(' LETTER', '')}"
    for prefix in ("", "MATHEMATICAL "):
        with suppress(KeyError):
            return f"<{element}>{unicodedata.lookup(prefix + name)}</"
    return match[0]


def _add_font(app: Sphinx, error: Exception | None) -> None:
    """The font of formulas, STIX Two Math (SIL Open Font License), out of the package ziamath that carries it."""
    target = Path(app.outdir, "_static", "formulas.woff")
    if error is not None or app.builder.format != "html" or target.exists():
        return
    options = subset.Options(flavor="woff", layout_features=["ssty"], glyph_names=False, hinting=False)
    font = subset.load_font(str(Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[character for first, last in FONT_RANGES for character in range(first, last + 1)])
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def _drop_what_no_reader_needs(app: Sphinx, error: Exception | None) -> None:
    """The theme's icons as a script of 1.5 MB, which its font has as well, and its maps for debuggers, 3.4 MB."""
    static = Path(app.outdir, "_static")
    script = static / "scripts" / "fontawesome.js"
    if error is None and script.is_file():
        script.write_text("// The icons of this site come from the theme's font.\n", encoding="utf-8")
        for debugging in static.rglob("*.map"):
            debugging.unlink()


# Figures on pages that are not notebooks


class Interactive(SphinxDirective):
    """``{interactive} utils.widgets.ClusteringExplorer``: the figure from its shipped data, moving in the page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        figure = getattr(importlib.import_module(module), name).from_shipped()
        for path in (HERE.parent / "utils" / "widgets").glob("*.*"):
            self.env.note_dependency(str(path))
        return [nodes.raw("", figure.to_html(), format="html")]


# Terms of the glossary


class TermsInProse(SphinxPostTransform):
    """The first time that a page emphasises a term of the glossary, the term shows its definition and leads there.

    Lectures set a term in italics or bold where they introduce it.
    """

    default_priority = 5

    def run(self, **_: Any) -> None:
        if not self.env.docname.startswith(("lectures/", "assignments/")):
            return
        terms = self.env.domains["std"].objects
        addresses = {name.casefold(): target for (kind, name), target in terms.items() if kind == "term"}
        if not addresses:
            return
        definitions = _definitions(self.env)
        seen: set[str] = set()
        for node in list(self.document.findall(lambda n: isinstance(n, nodes.emphasis | nodes.strong))):
            if any(isinstance(parent, nodes.reference | nodes.title) for parent in _ancestors(node)):
                continue
            text = node.astext().casefold()
            name = next((n for n in (text, text.removesuffix("s")) if n in addresses), None)
            if name is None or name in seen:
                continue
            seen.add(name)
            docname, anchor = addresses[name]
            address = f"{self.app.builder.get_relative_uri(self.env.docname, docname)}#{anchor}"
            number = f"term-{len(seen)}"
            opening = f'<span class="term"><a href="{address}" aria-describedby="{number}">'
            closing = f'</a><span role="tooltip" id="{number}">{definitions.get(anchor, "")}</span></span>'
            node.parent.insert(node.parent.index(node), nodes.raw("", opening, format="html"))
            node.parent.insert(node.parent.index(node) + 1, nodes.raw("", closing, format="html"))


def _ancestors(node: nodes.Node) -> list[nodes.Node]:
    parents = []
    while (node := node.parent) is not None:  # type: ignore[assignment]
        parents.append(node)
    return parents


def _definitions(env: Any) -> dict[str, str]:
    """The glossary's definitions as plain text, by the address of their term."""
    if "glossary" not in env.found_docs:
        return {}
    found = {}
    for item in env.get_doctree("glossary").findall(nodes.definition_list_item):
        text = " ".join(item.next_node(nodes.definition).astext().split())
        for term in item.findall(nodes.term):
            for anchor in term["ids"]:
                found[anchor] = text.replace("&", "&amp;").replace("<", "&lt;")
    return found


# Pages


def _page_context(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if "body" in context:
        # An empty heading of a table says nothing to a screen reader.
        context["body"] = re.sub(
            r"<th\b([^>]*)>(?:<p>)?(?:\s|&nbsp;|&#160;)*(?:</p>)?</th>", r"<td\1></td>", context["body"]
        )
        # The role that docutils gives an entry of a bibliography is not one that its element may have.
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        to_root = "../" * pagename.count("/")
        context["body"] = INLINE_PICTURE.sub(lambda match: _as_file(match, app, to_root), context["body"])
    github = app.config.github
    if github and doctree is not None and pagename.startswith(("lectures/", "assignments/")):
        binder = f"https://mybinder.org/v2/gh/{github}/HEAD?urlpath=lab/tree/{pagename}.ipynb"
        download = f"https://github.com/{github}/raw/HEAD/{pagename}.ipynb"
        context["header_buttons"] = [
            _button("binder", binder, "fas fa-rocket", "Run this notebook on Binder"),
            _button("download", download, "fas fa-download", "Download this notebook"),
            *context.get("header_buttons", []),
        ]


def _as_file(match: re.Match[str], app: Sphinx, to_root: str) -> str:
    """A picture that an output carries inline, as a file that browsers fetch when the reader comes near it."""
    width, content = int(match[1]), base64.b64decode(match[2])
    file = Path(app.outdir, "_images", f"{hashlib.sha256(content).hexdigest()[:20]}.png")
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    pixels = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]
    height = round(width * pixels[1] / pixels[0])  # with both, its place is kept free until it comes
    return f'width="{width}" height="{height}" loading="lazy" src="{to_root}_images/{file.name}"'


def _drop_stale_files(former: set[str], app: Sphinx, error: Exception | None) -> None:
    """Remove the pages that an earlier build made of documents that are gone, and pictures that no page shows.

    Args:
        former: the documents of the earlier build.
    """
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for docname in former - app.env.found_docs:
        (out / f"{docname}.html").unlink(missing_ok=True)
    shown = {
        name for page in out.rglob("*.html") for name in re.findall(r"_images/([^\"\s]+)", page.read_text("utf-8"))
    }
    for picture in (out / "_images").glob("*"):
        if picture.name not in shown:
            picture.unlink()


def _all_if_pages_come_or_go(_: Sphinx, env: Any, added: set[str], changed: set[str], removed: set[str]) -> set[str]:
    """Every page lists the others, so all are written again if one comes or goes."""
    return env.found_docs - added - changed if added or removed else set()


def _documents_of_earlier_build(out: Path) -> set[str]:
    """The documents in the inventory that Sphinx left in a folder; nothing else in the folder is ours to remove."""
    inventory = out / "objects.inv"
    if not inventory.is_file():
        return set()
    with inventory.open("rb") as stream:
        return set(InventoryFile.load(stream, "", posixpath.join).get("std:doc", {}))


def _button(name: str, url: str, icon: str, tooltip: str) -> dict[str, str]:
    return {"type": "link", "url": url, "tooltip": tooltip, "icon": icon, "label": f"{name}-button", "text": ""}
