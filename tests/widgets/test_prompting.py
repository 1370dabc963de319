"""Topic 04's interactive figure: what it computes, and how it behaves in a real browser."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils.prompting import CONTENT_FREE, Prompt, calibrate, label_probabilities
from utils.widgets import PromptExplorer
from utils.widgets.prompting_view import (
    MAX_CHARACTERS,
    State,
    answer,
    describe,
    probabilities_html,
    prompt_html,
    prompt_of,
    set_html,
)

EXAMPLES = [("A gem.", 1), ("I left early.", 0), ("Warm & witty.", 1), ("Dull <and> long.", 0)]
REVIEWS = pd.DataFrame(
    [
        (f"{'good' if i % 2 else 'poor'} film number {i}{', not so good' if i % 5 == 0 else ''}", i % 2)
        for i in range(40)
    ],
    columns=["text", "label"],
)
START = State("Judge.", ("negative", "positive"), (0, 1, 2, 3), 2)


class WordCounter:
    """A model that counts "good" and "poor" in the last block, and leans towards the last example's answer."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def label_scores(self, prompts, labels):
        self.calls.append(list(prompts))
        return np.array([self._row(prompt, labels) for prompt in prompts])

    def _row(self, prompt, labels):
        *before, question = prompt.split("\n\n")
        margin = 1.5 * question.count("good") - 1.5 * question.count("poor")
        lean = next((2.0 if block.endswith(labels[1]) else -2.0 for block in reversed(before) if "\n" in block), 0.0)
        return np.array([-9.0, -9.0 + margin + lean])


def _last_view(model, reviews, examples, state, cache=None):
    *_, view = answer(model, reviews, examples, state, {} if cache is None else cache)
    return view


def _explorer(model=None):
    explorer = PromptExplorer(model or WordCounter(), REVIEWS, EXAMPLES, "Judge.")
    assert explorer.wait(30)
    return explorer


def test_a_view_shows_what_the_model_answers():
    view = _last_view(WordCounter(), REVIEWS, EXAMPLES, START)
    prompt = Prompt("Judge.", EXAMPLES[:2])
    scores = label_probabilities(
        WordCounter().label_scores([prompt.render(t) for t in REVIEWS["text"]], prompt.continuations)
    )
    assert view.rendered == prompt.render(REVIEWS["text"][0])
    np.testing.assert_allclose(view.probabilities, scores[0])
    np.testing.assert_array_equal(view.classes, scores.argmax(axis=1))
    assert view.accuracy.mean == pytest.approx((view.classes == REVIEWS["label"]).mean())
    assert view.positive == view.classes.mean()
    assert view.finished


def test_calibration_divides_out_what_the_prompt_leans_to():
    state = State("Judge.", ("negative", "positive"), (1, 0, 2, 3), 2)
    plain = _last_view(WordCounter(), REVIEWS, EXAMPLES, state)
    calibrated = _last_view(WordCounter(), REVIEWS, EXAMPLES, replace(state, calibrated=True))
    prompt = prompt_of(state, EXAMPLES)
    scores = WordCounter().label_scores(
        [prompt.render(t) for t in [REVIEWS["text"][0], *CONTENT_FREE]], prompt.continuations
    )
    expected = calibrate(label_probabilities(scores[:1]), label_probabilities(scores[1:]))
    np.testing.assert_allclose(calibrated.probabilities, expected[0])
    assert abs(calibrated.positive - 0.5) < abs(plain.positive - 0.5)


def test_the_chosen_review_comes_first_and_the_set_follows_in_pieces():
    model = WordCounter()
    views = list(answer(model, REVIEWS, EXAMPLES, START, {}))
    assert len(model.calls[0]) == 1 + len(CONTENT_FREE)
    counts = [len(view.classes) for view in views]
    assert counts[-1] == len(REVIEWS)
    assert counts == sorted(set(counts))
    assert len(counts) > 2
    assert views[0].accuracy is None or len(views[0].classes) < len(REVIEWS) / 2


