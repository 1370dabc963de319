"""Training from images alone. No function here takes a label, and none is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from tqdm.auto import tqdm

from utils.models.aae import AAE
from utils.models.interface import checked_images
from utils.models.recipe import Curve
from utils.models.vae import VAE

if TYPE_CHECKING:
    from utils.models.settings import Settings


def fit(
    images: ArrayLike, settings: Settings, seed: int, name: str = "", progress: bool = False
) -> tuple[VAE | AAE, Curve]:
    """Train one model.

    The same images, settings and seed give the same weights, bit for bit, on the same kind of processor and version
    of torch, however many cores there are: training uses one thread. Torch's global generator is left as it was.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least one batch of them.
        settings: which model, and how.
        seed: of the initial weights, the order of the images and the noise.
        name: what the model is to be called.
        progress: show a bar that counts epochs.

    Returns:
        The model, and for each pass the means over its steps, in nats for each image: ``reconstruction``, and
        ``regulariser``, the Kullback–Leibler term of a VAE. In an AAE that is the discriminator's cross-entropy, which
        is log 2 ≈ 0.69 when it cannot tell codes from the prior.

    Raises:
        TypeError, ValueError: if ``images`` has another type, shape or range, or is less than a batch.
    """
    data = checked_training_images(images, settings.batch_size)
    with determined_by(seed) as generator:
        model = settings.build(name, seed)
        steps = settings.epochs * (len(data) // settings.batch_size)
        trainer = _VAETrainer(model, settings, steps) if isinstance(model, VAE) else _AAETrainer(model, settings, steps)
        curve = []
        for epoch in tqdm(range(settings.epochs), desc=f"{name} seed {seed}", unit="epoch", disable=not progress):
            measured = [
                trainer.step(batch, epoch, generator) for batch in batches(data, settings.batch_size, generator)
            ]
            reconstruction, regulariser = np.mean(measured, axis=0)
            curve.append({"reconstruction": float(reconstruction), "regulariser": float(regulariser)})
    return model, curve


def checked_training_images(images: ArrayLike, batch_size: int) -> Tensor:
    """Images of digits as a tensor (n, 1, 28, 28), n at least one batch.

    Raises:
        TypeError, ValueError: if ``images`` has another type, shape or range, or is less than a batch.
    """
    data = torch.tensor(checked_images(images))
    if len(data) < batch_size:
        raise ValueError(
            f"{len(data)} images were given, but one training step takes {batch_size}: give as many or more, "
            "or choose a smaller batch_size."
        )
    return data


@contextmanager
def determined_by(seed: int) -> Iterator[torch.Generator]:
    """Inside, torch computes on one thread and its global generator starts from ``seed``; both are as before after.

    Yields:
        A generator of the training run's own, started from the same seed, for order and noise.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield torch.Generator().manual_seed(seed)
    finally:
        torch.set_num_threads(threads)


def batches(data: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """One pass over the rows of ``data`` in random order, ``size`` at a time; an incomplete last batch is left out."""
    order = torch.randperm(len(data), generator=generator)
    for start in range(0, len(data) - size + 1, size):
        yield data[order[start : start + size]]


class _VAETrainer:
    def __init__(self, model: VAE, settings: Settings, steps: int) -> None:
        self.model, self.settings = model, settings
        self.optimiser = Adam(model.parameters(), lr=settings.learning_rate, fused=True)
        self.schedule = CosineAnnealingLR(self.optimiser, steps)

    def step(self, batch: Tensor, epoch: int, generator: torch.Generator) -> tuple[float, float]:
        loss, reconstruction, kl = self.model.loss(batch, generator, kl_weight=_ramp(epoch, self.settings))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.schedule.step()
        return reconstruction.item(), kl.item()


class _AAETrainer:
    def __init__(self, model: AAE, settings: Settings, steps: int) -> None:
        self.model, self.settings = model, settings
        self.optimiser = Adam(model.parameters(), lr=settings.learning_rate, fused=True)
        # Less momentum than Adam's default: the discriminator chases a target that moves.
        self.critic = Adam(
            model.discriminator.parameters(), lr=settings.discriminator_learning_rate, betas=(0.5, 0.999), fused=True
        )
        self.schedules = [CosineAnnealingLR(optimiser, steps) for optimiser in (self.optimiser, self.critic)]

    def step(self, batch: Tensor, epoch: int, generator: torch.Generator) -> tuple[float, float]:
        weight = self.settings.adversarial_weight * _ramp(epoch, self.settings)
        loss, reconstruction, codes = self.model.loss(batch, weight)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        discriminator_loss = self.model.discriminator_loss(codes, generator)
        self.critic.zero_grad()
        discriminator_loss.backward()  # type: ignore[no-untyped-call]
        self.critic.step()
        for schedule in self.schedules:
            schedule.step()
        return reconstruction.item(), discriminator_loss.item()


def _ramp(epoch: int, settings: Settings) -> float:
    return min(1.0, (epoch + 1) / (settings.warmup + 1))
