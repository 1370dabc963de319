"""Topic 06's interactive figure: what it asks, what it makes of the answers, and how it behaves in a real browser."""

import base64
import re
from collections import Counter
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils.data import load_mnist
from utils.models import load_pretrained
from utils.preferences import BOLD, FINE, JUDGES, Comparisons, best_of_n_kl
from utils.widgets import PreferenceExplorer
from utils.widgets.preferences_questions import STYLES, Answers, Drawings, next_pair
from utils.widgets.preferences_view import (
    MAX_N,
    MIN_ANSWERS,
    ROW_LENGTH,
    best_samples,
    describe,
    evaluate,
    finetune_to_taste,
    still,
)

PATIENCE = 20_000  # milliseconds that an answer may take on a machine that is busy with other tests


@pytest.fixture(scope="module")
def digits() -> PreferenceExplorer:
    """A figure of handwritten digits; tests that answer take its drawings."""
    images, labels = load_mnist("train")
    pool, end = 400, 400 + 10 * ROW_LENGTH * MAX_N
    return PreferenceExplorer(
        Drawings.of(images[:pool], labels[:pool]), Drawings.of(images[pool:end], labels[pool:end])
    )


@pytest.fixture
def explorer(digits) -> PreferenceExplorer:
    return PreferenceExplorer(digits._pool, digits._samples)


def _simulated(drawings, judge, n, seed=0) -> Answers:
    answers, rng = Answers.none(), np.random.default_rng(seed)
    for i in range(n):
        pair = next_pair(drawings, i, seed)
        looks = drawings.looks
        answers = answers.with_answer(
            drawings, pair, float(judge.prefers(looks[[pair.first]], looks[[pair.second]], rng)[0])
        )
    return answers


def _button(explorer, text):
    (button,) = [w for w in explorer._answer_buttons if w.description == text]
    return button


def test_a_pair_shows_one_digit_in_two_styles(digits):
    drawings = digits._pool
    meetings = Counter()
    for n in range(60):
        pair = next_pair(drawings, n, 3)
        assert drawings.captions[pair.first] == drawings.captions[pair.second] == pair.caption
        meetings[frozenset(drawings.styles[[pair.first, pair.second]].tolist())] += 1
        assert next_pair(drawings, n, 3) == pair
    # Every two styles meet once in six answers.
    assert set(meetings.values()) == {10}
    assert len(meetings) == 6
    left = [drawings.styles[next_pair(drawings, n, 3).first] for n in range(60)]
    assert len(set(left)) == len(STYLES)


def test_styles_halve_each_caption(digits):
    drawings = digits._pool
    for caption in range(10):
        same = drawings.captions == caption
        bold = drawings.styles[same] >= 2
        assert bold.mean() == pytest.approx(0.5, abs=0.02)
        weights = drawings.looks[same, 0]
        assert weights[bold].min() > weights[~bold].max()


def test_drawings_of_one_style_only_are_refused(digits):
    drawings = digits._pool
    few = drawings.styles == 0
    alike = Drawings(
        drawings.images[few], drawings.captions[few], drawings.looks[few], np.zeros(few.sum(), dtype=np.int64)
    )
    with pytest.raises(ValueError, match="give more drawings"):
        PreferenceExplorer(alike, drawings)


@pytest.mark.parametrize(("judge", "sign"), [(BOLD, 1), (FINE, -1)])
def test_a_known_taste_is_found(digits, judge, sign):
    view = evaluate(_simulated(digits._pool, judge, 200))
    worth = view.worth[0]
    assert (worth.low if sign > 0 else -worth.high) > 0
    assert STYLES[view.ranking.order()[0]].startswith("bold" if sign > 0 else "fine")
    assert f"stroke weight {worth}" in describe(view)
    assert ("(liked)" if sign > 0 else "(disliked)") in describe(view)


def test_the_interval_narrows_with_the_answers(digits):
    widths = [
        np.diff(evaluate(_simulated(digits._pool, BOLD, n)).worth[1][1:])[0]
        for n in (MIN_ANSWERS, 5 * MIN_ANSWERS, 20 * MIN_ANSWERS)
    ]
    assert widths[0] > 1.5 * widths[1] > 2.2 * widths[2]


def test_nothing_is_said_before_twenty_answers(digits):
    answers = _simulated(digits._pool, BOLD, MIN_ANSWERS - 1)
    view = evaluate(answers)
    assert view.ranking is None
    assert view.worth == []
    assert f"{MIN_ANSWERS - 1} of {MIN_ANSWERS}" in describe(view)
    with pytest.raises(ValueError, match="answer more"):
        best_samples(view, digits._samples, 3, 4)


