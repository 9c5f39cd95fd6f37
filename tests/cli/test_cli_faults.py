"""What is wrong is said once, with place, remedy, code and exit status; nothing half written is left."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
COMPAS = REPO / "examples" / "compas-counts"


@pytest.fixture
def compas(tmp_path: Path) -> Path:
    """A copy of the COMPAS example to be spoilt."""
    folder = tmp_path / "assessment"
    shutil.copytree(COMPAS, folder)
    return folder


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def assert_clean(tmp_path: Path) -> None:
    assert sorted(path.name for path in tmp_path.iterdir()) == ["assessment"]


def test_bad_plan(compas: Path, impact: Any, tmp_path: Path) -> None:
    spoil(compas / "audit.yaml", "effect:", "efect:")

    said = impact("build", compas, "-o", tmp_path / "out", "-q")

    assert said.status == 2
    assert "audit.yaml:" in said.err
    assert "Did you mean “effect”?" in said.err
    assert "[E101]" in said.err
    assert_clean(tmp_path)


def test_missing_column(compas: Path, impact: Any, tmp_path: Path) -> None:
    table = (compas / "cells.csv").read_text()
    (compas / "cells.csv").write_text(table.replace("race", "rase", 1))

    said = impact("build", compas, "-o", tmp_path / "out", "-q")

    assert said.status == 3
    assert "[D03]" in said.err
    assert "“rase”" in said.err or "`rase`" in said.err
    assert_clean(tmp_path)


def test_empty_csv(compas: Path, impact: Any, tmp_path: Path) -> None:
    (compas / "cells.csv").write_bytes(b"")

    said = impact("build", compas, "-o", tmp_path / "out", "-q")

    assert said.status == 3
    assert "[D01]" in said.err
    assert_clean(tmp_path)


def test_truncated_parquet(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "assessment"
    shutil.copytree(REPO / "examples" / "misconduct-pilot", folder)
    data = (folder / "data" / "decision-log.parquet").read_bytes()
    (folder / "data" / "decision-log.parquet").write_bytes(data[: len(data) // 2])

    said = impact("build", folder, "-o", tmp_path / "out", "-q")

    assert said.status == 3
    assert said.err.count("impact:") == 1
    assert "decision-log.parquet" in said.err
    assert_clean(tmp_path)


def test_faults_of_head_and_answers_come_together(impact: Any, tmp_path: Path) -> None:
    folder = tmp_path / "assessment"
    shutil.copytree(REPO / "examples" / "misconduct-pilot", folder)
    spoil(folder / "assessment.yaml", "status: draft", "status: finished")
    spoil(folder / "assessment.yaml", "  A7:", "  A77:")

    said = impact("check", folder, "--json")

    codes = [fault["code"] for fault in said.json["faults"]]
    assert said.status == 2
    assert "A103" in codes
    assert len(codes) >= 2


def test_full_disk_is_one_message_and_leaves_nothing(compas: Path, tmp_path: Path) -> None:
    """The operating system itself refuses to write more than a few kilobytes into one file."""
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from impact.cli.app import run\n"
        "from impact import outputs\n"
        "whole = outputs.staged\n"
        "def limited(*a, **k):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "    return whole(*a, **k)\n"
        "outputs.staged = limited\n"
        "run(['build', sys.argv[1], '-o', sys.argv[2], '-q'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(compas), str(tmp_path / "out")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 7, done.stderr
    assert "the disk is full" in done.stderr
    assert_clean(tmp_path)


def test_unknown_example_folder(impact: Any, tmp_path: Path) -> None:
    said = impact("build", tmp_path / "none", "-o", tmp_path / "out")

    assert said.status == 2
    assert "[A001]" in said.err


def test_wrong_use_exits_two(impact: Any) -> None:
    assert impact("build").status == 2
    assert impact("biuld").status == 2


def test_fault_of_ours_is_not_a_finding(impact: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a value of a person")

    monkeypatch.setattr("impact.assessment.check.check_folder", broken)

    said = impact("check", tmp_path)

    assert said.status == 70
    assert "a value of a person" not in said.err + said.out
