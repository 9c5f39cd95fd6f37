"""Public versions: what is withheld is nowhere in them and cannot be tried out, and what is shown cannot be altered."""

from __future__ import annotations

import copy
import hashlib
import io
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from typer.testing import CliRunner

from impact.assessment.recompute import recompute
from impact.assessment.record import build_record
from impact.assessment.redaction.decisions import read_decisions
from impact.assessment.redaction.leaves import OUTSIDE, content, cut, join
from impact.assessment.redaction.public import make_public
from impact.assessment.redaction.recheck import barred_rightly, belongs, sealed
from impact.assessment.redaction.tree import commitment, root
from impact.canonical import canonical_json
from impact.chain.build import Document, build
from impact.cli.app import app
from impact.errors import AnswerError
from impact.report import DOCUMENTS, render_html
from impact.resources import find
from impact.settings import Settings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "5f" * 32
NOTE = "Two reviewers of Quillon Partnership sign each case"
ANSWERS = """
  A2: {value: "The tool compares people with a list, and an officer decides what follows from a match that it shows."}
  A5: {value: [person]}
  A7: {value: %(A7)s}
  A9: {value: 48611}
  B2: {value: "The Head of Operations"}
  D4: {value: [health]}
  F2:
    value: "%(F2)s"
    note: "%(NOTE)s"
    evidence: [{file: evidence/rota.md, title: Rota of the second desk, date: 2026-10-01}]
  F5: {value: "yes"}
  Q1: {value: 2027-05-01}
"""
HEAD = """version: 1
assessment:
  id: withheld-2026
  title: "A list, and who looks at it"
  version: "1.0"
  date: 2026-11-20
  status: final
  organisation: Example Police Service
  system: {name: List Tool}
  assessors: [{name: A. Assessor, role: Assessor}]
pack: {id: uk-policing, version: "1.0.0"}
answers:"""
DECIDED = "ground: FOIA 2000 s.31, decided_by: R. Officer, decided_on: 2026-11-21"
IDS = ("F2", "A9", "A7", "levels", "audit")


def write_folder(
    folder: Path, repo: Path, *, a7: str = "stop-or-investigation", f2: str = "yes", audit: bool = False
) -> Path:
    folder.mkdir()
    given = ANSWERS % {"A7": a7, "F2": f2, "NOTE": NOTE}
    (folder / "assessment.yaml").write_text(HEAD + given, encoding="utf-8")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "rota.md").write_text("Who sits where.\n", encoding="utf-8")
    (folder / "seal.yaml").write_text(f'version: 1\nsecret: "{SECRET}"\n', encoding="utf-8")
    entries = "\n".join(f"  - {{id: {name}, reason: Tells how cases are handled, {DECIDED}}}" for name in IDS)
    (folder / "withhold.yaml").write_text(f"version: 1\nwithheld:\n{entries}\n", encoding="utf-8")
    if audit:
        for name in ("audit.yaml", "cells.csv"):
            shutil.copy(repo / "examples" / "met-lfr-2025" / name, folder / name)
    return folder


def full_of(folder: Path) -> dict[str, Any]:
    built = build_record(folder, settings=Settings(), step=lambda _: None, second_opinion=False)
    return json.loads(canonical_json(built.record))


def public_of(folder: Path, *ids: str) -> dict[str, Any]:
    decisions = read_decisions(folder, ids)
    return make_public(full_of(folder), None, {}, decisions=decisions, where="here", settings=Settings()).record


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repo) -> Path:
    return write_folder(tmp_path_factory.mktemp("redaction") / "one", repo)


@pytest.fixture(scope="module")
def full(folder) -> dict[str, Any]:
    return full_of(folder)


@pytest.fixture(scope="module")
def public(folder) -> dict[str, Any]:
    return public_of(folder, "F2", "A9")


