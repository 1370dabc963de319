"""Answers to exercise 5, where to stop."""

import numpy as np

from tests.answers.bank import Exercise
from utils.intervals import difference_interval

EXERCISE = Exercise(
    assignment="06_preferences",
    notebook="preferences",
    title="5 where to stop",
    read="06_preferences: Best of n",
    solutions=("stopping_point", "over_optimised"),
    checks=(
        "stopping_point-five_checkpoints",
        "stopping_point-theory",
        "over_optimised-five_checkpoints",
        "over_optimised-theory",
    ),
    equivalent={
        "for t in range(len(judged)): -> for t in range(len(proxy)):": "both have a row for each checkpoint",
        "if difference_interval(judged[best], judged[t], confidence, paired=True).low <= 0: -> "
        "if difference_interval(judged[best], judged[t], confidence, paired=True).low < 0:": (
            "the best has a higher mean than an earlier one, so that the end is 0 only by chance"
        ),
        "if t > stop and rewards[t] > rewards[stop] and worse: -> "
        "if t >= stop and rewards[t] > rewards[stop] and worse:": "no checkpoint has more reward than itself",
    },
)


@EXERCISE.right("stopping_point")
def asks_for_the_first_that_passes(judged, confidence=0.95):
    """Goes through all checkpoints, the best included, and takes the first that passes."""
    means = judged.mean(axis=1)
    best = judged[means.argmax()]
    gaps = (difference_interval(best, row, confidence, paired=True) for row in judged)
    return next(t for t, gap in enumerate(gaps) if not gap.low > 0)


@EXERCISE.right("stopping_point")
def writes_students_interval(judged, confidence=0.95):
    """Computes the interval itself, for all checkpoints at once."""
    from scipy import stats

    n = judged.shape[1]
    gaps = judged[np.argmax(judged.mean(axis=1))] - judged
    half = stats.t.ppf(0.5 + confidence / 2, n - 1) * gaps.std(axis=1, ddof=1) / np.sqrt(n)
    return int(np.flatnonzero(gaps.mean(axis=1) <= half)[0])


@EXERCISE.right("stopping_point")
def goes_backwards(judged, confidence=0.95):
    """Goes back from the best, and keeps the earliest that passes, also behind one that does not."""
    from utils.intervals import mean_interval

    best = stop = int(np.argmax(np.mean(judged, axis=1)))
    for t in reversed(range(best)):
        if mean_interval(judged[best] - judged[t], confidence).low <= 0:
            stop = t
    return stop


@EXERCISE.right("over_optimised")
def filters_in_one_line(proxy, judged, stop, confidence=0.95):
    """A list of those later checkpoints that pass both conditions."""

    def worse(t):
        return difference_interval(judged[stop], judged[t], confidence, paired=True).low > 0

    return [t for t in range(stop + 1, len(judged)) if proxy[t].mean() > proxy[stop].mean() and worse(t)]


@EXERCISE.right("over_optimised")
def asks_for_a_p_value(proxy, judged, stop, confidence=0.95):
    """A paired t-test says the same as its interval."""
    from scipy import stats

    found = []
    for t in range(stop + 1, len(proxy)):
        gap = judged[t] - judged[stop]
        sure = np.ptp(gap) == 0 or stats.ttest_1samp(gap, 0).pvalue < 1 - confidence
        if sure and gap.mean() < 0 and proxy[t].mean() > proxy[stop].mean():
            found.append(t)
    return found


@EXERCISE.right("over_optimised")
def works_with_masks(proxy, judged, stop, confidence=0.95):
    """Three arrays of truths, one a condition."""
    from scipy import stats

    n = judged.shape[1]
    gaps = judged - judged[stop]
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * gaps.std(axis=1, ddof=1) / np.sqrt(n)
    worse = gaps.mean(axis=1) + half < 0
    better = proxy.mean(axis=1) > proxy[stop].mean()
    return np.flatnonzero(worse & better & (np.arange(len(judged)) > stop))


@EXERCISE.wrong("stopping_point")
def stops_at_the_best(judged, confidence=0.95):
    """Takes the highest mean, however little it is ahead."""
    return int(np.argmax(np.mean(judged, axis=1)))


@EXERCISE.wrong("over_optimised")
def compares_means_alone(proxy, judged, stop, confidence=0.95):
    """Takes any lower mean for a loss."""
    rewards, people = np.mean(proxy, axis=1), np.mean(judged, axis=1)
    later = range(stop + 1, len(judged))
    return [t for t in later if rewards[t] > rewards[stop] and people[t] < people[stop]]


@EXERCISE.wrong("stopping_point")
def forgets_the_pairs(judged, confidence=0.95):
    """Takes Welch's interval, as if each checkpoint had drawn other captions."""
    best = int(np.argmax(np.mean(judged, axis=1)))
    for t in range(best):
        if difference_interval(judged[best], judged[t], confidence).low <= 0:
            return t
    return best


