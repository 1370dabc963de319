"""What the instructor's functions change, according to their text."""

import pytest

from utils.grading.notebook.changes import Changes


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("values.sort()", True),
        ("values[0] = 1", True),
        ("values.x = 1", True),
        ("values -= 1", True),
        ("del values[0]", True),
        ("for row in values:\n        row[0] = 1", True),
        ("first = values[0]\n    first.append(1)", True),
        ("random.shuffle(values)", True),
        ("np.add(1, 2, out=values)", True),
        ("values.rename(columns=str, inplace=True)", True),
        ("values.add_(1)", True),
        ("other(values)", True),
        ("return sorted(values)", False),
        ("values = list(values)\n    values.sort()", False),
        ("values = values + 1", False),
        ("return np.linalg.norm(values)", False),
        ("pure(values)", False),
    ],
)
def test_whether_a_function_changes_its_argument(body: str, changed: bool) -> None:
    changes = Changes()
    changes.add("def other(x):\n    x.append(1)\ndef pure(x):\n    return len(x)")
    changes.add(f"def f(values):\n    {body}")
    assert changes.changes("f", 0) is changed
    assert changes.changes("f", "values") is changed


def test_a_random_generator_is_changed_by_every_use() -> None:
    changes = Changes()
    changes.add("def draw(rng, n):\n    return rng.normal(size=n)")
    assert changes.changes("draw", 0, advances=True)
    assert not changes.changes("draw", 0)


def test_methods_count_without_self_and_globals_are_named() -> None:
    changes = Changes()
    changes.add("class A:\n    def take(self, source):\n        self.x = source.pop()\n        log.append(1)")
    changes.add("def tick():\n    global count\n    count += 1")
    assert changes.changes("take", 0)
    assert {"log", "count"} <= changes.globals_changed
    assert changes.attributes == {"x"}
