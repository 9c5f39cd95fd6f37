"""PAdES levels: what each carries, what is said of it, and what can still be judged years later.

Times are in the years from signing on: people's certificates last one year, the first time service's two, the second
one's fifteen. The reader of later years has the roots and one list of the time service's authority, made then.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from impact.errors import SignatureError
from impact.report.press import Attached, Limits, press
from impact.signing.archive import archive
from impact.signing.document import open_pdf
from impact.signing.result import explain
from impact.signing.sealed import read_sealed
from impact.signing.signer import load_timestamper
from impact.signing.trust import Authorities, Trust, load_authorities, revocation_list
from impact.signing.verify import verify

DAY = dt.timedelta(days=1)
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


@dataclass
class Years:
    """Two authorities: one for people, one for times, which alone still publishes lists in later years."""

    people: Any
    times: Any
    world: Any
    second: Any
    now: dt.datetime

    def authorities(self, at: dt.datetime, *more: bytes) -> Authorities:
        """The folder of somebody who signs or archives at ``at``, with lists of that day."""
        made = [each.revocations(begin=at - DAY, due=at + 30 * DAY) for each in (self.people, self.times)]
        lists = [revocation_list(data, f"list{number}.crl") for number, data in enumerate((*made, *more))]
        roots = tuple(each.certificate.public_bytes(Encoding.DER) for each in (self.people, self.times))
        return Authorities(roots, (), tuple(lists), "folder")

    def trust(self, at: dt.datetime, *, people: bool = False, **how: Any) -> Trust:
        """The reader's folder of that day; with ``people`` also a list of the authority for people."""
        lists = [self.times.revocations(begin=at - DAY, due=at + 30 * DAY)]
        lists += [self.people.revocations(begin=at - DAY, due=at + 30 * DAY)] if people else []
        found: Trust = self.world.trust(
            lists=tuple(lists), roots=(self.people.certificate, self.times.certificate), **how
        )
        return found

    def sign(self, pdf: bytes, role: str = "Assessor", *, level: str = "B-LTA", **how: Any) -> bytes:
        if level in ("B-LT", "B-LTA"):
            how.setdefault("authorities", self.authorities(self.now))
        if level == "B-B":
            how["timestamper"] = None
        signed: bytes = self.world.sign(pdf, role, level=level, **how)
        return signed


@pytest.fixture(scope="module")
def years(make: Any, now: dt.datetime, tmp_path_factory: Any) -> Years:
    people, times = make.authority(name="People Root"), make.authority(name="Time Root")
    world = make.world(tmp_path_factory.mktemp("years"), authority=people)
    world.stamp = times.issue("First Time", times=True, end=now + 2 * make.year)
    path = world.folder / "second.p12"
    path.write_bytes(make.p12(*times.issue("Second Time", times=True, end=now + 15 * make.year)))
    return Years(people, times, world, load_timestamper(path, "secret"), now)


@pytest.fixture(scope="module")
def at_level(years: Years, unsigned: bytes) -> dict[str, bytes]:
    return {level: years.sign(unsigned, level=level) for level in LEVELS}


def codes(report: Any) -> set[str]:
    return {fault.code for fault in report.problems}


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_is_written_and_told(years: Years, at_level: dict[str, bytes], unsigned: bytes, level: str) -> None:
    signed = at_level[level]

    report = verify(signed, trust=years.trust(years.now, people=True, timestamp="optional"), now=years.now)

    assert report.verified, report.problems
    assert report.signatures[0].level == level
    assert report.signatures[0].judged_at is None
    assert signed.startswith(unsigned)
    assert f"  level: PAdES {level}" in explain(report)
    kinds = [each.kind for each in report.signatures]
    assert kinds == (["signature", "timestamp"] if level == "B-LTA" else ["signature"])


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_level_without_a_time_is_refused(years: Years, unsigned: bytes, level: str) -> None:
    with pytest.raises(SignatureError) as caught:
        years.sign(unsigned, level=level, timestamper=None)

    assert [fault.code for fault in caught.value.faults] == ["S140"]


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_level_without_lists_is_refused(years: Years, unsigned: bytes, level: str) -> None:
    with pytest.raises(SignatureError) as caught:
        years.sign(unsigned, level=level, authorities=None)

    assert caught.value.faults[0].code == "S140"


def test_everything_that_a_later_reader_would_miss_is_told_at_once(years: Years, unsigned: bytes, make: Any) -> None:
    """No list of the people's authority, and a list of the other that was due."""
    good = years.authorities(years.now)
    old = years.times.revocations(begin=years.now - 60 * DAY, due=years.now - 30 * DAY)
    poor = replace(good, lists=(revocation_list(old, "old.crl"),))

    with pytest.raises(SignatureError) as caught:
        years.sign(unsigned, authorities=poor)

    told = [fault.found for fault in caught.value.faults]
    assert {fault.code for fault in caught.value.faults} == {"S141"}
    assert told[0] == "no current revocation list for the certificate of “Ada Assessor”"
    assert told[1].startswith("no current revocation list for the certificate of “First Time”, only one due on 21 Oct")


