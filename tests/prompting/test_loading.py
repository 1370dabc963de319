"""Models from a folder or the hub, and models that batched scoring would get wrong."""

import json

import numpy as np
import pytest

from tests.support.tiny_model import PROMPTS, WORDS, tiny_model
from utils.prompting import LanguageModel


@pytest.fixture(scope="module")
def model():
    return tiny_model()


class TestLoading:
    """Other models: from a folder or the hub, and refused where batched scoring would be wrong."""

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
        with pytest.raises(ValueError, match="batched scoring does not reproduce"):
            LanguageModel.load(str(folder), dtype="float32")

    def test_a_hub_that_cannot_be_reached_is_one_sentence(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(ConnectionError, match="smollm2-135m") as error:
            LanguageModel.load("nobody/there-is-no-such-model")
        assert "\n" not in str(error.value)

    def test_an_unknown_precision_is_refused(self):
        with pytest.raises(ValueError, match="'float32' or 'bfloat16'"):
            LanguageModel.load(dtype="float16")
