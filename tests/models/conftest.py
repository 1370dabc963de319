"""Shared by the tests of the models: one thread, and the held-out digits."""

import numpy as np
import pytest
import torch

from utils.data import load_mnist


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return load_mnist("test")[0]
