"""UDR: models that agree and models that do not, and the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import Lasso

from tests.support.codes import mixed
from utils.disentanglement import udr


def test_models_that_agree_score_high() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 4))
    twins = [z, -3 * z[:, [2, 0, 3, 1]], z[:, ::-1] + 1]
    turned = [z @ np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2)]
    scores = udr([*twins, *turned])
    assert scores.shape == (5,)
    assert scores[:3].min() > scores[3:].max() + 0.1
    assert udr(twins) == pytest.approx([0.9] * 3, abs=0.01)  # 1 less the penalty
    assert udr(twins, alpha=0.3) == pytest.approx([0.7] * 3, abs=0.02)
    assert udr(twins, similarity="spearman")[0] > 0.9


def test_latents_close_to_their_prior_are_excluded() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2000, 3))
    first = np.column_stack([z, rng.normal(size=2000)])
    second = np.column_stack([rng.normal(size=2000), np.zeros(2000), z])
    kl = [[2, 1, 1, 0.001], [0.01, 0.0, 2, 1, 1]]
    assert udr([first, second], kl=kl) == pytest.approx([0.9, 0.9], abs=0.01)
    assert udr([first, second]).max() < 0.85
    assert udr([first, second], kl=kl, kl_threshold=5).tolist() == [0, 0]


def test_codes_that_do_not_fit_are_refused() -> None:
    z = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(ValueError, match=r"1 model\(s\)"):
        udr([z])
    with pytest.raises(ValueError, match=r"\[50, 49\] points"):
        udr([z, z[1:]])
    with pytest.raises(ValueError, match="codes of model 1 contain 50 NaN"):
        udr([z, z * [1, np.nan, 1]])
    with pytest.raises(ValueError, match="kl has shapes"):
        udr([z, z], kl=[[1, 1, 1], [1, 1]])
    with pytest.raises(ValueError, match="similarity is 'pearson'"):
        udr([z, z], similarity="pearson")  # type: ignore[arg-type]


@pytest.mark.parametrize("similarity", ["lasso", "spearman"])
def test_the_score_by_its_definition(similarity: str) -> None:
    models = [mixed(400, noise=noise)[0][:, columns] for noise, columns in ((0.2, [0, 1, 2]), (0.5, [2, 1, 3, 0]))]
    models.append(models[0] @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0])
    models = [(codes - codes.mean(axis=0)) / codes.std(axis=0) for codes in models]

    def agreement(first: np.ndarray, second: np.ndarray) -> float:
        r = np.zeros((first.shape[1], second.shape[1]))
        for b, target in enumerate(second.T):
            if similarity == "lasso":
                r[:, b] = np.abs(Lasso(alpha=0.1, tol=1e-10).fit(first, target).coef_)
            else:
                r[:, b] = [abs(spearmanr(z, target).statistic) for z in first.T]
        columns = [r[:, b].max() ** 2 / r[:, b].sum() if r[:, b].any() else 0 for b in range(r.shape[1])]
        rows = [r[a].max() ** 2 / r[a].sum() if r[a].any() else 0 for a in range(r.shape[0])]
        return float((np.mean(columns) + np.mean(rows)) / 2)

    expected = [
        np.median([agreement(first, second) for i, first in enumerate(models) if i != j])
        for j, second in enumerate(models)
    ]
    assert udr(models, similarity=similarity) == pytest.approx(expected, abs=1e-3)  # type: ignore[arg-type]
