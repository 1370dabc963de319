"""The adversarial autoencoder (Makhzani, Shlens, Jaitly, Goodfellow and Frey, 2015, "Adversarial Autoencoders").

A discriminator learns to tell codes of images from draws of the prior, and the encoder learns to fool it. Once it
does, the codes of all images together are distributed as the prior, though no formula for that distribution was used.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from utils.models.autoencoder import Autoencoder, make_decoder, make_encoder
from utils.models.priors import Prior
from utils.models.vae import bernoulli_loss


class AAE(Autoencoder):
    """An autoencoder with one code for each image (the paper's deterministic q(z|x)) and a discriminator of codes.

    The discriminator serves training only: it is not shipped with the weights.
    """

    def __init__(self, prior: Prior, name: str = "aae", seed: int = 0) -> None:
        super().__init__(make_encoder(prior.latent_dim), make_decoder(prior.latent_dim), prior, name, seed)
        self.discriminator = nn.Sequential(
            nn.Linear(prior.latent_dim, 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, 1),
        )

    def loss(self, images: Tensor, adversarial_weight: float) -> tuple[Tensor, Tensor, Tensor]:
        """What the encoder and the decoder minimise: reconstruct the images, and make the codes look like the prior.

        Args:
            images: float tensor (n, 1, 28, 28) in [0, 1].
            adversarial_weight: how much fooling the discriminator counts against one nat of reconstruction.

        Returns:
            loss, reconstruction: means over the images, in nats.
            codes: (n, latent_dim), detached, for the discriminator's step.
        """
        codes = self.encoder(images)
        reconstruction = bernoulli_loss(self.decoder(codes), images)
        verdict = self.discriminator(codes)
        fooling = binary_cross_entropy_with_logits(verdict, torch.ones_like(verdict))
        return reconstruction + adversarial_weight * fooling, reconstruction, codes.detach()

    def discriminator_loss(self, codes: Tensor, generator: torch.Generator) -> Tensor:
        """What the discriminator minimises: its cross-entropy in telling the prior from codes (n, latent_dim)."""
        drawn = self.prior.sample(len(codes), generator)
        verdict = self.discriminator(torch.cat([drawn, codes]))
        truth = torch.cat([torch.ones(len(drawn), 1), torch.zeros(len(codes), 1)])
        return binary_cross_entropy_with_logits(verdict, truth)
