"""What a family of models supplies so that its members can be trained, stored and loaded by name.

A family is a module with a settings dataclass that keeps to :class:`Recipe`, and a table from names to settings; the
table joins the others in ``utils/models/families.py``. Training, storing and loading then need to know no family.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from torch import nn

from utils.models.interface import LatentModel

Curve = Sequence[Mapping[str, float]]
"""What training looked like: for each epoch, named measurements, e.g. ``reconstruction``."""


class NetworkModel(LatentModel):
    """A latent model made of torch networks, whose weights can be stored."""

    @property
    @abstractmethod
    def networks(self) -> dict[str, nn.Module]:
        """The networks that are stored, by the name that their weights' keys begin with."""


class Recipe(Protocol):
    """How a model is built, trained and scored: a frozen dataclass whose fields, plain values, go into the record."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def build(self, name: str, seed: int) -> NetworkModel:
        """An untrained model; its initial weights come from torch's global generator."""
        ...

    def train(self, name: str, seed: int, progress: bool = False) -> tuple[NetworkModel, Curve]:
        """A model trained on the family's own training data, determined by the seed; a bar counts epochs if asked."""
        ...

    def scores(self, model: NetworkModel) -> dict[str, float]:
        """How well the trained model does on held-out data; ``reconstruction_mse`` is among the scores."""
        ...
