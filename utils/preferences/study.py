"""The study of topic 06: what fine-tuning on one judge's answers does, step by step, in all five trainings.

``python -m utils.preferences.study`` fine-tunes the shipped diffusion models on 500 answers of the judge "moderate", as
the lecture does, and on ten times as many to compare, and writes ``study.npz`` and ``study.json`` (about two minutes
on one core). The interactive figure and the lecture show them.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from utils import store
from utils.arrays import Float32Array, FloatArray
from utils.data import load_mnist
from utils.models import load_pretrained, seeds
from utils.models.diffusion import CAPTIONS, DiffusionModel
from utils.preferences.dpo import DPOSettings, dpo_loss
from utils.preferences.features import Components, describe
from utils.preferences.judges import JUDGES, MODERATE
from utils.preferences.reward import fit_reward
from utils.preferences.rounds import Round, assess, balanced, collect

STEPS = (0, 10, 25, 50, 75, 100, 125, 150, 175, 200)
"""Steps of fine-tuning after which a copy of the model was assessed."""

PAIRS = 500
MORE_PAIRS = 5000
"""Answers of the comparison: would more of them help?"""

DRAWN = 200
"""Images per checkpoint, captions 0 to 9 in turn."""

SETTINGS = DPOSettings(beta=0.1, steps=STEPS[-1])
STUDY = Path(__file__).with_name("study.npz")

_REPEATS = 8  # of noise and time for each pair, when errors are measured


def study_of(model: DiffusionModel) -> dict[str, FloatArray]:
    """Measures of one training after each of `STEPS`, each (len(STEPS),) or with further axes.

    Returns:
        ``reward``: mean reward of drawings, in logits, by a reward model of 20 principal components that is fitted to
        the answers on which the model is tuned; ``utility`` and ``wins`` (steps, judges): the mean utility of drawings
        over the judge's temperature, and the mean probability that the judge prefers a drawing to the start's from the
        same noise; ``looks`` (steps, 3): mean features. ``readable``, ``diversity``, ``kl``: as :func:`rounds.assess`
        says.
        ``loss`` and ``fresh_loss``: the loss of preference optimisation, in nats, on the answers and on as many fresh
        ones; ``winners``, ``losers``, ``fresh_winners``, ``fresh_losers``: mean denoising error of the preferred images
        and of the others, minus the start's; ``fresh_named``: the share of the fresh pairs whose winner the model
        names, see :func:`denoising_errors`.
        ``predicted_wins`` (steps, 2): the wins that a reward of the judge's three features predicts, which is fitted to
        the fresh answers: linear, and with the square of the stroke weight, so that it can bend.
        ``more_wins``, ``more_fresh_loss``, ``more_fresh_named``: the judge's wins and the measures on the fresh answers
        after tuning on `MORE_PAIRS` answers instead.
    """
    rngs = [np.random.default_rng((model.seed, part)) for part in (1, 9, 10)]
    asked, fresh, more = (
        collect(model, MODERATE, n, rng) for n, rng in zip((PAIRS, PAIRS, MORE_PAIRS), rngs, strict=True)
    )
    tuned, tuned_on_more = (
        answers.tune(model, SETTINGS, seed=model.seed, checkpoint_steps=STEPS) for answers in (asked, more)
    )
    components = _components()
    reward = fit_reward(components(asked.first), components(asked.second), asked.outcome)
    captions = balanced(DRAWN)
    noise = np.random.default_rng(model.seed).standard_normal((DRAWN, model.latent_dim), dtype=np.float32)
    forms: tuple[Callable[[FloatArray], FloatArray], ...] = (_as_they_are, _with_square)
    tastes = [fit_reward(form(fresh.first_features), form(fresh.second_features), fresh.outcome) for form in forms]
    start_looks = describe(model.draw_from(noise, captions), captions)
    rows = []
    for step in STEPS:
        one = tuned.checkpoints[step]
        images = one.draw_from(noise, captions)
        assessed = assess(one, model, list(JUDGES.values()), seed=model.seed, n=DRAWN)
        looks = describe(images, captions)
        utilities = [assessed[f"utility {name}"] / judge.temperature for name, judge in JUDGES.items()]
        row: dict[str, Any] = {
            "reward": reward.reward(components(images)).mean(),
            "utility": utilities,
            "wins": [assessed[f"wins {name}"] for name in JUDGES],
            "looks": looks.mean(axis=0),
            "predicted_wins": [
                taste.probability(form(looks), form(start_looks)).mean()
                for taste, form in zip(tastes, forms, strict=True)
            ],
            **{name: assessed[name] for name in ("readable", "diversity", "kl")},
        }
        for prefix, answers in (("", asked), ("fresh_", fresh)):
            loss, winners, losers, named = denoising_errors(one, model, answers)
            row |= {f"{prefix}loss": loss, f"{prefix}winners": winners, f"{prefix}losers": losers}
        other = tuned_on_more.checkpoints[step]
        other_loss, _, _, other_named = denoising_errors(other, model, fresh)
        wins = assess(other, model, [MODERATE], seed=model.seed, n=DRAWN)[f"wins {MODERATE.name}"]
        row |= {"fresh_named": named, "more_wins": wins, "more_fresh_loss": other_loss, "more_fresh_named": other_named}
        rows.append(row)
    return {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}


def denoising_errors(
    model: DiffusionModel, reference: DiffusionModel, answers: Round
) -> tuple[float, float, float, float]:
    """How a fine-tuned model denoises the pairs of a round, compared with its reference.

    Each pair is denoised at times spread evenly over [0, 1], with the same noise for both images and both models.

    Returns:
        The loss of preference optimisation in nats; the mean error of the winners and that of the losers, each minus
        the reference's; and the share of pairs whose winner the model *names*: its error has changed by less than the
        loser's (where the changes are equal, the pair counts one half).
    """
    decided = answers.outcome != 0.5
    first_wins = (answers.outcome == 1)[decided, None, None, None]
    first, second = answers.first[decided], answers.second[decided]
    generator = torch.Generator().manual_seed(0)
    conditions = torch.from_numpy(answers.captions[decided])
    n = len(conditions)
    codes = [model.standard_codes(np.where(first_wins, a, b)) for a, b in ((first, second), (second, first))]
    changes: list[tuple[torch.Tensor, torch.Tensor]] = []
    losses = []
    for _ in range(_REPEATS):
        times = (torch.randperm(n, generator=generator) + torch.rand(n, generator=generator)) / n
        noise = torch.randn(codes[0].shape, generator=generator)
        with torch.no_grad():
            new, old = ([one.errors(clean, noise, times, conditions) for clean in codes] for one in (model, reference))
        losses.append(dpo_loss(new[0], new[1], old[0], old[1], SETTINGS.beta).item())
        changes.append((new[0] - old[0], new[1] - old[1]))
    winners, losers = (torch.stack([pair[side] for pair in changes]).mean(dim=0) for side in (0, 1))
    named = 0.5 + 0.5 * (losers - winners).sign().mean().item()
    return float(np.mean(losses)), winners.mean().item(), losers.mean().item(), named


def drawings_of(model: DiffusionModel) -> NDArray[np.uint8]:
    """(len(STEPS), 10, 28, 28) drawings of the digits 0 to 9 after each step, from the lecture's noise."""
    asked = collect(model, MODERATE, PAIRS, np.random.default_rng((model.seed, 1)))
    tuned = asked.tune(model, SETTINGS, seed=model.seed, checkpoint_steps=STEPS)
    noise = noise_of_drawings(model)
    images = np.stack([tuned.checkpoints[step].draw_from(noise, np.array(CAPTIONS))[:, 0] for step in STEPS])
    return np.round(255 * images).astype(np.uint8)


