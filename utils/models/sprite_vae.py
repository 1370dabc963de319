"""Variational autoencoders of small sprites, and what is added to their loss so that single latents mean something.

The networks are the same for all methods; a *penalty* makes the difference. The three unsupervised ones punish, more
than the bound of Kingma and Welling (2014) asks for, what a code tells about its image or what its latents tell about
each other. The weakly supervised one keeps the plain penalty and looks at pairs of images instead.
"""

import math
from typing import Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Adam

from utils.models.autoencoder import Autoencoder
from utils.models.interface import checked_images
from utils.models.priors import Gaussian

RESOLUTION = 16


class SpriteVAE(Autoencoder):
    """A variational autoencoder of sprites of 16 × 16 pixels: two hidden layers each way, a standard normal prior.

    Args:
        latent_dim: how many numbers make a code.
        hidden: units in each hidden layer.
        name, seed: what the model is called, and which training run of it this is.
    """

    def __init__(self, latent_dim: int = 8, hidden: int = 128, name: str = "sprite-vae", seed: int = 0) -> None:
        pixels = RESOLUTION**2
        encoder = nn.Sequential(nn.Flatten(), *_layers(pixels, hidden), nn.Linear(hidden, 2 * latent_dim))
        shape = (1, RESOLUTION, RESOLUTION)
        decoder = nn.Sequential(*_layers(latent_dim, hidden), nn.Linear(hidden, pixels), nn.Unflatten(1, shape))
        super().__init__(encoder, decoder, Gaussian(latent_dim), name, seed, shape)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances, each (n, latent_dim), of q(z|x) for images, float tensor (n, 1, 16, 16)."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        # Far outside, the exponential of a variance leaves float32, and nothing is learnt there anyway.
        return mean, log_variance.clamp(-12.0, 4.0)

    @torch.no_grad()
    def latent_kl(self, images: ArrayLike) -> NDArray[np.float64]:
        """How much each latent tells about these images: the mean of KL(q(z_i|x) ‖ p(z_i)) in nats, ≥ 0.

        Args:
            images: floats (n, 1, 16, 16) in [0, 1], n ≥ 1.

        Returns:
            float64 (latent_dim,). A latent that the model does not use has a value near 0.

        Raises:
            TypeError, ValueError: if ``images`` has another type, shape or range.
        """
        mean, log_variance = self.posterior(torch.tensor(checked_images(images, self.image_shape)))
        return kl_per_latent(mean, log_variance).mean(dim=0).numpy().astype(np.float64)


def kl_per_latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) in nats for every image and latent, in the shape of its arguments."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


class Penalty(Protocol):
    """What a method adds to the reconstruction loss, in nats for each image."""

    def __call__(self, codes: Tensor, mean: Tensor, log_variance: Tensor, kl: Tensor) -> Tensor:
        """The penalty of a batch, from draws of q(z|x), their parameters (n, d), and the batch's mean KL."""
        ...

    def after_step(self, codes: Tensor, generator: torch.Generator) -> None:
        """Called with the batch's codes, detached, once the autoencoder has made its step."""
        ...


class WeightedKL:
    """β · KL: the β-VAE (Higgins et al., 2017, "beta-VAE: Learning Basic Visual Concepts …")."""

    def __init__(self, beta: float) -> None:
        self.beta = beta

    def __call__(self, codes: Tensor, mean: Tensor, log_variance: Tensor, kl: Tensor) -> Tensor:
        return self.beta * kl

    def after_step(self, codes: Tensor, generator: torch.Generator) -> None:
        """Nothing else is trained."""


class SampledTotalCorrelation:
    """KL + (β − 1) · TC: the β-TCVAE (Chen et al., 2018, "Isolating Sources of Disentanglement in VAEs").

    The total correlation TC = KL(q(z) ‖ ∏ q(z_i)) is estimated from the batch itself, by the minibatch weighted
    sampling of that paper (equation S3), up to a constant that has no gradient.
    """

    def __init__(self, beta: float) -> None:
        self.beta = beta

    def __call__(self, codes: Tensor, mean: Tensor, log_variance: Tensor, kl: Tensor) -> Tensor:
        return kl + (self.beta - 1) * total_correlation(codes, mean, log_variance)

    def after_step(self, codes: Tensor, generator: torch.Generator) -> None:
        """Nothing else is trained."""


