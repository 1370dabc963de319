"""Answers to exercise 5, codes that fool a score."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="03_disentanglement",
    notebook="disentanglement",
    title="5 codes that fool a score",
    read="03_disentanglement: Codes that deceive a score",
    solutions=("informed_but_zero", "perfect_but_blind"),
    checks=(
        "informed_but_zero-three_factors",
        "informed_but_zero-any",
        "perfect_but_blind-three_factors",
        "perfect_but_blind-any",
    ),
)


@EXERCISE.right("informed_but_zero")
def each_latent_and_its_mirror(factors):
    """Adds to each latent a second one with the other sign."""
    return np.concatenate([factors, -factors], axis=1)


@EXERCISE.right("informed_but_zero")
def each_latent_three_times(factors):
    """Repeats each column, in other units."""
    return np.repeat(factors, 3, axis=1) * 0.5 + 1


@EXERCISE.right("informed_but_zero")
def lists_of_doubled_rows(factors):
    """Writes each row twice behind itself, as lists."""
    return [[*map(float, row), *map(float, row)] for row in factors]


@EXERCISE.right("perfect_but_blind")
def drops_the_last_factor(factors):
    """Leaves out the last factor."""
    return np.array(factors)[:, :-1] * 1.0


@EXERCISE.right("perfect_but_blind")
def keeps_a_latent_that_stands_still(factors):
    """Leaves the latent of the first factor at zero."""
    codes = np.array(factors, dtype=float)
    codes[:, 0] = 0
    return codes


@EXERCISE.right("perfect_but_blind")
def drops_one_and_doubles_the_rest(factors):
    """Leaves out the first factor, and holds all others twice, as lists."""
    return [[*row[1:], *row[1:]] for row in np.asarray(factors).tolist()]


@EXERCISE.wrong("informed_but_zero")
def knows_nothing(factors):
    """Gets a MIG of 0 by knowing nothing."""
    return np.zeros(np.shape(factors))


@EXERCISE.wrong("perfect_but_blind")
def loses_nothing(factors):
    """Returns the factors, with a perfect score and nothing lost."""
    return factors


@EXERCISE.wrong("informed_but_zero")
def turns_by_45_degrees(factors):
    """Mixes two factors into both latents: MIG falls, but not to 0, and no latent knows a factor any more."""
    codes = np.array(factors, dtype=float)
    codes[:, :2] = codes[:, :2] @ (np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2))[: codes.shape[1], : codes.shape[1]]
    return codes


@EXERCISE.wrong("informed_but_zero")
def doubles_the_first_factor_only(factors):
    """Repeats one latent, which closes the gap of one factor."""
    return np.hstack([factors, factors[:, :1]]) if factors.shape[1] > 1 else factors


@EXERCISE.wrong("informed_but_zero")
def doubles_the_pictures(factors):
    """Stacks along the wrong axis: every picture twice."""
    return np.vstack([factors, factors])


@EXERCISE.wrong("informed_but_zero")
def adds_a_noisy_copy(factors):
    """Repeats the latents with noise, so that the second best knows less."""
    return np.hstack([factors, factors + np.random.default_rng(0).normal(size=factors.shape)])


@EXERCISE.wrong("informed_but_zero")
def draws_latents_at_random(factors):
    """Draws codes that have nothing to do with the factors."""
    return np.random.default_rng(0).normal(size=factors.shape)


@EXERCISE.wrong("informed_but_zero")
def one_number_for_all_factors(factors):
    """Counts the combinations in one latent, which twenty intervals cannot tell apart."""
    number = factors @ 10 ** np.arange(factors.shape[1])
    return np.column_stack([number, number])


@EXERCISE.wrong("perfect_but_blind")
def loses_everything(factors):
    """Returns the same code for every picture: a factor is lost, and the score is chance."""
    return np.zeros((len(factors), 1))


@EXERCISE.wrong("perfect_but_blind")
def keeps_one_factor_only(factors):
    """Loses all factors but one; those that are lost cannot be told from each other."""
    return factors[:, :1]


@EXERCISE.wrong("perfect_but_blind")
def adds_two_factors(factors):
    """Adds the first two factors: both are blurred, none is lost."""
    return np.column_stack([factors[:, 0] + factors[:, 1], factors[:, 2:]])


@EXERCISE.wrong("perfect_but_blind")
def halves_a_factor(factors):
    """Rounds one factor to steps of two, which loses half of it."""
    codes = np.array(factors)
    codes[:, 0] //= 2
    return codes


@EXERCISE.wrong("perfect_but_blind")
def drops_a_picture(factors):
    """Leaves out a row, not a column."""
    return factors[1:]


@EXERCISE.wrong("perfect_but_blind")
def loses_two_factors(factors):
    """Loses two factors: which of the two a pair shares can only be guessed."""
    return factors[:, 2:]


@EXERCISE.wrong("perfect_but_blind")
def replaces_a_factor_by_noise(factors):
    """Puts noise in the place of a factor, where nothing random was allowed."""
    noise = np.random.default_rng().normal(size=len(factors))
    return np.column_stack([factors[:, 1:], noise])


@EXERCISE.wrong("informed_but_zero")
def divides_by_the_maximum_of_the_array(factors):
    """Scales by the largest values of all pictures, so that a code depends on other rows."""
    scaled = factors / np.maximum(factors.max(axis=0), 1)
    return np.hstack([scaled, scaled])


@EXERCISE.wrong("informed_but_zero")
def numbers_the_values_of_the_array(factors):
    """Replaces each value by its rank among the values that occur, which depend on other rows."""
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in factors.T])
    return np.hstack([ranks, ranks])


@EXERCISE.wrong("perfect_but_blind")
def scales_by_the_maximum_of_the_array(factors):
    """Drops a factor and divides the others by their largest values in all pictures."""
    return 9 * factors[:, :-1] / np.maximum(factors[:, :-1].max(axis=0), 1)


@EXERCISE.wrong("perfect_but_blind")
def drops_the_factor_that_varies_least(factors):
    """Chooses the factor to drop by its variance over all pictures."""
    return np.delete(factors, factors.var(axis=0).argmin(), axis=1)


@EXERCISE.wrong("perfect_but_blind")
def keeps_the_parity(factors):
    """Keeps only whether a value is odd: factors with even values alone are lost as well."""
    return 10.0 * (factors[:, :-1] % 2)


@EXERCISE.wrong("perfect_but_blind")
def keeps_large_or_small(factors):
    """Keeps only whether a value is 4 or more: factors with small values alone are lost as well."""
    return 10.0 * (factors[:, :-1] >= 4)


@EXERCISE.wrong("perfect_but_blind")
def loses_the_lowest_bit(factors):
    """Halves the values: a factor with the values 0 and 1 is lost as well."""
    return factors[:, :-1] // 2


@EXERCISE.wrong("informed_but_zero")
def repeats_the_factors_below_eight(factors):
    """Repeats the factors modulo 8, so that the copy does not tell 8 and 9 from 0 and 1."""
    return np.hstack([factors, factors % 8])


@EXERCISE.wrong("informed_but_zero")
def adds_the_squares(factors):
    """Adds squares, of which the small ones share an interval and so know less."""
    return np.hstack([factors, factors**2])


@EXERCISE.wrong("informed_but_zero")
def gives_each_value_a_latent(factors):
    """Gives each value a latent of 0 and 1, none of which knows the whole factor."""
    return np.hstack([factors == value for value in range(10)] * 2).astype(float)


@EXERCISE.wrong("perfect_but_blind")
def keeps_the_first_two(factors):
    """Loses nothing where there are two factors."""
    return factors[:, :2]


@EXERCISE.wrong("informed_but_zero")
def squeezes_a_single_picture(factors):
    """Drops the axes of length 1, and with them the row of a single picture."""
    squeezed = np.squeeze(factors)
    return np.column_stack((squeezed, squeezed))
