"""Typing errors and swapped people."""

import numpy as np

from utils.holistic.perturbations import swap_people, typos
from utils.holistic.words import NAMES


def test_typing_errors_keep_letters_ends_and_numbers():
    rng = np.random.default_rng(0)
    text = "The wonderful 1984 picture was terribly disappointing."
    for _ in range(20):
        changed = typos(text, rng)
        assert changed != text
        for before, after in zip(text.split(), changed.split(), strict=True):
            assert sorted(before) == sorted(after)
            assert (before[0], before[-1]) == (after[0], after[-1])
    assert typos("It is 12.", rng) == "It is 12."


def test_people_are_swapped_and_swapping_twice_gives_the_text_back():
    assert swap_people("He thanked HIM.") == "She thanked HER."
    assert swap_people("Her husband saw her.") == "His wife saw him."
    assert swap_people("A theory of the sheriff.") == "A theory of the sheriff."
    for a, b in NAMES:
        assert swap_people(f"{a} met {b}.") == f"{b} met {a}."
        assert swap_people(swap_people(f"{a} says that {b} is ill.")) == f"{a} says that {b} is ill."
