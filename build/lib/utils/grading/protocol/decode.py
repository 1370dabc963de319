"""Bytes to plain data: the only way in which values leave a student's process.

The judge decodes bytes of any origin and executes nothing while it does so. The format is MessagePack with the
extensions of `types`. An object that stays in its process arrives as a `Handle`, and a value that cannot be
transferred as a `Refusal`.
"""

from collections.abc import Callable
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]

from utils.grading.protocol.encode import MAX_DEPTH
from utils.grading.protocol.references import Handle, Refusal
from utils.grading.protocol.types import HANDLE, REFUSAL, TYPES, NotPlainData, PlainType, check_hashes, checked_text

MAX_ITEMS: Final = 5 * 10**6

_BY_NUMBER: Final = {plain_type.number: plain_type for plain_type in TYPES}


def decode(data: bytes | bytearray | memoryview, adopt: Callable[[Handle | Refusal], object]) -> Any:
    """Decode bytes of any origin in the judge.

    Args:
        data: the bytes.
        adopt: makes the object that replaces a handle or a refusal.

    Raises:
        NotPlainData: the bytes are not plain data.
    """
    try:
        return _Decoder(adopt).decode(data)
    except NotPlainData:
        raise
    # The judge treats every error in untrusted bytes alike: they are not plain data.
    except Exception as error:
        raise NotPlainData(
            f"The student's process sent bytes that are not plain data ({type(error).__name__})."
        ) from None


class _Decoder:
    def __init__(self, adopt: Callable[[Handle | Refusal], object]) -> None:
        self.adopt = adopt
        self.depth = 0
        self.data_only = 0

    def decode(self, data: bytes | bytearray | memoryview) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH + 2:
            raise NotPlainData("The value is nested too deeply.")
        value = msgpack.unpackb(
            data,
            ext_hook=self.extension,
            object_pairs_hook=_dict,
            strict_map_key=False,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
            unicode_errors="surrogatepass",
        )
        self.depth -= 1
        return value

    def extension(self, number: int, data: bytes) -> object:
        plain_type = _BY_NUMBER.get(number)
        if plain_type is not None:
            return self.plain(plain_type, data)
        if self.data_only:
            raise NotPlainData("The student's process sent an array or a table that holds objects.")
        if number == HANDLE:
            return self.adopt(_handle(self.decode(data)))
        if number == REFUSAL:
            return self.adopt(Refusal(checked_text(self.decode(data))))
        raise NotPlainData("The student's process sent a value of an unknown kind.")

    def plain(self, plain_type: PlainType, data: bytes) -> object:
        if self.data_only and plain_type.number in _CLASS_NUMBERS:
            raise NotPlainData("The student's process sent an array or a table that holds objects.")
        self.data_only += plain_type.data_only
        try:
            return plain_type.decode(data if plain_type.raw else self.decode(data))
        finally:
            self.data_only -= plain_type.data_only


_CLASS_NUMBERS: Final = frozenset({18, 19})


def _handle(content: Any) -> Handle:
    if type(content) is not list or len(content) not in (4, 7) or type(content[3]) is not list:
        raise NotPlainData("The student's process sent a malformed handle.")
    number, kind, name, bases, *more = content
    if type(number) is not int:
        raise NotPlainData("The student's process sent a malformed handle.")
    pairs = tuple((checked_text(module), checked_text(qualified)) for module, qualified in bases[:32])
    if not more:
        return Handle(number, checked_text(kind), checked_text(name), pairs)
    class_number, abilities, member = more
    if type(class_number) is not int or type(abilities) is not list or len(abilities) > 200:
        raise NotPlainData("The student's process sent a malformed handle.")
    stated = tuple(checked_text(ability) for ability in abilities)
    return Handle(number, checked_text(kind), checked_text(name), pairs, class_number, stated, checked_text(member))


def _dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    check_hashes(key for key, _ in pairs)
    return dict(pairs)
