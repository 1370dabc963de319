"""Binder installs what `make lab` installs: the tested Python, and every package as constraints.txt has it."""

import json
import os
import subprocess

import pytest
import yaml

from tests.support import ROOT

BINDER = ROOT / "binder"


def test_conda_provides_the_tested_python_and_pip_only() -> None:
    environment = yaml.safe_load((BINDER / "environment.yml").read_text())
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert environment["dependencies"] == ["python=3.11", "pip"]
    assert "python:3.11" in workflow


def test_the_image_is_installed_by_what_make_installs_with() -> None:
    assert "python install.py --torch-backend cpu" in (BINDER / "postBuild").read_text().splitlines()
    assert "python install.py" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_the_scripts_can_be_run_and_are_valid_bash(script: str) -> None:
    assert os.access(BINDER / script, os.X_OK)
    subprocess.run(["bash", "-n", BINDER / script], check=True)


def test_start_gives_every_library_one_thread_and_passes_its_arguments_on() -> None:
    done = subprocess.run(
        [
            BINDER / "start",
            "bash",
            "-c",
            'echo "$OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS" "$@"',
            "-",
            "a b",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1 1 1 a b\n"


def test_a_closed_notebook_ends_its_kernel() -> None:
    settings = json.loads((BINDER / "overrides.json").read_text())
    assert settings["@jupyterlab/notebook-extension:tracker"]["kernelShutdown"] is True
    assert "binder/overrides.json" in (BINDER / "postBuild").read_text()


def test_repo2docker_chooses_conda_and_runs_both_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    repo2docker = pytest.importorskip("repo2docker.app")
    monkeypatch.chdir(ROOT)
    app = repo2docker.Repo2Docker()
    packs = (pack(base_image=app.base_image) for pack in app.buildpacks)
    chosen = next(pack for pack in packs if pack.detect())
    assert type(chosen).__name__ == "CondaBuildPack"
    assert chosen.binder_path("environment.yml") == "binder/environment.yml"
    assert chosen.get_post_build_scripts() == ["binder/postBuild"]
    assert chosen.get_start_script().endswith("/binder/start")
    assert chosen.python_version == "3.11"
