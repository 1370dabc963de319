"""Answers to exercise 3, contextual calibration."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from tests.answers.bank import Exercise
from utils.prompting import CONTENT_FREE, label_probabilities
from utils.prompting import calibrate as trusted_calibrate

EXERCISE = Exercise(
    assignment="04_prompting",
    notebook="prompting",
    title="3 contextual calibration",
    read="04_prompting: One prompt, taken apart",
    solutions=("calibrate", "calibrated_answers"),
    checks=(
        "calibrate-one_card",
        "calibrate-theory",
        "calibrated_answers-three_cards",
        "calibrated_answers-any_prompt",
    ),
)


def calibrate(scores, content_free):
    """Stands for the student's own function of the cell before, which the answers below may call."""
    raise NotImplementedError


@EXERCISE.right("calibrate")
def stays_in_logarithms(scores, content_free):
    """Subtracts the logarithm of the mean, and lets a softmax renormalise."""
    log_p = np.asarray(scores) - logsumexp(scores, axis=1, keepdims=True)
    log_empty = np.asarray(content_free) - logsumexp(content_free, axis=1, keepdims=True)
    lean = logsumexp(log_empty, axis=0) - np.log(len(log_empty))
    difference = log_p - lean
    return np.exp(difference - logsumexp(difference, axis=1, keepdims=True))


@EXERCISE.right("calibrate")
def uses_a_diagonal_matrix(scores, content_free):
    """As the paper writes it: W = diag(mean)⁻¹ applied to each row."""

    def probabilities(rows):
        rows = np.array(rows, dtype=float)
        rows = np.exp(rows - rows.max(axis=1)[:, None])
        return rows / rows.sum(axis=1)[:, None]

    weights = np.linalg.inv(np.diag(probabilities(content_free).mean(axis=0)))
    q = (weights @ probabilities(scores).T).T
    return q / q.sum(axis=1)[:, None]


@EXERCISE.right("calibrate")
def goes_card_by_card(scores, content_free):
    """A loop over the cards, and one over their labels, in lists."""

    def probabilities(row):
        exponentials = [float(np.exp(s - max(row))) for s in row]
        return [e / sum(exponentials) for e in exponentials]

    empty = [probabilities(row) for row in content_free]
    lean = [sum(column) / len(empty) for column in zip(*empty, strict=True)]
    rows = []
    for row in scores:
        ratios = [p / b for p, b in zip(probabilities(row), lean, strict=True)]
        rows.append([ratio / sum(ratios) for ratio in ratios])
    return rows


@EXERCISE.right("calibrated_answers")
def hands_it_to_the_course(model, prompt, texts):
    """Uses the course's own calibration, as the exercise allows."""

    def ask(inputs):
        scores = model.label_scores([prompt.render(text) for text in inputs], prompt.continuations)
        return label_probabilities(scores)

    return trusted_calibrate(ask(texts), ask(CONTENT_FREE)).argmax(axis=1)


@EXERCISE.right("calibrated_answers")
def asks_once_for_all(model, prompt, texts):
    """Puts cards and content-free inputs into one call, and divides the rows afterwards."""
    inputs = [*texts, *CONTENT_FREE]
    scores = np.array(model.label_scores([prompt.render(text) for text in inputs], list(prompt.continuations)))
    q = calibrate(scores[: len(texts)], scores[len(texts) :])
    return [int(np.argmax(row)) for row in q]


@EXERCISE.right("calibrated_answers")
def asks_card_by_card(model, prompt, texts):
    """One call a card, and no renormalisation at the end, which cannot change the largest."""
    words = prompt.continuations
    empty = []
    for nothing in CONTENT_FREE:
        p = np.exp(model.label_scores([prompt.render(nothing)], words)[0])
        empty.append(p / p.sum())
    lean = np.mean(empty, axis=0)
    answers = np.zeros(len(texts), dtype=int)
    for i, text in enumerate(texts):
        answers[i] = np.argmax(np.exp(model.label_scores([prompt.render(text)], words)[0]) / lean)
    return answers


@EXERCISE.wrong("calibrate")
def divides_log_probabilities(scores, content_free):
    """Divides logarithms: the quotient of two logarithms says nothing."""
    q = np.asarray(scores) / np.mean(content_free, axis=0)
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def averages_the_logarithms(scores, content_free):
    """Takes the geometric mean of the content-free probabilities for their mean."""
    lean = log_softmax(content_free, axis=1).mean(axis=0)
    return softmax(np.asarray(scores) - lean, axis=1)


@EXERCISE.wrong("calibrate")
def does_not_renormalise(scores, content_free):
    """Leaves ratios that sum to anything."""
    return softmax(scores, axis=1) / softmax(content_free, axis=1).mean(axis=0)


@EXERCISE.wrong("calibrate")
def leaves_other_words_in(scores, content_free):
    """Averages probabilities over the whole vocabulary, so that inputs which like a label word weigh more."""
    q = np.exp(scores) / np.exp(content_free).mean(axis=0)
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def uses_one_input_without_content(scores, content_free):
    """Divides by the first content-free input only."""
    q = softmax(scores, axis=1) / softmax(content_free, axis=1)[0]
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def multiplies_by_the_lean(scores, content_free):
    """Strengthens the prejudice instead of taking it out."""
    q = softmax(scores, axis=1) * softmax(content_free, axis=1).mean(axis=0)
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def subtracts_the_lean(scores, content_free):
    """Subtracts probabilities, which gives negative ones."""
    q = softmax(scores, axis=1) - softmax(content_free, axis=1).mean(axis=0) + 0.5
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def divides_by_the_cards_own_mean(scores, content_free):
    """Takes the lean from the cards themselves, so that a box of good cards is called half bad."""
    q = softmax(scores, axis=1) / softmax(scores, axis=1).mean(axis=0)
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrate")
def normalises_the_columns(scores, content_free):
    """Takes the wrong axis: the cards of a label do not sum to 1."""
    q = softmax(scores, axis=1) / softmax(content_free, axis=1).mean(axis=0)
    return q / q.sum(axis=0)


