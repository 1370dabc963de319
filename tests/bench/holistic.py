"""One scenario against lm-evaluation-harness: do equal items and prompts give equal accuracy?

The harness runs its own multiple-choice task, built from the scenario's items and prompts, and reports its own
accuracy. Topic 04's bench measures speed. The peer is not a dependency of the course: ``pip install lm_eval``.
"""

import os
from importlib.util import find_spec
from typing import Any

import numpy as np

from utils.holistic import ADAPTATIONS, SCENARIOS, Size
from utils.holistic.runs import examples
from utils.prompting import LanguageModel, Prompt, classify

SCENARIO, ITEMS = "negation", 24


def main() -> None:
    """Print the accuracy of both, and the largest difference of their scores, zero-shot and few-shot."""
    if not find_spec("lm_eval"):
        print("lm-evaluation-harness is skipped, because the package lm_eval is not installed")
        return
    model = LanguageModel.load(dtype="float32", remember=False)
    scenario = SCENARIOS[SCENARIO]
    items = scenario.items("test", ITEMS)
    texts, labels = items["text"].tolist(), items["label"].tolist()
    for name in ("zero-shot", "few-shot"):
        labelled = examples(scenario, ADAPTATIONS[name], Size(), seed=0)
        prompt = scenario.prompt(list(zip(labelled["text"], labelled["label"], strict=True)))
        accuracy = np.mean(classify(model, prompt, texts).argmax(axis=1) == labels)
        ours = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
        reported, theirs = harness_run(model, prompt, texts, labels)
        print(f"{SCENARIO}, {name}, {ITEMS} items: accuracy {accuracy:.4f}, lm-evaluation-harness {reported:.4f}")
        same = np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1))
        print(
            f"  same answers {same:.0%} (target: 100%), scores differ by at most {np.abs(ours - theirs).max():.5f} nats"
        )


def harness_run(model: LanguageModel, prompt: Prompt, texts: list[str], labels: list[int]) -> tuple[float, np.ndarray]:
    """The harness's own accuracy on a task of these texts, and the log-likelihoods (n, k) that it logged."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from datasets import Dataset
    from lm_eval import simple_evaluate
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.models.huggingface import HFLM

    documents = Dataset.from_dict({"question": [prompt.render(text) for text in texts], "answer": labels})
    settings: dict[str, Any] = {
        "task": "shared_scenario",
        "custom_dataset": lambda **_: {"test": documents},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": [word.removeprefix(" ") for word in prompt.continuations],
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc"}],
    }
    peer = HFLM(pretrained=model.model, tokenizer=model.tokenizer, batch_size=8, device="cpu")
    results = simple_evaluate(peer, tasks=[ConfigurableTask(config=settings)], log_samples=True, bootstrap_iters=0)
    assert results is not None
    logged = sorted(results["samples"]["shared_scenario"], key=lambda sample: sample["doc_id"])
    scores = np.array([[answer[0] for answer in sample["filtered_resps"]] for sample in logged], dtype=np.float64)
    return float(results["results"]["shared_scenario"]["acc,none"]), scores
