"""What people would try, in one table: who the attacker is, what they did, and which question of ``verify`` says NO.

Two kinds of attacker. A stranger holds the signed file and no key. An insider may sign, with a good certificate and a
trusted time, and signs a lie: then every question about signatures is answered yes, and only recomputing can tell.
Each attack is judged by the whole of ``verify_document``, within a bounded time, and the page for laypeople is made of
what it found. Those on incremental saving, wrapping and forging follow the classes of Mladenov and others, "1 Trillion
Dollar Refund" (CCS 2019), and Rohlmann and others, "Breaking the Specification: PDF Certification" (S&P 2021).
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import io
import json
import re
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from impact.assessment.record import build_record
from impact.canonical import canonical_json
from impact.chain.verify import Verification, verify_document
from impact.chain.verify_page import page_of
from impact.metrics.tables.cells import Cells
from impact.settings import Settings, load_settings

NAME = generic.NameObject
SECONDS = 20.0  # of processor time for one attack; the slowest takes about three


@dataclass
class Ground:
    """What an attacker finds: a small report with real figures, signed, and the people who may sign."""

    world: Any
    make: Any
    now: dt.datetime
    settings: Settings
    trust: Any
    audit: Mapping[str, Any]
    cells: bytes
    answered: Mapping[str, Any]
    beside: Mapping[str, bytes]  # what the answered record carries: its questionnaire
    signed: bytes = b""
    thrice: bytes = b""
    counted: dict[str, int] = field(default_factory=dict)

    def pdf(
        self, record: Any, files: Mapping[str, bytes] | None = None, *, stated: bytes | None = None, **how: Any
    ) -> bytes:
        """An unsigned report of ``record``; its metadata states the digest of ``stated``, or of the record."""
        data = record if isinstance(record, bytes) else canonical_json(record)
        attached = {**(files or {}), "record.json": data}
        made: bytes = self.make.pdf(attached=dict(sorted(attached.items())), **how)
        old, new = (hashlib.sha256(each).hexdigest().encode() for each in (self.make.record, stated or data))
        assert made.count(old) == 1
        return made.replace(old, new)

    def lie(self, change: Callable[[dict[str, Any]], None], *, scored: bool = False, **how: Any) -> bytes:
        """A record that was edited, its digest put right everywhere, signed by somebody who may."""
        record = copy.deepcopy(dict(self.answered if scored else self.audit))
        change(record)
        assert record != (self.answered if scored else self.audit)
        return self.world.sign(self.pdf(record, self.beside if scored else {"cells.parquet": self.cells}, **how))

    def judge(self, pdf: bytes, **how: Any) -> Verification:
        how = {"trust": self.trust, "now": self.now, **how}
        return verify_document(pdf, settings=self.settings, **how)


def record_of(folder: Path, settings: Settings) -> tuple[dict[str, Any], bytes | None, dict[str, bytes]]:
    built = build_record(folder, settings=settings, step=lambda _: None, second_opinion=False)
    return json.loads(canonical_json(built.record)), built.cells, built.attached


@pytest.fixture(scope="module")
def ground(world: Any, make: Any, now: dt.datetime, repo: Path, tmp_path_factory: Any) -> Ground:
    settings = load_settings(repo)
    audit, cells, _ = record_of(repo / "examples" / "compas-counts", settings)
    folder = tmp_path_factory.mktemp("small") / "case"
    shutil.copytree(repo / "tests" / "small_case", folder)
    answered, _, beside = record_of(folder, settings)
    assert cells is not None
    made = Ground(world, make, now, settings, world.trust(), audit, cells, answered, beside)
    made.signed = world.sign(made.pdf(audit, {"cells.parquet": cells}))
    made.thrice = world.sign(world.sign(made.signed, "DPO"), "Oversight")
    return made


# --- tools of an attacker --------------------------------------------------------------------------------------------


def flip(pdf: bytes, at: int, mask: int = 1) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ mask]) + pdf[at + 1 :]


def gap_of(pdf: bytes) -> tuple[int, int]:
    """Where the last container stands, with its brackets."""
    start, end = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+) ", pdf)[-1])
    return start, end


def stream(content: bytes, **entries: str) -> generic.StreamObject:
    return generic.StreamObject({NAME(f"/{key}"): NAME(value) for key, value in entries.items()}, stream_data=content)


Change = Callable[[Any], None] | str  # of a writer; a word names one of changes.py


def as_change(ground: Ground, change: Change) -> Callable[[Any], None]:
    found: Callable[[Any], None] = ground.make.changes[change] if isinstance(change, str) else change
    return found


def appended(change: Change) -> Callable[[Ground], bytes]:
    """An incremental update by somebody without a key."""

    def attack(ground: Ground, pdf: bytes | None = None) -> bytes:
        class Writer(IncrementalPdfFileWriter):
            def _update_meta(self) -> None:
                """Dates are left as they were: an attacker would not draw attention."""

        writer = Writer(io.BytesIO(pdf or ground.signed))
        as_change(ground, change)(writer)
        out = io.BytesIO()
        writer.write(out)
        assert out.getvalue().startswith(pdf or ground.signed)
        return out.getvalue()

    return attack


def field_over_page(writer: Any) -> None:
    field = writer.root["/AcroForm"]["/Fields"][2]
    field["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842)))
    field["/AP"] = generic.DictionaryObject({NAME("/N"): writer.add_object(stream(b"0 0 9 9 re f", Subtype="/Form"))})
    writer.mark_update(writer.root["/AcroForm"]["/Fields"].raw_get(2).reference)


def other_pages(writer: Any) -> None:
    page = generic.DictionaryObject({NAME("/Type"): NAME("/Page")})
    tree = {"/Type": NAME("/Pages"), "/Count": generic.NumberObject(1)}
    writer.root["/Pages"] = writer.add_object(
        generic.DictionaryObject(
            {NAME(k): v for k, v in tree.items()} | {NAME("/Kids"): generic.ArrayObject([writer.add_object(page)])}
        )
    )
    writer.update_root()


def file_swapped(at: int, content: bytes) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        ref = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][at]["/EF"].raw_get("/F")
        ref.get_object()._data, ref.get_object()._encoded_data = content, None
        writer.mark_update(ref.reference)

    return change


def digest_swapped(writer: Any) -> None:
    from pyhanko.pdf_utils.decode_limits import DecodePurpose

    old = writer.root.raw_get("/Metadata").get_object().read_data(DecodePurpose.XMP_METADATA)
    new = re.sub(rb"sha256:[0-9a-f]{64}", b"sha256:" + hashlib.sha256(b"{}").hexdigest().encode(), old)
    writer.root["/Metadata"] = writer.add_object(stream(new, Type="/Metadata", Subtype="/XML"))
    writer.update_root()


def record_and_digest_swapped(writer: Any) -> None:
    file_swapped(3, b"{}")(writer)
    digest_swapped(writer)


def wrapped(ground: Ground) -> bytes:
    """Signature wrapping: the signed halves are kept, a second /ByteRange in the gap, evil between them."""
    pdf = ground.signed
    start, end = gap_of(pdf)
    digits = pdf[start + 1 : end - 1].rstrip(b"0")
    digits += b"0" * (len(digits) % 2)
    evil = b"\n4 0 obj\n<< /Length 16 >>\nstream\n0 0 100 100 re f\nendstream\nendobj\n"
    for _ in range(4):  # the place of the second half depends on the length of the number that states it
        later = end + 4096
        middle = b"<" + digits + b"> /ByteRange [0 %d %d %d] /Evil <" % (start, later, len(pdf) - end)
        middle += b"00> >>\nendobj" + evil
    middle = middle.ljust(later - start, b" ")
    return pdf[:start] + middle + pdf[end:]


def forged_range(ground: Ground, numbers: bytes) -> bytes:
    """Universal forgery: the range of signed bytes is made empty or points elsewhere; nothing else moves."""
    (old,) = re.findall(rb"/ByteRange \[[^\]]+\]", ground.signed)
    return ground.signed.replace(old, (b"/ByteRange [" + numbers + b"]").ljust(len(old)))


def null_container(ground: Ground) -> bytes:
    start, end = gap_of(ground.signed)
    return ground.signed[:start] + b"null".ljust(end - start) + ground.signed[end:]


def foreign_container(ground: Ground) -> bytes:
    """A good signature of another document of the same person, put into this one."""
    start, end = gap_of(ground.signed)
    other = ground.world.sign(ground.pdf(ground.answered, ground.beside))
    there, stop = gap_of(other)
    return ground.signed[:start] + other[there:stop].ljust(end - start) + ground.signed[end:]


def table_as_stream(entries: str, packed: bytes) -> bytes:
    """A file whose table of objects is a stream (ISO 32000-1, 7.5.8)."""
    head = b"%PDF-1.7\n"
    body = f"1 0 obj\n<< /Type /XRef /Root 1 0 R /Filter /FlateDecode {entries} /Length {len(packed)} >>\nstream\n"
    return head + body.encode() + packed + f"\nendstream\nendobj\nstartxref\n{len(head)}\n%%EOF\n".encode()


def many_revisions(ground: Ground) -> bytes:
    pdf = ground.signed
    for _ in range(101):
        last = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
        table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 200 /Root 1 0 R /Prev %d >>\n" % last
        pdf += table + b"startxref\n%d\n%%%%EOF\n" % len(pdf)
    return pdf


def encrypted(ground: Ground) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(ground.signed)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user=""))
    return out.getvalue()


def saved_again(ground: Ground) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(ground.signed)) as pdf:
        pdf.save(out)
    return out.getvalue()


def other_questionnaire(ground: Ground) -> bytes:
    """The answered record with a questionnaire whose words are others; everything else as it was."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(ground.beside["questionnaire.zip"])) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry, old.read(entry).replace(b"title: ", b"title: Another ", 1))
    return ground.world.sign(ground.pdf(ground.answered, {"questionnaire.zip": made.getvalue()}))