def test_the_best_of_more_is_nearer_to_the_taste(digits):
    view = evaluate(_simulated(digits._pool, BOLD, 60))
    before, *after = (best_samples(view, digits._samples, 4, n) for n in (1, 4, MAX_N))
    assert before.gain == 0
    np.testing.assert_array_equal(before.before, before.after)
    assert 0 < after[0].gain < after[1].gain
    assert after[1].nats == pytest.approx(best_of_n_kl(MAX_N))
    looks = digits._samples.looks
    assert looks[after[1].after, 0].mean() > looks[before.before, 0].mean() + 0.5
    assert set(digits._samples.captions[after[1].after]) == {4}
    assert len(set(after[1].after.tolist())) == ROW_LENGTH


def test_too_few_samples_are_refused(digits):
    view = evaluate(_simulated(digits._pool, BOLD, MIN_ANSWERS))
    with pytest.raises(ValueError, match="draw more"):
        best_samples(view, digits._pool, 4, 4)


def test_the_still_picture_shows_taste_styles_and_samples(digits):
    fig = still(evaluate(_simulated(digits._pool, BOLD, MIN_ANSWERS)), digits._samples, 5, 8)
    assert [ax.get_title() for ax in fig.axes][2:] == ["before", "after: best of 8"]
    assert len(fig.axes[0].get_yticklabels()) == 3
    assert {text.get_text() for text in fig.axes[1].get_yticklabels()} == set(STYLES)


@pytest.fixture(scope="module")
def tunable() -> PreferenceExplorer:
    return PreferenceExplorer.from_shipped(load_pretrained("diffusion"))


def test_fine_tuning_moves_the_same_noise_towards_the_taste(tunable):
    tunable.take_back()
    tunable.let_answer("bold")
    tunable.let_answer("bold")
    assert tunable._rows[3].value == ""
    tunable._tune.click()
    n, model = tunable._tuned
    assert n == 2 * MIN_ANSWERS
    assert f"taste of {n} answers" in tunable._rows[3].value
    assert f"{n} answers" in tunable._message.value
    captions = tunable._samples.captions[::4]
    drawn = Drawings.of(model.draw_from(tunable._noise[::4], captions), captions)
    assert drawn.looks[:, 0].mean() > tunable._samples.looks[::4, 0].mean() + 0.5
    markup = tunable._rows[3].value
    tunable._caption.value = 9
    assert tunable._rows[3].value != markup


def test_digits_that_nobody_drew_are_not_tuned(explorer):
    assert explorer._tune.layout.display == "none"
    explorer.let_answer("bold")
    explorer.finetune()
    assert "from_shipped" in explorer._message.value


def test_without_a_taste_nothing_is_tuned(digits, tunable):
    with pytest.raises(ValueError, match="answer more"):
        finetune_to_taste(evaluate(Answers.none()), digits._samples, tunable._model, 0)


def test_twenty_answers_bring_the_results(explorer):
    for _ in range(MIN_ANSWERS - 1):
        _button(explorer, "Left is better").click()
    assert explorer._results.layout.display == "none"
    _button(explorer, "No preference").click()
    assert explorer._results.layout.display is None
    assert len(explorer.view.answers) == MIN_ANSWERS
    assert explorer.view.answers.styles.outcome.tolist() == [1.0] * (MIN_ANSWERS - 1) + [0.5]
    assert all(name in explorer._ranking.value for name in STYLES)
    assert "stroke weight" in explorer._taste.value
    markup = explorer._rows[1].value
    explorer._n.value = 1
    assert explorer._rows[1].value != markup
    markup = explorer._rows[0].value
    explorer._caption.value = 8
    assert explorer._rows[0].value != markup


def test_what_is_answered_is_what_was_pool(explorer):
    pair = explorer._pair
    alt = re.search('alt="([^"]*)"', explorer._left.value)[1]
    assert f"left drawing of a {pair.caption}" in alt
    assert f"{explorer._pool.looks[pair.first, 0]:+.1f}" in alt
    _button(explorer, "Right is better").click()
    np.testing.assert_array_equal(explorer.view.answers.looks[0], explorer._pool.looks[[pair.first, pair.second]])
    assert explorer.view.answers.styles.outcome.tolist() == [0.0]
    assert explorer._pair != pair


