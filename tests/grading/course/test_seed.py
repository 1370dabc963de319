"""The secret of a course: drawn once, kept for regrading, and readable for its owner only."""

from pathlib import Path

import pytest
from traitlets.config import Config

from tests.support.course import make_course
from utils.grading.course.course import Course
from utils.grading.course.seed import FILE, seed_folder, stored_seed
from utils.grading.nbgrader import GradeSubmission


def test_it_is_drawn_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    seed = stored_seed(tmp_path / "class")
    assert stored_seed(tmp_path / "class") == seed != stored_seed(tmp_path / "other")
    assert (tmp_path / "class" / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "class").iterdir()] == [FILE]


def test_a_file_without_a_number_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("seven")
    with pytest.raises(ValueError, match="holds no number: delete it"):
        stored_seed(tmp_path)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:////course/class/gradebook.db", "/course/class"),
        ("sqlite:///gradebook.db", "/root"),
        ("postgresql://host/grades", "/root"),
    ],
)
def test_it_lies_beside_the_gradebook(url: str, folder: str) -> None:
    assert seed_folder(url, "/root") == Path(folder)


def test_the_settings_of_a_course_hold_its_secret_unless_it_configures_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_course(tmp_path))
    course = Course.here()
    assert GradeSubmission(parent=course.app).settings().seed == stored_seed(tmp_path)
    configured = Config({"GradeSubmission": {"seed": 3}})
    assert GradeSubmission(parent=course.app, config=configured).settings().seed == 3
