"""What a student handed in beside the notebook: which files are read, and which of them are shown beside the page.

The folder may hold anything: thousands of files, names that are no text, links, pipes, folders a thousand deep. It is
walked without recursion and within bounds. What is left out is named in one remark.
"""

import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

MAX_ENTRIES: Final = 20_000  # of all folders, that are looked at
MAX_FILES: Final = 1_000  # that are read
MAX_SHOWN: Final = 200  # that are copied beside the page; nbgrader copies them in quadratic time
MAX_DEPTH: Final = 20
MAX_NAME_BYTES: Final = 240  # of one name; most file systems allow 255, of which a temporary name needs some
MAX_PATH_BYTES: Final = 1_000
MAX_STUDENT_ID: Final = 128  # characters of that column of the gradebook

# What tools leave behind: nobody means to hand it in.
TOOLS: Final = frozenset(
    {".git", ".svn", ".hg", ".DS_Store", "__MACOSX", "__pycache__", ".ipynb_checkpoints", ".venv", "Thumbs.db"}
)
TEMPORARY: Final = (".partial-", ".~", ".nfs", ".fuse_hidden")

# Kinds that a browser shows as a picture or as plain text, or does not show at all. Everything else that a student
# handed in, such as a web page, a vector graphic or a PDF, could act in the page of whoever marks it.
INERT: Final = frozenset(
    {
        *("png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff"),
        *("txt", "md", "rst", "csv", "tsv", "json", "jsonl", "toml", "yaml", "yml", "ini", "cfg", "log", "dat"),
        *("py", "r", "jl", "c", "h", "cpp", "hpp", "java", "sql", "tex", "bib"),
        *("npy", "npz", "pt", "pth", "h5", "hdf5", "mat", "parquet", "feather", "pkl", "pickle", "joblib", "bin"),
        *("safetensors", "onnx", "zip", "wav", "mp3", "mp4"),
    }
)
# A server that does not know a kind lets the browser guess it from the first bytes; some look a little further.
DOCUMENT: Final = re.compile(
    rb"<\s*(?:!doctype|!--|\?xml|html|head|body|script|svg|iframe|style|title|meta|link|base|object|embed|img|math|form"
    rb"|table|div|font|a|b|p|br|h1)\b|<!--|<\?|%PDF-|[FCZ]WS|mime-version:|content-type:|\{\\rtf",
    re.IGNORECASE,
)
SCRIPT: Final = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|xsl:)|%PDF-", re.IGNORECASE)
SNIFFED_BYTES: Final = 2048
TEXT_KINDS: Final = frozenset({"txt", "md", "rst", "py", "tex", "csv", "tsv", "json", "jsonl", "yaml", "yml", "log"})


@dataclass(frozen=True)
class OwnFiles:
    """The files of a submission beside its notebooks.

    Attributes:
        contents: by relative path, smallest first.
        remark: a sentence on what was left out, or an empty text.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict)
    remark: str = ""


def own_files(folder: Path, ignore: Sequence[str], max_bytes: int) -> OwnFiles:
    """Read the files of a submission beside its notebooks, within bounds; nothing in the folder makes it fail.

    Args:
        folder: of the submission.
        ignore: nbgrader's patterns of names that are not part of a submission.
        max_bytes: of all files together.
    """
    problems: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    sizes = sorted((status.st_size, name) for name, status in walk(folder, ignore, problems))
    total = 0
    for size, name in sizes:
        total += size
        if len(contents) == MAX_FILES or total > max_bytes:
            problems[name] = "too many files" if len(contents) == MAX_FILES else "too much data"
            continue
        try:
            contents[name] = read_plain(folder / name, max_bytes)
        except OSError as error:
            problems[name] = error.strerror or "unreadable"
    return OwnFiles(contents, left_out(problems))


def walk(folder: Path, ignore: Sequence[str], problems: dict[str, str]) -> Iterator[tuple[str, os.stat_result]]:
    """The plain files in a folder by relative path; ``problems`` gets a reason for each entry that is left out."""
    waiting = [""]
    entries = 0
    while waiting:
        prefix = waiting.pop()
        try:
            listing = list(_entries(folder / prefix, MAX_ENTRIES - entries))
        except OSError as error:
            problems[prefix or "the folder"] = error.strerror or "unreadable"
            continue
        entries += len(listing)
        for entry in sorted(listing, key=lambda entry: os.fsencode(entry.name)):
            name = entry.name
            # Folders of such names are left out too: a notebook of the assignment would have to be written there.
            ignored = name in TOOLS or name.startswith(TEMPORARY) or name.lower().endswith(".ipynb")
            if ignored or any(fnmatch.fnmatchcase(name, pattern) for pattern in ignore):
                continue
            path = f"{prefix}/{name}" if prefix else name
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                problems[path] = error.strerror or "unreadable"
                continue
            if problem := _problem(path, status):
                problems[path] = problem
            elif stat.S_ISDIR(status.st_mode):
                waiting.append(path)
            else:
                yield path, status
        if entries >= MAX_ENTRIES:
            problems["the rest"] = f"more than {MAX_ENTRIES:,} entries"
            return


def _entries(folder: Path, most: int) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as listing:
        for entry, _ in zip(listing, range(max(most, 0)), strict=False):
            yield entry


def _problem(path: str, status: os.stat_result) -> str:
    """Why an entry is left out, or an empty text."""
    name = path.rpartition("/")[2]
    if not is_text(name):
        return "its name is not UTF-8 or has control characters"
    if len(name.encode()) > MAX_NAME_BYTES or len(path.encode()) > MAX_PATH_BYTES:
        return "its name is too long"
    if path.count("/") >= MAX_DEPTH:
        return "nested too deeply"
    if stat.S_ISLNK(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1):
        return "a link to another file"
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return "not a file"
    return ""


def read_plain(path: Path, max_bytes: int, cut: bool = False) -> bytes:
    """The content of a file that is no link, pipe or device.

    ``cut``: take the first ``max_bytes`` of a larger file, instead of failing.

    Raises:
        OSError: it cannot be read, is something else, or is larger than ``max_bytes``.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a file")
        content = file.read(max_bytes + (not cut))
    if len(content) > max_bytes:
        raise OSError(0, "too large")
    return content


