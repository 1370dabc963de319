"""A diffusion model of digits that takes a caption: which digit it is to draw, or none.

It is a *latent* diffusion model (Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models"):
a convolutional VAE of topic 02 turns an image into a code z and back, and what is learnt here is to draw codes. In 32
dimensions a network of dense layers will do, so that a model is trained, sampled and fine-tuned in seconds on a laptop.

**Forwards**, a code drowns in noise: z_t = α_t z + σ_t ε, ε ~ N(0, I), with α² + σ² = 1 and t from 0 (the code) to 1
(noise), along a cosine (Nichol and Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models"). **Backwards**,
a network that sees z_t, t and the caption says which ε was added (Ho, Jain and Abbeel 2020, "Denoising Diffusion
Probabilistic Models"), in the form v = α ε − σ z, which stays well scaled at both ends (Salimans and Ho 2022,
"Progressive Distillation for Fast Sampling of Diffusion Models"). **Drawing** follows the noise back in a few steps
without new noise (DDIM: Song, Meng and Ermon 2021, "Denoising Diffusion Implicit Models"), so that what it starts from
is itself a code of the image: 32 numbers that are normally distributed.

In training a caption is left out now and then (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance"), so that
the same network draws with a caption and without.
"""

from __future__ import annotations

import copy
import math
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from utils.models.convolutional import ConvolutionalVAE
from utils.models.interface import checked_codes, checked_images
from utils.models.recipe import NetworkModel

CAPTIONS = tuple(range(10))
NO_CAPTION = 10
"""The caption of an image that may be any digit."""

STEPS = 20
"""Steps in which an image is drawn."""

STEPS_OF_CODES = 50
"""Steps between an image and its noise, each way; more than in drawing, because their errors add up twice."""

_FREQUENCIES = 8
# Where the schedule ends: at t = 1 itself nothing of the code would be left, and it could not be found in v̂.
_LAST = 0.98


def schedule(times: Tensor) -> tuple[Tensor, Tensor]:
    """α_t and σ_t of times in [0, 1], of the same shape: shares of code and noise, with α² + σ² = 1."""
    angle = times * (_LAST * math.pi / 2)
    return angle.cos(), angle.sin()


