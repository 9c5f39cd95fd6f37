"""Practice trust folders: complete or absent, marked everywhere, and enough to sign and verify offline."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from impact.errors import SignatureError
from impact.signing.practice import PASSPHRASE, make_practice
from impact.signing.sign import sign
from impact.signing.signer import is_practice, load_signer, load_timestamper
from impact.signing.trust import load_trust
from impact.signing.verify import explain, verify


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory, now: dt.datetime) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "practice"
    make_practice(folder, now=now)
    return folder


def test_practice_folder_holds_the_documented_files(practice: Path) -> None:
    assert sorted(path.name for path in practice.iterdir()) == [
        "README.txt",
        "assessor.p12",
        "dpo.p12",
        "oversight.p12",
        "panel1.p12",
        "panel2.p12",
        "practice-root.crl",
        "practice-root.pem",
        "roles.yaml",
        "sro.p12",
        "timestamp.p12",
    ]
    assert [path.name for path in practice.parent.iterdir()] == ["practice"]  # nothing temporary is left


def test_every_practice_certificate_is_marked(practice: Path) -> None:
    for path in practice.glob("*.p12"):
        _, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), PASSPHRASE.encode())

        assert certificate is not None
        assert "PRACTICE – not for real use" in certificate.subject.rfc4514_string()
    root = x509.load_pem_x509_certificate((practice / "practice-root.pem").read_bytes())
    assert "PRACTICE – not for real use" in root.subject.rfc4514_string()


def test_practice_readme_tells_the_passphrase_and_that_it_proves_nothing(practice: Path) -> None:
    text = (practice / "README.txt").read_text()

    assert "passphrase of every .p12 file is: practice" in text
    assert "proves nothing" in text


def test_practice_keys_do_not_hold_the_root_key(practice: Path) -> None:
    assert not [path for path in practice.iterdir() if b"PRIVATE KEY" in path.read_bytes()]


def test_practice_signature_verifies_and_is_said_to_be_practice(
    practice: Path, unsigned: bytes, now: dt.datetime
) -> None:
    signer = load_signer(practice / "assessor.p12", "practice")
    stamp = load_timestamper(practice / "timestamp.p12", "practice")

    signed = sign(unsigned, signer=signer, role="Assessor", timestamper=stamp, now=now)
    report = verify(signed, trust=load_trust(practice), now=now + dt.timedelta(days=3000))

    assert is_practice(signer)
    assert report.verified
    assert report.practice
    assert report.signatures[0].level == "B-T"
    assert any("PRACTICE" in line for line in explain(report))


def test_practice_roles_require_the_assessor_and_name_all_roles(practice: Path) -> None:
    trust = load_trust(practice)

    assert trust.required == ("Assessor",)
    assert [role.name for role in trust.roles] == ["Assessor", "DPO", "SRO", "Oversight", "Panel", "Dissent"]
    assert trust.practice


def test_practice_refuses_a_folder_that_holds_something(tmp_path: Path, now: dt.datetime) -> None:
    (tmp_path / "mine.txt").write_text("keep me")

    with pytest.raises(SignatureError) as caught:
        make_practice(tmp_path, now=now)

    assert [fault.code for fault in caught.value.faults] == ["S030"]
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_practice_with_force_replaces_earlier_practice_keys(tmp_path: Path, now: dt.datetime) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "practice-root.pem").write_text("old")

    make_practice(folder, now=now, force=True)

    assert "BEGIN CERTIFICATE" in (folder / "practice-root.pem").read_text()
    assert (folder / "roles.yaml").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_practice_never_replaces_a_folder_of_something_else(tmp_path: Path, now: dt.datetime) -> None:
    (tmp_path / "assessment.yaml").write_text("years of work")

    with pytest.raises(SignatureError) as caught:
        make_practice(tmp_path, now=now, force=True)

    assert caught.value.faults[0].code == "S030"
    assert (tmp_path / "assessment.yaml").read_text() == "years of work"


def test_practice_refuses_a_time_without_zone(tmp_path: Path) -> None:
    with pytest.raises(SignatureError) as caught:
        make_practice(tmp_path / "keys", now=dt.datetime(2026, 11, 20))

    assert caught.value.faults[0].code == "S029"


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_the_practice_root_and_list(practice: Path, tmp_path: Path) -> None:
    pem = tmp_path / "dpo.pem"
    subprocess.run(
        ["openssl", "pkcs12", "-in", practice / "dpo.p12", "-passin", "pass:practice", "-nokeys", "-out", pem],
        check=True,
        capture_output=True,
    )

    roots = ["-CAfile", practice / "practice-root.pem", "-CRLfile", practice / "practice-root.crl", "-crl_check"]
    told = subprocess.run(
        ["openssl", "verify", "-attime", "1795176001", *roots, pem], capture_output=True, text=True, check=False
    )

    assert told.stdout.endswith(": OK\n"), told.stderr
