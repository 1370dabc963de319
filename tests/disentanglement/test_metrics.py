"""The metrics of disentanglement: the rotation table, invariances, and inputs at the edge."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

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
LEVELS = 8  # of a factor in the rotation table
FEW_LEVELS = 5  # where a test only needs a factor


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


def draw_factors(n: int, seed: int = 0, levels: int = LEVELS) -> np.ndarray:
    return np.random.default_rng(seed).integers(levels, size=(n, 3))


def scaled(factors: np.ndarray) -> np.ndarray:
    """The perfect code: each latent one factor, from -1 to 1."""
    return factors / factors.max(axis=0) * 2 - 1


def rotated(codes: np.ndarray, degrees: float) -> np.ndarray:
    """The first two latents turned."""
    angle = np.deg2rad(degrees)
    turn = np.eye(codes.shape[1])
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return codes @ turn.T


def noisy(n: int = 1500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes between perfect and useless, on which every metric is neither 0 nor 1."""
    factors = draw_factors(n, seed, FEW_LEVELS)
    rng = np.random.default_rng(seed + 100)
    codes = rotated(factors / (FEW_LEVELS - 1) * 2 - 1, 42) + rng.normal(size=(n, 3)) * 0.3
    return np.column_stack([codes, rng.normal(size=n) * 0.5]), factors


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
def test_rotation_table(metric: Metric, case: str, expected: float) -> None:
    factors = draw_factors(10_000)
    codes = CASES[case](scaled(factors))
    scores = [metric(codes, factors, seed=seed) for seed in range(3)]
    assert np.mean(scores) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("case", "disentanglement", "completeness"),
    [
        ("0°", 1.00, 1.00),
        pytest.param("20°", 0.691, 0.691, marks=pytest.mark.slow),
        ("45°", 0.578, 0.578),
        pytest.param("latents duplicated", 1.00, 0.615, marks=pytest.mark.slow),
    ],
)
def test_rotation_table_of_dci(case: str, disentanglement: float, completeness: float) -> None:
    factors = draw_factors(15_000)  # 10,000 to train on and 5,000 to test on, as in the study
    scores = dci(CASES[case](scaled(factors)), factors)
    assert scores.disentanglement == pytest.approx(disentanglement, abs=0.02)
    assert scores.completeness == pytest.approx(completeness, abs=0.02)
    assert scores.informativeness > 0.99


def test_at_45_degrees_the_beta_vae_score_is_two_thirds_on_the_average() -> None:
    # Two of three factors then spread the latents alike. A finite table differs from the ideal one a little, and the
    # classifier finds that: single tables lie above, such as the one of the rotation table (.689).
    scores = []
    for seed in range(6):
        factors = draw_factors(20_000, seed=seed)
        scores.append(beta_vae_score(rotated(scaled(factors), 45), factors, seed=seed))
    assert np.mean(scores) == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize(("bins", "expected"), [(5, 0.517), (10, 0.652), (20, 0.444), (50, 0.332), (200, 0.330)])
def test_the_number_of_bins_moves_mig(bins: int, expected: float) -> None:
    factors = draw_factors(10_000)
    assert mig(rotated(scaled(factors), 20), factors, bins=bins) == pytest.approx(expected, abs=0.02)


def test_one_outlier_halves_mig() -> None:
    # How much is lost depends on the point. This one, at (-1/7, 1/7, 1) and then at 50 times that, leaves five bins to
    # all other points in the first two latents, and one in the third.
    factors = draw_factors(10_000)
    codes = scaled(factors)
    assert mig(codes, factors) == pytest.approx(0.999, abs=0.02)
    codes[np.flatnonzero((factors == [3, 4, 7]).all(axis=1))[0]] *= 50
    assert mig(codes, factors) == pytest.approx(0.499, abs=0.02)


