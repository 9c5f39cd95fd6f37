"""Answers of an authority about one certificate (OCSP): asked over HTTP, embedded, and judged without a network.

The responder is a real one on this machine; its answers are made by cryptography's builder. People and times have
certificates that name it and no list anywhere. Cross-checks: openssl, and pyHanko's own reader and judge of such files.
"""

from __future__ import annotations

import datetime as dt
import io
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp

from impact.errors import SettingsError, SignatureError
from impact.settings import load_settings
from impact.signing.archive import archive
from impact.signing.inquiry import inquire
from impact.signing.quiet import wait_for
from impact.signing.responder import asker
from impact.signing.responses import ocsp_response, told
from impact.signing.result import explain
from impact.signing.trust import Authorities, load_trust, revocation_list
from impact.signing.verify import verify

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@dataclass
class Responder:
    """What answers at the address, and what it was asked: it can be told to answer anything."""

    url: str = ""
    known: dict[int, tuple[Any, x509.Certificate]] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    how: Callable[..., bytes] | str | None = None
    by: Any = None
    nonces: bool = True

    def __call__(self, data: bytes, handler: Any) -> bytes:
        self.asked.append(data)
        request = ocsp.load_der_ocsp_request(data)
        authority, certificate = self.known[request.serial_number]
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        if isinstance(self.how, str):
            return getattr(authority.make, self.how)(handler, "application/ocsp-response")  # type: ignore[no-any-return]
        if self.how is not None:
            return self.how(authority, certificate, nonce)
        by = self.by(authority) if self.by else None
        made: bytes = authority.answer(certificate, by=by, nonce=nonce if self.nonces else None)
        return made


@dataclass
class Place:
    """A world whose certificates name only a responder."""

    world: Any
    responder: Responder
    now: dt.datetime
    year: dt.timedelta

    @property
    def authority(self) -> Any:
        return self.world.authority

    @property
    def root(self) -> bytes:
        data: bytes = self.authority.certificate.public_bytes(Encoding.DER)
        return data

    @property
    def ada(self) -> x509.Certificate:
        found: x509.Certificate = self.world.people["Assessor"][1]
        return found

    @property
    def stamp(self) -> x509.Certificate:
        found: x509.Certificate = self.world.stamp[1]
        return found

    def authorities(self, *answers: bytes, lists: tuple[bytes, ...] = ()) -> Authorities:
        kept = tuple(ocsp_response(each, f"answer{at}.ors") for at, each in enumerate(answers))
        return Authorities((self.root,), (), tuple(revocation_list(each, "list.crl") for each in lists), "folder", kept)

    def sign(self, pdf: bytes, level: str = "B-LTA", **how: Any) -> bytes:
        how.setdefault("authorities", self.authorities())
        how.setdefault("ask", asker(seconds=5))
        signed: bytes = self.world.sign(pdf, level=level, **how)
        return signed

    def answers(self, at: dt.datetime, *, ada: bool = True, **about_ada: Any) -> tuple[bytes, ...]:
        """What a reader asks for at ``at``: about the time service, and about the signer."""
        then = {"made": at, "due": at + 7 * DAY}
        found = (self.authority.answer(self.stamp, **then),)
        return (*found, self.authority.answer(self.ada, **then | about_ada)) if ada else found

    def trust(self, *answers: bytes, **how: Any) -> Any:
        return self.world.trust(lists=how.pop("lists", ()), answers=answers, **how)


@pytest.fixture(scope="module")
def place(make: Any, now: dt.datetime, tmp_path_factory: Any) -> Iterator[Place]:
    responder = Responder()
    kinds = {"asked_as": "application/ocsp-request", "kind": "application/ocsp-response"}
    with make.serving(responder, **kinds) as url:
        responder.url = url
        authority = make.authority(name="Answering Root", responder=url)
        authority.make = make
        world = make.world(tmp_path_factory.mktemp("ocsp"), authority=authority)
        for _, certificate in (*world.people.values(), world.stamp):
            responder.known[certificate.serial_number] = (authority, certificate)
        yield Place(world, responder, now, make.year)


@pytest.fixture(autouse=True)
def fresh(place: Place) -> None:
    place.responder.how = place.responder.by = None
    place.responder.nonces = True
    place.responder.asked.clear()


