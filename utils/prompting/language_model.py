"""A causal language model: how likely an answer is, how likely a text is, what it sees in one, what it says."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, TypeVar, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from utils.data.assets import ASSETS
from utils.prompting import scoring
from utils.prompting.conversion import LANGUAGE_MODELS, language_model_path
from utils.prompting.loading import fastest_dtype, from_folder_or_hub, weights_digest
from utils.prompting.paging import give_back_after_use
from utils.prompting.prompt import Message
from utils.prompting.tokens import Tokens, Vocabulary
from utils.store import remembered

Precision = Literal["auto", "float32", "bfloat16"]
Pooling = Literal["last", "mean"]
Number = TypeVar("Number", bound=np.generic)


class LanguageModel:
    """A causal model of ``transformers`` with its tokeniser, on the processor.

    Attributes:
        name: what it was loaded as.
        model, tokenizer: the objects of ``transformers``.
        context_length: the most tokens that a prompt and its answer may have together.
        remember: keep results on disk, and take those of earlier runs (:mod:`utils.store`). Switch it off
            to measure speed.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, *, fingerprint: str = "", remember: bool = True) -> None:
        """``fingerprint`` names the weights' content; by default it is computed from them when first needed."""
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
    def load(cls, name: str = "smollm2-135m", *, dtype: Precision = "auto", remember: bool = True) -> Self:
        """Load a model by name.

        Args:
            name: ``"smollm2-135m"`` (SmolLM2-135M-Instruct, the course's own, offline after set-up),
                ``"gemma3-270m"`` (optional: ``python -m utils.data gemma3-270m`` names its terms), the id of a causal
                model on the Hugging Face hub (online, or in the hub's cache already), or a folder with one.
            dtype: of the weights in memory; ``"auto"`` is bfloat16 where a short trial on this processor shows it to
                be faster by half, else float32.
            remember: see the class.

        Raises:
            ValueError: if ``dtype`` is another word, or the model is not one that this class can score.
            ConnectionError: if a model of the hub can be had neither from the network nor from the hub's cache.
            utils.data.assets.AssetError: if the course's own model is not there yet and cannot be fetched.
        """
        if dtype not in get_args(Precision):
            raise ValueError(f"dtype={dtype!r} was given, but there are 'auto', 'float32' and 'bfloat16': choose one.")
        chosen = fastest_dtype() if dtype == "auto" else getattr(torch, dtype)
        own = name in LANGUAGE_MODELS
        model, tokenizer = from_folder_or_hub(language_model_path(name) if own else name, chosen, local=own)
        fingerprint = f"{ASSETS[name].sha256} {chosen}" if own else ""
        loaded = cls(model, tokenizer, name, fingerprint=fingerprint, remember=remember)
        if own:
            give_back_after_use(model, language_model_path(name))
        else:
            loaded._check_scores()
        return loaded

    @property
    def dtype(self) -> str:
        """Of the weights: ``"float32"`` or ``"bfloat16"``."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def fingerprint(self) -> str:
        """Names the content of the weights: results are remembered under it."""
        if not self._fingerprint:
            self._fingerprint = weights_digest(self.model)
        return self._fingerprint

    @property
    def num_parameters(self) -> int:
        """How many numbers were learnt."""
        return int(self.model.num_parameters())

    def label_scores(
        self, prompts: Sequence[str], labels: Sequence[str], *, per_token: bool = False
    ) -> NDArray[np.float64]:
        """Log-probability of each label, taken literally as the continuation of each prompt.

        Literally: the label of "Sentiment:" is " positive", with its space; without, another token is asked for. A
        label of several tokens has the sum of their log-probabilities. Prompts that begin alike share that work, so
        give all texts of a prompt in one call.

        Args:
            prompts: n texts.
            labels: k different texts, none empty.
            per_token: divide each label's sum by its number of tokens, so that a long label is not at a disadvantage.

        Returns:
            float64 (n, k), in nats, at most 0. The rows are not normalised over the labels.

        Raises:
            ValueError: if a label is empty or given twice, or a prompt with its label is longer than
                ``context_length`` tokens.
        """
        prompts, labels = _texts(prompts, "prompts"), _texts(labels, "labels")
        if not labels or len(set(labels)) < len(labels) or not all(labels):
            raise ValueError(f"labels={labels} was given, but different, non-empty texts are needed: mend the list.")
        return self._remembered(
            "label_scores", [prompts, labels, per_token], lambda: self._score(prompts, labels, per_token)
        )

    def log_likelihood(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Log-probability of each whole text, in nats, float64 (n,); the first token is predicted from the start token.

        Raises ValueError if a text is empty or longer than ``context_length`` tokens.
        """
        return self._likelihoods(texts)[:, 0]

    def perplexity(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Perplexity of each text, float64 (n,), at least 1: exp of the mean negative log-probability of a token.

        It depends on how the tokeniser cuts: compare models by :meth:`bits_per_character` instead. Errors as in
        :meth:`log_likelihood`.
        """
        total, tokens = self._likelihoods(texts).T
        return np.asarray(np.exp(-total / tokens))

    def bits_per_character(self, texts: Sequence[str]) -> float:
        """How many bits a character an ideal coder with this model's predictions needs for all texts together.

        −Σ log₂ p(text) / Σ characters (Shannon 1948). Errors as in :meth:`log_likelihood`.
        """
        characters = sum(map(len, texts))
        return float(-self.log_likelihood(texts).sum() / np.log(2) / characters)

    def hidden_states(
        self, texts: Sequence[str], *, layer: int | None = None, pooling: Pooling = "last"
    ) -> NDArray[np.float32]:
        """What the model makes of each text: one vector, float32 (n, d).

        Args:
            texts: n texts, none empty.
            layer: 0 for the embeddings, 1 for the first layer's output, …; by default the last, normalised.
            pooling: the vector of the ``"last"`` token, the only one that has seen the whole text, or the ``"mean"``.

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
        """The k most likely next tokens after a prompt, as text, each with its probability."""
        rows = self._vocabulary.encode([prompt])
        rows = rows if rows[0] else self._rows([prompt], allow_empty=True)
        with torch.inference_mode():
            run = self.model(input_ids=torch.tensor([rows[0]]), logits_to_keep=1, use_cache=False)
            probabilities, tokens = torch.softmax(run.logits[0, -1].float(), dim=-1).topk(k)
        return [(self.tokenizer.decode([int(t)]), float(p)) for t, p in zip(tokens, probabilities, strict=True)]

    def generate(
        self, prompts: Sequence[str], max_new_tokens: int = 20, *, temperature: float = 0.0, seed: int = 0
    ) -> list[str]:
        """What the model says after each prompt: at most ``max_new_tokens`` tokens, without the prompt.

        ``temperature`` 0 takes the likeliest token each time; above 0, tokens are drawn, in the way ``seed`` decides.
        """
        rows = [
            row or self._rows([""], allow_empty=True)[0] for row in self._vocabulary.encode(_texts(prompts, "prompts"))
        ]
        self._check_lengths(rows, max_new_tokens)
        sampling = {"do_sample": True, "temperature": temperature} if temperature > 0 else {"do_sample": False}
        said = []
        with torch.inference_mode(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for row in rows:
                ids = torch.tensor([row])
                run = self.model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=max_new_tokens,
                    pad_token_id=self.tokenizer.eos_token_id,
                    **sampling,
                )
                said.append(self.tokenizer.decode(run[0, len(row) :], skip_special_tokens=True))
        return said

    @property
    def has_chat_template(self) -> bool:
        """Whether the model was tuned on conversations and says how they are written."""
        return self.tokenizer.chat_template is not None

    def chat(self, conversations: Sequence[Sequence[Message]]) -> list[str]:
        """Conversations as this model was tuned to read them, up to where its answer begins: labels follow, unspaced.

        Raises ValueError if the model has no chat template.
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

    def num_tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """How many tokens each text has, int64 (n,)."""
        return np.array([len(row) for row in self._vocabulary.encode(texts)], dtype=np.int64)

    def _score(self, prompts: list[str], labels: list[str], per_token: bool) -> NDArray[np.float64]:
        if not prompts:
            return np.empty((0, len(labels)))
        queries = self._vocabulary.queries(prompts, labels)
        self._check_lengths([query.context for query in queries], max(len(c) for q in queries for c in q.continuations))
        scores = scoring.continuation_scores(self.model, queries)
        if per_token:
            scores = scores / np.array([[len(tokens) for tokens in query.continuations] for query in queries])
        return scores

    def _likelihoods(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """For each text its log-probability and how many tokens that was of: (n, 2)."""
        texts = _texts(texts, "texts")

        def compute() -> NDArray[np.float64]:
            rows = scoring.text_scores(self.model, self._rows(texts))
            return np.array([(row.sum(), len(row)) for row in rows]).reshape(-1, 2)

        return self._remembered("likelihoods", [texts], compute)

    def _hidden(self, rows: list[Tokens], layer: int | None, pooling: Pooling) -> NDArray[np.float32]:
        vectors = np.empty((len(rows), self.model.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for batch, states in scoring.hidden_batches(self.model, rows, "Encoding", layer):
                for i, state in zip(batch, states, strict=True):
                    vectors[i] = (state[-1] if pooling == "last" else state[1:].float().mean(dim=0)).float().numpy()
        return vectors

    def _rows(self, texts: list[str], allow_empty: bool = False) -> list[Tokens]:
        rows = self._vocabulary.from_start(texts)
        if not allow_empty and any(len(row) < 2 for row in rows):
            raise ValueError(
                f"Text {next(i for i, row in enumerate(rows) if len(row) < 2)} is empty, but a text needs at least one "
                "character: leave it out."
            )
        self._check_lengths(rows)
        return rows

    def _check_lengths(self, rows: Sequence[Tokens], more: int = 0) -> None:
        for i, row in enumerate(rows):
            if len(row) + more > self.context_length:
                raise ValueError(
                    f"Prompt {i} has {len(row)} tokens{f', and {more} more are to follow' if more else ''}, but "
                    f"{self.name} reads at most {self.context_length} in all: shorten it or take fewer examples."
                )

    def _remembered(self, method: str, arguments: list[Any], compute: Callable[[], NDArray[Number]]) -> NDArray[Number]:
        if not self.remember:
            return compute()
        return remembered([self.fingerprint, self.dtype, method, *arguments], compute)

    def _check_scores(self) -> None:
        """Compare with the model's own way to logits: some have more after their last layer than a matrix."""
        prompts, labels = ["one two three", "one two four five"], [" six", " seven eight"]
        queries = self._vocabulary.queries(prompts, labels)
        fast = scoring.continuation_scores(self.model, queries)
        plain = np.array([[_plain_score(self.model, q.context, c) for c in q.continuations] for q in queries])
        if not np.allclose(fast, plain, atol=1e-3 if self.dtype == "float32" else 0.3):
            raise ValueError(
                f"{self.name} computes its answers in a way that quick scoring does not reproduce (off by "
                f"{np.abs(fast - plain).max():.3g} nats): choose a causal model of the Llama, Qwen or Gemma kind."
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
