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
    },
}
