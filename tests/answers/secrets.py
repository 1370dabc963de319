"""The lines that students must not see: those between nbgrader's delimiters of solutions and hidden tests."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

_REGION = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*\n(.*?)\n[^\n]*END \1", re.DOTALL)
_MIN_LENGTH = 16


def secret_lines(notebook: Path) -> set[str]:
    """The lines between the delimiters of an instructor's notebook, without indentation.

    Imports and lines of fewer than 16 characters are excluded: they reveal no answer and occur in many programs.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    regions = [match[1] for cell in cells for match in _REGION.findall(cell.source)]
    lines = {line.strip() for region in regions for line in region.splitlines()}
    return {line for line in lines if len(line) >= _MIN_LENGTH and not line.startswith(("import ", "from "))}