def test_signer_without_root_or_revoked_is_told_before_signing(years: Years, unsigned: bytes, make: Any) -> None:
    good = years.authorities(years.now)
    _, ada = years.world.people["Assessor"]
    gone = years.people.revocations((ada, years.now - DAY), begin=years.now - DAY / 2)
    for authorities, said in (
        (replace(good, roots=good.roots[1:]), "does not lead to a root"),
        (replace(good, lists=(revocation_list(gone, "new.crl"), *good.lists)), "was revoked"),
    ):
        with pytest.raises(SignatureError) as caught:
            years.sign(unsigned, authorities=authorities)

        assert said in caught.value.faults[0].found
        assert "“Ada Assessor”" in caught.value.faults[0].found


def test_list_with_the_issuers_name_and_anothers_key_is_not_taken(years: Years, unsigned: bytes, make: Any) -> None:
    twin = make.authority(name="People Root")
    forged = twin.revocations(begin=years.now - DAY, due=years.now + 30 * DAY)
    good = years.authorities(years.now)

    with pytest.raises(SignatureError) as caught:
        years.sign(unsigned, authorities=replace(good, lists=(revocation_list(forged, "twin.crl"), good.lists[1])))

    assert caught.value.faults[0].found == "no current revocation list for the certificate of “Ada Assessor”"


def test_what_is_embedded_is_covered_by_the_signature_itself(years: Years, at_level: dict[str, bytes]) -> None:
    """One revision holds both, so that no byte of the store can change behind the signature."""
    signed = at_level["B-LT"]
    reader = open_pdf(signed)
    sealed = read_sealed(reader, reader.embedded_signatures[0].signed_revision, years.trust(years.now))

    assert reader.total_revisions == 2
    assert len(sealed.lists) == 2
    assert len(sealed.certificates) == 2  # the signer's and the time service's


# --- years later -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "after", "verified", "judged_then"),
    [
        ("B-B", 0.9, True, False),
        ("B-B", 1.5, False, False),  # the certificate has ended, and nobody knows when it was signed
        ("B-T", 1.5, False, False),  # the time is known; whether the certificate was revoked then is not
        ("B-LT", 1.5, False, False),  # a list is there, but nothing shows that it was there at the time
        ("B-LTA", 1.5, True, True),
        ("B-LTA", 2.5, False, False),  # the time service's own certificate has ended: too late to renew
    ],
)
def test_what_can_be_judged_after_years(
    years: Years, at_level: dict[str, bytes], make: Any, level: str, after: float, verified: bool, judged_then: bool
) -> None:
    """The reader's lists are of the time service's authority only, but while people's certificates last."""
    later = years.now + after * make.year
    trust = years.trust(later, people=after < 1, timestamp="optional")

    report = verify(at_level[level], trust=trust, now=later)

    assert report.verified is verified, report.problems
    assert (report.signatures[0].judged_at == years.now) is judged_then


def test_renewed_archive_outlives_the_first_time_service(years: Years, at_level: dict[str, bytes], make: Any) -> None:
    renewal, later = years.now + 1.9 * make.year, years.now + 10 * make.year
    renewed = archive(at_level["B-LTA"], timestamper=years.second, authorities=years.authorities(renewal), now=renewal)
    trust = years.trust(later)

    report = verify(renewed, trust=trust, now=later)

    assert report.verified, report.problems
    assert renewed.startswith(at_level["B-LTA"])
    person, first, second = report.signatures
    assert (person.level, person.judged_at) == ("B-LTA", years.now)  # of which the first timestamp tells
    assert not person.late_list
    assert (first.judged_at, second.judged_at) == (renewal.replace(microsecond=0), None)
    assert not verify(at_level["B-LTA"], trust=trust, now=later).verified
    assert any("judged as at 20 November 2026" in note for note in report.notes)


def test_signature_of_level_t_is_raised_while_it_can_still_be_judged(
    years: Years, at_level: dict[str, bytes], make: Any
) -> None:
    archived, later = years.now + 30 * DAY, years.now + 5 * make.year
    raised = archive(at_level["B-T"], timestamper=years.second, authorities=years.authorities(archived), now=archived)

    report = verify(raised, trust=years.trust(later), now=later)

    assert report.verified, report.problems
    assert report.signatures[0].level == "B-LTA"