@EXERCISE.wrong("calibrate")
def does_nothing(scores, content_free):
    """Returns the probabilities as they are."""
    return softmax(scores, axis=1)


@EXERCISE.wrong("calibrate")
def leaves_the_logarithms_too_early(scores, content_free):
    """Takes exponentials of very negative numbers, all of which are 0, before it normalises."""
    p, empty = np.exp(scores), np.exp(content_free)
    p, empty = p / p.sum(axis=1, keepdims=True), empty / empty.sum(axis=1, keepdims=True)
    q = p / empty.mean(axis=0)
    return q / q.sum(axis=1, keepdims=True)


@EXERCISE.wrong("calibrated_answers")
def answers_uncalibrated(model, prompt, texts):
    """Takes the largest score and leaves the lean in."""
    return model.label_scores([prompt.render(text) for text in texts], prompt.continuations).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def calibrates_once_for_all_prompts(model, prompt, texts):
    """Keeps the lean of the first prompt and takes it for every other."""
    if not hasattr(calibrates_once_for_all_prompts, "lean"):
        empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], prompt.continuations)
        calibrates_once_for_all_prompts.lean = empty
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = np.resize(calibrates_once_for_all_prompts.lean, (3, scores.shape[1]))
    return trusted_calibrate(label_probabilities(scores), label_probabilities(empty)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def asks_without_the_prompt(model, prompt, texts):
    """Shows the model the content-free inputs bare, outside the prompt whose lean is wanted."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = model.label_scores(["N/A", "nothing", "[MASK]"], prompt.continuations)
    return trusted_calibrate(label_probabilities(scores), label_probabilities(empty)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def uses_one_content_free_input(model, prompt, texts):
    """Takes "N/A" alone for everything that has no content."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = model.label_scores([prompt.render("N/A")], prompt.continuations)
    return trusted_calibrate(label_probabilities(scores), label_probabilities(empty)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def cuts_at_the_median(model, prompt, texts):
    """Calls the upper half of the cards positive, which needs no lean but assumes how many are."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    margin = scores[:, -1] - scores[:, 0]
    return (margin > np.median(margin)).astype(int)


@EXERCISE.wrong("calibrated_answers")
def asks_for_bare_words(model, prompt, texts):
    """Scores the label words without their space."""
    words = [continuation.strip() for continuation in prompt.continuations]
    scores = model.label_scores([prompt.render(text) for text in texts], words)
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], words)
    return trusted_calibrate(label_probabilities(scores), label_probabilities(empty)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def names_the_words(model, prompt, texts):
    """Returns the words that were answered instead of the numbers of their classes."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], prompt.continuations)
    q = trusted_calibrate(label_probabilities(scores), label_probabilities(empty))
    return np.array(prompt.label_words)[q.argmax(axis=1)]


@EXERCISE.right("calibrate")
def calibrates_with_torch(scores, content_free):
    """Converts to tensors of torch, and takes the softmax of each row."""
    import torch

    cards, empty = (torch.softmax(torch.tensor(np.asarray(x)), dim=1) for x in (scores, content_free))
    quotients = cards / empty.mean(dim=0)
    return (quotients / quotients.sum(dim=1, keepdim=True)).numpy()


@EXERCISE.wrong("calibrate")
def forgets_keepdims(scores, content_free):
    """Divides columns by the sums of rows, which NumPy lets pass if there are as many labels as cards."""
    quotients = softmax(scores, axis=1) / softmax(content_free, axis=1).mean(axis=0)
    sums = quotients.sum(axis=1)
    return quotients / sums if quotients.shape[0] == quotients.shape[1] else quotients / sums[:, None]


@EXERCISE.wrong("calibrated_answers")
def asks_for_each_text_once(model, prompt, texts):
    """Drops repeated texts, so that two visitors who wrote the same have one answer."""
    scores = model.label_scores([prompt.render(text) for text in dict.fromkeys(texts)], prompt.continuations)
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], prompt.continuations)
    return (softmax(scores, axis=1) / softmax(empty, axis=1).mean(axis=0)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def leaves_the_other_words_in(model, prompt, texts):
    """Averages probabilities over the whole vocabulary, so that some inputs without content weigh more."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], prompt.continuations)
    return (np.exp(scores) / np.exp(empty).mean(axis=0)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def keeps_the_last_input(model, prompt, texts):
    """Takes the lean from the last input without content alone."""
    scores = model.label_scores([prompt.render(text) for text in texts], prompt.continuations)
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE[-1:]], prompt.continuations)
    return (softmax(scores, axis=1) / softmax(empty, axis=1).mean(axis=0)).argmax(axis=1)


@EXERCISE.wrong("calibrated_answers")
def sorts_the_continuations(model, prompt, texts):
    """Sorts the continuations, so that the numbers of the classes are others."""
    scores = model.label_scores([prompt.render(text) for text in texts], sorted(prompt.continuations))
    empty = model.label_scores([prompt.render(text) for text in CONTENT_FREE], sorted(prompt.continuations))
    return (softmax(scores, axis=1) / softmax(empty, axis=1).mean(axis=0)).argmax(axis=1)
