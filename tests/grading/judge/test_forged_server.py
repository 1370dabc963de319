"""A student's process whose server is forged: no code of it runs in the judge, and no point is gained."""

import time

import pytest

from tests.support import notebooks as nb
from tests.support.notebooks import QUICK, judged, verdict
from utils.grading import CellVerdict, Job, grade

SERVER = "from utils.grading.student import server\n"


def marked(solution: str, check: str, answer: str, setup: str = "import numpy as np") -> CellVerdict:
    """The verdict on one answer."""
    return verdict(judged(solution, check, answer, setup=setup))


@pytest.mark.parametrize("name", ["planted.py/", "./planted.py", "planted.py/.", "./expected.txt", "expected.txt/"])
def test_a_file_under_another_name_replaces_nothing(name: str) -> None:
    """The student's process reports a file that it has written, under a name that is another one's."""
    forged = (
        SERVER + "class Forged(server.Folder):\n    def changes(self):\n"
        f"        return {{{name!r}: b'def value():\\n    return 42\\n'}}\n"
        "frame = __import__('sys')._getframe()\nwhile not isinstance(frame.f_locals.get('self'), server.Server):\n"
        "    frame = frame.f_back\nframe.f_locals['self'].folder = Forged('.')\ndef f(x):\n    return 42"
    )
    source = nb.notebook(
        nb.answer("exercise", "def f(x):\n    return 7"),
        nb.check(
            "tests",
            "open('seen.txt', 'w').close()\nf(0)\ntry:\n    import planted\n    expected = planted.value()\n"
            "except ImportError:\n    expected = int(open('expected.txt').read())\nassert f(1) == expected",
        ),
    )
    job = Job(nb.with_answers(source, {"exercise": forged}), nb.to_bytes(source), QUICK, {"expected.txt": b"7"})
    assert not nb.passes_in_the_judge(verdict(grade(job)))


def test_a_pickle_that_the_student_has_written_runs_nothing_in_the_judge() -> None:
    """Without any forging: the check loads a model that the answer has saved."""
    answer = (
        "import pickle, os\nclass Evil:\n    def __reduce__(self):\n        return (dict, ([('a', os.getpid())],))\n"
        "class Call:\n    def __reduce__(self):\n        return (eval, ('{\"a\": 1}',))\n"
        "pickle.dump(Call(), open('model.pkl', 'wb'))"
    )
    check = "import pickle\nmodel = pickle.load(open('model.pkl', 'rb'))\nassert model['a'] == 1"
    result = marked("import pickle\npickle.dump({'a': 1}, open('model.pkl', 'wb'))", check, answer)
    assert not nb.passes_in_the_judge(result)
    assert "holds more than plain data" in result.message
    honest = "import pickle\nwith open('model.pkl', 'wb') as file:\n    pickle.dump({'a': np.int64(1)}, file)"
    assert marked(honest, check, honest).points == 4


def test_a_check_copies_tensors_of_the_student_by_a_pickle() -> None:
    """The storage of a tensor is a pickle within the pickle. The judge imports torch only for the answer."""
    answer = (
        "def fit():\n    import torch\n    return {'mean': torch.ones(2), 'axes': torch.ones(2, dtype=torch.float64)}"
    )
    check = (
        "import pickle\npacked = pickle.dumps(fit())\nmodel = pickle.loads(packed)\n"
        "assert float(model['mean'].sum()) == float(model['axes'].sum()) == 2"
    )
    result = marked(answer, check, answer)
    assert (result.points, result.message) == (4, "")
    forged = (
        "import pickle, torch\nclass Evil:\n    def __reduce__(self):\n"
        "        return (eval, (\"{'mean': torch.ones(2), 'axes': torch.ones(2)}\", {'torch': None}))\n"
        "class Storage:\n    def __reduce__(self):\n"
        "        return (torch.storage._load_from_bytes, (pickle.dumps(Evil()),))\n"
        "def fit():\n    return pickle.dumps(Storage())"
    )
    solution = answer.replace("return ", "import pickle\n    return pickle.dumps(") + ")"
    check = check.replace("packed = pickle.dumps(fit())", "packed = fit()")
    assert marked(solution, check, solution).points == 4
    result = marked(solution, check, forged)
    assert not nb.passes_in_the_judge(result)
    assert "holds more than plain data" in result.message


