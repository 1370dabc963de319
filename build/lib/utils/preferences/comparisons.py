"""Answers to "which of these two is better?", and the file that stores them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from utils.arrays import FloatArray, IntArray
from utils.store import write_atomic

_FORMAT = "which-is-better/answers"
_OUTCOMES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Comparisons:
    """n answers about k items.

    Attributes:
        first, second: (n,) integers from 0 to k − 1: the two items of each comparison.
        outcome: (n,) numbers: 1 if the first was better, 0 if the second was, 0.5 for a tie.
        n_items: k, at least 2, including items that were never compared.
        about: anything else to be stored with the answers, such as what the items were; of the types that JSON has.

    Raises:
        ValueError: if the lengths differ, an item is compared with itself or does not exist, or an outcome has
            another value.

    Example:
        >>> comparisons = Comparisons([0, 1, 0], [1, 0, 2], [1, 0, 0.5], n_items=3)
        >>> comparisons.wins()
        array([[0. , 2. , 0.5],
               [0. , 0. , 0. ],
               [0.5, 0. , 0. ]])
    """

    first: IntArray
    second: IntArray
    outcome: FloatArray
    n_items: int
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first, second, outcome = (np.asarray(part) for part in (self.first, self.second, self.outcome))
        if first.ndim != 1 or not first.shape == second.shape == outcome.shape:
            raise ValueError(
                f"first, second and outcome have shapes {first.shape}, {second.shape} and {outcome.shape}, but each "
                "answer needs one of each: give three arrays of the same length."
            )
        for name, items in (("first", first), ("second", second)):
            if items.size and items.dtype.kind not in "iu":
                raise ValueError(f"{name} has the dtype {items.dtype}, but items are numbered by integers: convert it.")
            if items.size and not (items.min() >= 0 and items.max() < self.n_items):
                raise ValueError(
                    f"{name} has items from {items.min()} to {items.max()}, but with n_items={self.n_items} they are "
                    f"numbered from 0 to {self.n_items - 1}: renumber them or give a larger n_items."
                )
        if (first == second).any():
            position = int(np.flatnonzero(first == second)[0])
            raise ValueError(
                f"answer {position} compares item {first[position]} with itself, but an answer needs two items: "
                "remove such answers."
            )
        if not np.isin(outcome, _OUTCOMES).all():
            bad = outcome[~np.isin(outcome, _OUTCOMES)][0]
            raise ValueError(f"an outcome is {bad}, but must be 1 (first), 0 (second) or 0.5 (tie): give one of these.")
        if self.n_items < 2:
            raise ValueError(f"n_items is {self.n_items}, but a comparison needs at least 2 items: give more.")
        for name, values in (("first", first.astype(np.int64)), ("second", second.astype(np.int64))):
            object.__setattr__(self, name, values)
        object.__setattr__(self, "outcome", outcome.astype(np.float64))

    def __len__(self) -> int:
        return len(self.outcome)

    @classmethod
    def none(cls, n_items: int, about: Mapping[str, Any] | None = None) -> Comparisons:
        """No answers yet about ``n_items`` items."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, np.zeros(0), n_items, about or {})

    def with_answer(self, first: int, second: int, outcome: float) -> Comparisons:
        """These answers and one more."""
        return Comparisons(
            np.append(self.first, first),
            np.append(self.second, second),
            np.append(self.outcome, outcome),
            self.n_items,
            self.about,
        )

    def wins(self) -> FloatArray:
        """(k, k): how often item i (row) was preferred to item j (column); a tie gives half a win to either."""
        table = np.zeros((self.n_items, self.n_items))
        np.add.at(table, (self.first, self.second), self.outcome)
        np.add.at(table, (self.second, self.first), 1 - self.outcome)
        return table

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the answers as JSON. A file at ``path`` is replaced in one step, so that nothing is lost halfway.

        Raises:
            FileNotFoundError: if the folder does not exist.
            OSError: if the file cannot be written.
        """
        folder = Path(path).parent
        if not folder.is_dir():  # a misspelt folder must not be created
            raise FileNotFoundError(f"There is no folder {folder}: create it, or give another path.")
        content = {
            "format": _FORMAT,
            "n_items": self.n_items,
            "about": dict(self.about),
            "answers": [
                [int(a), int(b), float(o)] for a, b, o in zip(self.first, self.second, self.outcome, strict=True)
            ],
        }
        write_atomic(Path(path), json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Comparisons:
        """Answers that :meth:`save` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file contains something else.
        """
        try:
            content = json.loads(Path(path).read_bytes())
            answers, n_items, about = content["answers"], content["n_items"], content.get("about", {})
            if content["format"] != _FORMAT or not isinstance(n_items, int) or not isinstance(about, dict):
                raise ValueError("another format")
            first, second = (np.array([int(answer[side]) for answer in answers], dtype=np.int64) for side in (0, 1))
            outcome = np.array([float(answer[2]) for answer in answers])
        except (ArithmeticError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(
                f"{Path(path).name} contains no answers that can be read: choose a file that was saved with save()."
            ) from error
        return cls(first, second, outcome, n_items, about)
