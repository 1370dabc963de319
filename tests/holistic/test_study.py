"""The study: all runs on a cluster, the command, and rows of the shipped table computed again."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from tests.support.tiny_model import tiny_model
from utils import holistic
from utils.holistic import ADAPTATIONS, MODELS, SCENARIOS, Adaptation, Answers, Model, Size, study, table
from utils.holistic.models import language_model
from utils.holistic.runs import questions
from utils.store import CACHE_VARIABLE

SMALL = Size(items=12, changed=6, pool=40)
SETTINGS = study.StudySettings(SMALL)


def oracle(share, name="oracle"):
    """An adaptation that knows the answers, and gives the correct one for a share of the texts."""

    def answer(model, scenario, examples, texts, seed):
        truth = dict(zip(*(questions(scenario, SMALL)[column] for column in ("text", "label")), strict=True))
        k = len(scenario.label_words)
        rows = [np.eye(k)[(truth[text] + (i >= share * len(texts))) % k] for i, text in enumerate(texts)]
        return Answers(np.array(rows), 1.0)

    return Adaptation(name, 0, answer, seeds=1)


@pytest.fixture(scope="module")
def client():
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as connected:
        yield connected


def test_a_study_of_ones_own_is_run_and_written_and_read(client, tmp_path):
    models = [Model("knowing"), MODELS["vader"]]
    adaptations = [oracle(1.0), oracle(0.5, "half"), ADAPTATIONS["few-shot"]]
    scenarios = [SCENARIOS["negation"], SCENARIOS["odd one out"]]
    outcomes = study.complete(client, models, scenarios, adaptations, SETTINGS)
    assert next(iter(outcomes)) == ("negation", "knowing", "oracle")
    assert outcomes[table.Run("negation", "vader", "few-shot")] == "reads no prompt"
    written = table.write(outcomes, {"command": "test"}, tmp_path / "own.csv")
    read = table.load(tmp_path / "own.csv")
    pd.testing.assert_frame_equal(read, written.round(5), check_dtype=False)
    assert table.provenance(tmp_path / "own.csv") == {"command": "test"}
    assert set(read.loc[read["value"].isna(), "reason"]) >= {"reads no prompt"}
    assert (read.loc[read["value"].notna(), "reason"] == "").all()
    scores = table.scores(read, ["accuracy", "calibration error"])
    assert "knowing, few-shot" not in scores.index
    assert scores.loc["knowing, oracle", ("negation", "accuracy")] == 1.0
    assert (scores.xs("calibration error", axis=1, level=1) <= 0).all(axis=None), "lower is better, so it is turned"
    resampled = table.redrawn(table.outcomes(tmp_path / "own.csv"), scores, resamples=20)
    assert resampled.shape == (20, *scores.shape)
    assert holistic.rank_intervals(scores, resampled)["rank"].min() >= 1
    with pytest.raises(KeyError, match="no system 'nobody'"):
        table.scores(read, systems=["nobody"])


def test_the_command_writes_a_table(client, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study.dask_client, "connect", lambda *_: nullcontext(client))
    into = tmp_path / "table.csv"
    # Nothing applies to a lexicon where sentiment is not asked for, so that nothing has to be computed.
    assert study.main(["--models", "vader", "--scenarios", "negation", "--draws", "1", "--into", str(into)]) == 0
    assert "0 runs, 5 empty cells" in capsys.readouterr().out
    reasons = {"knows only positive and negative", "reads no prompt", "gives no features to learn from"}
    assert set(table.load(into)["reason"]) == reasons
    record = table.provenance(into)
    assert record["seeds"]["few-shot"] == [0]
    assert record["command"].startswith("python -m utils.holistic.study --models vader")
    assert record["cells"] == {"answered": 0, "empty": 5}


def test_what_is_not_afforded_is_empty_with_its_reason():
    tiny = tiny_model(context_length=1024)
    model, adaptations = language_model("tiny", lambda: tiny), [ADAPTATIONS["adapters"]]
    assert list(study.outcomes_of(model, SCENARIOS["negation"], adaptations, SETTINGS).values()) == [study.NOT_RUN]


@pytest.mark.parametrize("model", ["vader", "bag of words"])
def test_cheap_rows_of_the_shipped_table_come_out_again(model, monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE)
    size = Size(holistic.provenance()["items"], holistic.provenance()["changed"])
    adaptation = {"vader": "zero-shot", "bag of words": "probe"}[model]
    stored = holistic.outcomes()[table.Run("movies", model, adaptation)]
    # An empty folder for results, beside the assets that are there.
    monkeypatch.setattr("utils.holistic.runs.remembered", lambda _, compute: compute())
    again = holistic.outcome(MODELS[model], SCENARIOS["movies"], ADAPTATIONS[adaptation], size)
    np.testing.assert_allclose(again.probabilities, stored.probabilities, atol=2e-5)
    np.testing.assert_array_equal(again.labels, stored.labels)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "adaptation"), [("smollm2-135m", "few-shot"), ("sentence embeddings", "probe")])
def test_a_slice_of_the_shipped_table_comes_out_again(model, adaptation, monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setattr("utils.holistic.runs.remembered", lambda _, compute: compute())
    size = Size(holistic.provenance()["items"], holistic.provenance()["changed"])
    stored = holistic.outcomes()[table.Run("negation", model, adaptation)]
    again = holistic.outcome(MODELS[model], SCENARIOS["negation"], ADAPTATIONS[adaptation], size, seeds=1)
    np.testing.assert_allclose(again.probabilities[0], stored.probabilities[0], atol=5e-3)
    np.testing.assert_allclose(again.swapped, stored.swapped, atol=5e-3)
