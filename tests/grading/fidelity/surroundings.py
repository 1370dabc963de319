"""What a check arranges around a call: captured text, patches, warnings, logging, files, callbacks."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "redirect",
        "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n"
        "    hello('Ada')\n"
        "assert out.getvalue() == 'Hello, Ada!\\n'",
        ["def hello(name):\n    print(f'Hello, {name}!')", "def hello(name):\n    print('Hello, ', name, '!', sep='')"],
        ["def hello(name):\n    return f'Hello, {name}!'"],
    ),
    Exercise(
        "swap_stdout",
        "import io, sys\nold, sys.stdout = sys.stdout, io.StringIO()\ntry:\n    countdown(3)\n"
        "    text = sys.stdout.getvalue()\n"
        "finally:\n    sys.stdout = old\nassert text.split() == ['3', '2', '1']",
        ["def countdown(n):\n    while n:\n        print(n)\n        n -= 1"],
        ["def countdown(n):\n    print(n)"],
    ),
    Exercise(
        "redirect_err",
        "import io, contextlib\ne = io.StringIO()\nwith contextlib.redirect_stderr(e):\n    complain()\n"
        "assert 'bad' in e.getvalue()",
        [
            "import sys\ndef complain():\n    print('bad', file=sys.stderr)",
            "import sys\ndef complain():\n    sys.stderr.write('bad')",
        ],
    ),
    Exercise(
        "spy_print",
        "from unittest.mock import patch\nwith patch('builtins.print') as spy:\n    greet2('Ada')\n"
        "spy.assert_called_once_with('Hi', 'Ada')",
        ["def greet2(name):\n    print('Hi', name)"],
        ["def greet2(name):\n    print(f'Hi {name}')"],
    ),
    Exercise(
        "spy_print_main",
        "from unittest.mock import patch\nwith patch('__main__.print') as mocked:\n    twice('x')\n"
        "assert mocked.call_count == 2",
        ["def twice(x):\n    print(x)\n    print(x)", "def twice(x):\n    for _ in range(2):\n        print(x)"],
        ["def twice(x):\n    print(x, x)"],
    ),
    Exercise(
        "ask_age",
        "from unittest.mock import patch\nwith patch('builtins.input', return_value='21'):\n"
        "    assert next_age() == 22",
        ["def next_age():\n    return int(input('Age? ')) + 1"],
        ["def next_age():\n    return 21"],
    ),
    Exercise(
        "ask_many",
        "from unittest.mock import patch\n"
        "with patch('builtins.input', side_effect=['3', '4', 'stop']) as asked:\n    assert add_up() == 7\n"
        "assert asked.call_count == 3",
        [
            "def add_up():\n    total = 0\n    while (text := input()) != 'stop':\n        total += int(text)\n"
            "    return total",
            "def add_up():\n    return sum(int(x) for x in iter(input, 'stop'))",
        ],
        ["def add_up():\n    return 7"],
    ),
    Exercise(
        "replace_input",
        "import builtins\nanswers = iter(['a', 'b'])\nold_input = builtins.input\n"
        "builtins.input = lambda prompt='': next(answers)\n"
        "try:\n    assert pair() == 'ab'\nfinally:\n    builtins.input = old_input",
        ["def pair():\n    return input('one') + input('two')"],
    ),
    Exercise(
        "uses_helper",
        "from unittest.mock import patch\nassert quad(3) == 12\nwith patch('__main__.double', wraps=double) as spy2:\n"
        "    assert quad(2) == 8\nassert spy2.call_count == 2",
        ["def double(x):\n    return 2 * x\ndef quad(x):\n    return double(double(x))"],
        ["def double(x):\n    return 2 * x\ndef quad(x):\n    return 4 * x"],
    ),
    Exercise(
        "without_min",
        "from unittest.mock import patch\nwith patch('builtins.min') as no_min:\n"
        "    assert smallest([3, 1, 2]) == 1\nno_min.assert_not_called()",
        [
            "def smallest(v):\n    s = v[0]\n    for x in v:\n        if x < s:\n            s = x\n    return s",
            "def smallest(v):\n    return sorted(v)[0]",
        ],
        ["def smallest(v):\n    return min(v)"],
    ),
    Exercise(
        "without_inv",
        "import numpy as np\nm = np.array([[2.0, 1.0], [1.0, 1.0]])\nexpected = np.linalg.inv(m)\n"
        "### BEGIN HIDDEN TESTS\nkept = np.linalg.inv\nnp.linalg.inv = None\ntry:\n"
        "    assert np.allclose(invert(m), expected)\n"
        "finally:\n    np.linalg.inv = kept\n### END HIDDEN TESTS",
        [
            "import numpy as np\ndef invert(m):\n    (a, b), (c, d) = m\n"
            "    return np.array([[d, -b], [-c, a]]) / (a * d - b * c)",
            "import numpy as np\ndef invert(m):\n    return np.linalg.solve(m, np.eye(2))",
        ],
        ["import numpy as np\ndef invert(m):\n    return np.linalg.inv(m)"],
    ),
    Exercise(
        "without_sum",
        "import builtins\nkept_sum = builtins.sum\ndef no_sum(*_):\n    raise AssertionError('use a loop')\n"
        "builtins.sum = no_sum\n"
        "try:\n    assert average([1, 2, 3]) == 2\nfinally:\n    builtins.sum = kept_sum",
        ["def average(v):\n    t = 0\n    for x in v:\n        t += x\n    return t / len(v)"],
        ["def average(v):\n    return sum(v) / len(v)"],
    ),
    Exercise(
        "patched_library",
        "from unittest.mock import patch\nwith patch('numpy.linalg.det', side_effect=RuntimeError('forbidden')):\n"
        "    assert determinant([[1, 2], [3, 4]]) == -2",
        ["def determinant(m):\n    return m[0][0] * m[1][1] - m[0][1] * m[1][0]"],
        ["import numpy as np\ndef determinant(m):\n    return round(np.linalg.det(m))"],
    ),
    Exercise(
        "patched_random",
        "import random\nfrom unittest.mock import patch\n"
        "with patch.object(random, 'randint', return_value=6) as dice:\n"
        "    assert roll_two() == 12\nassert dice.call_args_list[0].args == (1, 6)",
        ["import random\ndef roll_two():\n    return random.randint(1, 6) + random.randint(1, 6)"],
        ["def roll_two():\n    return 12"],
    ),
    Exercise(
        "no_sleep",
        "from unittest.mock import patch\nwith patch('time.sleep') as sleep:\n    assert patient() == 'done'\n"
        "sleep.assert_called_with(30)",
        ["import time\ndef patient():\n    time.sleep(30)\n    return 'done'"],
    ),
    Exercise(
        "fake_open",
        "from unittest.mock import mock_open, patch\nwith patch('__main__.open', mock_open(read_data='1\\n2\\n"
        "')):\n    assert total_of('numbers.txt') == 3",
        [
            "def total_of(name):\n    with open(name) as f:\n        return sum(int(x) for x in f.read().split())",
            "def total_of(name):\n    f = open(name)\n    text = f.read()\n    f.close()\n"
            "    return sum(map(int, text.split()))",
        ],
    ),
    Exercise(
        "environment",
        "import os\nos.environ['COLOUR'] = 'red'\nassert colour() == 'red'\ndel os.environ['COLOUR']\n"
        "assert colour() == 'none'",
        [
            "import os\ndef colour():\n    return os.environ.get('COLOUR', 'none')",
            "import os\ndef colour():\n    return os.getenv('COLOUR') or 'none'",
        ],
    ),
    Exercise(
        "environment_patched",
        "import os\nfrom unittest.mock import patch\nwith patch.dict(os.environ, {'MODE': 'fast'}):\n"
        "    assert mode() == 'FAST'",
        ["import os\ndef mode():\n    return os.environ['MODE'].upper()"],
    ),
    Exercise(
        "arguments_of_program",
        "import sys\nkept_argv = sys.argv\nsys.argv = ['prog', '3', '4']\ntry:\n    assert program() == 7\n"
        "finally:\n    sys.argv = kept_argv",
        ["import sys\ndef program():\n    return sum(map(int, sys.argv[1:]))"],
    ),
    Exercise(
        "standard_input",
        "import io, sys\nkept_in, sys.stdin = sys.stdin, io.StringIO('a\\nb\\n')\ntry:\n"
        "    assert lines_in() == ['a', 'b']\nfinally:\n    sys.stdin = kept_in",
        [
            "import sys\ndef lines_in():\n    return [line.strip() for line in sys.stdin]",
            "import sys\ndef lines_in():\n    return sys.stdin.read().split()",
        ],
    ),
    Exercise(
        "warns",
        "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n    assert old() == 1\n"
        "assert len(caught) == 1 and issubclass(caught[0].category, DeprecationWarning)\n"
        "assert 'new' in str(caught[0].message)",
        ["import warnings\ndef old():\n    warnings.warn('use new', DeprecationWarning)\n    return 1"],
        ["def old():\n    return 1"],
    ),
    Exercise(
        "pytest_warns",
        "import pytest\nwith pytest.warns(UserWarning, match='small'):\n    check_size(1)",
        ["import warnings\ndef check_size(n):\n    if n < 2:\n        warnings.warn('too small')"],
        ["def check_size(n):\n    print('too small')"],
    ),
    Exercise(
        "logs",
        "import unittest\ncase = unittest.TestCase()\nwith case.assertLogs('shop', level='INFO') as logs:\n"
        "    sell(3)\nassert logs.output == ['INFO:shop:sold 3']",
        ["import logging\ndef sell(n):\n    logging.getLogger('shop').info('sold %d', n)"],
        ["def sell(n):\n    print('sold', n)"],
    ),
    Exercise(
        "log_handler",
        "import io, logging\nstream = io.StringIO()\nhandler = logging.StreamHandler(stream)\n"
        "logger = logging.getLogger('app')\n"
        "logger.addHandler(handler)\nlogger.setLevel(logging.WARNING)\nact(logger)\n"
        "assert stream.getvalue() == 'careful\\n'",
        ["def act(logger):\n    logger.debug('detail')\n    logger.warning('careful')"],
    ),
    Exercise(
        "writes_file",
        "import os\nsave('result_1.txt', 'hi')\nassert os.path.exists('result_1.txt')\n"
        "assert open('result_1.txt').read() == 'hi'",
        [
            "def save(name, text):\n    with open(name, 'w') as f:\n        f.write(text)",
            "from pathlib import Path\ndef save(name, text):\n    Path(name).write_text(text)",
        ],
        ["def save(name, text):\n    pass"],
    ),
    Exercise(
        "writes_csv",
        "import pandas as pd\nassert pd.read_csv('table_1.csv').x.tolist() == [1, 2]",
        ["import pandas as pd\npd.DataFrame({'x': [1, 2]}).to_csv('table_1.csv', index=False)"],
        [""],
    ),
    Exercise(
        "reads_file",
        "with open('in_1.txt', 'w') as f:\n    f.write('a b c')\nassert words_in('in_1.txt') == 3\n"
        "from pathlib import Path\nPath('in_1.txt').write_text('a')\nassert words_in(Path('in_1.txt')) == 1",
        ["def words_in(path):\n    return len(open(path).read().split())"],
    ),
    Exercise(
        "temporary",
        "import tempfile, os\nfrom pathlib import Path\nwith tempfile.TemporaryDirectory() as folder:\n"
        "    source, target = Path(folder) / 'a.txt', Path(folder) / 'b.txt'\n"
        "    source.write_text('abc')\n    copy_upper(str(source), str(target))\n"
        "    assert target.read_text() == 'ABC'\n    assert sorted(os.listdir(folder)) == ['a.txt', 'b.txt']",
        ["def copy_upper(a, b):\n    with open(a) as f, open(b, 'w') as g:\n        g.write(f.read().upper())"],
    ),
    Exercise(
        "open_file",
        "with open('lines_1.txt', 'w') as f:\n    f.write('1\\n2\\n')\nwith open('lines_1.txt') as f:\n"
        "    assert add_lines(f) == 3\n"
        "import io\nassert add_lines(io.StringIO('4\\n5')) == 9",
        [
            "def add_lines(f):\n    return sum(int(line) for line in f)",
            "def add_lines(f):\n    return sum(map(int, f.read().split()))",
        ],
    ),
    Exercise(
        "mock_callback",
        "from unittest.mock import Mock, call\ncb = Mock()\neach([1, 2], cb)\ncb.assert_has_calls([call(1), call(2)])\n"
        "source = Mock()\nsource.read.return_value = 'x'\nassert shout(source) == 'X'\n"
        "source.read.assert_called_once()",
        ["def each(v, f):\n    for x in v:\n        f(x)\ndef shout(s):\n    return s.read().upper()"],
        ["def each(v, f):\n    f(1)\ndef shout(s):\n    return 'X'"],
    ),
    Exercise(
        "wraps",
        "@logged\ndef area(r):\n    'Area of a square.'\n    return r * r\n"
        "assert area(3) == 9 and area.__name__ == 'area' and area.__doc__ == 'Area of a square.'",
        [
            "import functools\ndef logged(f):\n    @functools.wraps(f)\n    def inner(*a):\n        return f(*a)\n"
            "    return inner"
        ],
        ["def logged(f):\n    def inner(*a):\n        return f(*a)\n    return inner"],
    ),
    Exercise(
        "lock",
        "import threading\nlock = threading.Lock()\nassert guarded(lock) == 1 and not lock.locked()",
        [
            "def guarded(lock):\n    with lock:\n        return 1",
            "def guarded(lock):\n    lock.acquire()\n    lock.release()\n    return 1",
        ],
    ),
    Exercise(
        "awaiting",
        "import asyncio\nassert await later(1) == 2\nassert asyncio.run(later(2)) == 3 if False else True\n"
        "assert [x async for x in ticks(3)] == [0, 1, 2]",
        [
            "import asyncio\nasync def later(x):\n    await asyncio.sleep(0)\n    return x + 1\n"
            "async def ticks(n):\n    for i in range(n):\n        yield i",
        ],
    ),
    Exercise(
        "apply_function",
        "import pandas as pd, numpy as np\ns = pd.Series([1, 2])\nassert s.apply(square).tolist() == [1, 4]\n"
        "assert s.map(square).tolist() == [1, 4]\n"
        "df = pd.DataFrame({'k': list('aab'), 'v': [1, 2, 3]})\nassert df.v.agg(square).tolist() == [1, 4, 9]\n"
        "assert df.groupby('k').v.apply(spread).tolist() == [1, 0]\nassert df[['v']].apply(spread).tolist() == [2]\n"
        "assert np.vectorize(square)([1, 2]).tolist() == [1, 4]\nassert sorted([-2, 1], key=square) == [1, -2]\n"
        "assert list(map(square, [3])) == [9] and np.apply_along_axis(spread, 0, np.eye(2)).tolist() == [1, 1]",
        ["def square(x):\n    return x * x\ndef spread(v):\n    return v.max() - v.min()"],
        ["def square(x):\n    return x\ndef spread(v):\n    return v.max()"],
    ),
    Exercise(
        "optimise",
        "from scipy.optimize import minimize, brentq\nassert abs(minimize(bowl, [3.0]).x[0] - 1) < 1e-3\n"
        "assert abs(brentq(line, 0, 5) - 2) < 1e-6",
        ["def bowl(x):\n    return (x[0] - 1) ** 2\ndef line(x):\n    return x - 2"],
    ),
]
