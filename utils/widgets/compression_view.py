"""The content of topic 02's interactive figure for each position of its controls: plain functions, without controls.

`evaluate` turns a codec into a `View`; the others turn a `View` into an image, a table and text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.arrays import Float32Array
from utils.compression import Codec, LatentCodec, RateDistortion, psnr
from utils.compression.codec import measured
from utils.models import LatentModel

FloatArray = NDArray[np.floating]

N_IMAGES = 10
"""Number of images in the figure."""

_TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

# The colours of Okabe and Ito (2008), which colour-blind readers can distinguish, and one marker each.
_STYLES = (("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D"), ("#e69f00", "v"), ("#56b4e9", "P"))
PARTS = {"header": "#999999", "payload": "#0072b2", "decoder": "#e69f00"}


@dataclass(frozen=True)
class Family:
    """Codecs of one kind.

    Attributes:
        setting: name of the setting, ``"step"`` or ``"quality"``.
        settings: its values, in the order of the slider.
        makers: latent dimension -> function from a setting to a codec; codecs without latents have the only key None.
    """

    setting: str
    settings: tuple[float, ...]
    makers: Mapping[int | None, Callable[[float], Codec]]


@dataclass(frozen=True)
class State:
    """Position of the controls.

    `served` is the number of images, in all, over which the bytes of the decoder are divided.
    """

    family: str
    latent_dim: int | None
    setting: float
    served: int = 100_000


@dataclass(frozen=True)
class View:
    """The result of one codec: `restored` images (n, 1, h, w), and bytes and distances of the whole batch."""

    restored: FloatArray
    point: RateDistortion

    @property
    def rate(self) -> float:
        """Bytes per image, of header and payload, as on the plane."""
        return self.point.coded_bytes / self.point.n_images

    def parts(self, served: int) -> dict[str, float]:
        """Bytes per image by part, the decoder's divided by the number of images that it serves."""
        n = self.point.n_images
        return {
            "header": self.point.header_bytes / n,
            "payload": self.point.payload_bytes / n,
            "decoder": self.point.decoder_bytes / served,
        }


def latent_codec(model: LatentModel, codes: FloatArray, training_codes: FloatArray) -> Callable[[float], Codec]:
    """A function from a step to a codec, for images that are already encoded, so that they are encoded only once.

    Args:
        model: decodes the codes.
        codes: (n, d) of the images that the figure shows.
        training_codes: (m, d) of training images, for the entropy model.
    """
    return lambda step: LatentCodec(model, step, training_codes, encode=lambda _: codes)


def evaluate(codec: Codec, images: Float32Array) -> View:
    """Compress, decompress and measure: real bytes, and the images that are restored from them.

    Args:
        codec: any codec.
        images: float32 (n, 1, h, w) in [0, 1], h and w at least 11.
    """
    data = codec.compress(images)
    restored = codec.decompress(data)
    return View(restored, measured(codec, images, data, restored))


def curve(family: Family, latent_dim: int | None, images: Float32Array) -> FloatArray:
    """Bytes per image and PSNR in dB for every setting: (number of settings, 2), in the slider's order."""
    points = []
    for setting in family.settings:
        codec = family.makers[latent_dim](setting)
        data = codec.compress(images)
        points.append((len(data) / len(images), psnr(images, codec.decompress(data), data_range=1.0)))
    return np.array(points)


def title(state: State, family: Family) -> str:
    """Name of the codec, e.g. ``"PCA, 16 latents, step 0.5"``."""
    latents = "" if state.latent_dim is None else f", {state.latent_dim} latents"
    return f"{state.family}{latents}, {family.setting} {state.setting:.3g}"


def describe(state: State, family: Family, view: View) -> str:
    """One paragraph that describes the figure to a reader who cannot see it."""
    parts = view.parts(state.served)
    return (
        f"{N_IMAGES} held-out digits, below them the same digits restored by {title(state, family)}, below these the "
        f"difference, and the point on the plane: {view.rate:.1f} bytes per image at {view.point.psnr:.1f} dB. Bytes "
        f"per image: "
        f"header {parts['header']:.1f}, payload {parts['payload']:.1f}, decoder {parts['decoder']:.1f}."
    )


