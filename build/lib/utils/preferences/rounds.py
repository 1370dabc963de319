"""One round of preference optimisation: draw pairs, collect answers, fine-tune, and assess the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array, FloatArray, IntArray
from utils.models.diffusion import CAPTIONS, DiffusionModel
from utils.preferences.dpo import DPOSettings, FineTuned, finetune, path_kl
from utils.preferences.features import describe, diversity, readable
from utils.preferences.judges import SimulatedJudge, ask


@dataclass(frozen=True, eq=False)
class Round:
    """n answered pairs.

    Attributes:
        first, second: float32 (n, 1, 28, 28): the two images of each pair.
        captions: (n,) integers from 0 to 9: the caption for which each pair was drawn.
        first_features, second_features: (n, 3), see :func:`features.describe`.
        outcome: (n,): 1 if the first was preferred, 0 if the second was, 0.5 for a tie.
        judge_indices: (n,) positions of the judges who answered.
    """

    first: Float32Array
    second: Float32Array
    captions: IntArray
    first_features: FloatArray
    second_features: FloatArray
    outcome: FloatArray
    judge_indices: IntArray

    def tune(
        self,
        model: DiffusionModel,
        settings: DPOSettings | None = None,
        seed: int = 0,
        checkpoint_steps: Sequence[int] = (),
    ) -> FineTuned:
        """Fine-tune a copy of ``model`` on the answers without the ties: see :func:`dpo.finetune`."""
        decided = self.outcome != 0.5
        first_wins = (self.outcome == 1)[decided, None, None, None]
        first, second = self.first[decided], self.second[decided]
        winners, losers = np.where(first_wins, first, second), np.where(first_wins, second, first)
        return finetune(model, winners, losers, self.captions[decided], settings, seed, checkpoint_steps)


def balanced(n: int) -> IntArray:
    """n captions, 0 to 9 in turn.

    Example:
        >>> balanced(12)
        array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    """
    return np.arange(n, dtype=np.int64) % len(CAPTIONS)


def collect(
    model: DiffusionModel,
    judges: SimulatedJudge | Sequence[SimulatedJudge],
    n: int,
    rng: np.random.Generator,
    shares: ArrayLike | None = None,
) -> Round:
    """Draw two images for each of n captions, 0 to 9 in turn, and ask judges which one is better.

    Args:
        model: draws the images.
        judges: one judge, or several.
        n: the number of pairs.
        rng: the source of the noise, and of the randomness of the answers.
        shares: (len(judges),) see :func:`judges.ask`.

    Raises:
        ValueError: if shares are negative or all zero.

    Example:
        >>> from utils.models import load_pretrained
        >>> from utils.preferences import BOLD
        >>> answers = collect(load_pretrained("diffusion"), BOLD, 20, np.random.default_rng(0))
        >>> answers.first.shape, answers.outcome.shape
        ((20, 1, 28, 28), (20,))
    """
    captions = balanced(n)
    first, second = model.draw(captions, rng), model.draw(captions, rng)
    features = describe(first, captions), describe(second, captions)
    outcome, judge_indices = ask(judges, *features, rng, shares)
    return Round(first, second, captions, *features, outcome, judge_indices)


def assess(
    model: DiffusionModel, reference: DiffusionModel, judges: Sequence[SimulatedJudge], seed: int = 0, n: int = 500
) -> dict[str, float]:
    """Compare a fine-tuned model with its reference: utility gained, diversity lost, and divergence.

    Args:
        model, reference: the two models; both draw from the same noise.
        judges: whose utilities are reported.
        seed: of the noise.
        n: the number of images, for captions 0 to 9 in turn; at least 11, so that some caption has two.

    Returns:
        For each judge, by name, ``utility <name>``: the mean utility of the model's images; and ``wins <name>``: the
        mean probability that the judge prefers an image of the model to the reference's, 0.5 for the reference itself.
        ``stroke weight`` and ``slant``: means, in standard deviations of the training digits. ``readable``: the share
        that an independent classifier reads as their caption. ``diversity``: see :func:`features.diversity`. ``kl``:
        the divergence of the noisy denoising paths from the reference's in nats, see :func:`dpo.path_kl`, estimated
        from 100 paths. The images here are drawn without fresh noise, for which it is a yardstick and no bound.

    Raises:
        ValueError: if no two images have the same caption.
    """
    captions = balanced(n)
    noise = np.random.default_rng(seed).standard_normal((n, model.latent_dim), dtype=np.float32)
    images, reference_images = (one.draw_from(noise, captions) for one in (model, reference))
    features, reference_features = describe(images, captions), describe(reference_images, captions)
    by_judge: dict[str, float] = {}
    for judge in judges:
        by_judge[f"utility {judge.name}"] = float(judge.utility_of(features).mean())
        by_judge[f"wins {judge.name}"] = float(judge.probability(features, reference_features).mean())
    return {
        **by_judge,
        "stroke weight": float(features[:, 0].mean()),
        "slant": float(features[:, 1].mean()),
        "readable": float(readable(images, captions).mean()),
        "diversity": diversity(images, captions),
        "kl": float(path_kl(model, reference, balanced(100), np.random.default_rng((seed, 1))).mean()),
    }
