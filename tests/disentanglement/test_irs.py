"""IRS: the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.codes import mixed, noisy
from utils.disentanglement import irs


@pytest.mark.parametrize("quantile", [0.99, 1.0, 0.5])
def test_the_score_by_its_definition(quantile: float) -> None:
    codes, factors = mixed(700)
    scores, reaches = [], []
    for z in codes.T:
        reach = np.abs(z - z.mean()).max()
        robustness = []
        for v in factors.T:
            groups = [z[v == value] for value in np.unique(v)]
            distances = [np.quantile(np.abs(group - group.mean()), quantile) for group in groups]
            robustness.append(1 - np.mean(distances) / reach)
        scores.append(max(robustness))
        reaches.append(reach)
    expected = np.average(scores, weights=reaches)
    assert irs(codes, factors, quantile=quantile) == pytest.approx(expected, abs=1e-12)


def test_a_quantile_of_0_is_refused() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="quantile is 0"):
        irs(codes, factors, quantile=0)
