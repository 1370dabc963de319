"""Models: each text is encoded once."""

import dataclasses

import numpy as np
import pytest

from utils.holistic import MODELS, Model


def test_each_text_is_encoded_once_and_another_model_encodes_again():
    batches = []

    def lengths(texts):
        batches.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts])

    model = Model("lengths", features=lengths)
    codes, milliseconds = model.encode(["a", "bcd", "a"])
    assert codes.tolist() == [[1, 1], [3, 1], [1, 1]]
    assert milliseconds >= 0
    model.encode(["bcd", "ef"])
    assert batches == [["a", "bcd"], ["ef"]]
    dataclasses.replace(model, name="other").encode(["a"])
    assert batches[2:] == [["a"]]


def test_a_model_without_features_encodes_nothing():
    with pytest.raises(ValueError, match="vader has no features"):
        MODELS["vader"].encode(["a"])
