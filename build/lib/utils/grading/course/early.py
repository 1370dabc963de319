"""Begin to import what the course's notebooks import, while the command is still importing nbgrader.

Both take seconds, and they need not wait for each other. What a course configures is known only when nbgrader has been
imported, so this module guesses: a wrong guess costs time, but never changes a result.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from utils.grading.notebook.names import imported_modules
from utils.grading.supervisor import warm

CONFIGURATION = "nbgrader_config.py"


def begin(assignment: str | None, sandboxed: bool, folder: Path = Path()) -> list[str] | None:
    """Start this process's fork servers, which then import what the first notebook to be graded imports.

    Args:
        assignment: its name, or None for all that have submissions.
        sandboxed: whether submissions will be sandboxed.
        folder: of the course.

    Returns:
        The modules, or None where nothing seems to be new.
    """
    try:
        configuration = (folder / CONFIGURATION).read_text(encoding="utf-8")
        notebook = _first_unfinished(folder, configuration, assignment)
        if notebook is None:
            return None
        cells = json.loads(notebook.read_bytes())["cells"]
        modules = imported_modules("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        if re.search(r"^c\.GradeSubmission\.sandboxed\s*=\s*False", configuration, re.MULTILINE):
            sandboxed = False
        # No thread waits for the imports: a process with threads cannot fork safely.
        warm(modules, sandboxed, wait=False)
    # Whatever is wrong with the course or the sandbox is reported where it is needed.
    except Exception:
        return None
    return modules


def _first_unfinished(folder: Path, configuration: str, assignment: str | None) -> Path | None:
    """The instructor's notebook of the first submitted one that is newer than its autograded version."""
    source, submitted, autograded = (
        folder / _directory(configuration, step) for step in ("source", "submitted", "autograded")
    )
    for notebook in sorted(source.glob(f"{assignment or '*'}/*.ipynb")):
        name = Path(notebook.parent.name, notebook.name)
        if any(_is_newer(student / name, autograded / student.name / name) for student in _folders(submitted)):
            return notebook
    return None


def _directory(configuration: str, step: str) -> str:
    match = re.search(rf"""^c\.CourseDirectory\.{step}_directory\s*=\s*["']([^"']+)["']""", configuration, re.MULTILINE)
    return match[1] if match else step


def _folders(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob("*") if path.is_dir())


def _is_newer(path: Path, other: Path) -> bool:
    if not path.is_file():
        return False
    return not other.is_file() or path.stat().st_mtime > other.stat().st_mtime