# --- people and times ------------------------------------------------------------------------------------------------


def self_made(ground: Ground, tmp_path: Path) -> bytes:
    return ground.make.world(tmp_path).sign(ground.pdf(ground.audit, {"cells.parquet": ground.cells}))


def self_made_with_root(ground: Ground, tmp_path: Path) -> bytes:
    """The attacker sends the real root along, so that a careless program finds it in the container."""
    evil = ground.make.world(tmp_path)
    real = ground.world.authority.certificate.public_bytes(Encoding.DER)
    signer = replace(evil.signer("Assessor"), issuers=(real,))
    return evil.sign(ground.pdf(ground.audit, {"cells.parquet": ground.cells}), signer=signer)


def anothers_role(ground: Ground) -> bytes:
    unsigned = ground.pdf(ground.audit, {"cells.parquet": ground.cells})
    return ground.world.sign(unsigned, signer=ground.world.signer("DPO"))


def stranger_time(ground: Ground, tmp_path: Path) -> bytes:
    unsigned = ground.pdf(ground.audit, {"cells.parquet": ground.cells})
    return ground.world.sign(unsigned, timestamper=ground.make.world(tmp_path).timestamper)


def time_of_other_signature(ground: Ground) -> bytes:
    from impact.signing.cms import software_signer
    from impact.signing.localtime import local_timestamper

    stamper = local_timestamper(software_signer(ground.world.timestamper.signer), when=ground.now)

    class Elsewhere(type(stamper)):  # type: ignore[misc]  # the class is made at run time
        def request_cms(self, message_digest: bytes, md_algorithm: str) -> Any:
            return super().request_cms(bytes(32), md_algorithm)

    stamper.__class__ = Elsewhere
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.cms_timestamper", lambda timestamper, when: stamper)
        return ground.world.sign(ground.pdf(ground.audit, {"cells.parquet": ground.cells}))


