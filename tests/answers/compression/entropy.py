"""Answers to exercise 3, entropy, and what a code costs."""

import numpy as np

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="02_compression",
    notebook="compression",
    title="3 entropy, and what a code costs",
    read="02_compression: How small? From dimensions to bits",
    solutions=("entropy_bits", "fit_probabilities", "coded_bytes"),
    checks=(
        "entropy_bits-by_hand",
        "entropy_bits-theory",
        "fit_probabilities-by_hand",
        "fit_probabilities-theory",
        "coded_bytes-by_hand",
        "coded_bytes-theory",
    ),
)


@EXERCISE.right("entropy_bits")
def adds_term_by_term(symbols):
    """Counts with a dictionary, and adds a term a symbol with the mathematics module."""
    import math
    from collections import Counter

    flat = np.ravel(symbols).tolist()
    return sum(-count / len(flat) * math.log2(count / len(flat)) for count in Counter(flat).values())


@EXERCISE.right("entropy_bits")
def leaves_it_to_scipy(symbols):
    """Hands the counts to SciPy, with the base."""
    from scipy import stats

    return stats.entropy(np.unique(symbols, return_counts=True)[1], base=2)


@EXERCISE.right("entropy_bits")
def takes_the_logarithm_of_n_apart(symbols):
    """Uses log n - (1/n) sum of n_s log n_s in nats, and changes the unit at the end."""
    counts = np.unique(np.asarray(symbols).ravel(), return_counts=True)[1].astype(float)
    n = counts.sum()
    return np.array((np.log(n) - counts @ np.log(counts) / n) / np.log(2))


@EXERCISE.right("fit_probabilities")
def compares_with_every_symbol(training, low, high):
    """Asks for each possible symbol how often it occurs."""
    counts = [np.sum(training == symbol) + 1 for symbol in range(low, high + 1)]
    return [count / (np.size(training) + len(counts)) for count in counts]


@EXERCISE.right("fit_probabilities")
def appends_every_symbol_once(training, low, high):
    """Adds one by adding one of each symbol to the training symbols."""
    possible = np.arange(low, high + 1)
    return np.unique(np.concatenate([np.ravel(training), possible]), return_counts=True)[1] / (
        np.size(training) + possible.size
    )


@EXERCISE.right("fit_probabilities")
def makes_a_histogram(training, low, high):
    """Lets NumPy's histogram count between half-integers."""
    counts = np.histogram(training, bins=np.arange(low - 0.5, high + 1))[0] + 1
    return counts / counts.sum()


@EXERCISE.right("coded_bytes")
def looks_prices_up_in_a_dictionary(symbols, probabilities, low):
    """Makes a price list in bits, and adds symbol by symbol."""
    import math

    prices = {low + place: -math.log2(q) for place, q in enumerate(probabilities)}
    bits = 0.0
    for symbol in np.ravel(symbols).tolist():
        if symbol not in prices:
            raise ValueError(f"There is no probability for {symbol}.")
        bits += prices[symbol]
    return math.ceil(bits / 8)


@EXERCISE.right("coded_bytes")
def counts_symbols_first(symbols, probabilities, low):
    """Counts each symbol, and multiplies counts with prices in nats."""
    counts = dict(zip(*np.unique(symbols, return_counts=True), strict=True))
    high = low + len(probabilities) - 1
    if any(symbol < low or symbol > high for symbol in counts):
        raise ValueError(f"Only symbols from {low} to {high} have a probability.")
    nats = sum(-count * np.log(probabilities[int(symbol) - low]) for symbol, count in counts.items())
    return np.ceil(np.round(nats / np.log(2), 9) / 8)


@EXERCISE.right("coded_bytes")
def rounds_up_by_whole_number_division(symbols, probabilities, low):
    """Rounds the bits up to whole ones, then adds seven before dividing by eight: the same number of bytes."""
    positions = np.asarray(symbols).ravel() - low
    if positions.size and (positions.min() < 0 or positions.max() >= len(probabilities)):
        raise ValueError("This symbol is unknown to the model.")
    bits = int(np.ceil(np.log2(1 / np.asarray(probabilities))[positions].sum()))
    return (bits + 7) // 8


