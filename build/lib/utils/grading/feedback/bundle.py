"""Feedback pages as one zip that Moodle or Canvas hands to each student, named after the download of the submissions.

Both recognise a page's student by file names that they gave out themselves, in the zip with all submissions to an
assignment. So that zip is read here, nothing of it is unpacked, and each page gets a name that belongs to its student.

- Moodle (Assignment, *Upload multiple feedback files in a zip*): ``NAME_NUMBER_assignfeedback_file_PAGE``, where NUMBER
  is the participant's in this assignment. See ``is_valid_filename_for_import`` and its test in Moodle's
  ``mod/assign/feedback/file/importziplib.php``.
- Canvas (Assignment, *Upload submissions*): ``NAME_USER_ATTACHMENT_PAGE``, where ATTACHMENT is a file of that user's
  submission. The first two numbers between underscores count. See ``generate_comments_from_files`` and
  ``infer_comment_context_from_filename`` in Canvas's ``app/models/assignment.rb``. Canvas shows the page as an
  attachment of a comment, under the name of the file that was handed in.

A page that reaches another student is worse than one that reaches nobody: where number, content and name do not agree
on one student, or two places claim the same one, the page is left out, and a sentence says so.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

System = Literal["moodle", "canvas"]

MAX_ENTRIES: Final = 50_000
MAX_NOTEBOOK: Final = 64 << 20  # bytes of a notebook that is compared with those handed in
_MOODLE: Final = re.compile(r"(?P<person>[^_/]*)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_.*)?")
_CANVAS: Final = re.compile(r"(?P<person>[^_/]+)(?:_LATE)?_(?P<number>\d+)_(?P<attachment>\d+)_(?P<file>[^/]+)")
_NO_NAME: Final = "student"
_CHUNK: Final = 1 << 20
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the zip depends on the pages alone
_HOW: Final = {
    "moodle": "In Moodle, open the assignment, its submissions, and choose “Upload multiple feedback files in a zip”.",
    "canvas": "In Canvas, open the assignment and choose “Upload submissions”. Canvas shows each page under the name "
    "of the notebook that was handed in: it opens in a browser once its name ends in .html.",
}


class DownloadError(ValueError):
    """A file is no download of submissions; the message says what is needed."""


@dataclass(frozen=True)
class Student:
    """Who handed in, as the course knows them.

    Attributes:
        name: the course's name of the student.
        names: the person's name in other ways of writing it.
        number: Canvas's number of the user, or an empty text.
        notebooks: SHA-256 digests of the notebooks that were handed in.
        pages: feedback pages by file name.
    """

    name: str
    names: tuple[str, ...] = ()
    number: str = ""
    notebooks: frozenset[str] = frozenset()
    pages: Mapping[str, Path] = field(default_factory=dict)


@dataclass
class Place:
    """A student in the download.

    Attributes:
        person: the name there.
        number: Moodle's of the participant, or Canvas's of the user.
        notebooks: SHA-256 digests of the notebooks there.
        attachments: Canvas's numbers of the files, by file name.
    """

    person: str
    number: str
    notebooks: set[str] = field(default_factory=set)
    attachments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """What a learning platform gave out.

    Attributes:
        system: which platform.
        places: the students in it.
    """

    system: System
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Bundle:
    """Feedback to upload.

    Attributes:
        system: the platform that takes it.
        content: the zip.
        students: whose pages are in it.
        sentences: what to do with it, and whose pages are not in it.
    """

    system: System
    content: bytes
    students: tuple[str, ...]
    sentences: tuple[str, ...]


_Places = dict[str, tuple[Place, list[zipfile.ZipInfo]]]


def read_download(path: Path) -> Download:
    """The students in a zip with all submissions to an assignment, as Moodle or Canvas gives it out.

    Raises:
        DownloadError: the file cannot be read, or its names are those of neither platform.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist()[:MAX_ENTRIES] if not entry.is_dir()]
            whole = [(entry.filename, entry) for entry in entries]
            # A student chooses the names further inside. One folder around all is the work of whoever zipped it again.
            inside = [(name.partition("/")[2], entry) for name, entry in whole]
            around = len({name.partition("/")[0] for name, _ in whole}) == 1
            for system, places in (
                ("moodle", _moodle(whole) or (_moodle(inside) if around else {})),
                ("canvas", _canvas(whole) or (_canvas(inside) if around else {})),
            ):
                if places:
                    for place, own in places.values():
                        place.notebooks.update(filter(None, (_digest(archive, entry) for entry in own)))
                    # mypy does not see that the two names are those of the type.
                    return Download(system, tuple(place for place, _ in places.values()))  # type: ignore[arg-type]
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise DownloadError(
            f"{path} cannot be read as a zip ({error}): give the file that Moodle or Canvas makes when you download "
            "all submissions to the assignment."
        ) from error
    raise DownloadError(
        f"The names in {path} are neither Moodle's (Name_123_assignsubmission_file) nor Canvas's (name_123_456_file): "
        "give the zip as it was downloaded."
    )


