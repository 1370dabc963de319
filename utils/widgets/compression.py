"""Topic 02's interactive figure: codec, latent dimension and quantiser step move a point on the plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from utils import data, models
from utils.compression import Codec, FileCodec
from utils.widgets.compression_view import (
    N_IMAGES,
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
from utils.widgets.explorer import Explorer, cached, figure_image, row

STEPS = tuple(float(2 ** (k / 2)) for k in range(-8, 9))
QUALITIES = tuple(float(quality) for quality in (95, 90, 80, 70, 60, 50, 40, 30, 20, 10, 5, 1))
SERVED = tuple(10**k for k in range(3, 9))


class CompressionExplorer(Explorer):
    """Controls and figure: move one, and the restored digits, the point on the plane and the bytes follow.

    When the figure is built, the images are encoded and every codec's curve is measured, once. A move quantises, writes
    real bytes, reads them and decodes.
    """

    css_class = "compression-explorer"
    css = """
& .widget-toggle-buttons > label { flex-basis: 9em; }
& :is(td, th) { padding: 1px 6px 1px 0; text-align: left; }
& td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
& .bytes { display: flex; width: 26em; max-width: 100%; height: 1.6em; }
& .bytes b { display: block; height: 100%; }
"""

    def __init__(self, families: Mapping[str, Family], images: ArrayLike) -> None:
        """Build the figure.

        Args:
            families: title of a kind of codec -> its codecs; at least one.
            images: floats (n, 1, h, w) in [0, 1], n at least 10, h and w at least 11.

        Raises:
            ValueError: if there are fewer than ten images, or no family.
        """
        super().__init__()
        self._families, self._images = dict(families), np.asarray(images, dtype=np.float32)
        if len(self._images) < N_IMAGES or not self._families:
            raise ValueError(
                f"{len(self._images)} images and {len(self._families)} families were given: the figure needs at least "
                f"{N_IMAGES} images and one family of codecs."
            )
        self._evaluate = cached(self._evaluate_uncached)
        curves = {
            (name, latent_dim): curve(family, latent_dim, self._images)
            for name, family in self._families.items()
            for latent_dim in family.makers
        }
        self._plot = Picture(self._images, list(self._families), curves)

        self._family = widgets.ToggleButtons(options=list(self._families), description="codec")
        self._family.style.button_width = "auto"
        self._latent_dim = widgets.SelectionSlider(options=[""], description="latent dimension")
        self._setting = widgets.SelectionSlider(options=[""], description="step")
        served = [(f"{number:,}", number) for number in SERVED]
        self._served = widgets.SelectionSlider(options=served, value=100_000, description="images served")
        self._picture, self._bytes = widgets.HTML(), widgets.HTML()
        for control in (self._family, self._latent_dim, self._setting, self._served):
            control.style.description_width = "9em"
            control.layout.width = "26em"
        self._family.layout.width = "auto"
        self._fit_sliders(middle=True)
        for control in (self._latent_dim, self._setting, self._served):
            control.observe(self._on_control, "value")
        self._family.observe(self._on_family, "value")
        self._lay_out(
            row(self._family),
            row(self._latent_dim, self._setting, self._served),
            self._message,
            row(self._picture, self._bytes),
        )
        self.state = self._position()
        self.view = self._evaluate(self.state.family, self.state.latent_dim, self.state.setting)
        self._show()

    @classmethod
    def from_shipped(cls, seed: int = 0, n_images: int = 100) -> CompressionExplorer:
        """Build the figure for PCA, the shipped VAEs and GAN, and JPEG, on test digits.

        Args:
            seed: training seed of the models.
            n_images: how many of the 1,000 test digits are compressed together, from 10 up.
        """
        images, training = data.load_mnist("test")[0][:n_images], data.load_mnist("train")[0]

        def latents(by_dim: Mapping[int, models.LatentModel]) -> Family:
            codes = {d: (model, model.encode(images), model.encode(training)) for d, model in by_dim.items()}
            return Family("step", STEPS, {d: latent_codec(*parts) for d, parts in codes.items()})

        families = {"PCA": latents({d: models.PCA(d) for d in (2, 4, 8, 16, 32, 64)})}
        for name, prefix in {"VAE": "vae-conv-", "GAN": "gan-"}.items():
            names = [model for model in models.available() if model.startswith(prefix)]
            networks = [models.load_pretrained(model, seed) for model in names]
            if networks:
                families[name] = latents({m.latent_dim: m for m in sorted(networks, key=lambda m: m.latent_dim)})
        for name, mosaic in {"JPEG, a file each": False, "JPEG, one mosaic": True}.items():
            families[name] = Family("quality", QUALITIES, {None: _jpeg(mosaic)})
        return cls(families, images)

    def _position(self) -> State:
        return State(self._family.value, self._latent_dim.value or None, self._setting.value, self._served.value)

    def _fit_sliders(self, middle: bool = False) -> None:
        """Give the sliders the choices of the codec; they keep their positions where these are among the choices."""
        family = self._families[self._family.value]
        for slider, choices, default in (
            (self._latent_dim, [(str(d or "none"), d or 0) for d in family.makers], -1),
            (self._setting, [(f"{setting:.3g}", setting) for setting in family.settings], len(family.settings) // 2),
        ):
            values = [value for _, value in choices]
            previous = slider.value
            slider.options = choices
            slider.value = previous if previous in values and not middle else values[default]
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

        def move() -> None:
            self.view = self._evaluate(state.family, state.latent_dim, state.setting)
            self.state = state

        if self._attempt(move):
            self._show()

    def _evaluate_uncached(self, family: str, latent_dim: int | None, setting: float) -> View:
        return evaluate(self._families[family].makers[latent_dim](setting), self._images)

    def _show(self) -> None:
        state, view, family = self.state, self.view, self._families[self.state.family]
        self._plot.show(state, view)
        self._picture.value = figure_image(self._plot.figure, describe(state, family, view))
        self._bytes.value = bytes_html(view, state)
        self._say(
            f"{title(state, family)}: {view.rate:.1f} bytes per image at {view.point.psnr:.1f} dB, "
            f"SSIM {view.point.ssim:.2f}, MSE {view.point.mse:.4f}."
        )


def _jpeg(mosaic: bool) -> Callable[[float], Codec]:
    return lambda quality: FileCodec("JPEG", quality, mosaic=mosaic)
