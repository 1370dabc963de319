"""Scenarios: the shipped ones, and one's own."""

import pandas as pd
import pytest

from utils import holistic
from utils.holistic import SCENARIOS


def test_there_are_four_kinds_of_reviews_and_eight_generated_tasks():
    assert len(SCENARIOS) >= 12
    assert list(SCENARIOS)[:4] == ["movies", "products", "tweets", "editorials"]
    assert len(list(SCENARIOS)[4:]) >= 8


def test_a_scenario_of_ones_own_takes_a_few_lines_and_mistakes_are_named():
    rows = pd.DataFrame({"text": ["a", "b", "c", "d"], "label": [0, 1, 0, 1]})
    own = holistic.Scenario("own", "Is it?", ("no", "yes"), lambda part, n: rows)
    assert own.items("test", 4)["rephrased"].str.contains("wrote").all()
    with pytest.raises(ValueError, match="5 are needed"):
        own.items("test", 5)
