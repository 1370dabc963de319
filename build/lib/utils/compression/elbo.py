"""The evidence lower bound of a variational autoencoder as rate plus distortion."""

import math
from typing import NamedTuple, Protocol

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from utils.compression.pictures import checked_batch


class ElboTerms(NamedTuple):
    """The two terms of the negative evidence lower bound, in bits per image; their sum is the negative bound.

    ``rate`` is the mean of KL(q(z|x) ‖ p(z)), at least 0 up to sampling error; ``distortion`` is the mean of
    −log₂ p(x|z).
    """

    rate: float
    distortion: float


class Variational(Protocol):
    """A model that computes the terms of its bound: every variational autoencoder of the course does."""

    def loss(self, images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Negative bound, distortion and rate: means over the images, in nats."""


def elbo_terms(model: Variational, images: ArrayLike, seed: int = 0) -> ElboTerms:
    """−ELBO as rate plus distortion (Alemi et al., 2018, "Fixing a Broken ELBO"), with one sample of q(z|x) per image.

    Neither term is the size of a file. The rate is the cost of a *sample* of q(z|x) with bits-back coding under the
    prior. The distortion depends on the likelihood: with grey values as Bernoulli probabilities (``vae-16d``) it is
    their cross-entropy; with a Gaussian (``vae-conv-16d``) it is minus the logarithm of a density, which may be
    negative.

    Args:
        model: a variational autoencoder.
        images: floats (n, 1, 28, 28) in [0, 1], n at least 1.
        seed: of the samples.

    Raises:
        ValueError: if the images have another type, shape or range.

    Example:
        >>> from utils.data import load_mnist
        >>> from utils.models import load_pretrained
        >>> terms = elbo_terms(load_pretrained("vae-16d"), load_mnist("test")[0][:50])
        >>> print(f"{terms.rate:.0f} + {terms.distortion:.0f} bits per image")
        21 + 163 bits per image
    """
    batch = torch.tensor(checked_batch(images))
    with torch.no_grad():
        _, distortion, rate = model.loss(batch, torch.Generator().manual_seed(seed))
    return ElboTerms(rate=rate.item() / math.log(2), distortion=distortion.item() / math.log(2))
