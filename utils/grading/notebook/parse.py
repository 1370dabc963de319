"""Read a submitted file, which may be anything: its cells, and a sentence on everything that was odd about it."""

import json
from dataclasses import dataclass
from typing import Any

import nbformat

from utils.grading.job import Limits


@dataclass
class SubmittedCell:
    """What is believed of a submitted cell: its text, the name it claims, and what else it claims about itself."""

    kind: str
    source: str
    grade_id: str
    settings: dict[str, Any]
    tags: list[str]
    attachments: dict[str, dict[str, str]]


def read(submission: bytes, limits: Limits) -> tuple[list[SubmittedCell] | None, list[str]]:
    """The cells of a submitted file, or None where it has none; and what was odd about it."""
    remarks: list[str] = []
    if len(submission) > limits.submission_mb * 2**20:
        megabytes = len(submission) / 2**20
        return None, [
            f"The file has {megabytes:.0f} MiB, but at most {limits.submission_mb} MiB are read; clear its outputs."
        ]
    content = _json(submission, remarks)
    if not isinstance(content, dict):
        return None, [*remarks, "The file is not a notebook, so nothing in it could be graded."]
    version = content.get("nbformat")
    if isinstance(version, int) and not isinstance(version, bool) and version < 4:
        try:
            content = json.loads(nbformat.writes(nbformat.reads(json.dumps(content), as_version=4)))
            remarks.append(f"The notebook has the old format {version}; it was converted.")
        # nbformat's converters assume well-formed files and fail in many ways on others.
        except Exception:
            return None, [*remarks, f"The notebook has the old format {version} and could not be converted."]
    elif version != 4:
        remarks.append("The notebook does not say that its format is 4; it was read as if it did.")
    listed = content.get("cells")
    if not isinstance(listed, list):
        return None, [*remarks, "The notebook has no list of cells, so nothing in it could be graded."]
    language = _language(content.get("metadata"))
    if language != "python":
        remarks.append(f"The notebook names the kernel language {language[:40]!r}; it was run as Python.")
    cells = [_cell(entry) for entry in listed]
    if bad := sum(cell is None for cell in cells):
        remarks.append(f"{bad} of its cells were malformed and were left out.")
    return [cell for cell in cells if cell is not None], remarks


def _json(submission: bytes, remarks: list[str]) -> object:
    try:
        text = submission.decode("utf-8-sig")
    except UnicodeDecodeError:
        utf16 = submission[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = submission.decode("utf-16" if utf16 else "utf-8", errors="replace")
        remarks.append("The file is not encoded in UTF-8; what could be read was read.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        remarks.append("The file is not JSON.")
        return None


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
    )


def _attachments(given: object) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in given.items() if isinstance(given, dict) else ():
        pictures = {
            kind: data
            for kind, data in (bundle.items() if isinstance(bundle, dict) else ())
            if kind in ("image/png", "image/jpeg", "image/gif") and isinstance(data, str)
        }
        if pictures:
            kept[name] = pictures
    return kept
