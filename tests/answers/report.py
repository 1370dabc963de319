"""The table that `make test` prints at its end: exercise, right accepted, wrong caught, mutants caught."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """What the tests have found so far about one exercise; each pair is (as it should be, of all)."""

    right: tuple[int, int] = (0, 0)
    wrong: tuple[int, int] = (0, 0)
    mutants: tuple[int, int] = (0, 0)
    equivalent: int = 0


_rows: dict[tuple[str, str], Row] = {}


def row(assignment: str, title: str) -> Row:
    """The row of one exercise, which the tests fill in."""
    return _rows.setdefault((assignment, title), Row())


def summary_lines() -> list[str]:
    """The table as lines of text, or no lines if no answer was graded in this run."""
    if not _rows:
        return []
    width = max(len(f"{assignment} · {title}") for assignment, title in _rows)
    lines = [f"{'exercise':<{width}}  {'right accepted':>14}  {'wrong caught':>12}  {'mutants caught':>14}"]
    for (assignment, title), found in sorted(_rows.items()):
        counts = [_share(found.right), _share(found.wrong), _share(found.mutants)]
        line = f"{f'{assignment} · {title}':<{width}}  {counts[0]:>14}  {counts[1]:>12}  {counts[2]:>14}"
        lines.append(line + (f"  ({found.equivalent} more are equivalent)" if found.equivalent else ""))
    return lines


def _share(pair: tuple[int, int]) -> str:
    return f"{pair[0]}/{pair[1]}" if pair[1] else "not run"