@EXERCISE.wrong("coded_bytes")
def counts_nats(symbols, probabilities, low):
    """Takes the natural logarithm, and calls the result bits."""
    positions = np.ravel(symbols) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    return int(np.ceil(-np.sum(np.log(np.asarray(probabilities)[positions])) / 8))


@EXERCISE.wrong("coded_bytes")
def takes_the_messages_own_shares(symbols, probabilities, low):
    """Codes with shares counted on the very message, which the reader does not know, instead of with the model."""
    positions = np.ravel(symbols) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    counts = np.unique(positions, return_counts=True)[1]
    return int(np.ceil(-np.sum(counts * np.log2(counts / counts.sum())) / 8)) if len(counts) else 0


@EXERCISE.wrong("fit_probabilities")
def gives_unseen_symbols_nothing(training, low, high):
    """Takes the shares as they are, so that a symbol that training did not have costs infinitely many bits."""
    counts = np.bincount(np.ravel(training).astype(int) - low, minlength=high - low + 1)
    return counts / max(counts.sum(), 1)


@EXERCISE.wrong("entropy_bits")
def measures_in_nats(symbols):
    """Takes the natural logarithm where bits were asked for."""
    shares = np.unique(symbols, return_counts=True)[1] / np.size(symbols)
    return -np.sum(shares * np.log(shares))


@EXERCISE.wrong("entropy_bits")
def forgets_the_minus(symbols):
    """Leaves out the minus sign, so that the entropy is negative."""
    shares = np.unique(symbols, return_counts=True)[1] / np.size(symbols)
    return np.sum(shares * np.log2(shares))


@EXERCISE.wrong("entropy_bits")
def counts_the_whole_message(symbols):
    """Returns the bits of all symbols together instead of a symbol's."""
    counts = np.unique(symbols, return_counts=True)[1]
    return -np.sum(counts * np.log2(counts / counts.sum()))


@EXERCISE.wrong("entropy_bits")
def divides_by_the_number_of_rows(symbols):
    """Takes len() for the number of symbols, which it is for a flat array only."""
    shares = np.unique(symbols, return_counts=True)[1] / len(symbols)
    return -np.sum(shares * np.log2(shares))


@EXERCISE.wrong("entropy_bits")
def averages_over_the_columns(symbols):
    """Takes each column for a source of its own, and averages."""
    columns = np.reshape(symbols, (len(symbols), -1)).T
    shares = [np.unique(column, return_counts=True)[1] / len(column) for column in columns]
    return np.mean([-np.sum(p * np.log2(p)) for p in shares])


@EXERCISE.wrong("entropy_bits")
def forgets_the_weights(symbols):
    """Averages the surprise over the different symbols, as if all were equally frequent."""
    shares = np.unique(symbols, return_counts=True)[1] / np.size(symbols)
    return np.mean(-np.log2(shares))


@EXERCISE.wrong("entropy_bits")
def counts_the_bits_of_a_fixed_length(symbols):
    """Takes the logarithm of the number of different symbols: the bits of a code that ignores frequencies."""
    return np.log2(len(np.unique(symbols)))


@EXERCISE.wrong("entropy_bits")
def counts_from_zero(symbols):
    """Counts with bincount, which knows no negative numbers and leaves gaps with a logarithm of 0."""
    shares = np.bincount(np.ravel(symbols)) / np.size(symbols)
    return -np.sum(shares * np.log2(shares))


@EXERCISE.wrong("fit_probabilities")
def knows_the_training_symbols_only(training, low, high):
    """Makes an entry for each symbol that occurred, and none for the others."""
    counts = np.unique(training, return_counts=True)[1] + 1
    return counts / counts.sum()


@EXERCISE.wrong("fit_probabilities")
def adds_one_above_the_line_only(training, low, high):
    """Adds one to every count, and divides by N: the probabilities add up to more than 1."""
    counts = np.bincount(np.ravel(training).astype(int) - low, minlength=high - low + 1)
    return (counts + 1) / max(np.size(training), 1)


@EXERCISE.wrong("fit_probabilities")
def adds_one_to_empty_counts_only(training, low, high):
    """Raises the counts of unseen symbols to one, and so makes them as likely as those that were seen once."""
    counts = np.maximum(np.bincount(np.ravel(training).astype(int) - low, minlength=high - low + 1), 1)
    return counts / counts.sum()