def changed_between(ground: Ground) -> bytes:
    """A dishonest DPO changes the page, then signs it with software that does not mind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.check_earlier", lambda pdf, reader: [1])
        return ground.world.sign(appended("page_content")(ground), "DPO")


def expired(ground: Ground) -> tuple[bytes, dict[str, Any]]:
    late = ground.now + dt.timedelta(days=400)  # people's certificates last 365
    lists = (ground.world.authority.revocations(due=late + dt.timedelta(days=30)),)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.check_usable", lambda signer, now: None)
        pdf = ground.world.sign(ground.pdf(ground.audit, {"cells.parquet": ground.cells}), now=late)
    return pdf, {"now": late, "trust": ground.world.trust(lists=lists)}


def revoked(ground: Ground, *, days: int = -1) -> tuple[bytes, dict[str, Any]]:
    listed = ground.world.authority.revocations(
        (ground.world.people["Assessor"][1], ground.now + dt.timedelta(days=days))
    )
    return ground.signed, {"trust": ground.world.trust(lists=(listed,))}


def revoked_service(ground: Ground) -> tuple[bytes, dict[str, Any]]:
    listed = ground.world.authority.revocations((ground.world.stamp[1], ground.now - dt.timedelta(days=1)))
    return ground.signed, {"trust": ground.world.trust(lists=(listed,))}


def stale_list(ground: Ground) -> tuple[bytes, dict[str, Any]]:
    old = ground.world.authority.revocations(
        begin=ground.now - dt.timedelta(days=60), due=ground.now - dt.timedelta(days=30)
    )
    return ground.signed, {"trust": ground.world.trust(lists=(old,))}


# --- an insider who signs a lie --------------------------------------------------------------------------------------


def insider(change: Callable[[dict[str, Any]], None], *, scored: bool = False) -> Callable[[Ground], bytes]:
    return lambda ground: ground.lie(change, scored=scored)


def verdict_turned(record: dict[str, Any]) -> None:
    finding = next(each for each in record["audit"]["findings"] if each["verdict"] == "disparity_shown")
    finding["verdict"] = "inconclusive"


def rate_nudged(record: dict[str, Any]) -> None:
    rate = next(each for each in record["audit"]["tables"]["rates"] if each["value"])
    rate["value"] = rate["value"] * 1.0001


def finding_dropped(record: dict[str, Any]) -> None:
    record["audit"]["findings"].pop(0)


def sentence_softened(record: dict[str, Any]) -> None:
    finding = record["audit"]["findings"][0]
    finding["sentence"] = "The difference is small."


def plan_changed(record: dict[str, Any]) -> None:
    record["audit"]["plan"]["title"] += " (as always intended)"


def group_turned(record: dict[str, Any]) -> None:
    score = record["scoring"]["dimensions"][0]
    score["code"] = score["code"][::-1]


def outcome_turned(record: dict[str, Any]) -> None:
    record["scoring"]["outcome"]["code"] = "proceed"


def answer_turned(record: dict[str, Any]) -> None:
    """The answer that lowered a score is made to look better; the score stays as computed before."""
    record["answers"].pop("F8")


def ruling_turned(record: dict[str, Any]) -> None:
    ruling = next(each["ruling"] for each in record["claims"]["checks"] if each["ruling"])
    ruling["verdict"] = "supported" if ruling["verdict"] != "supported" else "contradicted"


def log_counts_changed(record: dict[str, Any]) -> None:
    """One case fewer in a count of the log; the ruling stays as it was."""
    for figures in record["claims"]["answers"].values():
        for rows in figures.values():
            for row in rows:
                for key, value in row.items():
                    if isinstance(value, int) and not isinstance(value, bool) and value > 150:
                        row[key] = value // 2
                        return
    raise AssertionError("the log has no count to change")


def cells_swapped(ground: Ground) -> bytes:
    """Two cells of one group exchange a hundred cases: every total of the table stays what it was."""
    cells = Cells.from_parquet(ground.cells)
    rows = list(cells.rows)
    pairs = [
        (i, j)
        for i, a in enumerate(rows)
        for j, b in enumerate(rows)
        if a.group == b.group and a.outcome == b.outcome and a.decision < b.decision and min(a.n, b.n) > 100
    ]
    i, j = pairs[0]
    rows[i], rows[j] = replace(rows[i], n=rows[i].n - 100), replace(rows[j], n=rows[j].n + 100)
    changed = Cells.of(cells.groups, rows)
    assert (changed.n, len(changed.rows)) == (cells.n, len(cells.rows))
    assert changed.digest != cells.digest
    return changed.to_parquet()


def other_counts(ground: Ground) -> bytes:
    return ground.world.sign(ground.pdf(ground.audit, {"cells.parquet": cells_swapped(ground)}))


def other_counts_and_digest(ground: Ground) -> bytes:
    data = cells_swapped(ground)
    record = copy.deepcopy(dict(ground.audit))
    record["audit"]["cells_digest"] = Cells.from_parquet(data).digest
    return ground.world.sign(ground.pdf(record, {"cells.parquet": data}))


def signed_with(ground: Ground, record: Any = None, files: Mapping[str, bytes] | None = None, **how: Any) -> bytes:
    files = {"cells.parquet": ground.cells} if files is None else files
    return ground.world.sign(ground.pdf(ground.audit if record is None else record, files, **how))


def packed_bomb(ground: Ground) -> bytes:
    """One attachment of 900 bytes that unpacks to 140 million."""
    bomb = zlib.compress(zlib.compress(bytes(140_000_000), 9), 9)
    pdf = ground.make.pdf(attached={"record.json": bomb}, encoding="/Filter [/FlateDecode /FlateDecode]")
    return ground.world.sign(pdf)


def parquet_bomb(ground: Ground) -> bytes:
    """Counts of ten million rows that are all alike, in a few kilobytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = Cells.from_parquet(ground.cells)
    names = [*table.groups, "outcome", "decision", "human", "n"]
    rows = 10_000_000
    column = pa.nulls(rows, pa.int64())
    out = io.BytesIO()
    pq.write_table(pa.table(dict.fromkeys(names, column)), out, compression="zstd")
    assert len(out.getvalue()) < 200_000
    return signed_with(ground, files={"cells.parquet": out.getvalue()})


def two_of_one_name(ground: Ground) -> bytes:
    data = canonical_json(ground.audit)
    old = hashlib.sha256(ground.make.record).hexdigest().encode()
    pdf = ground.make.pdf(attached={"a": data, "b": b"{}"}, names=("record.json", "record.json"))
    return ground.world.sign(pdf.replace(old, hashlib.sha256(data).hexdigest().encode()))


def other_page(ground: Ground) -> tuple[bytes, dict[str, Any]]:
    """The record is whole and its figures follow; the page shows something else."""
    from impact.report import versions
    from impact.resources import find

    templates = find("templates", "default", ground.settings)
    named = {"set": templates.name, "digest": templates.digest}
    record = {**ground.audit, "templates": named, "render": versions(), "practice": False, "audit": None}
    return signed_with(ground, record, {}), {"rerender": True}


def other_renderer(ground: Ground) -> tuple[bytes, dict[str, Any]]:
    """The record names programs that nobody has, so that nobody can make its page again."""
    return signed_with(ground, {**ground.audit, "render": {"weasyprint": "0.0"}}), {"rerender": True}


# --- the table -------------------------------------------------------------------------------------------------------

Made = bytes | tuple[bytes, dict[str, Any]]


@dataclass(frozen=True)
class Attack:
    """One row.

    Attributes:
        did: What the attacker did.
        caught_by: The question that answers NO; further ones may.
        make: Ground (and an empty folder) -> the file, and what the reader brings where it is not the usual.
    """

    did: str
    caught_by: str
    make: Callable[..., Made]
    folder: bool = False


