"""Shares of variance and rank correlations of tables whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from utils.disentanglement.variance import bootstrap_order, permutation_p, rank_agreement, score_cube, variance_shares


def cube(method: float, strength: float, seed: float, *, seeds: int = 200) -> np.ndarray:
    """Scores (3, 4, seeds) whose variance due to each part is as given."""
    rng = np.random.default_rng(0)
    of_method = np.array([-1, 0, 1.0])
    of_strength = rng.standard_normal((3, 4))
    of_strength -= of_strength.mean(axis=1, keepdims=True)
    of_seed = rng.standard_normal((3, 4, seeds))
    parts = of_method[:, None, None], of_strength[:, :, None], of_seed
    return sum(np.sqrt(v) * part / part.std() for v, part in zip((method, strength, seed), parts, strict=True))


@pytest.mark.parametrize("truth", [(0.5, 0.3, 0.2), (0.0, 0.7, 0.3), (0.1, 0.0, 0.9)])
def test_shares_of_variance_are_recovered(truth):
    shares = variance_shares(cube(*truth), draws=200)
    np.testing.assert_allclose([share.mean for share in shares], truth, atol=0.03)
    assert sum(share.mean for share in shares) == pytest.approx(1)
    for share in shares:
        assert share.low <= share.mean <= share.high


def test_chance_differences_of_few_seeds_are_not_taken_for_effects():
    rng = np.random.default_rng(0)
    shares = [variance_shares(rng.standard_normal((3, 4, 5)), draws=2) for _ in range(200)]
    methods, strengths, seeds = np.array([[part.mean for part in share] for share in shares]).mean(axis=0)
    assert methods == pytest.approx(0, abs=0.02)
    assert strengths == pytest.approx(0, abs=0.02)
    assert seeds == pytest.approx(1, abs=0.02)


def test_the_order_of_two_shares_is_certain_only_if_they_differ():
    assert bootstrap_order(cube(0.0, 0.2, 0.8), "seed", "strength", draws=200) == 1
    assert bootstrap_order(cube(0.0, 0.2, 0.8), "strength", "seed", draws=200) == 0
    assert 0.1 < bootstrap_order(cube(0.0, 0.3, 0.7, seeds=5), "seed", "strength", draws=200) < 0.9
    with pytest.raises(ValueError, match="The part is 'seeds', but must be one of method, strength, seed"):
        bootstrap_order(cube(0.0, 0.5, 0.5), "seeds", "strength")


def test_intervals_contain_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    effects = cube(0.4, 0.2, 0.0, seeds=2)[:, :, :1]
    noise = 0.4
    sums = np.array([20 * effects.mean(axis=(1, 2)).var() * 3, 60 * effects.var(), 59 * noise])
    truth = np.array([sums[0], sums[1] - sums[0], sums[2]]) / (sums[1] + sums[2])
    hits = []
    for seed in range(60):
        shares = variance_shares(effects + rng.normal(0, noise**0.5, (3, 4, 5)), draws=200, seed=seed)
        hits.append([share.low <= true <= share.high for share, true in zip(shares, truth, strict=True)])
    assert np.mean(hits) > 0.85


@pytest.mark.parametrize("part", ["method", "strength"])
def test_where_only_the_seed_has_an_effect_small_p_values_are_as_rare_as_they_say(part):
    rng = np.random.default_rng(2)
    tables = rng.standard_normal((200, 3, 4, 5))
    p = [permutation_p(table, part, permutations=99, seed=i) for i, table in enumerate(tables)]
    assert np.mean(np.array(p) <= 0.05) < 0.1
    assert np.mean(p) == pytest.approx(0.5, abs=0.06)


def test_a_permutation_test_finds_the_part_that_has_an_effect():
    strengths = cube(0.0, 0.8, 0.2, seeds=5)
    assert permutation_p(strengths, "strength", permutations=199) == 1 / 200
    methods = cube(0.9, 0.02, 0.08, seeds=5)
    assert permutation_p(methods, "method", permutations=999) < 0.01
    # Four strengths per method that differ as much as the methods do are no evidence for the methods.
    assert permutation_p(cube(0.1, 0.8, 0.1, seeds=5), "method", permutations=999) > 0.05


def test_a_permutation_test_does_not_mistake_methods_for_strengths():
    assert permutation_p(cube(0.9, 0.0, 0.1, seeds=5), "strength", permutations=199) > 0.05


def test_a_permutation_test_refuses_what_it_cannot_shuffle():
    with pytest.raises(ValueError, match="'method' or 'strength'"):
        permutation_p(np.zeros((3, 4, 5)), "seed")
    with pytest.raises(ValueError, match="at least two"):
        permutation_p(np.zeros((3, 4, 1)), "strength")


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.zeros((3, 4)), "has the shape"),
        (np.zeros((3, 4, 1)), "at least two"),
        (np.full((2, 2, 2), np.nan), "NaN"),
        (np.ones((2, 2, 2)), "All scores are equal"),
    ],
)
def test_tables_that_cannot_be_decomposed_are_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        variance_shares(scores)


def long_table(scores: np.ndarray) -> pd.DataFrame:
    rows = [
        {"method": f"m{i}", "level": j, "seed": s, "mig": value, "udr": value**3, "sap": -value}
        for (i, j, s), value in np.ndenumerate(scores)
    ]
    return pd.DataFrame(rows)


def test_a_table_becomes_a_cube_in_any_order_of_rows():
    scores = np.random.default_rng(0).uniform(size=(3, 4, 5))
    table = long_table(scores)
    shuffled = table.sample(frac=1, random_state=0).sort_values("method", kind="stable")
    np.testing.assert_array_equal(score_cube(shuffled, "mig"), scores)


def test_an_incomplete_table_is_refused():
    table = long_table(np.random.default_rng(0).uniform(size=(3, 4, 5)))
    with pytest.raises(ValueError, match="one of each is needed"):
        score_cube(table.drop(index=7), "mig")


def test_rank_agreement_of_columns_that_order_models_alike_or_oppositely():
    table = long_table(np.random.default_rng(0).uniform(size=(3, 4, 5)))
    assert rank_agreement(table, "mig", "udr", draws=50) == pytest.approx((1, 1, 1))
    assert rank_agreement(table, "mig", "sap", draws=50) == pytest.approx((-1, -1, -1))
