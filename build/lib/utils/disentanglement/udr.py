"""UDR, unsupervised disentanglement ranking: how well models that differ only in their seed agree, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.linear_model import Lasso

from utils.arrays import BoolArray, FloatArray
from utils.disentanglement.validation import as_matrix

Similarity = Literal["lasso", "spearman"]


def udr(
    codes: Sequence[ArrayLike],
    *,
    kl: Sequence[ArrayLike] | None = None,
    kl_threshold: float = 0.01,
    similarity: Similarity = "lasso",
    alpha: float = 0.1,
) -> FloatArray:
    """UDR: do models that differ only in their seed find the same latents, up to order, sign and scale?

    Definition: for two models, R (d, d') contains the similarity of each latent of one to each latent of the other.
    Each latent of either model scores the square of its largest similarity over the sum of its similarities. The score
    of two models is the mean of their two means over latents; the score of a model is the median over its pairs with
    the other models.

    Range: [0, 1]. 1: each latent has exactly one counterpart in every other model. 0: no latent has a counterpart. With
    the Lasso, identical models score 1 − alpha, because its penalty shrinks every weight by alpha.

    Blind to: labels, which it does not use: models that agree on an entangled code score high, and the latents that
    they agree on need not be factors. It presumes that entangled codes are due to chance and differ between seeds.

    Reference: Duan et al., "Unsupervised model selection for variational disentangled representation learning" (2020).

    Convention: Lasso with alpha = 0.1 on standardised latents, and latents with a KL divergence of at most 0.01 nats
    excluded, as in the authors' library. The averages are that library's, too; the formula in the paper gives every
    latent of the two models the same weight, which differs if they have different numbers of active latents.

    Args:
        codes: for each of m ≥ 2 models, the codes (n, d) of the same n points; d may differ.
        kl: for each model, the mean KL divergence of each latent (d,) from its prior, in nats; None includes all
            latents that are not constant.
        kl_threshold: in nats; latents with this KL divergence or less are excluded.
        similarity: ``"lasso"``: absolute weights of linear regressions with an L1 penalty, from all latents of one
            model to each of the other; ``"spearman"``: absolute rank correlations.
        alpha: the penalty of the Lasso.

    Returns:
        The scores of the models, float64 (m,). Order, sign and scale of the latents do not matter. A model without any
        active latent scores 0 with all others.

    Raises:
        ValueError: if there are fewer than two models, their numbers of points differ, codes have NaN or infinite
            values, ``kl`` has another shape, or ``similarity`` is not one of the two.

    Example:
        Two models with the same latents, and a third with the latents turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import rotation, udr
        >>> z = np.random.default_rng(0).normal(size=(500, 2))
        >>> udr([z, -z[:, ::-1]]).round(2)
        array([0.9, 0.9])
        >>> udr([z, z @ rotation(2, 45).T]).round(2)
        array([0.31, 0.31])
    """
    if similarity not in get_args(Similarity):
        raise ValueError(f"similarity is {similarity!r}, but must be 'lasso' or 'spearman': choose one of the two.")
    models = [as_matrix(matrix, f"codes of model {i}") for i, matrix in enumerate(codes)]
    if len(models) < 2:
        raise ValueError(f"{len(models)} model(s) were given, but agreement needs two: train another seed.")
    if len({len(matrix) for matrix in models}) > 1 or len(models[0]) < 2:
        raise ValueError(
            f"the models have codes of {[len(matrix) for matrix in models]} points, but they are compared point by "
            "point: give the codes of the same two or more points."
        )
    active = [
        _standardised(matrix[:, mask]) for matrix, mask in zip(models, _masks(models, kl, kl_threshold), strict=True)
    ]
    pairs = np.zeros((len(active), len(active)))
    for i, first in enumerate(active):
        for j, second in enumerate(active):
            if i != j and first.shape[1] and second.shape[1]:
                pairs[i, j] = _relative_strength(_similarities(first, second, similarity, alpha))
    others = ~np.eye(len(active), dtype=bool)
    return np.array([np.median(pairs[others[:, j], j]) for j in range(len(active))])


def _masks(models: Sequence[FloatArray], kl: Sequence[ArrayLike] | None, kl_threshold: float) -> list[BoolArray]:
    """For each model, which of its latents (d,) are active."""
    masks = [np.ptp(matrix, axis=0) > 0 for matrix in models]
    if kl is None:
        return masks
    divergences = [np.asarray(values, dtype=np.float64) for values in kl]
    if [values.shape for values in divergences] != [(matrix.shape[1],) for matrix in models]:
        raise ValueError(
            f"kl has shapes {[values.shape for values in divergences]} for models with "
            f"{[matrix.shape[1] for matrix in models]} latents: give one value per latent of each model."
        )
    return [mask & (values > kl_threshold) for mask, values in zip(masks, divergences, strict=True)]


def _standardised(matrix: FloatArray) -> FloatArray:
    standardised: FloatArray = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    return standardised


def _similarities(first: FloatArray, second: FloatArray, similarity: Similarity, alpha: float) -> FloatArray:
    """Similarity of each latent of the first model to each latent of the second, (d, d')."""
    if similarity == "lasso":
        weights = Lasso(alpha=alpha, precompute=True).fit(first, second).coef_
        absolute: FloatArray = np.abs(np.reshape(weights, (second.shape[1], first.shape[1]))).T
        return absolute
    ranks = [_standardised(rankdata(latents, axis=0)) for latents in (first, second)]
    similarities: FloatArray = np.abs(ranks[0].T @ ranks[1]) / len(first)
    return similarities


def _relative_strength(similarities: FloatArray) -> float:
    """The score of two models from their similarities (d, d')."""
    means = []
    for axis in (0, 1):
        sums = similarities.sum(axis=axis)
        means.append(np.mean(similarities.max(axis=axis) ** 2 / np.where(sums > 0, sums, 1)))
    return float(np.mean(means))
