"""Which known mistake an answer makes: one, or none; and what a sentence would reveal."""

import pytest

from utils.grading.feedback.diagnosis import (
    Behaviour,
    Checked,
    Mistake,
    agree,
    alike,
    counted,
    key_of,
    recognise,
    reveals,
)
from utils.grading.job import Call


def behaviour(*values: str, points: float | None = 0.0, telling: bool = True) -> Behaviour:
    """An answer that gave these values in one check."""
    calls = tuple(Call("f", f"{value} nearest", f"{value} downwards", telling) for value in values)
    return (Checked("test", points, calls),)


RIGHT = behaviour("a", "b", "b", points=1.0)
ADDS = Mistake("f", "Adds.", behaviour("a", "c", "cc"))
DIVIDES = Mistake("f", "Divides.", behaviour("a", "d", "dd"))


def test_an_answer_with_one_known_mistake_is_recognised() -> None:
    assert recognise(behaviour("a", "c", "cc"), RIGHT, [DIVIDES, ADDS]) == ADDS


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        behaviour("a", "c", "e"),
        behaviour("a", "c"),
        behaviour("a", "c", "cc", "c"),
        behaviour("a", "c", "cc", points=0.5),
        behaviour("a", "c", "cc", points=None),
        (*behaviour("a", "c", "cc"), *behaviour("a")),
        (),
    ],
    ids=["right", "another value", "fewer calls", "more calls", "other points", "undecided", "more checks", "nothing"],
)
def test_any_other_answer_is_not(answer: Behaviour) -> None:
    assert recognise(answer, RIGHT, [DIVIDES, ADDS]) is None


def test_between_two_mistakes_that_behave_alike_there_is_no_choice() -> None:
    other = Mistake("f", "Adds twice.", ADDS.behaviour)
    assert recognise(behaviour("a", "c", "cc"), RIGHT, [ADDS, other]) is None
    same = Mistake("f", "Adds.", ADDS.behaviour)
    assert recognise(behaviour("a", "c", "cc"), RIGHT, [ADDS, same]) == ADDS


def test_an_answer_of_which_only_trivial_values_are_known_may_be_any() -> None:
    trivial = behaviour("0", "nan", telling=False)
    assert recognise(trivial, RIGHT, [Mistake("f", "Returns 0 or nan.", trivial)]) is None


def test_one_wrong_value_may_have_many_causes() -> None:
    once = behaviour("a", "b", "c")
    assert recognise(once, RIGHT, [Mistake("f", "Adds at the end.", once)]) is None


@pytest.mark.parametrize(
    ("equal", "telling", "enough"), [(7, True, False), (8, True, True), (19, False, False), (20, False, True)]
)
def test_one_wrong_value_is_enough_beside_many_right_ones(equal: int, telling: bool, enough: bool) -> None:
    alike = [f"value {place}" for place in range(equal)]
    right = behaviour(*alike, "right", points=1.0)
    (checked,) = behaviour(*alike, "wrong")
    last = Call("f", "wrong nearest", "wrong downwards", telling)
    wrong = (Checked("test", 0.0, (*checked.calls[:-1], last)),)
    mistake = Mistake("f", "Adds at the end.", wrong)
    assert recognise(wrong, right, [mistake]) == (mistake if enough else None)


def test_values_that_could_not_be_recorded_agree_with_nothing() -> None:
    unknown = (Checked("test", 0.0, (Call("f", "", "", False),)),)
    assert not agree(unknown, unknown)


def test_answers_that_behave_alike_form_groups() -> None:
    answers = {
        "ann": behaviour("x"),
        "bob": behaviour("y"),
        "cyd": behaviour("x"),
        "dan": behaviour(),
        "eve": behaviour("x", points=1.0),
    }
    assert alike(answers) == [["ann", "cyd"], ["bob"], ["eve"]]
    assert key_of("f", answers["ann"]) == key_of("f", answers["cyd"])
    assert len({key_of("f", answers[name]) for name in ("ann", "bob", "eve")}) == 3
    assert key_of("g", answers["ann"]) != key_of("f", answers["ann"])


def test_mistakes_are_counted() -> None:
    known = counted([("f", "Adds."), ("f", "Divides."), ("f", "Divides.")])
    assert [(entry.sentence, entry.students) for entry in known] == [("Divides.", 2), ("Adds.", 1)]


HIDDEN = """\
assert mean([3, 17.5]) == 10.25, 'negative halves are rounded up'
secret_table = contingency(first_list, second_list)"""
VISIBLE = "assert mean([1, 20]) == 10.5, 'the middle'"


@pytest.mark.parametrize(
    ("sentence", "secret"),
    [
        ("Gives 10.25 instead of another number.", "10.25"),
        ("Fails at 17.5.", "17.5"),
        ("Forgets that negative halves are rounded up.", "negative halves are rounded up"),
        (
            "See: secret_table = contingency(first_list, second_list).",
            "secret_table = contingency(first_list, second_list)",
        ),
        ("Gives 20 for 1, and 10.5 at the end.", ""),
        ("Divides by n - 1 or 3.", ""),
        ("Takes the middle.", ""),
    ],
)
def test_what_a_sentence_reveals_of_a_hidden_test(sentence: str, secret: str) -> None:
    assert reveals(sentence, HIDDEN, VISIBLE) == secret
