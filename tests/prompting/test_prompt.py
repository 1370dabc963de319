"""Prompts as text, calibration, accuracy and its interval: what holds whatever the model says."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import utils.prompting.prompt
from utils.prompting import (
    CONTENT_FREE,
    Prompt,
    accuracy,
    accuracy_difference,
    bag_of_words,
    calibrate,
    classify,
    draw_examples,
    label_probabilities,
    vader_scores,
)

tables = arrays(np.float64, st.tuples(st.integers(1, 6), st.just(3)), elements=st.floats(0.01, 1))


class Lexicon:
    """Stands in for a model: each label's score is known from how often its word and the text's words meet."""

    def __init__(self, lean=0.0):
        self.lean = lean
        self.asked = []

    def label_scores(self, prompts, labels, *, per_token=False):
        self.asked += prompts
        good = np.array([prompt.count("good") - prompt.count("bad") for prompt in prompts], dtype=float)
        return np.stack([-1 - good, -1 + good + self.lean], axis=1)

    def chat(self, conversations):
        return [" / ".join(turn["content"] for turn in turns) for turns in conversations]


def test_the_docstrings_example():
    assert doctest.testmod(utils.prompting.prompt).failed == 0


def test_a_prompt_without_instruction_and_examples_is_the_question():
    assert Prompt().render("Fine.") == "Review: Fine.\nSentiment:"


def test_a_labels_space_is_the_templates():
    assert Prompt(template="{text} ({label})", label_words=("bad", "good")).continuations == ("bad", "good")
    assert Prompt(template="{text}\n{label}").render("Fine.") == "Fine.\n"
    assert Prompt(template="{text}  {label}").continuations == ("  negative", "  positive")


def test_what_follows_the_label_stands_in_the_examples_alone():
    prompt = Prompt(examples=[("Good.", 1)], template='"{text}" is {label}!')
    assert prompt.render("Bad.") == '"Good." is positive!\n\n"Bad." is'


def test_braces_in_a_review_are_text():
    assert Prompt(examples=[("{label}", 0)]).render("{text}").endswith("Review: {text}\nSentiment:")


@pytest.mark.parametrize(
    "template", ["{text}", "{label} {text}", "{text} {label} {label}", "{text} {0} {label}", "{text {"]
)
def test_a_template_needs_both_blanks_in_order(template):
    with pytest.raises(ValueError, match=r"blanks \{text\} and \{label\}"):
        Prompt(template=template)


@pytest.mark.parametrize("words", [("good",), ("good", "good"), ("good", " ")])
def test_label_words_must_tell_the_classes_apart(words):
    with pytest.raises(ValueError, match="different words"):
        Prompt(label_words=words)


def test_an_example_needs_a_class_that_has_a_word():
    with pytest.raises(ValueError, match="classes 0 to 1"):
        Prompt(examples=[("Fine.", 2)])


def test_messages_take_turns():
    turns = Prompt("Judge.", [("A.", 1), ("B.", 0)]).messages("C.")
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 2 + ["user"]
    assert turns[0]["content"] == "Judge.\n\nReview: A.\nSentiment:"
    assert [turn["content"] for turn in turns[1::2]] == ["positive", "negative"]


@settings(deadline=None, max_examples=30)
@given(tables)
def test_calibrating_with_a_fair_prompt_changes_nothing(table):
    p = label_probabilities(np.log(table))
    np.testing.assert_allclose(calibrate(p, np.full((1, 3), 1 / 3)), p)


@settings(deadline=None, max_examples=30)
@given(tables, tables)
def test_calibrated_rows_are_probabilities(table, empty):
    q = calibrate(label_probabilities(np.log(table)), label_probabilities(np.log(empty)))
    np.testing.assert_allclose(q.sum(axis=1), 1)
    assert (q >= 0).all()


@settings(deadline=None, max_examples=30)
@given(tables)
def test_what_says_nothing_is_answered_with_nothing(table):
    p = label_probabilities(np.log(table[:1]))
    np.testing.assert_allclose(calibrate(p, p), 1 / 3)


@settings(deadline=None, max_examples=30)
@given(tables, arrays(np.float64, (1, 3), elements=st.floats(-3, 3)))
def test_calibration_takes_out_any_lean_of_the_log_probabilities(table, lean):
    """With one content-free input a constant added to a label's scores is undone, whatever it is."""
    scores, empty = np.log(table), np.log(table[:1])
    plain = calibrate(label_probabilities(scores), label_probabilities(empty))
    leaning = calibrate(label_probabilities(scores + lean), label_probabilities(empty + lean))
    np.testing.assert_allclose(leaning, plain, atol=1e-9)


