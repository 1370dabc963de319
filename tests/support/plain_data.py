"""Plain data for the tests of the grading protocol: round trips, and forged extensions."""

from typing import Any, NoReturn

import msgpack

from utils.grading.protocol.decode import decode
from utils.grading.protocol.encode import encode
from utils.grading.protocol.references import Handle


def stays(value: object) -> Handle:
    """A handle for anything."""
    return Handle(1, "instance", type(value).__name__, (("builtins", "object"),))


def through(value: object) -> Any:
    """A value as it arrives on the other side; handles and refusals arrive as themselves."""
    return decode(encode(value, stays), lambda sent: sent)


def refuse(sent: object) -> NoReturn:
    """For values that must be plain data throughout."""
    raise AssertionError(f"{sent} is not plain")


def extension(number: int, content: object) -> bytes:
    """An extension of MessagePack as a liar may send it."""
    return bytes(msgpack.packb(msgpack.ExtType(number, msgpack.packb(content))))
