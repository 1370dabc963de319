"""Statistics of the figures' modules against SciPy and the course's own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from tests.support import ROOT
from tests.support.browser import chromium, needs_chromium
from utils.intervals import difference_interval

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    """Calls a function of stats.js on each of a list of arguments."""
    source = base64.b64encode((ROOT / "utils" / "widgets" / "stats.js").read_bytes()).decode("ascii")
    script = f"""async ([name, calls]) => {{
        const module = await import("data:text/javascript;base64,{source}");
        return calls.map((values) => module[name](...values));
    }}"""
    with chromium() as browser:
        page = browser.new_page()
        yield lambda name, calls: page.evaluate(script, [name, [list(call) for call in calls]])


def test_log_gamma_and_factorials(run):
    x = np.concatenate([np.linspace(0.05, 5, 60), np.geomspace(5, 5000, 60)])
    np.testing.assert_allclose(run("logGamma", x[:, None].tolist()), special.gammaln(x), rtol=1e-13, atol=1e-13)
    table = run("logFactorials", [(2000,)])[0]
    np.testing.assert_allclose(table, special.gammaln(np.arange(2001) + 1), rtol=1e-14, atol=1e-14)


def test_quantiles_of_students_t(run):
    rng = np.random.default_rng(0)
    cases = [
        (float(p), float(df)) for p, df in zip(rng.uniform(0.51, 0.9995, 200), rng.uniform(1, 400, 200), strict=True)
    ]
    expected = [stats.t.ppf(p, df) for p, df in cases]
    np.testing.assert_allclose(run("tQuantile", cases), expected, rtol=1e-10)


def test_welchs_interval(run):
    rng = np.random.default_rng(1)
    samples = [
        (rng.normal(size=rng.integers(2, 12)).tolist(), rng.normal(1, 3, rng.integers(2, 12)).tolist())
        for _ in range(200)
    ]
    samples.append(([0.5, 0.5], [0.25, 0.25, 0.25]))
    for sample, actual in zip(samples, run("welch", samples), strict=True):
        values = [actual[name] for name in ("difference", "low", "high")]
        np.testing.assert_allclose(values, difference_interval(*sample), rtol=1e-9, atol=1e-9)
