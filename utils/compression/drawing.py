"""The figures of lecture 02, and the style of each kind of codec, the same in all of them.

Functions return a matplotlib figure, to which the lecture adds caption and alternative text. Scores are not computed
here; intervals over seeds are.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from utils.arrays import Float32Array
from utils.compression.codec import RateDistortion
from utils.intervals import Interval, mean_interval
from utils.plotting import SERIES_COLOURS

CODEC_STYLES: Mapping[str, tuple[str, str]] = {
    "PCA": ("#0072b2", "o"),
    "VAE": ("#d55e00", "s"),
    "GAN": ("#009e73", "^"),
    "JPEG": ("#cc79a7", "D"),
    "JPEG 2000": ("#000000", "v"),
    "WebP": ("#56b4e9", "P"),
}
"""Colour and marker of each kind of codec, from the palette of Okabe and Ito 2008."""

SCORE_COLOURS: Mapping[str, str] = dict(
    zip(("MSE", "SSIM", "digits still read", "read by 3 neighbours"), SERIES_COLOURS, strict=False)
)
"""Colour of each score of a damaged picture, the same in every figure."""

PART_COLOURS = {"header": "#999999", "payload": "#0072b2"}

_TICKS = (1, 2, 5, 10, 20, 50, 100, 200)
_MEASURES = {"psnr": "PSNR in dB", "ssim": "SSIM"}
_WIDTH = 8.0  # inches: the column of the page, so that text keeps its size


def damage_scores(scores: pd.DataFrame) -> Figure:
    """Damages (rows) by score (columns, keys of `SCORE_COLOURS`), one panel per score, in the order of the rows."""
    fig, axes = plt.subplots(1, len(scores.columns), figsize=(_WIDTH, 0.42 * len(scores) + 0.9), sharey=True)
    positions = np.arange(len(scores))
    for ax, name in zip(np.atleast_1d(axes), scores.columns, strict=True):
        values = scores[name].to_numpy(dtype=float)
        ax.barh(positions, values, color=SCORE_COLOURS[str(name)], height=0.6)
        for position, value in zip(positions, values, strict=True):
            ax.text(value, position, f" {value:.3f}" if values.max() < 0.2 else f" {value:.2f}", va="center", size=10)
        ax.set(xlabel=name, yticks=positions, xlim=(0, 1.35 * values.max()))
        ax.xaxis.set_major_locator(MaxNLocator(3))
        ax.set_yticklabels(list(map(str, scores.index)))
        ax.grid(visible=False, axis="y")
    np.atleast_1d(axes)[0].invert_yaxis()
    return fig


def step_curve(rates: Sequence[float], decibels: Sequence[float], steps: Sequence[float], unquantised: float) -> Figure:
    """Bytes per image and PSNR for each quantiser step, with the PSNR of the codes that are not quantised."""
    fig, ax = plt.subplots(figsize=(6.5, 3.6))
    ax.axhline(unquantised, color="#666666", linestyle="--", linewidth=1)
    ax.text(max(rates), unquantised + 0.08, "without quantiser (64 bytes)", ha="right", va="bottom", size=10)
    colour, marker = CODEC_STYLES["VAE"]
    ax.plot(rates, decibels, color=colour, marker=marker)
    for rate, level, step in zip(rates, decibels, steps, strict=True):
        ax.annotate(f"Δ = {step:g}", (rate, level), xytext=(6, -11), textcoords="offset points", size=10)
    ax.set(xlabel="bytes per image", ylabel="PSNR in dB", xlim=(0, 1.2 * max(rates)), ylim=(13.5, unquantised + 0.8))
    return fig


def header_bars(points: Mapping[str, RateDistortion]) -> Figure:
    """Bytes per image of files, header and payload apart."""
    fig, ax = plt.subplots(figsize=(7.5, 0.5 * len(points) + 1))
    longest = max(point.coded_bytes / point.n_images for point in points.values())
    for position, point in enumerate(points.values()):
        header, payload = (size / point.n_images for size in (point.header_bytes, point.payload_bytes))
        first = position == 0
        ax.barh(position, header, color=PART_COLOURS["header"], hatch="//", label="header" if first else None)
        ax.barh(position, payload, left=header, color=PART_COLOURS["payload"], label="payload" if first else None)
        ax.text(header + payload + 3, position, f"{header + payload:.0f} bytes, ratio {point.ratio:.1f}", va="center")
    ax.set(yticks=range(len(points)), xlabel="bytes per image", xlim=(0, 1.55 * longest))
    ax.set_yticklabels(list(points))
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.legend(loc="lower right")
    return fig


def plane(table: pd.DataFrame, kinds: Sequence[str]) -> Figure:
    """The rate–distortion plane twice, PSNR and SSIM against bytes per image, one curve per kind and size.

    Args:
        table: columns kind, size (0 where there is none), seed, setting, bytes, psnr, ssim; bands are 95 % intervals
            over the seeds, where there are several.
        kinds: to draw, keys of ``CODEC_STYLES``.
    """
    fig, axes = plt.subplots(1, 2, figsize=(_WIDTH, 4.8))
    for ax, measure in zip(axes, _MEASURES, strict=True):
        for kind in kinds:
            for i, (size, curve) in enumerate(table[table["kind"] == kind].groupby("size")):
                _curve(ax, curve, measure, kind, label=kind if i == 0 else None)
                if size and (kind == "VAE" or measure == "psnr"):  # PCA's curves end together in SSIM
                    ends = curve.groupby("setting")[["bytes", measure]].mean().sort_values("bytes")
                    # Away from the other curves: a VAE's number stands above and before its middle, PCA's at its end,
                    # and below it where the VAEs are above.
                    at = ends.iloc[(len(ends) - 1) // 2 if kind == "VAE" else -1]
                    offset, side = ((-6, 6), "right") if kind == "VAE" else ((-3, 5), "right")
                    if kind == "PCA" and float(str(size)) <= 64:
                        offset, side = (4, -12), "left"
                    ax.annotate(str(size), at, xytext=offset, textcoords="offset points", ha=side,
                                color=CODEC_STYLES[kind][0], size=10, weight="bold")  # fmt: skip
        ax.set(xscale="log", xlabel="bytes per image (without decoder)", xticks=_TICKS, xlim=(1, 220))
        ax.set_xticklabels(map(str, _TICKS))
        ax.set(ylabel=_MEASURES[measure], ylim=(12, 30) if measure == "psnr" else (0.4, 1))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(kinds), columnspacing=1.2)
    return fig


def _curve(ax: Axes, curve: pd.DataFrame, measure: str, kind: str, label: str | None) -> None:
    colour, marker = CODEC_STYLES[kind]
    by_setting = curve.groupby("setting")
    rate = by_setting["bytes"].mean()  # in the order of the setting
    style: dict[str, Any] = {"ms": 4}
    if kind == "WebP":  # its blue is near PCA's
        style = {"ms": 6, "linestyle": "--"}
    if kind == "PCA" and (curve["size"] == 256).all():  # rings: it lies on the curve of 128
        style = {"ms": 8, "mfc": "none", "linewidth": 1}
    ax.plot(rate, by_setting[measure].mean(), color=colour, marker=marker, label=label, **style)
    if curve["seed"].nunique() > 1:
        bands = [mean_interval(values) for _, values in by_setting[measure]]
        ax.fill_between(rate, [b.low for b in bands], [b.high for b in bands], color=colour, alpha=0.25)


def ratios(values: Mapping[str, Mapping[float, Sequence[float]]], levels: Sequence[float], measure: str) -> Figure:
    """Compression ratio of each kind of codec at equal distortion.

    Args:
        values: kind -> level -> one ratio per training, NaN where the codec has no setting of this level. A level that
            a training does not reach is not drawn.
        levels: in the order of the axis.
        measure: ``"psnr"`` or ``"ssim"``.
    """
    fig, ax = plt.subplots(figsize=(_WIDTH, 4.2))
    for level in range(0, len(levels), 2):  # the markers of a level stand in one band
        ax.axvspan(level - 0.5, level + 0.5, color="#f2f2f2", zorder=0, linewidth=0)
    ax.grid(visible=False, axis="x")
    for i, (kind, by_level) in enumerate(values.items()):
        colour, marker = CODEC_STYLES[kind]
        shift = 0.13 * (i - (len(values) - 1) / 2)
        reached = [(j, level) for j, level in enumerate(levels) if np.isfinite(by_level[level]).all()]
        bands = [_interval(by_level[level]) for _, level in reached]
        middle = np.array([band.mean for band in bands])
        errors = np.abs(np.array([[band.low, band.high] for band in bands]).reshape(-1, 2).T - middle)
        positions = [j + shift for j, _ in reached]
        style: dict[str, Any] = {"color": colour, "marker": marker, "linestyle": "none", "label": kind}
        if any(len(trainings) > 1 for trainings in by_level.values()):
            ax.errorbar(positions, middle, yerr=errors, capsize=3, **style)
        else:
            ax.plot(positions, middle, **style)
        for j, band in zip(positions, bands, strict=True):
            # JPEG and JPEG 2000 are neighbours: their numbers stand on different sides.
            offset, side = ((-6, -3), "right") if kind == "JPEG" else ((6, -3), "left")
            ax.annotate(f"{band.mean:.0f}", (j, band.mean), offset, textcoords="offset points", size=10, ha=side)
    ax.set(yscale="log", ylabel="compression ratio", yticks=(ticks := [5, 10, 20, 50, 100, 200]))
    ax.set(xticks=range(len(levels)), xlim=(-0.5, len(levels) - 0.5))
    ax.set_yticklabels(map(str, ticks))
    ax.set_xticklabels([f"{level:g}" for level in levels])
    ax.set_xlabel("at a PSNR of exactly … dB" if measure == "psnr" else "at an SSIM of exactly …")
    ax.minorticks_off()
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(values), columnspacing=1.2)
    return fig


def _interval(values: Sequence[float]) -> Interval:
    return mean_interval(values) if len(values) > 1 else Interval(values[0], values[0], values[0])


def before_and_after(rows: pd.DataFrame) -> Figure:
    """Codecs (rows) by SSIM and PSNR, before and after a change at the receiver.

    Columns: bytes, psnr, ssim; and ``"psnr, white"``, ``"ssim, white"`` after the change.
    """
    fig, axes = plt.subplots(1, 2, figsize=(_WIDTH, 0.45 * len(rows) + 1), sharey=True)
    positions = np.arange(len(rows))
    for ax, measure in zip(axes, ("psnr", "ssim"), strict=True):
        before, after = rows[measure], rows[f"{measure}, white"]
        ax.hlines(positions, before, after, color="#666666", linewidth=1)
        ax.plot(before, positions, "o", mfc="white", mec="black", label="as decoded")
        ax.plot(after, positions, "D", color="#d55e00", ms=5, label="paper set to white")
        ax.set(xlabel=_MEASURES[measure], yticks=positions)
        ax.set_yticklabels([f"{name}, {size:.1f} bytes" for name, size in rows["bytes"].items()])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return fig


def decoder_shares(codecs: Mapping[str, tuple[float, int]]) -> Figure:
    """Bytes per image with the decoder's share, against the number of images.

    Args:
        codecs: name, which begins with a kind -> (bytes per image, bytes of the decoder).
    """
    fig, ax = plt.subplots(figsize=(7.5, 4))
    images = np.geomspace(100, 10**6, 100)
    for number, (name, (rate, decoder)) in enumerate(codecs.items()):
        kind = name if name in CODEC_STYLES else name.rsplit(" ", 1)[0]
        colour, marker = CODEC_STYLES[kind]
        every = (5 * number, 20)  # markers of neighbouring curves do not cover each other
        ax.plot(images, rate + decoder / images, color=colour, marker=marker, markevery=every, label=name)
    ax.set(xscale="log", yscale="log", xlabel="number of images", ylabel="bytes per image, decoder included")
    ax.set(yticks=(ticks := [20, 50, 100, 200, 500, 1000, 2000]), ylim=(15, 2500))
    ax.set_yticklabels(map(str, ticks))
    ax.legend()
    return fig


def searches(table: pd.DataFrame) -> Figure:
    """PSNR after searches of several lengths, with 95 % intervals over trainings, one panel per weight of the prior.

    Args:
        table: columns kind (VAE or GAN), seed, prior_weight, steps, psnr, as `utils.compression.study.load` returns.
    """
    weights = sorted(table["prior_weight"].unique(), reverse=True)
    lengths = sorted(table["steps"].unique())
    fig, axes = plt.subplots(1, len(weights), figsize=(_WIDTH, 3.6), sharey=True, squeeze=False)
    for ax, weight in zip(axes[0], weights, strict=True):
        for kind, rows in table[table["prior_weight"] == weight].groupby("kind", sort=False):
            colour, marker = CODEC_STYLES[str(kind)]
            bands = [mean_interval(values) for _, values in rows.groupby("steps")["psnr"]]
            middle = np.array([band.mean for band in bands])
            errors = np.abs(np.array([[band.low, band.high] for band in bands]).T - middle)
            ax.errorbar(lengths, middle, yerr=errors, color=colour, marker=marker, capsize=3, label=str(kind))
        ax.set(xlabel="steps of the search (0: the encoder's code)", xticks=lengths)
        ax.set_title("with a pull towards the prior" if weight else "without a pull towards the prior", size=11)
    axes[0, 0].set_ylabel("PSNR in dB")
    axes[0, -1].legend(loc="lower right")
    return fig


def two_models(values: Mapping[str, Mapping[str, ArrayLike]], panels: Mapping[str, Sequence[str]]) -> Figure:
    """Two models by several scores, with 95 % intervals over trainings.

    Args:
        values: kind -> score -> one value per training.
        panels: label of an axis -> the scores that share it.
    """
    sizes = [len(scores) for scores in panels.values()]
    fig, axes = plt.subplots(
        len(panels), 1, figsize=(7.5, 0.55 * sum(sizes) + 0.8 * len(panels)), height_ratios=sizes, squeeze=False
    )
    for ax, (label, scores) in zip(axes[:, 0], panels.items(), strict=True):
        for i, kind in enumerate(values):
            colour, marker = CODEC_STYLES[kind]
            for j, score in enumerate(scores):
                band = mean_interval(values[kind][score])
                error = [[band.mean - band.low], [band.high - band.mean]]
                position = j + 0.24 * (i - 0.5)
                ax.errorbar(band.mean, position, xerr=error, color=colour, marker=marker, capsize=3, linestyle="none",
                            label=kind if j == 0 else None)  # fmt: skip
                ax.annotate(
                    f"{band.mean:.2f}", (band.high, position), xytext=(5, -3), textcoords="offset points", size=10
                )
        ax.set(xlabel=label, yticks=range(len(scores)), ylim=(len(scores) - 0.5, -0.5))
        ax.set_yticklabels(scores)
        ax.margins(x=0.12)
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=len(values))
    return fig


def folded(summary: str, table: pd.DataFrame) -> HTML:
    """A table that unfolds under its summary."""
    return HTML(  # type: ignore[no-untyped-call]
        f"<details><summary>{html.escape(summary)}</summary>{table.to_html(na_rep='–', border=0)}</details>"
    )


def letters(characters: str) -> Float32Array:
    """Printed characters as pictures of the size of a digit: float32 (n, 1, 28, 28) in [0, 1], ink 1 on paper 0.

    Example:
        >>> letters("AB").shape
        (2, 1, 28, 28)
    """
    font = ImageFont.load_default(22)
    pictures = []
    for character in characters:
        picture = Image.new("L", (28, 28))
        ImageDraw.Draw(picture).text((14, 14), character, fill=255, anchor="mm", font=font)
        pictures.append(np.asarray(picture, dtype=np.float32)[None] / 255)
    return np.stack(pictures)
