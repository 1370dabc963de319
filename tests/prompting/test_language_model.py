"""Language models: a tiny one against the definitions, and the course's own, which also works without a network."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from safetensors import safe_open

from tests.support.tiny_model import CHAT_TEMPLATE, PHRASES, PROMPTS, TEXTS, WORDS, plain_scores, tiny_model
from utils.data import load_reviews
from utils.data.assets import AssetError, asset_path
from utils.prompting import LanguageModel, Prompt, classify, conversion, scoring
from utils.prompting.conversion import language_model_path
from utils.store import CACHE_VARIABLE

NAME = "smollm2-135m"


@pytest.fixture(scope="session")
def model():
    return LanguageModel.load(NAME, dtype="float32", remember=False)


@pytest.fixture(scope="module")
def tiny():
    return tiny_model()


@pytest.mark.slow
def test_the_scores_are_those_of_a_plain_loop(model):
    reviews = load_reviews("movies", "train", lukewarm=1, balanced=True, limit=5)
    prompt = Prompt(examples=[(reviews.text[3], 1), (reviews.text[4], 0)])
    prompts = [prompt.render(text) for text in reviews.text[:3]]
    labels = [*prompt.continuations, " not so good"]
    np.testing.assert_allclose(model.label_scores(prompts, labels), plain_scores(model, prompts, labels), atol=1e-3)


def test_it_knows_what_comes_next(model):
    assert model.next_tokens("The capital of France is", 1)[0][0] == " Paris"
    assert model.has_chat_template
    good, bad = model.log_likelihood(["The film was very good.", "Film the good was very."])
    assert good > bad


@pytest.mark.parametrize("scenario", ["movies", "products", "tweets", "editorials"])
def test_the_tokeniser_gives_back_every_text(model, scenario):
    texts = list(load_reviews(scenario, "validation")["text"])
    rows = model.tokenizer(texts).input_ids
    assert model.tokenizer.batch_decode(rows) == texts


@pytest.mark.slow
def test_the_stored_weights_are_what_the_blocks_say():
    """Every kind of block, and the matrices that are stored with their rows in another order."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    blocks = {tensor.name: tensor for tensor in GGUFReader(asset_path(NAME)).tensors}
    with safe_open(language_model_path(NAME) / "model.safetensors", framework="np") as weights:
        for ours, theirs in [
            ("model.embed_tokens.weight", "token_embd.weight"),
            ("model.norm.weight", "output_norm.weight"),
            ("model.layers.7.mlp.down_proj.weight", "blk.7.ffn_down.weight"),
            ("model.layers.29.self_attn.v_proj.weight", "blk.29.attn_v.weight"),
        ]:
            block = blocks[theirs]
            np.testing.assert_array_equal(weights.get_tensor(ours), dequantize(block.data, block.tensor_type))
        # llama.cpp keeps the two halves of a rotation side by side, transformers one after the other.
        block = blocks["blk.3.attn_q.weight"]
        pairs = dequantize(block.data, block.tensor_type).reshape(9, 32, 2, 576)
        halves = weights.get_tensor("model.layers.3.self_attn.q_proj.weight").reshape(9, 2, 32, 576)
        np.testing.assert_array_equal(halves, pairs.swapaxes(1, 2))


@pytest.mark.slow
def test_the_logits_are_those_of_the_file_that_was_converted(model):
    from transformers import AutoModelForCausalLM, GgufConfig

    source = asset_path(NAME)
    original = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
        local_files_only=True,
    )
    ids = torch.tensor([model.tokenizer("A fast, funny, highly enjoyable movie.").input_ids])
    with torch.inference_mode():
        torch.testing.assert_close(model.model(ids).logits, original(ids).logits, rtol=0, atol=0)


@pytest.mark.slow
def test_the_topic_runs_with_the_network_refused():
    code = textwrap.dedent(
        """
        import socket

        def refused(*args, **kwargs):
            raise AssertionError("something asked for the network")

        socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refused
        from utils.data import load_reviews
        from utils.prompting import LanguageModel, Prompt, classify
        reviews = load_reviews("movies", "validation", limit=2)
        model = LanguageModel.load(remember=False)
        print(classify(model, Prompt(), list(reviews.text), calibrated=True, chat=True).shape)
        """
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "TRANSFORMERS_"))}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "(2, 2)"


