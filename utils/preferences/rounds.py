"""One round: draw pairs, ask for answers, fine-tune, and look at what came of it from several sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.models.diffusion import CAPTIONS, DiffusionModel
from utils.preferences.comparisons import FloatArray, IntArray
from utils.preferences.dpo import DPOSettings, FineTuned, finetune, path_kl
from utils.preferences.features import describe, diversity, readable
from utils.preferences.judges import Judge, ask


@dataclass(frozen=True, eq=False)
class Round:
    """n answered pairs.

    Attributes:
        first, second: float32 (n, 1, 28, 28): what was shown.
        captions: (n,) integers from 0 to 9: for what.
        first_features, second_features: (n, 3), of :func:`features.describe`.
        outcome: (n,): 1 if the first was preferred, 0 if the second was, 0.5 for a tie.
        who: (n,) which judge answered.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    captions: IntArray
    first_features: FloatArray
    second_features: FloatArray
    outcome: FloatArray
    who: IntArray

    def tune(
        self, model: DiffusionModel, settings: DPOSettings | None = None, seed: int = 0, keep: Sequence[int] = ()
    ) -> FineTuned:
        """Fine-tune ``model`` towards the answers, ties left out: see :func:`dpo.finetune`."""
        decided = self.outcome != 0.5
        chosen = (self.outcome == 1)[decided, None, None, None]
        first, second = self.first[decided], self.second[decided]
        won, lost = np.where(chosen, first, second), np.where(chosen, second, first)
        return finetune(model, won, lost, self.captions[decided], settings, seed, keep)


def balanced(n: int) -> IntArray:
    """n captions, 0 to 9 in turn."""
    return np.arange(n, dtype=np.int64) % len(CAPTIONS)


def collect(
    model: DiffusionModel,
    judges: Judge | Sequence[Judge],
    n: int,
    rng: np.random.Generator,
    shares: ArrayLike | None = None,
) -> Round:
    """Draw two images for each of n captions, 0 to 9 in turn, and ask which is better.

    ``judges`` and ``shares`` are those of :func:`judges.ask`.
    """
    captions = balanced(n)
    first, second = model.draw(captions, rng), model.draw(captions, rng)
    seen = describe(first, captions), describe(second, captions)
    outcome, who = ask(judges, *seen, rng, shares)
    return Round(first, second, captions, *seen, outcome, who)


def assess(
    model: DiffusionModel, reference: DiffusionModel, judges: Sequence[Judge], seed: int = 0, n: int = 500
) -> dict[str, float]:
    """What a fine-tuned model has become, next to what it was.

    Args:
        model, reference: the two; both draw from the same noise.
        judges: whose opinion counts.
        seed: of the noise.
        n: how many images are drawn, 0 to 9 in turn; at least 20.

    Returns:
        For each judge by name ``utility``: mean utility of what the model draws; and ``wins``: mean probability that
        the judge prefers it to what the reference draws, 0.5 for the reference itself. ``stroke weight`` and ``slant``
        in standard deviations of the training digits. The price: ``kl`` in nats (:func:`dpo.path_kl`, on 100 draws),
        ``diversity`` (:func:`features.diversity`), ``readable`` (share, by the independent classifier).
    """
    captions = balanced(n)
    noise = np.random.default_rng(seed).standard_normal((n, model.latent_dim), dtype=np.float32)
    drawn, before = (one.draw_from(noise, captions) for one in (model, reference))
    seen, seen_before = describe(drawn, captions), describe(before, captions)
    found: dict[str, float] = {}
    for judge in judges:
        found[f"utility {judge.name}"] = float(judge.utility_of(seen).mean())
        found[f"wins {judge.name}"] = float(judge.chance(seen, seen_before).mean())
    return {
        **found,
        "stroke weight": float(seen[:, 0].mean()),
        "slant": float(seen[:, 1].mean()),
        "readable": float(readable(drawn, captions).mean()),
        "diversity": diversity(drawn, captions),
        "kl": float(path_kl(model, reference, balanced(100), np.random.default_rng((seed, 1))).mean()),
    }
