"""One cell of the grid: a model answers a scenario's questions after an adaptation, and so does it when they change.

A cell's answers are kept on disk under the content of everything they depend on (:mod:`utils.store`): the
texts, the examples, the prompt, the code of the adaptation. A run that was stopped goes on where it was.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.holistic.adaptations import Adaptation, EmptyCell
from utils.holistic.metrics import Outcome
from utils.holistic.models import Model
from utils.holistic.perturbations import PERTURBATIONS, swap_people
from utils.holistic.scenarios import Scenario
from utils.probing import draw_balanced
from utils.store import remembered

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """How large a cell is.

    items: of each scenario's test part. changed: how many of these, the first, are also asked in a changed form, and
    how many, the first that name people, with other people. pool: of the training part, to draw examples from.
    """

    items: int = 48
    changed: int = 24
    pool: int = 64


def questions(scenario: Scenario, size: Size) -> pd.DataFrame:
    """All texts that a cell asks: columns ``item``, ``version``, ``text``, ``label``.

    ``version`` is ``"original"``, the name of a perturbation, or ``"swapped"``. The perturbations take turns: item 0
    has the first, item 1 the second, …; a text that a change leaves as it is has no row for it.
    """
    items = scenario.items("test", size.items)
    rng = np.random.default_rng([*scenario.name.encode()])
    texts, labels = items["text"].tolist(), items["label"].tolist()
    kinds = list(PERTURBATIONS.values())
    changed = [
        (i, kinds[i % len(kinds)].name, kinds[i % len(kinds)].apply(texts[i], rephrased, rng))
        for i, rephrased in enumerate(items["rephrased"].head(size.changed))
    ]
    swapped = [(i, "swapped", swap_people(text)) for i, text in enumerate(texts)]
    changes = [
        *[change for change in changed if change[2] != texts[change[0]]],
        *[change for change in swapped if change[2] != texts[change[0]]][: size.changed],
    ]
    originals = [(i, "original", text) for i, text in enumerate(texts)]
    rows = [(i, version, text, labels[i]) for i, version, text in [*originals, *changes]]
    return pd.DataFrame(rows, columns=["item", "version", "text", "label"])


def examples(scenario: Scenario, adaptation: Adaptation, size: Size, seed: int) -> pd.DataFrame:
    """The labelled examples of a seed: equally many of each class, in random order, out of the training pool."""
    pool = scenario.items("train", size.pool)
    classes = len(scenario.label_words)
    n = adaptation.labels // classes * classes
    if not n:
        return pool.head(0)
    rng = np.random.default_rng([seed, *scenario.name.encode()])
    return pool.iloc[rng.permutation(draw_balanced(pool["label"], n, rng))]


def outcome(model: Model, scenario: Scenario, adaptation: Adaptation, size: Size, seeds: int | None = None) -> Outcome:
    """Answers of a model in a scenario after an adaptation, for ``seeds`` draws of the examples (its own by default).

    Changed and swapped texts are asked with the first draw only.

    Raises:
        EmptyCell: if the cell makes no sense; the message says why.
    """
    asked = questions(scenario, size)
    first, *others = (
        _answers(model, scenario, adaptation, size, seed, asked if seed == 0 else asked[asked["version"] == "original"])
        for seed in range(adaptation.seeds if seeds is None else seeds)
    )
    n, classes = size.items, len(scenario.label_words)
    forms = {form: np.full((n, classes), np.nan) for form in ("changed", "swapped")}
    for row, (item, version) in enumerate(zip(asked["item"], asked["version"], strict=True)):
        if version != "original":
            forms["swapped" if version == "swapped" else "changed"][item] = first.probabilities[row]
    return Outcome(
        labels=asked["label"].to_numpy()[:n],
        probabilities=np.array([first.probabilities[:n], *(other.probabilities for other in others)]),
        changed=forms["changed"],
        swapped=forms["swapped"],
        facts={
            "milliseconds": first.milliseconds,
            "labels": adaptation.labels // classes * classes,
            "trained": first.trained,
            "bytes": first.bytes + 4 * first.trained,
        },
        states_probability=first.states_probability,
    )


@dataclass(frozen=True)
class _Kept:
    probabilities: FloatArray
    milliseconds: float
    trained: float
    bytes: float
    states_probability: bool


def _answers(
    model: Model, scenario: Scenario, adaptation: Adaptation, size: Size, seed: int, asked: pd.DataFrame
) -> _Kept:
    drawn = examples(scenario, adaptation, size, seed)
    texts = asked["text"].tolist()

    def compute() -> NDArray[np.float64]:
        found = adaptation.answer(model, scenario, drawn, texts, seed)
        facts = [found.milliseconds, found.trained, model.num_bytes(), found.states_probability]
        return np.concatenate([facts, np.asarray(found.probabilities, dtype=np.float64).ravel()])

    content = {
        "model": [model.name, model.fingerprint, *map(_source, (model.features, model.classifier, model.sentiment))],
        "scenario": [scenario.instruction, scenario.template, scenario.label_words, scenario.asks_sentiment],
        "adaptation": [adaptation.name, _source(adaptation.answer)],
        "examples": [drawn["text"].tolist(), drawn["label"].tolist()],
        "texts": texts,
        "seed": seed,
    }
    facts, probabilities = np.split(remembered(["holistic", content], compute), [4])
    milliseconds, trained, size_in_bytes, states_probability = facts.tolist()
    table = probabilities.reshape(len(texts), -1)
    return _Kept(table, milliseconds, trained, size_in_bytes, bool(states_probability))


def _source(function: Any) -> str:
    """The code of a function, so that a changed one is run anew; its name where the code is not to be had."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return getattr(function, "__qualname__", str(function is not None))


__all__ = ["EmptyCell", "Size", "examples", "outcome", "questions"]
