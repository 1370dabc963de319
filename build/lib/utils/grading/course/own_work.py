"""A learner's own work: graded where it lies, told in the terminal, and remembered from one run to the next.

Two places: a repository with solutions, where work is graded as a class's is, and a class's copy, which has neither
solutions nor hidden tests, so that only the checks run that the learner sees anyway. In both, the code runs with the
learner's own rights: it is the learner's own.
"""

import importlib
import os
import random
import sys
import textwrap
import webbrowser
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nbformat
from traitlets import Unicode
from traitlets.config import Config, Configurable

from utils.errors import WhichIsBetterError
from utils.grading.course.course import Course, Submission
from utils.grading.course.gradebook import Writer
from utils.grading.feedback.learner import WIDTH, Own, RightAnswers, account, model_answers, remember, with_scores
from utils.grading.feedback.tables import printable
from utils.grading.job import Job
from utils.grading.sandbox.walls import TEST_SEED
from utils.grading.supervisor import grade
from utils.store import write_atomic

PROGRESS: Final = "progress.csv"
MODEL_ANSWERS: Final = "-model-answers.html"  # after the name of a notebook
RELEASES: Final = ("assignments", "release")  # where a class's copy has its notebooks
_VISIBLE_ONLY: Final = (
    "This copy of the course has no solutions and no hidden tests: only the checks that you can see were run. "
    "Points, a page of feedback and model answers need the instructor's repository. A grade also counts hidden tests."
)


class NothingToGrade(WhichIsBetterError):
    """There is no work of the learner's own; the message says where it is expected."""


class OwnWork(Configurable):
    """Settings for learners who grade their own work."""

    right_answers = Unicode(
        "",
        help="A function, as package.module.name, which returns right answers to a solution cell: it takes the "
        "names of assignment, notebook and cell, and returns pairs of a sentence and a source. One is shown after full "
        "marks, beside the instructor's.",
    ).tag(config=True)


def apart(course: Course) -> Course:
    """The course with a gradebook and results of its own, in the folder `own` beside those of the class.

    An instructor who tries the exercises is no student of the class.
    """
    place = course.results / "own"
    place.mkdir(parents=True, exist_ok=True)
    settings = {f"{step}_directory": str(place / step) for step in ("submitted", "autograded", "feedback")}
    settings["db_url"] = f"sqlite:///{place / 'gradebook.db'}"
    # nbgrader's converters read the configuration, and the course reads its object.
    course.app.update_config(Config({"CourseDirectory": settings}))
    for name, value in settings.items():
        setattr(course.coursedir, name, value)
    return course


@contextmanager
def test_seed() -> Iterator[int]:
    """Choose the seed of hidden tests for this run, and hand it to the processes that are started meanwhile.

    The environment variable `TEST_SEED` repeats a run; otherwise each run draws other inputs, so that trying again
    with the same mistake does not help.

    Raises:
        ValueError: the variable is no whole number from 0 on.
    """
    text = os.environ.get("TEST_SEED", "")
    if text and not text.isdigit():
        raise ValueError(f"TEST_SEED is {text!r}, but it must be a whole number from 0 on.")
    seed = int(text) if text else random.SystemRandom().randrange(1, 10**6)
    os.environ[TEST_SEED] = str(seed)
    try:
        yield seed
    finally:
        del os.environ[TEST_SEED]


def bank_of(app: Any) -> RightAnswers | None:
    """The function that the configuration names, or None; one that cannot be imported is said."""
    name = OwnWork(parent=app).right_answers
    if not name:
        return None
    module, _, function = name.rpartition(".")
    try:
        answers: RightAnswers = getattr(importlib.import_module(module), function)
    except Exception as error:
        print(f"c.OwnWork.right_answers is {name!r}, which cannot be imported: {error}", file=sys.stderr)
        return None
    return answers


