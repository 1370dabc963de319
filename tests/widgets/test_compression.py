"""Topic 02's interactive figure: what it computes, and how it behaves in a real browser."""

import base64
import re
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils import data, models
from utils.compression import FileCodec, LatentCodec, mse, psnr, rate_distortion
from utils.widgets import CompressionExplorer
from utils.widgets.compression_view import Family, State, bytes_html, curve, describe, evaluate, latent_codec, still

IMAGES = data.load_mnist("test")[0][:20]
TRAINING = data.load_mnist("train")[0][:300]


def _latents(*latent_dims):
    makers = {}
    for latent_dim in latent_dims:
        model = models.PCA(latent_dim)
        makers[latent_dim] = latent_codec(model, model.encode(IMAGES), model.encode(TRAINING))
    return Family("step", (0.25, 0.5, 1.0, 2.0), makers)


@pytest.fixture(scope="module")
def families():
    files = Family("quality", (90.0, 50.0, 10.0), {None: lambda quality: FileCodec("JPEG", quality, mosaic=True)})
    return {"PCA": _latents(4, 16), "JPEG": files}


@pytest.fixture
def explorer(families):
    return CompressionExplorer(families, IMAGES)


def _message(explorer):
    return explorer._message.value


def test_a_view_counts_and_measures_what_the_codec_does(families):
    view = evaluate(families["PCA"].makers[16](0.5), IMAGES)
    model = models.PCA(16)
    point = rate_distortion(LatentCodec(model, 0.5, model.encode(TRAINING)), IMAGES)
    assert view.point == point
    assert view.point.psnr == pytest.approx(psnr(IMAGES, view.restored, data_range=1.0))
    assert view.rate == pytest.approx(point.coded_bytes / 20)


def test_the_decoder_is_shared_by_the_images_that_it_serves(families):
    view = evaluate(families["PCA"].makers[4](0.5), IMAGES)
    few, many = view.parts(1_000), view.parts(1_000_000)
    assert few["decoder"] == pytest.approx(1_000 * many["decoder"])
    assert (few["header"], few["payload"]) == (many["header"], many["payload"])
    assert few["decoder"] * 1_000 == pytest.approx(view.point.decoder_bytes)


def test_a_finer_step_takes_more_bytes_and_more_latents_restore_more(families):
    coarse_to_fine = curve(families["PCA"], 16, IMAGES)[::-1]
    assert coarse_to_fine.shape == (4, 2)
    assert (np.diff(coarse_to_fine[:, 0]) > 0).all()
    assert (np.diff(coarse_to_fine[:, 1]) > 0).all()
    assert curve(families["PCA"], 16, IMAGES)[0, 1] > curve(families["PCA"], 4, IMAGES)[0, 1]


def test_words_and_table_tell_the_numbers(families):
    state = State("PCA", 4, 0.5, served=1_000)
    view = evaluate(families["PCA"].makers[4](0.5), IMAGES)
    text = describe(state, families["PCA"], view)
    assert "PCA, 4 latents, step 0.5" in text
    assert f"{view.point.psnr:.1f} dB" in text
    table = bytes_html(view, state)
    assert f"{view.point.decoder_bytes:,} bytes for 1,000 images" in table
    widths = [float(width) for width in re.findall(r"width: ([\d.]+)%", table)]
    assert len(widths) == 3
    assert sum(widths) == pytest.approx(100, abs=0.02)
    parts = view.parts(1_000)
    assert widths == pytest.approx([100 * size / sum(parts.values()) for size in parts.values()], abs=0.01)


def test_a_file_format_has_pixels_and_a_decoder_for_nothing(families):
    state = State("JPEG", None, 50.0)
    table = bytes_html(evaluate(families["JPEG"].makers[None](50.0), IMAGES), state)
    assert "pixels" in table
    assert "every machine has it" in table


def test_the_controls_move_the_figure(explorer):
    before, picture = explorer.view, explorer._picture.value
    explorer._setting.value = 0.25
    assert explorer.state == State("PCA", 16, 0.25)
    assert explorer.view.point.psnr > before.point.psnr
    assert explorer.view.rate > before.rate
    explorer._latent_dim.value = 4
    assert explorer.view.rate < before.rate
    assert explorer._picture.value != picture
    assert f"{explorer.view.point.psnr:.1f} dB" in _message(explorer)


def test_a_codec_brings_its_own_sliders_and_going_back_keeps_what_fits(explorer):
    explorer._latent_dim.value = 4
    explorer._family.value = "JPEG"
    assert explorer._setting.description == "quality"
    assert explorer.state.latent_dim is None
    assert explorer._latent_dim.disabled
    assert mse(IMAGES, explorer.view.restored) == pytest.approx(explorer.view.point.mse)
    explorer._family.value = "PCA"
    assert explorer._setting.description == "step"
    assert not explorer._latent_dim.disabled
    assert explorer.state.setting in explorer._families["PCA"].settings


def test_more_images_served_move_the_bytes_and_nothing_else(explorer):
    view, picture, table = explorer.view, explorer._picture.value, explorer._bytes.value
    explorer._served.value = 1_000
    assert explorer.view is view
    assert explorer._bytes.value != table
    assert re.search('base64,([^"]*)', explorer._picture.value)[1] == re.search('base64,([^"]*)', picture)[1]