def noise_of_drawings(model: DiffusionModel) -> Float32Array:
    """The noise (10, latent_dim) from which the shipped drawings start, one per digit."""
    return np.random.default_rng(5).standard_normal((len(CAPTIONS), model.latent_dim), dtype=np.float32)


def load() -> dict[str, NDArray[Any]]:
    """The shipped study: the measures of :func:`study_of` with trainings as first axis, ``steps`` and ``drawings``.

    Example:
        >>> study = load()
        >>> study["reward"].shape, study["drawings"].shape
        ((5, 10), (10, 10, 28, 28))
    """
    with np.load(STUDY) as stored:
        return {name: stored[name] for name in stored.files}


def write(measures: Sequence[Mapping[str, FloatArray]], drawings: NDArray[np.uint8], path: Path, command: str) -> None:
    """Write the study and, beside it, a JSON file that says how it was made."""
    arrays: dict[str, Any] = {name: np.stack([one[name] for one in measures]) for name in measures[0]}
    content = io.BytesIO()
    np.savez_compressed(content, steps=np.array(STEPS), drawings=drawings, **arrays)
    store.write_atomic(path, content.getvalue())
    record = {
        **store.provenance(command, ("torch", "numpy", "scikit-learn")),
        "judge": MODERATE.name,
        "judges": list(JUDGES),
        "pairs": PAIRS,
        "more_pairs": MORE_PAIRS,
        "beta": SETTINGS.beta,
        "drawn": DRAWN,
    }
    store.write_atomic(path.with_suffix(".json"), json.dumps(record, indent=1) + "\n")


def _as_they_are(features: FloatArray) -> FloatArray:
    return features


def _with_square(features: FloatArray) -> FloatArray:
    """(n, 4): the three features (n, 3), and the square of the stroke weight, with which a linear reward can bend."""
    return np.column_stack([features, features[:, 0] ** 2])


@cache
def _components() -> Components:
    return Components(load_mnist("train")[0], 20)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser("python -m utils.preferences.study", description="Run the study of topic 06.")
    parser.add_argument("--into", type=Path, default=STUDY, help="the file; default: the package's own")
    options = parser.parse_args(arguments)
    trained = [cast(DiffusionModel, load_pretrained("diffusion", seed)) for seed in seeds("diffusion")]
    measures = [study_of(model) for model in trained]
    write(measures, drawings_of(trained[0]), options.into, "python -m utils.preferences.study")
    print(f"{options.into}: {len(trained)} trainings, {len(STEPS)} steps")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
