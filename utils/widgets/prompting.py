"""Topic 04's interactive figure: a prompt to edit, and a language model's answers, which follow the edits."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import pandas as pd

from utils.data import load_reviews
from utils.data.reviews import Part
from utils.prompting import LanguageModel
from utils.widgets.explorer import Explorer, row
from utils.widgets.prompting_view import (
    Model,
    Scores,
    State,
    View,
    answer,
    describe,
    probabilities_html,
    prompt_html,
    prompt_of,
    set_html,
)

INSTRUCTION = "Decide whether the movie review is positive or negative."
LABEL_WORDS = ("negative", "positive")

_LONGEST_LINE = 80


class PromptExplorer(Explorer):
    """Controls and answers: edit the prompt, and the model answers the selected review, then a set of reviews.

    Enter applies typed text. The answers are computed in a thread: the controls stay usable meanwhile, and a move
    cancels the rest of the answers for the previous position.
    """

    css_class = "prompt-explorer"
    css = """
& :is(caption, .caption) {
  text-align: left; white-space: nowrap; font-weight: 600; padding-bottom: 2px; font-size: 12px;
}
& :is(td, th) { padding: 1px 3px; text-align: left; }
& th { min-width: 8em; font-weight: 400; }
& pre {
  max-width: 40em; max-height: 24em; overflow: auto; white-space: pre-wrap; word-break: normal; margin: 0; padding: 6px;
  font-size: 12px; line-height: 1.35; background: rgb(128 128 128 / 0.1);
}
& .hidden-example { opacity: 0.65; text-decoration: line-through; }
"""

    def __init__(
        self,
        model: Model,
        reviews: pd.DataFrame,
        examples: Sequence[tuple[str, int]],
        instruction: str = INSTRUCTION,
        label_words: tuple[str, str] = LABEL_WORDS,
    ) -> None:
        """Build the figure; the first answers are still being computed when it appears.

        Args:
            model: answers; a `utils.prompting.LanguageModel`, for instance the one that a notebook has loaded.
            reviews: the set, n ≥ 2 reviews with the columns ``text`` and ``label`` (0 negative, 1 positive).
            examples: pairs (text, class), at least one, of which the first half is in the prompt at first.
            instruction, label_words: of the initial prompt.

        Raises:
            ValueError: if the initial prompt is not valid (see `utils.prompting.Prompt`).
        """
        super().__init__()
        self._model, self._examples = model, list(examples)
        self._reviews = reviews.reset_index(drop=True)
        self._cache: Scores = {}
        self._condition = threading.Condition()
        self._pending: State | None = None
        self._working = False
        self.state = State(instruction, label_words, tuple(range(len(self._examples))), (len(self._examples) + 1) // 2)
        prompt_of(self.state, self._examples)
        self.view: View | None = None

        # Typed text applies when Enter is pressed or the field loses focus: each letter would be another prompt.
        self._instruction = self._field("instruction", instruction, "50em")
        pairs = zip(LABEL_WORDS, label_words, strict=True)
        self._words = [self._field(f"word for {name}", word, "25em") for name, word in pairs]
        self._n_examples = widgets.IntSlider(
            self.state.n_examples, 0, len(self._examples), description="examples shown"
        )
        self._review = widgets.IntSlider(1, 1, len(self._reviews), description="review")
        self._calibrated = widgets.ToggleButton(False, description="calibration is off", layout={"width": "11em"})
        for control in (self._n_examples, self._review):
            control.style.description_width, control.layout.width = "11em", "25em"
        self._lines = [widgets.HTML() for _ in self._examples]
        moves = [(self._move_button("↑", place, -1), self._move_button("↓", place, 1)) for place in self._places()]
        self._moves = moves
        rows = [widgets.HBox([*pair, line]) for pair, line in zip(moves, self._lines, strict=True)]
        self._prompt = widgets.HTML()
        self._one, self._all = widgets.HTML(), widgets.HTML()
        for control in (self._instruction, *self._words, self._n_examples, self._review, self._calibrated):
            control.observe(self._on_control, "value")
        self._lay_out(
            self._instruction,
            row(*self._words),
            widgets.VBox(rows),
            row(self._n_examples, self._review, self._calibrated),
            self._message,
            row(widgets.VBox([self._one, self._all]), self._prompt),
        )
        self._show_examples()
        self._ask(self.state)

    @classmethod
    def from_shipped(cls, model: Model | None = None, n: int = 40) -> PromptExplorer:
        """Build the figure on n short validation reviews, half of them positive, with six examples of the training set.

        Args:
            model: answers; by default SmolLM2-135M is loaded, which takes some seconds.
            n: number of reviews in the set, even.
        """
        reviews = _short_reviews("validation", n)
        train = _short_reviews("train", 6)
        examples = [(str(text), int(label)) for text, label in zip(train["text"], train["label"], strict=True)]
        return cls(LanguageModel.load() if model is None else model, reviews, examples)

    def wait(self, seconds: float = 120) -> bool:
        """Wait until the answers for the present position are complete; return whether they are after `seconds`."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._working, seconds)

    # The controls

    def _field(self, name: str, value: str, width: str) -> Any:
        field = widgets.Text(value, description=name, continuous_update=False, layout={"width": width})
        field.style.description_width = "11em"
        return field

    def _places(self) -> range:
        return range(len(self._examples))

    def _move_button(self, sign: str, place: int, step: int) -> Any:
        where = "up" if step < 0 else "down"
        button = widgets.Button(
            description=sign, tooltip=f"move example {place + 1} {where}", layout={"width": "2.4em"}
        )
        button.disabled = place + step not in self._places()
        button.on_click(lambda _: self._exchange(place, place + step))
        return button

    def _exchange(self, place: int, other: int) -> None:
        order = list(self.state.order)
        order[place], order[other] = order[other], order[place]
        self._move(lambda state: replace(state, order=tuple(order)))

    def _on_control(self, _: Any) -> None:
        negative, positive = (field.value.strip() for field in self._words)
        self._move(
            lambda state: replace(
                state,
                instruction=self._instruction.value.strip(),
                label_words=(negative, positive),
                n_examples=self._n_examples.value,
                calibrated=self._calibrated.value,
                review=self._review.value - 1,
            )
        )

    def _move(self, change: Callable[[State], State]) -> None:
        """Go to another state, if its prompt is valid."""
        state = change(self.state)
        if not self._attempt(lambda: prompt_of(state, self._examples)):
            return
        if state != self.state:
            self.state = state
            self._calibrated.description = f"calibration is {'on' if state.calibrated else 'off'}"
            self._show_examples()
        self._ask(state)

    # The answers

    def _ask(self, state: State) -> None:
        """Compute the answers for a state, and cancel those for the state before."""
        with self._condition:
            self._pending = state
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="prompt-explorer", daemon=True).start()

    def _work(self) -> None:
        """In a thread: compute the answers for the pending state until none is pending."""
        while True:
            with self._condition:
                state, self._pending = self._pending, None
                if state is None:
                    self._working = False
                    self._condition.notify_all()
                    return
            before = self.view
            try:
                for view in answer(self._model, self._reviews, self._examples, state, self._cache):
                    if self._is_superseded():
                        break
                    self._show(view, before)
            # Every error must reach the reader: the output of a thread is not visible.
            except Exception as error:
                self._complain(error)

    def _is_superseded(self) -> bool:
        return self._pending is not None

    def _show(self, view: View, before: View | None) -> None:
        self.view = view
        label = int(self._reviews["label"].iloc[view.state.review])
        same_review = before is not None and before.state.review == view.state.review
        same_words = before is not None and before.state.label_words == view.state.label_words
        self._prompt.value = prompt_html(view)
        self._one.value = probabilities_html(view, label, before if same_review and same_words else None)
        self._all.value = set_html(view, before)
        self._say(describe(view))

    def _show_examples(self) -> None:
        for place, index in enumerate(self.state.order):
            text, label = self._examples[index]
            short = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
            word = self.state.label_words[label]
            line = f"{place + 1}. {html.escape(short)} <b>{html.escape(word)}</b>"
            hidden = "" if place < self.state.n_examples else ' class="hidden-example" title="not in the prompt"'
            self._lines[place].value = f"<span{hidden}>{line}</span>"


def _short_reviews(split: Part, n: int) -> pd.DataFrame:
    """n short, clear reviews, with alternating labels."""
    reviews = load_reviews("movies", split, lukewarm=1.0)
    short = reviews[reviews["text"].str.len().between(20, 80)]
    turn = short.groupby("label").cumcount()
    return short.assign(turn=turn).query("turn < @n / 2").sort_values(["turn", "label"]).drop(columns="turn")
