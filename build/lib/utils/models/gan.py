"""Topic 02: a generative adversarial network of digits, and two ways to obtain the code of an image from it.

A GAN (Goodfellow et al., 2014, "Generative Adversarial Nets") learns to turn codes into images and has no encoder.
Here one is learned afterwards from images that the generator drew itself, whose codes are therefore known. (Donahue,
Krähenbühl and Darrell, 2017, "Adversarial Feature Learning", compare theirs with such a "latent regressor".) The code
of an image can also be searched for, starting from the encoder's answer (Zhu, Krähenbühl, Shechtman and Efros, 2016,
"Generative Visual Manipulation on the Natural Image Manifold").

No network here is trained to reconstruct training images, unlike in a VAE.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam
from torch.optim.lr_scheduler import LinearLR
from tqdm.auto import tqdm

from utils.arrays import Float32Array
from utils.data import load_mnist
from utils.models.convolutional import make_encoder
from utils.models.interface import Autoencoder, Curve, NetworkModel, checked_images
from utils.models.priors import Gaussian
from utils.models.reproducibility import batches, checked_training_images, determined_by
from utils.models.scores import held_out_scores, rarest_sampled_class

_SEARCH_BATCH = 200
# The gradient penalty is costly and changes slowly, so it is applied every few steps with a larger weight.
_PENALTY_EVERY = 8


# The model


def make_generator(latent_dim: int, width: int) -> nn.Sequential:
    """Codes (n, latent_dim) to logits (n, 1, 28, 28), by two transposed convolutions: 7, 14, 28 pixels wide."""
    return nn.Sequential(
        nn.Linear(latent_dim, 2 * width * 7 * 7),
        nn.Unflatten(1, (2 * width, 7, 7)),
        nn.GroupNorm(4, 2 * width),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
        nn.GroupNorm(4, width),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1),
    )


def make_discriminator(width: int) -> nn.Sequential:
    """Images (n, 1, 28, 28) to one logit each: large for images taken for real."""
    return nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(2 * width * 7 * 7, 1),
    )


class GAN(Autoencoder):
    """A generator, called ``decoder`` as in every model here, and an encoder that was learned from its samples.

    Its discriminator is needed in training only, and is therefore a network of its own (:func:`make_discriminator`):
    the model has no weights that are not stored.

    Args:
        latent_dim: number of dimensions of a code.
        width: channels of the generator next to the image.
        name, seed: which model, and which training run of it.
    """

    def __init__(self, latent_dim: int, width: int, name: str = "gan", seed: int = 0) -> None:
        encoder, generator = make_encoder(latent_dim, width), make_generator(latent_dim, width)
        super().__init__(encoder, generator, Gaussian(latent_dim), name, seed)

    def encoder_loss(self, codes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The loss of the encoder, on images drawn from given codes (n, latent_dim); no real image is involved.

        Returns:
            loss: the sum of the two below, each a mean over the images.
            code_error: squared distance of the recovered codes, a mean over dimensions (1 for the answer 0).
            image_error: squared error of the images that the recovered codes decode into, a sum over pixels.
        """
        with torch.no_grad():
            images = self.decoder(codes).sigmoid()
        recovered = self.encoder(images)
        code_error = (recovered - codes).square().mean()
        image_error = (self.decoder(recovered).sigmoid() - images).square().sum(dim=(1, 2, 3)).mean()
        return code_error + image_error, code_error, image_error


def discriminator_loss(discriminator: nn.Module, images: Tensor, samples: Tensor) -> Tensor:
    """The loss of the discriminator: its cross-entropy, in nats, in distinguishing images from samples."""
    logits = discriminator(torch.cat([images, samples]))
    real, fake = logits[: len(images)], logits[len(images) :]
    return softplus(-real).mean() + softplus(fake).mean()


def gradient_penalty(discriminator: nn.Module, images: Tensor) -> Tensor:
    """Half the squared slope of the discriminator at real images ("R1"; Mescheder, Geiger and Nowozin, 2018).

    Without it, a discriminator that has memorised 4,000 images gives the generator no gradient to follow.
    """
    inputs = images.clone().requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(inputs).sum(), inputs, create_graph=True)
    return 0.5 * slope.square().sum(dim=(1, 2, 3)).mean()