def test_scores_in_the_cache_are_not_computed_again():
    model, cache = WordCounter(), {}
    _last_view(model, REVIEWS, EXAMPLES, START, cache)
    n_calls = len(model.calls)
    (view,) = answer(model, REVIEWS, EXAMPLES, START, cache)
    assert len(model.calls) == n_calls
    assert view.finished


def test_the_tables_and_the_words_tell_the_same_numbers():
    view = _last_view(WordCounter(), REVIEWS, EXAMPLES, START)
    assert f"{view.probabilities[1]:.2f}" in probabilities_html(view, 1)
    assert str(view.accuracy) in set_html(view)
    text = describe(view)
    assert f"accuracy {view.accuracy.mean:.2f}" in text
    assert f"{view.positive:.0%}" in text
    assert "so far" not in text
    first = next(answer(WordCounter(), REVIEWS, EXAMPLES, START, {}))
    assert "40" in describe(first)


def test_texts_are_shown_as_they_are():
    state = State("Is a < b?", ("no", "yes"), (3, 0, 1, 2), 1)
    markup = prompt_html(_last_view(WordCounter(), REVIEWS, EXAMPLES, state))
    assert "Dull &lt;and&gt; long." in markup
    assert "Is a &lt; b?" in markup


def test_a_prompt_that_is_too_long_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"shorten the instruction"):
        prompt_of(State("long " * MAX_CHARACTERS, ("no", "yes"), (0,), 1), EXAMPLES)


def test_the_controls_move_the_figure():
    explorer = _explorer()
    first = explorer.view
    explorer._instruction.value = "Is it good?"
    assert explorer.wait()
    assert explorer.view.rendered.startswith("Is it good?\n\n")
    explorer._n_examples.value = 4
    explorer._review.value = 7
    assert explorer.wait()
    assert explorer.view.state.n_examples == 4
    assert explorer.view.rendered.endswith(f"Review: {REVIEWS['text'][6]}\nSentiment:")
    explorer._words[0].value, explorer._words[1].value = "bad", "great"
    assert explorer.wait()
    assert explorer.view.state.label_words == ("bad", "great")
    assert explorer.view.finished
    assert first.state.instruction == "Judge."


def test_examples_move_up_and_down():
    explorer = _explorer()
    assert explorer.view.positive < 0.5  # the last of the two examples is negative
    assert explorer._moves[0][0].disabled
    assert explorer._moves[-1][1].disabled
    explorer._moves[1][0].click()
    assert explorer.wait()
    assert explorer.state.order == (1, 0, 2, 3)
    assert explorer.view.positive > 0.5
    assert "I left early." in explorer._lines[0].value
    explorer._moves[0][1].click()
    assert explorer.wait()
    assert explorer.state.order == (0, 1, 2, 3)


def test_the_calibration_button_says_where_it_stands():
    explorer = _explorer()
    explorer._calibrated.value = True
    assert explorer.wait()
    assert explorer._calibrated.description == "calibration is on"
    assert "(calibrated" in explorer._one.value


@pytest.mark.parametrize(("word", "sentence"), [("", "a word of its own"), ("positive", "different words")])
def test_a_useless_label_word_is_answered_and_changes_nothing(word, sentence):
    explorer = _explorer()
    before = explorer.view
    explorer._words[0].value = word
    assert explorer.wait()
    assert sentence in explorer._message.value
    assert explorer.view is before
    explorer._words[0].value = "poor"
    assert explorer.wait()
    assert sentence not in explorer._message.value


def test_a_model_that_fails_is_answered_in_the_figure():
    class Failing(WordCounter):
        def label_scores(self, prompts, labels):
            if "fail" in prompts[0]:
                raise ValueError("Prompt 0 has 9000 tokens: shorten it.")
            return super().label_scores(prompts, labels)

    explorer = _explorer(Failing())
    explorer._instruction.value = "fail"
    assert explorer.wait()
    assert "9000 tokens" in explorer._message.value
    explorer._instruction.value = "go on"
    assert explorer.wait()
    assert explorer.view.rendered.startswith("go on")