def test_a_stated_attribute_does_not_let_numpy_read_the_judges_memory() -> None:
    forged = (
        SERVER + "server.abilities = lambda kind: ('__array_interface__', '__hash__')\n"
        "class Thing:\n    __array_interface__ = {'shape': (1,), 'typestr': '<f8', 'data': (8, False), 'version': 3}\n"
        "def f(x):\n    return Thing()"
    )
    result = marked("def f(x):\n    return np.ones(1)", "assert np.asarray(f(1)).sum() == 1", forged)
    assert not nb.passes_in_the_judge(result)
    assert "grader itself failed" not in result.message


def test_several_places_of_an_import_are_no_import() -> None:
    solution = "from math import sqrt as root"
    forged = SERVER + "server.origins = lambda value: [['math', name] for name in ('cos', 'sqrt', 'tan')]\nroot = len"
    assert not nb.passes_in_the_judge(marked(solution, "assert root(9) == 3", forged))
    assert marked(solution, "assert root(9) == 3", "from math import sqrt as root").points == 4


def test_an_object_of_a_class_of_the_assignment_does_not_stand_for_a_number() -> None:
    """Neither under an invented kind, nor as a part of what should be plain data."""
    solution = (
        "class Money:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n"
        "        return self.x == getattr(other, 'x', other)\ndef plain(x):\n    return [x, 2 * x]"
    )
    lying = solution.replace("return self.x == getattr(other, 'x', other)", "return True")
    items = lying.replace("return [x, 2 * x]", "return Parts()") + (
        "\nclass Parts:\n    def __getitem__(self, place):\n        return Money(0)\n"
        "    def __len__(self):\n        return 2"
    )
    kinds = (
        SERVER
        + lying.replace("return [x, 2 * x]", "return [Money(0), Money(0)]")
        + (
            "\nfrom dataclasses import replace\nhandle = server.Server.handle\n"
            "server.Server.handle = lambda self, value: replace(handle(self, value), kind='thing')"
        )
    )
    check = "parts = plain(3)\nassert parts[0] == 3 and parts[1] == 6"
    assert not nb.passes_in_the_judge(marked(solution, check, items))
    assert not nb.passes_in_the_judge(marked(solution, check, kinds))
    assert marked(solution, check, solution).points == 4


def test_a_flood_of_the_shadow_is_cut() -> None:
    forged = (
        "from utils.grading.student.shadow import Shadow\n"
        "def flood(self, *parts):\n    for number in range(10**6):\n"
        "        self.connection.send(b'[\"points\", \"' + str(number).encode() * 100 + b'\", 4]')\n"
        "Shadow.reply = flood\ndef f(x):\n    return x"
    )
    begin = time.monotonic()
    assert not nb.passes_in_the_judge(marked("def f(x):\n    return x", "assert f(1) == 1", forged))
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("number", ["10**400", "float('inf')", "True", "'4'", "[4]", "-1"])
def test_whatever_the_shadow_calls_points_is_final(number: str) -> None:
    forged = (
        "from utils.grading.student.shadow import Shadow\nreply = Shadow.reply\n"
        f"Shadow.reply = lambda self, kind, name, *rest: reply(self, kind, name, *([{number}] if rest else []))\n"
        "def f(x):\n    return None"
    )
    graded = judged("def f(x):\n    return x", "assert f(1) == 1", forged)
    assert graded.final
    assert not verdict(graded).points


def test_a_message_that_an_assertion_writes_itself_is_not_shown() -> None:
    check = (
        "### BEGIN HIDDEN TESTS\nimport unittest\nunittest.TestCase().assertAlmostEqual(f(41), 4711.25)\n"
        "### END HIDDEN TESTS"
    )
    assert "4711" not in marked("def f(x):\n    return 4711.25", check, "def f(x):\n    return 0").message
    written = check.replace("4711.25)", "4711.25, msg='Mind the units.')")
    assert "Mind the units." in marked("def f(x):\n    return 4711.25", written, "def f(x):\n    return 0").message


def test_a_local_name_of_the_solution_does_not_make_a_hidden_name_known() -> None:
    solution = "def f(x):\n    result = x + 1\n    return result"
    check = "### BEGIN HIDDEN TESTS\nresult = 41 + 1\nassert f(41) == result\n### END HIDDEN TESTS"
    reader = "def f(x):\n    raise ValueError(str(globals().get('result')))"
    assert "42" not in marked(solution, check, reader).message
