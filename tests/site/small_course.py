"""A course of two tiny lectures, one assignment and one instructor's guide, for tests that build a site in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.support import ROOT

METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
PICTURE = """\
import matplotlib.pyplot as plt

from utils import plotting

fig, ax = plt.subplots(figsize=(12, 3))
ax.plot([0, 1, 2], [0, 1, 4])
ax.set(xlabel="x", ylabel="y")
plotting.show(fig, alt="A curve that rises.", caption="Figure 1. The square.")
"""
QUESTION = """\
from utils.widgets import Choice

Choice(key="90-rise", question="Does it rise?", choices={"yes": "It does.", "no": "Look again."}, answer="yes")
"""
FIGURE = """\
from utils.widgets import StartExplorer

StartExplorer.from_shipped()
"""
CLAIMS = """\
# The statements above, checked
assert 2**2 == 4, "the square of 2 is 4"
"""
PROSE = r"""## One idea

The *code* of an image $x$ is a point; a **probe** reads it. The interval is

$$\bar a \pm t \, \frac{s}{\sqrt n}, \qquad j^* = \arg\min_j \ln \frac{a_j}{b_j}.$$

| | question | a rather long heading of a column | another rather long heading of a column |
|---|---|---|---|
| **1** | How small? | [Alain & Bengio, 2016](https://arxiv.org/abs/1610.01644) | $h = 1 - H(C \mid K) / H(C)$ |

The file is `assignments/03_disentanglement/disentanglement.ipynb`.

<details>
<summary>A hint</summary>
With a formula, $V_\beta$, and `code`.
</details>
"""
GUIDE = """\
# Guide 00 · Which is better?

The whole lecture takes about 5 minutes.

## Section by section

### One idea · 5 minutes

*Ask* what rises. *Expect* "nothing".

## Hand out

A curve.
"""


def write_course(root: Path) -> Path:
    """Write the course into a folder, with the pages of the real one, and return the folder."""
    (root / "lectures").mkdir(parents=True)
    for name in ("about.md", "accessibility.md", "glossary.md", "references.bib"):
        shutil.copy(ROOT / "lectures" / name, root / "lectures")
    for name in ("LICENSE", "CITATION.cff"):
        shutil.copy(ROOT / name, root)
    index = (ROOT / "lectures" / "index.md").read_text("utf-8")
    (root / "lectures" / "index.md").write_text(
        index[: index.index("## The lectures")] + index[index.index("```{toctree}") :]
    )
    drawing, claims = {"tags": ["hide-input"]}, {"tags": ["claims"]}
    first = [
        new_markdown_cell("# 00 · Which is better?\n\nAt the end you will be able to\n\n- read this page."),
        new_markdown_cell(PROSE),
        new_code_cell(PICTURE, metadata=drawing),
        new_code_cell(QUESTION, metadata=drawing),
        new_code_cell("import pandas as pd\n\npd.DataFrame({'a': [1, 2]})"),
        new_code_cell("pd.DataFrame({'b': [1, 2]}).rename_axis('c').style.format('{:.1f}')"),
        new_code_cell(CLAIMS, metadata=claims),
    ]
    second = [
        new_markdown_cell("# 01 · Is B better?\n\nBack to [lecture 00](00_start.ipynb#one-idea)."),
        new_code_cell(FIGURE, metadata=drawing),
    ]
    assignment = [
        new_markdown_cell("# Assignment 01 · Which?\n\nRead [lecture 01](../../lectures/01_clustering.ipynb)."),
        new_code_cell("def answer():\n    # YOUR CODE HERE\n    raise NotImplementedError"),
    ]
    for path, cells in {
        "lectures/00_start.ipynb": first,
        "lectures/01_clustering.ipynb": second,
        "assignments/01_clustering/clustering.ipynb": assignment,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=cells, metadata=METADATA), root / path)
    guide = root / "solutions" / "00_start" / "guide.md"
    guide.parent.mkdir(parents=True)
    guide.write_text(GUIDE)
    return root
