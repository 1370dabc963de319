"""Topic 06's interactive figure: its arithmetic against Python, its tasks, and its behaviour in a real browser."""

from __future__ import annotations

import json
import re
from collections import Counter

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect

from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, figure_page, state_of, view_of
from utils.data import load_mnist
from utils.preferences import JUDGES, Comparisons
from utils.widgets import PreferenceExplorer
from utils.widgets.preferences import MIN_ANSWERS, QUESTIONS, ROW_LENGTH, SIZES
from utils.widgets.preferences_questions import STYLES, Drawings, next_pair

FIGURE = PreferenceExplorer

SHOWN = "question 1)"


@pytest.fixture(scope="module")
def digits() -> Drawings:
    """Handwritten digits."""
    images, labels = load_mnist("train")
    return Drawings.of(images[:400], labels[:400])


@pytest.fixture(scope="module")
def threes() -> Drawings:
    images, labels = load_mnist("train")
    images = images[labels == 3][: ROW_LENGTH * SIZES[-1]]
    return Drawings.of(images, np.full(len(images), 3))


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def _move(page: Page, **state) -> None:
    page.locator(HOST).evaluate("(host, state) => { host.figure.set(state); }", state)


def _answers(page: Page) -> list[float]:
    return state_of(page)["answers"]


# The questions


def test_a_pair_shows_one_digit_in_two_styles(digits):
    meetings = Counter()
    for n in range(60):
        pair = next_pair(digits, n, 3)
        assert digits.captions[pair.first] == digits.captions[pair.second] == pair.caption
        meetings[frozenset(digits.styles[[pair.first, pair.second]].tolist())] += 1
        assert next_pair(digits, n, 3) == pair
    # Every two styles meet once in six answers.
    assert set(meetings.values()) == {10}
    assert len(meetings) == 6
    assert len({int(digits.styles[next_pair(digits, n, 3).first]) for n in range(60)}) == len(STYLES)


def test_styles_halve_each_caption(digits):
    for caption in range(10):
        same = digits.captions == caption
        bold = digits.styles[same] >= 2
        assert bold.mean() == pytest.approx(0.5, abs=0.02)
        weights = digits.looks[same, 0]
        assert weights[bold].min() > weights[~bold].max()


# Bad input


def test_drawings_of_one_style_only_are_refused(digits, threes):
    few = digits.styles == 0
    alike = Drawings(digits.images[few], digits.captions[few], digits.looks[few], np.zeros(few.sum(), dtype=np.int64))
    with pytest.raises(ValueError, match="give more drawings"):
        PreferenceExplorer(alike, threes)


def test_too_few_candidates_are_refused(digits):
    with pytest.raises(ValueError, match="128 of one digit are needed: draw more"):
        PreferenceExplorer(digits, digits)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"answers": [1, 0.3]}, r"answers\[1\] is 0.3, but must be one of"),
        ({"answers": [1] * (QUESTIONS + 1)}, "answers has 121 entries, but 0 to 120 are needed"),
        ({"answers": "LR"}, "a list is needed"),
        ({"judge": "me"}, "judge is 'me', but must be one of 'bold'"),
        ({"n": 3}, "n is 3, but must be one of"),
        ({"step": 51}, "step is 51, but must be one of"),
        ({"digit": 3}, "has no 'digit': its fields are answers"),
    ],
)
def test_an_impossible_state_is_one_sentence(explorer, state, sentence):
    before = explorer.state
    with pytest.raises(ValueError, match=sentence):
        explorer.state = state
    assert explorer.state == before


def test_an_unknown_judge_is_one_sentence(explorer):
    with pytest.raises(ValueError, match="There is no judge 'me': choose one of bold, fine"):
        explorer.let_answer("me")


def test_without_a_taste_or_a_model_nothing_is_tuned(explorer, digits, threes):
    with pytest.raises(ValueError, match="There are 3 answers, but a taste needs 20"):
        explorer.answer({"answers": [1, 1, 0]}, lambda *_: None)
    with pytest.raises(ValueError, match="build it with from_shipped"):
        PreferenceExplorer(digits, threes).answer({"answers": [1] * 20}, lambda *_: None)


# The file


