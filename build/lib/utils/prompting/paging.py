"""Weights that are mapped from a file take memory only while they are used.

This is needed on Binder, where a container has 2 GB of memory for JupyterLab, PyTorch, the language model (0.5 GB of
weights) and everything else; a kernel that needs more is killed.

A model's weights are a file that is mapped into memory: the system reads a page when it is first accessed, and then
counts it as this process's memory until the process ends. But each layer is used only briefly, once per forward pass.
When its pages are released after use (``madvise``), they stay in the system's file cache while memory is free, and are
mapped again at the next pass. The course's language model then takes half a gigabyte less, for about 8 % more time.
"""

import ctypes
import mmap
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

_MADV_DONTNEED = 4  # Linux: drop pages; a file-mapped, unmodified page is read from the file again


def release_after_use(model: Any, folder: Path) -> int:
    """Make each layer of a model release the pages of its weights after it ran; returns the number of bytes concerned.

    Only unmodified weights that are mapped from a file in ``folder`` are released: nothing else could be read again.
    On systems other than Linux this does nothing and returns 0.
    """
    if sys.platform != "linux":
        return 0
    files = _mapped_from(folder)
    released = 0
    # The vocabulary matrix is used at both ends; every other weight by one layer only.
    for module in [
        *model.base_model.children(),
        *getattr(model.base_model, "layers", ()),
        model.get_output_embeddings(),
    ]:
        if isinstance(module, torch.nn.ModuleList):
            continue
        weights = [w for w in module.parameters() if any(a <= w.data_ptr() and _end(w) <= b for a, b in files)]
        released += sum(weight.nbytes for weight in weights)
        module.register_forward_hook(_Hook(weights))
    return released


class _Hook:
    """Runs after a layer's forward pass. It references the tensors, so that their addresses stay valid."""

    def __init__(self, weights: Sequence[torch.Tensor]) -> None:
        self._weights = [(weight.detach(), weight._version) for weight in weights]
        self._madvise = ctypes.CDLL(None).madvise

    def __call__(self, *_: Any) -> None:
        if torch.is_grad_enabled():  # the backward pass needs the weights again
            return
        for weight, version in self._weights:
            first = -(-weight.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
            size = _end(weight) // mmap.PAGESIZE * mmap.PAGESIZE - first
            if size > 0 and weight._version == version:
                self._madvise(ctypes.c_void_p(first), ctypes.c_size_t(size), _MADV_DONTNEED)

    def __deepcopy__(self, _: Any) -> "_Hook":
        return self


def _end(tensor: torch.Tensor) -> int:
    return int(tensor.data_ptr() + tensor.nbytes)


def _mapped_from(folder: Path) -> list[tuple[int, int]]:
    """First and last address of each region that this process has mapped from files in a folder."""
    regions = []
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        addresses, _, path = line.partition(" ")
        if str(folder.resolve()) in path:
            first, last = addresses.split("-")
            regions.append((int(first, 16), int(last, 16)))
    return regions
