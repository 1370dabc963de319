"""What topic 04's interactive figure shows for each position of its controls: plain functions, without controls.

A `State` becomes a prompt; `answer` asks a model about the chosen review and goes through the set piece by piece,
yielding a `View` after each; the others turn a `View` into tables, a picture and words.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils.intervals import Interval
from utils.plotting import SERIES_COLOURS
from utils.prompting import CONTENT_FREE, Prompt, accuracy, calibrate, label_probabilities

FloatArray = NDArray[np.float64]
Scores = MutableMapping[tuple[str, tuple[str, ...]], FloatArray]

TEMPLATE = "Review: {text}\nSentiment: {label}"

#: The longest prompt, without the review, that is answered quickly enough to play with.
MOST_CHARACTERS = 1500

_PIECES = (8, 16, 16)


class Model(Protocol):
    """What is asked of a language model here; `utils.prompting.LanguageModel` is one."""

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], /) -> FloatArray: ...


@dataclass(frozen=True)
class State:
    """Where the controls stand.

    `order` lists the examples' numbers, first to last, of which the first `shown` are in the prompt; `review` is the
    chosen review's number.
    """

    instruction: str
    label_words: tuple[str, str]
    order: tuple[int, ...]
    shown: int
    calibrated: bool = False
    review: int = 0


@dataclass(frozen=True)
class View:
    """What one state shows, as far as it is known.

    `probabilities` (2,) are of the chosen review's labels; `classes` (m,) are the answers to the first m of the
    `total` reviews; `right` is their accuracy, None before there are two.
    """

    state: State
    rendered: str
    probabilities: FloatArray
    classes: NDArray[np.int64]
    total: int
    right: Interval | None

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
        ValueError: if a label word is empty or both are the same, or the prompt is too long to play with.
    """
    shown = [examples[i] for i in state.order[: state.shown]]
    prompt = Prompt(state.instruction, shown, TEMPLATE, state.label_words)
    length = len(prompt.render(""))
    if length > MOST_CHARACTERS:
        raise ValueError(
            f"The prompt has {length} characters without a review, but this figure is quick enough only up to "
            f"{MOST_CHARACTERS}: shorten the instruction or show fewer examples."
        )
    return prompt


def answer(
    model: Model, reviews: pd.DataFrame, examples: Sequence[tuple[str, int]], state: State, known: Scores
) -> Iterator[View]:
    """Views of a state that know more and more: the chosen review first, then the set, piece by piece.

    Args:
        model: to ask.
        reviews: n reviews with the columns ``text`` and ``label``.
        examples: pairs (text, class).
        state: where the controls stand.
        known: scores by rendered prompt and continuations; what is found in it is not computed, what is computed is
            put into it.

    Raises:
        ValueError: as `prompt_of` does, or as the model does.
    """
    prompt = prompt_of(state, examples)
    texts = list(reviews["text"])
    chosen = texts[state.review]
    first = _ask(model, prompt, [chosen, *CONTENT_FREE], known)
    empty = label_probabilities(first[1:])

    def probabilities(scores: FloatArray) -> FloatArray:
        plain = label_probabilities(scores)
        return calibrate(plain, empty) if state.calibrated else plain

    rendered = prompt.render(chosen)
    words = probabilities(first[:1])[0]
    labels = reviews["label"].to_numpy()
    classes = np.empty(0, dtype=np.int64)
    # What is known already is shown at once, without its pieces.
    done = next((i for i, text in enumerate(texts) if _key(prompt, text) not in known), len(texts))
    if done == 0:
        yield View(state, rendered, words, classes, len(texts), None)
    for start, end in _pieces(done, len(texts)):
        found = probabilities(_ask(model, prompt, texts[start:end], known)).argmax(axis=1).astype(np.int64)
        classes = np.concatenate([classes, found])
        right = accuracy(labels[:end], classes) if end > 1 else None
        yield View(state, rendered, words, classes, len(texts), right)


def _pieces(done: int, total: int) -> Iterator[tuple[int, int]]:
    """Where to cut a set whose first ``done`` are known: small at first, so that something is soon to be seen."""
    start, sizes = 0, [*([done] if done else []), *_PIECES]
    while start < total:
        end = min(start + (sizes.pop(0) if sizes else _PIECES[-1]), total)
        yield start, end
        start = end


def _key(prompt: Prompt, text: str) -> tuple[str, tuple[str, ...]]:
    return prompt.render(text), prompt.continuations


