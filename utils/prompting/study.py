"""The study of prompts: one model answers many prompts, and the answers are shipped in `study.json`.

``python -m utils.prompting.study`` scores every prompt, then fine-tunes adapters. The file is written after each prompt
and each training, so that a run that was stopped resumes. It contains the label scores of every review, not accuracies:
a lecture computes these from the scores. :func:`load` reads the file that was shipped with the course.

Varied settings are evaluated on the *validation* reviews. The *test* reviews are used only with settings that were
fixed beforehand: no examples, five draws of four examples, adapters with the default settings, and all label words,
templates and instructions (to see which of their effects repeat, never to choose one). A second model, only pretrained
(next-token prediction), answers the test prompts without varied settings if it is installed (``python -m utils.data
gemma3-270m`` names its terms).

It has more than 350 lines because the design, its settings and the tables made of its records are read together.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from utils.arrays import FloatArray, IntArray
from utils.data import load_reviews
from utils.data.assets import AssetError
from utils.probing import draw_balanced
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities, median_answers
from utils.prompting.classification import classify, draw_examples, rendered
from utils.prompting.finetuning import finetune, num_trained
from utils.prompting.language_model import LanguageModel
from utils.prompting.prompt import Prompt
from utils.store import provenance, write_atomic

STUDY = Path(__file__).with_name("study.json")

INSTRUCTION = "Decide whether the movie review is positive or negative."
DRAWS = 5
StudyPart = Literal["validation", "test"]
Threshold = Literal["half", "content-free", "median"]
#: The number of reviews of each part, half of them positive, all rated beyond ±1.
REVIEWS: Mapping[StudyPart, int] = {"validation": 120, "test": 200}
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
    "a sentence": 'Somebody wrote: "{text}" The sentiment of this review is {label}',
    "bare": "{text}\n{label}",
}
INSTRUCTIONS = {
    "decide": INSTRUCTION,
    "none": "",
    "question": "Is the movie review positive or negative?",
    "one word": "Classify the sentiment of the movie review. Answer with one word: positive or negative.",
    "critic": "You are an experienced film critic. You can tell whether a movie review is positive or negative.",
}
MODEL = "smollm2-135m"
OTHER = "gemma3-270m"
_READ = ("examples", "order", "chat")
_RECORDS = ("trials", "trainings", "other_trials", "models")
_COMMAND = "python -m utils.prompting.study"
_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "numpy")


@dataclass(frozen=True)
class StudySettings:
    """How large the study is; the defaults are those of the shipped file.

    reviews: the number of reviews of each part. labels: the numbers of labelled reviews that adapters are trained on.
    trainings: seeds per number of labels.
    """

    reviews: Mapping[StudyPart, int] = field(default_factory=lambda: dict(REVIEWS))
    labels: tuple[int, ...] = LABELS
    trainings: int = TRAININGS


@dataclass(frozen=True)
class Trial:
    """One prompt, evaluated on the reviews of one part.

    kind: what the trial varies: ``"examples"`` (how many, which draw), ``"order"``, ``"labels"`` (how many of the four
        examples are positive, crossed with the label of the last one), ``"words"``, ``"template"``, ``"instruction"``
        or ``"chat"``.
    setting: the varied value, as text.
    draw: which draw of the examples.
    part: ``"validation"`` or ``"test"``.
    prompt: the prompt.
    chat: whether it is rendered by the model's chat template.
    """

    kind: Literal["examples", "order", "labels", "words", "template", "instruction", "chat"]
    setting: str
    draw: int
    part: StudyPart
    prompt: Prompt
    chat: bool = False

    @property
    def key(self) -> str:
        """The name of the trial in the file."""
        return f"{self.part}/{self.kind}/{self.setting}/{self.draw}"


def reviews(part: StudyPart, n: int | None = None) -> pd.DataFrame:
    """The first n reviews of a part (:data:`REVIEWS` by default): ``text``, ``rating``, ``label``; balanced labels."""
    return load_reviews("movies", part, lukewarm=1, balanced=True, limit=REVIEWS[part] if n is None else n)


def labelled(n: int, seed: int) -> pd.DataFrame:
    """The n training reviews (``text``, ``label``, balanced) of one training; indexed by position in the pool."""
    pool = load_reviews("movies", "train", lukewarm=1, balanced=True, limit=POOL)
    return pool.loc[draw_balanced(pool["label"], n, np.random.default_rng([seed, n]))]


def trials() -> Iterator[Trial]:
    """All trials of the study, in the order in which they run."""
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
            mixture = [*by_class[1][:positive], *by_class[0][: 4 - positive]]
            if positive in (0, 4):
                shuffled = [mixture[i] for i in np.random.default_rng(draw).permutation(4)]
                yield Trial("labels", str(positive), draw, "validation", prompt(4, draw, examples=shuffled))
                continue
            for last in (0, 1):  # the same four examples, and the first three in the same order as far as possible
                final = next(example for example in mixture if example[1] == last)
                others = [example for example in mixture if example is not final]
                order = np.random.default_rng([draw, positive]).permutation(3)
                ordered = [*(others[i] for i in order), final]
                setting = f"{positive}, {WORDS['negative / positive'][last]} last"
                yield Trial("labels", setting, draw, "validation", prompt(4, draw, examples=ordered))
    variations: list[tuple[Literal["words", "template", "instruction"], str, dict[str, Any]]] = [
        *(("words", name, {"label_words": words}) for name, words in list(WORDS.items())[1:]),
        *(("template", name, {"template": template}) for name, template in list(TEMPLATES.items())[1:]),
        *(("instruction", name, {"instruction": text}) for name, text in list(INSTRUCTIONS.items())[1:]),
    ]
    for n in (0, 4):
        for kind, name, changes in variations:
            if n and (kind == "instruction" or name == "a sentence"):  # these are tried without examples only
                continue
            for part in REVIEWS:
                yield Trial(kind, f"{name}, {n} examples", 0, part, prompt(n, 0, **changes))
    for n in (0, 4):
        for draw in range(DRAWS if n else 1):
            yield Trial("chat", f"{n} examples", draw, "validation", prompt(n, draw), chat=True)


def of_both_models(trial: Trial) -> bool:
    """Whether the second model answers a trial, too: test reviews, and no setting but the examples is varied."""
    return trial.part == "test" and trial.kind == "examples"


def ask(model: LanguageModel, trial: Trial, texts: Sequence[str]) -> dict[str, Any]:
    """One trial's record: ``scores`` (n, 2) and ``content_free`` (3, 2) in nats, and ``bits_per_character``.

    The bits are those of the first ten prompts. To read a whole prompt takes as long as to answer it a dozen times, so
    they are measured for the kinds ``"examples"``, ``"order"`` and ``"chat"`` only, and None for the others.
    """
    prompts, labels = rendered(model, trial.prompt, [*texts, *CONTENT_FREE], chat=trial.chat)
    scores = model.label_scores(prompts, labels)
    return {
        "kind": trial.kind,
        "setting": trial.setting,
        "draw": trial.draw,
        "part": trial.part,
        "chat": trial.chat,
        "prompt": asdict(trial.prompt),
        "bits_per_character": round(model.bits_per_character(prompts[:10]), 4) if trial.kind in _READ else None,
        "scores": np.round(scores[: len(texts)], 4).tolist(),
        "content_free": np.round(scores[len(texts) :], 4).tolist(),
    }


def train(model: LanguageModel, n: int, seed: int, texts: Sequence[str]) -> dict[str, Any]:
    """One training's record: ``probabilities`` of the second label (m,) for the texts, and the cost of the training."""
    prompt, examples = Prompt(INSTRUCTION), labelled(n, seed)
    started = time.process_time()
    tuned = finetune(model, prompt, examples["text"].tolist(), examples["label"], seed=seed)
    training_ended = time.process_time()
    answers = classify(tuned, prompt, texts)[:, 1]
    answering_ended = time.process_time()
    return {
        "labels": n,
        "seed": seed,
        "trained_parameters": num_trained(tuned),
        "training_seconds": round(training_ended - started, 1),
        "milliseconds_a_review": round(1000 * (answering_ended - training_ended) / len(texts), 1),
        "probabilities": np.round(answers, 4).tolist(),
    }


