"""A round: answers move a model to the taste of the judge, and ties do not count."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import preferences
from utils.preferences import BOLD, FINE, DPOSettings


def test_a_round_of_answers_moves_the_model_to_the_judge_s_taste(model, answered):
    before = [weight.clone() for weight in model.denoiser.parameters()]
    tuned = answered.tune(model, DPOSettings(steps=80, pairs=32), seed=0, checkpoint_steps=(0, 40))
    assert all(map(torch.equal, before, model.denoiser.parameters()))
    assert set(tuned.checkpoints) == {0, 40}
    assert len(tuned.losses) == 80
    assert np.mean(tuned.losses[-20:]) < np.log(2)
    start, halfway, end = (
        preferences.assess(one, model, [BOLD, FINE], n=200) for one in (model, tuned.checkpoints[40], tuned.model)
    )
    assert start["wins bold"] == pytest.approx(0.5)
    assert start["kl"] == 0
    assert start["stroke weight"] < halfway["stroke weight"] < end["stroke weight"]
    assert 0 < halfway["kl"] < end["kl"]
    assert end["wins bold"] > 0.55
    assert end["wins fine"] < 0.5
    assert end["utility bold"] > start["utility bold"]


def test_ties_are_left_out(model):
    answered = preferences.collect(model, BOLD, 20, np.random.default_rng(0))
    tied = replace(answered, outcome=np.full(20, 0.5))
    with pytest.raises(ValueError, match="at least one pair"):
        tied.tune(model)
