"""The study of prompts: the shipped file matches the study, a run resumes, and the model still gives these answers."""

import dataclasses
import json

import numpy as np
import pytest

from tests.support.tiny_model import tiny_model
from utils.data import load_reviews
from utils.data.assets import AssetError
from utils.prompting import LanguageModel, Prompt, label_probabilities, study


@pytest.fixture(scope="module")
def shipped():
    return study.load()


class TestWhatIsShipped:
    def test_has_each_prompt_of_the_study(self, shipped):
        planned = {trial.key: trial for trial in study.trials()}
        assert list(shipped["trials"]) == list(planned)
        assert list(shipped["other_trials"]) == [key for key, trial in planned.items() if study.of_both_models(trial)]
        for records in (shipped["trials"], shipped["other_trials"]):
            for key, record in records.items():
                assert record["prompt"] == json.loads(json.dumps(dataclasses.asdict(planned[key].prompt)))
                assert np.shape(record["scores"]) == (study.REVIEWS[record["part"]], 2)
                assert np.max(record["scores"]) <= 0

    def test_says_where_it_comes_from(self, shipped):
        assert shipped["command"] == "python -m utils.prompting.study"
        assert shipped["date"] >= "2026"
        assert {"python", "torch", "transformers", "peft"} <= set(shipped["versions"])
        assert set(shipped["models"]) == {study.MODEL, study.OTHER}

    def test_has_each_training(self, shipped):
        assert [tuple(map(int, key.split("/"))) for key in shipped["trainings"]] == [
            (n, seed) for n in study.LABELS for seed in range(study.TRAININGS)
        ]
        for record in shipped["trainings"].values():
            assert np.shape(record["probabilities"]) == (study.REVIEWS["test"],)
            assert 0 <= np.min(record["probabilities"]) <= np.max(record["probabilities"]) <= 1
            assert record["training_seconds"] > 0

    def test_table_counts_right_answers(self, shipped):
        table = study.table(shipped).set_index(["part", "kind", "setting", "draw"])
        assert len(table) == len(shipped["trials"])
        record = shipped["trials"]["validation/examples/4/1"]
        scores, labels = np.array(record["scores"]), study.reviews("validation")["label"].to_numpy()
        assert table.loc[("validation", "examples", "4", 1), "accuracy"] == np.mean(
            (scores[:, 1] > scores[:, 0]) == labels
        )
        row = table.loc[("validation", "examples", "4", 1)]
        calibrated = study.predictions(record, "content-free")
        assert row["calibrated_accuracy"] == np.mean(calibrated == labels)
        p = study.positive_probabilities(record)
        assert row["median_accuracy"] == np.mean((p > np.median(p)) == labels)
        assert row["median_positive"] == 0.5
        pairs = p[labels == 1][:, None] - p[labels == 0]
        assert row["auc"] == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)
        assert (row["examples"], row["last"], row["share"]) == (4, record["prompt"]["examples"][-1][1], 0.5)
        assert table[["accuracy", "positive"]].to_numpy().min() >= 0

    def test_calibration_with_two_labels_is_a_threshold(self, shipped):
        for record in list(shipped["trials"].values())[:20]:
            empty = label_probabilities(record["content_free"]).mean(axis=0)[1]
            above = study.positive_probabilities(record) > empty
            np.testing.assert_array_equal(above, study.predictions(record, "content-free"))


def test_the_last_label_is_crossed_with_the_share_of_positive_examples():
    planned = [trial for trial in study.trials() if trial.kind == "labels"]
    cells = {}
    for trial in planned:
        classes = [label for _, label in trial.prompt.examples]
        cells.setdefault((sum(classes), classes[-1]), []).append(trial)
    assert {cell: len(some) for cell, some in cells.items()} == dict.fromkeys(
        [(0, 0), (1, 0), (1, 1), (3, 0), (3, 1), (4, 1)], study.DRAWS
    )
    for positive in (1, 3):
        for one, other in zip(cells[positive, 0], cells[positive, 1], strict=True):
            assert sorted(one.prompt.examples) == sorted(other.prompt.examples), "only the order differs"