class Denoiser(nn.Module):
    """v̂(z_t, t, caption): dense layers with residual blocks, each shifted and scaled by time and caption.

    Args:
        latent_dim: how many numbers make a code.
        width: units of a layer.
        depth: blocks of two layers.

    Attributes:
        centre, scale: (latent_dim,) mean and standard deviation of the training codes, by which codes are standardised.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, latent_dim: int, width: int, depth: int) -> None:
        super().__init__()
        told = 64
        self.register_buffer("centre", torch.zeros(latent_dim))
        self.register_buffer("scale", torch.ones(latent_dim))
        self.captions = nn.Embedding(len(CAPTIONS) + 1, told)
        self.times = nn.Linear(2 * _FREQUENCIES, told)
        self.told = nn.Linear(told, told)
        self.enter = nn.Linear(latent_dim, width)
        self.blocks = nn.ModuleList([_Block(width, told) for _ in range(depth)])
        self.leave = nn.Linear(width, latent_dim)
        nn.init.zeros_(self.leave.weight)

    def forward(self, noisy: Tensor, times: Tensor, captions: Tensor) -> Tensor:
        """Standardised codes (n, d) with noise, times (n,) in [0, 1] and captions (n,) from 0 to 10 to v̂ (n, d)."""
        waves = times[:, None] * (math.pi / 2) * 2.0 ** torch.arange(_FREQUENCIES)
        told = self.times(torch.cat([waves.sin(), waves.cos()], dim=1)) + self.captions(captions)
        told = functional.silu(self.told(functional.silu(told)))
        hidden = self.enter(noisy)
        for block in self.blocks:
            hidden = block(hidden, told)
        found: Tensor = self.leave(functional.silu(hidden))
        return found


class _Block(nn.Module):
    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.film = nn.Linear(told, 2 * width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)

    def forward(self, hidden: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.film(told).chunk(2, dim=1)
        inner = self.first(self.norm(hidden)) * (1 + scale) + shift
        outer: Tensor = self.second(functional.silu(inner))
        return hidden + outer


class DiffusionModel(NetworkModel):
    """Digits out of noise, for a caption or without one.

    As a model with a latent space: ``encode`` follows an image, without a caption, to the noise that DDIM would start
    from, ``decode`` goes the other way.

    Args:
        autoencoder: turns images into the codes that are diffused, and back.
        denoiser: the network.
        name, seed: which model, and which training of it.
    """

    def __init__(
        self, autoencoder: ConvolutionalVAE, denoiser: Denoiser, name: str = "diffusion", seed: int = 0
    ) -> None:
        self.autoencoder, self.denoiser, self.name, self.seed = autoencoder, denoiser, name, seed
        self.latent_dim = autoencoder.latent_dim

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The denoiser; the autoencoder has weights in a file of its own."""
        return {"denoiser": self.denoiser}

    def copy(self) -> DiffusionModel:
        """The same model with a denoiser of its own, to be fine-tuned; the autoencoder is shared."""
        return DiffusionModel(self.autoencoder, copy.deepcopy(self.denoiser), self.name, self.seed)

    def draw(self, captions: ArrayLike, rng: np.random.Generator, steps: int = STEPS) -> NDArray[np.float32]:
        """An image for each caption.

        Args:
            captions: integers (n,) from 0 to 10; 10, ``NO_CAPTION``, asks for any digit.
            rng: the source of the noise, all of it drawn at the start: the same state gives the same images.
            steps: of DDIM, at least 1; fewer are faster and cruder.

        Returns:
            float32 (n, 1, 28, 28) in [0, 1].

        Raises:
            ValueError: if captions or steps are out of range.
        """
        wanted = checked_captions(captions)
        return self.draw_from(self._sample_codes(len(wanted), rng), wanted, steps)

    def draw_from(self, noise: ArrayLike, captions: ArrayLike, steps: int = STEPS) -> NDArray[np.float32]:
        """The images that given noise (n, latent_dim) turns into: two models can start from the same.

        The other arguments, the result and the errors are those of :meth:`draw`.
        """
        start, wanted = checked_codes(noise, self.latent_dim), checked_captions(captions)
        if len(start) != len(wanted):
            raise ValueError(f"there are {len(start)} rows of noise and {len(wanted)} captions: give one for each.")
        if steps < 1:
            raise ValueError(f"steps is {steps}, but drawing takes at least one: give 1 or more.")
        return self._drawn(torch.from_numpy(start), torch.from_numpy(wanted), steps)

    def caption_errors(self, images: ArrayLike, rng: np.random.Generator, draws: int = 32) -> NDArray[np.float64]:
        """How badly the noise in each image is found under each caption (Li et al. 2023, "Your Diffusion Model is
        Secretly a Zero-Shot Classifier").

        All captions are asked about the same noise at the same times, so that what differs between them is the
        caption. The smallest error is the model's answer to "which digit is this?".

        Args:
            images: floats (n, 1, 28, 28) in [0, 1].
            rng: the source of the noise.
            draws: noises an image, at times spread evenly over (0, 1), at least 1.

        Returns:
            float64 (n, 10): mean squared error of ε̂, over the dimensions of a code and over the draws.

        Raises:
            TypeError, ValueError: if images are no such images, or ``draws`` is less than 1.
        """
        if draws < 1:
            raise ValueError(f"draws is {draws}, but an error takes at least one noise: give 1 or more.")
        clean = self.standard_codes(images)
        errors = np.zeros((len(clean), len(CAPTIONS)))
        for time in (np.arange(draws) + 0.5) / draws:
            times = torch.full((len(clean),), float(time))
            noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
            weight = schedule(times[:1])[0].item() ** 2 / (draws * self.latent_dim)
            for caption in CAPTIONS:
                with torch.no_grad():
                    found = self.errors(clean, noise, times, torch.full((len(clean),), caption))
                errors[:, caption] += weight * found.numpy()
        return errors

    def classify(self, images: ArrayLike, rng: np.random.Generator, draws: int = 32) -> NDArray[np.int64]:
        """The caption (n,) under which each image is denoised best: see :meth:`caption_errors`."""
        answers: NDArray[np.int64] = self.caption_errors(images, rng, draws).argmin(axis=1).astype(np.int64)
        return answers

    def standard_codes(self, images: ArrayLike) -> Tensor:
        """Standardised codes (n, latent_dim) of images, as the denoiser takes them; errors are those of ``encode``."""
        codes = torch.from_numpy(self.autoencoder.encode(checked_images(images)))
        return (codes - self.denoiser.centre) / self.denoiser.scale

    def errors(self, clean: Tensor, noise: Tensor, times: Tensor, captions: Tensor) -> Tensor:
        """‖v̂ − v‖² of codes with noise added, (n,): what training makes small. It is ‖ε̂ − ε‖² / α².

        Args:
            clean, noise: (n, latent_dim), ``clean`` standardised.
            times: (n,) in [0, 1].
            captions: (n,) integers from 0 to 10.
        """
        alpha, sigma = schedule(times[:, None])
        found: Tensor = self.denoiser(alpha * clean + sigma * noise, times, captions)
        return (found - (alpha * noise - sigma * clean)).square().sum(dim=1)

    def split(self, noisy: Tensor, time: Tensor, captions: Tensor) -> tuple[Tensor, Tensor]:
        """ẑ and ε̂ (each (n, latent_dim)): the code and the noise that the network sees in ``noisy`` at one time."""
        alpha, sigma = schedule(time)
        found: Tensor = self.denoiser(noisy, time.expand(len(noisy)), captions)
        return alpha * noisy - sigma * found, sigma * noisy + alpha * found

    def _drawn(self, noisy: Tensor, captions: Tensor, steps: int) -> NDArray[np.float32]:
        codes = self._followed(noisy, captions, torch.linspace(1, 0, steps + 1))
        return self.autoencoder.decode((codes * self.denoiser.scale + self.denoiser.centre).numpy())

    def _followed(self, codes: Tensor, captions: Tensor, times: Tensor) -> Tensor:
        with torch.no_grad():
            for time, following in pairwise(times):
                clean, found = self.split(codes, time, captions)
                alpha, sigma = schedule(following)
                codes = alpha * clean + sigma * found
        return codes

    def _encode(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        clean = self.standard_codes(images)
        anything = torch.full((len(clean),), NO_CAPTION)
        noise: NDArray[np.float32] = self._followed(clean, anything, torch.linspace(0, 1, STEPS_OF_CODES + 1)).numpy()
        return noise

    def _decode(self, codes: NDArray[np.float32]) -> NDArray[np.float32]:
        anything = torch.full((len(codes),), NO_CAPTION)
        return self._drawn(torch.from_numpy(codes), anything, STEPS_OF_CODES)

    def _sample_codes(self, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
        return rng.standard_normal((n, self.latent_dim), dtype=np.float32)


def checked_captions(captions: ArrayLike) -> NDArray[np.int64]:
    """The same captions as int64 (n,), or one sentence on what is wrong with them, as a ValueError."""
    wanted = np.asarray(captions)
    if wanted.ndim != 1 or (wanted.size and wanted.dtype.kind not in "iu"):
        raise ValueError(
            f"captions has shape {wanted.shape} and dtype {wanted.dtype}, but (n,) integers are needed: give one digit "
            "for each image."
        )
    if wanted.size and not (wanted.min() >= 0 and wanted.max() <= NO_CAPTION):
        raise ValueError(
            f"captions run from {wanted.min()} to {wanted.max()}, but they are the digits 0 to 9, or {NO_CAPTION} for "
            "none: choose among these."
        )
    return wanted.astype(np.int64)