def test_the_line_answers_and_returns_to_its_middle(explorer):
    for value in (-1, 1, -1):
        explorer._keys.value = value
        assert explorer._keys.value == 0
    assert explorer.view.answers.styles.outcome.tolist() == [1.0, 0.0, 1.0]


def test_an_answer_taken_back_is_asked_again(explorer):
    assert explorer._undo.disabled
    pair = explorer._pair
    explorer.answer(1.0)
    assert not explorer._undo.disabled
    explorer._undo.click()
    assert len(explorer.view.answers) == 0
    assert explorer._pair == pair


@pytest.mark.parametrize("judge", JUDGES)
def test_a_judge_gives_twenty_answers(explorer, judge):
    explorer.let_answer(judge)
    assert len(explorer.view.answers) == MIN_ANSWERS
    assert f"{MIN_ANSWERS} answers" in explorer._message.value


def test_answers_survive_their_file(explorer, digits, tmp_path):
    explorer.let_answer("bold")
    explorer.answer(0.5)
    explorer._file.value = str(tmp_path / "answers.json")
    explorer._files[0].click()
    assert f"{MIN_ANSWERS + 1} answers are saved in" in explorer._message.value
    other = PreferenceExplorer(digits._pool, digits._samples)
    other.answer(0.0)
    other._file.value = explorer._file.value
    other._files[1].click()
    assert f"{MIN_ANSWERS + 1} answers from" in other._message.value
    np.testing.assert_allclose(other.view.answers.looks, explorer.view.answers.looks)
    assert describe(other.view) == describe(explorer.view)
    other.take_back()
    assert other.view.answers.styles.outcome.tolist() == [0.0]


def test_a_file_without_answers_is_a_file_too(explorer, tmp_path):
    explorer.save(tmp_path / "nothing.json")
    explorer.answer(1.0)
    explorer.load(tmp_path / "nothing.json")
    assert len(explorer.view.answers) == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"answers": []}',
        "\x00\xff",
        "[" * 9999,
        '{"format": "which-is-better/answers", "answers": 3}',
        '{"format": "which-is-better/answers", "n_items": 4, "answers": [[0, Infinity, 1]], "about": {}}',
    ],
)
def test_a_damaged_file_is_one_sentence_and_changes_nothing(explorer, tmp_path, content):
    explorer.answer(1.0)
    before = explorer.view
    (tmp_path / "bad.json").write_text(content, encoding="latin-1")
    explorer._file.value = str(tmp_path / "bad.json")
    explorer._files[1].click()
    assert "bad.json" in explorer._message.value
    assert 'role="alert"' in explorer._message.value
    assert explorer.view is before


@pytest.mark.parametrize(
    ("n_items", "about"),
    [
        (4, {}),
        (4, {"features": ["stroke weight", "slant", "legibility"], "looks": [[[1, 2, 3]]]}),
        (4, {"features": ["stroke weight", "slant", "legibility"], "looks": "none"}),
        (4, {"features": ["stroke weight", "slant", "legibility"], "looks": [[[1, 2, 10**400], [1, 2, 3]]]}),
        (4, {"features": ["weight"], "looks": [[[1, 2, 3], [1, 2, 3]]]}),
        (4, {"features": 3, "looks": [[[1, 2, 3], [1, 2, 3]]]}),
        (9, {"features": ["stroke weight", "slant", "legibility"], "looks": [[[1, 2, 3], [1, 2, 3]]]}),
    ],
)
def test_other_answers_are_refused(explorer, tmp_path, n_items, about):
    explorer.answer(1.0)
    before = explorer.view
    Comparisons.none(n_items, about).with_answer(0, 1, 1.0).save(tmp_path / "other.json")
    with pytest.raises(ValueError, match=r"other\.json"):
        explorer.load(tmp_path / "other.json")
    assert explorer.view is before


def test_a_name_that_cannot_be_used_is_one_sentence(explorer, tmp_path):
    explorer.answer(1.0)
    names = {"": "no name", str(tmp_path / "none" / "a.json"): "There is no file", str(tmp_path): "cannot be used"}
    for name, text in names.items():
        explorer._file.value = name
        for button in explorer._files:
            button.click()
            assert text in explorer._message.value
            assert explorer._message.value.count("<p") == 1
    assert len(explorer.view.answers) == 1


