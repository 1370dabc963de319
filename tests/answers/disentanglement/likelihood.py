"""Answers to exercise 4, the likelihood of two machines."""

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="03_disentanglement",
    notebook="disentanglement",
    title="4 the likelihood of two machines",
    read="03_disentanglement: No unlabelled data set can tell them apart",
    solutions=("log_likelihood", "draw_twin"),
    checks=("log_likelihood-two_pixels", "log_likelihood-theory", "draw_twin-one_picture", "draw_twin-likelihood"),
)


@EXERCISE.right("log_likelihood")
def asks_scipy_for_the_density(pictures, decoder, latents, sigma):
    """Adds SciPy's log-densities of the pixels, picture by picture."""
    from scipy.stats import norm

    means = decoder(latents)
    values = [logsumexp(norm.logpdf(x, means, sigma).sum(axis=1)) - np.log(len(means)) for x in pictures]
    return np.array(values)


@EXERCISE.right("log_likelihood")
def takes_the_largest_out(pictures, decoder, latents, sigma):
    """Subtracts the largest logarithm by hand before the exponential, and opens the square of the distance."""
    means = np.asarray(decoder(latents), dtype=float)
    squared = (pictures**2).sum(1)[:, None] + (means**2).sum(1)[None, :] - 2 * pictures @ means.T
    each = -0.5 * squared / sigma**2
    largest = each.max(axis=1, keepdims=True)
    inside = np.log(np.mean(np.exp(each - largest), axis=1)) + largest[:, 0]
    return inside - means.shape[1] * (np.log(sigma) + 0.5 * np.log(2 * np.pi))


@EXERCISE.right("log_likelihood")
def adds_up_draw_by_draw(pictures, decoder, latents, sigma):
    """Goes through the draws with logaddexp, and so keeps no large table."""
    total = np.full(len(pictures), -np.inf)
    for mean in decoder(latents):
        residual = (np.asarray(pictures) - mean) / sigma
        total = np.logaddexp(total, -np.sum(residual**2 + np.log(2 * np.pi * sigma**2), axis=1) / 2)
    return list(total - np.log(len(latents)))


@EXERCISE.right("draw_twin")
def unmixes_first(knobs, decoder, f):
    """Names the latents in between."""
    latents = f.inverse(knobs)
    return np.asarray(decoder(latents))


@EXERCISE.right("draw_twin")
def builds_the_twin(knobs, decoder, f):
    """Uses the course's own function that makes a twin of a decoder."""
    from utils.disentanglement import entangled

    return entangled(decoder, f)(knobs)


@EXERCISE.right("draw_twin")
def inverts_by_the_transpose(knobs, decoder, f):
    """Makes the inverse map from the transposed matrix."""
    back = type(f)(f.marginals, f.matrix.T)
    return decoder(back(knobs))


@EXERCISE.wrong("log_likelihood")
def adds_instead_of_averaging(pictures, decoder, latents, sigma):
    """Forgets to divide by the number of draws."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    return logsumexp(-squared / (2 * sigma**2), axis=1) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)


@EXERCISE.wrong("draw_twin")
def mixes_before_drawing(knobs, decoder, f):
    """Applies f where its inverse belongs."""
    return decoder(f(knobs))


@EXERCISE.wrong("log_likelihood")
def averages_the_logarithms(pictures, decoder, latents, sigma):
    """Takes the mean of the logarithms for the logarithm of the mean."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    each = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return each.mean(axis=1)


@EXERCISE.wrong("log_likelihood")
def forgets_the_constant(pictures, decoder, latents, sigma):
    """Leaves out the Gaussian's constant, so that p(x) does not integrate to 1."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    return logsumexp(-squared / (2 * sigma**2), axis=1) - np.log(len(latents))


@EXERCISE.wrong("log_likelihood")
def counts_one_pixel(pictures, decoder, latents, sigma):
    """Takes the constant of a single pixel."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    each = -squared / (2 * sigma**2) - 0.5 * np.log(2 * np.pi * sigma**2)
    return logsumexp(each, axis=1) - np.log(len(latents))


@EXERCISE.wrong("log_likelihood")
def leaves_the_logarithms(pictures, decoder, latents, sigma):
    """Computes the densities themselves, which are 0 in floating point for most pictures."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    densities = np.exp(-squared / (2 * sigma**2)) / (2 * np.pi * sigma**2) ** (pictures.shape[1] / 2)
    return np.log(densities.mean(axis=1))


@EXERCISE.wrong("log_likelihood")
def takes_the_best_draw(pictures, decoder, latents, sigma):
    """Takes the draw that explains the picture best for all of them."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    each = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return each.max(axis=1)


