"""Answers to exercise 4, a win rate and its interval."""

import numpy as np
from scipy.stats import norm

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="06_preferences",
    notebook="preferences",
    title="4 a win rate and its interval",
    read="06_preferences: From clicks to a ranking",
    solutions=("win_rate",),
    checks=("win_rate-ten_answers", "win_rate-theory"),
    equivalent={"if n == 0: -> if n <= 0:": "no list has fewer than 0 answers"},
)


@EXERCISE.right("win_rate")
def solves_the_quadratic(answers, confidence=0.95):
    """The ends are the two p with (p̂ - p)² = z² p (1 - p)/n: a quadratic equation."""
    n = len(answers)
    if not answers:
        return 0.5, 0.0, 1.0
    rate = sum({"win": 1, "tie": 0.5, "loss": 0}[answer] for answer in answers) / n
    z2 = norm.isf((1 - confidence) / 2) ** 2
    a, b, c = n + z2, -(2 * n * rate + z2), n * rate**2
    root = np.sqrt(max(b * b - 4 * a * c, 0))
    return rate, (-b - root) / (2 * a), (-b + root) / (2 * a)


@EXERCISE.right("win_rate")
def asks_statsmodels_way(answers, confidence=0.95):
    """Counts wins with halves first, then writes the formula in counts."""
    wins = answers.count("win") + 0.5 * answers.count("tie")
    losses = answers.count("loss") + 0.5 * answers.count("tie")
    n = wins + losses
    if n == 0:
        return [0.5, 0, 1]
    z = -norm.ppf((1 - confidence) / 2)
    middle = (wins + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(wins * losses / n + z * z / 4)
    return [wins / n, middle - half, middle + half]


@EXERCISE.right("win_rate")
def asks_the_course_for_wilson(answers, confidence=0.95):
    """Translates the answers to numbers, and uses the course's own interval."""
    from utils.preferences import win_rate as wilson

    if len(answers) == 0:
        return (0.5, 0.0, 1.0)
    return tuple(wilson([("loss", "tie", "win").index(answer) / 2 for answer in answers], confidence))


@EXERCISE.wrong("win_rate")
def takes_the_normal_interval(answers, confidence=0.95):
    """Takes p ± z sqrt(p(1-p)/n), which has no width after five wins of five."""
    if not answers:
        return 0.5, 0.0, 1.0
    n = len(answers)
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    half = norm.ppf(0.5 + confidence / 2) * np.sqrt(rate * (1 - rate) / n)
    return rate, max(rate - half, 0), min(rate + half, 1)


@EXERCISE.wrong("win_rate")
def drops_the_ties(answers, confidence=0.95):
    """Leaves ties out of the count."""
    clear = [answer for answer in answers if answer != "tie"]
    n = len(clear)
    if n == 0:
        return 0.5, 0.0, 1.0
    rate, z2 = clear.count("win") / n, norm.ppf(0.5 + confidence / 2) ** 2
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n**2)))
    return (rate, *(np.array([-half, half]) + rate + z2 / (2 * n)) / (1 + z2 / n))


