"""The instructor's guides speak of the lecture as it is, and no student gets them."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pytest

from tests.answers.bank import exercises
from tests.support import ROOT
from utils.grading.course.course import Course

TOPICS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
SECTION = re.compile(r"^### (.+?) · (\d+) minutes?$", re.MULTILINE)
CLOSING = ("answered", "In this lecture we have", "Where to read on", "Since the source lecture", "Going deeper")


def guide(topic: str) -> str:
    return (ROOT / "solutions" / topic / "guide.md").read_text("utf-8")


def headings(topic: str) -> list[tuple[int, str]]:
    """Level and text of the headings of a lecture."""
    notebook = nbformat.read(ROOT / "lectures" / f"{topic}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [(len(marks), title.strip()) for marks, title in re.findall(r"^(#{2,3}) (.+)$", text, flags=re.MULTILINE)]


@pytest.mark.parametrize("topic", TOPICS)
def test_it_has_every_section_of_its_lecture(topic):
    named = [heading for heading, _ in SECTION.findall(guide(topic))]
    in_lecture = [title for _, title in headings(topic)]
    assert [heading for heading in named if heading not in in_lecture] == []
    # In a lecture of two parts the sections are a level deeper.
    level, part, needed = 2, False, []
    for depth, title in headings(topic):
        part = title.startswith("Part ") if depth == 2 else part
        level = 3 if part else 2
        if depth == level and not title.startswith("Part") and not any(word in title for word in CLOSING):
            needed.append(title)
    assert [title for title in needed if title not in named and "can go wrong" not in title] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_its_minutes_add_up(topic):
    total = re.search(r"The whole lecture takes about (\d+) minutes", guide(topic))
    assert total is not None
    assert sum(int(minutes) for _, minutes in SECTION.findall(guide(topic))) == int(total[1])
    assert {"## Shorter", "## Hand out"} <= set(guide(topic).splitlines())
    assert "**50 minutes**" in guide(topic)
    assert "**75 minutes**" in guide(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_its_numbers_are_the_lectures(topic):
    # A decimal or a number of three digits is a result; "two of five" is not looked for.
    def numbers(text: str) -> set[str]:
        found = re.findall(r"(?<![\w.])(?:\d[\d,]*)?\.\d+|\d[\d,]*\d", text)
        values = {f"{float(number.replace(',', '')):g}": number for number in found}
        return {value for value, number in values.items() if "." in number or len(number) > 2}

    notebook = nbformat.read(ROOT / "lectures" / f"{topic}.ipynb", as_version=4)
    read = [cell.source for cell in notebook.cells if "claims" not in cell.metadata.get("tags", [])]
    sections = guide(topic).partition("## Section by section")[2].partition("## Misconceptions")[0]
    named = numbers(SECTION.sub("", sections))
    assert named
    assert named - numbers("\n".join(read)) == set()


@pytest.mark.parametrize("topic", TOPICS)
def test_its_misconceptions_are_those_of_the_answer_bank(topic):
    rows = re.findall(r"^\| .+?: (`.+?`) \|", guide(topic), flags=re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    bank = {a.name for exercise in exercises() if exercise.assignment == topic for a in exercise.of_kind("wrong")}
    assert len(rows) >= 10
    assert [name for name in named if name not in bank] == []


def test_no_release_gets_a_guide(tmp_path):
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "01_clustering", "--no-db", "--force"]
    command.append(f"--CourseDirectory.release_directory={tmp_path}")
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    assert [path.name for path in (tmp_path / "01_clustering").iterdir()] == ["clustering.ipynb"]


def test_students_code_is_not_given_a_guide(monkeypatch):
    monkeypatch.chdir(ROOT)
    course = Course.here()
    assert course.assignments() == TOPICS
    assert [course.files(topic) for topic in TOPICS] == [{}] * len(TOPICS)