def test_a_move_gives_up_what_was_still_to_come():
    gate, entered = threading.Event(), threading.Event()

    class Slow(WordCounter):
        def label_scores(self, prompts, labels):
            if "slow" in prompts[0]:
                entered.set()
                gate.wait(30)
            return super().label_scores(prompts, labels)

    model = Slow()
    explorer = _explorer(model)
    explorer._instruction.value = "slow"
    assert entered.wait(30)
    explorer._instruction.value = "quick"
    gate.set()
    assert explorer.wait()
    assert explorer.view.rendered.startswith("quick")
    assert explorer.view.finished
    assert sum("slow" in prompt for prompts in model.calls for prompt in prompts) < len(REVIEWS)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Notebook]:
    """A notebook with the figure and the real model, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    source = "from utils.widgets import PromptExplorer\n\nPromptExplorer.from_shipped(n=16)"
    cells = [new_code_cell(source, id="figure")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "prompting.ipynb")
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "prompting.ipynb", height=1000) as notebook,
    ):
        yield notebook


@pytest.fixture(scope="module")
def widget(page) -> Locator:
    """The figure, after its cell was run and its set was answered."""
    figure = page.run_cell("PromptExplorer").locator(".prompt-explorer")
    _expect_answers(figure)
    return figure


def _expect_answers(widget: Locator) -> None:
    expect(widget.get_by_text("On 16 reviews: accuracy")).to_be_visible(timeout=120_000)


def _accuracy(widget: Locator) -> str:
    return widget.get_by_role("row", name="accuracy").get_by_role("cell").nth(1).inner_text()


@needs_chromium
def test_a_typed_instruction_is_taken_over_with_enter(page, widget):
    prompt = widget.locator("pre")
    expect(prompt).to_contain_text("Decide whether the movie review is positive or negative.")
    field = widget.locator(".widget-text").filter(has_text="instruction").locator("input")
    field.fill("Did the critic like it?")
    expect(prompt).to_contain_text("Decide whether")
    field.press("Enter")
    expect(prompt).to_contain_text("Did the critic like it?", timeout=60_000)
    _expect_answers(widget)
    widget.screenshot(path=artefact("widget_prompting.png"))
    page.page.screenshot(path=artefact("widget_prompting_in_lab.png"))


@needs_chromium
def test_an_example_is_moved_from_the_keyboard(page, widget):
    prompt = widget.locator("pre")
    before = prompt.inner_text()
    widget.get_by_role("button", name="↓").first.focus()
    page.page.keyboard.press("Space")
    expect(prompt).not_to_have_text(before, timeout=60_000)
    _expect_answers(widget)
    first, second = (block.split("\n")[1] if "\n" in block else block for block in before.split("\n\n")[1:3])
    after = prompt.inner_text()
    assert sorted(after.split("\n\n")) == sorted(before.split("\n\n"))
    assert first != second


@needs_chromium
def test_calibration_changes_the_answers_and_says_so(page, widget):
    button = widget.get_by_role("button", name="calibration is off")
    button.focus()
    page.page.keyboard.press("Space")
    expect(widget.get_by_text("(calibrated;")).to_be_visible(timeout=60_000)
    _expect_answers(widget)
    assert re.match(r"[01]\.\d\d \[", _accuracy(widget))


@needs_chromium
def test_an_empty_label_word_is_answered_in_a_sentence(page, widget):
    field = widget.locator(".widget-text").filter(has_text="word for negative").locator("input")
    field.fill("")
    field.press("Enter")
    expect(widget.get_by_role("alert")).to_contain_text("needs a word of its own")
    field.fill("bad")
    field.press("Enter")
    expect(widget.get_by_role("alert")).to_have_count(0)
    expect(widget.locator("pre")).to_contain_text("Sentiment: bad", timeout=60_000)


@needs_chromium
def test_moves_cause_no_error_in_the_page(page, widget):
    prompt = widget.locator("pre")
    for label in ("review", "examples shown"):
        before = prompt.inner_text()
        widget.locator(".widget-slider").filter(has_text=label).get_by_role("slider").press("ArrowRight")
        expect(prompt).not_to_have_text(before, timeout=60_000)
    _expect_answers(widget)
    assert page.errors == []
