"""The study of prompts: what is shipped is what would be asked, it resumes, and the model still answers like that."""

import dataclasses
import json

import numpy as np
import pytest

from tests.support.tiny_model import tiny_model
from utils.data import load_reviews
from utils.data.assets import AssetError
from utils.prompting import LanguageModel, Prompt, study


@pytest.fixture(scope="module")
def shipped():
    return study.load()


class TestWhatIsShipped:
    def test_holds_each_prompt_of_the_study_as_it_would_be_asked_now(self, shipped):
        wanted = {trial.key: trial for trial in study.trials()}
        assert list(shipped["trials"]) == list(wanted)
        assert list(shipped["other_trials"]) == [key for key, trial in wanted.items() if trial.part == "test"]
        for records in (shipped["trials"], shipped["other_trials"]):
            for key, record in records.items():
                assert record["prompt"] == json.loads(json.dumps(dataclasses.asdict(wanted[key].prompt)))
                assert np.shape(record["scores"]) == (study.REVIEWS[record["part"]], 2)
                assert np.max(record["scores"]) <= 0

    def test_says_where_it_comes_from(self, shipped):
        assert shipped["command"] == "python -m utils.prompting.study"
        assert shipped["date"] >= "2026"
        assert {"python", "torch", "transformers", "peft"} <= set(shipped["versions"])
        assert set(shipped["models"]) == {study.MODEL, study.OTHER}

    def test_holds_each_training(self, shipped):
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
        calibrated = study.predictions(record, calibrated=True)
        assert table.loc[("validation", "examples", "4", 1), "calibrated_accuracy"] == np.mean(calibrated == labels)
        assert table[["accuracy", "positive"]].to_numpy().min() >= 0


def test_labelled_reviews_are_balanced_training_reviews():
    train = set(load_reviews("movies", "train")["text"])
    for n in study.LABELS:
        chosen = study.labelled(n, seed=0)
        assert chosen["label"].value_counts().to_dict() == {0: n // 2, 1: n // 2}
        assert set(chosen["text"]) <= train
        assert chosen.index.is_unique
        assert set(chosen.index) != set(study.labelled(n, seed=1).index)


class TestCommand:
    @pytest.fixture
    def calls(self, monkeypatch):
        """A study of two prompts and one training, of a tiny model; the list of what is computed."""
        made: list[str] = []

        def load(name):
            if name == study.OTHER:
                raise AssetError("It is optional.")
            return tiny_model(context_length=256)

        def noted(function):
            compute = getattr(study, function)
            return lambda *given: made.append(function) or compute(*given)

        prompt = Prompt("Is it good?", [("a fine film", 1)])
        monkeypatch.setattr(study, "REVIEWS", {"validation": 4, "test": 4})
        monkeypatch.setattr(study, "LABELS", (2,))
        monkeypatch.setattr(study, "TRAININGS", 1)
        monkeypatch.setattr(
            study, "trials", lambda: iter([study.Trial("examples", "1", d, "test", prompt) for d in (0, 1)])
        )
        monkeypatch.setattr(LanguageModel, "load", lambda name, **_: load(name))
        for function in ("ask", "train", "describe"):
            monkeypatch.setattr(study, function, noted(function))
        return made

    def test_computes_once_and_resumes(self, calls, tmp_path, capsys):
        path = tmp_path / "study.json"
        assert study.main(["--into", str(path)]) == 0
        assert calls == ["ask", "ask", "describe", "train"]
        first = study.load(path)
        assert np.shape(first["trials"]["test/examples/1/0"]["scores"]) == (4, 2)
        assert np.shape(first["trainings"]["2/0"]["probabilities"]) == (4,)
        assert "left as it is" in capsys.readouterr().out
        del first["trials"]["test/examples/1/1"]
        path.write_text(json.dumps(first))
        assert study.main(["--into", str(path)]) == 0
        assert calls[4:] == ["ask"]
        assert len(study.load(path)["trials"]) == 2
        assert study.main(["--into", str(path), "--fresh"]) == 0
        assert calls[5:] == ["ask", "ask", "describe", "train"]


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