def generator_loss(discriminator: nn.Module, samples: Tensor) -> Tensor:
    """The loss of the generator (non-saturating), in nats: small if its samples are taken for real."""
    return softplus(-discriminator(samples)).mean()


def invert(
    model: Autoencoder, images: ArrayLike, steps: int = 100, learning_rate: float = 0.1, prior_weight: float = 0.01
) -> Float32Array:
    """Search for the codes whose images are closest to the given ones, starting from the encoder's.

    Gradient descent (Adam) on each image's squared error, summed over pixels, + ``prior_weight`` · ‖z‖²: up to a
    factor, the negative log-posterior of z with Gaussian noise of variance ``prior_weight`` on each pixel. The search
    is deterministic, and the codes of an image do not depend on the other images.

    Args:
        model: a GAN, or any other model with a standard normal prior.
        images: floats (n, 1, 28, 28) in [0, 1]; n may be 0.
        steps: of the search; 0 gives the encoder's codes.
        learning_rate: Adam's, at the start; it falls to zero linearly.
        prior_weight: weight of ‖z‖² relative to the squared error, 0 or more.

    Returns:
        float32 (n, latent_dim).

    Raises:
        TypeError, ValueError: ``images`` has another type, shape or range, or ``steps`` is negative.

    Example:
        >>> from utils.models import load_pretrained
        >>> model, images = load_pretrained("gan-64d"), load_mnist("test")[0][:2]
        >>> errors = [np.square(model.decode(invert(model, images, steps)) - images).mean() for steps in (0, 20)]
        >>> bool(errors[1] < errors[0])
        True
    """
    if steps < 0:
        raise ValueError(f"steps is {steps}, but must be 0 or more: 100 is usual.")
    targets = checked_images(images, model.image_shape)
    codes = model.encode(targets)
    for start in range(0, len(targets), _SEARCH_BATCH):
        part = slice(start, start + _SEARCH_BATCH)
        codes[part] = _search(model, targets[part], codes[part], steps, learning_rate, prior_weight)
    return codes


def _search(
    model: Autoencoder,
    images: Float32Array,
    start: Float32Array,
    steps: int,
    learning_rate: float,
    prior_weight: float,
) -> Float32Array:
    targets, codes = torch.tensor(images), torch.tensor(start, requires_grad=True)
    optimiser = Adam([codes], lr=learning_rate)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        squared = (model.decoder(codes).sigmoid() - targets).square().sum()
        # Only the codes move: the gradients of the weights are not even computed.
        (codes.grad,) = torch.autograd.grad(squared + prior_weight * codes.square().sum(), codes)
        optimiser.step()
    return codes.detach().numpy()


# The settings


@dataclass(frozen=True)
class GANSettings:
    """How a GAN is built and trained.

    **How the settings were chosen.** By three trials of 24 to 30 epochs on 3,400 of the training digits, judged by eye
    on 160 samples and by two numbers: mean distance from a sample to the nearest training digit (4.95 for the other
    600 digits), and from those 600 to the nearest of 1,000 samples. A penalty of 1 (with 32 dimensions and half the
    rate) left wobbly strokes and grey specks (6.4, 6.7); 0.1 was better (6.34, 6.55); 0.03 with a larger ``ema_decay``
    was slightly better (6.25, 6.55) and is used, for more epochs. In each trial, all ten digits occurred. Training
    takes three to four minutes of one core; about one sample in four is still not recognisable as any digit.

    Attributes:
        latent_dim: number of dimensions of a code.
        width: channels of the generator next to the image.
        epochs: passes over the training images, generator against discriminator.
        encoder_epochs: afterwards, for the encoder: as many steps as that many passes have, on batches of samples.
        batch_size: images per step.
        learning_rate: Adam's, for generator and discriminator, at the start; it falls to zero linearly.
        encoder_learning_rate: the same for the encoder.
        penalty: weight of the discriminator's squared slope at real images.
        ema_decay: the shipped generator is an exponential moving average of its weights, with this decay per step.
    """

    latent_dim: int
    width: int = 16
    epochs: int = 40
    encoder_epochs: int = 10
    batch_size: int = 50
    learning_rate: float = 2e-3
    encoder_learning_rate: float = 2e-3
    penalty: float = 0.03
    ema_decay: float = 0.998

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


