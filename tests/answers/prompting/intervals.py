"""Answers to exercise 4, how sure is that accuracy."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="04_prompting",
    notebook="prompting",
    title="4 how sure is that accuracy?",
    read="04_prompting: One prompt, taken apart",
    solutions=("accuracy_interval", "paired_difference"),
    checks=(
        "accuracy_interval-hundred_cards",
        "accuracy_interval-theory",
        "paired_difference-hundred_cards",
        "paired_difference-theory",
    ),
)


@EXERCISE.right("accuracy_interval")
def draws_one_after_the_other(labels, answers, resamples, seed):
    """A loop over the resamples, with rng.choice."""
    right = np.array([given == found for given, found in zip(labels, answers, strict=True)], dtype=float)
    rng = np.random.default_rng(seed)
    accuracies = [rng.choice(right, size=len(right)).mean() for _ in range(resamples)]
    return float(np.mean(right)), *np.percentile(accuracies, [2.5, 97.5])


@EXERCISE.right("accuracy_interval")
def counts_by_the_binomial(labels, answers, resamples, seed):
    """Knows that the number of right ones in a draw is binomial, and draws that number."""
    n = len(labels)
    share = sum(given == found for given, found in zip(labels, answers, strict=True)) / n
    draws = np.random.default_rng(seed).binomial(n, share, size=resamples) / n
    draws.sort()
    return [share, draws[int(0.025 * (resamples - 1))], draws[round(0.975 * (resamples - 1))]]


@EXERCISE.right("accuracy_interval")
def asks_scipy(labels, answers, resamples, seed):
    """Hands it to SciPy's bootstrap, unless all are right or all wrong, where it refuses."""
    from scipy.stats import bootstrap

    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    share = right.mean()
    if share in (0, 1):
        return share, share, share
    rng = np.random.default_rng(seed)
    found = bootstrap((right,), np.mean, n_resamples=resamples, method="percentile", random_state=rng)
    return np.array([share, *found.confidence_interval])


@EXERCISE.right("paired_difference")
def draws_cards_for_both(labels, first, second, resamples, seed):
    """Draws the cards, and scores both prompts on each draw."""
    labels, first, second = map(np.asarray, (labels, first, second))
    rng = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(labels), len(labels))
        truth = labels[drawn]
        differences.append((truth == first[drawn]).mean() - (truth == second[drawn]).mean())
    return (labels == first).mean() - (labels == second).mean(), *np.quantile(differences, (0.025, 0.975))


@EXERCISE.right("paired_difference")
def counts_wins_and_losses(labels, first, second, resamples, seed):
    """Draws how often only the first, only the second, and both or neither are right."""
    labels, first, second = map(np.asarray, (labels, first, second))
    wins = np.sum((labels == first) & (labels != second))
    losses = np.sum((labels != first) & (labels == second))
    n = len(labels)
    shares = np.array([wins, losses, n - wins - losses]) / n
    draws = np.random.default_rng(seed).multinomial(n, shares, size=resamples)
    differences = (draws[:, 0] - draws[:, 1]) / n
    return (wins - losses) / n, np.quantile(differences, 0.025), np.quantile(differences, 0.975)


@EXERCISE.right("paired_difference")
def asks_scipy_for_pairs(labels, first, second, resamples, seed):
    """Hands the gains to SciPy's bootstrap, unless they are all alike."""
    from scipy.stats import bootstrap

    gain = (np.asarray(labels) == first).astype(int) - (np.asarray(labels) == second).astype(int)
    if len(set(gain.tolist())) == 1:
        return (float(gain[0]),) * 3
    rng = np.random.default_rng(seed)
    found = bootstrap((gain,), np.mean, n_resamples=resamples, method="percentile", random_state=rng)
    return [gain.mean(), found.confidence_interval.low, found.confidence_interval.high]


