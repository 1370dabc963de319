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
- `start`: lecture 00, who wins at a known task and who wins without one; `start_table` makes its numbers.
- `clustering`: topic 01, codes in a plane, k-means step by step, and scores that follow. `clustering_starts`: where
  k-means starts. `clustering.js` is the figure, `clustering_view.js` what it computes, from `kmeans.js` and
  `clusterscores.js`; `clustering_panels.js` and `cells.js` draw.
- `clustering_pair`: the same models side by side, on the site's first page.
- `compression`: topic 02, a digit's code as symbols, bits and picture, and all codecs at a level of quality;
  `compression_curves`: what was measured of codecs that the figure does not run itself.
- `disentanglement`: topic 03, two models with the same pictures and different scores, and codes that deceive a score;
  `disentanglement_scores`: the scores that are shipped. `normal.js`: the normal distribution.
- `prompting`: topic 04, a prompt to edit, and the ordering and the threshold behind its accuracy; `prompting_table`: a
  model's answers for pages without a kernel.
- `holistic`: topic 05, weights of scenarios and metrics, the ranking that follows, and weights that make a system win.
- `preferences`: topic 06, pairs of drawings, the taste that the answers reveal, and the checkpoints of a fine-tuning;
  `preferences_questions` chooses the pairs and stores the answers.
"""

from utils.widgets.clustering import ClusteringExplorer
from utils.widgets.clustering_pair import ClusteringPair
from utils.widgets.compression import CompressionExplorer
from utils.widgets.disentanglement import DisentanglementExplorer
from utils.widgets.holistic import HolisticExplorer
from utils.widgets.preferences import PreferenceExplorer
from utils.widgets.prompting import PromptExplorer
from utils.widgets.quiz import Choice, Number, Ordering, Placement, Progress
from utils.widgets.start import StartExplorer

__all__ = [
    "Choice",
    "ClusteringExplorer",
    "ClusteringPair",
    "CompressionExplorer",
    "DisentanglementExplorer",
    "HolisticExplorer",
    "Number",
    "Ordering",
    "Placement",
    "PreferenceExplorer",
    "Progress",
    "PromptExplorer",
    "StartExplorer",
]
