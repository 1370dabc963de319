"""Topic 04's interactive figure: a prompt to edit, and what a language model makes of it, while it is being edited."""

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


class PromptExplorer(widgets.VBox):  # type: ignore[misc]
    """Controls and answers: edit the prompt, and the model answers the chosen review, then a set of reviews.

    Everything is reached with Tab; Enter takes over what was typed, arrow keys move sliders, Space presses a button.
    The answers are computed beside the notebook: while they come in, the controls go on moving, and a move gives up
    what was still to come for the position before it.
    """

    def __init__(
        self,
        model: Model,
        reviews: pd.DataFrame,
        examples: Sequence[tuple[str, int]],
        instruction: str = INSTRUCTION,
        label_words: tuple[str, str] = LABEL_WORDS,
    ) -> None:
        """Build the figure; the first answers are on their way when it appears.

        Args:
            model: to ask; a `utils.prompting.LanguageModel`, for instance the one that a notebook has loaded.
            reviews: the set, n ≥ 2 reviews with the columns ``text`` and ``label`` (0 negative, 1 positive).
            examples: pairs (text, class), at least one, of which half are shown at first.
            instruction, label_words: of the prompt to begin with.

        Raises:
            ValueError: if the prompt to begin with is not one (see `utils.prompting.Prompt`).
        """
        self._model, self._examples = model, list(examples)
        self._reviews = reviews.reset_index(drop=True)
        self._known: Scores = {}
        self._turn = threading.Condition()
        self._wanted: State | None = None
        self._working = False
        self.state = State(instruction, label_words, tuple(range(len(self._examples))), (len(self._examples) + 1) // 2)
        prompt_of(self.state, self._examples)
        self.view: View | None = None

        # What is typed counts when Enter is pressed or the field is left: each letter would be another prompt.
        self._instruction = self._field("instruction", instruction, "50em")
        named = zip(LABEL_WORDS, label_words, strict=True)
        self._words = [self._field(f"word for {name}", word, "25em") for name, word in named]
        self._shown = widgets.IntSlider(self.state.shown, 0, len(self._examples), description="examples shown")
        self._review = widgets.IntSlider(1, 1, len(self._reviews), description="review")
        self._calibrated = widgets.ToggleButton(False, description="calibration is off", layout={"width": "11em"})
        for control in (self._shown, self._review):
            control.style.description_width, control.layout.width = "11em", "25em"
        self._lines = [widgets.HTML() for _ in self._examples]
        moves = [(self._move_button("↑", place, -1), self._move_button("↓", place, 1)) for place in self._places()]
        self._moves = moves
        rows = [widgets.HBox([*pair, line]) for pair, line in zip(moves, self._lines, strict=True)]
        self._message, self._prompt = widgets.HTML(), widgets.HTML()
        self._one, self._all = widgets.HTML(), widgets.HTML()
        for control in (self._instruction, *self._words, self._shown, self._review, self._calibrated):
            control.observe(self._on_control, "value")
        wrap = widgets.Layout(flex_flow="row wrap")
        bars = widgets.VBox([self._one, self._all])
        super().__init__(
            [
                widgets.HTML(_STYLE),
                self._instruction,
                widgets.HBox(self._words, layout=wrap),
                widgets.VBox(rows),
                widgets.HBox([self._shown, self._review, self._calibrated], layout=wrap),
                self._message,
                widgets.HBox([bars, self._prompt], layout=wrap),
            ]
        )
        self.add_class("prompt-explorer")
        self._show_examples()
        self._ask(self.state)

    @classmethod
    def from_pretrained(cls, model: Model | None = None, n: int = 40) -> PromptExplorer:
        """Build the figure on n short validation reviews, half of them positive, with six examples of the training set.

        Args:
            model: to ask; by default SmolLM2-135M is loaded, which takes some seconds.
            n: how many reviews the set has, even.
        """
        chosen = _short("validation", n)
        shown = _short("train", 6)
        examples = [(str(text), int(label)) for text, label in zip(shown["text"], shown["label"], strict=True)]
        return cls(LanguageModel.load() if model is None else model, chosen, examples)

    def wait(self, seconds: float = 120) -> bool:
        """Wait until all that the controls ask for is answered; returns whether it was in time."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._working, seconds)

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
        self._take(lambda state: replace(state, order=tuple(order)))

    def _on_control(self, _: Any) -> None:
        negative, positive = (field.value.strip() for field in self._words)
        self._take(
            lambda state: replace(
                state,
                instruction=self._instruction.value.strip(),
                label_words=(negative, positive),
                shown=self._shown.value,
                calibrated=self._calibrated.value,
                review=self._review.value - 1,
            )
        )

    def _take(self, change: Callable[[State], State]) -> None:
        """Move to another state, if there is a prompt for it."""
        state = change(self.state)
        try:
            prompt_of(state, self._examples)
        except ValueError as error:
            self._complain(error)
            return
        if state != self.state:
            self.state = state
            self._calibrated.description = f"calibration is {'on' if state.calibrated else 'off'}"
            self._show_examples()
        self._ask(state)

    # The answers

    def _ask(self, state: State) -> None:
        """Have a state answered, instead of whatever was asked before."""
        with self._turn:
            self._wanted = state
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="prompt-explorer", daemon=True).start()

    def _work(self) -> None:
        """Beside the notebook: answer what is wanted until nothing is."""
        while True:
            with self._turn:
                state, self._wanted = self._wanted, None
                if state is None:
                    self._working = False
                    self._turn.notify_all()
                    return
            before = self.view
            try:
                for view in answer(self._model, self._reviews, self._examples, state, self._known):
                    if self._is_superseded():
                        break
                    self._show(view, before)
            # Whatever goes wrong must reach the reader: nobody sees what a thread prints.
            except Exception as error:
                self._complain(error)

    def _is_superseded(self) -> bool:
        return self._wanted is not None

    def _complain(self, error: Exception) -> None:
        self._message.value = f'<p role="alert"><b>{html.escape(str(error))}</b></p>'

    def _show(self, view: View, before: View | None) -> None:
        self.view = view
        label = int(self._reviews["label"].iloc[view.state.review])
        same_review = before is not None and before.state.review == view.state.review
        same_words = before is not None and before.state.label_words == view.state.label_words
        self._prompt.value = prompt_html(view)
        self._one.value = probabilities_html(view, label, before if same_review and same_words else None)
        self._all.value = set_html(view, before)
        self._message.value = f"<p>{html.escape(describe(view))}</p>"

    def _show_examples(self) -> None:
        for place, number in enumerate(self.state.order):
            text, label = self._examples[number]
            short = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
            word = self.state.label_words[label]
            line = f"{place + 1}. {html.escape(short)} <b>{html.escape(word)}</b>"
            hidden = "" if place < self.state.shown else ' class="hidden-example" title="not in the prompt"'
            self._lines[place].value = f"<span{hidden}>{line}</span>"


def _short(split: Part, n: int) -> pd.DataFrame:
    """n short, clear reviews, the labels taking turns."""
    reviews = load_reviews("movies", split, lukewarm=1.0)
    short = reviews[reviews["text"].str.len().between(20, 80)]
    turn = short.groupby("label").cumcount()
    return short.assign(turn=turn).query("turn < @n / 2").sort_values(["turn", "label"]).drop(columns="turn")


_STYLE = """<style>
.prompt-explorer :is(.noUi-handle, input, button, .widget-readout):focus-visible {
  outline: 3px solid #d55e00; outline-offset: 1px;
}
.prompt-explorer table { border-collapse: collapse; font-size: 12px; margin: 4px 12px 8px 0; line-height: 1.35; }
.prompt-explorer :is(caption, .caption) {
  text-align: left; white-space: nowrap; font-weight: 600; padding-bottom: 2px; font-size: 12px;
}
.prompt-explorer :is(td, th) { padding: 1px 3px; text-align: left; }
.prompt-explorer th { min-width: 8em; font-weight: 400; }
.prompt-explorer .bar { position: relative; width: 14em; height: 1em; background: rgb(128 128 128 / 0.15); }
.prompt-explorer .bar b { display: block; height: 100%; background: #56b4e9; }
.prompt-explorer .bar i {
  position: absolute; top: -1px; width: 3px; height: calc(100% + 2px); margin-left: -1px; background: currentcolor;
}
.prompt-explorer .bar u { position: absolute; top: 45%; height: 2px; background: #d55e00; }
.prompt-explorer pre {
  max-width: 40em; max-height: 24em; overflow: auto; white-space: pre-wrap; word-break: normal; margin: 0; padding: 6px;
  font-size: 12px; line-height: 1.35; background: rgb(128 128 128 / 0.1);
}
.prompt-explorer .hidden-example { opacity: 0.65; text-decoration: line-through; }
</style>"""
