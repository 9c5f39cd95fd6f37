"""Attached files come out exactly as first signed, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zlib
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from impact.errors import SignatureError
from impact.signing.attachments import attachments, stated_identifier
from impact.signing.verify import verify


def code_of(how: Any, pdf: bytes) -> str:
    with pytest.raises(SignatureError) as caught:
        how(pdf)
    return caught.value.faults[0].code


def test_attachments_of_a_signed_file(signed_thrice: bytes, make: Any) -> None:
    found = attachments(signed_thrice)

    assert dict(found.files) == {"cells.parquet": make.cells, "record.json": make.record}
    assert found.signed


def test_attachments_of_an_unsigned_file_are_said_to_be_unsigned(unsigned: bytes, make: Any) -> None:
    found = attachments(unsigned)

    assert found.files["record.json"] == make.record
    assert not found.signed


def test_attached_files_cannot_be_changed_by_the_reader(signed_once: bytes) -> None:
    with pytest.raises(TypeError):
        attachments(signed_once).files["record.json"] = b""  # type: ignore[index]  # the point of the test


def test_identifier_is_the_digest_of_the_record(signed_thrice: bytes, make: Any) -> None:
    assert stated_identifier(signed_thrice) == "sha256:" + hashlib.sha256(make.record).hexdigest()


def test_no_metadata_states_no_identifier(unsigned: bytes) -> None:
    assert stated_identifier(unsigned.replace(b"/Metadata 7 0 R", b"               ")) is None


def test_identifier_that_is_no_digest_counts_as_none(unsigned: bytes) -> None:
    assert stated_identifier(unsigned.replace(b"<dc:identifier>sha256:", b"<dc:identifier>sha255:")) is None


def test_two_attachments_of_one_name_are_refused(make: Any) -> None:
    pdf = make.pdf(attached={"a": b"1", "b": b"2"}, names=("record.json", "record.json"))

    assert code_of(attachments, pdf) == "S130"


@pytest.mark.parametrize("name", ["../record.json", "a\\\\b", "..", "/etc/passwd"])
def test_name_that_leads_elsewhere_is_refused(make: Any, name: str) -> None:
    assert code_of(attachments, make.pdf(attached={name: b"1"})) == "S131"


def test_attachment_replaced_after_signing_is_refused(signed_once: bytes, trust: Any, now: dt.datetime) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed_once))
    tree = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = tree[3]["/EF"].raw_get("/F").get_object()
    stream._data, stream._encoded_data = b'{"schema":"forged"}', None
    writer.mark_update(tree[3]["/EF"].raw_get("/F").reference)
    out = io.BytesIO()
    writer.write(out)

    assert code_of(attachments, out.getvalue()) == "S132"
    assert not verify(out.getvalue(), trust=trust, now=now).verified


def test_identifier_replaced_after_signing_is_refused(signed_once: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(signed_once))
    with pikepdf.open(io.BytesIO(signed_once)) as pdf:
        old = bytes(pdf.Root.Metadata.read_bytes())
    forged = generic.StreamObject(
        {generic.NameObject("/Type"): generic.NameObject("/Metadata")},
        stream_data=old.replace(b"sha256:4", b"sha256:5"),
    )
    writer.root["/Metadata"] = writer.add_object(forged)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)

    assert code_of(stated_identifier, out.getvalue()) == "S132"


def test_packed_attachment_is_unpacked(make: Any) -> None:
    pdf = make.pdf(attached={"record.json": zlib.compress(b"plain")}, encoding="/Filter /FlateDecode")

    assert attachments(pdf).files["record.json"] == b"plain"


def test_attachment_that_unpacks_without_end_is_refused(make: Any) -> None:
    bomb = zlib.compress(zlib.compress(bytes(140_000_000), 9), 9)
    assert len(bomb) < 1_000
    pdf = make.pdf(attached={"bomb": bomb}, encoding="/Filter [/FlateDecode /FlateDecode]")

    assert code_of(attachments, pdf) == "S133"


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n"])
def test_not_a_pdf_has_no_attachments(data: bytes) -> None:
    assert code_of(attachments, data) == "S101"
