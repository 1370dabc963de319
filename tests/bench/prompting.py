"""Speed of label scores: milliseconds per review with four examples, against three peers, on the same prompts.

The peers are not dependencies of the course: ``pip install lm_eval llama-cpp-python`` (the latter is compiled, which
takes about ten minutes). A peer that is not installed is skipped with a message.
"""

import ctypes
import os
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray

from utils.data import load_reviews
from utils.data.assets import asset_path
from utils.prompting import LanguageModel, Prompt, draw_examples
from utils.prompting.tokens import common_length

REVIEWS = 48
#: Methods that run each prompt as a whole are slow, and take equally long for each: they score the first few only.
FEW = 12
ROUNDS = 3

Way = Callable[[list[str], tuple[str, ...]], NDArray[np.float64]]


def main() -> None:
    """Print milliseconds per review, the ratios, the largest difference of scores, and the share of peak speed."""
    model = LanguageModel.load(dtype="float32", remember=False)
    reviews = load_reviews("movies", "validation", lukewarm=1, balanced=True, limit=REVIEWS)
    examples = draw_examples(load_reviews("movies", lukewarm=1), 4, np.random.default_rng(0))
    prompt = Prompt("Decide whether the movie review is positive or negative.", examples)
    prompts = [prompt.render(text) for text in reviews["text"]]
    ways: dict[str, tuple[Way, int, float]] = {"a plain transformers loop": (plain_loop(model), FEW, 5)}
    if find_spec("lm_eval"):
        ways["lm-evaluation-harness"] = (harness(model), FEW, 4)
    if find_spec("llama_cpp"):
        ways["llama.cpp, prefix cached"] = (llama_cpp(model), REVIEWS, 1.5)
    for name, package in {"lm-evaluation-harness": "lm_eval", "llama.cpp, prefix cached": "llama_cpp"}.items():
        if name not in ways:
            print(f"{name} is skipped, because the package {package} is not installed")

    own_seconds, seconds, scores = np.inf, dict.fromkeys(ways, np.inf), {}
    for _ in range(ROUNDS):  # alternating, so that other load on the machine affects all equally; the best round counts
        elapsed, expected = timed(model.label_scores, prompts, prompt.continuations)
        own_seconds = min(own_seconds, elapsed)
        for name, (way, count, _) in ways.items():
            elapsed, scores[name] = timed(way, prompts[:count], prompt.continuations)
            seconds[name] = min(seconds[name], elapsed)
    contexts = model._vocabulary.encode(prompts)
    shared = common_length(contexts)
    tokens = shared + sum(len(context) - shared for context in contexts)
    print(f"{REVIEWS} reviews, four examples: {shared} tokens shared, {tokens / REVIEWS:.0f} per review to compute")
    print(f"{model.dtype}, {torch.get_num_threads()} threads, best of {ROUNDS} alternating rounds")
    print(f"  utils.prompting              {own_seconds * 1e3:6.0f} ms per review")
    for name, (_, count, target) in ways.items():
        ratio, difference = seconds[name] / own_seconds, np.abs(scores[name] - expected[:count]).max()
        print(f"  {name:27s}  {seconds[name] * 1e3:6.0f} ms per review, ratio {ratio:5.1f} (target: at least {target})")
        print(f"  {'':27s}  scores differ by at most {difference:.5f} nats")
    reached, peak = tokens / REVIEWS * 2 * layer_weights(model) / own_seconds, matrix_peak()
    print(
        f"  matrix products              {reached / 1e9:6.0f} GFLOP/s of {peak / 1e9:.0f}: {reached / peak:.0%} of peak"
    )


def timed(way: Way, prompts: list[str], labels: tuple[str, ...]) -> tuple[float, NDArray[np.float64]]:
    """Seconds per prompt, and the scores (n, k)."""
    started = time.perf_counter()
    scores = way(prompts, labels)
    return (time.perf_counter() - started) / len(prompts), scores


def plain_loop(model: LanguageModel) -> Way:
    """One forward pass of the whole prompt per review; both labels are read from it, since each is one token."""

    @torch.inference_mode()
    def way(prompts: list[str], labels: tuple[str, ...]) -> NDArray[np.float64]:
        tokens = [model.tokenizer(label).input_ids[0] for label in labels]
        rows = []
        for prompt in prompts:
            logits = model.model(**model.tokenizer(prompt, return_tensors="pt")).logits
            rows.append(torch.log_softmax(logits[0, -1], dim=-1)[tokens].numpy())
        return np.array(rows, dtype=np.float64)

    return way


def harness(model: LanguageModel) -> Way:
    """lm-evaluation-harness: one loglikelihood request per review and label, as in its multiple-choice tasks."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    peer = HFLM(pretrained=model.model, tokenizer=model.tokenizer, batch_size=8, device="cpu")

    def way(prompts: list[str], labels: tuple[str, ...]) -> NDArray[np.float64]:
        requests = [
            Instance(request_type="loglikelihood", doc={}, arguments=(prompt, label), idx=i)
            for i, (prompt, label) in enumerate((prompt, label) for prompt in prompts for label in labels)
        ]
        answers = peer.loglikelihood(requests, disable_tqdm=True)
        return np.array([score for score, _ in answers]).reshape(len(prompts), len(labels))

    return way


def llama_cpp(model: LanguageModel) -> Way:
    """llama.cpp on the quantised weights; the prefix that a prompt shares with the previous one stays in its cache."""
    import llama_cpp as peer

    threads = torch.get_num_threads()
    llama = peer.Llama(
        str(asset_path("smollm2-135m")), n_ctx=1024, n_threads=threads, n_threads_batch=threads, verbose=False
    )
    size = llama.n_vocab()

    def way(prompts: list[str], labels: tuple[str, ...]) -> NDArray[np.float64]:
        columns = [model.tokenizer(label).input_ids[0] for label in labels]
        rows, before = [], ()
        llama.reset()
        for tokens in model._vocabulary.encode(prompts):
            llama.n_tokens = min(common_length([before, tokens]), len(tokens) - 1) if before else 0
            llama.eval(list(tokens[llama.n_tokens :]))
            before = tokens
            pointer = peer.llama_get_logits_ith(llama.ctx, -1)
            logits = np.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (size,))
            logits = logits.astype(np.float64)
            rows.append(logits[columns] - np.logaddexp.reduce(logits))
        return np.array(rows)

    return way


def layer_weights(model: LanguageModel) -> int:
    """The number of weights that each token is multiplied with: all but those of the vocabulary."""
    return model.num_parameters - model.model.get_input_embeddings().weight.numel()


def matrix_peak() -> float:
    """Operations per second of the machine's float32 matrix product, the best over shapes like the model's."""
    best = 0.0
    for rows, inner, columns in [(512, 576, 1536), (512, 1536, 576), (1024, 1024, 1024), (2048, 2048, 2048)]:
        left, right = torch.randn(rows, inner), torch.randn(columns, inner)
        for _ in range(10):
            started = time.perf_counter()
            torch.nn.functional.linear(left, right)
            best = max(best, 2 * rows * inner * columns / (time.perf_counter() - started))
    return best
