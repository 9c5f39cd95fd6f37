"""Keys on a token (PKCS#11): addresses and their faults everywhere; a software token where SoftHSM2 is installed."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from impact.errors import SignatureError
from impact.signing.signer import Signer
from impact.signing.token import load_token_signer
from impact.signing.token_uri import parse_token
from impact.signing.verify import verify
from impact.signing.writer import appending

LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
LIBRARY = next((each for each in LIBRARIES if Path(each).exists()), None)
PIN = "918273"


def fault_of(call: Callable[[], Any]) -> Any:
    with pytest.raises(SignatureError) as caught:
        call()
    return caught.value.faults[0]


# --- addresses -------------------------------------------------------------------------------------------------------


def test_address_names_token_key_and_library() -> None:
    """The example of RFC 7512, section 3, with the words of a council."""
    found = parse_token(
        "pkcs11:token=The%20Council;manufacturer=Snake%20Oil;object=assessor%3B1;id=%69%95%3E?module-path=/lib/hsm.so",
        environment={"IMPACT_PKCS11_MODULE": "/other.so"},
    )

    assert found.criteria == (("token", "The Council"), ("manufacturer", "Snake Oil"))
    assert (found.label, found.id, found.module) == ("assessor;1", b"\x69\x95\x3e", "/lib/hsm.so")
    assert found.shown == "token “The Council”, object “assessor;1”"


def test_library_may_come_from_the_environment() -> None:
    found = parse_token("pkcs11:serial=01;id=%01", environment={"IMPACT_PKCS11_MODULE": "/lib/hsm.so"})

    assert (found.module, found.label, found.id) == ("/lib/hsm.so", None, b"\x01")


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("pkcs11:token=a;object=b", "S153", "no library"),
        ("pkcs11:object=b?module-path=/x", "S150", "neither “token” nor “serial”"),
        ("pkcs11:token=a?module-path=/x", "S150", "neither “object” nor “id”"),
        ("pkcs11:token=a;objekt=b?module-path=/x", "S150", "“objekt”"),
        ("pkcs11:token=a;object=b;object=c?module-path=/x", "S150", "stands twice"),
        ("pkcs11:token=;object=b?module-path=/x", "S150", "is empty"),
        ("pkcs11:token=a;object=b;type=secret-key?module-path=/x", "S150", "“type”"),
        ("pkcs11:token=%ff;object=b?module-path=/x", "S150", "UTF-8"),
        ("pkcs11:token=a;object=b?module-path=/x&pin-value=1234", "S151", "a PIN stands in the address"),
        ("pkcs11:token=a;object=b?pin-source=file:/etc/pin&module-path=/x", "S151", "a PIN"),
        ("pkcs11:token=a;object=b;pin-value=1234?module-path=/x", "S151", "a PIN"),
    ],
)
def test_address_that_says_too_little_or_too_much_is_refused(address: str, code: str, said: str) -> None:
    fault = fault_of(lambda: parse_token(address, environment={}))

    assert fault.code == code
    assert said in fault.found
    assert "1234" not in str(fault)


def test_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)

    fault = fault_of(lambda: load_token_signer("pkcs11:token=a;object=b?module-path=/x", "1", environment={}))

    assert fault.code == "S152"
    assert "impact-assessment[pkcs11]" in fault.remedy


# --- a software token ------------------------------------------------------------------------------------------------

installed = pytest.mark.skipif(
    importlib.util.find_spec("pkcs11") is None or LIBRARY is None or shutil.which("softhsm2-util") is None,
    reason="needs SoftHSM2 (apt-get install softhsm2) and python-pkcs11 (the extra “pkcs11”)",
)


@dataclass
class Hsm:
    """A token with a key on RSA, a key on a curve, one certificate with a stranger's key, and two of one label."""

    world: Any
    folder: Path

    def address(self, name: str, *, token: str = "impact", library: str | None = LIBRARY) -> str:
        return f"pkcs11:token={token};object={name}?module-path={library}"

    def signer(self, name: str, **named: Any) -> Signer:
        return load_token_signer(self.address(name), PIN, environment={}, **named)


