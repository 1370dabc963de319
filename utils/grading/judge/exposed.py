"""Objects that a check passes to the student's code and that cannot be copied; they are referred to by number."""

import types
from collections.abc import Iterator
from typing import Any, NoReturn

from utils.grading.judge.proxies import NotAllowed
from utils.grading.protocol.encode import encode
from utils.grading.protocol.types import NotPlainData


class ExposedObjects:
    """Objects of the judge's notebook by number, and the few ways in which the student's process may use them."""

    def __init__(self) -> None:
        self._objects: list[object] = []

    def expose(self, value: object) -> int:
        """The number of an object; a new one the first time."""
        for number, exposed in enumerate(self._objects):
            if exposed is value:
                return number
        self._objects.append(value)
        return len(self._objects) - 1

    def use(self, number: object, operation: object, arguments: object, keywords: object) -> Any:
        """Do what the student's process asks, which may be anything: call, next, len, item, or get an attribute.

        Raises:
            NotAllowed: there is no such object.
            Exception: the object does not allow the operation, or what the operation itself raised.
        """
        if type(number) is not int or not 0 <= number < len(self._objects) or type(arguments) is not list:
            raise NotAllowed("There is no such object.")
        value: Any = self._objects[number]
        if operation == "call" and callable(value) and type(keywords) is dict:
            return value(*arguments, **keywords)
        if operation == "next" and isinstance(value, Iterator):
            return next(value)
        if operation == "len":
            return len(value)
        if operation == "item":
            return value[arguments[0]]
        if operation == "get":
            return _public_attribute(value, arguments[0])
        raise TypeError(f"{type(value).__name__} does not allow this operation in a check")


def _public_attribute(value: object, name: object) -> object:
    if type(name) is not str or name.startswith("_"):
        raise AttributeError("only public attributes of an object that a check passes can be read")
    attribute = getattr(value, name)
    if isinstance(attribute, types.MethodType) and attribute.__self__ is value:
        return attribute

    def refuse(_: object) -> NoReturn:
        raise NotPlainData

    try:
        encode(attribute, refuse)
    except NotPlainData:
        raise AttributeError(f"the attribute {name!r} of an object that the check passed cannot be sent") from None
    return attribute
