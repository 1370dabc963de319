"""The end of an image file, and the number of its bytes that are coded pixels, as the file itself declares.

Each function takes bytes and the position at which a file begins in them. Bytes that are not such a file raise
IndexError, ValueError or struct.error, or give a meaningless extent; decoding the pixels then fails. Pillow reads these
formats but does not report which bytes are header.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

_WORD = struct.Struct(">H")
_LONG = struct.Struct(">I")


@dataclass(frozen=True)
class Extent:
    """One file among bytes: where it begins, where it ends, and the number of its bytes that are coded pixels."""

    begin: int
    end: int
    payload: int


def jpeg(data: bytes, begin: int) -> Extent:
    """JPEG (ITU-T T.81, annex B): segments that state their length, and scans that run to the next marker."""
    position, payload = begin + 2, 0
    while (marker := _WORD.unpack_from(data, position)[0]) != 0xFFD9:
        position += 2 + _WORD.unpack_from(data, position + 2)[0]
        if marker == 0xFFDA:
            scan, position = position, _next_marker(data, position)
            payload += position - scan
    return Extent(begin, position + 2, payload)


def _next_marker(data: bytes, position: int) -> int:
    # Within a scan, a byte FF is followed by 00, or by D0 to D7: restart markers, which belong to the scan.
    while True:
        position = data.index(b"\xff", position)
        if data[position + 1] != 0 and not 0xD0 <= data[position + 1] <= 0xD7:
            return position
        position += 2


def jpeg_2000(data: bytes, begin: int) -> Extent:
    """A JPEG 2000 code stream (ISO 15444-1, annex A): segments, then tile parts that state their length."""
    position, payload = begin + 2, 0
    while (marker := _WORD.unpack_from(data, position)[0]) != 0xFFD9:
        if marker == 0xFF90:
            end = position + _LONG.unpack_from(data, position + 6)[0]
            while _WORD.unpack_from(data, position)[0] != 0xFF93:
                position += 2 + _WORD.unpack_from(data, position + 2)[0]
            payload += end - position - 2
            position = max(end, position + 2)
        else:
            position += 2 + _WORD.unpack_from(data, position + 2)[0]
    return Extent(begin, position + 2, payload)


def webp(data: bytes, begin: int) -> Extent:
    """WebP (RFC 9649): chunks in a RIFF container; those named VP8, VP8L and ALPH contain pixels."""
    end = begin + 8 + struct.unpack_from("<I", data, begin + 4)[0]
    position, payload = begin + 12, 0
    while position < end:
        name, length = struct.unpack_from("<4sI", data, position)
        payload += length if name in (b"VP8 ", b"VP8L", b"ALPH") else 0
        position += 8 + length + length % 2
    return Extent(begin, end, payload)


def png(data: bytes, begin: int) -> Extent:
    """PNG (ISO 15948): chunks; those named IDAT contain pixels, and IEND is the last."""
    position, payload, name = begin + 8, 0, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, position)
        payload += length if name == b"IDAT" else 0
        position += 12 + length
    return Extent(begin, position, payload)


EXTENTS: dict[str, Callable[[bytes, int], Extent]] = {
    "JPEG": jpeg,
    "JPEG 2000": jpeg_2000,
    "WebP": webp,
    "PNG": png,
}
