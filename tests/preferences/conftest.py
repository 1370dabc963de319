"""What the tests of preferences share: digits and their features, the shipped diffusion model, a judge's answers."""

import numpy as np
import pytest
import torch

from utils import models, preferences
from utils.data import load_mnist


@pytest.fixture(scope="session")
def digits():
    return load_mnist("test")


@pytest.fixture(scope="session")
def features(digits):
    return preferences.describe(*digits)


@pytest.fixture(scope="session")
def model():
    return models.load_pretrained("diffusion")


@pytest.fixture(scope="session")
def answered(model):
    return preferences.collect(model, preferences.BOLD, 300, np.random.default_rng(0))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
