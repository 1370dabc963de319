"""Read a submission, which is a file from a stranger, and fit it to the instructor's notebook.

Whatever the file is, the result is a `Plan`: the notebook as it will be handed back, what runs where and in which
order, and a sentence for everything that was wrong with the file. Cells are matched by nbgrader's `grade_id`. A
student's source is kept for solution cells and for cells of their own; everything locked, and all metadata, is the
instructor's.
"""

import ast
import copy
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from utils.grading.job import Delimiters, Job
from utils.grading.notebook.names import bound_names, import_statements, parse
from utils.grading.notebook.parse import SubmittedCell, read
from utils.grading.notebook.plan import Manual, Plan, Step


def prepare(job: Job) -> Plan:
    """Fit a submission to the instructor's notebook.

    Raises:
        ValueError: the instructor's notebook cannot be read; nothing that a student hands in raises.
    """
    source = _instructors(job.solution)
    release = released(source, job.delimiters)
    cells, remarks = read(job.submission, job.limits)
    return _Fitting(source, release, cells, remarks, job.delimiters).plan()


def released(source: Any, delimiters: Delimiters) -> Any:
    """The instructor's notebook as students receive it: no solutions, no hidden tests, no outputs.

    Raises:
        ValueError: nbgrader's delimiters are unbalanced or stand in the wrong kind of cell.
    """
    notebook = copy.deepcopy(source)
    # Other languages have stubs of their own, but the judge reads Python.
    notebook.metadata.setdefault("kernelspec", {})["language"] = "python"
    steps = (
        ClearSolutions(
            begin_solution_delimeter=delimiters.begin_solution,
            end_solution_delimeter=delimiters.end_solution,
            code_stub={"python": delimiters.code_stub},
            text_stub=delimiters.text_stub,
        ),
        ClearHiddenTests(begin_test_delimeter=delimiters.begin_hidden, end_test_delimeter=delimiters.end_hidden),
        ClearMarkScheme(
            begin_mark_scheme_delimeter=delimiters.begin_scheme, end_mark_scheme_delimeter=delimiters.end_scheme
        ),
    )
    resources: dict[str, Any] = {}
    try:
        for step in steps:
            notebook, resources = step.preprocess(notebook, resources)
    except RuntimeError as error:
        raise ValueError(f"The instructor's notebook cannot be released, because nbgrader says: {error}") from error
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if _id(cell) and not is_task(cell):
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return notebook


def imports(solution: bytes) -> list[str]:
    """Modules that the instructor's notebook imports, so that a warm process can import them beforehand.

    Raises:
        ValueError: the instructor's notebook cannot be read.
    """
    found: dict[str, None] = {}
    for cell in _instructors(solution).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(parse(cell.source)):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)


def _instructors(solution: bytes) -> Any:
    try:
        notebook = nbformat.reads(solution.decode("utf-8"), as_version=4)
        named = [cell.get("id") for cell in json.loads(solution).get("cells", [])]
    except Exception as error:
        raise ValueError(f"The instructor's notebook cannot be read ({error}): give a Jupyter notebook.") from error
    # Where the file has no identities, nbformat draws some at random, and a regrade would differ.
    for number, cell in enumerate(notebook.cells):
        if named[number : number + 1] != [cell.get("id")]:
            cell["id"] = f"cell-{number}"
    if not any(is_grade(cell) or is_task(cell) for cell in notebook.cells):
        raise ValueError("The instructor's notebook has no cell with points: mark at least one with nbgrader.")
    return notebook


# Fitting it to the instructor's


