"""The course's data: digits now; sprites, reviews and photographs with their topics."""

from utils.data.mnist import load_mnist
from utils.data.reviews import load_reviews
from utils.data.sprites import Sprites

__all__ = ["Sprites", "load_mnist", "load_reviews"]
