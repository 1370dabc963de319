"""The table that the tests print at their end: exercise, right accepted, wrong caught, mutants caught, seeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Row:
    """What the tests have found so far about one exercise.

    seeds: of the hidden tests' random inputs, under which right and wrong answers were graded.
    right, wrong: how many answers there are; 0 until they were graded.
    refused, accepted: names of right answers that lost points, and of wrong ones that lost none, under any seed.
    mutants: how many were graded, without the equivalent ones; caught: how many of these lost points.
    equivalent: how many equivalent mutants are listed.
    """

    seeds: set[int] = field(default_factory=set)
    right: int = 0
    refused: set[str] = field(default_factory=set)
    wrong: int = 0
    accepted: set[str] = field(default_factory=set)
    mutants: int = 0
    caught: int = 0
    equivalent: int = 0

    def add(self, other: Row) -> None:
        """Take in what another test, or another process, has found about the same exercise."""
        for names in ("seeds", "refused", "accepted"):
            getattr(self, names).update(getattr(other, names))
        for number in ("right", "wrong", "equivalent"):
            setattr(self, number, max(getattr(self, number), getattr(other, number)))
        # A sample of the mutants is part of all of them.
        if other.mutants > self.mutants:
            self.mutants, self.caught = other.mutants, other.caught


_rows: dict[tuple[str, str], Row] = {}


def add(assignment: str, title: str, found: Row) -> None:
    """Enter what one test has found about one exercise."""
    _rows.setdefault((assignment, title), Row()).add(found)


def stored() -> list[tuple[str, str, dict[str, Any]]]:
    """All rows as plain data, for another process to `restore`."""
    return [(*exercise, asdict(found)) for exercise, found in _rows.items()]


def restore(rows: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Add the rows that another process has `stored`."""
    for assignment, title, found in rows:
        add(assignment, title, Row(**found))


def summary_lines() -> list[str]:
    """The table as lines of text, or no lines if no answer was graded in this run."""
    if not _rows:
        return []
    width = max(len(f"{assignment} · {title}") for assignment, title in _rows)
    heads = ("right accepted", "wrong caught", "mutants caught", "seeds")
    lines = ["  ".join([f"{'exercise':<{width}}", *heads])]
    for (assignment, title), found in sorted(_rows.items()):
        shares = (
            _share(found.right - len(found.refused), found.right),
            _share(found.wrong - len(found.accepted), found.wrong),
            _share(found.caught, found.mutants),
            str(len(found.seeds)),
        )
        cells = [f"{share:>{len(head)}}" for share, head in zip(shares, heads, strict=True)]
        line = "  ".join([f"{f'{assignment} · {title}':<{width}}", *cells])
        lines.append(line + (f"  ({found.equivalent} more mutants are equivalent)" if found.equivalent else ""))
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "not run"
