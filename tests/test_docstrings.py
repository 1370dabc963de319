"""Examples in docstrings run, every metric has one, and every package lists its files."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re

import numpy as np
import pytest

from tests.test_layers import repository
from utils import clustering, compression, disentanglement, holistic, prompting

WITH_EXAMPLES = sorted(module.removesuffix(".__init__") for module, source in repository().items() if ">>> " in source)

METRICS = {
    clustering: ("scores", "purity", "silhouette"),
    compression: ("mse", "psnr", "ssim", "empirical_entropy"),
    disentanglement: (
        "beta_vae_score",
        "factor_vae_score",
        "mig",
        "sap",
        "dci",
        "modularity",
        "explicitness",
        "irs",
        "udr",
    ),
    prompting: ("accuracy", "accuracy_difference"),
    holistic: ("calibration_error", "mean_win_rate", "weighted_mean"),
}


PACKAGES = sorted(module.removesuffix(".__init__") for module in repository() if module.endswith(".__init__"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_its_files(package: str) -> None:
    listed = inspect.getdoc(importlib.import_module(package)) or ""
    inside = {name.removeprefix(f"{package}.").partition(".")[0] for name in repository() if f"{package}." in name}
    inside = {name for name in inside if not name.startswith("__")}
    assert {name for name in inside if not re.search(rf"`({package}\.)?{name}(\.py|/)?`", listed)} == set()


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_of_a_module_run(module: str) -> None:
    with np.printoptions(legacy=False):
        result = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0, f"python -m doctest shows the examples of {module} that fail"


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, names in METRICS.items() for name in names], ids=str
)
def test_every_metric_has_an_example(package: object, name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(package, name)) or ""), f"{name} has no example"
