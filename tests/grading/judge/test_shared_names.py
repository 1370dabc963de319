"""Names of both sides under attack: no undeserved point, no hidden name, no code of a student in the judge."""

import pytest

from tests.support import notebooks as nb
from tests.support.notebooks import QUICK, shown, verdict
from utils.grading import Graded, Job, grade

HIDDEN = """assert f(1) == 1
### BEGIN HIDDEN TESTS
for secret_case, golden_answer in [(2, 2), (3, 3)]:
    assert f(secret_case) == golden_answer
### END HIDDEN TESTS"""


def graded(
    *cells: object, files: dict[str, bytes] | None = None, own: dict[str, bytes] | None = None, **answers: str
) -> Graded:
    """Grade the notebook with some answers changed."""
    source = nb.notebook(*cells)
    job = Job(
        nb.with_answers(source, answers),
        nb.to_bytes(source),
        QUICK,
        {**(own or {}), **(files or {})},
        frozenset(own or {}),
    )
    return grade(job)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "def root(x):\n    return 0",
        "from math import cos as root",
        "root = lambda x: True",
        "class root:\n    def __init__(self, x):\n        pass",
    ],
)
def test_what_a_solution_imports_is_the_students_to_import(answer: str) -> None:
    cells = nb.answer("a", "from math import sqrt as root"), nb.check("tests", "assert root(4) == 2")
    assert verdict(graded(*cells)).points == 1
    assert not verdict(graded(*cells, a=answer)).points


def test_a_function_of_the_students_own_is_called_and_not_replaced() -> None:
    cells = nb.answer("a", "from math import sqrt as root"), nb.check("tests", "assert root(4) == 2")
    assert verdict(graded(*cells, a="def root(x):\n    return x**0.5")).points == 1


def test_what_a_student_puts_in_the_place_of_a_tool_does_not_decide_a_check() -> None:
    cells = (
        nb.answer("a", "from numpy import allclose\nimport numpy as np\ndef f(x):\n    return x"),
        nb.check("tests", "assert allclose(f(1), 1)"),
        nb.check("more", "assert np.isclose(f(1), 1)"),
    )
    answer = (
        "allclose = lambda *a: True\nclass np:\n    isclose = staticmethod(lambda *a: True)\ndef f(x):\n    return 7"
    )
    assert graded(*cells).score == 2
    assert graded(*cells, a=answer).score == 0


def test_after_the_end_of_its_process_an_answer_has_no_value() -> None:
    cells = (
        nb.given("g", "data = [3]"),
        nb.answer("a", "data = sorted(data)"),
        nb.check("tests", "assert data == [3]"),
        nb.check("more", "assert len(data) == 1"),
    )
    result = graded(*cells, a="import os\nos._exit(0)")
    assert [(cell.points, cell.status) for cell in result.cells] == [(0, "crashed"), (0, "crashed")]


@pytest.mark.slow
def test_every_check_of_an_answer_that_timed_out_or_is_missing_says_so() -> None:
    cells = (
        nb.answer("a", "x = 1"),
        nb.check("tests", "assert x == 1"),
        nb.check("more", "assert x == 1"),
        nb.answer("b", "y = 1"),
        nb.check("other", "assert y == 1"),
        nb.check("last", "assert x == 1"),
    )
    late = graded(*cells, a="import time\ntime.sleep(60)\nx = 1", b="y = 2")
    assert [cell.status for cell in late.cells] == ["timed out", "timed out", "graded", "timed out"]
    source = nb.notebook(*cells)
    gone = grade(Job(nb.to_bytes(nb.notebook(*cells[1:])), nb.to_bytes(source), QUICK))
    assert [cell.status for cell in gone.cells] == ["missing", "missing", "graded", "missing"]


def test_names_of_a_hidden_test_never_reach_the_students_process() -> None:
    spy = """import utils.grading.student.server as server
requests = []
for name in [name for name in vars(server.Server) if name.startswith("do_")]:
    def wrapped(self, *arguments, old=getattr(server.Server, name), name=name):
        requests.append((name, arguments))
        return old(self, *arguments)
    setattr(server.Server, name, wrapped)
def f(x):
    print(x)
    raise ValueError(repr((requests, sorted(globals()))))"""
    cells = nb.answer("a", "def f(x):\n    return x"), nb.check("tests", HIDDEN), nb.answer("b", "pass")
    assert verdict(graded(*cells)).points == 1
    for answer in (spy, spy.replace("def f(x):", "def f(x):\n    if x == 1:\n        return 1")):
        result = graded(*cells, a=answer, b="print(requests, sorted(globals()))")
        text = verdict(result).message + shown(result, "b")
        assert "do_name" in text
        assert "secret_case" not in text
        assert "golden_answer" not in text


