"""What every room's tests share: where the repository and the shared test data are, and one deterministic profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data(repo: Path) -> Path:
    """Published data sets that are not ours to copy in; tests that need them are skipped where they are absent."""
    folder = repo.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not on this machine")
    return folder
