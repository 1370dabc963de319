"""The one writer: files that are there whole or not at all, and gradebooks in SQLite and PostgreSQL."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading.__main__ import main
from utils.grading.course.gradebook import read_record

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"metadata": {}}',
        json.dumps({"metadata": {"judge": {"fingerprint": "x", "cells": [{"a": 1}], "remarks": []}}}).encode(),
    ],
)
def test_a_notebook_without_a_whole_verdict_is_no_record(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "numbers.ipynb"
    path.write_bytes(content)
    assert read_record(path) is None


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server of its own, which listens on a Unix socket only."""
    if not BINARIES:
        pytest.skip("no PostgreSQL server; apt install postgresql")
    try:
        owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path has to be short
    os.chown(folder, owner.pw_uid, owner.pw_gid)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [BINARIES[-1] / program, *arguments],
            check=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **({"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}),
        )

    data = str(folder / "data")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    try:
        call("initdb", "--pgdata", data, "--auth", "trust", "--username", "grader")
        call("pg_ctl", "start", "--wait", "--pgdata", data, "--options", options, "--log", str(folder / "log"))
        try:
            call("createdb", "--host", str(folder), "--username", "grader", "grades")
            yield f"postgresql+psycopg2://grader@/grades?host={folder}"
        finally:
            call("pg_ctl", "stop", "--pgdata", data, "--mode", "immediate")
    finally:
        shutil.rmtree(folder)


def test_a_gradebook_in_postgresql(
    tmp_path: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("psycopg2")
    folder = make_course(tmp_path, f"c.CourseDirectory.db_url = {postgresql!r}\n")
    hand_in(folder, "ann", SOLUTIONS)
    hand_in(folder, "bob", {"double": SOLUTIONS["double"]})
    monkeypatch.chdir(folder)
    assert main(["--workers", "1"]) == 0
    assert not (folder / "gradebook.db").exists()
    with Gradebook(postgresql, "small") as book:
        assert book.find_submission(ASSIGNMENT, "ann").score == 6
        assert book.find_submission(ASSIGNMENT, "bob").score == 2
        assert book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").needs_manual_grade
        book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score = 3
        book.db.commit()
    assert main(["--workers", "1"]) == 0
    assert "2 of 2 notebooks have not changed" in capsys.readouterr().out
    assert "ann,ps1,essay,3,4,graded" in (folder / "grades.csv").read_text().splitlines()
