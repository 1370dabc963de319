"""Fit the cells of a submission to the instructor's notebook.

Whatever the cells are, the result is a `Plan`: the notebook to hand back, what runs where and in which order, and a
sentence on every irregularity of the file. Cells are matched by nbgrader's `grade_id`. The student's source is
used for solution cells and for cells that the student added; everything locked, and all metadata, is the instructor's.
"""

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

import nbformat
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from utils.grading.job import Delimiters
from utils.grading.notebook.names import bound_names, import_statements
from utils.grading.notebook.parse import SubmittedCell
from utils.grading.notebook.plan import Plan, Step
from utils.grading.notebook.recognise import recognise
from utils.grading.notebook.solution import grade_id_of, points_of

IGNORED_TAGS = frozenset({"skip-execution", "raises-exception"})


def align(
    cells: Sequence[SubmittedCell] | None, source: Any, release: Any, delimiters: Delimiters, remarks: list[str]
) -> Plan:
    """The plan for a submission.

    Args:
        cells: of the submission; None where the file holds no notebook.
        source: the instructor's notebook.
        release: the same as students receive it, cell by cell.
        delimiters: nbgrader's, to find hidden tests.
        remarks: sentences on the file so far.
    """
    return _Alignment(cells, source, release, delimiters, remarks).plan()


