"""The grid: its axes, one cell by itself, all of them on a cluster, and the table that comes with the course."""

import dataclasses
import re
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from tests.support.tiny_model import tiny_model
from utils import holistic
from utils.holistic import (
    ADAPTATIONS,
    METRICS,
    MODELS,
    SCENARIOS,
    Adaptation,
    Answers,
    EmptyCell,
    Model,
    Outcome,
    Size,
    grid,
    table,
)
from utils.holistic.cells import examples, questions
from utils.holistic.models import language_model
from utils.holistic.perturbations import swap_people, typos
from utils.holistic.tasks import NAMES
from utils.store import CACHE_VARIABLE

SMALL = Size(items=12, changed=6, pool=40)
nan = np.nan
GENERATED = [name for name in SCENARIOS if name not in ("movies", "products", "tweets", "editorials")]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Nothing is taken from, or left in, the user's cache."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


def oracle(share, name="oracle"):
    """A model that knows the answers to a task, and is right in a given share of the texts."""

    def answer(model, scenario, examples, texts, seed):
        truth = dict(zip(*(questions(scenario, SMALL)[column] for column in ("text", "label")), strict=True))
        k = len(scenario.label_words)
        rows = [np.eye(k)[(truth[text] + (i >= share * len(texts))) % k] for i, text in enumerate(texts)]
        return Answers(np.array(rows), 1.0)

    return Adaptation(name, 0, answer, seeds=1)


# Scenarios


def test_there_are_four_kinds_of_reviews_and_eight_generated_tasks():
    assert len(SCENARIOS) >= 12
    assert len(GENERATED) >= 8


@pytest.mark.parametrize("name", GENERATED)
def test_a_task_is_balanced_reproducible_and_kept_apart(name):
    scenario = SCENARIOS[name]
    k = len(scenario.label_words)
    test, train = scenario.items("test", 48), scenario.items("train", 64)
    pd.testing.assert_frame_equal(scenario.items("test", 48), test)
    pd.testing.assert_frame_equal(scenario.items("test", 24), test.head(24), check_like=True)
    assert test["label"].value_counts().max() - test["label"].value_counts().min() <= 1
    assert scenario.chance == 1 / k
    assert test["text"].is_unique
    assert not set(test["text"]) & set(train["text"])
    assert (test["rephrased"] != test["text"]).all()


def answer_of(name, text):
    """The right class of a generated text, found in another way than the generator's."""
    words = re.findall(r"[A-Za-z]+|\d+", text)
    if name == "larger number":
        return int(int(words[2]) > int(words[0]))
    if name == "even or odd":
        return int(words[0][-1] in "13579")
    if name == "negation":
        return int(f"not {words[-1]}" not in text)
    if name == "spelling":
        quoted = re.findall('"([a-z]+)"', text)
        return int((quoted[0].startswith if " begin " in text else quoted[0].endswith)(quoted[1]))
    if name == "negated sentiment":
        liked = any(verb in words for verb in ("loved", "enjoyed", "admired", "liked", "recommended", "praised"))
        return int(liked != ("not" in words))
    return None


@pytest.mark.parametrize("name", ["larger number", "even or odd", "negation", "spelling", "negated sentiment"])
def test_a_tasks_answers_are_right(name):
    for part in ("train", "test"):
        items = SCENARIOS[name].items(part, 40)
        assert [answer_of(name, text) for text in items["text"]] == items["label"].tolist()


def test_a_scenario_of_ones_own_takes_a_few_lines_and_mistakes_are_named():
    rows = pd.DataFrame({"text": ["a", "b", "c", "d"], "label": [0, 1, 0, 1]})
    own = holistic.Scenario("own", "Is it?", ("no", "yes"), lambda part, n: rows)
    assert own.items("test", 4)["rephrased"].str.contains("wrote").all()
    with pytest.raises(ValueError, match="5 are needed"):
        own.items("test", 5)
    with pytest.raises(KeyError, match="choose from movies"):
        SCENARIOS["musicals"]


# Perturbations


def test_typing_errors_keep_letters_ends_and_numbers():
    rng = np.random.default_rng(0)
    text = "The wonderful 1984 picture was terribly disappointing."
    for _ in range(20):
        changed = typos(text, rng)
        assert changed != text
        for before, after in zip(text.split(), changed.split(), strict=True):
            assert sorted(before) == sorted(after)
            assert (before[0], before[-1]) == (after[0], after[-1])
    assert typos("It is 12.", rng) == "It is 12."