def tell(
    course: Course,
    writer: Writer,
    submissions: Sequence[Submission],
    fresh: Collection[tuple[str, str]],
    settings: Job,
    seed: int,
) -> None:
    """Print the account of each notebook, remember the scores, and write the pages of model answers.

    Args:
        course: with solutions.
        writer: of its gradebook.
        submissions: the learner's own.
        fresh: (student, assignment) of what was graded in this run.
        settings: of the run.
        seed: of its hidden tests.
    """
    everything = []
    answers = bank_of(course.app)
    for submission in submissions:
        for name in course.names(submission.assignment):
            path = course.folder("autograded", submission.student, submission.assignment) / f"{name}.ipynb"
            record = writer.recorded(submission, name)
            if record is None:
                continue
            notebook = with_scores(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4), record.cells)
            solution = course.solutions(submission.assignment)[name]
            is_fresh = (submission.student, submission.assignment) in fresh
            everything.append(Own(submission.assignment, name, notebook, solution, is_fresh))
            if html := model_answers(everything[-1], answers, settings.delimiters):
                folder = course.folder("feedback", submission.student, submission.assignment)
                write_atomic(folder / f"{name}{MODEL_ANSWERS}", html)
    earlier = remember(course.results / PROGRESS, everything, seed)
    for own in everything:
        print(account(own, earlier.get((own.assignment, own.notebook), {})))
    for student, assignment, sentence in writer.remarks(submissions):
        print(printable(f"{student}, {assignment}: {sentence}"))
    print(f"Hidden tests drew their inputs with TEST_SEED={seed}. Progress: {course.results / PROGRESS}")


def show(course: Course, submissions: Sequence[Submission]) -> None:
    """Print the paths of a self-learner's pages, and open those of feedback in the browser where there is a screen."""
    for submission in submissions:
        for path in sorted(course.folder("feedback", submission.student, submission.assignment).glob("*.html")):
            if path.name.endswith(MODEL_ANSWERS):
                print(f"Model answers, to what you have solved: {path}")
                continue
            print(f"Feedback: {path}")
            if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
                webbrowser.open(path.as_uri())


def check_copy(root: Path, assignment: str | None, settings: Job) -> None:
    """Run the visible checks of a class's copy, where there are no solutions, and say what is missing.

    Args:
        root: of the copy.
        assignment: its name; by default every one.
        settings: limits, in a job without notebooks.

    Raises:
        NothingToGrade: there are no notebooks.
    """
    releases = [root / name for name in RELEASES if (root / name).is_dir()]
    notebooks = [path for folder in releases for path in sorted(folder.glob(f"{assignment or '*'}/*.ipynb"))]
    notebooks = [path for path in notebooks if not path.name.startswith(".")]
    if not notebooks:
        raise NothingToGrade(
            f"There is no notebook in {root / RELEASES[0] / (assignment or 'ASSIGNMENT')}: run this in the folder of "
            "the course, and name an assignment that exists."
        )
    progress = root / "class" / "own" / PROGRESS
    with test_seed() as seed:
        everything = [_visible(path, settings) for path in notebooks]
    earlier = remember(progress, everything, seed)
    for own in everything:
        print(account(own, earlier.get((own.assignment, own.notebook), {}), points=False))
    print(textwrap.fill(_VISIBLE_ONLY, WIDTH))
    print(f"Progress: {progress}")


def _visible(path: Path, settings: Job) -> Own:
    """A notebook and the results of the checks that lie in it: it is submission and instructor's notebook at once."""
    print(f"Running the visible checks of {path.parent.name}/{path.name} …", flush=True)
    content = path.read_bytes()
    files = {
        other.relative_to(path.parent).as_posix(): other.read_bytes()
        for other in sorted(path.parent.rglob("*"))
        if other.is_file() and other.suffix != ".ipynb" and ".ipynb_checkpoints" not in other.parts
    }
    graded = grade(Job(content, content, settings.limits, files, sandboxed=False))
    notebook = nbformat.reads(graded.notebook.decode(), as_version=4)
    return Own(path.parent.name, path.stem, with_scores(notebook, graded.cells))
