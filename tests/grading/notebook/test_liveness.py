"""Tests of `utils.grading.notebook.liveness`: what a check may depend on runs; what it cannot depend on does not."""

import contextlib
import itertools
import json
import random

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from tests.support.notebooks import QUICK, answer, check, given, notebook, to_bytes
from utils.grading import Job, grade
from utils.grading.notebook.liveness import mark_skippable
from utils.grading.notebook.pipeline import NOT_RUN, prepare, publishable
from utils.grading.notebook.plan import Step

IMPORTS = (
    "import os, random, warnings, sys, json\nimport numpy as np, pandas as pd\nimport matplotlib.pyplot as plt\n"
    "from functools import lru_cache\nimport somelibrary"
)
DATA = "values = [1, 2]\ntable = {'a': [1]}\nalias = table['a']\narray = np.zeros(3)\nframe = pd.DataFrame({'a': [1]})"
ANSWER = "def double(x):\n    return 2 * x"
CHECK = "assert double(2) == 4 and values == [1, 2] and array.sum() == 0 and alias == [1] and len(frame) == 1"


def live(*cells: str, check: str = CHECK, answer: str = ANSWER, given: str = "") -> list[bool]:
    """Whether each of the student's cells runs, which stand between the answer and the check."""
    steps = [
        Step("given", student=IMPORTS, judge=IMPORTS, grade_id="imports"),
        Step("given", student=DATA + "\n" + given, judge=DATA + "\n" + given, grade_id="data"),
        Step("solution", student=answer),
        *(Step("extra", student=cell) for cell in cells),
        Step("check", judge=check),
        Step("extra", student="print('after the last check')"),
    ]
    mark_skippable(steps)
    assert not steps[-1].live
    assert all(step.live for step in steps if step.role not in ("extra", "instructor"))
    return [step.live for step in steps[3:-2]]


@pytest.mark.parametrize(
    "cell",
    [
        "print(double(3))",
        "print([double(x) for x in range(10)])",
        "mine = [double(x) for x in range(10)]\nmine.append(3)\nprint(len(mine))",
        "print(values, len(table), array.mean())",
        "total = 0\nfor v in range(3):\n    total = total + double(v)\ntotal",
        "fig, ax = plt.subplots()\nax.plot([1, 2], [double(1), double(2)])\nax.set_title('doubled')\nplt.show()",
        "rng = np.random.default_rng(1)\nsample = rng.normal(size=10)\nprint(sample.mean())",
        "def mine(x):\n    return double(x) + 1\nprint(mine(2))",
        "double(21)",
        "np.exp(np.linspace(0, 1, 5)).round(2)",
        "x = 3\nif x > 2:\n    print('large')",
        "# only a comment",
        "",
    ],
)
def test_a_cell_that_only_looks_does_not_run(cell: str) -> None:
    assert live(cell) == [False]