def test_labelled_reviews_are_balanced_training_reviews():
    train = set(load_reviews("movies", "train")["text"])
    for n in study.LABELS:
        reviews = study.labelled(n, seed=0)
        assert reviews["label"].value_counts().to_dict() == {0: n // 2, 1: n // 2}
        assert set(reviews["text"]) <= train
        assert reviews.index.is_unique
        assert set(reviews.index) != set(study.labelled(n, seed=1).index)


class TestRunning:
    @pytest.fixture
    def calls(self, monkeypatch):
        """The names of the computations, in their order."""
        names: list[str] = []

        def recording(function):
            compute = getattr(study, function)
            return lambda *arguments: names.append(function) or compute(*arguments)

        for function in ("ask", "train", "describe"):
            monkeypatch.setattr(study, function, recording(function))
        return names

    def test_computes_once_and_resumes(self, calls, tmp_path, capsys):
        path = tmp_path / "study.json"
        settings = study.StudySettings(reviews={"validation": 4, "test": 4}, labels=(2,), trainings=1)
        prompt = Prompt("Is it good?", [("a fine film", 1)])
        planned = [study.Trial("examples", "1", draw, "test", prompt) for draw in (0, 1)]

        def load_model(name):
            if name == study.OTHER:
                raise AssetError("It is optional.")
            return tiny_model(context_length=256)

        def complete(fresh=False):
            study.complete(planned, path, settings, fresh=fresh, load_model=load_model)

        complete()
        assert calls == ["ask", "ask", "describe", "train"]
        first = study.load(path)
        assert np.shape(first["trials"]["test/examples/1/0"]["scores"]) == (4, 2)
        assert np.shape(first["trainings"]["2/0"]["probabilities"]) == (4,)
        assert (first["command"], first["precision"]) == ("python -m utils.prompting.study", "float32")
        assert "left as they are" in capsys.readouterr().out
        del first["trials"]["test/examples/1/1"]
        path.write_text(json.dumps(first))
        complete()
        assert calls[4:] == ["ask"]
        assert len(study.load(path)["trials"]) == 2
        complete(fresh=True)
        assert calls[5:] == ["ask", "ask", "describe", "train"]

    def test_the_command_plans_every_trial_of_the_shipped_study(self, monkeypatch, tmp_path, shipped):
        plans = []
        monkeypatch.setattr(study, "complete", lambda planned, path, *, fresh: plans.append((planned, path, fresh)))
        assert study.main(["--into", str(tmp_path / "study.json"), "--fresh"]) == 0
        ((planned, path, fresh),) = plans
        assert [trial.key for trial in planned] == list(shipped["trials"])
        assert (path, fresh) == (tmp_path / "study.json", True)


@pytest.mark.slow
def test_the_model_answers_as_the_shipped_study_says(shipped):
    model = LanguageModel.load(study.MODEL, dtype="float32", remember=False)
    for key in ("test/examples/4/2", "validation/chat/4 examples/1", "validation/words/no / yes, 0 examples/0"):
        record = shipped["trials"][key]
        trial = next(trial for trial in study.trials() if trial.key == key)
        again = study.ask(model, trial, study.reviews(trial.part)["text"].tolist()[:8])
        np.testing.assert_allclose(again["scores"], record["scores"][:8], atol=0.01)
        np.testing.assert_allclose(again["content_free"], record["content_free"], atol=0.01)


@pytest.mark.slow
def test_a_training_of_the_shipped_study_comes_out_again(shipped):
    model = LanguageModel.load(study.MODEL, dtype="float32", remember=False)
    record = shipped["trainings"]["32/0"]
    again = study.train(model, 32, 0, study.reviews("test")["text"].tolist()[:40])
    assert again["trained_parameters"] == record["trained_parameters"]
    # Rounding grows over the steps of a training: the answers agree, their digits need not.
    agree = (np.array(again["probabilities"]) > 0.5) == (np.array(record["probabilities"][:40]) > 0.5)
    assert agree.mean() >= 0.9