@EXERCISE.wrong("win_rate")
def forgets_the_other_side(answers, confidence=0.95):
    """Takes the quantile of the confidence itself, and so leaves 0.05 on either side."""
    if not answers:
        return 0.5, 0.0, 1.0
    n, z = len(answers), norm.ppf(confidence)
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return rate, (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def counts_ties_as_losses(answers, confidence=0.95):
    """Counts wins only."""
    if not answers:
        return 0.5, 0.0, 1.0
    n, z = len(answers), norm.ppf(0.5 + confidence / 2)
    rate = answers.count("win") / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return rate, (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def returns_the_centre(answers, confidence=0.95):
    """Returns the middle of the interval for the rate."""
    if not answers:
        return 0.5, 0.0, 1.0
    n, z = len(answers), norm.ppf(0.5 + confidence / 2)
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre, centre - half, centre + half


@EXERCISE.wrong("win_rate")
def always_takes_95(answers, confidence=0.95):
    """Writes 1.96 for z, whatever the confidence."""
    if not answers:
        return 0.5, 0.0, 1.0
    n, z = len(answers), 1.959964
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return rate, (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def divides_by_no_answers(answers, confidence=0.95):
    """Forgets the case without answers."""
    n, z = len(answers), norm.ppf(0.5 + confidence / 2)
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    centre, half = rate + z**2 / (2 * n), z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return rate, (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def takes_quantiles_of_the_count(answers, confidence=0.95):
    """Takes the quantiles of a binomial with the rate found, which has no width after five wins of five."""
    from scipy.stats import binom

    if not answers:
        return 0.5, 0.0, 1.0
    n = len(answers)
    rate = (answers.count("win") + answers.count("tie") / 2) / n
    ends = binom.ppf([(1 - confidence) / 2, (1 + confidence) / 2], n, rate) / n
    return rate, ends[0], ends[1]


@EXERCISE.right("win_rate")
def counts_in_fractions(answers, confidence=0.95):
    """Returns the rate as a fraction, and floats for the ends."""
    from fractions import Fraction

    n = len(answers)
    if n == 0:
        return Fraction(1, 2), 0.0, 1.0
    rate = Fraction(2 * answers.count("win") + answers.count("tie"), 2 * n)
    z2 = float(norm.ppf(0.5 + confidence / 2)) ** 2
    p = float(rate)
    half = (z2 * (p * (1 - p) / n + z2 / (4 * n**2))) ** 0.5
    return rate, (p + z2 / (2 * n) - half) / (1 + z2 / n), (p + z2 / (2 * n) + half) / (1 + z2 / n)


@EXERCISE.wrong("win_rate")
def rounds_the_rate(answers, confidence=0.95):
    """Rounds to two places before the interval."""
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    rate = round((answers.count("win") + answers.count("tie") / 2) / n, 2)
    z2 = norm.ppf(0.5 + confidence / 2) ** 2
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n**2)))
    return rate, (rate + z2 / (2 * n) - half) / (1 + z2 / n), (rate + z2 / (2 * n) + half) / (1 + z2 / n)


@EXERCISE.wrong("win_rate")
def uses_the_list_up(answers, confidence=0.95):
    """Takes the answers out of the caller's list one by one."""
    n, won = len(answers), 0.0
    if n == 0:
        return 0.5, 0.0, 1.0
    while answers:
        won += {"win": 1, "tie": 0.5, "loss": 0}[answers.pop()]
    rate, z2 = won / n, norm.ppf(0.5 + confidence / 2) ** 2
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n**2)))
    return rate, (rate + z2 / (2 * n) - half) / (1 + z2 / n), (rate + z2 / (2 * n) + half) / (1 + z2 / n)


@EXERCISE.wrong("win_rate")
def cuts_half_a_win_off(answers, confidence=0.95):
    """Makes a whole number of the wins before the interval."""
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z, share = norm.ppf(0.5 + confidence / 2), int(wins) / n
    variance = share * (1 - share)
    middle, half = share + z**2 / (2 * n), z * np.sqrt(variance / n + z**2 / (4 * n**2))
    return wins / n, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def takes_the_variance_of_the_points(answers, confidence=0.95):
    """Takes the variance of 1, 1/2 and 0, which is smaller than p(1-p) if there are ties."""
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z, share = norm.ppf(0.5 + confidence / 2), wins / n
    variance = np.var([{"win": 1, "tie": 0.5, "loss": 0}[answer] for answer in answers])
    middle, half = share + z**2 / (2 * n), z * np.sqrt(variance / n + z**2 / (4 * n**2))
    return wins / n, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


@EXERCISE.wrong("win_rate")
def needs_two_answers(answers, confidence=0.95):
    """Treats a single answer like none."""
    n = len(answers)
    if n <= 1:
        return 0.5, 0.0, 1.0
    share = (answers.count("win") + answers.count("tie") / 2) / n
    z = norm.ppf(0.5 + confidence / 2)
    middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return share, max(0.0, (middle - half) / (1 + z**2 / n)), min(1.0, (middle + half) / (1 + z**2 / n))
