"""Topic 06: a diffusion model of digits that takes a caption: which digit to draw, or none.

It is a *latent* diffusion model (Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models"):
a convolutional VAE of topic 02 turns an image into a code z and back, and the diffusion model learns to draw codes. In
32 dimensions a network of dense layers is enough, so that a model is trained, sampled and fine-tuned in seconds on a
laptop.

**Forwards**, noise is added to a code: z_t = α_t z + σ_t ε, ε ~ N(0, I), with α² + σ² = 1 and t from 0 (the code) to 1
(noise), along a cosine (Nichol and Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models"). **Backwards**,
a network that sees z_t, t and the caption predicts the ε that was added (Ho, Jain and Abbeel 2020, "Denoising Diffusion
Probabilistic Models"), in the form v = α ε − σ z, which is well scaled at both ends (Salimans and Ho 2022, "Progressive
Distillation for Fast Sampling of Diffusion Models"). **Drawing** removes the noise in a few steps without adding new
noise (DDIM: Song, Meng and Ermon 2021, "Denoising Diffusion Implicit Models"), so that the initial noise is itself a
code of the image: 32 numbers that are normally distributed.

In training, captions are dropped at random (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance"), so that the
same network draws with a caption and without.

The file has more than 350 lines because it contains the whole family: model, settings and training.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from utils.arrays import Float32Array, FloatArray, IntArray
from utils.data import load_mnist
from utils.models import weights
from utils.models.convolutional import CONVOLUTIONAL, ConvolutionalVAE
from utils.models.interface import Curve, NetworkModel, checked_codes, checked_images
from utils.models.reproducibility import batches, checked_training_images, determined_by
from utils.models.scores import nearest_classes

CAPTIONS = tuple(range(10))
NO_CAPTION = 10
"""The caption of an image that may be any digit."""

STEPS = 20
"""Steps in which an image is drawn."""

STEPS_OF_CODES = 50
"""Steps between an image and its noise, each way; more than in drawing, because the errors of both ways add up."""

_FREQUENCIES = 8
# The end of the schedule: at t = 1 itself z_t would not depend on the code, and v̂ would not determine it.
_LAST = 0.98


# The model


def schedule(times: Tensor) -> tuple[Tensor, Tensor]:
    """α_t and σ_t of times in [0, 1], of the same shape: shares of code and noise, with α² + σ² = 1."""
    angle = times * (_LAST * math.pi / 2)
    return angle.cos(), angle.sin()


class Denoiser(nn.Module):
    """v̂(z_t, t, caption): dense layers with residual blocks, each shifted and scaled by time and caption.

    Args:
        latent_dim: number of dimensions of a code.
        width: units of a layer.
        depth: blocks of two layers.

    Attributes:
        centre, scale: (latent_dim,) mean and standard deviation of the training codes, by which codes are standardised.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, latent_dim: int, width: int, depth: int) -> None:
        super().__init__()
        cond_dim = 64
        self.register_buffer("centre", torch.zeros(latent_dim))
        self.register_buffer("scale", torch.ones(latent_dim))
        self.captions = nn.Embedding(len(CAPTIONS) + 1, cond_dim)
        self.times = nn.Linear(2 * _FREQUENCIES, cond_dim)
        self.cond_proj = nn.Linear(cond_dim, cond_dim)
        self.in_proj = nn.Linear(latent_dim, width)
        self.blocks = nn.ModuleList([_Block(width, cond_dim) for _ in range(depth)])
        self.out_proj = nn.Linear(width, latent_dim)
        nn.init.zeros_(self.out_proj.weight)

    def forward(self, noisy: Tensor, times: Tensor, captions: Tensor) -> Tensor:
        """v̂ (n, d) of standardised codes (n, d) with noise, times (n,) in [0, 1] and captions (n,) from 0 to 10."""
        waves = times[:, None] * (math.pi / 2) * 2.0 ** torch.arange(_FREQUENCIES)
        cond = self.times(torch.cat([waves.sin(), waves.cos()], dim=1)) + self.captions(captions)
        cond = functional.silu(self.cond_proj(functional.silu(cond)))
        hidden = self.in_proj(noisy)
        for block in self.blocks:
            hidden = block(hidden, cond)
        velocity: Tensor = self.out_proj(functional.silu(hidden))
        return velocity