class _Fitting:
    def __init__(
        self, source: Any, release: Any, cells: list[SubmittedCell] | None, remarks: list[str], delimiters: Delimiters
    ) -> None:
        self.source = source
        self.release = release
        self.remarks = remarks
        self.delimiters = delimiters
        self.readable = cells is not None
        self.cells = cells or []
        self.originals = {_id(cell): cell for cell in release.cells if _id(cell)}
        self.chosen: dict[str, SubmittedCell] = {}
        self.extras: dict[str, list[SubmittedCell]] = {"": []}
        self.copies: dict[str, int] = {}
        self.notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(source.metadata))
        self.notebook.nbformat_minor = 5
        self.ids: set[str] = set()

    def plan(self) -> Plan:
        self.match()
        self.remark()
        steps = [self.own(cell) for cell in self.extras[""]]
        points: dict[str, Step | Manual] = {}
        for cell, release in zip(self.source.cells, self.release.cells, strict=True):
            grade_id = _id(cell)
            if not grade_id:
                if cell.cell_type == "code":
                    steps.append(Step("instructor", judge=cell.source))
                continue
            step = self.step(cell, release)
            steps.append(step)
            if step.role == "check":
                points[grade_id] = step
            elif is_grade(cell) or is_task(cell):
                written = self.chosen.get(grade_id)
                answered = written is not None and written.source.strip() != release.source.strip()
                points[grade_id] = Manual(grade_id, _points(cell), answered or is_task(cell), written is None)
            steps += [self.own(extra) for extra in self.extras.get(grade_id, ())]
        return Plan(self.notebook, steps, points, self.remarks, self.readable)

    def match(self) -> None:
        anchor = ""
        order: list[str] = []
        for cell in self.cells:
            grade_id = cell.grade_id
            if grade_id not in self.originals:
                self.extras.setdefault(anchor, []).append(cell)
                continue
            self.copies[grade_id] = self.copies.get(grade_id, 0) + 1
            known = self.chosen.get(grade_id)
            if known is None:
                self.chosen[grade_id] = cell
                order.append(grade_id)
                anchor = grade_id
            elif self.untouched(known) and not self.untouched(cell):
                # The first copy that says something counts.
                self.chosen[grade_id] = cell
        expected = [grade_id for grade_id in self.originals if grade_id in self.chosen]
        if order != expected:
            self.remarks.append("The cells are not in the order of the assignment; they were graded in its order.")

    def untouched(self, cell: SubmittedCell) -> bool:
        return cell.source.strip() in ("", self.originals[cell.grade_id].source.strip())

    def remark(self) -> None:
        if not self.readable:
            return
        for grade_id, count in self.copies.items():
            if count > 1:
                self.remarks.append(
                    f"The cell {grade_id!r} is there {count} times; the first copy with an answer counts."
                )
        for grade_id in self.originals:
            if grade_id not in self.chosen:
                answer = is_solution(self.originals[grade_id])
                assumed = "it counts as unanswered" if answer else "it was put back"
                self.remarks.append(f"The cell {grade_id!r} is missing; {assumed}.")
        unknown = sorted({c.grade_id for cells in self.extras.values() for c in cells if c.grade_id})
        if unknown:
            names = ", ".join(repr(name[:60]) for name in unknown[:5])
            self.remarks.append(f"The assignment has no cell {names}; it was treated as the student's own.")
        if any({"skip-execution", "raises-exception"} & set(cell.tags) for cell in self.cells):
            self.remarks.append("Tags that would change how a cell is executed were ignored.")
        if any(cell.attachments for cell in self.cells if cell.kind == "code"):
            self.remarks.append("Attachments of code cells were left out.")

    def step(self, cell: Any, release: Any) -> Step:
        grade_id = _id(cell)
        written = self.chosen.get(grade_id)
        if is_solution(cell):
            text = written.source if written is not None else ""
            index = self.place(release, text if written is not None else None, written)
            if written is not None and written.kind != cell.cell_type:
                self.remarks.append(
                    f"The cell {grade_id!r} was turned from {cell.cell_type} into {written.kind}; it was turned back."
                )
            if cell.cell_type != "code":
                return Step("text", index, grade_id=grade_id)
            return Step(
                "solution",
                index,
                student=text,
                judge=import_statements(cell.source),
                grade_id=grade_id,
                names=bound_names(cell.source),
                full=cell.source,
                missing=written is None,
            )
        index = self.place(release, None, None)
        if written is not None and (found := self.tampering(written, release, cell.source)):
            self.remarks.append(
                f"The locked cell {grade_id!r} was changed ({', '.join(found)}); the original was used."
            )
        else:
            found = []
        if is_grade(cell) and cell.cell_type == "code":
            hidden = frozenset(_hidden_lines(cell.source, self.delimiters))
            return Step(
                "check", index, judge=cell.source, grade_id=grade_id, points=_points(cell), hidden=hidden, found=found
            )
        if cell.cell_type == "code" and not is_task(cell):
            return Step("given", index, student=release.source, judge=cell.source, grade_id=grade_id)
        return Step("text", index, grade_id=grade_id)

    def tampering(self, written: SubmittedCell, release: Any, full: str) -> list[str]:
        """What a copy of a locked cell says differently; an instructor hands in the `full` one, with hidden tests."""
        found = []
        if written.source.strip() not in (release.source.strip(), full.strip()):
            found.append("its source")
        if written.kind != release.cell_type:
            found.append("its type")
        original = release.metadata.nbgrader
        if "points" in original and written.settings.get("points") != original["points"]:
            given = written.settings.get("points")
            if not (isinstance(given, (int, float)) and float(given) == float(original["points"])):
                found.append("its points")
        kinds = {"grade": is_grade(release), "solution": is_solution(release), "locked": is_locked(release)}
        if any(key in written.settings and bool(written.settings[key]) != bool(original.get(key)) for key in kinds):
            found.append("its role")
        if self.copies.get(_id(release), 0) > 1:
            found.append("it was duplicated")
        if {"skip-execution", "raises-exception"} & set(written.tags):
            found.append("its tags")
        return found

    def place(self, release: Any, text: str | None, written: SubmittedCell | None) -> int:
        """Put a cell of the assignment into the notebook, with the student's text where it is theirs."""
        cell = copy.deepcopy(release)
        if is_solution(release):
            cell.source = text if text is not None else release.source
        if written is not None and cell.cell_type == "markdown" and written.attachments:
            cell["attachments"] = written.attachments
        return self.append(cell)

    def own(self, cell: SubmittedCell) -> Step:
        """A cell that the student added, or one that the assignment leaves open."""
        made = getattr(nbformat.v4, f"new_{cell.kind}_cell")(cell.source)
        if cell.kind == "markdown" and cell.attachments:
            made["attachments"] = cell.attachments
        index = self.append(made)
        return Step("extra", index, student=cell.source) if cell.kind == "code" else Step("text", index)

    def append(self, cell: Any) -> int:
        number = len(self.notebook.cells)
        identity = cell.get("id")
        if not isinstance(identity, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identity) or identity in self.ids:
            identity = f"cell-{number}"
        # An added cell's identity is its place, so that a regrade writes the same bytes.
        if not _id(cell):
            identity = f"own-{number}"
        while identity in self.ids:
            identity += "-"
        self.ids.add(identity)
        cell["id"] = identity
        self.notebook.cells.append(cell)
        return number


def _id(cell: Any) -> str:
    settings = cell.metadata.get("nbgrader", {})
    relevant = is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)
    return str(settings.get("grade_id", "")) if relevant else ""


def _points(cell: Any) -> float:
    points = float(cell.metadata.nbgrader.get("points", 0))
    return points if math.isfinite(points) else 0.0


def _hidden_lines(source: str, delimiters: Delimiters) -> Iterator[int]:
    inside = False
    for number, line in enumerate(source.split("\n"), 1):
        inside = inside or delimiters.begin_hidden in line
        if inside:
            yield number
        inside = inside and delimiters.end_hidden not in line
