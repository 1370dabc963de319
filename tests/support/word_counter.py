"""A model for tests of topic 04's figure: it counts words, and is as slow as one likes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from utils.arrays import FloatArray

REVIEWS = [(f"{'good' if i % 2 else 'poor'} film {i}{', not so good' if i % 5 == 0 else ''}", i % 2) for i in range(20)]
EXAMPLES = [("A gem.", 1), ("I left early.", 0), ("Warm & witty.", 1), ("Dull <and> long.", 0)]


class WordCounter:
    """Counts "good" and "poor" in the last block, and leans towards the last example's answer.

    It refuses prompts with the word "fail", and waits `seconds` in each call with a prompt that begins with "slow".
    """

    name = "the word counter"

    def __init__(self, seconds: float = 0.0) -> None:
        self.calls: list[list[str]] = []
        self._seconds = seconds

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], /) -> FloatArray:
        """(n, 2), in nats."""
        self.calls.append(list(prompts))
        if "fail" in prompts[0]:
            raise ValueError("Prompt 0 has 9000 tokens: shorten it.")
        if prompts[0].startswith("slow"):
            time.sleep(self._seconds)
        return np.array([self._row(prompt, labels) for prompt in prompts])

    def _row(self, prompt: str, labels: Sequence[str]) -> list[float]:
        *before, question = prompt.split("\n\n")
        margin = 1.5 * question.count("good") - 1.5 * question.count("poor") + 0.01 * len(question)
        lean = next((2.0 if block.endswith(labels[1]) else -2.0 for block in reversed(before) if "\n" in block), 0.0)
        return [-9.0, -9.0 + margin + lean]
