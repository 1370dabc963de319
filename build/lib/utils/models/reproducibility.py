"""Training that is determined by its seed: one thread, one random generator, batches in an order drawn from it.

The same images, settings and seed give the same weights, bit for bit, on the same kind of processor and version of
torch, however many cores there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from utils.models.interface import checked_images


@contextmanager
def determined_by(seed: int) -> Iterator[torch.Generator]:
    """Inside, torch uses one thread and its global generator starts from ``seed``; afterwards both are as before.

    Yields:
        A second generator, started from the same seed, for the order of the images and the noise.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield torch.Generator().manual_seed(seed)
    finally:
        torch.set_num_threads(threads)


def batches(data: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """One pass over the rows of ``data`` in random order, ``size`` at a time; an incomplete last batch is dropped.

    Example:
        >>> rows = torch.arange(10)
        >>> [batch.shape[0] for batch in batches(rows, 4, torch.Generator().manual_seed(0))]
        [4, 4]
    """
    order = torch.randperm(len(data), generator=generator)
    for start in range(0, len(data) - size + 1, size):
        yield data[order[start : start + size]]


def checked_training_images(images: ArrayLike, batch_size: int) -> Tensor:
    """Images of digits as a tensor (n, 1, 28, 28), with n at least one batch.

    Raises:
        TypeError, ValueError: ``images`` has another type, shape or range, or is smaller than a batch.
    """
    data = torch.tensor(checked_images(images))
    if len(data) < batch_size:
        raise ValueError(
            f"{len(data)} images were given, but one training step takes {batch_size}: give as many or more, "
            "or choose a smaller batch_size."
        )
    return data
