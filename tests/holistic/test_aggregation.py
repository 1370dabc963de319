"""From a table to a ranking: win rates as HELM defines them, means, ranks and leads with intervals."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import holistic

nan = np.nan
# Three tasks rank A > B > C, two rank B > C > A.
VOTERS = pd.DataFrame(
    [[3, 3, 3, 1, 1], [2, 2, 2, 3, 3], [1, 1, 1, 2, 2]], list("ABC"), [f"task {i}" for i in range(5)], dtype=float
)


def test_the_leader_changes_because_a_loser_left():
    everybody = holistic.mean_win_rate(VOTERS)
    assert everybody.round(12).to_dict() == {"A": 0.6, "B": 0.7, "C": 0.2}
    assert holistic.mean_win_rate(VOTERS.drop("C")).round(12).to_dict() == {"A": 0.6, "B": 0.4}
    assert holistic.ranks(everybody).to_dict() == {"A": 2, "B": 1, "C": 3}


def test_ties_count_half_and_missing_cells_are_nobodys():
    table = pd.DataFrame({"x": [0.5, 0.5, 0.1, nan], "y": [nan, 1.0, nan, nan]}, list("ABCD"))
    rates = holistic.win_rates(table)
    assert rates["x"].tolist()[:3] == [0.75, 0.75, 0.0]
    assert np.isnan(rates.loc["D", "x"])
    assert rates["y"].isna().all(), "B is alone in y, so nobody is compared there"
    mean = holistic.mean_win_rate(table)
    assert mean.tolist()[:3] == [0.75, 0.75, 0.0]
    assert np.isnan(mean["D"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(1, 6))
def test_win_rates_count_what_a_double_loop_counts(seed, models, columns):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (models, columns)).astype(float)
    values[rng.random(values.shape) < 0.2] = nan
    rates = holistic.win_rates(pd.DataFrame(values)).to_numpy()
    for i, c in itertools.product(range(models), range(columns)):
        others = [values[j, c] for j in range(models) if j != i and np.isfinite(values[j, c])]
        if np.isnan(values[i, c]) or not others:
            assert np.isnan(rates[i, c])
        else:
            points = [1.0 if values[i, c] > v else 0.5 if values[i, c] == v else 0.0 for v in others]
            assert rates[i, c] == pytest.approx(np.mean(points))


def test_a_weighted_mean_needs_every_cell_that_has_weight():
    table = pd.DataFrame({"x": [1.0, 0.0], "y": [0.0, nan]}, ["A", "B"])
    assert np.isnan(holistic.weighted_mean(table)["B"])
    assert holistic.weighted_mean(table, {"x": 2})["B"] == 0.0
    assert holistic.weighted_mean(table, [3, 1]).loc["A"] == 0.75
    assert holistic.weighted_mean(table, missing="renormalise")["B"] == 0.0


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2, 3], "2 columns"),
        ([-1, 2], "non-negative"),
        ([0, 0], "at least one positive"),
        ({"z": 1}, "no such column"),
    ],
)
def test_weights_that_are_none_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        holistic.weighted_mean(pd.DataFrame({"x": [1.0], "y": [1.0]}), weights)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame(), "DataFrame"),
        (pd.DataFrame({"x": ["good"]}), "not a number"),
        (pd.DataFrame({"x": [np.inf]}), "infinite"),
        (pd.DataFrame({"x": [1.0, 2.0]}, ["A", "A"]), "'A' occurs twice"),
    ],
)
def test_tables_that_are_none_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        holistic.win_rates(table)


def test_intervals_are_narrow_for_a_clear_order_and_wide_for_a_coin():
    rng = np.random.default_rng(1)
    clear = pd.DataFrame([np.full(8, 3.0), np.full(8, 2.0), np.full(8, 1.0)], list("ABC"))
    intervals = holistic.rank_intervals(clear, by="mean")
    assert intervals["rank_low"].tolist() == intervals["rank_high"].tolist() == [1, 2, 3]
    assert holistic.lead_intervals(clear, by="mean")["apart"].all()
    coin = pd.DataFrame(rng.random((3, 8)), list("ABC"))
    assert (holistic.rank_intervals(coin)["rank_high"] - holistic.rank_intervals(coin)["rank_low"]).max() >= 1
    assert not holistic.lead_intervals(coin)["apart"].all()


def test_metrics_of_one_scenario_are_drawn_together():
    columns = pd.MultiIndex.from_product([["only"], ["accuracy", "robustness"]])
    table = pd.DataFrame([[1.0, 0.0], [0.0, 0.5]], ["A", "B"], columns)
    intervals = holistic.rank_intervals(table, by="mean")
    assert (intervals["score_low"] == intervals["score_high"]).all(), (
        "resampling a single scenario gives the table itself"
    )


def test_a_bootstrap_over_items_covers_the_mean_as_often_as_it_says():
    rng, hits, rounds = np.random.default_rng(2), 0, 100
    for _ in range(rounds):
        items = {"task": pd.DataFrame({"A": rng.random(60) < 0.7, "B": rng.random(60) < 0.4}, dtype=float)}
        table = pd.DataFrame({"task": items["task"].mean()})
        resampled = holistic.redraw_items(items, ["A", "B"], resamples=300, seed=0)
        a = holistic.rank_intervals(table, resampled, by="mean").loc["A"]
        hits += a["score_low"] <= 0.7 <= a["score_high"]
    assert 0.87 <= hits / rounds <= 0.99


def test_redrawn_tables_must_be_those_of_the_table():
    with pytest.raises(ValueError, match="redrawn has shape"):
        holistic.rank_intervals(VOTERS, np.zeros((10, 2, 5)))
    with pytest.raises(ValueError, match="at least two"):
        holistic.redraw_items({"task": pd.DataFrame({"A": [1.0]})}, ["A"])
    with pytest.raises(ValueError, match="'win rate' or 'mean'"):
        holistic.rank_intervals(VOTERS, by="median")


def test_shares_of_first_places_count_ties_equally_and_follow_the_resamples():
    table = pd.DataFrame({"x": [1.0, 0.0, 0.5], "y": [0.0, 1.0, 0.5]}, list("ABC"))
    # Of two columns drawn twice, both are x (A), both are y (B), or one of each: then all three tie.
    shares = holistic.first_place_shares(table, by="mean", resamples=20_000)
    assert shares.to_numpy() == pytest.approx([1 / 4 + 1 / 6, 1 / 4 + 1 / 6, 1 / 6], abs=0.01)
    redrawn = np.array([[[0.9], [0.1], [np.nan]], [[0.9], [0.9], [np.nan]], [[0.1], [0.9], [np.nan]]])
    items = holistic.first_place_shares(table[["x"]], redrawn, by="win rate")
    assert items.to_numpy() == pytest.approx([1 / 2, 1 / 2, 0])


def test_ties_survive_the_rounding_errors_of_sums():
    # 0.1 + 0.2 and 0.3 differ in the last digit, and nowhere else.
    table = pd.DataFrame({"x": [0.1, 0.3, 0.0], "y": [0.2, 0.0, 0.0]}, list("ABC"))
    ranking = holistic.rank_intervals(table, np.stack([table.to_numpy()] * 3), by="mean")
    assert ranking["rank"].tolist() == ranking["rank_low"].tolist() == [1.5, 1.5, 3]
