"""Exercises with files, modules, warnings, logging, dates, asynchronous functions and other tools of the library."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "line_count",
        """
!echo counting
found = !echo one two
assert found == ["one two"] and count_lines("one\\ntwo") == 2
assert get_ipython().system("test -d /usr") is None and _exit_code == 0
""",
        (
            "def count_lines(text):\n    return len(text.splitlines())",
            "def count_lines(text):\n    return text.count('\\n') + 1",
        ),
        ("def count_lines(text):\n    return text.count('\\n')",),
    ),
    Exercise(
        "sorted_lines",
        """
write_sorted("words.txt", ["pear", "apple"])
!sort -c words.txt
counted = !wc -l < words.txt
assert counted[0].strip() == "2"
assert get_ipython().system("grep -q pear words.txt") is None and _exit_code == 0
""",
        (
            """
def write_sorted(path, words):
    with open(path, "w") as file:
        file.writelines(word + "\\n" for word in sorted(words))
""",
            """
from pathlib import Path
def write_sorted(path, words):
    Path(path).write_text("\\n".join(sorted(words)) + "\\n")
""",
        ),
        (
            """
def write_sorted(path, words):
    with open(path, "w") as file:
        file.write(" ".join(sorted(words)))
""",
        ),
        review=True,  # a program may run what it reads
    ),
    Exercise(
        "word_file",
        """
import os
count = write_words("out_words.txt", ["one", "two", "three"])
assert os.path.exists("out_words.txt")
with open("out_words.txt") as f:
    assert f.read().split() == ["one", "two", "three"]
assert count == 3
assert read_words("out_words.txt") == ["one", "two", "three"]
os.remove("out_words.txt")
try:
    read_words("out_words.txt")
    assert False, "no such file"
except FileNotFoundError:
    pass
""",
        (
            """
def write_words(path, words):
    with open(path, "w") as file:
        for word in words:
            file.write(word + "\\n")
    return len(words)
def read_words(path):
    with open(path) as file:
        return [line.strip() for line in file]
""",
            """
from pathlib import Path
def write_words(path, words):
    Path(path).write_text("\\n".join(words))
    return len(words)
def read_words(path):
    return Path(path).read_text().split()
""",
        ),
        (
            """
def write_words(path, words):
    open("words.txt", "w").write("\\n".join(words))
    return len(words)
def read_words(path):
    return open("words.txt").read().split()
""",
        ),
    ),
    Exercise(
        "temp_dir",
        """
import tempfile
from pathlib import Path
with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    (root / "a.txt").write_text("12345")
    (root / "sub").mkdir()
    (root / "sub" / "b.txt").write_text("1")
    (root / "c.csv").write_text("x")
    sizes = text_sizes(root)
    assert sizes == {"a.txt": 5, "b.txt": 1}
    found = largest(root)
    assert isinstance(found, Path)
    assert found.name == "a.txt" and found == root / "a.txt"
""",
        (
            """
from pathlib import Path
def text_sizes(folder):
    return {path.name: path.stat().st_size for path in Path(folder).rglob("*.txt")}
def largest(folder):
    return max(Path(folder).rglob("*.txt"), key=lambda path: path.stat().st_size)
""",
            """
import os
import pathlib
def _all(folder):
    for base, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".txt"):
                yield pathlib.Path(base, name)
def text_sizes(folder):
    return {p.name: os.path.getsize(p) for p in _all(folder)}
def largest(folder):
    return sorted(_all(folder), key=os.path.getsize)[-1]
""",
        ),
        review=True,
    ),
    Exercise(
        "csv_dicts",
        """
rows = read_grades("grades.csv")
assert len(rows) == 3
assert rows[0] == {"name": "Ann", "grade": 1.3}
assert [r["name"] for r in rows if r["grade"] > 4] == ["Cy"]
assert average == sum(r["grade"] for r in rows) / 3
import csv
save_grades("copy.csv", rows)
with open("copy.csv", newline="") as f:
    reader = csv.DictReader(f)
    assert reader.fieldnames == ["name", "grade"]
    assert [float(r["grade"]) for r in reader] == [1.3, 2.0, 5.0]
""",
        (
            """
