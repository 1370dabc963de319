"""The base of all figures: states and data in Python, and a figure in a page and in JupyterLab."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from playwright.sync_api import Page, expect

from tests.support import ROOT
from tests.support.browser import Notebook, artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.counter import ARRAYS, Counter
from tests.support.figures import HOST, assert_agreement, figure_page, state_of, view_of, write_page
from utils.widgets import memory
from utils.widgets.fields import Flag, ListOf, OneOf, Real, Text, Whole
from utils.widgets.figure import bundle, encode

pytestmark = pytest.mark.usefixtures("own_cache")

# Fields and states


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Whole(2, 30, default=10), 31),
        (Whole(2, 30, default=10), 2.5),
        (Whole(0, 1, default=0), True),
        (Whole(0, 9, default=0), "3"),
        (Whole(0, 9, default=0), float("nan")),
        (Real(0, 1, default=0, step=0.1), float("nan")),
        (Real(0, 1, default=0, step=0.1), -0.1),
        (OneOf(("B", "D")), "b"),
        (OneOf((1.0, 2.0)), "1.0"),
        (OneOf((0, 1)), True),
        (Flag(), 1),
        (Text(3), "four"),
        (Text(3), 4),
        (ListOf(Whole(0, 9, default=0), longest=2), [1, 2, 3]),
        (ListOf(Whole(0, 9, default=0), longest=2), [1, 10]),
        (ListOf(Whole(0, 9, default=0), longest=2), "12"),
        (ListOf(Whole(0, 9, default=0), longest=2, shortest=1), []),
    ],
    ids=str,
)
def test_a_field_refuses_what_it_cannot_have_in_one_sentence(field, value):
    with pytest.raises(ValueError, match=r"^name.* (is|has) .*(is|are) needed|must be") as caught:
        field.check("name", value)
    assert "\n" not in str(caught.value)


def test_a_field_gives_plain_values():
    assert type(Whole(0, 9, default=0).check("k", np.int64(3))) is int
    assert type(Real(0, 9, default=0, step=1).check("x", np.float32(3))) is float
    assert ListOf(Whole(0, 9, default=0), longest=3).check("l", np.array([1, 2])) == [1, 2]
    assert OneOf((0.5, "all")).check("x", 0.5) == 0.5


def test_a_state_names_what_changes_and_keeps_the_rest():
    figure = Counter({"k": 5})
    figure.state = {"model": "D"}
    assert (figure.state["k"], figure.state["model"], figure.view["twice"]) == (5, "D", 10)
    figure.state = {"k": 6}
    assert figure.view["twice"] == 12


@pytest.mark.parametrize("state", [{"k": 31}, {"unknown": 1}, {"k": 29}], ids=str)
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(state):
    figure = Counter()
    with pytest.raises(ValueError, match=r"k is 31|no 'unknown': its fields are k, scale|unlucky"):
        figure.state = state
    assert figure.state["k"] == 10
    with pytest.raises(ValueError, match=r"k is 31|no 'unknown'|unlucky"):
        Counter(state)


def test_an_array_that_a_browser_cannot_read_is_refused():
    with pytest.raises(TypeError, match="int64, but a figure takes float16"):
        encode({"labels": np.arange(3)})
    with pytest.raises(TypeError, match="set cannot be sent"):
        encode({"labels": {1, 2}})


def test_a_bundle_holds_each_module_once_and_names_no_host():
    source = bundle("clustering.js")
    assert source.count("export class Plot") == 1
    assert source.index("export class Plot") < source.index("export class Ui")
    assert not re.search(r"https?://(?!www\.w3\.org/)", source)


def test_the_output_has_the_widget_and_the_page(own_cache):
    content, _ = Counter()._repr_mimebundle_()
    assert set(content) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert "A counter." in content["text/html"]
    assert not re.search(r"https?://|src=", content["text/html"])
    assert content["text/plain"] == "Counter: A counter."


def test_answers_are_kept_on_disk_and_cleared_by_prefix():
    memory.clear("")
    memory.save("01-who-leads", {"choice": "D", "at": 1})
    memory.save("02-bytes", {"value": 3.5, "at": 2})
    assert memory.load("01")["01-who-leads"]["choice"] == "D"
    memory.clear("01")
    assert set(memory.load()) == {"02-bytes"}
    memory.path().write_text("[damaged")
    assert memory.load() == {}
    memory.clear("")


# In a page without a kernel


@pytest.fixture
def page(browser, tmp_path) -> Iterator[Page]:
    with figure_page(browser, Counter(), tmp_path) as (page, errors):
        yield page
        assert errors == []


@needs_chromium
def test_arrays_of_all_kinds_arrive(page):
    assert_agreement(page, Counter(), [{"k": k} for k in (2, 10, 30)], ["twice", "sums"], tolerance=1e-12)
    assert view_of(page)["shapes"] == [list(array.shape) for array in ARRAYS.values()]


@needs_chromium
def test_every_control_moves_the_figure_by_keyboard(page):
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    assert state_of(page)["k"] == 11
    page.get_by_role("slider", name="Scale").press("End")
    expect(page.get_by_role("slider", name="Scale")).to_have_attribute("aria-valuetext", "× 10")
    page.get_by_role("radio", name="B").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("combobox", name="Colour").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("switch", name="Switch").press("Space")
    page.get_by_role("spinbutton", name="Position").fill("0.7")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Word").fill("hello")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Mark").press("Enter")
    state = state_of(page)
    assert {name: state[name] for name in state if name != "k"} == {
        "scale": 10,
        "model": "D",
        "color": "green",
        "on": True,
        "position": 0.7,
        "word": "hello",
        "marks": [11],
    }
    expect(page.locator(f"{HOST} .words")).to_have_text("k = 11: twice is 22; position 0.70; word “hello”.")


@needs_chromium
def test_a_handle_follows_mouse_and_keys_and_stays_in_its_axis(page):
    handle = page.get_by_role("slider", name="position")
    handle.press("ArrowRight")
    assert state_of(page)["position"] == pytest.approx(0.3)
    expect(handle).to_have_attribute("aria-valuetext", "0.30 m")
    handle.press("Home")
    assert state_of(page)["position"] == 0
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y + 30, steps=5)
    middle = state_of(page)["position"]
    page.mouse.move(x + 5000, y, steps=3)
    page.mouse.up()
    assert 0.1 < middle < 0.9
    assert state_of(page)["position"] == 1
    page.mouse.move(x, y)
    assert state_of(page)["position"] == 1


@needs_chromium
def test_a_finger_drags_a_handle_and_taps_the_plot(browser, tmp_path):
    with figure_page(browser, Counter(), tmp_path, width=390, touch=True) as (page, errors):
        handle = page.get_by_role("slider", name="position")
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x + 60, "y": y}]),
            ("touchMove", [{"x": x + 90, "y": y + 4}]),
            ("touchEnd", []),
        ):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        dragged = state_of(page)["position"]
        assert 0.4 < dragged < 0.75
        plot = page.locator(f"{HOST} .plot svg").bounding_box()
        page.touchscreen.tap(plot["x"] + plot["width"] - 14, plot["y"] + 60)
        assert state_of(page)["position"] > 0.9
        page.get_by_role("button", name="Mark").tap()
        assert state_of(page)["marks"] == [10]
        for control in page.locator(f"{HOST} :is(button, select, input[type=range], .choices label, .switch)").all():
            if control.is_visible():
                assert control.bounding_box()["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert errors == []


@needs_chromium
def test_an_impossible_move_is_explained_and_changes_nothing(page):
    for button, text in (
        ("Unlucky", "29 is unlucky: choose another k."),
        ("Too large", "k is 31, but a whole number from 2 to 30 is needed: choose one."),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_have_text(text)
        assert state_of(page)["k"] == 10
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(page.get_by_role("alert")).to_be_hidden()


@needs_chromium
def test_undo_takes_back_one_gesture_and_reset_all(page):
    slider = page.get_by_role("slider", name="Clusters k")
    for _ in range(3):
        slider.press("ArrowRight")
    page.get_by_role("switch", name="Switch").press("Space")
    page.get_by_role("button", name="Undo").click()
    assert (state_of(page)["k"], state_of(page)["on"]) == (13, False)
    page.get_by_role("button", name="Undo").click()
    assert state_of(page)["k"] == 10
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    slider.press("End")
    page.get_by_role("button", name="Reset").click()
    assert state_of(page) == Counter().state
    page.get_by_role("button", name="Undo").click()
    assert state_of(page)["k"] == 30


@needs_chromium
def test_a_move_may_change_other_fields(page):
    page.get_by_role("button", name="Mark").click()
    page.get_by_role("slider", name="Scale").press("End")
    assert state_of(page)["marks"] == [10]
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    assert state_of(page)["marks"] == []


@needs_chromium
def test_a_link_opens_the_state_that_it_names(page, browser, tmp_path):
    page.get_by_role("slider", name="Clusters k").press("End")
    page.get_by_role("textbox", name="Word").fill("a&b=ü#%")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_role("textbox", name="link for this state").input_value()
    fragment = "#" + link.split("#", 1)[1]
    (tmp_path / "other").mkdir()
    with figure_page(browser, Counter(), tmp_path / "other", fragment=fragment) as (other, errors):
        assert state_of(other) == state_of(page)
        assert errors == []
        other.evaluate("""location.hash = '99-counter=' + encodeURIComponent('{"k": 3}')""")
        other.wait_for_function(f"document.querySelector('{HOST}').figure.state.k === 3")
        assert state_of(other)["word"] == ""


@needs_chromium
@pytest.mark.parametrize("text", ['{"k":99}', "not json", '{"k":29}', '{"strange":1}'])
def test_a_wrong_link_is_explained_and_the_figure_opens(browser, tmp_path, text):
    with figure_page(browser, Counter(), tmp_path, fragment=f"#99-counter={text}") as (page, errors):
        expect(page.get_by_role("alert")).to_contain_text("The link's state cannot be shown.")
        assert state_of(page) == Counter().state
        assert errors == []


@needs_chromium
def test_a_task_asks_for_a_prediction_first_and_is_remembered(page):
    slider = page.get_by_role("slider", name="Clusters k")
    answer = page.get_by_text("It is 10.")
    slider.press("ArrowLeft")
    slider.press("ArrowRight")
    expect(page.get_by_text("0 of 2 done")).to_be_visible()
    page.get_by_role("radio", name="yes").check()
    page.get_by_role("button", name="Set the figure up for this task").click()
    assert state_of(page)["k"] == 2
    expect(answer).to_be_hidden()
    for _ in range(8):
        slider.press("ArrowRight")
    expect(page.get_by_text("1 of 2 done")).to_be_visible()
    expect(answer).to_be_visible()
    expect(page.get_by_text("You predicted “yes”.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 2 done")).to_be_visible()
    page.get_by_text("Find a k whose double is 20.").click()
    expect(page.get_by_role("radio", name="yes")).to_be_checked()


@needs_chromium
def test_the_live_text_speaks_when_the_moves_pause(page):
    status = page.locator(f"{HOST} [role=status]")
    slider = page.get_by_role("slider", name="Clusters k")
    expect(status).to_contain_text("k = 10")
    page.evaluate(
        f"""() => {{ window.spoken = [];
        const status = document.querySelector('{HOST}').shadowRoot.querySelector('[role=status]');
        new MutationObserver(() => window.spoken.push(status.textContent)).observe(status, {{childList: true}}); }}"""
    )
    for _ in range(5):
        slider.press("ArrowRight")
    expect(status).to_contain_text("k = 15")
    assert len(page.evaluate("window.spoken")) <= 2


@needs_chromium
def test_keys_stay_in_the_figure(page):
    page.evaluate("document.addEventListener('keydown', event => { window.leaked = event.key; })")
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    page.get_by_role("button", name="Mark").press("j")
    assert page.evaluate("window.leaked") is None
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.activeElement === document.querySelector('{HOST}')")


@needs_chromium
def test_the_theme_follows_the_page(page):
    root = page.locator(f"{HOST} .root")
    expect(root).to_have_attribute("data-theme", "light")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(root).to_have_attribute("data-theme", "dark")
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    expect(root).to_have_attribute("data-theme", "light")
    page.evaluate("delete document.body.dataset.jpThemeLight; delete document.documentElement.dataset.theme")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    assert root.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(22, 24, 29)"


@needs_chromium
def test_focus_is_visible_on_every_control(page):
    page.get_by_role("slider", name="Clusters k").focus()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            f"""() => {{ const e = document.querySelector('{HOST}').shadowRoot.activeElement; if (!e) return null;
            const shown = e.matches('.choices input') ? e.nextElementSibling : e, style = getComputedStyle(shown);
            return [e.tagName + (e.type || ''), style.outlineStyle, parseFloat(style.outlineWidth)]; }}"""
        )
        if focus is None:
            break
        seen.add(focus[0])
        assert focus[1] == "solid"
        assert focus[2] >= 2, focus
    assert {"INPUTrange", "INPUTradio", "SELECTselect-one", "BUTTONbutton", "DIV", "SUMMARY"} <= seen


@needs_chromium
def test_two_figures_in_a_page_do_not_touch(browser, tmp_path):
    path = write_page(tmp_path, Counter(), Counter({"k": 20}))
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    first, second = page.locator(HOST).nth(0), page.locator(HOST).nth(1)
    expect(second.locator(".words")).to_contain_text("k = 20")
    first.get_by_role("radio", name="D").check()
    first.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(first.locator(".words")).to_contain_text("k = 11")
    expect(second.locator(".words")).to_contain_text("k = 20")
    expect(second.get_by_role("radio", name="B")).to_be_checked()
    context.close()


@needs_chromium
def test_an_image_is_drawn_and_described(page):
    page.get_by_role("spinbutton", name="Position").fill("0.4")
    page.keyboard.press("Enter")
    image = page.get_by_role("img", name="a ramp at 0.4")
    read = "e => Array.from(e.getContext('2d').getImageData(0, 0, 4, 2).data)"
    assert image.evaluate(read)[::4] == [0, 128, 255, 255, 102, 0, 64, 191]


@needs_chromium
def test_a_field_runs_pauses_and_begins_again(page):
    # The page itself clicks: on a busy machine the run could end between a look and a click from outside. One button
    # runs and pauses.
    button = page.get_by_role("button", name="Run").element_handle()
    page.evaluate("button => { window.runButton = button; button.click(); }", button)
    page.wait_for_function(
        f"document.querySelector('{HOST}').figure.state.k > 14 && (window.runButton.click(), true)", polling=10
    )
    stopped = state_of(page)["k"]
    page.wait_for_timeout(150)
    assert 14 < state_of(page)["k"] == stopped < 28
    page.get_by_role("button", name="Run").click()
    page.wait_for_function(f"document.querySelector('{HOST}').figure.state.k === 28")
    expect(page.get_by_role("button", name="Run")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    page.wait_for_function(f"document.querySelector('{HOST}').figure.state.k < 20")


@needs_chromium
def test_slow_work_leaves_the_figure_responsive_and_a_new_one_ends_the_old(page):
    page.get_by_role("button", name="Count").click()
    page.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(page.locator(f"{HOST} .words")).to_contain_text("k = 11")
    expect(page.locator(f"{HOST} .slow")).to_be_empty()
    page.get_by_role("button", name="Count").click()
    expect(page.locator(f"{HOST} .slow")).to_have_text("counted 11;", timeout=60_000)
    page.wait_for_timeout(500)
    expect(page.locator(f"{HOST} .slow")).to_have_text("counted 11;")


@needs_chromium
def test_without_a_kernel_a_question_to_python_is_answered_with_the_reason(page):
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(f"{HOST} .heard")).to_have_text("failed: There is no kernel behind this page.")


@needs_chromium
def test_a_notebook_converted_to_html_moves(browser, tmp_path):
    sources = ("from tests.support.counter import Counter\nCounter()", "Counter({'k': 20})")
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    executor = ExecutePreprocessor(store_widget_state=False, timeout=300)
    executor.preprocess(content, {"metadata": {"path": str(ROOT)}})
    markup, _ = HTMLExporter().from_notebook_node(content)
    path = tmp_path / "notebook.html"
    path.write_text(markup)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="commit")
    first, second = page.locator(HOST).nth(0), page.locator(HOST).nth(1)
    expect(second.locator(".words")).to_contain_text("k = 20", timeout=30_000)
    first.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(first.locator(".words")).to_contain_text("k = 11")
    expect(first.locator(".root")).to_have_attribute("data-theme", "light")
    context.close()


# In JupyterLab

CELLS = (
    "from tests.support.counter import Counter\nfigure = Counter()\nfigure",
    "figure.state = {'k': 12, 'model': 'D'}",
    "print('now', figure.state['k'], figure.view['twice'], figure.remembered)",
    "import ipywidgets\nipywidgets.HBox([figure])",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def notebook(browser, folder, own_cache) -> Iterator[Notebook]:
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, folder / "figure.ipynb")
    environment = {"PYTHONPATH": str(ROOT)}
    with (
        jupyterlab(folder, environment=environment) as lab,
        open_notebook(browser, lab, "figure.ipynb", height=1200) as notebook,
    ):
        yield notebook


@pytest.fixture(scope="module")
def widget(notebook):
    figure = notebook.run_cell("figure = Counter()").locator(HOST)
    expect(figure.locator(".words")).to_contain_text("k = 10", timeout=60_000)
    return figure


def _printed(notebook: Notebook) -> str:
    return notebook.run_cell("print('now'").locator(".jp-OutputArea-output").inner_text()


@needs_chromium
def test_jupyterlab_shows_the_widget_once(notebook, widget):
    assert widget.count() == 1
    assert notebook.cell("figure = Counter()").locator(".jp-OutputArea-output").count() == 1
    widget.screenshot(path=artefact("widget_figure_in_lab.png"))


@needs_chromium
def test_a_move_reaches_python_and_python_moves_the_figure(notebook, widget):
    widget.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(widget.locator(".words")).to_contain_text("k = 11")
    assert _printed(notebook).startswith("now 11 22")
    notebook.run_cell("'model': 'D'")
    expect(widget.locator(".words")).to_contain_text("k = 12")
    expect(widget.get_by_role("radio", name="D")).to_be_checked()
    other = notebook.run_cell("ipywidgets.HBox").locator(HOST)
    expect(other.locator(".words")).to_contain_text("k = 12")
    other.get_by_role("slider", name="Clusters k").press("ArrowRight")
    expect(widget.locator(".words")).to_contain_text("k = 13")


@needs_chromium
def test_a_state_that_the_kernel_repeats_late_does_not_undo_a_newer_move(notebook, widget):
    late = """async host => {
        const { figure } = host;
        figure.set({ k: 20 });
        figure.set({ k: 21 });
        figure.model.set("state", { ...figure.state, k: 20 });  // as when the kernel's message arrives
        await new Promise(resolve => setTimeout(resolve, 200));
        return [figure.state.k, figure.model.get("state").k];
    }"""
    assert widget.evaluate(late) == [21, 21]
    assert _printed(notebook).startswith("now 21 42")


@needs_chromium
def test_keys_are_no_commands_to_the_notebook(notebook, widget):
    active = (
        """() => [...document.querySelectorAll('.jp-Cell')].findIndex(c => c.classList.contains('jp-mod-active'))"""
    )
    count = notebook.page.locator(".jp-Cell").count()
    slider = widget.get_by_role("slider", name="Clusters k")
    slider.focus()
    before = notebook.page.evaluate(active)
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "b", "a", "d", "d", "m", "Enter"):
        slider.press(key)
    assert notebook.page.evaluate(active) == before
    assert notebook.page.locator(".jp-Cell").count() == count
    expect(widget).to_be_visible()


@needs_chromium
def test_python_answers_questions_and_outdated_ones_end(widget):
    heard = widget.locator(".heard")
    widget.get_by_role("button", name="Ask in vain").click()
    expect(heard).to_have_text("failed: There is no answer to that.")
    widget.get_by_role("button", name="Ask for long").click()
    expect(heard).to_contain_text("working")
    widget.get_by_role("button", name="Ask", exact=True).click()
    expect(heard).to_have_text("answer quick 1.5 2.5")
    widget.page.wait_for_timeout(2500)
    expect(heard).to_have_text("answer quick 1.5 2.5")


@needs_chromium
def test_a_done_task_is_known_to_python(notebook, widget):
    widget.get_by_role("slider", name="position").press("End")
    expect(widget.get_by_text("1 of 2 done")).to_be_visible()
    assert "'99-counter/right'" in _printed(notebook)
    stored = json.loads(memory.path().read_text())
    assert stored["99-counter/right"]["done"] is True


@needs_chromium
def test_copied_code_makes_the_same_figure(widget):
    widget.get_by_role("slider", name="Clusters k").press("End")
    widget.get_by_role("button", name="Copy code").click()
    code = widget.get_by_role("textbox", name="code for this state").input_value()
    assert "Counter(state=" in code
    assert eval(code, {"Counter": Counter}).state == widget.evaluate("host => host.figure.state")


@needs_chromium
def test_nothing_of_this_is_an_error_in_the_page(notebook, widget):
    assert notebook.errors == []


@pytest.mark.slow
@needs_chromium
def test_a_notebook_from_elsewhere_says_how_to_bring_the_figure_back(browser, notebook, widget, folder, tmp_path):
    notebook.page.get_by_role("button", name="Save and create checkpoint").click()
    saved = folder / "figure.ipynb"
    for _ in range(100):
        if "which-is-better-figure" in saved.read_text():
            break
        notebook.page.wait_for_timeout(100)
    else:
        pytest.fail("JupyterLab did not save the notebook with its output within ten seconds.")
    shutil.copy(saved, tmp_path)
    # Another server does not trust the notebook: it shows the HTML without its script.
    with jupyterlab(tmp_path) as lab, open_notebook(browser, lab, "figure.ipynb") as other:
        output = other.cell("figure = Counter()").locator(".jp-OutputArea-output")
        expect(output).to_have_text(
            "A counter. (This figure moves where scripts run: run the cell, or trust the notebook.)"
        )
        assert other.errors == []
