"""The terms of the bound, in bits."""

import math

import pytest
import torch

from utils import compression
from utils.models import load_pretrained


def test_elbo_terms_are_the_bound_in_bits(digits):
    vae = load_pretrained("vae-2d")
    terms = compression.elbo_terms(vae, digits[:200], seed=3)
    with torch.no_grad():
        bound, reconstruction, _ = vae.loss(torch.tensor(digits[:200]), torch.Generator().manual_seed(3))
    assert terms.rate + terms.distortion == pytest.approx(float(bound) / math.log(2), rel=1e-6)
    assert terms.distortion == pytest.approx(float(reconstruction) / math.log(2), rel=1e-6)
    assert terms.rate > 0
    assert terms == compression.elbo_terms(vae, digits[:200], seed=3)
    assert terms != compression.elbo_terms(vae, digits[:200], seed=4)
