"""What a check has arranged around a call, set up in the student's process while the call runs.

The judge sends what differs from the ordinary state: names and attributes of modules that the check has replaced or
deleted, environment variables, and whether it listens to warnings or to log records.
"""

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from utils.grading.protocol.references import MISSING

_setattr: Final = setattr
_delattr: Final = delattr
_MAX_RECORDS: Final = 1000


class Surroundings:
    """Applies and removes what the judge sends with a request.

    Args:
        names: the notebook's names.
        described: an exception or a class as plain data, see `server.described`.
    """

    def __init__(self, names: dict[str, Any], described: Callable[[type], list[list[str]]]) -> None:
        self.names = names
        self.described = described
        self.messages: list[list[Any]] = []
        # Functions that put back or apply one replacement, for each request that is being answered.
        self._replacements: list[tuple[Callable[[], None], Callable[[], None]]] = []

    @contextlib.contextmanager
    def during(self, context: Mapping[str, Any]) -> Iterator[None]:
        """Set up what a request asks for, and undo it at the end."""
        count = len(self._replacements)
        with contextlib.ExitStack() as stack:
            stack.callback(self._undo, count)
            for name, value in context.get("replaced", {}).items():
                self._replace(self.names, name, value)
            for variable, text in context.get("environ", {}).items():
                self._replace(os.environ, variable, MISSING if text is None else text)
            if context.get("warnings"):
                stack.enter_context(self._warnings())
            if context.get("logging"):
                stack.enter_context(self._logging())
            # Last, because a patch may take a built-in function away.
            for module, path, name, value in context.get("patches", ()):
                self._patch(module, path, name, value)
            yield

    def suspend(self) -> Callable[[], None]:
        """Undo the replacements for a while; returns the function that applies them again."""
        replacements = self._replacements
        for undo, _ in replacements[::-1]:
            undo()

        def resume() -> None:
            for _, apply in replacements:
                apply()

        return resume

    def _undo(self, count: int) -> None:
        while self._replacements[count:]:
            self._replacements.pop()[0]()

    def _replace(self, mapping: Any, name: str, value: object) -> None:
        old = mapping.get(name, MISSING)

        def put(content: object) -> None:
            if content is MISSING:
                mapping.pop(name, None)
            else:
                mapping[name] = content

        put(value)
        self._replacements.append((lambda: put(old), lambda: put(value)))

    def _patch(self, module: str, path: list[str], name: str, value: object) -> None:
        owner: Any = importlib.import_module(module)
        for part in path:
            owner = getattr(owner, part)
        old = vars(owner).get(name, MISSING)

        def put(content: object) -> None:
            if content is not MISSING:
                _setattr(owner, name, content)
            elif name in owner.__dict__:
                _delattr(owner, name)

        put(value)
        self._replacements.append((lambda: put(old), lambda: put(value)))

    @contextlib.contextmanager
    def _warnings(self) -> Iterator[None]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield
            finally:
                for warning in caught[:_MAX_RECORDS]:
                    self.messages.append(["warn", self.described(warning.category), str(warning.message)[:4000]])

    @contextlib.contextmanager
    def _logging(self) -> Iterator[None]:
        """Send every log record to the judge, whose loggers decide what to do with it."""
        enabled, handle = logging.Logger.isEnabledFor, logging.Logger.callHandlers

        def forward(logger: logging.Logger, record: logging.LogRecord) -> None:
            if len(self.messages) < _MAX_RECORDS:
                self.messages.append(["log", logger.name, record.levelno, record.getMessage()[:4000]])
            if enabled(logger, record.levelno):
                handle(logger, record)

        logging.Logger.isEnabledFor = lambda logger, level: True  # type: ignore[method-assign,assignment]
        logging.Logger.callHandlers = forward  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            logging.Logger.isEnabledFor = enabled  # type: ignore[method-assign]
            logging.Logger.callHandlers = handle  # type: ignore[method-assign]