# Training: generator against discriminator first, then the encoder on the generator's samples


def fit(
    images: ArrayLike, settings: GANSettings, seed: int, name: str = "", progress: bool = False
) -> tuple[GAN, Curve]:
    """Train one GAN and its encoder; the same arguments give the same weights, bit for bit, on one kind of processor.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least one batch of them.
        settings: which model, and how.
        seed: of the initial weights, the order of the images and the codes drawn.
        name: the model's name.
        progress: show a progress bar that counts epochs.

    Returns:
        The model, and for each epoch the means over its steps: ``discriminator`` and ``generator``, in nats, then
        ``code_error`` and ``image_error`` of the encoder (see :meth:`GAN.encoder_loss`).

    Raises:
        TypeError, ValueError: ``images`` has another type, shape or range, or is smaller than a batch.
    """
    data = checked_training_images(images, settings.batch_size)
    with determined_by(seed) as generator:
        model = settings.build(name, seed)
        phases = (_train_generator(model, data, settings, generator), _train_encoder(model, data, settings, generator))
        epochs = settings.epochs + settings.encoder_epochs
        with tqdm(total=epochs, desc=f"{name} seed {seed}", unit="epoch", disable=not progress) as bar:
            curve = []
            for phase in phases:
                for means in phase:
                    curve.append(means)
                    bar.update()
    return model, curve


def _train_generator(
    model: GAN, data: Tensor, settings: GANSettings, generator: torch.Generator
) -> Iterator[dict[str, float]]:
    discriminator = make_discriminator(3 * settings.width // 2)
    average = copy.deepcopy(model.decoder)
    steps = settings.epochs * (len(data) // settings.batch_size)
    # Little momentum, because each of the two networks follows a moving target.
    optimisers = [
        Adam(network.parameters(), lr=settings.learning_rate, betas=(0.5, 0.99), fused=True)
        for network in (discriminator, model.decoder)
    ]
    schedules = [LinearLR(optimiser, 1.0, 1e-3, steps) for optimiser in optimisers]
    step = 0
    for _ in range(settings.epochs):
        measurements = []
        for batch in batches(data, settings.batch_size, generator):
            samples = model.decoder(model.prior.sample(len(batch), generator)).sigmoid()
            loss = discriminator_loss(discriminator, batch, samples.detach())
            penalised = loss
            if step % _PENALTY_EVERY == 0:
                penalised = loss + _PENALTY_EVERY * settings.penalty * gradient_penalty(discriminator, batch)
            _descend(optimisers[0], penalised)
            fooling = generator_loss(discriminator, samples)
            _descend(optimisers[1], fooling)
            with torch.no_grad():
                for mean, weight in zip(average.parameters(), model.decoder.parameters(), strict=True):
                    mean.lerp_(weight, 1 - settings.ema_decay)
            for schedule in schedules:
                schedule.step()
            step += 1
            measurements.append((loss.item(), fooling.item()))
        yield dict(zip(("discriminator", "generator"), np.mean(measurements, axis=0).tolist(), strict=True))
    model.decoder.load_state_dict(average.state_dict())


def _train_encoder(
    model: GAN, data: Tensor, settings: GANSettings, generator: torch.Generator
) -> Iterator[dict[str, float]]:
    steps = len(data) // settings.batch_size
    optimiser = Adam(model.encoder.parameters(), lr=settings.encoder_learning_rate, fused=True)
    schedule = LinearLR(optimiser, 1.0, 1e-3, settings.encoder_epochs * steps)
    for _ in range(settings.encoder_epochs):
        measurements = []
        for _ in range(steps):
            loss, code_error, image_error = model.encoder_loss(model.prior.sample(settings.batch_size, generator))
            _descend(optimiser, loss)
            schedule.step()
            measurements.append((code_error.item(), image_error.item()))
        yield dict(zip(("code_error", "image_error"), np.mean(measurements, axis=0).tolist(), strict=True))


def _descend(optimiser: Adam, loss: Tensor) -> None:
    """One step; gradients are computed for the optimiser's own weights only."""
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimiser.step()
