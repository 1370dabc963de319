"""Milliseconds from a key press to the picture that follows it, in Chromium, in JupyterLab.

Each figure answers in the page. The peers are the same topics' figures of the course's first version, taken from the
repository's history: a slider of ipywidgets, whose move travels to the kernel, which computes, draws with matplotlib
and sends an image back. Both are driven by the same key presses in one browser, in turns. Lecture 00 had no figure, and
that of topic 04 asked a language model after each move, so these two have no peer.

``own`` is the time that a figure's module needs for a move; the rest is the browser's: layout, painting, and waiting
for the next frame, of which there are 60 per second. ``dragged`` moves the slider once in every frame, as a finger
does, and counts how many frames per second the browser then shows.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np
from playwright.sync_api import Locator, TimeoutError, expect

from tests.support import ROOT
from tests.support.browser import CHROMIUM, Notebook, chromium, jupyterlab, open_notebook
from tests.support.figures import HOST

FIRST_VERSION = "eb24ae726cbdd68a19b06d983ba76164a99200f1"
"""The last commit in which all figures asked the kernel."""

MOVES = 15
ROUNDS = 3
DRAGGED_FRAMES = 60


@dataclass
class Subject:
    """A figure, the slider that is moved, and the milliseconds that a move may take at the median.

    peer: the description of the first version's slider that does the same; empty if there is none.
    before: a statement about `explorer` that runs before the figure is shown.
    silent: rounds in which the first version left a move without an answer for half a minute.
    """

    figure: str
    slider: str
    peer: str = ""
    before: str = ""
    goal: float = 16.0
    times: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    peer_times: list[float] = field(default_factory=list)
    silent: int = 0

    @property
    def cell(self) -> str:
        lines = [f"from utils.widgets import {self.figure}", f"explorer = {self.figure}.from_shipped()", self.before]
        return "\n".join([*filter(None, lines), "explorer"])


ANSWERED = 'explorer.let_answer("moderate")'
SUBJECTS = [
    Subject("StartExplorer", "Labels"),
    Subject("ClusteringExplorer", "Clusters k", "k (clusters)"),
    Subject("CompressionExplorer", "Step of the quantiser", "step", goal=50.0),
    Subject("DisentanglementExplorer", "Angle", "angle in °"),
    Subject("PromptExplorer", "threshold"),
    Subject("HolisticExplorer", "movies", "movies"),
    Subject("PreferenceExplorer", "n of best-of-n", "best of n", before=ANSWERED),
]

_WATCH = """(element, selector) => {
    window.stopWatching?.();
    window.moves = [];
    let began = 0;
    const press = () => { began = performance.now(); };
    window.addEventListener("keydown", press, { capture: true });
    const observer = new MutationObserver(() => {
        const start = began;
        began = 0;
        const painted = () => window.moves.push(performance.now() - start);
        if (start) requestAnimationFrame(() => setTimeout(painted));
    });
    const targets = selector ? element.querySelectorAll(selector) : [element];
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    for (const target of targets) observer.observe(target, all);
    window.stopWatching = () => {
        observer.disconnect();
        window.removeEventListener("keydown", press, { capture: true });
    };
}"""
_AT_END = """element => Number(element.value ?? element.getAttribute("aria-valuenow")) >=
    Number(element.max ?? element.getAttribute("aria-valuemax"))"""
_COUNT = """element => {
    window.changes = 0;
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(() => { window.changes += 1; }).observe(element, all);
}"""
_DRAG = """async (element, [keys, count]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const step = Number(element.step) || 1, times = [];
    let before = await frame();
    for (let i = 0; i < count; i++) {
        if (element instanceof HTMLInputElement) {
            element.value = Number(element.value) + (keys[i % 2] === "ArrowRight" ? step : -step);
            element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
        } else {
            element.dispatchEvent(new KeyboardEvent("keydown", { key: keys[i % 2], bubbles: true, composed: true }));
        }
        const now = await frame();
        times.push(now - before);
        before = now;
    }
    return times;
}"""
_OWN = """element => { const { compute, draw } = element.getRootNode().host.figure.timing; return compute + draw; }"""


def main() -> None:
    """Print medians, 95th percentiles and the ratio to the first version."""
    if CHROMIUM is None:
        print("skipped: there is no Chromium here (apt install chromium)")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peers = [subject for subject in SUBJECTS if subject.peer] if _first_version(folder / "first") else []
        path = f"import sys\nsys.path.insert(0, {str(folder / 'first')!r})\n"
        _write(folder / "now.ipynb", [subject.cell for subject in SUBJECTS])
        _write(folder / "first.ipynb", [path + subject.cell for subject in peers])
        with (
            jupyterlab(folder, environment={"PYTHONPATH": str(ROOT)}) as lab,
            chromium() as browser,
            open_notebook(browser, lab, "now.ipynb", width=1400, height=1200) as now,
            open_notebook(browser, lab, "first.ipynb", width=1400, height=1200) as first,
        ):
            figures = [(subject, _figure(now, subject)) for subject in SUBJECTS]
            old = [(subject, _peer(first, subject)) for subject in peers]
            for _ in range(ROUNDS):
                for subject, root in figures:
                    slider = root.get_by_role("slider", name=subject.slider, exact=True)
                    subject.times += _moves(now, slider, root, "", subject.own)
                    subject.frames += _drag(now, slider, root)
                for subject, root in old:
                    box = root.locator(".widget-slider").filter(has_text=subject.peer)
                    try:
                        subject.peer_times += _moves(first, box.get_by_role("slider"), root, ".widget-html-content")
                    except TimeoutError:
                        subject.silent += 1
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for subject in SUBJECTS:
        median, high = statistics.median(subject.times), np.quantile(subject.times, 0.95)
        line = f"{median:6.1f} ms at the median, {high:6.1f} at 95 % (goal {subject.goal:.0f} ms)"
        line += f"; own {statistics.median(subject.own):5.1f}"
        line += f"; dragged {1000 / statistics.fmean(subject.frames):.0f} frames per second"
        if subject.peer_times:
            peer = statistics.median(subject.peer_times)
            line += f"; first version {peer:6.0f} ms, {peer / median:.0f} times as long"
        if subject.silent:
            line += f"; the first version did not answer in {subject.silent} of {ROUNDS} rounds"
        print(f"  {subject.figure:24s} {line}")


def _first_version(folder: Path) -> bool:
    """Put the first version's package into a folder; False where the history is not there."""
    archive = subprocess.run(["git", "archive", FIRST_VERSION, "utils"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        print("the first version is left out: its commit is not in this copy of the repository")
        return False
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as content:
        content.extractall(folder, filter="data")
    return True


def _write(path: Path, cells: list[str]) -> None:
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, path)


def _figure(notebook: Notebook, subject: Subject) -> Locator:
    figure = notebook.run_cell(f"{subject.figure}.from_shipped", timeout=300).locator(HOST)
    expect(figure.locator(".words")).not_to_be_empty(timeout=90_000)
    return figure.locator(".root")


def _peer(notebook: Notebook, subject: Subject) -> Locator:
    cell = notebook.run_cell(f"{subject.figure}.from_shipped", timeout=300)
    expect(cell.locator(".widget-slider").filter(has_text=subject.peer)).to_be_visible(timeout=90_000)
    return cell


def _moves(
    notebook: Notebook, slider: Locator, root: Locator, watched: str, own: list[float] | None = None
) -> list[float]:
    notebook.page.bring_to_front()
    slider.focus()
    keys = _keys(slider)
    root.evaluate(_WATCH, watched)
    for move in range(MOVES):
        slider.press(keys[move % 2])
        notebook.page.wait_for_function("count => window.moves.length >= count", arg=move + 1, timeout=30_000)
        if own is not None:
            own.append(root.evaluate(_OWN))
    times: list[float] = notebook.page.evaluate("window.moves")
    return times[:MOVES]


def _drag(notebook: Notebook, slider: Locator, root: Locator) -> list[float]:
    """Milliseconds between frames while the slider moves in each of them; fails if the figure does not follow."""
    notebook.page.bring_to_front()
    root.evaluate(_COUNT)
    times: list[float] = slider.evaluate(_DRAG, [_keys(slider), DRAGGED_FRAMES])
    changes = notebook.page.evaluate("window.changes")
    if changes < DRAGGED_FRAMES:
        raise RuntimeError(f"The figure changed {changes} times in {DRAGGED_FRAMES} moves: the drag does not reach it.")
    return times


def _keys(slider: Locator) -> list[str]:
    return ["ArrowLeft", "ArrowRight"] if slider.evaluate(_AT_END) else ["ArrowRight", "ArrowLeft"]
