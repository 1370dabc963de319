"""The guess of what the first submission will need: right where there is something to grade, silent otherwise."""

import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading.course import early


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course whose notebook imports two modules."""
    path = make_course(tmp_path) / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    content = nbformat.read(path, as_version=4)
    content.cells.insert(0, new_code_cell("import decimal\nfrom fractions import Fraction"))
    nbformat.write(content, path)
    return tmp_path


def test_the_modules_of_the_first_notebook_with_new_work(course: Path) -> None:
    assert early.begin(None, True, course) is None, "nobody handed in anything"
    page = hand_in(course, "ann", SOLUTIONS)
    begin = time.monotonic()
    assert early.begin(None, True, course) == ["decimal", "fractions"]
    assert early.begin(ASSIGNMENT, True, course) == ["decimal", "fractions"]
    assert time.monotonic() - begin < 5
    assert early.begin("other", True, course) is None
    graded = course / "autograded" / "ann" / ASSIGNMENT / page.name
    graded.parent.mkdir(parents=True)
    graded.write_bytes(page.read_bytes())
    assert early.begin(None, True, course) is None, "nothing is new"


def test_folders_that_the_configuration_renames(course: Path) -> None:
    hand_in(course, "ann", SOLUTIONS)
    (course / "source").rename(course / "solutions")
    assert early.begin(None, True, course) is None
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.source_directory = 'solutions'\n")
    assert early.begin(None, True, course) == ["decimal", "fractions"]


def test_what_is_no_course_is_left_to_others(tmp_path: Path) -> None:
    assert early.begin(None, True, tmp_path) is None
