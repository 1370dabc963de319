"""Exercises of a first course in Python: text, formats, dates, containers, sorting."""

from tests.grading.fidelity.exercise import Exercise

EXERCISES = [
    Exercise(
        "vowels",
        """
cases = [("banana", 3), ("", 0), ("RHYTHM", 0), ("Aeiou", 5)]
for word, expected in cases:
    result = count_vowels(word)
    assert isinstance(result, int), "count_vowels should return an int"
    assert result == expected, f"count_vowels({word!r}) returned {result}, expected {expected}"
""",
        (
            "def count_vowels(word):\n    return sum(letter in 'aeiou' for letter in word.lower())",
            "import re\ndef count_vowels(word):\n    return len(re.findall('[aeiou]', word, flags=re.IGNORECASE))",
        ),
        ("def count_vowels(word):\n    return sum(letter in 'aeiou' for letter in word)",),
    ),
    Exercise(
        "receipt",
        """
expected = "apple           1.20\\nbread           3.50\\nTOTAL           4.70"
out = receipt({"apple": 1.2, "bread": 3.5})
print(out)
assert out.splitlines() == expected.splitlines()
assert all(len(line) == 20 for line in out.split("\\n"))
""",
        (
            """
def receipt(prices):
    lines = [f"{name:<12}{price:>8.2f}" for name, price in prices.items()]
    lines.append(f"{'TOTAL':<12}{sum(prices.values()):>8.2f}")
    return "\\n".join(lines)
""",
            """
def receipt(prices):
    text = ""
    total = 0
    for name in prices:
        text += name.ljust(12) + "{:8.2f}".format(prices[name]) + "\\n"
        total += prices[name]
    return text + "TOTAL".ljust(12) + "%8.2f" % total
""",
        ),
        ("def receipt(prices):\n    return '\\n'.join(f'{n:<12}{p:>8.2f}' for n, p in prices.items())",),
    ),
    Exercise(
        "emails",
        """
text = "Write to ada@uni.org or bob.b@mail.example.com, not to @nobody or x@y."
assert find_emails(text) == ["ada@uni.org", "bob.b@mail.example.com"]
assert find_emails("") == []
assert isinstance(EMAIL, re.Pattern)
assert EMAIL.fullmatch("a@b.de") is not None
match = EMAIL.search(text)
assert match.group(0) == "ada@uni.org" and match.span() == (9, 20)
""",
        (
            """
EMAIL = re.compile(r"[\\w.]+@\\w+(?:\\.\\w+)+")

def find_emails(text):
    return EMAIL.findall(text)
""",
            """
pattern = r"[A-Za-z0-9_.]+@[A-Za-z0-9]+(?:[.][A-Za-z0-9]+)+"
EMAIL = re.compile(pattern)
def find_emails(text):
    found = []
    for m in EMAIL.finditer(text):
        found.append(m.group())
    return found
""",
        ),
        ("EMAIL = re.compile(r'\\w+@\\w+')\ndef find_emails(text):\n    return EMAIL.findall(text)",),
        given="import re",
    ),
    Exercise(
        "weekdays",
        """
from datetime import date, timedelta
assert next_friday(date(2024, 2, 28)) == date(2024, 3, 1)
assert next_friday(date(2024, 3, 1)) == date(2024, 3, 8)
for days in range(30):
    day = date(2023, 12, 15) + timedelta(days=days)
    friday = next_friday(day)
    assert friday.weekday() == 4
    assert timedelta(0) < friday - day <= timedelta(days=7)
assert type(next_friday(date.today())) is date
""",
        (
            """
import datetime as dt
def next_friday(day):
    ahead = (4 - day.weekday()) % 7 or 7
    return day + dt.timedelta(days=ahead)
""",
            """
from datetime import timedelta
def next_friday(day):
    day = day + timedelta(1)
    while day.strftime("%a") != "Fri":
        day += timedelta(days=1)
    return day
""",
        ),
        ("import datetime as dt\ndef next_friday(day):\n    return day + dt.timedelta((4 - day.weekday()) % 7)",),
    ),
    Exercise(
        "parse_log",
        """
entries = parse_log(LOG)
assert len(entries) == 3
first = entries[0]
assert isinstance(first, Entry) and isinstance(first, tuple)
assert Entry._fields == ("when", "level", "text")
assert first.when == datetime(2024, 5, 1, 12, 30)
assert first.level == "INFO"
assert [e.level for e in sorted(entries, key=lambda e: e.when, reverse=True)] == ["INFO", "ERROR", "INFO"]
when, level, text = entries[-1]
assert text == "bye"
assert first._replace(level="DEBUG") == Entry(first.when, "DEBUG", first.text)
assert first._asdict()["text"] == "started"
""",
        (
            """
Entry = namedtuple("Entry", "when level text")

def parse_log(log):
    entries = []
    for line in log.strip().splitlines():
        day, hour, level, text = line.split(maxsplit=3)
        entries.append(Entry(datetime.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M"), level, text))
    return entries
""",
            """
from typing import NamedTuple
class Entry(NamedTuple):
    when: datetime
    level: str
    text: str

def parse_log(log):
    return [
        Entry(datetime.fromisoformat(line[:16]), line[17:].split()[0], " ".join(line[17:].split()[1:]))
        for line in log.split("\\n") if line
    ]
""",
        ),
        given='''
from collections import namedtuple
from datetime import datetime
LOG = """2024-05-01 12:30 INFO started
2024-05-01 12:31 ERROR disk full
2024-05-01 12:40 INFO bye
"""
''',
    ),
    Exercise(
        "most_common",
        """
from collections import Counter
result = top_words("the cat and the dog and the bird", 2)
assert result == [("the", 3), ("and", 2)]
assert isinstance(word_counts("a b a"), Counter)
assert word_counts("a b a").most_common(1) == [("a", 2)]
assert word_counts("a b a") + word_counts("b c") == Counter(a=2, b=2, c=1)
assert word_counts("x")["missing"] == 0
""",
        (
            """
from collections import Counter
def word_counts(text):
    return Counter(text.split())
def top_words(text, n):
    return word_counts(text).most_common(n)
""",
            """
import collections
def word_counts(text):
    counts = collections.Counter()
    for word in text.split():
        counts[word] += 1
    return counts
def top_words(text, n):
    return sorted(word_counts(text).items(), key=lambda item: -item[1])[:n]
""",
        ),
        (
            """
def word_counts(text):
    return {w: text.split().count(w) for w in text.split()}
def top_words(text, n):
    return sorted(word_counts(text).items(), key=lambda item: -item[1])[:n]
""",
        ),
    ),
    Exercise(
        "grouping",
        """
from collections import defaultdict
groups = group_by_initial(["ada", "bob", "alan", "carl"])
assert isinstance(groups, defaultdict)
assert groups["a"] == ["ada", "alan"]
assert set(groups) == {"a", "b", "c"}
assert groups["z"] == []
assert "z" in groups
""",
        (
            """
from collections import defaultdict
def group_by_initial(names):
    groups = defaultdict(list)
    for name in names:
        groups[name[0]].append(name)
    return groups
""",
            """
import collections
def group_by_initial(names):
    groups = collections.defaultdict(lambda: [])
    for name in names:
        groups[name[0]] += [name]
    return groups
""",
        ),
    ),
    Exercise(
        "sort_people",
        """
people = [("Ada", 36), ("Bob", 25), ("Cleo", 36), ("Dan", 25)]
before = list(people)
result = sort_people(people)
assert people == before, "do not change the list you are given"
assert result == [("Ada", 36), ("Cleo", 36), ("Bob", 25), ("Dan", 25)]
assert result is not people
assert by_age(("Eve", 3)) == 3
assert max(people, key=by_age) == ("Ada", 36)
assert sorted(people, key=by_age)[0][0] == "Bob"
""",
        (
            """
def by_age(person):
    return person[1]
def sort_people(people):
    return sorted(people, key=lambda p: (-p[1], p[0]))
""",
            """
from operator import itemgetter
by_age = itemgetter(1)
def sort_people(people):
    copy = people[:]
    copy.sort()
    copy.sort(key=by_age, reverse=True)
    return copy
""",
        ),
        (
            """
def by_age(person):
    return person[1]
def sort_people(people):
    people.sort(key=lambda p: (-p[1], p[0]))
    return people
""",
        ),
    ),
    Exercise(
        "caesar",
        """
import string
import random
random.seed(7)
assert caesar("abc xyz", 3) == "def abc"
assert caesar("Hello, World!", 0) == "Hello, World!"
for _ in range(20):
    text = "".join(random.choices(string.ascii_letters + string.punctuation + " ", k=30))
    shift = random.randint(-30, 30)
    assert caesar(caesar(text, shift), -shift) == text
    assert caesar(text, 26) == text
""",
        (
            """
def caesar(text, shift):
    result = ""
    for letter in text:
        if letter.isalpha():
            base = ord("A") if letter.isupper() else ord("a")
            letter = chr((ord(letter) - base + shift) % 26 + base)
        result += letter
    return result
""",
            """
from string import ascii_lowercase as low, ascii_uppercase as up
def caesar(text, shift):
    k = shift % 26
    table = str.maketrans(low + up, low[k:] + low[:k] + up[k:] + up[:k])
    return text.translate(table)
""",
        ),
        ("def caesar(text, shift):\n    return ''.join(chr(ord(c) + shift) if c.isalpha() else c for c in text)",),
    ),
    Exercise(
        "greet_print",
        """
import io
from contextlib import redirect_stdout
buffer = io.StringIO()
with redirect_stdout(buffer):
    result = multiplication_table(3)
lines = buffer.getvalue().strip().split("\\n")
assert result is None, "the function should print, not return"
assert len(lines) == 3
assert lines[1].split() == ["2", "4", "6"]
assert [int(x) for x in lines[-1].split()] == [3, 6, 9]
""",
        (
            """
def multiplication_table(n):
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            print(i * j, end=" ")
        print()
""",
            """
def multiplication_table(n):
    print("\\n".join(" ".join(f"{i * j:3d}" for j in range(1, n + 1)) for i in range(1, n + 1)))
""",
        ),
        (
            """
def multiplication_table(n):
    return "\\n".join(" ".join(str(i * j) for j in range(1, n + 1)) for i in range(1, n + 1))
""",
        ),
    ),
    Exercise(
        "guess_input",
        """
from unittest import mock
with mock.patch("builtins.input", side_effect=["abc", "12", "200", "42"]) as asked:
    assert ask_number(20, 100) == 42
assert asked.call_count == 4
with mock.patch("builtins.input", return_value="21"):
    with mock.patch("builtins.print") as printed:
        assert ask_number(20, 100) == 21
printed.assert_not_called()
""",
        (
            """
def ask_number(low, high):
    while True:
        try:
            number = int(input("Number: "))
        except ValueError:
            print("not a number")
            continue
        if low <= number <= high:
            return number
""",
            """
def ask_number(low, high):
    reply = input()
    if reply.isdigit() and low <= int(reply) <= high:
        return int(reply)
    return ask_number(low, high)
""",
        ),
    ),
    Exercise(
        "fizzbuzz_hidden",
        """
assert fizzbuzz(3) == ["1", "2", "Fizz"]
### BEGIN HIDDEN TESTS
assert fizzbuzz(15)[-1] == "FizzBuzz", "15 is divisible by both"
assert len(fizzbuzz(100)) == 100
assert fizzbuzz(100).count("Buzz") == 14
assert fizzbuzz(0) == []
### END HIDDEN TESTS
""",
        (
            """
def fizzbuzz(n):
    return ["Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or str(i) for i in range(1, n + 1)]
""",
            """
def fizzbuzz(n):
    result = []
    for i in range(1, n + 1):
        if i % 15 == 0:
            result.append("FizzBuzz")
        elif i % 3 == 0:
            result.append("Fizz")
        elif i % 5 == 0:
            result.append("Buzz")
        else:
            result.append(str(i))
    return result
""",
        ),
        (
            """
def fizzbuzz(n):
    return ["Fizz" if i % 3 == 0 else "Buzz" if i % 5 == 0 else str(i) for i in range(1, n + 1)]
""",
        ),
    ),
    Exercise(
        "planets_enum",
        """
from enum import Enum
assert issubclass(Planet, Enum)
assert len(Planet) == 3
assert [planet.name for planet in Planet] == ["MERCURY", "EARTH", "JUPITER"]
assert Planet.EARTH.value == (5.97e24, 6.378e6)
assert Planet["EARTH"] is Planet.EARTH
assert Planet((5.97e24, 6.378e6)) == Planet.EARTH
assert abs(Planet.EARTH.surface_gravity - 9.8) < 0.1
assert Planet.JUPITER.surface_gravity > Planet.MERCURY.surface_gravity
assert str(Planet.EARTH) == "Earth"
try:
    Planet.PLUTO
except AttributeError:
    pass
else:
    raise AssertionError("Pluto is no planet")
""",
        (
            """
import enum
class Planet(enum.Enum):
    MERCURY = (3.3e23, 2.44e6)
    EARTH = (5.97e24, 6.378e6)
    JUPITER = (1.9e27, 7.15e7)

    @property
    def surface_gravity(self):
        mass, radius = self.value
        return 6.674e-11 * mass / radius**2

    def __str__(self):
        return self.name.capitalize()
""",
            """
from enum import Enum
class Planet(Enum):
    MERCURY = (3.3e23, 2.44e6)
    EARTH = (5.97e24, 6.378e6)
    JUPITER = (1.9e27, 7.15e7)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    def __str__(self):
        return self.name.title()

    @property
    def surface_gravity(self):
        return 6.674e-11 * self.mass / (self.radius * self.radius)
""",
        ),
    ),
    Exercise(
        "set_ops",
        """
a, b = {1, 2, 3}, {3, 4}
only_one, both = compare_sets(a, b)
assert only_one == {1, 2, 4} and both == {3}
assert type(both) in (set, frozenset)
assert a == {1, 2, 3} and b == {3, 4}
assert compare_sets(set(), set()) == (set(), set())
""",
        (
            "def compare_sets(a, b):\n    return a ^ b, a & b",
            """
def compare_sets(a, b):
    both = {x for x in a if x in b}
    return a.union(b) - both, both
""",
        ),
        (
            """
def compare_sets(a, b):
    both = a & b
    a |= b
    a -= both
    return a, both
""",
        ),
    ),
    Exercise(
        "first_variables",
        """
assert isinstance(age, int) and not isinstance(age, bool), "age should be a whole number"
assert isinstance(name, str) and len(name) > 0
assert type(height) == float
assert "age" in globals()
assert message == "%s is %d years old" % (name, age)
assert 'height' in dir()
""",
        (
            """
age = 30
name = "Grace"
height = 1.7
message = f"{name} is {age} years old"
""",
            """
name, age, height = "Li", int("21"), 168 / 100
message = name + " is " + str(age) + " years old"
""",
        ),
        ("age = '30'\nname = 'Grace'\nheight = 1.7\nmessage = f'{name} is {age} years old'",),
    ),
    Exercise(
        "partial_credit",
        """
score = 0
if is_leap(2024):
    score += 0.25
if not is_leap(1900):
    score += 0.25
if is_leap(2000):
    score += 0.25
if not is_leap(2023):
    score += 0.25
score
""",
        (
            "def is_leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
            "import calendar\nis_leap = calendar.isleap",
        ),
    ),
    Exercise(
        "leap_docs",
        """
import inspect
signature = inspect.signature(describe)
assert list(signature.parameters) == ["text", "width", "fill"]
assert signature.parameters["fill"].default == "-"
assert signature.parameters["fill"].kind is inspect.Parameter.KEYWORD_ONLY
assert describe.__doc__ is not None and "width" in describe.__doc__, "write a docstring that explains width"
assert describe.__name__ == "describe"
assert describe.__annotations__["return"] in (str, "str")
from typing import get_type_hints
assert get_type_hints(describe)["width"] is int
assert describe("ab", 6) == "--ab--"
assert describe("ab", width=4, fill="*") == "*ab*"
assert callable(describe)
source = inspect.getsource(describe)
assert "for " not in source and "while " not in source, "no loops"
""",
        (
            '''
def describe(text: str, width: int = 10, *, fill: str = "-") -> str:
    """Centre the text in a line of the given width."""
    return text.center(width, fill)
''',
            '''
def describe(text: str, width: int, *, fill="-") -> "str":
    """
    Return text centred.

    width: length of the line
    fill: what surrounds it
    """
    return f"{text:{fill}^{width}}"
''',
        ),
        (
            '''
def describe(text: str, width: int = 10, *, fill: str = "-") -> str:
    """Centre the text in a line of the given width."""
    while len(text) < width:
        text = fill + text + fill
    return text
''',
        ),
    ),
    Exercise(
        "anagrams",
        """
from itertools import permutations
groups = group_anagrams(["eat", "tea", "tan", "ate", "nat", "bat"])
assert sorted(map(sorted, groups)) == [["ate", "eat", "tea"], ["bat"], ["nat", "tan"]]
words = ["".join(p) for p in permutations("abc")]
assert len(group_anagrams(words)) == 1
assert sorted(group_anagrams(words)[0]) == sorted(words)
""",
        (
            """
from collections import defaultdict
def group_anagrams(words):
    groups = defaultdict(list)
    for word in words:
        groups["".join(sorted(word))].append(word)
    return list(groups.values())
""",
            """
from itertools import groupby
def group_anagrams(words):
    return [list(group) for _, group in groupby(sorted(words, key=sorted), key=sorted)]
""",
        ),
    ),
    Exercise(
        "chunks",
        """
from itertools import islice, count
import types
pieces = chunks(range(7), 3)
assert isinstance(pieces, types.GeneratorType)
assert next(pieces) == [0, 1, 2]
assert list(pieces) == [[3, 4, 5], [6]]
endless = chunks(count(), 2)
assert list(islice(endless, 2)) == [[0, 1], [2, 3]]
assert next(endless) == [4, 5]
assert list(chunks([], 4)) == []
""",
        (
            """
def chunks(items, size):
    chunk = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
""",
            """
import itertools
def chunks(items, size):
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
""",
        ),
        (
            """
def chunks(items, size):
    items = list(items)[:10**6]
    for i in range(0, len(items) - size, size):
        yield items[i:i + size]
""",
        ),
    ),
    Exercise(
        "temperature_errors",
        """
for bad in (-300, -273.16, -1e9):
    try:
        to_kelvin(bad)
    except ValueError as error:
        assert "absolute zero" in str(error).lower()
        assert error.args[0] == str(error)
    except Exception as error:
        raise AssertionError(f"expected a ValueError, got {type(error).__name__}")
    else:
        assert False, f"to_kelvin({bad}) should raise a ValueError"
try:
    to_kelvin("warm")
    assert False
except TypeError:
    pass
import math
assert math.isclose(to_kelvin(20), 293.15)
""",
        (
            """
def to_kelvin(celsius):
    if not isinstance(celsius, (int, float)):
        raise TypeError("a number is needed")
    if celsius < -273.15:
        raise ValueError("below absolute zero")
    return celsius + 273.15
""",
            """
class TooCold(ValueError):
    pass
def to_kelvin(celsius):
    kelvin = 273.15 + celsius
    if kelvin < 0:
        raise TooCold(f"{celsius} lies below Absolute Zero")
    return kelvin
""",
        ),
        (
            """
def to_kelvin(celsius):
    if celsius < -273.15:
        return None
    return celsius + 273.15
""",
        ),
    ),
]
