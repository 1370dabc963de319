"""Unsupervised disentanglement ranking: choose a model by how well it agrees with its twins, without any label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.linear_model import Lasso

from utils.disentanglement.table import BoolArray, FloatArray, as_matrix

Similarity = Literal["lasso", "spearman"]


def udr(
    codes: Sequence[ArrayLike],
    *,
    kl: Sequence[ArrayLike] | None = None,
    kl_threshold: float = 0.01,
    similarity: Similarity = "lasso",
    alpha: float = 0.1,
    seed: int = 0,
) -> FloatArray:
    """UDR: do models that differ in their seed alone find the same latents, up to order, sign and scale?

    Definition: for two models, R (d, d') holds how similar each latent of one is to each of the other. Each latent of
    either model scores its largest similarity squared over the sum of its similarities; the score of the two models is
    the mean of the two means over latents, and the score of a model the median over its pairs with the others.

    Range: [0, 1]. 1: each latent has exactly one counterpart in every other model. 0: none has any. With the Lasso,
    identical models score 1 − alpha, the most that its penalty leaves.

    Blind to: labels, which it never sees: models that agree on an entangled code score high, and what they agree on
    need not be a factor. It presumes that entanglement is a matter of luck and differs from seed to seed.

    Reference: Duan et al., "Unsupervised model selection for variational disentangled representation learning" (2020).

    Convention: Lasso with alpha = 0.1 on standardised latents, and latents with a KL divergence of at most 0.01 nats
    left out, as in the authors' library, whose averages these are; the paper's formula gives every latent of the two
    models the same weight instead, which differs if they keep different numbers of latents.

    Args:
        codes: for each of m ≥ 2 models the codes (n, d) of the same n points; d may differ.
        kl: for each model the mean KL divergence of each latent (d,) from its prior, in nats; None keeps all latents
            that are not constant.
        kl_threshold: nats at or below which a latent is left out.
        similarity: ``"lasso"``: absolute weights of linear regressions with an L1 penalty, from all latents of one
            model to each of the other; ``"spearman"``: absolute rank correlations.
        alpha: the Lasso's penalty.
        seed: unused, as nothing is drawn; here for the common signature.

    Returns:
        The scores of the models, float64 (m,). Order, sign and scale of the latents do not matter. A model that keeps
        no latent scores 0 with all others.

    Raises:
        ValueError: if there are fewer than two models, the points differ in number, codes hold NaN or infinite
            numbers, ``kl`` does not fit, or ``similarity`` is another word.
    """
    if similarity not in get_args(Similarity):
        raise ValueError(f"similarity is {similarity!r}, but 'lasso' and 'spearman' are known: choose one.")
    models = [as_matrix(matrix, f"codes of model {i}") for i, matrix in enumerate(codes)]
    if len(models) < 2:
        raise ValueError(f"{len(models)} model(s) were given, but agreement takes two: train another seed.")
    if len({len(matrix) for matrix in models}) > 1 or len(models[0]) < 2:
        raise ValueError(
            f"the models have codes of {[len(matrix) for matrix in models]} points, but they are compared point by "
            "point: give the codes of the same two or more points."
        )
    kept = [_standardised(matrix, mask) for matrix, mask in zip(models, _masks(models, kl, kl_threshold), strict=True)]
    pairs = np.zeros((len(kept), len(kept)))
    for i, first in enumerate(kept):
        for j, second in enumerate(kept):
            if i != j and first.shape[1] and second.shape[1]:
                pairs[i, j] = _relative_strength(_similarities(first, second, similarity, alpha))
    others = ~np.eye(len(kept), dtype=bool)
    return np.array([np.median(pairs[others[:, j], j]) for j in range(len(kept))])


def _masks(models: Sequence[FloatArray], kl: Sequence[ArrayLike] | None, kl_threshold: float) -> list[BoolArray]:
    masks = [np.ptp(matrix, axis=0) > 0 for matrix in models]
    if kl is None:
        return masks
    divergences = [np.asarray(values, dtype=np.float64) for values in kl]
    if [values.shape for values in divergences] != [(matrix.shape[1],) for matrix in models]:
        raise ValueError(
            f"kl has shapes {[values.shape for values in divergences]} for models with "
            f"{[matrix.shape[1] for matrix in models]} latents: give one number a latent of each model."
        )
    return [mask & (values > kl_threshold) for mask, values in zip(masks, divergences, strict=True)]


def _standardised(matrix: FloatArray, mask: BoolArray) -> FloatArray:
    kept = matrix[:, mask]
    standardised: FloatArray = (kept - kept.mean(axis=0)) / kept.std(axis=0)
    return standardised


def _similarities(first: FloatArray, second: FloatArray, similarity: Similarity, alpha: float) -> FloatArray:
    """How similar each latent of the first model is to each of the second, (d, d')."""
    if similarity == "lasso":
        weights = Lasso(alpha=alpha, precompute=True).fit(first, second).coef_
        absolute: FloatArray = np.abs(np.reshape(weights, (second.shape[1], first.shape[1]))).T
        return absolute
    ranks = [_standardised(rankdata(side, axis=0), np.ones(side.shape[1], dtype=bool)) for side in (first, second)]
    similarities: FloatArray = np.abs(ranks[0].T @ ranks[1]) / len(first)
    return similarities


def _relative_strength(similarities: FloatArray) -> float:
    means = []
    for axis in (0, 1):
        sums = similarities.sum(axis=axis)
        means.append(np.mean(similarities.max(axis=axis) ** 2 / np.where(sums > 0, sums, 1)))
    return float(np.mean(means))
