"""The site, as readers get it: of a small course among the slow tests, and of this course in `make check-site`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect

from tests.site.checks import assert_page_works, broken_links, keyboard_misses, open_offline, pages, serve
from tests.site.small_course import write_course
from tests.support import ROOT
from tests.support.browser import artefact, chromium, needs_chromium

pytestmark = pytest.mark.slow

CHARACTERS = """(p) => {
    const line = document.createElement('span');
    line.textContent = 'the quick brown fox jumps over the lazy dog, and then some more';
    line.style.whiteSpace = 'nowrap';
    p.append(line);
    const each = line.getBoundingClientRect().width / line.textContent.length;
    line.remove();
    return parseFloat(getComputedStyle(p).maxWidth) / each;
}"""
FIRST_PAGE_BYTES = 1_500_000


def publish(root: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Build the site of a course."""
    command = [sys.executable, str(ROOT / "lectures" / "publish.py"), "--root", str(root), *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """The small course, its site built in site/."""
    root = write_course(tmp_path_factory.mktemp("course") / "small")
    built = publish(root, "--github", "me/my-class", check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return root


@pytest.fixture(scope="module")
def address(course) -> Iterator[str]:
    with serve(course / "site") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_no_link_is_broken(course):
    assert len(pages(course / "site")) >= 10
    assert broken_links(course / "site") == []


def test_a_broken_link_is_found(course, tmp_path):
    copy = shutil.copytree(course / "site", tmp_path / "site")
    page = copy / "about.html"
    page.write_text(
        page.read_text("utf-8").replace("</article>", '<a href="nowhere.html">x</a><a href="#nothing">y</a></article>')
    )
    assert broken_links(copy) == ["about.html: nowhere.html", "about.html: #nothing"]


@needs_chromium
@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 390)])
@pytest.mark.parametrize("name", ["index", "lectures/00_start", "references", "genindex"])
def test_a_page_of_the_small_course_works(address, browser, name, theme, width):
    assert_page_works(browser, f"{address}/{name}.html", theme=theme, width=width)


@needs_chromium
def test_a_request_that_leaves_and_an_error_are_noticed(course, browser, tmp_path):
    copy = shutil.copytree(course / "site", tmp_path / "site")
    page = copy / "about.html"
    script = '<img alt="" src="https://example.org/x.png"><script>console.error("planted")</script></article>'
    page.write_text(page.read_text("utf-8").replace("</article>", script))
    with serve(copy) as address, open_offline(browser, f"{address}/about.html") as (_, faults):
        assert "a request left for https://example.org/x.png" in faults
        assert "planted" in faults


@needs_chromium
@pytest.mark.parametrize("name", ["index", "lectures/00_start"])
def test_the_keyboard_reaches_everything(address, browser, name):
    with open_offline(browser, f"{address}/{name}.html") as (page, _):
        assert keyboard_misses(page) == []


@needs_chromium
def test_the_first_page_is_light_and_moves(course, address, browser):
    with open_offline(browser, f"{address}/index.html") as (page, faults):
        figure = page.locator(".which-is-better-figure")
        expect(figure.locator(".words")).to_contain_text("training 0")
        assert figure.bounding_box()["y"] < 300, "the figure stands above the fold"
        figure.get_by_role("radio", name="3").check(force=True)
        expect(figure.locator(".words")).to_contain_text("training 3")
        page.screenshot(path=artefact("site_first_page.png"))
        transferred = page.evaluate(
            "() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
            ".reduce((sum, entry) => sum + entry.transferSize, 0)"
        )
        assert 100_000 < transferred < FIRST_PAGE_BYTES, f"the first page takes {transferred:,} bytes"
        assert faults == []


