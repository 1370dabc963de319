"""Weights whose pages are released after use: the same answers, less memory, and changed weights are kept."""

import copy
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.support.tiny_model import tiny_model
from utils.prompting import LanguageModel
from utils.prompting.paging import release_after_use

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pages are released on Linux only")

PROMPTS = ["Review: a fine film\nSentiment:", "Review: very bad\nSentiment:"]
WORDS = (" positive", " negative")


def resident(folder):
    """Bytes of a folder's files that are in this process's memory."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-", line):
            inside = str(folder) in line
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) * 1024
    return total


@pytest.fixture
def folder(tmp_path):
    tiny_model(hidden=256).model.save_pretrained(tmp_path)
    return tmp_path


def opened(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return LanguageModel(model, tiny_model().tokenizer, "tiny", remember=False)


def test_scores_stay_and_memory_falls(folder):
    plain = opened(folder)
    expected = plain.label_scores(PROMPTS, WORDS)
    before = resident(folder)
    assert before > 500_000
    concerned = release_after_use(plain.model, folder)
    assert concerned > 0.9 * sum(weight.nbytes for weight in plain.model.parameters())
    for _ in range(3):
        np.testing.assert_array_equal(plain.label_scores(PROMPTS, WORDS), expected)
        assert resident(folder) < 0.3 * before
    assert plain.next_tokens(PROMPTS[0], 3) == opened(folder).next_tokens(PROMPTS[0], 3)


def test_a_changed_weight_is_kept(folder):
    model = opened(folder)
    release_after_use(model.model, folder)
    before = model.label_scores(PROMPTS, WORDS)
    with torch.no_grad():
        model.model.model.layers[0].mlp.down_proj.weight.mul_(3)
        model.model.get_input_embeddings().weight.add_(0.1)
    changed = model.label_scores(PROMPTS, WORDS)
    assert not np.allclose(changed, before)
    np.testing.assert_array_equal(model.label_scores(PROMPTS, WORDS), changed)


def test_a_copy_releases_too_and_outlives_the_first(folder):
    model = opened(folder)
    release_after_use(model.model, folder)
    expected = model.label_scores(PROMPTS, WORDS)
    shared = {id(weight): weight for weight in [*model.model.parameters(), *model.model.buffers()]}
    second = LanguageModel(copy.deepcopy(model.model, shared), model.tokenizer, "copy", remember=False)
    del model, shared
    np.testing.assert_array_equal(second.label_scores(PROMPTS, WORDS), expected)
    assert resident(folder) < 300_000


def test_weights_that_are_in_no_file_are_left_alone(tmp_path):
    model = tiny_model()
    expected = model.label_scores(PROMPTS, WORDS)
    assert release_after_use(model.model, tmp_path) == 0
    np.testing.assert_array_equal(model.label_scores(PROMPTS, WORDS), expected)
