"""What a class must not see: the lines between nbgrader's solution and hidden-test marks."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

_REGION = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*\n(.*?)\n[^\n]*END \1", re.DOTALL)
_SHORTEST = 16


def secret_lines(notebook: Path) -> set[str]:
    """The lines between the marks of an instructor's notebook, without indentation.

    Imports and lines of fewer than 16 characters are left out: they tell nobody an answer, and stand in many programs.
    """
    cells = nbformat.read(notebook, as_version=4).cells
    regions = [match[1] for cell in cells for match in _REGION.findall(cell.source)]
    lines = {line.strip() for region in regions for line in region.splitlines()}
    return {line for line in lines if len(line) >= _SHORTEST and not line.startswith(("import ", "from "))}
