"""Files that one process writes into its working folder and the other gets."""

from pathlib import Path

import pytest

from utils.grading.protocol.folder import Folder, may_copy


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "x.py",
        "x.py/",
        "./x.txt",
        "a//x.txt",
        "a/__init__.py",
        "x.so",
        "x.PYC",
        "x.pth",
        "lib.zip",
        "pytest.ini",
        "a/setup.cfg",
        "",
        "a\nb",
        "a" * 300,
        5,
    ],
)
def test_names_that_are_not_copied(name: object) -> None:
    assert not may_copy(name)


def test_new_changed_and_deleted_files(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    assert folder.changes() == {}
    (tmp_path / "a.txt").write_text("1")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.csv").write_text("2")
    assert folder.changes() == {"a.txt": b"1", "sub/b.csv": b"2"}
    (tmp_path / "a.txt").unlink()
    assert folder.changes() == {"a.txt": None}
    folder.write({"c.txt": b"3", "sub/b.csv": None, "x.py": b"import os"})
    assert folder.changes() == {}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["c.txt", "sub"]


def test_links_are_neither_read_nor_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret").write_text("s")
    (inside / "link").symlink_to(outside / "secret")
    (inside / "folder").symlink_to(outside)
    folder = Folder(str(inside))
    assert folder.changes() == {}
    folder.write({"link": b"x", "folder/new": b"x"})
    assert (outside / "secret").read_text() == "s"
    assert not (outside / "new").exists()