import csv
def read_grades(path):
    with open(path, newline="") as file:
        return [{"name": row["name"], "grade": float(row["grade"])} for row in csv.DictReader(file)]
def save_grades(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ["name", "grade"])
        writer.writeheader()
        writer.writerows(rows)
average = sum(row["grade"] for row in read_grades("grades.csv")) / 3
""",
            """
import pandas
def read_grades(path):
    return pandas.read_csv(path).to_dict("records")
def save_grades(path, rows):
    pandas.DataFrame(rows).to_csv(path, index=False)
grades = [r["grade"] for r in read_grades("grades.csv")]
average = sum(grades) / len(grades)
""",
        ),
        (
            """
import csv
def read_grades(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))
average = sum(float(row["grade"]) for row in read_grades("grades.csv")) / 3
""",
        ),
        files={"grades.csv": "name,grade\nAnn,1.3\nBo,2.0\nCy,5.0\n"},
    ),
    Exercise(
        "json_config",
        """
import json
with open("settings.json") as f:
    settings = json.load(f)
assert settings["volume"] == 7
assert settings["user"]["name"] == "ada"
assert settings["tags"] == ["a", "b"]
assert open("settings.json").read().count("\\n") > 3, "indent the file"
""",
        (
            """
import json
with open("settings.json", "w") as file:
    json.dump({"volume": 7, "user": {"name": "ada"}, "tags": ["a", "b"]}, file, indent=2)
""",
            """
import json, pathlib
settings_text = json.dumps(dict(tags=["a", "b"], volume=7, user=dict(name="ada")), indent=4)
pathlib.Path("settings.json").write_text(settings_text)
""",
        ),
        ("import json\nsettings = json.dumps({'volume': 7, 'user': {'name': 'ada'}, 'tags': ['a', 'b']}, indent=2)",),
    ),
    Exercise(
        "helper_module",
        """
import course_tools
assert area_of_parts([1, 2]) == course_tools.circle(1) + course_tools.circle(2)
assert course_tools.PI == 3.0
course_tools.PI = 4.0
assert area_of_parts([1]) == 4.0
course_tools.PI = 3.0
from unittest.mock import patch
with patch("course_tools.circle", return_value=10) as circle:
    assert area_of_parts([1, 2, 3]) == 30
assert circle.call_count == 3
""",
        (
            """
import course_tools
def area_of_parts(radii):
    return sum(course_tools.circle(r) for r in radii)
""",
            """
import course_tools as ct
def area_of_parts(radii):
    total = 0
    for r in radii:
        total = total + ct.circle(r)
    return total
""",
        ),
        ("def area_of_parts(radii):\n    return sum(3.0 * r * r for r in radii)",),
        files={"course_tools.py": "PI = 3.0\n\n\ndef circle(r):\n    return PI * r * r\n"},
    ),
    Exercise(
        "write_module",
        """
import importlib
import shapes_mod
importlib.reload(shapes_mod)
assert shapes_mod.square(3) == 9
assert "Areas" in shapes_mod.__doc__
""",
        (
            '%%writefile shapes_mod.py\n"""Areas of shapes."""\ndef square(a):\n    return a * a',
            """
text = \'\'\'"Areas"
def square(side):
    return side ** 2
\'\'\'
with open("shapes_mod.py", "w") as f:
    f.write(text)
""",
        ),
    ),
    Exercise(
        "warns",
        """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert old_mean([1, 2, 3]) == 2
assert len(caught) == 1
assert issubclass(caught[0].category, DeprecationWarning)
assert "new_mean" in str(caught[0].message)
""",
        (
            """
import warnings
def old_mean(values):
    warnings.warn("use new_mean", DeprecationWarning, stacklevel=2)
    return sum(values) / len(values)
""",
            """
from warnings import warn
import statistics
def old_mean(values):
    warn(DeprecationWarning("old_mean is replaced by new_mean"))
    return statistics.mean(values)
""",
        ),
        ("def old_mean(values):\n    print('use new_mean')\n    return sum(values) / len(values)",),
    ),
    Exercise(
        "logs",
        """
import logging
records = []
class Collect(logging.Handler):
    def emit(self, record):
        records.append((record.levelname, record.getMessage()))
