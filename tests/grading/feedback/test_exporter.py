"""The feedback page says what was lost first, is accessible, loads nothing, and runs nothing that a notebook holds."""

import re
from base64 import b64encode
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_output

from tests.grading.feedback.test_exercises import FIRST, SECOND, graded, scored
from tests.support import notebooks as nb
from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, chromium, needs_chromium
from utils.grading.feedback.exporter import TEMPLATE, TEMPLATES, FeedbackExporter, inline, markdown

PIXEL = b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f0300050001ff"
        "a5f7a1d20000000049454e44ae426082"
    )
).decode()
EVIL = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


def page(hostile: bool = False) -> str:
    """The page of a notebook with all that a page can show."""
    extra = EVIL if hostile else ""
    link = "https://example.org/means.html#two" + ('"' + extra if hostile else "")
    answer = nb.answer("double", "def double(x):\n    return x  # " + "long " * 40 + extra)
    failed = scored(nb.check("double-two", "assert double(2) == 4, 'twice two'", 2), 0.5)
    code = nb.given("picture", "show()")
    data = {"image/png": PIXEL + ('"' + extra if hostile else "")}
    svg = {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{extra}</svg>"}
    html = {"text/html": "<table><thead><tr><th>V</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>" + extra}
    code.outputs = [
        new_output("stream", text="printed " + extra),
        *(new_output("display_data", data=part) for part in (data, svg, html, {"text/plain": "1 < 2" + extra})),
        new_output("error", ename="E", evalue=extra, traceback=["\x1b[31mError\x1b[0m" + extra]),
    ]
    essay = scored(
        nb.essay("words", "## Mine\n\nBecause $\\frac{1}{n} < 1$.\n\n    code\n" + extra, 4),
        4.0,
        comment="*Good.*" + extra,
    )
    notebook = graded(
        new_markdown_cell("# Numbers"),
        FIRST,
        answer,
        failed,
        code,
        scored(nb.check("other", "assert True", 1), None, undecided=True),
        SECOND,
        new_markdown_cell("### More\n\n$$V_\\beta = \\frac{(1+\\beta) h c}{\\beta h + c}$$"),
        essay,
        scored(nb.check("mean-one", "assert mean([1]) == 1", 3), 3.0),
        verdicts=[{"grade_id": "double-two", "status": "graded", "message": "It returns its argument: 2 × x." + extra}],
    )
    exporter = FeedbackExporter(template_name=TEMPLATE, extra_template_basedirs=[str(TEMPLATES)])
    diagnoses = [
        {
            "cell": "double",
            "sentence": "Returns its argument." + extra,
            "read": "means, section “Two”" + extra,
            "link": link,
        },
        {"cell": "of another notebook", "sentence": "Is not shown.", "read": "", "link": ""},
    ]
    grades = {"notebook": "numbers", "score": 6.5, "max_score": 10.0, "late_penalty": 0.25, "diagnoses": diagnoses}
    text, _ = exporter.from_notebook_node(notebook, {"nbgrader": grades})
    return str(text)


def test_what_was_lost_comes_first_with_its_reason_and_the_answer() -> None:
    text = page()
    assert "6.5 of 10 points" in text
    assert "0.25 points are subtracted" in " ".join(text.split())
    first, second = (part.partition("The whole exercise")[0] for part in text.split("<section")[1:])
    place = [
        first.index(part) for part in ("Lost", "1.5 of", "It returns its argument: 2 × x.", "<details>", "Your answer")
    ]
    assert place == sorted(place)
    assert "All right." in second
    assert "<em>Good.</em>" in second


def test_a_page_is_one_small_file_that_loads_nothing() -> None:
    text = page()
    assert "default-src 'none'" in text
    assert re.findall(r'src="(?!data:)[^"]*"', text) == []
    assert re.findall(r'<(?!a )[^<>]*href="[^"]*"', text) == []
    assert "<script" not in text
    assert len(text) < 60_000


def test_formulas_are_mathml_and_what_is_none_stays_as_it_was_typed() -> None:
    assert "<mfrac>" in markdown("$\\frac{1}{2}$")
    assert "<math" in markdown("$$x^2$$")
    assert "<code>\\frac{</code>" in markdown("$\\frac{$")
    assert inline("*a* $\\left($").startswith("<em>a</em> ")
    assert "<h3>Two</h3>" in markdown("## Two")
    assert inline("1. Mean of $x$").startswith("1. Mean of <math")
    assert inline("A ![picture](attachment:p.png)") == "A picture"


@pytest.mark.timeout(60)
@pytest.mark.slow
def test_formulas_that_take_long_are_shown_as_they_were_typed() -> None:
    """The library's time grows with the square of a formula's length: this one took minutes."""
    assert "<math" not in markdown("$" + "x+" * 100_000 + "1$")
    many = scored(nb.essay("words", "$x^2_3$ " * 20_000, 4), 0.0)
    grades = {"notebook": "n", "score": 0.0, "max_score": 4.0, "late_penalty": 0.0}
    exporter = FeedbackExporter(template_name=TEMPLATE, extra_template_basedirs=[str(TEMPLATES)])
    # The next page begins anew.
    for _ in range(2):
        text, _ = exporter.from_notebook_node(graded(many), {"nbgrader": grades})
        assert 1_000 < text.count("<math") < 10_000
        assert text.count("<code>x^2_3</code>") > 10_000


def test_what_stands_in_a_formula_is_no_markup() -> None:
    assert "<b>" not in markdown("$\\text{<b>x}$")
    assert "&#x003B2;" in markdown("$\\beta$")


def test_a_diagnosis_stands_before_the_checks_of_its_exercise() -> None:
    text = page()
    assert 0 < text.index("Returns its argument.") < text.index("It returns its argument: 2 × x.")
    assert 'href="https://example.org/means.html#two"' in text
    assert "Is not shown." not in text


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.sample(4)
def test_the_page_is_accessible(tmp_path: Path, width: int, scheme: str) -> None:
    (tmp_path / "page.html").write_text(page())
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        view = context.new_page()
        view.goto((tmp_path / "page.html").as_uri())
        view.eval_on_selector_all("details", "all => all.forEach((details) => { details.open = true; })")
        view.screenshot(path=artefact(f"feedback_{width}_{scheme}.png"), full_page=True)
        assert_accessible(view)
        assert view.evaluate("document.documentElement.scrollWidth") == width


@needs_chromium
def test_nothing_in_a_notebook_runs_in_the_page(tmp_path: Path) -> None:
    """The grader cleans what students hand in; the page's policy holds where a course does not use the grader."""
    (tmp_path / "page.html").write_text(page(hostile=True))
    with chromium() as browser:
        view = browser.new_page()
        view.goto((tmp_path / "page.html").as_uri())
        view.eval_on_selector_all("details", "all => all.forEach((details) => { details.open = true; })")
        view.wait_for_timeout(300)
        assert view.title() == "numbers: 6.5 of 10 points"