@pytest.fixture(scope="module")
def documents(tmp_path_factory, repo) -> tuple[Document, Document]:
    """The full report and its public summary, of a folder with an audit."""
    folder = write_folder(tmp_path_factory.mktemp("documents") / "two", repo, audit=True)
    named: dict[str, Any] = {"settings": Settings(), "now": NOW, "step": lambda _: None, "second_opinion": False}
    whole = build(folder, **named)
    return whole, build(folder, **named, withhold=("F2", "A9", "audit"), name="mopac-decision")


# The tree.


def by_hand(leaves: dict[str, str]) -> str:
    """RFC 6962 section 2.1 for three leaves, with what record 28 puts into leaf and root, from hashlib alone."""

    def sha(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    one, two, three = (
        sha(b"\x00", len(name).to_bytes(4, "big"), name.encode(), bytes.fromhex(leaves[name][7:]))
        for name in sorted(leaves)
    )
    top = sha(b"\x01", sha(b"\x01", one, two), three)
    return "sha256:" + sha(b"\x03", b"impact/seal/1", (3).to_bytes(8, "big"), top).hex()


def test_root_and_commitment_are_those_of_the_definition():
    salted = hashlib.sha256(b"\x02" + b"impact/seal/1" + bytes(32) + b'"Yes"').hexdigest()
    leaves = {name: "sha256:" + hashlib.sha256(name.encode()).hexdigest() for name in ("b", "a", "c")}

    assert commitment("Yes", bytes(32)) == f"sha256:{salted}"
    assert root(leaves) == by_hand(leaves)


def test_an_inner_node_cannot_pass_for_a_leaf():
    leaves = {name: "sha256:" + hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "c", "d")}
    nodes = [
        hashlib.sha256(b"\x00" + (1).to_bytes(4, "big") + name.encode() + bytes.fromhex(leaves[name][7:])).digest()
        for name in "abcd"
    ]
    pair = ["sha256:" + hashlib.sha256(b"\x01" + nodes[at] + nodes[at + 1]).hexdigest() for at in (0, 2)]

    for names in itertools.product(("a", "b", "ab", ""), ("c", "d", "cd")):
        assert root(dict(zip(names, pair, strict=True))) != root(leaves)


def test_every_part_of_a_record_is_in_one_leaf(full):
    leaves = cut(full)

    assert canonical_json(join(leaves)) == canonical_json(content(full))
    assert set(full) - set(content(full)) == {"schema", "seal"} <= set(OUTSIDE)


# What is made.


def test_a_public_version_holds_and_belongs_to_the_full_record(full, public):
    shown = recompute(copy.deepcopy(public), None, settings=Settings())

    assert sealed(full).same
    assert sealed(public).same
    assert belongs(public, full).same
    assert public["redaction"]["root"] == full["seal"]["root"]
    assert [(one.what, one.same) for one in shown] == [("scores", True)]
    assert "are withheld and cannot be computed again" in shown[0].text


def test_what_gives_an_answer_away_goes_with_it(full, public):
    withheld = public["redaction"]["withheld"]
    asked = {one["id"]: one for section in public["questionnaire"]["sections"] for one in section["questions"]}

    # B13 to B15 hang on nothing; F2 is a safeguard, A9 a risk with a floor: worked out by hand from the pack’s files.
    assert {"answer/F2", "credit/F2", "answer/A9", "scoring/floors/FL-1", "inputs/1", "evidence/1"} <= set(withheld)
    assert {"scoring/index", "scoring/completeness", "block/enquiries"} <= set(withheld)
    assert asked["F2"]["state"] == "withheld"
    assert asked["F2"]["answer"] is None
    assert "F2" not in public["answers"]
    assert public["answers"]["F5"] == full["answers"]["F5"]
    assert asked["F5"]["state"] == "answered"
    assert "secret" not in json.dumps(public)
    assert "seal" not in public


def test_a_reader_cannot_tell_which_answer_was_given(tmp_path, repo):
    """Whatever the answers are, the same parts are shown, and they say the same."""
    seen = set()
    for number, (a7, f2) in enumerate(
        [("stop-or-investigation", "yes"), ("inconvenience", "no"), ("arrest-or-dismissal", "yes")]
    ):
        told = public_of(write_folder(tmp_path / str(number), repo, a7=a7, f2=f2), "A7", "F2", "levels")
        redaction = told.pop("redaction")
        seen.add((canonical_json(told), tuple(sorted(redaction["withheld"])), tuple(redaction["kept"])))

    assert len(seen) == 1


