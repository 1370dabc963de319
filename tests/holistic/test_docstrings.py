"""The examples in the docstrings of this package run."""

import doctest
import importlib
import pkgutil

import pytest

import utils.holistic

MODULES = [module.name for module in pkgutil.iter_modules(utils.holistic.__path__) if module.name != "__main__"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(f"utils.holistic.{name}")).failed == 0
