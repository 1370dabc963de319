"""What students read of the answer bank: a sentence that says nothing of a hidden test, and a section that exists."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nbformat
import pytest

from tests.answers.bank import Exercise, exercises
from tests.support import ROOT
from utils.grading.course.answers import read_answers
from utils.grading.feedback.diagnosis import reveals
from utils.grading.job import Delimiters
from utils.grading.notebook.solution import hidden_and_visible

ANSWERS = read_answers(ROOT / "tests" / "answers")


@cache
def texts(path: Path) -> tuple[str, str]:
    """The hidden lines of an instructor's notebook, and what students receive."""
    return hidden_and_visible(path.read_bytes(), Delimiters())


@cache
def sections(page: str) -> set[str]:
    """The headings of a lecture."""
    notebook = nbformat.read(ROOT / "lectures" / f"{page}.ipynb", as_version=4)
    lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return {line.lstrip("# ").strip() for line in lines if line.startswith("#")}


def test_the_grader_reads_every_wrong_answer_of_the_bank_without_running_it() -> None:
    read = {(answer.assignment, answer.cell, answer.source.strip()) for answer in ANSWERS}
    wrong = {
        (exercise.assignment, answer.cell, answer.source.strip())
        for exercise in exercises()
        for answer in exercise.of_kind("wrong")
    }
    assert read == wrong


def test_no_sentence_reveals_anything_of_a_hidden_test() -> None:
    revealed = {
        (answer.cell, answer.name): secret
        for answer in ANSWERS
        if (
            secret := reveals(
                answer.sentence, *texts(ROOT / "solutions" / answer.assignment / f"{answer.notebook}.ipynb")
            )
        )
    }
    assert not revealed


def test_a_sentence_is_on_the_answer_and_not_on_its_author() -> None:
    authors = {"Believes", "Knows", "Sees", "believes", "students"}
    odd = [
        answer.name
        for answer in ANSWERS
        if not answer.sentence.endswith(".") or len(answer.sentence) >= 200 or authors & set(answer.sentence.split())
    ]
    assert not odd


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.title.replace(" ", "-"))
def test_the_section_to_read_is_in_a_lecture(exercise: Exercise) -> None:
    page, _, section = exercise.read.partition(": ")
    assert section in sections(page)