def test_answers_survive_their_file(explorer, tmp_path):
    explorer.let_answer("bold")
    explorer.state = {"answers": [*explorer.state["answers"], 0.5]}
    answers = explorer.state["answers"]
    explorer.save(tmp_path / "answers.json")
    assert len(Comparisons.load(tmp_path / "answers.json")) == MIN_ANSWERS + 1
    explorer.state = {"answers": [0.0]}
    explorer.load(tmp_path / "answers.json")
    assert explorer.state["answers"] == answers


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"answers": []}', '{"format": "which-is-better/answers", "answers": 3}'],
)
def test_a_damaged_file_is_one_sentence_and_changes_nothing(explorer, tmp_path, content):
    explorer.state = {"answers": [0.0]}
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match=r"bad\.json contains no answers that can be read"):
        explorer.load(tmp_path / "bad.json")
    assert explorer.state["answers"] == [0.0]


def test_answers_to_other_questions_are_refused(explorer, tmp_path):
    Comparisons.none(4).with_answer(0, 1, 1.0).save(tmp_path / "other.json")
    with pytest.raises(ValueError, match=r"other\.json has answers to other questions"):
        explorer.load(tmp_path / "other.json")


# Agreement


def random_states(rng, count):
    for i in range(count):
        # Results begin at 20 answers: many states are near it.
        n = int(rng.integers(0, QUESTIONS + 1)) if i % 4 else int(rng.integers(MIN_ANSWERS - 2, MIN_ANSWERS + 6))
        chances = rng.dirichlet((2, 0.5, 2))
        yield {
            "answers": rng.choice([1.0, 0.5, 0.0], n, p=chances).tolist(),
            "judge": str(rng.choice(list(JUDGES))),
            "n": int(rng.choice(SIZES)),
        }


@needs_chromium
def test_the_module_computes_what_python_computes(explorer, page):
    names = ("question", "taste", "ranking", "best", "steps", "checkpoints")
    assert_agreement(page, explorer, list(random_states(np.random.default_rng(0), 200)), names)


@needs_chromium
def test_judges_answer_alike_in_the_page_and_in_python(explorer, page):
    for judge in JUDGES:
        explorer.state = {"answers": []}
        explorer.let_answer(judge, QUESTIONS)
        script = "(host, judge) => host.figure.spec.parts.judged(host.figure.data, judge, 0, 999)"
        assert page.locator(HOST).evaluate(script, judge) == explorer.state["answers"]


@needs_chromium
def test_files_of_the_page_and_of_python_are_the_same(explorer, page, tmp_path):
    explorer.let_answer("slanted", 33)
    explorer.save(tmp_path / "python.json")
    script = "(host, answers) => host.figure.spec.parts.answersFile(host.figure.data, answers)"
    text = page.locator(HOST).evaluate(script, explorer.state["answers"])
    assert json.loads(text) == json.loads((tmp_path / "python.json").read_text())


# In a page


@needs_chromium
def test_clicks_and_keys_answer_and_can_be_taken_back(page):
    expect(page.get_by_text(SHOWN)).to_be_visible()
    _press(page, "Left is better")
    _press(page, "Right is better")
    _press(page, "No preference")
    assert _answers(page) == [1, 0, 0.5]
    left = page.get_by_role("button", name="Left is better")
    left.focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert _answers(page) == [1, 0, 0.5, 1, 0, 0.5, 1]
    assert left.evaluate("e => e.getRootNode().activeElement === e")
    assert left.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    _press(page, "Take back the last answer")
    assert _answers(page) == [1, 0, 0.5, 1, 0, 0.5]


@needs_chromium
def test_results_appear_after_twenty_answers(page):
    for _ in range(MIN_ANSWERS - 1):
        _press(page, "Left is better")
    assert view_of(page)["taste"] is None
    expect(page.get_by_role("table", name="Your taste")).to_be_hidden()
    expect(page.get_by_text("After 1 more answers")).to_be_visible()
    _press(page, "No preference")
    expect(page.get_by_role("table", name="Your taste")).to_be_visible()
    expect(page.get_by_role("table", name="Scores of styles")).to_be_visible()
    expect(page.get_by_role("row", name="stroke weight")).to_be_visible()
    expect(page.get_by_text("Best of 16:")).to_be_visible()


