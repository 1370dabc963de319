"""A figure for tests, whose module is ``tests/widgets/counter.js``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.support import ROOT
from utils.widgets.fields import Flag, ListOf, OneOf, Real, Text, Whole
from utils.widgets.figure import Figure

ARRAYS = {
    "halves": np.array([[0.5, -2.25], [6.1e-5, 65504.0]], np.float16),
    "singles": np.array([1.5, 2.5], np.float32),
    "doubles": np.array([0.1, 0.2]),
    "bytes": np.array([-128, 127, 5], np.int8),
    "shorts": np.array([[65535]], np.uint16),
}


class Counter(Figure):
    """Every kind of field, and answers to questions."""

    module = str(ROOT / "tests" / "widgets" / "counter.js")

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        fields = {
            "k": Whole(2, 30, default=10),
            "scale": OneOf((0.1, 1.0, 10.0), preferred=1.0),
            "model": OneOf(("B", "D")),
            "color": OneOf(("red", "green", "blue")),
            "on": Flag(),
            "position": Real(0.0, 1.0, default=0.25, step=0.05),
            "word": Text(20),
            "marks": ListOf(Whole(2, 30, default=2), longest=3),
        }
        super().__init__({"arrays": ARRAYS}, fields, state, fallback="A counter.", code="Counter")

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "twice": 2 * state["k"],
            "position": state["position"],
            "sums": {name: float(array.astype(float).sum()) for name, array in ARRAYS.items()},
        }

    def check(self, state: Mapping[str, Any]) -> None:
        if state["k"] == 29:
            raise ValueError("29 is unlucky: choose another k.")

    def answer(self, request: Any, report: Callable[[str, float], None]) -> Any:
        if request == "fail":
            raise ValueError("There is no answer to that.")
        for step in range(40 if request == "slow" else 2):
            report("working", step / 40)
            time.sleep(0.05)
        return {"text": request, "numbers": np.array([1.5, 2.5], np.float16)}
