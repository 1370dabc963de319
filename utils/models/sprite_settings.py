"""The models of sprites and the settings that they are trained with.

**How the settings were chosen.** By about forty trainings of one or two seeds each, *with a look at the factors*: at
MIG, and at which factors any latent told about. What topic 03 measures is how scores differ between methods, strengths
and seeds, and for that they must be able to differ. It makes no claim that such settings could be found without labels.

*Size.* Five factors at 16 × 16 pixels: small enough for sixty trainings on a laptop, and too small to see orientation,
and nearly to see shape, in any of the trials; position and scale are what these models can find. Two layers of 128
units, not a convolutional network: that took 13 ms a step instead of 3 and was no better after as many seconds.
*Fall.* With a penalty of constant weight, latents stayed entangled (MIG .02 after 5,000 steps; .37 when the weight fell
to the same value from eight times as much): strong first, the penalty lets in one latent after the other. *Weight.* An
image of 256 pixels holds less evidence than dSprites' 4,096, so a penalty that is usual there silences all latents here
(weight 2: none left); a quarter keeps the strengths of the literature. *Strengths* (in ``disentanglement/study.py``)
run from where latents mix to where factors are lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from utils.data.sprites import Sprites
from utils.models.recipe import Curve, NetworkModel
from utils.models.sprite_training import fit_sprites
from utils.models.sprite_vae import RESOLUTION, SpriteVAE

Method = Literal["beta-vae", "beta-tcvae", "factor-vae", "ada-gvae"]


@dataclass(frozen=True)
class SpriteSettings:
    """How a model of sprites is built and trained.

    The loss is reconstruction + kl_weight · factor · penalty, with the penalty of the method and a factor that falls
    from ``start`` to 1 in the first half of training.

    Attributes:
        method: ``"beta-vae"``, ``"beta-tcvae"`` and ``"factor-vae"`` see single images, ``"ada-gvae"`` sees pairs.
        strength: β of the β-VAE, of the β-TCVAE and of Ada-GVAE, γ of FactorVAE.
        latent_dim: how many numbers make a code.
        hidden: units in each of the two hidden layers of encoder and decoder.
        images: how many images there are to learn from.
        epochs, batch_size: passes over them, and images in a step.
        learning_rate: Adam's, at the start; it falls to zero along a cosine.
        kl_weight: weight of the whole penalty.
        start: what the penalty's weight is multiplied by at the start.

    Raises:
        ValueError: if the method is another word.
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
    start: float = 8.0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method is {self.method!r}, but there are {', '.join(get_args(Method))}: choose one.")

    def build(self, name: str, seed: int) -> SpriteVAE:
        """An untrained model; its initial weights come from torch's global generator."""
        return SpriteVAE(self.latent_dim, self.hidden, name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[SpriteVAE, Curve]:
        """A model trained on random sprites, or on pairs of them; no factor is told to it."""
        return fit_sprites(self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Reconstruction, divergence and number of used latents on 10,000 sprites that were not trained on."""
        return reconstruction_scores(model)


SPRITES = {
    "sprites-beta-vae": SpriteSettings("beta-vae", 2.0),
    "sprites-beta-tcvae": SpriteSettings("beta-tcvae", 4.0),
    "sprites-ada-gvae": SpriteSettings("ada-gvae", 1.0),
}


def reconstruction_scores(model: NetworkModel, n: int = 10_000) -> dict[str, float]:
    """What can be said about a model of sprites without its factors, on n sprites drawn for the purpose.

    Returns:
        ``reconstruction_mse``: mean squared error of decoded codes, per pixel, grey values from 0 to 1.

        ``kl``: nats that a code carries, Σ KL(q(z_i|x) ‖ p(z_i)); ``used_latents``: how many carry more than 0.1.
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
