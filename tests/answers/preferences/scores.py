"""Answers to exercise 1, from clicks to scores."""

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, log_expit

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="06_preferences",
    notebook="preferences",
    title="1 from clicks to scores",
    read="06_preferences: From clicks to a ranking",
    solutions=("count_wins", "log_likelihood", "fit_scores"),
    checks=(
        "count_wins-five_answers",
        "count_wins-theory",
        "log_likelihood-two_models",
        "log_likelihood-theory",
        "fit_scores-two_models",
        "fit_scores-theory",
        "fit_scores-never_loses",
    ),
    equivalent={
        "if ridge == 0 and parts > 1: -> if ridge <= 0 and parts > 1:": "no ridge is negative",
        "for i, j, answer in zip(first, second, answers, strict=True): -> "
        "for i, j, answer in zip(first, second, answers, strict=False):": "all three have the same length",
    },
)


def log_likelihood(scores, wins):
    """Stands for the student's own function of the cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("count_wins")
def adds_all_at_once(first, second, answers, n_models):
    """Translates the answers to shares, and adds without a loop."""
    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    share = np.array([("second", "tie", "first").index(answer) / 2 for answer in answers])
    wins = np.zeros((n_models, n_models))
    np.add.at(wins, (first, second), share)
    np.add.at(wins, (second, first), 1 - share)
    return wins


@EXERCISE.right("count_wins")
def counts_pairs_by_name(first, second, answers, n_models):
    """Counts winners and losers in a dictionary, in halves."""
    from collections import Counter

    halves = Counter()
    for i, j, answer in zip(first, second, answers, strict=True):
        if answer != "second":
            halves[int(i), int(j)] += 2 if answer == "first" else 1
        if answer != "first":
            halves[int(j), int(i)] += 2 if answer == "second" else 1
    return [[halves[i, j] / 2 for j in range(n_models)] for i in range(n_models)]


@EXERCISE.right("count_wins")
def asks_the_course_to_count(first, second, answers, n_models):
    """Hands the answers to the course's own class."""
    from utils.preferences import Comparisons

    outcome = [{"first": 1.0, "second": 0.0, "tie": 0.5}[answer] for answer in answers]
    whole = np.array(first, dtype=int), np.array(second, dtype=int)
    return Comparisons(*whole, np.array(outcome), n_models).wins()


@EXERCISE.right("log_likelihood")
def adds_logarithms_with_care(scores, wins):
    """Takes logaddexp for the logarithm of 1 + exp."""
    return -np.sum(wins * np.logaddexp(0, scores[None, :] - scores[:, None]))


@EXERCISE.right("log_likelihood")
def goes_pair_by_pair(scores, wins):
    """Adds up with two loops, and lets log1p look after small numbers."""
    total = 0.0
    for i in range(len(scores)):
        for j in range(len(scores)):
            gap = scores[i] - scores[j]
            total += wins[i][j] * (min(gap, 0) - np.log1p(np.exp(-abs(gap))))
    return float(total)


@EXERCISE.right("log_likelihood")
def asks_torch(scores, wins):
    """Uses PyTorch's logsigmoid."""
    import torch

    s, w = torch.tensor(scores), torch.tensor(wins)
    return (w * torch.nn.functional.logsigmoid(s[:, None] - s)).sum()


@EXERCISE.right("fit_scores")
def climbs_with_newton(wins, ridge):
    """Newton's method, halving a step that does not climb; finds out who is reached by powers of a matrix."""
    k, met = len(wins), wins + wins.T
    reached = np.linalg.matrix_power(np.eye(k) + (wins > 0), k) > 0
    if ridge == 0 and not reached.all():
        raise ValueError("No largest likelihood: somebody never wins against the others.")

    def value(s):
        return np.sum(wins * log_expit(s[:, None] - s)) - ridge / 2 * s @ s

    scores = np.zeros(k)
    for _ in range(50):
        p = expit(scores[:, None] - scores)
        slope = (wins - met * p).sum(axis=1) - ridge * scores
        weight = met * p * (1 - p)
        bend = np.diag(weight.sum(axis=1)) - weight + ridge * np.eye(k) + 1 / k
        step = np.linalg.solve(bend, slope)
        while value(scores + step) < value(scores) - 1e-12:
            step = step / 2
        scores = scores + step
    return scores - scores.mean()