@EXERCISE.wrong("stopping_point")
def stops_before_the_first_fall(judged, confidence=0.95):
    """Stops as soon as the next mean is not higher."""
    means = np.mean(judged, axis=1)
    for t in range(len(means) - 1):
        if means[t + 1] <= means[t]:
            return t
    return len(means) - 1


@EXERCISE.wrong("stopping_point")
def takes_the_latest(judged, confidence=0.95):
    """Takes the latest checkpoint that is not detectably worse."""
    best = int(np.argmax(np.mean(judged, axis=1)))
    fine = [
        t for t in range(len(judged)) if difference_interval(judged[best], judged[t], confidence, paired=True).low <= 0
    ]
    return fine[-1]


@EXERCISE.wrong("stopping_point")
def asks_whether_intervals_overlap(judged, confidence=0.95):
    """Compares the intervals of two means, which overlap far too easily."""
    from utils.intervals import mean_interval

    best = int(np.argmax(np.mean(judged, axis=1)))
    floor = mean_interval(judged[best], confidence).low
    for t in range(best):
        if mean_interval(judged[t], confidence).high >= floor:
            return t
    return best


@EXERCISE.wrong("stopping_point")
def always_asks_for_95(judged, confidence=0.95):
    """Does not hand on the confidence."""
    best = int(np.argmax(np.mean(judged, axis=1)))
    for t in range(best):
        if difference_interval(judged[best], judged[t], paired=True).low <= 0:
            return t
    return best


@EXERCISE.wrong("stopping_point")
def never_stops(judged, confidence=0.95):
    """Trains to the end."""
    return len(judged) - 1


