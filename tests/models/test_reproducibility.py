"""Training that is determined by its seed: threads, generators and the order of batches."""

import pytest
import torch

from utils.models.reproducibility import batches, checked_training_images, determined_by


def test_inside_torch_is_determined_and_afterwards_it_is_as_before():
    torch.set_num_threads(2)
    draws = []
    for _ in range(2):
        torch.rand(3)
        state = torch.random.get_rng_state()
        with determined_by(4) as generator:
            assert torch.get_num_threads() == 1
            draws.append((torch.rand(2), torch.rand(2, generator=generator)))
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.get_num_threads() == 2
    assert all(map(torch.equal, *draws))


def test_threads_are_restored_after_an_error():
    torch.set_num_threads(2)
    with pytest.raises(KeyError), determined_by(0):
        raise KeyError
    assert torch.get_num_threads() == 2


def test_an_epoch_takes_each_row_once_and_drops_an_incomplete_batch():
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.cat(list(batches(torch.arange(10), 3, generator))) for _ in range(2))
    assert len(first) == 9
    assert len(set(first.tolist())) == 9
    assert first.tolist() != second.tolist()


def test_training_images_are_checked_and_become_a_tensor(images):
    data = checked_training_images(images[:5], 5)
    assert data.dtype == torch.float32
    assert torch.equal(data, torch.from_numpy(images[:5]))
    with pytest.raises(ValueError, match=r"5 images.*give as many or more"):
        checked_training_images(images[:5], 6)
