"""Models: what is compared. A model says what can be asked of it, and each adaptation takes what it needs.

Add your own with ``MODELS.add(Model(...))``: one of the four functions is enough. Cells for which a model lacks what an
adaptation needs stay empty, with the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.data.assets import ASSETS
from utils.holistic.embeddings import SentenceEncoder
from utils.holistic.registry import Registry
from utils.prompting import LanguageModel, bag_of_words, vader_scores

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A model as the grid sees it.

    name: in the table.
    language_model: a function that loads it, if it can be asked in words.
    features: a function texts (n) → (n, d), if it makes numbers of a text for a linear classifier to read.
    classifier: a function (training texts, labels, texts) → probabilities (n, k), if it learns from labelled texts.
    sentiment: a function texts → scores in [−1, 1], if it knows positive from negative by itself.
    num_bytes: a function that gives the size of what it needs to answer, before anything is learnt.
    fingerprint: names the content of its weights, so that a cell computed with others is not taken for one of these.
    """

    name: str
    language_model: Callable[[], LanguageModel] | None = None
    features: Callable[[Sequence[str]], NDArray[np.floating]] | None = None
    classifier: Callable[[Sequence[str], ArrayLike, Sequence[str]], FloatArray] | None = None
    sentiment: Callable[[Sequence[str]], FloatArray] | None = None
    num_bytes: Callable[[], int] = lambda: 0
    fingerprint: str = ""


def language_model(name: str, loaded: Callable[[], LanguageModel] | None = None) -> Model:
    """A causal language model by the name that :meth:`utils.prompting.LanguageModel.load` takes: a hub id, a folder.

    Its features are the last layer's states, averaged over the tokens. ``loaded`` replaces the loading, as in tests.
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
    # Nothing is remembered: milliseconds are measured, and the grid remembers its cells itself.
    return LanguageModel.load(name, dtype="float32", remember=False)


def _lexicon_bytes() -> int:
    import vaderSentiment.vaderSentiment as vader

    folder = Path(vader.__file__).parent
    return sum((folder / name).stat().st_size for name in ("vader_lexicon.txt", "emoji_utf8_lexicon.txt"))


MODELS: Registry[Model] = Registry("model")
MODELS.add(language_model("smollm2-135m"))
MODELS.add(
    Model(
        "sentence embeddings",
        features=lambda texts: SentenceEncoder.load().encode(texts),
        num_bytes=lambda: SentenceEncoder.load().num_bytes,
        fingerprint=ASSETS["minilm"].sha256,
    )
)
MODELS.add(Model("bag of words", classifier=bag_of_words))
MODELS.add(Model("vader", sentiment=vader_scores, num_bytes=_lexicon_bytes))
