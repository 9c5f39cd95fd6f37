"""Attacks on signed files. Each was tried against pyHanko's defaults; those marked there as accepted are refused here.

The controls (untouched files) are in test_signing_sign.py.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import logging
import random
import time
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from impact.errors import Exit
from impact.signing.budget import TooManyObjects, budget
from impact.signing.sign import sign
from impact.signing.verify import SignatureReport, explain, verify

NAME = generic.NameObject


def codes(report: SignatureReport) -> set[str]:
    assert not report.verified
    assert all(fault.exit == Exit.GATE for fault in report.problems)
    return {fault.code for fault in report.problems}


def update(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None], *, metadata: bool = False) -> bytes:
    """Append a revision with ``change``."""

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            if metadata:
                super()._update_meta()

    writer = Writer(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# --- changes after signing -------------------------------------------------------------------------------------------

CHANGES = (
    "page_content", "stream_overridden", "annotation", "page_added", "title", "xmp_title", "untagged", "language",
    "script", "shadow", "permissions_removed", "attachment_added", "field_enlarged", "label_of_field",
    "appearance_of_signed_field",
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_change_after_the_last_signature_is_refused(
    make: Any, signed_once: bytes, trust: Any, now: Any, change: str
) -> None:
    forged = update(signed_once, make.changes[change])
    assert forged.startswith(signed_once)

    report = verify(forged, trust=trust, now=now)

    assert {"S108", "S118"} <= codes(report)
    assert not report.covers_whole_file
    assert report.signatures[0].later_changes == "other"


HIDDEN = ("page_content", "title", "xmp_title", "untagged", "shadow", "field_enlarged")


@pytest.mark.parametrize("change", HIDDEN)
def test_change_between_two_signatures_is_refused(
    make: Any, world: Any, signed_once: bytes, trust: Any, now: Any, change: str, monkeypatch: Any
) -> None:
    """A dishonest DPO changes the file, then signs it with software that does not mind."""
    monkeypatch.setattr("impact.signing.sign.check_earlier", lambda pdf, reader: [1])
    forged = world.sign(update(signed_once, make.changes[change]), "DPO")

    report = verify(forged, trust=trust, now=now)

    assert "S118" in codes(report)
    assert report.covers_whole_file
    assert report.missing == ("Assessor",)


@pytest.mark.parametrize("extra", [b"\n", b" ", b"\x00", b"% note\n", b"%%EOF\n", b"startxref\n0\n%%EOF\n"])
def test_anything_after_the_end_is_refused(signed_once: bytes, trust: Any, now: Any, extra: bytes) -> None:
    report = verify(signed_once + extra, trust=trust, now=now)

    assert not report.verified
    assert not report.covers_whole_file


@pytest.mark.parametrize("cut", [1, 2, 5, 6, 7, 20, 500, 5000])
def test_truncated_file_is_refused(signed_once: bytes, trust: Any, now: Any, cut: int) -> None:
    assert not verify(signed_once[:-cut], trust=trust, now=now).verified


def test_second_table_at_the_end_is_refused(signed_once: bytes, trust: Any, now: Any) -> None:
    tail = signed_once[signed_once.rindex(b"startxref") :]

    assert codes(verify(signed_once + tail, trust=trust, now=now))


def test_file_rewritten_by_another_program_is_refused(signed_once: bytes, trust: Any, now: Any) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed_once)) as pdf:
        pdf.save(out)

    assert not verify(out.getvalue(), trust=trust, now=now).verified


# --- signatures taken away -------------------------------------------------------------------------------------------


def test_unsigned_file_is_refused(unsigned: bytes, trust: Any, now: Any) -> None:
    report = verify(unsigned, trust=trust, now=now)

    assert codes(report) == {"S105", "S122"}
    assert (report.intact, report.valid, report.trusted) == (False, False, False)


def test_stripped_signature_is_refused(make: Any, signed_once: bytes, trust: Any, now: Any) -> None:
    stripped = update(signed_once, make.changes["signature_deleted"])

    assert codes(verify(stripped, trust=trust, now=now)) == {"S105", "S122"}


def test_file_rolled_back_to_an_earlier_signature_is_refused_when_the_later_is_required(
    world: Any, signed_once: bytes, signed_thrice: bytes, now: Any
) -> None:
    both = world.trust(required=("Assessor", "Oversight"))

    assert verify(signed_thrice, trust=both, now=now).verified
    report = verify(signed_once, trust=both, now=now)
    assert codes(report) == {"S122"}
    assert report.missing == ("Oversight",)


# --- the wrong people ------------------------------------------------------------------------------------------------


def test_other_authority_with_the_same_names_is_refused(
    unsigned: bytes, trust: Any, now: Any, make: Any, tmp_path: Any
) -> None:
    evil = make.world(tmp_path)

    report = verify(evil.sign(unsigned), trust=trust, now=now)

    assert report.intact
    assert report.valid
    assert not report.trusted
    assert {"S112", "S117", "S120"} <= codes(report)


def test_trusted_person_in_anothers_role_is_refused(world: Any, unsigned: bytes, trust: Any, now: Any) -> None:
    forged = sign(unsigned, signer=world.signer("DPO"), role="Assessor", timestamper=world.timestamper, now=now)

    report = verify(forged, trust=trust, now=now)

    assert codes(report) == {"S120"}
    assert "that of another role: The DPO" in str(report.problems[0])
    assert report.missing == ("Assessor",)


def test_role_that_nobody_is_listed_for_is_refused(world: Any, make: Any, trust: Any, now: Any) -> None:
    pdf = make.pdf(roles=("Assessor", "Stranger"))
    signed = sign(world.sign(pdf), signer=world.signer("DPO"), role="Stranger", timestamper=world.timestamper, now=now)

    assert codes(verify(signed, trust=trust, now=now)) == {"S121"}


def test_timestamp_certificate_cannot_sign_for_a_person(
    world: Any, unsigned: bytes, now: Any, monkeypatch: Any, trust: Any
) -> None:
    monkeypatch.setattr("impact.signing.sign.check_usable", lambda signer, now: None)
    forged = sign(unsigned, signer=world.timestamper.signer, role="Assessor", timestamper=world.timestamper, now=now)

    assert {"S112", "S120"} <= codes(verify(forged, trust=trust, now=now))


def test_no_roots_believe_nobody(world: Any, signed_once: bytes, trust: Any, now: Any) -> None:
    report = verify(signed_once, trust=dataclasses.replace(trust, roots=()), now=now)

    assert "S112" in codes(report)
    assert not report.trusted


# --- time and revocation ---------------------------------------------------------------------------------------------


def test_certificate_that_ended_before_signing_is_refused(
    world: Any, unsigned: bytes, trust: Any, now: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("impact.signing.sign.check_usable", lambda signer, now: None)
    late = now + dt.timedelta(days=400)  # the people's certificates last 365
    current = world.authority.revocations(due=now + dt.timedelta(days=900))

    report = verify(world.sign(unsigned, now=late), trust=world.trust(lists=(current,)), now=late)

    assert codes(report) == {"S115"}


def test_timestamped_signature_outlives_its_certificate(world: Any, signed_once: bytes, now: Any) -> None:
    late = now + dt.timedelta(days=5 * 365)
    current = world.authority.revocations(begin=late - dt.timedelta(days=1), due=late + dt.timedelta(days=30))

    assert verify(signed_once, trust=world.trust(lists=(current,)), now=late).verified


def test_signature_without_timestamp_does_not_outlive_its_certificate(world: Any, unsigned: bytes, now: Any) -> None:
    late = now + dt.timedelta(days=5 * 365)
    current = world.authority.revocations(begin=late - dt.timedelta(days=1), due=late + dt.timedelta(days=30))
    trust = world.trust(lists=(current,), timestamp="optional")

    assert codes(verify(world.sign(unsigned, timestamper=None), trust=trust, now=late)) == {"S115"}


def test_missing_timestamp_is_refused_where_required(world: Any, unsigned: bytes, trust: Any, now: Any) -> None:
    assert codes(verify(world.sign(unsigned, timestamper=None), trust=trust, now=now)) == {"S116"}


def test_timestamp_of_an_unknown_service_is_refused(
    world: Any, unsigned: bytes, trust: Any, now: Any, make: Any, tmp_path: Any
) -> None:
    stranger = make.world(tmp_path)
    forged = world.sign(unsigned, timestamper=stranger.timestamper)

    report = verify(forged, trust=trust, now=now)

    assert "S117" in codes(report)
    assert not report.trusted
    assert report.signatures[0].timestamp_trusted is False


def test_timestamp_of_another_signature_is_refused(world: Any, unsigned: bytes, trust: Any, now: Any) -> None:
    from impact.signing.cms import software_signer
    from impact.signing.localtime import local_timestamper

    stamper = local_timestamper(software_signer(world.timestamper.signer), when=now)

    class Elsewhere(type(stamper)):  # type: ignore[misc]  # the class is made at run time
        def request_cms(self, message_digest: bytes, md_algorithm: str) -> Any:
            return super().request_cms(bytes(32), md_algorithm)

    stamper.__class__ = Elsewhere
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.cms_timestamper", lambda timestamper, when: stamper)
        forged = world.sign(unsigned)

    assert "S117" in codes(verify(forged, trust=trust, now=now))


def test_timestamp_in_the_future_is_refused(world: Any, unsigned: bytes, trust: Any, now: Any) -> None:
    report = verify(world.sign(unsigned, now=now + dt.timedelta(days=3)), trust=trust, now=now)

    assert "S119" in codes(report)


def test_certificate_revoked_before_signing_is_refused(world: Any, signed_once: bytes, now: Any) -> None:
    _, certificate = world.people["Assessor"]
    listed = world.authority.revocations((certificate, now - dt.timedelta(days=1)))

    for required in (True, False):
        report = verify(signed_once, trust=world.trust(lists=(listed,)), now=now, require_revocation=required)

        assert codes(report) == {"S113"}
        assert report.signatures[0].revocation == "revoked"
        assert not report.trusted


def test_certificate_revoked_after_the_timestamp_leaves_the_signature_trusted(
    world: Any, signed_once: bytes, now: Any
) -> None:
    """ETSI EN 319 102-1, 5.5: a proof of existence before the revocation keeps the signature."""
    _, certificate = world.people["Assessor"]
    later = now + dt.timedelta(days=10)
    listed = world.authority.revocations((certificate, now + dt.timedelta(days=5)), begin=later)

    report = verify(signed_once, trust=world.trust(lists=(listed,)), now=later)
    assert report.verified
    assert any("revoked on 25 November 2026" in note for note in report.notes)


def test_certificate_revoked_by_now_is_refused_without_timestamp(world: Any, unsigned: bytes, now: Any) -> None:
    _, certificate = world.people["Assessor"]
    later = now + dt.timedelta(days=10)
    listed = world.authority.revocations((certificate, now + dt.timedelta(days=5)), begin=later)
    trust = world.trust(lists=(listed,), timestamp="optional")

    assert codes(verify(world.sign(unsigned, timestamper=None), trust=trust, now=later)) == {"S113"}


def test_revoked_timestamp_service_is_refused(world: Any, signed_once: bytes, now: Any) -> None:
    listed = world.authority.revocations((world.stamp[1], now - dt.timedelta(days=1)))

    assert "S117" in codes(verify(signed_once, trust=world.trust(lists=(listed,)), now=now))


def test_missing_revocation_list_is_refused_unless_waived(world: Any, signed_once: bytes, now: Any) -> None:
    trust = world.trust(lists=())

    assert codes(verify(signed_once, trust=trust, now=now)) == {"S114"}
    waived = verify(signed_once, trust=trust, now=now, require_revocation=False)
    assert waived.verified
    assert waived.signatures[0].revocation == "not checked"
    assert any("REVOCATION WAS NOT REQUIRED" in line for line in explain(waived))


def test_stale_revocation_list_is_refused_and_named(world: Any, signed_once: bytes, now: Any) -> None:
    stale = world.authority.revocations(begin=now - dt.timedelta(days=60), due=now - dt.timedelta(days=30))

    report = verify(signed_once, trust=world.trust(lists=(stale,)), now=now)

    assert codes(report) == {"S114"}
    assert "list0.crl was due for renewal on 21 October 2026" in str(report.problems[0])


def test_revocation_list_of_a_stranger_does_not_count(world: Any, signed_once: bytes, now: Any, make: Any) -> None:
    twin = make.authority()  # the same name, another key

    assert codes(verify(signed_once, trust=world.trust(lists=(twin.revocations(),)), now=now)) == {"S114"}


# --- chains ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chained(make: Any, tmp_path_factory: Any) -> Any:
    """A world whose people stand under an intermediate authority; the folder knows the root and both lists."""
    root = make.authority()
    middle = make.authority(name="Middle", parent=root)
    world = make.world(tmp_path_factory.mktemp("chained"), authority=middle)
    path = world.folder / "Assessor.p12"
    path.write_bytes(make.p12(*world.people["Assessor"], middle.certificate, root.certificate))
    stamp = world.folder / "stamp.p12"
    stamp.write_bytes(make.p12(*world.stamp, root.certificate, middle.certificate))
    return world, world.trust(roots=(root.certificate,), lists=(root.revocations(), middle.revocations()))


def test_chain_over_an_intermediate_is_trusted(chained: Any, unsigned: bytes, now: Any) -> None:
    world, trust = chained

    report = verify(world.sign(unsigned), trust=trust, now=now)

    assert report.verified, explain(report)


def test_revoked_intermediate_is_refused(chained: Any, unsigned: bytes, now: Any, make: Any) -> None:
    world, _ = chained
    middle, root = world.authority, world.authority.parent
    lists = (root.revocations((middle.certificate, now - dt.timedelta(days=9))), middle.revocations())

    report = verify(world.sign(unsigned), trust=world.trust(roots=(root.certificate,), lists=lists), now=now)

    assert {"S113", "S117"} <= codes(report)


def test_stray_certificate_in_the_container_is_refused(
    world: Any, unsigned: bytes, trust: Any, now: Any, make: Any
) -> None:
    """Nothing signs a certificate that is merely sent along, so its bytes could be changed unseen."""
    stray = make.authority(name="Stray").certificate.public_bytes(Encoding.DER)
    child = make.authority(name="Child", parent=make.authority(name="Stray")).certificate.public_bytes(Encoding.DER)

    for extra in (stray, child):
        signer = dataclasses.replace(world.signer("Assessor"), issuers=(extra,))
        report = verify(world.sign(unsigned, signer=signer), trust=trust, now=now)

        # A self-signed one is left out when signing; the other reaches the file.
        assert report.verified if extra is stray else codes(report) == {"S107"}


# --- broken input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (b"", "S101"),
        (b"hello", "S101"),
        (b"%PDF-1.7\n%%EOF\n", "S101"),
        (b"%PDF-1.7\nxref\n0 0\ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF\n", "S101"),
    ],
    ids=["empty", "text", "no table", "table that names itself"],
)
def test_unreadable_file_is_a_problem_and_not_a_crash(pdf: bytes, code: str, trust: Any, now: Any) -> None:
    assert code in codes(verify(pdf, trust=trust, now=now))


def test_file_with_two_tables_in_one_revision_is_refused(unsigned: bytes, trust: Any, now: Any) -> None:
    """A hybrid file (ISO 32000-1, 7.5.8.4) shows one thing to old readers and another to new ones."""
    body, _, rest = unsigned.partition(b"xref\n0 1\n")
    hidden = b"99 0 obj\n<< /Type /XRef /Size 104 /W [1 4 1] /Index [99 1] /Length 6 >>\nstream\n"
    hidden += b"\x01" + len(body).to_bytes(4, "big") + b"\x00\nendstream\nendobj\n"
    rest = rest.replace(b"/Root 1 0 R", b"/Root 1 0 R /XRefStm %d" % len(body))
    rest = rest.replace(b"startxref\n%d" % len(body), b"startxref\n%d" % (len(body) + len(hidden)))

    assert "S104" in codes(verify(body + hidden + b"xref\n0 1\n" + rest, trust=trust, now=now))


def test_file_of_very_many_revisions_is_refused(unsigned: bytes, trust: Any, now: Any) -> None:
    pdf = unsigned
    for _ in range(101):
        last = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
        table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 200 /Root 1 0 R /Prev %d >>\n" % last
        pdf += table + b"startxref\n%d\n%%%%EOF\n" % len(pdf)

    assert "S126" in codes(verify(pdf, trust=trust, now=now))


def test_too_large_file_is_refused(trust: Any, now: Any) -> None:
    assert "S102" in codes(verify(b"%PDF-1.7\n" + bytes(200_000_000), trust=trust, now=now))


def test_encrypted_file_is_refused(unsigned: bytes, trust: Any, now: Any) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(unsigned)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user=""))

    assert "S103" in codes(verify(out.getvalue(), trust=trust, now=now))


def test_slow_file_is_given_up(signed_once: bytes, trust: Any, now: Any) -> None:
    began = time.monotonic()

    report = verify(signed_once, trust=trust, now=now, seconds=0)

    assert "S124" in codes(report)
    assert time.monotonic() - began < 5


def test_uncommon_signature_kind_is_not_passed_over(signed_once: bytes, trust: Any, now: Any) -> None:
    forged = signed_once.replace(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /ETSI.CAdES.detachee")
    assert forged != signed_once

    assert "S123" in codes(verify(forged, trust=trust, now=now))


def test_verifying_writes_nothing_and_leaves_logging_alone(
    signed_once: bytes, trust: Any, now: Any, capfd: Any, caplog: Any
) -> None:
    def state() -> list[Any]:
        return [(n, getattr(x, "level", 0), getattr(x, "propagate", 1), list(getattr(x, "handlers", ())))
                for n, x in sorted(logging.root.manager.loggerDict.items())]  # fmt: skip

    verify(signed_once, trust=trust, now=now)
    before = state()
    with caplog.at_level(logging.DEBUG):
        verify(signed_once.replace(b"40 40 10 10 re", b"40 40 10 90 re", 1), trust=trust, now=now)

    assert state() == before
    assert capfd.readouterr() == ("", "")
    assert [each for each in caplog.records if each.name.startswith("pyhanko")] == []


# --- the account -----------------------------------------------------------------------------------------------------


def test_result_is_plain_json(signed_thrice: bytes, trust: Any, now: Any) -> None:
    told = json.loads(json.dumps(verify(signed_thrice, trust=trust, now=now).to_json()))

    assert told["schema"] == "impact/signatures/1"
    assert told["verified"] is True
    assert [each["role"] for each in told["signatures"]] == ["The Assessor", "The DPO", "The Oversight"]
    assert told["signatures"][0]["timestamp"] == "2026-11-20T12:00:00Z"
    assert told["problems"] == []


def test_problems_carry_code_place_and_words_in_json(signed_once: bytes, trust: Any, now: Any) -> None:
    told = verify(signed_once + b"\n", trust=trust, now=now).to_json()

    assert told["verified"] is False
    assert {"where", "found", "wanted", "remedy", "code"} == set(told["problems"][0])


def test_explanation_says_each_thing_and_none_of_the_forbidden_words(
    signed_thrice: bytes, unsigned: bytes, trust: Any, now: Any
) -> None:
    good = explain(verify(signed_thrice, trust=trust, now=now))
    bad = explain(verify(unsigned, trust=trust, now=now))

    for what in ("intact", "valid", "trusted", "covers the whole file", "required roles signed"):
        assert any(line.startswith(f"{what}: yes") for line in good)
        assert any(line.startswith(f"{what}: NO") for line in bad)
    text = " ".join(good + bad).lower()
    assert not [word for word in ("compliant", "passed", "genuine", "fair ", "unbiased", "solved") if word in text]


def test_verifying_needs_no_renderer(signed_once: bytes) -> None:
    import subprocess
    import sys

    probe = "import sys, impact.signing.verify, impact.signing.sign, impact.signing.attachments as a\n" \
            "a.attachments(sys.stdin.buffer.read())\n" \
            "print(sorted({'weasyprint', 'jinja2', 'pandas', 'duckdb', 'typer'} & set(sys.modules)))"  # fmt: skip

    told = subprocess.run([sys.executable, "-c", probe], input=signed_once, capture_output=True, check=True)

    assert told.stdout == b"[]\n"


def test_importing_the_room_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    probe = "import sys, impact.signing.verify, impact.signing.practice, impact.signing.sign, impact.signing.trust\n" \
            "print(sorted({'pyhanko', 'cryptography', 'asn1crypto', 'fontTools'} & set(sys.modules)))"  # fmt: skip

    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)

    assert told.stdout == b"[]\n"


def test_revocation_lists_are_matched_by_issuer(world: Any, signed_once: bytes, make: Any, now: Any) -> None:
    """A list of another authority that names the same serial number says nothing about our certificate."""
    _, certificate = world.people["Assessor"]
    other = make.authority(name="Elsewhere")
    listed = other.revocations((certificate, now - dt.timedelta(days=1)))
    assert x509.load_der_x509_crl(listed).get_revoked_certificate_by_serial_number(certificate.serial_number)

    trust = world.trust(lists=(world.authority.revocations(), listed))
    assert verify(signed_once, trust=trust, now=now).verified


# --- archiving -------------------------------------------------------------------------------------------------------


def test_document_timestamp_of_an_archive_is_allowed(world: Any, signed_once: bytes, trust: Any, now: Any) -> None:
    """An archive may add a time of its own (PAdES B-LTA); it is listed, and signs for nobody."""
    archived = archive(world, signed_once, now)

    report = verify(archived, trust=trust, now=now)

    assert report.verified, report.problems
    assert [check.kind for check in report.signatures] == ["signature", "timestamp"]
    assert report.signatures[0].later_changes == "signatures only"
    assert any(line.startswith("Timestamp of the document by Test Time") for line in explain(report))


def test_archived_file_is_guarded_as_well(world: Any, signed_once: bytes, trust: Any, now: Any) -> None:
    archived = archive(world, signed_once, now)

    for at in range(7, len(archived), len(archived) // 60):
        changed = bytearray(archived)
        changed[at] ^= 0x01
        assert not verify(bytes(changed), trust=trust, now=now).verified, at


def archive(world: Any, pdf: bytes, now: dt.datetime) -> bytes:
    from pyhanko.sign.signers import PdfTimeStamper

    from impact.signing.cms import software_signer
    from impact.signing.localtime import local_timestamper

    stamper = local_timestamper(software_signer(world.timestamper.signer), when=now)
    out = io.BytesIO()
    PdfTimeStamper(stamper, field_name="Archive").timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256", output=out
    )
    return out.getvalue()


def table_as_stream(entries: str, packed: bytes) -> bytes:
    """A file whose table of objects is a stream (ISO 32000-1, 7.5.8)."""
    head = b"%PDF-1.7\n"
    body = f"1 0 obj\n<< /Type /XRef /Root 1 0 R /Filter /FlateDecode {entries} /Length {len(packed)} >>\nstream\n"
    return head + body.encode() + packed + f"\nendstream\nendobj\nstartxref\n{len(head)}\n%%EOF\n".encode()


@pytest.mark.parametrize(
    "pdf",
    [
        # Each entry may be nought bytes wide, so 200 bytes can declare two thousand million objects.
        table_as_stream("/W [0 0 0] /Size 2000000000", zlib.compress(b"")),
        table_as_stream("/W [1 2 1] /Size 1000000", zlib.compress(b"\x01\x00\x00\x00" * 1_000_000)),
    ],
    ids=["entries of no width", "table that unpacks"],
)
def test_table_of_very_many_objects_is_given_up(pdf: bytes, trust: Any, now: Any) -> None:
    assert len(pdf) < 10_000

    report = verify(pdf, trust=trust, now=now)

    assert report.problems[0].code == "S126"
    assert "more than 500,000 objects" in report.problems[0].found


def test_reading_a_table_of_objects_is_bounded_in_time(trust: Any, now: Any) -> None:
    pdf = table_as_stream("/W [0 0 0] /Size 2000000000", zlib.compress(b""))

    report = verify(pdf, trust=trust, now=now, seconds=0.0)

    assert report.problems[0].code == "S124"


def test_without_a_budget_pyhanko_reads_tables_as_before(signed_once: bytes, trust: Any, now: Any) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    verify(signed_once, trust=trust, now=now)

    assert PdfFileReader(io.BytesIO(signed_once), strict=True).total_revisions == 2

    with budget(3, check=lambda: None), pytest.raises(TooManyObjects):
        PdfFileReader(io.BytesIO(signed_once), strict=True)


@pytest.mark.parametrize("seed", range(4))
def test_random_damage_is_neither_a_crash_nor_accepted(signed_once: bytes, trust: Any, now: Any, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [b"", b"/Kids", b"999999999 0 R", b"-1", b"[[[[", b"<<<<", b"((((", b"1 0 R", b"%%EOF\n", b"\x00\xff"]
    for _ in range(40):
        at = chance.randrange(len(signed_once))
        length = chance.choice([0, 1, 1, 2, 8, 60])
        put = chance.choice([*pieces, signed_once[chance.randrange(len(signed_once)) :][:40]])
        damaged = signed_once[:at] + put + signed_once[at + length :]
        if damaged != signed_once:
            assert not verify(damaged, trust=trust, now=now).verified, (seed, at, length, put)
