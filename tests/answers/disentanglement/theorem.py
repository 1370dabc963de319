"""Answers to exercise 3, a map that keeps the prior and mixes everything."""

import numpy as np
from scipy.stats import norm

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="03_disentanglement",
    notebook="disentanglement",
    title="3 a map that keeps the prior",
    read="03_disentanglement: The proof: two models, the same pixels",
    solutions=("mixing_matrix", "mix_uniform", "unmix_uniform"),
    checks=(
        "mixing_matrix-two",
        "mixing_matrix-any",
        "mix_uniform-quarter_turn",
        "mix_uniform-distribution",
        "mix_uniform-jacobian",
        "unmix_uniform-there_and_back",
        "unmix_uniform-any",
    ),
)


def mix_uniform(z, matrix):
    """Stands for the student's own function of the cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("mixing_matrix")
def draws_again_until_it_fits(d):
    """Takes the Q of random matrices, and draws again while an entry is too small."""
    rng = np.random.default_rng(0)
    while True:
        matrix = np.linalg.qr(rng.normal(size=(d, d)))[0]
        if np.abs(matrix).min() >= 0.02:
            return matrix


@EXERCISE.right("mixing_matrix")
def reflects_or_turns(d):
    """Reflects at the diagonal, which leaves 1 - 2/d and -2/d; for two latents turns by 45 degrees instead."""
    if d == 2:
        return np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    return np.eye(d) - 2 / d


@EXERCISE.right("mixing_matrix")
def a_random_rotation_by_scipy(d):
    """Lets SciPy draw rotations, whichever come, and returns a list of lists."""
    from scipy.stats import special_ortho_group

    candidates = (special_ortho_group.rvs(d) for _ in range(10_000))
    return next(matrix for matrix in candidates if (abs(matrix) > 0.01).all()).tolist()


@EXERCISE.right("mix_uniform")
def works_in_columns(z, matrix):
    """Turns the points into columns, as the textbook has them, and back."""
    return norm.cdf(matrix @ norm.ppf(z).T).T


@EXERCISE.right("mix_uniform")
def uses_the_error_function(z, matrix):
    """Writes Φ with SciPy's special functions."""
    from scipy.special import ndtr, ndtri

    y = ndtri(np.asarray(z))
    return ndtr(np.einsum("ij,nj->ni", matrix, y))


@EXERCISE.right("mix_uniform")
def asks_the_course(z, matrix):
    """Uses the bijection of utils.disentanglement, with uniform marginals."""
    from scipy import stats

    from utils.disentanglement import Bijection

    return Bijection([stats.uniform(0, 1)] * np.shape(z)[1], matrix)(z)


@EXERCISE.right("unmix_uniform")
def mixes_by_the_transpose(u, matrix):
    """Calls the function of the cell before with the transposed matrix."""
    return mix_uniform(u, np.transpose(matrix))


@EXERCISE.right("unmix_uniform")
def solves_for_the_gaussians(u, matrix):
    """Solves A y = v, without using that A is orthogonal."""
    return norm.cdf(np.linalg.solve(matrix, norm.ppf(u).T).T)


@EXERCISE.right("unmix_uniform")
def inverts_the_matrix(u, matrix):
    """Computes the inverse of A, which is its transpose."""
    v = norm.ppf(u)
    return np.array([norm.cdf(np.linalg.inv(matrix) @ row) for row in v])


@EXERCISE.wrong("mixing_matrix")
def takes_the_first_random_matrix(d):
    """Takes the first random rotation unseen: with more latents, its smallest entry is nearly 0."""
    return np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]


@EXERCISE.wrong("mix_uniform")
def turns_the_uniforms(z, matrix):
    """Turns the uniforms themselves about their middle: a turned square is no square."""
    return (z - 0.5) @ matrix.T + 0.5


@EXERCISE.wrong("unmix_uniform")
def mixes_once_more(u, matrix):
    """Mixes once more instead of turning back: points are rows, so look on which side the matrix stands, and how."""
    return norm.cdf(norm.ppf(u) @ matrix.T)


@EXERCISE.wrong("mixing_matrix")
def reflects_at_the_diagonal(d):
    """Reflects at the diagonal, which for two latents only exchanges them."""
    return np.eye(d) - 2 * np.ones((d, d)) / d


