"""Weights under which a model wins, or a proof that there are none."""

import numpy as np
import pandas as pd
import pytest

from utils import holistic

nan = np.nan


def test_winning_weights_win_and_their_absence_has_a_proof():
    rng = np.random.default_rng(0)
    for _ in range(30):
        table = pd.DataFrame(rng.random((4, 3)), list("ABCD"), list("xyz"))
        for model in table.index:
            weights, mixture = holistic.winning_weights(table, model), holistic.dominating_mixture(table, model)
            assert (weights is None) != (mixture is None)
            if weights is not None:
                assert weights.sum() == pytest.approx(1)
                assert (weights >= 0).all()
                assert holistic.weighted_mean(table, weights).idxmax() == model
            else:
                others = table.drop(model)
                assert ((mixture @ others) >= table.loc[model] - 1e-9).all()


def test_of_all_winning_weights_those_with_the_largest_lead_are_given():
    table = pd.DataFrame({"x": [1.0, 0.0], "y": [0.0, 0.4]}, ["A", "B"])
    assert holistic.winning_weights(table, "A").to_dict() == {"x": 1.0, "y": 0.0}
    assert holistic.winning_weights(table, "B", at_least=0.25).round(9).to_dict() == {"x": 0.25, "y": 0.75}
    assert holistic.winning_weights(table, "B", at_least=0.2).round(9).to_dict() == {"x": 0.2, "y": 0.8}
    assert holistic.winning_weights(table, "B", at_least=0.5) is None


def test_a_tie_is_no_win_and_a_missing_column_has_no_weight():
    table = pd.DataFrame({"x": [1.0, 1.0], "y": [0.0, 0.0]}, ["A", "B"])
    assert holistic.winning_weights(table, "A") is None
    table = pd.DataFrame({"x": [1.0, 0.0], "y": [9.0, nan]}, ["A", "B"])
    assert holistic.winning_weights(table, "A").to_dict() == {"x": 1.0, "y": 0.0}
    with pytest.raises(ValueError, match="No column"):
        holistic.winning_weights(table[["y"]], "A")
    with pytest.raises(ValueError, match="not a row"):
        holistic.winning_weights(table, "C")