def test_people_are_swapped_and_swapping_twice_gives_the_text_back():
    assert swap_people("He thanked HIM.") == "She thanked HER."
    assert swap_people("Her husband saw her.") == "His wife saw him."
    assert swap_people("A theory of the sheriff.") == "A theory of the sheriff."
    for a, b in NAMES:
        assert swap_people(f"{a} met {b}.") == f"{b} met {a}."
        assert swap_people(swap_people(f"{a} says that {b} is ill.")) == f"{a} says that {b} is ill."


# Metrics


def outcome_of(right, confidence=1.0):
    right = np.asarray(right, dtype=bool)
    probabilities = np.where(right[:, None], [1 - confidence, confidence], [confidence, 1 - confidence])
    facts = {"milliseconds": 1.0, "labels": 0.0, "trained": 0.0, "bytes": 0.0}
    nothing = np.full(probabilities.shape, np.nan)
    return Outcome(np.ones(len(right), dtype=np.int64), probabilities[None], nothing, nothing, facts)


def test_accuracy_and_calibration_of_answers_whose_quality_is_known():
    everything = np.arange(40)
    sure = outcome_of([True] * 30 + [False] * 10)
    assert METRICS["accuracy"].compute(sure, everything) == 0.75
    assert METRICS["calibration error"].compute(sure, everything) == pytest.approx(0.25, abs=0.26)
    assert holistic.calibration_error(np.full(40, 0.75), [True, True, True, False] * 10) == pytest.approx(0, abs=1e-12)
    assert holistic.calibration_error(np.ones(40), np.zeros(40)) == 1.0
    with pytest.raises(ValueError, match="outside"):
        holistic.calibration_error([1.2], [1.0])


def test_bins_have_equal_mass():
    confidence = np.concatenate([np.full(90, 0.9), np.linspace(0.5, 0.6, 10)])
    right = np.concatenate([np.ones(90), np.zeros(10)])
    # Ten parts of ten: the doubtful answers fill one of them.
    assert holistic.calibration_error(confidence, right) == pytest.approx(0.9 * 0.1 + 0.1 * 0.55)


def test_a_guess_among_equals_counts_as_its_chance():
    facts = {"milliseconds": 1.0, "labels": 0.0, "trained": 0.0, "bytes": 0.0}
    even = Outcome(
        np.zeros(4, dtype=np.int64), np.full((1, 4, 2), 0.5), np.full((4, 2), nan), np.full((4, 2), nan), facts
    )
    assert METRICS["accuracy"].compute(even, np.arange(4)) == 0.5


def test_robustness_is_the_worst_of_both_forms_and_fairness_the_change():
    base = outcome_of([True] * 8)
    changed, swapped = base.probabilities[0].copy(), base.probabilities[0].copy()
    changed[:2] = changed[:2, ::-1]
    swapped[:, 0], swapped[:, 1] = 0.25, 0.75
    cell = dataclasses.replace(base, changed=changed, swapped=swapped)
    assert METRICS["robustness"].compute(cell, np.arange(8)) == 0.75
    assert METRICS["unfairness"].compute(cell, np.arange(8)) == 0.25
    few = dataclasses.replace(cell, swapped=np.where(np.arange(8)[:, None] < 5, swapped, nan))
    assert np.isnan(METRICS["unfairness"].compute(few, np.arange(8)))


# Cells


def test_examples_are_balanced_and_drawn_by_the_seed():
    for name in ("negation", "odd one out"):
        scenario, adaptation = SCENARIOS[name], ADAPTATIONS["probe"]
        drawn = [examples(scenario, adaptation, Size(pool=48), seed) for seed in (0, 0, 1)]
        assert drawn[0]["label"].value_counts().nunique() == 1
        pd.testing.assert_frame_equal(drawn[0], drawn[1])
        assert drawn[0]["text"].tolist() != drawn[2]["text"].tolist()


