"""Fine-tuning by low-rank adapters: a model learns a task from labelled examples by gradient descent.

LoRA (Hu et al. 2021): a weight matrix W stays fixed, and a product B A of two thin matrices, added to it, is learned.
Only the last layers have adapters. Gradients stop there, and what the layers below compute never changes during a
training: it is computed once and kept. A step runs its texts as one row without padding, in which the beginning that
all prompts share stands once and each text attends to it and to itself.
"""

import contextlib
import copy
import dataclasses
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from tqdm.auto import tqdm

from utils.arrays import Float32Array
from utils.prompting.language_model import LanguageModel
from utils.prompting.prompt import Prompt
from utils.prompting.scoring import cut, packed_losses, run_packed
from utils.prompting.tokens import Query, Tokens, Vocabulary, common_length
from utils.store import remembered


@dataclass(frozen=True)
class LoraSettings:
    """How adapters are trained.

    rank: of the added products. layers: how many of the last layers have them. epochs: passes through the texts.
    batch_size: texts per step. learning_rate: of AdamW in the first step; it decreases linearly to 0.

    Raises:
        ValueError: if one of them is 0 or negative.
    """

    rank: int = 8
    layers: int = 10
    epochs: int = 3
    batch_size: int = 8
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not value > 0:
                raise ValueError(f"{name}={value} was given, but a training needs more than 0: choose a larger number.")


def finetune(
    model: LanguageModel,
    prompt: Prompt,
    texts: Sequence[str],
    labels: ArrayLike,
    *,
    settings: LoraSettings | None = None,
    seed: int = 0,
) -> LanguageModel:
    """A model that has learned to continue a prompt with the correct label word, from labelled texts.

    The loss is −log p(label word | prompt with the text); adapters on all matrices of the last layers minimise it. The
    model passed in is unchanged; the one returned shares its weights and adds its own adapters.

    Args:
        model: to start from, in float32.
        prompt: how the texts are presented; classify with the tuned model by the same prompt.
        texts, labels: n training texts with their classes (n,), each with a label word in the prompt.
        settings: of the training; :class:`LoraSettings` by default.
        seed: of the adapters' initial weights and of the order of the texts.

    Returns:
        The tuned model. If ``model.remember`` is set, its adapters are stored on disk (:mod:`utils.store`), and read
        from there by an equal call.

    Raises:
        ValueError: if the numbers of texts and labels differ or are 0, a label has no word, or a text is too long.
    """
    return finetune_on_tasks(model, [(prompt, texts, labels)], settings=settings, seed=seed)


def finetune_on_tasks(
    model: LanguageModel,
    tasks: Sequence[tuple[Prompt, Sequence[str], ArrayLike]],
    *,
    settings: LoraSettings | None = None,
    seed: int = 0,
) -> LanguageModel:
    """As :func:`finetune`, for several tasks at once, whose texts are mixed: tuning on instructions.

    Args:
        model: to start from, in float32.
        tasks: of each the prompt, the n texts, and their classes (n,); n may differ between tasks.
        settings: of the training; :class:`LoraSettings` by default.
        seed: of the adapters' initial weights and of the order of the texts.

    Returns:
        The tuned model, as by :func:`finetune`.

    Raises:
        ValueError: as :func:`finetune`, or if there is no task.
    """
    settings = settings or LoraSettings()
    if not tasks:
        raise ValueError("No task was given, but at least one is needed: give a prompt, its texts and their labels.")
    queries = [query for prompt, texts, labels in tasks for query in _queries(model, prompt, texts, labels)]
    tuned = _with_adapters(model.model, settings, seed)

    def train() -> Float32Array:
        _train(tuned, queries, settings, seed)
        return np.concatenate([weight.detach().numpy().ravel() for weight in _adapters(tuned)])

    if model.remember:
        description = ["finetune", model.fingerprint, dataclasses.asdict(settings), seed, queries]
        weights = remembered(description, train)
    else:
        weights = train()
    _fill(tuned, weights)
    fingerprint = f"{model.fingerprint} {hashlib.sha256(weights.tobytes()).hexdigest()}" if model.remember else ""
    name = f"{model.name}, fine-tuned"
    return LanguageModel(tuned, model.tokenizer, name, fingerprint=fingerprint, remember=model.remember)


def num_trained(model: LanguageModel) -> int:
    """How many weights a fine-tuned model's adapters have; 0 for a model without adapters."""
    return sum(weight.numel() for weight in _adapters(model.model))


