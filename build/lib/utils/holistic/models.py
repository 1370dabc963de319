"""The models that are compared. A model lists the functions that it has; each adaptation uses those that it needs.

Add your own with ``MODELS.add(Model(...))``: one of the four functions is enough. An adaptation that needs a function
which the model lacks is not applicable, and its cells of the table are empty, with the reason.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.arrays import FloatArray
from utils.data.assets import ASSETS
from utils.holistic.embeddings import SentenceEncoder
from utils.holistic.registry import Registry
from utils.prompting import LanguageModel, bag_of_words, vader_scores


@dataclass(frozen=True)
class Model:
    """A model as the evaluation sees it.

    name: as it appears in the table.
    language_model: a function that loads it, if it can be prompted.
    features: a function from n texts to (n, d) for a linear classifier, if it represents texts as vectors.
    classifier: a function (training texts, labels, texts) → probabilities (n, k), if it learns from labelled texts.
    sentiment: a function from n texts to scores in [−1, 1], if it knows positive from negative without labels.
    num_bytes: a function that returns the size of what it needs to answer, before anything is learned.
    fingerprint: identifies its weights, so that stored answers of other weights are not reused.
    """

    name: str
    language_model: Callable[[], LanguageModel] | None = None
    features: Callable[[Sequence[str]], NDArray[np.floating]] | None = None
    classifier: Callable[[Sequence[str], ArrayLike, Sequence[str]], FloatArray] | None = None
    sentiment: Callable[[Sequence[str]], FloatArray] | None = None
    num_bytes: Callable[[], int] = lambda: 0
    fingerprint: str = ""
    _features_of: dict[str, tuple[NDArray[np.floating], float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def encode(self, texts: Sequence[str]) -> tuple[FloatArray, float]:
        """The features (n, d) of n texts, and their milliseconds per text; each text is encoded only once.

        Raises:
            ValueError: if the model has no features.
        """
        if self.features is None:
            raise ValueError(f"{self.name} has no features: give it a function of texts.")
        new = [text for text in dict.fromkeys(texts) if text not in self._features_of]
        if new:
            started = time.process_time()
            vectors = self.features(new)
            milliseconds = milliseconds_per_text(started, len(new))
            self._features_of.update((text, (vector, milliseconds)) for text, vector in zip(new, vectors, strict=True))
        codes = np.array([self._features_of[text][0] for text in texts], dtype=np.float64)
        return codes, float(np.mean([self._features_of[text][1] for text in texts]))


def milliseconds_per_text(started: float, texts: int) -> float:
    """Milliseconds of processor time per text since ``started``, a value of ``time.process_time()``."""
    return (time.process_time() - started) * 1000 / texts


def language_model(name: str, loaded: Callable[[], LanguageModel] | None = None) -> Model:
    """A causal language model by a name that :meth:`utils.prompting.LanguageModel.load` accepts.

    Its features are the last layer's states, averaged over the tokens. ``loaded`` returns a model in place of loading
    one by name.
    """

    def load() -> LanguageModel:
        return loaded() if loaded else _loaded(name)

    return Model(
        name,
        language_model=load,
        features=lambda texts: load().hidden_states(texts, pooling="mean"),
        num_bytes=lambda: sum(weight.numel() * weight.element_size() for weight in load().model.parameters()),
        fingerprint=ASSETS[name].sha256 if name in ASSETS else "",
    )


@lru_cache(maxsize=1)
def _loaded(name: str) -> LanguageModel:
    # Results are not stored here: milliseconds are measured, and whole runs are stored (utils/holistic/runs.py).
    return LanguageModel.load(name, dtype="float32", remember=False)


def _lexicon_bytes() -> int:
    import vaderSentiment.vaderSentiment as vader

    folder = Path(vader.__file__).parent
    return sum((folder / name).stat().st_size for name in ("vader_lexicon.txt", "emoji_utf8_lexicon.txt"))


MODELS: Registry[Model] = Registry(
    "model",
    [
        language_model("smollm2-135m"),
        Model(
            "sentence embeddings",
            features=lambda texts: SentenceEncoder.load().encode(texts),
            num_bytes=lambda: SentenceEncoder.load().num_bytes,
            fingerprint=ASSETS["minilm"].sha256,
        ),
        Model("bag of words", classifier=bag_of_words),
        Model("vader", sentiment=vader_scores, num_bytes=_lexicon_bytes),
    ],
)
