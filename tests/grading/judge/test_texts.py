"""A text of the student that a check runs as code: harmless ones work, and none is a program of the judge."""

import os
import socket
from pathlib import Path

import pytest

from tests.support import notebooks as nb
from tests.support.notebooks import judged, verdict
from utils.grading.judge.surroundings import Surroundings

FORGED = """from utils.grading.student.shadow import Shadow
Shadow.run = lambda self, source, points, seconds: points
"""
RUN = "__import__('os').system('true')"
PARSED = "import sympy as sp\nx = sp.Symbol('x')"
REPR = "class V:\n    def __init__(self, a):\n        self.a = a\n    def __repr__(self):\n        return {}"
DOCTEST = """import doctest
runner = doctest.DocTestRunner(verbose=False)
for test in doctest.DocTestFinder().find(f, "f", globs=globals()):
    runner.run(test)
assert runner.tries > 0 and runner.failures == 0"""
DOCUMENTED = "def f(x):\n    '''\n    >>> {}\n    '''\n    return 2 * x"

CASES = {
    "eval of repr": (
        "",
        "assert eval(repr(V(3))).a == 3",
        REPR.format("f'V({self.a})'"),
        REPR.format(f'"{RUN} or V(3)"'),
    ),
    "eval of a formula": (
        "import math",
        "for t in range(3):\n    assert eval(formula, {'t': t, 'sqrt': math.sqrt}) == 2 * t",
        "formula = '2 * t + sqrt(0)'",
        f'formula = "2 * t + 0 * {RUN}"',
    ),
    "formula of NumPy": (
        "import numpy as np",
        "assert eval(formula) == 2",
        "formula = 'np.sqrt(4) + 0 * np.pi'",
        "formula = 'np.f2py.os.getpid() * 0 + 2'",
    ),
    "function made of a text": (
        "exec(open('check_helpers.py').read())",
        "assert value(formula) == 4",
        "formula = '2 + 2'",
        f'formula = "4 + {RUN}"',
    ),
    "timeit": (
        "x = 1",
        "best = get_ipython().run_line_magic('timeit', '-n1 -r1 -o f(3)')\nassert f(3) == 3",
        "def f(x):\n    return x",
        "def f(x):\n    return 0",
    ),
    "bytes with a mark": ("", "assert eval(text)", "text = b'2 + 2'", f"text = b'\\xef\\xbb\\xbf' + b\"{RUN} == 0\""),
    "another encoding": (
        "",
        "assert eval(text)",
        "text = b'2 + 2'",
        "text = b'# coding: utf-7\\n+AF8AXw-import+AF8AXw-(\"os\").getpid()'",
    ),
    "annotations": (
        "import typing",
        "assert typing.get_type_hints(f)['x'] is int",
        "def f(x: 'int'):\n    return x",
        f'def f(x: "{RUN} or int"):\n    return x',
    ),
    "pipe": ("import os", "assert os.popen(command).read() == '3\\n'", None, "command = 'true; echo 3'"),
    "yaml": (
        "import yaml",
        "assert yaml.load(text, Loader=yaml.UnsafeLoader) == {'a': 1}",
        "text = 'a: 1'",
        "text = '!!python/object/apply:eval [\"{chr(97): __import__(chr(111) + chr(115)) and 1}\"]'",
    ),
    "doctest": ("", DOCTEST, DOCUMENTED.format("y = f(4)\n    >>> y\n    8"), DOCUMENTED.format(f"_ = {RUN}")),
    "source": (
        "",
        "import inspect\nspace = {}\nexec(inspect.getsource(f), space)\nassert space['f'](3) == 3",
        None,
        f"def f(x):\n    return (x, {RUN})[0]",
    ),
    "expand": (PARSED, "assert sp.expand(answer) == x**2 + 2 * x + 1", "answer = '(x + 1)**2'", f'answer = "{RUN}"'),
    "equals": (PARSED, "assert sp.exp(x).equals(answer)", "answer = 'exp(x)'", f'answer = "{RUN} or exp(x)"'),
    "lambdify": (
        PARSED,
        "assert sp.lambdify(x, answer)(2) == 4",
        "answer = sp.Piecewise((x**2, x > 0), (0, True))",
        f'answer = sp.Symbol("{RUN} or 4")',
    ),
    "function": (
        PARSED,
        "assert sp.lambdify(x, answer)(2) == 4",
        "answer = x**2",
        f'answer = sp.Function("{RUN} or abs")(2 * x)',
    ),
    "query": (
        "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2], 'b': ['u', 'v']})",
        "assert len(table.query(rows)) == 1",
        "rows = 'a > 1 and b.str.contains(\"v\")'",
        "rows = '@pd.io.common.os.system(\"true\") == 0 and a > 1'",
    ),
    "shell": (
        "import subprocess",
        "assert subprocess.check_output(command, shell=True, text=True) == '3\\n'",
        None,
        "command = 'true; echo 3'",
    ),
    "module": (
        "import check_helpers",
        "assert check_helpers.value(formula) == 4",
        "formula = '2 + 2'",
        f'formula = "4 + {RUN}"',
    ),
    "timer": ("import timeit", "assert timeit.timeit(code, number=2) < 5", "code = '1 + 1'", f'code = "{RUN}"'),
    "template": (
        "import jinja2",
        "assert jinja2.Template(text).render(name='Ann') == 'Hello Ann'",
        "text = 'Hello {{ name }}'",
        "text = \"Hello {{ name if cycler.__init__.__globals__.os.system('true') == 0 }}\"",
    ),
    "run_cell": (
        "x = 1",
        "result = get_ipython().run_cell(code)\nassert result.success and result.result == 4",
        "code = '2 + 2'",
        f'code = "4 + {RUN}"',
    ),
    "open file": (
        "import pickle",
        "with opened() as file:\n    assert pickle.load(file) == [1]",
        "def opened():\n    with open('a.pkl', 'wb') as file:\n        pickle.dump([1], file)\n"
        "    return open('a.pkl', 'rb')",
        "import io\nclass E:\n    def __reduce__(self):\n        return eval, ('[1]',)\n"
        "def opened():\n    return io.BytesIO(pickle.dumps(E()))",
    ),
    "pickle": (
        "import pickle",
        "assert pickle.loads(save([1])) == [1]",
        "def save(x):\n    return pickle.dumps(x)",
        "class E:\n    def __reduce__(self):\n        return eval, ('[1]',)\n"
        "def save(x):\n    return pickle.dumps(E())",
    ),
}