@pytest.mark.parametrize(
    "cell",
    [
        # names
        "values = [1, 2]",
        "def double(x):\n    return x + x",
        "class double:\n    pass",
        "for values in ([1, 2],):\n    pass",
        "import math as values",
        "from math import sqrt as double",
        "(values := [1, 2])",
        "with somelibrary.x() as values:\n    pass",
        "del values",
        "try:\n    1 / 0\nexcept Exception as values:\n    pass",
        "values += [3]",
        "[values := x for x in [[1, 2]]]",
        "def f():\n    global values\n    values = [1, 2]\nf()",
        "from somelibrary import *",
        "match [1, 2]:\n    case values:\n        pass",
        # objects
        "values.append(3)",
        "values[0] = 1",
        "values[:] = [1, 2]",
        "del values[0]",
        "other = values\nother.append(1)",
        "table['a'].append(2)",
        "table['a'][0] = 5",
        "array[0] = 1",
        "array += 1",
        "array.sort()",
        "np.copyto(array, 1)",
        "np.add(array, 1, array)",
        "np.exp(array, array)",
        "np.negative(array, out=array)",
        "np.add.at(array, 0, 1)",
        "np.fill_diagonal(array, 1)",
        "np.random.default_rng(0).shuffle(values)",
        "frame['b'] = 1",
        "frame.drop(columns='a', inplace=True)",
        "frame.loc[0, 'a'] = 2",
        "def change(x):\n    x.append(1)\nchange(values)",
        "change = lambda x: x.append(1)\nchange(values)",
        "[x.append(1) for x in [values]]",
        "for x in [values, alias]:\n    x.clear()",
        "list(map(values.append, [1]))",
        "somelibrary.change(values)",
        "double.calls = 1",
        "double.__defaults__ = (2,)",
        "double.__code__ = (lambda x: x).__code__",
        # modules, classes and built-in functions
        "np.mean = max",
        "somelibrary.flag = True",
        "np.random.seed(0)",
        "np.random.rand(3)",
        "draw = np.random\ndraw.normal()",
        "random.seed(1)",
        "random.random()",
        "from numpy.random import seed\nseed(1)",
        "np.set_printoptions(precision=2)",
        "np.seterr(all='ignore')",
        "pd.set_option('display.max_rows', 5)",
        "pd.options.display.max_rows = 5",
        "warnings.filterwarnings('ignore')",
        "warnings.simplefilter('error')",
        "import newlibrary",
        "from newlibrary import thing",
        "import builtins\nbuiltins.len = max",
        "sys.path.append('.')",
        "sys.modules['x'] = 1",
        "setattr(np, 'mean', max)",
        "@somelibrary.register\ndef f():\n    pass",
        "@lru_cache\ndef f():\n    pass\nf()",
        "class Register(somelibrary.Base):\n    pass\nRegister.register(list)",
        # the world
        "open('data.txt', 'w').write('1')",
        "with open('data.txt', 'w') as file:\n    file.write('1')",
        "np.save('data.npy', array)",
        "frame.to_csv('data.csv')",
        "plt.savefig('figure.png')",
        "json.dump([1], open('x', 'w'))",
        "os.environ['TZ'] = 'UTC'",
        "os.chdir('..')",
        "os.makedirs('folder')",
        # what the text does not show
        "%matplotlib inline",
        "!touch data.txt",
        "%%bash\ntouch x",
        "x = %time double(2)",
        "get_ipython().run_line_magic('pylab', '')",
        "exec('values = [1, 2]')",
        "eval('values.append(1)')",
        "globals()['values'] = [1, 2]",
        "vars()['values'] = [1, 2]",
        "locals()['values'] = [1, 2]",
        "getattr(values, 'append')(1)",
        "__import__('os').remove('x')",
        "Out[1].append(1)",
        "_.append(3)",
        "In[0] = 'x'",
        "double(",
        "double?",
        "await double(2)",
        "async def f():\n    pass",
        "import asyncio\nasyncio.create_task(f())",
        "import threading\nthreading.Thread(target=values.clear).start()",
        "unknown(3)",
        "values[0](3)",
        "sorted([[1]], key=values.append)",
        "list(filter(callbacks[0], values))",
        "print('x', file=stream)",
        "input('more?')",
        "exit()",
    ],
)
def test_a_cell_with_an_effect_runs(cell: str) -> None:
    assert live(cell) == [True]


