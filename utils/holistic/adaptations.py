"""Adaptations: how a model is brought to answer a scenario's question.

Add your own with ``ADAPTATIONS.add(Adaptation(...))``: a function that takes a model, a scenario, labelled examples and
texts, and gives the probability of each answer. If a model lacks what it needs, it raises :class:`EmptyCell`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils.errors import WhichIsBetterError
from utils.holistic.models import FloatArray, Model
from utils.holistic.registry import Registry
from utils.holistic.scenarios import Scenario
from utils.prompting import CONTENT_FREE, LanguageModel, Prompt, calibrate, classify, finetune
from utils.prompting.finetuning import num_trained


class EmptyCell(WhichIsBetterError):
    """A cell that makes no sense; the message says why, in words for the table."""


@dataclass(frozen=True)
class Answers:
    """What a model answered.

    probabilities: float64 (n, k), of the k answers to each of n texts, rows summing to 1.
    milliseconds: of one core, a text.
    trained: how many numbers were learnt from the labelled examples.
    states_probability: whether the numbers claim to be probabilities, so that their calibration can be asked about.
    """

    probabilities: FloatArray
    milliseconds: float
    trained: int = 0
    states_probability: bool = True


@dataclass(frozen=True)
class Adaptation:
    """A way to bring a model to answer.

    name: in the table.
    labels: how many labelled examples it is given, rounded down to a multiple of the number of classes.
    answer: a function (model, scenario, examples with the columns text and label, texts, seed) → Answers.
    seeds: how many draws of the examples the shipped table has; one where nothing is drawn.
    """

    name: str
    labels: int
    answer: Callable[[Model, Scenario, pd.DataFrame, Sequence[str], int], Answers]
    seeds: int = 3


def zero_shot(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """The question in words, without an example; or, of a lexicon, its own verdict where sentiment is asked for."""
    if model.language_model is not None:
        return _prompted(model.language_model(), scenario, examples.head(0), texts, calibrated=False)
    if model.sentiment is None:
        raise EmptyCell("cannot answer without learning from labels")
    if not scenario.asks_sentiment:
        raise EmptyCell("knows only positive and negative")
    started = time.process_time()
    positive = (1 + model.sentiment(texts)) / 2
    milliseconds = _since(started, len(texts))
    return Answers(np.column_stack([1 - positive, positive]), milliseconds, states_probability=False)


def few_shot(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """The question in words after a few answered examples."""
    return _prompted(_language_model(model), scenario, examples, texts, calibrated=False)


def calibrated_few_shot(
    model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int
) -> Answers:
    """Few-shot with contextual calibration (Zhao et al. 2021): the prompt's lean, seen on empty inputs, divided out."""
    return _prompted(_language_model(model), scenario, examples, texts, calibrated=True)


def probe(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """A linear classifier (logistic regression, C = 1) on what the model sees in a text, learnt from labels.

    As in :mod:`utils.probing`, features are centred, and scaled by one number. A model that learns from texts directly,
    such as a bag of words, is given the same labels.
    """
    from sklearn.linear_model import LogisticRegression

    shown, labels = examples["text"].tolist(), examples["label"].to_numpy()
    if model.classifier is not None:
        started = time.process_time()
        return Answers(model.classifier(shown, labels, texts), _since(started, len(texts)), _num_words(shown))
    if model.features is None:
        raise EmptyCell("gives no features to learn from")
    codes, milliseconds = _features(model, [*shown, *texts])
    learnt_from = codes[: len(shown)]
    centre = learnt_from.mean(axis=0)
    scale = float(np.sqrt(((learnt_from - centre) ** 2).mean())) or 1.0
    fitted = LogisticRegression(max_iter=1000).fit((learnt_from - centre) / scale, labels)
    probabilities = fitted.predict_proba((codes[len(shown) :] - centre) / scale)
    return Answers(probabilities, milliseconds, fitted.coef_.size + fitted.intercept_.size)


def adapters(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """Low-rank adapters (Hu et al. 2021), fine-tuned to answer the question in words, on labels."""
    prompt, shown = scenario.prompt(), examples["text"].tolist()
    tuned = finetune(_language_model(model), prompt, shown, examples["label"].to_numpy(), seed=seed)
    started = time.process_time()
    probabilities = classify(tuned, prompt, texts)
    return Answers(probabilities, _since(started, len(texts)), num_trained(tuned))


def _language_model(model: Model) -> LanguageModel:
    if model.language_model is None:
        raise EmptyCell("reads no prompt")
    return model.language_model()


def _prompted(
    model: LanguageModel, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], *, calibrated: bool
) -> Answers:
    prompt = scenario.prompt(list(zip(examples["text"], examples["label"], strict=True)))
    probabilities, empty, milliseconds = _asked(model, prompt, tuple(texts))
    return Answers(calibrate(probabilities, empty) if calibrated else probabilities, milliseconds)


# Two adaptations read the same answers, calibrated and not: the second is to cost nothing.
@lru_cache(maxsize=1)
def _asked(model: LanguageModel, prompt: Prompt, texts: tuple[str, ...]) -> tuple[FloatArray, FloatArray, float]:
    """Label probabilities of the texts and of the inputs without content, and milliseconds a text."""
    started = time.process_time()
    probabilities = classify(model, prompt, [*texts, *CONTENT_FREE])
    return probabilities[: len(texts)], probabilities[len(texts) :], _since(started, len(texts))


def _features(model: Model, texts: Sequence[str]) -> tuple[FloatArray, float]:
    """Features (n, d), and milliseconds a text; each text is looked at once, however often it is drawn."""
    assert model.features is not None
    kept = _seen_by(model)
    new = [text for text in dict.fromkeys(texts) if text not in kept]
    if new:
        started = time.process_time()
        vectors = model.features(new)
        milliseconds = _since(started, len(new))
        kept.update((text, (vector, milliseconds)) for text, vector in zip(new, vectors, strict=True))
    codes = np.array([kept[text][0] for text in texts], dtype=np.float64)
    return codes, float(np.mean([kept[text][1] for text in texts]))


@lru_cache(maxsize=1)
def _seen_by(model: Model) -> dict[str, tuple[NDArray[np.floating], float]]:
    return {}


def _since(started: float, texts: int) -> float:
    return (time.process_time() - started) * 1000 / texts


def _num_words(texts: Sequence[str]) -> int:
    from sklearn.feature_extraction.text import CountVectorizer

    return len(CountVectorizer(ngram_range=(1, 2)).fit(texts).vocabulary_) + 1


ADAPTATIONS: Registry[Adaptation] = Registry("adaptation")
ADAPTATIONS.add(Adaptation("zero-shot", 0, zero_shot, seeds=1))
ADAPTATIONS.add(Adaptation("few-shot", 4, few_shot))
ADAPTATIONS.add(Adaptation("calibrated few-shot", 4, calibrated_few_shot))
ADAPTATIONS.add(Adaptation("probe", 32, probe))
ADAPTATIONS.add(Adaptation("adapters", 32, adapters, seeds=1))