def test_another_version_of_a_record_has_other_salts(tmp_path, repo, public):
    """A version that shows an answer does not give away the salt of the version that withholds it."""
    other = write_folder(tmp_path / "later", repo)
    text = (
        (other / "assessment.yaml")
        .read_text(encoding="utf-8")
        .replace('version: "1.0"\n  date', 'version: "1.1"\n  date')
    )
    (other / "assessment.yaml").write_text(text, encoding="utf-8")
    shown = public_of(other, "A9")

    assert shown["answers"]["F2"]["value"] == "yes"
    assert not set(shown["redaction"]["salts"].values()) & set(public["redaction"]["salts"].values())
    leaf = cut(shown)["answer/F2"]
    salt = bytes.fromhex(shown["redaction"]["salts"]["answer/F2"])
    assert commitment(leaf, salt) != public["redaction"]["withheld"]["answer/F2"]["digest"]


def test_the_same_folder_gives_the_same_public_record_and_one_without_a_seal_keeps_its_bytes(
    tmp_path, folder, public, full
):
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare)
    (bare / "seal.yaml").unlink()
    (bare / "withhold.yaml").unlink()

    assert canonical_json(public_of(folder, "F2", "A9")) == canonical_json(public)
    assert full_of(bare) == {key: part for key, part in full.items() if key != "seal"}


# Attacks on a public record. Each must be answered NO.


def _swap(record: dict[str, Any]) -> None:
    held = record["redaction"]["withheld"]
    one, two = held["answer/F2"], held["answer/A9"]
    one["digest"], two["digest"] = two["digest"], one["digest"]
    for decision in record["redaction"]["decisions"]:
        decision["digest"] = held[decision["parts"][0]]["digest"]


def _answer(record: dict[str, Any]) -> None:
    record["answers"]["B2"]["value"] = "Nobody"
    for question in _questions(record):
        if question["id"] == "B2":
            question["answer"]["value"] = "Nobody"


def _questions(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for section in record["questionnaire"]["sections"] for one in section["questions"])


def _drop(record: dict[str, Any]) -> None:
    del record["redaction"]["withheld"]["answer/A9"]
    record["redaction"]["parts"] -= 1


def _never_there(record: dict[str, Any]) -> None:
    record["redaction"]["withheld"]["answer/F9"] = {"digest": "sha256:" + "a" * 64, "with": ["F2"]}
    record["redaction"]["parts"] += 1


def _renamed(record: dict[str, Any]) -> None:
    """The bar of an answer over another question’s."""
    held = record["redaction"]["withheld"]
    held["answer/F2"], held["credit/F2"] = held["credit/F2"], held["answer/F2"]
    record["redaction"]["decisions"][0]["digest"] = held["answer/F2"]["digest"]


def _hide_more(record: dict[str, Any]) -> None:
    """A shown answer barred without the salt: its digest is made up."""
    del record["redaction"]["salts"]["answer/F5"]
    record["redaction"]["withheld"]["answer/F5"] = {"digest": "sha256:" + "b" * 64, "with": ["F2"]}
    del record["answers"]["F5"]
    for question in _questions(record):
        if question["id"] == "F5":
            question |= {"state": "withheld", "answer": None, "value": None, "author": None, "date": None}


def _beside(record: dict[str, Any]) -> None:
    record["history"] = {"events": 1, "head": "0", "last": None, "unrecorded": []}


def _in_a_blank(record: dict[str, Any]) -> None:
    next(one for one in _questions(record) if one["id"] == "F2")["reason"] = "It was answered with no"


def _order(record: dict[str, Any]) -> None:
    record["questionnaire"]["sections"].reverse()


def _salts(record: dict[str, Any]) -> None:
    salts = record["redaction"]["salts"]
    salts["answer/F5"], salts["answer/B2"] = salts["answer/B2"], salts["answer/F5"]


