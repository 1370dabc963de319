"""Copies of the instructor's notebook among the files that students' code may read.

Editors leave them beside the notebook: `p1.py` by jupytext, `p1.ipynb.bak`, `p1.ipynb~`.
"""

import bz2
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

from utils.grading.job import Delimiters

LEAST_CHARACTERS: Final = 40  # of a solution or hidden test, without spaces, that occurs in no file by chance
ARCHIVED_BYTES: Final = 16 * 2**20  # of a member of an archive that is looked at


def leftover(files: Mapping[str, bytes], solutions: Mapping[str, bytes], delimiters: Delimiters) -> str:
    """The name of the first file that holds a solution or a hidden test, or an empty text.

    Args:
        files: beside the notebooks, by relative path.
        solutions: the instructor's notebooks by name.
        delimiters: nbgrader's.
    """
    pairs = [
        (delimiters.begin_solution, delimiters.end_solution),
        (delimiters.begin_hidden, delimiters.end_hidden),
        (delimiters.begin_scheme, delimiters.end_scheme),
    ]
    marks = [begin for begin, _ in pairs]
    secrets = {secret for notebook in solutions.values() for secret in _secrets(notebook, pairs)}
    for name, content in files.items():
        for text in _texts(content):
            if any(mark in text for mark in marks):
                return name
            packed = _packed(text)
            if any(secret in packed for secret in secrets):
                return name
    return ""


def delimiters(app: Any) -> Delimiters:
    """nbgrader's delimiters, as the configuration of its application (or of a part of it) sets them."""
    solutions, tests, scheme = (kind(parent=app) for kind in (ClearSolutions, ClearHiddenTests, ClearMarkScheme))
    return Delimiters(
        begin_solution=solutions.begin_solution_delimeter,
        end_solution=solutions.end_solution_delimeter,
        begin_hidden=tests.begin_test_delimeter,
        end_hidden=tests.end_test_delimeter,
        begin_scheme=scheme.begin_mark_scheme_delimeter,
        end_scheme=scheme.end_mark_scheme_delimeter,
        code_stub=solutions.code_stub.get("python", Delimiters.code_stub),
        text_stub=solutions.text_stub,
    )


def _texts(content: bytes) -> Iterator[str]:
    """The texts that a file may hold: in its encoding, in the strings of JSON, compressed, and in an archive."""
    if (unpacked := _decompressed(content)) is not None:
        content = unpacked
    yield content.decode("utf-8", "replace")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", "replace")
    if unpacked is not None or content[257:262] == b"ustar":
        # A notebook in an archive of tar is JSON with something before it.
        yield content.decode("utf-8", "replace").replace("\\n", "\n").replace('\\"', '"')
    if content.lstrip()[:1] in (b"{", b"["):
        with suppress(ValueError, RecursionError):
            yield "\n".join(_strings(json.loads(content)))
    if content[:4] == b"PK\x03\x04":
        damaged = suppress(zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError)
        with damaged, zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.file_size <= ARCHIVED_BYTES:
                    text = archive.read(member).decode("utf-8", "replace")
                    yield text
                    if member.filename.endswith(".ipynb"):
                        yield text.replace("\\n", "\n").replace('\\"', '"')


def _decompressed(content: bytes) -> bytes | None:
    """The first part of a compressed file (`p1.ipynb.gz`, a `tar.xz`, an object of git); None for other files."""
    for start, make in _COMPRESSED.items():
        if content.startswith(start):
            # A damaged file, or one that only begins alike.
            with suppress(ValueError, EOFError, OSError, zlib.error, lzma.LZMAError):
                return bytes(make().decompress(content, ARCHIVED_BYTES))
    return None


_COMPRESSED: Final[Mapping[bytes, Callable[[], Any]]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
    b"x\x01": zlib.decompressobj,
    b"x\x9c": zlib.decompressobj,
}


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            waiting += reversed(value.values())


def _secrets(notebook: bytes, pairs: list[tuple[str, str]]) -> Iterator[str]:
    """What stands between the delimiters of a notebook, as far as it is long enough to be recognised."""
    cells: list[Any] = []
    with suppress(ValueError, KeyError, TypeError):  # nbgrader says what is wrong with such a notebook
        cells = json.loads(notebook)["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        for begin, end in pairs:
            block: list[str] | None = None
            for line in source.splitlines():
                if block is not None and end in line:
                    if len(packed := _packed("\n".join(block))) >= LEAST_CHARACTERS and len(block) > 1:
                        yield packed
                    block = None
                elif block is not None:
                    block.append(line)
                elif begin in line:
                    block = []


def _packed(text: str) -> str:
    """Text without spaces, quotes and comment signs, as a copy in a script or in JSON has other ones."""
    return re.sub(r"[\s#\"',\\]+", "", text)
