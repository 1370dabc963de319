"""The table printed at the end of the tests: exercise, right accepted, wrong caught, mutants caught, seeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Row:
    """The results so far for one exercise.

    Attributes:
        seeds: of the hidden tests' random inputs, with which right and wrong answers were graded.
        right, wrong: numbers of answers; 0 until they have been graded.
        refused, accepted: names of right answers that lost points, and of wrong ones that lost none, with any seed.
        mutants: number of graded mutants, without the equivalent ones.
        caught: number of these that lost points.
        equivalent: number of equivalent mutants in the exercise's list.
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
        """Merge the results of another test, or of another process, for the same exercise."""
        for names in ("seeds", "refused", "accepted"):
            getattr(self, names).update(getattr(other, names))
        for count in ("right", "wrong", "equivalent"):
            setattr(self, count, max(getattr(self, count), getattr(other, count)))
        # The larger number of mutants contains the smaller sample.
        if other.mutants > self.mutants:
            self.mutants, self.caught = other.mutants, other.caught


_rows: dict[tuple[str, str], Row] = {}


def add(assignment: str, title: str, row: Row) -> None:
    """Record the results of one test for one exercise."""
    _rows.setdefault((assignment, title), Row()).add(row)


def stored() -> list[tuple[str, str, dict[str, Any]]]:
    """All rows as plain data, for another process to `restore`."""
    return [(*exercise, asdict(row)) for exercise, row in _rows.items()]


def restore(rows: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Add the rows that another process has `stored`."""
    for assignment, title, row in rows:
        add(assignment, title, Row(**row))


def summary_lines() -> list[str]:
    """The table as lines of text, or no lines if no answer was graded in this run."""
    if not _rows:
        return []
    width = max(len(f"{assignment} · {title}") for assignment, title in _rows)
    heads = ("right accepted", "wrong caught", "mutants caught", "seeds")
    lines = ["  ".join([f"{'exercise':<{width}}", *heads])]
    for (assignment, title), row in sorted(_rows.items()):
        shares = (
            _share(row.right - len(row.refused), row.right),
            _share(row.wrong - len(row.accepted), row.wrong),
            _share(row.caught, row.mutants),
            str(len(row.seeds)),
        )
        cells = [f"{share:>{len(head)}}" for share, head in zip(shares, heads, strict=True)]
        line = "  ".join([f"{f'{assignment} · {title}':<{width}}", *cells])
        lines.append(line + (f"  ({row.equivalent} more mutants are equivalent)" if row.equivalent else ""))
    return lines


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "not run"
