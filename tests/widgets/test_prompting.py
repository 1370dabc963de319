"""Topic 04's interactive figure: its arithmetic against `utils.prompting`, its model, and a real browser."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support import ROOT
from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, compute_in_page, figure_page, state_of, unfold, view_of
from tests.support.word_counter import EXAMPLES, REVIEWS, WordCounter
from utils.prompting import CONTENT_FREE, LanguageModel, Prompt, calibrate, classify
from utils.widgets import PromptExplorer, prompting_table
from utils.widgets.figure import Outdated
from utils.widgets.prompting import MAX_CHARACTERS, RULES
from utils.widgets.prompting_table import BALANCED, INSTRUCTIONS, WORDS

FIGURE = PromptExplorer
ENTRIES = ("prompt", "answered", "scores", "thresholds", "threshold", "classes", "auc", "accuracy", "low", "high")
ENTRIES += ("positive", "best", "own")
POSITIVE = (0, 1, 2, 3)
THREE_AND_ONE = (0, 1, 2, 4)


def showing(order, **state) -> dict[str, Any]:
    """A state whose prompt has these of the six examples, in this order."""
    rest = [i for i in range(6) if i not in order]
    return {"order": [*order, *rest], "shown": [i in order for i in range(6)], **state}


def counter(**state) -> PromptExplorer:
    return PromptExplorer(REVIEWS, EXAMPLES, WordCounter(), state=state)


# Arithmetic


def random_states(explorer, seed, count):
    """States of the table and, one in five, of prompts that it lacks."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        instruction, words, *order = rng.choice(explorer.data["prompts"])
        negative, positive = WORDS[words]
        yield {
            **showing([int(i) for i in order if i >= 0]),
            "instruction": INSTRUCTIONS[instruction] if number % 5 else f"Is it *good* & <b>fun</b>, {number}? é𝄞",
            "negative": f" {negative} ",
            "positive": positive,
            "review": int(rng.integers(len(explorer.data["reviews"]))),
            "text": "" if rng.random() < 0.8 else "Not bad <at> all.",
            "rule": RULES[rng.integers(len(RULES))],
            "threshold": float(np.clip(rng.normal(0, 3), -10, 10)),
        }


@pytest.fixture(scope="module")
def mute() -> PromptExplorer:
    """The shipped figure without a model: Python computes what the page can know."""
    table = prompting_table.load()
    return PromptExplorer(table["reviews"], table["examples"], None, table)


@needs_chromium
def test_the_module_computes_what_python_computes(mute, still):
    states = list(random_states(mute, 0, 200))
    assert_agreement(still, mute, states, ENTRIES)
    answered = [view["answered"] for view in compute_in_page(still, mute, states)]
    assert 130 < sum(answered) < 200


@needs_chromium
def test_a_set_of_odd_size_with_ties_agrees(browser, tmp_path):
    table = {"prompts": np.array([[0, 0, -1]], np.int8), "scores": np.array([[0.5, -1, 0.5, 0.5, 2]], np.float16)}
    reviews = [(f"review {i}", label) for i, label in enumerate((1, 0, 0, 1, 1))]
    table["empty"] = np.array([[-3.0, 0.0, 3.0]], np.float16)
    figure = PromptExplorer(reviews, EXAMPLES, None, table, {"shown": [False] * 4})
    with figure_page(browser, figure, tmp_path) as (page, _):
        assert_agreement(page, figure, [{"rule": rule, "threshold": 0.5} for rule in RULES], ENTRIES)
    assert figure.view["auc"] == pytest.approx((1 + 1 + 2 + 2 * 0.5) / 6)