@pytest.fixture(scope="module")
def hsm(world: Any, make: Any, now: Any, tmp_path_factory: Any) -> Iterator[Hsm]:
    import pkcs11
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "impact", "--pin", PIN, "--so-pin", "1111"],
        check=True,
        capture_output=True,
    )
    attribute = pkcs11.Attribute
    keys = {
        "rsa": rsa.generate_private_key(65537, 3072),
        "curve": ec.generate_private_key(ec.SECP256R1()),
        "stranger": rsa.generate_private_key(65537, 2048),
    }
    pairs = {name: world.authority.issue(f"Ada {name}", key=key) for name, key in keys.items()}
    token = pkcs11.lib(LIBRARY).get_token(token_label="impact")
    with token.open(rw=True, user_pin=PIN) as session:
        for name, (key, certificate) in pairs.items():
            if name == "stranger":
                key = rsa.generate_private_key(65537, 2048)
            if name == "curve":
                der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
                wanted = decode_ec_private_key(der)
            else:
                der = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
                wanted = decode_rsa_private_key(der)
            session.create_object({**wanted, attribute.TOKEN: True, attribute.LABEL: name, attribute.ID: name.encode()})
            found = decode_x509_certificate(certificate.public_bytes(Encoding.DER))
            for label in (name, "double") if name != "stranger" else (name,):
                session.create_object(
                    {**found, attribute.TOKEN: True, attribute.LABEL: label, attribute.ID: name.encode()}
                )
    made = Hsm(make.world(folder, authority=world.authority), folder)
    made.world.people["Assessor"], made.world.people["DPO"] = pairs["rsa"], pairs["curve"]
    made.world.stamp = world.stamp
    yield made
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.mark.tools
@installed
def test_keys_on_a_token_sign_as_others_do(hsm: Hsm, unsigned: bytes, now: Any) -> None:
    """RSA certifies, the curve approves; openssl is asked elsewhere, our verifier and its rules on containers here."""
    once = hsm.world.sign(unsigned, "Assessor", signer=hsm.signer("rsa"))
    twice = hsm.world.sign(once, "DPO", signer=hsm.signer("curve"))

    report = verify(twice, trust=hsm.world.trust(required=("Assessor", "DPO")), now=now)

    assert report.verified, report.problems
    assert [each.signer for each in report.signatures] == ["Ada rsa", "Ada curve"]
    assert [each.level for each in report.signatures] == ["B-T", "B-T"]


@pytest.mark.tools
@installed
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_what_a_token_signed(hsm: Hsm, unsigned: bytes, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(hsm.world.authority.certificate.public_bytes(Encoding.PEM))
    for name, role in (("rsa", "Assessor"), ("curve", "DPO")):
        pdf = hsm.world.sign(unsigned, role, signer=hsm.signer(name))
        start, end, rest = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", pdf)[-1])
        (tmp_path / "content").write_bytes(pdf[:start] + pdf[end : end + rest])
        (tmp_path / "container").write_bytes(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
        told = subprocess.run(
            [
                *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any"),
                *("-in", tmp_path / "container", "-content", tmp_path / "content", "-out", "/dev/null"),
                *("-CAfile", tmp_path / "root.pem", "-attime", "1795176001"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )

        assert told.returncode == 0, (name, told.stderr)


@pytest.mark.tools
@installed
def test_key_may_be_named_by_its_identifier(hsm: Hsm, unsigned: bytes, now: Any) -> None:
    identifier = "".join(f"%{byte:02x}" for byte in b"curve")
    address = f"pkcs11:token=impact;object=curve;id={identifier}?module-path={LIBRARY}"

    signer = load_token_signer(address, PIN, environment={})

    assert verify(
        hsm.world.sign(unsigned, "DPO", signer=signer), trust=hsm.world.trust(required=("DPO",)), now=now
    ).verified


@pytest.mark.tools
@installed
@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"pin": "000000"}, "S155", "the PIN is wrong"),
        ({"token": "other"}, "S154", "no such token; there are: “impact”"),
        ({"library": "/nowhere/libhsm.so"}, "S153", "cannot be loaded"),
        ({"library": __file__}, "S153", "cannot be loaded"),
        ({"name": "dpo"}, "S156", "holds no such certificate"),
        ({"name": "double"}, "S156", "holds 2 such certificates"),
    ],
)
def test_what_is_wrong_with_a_token_is_told_in_plain_words(hsm: Hsm, change: Any, code: str, said: str) -> None:
    at = {key: change[key] for key in ("token", "library") if key in change}
    address = hsm.address(change.get("name", "rsa"), **at)

    fault = fault_of(lambda: load_token_signer(address, change.get("pin", PIN), environment={}))

    assert fault.code == code
    assert said in fault.found
    assert PIN not in str(fault)


