"""One run: a model answers a scenario's questions after an adaptation, also in perturbed forms.

A run is HELM's unit (Liang et al. 2022): model × scenario × adaptation. Its answers are stored on disk under a key of
everything that they depend on (:mod:`utils.store`): the texts, the examples, the prompt, the model's weights and the
code that answers. An evaluation that was stopped resumes.
"""

import hashlib
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from utils.arrays import FloatArray
from utils.holistic.adaptations import Adaptation
from utils.holistic.metrics import Outcome
from utils.holistic.models import Model
from utils.holistic.perturbations import PERTURBATIONS, swap_people
from utils.holistic.scenarios import Scenario
from utils.probing import draw_balanced
from utils.store import remembered

# Modules on which answers do not depend, or only through texts and examples, which are in the key themselves. All other
# modules, new ones included, are part of the key.
_NOT_ANSWERING = (
    "holistic/__main__.py",
    "holistic/aggregation.py",
    "holistic/drawing.py",
    "holistic/metrics.py",
    "holistic/perturbations.py",
    "holistic/registry.py",
    "holistic/scenarios.py",
    "holistic/study.py",
    "holistic/table.py",
    "holistic/tasks.py",
    "holistic/weights.py",
    "holistic/words.py",
    "prompting/evaluation.py",
    "prompting/study.py",
)


@dataclass(frozen=True)
class Size:
    """How large a run is.

    items: of each scenario's test part. changed: how many of the first items are also asked in a perturbed form, and
    how many of the first that mention people, with other people. pool: texts of the training part from which examples
    are drawn.
    """

    items: int = 48
    changed: int = 24
    pool: int = 64


def questions(scenario: Scenario, size: Size) -> pd.DataFrame:
    """All texts of a run: columns ``item``, ``version``, ``text``, ``label``.

    ``version`` is ``"original"``, the name of a perturbation, or ``"swapped"``. The perturbations alternate: item 0
    has the first, item 1 the second, …; a perturbation that does not change a text has no row for it.
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
    """The labelled examples of a seed: equally many of each class, in random order, from the training pool."""
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
        NotApplicable: if the adaptation does not apply to the model in this scenario; the message is the reason.
    """
    rows = questions(scenario, size)
    originals = rows[rows["version"] == "original"]
    first, *others = (
        _stored_answers(model, scenario, adaptation, size, seed, rows if seed == 0 else originals)
        for seed in range(adaptation.seeds if seeds is None else seeds)
    )
    n, classes = size.items, len(scenario.label_words)
    forms = {form: np.full((n, classes), np.nan) for form in ("changed", "swapped")}
    for row, (item, version) in enumerate(zip(rows["item"], rows["version"], strict=True)):
        if version != "original":
            forms["swapped" if version == "swapped" else "changed"][item] = first.probabilities[row]
    return Outcome(
        labels=rows["label"].to_numpy()[:n],
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


def code_version(package: Path | None = None) -> str:
    """A digest of the code that computes answers, so that answers of older code are not taken for those of this one.

    It covers all of :mod:`utils.prompting` and :mod:`utils.holistic`, except modules on which answers do not depend.

    Args:
        package: the folder with the packages ``prompting`` and ``holistic``; by default that of ``utils``.
    """
    folder = package or Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("prompting/*.py"), *folder.glob("holistic/*.py")]):
        name = path.relative_to(folder).as_posix()
        if name not in _NOT_ANSWERING:
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


_installed_code_version = cache(code_version)


@dataclass(frozen=True)
class _StoredAnswers:
    probabilities: FloatArray
    milliseconds: float
    trained: float
    bytes: float
    states_probability: bool


def _stored_answers(
    model: Model, scenario: Scenario, adaptation: Adaptation, size: Size, seed: int, rows: pd.DataFrame
) -> _StoredAnswers:
    labelled = examples(scenario, adaptation, size, seed)
    texts = rows["text"].tolist()

    def compute() -> FloatArray:
        answers = adaptation.answer(model, scenario, labelled, texts, seed)
        facts = [answers.milliseconds, answers.trained, model.num_bytes(), answers.states_probability]
        return np.concatenate([facts, np.asarray(answers.probabilities, dtype=np.float64).ravel()])

    description = {
        "code": _installed_code_version(),
        "model": [model.name, model.fingerprint, *map(_source, (model.features, model.classifier, model.sentiment))],
        "scenario": [scenario.instruction, scenario.template, scenario.label_words, scenario.asks_sentiment],
        "adaptation": [adaptation.name, _source(adaptation.answer)],
        "examples": [labelled["text"].tolist(), labelled["label"].tolist()],
        "texts": texts,
        "seed": seed,
    }
    facts, probabilities = np.split(remembered(["holistic", description], compute), [4])
    milliseconds, trained, size_in_bytes, states_probability = facts.tolist()
    table = probabilities.reshape(len(texts), -1)
    return _StoredAnswers(table, milliseconds, trained, size_in_bytes, bool(states_probability))


def _source(function: Any) -> str:
    """The code of a function that a learner may have written, or its name where the code is not available."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return getattr(function, "__qualname__", str(function is not None))