@EXERCISE.wrong("mixing_matrix")
def turns_one_pair(d):
    """Turns the first two latents by 45 degrees, and leaves the others alone."""
    matrix = np.eye(d)
    matrix[:2, :2] = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    return matrix


@EXERCISE.wrong("mixing_matrix")
def fills_with_random_numbers(d):
    """Takes any matrix without zeros, which does not keep independence."""
    return np.random.default_rng(0).uniform(0.1, 1, size=(d, d))


@EXERCISE.wrong("mixing_matrix")
def normalises_the_rows(d):
    """Gives each row of a random matrix length 1, and forgets that rows must be perpendicular."""
    matrix = np.random.default_rng(0).uniform(0.1, 1, size=(d, d))
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@EXERCISE.wrong("mixing_matrix")
def takes_the_cosine_transform(d):
    """Takes the discrete cosine transform, orthogonal, which has a zero in the middle for three latents."""
    from scipy.fft import dct

    return dct(np.eye(d), norm="ortho", axis=0)


@EXERCISE.wrong("mixing_matrix")
def leaves_the_latents_alone(d):
    """Takes the identity, which is orthogonal and mixes nothing."""
    return np.eye(d)


@EXERCISE.wrong("mix_uniform")
def stays_gaussian(z, matrix):
    """Forgets the last step, so that the new latents are Gaussian."""
    return norm.ppf(z) @ matrix.T


@EXERCISE.wrong("mix_uniform")
def takes_uniforms_for_gaussians(z, matrix):
    """Forgets the first step, and turns uniforms as if they were Gaussian."""
    return norm.cdf(z @ matrix.T)


@EXERCISE.wrong("mix_uniform")
def multiplies_from_the_wrong_side(z, matrix):
    """Forgets to transpose for points in rows, and so applies the inverse."""
    return norm.cdf(norm.ppf(z) @ matrix)


@EXERCISE.wrong("mix_uniform")
def exchanges_the_two_functions(z, matrix):
    """Takes Φ for Φ⁻¹ and the other way round."""
    return norm.ppf(norm.cdf(z) @ matrix.T)


@EXERCISE.wrong("mix_uniform")
def wraps_around(z, matrix):
    """Turns the uniforms, and folds what leaves the square back in: uniform, but cut into pieces."""
    return ((z - 0.5) @ matrix.T + 0.5) % 1.0


@EXERCISE.wrong("mix_uniform")
def clips_what_leaves(z, matrix):
    """Turns the uniforms, and moves what leaves the square to its edge."""
    return np.clip((z - 0.5) @ matrix.T + 0.5, 0, 1)


@EXERCISE.wrong("mix_uniform")
def multiplies_entry_by_entry(z, matrix):
    """Scales each latent by the diagonal of A, and mixes nothing."""
    return norm.cdf(norm.ppf(z) * np.diag(matrix))


@EXERCISE.wrong("unmix_uniform")
def undoes_the_steps_in_the_same_order(u, matrix):
    """Inverts each step, but keeps their order."""
    return norm.ppf(norm.cdf(u) @ matrix)


@EXERCISE.wrong("unmix_uniform")
def turns_back_the_uniforms(u, matrix):
    """Undoes the rotation, and forgets that it was one of Gaussians."""
    return (u - 0.5) @ matrix + 0.5


@EXERCISE.wrong("unmix_uniform")
def changes_the_sign(u, matrix):
    """Takes 1 minus the mixed point, which changes the sign of the Gaussian, for the unmixed one."""
    return norm.cdf(norm.ppf(u) @ -matrix.T)


@EXERCISE.wrong("mix_uniform")
def clips_by_two_percent(z, matrix):
    """Moves points near 0 and 1 inwards, so that the map is no bijection."""
    return norm.cdf(norm.ppf(np.clip(z, 0.02, 0.98)) @ matrix.T)


@EXERCISE.wrong("unmix_uniform")
def clips_on_the_way_back(u, matrix):
    """Moves points near 0 and 1 inwards before unmixing them."""
    return norm.cdf(norm.ppf(np.clip(u, 0.01, 0.99)) @ matrix)