def test_the_numbers_are_those_of_utils_prompting():
    figure = counter()
    texts, labels = [text for text, _ in REVIEWS], np.array([label for _, label in REVIEWS])
    prompt = Prompt(INSTRUCTIONS[0], EXAMPLES)

    class Scorer(WordCounter):
        def label_scores(self, prompts, words, per_token=False):
            return super().label_scores(prompts, words)

    for rule, calibrated in (("one half", False), ("contextual calibration", True)):
        figure.state = {"rule": rule}
        probabilities = classify(Scorer(), prompt, texts, calibrated=calibrated)
        np.testing.assert_array_equal(figure.view["classes"], probabilities.argmax(axis=1))
        assert figure.view["accuracy"] == (probabilities.argmax(axis=1) == labels).mean()
    assert figure.view["prompt"] == prompt.render(texts[0])
    probabilities = 1 / (1 + np.exp(-np.array([-1.0, 0.5, 3.0])))
    empty = np.column_stack([1 - probabilities, probabilities])
    assert calibrate(empty, empty)[1, 1] > calibrate(empty, empty)[0, 1]
    figure.state = {"rule": "median"}
    assert figure.view["positive"] == 0.5


def test_it_opens_with_two_and_two_examples_ordered_well_and_cut_badly(explorer):
    view = explorer.view
    assert sum(explorer.state["shown"]) == len(BALANCED)
    assert explorer.state["rule"] == "one half"
    assert view["auc"] > 0.95
    assert view["accuracy"] < 0.6
    assert view["best"] > 0.9


def test_the_page_is_small(explorer):
    size = len(explorer.to_html().encode()) / 1000
    print(f"topic 04's figure in a page: {size:.0f} kB")
    assert size <= 300


# The shipped table


def test_the_table_has_the_prompts_texts_and_classes_that_its_module_names():
    table = prompting_table.load()
    keys = [(int(row[0]), int(row[1]), tuple(int(i) for i in row[2:] if i >= 0)) for row in table["prompts"]]
    assert keys == list(prompting_table.prompts())
    assert table["examples"] == prompting_table.examples()
    expected = prompting_table.reviews()
    assert table["reviews"] == list(zip(expected["text"], expected["label"], strict=True))
    assert table["scores"].shape == (len(keys), prompting_table.REVIEWS)
    assert table["empty"].shape == (len(keys), len(CONTENT_FREE))
    assert np.isfinite(table["scores"]).all()


@pytest.mark.slow
def test_the_table_is_what_the_model_answers():
    model = LanguageModel.load("smollm2-135m", dtype="float32", remember=False)
    table = prompting_table.load()
    texts = [table["reviews"][i][0] for i in (0, 7)]
    for row in (0, len(table["prompts"]) - 1):
        instruction, words, *order = (int(i) for i in table["prompts"][row])
        prompt = prompting_table.prompt_of((instruction, words, tuple(i for i in order if i >= 0)), table["examples"])
        scores = prompting_table.margins(model, prompt, [*texts, CONTENT_FREE[0]])
        expected = [*table["scores"][row, [0, 7]], table["empty"][row, 0]]
        np.testing.assert_allclose(scores, np.array(expected, float), atol=4e-3)


def test_a_stopped_run_of_the_table_resumes(tmp_path, monkeypatch):
    keys = list(itertools.islice(prompting_table.prompts(), 25))
    model = WordCounter()
    monkeypatch.setattr(prompting_table, "prompts", lambda: iter(keys))
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: model)
    file = tmp_path / "table.npz"
    monkeypatch.setattr(prompting_table, "write", _stop_after(prompting_table.write, 2))
    with pytest.raises(KeyboardInterrupt):
        prompting_table.main(file)
    monkeypatch.undo()
    monkeypatch.setattr(prompting_table, "prompts", lambda: iter(keys))
    monkeypatch.setattr(LanguageModel, "load", lambda *_, **__: model)
    done = len(model.calls)
    prompting_table.main(file)
    assert len(model.calls) == done + 25 - 10
    assert len(prompting_table.load(file)["prompts"]) == 25


def _stop_after(write, calls):
    """Writing that ends the run at its nth call."""
    count = itertools.count(1)

    def stopping(*arguments):
        if next(count) == calls:
            raise KeyboardInterrupt
        write(*arguments)

    return stopping


