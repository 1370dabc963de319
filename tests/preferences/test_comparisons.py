"""Answers and their file."""

import json

import numpy as np
import pytest

from utils.preferences import Comparisons


def test_answers_survive_the_file(tmp_path):
    comparisons = Comparisons.none(3, {"caption": 7, "seeds": [1, 2, 3]}).with_answer(0, 1, 1).with_answer(2, 1, 0.5)
    comparisons.save(tmp_path / "answers.json")
    read = Comparisons.load(tmp_path / "answers.json")
    assert (len(read), read.n_items, read.about) == (2, 3, {"caption": 7, "seeds": [1, 2, 3]})
    np.testing.assert_array_equal(read.first, [0, 2])
    np.testing.assert_array_equal(read.second, [1, 1])
    np.testing.assert_array_equal(read.outcome, [1, 0.5])
    assert [path.name for path in tmp_path.iterdir()] == ["answers.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[Infinity, 1, 1]]}',
        "[]",
        '"text"',
        "{}",
        '{"format": "other", "n_items": 2, "answers": []}',
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[0]]}',
        '{"format": "which-is-better/answers", "n_items": 2, "answers": [[0, "x", 1]]}',
        "[" * 100_000,
    ],
)
def test_a_file_of_something_else_is_explained(tmp_path, content):
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match=r"other\.json contains no answers") as caught:
        Comparisons.load(tmp_path / "other.json")
    assert "\n" not in str(caught.value)


def test_a_folder_that_does_not_exist_is_not_created(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*none: create it"):
        Comparisons.none(2).save(tmp_path / "none" / "answers.json")
    assert not list(tmp_path.iterdir())


def test_wins_count_a_tie_as_half():
    comparisons = Comparisons([0, 1, 0], [1, 0, 2], [1, 0, 0.5], 3)
    np.testing.assert_array_equal(comparisons.wins(), [[0, 2, 0.5], [0, 0, 0], [0.5, 0, 0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], [1, 0], [1], 2), "same length"),
        (([0], [2], [1], 2), "from 0 to 1"),
        (([1], [1], [1], 2), "with itself"),
        (([0], [1], [0.3], 2), r"0\.5 \(tie\)"),
        (([0.5], [1], [1], 2), "integers"),
        (([], [], [], 1), "at least 2"),
    ],
)
def test_impossible_comparisons_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        Comparisons(*arguments)


def test_the_file_is_plain_json(tmp_path):
    Comparisons([0], [1], [1], 2).save(tmp_path / "answers.json")
    assert json.loads((tmp_path / "answers.json").read_text())["answers"] == [[0, 1, 1.0]]