def total_correlation(codes: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """How far a batch's aggregate posterior is from a product of its marginals, in nats, up to a constant.

    Args:
        codes: (n, d), one draw of each q(z|x).
        mean, log_variance: (n, d), the parameters of each.

    Returns:
        A scalar: log q(z) − Σ log q(z_i), averaged over the draws, with q the equal mixture of the batch's posteriors.
    """
    deviation = codes[:, None] - mean[None]
    log_density = -0.5 * (deviation.square() * (-log_variance).exp() + log_variance + math.log(2 * math.pi))
    joint = torch.logsumexp(log_density.sum(dim=2), dim=1)
    product = torch.logsumexp(log_density, dim=1).sum(dim=1)
    d, n = codes.shape[1], len(codes)
    return (joint - product).mean() + (d - 1) * math.log(n)


class DiscriminatedTotalCorrelation:
    """KL + γ · TC: FactorVAE (Kim and Mnih, 2018, "Disentangling by Factorising").

    A discriminator learns to tell codes from codes whose latents were shuffled between images. Its logit is the
    logarithm of the ratio of the two densities, whose mean over codes is the total correlation.
    """

    def __init__(self, gamma: float, latent_dim: int) -> None:
        self.gamma = gamma
        self.discriminator = nn.Sequential(
            nn.Linear(latent_dim, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
        )
        self.optimiser = Adam(self.discriminator.parameters(), lr=1e-3, betas=(0.5, 0.9), fused=True)

    def __call__(self, codes: Tensor, mean: Tensor, log_variance: Tensor, kl: Tensor) -> Tensor:
        ratio: Tensor = self.discriminator(codes).mean()
        return kl + self.gamma * ratio

    def after_step(self, codes: Tensor, generator: torch.Generator) -> None:
        """One step of the discriminator."""
        n, d = codes.shape
        orders = [torch.randperm(n, generator=generator) for _ in range(d)]
        shuffled = torch.stack([codes[order, latent] for latent, order in enumerate(orders)], dim=1)
        verdict = self.discriminator(torch.cat([codes, shuffled])).squeeze(1)
        loss = binary_cross_entropy_with_logits(verdict, torch.cat([torch.ones(n), torch.zeros(n)]))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()


def shared_posteriors(mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
    """Ada-GVAE: the latents that a pair of images seems to share get one posterior for both (Locatello et al., 2020).

    "Weakly-Supervised Disentanglement Without Compromises". A latent counts as shared where the divergence between its
    two posteriors is below the middle between the pair's smallest and largest. Which factors are shared, or how many,
    is told to nobody. We take the symmetric divergence, so that the order within a pair does not matter. Shared
    posteriors are averaged as in the group VAE of Hosoya (2019): means by their mean, variances by theirs.

    Args:
        mean, log_variance: (2n, d); row i and row n + i belong to a pair.

    Returns:
        Both, (2n, d), with what is shared averaged.
    """
    first, second = mean.chunk(2)
    one, other = log_variance.exp().chunk(2)
    gap = (first - second).square()
    divergence = 0.25 * ((one + gap) / other + (other + gap) / one - 2)
    threshold = 0.5 * (divergence.amax(dim=1, keepdim=True) + divergence.amin(dim=1, keepdim=True))
    shared = (divergence < threshold).repeat(2, 1)
    average = (0.5 * (first + second)).repeat(2, 1)
    log_average = (0.5 * (one + other)).log().repeat(2, 1)
    return torch.where(shared, average, mean), torch.where(shared, log_average, log_variance)


def _layers(inputs: int, hidden: int) -> list[nn.Module]:
    return [nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()]
