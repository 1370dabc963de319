"""Eight small generated tasks in the spirit of BIG-bench (Srivastava et al. 2022), each testing one ability.

Each function generates an item from a random generator: a text, the same in other words, and its class. The classes are
equally likely, so that a guess is correct with probability 1 / number of classes. Where a task is about the meaning of
words, its training and test texts use different words, so that it cannot be solved by memorising them.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from utils.data.reviews import Part
from utils.holistic.words import COMPLAINTS, KINDS, NAMES, OPPOSITES, PEOPLE, PRAISE, STATES, SYNONYMS, THINGS

Item = tuple[str, str, int]
Generate = Callable[[np.random.Generator, Part], Item]
T = TypeVar("T")


def odd_one_out(rng: np.random.Generator, part: Part) -> Item:
    """Three words, one of another kind: which one?"""
    most, other = rng.permutation(list(KINDS))[:2]
    words = [str(word) for word in rng.choice(_of_part(KINDS[most], part), 2, replace=False)]
    place = int(rng.integers(3))
    words.insert(place, str(rng.choice(_of_part(KINDS[other], part))))
    return ", ".join(words), "The words are: " + "; ".join(words) + ".", place


def larger_number(rng: np.random.Generator, part: Part) -> Item:
    """Two numbers of one to four digits: which is larger?"""
    a, b = (int(10 ** rng.uniform(0, 4)) for _ in range(2))
    return f"{a} or {b}", f"Compare {a} with {b}.", int(b > a) if a != b else int(rng.integers(2))


def parity(rng: np.random.Generator, part: Part) -> Item:
    """Is a number even or odd?"""
    tens = 2 * int(rng.integers(5, 500)) + (part == "test")
    number = 10 * tens + int(rng.integers(10))
    return str(number), f"The number is {number}.", number % 2


def negation(rng: np.random.Generator, part: Part) -> Item:
    """A person has one property and lacks another: does the person have the one in question?"""
    person = str(rng.choice(PEOPLE))
    states = [str(state) for state in rng.choice(STATES, 2, replace=False)]
    negated, target = (int(rng.integers(2)) for _ in range(2))
    first, second = (f"{person} is {'not ' if i == negated else ''}{state}" for i, state in enumerate(states))
    question = f"Is {person} {states[target]}?"
    text = f"{first}. {second}. {question}"
    return text, f"It is known that {first} and that {second}. {question}", int(target != negated)


def opposites(rng: np.random.Generator, part: Part) -> Item:
    """Two people say one word each: do the words mean the same, or the opposite?"""
    label = int(rng.integers(2))
    pairs = _of_part(OPPOSITES if label else SYNONYMS, part)
    a, b = rng.permutation(pairs[int(rng.integers(len(pairs)))])
    one, other = rng.choice(PEOPLE, 2, replace=False)
    return f'{one} says "{a}", {other} says "{b}".', f'The word of {one} is "{a}", that of {other} is "{b}".', label


def kind_of_thing(rng: np.random.Generator, part: Part) -> Item:
    """What is it: an animal, a plant, a tool, a vehicle?"""
    label = int(rng.integers(4))
    word = str(rng.choice(_of_part(list(KINDS.values())[label], part)))
    count = int(rng.integers(2, 100))
    return f"{count} × {word}", f"Somebody has counted {count} of these: {word}.", label


def spelling(rng: np.random.Generator, part: Part) -> Item:
    """Does a word begin, or end, with a letter?"""
    words = _of_part([word for kind in KINDS.values() for word in kind], part)
    word, place, label = str(rng.choice(words)), int(rng.integers(2)), int(rng.integers(2))
    right = word[-place]
    letter = right if label else str(rng.choice([letter for letter in "abcdefghiklmnoprstwy" if letter != right]))
    text = f'Does the word "{word}" {("begin", "end")[place]} with the letter "{letter}"?'
    return text, f'Is "{letter}" the {("first", "last")[place]} letter of "{word}"?', label


def negated_sentiment(rng: np.random.Generator, part: Part) -> Item:
    """Somebody did or did not like something: positive or negative?"""
    person, subject = str(rng.choice(PEOPLE)), str(rng.choice(THINGS))
    good, negated = bool(rng.integers(2)), bool(rng.integers(2))
    verb = str(rng.choice(_of_part(PRAISE if good else COMPLAINTS, part)))
    pronoun = "she" if person in {pair[0] for pair in NAMES} else "he"
    text = f"{person} says it is {'not ' if negated else ''}true that {pronoun} {verb} the {subject}."
    rephrased = f"Asked about the {subject}, {person} says that {pronoun} {'never' if negated else 'always'} {verb} it."
    return text, rephrased, int(good != negated)


def _of_part(words: Sequence[T], part: Part) -> list[T]:
    """The words of a part: every second one is for testing, the others are for training and validation."""
    return list(words[1::2] if part == "test" else words[::2])