@EXERCISE.wrong("fit_probabilities")
def adds_a_billionth(training, low, high):
    """Adds 1e-9 instead of 1, so that an unseen symbol costs thirty bits and more."""
    counts = np.bincount(np.ravel(training).astype(int) - low, minlength=high - low + 1) + 1e-9
    return counts / counts.sum()


@EXERCISE.wrong("fit_probabilities")
def starts_at_the_smallest_training_symbol(training, low, high):
    """Counts from the smallest symbol that occurred instead of from low, so that all probabilities move."""
    flat = np.ravel(training).astype(int)
    start = flat.min() if flat.size else low
    counts = np.bincount(flat - start, minlength=high - low + 1) + 1
    return counts / counts.sum()


@EXERCISE.wrong("fit_probabilities")
def leaves_out_the_last_symbol(training, low, high):
    """Leaves the highest symbol out: from low to high, both included, there are high - low + 1 symbols."""
    counts = np.array([np.sum(training == symbol) for symbol in range(low, high)]) + 1
    return counts / counts.sum()


@EXERCISE.wrong("fit_probabilities")
def returns_counts(training, low, high):
    """Forgets to divide: counts, not probabilities."""
    return np.bincount(np.ravel(training).astype(int) - low, minlength=high - low + 1) + 1


@EXERCISE.wrong("coded_bytes")
def lets_positions_be_negative(symbols, probabilities, low):
    """Looks symbols up without a check: below low, NumPy counts from the end and says nothing."""
    try:
        bits = -np.sum(np.log2(np.asarray(probabilities)[np.ravel(symbols).astype(int) - low]))
    except IndexError:
        raise ValueError("unknown symbol") from None
    return int(np.ceil(bits / 8))


@EXERCISE.wrong("coded_bytes")
def moves_unknown_symbols_into_the_range(symbols, probabilities, low):
    """Codes the nearest known symbol in place of an unknown one: the reader gets another message, and is not told."""
    positions = np.clip(np.ravel(symbols).astype(int) - low, 0, len(probabilities) - 1)
    return int(np.ceil(-np.sum(np.log2(np.asarray(probabilities)[positions])) / 8))


@EXERCISE.wrong("coded_bytes")
def returns_bits(symbols, probabilities, low):
    """Forgets that a byte has eight bits."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    return int(np.ceil(-np.sum(np.log2(np.asarray(probabilities)[positions]))))


@EXERCISE.wrong("coded_bytes")
def gives_each_symbol_whole_bits(symbols, probabilities, low):
    """Rounds every symbol up to whole bits, as a Huffman code has to and an arithmetic coder has not."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    return int(np.ceil(np.sum(np.ceil(-np.log2(np.asarray(probabilities)[positions]))) / 8))


@EXERCISE.wrong("coded_bytes")
def drops_the_last_part_of_a_byte(symbols, probabilities, low):
    """Rounds down, so that the last bits are not stored."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    return int(-np.sum(np.log2(np.asarray(probabilities)[positions])) / 8)


@EXERCISE.wrong("coded_bytes")
def multiplies_the_probabilities(symbols, probabilities, low):
    """Takes the logarithm of the product, which is 0 in floating point for a message of some hundred symbols."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    return int(np.ceil(-np.log2(np.prod(np.asarray(probabilities)[positions])) / 8))


@EXERCISE.wrong("coded_bytes")
def takes_the_models_entropy(symbols, probabilities, low):
    """Multiplies the number of symbols by the model's own entropy, whatever the message says."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    q = np.asarray(probabilities)
    return int(np.ceil(-np.size(symbols) * np.sum(q * np.log2(q)) / 8))


@EXERCISE.wrong("entropy_bits")
def makes_bytes_of_symbols(symbols):
    """Converts symbols to uint8, so that 0 and 256 become the same symbol."""
    counts = np.unique(np.asarray(symbols).astype(np.uint8), return_counts=True)[1]
    shares = counts / counts.sum()
    return -np.sum(shares * np.log2(shares))


@EXERCISE.wrong("entropy_bits")
def makes_short_integers_of_symbols(symbols):
    """Converts symbols to int16, so that 0 and 65536 become the same symbol."""
    counts = np.unique(np.asarray(symbols).astype(np.int16), return_counts=True)[1]
    shares = counts / counts.sum()
    return -np.sum(shares * np.log2(shares))


@EXERCISE.wrong("fit_probabilities")
def leaves_the_highest_symbol_out(training, low, high):
    """Leaves the highest symbol out: from low to high, both included, there are high - low + 1 symbols."""
    flat = np.ravel(training).astype(int)
    counts = np.array([np.sum(flat == symbol) for symbol in range(low, high)]) + 1
    return counts / counts.sum()


@EXERCISE.wrong("coded_bytes")
def codes_with_the_symbols_own_shares(symbols, probabilities, low):
    """Takes the shares of these very symbols, which the reader does not have, for the model."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError("unknown symbol")
    counts = np.unique(positions, return_counts=True)[1]
    return int(np.ceil(-np.sum(counts * np.log2(counts / max(1, counts.sum()))) / 8))


