"""Answers to exercise 5, a prompt of one's own: the right ones and three of the wrong ones ask the real model."""

from tests.answers.bank import Exercise

EXERCISE = Exercise(
    assignment="04_prompting",
    notebook="prompting",
    title="5 a prompt of your own",
    read="04_prompting: Words, templates, instructions",
    solutions=("my_prompt",),
    checks=("my_prompt-form", "my_prompt-first_box", "my_prompt-second_box"),
)


BASELINE = {"instruction": "stands for the notebook's own, which an answer below hands in"}


@EXERCISE.right("my_prompt")
def two_examples():
    """Shows one example of each label, and nothing else."""
    return {
        "instruction": "",
        "examples": (
            ("A gripping film with a wonderful cast.", "positive"),
            ("Dull, clumsy and far too long.", "negative"),
        ),
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ("negative", "positive"),
    }


@EXERCISE.right("my_prompt")
def four_examples_step_by_step():
    """Lets four short examples say what is wanted, bad ones first, in a dictionary made step by step."""
    shown = {
        "I wanted my money back.": "negative",
        "Warm, funny and beautifully shot.": "positive",
        "Dull, clumsy and far too long.": "negative",
        "A gripping film with a wonderful cast.": "positive",
    }
    design = {"label_words": sorted(set(shown.values())), "instruction": ""}
    design["examples"] = [[text, word] for text, word in shown.items()]
    design["template"] = "Review: " + "{text}" + "\n" + "Sentiment: " + "{label}"
    return design


@EXERCISE.right("my_prompt")
def reads_it_from_a_text():
    """Keeps the design as JSON text, and loads it."""
    import json

    return json.loads(
        """{"instruction": "", "label_words": ["negative", "positive"],
            "template": "Review: {text}\\nSentiment: {label}",
            "examples": [["A gripping film with a wonderful cast.", "positive"],
                         ["Dull, clumsy and far too long.", "negative"]]}"""
    )


@EXERCISE.wrong("my_prompt")
def hands_in_the_baseline():
    """Changes nothing, and so beats nothing."""
    return dict(BASELINE)


@EXERCISE.wrong("my_prompt")
def exchanges_the_label_words():
    """Puts the word for positive first: the examples still read right, but every answer counts as the other class."""
    return {
        "instruction": "",
        "examples": [
            ("A gripping film with a wonderful cast.", "positive"),
            ("Dull, clumsy and far too long.", "negative"),
        ],
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["positive", "negative"],
    }


@EXERCISE.wrong("my_prompt")
def shows_only_good_reviews():
    """Shows four examples of one label, and the model goes on saying it."""
    return {
        "instruction": "",
        "examples": [
            ("A gripping film with a wonderful cast.", "positive"),
            ("Warm, funny and beautifully shot.", "positive"),
            ("A delight.", "positive"),
            ("One of the best this year.", "positive"),
        ],
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def writes_a_treatise():
    """Is longer than the limit: more words are not understood better."""
    return {
        "instruction": "You are an expert film critic with many years of experience at a famous magazine. Read "
        "the following review with great care. Think about what its author felt in the cinema, about the tone, about "
        "irony, about faint praise and loud blame, and about everything else that a reader would notice. Then, and "
        "only then, decide in one single word whether the author of the review liked the movie or did not like it.",
        "examples": [("A gem.", "positive"), ("I left early.", "negative")],
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def renders_by_itself():
    """Returns a finished text for one review, into which no other can be put."""
    return "Is this review positive or negative?\n\nReview: A gem.\nSentiment:"


@EXERCISE.wrong("my_prompt")
def labels_with_numbers():
    """Names the classes of the examples by number, not by the word that the model is to say."""
    return {
        "instruction": "",
        "examples": [("A gem.", 1), ("I left early.", 0)],
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def goes_on_after_the_answer():
    """Writes on behind the blank, where nothing has been answered yet."""
    return {
        "instruction": "",
        "examples": [("A gem.", "positive"), ("I left early.", "negative")],
        "template": "Review: {text}\nThis is a {label} review.",
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def asks_before_the_review():
    """Puts the answer's blank before the text, which the model would have to know beforehand."""
    return {
        "instruction": "",
        "examples": [("A gem.", "positive"), ("I left early.", "negative")],
        "template": "Sentiment: {label}\nReview: {text}",
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def leaves_out_the_template():
    """Leaves out the template, as if instruction and examples said it all."""
    return {
        "instruction": "Is the review negative or positive?",
        "examples": [("A gem.", "positive"), ("I left early.", "negative")],
        "label_words": ["negative", "positive"],
    }


@EXERCISE.wrong("my_prompt")
def shows_ten_examples():
    """Shows more examples than the limit allows."""
    return {
        "instruction": "",
        "examples": [("A gem.", "positive"), ("I left early.", "negative")] * 5,
        "template": "Review: {text}\nSentiment: {label}",
        "label_words": ["negative", "positive"],
    }
