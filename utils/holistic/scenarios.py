"""Scenarios: where a model is to be good. Each is a question about a text with a few possible answers.

Four are the reviews of topic 04; the others are generated (:mod:`utils.holistic.tasks`). Add your own with
``SCENARIOS.add(Scenario(...))``: a sentence that asks, the words for the answers, and a function that draws texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import pandas as pd

from utils.data import load_reviews
from utils.data.reviews import Part
from utils.data.reviews import Scenario as ReviewScenario
from utils.holistic.registry import Registry
from utils.prompting import Prompt

Draw = Callable[[Part, int], pd.DataFrame]


@dataclass(frozen=True)
class Scenario:
    """A question, its possible answers, and texts to ask it about.

    name: in the table.
    instruction: the question, as a prompt puts it.
    label_words: the answer of each class: ``label_words[1]`` stands for class 1.
    draw: a function (part, n) → DataFrame with the columns ``text``, ``label`` (int, 0 to k − 1, equally many of each
        in the first n as far as n allows) and, if it has one, ``rephrased``: the same in other words. ``part`` is
        ``"train"``, ``"validation"`` or ``"test"``; the same call always gives the same texts.
    template: how a text and its answer are written.
    asks_sentiment: whether the question is whether a text is positive (class 1) or negative (class 0).
    """

    name: str
    instruction: str
    label_words: tuple[str, ...]
    draw: Draw
    template: str = "{text}\nAnswer: {label}"
    asks_sentiment: bool = False

    @property
    def chance(self) -> float:
        """The accuracy of a guess: the classes are equally frequent."""
        return 1 / len(self.label_words)

    def items(self, part: Part, n: int) -> pd.DataFrame:
        """n texts of a part with the columns ``text``, ``rephrased`` and ``label``.

        Raises ValueError if ``draw`` gives something else.
        """
        drawn = self.draw(part, n)
        missing = {"text", "label"} - set(drawn.columns)
        if missing or len(drawn) < n or not drawn["label"].isin(range(len(self.label_words))).all():
            raise ValueError(
                f"The scenario {self.name!r} drew {len(drawn)} rows with the columns {list(drawn.columns)}, but {n} "
                f"are needed, with text and a label from 0 to {len(self.label_words) - 1}: mend its draw function."
            )
        if "rephrased" not in drawn:
            drawn = drawn.assign(rephrased='This is what somebody wrote: "' + drawn["text"] + '"')
        return drawn[["text", "rephrased", "label"]].head(n).reset_index(drop=True)

    def prompt(self, examples: Sequence[tuple[str, int]] = ()) -> Prompt:
        """The question put into words, with examples if any."""
        return Prompt(self.instruction, examples, self.template, self.label_words)


def seeded(generate: Callable[[np.random.Generator, Part], tuple[str, str, int]], classes: int, name: str) -> Draw:
    """A ``draw`` function from one that makes a single item (text, rephrased, label).

    Items are made until each class has its share, no text twice; the classes take turns. The generator's seed is the
    task's name and the part, so that the parts never depend on each other, nor on how many items are asked for.
    """

    def draw(part: Part, n: int) -> pd.DataFrame:
        rng = np.random.default_rng([*name.encode(), *part.encode()])
        by_class: list[list[tuple[str, str, int]]] = [[] for _ in range(classes)]
        each, seen = -(-n // classes), set()
        for _ in range(1000 * n):
            item = generate(rng, part)
            if item[0] not in seen and len(by_class[item[2]]) < each:
                seen.add(item[0])
                by_class[item[2]].append(item)
            if min(map(len, by_class)) == each:
                break
        else:
            raise ValueError(f"{name} cannot make {n} different texts: ask for fewer.")
        rows = [item for turn in zip(*by_class, strict=True) for item in turn]
        return pd.DataFrame(rows, columns=["text", "rephrased", "label"]).head(n)

    return draw


def _reviews(scenario: ReviewScenario, part: Part, n: int) -> pd.DataFrame:
    return load_reviews(scenario, part, lukewarm=1, balanced=True, limit=n)


SCENARIOS: Registry[Scenario] = Registry("scenario")

_KINDS: dict[ReviewScenario, str] = {
    "movies": "movie review",
    "products": "product review",
    "tweets": "tweet",
    "editorials": "newspaper sentence",
}
for _name, _kind in _KINDS.items():
    SCENARIOS.add(
        Scenario(
            _name,
            f"Decide whether the {_kind} is positive or negative.",
            ("negative", "positive"),
            cast(Draw, partial(_reviews, _name)),
            template="Review: {text}\nSentiment: {label}" if "review" in _kind else "Text: {text}\nSentiment: {label}",
            asks_sentiment=True,
        )
    )
