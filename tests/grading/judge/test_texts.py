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

WRITE = "def save():\n    with open('own.txt', 'w') as file:\n        file.write('{}')\n    return 'own.txt'"

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
    "built-in functions": (
        "x = 1",
        "assert eval(formula, {'t': 1}) == [1]",
        "formula = 'sorted([t])'",
        "formula = 'sorted([1], key=__builtins__[\"float\"])'",
    ),
    "yaml loader": (
        "import yaml",
        "assert yaml.load(text, Loader=yaml.Loader) == {'a': 1}",
        "text = 'a: 1'",
        "text = '!!python/object/apply:unittest.mock._ANY []'",
    ),
    "yaml name": (
        "import yaml",
        "assert yaml.load(text, Loader=yaml.FullLoader) == {'a': 1}",
        "text = 'a: 1'",
        "text = '!!python/name:unittest.mock.ANY'",
    ),
    "yaml of the instructor": (
        "import yaml",
        "assert yaml.load('!!python/name:builtins.abs', Loader=yaml.Loader)(f(-3)) == 3",
        "def f(x):\n    return x",
        "def f(x):\n    return 4",
    ),
    "run file": (
        "import os, runpy",
        "path = save()\nassert os.path.exists(path)\nassert runpy.run_path(path)['x'] == 3",
        "def save():\n    with open('own.txt', 'w') as file:\n        file.write('3')\n    return 'check_script.txt'",
        WRITE.format("import unittest.mock\\nx = unittest.mock.ANY"),
    ),
    "load file": (
        "import os\nfrom importlib.machinery import SourceFileLoader",
        "path = save()\nassert os.path.exists(path)\nassert SourceFileLoader('own', path).load_module().x == 3",
        "def save():\n    return 'check_script.txt'",
        WRITE.format("import unittest.mock\\nx = unittest.mock.ANY"),
    ),
    "tests that the check writes": (
        "import pytest",
        "with open('test_own.py', 'w') as file:\n    file.write('def test_it():\\n    assert 1 == 1')\n"
        "assert f(1) == 1 and pytest.main(['-q', 'test_own.py']) == 0",
        "def f(x):\n    return x",
        "def f(x):\n    return 2",
    ),
    "settings of tests": (
        "import pytest",
        "with open('test_own.py', 'w') as file:\n    file.write('def test_it():\\n    assert 1 == 2')\n"
        "f(1)\nassert pytest.main(['-q', 'test_own.py']) == 0",
        None,
        "def f(x):\n    with open('pytest.ini', 'w') as file:\n"
        "        file.write('[pytest]\\naddopts = --collect-only')",
    ),
    "program of a file": (
        "import os, subprocess",
        "path = save()\nassert os.path.exists(path)\n"
        "assert subprocess.run(['bash', path], capture_output=True, text=True).stdout == '3\\n'",
        None,
        WRITE.format("true; echo 3"),
    ),
    "library": (
        "import ctypes, os",
        "path = build()\nassert os.path.exists(path) and ctypes.CDLL(path).abs(-3) == 3",
        None,
        "def build():\n    import os, re, shutil\n"
        "    libc = re.search(r'/\\S*/libc.so.6', open('/proc/self/maps').read())\n"
        "    shutil.copy(libc[0], 'own.so.1')\n    return os.path.abspath('own.so.1')",
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
@pytest.mark.sample(3)
def test_a_text_that_does_more_than_combine_values_ends_the_check(name: str) -> None:
    setup, check, right, program = CASES[name]
    setup = setup or "import math"
    files = {"check_helpers.py": b"def value(text):\n    return eval(text)", "check_script.txt": b"x = 3"}
    if right is not None:
        assert verdict(judged(right, check, right, setup=setup, files=files)).points == 4
    result = verdict(judged(right or "pass", check, FORGED + program, setup=setup, files=files))
    assert not nb.passes_in_the_judge(result), result
    assert "grader itself failed" not in result.message
    if name in ("pipe", "shell", "program of a file"):  # no answer to these passes in the judge
        assert "starts a program with a text of yours" in result.message


# What a pickle needs to say in the opcodes of the format.
OPCODES = """
def named(module, name):
    return f'c{module}\\n{name}\\n'.encode()
def text(word):
    return b'X' + len(word).to_bytes(4, 'little') + word.encode()
"""
ALWAYS = (
    f"{OPCODES}def save(x):\n    kind = named('collections', 'Counter')\n"
    "    true = text('__eq__') + named('builtins', 'slice')\n"
    "    return b'\\x80\\x03' + kind + b'N}' + true + b's\\x86b0' + kind + b')R.'"
)
PICKLES = {
    "a class that agrees with everything": ("[1]", "== [1]", ALWAYS),
    "an object with a method of its own": (
        "{1}",
        ".issuperset([1])",
        f"{OPCODES}def save(x):\n    method = text('issuperset') + named('builtins', 'slice')\n"
        "    return b'\\x80\\x03' + named('collections', 'OrderedDict') + b')R}' + method + b'sb.'",
    ),
    "a program in TorchScript": (
        "torch.ones(2)",
        ".allclose(torch.ones(2))",
        f"import io\n{OPCODES}def save(x):\n    model = torch.jit.script(torch.nn.Identity())\n"
        "    model.define('def allclose(self, x: Tensor) -> bool:\\n    return True\\n')\n    out = io.BytesIO()\n"
        "    torch.jit.save(model, out)\n    size = len(out.getvalue()).to_bytes(4, 'little')\n"
        "    load = named('torch.storage', '_load_from_bytes')\n"
        "    return b'\\x80\\x03' + load + b'B' + size + out.getvalue() + b'\\x85R.'",
    ),
    "bytes as references to objects": (
        "np.array([None], dtype=object)",
        ".shape == (1,)",
        f"{OPCODES}def save(x):\n    kind = named('numpy', 'dtype') + text('O8') + b'K\\x00K\\x01\\x87R'\n"
        "    kind += b'(K\\x03' + text('|') + b'NNN' + 2 * b'J\\xff\\xff\\xff\\xff' + b'K\\x00tb'\n"
        "    load = named('numpy._core.numeric', '_frombuffer')\n"
        "    end = b'K\\x01\\x85' + text('C') + b'tR.'\n"
        "    return b'\\x80\\x03' + load + b'(B\\x08\\x00\\x00\\x00' + bytes(8) + kind + end",
    ),
}


@pytest.mark.parametrize("loads", ["pickle.loads", "loads"])
@pytest.mark.parametrize("name", PICKLES)
@pytest.mark.sample(3)
def test_a_pickle_of_the_student_is_data(name: str, loads: str) -> None:
    value, test, program = PICKLES[name]
    setup = "import pickle\nfrom pickle import loads\nimport numpy as np\nimport torch"
    check = f"import pickle\nassert {loads}(save({value})){'' if test[0] == '.' else ' '}{test}"
    right = "def save(x):\n    return pickle.dumps(x)"
    assert verdict(judged(right, check, right, setup=setup)).points == 4
    result = verdict(judged(right, check, FORGED + program, setup=setup))
    assert not nb.passes_in_the_judge(result), result
    assert "more than plain data" in result.message


@pytest.mark.parametrize(
    "value",
    [
        "collections.Counter('aab')",
        "collections.OrderedDict(a=[1, {2}])",
        "fractions.Fraction(1, 3)",
        "np.array([('x', [1.0, 2.0])], dtype=[('a', 'U3'), ('b', 'f8', (2,))])",
        "np.array(['x', None], dtype=object)",
        "np.array(['2020-01-01'], dtype='M8[D]')",
        "np.array(['one', 'two'])",
        "torch.nn.Linear(2, 2).state_dict()",
    ],
)
def test_a_pickle_of_data_is_loaded(value: str) -> None:
    setup = "import collections, fractions, pickle\nimport numpy as np\nimport torch\ntorch.manual_seed(0)"
    answer = f"value = {value}\ndef save(path):\n    with open(path, 'wb') as file:\n        pickle.dump(value, file)"
    check = "save('a.pkl')\nassert str(pickle.load(open('a.pkl', 'rb'))) == str(value)"
    result = verdict(judged(answer, check, answer, setup=setup))
    assert (result.points, result.message) == (4, "")


def test_a_program_that_a_check_starts_has_no_right_and_ends_with_the_judge() -> None:
    """It gets a student's text as input, which nothing can tell from data."""
    run = "subprocess.run(['bash'], input=text, capture_output=True, text=True)"
    check = f"import subprocess\nassert 0, {run}.stdout"
    script = "grep CapEff /proc/self/status; kill -0 {} 2>/dev/null && echo reached; (sleep {} >/dev/null 2>&1 &)"
    seconds = "58.03125"
    answer = f"text = {script.format(os.getpid(), seconds)!r}"
    result = verdict(judged("text = ''", check, FORGED + answer))
    assert "0000000000000000" in result.message
    assert "reached" not in result.message
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(seconds.encode() in line for line in lines)


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