@EXERCISE.wrong("coded_bytes")
def lets_the_index_fail(symbols, probabilities, low):
    """Relies on NumPy for symbols without a probability: an IndexError above, and the last probabilities below."""
    positions = np.ravel(symbols).astype(int) - low
    return int(np.ceil(-np.sum(np.log2(np.asarray(probabilities)[positions])) / 8))


@EXERCISE.wrong("fit_probabilities")
def keeps_a_smallest_probability(training, low, high):
    """Raises small probabilities to 0.001 afterwards, so that they add up to more than 1."""
    flat = np.ravel(training).astype(int)
    counts = np.bincount(flat - low, minlength=high - low + 1) + 1
    return np.maximum(counts / counts.sum(), 1e-3)


@EXERCISE.wrong("coded_bytes")
def raises_an_error_without_a_sentence(symbols, probabilities, low):
    """Raises a ValueError that does not say what was wrong."""
    positions = np.ravel(symbols).astype(int) - low
    if np.any((positions < 0) | (positions >= len(probabilities))):
        raise ValueError
    return int(np.ceil(-np.sum(np.log2(np.asarray(probabilities)[positions])) / 8))


@EXERCISE.wrong("entropy_bits")
def drops_rare_symbols(symbols):
    """Leaves out shares of less than a hundredth, as if rare symbols cost nothing."""
    shares = np.unique(symbols, return_counts=True)[1] / np.size(symbols)
    shares = shares[shares > 0.01]
    return float(-(shares * np.log2(shares)).sum())


@EXERCISE.wrong("entropy_bits")
def rounds_to_three_places(symbols):
    """Rounds the result, which makes small entropies wrong."""
    shares = np.unique(symbols, return_counts=True)[1] / np.size(symbols)
    return round(float(-(shares * np.log2(shares)).sum()), 3)


@EXERCISE.wrong("fit_probabilities")
def subtracts_in_bytes(training, low, high):
    """Makes bytes of the symbols before low is subtracted, so that far symbols land in wrong places."""
    places = np.ravel(training).astype(np.int8) - np.int8(low)
    counts = np.zeros(high - low + 1)
    for place in places:
        counts[place] += 1
    return (counts + 1) / (counts.sum() + len(counts))


@EXERCISE.wrong("fit_probabilities")
def forgets_the_last_edge(training, low, high):
    """Ends the edges of the histogram at high, so that its last bin holds two symbols."""
    counts = np.append(np.histogram(training, bins=np.arange(low, high + 1))[0], 0)
    return (counts + 1) / (np.size(training) + high - low + 1)


@EXERCISE.wrong("coded_bytes")
def needs_a_symbol(symbols, probabilities, low):
    """Compares the smallest symbol with low, and there is none in an empty message."""
    places = np.ravel(symbols).astype(int) - low
    if places.min() < 0 or places.max() >= len(probabilities):
        raise ValueError("There is no probability for one of the symbols.")
    return int(np.ceil(-np.log2(probabilities[places]).sum() / 8))


@EXERCISE.wrong("fit_probabilities")
def keeps_a_byte_of_each_symbol(training, low, high):
    """Converts the symbols to bytes, in which 200 becomes -56."""
    symbols = np.ravel(training).astype(np.int8)
    counts = np.array([np.sum(symbols == s) for s in range(low, high + 1)])
    return (counts + 1) / (len(symbols) + high - low + 1)