# The model


def test_a_prompt_that_the_table_lacks_is_asked_in_batches_and_not_again():
    figure = counter()
    reports = []
    state = {**figure.state, "instruction": "Judge."}
    answer = figure.answer(state, lambda *report: reports.append(report))
    model = figure._model
    assert sum(map(len, model.calls)) == len(REVIEWS) + len(CONTENT_FREE)
    assert max(map(len, model.calls)) <= 8
    assert [text for text, _ in reports] == ["0 of 23 texts", "8 of 23 texts", "16 of 23 texts"]
    prompt = Prompt("Judge.", EXAMPLES)
    expected = prompting_table.margins(WordCounter(), prompt, [text for text, _ in REVIEWS])
    np.testing.assert_allclose(answer["answer"]["scores"], expected)
    calls = len(model.calls)
    assert figure.answer({**state, "text": "A good one."}, lambda *_: None)["own"] == pytest.approx(
        prompting_table.margins(WordCounter(), prompt, ["A good one."])[0]
    )
    assert len(model.calls) == calls + 1
    figure.answer(state, lambda *_: None)
    assert len(model.calls) == calls + 1


def test_what_was_asked_stands_in_a_page_too():
    figure = counter()
    key = '["Judge.","negative","positive",0,1,2,3]'
    assert key not in figure.payload()["data"]["answers"]
    figure.answer({**figure.state, "instruction": "Judge."}, lambda *_: None)
    assert key in figure.payload()["data"]["answers"]


def test_an_outdated_question_ends_and_its_batches_are_kept():
    figure = counter()

    def report(text, share):
        if share > 0.5:
            raise Outdated

    with pytest.raises(Outdated):
        figure.answer(figure.state, report)
    assert len(figure._model.calls) == 2
    figure.answer(figure.state, lambda *_: None)
    assert len(figure._model.calls) == 3