def _digest_printed(record: dict[str, Any]) -> None:
    record["redaction"]["decisions"][0]["digest"] = "sha256:" + "c" * 64


def _nobodys(record: dict[str, Any]) -> None:
    record["redaction"]["decisions"] = record["redaction"]["decisions"][:1]


def _kept(record: dict[str, Any]) -> None:
    record["redaction"]["kept"] = ["answer/F5"]


def _merged(record: dict[str, Any]) -> None:
    """Two withheld leaves given as the one node above them."""
    held = record["redaction"]["withheld"]
    names = sorted({*held, *record["redaction"]["salts"]})
    one, two = next(pair for pair in itertools.pairwise(names) if set(pair) <= set(held))
    both = [
        hashlib.sha256(b"\x00" + len(n).to_bytes(4, "big") + n.encode() + bytes.fromhex(held[n]["digest"][7:])).digest()
        for n in (one, two)
    ]
    held[one]["digest"] = "sha256:" + hashlib.sha256(b"\x01" + both[0] + both[1]).hexdigest()
    del held[two]
    record["redaction"]["parts"] -= 1


def _as_if_full(record: dict[str, Any]) -> None:
    record["redaction"] = None


ATTACKS = (
    _answer, _swap, _drop, _never_there, _renamed, _hide_more, _beside, _in_a_blank, _order, _salts, _digest_printed,
    _nobodys, _kept, _merged, _as_if_full,
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.strip("_"))
def test_an_altered_public_version_does_not_verify(attack: Callable[[dict[str, Any]], None], public):
    altered = copy.deepcopy(public)
    attack(altered)

    assert sealed(altered).same is False  # type: ignore[union-attr]


def test_a_public_version_of_another_record_does_not_belong(tmp_path, repo, full):
    other = public_of(write_folder(tmp_path / "other", repo, f2="no"), "F2", "A9")
    forged = copy.deepcopy(other)
    forged["redaction"]["root"] = full["seal"]["root"]

    assert sealed(other).same
    assert belongs(other, full).same is False
    assert sealed(forged).same is False
    assert belongs(forged, full).same is False


def test_a_rule_that_is_shown_and_does_not_follow_is_found_although_somebody_sealed_it(folder, full):
    """An insider seals a record with a false state; the parts that are shown are computed again without the bars."""
    from impact.assessment.redaction.seal import seal_block

    lying = copy.deepcopy(full)
    flag = next(one for one in lying["scoring"]["flags"] if one["id"] == "RF-A2")
    flag["state"] = "clear" if flag["state"] == "fired" else "fired"
    lying["seal"] = seal_block({key: part for key, part in lying.items() if key != "seal"}, bytes.fromhex(SECRET))
    decisions = read_decisions(folder, ("F2",))
    told = make_public(lying, None, {}, decisions=decisions, where="here", settings=Settings()).record

    assert sealed(told).same  # type: ignore[union-attr]
    hidden = "scoring/flags/RF-A2" in told["redaction"]["withheld"]
    assert hidden or [one.same for one in recompute(told, None, settings=Settings())] == [False]


def test_whoever_holds_the_full_record_finds_what_is_hidden_for_no_decision_or_shown_although_it_tells_one(
    full, public
):
    told = public["redaction"]
    salts, withheld = dict(told["salts"]), dict(told["withheld"])
    del salts["answer/F5"]
    hiding = {**public, "redaction": {**told, "salts": salts, "withheld": {**withheld, "answer/F5": {"with": ["F2"]}}}}
    del withheld["scoring/index"]
    telling = {**public, "redaction": {**told, "withheld": withheld}}

    assert barred_rightly(public, full, Settings()).same
    assert "for no decision, the first is answer/F5" in barred_rightly(hiding, full, Settings()).text
    assert barred_rightly(telling, full, Settings()).same is False


# Nothing of what is withheld is in the bytes of any document.