logger = logging.getLogger("bank")
handler = Collect()
logger.addHandler(handler)
logger.setLevel(logging.INFO)
transfer(5)
transfer(-1)
logger.removeHandler(handler)
assert records == [("INFO", "transfer of 5"), ("ERROR", "negative amount: -1")]
""",
        (
            """
import logging
log = logging.getLogger("bank")
def transfer(amount):
    if amount < 0:
        log.error("negative amount: %d", amount)
    else:
        log.info("transfer of %d", amount)
""",
            """
from logging import getLogger
def transfer(amount):
    logger = getLogger("bank")
    if amount >= 0:
        logger.info(f"transfer of {amount}")
        return
    logger.error(f"negative amount: {amount}")
""",
        ),
        ("import logging\ndef transfer(amount):\n    logging.info(f'transfer of {amount}')",),
    ),
    Exercise(
        "async_fetch",
        """
import asyncio
async def slow(x):
    await asyncio.sleep(0.01)
    return x * 2
assert await gather_all(slow, [1, 2, 3]) == [2, 4, 6]
assert asyncio.iscoroutinefunction(gather_all)
import inspect
assert inspect.iscoroutinefunction(gather_all)
""",
        (
            """
import asyncio
async def gather_all(function, values):
    return await asyncio.gather(*[function(v) for v in values])
""",
            """
async def gather_all(function, values):
    results = []
    for value in values:
        results.append(await function(value))
    return results
""",
        ),
        review=True,
    ),
    Exercise(
        "argparse_cli",
        """
args = parser.parse_args(["data.csv", "--n", "3", "-v"])
assert args.path == "data.csv"
assert args.n == 3 and args.verbose is True
assert parser.parse_args(["x"]).n == 10
assert vars(parser.parse_args(["x"])) == {"path": "x", "n": 10, "verbose": False}
import contextlib, io
with contextlib.redirect_stderr(io.StringIO()):
    try:
        parser.parse_args([])
        raise AssertionError("path is required")
    except SystemExit as e:
        assert e.code == 2
""",
        (
            """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("path")
parser.add_argument("--n", type=int, default=10)
parser.add_argument("-v", "--verbose", action="store_true")
""",
            """
from argparse import ArgumentParser
def make():
    p = ArgumentParser(prog="tool", description="A tool.")
    p.add_argument("path", help="file")
    p.add_argument("-v", "--verbose", default=False, action="store_const", const=True)
    p.add_argument("-n", "--n", type=int, default=10)
    return p
parser = make()
""",
        ),
    ),
    Exercise(
        "sqlite_table",
        """
import sqlite3
assert isinstance(db, sqlite3.Connection)
rows = db.execute("select name, age from person order by age").fetchall()
assert rows == [("Bo", 20), ("Al", 30)]
assert older_than(db, 25) == ["Al"]
db.execute("insert into person values ('Cy', 40)")
assert sorted(older_than(db, 25)) == ["Al", "Cy"]
""",
        (
            """
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table person (name text, age integer)")
db.executemany("insert into person values (?, ?)", [("Al", 30), ("Bo", 20)])
def older_than(db, age):
    return [name for (name,) in db.execute("select name from person where age > ?", (age,))]
""",
            """
from sqlite3 import connect
db = connect(":memory:")
cursor = db.cursor()
cursor.executescript("create table person (name, age); insert into person values ('Al', 30), ('Bo', 20);")
def older_than(connection, age):
    return [row[0] for row in connection.execute("select * from person") if row[1] > age]
""",
        ),
    ),
    Exercise(
        "decimal_money",
        """
from decimal import Decimal
from fractions import Fraction
assert split_bill(Decimal("10.00"), 3) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
assert sum(split_bill(Decimal("99.99"), 7)) == Decimal("99.99")
assert all(isinstance(share, Decimal) for share in split_bill(Decimal("1.00"), 2))
assert harmonic(4) == Fraction(25, 12)
assert isinstance(harmonic(1), Fraction) and harmonic(2).denominator == 2
""",
        (
            """
from decimal import Decimal
from fractions import Fraction
def split_bill(total, people):
    cents = int(total * 100)
    low, rest = divmod(cents, people)
    return [Decimal(low + (i < rest)) / 100 for i in range(people)]
def harmonic(n):
    return sum(Fraction(1, k) for k in range(1, n + 1))
