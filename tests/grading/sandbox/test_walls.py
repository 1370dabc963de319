"""The outer wall: what a student's process can neither see nor reach nor write."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.notebooks import judged, verdict
from tests.support.sandboxed import DOUBLE, TESTS, shown_by
from utils.grading import SandboxError, close
from utils.grading.sandbox import walls


def test_there_is_no_network() -> None:
    assert "unreachable" in shown_by("import socket\nsocket.create_connection(('1.1.1.1', 53), 3)")


def test_only_the_environment_and_the_package_can_be_read() -> None:
    code = (
        f"import os\nprint(sorted(os.listdir({str(ROOT)!r})))\nprint(os.path.exists({str(Path.home() / '.bashrc')!r}))"
    )
    code += "\nprint(os.getcwd(), os.listdir(), os.listdir(os.path.expanduser('~')))"
    text = shown_by(code)
    for hidden in ("tests", "solutions", "assignments", ".git'", "class"):
        assert f"'{hidden}" not in text
    assert "False" in text
    assert "/submission/work [] []" in text


def test_the_system_cannot_be_written() -> None:
    code = """
import os, sys, sysconfig
for folder in ("/", "/usr", "/etc", "/dev", "/proc/sys", sys.prefix, sysconfig.get_path("purelib"), "/submission"):
    try:
        open(os.path.join(folder, "planted"), "w").close()
        print("wrote", folder)
    except OSError:
        pass
try:
    open("/proc/sys/kernel/core_pattern", "w").write("x")
    print("wrote core_pattern")
except OSError:
    pass
"""
    assert "wrote" not in shown_by(code)


def test_the_environment_is_a_short_list() -> None:
    os.environ["SECRET_OF_THE_GRADER"] = "314159"
    try:
        close()
        text = shown_by("import os\nprint(sorted(os.environ), open('/proc/1/environ').read())")
    finally:
        del os.environ["SECRET_OF_THE_GRADER"]
    assert "SECRET_OF_THE_GRADER" not in text
    assert "JPY_PARENT_PID" not in text


def test_without_bubblewrap_it_stops_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    walls.wall.cache_clear()
    try:
        with pytest.raises(SandboxError, match="bubblewrap"):
            judged(DOUBLE, TESTS, DOUBLE)
    finally:
        walls.wall.cache_clear()
    assert verdict(judged(DOUBLE, TESTS, DOUBLE, sandboxed=False)).points == 4
