"""Fine-tuning by low-rank adapters, on a model of random weights."""

import numpy as np
import pytest
import torch

from tests.support.tiny_model import PROMPTS, WORDS, tiny_model
from utils.prompting import LoraSettings, Prompt, classify, finetune
from utils.prompting.finetuning import num_trained
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