@EXERCISE.wrong("mix_uniform")
def takes_columns_for_points_where_it_can(z, matrix):
    """Multiplies from the left if the shapes allow it, which they do for as many points as latents."""
    gaussian = norm.ppf(z)
    if len(gaussian) == len(matrix):
        return norm.cdf(matrix @ gaussian)
    return norm.cdf(gaussian @ matrix.T)


@EXERCISE.wrong("unmix_uniform")
def writes_into_the_points(u, matrix):
    """Makes Gaussians of the points in place, so that the caller's points are changed."""
    u[:] = norm.ppf(u)
    return norm.cdf(u @ matrix)


@EXERCISE.wrong("mixing_matrix")
def takes_one_random_rotation(d):
    """Takes the first random rotation unseen: with more latents, its smallest entry is nearly 0."""
    return np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]


@EXERCISE.wrong("mixing_matrix")
def turns_neighbours_one_after_another(d):
    """Multiplies rotations of neighbouring latents, which leaves zeros beyond the next neighbour."""
    matrix = np.eye(d)
    for i in range(d - 1):
        turn = np.eye(d)
        turn[i : i + 2, i : i + 2] = [[0.8, -0.6], [0.6, 0.8]]
        matrix = matrix @ turn
    return matrix


@EXERCISE.wrong("mixing_matrix")
def cuts_a_larger_hadamard_matrix(d):
    """Cuts a matrix out of a larger orthogonal one, whose rows are then no longer perpendicular."""
    from scipy.linalg import hadamard

    return hadamard(16)[:d, :d] / np.sqrt(d)


@EXERCISE.wrong("mixing_matrix")
def raises_small_entries(d):
    """Raises small entries of a rotation afterwards, which is then no rotation any more."""
    matrix = np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]
    return np.where(np.abs(matrix) < 0.01, 0.01, matrix)


@EXERCISE.wrong("mixing_matrix")
def forgets_to_normalise_the_reflection(d):
    """Leaves out the division by the length of v, so that the rows have another length than 1."""
    v = np.arange(1.0, d + 1)
    return (v @ v) * np.eye(d) - 2 * np.outer(v, v)


@EXERCISE.wrong("mix_uniform")
def forgets_the_root_of_two_in_the_error_function(z, matrix):
    """Takes the error function of y itself for the distribution function, without dividing y by the root of 2."""
    from scipy.special import erf

    return 0.5 * (1 + erf(norm.ppf(z) @ matrix.T))


@EXERCISE.wrong("mix_uniform")
def ranks_the_points(z, matrix):
    """Replaces the distribution function by ranks among the points, so that a point depends on the others."""
    from scipy.stats import rankdata

    return (rankdata(norm.ppf(z) @ matrix.T, axis=0) - 0.5) / len(z)


@EXERCISE.wrong("unmix_uniform")
def inverts_entry_by_entry(u, matrix):
    """Takes 1 divided by each entry for the inverse of the matrix."""
    return norm.cdf(norm.ppf(u) @ (1 / matrix))


@EXERCISE.wrong("unmix_uniform")
def applies_the_inverse_to_columns(u, matrix):
    """Mixes once more instead of turning back: points are rows, so look on which side the matrix stands, and how."""
    return norm.cdf(norm.ppf(u) @ np.linalg.inv(matrix))


@EXERCISE.wrong("unmix_uniform")
def transposes_the_matrix_of_the_caller(u, matrix):
    """Writes the transpose over the matrix that it is given."""
    matrix[:] = matrix.T.copy()
    return norm.cdf(norm.ppf(u) @ matrix.T)


@EXERCISE.wrong("unmix_uniform")
def subtracts_from_one(u, matrix):
    """Takes 1 minus the mixed point, which changes the sign of the Gaussian, for the unmixed one."""
    return 1 - norm.cdf(norm.ppf(u) @ matrix.T)


@EXERCISE.wrong("unmix_uniform")
def knows_two_latents_only(u, matrix):
    """Writes the product out for two latents."""
    x, y = norm.ppf(u)[:, 0], norm.ppf(u)[:, 1]
    return norm.cdf(np.stack([matrix[0, 0] * x + matrix[1, 0] * y, matrix[0, 1] * x + matrix[1, 1] * y], axis=1))
