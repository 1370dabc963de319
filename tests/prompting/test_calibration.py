"""Contextual calibration: what holds for any probabilities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.prompting import calibrate, label_probabilities, median_answers

tables = arrays(np.float64, st.tuples(st.integers(1, 6), st.just(3)), elements=st.floats(0.01, 1))


@settings(deadline=None, max_examples=30)
@given(tables)
def test_calibrating_with_a_fair_prompt_changes_nothing(table):
    p = label_probabilities(np.log(table))
    np.testing.assert_allclose(calibrate(p, np.full((1, 3), 1 / 3)), p)


@settings(deadline=None, max_examples=30)
@given(tables, tables)
def test_calibrated_rows_are_probabilities(table, empty):
    q = calibrate(label_probabilities(np.log(table)), label_probabilities(np.log(empty)))
    np.testing.assert_allclose(q.sum(axis=1), 1)
    assert (q >= 0).all()


@settings(deadline=None, max_examples=30)
@given(tables)
def test_what_says_nothing_is_answered_with_nothing(table):
    p = label_probabilities(np.log(table[:1]))
    np.testing.assert_allclose(calibrate(p, p), 1 / 3)


@settings(deadline=None, max_examples=30)
@given(tables, arrays(np.float64, (1, 3), elements=st.floats(-3, 3)))
def test_calibration_takes_out_any_lean_of_the_log_probabilities(table, lean):
    """With one content-free input a constant added to a label's scores is undone, whatever it is."""
    scores, empty = np.log(table), np.log(table[:1])
    plain = calibrate(label_probabilities(scores), label_probabilities(empty))
    leaning = calibrate(label_probabilities(scores + lean), label_probabilities(empty + lean))
    np.testing.assert_allclose(leaning, plain, atol=1e-9)


def test_content_free_answers_are_averaged_as_probabilities():
    empty = np.array([[0.9, 0.1], [0.5, 0.5]])
    np.testing.assert_allclose(calibrate([[0.7, 0.3]], empty), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("probabilities", "empty", "match"),
    [
        ([[-0.1, -2.0]], [[0.5, 0.5]], "label_probabilities first"),
        ([[0.5, 0.5]], [[0.2, 0.3, 0.5]], "2 labels and content_free 3"),
        ([[0.5, 0.5]], [[1.0, 0.0]], "probability 0"),
        ([0.5, 0.5], [[0.5, 0.5]], "one row per text"),
    ],
)
def test_calibration_refuses_what_is_not_probabilities(probabilities, empty, match):
    with pytest.raises(ValueError, match=match):
        calibrate(probabilities, empty)


def test_the_median_threshold_calls_half_of_the_texts_positive_in_their_order():
    p = np.array([0.90, 0.99, 0.97, 0.95])
    answers = median_answers(np.column_stack([1 - p, p]))
    assert answers.tolist() == [0, 1, 1, 0]
    assert median_answers(np.column_stack([1 - p / 2, p / 2])).tolist() == answers.tolist(), "only the order counts"
    with pytest.raises(ValueError, match="give two"):
        median_answers([[0.2, 0.3, 0.5]])
