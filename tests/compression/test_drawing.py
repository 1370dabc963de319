"""The figures of lecture 02: they show the numbers they are given, and colours differ."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils import compression
from utils.compression import drawing, study


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def _texts(fig):
    return [text.get_text() for ax in fig.axes for text in ax.texts]


def test_each_kind_of_codec_has_a_colour_and_a_marker_of_its_own():
    colours, markers = zip(*drawing.CODEC_STYLES.values(), strict=True)
    assert len(set(colours)) == len(set(markers)) == len(drawing.CODEC_STYLES)


def test_ratios_show_what_all_trainings_reach_and_nothing_else():
    values = {"VAE": {19: [80.0, 90.0], 21: [35.0, np.nan]}, "JPEG": {19: [26.0], 21: [17.0]}}
    texts = _texts(drawing.ratios(values, (19, 21), "psnr"))
    assert sorted(texts) == ["17", "26", "85"]


def test_the_plane_draws_a_curve_in_the_order_of_the_setting():
    rows = [("JPEG", 0, 0, 1, 30, 18.9, 0.77), ("JPEG", 0, 0, 5, 43, 20.5, 0.76), ("JPEG", 0, 0, 10, 65, 22.9, 0.86)]
    rows += [("VAE", 16, seed, step, 6 / step, 18 + seed - step, 0.8) for seed in (0, 1) for step in (0.5, 1.0)]
    table = pd.DataFrame(rows, columns=["kind", "size", "seed", "setting", "bytes", "psnr", "ssim"])
    fig = drawing.plane(table, ["JPEG", "VAE"])
    assert [ax.get_ylabel() for ax in fig.axes] == ["PSNR in dB", "SSIM"]
    jpeg, vae = fig.axes[1].lines[0], fig.axes[0].lines[1]
    np.testing.assert_allclose(jpeg.get_ydata(), [0.77, 0.76, 0.86])
    np.testing.assert_allclose(vae.get_ydata(), [18.0, 17.5])
    assert "16" in _texts(fig)


def test_the_other_figures_show_their_numbers(digits):
    scores = pd.DataFrame({"MSE": [0.01, 0.1], "SSIM": [0.8, 0.2]}, index=["blur", "blank"])
    assert {"blur", "blank"} <= {t.get_text() for t in drawing.damage_scores(scores).axes[0].get_yticklabels()}
    assert " 0.100" in _texts(drawing.damage_scores(scores))
    assert "Δ = 0.5" in _texts(drawing.step_curve([6.3, 4.3], [18.5, 17.0], [0.5, 1.0], 19.2))
    point = compression.rate_distortion(compression.FileCodec("JPEG", 10), digits[:2])
    text = f"{point.coded_bytes / 2:.0f} bytes, ratio {point.ratio:.1f}"
    assert text in _texts(drawing.header_bars({"two digits": point}))
    white = pd.DataFrame(
        {"bytes": [43.3], "psnr": [20.5], "ssim": [0.76], "psnr, white": [21.6], "ssim, white": [0.92]}
    )
    white.index = ["JPEG 5"]
    fig = drawing.before_and_after(white)
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["JPEG 5, 43.3 bytes"]
    lines = drawing.decoder_shares({"VAE 64": (23.0, 10**5), "JPEG 2000": (39.0, 0)}).axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata()[[0, -1]], [1023.0, 23.1])
    assert set(lines[1].get_ydata()) == {39.0}
    values = {"VAE": {"reading": [0.9, 0.92]}, "GAN": {"reading": [0.8, 0.82]}}
    assert _texts(drawing.two_models(values, {"accuracy": ["reading"]})) == ["0.91", "0.81"]


def test_searches_are_drawn_for_each_weight_of_the_prior():
    rows = [(kind, seed, weight, steps, start + steps / 50 + seed) for kind, start in (("VAE", 21), ("GAN", 16))
            for seed in (0, 1) for weight in (0.01, 0.0) for steps in (0, 50)]  # fmt: skip
    fig = drawing.searches(pd.DataFrame(rows, columns=list(study.COLUMNS)))
    assert [ax.get_title() for ax in fig.axes] == ["with a pull towards the prior", "without a pull towards the prior"]
    vae, gan = (container.lines[0].get_ydata() for container in fig.axes[1].containers)
    np.testing.assert_allclose(vae, [21.5, 22.5])
    np.testing.assert_allclose(gan, [16.5, 17.5])


def test_a_score_has_the_same_colour_in_every_figure():
    scores = pd.DataFrame({"MSE": [0.1], "SSIM": [0.2]}, index=["blur"])
    both, alone = drawing.damage_scores(scores), drawing.damage_scores(scores[["SSIM"]])
    assert both.axes[1].patches[0].get_facecolor() == alone.axes[0].patches[0].get_facecolor()
    assert both.axes[0].patches[0].get_facecolor() != both.axes[1].patches[0].get_facecolor()


def test_a_table_folds_under_its_escaped_summary():
    markup = drawing.folded("a < b", pd.DataFrame({"x": [1.5, None]})).data
    assert markup.startswith("<details><summary>a &lt; b</summary>")
    assert "1.5" in markup
    assert "–" in markup
