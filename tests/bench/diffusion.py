"""Drawing with the diffusion model: samples per second, against the same network driven by the diffusers library.

diffusers' DDIMScheduler gets our schedule at 1,000 times and takes the same 20 steps from the same noise, so the codes
must agree as well. The second peer is what DDIM avoids: drawing with fresh noise through all 1,000 steps (Ho, Jain and
Abbeel 2020). Codes are decoded into images in each case. One thread.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from utils import models, preferences
from utils.models.diffusion import STEPS, DiffusionModel, schedule

SAMPLES = 500
TIMES = 1_000
PEER = "diffusers>=0.30"


def main() -> None:
    """Print samples per second, ratios, and how far our codes and the library's are apart."""
    torch.set_num_threads(1)
    model = models.load_pretrained("diffusion")
    assert isinstance(model, DiffusionModel)
    captions = preferences.balanced(SAMPLES)
    noise = np.random.default_rng(0).standard_normal((SAMPLES, model.latent_dim), dtype=np.float32)
    ours, our_images = timed(lambda: model.draw_from(noise, captions), 5)
    legible = preferences.readable(our_images, captions).mean()
    print(f"  {SAMPLES} digits for captions in {STEPS} steps, {legible:.0%} of them readable; processor seconds")
    print(f"  ours                          {SAMPLES / ours:8.0f} samples/s")
    if importlib.util.find_spec("diffusers") is None:
        print(f"  not measured against diffusers: pip install {PEER!r}, or the extra 'bench' of this package")
    else:
        theirs, images = timed(lambda: with_diffusers(model, noise, captions), 5)
        difference = np.abs(images - our_images).mean()
        print(
            f"  diffusers' DDIMScheduler      {SAMPLES / theirs:8.0f} samples/s, ours {theirs / ours:.2f} times as fast"
        )
        print(f"    mean difference per pixel   {difference:8.5f} (must be at most 0.01)")
    full, images = timed(lambda: with_all_steps(model, noise, captions), 1)
    legible = preferences.readable(images, captions).mean()
    print(
        f"  fresh noise, {TIMES} steps        {SAMPLES / full:8.0f} samples/s, ours {full / ours:.0f} times as fast",
        end="",
    )
    print(f"; {legible:.0%} readable")


def with_diffusers(model: DiffusionModel, noise: np.ndarray, captions: np.ndarray) -> np.ndarray:
    """The same drawing, step by step by diffusers."""
    from diffusers import DDIMScheduler

    # Training time k of diffusers is our time (k + 1) / 1000: it starts after the first noise was added.
    alpha, _ = schedule((torch.arange(TIMES) + 1.0) / TIMES)
    alphas_cumprod = alpha.double() ** 2
    betas = 1 - alphas_cumprod / torch.cat([torch.ones(1, dtype=torch.float64), alphas_cumprod[:-1]])
    scheduler = DDIMScheduler(
        TIMES,
        trained_betas=betas.numpy(),
        prediction_type="v_prediction",
        clip_sample=False,
        set_alpha_to_one=True,
        timestep_spacing="trailing",
    )
    scheduler.set_timesteps(STEPS)
    codes, cond = torch.from_numpy(noise), torch.from_numpy(captions)
    with torch.no_grad():
        for timestep in scheduler.timesteps:
            times = ((timestep + 1.0) / TIMES).expand(len(codes))
            codes = scheduler.step(model.denoiser(codes, times, cond), timestep, codes).prev_sample
    return decoded(model, codes)


def with_all_steps(model: DiffusionModel, noise: np.ndarray, captions: np.ndarray) -> np.ndarray:
    """Drawing with fresh noise in each of 1,000 steps."""
    generator = torch.Generator().manual_seed(0)
    codes, cond = torch.from_numpy(noise), torch.from_numpy(captions)
    with torch.no_grad():
        for time_now, next_time in pairwise(torch.linspace(1, 0, TIMES + 1)):
            clean, _ = model.predict_clean_and_noise(codes, time_now, cond)
            (alpha, sigma), (alpha_next, sigma_next) = schedule(time_now), schedule(next_time)
            shrunk = alpha / alpha_next
            added = sigma**2 - (shrunk * sigma_next) ** 2
            mean = (shrunk * sigma_next**2 * codes + alpha_next * added * clean) / sigma**2
            fresh = torch.randn(codes.shape, generator=generator)
            codes = mean + added.clamp(min=0).sqrt() * sigma_next / sigma * fresh
    return decoded(model, codes)


def decoded(model: DiffusionModel, codes: Tensor) -> np.ndarray:
    return model.autoencoder.decode((codes * model.denoiser.scale + model.denoiser.centre).numpy())


def timed(work: Callable[[], np.ndarray], repetitions: int) -> tuple[float, np.ndarray]:
    """Processor seconds of the fastest of some repetitions, and the result."""
    seconds = []
    for _ in range(repetitions):
        started = time.process_time()
        result = work()
        seconds.append(time.process_time() - started)
    return min(seconds), result