STRANGER = (
    Attack("changed one byte of the page", "intact", lambda g: flip(g.signed, g.signed.index(b"40 40 10 10 re") + 3)),
    Attack("changed one byte of the record", "intact", lambda g: flip(g.signed, g.signed.index(b'"findings":[') + 20)),
    Attack("changed one byte of the counts", "intact", lambda g: flip(g.signed, g.signed.index(b"PAR1") + 9)),
    Attack("changed one byte of the metadata", "intact", lambda g: flip(g.signed, g.signed.index(b"<dc:title") + 5)),
    Attack("changed one digit of the signature", "valid", lambda g: changed_signature(g)),
    Attack("swapped the case of one digit", "whole_file", lambda g: mixed_case(g)),
    Attack("wrote into the padding of the container", "whole_file", lambda g: padded(g)),
    Attack("cut off the last byte", "whole_file", lambda g: g.signed[:-1]),
    Attack("cut the file in half", "intact", lambda g: g.signed[: len(g.signed) // 2]),
    Attack("added a blank at the end", "whole_file", lambda g: g.signed + b" "),
    Attack("added another end of file", "whole_file", lambda g: g.signed + b"%%EOF\n"),
    Attack("gave the page other content", "whole_file", appended("page_content")),
    Attack("wrote over the page's content", "whole_file", appended("stream_overridden")),
    Attack("laid a note over a figure", "whole_file", appended("annotation")),
    Attack("spread an unsigned field over the page", "whole_file", appended(field_over_page)),
    Attack("gave a signature another look", "whole_file", appended("appearance_of_signed_field")),
    Attack("exchanged all pages (shadow attack)", "whole_file", appended(other_pages)),
    Attack("hid an object for later", "whole_file", appended("shadow")),
    Attack("added a script", "whole_file", appended("script")),
    Attack("gave the file another title", "whole_file", appended("title")),
    Attack("took away the tags for screen readers", "whole_file", appended("untagged")),
    Attack("took away the ban on changes", "whole_file", appended("permissions_removed")),
    Attack("attached one more file", "record", appended("attachment_added")),
    Attack("exchanged the attached record", "record", appended(file_swapped(3, b"{}"))),
    Attack("exchanged the attached counts", "record", appended(file_swapped(1, b"PAR1PAR1"))),
    Attack("exchanged the stated digest", "record", appended(digest_swapped)),
    Attack("exchanged record and stated digest", "record", appended(record_and_digest_swapped)),
    Attack("deleted the signature", "intact", appended("signature_deleted")),
    Attack("sent the report before it was signed", "roles", lambda g: g.pdf(g.audit, {"cells.parquet": g.cells})),
    Attack("cut off the later signatures", "roles",
           lambda g: (g.signed, {"trust": g.world.trust(required=("Assessor", "Oversight"))})),
    Attack("changed an early byte under three signatures", "intact", lambda g: flip(g.thrice, 400)),
    Attack("saved it again with another program", "intact", saved_again),
    Attack("wrapped the signature", "whole_file", wrapped),
    Attack("made the signed range empty", "intact", lambda g: forged_range(g, b"0 0 0 0")),
    Attack("made the signed range negative", "intact", lambda g: forged_range(g, b"0 -1 9 9")),
    Attack("replaced the container by nothing", "intact", null_container),
    Attack("put in a good signature of another document", "intact", foreign_container),
    Attack("made certificates with the right names", "trusted", self_made, folder=True),
    Attack("sent the right root along with them", "trusted", self_made_with_root, folder=True),
    Attack("signed in another person's role", "roles", anothers_role),
    Attack("signed with a certificate that had ended", "trusted", expired),
    Attack("signed with a certificate that was withdrawn", "revocation", revoked),
    Attack("kept back the list of withdrawn certificates", "revocation",
           lambda g: (g.signed, {"trust": g.world.trust(lists=())})),
    Attack("sent an outdated list", "revocation", stale_list),
    Attack("used a time service that was withdrawn", "trusted", revoked_service),
    Attack("brought a time of their own making", "trusted", stranger_time, folder=True),
    Attack("brought the time of another signature", "trusted", time_of_other_signature),
    Attack("left out the time", "roles",
           lambda g: g.world.sign(g.pdf(g.audit, {"cells.parquet": g.cells}), timestamper=None)),
    Attack("dated the signature to next week", "roles",
           lambda g: g.world.sign(g.pdf(g.audit, {"cells.parquet": g.cells}), now=g.now + dt.timedelta(days=7))),
    Attack("changed the page between two signatures", "whole_file", changed_between),
    Attack("declared two thousand million objects", "intact",
           lambda g: table_as_stream("/W [0 0 0] /Size 2000000000", zlib.compress(b""))),
    Attack("added a hundred revisions", "whole_file", many_revisions),
    Attack("encrypted it", "intact", encrypted),
    Attack("sent an empty file", "intact", lambda g: b""),
    Attack("sent a web page", "intact", lambda g: b"<html>Signed by everybody</html>"),
    Attack("sent a file whose table names itself", "intact",
           lambda g: b"%PDF-1.7\nxref\n0 0\ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF\n"),
)  # fmt: skip

INSIDER = (
    Attack("turned a verdict and put the digest right", "findings", insider(verdict_turned)),
    Attack("raised a rate by a ten-thousandth", "findings", insider(rate_nudged)),
    Attack("left out a finding", "findings", insider(finding_dropped)),
    Attack("softened a sentence", "findings", insider(sentence_softened)),
    Attack("changed the plan after the fact", "findings", insider(plan_changed)),
    Attack("attached counts of equal totals", "cells", other_counts),
    Attack("the same, with their digest in the record", "findings", other_counts_and_digest),
    Attack("left the counts out", "cells", lambda g: signed_with(g, files={})),
    Attack("attached counts that are none", "cells", lambda g: signed_with(g, files={"cells.parquet": b"PAR1 PAR1"})),
    Attack("attached counts that unpack without end", "cells", parquet_bomb),
    Attack("edited the record, left its digest", "record",
           lambda g: signed_with(g, {**g.audit, "practice": True}, stated=canonical_json(g.audit))),
    Attack("wrote the record in another form", "record", lambda g: signed_with(g, json.dumps(g.audit).encode())),
    Attack("nested a record ten thousand deep", "record", lambda g: signed_with(g, b"[" * 10_000 + b"]" * 10_000)),
    Attack("attached a second record of the same name", "record", two_of_one_name),
    Attack("attached a file that the report does not make", "record",
           lambda g: signed_with(g, files={"cells.parquet": g.cells, "notes.txt": b"figures to use instead"})),
    Attack("attached a table that the record does not name", "record",
           lambda g: signed_with(g, files={"cells.parquet": g.cells, "strata.parquet": g.cells})),
    Attack("attached a file that unpacks without end", "record", packed_bomb),
    Attack("attached a questionnaire of other words", "questionnaire", other_questionnaire),
    Attack("left the questionnaire out", "record", lambda g: g.world.sign(g.pdf(g.answered))),
    Attack("turned the outcome of the scoring", "scores", insider(outcome_turned, scored=True)),
    Attack("took out an answer, kept the score", "scores", insider(answer_turned, scored=True)),
    Attack("turned a ruling on a claim", "scores", insider(ruling_turned, scored=True)),
    Attack("changed counts of the log", "scores", insider(log_counts_changed, scored=True)),
    Attack("printed another page than the record makes", "page", other_page),
    Attack("named a renderer that nobody has", "page", other_renderer),
)  # fmt: skip


def changed_signature(ground: Ground) -> bytes:
    """A digit within the value of the signature itself: the last octets before the unsigned attributes."""
    from asn1crypto import cms

    start, end = gap_of(ground.signed)
    info = cms.ContentInfo.load(bytes.fromhex(ground.signed[start + 1 : end - 1].decode()))
    value = info["content"]["signer_infos"][0]["signature"].native.hex().encode()
    digits = ground.signed[start:end]
    place = digits.lower().index(value)
    at = start + place + len(value) // 2
    other = b"1" if ground.signed[at : at + 1] != b"1" else b"2"
    return ground.signed[:at] + other + ground.signed[at + 1 :]


def mixed_case(ground: Ground) -> bytes:
    start, end = gap_of(ground.signed)
    at = next(at for at in range(start, end) if ground.signed[at : at + 1].isalpha())
    return ground.signed[:at] + ground.signed[at : at + 1].swapcase() + ground.signed[at + 1 :]


def padded(ground: Ground) -> bytes:
    _, end = gap_of(ground.signed)
    return ground.signed[: end - 3] + b"1" + ground.signed[end - 2 :]


# --- years later, and several signers --------------------------------------------------------------------------------

BARE = {  # nothing to compute again: these attacks are on signatures alone
    "assessment": {
        "title": "A case",
        "organisation": "Example Council",
        "date": "2026-11-20",
        "status": "final",
        "system": {"name": "A tool"},
    },
    "evidence": [],
}
BOXES = ("Assessor", "Panel1", "Panel2", "Dissent1", "Oversight")


@dataclass
class Later:
    """A report signed with an archive timestamp, a dissent in it, and a reader of five years later.

    People's authority publishes no lists any more; that of the time services does. A time service that the reader
    trusts stamps whatever anybody sends: attackers have it too.
    """

    ground: Ground
    people: Any
    times: Any
    world: Any
    members: dict[str, tuple[Any, Any]]
    service: Any  # of the attacker as of everybody; trusted for fifteen years
    now: dt.datetime
    archived: bytes = b""
    plain: bytes = b""
    heard: bytes = b""

    @property
    def years_on(self) -> dt.datetime:
        return self.now + 5 * self.ground.make.year

    def unsigned(self) -> bytes:
        return self.ground.pdf(BARE, roles=BOXES)

    def authorities(self, *lists: bytes) -> Any:
        from impact.signing.trust import Authorities, revocation_list

        day = dt.timedelta(days=1)
        own = [each.revocations(begin=self.now - day, due=self.now + 30 * day) for each in (self.people, self.times)]
        roots = tuple(each.certificate.public_bytes(Encoding.DER) for each in (self.people, self.times))
        return Authorities(roots, (), tuple(revocation_list(each, "list") for each in (lists or own)), "folder")

    def sign(self, pdf: bytes, role: str = "Assessor", **how: Any) -> bytes:
        how.setdefault("level", "B-LTA")
        if how["level"] in ("B-LT", "B-LTA"):
            how.setdefault("authorities", self.authorities())
        return self.world.sign(pdf, role, timestamper=how.pop("timestamper", self.service), **how)

    def trust(self, at: dt.datetime, *more: bytes, **how: Any) -> Any:
        day = dt.timedelta(days=1)
        lists = (self.times.revocations(begin=at - day, due=at + 30 * day), *more)
        trust = self.world.trust(lists=lists, roots=(self.people.certificate, self.times.certificate), **how)
        from impact.signing.roles import Role

        marks = frozenset(Signed.of(pair[1]) for pair in self.members.values())
        roles = (*trust.roles, Role("Panel", "Panel member", marks), Role("Dissent", "Dissenting member", marks))
        return replace(trust, roles=roles)

    def reader(self, **how: Any) -> dict[str, Any]:
        """The reader of five years later."""
        return {"now": self.years_on, "trust": self.trust(self.years_on, **how)}

    def today(self, **how: Any) -> dict[str, Any]:
        """A reader of the day, who also has the list of the people's authority."""
        day = dt.timedelta(days=1)
        own = self.people.revocations(begin=self.now - day, due=self.now + 30 * day)
        return {"now": self.now, "trust": self.trust(self.now, own, **how)}


class Signed:
    @staticmethod
    def of(certificate: Any) -> str:
        return "sha256:" + hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


@pytest.fixture(scope="module")
def later(ground: Ground, make: Any, now: dt.datetime, tmp_path_factory: Any) -> Later:
    from impact.signing.signer import load_signer, load_timestamper

    folder = tmp_path_factory.mktemp("later")
    people, times = make.authority(name="People Root"), make.authority(name="Time Root")
    world = make.world(folder, authority=people)
    members = {name: people.issue(name) for name in ("Ann Member", "Bo Member")}
    (folder / "service.p12").write_bytes(make.p12(*times.issue("Public Time", times=True, end=now + 15 * make.year)))
    service = load_timestamper(folder / "service.p12", "secret")
    made = Later(ground, people, times, world, members, service, now)
    for name, pair in members.items():
        (folder / f"{name}.p12").write_bytes(make.p12(*pair))
    made.archived = made.sign(made.unsigned())
    made.plain = made.sign(made.unsigned(), level="B-T")
    bo = load_signer(folder / "Bo Member.p12", "secret")
    dissented = made.sign(made.archived, "Dissent", signer=bo, reason="it was never tested", level="B-T")
    made.heard = made.sign(dissented, "Oversight")
    return made


def revisions(pdf: bytes) -> list[int]:
    """Where each revision ends."""
    return [at + 6 for at in range(len(pdf)) if pdf.startswith(b"%%EOF\n", at)]


def update(later: Later, change: Change, pdf: bytes | None = None) -> bytes:
    return appended(change)(later.ground, pdf or later.archived)


def stamped(later: Later, change: Change | None = None, *, service: Any = None, **how: Any) -> bytes:
    """An update that a time service stamps; the service stamps whatever it is sent."""
    from pyhanko.sign.signers import PdfTimeStamper

    from impact.signing.cms import cms_timestamper
    from impact.signing.writer import appending

    writer = appending(how.pop("pdf", later.archived))
    if change is not None:
        as_change(later.ground, change)(writer)
    out = io.BytesIO()
    stamper = PdfTimeStamper(
        cms_timestamper(service or later.service, how.pop("at", later.now)), field_name="Stamp", **how
    )
    stamper.timestamp_pdf(writer, "sha256", output=out)
    return out.getvalue()


def no_store(writer: Any) -> None:
    del writer.root["/DSS"]
    writer.update_root()


def empty_store(writer: Any) -> None:
    writer.root["/DSS"]["/CRLs"] = generic.ArrayObject()
    writer.update_container(writer.root["/DSS"])


def store_of(*lists: bytes) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        from asn1crypto import crl
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        loaded = [crl.CertificateList.load(each) for each in lists]
        DocumentSecurityStore.supply_dss_in_writer(writer, None, crls=loaded)

    return change


def swapped_boxes(writer: Any) -> None:
    """The dissent's signature is shown in the box of a member who approves."""
    fields = {str(each.get_object()["/T"]): each for each in writer.root["/AcroForm"]["/Fields"]}
    dissent, approval = fields["Dissent1"].get_object(), fields["Panel1"].get_object()
    approval[NAME("/V")] = dissent.raw_get("/V")
    approval[NAME("/AP")] = dissent["/AP"]
    del dissent["/V"]
    for each in (dissent, approval):
        writer.update_container(each)


def renamed_box(writer: Any) -> None:
    fields = {str(each.get_object()["/T"]): each for each in writer.root["/AcroForm"]["/Fields"]}
    dissent = fields["Dissent1"].get_object()
    dissent[NAME("/T")] = generic.pdf_string("Panel3")
    writer.update_container(dissent)


def moved_signature(writer: Any) -> None:
    fields = {str(each.get_object()["/T"]): each for each in writer.root["/AcroForm"]["/Fields"]}
    oversight, panel = fields["Oversight"].get_object(), fields["Panel1"].get_object()
    panel[NAME("/V")] = oversight.raw_get("/V")
    writer.update_container(panel)


def reworded(pdf: bytes) -> bytes:
    """The reason of the dissent, in the dictionary of its signature; as many bytes as before."""
    old, new = b"(Dissents\\072 it was never", b"(Approves\\072 it was amply"
    assert old in pdf
    return pdf.replace(old, new)


def with_store(later: Later, *lists: bytes, level: str = "B-LTA") -> bytes:
    """A signer with software of their own embeds lists that ours would refuse."""
    from impact.signing.evidence import Evidence

    authorities = later.authorities()
    own = later.times.revocations(begin=later.now - dt.timedelta(days=1), due=later.now + dt.timedelta(days=30))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.gather", lambda *_, **__: Evidence((), (own, *lists)))
        return later.sign(later.unsigned(), level=level, authorities=authorities)


def forged_list(later: Later) -> bytes:
    """Issued by an authority of the same name, with a key of the attacker's."""
    twin = later.ground.make.authority(name="People Root")
    listed: bytes = twin.revocations(begin=later.now, due=later.now + 20 * later.ground.make.year)
    return listed


def own_time(later: Later) -> Any:
    from impact.signing.signer import load_timestamper

    path = later.world.folder / "own.p12"
    if not path.exists():
        twin = later.ground.make.authority(name="Time Root")
        pair = twin.issue("Public Time", times=True, end=later.now + 15 * later.ground.make.year)
        path.write_bytes(later.ground.make.p12(*pair))
    return load_timestamper(path, "secret")


def revoked_and_hidden(later: Later) -> tuple[bytes, dict[str, Any]]:
    """Withdrawn before signing; the signer embeds the list from before, which was still current."""
    _, ada = later.world.people["Assessor"]
    day = dt.timedelta(days=1)
    listed = later.people.revocations((ada, later.now - day), begin=later.now - day / 2, due=later.now + 30 * day)
    trust = later.trust(later.years_on, listed)
    return later.archived, {"now": later.years_on, "trust": trust}


def backdated(later: Later) -> tuple[bytes, dict[str, Any]]:
    """The key of a time service was stolen and withdrawn: it dates a document to the years before."""
    service = later.service.signer
    day = dt.timedelta(days=1)
    from cryptography import x509

    stolen = x509.load_der_x509_certificate(service.certificate)
    at = later.years_on
    listed = later.times.revocations((stolen, at - 30 * day), begin=at - day, due=at + 30 * day)
    trust = later.world.trust(lists=(listed,), roots=(later.people.certificate, later.times.certificate))
    return later.archived, {"now": at, "trust": trust}


def too_late(later: Later) -> tuple[bytes, dict[str, Any]]:
    """A signature without a time, dated only when the certificate had ended."""
    bare = later.sign(later.unsigned(), level="B-B", timestamper=None)
    day = dt.timedelta(days=1)
    at = later.years_on - day
    lists = [each.revocations(begin=at - day, due=at + 30 * day) for each in (later.people, later.times)]
    pdf = stamped(later, store_of(*lists), pdf=bare, at=at)
    return pdf, later.reader(timestamp="optional")


STALE = dt.timedelta(days=60)
AFTERWARDS = (
    Attack("took the revocation lists out of the file", "whole_file", lambda w: (update(w, no_store), w.today())),
    Attack("emptied the store of lists", "whole_file", lambda w: (update(w, empty_store), w.today())),
    Attack("had the file without its lists stamped anew", "whole_file", lambda w: (stamped(w, no_store), w.today())),
    Attack("emptied the store of lists and had it stamped", "whole_file",
           lambda w: (stamped(w, empty_store), w.today())),
    Attack("added a forged list behind the signatures", "whole_file",
           lambda w: (update(w, store_of(forged_list(w))), w.today())),
    Attack("embedded a list by an authority of the same name", "revocation",
           lambda w: (with_store(w, forged_list(w)), w.reader())),
    Attack("embedded a list that had run out", "revocation",
           lambda w: (with_store(w, w.people.revocations(begin=w.now - STALE, due=w.now - STALE / 2)), w.reader())),
    Attack("embedded a list that was made years later", "revocation",
           lambda w: (with_store(w, w.people.revocations(begin=w.years_on - STALE, due=w.years_on)), w.reader())),
    Attack("embedded no list of the signer's authority", "revocation", lambda w: (with_store(w), w.reader())),
    Attack("kept back the reader's list while certificates last", "revocation",
           lambda w: (w.archived, {"now": w.now, "trust": w.trust(w.now)})),
    Attack("embedded the list from before the withdrawal", "revocation", revoked_and_hidden),
    Attack("cut off the archive timestamp", "revocation",
           lambda w: (w.archived[: revisions(w.archived)[1]], w.reader())),
    Attack("cut it off while the folder demands it", "roles",
           lambda w: (w.archived[: revisions(w.archived)[1]], w.today(level="B-LTA"))),
    Attack("dated the document by a service of their own", "trusted",
           lambda w: (stamped(w, service=own_time(w)), w.today())),
    Attack("replaced the archive timestamp by one of their own", "trusted",
           lambda w: (stamped(w, pdf=w.archived[: revisions(w.archived)[1]], service=own_time(w)), w.reader())),
    Attack("dated it back with the stolen key of a service", "trusted", backdated),
    Attack("dated a signature without a time when it was too late", "trusted", too_late),
    Attack("let a timestamp stand in for a person", "roles",
           lambda w: (stamped(w, pdf=w.unsigned()), w.today())),
    Attack("changed the page and had it stamped", "whole_file", lambda w: (stamped(w, "page_content"), w.today())),
    Attack("laid a note over a figure and had it stamped", "whole_file",
           lambda w: (stamped(w, "annotation"), w.today())),
    Attack("showed the dissent in a box that approves", "whole_file",
           lambda w: (update(w, swapped_boxes, w.heard), w.today())),
    Attack("the same, and had it stamped", "whole_file",
           lambda w: (stamped(w, swapped_boxes, pdf=w.heard), w.today())),
    Attack("renamed the box of the dissent", "whole_file", lambda w: (update(w, renamed_box, w.heard), w.today())),
    Attack("turned the words of the dissent", "intact",
           lambda w: (reworded(w.heard), w.today())),
    Attack("moved a signature to another box", "whole_file",
           lambda w: (update(w, moved_signature, w.heard), w.today())),
    Attack("cut off the dissent and what came after it", "roles",
           lambda w: (w.heard[: revisions(w.heard)[2]], w.today(required=("Assessor", "Oversight")))),
    Attack("cut off the dissent that is known of", "signatures",
           lambda w: (w.heard[: revisions(w.heard)[2]], w.today(present=("Assessor",)) | {
               "trust": replace(w.today()["trust"], present=("Dissent",))})),
    Attack("passed a dissent off as the panel's approval", "roles",
           lambda w: (w.heard, {"now": w.now, "trust": replace(w.today()["trust"], required=("Assessor", "Panel"))})),
)  # fmt: skip


# --- answers about one certificate -----------------------------------------------------------------------------------


@dataclass
class Asked(Later):
    """The same, but people's certificates name a responder, and their authority publishes no list at all."""

    @property
    def ada(self) -> Any:
        return self.world.people["Assessor"][1]

    def authorities(self, *lists: bytes) -> Any:
        from impact.signing.responses import ocsp_response

        day = dt.timedelta(days=1)
        own = self.times.revocations(begin=self.now - day, due=self.now + 30 * day)
        answer = ocsp_response(self.people.answer(self.ada), "answer.ors")
        return replace(super().authorities(own), responses=(answer,))

    def today(self, **how: Any) -> dict[str, Any]:
        return {"now": self.now, "trust": self.trust(self.now, answers=(self.people.answer(self.ada),), **how)}


@pytest.fixture(scope="module")
def asked(ground: Ground, make: Any, now: dt.datetime, tmp_path_factory: Any) -> Asked:
    from impact.signing.signer import load_timestamper

    folder = tmp_path_factory.mktemp("asked")
    people = make.authority(name="People Root", responder="http://127.0.0.1:9/")
    times = make.authority(name="Time Root")
    (folder / "service.p12").write_bytes(make.p12(*times.issue("Public Time", times=True, end=now + 15 * make.year)))
    service = load_timestamper(folder / "service.p12", "secret")
    made = Asked(ground, people, times, make.world(folder, authority=people), {}, service, now)
    made.archived = made.sign(made.unsigned())
    return made


def embedded(asked: Asked, *answers: bytes) -> tuple[bytes, dict[str, Any]]:
    """A signer with software of their own embeds answers that ours would refuse; the reader is one of years later."""
    from impact.signing.evidence import Evidence

    day = dt.timedelta(days=1)
    own = asked.times.revocations(begin=asked.now - day, due=asked.now + 30 * day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign.gather", lambda *_, **__: Evidence((), (own,), answers))
        return asked.sign(asked.unsigned()), asked.reader()


def turned(asked: Asked, answer: bytes) -> bytes:
    """One bit of the time of an answer: its signature no longer holds."""
    place = answer.index(asked.now.strftime("%Y%m%d%H%M%SZ").encode())
    return flip(answer, place + 13)


def twin_of(asked: Asked) -> Any:
    return asked.ground.make.authority(name="People Root")


def answers_of(*answers: bytes) -> Callable[[Any], None]:
    def change(writer: Any) -> None:
        from asn1crypto import ocsp
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        loaded = [ocsp.OCSPResponse.load(each) for each in answers]
        DocumentSecurityStore.supply_dss_in_writer(writer, None, ocsps=loaded)

    return change


def no_answers(writer: Any) -> None:
    writer.root["/DSS"]["/OCSPs"] = generic.ArrayObject()
    writer.update_container(writer.root["/DSS"])


def withdrawn_since(asked: Asked) -> tuple[bytes, dict[str, Any]]:
    """Withdrawn before signing, embedded is the answer from before; the reader's own answer tells."""
    at = asked.now + dt.timedelta(days=30)
    gone = asked.people.answer(asked.ada, made=at, due=at + dt.timedelta(days=1), revoked=asked.now - MINUTE)
    return asked.archived, {"now": at, "trust": asked.trust(at, answers=(gone,))}


MINUTE = dt.timedelta(minutes=1)
ANSWERS = (
    Attack("embedded an answer that was changed", "revocation",
           lambda w: embedded(w, turned(w, w.people.answer(w.ada)))),
    Attack("embedded an answer by an authority of the same name", "revocation",
           lambda w: embedded(w, twin_of(w).answer(w.ada))),
    Attack("embedded an answer of a colleague, whom nobody gave the task", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, by=w.world.people["DPO"]))),
    Attack("embedded an answer of a deputy of another authority", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, by=w.times.deputy()))),
    Attack("embedded an answer of a deputy whose time was over", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, by=w.people.deputy(end=w.now - MINUTE)))),
    Attack("embedded an answer that had run out", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, made=w.now - STALE, due=w.now - STALE / 2))),
    Attack("embedded an answer without an end, an hour old", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, made=w.now - 60 * MINUTE, due=None))),
    Attack("embedded an answer that was made years later", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, made=w.years_on - STALE, due=w.years_on))),
    Attack("embedded an answer about a colleague", "revocation",
           lambda w: embedded(w, w.people.answer(w.world.people["DPO"][1]))),
    Attack("embedded an answer that knows of no such certificate", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, unknown=True))),
    Attack("embedded the answer that tells of the withdrawal", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, revoked=w.now - MINUTE))),
    Attack("embedded both, the good one first", "revocation",
           lambda w: embedded(w, w.people.answer(w.ada, made=w.now - 60 * MINUTE),
                              w.people.answer(w.ada, revoked=w.now - MINUTE))),
    Attack("embedded no answer", "revocation", embedded),
    Attack("embedded the answer from before the withdrawal, with a responder", "revocation", withdrawn_since),
    Attack("kept back the reader's answer while certificates last", "revocation",
           lambda w: (w.archived, {"now": w.now, "trust": w.trust(w.now)})),
    Attack("sent the reader a forged answer", "revocation",
           lambda w: (w.archived, {"now": w.now, "trust": w.trust(w.now, answers=(twin_of(w).answer(w.ada),))})),
    Attack("took the answers out of the file", "whole_file", lambda w: (update(w, no_answers), w.today())),
    Attack("had the file without its answers stamped anew", "whole_file",
           lambda w: (stamped(w, no_answers), w.today())),
    Attack("added an answer behind the signatures", "whole_file",
           lambda w: (update(w, answers_of(w.people.answer(w.ada, made=w.now + MINUTE))), w.today())),
)  # fmt: skip


