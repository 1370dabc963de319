"""Copies of the instructor's notebook among the files that students' code may read."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib

import pytest

from tests.support import notebooks as nb
from utils.grading.course.leftovers import leftover
from utils.grading.job import Delimiters

SOLUTION = "    total = 0\n    for value in values:\n        total += value\n    return total / len(values)"
SOURCE = nb.notebook(
    nb.answer("mean", f"def mean(values):\n    ### BEGIN SOLUTION\n{SOLUTION}\n    ### END SOLUTION"),
    nb.check("test", "### BEGIN HIDDEN TESTS\nassert mean([1]) == 1\nassert mean([1, 2]) == 1.5\n### END HIDDEN TESTS"),
)
NOTEBOOK = nb.to_bytes(SOURCE)
UNMARKED = nb.to_bytes(nb.notebook(nb.answer("mean", f"def mean(values):\n{SOLUTION}")))


def zipped(name: str, content: bytes) -> bytes:
    """A compressed archive with one member."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def tarred(name: str, content: bytes) -> bytes:
    """An archive of tar with one member."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p1.ipynb.bak", NOTEBOOK),
        ("p1.ipynb~", NOTEBOOK),
        ("p1.py", b"# %%\n### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS\n"),
        ("scheme.md", b"BEGIN MARK SCHEME"),
        ("p1.json", UNMARKED),
        ("helpers.py", f"def mean(values):\n{SOLUTION}\n".encode()),
        ("commented.py", "\n".join(f"# {line}" for line in SOLUTION.splitlines()).encode()),
        ("utf16.txt", "### BEGIN SOLUTION".encode("utf-16")),
        ("old.zip", zipped("p1.ipynb", NOTEBOOK)),
        ("old.zip", zipped("p1.ipynb", UNMARKED)),
        ("p1.ipynb.gz", gzip.compress(NOTEBOOK, mtime=0)),
        ("p1.ipynb.bz2", bz2.compress(UNMARKED)),
        ("old.tar.xz", lzma.compress(tarred("p1.ipynb", UNMARKED))),
        ("old.tar", tarred("p1.ipynb", UNMARKED)),
        (".git/objects/00/1", zlib.compress(b"blob 9\0" + NOTEBOOK)),
    ],
)
def test_copies_are_recognised(name: str, content: bytes) -> None:
    assert leftover({"data.csv": b"1\n", name: content}, {"p1": NOTEBOOK}, Delimiters()) == name


def test_the_courses_own_delimiters_count() -> None:
    delimiters = Delimiters(begin_solution="BEGINNE LÖSUNG", end_solution="ENDE LÖSUNG")
    files = {"a.py": "# BEGINNE LÖSUNG".encode(), "b.txt": b"### BEGIN SOLUTION"}
    assert leftover(files, {"p1": NOTEBOOK}, delimiters) == "a.py"


@pytest.mark.parametrize(
    "content",
    [
        *(b"1,2\n", bytes(range(256)), b"def double(x):\n    return x + x\n", b"{", b"PK\x03\x04broken"),
        *(b"\x1f\x8bbroken", b"BZh", b"x\x9cbroken", b"\xfd7zXZ", gzip.compress(b"1,2\n", mtime=0)),
    ],
)
def test_other_files_are_not(content: bytes) -> None:
    assert (
        leftover({"file": content}, {"p1": NOTEBOOK, "p2": b"no notebook", "p3": json.dumps({}).encode()}, Delimiters())
        == ""
    )
