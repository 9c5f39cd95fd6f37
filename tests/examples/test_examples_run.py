"""The way in: what ./run refuses and says before it has installed anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="./run is a POSIX shell script")


def _run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("IMPACT_", "PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(REPO / "run"), *words], cwd=cwd, env=bare | environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_run_is_readable_by_every_shell_that_may_meet_it(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")

    assert subprocess.run([shell, "-n", str(REPO / "run")], capture_output=True).stderr == b""


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_scripts_can_be_started(script: str) -> None:
    assert os.access(REPO / script, os.X_OK)


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "my papers"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")

    done = _run("--help", cwd=tmp_path, IMPACT_VENV="my papers")

    assert done.returncode == 2
    assert f"{folder} is there and is not a Python environment" in done.stderr
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_python_that_cannot_be_used_is_named_with_status_7(tmp_path: Path) -> None:
    done = _run("--help", cwd=tmp_path, IMPACT_VENV="environment", PYTHON="python-of-the-future")

    assert done.returncode == 7
    assert "PYTHON=python-of-the-future is not a Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "environment").exists()


@pytest.mark.parametrize("script", ["run", ".ci/run", "docs/install.md"])
def test_no_address_of_a_package_index_is_named(script: str) -> None:
    addresses = [
        line
        for line in (REPO / script).read_text(encoding="utf-8").splitlines()
        if "://" in line and not line.strip().startswith(("show_log()", "if grep -q "))  # these two look for addresses
    ]

    assert addresses == []
