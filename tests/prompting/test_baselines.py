"""The lexicon and the bag of words."""

import numpy as np
import pytest

from utils.prompting import bag_of_words, vader_scores


def test_the_lexicon_knows_good_from_bad_and_keeps_silent_on_the_rest():
    good, bad, negated, unknown = vader_scores(["A great film.", "A terrible film.", "Not a great film.", "A film."])
    assert good > 0 > bad
    assert negated < 0
    assert unknown == 0


def test_bag_of_words_learns_which_words_go_with_which_label():
    texts = ["fine and funny", "fine work", "dull and sad", "dull work"] * 3
    probabilities = bag_of_words(texts, [1, 1, 0, 0] * 3, ["fine", "dull", "unheard"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert list(probabilities.argmax(axis=1)[:2]) == [1, 0]
    assert probabilities[2, 0] == pytest.approx(0.5, abs=0.02)
