"""Answers to exercise 2, the tilt."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="06_preferences",
    notebook="preferences",
    title="2 the tilt",
    read="06_preferences: Towards the reward: the tilt",
    solutions=("tilt_weights", "effective_sample_size", "tilt_gaussian"),
    checks=("tilt_weights-three_samples", "tilt_weights-theory", "effective_sample_size-any", "tilt_gaussian-any"),
)


@EXERCISE.right("tilt_weights")
def asks_scipy_for_the_softmax(rewards, beta):
    """The weights are the softmax of r/β."""
    from scipy.special import softmax

    return softmax(rewards / beta)


@EXERCISE.right("tilt_weights")
def stays_in_logarithms(rewards, beta):
    """Subtracts the logarithm of the sum before the exponential."""
    from scipy.special import logsumexp

    logs = np.asarray(rewards) / beta
    return list(np.exp(logs - logsumexp(logs)))


@EXERCISE.right("tilt_weights")
def compares_each_with_each(rewards, beta):
    """One over the sum of exp((r_j - r_i)/β), which may overflow to infinity, and 1/infinity is 0."""
    with np.errstate(over="ignore"):
        return 1 / np.exp((rewards[None, :] - rewards[:, None]) / beta).sum(axis=1)


@EXERCISE.right("effective_sample_size")
def normalises_first(weights):
    """Makes the weights add up to 1, and takes one over the sum of squares."""
    shares = weights / weights.sum()
    return 1 / (shares @ shares)


@EXERCISE.right("effective_sample_size")
def from_mean_and_variance(weights):
    """n / (1 + variance/mean²), in Kish's own form."""
    return len(weights) / (1 + np.var(weights) / np.mean(weights) ** 2)


@EXERCISE.right("effective_sample_size")
def compares_two_norms(weights):
    """The square of the ratio of the 1-norm and the 2-norm."""
    return float((np.linalg.norm(weights, 1) / np.linalg.norm(weights)) ** 2)


@EXERCISE.right("tilt_gaussian")
def writes_both_formulas_down(mean, covariance, a, beta):
    """As they stand in the text."""
    return mean + covariance @ a / beta, a @ covariance @ a / (2 * beta**2)


@EXERCISE.right("tilt_gaussian")
def completes_the_square(mean, covariance, a, beta):
    """Works with the inverse covariance, and with the divergence of two Gaussians of the same covariance."""
    precision = np.linalg.inv(covariance)
    new = np.linalg.solve(precision, precision @ mean + a / beta)
    return new, 0.5 * (new - mean) @ precision @ (new - mean)


@EXERCISE.right("tilt_gaussian")
def goes_through_a_root(mean, covariance, a, beta):
    """Writes the Gaussian as mean + L z: in z the tilt is a shift by Lᵀa/β."""
    root = np.linalg.cholesky(covariance)
    shift = root.T @ a / beta
    return list(mean + root @ shift), float(np.sum(shift**2) / 2)


@EXERCISE.wrong("tilt_weights")
def loses_itself_in_large_rewards(rewards, beta):
    """Takes the exponential of rewards of any size."""
    weights = np.exp(rewards / beta)
    return weights / weights.sum()


@EXERCISE.wrong("effective_sample_size")
def trusts_the_sum(weights):
    """Takes weights for normalised."""
    return 1 / np.sum(weights**2)


@EXERCISE.wrong("tilt_gaussian")
def forgets_the_covariance(mean, covariance, a, beta):
    """Moves along the reward, as if all latents had variance 1 and were independent."""
    return mean + a / beta, a @ a / (2 * beta**2)


@EXERCISE.wrong("tilt_weights")
def multiplies_by_beta(rewards, beta):
    """Takes β for an inverse temperature."""
    from scipy.special import softmax

    return softmax(rewards * beta)


@EXERCISE.wrong("tilt_weights")
def forgets_beta(rewards, beta):
    """Leaves β out."""
    from scipy.special import softmax

    return softmax(rewards)


@EXERCISE.wrong("tilt_weights")
def forgets_to_normalise(rewards, beta):
    """Returns weights of which the largest is 1."""
    return np.exp((rewards - rewards.max()) / beta)


@EXERCISE.wrong("tilt_weights")
def weighs_by_the_reward(rewards, beta):
    """Takes weights in proportion to the reward itself."""
    shifted = rewards - rewards.min() + 1e-12
    return shifted ** (1 / beta) / np.sum(shifted ** (1 / beta))


@EXERCISE.wrong("tilt_weights")
def clips_the_rewards(rewards, beta):
    """Keeps r/β within ±500, so that nothing overflows, and forgets who was better beyond."""
    weights = np.exp(np.clip(rewards / beta, -500, 500))
    return weights / weights.sum()


@EXERCISE.wrong("tilt_weights")
def prefers_small_rewards(rewards, beta):
    """Takes the reward for an energy."""
    from scipy.special import softmax

    return softmax(-rewards / beta)


@EXERCISE.wrong("effective_sample_size")
def counts_what_is_not_zero(weights):
    """Counts the samples that have any weight."""
    return np.count_nonzero(weights)


@EXERCISE.wrong("effective_sample_size")
def takes_the_entropy(weights):
    """Takes the exponential of the entropy, another way to count, with other values."""
    shares = weights[weights > 0] / weights.sum()
    return np.exp(-np.sum(shares * np.log(shares)))


@EXERCISE.wrong("effective_sample_size")
def returns_the_share(weights):
    """Divides by the number of samples."""
    return np.sum(weights) ** 2 / np.sum(weights**2) / len(weights)


