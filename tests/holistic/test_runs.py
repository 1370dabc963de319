"""One run: its examples, its answers, and the key under which they are stored."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import utils
from utils import holistic
from utils.holistic import ADAPTATIONS, MODELS, SCENARIOS, Adaptation, Answers, Size, runs
from utils.holistic.runs import code_version, examples

SMALL = Size(items=12, changed=6, pool=40)


def test_examples_are_balanced_and_drawn_by_the_seed():
    for name in ("negation", "odd one out"):
        scenario, adaptation = SCENARIOS[name], ADAPTATIONS["probe"]
        draws = [examples(scenario, adaptation, Size(pool=48), seed) for seed in (0, 0, 1)]
        assert draws[0]["label"].value_counts().nunique() == 1
        pd.testing.assert_frame_equal(draws[0], draws[1])
        assert draws[0]["text"].tolist() != draws[2]["text"].tolist()


def test_a_run_is_computed_once_and_again_when_its_description_changes(monkeypatch):
    calls = []

    def answer(model, scenario, examples, texts, seed):
        calls.append(len(texts))
        return Answers(np.full((len(texts), 2), 0.5), 1.0)

    adaptation, scenario = Adaptation("coin", 4, answer, seeds=2), SCENARIOS["negation"]
    first = holistic.outcome(MODELS["vader"], scenario, adaptation, SMALL)
    again = holistic.outcome(MODELS["vader"], scenario, adaptation, SMALL)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)
    assert len(calls) == 2
    assert calls[0] > calls[1] == SMALL.items, "changed and swapped texts are asked with the first draw only"
    holistic.outcome(MODELS["vader"], dataclasses.replace(scenario, instruction="Well?"), adaptation, SMALL)
    assert len(calls) == 4
    monkeypatch.setattr(runs, "_installed_code_version", lambda: "of another version")
    holistic.outcome(MODELS["vader"], scenario, adaptation, SMALL)
    assert len(calls) == 6


@pytest.fixture
def package(tmp_path):
    """A copy of the code of both topics, which a test may edit."""
    for topic in ("prompting", "holistic"):
        (tmp_path / topic).mkdir()
        for path in (Path(utils.__file__).parent / topic).glob("*.py"):
            shutil.copy(path, tmp_path / topic)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "holistic/adaptations.py",
        "holistic/embeddings.py",
        "holistic/models.py",
        "holistic/runs.py",
        "prompting/baselines.py",
        "prompting/calibration.py",
        "prompting/classification.py",
        "prompting/finetuning.py",
        "prompting/scoring.py",
        "prompting/of_a_later_version.py",
    ],
)
def test_stored_answers_are_not_those_of_other_code(package, name):
    """An adaptation is a few lines; the answers come from what it calls."""
    before = code_version(package)
    assert before == code_version()
    with (package / name).open("a") as file:
        file.write("# changed\n")
    assert code_version(package) != before


@pytest.mark.parametrize(
    "name", ["holistic/aggregation.py", "holistic/study.py", "holistic/words.py", "prompting/study.py"]
)
def test_code_that_only_reads_answers_or_chooses_texts_leaves_them_valid(package, name):
    before = code_version(package)
    assert (package / name).exists()
    with (package / name).open("a") as file:
        file.write("# changed\n")
    assert code_version(package) == before
