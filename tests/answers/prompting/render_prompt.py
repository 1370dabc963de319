"""Answers to exercise 1, a prompt to the letter."""

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="04_prompting",
    notebook="prompting",
    title="1 a prompt, to the letter",
    read="04_prompting: A task in words",
    solutions=("render_prompt",),
    checks=("render_prompt-two_cards", "render_prompt-any_cards"),
)


@EXERCISE.right("render_prompt")
def adds_up_strings(instruction, examples, query):
    """Adds block to block, each with the empty line behind it."""
    prompt = ""
    if instruction != "":
        prompt += instruction + "\n\n"
    for example in examples:
        prompt += "Review: " + example[0] + "\n" + "Sentiment: " + example[1] + "\n\n"
    return prompt + "Review: " + query + "\nSentiment:"


@EXERCISE.right("render_prompt")
def lists_lines(instruction, examples, query):
    """Writes line by line, empty ones included, and joins them at the end."""
    lines = [instruction, ""] if len(instruction) > 0 else []
    for text, word in examples:
        lines += ["Review: " + text, "Sentiment: " + word, ""]
    lines += ["Review: " + query, "Sentiment:"]
    return "\n".join(lines)


@EXERCISE.right("render_prompt")
def treats_the_query_as_an_example(instruction, examples, query):
    """Writes the query like an example without a word, and takes the space off at the end."""
    template = "Review: %s\nSentiment: %s"
    blocks = [template % pair for pair in [*examples, (query, "")]]
    return "\n\n".join(([instruction] if instruction else []) + blocks)[:-1]


@EXERCISE.wrong("render_prompt")
def leaves_a_space_at_the_end(instruction, examples, query):
    """Ends with a space, which the answer's token already carries."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join([*blocks, f"Review: {query}\nSentiment: "])


@EXERCISE.wrong("render_prompt")
def separates_by_one_line_break(instruction, examples, query):
    """Ends the line instead of leaving one empty."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n".join([*blocks, f"Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def keeps_an_empty_instruction(instruction, examples, query):
    """Writes the empty line after an instruction that is not there."""
    blocks = [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join([instruction, *blocks, f"Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def sorts_the_examples(instruction, examples, query):
    """Puts the examples into another order, which is part of a prompt."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in sorted(examples)]
    return "\n\n".join([*blocks, f"Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def drops_repeated_examples(instruction, examples, query):
    """Keeps the examples in a dictionary, where a text stands once."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in dict(examples).items()]
    return "\n\n".join([*blocks, f"Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def formats_the_finished_text(instruction, examples, query):
    """Puts the query in with format at the end, which reads the braces that visitors wrote."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join([*blocks, "Review: {}\nSentiment:"]).format(query)


@EXERCISE.wrong("render_prompt")
def strips_the_texts(instruction, examples, query):
    """Strips the texts, which must be used unchanged."""
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text.strip()}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join([*blocks, f"Review: {query.strip()}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def puts_the_query_first(instruction, examples, query):
    """Asks before it shows, so that the model continues the last example."""
    blocks = [instruction] if instruction else []
    blocks.append(f"Review: {query}\nSentiment:")
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join(blocks)


@EXERCISE.wrong("render_prompt")
def forgets_the_examples(instruction, examples, query):
    """Asks zero-shot whatever it is given."""
    return "\n\n".join([*([instruction] if instruction else []), f"Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def repeats_the_instruction(instruction, examples, query):
    """Puts the instruction in front of every block."""
    head = instruction + "\n\n" if instruction else ""
    blocks = [f"{head}Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join([*blocks, f"{head}Review: {query}\nSentiment:"])


@EXERCISE.wrong("render_prompt")
def replaces_placeholders_one_after_the_other(instruction, examples, query):
    """Fills a template by replace, so that a blank that a visitor wrote is filled, too."""
    template = "Review: {text}\nSentiment: {label}"
    blocks = [template.replace("{text}", text).replace("{label}", word) for text, word in examples]
    blocks.append(template.replace("{text}", query).replace("{label}", "").rstrip(" "))
    return "\n\n".join([instruction, *blocks] if instruction else blocks)


@EXERCISE.wrong("render_prompt")
def squeezes_empty_lines(instruction, examples, query):
    """Removes double empty lines at the end, also those that belong to a text."""
    import re

    blocks = [instruction, *(f"Review: {text}\nSentiment: {word}" for text, word in examples)]
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join([*blocks, f"Review: {query}\nSentiment:"])).lstrip("\n")


@EXERCISE.wrong("render_prompt")
def strips_the_prompt(instruction, examples, query):
    """Strips the finished prompt, and with it the blanks of the instruction."""
    blocks = [instruction, *(f"Review: {text}\nSentiment: {word}" for text, word in examples)]
    return "\n\n".join([*blocks, f"Review: {query}\nSentiment:"]).strip()


@EXERCISE.wrong("render_prompt")
def appends_the_query_to_the_examples(instruction, examples, query):
    """Puts the query into the caller's own list of examples, which then shows it to every later prompt."""
    examples.append((query, ""))
    blocks = [instruction] if instruction else []
    blocks += [f"Review: {text}\nSentiment: {word}" for text, word in examples]
    return "\n\n".join(blocks)[:-1]


@EXERCISE.wrong("render_prompt")
def replaces_one_blank_after_the_other(instruction, examples, query):
    """Fills the blanks of a pattern one after the other, so that a text with the name of a later blank is changed."""
    blocks = [instruction] if instruction else []
    for text, word in examples:
        blocks.append("Review: {text}\nSentiment: {word}".replace("{text}", text).replace("{word}", word))
    blocks.append("Review: {text}\nSentiment:".replace("{text}", query))
    return "\n\n".join(blocks)
