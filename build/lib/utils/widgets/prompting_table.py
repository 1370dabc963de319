"""The numbers behind topic 04's figure where no model can be asked: one model's answers to some hundred prompts.

``python -m utils.widgets.prompting_table`` asks SmolLM2-135M and writes ``prompting_table.npz`` and, with the reviews
and the provenance, ``prompting_table.json``. It takes about a quarter of an hour on a free core, and resumes where it
stopped.

Six short training reviews are the examples: four positive, then two negative. A prompt shows some of them, in some
order (`prompts`):

- with the first instruction and the first pair of words, each selection of up to four of one of the `FOURS`, in every
  order;
- with another instruction or another pair of words, none or the four of `BALANCED`, in every order.

Arrays of the file, with P prompts and n reviews:

- ``prompts`` int8 (P, 6): the number of the instruction, of the pair of words, and of the four examples; −1 for none.
- ``scores`` float16 (P, n): ln p(positive word) − ln p(negative word) after each prompt with each review, in nats.
- ``empty`` float16 (P, 3): the same for the inputs without content (`utils.prompting.CONTENT_FREE`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from utils.arrays import FloatArray
from utils.data import load_reviews
from utils.data.reviews import Part
from utils.prompting import CONTENT_FREE, LanguageModel, Prompt
from utils.store import provenance, write_atomic

MODEL = "smollm2-135m"
PRECISION: Final = "float32"
INSTRUCTIONS = (
    "Decide whether the movie review is positive or negative.",
    "Did the writer like the film?",
    "",
)
WORDS = (("negative", "positive"), ("bad", "good"), ("terrible", "great"))
REVIEWS = 40
FOURS = ((0, 1, 4, 5), (0, 1, 2, 3), (0, 1, 2, 4))
"""The examples that are shown together: two and two, four positive ones, three positive and a negative one."""

BALANCED = FOURS[0]
FILE = Path(__file__).with_suffix(".npz")

_CHARACTERS = (20, 70)
_CLASSES = (1, 1, 1, 1, 0, 0)

Key = tuple[int, int, tuple[int, ...]]


@runtime_checkable
class Scorer(Protocol):
    """The method of a language model that the figure needs; `utils.prompting.LanguageModel` has it."""

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], /) -> FloatArray: ...


def reviews(n: int = REVIEWS) -> pd.DataFrame:
    """The first n short validation reviews that are clearly rated: ``text`` and ``label``, classes in turn."""
    return _short("validation", [label % 2 for label in range(n)])


def examples() -> list[tuple[str, int]]:
    """The first short training reviews, clearly rated: four positive ones, then two negative ones."""
    table = _short("train", _CLASSES)
    return [(str(text), int(label)) for text, label in zip(table["text"], table["label"], strict=True)]


def prompts() -> Iterator[Key]:
    """Every prompt of the table: instruction, pair of words, and examples in the order in which they are shown."""
    shown: dict[tuple[int, ...], None] = {}
    for four in FOURS:
        for size in range(len(four) + 1):
            shown.update(dict.fromkeys(order for chosen in combinations(four, size) for order in permutations(chosen)))
    for order in sorted(shown, key=lambda order: (-len(order), order)):
        yield 0, 0, order
    others = [(0, words) for words in range(1, len(WORDS))] + [(text, 0) for text in range(1, len(INSTRUCTIONS))]
    for instruction, words in others:
        yield instruction, words, ()
        for order in permutations(BALANCED):
            yield instruction, words, order


def prompt_of(key: Key, pool: Sequence[tuple[str, int]]) -> Prompt:
    """The prompt of a key, with its examples from the pool."""
    instruction, words, order = key
    return Prompt(INSTRUCTIONS[instruction], [pool[i] for i in order], label_words=WORDS[words])


def margins(model: Scorer, prompt: Prompt, texts: Sequence[str]) -> FloatArray:
    """ln p(second label word) − ln p(first) after the prompt with each text, in nats: (n,)."""
    rendered = [prompt.render(text) for text in texts]
    scores = model.label_scores(rendered, prompt.continuations)
    difference: FloatArray = scores[:, 1] - scores[:, 0]
    return difference


def load(file: Path = FILE) -> dict[str, Any]:
    """The arrays of the file, and ``reviews`` and ``examples``, pairs (text, class), from the JSON beside it."""
    record = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    with np.load(file) as arrays:
        table = {name: arrays[name] for name in arrays.files}
    pairs = {name: [(str(text), int(label)) for text, label in record[name]] for name in ("reviews", "examples")}
    return {**table, **pairs}


def write(answers: Mapping[Key, FloatArray], file: Path = FILE) -> None:
    """Write the answers (n + 3,) to each prompt, and how they were made next to them."""
    rows = [[instruction, words, *order, *[-1] * (4 - len(order))] for instruction, words, order in answers]
    values = np.array(list(answers.values()), np.float16)
    cut = -len(CONTENT_FREE)
    np.savez_compressed(file, prompts=np.array(rows, np.int8), scores=values[:, :cut], empty=values[:, cut:])
    record = provenance("python -m utils.widgets.prompting_table", ["torch", "transformers", "tokenizers", "numpy"])
    table = reviews()
    pairs = [(str(text), int(label)) for text, label in zip(table["text"], table["label"], strict=True)]
    record |= {"model": MODEL, "precision": PRECISION, "instructions": INSTRUCTIONS, "words": WORDS}
    record |= {"examples": examples(), "reviews": pairs}
    write_atomic(file.with_suffix(".json"), json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def main(file: Path = FILE) -> None:
    """Ask the model what the file does not have yet, and write it."""
    model = LanguageModel.load(MODEL, dtype=PRECISION, remember=False)
    pool, texts = examples(), [*reviews()["text"], *CONTENT_FREE]
    answers = _previous(file)
    wanted = list(prompts())
    for number, key in enumerate(wanted, 1):
        if key not in answers:
            answers[key] = margins(model, prompt_of(key, pool), texts)
            if number % 10 == 0:
                write(answers, file)
                print(f"{number} of {len(wanted)} prompts", flush=True)
    write({key: answers[key] for key in wanted}, file)


def _previous(file: Path) -> dict[Key, FloatArray]:
    """What the file has, if it is about the same texts."""
    if not file.exists():
        return {}
    table = load(file)
    current = reviews()
    same = table["examples"] == examples() and [text for text, _ in table["reviews"]] == list(current["text"])
    if not same:
        return {}
    values = np.concatenate([table["scores"], table["empty"]], axis=1).astype(np.float64)
    keys = [(int(row[0]), int(row[1]), tuple(int(i) for i in row[2:] if i >= 0)) for row in table["prompts"]]
    return dict(zip(keys, values, strict=True))


def _short(part: Part, classes: Sequence[int]) -> pd.DataFrame:
    """The first short, clearly rated reviews of a part, with these classes in this order."""
    table = load_reviews("movies", part, lukewarm=1.0)
    table = table[table["text"].str.len().between(*_CHARACTERS)]
    queues = {label: iter(table.index[table["label"] == label]) for label in (0, 1)}
    return table.loc[[next(queues[label]) for label in classes], ["text", "label"]].reset_index(drop=True)


if __name__ == "__main__":
    main()
