"""The course's data: digits now; sprites, reviews and photographs with their topics."""

from utils.data.mnist import load_mnist
from utils.data.photographs import PHOTOGRAPHS, load_photograph
from utils.data.reviews import load_reviews
from utils.data.sprites import Sprites

__all__ = ["PHOTOGRAPHS", "Sprites", "load_mnist", "load_photograph", "load_reviews"]
