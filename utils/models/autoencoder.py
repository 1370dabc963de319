"""The networks of the course's autoencoders, and the common interface around them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from utils.models.interface import DIGIT_SHAPE
from utils.models.priors import Prior
from utils.models.recipe import NetworkModel

HIDDEN = 96


def make_encoder(outputs: int) -> nn.Sequential:
    """Images (n, 1, 28, 28) to ``outputs`` numbers each, by two hidden layers."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, outputs),
    )


def make_decoder(latent_dim: int) -> nn.Sequential:
    """The encoder's mirror: codes (n, latent_dim) to logits (n, 1, 28, 28), whose sigmoid is the image."""
    return nn.Sequential(
        nn.Linear(latent_dim, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, 28 * 28),
        nn.Unflatten(1, (1, 28, 28)),
    )


class Autoencoder(NetworkModel):
    """An encoder, a decoder and a prior over the codes.

    For torch, ``encoder`` and ``decoder`` are ordinary ``nn.Module``s: ``encoder`` takes a float tensor
    (n, *image_shape) and gives (n, latent_dim) codes, followed, in a variational autoencoder, by as many
    log-variances; ``decoder`` takes (n, latent_dim) and gives logits (n, *image_shape).

    Attributes:
        prior: what the codes were trained to look like; ``sample`` draws from it.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        prior: Prior,
        name: str = "",
        seed: int = 0,
        image_shape: tuple[int, int, int] = DIGIT_SHAPE,
    ) -> None:
        self.encoder, self.decoder, self.prior = encoder, decoder, prior
        self.name, self.seed, self.latent_dim, self.image_shape = name, seed, prior.latent_dim, image_shape

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The encoder and the decoder."""
        return {"encoder": self.encoder, "decoder": self.decoder}

    def parameters(self) -> list[nn.Parameter]:
        """Every weight of the encoder and of the decoder, for an optimiser."""
        return [*self.encoder.parameters(), *self.decoder.parameters()]

    @torch.no_grad()
    def _encode(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        outputs: Tensor = self.encoder(torch.tensor(images))
        return outputs[:, : self.latent_dim].numpy()

    @torch.no_grad()
    def _decode(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        logits: Tensor = self.decoder(torch.tensor(codes))
        return logits.sigmoid().numpy()

    def _sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        return self.prior.sample(n, generator).numpy()
