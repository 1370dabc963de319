"""Topic 02's interactive figure: its arithmetic against utils.compression, and its behaviour in a real browser."""

from __future__ import annotations

import dataclasses
import statistics

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.support import ROOT
from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, compute_in_page, figure_page, state_of, view_of
from utils import compression, data, models
from utils.widgets import CompressionExplorer, compression_curves
from utils.widgets.compression import FILES, KINDS, SIZE
from utils.widgets.compression_curves import Curve
from utils.widgets.fields import ListOf, OneOf, Real, Whole

FIGURE = CompressionExplorer

EXACT = (
    "header",
    "payload",
    "decoder",
    "rate",
    "ratio",
    "mse",
    "psnr",
    "ssim",
    "symbols",
    "symbol_bits",
    "bits",
    "levels",
)
DECODED = ("picture", "digit")


def _random_states(explorer, rng, count):
    def draw(kind):
        match kind:
            case OneOf():
                return kind.values[rng.integers(len(kind.values))]
            case Whole():
                return int(rng.integers(kind.low, kind.high + 1))
            case Real():
                return float(rng.uniform(kind.low, kind.high))
            case ListOf():
                return [0] * kind.shortest

    for number in range(count):
        state = {name: draw(kind) for name, kind in explorer.fields.items()}
        if number % 2:
            state |= {"codec": "VAE", "latents": 16}
            largest = (0, 3, 30)[number // 2 % 3]
            state["shifts"] = [int(shift) for shift in rng.integers(-largest, largest + 1, 16)]
        yield state


# Arithmetic


@needs_chromium
@pytest.mark.parametrize("n", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_the_module_computes_what_utils_computes(explorer, still, n):
    states = list(_random_states(explorer, np.random.default_rng(0), n))
    assert {state["codec"] for state in states} == set(KINDS)
    assert_agreement(still, explorer, states, EXACT)
    assert_agreement(still, explorer, states, DECODED, tolerance=1e-5)
    escapes = [max(explorer.compute({**explorer.state, **state})["symbol_bits"]) for state in states[5::6]]
    assert max(escapes) > 32


def test_the_opening_state_is_that_of_the_lecture(explorer):
    model, (images, _) = models.load_pretrained("vae-conv-16d"), data.load_mnist("test")
    codec = compression.LatentCodec(model, 0.5, model.encode(data.load_mnist("train")[0]))
    point = compression.rate_distortion(codec, images)
    view = explorer.compute({name: kind.default for name, kind in explorer.fields.items()})
    assert view["rate"] == pytest.approx(point.coded_bytes / 1000)
    assert view["ratio"] == pytest.approx(point.ratio)
    assert (view["psnr"], view["ssim"]) == pytest.approx((point.psnr, point.ssim), abs=1e-6)
    np.testing.assert_array_equal(view["symbols"], codec.symbols(images[5:6])[0])
    assert view["bits"] == pytest.approx(codec.entropy_model.cross_entropy(codec.symbols(images[5:6])))
    np.testing.assert_allclose(view["picture"], codec.decompress(codec.compress(images[5:6])).ravel(), atol=1e-6)


def _measured_again(curve: Curve, row: int) -> Curve:
    images, labels = data.load_mnist("test")
    shown = [int(np.flatnonzero(labels == digit)[0]) for digit in compression_curves.DIGITS]
    training, _ = data.load_mnist("train")
    if curve.kind == "VAE":
        model = models.load_pretrained(f"vae-conv-{curve.size}d", curve.seed)
    elif curve.kind == "PCA":
        model = models.PCA(curve.size, half_precision=True)
    if curve.kind in SIZE:
        make_codec = compression_curves.latent_codecs(model, training)
    else:
        name = curve.kind.removesuffix(", a file each")
        make_codec = lambda quality: compression.FileCodec(name, quality, mosaic=curve.kind != FILES)  # noqa: E731
    settings = [float(curve.settings[row])]
    return compression_curves.measure(
        curve.kind, curve.size, curve.seed, make_codec, settings, images, shown, pictures=len(curve.pictures) > 0
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_curves_are_what_the_codecs_measure(kind):
    rng = np.random.default_rng(KINDS.index(kind))
    curves = [curve for curve in compression_curves.load() if curve.kind == kind]
    curve = curves[rng.integers(len(curves))]
    row = int(rng.integers(len(curve.settings)))
    again = _measured_again(curve, row)
    for name in ("header", "decoder"):
        assert getattr(again, name)[0] == getattr(curve, name)[row], name
    # Another processor may round some codes to the neighbouring symbol.
    assert again.payload[0] == pytest.approx(curve.payload[row], rel=1e-3)
    for name in ("mse", "ssim"):
        assert getattr(again, name)[0] == pytest.approx(getattr(curve, name)[row], rel=1e-4), name
    np.testing.assert_allclose(again.bits[0], curve.bits[row], rtol=1e-3)
    np.testing.assert_allclose(again.codes, curve.codes, atol=1e-3)
    if len(curve.pictures):
        assert np.abs(again.pictures[0].astype(int) - curve.pictures[row]).max() <= 1
        np.testing.assert_allclose(again.picture_mse[0], curve.picture_mse[row], rtol=1e-4)


def test_the_page_is_small(explorer):
    size = len(explorer.to_html().encode()) / 1000
    print(f"topic 02's figure in a page: {size:.0f} kB")
    assert size < 350


# What is refused


def test_what_does_not_fit_is_refused_in_a_sentence():
    curves, model = compression_curves.load(), models.load_pretrained("vae-conv-16d")
    images, codes = data.load_mnist("test")[0][:6], np.zeros((5, 16), np.float32)
    names = range(6)
    with pytest.raises(ValueError, match=r"^There is no curve of PCA: give one of each kind"):
        CompressionExplorer([c for c in curves if c.kind != "PCA"], images, names, model, codes)
    with pytest.raises(ValueError, match=r"^5 originals .* but the curves show \[6\]: give the images"):
        CompressionExplorer(curves, images[:5], range(5), model, codes)
    with pytest.raises(ValueError, match=r"each with a name of its own"):
        CompressionExplorer(curves, images, [0, 0, 1, 2, 3, 4], model, codes)
    with pytest.raises(ValueError, match=r"no curve of VAE 4 with seed 0: choose one of VAE 8 seed 0"):
        CompressionExplorer(curves, images, names, models.load_pretrained("vae-conv-4d"), codes)


@pytest.mark.parametrize(
    "state", [{"step": 0.3}, {"codec": "GIF"}, {"psnr": 40}, {"shifts": [1]}, {"served": 7}], ids=str
)
def test_a_state_that_cannot_be_is_refused(explorer, state):
    before = explorer.state
    with pytest.raises(ValueError, match=r"^\w+ (is|has) "):
        explorer.state = state
    assert explorer.state == before


def test_two_latents_of_the_same_curve_differ_only_in_what_the_state_says(explorer):
    curve = next(c for c in compression_curves.load() if (c.kind, c.size, c.seed) == ("PCA", 64, 0))
    assert {f.name for f in dataclasses.fields(curve)} >= {"header", "payload", "decoder"}
    few, many = (explorer.compute({**explorer.state, "served": served}) for served in (1_000, 100_000))
    assert few["decoder"] == pytest.approx(100 * many["decoder"])
    assert (few["header"], few["payload"], few["psnr"]) == (many["header"], many["payload"], many["psnr"])


# In a page


@needs_chromium
def test_the_controls_move_everything_by_keyboard(page):
    words = page.locator(f"{HOST} .words")
    expect(words).to_contain_text("VAE, 16 latents, step 0.5, 1,000 digits: 6.27 bytes per image, 125× smaller")
    page.get_by_role("slider", name="Step of the quantiser").press("ArrowRight")
    expect(words).to_contain_text("step 1, 1,000 digits: 4.37 bytes")
    page.get_by_role("group", name="Latents").get_by_role("radio", name="32").check()
    expect(page.get_by_role("region", name="symbols of the code")).to_be_visible()
    expect(page.get_by_role("button", name="latent 1:")).to_be_hidden()
    page.get_by_role("group", name="Digit").get_by_role("radio", name="7").check()
    expect(page.get_by_role("img", name="7 restored by VAE, 32 latents, step 1")).to_be_visible()
    page.get_by_role("group", name="Codec").get_by_role("radio", name="VAE").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert state_of(page)["codec"] == "JPEG"
    expect(page.get_by_text("Code: an image file")).to_be_visible()
    page.get_by_role("slider", name="Quality of the file").press("Home")
    expect(words).to_contain_text("JPEG, quality 1, 1,000 digits: 29.9 bytes")
    page.get_by_role("group", name="Quality").get_by_role("radio", name="SSIM").check()
    page.get_by_role("slider", name="Level of SSIM").press("ArrowRight")
    assert state_of(page)["ssim"] == pytest.approx(0.86)
    expect(page.get_by_text("Compression ratio at an SSIM of 0.86")).to_be_visible()
    page.get_by_role("group", name="Codec").get_by_role("radio", name="VAE").check()
    page.get_by_role("slider", name="Decoder shared by").press("Home")
    expect(page.get_by_text("kB for 1,000 images)")).to_be_visible()


@needs_chromium
def test_where_there_is_nothing_to_compare_the_table_says_why(page):
    table = page.get_by_role("table", name="compression ratios at the level")
    expect(table.get_by_role("row", name="WebP")).to_contain_text("no setting so coarse: from 22.4 dB up")
    page.get_by_role("slider", name="Level of PSNR").press("End")
    expect(table.get_by_role("row", name="PCA")).to_contain_text("not reached: up to 23.1 dB")
    page.locator(HOST).evaluate("host => host.figure.set({psnr: 21})")
    expect(table.get_by_role("row", name="VAE")).to_contain_text("of 5 trainings reach it: no mean")
    for name, row in ((name, table.get_by_role("row", name=name, exact=False).first) for name in ("JPEG 2000", "WebP")):
        mean = view_of(page)["levels"][name]["mean"]
        expect(row).to_contain_text("no setting" if mean is None or mean != mean else f"{mean:.0f}×")


@needs_chromium
def test_a_symbol_is_changed_by_hand(page, explorer):
    before = view_of(page)
    page.get_by_role("button", name="latent 3:").press("Enter")
    page.get_by_role("button", name="+1", exact=True).click()
    assert state_of(page)["shifts"][2] == 1
    after = view_of(page)
    assert after["symbols"][2] == before["symbols"][2] + 1
    assert after["rate"] == before["rate"]
    assert after["digit"]["mse"] != before["digit"]["mse"]
    expect(page.get_by_role("button", name="latent 3:")).to_have_attribute(
        "aria-label",
        "latent 3: symbol 3, "
        f"{after['symbol_bits']['2' if isinstance(after['symbol_bits'], dict) else 2]:.1f} bits, changed",
    )
    expect(page.locator(f"{HOST} .words")).to_contain_text("This 5, changed by hand")
    page.get_by_role("button", name="As the encoder had it").click()
    assert view_of(page)["digit"] == before["digit"]
    page.get_by_role("button", name="+1", exact=True).click()
    page.get_by_role("group", name="Digit").get_by_role("radio", name="4").check()
    assert state_of(page)["shifts"] == [0] * 16


@needs_chromium
def test_the_level_is_dragged_and_keyed_in_the_plane(page):
    handle = page.get_by_role("slider", name="level of quality")
    handle.press("ArrowUp")
    assert state_of(page)["psnr"] == pytest.approx(19.1)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 40, steps=4)
    assert 20 < state_of(page)["psnr"] < 24
    page.mouse.move(x, y - 3000, steps=2)
    page.mouse.up()
    assert state_of(page)["psnr"] == 28


@needs_chromium
@pytest.mark.parametrize("touch", [False, True])
def test_a_tap_in_the_plane_chooses_the_nearest_point(browser, explorer, tmp_path, touch):
    with figure_page(browser, explorer, tmp_path, width=390 if touch else 1200, touch=touch) as (page, errors):
        view = next(v for v in compute_in_page(page, explorer, [{"codec": "JPEG 2000", "jpeg_2000": 14.0}]))
        plot = page.locator(f"{HOST} .plot svg").first
        plot.scroll_into_view_if_needed()
        place = page.locator(HOST).evaluate(
            "(host, [x, y]) => { const plot = host.figure.ui.plots[0]; return [plot.X(x), plot.Y(y)]; }",
            [view["rate"], view["psnr"]],
        )
        box = plot.bounding_box()
        (page.touchscreen.tap if touch else page.mouse.click)(box["x"] + place[0] + 4, box["y"] + place[1] + 4)
        assert (state_of(page)["codec"], state_of(page)["jpeg_2000"]) == ("JPEG 2000", 14)
        if touch:
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            for control in page.locator(f"{HOST} :is(button, input[type=range], .choices label)").all():
                if control.is_visible():
                    assert control.bounding_box()["height"] >= 44
        assert errors == []


@needs_chromium
def test_a_move_takes_less_than_50_ms(page):
    moves = [{"step": step, "latents": 16, "codec": "VAE"} for step in (0.1, 0.25, 0.5, 1, 2, 4)] * 5
    moves += [{"psnr": 15 + 0.1 * i} for i in range(30)]
    moves += [{"shifts": [i % 3] * 16} for i in range(1, 30)]
    times = page.locator(HOST).evaluate(
        """(host, moves) => moves.map((move) => {
            host.figure.set(move);
            return host.figure.timing.compute + host.figure.timing.draw;
        })""",
        moves,
    )
    print(f"topic 02's figure: median {statistics.median(times):.1f} ms per move, at most {max(times):.1f}")
    assert statistics.median(times) < 50


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("width", "theme"), [(1200, "light"), (390, "dark")])
def test_axe_finds_nothing_to_object_to(browser, explorer, tmp_path, width, theme):
    with figure_page(browser, explorer, tmp_path, width=width, theme=theme) as (page, errors):
        page.screenshot(path=artefact(f"widget_compression_{width}_{theme}.png"), full_page=True)
        for patch in ({"codec": "PCA", "measure": "SSIM"}, {"codec": FILES, "served": 1000}):
            page.locator(HOST).evaluate("(host, patch) => host.figure.set(patch)", patch)
            assert_accessible(page)
        assert errors == []


# Tasks


@needs_chromium
def test_every_task_can_be_done_and_its_answer_is_true(explorer, page):
    done = 0

    def begin(text: str, choice: str) -> Locator:
        item = page.get_by_role("listitem").filter(has_text=text)
        if not item.locator("details").first.evaluate("e => e.open"):
            item.locator("summary").first.click()
        item.get_by_role("radio", name=choice, exact=True).check()
        start = item.get_by_role("button", name="Set the figure up")
        if start.count():
            start.click()
        expect(page.get_by_text(f"{done} of 6 done")).to_be_visible()
        return item

    def finished(item: Locator, *answer: str) -> None:
        nonlocal done
        done += 1
        expect(page.get_by_text(f"{done} of 6 done")).to_be_visible()
        for text in answer:
            expect(item).to_contain_text(text)

    def at(**state):
        return explorer.compute({**{n: k.default for n, k in explorer.fields.items()}, **state})

    item = begin("Find the coarsest step", "about 8")
    loss = {step: at(step=0.1)["psnr"] - at(step=step)["psnr"] for step in (0.25, 0.5)}
    assert loss[0.25] < 0.2 < loss[0.5]
    page.get_by_role("slider", name="Step of the quantiser").press("ArrowRight")
    finished(item, f"A step of 0.25: {at(step=0.25)['rate']:.2f} bytes")

    item = begin("Find a setting of a VAE", "fewer latents, finer step")
    page.get_by_role("group", name="Latents").get_by_role("radio", name="32").check()
    expect(page.get_by_text("1 of 6 done")).to_be_visible()
    page.get_by_role("group", name="Latents").get_by_role("radio", name="8").check()
    expect(page.get_by_text("1 of 6 done")).to_be_visible()
    page.get_by_role("slider", name="Step of the quantiser").press("ArrowLeft")
    finished(item, "8 latents at a step of 1")
    assert at(latents=8, step=1.0)["rate"] < at(step=2.0)["rate"]
    assert at(latents=8, step=1.0)["psnr"] > at(step=2.0)["psnr"]

    item = begin("Change a symbol of the digit's code", "yes")
    untouched = at()["digit"]["mse"]
    errors = {}
    for latent in range(16):
        for by in (-1, 1):
            errors[latent, by] = at(shifts=[by * (i == latent) for i in range(16)])["digit"]["mse"]
    (latent, by), best = min(errors.items(), key=lambda entry: entry[1])
    assert best < untouched
    (wrong, _), _ = max(errors.items(), key=lambda entry: entry[1])
    wrong_by = max((-1, 1), key=lambda by: errors[wrong, by])
    page.get_by_role("button", name=f"latent {wrong + 1}:").click()
    page.get_by_role("button", name="+1" if wrong_by > 0 else "−1", exact=True).click()
    expect(page.get_by_text("2 of 6 done")).to_be_visible()
    page.get_by_role("button", name="As the encoder had it").click()
    page.get_by_role("button", name=f"latent {latent + 1}:").click()
    page.get_by_role("button", name="+1" if by > 0 else "−1", exact=True).click()
    finished(
        item, f"latent {latent + 1} by {'+' if by > 0 else '−'}1 changes the MSE from {untouched:.4f} to {best:.4f}"
    )

    item = begin("17 times smaller", "some")
    for _ in range(40):
        page.get_by_role("slider", name="Level of PSNR").press("ArrowRight")
        if at(psnr=state_of(page)["psnr"])["levels"]["JPEG"]["mean"] < 17.5:
            break
        expect(page.get_by_text("3 of 6 done")).to_be_visible()
    reached = np.isfinite(at(psnr=21.0)["levels"]["VAE"]["ratios"]).sum()
    assert 0 < reached < 5
    finished(item, f"{reached} of 5 trainings reach that", f"{at()['levels']['VAE']['mean']:.0f}×")

    item = begin("let fewer images share the decoder", "5,000")
    for served in (1_000_000, 100_000, 30_000, 10_000, 3_000):
        expect(page.get_by_text("4 of 6 done")).to_be_visible()
        page.get_by_role("slider", name="Decoder shared by").press("ArrowLeft")
        assert state_of(page)["served"] == served
    finished(item)
    levels = {served: at(psnr=20.0, served=served)["levels"] for served in (3_000, 10_000)}
    assert levels[3_000]["VAE"]["mean"] < levels[3_000]["JPEG"]["mean"]
    assert levels[10_000]["VAE"]["mean"] > levels[10_000]["JPEG"]["mean"]

    item = begin("a file for each digit, and the setting", "about 4 times")
    page.get_by_role("group", name="Codec").get_by_role("radio", name=FILES).check()
    expect(page.get_by_text("5 of 6 done")).to_be_visible()
    page.get_by_role("slider", name="Quality of the file").press("Home")
    smallest = at(codec=FILES, jpeg_file=1.0)
    finished(item, f"a file takes {smallest['rate']:.0f} bytes, of which {smallest['header']:.0f} are header")
    assert 3.5 < smallest["ratio"] < 4.5
    page.screenshot(path=artefact("widget_compression_tasks.png"), full_page=True)


# In JupyterLab


@pytest.mark.slow
@needs_chromium
def test_jupyterlab_and_python_share_the_state(browser, tmp_path, monkeypatch):
    cells = (
        "from utils.widgets import CompressionExplorer\nfigure = CompressionExplorer.from_shipped()\nfigure",
        "figure.state = {'codec': 'PCA', 'directions': 64}",
        "print('now', figure.state['codec'], figure.state['step'], round(figure.view['rate'], 2))",
    )
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, tmp_path / "figure.ipynb")
    environment = {"PYTHONPATH": str(ROOT)}
    with (
        jupyterlab(tmp_path, environment=environment) as lab,
        open_notebook(browser, lab, "figure.ipynb", width=1400, height=1600) as notebook,
    ):
        figure = notebook.run_cell("from_shipped", timeout=240).locator(HOST)
        words = figure.locator(".words")
        expect(words).to_contain_text("VAE, 16 latents, step 0.5", timeout=60_000)
        figure.get_by_role("slider", name="Step of the quantiser").press("ArrowRight")
        printed = notebook.run_cell("print('now'").locator(".jp-OutputArea-output").inner_text()
        assert printed.strip() == "now VAE 1.0 4.37"
        notebook.run_cell("'directions': 64")
        expect(words).to_contain_text("PCA, 64 directions, step 1, 1,000 digits: 12.5 bytes")
        assert_accessible(notebook.page, HOST)
        figure.screenshot(path=artefact("widget_compression_lab.png"))
        assert notebook.errors == []