@pytest.mark.parametrize(
    ("model", "scenario", "adaptation", "reason"),
    [
        ("vader", "negation", "zero-shot", "positive and negative"),
        ("vader", "negation", "probe", "no features"),
        ("bag of words", "negation", "zero-shot", "without learning"),
        ("bag of words", "negation", "few-shot", "no prompt"),
        ("bag of words", "negation", "adapters", "no prompt"),
    ],
)
def test_cells_that_make_no_sense_say_why(model, scenario, adaptation, reason):
    with pytest.raises(EmptyCell, match=reason):
        holistic.outcome(MODELS[model], SCENARIOS[scenario], ADAPTATIONS[adaptation], SMALL)


def test_a_language_model_fills_every_column_of_prompts():
    tiny = tiny_model(context_length=1024)
    model = language_model("tiny", lambda: tiny)
    plain, calibrated = (
        holistic.outcome(model, SCENARIOS["odd one out"], ADAPTATIONS[name], SMALL)
        for name in ("few-shot", "calibrated few-shot")
    )
    assert plain.probabilities.shape == (ADAPTATIONS["few-shot"].seeds, 12, 3)
    np.testing.assert_allclose(plain.probabilities.sum(axis=-1), 1)
    ratio = calibrated.probabilities / plain.probabilities
    lean = ratio / ratio.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(lean, lean[:, :1].repeat(12, axis=1))  # a draw's texts are all divided by the same
    assert plain.facts["labels"] == 3
    probed = holistic.outcome(model, SCENARIOS["odd one out"], ADAPTATIONS["probe"], SMALL, seeds=1)
    assert probed.facts["trained"] == 3 * (32 + 1)


def test_a_cell_is_run_once_and_anew_when_what_it_depends_on_changes():
    asked = []

    def answer(model, scenario, examples, texts, seed):
        asked.append(len(texts))
        return Answers(np.full((len(texts), 2), 0.5), 1.0)

    adaptation, scenario = Adaptation("coin", 4, answer, seeds=2), SCENARIOS["negation"]
    first = holistic.outcome(MODELS["vader"], scenario, adaptation, SMALL)
    again = holistic.outcome(MODELS["vader"], scenario, adaptation, SMALL)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)
    assert len(asked) == 2
    assert asked[0] > asked[1] == SMALL.items, "changed and swapped texts are asked with the first draw only"
    holistic.outcome(MODELS["vader"], dataclasses.replace(scenario, instruction="Well?"), adaptation, SMALL)
    assert len(asked) == 4


# The whole


@pytest.fixture(scope="module")
def client():
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as connected:
        yield connected


def test_a_grid_of_ones_own_is_run_and_written_and_read(client, tmp_path):
    models = [Model("knowing"), MODELS["vader"]]
    adaptations = [oracle(1.0), oracle(0.5, "half"), ADAPTATIONS["few-shot"]]
    scenarios = [SCENARIOS["negation"], SCENARIOS["odd one out"]]
    found = grid.run(client, models, scenarios, adaptations, SMALL)
    assert next(iter(found)) == ("negation", "knowing", "oracle")
    assert found[table.Place("negation", "vader", "few-shot")] == "reads no prompt"
    written = table.write(found, {"command": "test"}, tmp_path / "own.csv")
    read = table.load(tmp_path / "own.csv")
    pd.testing.assert_frame_equal(read, written.round(5), check_dtype=False)
    assert table.provenance(tmp_path / "own.csv") == {"command": "test"}
    assert set(read.loc[read["value"].isna(), "reason"]) >= {"reads no prompt"}
    assert (read.loc[read["value"].notna(), "reason"] == "").all()
    scores = table.scores(read, ["accuracy", "calibration error"])
    assert "knowing, few-shot" not in scores.index
    assert scores.loc["knowing, oracle", ("negation", "accuracy")] == 1.0
    assert (scores.xs("calibration error", axis=1, level=1) <= 0).all(axis=None), "lower is better, so it is turned"
    drawn = table.redrawn(table.outcomes(tmp_path / "own.csv"), scores, resamples=20)
    assert drawn.shape == (20, *scores.shape)
    assert holistic.rank_intervals(scores, drawn)["rank"].min() >= 1
    with pytest.raises(KeyError, match="no system 'nobody'"):
        table.scores(read, systems=["nobody"])


