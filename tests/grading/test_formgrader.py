"""nbgrader's formgrader page, in a real browser, on a class that the engine graded."""

import csv
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import artefact, chromium, jupyterlab, needs_chromium, open_page
from tests.support.course import ASSIGNMENT, AUTOGRADE, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading.__main__ import main

PATIENCE = 120_000  # milliseconds; a page that has something to compute may take long on a busy machine
INTRUDER = "<img src='nowhere' onerror='window.intruder = true'><script>window.intruder = true</script>"


@pytest.mark.slow
@needs_chromium
def test_formgrader_lists_opens_and_marks_what_the_engine_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_course(tmp_path / "course", AUTOGRADE)
    display = f"from IPython.display import HTML, display\n\ndisplay(HTML({INTRUDER!r}))\n\n\n"
    hand_in(folder, "ann", {**SOLUTIONS, "double": display + SOLUTIONS["double"], "essay": f"Zero is even. {INTRUDER}"})
    hand_in(folder, "bob", {**SOLUTIONS, "double": "def double(x):\n    return 2 * abs(x)", "essay": "No idea."})
    monkeypatch.chdir(folder)
    assert main(["--workers", "1"]) == 0
    address = f"sqlite:///{folder / 'gradebook.db'}"
    with Gradebook(address, "small") as book:
        page_of_ann = book.find_submission_notebook(PROBLEM, ASSIGNMENT, "ann").id

    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_page(browser, f"{lab.url}login?token={lab.token}&next=%2Fapi") as (page, _),
    ):
        page.goto(f"{lab.url}formgrader/manage_submissions/{ASSIGNMENT}")
        for student, total in totals(folder).items():
            expect(row(page, student).locator(".score")).to_have_text(f"{total:g} / 10", timeout=PATIENCE)
        page.screenshot(path=artefact("formgrader_class.png"), full_page=True)

        page.goto(f"{lab.url}formgrader/submissions/{page_of_ann}/?index=0")
        for exercise, score in scores(folder, "ann").items():
            if exercise != "essay":
                expect(page.locator(f"input.score[id='{exercise}']")).to_have_attribute(
                    "placeholder", score, timeout=PATIENCE
                )
        assert "double(-21)" not in page.content()
        assert page.evaluate("window.intruder") is None, "what a student wrote ran in the instructor's session"
        essay = page.locator("input.score[id='essay']")
        essay.fill("3")
        essay.press("Tab")
        expect(page.locator(".score-saved").last).to_be_visible(timeout=PATIENCE)
        page.screenshot(path=artefact("formgrader_submission.png"), full_page=True)

        # The button that grades a submission again runs the judge.
        page.goto(f"{lab.url}formgrader/manage_submissions/{ASSIGNMENT}")
        row(page, "bob").locator(".autograde a").click()
        expect(page.locator("#success-modal")).to_contain_text("Successfully autograded", timeout=PATIENCE)

    with Gradebook(address, "small") as book:
        assert book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score == 3
        assert book.find_submission(ASSIGNMENT, "bob").score == totals(folder)["bob"]
    assert main(["--workers", "1"]) == 0
    assert scores(folder, "ann")["essay"] == "3"


def scores(folder: Path, student: str) -> dict[str, str]:
    """A student's scores in grades.csv by exercise."""
    with (folder / "grades.csv").open(newline="") as file:
        return {row["exercise"]: row["score"] for row in csv.DictReader(file) if row["student"] == student}


def totals(folder: Path) -> dict[str, float]:
    """The sums of the scores in grades.csv by student."""
    return {student: sum(map(float, scores(folder, student).values())) for student in ("ann", "bob")}


def row(page: Page, student: str) -> Locator:
    """A student's line in the list of submissions."""
    return page.locator("tr").filter(has=page.locator(".student-id", has_text=student))
