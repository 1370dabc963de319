"""What a cell changes without binding it."""

import heapq
import random

import matplotlib.pyplot as plt
import numpy as np
import pytest

from utils.grading.notebook.effects import Effects

NAMESPACE = {"random": random, "np": np, "plt": plt, "heapq": heapq, "shuffle": random.shuffle}
GIVEN = """
class Account:
    def deposit(self, amount):
        self.balance += amount
    def give(self, other, amount):
        other.balance += amount
    def show(self):
        return self.balance
def walk(tree, out):
    if tree:
        walk(tree[0], out)
        out.append(tree[1])
def collect(target):
    walk(None, target)
def look(values):
    return sum(values)
diary = []
def record(item):
    diary.append(item)
clicks = 0
def click():
    global clicks
    clicks += 1
"""


@pytest.fixture(scope="module")
def effects() -> Effects:
    result = Effects()
    result.read(GIVEN)
    return result


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("frame['speed'] = 1", {"frame"}),
        ("frame.loc[frame.a > 1, 'b'] = 0", {"frame"}),
        ("grid[0] = grid[-1] = 0", {"grid"}),
        ("settings.a.b = 1", {"settings"}),
        ("a[0], b.c = 1, 2", {"a", "b"}),
        ("del ages['Bob']", {"ages"}),
        ("x[0] += 1", {"x"}),
        ("names.append('b')", {"names"}),
        ("[names.append(c) for c in 'ab']", {"names"}),
        ("last = names.pop()", {"names"}),
        ("list.sort(names)", {"names"}),
        ("frame.drop(columns='a', inplace=True)", {"frame"}),
        ("random.shuffle(deck)", {"deck"}),
        ("shuffle(deck)", {"deck"}),
        ("np.fill_diagonal(m, 0)", {"m"}),
        ("np.exp(x, out=y)", {"y"}),
        ("least = heapq.heappop(queue)", {"queue"}),
        ("first = next(lines)", {"lines"}),
        ("for row in grid:\n    row[0] = 1", {"grid", "row"}),
        ("for i, person in enumerate(people):\n    person.age += 1", {"people", "person"}),
        ("inner = outer['x']\ninner['y'] = 1", {"outer", "inner"}),
        ("if True:\n    try:\n        d['a'] = 1\n    except KeyError:\n        pass", {"d"}),
        ("account.deposit(5)", {"account"}),
        ("rest = account.deposit(5)", {"account"}),
        ("done = mine.give(yours, 5)", {"yours"}),
        ("result = walk(tree, out)", {"out"}),
        ("result = collect(out)", {"out"}),
        ("total = look(values)", set()),
        ("value = account.show()", set()),
        ("rest = frame.drop(columns='a')", set()),
        ("plt.plot(x, y)", set()),
        ("print(x)", set()),
        ("np.random.seed(0)", set()),
        ("a, b = b, a", set()),
        ("def f(x):\n    x[0] = 1", set()),
    ],
)
def test_what_a_cell_changes(effects: Effects, source: str, names: set[str]) -> None:
    assert effects.changed(source, NAMESPACE) == names


def test_what_functions_change(effects: Effects) -> None:
    assert effects.globals == {"diary", "clicks"}
    assert effects.parameters == {"walk": {1}, "collect": {0}, "give": {0}}
    assert effects.methods == {"deposit"}
