"""The sentence encoder."""

import numpy as np
import pytest

from utils.holistic.embeddings import SentenceEncoder
from utils.store import CACHE_VARIABLE


def test_sentences_of_similar_meaning_have_similar_embeddings(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE)
    encoder = SentenceEncoder.load()
    codes = encoder.encode(["A dog runs in the park.", "The stock market fell.", "A puppy plays outside."])
    assert (codes.shape, codes.dtype) == ((3, 384), np.float32)
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, rtol=1e-5)
    assert codes[0] @ codes[2] > codes[0] @ codes[1] + 0.2
    assert encoder.num_bytes == pytest.approx(4 * 22.6e6, rel=0.02)
    np.testing.assert_allclose(encoder.encode(["The stock market fell."])[0], codes[1], atol=1e-5)
