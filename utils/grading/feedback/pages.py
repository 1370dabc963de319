"""Feedback pages: nbgrader renders them; pages whose content would not change are left alone."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.utils import capture_log, chdir, temp_attrs


class FeedbackPages:
    """The feedback folder of a course.

    Args:
        app: nbgrader's application, which holds the configuration.
        coursedir: its description of the course's folders.
        gradebook: the course's gradebook; it is only read.
    """

    def __init__(self, app: Any, coursedir: Any, gradebook: Gradebook) -> None:
        self._coursedir = coursedir
        self._gradebook = gradebook
        self._converter = _Converter(coursedir=coursedir, parent=app, force=True)

    def render(self, student: str, assignment: str, problems: Iterable[str]) -> str:
        """Render a submission's pages where scores, comments or notebooks have changed.

        Returns:
            A sentence on what failed, or an empty text.
        """
        folder = self._folder("feedback", student, assignment)
        digests = {folder / f"{name}.html": self._digest(student, assignment, name) for name in problems}
        if all(ends_with(page, digest) for page, digest in digests.items()):
            return ""
        settings = {"assignment_id": assignment, "student_id": student, "notebook_id": "*"}
        with temp_attrs(self._coursedir, **settings):
            outcome = capture_log(self._converter)
        if not outcome["success"]:
            return f"The feedback of {student} could not be rendered: {outcome['error'].strip().splitlines()[-1]}"
        for page, digest in digests.items():
            if page.exists():
                with page.open("ab") as file:
                    file.write(digest)
        return ""

    def _folder(self, step: str, student: str, assignment: str) -> Path:
        directory: str = getattr(self._coursedir, f"{step}_directory")
        return Path(self._coursedir.format_path(directory, student, assignment))

    def _digest(self, student: str, assignment: str, problem: str) -> bytes:
        """A last line for a page, which changes whenever the page's content would."""
        digest = hashlib.sha256()
        with suppress(OSError):
            digest.update((self._folder("autograded", student, assignment) / f"{problem}.ipynb").read_bytes())
        with suppress(MissingEntry):
            notebook = self._gradebook.find_submission_notebook(problem, assignment, student)
            scores = sorted((grade.name, grade.score, grade.max_score) for grade in notebook.grades)
            comments = sorted((comment.name, comment.comment or "") for comment in notebook.comments)
            digest.update(repr((scores, comments, notebook.late_submission_penalty)).encode())
        self._gradebook.db.remove()
        return f"\n<!-- {digest.hexdigest()} -->\n".encode()


class _Converter(GenerateFeedback):  # type: ignore[misc]
    """nbgrader's converter, which keeps its exporter: compiling its templates takes longer than filling them."""

    def start(self) -> None:
        """Convert what the course's configuration selects."""
        if not hasattr(self, "first_exporter"):
            super().start()
            self.first_exporter = self.exporter
            return
        self.init_notebooks()
        with chdir(self.coursedir.root):
            self.convert_notebooks()


def ends_with(path: Path, ending: bytes) -> bool:
    """Whether the file exists and its last bytes are ``ending``."""
    try:
        with path.open("rb") as file:
            file.seek(-len(ending), os.SEEK_END)
            return file.read() == ending
    except OSError:
        return False
