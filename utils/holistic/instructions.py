"""One model before and after tuning on instructions that hold no sentiment, asked for sentiment without an example.

Two models that differ in their tuning differ in much else. Here one thing changes: Gemma 3 270M, which was trained on
next words only, is tuned by low-rank adapters on the seven generated tasks of topic 05 that are not about sentiment. As
a control it is also tuned on the same questions with their answers shuffled, which teach the form of an answer but
nothing about the questions. Before and after, it answers the test reviews of topic 04 without an example, in each of
that topic's five wordings, and new items of the tasks. Each training has its own items, order and first weights.

``python -m utils.holistic.instructions`` computes what the shipped file lacks, and writes it after each training. It
needs Gemma, whose weights come under terms of their own (``python -m utils.data gemma3-270m`` names them).
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tqdm import tqdm

from utils.holistic.scenarios import SCENARIOS, Scenario
from utils.prompting import LanguageModel, classify
from utils.prompting.finetuning import finetune_on_tasks
from utils.prompting.study import INSTRUCTIONS, OTHER, Trial, ask, reviews, trials
from utils.store import provenance, write_atomic

RESULTS = Path(__file__).with_name("instructions.json")
Answers = Literal["right", "shuffled"]
ANSWERS: tuple[Answers, ...] = ("right", "shuffled")
TRAININGS = 5
ITEMS = 36
"""Items of each task in one training; a multiple of 2, 3 and 4, so that the answers are balanced."""
HELD_OUT = 24
"""Items of each task that the model is asked before and after."""

_COMMAND = "python -m utils.holistic.instructions"
_PACKAGES = ("torch", "transformers", "tokenizers", "peft", "numpy")


def tasks() -> list[Scenario]:
    """The scenarios that the model is tuned on: generated, and not about sentiment."""
    return [scenario for scenario in SCENARIOS.values() if not scenario.asks_sentiment]


def questions() -> list[Trial]:
    """The prompts for sentiment: no example, one of the five instructions each; test reviews."""
    return [trial for trial in trials() if trial.part == "test" and trial.setting in _settings()]


def _settings() -> list[str]:
    return ["0", *(f"{name}, 0 examples" for name in list(INSTRUCTIONS)[1:])]


def tuned(model: LanguageModel, answers: Answers, seed: int, items: int = ITEMS) -> LanguageModel:
    """The model after one training.

    Args:
        model: to start from, in float32.
        answers: ``"right"``, or ``"shuffled"`` within each task.
        seed: of the training, from 0: each has items of its own.
        items: of each task.
    """
    rng = np.random.default_rng([seed, items])
    drawn = []
    for task in tasks():
        rows = task.items("train", items * (seed + 1)).tail(items)
        labels = rows["label"].to_numpy()
        drawn.append((task.prompt(), rows["text"].tolist(), labels if answers == "right" else rng.permutation(labels)))
    return finetune_on_tasks(model, drawn, seed=seed)


def examine(model: LanguageModel, n: int | None = None, held_out: int = HELD_OUT) -> dict[str, Any]:
    """A model's record.

    ``reviews``: by instruction, the ``scores`` (n, 2) and ``content_free`` scores (3, 2) in nats of
    :func:`utils.prompting.study.ask`. ``tasks``: by task, the share of new items that are answered correctly.
    """
    texts = reviews("test", n)["text"].tolist()
    answered = {}
    for name, trial in zip(INSTRUCTIONS, questions(), strict=True):
        record = ask(model, trial, texts)
        answered[name] = {"scores": record["scores"], "content_free": record["content_free"]}
    correct = {}
    for task in tasks():
        rows = task.items("test", held_out)
        given = classify(model, task.prompt(), rows["text"].tolist()).argmax(axis=1)
        correct[task.name] = round(float((given == rows["label"].to_numpy()).mean()), 4)
    return {"reviews": answered, "tasks": correct}


def load(path: Path = RESULTS) -> dict[str, Any]:
    """The shipped file: its provenance, and in ``records`` those of :func:`examine` by ``"before"``, ``"right/0"`` …"""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def complete(
    path: Path = RESULTS,
    *,
    fresh: bool = False,
    load_model: Callable[[], LanguageModel] | None = None,
    trainings: int = TRAININGS,
    items: int = ITEMS,
    n: int | None = None,
    held_out: int = HELD_OUT,
) -> None:
    """Compute the records that a file lacks, and write it after each.

    Args:
        path: the file; created if it does not exist.
        fresh: ignore what it contains.
        load_model: by default Gemma in float32.
        trainings, items: how many trainings of each kind, and items of each task in one.
        n, held_out: how many reviews, and new items of each task, are asked.

    Raises:
        AssetError: if Gemma is not there.
    """
    records = dict(load(path)["records"]) if path.exists() and not fresh else {}
    model = (load_model or _load_gemma)()

    def add(key: str, changed: LanguageModel) -> None:
        records[key] = examine(changed, n, held_out)
        lines = [f" {json.dumps(name)}: {json.dumps(record)}" for name, record in records.items()]
        head = json.dumps({**provenance(_COMMAND, _PACKAGES), "precision": "float32"})
        write_atomic(path, head[:-1] + ', "records": {\n' + ",\n".join(lines) + "\n}}\n")

    if "before" not in records:
        add("before", model)
    for key, answers, seed in tqdm(list(_trainings(trainings)), desc="tuning", unit="training"):
        if key not in records:
            add(key, tuned(model, answers, seed, items))


def _trainings(count: int) -> Iterator[tuple[str, Answers, int]]:
    for seed in range(count):
        for answers in ANSWERS:
            yield f"{answers}/{seed}", answers, seed


def _load_gemma() -> LanguageModel:
    return LanguageModel.load(OTHER, dtype="float32", remember=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute the shipped file, or the rest of it."""
    parser = argparse.ArgumentParser(_COMMAND, description="Tune a model on instructions, and ask it for sentiment.")
    parser.add_argument("--into", type=Path, default=RESULTS, help="the file; default: the one shipped with the course")
    parser.add_argument("--fresh", action="store_true", help="ignore what the file contains")
    options = parser.parse_args(arguments)
    complete(options.into, fresh=options.fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
