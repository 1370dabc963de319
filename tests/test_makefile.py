"""`make help` lists every command, and `make` alone prints it."""

import re
import subprocess

from tests.support import ROOT

# Not commands of their own: a check that several commands share.
INTERNAL = {"help", "instructor"}


def test_help_lists_every_command() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"^  make ([\w-]+)", listed, flags=re.MULTILINE)) == set(phony.split()) - INTERNAL
    assert all(len(line) <= 110 for line in listed.splitlines())


def test_make_alone_prints_the_help() -> None:
    first, second = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for command in (["make"], ["make", "help"])
    )
    assert first == second