def test_two_questions_at_once_do_not_meet_in_the_model():
    inside, most = [], []

    class Lonely(WordCounter):
        def label_scores(self, prompts, labels, /):
            inside.append(1)
            most.append(len(inside))
            result = super().label_scores(prompts, labels)
            inside.pop()
            return result

    figure = PromptExplorer(REVIEWS, EXAMPLES, Lonely(0.01))
    states = [{**figure.state, "instruction": f"slow {i}"} for i in range(3)]
    threads = [threading.Thread(target=figure.answer, args=(state, lambda *_: None)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_the_model_is_loaded_when_it_is_first_needed():
    loaded = []
    table = prompting_table.load()

    def load():
        loaded.append(1)
        return WordCounter()

    figure = PromptExplorer(table["reviews"], table["examples"], load, table, showing(BALANCED))
    assert figure.view["auc"] > 0.9
    assert not loaded
    figure.state = {"instruction": "Judge."}
    assert figure.view["answered"]
    figure.state = {"instruction": "Judge again."}
    assert figure.view["answered"]
    assert loaded == [1]


def test_another_model_is_asked_everything():
    figure = PromptExplorer.from_shipped(WordCounter(), n=10)
    assert figure.data["model"] == "the word counter"
    assert len(figure.data["prompts"]) == 0
    assert figure.view["answered"]
    assert len(figure.view["scores"]) == 10


# Behaviour without a kernel


def grip(page: Page | Locator, text: str) -> Locator:
    return page.get_by_role("button", name=f"“{text}” with the arrow keys")


def examples(page: Page) -> list[str]:
    return [row.split("\n")[1] for row in page.locator(".examples li").all_inner_texts()]


@needs_chromium
def test_examples_are_reordered_by_keys_and_by_buttons(page, explorer):
    texts = [text for text, _ in explorer.data["examples"]]
    before = view_of(page)
    grip(page, texts[0]).press("End")
    assert state_of(page)["order"] == [1, 2, 3, 4, 5, 0]
    expect(grip(page, texts[0])).to_be_focused()
    grip(page, texts[0]).press("ArrowUp")
    assert state_of(page)["order"] == [1, 2, 3, 4, 0, 5]
    grip(page, texts[0]).press("ArrowDown")
    grip(page, texts[0]).press("ArrowDown")
    after = view_of(page)
    assert after["positive"] > 0.9 > 0.1 > before["positive"]
    assert abs(after["auc"] - before["auc"]) < 0.05
    expect(page.locator("pre.prompt")).to_contain_text(
        f"Review: {texts[0]}\nSentiment: positive\n\nReview: Aggravating"
    )
    page.get_by_role("button", name=f"move “{texts[5]}” up").click()
    assert state_of(page)["order"] == [1, 2, 3, 5, 4, 0]
    expect(page.get_by_role("button", name=f"move “{texts[1]}” up")).to_be_disabled()
    page.get_by_role("button", name="Undo").click()
    assert state_of(page)["order"] != [1, 2, 3, 5, 4, 0]


@needs_chromium
@pytest.mark.parametrize("touch", [False, True])
def test_an_example_is_dragged(browser, explorer, tmp_path, touch):
    text = explorer.data["examples"][0][0]
    with figure_page(browser, explorer, tmp_path, width=390 if touch else 1200, touch=touch) as (page, errors):
        grip(page, text).scroll_into_view_if_needed()
        start, end = grip(page, text).bounding_box(), page.locator(".examples li").nth(3).bounding_box()
        x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
        path = [y + 10, (y + end["y"]) / 2, end["y"] + end["height"] - 4]
        if touch:
            assert min(start["width"], start["height"]) >= 44
            session = page.context.new_cdp_session(page)
            for kind, at in zip(["touchStart"] + 3 * ["touchMove"], [y, *path], strict=True):
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": at}]})
            assert state_of(page)["order"] == list(range(6))  # it counts where it is dropped
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            page.mouse.move(x, y)
            page.mouse.down()
            for at in path:
                page.mouse.move(x, at, steps=3)
            page.keyboard.press("Escape")
            page.mouse.up()
            assert state_of(page)["order"] == list(range(6))
            page.mouse.move(x, y)
            page.mouse.down()
            for at in path:
                page.mouse.move(x, at, steps=3)
            page.mouse.up()
        assert state_of(page)["order"] == [1, 2, 3, 0, 4, 5]
        assert page.locator(".examples li").nth(3).inner_text().count(text) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= (390 if touch else 1200)
        assert errors == []


@needs_chromium
def test_examples_are_switched_in_and_out(page, explorer):
    for text, _ in explorer.data["examples"]:
        switch = page.get_by_role("switch", name=f"show “{text}”")
        if switch.is_checked():
            switch.uncheck()
    assert "Sentiment: " not in view_of(page)["prompt"]
    assert view_of(page)["answered"]
    page.get_by_role("switch", name="show “Exciting documentary.”").press("Space")
    assert "Review: Exciting documentary.\nSentiment: positive" in view_of(page)["prompt"]


@needs_chromium
def test_the_threshold_moves_by_keys_mouse_and_rules(page):
    handle = page.get_by_role("slider", name="threshold")
    before = view_of(page)
    page.get_by_role("radio", name="median").check()
    assert view_of(page)["positive"] == 0.5
    assert view_of(page)["auc"] == before["auc"]
    expect(handle).to_have_attribute("aria-valuenow", str(view_of(page)["threshold"]))
    page.get_by_role("radio", name="by hand").check()  # goes on from where it is
    assert state_of(page)["threshold"] == pytest.approx(view_of(page)["thresholds"]["median"], abs=0.006)
    handle.press("ArrowRight")
    handle.press("Home")
    assert (state_of(page)["rule"], state_of(page)["threshold"]) == ("by hand", -6)
    assert view_of(page)["positive"] == 1
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 60, steps=4)
    page.mouse.up()
    assert -5 < state_of(page)["threshold"] < 0
    page.get_by_role("radio", name="contextual calibration").check()
    assert view_of(page)["threshold"] == view_of(page)["thresholds"]["contextual calibration"]
    page.get_by_role("slider", name="threshold").press("ArrowLeft")
    assert state_of(page)["rule"] == "by hand"
    expect(page.get_by_role("row", name="accuracy")).to_contain_text(f"{view_of(page)['accuracy']:.2f}")


@needs_chromium
def test_a_finger_moves_the_threshold(browser, explorer, tmp_path):
    with figure_page(browser, explorer, tmp_path, width=390, touch=True) as (page, errors):
        handle = page.get_by_role("slider", name="threshold")
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x - 30, "y": y}]),
            ("touchMove", [{"x": x - 60, "y": y + 4}]),
            ("touchEnd", []),
        ):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert state_of(page)["threshold"] < -1
        assert state_of(page)["rule"] == "by hand"
        assert errors == []


