"""From text to tokens: where a prompt ends and its continuation begins, and what many prompts share.

A vocabulary's entries do not stop where a prompt does: " positive", with its space, is one token. A prompt is therefore
tokenised together with each continuation, and what is scored are the tokens after those that all of these have in
common with the prompt alone. The scores of several labels are then comparable: all start from the same tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Tokens = tuple[int, ...]


class Query(NamedTuple):
    """What the model has read, at least one token, and the continuations to be scored, each at least one token."""

    context: Tokens
    continuations: tuple[Tokens, ...]


@dataclass(frozen=True)
class Group:
    """Queries, by their position in the list given, whose contexts all begin with the same ``shared`` tokens.

    Every context has at least one token more than these.
    """

    shared: int
    members: tuple[int, ...]


class Vocabulary:
    """A tokeniser's rules, as far as scoring needs them."""

    def __init__(self, tokenizer: Any, start: int | None) -> None:
        """``start`` stands before a text that has nothing before it; a tokeniser may insist on a token of its own."""
        self._tokenizer = tokenizer
        opening: list[int] = tokenizer("").input_ids
        self._opening = tuple(opening[:1])
        self._opening_text: str = tokenizer.decode(opening[:1]) if opening else ""
        self._start = self._opening or (() if start is None else (start,))

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, with whatever the tokeniser always puts in front, but put there once only."""
        if not texts:
            return []
        rows = self._tokenizer(list(texts), add_special_tokens=False).input_ids
        return [
            tuple(row) if self._opening_text and text.startswith(self._opening_text) else (*self._opening, *row)
            for text, row in zip(texts, rows, strict=True)
        ]

    def from_start(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text with a token before them, so that the first of the text is predicted too."""
        rows = self.encode(texts)
        return rows if self._opening else [(*self._start, *row) for row in rows]

    def queries(self, prompts: Sequence[str], continuations: Sequence[str]) -> list[Query]:
        """One query a prompt; raises ValueError in a sentence if a prompt is empty and no token can stand before it."""
        alone = self.encode(prompts)
        joined = [self.encode([prompt + continuation for prompt in prompts]) for continuation in continuations]
        queries = []
        for row, whole in zip(alone, zip(*joined, strict=True), strict=True):
            # A token that reaches over the border counts as the continuation's, for every continuation.
            border = min(common_length((row, other)) for other in whole)
            border = min(border, *(len(other) - 1 for other in whole))
            context = row[:border] or self._start
            if not context:
                raise ValueError(
                    "An empty prompt was given, but this model has no token that stands for the start of a text: give "
                    "a prompt with at least one word."
                )
            queries.append(Query(context, tuple(other[border:] for other in whole)))
        return queries


def common_length(rows: Sequence[Tokens]) -> int:
    """How many tokens all rows begin with alike."""
    # The first and the last in order differ no later than any two others.
    first, last = min(rows), max(rows)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def shared_prefixes(contexts: Sequence[Tokens]) -> list[Group]:
    """Divide contexts into groups so that few tokens are left to compute, when a group's shared ones are computed once.

    Prompts that differ only in their question make one group; those of several sets of examples one group each.
    """
    return list(_best_groups(contexts, tuple(range(len(contexts))))[1])


def _best_groups(contexts: Sequence[Tokens], members: tuple[int, ...]) -> tuple[int, Iterator[Group]]:
    """The fewest tokens to compute for some contexts, and the groups that need no more."""
    rows = [contexts[i] for i in members]
    shared = min(common_length(rows), min(map(len, rows)) - 1)
    together = shared + sum(len(row) - shared for row in rows)
    if (len(members) > 1 and shared > 0) or len(members) > 2:
        branches: dict[int, list[int]] = {}
        for i in members:
            branches.setdefault(contexts[i][shared], []).append(i)
        if 1 < len(branches) < len(members):
            parts = [_best_groups(contexts, tuple(branch)) for branch in branches.values()]
            apart = sum(cost for cost, _ in parts)
            if apart < together:
                return apart, (group for _, groups in parts for group in groups)
    return together, iter((Group(shared, members),))
