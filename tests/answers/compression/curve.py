"""Answers to exercise 4, the rate–distortion curve and its front."""

import constriction
import numpy as np
from sklearn.decomposition import PCA

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="02_compression",
    notebook="compression",
    title="4 rate-distortion curve and front",
    read="02_compression: The rate–distortion plane",
    solutions=("pca_curve", "pareto_front"),
    checks=("pca_curve-small_cards", "pca_curve-theory", "pareto_front-six_points", "pareto_front-theory"),
    equivalent={
        "restored = np.clip(pca.inverse_transform(indices * step), 0, 1)"
        " -> restored = np.clip(0, pca.inverse_transform(indices * step), 1)": (
            "clipping 0 from below at x and from above at 1 is clipping x to [0, 1]"
        ),
        "rows, held_out_rows = (np.reshape(images, (len(images), -1)) for images in (training, held_out))"
        " -> rows, held_out_rows = (np.reshape(images, (len(images), -2)) for images in (training, held_out))": (
            "NumPy takes any negative size for the one that it has to find out"
        ),
    },
)

LAPLACE = constriction.stream.model.QuantizedLaplace(-2000, 2000)


def fit_coder(indices):
    """Stands for the function that the assignment hands out, which the answers below may call."""
    raise NotImplementedError


def encode(indices, middles, widths):
    """Stands for the function that the assignment hands out, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("pca_curve")
def decomposes_once(training, held_out, latent_dims, step):
    """Takes one singular value decomposition, and its first rows for each latent dimension."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2]
    answer = np.zeros((len(latent_dims), 2))
    for row, d in zip(answer, latent_dims, strict=True):
        fitted = fit_coder(np.round((rows - mean) @ axes[:d].T / step))
        indices = np.round((new - mean) @ axes[:d].T / step).astype(int)
        restored = (indices * step @ axes[:d] + mean).clip(0, 1)
        row[:] = len(encode(indices, *fitted)) / len(new), 10 * np.log10(1 / ((restored - new) ** 2).mean())
    return answer


@EXERCISE.right("pca_curve")
def diagonalises_the_covariance(training, held_out, latent_dims, step):
    """Takes eigenvectors of the covariance matrix, and returns a list of pairs."""
    from skimage.metrics import peak_signal_noise_ratio

    rows, new = (np.asarray(x, dtype=float).reshape(len(x), -1) for x in (training, held_out))
    mean = rows.mean(axis=0)
    vectors = np.linalg.eigh((rows - mean).T @ (rows - mean))[1][:, ::-1]
    points = []
    for d in latent_dims:
        keep = vectors[:, :d]
        indices = np.rint((new - mean) @ keep / step)
        data = encode(indices, *fit_coder(np.rint((rows - mean) @ keep / step)))
        restored = np.clip(mean + indices * step @ keep.T, 0, 1)
        points.append([len(data) / new.shape[0], peak_signal_noise_ratio(new, restored, data_range=1)])
    return points


@EXERCISE.right("pca_curve")
def fits_scikit_learn_once(training, held_out, latent_dims, step):
    """Fits as many directions as the largest entry asks for, and drops the others by setting indices to 0."""
    flat = [np.reshape(images, (len(images), -1)) for images in (training, held_out)]
    pca = PCA(max(latent_dims), svd_solver="full").fit(flat[0])
    train, test = (np.rint(pca.transform(rows) / step) for rows in flat)
    rates, psnrs = [], []
    for d in latent_dims:
        rates.append(len(encode(test[:, :d], *fit_coder(train[:, :d]))) / len(test))
        kept = np.where(np.arange(test.shape[1]) < d, test, 0)
        error = np.clip(pca.inverse_transform(kept * step), 0, 1) - flat[1]
        psnrs.append(-10 * np.log10(np.square(error).mean()))
    return np.column_stack([rates, psnrs])


@EXERCISE.right("pareto_front")
def asks_every_pair(rates, psnrs):
    """Writes the definition down in two loops, then sorts by rate."""
    front = []
    for i in range(len(rates)):
        beaten = False
        for j in range(len(rates)):
            no_worse = rates[j] <= rates[i] and psnrs[j] >= psnrs[i]
            better = rates[j] < rates[i] or psnrs[j] > psnrs[i]
            beaten = beaten or (no_worse and (better or j < i))
        if not beaten:
            front.append(i)
    return sorted(front, key=lambda i: rates[i])


@EXERCISE.right("pareto_front")
def compares_all_at_once(rates, psnrs):
    """Compares all pairs with two matrices, and finds equal points by their numbers."""
    points = np.stack([np.asarray(rates, dtype=float), -np.asarray(psnrs, dtype=float)], axis=1)
    no_worse = (points[:, None] <= points[None]).all(axis=2)
    better = (points[:, None] < points[None]).any(axis=2)
    best = np.flatnonzero(~(no_worse & better).any(axis=0))
    _, first = np.unique(points[best], axis=0, return_index=True)
    return best[first]


