"""Every model of the course by its name: its settings, its trained weights, and how these were trained.

A *family* is a module with a settings dataclass that follows :class:`Recipe`, and a table from names to settings. The
table joins the others in ``SETTINGS`` below; training, storing and loading then work for it too.
"""

from typing import Any, ClassVar, Protocol

from utils.models import convolutional, diffusion, gan, sprites, vae_aae, weights
from utils.models.interface import Curve, NetworkModel
from utils.models.weights import WEIGHTS


class Recipe(Protocol):
    """How a model is built, trained and scored: a frozen dataclass whose fields, plain values, go into the record."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def build(self, name: str, seed: int) -> NetworkModel:
        """An untrained model; its initial weights come from torch's global generator."""
        ...

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[NetworkModel, Curve]:
        """A model trained on the family's own training data, determined by the seed, and its training curve."""
        ...

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """Scores of the trained model on held-out data; ``reconstruction_mse`` is one of them."""
        ...


SETTINGS: dict[str, Recipe] = {
    **vae_aae.AUTOENCODERS,  # 01: two-dimensional and 16-dimensional codes of digits
    **convolutional.CONVOLUTIONAL,  # 02: codes of digits, from 2 to 64 dimensions
    **gan.GANS,  # 02: 64-dimensional codes of digits, without reconstruction
    **sprites.SPRITES,  # 03: codes of sprites, from single images and from pairs
    **diffusion.DIFFUSION,  # 06: digits for a caption, drawn as codes of 32 dimensions
}


def load_pretrained(name: str, seed: int = 0) -> NetworkModel:
    """A trained model, ready to ``encode``, ``decode`` and ``sample``.

    Args:
        name: one of :func:`available`, e.g. ``"vae-2d"``.
        seed: one of :func:`seeds`: the same settings, trained from another random state.

    Raises:
        ValueError: there is no such model, or none of this seed.

    Example:
        >>> from utils.data import load_mnist
        >>> images, _ = load_mnist("test")
        >>> model = load_pretrained("vae-2d", seed=0)
        >>> codes = model.encode(images[:3])
        >>> codes.shape, model.decode(codes).shape
        ((3, 2), (3, 1, 28, 28))
    """
    _check(name)
    return weights.load(SETTINGS[name].build, name, seed, WEIGHTS)


def available() -> tuple[str, ...]:
    """Names of the models whose weights come with the course.

    Example:
        >>> available()[:3]
        ('aae-gaussian-2d', 'aae-mixture-2d', 'vae-2d')
    """
    return tuple(name for name in SETTINGS if weights.is_stored(name, WEIGHTS))


def seeds(name: str) -> tuple[int, ...]:
    """Seeds that a model comes in, ascending.

    Raises:
        ValueError: there is no such model.

    Example:
        >>> seeds("vae-2d")
        (0, 1, 2, 3, 4)
    """
    _check(name)
    return weights.stored_seeds(name, WEIGHTS)


def provenance(name: str) -> dict[str, Any]:
    """How a model was trained: under ``"seeds"``, each seed's settings, command, date, versions, curve and scores.

    Raises:
        ValueError: there is no such model.

    Example:
        >>> provenance("vae-2d")["seeds"]["0"]["command"]
        'python -m utils.models.train vae-2d --seeds 0'
    """
    _check(name)
    return weights.read_record(name, WEIGHTS)


def _check(name: str) -> None:
    if name not in available():
        raise ValueError(f"There is no model {name!r}: choose one of {', '.join(available())}.")