def test_sap_is_not_scale_free_and_not_monotone() -> None:
    factors = draw_factors(10_000)
    code = scaled(factors)
    assert sap(rotated(code, 20), factors) > sap(code, factors) + 0.05
    assert sap(code * 3.5, factors) > sap(code, factors) + 0.05


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric is not dci_disentanglement] + [dci, udr])
def test_every_metric_documents_itself_in_one_form(metric: Callable[..., Any]) -> None:
    text, parameters = inspect.getdoc(metric) or "", inspect.signature(metric).parameters
    places = [text.index(part) for part in ("Definition:", "Range:", "Blind to:", "Reference:", "Convention:", "Args:")]
    assert places == sorted(places)
    options = list(parameters.values())[1 if metric is udr else 2 :]
    assert all(option.kind is inspect.Parameter.KEYWORD_ONLY for option in options)
    assert all(f"    {name}: " in text for name in parameters)
    assert parameters["seed"].default == 0


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


def test_a_small_code_is_pruned_or_not_by_the_factor_vae_score() -> None:
    codes, factors = noisy()
    small = codes / codes.std(axis=0) / 100
    assert factor_vae_score(small, factors) == 0
    assert factor_vae_score(small, factors, prune=0) == pytest.approx(factor_vae_score(codes, factors), abs=0.01)


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
def test_a_seed_gives_the_same_score_again(metric: Metric) -> None:
    codes, factors = noisy()
    assert metric(codes, factors, seed=4) == metric(codes, factors, seed=4)


@named
def test_seeds_differ_slightly_where_something_is_drawn(metric: Metric) -> None:
    codes, factors = noisy(3000)
    scores = [metric(codes, factors, seed=seed) for seed in range(3)]
    assert (len(set(scores)) > 1) == (metric in SEEDED)
    assert np.ptp(scores) < 0.06


@named
def test_the_inputs_are_left_as_they_were(metric: Metric) -> None:
    codes, factors = noisy(600)
    kept = codes.copy(), factors.copy()
    metric(codes, factors)
    np.testing.assert_array_equal(codes, kept[0])
    np.testing.assert_array_equal(factors, kept[1])


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
    with pytest.raises(ValueError, match="codes hold 1 NaN or infinite number"):
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


@pytest.mark.parametrize("metric", [beta_vae_score, factor_vae_score])
def test_a_factor_that_no_two_points_share_cannot_be_held_fixed(metric: Metric) -> None:
    codes, factors = noisy(300)
    factors[:, 1] = np.arange(300)
    with pytest.raises(ValueError, match="factor 1 has no value that two points share"):
        metric(codes, factors)
    factors[-1, 1] = 0
    assert 0 <= metric(codes, factors) <= 1


def test_options_out_of_range_are_refused_in_one_sentence() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="bins is 0"):
        mig(codes, factors, bins=0)
    with pytest.raises(ValueError, match="batch_size is 1"):
        factor_vae_score(codes, factors, batch_size=1)
    with pytest.raises(ValueError, match="num_train is 0"):
        beta_vae_score(codes, factors, num_train=0)
    with pytest.raises(ValueError, match="penalty is 0"):
        sap(codes, factors, penalty=0)
    with pytest.raises(ValueError, match="penalty is -1"):
        explicitness(codes, factors, penalty=-1)
    with pytest.raises(ValueError, match="test_share is 1"):
        dci(codes, factors, test_share=1)
    with pytest.raises(ValueError, match="quantile is 0"):
        irs(codes, factors, quantile=0)
    with pytest.raises(ValueError, match="KNeighborsClassifier has neither"):
        dci(codes, factors, probe=KNeighborsClassifier())


def test_dci_refuses_a_factor_that_numbers_the_points() -> None:
    codes, factors = noisy(1500)
    with pytest.raises(ValueError, match="factor 1 has 1500 levels"):
        dci(codes, np.column_stack([factors[:, 0], np.arange(1500)]))