class TestConversion:
    """The folder that is loaded from: whole, or made anew."""

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        """A cache of its own, that holds the GGUF file already."""
        source = asset_path(NAME)
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
        (tmp_path / NAME).mkdir()
        os.link(source, tmp_path / NAME / source.name)
        return tmp_path

    @pytest.fixture
    def conversions(self, monkeypatch):
        """The conversion itself takes twenty seconds: here it writes two files."""
        made = []

        def convert(name, source, folder):
            folder.mkdir()
            (folder / "config.json").write_text("{}")
            (folder / "model.safetensors").write_bytes(b"weights")
            made.append(source)

        monkeypatch.setattr(conversion, "_run_conversion", convert)
        return made

    def test_it_is_made_once(self, conversions):
        assert language_model_path(NAME) == language_model_path(NAME)
        assert len(conversions) == 1

    @pytest.mark.parametrize("damage", ["cut", "missing", "manifest", "other weights"])
    @pytest.mark.sample(4)
    def test_a_damaged_one_is_made_anew(self, conversions, damage):
        folder = language_model_path(NAME)
        manifest = json.loads((folder / "conversion.json").read_text())
        if damage == "cut":
            (folder / "model.safetensors").write_bytes(b"wei")
        elif damage == "missing":
            (folder / "config.json").unlink()
        elif damage == "manifest":
            (folder / "conversion.json").write_text("{")
        else:
            (folder / "conversion.json").write_text(json.dumps(manifest | {"sha256": "0" * 64}))
        assert (language_model_path(NAME) / "model.safetensors").read_bytes() == b"weights"
        assert (folder / "config.json").exists()
        assert len(conversions) == 2

    def test_one_that_fails_leaves_nothing_and_says_what_to_do(self, cache, monkeypatch):
        monkeypatch.setattr(conversion.sys, "executable", "/bin/false")
        with pytest.raises(AssetError, match="2 GB of memory") as error:
            language_model_path(NAME)
        assert "\n" not in str(error.value)
        assert [path.name for path in cache.iterdir()] == [NAME]
        assert len(list((cache / NAME).iterdir())) == 1

    def test_an_unknown_model_names_the_known_one(self):
        with pytest.raises(KeyError, match=NAME):
            language_model_path("smollm3")


# A tiny model of random weights


def test_all_next_tokens_together_have_probability_one(tiny):
    labels = [token for token in map(tiny.tokenizer.decode, range(2, len(tiny.tokenizer))) if "�" not in token]
    tokens = [tiny.tokenizer(label).input_ids for label in labels]
    single = [label for label, row in zip(labels, tokens, strict=True) if len(row) == 1]
    assert 0.1 < np.exp(tiny.label_scores(["Sentiment:"], single)).sum() <= 1 + 1e-5


