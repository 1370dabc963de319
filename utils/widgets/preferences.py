"""Topic 06's interactive figure: pairs of drawings of one digit, your answers, and the taste that they reveal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import ipywidgets as widgets
import numpy as np

from utils.arrays import Float32Array
from utils.models import load_pretrained
from utils.models.diffusion import DiffusionModel
from utils.preferences import JUDGES
from utils.widgets.explorer import Explorer, button, row
from utils.widgets.preferences_questions import Answers, Drawings, next_pair
from utils.widgets.preferences_view import (
    MAX_N,
    MIN_ANSWERS,
    ROW_LENGTH,
    View,
    alt_text,
    best_samples,
    describe,
    evaluate,
    finetune_to_taste,
    image_html,
    ranking_html,
    row_html,
    taste_html,
)

_PER_CAPTION = 40  # drawings per caption, from which the pairs are chosen


class PreferenceExplorer(Explorer):
    """Two drawings of one digit at a time; after twenty answers, your taste, and drawings of a model tuned to it.

    On the slider *your answer*, the left and the right arrow key choose the left and the right drawing. A judge
    whose taste is known can answer in your place. After twenty answers, best-of-n follows every answer; fine-tuning
    starts with its button and takes a few seconds.
    """

    css_class = "preference-explorer"
    css = """