def test_content_free_answers_are_averaged_as_probabilities():
    empty = np.array([[0.9, 0.1], [0.5, 0.5]])
    np.testing.assert_allclose(calibrate([[0.7, 0.3]], empty), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("probabilities", "empty", "match"),
    [
        ([[-0.1, -2.0]], [[0.5, 0.5]], "label_probabilities first"),
        ([[0.5, 0.5]], [[0.2, 0.3, 0.5]], "2 labels and content_free 3"),
        ([[0.5, 0.5]], [[1.0, 0.0]], "probability 0"),
        ([0.5, 0.5], [[0.5, 0.5]], "a row a text"),
    ],
)
def test_calibration_refuses_what_is_not_probabilities(probabilities, empty, match):
    with pytest.raises(ValueError, match=match):
        calibrate(probabilities, empty)


def test_classify_asks_for_each_text_and_calibrates_by_the_same_prompt():
    model, prompt = Lexicon(lean=5.0), Prompt("Judge.", [("bad", 0), ("good", 1)])
    texts = ["good", "bad", "good good"]
    assert list(classify(model, prompt, texts).argmax(axis=1)) == [1, 1, 1]
    assert list(classify(model, prompt, texts, calibrated=True).argmax(axis=1)) == [1, 0, 1]
    assert model.asked[-len(CONTENT_FREE) :] == [prompt.render(text) for text in CONTENT_FREE]


def test_accuracy_is_a_share_with_an_interval_around_it():
    labels = np.arange(100) % 2
    predictions = labels.copy()
    predictions[:20] ^= 1
    found = accuracy(labels, predictions)
    assert found.mean == 0.8
    # The binomial's own spread: √(.8 · .2 / 100) = .04.
    assert found.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.02)
    assert found.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.02)
    assert found == accuracy(labels, predictions)
    assert accuracy(labels, labels) == (1, 1, 1)


def test_a_wider_confidence_is_a_wider_interval():
    labels, predictions = np.zeros(50, int), np.arange(50) % 3 == 0
    narrow, wide = (accuracy(labels, predictions, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_paired_difference_forgets_what_is_hard_for_both():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    first = np.where(rng.random(400) < 0.6, labels, 1 - labels)
    second = first.copy()
    second[np.flatnonzero(first == labels)[:12]] ^= 1
    paired = accuracy_difference(labels, first, second)
    assert paired.mean == pytest.approx(12 / 400)
    assert paired.low > 0
    assert accuracy(labels, first).low < accuracy(labels, second).high, "unpaired intervals overlap"
    assert accuracy_difference(labels, second, first).mean == -paired.mean
    assert accuracy_difference(labels, first, first) == (0, 0, 0)


def test_accuracy_of_several_draws_knows_that_draws_differ():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    good, bad = (np.where(rng.random(400) < share, labels, 1 - labels) for share in (0.9, 0.5))
    one = accuracy(labels, good)
    assert accuracy(labels, np.stack([good, good, good])) == pytest.approx(one, abs=0.01)
    both = accuracy(labels, np.stack([good, bad]))
    assert both.mean == pytest.approx(np.mean([good == labels, bad == labels]))
    assert both.low < accuracy(labels, bad).high
    assert both.high > one.low
    swapped = accuracy_difference(labels, np.stack([good, bad]), np.stack([bad, good]))
    assert swapped.low < 0 < swapped.high


def test_accuracy_wants_an_answer_for_each_text():
    with pytest.raises(ValueError, match="two lists of the same length"):
        accuracy([0, 1, 1], [0, 1])
    with pytest.raises(ValueError, match="at least two"):
        accuracy([0], [0])
    with pytest.raises(ValueError, match=r"each text needs one"):
        accuracy([0, 1, 1], np.empty((0, 3)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        accuracy([0, 1], [0, 1], confidence=95)


def test_examples_are_balanced_and_drawn_from_the_table():
    table = pd.DataFrame({"text": [f"text {i}" for i in range(40)], "label": [i % 2 for i in range(40)]})
    drawn = draw_examples(table, 8, np.random.default_rng(0))
    assert len({text for text, _ in drawn}) == 8
    assert sum(label for _, label in drawn) == 4
    assert all(int(text.split()[1]) % 2 == label for text, label in drawn)
    assert drawn == draw_examples(table, 8, np.random.default_rng(0))
    assert drawn != draw_examples(table, 8, np.random.default_rng(1))
    assert draw_examples(table, 0, np.random.default_rng(0)) == []
    assert len(draw_examples(table, 1, np.random.default_rng(0))) == 1
    orders = {tuple(label for _, label in draw_examples(table, 4, np.random.default_rng(s))) for s in range(40)}
    assert len(orders) == 6, "every order of two and two occurs"


def test_the_lexicon_knows_good_from_bad_and_keeps_silent_on_the_rest():
    good, bad, negated, unknown = vader_scores(["A great film.", "A terrible film.", "Not a great film.", "A film."])
    assert good > 0 > bad
    assert negated < 0
    assert unknown == 0


def test_bag_of_words_learns_which_words_go_with_which_label():
    texts = ["fine and funny", "fine work", "dull and sad", "dull work"] * 3
    probabilities = bag_of_words(texts, [1, 1, 0, 0] * 3, ["fine", "dull", "unheard"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert list(probabilities.argmax(axis=1)[:2]) == [1, 0]
    assert probabilities[2, 0] == pytest.approx(0.5, abs=0.02)
