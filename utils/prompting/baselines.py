"""What a prompt has to beat: a lexicon that was made by hand, and counted words with logistic regression."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def vader_scores(texts: Sequence[str]) -> NDArray[np.float64]:
    """Sentiment of each text by VADER (Hutto and Gilbert 2014), float64 (n,) in [−1, 1]; above 0 is positive.

    A lexicon of 7,500 words, each rated by ten people, and rules for negation, degree and emphasis. It learns nothing,
    and knows no word outside its lexicon: a text without one scores exactly 0. Its authors rated the course's reviews
    as well; the lexicon was made before, from other material.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts], dtype=np.float64)


def bag_of_words(texts: Sequence[str], labels: ArrayLike, test_texts: Sequence[str]) -> NDArray[np.float64]:
    """Class probabilities (m, k) of test texts, by logistic regression on which words and pairs of words occur.

    Args:
        texts: n training texts.
        labels: (n,) classes, 0 to k − 1, each at least once.
        test_texts: m texts.

    Counts are weighted by inverse document frequency and each text scaled to length 1 (Salton and Buckley 1988), with
    the penalty of scikit-learn's default: nothing is tuned.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000))
    return np.asarray(model.fit(list(texts), np.asarray(labels)).predict_proba(list(test_texts)), dtype=np.float64)