class _Block(nn.Module):
    def __init__(self, width: int, cond_dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.film = nn.Linear(cond_dim, 2 * width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)

    def forward(self, hidden: Tensor, cond: Tensor) -> Tensor:
        scale, shift = self.film(cond).chunk(2, dim=1)
        inner = self.first(self.norm(hidden)) * (1 + scale) + shift
        outer: Tensor = self.second(functional.silu(inner))
        return hidden + outer


class DiffusionModel(NetworkModel):
    """Draws digits from noise, for a caption or without one.

    As a model with a latent space: ``encode`` follows an image, without a caption, to the noise that DDIM would start
    from; ``decode`` goes the other way. As a torch module it contains the denoiser only: the autoencoder is frozen and
    has a weights file of its own, so that ``parameters`` are those to train and ``state_dict`` what is stored.

    Args:
        autoencoder: turns images into the codes that are diffused, and back.
        denoiser: the network.
        name, seed: which model, and which training run of it.
    """

    def __init__(
        self, autoencoder: ConvolutionalVAE, denoiser: Denoiser, name: str = "diffusion", seed: int = 0
    ) -> None:
        super().__init__(name, seed, autoencoder.latent_dim)
        self.denoiser = denoiser
        # In a tuple, where torch does not look for submodules.
        self._frozen = (autoencoder,)

    @property
    def autoencoder(self) -> ConvolutionalVAE:
        """Turns images into the codes that are diffused, and back; it is never trained here."""
        return self._frozen[0]

    def copy(self) -> DiffusionModel:
        """The same model with its own copy of the denoiser, to be fine-tuned; the autoencoder is shared."""
        return DiffusionModel(self.autoencoder, copy.deepcopy(self.denoiser), self.name, self.seed)

    def draw(self, captions: ArrayLike, rng: np.random.Generator, steps: int = STEPS) -> Float32Array:
        """One image per caption.

        Args:
            captions: integers (n,) from 0 to 10; 10, ``NO_CAPTION``, stands for any digit.
            rng: the source of the noise, all of it drawn at the start: the same state gives the same images.
            steps: of DDIM, at least 1; fewer are faster and cruder.

        Returns:
            float32 (n, 1, 28, 28) in [0, 1].

        Raises:
            ValueError: captions or steps are out of range.

        Example:
            >>> from utils.models import load_pretrained
            >>> load_pretrained("diffusion").draw([3, 3, NO_CAPTION], np.random.default_rng(0)).shape
            (3, 1, 28, 28)
        """
        checked = checked_captions(captions)
        return self.draw_from(self._sample_codes(len(checked), rng), checked, steps)

    def draw_from(self, noise: ArrayLike, captions: ArrayLike, steps: int = STEPS) -> Float32Array:
        """Images drawn from given noise (n, latent_dim), so that two models can start from the same noise.

        The other arguments, the result and the errors are those of :meth:`draw`.
        """
        start, checked = checked_codes(noise, self.latent_dim), checked_captions(captions)
        if len(start) != len(checked):
            raise ValueError(f"there are {len(start)} rows of noise and {len(checked)} captions: give one for each.")
        if steps < 1:
            raise ValueError(f"steps is {steps}, but drawing needs at least one: {STEPS} is usual.")
        return self._draw(torch.from_numpy(start), torch.from_numpy(checked), steps)

    def caption_errors(self, images: ArrayLike, rng: np.random.Generator, draws: int = 32) -> FloatArray:
        """Error of the noise predicted in each image under each caption (Li et al. 2023, "Your Diffusion Model is
        Secretly a Zero-Shot Classifier").

        All captions get the same noise at the same times, so that they differ in the caption only. The caption with the
        smallest error is the model's answer to "which digit is this?".

        Args:
            images: floats (n, 1, 28, 28) in [0, 1].
            rng: the source of the noise.
            draws: number of noise samples per image, at times spread evenly over (0, 1); at least 1.

        Returns:
            float64 (n, 10), ≥ 0: mean squared error of ε̂, over the dimensions of a code and over the draws.

        Raises:
            TypeError, ValueError: ``images`` has another type, shape or range, or ``draws`` is less than 1.
        """
        if draws < 1:
            raise ValueError(f"draws is {draws}, but an error needs at least one noise sample: 32 is usual.")
        clean = self.standard_codes(images)
        means = np.zeros((len(clean), len(CAPTIONS)))
        for time in (np.arange(draws) + 0.5) / draws:
            times = torch.full((len(clean),), float(time))
            noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
            weight = schedule(times[:1])[0].item() ** 2 / (draws * self.latent_dim)
            for caption in CAPTIONS:
                with torch.no_grad():
                    errors = self.errors(clean, noise, times, torch.full((len(clean),), caption))
                means[:, caption] += weight * errors.numpy()
        return means

    def classify(self, images: ArrayLike, rng: np.random.Generator, draws: int = 32) -> IntArray:
        """The caption, int64 (n,), under which each image is denoised best: see :meth:`caption_errors`.

        Example:
            >>> from utils.models import load_pretrained
            >>> images, labels = load_mnist("test")
            >>> labels[:5]
            array([0, 1, 2, 3, 4])
            >>> load_pretrained("diffusion").classify(images[:5], np.random.default_rng(0))
            array([0, 1, 2, 3, 4])
        """
        answers: IntArray = self.caption_errors(images, rng, draws).argmin(axis=1).astype(np.int64)
        return answers

    def standard_codes(self, images: ArrayLike) -> Tensor:
        """Standardised codes (n, latent_dim) of images, as the denoiser takes them; errors are those of ``encode``."""
        codes = torch.from_numpy(self.autoencoder.encode(checked_images(images)))
        return (codes - self.denoiser.centre) / self.denoiser.scale

    def errors(self, clean: Tensor, noise: Tensor, times: Tensor, captions: Tensor) -> Tensor:
        """‖v̂ − v‖² of codes with noise added, (n,), which training minimises. It equals ‖ε̂ − ε‖² / α².

        Args:
            clean, noise: (n, latent_dim), ``clean`` standardised.
            times: (n,) in [0, 1].
            captions: (n,) integers from 0 to 10.
        """
        alpha, sigma = schedule(times[:, None])
        velocity: Tensor = self.denoiser(alpha * clean + sigma * noise, times, captions)
        return (velocity - (alpha * noise - sigma * clean)).square().sum(dim=1)

    def predict_clean_and_noise(self, noisy: Tensor, time: Tensor, captions: Tensor) -> tuple[Tensor, Tensor]:
        """ẑ and ε̂, each (n, latent_dim): the code and the noise that the network predicts from ``noisy``.

        Args:
            noisy: (n, latent_dim), standardised codes with noise.
            time: a scalar in [0, 1], the same for all.
            captions: (n,) integers from 0 to 10.
        """
        alpha, sigma = schedule(time)
        velocity: Tensor = self.denoiser(noisy, time.expand(len(noisy)), captions)
        return alpha * noisy - sigma * velocity, sigma * noisy + alpha * velocity

    def _draw(self, noise: Tensor, captions: Tensor, steps: int) -> Float32Array:
        codes = self._follow(noise, captions, torch.linspace(1, 0, steps + 1))
        return self.autoencoder.decode((codes * self.denoiser.scale + self.denoiser.centre).numpy())

    def _follow(self, codes: Tensor, captions: Tensor, times: Tensor) -> Tensor:
        """DDIM from the first time to the last, in either direction."""
        with torch.no_grad():
            for time, next_time in pairwise(times):
                clean, noise = self.predict_clean_and_noise(codes, time, captions)
                alpha, sigma = schedule(next_time)
                codes = alpha * clean + sigma * noise
        return codes

    def _encode(self, images: Float32Array) -> Float32Array:
        clean = self.standard_codes(images)
        no_captions = torch.full((len(clean),), NO_CAPTION)
        noise: Float32Array = self._follow(clean, no_captions, torch.linspace(0, 1, STEPS_OF_CODES + 1)).numpy()
        return noise

    def _decode(self, codes: Float32Array) -> Float32Array:
        no_captions = torch.full((len(codes),), NO_CAPTION)
        return self._draw(torch.from_numpy(codes), no_captions, STEPS_OF_CODES)

    def _sample_codes(self, n: int, rng: np.random.Generator) -> Float32Array:
        return rng.standard_normal((n, self.latent_dim), dtype=np.float32)


def checked_captions(captions: ArrayLike) -> IntArray:
    """The same captions as int64 (n,).

    Raises:
        ValueError: they are not integers (n,), or not all from 0 to 10.
    """
    array = np.asarray(captions)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"captions has shape {array.shape} and dtype {array.dtype}, but (n,) integers are needed: give one digit "
            "per image."
        )
    if array.size and not (array.min() >= 0 and array.max() <= NO_CAPTION):
        raise ValueError(
            f"captions run from {array.min()} to {array.max()}, but they are the digits 0 to 9, or {NO_CAPTION} for "
            "none: choose among these."
        )
    return array.astype(np.int64)


