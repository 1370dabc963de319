"""Entropy and the entropy coder: what theory promises, and symbols that come back from their bytes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from utils import compression
from utils.compression import EntropyModel

tables = st.tuples(st.integers(1, 60), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(-6, 6))
)
MODEL = EntropyModel.fit(np.arange(6).reshape(3, 2))


def test_entropies_by_hand():
    assert compression.empirical_entropy(np.arange(32)) == pytest.approx(5)
    assert compression.empirical_entropy(np.zeros(9, dtype=int)) == 0
    assert compression.empirical_entropy([0, 0, 0, 1]) == pytest.approx(2 - 0.75 * math.log2(3))
    columns = np.stack([np.arange(8), np.arange(8) // 4, np.zeros(8, dtype=int)], axis=1)
    assert compression.empirical_entropy(columns) == pytest.approx(3 + 1 + 0)


@given(tables, st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_entropy_holds_what_theory_promises(symbols, seed):
    rng = np.random.default_rng(seed)
    entropy = compression.empirical_entropy(symbols)
    assert 0 <= entropy <= symbols.shape[1] * math.log2(len(symbols)) + 1e-9
    assert entropy == pytest.approx(compression.empirical_entropy(rng.permutation(symbols)))
    assert entropy == pytest.approx(compression.empirical_entropy(7 - 3 * symbols))
    other = EntropyModel.fit(rng.integers(-6, 7, size=(5, symbols.shape[1])))
    assert other.cross_entropy(symbols) >= entropy - 1e-9
    assert EntropyModel.fit(symbols).cross_entropy(symbols) >= entropy - 1e-9


def test_a_finer_step_costs_more_bits():
    codes = np.random.default_rng(0).normal(size=(2000, 2))
    steps = 2.0 ** np.arange(2, -5, -1)
    coded = []
    for step in steps:
        symbols = compression.quantise(codes, step)
        coded.append(len(EntropyModel.fit(symbols).encode(symbols)))
    assert (np.diff(coded) > 0).all()
    # Halving a small step of two smooth densities costs one bit each.
    entropies = [compression.empirical_entropy(compression.quantise(codes, step)) for step in (0.5, 0.25)]
    assert entropies[1] - entropies[0] == pytest.approx(2, abs=0.1)


@given(tables, st.data())
@settings(deadline=None)
def test_symbols_come_back_from_their_bytes(training, data):
    d = training.shape[1]
    wide = st.integers(-(2**31), 2**31 - 1) | st.integers(-7, 7)
    symbols = data.draw(hnp.arrays(np.int64, st.tuples(st.integers(1, 40), st.just(d)), elements=wide))
    model = EntropyModel.fit(training)
    coded = model.encode(symbols)
    np.testing.assert_array_equal(model.decode(coded, len(symbols)), symbols)
    sent = EntropyModel.from_bytes(model.to_bytes(), columns=d)
    np.testing.assert_array_equal(sent.decode(coded, len(symbols)), symbols)
    ideal = model.cross_entropy(symbols) * len(symbols)
    assert ideal - 1 <= 8 * len(coded) <= ideal + 2 * 32


def test_coded_size_is_the_cross_entropy_and_no_less_than_the_entropy():
    rng = np.random.default_rng(0)
    training, symbols = (np.rint(rng.normal(scale=[0.3, 4, 60], size=(n, 3))).astype(int) for n in (4000, 1000))
    model = EntropyModel.fit(training)
    bits = 8 * len(model.encode(symbols))
    assert bits == pytest.approx(1000 * model.cross_entropy(symbols), rel=0.002)
    assert bits >= 1000 * compression.empirical_entropy(symbols)


def test_probabilities_are_counts_and_one_half():
    model = EntropyModel.fit([7, 7, 7, 9])
    total = 4 + 4 * 0.5  # 7, 8, 9 and the escape
    assert model.cross_entropy([7]) == pytest.approx(-math.log2(3.5 / total))
    assert model.cross_entropy([8]) == pytest.approx(-math.log2(0.5 / total))
    assert model.cross_entropy([7, 9]) == pytest.approx(-(math.log2(3.5 / total) + math.log2(1.5 / total)) / 2)
    assert model.cross_entropy([6]) == pytest.approx(-math.log2(0.5 / total) + 32)


def test_a_symbol_never_seen_costs_its_escape():
    model = EntropyModel.fit(np.arange(1000) % 10)
    seen, unseen = model.cross_entropy([3]), model.cross_entropy([10**6])
    assert seen == pytest.approx(math.log2(10), abs=0.02)
    assert unseen > seen + 32
    np.testing.assert_array_equal(model.decode(model.encode([3, 10**6, -5]), 3), [[3], [10**6], [-5]])


def test_foreign_bytes_are_not_decoded():
    rng = np.random.default_rng(0)
    model = EntropyModel.fit(rng.integers(0, 20, size=(500, 2)))
    symbols = rng.integers(0, 20, size=(100, 2))
    coded = model.encode(symbols)
    for data, n in [
        (coded[:-1], 100),
        (coded[:-8], 100),
        (coded + bytes(4), 100),
        (coded, 90),
        (coded, 10**12),
        (coded, 0),
        (b"", 100),
    ]:
        with pytest.raises(ValueError, match=r"not -?\d+ rows coded with this model"):
            model.decode(data, n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.empirical_entropy([0.5]), "integers are needed"),
        (lambda: compression.empirical_entropy(np.zeros((0, 2), dtype=int)), "at least one row"),
        (lambda: EntropyModel.fit([0, 10**6]), "spread over 1000001 values"),
        (lambda: MODEL.encode(np.zeros((3, 3), dtype=int)), "3 columns, but the model was fitted on 2"),
        (lambda: MODEL.encode([[2**40, 0]]), "do not fit 32 bits"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