@pytest.mark.tools
@installed
def test_label_with_anothers_key_is_noticed_before_anything_is_written(hsm: Hsm, unsigned: bytes) -> None:
    fault = fault_of(lambda: hsm.world.sign(unsigned, "Assessor", signer=hsm.signer("stranger")))

    assert fault.code == "S013"


@pytest.mark.tools
@installed
def test_signature_of_a_token_cannot_be_moved_to_another_box(hsm: Hsm, unsigned: bytes, now: Any) -> None:
    """By whoever holds the file: the approval of one office is shown as that of another."""
    once = hsm.world.sign(unsigned, "Assessor", signer=hsm.signer("rsa"))
    twice = hsm.world.sign(once, "DPO", signer=hsm.signer("curve"))
    writer = appending(twice)
    fields = {str(each.get_object()["/T"]): each.get_object() for each in writer.root["/AcroForm"]["/Fields"]}
    fields["Oversight"]["/V"] = fields["DPO"].raw_get("/V")
    writer.update_container(fields["Oversight"])
    out = io.BytesIO()
    writer.write(out)

    report = verify(out.getvalue(), trust=hsm.world.trust(required=("Assessor", "DPO")), now=now)

    assert verify(twice, trust=hsm.world.trust(required=("Assessor", "DPO")), now=now).verified
    assert not report.verified
    assert not report.covers_whole_file


@pytest.mark.tools
@installed
def test_pin_is_shown_nowhere(hsm: Hsm) -> None:
    signer = hsm.signer("rsa")

    assert signer.token is not None
    assert PIN not in repr(signer)
    assert PIN not in repr(signer.token)
    assert signer.key is None


@pytest.mark.tools
@installed
def test_command_line_signs_with_a_token(hsm: Hsm, unsigned: bytes, tmp_path: Path) -> None:
    """The PIN comes over a file descriptor and stands in no argument; the library from the environment."""
    (tmp_path / "report.pdf").write_bytes(unsigned)
    reading, writing = os.pipe()
    os.write(writing, PIN.encode() + b"\n")
    os.close(writing)
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from impact.cli.app import run; run()", "sign", "report.pdf", "-o", "signed.pdf"),
            *("--signer", "pkcs11:token=impact;object=rsa", "--role", "Assessor", "--passphrase-fd", str(reading)),
        ],
        cwd=tmp_path,
        env={**os.environ, "IMPACT_PKCS11_MODULE": str(LIBRARY)},
        pass_fds=(reading,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reading)

    # The certificates of these tests begin and end around a fixed day: the clock of the machine may be outside.
    assert done.returncode == 0 or "[S015]" in done.stderr, done.stderr
    if done.returncode == 0:
        assert (tmp_path / "signed.pdf").read_bytes().startswith(unsigned)
