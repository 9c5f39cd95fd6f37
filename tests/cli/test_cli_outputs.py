"""What is left on disk, and what stands on stdout, when a person does the unexpected."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[2]
COMPAS = REPO / "examples" / "compas-counts"
RUN = "import sys; from impact.cli.app import run; run(sys.argv[1:])"


@pytest.mark.parametrize(
    "words",
    [["build", "--json"], ["biuld", "--json"], ["check", "a", "b", "--json"], ["score", ".", "--josn", "--json"]],
)
def test_wrong_use_is_json_too_where_json_was_asked_for(impact: Any, words: list[str]) -> None:
    said = impact(*words)

    assert said.status == 2
    assert (said.json["ok"], said.json["exit"]) == (False, 2)
    assert [fault["code"] for fault in said.json["faults"]] == ["G030"]


def test_output_that_is_a_file_is_told_before_any_work(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    said = impact("build", COMPAS, "-o", tmp_path / "out", "--practice")

    assert said.status == 2
    assert said.err.count("\n") == 1
    assert "[G022]" in said.err
    assert (tmp_path / "out").read_text() == "mine"


def test_failed_build_leaves_no_practice_keys(impact: Any, tmp_path: Path) -> None:
    role = impact("build", COMPAS, "-o", tmp_path / "out", "--practice", "--role", "Boss")
    folder = impact("build", tmp_path / "none", "-o", tmp_path / "out", "--practice")

    assert (role.status, folder.status) == (2, 2)
    assert list(tmp_path.iterdir()) == []


def test_interrupted_build_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    words = ["build", str(COMPAS), "-o", str(tmp_path / "out"), "--practice"]
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + RUN,
            *words,
        ],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("reading"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert process.returncode == 130
    assert "interrupted" in rest
    assert list(tmp_path.iterdir()) == []


def test_paths_with_spaces_and_letters_of_any_language(impact: Any, tmp_path: Path) -> None:
    folder, out = tmp_path / "Prüfung der Wache 7", tmp_path / "Ergebnis – außen"
    shutil.copytree(COMPAS, folder)

    built = impact("build", folder, "-o", out, "--practice")

    assert built.status == 0
    assert f"verify '{out / 'report.pdf'}' --trust '{out / 'practice-trust'}'" in built.out
    assert stat.S_IMODE((out / "practice-trust" / "assessor.p12").stat().st_mode) == 0o600
    assert impact("verify", out / "report.pdf", "--trust", out / "practice-trust").status == 0


def test_two_builds_at_once_leave_the_whole_result_of_one(impact: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["build", str(COMPAS), "-o", str(out), "--practice", "--force", "-q"]

    both = [subprocess.Popen([sys.executable, "-c", RUN, *words], stdout=subprocess.DEVNULL) for _ in range(2)]

    assert [process.wait() for process in both] == [0, 0]
    assert impact("verify", out / "report.pdf", "--trust", out / "practice-trust").status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_forced_practice_keys_replace_practice_keys_only(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "assessment.yaml").write_text("years of work")

    said = impact("keys", "practice", tmp_path / "mine", "--force")

    assert said.status == 2
    assert (tmp_path / "mine" / "assessment.yaml").read_text() == "years of work"


def test_passphrase_file_that_is_not_text_is_a_fault(impact: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    descriptor = os.open(tmp_path / "secret", os.O_RDONLY)
    try:
        said = impact(
            *("sign", tmp_path / "a.pdf", "-o", tmp_path / "b.pdf", "--role", "DPO"),
            *("--signer", tmp_path / "k.p12", "--passphrase-fd", descriptor),
        )
    finally:
        os.close(descriptor)

    assert said.status == 2
    assert "[S090]" in said.err


def test_suggested_line_is_the_one_that_was_typed(impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACT_CALLED_AS", "./run")

    said = impact("new", "uk-policing", tmp_path / "mine")

    assert f"./run check {tmp_path / 'mine'}" in said.out


def test_words_fit_a_terminal_of_80_columns(impact: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    impact("new", "uk-policing", "mine")

    for command in ("check", "score"):
        assert max(map(len, impact(command, "mine").out.split("\n"))) <= 80
