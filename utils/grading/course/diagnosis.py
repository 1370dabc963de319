"""Diagnosis for a class: keeps what the checks saw, has the wrong answers of a bank graded once, and compares.

Transcripts lie beside the gradebook, in a folder that only its owner can read; they hold keyed hashes, and no page, CSV
or bundle is made from them. The bank's answers are graded by the same judge with the same seed as the class, so that
the same answer gives the same hashes; the results are kept by the fingerprint of their jobs.

Without a bank, answers that behave alike are still grouped. An instructor names a group in `misconceptions.toml`,
beside the tables of the class:

    [groups]
    "3f2a9c1b" = "Divides by n - 1, as for a variance."

A diagnosis never costs a mark: it reads results, and whatever goes wrong here is a sentence for the instructor.
"""

import hashlib
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

import nbformat
from nbgrader.utils import is_grade, is_solution
from tqdm import tqdm
from traitlets import Unicode
from traitlets.config import Configurable

from utils.grading.course.answers import WrongAnswer, read_answers
from utils.grading.course.course import Course, Problem, SubmittedNotebook
from utils.grading.course.engine import grade_all
from utils.grading.course.seed import seed_folder
from utils.grading.course.workers import Workers
from utils.grading.feedback.diagnosis import (
    Behaviour,
    Checked,
    Group,
    Known,
    Mistake,
    Mistakes,
    alike,
    counted,
    key_of,
    recognise,
    reveals,
)
from utils.grading.job import Call, Graded, Job
from utils.grading.notebook.names import bound_names
from utils.grading.notebook.solution import grade_id_of, parse_solution, released
from utils.store import write_atomic

FOLDER: Final = "gradebook.transcripts"
NAMES: Final = "misconceptions.toml"
_PAGE: Final = re.compile(r"[\w-]+")
_FEWEST: Final = 2  # students whose answers behave alike make a group
_PRIVATE: Final = 0o600

Pool = Callable[[], AbstractContextManager[Workers]]


@dataclass(frozen=True)
class Result:
    """What is kept of a graded notebook: the fingerprint of its job, the points of each check, and its transcripts.

    Attributes:
        fingerprint: of the job.
        points: by the name of the check; None while a person decides.
        ended: the checks that a limit ended, at a call that another run might not reach.
        transcripts: by the name of the check.
        diagnoses: what the student read last, as `Diagnosis.of_class` gives it.
    """

    fingerprint: str
    points: Mapping[str, float | None]
    ended: tuple[str, ...]
    transcripts: Mapping[str, tuple[Call, ...]]
    diagnoses: tuple[dict[str, str], ...] = ()

    def behaviour(self, checks: Iterable[str]) -> Behaviour:
        """In these checks."""
        return tuple(Checked(name, self.points.get(name), self.transcripts.get(name, ())) for name in checks)


@dataclass(frozen=True)
class Cell:
    """A solution cell of the instructor's notebook: its name, and the checks that ask for what it defines."""

    name: str
    checks: tuple[str, ...]
    points: tuple[float, ...]


