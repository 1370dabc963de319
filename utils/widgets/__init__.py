"""One interactive figure per topic, built by `from_shipped()` from the files that come with the course.

The controls of a figure are in ``<topic>.py``; the functions that compute and draw it are in ``<topic>_view.py``.

- `explorer`: the common base: message, image, layout, keyboard focus and style sheet.
- `clustering`, `clustering_view`: topic 01, codes in a plane, their clusters, and scores that follow.
- `compression`, `compression_view`: topic 02, a codec on the rate–distortion plane, with the images that it restores.
- `disentanglement`, `disentanglement_view`: topic 03, two models with the same images and different scores.
- `prompting`, `prompting_view`: topic 04, a prompt to edit, and the answers of a language model.
- `holistic`, `holistic_view`: topic 05, weights of scenarios and metrics, and the ranking that follows;
  `holistic_search` looks for weights under which a given model wins.
- `preferences`, `preferences_view`: topic 06, pairs of drawings, and the taste that the answers reveal;
  `preferences_questions` chooses the pairs and stores the answers.
"""

from utils.widgets.clustering import ClusteringExplorer
from utils.widgets.compression import CompressionExplorer
from utils.widgets.disentanglement import DisentanglementExplorer
from utils.widgets.holistic import HolisticExplorer
from utils.widgets.preferences import PreferenceExplorer
from utils.widgets.prompting import PromptExplorer

__all__ = [
    "ClusteringExplorer",
    "CompressionExplorer",
    "DisentanglementExplorer",
    "HolisticExplorer",
    "PreferenceExplorer",
    "PromptExplorer",
]
