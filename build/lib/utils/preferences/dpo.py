"""Fine-tuning a diffusion model on preferences, without a separate reward model.

Direct preference optimisation (Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a
Reward Model") solves the tilt p* ∝ p_ref · exp(r/β) for the reward: r(x) = β log p*(x)/p_ref(x) up to a constant. A
model is thus its own reward model, and the Bradley–Terry likelihood of the answers can be maximised over its weights.
For a diffusion model, the denoising error, which bounds log p(x), takes its place (Wallace et al. 2023, "Diffusion
Model Alignment Using Direct Preference Optimization"): the tuned model should improve on the reference's denoising
error more for the preferred image than for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional
from torch.optim import Adam

from utils.arrays import FloatArray
from utils.models.diffusion import DiffusionModel, checked_captions, schedule
from utils.models.reproducibility import determined_by

# Paths end here for the divergence: at time 0 they are deterministic, and their divergence is unbounded.
_END_TIME = 0.05


@dataclass(frozen=True)
class DPOSettings:
    """Hyperparameters of fine-tuning.

    Attributes:
        beta: price of moving away from the reference: logits per unit of ‖v̂ − v‖², the model's denoising error. The
            smaller it is, the further the model moves.
        steps: number of optimiser steps (Adam).
        pairs: batch size: pairs per step.
        learning_rate: Adam's, constant after a warm-up of ten steps.

    Raises:
        ValueError: if one of them is not positive.
    """

    beta: float = 0.3
    steps: int = 200
    pairs: int = 64
    learning_rate: float = 3e-4

    def __post_init__(self) -> None:
        for name in ("beta", "steps", "pairs", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be positive.")


@dataclass(frozen=True, eq=False)
class FineTuned:
    """The result of fine-tuning.

    Attributes:
        model: the model after the last step.
        losses: of every step, in nats; that of the reference is log 2 ≈ 0.69.
        checkpoints: step -> copy of the model after it, for the steps in ``checkpoint_steps``; 0 is the reference.
    """

    model: DiffusionModel
    losses: list[float]
    checkpoints: dict[int, DiffusionModel]


def dpo_loss(winner: Tensor, loser: Tensor, reference_winner: Tensor, reference_loser: Tensor, beta: float) -> Tensor:
    """−log σ(−β [(winner − reference_winner) − (loser − reference_loser)]), its mean over pairs (Wallace et al. 2023).

    Args:
        winner, loser: (n,) denoising errors of the model on the preferred images and on the others, with the same
            noise and time within a pair.
        reference_winner, reference_loser: (n,) those of the reference, from which fine-tuning started.
        beta: positive, see `DPOSettings`.

    Returns:
        A scalar in nats, from 0 up; log 2 where the model is the reference.

    Example:
        >>> errors = torch.tensor([3.0, 5.0])
        >>> round(dpo_loss(errors, errors, errors, errors, beta=0.5).item(), 4)
        0.6931
        >>> round(dpo_loss(errors - 1, errors, errors, errors, beta=0.5).item(), 4)
        0.4741
    """
    difference = (winner - reference_winner) - (loser - reference_loser)
    return -functional.logsigmoid(-beta * difference).mean()


def finetune(
    model: DiffusionModel,
    winners: ArrayLike,
    losers: ArrayLike,
    captions: ArrayLike,
    settings: DPOSettings | None = None,
    seed: int = 0,
    checkpoint_steps: Sequence[int] = (),
) -> FineTuned:
    """Fine-tune a copy of a model on preferences; the model itself is the reference and does not change.

    Only the denoiser is tuned; the autoencoder, whose codes it denoises, does not change. The two images of a pair get
    the same noise at the same time, as in the code of the paper, so that only the image differs.

    Args:
        model: the reference.
        winners, losers: floats (n, 1, 28, 28) in [0, 1]: the preferred image of each pair, and the other one. Exclude
            ties.
        captions: (n,) integers from 0 to 10: the caption for which each pair was drawn.
        settings: hyperparameters; by default ``DPOSettings()``.
        seed: of the order of the pairs, the times and the noise; it determines the result.
        checkpoint_steps: steps after which a copy of the model is returned, each from 0 to ``settings.steps``.

    Raises:
        TypeError, ValueError: if images or captions have another type, shape or range, their numbers differ, or there
            is no pair.
    """
    settings = settings or DPOSettings()
    winner_codes, loser_codes = model.standard_codes(winners), model.standard_codes(losers)
    conditions = torch.from_numpy(checked_captions(captions))
    if not len(winner_codes) == len(loser_codes) == len(conditions) or len(conditions) == 0:
        raise ValueError(
            f"there are {len(winner_codes)} preferred images, {len(loser_codes)} others and {len(conditions)} captions,"
            " but each pair needs one of each, and at least one pair is needed: give the same number of all three."
        )
    checkpoints = {0: model} if 0 in checkpoint_steps else {}
    with determined_by(seed) as generator:
        tuned = model.copy()
        optimiser = Adam(tuned.denoiser.parameters(), lr=settings.learning_rate, fused=True)
        losses = []
        for step in range(1, settings.steps + 1):
            batch = torch.randint(len(conditions), (settings.pairs,), generator=generator)
            times = (torch.rand(settings.pairs, generator=generator) + torch.arange(settings.pairs)) / settings.pairs
            noise = torch.randn((settings.pairs, model.latent_dim), generator=generator)
            codes = torch.cat([winner_codes[batch], loser_codes[batch]])
            inputs = codes, noise.repeat(2, 1), times.repeat(2), conditions[batch].repeat(2)
            with torch.no_grad():
                reference_winner, reference_loser = model.errors(*inputs).chunk(2)
            winner, loser = tuned.errors(*inputs).chunk(2)
            loss = dpo_loss(winner, loser, reference_winner, reference_loser, settings.beta)
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, step / 10)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(loss.item())
            if step in checkpoint_steps:
                checkpoints[step] = tuned.copy()
    return FineTuned(tuned, losses, checkpoints)


def path_kl(
    model: DiffusionModel, reference: DiffusionModel, captions: ArrayLike, rng: np.random.Generator, steps: int = 25
) -> FloatArray:
    """KL divergence of a model's denoising paths from those of its reference, in nats.

    Both models draw with fresh noise in each step (Ho, Jain and Abbeel 2020, "Denoising Diffusion Probabilistic
    Models"). Given the same x_t, their next x_s are Gaussians of the same variance, whose divergence is
    ½ (SNR_s − SNR_t) ‖x̂ − x̂_ref‖² with SNR = α²/σ². Its sum along paths drawn by ``model`` estimates the divergence of
    the two models' *paths*. This is an upper bound on the divergence of their samples (codes with a little noise, of
    standard deviation 0.08 where codes have 1, and the images decoded from them), because to discard the path and to
    decode can only reduce a divergence.

    Args:
        model, reference: the two models.
        captions: (n,) integers from 0 to 10, one per path.
        rng: the source of the noise.
        steps: number of denoising steps, at least 2.

    Returns:
        float64 (n,), non-negative, one value per path; their mean is the estimate.

    Raises:
        ValueError: if captions have another type or range, or ``steps`` is below 2.
    """
    conditions = torch.from_numpy(checked_captions(captions))
    if steps < 2:
        raise ValueError(f"steps is {steps}, but a path needs at least two: 25 is usual.")
    shape = (len(conditions), model.latent_dim)
    noisy = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
    divergence = torch.zeros(len(conditions), dtype=torch.float64)
    with torch.no_grad():
        for time, following in pairwise(torch.linspace(1, _END_TIME, steps + 1)):
            clean, _ = model.predict_clean_and_noise(noisy, time, conditions)
            reference_clean, _ = reference.predict_clean_and_noise(noisy, time, conditions)
            (alpha, sigma), (alpha_next, sigma_next) = schedule(time), schedule(following)
            gain = (alpha_next / sigma_next) ** 2 - (alpha / sigma) ** 2
            divergence += 0.5 * gain.item() * (clean - reference_clean).square().sum(dim=1).double()
            fresh = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
            # x_s given x_t and the clean code is Gaussian, by Bayes' rule from x_t = (α_t/α_s) x_s + noise.
            ratio = alpha / alpha_next
            variance = sigma**2 - (ratio * sigma_next) ** 2
            mean = (ratio * sigma_next**2 * noisy + alpha_next * variance * clean) / sigma**2
            noisy = mean + (variance.sqrt() * sigma_next / sigma) * fresh
    divergences: FloatArray = divergence.numpy()
    return divergences