@EXERCISE.wrong("accuracy_interval")
def draws_without_replacement(labels, answers, resamples, seed):
    """Shuffles the cards, which always gives the same accuracy."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    rng = np.random.default_rng(seed)
    means = [rng.permutation(right).mean() for _ in range(resamples)]
    return right.mean(), *np.quantile(means, [0.025, 0.975])


@EXERCISE.wrong("paired_difference")
def draws_for_each_prompt(labels, first, second, resamples, seed):
    """Draws other cards for the second prompt, so that hard cards do not cancel."""
    one = (np.asarray(labels) == np.asarray(first)).astype(float)
    two = (np.asarray(labels) == np.asarray(second)).astype(float)
    rng = np.random.default_rng(seed)
    n = len(one)
    means = one[rng.integers(n, size=(resamples, n))].mean(1) - two[rng.integers(n, size=(resamples, n))].mean(1)
    return one.mean() - two.mean(), *np.quantile(means, [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def trusts_the_normal_curve(labels, answers, resamples, seed):
    """Takes the accuracy plus and minus some standard errors, as for a normal curve, which reaches beyond 1 where
    few are wrong.
    """
    right = np.asarray(labels) == np.asarray(answers)
    share, half = right.mean(), 1.96 * right.std() / np.sqrt(len(right))
    return share, share - half, share + half


@EXERCISE.wrong("paired_difference")
def subtracts_the_ends(labels, first, second, resamples, seed):
    """Makes an interval for each prompt and subtracts their ends."""
    rng = np.random.default_rng(seed)
    ends = []
    for answers in (first, second):
        right = (np.asarray(labels) == np.asarray(answers)).astype(float)
        means = right[rng.integers(len(right), size=(resamples, len(right)))].mean(axis=1)
        ends.append([right.mean(), *np.quantile(means, [0.025, 0.975])])
    return tuple(np.array(ends[0]) - np.array(ends[1]))


@EXERCISE.wrong("accuracy_interval")
def leaves_out_ten_percent(labels, answers, resamples, seed):
    """Cuts off 5 % at each end, which is an interval of 90 %."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    return right.mean(), *np.quantile(right[draws].mean(axis=1), [0.05, 0.95])


@EXERCISE.wrong("paired_difference")
def turns_the_sign(labels, first, second, resamples, seed):
    """Subtracts the first from the second."""
    gain = (np.asarray(labels) == np.asarray(second)) * 1.0 - (np.asarray(labels) == np.asarray(first)) * 1.0
    draws = np.random.default_rng(seed).integers(len(gain), size=(resamples, len(gain)))
    return gain.mean(), *np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def draws_too_few_cards(labels, answers, resamples, seed):
    """Draws half as many cards as there are, whose accuracy varies more."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right) // 2))
    return right.mean(), *np.quantile(right[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("paired_difference")
def takes_the_absolute_difference(labels, first, second, resamples, seed):
    """Says how far apart the prompts are, not which is better."""
    gain = (np.asarray(labels) == np.asarray(first)) * 1.0 - (np.asarray(labels) == np.asarray(second)) * 1.0
    draws = np.random.default_rng(seed).integers(len(gain), size=(resamples, len(gain)))
    return abs(gain.mean()), *np.quantile(np.abs(gain[draws].mean(axis=1)), [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def gives_the_standard_error_of_the_draws(labels, answers, resamples, seed):
    """Divides the spread of the draws by √B: more computing would then make a small sample certain."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    means = right[draws].mean(axis=1)
    half = 1.96 * means.std() / np.sqrt(resamples)
    return right.mean(), right.mean() - half, right.mean() + half


