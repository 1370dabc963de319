"""Which cells must run again for the mark: those whose outcome a check can read.

The analysis reads the cells and runs none. A cell is skipped only where it is certain that no later check, and no later
cell that runs, depends on it: it binds no name that they read, changes no object that they may hold, and does nothing
whose effects outlive it, such as writing a file, seeding a generator, or importing a library for the first time.
Whatever the analysis does not know counts as such an effect: a method of an unknown name, a decorator, a magic. Known
are a few libraries and methods that change nothing but their arguments, and functions of the notebook itself, whose
bodies are read in turn.

Cells after the last check do not run again. An instructor can vouch for a cell with the tag `demonstration`: then only
the names that it binds count, also in a student's copy of the cell with the same text.
"""

import ast
import re
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from utils.grading.notebook.changes import Notebook, is_opaque
from utils.grading.notebook.known_effects import FIGURES
from utils.grading.notebook.plan import Step
from utils.grading.notebook.scopes import names_in

#: The tag by which an instructor vouches that nothing depends on a cell but what reads its names.
DEMONSTRATION = "demonstration"

_ORDINARY = ("extra", "instructor", "given")

_MAX_SOURCE = 100_000


def mark_skippable(steps: Sequence[Step], vouched: Collection[str] = ()) -> None:
    """Set `live` to False for the steps that need not run.

    Args:
        steps: of a plan, in order.
        vouched: texts of the cells that the instructor has tagged `demonstration`.

    Example:
        >>> steps = [Step("extra", student="x = 1"), Step("extra", student="y = 2"), Step("check", judge="assert x")]
        >>> mark_skippable(steps)
        >>> [step.live for step in steps]
        [True, False, True]
    """
    # A person who marks a code cell looks at its outputs, so it runs, as does everything that it needs.
    last = max(
        (i for i, step in enumerate(steps) if step.role == "check" or (step.points and step.student)), default=-1
    )
    # Solution and locked cells, which have a name, always run before a check: they are what the checks are about.
    candidates = [i for i, step in enumerate(steps[:last]) if step.role in _ORDINARY and not step.grade_id]
    live = set(range(last + 1)) - set(candidates)
    always = frozenset(live)
    if candidates:
        live |= _needed([_cell(_text(step)) for step in steps], always, candidates, vouched)
    # What a student writes must not hide that a check needs a cell of the instructor.
    if instructors := [i for i in candidates if steps[i].judge]:
        live |= _needed([_cell(step.full or step.judge or "") for step in steps], always, instructors, vouched)
    for i, step in enumerate(steps):
        step.live = step.role == "text" or i in live


def demonstrations(source: Any) -> set[str]:
    """Texts of the cells that have the tag `demonstration` in the instructor's notebook (an nbformat node)."""
    return {
        cell.source.strip()
        for cell in source.cells
        if cell.cell_type == "code" and DEMONSTRATION in cell.metadata.get("tags", ())
    }


def _needed(cells: Sequence["_Cell"], live: Set[int], candidates: Sequence[int], vouched: Collection[str]) -> set[int]:
    """The candidates that a live cell depends on, directly or through other candidates."""
    changes = {i: None if cells[i].opaque else cells[i].bound for i in candidates}
    doubtful = [i for i in candidates if not cells[i].opaque and cells[i].text.strip() not in vouched]
    if doubtful:
        notebook = Notebook([cell.tree for cell in cells])
        for i in doubtful:
            changed = notebook.changes(cells[i].tree)
            changes[i] = None if changed is None else cells[i].bound | changed
    needed: set[int] = set()
    growing = True
    while growing:
        growing = False
        for i in reversed(candidates):
            runs = live | needed
            followers = [cells[j] for j in runs if j > i]
            # A function reads its names when it is called, which may be later than a change that follows its cell.
            read = set().union(*(cell.exposed for cell in followers), *(cells[j].deferred for j in runs))
            if any(cells[j].sees_figures for j in runs if j > i or cells[j].deferred):
                read.add(FIGURES)
            changed = changes[i]
            if i not in needed and (changed is None or changed & read or any(cell.opaque for cell in followers)):
                needed.add(i)
                growing = True
    return needed


def _text(step: Step) -> str:
    """Everything that a step runs, in either process."""
    sources = (step.student, step.judge)
    return "\n".join(dict.fromkeys(source for source in sources if source))


@dataclass
class _Cell:
    """What the text of a cell says about names."""

    text: str
    tree: ast.Module = field(default_factory=lambda: ast.Module(body=[], type_ignores=[]))
    opaque: bool = False
    bound: set[str] = field(default_factory=set)
    exposed: set[str] = field(default_factory=set)
    deferred: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        try:
            if len(self.text) > _MAX_SOURCE:
                raise ValueError("too long to be analysed")
            self.tree = ast.parse(self.text)
            self._read()
            self.opaque = any(map(is_opaque, ast.walk(self.tree)))
        # IPython's syntax and everything that Python refuses. It may do and read anything.
        except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
            self.opaque = True

    def _read(self) -> None:
        certain: set[str] = set()
        for statement in self.tree.body:
            names = names_in(statement)
            self.bound |= names.bound
            self.deferred |= names.later
            self.exposed |= (names.read | names.later) - certain
            certain |= _certainly_bound(statement)

    @cached_property
    def sees_figures(self) -> bool:
        """Whether it may look at the current figure."""
        code = "\n".join(line for line in self.text.split("\n") if not re.match(r"\s*(import|from)\s", line))
        return self.opaque or re.search(r"plt|plot|pylab|fig|axes|gca|gcf", code, re.IGNORECASE) is not None


_cell = lru_cache(maxsize=1024)(_Cell)


def _certainly_bound(statement: ast.stmt) -> set[str]:
    """Names that a statement has bound wherever the next statement runs."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return names_in(statement).bound
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    parts = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return {part.id for part in parts if isinstance(part, ast.Name)}