@needs_chromium
def test_a_tap_on_a_review_shows_its_prompt(page, explorer):
    view = view_of(page)
    chosen = int(np.argmin(view["scores"]))
    plot = page.get_by_role("img", name="P(positive) of 40 reviews").bounding_box()
    x, y = page.locator(HOST).evaluate(
        """(host, score) => {
            const svg = host.shadowRoot.querySelector('.plot svg');
            const box = svg.getBoundingClientRect();
            const [left, right] = [60, box.width - 10];
            return [left + (score + 6) / 12 * (right - left), (10 + (box.height - 24) * 3) / 4];
        }""",
        view["scores"][chosen],
    )
    page.mouse.click(plot["x"] + x, plot["y"] + y)
    assert state_of(page)["review"] == chosen
    expect(page.locator("pre.prompt")).to_contain_text(explorer.data["reviews"][chosen])
    page.get_by_role("slider", name="Review").press("Home")
    expect(page.locator("pre.prompt")).to_contain_text(explorer.data["reviews"][0])


@needs_chromium
def test_the_prompts_of_the_table_can_be_chosen(page):
    page.get_by_label("Instructions to choose").select_option("(no instruction)")
    assert view_of(page)["prompt"].startswith("Review: ")
    assert view_of(page)["answered"]
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Words to choose").select_option("terrible / great")
    expect(page.get_by_label("Word for positive")).to_have_value("great")
    assert view_of(page)["answered"]
    expect(page.get_by_text("Answers of SmolLM2-135M, shipped with the course.")).to_be_visible()


@needs_chromium
def test_a_typed_prompt_is_shown_as_it_is_and_answered_with_one_sentence(page):
    hostile = "<img src=x onerror=\"document.title='broken'\"> *Is it* `good`?"
    page.get_by_label("Instruction", exact=True).fill(hostile)
    expect(page.locator("pre.prompt")).to_contain_text(hostile)
    source = page.get_by_text("No model is behind this page, and the shipped answers do not cover this prompt")
    expect(source).to_be_visible()
    assert not view_of(page)["answered"]
    expect(page.locator(".words")).to_have_text("There are no answers to this prompt yet.")
    page.get_by_label("Word for positive").fill("<b>great</b>")
    page.get_by_label("or a text of your own").fill("<script>document.title = 'broken'</script>")
    expect(page.locator("pre.prompt")).to_contain_text("Sentiment: <b>great</b>")
    expect(page.locator("pre.prompt")).to_contain_text("Review: <script>")
    assert page.title() == "A figure"
    assert page.locator(f"{HOST} :is(img, pre b, pre script)").count() == 0
    page.get_by_role("button", name="Reset").click()
    page.get_by_label("or a text of your own").fill("A text.")
    expect(page.get_by_text("so a text of your own has no answer here")).to_be_visible()
    page.get_by_role("slider", name="Review").press("ArrowRight")
    assert state_of(page)["text"] == ""