@needs_chromium
def test_a_lecture_reads_as_it_should(address, browser):
    with open_offline(browser, f"{address}/lectures/00_start.html") as (page, _):
        # Folded: what only draws, and the claims under the words that say what they are.
        folds = page.locator(".cell details > summary")
        assert [text.strip() for text in folds.all_inner_texts()] == ["Show the code"] * 2 + [
            "The statements above, checked"
        ]
        # A formula is drawn as such: a fraction is higher than a letter.
        formula = page.locator(".formula math")
        assert formula.bounding_box()["height"] > 30
        assert "\\" not in (formula.text_content() or "")
        # A term shows its definition to the pointer and to the focus, and Escape takes it away.
        term = page.locator(".term").filter(has_text="probe")
        tooltip = term.get_by_role("tooltip")
        expect(tooltip).to_be_hidden()
        term.get_by_role("link").focus()
        expect(tooltip).to_contain_text("A simple model")
        page.keyboard.press("Escape")
        expect(tooltip).to_be_hidden()
        # A line of prose has 60 to 75 characters.
        width = page.locator("article p").first.evaluate(CHARACTERS)
        assert 60 <= width <= 75
        assert page.get_by_role("link", name="Run this notebook on Binder").get_attribute("href") == (
            "https://mybinder.org/v2/gh/me/my-class/HEAD?urlpath=lab/tree/lectures/00_start.ipynb"
        )
        assert page.locator("html").get_attribute("lang") == "en"


@needs_chromium
def test_search_finds_a_word_of_a_lecture(address, browser):
    with open_offline(browser, f"{address}/search.html?q=interval") as (page, faults):
        expect(page.locator("#search-results")).to_contain_text("00 · Which is better?", timeout=20_000)
        assert faults == []


def test_a_second_build_executes_nothing_and_links_appear_only_with_an_address(course):
    again = publish(course)
    assert "Executing" not in again.stdout
    assert "mybinder.org" not in (course / "site" / "lectures" / "00_start.html").read_text("utf-8")


def test_pictures_are_files_that_are_fetched_when_they_are_near(course):
    page = (course / "site" / "lectures" / "00_start.html").read_text("utf-8")
    pictures = re.findall(r'<img alt="A curve that rises."[^>]*>', page)
    assert len(pictures) == 1
    assert re.search(r'width="\d+" height="\d+" loading="lazy" src="../_images/\w+\.png"', pictures[0])


def test_a_lecture_that_is_gone_leaves_the_site(course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "copy")
    publish(copy)
    (copy / "lectures" / "00_start.ipynb").unlink()
    for name in ("01_clustering.ipynb", "index.md"):  # they lead to it
        path = copy / "lectures" / name
        text = path.read_text("utf-8").replace("00_start.ipynb#one-idea", "01_clustering.ipynb")
        path.write_text(text.replace("00_start", "01_clustering"))
    note = copy / "site" / "note.html"
    note.write_text("somebody else's")
    publish(copy)
    assert not (copy / "site" / "lectures" / "00_start.html").exists()
    assert "00_start.html" not in (copy / "site" / "about.html").read_text("utf-8")
    assert list((copy / "site" / "_images").glob("*")) == []
    assert note.exists()
    note.unlink()
    assert broken_links(copy / "site") == []


def test_only_the_instructors_site_has_the_guides(course):
    publish(course, "--instructor")
    page = course / "class" / "site" / "guides" / "00_start.html"
    assert "<em>Ask</em> what rises" in page.read_text("utf-8")
    assert broken_links(course / "class" / "site") == []
    publish(course)
    public = [path for path in (course / "site").rglob("*") if path.suffix in (".html", ".js", ".inv")]
    assert [path for path in public if b"what rises" in path.read_bytes() or b"guides" in path.read_bytes()] == []


def test_a_student_copy_has_no_guides_to_add(course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "copy", ignore=shutil.ignore_patterns("solutions", "site"))
    refused = publish(copy, "--instructor", check=False)
    assert refused.returncode == 1
    assert "the instructor's guides are in the instructor's repository" in refused.stderr


@needs_chromium
def test_slides_show_the_lecture_and_the_notes_say_the_rest(course, browser):
    folder = course / "class" / "slides"
    publish(course, "--slides", str(folder), "--out", str(course / ".site" / "print"))
    assert sorted(path.name for path in folder.glob("*.html")) == ["00_start.html", "01_clustering.html"]
    with serve(folder) as address, open_offline(browser, f"{address}/00_start.html", width=1280) as (page, faults):
        # The title with what one will be able to do, the idea, the picture, the question, two tables.
        assert page.evaluate("Reveal.getTotalSlides()") == 6
        expect(page.locator("section.present")).to_contain_text("read this page")
        page.keyboard.press("ArrowRight")
        assert page.locator("section.present math").count() == 4
        notes = page.evaluate("Reveal.getSlideNotes()")
        assert "<em>Ask</em> what rises" in notes
        assert "A hint" in notes
        page.keyboard.press("ArrowRight")
        expect(page.locator("section.present").get_by_role("img", name="A curve that rises.")).to_be_visible()
        page.keyboard.press("ArrowRight")
        question = page.locator("section.present .which-is-better-question")
        question.get_by_role("radio", name="no").check(force=True)
        page.keyboard.press("ArrowLeft")  # belongs to the question
        expect(question.get_by_role("radio", name="yes")).to_be_checked()
        page.screenshot(path=artefact("slide.png"))
        assert faults == []


