"""Documents in YAML that a check reads: a student's may not name functions or classes, which the reader would call."""

import functools
import sys
from collections.abc import Callable
from typing import Any

from utils.grading.judge.proxy_access import NotAllowed


def guard(knows: Callable[[str], bool]) -> None:
    """From now on, refuse documents that name a function or class; this cannot be undone.

    Args:
        knows: whether a text is the instructor's, which may name anything.
    """
    readers = getattr(sys.modules.get("yaml"), "constructor", None)
    for kind in ("FullConstructor", "UnsafeConstructor"):
        for method in ("find_python_name", "find_python_module"):
            find = getattr(getattr(readers, kind, None), method, None)
            if find is not None:
                setattr(getattr(readers, kind), method, _only_known(find, knows))


def _only_known(find: Callable[..., Any], knows: Callable[[str], bool]) -> Callable[..., Any]:
    @functools.wraps(find)
    def found(constructor: Any, name: str, mark: Any, *arguments: Any, **options: Any) -> Any:
        # The reader ends its text with a zero, and keeps none of a file.
        if type(mark.buffer) is not str or not knows(mark.buffer.rstrip("\0")):
            raise NotAllowed("The check reads a text of yours as YAML, and the text names a function or class.")
        return find(constructor, name, mark, *arguments, **options)

    return found