def test_the_probe_is_an_argument() -> None:
    codes, factors = noisy()
    forest = dci(codes, factors, probe=RandomForestClassifier(50, random_state=0))
    linear = dci(codes, factors, probe=LogisticRegression())
    boosted = dci(codes, factors)
    assert forest.importances.sum(axis=0) == pytest.approx(1)
    assert len({forest.disentanglement, linear.disentanglement, boosted.disentanglement}) == 3
    assert beta_vae_score(codes, factors, probe=KNeighborsClassifier()) != beta_vae_score(codes, factors)


def test_modularity_can_leave_out_latents_that_tell_nothing() -> None:
    factors = draw_factors(10_000)
    codes = np.hstack([scaled(factors), np.random.default_rng(0).normal(size=(10_000, 7))])
    assert modularity(scaled(factors), factors) == pytest.approx(1, abs=0.01)
    assert modularity(codes, factors) < 0.7
    assert modularity(codes, factors, min_information=0.1) == pytest.approx(1, abs=0.01)
    assert modularity(codes[:, 3:], factors, min_information=0.1) == 0


def test_completeness_with_one_latent_or_a_constant_one() -> None:
    codes, factors = noisy()
    before = dci(codes, factors).completeness
    after = dci(np.column_stack([codes, np.ones(len(codes))]), factors).completeness
    assert before < after < before + 0.1  # the more latents there are, the less even is an importance held by a few
    assert dci(codes[:, :1], factors).completeness == 1
    assert dci(np.ones((len(codes), 2)), factors).completeness == 0


def test_sap_of_continuous_factors_is_the_gap_of_squared_correlations() -> None:
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(4000, 2))
    codes = np.column_stack([factors[:, 0], factors[:, 0] + factors[:, 1], np.zeros(4000)])
    # R² is 1 and 1/2 for the first factor, 1/2 and 0 for the second.
    assert sap(codes, factors, continuous=True) == pytest.approx(0.5, abs=0.03)
    assert sap(7 * codes, factors, continuous=True) == pytest.approx(sap(codes, factors, continuous=True))


def test_udr_finds_the_models_that_agree() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 4))
    twins = [z, -3 * z[:, [2, 0, 3, 1]], z[:, ::-1] + 1]
    turned = [z @ np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2)]
    scores = udr([*twins, *turned])
    assert scores.shape == (5,)
    assert scores[:3].min() > scores[3:].max() + 0.1
    assert udr(twins) == pytest.approx([0.9] * 3, abs=0.01)  # 1 less the penalty
    assert udr(twins, alpha=0.3) == pytest.approx([0.7] * 3, abs=0.02)
    assert udr(twins, similarity="spearman")[0] > 0.9


def test_udr_leaves_out_latents_close_to_their_prior() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 3))
    first = np.column_stack([z, rng.normal(size=2000)])
    second = np.column_stack([rng.normal(size=2000), np.zeros(2000), z])
    kl = [[2, 1, 1, 0.001], [0.01, 0.0, 2, 1, 1]]
    assert udr([first, second], kl=kl) == pytest.approx([0.9, 0.9], abs=0.01)
    assert udr([first, second]).max() < 0.85
    assert udr([first, second], kl=kl, kl_threshold=5).tolist() == [0, 0]


def test_udr_refuses_what_does_not_fit() -> None:
    z = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(ValueError, match=r"1 model\(s\)"):
        udr([z])
    with pytest.raises(ValueError, match=r"\[50, 49\] points"):
        udr([z, z[1:]])
    with pytest.raises(ValueError, match="codes of model 1 hold 50 NaN"):
        udr([z, z * [1, np.nan, 1]])
    with pytest.raises(ValueError, match="kl has shapes"):
        udr([z, z], kl=[[1, 1, 1], [1, 1]])
    with pytest.raises(ValueError, match="similarity is 'pearson'"):
        udr([z, z], similarity="pearson")  # type: ignore[arg-type]