""",
            """
import decimal, fractions
def split_bill(total, people):
    share = (total / people).quantize(decimal.Decimal("0.01"), decimal.ROUND_DOWN)
    shares = [share] * people
    i = 0
    while sum(shares) < total:
        shares[i] += decimal.Decimal("0.01")
        i += 1
    return shares
def harmonic(n):
    return fractions.Fraction(1) if n == 1 else harmonic(n - 1) + fractions.Fraction(1, n)
""",
        ),
        (
            """
def split_bill(total, people):
    return [round(total / people, 2)] * people
def harmonic(n):
    return sum(1 / k for k in range(1, n + 1))
""",
        ),
    ),
    Exercise(
        "timedelta_format",
        """
from datetime import datetime, timedelta, timezone
assert duration("09:00", "10:30") == timedelta(hours=1, minutes=30)
assert duration("23:00", "01:00") == timedelta(hours=2), "over midnight"
assert duration("10:00", "10:00").total_seconds() == 0
stamp = to_utc(datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=2))))
assert stamp == datetime(2024, 7, 1, 10, tzinfo=timezone.utc)
assert stamp.tzinfo is timezone.utc
assert stamp.isoformat() == "2024-07-01T10:00:00+00:00"
""",
        (
            """
import datetime as dt
def duration(start, end):
    a, b = (dt.datetime.strptime(t, "%H:%M") for t in (start, end))
    if b < a:
        b += dt.timedelta(days=1)
    return b - a
def to_utc(moment):
    return moment.astimezone(dt.timezone.utc)
""",
            """
from datetime import timedelta as TD, timezone as TZ
def minutes(text):
    h, m = text.split(":")
    return 60 * int(h) + int(m)
def duration(start, end):
    return TD(minutes=(minutes(end) - minutes(start)) % 1440)
def to_utc(moment):
    return (moment - moment.utcoffset()).replace(tzinfo=TZ.utc)
""",
        ),
    ),
    Exercise(
        "module_global",
        """
reset()
press(); press()
assert presses == 2, "press should change the global presses"
presses = 10
press()
assert presses == 11
reset()
assert presses == 0
""",
        (
            """
presses = 0
def press():
    global presses
    presses += 1
def reset():
    global presses
    presses = 0
""",
            """
presses = 0
def press():
    globals()["presses"] += 1
def reset():
    globals().update(presses=0)
""",
        ),
        (
            """
presses = 0
def press():
    presses = 1
def reset():
    presses = 0
""",
        ),
    ),
    Exercise(
        "callbacks_order",
        """
events = []
bus = EventBus()
bus.subscribe("open", lambda path: events.append(("one", path)))
@bus.on("open")
def second(path):
    events.append(("two", path))
bus.publish("open", path="x.txt")
bus.publish("unknown")
assert events == [("one", "x.txt"), ("two", "x.txt")]
assert second("direct") is None and events[-1] == ("two", "direct")
from unittest.mock import Mock
listener = Mock()
bus.subscribe("close", listener)
bus.publish("close", 1, key=2)
listener.assert_called_once_with(1, key=2)
""",
        (
            """
from collections import defaultdict
class EventBus:
    def __init__(self):
        self.listeners = defaultdict(list)
    def subscribe(self, event, listener):
        self.listeners[event].append(listener)
    def on(self, event):
        def decorate(function):
            self.subscribe(event, function)
            return function
        return decorate
    def publish(self, event, *args, **kwargs):
        for listener in self.listeners[event]:
            listener(*args, **kwargs)
""",
            """
class EventBus:
    def __init__(self):
        self.table = {}
    def subscribe(self, event, listener):
        self.table.setdefault(event, []).append(listener)
        return listener
    def on(self, event):
        return lambda function: self.subscribe(event, function)
    def publish(self, event, *a, **k):
        for listener in self.table.get(event, ()):
            listener(*a, **k)
""",
        ),
        (
            """
class EventBus:
    def __init__(self):
        self.table = {}
    def subscribe(self, event, listener):
        self.table[event] = listener
    def on(self, event):
        return lambda function: self.subscribe(event, function)
    def publish(self, event, *a, **k):
        if event in self.table:
            self.table[event](*a, **k)
