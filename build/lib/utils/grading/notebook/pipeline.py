"""Everything that happens to a submitted file, in order: every step that refuses, replaces or removes something.

1. `READING`, in the process that called `grade`: bytes become cells.
2. `align`, in the same process: the cells are fitted to the instructor's notebook; what is locked is the instructor's.
   A cell that no check depends on need not run; the outputs that the student handed in are shown, of known kinds and
   up to the limit (`outputs.parse_submitted`).
3. `outputs.parse_report`, in the judge: of what the student's process reports about a cell, known kinds of output are
   kept, up to the limit.
4. `WRITING`, in a process with limits (`utils.grading.clerk`): active content is removed from the student's texts, and
   what would take long to render is shown as plain text.

The judge calls step 3 directly, since it imports neither nbformat nor nbgrader.
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode

from utils.grading.job import Delimiters, Graded, Job, Limits
from utils.grading.notebook.align import align
from utils.grading.notebook.bounds import Page, drop_cells, shorten_code, shorten_outputs
from utils.grading.notebook.liveness import demonstrations, mark_skippable
from utils.grading.notebook.outputs import parse_submitted
from utils.grading.notebook.parse import (
    SubmittedCell,
    Unreadable,
    convert_old_format,
    decode_text,
    keep_known_fields,
    list_cells,
    load_json,
    refuse_large_file,
    refuse_large_structure,
)
from utils.grading.notebook.plan import Plan
from utils.grading.notebook.sanitise_html import (
    escape_markdown,
    sanitise_attachments,
    sanitise_outputs,
    sanitise_text,
    texts_of,
)
from utils.grading.notebook.solution import parse_solution, released

RECORD_KEY = "judge"  # of the verdict in an autograded notebook's metadata
SHORTENED = (
    "Some of it is too long, or would take too long to display: here it is shown as plain text or in part. The marks "
    "are for the whole file."
)

#: Each step takes the result of the one before, the limits, and the list of remarks.
READING: Sequence[Callable[[Any, Limits, list[str]], Any]] = (
    refuse_large_file,
    decode_text,
    refuse_large_structure,
    load_json,
    convert_old_format,
    list_cells,
    keep_known_fields,
)

#: Shown above the outputs of a cell that was not run.
NOT_RUN = (
    "[This cell was not run for the mark, since no check depends on it. The outputs below, if any, are those that were "
    "handed in with the file.]\n"
)

#: Each step changes one cell in place; the texts of the instructor's notebook stay as they are.
WRITING: Sequence[Callable[[NotebookNode, Page], None]] = (
    shorten_code,
    shorten_outputs,
    sanitise_outputs,
    sanitise_text,
    sanitise_attachments,
)


def prepare(job: Job) -> Plan:
    """Read a submission and fit it to the instructor's notebook (steps 1 and 2).

    Raises:
        ValueError: the instructor's notebook cannot be read; nothing that a student hands in raises.
    """
    source, release = _instructors(job.solution, job.delimiters)
    cells, remarks = read_cells(job.submission, job.limits)
    plan = align(cells, source, release, job.delimiters, remarks)
    if not job.run_every_cell:
        mark_skippable(plan.steps, demonstrations(source))
        show_own_outputs(plan, job.limits.output_kb * 1024)
    plan.own_outputs.clear()
    return plan


def prepared(job: Job) -> bytes:
    """`prepare`, pickled, to be called in another process."""
    return pickle.dumps(prepare(job))


def show_own_outputs(plan: Plan, limit: int) -> None:
    """Put the outputs that the student handed in into the cells that do not run, with a note that says so.

    Args:
        limit: bytes of output that are kept per cell; 32 times as many are kept in the whole notebook.
    """
    left = 32 * limit
    for step in plan.steps:
        if step.live or step.index is None or not (step.student or "").strip():
            continue
        outputs = parse_submitted(plan.own_outputs.get(step.index), min(limit, left))
        left -= min(left, len(repr(outputs)))
        note = {"output_type": "stream", "name": "stderr", "text": NOT_RUN}
        plan.notebook.cells[step.index].outputs = [nbformat.from_dict(output) for output in (note, *outputs)]


@lru_cache(maxsize=64)
def _instructors(solution: bytes, delimiters: Delimiters) -> tuple[Any, Any]:
    """The instructor's notebook, and as students receive it: the same for a whole class. `align` changes neither."""
    source = parse_solution(solution)
    return source, released(source, delimiters)


def read_cells(submission: bytes, limits: Limits) -> tuple[list[SubmittedCell] | None, list[str]]:
    """The cells of a submitted file, or None where it is no notebook; and the remarks on it (step 1)."""
    remarks: list[str] = []
    content: Any = submission
    for step in READING:
        try:
            content = step(content, limits, remarks)
        except Unreadable as error:
            return None, [*remarks, str(error)]
    return content, remarks


def publish(graded: Graded, solution: bytes, fingerprint: str, plain: bool = False) -> bytes:
    """The autograded notebook as a file: `publishable`, with its verdict in the metadata.

    Seconds are left out, so that a regrade gives the same bytes.

    Args:
        graded: the result of `grade`.
        solution: the instructor's notebook.
        fingerprint: the job's; empty for a result that the next run must not reuse.
        plain: show every text of the student as plain text.
    """
    notebook = publishable(graded, solution, plain)
    notebook.metadata[RECORD_KEY] = {
        "fingerprint": fingerprint,
        "cells": [{**asdict(cell), "seconds": 0.0} for cell in graded.cells],
        "remarks": list(graded.remarks),
    }
    text: str = nbformat.writes(notebook)
    return text.encode() + b"\n"


def publishable(graded: Graded, solution: bytes, plain: bool = False) -> NotebookNode:
    """The graded notebook as other people's browsers may show it, with the remarks in its first cell (step 4).

    Args:
        graded: the result of `grade`.
        solution: the instructor's notebook, whose texts stay as they are where a student left them so.
        plain: show every text of the student as plain text.
    """
    # Not nbformat.reads, which validates: this notebook was made by `grade`, and may be large.
    notebook: NotebookNode = nbformat.versions[4].reads(graded.notebook.decode())
    remarks = [*graded.remarks, *sanitise_notebook(notebook, solution, plain)]
    if remarks:
        # Remarks quote what students wrote: escaped, so that they are text to every renderer.
        text = "\n".join(f"- {escape_markdown(remark)}" for remark in remarks)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**About this file**\n\n{text}", id="remarks"))
    return notebook


def sanitise_notebook(notebook: NotebookNode, solution: bytes, plain: bool = False) -> list[str]:
    """Apply the steps of `WRITING` to every cell of a student's notebook, in place; the remarks on what changed."""
    page = Page(texts_of(solution), plain)
    drop_cells(notebook, page)
    for cell in notebook.cells:
        for step in WRITING:
            step(cell, page)
    return [SHORTENED] if page.shortened else []