& img { display: block; border: 1px solid rgb(128 128 128 / 0.5); }
& :is(td, th) { padding: 1px 4px; text-align: left; white-space: nowrap; }
& th { font-weight: 400; }
& .bar { width: 12em; }
& .bar i { left: 50%; top: 0; width: 1px; height: 100%; margin-left: 0; }
& .bar u { top: 42%; background: #0072b2; }
& .bar b {
  position: absolute; top: 25%; width: 0.5em; height: 0.5em; margin-left: -0.25em; border-radius: 50%;
  background: #d55e00;
}
"""

    def __init__(
        self,
        pool: Drawings,
        samples: Drawings,
        seed: int = 0,
        model: DiffusionModel | None = None,
        noise: Float32Array | None = None,
    ) -> None:
        """Build the figure.

        Args:
            pool: drawings for the pairs, some of each style.
            samples: drawings for *before and after*, at least `ROW_LENGTH` · `MAX_N` of each caption.
            seed: of the pairs.
            model, noise: the model that drew the samples, and the noise (n, latent_dim) that it started from; without
                them, the figure does not offer fine-tuning.

        Raises:
            ValueError: if no caption has drawings of all styles.
        """
        super().__init__()
        self._pool, self._samples, self._seed = pool, samples, seed
        self._model, self._noise = model, noise
        self._tuned: tuple[int, DiffusionModel] | None = None
        self.view = evaluate(Answers.none())
        self._before: list[View] = []
        self._pair = next_pair(pool, 0, seed)

        self._question = widgets.HTML()
        self._left, self._right = widgets.HTML(), widgets.HTML()
        answers = {"Left is better": 1.0, "No preference": 0.5, "Right is better": 0.0}
        self._answer_buttons = [button(text, partial(self.answer, value)) for text, value in answers.items()]
        left, neither, right = self._answer_buttons
        self._keys = widgets.IntSlider(0, -1, 1, description="← your answer →", readout=False)
        self._keys.observe(self._on_key, "value")
        self._undo = button("Take back", self.take_back)
        judges = [button(name, partial(self.let_answer, name)) for name in JUDGES]
        self._file = widgets.Text("my_answers.json", description="file")
        self._files = [button("Save answers", self._save), button("Load answers", self._load)]
        captions = np.unique(samples.captions).tolist()
        self._caption = widgets.SelectionSlider(options=captions, value=captions[0], description="digit")
        sizes = [2**power for power in range(MAX_N.bit_length())]
        self._n = widgets.SelectionSlider(options=sizes, value=sizes[-1], description="best of n")
        for control in (self._caption, self._n):
            control.observe(self._on_control, "value")
        for control in (self._keys, self._file, self._caption, self._n):
            control.style.description_width = "9em"
            control.layout.width = "24em"
        self._taste, self._ranking = widgets.HTML(), widgets.HTML()
        self._rows = [widgets.HTML(), widgets.HTML(), widgets.HTML(), widgets.HTML()]
        self._tune = button("Fine-tune the model (some seconds)", self.finetune)
        if model is None or noise is None:
            self._tune.layout.display = "none"

        tables = row(self._taste, self._ranking)
        controls = row(self._caption, self._n, self._tune, align_items="center")
        self._results = widgets.VBox([tables, controls, *self._rows])
        judges_label = widgets.HTML(f"or let a judge give {MIN_ANSWERS} answers:")
        self._lay_out(
            self._question,
            row(widgets.VBox([self._left, left]), neither, widgets.VBox([self._right, right]), align_items="center"),
            row(self._keys, self._undo, align_items="center"),
            row(judges_label, *judges, align_items="center"),
            row(self._file, *self._files, align_items="center"),
            self._message,
            self._results,
        )
        self._show()

    @classmethod
    def from_shipped(cls, model: DiffusionModel | None = None, seed: int = 0) -> PreferenceExplorer:
        """Build the figure for a model that draws digits for captions; it draws about 1,700 of them first.

        Args:
            model: draws the digits; by default the shipped diffusion model.
            seed: of the noise and of the pairs.
        """
        if model is None:
            model = cast(DiffusionModel, load_pretrained("diffusion"))
        rng = np.random.default_rng([seed, 6])
        captions_of = [np.repeat(np.arange(10), n) for n in (_PER_CAPTION, ROW_LENGTH * MAX_N)]
        noises = [rng.standard_normal((len(captions), model.latent_dim), dtype=np.float32) for captions in captions_of]
        pool, samples = (
            Drawings.of(model.draw_from(noise, captions), captions)
            for noise, captions in zip(noises, captions_of, strict=True)
        )
        return cls(pool, samples, seed, model, noises[1])

    def answer(self, outcome: float) -> None:
        """Answer the current question: 1 for the left, 0 for the right, 0.5 for neither."""
        self._move(self.view.answers.with_answer(self._pool, self._pair, outcome))

    def let_answer(self, judge: str) -> None:
        """Have a judge of `utils.preferences.JUDGES` give twenty answers."""
        answers, rng = self.view.answers, np.random.default_rng([self._seed, len(self.view.answers), 2])
        for _ in range(MIN_ANSWERS):
            pair = next_pair(self._pool, len(answers), self._seed)
            looks = self._pool.looks
            outcome = JUDGES[judge].prefers(looks[[pair.first]], looks[[pair.second]], rng)
            answers = answers.with_answer(self._pool, pair, float(outcome[0]))
        self._move(answers)

    def finetune(self) -> None:
        """Fine-tune a copy of the model towards the fitted taste by direct preference optimisation, and show it."""
        if self._model is None:
            self._complain("This figure has drawings but no model to fine-tune: build it with from_shipped.")
            return
        model = self._model

        def tune() -> None:
            self._tuned = len(self.view.answers), finetune_to_taste(self.view, self._samples, model, self._seed)

        self._say("Fine-tuning …")
        if self._attempt(tune):
            self._say(describe(self.view))
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
        """Replace the answers by those in a file; *Take back* restores the previous ones.

        Raises:
            ValueError: if the file contains something else; nothing changes then.
            OSError: if it cannot be read; nothing changes then.
        """
        self._move(Answers.load(path))

    def _on_key(self, change: dict[str, Any]) -> None:
        if change["new"] != 0:
            # Back to the middle first: the next key then moves it again, in the same or the other direction.
            self._keys.value = 0
            self.answer(1.0 if change["new"] < 0 else 0.0)

    def _on_control(self, _: Any) -> None:
        self._show_samples()

    def _save(self) -> None:
        if self._use_file(self.save):
            self._say(f"{len(self.view.answers)} answers are saved in {self._file.value}.")

    def _load(self) -> None:
        if self._use_file(self.load):
            results = self._message.value
            self._say(f"{len(self.view.answers)} answers from {self._file.value}; “Take back” restores yours.")
            self._message.value += results

    def _use_file(self, action: Callable[[str], None]) -> bool:
        """Run an action on the named file, and return whether it succeeded; the message explains a failure."""
        name = self._file.value.strip()
        try:
            if not name:
                raise ValueError("The file has no name: type one, for example my_answers.json.")
            action(name)
        except FileNotFoundError:
            self._complain(f"There is no file or folder {name}: type the name of an existing one.")
        except OSError as error:
            self._complain(f"{name} cannot be used ({error.strerror}): type the name of another file.")
        except ValueError as error:
            self._complain(error)
        else:
            return True
        return False

    def _move(self, answers: Answers) -> None:
        view = evaluate(answers)
        self._before.append(self.view)
        self.view = view
        self._show()

    def _show(self) -> None:
        n = len(self.view.answers)
        pair = self._pair = next_pair(self._pool, n, self._seed)
        self._question.value = f"<p><b>Which {pair.caption} do you like better?</b> (question {n + 1})</p>"
        for widget, index, side in ((self._left, pair.first, "left"), (self._right, pair.second, "right")):
            widget.value = image_html(self._pool.images[index, 0], alt_text(self._pool, index, side), 5)
        self._undo.disabled = not self._before
        self._say(describe(self.view))
        self._results.layout.display = None if self.view.taste is not None else "none"
        if self.view.taste is not None:
            self._taste.value, self._ranking.value = taste_html(self.view), ranking_html(self.view)
            self._show_samples()

    def _show_samples(self) -> None:
        if self.view.taste is None:
            return
        samples = best_samples(self.view, self._samples, self._caption.value, self._n.value)
        before, after, price, tuned = self._rows
        before.value = row_html(self._samples, samples.before, "before")
        after.value = row_html(self._samples, samples.after, f"after, best of {self._n.value} by your taste")
        price.value = (
            f"<p>Reward {samples.gain:+.2f} logits, for at most {samples.nats:.2f} nats of divergence from the "
            "model.</p>"
        )
        if self._tuned is not None and self._noise is not None:
            n_answers, model = self._tuned
            captions = self._samples.captions[samples.before]
            drawings = Drawings.of(model.draw_from(self._noise[samples.before], captions), captions)
            title = f"fine-tuned on the taste of {n_answers} answers, from the same noise as before"
            tuned.value = row_html(drawings, np.arange(ROW_LENGTH), title)
