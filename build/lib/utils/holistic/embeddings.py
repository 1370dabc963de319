"""Sentence embeddings: a small encoder trained to map sentences of similar meaning to nearby vectors.

all-MiniLM-L6-v2, of the sentence-transformers project (Reimers and Gurevych 2019; MiniLM: Wang et al. 2020): six
layers, 22.7 million parameters, 384 numbers per sentence. It does not answer questions by itself: a classifier uses its
embeddings.
"""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from utils.arrays import Float32Array
from utils.data.assets import asset_path

NAME = "minilm"
_MAX_TOKENS = 256  # the length that it was trained on
_BATCH = 32


class SentenceEncoder:
    """The encoder with its tokeniser; ``num_bytes`` is the size of its weights."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model.eval(), tokenizer
        self.num_bytes = sum(weight.numel() * weight.element_size() for weight in model.parameters())

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> "SentenceEncoder":
        """The course's encoder, downloaded first if necessary.

        Raises:
            utils.data.assets.AssetError: if it cannot be obtained.
        """
        from safetensors.torch import load_file
        from tokenizers import Tokenizer
        from transformers import BertConfig, BertModel

        with zipfile.ZipFile(asset_path(NAME)) as archive:
            config = BertConfig(**json.loads(archive.read("config.json")))
            tokenizer = Tokenizer.from_str(archive.read("tokenizer.json").decode())
            # Weights that are mapped from a file take memory only where they are read: of the vocabulary, a few rows.
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                weights = load_file(archive.extract("model.safetensors", folder))
        model = BertModel(config, add_pooling_layer=False)
        loaded = model.load_state_dict(weights, strict=False, assign=True)
        if loaded.missing_keys:
            raise RuntimeError(
                f"{NAME} lacks {loaded.missing_keys[:3]}, so it is not the expected model: fetch it again."
            )
        tokenizer.enable_truncation(_MAX_TOKENS)
        tokenizer.enable_padding()
        return cls(model, tokenizer)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Float32Array:
        """Embeddings (n, 384) of n texts, each of length 1: the mean over a text's tokens. Long texts are truncated."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = np.empty((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows = self._tokenizer.encode_batch([texts[i] for i in batch])
            ids, mask = (torch.tensor([getattr(row, part) for row in rows]) for part in ("ids", "attention_mask"))
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask[:, :, None].to(states.dtype)
            means = (states * weights).sum(dim=1) / weights.sum(dim=1)
            vectors[batch] = torch.nn.functional.normalize(means, dim=1).numpy()
        return vectors