@needs_chromium
def test_fingers_answer_and_choose_a_step(browser, explorer, tmp_path):
    with figure_page(browser, explorer, tmp_path, width=390, touch=True) as (page, errors):
        page.get_by_role("button", name="Right is better").tap()
        page.get_by_role("radio", name="bold").tap()
        page.get_by_role("button", name=re.compile("“bold” give 20")).tap()
        assert len(_answers(page)) == 1 + MIN_ANSWERS
        plot = page.get_by_role("img", name=re.compile("^Loss"))
        box = plot.bounding_box()
        plot.tap(position={"x": box["width"] - 12, "y": box["height"] / 2})
        assert state_of(page)["step"] == 200
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert errors == []


@needs_chromium
def test_arrow_keys_walk_through_the_checkpoints(page):
    steps = view_of(page)["steps"]
    handle = page.get_by_role("slider", name="step of fine-tuning")
    for step in steps[1:]:
        handle.press("ArrowRight")
        assert state_of(page)["step"] == step
    handle.press("ArrowLeft")
    assert state_of(page)["step"] == steps[-2]
    slider = page.get_by_role("slider", name="Step", exact=True)
    slider.press("Home")
    assert state_of(page)["step"] == 0
    slider.press("ArrowRight")
    assert state_of(page)["step"] == steps[1]


@needs_chromium
def test_a_page_saves_and_loads_answers(page, tmp_path):
    _press(page, "Let “moderate” give 20 answers")
    answers = _answers(page)
    with page.expect_download() as download:
        _press(page, "Save answers")
    download.value.save_as(tmp_path / "mine.json")
    _press(page, "Take back the last answer")
    with page.expect_file_chooser() as chooser:
        _press(page, "Load answers")
    chooser.value.set_files(tmp_path / "mine.json")
    page.wait_for_function(f"document.querySelector('{HOST}').figure.state.answers.length === {MIN_ANSWERS}")
    assert _answers(page) == answers
    (tmp_path / "bad.json").write_text("{")
    with page.expect_file_chooser() as chooser:
        _press(page, "Load answers")
    chooser.value.set_files(tmp_path / "bad.json")
    expect(page.get_by_role("alert")).to_contain_text("bad.json contains no answers")
    assert _answers(page) == answers


@needs_chromium
def test_a_link_opens_the_state_and_a_bad_one_is_explained(browser, explorer, tmp_path):
    with figure_page(browser, explorer, tmp_path, fragment='#06-preferences={"step":75,"answers":[1,0]}') as (page, _):
        assert state_of(page)["step"] == 75
        assert _answers(page) == [1, 0]
    with figure_page(browser, explorer, tmp_path, fragment='#06-preferences={"step":76}') as (page, _):
        expect(page.get_by_role("alert")).to_contain_text("step is 76, but must be one of")


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser, explorer, tmp_path, theme):
    explorer.let_answer("moderate", 40)
    explorer.state = {"step": 75}
    for width in (1200, 390):
        with figure_page(browser, explorer, tmp_path, width=width, theme=theme) as (page, errors):
            found = Axe().run(page).response["violations"]
            page.screenshot(path=artefact(f"preferences-{theme}-{width}.png"), full_page=True)
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
            assert errors == []


# Tasks: each check fires at its solution, and not before


def _done(page: Page) -> list[str]:
    script = """host => Object.entries(host.figure.tasks.items).filter(([, item]) =>
        host.figure.tasks.remembered(item.task).done).map(([, item]) => item.task.key)"""
    return page.locator(HOST).evaluate(script)


def _begin(page: Page, key: str, choice: int = 0) -> None:
    """Predict, and press the button that sets the figure up."""
    item = page.locator(".tasks li").nth(["twenty", "crowd", "best-of-n", "turn", "winners", "held-out"].index(key))
    details = item.locator("details").first
    if details.get_attribute("open") is None:
        item.locator("summary").first.click()
    item.get_by_role("radio").nth(choice).check(force=True)
    item.get_by_role("button", name="Set the figure up").click()
    assert key not in _done(page)


@needs_chromium
def test_the_task_of_twenty_answers(page):
    _begin(page, "twenty")
    for _ in range(MIN_ANSWERS - 1):
        _press(page, "Left is better")
    assert _done(page) == []
    _press(page, "Left is better")
    assert _done(page) == ["twenty"]
    expect(page.locator(".tasks")).to_contain_text("Your answers give: stroke weight")


