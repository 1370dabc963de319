"""``python -m utils.prompting``: converts the language model ahead of time."""

import os
import subprocess
import sys

import pytest

from utils.prompting.conversion import language_model_path
from utils.store import CACHE_VARIABLE


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "utils.prompting", *arguments]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)


def test_a_model_that_is_converted_already_stays_as_it_is():
    config = language_model_path() / "config.json"
    before = config.stat().st_mtime_ns
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert config.stat().st_mtime_ns == before


@pytest.mark.slow
def test_an_unknown_model_names_the_known_ones():
    wrong = run("gemma")
    assert wrong.returncode == 2
    assert "no model gemma; choose from smollm2-135m" in wrong.stderr


def test_a_model_that_is_not_there_is_explained_in_one_sentence(tmp_path):
    refused = run("gemma3-270m", **{CACHE_VARIABLE: str(tmp_path)})
    assert refused.returncode == 1
    assert "--accept-terms" in refused.stderr
    assert "Traceback" not in refused.stderr
