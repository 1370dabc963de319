"""What Binder does with the repository, without Docker: postBuild in a fresh environment, then a lecture.

As on Binder, the home folder is the repository. Where bubblewrap is installed, the rest of the disk is read-only except
the environment and a folder for temporary files. PyTorch's index of CPU builds may be out of reach; then a CPU build
that pip finds elsewhere stands in, or the default build.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import install
from tests.support import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

# What Binder's container has from the image, and the settings by which pip reaches its index from this machine.
PASSED_ON = ("PATH", "LANG", "PIP_", "UV_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE")
CPU_BUILD = "torch==2.13.0+cpu"


class Image:
    """The home folder and the environment that postBuild has filled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.python = folder / "environment" / "bin" / "python"
        self.temporary = folder / "tmp"
        self.environment = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)} | {
            "HOME": str(self.home),
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
            "TMPDIR": str(self.temporary),
        }

    def run(self, *command: str | Path, network: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the home folder, as repo2docker does, where nothing else but the environment is writable."""
        walls = ["bwrap", "--ro-bind", "/", "/", "--bind", str(self.folder), str(self.folder)]
        walls += ["--dev", "/dev", "--proc", "/proc"]
        if not network:
            walls.append("--unshare-net")
        return subprocess.run(
            [*(walls if shutil.which("bwrap") else []), *command],
            cwd=self.home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("binder")
    image = Image(folder)
    image.temporary.mkdir()
    ignored = shutil.ignore_patterns(".git", ".venv*", "class", "site", "artefacts", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, image.home, ignore=ignored)
    subprocess.run([sys.executable, "-m", "venv", image.python.parents[1]], check=True)
    substitute = use_available_torch(image)
    built = image.run(image.home / "binder" / "postBuild")
    assert built.returncode == 0, built.stdout[-3000:]
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sizes = {name: megabytes(folder / name) for name in ("environment", "home")}
        print(f"\npostBuild with {substitute}: {sizes['environment']:.0f} MB in the environment, ", end="")
        print(f"{sizes['home'] - megabytes(image.home / 'utils'):.0f} MB in the home folder\n{built.stdout}")
    yield image
    shutil.rmtree(folder)  # gigabytes


def use_available_torch(image: Image) -> str:
    """Have the copy ask for a build of PyTorch that can be downloaded here, and say in words which."""
    pins = install.read_pins(ROOT / "constraints.txt")
    pip = [image.python, "-m", "pip", "--no-cache-dir"]
    uv = image.run(*pip, "install", "--quiet", f"uv=={pins['uv']}")
    assert uv.returncode == 0, uv.stdout
    question = ["install", "--no-cache", "--dry-run", "--no-deps", "--torch-backend", "cpu", f"torch=={pins['torch']}"]
    on_index = image.run(image.python, "-m", "uv", "pip", *question)
    if on_index.returncode == 0:
        return "the CPU build of PyTorch's index"
    edit(image.home / "binder" / "postBuild", " --torch-backend cpu", "")
    on_disk = image.run(*pip, "install", "--dry-run", "--no-deps", CPU_BUILD)
    if on_disk.returncode:
        return "PyTorch's default build, because its index of CPU builds does not answer"
    edit(image.home / "constraints.txt", f"torch=={pins['torch']}\n", f"{CPU_BUILD}\n")
    edit(image.home / "constraints.txt", f"torchvision=={pins['torchvision']}\n", "")
    project = (image.home / "pyproject.toml").read_text()
    lines = [line for line in project.splitlines(keepends=True) if not line.startswith('  "torchvision')]
    (image.home / "pyproject.toml").write_text("".join(lines))
    return f"{CPU_BUILD} from this machine, without torchvision: PyTorch's index of CPU builds does not answer"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6


def test_nothing_is_left_but_what_the_course_needs(image):
    """No cache of downloads: it would make the image larger by all of them."""
    assert megabytes(image.temporary) < 1
    caches = {path.name for path in (image.home / ".cache").iterdir()}
    assert not caches & {"pip", "uv"}
    assert (image.home / ".cache" / "which-is-better").is_dir()


def test_every_package_has_its_tested_version(image):
    pins = install.read_pins(image.home / "constraints.txt")
    canonical = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins.items()}
    listing = image.run(image.python, "-m", "pip", "list", "--format", "json", "--exclude-editable")
    versions = {re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"] for one in json.loads(listing.stdout)}
    other = {name: v for name, v in versions.items() if canonical.get(name, v).partition("+")[0] != v.partition("+")[0]}
    assert not other
    assert len(versions) > 100


def test_a_closed_tab_ends_its_kernel(image):
    settings = image.python.parents[1] / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert settings.read_text() == (ROOT / "binder" / "overrides.json").read_text()


def test_a_lecture_runs_in_it_without_a_network(image):
    lecture = image.home / "lectures" / "00_start.ipynb"
    executed = image.run(
        image.home / "binder" / "start", image.python, "-m", "jupyter", "execute", "--inplace", lecture, network=False
    )
    assert executed.returncode == 0, executed.stdout[-3000:]
