"""Which names and objects exist on which side: what a cell changes, what a check binds, what a solution imports."""

from tests.grading.fidelity.exercise import Exercise

_DATA = """import random
import numpy as np
import pandas as pd
trips = pd.DataFrame({'km': [10.0, 20.0], 'h': [1.0, 4.0]})
board = np.ones((3, 3))
guests = ['Ada']
ages = {'Ada': 36}
deck = list(range(10))
table = [[1, 2], [3, 4]]
pairs = np.zeros((2, 2))
parents = {'x': {'y': 0}}
queue = [5, 1, 4]
class Account:
    def __init__(self, owner, balance=0):
        self.owner, self.balance = owner, balance
    def deposit(self, amount):
        self.balance += amount
        return self.balance
account = Account('Ada')
def record(item):
    diary.append(item)
diary = []"""

EXERCISES = [
    Exercise(
        "column",
        "assert list(trips['speed']) == [10.0, 5.0]",
        [
            "trips['speed'] = trips.km / trips.h",
            "trips.loc[:, 'speed'] = trips['km'] / trips['h']",
            "trips = trips.assign(speed=trips.km / trips.h)",
        ],
        ["", "trips['speed'] = trips.h / trips.km"],
        given=_DATA,
    ),
    Exercise(
        "in_place_drop",
        "assert list(trips.columns) == ['km', 'h']",
        ["trips.drop(columns='speed', inplace=True)", "del trips['speed']"],
    ),
    Exercise(
        "border",
        "assert board.sum() == 1 and board[1, 1] == 1",
        ["board[0] = board[-1] = 0\nboard[:, 0] = board[:, -1] = 0", "board[[0, 2]] = 0\nboard[1, [0, 2]] = 0"],
        ["", "board[:] = 0"],
    ),
    Exercise(
        "append",
        "assert guests == ['Ada', 'Bob']",
        ["guests.append('Bob')", "guests += ['Bob']", "guests.insert(1, 'Bob')", "list.append(guests, 'Bob')"],
        ["", "guests.append('bob')"],
    ),
    Exercise("entry", "assert ages['Bob'] == 41 and len(ages) == 2", ["ages['Bob'] = 41", "ages.update(Bob=41)"], [""]),
    Exercise(
        "shuffled",
        "assert deck != list(range(10)) and sorted(deck) == list(range(10))",
        ["random.shuffle(deck)", "deck.reverse()", "deck.append(deck.pop(0))"],
        [""],
    ),
    Exercise(
        "loop",
        "assert table == [[1, 0], [3, 0]]",
        ["for row in table:\n    row[1] = 0", "for i, row in enumerate(table):\n    table[i] = [row[0], 0]"],
        ["", "for row in table:\n    row = [row[0], 0]"],
    ),
    Exercise("diagonal", "assert pairs.trace() == 14", ["np.fill_diagonal(pairs, 7)", "pairs[range(2), range(2)] = 7"]),
    Exercise("nested", "assert parents == {'x': {'y': 1}}", ["inner = parents['x']\ninner['y'] = 1"], [""]),
    Exercise("method", "assert account.balance == 5", ["account.deposit(5)", "account.balance = 5"], [""]),
    Exercise(
        "heap",
        "assert smallest == 1 and len(queue) == 2",
        ["import heapq\nheapq.heapify(queue)\nsmallest = heapq.heappop(queue)"],
    ),
    Exercise("by_function", "record('later')\nassert diary == ['first', 'later']", ["record('first')"]),
    # What a check binds or imports
    Exercise("square", "import math\nnine = square(3)\nassert nine == 9", ["def square(x):\n    return x * x"], [""]),
    Exercise("ten", "assert ten == 10", ["ten = nine + 1", "ten = 10"], ["ten = nine"]),
    Exercise(
        "root", "assert root(9) == 3", ["def root(x):\n    return math.sqrt(x)", "def root(x):\n    return x**0.5"]
    ),
    Exercise(
        "system",
        """A = np.array([[2.0, 0.0], [0.0, 4.0]])
b = np.array([2.0, 4.0])
assert np.allclose(solve_it(), [1, 1])
### BEGIN HIDDEN TESTS
A = np.array([[1.0, 0.0], [0.0, 1.0]])
assert np.allclose(solve_it(), b)
### END HIDDEN TESTS""",
        ["def solve_it():\n    return np.linalg.solve(A, b)", "def solve_it():\n    return np.linalg.inv(A) @ b"],
        ["def solve_it():\n    return np.ones(2)"],
    ),
    Exercise(
        "counter",
        "clicks = 0\nclick()\nclick()\nassert clicks == 2",
        ["clicks = 0\ndef click():\n    global clicks\n    clicks += 1"],
        ["clicks = 0\ndef click():\n    clicks = 1"],
    ),
    Exercise(
        "helper_of_check",
        "def noisy(x):\n    return x + 1\nassert twice(noisy, 1) == 3",
        ["def twice(f, x):\n    return f(f(x))"],
        ["def twice(f, x):\n    return f(x)"],
    ),
    Exercise("uses_helper", "assert three == 3", ["three = noisy(2)", "three = twice(noisy, 1)"], ["three = noisy(1)"]),
    # Imports that the solution makes
    Exercise(
        "import_module", "assert stats.__name__ == 'statistics'", ["import statistics as stats"], ["", "stats = 3"]
    ),
    Exercise(
        "import_function",
        "assert hyp(3, 4) == 5",
        ["from math import hypot as hyp", "def hyp(a, b):\n    return (a * a + b * b) ** 0.5"],
        ["", "def hyp(a, b):\n    return a + b", "from math import atan2 as hyp"],
    ),
    Exercise(
        "import_class",
        "assert Table({'a': [1]}).shape == (1, 1)",
        ["from pandas import DataFrame as Table", "import pandas\nTable = pandas.DataFrame"],
        ["", "from pandas import Series as Table"],
    ),
    Exercise(
        "import_constant", "assert abs(circle - 3.14159) < 1e-4", ["from math import pi as circle"], ["circle = 3"]
    ),
    # Functions that a check takes away
    Exercise(
        "must_use",
        """assert sum_squares(4) == 14
kept = square_of
del square_of
try:
    sum_squares(2)
except NameError:
    pass
else:
    raise AssertionError('use square_of')
finally:
    square_of = kept""",
        ["def sum_squares(n):\n    return sum(square_of(k) for k in range(n))"],
        ["def sum_squares(n):\n    return sum(k * k for k in range(n))"],
        given="def square_of(x):\n    return x * x",
    ),
    # Randomness
    Exercise(
        "unseeded",
        "assert np.isclose(centre, samples.mean()) and np.isclose(shift, offset + 1)",
        ["centre = samples.mean()\nshift = offset + 1", "centre = sum(samples) / len(samples)\nshift = 1 + offset"],
        ["centre = 0\nshift = 0"],
        given="import time\nsamples = np.random.rand(50)\noffset = np.random.default_rng().normal() + time.time()",
    ),
    Exercise(
        "seeded_before",
        "np.random.seed(7)\nassert (draws == np.random.rand(3)).all()",
        ["draws = np.random.rand(3)", "draws = np.array([np.random.rand() for _ in range(3)])"],
        ["draws = np.zeros(3)"],
        given="np.random.seed(7)",
    ),
    # Magics and awaiting
    Exercise("timed", "%timeit -n 1 -r 1 double(2)\nassert double(2) == 4", ["def double(x):\n    return 2 * x"], [""]),
    Exercise(
        "captured", "%%capture out\nprint(triple(1))\nassert triple(1) == 3", ["def triple(x):\n    return 3 * x"], [""]
    ),
    Exercise("result", "assert _ == 42", ["7 * 6", "42"], ["41"]),
    Exercise("awaited", "import asyncio\nawait asyncio.sleep(0)\nassert waited == 1", ["waited = 1"], [""]),
    # A function of a library that changes its argument says nothing about the library itself.
    Exercise(
        "library_in_place",
        "table = tally([0, 2, 2], 3)\nassert np.array_equal(table, [1, 0, 2])\nassert np.shape(table) == (3,)",
        [
            "def tally(places, size):\n    counts = np.zeros(size, int)\n    np.add.at(counts, places, 1)\n"
            "    return counts",
            "def tally(places, size):\n    return np.bincount(places, minlength=size)",
        ],
        ["def tally(places, size):\n    counts = np.zeros(size, int)\n    counts[places] += 1\n    return counts"],
        given="import numpy as np",
    ),
]