@EXERCISE.wrong("accuracy_interval")
def takes_the_extremes(labels, answers, resamples, seed):
    """Goes from the smallest to the largest accuracy drawn, which grows with B."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    means = right[draws].mean(axis=1)
    return right.mean(), means.min(), means.max()


@EXERCISE.wrong("paired_difference")
def draws_only_where_they_differ(labels, first, second, resamples, seed):
    """Leaves out the cards on which both prompts do as well, and so divides by too few."""
    gain = (np.asarray(labels) == np.asarray(first)) * 1.0 - (np.asarray(labels) == np.asarray(second)) * 1.0
    kept = gain[gain != 0] if np.any(gain) else gain
    draws = np.random.default_rng(seed).integers(len(kept), size=(resamples, len(kept)))
    return gain.mean(), *np.quantile(kept[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("paired_difference")
def counts_disagreement(labels, first, second, resamples, seed):
    """Asks how often the two prompts answer differently, whoever is right."""
    gain = (np.asarray(first) != np.asarray(second)).astype(float)
    draws = np.random.default_rng(seed).integers(len(gain), size=(resamples, len(gain)))
    return gain.mean(), *np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("paired_difference")
def draws_labels_and_answers_apart(labels, first, second, resamples, seed):
    """Draws the labels by themselves, so that they no longer belong to the answers."""
    labels, first, second = map(np.asarray, (labels, first, second))
    rng, n = np.random.default_rng(seed), len(labels)
    means = []
    for _ in range(resamples):
        truth, drawn = labels[rng.integers(n, size=n)], rng.integers(n, size=n)
        means.append((truth == first[drawn]).mean() - (truth == second[drawn]).mean())
    return (labels == first).mean() - (labels == second).mean(), *np.quantile(means, [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def ignores_the_seed(labels, answers, resamples, seed):
    """Draws anew each time, so that nobody can repeat the number."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng().integers(len(right), size=(resamples, len(right)))
    return right.mean(), *np.quantile(right[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def returns_only_the_interval(labels, answers, resamples, seed):
    """Forgets the accuracy itself."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    return tuple(np.quantile(right[draws].mean(axis=1), [0.025, 0.975]))


@EXERCISE.wrong("accuracy_interval")
def ignores_how_many_resamples(labels, answers, resamples, seed):
    """Draws a thousand times whatever is asked for."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(len(right), size=(1000, len(right)))
    return right.mean(), *np.quantile(right[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("paired_difference")
def ignores_the_number_of_pairs_of_draws(labels, first, second, resamples, seed):
    """Draws a thousand times whatever is asked for."""
    gain = (np.asarray(labels) == np.asarray(first)) * 1.0 - (np.asarray(labels) == np.asarray(second)) * 1.0
    draws = np.random.default_rng(seed).integers(len(gain), size=(1000, len(gain)))
    return gain.mean(), *np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def never_draws_the_last_card(labels, answers, resamples, seed):
    """Stops one short: the upper end of rng.integers is not drawn."""
    right = (np.asarray(labels) == np.asarray(answers)).astype(float)
    draws = np.random.default_rng(seed).integers(0, len(right) - 1, size=(resamples, len(right)))
    return right.mean(), *np.quantile(right[draws].mean(axis=1), [0.025, 0.975])


@EXERCISE.right("accuracy_interval")
def keeps_the_accuracy_as_a_fraction(labels, answers, resamples, seed):
    """Gives the accuracy as a fraction of whole numbers."""
    from fractions import Fraction

    right = [int(given == found) for given, found in zip(labels, answers, strict=True)]
    draws = np.random.default_rng(seed).integers(len(right), size=(resamples, len(right)))
    means = np.array(right)[draws].mean(axis=1)
    return Fraction(sum(right), len(right)), *(float(end) for end in np.quantile(means, [0.025, 0.975]))


@EXERCISE.wrong("paired_difference")
def takes_halves_of_the_cards(labels, first, second, resamples, seed):
    """Draws half of the cards without replacement each time: about the right width, but not the bootstrap."""
    gain = (np.asarray(labels) == np.asarray(first)) * 1.0 - (np.asarray(labels) == np.asarray(second)) * 1.0
    rng = np.random.default_rng(seed)
    means = [rng.choice(gain, len(gain) // 2, replace=False).mean() for _ in range(resamples)]
    return gain.mean(), *np.quantile(means, [0.025, 0.975])


@EXERCISE.wrong("accuracy_interval")
def seeds_everybodys_numbers(labels, answers, resamples, seed):
    """Seeds NumPy's global generator, which everything else in the notebook draws from, too."""
    np.random.seed(seed)  # noqa: NPY002
    right = np.equal(labels, answers)
    draws = np.random.randint(0, len(right), size=(resamples, len(right)))  # noqa: NPY002
    low, high = np.quantile(right[draws].mean(axis=1), [0.025, 0.975])
    return right.mean(), low, high


@EXERCISE.wrong("paired_difference")
def sorts_the_ends_by_size(labels, first, second, resamples, seed):
    """Exchanges the ends of an interval if the difference is negative."""
    gains = np.equal(labels, first) * 1.0 - np.equal(labels, second) * 1.0
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(gains), size=(resamples, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), [0.025, 0.975])
    return (gains.mean(), low, high) if gains.mean() >= 0 else (gains.mean(), high, low)


@EXERCISE.wrong("paired_difference")
def subtracts_the_ends_of_two_intervals(labels, first, second, resamples, seed):
    """Takes lower end minus lower end and upper end minus upper end, which is no interval of the difference."""
    right = [np.equal(labels, answers) for answers in (first, second)]
    draws = np.random.default_rng(seed).integers(len(right[0]), size=(resamples, len(right[0])))
    ends = [np.quantile(hits[draws].mean(axis=1), [0.025, 0.975]) for hits in right]
    low, high = sorted(ends[0] - ends[1])
    return right[0].mean() - right[1].mean(), low, high


@EXERCISE.wrong("paired_difference")
def makes_the_generator_anew(labels, first, second, resamples, seed):
    """Makes the generator inside the loop, so that all draws are the same."""
    gains = np.equal(labels, first) * 1.0 - np.equal(labels, second) * 1.0
    means = []
    for _ in range(resamples):
        rng = np.random.default_rng(seed)
        means.append(gains[rng.integers(len(gains), size=len(gains))].mean())
    return gains.mean(), np.quantile(means, 0.025), np.quantile(means, 0.975)
