"""The checks of the theorem's map: they accept the prior, and reject what is not the prior or not mixed."""

import numpy as np
import pytest
from scipy import stats

from tests.support.priors import draws, each_prior, mixing_map
from utils.disentanglement import Bijection, check_distribution, check_mixing, rotation


@each_prior
def test_the_prior_stays_what_it_was(marginals):
    for seed in range(3):
        f = mixing_map(marginals, seed)
        check = check_distribution(f(f.sample(4_000, np.random.default_rng(seed))), marginals)
        assert check.p > 1e-4
        assert check.rank_correlation < 0.08
        assert abs(check.energy) < 0.03


@each_prior
def test_every_new_latent_depends_on_every_old_one(marginals):
    f = mixing_map(marginals)
    check = check_mixing(f, f.sample(2_000, np.random.default_rng(0)))
    assert check.zero_share == 0
    assert check.smallest > 0
    assert check.median.shape == (len(marginals), len(marginals))
    assert (check.median > 1e-4).all()


def test_unmixed_latents_show_as_zeros():
    marginals = [stats.uniform()] * 3
    points = draws(marginals, 200)
    assert check_mixing(Bijection(marginals, np.eye(3)), points).zero_share == pytest.approx(6 / 9)
    assert check_mixing(Bijection(marginals, rotation(3, 30, (0, 2))), points).zero_share == pytest.approx(4 / 9)


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        ("a plain rotation of uniforms", "ks_p"),
        ("one latent shifted", "ks_p"),
        ("one latent repeated", "dependence_p"),
        ("dependent without correlation", "dependence_p"),
        ("three latents that depend only together", "energy_p"),
    ],
)
def test_points_of_another_distribution_are_detected(change, blamed):
    marginals = [stats.uniform(-1, 2)] * 3
    z = draws(marginals, 2_000, seed=5)
    if change == "a plain rotation of uniforms":
        z = z @ rotation(3, 30).T
    elif change == "one latent shifted":
        z[:, 1] = z[:, 1] * 0.8 + 0.2
    elif change == "one latent repeated":
        z[:, 2] = z[:, 0]
    elif change == "dependent without correlation":
        z[:, 2] = 2 * np.abs(z[:, 0]) - 1
    else:
        z[:, 2] = np.abs(z[:, 2]) * np.sign(z[:, 0] * z[:, 1])
    check = check_distribution(z, marginals, n_energy=2_000, permutations=499)
    assert check.p < 0.05
    assert np.min(getattr(check, blamed)) < 0.005


def test_points_of_the_prior_raise_no_false_alarm():
    marginals = [stats.uniform(), stats.expon()]
    ps = [
        check_distribution(draws(marginals, 400, seed), marginals, n_energy=200, permutations=99).p
        for seed in range(40)
    ]
    assert sum(p < 0.05 for p in ps) <= 8  # 2 expected; more than 8 with probability 3e-4 if each were 5 %


def test_a_check_repeats_itself_with_its_seed():
    marginals = [stats.norm()] * 2
    z = draws(marginals, 300)
    first, again, other = (check_distribution(z, marginals, seed=seed) for seed in (1, 1, 2))
    assert first.energy == again.energy
    assert first.energy_p == again.energy_p
    assert first.energy != other.energy


TWO = [stats.uniform(), stats.uniform()]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check_distribution(np.zeros((200, 3)), TWO), r"\(n, 2\)"),
        (lambda: check_distribution(np.zeros((20, 2)), TWO), "at least 100"),
        (lambda: check_distribution(np.full((200, 2), np.inf), TWO), "infinite"),
        (lambda: check_mixing(Bijection(TWO, np.eye(2)), np.empty((0, 2))), "no points"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