@needs_chromium
def test_the_task_of_two_judges(page):
    _begin(page, "crowd")
    _press(page, "Let “bold” give 20 answers")
    assert _done(page) == []
    page.get_by_role("radio", name="fine").check()
    assert _done(page) == []
    _press(page, "Let “fine” give 20 answers")
    assert _done(page) == ["crowd"]


@needs_chromium
def test_the_task_of_best_of_n(page):
    _begin(page, "best-of-n")
    for _ in range(2):
        _press(page, "Let “moderate” give 20 answers")
    slider = page.get_by_role("slider", name="n of best-of-n")
    for _ in range(3):
        slider.press("ArrowRight")
    assert _done(page) == []
    slider.press("ArrowRight")
    assert _done(page) == ["best-of-n"]
    expect(page.locator(".tasks")).to_contain_text("moderate gains +")


@needs_chromium
@pytest.mark.parametrize(("key", "solution"), [("turn", 125), ("winners", 75), ("held-out", 75)])
def test_the_tasks_of_the_checkpoints(page, key, solution):
    _begin(page, key)
    slider = page.get_by_role("slider", name="Step", exact=True)
    while state_of(page)["step"] < solution:
        assert key not in _done(page)
        slider.press("ArrowRight")
    assert _done(page) == [key]


@needs_chromium
def test_a_task_waits_for_its_prediction(page):
    _move(page, step=75)
    assert _done(page) == []


def test_what_the_answers_of_the_tasks_say(explorer):
    """The numbers in the text of preferences.js."""
    study, steps = explorer._study, list(explorer.fields["step"].values)
    wins, fresh_loss = study["wins"][..., list(JUDGES).index("moderate")], study["fresh_loss"]
    loss = study["loss"].mean(axis=0)
    assert (np.diff(loss) < 0).all()
    assert (wins.mean(axis=0)[steps.index(125) :] < 0.5).all()
    assert (wins.mean(axis=0)[: steps.index(125)] >= 0.5).all()
    winners, losers = study["winners"].mean(axis=0), study["losers"].mean(axis=0)
    assert round(winners[steps.index(75)]) == 16
    assert round(winners[-1], -1) == 60
    assert (losers[1:] > winners[1:]).all()
    assert (wins.argmax(axis=1) < fresh_loss.argmin(axis=1)).all()  # in each of the five trainings
    assert steps[fresh_loss.mean(axis=0).argmin()] == 75


# In JupyterLab


@pytest.mark.slow
@needs_chromium
def test_the_figure_in_jupyterlab(browser, tmp_path):
    cells = [
        "from utils.widgets import PreferenceExplorer\n\nexplorer = PreferenceExplorer.from_shipped()\nexplorer",
        'explorer.let_answer("bold", 40)\nexplorer.state = {"step": 50}',
        'print("read", len(explorer.state["answers"]), explorer.state["step"], len(explorer.answers))',
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "figure.ipynb")
    with jupyterlab(tmp_path) as lab, open_notebook(browser, lab, "figure.ipynb", height=1400) as notebook:
        cell = notebook.run_cell("from_shipped")
        expect(cell.get_by_text(SHOWN)).to_be_visible(timeout=60_000)
        notebook.run_cell("let_answer")
        expect(cell.get_by_text("question 41)")).to_be_visible(timeout=20_000)
        cell.get_by_role("button", name="Left is better").click()
        cell.get_by_role("slider", name="Step", exact=True).press("ArrowRight")
        expect(cell.get_by_text("question 42)")).to_be_visible()
        expect(notebook.run_cell("print")).to_contain_text("read 41 75 41")
        cell.get_by_role("button", name="Fine-tune on your taste").click()
        expect(cell.get_by_text("Tuned on the taste of your 41 answers")).to_be_visible(timeout=120_000)
        text = cell.get_by_text("Tuned on the taste of your 41 answers").inner_text()
        assert float(re.search(r"stroke weight \+([\d.]+)", text)[1]) > 1.5
        found = Axe().run(notebook.page, HOST).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        cell.screenshot(path=artefact("preferences-jupyterlab.png"))
