"""What is read of a folder that may hold anything, and what of it may lie where a browser reaches it."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from utils.grading.course.files import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_FILES,
    OwnFiles,
    as_text,
    is_inert,
    own_files,
    read_plain,
    without_conflicts,
)

IGNORE = (".ipynb_checkpoints", "*.pyc")


def read(folder: Path, max_bytes: int = 2**20) -> OwnFiles:
    """Read a folder with nbgrader's patterns."""
    return own_files(folder, IGNORE, max_bytes)


def test_plain_files_are_read_and_those_of_tools_are_passed_over_in_silence(tmp_path: Path) -> None:
    for name in ("data.csv", "sub/more.csv", ".hidden", ".git/config", "__pycache__/a.pyc", "b.pyc", "other.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / ".partial-1-2").mkdir()
    files = read(tmp_path)
    assert files.contents == {name: name.encode() for name in ("data.csv", "sub/more.csv", ".hidden")}
    assert files.remark == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b"caf\xe9.txt", "'caf\\\\xe9.txt' (its name is not UTF-8 or has control characters)"),
        (b"a\nb\x1b[31m.txt", "control characters"),
        (b"n" * 255, "its name is too long"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe".encode(), "control characters"),
    ],
)
def test_names_that_cannot_be_written_are_left_out_with_one_remark(tmp_path: Path, name: bytes, reason: str) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"1")
    (tmp_path / "good.txt").write_bytes(b"2")
    files = read(tmp_path)
    assert dict(files.contents) == {"good.txt": b"2"}
    assert reason in files.remark
    assert files.remark.isprintable()


def test_links_pipes_and_sockets_are_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "soft").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    (folder / "hard").hardlink_to(secret)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(folder / "socket"))
        files = read(folder)
    assert dict(files.contents) == {}
    assert "'hard' (a link to another file)" in files.remark
    assert "and 2 more" in files.remark
    with pytest.raises(OSError, match="not a file"):
        read_plain(folder / "pipe", 10)
    with pytest.raises(OSError, match="symbolic links"):
        read_plain(folder / "soft", 10)


def test_folders_nested_a_thousand_deep_end_at_the_bound(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for depth in range(1500):
            if depth in (3, MAX_DEPTH + 3):
                Path("file.txt").write_bytes(b"1")
            os.mkdir("a")
            os.chdir("a")
    finally:
        os.chdir(before)
    files = read(tmp_path)
    remove_deep(tmp_path)
    assert dict(files.contents) == {"a/a/a/file.txt": b"1"}
    assert "nested too deeply" in files.remark


def remove_deep(folder: Path) -> None:
    """Remove folders `a` in `a` in `a`, which pytest's own clean-up cannot."""
    subprocess.run(["rm", "-rf", folder / "a"], check=True)


def test_many_files_are_bounded_in_number_size_and_time(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.txt").touch()
    begin = time.process_time()
    files = read(tmp_path)
    assert time.process_time() - begin < 5
    assert len(files.contents) == MAX_FILES
    assert "and 1997 more" in files.remark
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "bin").write_bytes(b"0" * 100)
    assert "too much data" in read(tmp_path / "large", max_bytes=99).remark
    assert MAX_ENTRIES >= MAX_FILES


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_what_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o000)
    (tmp_path / "folder").mkdir(0o000)
    try:
        files = read(tmp_path)
        assert dict(files.contents) == {}
        assert "'folder' (Permission denied)" in files.remark
        assert "'file' (Permission denied)" in files.remark
    finally:
        (tmp_path / "folder").chmod(0o700)


def test_case_twins_and_strange_but_printable_names_are_files_like_others(tmp_path: Path) -> None:
    names = ("Data.csv", "data.csv", "Müller [2nd].csv", "*", "-rf", "%41", "a;b'\"$(c)")
    for name in names:
        (tmp_path / name).write_bytes(b"1")
    assert set(read(tmp_path).contents) == set(names)


def test_a_folder_named_like_a_notebook_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "p1.ipynb").mkdir()
    (tmp_path / "p1.ipynb" / "x.txt").touch()
    assert dict(read(tmp_path).contents) == {}


def test_the_instructors_files_win_over_folders_and_files_of_the_same_name() -> None:
    given = {"data/x.csv", "table.csv"}
    own = {"data", "table.csv/inside", "mine/x.csv", "table.csv"}
    assert without_conflicts(own, given) == ({"mine/x.csv", "table.csv"}, {"data", "table.csv/inside"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plot.png", b"\x89PNG\r\n"),
        ("data.csv", b"a,b\n1,2\n"),
        ("notes.txt", b"I wrote <script> in my page."),
        ("sub/solve.py", b"page = '<html>'"),
        ("array.npy", b"\x93NUMPY" + bytes(range(256))),
    ],
)
def test_pictures_and_data_are_inert(name: str, content: bytes) -> None:
    assert is_inert(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((f"x.{kind}", b"text") for kind in ("html", "htm", "xhtml", "svg", "svgz", "xml", "js", "mjs", "mhtml")),
        *((f"x.{kind}", b"text") for kind in ("shtml", "pdf", "swf", "xsl", "HTML", "png.html", "ipynb", "css")),
        ("noextension", b"text"),
        (".html", b"text"),
        ("x.png/y.html", b"text"),
        ("x.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='act()'/>"),
        ("x.png", b"GIF89a" + b" " * 200 + b"<script>act()</script>"),
        ("x.txt", b"  \n<!DOCTYPE html><script>act()</script>"),
        ("x.csv", b"\xef\xbb\xbf<html>"),
        ("x.json", "<html>".encode("utf-16")),
        ("x.dat", b"%PDF-1.7"),
        ("x.bin", b"MIME-Version: 1.0\nContent-Type: text/html"),
    ],
)
def test_what_a_browser_could_run_is_not(name: str, content: bytes) -> None:
    assert not is_inert(name, content)


def test_names_as_text() -> None:
    assert as_text("Zoë") == "Zoë"
    assert as_text("caf\udce9\t") == "caf\\xe9\\t"
