"""The examples in the docstrings of this package run."""

import doctest
import importlib
import pkgutil

import pytest

import utils.prompting

MODULES = [module.name for module in pkgutil.iter_modules(utils.prompting.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(f"utils.prompting.{name}")).failed == 0