def test_a_global_that_only_the_hidden_part_binds_does_not_answer_it() -> None:
    cheat = "def f(x):\n    return globals().get('golden_answer', 1)"
    check = HIDDEN.replace("assert f(1) == 1", "golden_answer = 1\nassert f(1) == golden_answer")
    cells = nb.answer("a", "def f(x):\n    return x"), nb.check("tests", check)
    assert verdict(graded(*cells)).points == 1
    assert not verdict(graded(*cells, a=cheat)).points
    assert not verdict(graded(*cells, a="def f(x):\n    return golden_answer")).points


def test_a_global_that_a_student_sets_does_not_become_what_a_check_expects() -> None:
    check = "expected = 3 * 2\nassert f(2) == expected"
    cells = nb.answer("a", "def f(x):\n    return 3 * x"), nb.check("tests", check)
    cheat = "def f(x):\n    global expected\n    expected = 7\n    return 7"
    assert not verdict(graded(*cells, a=cheat)).points


def test_the_numbers_of_an_unseeded_hidden_test_cannot_be_predicted() -> None:
    check = "import numpy as np\nsecret = np.random.randint(10**6)\nassert guess('higher or lower?') == secret"
    solution = "def guess(question):\n    return secret"
    cheat = """import hashlib, random, zlib
import numpy as np
from utils.grading.judge.seeds import Seeds
def guess(question):
    guesses = []
    for seed in (0, zlib.crc32(b"0 1"), zlib.crc32(b"0 3")):
        np.random.seed(seed % 2**32)
        guesses.append(np.random.randint(10**6))
    seeds = Seeds(0)
    seeds.student("")
    np.random.seed(seeds.check(CHECK).judge % 2**32)
    return np.random.randint(10**6)""".replace("CHECK", repr(check))
    cells = nb.answer("a", solution), nb.check("tests", check)
    source = nb.notebook(*cells)
    predicted = Job(nb.with_answers(source, {"a": cheat}), nb.to_bytes(source), QUICK, seed=0)
    assert nb.passes_in_the_judge(verdict(grade(predicted))), "with a public seed the attack succeeds in the judge"
    secret = Job(predicted.submission, predicted.solution, QUICK, seed=2718281828459045)
    assert not nb.passes_in_the_judge(verdict(grade(secret)))


@pytest.mark.parametrize("name", ["numpy.py", "statistics.py", "tools.py", "colorsys.py", "pytest/__init__.py"])
def test_a_module_that_a_student_hands_in_is_not_imported_by_the_judge(name: str) -> None:
    module = name.partition(".")[0].partition("/")[0]
    own = {
        name: b"def allclose(*a):\n    return True\nmean = double = hls_to_rgb = raises = allclose\nhanded_in = True\n"
    }
    check = f"import {module} as tool\nassert not hasattr(tool, 'handed_in') and len(tool.__name__) > 1 and f(2) == 4"
    cells = (
        nb.given("g", "import sys\nsys.path.insert(0, '.')"),
        nb.answer("a", "def f(x):\n    return 2 * x"),
        nb.check("tests", check),
    )
    files = {"tools.py": b"def double(x):\n    return 2 * x\n"}
    result = graded(*cells, own={k: v for k, v in own.items() if k not in files}, files=files)
    assert nb.passes_in_the_judge(verdict(result)), verdict(result).message


def test_a_module_of_the_student_runs_in_the_students_process_only() -> None:
    own = {"mine.py": b"import os\ndef process():\n    return os.readlink('/proc/self/ns/pid')\n"}
    check = "import os\nimport mine\nassert mine.process() != os.readlink('/proc/self/ns/pid')"
    cells = nb.answer("a", "import mine\nf = mine.process"), nb.check("tests", check)
    assert nb.passes_in_the_judge(verdict(graded(*cells, own=own)))
