"""Every attack of `tests/attacks/`, graded by the judge and by stock nbgrader: points deserved, ours, and stock's.

Stock nbgrader shares a process with the student. It therefore runs in a sandbox here, and is not given the attacks on
the machine (processes, memory, disk, network) at all.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attacks import CAMPUS, PORT, Attack, attacks
from tests.attacks.course import AUTOGRADED, FILES, MANUAL, release, right, source
from tests.attacks.stock import StockCourse, StockScores
from utils.grading import Job, Limits, grade

# Attacks of these themes affect only their own notebook, so they can share a course; the others get one course each.
TOGETHER = ("tampering", "liars", "patches", "readers")
ALONE = ("memory-of-the-parents",)  # traces nbgrader itself, which then never ends
CELL_SECONDS = 20
CANARY = "canary"


def ours(attack: Attack) -> tuple[float, float]:
    """Points from the judge, and the seconds it took."""
    limits = Limits(**{"cell_seconds": CELL_SECONDS, "notebook_seconds": 60.0, "memory_mb": 1024, **attack.limits})
    begin = time.monotonic()
    graded = grade(Job(_built(attack, Path("/course")), source(), limits, files=FILES))
    return graded.score, time.monotonic() - begin


def stock(attacks_for_stock: Iterable[Attack]) -> Iterator[tuple[Attack, StockScores, StockScores | None]]:
    """Scores from stock nbgrader, and those of an honest student in the same course that the attack could harm."""
    corpus = list(attacks_for_stock)
    with tempfile.TemporaryDirectory(prefix="stock-") as folder:
        template = StockCourse.make(Path(folder) / "template", source(), FILES, timeout=CELL_SECONDS)

        def one(number: int, attack: Attack) -> tuple[Attack, StockScores, StockScores | None]:
            course = template.copy(Path(folder) / f"course-{number}")
            # Students are graded in alphabetical order, so the honest one is last.
            course.submit({"attacker": _built(attack, course.folder), CANARY: right(release())})
            course.nbgrader("autograde", "toy", contained=True, seconds=240)
            result = attack, course.marks("attacker"), course.marks(CANARY)
            shutil.rmtree(course.folder, ignore_errors=True)
            return result

        def many(number: int, group: list[Attack]) -> list[tuple[Attack, StockScores, StockScores | None]]:
            course = template.copy(Path(folder) / f"together-{number}")
            course.submit({attack.name: _built(attack, course.folder) for attack in group})
            course.nbgrader("autograde", "toy", contained=True, seconds=600 * len(group))
            return [(attack, course.marks(attack.name), None) for attack in group]

        alone = [attack for attack in corpus if attack.theme not in TOGETHER or attack.name in ALONE]
        groups = [[a for a in corpus if a.theme == theme and a not in alone] for theme in TOGETHER]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            together = [pool.submit(many, number, group) for number, group in enumerate(groups) if group]
            separate = [pool.submit(one, number, attack) for number, attack in enumerate(alone)]
            for batch in together:
                yield from batch.result()
            for single in separate:
                yield single.result()


def _built(attack: Attack, campus: Path) -> bytes:
    return attack.build(release()).replace(CAMPUS.encode(), str(campus).encode()).replace(PORT.encode(), b"9")


def main(themes: Sequence[str] = ()) -> None:
    """Print the table and its totals; `themes` are modules of `tests/attacks/`, by default all of them."""
    selection = [attack for attack in attacks() if not themes or attack.theme in themes]
    print(f"{'attack':<58}{'deserved':>9}{'ours':>7}{'stock':>7}  stock's honest student, graded after it")
    gained = {"ours": 0, "stock": 0}
    harmed = compared = 0
    for attack, marks, canary in stock(attack for attack in selection if attack.stock):
        score, _ = ours(attack)
        compared += 1
        gained["ours"] += score > attack.deserved
        # Like the judge, nbgrader gives no points for an essay that nobody has read.
        gained["stock"] += marks.score > attack.deserved
        note = "" if canary is None or canary.score == AUTOGRADED else f"{canary.score:g} instead of {AUTOGRADED:g}"
        note = "not graded: the batch was stopped" if canary is not None and not canary.graded else note
        harmed += bool(note)
        theirs = f"{marks.score:g}" if marks.graded else "none"
        name = f"{attack.theme}/{attack.name}"
        print(f"{name:<58}{attack.deserved:>9g}{score:>7g}{theirs:>7}  {note}", flush=True)
    rest = [attack for attack in selection if not attack.stock]
    for attack in rest:
        score, seconds = ours(attack)
        gained["ours"] += score > attack.deserved
        print(
            f"{attack.theme + '/' + attack.name:<58}{attack.deserved:>9g}{score:>7g}{'–':>7}  {seconds:.0f} s",
            flush=True,
        )
    print(
        f"{compared + len(rest)} attacks on {AUTOGRADED + MANUAL:g} points. Attacks that gained undeserved points:"
        f" {gained['ours']} with the judge, {gained['stock']} of {compared} with stock nbgrader. Attacks that harmed an"
        f" honest student with stock nbgrader: {harmed}. Attacks too dangerous for stock nbgrader: {len(rest)}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
