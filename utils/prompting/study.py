"""One model, many prompts: what it answers to each, kept so that a lecture can look at all of them at once.

``python -m utils.prompting.study`` asks the model, then fine-tunes it; what is known is written after each prompt and
each training, so a stopped command keeps what it has. Stored are the scores of every review, not accuracies: whatever
a lecture says about them it computes. :func:`load` gives what was shipped with the course.

Everything that is tried is asked about the *validation* reviews. The *test* reviews are asked only with what was fixed
beforehand: no examples, the five draws of four, and adapters with the default settings. The same prompts are put to a
second model, trained on next words only, if it is there (``python -m utils.data gemma3-270m`` names its terms).
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from utils.data import load_reviews
from utils.data.assets import AssetError
from utils.data.reviews import Part
from utils.probing import draw_balanced
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities
from utils.prompting.classification import classify, draw_examples
from utils.prompting.finetuning import finetune, num_trained
from utils.prompting.language_model import LanguageModel
from utils.prompting.prompt import Prompt

STUDY = Path(__file__).with_name("study.json")

INSTRUCTION = "Decide whether the movie review is positive or negative."
DRAWS = 5
#: How many reviews of each part are asked, half of them positive, all rated beyond ±1.
REVIEWS: dict[Part, int] = {"validation": 120, "test": 200}
#: Labelled reviews that adapters are trained on, drawn from the first :data:`POOL` training reviews.
LABELS = (32, 256)
POOL = 512
TRAININGS = 3

WORDS = {
    "negative / positive": ("negative", "positive"),
    "bad / good": ("bad", "good"),
    "terrible / great": ("terrible", "great"),
    "no / yes": ("no", "yes"),
}
TEMPLATES = {
    "Review, Sentiment": "Review: {text}\nSentiment: {label}",
    "Input, Output": "Input: {text}\nOutput: {label}",
    "quoted, a question": 'Somebody wrote: "{text}" Did they like the film? They found it {label}',
    "bare": "{text}\n{label}",
}
MODEL = "smollm2-135m"
OTHER = "gemma3-270m"
_RECORDS = ("trials", "trainings", "other_trials", "models")
_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "numpy")


@dataclass(frozen=True)
class Trial:
    """One prompt, asked about the reviews of one part.

    kind: what the trial varies: ``"examples"`` (how many, which draw), ``"order"``, ``"labels"`` (how many of the four
        examples are positive), ``"words"``, ``"template"`` or ``"chat"``.
    setting: the value of what is varied, as text.
    draw: which draw of the examples.
    part: ``"validation"`` or ``"test"``.
    prompt: that was asked.
    chat: whether in the form of the model's chat template.
    """

    kind: Literal["examples", "order", "labels", "words", "template", "chat"]
    setting: str
    draw: int
    part: Part
    prompt: Prompt
    chat: bool = False

    @property
    def key(self) -> str:
        """Names the trial in the file."""
        return f"{self.part}/{self.kind}/{self.setting}/{self.draw}"


def reviews(part: Part) -> pd.DataFrame:
    """The reviews that the study asks about: ``text``, ``rating`` and ``label``, as many of either label."""
    return load_reviews("movies", part, lukewarm=1, balanced=True, limit=REVIEWS[part])


def labelled(n: int, seed: int) -> pd.DataFrame:
    """The n training reviews (``text``, ``label``, half of either) of one training; indexed by place in the pool."""
    pool = load_reviews("movies", "train", lukewarm=1, balanced=True, limit=POOL)
    return pool.loc[draw_balanced(pool["label"], n, np.random.default_rng([seed, n]))]


def trials() -> Iterator[Trial]:
    """Everything that the study asks, in the order in which it asks."""
    train = load_reviews("movies", "train", lukewarm=1)

    def prompt(n: int, draw: int, **changes: Any) -> Prompt:
        return Prompt(**{"instruction": INSTRUCTION, "examples": examples(n, draw), **changes})

    def examples(n: int, draw: int) -> list[tuple[str, int]]:
        return draw_examples(train, n, np.random.default_rng([draw, n]))

    for part in REVIEWS:
        for draw in range(DRAWS):
            if draw == 0:
                yield Trial("examples", "0", draw, part, prompt(0, draw))
            yield Trial("examples", "4", draw, part, prompt(4, draw))
    for n in (1, 2, 8):
        for draw in range(DRAWS):
            yield Trial("examples", str(n), draw, "validation", prompt(n, draw))
    for draw in range(DRAWS):
        four = examples(4, draw)
        for setting, sign in (("negative last", -1), ("positive last", 1)):
            ordered = sorted(four, key=lambda example: sign * example[1])
            yield Trial("order", setting, draw, "validation", prompt(4, draw, examples=ordered))
    for draw in range(DRAWS):
        many = examples(8, draw)
        by_class = [[example for example in many if example[1] == label] for label in (0, 1)]
        for positive in (0, 1, 3, 4):
            chosen = [*by_class[1][:positive], *by_class[0][: 4 - positive]]
            shuffled = [chosen[i] for i in np.random.default_rng(draw).permutation(4)]
            yield Trial("labels", str(positive), draw, "validation", prompt(4, draw, examples=shuffled))
    for n in (0, 4):
        for name, words in WORDS.items():
            if name != "negative / positive":
                yield Trial("words", f"{name}, {n} examples", 0, "validation", prompt(n, 0, label_words=words))
        for name, template in TEMPLATES.items():
            if name != "Review, Sentiment":
                words = ("bad", "good") if name.startswith("quoted") else WORDS["negative / positive"]
                changes = {"template": template, "label_words": words}
                yield Trial("template", f"{name}, {n} examples", 0, "validation", prompt(n, 0, **changes))
    for n in (0, 4):
        for draw in range(DRAWS if n else 1):
            yield Trial("chat", f"{n} examples", draw, "validation", prompt(n, draw), chat=True)


def ask(model: LanguageModel, trial: Trial, texts: Sequence[str]) -> dict[str, Any]:
    """One trial's record: ``scores`` (n, 2) and ``content_free`` (3, 2) in nats, and the prompt's perplexity."""
    asked = [*texts, *CONTENT_FREE]
    if trial.chat:
        rendered = model.chat([trial.prompt.messages(text) for text in asked])
        labels: tuple[str, ...] = tuple(trial.prompt.label_words)
    else:
        rendered, labels = [trial.prompt.render(text) for text in asked], trial.prompt.continuations
    scores = model.label_scores(rendered, labels)
    return {
        "kind": trial.kind,
        "setting": trial.setting,
        "draw": trial.draw,
        "part": trial.part,
        "chat": trial.chat,
        "prompt": asdict(trial.prompt),
        "bits_per_character": round(model.bits_per_character(rendered[:10]), 4),
        "scores": np.round(scores[: len(texts)], 4).tolist(),
        "content_free": np.round(scores[len(texts) :], 4).tolist(),
    }


def train(model: LanguageModel, n: int, seed: int, texts: Sequence[str]) -> dict[str, Any]:
    """One training's record: ``probabilities`` of the second label (m,) for the texts, and what the training cost."""
    prompt, chosen = Prompt(INSTRUCTION), labelled(n, seed)
    started = time.process_time()
    tuned = finetune(model, prompt, chosen["text"].tolist(), chosen["label"], seed=seed)
    trained = time.process_time()
    answers = classify(tuned, prompt, texts)[:, 1]
    asked = time.process_time()
    return {
        "labels": n,
        "seed": seed,
        "trained_parameters": num_trained(tuned),
        "training_seconds": round(trained - started, 1),
        "milliseconds_a_review": round(1000 * (asked - trained) / len(texts), 1),
        "probabilities": np.round(answers, 4).tolist(),
    }