@EXERCISE.right("pareto_front")
def keeps_a_running_maximum(rates, psnrs):
    """Sorts with Python's sorted, which leaves equal points in their order, and keeps each new record."""
    order = sorted(range(len(rates)), key=lambda i: (rates[i], -psnrs[i]))
    quality = np.array([psnrs[i] for i in order], dtype=float)
    record = np.append(-np.inf, np.maximum.accumulate(quality)[:-1])
    return np.array(order)[quality > record]


@EXERCISE.wrong("pca_curve")
def fits_on_what_it_is_tested_on(training, held_out, latent_dims, step):
    """Fits PCA and coder on the held-out images, so that the decoder knows the cards that it has yet to get."""
    rows = np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        indices = np.rint(pca.transform(rows) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        size = len(encode(indices, *fit_coder(indices))) / len(rows)
        points.append((size, -10 * np.log10(np.mean((restored - rows) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pareto_front")
def keeps_points_that_are_better_in_one(rates, psnrs):
    """Drops a point only if another is strictly better in both, so that ties with a better one stay."""
    return [
        i
        for i in sorted(range(len(rates)), key=lambda i: rates[i])
        if not any(rates[j] < rates[i] and psnrs[j] > psnrs[i] for j in range(len(rates)))
    ]


@EXERCISE.wrong("pca_curve")
def fits_the_coder_on_held_out_indices(training, held_out, latent_dims, step):
    """Fits PCA on training images and the coder on the indices that it codes."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        size = len(encode(indices, *fit_coder(indices))) / len(new)
        points.append((size, -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def restores_from_unquantised_codes(training, held_out, latent_dims, step):
    """Reconstructs from coordinates that the reader never gets: the step costs nothing."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        restored = np.clip(pca.inverse_transform(pca.transform(new)), 0, 1)
        size = len(encode(np.rint(pca.transform(new) / step), *coder)) / len(new)
        points.append((size, -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def does_not_clip(training, held_out, latent_dims, step):
    """Leaves grey values outside [0, 1], which no image has."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        error = np.mean((pca.inverse_transform(indices * step) - new) ** 2)
        points.append((len(encode(indices, *coder)) / len(new), -10 * np.log10(error)))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def returns_the_bytes_of_the_batch(training, held_out, latent_dims, step):
    """Gives the bytes of all images together instead of an image's."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((len(encode(indices, *coder)), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def counts_dimensions_as_bytes(training, held_out, latent_dims, step):
    """Takes the number of latents for the rate, as if each took a byte."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        restored = np.clip(pca.inverse_transform(np.rint(pca.transform(new) / step) * step), 0, 1)
        points.append((d, -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def sorts_the_latent_dimensions(training, held_out, latent_dims, step):
    """Returns the rows from the smallest to the largest latent dimension, whatever the order of the list."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in sorted(latent_dims):
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((len(encode(indices, *coder)) / len(new), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def exchanges_rate_and_quality(training, held_out, latent_dims, step):
    """Puts PSNR into the first column."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((-10 * np.log10(np.mean((restored - new) ** 2)), len(encode(indices, *coder)) / len(new)))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def measures_on_training_images(training, held_out, latent_dims, step):
    """Reports rate and PSNR of the images that it was fitted on."""
    rows = np.reshape(training, (len(training), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        indices = np.rint(pca.transform(rows) / step)
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        size = len(encode(indices, *fit_coder(indices))) / len(rows)
        points.append((size, -10 * np.log10(np.mean((restored - rows) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def forgets_to_multiply_by_the_step(training, held_out, latent_dims, step):
    """Reconstructs from the indices as if they were coordinates."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        restored = np.clip(pca.inverse_transform(indices), 0, 1)
        points.append((len(encode(indices, *coder)) / len(new), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pareto_front")
def returns_the_rates(rates, psnrs):
    """Returns the points' rates instead of their positions."""
    front, best = [], -np.inf
    for position in np.lexsort((np.negative(psnrs), rates)):
        if psnrs[position] > best:
            front.append(rates[position])
            best = psnrs[position]
    return front


@EXERCISE.wrong("pareto_front")
def keeps_every_equal_point(rates, psnrs):
    """Compares with "at least" where a record has to be broken: of equal points only the first is on the front."""
    points = list(zip(rates, psnrs, strict=True))
    front = [
        i
        for i, (rate, quality) in enumerate(points)
        if not any(r <= rate and q >= quality and (r, q) != (rate, quality) for r, q in points)
    ]
    return sorted(front, key=lambda i: rates[i])


@EXERCISE.wrong("pareto_front")
def drops_every_equal_point(rates, psnrs):
    """Lets equal points dominate each other, so that none of them is left."""
    return [
        int(i)
        for i in np.argsort(rates, kind="stable")
        if not any(rates[j] <= rates[i] and psnrs[j] >= psnrs[i] for j in range(len(rates)) if j != i)
    ]


@EXERCISE.wrong("pareto_front")
def leaves_the_order_as_it_was(rates, psnrs):
    """Finds the front, and returns it in the order of the input."""
    front, best = [], -np.inf
    for position in np.lexsort((np.negative(psnrs), rates)):
        if psnrs[position] > best:
            front.append(int(position))
            best = psnrs[position]
    return sorted(front)


@EXERCISE.wrong("pareto_front")
def sorts_by_rate_only(rates, psnrs):
    """Walks by increasing rate and keeps each record, but lets a worse point of the same rate in first."""
    front, best = [], -np.inf
    for position in np.argsort(rates, kind="stable"):
        if psnrs[position] > best:
            front.append(int(position))
            best = psnrs[position]
    return front


@EXERCISE.wrong("pareto_front")
def keeps_equal_quality_at_a_higher_rate(rates, psnrs):
    """Compares with "at least" where a record has to be broken: of equal points only the first is on the front."""
    front, best = [], -np.inf
    for position in np.lexsort((np.negative(psnrs), rates)):
        if psnrs[position] >= best:
            front.append(int(position))
            best = psnrs[position]
    return front


@EXERCISE.wrong("pareto_front")
def compares_with_the_neighbour_only(rates, psnrs):
    """Keeps a point that is better than the one before it by rate, though an earlier one may beat it."""
    order = np.lexsort((np.negative(psnrs), rates))
    return [int(i) for k, i in enumerate(order) if k == 0 or psnrs[i] > psnrs[order[k - 1]]]


@EXERCISE.wrong("pareto_front")
def returns_a_mask(rates, psnrs):
    """Returns true or false for each point instead of positions."""
    rates, psnrs = np.asarray(rates), np.asarray(psnrs)
    better = (rates[None] < rates[:, None]) & (psnrs[None] >= psnrs[:, None])
    better |= (rates[None] <= rates[:, None]) & (psnrs[None] > psnrs[:, None])
    return ~better.any(axis=1)


@EXERCISE.wrong("pareto_front")
def takes_the_best_ratio_of_the_two(rates, psnrs):
    """Returns the single point with the most decibels a byte, which says nothing about the others."""
    return [int(np.argmax(np.asarray(psnrs) / np.maximum(rates, 1e-9)))]


@EXERCISE.wrong("pareto_front")
def minimises_both(rates, psnrs):
    """Takes PSNR for a distortion, of which less is better."""
    front, best = [], np.inf
    for position in np.lexsort((psnrs, rates)):
        if psnrs[position] < best:
            front.append(int(position))
            best = psnrs[position]
    return front


@EXERCISE.wrong("pca_curve")
def takes_the_range_of_the_content(training, held_out, latent_dims, step):
    """Takes the largest minus the smallest grey value of the held-out images for the data range."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.rint(pca.transform(rows) / step))
        indices = np.rint(pca.transform(new) / step)
        error = np.mean((np.clip(pca.inverse_transform(indices * step), 0, 1) - new) ** 2)
        points.append((len(encode(indices, *coder)) / len(new), 20 * np.log10(np.ptp(new)) - 10 * np.log10(error)))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def cuts_indices_off(training, held_out, latent_dims, step):
    """Limits indices to 20 steps to either side, which a fine step exceeds."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for d in latent_dims:
        pca = PCA(d).fit(rows)
        coder = fit_coder(np.clip(np.rint(pca.transform(rows) / step), -20, 20))
        indices = np.clip(np.rint(pca.transform(new) / step), -20, 20)
        error = np.mean((np.clip(pca.inverse_transform(indices * step), 0, 1) - new) ** 2)
        points.append((len(encode(indices, *coder)) / len(new), -10 * np.log10(error)))
    return np.array(points)


@EXERCISE.wrong("pareto_front")
def keeps_the_convex_hull(rates, psnrs):
    """Drops points below the line between two others, although neither dominates them."""
    front = []
    for i in np.lexsort((np.negative(psnrs), rates)):
        if front and psnrs[i] <= psnrs[front[-1]]:
            continue
        while len(front) > 1:
            a, b = front[-2], front[-1]
            rise = (psnrs[b] - psnrs[a]) * (rates[i] - rates[a])
            if rise > (psnrs[i] - psnrs[a]) * (rates[b] - rates[a]):
                break
            front.pop()
        front.append(int(i))
    return front


@EXERCISE.wrong("pareto_front")
def asks_for_half_a_decibel(rates, psnrs):
    """Keeps a point only if it is at least 0.5 dB better than the one before."""
    front, best = [], -np.inf
    for i in np.lexsort((np.negative(psnrs), rates)):
        if psnrs[i] >= best + 0.5 or (not front and psnrs[i] > best):
            front.append(int(i))
            best = psnrs[i]
    return front


@EXERCISE.wrong("pareto_front")
def rounds_to_tenths(rates, psnrs):
    """Compares decibels rounded to one place."""
    front, best = [], -np.inf
    for i in np.lexsort((np.negative(psnrs), rates)):
        if round(float(psnrs[i]), 1) > best:
            front.append(int(i))
            best = round(float(psnrs[i]), 1)
    return front


@EXERCISE.wrong("pareto_front")
def compares_whole_bytes(rates, psnrs):
    """Drops the decimals of the rates, so that 1.2 and 1.8 bytes are equal."""
    front, best = [], -np.inf
    for i in np.lexsort((np.negative(psnrs), [int(rate) for rate in rates])):
        if psnrs[i] > best:
            front.append(int(i))
            best = psnrs[i]
    return front


@EXERCISE.wrong("pareto_front")
def starts_from_zero(rates, psnrs):
    """Starts the best PSNR so far at 0, so that points of 0 dB or less are never returned."""
    front, best = [], 0
    for i in np.lexsort((np.negative(psnrs), rates)):
        if psnrs[i] > best:
            front.append(int(i))
            best = psnrs[i]
    return front


@EXERCISE.wrong("pca_curve")
def fits_the_coder_on_the_first_images(training, held_out, latent_dims, step):
    """Fits the coder on as many training images as there are held-out ones, not on all of them."""
    rows, new = np.reshape(training, (len(training), -1)), np.reshape(held_out, (len(held_out), -1))
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(np.rint(pca.transform(rows[: len(new)]) / step))))
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((size / len(new), -10 * np.log10(np.mean((new - restored) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def clips_to_the_new_cards(training, held_out, latent_dims, step):
    """Clips to the smallest and the largest grey value of the held-out images, which the reader does not know."""
    rows, new = training.reshape(len(training), -1), held_out.reshape(len(held_out), -1)
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(np.rint(pca.transform(rows) / step))))
        restored = np.clip(pca.inverse_transform(indices * step), new.min(), new.max())
        points.append((size / len(held_out), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def keeps_one_row_for_each_number(training, held_out, latent_dims, step):
    """Collects the rows by latent dimension, so that one that is listed twice has one row only."""
    rows, new = training.reshape(len(training), -1), held_out.reshape(len(held_out), -1)
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(np.rint(pca.transform(rows) / step))))
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((size / len(held_out), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(list(dict(zip(latent_dims, points, strict=True)).values()))


@EXERCISE.wrong("pca_curve")
def whitens(training, held_out, latent_dims, step):
    """Scales all coordinates to variance 1, so that the step is another one in each direction."""
    rows, new = training.reshape(len(training), -1), held_out.reshape(len(held_out), -1)
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim, whiten=True).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(np.rint(pca.transform(rows) / step))))
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((size / len(held_out), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def fits_the_coder_on_coordinates(training, held_out, latent_dims, step):
    """Fits the coder on coordinates that are not yet divided by the step."""
    rows, new = training.reshape(len(training), -1), held_out.reshape(len(held_out), -1)
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(pca.transform(rows))))
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((size / len(held_out), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pca_curve")
def expects_36_pixels(training, held_out, latent_dims, step):
    """Fixes the number of pixels of the small cards."""
    rows, new = training.reshape(-1, 36), held_out.reshape(-1, 36)
    points = []
    for latent_dim in latent_dims:
        pca = PCA(latent_dim).fit(rows)
        indices = np.rint(pca.transform(new) / step)
        size = len(encode(indices, *fit_coder(np.rint(pca.transform(rows) / step))))
        restored = np.clip(pca.inverse_transform(indices * step), 0, 1)
        points.append((size / len(held_out), -10 * np.log10(np.mean((restored - new) ** 2))))
    return np.array(points)


@EXERCISE.wrong("pareto_front")
def sorts_the_callers_rates(rates, psnrs):
    """Finds the front, and sorts the caller's own rates."""
    front = []
    for i in sorted(range(len(rates)), key=lambda i: (rates[i], -psnrs[i], i)):
        if not front or psnrs[i] > psnrs[front[-1]]:
            front.append(i)
    rates.sort()
    return front
