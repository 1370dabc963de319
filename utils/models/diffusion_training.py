"""How the diffusion model is trained: say which noise was added to a code, at a random time, under its caption."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import KNeighborsClassifier
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from utils.data import load_mnist
from utils.models.convolutional import ConvolutionalVAE
from utils.models.diffusion import CAPTIONS, NO_CAPTION, Denoiser, DiffusionModel, checked_captions
from utils.models.recipe import Curve, NetworkModel
from utils.models.training import batches, checked_training_images, determined_by


@dataclass(frozen=True)
class DiffusionSettings:
    """How a diffusion model is built and trained.

    **How the settings were chosen.** By three trials of one seed. A convolutional network on the pixels themselves was
    given 200 seconds of one core: an independent classifier read 82 to 87 of 100 of its digits as their captions, many
    strokes were broken, and a thousand of them took seven seconds to draw. The same question about codes, with dense
    layers, took 20 seconds for 40 epochs: 91 of 100, error on held-out digits .63, a thousand digits in half a second.
    At 60 epochs that error is .57 to .62, by seed. Width, depth and rates are the first that were tried.

    Attributes:
        autoencoder: the shipped model whose codes are diffused, from the same seed; it is not trained any further.
        width, depth: units of a layer of the denoiser, and residual blocks of two layers.
        epochs, batch_size: passes over the training images, and images in a step.
        learning_rate: Adam's, at its highest; it rises over the first twentieth of the steps and falls to zero along a
            cosine.
        left_out: share of the captions that are left out.
        memory: the shipped network is a running mean of the weights, and this share of it is kept in each step.
    """

    autoencoder: str = "vae-conv-32d"
    width: int = 192
    depth: int = 3
    epochs: int = 60
    batch_size: int = 100
    learning_rate: float = 2e-3
    left_out: float = 0.1
    memory: float = 0.998

    def build(self, name: str, seed: int) -> DiffusionModel:
        """A model with a trained autoencoder and an untrained denoiser, whose weights come from torch's generator."""
        # Imported here: what loads weights knows every family, this one included.
        from utils.models.pretrained import load_pretrained

        autoencoder = load_pretrained(self.autoencoder, seed)
        assert isinstance(autoencoder, ConvolutionalVAE)
        return DiffusionModel(autoencoder, Denoiser(autoencoder.latent_dim, self.width, self.depth), name, seed)

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[DiffusionModel, Curve]:
        """A model trained on the 4,000 training digits; the caption is the digit."""
        images, labels = load_mnist("train")
        return fit(images, labels, self, seed, name, progress)

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """On held-out digits and on drawn ones.

        Returns:
            ``reconstruction_mse``: of 100 held-out digits, to the code and back.

            ``held_out_error``: mean squared error of v̂, over dimensions and the 1,000 held-out digits, at times spread
            evenly.

            ``caption_accuracy``: share of held-out digits that :meth:`DiffusionModel.classify` gets right.

            ``legible``: share of 500 drawn digits whose five nearest training digits have the caption that was asked
            for; ``legible_rarest``: the same of the caption that does worst.
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


def fit(
    images: ArrayLike, labels: ArrayLike, settings: DiffusionSettings, seed: int, name: str = "", progress: bool = False
) -> tuple[DiffusionModel, Curve]:
    """Train one diffusion model; the same arguments give the same weights, bit for bit, on one kind of processor.

    Args:
        images: floats (n, 1, 28, 28) in [0, 1], at least one batch of them.
        labels: (n,) integers from 0 to 9: the captions.
        settings: which model, and how.
        seed: of the initial weights, the order of the images, the times and the noise.
        name: what the model is to be called.
        progress: show a bar that counts epochs.

    Returns:
        The model, and for each pass the mean over its steps of ``error``: squared error of v̂ per dimension, about 1 for
        a network that answers 0.

    Raises:
        TypeError, ValueError: if ``images`` has another type, shape or range, or is less than a batch, or labels do not
            fit.
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
        shipped = copy.deepcopy(model.denoiser)
        steps = settings.epochs * (len(data) // settings.batch_size)
        optimiser = Adam(model.denoiser.parameters(), lr=settings.learning_rate, fused=True)
        pace = LambdaLR(optimiser, lambda step: _pace(step / steps))
        size, curve = settings.batch_size, []
        for epoch in tqdm(range(settings.epochs), desc=f"{name} seed {seed}", unit="epoch", disable=not progress):
            measured = []
            # Codes are drawn anew in each pass: the encoder gives distributions, whose means would be learnt by heart.
            codes = means + torch.randn(means.shape, generator=generator) * (0.5 * log_variances).exp()
            clean = (codes - model.denoiser.centre) / model.denoiser.scale
            for rows in batches(torch.arange(len(data)), size, generator):
                # Spread evenly: a batch that saw late times only would pull the weights one way.
                times = (torch.rand(size, generator=generator) + torch.arange(size)) / size
                noise = torch.randn(clean[rows].shape, generator=generator)
                left_out = torch.rand(size, generator=generator) < settings.left_out
                told = captions[rows].masked_fill(left_out, NO_CAPTION)
                loss = model.errors(clean[rows], noise, times, told).mean() / clean.shape[1]
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                pace.step()
                # The first pass is forgotten, so that the mean does not keep the initial weights.
                kept = settings.memory if epoch else 0.0
                with torch.no_grad():
                    for mean, weight in zip(shipped.parameters(), model.denoiser.parameters(), strict=True):
                        mean.lerp_(weight, 1 - kept)
                measured.append(loss.item())
            curve.append({"error": float(np.mean(measured))})
    model.denoiser.load_state_dict(shipped.state_dict())
    return model, curve


def _pace(done: float) -> float:
    return min(1.0, 20 * done + 0.01) * 0.5 * (1 + float(np.cos(np.pi * min(done, 1.0))))


def _held_out_error(model: DiffusionModel, images: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    rng, n = np.random.default_rng(0), len(images)
    clean = model.standard_codes(images)
    noise = torch.from_numpy(rng.standard_normal(clean.shape, dtype=np.float32))
    times = torch.from_numpy(rng.permutation((np.arange(n) + 0.5) / n).astype(np.float32))
    with torch.no_grad():
        return float(model.errors(clean, noise, times, torch.from_numpy(labels)).mean()) / clean.shape[1]


def _legible(model: DiffusionModel, each: int = 50) -> NDArray[np.float64]:
    images, labels = load_mnist("train")
    judge = KNeighborsClassifier(5).fit(images.reshape(len(images), -1), labels)
    captions = np.tile(CAPTIONS, each)
    drawn = model.draw(captions, np.random.default_rng(0))
    right = judge.predict(drawn.reshape(len(drawn), -1)) == captions
    return np.array([right[captions == caption].mean() for caption in CAPTIONS])