@EXERCISE.wrong("over_optimised")
def forgets_the_reward(proxy, judged, stop, confidence=0.95):
    """Reports every later checkpoint that people like less, also where the reward says so, too."""
    return [
        t
        for t in range(stop + 1, len(judged))
        if difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def forgets_the_order(proxy, judged, stop, confidence=0.95):
    """Reports earlier checkpoints, too."""
    rewards = np.mean(proxy, axis=1)
    return [
        t
        for t in range(len(judged))
        if rewards[t] > rewards[stop] and difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def compares_reward_with_people(proxy, judged, stop, confidence=0.95):
    """Asks whether the reward is above the people's score, two numbers of different units."""
    return [
        t
        for t in range(stop + 1, len(judged))
        if difference_interval(proxy[t], judged[t], confidence, paired=True).low > 0
    ]


@EXERCISE.wrong("over_optimised")
def compares_with_the_reference_model(proxy, judged, stop, confidence=0.95):
    """Compares with checkpoint 0, not with the stopping point."""
    rewards = np.mean(proxy, axis=1)
    return [
        t
        for t in range(stop + 1, len(judged))
        if rewards[t] > rewards[0] and difference_interval(judged[t], judged[0], confidence, paired=True).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def takes_other_captions(proxy, judged, stop, confidence=0.95):
    """Takes Welch's interval for the loss."""
    rewards = np.mean(proxy, axis=1)
    return [
        t
        for t in range(stop + 1, len(judged))
        if rewards[t] > rewards[stop] and difference_interval(judged[t], judged[stop], confidence).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def returns_truths(proxy, judged, stop, confidence=0.95):
    """Returns a list of yes and no, one a checkpoint."""
    rewards = np.mean(proxy, axis=1)
    return [
        bool(
            t > stop
            and rewards[t] > rewards[stop]
            and difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
        )
        for t in range(len(judged))
    ]


@EXERCISE.wrong("stopping_point")
def takes_the_best_median(judged, confidence=0.95):
    """Takes the checkpoint of the highest median for the best."""
    best = int(np.argmax(np.median(judged, axis=1)))
    for t in range(best):
        if difference_interval(judged[best], judged[t], confidence, paired=True).low <= 0:
            return t
    return best


@EXERCISE.wrong("stopping_point")
def takes_the_latest_of_the_best(judged, confidence=0.95):
    """Takes the last of several checkpoints that have the highest mean."""
    means = np.mean(judged, axis=1)
    best = int(np.flatnonzero(means == means.max())[-1])
    for t in range(best):
        if difference_interval(judged[best], judged[t], confidence, paired=True).low <= 0:
            return t
    return best


@EXERCISE.wrong("stopping_point")
def takes_the_gaussian(judged, confidence=0.95):
    """Takes the Gaussian's quantile instead of Student's."""
    from scipy import stats

    n, best = judged.shape[1], int(np.argmax(np.mean(judged, axis=1)))
    for t in range(best):
        gap = judged[best] - judged[t]
        if gap.mean() <= stats.norm.ppf(0.5 + confidence / 2) * gap.std(ddof=1) / np.sqrt(n):
            return t
    return best


@EXERCISE.wrong("stopping_point")
def goes_back_until_one_fails(judged, confidence=0.95):
    """Goes back from the best, and stops at the first checkpoint that does not pass."""
    best = stop = int(np.argmax(np.mean(judged, axis=1)))
    while stop > 0 and difference_interval(judged[best], judged[stop - 1], confidence, paired=True).low <= 0:
        stop -= 1
    return stop


@EXERCISE.wrong("stopping_point")
def subtracts_the_best_in_place(judged, confidence=0.95):
    """Subtracts the best checkpoint in the caller's own array."""
    from utils.intervals import mean_interval

    best = int(np.argmax(np.mean(judged, axis=1)))
    judged -= judged[best].copy()
    return next(t for t in range(len(judged)) if mean_interval(judged[t], confidence).high >= 0)


@EXERCISE.wrong("over_optimised")
def stops_at_the_first_good_one(proxy, judged, stop, confidence=0.95):
    """Ends the list at the first checkpoint that is as good as the stopping point."""
    rewards, found = np.mean(proxy, axis=1), []
    for t in range(stop + 1, len(judged)):
        if (
            rewards[t] > rewards[stop]
            and difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
        ):
            found.append(t)
        elif found:
            break
    return found


@EXERCISE.wrong("over_optimised")
def takes_the_gaussian_for_the_loss(proxy, judged, stop, confidence=0.95):
    """Takes the Gaussian's quantile instead of Student's."""
    from scipy import stats

    found, z = [], stats.norm.ppf(0.5 + confidence / 2)
    for t in range(stop + 1, len(judged)):
        gap = judged[t] - judged[stop]
        worse = gap.mean() + z * gap.std(ddof=1) / np.sqrt(len(gap)) < 0
        if worse and np.mean(proxy[t]) > np.mean(proxy[stop]):
            found.append(t)
    return found


@EXERCISE.wrong("over_optimised")
def subtracts_the_stop_in_place(proxy, judged, stop, confidence=0.95):
    """Subtracts the stopping point in the caller's own array."""
    from utils.intervals import mean_interval

    judged -= judged[stop].copy()
    rewards = np.mean(proxy, axis=1)
    later = range(stop + 1, len(judged))
    return [t for t in later if rewards[t] > rewards[stop] and mean_interval(judged[t], confidence).high < 0]


@EXERCISE.wrong("over_optimised")
def lets_only_one_side_err(proxy, judged, stop, confidence=0.95):
    """Asks a question with a direction, and so puts all of the error on one side of the interval."""
    level = 2 * confidence - 1
    return [
        t
        for t in range(stop + 1, len(judged))
        if proxy[t].mean() > proxy[stop].mean()
        and difference_interval(judged[t], judged[stop], level, paired=True).high < 0
    ]


@EXERCISE.wrong("stopping_point")
def divides_by_n(judged, confidence=0.95):
    """Takes Student's quantile with a standard deviation that divides by n, not by n - 1."""
    from scipy import stats

    gaps = judged[judged.mean(axis=1).argmax()] - judged
    n = gaps.shape[1]
    width = stats.t.ppf(0.5 + confidence / 2, n - 1) * gaps.std(axis=1) / np.sqrt(n)
    return int(np.argmax(gaps.mean(axis=1) - width <= 0))


@EXERCISE.wrong("stopping_point")
def corrects_for_many_comparisons(judged, confidence=0.95):
    """Raises the confidence with the number of checkpoints, as if all had to hold at once."""
    best = int(judged.mean(axis=1).argmax())
    level = 1 - (1 - confidence) / max(len(judged) - 1, 1)
    passing = (t for t in range(best) if not difference_interval(judged[best], judged[t], level, paired=True).low > 0)
    return next(passing, best)


@EXERCISE.wrong("over_optimised")
def divides_the_loss_by_n(proxy, judged, stop, confidence=0.95):
    """Takes Student's quantile with a standard deviation that divides by n, not by n - 1."""
    from scipy import stats

    gaps = judged - judged[stop]
    n = gaps.shape[1]
    highs = gaps.mean(axis=1) + stats.t.ppf(0.5 + confidence / 2, n - 1) * gaps.std(axis=1) / np.sqrt(n)
    return [t for t in range(stop + 1, len(judged)) if proxy[t].mean() > proxy[stop].mean() and highs[t] < 0]


@EXERCISE.wrong("over_optimised")
def compares_median_rewards(proxy, judged, stop, confidence=0.95):
    """Asks for a higher median of the reward."""
    return [
        t
        for t in range(stop + 1, len(judged))
        if np.median(proxy[t]) > np.median(proxy[stop])
        and difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def compares_with_the_best_checkpoint(proxy, judged, stop, confidence=0.95):
    """Compares people's scores with those of the best checkpoint, not of the stopping point."""
    best = judged.mean(axis=1).argmax()
    return [
        t
        for t in range(stop + 1, len(judged))
        if proxy[t].mean() > proxy[stop].mean()
        and difference_interval(judged[t], judged[best], confidence, paired=True).high < 0
    ]


@EXERCISE.wrong("over_optimised")
def compares_with_the_checkpoint_before(proxy, judged, stop, confidence=0.95):
    """Asks whether the reward is above that of the checkpoint before."""
    return [
        t
        for t in range(stop + 1, len(judged))
        if proxy[t].mean() > proxy[t - 1].mean()
        and difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0
    ]