def test_a_prompt_that_is_too_long_is_one_sentence(tiny):
    with pytest.raises(ValueError, match=r"Prompt 1 has \d+ tokens.*at most 128.*fewer examples") as error:
        tiny.label_scores(["short", "sad " * 200], WORDS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("labels", [[], [" a", " a"], [" a", ""]], ids=["none", "twice", "empty"])
def test_labels_must_be_different_texts(tiny, labels):
    with pytest.raises(ValueError, match="different, non-empty texts"):
        tiny.label_scores(PROMPTS, labels)


def test_a_text_in_place_of_a_list_is_refused(tiny):
    with pytest.raises(ValueError, match="put it in brackets"):
        tiny.label_scores("Sentiment:", WORDS)


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


def test_perplexity_is_the_models_own_loss(tiny):
    ids = torch.tensor([[tiny.tokenizer.bos_token_id, *tiny.tokenizer(TEXTS[1]).input_ids]])
    with torch.inference_mode():
        expected = float(torch.exp(tiny.model(ids, labels=ids).loss))
    assert tiny.perplexity(TEXTS)[1] == pytest.approx(expected, rel=1e-4)
    total = tiny.log_likelihood(TEXTS)
    assert tiny.bits_per_character(TEXTS) == pytest.approx(-total.sum() / np.log(2) / len("".join(TEXTS)))
    assert total[1] == pytest.approx(-np.log(expected) * (ids.shape[1] - 1), rel=1e-4)


def test_the_likelihood_of_a_text_is_that_of_its_parts(tiny):
    whole, first = tiny.log_likelihood(["a fine film", "a fine"])
    assert whole == pytest.approx(first + tiny.label_scores(["<s>a fine"], [" film"])[0, 0], abs=1e-4)


def test_an_empty_text_has_no_likelihood(tiny):
    with pytest.raises(ValueError, match="Text 1 is empty"):
        tiny.perplexity(["good", ""])


@pytest.mark.parametrize("layer", [None, 0, 1])
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_hidden_states_are_the_models_own(tiny, layer, pooling):
    vectors = tiny.hidden_states(TEXTS, layer=layer, pooling=pooling)
    assert vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        ids = torch.tensor([[tiny.tokenizer.bos_token_id, *tiny.tokenizer(text).input_ids]])
        with torch.inference_mode():
            states = tiny.model(ids, output_hidden_states=True).hidden_states[-1 if layer is None else layer][0]
        np.testing.assert_allclose(vector, states[-1] if pooling == "last" else states[1:].mean(dim=0), atol=1e-4)


def test_there_is_no_third_layer(tiny):
    with pytest.raises(ValueError, match="layers 0 to 2"):
        tiny.hidden_states(TEXTS, layer=3)


def test_next_tokens_are_the_likeliest_by_the_models_own_logits(tiny):
    for prompt, ids in (("Review:", tiny.tokenizer("Review:").input_ids), ("", [tiny.tokenizer.bos_token_id])):
        with torch.inference_mode():
            probabilities, tokens = torch.softmax(tiny.model(torch.tensor([ids])).logits[0, -1], dim=-1).topk(3)
        words, ours = zip(*tiny.next_tokens(prompt, 3), strict=True)
        assert list(words) == [tiny.tokenizer.decode([token]) for token in tokens]
        np.testing.assert_allclose(ours, probabilities, rtol=1e-4)


def test_a_conversation_is_written_as_the_model_was_tuned_to_read_it(tiny):
    prompt = Prompt("Good?", [("a fine film", 1)], "{text} Answer: {label}", ("no", "yes"))
    chatty = tiny_model(chat_template=CHAT_TEMPLATE)
    assert chatty.has_chat_template
    assert chatty.chat([prompt.messages("sad")]) == [
        "<user>Good?\n\na fine film Answer:\n<assistant>yes\n<user>sad Answer:\n<assistant>"
    ]
    assert classify(chatty, prompt, TEXTS, chat=True).shape == (len(TEXTS), 2)
    with pytest.raises(ValueError, match="no chat template"):
        tiny.chat([prompt.messages("sad")])


class TestRemembering:
    """Stored results are used for an equal question only, and never if damaged or of another model."""

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
        return tmp_path

    @pytest.fixture
    def runs(self, monkeypatch):
        """One entry per batch of scores that was computed."""
        calls = []
        original = scoring.continuation_scores
        monkeypatch.setattr(scoring, "continuation_scores", lambda *a, **k: calls.append(1) or original(*a, **k))
        return calls

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
        (file,) = (cache / "results").iterdir()
        file.write_bytes(damage(file.read_bytes()))
        np.testing.assert_array_equal(tiny_model(remember=True).label_scores(PROMPTS, WORDS), expected)
        assert len(runs) == 2

    def test_a_cache_that_cannot_be_written_costs_nothing_but_time(self, cache):
        (cache / "results").write_text("in the way")
        assert tiny_model(remember=True).label_scores(PROMPTS, WORDS).shape == (len(PROMPTS), 2)
