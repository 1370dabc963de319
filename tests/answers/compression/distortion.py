"""Answers to exercise 1, MSE and PSNR."""

import numpy as np
from skimage.metrics import mean_squared_error

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="02_compression",
    notebook="compression",
    title="1 MSE and PSNR",
    read="02_compression: How far? Three answers",
    solutions=("mse", "psnr"),
    checks=("mse-two_cards", "mse-theory", "psnr-by_hand", "psnr-theory"),
    equivalent={
        "return np.mean(difference.reshape(len(difference), -1) ** 2, axis=1)"
        " -> return np.mean(difference.reshape(len(difference), -2) ** 2, axis=1)": (
            "NumPy takes any negative size for the one that it has to find out"
        ),
        "error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))"
        " -> error = mean_squared_error(np.asarray(reconstructions), np.asarray(originals))": "the MSE is symmetric",
        "if error == 0: -> if error <= 0:": "the MSE is never negative",
        "if error == 0: -> if error == -1:": "dividing by 0, NumPy warns and gives infinity, which is the right answer",
    },
)


def mse(originals, reconstructions):
    """Stands for the student's own function of the cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("mse")
def goes_image_by_image(originals, reconstructions):
    """Lets scikit-image do one image after the other, and returns a list."""
    return [mean_squared_error(a, b) for a, b in zip(originals, reconstructions, strict=True)]


@EXERCISE.right("mse")
def averages_over_all_axes_but_the_first(originals, reconstructions):
    """Converts one of the two, which takes the difference to float, and names the axes."""
    difference = originals.astype(np.float64) - reconstructions
    return (difference * difference).mean(axis=tuple(range(1, difference.ndim)))


@EXERCISE.right("mse")
def expands_the_square(originals, reconstructions):
    """Uses (a - b)^2 = a^2 - 2ab + b^2 with whole numbers of 64 bits or floats of 64 bits, by torch."""
    import torch

    a, b = (torch.as_tensor(np.array(x, dtype=np.float64)).flatten(1) for x in (originals, reconstructions))
    return ((a**2).sum(1) - 2 * (a * b).sum(1) + (b**2).sum(1)).clamp(min=0) / a.shape[1]


@EXERCISE.right("psnr")
def starts_from_its_own_mse(originals, reconstructions, data_range):
    """Averages the images' MSEs, which all have as many pixels, and lets NumPy divide by 0: it warns, and is right."""
    return 10 * np.log10(np.float64(data_range) ** 2 / np.mean(mse(originals, reconstructions)))


@EXERCISE.right("psnr")
def takes_logarithms_apart(originals, reconstructions, data_range):
    """Uses 20 log R - 10 log MSE with the mathematics module, and asks for identical images first."""
    import math

    if np.array_equal(originals, reconstructions):
        return math.inf
    error = np.square(np.float64(originals) - np.float64(reconstructions)).mean()
    return 20 * math.log10(data_range) - 10 * math.log10(error)


@EXERCISE.right("psnr")
def divides_the_range_by_the_root(originals, reconstructions, data_range):
    """Uses 20 log10(R / RMSE) of images in units of the data range."""
    a, b = np.asarray(originals) / data_range, np.asarray(reconstructions) / data_range
    rmse = np.sqrt(np.mean((a - b) ** 2))
    return np.inf if rmse == 0 else -20 * np.log10(rmse)


@EXERCISE.wrong("psnr")
def averages_the_images_own_decibels(originals, reconstructions, data_range):
    """Takes the mean of per-image values: one exact image makes the whole batch infinitely good."""
    errors = mse(originals, reconstructions)
    return np.mean([np.inf if error == 0 else 10 * np.log10(data_range**2 / error) for error in errors])


@EXERCISE.wrong("mse")
def lets_uint8_wrap_around(originals, reconstructions):
    """Subtracts and squares in the images' own type, modulo 256."""
    difference = np.asarray(originals) - np.asarray(reconstructions)
    return (difference**2).reshape(len(difference), -1).mean(axis=1)


@EXERCISE.wrong("psnr")
def reads_the_range_off_the_image(originals, reconstructions, data_range):
    """Takes the largest minus the smallest grey value for the data range."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    spread = float(np.max(originals)) - float(np.min(originals))
    return float("inf") if error == 0 else 10 * np.log10(spread**2 / error)


@EXERCISE.wrong("mse")
def pools_all_images(originals, reconstructions):
    """Returns one number for the batch where one for each image was asked for."""
    return np.mean((np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)) ** 2)


@EXERCISE.wrong("mse")
def converts_after_subtracting(originals, reconstructions):
    """Converts after subtracting: uint8 is too small for the square, but already too small for the difference."""
    difference = (np.asarray(originals) - np.asarray(reconstructions)).astype(float)
    return (difference**2).reshape(len(difference), -1).mean(axis=1)


@EXERCISE.wrong("mse")
def converts_to_sixteen_bits(originals, reconstructions):
    """Makes room for the difference, and not for its square: 255 squared is 65,025, an int16 ends at 32,767."""
    difference = np.asarray(originals).astype(np.int16) - np.asarray(reconstructions).astype(np.int16)
    return (difference * difference).reshape(len(difference), -1).mean(axis=1)


@EXERCISE.wrong("mse")
def takes_absolute_differences(originals, reconstructions):
    """Averages absolute differences: the mean absolute error."""
    difference = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    return np.abs(difference).reshape(len(difference), -1).mean(axis=1)


@EXERCISE.wrong("mse")
def squares_the_mean(originals, reconstructions):
    """Averages first and squares then, so that errors cancel."""
    difference = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    return difference.reshape(len(difference), -1).mean(axis=1) ** 2


@EXERCISE.wrong("mse")
def takes_the_root(originals, reconstructions):
    """Returns the root of the mean squared error."""
    difference = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    return np.sqrt((difference**2).reshape(len(difference), -1).mean(axis=1))


@EXERCISE.wrong("mse")
def averages_over_the_images(originals, reconstructions):
    """Averages along the first axis: an error of each pixel, not of each image."""
    difference = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    return (difference**2).reshape(len(difference), -1).mean(axis=0)


@EXERCISE.wrong("mse")
def expects_three_axes(originals, reconstructions):
    """Averages over the last two axes, which is enough for (n, 28, 28) only."""
    difference = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    return (difference**2).mean(axis=(-2, -1))


@EXERCISE.wrong("psnr")
def forgets_to_square_the_range(originals, reconstructions, data_range):
    """Puts R instead of R squared above the fraction line, which makes no difference at R = 1."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else 10 * np.log10(data_range / error)


