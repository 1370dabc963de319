"""Answers to exercise 2, scoring the answers."""

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="04_prompting",
    notebook="prompting",
    title="2 scoring the answers",
    read="04_prompting: A task in words",
    solutions=("label_scores",),
    checks=("label_scores-one_token", "label_scores-several_tokens", "label_scores-per_token", "label_scores-theory"),
)


@EXERCISE.right("label_scores")
def splits_the_whole_text(model, prompt, words, per_token):
    """Cuts prompt and answer together, and scores what comes after the prompt's tokens."""
    begin, scores = len(model.encode(prompt)), np.zeros(len(words))
    for i, word in enumerate(words):
        tokens = model.encode(f"{prompt} {word}")
        for place in range(begin, len(tokens)):
            z = model.next_logits(tokens[:place])
            scores[i] += z[tokens[place]] - z.max() - np.log(np.exp(z - z.max()).sum())
        if per_token:
            scores[i] /= len(tokens) - begin
    return scores


@EXERCISE.right("label_scores")
def calls_itself(model, prompt, words, per_token):
    """The log-probability of a sequence by recursion: the first token, then the rest after it."""

    def chain(read, answer):
        if not answer:
            return 0.0
        return log_softmax(model.next_logits(read))[answer[0]] + chain(read + answer[:1], answer[1:])

    answers = [model.encode(" " + word) for word in words]
    return [chain(model.encode(prompt), a) / (len(a) if per_token else 1) for a in answers]


@EXERCISE.right("label_scores")
def takes_means_or_sums(model, prompt, words, per_token):
    """Collects the terms of each word, and lets np.mean or np.sum put them together."""
    together = np.mean if per_token else np.sum
    rows = []
    for word in words:
        seen, terms = list(model.encode(prompt)), []
        for token in model.encode(" " + word):
            logits = np.asarray(model.next_logits(seen), dtype=np.longdouble)
            terms.append(logits[token] - logsumexp(logits.astype(float)))
            seen.append(token)
        rows.append(float(together(terms)))
    return np.array(rows)


@EXERCISE.wrong("label_scores")
def forgets_the_space(model, prompt, words, per_token):
    """Asks for "good", where the model has " good" in its vocabulary."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(word), 0.0
        for token in answer:
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def returns_logits(model, prompt, words, per_token):
    """Takes logits for log-probabilities, which are comparable only after the same tokens."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            total += model.next_logits(read)[token]
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def scores_the_first_token_only(model, prompt, words, per_token):
    """Scores only the first token of each word, as if every word were one token."""
    logits = model.next_logits(model.encode(prompt))
    return np.array([logits[model.encode(" " + word)[0]] - logsumexp(logits) for word in words])


@EXERCISE.wrong("label_scores")
def scores_the_last_token_only(model, prompt, words, per_token):
    """Keeps only the last step of the loop."""
    scores = []
    for word in words:
        read = model.encode(prompt)
        for token in model.encode(" " + word):
            logits = model.next_logits(read)
            last = logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(last)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def forgets_what_was_said(model, prompt, words, per_token):
    """Predicts every token of a word from the prompt alone."""
    logits = model.next_logits(model.encode(prompt))
    scores = []
    for word in words:
        answer = model.encode(" " + word)
        total = sum(logits[token] - logsumexp(logits) for token in answer)
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def reads_on_into_the_next_word(model, prompt, words, per_token):
    """Goes on appending to the same list, so that later words follow earlier ones."""
    read, scores = model.encode(prompt), []
    for word in words:
        answer, total = model.encode(" " + word), 0.0
        for token in answer:
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def normalises_over_the_labels(model, prompt, words, per_token):
    """Makes the label words the only ones that could follow."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return log_softmax(scores)


@EXERCISE.wrong("label_scores")
def always_divides_by_the_length(model, prompt, words, per_token):
    """Normalises whether it is asked to or not."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total / len(answer))
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def never_divides_by_the_length(model, prompt, words, per_token):
    """Leaves long words at their disadvantage."""
    scores = []
    for word in words:
        read, total = model.encode(prompt), 0.0
        for token in model.encode(" " + word):
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def divides_by_the_letters(model, prompt, words, per_token):
    """Takes the length in characters, not in tokens."""
    scores = []
    for word in words:
        read, total = model.encode(prompt), 0.0
        for token in model.encode(" " + word):
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits)
            read = [*read, token]
        scores.append(total / len(word) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def returns_probabilities(model, prompt, words, per_token):
    """Multiplies probabilities and forgets the logarithm."""
    scores = []
    for word in words:
        read, answer, product = model.encode(prompt), model.encode(" " + word), 1.0
        for token in answer:
            product *= softmax(model.next_logits(read))[token]
            read = [*read, token]
        scores.append(product ** (1 / len(answer)) if per_token else product)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def takes_bare_exponentials(model, prompt, words, per_token):
    """Writes the softmax down as it is defined, which overflows where logits are large."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            exponentials = np.exp(model.next_logits(read))
            total += np.log(exponentials[token] / exponentials.sum())
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def counts_in_bits(model, prompt, words, per_token):
    """Takes the logarithm to the base 2."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            total += np.log2(softmax(model.next_logits(read))[token])
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def lets_the_model_write(model, prompt, words, per_token):
    """Lets the model generate freely and looks whether a label word comes out."""
    read, said = model.encode(prompt), []
    for _ in range(5):
        said.append(int(np.argmax(model.next_logits(read + said))))
    return np.array([float(model.encode(" " + word)[0] in said) for word in words])


@EXERCISE.wrong("label_scores")
def writes_words_small(model, prompt, words, per_token):
    """Scores the words in lower case, which are other tokens."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word.strip().lower()), 0.0
        for token in answer:
            total += log_softmax(model.next_logits(read))[token]
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def adds_a_little_to_every_probability(model, prompt, words, per_token):
    """Adds 1e-12 inside the logarithm, so that no score is below -27.6 for each token."""
    scores = []
    for word in words:
        read, answer, total = model.encode(prompt), model.encode(" " + word), 0.0
        for token in answer:
            total += np.log(softmax(model.next_logits(read))[token] + 1e-12)
            read = [*read, token]
        scores.append(total / len(answer) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def puts_spaces_into_the_callers_words(model, prompt, words, per_token):
    """Writes the space into the caller's own list of words."""
    for i, word in enumerate(words):
        words[i] = " " + word
    scores = []
    for word in words:
        read, pieces, total = list(model.encode(prompt)), model.encode(word), 0.0
        for token in pieces:
            total += log_softmax(model.next_logits(read))[token]
            read.append(token)
        scores.append(total / len(pieces) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def reads_the_end_of_the_prompt(model, prompt, words, per_token):
    """Keeps the last twenty tokens of the prompt only."""
    scores = []
    for word in words:
        read, pieces, total = list(model.encode(prompt))[-20:], model.encode(" " + word), 0.0
        for token in pieces:
            logits = model.next_logits(read)
            total += log_softmax(logits)[token]
            read.append(token)
        scores.append(total / len(pieces) if per_token else total)
    return np.array(scores)


@EXERCISE.wrong("label_scores")
def adds_up_400_tokens(model, prompt, words, per_token):
    """Fixes the size of the vocabulary, so that the sum misses a part of a larger one."""
    scores = []
    for word in words:
        read, pieces, total = list(model.encode(prompt)), model.encode(" " + word), 0.0
        for token in pieces:
            logits = model.next_logits(read)
            total += logits[token] - logsumexp(logits[:400])
            read.append(token)
        scores.append(total / len(pieces) if per_token else total)
    return np.array(scores)
