"""Short texts rated by people: the data of VADER (Hutto and Gilbert 2014).

Four kinds of text, each rated by about twenty people from −4 (extremely negative) to 4 (extremely positive): sentences
of movie reviews, of product reviews and of newspaper editorials, and tweets. The rating of a text is their mean.
"""

from __future__ import annotations

import hashlib
import html
import re
import tarfile
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from utils.data.assets import asset_path

if TYPE_CHECKING:
    import pandas as pd

Scenario = Literal["movies", "products", "tweets", "editorials"]
Part = Literal["train", "validation", "test"]

_FILES: dict[Scenario, str] = {
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "products": "amazonReviewSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
    "editorials": "nytEditorialSnippets_GroundTruth.txt",
}
_ENDS: dict[Part, tuple[float, float]] = {"train": (0.0, 0.6), "validation": (0.6, 0.8), "test": (0.8, 1.0)}


def load_reviews(
    scenario: Scenario = "movies",
    split: Part = "train",
    *,
    lukewarm: float = 0.0,
    balanced: bool = False,
    limit: int | None = None,
) -> pd.DataFrame:
    """Texts, each with its mean rating by about twenty people, and the sign of the rating as the label.

    The split never changes: about 60 % of the texts are for training, 20 % for validation (every choice is made there)
    and 20 % for testing. Texts that differ only in case, punctuation and spaces are in the same part; in products and
    editorials, so are all sentences of one review or article. (The data do not say which movie sentences belong
    together, so the split ignores it.) The order is random and never changes either, so the first n are a random
    sample. HTML escapes are decoded and runs of spaces replaced by one; nothing else is changed in the texts. Texts
    without a letter or digit are excluded, as are those rated exactly 0, which have no label; of equal ones only the
    first is included.

    Args:
        scenario: ``"movies"``, ``"products"``, ``"tweets"`` or ``"editorials"``.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        lukewarm: exclude texts with \\|rating\\| ≤ this, a number from 0 (excludes none) to below 4.
        balanced: equally many texts of both labels, alternating (0, 1, 0, 1, …), so that every even prefix is balanced
            too; surplus texts of the more frequent label are excluded.
        limit: at most this many texts, the first of the fixed order.

    Returns:
        DataFrame with the columns ``text`` (str), ``rating`` (float64 in [−4, 4]) and ``label`` (int64: 1 for a rating
        above 0, 0 for one below), indexed 0, 1, ….

    Raises:
        ValueError: an argument is not one of those above.
        utils.data.assets.AssetError: the data are not in the cache yet and cannot be fetched.

    Example:
        >>> reviews = load_reviews("movies", "test", balanced=True)
        >>> list(reviews.columns), list(reviews["label"][:4])
        (['text', 'rating', 'label'], [0, 1, 0, 1])
    """
    _check(scenario, split, lukewarm, limit)
    everything = _everything(scenario)
    low, high = _ENDS[split]
    mask = (everything["place"] >= low) & (everything["place"] < high) & (everything["rating"].abs() > lukewarm)
    part = everything.loc[mask, ["text", "rating", "label"]]
    if balanced:
        turn = part.groupby("label").cumcount()
        part = part[turn < part["label"].value_counts().reindex([0, 1], fill_value=0).min()]
        part = part.assign(turn=turn).sort_values(["turn", "label"], kind="stable")[["text", "rating", "label"]]
    return part.iloc[:limit].reset_index(drop=True)


def _check(scenario: str, split: str, lukewarm: float, limit: int | None) -> None:
    for name, value, choices in (("scenario", scenario, get_args(Scenario)), ("split", split, get_args(Part))):
        if value not in choices:
            raise ValueError(f"{name}={value!r} was given, but must be one of {', '.join(map(repr, choices))}.")
    if not 0 <= lukewarm < 4:
        raise ValueError(f"lukewarm={lukewarm} was given, but ratings reach from −4 to 4: choose from 0 to below 4.")
    if limit is not None and limit < 1:
        raise ValueError(f"limit={limit} was given, but at least one text is needed.")


@lru_cache(maxsize=len(_FILES))
def _everything(scenario: Scenario) -> pd.DataFrame:
    """All texts of a scenario in their fixed order, with ``place`` in [0, 1), which determines the part."""
    import pandas as pd

    lines = _file(_FILES[scenario]).decode("utf-8-sig").rstrip("\r\n").split("\r\n")
    texts, ratings, keys, sources = [], [], [], []
    for line in lines:
        identity, rating, text = line.split("\t")
        # Some files were escaped twice: &amp;amp;.
        texts.append(" ".join(html.unescape(html.unescape(text)).split()))
        ratings.append(float(rating))
        keys.append(" ".join(re.findall(r"[^\W_]+", texts[-1].casefold())))
        # 12_3 is the third sentence of the twelfth review; a plain number does not identify the source.
        sources.append(identity.split("_")[0] if "_" in identity else identity)
    table = pd.DataFrame({"text": texts, "rating": ratings, "key": keys, "source": sources})
    table["place"] = [_fraction(scenario, group) for group in _groups(keys, sources)]
    table["order"] = [_fraction(scenario, "order", key) for key in keys]
    table["label"] = (table["rating"] > 0).astype(np.int64)
    usable = (table["key"] != "") & (table["rating"] != 0)
    return table[usable].drop_duplicates("key").sort_values("order", kind="stable")


def _file(name: str) -> bytes:
    with tarfile.open(asset_path("rated-reviews"), "r|gz") as archive:
        for member in archive:
            if member.name == f"hutto_ICWSM_2014/{name}" and (file := archive.extractfile(member)):
                return file.read()
    raise FileNotFoundError(f"The archive of rated reviews has no file {name}.")


def _groups(keys: list[str], sources: list[str]) -> list[str]:
    """A group name for each text; texts with a common source, or equal texts, get the same name."""
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        while leader.setdefault(node, node) != node:
            node = leader[node]
        return node

    for key, source in zip(keys, sources, strict=True):
        first, second = sorted((find(f"text {key}"), find(f"source {source}")))
        leader[second] = first
    return [find(f"source {source}") for source in sources]


def _fraction(*parts: str) -> float:
    """A number in [0, 1) that depends only on the parts."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