@pytest.mark.parametrize(
    ("answer", "cell"),
    [
        ("cache = {}\ndef double(x):\n    cache[x] = 2 * x\n    return cache[x]", "print(double(2))"),
        ("calls = []\ndef double(x):\n    calls.append(x)\n    return 2 * x", "double(2)"),
        ("def double(x, seen=[]):\n    seen.append(x)\n    return 2 * x", "double(2)"),
        ("n = 0\ndef double(x):\n    global n\n    n += 1\n    return 2 * x", "double(2)"),
        ("def double(x):\n    double.n = getattr(double, 'n', 0) + 1\n    return 2 * x", "double(2)"),
        ("@lru_cache\ndef double(x):\n    return 2 * x", "double(2)"),
        ("def double(x):\n    np.random.seed(x)\n    return 2 * x", "double(2)"),
        ("def double(x):\n    open('x', 'w').write('1')\n    return 2 * x", "double(2)"),
        ("class C:\n    n = 0\n    def f(self):\n        C.n += 1\ndef double(x):\n    return 2 * x", "C().f()"),
        ("class C:\n    n = 0\n    def __add__(self, o):\n        C.n += 1\nc = C()\ndouble = c.__add__", "c + 1"),
        (
            "def outer():\n    n = [0]\n    def f(x):\n        n[0] += 1\n        return 2 * x\n    return f\n"
            "double = outer()",
            "double(2)",
        ),
        (
            "import itertools\ncounter = itertools.count()\ndef double(x):\n    return 2 * x + 0 * next(counter)",
            "double(2)",
        ),
        ("def helper(v):\n    v.append(1)\ndef double(x):\n    helper(values)\n    return 2 * x", "double(2)"),
    ],
)
def test_a_call_of_a_function_that_keeps_state_runs(answer: str, cell: str) -> None:
    assert live(cell, answer=answer, check="assert double(2) == 4 and C.n == 0 and n == 0 and cache == calls") == [True]


@pytest.mark.parametrize(
    ("given", "cell"),
    [
        ("stream = iter([1, 2])", "next(stream)"),
        ("stream = (x for x in values)", "list(stream)"),
        ("stream = somelibrary.open()", "print(sum(stream))"),
        ("stream = somelibrary.open()", "for line in stream:\n    print(line)"),
        ("stream = zip(values, values)", "a, *b = stream"),
        ("stream = np.random.default_rng(0)", "print(stream.normal())"),
        ("stream = somelibrary.connect()", "print(stream.get('x'))"),
        ("def make():\n    yield 1\nstream = make()", "print(list(stream))"),
    ],
)
def test_reading_an_iterator_changes_it(given: str, cell: str) -> None:
    assert live(cell, given=given, check="assert list(stream)") == [True]


def test_a_figure_is_drawn_where_a_check_looks_at_it() -> None:
    cell = "fig, ax = plt.subplots()\nax.plot([1, 2])"
    assert live(cell, check="assert plt.gcf().axes") == [True]
    assert live(cell, check="assert ax.lines") == [True]
    assert live(cell, answer="def draw():\n    return plt.gca()", check="assert draw()") == [True]


@pytest.mark.parametrize("check", ["assert eval('x') == 1", "assert 'x' in globals()", "%run other", "assert _ == 1"])
def test_everything_runs_before_a_check_that_may_read_everything(check: str) -> None:
    assert live("x = 1", check=check) == [True]


def test_cells_run_that_other_live_cells_need() -> None:
    assert live("a = 1", "b = a", "c = 3", "values = [b, 2]") == [True, True, False, True]
    assert live("scale = 1", answer="def double(x):\n    return 2 * x * scale") == [True]
    assert live("pair = [0]\nprint(values.append(pair))", "pair.append(1)") == [True, True]
    # The function of a live cell reads `scale` when it is called, after the second binding.
    assert live("scale = 3\ndef double(x):\n    return 2 * x * scale", "scale = 1") == [True, True]


def test_what_a_person_marks_runs() -> None:
    steps = [
        Step("extra", student="x = 1"),
        Step("extra", student="y = 1"),
        Step("solution", student="print(x)", points=2.0),
        Step("extra", student="z = 1"),
    ]
    mark_skippable(steps)
    assert [step.live for step in steps] == [True, False, True, False]


def test_an_instructor_vouches_for_a_cell() -> None:
    source = "import newlibrary\nshown = newlibrary.train(double)"
    steps = [
        Step("solution", student=ANSWER),
        Step("extra", student=source),
        Step("check", judge="assert double(2) == 4"),
    ]
    mark_skippable(steps)
    assert steps[1].live
    mark_skippable(steps, vouched={source})
    assert not steps[1].live
    steps[2].judge = "assert shown"
    mark_skippable(steps, vouched={source})
    assert steps[1].live


