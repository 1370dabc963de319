"""Changes of a text that must not change the answer: typing errors, case, other words, other people."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from utils.holistic.registry import Registry
from utils.holistic.words import NAMES

_PRONOUNS = {"he": "she", "him": "her", "his": "her", "himself": "herself", "hers": "his"}
_NOUNS = (
    *(("man", "woman"), ("men", "women"), ("boy", "girl"), ("boys", "girls"), ("actor", "actress")),
    *(("mr", "ms"), ("father", "mother"), ("son", "daughter"), ("brother", "sister"), ("husband", "wife")),
    *(("guy", "gal"), ("king", "queen"), ("uncle", "aunt")),
)
_SWAPS = {
    **_PRONOUNS,
    "she": "he",
    "herself": "himself",
    "mrs": "mr",
    **{a: b for pair in (*_NOUNS, *NAMES) for a, b in (map(str.lower, pair), reversed([*map(str.lower, pair)]))},
}
_PERSON = re.compile(rf"\b({'|'.join(sorted([*_SWAPS, 'her'], key=len, reverse=True))})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Perturbation:
    """A change of a text: ``apply(text, rephrased, rng)`` returns the changed text."""

    name: str
    apply: Callable[[str, str, np.random.Generator], str]


def typos(text: str, rng: np.random.Generator, share: float = 0.15) -> str:
    """The text with neighbouring letters exchanged inside some words of four or more letters.

    At least one word is changed if possible. A word keeps its first and its last letter, and numbers stay as they are:
    most readers hardly notice (Rawlinson 1976), and the answers of this course's tasks do not change.

    Args:
        text: any text.
        rng: draws the words and the letters.
        share: of the words that are changed, in [0, 1].

    Example:
        >>> typos("A wonderful film of 1984.", np.random.default_rng(0))
        'A wonderful flim of 1984.'
    """
    places = [m.span() for m in re.finditer(r"[A-Za-z]{4,}", text)]
    places = [(low, high) for low, high in places if len(set(text[low + 1 : high - 1])) > 1]
    if not places:
        return text
    count = max(1, round(share * len(text.split())))
    letters = list(text)
    for place in rng.choice(len(places), min(count, len(places)), replace=False):
        low, high = places[place]
        i = int(rng.choice([i for i in range(low + 1, high - 2) if letters[i] != letters[i + 1]]))
        letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def swap_people(text: str) -> str:
    """The text with pronouns, some nouns and the tasks' names replaced by their counterparts of the other gender.

    "her" becomes "his" before a word and "him" elsewhere. A text without such a word is returned unchanged.

    Example:
        >>> swap_people("Her husband saw Anna.")
        'His wife saw Peter.'
    """

    def other(match: re.Match[str]) -> str:
        word = match[0]
        lower = word.lower()
        if lower == "her":
            swapped = "his" if re.match(r"\s+[A-Za-z]", text[match.end() :]) else "him"
        else:
            swapped = _SWAPS[lower]
        if word.isupper() and len(word) > 1:
            return swapped.upper()
        return swapped.capitalize() if word[0].isupper() else swapped

    return _PERSON.sub(other, text)


PERTURBATIONS: Registry[Perturbation] = Registry(
    "perturbation",
    [
        Perturbation("typos", lambda text, _, rng: typos(text, rng)),
        Perturbation("case", lambda text, *_: text.upper()),
        Perturbation("paraphrase", lambda _, rephrased, __: rephrased),
    ],
)