def everything(document: Document) -> list[bytes]:
    """The PDF, each of its streams unpacked, its attachments among them; the page; every other file."""
    pdf = document.files["report.pdf"]
    found = [pdf, *document.files.values()]
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for item in opened.objects:
            if isinstance(item, pikepdf.Stream):
                found.append(item.read_bytes())
        found.append(str(opened.docinfo).encode() + str(opened.Root.get("/Lang", "")).encode())
    if shutil.which("pdftotext"):
        done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
        found.append(b" ".join(done.stdout.split()))
    return found


def tried(salts: list[bytes], values: list[bytes]) -> Iterator[bytes]:
    """Digests that somebody may try: of each value alone and with each salt, in the ways that this record hashes."""
    prefixes = [b"", b"\x00", b"\x02", b"\x02impact/seal/1", b"impact/seal/1"]
    for value, salt, prefix in itertools.product(values, [b"", bytes(32), *salts], prefixes):
        yield hashlib.sha256(prefix + salt + value).hexdigest().encode()
        if not salt and not prefix:
            for other in (hashlib.sha1, hashlib.md5, hashlib.sha512):
                yield other(value).hexdigest().encode()


def test_nothing_withheld_stands_in_the_bytes_nor_can_be_found_by_trying(documents):
    whole, part = documents
    told, leaves = part.record["redaction"], cut(json.loads(whole.files["record.json"]))
    salts = [bytes.fromhex(one) for one in told["salts"].values()]
    entry = leaves["answer/F2"]
    values = [
        *(
            canonical_json(one)
            for one in (entry, entry["entry"], entry["given"], entry["entry"]["answer"], leaves["answer/A9"])
        ),
        *(b"Yes", b"yes", b'"yes"', b"true", b"No", b"no", b'"no"', b"false", b"48611", b"48611.0", b"48,611"),
    ]
    public, full = b"\n".join(everything(part)), b"\n".join(everything(whole))
    secret = [NOTE.encode(), b"Quillon", b"48611", b"48,611", b"Rota of the second desk", b"rota.md", SECRET.encode()]
    secret += [one["digest"].encode() for one in json.loads(whole.files["record.json"])["inputs"][:1]]
    secret += [whole.record["audit"]["cells_digest"].encode(), b"203 deployments"]

    # Five digits may stand in a digest by chance; digests are looked at below.
    plain = re.sub(rb"[0-9a-f]{32,}", b"", public)
    assert [word for word in secret if word in (plain if word.isdigit() else public)] == []
    assert [word for word in secret if word not in full and word != SECRET.encode()] == []  # the search can find
    written = {
        found.group(1)[:size] for found in re.finditer(rb"(?=([0-9a-f]{32,128}))", public) for size in (32, 40, 64, 128)
    }
    assert len(written) > 1000
    assert not written & set(tried(salts, values))
    assert not [value for value in values if hashlib.sha256(value).digest() in public]  # nor as bytes
    own = hashlib.sha256(b"\x02impact/seal/1" + _salt_of(whole, "answer/F2") + canonical_json(entry)).hexdigest()
    assert own.encode() in written  # and trying can succeed: with the one salt that is withheld
    assert not {name for name in part.files if name.endswith(".parquet")} | ({"findings.json"} & set(part.files))


def _salt_of(document: Document, name: str) -> bytes:
    from impact.assessment.redaction.seal import salts_of

    return salts_of(json.loads(document.files["record.json"]), bytes.fromhex(SECRET))[name]


