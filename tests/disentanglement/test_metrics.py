"""What the metrics of disentanglement have in common: the rotation table, invariances, and inputs at the edge."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.codes import FEW_LEVELS, draw_factors, noisy, rotated, scaled
from utils.disentanglement import (
    beta_vae_score,
    dci,
    explicitness,
    factor_vae_score,
    irs,
    mig,
    modularity,
    sap,
    udr,
)

Metric = Callable[..., float]


def dci_disentanglement(codes: Any, factors: Any, **options: Any) -> float:
    return dci(codes, factors, **options).disentanglement


METRICS: list[Metric] = [
    beta_vae_score,
    factor_vae_score,
    mig,
    sap,
    dci_disentanglement,
    modularity,
    explicitness,
    irs,
]
SEEDED = {beta_vae_score, factor_vae_score, sap, explicitness, dci_disentanglement}
named = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)


def seeds(metric: Metric, n: int) -> list[dict[str, int]]:
    """Options for n calls of a metric: the seeds 0 to n − 1, or none for a metric that samples nothing."""
    return [{"seed": seed} if metric in SEEDED else {} for seed in range(n)]


CASES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "0°": lambda code: code,
    "20°": lambda code: rotated(code, 20),
    "40°": lambda code: rotated(code, 40),
    "45°": lambda code: rotated(code, 45),
    "one factor dropped": lambda code: code[:, [0, 2]],
    "latents duplicated": lambda code: np.hstack([code, code]),
}
# What other libraries and direct computation gave for three independent factors of eight levels, 10,000 points. SAP is
# not scale-free, and these are its values for codes from -1 to 1 (unscaled levels 0..7 would give .25, .25, .12, .08).
ROTATION_TABLE = {
    beta_vae_score: (1.00, 1.00, 1.00, 0.689, 1.00, 1.00),
    factor_vae_score: (1.00, 1.00, 1.00, 0.665, 0.671, 1.00),
    mig: (0.999, 0.442, 0.335, 0.337, 0.666, 0),
    sap: (0.120, 0.207, 0.064, 0.043, 0.084, 0),
}


@pytest.mark.parametrize(
    ("metric", "case", "expected"),
    [
        (metric, case, value)
        for metric, values in ROTATION_TABLE.items()
        for case, value in zip(CASES, values, strict=True)
    ],
    ids=lambda part: part.__name__ if callable(part) else part,
)
@pytest.mark.sample(4)
def test_rotation_table(metric: Metric, case: str, expected: float) -> None:
    factors = draw_factors(10_000)
    codes = CASES[case](scaled(factors))
    scores = [metric(codes, factors, **options) for options in seeds(metric, 3)]
    assert np.mean(scores) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric is not dci_disentanglement] + [dci, udr])
def test_every_metric_documents_itself_in_one_form(metric: Callable[..., Any]) -> None:
    text, parameters = inspect.getdoc(metric) or "", inspect.signature(metric).parameters
    parts = ("Definition:", "Range:", "Blind to:", "Reference:", "Convention:", "Args:", "Example:")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    options = list(parameters.values())[1 if metric is udr else 2 :]
    assert all(option.kind is inspect.Parameter.KEYWORD_ONLY for option in options)
    assert all(f"    {name}: " in text for name in parameters)
    assert ("seed" in parameters) == (metric in SEEDED or metric is dci)
    if "seed" in parameters:
        assert parameters["seed"].default == 0
    assert ">>> " in text


@named
def test_scores_lie_between_0_and_1(metric: Metric) -> None:
    for seed in range(2):
        codes, factors = noisy(seed=seed)
        assert 0 < metric(codes, factors) < 1


@named
def test_the_order_of_the_latents_does_not_matter(metric: Metric) -> None:
    codes, factors = noisy()
    assert metric(codes[:, [2, 0, 3, 1]], factors) == pytest.approx(metric(codes, factors), abs=0.01)


@named
def test_signs_do_not_matter(metric: Metric) -> None:
    codes, factors = noisy()
    assert metric(codes * [-1, 1, -1, 1], factors) == pytest.approx(metric(codes, factors), abs=0.01)


@named
def test_the_order_of_the_factors_does_not_matter(metric: Metric) -> None:
    codes, factors = noisy()
    assert metric(codes, factors[:, [2, 0, 1]]) == pytest.approx(metric(codes, factors), abs=0.03)


@named
def test_the_numbers_that_name_the_levels_do_not_matter(metric: Metric) -> None:
    codes, factors = noisy()
    renamed = np.random.default_rng(5).permutation(FEW_LEVELS)[factors] * 10 - 3
    assert metric(codes, renamed) == pytest.approx(metric(codes, factors), abs=0.01)


@named
def test_one_scale_for_all_latents(metric: Metric) -> None:
    codes, factors = noisy()
    before, after = metric(codes, factors), metric(codes * 8, factors)
    if metric is sap:
        assert abs(after - before) > 0.02
    else:
        assert after == pytest.approx(before, abs=0.01)


@pytest.mark.parametrize("metric", [beta_vae_score, factor_vae_score, mig, dci_disentanglement, irs])
def test_a_perfect_code_scores_1(metric: Metric) -> None:
    factors = draw_factors(1500, levels=FEW_LEVELS)
    assert metric(scaled(factors), factors) == pytest.approx(1, abs=0.01)


def test_perfect_codes_score_1_where_a_linear_probe_can_tell() -> None:
    factors = np.random.default_rng(0).integers(2, size=(3000, 3))
    assert modularity(factors, factors) == pytest.approx(1, abs=0.01)
    assert explicitness(factors, factors) == 1
    assert sap(factors * 10, factors) == pytest.approx(
        0.5, abs=0.03
    )  # the second best latent guesses right half the time


def test_noise_scores_as_chance() -> None:
    factors = draw_factors(4000, levels=FEW_LEVELS)
    codes = np.random.default_rng(9).normal(size=(4000, 5))
    assert beta_vae_score(codes, factors) == pytest.approx(1 / 3, abs=0.05)
    assert factor_vae_score(codes, factors) == pytest.approx(1 / 3, abs=0.08)
    assert mig(codes, factors) < 0.01
    assert sap(codes, factors) < 0.03
    assert explicitness(codes, factors) == pytest.approx(0.5, abs=0.03)
    scores = dci(codes, factors)
    assert scores.disentanglement < 0.1
    assert scores.completeness < 0.1
    assert scores.informativeness == pytest.approx(1 / FEW_LEVELS, abs=0.03)
    assert scores.informativeness_train > scores.informativeness + 0.05


def test_duplicated_latents() -> None:
    codes, factors = noisy()
    twice = np.hstack([codes, -2 * codes])
    assert mig(twice, factors) == pytest.approx(0, abs=0.01)
    assert sap(np.hstack([codes, codes]), factors) == 0
    assert modularity(twice, factors) == pytest.approx(modularity(codes, factors), abs=0.01)
    assert irs(twice, factors) == pytest.approx(irs(codes, factors))
    one, two = dci(codes, factors), dci(twice, factors)
    assert two.disentanglement == pytest.approx(one.disentanglement, abs=0.01)
    assert two.completeness < one.completeness - 0.05
    np.testing.assert_allclose(two.importances[:4] + two.importances[4:], one.importances, atol=0.01)


@named
def test_a_constant_latent_is_no_latent(metric: Metric) -> None:
    codes, factors = noisy()
    before = metric(codes, factors)
    after = metric(np.column_stack([np.full(len(codes), 0.1), codes]), factors)
    if metric is modularity:  # the study's mean counts it with 0
        assert after == pytest.approx(before * 4 / 5)
    else:
        assert after == pytest.approx(before, abs=0.01)


@named
def test_codes_without_any_information(metric: Metric) -> None:
    factors = draw_factors(600, levels=FEW_LEVELS)
    score = metric(np.full((600, 2), 0.1), factors)
    chance = {beta_vae_score: 1 / 3, explicitness: 0.5}.get(metric, 0)
    assert score == pytest.approx(chance, abs=0.05)


@named
def test_one_latent(metric: Metric) -> None:
    factors = draw_factors(1500, levels=FEW_LEVELS)
    score = metric(scaled(factors)[:, :1], factors)
    expected = {
        beta_vae_score: (0.6, 0.75),  # two of three factors look alike
        factor_vae_score: (0.3, 0.37),  # one latent gives every factor the same vote
        mig: (0.32, 0.34),
        sap: (0.02, 0.2),
        dci_disentanglement: (0.0, 0.5),
        modularity: (0.99, 1),
        explicitness: (0.5, 0.7),
        irs: (0.99, 1),
    }
    low, high = expected[metric]
    assert low <= score <= high


@named
def test_one_factor(metric: Metric) -> None:
    codes, factors = noisy()
    score = metric(codes, factors[:, :1])
    if metric in (beta_vae_score, factor_vae_score, modularity, dci_disentanglement):
        assert score == 1
    else:
        assert 0 < score < 1


@named
@pytest.mark.sample(2)
def test_the_same_call_gives_the_same_score_again(metric: Metric) -> None:
    codes, factors = noisy()
    for options in seeds(metric, 2):
        assert metric(codes, factors, **options) == metric(codes, factors, **options)


@named
@pytest.mark.sample(2)
def test_seeds_differ_slightly_where_something_is_drawn(metric: Metric) -> None:
    codes, factors = noisy(3000)
    scores = [metric(codes, factors, **options) for options in seeds(metric, 3)]
    assert (len(set(scores)) > 1) == (metric in SEEDED)
    assert np.ptp(scores) < 0.06


@named
def test_the_inputs_are_left_as_they_were(metric: Metric) -> None:
    codes, factors = noisy(600)
    copies = codes.copy(), factors.copy()
    metric(codes, factors)
    np.testing.assert_array_equal(codes, copies[0])
    np.testing.assert_array_equal(factors, copies[1])


@named
def test_lists_and_float32_will_do(metric: Metric) -> None:
    codes, factors = noisy(600)
    single = codes.astype(np.float32)
    assert metric(single.tolist(), factors.tolist()) == metric(single, factors)


@named
def test_continuous_factors_are_binned(metric: Metric) -> None:
    rng = np.random.default_rng(3)
    factors = rng.uniform(size=(1500, 2))
    binned = np.minimum((factors * 5).astype(int), 4)
    codes = factors + rng.normal(size=factors.shape) * 0.05
    corners = np.array([[0.0, 0.0], [1.0, 1.0]])  # so that the bins are exactly fifths
    factors, binned, codes = (
        np.vstack([part, end]) for part, end in ((factors, corners), (binned, corners * 4), (codes, corners))
    )
    assert metric(codes, factors, factor_bins=5) == pytest.approx(metric(codes, binned, factor_bins=5), abs=1e-12)


@named
def test_fractions_that_are_few_are_levels(metric: Metric) -> None:
    codes, factors = noisy(600)
    assert metric(codes, factors / 7 + 0.5) == pytest.approx(metric(codes, factors), abs=1e-12)


@named
def test_wrong_tables_are_refused_in_one_sentence(metric: Metric) -> None:
    codes, factors = noisy(600)
    broken = codes.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="codes contain 1 NaN or infinite value"):
        metric(broken, factors)
    with pytest.raises(ValueError, match=r"factors have shape \(600,\)"):
        metric(codes, factors[:, 0])
    with pytest.raises(ValueError, match="600 codes and 599 rows of factors"):
        metric(codes, factors[1:])
    with pytest.raises(ValueError, match="factor 1 is constant"):
        metric(codes, factors * [1, 0, 1])
    with pytest.raises(ValueError, match=r"1 point\(s\) were given"):
        metric(codes[:1], factors[:1])
    with pytest.raises(ValueError, match="numbers are needed"):
        metric(codes.astype(str), factors)
    with pytest.raises(ValueError, match="factor_bins is 1"):
        metric(codes, factors, factor_bins=1)


@named
def test_few_points_give_an_answer_or_a_sentence(metric: Metric) -> None:
    for n in (2, 3, 5, 12):
        codes, factors = noisy(n)
        try:
            score = metric(codes, factors)
        except ValueError as error:
            assert "more points" in str(error) or "constant" in str(error)  # noqa: PT017
        else:
            assert -0.01 <= score <= 1
