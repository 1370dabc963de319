"""Builds the site: ``make site``, or ``python lectures/publish.py``; then prints its lectures, or makes slides of them.

1. Each lecture is executed in a fresh kernel, unless its code, the package and the versions of what it uses are
   those of an earlier execution (`execute_all`).
2. A folder with the tree of the repository gets the executed lectures, the assignments as students get them, and the
   pages beside the lectures (`stage`). Nothing is changed in the repository.
3. Sphinx turns that folder into pages, by the settings in ``conf.py``.

4. For ``make pdf``, Chromium prints the lectures' pages; for ``make slides``, ``slides.py`` turns them into decks.

The work is kept in ``.site/``, so that a second build takes seconds; the pages are in ``site/``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from packaging.requirements import Requirement
from slides import write_decks
from sphinx.cmd.build import main as sphinx_build

from utils.store import write_atomic

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("index.md", "about.md", "accessibility.md", "glossary.md", "references.bib")
"""Files beside the lectures that become pages at the top of the site, or are read by one."""

REFERENCES = "# References\n\nThe papers that the lectures name.\n\n```{bibliography}\n:all:\n```\n"
GUIDES = "\n```{toctree}\n:hidden:\n:caption: Instructor's guides\n:glob:\n\nguides/*\n```\n"
CLAIMS = "The statements above, checked"
SECONDS_PER_CELL = 900


CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    """Build the site; the process ends with a sentence if a lecture fails or Sphinx warns."""
    options = _options()
    browser = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if options.pdf and browser is None:
        sys.exit("Pages are printed by Chromium, and there is none: install it (Debian and Ubuntu: chromium).")
    work = options.root / ".site"
    lectures = sorted((options.root / "lectures").glob("*.ipynb"))
    if not lectures:
        sys.exit(f"There are no lectures in {options.root / 'lectures'}: run this in a copy of the course.")
    guides = sorted((options.root / "solutions").glob("*/guide.md"))
    if options.instructor and not guides:
        sys.exit("This is a student copy: the instructor's guides are in the instructor's repository, in solutions/.")
    try:
        outputs = execute_all(lectures, work / "executed", options.jobs)
    except LectureError as error:
        sys.exit(str(error))
    stage(options.root, work / "source", outputs, guides if options.instructor else [])
    # What Sphinx remembers of one folder, or of one version of its settings, is of no use to another.
    memory = work / "doctrees" / hashlib.sha256(str(options.out).encode()).hexdigest()[:12]
    doctrees = memory / hashlib.sha256((ROOT / "lectures" / "conf.py").read_bytes()).hexdigest()[:12]
    for old in set(memory.glob("*")) - {doctrees}:
        shutil.rmtree(old)
    arguments = ["-b", "html", "-c", str(ROOT / "lectures"), "-d", str(doctrees), "-q", "-W", "--keep-going"]
    arguments += ["-D", f"github={options.github}"]
    if code := sphinx_build([*arguments, str(work / "source"), str(options.out)]):
        sys.exit(code)
    if options.pdf and browser is not None:
        print_lectures(options.out, options.pdf.resolve(), browser)
    if options.slides:
        for deck in write_decks(options.out, options.root / "solutions", options.slides.resolve()):
            print(f"  {deck}")
    print(f"The site is in {options.out}: open {options.out / 'index.html'}, or publish the folder.")


# 1. Executing


class LectureError(Exception):
    """A cell of a lecture ended with an error."""


def execute_all(lectures: Iterable[Path], folder: Path, jobs: int) -> dict[str, list[list[NotebookNode]]]:
    """The outputs of every lecture: name -> for each of its code cells, the outputs.

    Args:
        lectures: notebooks, which are not changed.
        folder: keeps outputs by the content that they were computed from; those of other contents are removed.
        jobs: how many lectures are executed at a time.

    Raises:
        LectureError: a cell fails.
    """
    environment = _environment()
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in lectures}
    files = {name: folder / f"{name}-{_key(notebook, environment)}.json" for name, notebook in notebooks.items()}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing:
        print(f"Executing {', '.join(missing)}: some minutes, once.", flush=True)
    # One thread per kernel: several kernels run at a time, and results do not depend on the number of cores.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        list(pool.map(lambda name: _execute(notebooks[name], files[name], name), missing))
    for file in folder.glob("*.json"):
        if file not in files.values():
            file.unlink()
    return {
        name: [[nbformat.from_dict(output) for output in outputs] for outputs in json.loads(file.read_text("utf-8"))]
        for name, file in files.items()
    }


def _execute(notebook: NotebookNode, file: Path, name: str) -> None:
    """Execute a notebook in a kernel of its own, and write its outputs to a file."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as empty:  # nothing in a lecture may depend on the working folder
        client = NotebookClient(
            notebook,
            timeout=SECONDS_PER_CELL,
            startup_timeout=300,
            store_widget_state=False,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": empty}},
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            message = f"{name} fails, so there is no site: correct the cell, then build again.\n{error}"
            raise LectureError(message) from error
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    write_atomic(file, json.dumps(outputs, ensure_ascii=False))
    print(f"  {name} took {time.monotonic() - started:.0f} s", flush=True)


def _key(notebook: NotebookNode, environment: str) -> str:
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps([sources, environment]).encode()).hexdigest()[:20]