@pytest.mark.parametrize("tags", [[], ["demonstration"]])
def test_an_instructors_cell_that_nbgrader_does_not_manage_runs_only_if_a_check_needs_it(tags: list[str]) -> None:
    """It stands in the student's copy as it was handed out, and would run on both sides."""
    slow, needed = (new_code_cell(source) for source in ("import time\ntime.sleep(60)\nshown = 1", "factor = 2"))
    slow.metadata.tags = tags
    vouched = bool(tags)
    checks = check("doubles", "assert double(2) == 2 * factor", 2)
    solution = to_bytes(notebook(answer("double", ANSWER), slow, needed, checks))
    steps = {step.student: step for step in prepare(Job(solution, solution)).steps}
    assert steps[slow.source].role == steps[needed.source].role == "given"
    assert steps[slow.source].live is not vouched
    assert steps[needed.source].live


@pytest.mark.parametrize(
    "written",
    [
        "class X:\n    cases = []",
        "class X:\n    def f(self):\n        cases = []",
        "def add(y):\n    cases = []",
        "def prepare(x):\n    return x",
        "import numpy as tool",
        "cases = []",
        "prepare = print",
    ],
)
@pytest.mark.parametrize(
    "given", ["cases.append((10, 20))", "add(10)", "prepare(cases)", "tool.prepare(cases)", "cases[0] = 1"]
)
def test_what_a_student_writes_does_not_hide_that_a_check_needs_a_cell(given: str, written: str) -> None:
    first = "from helper import *\ncases = [(2, 4)]\ndef add(x):\n    cases.append((x, 2 * x))"
    checks = check("doubles", "for x, y in cases:\n    assert double(x) == y", 2)
    source = notebook(new_code_cell(first), answer("double", ANSWER), new_code_cell(given), checks)
    submission = notebook(
        new_code_cell(first), answer("double", ANSWER), new_code_cell(given), checks, new_code_cell(written)
    )
    for cells in (submission, notebook(new_code_cell(written), *submission.cells[:-1])):
        steps = prepare(Job(to_bytes(cells), to_bytes(source))).steps
        assert all(step.live for step in steps if step.judge == given)
        assert [step.judge for step in steps].count(given) == 1


@pytest.mark.parametrize(
    "written",
    [
        "class X:\n    values = {}",
        "class X:\n    def f(self):\n        values = {}",
        "def g():\n    values = {}",
        "f = lambda values: values",
    ],
)
def test_a_name_of_another_scope_is_another_name(written: str) -> None:
    """The cell with the loop fills the table that the answer reads, whatever a class calls its attribute."""
    filling = "for k in (2, 3):\n    values[k] = 2 * k"
    assert live("values = {}", filling, written, answer="def double(x):\n    return values[x]")[:2] == [True, True]


def test_hostile_texts_are_analysed_quickly_and_run() -> None:
    for text in ("(" * 5000, "-" * 50_000 + "1", "1" + "+1" * 40_000, "x\x00y", "é" * 200_000, "\ud800"):
        assert live(text) == [True]


@pytest.mark.parametrize("seed", range(40))
def test_random_notebooks_give_the_same_results_without_the_skipped_cells(seed: int) -> None:
    """Cells of random statements on a few names; the outcome of the check is the same in one namespace."""
    rng = random.Random(seed)
    names = "abcd"
    statements = [
        "{x} = [{n}]",
        "{x} = {y}",
        "{x} = {y} + {z}",
        "{x} = list({y})",
        "{x}.append({n})",
        "{x} += [{n}]",
        "{x}[0] = {n}",
        "print({x}, len({y}))",
        "f({x})",
        "g({x})",
        "{x} = g({y})",
        "for v in {x}:\n    w = v",
        "if len({x}) > 2:\n    {y} = {x}[:2]",
        "{x} = h()",
        "def h():\n    return {y}",
        "def h():\n    return {y} + [{n}]",
    ]
    cells = [
        "\n".join(
            rng.choice(statements).format(
                x=rng.choice(names), y=rng.choice(names), z=rng.choice(names), n=rng.randrange(9)
            )
            for _ in range(rng.randrange(1, 4))
        )
        for _ in range(8)
    ]
    functions = "def f(x):\n    x.append(0)\ndef g(x):\n    return x + [5]\ndef h():\n    return []"
    setup = "a, b, c, d = [1], [2], [3], [4]\n" + functions
    check = f"outcome = str({rng.choice(names)}) + str(h())"
    steps = [Step("given", student=setup), *(Step("extra", student=cell) for cell in cells), Step("check", judge=check)]
    mark_skippable(steps)
    outcomes = []
    for every_cell in (True, False):
        namespace: dict[str, object] = {"print": lambda *_: None}
        for step in steps:
            if step.live or every_cell:
                with contextlib.suppress(IndexError, MemoryError):
                    exec(step.student or step.judge or "", namespace)
        outcomes.append(namespace["outcome"])
    assert outcomes[0] == outcomes[1], cells