class Diagnosis(Configurable):  # type: ignore[misc]
    """The diagnosis of mistakes in a course.

    Args:
        course: whose students are diagnosed.
        settings: of grading, as a job without notebooks and files.
    """

    answers = Unicode(
        "",
        help="Folder with known wrong answers, in the format of utils/grading/course/answers.py; a relative path is "
        "relative to the course.",
    ).tag(config=True)

    lectures = Unicode(
        "",
        help="Address of the course's pages: a place to read on such as 'PAGE: SECTION' is a link to PAGE.html there.",
    ).tag(config=True)

    def __init__(self, course: Course, settings: Job) -> None:
        super().__init__(parent=course.app)
        self.course = course
        self.settings = settings
        self.folder = seed_folder(course.coursedir.db_url, course.coursedir.root) / FOLDER
        self._answers: list[WrongAnswer] | None = None
        self._complaints: set[str] = set()

    # What is kept

    def keep(self, notebook: SubmittedNotebook, graded: Graded, fingerprint: str) -> None:
        """Keep what the checks saw of a submission."""
        with self._quietly():
            path = self._path(notebook.submission.assignment, notebook.problem.name, notebook.submission.student)
            self._write(path, result_of(graded, fingerprint))

    def kept(self, notebook: SubmittedNotebook) -> Result | None:
        """What was kept of a submission, if it belongs to the marks that are recorded."""
        return self._read(
            self._path(notebook.submission.assignment, notebook.problem.name, notebook.submission.student)
        )

    def diagnoses(self, notebook: SubmittedNotebook, fingerprint: str) -> tuple[dict[str, str], ...]:
        """What the student of a submission read last, as long as it is the same submission."""
        result = self.kept(notebook)
        return result.diagnoses if result is not None and result.fingerprint == fingerprint else ()

    def mistakes(self, assignment: str) -> Mistakes:
        """The mistakes in an assignment, as the last run found them."""
        with suppress(Exception):
            stored = json.loads((self.folder / _name(assignment) / "mistakes.json").read_text())
            return Mistakes(
                tuple(Known(**known) for known in stored["known"]), tuple(Group(**group) for group in stored["groups"])
            )
        return Mistakes()

    # The comparison

    def of_class(
        self, notebooks: Sequence[SubmittedNotebook], fingerprints: Mapping[SubmittedNotebook, str], pool: Pool
    ) -> None:
        """Diagnose all submissions to one assignment, and keep the diagnoses and the mistakes of the class.

        Args:
            notebooks: of all students.
            fingerprints: of the recorded results; a submission without one is left out.
            pool: workers for the wrong answers of the bank that have not been graded.
        """
        with self._quietly():
            self._of_class(notebooks, fingerprints, pool)

    def _of_class(
        self, notebooks: Sequence[SubmittedNotebook], fingerprints: Mapping[SubmittedNotebook, str], pool: Pool
    ) -> None:
        found: list[tuple[str, str]] = []
        groups: list[Group] = []
        for problem in dict.fromkeys(notebook.problem for notebook in notebooks):
            results: dict[SubmittedNotebook, Result] = {}
            for notebook in notebooks:
                result = self.kept(notebook) if notebook.problem == problem else None
                if result is not None and fingerprints.get(notebook) == result.fingerprint:
                    results[notebook] = result
            diagnoses = self._of_problem(problem, results, groups, pool)
            for notebook, result in results.items():
                own = tuple(diagnoses.get(notebook, ()))
                found += [(entry["cell"], entry["sentence"]) for entry in own]
                if own != result.diagnoses:
                    path = self._path(notebook.submission.assignment, problem.name, notebook.submission.student)
                    self._write(path, replace(result, diagnoses=own))
        if notebooks:
            mistakes = Mistakes(counted(found), tuple(sorted(groups, key=lambda group: -group.students)))
            text = json.dumps(
                {
                    "known": [vars(known) for known in mistakes.known],
                    "groups": [vars(group) for group in mistakes.groups],
                }
            )
            self._store(self.folder / _name(notebooks[0].submission.assignment) / "mistakes.json", text)

    def _of_problem(
        self, problem: Problem, results: Mapping[SubmittedNotebook, Result], groups: list[Group], pool: Pool
    ) -> dict[SubmittedNotebook, list[dict[str, str]]]:
        """The diagnoses of the submissions of one notebook; groups without a name are added to ``groups``."""
        diagnoses: dict[SubmittedNotebook, list[dict[str, str]]] = {}
        if not results:
            return diagnoses
        assignment = next(iter(results)).submission.assignment
        right = self._graded(assignment, problem, {"": problem.solution}, pool).get("")
        if right is None:
            return diagnoses
        names = self._names()
        wrong = {}
        for cell in cells(problem.solution, right):
            wrong[cell] = {
                notebook: result.behaviour(cell.checks)
                for notebook, result in results.items()
                if is_wrong(result, cell)
            }
        bank = self._bank(assignment, problem, {cell.name for cell, answers in wrong.items() if answers}, pool)
        hidden, visible = hidden_and_visible(problem.solution, self.settings)
        for cell, behaviours in wrong.items():
            known = [
                Mistake(cell.name, answer.sentence, result.behaviour(cell.checks), answer.read)
                for answer, result in bank
                if answer.cell == cell.name and is_wrong(result, cell)
            ]
            unknown = {}
            for notebook, behaviour in behaviours.items():
                mistake = recognise(behaviour, right.behaviour(cell.checks), known)
                if mistake is None:
                    unknown[notebook] = behaviour
                elif self._may_stand(mistake.sentence, hidden, visible):
                    entry = {"cell": cell.name, "sentence": mistake.sentence, **self._place(mistake.read)}
                    diagnoses.setdefault(notebook, []).append(entry)
            by_name = {str(place): notebook for place, notebook in enumerate(unknown)}
            for group in alike({place: unknown[notebook] for place, notebook in by_name.items()}):
                keys = {key_of(cell.name, unknown[by_name[place]]) for place in group}
                sentence = next((names[key] for key in sorted(keys) if key in names), "")
                if sentence and self._may_stand(sentence, hidden, visible):
                    for place in group:
                        entry = {"cell": cell.name, "sentence": sentence, **self._place("")}
                        diagnoses.setdefault(by_name[place], []).append(entry)
                elif len(group) >= _FEWEST:
                    key = key_of(cell.name, unknown[by_name[group[0]]])
                    example = self._example(by_name[group[0]], cell.name)
                    groups.append(Group(cell.name, key, len(group), len(behaviours), example))
        return diagnoses

    def _place(self, read: str) -> dict[str, str]:
        """Where to read on: a page and a section of it, or any text; and the address, if the course names its own."""
        page, separator, section = read.partition(": ")
        if not separator or not _PAGE.fullmatch(page):
            return {"read": read, "link": ""}
        link = f"{self.lectures.rstrip('/')}/{page}.html#{_anchor(section)}" if self.lectures else ""
        return {"read": f"{page}, section “{section}”", "link": link if link.startswith(("http:", "https:")) else ""}

    def _may_stand(self, sentence: str, hidden: str, visible: str) -> bool:
        if secret := reveals(sentence, hidden, visible):
            self._complain(
                f"No student reads “{sentence}”, because it reveals “{secret}” of a hidden test: rewrite it."
            )
            return False
        return True

    def _example(self, notebook: SubmittedNotebook, cell: str) -> str:
        """The code of a submission's cell, as it was graded."""
        submission = notebook.submission
        folder = self.course.folder("autograded", submission.student, submission.assignment)
        with suppress(OSError, ValueError, KeyError, AttributeError):
            stored = json.loads((folder / f"{notebook.problem.name}.ipynb").read_bytes())
            for entry in stored["cells"]:
                if entry["metadata"].get("nbgrader", {}).get("grade_id") == cell:
                    source = entry["source"]
                    return "".join(source) if isinstance(source, list) else str(source)
        return ""

    # The bank

    def _bank(self, assignment: str, problem: Problem, names: set[str], pool: Pool) -> list[tuple[WrongAnswer, Result]]:
        """The wrong answers to some cells, with the results of grading them."""
        if self._answers is None:
            folder = Path(self.course.coursedir.root, self.answers)
            if self.answers and not folder.is_dir():
                self._complain(f"{folder}, which c.Diagnosis.answers names, is no folder: no answer is read from it.")
            self._answers = read_answers(folder) if self.answers and folder.is_dir() else []
        answers = [
            answer
            for answer in self._answers
            if (answer.assignment, answer.notebook) == (assignment, problem.name) and answer.cell in names
        ]
        submissions = {
            str(place): filled(problem.solution, answer.cell, answer.source) for place, answer in enumerate(answers)
        }
        results = self._graded(assignment, problem, submissions, pool)
        return [(answer, results[str(place)]) for place, answer in enumerate(answers) if str(place) in results]

    def _graded(
        self, assignment: str, problem: Problem, submissions: Mapping[str, bytes], pool: Pool
    ) -> dict[str, Result]:
        """The results of some submissions that no student handed in; those that are kept are not graded again."""
        settings = replace(self.settings, solution=problem.solution, files=problem.files)
        jobs = {label: replace(settings, submission=content) for label, content in submissions.items()}
        paths = {
            label: self._path(assignment, problem.name, job.fingerprint(), "answers") for label, job in jobs.items()
        }
        results = {label: result for label, path in paths.items() if (result := self._read(path)) is not None}
        missing = [label for label in jobs if label not in results]
        if missing:
            description = "known wrong answers" if len(jobs) > 1 else "the solution"
            with pool() as workers, tqdm(total=len(missing), unit="notebook", desc=description) as progress:
                for label, graded in grade_all(workers, missing, jobs.__getitem__):
                    if isinstance(graded, Graded) and graded.final:
                        results[label] = result_of(graded, jobs[label].fingerprint())
                        self._write(paths[label], results[label])
                    progress.update()
        return results

    def _names(self) -> dict[str, str]:
        """The groups that the instructor has named."""
        path = self.course.results / NAMES
        if not path.is_file():
            return {}
        try:
            groups = tomllib.loads(path.read_text(encoding="utf-8")).get("groups", {})
        except (OSError, ValueError) as error:
            self._complain(f"{path} cannot be read ({error}): no group has a name.")
            return {}
        return {str(key): str(sentence) for key, sentence in groups.items()}

    # Files

    def _path(self, assignment: str, problem: str, name: str, kind: str = "submissions") -> Path:
        return self.folder / _name(assignment) / _name(problem) / kind / f"{_name(name)}.json"

    def _read(self, path: Path) -> Result | None:
        try:
            stored = json.loads(path.read_bytes())
            transcripts = {name: tuple(Call(*call) for call in calls) for name, calls in stored["transcripts"].items()}
            diagnoses = tuple(dict(entry) for entry in stored["diagnoses"])
            return Result(stored["fingerprint"], stored["points"], tuple(stored["ended"]), transcripts, diagnoses)
        # A file that is missing or damaged is no record.
        except Exception:
            return None

    def _write(self, path: Path, result: Result) -> None:
        transcripts = {name: [astuple(call) for call in calls] for name, calls in result.transcripts.items()}
        self._store(path, json.dumps({**vars(result), "transcripts": transcripts}))

    def _store(self, path: Path, text: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode(), _PRIVATE)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """What goes wrong inside is a sentence for the instructor, and stops nothing."""
        try:
            yield
        except Exception as error:
            self._complain(
                f"Mistakes could not be diagnosed ({type(error).__name__}: {error}); the marks are not affected."
            )

    def _complain(self, sentence: str) -> None:
        if sentence not in self._complaints:
            self._complaints.add(sentence)
            print(sentence, file=sys.stderr)


