"""Topic 03: variational autoencoders of small sprites, with penalties that are meant to disentangle their latents.

The networks are the same for all methods, which differ in a *penalty*. The three unsupervised penalties reduce the
information of a code about its image, or of its latents about each other, more than the bound of Kingma and Welling
(2014) does. The weakly supervised method keeps the plain penalty and learns from pairs of images instead.

The file has more than 350 lines because it contains the whole family: model, penalties, settings and training.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from tqdm.auto import tqdm

from utils.arrays import FloatArray, IntArray
from utils.data import Sprites
from utils.models.interface import Autoencoder, Curve, NetworkModel, checked_images
from utils.models.priors import Gaussian
from utils.models.reproducibility import batches, determined_by
from utils.models.vae_aae import bernoulli_loss

RESOLUTION = 16
"""Side of the images in pixels."""

Method = Literal["beta-vae", "beta-tcvae", "factor-vae", "ada-gvae"]


# The model


class SpriteVAE(Autoencoder):
    """A variational autoencoder of sprites of 16 × 16 pixels: two hidden layers each way, a standard normal prior.

    Args:
        latent_dim: number of dimensions of a code.
        hidden: units in each hidden layer.
        name, seed: which model, and which training run of it.
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
        # Far outside, the exponential of a log-variance leaves the range of float32, and nothing is learned there.
        return mean, log_variance.clamp(-12.0, 4.0)

    @torch.no_grad()
    def latent_kl(self, images: ArrayLike) -> FloatArray:
        """Information of each latent about these images: the mean of KL(q(z_i|x) ‖ p(z_i)) in nats, ≥ 0.

        Args:
            images: floats (n, 1, 16, 16) in [0, 1], n ≥ 1.

        Returns:
            float64 (latent_dim,). A latent that the model does not use has a value near 0.

        Raises:
            TypeError, ValueError: ``images`` has another type, shape or range.
        """
        mean, log_variance = self.posterior(torch.tensor(checked_images(images, self.image_shape)))
        return kl_per_latent(mean, log_variance).mean(dim=0).numpy().astype(np.float64)


def _layers(inputs: int, hidden: int) -> list[nn.Module]:
    return [nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()]


def kl_per_latent(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)) in nats for every image and latent, in the shape of its arguments.

    Example:
        >>> kl_per_latent(torch.tensor([[0.0, 2.0]]), torch.zeros(1, 2))
        tensor([[0., 2.]])
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


# The penalties


class Penalty(Protocol):
    """The term that a method adds to the reconstruction loss, in nats per image."""

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
    """Divergence of a batch's aggregate posterior from the product of its marginals, in nats, up to a constant.

    Args:
        codes: (n, d), one draw of each q(z|x).
        mean, log_variance: (n, d), the parameters of each.

    Returns:
        A scalar: log q(z) − Σ log q(z_i), averaged over the draws, where q is the equal mixture of the batch's
        posteriors.
    """
    deviation = codes[:, None] - mean[None]
    log_density = -0.5 * (deviation.square() * (-log_variance).exp() + log_variance + math.log(2 * math.pi))
    joint = torch.logsumexp(log_density.sum(dim=2), dim=1)
    product = torch.logsumexp(log_density, dim=1).sum(dim=1)
    d, n = codes.shape[1], len(codes)
    return (joint - product).mean() + (d - 1) * math.log(n)


class DiscriminatedTotalCorrelation:
    """KL + γ · TC: FactorVAE (Kim and Mnih, 2018, "Disentangling by Factorising").

    A discriminator learns to distinguish codes from codes with latents shuffled between images. Its logit is the
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
        logits = self.discriminator(torch.cat([codes, shuffled])).squeeze(1)
        loss = binary_cross_entropy_with_logits(logits, torch.cat([torch.ones(n), torch.zeros(n)]))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()


def shared_posteriors(mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
    """Ada-GVAE: average the posteriors of the latents that a pair of images seems to share (Locatello et al., 2020).

    "Weakly-Supervised Disentanglement Without Compromises". A latent counts as shared if the divergence between its two
    posteriors is below the midpoint of the pair's smallest and largest. The method is not told which factors are
    shared, nor how many. We take the symmetric divergence, so that the order within a pair does not matter. Shared
    posteriors are averaged as in the group VAE of Hosoya (2019): means by their mean, variances by theirs.

    Args:
        mean, log_variance: (2n, d); row i and row n + i belong to a pair.

    Returns:
        Both, (2n, d), with shared latents averaged.
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


# The settings


