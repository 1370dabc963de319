"""Fine-tuning by low-rank adapters, on a model of random weights."""

import numpy as np
import pytest
import torch

from tests.support.tiny_model import PROMPTS, WORDS, tiny_model
from utils.prompting import LoraSettings, Prompt, classify, finetune, scoring
from utils.prompting.finetuning import (
    _adapters,
    _fixed_states,
    _queries,
    _replaced,
    _Unchanged,
    _with_adapters,
    num_trained,
)
from utils.store import CACHE_VARIABLE


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_fine_tuning_learns_and_leaves_the_model_as_it_was(model):
    prompt = Prompt()
    texts, labels = ["good good", "sad sad", "very good", "very sad"], [1, 0, 1, 0]
    before = classify(model, prompt, texts)
    settings = LoraSettings(epochs=40, batch_size=2, layers=1, learning_rate=0.02)
    tuned = finetune(model, prompt, texts, labels, settings=settings)
    assert (classify(tuned, prompt, texts).argmax(axis=1) == labels).all()
    np.testing.assert_array_equal(classify(model, prompt, texts), before)
    assert num_trained(tuned) > 0
    assert num_trained(model) == 0
    again = finetune(model, prompt, texts, labels, settings=settings)
    np.testing.assert_array_equal(classify(again, prompt, texts), classify(tuned, prompt, texts))


def test_fine_tuning_wants_a_label_for_each_text(model):
    with pytest.raises(ValueError, match="each text needs a label from 0 to 1"):
        finetune(model, Prompt(), ["good"], [2])


def test_adapters_are_remembered(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    arguments = (Prompt(), ["good", "sad"], [1, 0])
    tuned = finetune(tiny_model(remember=True), *arguments, settings=LoraSettings(epochs=2))
    monkeypatch.setattr(torch.optim, "AdamW", lambda *_, **__: pytest.fail("these adapters were trained before"))
    again = finetune(tiny_model(remember=True), *arguments, settings=LoraSettings(epochs=2))
    np.testing.assert_array_equal(again.label_scores(PROMPTS, WORDS), tuned.label_scores(PROMPTS, WORDS))


def test_a_step_on_kept_states_has_the_losses_of_the_whole_model(model):
    """All texts as one row, their common beginning once, and only the last layer computed: the same −log p."""
    texts, labels = ["good good", "sad sad sad", "very good", "a very sad film"], np.array([1, 0, 1, 0])
    queries = _queries(model, Prompt("Is it good?"), texts, labels)
    tuned = _with_adapters(model.model, LoraSettings(layers=1), seed=0)
    for weight in _adapters(tuned):
        torch.nn.init.normal_(weight, std=0.3)
    expected = -scoring.continuation_scores(tuned, queries)[:, 0]
    prefix = queries[0].context[:5]
    rests = [(query.context + query.continuations[0])[5:] for query in queries]
    start, parts = _fixed_states(tuned, prefix, rests, 1)
    with _replaced(tuned, {0: _Unchanged()}):
        states, answers = torch.cat([start, *parts]), [len(query.continuations[0]) for query in queries]
        losses = scoring.packed_losses(tuned, states, prefix, rests, answers)
    np.testing.assert_allclose(losses.detach().numpy(), expected, atol=1e-4)
    np.testing.assert_allclose(-scoring.continuation_scores(tuned, queries)[:, 0], expected, atol=1e-6)


@pytest.mark.parametrize("field", ["rank", "layers", "epochs", "batch_size", "learning_rate"])
def test_settings_that_train_nothing_are_refused(field):
    with pytest.raises(ValueError, match=f"{field}=0 was given"):
        LoraSettings(**{field: 0})
