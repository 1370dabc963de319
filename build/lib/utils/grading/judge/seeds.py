"""The seeds of both processes: derived from one number, alike where both sides run the same cell, and otherwise secret.

A seed that the student's process learns tells nothing about the others, because each is a keyed hash. Where a notebook
seeds the global generators itself, its cells go on from there, as in a notebook that is run from top to bottom.
"""

import hashlib
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

_SETS_SEED: Final = re.compile(r"seed\(")


@dataclass(frozen=True)
class CellSeeds:
    """The seeds of one cell: of the student's process and of the judge; None where its generators go on."""

    student: int | None
    judge: int | None


class Seeds:
    """The seeds of the cells of one notebook, to be asked for in their order.

    Args:
        secret: the number from which all are derived.

    Example:
        >>> seeds = Seeds(7)
        >>> both = seeds.both("x = random.random()")
        >>> both.student == both.judge, both == seeds.both("x = random.random()")
        (True, False)
    """

    def __init__(self, secret: int) -> None:
        self._key = hashlib.sha256(str(secret).encode()).digest()
        self._cells: Counter[str] = Counter()
        # Whether the student's generators are in a state that the notebook itself has set, and the judge's in the same.
        self._set = False
        self._alike = False

    def both(self, source: str) -> CellSeeds:
        """For a cell that both sides run: the same text draws the same numbers on both sides."""
        if self._set and self._alike:
            seeds = CellSeeds(None, None)
        else:
            seed = self._derived("both", source)
            seeds = CellSeeds(seed, seed)
            self._set = False
        if _SETS_SEED.search(source):
            self._set = self._alike = True
        return seeds

    def student(self, source: str) -> CellSeeds:
        """For a cell that only the student's process runs."""
        seeds = CellSeeds(None if self._set else self._derived("student", source), None)
        self._set = self._set or _SETS_SEED.search(source) is not None
        self._alike = False
        return seeds

    def check(self, source: str) -> CellSeeds:
        """For a check, and for the calls that it makes: numbers that no code of the student can predict."""
        self._set = self._alike = False
        return CellSeeds(self._derived("calls", source), self._derived("check", source))

    def _derived(self, use: str, source: str) -> int:
        text = f"{use}\0{source.strip()}"
        self._cells[text] += 1
        content = f"{text}\0{self._cells[text]}".encode("utf-8", "replace")
        return int.from_bytes(hashlib.blake2b(content, key=self._key, digest_size=8).digest()) >> 2


def seed_generators(seed: int) -> None:
    """Seed the judge's global random generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
