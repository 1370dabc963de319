"""Topic 06's interactive figure: two drawings of one digit, which one do you like? And what that says about you."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from utils.data import load_mnist
from utils.models.diffusion import DiffusionModel
from utils.preferences import JUDGES
from utils.widgets.preferences_questions import Answers, Drawings, next_pair
from utils.widgets.preferences_view import (
    ENOUGH,
    MOST,
    ROWS,
    View,
    evaluate,
    finetuned,
    image_html,
    look,
    ranking_html,
    row_html,
    say,
    taste_html,
    tuned,
)

_SHOWN = 40  # drawings a caption among which pairs are chosen


class PreferenceExplorer(widgets.VBox):  # type: ignore[misc]
    """Two drawings of one digit at a time; after twenty answers, what you like, and what a model tuned to it draws.

    Everything is reached with Tab; Space presses a button. On the line *your answer*, the left and the right arrow key
    choose the left and the right drawing, again and again. A judge whose taste is known can answer in your place.
    After twenty answers, best-of-n follows every answer; fine-tuning waits for its button, and takes a few seconds.
    """

    def __init__(
        self,
        shown: Drawings,
        samples: Drawings,
        seed: int = 0,
        model: DiffusionModel | None = None,
        noise: NDArray[np.float32] | None = None,
    ) -> None:
        """Build the figure.

        Args:
            shown: drawings for the pairs, some of all styles.
            samples: drawings for *before and after*, at least `ROWS` · `MOST` of each caption.
            seed: of the pairs.
            model, noise: what made the samples, and from which noise (n, latent_dim); without, nothing is fine-tuned.

        Raises:
            ValueError: if no caption has drawings of all styles.
        """
        self._shown, self._samples, self._seed = shown, samples, seed
        self._model, self._noise = model, noise
        self._tuned: tuple[int, DiffusionModel] | None = None
        self.view = evaluate(Answers.none())
        self._before: list[View] = []
        self._pair = next_pair(shown, 0, seed)

        self._question, self._message = widgets.HTML(), widgets.HTML()
        self._left, self._right = widgets.HTML(), widgets.HTML()
        answers = {"Left is better": 1.0, "No preference": 0.5, "Right is better": 0.0}
        self._answer_buttons = [_button(text, partial(self.answer, value)) for text, value in answers.items()]
        left, neither, right = self._answer_buttons
        self._keys = widgets.IntSlider(0, -1, 1, description="← your answer →", readout=False)
        self._keys.observe(self._on_key, "value")
        self._undo = _button("Take back", self.take_back)
        judges = [_button(name, partial(self.let_answer, name)) for name in JUDGES]
        self._file = widgets.Text("my_answers.json", description="file")
        self._files = [_button("Save answers", self._save), _button("Load answers", self._load)]
        captions = np.unique(samples.captions).tolist()
        self._caption = widgets.SelectionSlider(options=captions, value=captions[0], description="digit")
        sizes = [2**power for power in range(MOST.bit_length())]
        self._n = widgets.SelectionSlider(options=sizes, value=sizes[-1], description="best of n")
        for control in (self._caption, self._n):
            control.observe(self._on_control, "value")
        for control in (self._keys, self._file, self._caption, self._n):
            control.style.description_width = "9em"
            control.layout.width = "24em"
        self._taste, self._ranking = widgets.HTML(), widgets.HTML()
        self._rows = [widgets.HTML(), widgets.HTML(), widgets.HTML(), widgets.HTML()]
        self._tune = _button("Fine-tune the model (some seconds)", self.finetune)
        if model is None or noise is None:
            self._tune.layout.display = "none"

        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        shown_pair = [
            widgets.VBox([self._left, left]),
            neither,
            widgets.VBox([self._right, right]),
        ]
        tables = widgets.HBox([self._taste, self._ranking], layout=widgets.Layout(flex_flow="row wrap"))
        controls = widgets.HBox([self._caption, self._n, self._tune], layout=wrap)
        self._results = widgets.VBox([tables, controls, *self._rows])
        children = [
            widgets.HTML(_STYLE),
            self._question,
            widgets.HBox(shown_pair, layout=wrap),
            widgets.HBox([self._keys, self._undo], layout=wrap),
            widgets.HBox([widgets.HTML(f"or let a judge give {ENOUGH} answers:"), *judges], layout=wrap),
            widgets.HBox([self._file, *self._files], layout=wrap),
            self._message,
            self._results,
        ]
        super().__init__(children)
        self.add_class("preference-explorer")
        self._show()

    @classmethod
    def from_model(cls, model: DiffusionModel, seed: int = 0) -> PreferenceExplorer:
        """Build the figure for a model that draws digits for captions: it draws about 1,700 of them first."""
        rng = np.random.default_rng([seed, 6])
        each = [np.repeat(np.arange(10), n) for n in (_SHOWN, ROWS * MOST)]
        noises = [rng.standard_normal((len(captions), model.latent_dim), dtype=np.float32) for captions in each]
        shown, samples = (
            Drawings.of(model.draw_from(noise, captions), captions)
            for noise, captions in zip(noises, each, strict=True)
        )
        return cls(shown, samples, seed, model, noises[1])

    @classmethod
    def from_digits(cls, seed: int = 0) -> PreferenceExplorer:
        """Build the figure for digits that people wrote, of the training set."""
        images, labels = load_mnist("train")
        cut = 10 * _SHOWN
        end = cut + 10 * ROWS * MOST
        return cls(Drawings.of(images[:cut], labels[:cut]), Drawings.of(images[cut:end], labels[cut:end]), seed)

    def answer(self, outcome: float) -> None:
        """Answer the pair that is shown: 1 for the left, 0 for the right, 0.5 for neither."""
        self._move(self.view.answers.with_answer(self._shown, self._pair, outcome))

    def let_answer(self, judge: str) -> None:
        """Have a judge of `utils.preferences.JUDGES` give twenty answers."""
        answers, rng = self.view.answers, np.random.default_rng([self._seed, len(self.view.answers), 2])
        for _ in range(ENOUGH):
            pair = next_pair(self._shown, len(answers), self._seed)
            looks = self._shown.looks
            outcome = JUDGES[judge].prefers(looks[[pair.first]], looks[[pair.second]], rng)
            answers = answers.with_answer(self._shown, pair, float(outcome[0]))
        self._move(answers)

    def finetune(self) -> None:
        """Fine-tune a copy of the model towards the fitted taste by direct preference optimisation, and show it."""
        if self._model is None:
            self._complain("These digits were drawn by no model: build the figure with from_model to tune one.")
            return
        self._message.value = "<p>Fine-tuning …</p>"
        try:
            self._tuned = len(self.view.answers), finetuned(self.view, self._samples, self._model, self._seed)
        except ValueError as error:
            self._complain(str(error))
            return
        self._message.value = f"<p>{html.escape(say(self.view))}</p>"
        self._show_samples()

    def take_back(self) -> None:
        """Undo the last step: an answer, a judge's answers, or a file that was loaded."""
        if self._before:
            self.view = self._before.pop()
            self._show()

    def save(self, path: str) -> None:
        """Write the answers to a JSON file."""
        self.view.answers.save(path)

    def load(self, path: str) -> None:
        """Replace the answers by those in a file; *Take back* brings back what was there.

        Raises:
            ValueError: if the file holds something else, OSError if it cannot be read; nothing changes then.
        """
        self._move(Answers.load(path))

    def _on_key(self, change: dict[str, Any]) -> None:
        if change["new"] != 0:
            # First back to the middle, so that the next key finds it there when the next pair is seen.
            self._keys.value = 0
            self.answer(1.0 if change["new"] < 0 else 0.0)

    def _on_control(self, _: Any) -> None:
        self._show_samples()

    def _save(self) -> None:
        if self._tried(self.save):
            self._message.value = f"<p>{len(self.view.answers)} answers are in {html.escape(self._file.value)}.</p>"

    def _load(self) -> None:
        if self._tried(self.load):
            words = (
                f"{len(self.view.answers)} answers from {html.escape(self._file.value)}; Take back brings back yours."
            )
            self._message.value = f"<p>{words}</p>" + self._message.value

    def _tried(self, action: Callable[[str], None]) -> bool:
        """Whether an action on the named file worked; if not, the message says why."""
        name = self._file.value.strip()
        try:
            if not name:
                raise ValueError("The file has no name: type one, my_answers.json for instance.")
            action(name)
        except FileNotFoundError:
            self._complain(f"There is no file or folder {name}: type the name of one that is there.")
        except OSError as error:
            self._complain(f"{name} cannot be used ({error.strerror}): type the name of another file.")
        except ValueError as error:
            self._complain(str(error))
        else:
            return True
        return False

    def _complain(self, sentence: str) -> None:
        self._message.value = f'<p role="alert"><b>{html.escape(sentence)}</b></p>'

    def _move(self, answers: Answers) -> None:
        view = evaluate(answers)
        self._before.append(self.view)
        self.view = view
        self._show()

    def _show(self) -> None:
        n = len(self.view.answers)
        pair = self._pair = next_pair(self._shown, n, self._seed)
        self._question.value = f"<p><b>Which {pair.caption} do you like better?</b> (question {n + 1})</p>"
        for widget, number, side in ((self._left, pair.first, "left"), (self._right, pair.second, "right")):
            widget.value = image_html(self._shown.images[number, 0], look(self._shown, number, side), 5)
        self._undo.disabled = not self._before
        self._message.value = f"<p>{html.escape(say(self.view))}</p>"
        self._results.layout.display = None if self.view.taste is not None else "none"
        if self.view.taste is not None:
            self._taste.value, self._ranking.value = taste_html(self.view), ranking_html(self.view)
            self._show_samples()

    def _show_samples(self) -> None:
        if self.view.taste is None:
            return
        found = tuned(self.view, self._samples, self._caption.value, self._n.value)
        before, after, price, tuned_row = self._rows
        before.value = row_html(self._samples, found.before, "before")
        after.value = row_html(self._samples, found.after, f"after, best of {self._n.value} by your taste")
        price.value = (
            f"<p>Reward {found.gain:+.2f} logits, for at most {found.nats:.2f} nats of divergence from the model.</p>"
        )
        if self._tuned is not None and self._noise is not None:
            n_answers, model = self._tuned
            captions = self._samples.captions[found.before]
            redrawn = Drawings.of(model.draw_from(self._noise[found.before], captions), captions)
            title = f"fine-tuned towards your taste of {n_answers} answers, from the same noise as before"
            tuned_row.value = row_html(redrawn, np.arange(ROWS), title)


