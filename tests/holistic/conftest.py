"""What the tests of holistic evaluation share."""

import pytest

from utils.store import CACHE_VARIABLE


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """The tests neither read nor write the user's cache."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