def test_file_of_somebody_who_left_later_can_still_be_archived(
    years: Years, at_level: dict[str, bytes], make: Any
) -> None:
    """Withdrawn after signing: the list tells when, and the signature stays good. Before it: the reader is told."""
    archived, later = years.now + 30 * DAY, years.now + 5 * make.year
    _, ada = years.world.people["Assessor"]
    for left, verified in ((years.now + 10 * DAY, True), (years.now - 10 * DAY, False)):
        told = years.people.revocations((ada, left), begin=archived - DAY / 2, due=archived + 30 * DAY)
        folder = years.authorities(archived, told)

        dated = archive(at_level["B-T"], timestamper=years.second, authorities=folder, now=archived)
        report = verify(dated, trust=years.trust(later), now=later)

        assert report.verified is verified, report.problems
        assert ("S113" in codes(report) or "S115" in codes(report)) is not verified


def test_archive_timestamp_without_lists_shows_a_time_and_no_more(
    years: Years, at_level: dict[str, bytes], make: Any
) -> None:
    archived, later = years.now + 30 * DAY, years.now + 5 * make.year
    dated = archive(at_level["B-T"], timestamper=years.second, now=archived)

    report = verify(dated, trust=years.trust(later), now=later)

    assert report.signatures[0].level == "B-T"
    assert not report.verified  # the first time service has ended, and no list tells of anybody
    assert codes(report) == {"S115", "S117"}


def test_three_people_and_their_archive_are_judged_after_years(years: Years, unsigned: bytes, make: Any) -> None:
    pdf = years.sign(unsigned, "Assessor")
    pdf = years.sign(pdf, "DPO", level="B-LT")
    pdf = years.sign(pdf, "Oversight", timestamper=years.second)
    later = years.now + 8 * make.year

    report = verify(pdf, trust=years.trust(later, required=("Assessor", "DPO", "Oversight"), level="B-LTA"), now=later)

    assert report.verified, report.problems
    assert [each.level for each in report.signatures if each.kind == "signature"] == ["B-LTA"] * 3


def test_revocation_that_became_known_later_still_counts(years: Years, at_level: dict[str, bytes], make: Any) -> None:
    """A list made after the archive timestamp tells of a revocation from before it."""
    later = years.now + 1.5 * make.year
    _, ada = years.world.people["Assessor"]
    for when, verified in ((years.now - DAY, False), (years.now + DAY, True)):
        told = years.people.revocations((ada, when), begin=later - DAY, due=later + 30 * DAY)
        trust = replace(years.trust(later), lists=(*years.trust(later).lists, revocation_list(told, "late.crl")))

        report = verify(at_level["B-LTA"], trust=trust, now=later)

        assert report.verified is verified
        assert ("S113" in codes(report)) is not verified


def test_list_made_after_a_certificate_ended_is_pointed_out(
    years: Years, at_level: dict[str, bytes], make: Any
) -> None:
    """An authority may leave ended certificates out of its list, so that it tells little of them."""
    for after, said in ((0.9, False), (1.5, True)):
        later = years.now + after * make.year
        report = verify(at_level["B-T"], trust=years.trust(later, people=True), now=later)

        assert report.verified, report.problems
        assert any("had ended when the revocation list was made" in note for note in report.notes) is said


def test_folder_may_demand_a_level(years: Years, at_level: dict[str, bytes]) -> None:
    trust = years.trust(years.now, people=True, timestamp="optional", level="B-LT")
    for level, wanted in zip(LEVELS, ({"S147"}, {"S147"}, set(), set()), strict=True):
        assert codes(verify(at_level[level], trust=trust, now=years.now)) == wanted


def test_archive_needs_a_signature_and_an_untouched_file(years: Years, unsigned: bytes, signed_once: bytes) -> None:
    for pdf, code in ((unsigned, "S142"), (signed_once.replace(b"40 40 10 10 re", b"41 40 10 10 re"), "S024")):
        with pytest.raises(SignatureError) as caught:
            archive(pdf, timestamper=years.second, now=years.now)

        assert caught.value.faults[0].code == code


