"""The steps that read a submitted file, which may hold anything.

Each step takes the result of the one before, the limits, and the list of remarks, to which it adds a sentence on
every irregularity. :mod:`utils.grading.notebook.pipeline` lists them in order.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import nbformat

from utils.grading.job import Limits

MEBIBYTE = 2**20
PARSED_BYTES = 512 * MEBIBYTE  # that the values of a file may take as objects, estimated
OLD_FORMAT_BYTES = 16 * MEBIBYTE  # of a file in an old format, whose conversion copies it many times
MAX_CELLS = 3_000
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class Unreadable(Exception):
    """Nothing in the file can be graded; the message says why."""


@dataclass
class SubmittedCell:
    """The kept part of a submitted cell: its text, its claimed name and other metadata; its outputs, unread."""

    kind: str
    source: str
    grade_id: str
    settings: dict[str, Any]
    tags: list[str]
    attachments: dict[str, dict[str, str]]
    outputs: object = None


def refuse_large_file(submission: bytes, limits: Limits, remarks: list[str]) -> bytes:
    """The file, unless it is larger than the limits allow."""
    if len(submission) > limits.submission_mb * MEBIBYTE:
        raise Unreadable(
            f"The file has {len(submission) / MEBIBYTE:.0f} MiB, but at most {limits.submission_mb} MiB are read: "
            "clear its outputs."
        )
    return submission


def decode_text(submission: bytes, limits: Limits, remarks: list[str]) -> str:
    """The file's text: UTF-8, or UTF-16 with a byte-order mark; what cannot be decoded is replaced."""
    try:
        return submission.decode("utf-8-sig")
    except UnicodeDecodeError:
        utf16 = submission[:2] in (b"\xff\xfe", b"\xfe\xff")
        remarks.append("The file is not encoded in UTF-8; the characters that could be decoded were read.")
        return submission.decode("utf-16" if utf16 else "utf-8", errors="replace")


def refuse_large_structure(text: str, limits: Limits, remarks: list[str]) -> str:
    """The text, unless it has so many small values that they would fill the memory: 64 MiB of `[[],[],…` are 2 GiB."""
    if _objects_size(text) > PARSED_BYTES and _objects_size(STRING.sub('""', text)) > PARSED_BYTES:
        raise Unreadable(
            "The file consists of millions of small values, which no person wrote into a notebook: clear its outputs."
        )
    return text


def _objects_size(text: str) -> int:
    """Bytes of the objects that the values of a JSON text become: lists, dictionaries, strings and numbers."""
    return 72 * (text.count("[") + text.count("{")) + 30 * text.count('"') + 40 * text.count(",")


def load_json(text: str, limits: Limits, remarks: list[str]) -> dict[str, Any]:
    """The JSON object that the text holds."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        remarks.append("The file is not JSON.")
        content = None
    if not isinstance(content, dict):
        raise Unreadable("The file is not a notebook, so nothing in it could be graded.")
    return content


def convert_old_format(content: dict[str, Any], limits: Limits, remarks: list[str]) -> dict[str, Any]:
    """The notebook in format 4; without a valid version number it is read as format 4."""
    version = content.get("nbformat")
    if isinstance(version, int) and not isinstance(version, bool) and version < 4:
        try:
            text = json.dumps(content)
            if len(text) > OLD_FORMAT_BYTES:
                raise ValueError("too large")
            converted: dict[str, Any] = json.loads(nbformat.writes(nbformat.reads(text, as_version=4)))
        # nbformat's converters assume well-formed files and fail in many ways on others.
        except Exception as error:
            raise Unreadable(f"The notebook has the old format {version} and could not be converted.") from error
        remarks.append(f"The notebook has the old format {version}; it was converted.")
        return converted
    if version != 4:
        remarks.append("The notebook does not declare format 4; it was read as format 4.")
    return content


def list_cells(content: dict[str, Any], limits: Limits, remarks: list[str]) -> list[object]:
    """The notebook's cells as they are in the file; another language than Python is only remarked on."""
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("The notebook has no list of cells, so nothing in it could be graded.")
    if len(cells) > MAX_CELLS:
        remarks.append(f"The notebook has {len(cells):,} cells; the first {MAX_CELLS:,} were read.")
        cells = cells[:MAX_CELLS]
    language = _language(content.get("metadata"))
    if language != "python":
        remarks.append(f"The notebook names the kernel language {language[:40]!r}; it was run as Python.")
    return cells


def keep_known_fields(cells: list[object], limits: Limits, remarks: list[str]) -> list[SubmittedCell]:
    """The well-formed cells, without identities and unknown fields."""
    parsed = [_cell(entry) for entry in cells]
    if malformed := sum(cell is None for cell in parsed):
        remarks.append(f"{malformed} of its cells were malformed and were ignored.")
    return [cell for cell in parsed if cell is not None]


def _language(metadata: object) -> str:
    if isinstance(metadata, dict):
        for key, name in (("kernelspec", "language"), ("language_info", "name")):
            part = metadata.get(key)
            if isinstance(part, dict) and isinstance(part.get(name), str):
                return str(part[name]).lower()
    return "python"


def _cell(entry: object) -> SubmittedCell | None:
    if not isinstance(entry, dict) or entry.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = entry.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    # A lone surrogate is legal in JSON, and nothing that writes UTF-8 can store it.
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    metadata = entry.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    settings = metadata.get("nbgrader")
    settings = settings if isinstance(settings, dict) else {}
    grade_id = settings.get("grade_id")
    tags = metadata.get("tags")
    return SubmittedCell(
        entry["cell_type"],
        source,
        grade_id if isinstance(grade_id, str) else "",
        settings,
        [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
        _attachments(entry.get("attachments")),
        entry.get("outputs"),
    )


def _attachments(entry: object) -> dict[str, dict[str, str]]:
    attachments: dict[str, dict[str, str]] = {}
    for name, bundle in entry.items() if isinstance(entry, dict) else ():
        pictures = {
            kind: data
            for kind, data in (bundle.items() if isinstance(bundle, dict) else ())
            if kind in ("image/png", "image/jpeg", "image/gif") and isinstance(data, str)
        }
        if pictures:
            attachments[name] = pictures
    return attachments