@pytest.mark.parametrize("library", ["PIL.PngImagePlugin", "sympy"])
def test_a_library_that_the_judge_imports_late_compiles_its_own_texts(library: str) -> None:
    """Annotations of its functions, above all. No name of a library stands in the notebook, which would import it."""
    check = f"import importlib\nimportlib.import_module('{library[:2]}' + '{library[2:]}')\nassert f(3) == 3"
    answer = "def f(x):\n    return x"
    result = verdict(judged(answer, check, answer))
    assert (result.points, result.message) == (4, "")


@pytest.mark.parametrize("name", CASES)
def test_a_text_that_does_more_than_combine_values_ends_the_check(name: str) -> None:
    setup, check, right, program = CASES[name]
    setup = setup or "import math"
    files = {"check_helpers.py": b"def value(text):\n    return eval(text)"}
    if right is not None:
        assert verdict(judged(right, check, right, setup=setup, files=files)).points == 4
    result = verdict(judged(right or "pass", check, FORGED + program, setup=setup, files=files))
    assert not nb.passes_in_the_judge(result), result
    assert "grader itself failed" not in result.message


@pytest.mark.parametrize(
    "check",
    [
        "import os\npath = save()\nassert os.path.exists(path)\nos.remove(path)",
        "text = open(save()).read()\nassert 'one' in text, text",
        "import sqlite3\nsqlite3.connect(save()).execute('create table t (x)')\nassert True",
    ],
    ids=["removed", "read", "written"],
)
def test_a_path_leads_no_further_than_a_students_own(check: str, tmp_path: Path) -> None:
    """The check uses the path that an answer gives back."""
    honest = "def save():\n    with open('own.txt', 'w') as file:\n        file.write('one')\n    return 'own.txt'"
    if "sqlite" in check:
        honest = "def save():\n    return 'own.db'"
    assert verdict(judged(honest, check, honest)).points == 4
    victim = tmp_path / "gradebook.db"
    victim.write_text("one")
    before = os.stat(victim).st_mtime_ns
    result = verdict(judged(honest, check, f"{FORGED}def save():\n    return {str(victim)!r}"))
    assert not nb.passes_in_the_judge(result), result
    assert "one" not in result.message
    assert victim.read_text() == "one"
    assert os.stat(victim).st_mtime_ns == before


def test_the_judge_reaches_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        check = "import socket\nsocket.create_connection(place(), 2).close()"
        answer = f"{FORGED}def place():\n    return '127.0.0.1', {port}"
        assert not nb.passes_in_the_judge(verdict(judged("def place():\n    return None", check, answer)))


def test_no_answer_replaces_a_file_of_the_assignment_behind_many_folders() -> None:
    """So many own files that a look at the folder does not reach the instructor's."""
    surroundings = Surroundings({})
    surroundings.files = frozenset({"data/expected.txt"})
    written: list[object] = []

    class Folder:
        def write(self, files: object) -> None:
            written.append(files)

    surroundings.folder = Folder()  # type: ignore[assignment]
    surroundings.write("data/expected.txt", None)
    assert not written
