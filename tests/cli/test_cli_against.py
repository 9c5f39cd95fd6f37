"""A counter-assessment from end to end, by the commands of docs/counter-assessment.md: a signed document is answered,
both are set side by side, signed, and verified by a reader."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.canonical import canonical_json
from impact.chain.build import Document, render_record
from impact.chain.sides import SIDES, build_sides
from impact.chain.verify import Verification, verify_document
from impact.chain.verify_sides import side_questions
from impact.cli.app import run
from impact.settings import Settings
from impact.signing.sign import sign
from impact.signing.signer import load_signer, load_timestamper
from impact.signing.trust import load_trust

FIRST = """\
version: 1
assessment:
  id: first-one
  title: The first
  version: "1"
  date: 2026-11-20
  status: final
  organisation: Example Police Service
  system: {name: Rosters}
  assessors: [{name: A, role: R}]
pack: {id: uk-council-short, version: "1.0.0"}
answers:
  A4:
    - {purpose: Welfare, public_function: Employment, set_by: Chief}
  A7: arrest-or-dismissal
  A9: 45000
"""
COUNTS = "sex,flag,n\nF,yes,100\nF,no,400\nM,yes,50\nM,no,450\n"
PLAN = """\
version: 1
title: Flags
question: Q?
pool: Everybody
source: {kind: counts, path: counts.csv, count: n}
columns:
  decision: {name: flag, yes: ["yes"], no: ["no"], effect: burden, label: flagged}
groups: {sex: {name: sex}}
plan: {primary: [selection_rate]}
"""


def quietly(*words: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        run([str(word) for word in words])
    return stopped.value.code if isinstance(stopped.value.code, int) else 1


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "counter-assessment.md").read_text(encoding="utf-8")
OURS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[0]
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in block.splitlines()
]


def in_folder(place: Path, words: list[str]) -> None:
    """Run one command of the page."""
    if words[0] == "cp":
        shutil.copy(place / words[1], place / words[2])
        return
    assert words[0] == "impact"
    with contextlib.chdir(place):
        assert quietly(*words[1:]) == 0, words


def test_the_page_has_the_commands_that_are_run_here() -> None:
    assert [words[:2] for words in COMMANDS] == [
        ["impact", "new"],
        ["impact", "answer"],
        ["cp", "second/against/audit.yaml"],
        ["impact", "build"],
        ["impact", "diff"],
        ["impact", "sign"],
        ["impact", "verify"],
    ]


@dataclass(frozen=True)
class Two:
    """Two bodies, each with a folder, a signed document and a trust folder of its own."""

    place: Path

    def pdf(self, name: str) -> Path:
        return self.place / f"{name}-out" / "report.pdf"

    def trust(self, name: str) -> Path:
        return self.place / f"{name}-out" / "practice-trust"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    place = tmp_path_factory.mktemp("two")
    both = Two(place)
    (place / "first").mkdir()
    for name, text in (("assessment.yaml", FIRST), ("audit.yaml", PLAN), ("counts.csv", COUNTS)):
        (place / "first" / name).write_text(text, encoding="utf-8")
    assert quietly("build", place / "first", "-o", place / "first-out", "--practice", "-q") == 0
    (place / "ours.yaml").write_text(OURS, encoding="utf-8")
    for words in COMMANDS[:4]:
        in_folder(place, words)
    return both


def test_a_document_that_nobody_verified_is_answered_only_when_told_so(impact: Any, two: Two, tmp_path: Path) -> None:
    answer = ("new", "uk-council-short", tmp_path / "third", "--against", two.pdf("first"))

    alone = impact(*answer, "--json")
    other = impact(*answer, "--trust", two.trust("second"), "--json")
    told = impact(*answer, "--trust", two.trust("second"), "--unverified", "--json")

    assert [(said.status, said.json["faults"][0]["code"]) for said in (alone, other)] == [(2, "A178"), (1, "A178")]
    assert told.json["against"]["signatures"] == "failed"
    page = tmp_path / "page.html"
    assert quietly("report", tmp_path / "third", "-o", page, "--format", "html", "-q") == 0
    assert "ANSWERS A DOCUMENT THAT DID NOT VERIFY" in page.read_text(encoding="utf-8")


def test_the_second_document_says_what_the_first_said(two: Two) -> None:
    page = (two.place / "second-out" / "report.html").read_text(encoding="utf-8")

    assert "Example Police Service said" in page
    assert "differs: People who left were not counted." in page
    assert "ANSWERS A DOCUMENT" not in page
    assert json.loads((two.place / "second-out" / "record.json").read_bytes())["against"]["signatures"] == "verified"


def test_both_are_set_side_by_side_signed_and_verified(impact: Any, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACT_PASSPHRASE", "practice")
    monkeypatch.chdir(two.place)

    made, _, checked = (impact(*words[1:], "--json") for words in COMMANDS[4:])
    alone = impact("verify", "signed.pdf", "--trust", "second-out/practice-trust", "--page", "page.html", "--json")

    assert made.json["results"] == {"differ": 1, "first_only": 1, "second_only": 0, "own_words": 0, "agree": 1}
    assert (made.json["relation"], made.json["quotes"]) == ("against", [])
    keys_of = (
        "intact",
        "valid",
        "trusted",
        "revocation",
        "whole_file",
        "roles",
        "record",
        "comparison",
        *SIDES,
        "page",
    )
    assert {key: check["holds"] for key, check in checked.json["checks"].items()} == dict.fromkeys(keys_of, True)
    assert checked.status == 0
    assert checked.json["sides"]["first"]["checks"]["findings"]["holds"] is True
    assert "Does the first document hold by itself?" in Path("page.html").read_text(encoding="utf-8")
    # A reader who knows only the second body’s roots learns that the first signature leads nowhere.
    assert alone.status == 1
    assert [key for key, check in alone.json["checks"].items() if check["holds"] is False] == ["first"]


@pytest.fixture(scope="module")
def made(two: Two) -> Document:
    """The side-by-side document, without verifying its sides again."""
    return build_sides(
        two.pdf("first"),
        two.pdf("second"),
        settings=Settings(),
        trusts=(),
        unverified=True,
        now=datetime.now(UTC),
        step=lambda _: None,
    )


Change = Callable[[dict[str, Any], dict[str, bytes]], None]


@pytest.fixture(scope="module")
def honest(two: Two) -> Verification:
    """What verifying the second document by itself comes to."""
    trust = load_trust(two.trust("second"))
    return verify_document(two.pdf("second").read_bytes(), trust=trust, settings=Settings(), now=datetime.now(UTC))


def changed(two: Two, made: Document, change: Change) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Record and attachments of the side-by-side document after its maker changed them."""
    record = json.loads(canonical_json(made.record))
    files = {"first.pdf": two.pdf("first").read_bytes(), "second.pdf": two.pdf("second").read_bytes()}
    change(record, files)
    return record, files


