"""Notebooks as bytes and cells: pure functions, which run no code and open no file.

- ``pipeline``: everything that happens to a submitted file, in order
- ``parse``: the steps from bytes to cells; the file may hold anything
- ``solution``: the instructor's notebook, and the version of it that students receive
- ``align``, ``recognise``: the cells of a submission, fitted to the instructor's notebook
- ``plan``: the resulting steps, with their process and their order
- ``names``: which names a cell binds and reads
- ``effects``: which objects a cell of the instructor changes; ``in_place``: which arguments its functions change
- ``liveness``: which cells must run for the mark, by what each may change (``changes``, ``known_effects``, ``scopes``)
- ``outputs``: outputs of a cell that a student's process reports
- ``bounds``: how much of a notebook a page shows, and how long a text may take to render
- ``sanitise_html``: Markdown and HTML without active content
"""

import sys

# jsonschema, which nbformat uses, imports this package, if it is installed, to check addresses, which no notebook
# holds; it takes seconds. Set here, because every part of grading imports this package before it imports nbformat.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
