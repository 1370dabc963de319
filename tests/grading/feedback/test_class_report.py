"""The report on a class: its statistics, what it asks to look at, and a page that an instructor can read and share."""

import time
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, chromium, needs_chromium
from utils.grading.feedback.class_report import FEWEST, class_page, class_reports, cronbach_alpha
from utils.grading.feedback.diagnosis import Group, Known, Mistakes
from utils.grading.feedback.tables import Row, Total

CHECKS = ("double-two", "double-any", "mean-one")


def of_class(points: np.ndarray, messages: dict[tuple[int, int], str] | None = None) -> tuple[list[Row], list[Total]]:
    """Rows and totals of students with these points, (n students, k checks) of one point each."""
    rows = [
        Row(f"s{i:03}", "ps1", name, float(points[i, j]), 1.0, "graded", (messages or {}).get((i, j), ""))
        for i in range(len(points))
        for j, name in enumerate(CHECKS[: points.shape[1]])
    ]
    return rows, [Total(f"s{i:03}", "ps1", float(own.sum()), 0.0, float(len(own))) for i, own in enumerate(points)]


@pytest.fixture
def points() -> np.ndarray:
    ability = np.random.default_rng(0).normal(size=40)
    noise = np.random.default_rng(1).normal(size=(40, 3))
    return (ability[:, None] + noise > [-1, 0, 0.5]).astype(float)


def test_the_statistics_are_those_of_test_theory(points: np.ndarray) -> None:
    (report,) = class_reports(*of_class(points))
    for j, item in enumerate(report.items):
        others = np.delete(points, j, axis=1)
        assert item.difficulty == pytest.approx(points[:, j].mean())
        assert item.rest_correlation == pytest.approx(stats.pearsonr(points[:, j], others.sum(1)).statistic)
        # Two checks: α is the Spearman-Brown formula for their covariance.
        both = np.cov(others, rowvar=False)
        assert item.alpha_without == pytest.approx(4 * both[0, 1] / both.sum())
    assert report.alpha == pytest.approx(cronbach_alpha(points))
    assert report.quartiles == tuple(np.quantile(points.sum(1), [0.25, 0.5, 0.75]))
    assert sum(count for _, count in report.histogram) == 40


def test_alpha_of_equal_and_of_independent_checks() -> None:
    same = np.random.default_rng(0).normal(size=(50, 1)).repeat(4, axis=1)
    assert cronbach_alpha(same) == pytest.approx(1)
    assert cronbach_alpha(np.random.default_rng(0).normal(size=(5000, 4))) == pytest.approx(0, abs=0.1)
    assert cronbach_alpha(np.ones((5, 3))) is None
    assert cronbach_alpha(same[:, :1]) is None


def test_a_check_that_good_students_fail_is_flagged(points: np.ndarray) -> None:
    wrong = points.copy()
    wrong[:, 2] = points[:, :2].sum(1) < 1
    (report,) = class_reports(*of_class(wrong))
    correlations = [item.rest_correlation for item in report.items]
    assert correlations[2] == min(correlations) < 0
    assert "is the check right?" in report.items[2].flags[0]
    (report,) = class_reports(*of_class(points))
    assert all(not item.flags for item in report.items)
    nobody = points * [1, 1, 0]
    (report,) = class_reports(*of_class(nobody))
    assert report.items[2].flags == ["nobody gets a point"]
    assert report.items[2].rest_correlation is None


def test_few_submissions_have_no_correlations(points: np.ndarray) -> None:
    (report,) = class_reports(*of_class(points[: FEWEST - 1]))
    assert report.alpha is None
    assert all(item.rest_correlation is None and not item.flags for item in report.items)
    assert "they are left out" in class_page([report])


def test_what_waits_for_a_person_counts_in_no_statistic(points: np.ndarray) -> None:
    rows, totals = of_class(points)
    waiting = [Row(row.student, "ps1", "essay", 0.0, 4.0, "needs manual") for row in rows[::3]]
    (report,) = class_reports([*rows, *waiting], totals)
    assert report.alpha == pytest.approx(cronbach_alpha(points))
    essay = report.items[-1]
    assert (essay.students, essay.waiting, np.isnan(essay.difficulty)) == (0, 40, True)
    assert essay.flags == ["40 of 40 wait for a person"]