def test_a_bar_is_words_with_reason_ground_and_digest_and_never_says_unanswered(documents):
    page = documents[1].files["report.html"].decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", " ", page, flags=re.S)).split())
    digest = documents[1].record["redaction"]["withheld"]["answer/F2"]["digest"]

    assert f"Withheld: Tells how cases are handled (FOIA 2000 s.31). Digest {digest}." in text
    assert "PUBLIC VERSION – PARTS WITHHELD" in text
    assert documents[0].record["seal"]["root"] in text
    assert "was not counted" not in text
    assert "was not audited" not in text
    assert not re.search(r"F2 [^.]{0,120}(Unanswered|nobody has answered)", text)


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "review"])
def test_every_document_shows_bars_and_takes_nothing_withheld_for_missing(name: str, documents):
    record = json.loads(documents[1].files["record.json"])
    record["templates"] = {key: part for key, part in record["templates"].items() if key != "document"}
    record["templates"] |= {} if name == "general" else {"document": name}
    page = render_html(canonical_json(record), cells=None, templates=find("templates", "default", Settings()))
    text = " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", " ", page, flags=re.DOTALL)).split())

    assert "PUBLIC VERSION – PARTS WITHHELD" in text
    assert [one["id"] for one in record["redaction"]["decisions"] if one["digest"] not in text] == []
    assert record["redaction"]["root"] in text
    assert not re.search(r"(was|were) not (counted|audited)", text)
    assert 'class="bar"' in page


def test_verify_says_what_was_computed_again_and_holds_it_against_the_full_document(documents, tmp_path):
    from impact.chain.verify import verify_document
    from impact.signing.practice import PASSPHRASE, make_practice
    from impact.signing.sign import sign
    from impact.signing.signer import load_signer, load_timestamper
    from impact.signing.trust import load_trust

    make_practice(tmp_path / "keys", now=NOW)
    roles = (tmp_path / "keys" / "roles.yaml").read_text(encoding="utf-8")
    (tmp_path / "keys" / "roles.yaml").write_text(
        re.sub(r"required: \[.*?\]", "required: [Assessor]", roles), encoding="utf-8"
    )
    signer = load_signer(tmp_path / "keys" / "assessor.p12", PASSPHRASE)
    stamp = load_timestamper(tmp_path / "keys" / "timestamp.p12", PASSPHRASE)
    whole, part = (
        sign(one.files["report.pdf"], signer=signer, role="Assessor", reason=None, timestamper=stamp, now=NOW)
        for one in documents
    )
    trust = load_trust(tmp_path / "keys")

    def asked(pdf: bytes, full: bytes | None = None) -> dict[str, bool | None]:
        found = verify_document(pdf, trust=trust, settings=Settings(), now=NOW, full=full)
        return {one.key: one.holds for one in found.questions}

    held = asked(part, whole)
    assert {key: held[key] for key in ("record", "sealed", "cells", "findings", "scores", "full")} == {
        "record": True, "sealed": True, "cells": None, "findings": None, "scores": True, "full": True,
    }  # fmt: skip
    assert held["bars"] is True
    assert asked(part)["full"] is None
    assert asked(whole)["sealed"] is True
    assert asked(part, part)["full"] is False
    assert asked(part, whole[:-40])["full"] is False


# What is refused.


def refused(folder: Path, *ids: str, **named: Any) -> list[str]:
    with pytest.raises(AnswerError) as error:
        build(folder, settings=Settings(), now=NOW, step=lambda _: None, second_opinion=False, withhold=ids, **named)
    return [fault.code for fault in error.value.faults]


def test_a_part_is_withheld_by_somebody_for_a_reason_from_a_sealed_record_or_not_at_all(tmp_path, repo):
    folder = write_folder(tmp_path / "one", repo)

    assert refused(folder, "B2") == ["A165"]
    (folder / "withhold.yaml").write_text(f"version: 1\nwithheld: [{{id: B99, reason: none, {DECIDED}}}]\n")
    assert refused(folder, "listed") == ["A164"]
    (folder / "seal.yaml").write_text("version: 1\nsecret: short\n")
    assert refused(folder, "listed") == ["A162"]
    (folder / "seal.yaml").unlink()
    assert refused(folder, "listed") == ["A160"]


def test_from_a_review_nothing_is_withheld_because_it_carries_a_whole_record(tmp_path, repo):
    folder = write_folder(tmp_path / "a", repo)

    with pytest.raises(AnswerError) as caught:
        build(folder, settings=Settings(), now=NOW, step=lambda _: None, name="review", withhold=["F2"])

    assert [fault.code for fault in caught.value.faults] == ["A188"]


