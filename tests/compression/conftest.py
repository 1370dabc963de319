"""What the tests of compression share: digits."""

import pytest

from utils.data import load_mnist


@pytest.fixture(scope="session")
def digits():
    return load_mnist("test")[0]


@pytest.fixture(scope="session")
def training_digits():
    return load_mnist("train")[0]