def cells(solution: bytes, right: Result) -> list[Cell]:
    """The solution cells of an instructor's notebook, each with the checks that ask for what it defines.

    These are the checks that are named after the cell, as `mean-by_hand` after `mean`; else those that call only what
    the cell defines; else those that call any of it.

    Args:
        solution: the instructor's notebook.
        right: the result of grading it.
    """
    notebook = parse_solution(solution)
    points = {
        grade_id_of(cell): float(cell.metadata.nbgrader.get("points", 0))
        for cell in notebook.cells
        if is_grade(cell) and not is_solution(cell) and cell.cell_type == "code"
    }
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not is_solution(cell) or is_grade(cell):
            continue
        name, defined = grade_id_of(cell), set(bound_names(cell.source))
        called = {check: {call.name for call in right.transcripts.get(check, ())} - {"end", "..."} for check in points}
        checks = (
            [check for check in points if check.partition("-")[0] == name]
            or [check for check in points if called[check] and called[check] <= defined]
            or [check for check in points if called[check] & defined]
        )
        if checks:
            found.append(Cell(name, tuple(checks), tuple(points[check] for check in checks)))
    return found


def filled(solution: bytes, cell: str, source: str) -> bytes:
    """The instructor's notebook with another answer in one cell."""
    notebook = parse_solution(solution)
    for candidate in notebook.cells:
        if grade_id_of(candidate) == cell:
            candidate.source = source
    return bytes(nbformat.writes(notebook).encode())


