"""The course's own model: converted faithfully, loaded quickly, and at work without a network."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from safetensors import safe_open

from tests.support.tiny_model import plain_scores
from utils.data import load_reviews
from utils.data.assets import AssetError, asset_path
from utils.prompting import LanguageModel, Prompt, conversion
from utils.prompting.conversion import language_model_path
from utils.store import CACHE_VARIABLE

NAME = "smollm2-135m"


@pytest.fixture(scope="session")
def model():
    return LanguageModel.load(NAME, dtype="float32", remember=False)


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
