"""Answers to exercise 2, the mean win rate."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="05_holistic",
    notebook="holistic",
    title="2 mean win rate",
    read="05_holistic: From the grid to one number",
    solutions=("mean_win_rate",),
    checks=("mean_win_rate-three_programs", "mean_win_rate-missing", "mean_win_rate-theory"),
    equivalent={
        "if present.sum() >= 2: -> if present.sum() >= 1:": "a lone score is then divided by 0, which gives nan",
        (
            "equal = np.sum(column[:, None] == column, axis=1) - 1 -> "
            "equal = np.sum(column[:, None] == column, axis=0) - 1"
        ): "who ties with whom is symmetric",
    },
)
right, wrong = EXERCISE.right("mean_win_rate"), EXERCISE.wrong("mean_win_rate")


@right
def plays_every_match(scores):
    """Goes through programs, tests and rivals in three loops."""
    rows, means = [list(map(float, row)) for row in scores], []
    for i, row in enumerate(rows):
        rates = []
        for c, mine in enumerate(row):
            theirs = [other[c] for j, other in enumerate(rows) if j != i and not np.isnan(other[c])]
            if not np.isnan(mine) and theirs:
                points = [1 if mine > score else 0.5 if mine == score else 0 for score in theirs]
                rates.append(sum(points) / len(points))
        means.append(sum(rates) / len(rates) if rates else float("nan"))
    return means


@right
def ranks_the_columns_with_scipy(scores):
    """Uses that beaten plus half of the tied is the average rank minus one."""
    from scipy.stats import rankdata

    table = np.array(scores, dtype=float)
    rates = np.full(table.shape, np.nan)
    for c in range(table.shape[1]):
        there = np.flatnonzero(~np.isnan(table[:, c]))
        if len(there) > 1:
            rates[there, c] = (rankdata(table[there, c]) - 1) / (len(there) - 1)
    return np.nanmean(rates, axis=1)


@right
def ranks_the_columns_with_pandas(scores):
    """Lets pandas rank, which leaves nan alone, and divide a column by its number of rivals."""
    import pandas as pd

    table = pd.DataFrame(np.asarray(scores, dtype=float))
    rivals = (table.count() - 1).where(table.count() > 1)
    return ((table.rank() - 1) / rivals).mean(axis=1).to_numpy()


@right
def compares_the_whole_table_at_once(scores):
    """Takes the signs of all differences: win 1, tie 0, loss -1; divides 0 by 0 where nobody is there to play."""
    table = np.asarray(scores, dtype=float)
    sign = np.sign(table[:, None] - table)
    valid = ~np.isnan(sign)
    valid[np.arange(len(table)), np.arange(len(table))] = False
    rates = np.where(valid, (np.nan_to_num(sign) + 1) / 2, 0).sum(axis=1) / valid.sum(axis=1)
    return np.nanmean(rates, axis=1)


@wrong
def gives_ties_nothing(scores):
    """Counts only those that are beaten; a tie is worth as much as a loss."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    rivals = there.sum(axis=0) - 1
    beaten = (table[:, None] > table).sum(axis=1)
    return np.nanmean(np.where(there & (rivals > 0), beaten / rivals, np.nan), axis=1)


@wrong
def divides_by_all(scores):
    """Divides by N instead of N - 1, as if a program played against itself."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    n = there.sum(axis=0)
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    return np.nanmean(np.where(there & (n > 1), won / n, np.nan), axis=1)


@wrong
def counts_missing_as_zero(scores):
    """Fills missing cells with 0, so that whoever was not tested is beaten, or even beats."""
    table = np.nan_to_num(np.asarray(scores, dtype=float))
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    return (won / (len(table) - 1)).mean(axis=1)


@wrong
def counts_those_missing_as_rivals(scores):
    """Divides by the number of all other programs, also by those that have no score in the column."""
    table = np.asarray(scores, dtype=float)
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    return np.nanmean(np.where(np.isnan(table), np.nan, won / (len(table) - 1)), axis=1)


@wrong
def gives_a_missing_cell_no_points(scores):
    """Divides the sum of a program's win rates by the number of all columns."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    rivals = there.sum(axis=0) - 1
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    return np.where(there & (rivals > 0), won / np.maximum(rivals, 1), 0).mean(axis=1)


@wrong
def drops_columns_with_a_missing_cell(scores):
    """Compares only in the columns in which everybody has a score."""
    table = np.asarray(scores, dtype=float)
    table = table[:, ~np.isnan(table).any(axis=0)]
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    return (won / (len(table) - 1)).mean(axis=1)


