"""Tuning on instructions: what is tuned on, what the shipped file has, and a small study of one's own."""

import numpy as np
import pytest

from tests.support.tiny_model import tiny_model
from utils.holistic import instructions
from utils.prompting import LoraSettings, Prompt, classify, finetune_on_tasks, study


def test_no_task_of_the_tuning_is_about_sentiment():
    names = [task.name for task in instructions.tasks()]
    assert names == [
        "odd one out",
        "larger number",
        "even or odd",
        "negation",
        "opposites",
        "kind of thing",
        "spelling",
    ]
    words = {word for task in instructions.tasks() for word in task.label_words}
    assert not words & {"positive", "negative", "good", "bad"}


def test_the_questions_differ_in_their_instruction_only():
    asked = instructions.questions()
    assert [trial.prompt.instruction for trial in asked] == list(study.INSTRUCTIONS.values())
    assert all(not trial.prompt.examples and trial.part == "test" and not trial.chat for trial in asked)


def test_the_shipped_file_has_every_training_and_repeats_the_study_of_prompts():
    records = instructions.load()["records"]
    trainings = [f"{answers}/{seed}" for seed in range(instructions.TRAININGS) for answers in instructions.ANSWERS]
    assert list(records) == ["before", *trainings]
    for record in records.values():
        assert list(record["reviews"]) == list(study.INSTRUCTIONS)
        assert all(np.shape(answer["scores"]) == (200, 2) for answer in record["reviews"].values())
        assert list(record["tasks"]) == [task.name for task in instructions.tasks()]
    same = study.load()["other_trials"]["test/examples/0/0"]["scores"]
    np.testing.assert_allclose(records["before"]["reviews"]["decide"]["scores"], same, atol=0.02)


def test_a_small_study_resumes_and_its_trainings_differ(tmp_path):
    path, loaded = tmp_path / "own.json", []
    size = {"items": 4, "n": 6, "held_out": 4}

    def load_model():
        loaded.append(1)
        return tiny_model(context_length=1024)

    instructions.complete(path, load_model=load_model, trainings=1, **size)
    first = instructions.load(path)
    assert list(first["records"]) == ["before", "right/0", "shuffled/0"]
    scores = [record["reviews"]["decide"]["scores"] for record in first["records"].values()]
    assert scores[0] != scores[1] != scores[2]
    path.write_text(path.read_text("utf-8").replace('"right/0"', '"mine"'), "utf-8")
    instructions.complete(path, load_model=load_model, trainings=1, **size)
    again = instructions.load(path)
    assert list(again["records"]) == ["before", "mine", "shuffled/0", "right/0"]
    assert again["records"]["right/0"] == first["records"]["right/0"]
    assert again["records"]["mine"] == first["records"]["right/0"]


def test_shuffled_answers_are_the_same_answers_in_another_order(monkeypatch):
    given = {}

    def record(model, drawn, *, seed):
        given[seed, len(given)] = drawn

    monkeypatch.setattr(instructions, "finetune_on_tasks", record)
    for answers, seed in (("right", 0), ("shuffled", 0), ("right", 1)):
        instructions.tuned(None, answers, seed)
    right, shuffled, other = given.values()
    for (_, texts, labels), (_, same, permuted), (_, others, _) in zip(right, shuffled, other, strict=True):
        assert texts == same
        assert len(texts) == instructions.ITEMS
        assert not set(texts) & set(others)
        assert sorted(labels) == sorted(permuted)
        assert len(set(np.bincount(labels))) == 1
    assert any((labels != permuted).any() for (_, _, labels), (_, _, permuted) in zip(right, shuffled, strict=True))


def test_tuning_on_tasks_learns_more_than_one_task():
    model = tiny_model(context_length=1024)
    texts = ["one", "two", "three", "four"]
    first, second = (Prompt(word, (), "{text}\n{label}", ("no", "yes")) for word in ("First.", "Second."))
    settings = LoraSettings(epochs=60, batch_size=4, learning_rate=0.02)
    drawn = [(first, texts, [0, 0, 1, 1]), (second, texts, [1, 1, 0, 0])]
    tuned = finetune_on_tasks(model, drawn, settings=settings, seed=0)
    for prompt, _, labels in drawn:
        assert classify(tuned, prompt, texts).argmax(axis=1).tolist() == labels
    with pytest.raises(ValueError, match="No task was given"):
        finetune_on_tasks(model, [])
