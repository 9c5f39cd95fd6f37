"""Levels, archive timestamps and dissents at the command line, with practice keys and the clock of the machine."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.signing.practice import PASSPHRASE, make_practice


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    """The small page of the signing room's tests, with boxes for a panel."""
    path = Path(__file__).parents[1] / "signing" / "conftest.py"
    spec = importlib.util.spec_from_file_location("pages", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    # Its dataclasses look themselves up by name while they are made.
    sys.modules["pages"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["pages"]
    made: bytes = module.write_pdf(("Assessor", "Panel1", "Dissent1", "Oversight"))
    return made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("practice") / "keys"
    make_practice(folder, now=datetime.now(UTC))
    return folder


@pytest.fixture
def folder(unsigned: bytes, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPACT_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.pdf").write_bytes(unsigned)
    shutil.copytree(keys, tmp_path / "keys")
    return tmp_path


def signatures(said: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = said.json["signatures"]["signatures"]
    return found


def test_signed_dissented_and_dated_for_the_archive(impact: Any, folder: Path) -> None:
    time, lists = ("--timestamp", "keys/timestamp.p12"), ("--trust", "keys")
    Path("statement.txt").write_text("We were not shown the validation.")

    first = impact("sign", "report.pdf", "-o", "1.pdf", "--signer", "keys/assessor.p12", "--role", "Assessor",
                   *time, *lists, "--level", "b-lt", "--json")  # fmt: skip
    against = impact("sign", "1.pdf", "-o", "2.pdf", "--signer", "keys/panel1.p12", "--role", "Dissent", *time,
                     "--reason", "never tested", "--statement", "statement.txt")  # fmt: skip
    dated = impact("timestamp", "2.pdf", "-o", "3.pdf", "--timestamp-url", "keys/timestamp.p12", *lists)
    said = impact("verify", "3.pdf", *lists, "--json")

    assert (first.status, against.status, dated.status) == (0, 0, 0), (first.err, against.err, dated.err)
    assert first.json["level"] == "B-LT"
    assert "signed as Dissent with a trusted time (PAdES B-T)" in against.out
    assert "dated for the archive, with the revocation lists of today" in dated.out
    person, dissent, stamp = signatures(said)
    assert (person["level"], dissent["level"], stamp["kind"]) == ("B-LTA", "B-LTA", "timestamp")
    assert (person["dissent"], dissent["dissent"]) == (False, True)
    assert dissent["reason"].startswith("Dissents: never tested; statement sha256:")
    assert said.json["signatures"]["verified"] is True
    assert said.json["signatures"]["unsigned"] == ["Panel1", "Oversight"]
    assert "DISSENT, which is no approval: Panel member who dissents 1" in said.json["checks"]["roles"]["text"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--level", "b-lta"), 2, "S140"),
        (("--level", "b-t"), 2, "S140"),
        (("--level", "b-lt", "--timestamp", "keys/timestamp.p12"), 2, "S140"),
        (("--level", "b-b", "--timestamp", "keys/timestamp.p12"), 2, "level b-b has no timestamp"),
        (("--trust", "keys"), 2, "--trust is for --level"),
        (("--statement", "keys/README.txt"), 2, "S144"),
        (("--statement", "nowhere.txt"), 2, "S145"),
        (("--level", "gold"), 2, "b-lta"),
    ],
)
def test_what_cannot_be_signed_so_is_told(impact: Any, folder: Path, words: Any, status: int, said: str) -> None:
    signer = ("--signer", "keys/assessor.p12", "--role", "Assessor")

    found = impact("sign", "report.pdf", "-o", "signed.pdf", *signer, *words)

    assert found.status == status
    assert said in found.err
    assert not Path("signed.pdf").exists()


def test_unsigned_file_and_missing_service_are_told(impact: Any, folder: Path) -> None:
    assert "[S140]" in impact("timestamp", "report.pdf", "-o", "x.pdf").err
    assert "[S142]" in impact("timestamp", "report.pdf", "-o", "x.pdf", "--timestamp", "keys/timestamp.p12").err
    assert not Path("x.pdf").exists()
