"""Topic 05's interactive figure: its arithmetic against `utils.holistic`, and its behaviour in a real browser."""

from __future__ import annotations

from contextlib import ExitStack

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import assert_accessible
from tests.support.browser import artefact, jupyterlab, needs_chromium, open_notebook
from tests.support.figures import HOST, assert_agreement, compute_in_page, figure_page, state_of, unfold, view_of
from utils import holistic
from utils.widgets import HolisticExplorer
from utils.widgets.holistic import METRICS, NOBODY, QUALITY

FIGURE = HolisticExplorer

NUMBERS = ("score", "score_low", "score_high", "rank", "rank_low", "rank_high", "first", "judged", "weights")
FEW_SHOT, BAG, VADER = "smollm2-135m, few-shot", "bag of words, probe", "vader, zero-shot"
ACCURACY = [float(name == "accuracy") for name in METRICS]


def without(explorer, *names):
    return [name not in names for name in explorer.data["systems"]]


def random_states(explorer, seed, count, **fixed):
    rng = np.random.default_rng(seed)
    systems = explorer.data["systems"]
    states = []
    while len(states) < count:
        state = {
            "scenarios": np.round(rng.choice([0, 0.02, 0.3, 0.5, 1], len(explorer.data["scenarios"])), 2).tolist(),
            "metrics": np.round(rng.choice([0, 0.1, 0.5, 1], len(METRICS)), 2).tolist(),
            "systems": (rng.random(len(systems)) < 0.8).tolist(),
            "by": str(rng.choice(["win rate", "mean"])),
            "unit": str(rng.choice(["scenarios", "items"])),
            "columns": rng.random(explorer.data["table"].shape[1]).round(3).tolist() if rng.random() < 0.2 else [],
            **fixed,
        }
        try:
            explorer.check({**explorer.state, **state})
        except ValueError:
            continue
        states.append(state)
    return states


# Arithmetic


@needs_chromium
@pytest.mark.parametrize("n", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_the_module_computes_what_the_package_computes(explorer, still, n):
    states = random_states(explorer, 0, n)
    assert_agreement(still, explorer, states, NUMBERS)
    for state, view in zip(states, compute_in_page(still, explorer, states), strict=True):
        assert view["winners"] == explorer.compute({**explorer.state, **state})["winners"]


@needs_chromium
def test_the_largest_possible_lead_is_the_linear_programmes_and_the_mixture_bounds_it(explorer, still):
    states = []
    for state in random_states(explorer, 1, 80, columns=[]):
        on = [name for name, takes_part in zip(explorer.data["systems"], state["systems"], strict=True) if takes_part]
        state = {**state, "asked": on[len(states) % len(on)]}
        try:
            explorer.compute({**explorer.state, **state})
        except ValueError:  # no column in which all systems have a value: another test is about these
            continue
        states.append(state)
    outcomes = set()
    for state, view in zip(states, compute_in_page(still, explorer, states), strict=True):
        expected = explorer.compute({**explorer.state, **state})["proof"]
        proof = view["proof"]
        assert proof["lead"] == pytest.approx(expected["lead"], abs=1e-9)
        assert proof["shared"] == expected["shared"]
        outcomes.add(proof["lead"] > 1e-9)
        # The weights reach the lead, and the mixture shows that none reach more.
        table = scored_table(explorer, state)
        own, others = table.loc[state["asked"]], table.drop(index=state["asked"])
        weights = np.array(proof["weights"])
        used = weights > 0
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1)
        assert ((own - others).to_numpy()[:, used] @ weights[used]).min() == pytest.approx(proof["lead"], abs=1e-9)
        mixture = np.array([part["share"] for part in proof["mixture"]])
        assert [part["system"] for part in proof["mixture"]] == list(others.index)
        assert mixture.min() >= 0
        assert mixture.sum() == pytest.approx(1)
        allowed = table.notna().all().to_numpy() & (explorer._sliders({**explorer.state, **state}) > 0)
        gaps = own.to_numpy()[allowed] - mixture @ others.to_numpy()[:, allowed]
        assert gaps.max() == pytest.approx(proof["lead"], abs=1e-9)
    assert outcomes == {True, False}


