"""Which mistake an answer makes: its behaviour in the checks, beside that of known wrong answers and of the class.

A behaviour is what the checks of one exercise asked of an answer and what came back (`Graded.transcripts`), with the
points. Two answers behave alike if every call gave the same value up to rounding, or the same error. An answer that
behaves like one known mistake, and like no other, is diagnosed as that one; without a match there is no diagnosis.
Answers that behave alike and are not diagnosed form a group, which the instructor can name.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from utils.grading.job import Call

_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?:e[+-]?\d+)?", re.IGNORECASE)
_LITERAL: Final = re.compile(r"""(["'])(?! )([^"'\n]{6,}?)(?<! )\1""")
_LONG: Final = 16  # characters of a line that says something by itself
_SOME: Final = 8  # right values beside which one wrong value is enough, if it is no 0, 1, nan or error
_MANY: Final = 20  # right values beside which one wrong value is enough, whatever it is
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True)
class Checked:
    """One check of an answer: its name, the points (None while a person decides), and the calls that it made."""

    name: str
    points: float | None
    calls: tuple[Call, ...]


Behaviour = tuple[Checked, ...]
"""An answer in all checks of its exercise, in their order."""


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer.

    Attributes:
        cell: of the notebook that the answer fills.
        sentence: what the answer does, in words that a student may read.
        behaviour: in the checks of the cell.
        read: where to read on, or an empty text.
    """

    cell: str
    sentence: str
    behaviour: Behaviour
    read: str = ""


@dataclass(frozen=True)
class Known:
    """A mistake in a class: the cell, the sentence on it, and how many students make it."""

    cell: str
    sentence: str
    students: int


@dataclass(frozen=True)
class Group:
    """Answers that behave alike and that no sentence describes.

    Attributes:
        cell: of the notebook that the answers fill.
        key: under which an instructor names the group.
        students: how many gave such an answer.
        wrong: how many answers to this cell lost points.
        example: the code of one of them.
    """

    cell: str
    key: str
    students: int
    wrong: int
    example: str


@dataclass(frozen=True)
class Mistakes:
    """The mistakes in one assignment of a class, the most frequent first."""

    known: tuple[Known, ...] = ()
    groups: tuple[Group, ...] = ()


def agree(one: Behaviour, other: Behaviour) -> bool:
    """Whether two answers behave alike: the same checks, points and calls, and values that differ by rounding only.

    Example:
        >>> call = Call("mean", "a1", "b1", True)
        >>> agree((Checked("test", 0.0, (call,)),), (Checked("test", 0.0, (Call("mean", "a2", "b1", True),)),))
        True
        >>> agree((Checked("test", 0.0, (call,)),), (Checked("test", 1.0, (call,)),))
        False
    """
    return len(one) == len(other) and all(map(_same_check, one, other))


def _same_check(one: Checked, other: Checked) -> bool:
    if one.points is None or other.points is None:
        same_points = one.points is other.points
    else:
        same_points = abs(one.points - other.points) < _TOLERANCE
    same = one.name == other.name and same_points and len(one.calls) == len(other.calls)
    return same and all(map(same_call, one.calls, other.calls))


def same_call(one: Call, other: Call) -> bool:
    """Whether two calls of the same function gave the same, up to rounding; what was not recorded equals nothing."""
    same = one.nearest == other.nearest or one.downwards == other.downwards
    return same and one.name == other.name and bool(one.nearest)


def says_enough(behaviour: Behaviour, right: Behaviour) -> bool:
    """Whether a behaviour differs from the right one in a way that few mistakes have in common.

    It must give at least two different wrong values: on a single input, different mistakes often give the same. One is
    enough beside twenty right values, since little else can be wrong then, and beside eight if the wrong value itself
    says much. Values that say little are 0, 1, nan and errors; some value, right or wrong, must say more.

    Args:
        behaviour: of a wrong answer.
        right: of the instructor's solution, in the same checks.
    """
    wrong: dict[str, bool] = {}
    equal = 0
    for one, other in zip(behaviour, right, strict=True):
        for place, call in enumerate(one.calls):
            if call.name == "end":
                continue
            if place < len(other.calls) and same_call(call, other.calls[place]):
                equal += call.telling
            else:
                wrong[call.nearest] = call.telling
    if len(wrong) == 1:
        return equal >= (_SOME if any(wrong.values()) else _MANY)
    return len(wrong) > 1 and (equal > 0 or any(wrong.values()))


def recognise(behaviour: Behaviour, right: Behaviour, mistakes: Iterable[Mistake]) -> Mistake | None:
    """The one known mistake that an answer makes, or None if it makes none, or if several explain it.

    Args:
        behaviour: of the student's answer.
        right: of the instructor's solution, in the same checks.
        mistakes: known for this cell.
    """
    if len(behaviour) != len(right) or agree(behaviour, right) or not says_enough(behaviour, right):
        return None
    matches = [mistake for mistake in mistakes if agree(behaviour, mistake.behaviour)]
    if len({mistake.sentence for mistake in matches}) != 1:
        return None
    return matches[0]


def alike(behaviours: Mapping[str, Behaviour]) -> list[list[str]]:
    """Groups of answers that behave alike, by the keys of the mapping; the largest first.

    Answers without a recorded call belong to no group.

    Example:
        >>> double, half = ((Checked("test", 0.0, (Call("f", key, key, True),)),) for key in "ab")
        >>> alike({"ann": double, "bob": half, "cyd": double})
        [['ann', 'cyd'], ['bob']]
    """
    groups: list[list[str]] = []
    for name, behaviour in behaviours.items():
        if not any(check.calls for check in behaviour):
            continue
        for group in groups:
            if agree(behaviours[group[0]], behaviour):
                group.append(name)
                break
        else:
            groups.append([name])
    return sorted(groups, key=len, reverse=True)


def key_of(cell: str, behaviour: Behaviour) -> str:
    """Eight hexadecimal digits by which an instructor names a group of answers that behave like this one."""
    calls = [(check.name, check.points, [(call.name, call.nearest) for call in check.calls]) for check in behaviour]
    return hashlib.sha256(repr((cell, calls)).encode()).hexdigest()[:8]


def reveals(sentence: str, hidden: str, visible: str) -> str:
    """What a sentence would tell of the hidden lines of a notebook: a number, a text or a line; empty if nothing.

    Args:
        sentence: for students.
        hidden: the lines that students do not receive.
        visible: all that they do receive. What also stands there is no secret; neither is a number of one digit.

    Example:
        >>> reveals("It returns 42 where 7 is right.", "assert f(42) == 7", "Write f.")
        '42'
        >>> reveals("It forgets the weights.", "assert f(42) == 7", "Write f.")
        ''
    """
    numbers, texts = _secrets(hidden, visible)
    for number in _NUMBER.findall(sentence):
        if number in numbers:
            return str(number)
    return next((text for text in texts if text in sentence), "")


@lru_cache(maxsize=8)
def _secrets(hidden: str, visible: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The numbers, and the texts and lines, of hidden lines that are not visible as well."""
    known = set(_NUMBER.findall(visible))
    numbers = {number for number in _NUMBER.findall(hidden) if len(number) > 1} - known
    texts = [text for _, text in _LITERAL.findall(hidden)]
    lines = [line for line in map(str.strip, hidden.splitlines()) if len(line) >= _LONG]
    return frozenset(numbers), tuple(text for text in [*texts, *lines] if text not in visible)


def counted(diagnoses: Sequence[tuple[str, str]]) -> tuple[Known, ...]:
    """Mistakes with their numbers of students, the most frequent first.

    Args:
        diagnoses: (cell, sentence), one per student and mistake.

    Example:
        >>> counted([("f", "Adds."), ("g", "Divides."), ("g", "Divides.")])[0]
        Known(cell='g', sentence='Divides.', students=2)
    """
    counts = {entry: diagnoses.count(entry) for entry in dict.fromkeys(diagnoses)}
    return tuple(Known(*entry, count) for entry, count in sorted(counts.items(), key=lambda item: -item[1]))
