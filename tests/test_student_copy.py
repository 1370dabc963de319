"""What a class gets: everything to learn from, nothing to copy from, and it works by itself."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from tests.answers.secrets import secret_lines
from tests.support import ROOT


@pytest.fixture(scope="module")
def student_copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "copy"
    make("student-copy", f"DEST={folder}", "GITHUB=me/my-class", f"VENV={Path(sys.prefix)}")
    return folder


def make(*arguments, folder=ROOT, check=True):
    return subprocess.run(["make", *arguments], cwd=folder, check=check, capture_output=True, text=True)


def secrets():
    """The lines between nbgrader's marks in all solutions; shorter ones than 40 characters stand in many programs."""
    return {line for line in secret_lines(*(ROOT / "solutions").rglob("*.ipynb")) if len(line) >= 40}


@pytest.mark.slow
def test_it_has_what_a_class_needs(student_copy):
    for needed in ["lectures/00_start.ipynb", "assignments/01_clustering/clustering.ipynb", "utils/__init__.py"]:
        assert (student_copy / needed).is_file()
    for needed in ["install.py", "lectures/figures/which-is-better.png"]:
        assert (student_copy / needed).is_file()
    for needed in ["lectures/conf.py", "lectures/publish.py", "CITATION.cff", ".github/workflows/pages.yml"]:
        assert (student_copy / needed).is_file()
    for needed in ["binder/environment.yml", "README.md", "Makefile", "pyproject.toml", "constraints.txt"]:
        assert (student_copy / needed).is_file()


@pytest.mark.slow
def test_its_binder_badge_opens_it_and_ours_has_none(student_copy):
    address = "https://mybinder.org/v2/gh/me/my-class/HEAD?urlpath=lab/tree/lectures/00_start.ipynb"
    readme = (student_copy / "README.md").read_text()
    assert "](https://me.github.io/my-class/)" in readme
    assert f"]({address})" in readme
    assert [path.name for path in (student_copy / ".github" / "workflows").iterdir()] == ["pages.yml"]
    assert "mybinder.org" not in (ROOT / "README.md").read_text()


def test_it_has_no_solutions_and_no_tests(student_copy):
    assert {path.name for path in student_copy.iterdir()} & {"solutions", "tests", "class", ".git", ".venv"} == set()
    assert list(student_copy.rglob("guide.md")) == []


def test_no_line_between_the_marks_is_in_any_notebook_of_it(student_copy):
    shown = {
        line.strip()
        for path in student_copy.rglob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        for line in cell.source.splitlines()
    }
    assert len(secrets()) > 50
    assert not secrets() & shown


def test_no_line_between_the_marks_is_in_any_other_file_of_it(student_copy):
    files = (path for path in student_copy.rglob("*") if path.is_file() and path.suffix != ".ipynb")
    contents = [content for path in files if b"\0" not in (content := path.read_bytes())]  # weights hold no lines
    text = b"\n".join(contents).decode(errors="replace")
    assert not [line for line in secrets() if line in text]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    refused = make("student-copy", f"DEST={tmp_path}", f"VENV={Path(sys.prefix)}", check=False)
    assert refused.returncode != 0
    assert "is not empty" in refused.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_grading_in_it_says_where_grading_is_done(student_copy):
    refused = make("grade", f"VENV={Path(sys.prefix)}", folder=student_copy, check=False)
    assert refused.returncode != 0
    assert "instructor's repository" in refused.stdout


@pytest.mark.slow
def test_make_lab_works_in_it(student_copy, tmp_path):
    """A set-up of its own, except that the packages come from this environment instead of the network."""
    subprocess.run([sys.executable, "-m", "venv", student_copy / ".venv"], check=True)
    (own,) = (student_copy / ".venv").glob("lib/python*/site-packages")
    (own / "lent.pth").write_text(sysconfig.get_path("purelib"))
    port = free_port()
    arguments = f"LAB_ARGS=--no-browser --port {port} --ServerApp.token=''"
    with (
        (tmp_path / "lab.log").open("w") as log,
        subprocess.Popen(
            ["make", "lab", arguments],
            cwd=student_copy,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=clean_env(),
        ) as lab,
    ):
        try:
            page = wait_for(f"http://127.0.0.1:{port}/api/contents/lectures/00_start.ipynb?content=0", lab)
        finally:
            with contextlib.suppress(ProcessLookupError):  # ended already: its log says why
                os.killpg(lab.pid, signal.SIGTERM)
    assert b'"name": "00_start.ipynb"' in page, (tmp_path / "lab.log").read_text()
    shown = subprocess.run(
        [student_copy / ".venv" / "bin" / "python", "-c", "import utils; print(utils.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()) == student_copy / "utils" / "__init__.py"


def clean_env():
    """Make's own variables would reach the inner make and name this repository's environment."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, process, seconds=240):
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    return b""
