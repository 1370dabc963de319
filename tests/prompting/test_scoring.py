"""Label scores: the quick way gives what the definition gives, on a model of random weights."""

import json

import numpy as np
import pytest
import torch

from tests.support.tiny_model import CHAT_TEMPLATE, plain_scores, tiny_model
from utils.prompting import LanguageModel, Prompt, classify, finetune, scoring
from utils.prompting.finetuning import Settings, num_trained
from utils.prompting.tokens import common_length, shared_prefixes
from utils.store import CACHE_VARIABLE

HEAD = "Decide whether the review is positive or negative.\n\nReview: "
TEXTS = ["a fine film", "not so good, really very bad", "sad", "fine, funny and really very good and so sad", "x"]
PROMPTS = [f"{HEAD}{text}\nSentiment:" for text in TEXTS]
WORDS = [" positive", " negative"]
PHRASES = [" good", " not so good", " not so bad", " not"]


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


def test_all_next_tokens_together_have_probability_one(model):
    labels = [token for token in map(model.tokenizer.decode, range(2, len(model.tokenizer))) if "�" not in token]
    tokens = [model.tokenizer(label).input_ids for label in labels]
    single = [label for label, row in zip(labels, tokens, strict=True) if len(row) == 1]
    assert 0.1 < np.exp(model.label_scores(["Sentiment:"], single)).sum() <= 1 + 1e-5


def test_per_token_divides_by_the_number_of_tokens(model):
    tokens = model.num_tokens(PHRASES)
    assert len(set(tokens)) > 1
    total = model.label_scores(PROMPTS, PHRASES)
    np.testing.assert_allclose(model.label_scores(PROMPTS, PHRASES, per_token=True), total / tokens, atol=1e-6)


def test_a_prompt_that_is_too_long_is_one_sentence(model):
    with pytest.raises(ValueError, match=r"Prompt 1 has \d+ tokens.*at most 128.*fewer examples") as error:
        model.label_scores(["short", "sad " * 200], WORDS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("labels", [[], [" a", " a"], [" a", ""]], ids=["none", "twice", "empty"])
def test_labels_must_be_different_texts(model, labels):
    with pytest.raises(ValueError, match="different, non-empty texts"):
        model.label_scores(PROMPTS, labels)


def test_a_text_in_place_of_a_list_is_refused(model):
    with pytest.raises(ValueError, match="put it in brackets"):
        model.label_scores("Sentiment:", WORDS)


def test_a_start_token_that_the_tokeniser_insists_on_is_there_once():
    from tokenizers.processors import TemplateProcessing

    model = tiny_model()
    model.tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
    )
    opened = LanguageModel(model.model, model.tokenizer, "tiny", remember=False)
    scores = opened.label_scores(PROMPTS, WORDS)
    np.testing.assert_allclose(scores, plain_scores(opened, PROMPTS, WORDS), atol=1e-4)
    np.testing.assert_allclose(opened.label_scores(["<s>" + prompt for prompt in PROMPTS], WORDS), scores, atol=1e-4)


def test_perplexity_is_the_models_own_loss(model):
    ids = torch.tensor([[model.tokenizer.bos_token_id, *model.tokenizer(TEXTS[1]).input_ids]])
    with torch.inference_mode():
        expected = float(torch.exp(model.model(ids, labels=ids).loss))
    assert model.perplexity(TEXTS)[1] == pytest.approx(expected, rel=1e-4)
    total = model.log_likelihood(TEXTS)
    assert model.bits_per_character(TEXTS) == pytest.approx(-total.sum() / np.log(2) / len("".join(TEXTS)))
    assert total[1] == pytest.approx(-np.log(expected) * model.num_tokens(TEXTS)[1], rel=1e-4)


def test_the_likelihood_of_a_text_is_that_of_its_parts(model):
    whole, first = model.log_likelihood(["a fine film", "a fine"])
    assert whole == pytest.approx(first + model.label_scores(["<s>a fine"], [" film"])[0, 0], abs=1e-4)


