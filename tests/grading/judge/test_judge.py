"""Verdicts: points, statuses, and what a student may read about a check that failed."""

import os
import pickle
from dataclasses import replace

import nbformat
import pytest
from nbgrader.utils import determine_grade

from tests.support import notebooks as nb
from tests.support.notebooks import QUICK, judged, shown, verdict
from utils.grading import CellVerdict, Job, Limits, close, grade, warm
from utils.grading.notebook.pipeline import prepare

DOUBLE = "def f(x):\n    return 2 * x"
HIDDEN = """assert f(2) == 4, "two doubled is four"
### BEGIN HIDDEN TESTS
prime = 104729
assert f(prime) == 209458, "a large number is not doubled"
assert f(-prime) == -209458
np.testing.assert_allclose(f(np.array([prime])), [209458])
np.testing.assert_allclose(f(np.array([0.5, prime])), [1, 209458], err_msg="arrays are doubled element by element")
### END HIDDEN TESTS"""


def test_a_right_answer_gets_the_points() -> None:
    graded = judged(DOUBLE, HIDDEN, "def f(x):\n    return x + x")
    assert verdict(graded) == CellVerdict("tests", 4.0, 4.0, "graded", "", verdict(graded).seconds)
    assert graded.remarks == ()
    assert graded.score == graded.max_score == 4


def test_the_warm_process_and_the_records_travel() -> None:
    close()
    warm(["numpy", "no_such_module_anywhere"])
    graded = judged(DOUBLE, HIDDEN, DOUBLE)
    assert pickle.loads(pickle.dumps(graded)) == graded
    assert pickle.loads(pickle.dumps(Limits(cell_seconds=3))).cell_seconds == 3


@pytest.mark.parametrize(
    "noise",
    [
        "import warnings\nwarnings.warn('careful')",
        "import sys\nprint('thinking')\nprint('hard', file=sys.stderr)",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "!echo thinking",
        "exit()",
        "1 / 0",
        "input('name?')",
        "import asyncio\nawait asyncio.sleep(0)",
        "%%time\nz = 3",
    ],
)
@pytest.mark.sample(3)
def test_noise_beside_a_right_answer_costs_nothing(noise: str) -> None:
    source = nb.notebook(nb.answer("exercise", DOUBLE), nb.check("tests", "import numpy as np\n" + HIDDEN, 4))
    made = nb.notebook(*source.cells)
    made.cells.insert(0, nbformat.v4.new_code_cell(noise))
    assert verdict(grade(Job(nb.to_bytes(made), nb.to_bytes(source), QUICK))).points == 4
    loud = f"def f(x):\n    import warnings\n    warnings.warn('!')\n    print(x)\n    return 2 * x\n{noise}"
    if not noise.startswith("%%"):
        assert verdict(judged(DOUBLE, HIDDEN, loud)).points == 4


def test_no_script_of_a_student_runs_for_whoever_opens_the_notebook() -> None:
    cell = "from IPython.display import Javascript, display\ndisplay(Javascript('alert(1)'))"
    assert "alert" not in shown(judged(DOUBLE, HIDDEN, cell), "exercise")


def test_what_a_student_defines_does_not_change_what_a_check_means() -> None:
    student = """
import builtins, numpy, sys, types
def f(x):
    return 7
np.testing.assert_allclose = lambda *a, **k: None
builtins.abs = lambda x: 0
sys.modules["pytest"] = types.ModuleType("pytest")
assert_ = print
get_ipython().input_transformers_post.append(lambda lines: [])
"""
    tests = "np.testing.assert_allclose(f(1), 2)"
    assert not verdict(judged(DOUBLE, tests, student)).points
    assert not verdict(judged(DOUBLE, "assert abs(f(1) - 2) < 1", student)).points


def test_names_that_solution_cells_import_stay_the_judges() -> None:
    solution = "import math\ndef f(x):\n    return math.floor(x)"
    student = "class math:\n    floor = lambda x: 0\ndef f(x):\n    return 0"
    assert not verdict(judged(solution, "assert f(2.5) == math.floor(2.5)", student)).points


def test_a_value_is_read_when_a_check_reads_it() -> None:
    source = nb.notebook(
        nb.answer("one", "values = []"),
        nb.answer("two", "values.append(3)"),
        nb.check("tests", "assert values == [3]", 1),
    )
    assert verdict(grade(Job(nb.to_bytes(source), nb.to_bytes(source), QUICK))).points == 1


def test_given_cells_run_on_both_sides_and_the_judge_keeps_its_own() -> None:
    source = nb.notebook(
        nb.answer("exercise", "limit = 1\nheight = 2"),
        nb.given("given", "limit = 10\narea = height * limit"),
        nb.check("tests", "assert limit == 10 and area == 20", 1),
        nb.answer("after", "limit = 99"),
        nb.check("later", "assert limit == 99", 1),
    )
    graded = grade(Job(nb.to_bytes(source), nb.to_bytes(source), QUICK))
    assert [cell.points for cell in graded.cells] == [1, 1]


