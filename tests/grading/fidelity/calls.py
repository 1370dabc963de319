"""Calls between check and answer: arguments changed in place, identity, globals, and random generators."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "sort_list",
        "numbers = [3, 1, 2]\nassert bubble(numbers) is None\nassert numbers == [1, 2, 3]",
        [
            "def bubble(values):\n    values.sort()",
            "def bubble(v):\n    for i in range(len(v)):\n        for j in range(len(v) - 1):\n"
            "            if v[j] > v[j + 1]:\n                v[j], v[j + 1] = v[j + 1], v[j]",
            "def bubble(items):\n    items[:] = sorted(items)",
        ],
        ["def bubble(values):\n    sorted(values)", ""],
    ),
    Exercise(
        "count_words",
        "table = {}\nadd_word('a', table)\nadd_word('a', table=table)\nassert table == {'a': 2}",
        [
            "def add_word(word, table):\n    table[word] = table.get(word, 0) + 1",
            "def add_word(word, table):\n    table.setdefault(word, 0)\n    table[word] += 1",
        ],
        ["def add_word(word, table):\n    table[word] = 1"],
    ),
    Exercise(
        "union_sets",
        "a, b = {1}, {2, 3}\nextend_set(a, b)\nassert a == {1, 2, 3} and b == {2, 3}",
        ["def extend_set(a, b):\n    a.update(b)", "def extend_set(a, b):\n    for x in b:\n        a.add(x)"],
        ["def extend_set(a, b):\n    b.update(a)"],
    ),
    Exercise(
        "bytes_upper",
        "buffer = bytearray(b'abc')\nupper(buffer)\nassert buffer == bytearray(b'ABC')",
        ["def upper(buffer):\n    buffer[:] = bytes(buffer).upper()"],
    ),
    Exercise(
        "border",
        "import numpy as np\ngrid = np.ones((4, 4))\nborder(grid)\n"
        "assert (grid[0] == 0).all() and (grid[1] == 1).all()\n"
        "view = np.ones(6)\nborder(view[2:])\nassert view.tolist() == [1, 1, 0, 1, 1, 0]",
        ["def border(grid):\n    grid[0] = grid[-1] = 0", "def border(g):\n    for i in (0, -1):\n        g[i] = 0"],
        ["def border(grid):\n    grid = grid * 0"],
    ),
    Exercise(
        "centre",
        "import numpy as np\nx = np.array([1.0, 3.0])\ny = centre(x)\nassert y is x and x.tolist() == [-1, 1]",
        ["def centre(x):\n    x -= x.mean()\n    return x", "def centre(x):\n    x[:] = x - x.sum() / 2\n    return x"],
        ["def centre(x):\n    return x - x.mean()"],
    ),
    Exercise(
        "add_total",
        "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})\nadd_total(frame)\n"
        "assert list(frame.total) == [4, 6] and list(frame.columns) == ['a', 'b', 'total']",
        [
            "def add_total(frame):\n    frame['total'] = frame.a + frame.b",
            "def add_total(df):\n    df.insert(2, 'total', df.sum(axis=1))",
        ],
        ["def add_total(frame):\n    frame = frame.assign(total=0)"],
    ),
    Exercise(
        "rename_column",
        "import pandas as pd\nt = pd.DataFrame({'a': [1]})\nrename_a(t)\nassert list(t.columns) == ['b']",
        [
            "def rename_a(t):\n    t.rename(columns={'a': 'b'}, inplace=True)",
            "def rename_a(t):\n    t.columns = ['b']",
        ],
    ),
    Exercise(
        "fill_series",
        "import pandas as pd\ns = pd.Series([1.0, None])\nfill(s)\nassert s.tolist() == [1, 0]",
        ["def fill(s):\n    s[s.isna()] = 0.0", "def fill(s):\n    s.fillna(0.0, inplace=True)"],
    ),
    Exercise(
        "accumulate",
        "out = []\nwalk(((None, 1, None), 2, None), out)\nassert out == [1, 2]",
        [
            "def walk(tree, out):\n    if tree:\n        walk(tree[0], out)\n        out.append(tree[1])\n"
            "        walk(tree[2], out)",
        ],
        ["def walk(tree, out):\n    out = [1, 2]"],
    ),
    Exercise(
        "nested_rows",
        "rows = [[1, 2], [3, 4]]\nfirst = rows[0]\nzero_diagonal(rows)\n"
        "assert rows == [[0, 2], [3, 0]] and rows[0] is first",
        [
            "def zero_diagonal(rows):\n    for i, row in enumerate(rows):\n        row[i] = 0",
            "def zero_diagonal(m):\n    for i in range(len(m)):\n        m[i][i] = 0",
        ],
        ["def zero_diagonal(rows):\n    return [[0, 2], [3, 0]]"],
    ),
    Exercise(
        "inside_tuple",
        "pair = ([1], [2])\nmove(pair)\nassert pair == ([], [2, 1])",
        ["def move(pair):\n    pair[1].append(pair[0].pop())"],
    ),
    Exercise(
        "collections_in_place",
        "from collections import Counter, deque, defaultdict\n"
        "c, q, d = Counter('a'), deque([1, 2], maxlen=2), defaultdict(list)\n"
        "update_all(c, q, d)\nassert c == Counter('aab') and type(c) is Counter and c.most_common(1) == [('a', 2)]\n"
        "assert list(q) == [2, 3] and d == {'x': [1]}",
        ["def update_all(c, q, d):\n    c.update('ab')\n    q.append(3)\n    d['x'].append(1)"],
    ),
    Exercise(
        "same_argument",
        "x = [1]\nassert chain(x) is x\nassert wrap(x)[0] is x and wrap(x)[1]['x'] is x\n"
        "assert same(x, x) and not same(x, [1])",
        [
            "def chain(x):\n    return x\ndef wrap(x):\n    return [x, {'x': x}]\ndef same(a, b):\n    return a is b",
        ],
        [
            "def chain(x):\n    return list(x)\ndef wrap(x):\n    return [x, {'x': x}]\ndef same(a, b):\n"
            "    return a == b"
        ],
    ),
    Exercise(
        "must_copy",
        "z = [[1], [2]]\nw = duplicate(z)\nassert w == z and w is not z and w[0] is not z[0]\nw[0].append(9)\n"
        "assert z == [[1], [2]]",
        [
            "import copy\ndef duplicate(x):\n    return copy.deepcopy(x)",
            "def duplicate(x):\n    return [list(row) for row in x]",
        ],
        ["def duplicate(x):\n    return x", "def duplicate(x):\n    return list(x)"],
    ),
    Exercise(
        "leave_argument",
        "y = [3, 1, 2]\nassert ranked(y) == [1, 2, 3]\nassert y == [3, 1, 2], 'the argument was changed'",
        ["def ranked(x):\n    return sorted(x)", "def ranked(x):\n    x = list(x)\n    x.sort()\n    return x"],
        # The shadow finds this one: the judge does not put the change back.
        ["def ranked(x):\n    x.sort()\n    return x"],
    ),
    Exercise(
        "draws",
        "import numpy as np\nrng = np.random.default_rng(0)\na = [draw(rng) for _ in range(4)]\n"
        "assert len(set(a)) == 4\n"
        "again = np.random.default_rng(0)\nassert a == [again.normal() for _ in range(4)]",
        [
            "def draw(rng):\n    return rng.normal()",
            "def draw(generator):\n    return float(generator.normal(size=1)[0])",
        ],
    ),
    Exercise(
        "draws_python",
        "import random\nr = random.Random(3)\n"
        "assert [roll(r), roll(r)] == (lambda s: [s.randint(1, 6), s.randint(1, 6)])(random.Random(3))",
        ["def roll(r):\n    return r.randint(1, 6)"],
        ["def roll(r):\n    return 2"],
    ),
    Exercise(
        "draws_legacy",
        "import numpy as np\ns = np.random.RandomState(1)\nx = sample(s, 2)\ny = sample(s, 2)\n"
        "assert not (x == y).all()",
        ["def sample(state, n):\n    return state.rand(n)"],
    ),
    Exercise(
        "take",
        "it = iter([1, 2, 3])\nassert take(it) == 1 and take(it) == 2 and next(it) == 3\n"
        "gen = (k * k for k in range(5))\nassert take(gen) == 0 and take(gen) == 1 and list(gen) == [4, 9, 16]",
        ["def take(it):\n    return next(it)", "def take(it):\n    for x in it:\n        return x"],
    ),
    Exercise(
        "write_text",
        "import io\nbuffer = io.StringIO()\ngreet(buffer, 'Ada')\ngreet(buffer, 'Bo')\n"
        "assert buffer.getvalue() == 'Hi Ada\\nHi Bo\\n'",
        [
            "def greet(out, name):\n    out.write(f'Hi {name}\\n')",
            "def greet(out, name):\n    print('Hi', name, file=out)",
        ],
        ["def greet(out, name):\n    out.write(name)"],
    ),
    Exercise(
        "tick",
        "tick()\ntick()\nassert count == 2\ncount = 10\ntick()\nassert count == 11",
        [
            "count = 0\ndef tick():\n    global count\n    count += 1",
            "count = 0\ndef tick():\n    globals()['count'] += 1",
        ],
        ["count = 2\ndef tick():\n    pass"],
    ),
    Exercise(
        "remember",
        "remember(3)\nassert history == [3]\nremember(4)\nassert history[-1] == 4 and len(history) == 2",
        ["history = []\ndef remember(x):\n    history.append(x)"],
        ["history = [3]\ndef remember(x):\n    pass"],
    ),
    Exercise(
        "log_given",
        "note('a')\nnote('b')\nassert log == ['a', 'b']\nlog.clear()\nnote('c')\nassert log == ['c']",
        ["def note(text):\n    log.append(text)", "def note(text):\n    log.insert(len(log), text)"],
        ["def note(text):\n    log[:] = [text]"],
        given="log = []",
    ),
    Exercise(
        "accounts",
        "a, b = Account(10), Account(0)\ntransfer(a, b, 4)\nassert (a.balance, b.balance) == (6, 4)",
        [
            "def transfer(a, b, amount):\n    a.balance -= amount\n    b.balance += amount",
            "def transfer(a, b, amount):\n    a.pay(amount)\n    b.pay(-amount)",
        ],
        ["def transfer(a, b, amount):\n    a.balance = amount"],
        given="class Account:\n    def __init__(self, balance):\n        self.balance = balance\n"
        "    def pay(self, amount):\n        self.balance -= amount",
    ),
    Exercise(
        "own_class",
        "class Light:\n    def __init__(self):\n        self.on = False\n        self.calls = 0\n"
        "    def press(self):\n        self.calls += 1\n        self.on = not self.on\n"
        "lamp = Light()\nswitch(lamp)\nassert lamp.on and lamp.calls == 1",
        ["def switch(light):\n    light.press()"],
        ["def switch(light):\n    pass"],
    ),
    Exercise(
        "drain",
        "stack = Stack2()\nsource = [1, 2, 3]\nstack.load(source)\nassert source == [] and stack.items == [3, 2, 1]",
        [
            "class Stack2:\n    def __init__(self):\n        self.items = []\n    def load(self, source):\n"
            "        while source:\n            self.items.append(source.pop())",
        ],
    ),
    Exercise(
        "heap",
        "h = [5, 4]\npush_heap(h, 1)\nassert h[0] == 1 and len(h) == 3",
        [
            "import heapq\ndef push_heap(h, x):\n    heapq.heapify(h)\n    heapq.heappush(h, x)",
            "def push_heap(h, x):\n    h.append(x)\n    h.sort()",
        ],
    ),
    Exercise(
        "tensor_step",
        "import torch\nw = torch.ones(2)\ndescend(w, torch.tensor([1.0, 2.0]), 0.5)\nassert w.tolist() == [0.5, 0.0]",
        [
            "def descend(w, g, rate):\n    w -= rate * g",
            "def descend(w, g, rate):\n    w.sub_(rate * g)",
        ],
        ["def descend(w, g, rate):\n    w = w - rate * g"],
    ),
    Exercise(
        "shuffle_list",
        "cards = list(range(20))\nmix(cards)\nassert sorted(cards) == list(range(20)) and cards != list(range(20))",
        ["import random\ndef mix(cards):\n    random.shuffle(cards)"],
        ["def mix(cards):\n    return cards[::-1]"],
    ),
]
