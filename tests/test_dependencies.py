"""Every package that the code imports is declared, and the tested versions lie in the declared ranges."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Installed only with the extras "bench", "canvas" and "similar", or asked for where they may be absent.
OPTIONAL = {
    "canvasapi",
    "copydetect",
    "datasets",
    "diffusers",
    "disent",
    "latentverse",
    "llama_cpp",
    "lm_eval",
    "repo2docker",
}


def declared(*extras: str) -> dict[str, Requirement]:
    """The requirements of the package and of some of its extras, by canonical name."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def imported_distributions(folder: str) -> set[str]:
    """The installed distributions that the modules below a folder import, by canonical name."""
    modules: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    providers = packages_distributions()
    foreign = modules - sys.stdlib_module_names - {"utils", "tests", "install"} - OPTIONAL
    return {canonicalize_name(providers.get(module, [module])[0]) for module in foreign}


def test_what_the_package_imports_is_declared() -> None:
    assert imported_distributions("utils") - set(declared()) == set()


def test_what_the_tests_import_is_declared() -> None:
    assert imported_distributions("tests") - set(declared("dev")) == set()


def test_tested_versions_lie_in_the_ranges() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {canonicalize_name(name): Version(version) for name, version in pins.items()}
    outside = {
        name: pinned.get(name)
        for name, requirement in declared("dev").items()
        if name in pinned and pinned[name] not in requirement.specifier
    }
    assert not outside
    assert set(declared()) - set(pinned) == set()
