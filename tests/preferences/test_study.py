"""The shipped study of topic 06."""

import json
from dataclasses import replace

import numpy as np
import pytest

from utils.models import load_pretrained, seeds
from utils.preferences import BOLD, JUDGES, MODERATE, DPOSettings, collect
from utils.preferences import study as study_module
from utils.preferences.study import STEPS, STUDY, denoising_errors, load, study_of


def test_the_start_is_the_reference():
    study = load()
    assert study["steps"].tolist() == list(STEPS)
    assert study["reward"].shape == (len(seeds("diffusion")), len(STEPS))
    for name in ("winners", "losers", "fresh_winners", "fresh_losers", "kl"):
        assert np.abs(study[name][:, 0]).max() == 0
    for name in ("loss", "fresh_loss", "more_fresh_loss"):
        np.testing.assert_allclose(study[name][:, 0], np.log(2), atol=1e-6)
    for name in ("wins", "predicted_wins", "more_wins", "fresh_named", "more_fresh_named"):
        assert (study[name][:, 0] == 0.5).all()
    assert study["predicted_wins"].shape == (*study["reward"].shape, 2)
    assert json.loads(STUDY.with_suffix(".json").read_text())["judges"] == list(JUDGES)


def test_a_model_that_is_its_reference_has_no_change_of_error():
    model = load_pretrained("diffusion")
    asked = collect(model, MODERATE, 20, np.random.default_rng(0))
    loss, winners, losers, named = denoising_errors(model, model, asked)
    assert loss == pytest.approx(np.log(2))
    assert winners == losers == 0
    assert named == 0.5


def test_a_tuned_model_names_the_winners_of_most_pairs_that_it_was_tuned_on():
    model = load_pretrained("diffusion")
    asked = collect(model, BOLD, 40, np.random.default_rng(0))
    tuned = asked.tune(model, DPOSettings(beta=0.1, steps=60)).model
    _, winners, losers, named = denoising_errors(tuned, model, asked)
    assert losers > winners
    assert named > 0.8
    swapped = replace(asked, outcome=1 - asked.outcome)
    assert denoising_errors(tuned, model, swapped)[1:] == pytest.approx((losers, winners, 1 - named), abs=1e-6)


def test_the_study_is_written_as_it_is_loaded(tmp_path, monkeypatch):
    study = load()
    measures = [{n: study[n][i] for n in study if n not in ("steps", "drawings")} for i in range(5)]
    study_module.write(measures, study["drawings"], tmp_path / "study.npz", "a test")
    monkeypatch.setattr(study_module, "STUDY", tmp_path / "study.npz")
    for name, values in load().items():
        np.testing.assert_array_equal(values, study[name])


@pytest.mark.slow
def test_one_training_is_computed_again():
    computed, shipped = study_of(load_pretrained("diffusion", 0)), load()
    for name, values in computed.items():
        np.testing.assert_allclose(values, shipped[name][0], rtol=0.1, atol=0.1, err_msg=name)
