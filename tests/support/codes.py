"""Codes and factors whose scores are known, for the tests of topic 03's metrics."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import mutual_info_score

LEVELS = 8  # of a factor in the rotation table
FEW_LEVELS = 5  # where a test only needs a factor
SIZES = (2, 3, 7)  # levels of the factors of mixed codes


def draw_factors(n: int, seed: int = 0, levels: int = LEVELS) -> np.ndarray:
    return np.random.default_rng(seed).integers(levels, size=(n, 3))


def scaled(factors: np.ndarray) -> np.ndarray:
    """The perfect code: each latent one factor, from -1 to 1."""
    return factors / factors.max(axis=0) * 2 - 1


def rotated(codes: np.ndarray, degrees: float) -> np.ndarray:
    """The first two latents turned."""
    angle = np.deg2rad(degrees)
    turn = np.eye(codes.shape[1])
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return codes @ turn.T


def noisy(n: int = 1500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes between perfect and useless, on which every metric is neither 0 nor 1."""
    factors = draw_factors(n, seed, FEW_LEVELS)
    rng = np.random.default_rng(seed + 100)
    codes = rotated(factors / (FEW_LEVELS - 1) * 2 - 1, 42) + rng.normal(size=(n, 3)) * 0.3
    return np.column_stack([codes, rng.normal(size=n) * 0.5]), factors


def mixed(n: int, seed: int = 0, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Codes of four latents: two factors turned into each other, a noisy third, and one that only adds noise."""
    rng = np.random.default_rng(seed)
    factors = rng.integers(SIZES, size=(n, 3))
    z = factors / (np.array(SIZES) - 1) * 2 - 1
    codes = np.column_stack([z[:, 0] + z[:, 1], z[:, 0] - z[:, 1] * 0.9, z[:, 2], np.zeros(n)])
    return codes + rng.normal(size=codes.shape) * noise, factors


def information(codes: np.ndarray, factors: np.ndarray, bins: int) -> np.ndarray:
    """Mutual information (d, k) by scikit-learn, with bins by NumPy."""
    binned = [np.digitize(z, np.histogram(z, bins)[1][:-1]) for z in codes.T]
    return np.array([[mutual_info_score(v, z) for v in factors.T] for z in binned])