""",
        ),
    ),
    Exercise(
        "deque_window",
        """
from collections import deque, OrderedDict, ChainMap
window = last_lines(["a", "b", "c", "d"], 2)
assert isinstance(window, deque) and window.maxlen == 2
assert list(window) == ["c", "d"]
window.append("e")
assert window == deque(["d", "e"])
merged = defaults_with({"colour": "red"})
assert merged["colour"] == "red" and merged["size"] == 10
assert "weight" not in merged
lru = LRU(2)
lru.put("a", 1); lru.put("b", 2)
assert lru.get("a") == 1
lru.put("c", 3)
assert lru.get("b") is None and lru.get("a") == 1
""",
        (
            """
from collections import deque, OrderedDict, ChainMap
def last_lines(lines, n):
    return deque(lines, maxlen=n)
def defaults_with(options):
    return ChainMap(options, {"colour": "blue", "size": 10})
class LRU:
    def __init__(self, size):
        self.size, self.data = size, OrderedDict()
    def get(self, key):
        if key in self.data:
            self.data.move_to_end(key)
            return self.data[key]
    def put(self, key, value):
        self.data[key] = value
        self.data.move_to_end(key)
        if len(self.data) > self.size:
            self.data.popitem(last=False)
""",
            """
import collections
def last_lines(lines, n):
    window = collections.deque([], n)
    for line in lines:
        window.append(line)
    return window
def defaults_with(options):
    return {"colour": "blue", "size": 10} | options
class LRU(dict):
    def __init__(self, size):
        super().__init__()
        self.size = size
    def get(self, key):
        if key not in self:
            return None
        self[key] = self.pop(key)
        return self[key]
    def put(self, key, value):
        self.pop(key, None)
        self[key] = value
        while len(self) > self.size:
            del self[next(iter(self))]
""",
        ),
        (
            """
from collections import deque
def last_lines(lines, n):
    return deque(lines[-n:])
def defaults_with(options):
    return {"size": 10, **options}
class LRU(dict):
    def __init__(self, size):
        self.size = size
    def put(self, key, value):
        self[key] = value
""",
        ),
        review=True,
    ),
    Exercise(
        "protocol_typing",
        """
from typing import Protocol, runtime_checkable, get_type_hints
@runtime_checkable
class Drawable(Protocol):
    def draw(self) -> str: ...
assert isinstance(Button("ok"), Drawable)
assert render([Button("ok"), Button("no")]) == "[ok][no]"
class Line:
    def draw(self):
        return "---"
assert render([Line(), Button("x")]) == "---[x]"
assert get_type_hints(Button.draw)["return"] is str
assert Button.__init__.__annotations__["label"] is str
""",
        (
            """
class Button:
    def __init__(self, label: str):
        self.label = label
    def draw(self) -> str:
        return f"[{self.label}]"
def render(items):
    return "".join(item.draw() for item in items)
""",
            """
from dataclasses import dataclass
@dataclass
class Button:
    label: str
    def draw(self) -> str:
        return "[" + self.label + "]"
def render(items: list) -> str:
    text = ""
    for item in items:
        text += item.draw()
    return text
""",
        ),
        (
            """
class Button:
    def __init__(self, label):
        self.label = label
    def draw(self):
        print(f"[{self.label}]")
def render(items):
    for item in items:
        item.draw()
""",
        ),
    ),
    Exercise(
        "operators_lambda",
        """
assert callable(square) and square(4) == 16
assert list(map(square, [1, 2])) == [1, 4]
assert evens == [0, 2, 4, 6, 8]
assert table == {1: 1, 2: 4, 3: 9}
assert isinstance(lazy, type(x for x in ())), "lazy should be a generator"
assert sum(lazy) == 14
assert sum(lazy) == 0
assert pairs == [(a, b) for a in "xy" for b in (1, 2)]
""",
        (
            """
square = lambda x: x**2
evens = [n for n in range(10) if n % 2 == 0]
table = {n: square(n) for n in (1, 2, 3)}
lazy = (square(n) for n in range(4))
pairs = [(a, b) for a in "xy" for b in (1, 2)]
""",
            """
import itertools
def square(n):
    return n * n
