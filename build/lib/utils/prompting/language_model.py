"""A causal language model: log-probabilities of answers and of texts, hidden states, and next tokens."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, TypeVar, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from utils.arrays import Float32Array, FloatArray
from utils.data.assets import ASSETS
from utils.prompting import scoring
from utils.prompting.conversion import LANGUAGE_MODELS, language_model_path
from utils.prompting.loading import from_folder_or_hub, weights_digest
from utils.prompting.paging import release_after_use
from utils.prompting.prompt import Message
from utils.prompting.tokens import Tokens, Vocabulary
from utils.store import remembered

Precision = Literal["float32", "bfloat16"]
Pooling = Literal["last", "mean"]
Number = TypeVar("Number", bound=np.generic)


class LanguageModel:
    """A causal model of ``transformers`` with its tokeniser, on the processor.

    Attributes:
        name: the name that it was loaded by.
        model, tokenizer: the objects of ``transformers``.
        context_length: the largest number of tokens of a prompt together with its answer.
        remember: whether results are stored on disk and reused (:mod:`utils.store`). Switch it off to measure speed.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, *, fingerprint: str = "", remember: bool = True) -> None:
        """``fingerprint`` identifies the weights; by default it is computed from them when first needed."""
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.name = name
        self.remember = remember
        self._fingerprint = fingerprint
        limits = [
            getattr(model.config, key, None) for key in ("max_position_embeddings", "n_positions", "sliding_window")
        ]
        self.context_length = min((limit for limit in limits if limit), default=2048)
        start = tokenizer.bos_token_id
        self._vocabulary = Vocabulary(tokenizer, tokenizer.eos_token_id if start is None else start)

    @classmethod
    def load(cls, name: str = "smollm2-135m", *, dtype: Precision = "float32", remember: bool = True) -> Self:
        """Load a model by name.

        Args:
            name: ``"smollm2-135m"`` (SmolLM2-135M-Instruct, the course's own, offline after set-up),
                ``"gemma3-270m"`` (optional: ``python -m utils.data gemma3-270m`` names its terms), the id of a causal
                model on the Hugging Face hub (online, or in the hub's cache already), or a folder with one.
            dtype: of the weights in memory: ``"float32"``, or ``"bfloat16"``, which takes half the memory, rounds to
                about three digits, and is faster only on processors with instructions for it.
            remember: see the class.

        Raises:
            ValueError: if ``dtype`` has another value, or this class cannot score the model.
            ConnectionError: if a model of the hub is neither on the network nor in the hub's cache.
            utils.data.assets.AssetError: if the course's own model is not on this machine and cannot be fetched.
        """
        if dtype not in get_args(Precision):
            raise ValueError(f"dtype={dtype!r} was given, but must be 'float32' or 'bfloat16': choose one of them.")
        torch_dtype: torch.dtype = getattr(torch, dtype)
        own = name in LANGUAGE_MODELS
        model, tokenizer = from_folder_or_hub(language_model_path(name) if own else name, torch_dtype, local=own)
        fingerprint = f"{ASSETS[name].sha256} {torch_dtype}" if own else ""
        loaded = cls(model, tokenizer, name, fingerprint=fingerprint, remember=remember)
        if own:
            release_after_use(model, language_model_path(name))
        else:
            loaded._check_scores()
        return loaded

    @property
    def dtype(self) -> str:
        """The data type of the weights: ``"float32"`` or ``"bfloat16"``."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def fingerprint(self) -> str:
        """Identifies the content of the weights; part of the key under which results are stored."""
        if not self._fingerprint:
            self._fingerprint = weights_digest(self.model)
        return self._fingerprint

    @property
    def num_parameters(self) -> int:
        """The number of weights."""
        return int(self.model.num_parameters())

    def label_scores(self, prompts: Sequence[str], labels: Sequence[str], *, per_token: bool = False) -> FloatArray:
        """Log-probability of each label, taken literally as the continuation of each prompt.

        Literally: the label after "Sentiment:" is " positive", with its space; without the space it is another token.
        The score of a label of several tokens is the sum of their log-probabilities. Prompts with a common prefix share
        the work of reading it, so pass all texts of a prompt in one call.

        Args:
            prompts: n texts.
            labels: k different texts, none empty.
            per_token: divide each label's sum by its number of tokens, so that a long label is not at a disadvantage.

        Returns:
            float64 (n, k), in nats, at most 0. The rows are not normalised over the labels.

        Raises:
            ValueError: if a label is empty or repeated, or a prompt with its label is longer than
                ``context_length`` tokens.
        """
        prompts, labels = _texts(prompts, "prompts"), _texts(labels, "labels")
        if not labels or len(set(labels)) < len(labels) or not all(labels):
            raise ValueError(f"labels={labels} was given, but different, non-empty texts are needed: correct the list.")
        return self._remembered(
            "label_scores", [prompts, labels, per_token], lambda: self._score(prompts, labels, per_token)
        )

    def log_likelihood(self, texts: Sequence[str]) -> FloatArray:
        """Log-probability of each whole text, in nats, float64 (n,); the first token is predicted from the start token.

        Raises:
            ValueError: if a text is empty or longer than ``context_length`` tokens.
        """
        return self._likelihoods(texts)[:, 0]

    def perplexity(self, texts: Sequence[str]) -> FloatArray:
        """Perplexity of each text, float64 (n,), at least 1: exp of the mean negative log-probability per token.

        It depends on the tokeniser: compare models by :meth:`bits_per_character` instead. Errors as in
        :meth:`log_likelihood`.
        """
        total, tokens = self._likelihoods(texts).T
        return np.asarray(np.exp(-total / tokens))

    def bits_per_character(self, texts: Sequence[str]) -> float:
        """Bits per character that an ideal coder with this model's predictions needs for all texts together.

        −Σ log₂ p(text) / Σ characters (Shannon 1948). Errors as in :meth:`log_likelihood`.
        """
        characters = sum(map(len, texts))
        return float(-self.log_likelihood(texts).sum() / np.log(2) / characters)

    def hidden_states(
        self, texts: Sequence[str], *, layer: int | None = None, pooling: Pooling = "last"
    ) -> Float32Array:
        """The representation of each text: one vector, float32 (n, d).

        Args:
            texts: n texts, none empty.
            layer: 0 for the embeddings, 1 for the first layer's output, …; by default the last, normalised.
            pooling: the vector of the ``"last"`` token, the only one that attends to the whole text, or the ``"mean"``.

        Raises:
            ValueError: if there is no such layer or pooling, or a text is empty or too long.
        """
        depth = int(self.model.config.num_hidden_layers)
        if pooling not in get_args(Pooling) or (layer is not None and not 0 <= layer <= depth):
            raise ValueError(
                f"layer={layer}, pooling={pooling!r} were given, but there are layers 0 to {depth} and the poolings "
                "'last' and 'mean': choose from these."
            )
        texts = _texts(texts, "texts")
        return self._remembered(
            "hidden_states", [texts, layer, pooling], lambda: self._hidden(self._rows(texts), layer, pooling)
        )

    def next_tokens(self, prompt: str, k: int = 10) -> list[tuple[str, float]]:
        """The k most likely next tokens after a prompt, as text, each with its probability in [0, 1]."""
        row = self._vocabulary.encode([prompt])[0] or self._vocabulary.from_start([prompt])[0]
        with torch.inference_mode():
            run = self.model(input_ids=torch.tensor([row]), logits_to_keep=1, use_cache=False)
            probabilities, tokens = torch.softmax(run.logits[0, -1].float(), dim=-1).topk(k)
        return [(self.tokenizer.decode([int(t)]), float(p)) for t, p in zip(tokens, probabilities, strict=True)]

    @property
    def has_chat_template(self) -> bool:
        """Whether the model comes with a template for conversations."""
        return self.tokenizer.chat_template is not None

    def chat(self, conversations: Sequence[Sequence[Message]]) -> list[str]:
        """Conversations in the format that this model was tuned on, up to the beginning of its answer.

        A label follows without a space.

        Raises:
            ValueError: if the model has no chat template.
        """
        if not self.has_chat_template:
            raise ValueError(
                f"{self.name} has no chat template, because it was not tuned on conversations: render the prompt as "
                "plain text instead."
            )
        return [
            self.tokenizer.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=True)
            for turns in conversations
        ]

    def _score(self, prompts: list[str], labels: list[str], per_token: bool) -> FloatArray:
        if not prompts:
            return np.empty((0, len(labels)))
        queries = self._vocabulary.queries(prompts, labels)
        self._check_lengths([query.context for query in queries], max(len(c) for q in queries for c in q.continuations))
        scores = scoring.continuation_scores(self.model, queries)
        if per_token:
            scores = scores / np.array([[len(tokens) for tokens in query.continuations] for query in queries])
        return scores

    def _likelihoods(self, texts: Sequence[str]) -> FloatArray:
        """The log-probability and the number of tokens of each text: (n, 2)."""
        texts = _texts(texts, "texts")

        def compute() -> FloatArray:
            rows = scoring.text_scores(self.model, self._rows(texts))
            return np.array([(row.sum(), len(row)) for row in rows]).reshape(-1, 2)

        return self._remembered("likelihoods", [texts], compute)

    def _hidden(self, rows: list[Tokens], layer: int | None, pooling: Pooling) -> Float32Array:
        vectors = np.empty((len(rows), self.model.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for batch, states in scoring.hidden_batches(self.model, rows, "Encoding", layer):
                for i, state in zip(batch, states, strict=True):
                    vectors[i] = (state[-1] if pooling == "last" else state[1:].float().mean(dim=0)).float().numpy()
        return vectors

    def _rows(self, texts: list[str]) -> list[Tokens]:
        rows = self._vocabulary.from_start(texts)
        if any(len(row) < 2 for row in rows):
            raise ValueError(
                f"Text {next(i for i, row in enumerate(rows) if len(row) < 2)} is empty, but a text needs at least one "
                "character: remove it."
            )
        self._check_lengths(rows)
        return rows

    def _check_lengths(self, rows: Sequence[Tokens], answer: int = 0) -> None:
        for i, row in enumerate(rows):
            if len(row) + answer > self.context_length:
                with_answer = f" and its answer {answer}" if answer else ""
                raise ValueError(
                    f"Prompt {i} has {len(row)} tokens{with_answer}, but {self.name} reads at most "
                    f"{self.context_length} in all: shorten it or use fewer examples."
                )

    def _remembered(self, method: str, arguments: list[Any], compute: Callable[[], NDArray[Number]]) -> NDArray[Number]:
        if not self.remember:
            return compute()
        return remembered([self.fingerprint, self.dtype, method, *arguments], compute)

    def _check_scores(self) -> None:
        """Compare with the model's own logits: some models have more than a matrix after their last layer."""
        prompts, labels = ["one two three", "one two four five"], [" six", " seven eight"]
        queries = self._vocabulary.queries(prompts, labels)
        batched = scoring.continuation_scores(self.model, queries)
        plain = np.array([[_plain_score(self.model, q.context, c) for c in q.continuations] for q in queries])
        if not np.allclose(batched, plain, atol=1e-3 if self.dtype == "float32" else 0.3):
            raise ValueError(
                f"{self.name} computes its logits in a way that batched scoring does not reproduce (off by "
                f"{np.abs(batched - plain).max():.3g} nats): choose a causal model of the Llama, Qwen or Gemma kind."
            )


def _plain_score(model: Any, context: Tokens, continuation: Tokens) -> float:
    ids = torch.tensor([context + continuation])
    with torch.inference_mode():
        log_p = torch.log_softmax(model(input_ids=ids, use_cache=False).logits[0].float(), dim=-1)
    return sum(float(log_p[len(context) - 1 + i, token]) for i, token in enumerate(continuation))


def _texts(values: Sequence[str], name: str) -> list[str]:
    if isinstance(values, str):
        raise ValueError(f"{name}={values[:30]!r} was given, but a list of texts is needed: put it in brackets.")
    return [str(value) for value in values]
