"""Where an image file ends, and how many of its bytes are coded pixels: read from the file itself.

Each function takes bytes and the place where a file begins in them. Bytes that are no such file raise IndexError,
ValueError or struct.error, or give an extent that makes no sense: the reader of the pixels has the last word.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

_WORD = struct.Struct(">H")
_LONG = struct.Struct(">I")


@dataclass(frozen=True)
class Extent:
    """One file among bytes: where it begins and ends, and how many of its bytes are coded pixels."""

    begin: int
    end: int
    payload: int


def jpeg(data: bytes, begin: int) -> Extent:
    """JPEG (ITU-T T.81, annex B): segments with a length, and scans that run to the next marker."""
    place, payload = begin + 2, 0
    while (marker := _WORD.unpack_from(data, place)[0]) != 0xFFD9:
        place += 2 + _WORD.unpack_from(data, place + 2)[0]
        if marker == 0xFFDA:
            scan, place = place, _next_marker(data, place)
            payload += place - scan
    return Extent(begin, place + 2, payload)


def _next_marker(data: bytes, place: int) -> int:
    # Within a scan, a byte FF is followed by 00; D0 to D7 are restart markers, which belong to the scan.
    while True:
        place = data.index(b"\xff", place)
        if data[place + 1] != 0 and not 0xD0 <= data[place + 1] <= 0xD7:
            return place
        place += 2


def jpeg_2000(data: bytes, begin: int) -> Extent:
    """A JPEG 2000 code stream (ISO 15444-1, annex A): segments, then tile parts that say how long they are."""
    place, payload = begin + 2, 0
    while (marker := _WORD.unpack_from(data, place)[0]) != 0xFFD9:
        if marker == 0xFF90:
            end = place + _LONG.unpack_from(data, place + 6)[0]
            while _WORD.unpack_from(data, place)[0] != 0xFF93:
                place += 2 + _WORD.unpack_from(data, place + 2)[0]
            payload += end - place - 2
            place = max(end, place + 2)
        else:
            place += 2 + _WORD.unpack_from(data, place + 2)[0]
    return Extent(begin, place + 2, payload)


def webp(data: bytes, begin: int) -> Extent:
    """WebP (RFC 9649): chunks in a RIFF container, of which VP8, VP8L and ALPH hold pixels."""
    end = begin + 8 + struct.unpack_from("<I", data, begin + 4)[0]
    place, payload = begin + 12, 0
    while place < end:
        name, length = struct.unpack_from("<4sI", data, place)
        payload += length if name in (b"VP8 ", b"VP8L", b"ALPH") else 0
        place += 8 + length + length % 2
    return Extent(begin, end, payload)


def png(data: bytes, begin: int) -> Extent:
    """PNG (ISO 15948): chunks, of which IDAT hold pixels and IEND is the last."""
    place, payload, name = begin + 8, 0, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, place)
        payload += length if name == b"IDAT" else 0
        place += 12 + length
    return Extent(begin, place, payload)


EXTENTS: dict[str, Callable[[bytes, int], Extent]] = {
    "JPEG": jpeg,
    "JPEG 2000": jpeg_2000,
    "WebP": webp,
    "PNG": png,
}