@EXERCISE.wrong("psnr")
def takes_natural_logarithms(originals, reconstructions, data_range):
    """Takes log for the logarithm to the base 10."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else 10 * np.log(data_range**2 / error)


@EXERCISE.wrong("psnr")
def mixes_twenty_with_squares(originals, reconstructions, data_range):
    """Takes the factor 20 of amplitudes for a ratio of squares."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else 20 * np.log10(data_range**2 / error)


@EXERCISE.wrong("psnr")
def adds_a_tiny_number(originals, reconstructions, data_range):
    """Keeps the division finite with 1e-12, so that identical images get 120 dB and not infinity."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return 10 * np.log10(data_range**2 / (error + 1e-12))


@EXERCISE.wrong("psnr")
def gives_identical_images_nothing(originals, reconstructions, data_range):
    """Returns 0 where nothing differs, which is the PSNR of noise as large as the picture."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return 0.0 if error == 0 else 10 * np.log10(data_range**2 / error)


@EXERCISE.wrong("psnr")
def believes_that_white_is_one(originals, reconstructions, data_range):
    """Ignores the data range, as if all images were floats."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else -10 * np.log10(error)


@EXERCISE.wrong("psnr")
def guesses_the_range_from_the_type(originals, reconstructions, data_range):
    """Takes 255 for whole numbers and 1 for floats, whatever is said: floats may run to 255, too."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    guessed = 255 if np.asarray(originals).dtype.kind in "iu" else 1
    return float("inf") if error == 0 else 10 * np.log10(guessed**2 / error)


@EXERCISE.wrong("psnr")
def divides_by_zero_in_plain_python(originals, reconstructions, data_range):
    """Forgets identical images; plain Python raises an error there."""
    error = float(mean_squared_error(np.asarray(originals), np.asarray(reconstructions)))
    return 10 * np.log10(data_range**2 / error)


@EXERCISE.right("psnr")
def returns_single_precision(originals, reconstructions, data_range):
    """Returns the right number as a float32."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return np.float32(10 * np.log10(data_range**2 / error) if error > 0 else np.inf)


@EXERCISE.wrong("psnr")
def takes_nearly_identical_for_identical(originals, reconstructions, data_range):
    """Asks np.allclose whether anything differs, so that small errors count as none."""
    if np.allclose(originals, reconstructions):
        return float("inf")
    return 10 * np.log10(data_range**2 / mean_squared_error(np.asarray(originals), np.asarray(reconstructions)))


@EXERCISE.wrong("psnr")
def takes_a_small_error_for_zero(originals, reconstructions, data_range):
    """Asks np.isclose whether the error is 0, which is true up to 1e-8."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if np.isclose(error, 0) else 10 * np.log10(data_range**2 / error)


@EXERCISE.wrong("psnr")
def stops_at_a_hundred(originals, reconstructions, data_range):
    """Limits PSNR to 100 dB unless nothing differs, as some libraries do."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else min(100.0, 10 * np.log10(data_range**2 / error))


@EXERCISE.wrong("psnr")
def rounds_the_range(originals, reconstructions, data_range):
    """Makes a whole number of the data range, at least 1: 0.5 becomes 1, and 2.5 becomes 2."""
    error = mean_squared_error(np.asarray(originals), np.asarray(reconstructions))
    return float("inf") if error == 0 else 10 * np.log10(max(int(data_range), 1) ** 2 / error)


@EXERCISE.right("mse")
def asks_torch(originals, reconstructions):
    """Converts to tensors of torch, and averages each row."""
    import torch

    images, restored = (
        torch.tensor(np.asarray(x), dtype=torch.float64).flatten(1) for x in (originals, reconstructions)
    )
    return torch.nn.functional.mse_loss(images, restored, reduction="none").mean(dim=1).numpy()


@EXERCISE.wrong("mse")
def brings_floats_to_255(originals, reconstructions):
    """Multiplies floats between 0 and 1 by 255, so that all images are in one unit, which was not asked for."""
    images, restored = originals.astype(float), reconstructions.astype(float)
    if images.max() <= 1:
        images, restored = images * 255, restored * 255
    return ((images - restored) ** 2).reshape(len(images), -1).mean(axis=1)


@EXERCISE.wrong("mse")
def squeezes_the_result(originals, reconstructions):
    """Removes axes of length 1 at the end, so that a single image has a number without an axis."""
    differences = originals.astype(float) - reconstructions.astype(float)
    return np.squeeze((differences**2).reshape(len(differences), -1).mean(axis=1))


@EXERCISE.wrong("psnr")
def squares_the_range_in_a_byte(originals, reconstructions, data_range):
    """Converts the data range to the images' own type, in which 255 squared is 1."""
    error = np.mean((originals.astype(float) - reconstructions.astype(float)) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(originals.dtype.type(data_range) ** 2 / error)