def _environment() -> str:
    """A digest of what the outputs depend on beside the notebook: the package, and the versions of its requirements."""
    digest = hashlib.sha256(platform.python_version().encode())
    for requirement in map(Requirement, requires("which-is-better") or []):
        try:
            digest.update(f"{requirement.name}=={version(requirement.name)}\n".encode())
        except PackageNotFoundError:  # belongs to an extra, or to another system
            continue
    for path in sorted((ROOT / "utils").rglob("*")):
        inside = path.relative_to(ROOT)
        if path.is_file() and "__pycache__" not in inside.parts and inside.parts[1] != "grading":
            digest.update(f"{inside.as_posix()}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# 2. Staging


def stage(
    root: Path, folder: Path, outputs: Mapping[str, list[list[NotebookNode]]], guides: Iterable[Path] = ()
) -> None:
    """Fill a folder with what Sphinx reads; files that do not change keep their time, so that Sphinx skips them.

    Args:
        root: a copy of the course.
        folder: receives the files.
        outputs: of the lectures, from `execute_all`.
        guides: the instructor's, ``NN_word/guide.md``; a public site has none.
    """
    files: dict[str, str | bytes] = {}
    for name, per_cell in outputs.items():
        files[f"lectures/{name}.ipynb"] = _page_of_lecture(root / "lectures" / f"{name}.ipynb", per_cell)
    for path in sorted((root / "assignments").glob("*/*.ipynb")):
        files[path.relative_to(root).as_posix()] = nbformat.writes(_readable(nbformat.read(path, as_version=4)))
    for path in (root / "lectures" / name for name in PAGES):
        files[path.name] = path.read_text("utf-8")
    files["references.bib"] = bibliography(str(files["references.bib"]))
    # Sphinx reads this page again when the bibliography changes.
    files["references.md"] = f"{REFERENCES}\n% {hashlib.sha256(str(files['references.bib']).encode()).hexdigest()}\n"
    files["glossary.md"] = glossary(str(files["glossary.md"]))
    files["licence.md"] = f"# Licence\n\n{_plain(root / 'LICENSE')}"
    pages_of_guides = {f"guides/{path.parent.name}.md": path.read_text("utf-8") for path in guides}
    if pages_of_guides:
        files |= {**pages_of_guides, "index.md": f"{files['index.md']}{GUIDES}"}
    files["CITATION.cff"] = (root / "CITATION.cff").read_text("utf-8")
    for name, content in files.items():
        path, content = folder / name, content.encode() if isinstance(content, str) else content
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()


def _page_of_lecture(path: Path, outputs: list[list[NotebookNode]]) -> str:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, (cell, given) in enumerate(zip(code, outputs, strict=True), start=1):
        cell.execution_count = number
        # A widget needs a kernel; its HTML form moves without one. Progress bars are of no use in a page.
        cell.outputs = [_without_widget(output) for output in given if output.get("name") != "stderr"]
        tags = cell.metadata.get("tags", [])
        if "claims" in tags:
            cell.metadata.tags = [*tags, "hide-input"]
            cell.metadata.mystnb = {"code_prompt_show": CLAIMS, "code_prompt_hide": CLAIMS}
    return nbformat.writes(_readable(notebook))


def _without_widget(output: NotebookNode) -> NotebookNode:
    if "text/html" in output.get("data", {}):
        output.data.pop("application/vnd.jupyter.widget-view+json", None)
    return output


def _readable(notebook: NotebookNode) -> NotebookNode:
    """The notebook with the Markdown that Jupyter reads and MyST does not, written as MyST reads it."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            # An element that opens on the line of its summary ends at the next blank line, so that Markdown can follow.
            cell.source = re.sub(r"(</summary>)\n(?!\n)", r"\1\n\n", cell.source)
            cell.source = re.sub(r"\n(?<!\n\n)(</?details>)", r"\n\n\1", cell.source)
    return notebook


def glossary(text: str) -> str:
    """The glossary's Markdown, ``Term`` over ``: definition``, as Sphinx's directive, which gives each term an address.

    Example:
        >>> print(glossary("# Glossary\\n\\nTerms.\\n\\ncode\\n: A point."))
        # Glossary
        <BLANKLINE>
        Terms.
        <BLANKLINE>
        ```{glossary}
        code
          A point.
        ```
    """
    first = re.search(r"^.+\n: ", text, flags=re.MULTILINE)
    if first is None:
        return text
    entries = re.sub(r"^: ", "  ", text[first.start() :].strip(), flags=re.MULTILINE)
    return f"{text[: first.start()]}```{{glossary}}\n{entries}\n```"


def bibliography(text: str) -> str:
    """BibTeX in which an article that only arXiv has, and so no journal, is of the kind that needs none.

    Example:
        >>> bibliography("@article{a2015, title = {T}, eprint = {1511.05644}}")
        '@misc{a2015, title = {T}, eprint = {1511.05644}}'
    """
    entries = re.split(r"^(?=@)", text, flags=re.MULTILINE)
    return "".join(
        entry if re.search(r"\bjournal\s*=", entry) else re.sub(r"^@article\b", "@misc", entry) for entry in entries
    )


# 4. Printing


def print_lectures(site: Path, folder: Path, browser: str) -> None:
    """Print each lecture of a site into a PDF file.

    Args:
        site: the folder of the pages.
        folder: receives one file per lecture.
        browser: the path of a Chromium.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Root has no sandbox of Chromium's; the pages are our own.
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--virtual-time-budget=30000"]
    options += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    for page in sorted((site / "lectures").glob("*.html")):
        target = folder / f"{page.stem}.pdf"
        target.unlink(missing_ok=True)
        command = [browser, *options, f"--print-to-pdf={target}", page.as_uri()]
        printed = subprocess.run(command, capture_output=True, text=True)
        if not target.is_file():
            sys.exit(f"Chromium could not print {page.name}: {printed.stderr.strip()[-500:]}")
        print(f"  {target}", flush=True)


def _plain(path: Path) -> str:
    """A text file as Markdown: its paragraphs, and its enumeration."""
    return re.sub(r"(https://\S+)", r"<\1>", path.read_text("utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--github", default="", metavar="OWNER/NAME", help="adds links to Binder and to the notebooks")
    parser.add_argument("--pdf", type=Path, default=None, metavar="FOLDER", help="prints each lecture into this folder")
    parser.add_argument("--slides", type=Path, default=None, metavar="FOLDER", help="writes a deck per lecture there")
    parser.add_argument("--instructor", action="store_true", help="adds the guides of solutions/: not for publishing")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="lectures executed at a time (default: 2)")
    parser.add_argument(
        "--out", type=Path, default=None, metavar="FOLDER", help="of the pages (default: site/, or class/site/)"
    )
    parser.add_argument("--root", type=Path, default=ROOT, metavar="FOLDER", help="of the course (default: this copy)")
    options = parser.parse_args()
    if options.github and not re.fullmatch(r"[\w.-]+/[\w.-]+", options.github):
        parser.error(f"GITHUB is {options.github!r}, but an owner and a repository are needed, as in me/my-class.")
    options.root = options.root.resolve()
    # What only the instructor may read does not lie where the public site is.
    options.out = (options.out or options.root / ("class/site" if options.instructor else "site")).resolve()
    return options


if __name__ == "__main__":
    main()
