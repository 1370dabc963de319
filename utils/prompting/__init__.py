"""Prompting: a task put into words, answered by a language model's next word.

A :class:`Prompt` renders text, a :class:`LanguageModel` says how likely each label is as its continuation, and
:func:`classify` puts the two together, with contextual calibration if asked. :func:`accuracy` and
:func:`accuracy_difference` say how good the answers are, and how sure one can be of that.
"""

from utils.prompting.baselines import bag_of_words, vader_scores
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities
from utils.prompting.classification import classify, draw_examples
from utils.prompting.evaluation import accuracy, accuracy_difference
from utils.prompting.finetuning import Settings, finetune
from utils.prompting.language_model import LanguageModel
from utils.prompting.prompt import Message, Prompt

__all__ = [
    "CONTENT_FREE",
    "LanguageModel",
    "Message",
    "Prompt",
    "Settings",
    "accuracy",
    "accuracy_difference",
    "bag_of_words",
    "calibrate",
    "classify",
    "draw_examples",
    "finetune",
    "label_probabilities",
    "vader_scores",
]