@pytest.mark.parametrize("last", ["0.5", "3", "0", "4", "True", "'text'", "None", "x = 1", "0.5;", "[1]", "2.0"])
def test_nbgrader_reads_the_same_points_from_the_notebook(last: str) -> None:
    graded = judged(DOUBLE, f"assert f(1) == 2\n{last}", DOUBLE)
    cells = nbformat.reads(graded.notebook.decode(), as_version=4).cells
    cell = next(cell for cell in cells if cell.metadata.nbgrader.grade_id == "tests")
    assert determine_grade(cell) == (verdict(graded).points, 4)
    failed = judged(DOUBLE, f"assert f(1) == 3\n{last}", DOUBLE)
    cells = nbformat.reads(failed.notebook.decode(), as_version=4).cells
    assert determine_grade(cells[2]) == (0, 4)


def test_written_answers_wait_for_a_person_unless_untouched() -> None:
    source = nb.notebook(
        nb.essay("why", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3),
        nb.task("explore", "Explore.", 2),
        nb.check("tests", "pass", 1),
    )
    solved = nb.to_bytes(source)
    release = nb.to_bytes(prepare(Job(solved, solved)).notebook).decode()
    answered = grade(Job(nb.with_answers(source, {"why": "It is so."}), solved, QUICK))
    assert [(cell.points, cell.status) for cell in answered.cells] == [
        (None, "needs manual"),
        (None, "needs manual"),
        (1, "graded"),
    ]
    untouched = grade(Job(nb.with_answers(source, {"why": "YOUR ANSWER HERE"}), solved, QUICK))
    assert untouched.cells[0].points == 0
    assert "Explore." in release


def test_a_missing_answer_is_called_missing_and_a_changed_test_tampered() -> None:
    source = nb.notebook(nb.answer("exercise", DOUBLE), nb.check("tests", "assert f(1) == 2", 1))
    gone = nb.notebook(source.cells[1])
    assert verdict(grade(Job(nb.to_bytes(gone), nb.to_bytes(source), QUICK))).status == "missing"
    changed = grade(Job(nb.with_answers(source, {"tests": "pass"}), nb.to_bytes(source), QUICK))
    assert verdict(changed).status == "tampered"
    assert "its source" in verdict(changed).message
    assert verdict(changed).points == 1


def test_a_regrade_gives_the_same_bytes() -> None:
    student = """
import random, torch
x = np.random.rand(), random.random(), torch.rand(1).item(), hash("text"), {"a", "b", "c"}
print(x)
def f(n):
    return np.random.rand(n)
"""
    tests = "assert not np.array_equal(f(3), f(3))\nfloat(f(1)[0]) + float(np.random.rand())"
    source = nb.notebook(
        nb.given("setup", "import numpy as np\nimport torch"),
        nb.answer("exercise", ""),
        nb.check("tests", tests, 4),
    )
    source.nbformat_minor = 4
    for cell in source.cells:
        del cell["id"]
    file, solution = nb.with_answers(source, {"exercise": student}), nb.to_bytes(source)
    first, second = (grade(Job(file, solution, QUICK)) for _ in range(2))
    assert first.notebook == second.notebook
    assert [replace(cell, seconds=0) for cell in first.cells] == [replace(cell, seconds=0) for cell in second.cells]
    assert grade(Job(file, solution, QUICK, seed=1)).notebook != first.notebook


def test_a_check_that_seeds_the_generators_seeds_the_students_too() -> None:
    code = "import random\ndef f():\n    return np.random.rand(), random.random()"
    tests = """
import random
def seeded():
    np.random.seed(3)
    random.seed(3)
    return f()
assert seeded() == seeded() != f()
np.random.seed(3)
assert seeded()[0] == np.random.RandomState(3).rand()
"""
    assert verdict(judged(code, tests, code)).message == ""


def test_data_files_lie_in_the_working_folder_of_both() -> None:
    code = "total = sum(map(int, open('data/numbers.txt')))"
    tests = "assert total == sum(map(int, open('data/numbers.txt'))) == 6"
    assert verdict(judged(code, tests, code, files={"data/numbers.txt": b"1\n2\n3\n"})).points == 4
    with pytest.raises(ValueError, match="outside the working folder"):
        judged(code, tests, code, files={"../numbers.txt": b""})


def test_an_endless_check_ends() -> None:
    quick = replace(QUICK, cell_seconds=1.0)
    endless = "def f():\n    while True:\n        yield 1"
    assert verdict(judged(endless, "assert sum(f()) == 0", endless, limits=quick)).status == "timed out"
    assert verdict(judged(DOUBLE, "while True:\n    pass", DOUBLE, limits=quick)).status == "timed out"
    swallowed = "try:\n    f(0)\nexcept BaseException:\n    pass"
    slow = "import time\ndef f(x):\n    time.sleep(60)"
    assert not verdict(judged(DOUBLE, swallowed, slow, limits=quick)).points


def test_the_environment_of_the_caller_is_left_alone() -> None:
    before = dict(os.environ), os.getcwd(), os.listdir("/proc/self/fd")
    judged(DOUBLE, HIDDEN, DOUBLE)
    assert (dict(os.environ), os.getcwd()) == before[:2]
    assert len(os.listdir("/proc/self/fd")) <= len(before[2]) + 2