@EXERCISE.wrong("log_likelihood")
def averages_over_the_pictures(pictures, decoder, latents, sigma):
    """Averages along the wrong axis: one number per draw, not one per image."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    each = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(each, axis=0) - np.log(len(pictures))


@EXERCISE.wrong("log_likelihood")
def takes_the_variance_for_the_deviation(pictures, decoder, latents, sigma):
    """Puts σ where σ² belongs."""
    squared = cdist(pictures, decoder(latents), "sqeuclidean")
    each = -squared / (2 * sigma) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma)
    return logsumexp(each, axis=1) - np.log(len(latents))


@EXERCISE.wrong("log_likelihood")
def forgets_the_square(pictures, decoder, latents, sigma):
    """Takes the distance where its square belongs."""
    distances = cdist(pictures, decoder(latents))
    each = -distances / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(each, axis=1) - np.log(len(latents))


@EXERCISE.wrong("draw_twin")
def draws_at_the_knobs(knobs, decoder, f):
    """Hands the twin's knobs to the decoder as they are."""
    return decoder(knobs)


@EXERCISE.wrong("draw_twin")
def unmixes_the_picture(knobs, decoder, f):
    """Draws first, and applies the inverse to the picture."""
    return f.inverse(decoder(knobs))


@EXERCISE.wrong("draw_twin")
def returns_the_knobs(knobs, decoder, f):
    """Turns the knobs back, and forgets to draw."""
    return f.inverse(knobs)


@EXERCISE.wrong("log_likelihood")
def takes_one_maximum_for_all_pictures(pictures, decoder, latents, sigma):
    """Takes the largest term of all pictures out of the sum: a far picture beside a near one becomes 0."""
    squared = ((pictures[:, None] - decoder(latents)[None]) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    top = logs.max()
    return top + np.log(np.exp(logs - top).mean(axis=1))


@EXERCISE.wrong("log_likelihood")
def adds_a_tiny_number_to_the_density(pictures, decoder, latents, sigma):
    """Takes out a common top and adds 1e-300 against the logarithm of 0."""
    squared = ((pictures[:, None] - decoder(latents)[None]) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    top = np.median(logs.max(axis=1))
    return top + np.log(np.exp(np.minimum(logs - top, 700)).mean(axis=1) + 1e-300)


@EXERCISE.wrong("log_likelihood")
def uses_a_hundred_draws(pictures, decoder, latents, sigma):
    """Uses the first hundred draws only."""
    from scipy.special import logsumexp

    latents = latents[:100]
    squared = ((pictures[:, None] - decoder(latents)[None]) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(logs, axis=1) - np.log(len(latents))


@EXERCISE.wrong("log_likelihood")
def uses_each_draw_once(pictures, decoder, latents, sigma):
    """Removes repeated draws, which changes the mean over the draws."""
    from scipy.special import logsumexp

    latents = np.unique(latents, axis=0)
    squared = ((pictures[:, None] - decoder(latents)[None]) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(logs, axis=1) - np.log(len(latents))


@EXERCISE.wrong("draw_twin")
def clips_the_pictures(knobs, decoder, f):
    """Clips the pictures to [0, 1], which another decoder may leave."""
    return np.clip(decoder(f.inverse(knobs)), 0, 1)


@EXERCISE.wrong("draw_twin")
def always_draws_discs(knobs, decoder, f):
    """Calls the museum's own decoder instead of the one that is handed in."""
    return draw(f.inverse(knobs))  # noqa: F821


@EXERCISE.wrong("draw_twin")
def takes_the_matrix_out_of_the_map(knobs, decoder, f):
    """Inverts the map by itself, which is right only for maps that have a matrix and uniform knobs."""
    from scipy.stats import norm

    return decoder(norm.cdf(norm.ppf(knobs) @ f.matrix))


@EXERCISE.wrong("log_likelihood")
def scales_the_pictures_of_the_caller(pictures, decoder, latents, sigma):
    """Divides the pictures that it is given by sigma in place."""
    from scipy.special import logsumexp

    pictures /= sigma
    squared = ((pictures[:, None] - decoder(latents)[None] / sigma) ** 2).sum(axis=2)
    logs = -squared / 2 - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(logs, axis=1) - np.log(len(latents))


@EXERCISE.wrong("log_likelihood")
def takes_the_smallest_term_out(pictures, decoder, latents, sigma):
    """Takes the smallest term out of the sum, so that the others are too large for a float."""
    squared = ((pictures[:, None] - decoder(latents)[None]) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - pictures.shape[1] / 2 * np.log(2 * np.pi * sigma**2)
    low = logs.min(axis=1, keepdims=True)
    return low[:, 0] + np.log(np.exp(logs - low).mean(axis=1))


@EXERCISE.wrong("draw_twin")
def writes_over_the_knobs(knobs, decoder, f):
    """Writes the machine's knobs over those of the twin that it is given."""
    knobs[:] = f.inverse(knobs)
    return decoder(knobs)


@EXERCISE.wrong("draw_twin")
def rounds_the_knobs(knobs, decoder, f):
    """Rounds the machine's knobs to three places."""
    return decoder(np.round(f.inverse(knobs), 3))


@EXERCISE.wrong("draw_twin")
def keeps_the_knobs_from_the_ends(knobs, decoder, f):
    """Moves the machine's knobs away from their ends."""
    return decoder(np.clip(f.inverse(knobs), 0.05, 0.95))


@EXERCISE.wrong("draw_twin")
def draws_the_first_picture_only(knobs, decoder, f):
    """Turns back the first row of knobs only."""
    return decoder(f.inverse(knobs[:1]))
