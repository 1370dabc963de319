"""Adaptations: what applies to which model, and what a language model answers."""

import numpy as np
import pytest

from tests.support.tiny_model import tiny_model
from utils import holistic
from utils.holistic import ADAPTATIONS, MODELS, SCENARIOS, NotApplicable
from utils.holistic.models import language_model

SMALL = holistic.Size(items=12, changed=6, pool=40)


@pytest.mark.parametrize(
    ("model", "scenario", "adaptation", "reason"),
    [
        ("vader", "negation", "zero-shot", "positive and negative"),
        ("vader", "negation", "probe", "no features"),
        ("bag of words", "negation", "zero-shot", "without learning"),
        ("bag of words", "negation", "few-shot", "no prompt"),
        ("bag of words", "negation", "adapters", "no prompt"),
    ],
)
def test_an_adaptation_that_does_not_apply_says_why(model, scenario, adaptation, reason):
    with pytest.raises(NotApplicable, match=reason):
        holistic.outcome(MODELS[model], SCENARIOS[scenario], ADAPTATIONS[adaptation], SMALL)


def test_a_language_model_fills_every_column_of_prompts():
    tiny = tiny_model(context_length=1024)
    model = language_model("tiny", lambda: tiny)
    plain, calibrated = (
        holistic.outcome(model, SCENARIOS["odd one out"], ADAPTATIONS[name], SMALL)
        for name in ("few-shot", "calibrated few-shot")
    )
    assert plain.probabilities.shape == (ADAPTATIONS["few-shot"].seeds, 12, 3)
    np.testing.assert_allclose(plain.probabilities.sum(axis=-1), 1)
    ratio = calibrated.probabilities / plain.probabilities
    lean = ratio / ratio.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(lean, lean[:, :1].repeat(12, axis=1))  # a draw's texts are all divided by the same
    assert plain.facts["labels"] == 3
    probed = holistic.outcome(model, SCENARIOS["odd one out"], ADAPTATIONS["probe"], SMALL, seeds=1)
    assert probed.facts["trained"] == 3 * (32 + 1)
