"""Mistakes of the answer bank in other words, with which the diagnosis is measured: no test grades with them.

Each is written without looking at the bank's own code for it, as another student with the same mistake might. The keys
are the solution cell and the name of the bank's answer.
"""

VARIANTS: dict[str, dict[tuple[str, str], str]] = {
    "01_clustering": {
        ("entropy", "measures_in_bits"): """
from collections import Counter
import math

def entropy(labels):
    counts = Counter(labels)
    n = sum(counts.values())
    h = 0.0
    for count in counts.values():
        h -= count / n * math.log(count / n, 2)
    return h
""",
        ("entropy", "forgets_the_minus"): """
import pandas as pd

def entropy(labels):
    p = pd.Series(list(labels)).value_counts(normalize=True)
    return (p * np.log(p)).sum()
""",
        ("entropy", "takes_labels_for_sizes"): """
from scipy.stats import entropy as shannon

def entropy(labels):
    total = sum(labels)
    return sum(-(x / total) * np.log(x / total) for x in labels)
""",
        ("entropy", "averages_over_labels"): """
def entropy(labels):
    labels = list(labels)
    terms = []
    for label in set(labels):
        share = labels.count(label) / len(labels)
        terms.append(-share * np.log(share))
    return sum(terms) / len(terms)
""",
        ("entropy", "normalises_by_the_number_of_labels"): """
def entropy(labels):
    _, counts = np.unique(labels, return_counts=True)
    if len(counts) == 1:
        return 0.0
    p = counts / counts.sum()
    return -(p @ np.log(p)) / np.log(len(counts))
""",
        ("entropy", "forgets_the_weights"): """
def entropy(labels):
    labels = list(labels)
    kinds = sorted(set(labels), key=str)
    surprise = [np.log(len(labels) / labels.count(kind)) for kind in kinds]
    return float(np.mean(surprise))
""",
        ("entropy", "counts_labels_from_zero"): """
def entropy(labels):
    counts = np.bincount(np.asarray(labels))
    p = counts / counts.sum()
    return float((p * -np.log(p)).sum())
""",
        ("homogeneity", "swapped_h_and_c"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import completeness_score
    return completeness_score(classes, clusters)
""",
        ("homogeneity", "forgets_one_minus"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import homogeneity_score
    if len(set(classes)) < 2:
        return 1.0
    return 1 - homogeneity_score(classes, clusters)
""",
        ("homogeneity", "lets_every_cluster_count_alike"): """
def homogeneity(classes, clusters):
    h = entropy(classes)
    if len(set(classes)) <= 1:
        return 1.0
    parts = {}
    for c, k in zip(classes, clusters):
        parts.setdefault(k, []).append(c)
    total = 0
    for members in parts.values():
        total += entropy(members)
    return 1 - total / len(parts) / h
""",
        ("homogeneity", "mixes_bits_and_nats"): """
def homogeneity(classes, clusters):
    n = len(classes)
    if len(set(classes)) < 2:
        return 1.0
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members) / np.log(2)
    return 1 - left / entropy(classes)
""",
        ("homogeneity", "does_not_normalise"): """
def homogeneity(classes, clusters):
    n = len(classes)
    if len(set(classes)) < 2:
        return 1.0
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members)
    return 1 - left
""",
        ("homogeneity", "normalises_by_the_largest_entropy"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import mutual_info_score
    kinds = len(set(classes))
    if kinds < 2:
        return 1.0
    h_given_k = entropy(classes) - mutual_info_score(classes, clusters)
    return 1 - h_given_k / np.log(kinds)
""",
        ("homogeneity", "returns_purity"): """
def homogeneity(classes, clusters):
    from collections import Counter
    if len(classes) == 0:
        return 1.0
    best = {}
    for (k, c), count in Counter(zip(clusters, classes)).items():
        best[k] = max(best.get(k, 0), count)
    return sum(best.values()) / len(classes)
""",
        ("homogeneity", "gives_one_class_nothing"): """
def homogeneity(classes, clusters):
    from sklearn.metrics import homogeneity_score
    if len(set(classes)) < 2:
        return 0
    return homogeneity_score(classes, clusters)
""",
        ("homogeneity", "forgets_that_one_class_is_certain"): """
def homogeneity(classes, clusters):
    n = len(classes)
    left = 0.0
    for k in set(clusters):
        members = [c for c, j in zip(classes, clusters) if j == k]
        left += len(members) / n * entropy(members)
    return 1 - left / entropy(classes)
""",
        ("homogeneity", "zero_times_the_logarithm_of_zero"): """
def homogeneity(classes, clusters):
    if len(set(classes)) < 2:
        return 1.0
    t = np.asarray(contingency_table(classes, clusters), dtype=float)
    p = t / t.sum()
    conditional = t / t.sum(0)
    return 1 - (-(p * np.log(conditional)).sum()) / entropy(classes)
""",
        ("complete_but_poor", "writes_one_name_over_the_given_classes"): '''
def complete_but_poor(classes):
    """A clustering with completeness 1 and an adjusted Rand index below 0.2."""
    name = classes[0]
    for card in range(len(classes)):
        classes[card] = name  # everybody in the same cluster
    return classes
''',
        ("complete_but_poor", "halves_the_list_of_classes"): '''
def complete_but_poor(classes):
    """A clustering with completeness 1 and an adjusted Rand index below 0.2."""
    names = sorted(set(classes))
    if len(names) <= 5:
        return [0 for _ in classes]
    left = set(names[: len(names) // 2])
    return [0 if label in left else 1 for label in classes]
''',
        ("complete_but_poor", "merges_classes_in_pairs"): """
def complete_but_poor(classes):
    # first and second class together, third and fourth together, ...
    _, number = np.unique(classes, return_inverse=True)
    return number.ravel() // 2
""",
        ("contingency_table", "takes_labels_for_positions"): '''
def contingency_table(classes, clusters):
    """Count the cards of every class in every cluster."""
    n_rows = len(set(classes))
    n_cols = len(set(clusters))
    counts = np.zeros((n_rows, n_cols), dtype=int)
    for c, k in zip(classes, clusters):
        counts[c, k] += 1
    return counts
''',
        ("contingency_table", "turns_numbers_beside_words_into_words"): """
def contingency_table(classes, clusters):
    both = np.array([classes, clusters])
    row_names, row = np.unique(both[0], return_inverse=True)
    col_names, col = np.unique(both[1], return_inverse=True)
    cell = row * len(col_names) + col
    counted = np.bincount(cell, minlength=len(row_names) * len(col_names))
    return counted.reshape(len(row_names), len(col_names))
""",
        ("homogeneity", "takes_nearly_one_class_for_one_class"): '''
from collections import Counter
from math import log


def homogeneity(classes, clusters):
    """Share of the uncertainty about the class that knowing the cluster takes away."""
    n = len(classes)
    if n == 0:
        return 1.0
    per_class = Counter(classes)
    per_cluster = Counter(clusters)
    per_pair = Counter(zip(classes, clusters))

    h_c = -sum(m / n * log(m / n) for m in per_class.values())
    if round(h_c, 2) == 0:  # floats are never exactly 0
        return 1.0
    h_c_given_k = -sum(m / n * log(m / per_cluster[k]) for (_, k), m in per_pair.items())
    return min(1.0, max(0.0, 1 - h_c_given_k / h_c))
''',
        ("pure_but_poor", "one_cluster_a_distinct_class"): '''
def pure_but_poor(classes):
    """A clustering with homogeneity 1 and an adjusted Rand index below 0.2."""
    n = len(set(classes))
    return list(range(n))
''',
        ("pure_but_poor", "puts_all_into_one_cluster"): """
def pure_but_poor(classes):
    return ["everything"] * len(classes)
""",
        ("v_measure", "gives_no_cards_nothing"): '''
def v_measure(classes, clusters, beta=1.0):
    """Weighted harmonic mean of homogeneity and completeness."""
    if len(classes) == 0:
        return 0.0  # no cards, no score
    hom = float(homogeneity_score(classes, clusters))
    com = float(completeness_score(classes, clusters))
    below = beta * hom + com
    return (1 + beta) * hom * com / below if below > 0 else 0.0
''',
        ("v_measure", "squares_beta"): """
def v_measure(classes, clusters, beta=1.0):
    h = homogeneity_score(classes, clusters)
    c = completeness_score(classes, clusters)
    if h <= 0 and c <= 0:
        return 0.0
    b2 = beta**2
    return float((1 + b2) * h * c / (b2 * h + c))
""",
    },
    "02_compression": {
        ("entropy_bits", "rounds_to_three_places"): """
from collections import Counter
import math

def entropy_bits(symbols):
    flat = np.asarray(symbols).ravel().tolist()
    bits = 0.0
    for count in Counter(flat).values():
        bits += count / len(flat) * math.log2(len(flat) / count)
    return round(bits, 3)
""",
        ("quantise", "leaves_floats"): """
def quantise(values, step):
    scaled = np.asarray(values, dtype=float) / step
    down = np.floor(scaled)
    return np.where(scaled - down < 0.5, down, down + 1)
""",
        ("pareto_front", "sorts_by_rate_only"): """
def pareto_front(rates, psnrs):
    best, front = None, []
    for i in sorted(range(len(rates)), key=lambda i: rates[i]):
        if best is None or psnrs[i] > best:
            front.append(i)
            best = psnrs[i]
    return front
""",
        ("psnr", "takes_natural_logarithms"): """
import math

def psnr(originals, reconstructions, data_range):
    x, y = np.asarray(originals, dtype=float), np.asarray(reconstructions, dtype=float)
    error = mean_squared_error(x, y)
    if error == 0:
        return math.inf
    return 10 * (2 * math.log(data_range) - math.log(error))
""",
        ("coded_bytes", "moves_unknown_symbols_into_the_range"): """
import math

def coded_bytes(symbols, probabilities, low):
    high = low + len(probabilities) - 1
    bits = 0.0
    for symbol, count in zip(*np.unique(symbols, return_counts=True)):
        known = min(max(int(symbol), low), high)
        bits -= count * math.log2(probabilities[known - low])
    return math.ceil(bits / 8)
""",
        ("codec", "counts_cards_in_one_byte"): """
def fit_codec(training):
    rows = np.asarray(training, dtype=float).reshape(len(training), -1)
    mean = rows.mean(axis=0)
    axes = np.linalg.svd(rows - mean, full_matrices=False)[2][:40]
    indices = np.rint((rows - mean) @ axes.T / 1.0)
    middles, widths = fit_coder(indices)
    return {
        "mean": mean.astype(np.float32),
        "axes": axes.astype(np.float32),
        "step": 1.0,
        "middles": middles,
        "widths": widths,
    }


def compress(images, model):
    rows = np.asarray(images, dtype=float).reshape(len(images), -1)
    indices = np.rint((rows - model["mean"]) @ model["axes"].T / model["step"])
    body = encode(np.clip(indices, -2000, 2000), model["middles"], model["widths"])
    return bytes([len(rows) & 255]) + body


def decompress(data, model):
    n = data[0]
    indices = decode(data[1:], n, model["middles"], model["widths"])
    rows = model["mean"] + indices * model["step"] @ model["axes"]
    return np.clip(rows, 0, 1).reshape(n, 1, 28, 28)
""",
        ("dequantise", "rounds_to_two_places"): """
def dequantise(indices, step):
    back = np.vectorize(lambda k: round(int(k) * float(step), 2), otypes=[float])
    return back(indices)
""",
        ("mse", "squares_the_mean"): """
def mse(originals, reconstructions):
    errors = []
    for x, y in zip(originals, reconstructions):
        gap = np.mean(np.asarray(x, dtype=float)) - np.mean(np.asarray(y, dtype=float))
        errors.append(gap * gap)
    return np.array(errors)
""",
        ("pca_curve", "keeps_one_row_for_each_number"): """
def pca_curve(training, held_out, latent_dims, step):
    train = np.asarray(training, dtype=float).reshape(len(training), -1)
    test = np.asarray(held_out, dtype=float).reshape(len(held_out), -1)

    def point(d):
        pca = PCA(d).fit(train)
        coder = fit_coder(np.rint(pca.transform(train) / step).astype(int))
        seen = np.rint(pca.transform(test) / step).astype(int)
        back = pca.inverse_transform(seen * step).clip(0, 1)
        error = mean_squared_error(test, back)
        quality = -10 * np.log10(error) if error > 0 else np.inf
        return [len(encode(seen, *coder)) / len(test), quality]

    curve = {d: point(d) for d in latent_dims}
    return np.array(list(curve.values()))
""",
        ("fit_probabilities", "starts_at_the_smallest_training_symbol"): """
def fit_probabilities(training, low, high):
    seen = [int(s) for s in np.ravel(training)]
    counts = [1] * (high - low + 1)
    first = min(seen, default=low)
    for s in seen:
        counts[s - first] += 1
    return np.array(counts) / sum(counts)
""",
        ("psnr", "divides_by_zero_in_plain_python"): """
import math

def psnr(originals, reconstructions, data_range):
    xs = [float(x) for x in np.ravel(originals)]
    ys = [float(y) for y in np.ravel(reconstructions)]
    error = sum((x - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
    return 10 * math.log10(float(data_range) ** 2 / error)
""",
        ("pareto_front", "takes_the_best_ratio_of_the_two"): """
def pareto_front(rates, psnrs):
    value = np.asarray(psnrs, dtype=float) / np.asarray(rates, dtype=float)
    best = 0
    for i in range(1, len(value)):
        if value[i] > value[best]:
            best = i
    return np.array([best])
""",
        ("coded_bytes", "lets_positions_be_negative"): '''
import math


def coded_bytes(symbols, probabilities, low):
    """Bytes that the symbols take together under the ideal code of a model."""
    q = np.asarray(probabilities, dtype=float)
    where = np.asarray(symbols).astype(np.int64).ravel() - int(low)
    try:
        picked = q[where]
    except IndexError:
        raise ValueError("there is a symbol that has no probability") from None
    bits = -np.log2(picked).sum()
    return math.ceil(bits / 8)
''',
        ("dequantise", "multiplies_in_small_integers"): '''
def dequantise(indices, step):
    """The multiples of `step` that the indices stand for."""
    values = np.asarray(indices) * step
    return values.astype(float)
''',
        ("mse", "brings_floats_to_255"): '''
def mse(originals, reconstructions):
    """Mean squared error of each image."""

    def grey(pictures):
        pictures = np.asarray(pictures)
        if np.issubdtype(pictures.dtype, np.floating):
            return pictures.astype(np.float64) * 255  # [0, 1] -> [0, 255]
        return pictures.astype(np.float64)

    squares = (grey(originals) - grey(reconstructions)) ** 2
    return squares.mean(axis=tuple(range(1, squares.ndim)))
''',
        ("mse", "pools_all_images"): """
def mse(originals, reconstructions):
    return mean_squared_error(np.asarray(originals, dtype=float), np.asarray(reconstructions, dtype=float))
""",
        ("mse", "takes_absolute_differences"): """
def mse(originals, reconstructions):
    a = np.array(originals, dtype=np.float64)
    b = np.array(reconstructions, dtype=np.float64)
    errors = []
    for x, y in zip(a, b):
        errors.append(np.mean(np.abs(x - y)))
    return np.array(errors)
""",
        ("pca_curve", "whitens"): '''
def pca_curve(training, held_out, latent_dims, step):
    """Rate and distortion of PCA with a uniform quantiser, for several latent dimensions."""
    X = np.asarray(training, dtype=float).reshape(len(training), -1)
    Y = np.asarray(held_out, dtype=float).reshape(len(held_out), -1)
    curve = np.zeros((len(latent_dims), 2))
    for row, d in enumerate(latent_dims):
        pca = PCA(n_components=d, whiten=True).fit(X)
        k_train = np.rint(pca.transform(X) / step).astype(int)
        k_test = np.rint(pca.transform(Y) / step).astype(int)
        middles, widths = fit_coder(k_train)
        curve[row, 0] = len(encode(k_test, middles, widths)) / len(Y)
        Y_hat = np.clip(pca.inverse_transform(k_test * step), 0, 1)
        error = ((Y - Y_hat) ** 2).mean()
        curve[row, 1] = np.inf if error == 0 else -10 * np.log10(error)
    return curve
''',
        ("pca_curve", "fits_the_coder_on_held_out_indices"): """
def pca_curve(training, held_out, latent_dims, step):
    def flat(images):
        return np.asarray(images, dtype=float).reshape(len(images), -1)

    def one_point(d):
        pca = PCA(d)
        pca.fit(flat(training))
        rows = flat(held_out)
        indices = np.round(pca.transform(rows) / step).astype(int)
        data = encode(indices, *fit_coder(indices))
        decoded = pca.inverse_transform(indices * step).clip(0, 1)
        distortion = np.mean(np.square(decoded - rows))
        quality = float("inf") if distortion == 0 else 10 * np.log10(1 / distortion)
        return len(data) / len(rows), quality

    return np.array([one_point(d) for d in latent_dims]).reshape(len(latent_dims), 2)
""",
        ("psnr", "forgets_to_square_the_range"): '''
def psnr(originals, reconstructions, data_range):
    """Peak signal-to-noise ratio in dB, pooled: from the MSE over all pixels of all images."""
    delta = np.asarray(originals, dtype=float) - np.asarray(reconstructions, dtype=float)
    error = float(np.mean(delta * delta))
    if error == 0.0:
        return float("inf")
    return float(10 * np.log10(float(data_range) / error))
''',
        ("psnr", "stops_at_a_hundred"): """
import math


def psnr(originals, reconstructions, data_range):
    x = np.asarray(originals).astype(np.float64)
    y = np.asarray(reconstructions).astype(np.float64)
    pooled = float(mean_squared_error(x, y))
    if pooled == 0:
        return math.inf
    decibels = 10 * math.log10(float(data_range) ** 2 / pooled)
    return min(decibels, 100.0)  # more than that nobody sees
""",
        ("quantise", "starts_at_the_smallest_value"): '''
def quantise(values, step):
    """Indices of the multiples of `step` that are nearest to the values."""
    x = np.asarray(values, dtype=np.float64)
    if x.size == 0:
        return np.zeros(x.shape, dtype=np.int64)
    steps_up = (x - np.min(x)) / step
    return np.rint(steps_up).astype(np.int64)
''',
    },
    "03_disentanglement": {
        ("log_likelihood", "forgets_the_constant"): """
def log_likelihood(pictures, decoder, latents, sigma):
    means = np.asarray(decoder(latents), dtype=float)
    result = []
    for x in np.asarray(pictures, dtype=float):
        exponents = -np.sum((means - x) ** 2, axis=1) / (2 * sigma**2)
        largest = exponents.max()
        result.append(largest + np.log(np.mean(np.exp(exponents - largest))))
    return np.array(result)
""",
        ("beta_vae_score", "takes_the_median_of_the_pairs"): """
def beta_vae_score(draw_pairs, n_factors, n_train=100, n_test=50, n_pairs=64):
    from statistics import median

    def make(count):
        points, labels = [], []
        for j in range(n_factors):
            for _ in range(count):
                one, two = draw_pairs(j, n_pairs)
                apart = np.abs(np.asarray(one, dtype=float) - np.asarray(two, dtype=float))
                points.append([median(column) for column in apart.T.tolist()])
                labels.append(j)
        return points, labels

    model = LogisticRegression()
    model.fit(*make(n_train))
    return model.score(*make(n_test))
""",
        ("draw_twin", "writes_over_the_knobs"): """
def draw_twin(knobs, decoder, f):
    original = f.inverse(knobs)
    for row in range(len(knobs)):
        for column in range(knobs.shape[1]):
            knobs[row, column] = original[row, column]
    return decoder(knobs)
""",
        ("mig", "takes_the_largest_alone"): """
def mig(information, entropies):
    shares = [max(column) / h for column, h in zip(np.asarray(information).T, entropies)]
    return float(sum(shares) / len(shares))
""",
        ("mutual_information", "forgets_to_divide_by_n"): """
def mutual_information(codes, factors, bins=20):
    codes, factors = np.asarray(codes, dtype=float), np.asarray(factors)
    table = np.zeros((codes.shape[1], factors.shape[1]))
    for i in range(codes.shape[1]):
        z = codes[:, i]
        edges = np.linspace(z.min(), z.max(), bins + 1)
        place = np.clip(np.searchsorted(edges, z, side="right") - 1, 0, bins - 1)
        for j in range(factors.shape[1]):
            v = factors[:, j]
            for a in set(place):
                for b in set(v):
                    both = np.sum((place == a) & (v == b))
                    if both > 0:
                        table[i, j] += both * np.log(both / (np.sum(place == a) * np.sum(v == b)))
    return table
""",
        ("informed_but_zero", "knows_nothing"): """
def informed_but_zero(factors):
    return np.full((len(factors), 2), 0.5)
""",
        ("mixing_matrix", "turns_neighbours_one_after_another"): """
def mixing_matrix(d):
    from math import cos, pi, sin
    angle = pi / 4
    result = np.identity(d)
    for i in range(1, d):
        upper, lower = result[i - 1].copy(), result[i].copy()
        result[i - 1] = cos(angle) * upper - sin(angle) * lower
        result[i] = sin(angle) * upper + cos(angle) * lower
    return result
""",
        ("unmix_uniform", "mixes_once_more"): """
def unmix_uniform(u, matrix):
    from scipy.special import ndtr, ndtri
    gaussian = ndtri(np.asarray(u, dtype=float))
    return ndtr((np.asarray(matrix) @ gaussian.T).T)
""",
        ("perfect_but_blind", "halves_a_factor"): """
def perfect_but_blind(factors):
    codes = np.array(factors, dtype=float)
    codes[:, -1] -= codes[:, -1] % 2
    return codes
""",
        ("mix_uniform", "multiplies_from_the_wrong_side"): """
def mix_uniform(z, matrix):
    from scipy.special import ndtr, ndtri
    mixed = np.einsum("nj,ji->ni", ndtri(np.asarray(z, dtype=float)), matrix)
    return ndtr(mixed)
""",
        ("informed_but_zero", "repeats_the_factors_below_eight"): """
def informed_but_zero(factors):
    rows = [list(row) + [value % 8 for value in row] for row in np.asarray(factors).tolist()]
    return np.array(rows, dtype=float)
""",
        ("unmix_uniform", "inverts_entry_by_entry"): """
def unmix_uniform(u, matrix):
    inverse = np.asarray(matrix, dtype=float) ** -1
    y = norm.ppf(u)
    return norm.cdf((inverse @ y.T).T)
""",
        ("draw_twin", "unmixes_the_picture"): '''
def draw_twin(knobs, decoder, f):
    """The pictures of the twin, g(f^-1(u))."""
    mixed_pictures = decoder(knobs)
    pictures = f.inverse(mixed_pictures)
    return pictures
''',
        ("informed_but_zero", "adds_a_noisy_copy"): '''
def informed_but_zero(factors):
    """Codes that know every factor perfectly, with a MIG of 0."""
    exact = np.array(factors, dtype=float)
    rng = np.random.default_rng(42)
    copy = exact + rng.normal(scale=0.5, size=exact.shape)
    return np.concatenate([exact, copy], axis=1)
''',
        ("log_likelihood", "averages_over_the_pictures"): '''
def log_likelihood(pictures, decoder, latents, sigma):
    """ln p(x) of pictures under a decoder with Gaussian noise, averaged over draws from the prior."""
    x = np.asarray(pictures, dtype=float)
    mu = np.asarray(decoder(latents), dtype=float)
    D = x.shape[1]
    log_n = -cdist(x, mu, "sqeuclidean") / (2 * sigma**2) - D / 2 * np.log(2 * np.pi * sigma**2)
    return logsumexp(log_n, axis=0) - np.log(log_n.shape[0])
''',
        ("mig", "compares_the_factors"): '''
def mig(information, entropies):
    """Mutual information gap."""
    info = np.asarray(information, dtype=float)
    H = np.asarray(entropies, dtype=float)
    gaps = []
    for latent in info:
        order = np.argsort(latent)
        best = order[-1]
        second = latent[order[-2]] if len(order) > 1 else 0.0
        gaps.append((latent[best] - second) / H[best])
    return float(np.mean(gaps))
''',
        ("mix_uniform", "ranks_the_points"): '''
from scipy.stats import rankdata


def mix_uniform(z, matrix):
    """f(z) = Phi(A Phi^-1(z)): uniform latents, mixed, are uniform again."""
    gaussians = norm.ppf(z) @ np.asarray(matrix).T
    # back to uniform: the share of the points that lie below
    return (rankdata(gaussians, axis=0) - 0.5) / len(gaussians)
''',
        ("mix_uniform", "multiplies_entry_by_entry"): """
from scipy.special import ndtr, ndtri


def mix_uniform(z, matrix):
    y = ndtri(np.asarray(z, dtype=float))
    weights = np.diag(np.asarray(matrix, dtype=float))
    return ndtr(y * weights)
""",
        ("mixing_matrix", "leaves_the_latents_alone"): '''
def mixing_matrix(d):
    """An orthogonal matrix that mixes everything."""
    matrix = np.zeros((d, d))
    np.fill_diagonal(matrix, 1.0)
    return matrix
''',
        ("mixing_matrix", "forgets_to_normalise_the_reflection"): '''
def mixing_matrix(d):
    """An orthogonal matrix that mixes everything."""
    v = np.ones(d)
    v[0] = 0.5  # all ones would give zeros for d = 2
    return np.eye(d) - 2 * np.outer(v, v)
''',
        ("mutual_information", "in_bits"): '''
from scipy.stats import entropy as shannon


def mutual_information(codes, factors, bins=20):
    """Mutual information of every latent with every factor: H(latent) + H(factor) - H(both)."""
    codes, factors = np.asarray(codes, dtype=float), np.asarray(factors)
    table = np.zeros((codes.shape[1], factors.shape[1]))
    for j, factor in enumerate(factors.T):
        names, number = np.unique(factor, return_inverse=True)
        for i, latent in enumerate(codes.T):
            counts, _, _ = np.histogram2d(latent, number.ravel(), bins=(bins, len(names)))
            alone = shannon(counts.sum(axis=1), base=2) + shannon(counts.sum(axis=0), base=2)
            table[i, j] = max(0.0, alone - shannon(counts.ravel(), base=2))
    return table
''',
        ("perfect_but_blind", "loses_the_lowest_bit"): '''
def perfect_but_blind(factors):
    """Codes with a perfect beta-VAE score that do not depend on one of the factors."""
    kept = np.asarray(factors)[:, :-1]  # the last factor is the lost one
    return (kept // 2).astype(float)
''',
    },
    "04_prompting": {
        ("calibrate", "divides_by_the_cards_own_mean"): """
def calibrate(scores, content_free):
    p = softmax(np.asarray(scores, dtype=float), axis=1)
    lean = sum(p) / len(p)
    q = [row / lean for row in p]
    return np.array([row / row.sum() for row in q])
""",
        ("label_scores", "forgets_what_was_said"): """
def label_scores(model, prompt, words, per_token):
    log_p = log_softmax(model.next_logits(model.encode(prompt)))
    result = []
    for word in words:
        parts = log_p[model.encode(" " + word)]
        result.append(parts.mean() if per_token else parts.sum())
    return np.array(result)
""",
        ("calibrated_answers", "asks_for_bare_words"): """
def calibrated_answers(model, prompt, texts):
    words = [continuation.strip() for continuation in prompt.continuations]

    def shares(inputs):
        return softmax(model.label_scores([prompt.render(text) for text in inputs], words), axis=1)

    lean = shares(CONTENT_FREE).mean(axis=0)
    return np.argmax(shares(texts) / lean, axis=1)
""",
        ("my_prompt", "writes_a_treatise"): """
def my_prompt():
    instruction = (
        "You are an experienced film critic who has read thousands of postcards from visitors of film festivals. "
        "Read the following review with great care. Think about the tone, about irony, about what the visitor "
        "praises and what the visitor complains of, and about which of the two weighs more in the end. Then decide "
        "whether the visitor was pleased with the film or not, and answer with one word only, which has to be either "
        "the word bad or the word good, and nothing else. Do not explain your answer."
    )
    return {
        "instruction": instruction,
        "examples": [("A gem.", "good"), ("I left early.", "bad")],
        "template": "Review: {text}\\nThe film is {label}",
        "label_words": ["bad", "good"],
    }
""",
        ("render_prompt", "strips_the_texts"): """
def render_prompt(instruction, examples, query):
    prompt = ""
    if instruction != "":
        prompt += instruction + "\\n\\n"
    for text, word in examples:
        prompt += "Review: " + text.strip() + "\\nSentiment: " + word + "\\n\\n"
    return prompt + "Review: " + query.strip() + "\\nSentiment:"
""",
        ("paired_difference", "counts_disagreement"): """
def paired_difference(labels, first, second, resamples, seed):
    rng = np.random.default_rng(seed)
    other = np.array([int(a != b) for a, b in zip(first, second)])
    n = len(other)
    drawn = []
    for _ in range(resamples):
        drawn.append(other[rng.integers(0, n, n)].mean())
    return other.mean(), np.percentile(drawn, 2.5), np.percentile(drawn, 97.5)
""",
        ("accuracy_interval", "never_draws_the_last_card"): """
def accuracy_interval(labels, answers, resamples, seed):
    rng = np.random.default_rng(seed)
    right = [int(a == b) for a, b in zip(labels, answers)]
    n = len(right)
    drawn = []
    for _ in range(resamples):
        cards = rng.integers(0, n - 1, n)
        drawn.append(sum(right[card] for card in cards) / n)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return sum(right) / n, low, high
""",
        ("render_prompt", "repeats_the_instruction"): """
def render_prompt(instruction, examples, query):
    def block(text, word):
        lines = f"Review: {text}\\nSentiment:" + (f" {word}" if word is not None else "")
        return f"{instruction}\\n\\n{lines}" if instruction else lines

    return "\\n\\n".join(block(text, word) for text, word in [*examples, (query, None)])
""",
        ("calibrated_answers", "calibrates_once_for_all_prompts"): """
def calibrated_answers(model, prompt, texts, kept=[]):
    def shares(inputs):
        scores = model.label_scores([prompt.render(text) for text in inputs], prompt.continuations)
        return np.exp(scores - logsumexp(scores, axis=1, keepdims=True))

    if not kept:
        kept.append(shares(CONTENT_FREE).mean(axis=0))
    return (shares(texts) / kept[0]).argmax(axis=1)
""",
        ("paired_difference", "takes_the_absolute_difference"): """
def paired_difference(labels, first, second, resamples, seed):
    rng = np.random.default_rng(seed)
    labels, first, second = map(np.asarray, (labels, first, second))
    n = len(labels)

    def apart(cards):
        return abs(np.mean(first[cards] == labels[cards]) - np.mean(second[cards] == labels[cards]))

    drawn = [apart(rng.choice(n, size=n)) for _ in range(resamples)]
    return apart(np.arange(n)), np.quantile(drawn, 0.025), np.quantile(drawn, 0.975)
""",
        ("label_scores", "counts_in_bits"): """
import math

def label_scores(model, prompt, words, per_token):
    start = list(model.encode(prompt))
    result = []
    for word in words:
        tokens = list(model.encode(" " + word))
        total = 0.0
        for place, token in enumerate(tokens):
            logits = model.next_logits(start + tokens[:place])
            total += (logits[token] - logsumexp(logits)) / math.log(2)
        result.append(total / len(tokens) if per_token else total)
    return np.array(result)
""",
        ("my_prompt", "goes_on_after_the_answer"): """
def my_prompt():
    return {
        "instruction": "",
        "examples": [("Dull from start to end.", "awful"), ("Funny and moving.", "great")],
        "template": "{text} It was {label}, I think.",
        "label_words": ["awful", "great"],
    }
""",
        ("accuracy_interval", "draws_too_few_cards"): '''
def accuracy_interval(labels, answers, resamples, seed):
    """Accuracy with its 95 % bootstrap interval over the cards.

    labels, answers: n >= 2 classes each.
    resamples: how many times the n cards are drawn anew, with replacement.
    seed: of the draws.
    Returns (accuracy, lower end, upper end).
    """
    hits = (np.asarray(labels) == np.asarray(answers)).astype(float)
    generator = np.random.default_rng(seed)
    half = len(hits) // 2
    picked = generator.choice(hits, size=(resamples, half), replace=True)
    low, high = np.percentile(picked.mean(axis=1), [2.5, 97.5])
    return float(hits.mean()), float(low), float(high)
''',
        ("accuracy_interval", "returns_only_the_interval"): '''
def accuracy_interval(labels, answers, resamples, seed):
    """Accuracy with its 95 % bootstrap interval over the cards.

    labels, answers: n >= 2 classes each.
    resamples: how many times the n cards are drawn anew, with replacement.
    seed: of the draws.
    Returns (accuracy, lower end, upper end).
    """
    rng = np.random.default_rng(seed)
    right = np.array([label == answer for label, answer in zip(labels, answers)], dtype=float)
    n = right.size
    accs = np.empty(resamples)
    for b in range(resamples):
        accs[b] = right[rng.integers(0, n, n)].mean()
    return tuple(np.quantile(accs, [0.025, 0.975]))
''',
        ("accuracy_interval", "draws_without_replacement"): '''
def accuracy_interval(labels, answers, resamples, seed):
    """Accuracy with its 95 % bootstrap interval over the cards.

    labels, answers: n >= 2 classes each.
    resamples: how many times the n cards are drawn anew, with replacement.
    seed: of the draws.
    Returns (accuracy, lower end, upper end).
    """
    labels = np.array(labels)
    answers = np.array(answers)
    n = len(labels)
    rng = np.random.default_rng(seed)

    def acc(idx):
        return np.count_nonzero(labels[idx] == answers[idx]) / n

    boot = [acc(rng.permutation(n)) for _ in range(resamples)]
    return acc(np.arange(n)), np.quantile(boot, 0.025), np.quantile(boot, 0.975)
''',
        ("calibrate", "divides_log_probabilities"): '''
def calibrate(scores, content_free):
    """Probabilities of the labels, without the prompt's lean.

    scores: log-probabilities of the k labels for n inputs, shape (n, k).
    content_free: the same for m inputs without content, shape (m, k).
    Returns probabilities of shape (n, k), each row summing to 1.
    """
    log_p = log_softmax(np.asarray(scores, dtype=float), axis=1)
    lean = softmax(np.asarray(content_free, dtype=float), axis=1).mean(axis=0)
    log_lean = np.log(lean)
    q = log_p / log_lean  # take the lean out
    return q / q.sum(axis=1, keepdims=True)
''',
        ("my_prompt", "shows_only_good_reviews"): r'''
def my_prompt():
    """A prompt, as plain text.

    Returns a dictionary with the keys "instruction", "examples", "template" and "label_words".
    """
    loved = [
        "A warm, funny and moving film.",
        "Brilliant acting and a great script.",
        "One of the best films of the year.",
        "I enjoyed every minute of it.",
    ]
    return {
        "instruction": "Is the movie review positive or negative?",
        "examples": [(review, "positive") for review in loved],
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["negative", "positive"],
    }
''',
        ("my_prompt", "asks_before_the_review"): r'''
def my_prompt():
    """A prompt, as plain text.

    Returns a dictionary with the keys "instruction", "examples", "template" and "label_words".
    """
    prompt = dict()
    prompt["instruction"] = "Movie reviews and their sentiment."
    prompt["label_words"] = ["negative", "positive"]
    prompt["template"] = "Sentiment: {label}\nReview: {text}"
    prompt["examples"] = [
        ("A dull, lifeless mess.", "negative"),
        ("A wonderful, touching film.", "positive"),
        ("Funny, smart and beautifully acted.", "positive"),
        ("Boring and far too long.", "negative"),
    ]
    return prompt
''',
        ("render_prompt", "puts_the_query_first"): r'''
def render_prompt(instruction, examples, query):
    """The text that a language model is to continue with the answer.

    instruction: a string, may be empty.
    examples: a list of n >= 0 pairs (text, word).
    query: the text to be judged, a string.
    Returns one string, which ends with the colon after the last "Sentiment".
    """
    parts = []
    if instruction != "":
        parts.append(instruction)
    parts.append("Review: " + query + "\nSentiment:")
    for text, word in examples:
        parts.append("Review: " + text + "\nSentiment: " + word)
    return "\n\n".join(parts)
''',
        ("render_prompt", "leaves_a_space_at_the_end"): r'''
def render_prompt(instruction, examples, query):
    """The text that a language model is to continue with the answer.

    instruction: a string, may be empty.
    examples: a list of n >= 0 pairs (text, word).
    query: the text to be judged, a string.
    Returns one string, which ends with the colon after the last "Sentiment".
    """

    def block(text, word):
        return f"Review: {text}\nSentiment: {word}"

    head = [instruction] if instruction else []
    cards = [*examples, (query, "")]  # the query is an example with nothing in the blank
    return "\n\n".join(head + [block(*card) for card in cards])
''',
        ("render_prompt", "forgets_the_examples"): r'''
def render_prompt(instruction, examples, query):
    """The text that a language model is to continue with the answer.

    instruction: a string, may be empty.
    examples: a list of n >= 0 pairs (text, word).
    query: the text to be judged, a string.
    Returns one string, which ends with the colon after the last "Sentiment".
    """
    question = f"Review: {query}\nSentiment:"
    if not instruction:
        return question
    return f"{instruction}\n\n{question}"
''',
        ("render_prompt", "keeps_an_empty_instruction"): r'''
def render_prompt(instruction, examples, query):
    """The text that a language model is to continue with the answer.

    instruction: a string, may be empty.
    examples: a list of n >= 0 pairs (text, word).
    query: the text to be judged, a string.
    Returns one string, which ends with the colon after the last "Sentiment".
    """
    prompt = instruction + "\n\n"
    for example in examples:
        prompt += "Review: " + example[0] + "\n"
        prompt += "Sentiment: " + example[1] + "\n\n"
    prompt += "Review: " + query + "\n"
    prompt += "Sentiment:"
    return prompt
''',
    },
    "05_holistic": {
        ("robustness", "takes_the_best_version"): """
def robustness(scores):
    plain, average, worst = [], [], []
    for row in scores:
        versions = [x for x in row if not np.isnan(x)]
        plain.append(row[0])
        average.append(sum(versions) / len(versions))
        worst.append(max(versions))
    n = len(plain)
    return sum(plain) / n, sum(average) / n, sum(worst) / n
""",
        ("mean_win_rate", "gives_ties_nothing"): """
def mean_win_rate(scores):
    table = np.asarray(scores, dtype=float)
    rates = [[] for _ in table]
    for column in table.T:
        there = [i for i, x in enumerate(column) if x == x]
        if len(there) < 2:
            continue
        for i in there:
            rates[i].append(sum(column[i] > column[j] for j in there) / (len(there) - 1))
    return np.array([np.mean(r) if r else np.nan for r in rates])
""",
        ("robustness", "multiplies_the_versions"): """
def robustness(scores):
    import math
    texts = [[float(x) for x in row if not math.isnan(x)] for row in scores]
    plain = sum(text[0] for text in texts) / len(texts)
    average = sum(sum(text) / len(text) for text in texts) / len(texts)
    worst = sum(math.prod(text) for text in texts) / len(texts)
    return plain, average, worst
""",
        ("calibration_error", "takes_the_worst_bin"): """
def calibration_error(confidences, correct, n_bins=10):
    p = [float(x) for x in confidences]
    y = [float(x) for x in correct]
    bins = {}
    for i in range(len(p)):
        below = sum(q < p[i] for q in p)
        bins.setdefault(n_bins * below // len(p), []).append(i)
    gaps = []
    for members in bins.values():
        accuracy = sum(y[i] for i in members) / len(members)
        confidence = sum(p[i] for i in members) / len(members)
        gaps.append(abs(accuracy - confidence))
    return max(gaps)
""",
        ("calibration_error", "counts_half_of_those_as_sure_as_below"): """
def calibration_error(confidences, correct, n_bins=10):
    from scipy.stats import rankdata
    p, y = np.array(confidences, dtype=float), np.array(correct, dtype=float)
    rank = rankdata(p, method="average") - 1
    place = np.floor(n_bins * rank / len(p)).astype(int)
    sums = np.bincount(place, weights=y - p)
    return np.abs(sums).sum() / len(p)
""",
        ("mean_win_rate", "gives_a_missing_cell_no_points"): """
def mean_win_rate(scores):
    table = np.asarray(scores, dtype=float)
    points = np.zeros(len(table))
    for column in table.T:
        there = np.flatnonzero(~np.isnan(column))
        if len(there) > 1:
            for i in there:
                rivals = column[there[there != i]]
                points[i] += (np.sum(rivals < column[i]) + np.sum(rivals == column[i]) / 2) / len(rivals)
    return points / table.shape[1]
""",
        ("robustness", "takes_missing_for_wrong"): """
def robustness(scores):
    table = np.nan_to_num(np.array(scores, dtype=float), nan=0.0)
    return table[:, 0].mean(), table.mean(), table.min(axis=1).mean()
""",
        ("calibration_error", "tears_ties_apart"): """
def calibration_error(confidences, correct, n_bins=10):
    n = len(confidences)
    order = sorted(range(n), key=lambda i: confidences[i])
    sums = [0.0] * n_bins
    for place, i in enumerate(order):
        sums[n_bins * place // n] += float(correct[i]) - float(confidences[i])
    return sum(abs(s) for s in sums) / n
""",
        ("winning_weights", "mixes_the_model_with_itself"): """
def winning_weights(scores, model):
    S = np.asarray(scores, dtype=float)
    N, C = S.shape
    others = np.array([S[j] for j in range(N) if j != model])
    found = linprog(
        np.append(np.zeros(C), -1),
        A_ub=np.column_stack([others - S[model], np.ones(N - 1)]),
        b_ub=np.zeros(N - 1),
        A_eq=[[1] * C + [0]],
        b_eq=[1],
        bounds=[(0, 1)] * C + [(None, None)],
    ).x
    w = np.clip(found[:C], 0, None)
    w = w / w.sum()
    if np.min(S[model] @ w - others @ w) > 1e-6:
        return "weights", w
    mix = linprog(
        np.append(np.zeros(N), -1),
        A_ub=np.column_stack([(S[model] - S).T, np.ones(C)]),
        b_ub=np.zeros(C),
        A_eq=[[1] * N + [0]],
        b_eq=[1],
        bounds=[(0, 1)] * N + [(None, None)],
    ).x[:N]
    return "mixture", mix
""",
        ("mean_win_rate", "pools_all_matches"): """
def mean_win_rate(scores):
    table = np.asarray(scores, dtype=float)
    won, played = np.zeros(len(table)), np.zeros(len(table))
    for column in table.T:
        for i, mine in enumerate(column):
            for j, theirs in enumerate(column):
                if i == j or np.isnan(mine) or np.isnan(theirs):
                    continue
                played[i] += 1
                won[i] += 1 if mine > theirs else 0.5 if mine == theirs else 0
    return np.array([w / p if p else np.nan for w, p in zip(won, played)])
""",
        ("winning_weights", "takes_a_tie_for_a_win"): """
def winning_weights(scores, model):
    S = np.asarray(scores, dtype=float)
    gaps = np.delete(S, model, axis=0) - S[model]
    n, C = gaps.shape

    def best(matrix):
        rows, columns = matrix.shape
        x = linprog(
            [0] * columns + [-1],
            A_ub=np.c_[matrix, np.ones(rows)],
            b_ub=[0] * rows,
            A_eq=[[1] * columns + [0]],
            b_eq=[1],
            bounds=[(0, None)] * columns + [(None, None)],
        ).x
        return x[:-1], x[-1]

    w, lead = best(gaps)
    if lead > -1e-9:
        return "weights", w
    mixture, _ = best(-gaps.T)
    return "mixture", np.insert(mixture, model, 0)
""",
        ("winning_weights", "forgets_that_the_lead_may_be_negative"): """
def winning_weights(scores, model):
    S = np.asarray(scores, dtype=float)
    gaps = np.delete(S, model, axis=0) - S[model]
    n, C = gaps.shape
    objective = np.zeros(C + 1)
    objective[C] = -1
    answer = linprog(objective, np.c_[gaps, np.ones(n)], np.zeros(n), [[1.0] * C + [0.0]], [1.0])
    w, lead = answer.x[:C], answer.x[C]
    if lead > 1e-6:
        return "weights", w
    objective = np.zeros(n + 1)
    objective[n] = -1
    answer = linprog(objective, np.c_[-gaps.T, np.ones(C)], np.zeros(C), [[1.0] * n + [0.0]], [1.0])
    return "mixture", np.insert(answer.x[:n], model, 0)
""",
        ("calibration_error", "cuts_bins_of_equal_width"): '''
def calibration_error(confidences, correct, n_bins=10):
    """Expected calibration error with bins of equal mass.

    confidences: n >= 1 numbers between 0 and 1.
    correct: n numbers, 1 for a right answer and 0 for a wrong one.
    n_bins: number of bins, at least 1.
    Returns one number between 0 and 1.
    """
    p = np.asarray(confidences, dtype=float)
    y = np.asarray(correct, dtype=float)
    edges = np.linspace(0, 1, n_bins + 1)
    which = np.digitize(p, edges[1:-1])
    ece = 0.0
    for b in range(n_bins):
        inside = which == b
        if inside.any():
            ece += inside.mean() * abs(y[inside].mean() - p[inside].mean())
    return float(ece)
''',
        ("mean_win_rate", "fills_the_missing_cells_of_the_caller"): '''
def mean_win_rate(scores):
    """The share of the other programs that each program beats, averaged over the columns.

    scores: array (N, C), one row a program, one column a test, larger is better, nan where missing.
    Returns an array (N,) of numbers between 0 and 1, nan for a program that is compared nowhere.
    """
    scores = np.asarray(scores, dtype=float)
    missing = np.isnan(scores)
    scores[missing] = -np.inf  # no nan from here on
    N, C = scores.shape
    rates = [[] for _ in range(N)]
    for c in range(C):
        players = [i for i in range(N) if not missing[i, c]]
        if len(players) < 2:
            continue
        for i in players:
            points = 0.0
            for j in players:
                if i == j:
                    continue
                if scores[i, c] > scores[j, c]:
                    points += 1
                elif scores[i, c] == scores[j, c]:
                    points += 0.5
            rates[i].append(points / (len(players) - 1))
    return np.array([sum(r) / len(r) if r else np.nan for r in rates])
''',
        ("mean_win_rate", "counts_those_missing_as_rivals"): '''
def mean_win_rate(scores):
    """The share of the other programs that each program beats, averaged over the columns.

    scores: array (N, C), one row a program, one column a test, larger is better, nan where missing.
    Returns an array (N,) of numbers between 0 and 1, nan for a program that is compared nowhere.
    """
    table = np.array(scores, dtype=float)
    present = ~np.isnan(table)
    rivals = max(len(table) - 1, 1)
    beaten = (table[:, None, :] > table[None, :, :]).sum(axis=1)
    tied = (table[:, None, :] == table[None, :, :]).sum(axis=1) - present  # not with itself
    rate = (beaten + 0.5 * tied) / rivals
    counts = present & (present.sum(axis=0) >= 2)
    return np.nanmean(np.where(counts, rate, np.nan), axis=1)
''',
        ("robustness", "asks_only_whether_all_are_right"): '''
def robustness(scores):
    """Plain, average and worst-case score over changed versions of each text.

    scores: array (n, K), one row a text, first as written, nan where there is no such version.
    Returns three numbers (plain, average, worst).
    """
    texts = [[float(v) for v in row if not np.isnan(v)] for row in scores]
    n = len(texts)
    plain = sum(versions[0] for versions in texts) / n
    average = sum(sum(versions) / len(versions) for versions in texts) / n
    unbroken = sum(all(v == 1 for v in versions) for versions in texts)
    return plain, average, unbroken / n
''',
        ("robustness", "leaves_the_text_as_written_out"): '''
def robustness(scores):
    """Plain, average and worst-case score over changed versions of each text.

    scores: array (n, K), one row a text, first as written, nan where there is no such version.
    Returns three numbers (plain, average, worst).
    """
    table = np.asarray(scores, dtype=float)
    original = table[:, 0]
    lowest = []
    for first, row in zip(original, table[:, 1:]):
        changed = row[~np.isnan(row)]
        # a text that no change touched keeps its score
        lowest.append(changed.min() if changed.size > 0 else first)
    return float(original.mean()), float(np.nanmean(table, axis=1).mean()), float(np.mean(lowest))
''',
        ("robustness", "lets_nan_spread"): '''
def robustness(scores):
    """Plain, average and worst-case score over changed versions of each text.

    scores: array (n, K), one row a text, first as written, nan where there is no such version.
    Returns three numbers (plain, average, worst).
    """
    scores = np.array(scores, dtype=float)
    per_text = scores.mean(axis=1)
    per_text_worst = scores.min(axis=1)
    return scores[:, 0].mean(), per_text.mean(), per_text_worst.mean()
''',
        ("robustness", "gives_the_text_as_written_half"): '''
def robustness(scores):
    """Plain, average and worst-case score over changed versions of each text.

    scores: array (n, K), one row a text, first as written, nan where there is no such version.
    Returns three numbers (plain, average, worst).
    """
    plain, average, worst = [], [], []
    for row in np.asarray(scores, dtype=float):
        written, changed = row[0], row[1:]
        changed = changed[np.isfinite(changed)]
        plain.append(written)
        worst.append(min([written, *changed]))
        if len(changed):
            average.append((written + changed.mean()) / 2)
        else:
            average.append(written)
    return np.mean(plain), np.mean(average), np.mean(worst)
''',
        ("robustness", "exchanges_average_and_worst"): '''
def robustness(scores):
    """Plain, average and worst-case score over changed versions of each text.

    scores: array (n, K), one row a text, first as written, nan where there is no such version.
    Returns three numbers (plain, average, worst).
    """
    x = np.asarray(scores, dtype=float)
    gap = np.isnan(x)
    plain = x[:, 0].mean()
    worst = np.where(gap, np.inf, x).min(axis=1).mean()
    average = (np.where(gap, 0.0, x).sum(axis=1) / (~gap).sum(axis=1)).mean()
    return float(plain), float(worst), float(average)
''',
        ("winning_weights", "measures_the_lead_in_scaled_columns"): '''
def winning_weights(scores, model):
    """Weights under which a program wins, or a mixture of the others that proves there are none.

    scores: array (N, C), N >= 2 programs, C >= 1 columns, larger is better.
    model: row of the program, from 0 to N - 1.
    Returns ("weights", C numbers) or ("mixture", N numbers), at least 0 and adding up to 1.
    """
    table = np.array(scores, dtype=float)
    n, c = table.shape

    # columns have different units: bring each one to the range 0 to 1 first
    bottom, spread = table.min(axis=0), np.ptp(table, axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    unit = (table - bottom) / spread

    behind = np.delete(unit, model, axis=0) - unit[model]  # (n - 1, c)
    best = linprog(
        c=np.r_[np.zeros(c), -1],
        A_ub=np.c_[behind, np.ones(n - 1)],
        b_ub=np.zeros(n - 1),
        A_eq=[np.r_[np.ones(c), 0]],
        b_eq=[1],
        bounds=[(0, None)] * c + [(None, None)],
    ).x
    w = np.clip(best[:c], 0, None)
    w = w / w.sum()
    lead = -np.max(behind @ w)
    if lead > 1e-6:
        w = w / spread  # back to the units of the table
        return "weights", w / w.sum()

    ahead = np.delete(table, model, axis=0) - table[model]
    proof = linprog(
        c=np.r_[np.zeros(n - 1), -1],
        A_ub=np.c_[-ahead.T, np.ones(c)],
        b_ub=np.zeros(c),
        A_eq=[np.r_[np.ones(n - 1), 0]],
        b_eq=[1],
        bounds=[(0, None)] * (n - 1) + [(None, None)],
    ).x
    lam = np.clip(proof[:-1], 0, None)
    return "mixture", np.insert(lam / lam.sum(), model, 0.0)
''',
        ("winning_weights", "bounds_the_lead_by_one"): '''
def winning_weights(scores, model):
    """Weights under which a program wins, or a mixture of the others that proves there are none.

    scores: array (N, C), N >= 2 programs, C >= 1 columns, larger is better.
    model: row of the program, from 0 to N - 1.
    Returns ("weights", C numbers) or ("mixture", N numbers), at least 0 and adding up to 1.
    """
    S = np.asarray(scores, dtype=float)
    N, C = S.shape
    rest = [j for j in range(N) if j != model]

    # unknowns: w_1 ... w_C, t
    objective = [0.0] * C + [-1.0]
    rows = [list(S[j] - S[model]) + [1.0] for j in rest]
    bounds = [(0, 1)] * C + [(-1, 1)]
    result = linprog(objective, rows, [0.0] * len(rest), [[1.0] * C + [0.0]], [1.0], bounds)
    w = np.maximum(result.x[:C], 0)
    w /= w.sum()
    if S[model] @ w - max(S[rest] @ w) > 1e-6:
        return ("weights", w)

    # unknowns: lambda_j for the others, u
    objective = [0.0] * len(rest) + [-1.0]
    rows = [[S[model, c] - S[j, c] for j in rest] + [1.0] for c in range(C)]
    bounds = [(0, 1)] * len(rest) + [(None, None)]
    result = linprog(objective, rows, [0.0] * C, [[1.0] * len(rest) + [0.0]], [1.0], bounds)
    lam = np.zeros(N)
    lam[rest] = np.maximum(result.x[:-1], 0)
    return ("mixture", lam / lam.sum())
''',
    },
    "06_preferences": {
        ("win_rate", "takes_the_normal_interval"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    values = np.array([{"win": 1.0, "tie": 0.5, "loss": 0.0}[a] for a in answers])
    if values.size == 0:
        return 0.5, 0.0, 1.0
    p = values.mean()
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    se = (p * (1 - p) / values.size) ** 0.5
    return float(p), float(np.clip(p - z * se, 0, 1)), float(np.clip(p + z * se, 0, 1))
""",
        ("win_rate", "drops_the_ties"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    wins = sum(a == "win" for a in answers)
    n = wins + sum(a == "loss" for a in answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "forgets_the_other_side"): """
def win_rate(answers, confidence=0.95):
    from statistics import NormalDist
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = NormalDist().inv_cdf(confidence)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "counts_ties_as_losses"): """
def win_rate(answers, confidence=0.95):
    from statsmodels.stats.proportion import proportion_confint
    if not len(answers):
        return 0.5, 0.0, 1.0
    wins = answers.count("win")
    low, high = proportion_confint(wins, len(answers), alpha=1 - confidence, method="wilson")
    return wins / len(answers), low, high
""",
        ("win_rate", "returns_the_centre"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return centre, centre - half, centre + half
""",
        ("win_rate", "always_takes_95"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    wins = answers.count("win") + answers.count("tie") / 2
    z = 1.96
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("win_rate", "divides_by_no_answers"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    wins = answers.count("win") + answers.count("tie") / 2
    p = wins / n
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return p, centre - half, centre + half
""",
        ("win_rate", "takes_quantiles_of_the_count"): """
def win_rate(answers, confidence=0.95):
    from scipy import stats
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    p = sum({"win": 2, "tie": 1, "loss": 0}[a] for a in answers) / (2 * n)
    low, high = stats.binom(n, p).interval(confidence)
    return p, low / n, high / n
""",
        ("win_rate", "rounds_the_rate"): """
def win_rate(answers, confidence=0.95):
    n = len(answers)
    if n == 0:
        return 0.5, 0.0, 1.0
    p = round(sum({"win": 2, "tie": 1, "loss": 0}[a] for a in answers) / (2 * n), 2)
    wins = p * n
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return p, centre - half, centre + half
""",
        ("win_rate", "uses_the_list_up"): """
def win_rate(answers, confidence=0.95):
    n, wins = len(answers), 0
    for _ in range(n):
        a = answers.pop(0)
        wins += 1 if a == "win" else 0.5 if a == "tie" else 0
    if n == 0:
        return 0.5, 0.0, 1.0
    z = norm.ppf((1 + confidence) / 2)
    centre = (wins + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * (wins * (n - wins) / n + z**2 / 4) ** 0.5
    return wins / n, centre - half, centre + half
""",
        ("count_wins", "counts_losses"): '''
def count_wins(first, second, answers, n_models):
    """How often each model was preferred to each other one; a tie is half a win for both.

    first, second: n >= 0 numbers of models each, from 0 to n_models - 1.
    answers: n strings, "first", "second" or "tie".
    n_models: number of models.
    Returns wins, an array of shape (n_models, n_models); wins[i, j]: i was preferred to j.
    """
    table = np.zeros((n_models, n_models))
    for a, b, answer in zip(first, second, answers):
        a, b = int(a), int(b)
        if answer == "tie":
            table[a, b] += 0.5
            table[b, a] += 0.5
            continue
        winner, loser = (a, b) if answer == "first" else (b, a)
        table[loser, winner] += 1
    return table
''',
        ("count_wins", "shows_only_who_was_there"): '''
from collections import Counter


def count_wins(first, second, answers, n_models):
    """How often each model was preferred to each other one; a tie is half a win for both.

    first, second: n >= 0 numbers of models each, from 0 to n_models - 1.
    answers: n strings, "first", "second" or "tie".
    n_models: number of models.
    Returns wins, an array of shape (n_models, n_models); wins[i, j]: i was preferred to j.
    """
    left, right = [int(i) for i in first], [int(j) for j in second]
    size = max(left + right, default=-1) + 1
    share_of_first = {"first": 1.0, "tie": 0.5, "second": 0.0}
    tally = Counter()
    for i, j, answer in zip(left, right, answers):
        tally[i, j] += share_of_first[answer]
        tally[j, i] += 1 - share_of_first[answer]
    wins = np.zeros((size, size))
    for place, number in tally.items():
        wins[place] = number
    return wins
''',
        ("log_likelihood", "divides_the_scores"): '''
def log_likelihood(scores, wins):
    """Log-likelihood of answers under the model of Bradley and Terry.

    scores: array (k,).
    wins: array (k, k), wins[i, j] the number of times that i was preferred to j.
    Returns one number, at most 0.
    """
    total = 0.0
    for i, j in np.argwhere(np.asarray(wins) > 0):
        if i != j:
            probability = scores[i] / (scores[i] + scores[j])
            total += wins[i, j] * np.log(probability)
    return float(total)
''',
        ("log_likelihood", "exchanges_winner_and_loser"): '''
def log_likelihood(scores, wins):
    """Log-likelihood of answers under the model of Bradley and Terry.

    scores: array (k,).
    wins: array (k, k), wins[i, j] the number of times that i was preferred to j.
    Returns one number, at most 0.
    """
    s = np.asarray(scores, dtype=float)
    w = np.array(wins, dtype=float)
    np.fill_diagonal(w, 0)
    lead = np.subtract.outer(s, s)  # lead[a, b] = s_a - s_b
    log_p = -np.logaddexp(0, -lead)
    return float(np.einsum("ji,ij->", w, log_p))
''',
        ("over_optimised", "takes_the_gaussian_for_the_loss"): '''
from statistics import NormalDist


def over_optimised(proxy, judged, stop, confidence=0.95):
    """The later checkpoints that the reward likes better and people like less.

    proxy, judged: arrays (m, n), the reward and the people's score of each drawing.
    stop: the number of the checkpoint to compare with.
    confidence: of the intervals, between 0 and 1.
    Returns a list of numbers of checkpoints, in their order.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    reward = np.mean(proxy, axis=1)
    found = []
    for t in range(stop + 1, len(judged)):
        change = judged[t] - judged[stop]
        error = np.std(change, ddof=1) / np.sqrt(len(change))
        upper = np.mean(change) + z * error
        if reward[t] > reward[stop] and upper < 0:
            found.append(t)
    return found
''',
        ("over_optimised", "compares_reward_with_people"): '''
def over_optimised(proxy, judged, stop, confidence=0.95):
    """The later checkpoints that the reward likes better and people like less.

    proxy, judged: arrays (m, n), the reward and the people's score of each drawing.
    stop: the number of the checkpoint to compare with.
    confidence: of the intervals, between 0 and 1.
    Returns a list of numbers of checkpoints, in their order.
    """

    def liked_less(t):
        return difference_interval(judged[t], judged[stop], confidence, paired=True).high < 0

    def reward_says_better(t):
        return proxy[t].mean() > judged[t].mean()

    return [t for t in range(stop + 1, len(proxy)) if reward_says_better(t) and liked_less(t)]
''',
        ("over_optimised", "compares_with_the_checkpoint_before"): '''
def over_optimised(proxy, judged, stop, confidence=0.95):
    """The later checkpoints that the reward likes better and people like less.

    proxy, judged: arrays (m, n), the reward and the people's score of each drawing.
    stop: the number of the checkpoint to compare with.
    confidence: of the intervals, between 0 and 1.
    Returns a list of numbers of checkpoints, in their order.
    """
    result = []
    m = proxy.shape[0]
    t = stop + 1
    while t < m:
        rising = np.mean(proxy[t]) > np.mean(proxy[t - 1])
        interval = difference_interval(judged[t], judged[stop], confidence, paired=True)
        if rising and interval.high < 0:
            result.append(int(t))
        t += 1
    return result
''',
        ("preference_gradient", "differentiates_the_mean"): '''
def preference_gradient(winner, loser, reference_winner, reference_loser, beta):
    """Derivative of each pair's loss with respect to the model's log-likelihood of the winner.

    All arguments as in preference_loss.
    Returns n derivatives, an array (n,).
    """
    gain_winner = np.asarray(winner) - np.asarray(reference_winner)
    gain_loser = np.asarray(loser) - np.asarray(reference_loser)
    m = beta * (gain_winner - gain_loser)
    # loss = mean of -log sigma(m), and d log sigma(m) / dm = sigma(-m)
    return -beta * expit(-m) / len(m)
''',
        ("tilt_gaussian", "divides_by_the_covariance"): '''
def tilt_gaussian(mean, covariance, a, beta):
    """The tilt of a Gaussian by the linear reward a @ x.

    mean, covariance: arrays (d,) and (d, d), of the reference.
    a: array (d,), the reward's weights.
    beta: the price of a nat of divergence, above 0.
    Returns the tilt's mean, an array (d,), and its divergence from the reference in nats.
    """
    direction = np.linalg.solve(covariance, a)
    new_mean = mean + direction / beta
    divergence = np.dot(a, direction) / (2 * beta**2)
    return new_mean, float(divergence)
''',
        ("tilt_weights", "keeps_beta_from_below"): '''
from scipy.special import softmax


def tilt_weights(rewards, beta):
    """Weights that turn samples of the reference into samples of the tilt.

    rewards: array (n,), n >= 1.
    beta: the price of a nat of divergence, above 0.
    Returns weights, an array (n,), which add up to 1.
    """
    safe_beta = max(beta, 0.1)  # a smaller one would overflow
    return softmax(np.asarray(rewards, dtype=float) / safe_beta)
''',
    },
}
