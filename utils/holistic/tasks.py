"""Eight small generated tasks in the spirit of BIG-bench (Srivastava et al. 2022): one ability each, chance known.

Every task makes an item from a random generator: a text, the same in other words, and its class. The classes come
equally often, so that guessing is right with probability 1 / number of classes. Where a task is about knowing words,
its training and test texts use different words: otherwise it could be learnt by heart.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from utils.data.reviews import Part
from utils.holistic.scenarios import SCENARIOS, Scenario, seeded

Item = tuple[str, str, int]
Make = Callable[[np.random.Generator, Part], Item]
T = TypeVar("T")

#: Pairs of given names, to be swapped with each other: one woman's, one man's, of several origins.
NAMES = (
    ("Anna", "Peter"),
    ("Emma", "Omar"),
    ("Maria", "David"),
    ("Aisha", "John"),
    ("Mei", "Paul"),
    ("Lakshmi", "Thomas"),
    ("Fatima", "Robert"),
    ("Susan", "Carlos"),
)
_PEOPLE = tuple(name for pair in NAMES for name in pair)

_KINDS: dict[str, tuple[str, ...]] = {
    "animal": (
        *("dog", "horse", "trout", "eagle", "spider", "goat", "whale", "lizard", "rabbit", "owl", "wolf", "salmon"),
        *("pig", "tiger", "mouse", "duck", "frog", "bear", "monkey", "shark", "sheep", "crow", "snake", "camel"),
    ),
    "plant": (
        *("rose", "oak", "tulip", "fern", "wheat", "pine", "daisy", "ivy", "clover", "birch", "lily", "moss"),
        *(
            "maple",
            "bamboo",
            "orchid",
            "cactus",
            "barley",
            "willow",
            "violet",
            "cedar",
            "thistle",
            "elm",
            "poppy",
            "rye",
        ),
    ),
    "tool": (
        *("hammer", "saw", "drill", "wrench", "chisel", "shovel", "axe", "pliers", "rake", "file", "hoe", "clamp"),
        *(
            "screwdriver",
            "ladder",
            "trowel",
            "anvil",
            "crowbar",
            "needle",
            "plough",
            "spade",
            "lathe",
            "knife",
            "brush",
        ),
        "scissors",
    ),
    "vehicle": (
        *("car", "bus", "train", "truck", "bicycle", "ship", "tram", "ferry", "van", "canoe", "taxi", "helicopter"),
        *("lorry", "yacht", "scooter", "tractor", "airplane", "motorcycle", "sledge", "kayak", "jeep", "wagon", "raft"),
        "ambulance",
    ),
}
_OPPOSITES = (
    *(("hot", "cold"), ("big", "small"), ("early", "late"), ("rich", "poor"), ("wet", "dry"), ("open", "closed")),
    *(("strong", "weak"), ("full", "empty"), ("young", "old"), ("happy", "sad"), ("hard", "soft"), ("wide", "narrow")),
    *(("fast", "slow"), ("light", "dark"), ("loud", "quiet"), ("clean", "dirty"), ("deep", "shallow"), ("near", "far")),
    *(("brave", "cowardly"), ("cheap", "expensive"), ("sharp", "blunt"), ("thick", "thin"), ("true", "false")),
    ("first", "last"),
)
_SYNONYMS = (
    *(("big", "large"), ("small", "little"), ("quick", "fast"), ("sad", "unhappy"), ("rich", "wealthy")),
    *(("smart", "clever"), ("brave", "courageous"), ("loud", "noisy"), ("calm", "peaceful"), ("angry", "furious")),
    *(("begin", "start"), ("end", "finish"), ("ill", "sick"), ("shut", "closed"), ("hard", "difficult")),
    *(("glad", "happy"), ("quiet", "silent"), ("odd", "strange"), ("tired", "weary"), ("thin", "slim")),
    *(("error", "mistake"), ("buy", "purchase"), ("help", "assist"), ("wet", "damp")),
)
_STATES = ("tall", "tired", "hungry", "rich", "early", "angry", "busy", "ill", "old", "married", "famous", "cold")
_LIKED = ("soup", "concert", "journey", "hotel", "play", "cake", "lecture", "garden", "game", "song", "wine", "book")
_GOOD = ("loved", "enjoyed", "admired", "liked", "recommended", "praised")
_BAD = ("hated", "disliked", "regretted", "despised", "criticised", "detested")


def odd_one_out(rng: np.random.Generator, part: Part) -> Item:
    """Three words, one of another kind: which?"""
    most, other = rng.permutation(list(_KINDS))[:2]
    words = [str(word) for word in rng.choice(_kept_apart(_KINDS[most], part), 2, replace=False)]
    place = int(rng.integers(3))
    words.insert(place, str(rng.choice(_kept_apart(_KINDS[other], part))))
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
    """Somebody is this and is not that: is he or she the one?"""
    person = str(rng.choice(_PEOPLE))
    states = [str(state) for state in rng.choice(_STATES, 2, replace=False)]
    negated, asked = (int(rng.integers(2)) for _ in range(2))
    told = [f"{person} is {'not ' if i == negated else ''}{state}" for i, state in enumerate(states)]
    question = f"Is {person} {states[asked]}?"
    text = f"{told[0]}. {told[1]}. {question}"
    return text, f"It is known that {told[0]} and that {told[1]}. {question}", int(asked != negated)


def opposites(rng: np.random.Generator, part: Part) -> Item:
    """Two people say a word each: do the words mean the same, or the opposite?"""
    label = int(rng.integers(2))
    pairs = _kept_apart(_OPPOSITES if label else _SYNONYMS, part)
    a, b = rng.permutation(pairs[int(rng.integers(len(pairs)))])
    one, other = rng.choice(_PEOPLE, 2, replace=False)
    return f'{one} says "{a}", {other} says "{b}".', f'The word of {one} is "{a}", that of {other} is "{b}".', label


def kind_of_thing(rng: np.random.Generator, part: Part) -> Item:
    """What is it: an animal, a plant, a tool, a vehicle?"""
    label = int(rng.integers(4))
    word = str(rng.choice(_kept_apart(list(_KINDS.values())[label], part)))
    count = int(rng.integers(2, 100))
    return f"{count} × {word}", f"Somebody has counted {count} of these: {word}.", label


def spelling(rng: np.random.Generator, part: Part) -> Item:
    """Does a word begin, or end, with a letter?"""
    words = _kept_apart([word for kind in _KINDS.values() for word in kind], part)
    word, place, label = str(rng.choice(words)), int(rng.integers(2)), int(rng.integers(2))
    right = word[-place]
    letter = right if label else str(rng.choice([letter for letter in "abcdefghiklmnoprstwy" if letter != right]))
    text = f'Does the word "{word}" {("begin", "end")[place]} with the letter "{letter}"?'
    return text, f'Is "{letter}" the {("first", "last")[place]} letter of "{word}"?', label


def negated_sentiment(rng: np.random.Generator, part: Part) -> Item:
    """Somebody did or did not like something: positive or negative?"""
    person, thing = str(rng.choice(_PEOPLE)), str(rng.choice(_LIKED))
    good, negated = bool(rng.integers(2)), bool(rng.integers(2))
    verb = str(rng.choice(_kept_apart(_GOOD if good else _BAD, part)))
    pronoun = "she" if person in {pair[0] for pair in NAMES} else "he"
    told = f"{person} says it is not true that {pronoun} {verb} the {thing}." if negated else None
    text = told or f"{person} says it is true that {pronoun} {verb} the {thing}."
    rephrased = f"Asked about the {thing}, {person} says that {pronoun} {'never' if negated else 'always'} {verb} it."
    return text, rephrased, int(good != negated)


def _kept_apart(words: Sequence[T], part: Part) -> list[T]:
    """The words of a part: every second one is for testing, the others are for training and validation."""
    return list(words[1::2] if part == "test" else words[::2])


def _add(make: Make, name: str, instruction: str, label_words: Sequence[str], *, sentiment: bool = False) -> None:
    SCENARIOS.add(
        Scenario(
            name,
            instruction,
            tuple(label_words),
            seeded(make, len(label_words), name),
            template="Question: {text}\nAnswer: {label}",
            asks_sentiment=sentiment,
        )
    )


_add(
    odd_one_out,
    "odd one out",
    "Which of the three words does not belong: first, second or third?",
    ("first", "second", "third"),
)
_add(larger_number, "larger number", "Which number is larger, the first or the second?", ("first", "second"))
_add(parity, "even or odd", "Is the number even or odd?", ("even", "odd"))
_add(negation, "negation", "Read what is said, then answer with yes or no.", ("no", "yes"))
_add(opposites, "opposites", "Do the two words mean the same or the opposite?", ("same", "opposite"))
_add(kind_of_thing, "kind of thing", "Is this an animal, a plant, a tool or a vehicle?", tuple(_KINDS))
_add(spelling, "spelling", "Answer the question about spelling with yes or no.", ("no", "yes"))
_add(
    negated_sentiment,
    "negated sentiment",
    "Is what the person says positive or negative?",
    ("negative", "positive"),
    sentiment=True,
)
