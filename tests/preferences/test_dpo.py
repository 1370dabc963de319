"""Direct preference optimisation: the loss, fine-tuning, and the divergence from the reference."""

import numpy as np
import pytest
import torch

from utils import models, preferences
from utils.preferences import DPOSettings


def test_the_loss_is_log_two_for_the_reference_and_falls_when_the_preferred_is_denoised_better():
    errors = torch.tensor([3.0, 5.0])
    assert preferences.dpo_loss(errors, errors, errors, errors, 0.5).item() == pytest.approx(np.log(2))
    better = preferences.dpo_loss(errors - 1, errors, errors, errors, 0.5)
    assert better.item() == pytest.approx(np.log(1 + np.exp(-0.5)))
    worse = preferences.dpo_loss(errors, errors - 1, errors, errors, 0.5)
    assert better < np.log(2) < worse
    # What both are denoised better by does not count.
    both = preferences.dpo_loss(errors - 2, errors - 2, errors, errors, 0.5)
    assert both.item() == pytest.approx(np.log(2))


def test_fine_tuning_is_determined_by_its_seed(model, answered):
    settings = DPOSettings(steps=3, pairs=8)
    losses = [answered.tune(model, settings, seed).losses for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]


def test_a_larger_beta_stays_closer(model, answered):
    apart = []
    for beta in (0.05, 5.0):
        tuned = answered.tune(model, DPOSettings(beta=beta, steps=60, pairs=32)).model
        apart.append(preferences.path_kl(tuned, model, preferences.balanced(50), np.random.default_rng(0)).mean())
    assert apart[1] < apart[0]


def test_the_divergence_of_a_model_from_itself_is_zero_and_otherwise_positive(model):
    captions = preferences.balanced(20)
    other = models.load_pretrained("diffusion", models.seeds("diffusion")[1])
    np.testing.assert_array_equal(preferences.path_kl(model, model, captions, np.random.default_rng(0)), 0)
    assert (preferences.path_kl(other, model, captions, np.random.default_rng(0)) > 0).all()


def test_impossible_fine_tuning_is_explained(model, digits):
    images, labels = digits
    with pytest.raises(ValueError, match="3 preferred images, 2 others"):
        preferences.finetune(model, images[:3], images[:2], labels[:3])
    with pytest.raises(ValueError, match="at least one pair"):
        preferences.finetune(model, images[:0], images[:0], labels[:0])
    with pytest.raises(ValueError, match="beta is 0"):
        DPOSettings(beta=0)
