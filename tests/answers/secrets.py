"""The lines that students must not see: those between nbgrader's delimiters of solutions and hidden tests."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

_REGION = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)[^\n]*\n(.*?)\n[^\n]*END \1", re.DOTALL)
_MIN_LENGTH = 16


def secret_lines(*notebooks: Path) -> set[str]:
    """The lines between the delimiters of instructors' notebooks, without indentation.

    Imports and lines of fewer than 16 characters are excluded: they reveal no answer and occur in many programs. So are
    lines that the notebooks also have outside the delimiters, where students are meant to read them.
    """
    hidden: set[str] = set()
    visible: set[str] = set()
    for notebook in notebooks:
        for cell in nbformat.read(notebook, as_version=4).cells:
            regions = "\n".join(match[1] for match in _REGION.findall(cell.source))
            hidden |= {line.strip() for line in regions.splitlines()}
            visible |= {line.strip() for line in _REGION.sub("", cell.source).splitlines()}
    return {line for line in hidden - visible if len(line) >= _MIN_LENGTH and not line.startswith(("import ", "from "))}