def test_bars_that_would_hide_nothing_are_refused(tmp_path, repo):
    """Words of the answer stand elsewhere; counts that may point at a person would be attached."""
    folder = write_folder(tmp_path / "one", repo, audit=True)
    text = (folder / "assessment.yaml").read_text(encoding="utf-8")
    (folder / "assessment.yaml").write_text(
        text.replace("The Head of Operations", f"Head of Operations. {NOTE}"), encoding="utf-8"
    )

    assert "A167" in refused(folder, "F2", "audit")


def test_levels_that_leave_one_answer_possible_are_refused(repo, tmp_path):
    """In the example the outcome needs HS-11, which B8 alone fires: the level that stays would tell the answer."""
    folder = tmp_path / "one"
    shutil.copytree(repo / "examples" / "intelligence-platform", folder)
    (folder / "seal.yaml").write_text(f'version: 1\nsecret: "{SECRET}"\n', encoding="utf-8")
    entry = f"reason: none, {DECIDED}, stands_elsewhere: an example"
    (folder / "withhold.yaml").write_text(f"version: 1\nwithheld: [{{id: B9, {entry}}}, {{id: levels, {entry}}}]\n")

    with pytest.raises(AnswerError) as error:
        public_of(folder, "B9")
    assert [fault.code for fault in error.value.faults] == ["A166"]
    assert sealed(public_of(folder, "B9", "levels")).same  # type: ignore[union-attr]


def test_the_seal_is_made_once(tmp_path):
    runner = CliRunner()
    made = runner.invoke(app, ["new", "uk-council-short", str(tmp_path / "new")])
    again = runner.invoke(app, ["seal", str(tmp_path / "new"), "--json"])
    other = tmp_path / "old"
    other.mkdir()
    first = runner.invoke(app, ["seal", str(other), "--json"])

    assert made.exit_code == 0
    assert (tmp_path / "new" / "seal.yaml").is_file()
    assert isinstance(again.exception, AnswerError)
    assert again.exception.faults[0].code == "A161"
    assert first.exit_code == 0
    assert re.search(r'secret: "[0-9a-f]{64}"', (other / "seal.yaml").read_text())


# Tables of an audit, and other packs.

PLAN = """version: 1
title: Letters
question: Are letters of some districts read later?
pool: Every letter of four months
unit: {row: letter}
source: {kind: csv, path: data/letters.csv}
columns:
  decision: {name: late, yes: ["yes"], no: ["no"], effect: burden, label: read late}
  outcome: {name: urgent, yes: ["yes"], no: ["no"], label: urgent}
  time: {name: day, period: month}
groups:
  district: {name: district, label: District, values: [North, South]}
plan: {primary: [selection_rate]}
"""


def write_audit(folder: Path) -> Path:
    rows = ["late,urgent,day,district"]
    for month, (late, urgent, district) in itertools.product(
        range(1, 5), itertools.product(("yes", "no"), ("yes", "no"), ("North", "South"))
    ):
        rows += [f"{late},{urgent},2026-0{month}-11,{district}"] * (12 + month + 3 * (district == "South"))
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "letters.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "audit.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "assessment.yaml").write_text(HEAD.partition("pack:")[0], encoding="utf-8")
    (folder / "seal.yaml").write_text(f'version: 1\nsecret: "{SECRET}"\n', encoding="utf-8")
    entries = "\n".join(f"  - {{id: {name}, reason: not finished, {DECIDED}}}" for name in ("periods", "rates"))
    (folder / "withhold.yaml").write_text(f"version: 1\nwithheld:\n{entries}\n", encoding="utf-8")
    return folder


