"""Recognise cells of the assignment whose nbgrader metadata was lost, by their text and their place.

An editor, a merge or a copy into a new notebook can drop the metadata. Only unambiguous cells are recognised: a locked
cell by its unchanged text, a solution cell by its place between its neighbours, or by the names that it defines.
"""

import difflib
from collections.abc import Container, Sequence
from typing import Any, Final

from nbgrader.utils import is_solution

from utils.grading.notebook.names import bound_names
from utils.grading.notebook.parse import SubmittedCell
from utils.grading.notebook.solution import grade_id_of

# Comparing is quadratic in the number of cells, and nobody hands in more cells than this.
_MOST_CELLS: Final = 2000


def recognise(cells: Sequence[SubmittedCell], source: Any, release: Any) -> list[str]:
    """Give recognised cells the name and the settings of the assignment's cell, in place; return those names.

    Args:
        cells: of the submission.
        source: the instructor's notebook.
        release: the same as students receive it, cell by cell.
    """
    originals = {grade_id_of(cell): cell for cell in release.cells if grade_id_of(cell)}
    claimed = {cell.grade_id for cell in cells}
    if len(cells) > _MOST_CELLS or all(name in claimed for name in originals):
        return []
    ours = [_key(cell.source, grade_id_of(cell), claimed) for cell in release.cells]
    theirs = [_key(cell.source, cell.grade_id, originals) for cell in cells]
    pairs: list[tuple[int, int]] = []
    for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += zip(range(i, i_end), range(j, j_end), strict=True)
        elif tag == "replace":
            pairs += _by_place(range(i, i_end), range(j, j_end), cells, source, release)
    recognised = []
    for place, number in pairs:
        name, cell = grade_id_of(release.cells[place]), cells[number]
        if name and name not in claimed and cell.grade_id not in originals:
            cell.grade_id, cell.settings = name, dict(originals[name].metadata.nbgrader)
            recognised.append(name)
    return recognised


def _key(text: str, name: str, known: Container[str]) -> tuple[str, str]:
    return ("name", name) if name and name in known else ("text", text.strip())


def _by_place(
    places: range, numbers: range, cells: Sequence[SubmittedCell], source: Any, release: Any
) -> list[tuple[int, int]]:
    """Pairs of a solution cell and its answer in a stretch of the assignment and the same stretch of the submission."""
    theirs = [number for number in numbers if cells[number].source.strip()]
    if [release.cells[place].cell_type for place in places] == [cells[number].kind for number in theirs]:
        return [pair for pair in zip(places, theirs, strict=True) if is_solution(release.cells[pair[0]])]
    pairs: list[tuple[int, int]] = []
    for place in places:
        cell = release.cells[place]
        if not is_solution(cell):
            continue
        alike = [number for number in theirs if cells[number].kind == cell.cell_type]
        if sum(release.cells[other].cell_type == cell.cell_type for other in places) > 1 or len(alike) > 1:
            names = set(bound_names(source.cells[place].source)) if cell.cell_type == "code" else set()
            alike = [number for number in alike if names and names <= set(bound_names(cells[number].source))]
        if len(alike) == 1 and alike[0] not in [number for _, number in pairs]:
            pairs.append((place, alike[0]))
    return pairs
