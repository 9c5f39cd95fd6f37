"""Several signers, and one who does not approve: what is signed, what is seen, and what verifying makes of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from impact.errors import SignatureError
from impact.signing.result import explain
from impact.signing.sign import fields_of, sign
from impact.signing.signer import Signer, load_signer
from impact.signing.trust import Trust, load_trust
from impact.signing.verify import verify

BOXES = ("Assessor", "Panel1", "Panel2", "Dissent1", "Dissent2", "Oversight")
WHY = "the threshold was never tested on the people whom it is used on"


class Panel:
    """An assessor, two members of a panel who may approve or dissent, and an oversight body."""

    def __init__(self, world: Any, folder: Path, make: Any) -> None:
        self.world, self.folder, self.make = world, folder, make
        self.pairs = dict(world.people)
        for name in ("Ann Member", "Bo Member"):
            self.pairs[name] = world.authority.issue(name)

    def signer(self, who: str) -> Signer:
        path = self.folder / f"{who}.p12"
        if not path.exists():
            path.write_bytes(self.make.p12(*self.pairs[who]))
        return load_signer(path, "secret")

    def sign(self, pdf: bytes, who: str, role: str, **named: Any) -> bytes:
        signed: bytes = self.world.sign(pdf, role, signer=self.signer(who), **named)
        return signed

    def trust(self, text: str) -> Trust:
        """``text`` stands above the roles of roles.yaml."""
        folder = self.folder / f"trust-{len(list(self.folder.glob('trust-*')))}"
        folder.mkdir()
        (folder / "root.pem").write_bytes(self.world.authority.certificate.public_bytes(Encoding.PEM))
        (folder / "list.crl").write_bytes(self.world.authority.revocations())
        lines = [text, "roles:"]
        people = {"Assessor": ["Assessor"], "Oversight": ["Oversight"]}
        for role, who in {**people, **{key: ["Ann Member", "Bo Member"] for key in ("Panel", "Dissent")}}.items():
            marks = [self.pairs[one][1].fingerprint(hashes.SHA256()).hex() for one in who]
            lines += [f"  {role}:", f"    label: The {role}", "    certificates:"]
            lines += [f'      - "sha256:{mark}"' for mark in marks]
        (folder / "roles.yaml").write_text("\n".join(lines) + "\n")
        return load_trust(folder)


@pytest.fixture(scope="module")
def panel(world: Any, make: Any, tmp_path_factory: Any) -> Panel:
    return Panel(world, tmp_path_factory.mktemp("panel"), make)


@pytest.fixture(scope="module")
def certified(panel: Panel, make: Any) -> bytes:
    return panel.sign(make.pdf(BOXES), "Assessor", "Assessor")


@pytest.fixture(scope="module")
def dissented(panel: Panel, certified: bytes) -> bytes:
    """One member approves, the other dissents, and the oversight body signs last."""
    pdf = panel.sign(certified, "Ann Member", "Panel")
    pdf = panel.sign(pdf, "Bo Member", "Dissent", reason=WHY)
    return panel.sign(pdf, "Oversight", "Oversight")


def codes(report: Any) -> list[str]:
    return [fault.code for fault in report.problems]


def refused(*args: Any, **named: Any) -> Any:
    with pytest.raises(SignatureError) as caught:
        sign(*args, **named)
    return caught.value.faults[0]


def test_dissent_is_reported_as_such_and_is_no_fault_of_the_file(panel: Panel, dissented: bytes, now: Any) -> None:
    report = verify(dissented, trust=panel.trust("required: [Assessor, Panel, Oversight]"), now=now)

    assert report.verified, report.problems
    assert [(each.field, each.dissent) for each in report.signatures] == [
        ("Assessor", False),
        ("Panel1", False),
        ("Dissent1", True),
        ("Oversight", False),
    ]
    assert report.to_json()["dissents"] == ["Dissent1"]
    assert report.unsigned == ("Panel2", "Dissent2")
    told = "\n".join(explain(report))
    assert "The Dissent 1: DISSENTS, does not approve: signed by Bo Member" in told
    assert f"DISSENT. The Dissent 1, Bo Member, does not approve: {WHY}." in told
    assert "The Panel 1: signed by Ann Member" in told


def test_words_of_a_dissent_are_what_is_signed_and_what_is_seen(dissented: bytes, certified: bytes) -> None:
    with pikepdf.open(io.BytesIO(dissented)) as pdf:
        field = next(each for each in pdf.Root.AcroForm.Fields if str(each.T) == "Dissent1")
        assert str(field.V.Reason) == f"Dissents: {WHY}"
        assert "/StructParent" in field
        assert str(field.TU) == "Signature of the Dissent1"
        drawn = [field.AP.N, *field.AP.N.Resources.get("/XObject", {}).values()]
        fonts = [font for form in drawn for font in form.get("/Resources", {}).get("/Font", {}).values()]
        maps = b"".join(font.ToUnicode.read_bytes() for font in fonts)
    # The letters of “NOT”, which only a dissent prints in capitals, are in the box's own small font.
    for letter in "NOT":
        assert f"{ord(letter):04x}".encode() in maps.lower()
    assert fields_of(certified) == {**dict.fromkeys(BOXES, False), "Assessor": True}


def test_statement_of_a_dissent_is_bound_by_its_digest(panel: Panel, certified: bytes, now: Any) -> None:
    statement = b"We were not shown the validation."
    trust = panel.trust("required: [Assessor]")
    for words, wanted in ((None, ""), (WHY, f"{WHY}; ")):
        signed = panel.sign(certified, "Bo Member", "Dissent", reason=words, statement=statement)

        check = verify(signed, trust=trust, now=now).signatures[1]
        assert check.reason == f"Dissents: {wanted}statement sha256:{hashlib.sha256(statement).hexdigest()}"


def test_dissent_does_not_meet_a_requirement(panel: Panel, certified: bytes, now: Any) -> None:
    signed = panel.sign(certified, "Bo Member", "Dissent", reason=WHY)

    report = verify(signed, trust=panel.trust("required: [Assessor, Panel]"), now=now)

    assert codes(report) == ["S122"]
    assert report.missing == ("Panel",)


def test_dissent_in_a_box_that_approves_is_no_approval_either(panel: Panel, certified: bytes, now: Any) -> None:
    """Written with other software: ours refuses to."""
    fault = refused(certified, signer=panel.signer("Bo Member"), role="Panel1", reason="dissents: no", now=now)
    assert fault.code == "S144"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impact.signing.sign._said", lambda box, reason, statement: reason)
        signed = panel.sign(certified, "Bo Member", "Panel1", reason="dissents: no")
    report = verify(signed, trust=panel.trust("required: [Panel]"), now=now)

    assert report.signatures[1].dissent
    assert codes(report) == ["S122"]
    assert report.problems[0].found == "this role must have signed, and has dissented instead"


def test_dissent_without_words_and_statement_elsewhere_are_refused(panel: Panel, certified: bytes, now: Any) -> None:
    who = panel.signer("Bo Member")

    assert refused(certified, signer=who, role="Dissent", now=now).code == "S143"
    assert refused(certified, signer=who, role="Dissent", reason=" Dissents: ", now=now).code == "S143"
    assert refused(certified, signer=who, role="Panel", statement=b"x", now=now).code == "S144"


def test_role_of_several_boxes_takes_the_next_that_is_empty(panel: Panel, certified: bytes, now: Any) -> None:
    once = panel.sign(certified, "Ann Member", "Panel")
    twice = panel.sign(once, "Bo Member", "Panel")

    report = verify(twice, trust=panel.trust("required: [Panel1, Panel2]"), now=now)

    assert report.verified, report.problems
    assert [each.role for each in report.signatures] == ["The Assessor", "The Panel 1", "The Panel 2"]
    fault = refused(twice, signer=panel.signer("Ann Member"), role="Panel", now=now)
    assert fault.code == "S022"


def test_one_person_is_not_two_members(panel: Panel, certified: bytes, now: Any) -> None:
    pdf = panel.sign(panel.sign(certified, "Ann Member", "Panel"), "Ann Member", "Panel")

    report = verify(pdf, trust=panel.trust("required: [Panel1, Panel2]"), now=now)

    assert codes(report) == ["S148"]
    assert not report.verified


def test_stranger_to_the_panel_may_neither_approve_nor_dissent(panel: Panel, certified: bytes, now: Any) -> None:
    for role in ("Panel", "Dissent"):
        signed = panel.sign(certified, "Oversight", role, reason="words")

        assert codes(verify(signed, trust=panel.trust("required: [Assessor]"), now=now)) == ["S120"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("required: [Dissent]", ["S149"]),
        ("required: [Assessor, Dissent2]", ["S149"]),
        ("required: [Assessor]\npresent: [Nobody]", ["S047"]),
        ("required: [Assessor]\npresent: all", ["S045"]),
        ("required: [Assessor]\nlevel: gold", ["S045"]),
        ("required: [Panel3]\npresent: [Dissent1]\nlevel: B-LT", []),
    ],
)
def test_demands_of_a_folder_are_read_with_care(panel: Panel, text: str, wanted: list[str]) -> None:
    try:
        trust, found = panel.trust(text), []
    except SignatureError as error:
        found = [fault.code for fault in error.faults]
    else:
        assert (trust.required, trust.present, trust.level) == (("Panel3",), ("Dissent1",), "B-LT")

    assert found == wanted


def test_dissent_cannot_be_cut_off_unseen_where_somebody_required_signed_after_it(
    panel: Panel, dissented: bytes, now: dt.datetime
) -> None:
    """Whoever holds the file may cut off its last signatures: what remains is whole, and says what is empty."""
    ends = [at + 6 for at in range(len(dissented)) if dissented.startswith(b"%%EOF\n", at)]
    before = dissented[: ends[2]]  # the assessor's, and the member's who approves

    plain = verify(before, trust=panel.trust("required: [Assessor, Panel]"), now=now)
    last = verify(before, trust=panel.trust("required: [Assessor, Panel, Oversight]"), now=now)
    known = verify(before, trust=panel.trust("required: [Assessor, Panel]\npresent: [Dissent]"), now=now)

    assert plain.verified
    assert "Dissent1" in plain.unsigned
    assert codes(last) == ["S122"]
    assert codes(known) == ["S146"]
    assert verify(dissented, trust=panel.trust("required: [Assessor]\npresent: [Dissent]"), now=now).verified
