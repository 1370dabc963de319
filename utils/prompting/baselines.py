"""Baselines for prompts: a hand-made lexicon, and word counts with logistic regression."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray


def vader_scores(texts: Sequence[str]) -> FloatArray:
    """Sentiment of each text by VADER (Hutto and Gilbert 2014), float64 (n,) in [−1, 1]; above 0 is positive.

    A lexicon of 7,500 words, each rated by ten people, with rules for negation, degree and emphasis. It learns nothing
    and ignores words outside its lexicon: a text without any lexicon word scores exactly 0. Its authors also had
    the course's reviews rated; the lexicon is older and was made from other material.

    Example:
        >>> vader_scores(["A great film.", "A film."]).tolist()
        [0.6249, 0.0]
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts], dtype=np.float64)


def bag_of_words(texts: Sequence[str], labels: ArrayLike, test_texts: Sequence[str]) -> FloatArray:
    """Class probabilities (m, k) of test texts, by logistic regression on which words and pairs of words occur.

    Counts are weighted by inverse document frequency, and each text is scaled to length 1 (Salton and Buckley 1988).
    The penalty is scikit-learn's default: nothing is tuned.

    Args:
        texts: n training texts.
        labels: (n,), classes 0 to k − 1, each at least once.
        test_texts: m texts.

    Example:
        >>> bag_of_words(["good film", "bad film"], [1, 0], ["good"]).argmax(axis=1).tolist()
        [1]
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000))
    return np.asarray(model.fit(list(texts), np.asarray(labels)).predict_proba(list(test_texts)), dtype=np.float64)
