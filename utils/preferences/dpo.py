"""Fine-tuning a diffusion model towards answers, without a reward model in between.

Direct preference optimisation (Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a
Reward Model") turns the tilt p* ∝ p_ref · exp(r/β) around: r(x) = β log p*(x)/p_ref(x) up to a constant, so that a
model is its own reward model, and Bradley and Terry's likelihood of the answers can be maximised in its weights. A
diffusion model's log p(x) is replaced by what bounds it, the denoising error (Wallace et al. 2023, "Diffusion Model
Alignment Using Direct Preference Optimization"): the tuned model is to denoise what was preferred better than the
reference does, by more than it does for what was not.
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

from utils.models.diffusion import DiffusionModel, checked_captions, schedule
from utils.models.reproducibility import determined_by
from utils.preferences.comparisons import FloatArray

# Where paths end for the divergence: at 0 itself they are certain, and certain paths diverge without bound.
_LEAST_TIME = 0.05


@dataclass(frozen=True)
class DPOSettings:
    """How a model is fine-tuned.

    Attributes:
        beta: price of moving away from the reference: logits for a unit of ‖v̂ − v‖², the model's own denoising error.
            The smaller, the further the model moves before the loss is content.
        steps: of Adam.
        pairs: in a step.
        learning_rate: Adam's, constant after the first ten steps.
    """

    beta: float = 0.3
    steps: int = 200
    pairs: int = 64
    learning_rate: float = 3e-4

    def __post_init__(self) -> None:
        for name in ("beta", "steps", "pairs", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}, but fine-tuning needs a positive one: give one.")


@dataclass(frozen=True, eq=False)
class FineTuned:
    """What came of it.

    Attributes:
        model: after the last step.
        losses: of every step, in nats; log 2 ≈ 0.69 is the reference's.
        kept: copies of the model after the steps that were asked for, by step; 0 is the reference.
    """

    model: DiffusionModel
    losses: list[float]
    kept: dict[int, DiffusionModel]


def dpo_loss(won: Tensor, lost: Tensor, reference_won: Tensor, reference_lost: Tensor, beta: float) -> Tensor:
    """−log σ(−β [(won − reference_won) − (lost − reference_lost)]), its mean over the pairs (Wallace et al. 2023).

    Args:
        won, lost: (n,) denoising errors of the model on what was preferred and what was not, same noise and time.
        reference_won, reference_lost: (n,) those of the model that fine-tuning started from.
        beta: positive.

    Returns:
        A scalar, in nats; log 2 where the model is the reference.
    """
    gained = (won - reference_won) - (lost - reference_lost)
    return -functional.logsigmoid(-beta * gained).mean()


def finetune(
    model: DiffusionModel,
    won: ArrayLike,
    lost: ArrayLike,
    captions: ArrayLike,
    settings: DPOSettings | None = None,
    seed: int = 0,
    keep: Sequence[int] = (),
) -> FineTuned:
    """Fine-tune a copy of ``model`` towards what was preferred; the model itself stays as it is, as the reference.

    The autoencoder stays as it is: the denoiser of its codes is what is tuned. Both images of a pair get the same noise
    at the same time, as in the paper's code: what differs is the image.

    Args:
        model: the reference.
        won, lost: floats (n, 1, 28, 28) in [0, 1]: the preferred image of each pair, and the other. Ties are left out.
        captions: (n,) integers from 0 to 10: for which each pair was drawn.
        settings: how; by default ``DPOSettings()``.
        seed: of the order of the pairs, the times and the noise; the result is determined by it.
        keep: steps after which a copy is kept, each from 0 to ``settings.steps``.

    Raises:
        TypeError, ValueError: if images or captions are not such, their numbers differ, or there is no pair.
    """
    chosen = settings or DPOSettings()
    better, worse = model.standard_codes(won), model.standard_codes(lost)
    told = torch.from_numpy(checked_captions(captions))
    if not len(better) == len(worse) == len(told) or len(told) == 0:
        raise ValueError(
            f"there are {len(better)} preferred images, {len(worse)} others and {len(told)} captions, but each pair "
            "needs one of each, and at least one pair is needed: give as many of all three."
        )
    kept = {0: model} if 0 in keep else {}
    with determined_by(seed) as generator:
        tuned = model.copy()
        optimiser = Adam(tuned.denoiser.parameters(), lr=chosen.learning_rate, fused=True)
        losses = []
        for step in range(1, chosen.steps + 1):
            rows = torch.randint(len(told), (chosen.pairs,), generator=generator)
            times = (torch.rand(chosen.pairs, generator=generator) + torch.arange(chosen.pairs)) / chosen.pairs
            noise = torch.randn((chosen.pairs, model.latent_dim), generator=generator)
            pair = torch.cat([better[rows], worse[rows]]), noise.repeat(2, 1), times.repeat(2), told[rows].repeat(2)
            with torch.no_grad():
                reference_won, reference_lost = model.errors(*pair).chunk(2)
            error_won, error_lost = tuned.errors(*pair).chunk(2)
            loss = dpo_loss(error_won, error_lost, reference_won, reference_lost, chosen.beta)
            for group in optimiser.param_groups:
                group["lr"] = chosen.learning_rate * min(1.0, step / 10)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(loss.item())
            if step in keep:
                kept[step] = tuned.copy()
    return FineTuned(tuned, losses, kept)


def path_kl(
    model: DiffusionModel, reference: DiffusionModel, captions: ArrayLike, rng: np.random.Generator, steps: int = 25
) -> FloatArray:
    """How far a model has moved from its reference: KL divergence in nats, of what both draw step by step.

    Both models draw with fresh noise in each step (Ho, Jain and Abbeel 2020); for the same x_t, their next x_s are
    Gaussians of one variance, whose divergence is ½ (SNR_s − SNR_t) ‖x̂ − x̂_ref‖² with SNR = α²/σ². Summed along draws
    of ``model``, that is the divergence of the two models' *paths*. It is an upper bound on that of what they draw
    (codes with a little noise, of standard deviation .08 where codes have 1, and the images made of them), since
    forgetting the path, and decoding, can only lessen it.

    Args:
        model, reference: the two.
        captions: (n,) integers from 0 to 10, one draw each.
        rng: the source of the noise.
        steps: of the drawing, at least 2.

    Returns:
        float64 (n,), one estimate a draw: the mean is the estimate, and non-negative.
    """
    told = torch.from_numpy(checked_captions(captions))
    if steps < 2:
        raise ValueError(f"steps is {steps}, but a path has at least two: give 2 or more.")
    shape = (len(told), model.latent_dim)
    noisy = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
    divergence = torch.zeros(len(told), dtype=torch.float64)
    with torch.no_grad():
        for time, following in pairwise(torch.linspace(1, _LEAST_TIME, steps + 1)):
            clean, _ = model.predict_clean_and_noise(noisy, time, told)
            expected, _ = reference.predict_clean_and_noise(noisy, time, told)
            (alpha, sigma), (alpha_next, sigma_next) = schedule(time), schedule(following)
            gain = (alpha_next / sigma_next) ** 2 - (alpha / sigma) ** 2
            divergence += 0.5 * gain.item() * (clean - expected).square().sum(dim=1).double()
            fresh = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
            # x_s given x_t and the image: a Gaussian, by Bayes' rule from x_t = (α_t/α_s) x_s + noise.
            shrunk = alpha / alpha_next
            added = sigma**2 - (shrunk * sigma_next) ** 2
            mean = (shrunk * sigma_next**2 * noisy + alpha_next * added * clean) / sigma**2
            noisy = mean + (added.sqrt() * sigma_next / sigma) * fresh
    divergences: FloatArray = divergence.numpy()
    return divergences
