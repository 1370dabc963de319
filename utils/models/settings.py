"""The autoencoders of topic 01 and the settings that each is trained with.

**How the settings were chosen.** Without labels, on 3,400 of the training digits, with the other 600 as validation;
the 1,000 held-out digits and every score that needs a class were left out of it, since choosing by them would leak what
the lectures measure. Two numbers were looked at. *Reconstruction*: the mean squared error of the validation digits.
*Match*: how often a classifier of 15 nearest neighbours tells the codes of the validation digits from draws of the
prior (0.5 is a perfect match; of a VAE, codes are draws of q(z|x)), and whether any petal stays empty.

*Variational, eleven trials.* The bound itself weighs reconstruction against match, so the lowest validation bound won:
a warm-up of 20 epochs (160.1 nats with the mixture) before none (160.7) and 50 (161.9), before twice the learning rate
(160.6) and before 50 epochs (164.8). Its match is 0.67 with the mixture. Six more trials with the Gaussian prior
settled the width for both kinds: hidden layers of 256 and 128 gave a bound 2 % better at nearly three times the size.

*Adversarial, ten trials,* all with the mixture. Among settings that match at least as well as the variational model
does and leave no petal empty, the lowest reconstruction error won: weight 10, discriminator's learning rate 3e-3,
warm-up 20 (error 0.0454, match 0.60). The rate 1e-3 gave errors of 0.046 to 0.047 at a match of 0.62 to 0.63, with
warm-up or without; weight 30 matched best (0.57 to 0.59) at errors of 0.048; weight 20 without warm-up came out worse
(0.053, 0.66); weight 100, or two discriminator steps for each step, made the encoder collapse onto a few petals. The
2-D Gaussian prior takes over the same settings, untuned, so that the two differ in the prior alone.

*In 16 dimensions* the variational model keeps its settings, untuned. For the adversarial one a discriminator with the
learning rate 1e-3 wins (cross-entropy 0.29, error 0.035); with 3e-4 the two stay in balance (0.65, error 0.022). A
third trial, without warm-up, had collapsed. The match, 0.80, is worse than in two dimensions.

Most trials were of one seed, so differences of a few per cent between neighbouring settings mean little.
"""

from dataclasses import dataclass
from typing import Literal

from utils.data import load_mnist
from utils.models.aae import AAE
from utils.models.priors import Gaussian, PetalMixture, Prior
from utils.models.recipe import Curve, NetworkModel
from utils.models.scores import held_out_scores
from utils.models.training import fit
from utils.models.vae import VAE


@dataclass(frozen=True)
class Settings:
    """How a model is built and trained.

    Attributes:
        kind: variational or adversarial autoencoder.
        prior: standard normal, or the mixture of ten petals (two dimensions only).
        latent_dim: how many numbers make a code.
        epochs, batch_size: passes over the training images, and images in a step.
        learning_rate: Adam's, at the start; it falls to zero along a cosine.
        warmup: epochs in which the weight of what shapes the codes (Kullback–Leibler term, adversary) grows linearly.
        adversarial_weight: AAE only: nats of reconstruction that one nat of fooling the discriminator is worth.
        discriminator_learning_rate: AAE only.
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

    def build(self, name: str, seed: int) -> VAE | AAE:
        """An untrained model; its initial weights come from torch's global generator."""
        prior: Prior = Gaussian(self.latent_dim) if self.prior == "gaussian" else PetalMixture()
        return VAE(prior, name, seed) if self.kind == "vae" else AAE(prior, name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[VAE | AAE, Curve]:
        """A model trained on the 4,000 training digits, without their labels."""
        images, _ = load_mnist("train")
        return fit(images, self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Reconstruction, clustering and a linear probe of the 1,000 held-out digits."""
        return held_out_scores(model)


AUTOENCODERS = {
    "aae-gaussian-2d": Settings("aae", "gaussian", 2, adversarial_weight=10.0, discriminator_learning_rate=3e-3),
    "aae-mixture-2d": Settings("aae", "mixture", 2, adversarial_weight=10.0, discriminator_learning_rate=3e-3),
    "vae-2d": Settings("vae", "gaussian", 2),
    "vae-mixture-2d": Settings("vae", "mixture", 2),
    "vae-16d": Settings("vae", "gaussian", 16),
    "aae-16d": Settings("aae", "gaussian", 16, adversarial_weight=10.0, discriminator_learning_rate=3e-4),
}
