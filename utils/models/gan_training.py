"""How the GAN is trained: generator against discriminator first, then the encoder on the generator's samples."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LinearLR
from tqdm.auto import tqdm

from utils.data import load_mnist
from utils.models.gan import GAN
from utils.models.recipe import Curve, NetworkModel
from utils.models.scores import held_out_scores, rarest_sampled_class
from utils.models.training import batches, checked_training_images, determined_by

# The penalty is costly and changes slowly: every few steps, with as many times its weight, will do.
_PENALTY_EVERY = 8


@dataclass(frozen=True)
class GANSettings:
    """How a GAN is built and trained.

    **How the settings were chosen.** By three trials of 24 to 30 epochs on 3,400 of the training digits, judged by eye
    on 160 samples and by two numbers: mean distance from a sample to the nearest training digit (4.95 for the other
    600 digits), and from those 600 to the nearest of 1,000 samples. A penalty of 1 (with 32 dimensions and half the
    rate) left wobbly strokes and grey specks (6.4, 6.7); .1 was better (6.34, 6.55), .03 with a longer memory better by
    a little (6.25, 6.55), and was taken, for more epochs. All ten digits were drawn in each. Three to four minutes of
    one core; about one sample in four is still no digit that one could name.

    Attributes:
        latent_dim: how many numbers make a code.
        width: channels of the generator next to the image.
        epochs: passes over the training images, generator against discriminator.
        encoder_epochs: afterwards, as many steps as such passes have, each on a batch that the generator draws.
        batch_size: images in a step.
        learning_rate: Adam's, for generator and discriminator, at the start; it falls to zero linearly.
        encoder_learning_rate: the same for the encoder.
        penalty: weight of the discriminator's squared slope at real images.
        memory: the shipped generator is a running mean of its weights, and this share of it is kept in each step.
    """

    latent_dim: int
    width: int = 16
    epochs: int = 40
    encoder_epochs: int = 10
    batch_size: int = 50
    learning_rate: float = 2e-3
    encoder_learning_rate: float = 2e-3
    penalty: float = 0.03
    memory: float = 0.998

    def build(self, name: str, seed: int) -> GAN:
        """An untrained model; its initial weights come from torch's global generator."""
        return GAN(self.latent_dim, self.width, name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[GAN, Curve]:
        """A model trained on the 4,000 training digits, without their labels."""
        return fit(load_mnist("train")[0], self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Reconstruction by the encoder, clustering, a linear probe; and ``rarest_sampled_class``."""
        return {**held_out_scores(model), "rarest_sampled_class": rarest_sampled_class(model)}


GANS = {"gan-64d": GANSettings(64)}


def fit(
    images: ArrayLike, settings: GANSettings, seed: int, name: str = "", progress: bool = False
) -> tuple[GAN, Curve]:
    """Train one GAN and its encoder; the same arguments give the same weights, bit for bit, on one kind of processor.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least one batch of them.
        settings: which model, and how.
        seed: of the initial weights, the order of the images and the codes drawn.
        name: what the model is to be called.
        progress: show a bar that counts epochs.

    Returns:
        The model, and for each pass the means over its steps: ``discriminator`` and ``generator``, in nats, then
        ``code_error`` and ``image_error`` of the encoder (see :meth:`GAN.encoder_loss`).

    Raises:
        TypeError, ValueError: if ``images`` has another type, shape or range, or is less than a batch.
    """
    data = checked_training_images(images, settings.batch_size)
    with determined_by(seed) as generator:
        model = settings.build(name, seed)
        phases = (_against_discriminator(model, data, settings, generator), _encoder(model, data, settings, generator))
        epochs = settings.epochs + settings.encoder_epochs
        with tqdm(total=epochs, desc=f"{name} seed {seed}", unit="epoch", disable=not progress) as bar:
            curve = []
            for phase in phases:
                for measured in phase:
                    curve.append(measured)
                    bar.update()
    return model, curve


def _against_discriminator(
    model: GAN, data: Tensor, settings: GANSettings, generator: torch.Generator
) -> Iterator[dict[str, float]]:
    mean = copy.deepcopy(model.decoder)
    steps = settings.epochs * (len(data) // settings.batch_size)
    # Little momentum, because each of the two chases a target that moves.
    players = [
        Adam(network.parameters(), lr=settings.learning_rate, betas=(0.5, 0.99), fused=True)
        for network in (model.discriminator, model.decoder)
    ]
    schedules = [LinearLR(player, 1.0, 1e-3, steps) for player in players]
    step = 0
    for _ in range(settings.epochs):
        measured = []
        for batch in batches(data, settings.batch_size, generator):
            drawn = model.decoder(model.prior.sample(len(batch), generator)).sigmoid()
            loss = model.discriminator_loss(batch, drawn.detach())
            penalised = loss
            if step % _PENALTY_EVERY == 0:
                penalised = loss + _PENALTY_EVERY * settings.penalty * model.gradient_penalty(batch)
            _descend(players[0], penalised)
            fooling = model.generator_loss(drawn)
            _descend(players[1], fooling)
            with torch.no_grad():
                for kept, weight in zip(mean.parameters(), model.decoder.parameters(), strict=True):
                    kept.lerp_(weight, 1 - settings.memory)
            for schedule in schedules:
                schedule.step()
            step += 1
            measured.append((loss.item(), fooling.item()))
        yield dict(zip(("discriminator", "generator"), np.mean(measured, axis=0).tolist(), strict=True))
    model.decoder.load_state_dict(mean.state_dict())


def _encoder(model: GAN, data: Tensor, settings: GANSettings, generator: torch.Generator) -> Iterator[dict[str, float]]:
    steps = len(data) // settings.batch_size
    learner = Adam(model.encoder.parameters(), lr=settings.encoder_learning_rate, fused=True)
    schedule = LinearLR(learner, 1.0, 1e-3, settings.encoder_epochs * steps)
    for _ in range(settings.encoder_epochs):
        measured = []
        for _ in range(steps):
            loss, code_error, image_error = model.encoder_loss(model.prior.sample(settings.batch_size, generator))
            _descend(learner, loss)
            schedule.step()
            measured.append((code_error.item(), image_error.item()))
        yield dict(zip(("code_error", "image_error"), np.mean(measured, axis=0).tolist(), strict=True))


def _descend(optimiser: Adam, loss: Tensor) -> None:
    """One step; gradients are asked for the optimiser's own weights only, whoever else took part in the loss."""
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimiser.step()