@wrong
def gives_a_lone_score_a_win(scores):
    """Gives a win to whoever is alone in a column, where there is nobody to beat."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    rivals = there.sum(axis=0) - 1
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    rates = np.where(rivals > 0, won / np.maximum(rivals, 1), 1.0)
    return np.nanmean(np.where(there, rates, np.nan), axis=1)


@wrong
def counts_first_places(scores):
    """Counts in how many tests a program is the best."""
    table = np.asarray(scores, dtype=float)
    return (table == np.nanmax(table, axis=0)).mean(axis=1)


@wrong
def pools_all_matches(scores):
    """Divides all matches won by all matches played, so that a column with many programs counts more."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    won = (table[:, None] > table).sum(axis=1) + ((table[:, None] == table).sum(axis=1) - 1) / 2
    played = there * (there.sum(axis=0) - 1)
    return (won * there).sum(axis=1) / played.sum(axis=1)


@wrong
def compares_the_averages(scores):
    """Averages first and compares afterwards: then the unit of each test decides what it weighs."""
    means = np.nanmean(np.asarray(scores, dtype=float), axis=1)
    return ((means[:, None] > means).sum(axis=1) + ((means[:, None] == means).sum(axis=1) - 1) / 2) / (len(means) - 1)


@wrong
def lets_nearly_equal_scores_tie(scores):
    """Calls two scores tied if np.isclose says so: 1000.001 and 1000.002 milliseconds are then a tie."""
    table = np.asarray(scores, dtype=float)
    means = []
    for i, row in enumerate(table):
        others = np.delete(table, i, axis=0)
        tied = np.isclose(row, others)
        points = ((row > others) & ~tied) + tied / 2
        there = ~np.isnan(others) & ~np.isnan(row)
        rates = np.where(there.any(axis=0), (points * there).sum(axis=0) / there.sum(axis=0), np.nan)
        means.append(np.nanmean(rates))
    return np.array(means)


@wrong
def rounds_the_table_to_single_precision(scores):
    """Reads the table as float32, in which scores that differ by a billionth are the same number."""
    table = np.asarray(scores, dtype=np.float32)
    there = ~np.isnan(table)
    rivals = there.sum(axis=0) - 1
    points = np.array([(row > table).sum(axis=0) + ((row == table).sum(axis=0) - 1) / 2 for row in table])
    return np.nanmean(np.where(there & (rivals > 0), points / rivals, np.nan), axis=1)


@wrong
def averages_over_opponents_last(scores):
    """Finds the share of common tests won against each opponent, then averages over opponents, not over tests."""
    table = np.asarray(scores, dtype=float)
    won = (np.sign(table[:, None] - table) + 1) / 2
    won[np.arange(len(table)), np.arange(len(table))] = np.nan
    return np.nanmean(np.nanmean(won, axis=2), axis=1)


@wrong
def beats_whoever_is_missing(scores):
    """Counts a program without a score in the column as beaten by all that have one."""
    table = np.asarray(scores, dtype=float)
    here = ~np.isnan(table)
    lowest = np.where(here, table, -np.inf)
    won = np.array([(row > lowest).sum(axis=0) + ((row == lowest).sum(axis=0) - 1) / 2 for row in table])
    return np.nanmean(np.where(here & (here.sum(axis=0) > 1), won / max(len(table) - 1, 1), np.nan), axis=1)


@wrong
def fills_the_missing_cells_of_the_caller(scores):
    """Fills the missing cells of the table that it is given."""
    table = np.asarray(scores, dtype=float)
    missing = np.isnan(table)
    table[missing] = -np.inf
    rates = np.full(table.shape, np.nan)
    for c in range(table.shape[1]):
        there = table[~missing[:, c], c]
        if len(there) > 1:
            won = [(np.sum(there < x) + (np.sum(there == x) - 1) / 2) / (len(there) - 1) for x in there]
            rates[~missing[:, c], c] = won
    return np.nanmean(rates, axis=1)


@wrong
def takes_the_median_over_the_columns(scores):
    """Takes the median of a program's win rates, where the text says the average."""
    table = np.asarray(scores, dtype=float)
    rates = np.full(table.shape, np.nan)
    for c, column in enumerate(table.T):
        there = column[~np.isnan(column)]
        if len(there) > 1:
            won = [(np.sum(there < x) + (np.sum(there == x) - 1) / 2) / (len(there) - 1) for x in there]
            rates[~np.isnan(column), c] = won
    return np.nanmedian(rates, axis=1)


@wrong
def empties_the_columns_of_the_caller(scores):
    """Writes nan into the table that it is given, where a column compares nobody."""
    table = np.asarray(scores, dtype=float)
    count = (~np.isnan(table)).sum(axis=0)
    table[:, count < 2] = np.nan
    beaten = (table[:, None] > table[None]).sum(axis=1)
    tied = (table[:, None] == table[None]).sum(axis=1) - 1
    rates = (beaten + tied / 2) / (count - 1)
    rates[np.isnan(table)] = np.nan
    return np.nanmean(rates, axis=1)
