"""Training on sprites: single images without labels, or pairs of images that share all factors but one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from tqdm.auto import tqdm

from utils.data.sprites import Sprites
from utils.models.recipe import Curve
from utils.models.sprite_vae import (
    RESOLUTION,
    DiscriminatedTotalCorrelation,
    Penalty,
    SampledTotalCorrelation,
    SpriteVAE,
    WeightedKL,
    kl_per_latent,
    shared_posteriors,
)
from utils.models.training import batches, determined_by
from utils.models.vae import bernoulli_loss

if TYPE_CHECKING:
    from utils.models.sprite_settings import SpriteSettings


def fit_sprites(settings: SpriteSettings, seed: int, name: str = "", progress: bool = False) -> tuple[SpriteVAE, Curve]:
    """Train one model of sprites.

    The same settings and seed give the same weights, bit for bit, on the same kind of processor and version of torch.
    The images are the same for all seeds; the seed decides on the initial weights, the order and the noise.

    Args:
        settings: which method, how strong, and how long.
        seed: of the training run.
        name: what the model is to be called.
        progress: show a bar that counts epochs.

    Returns:
        The model, and for each pass the means over its steps, in nats for each image: ``reconstruction`` and ``kl``.
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
            measured = []
            for batch in batches(data, rows, generator):
                images = batch.transpose(0, 1).reshape(-1, 1, RESOLUTION, RESOLUTION)
                weight = settings.kl_weight * fall(step / steps, settings.start)
                measured.append(_step(model, images, weight, penalty, optimiser, settings, generator))
                schedule.step()
                step += 1
            reconstruction, kl = np.mean(measured, axis=0)
            curve.append({"reconstruction": float(reconstruction), "kl": float(kl)})
    return model, curve


def fall(done: float, start: float) -> float:
    """The factor of the penalty when the share ``done`` of training is over: from ``start`` to 1 in its first half."""
    return max(1.0, start * (1 - 2 * done))


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


def with_one_factor_redrawn(factors: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A copy of factors (n, 5) in which one of each row, each equally often, is drawn anew (and may stay the same)."""
    rows = np.arange(len(factors))
    changed = rng.integers(factors.shape[1], size=len(factors))
    copy = factors.copy()
    copy[rows, changed] = Sprites(RESOLUTION).sample_factors(len(factors), rng)[rows, changed]
    return copy


def _start_from_the_mean(model: SpriteVAE, data: Tensor) -> None:
    """Without this, the first epoch goes into learning that the corners are black."""
    decoder = model.decoder
    assert isinstance(decoder, torch.nn.Sequential)
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


def _step(
    model: SpriteVAE,
    images: Tensor,
    weight: float,
    penalty: Penalty,
    optimiser: Adam,
    settings: SpriteSettings,
    generator: torch.Generator,
) -> tuple[float, float]:
    mean, log_variance = model.posterior(images)
    if settings.method == "ada-gvae":
        mean, log_variance = shared_posteriors(mean, log_variance)
    codes = mean + torch.randn(mean.shape, generator=generator) * (0.5 * log_variance).exp()
    reconstruction = bernoulli_loss(model.decoder(codes), images)
    kl = kl_per_latent(mean, log_variance).sum(dim=1).mean()
    loss = reconstruction + weight * penalty(codes, mean, log_variance, kl)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    penalty.after_step(codes.detach(), generator)
    return reconstruction.item(), kl.item()
