"""The models of the course and the settings that each is trained with.

PROVISIONAL
"""

from dataclasses import dataclass
from typing import Literal

from utils.models.aae import AAE
from utils.models.priors import Gaussian, PetalMixture, Prior
from utils.models.vae import VAE


@dataclass(frozen=True)
class Settings:
    """How a model is built and trained.

    Attributes
    ----------
    kind : variational or adversarial autoencoder.
    prior : standard normal, or the mixture of ten petals (two dimensions only).
    latent_dim : how many numbers make a code.
    epochs, batch_size : passes over the training images, and images in a step.
    learning_rate : Adam's, at the start; it falls to zero along a cosine.
    warmup : epochs in which the weight of what shapes the codes (Kullback–Leibler term, adversary) grows linearly.
    adversarial_weight : AAE only: nats of reconstruction that one nat of fooling the discriminator is worth.
    discriminator_learning_rate : AAE only.
    """

    kind: Literal["vae", "aae"]
    prior: Literal["gaussian", "mixture"]
    latent_dim: int
    epochs: int = 100
    batch_size: int = 100
    learning_rate: float = 2e-3
    warmup: int = 20
    adversarial_weight: float = 0.0
    discriminator_learning_rate: float = 0.0


SEEDS = (0, 1, 2, 3, 4)

_ADVERSARY = {"adversarial_weight": 10.0, "discriminator_learning_rate": 1e-3}

SETTINGS = {
    "aae-gaussian-2d": Settings("aae", "gaussian", 2, **_ADVERSARY),
    "aae-mixture-2d": Settings("aae", "mixture", 2, **_ADVERSARY),
    "vae-2d": Settings("vae", "gaussian", 2),
    "vae-mixture-2d": Settings("vae", "mixture", 2),
    "vae-16d": Settings("vae", "gaussian", 16),
    "aae-16d": Settings("aae", "gaussian", 16, **_ADVERSARY),
}


def make_model(settings: Settings, name: str, seed: int) -> VAE | AAE:
    """An untrained model; its initial weights come from torch's global generator."""
    prior: Prior = Gaussian(settings.latent_dim) if settings.prior == "gaussian" else PetalMixture()
    return VAE(prior, name, seed) if settings.kind == "vae" else AAE(prior, name, seed)
