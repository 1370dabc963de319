"""Diagnosis for a class: has the wrong answers of a bank graded once, and compares what the checks saw of the class.

The bank's answers are graded by the same judge with the same seed as the class, so that the same answer gives the same
hashes; the results are kept by the fingerprint of their jobs.

Without a bank, answers that behave alike are still grouped. An instructor names a group in `misconceptions.toml`,
beside the tables of the class:

    [groups]
    "3f2a9c1b" = "Divides by n - 1, as for a variance."

A diagnosis never costs a mark: it reads results, and whatever goes wrong here is a sentence for the instructor.
"""

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from nbgrader.utils import is_solution
from tqdm import tqdm
from traitlets import Unicode
from traitlets.config import Configurable

from utils.grading.course.answers import WrongAnswer, read_answers
from utils.grading.course.cells import Cell, cells, is_wrong, with_checks
from utils.grading.course.course import Course, Problem, SubmittedNotebook
from utils.grading.course.engine import grade_all
from utils.grading.course.seed import seed_folder
from utils.grading.course.transcripts import Result, Transcripts, result_of
from utils.grading.course.workers import Workers
from utils.grading.feedback.diagnosis import (
    Group,
    Mistake,
    Mistakes,
    alike,
    counted,
    key_of,
    recognise,
    reveals,
)
from utils.grading.job import Graded, Job
from utils.grading.notebook.names import without_comments
from utils.grading.notebook.solution import filled, grade_id_of, hidden_and_visible, parse_solution, released

NAMES: Final = "misconceptions.toml"
_PAGE: Final = re.compile(r"[\w-]+")
_FEWEST: Final = 2  # students whose answers behave alike make a group

Pool = Callable[[], AbstractContextManager[Workers]]