def named(attacks: tuple[Attack, ...]) -> list[Any]:
    return [pytest.param(each, id=each.did) for each in attacks]


def answers(found: Verification) -> dict[str, bool | None]:
    return {question.key: question.holds for question in found.questions}


def judged(ground: Ground, attack: Attack, tmp_path: Path, on: Any = None) -> Verification:
    made = attack.make(ground, tmp_path) if attack.folder else attack.make(on or ground)
    pdf, how = made if isinstance(made, tuple) else (made, {})
    began = time.process_time()
    found = ground.judge(pdf, **how)
    assert time.process_time() - began < SECONDS
    page = page_of(found.to_json(), pdf=pdf, name="report.pdf", settings=ground.settings, now=ground.now)
    assert "DO NOT RELY ON THIS DOCUMENT" in page
    assert "Everything that was checked holds" not in page
    return found


def test_the_files_that_attackers_begin_with_are_accepted(ground: Ground) -> None:
    """Without this, an attack could be refused for a reason that has nothing to do with it."""
    for pdf in (ground.signed, ground.thrice):
        assert answers(ground.judge(pdf)) == {
            **dict.fromkeys(("intact", "valid", "trusted", "revocation", "whole_file", "roles", "record"), True),
            **dict.fromkeys(("cells", "findings"), True),
            "page": None,
        }
    scored = ground.judge(ground.world.sign(ground.pdf(ground.answered, ground.beside)))
    assert scored.ok
    assert answers(scored)["scores"] is True
    pdf, how = revoked(ground, days=5)  # a certificate that is withdrawn later is no attack
    assert ground.judge(pdf, **how).ok