# The settings


@dataclass(frozen=True)
class DiffusionSettings:
    """How a diffusion model is built and trained.

    **How the settings were chosen.** By three trials of one seed. A convolutional network on the pixels themselves was
    given 200 seconds of one core: an independent classifier read 82 to 87 of 100 of its digits as their captions, many
    strokes were broken, and a thousand of them took seven seconds to draw. The same on codes, with dense layers, took
    20 seconds for 40 epochs: 91 of 100, error on held-out digits 0.63, a thousand digits in half a second. At 60 epochs
    that error is 0.57 to 0.62, depending on the seed. Width, depth and rates are the first that were tried.

    Attributes:
        autoencoder: the shipped model whose codes are diffused, from the same seed; it is not trained any further.
        width, depth: units of a layer of the denoiser, and residual blocks of two layers.
        epochs, batch_size: passes over the training images, and images per step.
        learning_rate: Adam's, at its highest; it rises over the first twentieth of the steps and falls to zero along a
            cosine.
        caption_dropout: share of the captions that are replaced by ``NO_CAPTION``.
        ema_decay: the shipped network is an exponential moving average of the weights, with this decay per step.
    """

    autoencoder: str = "vae-conv-32d"
    width: int = 192
    depth: int = 3
    epochs: int = 60
    batch_size: int = 100
    learning_rate: float = 2e-3
    caption_dropout: float = 0.1
    ema_decay: float = 0.998

    def build(self, name: str, seed: int) -> DiffusionModel:
        """A model with a trained autoencoder and an untrained denoiser, whose weights come from torch's generator."""
        autoencoder = weights.load(CONVOLUTIONAL[self.autoencoder].build, self.autoencoder, seed)
        return DiffusionModel(autoencoder, Denoiser(autoencoder.latent_dim, self.width, self.depth), name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[DiffusionModel, Curve]:
        """A model trained on the 4,000 training digits; the caption is the digit."""
        images, labels = load_mnist("train")
        return fit(images, labels, self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Scores of a model on held-out digits and on drawn ones.

        Returns:
            ``reconstruction_mse``: of 100 held-out digits, to the code and back.

            ``held_out_error``: mean squared error of v̂, over dimensions and the 1,000 held-out digits, at times spread
            evenly.

            ``caption_accuracy``: share of held-out digits that :meth:`DiffusionModel.classify` gets right.

            ``legible``: share of 500 drawn digits that their five nearest training digits assign to their caption;
            ``legible_rarest``: the same for the worst caption.

        Raises:
            TypeError: the model is not a DiffusionModel.
        """
        if not isinstance(model, DiffusionModel):
            raise TypeError(
                f"{model.name} is of type {type(model).__name__}, but these scores are for a DiffusionModel."
            )
        images, labels = load_mnist("test")
        clean = images[:100]
        error = np.square(model.decode(model.encode(clean)) - clean).mean(dtype=np.float64)
        legible = _legible(model)
        return {
            "reconstruction_mse": float(error),
            "caption_accuracy": float((model.classify(images, np.random.default_rng(0)) == labels).mean()),
            "held_out_error": _held_out_error(model, images, labels),
            "legible": float(legible.mean()),
            "legible_rarest": float(legible.min()),
        }


DIFFUSION = {"diffusion": DiffusionSettings()}


def _held_out_error(model: DiffusionModel, images: Float32Array, labels: IntArray) -> float:
    rng, n = np.random.default_rng(0), len(images)
    clean = model.standard_codes(images)
    noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
    times = torch.from_numpy(rng.permutation((np.arange(n) + 0.5) / n).astype(np.float32))
    with torch.no_grad():
        return float(model.errors(clean, noise, times, torch.from_numpy(labels)).mean()) / clean.shape[1]


def _legible(model: DiffusionModel, per_caption: int = 50) -> FloatArray:
    """For each caption, the share of digits drawn for it that their nearest training digits assign to it."""
    captions = np.tile(CAPTIONS, per_caption)
    correct = nearest_classes(model.draw(captions, np.random.default_rng(0))) == captions
    return np.array([correct[captions == caption].mean() for caption in CAPTIONS])


# Training: predict which noise was added to a code, at a random time, given its caption


def fit(
    images: ArrayLike, labels: ArrayLike, settings: DiffusionSettings, seed: int, name: str = "", progress: bool = False
) -> tuple[DiffusionModel, Curve]:
    """Train one diffusion model; the same arguments give the same weights, bit for bit, on one kind of processor.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least one batch of them.
        labels: (n,) integers from 0 to 9: the captions.
        settings: which model, and how.
        seed: of the initial weights, the order of the images, the times and the noise.
        name: the model's name.
        progress: show a progress bar that counts epochs.

    Returns:
        The model, and for each epoch the mean over its steps of ``error``: squared error of v̂ per dimension, about 1
        for a network that answers 0.

    Raises:
        TypeError, ValueError: ``images`` has another type, shape or range, or is smaller than a batch, or there are not
            as many labels.
    """
    data, captions = checked_training_images(images, settings.batch_size), torch.from_numpy(checked_captions(labels))
    if len(captions) != len(data):
        raise ValueError(f"there are {len(data)} images and {len(captions)} labels: give one for each.")
    with determined_by(seed) as generator:
        model = settings.build(name, seed)
        with torch.no_grad():
            means, log_variances = model.autoencoder.encoder(data).chunk(2, dim=1)
        model.denoiser.centre.copy_(means.mean(dim=0))
        model.denoiser.scale.copy_(means.std(dim=0))
        average = copy.deepcopy(model.denoiser)
        steps = settings.epochs * (len(data) // settings.batch_size)
        optimiser = Adam(model.denoiser.parameters(), lr=settings.learning_rate, fused=True)
        rate = LambdaLR(optimiser, lambda step: _learning_rate_factor(step / steps))
        size, curve = settings.batch_size, []
        for epoch in tqdm(range(settings.epochs), desc=f"{name} seed {seed}", unit="epoch", disable=not progress):
            measurements = []
            # Codes are drawn anew in each epoch: the encoder gives distributions, whose means would be memorised.
            codes = means + torch.randn(means.shape, generator=generator) * (0.5 * log_variances).exp()
            clean = (codes - model.denoiser.centre) / model.denoiser.scale
            for rows in batches(torch.arange(len(data)), size, generator):
                # Spread evenly: a batch of late times only would pull the weights in one direction.
                times = (torch.rand(size, generator=generator) + torch.arange(size)) / size
                noise = torch.randn(clean[rows].shape, generator=generator)
                dropped = torch.rand(size, generator=generator) < settings.caption_dropout
                cond = captions[rows].masked_fill(dropped, NO_CAPTION)
                loss = model.errors(clean[rows], noise, times, cond).mean() / clean.shape[1]
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                rate.step()
                # The first epoch does not count, so that the average does not contain the initial weights.
                decay = settings.ema_decay if epoch else 0.0
                with torch.no_grad():
                    for mean, weight in zip(average.parameters(), model.denoiser.parameters(), strict=True):
                        mean.lerp_(weight, 1 - decay)
                measurements.append(loss.item())
            curve.append({"error": float(np.mean(measurements))})
    model.denoiser.load_state_dict(average.state_dict())
    return model, curve


def _learning_rate_factor(progress: float) -> float:
    return min(1.0, 20 * progress + 0.01) * 0.5 * (1 + float(np.cos(np.pi * min(progress, 1.0))))
