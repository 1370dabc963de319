"""Answers to exercise 3, the loss of preference optimisation."""

import numpy as np
from scipy.special import expit, log_expit

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="06_preferences",
    notebook="preferences",
    title="3 the loss of preference optimisation",
    read="06_preferences: Fine-tuning on the clicks",
    solutions=("preference_loss", "preference_gradient", "diffusion_loss"),
    checks=(
        "preference_loss-two_pairs",
        "preference_loss-theory",
        "preference_gradient-direction",
        "diffusion_loss-any",
    ),
)


def preference_loss(winner, loser, reference_winner, reference_loser, beta):
    """Stands for the student's own function of a cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("preference_loss")
def asks_logaddexp(winner, loser, reference_winner, reference_loser, beta):
    """ln(1 + exp(-m)) without an overflow."""
    return np.logaddexp(0, -beta * (winner - loser - reference_winner + reference_loser))


@EXERCISE.right("preference_loss")
def asks_torch_for_softplus(winner, loser, reference_winner, reference_loser, beta):
    """The softplus of minus the margin, in PyTorch."""
    import torch

    parts = [torch.as_tensor(part) for part in (winner, loser, reference_winner, reference_loser)]
    margin = beta * ((parts[0] - parts[2]) - (parts[1] - parts[3]))
    return torch.nn.functional.softplus(-margin)


@EXERCISE.right("preference_loss")
def compares_two_rewards(winner, loser, reference_winner, reference_loser, beta):
    """Names the implicit rewards, and takes the larger exponent out by hand."""
    better = beta * (winner - reference_winner)
    worse = beta * (loser - reference_loser)
    top = np.maximum(better, worse)
    return top + np.log(np.exp(better - top) + np.exp(worse - top)) - better


@EXERCISE.right("preference_gradient")
def subtracts_one(winner, loser, reference_winner, reference_loser, beta):
    """β (σ(m) - 1)."""
    margin = beta * (winner - loser - reference_winner + reference_loser)
    return beta * (expit(margin) - 1)


@EXERCISE.right("preference_gradient")
def differentiates_automatically(winner, loser, reference_winner, reference_loser, beta):
    """Lets PyTorch differentiate the sum of the losses."""
    import torch

    w = torch.tensor(winner, requires_grad=True)
    rest = [torch.tensor(part) for part in (loser, reference_winner, reference_loser)]
    margin = beta * (w - rest[0] - rest[1] + rest[2])
    (slope,) = torch.autograd.grad(-torch.nn.functional.logsigmoid(margin).sum(), w)
    return slope


@EXERCISE.right("preference_gradient")
def from_the_loss(winner, loser, reference_winner, reference_loser, beta):
    """Uses its own loss: σ(m) is exp(-L)."""
    return beta * np.expm1(-preference_loss(winner, loser, reference_winner, reference_loser, beta))


@EXERCISE.right("diffusion_loss")
def turns_errors_into_log_likelihoods(noise, winner, loser, reference_winner, reference_loser, beta):
    """Takes minus the squared error for a log-likelihood, and calls its own loss."""
    logs = [-np.sum((noise - part) ** 2, axis=1) for part in (winner, loser, reference_winner, reference_loser)]
    return preference_loss(*logs, beta)


@EXERCISE.right("diffusion_loss")
def multiplies_out(noise, winner, loser, reference_winner, reference_loser, beta):
    """Expands the squares: the noise's own square cancels."""

    def part(guess):
        return np.einsum("np,np->n", guess, guess) - 2 * np.einsum("np,np->n", noise, guess)

    gained = part(winner) - part(reference_winner) - part(loser) + part(reference_loser)
    return np.logaddexp(0, beta * gained)


@EXERCISE.right("diffusion_loss")
def goes_pair_by_pair_in_norms(noise, winner, loser, reference_winner, reference_loser, beta):
    """A loop over the pairs, with norms."""
    losses = []
    for e, w, v, rw, rv in zip(noise, winner, loser, reference_winner, reference_loser, strict=True):
        squares = [np.linalg.norm(e - guess) ** 2 for guess in (w, rw, v, rv)]
        losses.append(-log_expit(-beta * (squares[0] - squares[1] - (squares[2] - squares[3]))))
    return losses


@EXERCISE.wrong("preference_loss")
def overflows(winner, loser, reference_winner, reference_loser, beta):
    """Takes the logarithm of a σ that is rounded to 0."""
    margin = beta * ((winner - reference_winner) - (loser - reference_loser))
    return -np.log(1 / (1 + np.exp(-margin)))