@EXERCISE.right("fit_scores")
def regresses_on_differences(wins, ridge):
    """A logistic regression without intercept: an answer's features are +1 for the one model and -1 for the other."""
    from sklearn.linear_model import LogisticRegression

    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("The models fall into groups, one of which never wins against the other.")
    k = len(wins)
    winners, losers = np.nonzero(wins)
    rows = np.eye(k)[winners] - np.eye(k)[losers]
    # Each answer from both sides, so that there are two classes; each counts half.
    rows, labels = np.vstack([rows, -rows]), np.repeat([1, 0], len(rows))
    weights = np.tile(wins[winners, losers], 2) / 2
    strength = 1 / max(ridge, 1e-9)
    found = LogisticRegression(C=strength, fit_intercept=False, tol=1e-10, max_iter=5000)
    scores = found.fit(rows, labels, sample_weight=weights).coef_[0]
    return list(scores - scores.mean())


@EXERCISE.right("fit_scores")
def pins_the_first_model(wins, ridge):
    """Minimises with a derivative; without a ridge, it looks for the arrows by a walk from every model."""
    k = len(wins)

    def seen_from(start):
        found, left = {start}, [start]
        while left:
            i = left.pop()
            for j in range(k):
                if wins[i, j] > 0 and j not in found:
                    found.add(j)
                    left.append(j)
        return found

    if not ridge and any(len(seen_from(i)) < k for i in range(k)):
        raise ValueError("The answers do not determine the scores.")

    def loss(scores):
        p = expit(scores[:, None] - scores[None, :])
        slope = ((wins + wins.T) * p - wins).sum(axis=1) + ridge * scores
        return ridge * scores @ scores / 2 - np.sum(wins * np.log(p)), slope

    found = minimize(loss, np.zeros(k), jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9})
    return found.x - found.x.mean()


@EXERCISE.wrong("count_wins")
def leaves_the_ties_out(first, second, answers, n_models):
    """Counts a tie as nothing, where it is half a win for each of the two."""
    wins = np.zeros((n_models, n_models))
    for i, j, answer in zip(first, second, answers, strict=True):
        if answer == "first":
            wins[i, j] += 1
        if answer == "second":
            wins[j, i] += 1
    return wins


@EXERCISE.wrong("log_likelihood")
def loses_itself_in_large_differences(scores, wins):
    """Takes the logarithm of a probability that floating point rounds to 0."""
    gaps = scores[:, None] - scores[None, :]
    return np.sum(wins * np.log(1 / (1 + np.exp(-gaps))))


