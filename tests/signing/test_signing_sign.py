"""Signing: appended bytes only, PAdES B-T, and other people's tools agree."""

from __future__ import annotations

import datetime as dt
import http.server
import io
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from impact.errors import SignatureError
from impact.signing.quiet import wait_for
from impact.signing.sign import fields_of, sign
from impact.signing.signer import http_timestamper, load_signer
from impact.signing.verify import verify


def fault_of(*args: Any, **named: Any) -> Any:
    with pytest.raises(SignatureError) as caught:
        sign(*args, **named)
    return caught.value.faults[0]


def test_signed_file_begins_with_the_unsigned_bytes(unsigned: bytes, signed_once: bytes, signed_thrice: bytes) -> None:
    assert signed_once.startswith(unsigned)
    assert signed_thrice.startswith(signed_once)


def test_first_signature_certifies_and_the_others_approve(signed_thrice: bytes, trust: Any, now: dt.datetime) -> None:
    report = verify(signed_thrice, trust=trust, now=now)

    assert report.verified
    assert [(each.field, each.certification, each.level) for each in report.signatures] == [
        ("Assessor", True, "B-T"),
        ("DPO", False, "B-T"),
        ("Oversight", False, "B-T"),
    ]
    assert [each.later_changes for each in report.signatures] == ["signatures only", "signatures only", "none"]
    assert [each.coverage for each in report.signatures] == ["revision", "revision", "whole file"]


def test_fields_say_what_is_signed(unsigned: bytes, signed_once: bytes) -> None:
    assert fields_of(unsigned) == {"Assessor": False, "DPO": False, "Oversight": False}
    assert fields_of(signed_once) == {"Assessor": True, "DPO": False, "Oversight": False}


def test_claimed_and_stamped_time_are_the_given_time(signed_once: bytes, trust: Any, now: dt.datetime) -> None:
    check = verify(signed_once, trust=trust, now=now).signatures[0]

    assert (check.time_claimed, check.timestamp, check.timestamp_authority) == (now, now, "Test Time")
    assert check.reason == "I prepared this assessment"


def test_metadata_of_the_document_is_left_alone(unsigned: bytes, signed_thrice: bytes) -> None:
    with pikepdf.open(io.BytesIO(unsigned)) as before, pikepdf.open(io.BytesIO(signed_thrice)) as after:
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert dict(after.docinfo) == dict(before.docinfo)


def test_box_embeds_its_font_and_keeps_tag_and_label(signed_once: bytes) -> None:
    with pikepdf.open(io.BytesIO(signed_once)) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        fonts = [
            font
            for form in [field.AP.N, *field.AP.N.Resources.get("/XObject", {}).values()]
            for font in form.get("/Resources", {}).get("/Font", {}).values()
        ]

        assert str(field.TU) == "Signature of the Assessor"
        assert int(field.StructParent) == 1
        assert fonts
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor


def test_elliptic_curve_signer_keeps_pdf_17(world: Any, unsigned: bytes, tmp_path: Path, make: Any, now: Any) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pair = world.authority.issue("Ada Assessor", key=key)
    (tmp_path / "ec.p12").write_bytes(make.p12(*pair))
    signer = load_signer(tmp_path / "ec.p12", "secret")
    other = make.world(tmp_path, authority=world.authority)
    other.people["Assessor"] = pair

    signed = sign(unsigned, signer=signer, role="Assessor", timestamper=world.timestamper, now=now)

    assert verify(signed, trust=other.trust(), now=now).verified
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        assert str(pdf.Root.get("/Version", "/1.7")) == "/1.7"
        assert list(pdf.Root.get("/Extensions", {}).keys()) == ["/ESIC"]


def test_signing_works_where_an_event_loop_runs(world: Any, unsigned: bytes, now: Any, trust: Any) -> None:
    async def notebook() -> bool:
        return verify(world.sign(unsigned), trust=trust, now=now).verified

    assert wait_for(notebook())


def test_role_without_field_is_refused_with_the_nearest(world: Any, unsigned: bytes) -> None:
    fault = fault_of(unsigned, signer=world.signer("Assessor"), role="Asessor", now=dt.datetime.now(dt.UTC))

    assert fault.code == "S021"
    assert "Did you mean “Assessor”?" in str(fault)


def test_role_that_has_signed_is_refused(world: Any, signed_once: bytes, now: Any) -> None:
    assert fault_of(signed_once, signer=world.signer("Assessor"), role="Assessor", now=now).code == "S022"


def test_expired_signer_is_refused(world: Any, unsigned: bytes, now: Any) -> None:
    late = now + dt.timedelta(days=800)

    assert fault_of(unsigned, signer=world.signer("Assessor"), role="Assessor", now=late).code == "S015"


