"""What is kept of graded notebooks for the diagnosis of mistakes: points, transcripts, and what the student read last.

The files lie beside the gradebook, in a folder that only its owner can read. They hold keyed hashes and sentences of
the instructor; no page, CSV or bundle is made from the hashes. A file that is missing or damaged is no record.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from utils.grading.course.course import SubmittedNotebook
from utils.grading.feedback.diagnosis import Behaviour, Checked, Group, Known, Mistakes
from utils.grading.job import Call, Graded
from utils.store import write_atomic

FOLDER: Final = "gradebook.transcripts"
_PRIVATE: Final = 0o600


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


class Transcripts:
    """The folder.

    Args:
        place: in which the folder lies, or will lie.
    """

    def __init__(self, place: Path) -> None:
        self.folder = place / FOLDER

    def keep(self, notebook: SubmittedNotebook, result: Result) -> None:
        """Keep the result of a submission."""
        self.write(self._of(notebook), result)

    def kept(self, notebook: SubmittedNotebook) -> Result | None:
        """What was kept of a submission."""
        return self.read(self._of(notebook))

    def keep_mistakes(self, assignment: str, mistakes: Mistakes) -> None:
        """Keep the mistakes in an assignment of a class."""
        known, groups = ([vars(entry) for entry in entries] for entries in (mistakes.known, mistakes.groups))
        self._store(self.folder / _name(assignment) / "mistakes.json", json.dumps({"known": known, "groups": groups}))

    def mistakes(self, assignment: str) -> Mistakes:
        """The mistakes in an assignment, as the last run found them."""
        with suppress(Exception):
            stored = json.loads((self.folder / _name(assignment) / "mistakes.json").read_text())
            known, groups = (
                [Known(**entry) for entry in stored["known"]],
                [Group(**entry) for entry in stored["groups"]],
            )
            return Mistakes(tuple(known), tuple(groups))
        return Mistakes()

    def path(self, assignment: str, problem: str, name: str, kind: str) -> Path:
        """The file of a result; none of the names need be one of a file."""
        return self.folder / _name(assignment) / _name(problem) / kind / f"{_name(name)}.json"

    def _of(self, notebook: SubmittedNotebook) -> Path:
        submission = notebook.submission
        return self.path(submission.assignment, notebook.problem.name, submission.student, "submissions")

    def read(self, path: Path) -> Result | None:
        """The result in a file."""
        try:
            stored = json.loads(path.read_bytes())
            transcripts = {name: tuple(Call(*call) for call in calls) for name, calls in stored["transcripts"].items()}
            diagnoses = tuple(dict(entry) for entry in stored["diagnoses"])
            return Result(stored["fingerprint"], stored["points"], tuple(stored["ended"]), transcripts, diagnoses)
        except Exception:
            return None

    def write(self, path: Path, result: Result) -> None:
        """Write a result into a file."""
        transcripts = {name: [astuple(call) for call in calls] for name, calls in result.transcripts.items()}
        self._store(path, json.dumps({**vars(result), "transcripts": transcripts}))

    def _store(self, path: Path, text: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode(), _PRIVATE)


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