def test_a_further_table_takes_all_further_counts_with_it_and_the_rest_is_computed_again(tmp_path):
    folder = write_audit(tmp_path / "one")
    built = build_record(folder, settings=Settings(), step=lambda _: None, second_opinion=False)
    record = json.loads(canonical_json(built.record))

    def made(*ids: str) -> Any:
        decisions = read_decisions(folder, ids)
        return make_public(
            record, built.cells, built.aggregates, decisions=decisions, where="here", settings=Settings()
        )

    public = made("periods")
    again = recompute(copy.deepcopy(public.record), public.cells, settings=Settings(), aggregates=public.aggregates)
    altered = copy.deepcopy(public.record)
    altered["audit"]["tables"]["rates"][0]["k"] += 1

    assert "periods" in built.aggregates
    assert public.aggregates == {}
    assert {"periods", "timeline", "changes"}.isdisjoint(public.record["audit"]["tables"])
    assert public.record["audit"]["findings"] == record["audit"]["findings"]
    assert [(one.what, one.same) for one in again] == [("cells", True), ("findings", True)]
    assert "parts are withheld" in again[1].text
    assert not recompute(altered, public.cells, settings=Settings())[1].same
    assert sealed(altered).same is False  # type: ignore[union-attr]
    with pytest.raises(AnswerError) as error:  # everything follows from the counts of the rates
        made("rates")
    assert [fault.code for fault in error.value.faults] == ["A164"]


def test_small_counts_are_not_attached_to_a_public_version(tmp_path):
    folder = write_audit(tmp_path / "one")
    data = folder / "data" / "letters.csv"
    data.write_text(data.read_text(encoding="utf-8") + "yes,yes,2026-05-11,North\n", encoding="utf-8")
    text = (folder / "withhold.yaml").read_text(encoding="utf-8").replace("id: rates", "id: summary")
    (folder / "withhold.yaml").write_text(text, encoding="utf-8")
    small = refused(folder, "summary")
    (folder / "withhold.yaml").write_text(f"{text}small_counts_public: Published in June\n", encoding="utf-8")

    assert small == ["A168"]
    assert build(
        folder, settings=Settings(), now=NOW, step=lambda _: None, second_opinion=False, withhold=["summary"]
    ).record["redaction"]["small_counts_public"]


def test_levels_by_points_and_short_forms_have_public_versions_too(tmp_path):
    from datetime import date

    from impact.assessment.new import new_assessment
    from impact.questionnaire.points.importing import import_survey
    from impact.report.view import build_view

    survey = Path(__file__).parents[1] / "questionnaire" / "data" / "survey.json"
    files, _ = import_survey(survey, pack="small", version="1.0.0", title="", language="en", now=NOW)
    for name, data in files.items():
        path = tmp_path / "packs" / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    settings = Settings(packs=(tmp_path / "packs",))
    cases = (
        ("small", "who: item2-4\n  what: x-3\n", ("who", "levels")),
        ("uk-council-short", "A7: lost-service\n  A9: 1200\n", ("A7",)),
    )
    for pack, answers, ids in cases:
        folder = tmp_path / pack
        new_assessment(folder, pack=pack, settings=settings, today=date(2026, 11, 20))
        path = folder / "assessment.yaml"
        path.write_text(path.read_text(encoding="utf-8").partition("answers:\n")[0] + f"answers:\n  {answers}", "utf-8")
        entries = "\n".join(f"  - {{id: {name}, reason: not finished, {DECIDED}}}" for name in ids)
        (folder / "withhold.yaml").write_text(f"version: 1\nwithheld:\n{entries}\n", encoding="utf-8")
        built = build_record(folder, settings=settings, step=lambda _: None)
        record = json.loads(canonical_json(built.record))
        decisions = read_decisions(folder, ids)
        told = make_public(record, None, {}, decisions=decisions, where="here", settings=settings).record
        shown = {"templates": {"set": "default", "digest": "", "layer": "bundled", "changes": []}, "render": {}}
        view = build_view({**told, **shown}, digest="", cells=None, practice=False, medium="html", style="")

        assert sealed(told).same  # type: ignore[union-attr]
        assert belongs(told, record).same
        assert [one.same for one in recompute(copy.deepcopy(told), None, settings=settings)] == [True]
        if pack == "small":
            assert view.cover.headlines[0].main == "Withheld"
        else:
            assert view.short_form.verdict.startswith("Withheld: ")  # type: ignore[union-attr]  # a short form
