"""What a check sees of a student's exception beyond its type and message."""

from collections.abc import Callable
from typing import Any

from utils.grading.protocol.plain_type import check_field

_MAX_CAUSES = 8


def add_details(error: BaseException, details: dict[Any, Any], make: Callable[[object, object], BaseException]) -> None:
    """Add the arguments, attributes and causes that the student's process states; all of them are untrusted.

    Args:
        error: of the judge's own type.
        details: "args" (a list), "attributes" (by name), "causes" (classes and message of each) and "explicit".
        make: makes an exception from its stated classes and message.

    Example:
        >>> error = ValueError("too small")
        >>> add_details(error, {"args": ["too small", 3], "attributes": {"limit": 3, "with_traceback": 1}}, None)
        >>> error.args, error.limit, callable(error.with_traceback)
        (('too small', 3), 3, True)
    """
    arguments, attributes, causes = (details.get(key) for key in ("args", "attributes", "causes"))
    if type(arguments) is list and type(error).__str__ in (BaseException.__str__, KeyError.__str__):
        error.args = tuple(arguments)
        if isinstance(error, SystemExit) and len(arguments) == 1 and type(arguments[0]) in (int, type(None)):
            error.code = arguments[0]
    if type(attributes) is dict:
        for name, value in list(attributes.items())[:50]:
            # Neither a method nor what Python itself keeps may be replaced.
            if type(name) is str and name.isidentifier() and not name.startswith("_") and not hasattr(error, name):
                check_field(name, value)
                setattr(error, name, value)
    if type(causes) is list:
        outer = error
        for cause in causes[:_MAX_CAUSES]:
            inner = make(*cause) if type(cause) is list and len(cause) == 2 else None
            if inner is None:
                break
            outer.__cause__ = inner if outer is not error or details.get("explicit") is True else None
            outer.__context__ = inner
            outer = inner