@EXERCISE.wrong("preference_gradient")
def points_the_wrong_way(winner, loser, reference_winner, reference_loser, beta):
    """Returns the derivative for the loser's log-likelihood."""
    return beta * expit(-beta * ((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("diffusion_loss")
def averages_the_pixels(noise, winner, loser, reference_winner, reference_loser, beta):
    """Takes the mean of the squares, as training losses do."""
    w, rw, v, rv = (np.mean((noise - p) ** 2, axis=1) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(-beta * (w - rw - v + rv))


@EXERCISE.wrong("preference_loss")
def forgets_the_reference(winner, loser, reference_winner, reference_loser, beta):
    """Compares the two log-likelihoods of the model alone."""
    return -log_expit(beta * (winner - loser))


@EXERCISE.wrong("preference_loss")
def exchanges_the_two(winner, loser, reference_winner, reference_loser, beta):
    """Makes the loser likelier."""
    return -log_expit(beta * ((loser - reference_loser) - (winner - reference_winner)))


@EXERCISE.wrong("preference_loss")
def adds_the_ratios(winner, loser, reference_winner, reference_loser, beta):
    """Adds the two log-ratios, so that likelier losers are rewarded, too."""
    return -log_expit(beta * ((winner - reference_winner) + (loser - reference_loser)))


@EXERCISE.wrong("preference_loss")
def scales_outside(winner, loser, reference_winner, reference_loser, beta):
    """Multiplies the loss by β, not the margin."""
    return -beta * log_expit((winner - reference_winner) - (loser - reference_loser))


@EXERCISE.wrong("preference_loss")
def averages_the_pairs(winner, loser, reference_winner, reference_loser, beta):
    """Returns one number, the mean."""
    return np.mean(-log_expit(beta * ((winner - reference_winner) - (loser - reference_loser))))


@EXERCISE.wrong("preference_loss")
def returns_the_probability(winner, loser, reference_winner, reference_loser, beta):
    """Forgets the logarithm."""
    return 1 - expit(beta * ((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("preference_gradient")
def forgets_the_chain_rule(winner, loser, reference_winner, reference_loser, beta):
    """Differentiates with respect to the margin."""
    return -expit(-beta * ((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("preference_gradient")
def pulls_where_it_is_right(winner, loser, reference_winner, reference_loser, beta):
    """Takes σ(m) for σ(-m), so that safe pairs pull."""
    return -beta * expit(beta * ((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("preference_gradient")
def differentiates_the_sigmoid(winner, loser, reference_winner, reference_loser, beta):
    """Differentiates -σ instead of -ln σ."""
    p = expit(beta * ((winner - reference_winner) - (loser - reference_loser)))
    return -beta * p * (1 - p)


@EXERCISE.wrong("diffusion_loss")
def takes_errors_for_likelihoods(noise, winner, loser, reference_winner, reference_loser, beta):
    """Forgets the minus: a larger error on the winner is rewarded."""
    w, rw, v, rv = (np.sum((noise - p) ** 2, axis=1) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(beta * (w - rw - v + rv))


@EXERCISE.wrong("diffusion_loss")
def compares_with_the_reference(noise, winner, loser, reference_winner, reference_loser, beta):
    """Takes the distance of the two models' predictions, and never looks at the noise."""
    gained = np.sum((winner - reference_winner) ** 2, axis=1) - np.sum((loser - reference_loser) ** 2, axis=1)
    return -log_expit(-beta * gained)


@EXERCISE.wrong("diffusion_loss")
def leaves_the_square_out(noise, winner, loser, reference_winner, reference_loser, beta):
    """Adds up absolute errors."""
    w, rw, v, rv = (np.sum(np.abs(noise - p), axis=1) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(-beta * (w - rw - v + rv))


@EXERCISE.wrong("diffusion_loss")
def sums_over_everything(noise, winner, loser, reference_winner, reference_loser, beta):
    """Adds up over the pairs, too, and so returns one number."""
    w, rw, v, rv = (np.sum((noise - p) ** 2) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(-beta * (w - rw - v + rv))


@EXERCISE.wrong("diffusion_loss")
def forgets_both_references(noise, winner, loser, reference_winner, reference_loser, beta):
    """Compares the errors of the model alone."""
    w, v = (np.sum((noise - p) ** 2, axis=1) for p in (winner, loser))
    return -log_expit(-beta * (w - v))


@EXERCISE.wrong("preference_loss")
def keeps_sigma_away_from_zero(winner, loser, reference_winner, reference_loser, beta):
    """Adds 1e-10 before the logarithm."""
    return -np.log(expit(beta * ((winner - reference_winner) - (loser - reference_loser))) + 1e-10)


@EXERCISE.wrong("preference_loss")
def changes_the_callers_winners(winner, loser, reference_winner, reference_loser, beta):
    """Subtracts the reference in the caller's own arrays."""
    winner -= reference_winner
    loser -= reference_loser
    return -log_expit(beta * (winner - loser))


@EXERCISE.wrong("preference_gradient")
def squares_beta(winner, loser, reference_winner, reference_loser, beta):
    """Multiplies by β once too often."""
    return -(beta**2) * expit(-beta * ((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("preference_gradient")
def differentiates_the_mean(winner, loser, reference_winner, reference_loser, beta):
    """Differentiates the mean over pairs."""
    return -beta * expit(-beta * ((winner - reference_winner) - (loser - reference_loser))) / len(winner)


@EXERCISE.wrong("preference_gradient")
def forgets_the_reference_in_the_slope(winner, loser, reference_winner, reference_loser, beta):
    """Takes the margin of the model alone."""
    return -beta * expit(-beta * (winner - loser))


@EXERCISE.wrong("preference_gradient")
def changes_the_callers_likelihoods(winner, loser, reference_winner, reference_loser, beta):
    """Subtracts the reference in the caller's own array."""
    winner -= reference_winner
    return -beta * expit(-beta * (winner - (loser - reference_loser)))


@EXERCISE.wrong("diffusion_loss")
def takes_norms(noise, winner, loser, reference_winner, reference_loser, beta):
    """Takes the norm without its square."""
    w, rw, v, rv = (np.linalg.norm(noise - p, axis=1) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(-beta * (w - rw - v + rv))


@EXERCISE.wrong("diffusion_loss")
def turns_the_callers_noise(noise, winner, loser, reference_winner, reference_loser, beta):
    """Changes the sign of the caller's own array."""
    noise *= -1
    w, rw, v, rv = (np.sum((noise + p) ** 2, axis=1) for p in (winner, reference_winner, loser, reference_loser))
    return -log_expit(-beta * (w - rw - v + rv))


@EXERCISE.wrong("preference_loss")
def smooths_the_labels(winner, loser, reference_winner, reference_loser, beta):
    """Counts a tenth of every answer for the other drawing."""
    margin = beta * ((winner - reference_winner) - (loser - reference_loser))
    return -0.9 * log_expit(margin) - 0.1 * log_expit(-margin)


@EXERCISE.wrong("preference_loss")
def squares_a_distance(winner, loser, reference_winner, reference_loser, beta):
    """Takes the squared distance of the margin from a target, which is another method's loss."""
    margin = beta * ((winner - reference_winner) - (loser - reference_loser))
    return (margin / beta - 1 / (2 * beta)) ** 2


@EXERCISE.wrong("preference_gradient")
def works_in_single_precision(winner, loser, reference_winner, reference_loser, beta):
    """Adds large logarithms in 32-bit floats, whose digits do not reach to their differences."""
    arrays = (part.astype(np.float32) for part in (winner, loser, reference_winner, reference_loser))
    model_winner, model_loser, known_winner, known_loser = arrays
    return -beta * expit(-beta * ((model_winner + known_loser) - (model_loser + known_winner)))


@EXERCISE.wrong("preference_gradient")
def forgets_beta_in_the_margin(winner, loser, reference_winner, reference_loser, beta):
    """Writes β in front, and not inside σ."""
    return -beta * expit(-((winner - reference_winner) - (loser - reference_loser)))


@EXERCISE.wrong("diffusion_loss")
def exchanges_the_references(noise, winner, loser, reference_winner, reference_loser, beta):
    """Compares the winner with the reference's error on the loser, and the other way round."""
    predictions = (winner, loser, reference_winner, reference_loser)
    off_w, off_l, off_rw, off_rl = (((noise - part) ** 2).sum(axis=1) for part in predictions)
    return -log_expit(-beta * ((off_w - off_rl) - (off_l - off_rw)))


@EXERCISE.wrong("diffusion_loss")
def halves_the_errors(noise, winner, loser, reference_winner, reference_loser, beta):
    """Puts a half in front of the squared errors, which belongs to another convention."""
    predictions = (winner, loser, reference_winner, reference_loser)
    off_w, off_l, off_rw, off_rl = (((noise - part) ** 2).sum(axis=1) for part in predictions)
    return -log_expit(-0.5 * beta * (off_w - off_rw - off_l + off_rl))