def describe(model: LanguageModel, texts: Sequence[str]) -> dict[str, Any]:
    """A model's record: its number of parameters, and the bits that it needs for each of the texts."""
    return {
        "parameters": model.num_parameters,
        "bits": np.round(-model.log_likelihood(texts) / np.log(2), 2).tolist(),
    }


def load(path: Path = STUDY) -> dict[str, Any]:
    """The shipped file.

    ``command``, ``date`` and ``versions`` record its provenance. ``trials`` has the records of :func:`ask` by the
    trial's key, ``other_trials`` those of the second model; ``trainings`` has the records of :func:`train` by number of
    labels and seed, and ``models`` those of :func:`describe` by name.
    """
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def table(study: dict[str, Any], records: str = "trials") -> pd.DataFrame:
    """One row per trial, with its setting and its scores; of ``"trials"`` or ``"other_trials"``.

    Columns: ``part``, ``kind``, ``setting``, ``draw``; ``examples`` (how many), ``last`` (class of the last example, −1
    without examples) and ``share`` (of positive ones among the examples, NaN without); ``auc`` (the *ordering*:
    probability that a positive review gets a higher P(positive) than a negative one); ``accuracy`` and ``positive``
    (share of reviews answered with the second label) at a threshold of 0.5, the same for the other two thresholds of
    :func:`predictions` (``calibrated_accuracy``, ``calibrated_positive``, ``median_accuracy``); and
    ``bits_per_character`` of the prompt (NaN where it was not measured).
    """
    labels = {str(part): reviews(part)["label"].to_numpy() for part in REVIEWS}
    rows = []
    for record in study[records].values():
        truth = labels[record["part"]]
        classes = [label for _, label in record["prompt"]["examples"]]
        row = {name: record[name] for name in ("part", "kind", "setting", "draw")}
        row |= {"examples": len(classes), "last": classes[-1] if classes else -1}
        row |= {"share": float(np.mean(classes)) if classes else np.nan}
        row["auc"] = float(roc_auc_score(truth, positive_probabilities(record)))
        thresholds: dict[str, Threshold] = {"": "half", "calibrated_": "content-free", "median_": "median"}
        for prefix, threshold in thresholds.items():
            answers = predictions(record, threshold)
            row[f"{prefix}accuracy"] = float((answers == truth).mean())
            row[f"{prefix}positive"] = float(answers.mean())
        rows.append({**row, "bits_per_character": record["bits_per_character"] or np.nan})
    return pd.DataFrame(rows)


