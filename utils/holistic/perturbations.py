"""The same text, changed in ways that must not change the answer: typing errors, case, other words, other people."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from utils.holistic.registry import Registry
from utils.holistic.tasks import NAMES

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
    """A change of a text: ``apply(text, rephrased, rng)`` gives the changed text, from it or from its other wording."""

    name: str
    apply: Callable[[str, str, np.random.Generator], str]


def typos(text: str, rng: np.random.Generator, share: float = 0.15) -> str:
    """Neighbouring letters exchanged inside some words of four letters and more, at least in one if there is one.

    A word keeps its first and its last letter, and numbers stay as they are: most readers hardly notice (Rawlinson
    1976), and no task of this course changes its answer.
    """
    places = [m.span() for m in re.finditer(r"[A-Za-z]{4,}", text)]
    places = [(low, high) for low, high in places if len(set(text[low + 1 : high - 1])) > 1]
    if not places:
        return text
    count = max(1, round(share * len(text.split())))
    letters = list(text)
    for which in rng.choice(len(places), min(count, len(places)), replace=False):
        low, high = places[which]
        at = [i for i in range(low + 1, high - 2) if letters[i] != letters[i + 1]]
        i = int(rng.choice(at))
        letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def swap_people(text: str) -> str:
    """Pronouns, some nouns and the generated tasks' names exchanged for those of the other gender.

    "her" becomes "his" before a word and "him" elsewhere. A text without such a word comes back as it is.
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


PERTURBATIONS: Registry[Perturbation] = Registry("perturbation")
PERTURBATIONS.add(Perturbation("typos", lambda text, _, rng: typos(text, rng)))
PERTURBATIONS.add(Perturbation("case", lambda text, _, rng: text.upper()))
PERTURBATIONS.add(Perturbation("paraphrase", lambda _, rephrased, rng: rephrased))
