"""Milliseconds from a key press to the picture that follows it, in Chromium, in JupyterLab.

Each figure answers in the page. The peer is what the figures were before: a slider of ipywidgets whose move travels to
the kernel, which clusters, scores, draws with matplotlib and sends an image back. Both are driven by the same key
presses in the same page of the same run, in turns.
"""

from __future__ import annotations

import base64
import io
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
import numpy as np
from matplotlib.figure import Figure as Drawing
from playwright.sync_api import Locator, expect

from tests.support import ROOT
from tests.support.browser import CHROMIUM, Notebook, chromium, jupyterlab, open_notebook
from tests.support.figures import HOST
from utils import clustering, data, models
from utils.plotting import CLASS_COLOURS

FIGURES = {"ClusteringExplorer": ("Clusters k", 16)}
"""Figure -> the slider that is moved, and the milliseconds that a move may take at the median."""

MOVES = 15
ROUNDS = 3

_WATCH = """element => {
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
    observer.observe(element, { subtree: true, childList: true, characterData: true, attributes: true });
    window.stopWatching = () => {
        observer.disconnect();
        window.removeEventListener("keydown", press, { capture: true });
    };
}"""


class RoundTrip(ipywidgets.VBox):  # type: ignore[misc]
    """A slider for k, and an image that the kernel draws after each move: scatter, scores as bars, alternative text."""

    def __init__(self) -> None:
        images, self._classes = data.load_mnist("test")
        self._codes = models.load_pretrained("aae-mixture-2d").encode(images).astype(float)
        self._slider = ipywidgets.IntSlider(10, 2, 30, description="clusters")
        self._image = ipywidgets.HTML()
        self._figure = Drawing(figsize=(5.2, 4.2), dpi=88)
        self._slider.observe(self._draw, "value")
        super().__init__([self._slider, self._image])
        self._draw(None)

    def _draw(self, _: Any) -> None:
        labels = clustering.kmeans(self._codes, self._slider.value, n_init=1)
        scores = clustering.scores(self._classes, labels, self._codes)
        self._figure.clear()
        axes = self._figure.add_axes((0.12, 0.11, 0.86, 0.87))
        axes.scatter(*self._codes.T, c=np.array(CLASS_COLOURS)[self._classes], s=7, linewidths=0)
        for cluster in np.unique(labels):
            x, y = np.median(self._codes[labels == cluster], axis=0)
            axes.text(x, y, str(cluster))
        stream = io.BytesIO()
        self._figure.savefig(stream, format="png", pil_kwargs={"compress_level": 1})
        picture = base64.b64encode(stream.getvalue()).decode("ascii")
        bars = "".join(f"<p>{name} {value:.2f}</p>" for name, value in scores.items())
        self._image.value = f'<img alt="{self._slider.value} clusters" src="data:image/png;base64,{picture}">{bars}'


def main() -> None:
    """Print medians, 95th percentiles and the ratio to the round trip."""
    if CHROMIUM is None:
        print("skipped: there is no Chromium here (apt install chromium)")
        return
    cells = ["from tests.bench.figures import RoundTrip\nRoundTrip()"]
    cells += [f"from utils.widgets import {name}\n{name}.from_shipped()" for name in FIGURES]
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    times: dict[str, list[float]] = {"round trip": [], **{name: [] for name in FIGURES}}
    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(content, Path(folder) / "bench.ipynb")
        with (
            jupyterlab(Path(folder), environment={"PYTHONPATH": str(ROOT)}) as lab,
            chromium() as browser,
            open_notebook(browser, lab, "bench.ipynb", width=1400, height=1200) as notebook,
        ):
            old = notebook.run_cell("RoundTrip()")
            expect(old.locator("img")).to_be_visible(timeout=60_000)
            sliders = {"round trip": (old.get_by_role("slider"), old.locator(".widget-html-content"))}
            for name, (label, _) in FIGURES.items():
                figure = notebook.run_cell(f"{name}.from_shipped").locator(HOST)
                expect(figure.locator(".words")).not_to_be_empty(timeout=90_000)
                sliders[name] = (figure.get_by_role("slider", name=label), figure.locator(".words"))
            for _ in range(ROUNDS):
                for name, (slider, target) in sliders.items():
                    times[name] += _moves(notebook, slider, target)
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    peer = statistics.median(times["round trip"])
    for name, values in times.items():
        median, high = statistics.median(values), np.quantile(values, 0.95)
        line = f"{median:6.1f} ms at the median, {high:6.1f} at 95 %"
        if name in FIGURES:
            line += f" (goal {FIGURES[name][1]} ms); {peer / median:.1f} times as fast as the round trip"
        print(f"  {name:22s} {line}")


def _moves(notebook: Notebook, slider: Locator, target: Locator) -> list[float]:
    slider.focus()
    target.evaluate(_WATCH)
    for move in range(MOVES):
        slider.press("ArrowRight" if move % 2 == 0 else "ArrowLeft")
        notebook.page.wait_for_function("count => window.moves.length >= count", arg=move + 1, timeout=30_000)
    times: list[float] = notebook.page.evaluate("window.moves")
    return times[:MOVES]
