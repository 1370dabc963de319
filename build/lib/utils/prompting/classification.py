"""A prompt as a classifier: label probabilities of texts, and a balanced draw of examples for the prompt."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from utils.arrays import FloatArray
from utils.probing import draw_balanced
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities
from utils.prompting.prompt import Message, Prompt


class Scorer(Protocol):
    """The part of a :class:`utils.prompting.LanguageModel` that classification needs."""

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], *, per_token: bool = False) -> FloatArray: ...

    def chat(self, conversations: Sequence[Sequence[Message]]) -> list[str]: ...


def classify(
    model: Scorer,
    prompt: Prompt,
    texts: Sequence[str],
    *,
    calibrated: bool = False,
    content_free: Sequence[str] = CONTENT_FREE,
    chat: bool = False,
    per_token: bool = False,
) -> FloatArray:
    """Label probabilities of each text under a prompt; ``.argmax(axis=1)`` is the answer.

    Args:
        model: scores the labels.
        prompt: the task in words.
        texts: n texts.
        calibrated: apply contextual calibration (Zhao et al. 2021), with this prompt's own answers to ``content_free``.
        content_free: inputs without content.
        chat: render the prompt as a conversation by the model's chat template, rather than as running text.
        per_token: score a label by its mean log-probability per token, not by the sum.

    Returns:
        float64 (n, k): probabilities of the k labels, rows summing to 1.

    Raises:
        ValueError: as the model's ``label_scores`` and ``chat`` do.
    """
    inputs = [*texts, *(content_free if calibrated else ())]
    scores = model.label_scores(*rendered(model, prompt, inputs, chat=chat), per_token=per_token)
    probabilities = label_probabilities(scores)
    n = len(texts)
    return calibrate(probabilities[:n], probabilities[n:]) if calibrated else probabilities


def rendered(
    model: Scorer, prompt: Prompt, texts: Sequence[str], *, chat: bool = False
) -> tuple[list[str], tuple[str, ...]]:
    """The n prompts that the model reads, one per text, and the k continuations that it scores, one per class."""
    if chat:
        return model.chat([prompt.messages(text) for text in texts]), tuple(prompt.label_words)
    return [prompt.render(text) for text in texts], prompt.continuations


def draw_examples(reviews: pd.DataFrame, n: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """n labelled examples (text, label), equally many of each label, drawn without replacement, in random order.

    Args:
        reviews: a table with the columns ``text`` and ``label``, as :func:`utils.data.load_reviews` returns it; use the
            training split.
        n: a multiple of the number of labels; 0 gives none. 1 draws a single example of any label.
        rng: draws the examples and their order.

    Raises:
        ValueError: if n examples cannot be divided equally, or there are too few.

    Example:
        >>> reviews = pd.DataFrame({"text": ["A gem.", "A bore.", "Fun."], "label": [1, 0, 1]})
        >>> sorted(label for _, label in draw_examples(reviews, 2, np.random.default_rng(0)))
        [0, 1]
    """
    labels = reviews["label"].to_numpy()
    if n == 0:
        return []
    positions = rng.permutation(draw_balanced(labels, n, rng)) if n > 1 else rng.choice(len(labels), 1)
    texts = reviews["text"].to_numpy()
    return [(str(texts[i]), int(labels[i])) for i in positions]