evens = list(range(0, 10, 2))
table = dict(zip([1, 2, 3], map(square, [1, 2, 3])))
def squares():
    for n in range(4):
        yield square(n)
lazy = squares()
pairs = list(itertools.product("xy", [1, 2]))
""",
        ),
        (
            """
square = lambda x: x**2
evens = [n for n in range(10) if n % 2 == 0]
table = {n: square(n) for n in (1, 2, 3)}
lazy = [square(n) for n in range(4)]
pairs = [(a, b) for a in "xy" for b in (1, 2)]
""",
        ),
    ),
    Exercise(
        "exception_chain",
        """
try:
    load_number("seven")
except ConfigError as error:
    assert isinstance(error.__cause__, ValueError), "use raise ... from"
    assert error.key == "seven"
    assert error.args[0].startswith("bad number")
else:
    raise AssertionError("ConfigError expected")
assert issubclass(ConfigError, Exception) and not issubclass(ConfigError, ValueError)
assert load_number(" 7 ") == 7
""",
        (
            """
class ConfigError(Exception):
    def __init__(self, message, key):
        super().__init__(message)
        self.key = key
def load_number(text):
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"bad number {text!r}", text) from error
""",
            """
class ConfigError(RuntimeError):
    key = None
def load_number(text):
    try:
        number = int(text.strip())
    except ValueError as e:
        problem = ConfigError("bad number")
        problem.key = text
        raise problem from e
    return number
""",
        ),
        (
            """
class ConfigError(Exception):
    pass
def load_number(text):
    if not text.strip().isdigit():
        raise ConfigError("bad number")
    return int(text)
""",
        ),
    ),
    Exercise(
        "unittest_case",
        """
import unittest
class TestDivide(unittest.TestCase):
    def test_value(self):
        self.assertEqual(safe_divide(6, 3), 2)
        self.assertAlmostEqual(safe_divide(1, 3), 0.333, places=3)
    def test_zero(self):
        self.assertIsNone(safe_divide(1, 0))
    def test_type(self):
        with self.assertRaises(TypeError):
            safe_divide("a", 1)
        self.assertRaisesRegex(TypeError, "number", safe_divide, [], 1)
result = unittest.TextTestRunner(stream=open(__import__("os").devnull, "w")).run(
    unittest.defaultTestLoader.loadTestsFromTestCase(TestDivide))
assert result.wasSuccessful(), result.failures + result.errors
""",
        (
            """
def safe_divide(a, b):
    if not all(isinstance(x, (int, float)) for x in (a, b)):
        raise TypeError("not a number")
    return None if b == 0 else a / b
""",
            """
from numbers import Number
def safe_divide(a, b):
    for value in (a, b):
        if not isinstance(value, Number):
            raise TypeError("every argument should be a number")
    try:
        return a / b
    except ZeroDivisionError:
        return None
""",
        ),
        ("def safe_divide(a, b):\n    return a / b",),
    ),
    Exercise(
        "students_own_test",
        """
def right(x):
    return abs(x)
def wrong(x):
    return x
def wrong2(x):
    return -x
assert test_absolute(right) in (None, True)
for bad in (wrong, wrong2):
    try:
        outcome = test_absolute(bad)
    except AssertionError:
        continue
    assert outcome is False, f"your test does not notice {bad.__name__}"
""",
        (
            """
def test_absolute(f):
    assert f(-3) == 3
    assert f(3) == 3
""",
            """
import random
def test_absolute(f):
    return all(f(x) >= 0 for x in [random.uniform(-1, 1) for _ in range(50)])
""",
        ),
        ("def test_absolute(f):\n    assert f(3) == 3",),
    ),
    Exercise(
        "two_points_loop",
        """
passed = []
for n, expected in [(0, "0"), (5, "101"), (255, "11111111")]:
    passed.append(to_binary(n) == expected)
total = sum(passed) / len(passed)
print(f"{sum(passed)} of {len(passed)} cases right")
total
""",
        (
            "def to_binary(n):\n    return bin(n)[2:]",
            """
def to_binary(n):
    digits = ""
    while True:
        n, bit = divmod(n, 2)
        digits = str(bit) + digits
        if n == 0:
            return digits
""",
        ),
        ("def to_binary(n):\n    return int(bin(n)[2:])",),
    ),
]
