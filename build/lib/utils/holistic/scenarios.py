"""Scenarios: uses of a model. Each is a question about a text with a few possible answers.

Four are the reviews of topic 04; the others are generated (:mod:`utils.holistic.tasks`). Add your own with
``SCENARIOS.add(Scenario(...))``: an instruction, the words for the answers, and a function that draws texts.
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
from utils.holistic import tasks
from utils.holistic.registry import Registry
from utils.holistic.words import KINDS
from utils.prompting import Prompt

Draw = Callable[[Part, int], pd.DataFrame]


@dataclass(frozen=True)
class Scenario:
    """A question, its possible answers, and texts.

    name: as it appears in the table.
    instruction: the question, as it appears in a prompt.
    label_words: the answer of each class: ``label_words[1]`` is that of class 1.
    draw: a function (part, n) → DataFrame with the columns ``text``, ``label`` (int, 0 to k − 1, classes
        balanced in the first n rows) and optionally ``rephrased``: the text in other words. ``part`` is ``"train"``,
        ``"validation"`` or ``"test"``; equal calls must return equal texts.
    template: how a text and its answer are written.
    asks_sentiment: whether class 1 means a positive text and class 0 a negative one.
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

        Raises:
            ValueError: if ``draw`` returns too few rows, lacks a column, or has a label out of range.
        """
        rows = self.draw(part, n)
        missing = {"text", "label"} - set(rows.columns)
        if missing or len(rows) < n or not rows["label"].isin(range(len(self.label_words))).all():
            raise ValueError(
                f"The scenario {self.name!r} drew {len(rows)} rows with the columns {list(rows.columns)}, but {n} "
                f"are needed, with text and a label from 0 to {len(self.label_words) - 1}: correct its draw function."
            )
        if "rephrased" not in rows:
            rows = rows.assign(rephrased='This is what somebody wrote: "' + rows["text"] + '"')
        return rows[["text", "rephrased", "label"]].head(n).reset_index(drop=True)

    def prompt(self, examples: Sequence[tuple[str, int]] = ()) -> Prompt:
        """The scenario's prompt, with labelled examples (text, class) if any."""
        return Prompt(self.instruction, examples, self.template, self.label_words)


def seeded(generate: tasks.Generate, classes: int, name: str) -> Draw:
    """A ``draw`` function from one that generates a single item (text, rephrased, label).

    Items are generated until each class has its share, no text twice; the classes alternate. The random generator is
    seeded by the name of the task and the part, so that parts are independent, and a larger n extends a smaller one.
    """

    def draw(part: Part, n: int) -> pd.DataFrame:
        rng = np.random.default_rng([*name.encode(), *part.encode()])
        by_class: list[list[tasks.Item]] = [[] for _ in range(classes)]
        per_class, texts = -(-n // classes), set()
        for _ in range(1000 * n):
            item = generate(rng, part)
            if item[0] not in texts and len(by_class[item[2]]) < per_class:
                texts.add(item[0])
                by_class[item[2]].append(item)
            if min(map(len, by_class)) == per_class:
                break
        else:
            raise ValueError(f"{name} cannot generate {n} different texts: choose a smaller number.")
        rows = [item for turn in zip(*by_class, strict=True) for item in turn]
        return pd.DataFrame(rows, columns=["text", "rephrased", "label"]).head(n)

    return draw


def _draw_reviews(scenario: ReviewScenario, part: Part, n: int) -> pd.DataFrame:
    return load_reviews(scenario, part, lukewarm=1, balanced=True, limit=n)


def _reviews(name: ReviewScenario, kind: str) -> Scenario:
    return Scenario(
        name,
        f"Decide whether the {kind} is positive or negative.",
        ("negative", "positive"),
        cast(Draw, partial(_draw_reviews, name)),
        template="Review: {text}\nSentiment: {label}" if "review" in kind else "Text: {text}\nSentiment: {label}",
        asks_sentiment=True,
    )


def _generated(
    generate: tasks.Generate, name: str, instruction: str, label_words: tuple[str, ...], *, asks_sentiment: bool = False
) -> Scenario:
    return Scenario(
        name,
        instruction,
        label_words,
        seeded(generate, len(label_words), name),
        template="Question: {text}\nAnswer: {label}",
        asks_sentiment=asks_sentiment,
    )


SCENARIOS: Registry[Scenario] = Registry(
    "scenario",
    [
        _reviews("movies", "movie review"),
        _reviews("products", "product review"),
        _reviews("tweets", "tweet"),
        _reviews("editorials", "newspaper sentence"),
        _generated(
            tasks.odd_one_out,
            "odd one out",
            "Which of the three words does not belong: first, second or third?",
            ("first", "second", "third"),
        ),
        _generated(
            tasks.larger_number,
            "larger number",
            "Which number is larger, the first or the second?",
            ("first", "second"),
        ),
        _generated(tasks.parity, "even or odd", "Is the number even or odd?", ("even", "odd")),
        _generated(tasks.negation, "negation", "Read what is said, then answer with yes or no.", ("no", "yes")),
        _generated(
            tasks.opposites, "opposites", "Do the two words mean the same or the opposite?", ("same", "opposite")
        ),
        _generated(
            tasks.kind_of_thing, "kind of thing", "Is this an animal, a plant, a tool or a vehicle?", tuple(KINDS)
        ),
        _generated(tasks.spelling, "spelling", "Answer the question about spelling with yes or no.", ("no", "yes")),
        _generated(
            tasks.negated_sentiment,
            "negated sentiment",
            "Is what the person says positive or negative?",
            ("negative", "positive"),
            asks_sentiment=True,
        ),
    ],
)