def test_the_random_notebooks_skip_cells() -> None:
    """Otherwise the test above would show nothing."""
    for cells in itertools.combinations(["print(a)", "b = [1]", "c = a + [2]"], 2):
        steps = [*(Step("extra", student=cell) for cell in cells), Step("check", judge="assert a")]
        mark_skippable(steps)
        assert not any(step.live for step in steps[:-1])


class TestOutputs:
    """The outputs of a cell that did not run are those that were handed in, and inert."""

    source = notebook(
        given("setup", "import math"),
        answer("double", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"),
        check("double-two", "assert double(2) == 4"),
    )

    def submission(self, outputs: object, source: str = "print(double(3))") -> bytes:
        own = nbformat.v4.new_code_cell(source, id="own")
        cells = [self.source.cells[0], answer("double", ANSWER), own, self.source.cells[2]]
        handed_in = notebook(*cells)
        handed_in.cells[2]["outputs"] = outputs
        return json.dumps(handed_in).encode()

    def test_of_a_cell_that_did_not_run_are_shown(self) -> None:
        outputs = [{"output_type": "stream", "name": "stdout", "text": ["6 by ", "hand"]}]
        job = Job(self.submission(outputs), to_bytes(self.source), QUICK)
        texts = []
        for run_every_cell in (False, True):
            graded = grade(Job(job.submission, job.solution, QUICK, run_every_cell=run_every_cell))
            assert graded.score == 1
            cell = nbformat.reads(graded.notebook.decode(), as_version=4).cells[2]
            texts.append([output.text for output in cell.outputs])
        assert texts == [[NOT_RUN, "6 by hand"], ["6\n"]]
        assert job.fingerprint() != Job(job.submission, job.solution, QUICK, run_every_cell=True).fingerprint()

    def test_are_of_known_kinds(self) -> None:
        bad = "<img src=x onerror=alert(1)><script>alert(1)</script>"
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": "alert(1)"}},
            {"output_type": "display_data", "metadata": {}, "data": {"text/html": [bad], "text/plain": "kept"}},
            {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.jupyter.widget-view+json": {}}},
            {"output_type": "stream", "name": "stdout", "text": "\x1b]0;title\x07" + "x" * 3_000_000},
            {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"]},
            {"output_type": ["unhashable"]},
            {"output_type": {"a": 1}},
            "junk",
            None,
        ]
        job = Job(self.submission(outputs), to_bytes(self.source), QUICK)
        graded = grade(job)
        cell = publishable(graded, job.solution).cells[2]
        text = str(cell.outputs)
        assert not any(part in text for part in ("script", "onerror", "\x1b]"))
        assert all(part in text for part in ("kept", "line"))
        assert len(text) < 10_000

    @pytest.mark.parametrize("outputs", [None, 3, "text", {"a": 1}, [[[]]], [{"output_type": "stream", "text": 1}]])
    def test_may_be_anything(self, outputs: object) -> None:
        plan = prepare(Job(self.submission(outputs), to_bytes(self.source), QUICK))
        assert plan.notebook.cells[2].outputs[0].text == NOT_RUN
        assert len(plan.notebook.cells[2].outputs) == 1
        assert not plan.own_outputs
