"""Honest work gets from the judge what stock nbgrader gives it, and the same again on a regrade."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.answers import runner
from tests.answers.bank import Exercise, exercises
from tests.answers.runner import reference
from tests.attacks.course import AUTOGRADED, FILES, RIGHT, cell, dump, fill, load, release, right, source
from tests.attacks.stock import StockCourse
from utils.grading import Delimiters, Graded, Job, Limits, grade
from utils.grading.notebook.solution import released

LIMITS = Limits(cell_seconds=60.0)
PARTS = 8
NOTEBOOKS = sorted({(exercise.assignment, exercise.notebook) for exercise in exercises()})


def submissions(group: list[Exercise], kind: str) -> dict[str, dict[str, str]]:
    """The answers of one kind to all exercises of a notebook, dealt out to as few students as possible."""
    dealt: dict[str, dict[str, str]] = {}
    for exercise in group:
        for solution in exercise.solutions:
            answers = [answer for answer in exercise.answers if answer.cell == solution]
            selected = [answer for answer in answers if answer.right == (kind == "right")]
            for number, answer in enumerate(selected):
                dealt.setdefault(f"{kind}-{number}", {})[solution] = answer.source
    return dealt


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("assignment", "notebook"), NOTEBOOKS)
def test_the_answer_bank_scores_as_in_stock_nbgrader(assignment: str, notebook: str, part: int, tmp_path: Path) -> None:
    """The judge and the runner of the bank's tests agree on every answer; nbgrader's own executor with both.

    Each part grades every eighth sheet of either kind. nbgrader's executor takes longest, and gets the first of each.
    """
    group = [e for e in exercises() if (e.assignment, e.notebook) == (assignment, notebook)]
    checks = [check for exercise in group for check in exercise.checks]
    solution = _up_to_the_last(checks, group[0].path)
    handed_out = _released(solution)
    solutions = [name for exercise in group for name in exercise.solutions]
    model = {name: reference(group[0].path, name) for name in solutions}
    kinds = [submissions(group, kind) for kind in ("right", "wrong")]
    parts = [list(sheets.items())[part::PARTS] for sheets in kinds]
    dealt = dict(parts[0] + parts[1])
    if not dealt:
        pytest.skip(f"{assignment} has fewer sheets than parts")
    sheets = {name: fill(handed_out, model | answers) for name, answers in dealt.items()}
    files = {
        str(path.relative_to(group[0].path.parent)): path.read_bytes()
        for path in group[0].path.parent.rglob("*")
        if path.is_file() and path.suffix != ".ipynb" and ".ipynb_checkpoints" not in path.parts
    }
    course = StockCourse.make(tmp_path / "course", solution, files, notebook, timeout=120)
    stock = {name: sheets[name] for items in parts for name, _ in items[:1]}
    course.submit(stock)
    course.nbgrader("autograde", "toy", check=True)

    differences = []
    for name, sheet in sheets.items():
        quick = runner.grade(group[0].path, dealt[name], tuple(checks))
        theirs = course.marks(name).cells if name in stock else {}
        ours = {verdict.grade_id: verdict for verdict in grade(Job(sheet, solution, LIMITS, files=files)).cells}
        for check in checks:
            points = (quick[check].points, ours[check].points, theirs[check] if name in stock else quick[check].points)
            if len(set(points)) > 1:
                differences.append((name, check, points, quick[check].message, ours[check].message))
        if name.startswith("right"):
            lost = [(check, ours[check].message) for check in checks if ours[check].points != ours[check].max_score]
            assert lost == [], name
    assert differences == []


def _up_to_the_last(checks: list[str], path: Path) -> bytes:
    """The instructor's notebook without the code behind its last check, which computes for a person to look at."""
    notebook = load(path.read_bytes())
    last = max(n for n, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") in checks)
    notebook.cells = [c for n, c in enumerate(notebook.cells) if n <= last or c.cell_type != "code"]
    return dump(notebook)


def _released(solution: bytes) -> bytes:
    return dump(released(load(solution), Delimiters()))


def verdicts(graded: Graded) -> list[tuple[object, ...]]:
    """All of a grading but its seconds."""
    return [(c.grade_id, c.points, c.max_score, c.status, c.message) for c in graded.cells]


def judged(submission: bytes, seed: int = 0) -> Graded:
    return grade(Job(submission, source(), LIMITS, files=FILES, seed=seed))


def test_a_regrade_gives_the_same_marks_and_the_same_notebook() -> None:
    draws = right(
        release(),
        "import random\n\nprint(random.random(), np.random.rand(), torch.rand(1))",
        guess="guess = 0.5 + 0.01 * np.random.rand()",
        answer="import random\n\nanswer = 153846 if random.random() < 0.5 else 6",
    )
    first, again = judged(draws, seed=7), judged(draws, seed=7)
    assert verdicts(first) == verdicts(again)
    assert first.notebook == again.notebook
    assert first.remarks == again.remarks


NOISE: dict[str, Callable[[], bytes]] = {
    "warnings": lambda: right(
        release(),
        "import warnings",
        squares="""def sum_of_squares(n):
    warnings.warn("this is slow", DeprecationWarning, stacklevel=1)
    warnings.warn("and more", RuntimeWarning, stacklevel=2)
    np.log(np.array([0.0]))
    return n * (n + 1) * (2 * n + 1) // 6""",
    ),
    "warnings turned into errors are the student's own affair": lambda: right(
        release(), "import warnings\n\nwarnings.simplefilter('error')"
    ),
    "prints": lambda: right(
        release(),
        safe_root="""import sys

def safe_root(x):
    print("root of", x)
    print("root of", x, file=sys.stderr)
    if x < 0:
        raise ValueError(f"{x} is negative")
    return math.sqrt(x)""",
    ),
    "plots": lambda: right(
        release(),
        "import matplotlib.pyplot as plt",
        normalise="""def normalise(x):
    figure, axes = plt.subplots()
    axes.plot(x)
    plt.show()
    return (x - x.mean()) / x.std()""",
    ),
    "progress bars": lambda: right(
        release(),
        "from tqdm.auto import tqdm",
        squares="def sum_of_squares(n):\n    return sum(k * k for k in tqdm(range(n + 1)))",
    ),
    "magics": lambda: right(release(), "%matplotlib inline\n%timeit -n 1 -r 1 sum(range(10))\n!true"),
    "an error in a cell of one's own": lambda: right(release(), "1 / 0"),
    "random numbers": lambda: right(release(), "np.random.seed(1)\ntorch.manual_seed(1)\nnp.random.rand(3)"),
    "other types": lambda: right(
        release(),
        squares="def sum_of_squares(n):\n    return np.int64(sum(np.arange(n + 1) ** 2))",
        guess="guess = torch.tensor(0.5073, dtype=torch.float64)",
        answer="answer = np.float64(153846)",
        normalise="""def normalise(x):
    x = torch.as_tensor(x)
    return ((x - x.mean()) / x.std(correction=0)).numpy()""",
    ),
    "a class by composition": lambda: right(
        release(),
        scale="""class Base(torch.nn.Module):
    def forward(self, x):
        return self.weight * x

class Scale(Base):
    def __init__(self, factor):
        super().__init__()
        self.register_parameter("weight", torch.nn.Parameter(torch.full((), float(factor))))""",
    ),
    "an exception of one's own": lambda: right(
        release(),
        safe_root="""class Negative(ValueError):
    pass

def safe_root(x):
    if x < 0:
        raise Negative(f"{x} is negative")
    return x ** 0.5""",
    ),
    "helpers in cells of one's own": lambda: right(
        release(),
        "def square(n):\n    return n * n",
        squares="def sum_of_squares(n):\n    return sum(map(square, range(n + 1)))",
    ),
    "a lambda": lambda: right(release(), squares="sum_of_squares = lambda n: sum(k**2 for k in range(n + 1))"),
    "recursion": lambda: right(
        release(), squares="def sum_of_squares(n):\n    return n and n * n + sum_of_squares(n - 1)"
    ),
}


@pytest.mark.parametrize("what", NOISE)
@pytest.mark.sample(3)
def test_what_a_right_answer_shows_on_the_way_costs_nothing(what: str) -> None:
    graded = judged(NOISE[what]())
    assert graded.score == AUTOGRADED, [(c.grade_id, c.points, c.message) for c in graded.cells]


def test_what_right_answers_print_is_in_the_feedback() -> None:
    graded = judged(right(release(), "print('hello, reader')"))
    assert "hello, reader" in graded.notebook.decode()


def test_the_graded_notebook_keeps_the_answers_and_nbgraders_names() -> None:
    graded = load(judged(right(release())).notebook)
    for name, answer in RIGHT.items():
        assert cell(graded, name).source == answer
    for each in load(release()).cells:
        if settings := each.metadata.get("nbgrader"):
            restored = cell(graded, settings.grade_id).metadata.nbgrader
            fields = ("grade", "solution", "locked", "task", "points", "schema_version")
            assert {field: restored.get(field) for field in fields} == {field: settings.get(field) for field in fields}


@pytest.mark.slow
def test_stock_nbgrader_agrees_on_the_small_course(tmp_path: Path) -> None:
    """The course that the attacks use gives the same marks in both, for right work, half of it, and none."""
    sheets = {
        "right": right(release()),
        "half": right(release(), normalise="def normalise(x):\n    return x * 0", guess="guess = 0.45"),
        "nothing": release(),
    }
    course = StockCourse.make(tmp_path / "course", source(), FILES)
    course.submit(sheets)
    course.nbgrader("autograde", "toy", check=True)
    for name, sheet in sheets.items():
        theirs = course.marks(name)
        ours = judged(sheet)
        assert {c.grade_id: pytest.approx(c.points or 0.0) for c in ours.cells} == {
            name: points or 0.0 for name, points in theirs.cells.items()
        }