def test_one_waiting_check_costs_one_student_and_only_essays_no_report(points: np.ndarray) -> None:
    rows, totals = of_class(points)
    rows[0] = Row("s000", "ps1", CHECKS[0], 0.0, 1.0, "review")
    (report,) = class_reports(rows, totals)
    assert report.alpha == pytest.approx(cronbach_alpha(points[1:]))
    assert report.items[0].rest_correlation is not None
    (essays,) = class_reports([Row("ann", "ps1", "essay", 0.0, 4.0, "needs manual")], [])
    assert (essays.alpha, essays.items[0].waiting) == (None, 1)
    assert "essay" in class_page([essays])


def test_rounding_is_no_variation_and_no_total_is_lost() -> None:
    (report,) = class_reports(*of_class(np.full((12, 3), 0.3)))
    assert report.alpha is None
    assert all(item.rest_correlation is None for item in report.items)
    rows, _ = of_class(np.ones((3, 3)))
    late = [Total(f"s{i:03}", "ps1", score, 0.0, 3.0) for i, score in enumerate((-1.0, 0.0, 4.0))]
    (report,) = class_reports(rows, late)
    assert sum(count for _, count in report.histogram) == 3


def test_reasons_that_differ_in_numbers_are_one(points: np.ndarray) -> None:
    points[:3, 0] = 0
    messages = {(0, 0): "Got 0.5: that is c.", (1, 0): "Got 0.5: that is c.", (2, 0): "Got 1e-3: that is c."}
    (report,) = class_reports(*of_class(points, messages))
    (reason,) = report.items[0].reasons
    assert (reason.text, reason.students) == ("Got 0.5: that is c.", 3)


def test_who_is_missing_is_named_and_texts_are_no_html(points: np.ndarray) -> None:
    points[0, 0] = 0
    rows, totals = of_class(points, {(0, 0): "<script>alert(1)</script>"})
    nothing = [Row("dan", "ps1", name, 0.0, 1.0, "missing") for name in CHECKS]
    (without,) = class_reports(rows, totals)
    (report,) = class_reports([*rows, *nothing], [*totals, Total("dan", "ps1", 0, 0, 3)], ["s001", "<b>cyd</b>"])
    assert report.missing == ["<b>cyd</b>", "dan"]
    assert (report.scores, report.alpha, report.items[0]) == (without.scores, without.alpha, without.items[0])
    page = class_page([report])
    assert "<script>" not in page
    assert "&lt;b&gt;cyd&lt;/b&gt;" in page


MISTAKES = Mistakes(
    (Known("double", "Returns <its> argument.", 7),),
    (Group("mean", "0123abcd", 3, 9, "def mean(values):\n    return '</pre><script>'" + " + 'long'" * 40),),
)


def test_mistakes_are_counted_and_groups_show_an_example(points: np.ndarray) -> None:
    page = class_page(class_reports(*of_class(points), (), {"ps1": MISTAKES, "another": Mistakes()}))
    assert "Returns &lt;its&gt; argument." in page
    assert "3 of 9 wrong answers to mean gave the same (group 0123abcd)" in page
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "<script" not in page
    assert "Which mistakes were made" not in class_page(class_reports(*of_class(points)))


@pytest.mark.slow
@needs_chromium
def test_the_page_of_300_submissions_opens_at_once_and_is_accessible(tmp_path: Path) -> None:
    points = (np.random.default_rng(0).uniform(size=(300, 3)) > 0.4).astype(float)
    messages = {(i, j): f"Got {i}: case {chr(97 + i % 20)}." for i in range(300) for j in range(3)}
    (tmp_path / "report.html").write_text(class_page(class_reports(*of_class(points, messages), (), {"ps1": MISTAKES})))
    with chromium() as browser:
        for scheme in ("light", "dark"):
            for width in (1400, 390):
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                page = context.new_page()
                begin = time.monotonic()
                page.goto((tmp_path / "report.html").as_uri())
                print(f"{width} {scheme}: {time.monotonic() - begin:.2f} s")
                page.screenshot(path=artefact(f"class_report_{width}_{scheme}.png"), full_page=True)
                assert_accessible(page)
                assert page.evaluate("document.documentElement.scrollWidth") == width