def bundle(download: Download, students: Sequence[Student]) -> Bundle:
    """The pages of all students whom the download names, as a zip for its platform."""
    owners = _owners(download, students)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, student in owners:
            for page, path in sorted(student.pages.items()):
                entry = zipfile.ZipInfo(_name(download.system, place, page), _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    reached = tuple(student.name for _, student in owners)
    sentences = [f"It holds the feedback of {len(reached)} student{'s' * (len(reached) != 1)}. {_HOW[download.system]}"]
    if left := [student.name for student in students if student.name not in reached]:
        sentences.append(
            f"Not in it, because the download does not say without doubt who they are, or there is no page: "
            f"{_listed(left)}."
        )
    if strangers := [place.person for place in download.places if all(place is not other for other, _ in owners)]:
        sentences.append(f"In the download, and not matched with a student of this class: {_listed(strangers)}.")
    return Bundle(download.system, file.getvalue(), reached, tuple(sentences))


def digest_of(content: bytes) -> str:
    """The digest by which a submitted notebook is compared."""
    return hashlib.sha256(content).hexdigest()


def _moodle(entries: Iterable[tuple[str, zipfile.ZipInfo]]) -> _Places:
    places: _Places = {}
    for name, entry in entries:
        if match := _MOODLE.fullmatch(name.partition("/")[0]):
            places.setdefault(match["number"], (Place(match["person"], match["number"]), []))[1].append(entry)
    return places


def _canvas(entries: Iterable[tuple[str, zipfile.ZipInfo]]) -> _Places:
    places: _Places = {}
    for name, entry in entries:
        if match := _CANVAS.fullmatch(name):
            place, own = places.setdefault(match["number"], (Place(match["person"], match["number"]), []))
            place.attachments[match["file"]] = match["attachment"]
            own.append(entry)
    return places


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Of a notebook in a zip; empty for another file, or one that is too large, whatever its header says."""
    if not entry.filename.lower().endswith(".ipynb") or entry.file_size > MAX_NOTEBOOK:
        return ""
    digest = hashlib.sha256()
    size = 0
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > MAX_NOTEBOOK:
                return ""
            digest.update(chunk)
    return digest.hexdigest()


def _owners(download: Download, students: Sequence[Student]) -> list[tuple[Place, Student]]:
    """Who is who: each place with its only student, each student with the only place."""
    by_name: dict[str, set[int]] = defaultdict(set)
    by_number: dict[str, set[int]] = defaultdict(set)
    by_notebook: dict[str, set[int]] = defaultdict(set)
    for index, student in enumerate(students):
        for name in (student.name, *student.names):
            by_name[_plain(name)].add(index)
        by_number[student.name].add(index)
        # Moodle's numbers are those of participants in one assignment.
        if student.number and download.system == "canvas":
            by_number[student.number].add(index)
        for digest in student.notebooks:
            by_notebook[digest].add(index)
    people = Counter(_plain(place.person) for place in download.places)
    found: list[tuple[Place, int]] = []
    for place in download.places:
        name = _plain(place.person)
        numbered = by_number.get(place.number, set())
        same_content: set[int] = set().union(*(by_notebook.get(digest, set()) for digest in place.notebooks))
        named = by_name.get(name, set()) if name else set()
        opinions = [opinion for opinion in (numbered, same_content, named) if opinion]
        agreed = set.intersection(*opinions) if opinions else set()
        # A name that two people share decides nothing alone.
        if len(agreed) == 1 and (numbered or same_content or people[name] == 1):
            found.append((place, agreed.pop()))
    claims = Counter(index for _, index in found)
    return [(place, students[index]) for place, index in found if claims[index] == 1 and students[index].pages]


def _plain(name: str) -> str:
    """A name without accents, spaces, signs and capitals, as Canvas writes it."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in letters if character.isalnum())


def _name(system: System, place: Place, page: str) -> str:
    """The name of a page in the zip: flat, and without anything that a path or a platform could take otherwise."""
    person = re.sub(r"[^\w .'-]|_", "", place.person).strip(" .~'-") or _NO_NAME
    if system == "moodle":
        return f"{person}_{place.number}_assignfeedback_file_{page}"
    # Canvas takes the first two numbers between underscores, and ignores files whose last part begins with "link".
    person = _NO_NAME + person if person.isdigit() else person.replace(" ", "")
    stem = page.rpartition(".")[0]
    return f"{person}_{place.number}_{_attachment(place, stem)}_feedback-{page.replace('_', '-')}"


def _attachment(place: Place, stem: str) -> str:
    """The file that a page belongs to; Canvas adds -1, -2, … to the names of files that were handed in again."""
    for name, number in place.attachments.items():
        if re.sub(r"-\d+$", "", name.rpartition(".")[0]) == stem:
            return number
    notebooks = [number for name, number in place.attachments.items() if name.lower().endswith(".ipynb")]
    return (notebooks or list(place.attachments.values()))[0]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
