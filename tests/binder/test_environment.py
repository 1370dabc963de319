"""What Binder builds: the same packages as pyproject.toml asks for, by the build pack that was meant."""

import os
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import ROOT

# conda-forge calls some packages otherwise: the CPU build of PyTorch, and matplotlib without a Qt window.
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}


@pytest.fixture(scope="module")
def environment() -> dict[str, SpecifierSet]:
    listed = yaml.safe_load((ROOT / "binder" / "environment.yml").read_text())["dependencies"]
    split = [re.fullmatch(r"([\w.-]+)(.*)", entry).groups() for entry in listed]
    return {CONDA_NAMES.get(name, name): SpecifierSet(re.sub("^=", "==", allowed)) for name, allowed in split}


@pytest.fixture(scope="module")
def requirements() -> dict[str, SpecifierSet]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    parsed = [Requirement(text) for text in project["dependencies"]]
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def test_binder_installs_the_packages_that_the_project_needs(environment, requirements):
    assert set(environment) - {"python"} == set(requirements)


def test_binder_allows_no_version_that_the_project_refuses(environment, requirements):
    assert {name: environment[name] for name in requirements} == requirements


def test_binder_has_a_python_that_the_project_accepts(environment):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (pin,) = environment["python"]
    assert Version(pin.version) in SpecifierSet(project["requires-python"])


def test_tested_versions_lie_in_the_ranges(requirements):
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
    )
    pinned = {canonicalize_name(name): Version(version) for name, version in pins.items()}
    outside = {name: pinned.get(name) for name, allowed in requirements.items() if pinned.get(name) not in allowed}
    assert not outside


def test_repo2docker_chooses_conda_and_runs_post_build(monkeypatch):
    repo2docker = pytest.importorskip("repo2docker.app")
    monkeypatch.chdir(ROOT)
    app = repo2docker.Repo2Docker()
    packs = (pack(base_image=app.base_image) for pack in app.buildpacks)
    chosen = next(pack for pack in packs if pack.detect())
    assert type(chosen).__name__ == "CondaBuildPack"
    assert chosen.binder_path("environment.yml") == "binder/environment.yml"
    assert chosen.get_post_build_scripts() == ["binder/postBuild"]
    assert os.access(ROOT / "binder" / "postBuild", os.X_OK)
