"""Prompting: a task described in words, and answered by a language model's next word.

A :class:`Prompt` renders text, a :class:`LanguageModel` scores each label as its continuation, and :func:`classify`
combines the two, with contextual calibration if requested. :func:`accuracy` and :func:`accuracy_difference` measure the
answers, :func:`auc` the order in which a prompt puts the texts, each with an interval.

The files, from words to numbers:

- `prompt`: a prompt as text or as a conversation
- `tokens`: from text to tokens, and the prefixes that prompts share
- `scoring`: log-probabilities of continuations, computed in batches
- `language_model`: a causal model with its tokeniser
- `conversion`: converting the course's models once, for quick loading
- `loading`: reading a model from a folder or from the Hugging Face hub
- `paging`: returning the memory of weights after each layer
- `calibration`: contextual calibration of label probabilities, and a threshold at their median
- `classification`: a prompt as a classifier
- `finetuning`: low-rank adapters, the alternative with gradients
- `baselines`: a lexicon and a bag of words, which a prompt has to beat
- `evaluation`: accuracy, AUC and their differences, with intervals
- `drawing`: the pictures of lecture 04
- `study`: makes and reads the shipped `study.json`
- `__main__`: converts the course's model ahead of time, ``python -m utils.prompting``
"""

from utils.prompting.baselines import bag_of_words, vader_scores
from utils.prompting.calibration import CONTENT_FREE, calibrate, label_probabilities, median_answers
from utils.prompting.classification import classify, draw_examples
from utils.prompting.evaluation import accuracy, accuracy_difference, auc, auc_difference
from utils.prompting.finetuning import LoraSettings, finetune, finetune_on_tasks
from utils.prompting.language_model import LanguageModel
from utils.prompting.prompt import Message, Prompt

__all__ = [
    "CONTENT_FREE",
    "LanguageModel",
    "LoraSettings",
    "Message",
    "Prompt",
    "accuracy",
    "accuracy_difference",
    "auc",
    "auc_difference",
    "bag_of_words",
    "calibrate",
    "classify",
    "draw_examples",
    "finetune",
    "finetune_on_tasks",
    "label_probabilities",
    "median_answers",
    "vader_scores",
]
