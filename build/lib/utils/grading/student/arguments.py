"""The arguments of one call in the student's process: their identity, and what the call has changed in them."""

from dataclasses import dataclass
from typing import Any

from utils.grading.protocol.contents import INSTANCE, kind_of


@dataclass(frozen=True)
class Reference:
    """Stands in a reply for an object that the judge has: "argument" by its place, or "judge" by its number."""

    kind: str
    number: int


class Arguments:
    """The objects that the judge passed to a call.

    Args:
        objects: every object inside the arguments, as they arrived here.
        writable: whether the judge puts changes of the object back.
    """

    def __init__(self, objects: list[Any], writable: list[bool]) -> None:
        self.objects = objects
        self.writable = writable
        self.places = {id(value): place for place, value in enumerate(objects)}
        self.messages: list[list[Any]] = []
        self._compared: set[int] = set()

    def changes(self) -> list[list[Any]]:
        """Messages with the present contents of the writable objects."""
        self.messages = []
        for place, (value, writable) in enumerate(zip(self.objects, self.writable, strict=True)):
            kind = kind_of(value) if writable else None
            if kind is not None:
                self.messages.append(["change", place, kind.take(value, self.refer)])
        messages, self.messages = self.messages, []
        return messages

    def refer(self, value: Any) -> Any:
        """The value with references in place of the judge's objects.

        An object that is not writable may have been changed here; its contents are noted in `messages`, so that the
        judge can tell.
        """
        place = self.places.get(id(value))
        if place is not None:
            if not self.writable[place] and place not in self._compared:
                self._compared.add(place)
                kind = kind_of(value)
                if kind is not None and kind is not INSTANCE and not kind.advances:
                    self.messages.append(["same", place, kind.take(value, self.refer)])
            return Reference("argument", place)
        if type(value) is list:
            parts = [self.refer(part) for part in value]
            return parts if any(map(_differ, parts, value)) else value
        if type(value) is tuple:
            items = tuple(self.refer(part) for part in value)
            return items if any(map(_differ, items, value)) else value
        if type(value) is dict:
            entries = {key: self.refer(part) for key, part in value.items()}
            return entries if any(map(_differ, entries.values(), value.values())) else value
        return value


def _differ(first: object, second: object) -> bool:
    return first is not second
