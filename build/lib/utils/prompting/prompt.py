"""A prompt: a task in words, as text that a language model continues with the answer."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


class Message(TypedDict):
    """One turn of a chat: the speaker (``"user"`` or ``"assistant"``) and the text."""

    role: str
    content: str


@dataclass(frozen=True)
class Prompt:
    """An instruction, labelled examples, and a template for the text to be labelled, which ends before the label.

    instruction: the first paragraph; may be empty.
    examples: pairs (text, class), the class counted from 0, in the order in which they appear.
    template: how a text and its label are written, with the placeholders ``{text}`` and ``{label}``, in this order.
    label_words: the word for each class: ``label_words[1]`` is that of class 1.
    separator: between instruction, examples and question.

    Raises:
        ValueError: if the template lacks a placeholder, label words are fewer than two, empty or equal, or an example's
            class has no word.

    >>> prompt = Prompt("Is the review good?", [("A gem.", 1)], "Review: {text}\\nAnswer: {label}", ("no", "yes"))
    >>> print(prompt.render("A bore."))
    Is the review good?
    <BLANKLINE>
    Review: A gem.
    Answer: yes
    <BLANKLINE>
    Review: A bore.
    Answer:
    >>> prompt.continuations
    (' no', ' yes')
    """

    instruction: str = ""
    examples: Sequence[tuple[str, int]] = ()
    template: str = "Review: {text}\nSentiment: {label}"
    label_words: Sequence[str] = ("negative", "positive")
    separator: str = "\n\n"

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", tuple((text, int(label)) for text, label in self.examples))
        object.__setattr__(self, "label_words", tuple(self.label_words))
        self._parts()
        words = self.label_words
        if len(words) < 2 or len(set(words)) < len(words) or not all(word.strip() for word in words):
            raise ValueError(
                f"label_words={list(words)} was given, but each class needs a word of its own: give two or more "
                "different words."
            )
        for text, label in self.examples:
            if not 0 <= label < len(words):
                raise ValueError(
                    f"The example {text[:30]!r} has class {label}, but label_words covers the classes 0 to "
                    f"{len(words) - 1}: give one of these."
                )

    def render(self, text: str) -> str:
        """The whole prompt for one text, up to the label, and without the space before the label.

        The space belongs to the answer (:attr:`continuations`), because the entries of the model's vocabulary are words
        with the space before them.
        """
        before, between, _ = self._parts()
        question = before + text + between
        answered = (self._answered(example, self.label_words[label]) for example, label in self.examples)
        instruction = [self.instruction] if self.instruction else []
        blocks = [*instruction, *answered, question[: len(question) - self._spaces()]]
        return self.separator.join(blocks)

    @property
    def continuations(self) -> tuple[str, ...]:
        """For each class, what continues a rendered prompt: the template's space, if it has one, and the label word."""
        _, between, _ = self._parts()
        space = between[len(between) - self._spaces() :]
        return tuple(space + word for word in self.label_words)

    def messages(self, text: str) -> list[Message]:
        """The same prompt as a conversation: each example is a question and its answer.

        The instruction comes before the first question. The template's words after the text belong to the question; the
        answers are the label words alone.
        """
        turns: list[Message] = []
        for example, label in [*self.examples, (text, None)]:
            before, between, _ = self._parts()
            question = (before + example + between).rstrip()
            opening = self.instruction + self.separator if self.instruction and not turns else ""
            turns.append(Message(role="user", content=opening + question))
            if label is not None:
                turns.append(Message(role="assistant", content=self.label_words[label]))
        return turns

    def _answered(self, text: str, word: str) -> str:
        before, between, after = self._parts()
        return before + text + between + word + after

    def _parts(self) -> tuple[str, str, str]:
        """The template's literal text before, between and after the placeholders."""
        try:
            fields = list(string.Formatter().parse(self.template))
        except ValueError:
            fields = []
        names = [name for _, name, _, _ in fields if name is not None]
        if names != ["text", "label"]:
            raise ValueError(
                f"The template {self.template!r} was given, but a template needs the placeholders {{text}} and "
                f"{{label}}, once each, in this order: add them."
            )
        literals = [literal for literal, _, _, _ in fields] + [""]
        return literals[0], literals[1], "".join(literals[2:])

    def _spaces(self) -> int:
        """How many spaces there are between the template's last visible character and the label."""
        _, between, _ = self._parts()
        return len(between) - len(between.rstrip(" "))
