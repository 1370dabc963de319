"""Prior distributions over codes: a generative model's assumption about its codes.

Both priors work on torch tensors, because the training losses need their gradients. Neither knows any label: the
mixture says only that there are ten groups, and the model decides which digit goes where. (Makhzani et al. 2015 also
show a variant, their Fig. 4, that ties each component to a class. It would leak the labels into the codes and is
therefore not offered.)
"""

import math
from typing import Protocol

import torch
from torch import Tensor


class Prior(Protocol):
    """A distribution over codes of ``latent_dim`` dimensions."""

    latent_dim: int

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n codes: float32 (n, latent_dim)."""
        ...

    def log_prob(self, codes: Tensor) -> Tensor:
        """Log-density in nats, (n,), of codes (n, latent_dim)."""
        ...


class Gaussian:
    """The standard normal distribution N(0, I) in ``latent_dim`` dimensions.

    Example:
        >>> prior = Gaussian(2)
        >>> prior.log_prob(torch.zeros(1, 2)).exp() * 2 * math.pi
        tensor([1.0000])
        >>> prior.sample(3, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 2])
    """

    def __init__(self, latent_dim: int) -> None:
        self.latent_dim = latent_dim

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n codes: float32 (n, latent_dim)."""
        return torch.randn(n, self.latent_dim, generator=generator)

    def log_prob(self, codes: Tensor) -> Tensor:
        """Log-density in nats, (n,), of codes (n, latent_dim)."""
        return -0.5 * (codes.square() + math.log(2 * math.pi)).sum(dim=1)


class PetalMixture:
    """Ten equally likely two-dimensional Gaussians, stretched outwards and arranged in a circle like petals.

    The shape is that of Makhzani et al. (2015), "Adversarial Autoencoders", Fig. 2; the paper gives no numbers for it,
    so those below are ours. Neighbouring petals touch near the centre and are clearly apart at their tips.

    Args:
        petals: number of Gaussians.
        radius: distance of their means from the origin.
        length, width: standard deviation of each along, and across, the ray from the origin through its mean.

    Example:
        >>> prior = PetalMixture()
        >>> on_a_petal, between_two = prior.log_prob(torch.tensor([[2.0, 0.0], [1.9, 0.62]]))
        >>> bool(on_a_petal > between_two + 3)
        True
    """

    latent_dim = 2

    def __init__(self, petals: int = 10, radius: float = 2.0, length: float = 0.6, width: float = 0.2) -> None:
        self.petals, self.radius, self.length, self.width = petals, radius, length, width
        angles = 2 * math.pi * torch.arange(petals) / petals
        # Rows: the unit vector along each petal, and the one across it.
        self._along = torch.stack([angles.cos(), angles.sin()], dim=1)
        self._across = torch.stack([-angles.sin(), angles.cos()], dim=1)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n codes: float32 (n, 2)."""
        petal = torch.randint(self.petals, (n,), generator=generator)
        along, across = torch.randn(n, 2, generator=generator).unbind(dim=1)
        outwards = self.radius + self.length * along
        sideways = self.width * across
        return outwards[:, None] * self._along[petal] + sideways[:, None] * self._across[petal]

    def log_prob(self, codes: Tensor) -> Tensor:
        """Log-density in nats, (n,), of codes (n, 2)."""
        outwards = (codes @ self._along.T - self.radius) / self.length
        sideways = (codes @ self._across.T) / self.width
        scale = math.log(2 * math.pi * self.length * self.width)
        per_petal = -0.5 * (outwards.square() + sideways.square()) - scale
        return torch.logsumexp(per_petal, dim=1) - math.log(self.petals)
