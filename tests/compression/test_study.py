"""The shipped study of topic 02."""

import json

import pandas as pd
import pytest

from utils.compression import study
from utils.data import load_mnist
from utils.models import load_pretrained, seeds


def test_it_has_a_row_for_every_search():
    table = study.load()
    assert tuple(table.columns) == study.COLUMNS
    searches = len(study.PRIOR_WEIGHTS) * len(study.STEPS)
    assert table.groupby("kind").size().to_dict() == {k: searches * len(seeds(n)) for k, n in study.MODELS.items()}
    assert not table.duplicated(["kind", "seed", "prior_weight", "steps"]).any()
    assert json.loads(study.STUDY.with_suffix(".json").read_text())["digits"] == study.DIGITS


@pytest.mark.parametrize("kind", study.MODELS)
@pytest.mark.parametrize("steps", [0, 50])
def test_a_search_is_computed_again(kind, steps):
    shipped = study.load().set_index(["kind", "seed", "prior_weight", "steps"])["psnr"]
    images = load_mnist("test")[0][: study.DIGITS]
    computed = study.searched_psnr(load_pretrained(study.MODELS[kind], 1), images, steps, 0.0)
    assert computed == pytest.approx(shipped[kind, 1, 0.0, steps], abs=0.05)


def test_the_command_writes_what_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "STEPS", (0,))
    monkeypatch.setattr(study, "DIGITS", 2)
    assert study.main(["--into", str(tmp_path / "study.csv")]) == 0
    written = study.load(tmp_path / "study.csv")
    assert len(written) == 20
    pd.testing.assert_series_equal(
        written[written["prior_weight"] == 0]["psnr"].reset_index(drop=True),
        written[written["prior_weight"] > 0]["psnr"].reset_index(drop=True),
    )