@pytest.fixture(scope="module")
def archived(place: Place, unsigned: bytes) -> bytes:
    """Answered by a deputy, whose certificate goes with the answer.

    Where the root answers itself, pyHanko's judge of archives says NO_POE: it wants the root in the store, where ours
    leaves roots to the reader.
    """
    place.responder.how, place.responder.by = None, lambda authority: authority.deputy()
    return place.sign(unsigned)


@pytest.fixture(scope="module")
def plain(place: Place, unsigned: bytes) -> bytes:
    return place.sign(unsigned, "B-T", authorities=None, ask=None)


def codes(report: Any) -> set[str]:
    return {fault.code for fault in report.problems}


def stored(pdf: bytes) -> list[bytes]:
    """Answers in the document's store, by a reader of PDFs that is not ours."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        store = document.Root.get("/DSS", {})
        assert "/CRLs" not in store
        return [bytes(each.read_bytes()) for each in store.get("/OCSPs", [])]


# --- asked, embedded, judged -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [None, lambda authority: authority.deputy()], ids=["issuer", "deputy"])
@pytest.mark.parametrize("nonces", [True, False], ids=["nonce", "made beforehand"])
def test_certificate_that_names_only_a_responder_is_archived_and_judged_years_later(
    place: Place, unsigned: bytes, by: Any, nonces: bool
) -> None:
    place.responder.by, place.responder.nonces = by, nonces

    pdf = place.sign(unsigned)

    asked = [ocsp.load_der_ocsp_request(each) for each in place.responder.asked]
    assert [each.serial_number for each in asked] == [place.ada.serial_number, place.stamp.serial_number]
    assert all(len(each) < 150 for each in place.responder.asked)  # numbers and digests of names, nothing of the report
    assert len(stored(pdf)) == 2
    later = place.now + 5 * place.year
    today = verify(pdf, trust=place.trust(*place.answers(place.now)), now=place.now)
    years_on = verify(pdf, trust=place.trust(*place.answers(later, ada=False)), now=later)
    for report in (today, years_on):
        assert report.verified, report.problems
        assert report.signatures[0].level == "B-LTA"
    assert (today.signatures[0].judged_at, years_on.signatures[0].judged_at) == (None, place.now)
    assert "certificate: not revoked at that time" in " ".join(explain(years_on))


def test_nobody_is_asked_unless_level_and_caller_allow_it_and_the_folder_has_nothing(
    place: Place, unsigned: bytes
) -> None:
    place.sign(unsigned, "B-T")
    place.sign(unsigned, "B-LT", authorities=place.authorities(lists=(place.authority.revocations(),)))
    with_files = place.sign(unsigned, "B-LT", authorities=place.authorities(*place.answers(place.now)))

    with pytest.raises(SignatureError) as caught:
        place.sign(unsigned, "B-LT", ask=None)
    verify(with_files, trust=place.trust(), now=place.now)

    assert place.responder.asked == []
    assert len(stored(with_files)) == 2
    first = caught.value.faults[0]
    assert [fault.code for fault in caught.value.faults] == ["S141", "S141"]
    assert f"no current answer of its responder ({place.responder.url}), which was not asked" in first.found
    assert "--ocsp" in first.remedy


def test_responder_of_somebody_who_leads_to_no_root_is_not_asked(place: Place, unsigned: bytes, make: Any) -> None:
    """Otherwise a stranger's certificate could send us to any address."""
    stranger = make.authority(name="Answering Root").certificate.public_bytes(Encoding.DER)
    with pytest.raises(SignatureError) as caught:
        place.sign(unsigned, authorities=replace(place.authorities(), roots=(stranger,)))

    assert {fault.code for fault in caught.value.faults} == {"S141"}
    assert place.responder.asked == []


def test_answer_without_a_date_for_the_next_one_speaks_for_half_an_hour(place: Place, unsigned: bytes) -> None:
    """As live responders write it: “ask again whenever you like” (RFC 6960, 4.2.2.1)."""
    place.responder.how = lambda authority, certificate, nonce: authority.answer(certificate, due=None, nonce=nonce)
    later = place.now + 5 * place.year

    report = verify(place.sign(unsigned), trust=place.trust(*place.answers(later, ada=False)), now=later)
    place.responder.how = lambda authority, certificate, nonce: authority.answer(
        certificate, made=place.now - dt.timedelta(minutes=31), due=None
    )
    with pytest.raises(SignatureError) as caught:
        place.sign(unsigned)

    assert report.verified, report.problems
    assert {fault.code for fault in caught.value.faults} == {"S160"}


