"""Topic 03's interactive figure: two models with the same pictures and different scores, and deceptive codes.

The module ``disentanglement.js`` draws the pictures of both models, and of a trained β-VAE and its twin with the
network's own weights. It computes MIG and modularity; the other scores are shipped (``disentanglement_scores``).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from scipy import special, stats
from torch import nn

from utils import disentanglement, models
from utils.arrays import Float32Array, FloatArray, IntArray
from utils.data import Sprites
from utils.disentanglement import rotation
from utils.models.sprites import SpriteVAE
from utils.widgets import disentanglement_scores as table
from utils.widgets.disentanglement_scores import ANGLES, CHANGES, CONSTRUCTIONS, LATENTS, PAIRS, TURNS
from utils.widgets.fields import OneOf
from utils.widgets.figure import Figure

LECTURE_MODEL = ("sprites-beta-vae", 2)
"""Name and seed of the trained model: the lecture's first."""

SHOULD_SEE: dict[str, tuple[str, ...]] = {
    "beta_vae": ("mixed", "lost"),
    "factor_vae": ("mixed", "lost"),
    "mig": ("spread", "lost"),
    "sap": ("spread", "lost"),
    "modularity": ("mixed",),
    "explicitness": ("lost",),
    "dci_d": ("mixed",),
    "dci_c": ("spread",),
    "dci_i": ("lost",),
}
"""The faults that each score should see by its own definition, as the lecture says."""

STEPS = np.linspace(0.04, 0.96, 9)
"""Quantiles of a latent in a traversal."""

_PAIR_NAMES = tuple(f"{LATENTS[i]} & {LATENTS[j]}" for i, j in PAIRS)
_LEVELS = 1_009  # no quantile of a traversal lies half-way between two of them
_HEART = 2  # looks different at every orientation
_SAME = 8
_ENCODED = 2_000
_USED = 0.1  # nats: latents with less information about the images are idle
_SEEN = 0.05  # relative change of a score that counts


