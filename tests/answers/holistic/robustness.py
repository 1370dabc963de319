"""Answers to exercise 3, robustness."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="05_holistic",
    notebook="holistic",
    title="3 robustness",
    read="05_holistic: More than right or wrong",
    solutions=("robustness",),
    checks=("robustness-four_texts", "robustness-missing", "robustness-theory"),
)
right, wrong = EXERCISE.right("robustness"), EXERCISE.wrong("robustness")


@right
def reads_text_by_text(scores):
    """Collects the versions that there are in lists."""
    plain, average, worst = [], [], []
    for row in scores:
        there = [float(score) for score in row if not np.isnan(score)]
        plain.append(float(row[0]))
        average.append(sum(there) / len(there))
        worst.append(min(there))
    return [sum(numbers) / len(scores) for numbers in (plain, average, worst)]


@right
def uses_a_masked_array(scores):
    """Masks the missing versions, and lets NumPy's masked arrays leave them out."""
    table = np.ma.masked_invalid(np.array(scores, dtype=float))
    return float(table[:, 0].mean()), float(table.mean(axis=1).mean()), float(table.min(axis=1).mean())


@right
def uses_pandas(scores):
    """Lets pandas leave missing versions out, and returns an array."""
    import pandas as pd

    table = pd.DataFrame(np.asarray(scores, dtype=float))
    return np.array([table[0].mean(), table.mean(axis=1).mean(), table.min(axis=1).mean()])


@right
def fills_missing_versions(scores):
    """A missing version is filled with 1 for the minimum, with 0 for the sum, and counted apart."""
    table = np.asarray(scores, dtype=float)
    there = ~np.isnan(table)
    means = np.where(there, table, 0).sum(axis=1) / there.sum(axis=1)
    return table.T[0].mean(), means.mean(), np.where(there, table, 1.0).min(axis=1).mean()


@wrong
def takes_the_worst_column(scores):
    """Averages over texts first: the worst single change, which flatters who stumbles over another one each time."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), np.nanmean(table, axis=0).min()


@wrong
def pools_all_cells(scores):
    """Averages over all cells at once, so that a text with many versions counts more."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmean(table), np.nanmin(table, axis=1).mean()


@wrong
def takes_missing_for_wrong(scores):
    """Fills missing versions with 0."""
    table = np.nan_to_num(np.asarray(scores, dtype=float))
    return table[:, 0].mean(), table.mean(axis=1).mean(), table.min(axis=1).mean()


@wrong
def lets_nan_spread(scores):
    """Uses mean and min, which give nan as soon as one version is missing."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), table.mean(axis=1).mean(), table.min(axis=1).mean()


@wrong
def leaves_the_text_as_written_out(scores):
    """Takes the worst of the changed versions only, so that a change may make a program look better."""
    table = np.asarray(scores, dtype=float)
    changed = np.where(np.isnan(table[:, 1:]).all(axis=1, keepdims=True), table[:, :1], table[:, 1:])
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), np.nanmin(changed, axis=1).mean()


@wrong
def averages_the_changed_versions_only(scores):
    """Leaves the text as written out of its average."""
    table = np.asarray(scores, dtype=float)
    changed = np.where(np.isnan(table[:, 1:]).all(axis=1, keepdims=True), table[:, :1], table[:, 1:])
    return table[:, 0].mean(), np.nanmean(changed, axis=1).mean(), np.nanmin(table, axis=1).mean()


@wrong
def takes_the_best_version(scores):
    """Counts a text as solved if any version of it is: the opposite of robust."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), np.nanmax(table, axis=1).mean()


@wrong
def takes_the_single_worst_cell(scores):
    """Takes the smallest number of the whole table."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), np.nanmin(table)


@wrong
def exchanges_average_and_worst(scores):
    """Returns the right numbers in another order."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmin(table, axis=1).mean(), np.nanmean(table, axis=1).mean()


@wrong
def asks_only_whether_all_are_right(scores):
    """Counts the texts whose versions are all fully right, and gives partial scores nothing."""
    table = np.asarray(scores, dtype=float)
    solid = (np.isnan(table) | (table == 1)).all(axis=1)
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), solid.mean()


@wrong
def drops_texts_with_a_missing_version(scores):
    """Looks only at the texts that every change could be made to."""
    table = np.asarray(scores, dtype=float)
    whole = table[~np.isnan(table).any(axis=1)]
    return table[:, 0].mean(), whole.mean(axis=1).mean(), whole.min(axis=1).mean()


@wrong
def fills_gaps_with_the_text_as_written(scores):
    """Takes a missing version for an unchanged one, so that the text as written counts several times."""
    table = np.asarray(scores, dtype=float)
    filled = np.where(np.isnan(table), table[:, :1], table)
    return table[:, 0].mean(), filled.mean(axis=1).mean(), filled.min(axis=1).mean()


@wrong
def fills_the_callers_table(scores):
    """Fills the missing versions in the table that it is given."""
    table = np.asarray(scores, dtype=float)
    plain, average = table[:, 0].mean(), np.nanmean(table, axis=1).mean()
    table[np.isnan(table)] = 1
    return plain, average, table.min(axis=1).mean()


@wrong
def takes_the_median_version(scores):
    """Takes the median over the versions of a text, where the text says the mean."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmedian(table, axis=1).mean(), np.nanmin(table, axis=1).mean()


@wrong
def gives_the_text_as_written_half(scores):
    """Counts the text as written for half of the average, however many changed versions there are."""
    table = np.asarray(scores, dtype=float)
    halves = [row[0] if np.isnan(row[1:]).all() else (row[0] + np.nanmean(row[1:])) / 2 for row in table]
    return table[:, 0].mean(), np.mean(halves), np.nanmin(table, axis=1).mean()


@wrong
def multiplies_the_versions(scores):
    """Multiplies the scores of a text instead of taking the smallest."""
    table = np.asarray(scores, dtype=float)
    return table[:, 0].mean(), np.nanmean(table, axis=1).mean(), np.nanprod(table, axis=1).mean()