class Picture:
    """Images above, rate–distortion plane below; after the first drawing, only the changed parts are drawn again.

    matplotlib takes half of its time for ticks, which never change here.

    Attributes:
        figure: the matplotlib figure.
    """

    def __init__(
        self, images: FloatArray, families: Sequence[str], curves: Mapping[tuple[str, int | None], FloatArray]
    ) -> None:
        """Draw the parts that do not change.

        Args:
            images: the originals (n, 1, h, w).
            families: names in the order of their colours.
            curves: family and latent dimension -> (settings, 2), see `curve`.
        """
        self.figure = Figure(figsize=(7.4, 5.6), dpi=88)
        self.figure.set_layout_engine("none")  # nothing to arrange, and it costs time
        self._originals = _strip(images)
        height, width = self._originals.shape
        above = self.figure.add_axes((0.115, 0.675, 0.875, 0.32))
        self._restored, self._difference = [
            above.imshow(strip, cmap=cmap, vmin=lowest, vmax=1, extent=(0, width, top + height, top), aspect="auto")
            for strip, cmap, lowest, top in (
                (self._originals, "gray_r", 0, 0),
                (self._originals, "gray_r", 0, height),
                (0 * self._originals, "RdBu_r", -1, 2 * height),
            )
        ][1:]
        above.set(xlim=(0, width), ylim=(3 * height, 0))
        above.set_yticks(height * (np.arange(3) + 0.5), ["original", "restored", "difference"])
        _bare(above)
        plane = self.figure.add_axes((0.115, 0.095, 0.875, 0.55))
        raw = images[0].size
        plane.axvline(np.log10(raw), color="#777777", lw=1, ls=":")
        plane.text(np.log10(raw), 6.5, "raw ", ha="right", fontsize=9, color="#555555")
        self._lines = {}
        for key, points in curves.items():
            colour, marker = _STYLES[families.index(key[0]) % len(_STYLES)]
            # Logarithms are taken here, because a logarithmic axis takes three times as long to draw.
            (self._lines[key],) = plane.plot(np.log10(points[:, 0]), points[:, 1], color=colour, marker=marker, lw=1)
        self._name = plane.text(0, 0, "", fontsize=10, ha="right", weight="bold")
        (self._point,) = plane.plot([0], [0], "o", ms=15, mfc="none", mec="black", mew=2)
        plane.set(xlim=(-0.5, 3.2), ylim=(6, 42), xlabel="bytes per image (header and payload)", ylabel="PSNR in dB")
        plane.set_xticks(np.log10(_TICKS), [f"{tick:g}" for tick in _TICKS])
        plane.tick_params(labelsize=9)
        lines = [next(line for key, line in self._lines.items() if key[0] == name) for name in families]
        plane.legend(lines, families, loc="upper left", fontsize=9, markerscale=1, framealpha=0.9)

    def show(self, state: State, view: View) -> None:
        """Draw one position of the controls: the curve through its point in full, others of its family paler."""
        restored = _strip(view.restored)
        self._restored.set_data(restored)
        self._difference.set_data(restored - self._originals)
        for key, line in self._lines.items():
            here = key == (state.family, state.latent_dim)
            line.set(alpha=1 if here else 0.6 if key[0] == state.family else 0.3)
            line.set(markersize=5 if here else 2, linewidth=2 if here else 1, zorder=3 if here else 2)
        place = float(np.log10(view.rate)), view.point.psnr
        self._point.set_data([place[0]], [place[1]])
        self._name.set(text="" if state.latent_dim is None else f"{state.latent_dim} latents")
        self._name.set(position=(place[0] - 0.06, place[1] + 1.2))


def bytes_html(view: View, state: State) -> str:
    """Bytes per image as an HTML table with one bar, split into header, payload and decoder."""
    parts = view.parts(state.served)
    total = sum(parts.values())
    bar = "".join(
        f'<b style="width: {100 * size / total:.2f}%; background: {PARTS[part]}" title="{part}"></b>'
        for part, size in parts.items()
    )
    once = f"{view.point.decoder_bytes:,} bytes for {state.served:,} images"
    notes = {
        "header": f"{view.point.header_bytes:,} bytes for {len(view.restored)} images",
        "payload": f"{view.point.payload_bytes:,} bytes for {len(view.restored)} images",
        "decoder": once if view.point.decoder_bytes else "every machine has it",
    }
    names = {
        "header": "header",
        "payload": "latents" if state.latent_dim is not None else "pixels",
        "decoder": "decoder",
    }
    rows = "".join(
        f'<tr><th scope="row"><span aria-hidden="true" style="color: {PARTS[part]}">■</span> {names[part]}</th>'
        f"<td>{size:.2f}</td><td>{notes[part]}</td></tr>"
        for part, size in parts.items()
    )
    raw = view.restored[0].size
    rows += f'<tr><th scope="row">all</th><td>{total:.2f}</td><td>of {raw} raw: {raw / total:.1f}× smaller</td></tr>'
    return f'<div class="bytes">{bar}</div><table><caption>bytes per image</caption>{rows}</table>'


def still(images: Float32Array, families: Mapping[str, Family], states: Sequence[State]) -> Figure:
    """The figure without its controls: originals, then a row for each state with its rate and PSNR.

    Args:
        images: floats (n, 1, h, w) in [0, 1].
        families: name -> codecs.
        states: one per row.
    """
    rows = [_strip(images)]
    labels = ["original"]
    for state in states:
        family = families[state.family]
        view = evaluate(family.makers[state.latent_dim](state.setting), images)
        rows.append(_strip(view.restored))
        labels.append(f"{title(state, family)}\n{view.rate:.1f} bytes, {view.point.psnr:.1f} dB")
    fig = Figure(figsize=(9, 0.75 * len(rows)), layout="constrained")
    ax = fig.subplots()
    ax.imshow(np.concatenate(rows), cmap="gray_r", vmin=0, vmax=1)
    height = images.shape[2]
    ax.set_yticks(height * (np.arange(len(rows)) + 0.5), labels)
    _bare(ax)
    return fig


def _strip(images: FloatArray) -> FloatArray:
    strip: FloatArray = np.concatenate(list(images[:N_IMAGES, 0]), axis=1)
    return strip


def _bare(ax: Axes) -> None:
    ax.set_xticks([])
    ax.tick_params(length=0, labelsize=9)
    for spine in ax.spines.values():
        spine.set_visible(False)
