"""Files are whole or absent, remembered results are never wrong, and importing the store costs next to nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils import store
from utils.store import CACHE_VARIABLE, ResultCache, cache_dir, provenance, remembered, remove_abandoned, write_atomic


def test_write_atomic_replaces_a_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file.txt"
    write_atomic(path, b"first", 0o444)
    write_atomic(path, "zweite Fassung, größer", 0o444)
    assert path.read_text(encoding="utf-8") == "zweite Fassung, größer"
    assert path.stat().st_mode & 0o777 == 0o444
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_content_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    write_atomic(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_files_get_the_permissions_that_the_process_gives(tmp_path: Path) -> None:
    write_atomic(tmp_path / "ours", b"")
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_only_old_unfinished_files_and_folders_are_removed(tmp_path: Path) -> None:
    names = {".partial-old", ".partial-old-folder", ".partial-new", "finished"}
    for name in names:
        (tmp_path / name).mkdir() if "folder" in name else (tmp_path / name).write_bytes(b"")
    for name in names - {".partial-new"}:
        os.utime(tmp_path / name, (0, 0))
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".partial-new", "finished"}


def test_the_cache_folder_is_the_configured_one_or_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "~/elsewhere")
    assert cache_dir() == Path.home() / "elsewhere"
    monkeypatch.delenv(CACHE_VARIABLE)
    assert cache_dir().name == "which-is-better"


class TestResultCache:
    def test_arrays_come_back_as_they_were_saved(self, tmp_path: Path) -> None:
        cache = ResultCache(tmp_path)
        arrays = {"codes": np.arange(6, dtype=np.float32).reshape(2, 3), "facts": np.array('{"seed": 0}')}
        cache.save(["run", 1], arrays)
        loaded = cache.load(["run", 1])
        assert loaded is not None
        assert loaded.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(loaded[name], array)
            assert loaded[name].dtype == array.dtype

    def test_another_description_has_another_result(self, tmp_path: Path) -> None:
        cache = ResultCache(tmp_path)
        cache.save({"seed": 0, "size": 1}, {"a": [0.0]})
        assert cache.load({"size": 1, "seed": 0}) is not None
        assert cache.load({"seed": 1, "size": 1}) is None

    @pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-1] + b"\xff"])
    def test_a_damaged_result_counts_as_none(self, tmp_path: Path, damage) -> None:
        cache = ResultCache(tmp_path)
        cache.save(0, {"a": np.arange(100)})
        (file,) = tmp_path.iterdir()
        file.write_bytes(damage(file.read_bytes()))
        assert cache.load(0) is None

    def test_the_least_recently_used_results_go_first(self, tmp_path: Path) -> None:
        cache = ResultCache(tmp_path, max_bytes=5_000)
        for number in range(4):
            cache.save(number, {"a": np.zeros(100)})
            (newest,) = set(tmp_path.iterdir()) - {path for path in tmp_path.iterdir() if path.stat().st_mtime < 1e9}
            os.utime(newest, (number, number))
        assert cache.load(0) is not None  # used now, so it stays
        for number in range(4, 7):
            cache.save(number, {"a": np.zeros(100)})
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5_000
        assert cache.load(0) is not None
        assert cache.load(1) is None
        assert cache.load(6) is not None


class TestRemembered:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
        return tmp_path

    def test_computes_once_for_equal_descriptions(self) -> None:
        first = remembered(["a", 1], lambda: np.array([0.5, 0.25]))
        again = remembered(["a", 1], lambda: pytest.fail("computed again"))
        np.testing.assert_array_equal(again, first)
        np.testing.assert_array_equal(remembered(["a", 2], lambda: np.array([7])), [7])

    def test_the_folder_does_not_grow_without_bound(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "MAX_REMEMBERED_BYTES", 4_000)
        for number in range(40):
            remembered(["entry", number], lambda: np.zeros(10))
        assert 0 < sum(path.stat().st_size for path in (cache / "results").iterdir()) <= 4_000
        assert remembered(["entry", 39], lambda: pytest.fail("the newest is kept")).shape == (10,)

    def test_a_cache_that_cannot_be_written_costs_only_time(self, cache: Path) -> None:
        (cache / "results").write_text("in the way")
        assert remembered(0, lambda: np.ones(3)).shape == (3,)


def test_provenance_names_command_date_and_versions() -> None:
    record = provenance("python -m utils.models.train", ["numpy"])
    assert record["command"] == "python -m utils.models.train"
    assert record["versions"] == {"python": sys.version.split()[0], "numpy": np.__version__}
    assert len(record["date"].split("-")) == 3


def test_importing_the_store_and_a_sandbox_imports_no_torch() -> None:
    code = (
        "import sys, utils.store, utils.errors, utils.grading.sandbox.walls as w; w.environment(); "
        "print([m for m in ('torch', 'pandas', 'skimage', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