@needs_chromium
@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Word for positive", "", "The label words are “negative” and “”, but each class needs a word of its own"),
        ("Word for negative", "positive ", "type two different words."),
    ],
)
def test_an_impossible_word_is_explained_and_changes_nothing(page, explorer, label, text, sentence):
    before = state_of(page)
    page.get_by_label(label).fill(text)
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert state_of(page) == before
    name = "positive" if "positive" in label else "negative"
    with pytest.raises(ValueError, match="type two different words"):
        explorer.state = {name: text}


# Tasks


def predict(page: Page, place: int, choice: str) -> Locator:
    task = page.locator(".tasks > ol > li").nth(place)
    if task.locator("> details").get_attribute("open") is None:
        task.locator("> details > summary").click()
    task.get_by_role("radio", name=choice, exact=True).check()
    return task.locator("> details > summary .state")


@needs_chromium
def test_each_task_is_done_at_its_solution_and_not_before(page):
    def move(state):
        page.locator(HOST).evaluate("(host, state) => host.figure.set(state)", state)

    done = predict(page, 0, "only the threshold")
    move(showing(THREE_AND_ONE))
    expect(done).to_have_text("")
    move(showing(POSITIVE))
    expect(done).to_have_text("✓ done")

    done = predict(page, 1, "the median")
    move({"rule": "contextual calibration"})
    expect(done).to_have_text("")
    move({"rule": "median"})
    expect(done).to_have_text("✓ done")

    done = predict(page, 2, "where the right threshold is")
    page.get_by_role("button", name="Set the figure up for this task").first.click()
    move({"rule": "median"})
    expect(done).to_have_text("")
    move(showing((4, 5, 0, 1), rule="one half"))
    expect(done).to_have_text("✓ done")

    done = predict(page, 3, "last")
    move(showing((4, 0, 1, 2)))
    expect(done).to_have_text("")
    move(showing((0, 1, 2, 4)))
    expect(done).to_have_text("✓ done")

    done = predict(page, 4, "after positive examples")
    move(showing(BALANCED, rule="contextual calibration"))
    expect(done).to_have_text("")
    move(showing((4, 5, 0, 1), rule="contextual calibration"))
    expect(done).to_have_text("✓ done")

    done = predict(page, 5, "by less than 0.05")
    move(showing(BALANCED, rule="median"))
    move({"threshold": 0.0, "rule": "by hand"})
    expect(done).to_have_text("")
    view = view_of(page)
    scores, labels = np.array(view["scores"]), np.arange(len(view["scores"])) % 2
    cuts = np.round(np.arange(-6, 6, 0.05), 2)
    best = max(cuts, key=lambda cut: ((scores > cut) == labels).mean())
    move({"threshold": float(best)})
    expect(done).to_have_text("✓ done")
    expect(page.get_by_text("6 of 6 done")).to_be_visible()


@pytest.fixture(scope="module")
def views(mute):
    """Views of the plain prompt with these examples, one for each order: {order: view}."""

    def compute(chosen, rule="one half"):
        states = {order: showing(order, rule=rule) for order in itertools.permutations(chosen)}
        return {order: mute.compute({**mute.state, **state}) for order, state in states.items()}

    return compute


def column(views, name, keep=lambda order: True):
    return np.array([view[name] for order, view in views.items() if keep(order)])


