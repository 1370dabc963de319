"""The shipped table: its provenance, its numbers, and how it is stored."""

import numpy as np
import pytest

from utils import holistic
from utils.holistic import METRICS, SCENARIOS, Outcome, table

nan = np.nan


def test_answers_are_stored_to_five_digits_and_a_half_stays_a_half(tmp_path):
    probabilities = np.array([[[0.5, 0.5], [0.123456, 0.876544], [1.0, 0.0]]])
    facts = {"milliseconds": 1.5, "labels": 4.0, "trained": 7.0, "bytes": 3e8}
    empty = np.full((3, 2), nan)
    result = Outcome(np.array([0, 1, 0]), probabilities, empty, empty, facts, states_probability=False)
    table.write({table.Run("s", "m", "a"): result}, {}, tmp_path / "one.csv")
    (read,) = table.outcomes(tmp_path / "one.csv").values()
    np.testing.assert_allclose(read.probabilities, probabilities, atol=1e-5)
    assert read.probabilities[0, 0].tolist() == [0.5, 0.5]
    assert np.isnan(read.changed).all()
    assert (read.facts, read.states_probability) == (facts, False)


def test_the_shipped_table_says_how_it_came_about_and_is_what_its_answers_say():
    cells, record = holistic.load(), holistic.provenance()
    assert record["command"].startswith("python -m utils.holistic")
    assert {"torch", "transformers", "python"} <= set(record["versions"])
    assert set(cells["scenario"]) == set(SCENARIOS)
    assert set(cells["metric"]) == set(METRICS)
    assert (cells["value"].notna() == (cells["reason"] == "")).all()
    accuracy = cells[(cells["metric"] == "accuracy") & cells["value"].notna()]
    assert len(accuracy) == record["cells"]["answered"]
    answered = holistic.outcomes()
    for row in accuracy.itertuples():
        result = answered[table.Run(row.scenario, row.model, row.adaptation)]
        assert row.value == pytest.approx(METRICS["accuracy"].compute(result, np.arange(len(result.labels))), abs=1e-5)
        assert row.low <= row.value <= row.high
