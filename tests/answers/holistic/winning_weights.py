"""Answers to exercise 4, weights that win, or a proof that there are none."""

import numpy as np
from scipy.optimize import linprog

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="05_holistic",
    notebook="holistic",
    title="4 weights that win, or a proof",
    read="05_holistic: Weights that win",
    solutions=("winning_weights",),
    checks=(
        "winning_weights-two_columns",
        "winning_weights-found",
        "winning_weights-proof",
        "winning_weights-either_or",
    ),
    equivalent={
        "if largest_lead.fun < -1e-06: -> if largest_lead.fun <= -1e-06:": "no lead is exactly one millionth",
    },
)
right, wrong = EXERCISE.right("winning_weights"), EXERCISE.wrong("winning_weights")


@right
def solves_both_sides(scores, model):
    """Solves one programme for the weights, and a second one for the mixture if the first has no lead."""
    table = np.array(scores, dtype=float)
    n, c = table.shape
    rivals = [j for j in range(n) if j != model]
    ahead = table[model] - table[rivals]
    first = linprog(
        np.r_[np.zeros(c), -1],
        A_ub=np.c_[-ahead, np.ones(n - 1)],
        b_ub=np.zeros(n - 1),
        A_eq=[np.r_[np.ones(c), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * c + [(None, None)],
    )
    if first.x[-1] > 1e-6:
        return "weights", first.x[:c]
    second = linprog(
        np.r_[np.zeros(n - 1), -1],
        A_ub=np.c_[ahead.T, np.ones(c)],
        b_ub=np.zeros(c),
        A_eq=[np.r_[np.ones(n - 1), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * (n - 1) + [(None, None)],
    )
    mixture = np.zeros(n)
    mixture[rivals] = second.x[:-1]
    return "mixture", mixture


@right
def looks_for_the_proof_first(scores, model):
    """Looks for the best mixture, with the row's own share held at 0, and takes the weights from its multipliers."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    bounds = [(0, 0 if j == model else None) for j in range(n)] + [(None, None)]
    found = linprog(
        [0] * n + [-1],
        A_ub=np.hstack([(table[model] - table).T, np.ones((c, 1))]),
        b_ub=[0] * c,
        A_eq=[[1] * n + [0]],
        b_eq=[1],
        bounds=bounds,
    )
    if found.x[-1] > -1e-6:
        return ["mixture", found.x[:-1].tolist()]
    return ["weights", (-found.ineqlin.marginals).tolist()]


@right
def plays_a_matrix_game(scores, model):
    """Makes all leads positive, so that weights and value are one vector with free sum: the textbook's matrix game."""
    table = np.asarray(scores, dtype=float)
    others = np.delete(np.arange(len(table)), model)
    leads = table[model] - table[others]
    lift = 1 - leads.min()
    # Minimise the sum of x with (leads + lift) x >= 1: the value of the game is one over that sum.
    found = linprog(np.ones(table.shape[1]), A_ub=-(leads + lift), b_ub=-np.ones(len(others)))
    if 1 / found.fun - lift > 1e-6:
        return "weights", found.x / found.fun
    mixture = np.zeros(len(table))
    mixture[others] = -found.ineqlin.marginals / found.fun
    return "mixture", mixture


@right
def asks_both_sides_of_the_interior_point_solver(scores, model):
    """Asks for either side by one function, which cleans tiny negative numbers away."""
    table = np.asarray(scores, dtype=float)
    n = len(table)

    def largest_margin(matrix):
        """The largest t with matrix @ x >= t for an x that is at least 0 and adds up to 1."""
        rows, columns = matrix.shape
        found = linprog(
            [0.0] * columns + [-1.0],
            A_ub=np.column_stack([-matrix, np.ones(rows)]),
            b_ub=[0.0] * rows,
            A_eq=[[1.0] * columns + [0.0]],
            b_eq=[1.0],
            bounds=[(0, None)] * columns + [(None, None)],
            method="highs-ipm",
        )
        x = np.clip(found.x[:-1], 0, None)
        return x / x.sum(), found.x[-1]

    others = [j for j in range(n) if j != model]
    weights, lead = largest_margin(table[model] - table[others])
    if lead > 1e-6:
        return "weights", weights
    mixture = np.zeros(n)
    mixture[others], _ = largest_margin((table[others] - table[model]).T)
    return "mixture", mixture


@wrong
def tries_single_columns(scores, model):
    """Tries each column alone, but a model can win with a mixture of columns and with none of them alone."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    for column in range(c):
        others = np.delete(table[:, column], model)
        if table[model, column] > others.max() + 1e-6:
            return "weights", np.eye(c)[column]
    beaten = (table >= table[model]).all(axis=1)
    beaten[model] = False
    return "mixture", np.eye(n)[int(np.argmax(beaten))]


@wrong
def looks_for_a_single_better_program(scores, model):
    """Looks for a single other program that is better everywhere, but a mixture of several can be the proof."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    for j in range(n):
        if j != model and (table[j] >= table[model]).all():
            return "mixture", np.eye(n)[j]
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1],
        A_ub=np.insert(-leads, c, 1, axis=1),
        b_ub=[0] * (n - 1),
        A_eq=[[1] * c + [0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    )
    return "weights", found.x[:-1]


@wrong
def draws_weights_at_random(scores, model):
    """Tries a thousand weights, and takes failure for a proof, the most similar program for its reason."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    for weights in np.random.default_rng(0).dirichlet(np.ones(c), size=1000):
        means = table @ weights
        if means[model] > np.delete(means, model).max() + 1e-6:
            return "weights", weights
    mixture = np.full(n, 1 / (n - 1))
    mixture[model] = 0
    return "mixture", mixture


@wrong
def forgets_that_the_lead_may_be_negative(scores, model):
    """Leaves linprog's default bounds, under which there is no solution where the model cannot win."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1], A_ub=np.insert(-leads, c, 1, axis=1), b_ub=[0] * (n - 1), A_eq=[[1] * c + [0]], b_eq=[1]
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:-1]
    return "mixture", np.insert(-found.ineqlin.marginals, model, 0)


@wrong
def takes_a_tie_for_a_win(scores, model):
    """Accepts a lead of 0: a tie is no win."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1],
        A_ub=np.insert(-leads, c, 1, axis=1),
        b_ub=[0] * (n - 1),
        A_eq=[[1] * c + [0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    )
    if found.fun <= 1e-6:
        return "weights", found.x[:-1]
    return "mixture", np.insert(-found.ineqlin.marginals, model, 0)


@wrong
def allows_negative_weights(scores, model):
    """Fits weights by least squares to a score of 1 for the model and 0 for the rest, whatever their sign."""
    table = np.asarray(scores, dtype=float)
    target = np.zeros(len(table))
    target[model] = 1
    weights = np.linalg.lstsq(table, target, rcond=None)[0]
    return "weights", weights / weights.sum()


@wrong
def leaves_the_sum_open(scores, model):
    """Asks for a lead of at least 1 by weights of any sum, and does not divide by it."""
    table = np.asarray(scores, dtype=float)
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(np.ones(table.shape[1]), A_ub=-leads, b_ub=-np.ones(len(leads)))
    if found.x is not None:
        return "weights", found.x
    n, c = table.shape
    other = linprog(
        [0] * (n - 1) + [-1],
        A_ub=np.insert(leads.T, n - 1, 1, axis=1),
        b_ub=[0] * c,
        A_eq=[[1] * (n - 1) + [0]],
        b_eq=[1],
        bounds=[(0, None)] * (n - 1) + [(None, None)],
    )
    return "mixture", np.insert(other.x[:-1], model, 0)


@wrong
def mixes_the_model_with_itself(scores, model):
    """Lets the row take part in the mixture: it is always as good as itself."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1],
        A_ub=np.insert(-leads, c, 1, axis=1),
        b_ub=[0] * (n - 1),
        A_eq=[[1] * c + [0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:-1]
    return "mixture", np.eye(n)[model]


@wrong
def leaves_the_row_out_of_the_mixture(scores, model):
    """Returns a number for each of the others only, so that the numbers do not belong to the rows of the table."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1],
        A_ub=np.insert(-leads, c, 1, axis=1),
        b_ub=[0] * (n - 1),
        A_eq=[[1] * c + [0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:-1]
    return "mixture", -found.ineqlin.marginals


@wrong
def weighs_by_the_scores(scores, model):
    """Takes weights in proportion to the program's scores, which need not be the weights that suit it best."""
    table = np.asarray(scores, dtype=float)
    weights = table[model] / table[model].sum()
    means = table @ weights
    if means[model] > np.delete(means, model).max() + 1e-6:
        return "weights", weights
    return "mixture", np.eye(len(table))[int(np.argmax(np.where(np.arange(len(table)) == model, -np.inf, means)))]


@wrong
def mixes_evenly(scores, model):
    """Finds out rightly who can win, and takes the average of all others for the proof."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * c + [-1],
        A_ub=np.insert(-leads, c, 1, axis=1),
        b_ub=[0] * (n - 1),
        A_eq=[[1] * c + [0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:-1]
    return "mixture", np.insert(np.full(n - 1, 1 / (n - 1)), model, 0)


@wrong
def tries_weights_on_a_grid(scores, model):
    """Tries weights on a grid, and takes a mixture where none of them wins: winning weights can lie between its
    points.
    """
    from itertools import combinations_with_replacement

    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    parts = 20 if c < 5 else 5
    for chosen in combinations_with_replacement(range(c), parts):
        weights = np.bincount(chosen, minlength=c) / parts
        if table[model] @ weights - (np.delete(table, model, axis=0) @ weights).max() > 1e-6:
            return "weights", weights
    rivals = np.delete(table, model, axis=0)
    found = linprog(
        [0] * (n - 1) + [-1],
        A_ub=np.c_[(table[model] - rivals).T, np.ones(c)],
        b_ub=[0] * c,
        A_eq=[[1] * (n - 1) + [0]],
        b_eq=[1],
        bounds=[(0, None)] * (n - 1) + [(None, None)],
    )
    return "mixture", np.insert(found.x[:-1], model, 0)


@wrong
def tries_a_thousand_weights_before_the_mixture(scores, model):
    """Draws a thousand weights; if none of them wins, returns the best mixture, valid or not."""
    table = np.asarray(scores, dtype=float)
    n, c = table.shape
    rivals = np.delete(table, model, axis=0)
    for weights in np.random.default_rng(0).dirichlet(np.ones(c), size=1000):
        if table[model] @ weights - (rivals @ weights).max() > 1e-6:
            return "weights", weights
    found = linprog(
        [0] * (n - 1) + [-1],
        A_ub=np.c_[(table[model] - rivals).T, np.ones(c)],
        b_ub=[0] * c,
        A_eq=[[1] * (n - 1) + [0]],
        b_eq=[1],
        bounds=[(0, None)] * (n - 1) + [(None, None)],
    )
    return "mixture", np.insert(found.x[:-1], model, 0)


@wrong
def takes_any_positive_lead_for_a_win(scores, model):
    """Returns weights whose lead is below one millionth, which counts as a tie."""
    table = np.asarray(scores, dtype=float)
    leads = np.delete(table[model] - table, model, axis=0)
    found = linprog(
        [0] * table.shape[1] + [-1],
        A_ub=np.c_[-leads, np.ones(len(leads))],
        b_ub=[0] * len(leads),
        A_eq=[[1] * table.shape[1] + [0]],
        b_eq=[1],
        bounds=[(0, None)] * table.shape[1] + [(None, None)],
    )
    if found.x[-1] > 1e-10:
        return "weights", found.x[:-1]
    return "mixture", np.insert(-found.ineqlin.marginals, model, 0)


@wrong
def measures_the_lead_in_scaled_columns(scores, model):
    """Scales the columns before it asks whether the lead is above one millionth."""
    table = np.array(scores, dtype=float)
    n, c = table.shape
    rivals = [j for j in range(n) if j != model]
    ahead = table[model] - table[rivals]
    span = np.ptp(table, axis=0)
    span[span == 0] = 1
    ahead = ahead / span
    found = linprog(
        np.r_[np.zeros(c), -1],
        A_ub=np.c_[-ahead, np.ones(n - 1)],
        b_ub=np.zeros(n - 1),
        A_eq=[np.r_[np.ones(c), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", (found.x[:c] / span) / (found.x[:c] / span).sum()
    mixture = np.zeros(n)
    mixture[rivals] = -found.ineqlin.marginals
    return "mixture", mixture


@wrong
def rounds_the_mixture(scores, model):
    """Rounds the mixture to two places, after which it proves nothing."""
    table = np.array(scores, dtype=float)
    n, c = table.shape
    rivals = [j for j in range(n) if j != model]
    ahead = table[model] - table[rivals]
    found = linprog(
        np.r_[np.zeros(c), -1],
        A_ub=np.c_[-ahead, np.ones(n - 1)],
        b_ub=np.zeros(n - 1),
        A_eq=[np.r_[np.ones(c), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:c]
    mixture = np.zeros(n)
    mixture[rivals] = np.round(-found.ineqlin.marginals, 2)
    return "mixture", mixture


@wrong
def drops_small_shares(scores, model):
    """Takes shares below 5 % for noise of the solver."""
    table = np.array(scores, dtype=float)
    n, c = table.shape
    rivals = [j for j in range(n) if j != model]
    ahead = table[model] - table[rivals]
    found = linprog(
        np.r_[np.zeros(c), -1],
        A_ub=np.c_[-ahead, np.ones(n - 1)],
        b_ub=np.zeros(n - 1),
        A_eq=[np.r_[np.ones(c), 0]],
        b_eq=[1],
        bounds=[(0, 1)] * c + [(None, None)],
    )
    if found.x[-1] > 1e-6:
        return "weights", found.x[:c]
    mixture = np.zeros(n)
    mixture[rivals] = -found.ineqlin.marginals
    mixture[mixture < 0.05] = 0
    return "mixture", mixture / mixture.sum()


@wrong
def bounds_the_lead_by_one(scores, model):
    """Bounds the lead by -1 and 1, so that there is no solution where another program is further ahead."""
    from scipy.optimize import linprog

    table = np.asarray(scores, dtype=float)
    n, columns = table.shape
    others = np.delete(table, model, axis=0)
    done = linprog(
        np.append(np.zeros(columns), -1),
        np.column_stack([others - table[model], np.ones(n - 1)]),
        np.zeros(n - 1),
        [np.append(np.ones(columns), 0)],
        [1],
        [(0, None)] * columns + [(-1, 1)],
    )
    if done.x[-1] > 1e-6:
        return "weights", done.x[:-1]
    return "mixture", np.insert(-done.ineqlin.marginals, model, 0.0)


@wrong
def gives_every_column_a_hundredth(scores, model):
    """Asks that every column has some weight, although a weight may be 0."""
    from scipy.optimize import linprog

    table = np.asarray(scores, dtype=float)
    n, columns = table.shape
    others = np.delete(table, model, axis=0)
    behind = np.column_stack([others - table[model], np.ones(n - 1)])
    objective, total = np.append(np.zeros(columns), -1), [np.append(np.ones(columns), 0)]
    found = linprog(objective, behind, np.zeros(n - 1), total, [1], [(0.01, None)] * columns + [(None, None)])
    if found.x[-1] > 1e-6:
        return "weights", found.x[:-1]
    free = linprog(objective, behind, np.zeros(n - 1), total, [1], [(0, None)] * columns + [(None, None)])
    return "mixture", np.insert(-free.ineqlin.marginals, model, 0.0)
