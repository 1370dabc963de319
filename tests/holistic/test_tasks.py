"""The generated tasks: balanced, reproducible, and with correct answers."""

import re

import pandas as pd
import pytest

from utils.holistic import SCENARIOS

GENERATED = [name for name in SCENARIOS if name not in ("movies", "products", "tweets", "editorials")]


@pytest.mark.parametrize("name", GENERATED)
def test_a_task_is_balanced_reproducible_and_kept_apart(name):
    scenario = SCENARIOS[name]
    k = len(scenario.label_words)
    test, train = scenario.items("test", 48), scenario.items("train", 64)
    pd.testing.assert_frame_equal(scenario.items("test", 48), test)
    pd.testing.assert_frame_equal(scenario.items("test", 24), test.head(24), check_like=True)
    assert test["label"].value_counts().max() - test["label"].value_counts().min() <= 1
    assert scenario.chance == 1 / k
    assert test["text"].is_unique
    assert not set(test["text"]) & set(train["text"])
    assert (test["rephrased"] != test["text"]).all()


def answer_of(name, text):
    """The correct class of a generated text, computed independently of the generator."""
    words = re.findall(r"[A-Za-z]+|\d+", text)
    if name == "larger number":
        return int(int(words[2]) > int(words[0]))
    if name == "even or odd":
        return int(words[0][-1] in "13579")
    if name == "negation":
        return int(f"not {words[-1]}" not in text)
    if name == "spelling":
        quoted = re.findall('"([a-z]+)"', text)
        return int((quoted[0].startswith if " begin " in text else quoted[0].endswith)(quoted[1]))
    if name == "negated sentiment":
        liked = any(verb in words for verb in ("loved", "enjoyed", "admired", "liked", "recommended", "praised"))
        return int(liked != ("not" in words))
    return None


@pytest.mark.parametrize("name", ["larger number", "even or odd", "negation", "spelling", "negated sentiment"])
def test_a_tasks_answers_are_right(name):
    for part in ("train", "test"):
        items = SCENARIOS[name].items(part, 40)
        assert [answer_of(name, text) for text in items["text"]] == items["label"].tolist()
