"""The priors: densities that integrate to one, and samples that fall where the density says."""

import numpy as np
import pytest
import torch

from utils import models


def petals_of(codes: torch.Tensor) -> torch.Tensor:
    """The petal whose ray is nearest in angle, which is the most likely one, from 0 to 9."""
    return torch.round(torch.atan2(codes[:, 1], codes[:, 0]) / (2 * torch.pi / 10)).long() % 10


def test_the_mixture_density_integrates_to_one_and_is_symmetric():
    mixture = models.PetalMixture()
    side = torch.linspace(-5, 5, 301)
    grid = torch.cartesian_prod(side, side)
    cell = float(side[1] - side[0]) ** 2
    assert float(mixture.log_prob(grid).exp().sum()) * cell == pytest.approx(1, abs=1e-3)
    turn = 2 * np.pi / 10
    rotation = torch.tensor([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], dtype=torch.float32)
    torch.testing.assert_close(mixture.log_prob(grid @ rotation.T), mixture.log_prob(grid), rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("prior", [models.PetalMixture(), models.Gaussian(2)], ids=["mixture", "gaussian"])
def test_samples_fall_where_the_density_says(prior):
    codes = prior.sample(40_000, torch.Generator().manual_seed(0))
    assert codes.shape == (40_000, 2)
    side = torch.linspace(-4.5, 4.5, 361)
    grid = torch.cartesian_prod(side, side)
    mass = prior.log_prob(grid).exp() * float(side[1] - side[0]) ** 2
    # Coarse cells of 18 × 18 grid points: the share of samples in each against the integral of the density.
    edges = np.linspace(-4.5125, 4.5125, 20)
    expected, _, _ = np.histogram2d(*grid.numpy().T, bins=[edges, edges], weights=mass.numpy())
    seen, _, _ = np.histogram2d(*codes.numpy().T, bins=[edges, edges])
    # Five standard deviations of a share, for each of the 361 cells.
    assert np.all(np.abs(seen / len(codes) - expected) < 5 * np.sqrt(expected / len(codes)) + 1e-3)
    # The mean of −log p over the samples is the entropy, which the integral gives too.
    entropy = -float((mass * prior.log_prob(grid)).sum())
    assert float(-prior.log_prob(codes).mean()) == pytest.approx(entropy, abs=0.03)


def test_the_ten_petals_are_equally_likely():
    mixture = models.PetalMixture()
    petals = petals_of(mixture.sample(20_000, torch.Generator().manual_seed(1)))
    shares = torch.bincount(petals, minlength=10) / len(petals)
    assert shares.shape == (10,)
    assert torch.all((shares - 0.1).abs() < 0.015)


def test_prior_samples_follow_their_generator():
    for prior in (models.PetalMixture(), models.Gaussian(3)):
        draw = [prior.sample(4, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
        assert torch.equal(draw[0], draw[1])
        assert not torch.equal(draw[0], draw[2])
