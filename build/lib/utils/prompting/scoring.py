"""Log-probabilities of continuations of contexts, computed for many at once.

A plain loop runs the whole prompt again for every text and every label, and computes logits over the vocabulary at
every position. Here

- a prefix that contexts share is run once, and all of them attend to its keys and values;
- the rest is run in batches of similar length, so that there is little padding;
- continuations of several tokens share their first tokens: they follow their context as a tree, in which each token
  attends only to its own branch;
- logits are computed only at the positions of an answer.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from utils.arrays import FloatArray
from utils.prompting.tokens import Group, Query, Tokens, shared_prefixes

#: Tokens per batch: enough for matrix products at full speed, few enough for tens of megabytes.
BATCH_TOKENS = 512

_LOGIT_ROWS = 128


@torch.inference_mode()
def continuation_scores(model: Any, queries: Sequence[Query], label: str = "Scoring") -> FloatArray:
    """Log-probabilities (n, k), in nats, of the k continuations of each of n queries, by a causal model."""
    answers: dict[Query, list[float]] = {}
    unique = list(dict.fromkeys(queries))
    with tqdm(total=len(unique), desc=label, unit="prompt", leave=False, delay=1) as bar:
        for group in shared_prefixes([query.context for query in unique]):
            prefix = unique[group.members[0]].context[: group.shared]
            shared = _Prefix(model, prefix)
            for batch in _batches(unique, group):
                members = [unique[i] for i in batch]
                for query, row in zip(members, _score_batch(model, shared, members), strict=True):
                    answers[query] = row
                bar.update(len(batch))
    return np.array([answers[query] for query in queries], dtype=np.float64)


def packed_losses(
    model: Any, states: Tensor, prefix: Tokens, rests: Sequence[Tokens], answers: Sequence[int]
) -> Tensor:
    """−log p, in nats, of the answer that ends each of n rows, with gradients for trainable weights: (n,).

    ``states`` (tokens, d) are the inputs of the model's first layer: of the prefix, which all rows share, then of each
    row's rest. ``answers`` is the number of tokens of each row's answer.
    """
    run = run_packed(model, prefix, rests, inputs_embeds=states[None]).last_hidden_state[0]
    ends = len(prefix) + np.cumsum([len(rest) for rest in rests])
    losses = []
    for rest, end, length in zip(rests, ends, answers, strict=True):
        log_p = _log_softmax(model, run[end - length - 1 : end - 1])
        losses.append(-log_p.gather(1, torch.tensor(rest[len(rest) - length :])[:, None]).sum())
    return torch.stack(losses)


def run_packed(model: Any, prefix: Tokens, rests: Sequence[Tokens], **inputs: Tensor) -> Any:
    """All rows as one, without padding: the prefix stands once, and each rest attends to it and to itself.

    ``inputs`` are the tokens in this order, as ``input_ids`` or ``inputs_embeds``.
    """
    lengths = torch.tensor([len(rest) for rest in rests])
    owner = torch.cat([torch.full((len(prefix),), -1), torch.arange(len(rests)).repeat_interleave(lengths)])
    positions = torch.cat([torch.arange(len(prefix)), *(len(prefix) + torch.arange(len(rest)) for rest in rests)])
    at = torch.arange(len(owner))
    visible = ((owner[:, None] == owner) | (owner == -1)) & (at[:, None] >= at)
    mask = torch.zeros(visible.shape, dtype=model.dtype).masked_fill(~visible, torch.finfo(model.dtype).min)
    return model.base_model(**inputs, position_ids=positions[None], attention_mask=mask[None, None], use_cache=False)


@torch.inference_mode()
def text_scores(model: Any, rows: Sequence[Tokens], label: str = "Reading") -> list[FloatArray]:
    """For each row of tokens, the log-probability in nats of each token but the first, given the tokens before it."""
    scores: list[FloatArray] = [np.empty(0)] * len(rows)
    for batch, hidden in hidden_batches(model, rows, label):
        for row, states in zip(batch, hidden, strict=True):
            tokens = torch.tensor(rows[row])
            parts = [
                _log_softmax(model, states[at : at + _LOGIT_ROWS])
                .gather(1, tokens[at + 1 : at + 1 + _LOGIT_ROWS, None])
                .squeeze(1)
                for at in range(0, len(tokens) - 1, _LOGIT_ROWS)
            ]
            scores[row] = torch.cat(parts).double().numpy() if parts else np.empty(0)
    return scores


@torch.inference_mode()
def hidden_batches(
    model: Any, rows: Sequence[Tokens], label: str, layer: int | None = None
) -> Iterator[tuple[list[int], list[Tensor]]]:
    """Positions of rows and their hidden states, each (length, d), batch by batch.

    ``layer`` counts from 0, the embeddings; None is the last one, after its normalisation.
    """
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with tqdm(total=len(rows), desc=label, unit="text", leave=False, delay=1) as bar:
        for batch in cut(order, [len(row) for row in rows]):
            lengths = [len(rows[i]) for i in batch]
            ids = torch.zeros(len(batch), max(lengths), dtype=torch.long)
            for at, i in enumerate(batch):
                ids[at, : lengths[at]] = torch.tensor(rows[i])
            mask = _causal(max(lengths), model.dtype)[None, None]
            run = model.base_model(
                input_ids=ids, attention_mask=mask, use_cache=False, output_hidden_states=layer is not None
            )
            states = run.last_hidden_state if layer is None else run.hidden_states[layer]
            yield batch, [states[at, :length] for at, length in enumerate(lengths)]
            bar.update(len(batch))


class _Prefix:
    """Keys and values of a prefix, read by any number of rows at once without a copy for each of them."""

    def __init__(self, model: Any, prefix: Tokens) -> None:
        from transformers.cache_utils import DynamicCache

        self.length = len(prefix)
        self._cache = DynamicCache()
        if prefix:
            model.base_model(input_ids=torch.tensor([prefix]), past_key_values=self._cache, use_cache=True)

    def reader(self) -> Any:
        """The cache that a batch is run with; None if the prefix is empty."""
        return _read_only_cache(self._cache) if self.length else None


def _read_only_cache(prefix: Any) -> Any:
    """A cache that shows each row of a batch the prefix, and stores nothing.

    It subclasses ``DynamicLayer``, an internal class of transformers, and relies on its ``update`` and ``keys`` and
    ``values``; tests/prompting/test_scoring.py fails where a version changes these. The public ``DynamicCache`` would
    have to be copied and repeated for every batch, because a forward pass appends to it.
    """
    from transformers.cache_utils import Cache, DynamicLayer

    layer_class: Any = DynamicLayer

    class ReadOnlyLayer(layer_class):  # type: ignore[misc]
        """Returns the prefix followed by the new keys and values, but does not store these."""

        def update(self, keys: Tensor, values: Tensor, *args: Any, **options: Any) -> tuple[Tensor, Tensor]:
            both = ((self.keys, keys), (self.values, values))
            joined = [torch.cat([old.expand(len(new), -1, -1, -1), new], dim=-2) for old, new in both]
            return joined[0], joined[1]

    layers: list[Any] = []
    for source in prefix.layers:
        layer = ReadOnlyLayer()
        layer.lazy_initialization(source.keys, source.values)
        layer.keys, layer.values = source.keys, source.values
        layers.append(layer)
    return Cache(layers=layers)


def _batches(queries: Sequence[Query], group: Group) -> Iterator[list[int]]:
    """Members with the same continuations, in batches of similar length."""
    by_continuations: dict[tuple[Tokens, ...], list[int]] = {}
    for i in group.members:
        by_continuations.setdefault(queries[i].continuations, []).append(i)
    for continuations, members in by_continuations.items():
        extra = len(_branches(continuations)) - group.shared
        lengths = {i: len(queries[i].context) + extra for i in members}
        yield from cut(sorted(members, key=lambda i: lengths[i]), lengths)


def cut(order: Sequence[int], lengths: Any) -> Iterator[list[int]]:
    """Cut an order of increasing lengths into batches of about BATCH_TOKENS, padding included."""
    batch: list[int] = []
    for i in order:
        if batch and (len(batch) + 1) * lengths[i] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _branches(continuations: tuple[Tokens, ...]) -> list[Tokens]:
    """The proper prefixes of continuations, which the model reads to score their next tokens; short ones first."""
    return sorted({tokens[:n] for tokens in continuations for n in range(1, len(tokens))}, key=lambda b: (len(b), b))


def _score_batch(model: Any, prefix: _Prefix, queries: Sequence[Query]) -> list[list[float]]:
    """Scores of queries that have the same continuations and whose contexts begin with the prefix."""
    continuations = queries[0].continuations
    branches = _branches(continuations)
    rests = [query.context[prefix.length :] for query in queries]
    width, n = max(map(len, rests)), len(rests)
    ids = torch.zeros(n, width + len(branches), dtype=torch.long)
    positions = prefix.length + torch.arange(width + len(branches)).repeat(n, 1)
    for row, rest in enumerate(rests):
        ids[row, : len(rest)] = torch.tensor(rest)
        for at, branch in enumerate(branches):
            ids[row, width + at] = branch[-1]
            positions[row, width + at] = prefix.length + len(rest) + len(branch) - 1
    cache = prefix.reader()
    states = model.base_model(
        input_ids=ids,
        position_ids=positions,
        attention_mask=_tree_mask(prefix.length, [len(rest) for rest in rests], branches, model.dtype),
        past_key_values=cache,
        use_cache=cache is not None,
    ).last_hidden_state
    ends = torch.tensor([len(rest) - 1 for rest in rests])
    # After the context's last token for the empty branch, then after each branch in order.
    log_p: dict[Tokens, Tensor] = {(): _log_softmax(model, states[torch.arange(n), ends])}
    for at, branch in enumerate(branches):
        log_p[branch] = _log_softmax(model, states[:, width + at])
    columns = [
        torch.stack([log_p[tokens[:i]][:, token] for i, token in enumerate(tokens)]).sum(dim=0)
        for tokens in continuations
    ]
    rows: list[list[float]] = torch.stack(columns, dim=1).tolist()
    return rows


def _tree_mask(past: int, lengths: Sequence[int], branches: Sequence[Tokens], dtype: torch.dtype) -> Tensor:
    """The additive attention mask: (n or 1, 1, width + branches, past + width + branches)."""
    width, extra = max(lengths), len(branches)
    causal = _causal(width, dtype)
    if not branches:
        return torch.cat([torch.zeros(width, past, dtype=dtype), causal], dim=1)[None, None]
    lowest = torch.finfo(dtype).min
    mask = torch.full((len(lengths), width + extra, past + width + extra), lowest, dtype=dtype)
    mask[:, :, :past] = 0
    mask[:, :width, past : past + width] = causal
    for row, length in enumerate(lengths):
        mask[row, width:, past : past + length] = 0
    for at, branch in enumerate(branches):
        for other, beginning in enumerate(branches):
            if branch[: len(beginning)] == beginning:
                mask[:, width + at, past + width + other] = 0
    return mask[:, None]


def _causal(width: int, dtype: torch.dtype) -> Tensor:
    return torch.full((width, width), torch.finfo(dtype).min, dtype=dtype).triu(1)


def _log_softmax(model: Any, states: Tensor) -> Tensor:
    """Log-probabilities (rows, vocabulary) in float32 after states (rows, d)."""
    logits = model.get_output_embeddings()(states).float()
    cap = getattr(model.config, "final_logit_softcapping", None)
    if cap:
        logits = cap * torch.tanh(logits / cap)
    return torch.log_softmax(logits, dim=-1)
