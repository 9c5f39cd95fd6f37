"""Levels, archive timestamps and dissents at the command line, with practice keys and the clock of the machine."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from impact.signing.practice import PASSPHRASE, make_practice


@pytest.fixture(scope="module")
def pages() -> Any:
    """What the signing room's tests share: a small page, an authority, a service on this machine."""
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
    return module


@pytest.fixture(scope="module")
def unsigned(pages: Any) -> bytes:
    """With boxes for a panel."""
    made: bytes = pages.write_pdf(("Assessor", "Panel1", "Dissent1", "Oversight"))
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


# --- a level in one step with the report ------------------------------------------------------------------------------


@pytest.fixture
def small(folder: Path, repo: Path) -> Path:
    """A small assessment, beside practice keys."""
    shutil.copytree(repo / "tests" / "small_case", folder / "case")
    return folder


def test_report_is_built_and_signed_for_the_archive_at_once(impact: Any, small: Path) -> None:
    made = impact("build", "case", "-o", "out", "--practice", "--level", "b-lta", "--json", "--quiet")
    said = impact("verify", "out/report.pdf", "--trust", "out/practice-trust", "--json")

    assert made.status == 0, made.err
    assert (made.json["signed"], made.json["level"]) == (True, "B-LTA")
    person, stamp = signatures(said)
    assert (person["level"], stamp["kind"]) == ("B-LTA", "timestamp")
    assert said.json["ok"] is True

    again = impact("build", "case", "-o", "own", "--signer", "keys/dpo.p12", "--role", "DPO", "--trust", "keys",
                   "--timestamp", "keys/timestamp.p12", "--level", "b-lt", "--quiet")  # fmt: skip

    assert again.status == 0, again.err
    assert "signed (PAdES B-LT)" in again.out
    assert signatures(impact("verify", "own/report.pdf", "--trust", "keys", "--json"))[0]["level"] == "B-LT"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "b-lta"), "--level is of a signature"),
        (("--practice", "--level", "b-lt", "--trust", "keys"), "practice keys bring their own roots"),
        (("--signer", "keys/dpo.p12", "--trust", "keys"), "--trust is for --level"),
        (("--signer", "keys/dpo.p12", "--ocsp"), "--ocsp and --no-ocsp are for --level"),
        (("--signer", "keys/dpo.p12", "--role", "DPO", "--level", "b-lt", "--timestamp", "keys/timestamp.p12"), "S140"),
    ],
)
def test_level_that_cannot_be_built_is_told(impact: Any, small: Path, words: Any, said: str) -> None:
    found = impact("build", "case", "-o", "out", *words, "--quiet")

    assert found.status == 2
    assert said in found.err
    assert not Path("out").exists()


# --- certificates that name a responder -------------------------------------------------------------------------------


@pytest.fixture
def answering(pages: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Keys of an authority that answers on this machine and has no list; which certificates it was asked about."""
    now = datetime.now(UTC).replace(microsecond=0)
    asked: list[int] = []
    known = {}
    monkeypatch.setenv("IMPACT_PASSPHRASE", "secret")

    def answer(data: bytes, _: Any) -> bytes:
        number = ocsp.load_der_ocsp_request(data).serial_number
        asked.append(number)
        made: bytes = authority.answer(known[number], made=now, due=now + timedelta(days=1))
        return made

    with pages.serving(answer, asked_as="application/ocsp-request", kind="application/ocsp-response") as url:
        ages = {"begin": now - timedelta(days=9), "end": now + timedelta(days=99)}
        authority = pages.Authority(name="Answering Root", responder=url, **ages)
        (folder / "root").mkdir()
        (folder / "root" / "root.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
        lines = ["required: [Assessor]", "timestamp: required", "roles:"]
        for name, times in (("ada", False), ("time", True)):
            key, certificate = authority.issue(name, times=times, **ages)
            known[certificate.serial_number] = certificate
            (folder / f"{name}.p12").write_bytes(pages.p12(key, certificate))
            if not times:
                mark = pages.hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
                lines += ["  Assessor:", "    label: Assessor", f'    certificates: ["sha256:{mark}"]']
        (folder / "root" / "roles.yaml").write_text("\n".join(lines) + "\n")
        yield asked


def test_responders_are_asked_where_it_is_allowed_and_verify_asks_nobody(
    impact: Any, folder: Path, answering: list[int]
) -> None:
    words = (
        "--signer",
        "ada.p12",
        "--role",
        "Assessor",
        "--timestamp",
        "time.p12",
        "--level",
        "b-lta",
        "--trust",
        "root",
    )

    refused = impact("sign", "report.pdf", "-o", "1.pdf", *words)
    assert (refused.status, answering) == (2, [])
    assert "S141" in refused.err
    assert "--ocsp" in refused.err
    Path("impact.toml").write_text("[ocsp]\nask = true\nseconds = 5\n")
    forbidden = impact("sign", "report.pdf", "-o", "1.pdf", *words, "--no-ocsp")
    assert (forbidden.status, answering) == (2, [])
    signed = impact("sign", "report.pdf", "-o", "1.pdf", *words)
    assert signed.status == 0, signed.err
    assert len(answering) == 2

    before = impact("verify", "1.pdf", "--trust", "root", "--json")
    assert before.status == 1
    assert "impact revocations" in str(before.json["signatures"]["problems"])
    assert len(answering) == 2
    kept = impact("revocations", "1.pdf", "--trust", "root", "--json")
    assert (kept.status, len(kept.json["answers"]), len(answering)) == (0, 2, 4), kept.err
    after = impact("verify", "1.pdf", "--trust", "root", "--json", "--page", "account.html")
    assert after.json["signatures"]["verified"] is True, after.json["signatures"]["problems"]
    assert [each["level"] for each in signatures(after)] == ["B-LTA", "B-T"]
    assert len(after.json["trust"]["answers"]) == 2
    assert "Answering Root, about one certificate" in Path("account.html").read_text()
    assert len(answering) == 4

    dated = impact("timestamp", "1.pdf", "-o", "2.pdf", "--timestamp", "time.p12", "--trust", "root", "--no-ocsp")
    assert (dated.status, len(answering)) == (0, 4), dated.err  # the answers in the folder do
    assert "for --trust" in impact("timestamp", "1.pdf", "-o", "3.pdf", "--timestamp", "time.p12", "--ocsp").err


def test_report_whose_certificates_name_nobody_asks_nobody(impact: Any, folder: Path) -> None:
    impact("sign", "report.pdf", "-o", "1.pdf", "--signer", "keys/assessor.p12", "--role", "Assessor")

    said = impact("revocations", "1.pdf", "--trust", "keys")

    assert said.status == 0, said.err
    assert "nobody was asked" in said.out