def answer_of_the_first(record: dict[str, Any], _: dict[str, bytes]) -> None:
    row = next(one for one in record["sides"]["comparison"]["questions"] if one["question"] == "A9")
    row["first"]["labels"] = ["4 people a year"]


def margin_of_a_finding(record: dict[str, Any], _: dict[str, bytes]) -> None:
    record["sides"]["comparison"]["audit"]["comparisons"][0]["second"]["verdict"] = "inconclusive"


def title(record: dict[str, Any], _: dict[str, bytes]) -> None:
    record["assessment"]["title"] = "Both bodies agree"


def signer_of_the_first(record: dict[str, Any], _: dict[str, bytes]) -> None:
    record["sides"]["first"]["signers"][0]["name"] = "The Chief Officer"


def documents_exchanged(_: dict[str, Any], files: dict[str, bytes]) -> None:
    files["first.pdf"], files["second.pdf"] = files["second.pdf"], files["first.pdf"]


@pytest.mark.parametrize(
    "change", [answer_of_the_first, margin_of_a_finding, title, signer_of_the_first, documents_exchanged]
)
def test_a_false_comparison_is_found(two: Two, made: Document, honest: Verification, change: Change) -> None:
    same, _ = side_questions(*changed(two, made, lambda _, __: None), judge=lambda _, __: honest)
    found, _ = side_questions(*changed(two, made, change), judge=lambda _, __: honest)

    assert [(key, holds) for key, holds, _ in same] == [("comparison", True), ("first", True), ("second", True)]
    assert found[0][:2] == ("comparison", False)


def test_a_changed_side_is_found_though_the_maker_signed_the_comparison(two: Two, made: Document) -> None:
    """A byte of a page that the first body signed is changed; its attachments can still be read."""

    def change(_: dict[str, Any], files: dict[str, bytes]) -> None:
        pdf = bytearray(files["first.pdf"])
        pdf[pdf.index(b"stream", len(pdf) // 8) + 40] ^= 1
        files["first.pdf"] = bytes(pdf)

    record, files = changed(two, made, change)
    document = render_record(
        record, None, settings=Settings(), name="side-by-side", attached=files, step=lambda _: None
    )
    trust, now = two.trust("second"), datetime.now(UTC)
    signer = load_signer(trust / "assessor.p12", "practice")
    stamp = load_timestamper(trust / "timestamp.p12", "practice")
    pdf = sign(document.files["report.pdf"], signer=signer, role="Assessor", timestamper=stamp, now=now)
    both = [load_trust(two.trust(name)) for name in SIDES]

    found = verify_document(pdf, trust=load_trust(trust), settings=Settings(), now=datetime.now(UTC), sides_trust=both)

    told = {question.key: question.holds for question in found.questions}
    assert (told["record"], told["intact"], told["comparison"]) == (True, True, False)
    assert not found.ok


def test_a_document_without_its_sides_is_refused(two: Two, made: Document) -> None:
    pdf = made.files["report.pdf"]
    record = json.loads(canonical_json(made.record))
    document = render_record(record, None, settings=Settings(), name="side-by-side", attached={}, step=lambda _: None)
    trust = load_trust(two.trust("second"))

    holds = [
        {question.key: question.holds for question in verify_document(
            each, trust=trust, settings=Settings(), now=datetime.now(UTC)).questions}["record"]
        for each in (pdf, document.files["report.pdf"])
    ]  # fmt: skip

    assert holds == [True, False]


def test_pages_say_when_nobody_checked_and_sides_of_sides_are_refused(
    impact: Any, two: Two, made: Document, tmp_path: Path
) -> None:
    assert "FIRST DOCUMENT: SIGNATURES NOT CHECKED" in made.files["report.html"].decode()
    (tmp_path / "side.pdf").write_bytes(made.files["report.pdf"])

    refused = impact(
        "diff", tmp_path / "side.pdf", two.pdf("second"), "-o", tmp_path / "x.pdf", "--unverified", "--json"
    )
    unsigned = impact("diff", two.place / "first", two.pdf("second"), "-o", tmp_path / "x.pdf", "--json")

    assert [said.json["faults"][0]["code"] for said in (refused, unsigned)] == ["A182", "A178"]
