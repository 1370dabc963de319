"""A prompt as a classifier, and the draw of its examples."""

import numpy as np
import pandas as pd

from utils.prompting import CONTENT_FREE, Prompt, classify, draw_examples


class Lexicon:
    """A stand-in for a model: a label's score follows from how often the prompt says "good" and "bad"."""

    def __init__(self, lean=0.0):
        self.lean = lean
        self.prompts = []

    def label_scores(self, prompts, labels, *, per_token=False):
        self.prompts += prompts
        good = np.array([prompt.count("good") - prompt.count("bad") for prompt in prompts], dtype=float)
        return np.stack([-1 - good, -1 + good + self.lean], axis=1)

    def chat(self, conversations):
        return [" / ".join(turn["content"] for turn in turns) for turns in conversations]


def test_classify_asks_for_each_text_and_calibrates_by_the_same_prompt():
    model, prompt = Lexicon(lean=5.0), Prompt("Judge.", [("bad", 0), ("good", 1)])
    texts = ["good", "bad", "good good"]
    assert list(classify(model, prompt, texts).argmax(axis=1)) == [1, 1, 1]
    assert list(classify(model, prompt, texts, calibrated=True).argmax(axis=1)) == [1, 0, 1]
    assert model.prompts[-len(CONTENT_FREE) :] == [prompt.render(text) for text in CONTENT_FREE]


def test_examples_are_balanced_and_drawn_from_the_table():
    table = pd.DataFrame({"text": [f"text {i}" for i in range(40)], "label": [i % 2 for i in range(40)]})
    sample = draw_examples(table, 8, np.random.default_rng(0))
    assert len({text for text, _ in sample}) == 8
    assert sum(label for _, label in sample) == 4
    assert all(int(text.split()[1]) % 2 == label for text, label in sample)
    assert sample == draw_examples(table, 8, np.random.default_rng(0))
    assert sample != draw_examples(table, 8, np.random.default_rng(1))
    assert draw_examples(table, 0, np.random.default_rng(0)) == []
    assert len(draw_examples(table, 1, np.random.default_rng(0))) == 1
    orders = {tuple(label for _, label in draw_examples(table, 4, np.random.default_rng(s))) for s in range(40)}
    assert len(orders) == 6, "every order of two and two occurs"
