"""The record of what a student's functions return: equal up to rounding and form, and useless without its key."""

import importlib
import math
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
import torch

from utils.grading.feedback.diagnosis import same_call
from utils.grading.job import Call
from utils.grading.judge.transcript import MAX_CALLS, Transcript


def call(value: Any, key: bytes = b"key") -> Call:
    """The record of one value."""
    transcript = Transcript(key)
    transcript.returned("f", value)
    return transcript.calls[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1 + 0.2, 0.3),
        (1.0, 1 - 1e-12),
        (999999.9999999, 1000000),
        (2, 2.0),
        (True, np.True_),
        ([1, 2], (1.0, 2.0)),
        ([1, 2], np.array([1, 2])),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], dtype=np.float32)),
        ([np.float64(1), 2], [1, 2]),
        ((0.5, np.zeros(2)), [0.5, [0, 0]]),
        (np.array([math.nan, 1.0]), [math.nan, 1]),
        ([math.inf], np.array([math.inf])),
        (Fraction(1, 3), 1 / 3),
        ({"b": 1, "a": [2]}, {"a": (2.0,), "b": 1.0}),
        ({3, 1}, {1, 3}),
        (torch.tensor([1.0, 2.0]), np.array([1.0, 2.0])),
        (pd.Series([1, 2]), np.array([1, 2])),
        (None, None),
        ("text", "text"),
        (10**400, 10**400),
    ],
    ids=str,
)
def test_values_that_mean_the_same_are_recorded_alike(one: Any, other: Any) -> None:
    assert same_call(call(one), call(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.3001),
        (1.0, -1.0),
        (1.0, 10.0),
        (0.0, 1e-9),
        ([1, 2], [2, 1]),
        ([1, 2], [[1, 2]]),
        ([1, 2, 3], [1, 2]),
        ([0, 0, 1, 0], [0, 1, 0, 0]),
        (math.nan, math.inf),
        (math.inf, -math.inf),
        ([math.nan, 1], [1, math.nan]),
        ("1", 1),
        (None, 0),
        ({"a": 1}, {"b": 1}),
        (np.arange(1000) / 7, np.arange(1000)[::-1] / 7),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    ],
    ids=str,
)
def test_values_that_differ_are_recorded_apart(one: Any, other: Any) -> None:
    assert not same_call(call(one), call(other))


def test_rounding_errors_never_separate_values_and_small_differences_do() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 1, 1, 3, 1000):
        for _ in range(100):
            values = rng.normal(size=size) * 10.0 ** rng.integers(-8, 8)
            assert same_call(call(values), call(values * (1 + 1e-13 * rng.normal(size=size))))
            assert not same_call(call(values), call(values * (1 + 1e-3 * rng.uniform(1, 2))))


def test_without_the_key_a_record_tells_nothing() -> None:
    assert not same_call(call(42.0, b"one"), call(42.0, b"other"))
    assert "42" not in call(42.0).nearest + call(42.0).downwards or len(call(42.0).nearest) == 24


def test_an_error_is_recorded_by_its_type_and_a_failed_check_by_its_line() -> None:
    first, second = Transcript(b""), Transcript(b"")
    first.raised("f", ValueError("one"))
    second.raised("f", ValueError("other"))
    assert first.calls == second.calls
    second.raised("f", TypeError("other"))
    assert first.calls[0] != second.calls[1]
    ends = []
    for line in (1, 2):
        transcript = Transcript(b"")
        try:
            exec(compile("\n" * line + "assert False", "<check>", "exec"))
        except AssertionError as error:
            transcript.ended(error, "<check>")
        ends.append(transcript.calls)
    assert ends[0] != ends[1]


@pytest.mark.parametrize("value", [0, 1.0, None, math.nan, [], "", [0, 0], (0.0, 1.0), False, [math.nan] * 9])
def test_what_many_mistakes_return_tells_little(value: Any) -> None:
    assert not call(value).telling


@pytest.mark.parametrize("value", [0.5, 2, [0, 1, 1, 0], "word", [0.3], np.eye(3)])
def test_other_values_tell_more(value: Any) -> None:
    assert call(value).telling


def test_long_and_odd_values_are_recorded_quickly_or_not_at_all() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    circle: list[Any] = []
    circle.append(circle)
    transcript = Transcript(b"")
    for value in (
        Odd(),
        [Odd()],
        deep,
        circle,
        np.zeros(10**7),
        ["x"] * 10**6,
        {frozenset(): Odd()},
        np.array([Odd()]),
    ):
        transcript.returned("f", value)
    assert len(transcript.calls) == 8
    # What could not be recorded equals nothing, not even itself.
    assert not any(same_call(one, one) for one in transcript.calls if not one.nearest)


def test_of_many_calls_only_the_number_is_recorded() -> None:
    short, long = Transcript(b""), Transcript(b"")
    for _ in range(MAX_CALLS + 10):
        short.returned("f", 1)
    for _ in range(MAX_CALLS + 20):
        long.returned("f", 1)
    assert len(short.calls) == len(long.calls) == MAX_CALLS + 1
    assert short.calls[-1] != long.calls[-1]


REPLACED = [
    *(f"builtins.{name}" for name in ("abs", "any", "map", "max", "min", "repr", "sorted", "sum")),
    *(f"math.{name}" for name in ("floor", "isfinite", "log10")),
    *(f"numpy.{name}" for name in ("abs", "array", "asarray", "concatenate", "isfinite", "isnan", "sqrt", "stack")),
    *(f"numpy.{name}" for name in ("where", "zeros")),
]


@pytest.mark.parametrize("name", REPLACED)
def test_a_check_that_counts_the_calls_of_a_function_counts_none_of_the_record(name: str) -> None:
    """What a check forbids, it replaces for a while: the record must not call it."""
    values = [[3, 1.5], (1, 2), {"a": 1}, {3, 1}, "text", np.arange(5.0), np.array([1, math.nan]), 2 + 1j]
    plain = [call(value) for value in values]
    counted = 0
    module, _, function = name.partition(".")
    original = getattr(importlib.import_module(module), function)

    def count(*args: Any, **kwargs: Any) -> Any:
        nonlocal counted
        counted += 1
        return original(*args, **kwargs)

    with patch(name, count):
        recorded = [call(value) for value in values]
    assert recorded == plain
    assert counted == 0