def describe(model: LanguageModel, texts: Sequence[str]) -> dict[str, Any]:
    """A model's record: its size, and the bits that it needs for each of the texts."""
    return {
        "parameters": model.num_parameters,
        "bits": np.round(-model.log_likelihood(texts) / np.log(2), 2).tolist(),
    }


def load(path: Path = STUDY) -> dict[str, Any]:
    """What was asked and answered: ``command``, ``date``, ``versions``; the records of :func:`ask` under
    ``trials``, by the trial's key (under ``other_trials`` those of the second model), those of :func:`train` under
    ``trainings``, by number of labels and seed, and those of :func:`describe` under ``models``, by name.
    """
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def table(study: dict[str, Any], records: str = "trials") -> pd.DataFrame:
    """A row a trial: what was varied, and how the answers came out; of ``"trials"`` or ``"other_trials"``.

    Columns: ``part``, ``kind``, ``setting``, ``draw``; ``accuracy`` and ``positive`` (share of reviews answered with
    the second label), the same ``calibrated`` (``calibrated_accuracy``, ``calibrated_positive``), all in [0, 1]; and
    ``bits_per_character`` of the prompt.
    """
    labels = {str(part): reviews(part)["label"].to_numpy() for part in REVIEWS}
    rows = []
    for record in study[records].values():
        truth = labels[record["part"]]
        row = {name: record[name] for name in ("part", "kind", "setting", "draw")}
        for prefix, calibrated in (("", False), ("calibrated_", True)):
            answers = predictions(record, calibrated=calibrated)
            row[f"{prefix}accuracy"] = float((answers == truth).mean())
            row[f"{prefix}positive"] = float(answers.mean())
        rows.append({**row, "bits_per_character": record["bits_per_character"]})
    return pd.DataFrame(rows)


