"""Questions: what Python accepts, and answering them in a page and in JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import ROOT
from tests.support.browser import Notebook, artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import write_page
from utils.widgets import Choice, Number, Ordering, Placement, Progress, memory

pytestmark = pytest.mark.usefixtures("own_cache")

QUESTION = ".which-is-better-question"
ITEMS = ["one cluster", "random, k = 100", "k-means, k = 10", "every class split in two"]


def questions():
    return {
        "leads": Choice(
            key="01-who-leads",
            question="Which model *leads* at k = 10?",
            choices={"B": "B leads by ARI only.", "D": "D leads by every score.", "neither": "They are not equal."},
            answer="D",
        ),
        "decide": Choice(key="00-decide", question="Decide: B or D?", choices={"B": "Kept.", "D": "Kept for 01."}),
        "number": Number(
            key="01-singletons",
            question="Which V do singletons get?",
            answer=0.5,
            tolerance=0.05,
            unit="points",
            explanation="Half of it.",
        ),
        "place": Placement(
            key="01-chance",
            question="Where does the ARI of random clusters lie?",
            answer=0.02,
            low=-0.5,
            high=1,
            tolerance=0.1,
            label="ARI",
            explanation="It is *adjusted*.",
        ),
        "order": Ordering(key="01-order", question="From worst to best V?", items=ITEMS, explanation="Because."),
        "recall": Choice.recall("00-decide"),
        "progress": Progress("01_clustering"),
    }


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Choice, {"key": "leads", "choices": {"a": "x", "b": "y"}}, "key is 'leads'"),
        (Choice, {"key": "01-Leads", "choices": {"a": "x", "b": "y"}}, "as in '01-who-leads'"),
        (Choice, {"question": " ", "choices": {"a": "x", "b": "y"}}, "question is empty"),
        (Choice, {"choices": {"a": "x"}}, "1 choices, but a question needs two"),
        (Choice, {"choices": {"a": "x", "b": "y"}, "answer": "c"}, "answer is 'c', but the choices are 'a', 'b'"),
        (Choice, {"choices": {"a": "x", "b": ""}}, "'b' has no explanation"),
        (Number, {"answer": float("nan"), "tolerance": 0, "explanation": "x"}, "finite number"),
        (Number, {"answer": 1, "tolerance": -1, "explanation": "x"}, "a distance of 0 or more"),
        (Number, {"answer": 1, "tolerance": 0}, "explanation is empty"),
        (
            Placement,
            {"answer": 2, "low": 0, "high": 1, "tolerance": 0.1, "label": "V", "explanation": "x"},
            "axis goes from 0 to 1",
        ),
        (Ordering, {"items": ["a", "a"], "explanation": "x"}, "two or more different"),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_refused(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**{"key": "01-words", "question": "Which?", **arguments})
    with pytest.raises(ValueError, match="a name such as '01_clustering'"):
        Progress("clustering")


def test_a_question_is_small_and_readable_without_scripts():
    sizes = {name: len(question.to_html()) / 1000 for name, question in questions().items()}
    print({name: f"{size:.0f} kB" for name, size in sizes.items()})
    assert max(sizes.values()) <= 40
    assert "Which model *leads* at k = 10? (B · D · neither)" in questions()["leads"].to_html()


@pytest.fixture(params=["mouse", "touch"])
def page(request, browser, tmp_path) -> Iterator[Page]:
    path = write_page(tmp_path, *questions().values())
    touch = request.param == "touch"
    context = browser.new_context(
        offline=True, has_touch=touch, viewport={"width": 390 if touch else 1000, "height": 900}
    )
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    expect(page.get_by_role("region", name="Your answers")).to_be_visible()
    yield page
    assert errors == []
    context.close()


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=questions()[name]._question["question"], exact=True)


def commit(question: Locator) -> None:
    question.get_by_role("button", name="Commit my answer").click()


def stored(page: Page, key: str):
    return page.evaluate("key => JSON.parse(localStorage.getItem('which-is-better/' + key))", key)


@needs_chromium
def test_a_choice_is_committed_to_before_it_is_explained(page):
    question = part(page, "leads")
    button = question.get_by_role("button", name="Commit my answer")
    expect(button).to_be_disabled()
    question.get_by_role("radio", name="B").check()
    assert question.get_by_text("B leads by ARI only.").count() == 0
    button.press("Enter")
    expect(question.get_by_text("✗ Not right.").first).to_be_visible()
    expect(question.get_by_text("B leads by ARI only.").first).to_be_visible()
    expect(question.get_by_text("D leads by every score.").first).to_be_visible()
    assert question.get_by_text("They are not equal.").count() == 0
    expect(question.get_by_role("radio", name="D")).to_be_disabled()
    expect(question.get_by_role("status")).to_contain_text("Not right")
    page.reload()
    expect(question.get_by_text("✗ Not right.").first).to_be_visible()
    question.get_by_role("button", name="Answer again").click()
    question.get_by_role("radio", name="D").check()
    commit(question)
    expect(question.get_by_text("✓ Right.").first).to_be_visible()
    expect(question.get_by_text("Your first answer was: B.").first).to_be_visible()
    record = stored(page, "01-who-leads")
    assert (record["response"], record["right"], record["first"], record["firstRight"]) == ("D", True, "B", False)


@needs_chromium
def test_a_decision_is_recalled_in_another_place(page):
    recall = page.get_by_role("region", name="Your earlier answer")
    expect(recall).to_contain_text("it stands in lecture 00")
    question = part(page, "decide")
    question.get_by_role("radio", name="D").check()
    commit(question)
    expect(question.get_by_text("Your decision is kept.").first).to_be_visible()
    expect(recall).to_contain_text("Decide: B or D?")
    expect(recall).to_contain_text("You answered on")
    expect(recall.locator("b")).to_have_text("D")


@needs_chromium
@pytest.mark.parametrize(("text", "right"), [("0.47", True), ("0,55", True), ("−3", False), ("1e0", False)])
@pytest.mark.sample(3)
def test_a_number_is_typed_and_compared(page, text, right):
    question = part(page, "number")
    box = question.get_by_role("textbox")
    box.fill("much")
    expect(question.get_by_role("button", name="Commit my answer")).to_be_disabled()
    box.fill(text)
    commit(question)
    expect(question.get_by_text("✓ Right." if right else "✗ Not right.").first).to_be_visible()
    expect(question.get_by_text("it is 0.5 points (right within 0.05)").first).to_be_visible()
    assert stored(page, "01-singletons")["right"] is right


@needs_chromium
def test_a_point_is_placed_by_keys_and_by_pointer(page):
    question = part(page, "place")
    handle = question.get_by_role("slider")
    expect(handle).to_have_attribute("aria-valuetext", "not placed yet")
    expect(question.get_by_role("button", name="Commit my answer")).to_be_disabled()
    handle.press("ArrowLeft")
    handle.press("Home")
    expect(handle).to_have_attribute("aria-valuetext", "−0.50")
    plot = question.locator(".plot svg")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    wide = box["width"] - 52
    x = box["x"] + 26 + wide * (0.1 + 0.5) / 1.5
    if page.viewport_size["width"] == 390:
        page.touchscreen.tap(x, box["y"] + 30)
    else:
        page.mouse.click(x, box["y"] + 30)
    expect(question.get_by_text("Your answer: 0.10")).to_be_visible()
    commit(question)
    expect(question.get_by_text("✓ Right.").first).to_be_visible()
    before = handle.get_attribute("aria-valuetext")
    handle.press("ArrowRight")
    assert handle.get_attribute("aria-valuetext") == before


@needs_chromium
def test_items_are_ordered_by_buttons_and_by_dragging(page):
    question = part(page, "order")
    rows = question.get_by_role("listitem")
    shown = [row.locator(".item").inner_text() for row in rows.all()]
    assert sorted(shown) == sorted(ITEMS)
    assert shown != ITEMS
    first, second = shown[:2]
    question.get_by_role("button", name=f"{second}: up").press("Enter")
    assert rows.nth(0).locator(".item").inner_text() == second
    touch = page.viewport_size["width"] == 390
    rows.nth(0).scroll_into_view_if_needed()
    start, end = rows.nth(0).bounding_box(), rows.nth(3).bounding_box()
    x = start["x"] + 60
    path = [start["y"] + 20, start["y"] + 60, start["y"] + 110, end["y"] + 40, end["y"] + 48]
    if touch:
        session = page.context.new_cdp_session(page)
        for kind, y in zip(["touchStart"] + 4 * ["touchMove"], path, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        page.mouse.move(x, path[0])
        page.mouse.down()
        for y in path[1:]:
            page.mouse.move(x, y, steps=4)
        page.mouse.up()
    assert rows.nth(3).locator(".item").inner_text() == second
    assert rows.nth(0).locator(".item").inner_text() == first
    for place, item in enumerate(ITEMS):
        for _ in range(4):
            if rows.nth(place).locator(".item").inner_text() == item:
                break
            question.get_by_role("button", name=f"{item}: up").click()
    commit(question)
    expect(question.get_by_text("✓ Right.").first).to_be_visible()
    expect(question.get_by_text("6 of 6 pairs are in order.").first).to_be_visible()


@needs_chromium
def test_progress_counts_exports_and_clears(page):
    progress = page.get_by_role("region", name="Your answers")
    expect(progress).to_contain_text("Lecture 01: no question answered and no task done yet.")
    expect(progress.get_by_role("button", name="Export")).to_be_disabled()
    leads, number = part(page, "leads"), part(page, "number")
    leads.get_by_role("radio", name="D").check()
    commit(leads)
    number.get_by_role("textbox").fill("3")
    commit(number)
    expect(progress).to_contain_text("Lecture 01: 2 questions answered, 1 of 2 right at the first try; 0 tasks done.")
    with page.expect_download() as download:
        progress.get_by_role("button", name="Export").click()
    exported = json.loads(download.value.path().read_text())
    assert download.value.suggested_filename == "01_clustering-answers.json"
    assert set(exported["entries"]) == {"01-who-leads", "01-singletons"}
    progress.get_by_role("button", name="Clear").click()
    assert stored(page, "01-singletons") is not None
    progress.get_by_role("button", name="Clear for good?").click()
    expect(progress).to_contain_text("no question answered")
    assert stored(page, "01-singletons") is None
    expect(number.get_by_role("button", name="Commit my answer")).to_be_visible()


@needs_chromium
def test_nothing_overflows_and_targets_are_large(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width == 390:
        for control in page.locator(f"{QUESTION} :is(button, .options label, .handle)").all():
            if control.is_visible():
                assert control.bounding_box()["height"] >= 43.9


# In JupyterLab: answers reach the disk, and come back from there.

CELLS = (
    "from tests.widgets.test_quiz import questions\nq = questions()\nq['decide']",
    "print('kept:', questions()['decide'].response, len(questions()['progress'].entries))",
    "q['recall']",
    "q['progress']",
)


def _open(browser: Browser, folder, name: str = "quiz.ipynb"):
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, folder / name)


@pytest.fixture(scope="module")
def lab(tmp_path_factory, own_cache):
    folder = tmp_path_factory.mktemp("lab")
    _open(None, folder)
    with jupyterlab(folder, environment={"PYTHONPATH": str(ROOT)}) as lab:
        yield lab


def _printed(notebook: Notebook) -> str:
    return notebook.run_cell("print('kept").locator(".jp-OutputArea-output").inner_text()


@pytest.mark.slow
@needs_chromium
def test_an_answer_is_kept_on_disk_and_known_to_another_browser(browser, lab):
    memory.clear("")
    with open_notebook(browser, lab, "quiz.ipynb") as notebook:
        question = notebook.run_cell("q = questions()").locator(QUESTION)
        expect(question.get_by_role("radio", name="D")).to_be_visible(timeout=60_000)
        assert _printed(notebook).startswith("kept: None 0")
        question.get_by_role("radio", name="D").check()
        commit(question)
        expect(question.get_by_text("Your decision is kept.").first).to_be_visible()
        assert _printed(notebook).startswith("kept: D 0")
        notebook.page.screenshot(path=artefact("quiz_in_lab.png"))
        assert notebook.errors == []
    assert memory.load()["00-decide"]["response"] == "D"
    # A new context of the browser has empty storage: what it shows comes from the disk.
    with open_notebook(browser, lab, "quiz.ipynb") as notebook:
        notebook.run_cell("q = questions()")
        recall = notebook.run_cell("q['recall']").locator(QUESTION)
        expect(recall.locator("b")).to_have_text("D", timeout=30_000)
        memory.save("01-test", {"kind": "choice", "question": "Q?", "response": "x", "firstRight": None, "at": 1})
        notebook.run_cell("q = questions()")
        progress = notebook.run_cell("q['progress']").locator(QUESTION)
        expect(progress).to_contain_text("1 question answered; 0 tasks done", timeout=30_000)
        progress.get_by_role("button", name="Clear").click()
        progress.get_by_role("button", name="Clear for good?").click()
        expect(progress).to_contain_text("no question answered")
        assert _printed(notebook).startswith("kept: D 0")
    assert set(memory.load()) == {"00-decide"}
