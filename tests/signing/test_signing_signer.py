"""Reading keys: each way in which a file can be wrong has its own words and code."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from impact.errors import SignatureError
from impact.signing.signer import http_timestamper, is_practice, load_signer, load_timestamper


def code_of(path: Path, passphrase: str | None, **named: Any) -> str:
    with pytest.raises(SignatureError) as caught:
        load_signer(path, passphrase, **named)
    fault = caught.value.faults[0]
    assert str(path) in fault.where
    assert passphrase in (None, "secret") or passphrase not in str(fault)
    return fault.code


def test_signer_from_pkcs12_knows_its_name_and_hides_its_key(world: Any) -> None:
    signer = world.signer("Assessor")

    assert signer.name == "Ada Assessor"
    assert not is_practice(signer)
    assert "PrivateKey" not in repr(signer)


def test_wrong_passphrase_is_a_fault_and_not_a_log_line(
    world: Any, tmp_path: Path, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ada.p12"
    path.write_bytes(make.p12(*world.people["Assessor"]))

    with caplog.at_level(logging.DEBUG):
        assert code_of(path, "open sesame") == "S011"
        assert code_of(path, None) == "S011"
    assert caplog.records == []


def test_missing_key_file_is_a_fault(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.p12", "sesame") == "S010"


def test_file_that_is_neither_pkcs12_nor_pem_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "note.p12"
    path.write_text("hello")

    assert code_of(path, "sesame") == "S012"


def test_expired_certificate_is_a_fault_that_names_the_day(tmp_path: Path, make: Any, now: dt.datetime) -> None:
    path = tmp_path / "old.p12"
    path.write_bytes(make.p12(*make.authority().issue("Old", end=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))))

    with pytest.raises(SignatureError) as caught:
        load_signer(path, "secret", now=now)

    assert caught.value.faults[0].code == "S015"
    assert "01 March 2026" in str(caught.value)


def test_certificate_not_for_documents_is_a_fault(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "tls.p12"
    path.write_bytes(make.p12(*make.authority().issue("Web server", documents=False)))

    assert code_of(path, "secret") == "S016"


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()],
    ids=["RSA of 1024 bits", "Ed25519"],
)
def test_weak_or_uncommon_key_is_a_fault(tmp_path: Path, make: Any, key: Any) -> None:
    path = tmp_path / "weak.p12"
    path.write_bytes(make.p12(*make.authority().issue("Weak", key=key)))

    assert code_of(path, "secret") == "S014"


def pem(key: Any, certificate: Any, passphrase: bytes | None) -> tuple[bytes, bytes]:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock),
        certificate.public_bytes(Encoding.PEM),
    )


def test_pem_with_key_inside_or_beside(tmp_path: Path, world: Any) -> None:
    key, certificate = pem(*world.people["DPO"], b"secret")
    (tmp_path / "both.pem").write_bytes(certificate + key)
    (tmp_path / "dan.pem").write_bytes(certificate)
    (tmp_path / "dan.key").write_bytes(key)

    assert load_signer(tmp_path / "both.pem", "secret").name == "Dan Officer"
    assert load_signer(tmp_path / "dan.pem", "secret").name == "Dan Officer"
    assert code_of(tmp_path / "both.pem", "sesame") == "S011"


def test_pem_without_passphrase_opens_without_one(tmp_path: Path, world: Any) -> None:
    key, certificate = pem(*world.people["DPO"], None)
    (tmp_path / "open.pem").write_bytes(key + certificate)

    assert load_signer(tmp_path / "open.pem", None).name == "Dan Officer"


def test_pem_without_a_key_is_a_fault(tmp_path: Path, world: Any) -> None:
    (tmp_path / "half.pem").write_bytes(pem(*world.people["DPO"], None)[1])

    assert code_of(tmp_path / "half.pem", None) == "S012"


def test_key_of_another_certificate_is_a_fault(tmp_path: Path, world: Any) -> None:
    key, _ = pem(*world.people["DPO"], None)
    _, certificate = pem(*world.people["Assessor"], None)
    (tmp_path / "mixed.pem").write_bytes(key + certificate)

    assert code_of(tmp_path / "mixed.pem", None) == "S013"


def test_person_cannot_be_a_timestamper(tmp_path: Path, world: Any, make: Any) -> None:
    path = tmp_path / "ada.p12"
    path.write_bytes(make.p12(*world.people["Assessor"]))

    with pytest.raises(SignatureError) as caught:
        load_timestamper(path, "secret")

    assert caught.value.faults[0].code == "S017"


def test_timestamp_signer_cannot_sign_documents(tmp_path: Path, world: Any, make: Any) -> None:
    path = tmp_path / "time.p12"
    path.write_bytes(make.p12(*world.stamp))

    assert code_of(path, "secret") == "S016"


@pytest.mark.parametrize("url", ["ftp://time.example", "time.example", "https://", "file:///etc/passwd"])
def test_timestamp_service_must_be_a_web_address(url: str) -> None:
    with pytest.raises(SignatureError) as caught:
        http_timestamper(url)

    assert caught.value.faults[0].code == "S018"


def test_issuers_are_sent_along_but_not_the_root(tmp_path: Path, make: Any) -> None:
    root = make.authority()
    middle = make.authority(name="Middle", parent=root)
    path = tmp_path / "chain.p12"
    path.write_bytes(
        make.p12(
            *middle.issue("Leaf", key=ec.generate_private_key(ec.SECP256R1())), middle.certificate, root.certificate
        )
    )

    signer = load_signer(path, "secret")

    assert signer.issuers == (middle.certificate.public_bytes(Encoding.DER),)