def test_what_the_tasks_answers_say_is_so(views):
    """The statements of the answers in prompting.js, from the shipped table."""
    last = {label: (lambda order, label=label: (order[-1] < 4) == bool(label)) for label in (0, 1)}
    positive = views(POSITIVE)
    assert column(positive, "auc").min() > 0.9
    assert column(positive, "accuracy").max() <= 0.7
    assert column(positive, "positive").min() > 0.8
    middle, calibrated = (column(views(POSITIVE, rule), "accuracy") for rule in ("median", "contextual calibration"))
    assert middle.min() >= 0.85
    assert calibrated.max() < 0.85
    two = views(BALANCED)
    assert np.ptp(column(two, "auc")) < 0.1
    assert np.ptp(column(two, "positive")) > 0.9
    assert column(two, "positive", last[1]).mean() > 0.8
    assert column(two, "positive", last[0]).mean() < 0.2
    three = views(THREE_AND_ONE)
    assert column(three, "positive", last[0]).max() <= 0.05 < column(three, "positive", last[1]).min()
    loss = column(views(BALANCED, "median"), "accuracy") - column(views(BALANCED, "contextual calibration"), "accuracy")
    ends = np.array([order[-1] < 4 for order in two])
    assert loss[ends].mean() > loss[~ends].mean() + 0.1
    assert loss.max() >= 0.2
    opening = views(BALANCED, "median")[BALANCED]
    assert 0 <= opening["best"] - opening["accuracy"] < 0.05


@needs_chromium
def test_the_answers_print_the_numbers_of_the_table(still, views):
    def answer(place):
        script = "(host, i) => host.figure.spec.tasks[i].answer(host.figure.scene)"
        return still.locator(HOST).evaluate(script, place)

    def span(values):
        return f"{min(values):.2f} to {max(values):.2f}"

    positive, two = views(POSITIVE), views(BALANCED)
    assert f"the AUC is {span(column(positive, 'auc'))}" in answer(0)
    assert f"the accuracy there is {span(column(positive, 'accuracy'))}" in answer(0)
    assert f"{column(views(POSITIVE, 'median'), 'accuracy').mean():.2f} on average" in answer(1)
    assert f"over all 24 orders the AUC is {span(column(two, 'auc'))}" in answer(2).lower().replace("auc", "AUC")
    assert f"share of positive answers {span(column(two, 'positive'))}" in answer(2)
    assert "over 6 orders" in answer(3)
    assert "over 18" in answer(3)


@needs_chromium
def test_another_models_figure_tells_no_numbers_of_the_table(browser, tmp_path):
    with figure_page(browser, counter(), tmp_path) as (page, errors):
        script = "host => host.figure.spec.tasks.map((task) => task.answer(host.figure.scene))"
        for answer in page.locator(HOST).evaluate(script):
            assert "for the word counter is for you to find out" in answer
        assert errors == []


# With a kernel