def test_pictures_are_pictures(explorer):
    data = re.search('base64,([^"]*)"', explorer._left.value)[1]
    assert base64.b64decode(data).startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Iterator[Notebook]:
    """A notebook with the figure in one cell, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    source = (
        "from utils import models\nfrom utils.widgets.preferences import PreferenceExplorer\n\n"
        'explorer = PreferenceExplorer.from_shipped(models.load_pretrained("diffusion"))\nexplorer'
    )
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    figure = new_notebook(cells=[new_code_cell(source)], metadata={"kernelspec": kernel})
    nbformat.write(figure, folder / "figure.ipynb")
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "figure.ipynb", height=1100) as notebook,
    ):
        yield notebook


@pytest.fixture(scope="module")
def widget(notebook) -> Locator:
    """The figure, after its cell was run."""
    figure = notebook.run_cell("PreferenceExplorer").locator(".preference-explorer")
    expect(figure.locator("img").first).to_be_visible(timeout=60_000)
    return figure


def _count(widget: Locator) -> int:
    return int(re.search(r"question (\d+)", widget.inner_text())[1]) - 1


def _expect_count(widget: Locator, n: int) -> None:
    expect(widget).to_contain_text(f"(question {n + 1})", timeout=PATIENCE)


@needs_chromium
def test_arrow_keys_answer_again_and_again(notebook, widget):
    n = _count(widget)
    line = widget.locator(".widget-slider").filter(has_text="your answer").get_by_role("slider")
    old = widget.locator("img").first.get_attribute("src")
    line.focus()
    for done, key in enumerate(("ArrowLeft", "ArrowRight", "ArrowRight", "ArrowLeft") * 3, start=1):
        notebook.page.keyboard.press(key)
        _expect_count(widget, n + done)
    assert widget.locator("img").first.get_attribute("src") != old
    assert line.evaluate("e => e === document.activeElement")
    assert line.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


@needs_chromium
def test_buttons_answer_and_twenty_answers_bring_the_results(notebook, widget):
    n = _count(widget)
    widget.get_by_role("button", name="Left is better").click()
    _expect_count(widget, n + 1)
    widget.get_by_role("button", name="Right is better").focus()
    notebook.page.keyboard.press("Space")
    _expect_count(widget, n + 2)
    widget.get_by_role("button", name="Take back").click()
    _expect_count(widget, n + 1)
    expect(widget.get_by_role("table")).to_have_count(0)
    widget.get_by_role("button", name="bold", exact=True).click()
    _expect_count(widget, n + 1 + MIN_ANSWERS)
    expect(widget.get_by_role("table")).to_have_count(2, timeout=PATIENCE)
    expect(widget.get_by_role("row", name="stroke weight")).to_be_visible()
    expect(widget.locator("img")).to_have_count(4)
    widget.get_by_role("button", name="Fine-tune").click()
    expect(widget.locator("img")).to_have_count(5, timeout=60_000)
    expect(widget).to_contain_text("from the same noise", timeout=PATIENCE)
    widget.screenshot(path=artefact("widget_preferences.png"))


@needs_chromium
def test_sliders_change_the_samples(notebook, widget):
    after = widget.locator("img").nth(3)
    old = after.get_attribute("src")
    for label, key in (("best of n", "ArrowLeft"), ("digit", "ArrowRight")):
        widget.locator(".widget-slider").filter(has_text=label).get_by_role("slider").press(key)
        expect(after).not_to_have_attribute("src", old, timeout=PATIENCE)
        old = after.get_attribute("src")


@needs_chromium
def test_answers_are_saved_and_a_damaged_file_is_told(notebook, widget, tmp_path):
    n = _count(widget)
    field = widget.get_by_role("textbox")
    field.fill(str(tmp_path / "mine.json"))
    field.press("Tab")
    widget.get_by_role("button", name="Save answers").click()
    expect(widget).to_contain_text(f"{n} answers are saved in", timeout=PATIENCE)
    (tmp_path / "mine.json").write_text("{")
    widget.get_by_role("button", name="Load answers").click()
    expect(widget.get_by_role("alert")).to_contain_text("mine.json", timeout=PATIENCE)
    assert _count(widget) == n


@needs_chromium
def test_moves_cause_no_error_in_the_page(notebook, widget):
    n = _count(widget)
    for done, name in enumerate(("No preference", "Left is better"), start=1):
        widget.get_by_role("button", name=name).click()
        _expect_count(widget, n + done)
    widget.get_by_role("button", name="bold", exact=True).click()
    _expect_count(widget, n + 2 + MIN_ANSWERS)
    expect(widget.get_by_role("table")).to_have_count(2, timeout=PATIENCE)
    assert notebook.errors == []