def other_number(authority: Any, certificate: Any, nonce: bytes) -> bytes:
    return authority.answer(certificate, nonce=bytes(16))  # type: ignore[no-any-return]


def forged(authority: Any, certificate: Any, nonce: bytes) -> bytes:
    """Signed by somebody's own key, in the issuer's name."""
    twin = authority.make.authority(name=authority.name)
    return authority.answer(certificate, by=(twin.key, twin.certificate))  # type: ignore[no-any-return]


def tampered(data: bytes) -> bytes:
    """The status “good” is written over “revoked” (RFC 6960: [1] with a time, [0] empty), the length kept right."""
    from asn1crypto import core
    from asn1crypto import ocsp as asn1

    answer = asn1.OCSPResponse.load(data)
    basic = answer["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["responses"][0]["cert_status"] = asn1.CertStatus("good", core.Null())
    answer["response_bytes"]["response"] = asn1.ParsableOctetString(basic.dump(force=True))
    made: bytes = answer.dump(force=True)
    return made


def whitewashed(authority: Any, certificate: Any, nonce: bytes) -> bytes:
    return tampered(authority.answer(certificate, revoked=authority.begin + DAY))


def weak(authority: Any, certificate: Any, nonce: bytes) -> bytes:
    """Signed with SHA-1, of which two texts with one digest can be made."""
    from asn1crypto import ocsp as asn1

    answer = asn1.OCSPResponse.load(authority.answer(certificate))
    basic = answer["response_bytes"]["response"].parsed
    basic["signature_algorithm"] = {"algorithm": "sha1_ecdsa"}
    basic["signature"] = authority.key.sign(basic["tbs_response_data"].dump(), ec.ECDSA(hashes.SHA1()))
    answer["response_bytes"]["response"] = asn1.ParsableOctetString(basic.dump(force=True))
    made: bytes = answer.dump(force=True)
    return made


def passed_on(authority: Any, certificate: Any, nonce: bytes) -> bytes:
    """About somebody else of the same authority."""
    return authority.answer(authority.issue("Somebody Else")[1])  # type: ignore[no-any-return]


UNUSABLE: dict[str, tuple[Callable[..., bytes] | str, str, str]] = {
    "replayed": (other_number, "S159", "the answer is to another request"),
    "redirect": ("redirect", "S159", "status 302"),
    "damaged": (lambda *_: b"\x30\x82", "S159", "the answer is damaged"),
    "large": (lambda *_: b"0" * 100_001, "S159", "the answer is larger than 100,000 bytes"),
    "refused": (lambda *_: bytes.fromhex("30030a0106"), "S159", "the responder refused: unauthorized"),  # RFC 6960, 2.3
    "unknown": (lambda a, c, n: a.answer(c, unknown=True), "S160", "does not know the certificate"),
    "another": (passed_on, "S160", "the answer is about another certificate"),
    "forged": (forged, "S160", "signed by somebody who may not speak for its authority"),
    "whitewashed": (whitewashed, "S160", "the answer was changed"),
    "weak": (weak, "S160", "signed in a way that is not safe"),
    "no task": (lambda a, c, n: a.answer(c, by=a.deputy(may=False)), "S160", "somebody who may not speak"),
    "person": (lambda a, c, n: a.answer(c, by=a.issue("Clerk")), "S160", "somebody who may not speak"),
    "checkable": (lambda a, c, n: a.answer(c, by=a.deputy(nocheck=False)), "S160", "somebody who may not speak"),
    "ended": (lambda a, c, n: a.answer(c, by=a.deputy(end=a.begin + DAY)), "S160", "somebody who may not speak"),
    "stale": (
        lambda a, c, n: a.answer(c, made=a.begin + 30 * DAY, due=a.begin + 37 * DAY),
        "S160",
        "the answer was due for renewal on 27 December 2025",
    ),
    "future": (lambda a, c, n: a.answer(c, made=a.begin + 400 * DAY, due=a.end), "S160", "the answer is of the future"),
    "revoked": (lambda a, c, n: a.answer(c, revoked=a.begin + DAY), "S141", "was revoked"),
}


@pytest.mark.parametrize(("how", "code", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_answer_that_does_not_count_is_told_and_nothing_is_signed(
    place: Place, unsigned: bytes, how: Any, code: str, said: str
) -> None:
    place.responder.how = how

    with pytest.raises(SignatureError) as caught:
        place.sign(unsigned)

    faults = caught.value.faults
    assert {fault.code for fault in faults} == {code}
    assert all(said in fault.found for fault in faults), faults
    assert len({str(fault) for fault in faults}) == 2  # of the signer, and of the time service


def test_responder_that_dawdles_is_given_up_in_time(place: Place, unsigned: bytes) -> None:
    place.responder.how = "dawdle"
    began = time.monotonic()

    with pytest.raises(SignatureError) as caught:
        place.sign(unsigned, ask=asker(seconds=1))

    assert time.monotonic() - began < 8  # two are asked; each answer would take twenty
    assert "no whole answer within 1 seconds" in caught.value.faults[0].found


# --- what a reader's folder says ------------------------------------------------------------------------------------


def test_revocation_before_signing_counts_and_one_after_it_is_told(place: Place, plain: bytes) -> None:
    at = place.now + 2 * DAY
    for when, verified in ((place.now - DAY, False), (place.now + DAY, True)):
        trust = place.trust(*place.answers(at, revoked=when))

        report = verify(plain, trust=trust, now=at)

        assert report.verified is verified, report.problems
        assert codes(report) == (set() if verified else {"S113"})
        assert report.signatures[0].revocation == ("checked" if verified else "revoked")
        assert report.signatures[0].revoked_on == when
    assert any("was revoked on 21 November 2026, after it signed" in note for note in report.notes)


def test_time_service_that_was_withdrawn_dates_nothing(place: Place, plain: bytes) -> None:
    then = {"made": place.now, "due": place.now + DAY}
    gone = place.authority.answer(place.stamp, revoked=place.now - DAY, **then)

    report = verify(plain, trust=place.trust(gone, place.authority.answer(place.ada, **then)), now=place.now)

    assert not report.verified
    assert not report.signatures[0].timestamp_trusted
    assert "“Test Time”: revoked on 19 November 2026" in str(report.problems)


KEPT = {name: each for name, each in UNUSABLE.items() if each[1] == "S160"}


@pytest.mark.parametrize(("how", "said"), [(each[0], each[2]) for each in KEPT.values()], ids=KEPT)
def test_answer_in_the_folder_that_does_not_count_is_told(place: Place, plain: bytes, how: Any, said: str) -> None:
    """The same answers, kept as files: none is accepted, and the verdict names the certificate and the reason."""
    about_time = place.answers(place.now, ada=False)

    report = verify(plain, trust=place.trust(*about_time, how(place.authority, place.ada, b"")), now=place.now)

    assert not report.verified
    assert codes(report) == {"S114"}
    found = str(report.problems[0])
    assert "“Ada Assessor”" in found
    assert "“Test Time”" not in found
    if "another" in said:  # it is of no use, as if it were not there
        assert f"its responder is {place.responder.url}" in found
    else:
        assert said in found


def test_what_is_missing_is_named_with_the_address_to_ask(place: Place, plain: bytes, archived: bytes) -> None:
    """While certificates last, what stands in the file does not speak: its sender would choose what is known."""
    for pdf in (plain, archived):
        report = verify(pdf, trust=place.trust(), now=place.now)

        assert not report.verified
        assert "S114" in codes(report)
        found = str(next(each for each in report.problems if each.code == "S114"))
        assert f"no current list or answer tells of “Ada Assessor”; its responder is {place.responder.url}" in found
        assert "impact revocations" in found


def test_waived_revocation_still_heeds_an_answer_that_says_revoked(place: Place, plain: bytes) -> None:
    trust = place.trust(*place.answers(place.now, revoked=place.now - DAY))

    assert codes(verify(plain, trust=trust, now=place.now, require_revocation=False)) == {"S113"}
    assert verify(plain, trust=place.trust(), now=place.now, require_revocation=False).verified


def test_answer_of_a_deputy_appointed_after_signing_counts(place: Place, plain: bytes) -> None:
    """Deputies have certificates of a few weeks; the answer is judged as at its own moment, not as at the signing."""
    at = place.now + 60 * DAY
    by = place.authority.deputy(begin=at - DAY, end=at + 14 * DAY)
    then = {"made": at, "due": at + DAY, "by": by}
    answers = [place.authority.answer(each, **then) for each in (place.ada, place.stamp)]

    assert verify(plain, trust=place.trust(*answers), now=at).verified


def test_answer_speaks_no_longer_than_the_certificate_of_whoever_signed_it(place: Place, plain: bytes) -> None:
    """Else a key that was stolen when its certificate had ended could promise years."""
    for end, verified in ((place.now + 3 * DAY, True), (place.now + DAY, False)):
        by = place.authority.deputy(end=end)
        then = {"made": place.now, "due": place.now + 3650 * DAY, "by": by}
        answers = [place.authority.answer(each, **then) for each in (place.ada, place.stamp)]

        assert verify(plain, trust=place.trust(*answers), now=place.now + 2 * DAY).verified is verified


def test_number_of_a_certificate_is_that_of_its_own_authority(place: Place, plain: bytes, make: Any) -> None:
    """Another authority that the reader trusts has withdrawn a certificate of the same number: that is another one."""
    other = make.authority(name="Other Root")
    namesake = replace_number(other, place.ada)
    gone = other.answer(namesake, revoked=place.now - DAY)
    roots = (place.authority.certificate, other.certificate)

    report = verify(plain, trust=place.trust(*place.answers(place.now), gone, roots=roots), now=place.now)

    assert namesake.serial_number == place.ada.serial_number
    assert report.verified, report.problems


def replace_number(authority: Any, like: x509.Certificate) -> x509.Certificate:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cryptography.x509.random_serial_number", lambda: like.serial_number)
        _, certificate = authority.issue("Namesake")
    made: x509.Certificate = certificate
    return made


def test_each_certificate_of_a_chain_needs_its_own_word(
    place: Place, unsigned: bytes, make: Any, tmp_path: Path
) -> None:
    """Root, office, person: the answer about the person says nothing of the office."""
    office = make.authority(name="Office", parent=place.authority)
    key, ben = office.issue("Ben Below")
    office.responder = place.responder.url
    key, ben = office.issue("Ben Below", key=key)
    (tmp_path / "ben.p12").write_bytes(make.p12(key, ben, office.certificate))
    from impact.signing.signer import load_signer

    signer = load_signer(tmp_path / "ben.p12", "secret")
    pdf = place.world.sign(unsigned, signer=signer)
    about = (*place.answers(place.now, ada=False), office.answer(ben))
    of_office = place.authority.revocations()
    gone = place.authority.revocations((office.certificate, place.now - DAY))

    def told_of(*lists: bytes) -> set[str]:
        trust = place.trust(*about, lists=lists)
        report = verify(pdf, trust=trust, now=place.now)
        return codes(report) - {"S120"}  # he is not listed for the role, which is another matter

    assert told_of(of_office) == set()
    assert told_of() == {"S114"}
    assert told_of(gone) == {"S113"}


# --- an archive timestamp later -------------------------------------------------------------------------------------


def test_responders_are_asked_when_a_signature_is_raised(place: Place, plain: bytes) -> None:
    """Withdrawn between signing and archiving: the answer tells when, and the signature stays good."""
    at, later = place.now + 30 * DAY, place.now + 5 * place.year
    for left, verified in ((None, True), (place.now + DAY, True), (place.now - DAY, False)):

        def say(authority: Any, certificate: Any, nonce: bytes, left: Any = left) -> bytes:
            gone = left if certificate == place.ada else None
            made: bytes = authority.answer(certificate, made=at, due=at + DAY, revoked=gone, nonce=nonce)
            return made

        place.responder.how = say
        dated = archive(
            plain, timestamper=place.world.timestamper, authorities=place.authorities(), now=at, ask=asker(seconds=5)
        )
        report = verify(dated, trust=place.trust(*place.answers(later, ada=False)), now=later)

        assert report.verified is verified, report.problems
        assert len(stored(dated)) == 2
        assert report.signatures[0].revoked_on == left
        assert (report.signatures[0].level == "B-LTA") is verified


def test_answer_from_before_is_not_used_again_for_a_later_archive(place: Place, plain: bytes) -> None:
    """An answer without a random number can be replayed; its date is what ends it."""
    old = place.answers(place.now)  # good for a week
    at = place.now + 30 * DAY
    with pytest.raises(SignatureError) as caught:
        archive(plain, timestamper=place.world.timestamper, authorities=place.authorities(*old), now=at)

    assert {fault.code for fault in caught.value.faults} == {"S141"}
    assert all("due for renewal on 27 November 2026" in fault.found for fault in caught.value.faults)


# --- a reader who asks -----------------------------------------------------------------------------------------------


def test_reader_asks_once_and_keeps_the_answers(place: Place, plain: bytes, tmp_path: Path) -> None:
    found = inquire(plain, place.authorities(), now=place.now, ask=asker(seconds=5))

    assert sorted(found.names.values()) == ["Ada Assessor", "Test Time"]
    assert found.faults == ()
    assert len(place.responder.asked) == 2
    kept = tuple(each.data for each in found.answers.values())
    assert verify(plain, trust=place.trust(*kept), now=place.now).verified
    place.responder.how = forged
    worse = inquire(plain, place.authorities(), now=place.now, ask=asker(seconds=5))
    assert (worse.answers, {fault.code for fault in worse.faults}) == ({}, {"S160"})


def test_file_in_the_folder_that_is_no_answer_is_told(place: Place) -> None:
    trust = place.trust(*place.answers(place.now))
    folder = Path(trust.source)
    assert len(load_trust(folder).responses) == 2
    (folder / "refusal.ors").write_bytes(bytes.fromhex("30030a0106"))
    (folder / "page.ors").write_bytes(b"<html>not found</html>")

    with pytest.raises(SignatureError) as caught:
        load_trust(folder)

    assert [fault.code for fault in caught.value.faults] == ["S158", "S158"]
    assert "the responder refused: unauthorized" in caught.value.faults[1].found


@pytest.mark.parametrize("text", ["ask = 1", 'ask = "yes"', "seconds = 0", 'url = "http://ocsp.example"'])
def test_settings_of_responders_are_held_to_their_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "impact.toml").write_text(f"[ocsp]\n{text}\n")

    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={})

    assert [fault.code for fault in caught.value.faults] == ["G002"]


def test_nobody_is_asked_by_default() -> None:
    assert load_settings(Path("/"), environment={}).ocsp_ask is False


# --- other people's programs ----------------------------------------------------------------------------------------


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_what_is_embedded_and_on_what_is_refused(
    place: Place, unsigned: bytes, tmp_path: Path
) -> None:
    """``openssl ocsp -respin`` on each answer from the store, and on forged ones."""
    place.responder.by = lambda authority: authority.deputy()
    answers = stored(place.sign(unsigned))
    (tmp_path / "root.pem").write_bytes(place.authority.certificate.public_bytes(Encoding.PEM))
    at = str(int(place.now.timestamp()) + 1)

    def judged(answer: bytes, certificate: x509.Certificate) -> str:
        (tmp_path / "answer.ors").write_bytes(answer)
        (tmp_path / "one.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        how = ["openssl", "ocsp", "-respin", "answer.ors", "-issuer", "root.pem", "-cert", "one.pem", "-no_nonce"]
        how += ["-CAfile", "root.pem", "-attime", at, "-validity_period", "999999999"]  # of dates we judge ourselves
        ran = subprocess.run(how, cwd=tmp_path, capture_output=True, text=True, check=False)
        return ran.stdout + ran.stderr

    for answer in answers:
        one = (
            place.ada
            if told(ocsp_response(answer, ""), place.ada.public_bytes(Encoding.DER), place.root) == "good"
            else place.stamp
        )
        said = judged(answer, one)
        assert "Response verify OK" in said, said
        assert "one.pem: good" in said, said
    for name in ("forged", "whitewashed", "no task", "person"):
        made = UNUSABLE[name][0](place.authority, place.ada, b"")  # type: ignore[operator]
        assert "Response Verify Failure" in judged(made, place.ada), name
    revoked = judged(place.authority.answer(place.ada, revoked=place.now - DAY), place.ada)
    assert "one.pem: revoked" in revoked


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_responder_of_openssl_is_understood(make: Any, tmp_path: Path) -> None:
    """A responder that is not ours, with a deputy's certificate: one certificate is good, one revoked, one unknown."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    ages = {"begin": now - 9 * DAY, "end": now + 99 * DAY}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = make.authority(responder=f"http://127.0.0.1:{port}/", **ages)
    good, gone, strange = (authority.issue(name, **ages)[1] for name in ("Good", "Gone", "Strange"))
    key, deputy = authority.deputy(**ages)
    for name, one in (("root", authority.certificate), ("deputy", deputy)):
        (tmp_path / f"{name}.pem").write_bytes(one.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    end, left = f"{ages['end']:%y%m%d%H%M%SZ}", f"{now - DAY:%y%m%d%H%M%SZ}"
    lines = [f"V\t{end}\t\t{good.serial_number:040X}\tunknown\t/CN=Good"]
    lines += [f"R\t{end}\t{left}\t{gone.serial_number:040X}\tunknown\t/CN=Gone"]
    (tmp_path / "index.txt").write_text("\n".join(lines) + "\n")
    how = ["openssl", "ocsp", "-index", "index.txt", "-port", str(port), "-rsigner", "deputy.pem", "-rkey", "key.pem"]
    how += ["-CA", "root.pem", "-ndays", "1", "-nrequest", "3"]
    service = subprocess.Popen(how, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert service.stdout is not None
        assert any(b"ACCEPT" in line for line in iter(service.stdout.readline, b""))
        issuer = authority.certificate.public_bytes(Encoding.DER)
        said = []
        for one in (good, gone, strange):
            data = one.public_bytes(Encoding.DER)
            answer = asker(seconds=10)(data, issuer)
            said.append((told(answer, data, issuer), answer.revoked))
    finally:
        service.kill()
        service.communicate()

    assert said == [("good", None), ("revoked", now - DAY), ("unknown", None)]


def test_pyhanko_reads_the_store_and_judges_by_it_alone(place: Place, archived: bytes) -> None:
    """Its own reader of the store, and its own judge of archives (ETSI EN 319 102-1, 5.6.3), two years on."""
    from asn1crypto import ocsp as asn1
    from asn1crypto import x509 as plain_x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import ades, policy_decl
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko_certvalidator import context, registry
    from pyhanko_certvalidator import policy_decl as policies
    from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
    from pyhanko_certvalidator.revinfo.archival import OCSPContainer

    later = place.now + 2 * place.year
    roots = registry.SimpleTrustManager.build(trust_roots=[plain_x509.Certificate.load(place.root)])
    spec = context.CertValidationPolicySpec(
        trust_manager=roots, revinfo_policy=policies.CertRevTrustPolicy(policies.REQUIRE_REVINFO)
    )
    offline = policy_decl.RevocationInfoGatheringSpec(policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY)

    def judged(pdf: bytes) -> Any:
        fresh = place.authority.answer(place.stamp, made=later, due=later + DAY)
        known = policy_decl.LocalKnowledge(known_ocsps=OCSPContainer.load_multi(asn1.OCSPResponse.load(fresh)))
        how = policy_decl.SignatureValidationSpec(spec, offline, local_knowledge=known)
        timing = ValidationTimingInfo(later + SECOND, later + SECOND, point_in_time_validation=True)
        signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
        work = ades.ades_lta_validation(signature, policy_decl.PdfSignatureValidationSpec(how), timing)
        return wait_for(work).ades_subindic

    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(archived)))
    assert (len(store.ocsps), len(store.crls)) == (2, 0)
    assert judged(archived).name == "OK"
    cut = archived[: archived.rindex(b"%%EOF\n", 0, -10) + 6]  # without the archive timestamp
    assert judged(cut).name != "OK"


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig is not installed")
def test_pdfsig_sees_a_whole_signature(archived: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(archived)

    said = subprocess.run(
        ["pdfsig", "-nocert", "a.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout

    assert "Signature is Valid." in said
