"""Similar answers: a copy with other names is found, what everybody writes is not, and the page is harmless."""

import re
from pathlib import Path

import pytest

from tests.support.accessibility import assert_accessible
from tests.support.browser import chromium, needs_chromium
from utils.grading.feedback.similar import COMMON_STUDENTS, LEAST_CHARACTERS, Cell, page, similar_pairs

pytest.importorskip("copydetect", reason="the optional package copydetect is not installed")

ODD = """def spread(values):
    total = 0
    for place, value in enumerate(sorted(values)):
        if place % 3 == 1 and value > 7:
            total += value ** 2 - place * 11 + len(values) // 5
        elif value < -4 or place > 40:
            total -= abs(value - 13) * (place + 2) % 17
    return total / max(len(values) - 3, 1)
"""
RENAMED = re.sub(r"\btotal\b", "t", re.sub(r"\bvalue\b", "x", ODD)).replace(
    "    return", "    # my own idea\n    return"
)
OTHER = """def spread(values):
    import statistics
    return statistics.pvariance(values) if len(values) > 1 else 0.0
"""
USUAL = """def spread(values):
    mean = sum(values) / len(values)
    squares = [(value - mean) ** 2 for value in values]
    deviation = (sum(squares) / len(squares)) ** 0.5
    return deviation
"""


def test_a_copy_with_other_names_and_comments_is_found() -> None:
    (pair,) = similar_pairs([Cell("spread", {"ann": ODD, "bob": OTHER, "eve": RENAMED}, ())])
    assert pair.students == ("ann", "eve")
    assert pair.share > 0.9
    assert pair.characters > 2 * LEAST_CHARACTERS
    assert all("<mark>" in source for source in pair.sources)


def test_a_copied_part_is_found_beside_other_code() -> None:
    lines = ODD.splitlines()
    mixed = "\n".join([*OTHER.splitlines()[:2], *lines[2:7], "    return statistics.median(values)"])
    (pair,) = similar_pairs([Cell("spread", {"ann": ODD, "eve": mixed}, ())])
    assert pair.students == ("ann", "eve")


def test_different_answers_are_not_similar() -> None:
    assert similar_pairs([Cell("spread", {"ann": ODD, "bob": OTHER, "cyd": USUAL}, ())]) == []


@pytest.mark.parametrize("common", [USUAL, re.sub(r"\bvalue\b", "one", USUAL)])
def test_what_the_bank_or_the_solution_contains_does_not_count(common: str) -> None:
    assert similar_pairs([Cell("spread", {"ann": USUAL, "eve": USUAL}, ())]) != []
    assert similar_pairs([Cell("spread", {"ann": USUAL, "eve": USUAL}, (common,))]) == []
    (pair,) = similar_pairs([Cell("spread", {"ann": USUAL + ODD, "eve": ODD}, (common,))])
    assert pair.share > 0.9


def test_what_many_students_write_does_not_count() -> None:
    class_ = {f"s{i}": USUAL for i in range(COMMON_STUDENTS)} | {"ann": ODD, "eve": RENAMED}
    (pair,) = similar_pairs([Cell("spread", class_, ())])
    assert pair.students == ("ann", "eve")
    few = {name: text for name, text in class_.items() if name != "s0"}
    assert len(similar_pairs([Cell("spread", few, ())])) > 1


def test_the_longest_agreement_comes_first() -> None:
    cells = [Cell("short", {"ann": USUAL, "eve": USUAL}, ()), Cell("long", {"bob": ODD, "eve": ODD}, ())]
    assert [pair.cell for pair in similar_pairs(cells)] == ["long", "short"]


@pytest.mark.parametrize(
    "source", ["", "x", "\x00\ud800", "def (", "'" * 50_000, "(" * 5000, "é" * 100, ODD + "# \ud800"]
)
def test_no_answer_stops_the_comparison(source: str) -> None:
    pairs = similar_pairs([Cell("spread", {"ann": ODD, "eve": RENAMED, "hal": source, "ian": source}, ())])
    assert ("ann", "eve") in [pair.students for pair in pairs]


def test_no_code_or_name_is_active_on_the_page() -> None:
    hostile = ODD.replace("total = 0", "total = '<script>alert(1)</script>'")
    text = page("ps1", [Cell("spread", {"<b>ann": hostile, "eve": hostile}, ())]).decode()
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;b&gt;ann" in text
    assert "Similarity is no proof." in text


def test_a_class_without_similar_answers_is_said_to_have_none() -> None:
    assert "No pair agrees that much." in page("ps1", [Cell("spread", {"ann": ODD, "bob": OTHER}, ())]).decode()


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "similar.html"
    path.write_bytes(page("ps1", [Cell("spread", {"ann": ODD, "eve": RENAMED}, ())]))
    with chromium() as browser:
        tab = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}).new_page()  # type: ignore[arg-type]
        tab.goto(path.as_uri())
        assert_accessible(tab)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
