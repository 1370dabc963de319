"""The digits: their shapes and ranges, and a split that never moves."""

import hashlib

import numpy as np
import pytest

from utils.data import load_mnist


@pytest.mark.parametrize(("split", "size"), [("train", 4000), ("test", 1000)])
def test_shapes_types_and_ranges(split, size):
    images, labels = load_mnist(split)
    assert images.shape == (size, 1, 28, 28)
    assert images.dtype == np.float32
    assert labels.shape == (size,)
    assert labels.dtype == np.int64
    assert images.min() == 0
    assert images.max() == 1


def test_every_prefix_of_ten_is_balanced():
    _, labels = load_mnist()
    assert (np.bincount(labels[:130]) == 13).all()
    assert (np.bincount(labels) == 400).all()


def test_no_image_is_in_both_splits():
    train, test = (load_mnist(split)[0].reshape(-1, 784) for split in ("train", "test"))
    assert not {row.tobytes() for row in train} & {row.tobytes() for row in test}


def test_the_split_is_the_one_that_the_weights_were_trained_on():
    """Another split would put training images among the held-out ones, and no score would show it."""
    images, labels = load_mnist("test")
    pixels = np.round(images * 255).astype(np.uint8)
    assert hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest().startswith("a0404f9e93f87934")


def test_the_arrays_are_the_callers_own():
    load_mnist("test")[0][:] = 0
    assert load_mnist("test")[0].max() == 1


def test_an_unknown_split_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'train' and 'test'"):
        load_mnist("validation")


def test_full_mnist_without_a_network_says_what_to_do(tmp_path, monkeypatch):
    """Model hubs and data-set sites may be closed; torchvision's own path is used, and its failure explained."""
    torchvision = pytest.importorskip("torchvision.datasets")

    def refused(*args, **kwargs):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried …")

    monkeypatch.setattr(torchvision.MNIST, "download", refused)
    monkeypatch.setattr(torchvision.MNIST, "_check_exists", lambda self: False)
    with pytest.raises(ConnectionError, match="leave full=False") as error:
        load_mnist(full=True)
    assert "\n" not in str(error.value)


def test_full_mnist_is_read_from_torchvisions_files(tmp_path, monkeypatch):
    """The published files' own format, with two images, where torchvision would put the download."""
    monkeypatch.setenv("WHICH_IS_BETTER_CACHE", str(tmp_path))
    raw = tmp_path / "mnist-full" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    pixels = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    for part in ("train", "t10k"):
        header = b"".join(number.to_bytes(4, "big") for number in (0x803, 2, 28, 28))
        (raw / f"{part}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        header = b"".join(number.to_bytes(4, "big") for number in (0x801, 2))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(header + bytes([7, 2]))
    images, labels = load_mnist("test", full=True)
    assert images.shape == (2, 1, 28, 28)
    np.testing.assert_allclose(images[1, 0] * 255, pixels[1], rtol=1e-6)
    np.testing.assert_array_equal(labels, [7, 2])