@pytest.mark.slow
@needs_chromium
def test_in_jupyterlab_the_model_answers_and_a_later_move_cancels(browser, tmp_path):
    sources = [
        "from tests.support.word_counter import EXAMPLES, REVIEWS, WordCounter\n"
        "from utils.widgets import PromptExplorer\n\nmodel = WordCounter(seconds=0.7)\n"
        "explorer = PromptExplorer(REVIEWS, EXAMPLES, model)\nexplorer",
        "print('calls', sum(p.startswith('slow') for ps in model.calls for p in ps), explorer.view['auc'])",
        "explorer.state = {'shown': [True, False, False, False], 'rule': 'median'}",
    ]
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(content, tmp_path / "prompting.ipynb")
    with (
        jupyterlab(tmp_path, environment={"PYTHONPATH": str(ROOT)}) as lab,
        open_notebook(browser, lab, "prompting.ipynb", width=1400, height=1400) as notebook,
    ):
        figure = notebook.run_cell("WordCounter").locator(HOST)
        expect(figure.locator(".words")).to_contain_text("Ordering: AUC", timeout=60_000)
        expect(figure.get_by_text("Answers of the word counter, asked here.")).to_be_visible()
        instruction = figure.get_by_label("Instruction", exact=True)
        # Slow: three calls of 0.7 s, of which a later move cancels the rest.
        instruction.fill("slow one")
        expect(figure.get_by_text("Asking the word counter: 0 of 23 texts.")).to_be_visible()
        expect(figure.get_by_role("progressbar")).to_be_visible()
        instruction.fill("A quick one?")
        expect(figure.locator(".words")).to_contain_text("Ordering: AUC", timeout=20_000)
        expect(figure.get_by_role("progressbar")).to_be_hidden()
        notebook.page.wait_for_timeout(2000)
        expect(figure.locator("pre.prompt")).to_contain_text("A quick one?")
        printed = notebook.run_cell("print('calls'").locator(".jp-OutputArea-output").inner_text()
        assert 0 < int(printed.split()[1]) < 23
        assert float(printed.split()[2]) == pytest.approx(figure.evaluate("host => host.figure.view.auc"), abs=1e-9)
        figure.get_by_label("or a text of your own").fill("good, good, good <b>and</b> poor")
        expect(figure.get_by_text("The model gives “positive” P = 0.8")).to_be_visible()
        assert figure.evaluate("host => host.figure.view.own") == pytest.approx(1.69, abs=0.2)
        # An error in one sentence; the figure goes on.
        instruction.fill("fail")
        expect(figure.get_by_role("alert")).to_have_text("Prompt 0 has 9000 tokens: shorten it.")
        expect(figure.get_by_role("button", name="Ask again")).to_be_visible()
        instruction.fill("And on.")
        expect(figure.locator(".words")).to_contain_text("Ordering: AUC", timeout=20_000)
        notebook.run_cell("'rule': 'median'")
        expect(figure.get_by_role("radio", name="median")).to_be_checked()
        expect(figure.locator("pre.prompt")).not_to_contain_text("I left early.")
        expect(figure.locator(".words")).to_contain_text("Ordering: AUC", timeout=20_000)
        notebook.page.screenshot(path=artefact("figure_04_lab.png"))
        assert notebook.errors == []


# Looks


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("width", "theme"), [(1400, "dark"), (390, "light")])
def test_axe_finds_nothing_before_and_after_a_prompt_without_answers(browser, explorer, tmp_path, width, theme):
    explorer.state = showing(POSITIVE, rule="median")
    with figure_page(browser, explorer, tmp_path, width=width, theme=theme) as (page, errors):
        page.screenshot(path=artefact(f"figure_04_{width}_{theme}.png"), full_page=True)
        unfold(page)
        assert_accessible(page)
        page.get_by_label("Instruction", exact=True).fill("Is it any good?")
        expect(page.get_by_text("No model is behind this page")).to_be_visible()
        assert_accessible(page)
        page.screenshot(path=artefact(f"figure_04_unanswered_{width}_{theme}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert errors == []


# Input


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reviews": [("a", 1), ("b", 1)]}, "The reviews need classes 0 and 1, both"),
        ({"examples": [("a", 2)]}, "the examples no others"),
        ({"examples": []}, "0 examples were given, but the figure has room for 1 to 12"),
        ({"table": {"prompts": [], "scores": np.zeros((1, 3))}}, r"one column for each of 20 reviews is needed"),
        ({"state": {"order": [0, 0, 1, 2]}}, "each number of an example is needed once"),
        ({"state": {"shown": [True]}}, "shown has 1 entries, but 4 to 4 are needed"),
        ({"state": {"rule": "best"}}, "rule is 'best', but must be one of"),
        ({"state": {"threshold": 11}}, "threshold is 11, but a number from -10 to 10 is needed"),
        ({"state": {"negative": "positive"}}, "type two different words"),
        ({"examples": [("long " * MAX_CHARACTERS, 1)]}, "shorten the instruction or show fewer examples"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(change, words):
    with pytest.raises(ValueError, match=words):
        PromptExplorer(**{"reviews": REVIEWS, "examples": EXAMPLES, **change})


@pytest.mark.parametrize("n", [8, 11, 42])
def test_a_number_of_reviews_that_cannot_be_is_refused(n):
    with pytest.raises(ValueError, match="an even number from 10 to 40 is needed"):
        PromptExplorer.from_shipped(n=n)
