"""Exercises of algorithms: recursion, sorting in place, linked lists, trees, graphs, generators."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "fib_memo",
        """
assert [fib(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]
import time
start = time.perf_counter()
assert fib(200) == 280571172992510140037611932413038677189525
assert time.perf_counter() - start < 1, "too slow: remember what you computed"
""",
        (
            """
memo = {0: 0, 1: 1}
def fib(n):
    if n not in memo:
        memo[n] = fib(n - 1) + fib(n - 2)
    return memo[n]
""",
            """
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
""",
        ),
        ("def fib(n):\n    return round(1.618034**n / 5**0.5)",),
    ),
    Exercise(
        "cache_info",
        """
climb.cache_clear()
assert climb(30) == 1346269
assert climb.cache_info().misses == 31
assert climb.cache_info().hits > 0
assert hasattr(climb, "__wrapped__")
""",
        (
            """
from functools import lru_cache
@lru_cache(maxsize=None)
def climb(n):
    return 1 if n <= 1 else climb(n - 1) + climb(n - 2)
""",
            """
import functools
@functools.cache
def climb(steps):
    if steps in (0, 1):
        return 1
    return climb(steps - 2) + climb(steps - 1)
""",
        ),
        ("def climb(n):\n    return 1 if n <= 1 else climb(n - 1) + climb(n - 2)",),
    ),
    Exercise(
        "factorial_recursive",
        """
import inspect, math
assert all(factorial(n) == math.factorial(n) for n in range(10))
code = inspect.getsource(factorial)
assert code.count("factorial(") >= 2, "factorial should call itself"
assert "import math" not in code
original = factorial
calls = 0
def spy(n):
    global calls
    calls += 1
    return original(n)
factorial = spy
try:
    assert factorial(5) == 120
finally:
    factorial = original
assert calls == 6, "the recursion should reach the base case"
""",
        (
            "def factorial(n):\n    return 1 if n == 0 else n * factorial(n - 1)",
            '''
def factorial(n: int) -> int:
    """The product of 1, ..., n."""
    if n < 1:
        return 1
    smaller = factorial(n - 1)
    return smaller * n
''',
        ),
        ("def factorial(n):\n    result = 1\n    for k in range(2, n + 1):\n        result *= k\n    return result",),
    ),
    Exercise(
        "hanoi_moves",
        """
pegs = {"A": [3, 2, 1], "B": [], "C": []}
for source, target in hanoi(3, "A", "C", "B"):
    disk = pegs[source].pop()
    assert not pegs[target] or pegs[target][-1] > disk, "a larger disk on a smaller one"
    pegs[target].append(disk)
assert pegs == {"A": [], "B": [], "C": [3, 2, 1]}
assert len(list(hanoi(10, 1, 3, 2))) == 1023
""",
        (
            """
def hanoi(n, a, c, b):
    if n == 0:
        return
    yield from hanoi(n - 1, a, b, c)
    yield a, c
    yield from hanoi(n - 1, b, c, a)
""",
            """
def hanoi(n, source, target, spare):
    if n:
        return hanoi(n - 1, source, spare, target) + [(source, target)] + hanoi(n - 1, spare, target, source)
    return []
""",
        ),
        (
            """
def hanoi(n, a, c, b):
    for k in range(n):
        yield a, c
""",
        ),
    ),
    Exercise(
        "bubble_in_place",
        """
import random
random.seed(1)
for n in range(8):
    numbers = [random.randint(0, 20) for _ in range(n)]
    expected = sorted(numbers)
    same = numbers
    assert bubble_sort(numbers) is None
    assert numbers == expected
    assert same is numbers
""",
        (
            """
def bubble_sort(a):
    for end in range(len(a) - 1, 0, -1):
        for i in range(end):
            if a[i] > a[i + 1]:
                a[i], a[i + 1] = a[i + 1], a[i]
""",
            """
def bubble_sort(values):
    swapped = True
    while swapped:
        swapped = False
        for i, (x, y) in enumerate(zip(values, values[1:])):
            if values[i] > values[i + 1]:
                values[i : i + 2] = [values[i + 1], values[i]]
                swapped = True
""",
        ),
        ("def bubble_sort(a):\n    a = sorted(a)",),
    ),
    Exercise(
        "merge_sort_stable",
        """
class Card:
    def __init__(self, rank, suit):
        self.rank, self.suit = rank, suit
    def __lt__(self, other):
        return self.rank < other.rank
    def __le__(self, other):
        return self.rank <= other.rank
    def __gt__(self, other):
        return self.rank > other.rank
cards = [Card(2, "a"), Card(1, "b"), Card(2, "c"), Card(1, "d")]
result = merge_sort(cards)
assert [(c.rank, c.suit) for c in result] == [(1, "b"), (1, "d"), (2, "a"), (2, "c")], "not stable"
assert result[0] is cards[1]
assert merge_sort([]) == [] and merge_sort([3, 1, 2]) == [1, 2, 3]
""",
        (
            """
def merge_sort(a):
    if len(a) < 2:
        return list(a)
    left, right = merge_sort(a[:len(a) // 2]), merge_sort(a[len(a) // 2:])
    merged = []
    while left and right:
        merged.append(right.pop(0) if right[0] < left[0] else left.pop(0))
    return merged + left + right
""",
            """
def merge_sort(a):
    if len(a) <= 1:
        return a[:]
    middle = len(a) // 2
    left, right = merge_sort(a[:middle]), merge_sort(a[middle:])
    out, i, j = [], 0, 0
    while i < len(left) or j < len(right):
        if j == len(right) or i < len(left) and left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out
""",
        ),
        (
            """
def merge_sort(a):
    if len(a) < 2:
        return list(a)
    left, right = merge_sort(a[:len(a) // 2]), merge_sort(a[len(a) // 2:])
    merged = []
    while left and right:
        merged.append(left.pop(0) if left[0] < right[0] else right.pop(0))
    return merged + left + right
""",
        ),
    ),
    Exercise(
        "quick_sort_key",
        """
words = ["pear", "fig", "banana", "kiwi"]
assert quick_sort(words, key=len) in (["fig", "pear", "kiwi", "banana"], ["fig", "kiwi", "pear", "banana"])
assert quick_sort([3, 1, 2]) == [1, 2, 3]
assert quick_sort([3, 1, 2], reverse=True) == [3, 2, 1]
asked = []
def key(x):
    asked.append(x)
    return -x
assert quick_sort([1, 2, 3], key=key) == [3, 2, 1]
assert set(asked) == {1, 2, 3}
""",
        (
            """
def quick_sort(a, key=lambda x: x, reverse=False):
    if not a:
        return []
    pivot = key(a[0])
    low = [x for x in a[1:] if key(x) < pivot]
    high = [x for x in a[1:] if not key(x) < pivot]
    result = quick_sort(low, key) + [a[0]] + quick_sort(high, key)
    return result[::-1] if reverse else result
""",
            """
def quick_sort(a, key=None, reverse=False):
    decorated = [(key(x) if key else x, i, x) for i, x in enumerate(a)]
    def sort(items):
        if len(items) < 2:
            return items
        p = items[len(items) // 2]
        return sort([i for i in items if i < p]) + [p] + sort([i for i in items if i > p])
    ordered = [x for _, _, x in sort(decorated)]
    if reverse:
        ordered.reverse()
    return ordered
""",
        ),
    ),
    Exercise(
        "binary_search",
        """
class Spy(list):
    reads = 0
    def __getitem__(self, i):
        Spy.reads += 1
        return super().__getitem__(i)
data = Spy(range(0, 2000, 2))
assert binary_search(data, 1998) == 999
assert binary_search(data, 7) == -1
assert Spy.reads < 60, "look at fewer elements"
assert binary_search([], 1) == -1
""",
        (
            """
def binary_search(a, x):
    low, high = 0, len(a) - 1
    while low <= high:
        middle = (low + high) // 2
        value = a[middle]
        if value == x:
            return middle
        if value < x:
            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
            """
def binary_search(a, x, lo=0, hi=None):
    hi = len(a) if hi is None else hi
    if lo >= hi:
        return -1
    m = (lo + hi) // 2
    v = a[m]
    return m if v == x else binary_search(a, x, m + 1, hi) if v < x else binary_search(a, x, lo, m)
""",
        ),
        ("def binary_search(a, x):\n    return next((i for i in range(len(a)) if a[i] == x), -1)",),
    ),
    Exercise(
        "linked_list",
        """
values = LinkedList()
for x in (1, 2, 3):
    values.append(x)
assert len(values) == 3
assert [x for x in values] == [1, 2, 3]
assert values.head.value == 1 and values.head.next.value == 2
assert values.head.next.next.next is None
values.reverse()
assert list(values) == [3, 2, 1]
node, seen = values.head, []
while node is not None:
    seen.append(node.value)
    node = node.next
assert seen == [3, 2, 1]
values.remove(2)
assert str(values) == "3 -> 1"
try:
    values.remove(99)
except ValueError:
    pass
else:
    assert False
empty = LinkedList()
assert empty.head is None and not empty
""",
        (
            """
class LinkedList:
    def __init__(self):
        self.head = None
    def append(self, value):
        if self.head is None:
            self.head = Node(value)
            return
        node = self.head
        while node.next:
            node = node.next
        node.next = Node(value)
    def __iter__(self):
        node = self.head
        while node:
            yield node.value
            node = node.next
    def __len__(self):
        return sum(1 for _ in self)
    def reverse(self):
        previous, node = None, self.head
        while node:
            node.next, previous, node = previous, node, node.next
        self.head = previous
    def remove(self, value):
        previous, node = None, self.head
        while node and node.value != value:
            previous, node = node, node.next
        if node is None:
            raise ValueError(value)
        if previous:
            previous.next = node.next
        else:
            self.head = node.next
    def __str__(self):
        return " -> ".join(str(x) for x in self)
""",
            """
class LinkedList:
    def __init__(self):
        self.head = None
        self.size = 0
    def __len__(self):
        return self.size
    def _rebuild(self, values):
        self.head = None
        for value in reversed(values):
            self.head = Node(value, self.head)
        self.size = len(values)
    def __iter__(self):
        return iter(self._values())
    def _values(self):
        out, node = [], self.head
        while node is not None:
            out.append(node.value)
            node = node.next
        return out
    def append(self, value):
        self._rebuild(self._values() + [value])
    def reverse(self):
        self._rebuild(self._values()[::-1])
    def remove(self, value):
        values = self._values()
        values.remove(value)
        self._rebuild(values)
    def __repr__(self):
        return " -> ".join(map(str, self._values()))
""",
        ),
        (
            """
class LinkedList(list):
    @property
    def head(self):
        return Node(self[0]) if self else None
    def __str__(self):
        return " -> ".join(map(str, self))
""",
        ),
        given="""
class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next
""",
    ),
    Exercise(
        "reverse_nodes",
        """
def build(values):
    head = None
    for value in reversed(values):
        head = ListNode(value, head)
    return head
def to_list(head):
    values = []
    while head:
        values.append(head.value)
        head = head.next
    return values
for case in ([], [1], [1, 2, 3]):
    assert to_list(reverse_nodes(build(case))) == case[::-1]
first = build([1, 2])
last = reverse_nodes(first)
assert last.next is first and first.next is None
assert isinstance(last, ListNode)
""",
        (
            """
def reverse_nodes(head):
    previous = None
    while head:
        head.next, previous, head = previous, head, head.next
    return previous
""",
            """
def reverse_nodes(head):
    if head is None or head.next is None:
        return head
    rest = reverse_nodes(head.next)
    head.next.next = head
    head.next = None
    return rest
""",
        ),
        (
            """
def reverse_nodes(head):
    result = None
    while head:
        result = ListNode(head.value, result)
        head = head.next
    return result
""",
        ),
        given="""
class ListNode:
    def __init__(self, value, next=None):
        self.value, self.next = value, next
""",
    ),
    Exercise(
        "bst",
        """
import random
random.seed(3)
tree = Tree()
numbers = random.sample(range(100), 20)
for number in numbers:
    tree.insert(number)
assert list(tree.in_order()) == sorted(numbers)
assert numbers[0] in tree and 1000 not in tree
assert tree.root.key == numbers[0]
assert tree.root.left.key < tree.root.key < tree.root.right.key
assert tree.height() >= 5
def check(node):
    if node is None:
        return True
    if node.left is not None and node.left.key > node.key:
        return False
    if node.right is not None and node.right.key < node.key:
        return False
    return check(node.left) and check(node.right)
assert check(tree.root)
assert Tree().height() == 0
""",
        (
            """
class TreeNode:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None
class Tree:
    def __init__(self):
        self.root = None
    def insert(self, key):
        if self.root is None:
            self.root = TreeNode(key)
            return
        node = self.root
        while True:
            side = "left" if key < node.key else "right"
            child = getattr(node, side)
            if child is None:
                setattr(node, side, TreeNode(key))
                return
            node = child
    def in_order(self):
        def walk(node):
            if node:
                yield from walk(node.left)
                yield node.key
                yield from walk(node.right)
        return walk(self.root)
    def __contains__(self, key):
        return key in list(self.in_order())
    def height(self):
        def h(node):
            return 0 if node is None else 1 + max(h(node.left), h(node.right))
        return h(self.root)
""",
            """
from dataclasses import dataclass
from typing import Optional
@dataclass
class TreeNode:
    key: int
    left: Optional["TreeNode"] = None
    right: Optional["TreeNode"] = None

class Tree:
    root = None
    def insert(self, key):
        self.root = self._insert(self.root, key)
    def _insert(self, node, key):
        if node is None:
            return TreeNode(key)
        if key < node.key:
            node.left = self._insert(node.left, key)
        else:
            node.right = self._insert(node.right, key)
        return node
    def in_order(self):
        stack, node, out = [], self.root, []
        while stack or node is not None:
            while node is not None:
                stack.append(node)
                node = node.left
            node = stack.pop()
            out.append(node.key)
            node = node.right
        return out
    def __contains__(self, key):
        node = self.root
        while node is not None and node.key != key:
            node = node.left if key < node.key else node.right
        return node is not None
    def height(self):
        level, depth = [self.root] if self.root is not None else [], 0
        while level:
            level = [c for n in level for c in (n.left, n.right) if c is not None]
            depth += 1
        return depth
""",
        ),
    ),
    Exercise(
        "tree_depth_given",
        """
leaf = BTree(3)
assert tree_sum(leaf) == 3
assert tree_sum(BTree(1, BTree(2), BTree(3, BTree(4)))) == 10
assert tree_sum(None) == 0
assert mirror(BTree(1, BTree(2), None)) == BTree(1, None, BTree(2))
t = BTree(1, BTree(2, BTree(5)), BTree(3))
assert mirror(mirror(t)) == t
assert mirror(t).left == BTree(3)
assert t == BTree(1, BTree(2, BTree(5)), BTree(3)), "mirror should not change the tree"
""",
        (
            """
def tree_sum(t):
    return 0 if t is None else t.value + tree_sum(t.left) + tree_sum(t.right)
def mirror(t):
    return None if t is None else BTree(t.value, mirror(t.right), mirror(t.left))
""",
            """
import copy
def tree_sum(t):
    total, todo = 0, [t]
    while todo:
        node = todo.pop()
        if node:
            total += node.value
            todo += [node.left, node.right]
    return total
def mirror(t):
    t = copy.deepcopy(t)
    def swap(node):
        if node:
            node.left, node.right = node.right, node.left
            swap(node.left)
            swap(node.right)
    swap(t)
    return t
""",
        ),
        (
            """
def tree_sum(t):
    return 0 if t is None else t.value + tree_sum(t.left) + tree_sum(t.right)
def mirror(t):
    if t is not None:
        t.left, t.right = mirror(t.right), mirror(t.left)
    return t
""",
        ),
        given="""
from dataclasses import dataclass
@dataclass
class BTree:
    value: int
    left: "BTree" = None
    right: "BTree" = None
""",
    ),
    Exercise(
        "graph_bfs",
        """
graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "e": [], "x": []}
assert shortest_path(graph, "a", "e") in (["a", "b", "d", "e"], ["a", "c", "d", "e"])
assert shortest_path(graph, "a", "x") is None
assert shortest_path(graph, "a", "a") == ["a"]
import networkx as nx
g = nx.gnp_random_graph(15, 0.25, seed=2)
adjacency = {n: list(g[n]) for n in g}
for target in range(1, 15):
    path = shortest_path(adjacency, 0, target)
    if nx.has_path(g, 0, target):
        assert len(path) == nx.shortest_path_length(g, 0, target) + 1
        assert nx.is_path(g, path)
    else:
        assert path is None
""",
        (
            """
from collections import deque
def shortest_path(graph, start, goal):
    before, queue = {start: None}, deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            path = []
            while node is not None:
                path.append(node)
                node = before[node]
            return path[::-1]
        for other in graph[node]:
            if other not in before:
                before[other] = node
                queue.append(other)
    return None
""",
            """
def shortest_path(graph, start, goal):
    paths, seen = [[start]], {start}
    while paths:
        path = paths.pop(0)
        if path[-1] == goal:
            return path
        for n in graph[path[-1]]:
            if n not in seen:
                seen.add(n)
                paths.append([*path, n])
""",
        ),
        (
            """
def shortest_path(graph, start, goal, seen=()):
    if start == goal:
        return [start]
    for n in graph[start]:
        if n not in seen:
            rest = shortest_path(graph, n, goal, (*seen, start))
            if rest:
                return [start] + rest
""",
        ),
    ),
    Exercise(
        "graph_returned",
        """
import networkx as nx
assert isinstance(G, nx.Graph) and not G.is_directed()
assert G.number_of_nodes() == 4
assert set(G.edges()) == {("a", "b"), ("b", "c"), ("c", "d")} or G.size() == 3
assert nx.is_tree(G)
assert G["a"]["b"]["weight"] == 2
assert nx.dijkstra_path_length(G, "a", "d") == 6
assert sorted(d for _, d in G.degree()) == [1, 1, 2, 2]
""",
        (
            """
G = networkx.Graph()
G.add_weighted_edges_from([("a", "b", 2), ("b", "c", 1), ("c", "d", 3)])
""",
            """
G = networkx.path_graph(["a", "b", "c", "d"])
for (u, v), w in zip(list(G.edges), [2, 1, 3]):
    G[u][v]["weight"] = w
""",
        ),
        given="import networkx",
    ),
    Exercise(
        "priority_queue",
        """
pq = PriorityQueue()
for priority, job in [(3, "c"), (1, "a"), (2, "b"), (1, "a2")]:
    pq.push(job, priority)
assert len(pq) == 4
assert [pq.pop() for _ in range(4)] == ["a", "a2", "b", "c"]
with_error = False
try:
    pq.pop()
except IndexError:
    with_error = True
assert with_error
pq.push({"not": "comparable"}, 1)
pq.push({"not": "comparable either"}, 1)
assert pq.pop() == {"not": "comparable"}
""",
        (
            """
import heapq
import itertools
class PriorityQueue:
    def __init__(self):
        self.heap, self.ticket = [], itertools.count()
    def __len__(self):
        return len(self.heap)
    def push(self, job, priority):
        heapq.heappush(self.heap, (priority, next(self.ticket), job))
    def pop(self):
        return heapq.heappop(self.heap)[2]
""",
            """
class PriorityQueue:
    def __init__(self):
        self._jobs = []
    def __len__(self):
        return len(self._jobs)
    def push(self, job, priority):
        self._jobs.append((priority, job))
        self._jobs.sort(key=lambda pair: pair[0])
    def pop(self):
        return self._jobs.pop(0)[1]
""",
        ),
        (
            """
import heapq
class PriorityQueue:
    def __init__(self):
        self.heap = []
    def __len__(self):
        return len(self.heap)
    def push(self, job, priority):
        heapq.heappush(self.heap, (priority, job))
    def pop(self):
        return heapq.heappop(self.heap)[1]
""",
        ),
    ),
    Exercise(
        "primes_generator",
        """
import itertools
gen = primes()
assert list(itertools.islice(gen, 5)) == [2, 3, 5, 7, 11]
assert next(gen) == 13
assert list(itertools.takewhile(lambda p: p < 30, primes())) == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
assert iter(gen) is gen
assert next(x for x in primes() if x > 100) == 101
gen.close()
assert next(gen, None) is None
""",
        (
            """
def primes():
    found, n = [], 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1
""",
            """
from itertools import count
def primes():
    for n in count(2):
        for d in range(2, int(n**0.5) + 1):
            if n % d == 0:
                break
        else:
            yield n
""",
        ),
        ("def primes():\n    return [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]",),
    ),
    Exercise(
        "running_average_send",
        """
avg = running_average()
next(avg)
assert avg.send(10) == 10
assert avg.send(20) == 15
assert avg.send(30) == 20
""",
        (
            """
def running_average():
    total = count = 0
    average = None
    while True:
        value = yield average
        total += value
        count += 1
        average = total / count
""",
            """
def running_average():
    values = []
    x = yield
    while True:
        values.append(x)
        x = yield sum(values) / len(values)
""",
        ),
    ),
    Exercise(
        "flatten",
        """
nested = [1, [2, [3, (4, 5)], []], "ab"]
assert list(flatten(nested)) == [1, 2, 3, 4, 5, "ab"]
assert nested == [1, [2, [3, (4, 5)], []], "ab"]
deep = []
for _ in range(100):
    deep = [deep]
assert list(flatten(deep)) == []
""",
        (
            """
def flatten(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item
""",
            """
def flatten(items):
    return [y for x in items for y in (flatten(x) if type(x) in (list, tuple) else [x])]
""",
        ),
    ),
    Exercise(
        "permutation_backtrack",
        """
solutions = list(queens(6))
assert len(solutions) == 4
for board in solutions:
    assert sorted(board) == list(range(6))
    assert len({r + c for r, c in enumerate(board)}) == 6
    assert len({r - c for r, c in enumerate(board)}) == 6
assert len(set(map(tuple, solutions))) == 4
""",
        (
            """
def queens(n, placed=()):
    if len(placed) == n:
        yield placed
        return
    for c in range(n):
        if all(c != p and abs(c - p) != len(placed) - r for r, p in enumerate(placed)):
            yield from queens(n, placed + (c,))
""",
            """
from itertools import permutations
def queens(n):
    result = []
    for p in permutations(range(n)):
        if len({p[i] + i for i in range(n)}) == len({p[i] - i for i in range(n)}) == n:
            result.append(list(p))
    return result
""",
        ),
        ("from itertools import permutations\ndef queens(n):\n    return list(permutations(range(n)))[:4]",),
    ),
    Exercise(
        "game_of_life",
        """
blinker = {(0, 1), (1, 1), (2, 1)}
assert step_life(blinker) == {(1, 0), (1, 1), (1, 2)}
assert step_life(step_life(blinker)) == blinker
block = frozenset({(0, 0), (0, 1), (1, 0), (1, 1)})
assert step_life(block) == block
assert blinker == {(0, 1), (1, 1), (2, 1)}
assert step_life(set()) == set()
""",
        (
            """
from collections import Counter
def step_life(alive):
    counts = Counter((x + i, y + j) for x, y in alive for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
    return {cell for cell, n in counts.items() if n == 3 or n == 2 and cell in alive}
""",
            """
def step_life(alive):
    def neighbours(x, y):
        return {(x + i, y + j) for i in range(-1, 2) for j in range(-1, 2)} - {(x, y)}
    candidates = set(alive).union(*(neighbours(*c) for c in alive))
    return frozenset(c for c in candidates
                     if len(neighbours(*c) & alive) == 3 or (c in alive and len(neighbours(*c) & alive) == 2))
""",
        ),
    ),
    Exercise(
        "matrix_rotate",
        """
grid = [[1, 2], [3, 4]]
rows = list(grid)
rotate(grid)
assert grid == [[3, 1], [4, 2]]
big = [[r * 4 + c for c in range(4)] for r in range(4)]
again = [row[:] for row in big]
for _ in range(4):
    rotate(big)
assert big == again
""",
        (
            "def rotate(m):\n    m[:] = [list(row) for row in zip(*m[::-1])]",
            """
def rotate(m):
    n = len(m)
    m.reverse()
    for i in range(n):
        for j in range(i):
            m[i][j], m[j][i] = m[j][i], m[i][j]
""",
        ),
        ("def rotate(m):\n    return [list(row) for row in zip(*m[::-1])]",),
    ),
    Exercise(
        "graph_changed",
        """
befriend(friends, "ann", "bob")
befriend(friends, "bob", "cid")
assert friends.has_edge("ann", "bob") and "cid" in friends
assert sorted(friends["bob"]) == ["ann", "cid"]
other = networkx.DiGraph()
befriend(other, 1, 2)
assert list(other.edges) == [(1, 2)]
assert friends.number_of_edges() == 2
""",
        (
            """
friends = networkx.Graph()
def befriend(graph, one, other):
    graph.add_edge(one, other)
""",
            """
friends = networkx.Graph()
def befriend(graph, one, other):
    graph.add_nodes_from([one, other])
    graph.add_edges_from([(one, other)])
""",
        ),
        ("friends = networkx.Graph()\ndef befriend(graph, one, other):\n    graph.copy().add_edge(one, other)",),
        given="import networkx",
    ),
]
