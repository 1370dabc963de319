"""The reviews: ratings and labels, and a split in which no text is on both sides."""

import hashlib
import re

import numpy as np
import pytest

from utils.data import load_reviews

SCENARIOS = ["movies", "products", "tweets", "editorials"]
PARTS = ["train", "validation", "test"]


def keys(table):
    return {re.sub(r"[\W_]+", " ", text.casefold()).strip() for text in table["text"]}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_ratings_labels_and_texts(scenario):
    for part in PARTS:
        table = load_reviews(scenario, part)
        assert list(table.columns) == ["text", "rating", "label"]
        assert table["rating"].between(-4, 4).all()
        assert (table["label"] == (table["rating"] > 0)).all()
        assert table["label"].dtype == np.int64
        assert (table["rating"] != 0).all()
        assert (table["text"] == table["text"].str.strip()).all()
        assert not table["text"].str.contains(r"&amp;|&lt;|&quot;|\t|\r|\n", regex=True).any()
        assert list(table.index) == list(range(len(table)))


@pytest.mark.parametrize(
    ("scenario", "usable"), [("movies", 10_566), ("products", 3_590), ("tweets", 4_041), ("editorials", 4_884)]
)
def test_no_text_is_in_two_parts_and_none_twice(scenario, usable):
    parts = [load_reviews(scenario, part) for part in PARTS]
    assert sum(len(keys(part)) for part in parts) == sum(map(len, parts)) == usable
    assert len(set.union(*map(keys, parts))) == usable
    shares = np.array([len(part) for part in parts]) / usable
    np.testing.assert_allclose(shares, [0.6, 0.2, 0.2], atol=0.05)


def test_sentences_of_one_article_are_in_one_part():
    """Two sentences that follow each other in the first editorial."""
    first, second = "Events include sprinting", "It's mainly a holiday celebration"
    homes = [
        {part for part in PARTS if load_reviews("editorials", part)["text"].str.startswith(text).any()}
        for text in (first, second)
    ]
    assert homes[0] == homes[1]
    assert len(homes[0]) == 1


def test_the_split_is_the_one_that_everything_was_chosen_on():
    text = "\n".join(load_reviews("movies", "test")["text"])
    assert hashlib.sha256(text.encode()).hexdigest().startswith("3a320e8db97732a5")


def test_lukewarm_balanced_and_limited():
    table = load_reviews("movies", "validation", lukewarm=1, balanced=True, limit=101)
    assert len(table) == 101
    assert (table["rating"].abs() > 1).all()
    assert list(table["label"]) == [i % 2 for i in range(101)]
    assert keys(table) <= keys(load_reviews("movies", "validation"))
    whole = load_reviews("tweets", "test", balanced=True)
    assert (whole["label"].value_counts() == len(whole) // 2).all()


def test_a_limit_takes_the_first_of_the_fixed_order():
    assert load_reviews("tweets", limit=7).equals(load_reviews("tweets").iloc[:7])


def test_the_tables_are_the_callers_own():
    table = load_reviews("tweets", "test")
    table.loc[:, "rating"] = 0
    assert (load_reviews("tweets", "test")["rating"] != 0).all()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"scenario": "films"}, "'movies', 'products', 'tweets', 'editorials'"),
        ({"split": "dev"}, "'train', 'validation', 'test'"),
        ({"lukewarm": 4}, "from 0 to below 4"),
        ({"limit": 0}, "at least one text is needed"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(arguments, match):
    with pytest.raises(ValueError, match=match):
        load_reviews(**arguments)