def test_an_empty_text_has_no_likelihood(model):
    with pytest.raises(ValueError, match="Text 1 is empty"):
        model.perplexity(["good", ""])


@pytest.mark.parametrize("layer", [None, 0, 1])
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_hidden_states_are_the_models_own(model, layer, pooling):
    found = model.hidden_states(TEXTS, layer=layer, pooling=pooling)
    assert found.dtype == np.float32
    for text, vector in zip(TEXTS, found, strict=True):
        ids = torch.tensor([[model.tokenizer.bos_token_id, *model.tokenizer(text).input_ids]])
        with torch.inference_mode():
            states = model.model(ids, output_hidden_states=True).hidden_states[-1 if layer is None else layer][0]
        np.testing.assert_allclose(vector, states[-1] if pooling == "last" else states[1:].mean(dim=0), atol=1e-4)


def test_there_is_no_third_layer(model):
    with pytest.raises(ValueError, match="layers 0 to 2"):
        model.hidden_states(TEXTS, layer=3)


def test_next_tokens_and_generation_agree(model):
    (token, probability), second = model.next_tokens("Review:", 2)
    assert probability >= second[1]
    assert model.generate(["Review:"], 1) == [token]
    drawn = [model.generate(["Review:"], 8, temperature=2.0, seed=seed)[0] for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_generation_leaves_the_global_randomness_alone(model):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    model.generate(["Review:"], 2, temperature=1.0)
    assert torch.rand(1) == expected


def test_a_conversation_is_written_as_the_model_was_tuned_to_read_it(model):
    prompt = Prompt("Good?", [("a fine film", 1)], "{text} Answer: {label}", ("no", "yes"))
    chatty = tiny_model(chat_template=CHAT_TEMPLATE)
    assert chatty.has_chat_template
    assert chatty.chat([prompt.messages("sad")]) == [
        "<user>Good?\n\na fine film Answer:\n<assistant>yes\n<user>sad Answer:\n<assistant>"
    ]
    assert classify(chatty, prompt, TEXTS, chat=True).shape == (len(TEXTS), 2)
    with pytest.raises(ValueError, match="no chat template"):
        model.chat([prompt.messages("sad")])


def test_contexts_are_divided_where_that_saves_work():
    head, other = tuple(range(50)), tuple(range(60, 110))
    contexts = [(*head, 1, 2), (*other, 3), (*head, 4), (*other, 5, 6)]
    groups = shared_prefixes(contexts)
    assert sorted((group.shared, sorted(group.members)) for group in groups) == [(50, [0, 2]), (50, [1, 3])]
    assert common_length([(1, 2, 3), (1, 2), (1, 2, 4)]) == 2
    assert shared_prefixes([(1, 2), (1, 2, 3)])[0].shared == 1, "each context keeps a token of its own to run"


def test_fine_tuning_learns_and_leaves_the_model_as_it_was(model):
    prompt = Prompt()
    texts, labels = ["good good", "sad sad", "very good", "very sad"], [1, 0, 1, 0]
    before = classify(model, prompt, texts)
    settings = Settings(epochs=40, batch_size=2, layers=1, learning_rate=0.02)
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


class TestRemembering:
    """Results of earlier runs: taken if the same was asked, and never if damaged or of another model."""

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
        return tmp_path

    @pytest.fixture
    def runs(self, monkeypatch):
        """How often the model was really asked."""
        asked = []
        original = scoring.continuation_scores
        monkeypatch.setattr(scoring, "continuation_scores", lambda *a, **k: asked.append(1) or original(*a, **k))
        return asked

    def test_the_same_question_is_computed_once(self, runs):
        first = tiny_model(remember=True).label_scores(PROMPTS, WORDS)
        np.testing.assert_array_equal(tiny_model(remember=True).label_scores(PROMPTS, WORDS), first)
        assert len(runs) == 1

    @pytest.mark.parametrize(
        "other",
        [
            lambda: tiny_model(seed=1, remember=True).label_scores(PROMPTS, WORDS),
            lambda: tiny_model(remember=True).label_scores(PROMPTS[::-1], WORDS),
            lambda: tiny_model(remember=True).label_scores(PROMPTS, PHRASES),
            lambda: tiny_model(remember=True).label_scores(PROMPTS, WORDS, per_token=True),
            lambda: tiny_model(remember=False).label_scores(PROMPTS, WORDS),
        ],
        ids=["weights", "prompts", "labels", "per token", "not remembered"],
    )
    def test_another_question_is_computed(self, runs, other):
        tiny_model(remember=True).label_scores(PROMPTS, WORDS)
        other()
        assert len(runs) == 2

    @pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-1] + b"\xff"])
    def test_a_damaged_result_is_computed_again(self, cache, runs, damage):
        expected = tiny_model(remember=True).label_scores(PROMPTS, WORDS)
        (kept,) = (cache / "results").iterdir()
        kept.write_bytes(damage(kept.read_bytes()))
        np.testing.assert_array_equal(tiny_model(remember=True).label_scores(PROMPTS, WORDS), expected)
        assert len(runs) == 2

    def test_a_cache_that_cannot_be_written_costs_nothing_but_time(self, cache):
        (cache / "results").write_text("in the way")
        assert tiny_model(remember=True).label_scores(PROMPTS, WORDS).shape == (len(PROMPTS), 2)

    def test_what_was_learnt_is_remembered_too(self, monkeypatch):
        from utils.prompting import finetuning

        arguments = (Prompt(), ["good", "sad"], [1, 0])
        tuned = finetune(tiny_model(remember=True), *arguments, settings=Settings(epochs=2))
        monkeypatch.setattr(finetuning, "_train", lambda *_: pytest.fail("it was learnt already"))
        again = finetune(tiny_model(remember=True), *arguments, settings=Settings(epochs=2))
        np.testing.assert_array_equal(again.label_scores(PROMPTS, WORDS), tuned.label_scores(PROMPTS, WORDS))


