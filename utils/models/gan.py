"""A generative adversarial network of digits, and two ways to get a code of an image out of it.

A GAN (Goodfellow et al., 2014, "Generative Adversarial Nets") learns to turn codes into images and has no encoder.
Here one is learnt afterwards from images that the generator drew itself, whose codes are therefore known. (Donahue,
Krähenbühl and Darrell, 2017, "Adversarial Feature Learning", compare theirs with such a "latent regressor".) An image's
code can also be searched for, from the encoder's answer on (Zhu, Krähenbühl, Shechtman and Efros, 2016, "Generative
Visual Manipulation on the Natural Image Manifold").

No network here has ever been asked to reconstruct a training image: that is what distinguishes this model from a VAE.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn.functional import softplus

from utils.models.autoencoder import Autoencoder
from utils.models.convolutional import make_encoder
from utils.models.interface import checked_images
from utils.models.priors import Gaussian

_SEARCH_BATCH = 200


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
    """A generator, called ``decoder`` as in every model here, and an encoder that was learnt from its samples.

    The discriminator serves training only: it is not shipped with the weights.
    """

    def __init__(self, latent_dim: int, width: int, name: str = "gan", seed: int = 0) -> None:
        encoder, generator = make_encoder(latent_dim, width), make_generator(latent_dim, width)
        super().__init__(encoder, generator, Gaussian(latent_dim), name, seed)
        self.discriminator = make_discriminator(3 * width // 2)

    def discriminator_loss(self, images: Tensor, drawn: Tensor) -> Tensor:
        """What the discriminator minimises: its cross-entropy, in nats, in telling images from drawn ones."""
        verdict = self.discriminator(torch.cat([images, drawn]))
        real, fake = verdict[: len(images)], verdict[len(images) :]
        return softplus(-real).mean() + softplus(fake).mean()

    def gradient_penalty(self, images: Tensor) -> Tensor:
        """Half the squared slope of the discriminator at real images ("R1"; Mescheder, Geiger and Nowozin, 2018).

        Without it, a discriminator that has learnt 4,000 images by heart leaves the generator nothing to follow.
        """
        inputs = images.clone().requires_grad_()
        (slope,) = torch.autograd.grad(self.discriminator(inputs).sum(), inputs, create_graph=True)
        return 0.5 * slope.square().sum(dim=(1, 2, 3)).mean()

    def generator_loss(self, drawn: Tensor) -> Tensor:
        """What the generator minimises: how little its images are taken for real (the non-saturating loss), in nats."""
        return softplus(-self.discriminator(drawn)).mean()

    def encoder_loss(self, codes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the encoder minimises, on images drawn from given codes (n, latent_dim): no real image is involved.

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


def invert(
    model: Autoencoder, images: ArrayLike, steps: int = 100, learning_rate: float = 0.1, prior_weight: float = 0.01
) -> NDArray[np.float32]:
    """Search for the codes whose images are closest to the given ones, starting from the encoder's.

    Gradient descent (Adam) on each image's squared error, summed over pixels, + ``prior_weight`` · ‖z‖²: up to a
    factor, the negative log-posterior of z with Gaussian noise of variance ``prior_weight`` on each pixel. Nothing in
    it is random, and the codes of an image do not depend on the other images given.

    Args:
        model: a GAN, or any other model with a standard normal prior.
        images: floats (n, 1, 28, 28) in [0, 1]; n may be 0.
        steps: of the search; 0 gives the encoder's codes.
        learning_rate: Adam's, at the start; it falls to zero linearly.
        prior_weight: 0 or more; what a squared unit of the code counts against squared errors.

    Returns:
        float32 (n, latent_dim).

    Raises:
        TypeError, ValueError: if ``images`` has another type, shape or range, or ``steps`` is negative.
    """
    if steps < 0:
        raise ValueError(f"steps={steps} was given, but a search takes 0 or more: choose such a number.")
    targets = checked_images(images, model.image_shape)
    codes = model.encode(targets)
    for start in range(0, len(targets), _SEARCH_BATCH):
        part = slice(start, start + _SEARCH_BATCH)
        codes[part] = _search(model, targets[part], codes[part], steps, learning_rate, prior_weight)
    return codes


def _search(
    model: Autoencoder,
    images: NDArray[np.float32],
    start: NDArray[np.float32],
    steps: int,
    learning_rate: float,
    prior_weight: float,
) -> NDArray[np.float32]:
    targets, codes = torch.tensor(images), torch.tensor(start, requires_grad=True)
    optimiser = torch.optim.Adam([codes], lr=learning_rate)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        squared = (model.decoder(codes).sigmoid() - targets).square().sum()
        # Only the codes are to move: the weights' gradients are not even computed.
        (codes.grad,) = torch.autograd.grad(squared + prior_weight * codes.square().sum(), codes)
        optimiser.step()
    return codes.detach().numpy()