@dataclass(frozen=True)
class SpriteSettings:
    """How a model of sprites is built and trained.

    The loss is reconstruction + kl_weight · factor · penalty, with the penalty of the method and a factor that falls
    from ``initial_penalty_factor`` to 1 in the first half of training.

    **How the settings were chosen.** By about forty trainings of one or two seeds each, *using the factors*: by MIG,
    and by the number of factors that some latent has information about. Topic 03 measures how scores differ between
    methods, strengths and seeds, so it needs settings at which they can differ. It does not claim that these settings
    could be found without labels.

    *Size.* Five factors at 16 × 16 pixels: small enough for sixty trainings on a laptop. In none of the trials was
    orientation encoded, and shape hardly; these models encode position and scale. Two layers of 128 units rather
    than a convolutional network, which took 13 ms per step instead of 3 and was no better after the same time.
    *Falling factor.* With a penalty of constant weight, latents stayed entangled in the trials (MIG 0.02 after
    5,000 steps; 0.37 when the weight fell to the same value from eight times as much). The control of the study,
    five seeds each, is less one-sided: at β = 2 the mean MIG is 0.10 constant and 0.30 falling, but a constant β =
    8 reaches 0.27, with a worse reconstruction (lecture 03). *Weight.* An image of 256 pixels contains less
    evidence than dSprites' 4,096, so with the penalty that is usual there the model collapses (weight 2: no active
    latent); with a quarter of it, the strengths of the literature can be used. *Strengths* (in
    ``disentanglement/study.py``) range from weak, where latents are mixed, to strong, where factors are lost.

    Attributes:
        method: ``"beta-vae"``, ``"beta-tcvae"`` and ``"factor-vae"`` see single images, ``"ada-gvae"`` sees pairs.
        strength: β of the β-VAE, of the β-TCVAE and of Ada-GVAE, γ of FactorVAE.
        latent_dim: number of dimensions of a code.
        hidden: units in each of the two hidden layers of encoder and decoder.
        images: number of training images.
        epochs, batch_size: passes over them, and images per step.
        learning_rate: Adam's, at the start; it falls to zero along a cosine.
        kl_weight: weight of the whole penalty.
        initial_penalty_factor: factor of the penalty's weight at the start of training.

    Raises:
        ValueError: ``method`` is not one of these.
    """

    method: Method
    strength: float
    latent_dim: int = 8
    hidden: int = 128
    images: int = 40_000
    epochs: int = 6
    batch_size: int = 64
    learning_rate: float = 3e-3
    kl_weight: float = 0.25
    initial_penalty_factor: float = 8.0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method is {self.method!r}, but must be one of {', '.join(get_args(Method))}.")

    def build(self, name: str, seed: int) -> SpriteVAE:
        """An untrained model; its initial weights come from torch's global generator."""
        return SpriteVAE(self.latent_dim, self.hidden, name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[SpriteVAE, Curve]:
        """A model trained on random sprites, or on pairs of them, without their factors."""
        return fit(self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Reconstruction, divergence and number of used latents on 10,000 sprites that were not trained on."""
        return reconstruction_scores(model)


SPRITES = {
    "sprites-beta-vae": SpriteSettings("beta-vae", 2.0),
    "sprites-beta-tcvae": SpriteSettings("beta-tcvae", 4.0),
    "sprites-ada-gvae": SpriteSettings("ada-gvae", 1.0),
}


def reconstruction_scores(model: NetworkModel, n: int = 10_000) -> dict[str, float]:
    """Scores of a model of sprites that need no factors, on n newly drawn sprites.

    Returns:
        ``reconstruction_mse``: mean squared error of decoded codes, per pixel, grey values from 0 to 1.

        ``kl``: nats per code, Σ KL(q(z_i|x) ‖ p(z_i)); ``used_latents``: how many latents exceed 0.1 nats.

    Raises:
        TypeError: the model is not a SpriteVAE.
    """
    if not isinstance(model, SpriteVAE):
        raise TypeError(f"{model.name} is of type {type(model).__name__}, but these scores are for a SpriteVAE.")
    sprites = Sprites(RESOLUTION)
    images = sprites.render(sprites.sample_factors(n, np.random.default_rng(1)))
    errors = np.square(model.decode(model.encode(images)) - images)
    kl = model.latent_kl(images)
    return {
        "reconstruction_mse": float(errors.mean(dtype=np.float64)),
        "kl": float(kl.sum()),
        "used_latents": float((kl > 0.1).sum()),
    }


# Training


def fit(settings: SpriteSettings, seed: int, name: str = "", progress: bool = False) -> tuple[SpriteVAE, Curve]:
    """Train one model of sprites; the same arguments give the same weights, bit for bit, on one kind of processor.

    All seeds see the same images; the seed determines the initial weights, the order of the images and the noise.

    Args:
        settings: which method, how strong, and how long.
        seed: of the training run.
        name: the model's name.
        progress: show a progress bar that counts epochs.

    Returns:
        The model, and for each epoch the means over its steps, in nats per image: ``reconstruction`` and ``kl``.
    """
    data = training_pairs(settings.images) if settings.method == "ada-gvae" else training_images(settings.images)
    rows = settings.batch_size // data.shape[1]  # a pair is two images of the batch
    with determined_by(seed) as generator:
        model = settings.build(name, seed)
        _start_from_the_mean(model, data)
        optimiser = Adam(model.parameters(), lr=settings.learning_rate, fused=True)
        penalty = _penalty(settings)
        steps = settings.epochs * (len(data) // rows)
        schedule = CosineAnnealingLR(optimiser, steps)
        curve, step = [], 0
        for _ in tqdm(range(settings.epochs), desc=f"{name} seed {seed}", unit="epoch", disable=not progress):
            measurements = []
            for batch in batches(data, rows, generator):
                images = batch.transpose(0, 1).reshape(-1, 1, RESOLUTION, RESOLUTION)
                mean, log_variance = model.posterior(images)
                if settings.method == "ada-gvae":
                    mean, log_variance = shared_posteriors(mean, log_variance)
                codes = mean + torch.randn(mean.shape, generator=generator) * (0.5 * log_variance).exp()
                reconstruction = bernoulli_loss(model.decoder(codes), images)
                kl = kl_per_latent(mean, log_variance).sum(dim=1).mean()
                weight = settings.kl_weight * penalty_factor(step / steps, settings.initial_penalty_factor)
                loss = reconstruction + weight * penalty(codes, mean, log_variance, kl)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                penalty.after_step(codes.detach(), generator)
                schedule.step()
                step += 1
                measurements.append((reconstruction.item(), kl.item()))
            means = np.mean(measurements, axis=0)
            curve.append({"reconstruction": float(means[0]), "kl": float(means[1])})
    return model, curve


def penalty_factor(progress: float, initial: float) -> float:
    """The factor of the penalty at a share ``progress`` of training: from ``initial`` to 1 in its first half.

    Example:
        >>> [penalty_factor(progress, 8.0) for progress in (0.0, 0.25, 0.5, 1.0)]
        [8.0, 4.0, 1.0, 1.0]
    """
    return max(1.0, initial * (1 - 2 * progress))


@lru_cache(maxsize=2)
def training_images(n: int) -> Tensor:
    """The n images that all unsupervised models learn from: float32 (n, 1, 1, 16, 16), all factors at random."""
    sprites = Sprites(RESOLUTION)
    return torch.from_numpy(sprites.render(sprites.sample_factors(n, np.random.default_rng(0))))[:, None]


@lru_cache(maxsize=2)
def training_pairs(n: int) -> Tensor:
    """The n images in pairs, float32 (n/2, 2, 1, 16, 16); the second of a pair has one factor drawn anew."""
    sprites, rng = Sprites(RESOLUTION), np.random.default_rng(0)
    first = sprites.sample_factors(n // 2, rng)
    second = with_one_factor_redrawn(first, rng)
    return torch.from_numpy(np.stack([sprites.render(first), sprites.render(second)], axis=1))


def with_one_factor_redrawn(factors: IntArray, rng: np.random.Generator) -> IntArray:
    """A copy of factors (n, 5) in which one factor per row, each equally often, is drawn anew (possibly unchanged)."""
    rows = np.arange(len(factors))
    columns = rng.integers(factors.shape[1], size=len(factors))
    copy = factors.copy()
    copy[rows, columns] = Sprites(RESOLUTION).sample_factors(len(factors), rng)[rows, columns]
    return copy


def _start_from_the_mean(model: SpriteVAE, data: Tensor) -> None:
    """Set the decoder's bias to the mean image; otherwise the model spends the first epoch learning it."""
    decoder = model.decoder
    assert isinstance(decoder, nn.Sequential)
    mean_image = data.mean(dim=(0, 1)).clamp(1e-4, 1 - 1e-4)
    with torch.no_grad():
        bias = decoder[-2].bias
        assert isinstance(bias, Tensor)
        bias.copy_(mean_image.logit().flatten())


def _penalty(settings: SpriteSettings) -> Penalty:
    if settings.method == "beta-tcvae":
        return SampledTotalCorrelation(settings.strength)
    if settings.method == "factor-vae":
        return DiscriminatedTotalCorrelation(settings.strength, settings.latent_dim)
    return WeightedKL(settings.strength)
