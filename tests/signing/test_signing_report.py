"""The whole way with a page made by the report room: its fields, its tags and its attachments, signed three times."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pikepdf
import pytest

from impact.report.press import Attached, Limits, press
from impact.signing.attachments import attachments, stated_identifier
from impact.signing.sign import fields_of
from impact.signing.verify import verify

DIGEST = "sha256:" + "ab" * 32
ROLES = ("Assessor", "DPO", "Oversight")


@pytest.fixture(scope="module")
def page() -> bytes:
    boxes = "".join(
        f'<p>{role}</p><input type="checkbox" class="sig" name="{role}" title="Signature of the {role}">'
        for role in ROLES
    )
    html = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Assessment</title>
    <meta name="dcterms.created" content="2026-11-20T09:00:00+00:00">
    <style>@page {{ size: A4 }} html {{ font-family: "Source Sans Pro"; font-variant-ligatures: none }}
    input.sig {{ appearance: auto; display: block; border: 0.4mm solid #9CA3AF; height: 19mm; width: 120mm }}</style>
    </head><body><h1>Assessment</h1>{boxes}<table><tr><th scope="col">Group</th></tr><tr><td>All</td></tr></table>
    <p style="break-before: page">Second page</p></body></html>"""
    files = (Attached(name="record.json", description="The record", relationship="Source", data=b"{}"),)
    return press(html, identifier=DIGEST, when="2026-11-20T09:00:00+00:00", attachments=files, limits=Limits()).pdf


@pytest.fixture(scope="module")
def signed(page: bytes, world: Any) -> bytes:
    for role in ROLES:
        page = world.sign(page, role, reason=f"Signed as {role}")
    return page


def test_report_offers_a_field_for_each_role(page: bytes) -> None:
    assert fields_of(page) == dict.fromkeys(ROLES, False)


def test_report_signed_three_times_verifies(signed: bytes, page: bytes, trust: Any, now: dt.datetime) -> None:
    report = verify(signed, trust=trust, now=now)

    assert report.verified, report.problems
    assert signed.startswith(page)
    assert [check.later_changes for check in report.signatures] == ["signatures only", "signatures only", "none"]


def test_report_gives_back_what_was_attached(signed: bytes) -> None:
    assert dict(attachments(signed).files) == {"record.json": b"{}"}
    assert stated_identifier(signed) == DIGEST


def test_signed_report_keeps_its_claims_and_tags(signed: bytes) -> None:
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfuaid:part"] == "1"
        for field in pdf.Root.AcroForm.Fields:
            assert {"/TU", "/StructParent", "/V", "/AP"} <= set(field.keys())
        assert "/NeedAppearances" not in pdf.Root.AcroForm


def test_flipped_byte_of_the_report_is_refused(signed: bytes, trust: Any, now: dt.datetime) -> None:
    for at in range(50, len(signed), len(signed) // 25):
        changed = bytearray(signed)
        changed[at] ^= 0x10

        assert not verify(bytes(changed), trust=trust, now=now).verified, at
