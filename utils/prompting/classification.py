"""A prompt as a classifier: label scores for texts, the calibrated answers, and which examples to show."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.probing import draw_balanced
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities
from utils.prompting.prompt import Message, Prompt


class Scorer(Protocol):
    """What is asked of a model here; a :class:`utils.prompting.LanguageModel` is one."""

    def label_scores(
        self, prompts: Sequence[str], labels: Sequence[str], *, per_token: bool = False
    ) -> NDArray[np.float64]: ...

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
) -> NDArray[np.float64]:
    """Label probabilities of each text under a prompt; ``.argmax(axis=1)`` is the answer.

    Args:
        model: to ask.
        prompt: to ask with.
        texts: n texts.
        calibrated: contextual calibration (Zhao et al. 2021) with this prompt's own answers to ``content_free``.
        content_free: inputs that say nothing.
        chat: ask in the form of a conversation, by the model's chat template, rather than as running text.
        per_token: a label's mean log-probability a token counts, not the sum.

    Returns:
        float64 (n, k): probabilities of the k labels, rows summing to 1.

    Raises:
        ValueError: as the model's ``label_scores`` and ``chat`` do.
    """
    asked = [*texts, *(content_free if calibrated else ())]
    if chat:
        rendered = model.chat([prompt.messages(text) for text in asked])
        labels = tuple(prompt.label_words)
    else:
        rendered, labels = [prompt.render(text) for text in asked], prompt.continuations
    scores = model.label_scores(rendered, labels, per_token=per_token)
    probabilities = label_probabilities(scores)
    n = len(texts)
    return calibrate(probabilities[:n], probabilities[n:]) if calibrated else probabilities


def draw_examples(reviews: pd.DataFrame, n: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """n labelled examples (text, label), equally many of each label, drawn without replacement, in random order.

    Args:
        reviews: a table with the columns ``text`` and ``label``, as :func:`utils.data.load_reviews` gives; take the
            training split.
        n: a multiple of the number of labels; 0 gives none. 1 draws a single example of either label.
        rng: decides which, and in which order.

    Raises:
        ValueError: if n examples cannot be divided equally, or there are too few.
    """
    labels = reviews["label"].to_numpy()
    if n == 0:
        return []
    drawn = rng.permutation(draw_balanced(labels, n, rng)) if n > 1 else rng.choice(len(labels), 1)
    texts = reviews["text"].to_numpy()
    return [(str(texts[i]), int(labels[i])) for i in drawn]
