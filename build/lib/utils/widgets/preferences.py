"""Topic 06's interactive figure: your answers, the taste that they reveal, and what fine-tuning does step by step.

The module ``preferences.js`` fits the taste and the ranking to the answers as they come. The panel on fine-tuning shows
the shipped study (``utils.preferences.study``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from utils.arrays import FloatArray
from utils.intervals import Interval, mean_interval
from utils.models import load_pretrained
from utils.models.diffusion import DiffusionModel
from utils.preferences import (
    FEATURES,
    JUDGES,
    Comparisons,
    best_of_n,
    best_of_n_kl,
    describe,
    finetune,
    fit,
    fit_reward,
)
from utils.preferences import study as shipped_study
from utils.preferences.rounds import balanced
from utils.widgets.fields import Field, ListOf, OneOf
from utils.widgets.figure import Figure
from utils.widgets.preferences_questions import STYLES, Drawings, comparisons, load, next_pair

QUESTIONS = 120
"""The number of questions that the figure can ask."""

MIN_ANSWERS = 20
"""Number of answers after which the results appear, and that a judge gives at once."""

ROW_LENGTH = 8
"""Drawings per row of best-of-n."""

SIZES = (1, 2, 4, 8, 16)
"""The values of n of best-of-n."""

PRIOR_SD = 1.5
"""Standard deviation of the prior of scores, in logits: without it, a style that never lost has an infinite score."""

DIGIT = 3
"""The digit of best-of-n, as in the lecture."""

_PER_CAPTION = 20  # drawings per caption, from which the pairs are chosen
_TUNING_PAIRS = 640
_GAINS = ("reward", "utility")
_AVERAGES = ("wins", "loss", "fresh_loss", "winners", "losers", "readable", "diversity", "kl")


class PreferenceExplorer(Figure):
    """Two drawings of one digit at a time; after twenty answers, your taste; and the checkpoints of a fine-tuning.

    Fields of the state:

    - `answers`: to the questions in turn: 1 the left is better, 0 the right, 0.5 no preference.
    - `judge`: who answers in your place, and whose opinion is shown beside the reward.
    - `n`: of best-of-n.
    - `step`: of the fine-tuning on 500 answers of the judge "moderate".

    Entries of the view: `question` (caption and the two drawings) or None; `taste` (weights, low, high per feature),
    `ranking` (scores, low, high per style, and their order) and `best` (best-of-n: indices of the candidates, mean
    gains by the taste and by the judge, divergence), None before `MIN_ANSWERS`; `checkpoints`: name -> mean, low, high,
    each over `steps`. Gains are in logits, over the start; `yours` is the gain by the taste.
    """

    module = "preferences.js"

    def __init__(
        self,
        pool: Drawings,
        candidates: Drawings,
        state: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        model: DiffusionModel | None = None,
    ) -> None:
        """Build the figure.

        Args:
            pool: drawings for the questions, some of each style.
            candidates: drawings of one digit for best-of-n, at least `ROW_LENGTH` · max(`SIZES`).
            state: where the figure opens; fields that are not named have their defaults.
            seed: of the questions, and of the judges' answers.
            model: is fine-tuned on the reader's taste on demand; None to offer that no more.

        Raises:
            ValueError: if no caption has drawings of all styles, or there are too few candidates.
        """
        needed = ROW_LENGTH * SIZES[-1]
        if len(candidates.captions) < needed or len(set(candidates.captions[:needed].tolist())) != 1:
            found = sorted(set(candidates.captions.tolist()))
            raise ValueError(
                f"There are {len(candidates.captions)} candidates of the digits {found}, "
                f"but {needed} of one digit are needed: draw more of one."
            )
        self._pool, self._candidates, self._model, self._seed = pool, candidates, model, seed
        self._study = shipped_study.load()
        self._by_judge: dict[str, dict[str, dict[str, FloatArray]]] = {}
        pairs = [next_pair(pool, n, seed) for n in range(QUESTIONS)]
        self._pairs = np.array([(pair.first, pair.second) for pair in pairs], np.int64)
        self._chances = np.random.default_rng([seed, 2]).random(QUESTIONS)
        steps = self._study["steps"].tolist()
        measures = {name: self._study[name] for name in (*_GAINS, *_AVERAGES, "looks")}
        sent = {
            "features": list(FEATURES),
            "styles": list(STYLES),
            "least": MIN_ANSWERS,
            "sd": PRIOR_SD,
            "tunable": model is not None,
            "pool": {
                "images": _grey(pool.images),
                "captions": pool.captions.astype(np.uint8),
                "looks": pool.looks,
                "styles": pool.styles.astype(np.uint8),
            },
            "pairs": self._pairs.astype(np.uint16),
            "chances": self._chances,
            "judges": {
                name: {
                    "weights": [judge.stroke_weight, judge.slant, judge.legibility],
                    "temperature": judge.temperature,
                    "enough": judge.enough if np.isfinite(judge.enough) else None,
                }
                for name, judge in JUDGES.items()
            },
            "candidates": {
                "digit": int(candidates.captions[0]),
                "images": _grey(candidates.images[:needed]),
                "looks": candidates.looks[:needed],
            },
            "steps": steps,
            "study": measures,
            "drawings": _coarse(self._study["drawings"]),
        }
        fields: dict[str, Field] = {
            "answers": ListOf(OneOf((1.0, 0.5, 0.0)), longest=QUESTIONS),
            "judge": OneOf(tuple(JUDGES), preferred="moderate"),
            "n": OneOf(SIZES, preferred=SIZES[-1]),
            "step": OneOf(tuple(steps)),
        }
        super().__init__(
            sent,
            fields,
            state,
            fallback="Interactive figure: pairs of drawings to choose from, the taste that the choices reveal, and the "
            "checkpoints of a fine-tuning.",
            code="PreferenceExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(
        cls, model: DiffusionModel | None = None, seed: int = 0, state: Mapping[str, Any] | None = None
    ) -> PreferenceExplorer:
        """Build the figure with drawings of a model that takes captions; it draws about 330 of them first.

        Args:
            model: draws the digits, and is tuned on demand; by default the shipped diffusion model. The checkpoints are
                always those of the shipped study.
            seed: of the noise and of the questions.
            state: where the figure opens.
        """
        if model is None:
            model = cast(DiffusionModel, load_pretrained("diffusion"))
        rng = np.random.default_rng([seed, 6])
        captions_of = [np.repeat(np.arange(10), _PER_CAPTION), np.full(ROW_LENGTH * SIZES[-1], DIGIT)]
        pool, candidates = (Drawings.of(model.draw(captions, rng), captions) for captions in captions_of)
        return cls(pool, candidates, state, seed=seed, model=model)

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Fit taste and ranking with ``utils.preferences``; see the class for the entries."""
        n = len(state["answers"])
        judge = JUDGES[state["judge"]]
        question = None
        if n < QUESTIONS:
            first, second = self._pairs[n].tolist()
            question = {"caption": int(self._pool.captions[first]), "first": first, "second": second}
        checkpoints = {**self._curves(judge.name)}
        view: dict[str, Any] = {
            "question": question,
            "taste": None,
            "ranking": None,
            "best": None,
            "steps": self._study["steps"],
            "checkpoints": checkpoints,
        }
        if n < MIN_ANSWERS:
            return view
        pairs, outcome = self._pairs[:n], np.array(state["answers"])
        taste = fit_reward(self._pool.looks[pairs[:, 0]], self._pool.looks[pairs[:, 1]], outcome)
        ranking = fit(comparisons(self._pool, self._pairs, state["answers"]), prior_sd=PRIOR_SD)
        looks = self._candidates.looks[: ROW_LENGTH * SIZES[-1]]
        worth = judge.utility_of(looks).reshape(ROW_LENGTH, -1) / judge.temperature
        rewards = taste.reward(looks).reshape(ROW_LENGTH, -1)
        places = np.arange(ROW_LENGTH), best_of_n(rewards[:, : state["n"]])
        # The taste is linear, so that its gain needs the mean features only; its uncertainty is that of the weights.
        moved = self._study["looks"].mean(axis=0)
        moved = (moved - moved[0]) / taste.scale
        deviations = np.sqrt(np.einsum("ni,ij,nj->n", moved, taste.covariance, moved))
        gains, z = moved @ taste.weights, float(norm.ppf(0.975))
        checkpoints["yours"] = {"mean": gains, "low": gains - z * deviations, "high": gains + z * deviations}
        return view | {
            "taste": _intervals([taste.weight(i) for i in range(len(FEATURES))]),
            "ranking": {
                **_intervals([ranking.interval(i) for i in range(len(STYLES))]),
                "order": np.argsort(-np.round(ranking.scores, 8), kind="stable"),
            },
            "best": {
                "chosen": places[0] * SIZES[-1] + places[1],
                "gain": float((rewards[places] - rewards[:, 0]).mean()),
                "judge": float((worth[places] - worth[:, 0]).mean()),
                "nats": best_of_n_kl(state["n"]),
            },
        }

    def _curves(self, judge: str) -> dict[str, dict[str, FloatArray]]:
        """The study's measures over trainings, from a judge's point of view."""
        if judge not in self._by_judge:
            ordinal = list(JUDGES).index(judge)
            measures = {name: self._study[name] for name in (*_GAINS, *_AVERAGES)}
            measures |= {name: measures[name][..., ordinal] for name in ("utility", "wins")}
            measures |= {name: measures[name] - measures[name][:, :1] for name in _GAINS}
            self._by_judge[judge] = {
                name: _intervals([mean_interval(column) for column in rows.T]) for name, rows in measures.items()
            }
        return self._by_judge[judge]

    @property
    def answers(self) -> Comparisons:
        """The answers so far, as comparisons of the four styles."""
        return comparisons(self._pool, self._pairs, self.state["answers"])

    def let_answer(self, judge: str, n: int = MIN_ANSWERS) -> None:
        """Have a judge of `utils.preferences.JUDGES` answer the next n questions, or those that are left.

        Raises:
            ValueError: if there is no judge of this name.
        """
        if judge not in JUDGES:
            raise ValueError(f"There is no judge {judge!r}: choose one of {', '.join(JUDGES)}.")
        given = self.state["answers"]
        pairs = self._pairs[len(given) : len(given) + n]
        chances = JUDGES[judge].probability(self._pool.looks[pairs[:, 0]], self._pool.looks[pairs[:, 1]])
        outcomes = self._chances[len(given) : len(given) + n] < chances
        self.state = {"answers": [*given, *outcomes.astype(float).tolist()], "judge": judge}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the answers to a JSON file, which ``utils.preferences.Comparisons.load`` reads as well.

        Raises:
            FileNotFoundError: if the folder does not exist.
            OSError: if the file cannot be written.
        """
        self.answers.save(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Replace the answers by those in a file that :meth:`save` or the figure's button wrote.

        Raises:
            ValueError: if the file contains something else; nothing changes then.
            OSError: if it cannot be read; nothing changes then.
        """
        self.state = {"answers": load(path, self._pool, self._pairs)}

    def answer(self, request: Any, report: Callable[[str, float], None]) -> Any:
        """Fine-tune the model on the taste that fits some answers, and draw the digits 0 to 9 with it."""
        if self._model is None:
            raise ValueError("This figure has drawings but no model to fine-tune: build it with from_shipped.")
        outcomes = self.fields["answers"].check("answers", request["answers"])
        if len(outcomes) < MIN_ANSWERS:
            raise ValueError(
                f"There are {len(outcomes)} answers, but a taste needs {MIN_ANSWERS}: answer more questions."
            )
        pairs = self._pairs[: len(outcomes)]
        taste = fit_reward(self._pool.looks[pairs[:, 0]], self._pool.looks[pairs[:, 1]], outcomes)
        report("Drawing pairs for your taste to answer …", 0.1)
        rng, captions = np.random.default_rng([self._seed, 3]), balanced(_TUNING_PAIRS)
        first, second = self._model.draw(captions, rng), self._model.draw(captions, rng)
        chances = taste.probability(describe(first, captions), describe(second, captions))
        wins = (rng.random(len(captions)) < chances)[:, None, None, None]
        report(f"Fine-tuning, {shipped_study.SETTINGS.steps} steps …", 0.3)
        winners, losers = np.where(wins, first, second), np.where(wins, second, first)
        tuned = finetune(self._model, winners, losers, captions, seed=self._seed).model
        noise = shipped_study.noise_of_drawings(self._model)
        images = tuned.draw_from(noise, np.arange(10))
        return {"drawings": _grey(images), "looks": describe(images, np.arange(10)).mean(axis=0), "n": len(outcomes)}


def _intervals(intervals: list[Interval]) -> dict[str, FloatArray]:
    return {name: np.array([getattr(one, name) for one in intervals]) for name in ("mean", "low", "high")}


def _grey(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(n, 28, 28) grey values of images (n, 1, 28, 28), in few steps: they compress better, and look the same."""
    return _coarse(np.round(255 * np.clip(images[:, 0], 0, 1)).astype(np.uint8))


def _coarse(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.round(grey / 17).astype(np.uint8)