@pytest.mark.parametrize("attack", named(STRANGER))
def test_what_a_stranger_does_is_refused(ground: Ground, attack: Attack, tmp_path: Path) -> None:
    found = judged(ground, attack, tmp_path)

    assert not found.ok
    assert not found.signatures.verified
    assert answers(found)[attack.caught_by] is False


@pytest.mark.parametrize("attack", named(INSIDER))
def test_a_lie_that_was_signed_is_refused(ground: Ground, attack: Attack, tmp_path: Path) -> None:
    """Every question about signatures is answered yes: it is the recomputation that tells."""
    found = judged(ground, attack, tmp_path)

    assert not found.ok
    assert answers(found)[attack.caught_by] is False
    if attack.caught_by != "record":
        assert found.signatures.verified


def test_the_archived_files_that_attackers_begin_with_are_accepted(ground: Ground, later: Later) -> None:
    for pdf, how in (
        (later.archived, later.today()),
        (later.archived, later.reader()),
        (later.archived, later.today(level="B-LTA")),
        (later.heard, later.today(required=("Assessor", "Oversight"))),
        (later.heard, later.today(present=("Oversight",))),
        (stamped(later), later.reader()),  # anybody may date a file once more
        (with_store(later, later.people.revocations(begin=later.now - STALE, due=later.now + STALE)), later.reader()),
    ):
        found = ground.judge(pdf, **how)
        assert found.ok, found.signatures.problems
    assert "DISSENT" in str(ground.judge(later.heard, **later.today()).to_json())