def _button(text: str, action: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=text, layout={"width": "auto"})
    button.on_click(lambda _: action())
    return button


_STYLE = """<style>
.preference-explorer :is(.noUi-handle, button, input, .widget-readout):focus-visible {
  outline: 3px solid #d55e00; outline-offset: 1px;
}
.preference-explorer img { display: block; border: 1px solid rgb(128 128 128 / 0.5); max-width: 100%; height: auto; }
.preference-explorer table { border-collapse: collapse; font-size: 12px; margin: 4px 16px 8px 0; line-height: 1.35; }
.preference-explorer caption { text-align: left; font-weight: 600; padding-bottom: 2px; }
.preference-explorer :is(td, th) { padding: 1px 4px; text-align: left; white-space: nowrap; }
.preference-explorer th { font-weight: 400; }
.preference-explorer .bar { position: relative; width: 12em; height: 1em; background: rgb(128 128 128 / 0.15); }
.preference-explorer .bar i { position: absolute; left: 50%; height: 100%; width: 1px; background: currentcolor; }
.preference-explorer .bar u { position: absolute; top: 42%; height: 2px; background: #0072b2; }
.preference-explorer .bar b {
  position: absolute; top: 25%; width: 0.5em; height: 0.5em; margin-left: -0.25em; border-radius: 50%;
  background: #d55e00;
}
</style>"""
