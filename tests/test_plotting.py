"""Figures reach a page with their text, and their colours can be distinguished."""

import base64
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from nbconvert import HTMLExporter

from tests.support import ROOT
from utils import plotting
from utils.arrays import FloatArray, IntArray
from utils.intervals import Interval

# Machado, Oliveira and Fernandes 2009: full deficiency, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    mpl.use("agg")
    yield
    plt.close("all")


def closest_colours(colours: tuple[str, ...], vision: str) -> float:
    """The smallest distance in CIELAB (D65) between two colours under the named vision."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    perceived = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    to_xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
    ratio = perceived @ to_xyz.T / to_xyz.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2))


class Images(HTMLParser):
    """Collects the attributes of every image of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.attributes.append(dict(attrs))


def a_figure() -> plt.Figure:
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    return fig


@pytest.mark.parametrize("vision", VISION)
def test_ten_classes_can_be_told_apart(vision: str) -> None:
    assert len(set(plotting.CLASS_COLOURS)) == 10
    assert closest_colours(plotting.CLASS_COLOURS, vision) > 20


def classes_of_interactive_figures() -> tuple[list[str], list[str]]:
    """The colours `--c0` to `--c9` of the style sheet: those of the light theme, and those of the dark one."""
    style = (ROOT / "utils/widgets/style.js").read_text()
    light, dark = style.split('.root[data-theme="dark"]')
    return re.findall(r"--c\d: (#\w{6});", light), re.findall(r"--c\d: (#\w{6});", dark)


def test_interactive_figures_have_the_colours_of_the_others() -> None:
    light, _ = classes_of_interactive_figures()
    assert light == list(plotting.CLASS_COLOURS)


@pytest.mark.parametrize("vision", VISION)
def test_ten_classes_can_be_told_apart_in_the_dark(vision: str) -> None:
    _, dark = classes_of_interactive_figures()
    assert len(set(dark)) == 10
    assert closest_colours(tuple(dark), vision) > 15


@pytest.mark.parametrize("vision", VISION)
def test_series_can_be_told_apart(vision: str) -> None:
    assert closest_colours(plotting.SERIES_COLOURS[:4], vision) > 15


def test_the_measure_of_colours_finds_fault_with_the_usual_palette() -> None:
    usual = tuple(mpl.rcParamsDefault["axes.prop_cycle"].by_key()["color"])
    assert closest_colours(usual, "deuteranopia") < 15


def test_a_page_made_by_nbconvert_carries_alt_and_caption() -> None:
    alt = 'Ten groups; "4" & "9" overlap, x < 0'
    markup = plotting.figure_html(a_figure(), alt=alt, caption="Codes of 1,000 digits, x < 0.")
    output = nbformat.v4.new_output("display_data", {"text/html": markup, "text/plain": "x"})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[output])])
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    (image,) = Images(page).attributes
    assert image["alt"] == alt
    assert "Codes of 1,000 digits, x &lt; 0." in page


def test_the_picture_inside_is_sharper_than_its_place_on_the_page() -> None:
    (image,) = Images(plotting.figure_html(a_figure(), alt="a line", caption="A line.")).attributes
    kind, data = str(image["src"]).split(",")
    assert kind == "data:image/png;base64"
    pixels = plt.imread(io.BytesIO(base64.b64decode(data)))
    assert pixels.shape[1] > 1.5 * int(str(image["width"]))


@pytest.mark.parametrize(("inches", "least"), [(9.0, 600), (3.0, 288)])
def test_a_wide_figure_scrolls_before_it_becomes_illegible(inches: float, least: int) -> None:
    fig = a_figure()
    fig.set_size_inches(inches, 2.0)
    markup = plotting.figure_html(fig, alt="a line", caption="A line.")
    (image,) = Images(markup).attributes
    widest = int(re.search(r"max\(100%, (\d+)px\)", str(image["style"]))[1])
    assert widest == min(int(str(image["width"])), 600)
    assert abs(widest - least) < 60
    assert "overflow-x: auto" in markup


@pytest.mark.parametrize("texts", [{"alt": " ", "caption": "A line."}, {"alt": "a line", "caption": ""}])
def test_a_figure_without_text_is_not_shown(texts: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    fig = a_figure()
    with pytest.raises(ValueError, match=r"(alt|caption) is empty, but .* need it: describe the figure"):
        plotting.show(fig, **texts)
    assert capsys.readouterr().out == ""
    assert plt.fignum_exists(fig.number)
    with pytest.raises(TypeError, match="alt"):
        plotting.show(fig, caption="A line.")  # type: ignore[call-arg]


def test_in_a_terminal_the_texts_are_printed_and_the_figure_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    fig = a_figure()
    plotting.show(fig, alt="a rising line", caption="A line.")
    assert capsys.readouterr().out == "[Figure: a rising line]\nA line.\n"
    assert not plt.fignum_exists(fig.number)


def test_style_applies_by_call() -> None:
    with mpl.rc_context():
        mpl.rcdefaults()
        assert mpl.rcParams["axes.spines.top"]
        plotting.use_style()
        assert not mpl.rcParams["axes.spines.top"]
        assert mpl.rcParams["font.size"] >= 11


def three_rings() -> tuple[FloatArray, IntArray]:
    angle = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([ring, 2 * ring, 3 * ring]), np.repeat([0, 4, 9], 100)


def test_classes_are_named_where_they_have_points_and_apart() -> None:
    codes, labels = three_rings()
    _, ax = plt.subplots()
    plotting.latent_scatter(ax, codes, labels)
    places = {text.get_text(): np.array(text.get_position()) for text in ax.texts}
    assert set(places) == {"0", "4", "9"}
    # The centre of each ring is empty, so a mean would have put all three names there.
    assert [round(float(np.linalg.norm(places[name]))) for name in "049"] == [1, 2, 3]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(places.values(), 2)) >= 0.3
    (cloud,) = ax.collections
    colours = {tuple(np.round(colour[:3], 6)) for colour in cloud.get_facecolor()}
    assert colours == {tuple(np.round(to_rgb(plotting.CLASS_COLOURS[i]), 6)) for i in (0, 4, 9)}


