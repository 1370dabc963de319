"""Topic 05's interactive figure: what it computes, and how it behaves in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from tests.support.browser import Notebook, artefact, chromium, jupyterlab, needs_chromium, open_notebook
from utils.holistic import mean_win_rate, weighted_mean
from utils.widgets import HolisticExplorer
from utils.widgets.holistic_search import find_winning_state
from utils.widgets.holistic_view import Board, describe, evaluate, ranking_html, still, weights_html

PATIENCE = 20_000  # milliseconds that a move may take on a machine that is busy with other tests


def _table(cells, models, scenarios, metrics):
    columns = pd.MultiIndex.from_product([scenarios, metrics])
    return pd.DataFrame(np.array(cells, dtype=float), models, columns)


def _random(seed=0):
    """Five models, four scenarios, three metrics; the last model has no number in the last scenario."""
    cells = np.random.default_rng(seed).random((5, 12))
    cells[4, 9:] = np.nan
    return _table(cells, list("ABCDE"), ["w", "x", "y", "z"], ["right", "sure", "quick"])


def _board(seed=0):
    return Board(_random(seed), {"texts": ["w", "x"], "y": ["y"], "z": ["z"]})


def _specialists():
    """A is best at x, B at y; D has more than neither of them in any mixture that matters, C is between."""
    cells = [[0.9, 0.3], [0.3, 0.9], [0.65, 0.65], [0.55, 0.55]]
    return Board(_table(cells, list("ABCD"), ["x", "y"], ["right"]), {"x": ["x"], "y": ["y"]})


def test_a_view_ranks_by_the_weights_that_it_shows():
    board = _board()
    state = replace(board.start(), scenarios=(1.0, 0.5, 0.0), metrics=(1.0, 0.0, 0.2))
    view = evaluate(board, state)
    assert view.weights.sum() == pytest.approx(1)
    # Half as much for y as for the two of "texts" together, a fifth as much for quick as for right.
    assert view.weights["y", "right"] == pytest.approx(view.weights["w", "right"])
    assert view.weights["y", "quick"] == pytest.approx(0.2 * view.weights["y", "right"])
    assert view.weights[["z"]].sum() == view.weights["w", "sure"] == 0
    pd.testing.assert_series_equal(
        view.ranking["score"].sort_index(),
        mean_win_rate(board.table, view.weights.to_numpy()).sort_index(),
        check_names=False,
    )
    assert view.ranking["rank"].is_monotonic_increasing
    assert (view.ranking["score_low"] <= view.ranking["score_high"]).all()


def test_means_are_of_scores_scaled_by_all_models_whoever_takes_part():
    board = _board()
    everybody = evaluate(board, replace(board.start(), by="mean")).ranking["score"]
    some = evaluate(board, replace(board.start(), by="mean", models=("A", "C"))).ranking["score"]
    scaled = (board.table - board.table.min()) / (board.table.max() - board.table.min())
    expected = weighted_mean(scaled, evaluate(board, board.start()).weights.to_numpy(), missing="renormalise")
    for name in "AC":
        assert some[name] == pytest.approx(everybody[name]) == pytest.approx(expected[name])


def test_a_loser_who_leaves_changes_the_winner_by_win_rate():
    places = [[3, 3, 3, 1, 1], [2, 2, 2, 3, 3], [1, 1, 1, 2, 2]]
    names = [f"test {i}" for i in range(5)]
    board = Board(_table(places, list("ABC"), names, ["place"]), {name: [name] for name in names})
    with_c, without = board.start(), replace(board.start(), models=("A", "B"))
    assert evaluate(board, with_c).winners == ["B"]
    assert evaluate(board, without).winners == ["A"]


def test_a_model_with_missing_cells_says_how_much_it_was_judged_by():
    board = _board()
    ranking = evaluate(board, board.start()).ranking
    assert ranking.loc["A", "judged"] == pytest.approx(1)
    assert ranking.loc["E", "judged"] == pytest.approx(2 / 3)


def test_a_model_without_any_number_is_shown_without_a_rank():
    board = _board()
    view = evaluate(board, replace(board.start(), scenarios=(0.0, 0.0, 1.0)))
    assert view.ranking.index[-1] == "E"
    assert "no score" in ranking_html(view)
    assert "nan" not in describe(view) + ranking_html(view)


def test_intervals_can_be_over_resampled_items():
    table = _random()
    noise = np.random.default_rng(1).normal(size=(300, *table.shape))
    for spread in (0.0, 0.3):
        replicates = table.to_numpy() + spread * noise
        board = Board(table, _board().groups, replicates)
        ranking = evaluate(board, replace(board.start(), unit="items")).ranking
        widths = ranking["score_high"] - ranking["score_low"]
        assert (widths > 0.02).all() if spread else (widths < 1e-9).all()


@pytest.mark.parametrize("model", list("ABC"))
@pytest.mark.parametrize("by", ["win rate", "mean"])
def test_weights_that_are_found_make_the_model_win_alone(model, by):
    board = _specialists()
    result = find_winning_state(board, replace(board.start(), by=by), model)
    if model == "C" and by == "win rate":
        # By win rates C has 2/3 in both columns, half of A and half of B have only 1/2 and 1.
        assert result.state is None or evaluate(board, result.state).winners == ["C"]
        return
    assert evaluate(board, result.state).winners == [model]
    assert result.explanation.startswith(f"“{model}” wins")


def test_no_weights_are_answered_with_a_mixture_that_is_as_good():
    board = _specialists()
    result = find_winning_state(board, replace(board.start(), by="mean"), "D")
    assert result.state is None
    assert "as good or better in each of the 2 columns" in result.explanation


def test_if_no_sliders_do_weights_of_single_columns_may():
    # A is right in x and quick in y, and last in the other two cells: no scenario and no metric is its own.
    cells = [[1.0, 0.0, 0.0, 1.0], [0.6, 0.6, 0.6, 0.6]]
    board = Board(_table(cells, ["A", "B"], ["x", "y"], ["right", "quick"]), {"x": ["x"], "y": ["y"]})
    result = find_winning_state(board, replace(board.start(), by="mean", metrics=(0.5, 0.5)), "A")
    tied = find_winning_state(board, board.start(), "A")
    for search in (result, tied):
        assert search.state.columns is not None
        view = evaluate(board, search.state)
        assert view.winners == ["A"]
        assert view.weights["x", "right"] + view.weights["y", "quick"] > 0.5
    assert "each column" in result.explanation


@pytest.mark.parametrize("seed", range(2))
def test_whoever_is_asked_for_wins_or_cannot(seed):
    board = _board(seed)
    for model in board.models:
        result = find_winning_state(board, board.start(), model)
        if result.state is None:
            assert "as good or better" in result.explanation
        else:
            assert evaluate(board, result.state).winners == [model]


def test_the_weights_table_adds_up_to_100():
    board = _board()
    markup = weights_html(board, evaluate(board, replace(board.start(), metrics=(1.0, 1.0, 0.0))))
    shares = [int(number) for number in re.findall(r">(\d+)</td>", markup)]
    assert len(shares) == 9
    assert sum(shares) == pytest.approx(100, abs=4)
    assert shares[0] == 17


def test_a_tick_marks_what_the_score_was():
    board = _board()
    before = evaluate(board, board.start())
    after = evaluate(board, replace(board.start(), metrics=(1.0, 0.0, 0.0)))
    assert f'left: {100 * before.ranking["score"]["A"]:.1f}%"></i>' in ranking_html(after, before)
    assert "<i" not in ranking_html(after)


def test_the_description_names_the_winner_and_who_might_be():
    board = _board()
    view = evaluate(board, board.start())
    text = describe(view)
    assert text.startswith(f"“{view.winners[0]}” leads with a mean win rate of {view.ranking['score'].max():.2f}")
    others = view.ranking.index[view.ranking["rank_low"] < 2].difference(view.winners)
    assert all(f"“{name}”" in text.split("also contain 1")[1] for name in others)


def test_the_still_picture_has_a_panel_a_state():
    board = _board()
    fig = still(board, {"equal": board.start(), "only y": replace(board.start(), scenarios=(0.0, 1.0, 0.0))})
    assert [ax.get_title() for ax in fig.axes] == ["equal", "only y"]
    names = [text.get_text() for text in fig.axes[0].get_yticklabels()]
    assert names == list(evaluate(board, board.start()).ranking.index)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scenarios": (0.0, 0.0, 0.0)}, "All scenarios have weight 0"),
        ({"metrics": (0.0, 0.0, 0.0)}, "All metrics have weight 0"),
        ({"models": ("A",)}, "needs two models"),
        ({"unit": "items"}, "has no resampled items"),
    ],
)
def test_a_state_that_cannot_be_shown_is_refused(change, words):
    board = _board()
    with pytest.raises(ValueError, match=words):
        evaluate(board, replace(board.start(), **change))


def test_a_table_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="two are needed, scenario and metric"):
        HolisticExplorer(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="put each into one group"):
        HolisticExplorer(_random(), {"some": ["w", "x"]})
    with pytest.raises(ValueError, match="needs two models"):
        HolisticExplorer(_random().iloc[:1])


def test_the_controls_move_the_figure():
    explorer = HolisticExplorer(_random())
    rankings = [explorer._ranking.value]
    explorer._scenarios[0].value = 0.0
    assert explorer.view.weights[["w"]].sum() == 0
    rankings.append(explorer._ranking.value)
    explorer._models[1].value = False
    assert "B" not in explorer.view.ranking.index
    assert explorer._win_buttons[1].disabled
    rankings.append(explorer._ranking.value)
    explorer._by.value = "mean"
    assert "mean of scaled scores" in explorer._ranking.value
    rankings.append(explorer._ranking.value)
    assert len(set(rankings)) == 4
    explorer._reset.click()
    assert explorer._scenarios[0].value == 1
    assert explorer.view.state.by == "mean"
    assert "B" not in explorer.view.ranking.index


def test_make_it_win_moves_the_sliders():
    board = _specialists()
    explorer = HolisticExplorer(board.table)
    explorer._by.value = "mean"
    assert explorer.view.winners == ["C"]
    explorer._win_buttons[0].click()
    assert explorer.view.winners == ["A"]
    assert explorer._scenarios[0].value == 1 > explorer._scenarios[1].value
    assert "“A” wins with these weights of the scenarios: x" in explorer._message.value
    explorer._win_buttons[3].click()
    assert explorer.view.winners == ["A"]
    assert "No weights make “D” win" in explorer._message.value


def test_what_cannot_be_shown_is_answered_and_changes_nothing():
    explorer = HolisticExplorer(_specialists().table)
    for slider in explorer._scenarios:
        slider.value = 0.0
    assert "All scenarios have weight 0" in explorer._message.value
    assert explorer.view.weights.sum() == pytest.approx(1)
    explorer._scenarios[1].value = 0.5
    assert "alert" not in explorer._message.value
    assert explorer.view.weights["y", "right"] == pytest.approx(1)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Iterator[Notebook]:
    """A notebook with the figure, open in a real JupyterLab in a real Chromium."""
    folder = tmp_path_factory.mktemp("lab")
    source = "from utils.widgets import HolisticExplorer\n\nHolisticExplorer.from_shipped()"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source)], metadata=kernel), folder / "figure.ipynb")
    with (
        jupyterlab(folder) as lab,
        chromium() as browser,
        open_notebook(browser, lab, "figure.ipynb", height=1100) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def widget(notebook) -> Locator:
    """The figure, after its cell was run."""
    figure = notebook.run_cell("HolisticExplorer").locator(".holistic-explorer")
    expect(_ranking(figure)).to_be_visible(timeout=60_000)
    return figure


def _ranking(widget: Locator) -> Locator:
    return widget.get_by_role("table").first


def _slider(widget: Locator, label: str) -> Locator:
    return widget.locator(".widget-slider").filter(has_text=label).get_by_role("slider")


@needs_chromium
def test_a_slider_moved_by_keyboard_moves_the_ranking(notebook, widget):
    widget.screenshot(path=artefact("widget_holistic.png"))
    before = _ranking(widget).inner_text()
    _slider(widget, "accuracy").press("Home")
    expect(_ranking(widget)).not_to_have_text(before, timeout=PATIENCE, use_inner_text=True)
    expect(widget.get_by_role("table").nth(1).get_by_role("row").nth(1)).to_contain_text("0")


@needs_chromium
def test_models_are_switched_off_and_on_from_the_keyboard(notebook, widget):
    rows = _ranking(widget).get_by_role("row")
    count = rows.count()
    toggle = widget.locator(".widget-toggle-button").first
    toggle.focus()
    notebook.page.keyboard.press("Space")
    expect(rows).to_have_count(count - 1, timeout=PATIENCE)
    notebook.page.keyboard.press("Space")
    expect(rows).to_have_count(count, timeout=PATIENCE)


@needs_chromium
def test_make_it_win_answers_for_every_model(notebook, widget):
    buttons = widget.get_by_role("button", name="make it win")
    for i in range(buttons.count()):
        name = widget.locator(".widget-toggle-button").nth(i).inner_text().strip()
        buttons.nth(i).focus()
        notebook.page.keyboard.press("Enter")
        expect(widget.locator("p").first).to_contain_text(name, timeout=PATIENCE)
        if "No" not in widget.locator("p").first.inner_text():
            expect(_ranking(widget).get_by_role("row").nth(1)).to_contain_text(name, timeout=PATIENCE)
    widget.screenshot(path=artefact("widget_holistic_winner.png"))


@needs_chromium
def test_tab_walks_through_the_controls_in_reading_order(notebook, widget):
    widget.get_by_role("slider").first.focus()
    walked = []
    for _ in range(60):
        focused = notebook.page.evaluate(
            """() => { const e = document.activeElement, row = e.closest('.widget-inline-hbox, .widget-toggle-buttons');
                return e.closest('.holistic-explorer')
                    ? (row?.querySelector('label')?.textContent || e.textContent).trim() : null; }"""
        )
        if focused and focused not in walked:
            walked.append(focused)
        notebook.page.keyboard.press("Tab")
    labels = [text.strip() for text in widget.locator(".widget-slider label").all_inner_texts()]
    assert walked[: len(labels)] == labels
    assert walked[len(labels)] == "All weights equal"
    assert walked[-2:] == ["aggregate by", "intervals for"]


@needs_chromium
def test_focus_is_visible(notebook, widget):
    slider = widget.get_by_role("slider").first
    slider.focus()
    notebook.page.keyboard.press("ArrowLeft")
    assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert float(slider.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)")) >= 2


@needs_chromium
def test_moves_cause_no_error_in_the_page(notebook, widget):
    reset = widget.get_by_role("button", name="All weights equal")
    for label in ("accuracy", "robustness"):
        before = _ranking(widget).inner_text()
        _slider(widget, label).press("Home")
        expect(_ranking(widget)).not_to_have_text(before, timeout=PATIENCE, use_inner_text=True)
        reset.click()
        expect(widget.locator("p").first).to_contain_text("All weights are equal", timeout=PATIENCE)
    assert notebook.errors == []