class _Alignment:
    def __init__(
        self,
        cells: Sequence[SubmittedCell] | None,
        source: Any,
        release: Any,
        delimiters: Delimiters,
        remarks: list[str],
    ) -> None:
        self.source = source
        self.release = release
        self.remarks = remarks
        self.delimiters = delimiters
        self.readable = cells is not None
        self.cells = cells or []
        self.originals = {grade_id_of(cell): cell for cell in release.cells if grade_id_of(cell)}
        self.matches: dict[str, SubmittedCell] = {}
        self.extras: dict[str, list[SubmittedCell]] = {"": []}
        self.copies: dict[str, int] = {}
        self.notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(source.metadata))
        self.notebook.nbformat_minor = 5
        self.ids: set[str] = set()
        self.own_outputs: dict[int, object] = {}

    def plan(self) -> Plan:
        recognised = recognise(self.cells, self.source, self.release)
        if recognised:
            self.remarks.append(
                f"Cells had lost their nbgrader metadata ({', '.join(map(repr, recognised))}); they were recognised by "
                "their text and their place."
            )
        self.match()
        self.remark()
        steps: list[Step] = []
        points: dict[str, Step] = {}
        anchor = ""
        ordinary: list[tuple[Any, Any]] = []
        for cell, release in zip(self.source.cells, self.release.cells, strict=True):
            grade_id = grade_id_of(cell)
            if not grade_id:
                ordinary.append((cell, release))
                continue
            steps += self.between(anchor, ordinary)
            anchor, ordinary = grade_id, []
            step = self.step(cell, release)
            step.released = release.source
            steps.append(step)
            if step.role != "check" and (is_grade(cell) or is_task(cell)):
                match = self.matches.get(grade_id)
                rewritten = match is not None and match.source.strip() != release.source.strip()
                step.points, step.missing, step.answered = points_of(cell), match is None, rewritten or is_task(cell)
            if is_grade(cell) or is_task(cell):
                points[grade_id] = step
            if step.index is not None and grade_id in self.matches:
                self.own_outputs[step.index] = self.matches[grade_id].outputs
        steps += self.between(anchor, ordinary)
        return Plan(self.notebook, steps, points, self.remarks, self.readable, self.own_outputs)

    def between(self, anchor: str, ordinary: Sequence[tuple[Any, Any]]) -> list[Step]:
        """The student's own cells after a cell of the assignment, and the instructor's that nbgrader does not manage.

        Where a student left such a cell as it was, it is one step, and runs on both sides alike.
        """
        steps = []
        waiting = [
            Step("instructor" if cell.cell_type == "code" else "text", judge=cell.source, released=release.source)
            for cell, release in ordinary
        ]
        for extra in self.extras.get(anchor, ()):
            step = self.extra_step(extra)
            same = [
                number
                for number, other in enumerate(waiting)
                if step.role == "extra"
                and other.role == "instructor"
                and extra.source.strip() == other.released.strip() != ""
            ]
            if same:
                steps += waiting[: same[0]]
                step.role, step.judge, step.released = "given", waiting[same[0]].judge, waiting[same[0]].released
                del waiting[: same[0] + 1]
            steps.append(step)
        return steps + waiting

    def match(self) -> None:
        """Choose one submitted cell per cell of the assignment; all others belong to the cell that they follow."""
        anchor = ""
        order: list[str] = []
        for cell in self.cells:
            grade_id = cell.grade_id
            if grade_id not in self.originals:
                self.extras.setdefault(anchor, []).append(cell)
                continue
            self.copies[grade_id] = self.copies.get(grade_id, 0) + 1
            match = self.matches.get(grade_id)
            if match is None:
                self.matches[grade_id] = cell
                order.append(grade_id)
                anchor = grade_id
            elif self.untouched(match) and not self.untouched(cell):
                # The first copy with an answer counts.
                self.matches[grade_id] = cell
        expected = [grade_id for grade_id in self.originals if grade_id in self.matches]
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
                    f"The cell {grade_id!r} occurs {count} times; the first copy with an answer counts."
                )
        for grade_id, original in self.originals.items():
            if grade_id not in self.matches:
                assumption = "it counts as unanswered" if is_solution(original) else "it was put back"
                self.remarks.append(f"The cell {grade_id!r} is missing; {assumption}.")
        unknown = sorted({c.grade_id for cells in self.extras.values() for c in cells if c.grade_id})
        if unknown:
            names = ", ".join(repr(name[:60]) for name in unknown[:5])
            self.remarks.append(f"The assignment has no cell {names}; it was treated as the student's own.")
        if any(IGNORED_TAGS & set(cell.tags) for cell in self.cells):
            self.remarks.append("Tags that would change how a cell is executed were ignored.")
        if any(cell.attachments for cell in self.cells if cell.kind == "code"):
            self.remarks.append("Attachments of code cells were removed.")

    def step(self, cell: Any, release: Any) -> Step:
        grade_id = grade_id_of(cell)
        match = self.matches.get(grade_id)
        if is_solution(cell):
            index = self.place(release, match)
            if match is not None and match.kind != cell.cell_type:
                self.remarks.append(
                    f"The cell {grade_id!r} was turned from {cell.cell_type} into {match.kind}; it was turned back."
                )
            if cell.cell_type != "code":
                return Step("text", index, grade_id=grade_id)
            return Step(
                "solution",
                index,
                student=match.source if match is not None else "",
                judge=import_statements(cell.source),
                grade_id=grade_id,
                names=bound_names(cell.source),
                full=cell.source,
                missing=match is None,
            )
        index = self.place(release, None)
        tampering = [] if match is None else self.tampering(match, release, cell.source)
        if tampering:
            self.remarks.append(
                f"The locked cell {grade_id!r} was changed ({', '.join(tampering)}); the original was used."
            )
        if is_grade(cell) and cell.cell_type == "code":
            return Step(
                "check",
                index,
                judge=cell.source,
                grade_id=grade_id,
                points=points_of(cell),
                hidden=frozenset(_hidden_lines(cell.source, self.delimiters)),
                tampering=tampering,
            )
        if cell.cell_type == "code" and not is_task(cell):
            return Step("given", index, student=release.source, judge=cell.source, grade_id=grade_id)
        return Step("text", index, grade_id=grade_id)

    def tampering(self, match: SubmittedCell, release: Any, full: str) -> list[str]:
        """The differences of a locked cell; an instructor may hand in the `full` one, with hidden tests."""
        differences = []
        if match.source.strip() not in (release.source.strip(), full.strip()):
            differences.append("its source")
        if match.kind != release.cell_type:
            differences.append("its type")
        original = release.metadata.nbgrader
        if "points" in original and match.settings.get("points") != original["points"]:
            points = match.settings.get("points")
            if not (isinstance(points, (int, float)) and points == original["points"]):
                differences.append("its points")
        roles = {"grade": is_grade(release), "solution": is_solution(release), "locked": is_locked(release)}
        if any(key in match.settings and bool(match.settings[key]) != bool(original.get(key)) for key in roles):
            differences.append("its role")
        if self.copies.get(grade_id_of(release), 0) > 1:
            differences.append("it was duplicated")
        if IGNORED_TAGS & set(match.tags):
            differences.append("its tags")
        return differences

    def place(self, release: Any, match: SubmittedCell | None) -> int:
        """Put a cell of the assignment into the notebook, with the student's text (`match`) where it is theirs."""
        cell = copy.deepcopy(release)
        if match is not None:
            cell.source = match.source
            if cell.cell_type == "markdown" and match.attachments:
                cell["attachments"] = match.attachments
        return self.append(cell)

    def extra_step(self, submitted: SubmittedCell) -> Step:
        """A cell that the student added, or one that the assignment leaves open."""
        cell = getattr(nbformat.v4, f"new_{submitted.kind}_cell")(submitted.source)
        if submitted.kind == "markdown" and submitted.attachments:
            cell["attachments"] = submitted.attachments
        index = self.append(cell)
        self.own_outputs[index] = submitted.outputs
        return Step("extra", index, student=submitted.source) if submitted.kind == "code" else Step("text", index)

    def append(self, cell: Any) -> int:
        number = len(self.notebook.cells)
        identity = cell.get("id")
        if not isinstance(identity, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", identity) or identity in self.ids:
            identity = f"cell-{number}"
        # An added cell's identity is its place, so that a regrade writes the same bytes.
        if not grade_id_of(cell):
            identity = f"own-{number}"
        while identity in self.ids:
            identity += "-"
        self.ids.add(identity)
        cell["id"] = identity
        self.notebook.cells.append(cell)
        return number


def _hidden_lines(source: str, delimiters: Delimiters) -> Iterator[int]:
    inside = False
    for number, line in enumerate(source.split("\n"), 1):
        inside = inside or delimiters.begin_hidden in line
        if inside:
            yield number
        inside = inside and delimiters.end_hidden not in line