def test_points_can_be_drawn_as_their_digits() -> None:
    codes, labels = three_rings()
    _, ax = plt.subplots()
    plotting.latent_scatter(ax, codes, labels, digits=True)
    assert len(ax.texts) == 0
    drawn = {tuple(np.round(c.get_facecolor()[0][:3], 6)): 0 for c in ax.collections}
    for part in ax.collections:
        drawn[tuple(np.round(part.get_facecolor()[0][:3], 6))] += len(part.get_offsets())
    expected = {tuple(np.round(to_rgb(plotting.CLASS_COLOURS[i]), 6)): int((labels == i).sum()) for i in (0, 4, 9)}
    assert drawn == expected


def test_codes_without_labels_and_with_names() -> None:
    codes, labels = three_rings()
    _, (bare, named) = plt.subplots(1, 2)
    plotting.latent_scatter(bare, codes)
    assert len(bare.texts) == 0
    assert len(bare.collections[0].get_offsets()) == 300
    plotting.latent_scatter(named, codes[:200], labels[:200] // 4, names=["square", "heart"])
    assert [text.get_text() for text in named.texts] == ["square", "heart"]


def test_scatter_refuses_other_codes_and_labels() -> None:
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match=r"codes has shape \(5, 16\)"):
        plotting.latent_scatter(ax, np.zeros((5, 16)))
    with pytest.raises(ValueError, match=r"labels has shape \(4,\)"):
        plotting.latent_scatter(ax, np.zeros((5, 2)), np.zeros(4, int))
    with pytest.raises(ValueError, match=r"labels contains \[3, 10\]"):
        plotting.latent_scatter(ax, np.zeros((2, 2)), np.array([3, 10]))


def test_grid_has_originals_above_reconstructions() -> None:
    originals = np.random.default_rng(0).random((12, 1, 28, 28))
    fig = plotting.image_grid({"original": originals, "rebuilt": 1 - originals[:3]}, columns=5)
    images = [np.asarray(image.get_array()) for ax in fig.axes for image in ax.images]
    assert len(images) == 5 + 3
    np.testing.assert_array_equal(images[4], originals[4, 0])
    np.testing.assert_array_equal(images[5], 1 - originals[0, 0])
    assert [text.get_text() for ax in fig.axes for text in ax.texts] == ["original", "rebuilt"]
    assert {image.get_clim() for ax in fig.axes for image in ax.images} == {(0, 1)}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "rows has 0 entries"),
        ({"a": np.zeros((3, 3, 8, 8))}, r"row 'a' has shape \(3, 3, 8, 8\)"),
        ({"a": np.zeros((0, 8, 8))}, "row 'a' has no images"),
    ],
)
def test_grid_refuses_other_images(rows: dict[str, FloatArray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plotting.image_grid(rows)


def test_intervals_are_drawn_from_low_to_high() -> None:
    _, ax = plt.subplots()
    plotting.interval_points(
        ax, [1, 2], [Interval(0.5, 0.4, 0.6), Interval(0.7, 0.65, 0.75)], label="VAE", series=1, joined=True
    )
    (bars,) = ax.collections
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, [[0.4, 0.6], [0.65, 0.75]])
    assert ax.get_legend_handles_labels()[1] == ["VAE"]
    with pytest.raises(ValueError, match=re.escape("positions has shape (3,) for 1 intervals")):
        plotting.interval_points(ax, [1, 2, 3], [Interval(0.5, 0.4, 0.6)], label="VAE")


def test_images_lie_at_their_codes_and_do_not_cover_each_other():
    _, ax = plt.subplots()
    codes = [
        [-2.0, 2.0],
        [-2.0, 2.05],
        [2.0, -2.0],
        [9.0, 0.0],
    ]
    plotting.image_scatter(ax, codes, np.ones((4, 1, 28, 28)), [1, 2, 3, 4])
    canvas = ax.images[0].get_array()
    assert np.count_nonzero(canvas[..., 3]) == 2 * 28 * 28
    for row, column, label in ((160, 160, 1), (480, 480, 3)):
        assert canvas[row, column].tolist() == [*to_rgb(plotting.CLASS_COLOURS[label]), 1]


def test_images_need_a_code_and_a_label_each():
    with pytest.raises(ValueError, match="for 2 images"):
        plotting.image_scatter(plt.figure().subplots(), [[0.0, 0.0]], np.ones((2, 1, 28, 28)), [1, 2])