def _ask(model: Model, prompt: Prompt, texts: Sequence[str], known: Scores) -> FloatArray:
    """Label scores (n, k) of texts, from the model or from what is known."""
    new = [text for text in dict.fromkeys(texts) if _key(prompt, text) not in known]
    if new:
        rows = model.label_scores([prompt.render(text) for text in new], prompt.continuations)
        known.update({_key(prompt, text): row for text, row in zip(new, rows, strict=True)})
    return np.array([known[_key(prompt, text)] for text in texts])


def describe(view: View) -> str:
    """One paragraph that says all that the figure shows."""
    negative, positive = view.state.label_words
    said = f"This review: {negative} {view.probabilities[0]:.2f}, {positive} {view.probabilities[1]:.2f}."
    if view.right is None:
        return f"{said} The set of {view.total} reviews is being answered."
    n, share, right = len(view.classes), view.positive, view.right
    so_far = f"{n} reviews" if view.finished else f"{n} of {view.total} reviews so far"
    return (
        f"{said} On {so_far}: accuracy {right.mean:.2f} (95 % interval {right.low:.2f} to {right.high:.2f}), "
        f"{share:.0%} of the answers {positive}."
    )


def prompt_html(view: View) -> str:
    """The rendered prompt, its blank marked, as HTML."""
    blank = '<mark aria-label="blank to be filled">&nbsp;____</mark>'
    return f'<div class="caption">what the model reads</div><pre>{html.escape(view.rendered)}{blank}</pre>'


def probabilities_html(view: View, label: int, before: View | None = None) -> str:
    """The chosen review's label probabilities as a table with a bar each; a tick marks what they were before."""
    rows = []
    for place, (word, value) in enumerate(zip(view.state.label_words, view.probabilities, strict=True)):
        tick = "" if before is None else _tick(before.probabilities[place])
        right = " ✓" if place == label else ""
        rows.append(_row(f"{html.escape(word)}{right}", _bar(value, tick), f"{value:.2f}"))
    how = "calibrated" if view.state.calibrated else "not calibrated"
    return _table(f"this review ({how}; ✓ what people said)", rows)


def set_html(view: View, before: View | None = None) -> str:
    """Accuracy with its interval, and the bias bar, as a table."""
    n = len(view.classes)
    caption = f"{n} reviews" if view.finished else f"{n} of {view.total} reviews answered …"
    if view.right is None:
        return _table(caption, [_row("accuracy", _bar(0.0), "…"), _row("positive answers", _bar(0.0, _tick(0.5)), "…")])
    low, high = 100 * view.right.low, 100 * view.right.high
    whisker = f'<u style="left: {low:.1f}%; width: {high - low:.1f}%"></u>'
    was = "" if before is None or before.right is None else _tick(before.right.mean)
    rows = [
        _row("accuracy", _bar(view.right.mean, was + whisker), format(view.right)),
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


def last_view(
    model: Model, reviews: pd.DataFrame, examples: Sequence[tuple[str, int]], state: State, known: Scores | None = None
) -> View:
    """The view of a state after the whole set was answered; arguments and errors as `answer` has them."""
    *_, view = answer(model, reviews, examples, state, {} if known is None else known)
    return view


def still(views: Mapping[str, View]) -> Figure:
    """The figure without its controls: for each of some states, accuracy with its interval, and the share of positives.

    Args:
        views: title -> view of a state whose set was answered (`last_view`).
    """
    fig = Figure(figsize=(8, 0.7 + 0.5 * len(views)), layout="constrained")
    left, right = fig.subplots(1, 2, sharey=True)
    places = np.arange(len(views))
    known = [view.right for view in views.values()]
    means = np.array([np.nan if r is None else r.mean for r in known])
    ends = np.array([(np.nan, np.nan) if r is None else (r.mean - r.low, r.high - r.mean) for r in known])
    left.errorbar(means, places, xerr=ends.T, fmt="o", color=SERIES_COLOURS[0], capsize=4)
    left.set(xlabel="accuracy, with 95 % interval", xlim=(0, 1), ylim=(len(views) - 0.5, -0.5))
    left.set_yticks(places, list(views))
    right.barh(places, [view.positive for view in views.values()], color=SERIES_COLOURS[5], height=0.6)
    right.axvline(0.5, color="black", linewidth=1)
    right.set(xlabel="share of positive answers", xlim=(0, 1))
    return fig
