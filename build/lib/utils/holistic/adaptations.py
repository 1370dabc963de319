"""Adaptations: how a model is made to answer a scenario's question.

Add your own with ``ADAPTATIONS.add(Adaptation(...))``: a function of a model, a scenario, labelled examples and texts,
which returns the probability of each answer. If a model lacks what it needs, it raises :class:`NotApplicable`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from utils.arrays import FloatArray
from utils.errors import WhichIsBetterError
from utils.holistic.models import Model, milliseconds_per_text
from utils.holistic.registry import Registry
from utils.holistic.scenarios import Scenario
from utils.prompting import CONTENT_FREE, LanguageModel, Prompt, calibrate, classify, finetune
from utils.prompting.finetuning import num_trained


class NotApplicable(WhichIsBetterError):
    """An adaptation does not apply to a model in a scenario; the message is the reason, as it appears in the table."""


@dataclass(frozen=True)
class Answers:
    """A model's answers to some texts.

    probabilities: float64 (n, k), of the k answers to each of n texts, rows summing to 1.
    milliseconds: of one core, per text.
    trained: the number of parameters learned from the labelled examples.
    states_probability: whether the values are meant as probabilities, so that their calibration can be measured.
    """

    probabilities: FloatArray
    milliseconds: float
    trained: int = 0
    states_probability: bool = True


@dataclass(frozen=True)
class Adaptation:
    """A way to make a model answer.

    name: as it appears in the table.
    labels: the number of labelled examples, rounded down to a multiple of the number of classes.
    answer: a function (model, scenario, examples with the columns text and label, texts, seed) → Answers.
    seeds: the number of draws of the examples in the shipped table; one where nothing is drawn.
    """

    name: str
    labels: int
    answer: Callable[[Model, Scenario, pd.DataFrame, Sequence[str], int], Answers]
    seeds: int = 3


def zero_shot(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """The question as a prompt without examples; for a lexicon, its own score where the question is sentiment."""
    if model.language_model is not None:
        return _prompted(model.language_model(), scenario, examples.head(0), texts, calibrated=False)
    if model.sentiment is None:
        raise NotApplicable("cannot answer without learning from labels")
    if not scenario.asks_sentiment:
        raise NotApplicable("knows only positive and negative")
    started = time.process_time()
    positive = (1 + model.sentiment(texts)) / 2
    milliseconds = milliseconds_per_text(started, len(texts))
    return Answers(np.column_stack([1 - positive, positive]), milliseconds, states_probability=False)


def few_shot(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """The question as a prompt with a few labelled examples."""
    return _prompted(_language_model(model), scenario, examples, texts, calibrated=False)


def calibrated_few_shot(
    model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int
) -> Answers:
    """Few-shot with contextual calibration (Zhao et al. 2021): its bias on content-free inputs is divided out."""
    return _prompted(_language_model(model), scenario, examples, texts, calibrated=True)


def probe(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """A linear classifier (logistic regression, C = 1) on the model's features, learned from labels.

    As in :mod:`utils.probing`, features are centred, and scaled by one number. A model that learns from texts directly,
    such as a bag of words, gets the same labels.
    """
    from sklearn.linear_model import LogisticRegression

    train_texts, labels = examples["text"].tolist(), examples["label"].to_numpy()
    if model.classifier is not None:
        started = time.process_time()
        probabilities = model.classifier(train_texts, labels, texts)
        return Answers(probabilities, milliseconds_per_text(started, len(texts)), _num_words(train_texts))
    if model.features is None:
        raise NotApplicable("gives no features to learn from")
    codes, milliseconds = model.encode([*train_texts, *texts])
    train_codes = codes[: len(train_texts)]
    centre = train_codes.mean(axis=0)
    scale = float(np.sqrt(((train_codes - centre) ** 2).mean())) or 1.0
    fitted = LogisticRegression(max_iter=1000).fit((train_codes - centre) / scale, labels)
    probabilities = fitted.predict_proba((codes[len(train_texts) :] - centre) / scale)
    return Answers(probabilities, milliseconds, fitted.coef_.size + fitted.intercept_.size)


def adapters(model: Model, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], seed: int) -> Answers:
    """Low-rank adapters (Hu et al. 2021), fine-tuned on labelled texts to continue the prompt with the answer."""
    prompt, train_texts = scenario.prompt(), examples["text"].tolist()
    tuned = finetune(_language_model(model), prompt, train_texts, examples["label"].to_numpy(), seed=seed)
    started = time.process_time()
    probabilities = classify(tuned, prompt, texts)
    return Answers(probabilities, milliseconds_per_text(started, len(texts)), num_trained(tuned))


def _language_model(model: Model) -> LanguageModel:
    if model.language_model is None:
        raise NotApplicable("reads no prompt")
    return model.language_model()


def _prompted(
    model: LanguageModel, scenario: Scenario, examples: pd.DataFrame, texts: Sequence[str], *, calibrated: bool
) -> Answers:
    prompt = scenario.prompt(list(zip(examples["text"], examples["label"], strict=True)))
    probabilities, content_free, milliseconds = _label_probabilities(model, prompt, tuple(texts))
    return Answers(calibrate(probabilities, content_free) if calibrated else probabilities, milliseconds)


# Two adaptations use the same answers, with and without calibration: they are computed once.
@lru_cache(maxsize=1)
def _label_probabilities(
    model: LanguageModel, prompt: Prompt, texts: tuple[str, ...]
) -> tuple[FloatArray, FloatArray, float]:
    """Label probabilities of the texts and of the content-free inputs, and milliseconds per text."""
    started = time.process_time()
    probabilities = classify(model, prompt, [*texts, *CONTENT_FREE])
    probabilities.setflags(write=False)  # shared by all callers
    return probabilities[: len(texts)], probabilities[len(texts) :], milliseconds_per_text(started, len(texts))


def _num_words(texts: Sequence[str]) -> int:
    from sklearn.feature_extraction.text import CountVectorizer

    return len(CountVectorizer(ngram_range=(1, 2)).fit(texts).vocabulary_) + 1


ADAPTATIONS: Registry[Adaptation] = Registry(
    "adaptation",
    [
        Adaptation("zero-shot", 0, zero_shot, seeds=1),
        Adaptation("few-shot", 4, few_shot),
        Adaptation("calibrated few-shot", 4, calibrated_few_shot),
        Adaptation("probe", 32, probe),
        Adaptation("adapters", 32, adapters, seeds=1),
    ],
)