def scored_table(explorer, state):
    table = pd.DataFrame(explorer.data["table"], explorer.data["systems"])
    table = (table - table.min()) / (table.max() - table.min()).replace(0, 1) if state["by"] == "mean" else table
    table = table[state["systems"]]
    return holistic.win_rates(table) if state["by"] == "win rate" else table


@needs_chromium
@pytest.mark.slow
def test_whoever_is_asked_for_wins_alone_or_provably_cannot(explorer, still):
    script = """(host, [state, system]) => {
        const { figure } = host, complete = { ...figure.start, ...state };
        try { return { ...complete, ...figure.spec.parts.makeWin(figure.data, complete, system) }; }
        catch (error) { return error.message; }
    }"""
    kinds = set()
    for state in random_states(explorer, 2, 30, columns=[]):
        for name, takes_part in zip(explorer.data["systems"], state["systems"], strict=True):
            result = still.locator(HOST).evaluate(script, [state, name])
            if isinstance(result, str):
                assert ("is switched off" in result) == (not takes_part)
                assert takes_part is False or "do all systems have a value" in result
                continue
            view = explorer.compute(result)
            if view["proof"]["lead"] <= 1e-9:
                kinds.add("none")
                continue
            assert view["winners"] == [name]
            changed = [kind for kind in ("scenarios", "metrics", "columns") if result[kind] != state[kind]]
            kinds.update(changed)
            for kind in ("scenarios", "metrics"):  # what has no weight gets none
                assert all(new == 0 for new, old in zip(result[kind], state[kind], strict=True) if old == 0)
    assert kinds == {"none", "scenarios", "metrics", "columns"}


@needs_chromium
def test_a_table_of_three_has_the_lectures_answer(browser, tmp_path):
    points = {"A": [3, 3, 3, 1, 1], "B": [2, 2, 2, 3, 3], "C": [1, 1, 1, 2, 2]}
    table = pd.DataFrame(
        points, pd.MultiIndex.from_product([[f"task {i}" for i in range(5)], ["place"]]), dtype=float
    ).T
    explorer = HolisticExplorer(table)
    with figure_page(browser, explorer, tmp_path) as (page, _):
        states = [{}, {"systems": [True, True, False]}, {"by": "mean"}, {"by": "mean", "systems": [True, True, False]}]
        assert_agreement(page, explorer, states, NUMBERS)
        winners = [view["winners"] for view in compute_in_page(page, explorer, states)]
    assert winners == [["B"], ["A"], ["B"], ["B"]]
    assert np.allclose(explorer.view["score"], [0.6, 0.7, 0.2])


def test_it_opens_with_the_lectures_ranking(explorer):
    table = holistic.scores(holistic.load(), list(QUALITY))
    np.testing.assert_allclose(explorer.view["score"], holistic.mean_win_rate(table), atol=1e-12)
    assert list(explorer.data["systems"]) == list(table.index)


# Behaviour without a kernel


