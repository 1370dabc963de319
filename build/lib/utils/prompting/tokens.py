"""From text to tokens: the border between a prompt and its continuation, and the prefixes that prompts share.

Token boundaries need not agree with the end of a prompt: " positive", with its space, is one token. A prompt is
therefore tokenised together with each continuation. The scored tokens are those after the prefix that all these rows
share with the tokens of the prompt alone. The scores of several labels are then comparable: all start from the same
tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Tokens = tuple[int, ...]


class Query(NamedTuple):
    """The context that the model reads and the continuations to be scored, each of at least one token."""

    context: Tokens
    continuations: tuple[Tokens, ...]


@dataclass(frozen=True)
class Group:
    """Queries, by their position in a list, whose contexts all begin with the same ``shared`` tokens.

    Every context is longer than ``shared`` tokens.
    """

    shared: int
    members: tuple[int, ...]


class Vocabulary:
    """The part of a tokeniser that scoring needs."""

    def __init__(self, tokenizer: Any, start: int | None) -> None:
        """``start`` is the token before a text without a context, unless the tokeniser adds a token of its own."""
        self._tokenizer = tokenizer
        opening: list[int] = tokenizer("").input_ids
        self._opening = tuple(opening[:1])
        self._opening_text: str = tokenizer.decode(opening[:1]) if opening else ""
        self._start = self._opening or (() if start is None else (start,))

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, with the token that the tokeniser always adds at the front, but only once."""
        if not texts:
            return []
        rows = self._tokenizer(list(texts), add_special_tokens=False).input_ids
        return [
            tuple(row) if self._opening_text and text.startswith(self._opening_text) else (*self._opening, *row)
            for text, row in zip(texts, rows, strict=True)
        ]

    def from_start(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text after a start token, so that the first token of the text is predicted too."""
        rows = self.encode(texts)
        return rows if self._opening else [(*self._start, *row) for row in rows]

    def queries(self, prompts: Sequence[str], continuations: Sequence[str]) -> list[Query]:
        """One query per prompt.

        Raises:
            ValueError: if a prompt is empty and the model has no start token.
        """
        alone = self.encode(prompts)
        joined = [self.encode([prompt + continuation for prompt in prompts]) for continuation in continuations]
        queries = []
        for row, whole in zip(alone, zip(*joined, strict=True), strict=True):
            # A token that spans the border belongs to the continuation, for every continuation.
            border = min(common_length((row, other)) for other in whole)
            border = min(border, *(len(other) - 1 for other in whole))
            context = row[:border] or self._start
            if not context:
                raise ValueError(
                    "An empty prompt was given, but this model has no token for the start of a text: give a prompt "
                    "with at least one word."
                )
            queries.append(Query(context, tuple(other[border:] for other in whole)))
        return queries


def common_length(rows: Sequence[Tokens]) -> int:
    """The length of the longest common prefix of all rows.

    Example:
        >>> common_length([(1, 2, 3), (1, 2), (1, 2, 4)])
        2
    """
    # In sorted order, the first and the last row differ no later than any two others.
    first, last = min(rows), max(rows)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def shared_prefixes(contexts: Sequence[Tokens]) -> list[Group]:
    """Divide contexts into groups so that few tokens have to be computed when each group's prefix is computed once.

    Prompts that differ only in their question form one group; prompts with several sets of examples form one group per
    set.
    """
    return list(_best_groups(contexts, tuple(range(len(contexts))))[1])


def _best_groups(contexts: Sequence[Tokens], members: tuple[int, ...]) -> tuple[int, Iterator[Group]]:
    """The smallest number of tokens to compute for some contexts, and the groups that reach it."""
    rows = [contexts[i] for i in members]
    shared = min(common_length(rows), min(map(len, rows)) - 1)
    cost_together = shared + sum(len(row) - shared for row in rows)
    if (len(members) > 1 and shared > 0) or len(members) > 2:
        branches: dict[int, list[int]] = {}
        for i in members:
            branches.setdefault(contexts[i][shared], []).append(i)
        if 1 < len(branches) < len(members):
            parts = [_best_groups(contexts, tuple(branch)) for branch in branches.values()]
            cost_apart = sum(cost for cost, _ in parts)
            if cost_apart < cost_together:
                return cost_apart, (group for _, groups in parts for group in groups)
    return cost_together, iter((Group(shared, members),))
