"""Label scores: batched scoring gives what the definition gives, on a model of random weights."""

import numpy as np
import pytest

from tests.support.tiny_model import PHRASES, PROMPTS, WORDS, plain_scores, tiny_model
from utils.prompting import scoring


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.mark.parametrize("labels", [WORDS, PHRASES], ids=["words", "phrases"])
@pytest.mark.parametrize("batch_tokens", [1, 40, 512])
def test_scores_are_those_of_the_whole_sequences_run_one_by_one(model, labels, batch_tokens, monkeypatch):
    monkeypatch.setattr(scoring, "BATCH_TOKENS", batch_tokens)
    np.testing.assert_allclose(model.label_scores(PROMPTS, labels), plain_scores(model, PROMPTS, labels), atol=1e-4)


def test_a_label_that_begins_another_is_scored_as_itself(model):
    scores = model.label_scores(PROMPTS, [" not so good", " not so", " not"])
    np.testing.assert_allclose(scores, plain_scores(model, PROMPTS, [" not so good", " not so", " not"]), atol=1e-4)
    assert (np.diff(scores, axis=1) > 0).all(), "each further token can only make a text less likely"


def test_prompts_that_share_nothing_share_no_work_wrongly(model):
    prompts = ["sad:", "Review: good\nSentiment:", "This is really very good.", *PROMPTS]
    np.testing.assert_allclose(model.label_scores(prompts, WORDS), plain_scores(model, prompts, WORDS), atol=1e-4)


def test_the_order_and_the_company_of_prompts_and_labels_change_nothing(model):
    scores = model.label_scores(PROMPTS, PHRASES)
    order, columns = [3, 0, 4, 1, 2], [2, 0, 3, 1]
    shuffled = model.label_scores([PROMPTS[i] for i in order], [PHRASES[i] for i in columns])
    np.testing.assert_allclose(shuffled, scores[order][:, columns], atol=1e-4)
    alone = np.concatenate([model.label_scores([prompt], PHRASES) for prompt in PROMPTS])
    np.testing.assert_allclose(alone, scores, atol=1e-4)


def test_equal_prompts_have_equal_scores(model):
    scores = model.label_scores([PROMPTS[0]] * 3, WORDS)
    assert (scores == scores[0]).all()


def test_a_single_prompt_and_no_prompt(model):
    assert model.label_scores(PROMPTS[:1], WORDS).shape == (1, 2)
    assert model.label_scores([], WORDS).shape == (0, 2)


def test_an_empty_prompt_is_continued_from_the_start_token(model):
    np.testing.assert_allclose(model.label_scores([""], WORDS), plain_scores(model, [""], WORDS), atol=1e-4)


def test_the_space_belongs_to_the_label(model):
    """With its space a word is another token, and a space left behind in the prompt is counted with the label."""
    behind = model.label_scores(["Sentiment: "], ["positive", "negative"])
    in_front = model.label_scores(["Sentiment:"], [" positive", " negative"])
    without = model.label_scores(["Sentiment:"], ["positive", "negative"])
    np.testing.assert_allclose(behind, in_front, atol=1e-4)
    assert (np.abs(without - in_front) > 0.01).all()


def test_per_token_divides_by_the_number_of_tokens(model):
    tokens = [len(model.tokenizer(phrase).input_ids) for phrase in PHRASES]
    assert len(set(tokens)) > 1
    total = model.label_scores(PROMPTS, PHRASES)
    np.testing.assert_allclose(model.label_scores(PROMPTS, PHRASES, per_token=True), total / tokens, atol=1e-6)
