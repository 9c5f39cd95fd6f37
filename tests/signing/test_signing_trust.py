"""Reading a trust folder: at least one root, roles by fingerprint, and all faults at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from impact.errors import SignatureError
from impact.signing.trust import load_trust

MARK = "sha256:" + "ab" * 32
ROLES = f"""required: [Assessor]
roles:
  Assessor:
    label: The assessor
    certificates: ["{MARK}"]
"""


@pytest.fixture
def folder(tmp_path: Path, world: Any) -> Path:
    (tmp_path / "root.pem").write_bytes(world.authority.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "root.crl").write_bytes(world.authority.revocations())
    (tmp_path / "roles.yaml").write_text(ROLES)
    return tmp_path


def faults_of(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(SignatureError) as caught:
        load_trust(folder)
    return [(fault.code, fault.where.removeprefix(f"{folder}/")) for fault in caught.value.faults]


def test_trust_folder_is_read(folder: Path) -> None:
    trust = load_trust(folder)

    assert len(trust.roots) == 1
    assert len(trust.lists) == 1
    assert trust.required == ("Assessor",)
    assert trust.timestamp_required
    assert not trust.practice
    role = trust.role("Assessor")
    assert role is not None
    assert (role.label, role.certificates) == ("The assessor", frozenset({MARK}))


def test_fingerprint_as_openssl_prints_it_is_understood(folder: Path) -> None:
    printed = ":".join(["AB"] * 32)
    (folder / "roles.yaml").write_text(ROLES.replace(MARK, printed))

    role = load_trust(folder).role("Assessor")

    assert role is not None
    assert role.certificates == frozenset({MARK})


def test_pem_revocation_list_is_read_as_well(folder: Path, world: Any) -> None:
    from cryptography import x509

    data = x509.load_der_x509_crl(world.authority.revocations()).public_bytes(Encoding.PEM)
    (folder / "root.crl").write_bytes(data)

    assert len(load_trust(folder).lists) == 1


def test_intermediate_certificates_are_not_roots(folder: Path, world: Any, make: Any) -> None:
    middle = make.authority(name="Middle", parent=world.authority)
    (folder / "middle.pem").write_bytes(middle.certificate.public_bytes(Encoding.PEM))

    trust = load_trust(folder)

    assert (len(trust.roots), len(trust.intermediates)) == (1, 1)


def test_folder_without_root_is_refused(folder: Path) -> None:
    (folder / "root.pem").unlink()

    assert faults_of(folder) == [("S040", str(folder))]


def test_no_folder_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "none")[0][0] == "S040"


def test_private_key_in_the_folder_is_refused(folder: Path, world: Any) -> None:
    key = world.people["DPO"][0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "root.pem").write_bytes((folder / "root.pem").read_bytes() + key)

    assert faults_of(folder) == [("S042", "root.pem")]


def test_certificate_of_a_person_is_no_root(folder: Path, world: Any) -> None:
    (folder / "ada.pem").write_bytes(world.people["Assessor"][1].public_bytes(Encoding.PEM))

    assert faults_of(folder) == [("S041", "ada.pem")]


def test_all_faults_of_the_folder_come_at_once(folder: Path) -> None:
    (folder / "a.pem").write_text("nothing")
    (folder / "root.crl").write_text("nothing")
    (folder / "roles.yaml").unlink()

    assert faults_of(folder) == [("S041", "a.pem"), ("S043", "root.crl"), ("S044", "roles.yaml")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROLES.replace("required: [Assessor]", "required: [Asessor]"), [("S047", "roles.yaml:1:12")]),
        (ROLES.replace("required: [Assessor]", "required: []"), [("S045", "roles.yaml:1:11")]),
        (ROLES.replace("required: [Assessor]\n", ""), [("S046", "roles.yaml:1:1")]),
        (ROLES.replace("label", "lable"), [("S045", "roles.yaml:4:5")]),
        (ROLES.replace(MARK, "sha256:12"), [("S048", "roles.yaml:5:20")]),
        (ROLES + "timestamp: maybe\n", [("S045", "roles.yaml:6:12")]),
        ("required: [Assessor]\n", [("S046", "roles.yaml:1:1")]),
        ("- a\n", [("S045", "roles.yaml:1:1")]),
        ("a: &x 1\nb: *x\n", [("S003", "roles.yaml:1:4"), ("S003", "roles.yaml:2:4")]),
        ("", [("S045", "roles.yaml:1:1")]),
    ],
    ids=["near name", "none", "no required", "typo", "short", "timestamp", "no roles", "list", "alias", "empty"],
)
def test_faults_of_roles_name_their_line(folder: Path, text: str, expected: list[tuple[str, str]]) -> None:
    (folder / "roles.yaml").write_text(text)

    assert faults_of(folder) == expected
