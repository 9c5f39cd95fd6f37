"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from impact.errors import Exit, SettingsError
from impact.outputs import refuse_existing, refuse_unwritable, staged, write_file


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_existing_file_is_kept_without_force(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    with pytest.raises(SettingsError) as caught:
        write_file(tmp_path / "a.txt", b"new", force=False)

    assert caught.value.faults[0].code == "G020"
    assert (tmp_path / "a.txt").read_text() == "old"


def test_force_replaces_only_what_is_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    (out / "record.json").write_text("old")

    with staged(out, force=True) as stage:
        (stage / "record.json").write_text("new")

    assert (out / "mine.txt").read_text() == "keep"
    assert (out / "record.json").read_text() == "new"
    assert left_in(tmp_path) == ["out"]


def test_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with staged(tmp_path / "out", force=False) as stage:
            (stage / "record.json").write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail()

    assert left_in(tmp_path) == []


def test_every_existing_file_is_named_at_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("")

    with pytest.raises(SettingsError) as caught:
        refuse_existing([tmp_path / "a", tmp_path / "b", tmp_path / "c"], force=False)

    assert [Path(fault.where).name for fault in caught.value.faults] == ["a", "b"]


def test_full_disk_is_one_clear_fault(tmp_path: Path) -> None:
    def fill() -> None:
        with staged(tmp_path / "out", force=False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(SettingsError) as caught:
        fill()

    assert caught.value.exit is Exit.MISSING
    assert "disk is full" in str(caught.value)
    assert left_in(tmp_path) == []


def test_a_limit_on_file_size_is_met_like_a_full_disk(tmp_path: Path) -> None:
    """A real refusal by the operating system, in a process of its own, because the limit cannot be lifted again."""
    script = (
        "import resource, signal, sys; from pathlib import Path; from impact.outputs import write_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_file(Path(sys.argv[1]), b'x' * 100_000, force=False)\n"
        "except Exception as e: print(e)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out.bin")], capture_output=True, text=True, check=True
    )

    assert "the disk is full" in done.stdout
    assert "[G021]" in done.stdout
    assert left_in(tmp_path) == []


def test_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")

    with pytest.raises(SettingsError) as caught, staged(tmp_path / "out", force=True):
        pass

    assert caught.value.faults[0].code == "G022"


def test_forced_run_leaves_no_result_of_an_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    for name in ("mine.txt", "findings.json", "tables/old.csv", "tables/mine.txt", "record.json"):
        (out / name).write_text("old")

    with staged(out, force=True, ours=("record.json", "findings.json", "tables/*.csv")) as stage:
        (stage / "record.json").write_text("new")

    assert left_in(out) == ["mine.txt", "record.json", "tables"]
    assert left_in(out / "tables") == ["mine.txt"]
    assert (out / "record.json").read_text() == "new"


def test_folder_inside_a_file_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError) as caught:
        refuse_unwritable(tmp_path / "file" / "out")

    assert caught.value.faults[0].code == "G022"
    refuse_unwritable(tmp_path / "not" / "there" / "yet")
    assert left_in(tmp_path) == ["file"]
