"""The course's data: digits now; sprites, reviews and photographs with their topics."""

from utils.data.mnist import load_mnist

__all__ = ["load_mnist"]
