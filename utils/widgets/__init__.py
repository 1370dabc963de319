"""Figures that move with or without a kernel, one per topic.

A figure is a Python class, built by `from_shipped()` from the files that come with the course, and one ES module that
computes and draws in the browser.

- `figure`, `figure.js`: the base of all figures. Their docstrings say how to write one.
- `page`: what brings a widget into a page without a kernel.
- `fields`: what the state of a figure may contain.
- `ui.js`, `plot.js`, `tasks.js`, `state.js`, `dom.js`, `style.js`, `stats.js`: controls, plots, tasks, states,
  elements, looks and statistics for the modules.
- `quiz`, `quiz.js`, `questions.js`: questions inside a lecture, earlier answers, and the progress of a lecture.
- `memory`: what a learner predicted and finished, on this computer.
- `clustering`: topic 01, codes in a plane, k-means step by step, and scores that follow. `clustering_starts`: where
  k-means starts. `clustering.js` is the figure, `clustering_view.js` what it computes, from `kmeans.js` and
  `clusterscores.js`; `clustering_panels.js` and `cells.js` draw.

The other figures ask the kernel for an image after each move (`<topic>_view` computes and draws it):

- `explorer`: their common base: message, image, layout, keyboard focus and style sheet.
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
from utils.widgets.quiz import Choice, Number, Ordering, Placement, Progress

__all__ = [
    "Choice",
    "ClusteringExplorer",
    "CompressionExplorer",
    "DisentanglementExplorer",
    "HolisticExplorer",
    "Number",
    "Ordering",
    "Placement",
    "PreferenceExplorer",
    "Progress",
    "PromptExplorer",
]