def slider(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def rows(page: Page | Locator) -> list[str]:
    return page.locator("ol.bars > li").all_inner_texts()


@needs_chromium
def test_arrow_keys_move_a_weight_and_the_ranking_follows(page):
    before = rows(page)
    slider(page, "movies").press("Home")
    assert state_of(page)["scenarios"][0] == 0
    assert rows(page)[0].split("\n")[1] == VADER
    assert rows(page) != before
    slider(page, "movies").press("ArrowRight")
    assert state_of(page)["scenarios"][0] == 0.02
    page.get_by_role("button", name="Undo").click()
    assert rows(page) == before


@needs_chromium
def test_a_group_moves_all_its_scenarios_and_shows_when_they_differ(page):
    slider(page, "generated tasks (8)").press("Home")
    assert state_of(page)["scenarios"] == [1, 1, 1, 1] + 8 * [0]
    page.get_by_text("generated tasks, one by one").click()
    slider(page, "spelling").press("End")
    assert slider(page, "generated tasks (8)").get_attribute("aria-valuetext") == "mixed, 0.13"


@needs_chromium
def test_touch_switches_a_system_off_and_on(browser, explorer, tmp_path):
    with figure_page(browser, explorer, tmp_path, width=390, touch=True) as (page, errors):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("switch", name=VADER).tap()
        assert len(rows(page)) == 6
        expect(page.get_by_role("button", name=f"Make it win: {VADER}")).to_be_disabled()
        page.get_by_role("switch", name=VADER).tap()
        assert len(rows(page)) == 7
        assert errors == []


@needs_chromium
def test_a_click_makes_a_system_win_or_gives_the_reason(page):
    page.get_by_role("button", name="Make it win: sentence").click()
    assert view_of(page)["winners"] == ["sentence embeddings, probe"]
    page.get_by_role("button", name="Make it win: smollm2-135m, zero-shot").click()
    assert view_of(page)["winners"] == ["smollm2-135m, zero-shot"]
    expect(page.get_by_text("“smollm2-135m, zero-shot” wins with")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name=f"Make it win: {BAG}").click()
    expect(page.get_by_text(f"No weights make “{BAG}” win. The reason")).to_be_visible()
    slider(page, "bytes").press("ArrowRight")
    assert state_of(page)["asked"] == NOBODY
    expect(page.get_by_text("No weights make")).to_have_count(0)


@needs_chromium
def test_weights_of_columns_are_discarded_by_the_next_move_of_a_weight(page, explorer):
    columns = [1.0] + [0.0] * (explorer.data["table"].shape[1] - 1)
    page.locator(HOST).evaluate("(host, columns) => host.figure.set({ columns })", columns)
    assert view_of(page)["weights"][0] == 1
    page.get_by_text("Weights of the columns").click()
    expect(page.get_by_role("row", name="movies").get_by_role("cell").first).to_have_text("100.0")
    slider(page, "bytes").press("ArrowRight")
    assert state_of(page)["columns"] == []


@needs_chromium
def test_an_impossible_move_is_refused_in_a_sentence_and_changes_nothing(page):
    for name in QUALITY:
        slider(page, name).press("Home")
    expect(page.get_by_role("alert")).to_have_text(
        "All metrics have weight 0, but a ranking needs one above 0: raise one of them."
    )
    assert state_of(page)["metrics"][:3] == [0, 0, 1]
    slider(page, "robustness").press("ArrowLeft")
    expect(page.locator(".alert")).to_have_text("")


def predict(page: Page, place: int, choice: str) -> Locator:
    task = page.locator(".tasks > ol > li").nth(place)
    if task.locator("> details").get_attribute("open") is None:
        task.locator("> details > summary").click()
    task.get_by_role("radio", name=choice, exact=True).check()
    return task.locator("> details > summary .state")


@needs_chromium
def test_each_task_is_done_at_its_solution_and_not_before(page, explorer):
    def move(state):
        page.locator(HOST).evaluate("(host, state) => host.figure.set(state)", state)

    def reset():
        page.locator(HOST).evaluate("host => host.figure.reset()")

    done = predict(page, 0, "yes")
    move({"systems": without(explorer, FEW_SHOT)})
    expect(done).to_have_text("")
    move({"systems": without(explorer)})
    page.get_by_role("switch", name="smollm2-135m, probe").click()
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 1, "more than six")
    slider(page, "products").press("Home")
    expect(done).to_have_text("")
    slider(page, "products").press("End")
    slider(page, "movies").press("Home")
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 2, "no, by no weights")
    page.get_by_role("button", name=f"Make it win: {BAG}").click()
    expect(done).to_have_text("")
    slider(page, "bytes").press("End")
    page.get_by_role("button", name=f"Make it win: {BAG}").click()
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 3, "by trying very many weights")
    page.get_by_role("button", name=f"Make it win: {BAG}").click()
    move({"metrics": ACCURACY, "systems": without(explorer, VADER)})
    page.get_by_role("button", name=f"Make it win: {FEW_SHOT}").click()
    assert view_of(page)["winners"] == [FEW_SHOT]
    expect(done).to_have_text("")
    move({"scenarios": [1.0] * 12, "columns": []})
    page.get_by_role("button", name=f"Make it win: {BAG}").click()
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 4, "all")
    move({"by": "mean"})
    expect(done).to_have_text("")
    page.get_by_role("radio", name="other items").check()
    expect(done).to_have_text("✓ done")

    reset()
    done = predict(page, 5, "only accuracy")
    move({"scenarios": [1.0] + 11 * [0.0]})
    expect(done).to_have_text("")
    page.get_by_role("button", name="All weights equal").click()
    expect(done).to_have_text("✓ done")
    expect(page.get_by_text("6 of 6 done")).to_be_visible()


