"""Answers to exercise 2, a uniform quantiser."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="02_compression",
    notebook="compression",
    title="2 a uniform quantiser",
    read="02_compression: How small? From dimensions to bits",
    solutions=("quantise", "dequantise"),
    checks=("quantise-by_hand", "quantise-theory", "dequantise-by_hand", "dequantise-theory"),
)


@EXERCISE.right("quantise")
def adds_half_and_goes_down(values, step):
    """Rounds half up: the floor of x / step + 1/2."""
    return np.floor(np.divide(values, step) + 0.5).astype(int)


@EXERCISE.right("quantise")
def rounds_each_number_in_python(values, step):
    """Goes through the values one by one with Python's own rounding, and restores the shape."""
    values = np.asarray(values, dtype=float)
    return np.array([round(value / step) for value in values.ravel().tolist()], dtype=np.int32).reshape(values.shape)


@EXERCISE.right("quantise")
def rounds_away_from_zero(values, step):
    """Rounds the size and puts the sign back, by torch."""
    import torch

    scaled = torch.as_tensor(np.array(values, dtype=np.float64)) / step
    return (torch.sign(scaled) * torch.floor(scaled.abs() + 0.5)).long()


@EXERCISE.right("dequantise")
def multiplies_by_a_float(indices, step):
    """Makes the step a float, which makes the product one."""
    return np.multiply(indices, float(step))


@EXERCISE.right("dequantise")
def divides_by_the_inverse_step(indices, step):
    """Counts how many indices make up a unit, and divides by that."""
    return np.asarray(indices) / (1 / step)


@EXERCISE.right("dequantise")
def multiplies_each_number_in_python(indices, step):
    """Goes through the indices one by one, and restores the shape."""
    flat = [index * float(step) for index in np.ravel(indices).tolist()]
    return np.array(flat).reshape(np.shape(indices))


@EXERCISE.wrong("quantise")
def cuts_towards_zero(values, step):
    """Uses astype(int) for rounding, which drops the fraction."""
    return (np.asarray(values) / step).astype(int)


@EXERCISE.wrong("dequantise")
def multiplies_in_small_integers(indices, step):
    """Multiplies in the indices' own type, where 100 times 3 does not fit into an int8."""
    return (np.asarray(indices) * step).astype(float)


@EXERCISE.wrong("quantise")
def stores_a_byte(values, step):
    """Stores each index in a byte, where large ones wrap around."""
    return np.rint(np.asarray(values) / step).astype(np.int64).astype(np.int8)


@EXERCISE.wrong("quantise")
def always_goes_down(values, step):
    """Uses whole-number division, which takes the multiple below instead of the nearest."""
    return (np.asarray(values) // step).astype(int)


@EXERCISE.wrong("quantise")
def leaves_floats(values, step):
    """Rounds, and returns floats, which cost 64 bits each."""
    return np.rint(np.asarray(values) / step)


@EXERCISE.wrong("quantise")
def returns_the_values(values, step):
    """Returns the multiples themselves instead of their indices."""
    return np.rint(np.asarray(values) / step) * step


@EXERCISE.wrong("quantise")
def multiplies_by_the_step(values, step):
    """Takes a step for a number of levels a unit."""
    return np.rint(np.asarray(values) * step).astype(int)


@EXERCISE.wrong("quantise")
def rounds_before_dividing(values, step):
    """Rounds the values first, so that every step below 1 comes too late."""
    return (np.rint(values) / step).astype(int)


@EXERCISE.wrong("quantise")
def starts_at_the_smallest_value(values, step):
    """Counts steps from the smallest value, which the inverse does not know."""
    return np.rint((np.asarray(values) - np.min(values)) / step).astype(int)


@EXERCISE.wrong("quantise")
def clips_to_positive_indices(values, step):
    """Cuts off negative indices, as if indices started at 0."""
    return np.maximum(np.rint(np.asarray(values) / step), 0).astype(int)


@EXERCISE.wrong("quantise")
def clips_to_sixteen_bits(values, step):
    """Cuts indices off at the ends of an int16, so that large values are far more than half a step away."""
    return np.clip(np.rint(np.asarray(values) / step), -32768, 32767).astype(int)


@EXERCISE.wrong("quantise")
def flattens(values, step):
    """Returns one long row, whatever the shape of the values was."""
    return np.rint(np.ravel(values) / step).astype(int)


@EXERCISE.wrong("quantise")
def rounds_to_decimals(values, step):
    """Takes the step for a number of decimals."""
    return np.round(values, int(step)).astype(int)


@EXERCISE.wrong("dequantise")
def divides_by_the_step(indices, step):
    """Divides once more instead of undoing the division."""
    return np.asarray(indices) / step


@EXERCISE.wrong("dequantise")
def adds_half_a_step(indices, step):
    """Adds half a step, as if an index named the lower end of its interval."""
    return (np.asarray(indices) + 0.5) * step


@EXERCISE.wrong("dequantise")
def returns_whole_numbers(indices, step):
    """Converts back to integers, and loses what the step was for."""
    return (np.asarray(indices) * float(step)).astype(int)


@EXERCISE.wrong("dequantise")
def keeps_whole_steps_whole(indices, step):
    """Leaves the type to NumPy, so that a whole step gives whole numbers."""
    return np.asarray(indices).astype(np.int64) * step


@EXERCISE.wrong("dequantise")
def saves_memory_with_half_precision(indices, step):
    """Uses 16-bit floats, which have eleven bits for a number and end at 65,504."""
    return np.asarray(indices).astype(np.float16) * np.float16(step)


@EXERCISE.right("dequantise")
def multiplies_in_single_precision(indices, step):
    """Returns float32, which is a float dtype as well."""
    return np.asarray(indices).astype(np.float32) * np.float32(step)


@EXERCISE.wrong("quantise")
def looks_at_the_smallest_value_first(values, step):
    """Counts from the smallest value and adds its index back, which fails where there is no value at all."""
    lowest = np.floor(np.min(values) / step)
    return (np.rint(np.asarray(values) / step - lowest) + lowest).astype(int)


@EXERCISE.wrong("dequantise")
def reads_signed_bytes(indices, step):
    """Takes every index for a signed byte, in which 200 is −56."""
    return np.asarray(indices).astype(np.int8).astype(float) * step


@EXERCISE.wrong("dequantise")
def rounds_to_two_places(indices, step):
    """Rounds the values to two decimals, so that a small step is lost."""
    return np.round(np.asarray(indices, dtype=float) * step, 2)


@EXERCISE.wrong("dequantise")
def loses_the_sign(indices, step):
    """Takes the magnitude of each index."""
    return np.abs(np.asarray(indices, dtype=float)) * step


@EXERCISE.wrong("dequantise")
def returns_one_long_row(indices, step):
    """Multiplies one index after the other, and forgets the shape."""
    return np.array([index * step for index in np.ravel(indices)], dtype=float)
