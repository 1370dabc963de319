"""The linear baseline: more directions, smaller errors."""

import numpy as np
import pytest

from utils import models


def test_pca_reconstructs_better_with_more_directions_and_exactly_with_all(images):
    errors = [np.mean((pca.decode(pca.encode(images)) - images) ** 2) for pca in map(models.PCA, (1, 2, 16, 784))]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-8


@pytest.mark.parametrize("latent_dim", [0, 785, 2.0])
def test_pca_refuses_impossible_dimensions(latent_dim):
    with pytest.raises(ValueError, match="from 1 to 784"):
        models.PCA(latent_dim)


def test_pca_in_half_precision_takes_two_bytes_per_weight_and_leaves_the_exact_one_alone(images):
    exact, half = models.PCA(16), models.PCA(16, half_precision=True)
    for name in ("components_", "mean_"):
        rounded = getattr(half.pca, name)
        np.testing.assert_array_equal(rounded, rounded.astype(np.float16))
        np.testing.assert_array_equal(getattr(exact.pca, name).astype(np.float16), rounded.astype(np.float16))
        assert not np.array_equal(getattr(models.PCA(16).pca, name), rounded)
    np.testing.assert_allclose(half.decode(half.encode(images)), exact.decode(exact.encode(images)), atol=0.01)
