"""Topic 04's interactive figure: a prompt to edit, and the ordering and the threshold behind its accuracy.

The module ``prompting.js`` computes thresholds, AUC and accuracy from the model's answers. The method
:meth:`PromptExplorer.compute` does the same with NumPy, SciPy and scikit-learn. The answers come from the shipped table
(``prompting_table``) where it has the prompt. Others are asked of the model, which takes a kernel.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from utils.arrays import FloatArray
from utils.prompting import CONTENT_FREE, LanguageModel, Prompt
from utils.widgets import prompting_table
from utils.widgets.fields import Field, Flag, ListOf, OneOf, Real, Text, Whole
from utils.widgets.figure import Figure
from utils.widgets.prompting_table import INSTRUCTIONS, MODEL, PRECISION, WORDS, Scorer, margins

RULES = ("one half", "contextual calibration", "median", "by hand")
MAX_CHARACTERS = 1500
"""The longest prompt, without the review, that is answered fast enough for an interactive figure."""

_BATCH = 8
_LARGEST = 10.0


class PromptExplorer(Figure):
    """A prompt to edit, a model's answers to a set of reviews, and a threshold that turns them into classes.

    Fields of the state:

    - `instruction`, `negative`, `positive`: the prompt's first paragraph and its two label words.
    - `order`: the numbers of all examples, in the order in which they are shown; `shown`: for each example, by its
      number, whether the prompt has it.
    - `review`: the number of the review in the prompt that is displayed; `text`: a text of the reader's own in its
      place, or empty.
    - `rule`: how the threshold is set, one of `RULES`; `threshold`: where it is *by hand*, as log-odds in nats:
      ln p/(1 − p) of P(positive) = p. One half is 0.

    Entries of the view: `prompt`, what the model reads; `answered`, whether there are answers to it. Then, of n
    reviews: `scores` (n,), log-odds of the positive label word against the negative one, in nats; `thresholds`, of each
    rule, and `threshold`, of the chosen one, in the same unit; `classes` (n,), 1 where the score is above it; `auc`,
    the area under the ROC curve, which needs no threshold; `accuracy` with `low` and `high`, its Wilson interval
    (95 %); `positive`, the share of class 1; `best`, the largest accuracy of any threshold; `own`, the score of the
    displayed review or text. Numbers are NaN and lists empty where there are no answers.

    Contextual calibration divides the label probabilities by those of inputs without content, which moves the
    threshold from .5 to their mean P(positive). *Median* is the median of the reviews' own scores: half of them are
    then classed as positive, without any label.
    """

    module = "prompting.js"

    def __init__(
        self,
        reviews: Sequence[tuple[str, int]],
        examples: Sequence[tuple[str, int]],
        model: Scorer | Callable[[], Scorer] | None = None,
        table: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Build the figure.

        Args:
            reviews: pairs (text, class), both classes 0 (negative) and 1 (positive) among them.
            examples: pairs (text, class), 1 to 12, of which the prompt shows some.
            model: answers prompts, for instance a `utils.prompting.LanguageModel`; or a function that loads it when it
                is first needed. Without one, only the table's prompts have answers.
            table: answers that are known already: ``prompts``, ``scores`` and ``empty`` of
                :mod:`utils.widgets.prompting_table`, about these examples and reviews.
            state: where the figure opens; fields that are not named have their defaults.

        Raises:
            ValueError: if a class or a text is missing, the table has another number of reviews, or the state is
                impossible.
        """
        self._reviews, self._examples = (
            [(str(text), int(label)) for text, label in pairs] for pairs in (reviews, examples)
        )
        if {label for _, label in self._reviews} != {0, 1} or {label for _, label in self._examples} - {0, 1}:
            raise ValueError("The reviews need classes 0 and 1, both, and the examples no others: give (text, class).")
        if not 1 <= len(self._examples) <= 12:
            raise ValueError(f"{len(self._examples)} examples were given, but the figure has room for 1 to 12.")
        known = table or {name: np.zeros((0, 1), np.int8) for name in ("prompts", "scores", "empty")}
        if table is not None and np.shape(table["scores"])[1:] != (len(self._reviews),):
            raise ValueError(
                f"The table's scores have shape {np.shape(table['scores'])}, but one column for each of "
                f"{len(self._reviews)} reviews is needed: make it with python -m utils.widgets.prompting_table."
            )
        self._model = model if isinstance(model, Scorer) else None
        self._load = None if isinstance(model, Scorer) else model
        self._asking = threading.Lock()
        self._labels = np.array([label for _, label in self._reviews])
        self._cache: dict[tuple[str, tuple[str, ...]], float] = {}
        self._rows = {tuple(int(i) for i in row if i >= 0): place for place, row in enumerate(known["prompts"])}
        shipped = {
            "reviews": [text for text, _ in self._reviews],
            "labels": self._labels.astype(np.int8),
            "examples": self._examples,
            "instructions": INSTRUCTIONS,
            "words": WORDS,
            "rules": RULES,
            "longest": MAX_CHARACTERS,
            "model": str(getattr(model, "name", "SmolLM2-135M" if model in (None, _load) else "the model")),
            "askable": model is not None,
            **{name: np.asarray(known[name]) for name in ("prompts", "scores", "empty")},
            "answers": {},
            "texts": {},
        }
        n = len(self._examples)
        fields: dict[str, Field] = {
            "instruction": Text(300, default=INSTRUCTIONS[0]),
            "negative": Text(30, default=WORDS[0][0]),
            "positive": Text(30, default=WORDS[0][1]),
            "order": ListOf(Whole(0, n - 1, default=0), n, n, list(range(n))),
            "shown": ListOf(Flag(default=True), n, n, [True] * n),
            "review": Whole(0, len(self._reviews) - 1, default=0),
            "text": Text(300),
            "rule": OneOf(RULES),
            "threshold": Real(-_LARGEST, _LARGEST, default=0.0, step=0.05),
        }
        super().__init__(
            shipped,
            fields,
            state,
            fallback="Interactive figure: a prompt to edit, a language model's answers, and a threshold to move.",
            code="PromptExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(
        cls,
        model: Scorer | None = None,
        n: int = prompting_table.REVIEWS,
        state: Mapping[str, Any] | None = None,
    ) -> PromptExplorer:
        """Build the figure for short movie reviews, with six examples, and the shipped answers of SmolLM2-135M.

        It opens with four of the examples in the prompt: two positive ones, then two negative ones.

        Args:
            model: answers the prompts that the shipped table lacks. By default SmolLM2-135M is loaded, when it is first
                needed. The answers of another model are all asked.
            n: number of reviews, even, from 10 to 40.
            state: where the figure opens; fields that are not named have their defaults.

        Raises:
            ValueError: if n or the state is impossible.
        """
        if n % 2 or not 10 <= n <= prompting_table.REVIEWS:
            raise ValueError(
                f"n is {n}, but an even number from 10 to {prompting_table.REVIEWS} is needed: choose one."
            )
        table = prompting_table.load()
        name, precision = (getattr(model, key, None) for key in ("name", "dtype"))
        same = model is None or (name == MODEL and precision == PRECISION)
        known = {"prompts": table["prompts"], "scores": table["scores"][:, :n], "empty": table["empty"]}
        opening = {"shown": [i in prompting_table.BALANCED for i in range(len(table["examples"]))]}
        return cls(
            table["reviews"][:n],
            table["examples"],
            model or _load,
            known if same else None,
            {**opening, **(state or {})},
        )

    def check(self, state: Mapping[str, Any]) -> None:
        if sorted(state["order"]) != list(range(len(self._examples))):
            raise ValueError(f"order is {state['order']}, but each number of an example is needed once: reorder them.")
        words = state["negative"].strip(), state["positive"].strip()
        if not all(words) or words[0] == words[1]:
            raise ValueError(
                f"The label words are “{words[0]}” and “{words[1]}”, but each class needs a word of its own: "
                "type two different words."
            )
        length = len(self._prompt(state).render(""))
        if length > MAX_CHARACTERS:
            raise ValueError(
                f"The prompt has {length} characters without a review, but at most {MAX_CHARACTERS} are answered fast "
                "enough: shorten the instruction or show fewer examples."
            )

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """The view of a state; see the class. A prompt without answers is asked of the model, which takes seconds."""
        self.check(state)
        if self.data["askable"]:
            self.answer(state, lambda *_: None)
        known, own = self._known(state), self._own(state)
        view: dict[str, Any] = {"prompt": self._prompt(state).render(self._displayed(state))}
        view["answered"] = known is not None
        if known is None:
            nothing = dict.fromkeys(("threshold", "auc", "accuracy", "low", "high", "positive", "best", "own"), np.nan)
            thresholds = dict.fromkeys(RULES, np.nan) | {"one half": 0.0, "by hand": state["threshold"]}
            return view | nothing | {"scores": [], "classes": [], "thresholds": thresholds}
        scores, empty = known
        thresholds = {
            "one half": 0.0,
            "contextual calibration": float(logit(expit(empty).mean())),
            "median": float(np.median(scores)),
            "by hand": state["threshold"],
        }
        threshold = thresholds[state["rule"]]
        classes = (scores > threshold).astype(np.int64)
        right = int((classes == self._labels).sum())
        interval = binomtest(right, len(scores)).proportion_ci(method="wilson")
        cuts = [-np.inf, *scores]
        return view | {
            "scores": scores,
            "thresholds": thresholds,
            "threshold": threshold,
            "classes": classes,
            "auc": float(roc_auc_score(self._labels, scores)),
            "accuracy": right / len(scores),
            "low": float(interval.low),
            "high": float(interval.high),
            "positive": float(classes.mean()),
            "best": max(float(((scores > cut) == self._labels).mean()) for cut in cuts),
            "own": float(scores[state["review"]]) if own is None else own,
        }

    def answer(self, request: Any, report: Callable[[str, float], None]) -> Any:
        """Ask the model for the prompt and the text of a state, in batches: what the figure does not know yet."""
        state = {**self.state, **{name: self.fields[name].check(name, value) for name, value in request.items()}}
        self.check(state)
        prompt, key, own = self._prompt(state), self._key(state), state["text"].strip()
        unknown = self._known(state) is None
        wanted = [own] * (own != "" and own not in self.data["texts"].get(key, {}))
        wanted += [*self.data["reviews"], *CONTENT_FREE] * unknown
        values = dict(zip(wanted, self._ask(prompt, wanted, report), strict=True))
        # New dictionaries: another thread may be sending the old ones.
        if unknown:
            scores, empty = (np.array([values[text] for text in part]) for part in (self.data["reviews"], CONTENT_FREE))
            self.data["answers"] = {**self.data["answers"], key: {"scores": scores, "empty": empty}}
        if own in values:
            texts = {**self.data["texts"].get(key, {}), own: values[own]}
            self.data["texts"] = {**self.data["texts"], key: texts}
        return {"answer": self.data["answers"].get(key), "own": self._own(state) if own else None}

    def _prompt(self, state: Mapping[str, Any]) -> Prompt:
        chosen = [self._examples[i] for i in _sequence(state)]
        words = state["negative"].strip(), state["positive"].strip()
        return Prompt(state["instruction"].strip(), chosen, label_words=words)

    def _displayed(self, state: Mapping[str, Any]) -> str:
        """The text in the blank of the displayed prompt."""
        return str(state["text"]).strip() or self._reviews[state["review"]][0]

    def _known(self, state: Mapping[str, Any]) -> tuple[FloatArray, FloatArray] | None:
        """Scores of the reviews and of the inputs without content: from the table, or from what was asked before."""
        instruction, words = state["instruction"].strip(), (state["negative"].strip(), state["positive"].strip())
        if instruction in INSTRUCTIONS and words in WORDS:
            row = self._rows.get((INSTRUCTIONS.index(instruction), WORDS.index(words), *_sequence(state)))
            if row is not None:
                return self.data["scores"][row].astype(np.float64), self.data["empty"][row].astype(np.float64)
        answer = self.data["answers"].get(self._key(state))
        return (answer["scores"], answer["empty"]) if answer else None

    def _own(self, state: Mapping[str, Any]) -> float | None:
        """The score of a text of the reader's own, NaN if there is none yet; None where a review is displayed."""
        text = state["text"].strip()
        return float(self.data["texts"].get(self._key(state), {}).get(text, np.nan)) if text else None

    def _key(self, state: Mapping[str, Any]) -> str:
        """A prompt's name, as the module writes it."""
        parts = [state[name].strip() for name in ("instruction", "negative", "positive")]
        return json.dumps([*parts, *_sequence(state)], ensure_ascii=False, separators=(",", ":"))

    def _ask(self, prompt: Prompt, texts: Sequence[str], report: Callable[[str, float], None]) -> FloatArray:
        """Scores (n,) of texts, from the cache or from the model, which is asked in batches; `report` may end it."""
        keys = [(prompt.render(text), prompt.continuations) for text in texts]
        missing = [text for text, key in zip(texts, keys, strict=True) if key not in self._cache]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            with self._asking:
                report(f"{start} of {len(missing)} texts", start / len(missing))
                for text, value in zip(batch, margins(self._loaded(report), prompt, batch), strict=True):
                    self._cache[prompt.render(text), prompt.continuations] = float(value)
        return np.array([self._cache[key] for key in keys])

    def _loaded(self, report: Callable[[str, float], None]) -> Scorer:
        if self._model is None:
            if self._load is None:
                raise ValueError("This figure has no model to ask: build it with from_shipped, or give it a model.")
            report("loading the model", 0.0)
            self._model = self._load()
        return self._model


def _load() -> Scorer:
    return LanguageModel.load(MODEL, dtype=PRECISION)


def _sequence(state: Mapping[str, Any]) -> list[int]:
    """The numbers of the examples in the prompt, first to last."""
    return [i for i in state["order"] if state["shown"][i]]
