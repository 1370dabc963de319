"""What the student's process reports about a request before its reply, and other parts of a reply."""

from collections.abc import AsyncIterator
from typing import Any, Final

from utils.grading.judge.arguments import Arguments
from utils.grading.judge.known_classes import Bases
from utils.grading.judge.proxies import number_of

MAX_REPORTS: Final = 100_000
# What the student's process may report before its reply, with the number of parts.
_REPORTS: Final = {"change": 2, "same": 2, "name": 3, "file": 2, "warn": 2, "log": 3}
NO_ARGUMENTS: Final = Arguments()
"""Of a request that passes no objects."""


class Reports:
    """What the student's process has reported about one request before its reply."""

    def __init__(self, arguments: Arguments | None) -> None:
        self.arguments = NO_ARGUMENTS if arguments is None else arguments
        self.messages: list[tuple[str, list[Any]]] = []

    def receive(self, messages: object) -> bool:
        """Take reports over; return whether they have the form of reports."""
        if type(messages) is not list or len(messages) + len(self.messages) > MAX_REPORTS:
            return False
        for message in messages:
            if type(message) is not list or not message or type(message[0]) is not str:
                return False
            kind, *content = message
            if _REPORTS.get(kind) != len(content):
                return False
            if kind in ("change", "same"):
                self.arguments.receive(kind, *content)
            else:
                self.messages.append((kind, content))
        return True


def classes_of(bases: object) -> Bases:
    """(module, qualified name) of a class and its bases, as the student's process states them."""
    if type(bases) is not list:
        return ()
    return tuple((str(pair[0]), str(pair[1])) for pair in bases[:32] if type(pair) in (list, tuple) and len(pair) == 2)


async def coroutine(proxy: Any) -> Any:
    """A coroutine of the judge that awaits one of the student."""
    return object.__getattribute__(proxy, "_owner").ask("await", number_of(proxy))


async def async_iterator(proxy: Any) -> AsyncIterator[Any]:
    """An asynchronous generator of the judge that takes the items of one of the student."""
    while item := object.__getattribute__(proxy, "_owner").ask("async_next", number_of(proxy)):
        yield item[0]