class DisentanglementExplorer(Figure):
    """Turn two latents of a perfect model into each other: the scores change, the pictures do not.

    Fields of the state:

    - `construction`: "CDF" (the theorem's map of uniform latents), "Gaussian" or "plain" (uniform latents, rotated).
    - `pair`: which two latents are turned; `angle`: in degrees, 0 to 90 in steps of 5.
    - `turn`, `change`: the code that may deceive a score; `score`: the score that it may deceive.

    Entries of the view: `a` and `b`, the two models: `strips` (2, 9, 1024) traversals of the pair, `same` (8, 1024) the
    same pictures drawn by both, and `scores`; `difference`: the largest of a pixel; `impossible`: the share of draws
    from A's prior for which B has no picture; `codes` (4000, 2): B's latents of the pair; `trained`: `strips` (2, 9,
    256) of a trained model and its twin, and their MIG, or None for a pair that the model does not have; `suspect`: the
    faults of the code, its scores, and whether each is as it should be.
    """

    module = "disentanglement.js"

    def __init__(self, trained: SpriteVAE, state: Mapping[str, Any] | None = None) -> None:
        """Build the figure.

        Args:
            trained: a model whose decoder is shown beside the perfect one.
            state: where the figure opens; fields that are not named have their defaults.

        Raises:
            ValueError: if the model does not use a latent of its own for each of scale, x and y.
        """
        self._scores = table.load()
        self._trained = copy.deepcopy(trained)
        for parameter in self._trained.decoder.parameters():
            parameter.data = parameter.data.half().float()  # as the page has them
        sprites = Sprites(resolution=16)
        factors = sprites.sample_factors(_ENCODED, np.random.default_rng(0))
        images = sprites.render(factors)
        self._factors = factors
        self._codes = np.asarray(trained.encode(images)).astype(np.float16).astype(np.float64)
        self._roles = _roles(self._codes, factors, trained.latent_kl(images), sprites.factor_names)
        layers = [layer for layer in self._trained.decoder.children() if isinstance(layer, nn.Linear)]
        sent = {
            "latents": list(LATENTS),
            "pairs": [list(pair) for pair in PAIRS],
            "pairNames": list(_PAIR_NAMES),
            "angles": list(ANGLES),
            "cosines": special.cosdg(ANGLES),
            "sines": special.sindg(ANGLES),
            "quantiles": np.floor(table.quantiles() * 65536).astype(np.uint16),
            "steps": STEPS,
            "bins": table.FACTOR_BINS,
            "constructions": list(CONSTRUCTIONS),
            "turned": self._scores["turned"],
            "shipped": list(table.SHIPPED),
            "turns": list(TURNS),
            "changes": list(CHANGES),
            "suspects": self._scores["suspects"],
            "suspectScores": list(table.SUSPECT_SCORES),
            "shouldSee": {name: list(faults) for name, faults in SHOULD_SEE.items()},
            "trained": {
                "roles": self._roles,
                "codes": self._codes.astype(np.float16),
                "factors": factors.astype(np.uint8),
                "layers": [
                    {
                        "weight": layer.weight.detach().numpy().astype(np.float16),
                        "bias": layer.bias.detach().numpy().astype(np.float16),
                    }
                    for layer in layers
                ],
            },
        }
        fields = {
            "construction": OneOf(CONSTRUCTIONS),
            "pair": OneOf(_PAIR_NAMES, preferred="scale & x"),
            "angle": OneOf(ANGLES),
            "turn": OneOf(TURNS),
            "change": OneOf(CHANGES),
            "score": OneOf(table.SUSPECT_SCORES),
        }
        super().__init__(
            sent,
            fields,
            state,
            fallback="Interactive figure: two models that draw the same pictures and have different scores, and codes "
            "that deceive a score.",
            code="DisentanglementExplorer.from_shipped",
        )

    @classmethod
    def from_shipped(cls, state: Mapping[str, Any] | None = None) -> DisentanglementExplorer:
        """Build the figure with the lecture's trained model.

        Args:
            state: where the figure opens.
        """
        name, seed = LECTURE_MODEL
        return cls(cast(SpriteVAE, models.load_pretrained(name, seed)), state)

    def compute(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Draw and score with ``utils``; see the class for the entries."""
        construction = state["construction"]
        ordinal = _PAIR_NAMES.index(state["pair"])
        pair = PAIRS[ordinal]
        latents = table.latents_of_a(construction)
        forward, back = table.maps(construction, state["angle"], pair)
        codes = forward(latents)

        def to_quantiles(z: FloatArray) -> FloatArray:
            # Outside its support a uniform's distribution function stays at 0 or 1, but the codes themselves go on.
            return cast(FloatArray, stats.norm.cdf(z)) if construction == "Gaussian" else z

        moved = np.full((2, len(STEPS), len(LATENTS)), 0.5)
        for row, latent in enumerate(pair):
            moved[row, :, latent] = STEPS
        start = moved.reshape(-1, len(LATENTS))
        start = stats.norm.ppf(start) if construction == "Gaussian" else start
        strips = [hearts(to_quantiles(z)).reshape(2, len(STEPS), -1) for z in (start, back(start))]
        same = [hearts(to_quantiles(z)).reshape(_SAME, -1) for z in (latents[:_SAME], back(codes[:_SAME]))]
        impossible = to_quantiles(back(latents))
        tables = self._scores["turned"][CONSTRUCTIONS.index(construction), ordinal]
        first, now = tables[0], tables[ANGLES.index(state["angle"])]
        a, b = (
            {
                "mig": disentanglement.mig(z, latents, factor_bins=table.FACTOR_BINS),
                "modularity": disentanglement.modularity(z, latents, factor_bins=table.FACTOR_BINS),
                **dict(zip(table.SHIPPED, row.tolist(), strict=True)),
            }
            for z, row in ((latents, first), (codes, now))
        )
        return {
            "a": {"strips": strips[0], "same": same[0], "scores": a},
            "b": {"strips": strips[1], "same": same[1], "scores": b},
            "difference": float(np.abs(same[0] - same[1]).max()),
            "impossible": float(((impossible < -1e-9) | (impossible > 1 + 1e-9)).any(axis=1).mean()),
            "codes": codes[:, list(pair)],
            "trained": self._twin(pair, state["angle"]),
            "suspect": self._suspect(state),
        }

    def _twin(self, pair: tuple[int, int], angle: float) -> dict[str, Any] | None:
        """The trained model and its twin, whose latents of two factors are turned into each other."""
        names = [LATENTS[latent] for latent in pair]
        if not all(name in self._roles for name in names):
            return None
        d = self._codes.shape[1]
        latents = (self._roles[names[0]], self._roles[names[1]])
        matrix = rotation(d, angle, latents)  # of Gaussian latents: the theorem's map is the rotation itself
        cosine, sine = matrix[latents[0], latents[0]], matrix[latents[1], latents[0]]
        turned = self._codes.copy()
        first, second = self._codes[:, list(latents)].T
        turned[:, list(latents)] = np.column_stack([cosine * first - sine * second, sine * first + cosine * second])
        codes = np.zeros((2, len(STEPS), d))
        for row, latent in enumerate(latents):
            codes[row, :, latent] = stats.norm.ppf(STEPS)
        start = codes.reshape(-1, d)
        pictures: list[Float32Array] = [
            np.asarray(self._trained.decode(z.astype(np.float32))).reshape(2, len(STEPS), -1)
            for z in (start, start @ matrix)
        ]
        return {
            "a": pictures[0],
            "b": pictures[1],
            "migA": disentanglement.mig(self._codes, self._factors),
            "migB": disentanglement.mig(turned, self._factors),
        }

    def _suspect(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """What is wrong with the code that may deceive a score, and what each score makes of it."""
        faults = {"mixed", "spread"} if state["turn"] else set()
        if state["change"] == "dropped":
            faults = (faults - {"spread"}) | {"lost"}
        if state["change"] in ("twice", "beside"):
            faults.add("spread")
        if state["change"] == "beside":
            faults.add("mixed")
        values = self._scores["suspects"]
        row, perfect = values[TURNS.index(state["turn"]), CHANGES.index(state["change"])], values[0, 0]
        verdicts = {}
        for name, value, best in zip(table.SUSPECT_SCORES, row, perfect, strict=True):
            change = value / best - 1
            sees = bool(faults & set(SHOULD_SEE[name]))
            missed, alarm = sees and change > -_SEEN, not sees and abs(change) > _SEEN
            verdicts[name] = "missed" if missed else "false alarm" if alarm else "as it should"
        return {
            "faults": ", ".join(fault for fault in ("mixed", "spread", "lost") if fault in faults),
            "scores": dict(zip(table.SUSPECT_SCORES, row.tolist(), strict=True)),
            "verdicts": verdicts,
        }


class _FineSprites(Sprites):
    """Sprites with so many values per factor that a step is less than a tenth of a pixel at 32 × 32."""

    factor_sizes = (3, *4 * (_LEVELS,))


def hearts(quantiles: FloatArray) -> Float32Array:
    """The perfect decoder: hearts, float32 (n, 32, 32), for quantiles (n, 4) in [0, 1] of scale, orientation, x and y.

    Orientations run from -90° to 90°, so that both ends look different.
    """
    scale, orientation, x, y = np.clip(quantiles, 0, 1).T
    values = np.column_stack([scale, (0.5 * orientation - 0.25) % 1.0, x, y])
    factors = np.rint(values * (_LEVELS - 1)).astype(np.int64)
    drawn: Float32Array = _FineSprites(32).render(np.hstack([np.full((len(factors), 1), _HEART), factors]))[:, 0]
    return drawn


def _roles(codes: FloatArray, factors: IntArray, kl: FloatArray, names: tuple[str, ...]) -> dict[str, int]:
    """For scale, x and y, the latent in use that correlates most with the factor."""
    used = np.flatnonzero(kl > _USED)
    roles = {}
    for name in ("scale", "x", "y"):
        column = factors[:, names.index(name)]
        strength = [abs(np.corrcoef(codes[:, latent], column)[0, 1]) for latent in used]
        roles[name] = int(used[int(np.argmax(strength))])
    if len(set(roles.values())) < len(roles):
        raise ValueError(
            f"The model uses the latents {roles} for scale, x and y, but needs one for each: choose another training."
        )
    return roles