def test_an_error_is_answered_in_a_sentence_and_changes_nothing(families):
    def fails(step):
        if step < 1:
            raise ValueError("This step is too fine: take a larger one.")
        return families["PCA"].makers[4](step)

    fine = Family("step", (1.0, 2.0), {4: fails})
    explorer = CompressionExplorer({"PCA": fine}, IMAGES)
    explorer._families["PCA"] = Family("step", (0.5, 1.0, 2.0), {4: fails})
    explorer._fit_sliders()
    view = explorer.view
    explorer._setting.value = 0.5
    assert "too fine" in _message(explorer)
    assert explorer.view is view


def test_the_picture_carries_its_numbers_as_alternative_text(explorer):
    markup = explorer._picture.value
    assert f"{explorer.view.rate:.1f} bytes per image" in re.search('alt="([^"]*)"', markup)[1]
    assert base64.b64decode(re.search('base64,([^"]*)"', markup)[1]).startswith(b"\x89PNG")


def test_the_still_picture_has_a_row_a_state(families):
    fig = still(IMAGES, families, [State("PCA", 16, 0.5), State("JPEG", None, 10.0)])
    (ax,) = fig.axes
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[0] == "original"
    assert labels[1].startswith("PCA, 16 latents, step 0.5")
    assert labels[2].startswith("JPEG, quality 10")
    assert ax.images[0].get_array().shape == (3 * 28, 10 * 28)


def test_nine_images_are_refused(families):
    with pytest.raises(ValueError, match="at least 10 images"):
        CompressionExplorer(families, IMAGES[:9])


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Iterator[Notebook]:
    """A notebook with the figure alone, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    source = "from utils.widgets import CompressionExplorer\n\nCompressionExplorer.from_shipped()"
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    content.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(content, folder / "figure.ipynb")
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "figure.ipynb", width=1400, height=1000) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def widget(notebook) -> Locator:
    """The figure, after its cell was run."""
    figure = notebook.run_cell("CompressionExplorer", timeout=240).locator(".compression-explorer")
    expect(figure.locator("img")).to_be_visible(timeout=120_000)
    return figure


def _slider(widget: Locator, label: str) -> Locator:
    return widget.locator(".widget-slider").filter(has_text=label).get_by_role("slider")


def _cells(widget: Locator, row: str) -> list[str]:
    return widget.get_by_role("row", name=row).get_by_role("cell").all_inner_texts()


@needs_chromium
def test_a_slider_moved_by_keyboard_moves_everything(notebook, widget):
    picture, words = widget.locator("img"), widget.locator("p")
    expect(words).to_contain_text("PCA, 64 latents, step 1")
    old, source = _cells(widget, "latents"), picture.get_attribute("src")
    _slider(widget, "step").press("ArrowRight")
    expect(words).to_contain_text("step 1.41")
    _slider(widget, "latent dimension").press("ArrowLeft")
    expect(words).to_contain_text("PCA, 32 latents, step 1.41")
    assert float(_cells(widget, "latents")[0]) < float(old[0])
    assert picture.get_attribute("src") != source
    assert "32 latents" in picture.get_attribute("alt")
    _slider(widget, "images served").press("ArrowLeft")
    expect(widget.get_by_role("row", name="decoder")).to_contain_text("10,000 images")
    widget.screenshot(path=artefact("widget_compression.png"))


@needs_chromium
def test_buttons_change_the_codec_from_the_keyboard(notebook, widget):
    widget.get_by_role("button", name="JPEG, a file each").focus()
    notebook.page.keyboard.press("Space")
    expect(widget.locator("p")).to_contain_text("JPEG, a file each, quality 40")
    header, pixels = (float(_cells(widget, row)[0]) for row in ("header", "pixels"))
    assert header > pixels
    widget.screenshot(path=artefact("widget_compression_jpeg.png"))
    widget.get_by_role("button", name="VAE").focus()
    notebook.page.keyboard.press("Space")
    expect(widget.locator("p")).to_contain_text(re.compile("VAE, .* latents, step"))


@needs_chromium
def test_tab_walks_through_the_controls_in_reading_order(notebook, widget):
    widget.get_by_role("button", name="PCA").focus()
    notebook.page.keyboard.press("Space")
    walked = []
    for _ in range(14):
        focused = notebook.page.evaluate(
            """() => { const e = document.activeElement, row = e.closest('.widget-inline-hbox, .widget-toggle-buttons');
                return e.closest('.compression-explorer')
                    ? (row?.querySelector('label')?.textContent || e.textContent) : null; }"""
        )
        if focused and focused not in walked:
            walked.append(focused)
        notebook.page.keyboard.press("Tab")
    assert walked == ["codec", "latent dimension", "step", "images served"]


@needs_chromium
def test_focus_is_visible(notebook, widget):
    slider = _slider(widget, "step")
    slider.focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


@needs_chromium
def test_moves_cause_no_error_in_the_page(notebook, widget):
    image = widget.locator("img")
    for key in ("Home", "ArrowRight"):
        source = image.get_attribute("src")
        _slider(widget, "step").press(key)
        expect(image).not_to_have_attribute("src", source, timeout=20_000)
    assert notebook.errors == []
