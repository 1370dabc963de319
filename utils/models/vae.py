"""The variational autoencoder (Kingma and Welling, 2014, "Auto-Encoding Variational Bayes")."""

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from utils.models.autoencoder import Autoencoder, make_decoder, make_encoder
from utils.models.priors import Prior


class VAE(Autoencoder):
    """An autoencoder whose encoder gives, for each image, a normal distribution q(z|x) with a diagonal covariance."""

    def __init__(self, prior: Prior, name: str = "vae", seed: int = 0) -> None:
        super().__init__(make_encoder(2 * prior.latent_dim), make_decoder(prior.latent_dim), prior, name, seed)

    def loss(self, images: Tensor, generator: torch.Generator, kl_weight: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
        """The negative evidence lower bound, by one sample of q(z|x) for each image.

        The Kullback–Leibler term is estimated by the same sample, log q(z|x) − log p(z), because for a mixture p(z)
        it has no closed form; the Gaussian prior takes the same path, so that only the prior differs.

        Args:
            images: float tensor (n, 1, 28, 28) in [0, 1].
            generator: the source of the samples.
            kl_weight: 1 is the bound itself; less, early in training, lets the codes spread before they are pulled in.

        Returns:
            loss, reconstruction, kl: means over the images, in nats; loss = reconstruction + kl_weight · kl.
        """
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        noise = torch.randn(mean.shape, generator=generator)
        codes = mean + noise * (0.5 * log_variance).exp()
        log_q = -0.5 * (noise.square() + log_variance + math.log(2 * math.pi)).sum(dim=1)
        kl = (log_q - self.prior.log_prob(codes)).mean()
        reconstruction = bernoulli_loss(self.decoder(codes), images)
        return reconstruction + kl_weight * kl, reconstruction, kl


def bernoulli_loss(logits: Tensor, images: Tensor) -> Tensor:
    """−log p(x|z) with a Bernoulli distribution for every pixel: summed over pixels, mean over images, in nats."""
    return binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)