def positive_probabilities(record: dict[str, Any]) -> FloatArray:
    """P(positive) of each review in a trial, (n,): of the two label words, the share of the second."""
    return np.asarray(label_probabilities(record["scores"])[:, 1])


def predictions(record: dict[str, Any], threshold: Threshold = "half") -> IntArray:
    """The predicted class (n,) of each review in a trial, by one of three thresholds on P(positive).

    ``"half"``: 0.5, the likelier label word. ``"content-free"``: contextual calibration, by the prompt's answers to
    inputs without content. ``"median"``: the median of the trial's own reviews, so that half of the answers are
    positive (:func:`utils.prompting.median_answers`).
    """
    probabilities = label_probabilities(record["scores"])
    if threshold == "median":
        return median_answers(probabilities)
    if threshold == "content-free":
        probabilities = calibrate(probabilities, label_probabilities(record["content_free"]))
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)


def complete(
    planned: Sequence[Trial],
    path: Path,
    settings: StudySettings | None = None,
    *,
    fresh: bool = False,
    load_model: Callable[[str], LanguageModel] | None = None,
) -> None:
    """Compute the records that a file does not have yet, and write it after each of them.

    Args:
        planned: the trials, in the order of the records.
        path: the file; created if it does not exist.
        settings: the size of the study; by default that of the shipped file.
        fresh: ignore what the file contains.
        load_model: a function from a model's name to the model; by default the course's models in float32.
    """
    settings, load_model = settings or StudySettings(), load_model or _load_model
    previous = load(path) if path.exists() and not fresh else {}
    file = _StudyFile(path, {name: dict(previous.get(name, {})) for name in _RECORDS})
    texts = {part: reviews(part, n)["text"].tolist() for part, n in settings.reviews.items()}

    def ask_all(name: str, trials: Sequence[Trial], into: str) -> None:
        model = load_model(name)
        for trial in tqdm(trials, desc=name, unit="prompt"):
            record = file.records[into].get(trial.key)
            if not (record and _same(record, trial, len(texts[trial.part]))):
                file.add(into, trial.key, ask(model, trial, texts[trial.part]))
        file.restrict(into, [trial.key for trial in trials])
        if name not in file.records["models"]:
            file.add("models", name, describe(model, texts["test"]))

    ask_all(MODEL, planned, "trials")
    model = load_model(MODEL)
    trainings = [(n, seed) for n in settings.labels for seed in range(settings.trainings)]
    for n, seed in tqdm(trainings, desc="adapters", unit="training"):
        if f"{n}/{seed}" not in file.records["trainings"]:
            file.add("trainings", f"{n}/{seed}", train(model, n, seed, texts["test"]))
    try:
        ask_all(OTHER, [trial for trial in planned if of_both_models(trial)], "other_trials")
    except AssetError as error:
        print(f"The records of {OTHER} were left as they are. {error}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, or the rest of it, and write its file."""
    parser = argparse.ArgumentParser(_COMMAND, description="Evaluate one language model with many prompts.")
    parser.add_argument("--into", type=Path, default=STUDY, help="the file; default: the one shipped with the course")
    parser.add_argument("--fresh", action="store_true", help="ignore what the file contains")
    options = parser.parse_args(arguments)
    complete(list(trials()), options.into, fresh=options.fresh)
    return 0


class _StudyFile:
    """The records of the file, written after each change: one record per line, so that diffs show only what changed."""

    def __init__(self, path: Path, records: dict[str, dict[str, Any]]) -> None:
        self.path, self.records = path, records

    def add(self, part: str, key: str, record: dict[str, Any]) -> None:
        self.records[part][key] = record
        self._write()

    def restrict(self, part: str, keys: Sequence[str]) -> None:
        """Keep only these records, in this order."""
        self.records[part] = {key: self.records[part][key] for key in keys}
        self._write()

    def _write(self) -> None:
        head = {**provenance(_COMMAND, _PACKAGES), "precision": "float32"}
        parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
        for name, records in self.records.items():
            lines = [f" {json.dumps(key)}: {_compact(record)}" for key, record in records.items()]
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        write_atomic(self.path, "{\n" + ",\n".join(parts) + "\n}\n")


def _load_model(name: str) -> LanguageModel:
    return LanguageModel.load(name, dtype="float32", remember=False)


def _same(record: dict[str, Any], trial: Trial, n: int) -> bool:
    prompt = json.loads(json.dumps(asdict(trial.prompt)))
    return bool(record["prompt"] == prompt and record["chat"] == trial.chat and len(record["scores"]) == n)


def _compact(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
