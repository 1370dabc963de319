"""Codes and factors: levels, bins, and the split into training and test points."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.codes import noisy
from utils.disentanglement.validation import (
    as_matrix,
    equal_width_bins,
    require_at_least,
    require_two_levels,
    train_test_split,
    validated,
)


def test_discrete_factors_are_numbered_and_continuous_ones_are_binned() -> None:
    rng = np.random.default_rng(0)
    whole = np.array([-5, 100, 7])[rng.integers(3, size=200)]
    few = np.array([0.25, 0.5])[rng.integers(2, size=200)]
    continuous = np.concatenate([[0.0, 1.0], rng.uniform(size=198)])
    data = validated(np.zeros((200, 1)), np.column_stack([whole, few, continuous]), factor_bins=4)
    assert data.sizes == (3, 2, 4)
    np.testing.assert_array_equal(np.array([-5, 7, 100])[data.levels[:, 0]], whole)
    np.testing.assert_array_equal(np.array([0.25, 0.5])[data.levels[:, 1]], few)
    np.testing.assert_array_equal(data.levels[:, 2], np.minimum(continuous * 4, 3).astype(int))
    assert data.levels.dtype == np.int64


def test_whole_numbers_are_levels_however_many_there_are() -> None:
    data = validated(np.zeros((300, 1)), np.arange(300)[:, None], factor_bins=4)
    assert data.sizes == (300,)


def test_a_value_on_an_edge_belongs_to_the_upper_bin() -> None:
    column = np.array([[0.0], [0.25], [0.5], [0.75], [1.0]])
    assert equal_width_bins(column, 4)[:, 0].tolist() == [0, 1, 2, 3, 3]
    assert len(np.unique(equal_width_bins(np.full((5, 1), 0.1), 4))) == 1


def test_the_split_is_a_partition_that_follows_its_seed() -> None:
    codes, factors = noisy(300)
    data = validated(codes, factors, 20)
    train, test = train_test_split(data, 1 / 3, seed=0)
    assert (len(train.codes), len(test.codes)) == (200, 100)
    both = np.concatenate([train.codes, test.codes])
    np.testing.assert_array_equal(both[np.argsort(both[:, 0])], codes[np.argsort(codes[:, 0])])
    np.testing.assert_array_equal(train.codes, train_test_split(data, 1 / 3, seed=0)[0].codes)
    assert not np.array_equal(train.codes, train_test_split(data, 1 / 3, seed=1)[0].codes)


def test_what_does_not_fit_is_refused_in_one_sentence() -> None:
    data = validated(*noisy(4), factor_bins=20)
    with pytest.raises(ValueError, match=r"a test share of 0\.01 of 4 points leaves one part empty"):
        train_test_split(data, 0.01, seed=0)
    with pytest.raises(ValueError, match="test_share is 0"):
        train_test_split(data, 0, seed=0)
    with pytest.raises(ValueError, match="factor 3 has a single level"):
        require_two_levels(np.zeros(5, dtype=np.int64), 3)
    with pytest.raises(ValueError, match="second is 1, but must be at least 2"):
        require_at_least(2, first=2, second=1)
    with pytest.raises(ValueError, match=r"weights have shape \(3,\)"):
        as_matrix([1, 2, 3], "weights")