def _queries(model: LanguageModel, prompt: Prompt, texts: Sequence[str], labels: ArrayLike) -> list[Query]:
    classes = np.asarray(labels)
    if len(texts) != len(classes) or not len(texts) or not np.isin(classes, range(len(prompt.label_words))).all():
        raise ValueError(
            f"{len(texts)} texts and {len(classes)} labels were given, but each text needs a label from 0 to "
            f"{len(prompt.label_words) - 1}, and at least one text is needed: give as many labels as texts."
        )
    vocabulary = Vocabulary(model.tokenizer, model.tokenizer.bos_token_id)
    all_labels = vocabulary.queries([prompt.render(text) for text in texts], prompt.continuations)
    queries = [Query(q.context, (q.continuations[c],)) for q, c in zip(all_labels, classes, strict=True)]
    longest = max(len(query.context) + len(query.continuations[0]) for query in queries)
    if longest > model.context_length:
        raise ValueError(
            f"A prompt has {longest} tokens with its answer, but {model.name} reads at most {model.context_length}: "
            "shorten the text or use fewer examples."
        )
    return queries


def _with_adapters(model: Any, settings: LoraSettings, seed: int) -> Any:
    """A copy that shares the weights, with new adapters, which are initialised to change nothing."""
    from peft import LoraConfig, inject_adapter_in_model

    shared = {id(weight): weight for weight in [*model.parameters(), *model.buffers()]}
    first = max(model.config.num_hidden_layers - settings.layers, 0)
    matrices = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    targets = [name for name in matrices if (layer := re.search(r"\.(\d+)\.", name)) and int(layer[1]) >= first]
    config = LoraConfig(r=settings.rank, lora_alpha=2 * settings.rank, target_modules=targets, task_type="CAUSAL_LM")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return inject_adapter_in_model(config, copy.deepcopy(model, shared))


def _adapters(model: Any) -> list[torch.nn.Parameter]:
    return [weight for name, weight in sorted(model.named_parameters()) if "lora_" in name]


@torch.no_grad()
def _fill(model: Any, values: Float32Array) -> None:
    start = 0
    for weight in _adapters(model):
        weight.copy_(torch.from_numpy(values[start : start + weight.numel()].reshape(weight.shape).copy()))
        weight.requires_grad_(False)
        start += weight.numel()


def _train(model: Any, queries: list[Query], settings: LoraSettings, seed: int) -> None:
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(_adapters(model), lr=settings.learning_rate, weight_decay=0.0)
    steps = settings.epochs * -(-len(queries) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    first = max(model.config.num_hidden_layers - settings.layers, 0)
    rows = [query.context + query.continuations[0] for query in queries]
    shared = min(common_length(rows), *(len(query.context) - 1 for query in queries))
    prefix, rests = rows[0][:shared], [row[shared:] for row in rows]
    fixed_prefix, fixed_rests = _fixed_states(model, prefix, rests, first)
    with (
        tqdm(total=steps, desc="Fine-tuning", unit="step", leave=False) as bar,
        torch.enable_grad(),
        _replaced(model, dict.fromkeys(range(first), _Unchanged())),
    ):
        for _ in range(settings.epochs):
            order = rng.permutation(len(queries))
            for start in range(0, len(order), settings.batch_size):
                batch = [int(i) for i in order[start : start + settings.batch_size]]
                optimiser.zero_grad()
                answers = [len(queries[i].continuations[0]) for i in batch]
                states = torch.cat([fixed_prefix, *(fixed_rests[i] for i in batch)])
                loss = packed_losses(model, states, prefix, [rests[i] for i in batch], answers).mean()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
                bar.update()
                bar.set_postfix(loss=f"{float(loss.detach()):.2f}")


@torch.no_grad()
def _fixed_states(model: Any, prefix: Tokens, rests: list[Tokens], layer: int) -> tuple[Tensor, list[Tensor]]:
    """The inputs of a layer in rows that begin with the same prefix: of the prefix (tokens, d), and of each rest."""
    found: dict[int, Tensor] = {}
    start, kept = torch.empty(0), _Unchanged()
    order = sorted(range(len(rests)), key=lambda i: len(rests[i]))
    with _replaced(model, dict.fromkeys(range(layer, model.config.num_hidden_layers), kept)):
        for batch in cut(order, [len(rest) for rest in rests]):
            members = [rests[i] for i in batch]
            tokens = torch.tensor([[*prefix, *(token for rest in members for token in rest)]])
            run_packed(model, prefix, members, input_ids=tokens)
            start, *parts = torch.split(kept.states[0], [len(prefix), *map(len, members)])
            found |= {i: part.clone() for i, part in zip(batch, parts, strict=True)}
    return start.clone(), [found[i] for i in range(len(rests))]


class _Unchanged(torch.nn.Module):
    """Stands for a layer: returns the states that it is given, and keeps them."""

    states: Tensor

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Tensor:
        self.states = hidden_states
        return hidden_states


@contextlib.contextmanager
def _replaced(model: Any, modules: Mapping[int, torch.nn.Module]) -> Iterator[None]:
    """The model with other modules in the place of some layers; all keep their numbers, on which masks may depend."""
    layers = model.base_model.layers
    before = {i: layers[i] for i in modules}
    try:
        for i, module in modules.items():
            layers[i] = module
        yield
    finally:
        for i, layer in before.items():
            layers[i] = layer