def predictions(record: dict[str, Any], *, calibrated: bool = False) -> NDArray[np.int64]:
    """The class (n,) that a trial answered for each review, with contextual calibration if asked."""
    probabilities = label_probabilities(record["scores"])
    if calibrated:
        probabilities = calibrate(probabilities, label_probabilities(record["content_free"]))
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and train, what the file does not hold yet."""
    parser = argparse.ArgumentParser("python -m utils.prompting.study", description="Ask one model with many prompts.")
    parser.add_argument("--into", type=Path, default=STUDY, help="the file; default: the one shipped with the course")
    parser.add_argument("--fresh", action="store_true", help="forget what the file holds")
    chosen = parser.parse_args(arguments)
    known = load(chosen.into) if chosen.into.exists() and not chosen.fresh else {}
    kept = _Kept(chosen.into, {name: dict(known.get(name, {})) for name in _RECORDS})
    texts = {part: reviews(part)["text"].tolist() for part in REVIEWS}

    def ask_all(name: str, wanted: Sequence[Trial], into: str) -> None:
        model = LanguageModel.load(name, dtype="float32", remember=False)
        for trial in tqdm(wanted, desc=name, unit="prompt"):
            record = kept.records[into].get(trial.key)
            if not (record and _same(record, trial, len(texts[trial.part]))):
                kept.add(into, trial.key, ask(model, trial, texts[trial.part]))
        kept.only(into, [trial.key for trial in wanted])
        if name not in kept.records["models"]:
            kept.add("models", name, describe(model, texts["test"]))

    ask_all(MODEL, list(trials()), "trials")
    model = LanguageModel.load(MODEL, dtype="float32", remember=False)
    for n, seed in tqdm([(n, seed) for n in LABELS for seed in range(TRAININGS)], desc="adapters", unit="training"):
        if f"{n}/{seed}" not in kept.records["trainings"]:
            kept.add("trainings", f"{n}/{seed}", train(model, n, seed, texts["test"]))
    try:
        ask_all(OTHER, [trial for trial in trials() if trial.part == "test"], "other_trials")
    except AssetError as absent:
        print(f"What the file holds of {OTHER} was left as it is. {absent}")
    return 0


class _Kept:
    """The records of the file, written again whenever one is added: one a line, so a changed one is a changed line."""

    def __init__(self, path: Path, records: dict[str, dict[str, Any]]) -> None:
        self.path, self.records = path, records

    def add(self, part: str, key: str, record: dict[str, Any]) -> None:
        self.records[part][key] = record
        self._write()

    def only(self, part: str, keys: Sequence[str]) -> None:
        """Drop what is no longer asked, and put the rest in order."""
        self.records[part] = {key: self.records[part][key] for key in keys}
        self._write()

    def _write(self) -> None:
        head = {
            "command": "python -m utils.prompting.study",
            "date": datetime.now(UTC).date().isoformat(),
            "precision": "float32",
            "versions": {"python": python_version(), **{package: version(package) for package in _PACKAGES}},
        }
        parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
        for name, found in self.records.items():
            lines = [f" {json.dumps(key)}: {_compact(record)}" for key, record in found.items()]
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        unfinished = self.path.with_name(f"{self.path.name}.{os.getpid()}.unfinished")
        unfinished.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
        unfinished.replace(self.path)


def _same(record: dict[str, Any], trial: Trial, n: int) -> bool:
    prompt = json.loads(json.dumps(asdict(trial.prompt)))
    return bool(record["prompt"] == prompt and record["chat"] == trial.chat and len(record["scores"]) == n)


def _compact(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