def test_folder_of_authorities_needs_no_roles(world: Any, tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(world.authority.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "list.crl").write_bytes(world.authority.revocations())

    found = load_authorities(tmp_path)

    assert (len(found.roots), len(found.lists), found.lists[0].source) == (1, 1, "list.crl")


# --- other people's programs, and our own checks of PDF/A and PDF/UA ------------------------------------------------


def beside(name: str) -> Callable[[bytes], list[str]]:
    path = Path(__file__).parents[1] / "report" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.problems  # type: ignore[no-any-return]  # a module that is found at run time


@pytest.fixture(scope="module")
def page() -> bytes:
    boxes = "".join(
        f'<p>{role}</p><input type="checkbox" class="sig" name="{role}" title="Signature of the {role}">'
        for role in ("Assessor", "DPO")
    )
    html = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Assessment</title>
    <meta name="dcterms.created" content="2026-11-20T09:00:00+00:00">
    <style>@page {{ size: A4 }} html {{ font-family: "Source Sans Pro"; font-variant-ligatures: none }}
    input.sig {{ appearance: auto; display: block; border: 0.4mm solid #9CA3AF; height: 19mm; width: 120mm }}</style>
    </head><body><h1>Assessment</h1>{boxes}<p style="break-before: page">Second page</p></body></html>"""
    files = (Attached(name="record.json", description="The record", relationship="Source", data=b"{}"),)
    identifier = "sha256:" + "ab" * 32
    return press(html, identifier=identifier, when="2026-11-20T09:00:00+00:00", attachments=files, limits=Limits()).pdf


@pytest.fixture(scope="module")
def pages(years: Years, page: bytes) -> dict[str, bytes]:
    """A page of the report room, signed by two at each level, and the last archived once more."""
    made = {level: years.sign(years.sign(page, level=level), "DPO", level=level) for level in LEVELS}
    when = years.now + 30 * DAY
    made["renewed"] = archive(made["B-LTA"], timestamper=years.second, authorities=years.authorities(when), now=when)
    return made


def test_pdf_a_and_pdf_ua_hold_as_before_at_every_level(page: bytes, pages: dict[str, bytes]) -> None:
    for check in ("accessibility", "archive"):
        problems = beside(check)
        before = problems(page)
        for level, pdf in pages.items():
            assert problems(pdf) == before, (check, level)
    for pdf in pages.values():
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert str(document.Root.get("/Version", "/1.7")) == "/1.7"
            assert set(document.Root.get("/Extensions", {}).keys()) <= {"/ESIC"}


needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("pdfsig", "qpdf", "openssl", "verapdf")
}


@pytest.mark.tools
@needs["qpdf"]
@needs["pdfsig"]
def test_qpdf_and_pdfsig_agree_at_every_level(pages: dict[str, bytes], tmp_path: Path) -> None:
    for level, pdf in pages.items():
        path = tmp_path / f"{level}.pdf"
        path.write_bytes(pdf)

        sound = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        told = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout

        assert sound.returncode == 0, sound.stdout + sound.stderr
        assert told.count("Signature is Valid.") == 2, (level, told)
        assert told.count("  - Total document signed") == 1, (level, told)
        # It knows nothing of timestamps of a document, and says so.
        assert told.count("Signature has not yet been verified") == {"B-LTA": 2, "renewed": 3}.get(level, 0)


@pytest.mark.tools
@needs["openssl"]
def test_openssl_accepts_each_signature_and_each_time(years: Years, pages: dict[str, bytes], tmp_path: Path) -> None:
    """``cms`` for people, ``ts`` for timestamps of the document, each against its root."""
    for name, authority in (("people", years.people), ("times", years.times)):
        (tmp_path / name).write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    at = ("-attime", str(int(years.now.timestamp()) + 1))
    seen = {"cms": 0, "ts": 0}
    for level, pdf in pages.items():
        found = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", pdf)
        for start, end, rest in (tuple(map(int, each)) for each in found):
            (tmp_path / "content").write_bytes(pdf[:start] + pdf[end : end + rest])
            digits = pdf[start + 1 : end - 1]
            data = bytes.fromhex(digits.decode())
            (tmp_path / "container").write_bytes(data)
            kind = "ts" if b"ETSI.RFC3161" in pdf[start - 400 : end + 400] else "cms"
            if kind == "cms":
                how = ["cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any", "-out", "/dev/null"]
                how += ["-content", tmp_path / "content", "-CAfile", tmp_path / "people", *at]
            else:
                how = ["ts", "-verify", "-token_in", "-data", tmp_path / "content", "-CAfile", tmp_path / "times", *at]
            told = subprocess.run(
                ["openssl", *how, "-in", tmp_path / "container"], capture_output=True, text=True, check=False
            )
            assert told.returncode == 0, (level, kind, told)
            seen[kind] += 1

    assert seen == {"cms": 10, "ts": 5}  # two people in five files; two timestamps of a document, and three


@pytest.mark.tools
@needs["verapdf"]
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_verapdf_agrees_at_every_level(pages: dict[str, bytes], tmp_path: Path, flavour: str) -> None:
    for level, pdf in pages.items():
        path = tmp_path / f"{level}.pdf"
        path.write_bytes(pdf)
        told = subprocess.run(["verapdf", "-f", flavour, "--format", "text", path], capture_output=True, text=True)

        assert told.stdout.startswith("PASS"), (level, told.stdout)