class Diagnosis(Configurable):
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
        self.transcripts = Transcripts(seed_folder(course.coursedir.db_url, course.coursedir.root))
        self._answers: list[WrongAnswer] | None = None
        self._complaints: set[str] = set()

    def keep(self, notebook: SubmittedNotebook, graded: Graded, fingerprint: str) -> None:
        """Keep what the checks saw of a submission."""
        with self._quietly():
            self.transcripts.keep(notebook, result_of(graded, fingerprint))

    def diagnoses(self, notebook: SubmittedNotebook, fingerprint: str) -> tuple[dict[str, str], ...]:
        """What the student of a submission read last, as long as it is the same submission."""
        result = self.transcripts.kept(notebook)
        return result.diagnoses if result is not None and result.fingerprint == fingerprint else ()

    def of_classes(
        self,
        notebooks: Sequence[SubmittedNotebook],
        fingerprint: Callable[[SubmittedNotebook], str],
        pool: Pool,
    ) -> None:
        """Diagnose everybody's submissions to the assignments of the notebooks, and keep the result.

        Args:
            notebooks: what was graded; the other submissions to the same assignments are compared with them.
            fingerprint: of a submission's recorded result; an empty text where there is none.
            pool: workers for the wrong answers of the bank that have not been graded.
        """
        for name in dict.fromkeys(notebook.submission.assignment for notebook in notebooks):
            with self._quietly():
                own = [notebook for notebook in notebooks if notebook.submission.assignment == name]
                everybody = dict.fromkeys([*(notebook.submission for notebook in own), *self.course.submissions(name)])
                problems = dict.fromkeys(notebook.problem for notebook in own)
                whole = [SubmittedNotebook(submission, problem) for submission in everybody for problem in problems]
                self._of_class(name, whole, fingerprint, pool)

    def _of_class(
        self,
        assignment: str,
        notebooks: Sequence[SubmittedNotebook],
        fingerprint: Callable[[SubmittedNotebook], str],
        pool: Pool,
    ) -> None:
        found: list[tuple[str, str]] = []
        groups: list[Group] = []
        for problem in dict.fromkeys(notebook.problem for notebook in notebooks):
            results: dict[SubmittedNotebook, Result] = {}
            for notebook in notebooks:
                result = self.transcripts.kept(notebook) if notebook.problem == problem else None
                if result is not None and result.fingerprint and fingerprint(notebook) == result.fingerprint:
                    results[notebook] = result
            diagnoses = self._of_problem(problem, results, groups, pool)
            for notebook, result in results.items():
                own = tuple(diagnoses.get(notebook, ()))
                found += [(entry["cell"], entry["sentence"]) for entry in own]
                if own != result.diagnoses:
                    self.transcripts.keep(notebook, replace(result, diagnoses=own))
        groups.sort(key=lambda group: -group.students)
        self.transcripts.keep_mistakes(assignment, Mistakes(counted(found), tuple(groups)))

    def _of_problem(
        self, problem: Problem, results: Mapping[SubmittedNotebook, Result], groups: list[Group], pool: Pool
    ) -> dict[SubmittedNotebook, list[dict[str, str]]]:
        """The diagnoses of the submissions of one notebook; groups without a name are added to ``groups``."""
        diagnoses: dict[SubmittedNotebook, list[dict[str, str]]] = {}
        if not results:
            return diagnoses
        assignment = next(iter(results)).submission.assignment
        right = self._graded(assignment, problem, problem.solution, {"": problem.solution}, pool).get("")
        if right is None:
            return diagnoses
        names = self._names()
        wrong = {}
        untouched = self._untouched(problem)
        for cell in cells(problem.solution, right):
            wrong[cell] = {
                notebook: result.behaviour(cell.checks)
                for notebook, result in results.items()
                if is_wrong(result, cell) and self._example(notebook, cell.name).strip() != untouched.get(cell.name)
            }
        bank = self._bank(assignment, problem, right, [cell for cell, answers in wrong.items() if answers], pool)
        hidden, visible = hidden_and_visible(problem.solution, self.settings.delimiters)
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
        """The code of a submission's cell, as it was graded, without comments, in which a name may stand."""
        submission = notebook.submission
        folder = self.course.folder("autograded", submission.student, submission.assignment)
        with suppress(OSError, ValueError, KeyError, AttributeError):
            stored = json.loads((folder / f"{notebook.problem.name}.ipynb").read_bytes())
            for entry in stored["cells"]:
                if entry["metadata"].get("nbgrader", {}).get("grade_id") == cell:
                    source = entry["source"]
                    return without_comments("".join(source) if isinstance(source, list) else str(source))
        return ""

    def _untouched(self, problem: Problem) -> dict[str, str]:
        """The code of each solution cell as students receive it: who left it so has made no mistake yet."""
        release = released(parse_solution(problem.solution), self.settings.delimiters)
        return {
            grade_id_of(cell): without_comments(cell.source).strip()
            for cell in release.cells
            if is_solution(cell) and cell.cell_type == "code"
        }

    # The bank

    def _bank(
        self, assignment: str, problem: Problem, right: Result, wanted: Sequence[Cell], pool: Pool
    ) -> list[tuple[WrongAnswer, Result]]:
        """The wrong answers to some cells, with the results of grading them."""
        if self._answers is None:
            folder = Path(self.course.coursedir.root, self.answers)
            if self.answers and not folder.is_dir():
                self._complain(f"{folder}, which c.Diagnosis.answers names, is no folder: no answer is read from it.")
            self._answers = read_answers(folder) if self.answers and folder.is_dir() else []
        bank = []
        for cell in wanted:
            answers = {
                str(place): answer
                for place, answer in enumerate(self._answers)
                if (answer.assignment, answer.notebook, answer.cell) == (assignment, problem.name, cell.name)
            }
            solution = with_checks(problem.solution, cell.checks) if answers else b""
            alone = self._graded(assignment, problem, solution, {"": solution}, pool).get("") if answers else None
            # What these checks read, another may define.
            if alone is None or alone.behaviour(cell.checks) != right.behaviour(cell.checks):
                solution = problem.solution
            submissions = {place: filled(solution, cell.name, answer.source) for place, answer in answers.items()}
            results = self._graded(assignment, problem, solution, submissions, pool)
            bank += [(answers[place], result) for place, result in results.items()]
        return bank

    def _graded(
        self, assignment: str, problem: Problem, solution: bytes, submissions: Mapping[str, bytes], pool: Pool
    ) -> dict[str, Result]:
        """The results of some submissions that no student handed in; those that are kept are not graded again."""
        settings = replace(self.settings, solution=solution, files=problem.files, shadow=False)
        jobs = {label: replace(settings, submission=content) for label, content in submissions.items()}
        paths = {
            label: self.transcripts.path(assignment, problem.name, job.fingerprint(), "answers")
            for label, job in jobs.items()
        }
        results = {
            label: result for label, path in paths.items() if (result := self.transcripts.read(path)) is not None
        }
        missing = [label for label in jobs if label not in results]
        if missing:
            description = "known mistakes, once" if len(jobs) > 1 else "the solution, once"
            with (
                pool() as workers,
                tqdm(total=len(missing), unit="notebook", desc=description, leave=False) as progress,
            ):
                for label, graded in grade_all(workers, missing, jobs.__getitem__):
                    if isinstance(graded, Graded) and graded.final:
                        results[label] = result_of(graded, jobs[label].fingerprint())
                        self.transcripts.write(paths[label], results[label])
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


def _anchor(heading: str) -> str:
    """The identifier that Sphinx gives a heading.

    Example:
        >>> _anchor("MIG: one latent for a factor, and no second one")
        'mig-one-latent-for-a-factor-and-no-second-one'
    """
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