@pytest.mark.parametrize("attack", named(AFTERWARDS))
def test_what_is_done_to_an_archive_or_to_a_dissent_is_refused(
    ground: Ground, later: Later, attack: Attack, tmp_path: Path
) -> None:
    found = judged(ground, attack, tmp_path, later)

    assert not found.ok
    assert not found.signatures.verified
    assert answers(found)[attack.caught_by] is False


def test_the_answered_file_that_attackers_begin_with_is_accepted(ground: Ground, asked: Asked) -> None:
    good = asked.people.answer(asked.ada)
    deputy = asked.people.answer(asked.ada, by=asked.people.deputy())
    for pdf, how in (
        (asked.archived, asked.today()),
        (asked.archived, asked.reader(level="B-LTA")),
        embedded(asked, good),
        embedded(asked, deputy),
        (stamped(asked, answers_of(deputy)), asked.today()),  # anybody may add what an authority has said
    ):
        found = ground.judge(pdf, **how)
        assert found.ok, found.signatures.problems


@pytest.mark.parametrize("attack", named(ANSWERS))
def test_what_is_done_with_answers_is_refused(ground: Ground, asked: Asked, attack: Attack, tmp_path: Path) -> None:
    found = judged(ground, attack, tmp_path, asked)

    assert not found.ok
    assert not found.signatures.verified
    assert answers(found)[attack.caught_by] is False
