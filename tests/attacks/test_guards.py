"""Every guard is needed: with one of them switched off, an attack gains a point that it does not gain otherwise.

Each case changes one line of a copy of the package, and grades the same attack with the copy and with the original.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import ROOT

# What the student's process does to the shadow, and to nothing else: every check passes there.
FORGED = """from utils.grading.student.shadow import Shadow
Shadow.run = lambda self, source, points, seconds: points
"""


@dataclass(frozen=True)
class Guard:
    """One guard, and an attack that it stops.

    Attributes:
        file: where it stands, in `utils/grading`.
        line: its text.
        off: the text without the guard.
        solution, check, answer: of an exercise worth one point; the answer deserves none.
        own: files that the student hands in beside the notebook.
    """

    file: str
    line: str
    off: str
    solution: str
    check: str
    answer: str
    own: tuple[tuple[str, str], ...] = ()


IDENTITY = "def f(x):\n    return x"
LIAR = "class Liar:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return Liar()"
AGREEING = "class Agreeing:\n    def allclose(self, other):\n        return True\ndef f(x):\n    return Agreeing()"
FIELD = (
    "from collections import namedtuple\nRow = namedtuple('Row', 'allclose')\n"
    "def f(x):\n    return Row(lambda other: True)"
)
STOPPING = "def f(x):\n    raise StopIteration"
TRUE_NUMBER = "class One:\n    def __float__(self):\n        return 1.0\n    __repr__ = lambda s: '1.0'\nguess = One()"
MODULE = f"{LIAR}\ntriple = f\n"
SPOILING = "def f(x):\n    x.sort()\n    return x"

GUARDS = {
    "a text of the student is no program": Guard(
        "judge/judge.py",
        "    TextGuard(_texts_of_the_instructor(task), judge.names, [task.folder, task.modules], files).install()\n",
        "",
        "formula = '2 * t'",
        "t = 2\nassert eval(formula) == 4",
        "formula = \"__import__('os').getpid() and 4\"",
    ),
    "the judge reads what the sandbox shows": Guard(
        "sandbox/fork_server.py",
        "landlock.restrict([*folders, tempfile.gettempdir(), *terminals])",
        "pass",
        "def f(x):\n    return 'own.txt'",
        "import os\nopen('own.txt', 'w').close()\nassert 'own' in f(1) or open(f(1)).read()",
        FORGED + f"def f(x):\n    return {str(ROOT / 'pyproject.toml')!r}",
    ),
    "a pickle from a student's bytes is data": Guard(
        "judge/client.py",
        "        if unpickles_bytes(source):",
        "        if False:",
        "def f(x):\n    import base64, pickle\n    return base64.b64encode(pickle.dumps(x)).decode()",
        "import base64, pickle\nassert pickle.loads(base64.b64decode(f([1]))) == [1]",
        "import base64, pickle\nclass E:\n    def __reduce__(self):\n        return eval, ('[1]',)\n"
        "def f(x):\n    return base64.b64encode(pickle.dumps(E())).decode()",
    ),
    "a pickle changes no class": Guard(
        "judge/unpickling.py",
        "        _check_changes()\n",
        "",
        "def f(x):\n    import pickle\n    return pickle.dumps(x)",
        "import pickle\nassert pickle.loads(f([1])) == [1]",
        FORGED + "def f(x):\n    kind = b'ccollections\\nCounter\\n'\n"
        "    return b'\\x80\\x03' + kind + b'N}X\\x06\\0\\0\\0__eq__cbuiltins\\nslice\\ns\\x86b0' + kind + b')R.'",
    ),
    "the smaller mark counts": Guard(
        "mark.py",
        "    if shadow < judged:\n        return replace(",
        "    if shadow < judged:\n        return verdict\n        return replace(",
        "def f(x):\n    return sorted(x)",
        "values = [2, 1]\nassert f(values) == [1, 2] and values == [2, 1]",
        SPOILING,
    ),
    "the shadow alone gives nothing": Guard(
        "mark.py",
        'return replace(verdict, points=None, status="review", message=message)\n\n\ndef _quoted',
        'return replace(verdict, points=shadow, status="review", message=message)\n\n\ndef _quoted',
        IDENTITY,
        "assert f(3) == 3",
        FORGED + "def f(x):\n    return None",
    ),
    "objects are not compared": Guard(
        "judge/known_classes.py",
        '        if not classes:\n            return "refuse"',
        '        if not classes:\n            return "ask"',
        IDENTITY,
        "assert f(3) == 3",
        LIAR,
    ),
    "methods of plain data are not asked": Guard(
        "judge/known_classes.py",
        "        if name not in public_names():\n            return True",
        "        return True",
        IDENTITY,
        "import numpy as np\nassert f(np.ones(2)).allclose(1)",
        AGREEING,
    ),
    "fields do not stand for methods": Guard(
        "protocol/plain_type.py",
        "    if callable(value) and name in public_names() and name not in assignment.fields:",
        "    if False:",
        IDENTITY,
        "assert f(3).allclose(3)",
        FIELD,
    ),
    "an exception does not steer a check": Guard(
        "judge/client.py",
        "_STEERING: Final = (StopIteration, ",
        "_STEERING: Final = (",
        IDENTITY,
        "assert all(map(lambda n: f(n) == n, range(3)))",
        STOPPING,
    ),
    "a student's object is no number of points": Guard(
        "judge/points.py",
        '    if not is_proxy(value) and not isinstance(value, numbers.Number) and not hasattr(value, "dtype"):',
        "    if not isinstance(value, numbers.Number):",
        "guess = 0.5",
        "guess",
        TRUE_NUMBER,
    ),
    "a student's module does not run in the judge": Guard(
        "supervisor.py",
        "for name in job.files.keys() - job.own_files}",
        "for name in job.files}",
        "import mine",
        "import mine\nassert mine.triple(2) == 6",
        "import mine",
        (("mine.py", MODULE),),
    ),
}

GRADE = """
import json, sys
from tests.support import notebooks as nb
from utils.grading import Job, grade
solution, check, answer, own = json.loads(sys.argv[1])
source = nb.notebook(nb.answer("f", f"### BEGIN SOLUTION\\n{solution}\\n### END SOLUTION"), nb.check("test", check))
own = {name: text.encode() for name, text in own}
job = Job(nb.with_answers(source, {"f": answer}), nb.to_bytes(source), nb.QUICK, own, own_files=frozenset(own))
print(grade(job).cells[0].points)
"""


def points(guard: Guard, package: Path) -> str:
    """What the attack gets from the package in a folder."""
    exercise = json.dumps([guard.solution, guard.check, guard.answer, guard.own])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)]), "PYTHONDONTWRITEBYTECODE": "1"}
    line = [sys.executable, "-P", "-c", GRADE, exercise]
    done = subprocess.run(line, env=env, cwd=package, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package without the shipped weights, in a folder of its own."""
    folder = tmp_path_factory.mktemp("original")
    shutil.copytree(ROOT / "utils", folder / "utils", ignore=shutil.ignore_patterns("weights", "__pycache__", "*.js"))
    return folder


def test_each_guard_stands_in_its_module_once() -> None:
    places = {name: (ROOT / "utils" / "grading" / one.file).read_text().count(one.line) for name, one in GUARDS.items()}
    assert {name: count for name, count in places.items() if count != 1} == {}, "code has changed: adapt these guards"


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if place % 4 == 0 else [pytest.mark.slow]) for place, name in enumerate(GUARDS)],
)
@pytest.mark.sample(12)
def test_without_the_guard_the_attack_gains_the_point(name: str, original: Path, tmp_path: Path) -> None:
    guard = GUARDS[name]
    copy = Path(shutil.copytree(original, tmp_path / "copy"))
    module = copy / "utils" / "grading" / guard.file
    text = module.read_text()
    assert points(guard, original) in ("0.0", "None")
    module.write_text(text.replace(guard.line, guard.off))
    assert points(guard, copy) == "1.0"