@pytest.mark.parametrize("reason", ["x" * 201, "two\nlines", "hidden\u202etext"])
def test_reason_that_does_not_fit_the_box_is_refused(world: Any, unsigned: bytes, now: Any, reason: str) -> None:
    fault = fault_of(unsigned, signer=world.signer("Assessor"), role="Assessor", reason=reason, now=now)

    assert fault.code == "S025"


def test_percent_and_rare_characters_in_the_reason_do_not_break_the_box(
    world: Any, unsigned: bytes, trust: Any
) -> None:
    signed = world.sign(unsigned, reason="100 %(signer)s 龍")

    report = verify(signed, trust=trust, now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
    assert report.verified
    assert report.signatures[0].reason == "100 %(signer)s 龍"


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "S101"), (b"%PDF-1.7\nnothing", "S101"), (b"PK\x03\x04", "S101")], ids=["0", "1", "2"]
)
def test_what_is_not_a_pdf_is_refused(world: Any, data: bytes, code: str, now: Any) -> None:
    assert fault_of(data, signer=world.signer("Assessor"), role="Assessor", now=now).code == code


def test_nobody_countersigns_a_changed_file(world: Any, signed_once: bytes, now: Any) -> None:
    assert b"40 40 10 10 re" in signed_once
    changed = signed_once.replace(b"40 40 10 10 re", b"40 40 10 90 re", 1)
    extended = signed_once + b"% more\n"

    for pdf in (changed, extended):
        assert fault_of(pdf, signer=world.signer("DPO"), role="DPO", now=now).code in ("S024", "S101")


def test_without_timestamper_the_level_is_b_b(world: Any, unsigned: bytes, now: Any) -> None:
    signed = world.sign(unsigned, timestamper=None)

    report = verify(signed, trust=world.trust(timestamp="optional"), now=now)
    assert report.verified
    assert report.signatures[0].level == "B-B"
    assert any("without a timestamp" in note for note in report.notes)


class Silent(http.server.BaseHTTPRequestHandler):
    """A service that answers, but not with a timestamp."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"sorry")

    def log_message(self, *args: Any) -> None: ...


class Honest(Silent):
    """A timestamp service by RFC 3161."""

    stamp: Any

    def do_POST(self) -> None:
        from asn1crypto import tsp

        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = wait_for(self.stamp.async_request_tsa_response(asked)).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("service", [Silent], indirect=True)
def test_useless_timestamp_service_is_a_fault(world: Any, unsigned: bytes, service: str, now: Any) -> None:
    fault = fault_of(
        unsigned, signer=world.signer("Assessor"), role="Assessor", timestamper=http_timestamper(service), now=now
    )

    assert fault.code == "S018"


@pytest.mark.parametrize("service", [Honest], indirect=True)
def test_timestamp_over_http_is_trusted(world: Any, unsigned: bytes, service: str, now: Any, trust: Any) -> None:
    from impact.signing.cms import software_signer
    from impact.signing.localtime import local_timestamper

    Honest.stamp = local_timestamper(software_signer(world.timestamper.signer), when=now)

    signed = world.sign(unsigned, timestamper=http_timestamper(service))

    report = verify(signed, trust=trust, now=now)
    assert report.verified
    assert report.signatures[0].timestamp == now


needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("pdfsig", "qpdf", "openssl")
}


@pytest.mark.tools
@needs["pdfsig"]
def test_pdfsig_agrees(signed_once: bytes, signed_thrice: bytes, tmp_path: Path) -> None:
    for number, pdf in ((1, signed_once), (3, signed_thrice)):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(pdf)

        told = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout

        assert told.count("Signature is Valid.") == number
        assert told.count("  - Total document signed") == 1
        assert told.count("Not total document signed") == number - 1


@pytest.mark.tools
@needs["qpdf"]
def test_qpdf_finds_the_signed_file_sound(signed_thrice: bytes, tmp_path: Path) -> None:
    path = tmp_path / "three.pdf"
    path.write_bytes(signed_thrice)

    told = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "No syntax or stream encoding errors found" in told.stdout


@pytest.mark.tools
@needs["openssl"]
def test_openssl_accepts_each_signature_against_the_root(world: Any, signed_thrice: bytes, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(world.authority.certificate.public_bytes(Encoding.PEM))
    found = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", signed_thrice)
    assert len(found) == 3

    for start, end, rest in (tuple(map(int, each)) for each in found):
        (tmp_path / "content").write_bytes(signed_thrice[:start] + signed_thrice[end : end + rest])
        (tmp_path / "container").write_bytes(bytes.fromhex(signed_thrice[start + 1 : end - 1].decode()))
        told = subprocess.run(
            [
                *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any"),
                *("-in", tmp_path / "container", "-content", tmp_path / "content", "-out", "/dev/null"),
                *("-CAfile", root, "-attime", "1795176001"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )

        assert "CAdES Verification successful" in told.stderr or "CMS Verification successful" in told.stderr, told
        assert told.returncode == 0