def test_the_command_writes_a_table(client, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(grid.cluster, "connect", lambda *_: nullcontext(client))
    monkeypatch.setattr(
        grid,
        "cells",
        lambda model, scenario, adaptations, *_: {
            table.Place(scenario.name, model.name, adaptation.name): "left out" for adaptation in adaptations
        },
    )
    into = tmp_path / "table.csv"
    assert grid.main(["--models", "vader", "--scenarios", "negation", "--draws", "1", "--into", str(into)]) == 0
    assert "0 cells of 5" in capsys.readouterr().out
    assert set(table.load(into)["reason"]) == {"left out"}
    assert table.provenance(into)["seeds"]["few-shot"] == [0]


def test_what_is_not_afforded_is_empty_with_its_reason(client):
    tiny = tiny_model(context_length=1024)
    found = grid.cells(language_model("tiny", lambda: tiny), SCENARIOS["negation"], [ADAPTATIONS["adapters"]], SMALL)
    assert list(found.values()) == [grid.NOT_RUN]


def test_answers_are_stored_to_five_digits_and_a_half_stays_a_half(tmp_path):
    probabilities = np.array([[[0.5, 0.5], [0.123456, 0.876544], [1.0, 0.0]]])
    facts = {"milliseconds": 1.5, "labels": 4.0, "trained": 7.0, "bytes": 3e8}
    empty = np.full((3, 2), nan)
    cell = Outcome(np.array([0, 1, 0]), probabilities, empty, empty, facts, states_probability=False)
    table.write({table.Place("s", "m", "a"): cell}, {}, tmp_path / "one.csv")
    (read,) = table.outcomes(tmp_path / "one.csv").values()
    np.testing.assert_allclose(read.probabilities, probabilities, atol=1e-5)
    assert read.probabilities[0, 0].tolist() == [0.5, 0.5]
    assert np.isnan(read.changed).all()
    assert (read.facts, read.states_probability) == (facts, False)


def test_the_shipped_table_says_how_it_came_about_and_is_what_its_answers_say():
    cells, record = holistic.load(), holistic.provenance()
    assert record["command"].startswith("python -m utils.holistic")
    assert {"torch", "transformers", "python"} <= set(record["versions"])
    assert set(cells["scenario"]) == set(SCENARIOS)
    assert set(cells["metric"]) == set(METRICS)
    assert (cells["value"].notna() == (cells["reason"] == "")).all()
    accuracy = cells[(cells["metric"] == "accuracy") & cells["value"].notna()]
    assert len(accuracy) == record["cells"]["answered"]
    answered = holistic.outcomes()
    for row in accuracy.itertuples():
        cell = answered[table.Place(row.scenario, row.model, row.adaptation)]
        assert row.value == pytest.approx(METRICS["accuracy"].compute(cell, np.arange(len(cell.labels))), abs=1e-5)
        assert row.low <= row.value <= row.high


@pytest.mark.parametrize("model", ["vader", "bag of words"])
def test_cheap_rows_of_the_shipped_table_come_out_again(model, monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE)
    size = Size(holistic.provenance()["items"], holistic.provenance()["changed"])
    adaptation = {"vader": "zero-shot", "bag of words": "probe"}[model]
    stored = holistic.outcomes()[table.Place("movies", model, adaptation)]
    # An empty folder for results, beside the assets that are there.
    monkeypatch.setattr("utils.holistic.cells.remembered", lambda _, compute: compute())
    again = holistic.outcome(MODELS[model], SCENARIOS["movies"], ADAPTATIONS[adaptation], size)
    np.testing.assert_allclose(again.probabilities, stored.probabilities, atol=2e-5)
    np.testing.assert_array_equal(again.labels, stored.labels)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "adaptation"), [("smollm2-135m", "few-shot"), ("sentence embeddings", "probe")])
def test_a_slice_of_the_shipped_table_comes_out_again(model, adaptation, monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setattr("utils.holistic.cells.remembered", lambda _, compute: compute())
    size = Size(holistic.provenance()["items"], holistic.provenance()["changed"])
    stored = holistic.outcomes()[table.Place("negation", model, adaptation)]
    again = holistic.outcome(MODELS[model], SCENARIOS["negation"], ADAPTATIONS[adaptation], size, seeds=1)
    np.testing.assert_allclose(again.probabilities[0], stored.probabilities[0], atol=5e-3)
    np.testing.assert_allclose(again.swapped, stored.swapped, atol=5e-3)
