"""The content of topic 04's interactive figure for each position of its controls: plain functions, without controls.

A `State` becomes a prompt. `answer` asks a model about the selected review, then about the set in batches, and yields a
`View` after each. The others turn a `View` into tables and text.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from utils.arrays import FloatArray, IntArray
from utils.intervals import Interval
from utils.prompting import CONTENT_FREE, Prompt, accuracy, calibrate, label_probabilities

Scores = MutableMapping[tuple[str, tuple[str, ...]], FloatArray]

TEMPLATE = "Review: {text}\nSentiment: {label}"

#: The longest prompt, without the review, that is answered fast enough for an interactive figure.
MAX_CHARACTERS = 1500

_BATCHES = (8, 16, 16)


class Model(Protocol):
    """The method of a language model that this figure needs; `utils.prompting.LanguageModel` has it."""

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], /) -> FloatArray: ...


@dataclass(frozen=True)
class State:
    """Position of the controls.

    `order` lists the indices of the examples, first to last, of which the first `n_examples` are in the prompt;
    `review` is the index of the selected review.
    """

    instruction: str
    label_words: tuple[str, str]
    order: tuple[int, ...]
    n_examples: int
    calibrated: bool = False
    review: int = 0


@dataclass(frozen=True)
class View:
    """The content of the figure in one state, as far as it is computed.

    `probabilities` (2,) are those of the labels of the selected review; `classes` (m,) are the answers to the first m
    of the `total` reviews; `accuracy` is theirs, None before there are two.
    """

    state: State
    rendered: str
    probabilities: FloatArray
    classes: IntArray
    total: int
    accuracy: Interval | None

    @property
    def positive(self) -> float:
        """The share of the answers so far that are positive, in [0, 1]; nan before the first."""
        return float(self.classes.mean()) if len(self.classes) else float("nan")

    @property
    def finished(self) -> bool:
        """Whether the whole set has been answered."""
        return len(self.classes) == self.total


def prompt_of(state: State, examples: Sequence[tuple[str, int]]) -> Prompt:
    """The prompt of a state.

    Raises:
        ValueError: if a label word is empty or both are the same, or the prompt is too long.
    """
    first = [examples[i] for i in state.order[: state.n_examples]]
    prompt = Prompt(state.instruction, first, TEMPLATE, state.label_words)
    length = len(prompt.render(""))
    if length > MAX_CHARACTERS:
        raise ValueError(
            f"The prompt has {length} characters without a review, but this figure is fast enough only up to "
            f"{MAX_CHARACTERS}: shorten the instruction or show fewer examples."
        )
    return prompt


def answer(
    model: Model, reviews: pd.DataFrame, examples: Sequence[tuple[str, int]], state: State, cache: Scores
) -> Iterator[View]:
    """Views of a state that become more complete: the selected review first, then the set, batch by batch.

    Args:
        model: answers.
        reviews: n reviews with the columns ``text`` and ``label``.
        examples: pairs (text, class).
        state: position of the controls.
        cache: scores by rendered prompt and continuations; scores in it are not computed again, new ones are added.

    Raises:
        ValueError: as `prompt_of` does, or as the model does.
    """
    prompt = prompt_of(state, examples)
    texts = list(reviews["text"])
    review = texts[state.review]
    first = _ask(model, prompt, [review, *CONTENT_FREE], cache)
    empty = label_probabilities(first[1:])

    def probabilities(scores: FloatArray) -> FloatArray:
        plain = label_probabilities(scores)
        return calibrate(plain, empty) if state.calibrated else plain

    rendered = prompt.render(review)
    of_review = probabilities(first[:1])[0]
    labels = reviews["label"].to_numpy()
    classes = np.empty(0, dtype=np.int64)
    # Scores from the cache are shown at once, not in batches.
    done = next((i for i, text in enumerate(texts) if _key(prompt, text) not in cache), len(texts))
    if done == 0:
        yield View(state, rendered, of_review, classes, len(texts), None)
    for start, end in _batches(done, len(texts)):
        batch = probabilities(_ask(model, prompt, texts[start:end], cache)).argmax(axis=1).astype(np.int64)
        classes = np.concatenate([classes, batch])
        interval = accuracy(labels[:end], classes) if end > 1 else None
        yield View(state, rendered, of_review, classes, len(texts), interval)


def _batches(done: int, total: int) -> Iterator[tuple[int, int]]:
    """Start and end of each batch of a set whose first ``done`` are cached; small at first, for an early result."""
    start, sizes = 0, [*([done] if done else []), *_BATCHES]
    while start < total:
        end = min(start + (sizes.pop(0) if sizes else _BATCHES[-1]), total)
        yield start, end
        start = end


def _key(prompt: Prompt, text: str) -> tuple[str, tuple[str, ...]]:
    return prompt.render(text), prompt.continuations


def _ask(model: Model, prompt: Prompt, texts: Sequence[str], cache: Scores) -> FloatArray:
    """Label scores (n, k) of texts, from the cache or from the model."""
    new = [text for text in dict.fromkeys(texts) if _key(prompt, text) not in cache]
    if new:
        rows = model.label_scores([prompt.render(text) for text in new], prompt.continuations)
        cache.update({_key(prompt, text): row for text, row in zip(new, rows, strict=True)})
    return np.array([cache[_key(prompt, text)] for text in texts])


def describe(view: View) -> str:
    """One paragraph that contains all that the figure shows."""
    negative, positive = view.state.label_words
    review = f"This review: {negative} {view.probabilities[0]:.2f}, {positive} {view.probabilities[1]:.2f}."
    if view.accuracy is None:
        return f"{review} The set of {view.total} reviews is being answered."
    n, share, interval = len(view.classes), view.positive, view.accuracy
    so_far = f"{n} reviews" if view.finished else f"{n} of {view.total} reviews so far"
    return (
        f"{review} On {so_far}: accuracy {interval.mean:.2f} (95 % interval {interval.low:.2f} to "
        f"{interval.high:.2f}), "
        f"{share:.0%} of the answers {positive}."
    )


def prompt_html(view: View) -> str:
    """The rendered prompt as HTML, with its blank marked."""
    blank = '<mark aria-label="blank">&nbsp;____</mark>'
    return f'<div class="caption">what the model reads</div><pre>{html.escape(view.rendered)}{blank}</pre>'


def probabilities_html(view: View, label: int, before: View | None = None) -> str:
    """The label probabilities of the selected review as an HTML table of bars; a tick marks the previous ones."""
    rows = []
    for place, (word, value) in enumerate(zip(view.state.label_words, view.probabilities, strict=True)):
        tick = "" if before is None else _tick(before.probabilities[place])
        check = " ✓" if place == label else ""
        rows.append(_row(f"{html.escape(word)}{check}", _bar(value, tick), f"{value:.2f}"))
    status = "calibrated" if view.state.calibrated else "not calibrated"
    return _table(f"this review ({status}; ✓ human label)", rows)


def set_html(view: View, before: View | None = None) -> str:
    """Accuracy with its interval, and the share of positive answers, as an HTML table."""
    n = len(view.classes)
    caption = f"{n} reviews" if view.finished else f"{n} of {view.total} reviews answered …"
    if view.accuracy is None:
        return _table(caption, [_row("accuracy", _bar(0.0), "…"), _row("positive answers", _bar(0.0, _tick(0.5)), "…")])
    low, high = 100 * view.accuracy.low, 100 * view.accuracy.high
    whisker = f'<u style="left: {low:.1f}%; width: {high - low:.1f}%"></u>'
    previous = "" if before is None or before.accuracy is None else _tick(before.accuracy.mean)
    rows = [
        _row("accuracy", _bar(view.accuracy.mean, previous + whisker), format(view.accuracy)),
        _row("positive answers", _bar(view.positive, _tick(0.5)), f"{view.positive:.2f}"),
    ]
    return _table(f"{caption} (line: 95 % interval; tick at 0.5: no bias)", rows)


def _table(caption: str, rows: Sequence[str]) -> str:
    return f"<table><caption>{caption}</caption>{''.join(rows)}</table>"


def _row(name: str, bar: str, value: str) -> str:
    return f'<tr><th scope="row">{name}</th><td>{bar}</td><td>{value}</td></tr>'


def _bar(value: float, marks: str = "") -> str:
    return f'<div class="bar"><b style="width: {_percent(value):.1f}%"></b>{marks}</div>'


def _tick(value: float) -> str:
    return f'<i style="left: {_percent(value):.1f}%"></i>'


def _percent(value: float) -> float:
    return float(100 * np.clip(np.nan_to_num(value), 0, 1))