def test_what_the_tasks_answers_say_is_so(explorer):
    """The numbers that the answers in holistic.js state, from `utils.holistic`."""
    start = explorer.compute(explorer.state)

    def view(**state):
        return explorer.compute({**explorer.state, **state})

    last = explorer.data["systems"][int(np.nanargmax(start["rank"]))]
    assert view(systems=without(explorer, last))["winners"] != start["winners"]
    mean = {"by": "mean"}
    ranks = pd.Series(view(**mean)["score"]), pd.Series(view(**mean, systems=without(explorer, last))["score"])
    assert (ranks[0] - ranks[1]).abs().max() < 1e-12
    changed = [view(scenarios=[float(j != i) for j in range(12)])["winners"] != start["winners"] for i in range(12)]
    assert 2 <= sum(changed) <= 6
    assert view(asked=BAG)["proof"]["lead"] <= 0
    # Without VADER, which is judged on other columns, the leader stays, and by calibration alone the bag of words wins.
    assert round(start["judged"][explorer.data["systems"].index(VADER)], 2) == 0.28
    others = {"systems": without(explorer, VADER)}
    leader = view(**others)["winners"]
    assert leader == start["winners"]
    losers = [name for name in explorer.data["systems"] if name not in (VADER, *leader)]
    assert all(view(systems=without(explorer, VADER, name))["winners"] == leader for name in losers)
    assert all(view(scenarios=[float(j != i) for j in range(12)], **others)["winners"] == leader for i in range(12))
    calibration = [float(name == "calibration error") for name in METRICS]
    assert view(metrics=calibration, **others)["winners"] == [BAG]
    can = [
        view(metrics=ACCURACY, systems=without(explorer, VADER), asked=name)["proof"]["lead"] > 1e-9
        for name in explorer.data["systems"]
        if name != VADER
    ]
    assert sum(can) == 5
    items = view(unit="items")
    narrower = (items["score_high"] - items["score_low"]) < (start["score_high"] - start["score_low"])
    assert len(narrower) / 2 < narrower.sum() < len(narrower)
    assert np.nanmax(view(metrics=[1.0] * len(METRICS))["first"]) >= 0.9
    assert np.nanmax(view(metrics=ACCURACY)["first"]) < 0.9


# In JupyterLab