def is_text(name: str) -> bool:
    """Whether a name can be written and printed.

    Example:
        >>> is_text("Übung 1 (neu).csv"), is_text("caf\\udce9.txt"), is_text("a\\nb")
        (True, False, False)
    """
    return name.isprintable()


def as_text(name: str) -> str:
    """A name from the file system as text that can be written and printed; control characters become visible.

    Example:
        >>> as_text("caf\\udce9\\n")
        'caf\\\\xe9\\\\n'
    """
    name = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in name
    )


def student_id(name: str) -> str:
    """The gradebook's name of a student, from the name of a folder, which may be any bytes.

    Control characters and bytes that are no text become visible, and a long name is cut: the gradebook's column has
    128 characters. The names of real accounts stay as they are.
    """
    text = as_text(name)
    if len(text) <= MAX_STUDENT_ID:
        return text
    return f"{text[: MAX_STUDENT_ID - 13]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"


def exists(path: Path) -> bool:
    """Whether this is a folder, or a link to one, or hidden by its permissions."""
    try:
        return path.is_dir()
    except OSError:
        return True


def left_out(problems: Mapping[str, str]) -> str:
    """One sentence on the files that were left out, with the reasons of the first three."""
    if not problems:
        return ""
    examples = [f"{as_text(name)[:60]!r} ({reason})" for name, reason in list(problems.items())[:3]]
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return f"Not read beside the notebook: {', '.join(examples)}{more}."


def without_conflicts(own: Collection[str], given: Collection[str]) -> tuple[set[str], set[str]]:
    """The student's files that are used beside the instructor's, and those that are not.

    A file that is named like a folder of the instructor's, or that lies in a folder named like a file of the
    instructor's, cannot exist beside it.
    """
    folders = {str(parent) for name in given for parent in PurePosixPath(name).parents}
    files = set(given)
    conflicts = {
        name for name in own if name in folders or any(str(parent) in files for parent in PurePosixPath(name).parents)
    }
    return set(own) - conflicts, conflicts


def shown_files(files: Mapping[str, bytes], given: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that lie beside the autograded notebook: the instructor's, and of the student's those that cannot act.

    Browsers reach this folder through formgrader, with the rights of the instructor.

    Args:
        files: that the notebook was graded with.
        given: the instructor's.
    """
    own = [name for name, content in files.items() if given.get(name) != content and is_inert(name, content)]
    chosen = {*own[:MAX_SHOWN], *(name for name, content in files.items() if given.get(name) == content)}
    return {name: content for name, content in files.items() if name in chosen}


def copy_files(folder: Path, files: Mapping[str, bytes], keep: Collection[str], permissions: int) -> None:
    """Make a folder contain these files, and of other files only those to keep."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(parent) / name).is_symlink()]
        for name in names:
            path = Path(parent) / name
            relative = path.relative_to(folder).as_posix()
            if relative not in files and relative not in keep:
                path.unlink()
    # Folders that a later submission replaced by files.
    for parent, folders, names in os.walk(folder, topdown=False):
        if Path(parent) != folder and not folders and not names:
            with suppress(OSError):
                Path(parent).rmdir()
    for name, content in files.items():
        path = folder / name
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(permissions)


def is_inert(name: str, content: bytes) -> bool:
    """Whether a browser shows a file as a picture or as text, or not at all, whatever server delivers it.

    Example:
        >>> is_inert("plot.png", b"\\x89PNG"), is_inert("results.html", b"text"), is_inert("plot.png", b"<svg>")
        (True, False, False)
    """
    kind = name.rpartition("/")[2].rpartition(".")[2].lower()
    if "." not in name.rpartition("/")[2] or kind not in INERT:
        return False
    start = content[:SNIFFED_BYTES].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n\x0b\x0c")
    # Plain text may quote a page further down: servers know these kinds.
    return not DOCUMENT.match(start) and (kind in TEXT_KINDS or not SCRIPT.search(start))