class TestLoading:
    """Other models: from a folder or the hub, and refused where quick scoring would be wrong."""

    @pytest.fixture
    def folder(self, tmp_path):
        model = tiny_model()
        model.model.save_pretrained(tmp_path)
        model.tokenizer.save_pretrained(tmp_path)
        return tmp_path

    def test_a_model_from_a_folder_scores_as_it_did(self, folder, model):
        loaded = LanguageModel.load(str(folder), dtype="float32", remember=False)
        np.testing.assert_allclose(loaded.label_scores(PROMPTS, WORDS), model.label_scores(PROMPTS, WORDS), atol=1e-5)
        assert loaded.dtype == "float32"
        assert loaded.num_parameters == model.num_parameters

    def test_bfloat16_is_close(self, folder, model):
        loaded = LanguageModel.load(str(folder), dtype="bfloat16", remember=False)
        assert loaded.dtype == "bfloat16"
        np.testing.assert_allclose(loaded.label_scores(PROMPTS, WORDS), model.label_scores(PROMPTS, WORDS), atol=0.5)

    def test_a_model_whose_answers_are_computed_otherwise_is_refused(self, folder):
        """Granite divides its logits at the end: the same weights under its name are another model."""
        config = json.loads((folder / "config.json").read_text())
        config |= {"model_type": "granite", "architectures": ["GraniteForCausalLM"], "logits_scaling": 7.0}
        (folder / "config.json").write_text(json.dumps(config))
        with pytest.raises(ValueError, match="quick scoring does not reproduce"):
            LanguageModel.load(str(folder), dtype="float32")

    def test_a_hub_that_cannot_be_reached_is_one_sentence(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(ConnectionError, match="smollm2-135m") as error:
            LanguageModel.load("nobody/there-is-no-such-model")
        assert "\n" not in str(error.value)

    def test_an_unknown_precision_is_refused(self):
        with pytest.raises(ValueError, match="'auto', 'float32' and 'bfloat16'"):
            LanguageModel.load(dtype="float16")