def test_examples_in_the_docstrings_run():
    for module in ("conf", "publish", "slides"):
        command = [sys.executable, "-m", "doctest", str(ROOT / "lectures" / f"{module}.py")]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_lecture_that_fails_is_named_and_there_is_no_site(tmp_path):
    root = write_course(tmp_path / "small")
    path = root / "lectures" / "01_clustering.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "assert 1 == 2, 'one is two'"
    nbformat.write(notebook, path)
    refused = publish(root, check=False)
    assert refused.returncode == 1
    assert "01_clustering fails, so there is no site" in refused.stderr
    assert "one is two" in refused.stderr
    assert not (root / "site").exists()


def test_an_address_that_is_none_is_refused(tmp_path):
    refused = publish(tmp_path, "--github", "https://github.com/me/my-class", check=False)
    assert refused.returncode == 2
    assert "an owner and a repository are needed" in refused.stderr


def test_the_site_names_no_other_host_for_scripts_and_styles(course):
    for page in pages(course / "site"):
        text = (course / "site" / page).read_text("utf-8")
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]*", text), page


# The whole course


@pytest.fixture(scope="module")
def whole() -> Path:
    """This course's site; its lectures are executed unless they were before."""
    built = publish(ROOT, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / "site"


@pytest.mark.whole_site
@pytest.mark.timeout(3600)
def test_no_link_of_the_course_is_broken(whole):
    assert len(pages(whole)) >= 18
    assert broken_links(whole) == []


def faulty_pages(browser, site: Path, address: str, **view) -> list[str]:
    """Every page of a site that does not work, with the reason: a run takes too long to stop at the first."""
    faulty = []
    for page in pages(site):
        try:
            assert_page_works(browser, f"{address}/{page}", **view)
        except AssertionError as error:
            faulty.append(f"{page}: {error}")
    return faulty


@pytest.mark.whole_site
@needs_chromium
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_course_works(whole, browser, theme):
    with serve(whole) as address:
        assert faulty_pages(browser, whole, address, theme=theme) == []


@pytest.mark.whole_site
@needs_chromium
@pytest.mark.timeout(3600)
def test_every_page_of_the_course_fits_a_phone_and_the_keyboard(whole, browser):
    with serve(whole) as address:
        assert faulty_pages(browser, whole, address, width=390) == []
        for page in pages(whole):
            with open_offline(browser, f"{address}/{page}") as (opened, _):
                assert keyboard_misses(opened) == [], page


@pytest.mark.whole_site
@needs_chromium
@pytest.mark.timeout(3600)
def test_every_deck_of_the_course_works(whole, browser, tmp_path):
    publish(ROOT, "--slides", str(tmp_path), "--out", str(ROOT / ".site" / "print"))
    decks = sorted(tmp_path.glob("*.html"))
    assert [deck.stem for deck in decks] == [path.stem for path in sorted((ROOT / "lectures").glob("*.ipynb"))]
    with serve(tmp_path) as address:
        for deck in decks:
            guide = ROOT / "solutions" / deck.stem / "guide.md"
            sections = guide.read_text("utf-8").count("\n### ") if guide.exists() else 0
            assert deck.read_text("utf-8").count(" minutes.</strong>") == sections, deck.name
            with open_offline(browser, f"{address}/{deck.name}", width=1280, height=720) as (page, faults):
                assert page.evaluate("Reveal.getTotalSlides()") > 20
                assert page.evaluate("document.querySelectorAll('aside.notes').length") > 5
                page.wait_for_load_state("networkidle")
                assert faults == [], deck.name
