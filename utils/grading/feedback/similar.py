"""Similar answers: pairs of students whose code agrees beyond what everybody writes, side by side.

copydetect compares them, an optional package. It fingerprints code without names and comments, as MOSS does (Schleimer,
Wilkerson and Aiken 2003, *Winnowing*). What the release, the instructor's solution or the bank's right answers contain
does not count, nor what many students of the class share. Similarity is no proof: the page says so.
"""

import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from markupsafe import Markup

from utils.grading.feedback.page_templates import environment, page_style

#: Characters of code, without names, that agree at least; copydetect's "noise threshold".
PIECE: Final = 25
#: A pair is listed if at least so many characters agree that are nobody else's, and at least this share of the shorter.
LEAST_CHARACTERS: Final = 60
LEAST_SHARE: Final = 0.5
#: A piece that this share of the students has, and this many, is what everybody writes.
COMMON_SHARE: Final = 0.2
COMMON_STUDENTS: Final = 5
MOST_PAIRS: Final = 50
MOST_CHARACTERS: Final = 20_000  # of one answer; the rest is not compared


@dataclass(frozen=True)
class Pair:
    """Two students whose answers to one solution cell agree.

    Attributes:
        cell: name of the solution cell.
        students: both.
        characters: of code without names, that agree and are not common.
        share: of the shorter answer's own code, in (0, 1].
        sources: both answers as HTML, with what agrees marked.
    """

    cell: str
    students: tuple[str, str]
    characters: int
    share: float
    sources: tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """The answers of a class to one solution cell.

    Attributes:
        name: of the cell.
        answers: source by student.
        common: sources whose pieces do not count: the release, the solution, right answers of the bank.
    """

    name: str
    answers: Mapping[str, str]
    common: Sequence[str]


def installed() -> bool:
    """Whether copydetect can be imported."""
    try:
        import copydetect  # noqa: F401
    except ImportError:
        return False
    return True


def answers_in(notebook: bytes) -> dict[str, str]:
    """The sources of the solution cells of code in an autograded notebook, by name."""
    sources = {}
    for cell in json.loads(notebook)["cells"]:
        nbgrader = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and nbgrader.get("solution") and not nbgrader.get("grade"):
            sources[nbgrader["grade_id"]] = "".join(cell["source"])
    return sources


def similar_pairs(cells: Iterable[Cell]) -> list[Pair]:
    """The pairs whose answers agree most, first those with the most characters.

    Raises:
        ImportError: copydetect is not installed.
    """
    pairs = [pair for cell in cells for pair in _pairs(cell)]
    return sorted(pairs, key=lambda pair: (-pair.characters, pair.cell, pair.students))[:MOST_PAIRS]


def page(assignment: str, cells: Sequence[Cell]) -> bytes:
    """The pairs as a page: one file that loads nothing and runs nothing; a function for `clerk`."""
    templates = environment()
    templates.filters["trusted"] = Markup
    style = page_style()
    template = templates.get_template("similar/index.html.j2")
    students = len({student for cell in cells for student in cell.answers})
    return template.render(
        assignment=assignment,
        pairs=similar_pairs(cells),
        students=students,
        style=style,
        most=MOST_PAIRS,
        characters=LEAST_CHARACTERS,
        share=LEAST_SHARE,
        common=COMMON_SHARE,
    ).encode("utf-8", "xmlcharrefreplace")


def _pairs(cell: Cell) -> list[Pair]:
    from copydetect import compare_files
    from copydetect.utils import highlight_overlap

    prints = {student: _fingerprint(source) for student, source in cell.answers.items()}
    holders = Counter(piece for one in prints.values() for piece in one.hashes)
    most = max(COMMON_STUDENTS, COMMON_SHARE * len(prints))
    common = {piece for piece, count in holders.items() if count >= most}
    common = common.union(*(_fingerprint(source).hashes for source in cell.common))
    owners: dict[int, list[str]] = defaultdict(list)
    for student, one in sorted(prints.items()):
        _without(one, common)
        for piece in one.hashes:
            owners[piece].append(student)
    candidates = {pair for students in owners.values() for pair in combinations(students, 2)}
    pairs = []
    for first, second in sorted(candidates):
        one, other = prints[first], prints[second]
        agree, shares, slices = compare_files(one, other)
        if agree < LEAST_CHARACTERS or max(shares) < LEAST_SHARE:
            continue
        marked = [
            _by_line(highlight_overlap(print_.raw_code, parts, "<mark>", "</mark>", escape_html=True)[0])
            for print_, parts in ((one, slices[0]), (other, slices[1]))
        ]
        pairs.append(Pair(cell.name, (first, second), int(agree), min(float(max(shares)), 1.0), (marked[0], marked[1])))
    return pairs


def _by_line(html: str) -> str:
    """The same marks, each within a line: the spaces before a line and the ends of lines are not marked."""
    lines = re.compile(r"\n\s*")
    return re.sub(r"(?s)<mark>.*?</mark>", lambda mark: lines.sub(r"</mark>\g<0><mark>", mark[0]), html)


def _fingerprint(source: str) -> Any:
    from copydetect import CodeFingerprint

    # Every piece counts (a window of 1): answers are short, and a sample of pieces would change with Python's hashes.
    return CodeFingerprint("answer.py", PIECE, 1, fp=io.StringIO(source[:MOST_CHARACTERS]))


def _without(one: Any, common: set[int]) -> None:
    """Take pieces out of a fingerprint. copydetect's own way to do so loses pieces that occur twice in a file."""
    from copydetect.utils import get_token_coverage

    one.hashes = one.hashes - common
    one.hash_idx = {piece: places for piece, places in one.hash_idx.items() if piece in one.hashes}
    one.token_coverage = get_token_coverage(one.hash_idx, one.k, len(one.filtered_code))
