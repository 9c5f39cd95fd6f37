"""The wheel holds what the checkout holds: every module, every tracked pack and template, every data file."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPO, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


def tracked(*folders: str) -> set[str]:
    done = subprocess.run(["git", "ls-files", *folders], cwd=REPO, capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")) - {""}


@pytest.mark.skipif(not (REPO / ".git").exists(), reason="not a checkout: nothing says which files belong to it")
def test_wheel_holds_every_tracked_file(wheel: set[str]) -> None:
    bundled = {f"impact/_bundled/{name}" for name in tracked("questionnaires", "templates")}

    assert tracked("impact") - wheel == set()
    assert bundled - wheel == set()


def test_wheel_holds_nothing_of_the_tests_and_examples(wheel: set[str]) -> None:
    assert {name.partition("/")[0] for name in wheel if ".dist-info/" not in name} == {"impact"}
