"""Prompts as text and as conversations."""

import pytest

from utils.prompting import Prompt


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
    with pytest.raises(ValueError, match=r"placeholders \{text\} and \{label\}"):
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
