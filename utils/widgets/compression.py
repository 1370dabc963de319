"""Topic 02's interactive figure: codec, latent dimension and quantiser step move a point on the plane."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from utils import data, models
from utils.compression import Codec, FileCodec
from utils.widgets.compression_view import (
    SHOWN,
    Family,
    Picture,
    State,
    View,
    bytes_html,
    curve,
    describe,
    evaluate,
    latent_codec,
    title,
)

STEPS = tuple(float(2 ** (k / 2)) for k in range(-8, 9))
QUALITIES = tuple(float(quality) for quality in (95, 90, 80, 70, 60, 50, 40, 30, 20, 10, 5, 1))
SERVED = tuple(10**k for k in range(3, 9))


class CompressionExplorer(widgets.VBox):  # type: ignore[misc]
    """Controls and picture: move one, and the restored digits, the point on the plane and the bytes follow.

    Everything is reached with Tab; arrow keys move sliders, Space presses a button. Images are encoded, and every
    codec's curve is measured, once, when the figure is built; a move quantises, writes real bytes, reads them and
    decodes. Positions that were visited are remembered.
    """

    def __init__(self, families: Mapping[str, Family], images: ArrayLike) -> None:
        """Build the figure.

        Args:
            families: what the figure calls a kind of codec -> its codecs; at least one.
            images: floats (n, 1, h, w) in [0, 1], n at least 10, h and w at least 11.

        Raises:
            ValueError: if there are fewer than ten images, or no family.
        """
        self._families, self._images = dict(families), np.asarray(images)
        if len(self._images) < SHOWN or not self._families:
            raise ValueError(
                f"{len(self._images)} images and {len(self._families)} families were given: the figure needs at least "
                f"{SHOWN} images and one family of codecs."
            )
        self._evaluate = lru_cache(maxsize=512)(self._evaluate_uncached)
        curves = {
            (name, latent_dim): curve(family, latent_dim, self._images)
            for name, family in self._families.items()
            for latent_dim in family.makers
        }
        self._drawn = Picture(self._images, list(self._families), curves)

        # No drop-down lists: JupyterLab takes the arrow keys and letters typed in them for commands to the notebook.
        self._family = widgets.ToggleButtons(options=list(self._families), description="codec")
        self._family.style.button_width = "auto"
        self._latent_dim = widgets.SelectionSlider(options=[""], description="latent dimension")
        self._setting = widgets.SelectionSlider(options=[""], description="step")
        served = [(f"{number:,}", number) for number in SERVED]
        self._served = widgets.SelectionSlider(options=served, value=100_000, description="images served")
        self._message = widgets.HTML()
        self._picture, self._bytes = widgets.HTML(), widgets.HTML()
        for control in (self._family, self._latent_dim, self._setting, self._served):
            control.style.description_width = "9em"
            control.layout.width = "26em"
        self._family.layout.width = "auto"
        self._fit_sliders(middle=True)
        for control in (self._latent_dim, self._setting, self._served):
            control.observe(self._on_control, "value")
        self._family.observe(self._on_family, "value")
        wrap = widgets.Layout(flex_flow="row wrap")
        boxes = [
            widgets.HBox([self._family], layout=wrap),
            widgets.HBox([self._latent_dim, self._setting, self._served], layout=wrap),
        ]
        shown = widgets.HBox([self._picture, self._bytes], layout=wrap)
        super().__init__([widgets.HTML(_STYLE), *boxes, self._message, shown])
        self.add_class("compression-explorer")
        self.state = self._position()
        self.view = self._evaluate(self.state.family, self.state.latent_dim, self.state.setting)
        self._show()

    @classmethod
    def from_pretrained(cls, seed: int = 0, n_images: int = 100) -> CompressionExplorer:
        """Build the figure for PCA, the shipped VAEs and GAN, and JPEG, on test digits.

        Args:
            seed: of the trainings that are shown.
            n_images: how many of the 1,000 test digits are compressed together, from 10 up.
        """
        images, training = data.load_mnist("test")[0][:n_images], data.load_mnist("train")[0]

        def latents(named: Mapping[int, models.LatentModel]) -> Family:
            encoded = {d: (model, model.encode(images), model.encode(training)) for d, model in named.items()}
            return Family("step", STEPS, {d: latent_codec(*parts) for d, parts in encoded.items()})

        families = {"PCA": latents({d: models.PCA(d) for d in (2, 4, 8, 16, 32, 64)})}
        for name, prefix in {"VAE": "vae-conv-", "GAN": "gan-"}.items():
            shipped = [model for model in models.available() if model.startswith(prefix)]
            trained = [models.load_pretrained(model, seed) for model in shipped]
            if trained:
                families[name] = latents({m.latent_dim: m for m in sorted(trained, key=lambda m: m.latent_dim)})
        for name, mosaic in {"JPEG, a file each": False, "JPEG, one mosaic": True}.items():
            families[name] = Family("quality", QUALITIES, {None: _jpeg(mosaic)})
        return cls(families, images)

    def _position(self) -> State:
        return State(self._family.value, self._latent_dim.value or None, self._setting.value, self._served.value)

    def _fit_sliders(self, middle: bool = False) -> None:
        """Give the sliders the choices of the codec; where the old position is among them, it stays."""
        family = self._families[self._family.value]
        for slider, choices, default in (
            (self._latent_dim, [(str(d or "none"), d or 0) for d in family.makers], -1),
            (self._setting, [(f"{setting:.3g}", setting) for setting in family.settings], len(family.settings) // 2),
        ):
            values = [value for _, value in choices]
            kept = slider.value
            slider.options = choices
            slider.value = kept if kept in values and not middle else values[default]
            slider.disabled = len(choices) == 1
        self._setting.description = family.setting

    def _on_family(self, _: Any) -> None:
        for slider in (self._latent_dim, self._setting):
            slider.unobserve(self._on_control, "value")
        self._fit_sliders()
        for slider in (self._latent_dim, self._setting):
            slider.observe(self._on_control, "value")
        self._on_control(None)

    def _on_control(self, _: Any) -> None:
        state = self._position()
        try:
            view = self._evaluate(state.family, state.latent_dim, state.setting)
        except ValueError as error:
            self._message.value = f"<p>{html.escape(str(error))}</p>"
            return
        self.state, self.view = state, view
        self._show()

    def _evaluate_uncached(self, family: str, latent_dim: int | None, setting: float) -> View:
        return evaluate(self._families[family].makers[latent_dim](setting), self._images)

    def _show(self) -> None:
        state, view, family = self.state, self.view, self._families[self.state.family]
        self._drawn.show(state, view)
        stored = io.BytesIO()
        self._drawn.figure.savefig(stored, format="png", pil_kwargs={"compress_level": 1})
        picture = base64.b64encode(stored.getvalue()).decode("ascii")
        self._picture.value = (
            f'<img alt="{html.escape(describe(state, family, view))}" style="max-width: 100%; height: auto" '
            f'src="data:image/png;base64,{picture}">'
        )
        self._bytes.value = bytes_html(view, state)
        self._message.value = (
            f"<p>{html.escape(title(state, family))}: {view.rate:.1f} bytes an image at {view.psnr:.1f} dB, "
            f"SSIM {view.ssim:.2f}, MSE {view.mse:.4f}.</p>"
        )


def _jpeg(mosaic: bool) -> Callable[[float], Codec]:
    return lambda quality: FileCodec("JPEG", quality, mosaic=mosaic)


_STYLE = """<style>
.compression-explorer :is(.noUi-handle, button, .widget-readout):focus-visible {
  outline: 3px solid #d55e00; outline-offset: 1px;
}
.compression-explorer .widget-toggle-buttons { display: flex; align-items: center; }
.compression-explorer .widget-toggle-buttons > label { flex: 0 0 9em; text-align: right; margin-right: 4px; }
.compression-explorer table { border-collapse: collapse; font-size: 12px; margin: 4px 0 8px; line-height: 1.35; }
.compression-explorer caption { text-align: left; font-weight: 600; padding-bottom: 2px; }
.compression-explorer :is(td, th) { padding: 1px 6px 1px 0; text-align: left; }
.compression-explorer td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
.compression-explorer .bytes { display: flex; width: 26em; max-width: 100%; height: 1.6em; }
.compression-explorer .bytes b { display: block; height: 100%; }
</style>"""
