"""Topic 03's interactive figure: two models with the same images, and the metrics that distinguish them."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure

from utils.widgets.disentanglement_view import (
    CONSTRUCTIONS,
    LATENTS,
    PAIRS,
    State,
    bars_html,
    describe,
    evaluate,
    picture,
    prior_text,
)
from utils.widgets.explorer import Explorer, cached, figure_image, row

START = State()


class DisentanglementExplorer(Explorer):
    """Controls and figure: rotate two latents of a perfect model; the scores change, the images do not.

    Model A's latents are the true factors of its images of hearts. Model B's latents are A's, mixed; it draws the same
    images.

    Scores are computed on 4,000 points, so that a move takes a fraction of a second. At 20° and 40°, over four random
    samples each, they differed by at most 0.01 from scores on 10,000 points with the study's numbers of examples; the
    exception is the β-VAE score, which is up to 0.05 lower near 45°. DCI uses one decision tree per factor, not boosted
    trees, so its values differ from the study's.
    """

    css_class = "disentanglement-explorer"
    css = """
& :is(td, th) { padding: 2px 4px; text-align: right; }
& .bar { width: 8.5em; height: 0.6em; margin: 1px 0; }
& .bar .a { background: #d55e00; }
& .bar .b { background: #0072b2; }
"""

    def __init__(self, state: State = START) -> None:
        """Build the figure.

        Args:
            state: initial position of the controls.

        Raises:
            ValueError: if the construction, the angle (a whole number from 0 to 90) or the pair does not exist.
        """
        if state.angle not in range(91):
            raise ValueError(f"The angle is {state.angle}: give a whole number of degrees from 0 to 90.")
        super().__init__()
        self._evaluate = cached(evaluate)
        self.view = self._evaluate(state)
        self._figure = Figure(figsize=(9.6, 5.4), dpi=78)
        self._figure.set_layout_engine("none")  # nothing to arrange, and it costs time

        self._construction = widgets.ToggleButtons(
            options={"CDF, uniform": "CDF", "Gaussian": "Gaussian", "plain, uniform": "uniform"},
            value=state.construction,
            description="construction",
            tooltips=list(CONSTRUCTIONS.values()),
        )
        self._pair = widgets.ToggleButtons(
            options={f"{LATENTS[i]} & {LATENTS[j]}": (i, j) for i, j in PAIRS}, value=state.pair, description="pair"
        )
        self._angle = widgets.IntSlider(int(state.angle), 0, 90, description="angle in °")
        for buttons in (self._construction, self._pair):
            buttons.style.button_width = "auto"
        for control in (self._construction, self._pair, self._angle):
            control.style.description_width = "7.5em"
            control.observe(self._on_control, "value")
        self._angle.layout.width = "36em"
        self._picture, self._bars = widgets.HTML(), widgets.HTML()
        self._lay_out(self._construction, self._pair, self._angle, self._message, row(self._picture, self._bars))
        self._show()

    @classmethod
    def from_shipped(cls) -> DisentanglementExplorer:
        """Build the figure at its initial position; both models are computed, so nothing is loaded."""
        return cls()

    def _on_control(self, _: Any) -> None:
        def move() -> None:
            self.view = self._evaluate(State(self._construction.value, self._angle.value, self._pair.value))

        if self._attempt(move):
            self._show()

    def _show(self) -> None:
        picture(self._figure, self.view)
        self._picture.value = figure_image(self._figure, describe(self.view))
        self._bars.value = bars_html(self.view)
        state = self.view.state
        self._say(
            f"{CONSTRUCTIONS[state.construction]}, {state.angle:g}°. Largest difference between the images of A and B, "
            f"over all pixels: {self.view.difference:.1g}. {prior_text(self.view)}"
        )
