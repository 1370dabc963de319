"""Questions inside a lecture: predict, commit, then run and compare. The answer is kept on this computer.

A question is a cell of its own before the cell whose output answers it. The learner answers and commits; then the
explanation unfolds, and the answer stays: in the browser's storage, and where a kernel runs also in ``answers.json`` in
``utils.store.cache_dir()`` (see ``memory``). Nothing is sent anywhere. Without a kernel the same question stands in the
page. A later lecture shows a decision again with ``Choice.recall(key)``, and ``Progress`` lists what was answered.

Texts are plain text with ``*emphasis*`` and `` `code` ``.

Why not jupyterquiz (2.9.6, the usual choice): it has choices, numbers and texts, but neither orderings nor points on an
axis; it answers at once instead of after a commitment; it keeps no answer in the browser, so a decision cannot be
recalled; and it fetches MathJax from another host.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from utils.widgets import memory
from utils.widgets.page import PageWidget

_KEY = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")


class Question(PageWidget):
    """The base of all questions.

    Attributes:
        key: number of the lecture, dash, words; the answer is kept under it.
    """

    module = "quiz.js"

    _question = traitlets.Dict().tag(sync=True)

    def __init__(self, kind: str, key: str, question: str, fallback: str = "", **content: Any) -> None:
        _check_key(key)
        if not question.strip():
            raise ValueError("question is empty, but a learner needs one: ask something.")
        self.key = key
        super().__init__(
            f"{question} {fallback}".strip(), _question={"kind": kind, "key": key, "question": question, **content}
        )

    @property
    def response(self) -> Any:
        """What the learner committed to, as kept on this computer, or None."""
        return (memory.load(self.key).get(self.key) or {}).get("response")

    def payload(self) -> dict[str, Any]:
        return {"question": self._question}


class Choice(Question):
    """One of several answers.

    Args:
        key: number of the lecture, dash, words, such as ``"01-who-leads"``.
        question: what is asked.
        choices: answer -> its explanation, which is shown once it was chosen. Two at least.
        answer: the right one; None for a decision that nobody can call wrong.

    Raises:
        ValueError: if the key, the choices or the answer do not fit.

    Example:
        >>> question = Choice(
        ...     key="01-who-leads",
        ...     question="Which model leads at k = 10?",
        ...     choices={"B": "B leads by one score of seven only.", "D": "D leads by all scores."},
        ...     answer="D",
        ... )
        >>> question.key
        '01-who-leads'
    """

    def __init__(self, key: str, question: str, choices: Mapping[str, str], answer: str | None = None) -> None:
        if len(choices) < 2:
            raise ValueError(f"There are {len(choices)} choices, but a question needs two: add some.")
        if answer is not None and answer not in choices:
            raise ValueError(f"answer is {answer!r}, but the choices are {', '.join(map(repr, choices))}: name one.")
        for choice, explanation in choices.items():
            if not explanation.strip():
                raise ValueError(f"The choice {choice!r} has no explanation, but each needs one: write a sentence.")
        super().__init__(
            "choice",
            key,
            question,
            f"({' · '.join(choices)})",
            choices=[{"text": text, "explanation": explanation} for text, explanation in choices.items()],
            answer=answer,
        )

    @classmethod
    def recall(cls, key: str) -> Recall:
        """Show an earlier answer again, by the key of its question.

        Raises:
            ValueError: if the key is none.
        """
        return Recall(key)


class Number(Question):
    """A number to type.

    Args:
        key: number of the lecture, dash, words.
        question: what is asked.
        answer: the right number.
        tolerance: an answer is right up to this distance, at least 0.
        unit: stands behind the number.
        explanation: shown after the commitment.

    Raises:
        ValueError: if the key, the answer or the tolerance do not fit.
    """

    def __init__(
        self, key: str, question: str, answer: float, tolerance: float, unit: str = "", explanation: str = ""
    ) -> None:
        _check_tolerance(answer, tolerance)
        super().__init__(
            "number",
            key,
            question,
            answer=float(answer),
            tolerance=float(tolerance),
            unit=unit,
            explanation=_explained(explanation),
        )


class Placement(Question):
    """A point to place on an axis.

    Args:
        key: number of the lecture, dash, words.
        question: what is asked.
        answer: the right value, from `low` to `high`.
        low, high: ends of the axis.
        tolerance: an answer is right up to this distance, at least 0.
        label: of the axis, with its unit.
        explanation: shown after the commitment.

    Raises:
        ValueError: if the key, the answer, the axis or the tolerance do not fit.
    """

    def __init__(
        self,
        key: str,
        question: str,
        answer: float,
        low: float,
        high: float,
        tolerance: float,
        label: str,
        explanation: str = "",
    ) -> None:
        _check_tolerance(answer, tolerance)
        if not low <= answer <= high or low == high:
            raise ValueError(f"answer is {answer:g}, but the axis goes from {low:g} to {high:g}: put it on the axis.")
        super().__init__(
            "placement",
            key,
            question,
            f"(a point from {low:g} to {high:g})",
            answer=float(answer),
            low=float(low),
            high=float(high),
            tolerance=float(tolerance),
            label=label,
            explanation=_explained(explanation),
        )


class Ordering(Question):
    """Items to put into order; they are shown shuffled, in the same way each time.

    Args:
        key: number of the lecture, dash, words.
        question: what is asked, and which end is which.
        items: in the right order; two at least, all different.
        explanation: shown after the commitment.

    Raises:
        ValueError: if the key or the items do not fit.
    """

    def __init__(self, key: str, question: str, items: Sequence[str], explanation: str = "") -> None:
        if len(items) < 2 or len(set(items)) < len(items):
            raise ValueError(f"items is {list(items)!r}, but two or more different ones are needed: change them.")
        super().__init__(
            "ordering",
            key,
            question,
            f"({' · '.join(sorted(items))})",
            items=list(items),
            explanation=_explained(explanation),
        )


class Recall(Question):
    """An earlier answer, shown again; made by :meth:`Choice.recall`."""

    def __init__(self, key: str) -> None:
        super().__init__("recall", key, "Your earlier answer")


class Progress(Question):
    """What the learner answered in a lecture, and which tasks are done; it can be exported and cleared.

    Args:
        lecture: name of the lecture, such as ``"01_clustering"``.

    Raises:
        ValueError: if the name does not start with two digits.

    Example:
        >>> Progress("01_clustering").key
        '01-progress'
    """

    def __init__(self, lecture: str) -> None:
        if not re.match(r"\d\d_", lecture):
            raise ValueError(f"lecture is {lecture!r}, but a name such as '01_clustering' is needed: give one.")
        super().__init__(
            "progress",
            f"{lecture[:2]}-progress",
            "Your answers and tasks in this lecture",
            "(kept in your browser)",
            lecture=lecture,
        )

    @property
    def entries(self) -> dict[str, Any]:
        """What is kept on this computer for the lecture: key -> answer or task."""
        return memory.load(f"{self.key[:2]}-")


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"key is {key!r}, but the number of the lecture, a dash and words are needed, as in '01-who-leads'."
        )


def _check_tolerance(answer: float, tolerance: float) -> None:
    if not math.isfinite(answer):
        raise ValueError(f"answer is {answer}, but a finite number is needed: give one.")
    if not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance is {tolerance}, but a distance of 0 or more is needed: give one.")


def _explained(explanation: str) -> str:
    if not explanation.strip():
        raise ValueError("explanation is empty, but the learner needs one: write a sentence or two.")
    return explanation