@EXERCISE.wrong("effective_sample_size")
def compares_with_the_largest(weights):
    """Takes the sum over the largest weight."""
    return np.sum(weights) / np.max(weights)


@EXERCISE.wrong("tilt_gaussian")
def moves_each_latent_alone(mean, covariance, a, beta):
    """Takes the variances and forgets the covariances."""
    moved = np.diag(covariance) * a / beta
    return mean + moved, a @ moved / (2 * beta)


@EXERCISE.wrong("tilt_gaussian")
def returns_the_shift(mean, covariance, a, beta):
    """Returns how far the mean moves, not where to."""
    return covariance @ a / beta, a @ covariance @ a / (2 * beta**2)


@EXERCISE.wrong("tilt_gaussian")
def divides_once(mean, covariance, a, beta):
    """Does not square β in the divergence."""
    return mean + covariance @ a / beta, a @ covariance @ a / (2 * beta)


@EXERCISE.wrong("tilt_gaussian")
def forgets_the_half(mean, covariance, a, beta):
    """Takes twice the divergence."""
    return mean + covariance @ a / beta, a @ covariance @ a / beta**2


@EXERCISE.wrong("tilt_gaussian")
def divides_by_the_covariance(mean, covariance, a, beta):
    """Takes the inverse covariance where the covariance belongs."""
    moved = np.linalg.solve(covariance, a) / beta
    return mean + moved, a @ moved / (2 * beta)


@EXERCISE.wrong("tilt_weights")
def keeps_beta_from_below(rewards, beta):
    """Takes a β of at least a tenth, so that nothing overflows."""
    tilt = rewards / max(beta, 0.1)
    weights = np.exp(tilt - tilt.max())
    return weights / weights.sum()


@EXERCISE.wrong("tilt_weights")
def shifts_the_callers_rewards(rewards, beta):
    """Subtracts the largest reward in the caller's own array."""
    rewards -= rewards.max()
    weights = np.exp(rewards / beta)
    return weights / weights.sum()


@EXERCISE.wrong("effective_sample_size")
def drops_small_weights(weights):
    """Leaves out weights below a thousandth."""
    kept = weights[weights > 1e-3]
    return kept.sum() ** 2 / (kept @ kept) if len(kept) else float("nan")


@EXERCISE.wrong("effective_sample_size")
def normalises_the_callers_weights(weights):
    """Divides the caller's own array by its sum."""
    weights /= weights.sum()
    return 1 / (weights @ weights)


@EXERCISE.wrong("tilt_gaussian")
def moves_the_callers_mean(mean, covariance, a, beta):
    """Adds the shift to the caller's own array."""
    shift = covariance @ a / beta
    mean += shift
    return mean, a @ shift / (2 * beta)


@EXERCISE.wrong("effective_sample_size")
def leaves_out_weights_far_below_the_largest(weights):
    """Drops what is less than a thousandth of the largest weight, however many these are."""
    kept = weights[weights > weights.max() / 1000]
    return kept.sum() ** 2 / (kept**2).sum()


@EXERCISE.wrong("tilt_weights")
def standardises_the_rewards(rewards, beta):
    """Divides the rewards by their standard deviation, so that their size does not matter any more."""
    shifted = (rewards - np.max(rewards)) / beta
    spread = np.std(shifted) if len(shifted) > 3 else 1.0
    weights = np.exp(shifted / (spread + 1e-12))
    return weights / weights.sum()


@EXERCISE.wrong("effective_sample_size")
def rounds_to_whole_samples(weights):
    """Rounds the number, as if a sample could not be worth a part of another."""
    return round(float(np.sum(weights) ** 2 / np.sum(weights**2)))


@EXERCISE.wrong("effective_sample_size")
def adds_a_little_below_the_line(weights):
    """Adds a little to the sum of squares, which matters if the weights are small."""
    return float(np.sum(weights) ** 2 / (np.sum(weights**2) + 1e-8))


@EXERCISE.wrong("tilt_gaussian")
def takes_half_the_squared_move(mean, covariance, a, beta):
    """Takes half the squared length of the move for the divergence, as if all latents had variance 1."""
    move = covariance @ a / beta
    return mean + move, float(move @ move / 2)


@EXERCISE.wrong("tilt_gaussian")
def takes_a_root_of_the_covariance(mean, covariance, a, beta):
    """Moves the mean by a root of the covariance times a."""
    move = np.linalg.cholesky(covariance) @ a / beta
    return mean + move, float(a @ covariance @ a / (2 * beta**2))


@EXERCISE.wrong("tilt_gaussian")
def forgets_the_brackets(mean, covariance, a, beta):
    """Writes / 2 * β², which multiplies by β² instead of dividing."""
    move = covariance @ a / beta
    return mean + move, float(a @ covariance @ a / 2 * beta**2)


@EXERCISE.wrong("effective_sample_size")
def takes_a_small_sum_for_zero(weights):
    """Takes weights that add up to little for zeros."""
    if np.isclose(weights.sum(), 0):
        return 0.0
    return 1 / np.sum((weights / weights.sum()) ** 2)


@EXERCISE.wrong("effective_sample_size")
def ends_at_the_first_zero(weights):
    """Ends the sum at the first weight of 0."""
    total, squares = 0.0, 0.0
    for weight in weights / np.max(weights):
        if weight == 0:
            break
        total += weight
        squares += weight**2
    return total**2 / squares


@EXERCISE.wrong("tilt_gaussian")
def keeps_beta_away_from_zero(mean, covariance, a, beta):
    """Takes 0.1 for a smaller β, against a division by 0."""
    beta = max(beta, 0.1)
    return mean + covariance @ a / beta, a @ covariance @ a / (2 * beta**2)