def hidden_and_visible(solution: bytes, settings: Job) -> tuple[str, str]:
    """The lines of an instructor's notebook that students do not receive, and all that they do."""
    source = parse_solution(solution)
    release = released(source, settings.delimiters)
    visible = "\n".join(cell.source for cell in release.cells)
    lines = Counter(visible.splitlines())
    hidden = [line for cell in source.cells for line in cell.source.splitlines() if line not in lines]
    return "\n".join(hidden), visible


def is_wrong(result: Result, cell: Cell) -> bool:
    """Whether an answer lost points in the checks of a cell, and no limit ended one of them."""
    if set(result.ended) & set(cell.checks):
        return False
    return any(
        (result.points.get(check) or 0.0) < points - 1e-9 and result.points.get(check) is not None
        for check, points in zip(cell.checks, cell.points, strict=True)
    )


def result_of(graded: Graded, fingerprint: str) -> Result:
    """What is kept of a graded notebook."""
    ended = tuple(
        cell.grade_id for cell in graded.cells if cell.status in ("timed out", "memory", "crashed", "missing")
    )
    points = {cell.grade_id: cell.points for cell in graded.cells}
    return Result(fingerprint, points, ended, dict(graded.transcripts))


def _name(text: str) -> str:
    """A file name for a text that may be any."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _anchor(heading: str) -> str:
    """The identifier that Sphinx gives a heading.

    Example:
        >>> _anchor("MIG: one latent for a factor, and no second one")
        'mig-one-latent-for-a-factor-and-no-second-one'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
