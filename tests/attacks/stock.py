"""Stock nbgrader as the peer: the same submissions through `nbgrader autograde`, in a course of their own.

`contained` puts nbgrader itself into bubblewrap: it runs students' code with its own rights, and so would an attack.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

ASSIGNMENT = "toy"
_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "stock"
c.ExecutePreprocessor.timeout = {timeout}
"""
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class StockScores:
    """One student's scores in stock nbgrader's gradebook.

    Attributes:
        score: total points, including those given by hand or as extra credit.
        cells: points by grade_id; None where a person has to read the answer.
        graded: whether nbgrader finished with the submission.
    """

    score: float
    cells: Mapping[str, float | None]
    graded: bool


@dataclass(frozen=True)
class StockCourse:
    """A course with one assignment of one notebook, as stock nbgrader keeps it.

    Attributes:
        folder: its root.
        notebook: the notebook's name.
    """

    folder: Path
    notebook: str = ASSIGNMENT

    @classmethod
    def make(
        cls, folder: Path, source: bytes, files: Mapping[str, bytes], notebook: str = ASSIGNMENT, timeout: int = 60
    ) -> "StockCourse":
        """Write the instructor's notebook and its data files, and have nbgrader release the assignment."""
        course = cls(folder, notebook)
        home = folder / "source" / ASSIGNMENT
        home.mkdir(parents=True)
        (home / f"{notebook}.ipynb").write_bytes(source)
        for name, content in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(content)
        (folder / "nbgrader_config.py").write_text(_CONFIG.format(timeout=timeout))
        course.nbgrader("generate_assignment", ASSIGNMENT, "--create", check=True)
        return course

    def copy(self, folder: Path) -> "StockCourse":
        """The same course elsewhere, for students who shall not meet."""
        shutil.copytree(self.folder, folder)
        return StockCourse(folder, self.notebook)

    def submit(self, submissions: Mapping[str, bytes]) -> None:
        """Hand in notebooks by student."""
        for student, submission in submissions.items():
            path = self.folder / "submitted" / student / ASSIGNMENT / f"{self.notebook}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(submission)

    def nbgrader(
        self, *arguments: str, contained: bool = False, check: bool = False, seconds: float | None = None
    ) -> bool:
        """Run an nbgrader command; returns whether it succeeded within the time."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        command = [*(self._walls() if contained else ()), str(Path(sys.executable).parent / "nbgrader"), *arguments]
        env = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
        if contained:
            env |= {"HOME": "/tmp/home", "TMPDIR": "/tmp"}
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        if check and done.returncode:
            raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
        return done.returncode == 0

    def _walls(self) -> list[str]:
        line = ["prlimit", f"--as={16 * 1024 * _MEBIBYTE}", f"--fsize={256 * _MEBIBYTE}", "--core=0"]
        line += ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
        line += ["--dev", "/dev", "--proc", "/proc", "--size", str(256 * _MEBIBYTE), "--tmpfs", "/tmp"]
        line += ["--dir", "/tmp/home", "--bind", str(self.folder), str(self.folder), "--chdir", str(self.folder), "--"]
        return line

    def marks(self, student: str) -> StockScores:
        """What the gradebook holds."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            try:
                submission = book.find_submission(ASSIGNMENT, student)
            except MissingEntry:
                return StockScores(0.0, {}, graded=False)
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            finished = (self.folder / "autograded" / student / ASSIGNMENT / f"{self.notebook}.ipynb").exists()
            cells = {
                grade.name: None if grade.needs_manual_grade and grade.manual_score is None else float(grade.score)
                for grade in grades
            }
            return StockScores(float(submission.score or 0.0), cells, finished)
