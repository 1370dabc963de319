"""Principal component analysis of digits: the linear baseline."""

from copy import copy
from functools import lru_cache

import numpy as np
from sklearn.decomposition import PCA as ScikitPCA

from utils.arrays import Float32Array
from utils.data import load_mnist
from utils.models.interface import DIGIT_SHAPE, LatentModel


class PCA(LatentModel):
    """Principal component analysis of the 4,000 training digits, by scikit-learn.

    The codes are coordinates along the ``latent_dim`` directions of largest variance. Fitting takes a fraction of a
    second, so no weights are shipped. ``sample`` draws codes from a normal distribution with the variances of the
    training codes, as probabilistic PCA (Tipping and Bishop, 1999) assumes.

    Args:
        latent_dim: number of directions, 1 to 784.
        seed: kept for the common interface; the fit is exact and does not depend on it.
        half_precision: round directions and mean to half precision, as the shipped weights of the networks are, so that
            they take two bytes each.

    Raises:
        ValueError: ``latent_dim`` is not an integer from 1 to 784.

    Example:
        >>> images, _ = load_mnist("test")
        >>> codes = PCA(16).encode(images[:5])
        >>> codes.shape, PCA(16).decode(codes).shape
        ((5, 16), (5, 1, 28, 28))
    """

    def __init__(self, latent_dim: int, seed: int = 0, *, half_precision: bool = False) -> None:
        pixels = int(np.prod(DIGIT_SHAPE))
        if not isinstance(latent_dim, int | np.integer) or not 1 <= latent_dim <= pixels:
            raise ValueError(
                f"latent_dim={latent_dim!r} was given, but PCA of digits has from 1 to {pixels} directions: choose an "
                "integer in that range."
            )
        self.name, self.seed, self.latent_dim = f"pca-{latent_dim}d", seed, int(latent_dim)
        self.pca = _fitted(self.latent_dim)
        if half_precision:
            self.pca = copy(self.pca)
            for name in ("components_", "mean_"):
                exact = getattr(self.pca, name)
                setattr(self.pca, name, exact.astype(np.float16).astype(exact.dtype))

    def _encode(self, images: Float32Array) -> Float32Array:
        codes: Float32Array = self.pca.transform(images.reshape(len(images), -1))
        return codes

    def _decode(self, codes: Float32Array) -> Float32Array:
        pixels = np.asarray(self.pca.inverse_transform(codes), dtype=np.float32)
        # A sum of directions may exceed the range of grey values.
        return np.clip(pixels, 0, 1).reshape(-1, *DIGIT_SHAPE)

    def _sample_codes(self, n: int, rng: np.random.Generator) -> Float32Array:
        deviations: Float32Array = np.sqrt(self.pca.explained_variance_)
        return (rng.standard_normal((n, self.latent_dim)) * deviations).astype(np.float32)


@lru_cache(maxsize=8)
def _fitted(latent_dim: int) -> ScikitPCA:
    images, _ = load_mnist("train")
    # The exact solver: the default may choose a randomised one, and a baseline should not depend on a seed.
    return ScikitPCA(latent_dim, svd_solver="covariance_eigh").fit(images.reshape(len(images), -1))