@pytest.mark.slow
@needs_chromium
def test_in_jupyterlab_the_state_goes_to_python_and_back(browser, tmp_path):
    sources = [
        "from utils.widgets import HolisticExplorer\n\nexplorer = HolisticExplorer.from_shipped()\nexplorer",
        "print('asked', explorer.state['asked'], explorer.view['winners'])",
        "explorer.state = {'systems': [True] * 6 + [False], 'by': 'mean'}",
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), tmp_path / "figure.ipynb")
    with ExitStack() as stack:
        lab = stack.enter_context(jupyterlab(tmp_path))
        notebook = stack.enter_context(open_notebook(browser, lab, "figure.ipynb", height=1300))
        figure = notebook.run_cell("from_shipped").locator(HOST)
        expect(figure.locator(".words")).not_to_be_empty(timeout=60_000)
        slider(figure, "bytes").press("End")
        button = figure.get_by_role("button", name=f"Make it win: {BAG}")
        button.focus()
        notebook.page.keyboard.press("Enter")
        expect(figure.get_by_text(f"“{BAG}” wins with")).to_be_visible()
        answer = notebook.run_cell("print('asked'").locator(".jp-OutputArea-output")
        expect(answer).to_contain_text(f"asked {BAG} ['{BAG}']")
        notebook.run_cell("'by': 'mean'")
        expect(figure.locator("ol.bars > li")).to_have_count(6)
        expect(figure.get_by_text("Ranking by mean of scaled scores")).to_be_visible()
        notebook.page.screenshot(path=artefact("figure_05_lab.png"))
        assert notebook.errors == []


# Looks


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("width", "theme"), [(1100, "light"), (390, "dark")])
def test_axe_finds_nothing_after_a_move(browser, explorer, tmp_path, width, theme):
    with figure_page(browser, explorer, tmp_path, width=width, theme=theme) as (page, errors):
        page.get_by_role("button", name=f"Make it win: {BAG}").click()
        page.screenshot(path=artefact(f"figure_05_{width}_{theme}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        unfold(page)
        assert_accessible(page)
        assert errors == []


# Input


def table(names="AB"):
    columns = pd.MultiIndex.from_product([["x", "y"], ["right"]])
    return pd.DataFrame(np.arange(2.0 * len(names)).reshape(-1, 2), list(names), columns)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"table": pd.DataFrame({"x": [1.0, 2.0]})}, "two are needed, scenario and metric"),
        ({"table": table("A")}, r"has 1 system\(s\), but a ranking needs two"),
        ({"table": table("AA")}, "occurs twice"),
        ({"table": table() * np.inf}, "infinite score"),
        ({"groups": {"some": ["x", "q"]}}, "names 'q', but the scenarios are x, y"),
        ({"replicates": np.zeros((5, 2, 3))}, r"replicates has shape \(5, 2, 3\), but \(resamples, 2, 2\) is needed"),
        ({"state": {"weights": [1, 1]}}, "has no 'weights': its fields are scenarios, metrics"),
        ({"state": {"scenarios": [1.0]}}, "scenarios has 1 entries, but 2 to 2 are needed"),
        ({"state": {"scenarios": [0.0, 0.0]}}, "All scenarios have weight 0"),
        ({"state": {"metrics": [0.0]}}, "All metrics have weight 0"),
        ({"state": {"columns": [1.0]}}, "columns has 1 weights with the sum 1, but none or one for each of 2 columns"),
        ({"state": {"systems": [True, False]}}, "Systems that take part: 1"),
        ({"state": {"unit": "items"}}, "unit is 'items', but must be one of 'scenarios'"),
        ({"state": {"asked": "Z"}}, "asked is 'Z', but must be one of 'nobody', 'A', 'B'"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        HolisticExplorer(**{"table": table(), **arguments})


def test_a_system_that_is_switched_off_cannot_be_asked_for():
    with pytest.raises(ValueError, match="“C” is switched off, so it cannot win: switch it on first"):
        HolisticExplorer(table("ABC"), state={"asked": "C", "systems": [True, True, False]})


def test_missing_cells_are_counted_and_a_system_without_any_has_no_rank():
    scores = table("ABC")
    scores.loc["C", "y"] = np.nan
    explorer = HolisticExplorer(scores)
    assert explorer.view["judged"].tolist() == [1, 1, 0.5]
    explorer.state = {"scenarios": [0.0, 1.0]}
    assert np.isnan(explorer.view["rank"][2])
    assert explorer.view["judged"][2] == 0