@EXERCISE.wrong("fit_scores")
def never_says_no(wins, ridge):
    """Returns whatever the search ended with, where there is no largest likelihood."""

    def loss(scores):
        return ridge / 2 * np.sum(scores**2) - np.sum(wins * log_expit(scores[:, None] - scores[None, :]))

    scores = minimize(loss, np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("count_wins")
def counts_ties_for_both(first, second, answers, n_models):
    """Gives a whole win to each of the two."""
    wins = np.zeros((n_models, n_models))
    for i, j, answer in zip(first, second, answers, strict=True):
        wins[i, j] += answer in ("first", "tie")
        wins[j, i] += answer in ("second", "tie")
    return wins


@EXERCISE.wrong("count_wins")
def counts_losses(first, second, answers, n_models):
    """Takes a row for the model that lost."""
    wins = np.zeros((n_models, n_models))
    for i, j, answer in zip(first, second, answers, strict=True):
        share = {"first": 1, "tie": 0.5, "second": 0}[answer]
        wins[j, i] += share
        wins[i, j] += 1 - share
    return wins


@EXERCISE.wrong("count_wins")
def counts_a_pair_once(first, second, answers, n_models):
    """Adds with fancy indexing, which counts a pair that comes several times only once."""
    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    share = np.array([{"first": 1, "tie": 0.5, "second": 0}[answer] for answer in answers])
    wins = np.zeros((n_models, n_models))
    wins[first, second] += share
    wins[second, first] += 1 - share
    return wins


@EXERCISE.wrong("count_wins")
def shows_only_who_was_there(first, second, answers, n_models):
    """Makes the table as large as the largest number that occurs."""
    size = max([*first, *second], default=0) + 1
    wins = np.zeros((size, size))
    for i, j, answer in zip(first, second, answers, strict=True):
        share = {"first": 1, "tie": 0.5, "second": 0}[answer]
        wins[i, j] += share
        wins[j, i] += 1 - share
    return wins


@EXERCISE.wrong("count_wins")
def takes_ties_for_the_first(first, second, answers, n_models):
    """Gives a tie to whoever stood on the left."""
    wins = np.zeros((n_models, n_models))
    for i, j, answer in zip(first, second, answers, strict=True):
        wins[i, j] += answer != "second"
        wins[j, i] += answer == "second"
    return wins


@EXERCISE.wrong("log_likelihood")
def returns_the_loss(scores, wins):
    """Returns minus the log-likelihood."""
    return np.sum(wins * np.logaddexp(0, scores[None, :] - scores[:, None]))


@EXERCISE.wrong("log_likelihood")
def exchanges_winner_and_loser(scores, wins):
    """Takes wins[i, j] for the wins of j."""
    return np.sum(wins * log_expit(scores[None, :] - scores[:, None]))


@EXERCISE.wrong("log_likelihood")
def divides_the_scores(scores, wins):
    """Takes the scores for strengths, and s_i/(s_i + s_j) for the probability."""
    shares = scores[:, None] / (scores[:, None] + scores[None, :] + 1e-12)
    return np.sum(wins * np.log(np.clip(shares, 1e-12, 1)))


@EXERCISE.wrong("log_likelihood")
def counts_the_upper_half(scores, wins):
    """Adds up some of the wins only: of each pair those of one model, or the sum ends too early."""
    gaps = scores[:, None] - scores[None, :]
    return np.sum(np.triu(wins * log_expit(gaps)))


@EXERCISE.wrong("log_likelihood")
def averages_over_answers(scores, wins):
    """Returns the mean of the logarithms."""
    return np.sum(wins * log_expit(scores[:, None] - scores[None, :])) / np.sum(wins)


@EXERCISE.wrong("log_likelihood")
def clips_the_differences(scores, wins):
    """Limits the differences, so that nothing overflows, and large upsets cost too little."""
    gaps = np.clip(scores[:, None] - scores[None, :], -30, 30)
    return np.sum(wins * np.log(expit(gaps)))


@EXERCISE.wrong("log_likelihood")
def adds_a_little_for_safety(scores, wins):
    """Adds 1e-9 to every probability before the logarithm."""
    return np.sum(wins * np.log(expit(scores[:, None] - scores[None, :]) + 1e-9))


@EXERCISE.wrong("fit_scores")
def takes_shares_of_wins(wins, ridge):
    """Takes the log-odds of each model's share of wins, whoever it met."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    won, lost = wins.sum(axis=1) + ridge / 2, wins.sum(axis=0) + ridge / 2
    scores = np.log(won / lost)
    return scores - scores.mean()


@EXERCISE.wrong("fit_scores")
def sets_the_first_to_zero(wins, ridge):
    """Fixes the constant by the first model's score instead of the mean."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - scores[0]


@EXERCISE.wrong("fit_scores")
def looks_for_arrows_either_way(wins, ridge):
    """Asks only whether all have met, not whether everybody won against somebody."""
    if ridge == 0 and connected_components(wins > 0, connection="weak")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def looks_for_winners_only(wins, ridge):
    """Asks whether each model has won and lost once, which two groups may do among themselves."""
    if ridge == 0 and not (wins.sum(axis=0).all() and wins.sum(axis=1).all()):
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def refuses_too_much(wins, ridge):
    """Raises for a model that never loses even where a ridge keeps it finite."""
    if connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def asks_everybody_to_meet(wins, ridge):
    """Raises if two models have never met, though a third connects them."""
    met = wins + wins.T + np.eye(len(wins))
    if ridge == 0 and not (met.all() and connected_components(wins > 0, connection="strong")[0] == 1):
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def forgets_the_ridge(wins, ridge):
    """Adds a tiny ridge of its own, whatever was asked for."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: 1e-6 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def takes_the_whole_ridge(wins, ridge):
    """Leaves out the half in front of the sum of squares."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def stops_too_early(wins, ridge):
    """Takes twenty small steps uphill and calls it the top."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores, met = np.zeros(len(wins)), wins + wins.T
    for _ in range(20):
        slope = (wins - met * expit(scores[:, None] - scores)).sum(axis=1) - ridge * scores
        scores = scores + 0.1 * slope / (ridge + met.sum())
    return scores - np.mean(scores)


@EXERCISE.wrong("count_wins")
def counts_halves_in_bytes(first, second, answers, n_models):
    """Counts half wins in bytes, which overflow after 255."""
    halves = np.zeros((n_models, n_models), dtype=np.uint8)
    for i, j, answer in zip(first, second, answers, strict=True):
        share = {"first": 2, "tie": 1, "second": 0}[answer]
        halves[i, j] += np.uint8(share)
        halves[j, i] += np.uint8(2 - share)
    return halves / 2


@EXERCISE.wrong("count_wins")
def always_has_four_models(first, second, answers, n_models):
    """Makes a table for the four models of the example."""
    wins = np.zeros((max(4, n_models), max(4, n_models)))
    for i, j, answer in zip(first, second, answers, strict=True):
        share = {"first": 1, "tie": 0.5, "second": 0}[answer]
        wins[i, j] += share
        wins[j, i] += 1 - share
    return wins


@EXERCISE.wrong("count_wins")
def empties_the_list(first, second, answers, n_models):
    """Takes the answers out of the caller's list one by one."""
    wins = np.zeros((n_models, n_models))
    for a in reversed(range(len(answers))):
        share = {"first": 1, "tie": 0.5, "second": 0}[answers.pop()]
        wins[first[a], second[a]] += share
        wins[second[a], first[a]] += 1 - share
    return wins


@EXERCISE.wrong("log_likelihood")
def centres_the_callers_scores(scores, wins):
    """Subtracts the mean from the caller's own array."""
    scores -= scores.mean()
    return np.sum(wins * log_expit(scores[:, None] - scores[None, :]))


@EXERCISE.wrong("fit_scores")
def takes_half_wins_for_none(wins, ridge):
    """Looks for arrows in whole wins only."""
    if ridge == 0 and connected_components(wins.astype(int), connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    scores = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def keeps_scores_within_three(wins, ridge):
    """Bounds every score, so that the search is quick."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    bounds = [(-3, 3)] * len(wins)
    found = minimize(lambda s: ridge / 2 * np.sum(s**2) - log_likelihood(s, wins), np.zeros(len(wins)), bounds=bounds)
    return found.x - np.mean(found.x)


@EXERCISE.wrong("fit_scores")
def averages_log_odds(wins, ridge):
    """Takes the mean log-odds of each pair, which is right only where the counts are exactly as expected."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    odds = np.log((wins + ridge + 1e-9) / (wins.T + ridge + 1e-9))
    scores = odds.mean(axis=1)
    return scores - scores.mean()


@EXERCISE.wrong("fit_scores")
def turns_the_callers_wins(wins, ridge):
    """Multiplies the caller's own array by −1."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No maximum.")
    wins *= -1

    def loss(scores):
        return ridge / 2 * np.sum(scores**2) + np.sum(wins * log_expit(scores[:, None] - scores[None, :]))

    scores = minimize(loss, np.zeros(len(wins))).x
    return scores - np.mean(scores)


@EXERCISE.wrong("fit_scores")
def searches_without_slopes(wins, ridge):
    """Takes the simplex search, which gives up before many models have their scores."""
    wins = np.asarray(wins, dtype=float)
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("No single maximum: some models never won against the others.")

    def loss(scores):
        return ridge / 2 * np.sum(scores**2) - np.sum(wins * log_expit(scores[:, None] - scores))

    scores = minimize(loss, np.zeros(len(wins)), method="Nelder-Mead").x
    return scores - scores.mean()


@EXERCISE.wrong("fit_scores")
def says_nothing_about_why(wins, ridge):
    """Raises the right kind of error, without the sentence that says why."""
    wins = np.asarray(wins, dtype=float)
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError

    def loss(scores):
        return ridge / 2 * np.sum(scores**2) - np.sum(wins * log_expit(scores[:, None] - scores))

    scores = minimize(loss, np.zeros(len(wins))).x
    return scores - scores.mean()


@EXERCISE.wrong("count_wins")
def counts_in_half_precision(first, second, answers, n_models):
    """Counts in 16-bit floats, which stand still at 2,048."""
    wins = np.zeros((n_models, n_models), dtype=np.float16)
    for i, j, answer in zip(first, second, answers, strict=True):
        wins[i, j] += {"first": 1, "tie": 0.5, "second": 0}[answer]
        wins[j, i] += {"first": 0, "tie": 0.5, "second": 1}[answer]
    return wins


@EXERCISE.wrong("count_wins")
def numbers_the_models_from_one(first, second, answers, n_models):
    """Takes the models to be numbered from 1, so that model 0 is counted as the last."""
    wins = np.zeros((n_models, n_models))
    for i, j, answer in zip(first, second, answers, strict=True):
        wins[i - 1, j - 1] += {"first": 1, "tie": 0.5, "second": 0}[answer]
        wins[j - 1, i - 1] += {"first": 0, "tie": 0.5, "second": 1}[answer]
    return wins


@EXERCISE.wrong("log_likelihood")
def counts_each_answer_twice(scores, wins):
    """Adds the logarithm for the loser as well, which is the same answer once more."""
    margins = scores[:, None] - scores[None, :]
    return float((wins * log_expit(margins) + wins.T * log_expit(-margins)).sum())


@EXERCISE.wrong("fit_scores")
def takes_steps_by_the_number_of_answers(wins, ridge):
    """Divides each step uphill by the number of all answers, so that a model with few of its own does not arrive."""
    if ridge == 0 and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError("There is no single maximum: some group never won against the others.")
    scores = np.zeros(len(wins))
    for _ in range(3000):
        pulls = wins * expit(scores[None, :] - scores[:, None])
        scores = scores + 0.5 * (pulls.sum(axis=1) - pulls.sum(axis=0) - ridge * scores) / wins.sum()
    return scores - scores.mean()
