"""A counter-assessment: stands on the first body's answers, its counts under another plan, and the two side by side.

Expected results are worked by hand from the answers written here; counts are those of the tables drawn here.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.against_new import begun_against
from impact.assessment.audit import audit_block
from impact.assessment.new import new_assessment
from impact.assessment.record import build_record
from impact.assessment.sides import compared, head_of_sides
from impact.canonical import canonical_json, digest
from impact.errors import AnswerError
from impact.metrics.tools.counts_again import counts_again, why_no_counts
from impact.settings import Settings

PACK = "uk-policing"
HEAD = """\
version: 1
assessment:
  id: first-one
  title: The first
  version: "1"
  date: 2026-11-20
  status: final
  organisation: Example Police Service
  system: {name: S}
  assessors: [{name: A, role: R}]
pack: {id: uk-policing, version: "1.0.0"}
answers:
"""
ANSWERS = """\
  A2: It reads rosters.
  A3: pilot
  A7: {value: arrest-or-dismissal, note: After a hearing.}
  A9: 45000
  B12: {status: refused, reason: Advice is awaited}
  C7: {value: yes, evidence: [{url: "https://example.org/dpia", title: DPIA, date: 2026-05-01, published: yes}]}
"""
COUNTS = """\
sex,flag,found,n
F,yes,yes,30
F,yes,no,70
F,no,,400
M,yes,yes,20
M,yes,no,30
M,no,,450
"""
PLAN = """\
version: 1
title: Flags
question: Q?
pool: Everybody
source: {kind: counts, path: counts.csv, count: n}
columns:
  decision: {name: flag, yes: ["yes"], no: ["no"], effect: burden, label: flagged}
  outcome: {name: found, yes: ["yes"], no: ["no"], label: found out, observed_when: decision_yes}
groups: {sex: {name: sex}}
plan: {primary: [selection_rate], margin: {kind: ratio, value: 3, reason: R}}
"""


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], bytes, bytes]:
    """The first body's record, its bytes, and its counts."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "assessment.yaml").write_text(HEAD + ANSWERS, encoding="utf-8")
    (folder / "audit.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "counts.csv").write_text(COUNTS, encoding="utf-8")
    built = build_record(folder, settings=Settings(), step=lambda _: None, second_opinion=False)
    assert built.cells is not None
    return json.loads(canonical_json(built.record)), canonical_json(built.record), built.cells


def begin(folder: Path, first: tuple[dict[str, Any], bytes, bytes], answers: str = "", *, pack: str = PACK) -> Path:
    """A second folder against the first record; its “PDF” is any bytes, which this room never opens."""
    record, data, cells = first
    about = record["assessment"]
    block = {
        "document": "against/report.pdf",
        "digest": digest(b"%PDF"),
        "record_digest": digest(data),
        **{key: about[key] for key in ("id", "title", "version", "date", "organisation")},
        "signatures": "verified",
        "checked": "2026-11-21",
        "practice": False,
        "signers": [{"role": "Assessor", "name": "Ada", "fingerprint": "sha256:" + "a" * 64}],
    }
    begun = begun_against(block, pdf=b"%PDF", record_bytes=data, record=record, cells=cells)
    day = __import__("datetime").date(2026, 11, 21)
    new_assessment(folder, pack=pack, settings=Settings(), today=day, begun=begun)
    path = folder / "assessment.yaml"
    text = path.read_text(encoding="utf-8")
    before, _, after = text.partition("\nanswers:\n")
    path.write_text(f"{before}\nanswers:\n{answers}{after}", encoding="utf-8")
    return folder


def built(folder: Path) -> dict[str, Any]:
    made = build_record(folder, settings=Settings(), step=lambda _: None, second_opinion=False)
    return json.loads(canonical_json(made.record))  # type: ignore[no-any-return]


SECOND = """\
  A2: It reads rosters and sick notes.
  A3: {value: pilot, stand: agree}
  A7: arrest-or-dismissal
  A9: {value: 52000, stand: {says: differ, reason: Leavers were left out}}
  C7: {value: yes, stand: {says: differ, reason: It was finished after the start}}
  C9: no
"""


def test_nothing_of_the_first_body_is_adopted(first: Any, tmp_path: Path) -> None:
    record = built(begin(tmp_path / "second", first))

    states = [q["state"] for s in record["questionnaire"]["sections"] for q in s["questions"]]
    assert "answered" not in states
    assert record["assessment"]["system"]["name"] == "S"
    told = record["against"]["answers"]
    assert sorted(told) == ["A2", "A3", "A7", "A9", "B12", "C7"]
    assert told["A7"]["note"] == "After a hearing."
    assert (told["B12"]["state"], told["B12"]["reason"]) == ("refused", "Advice is awaited")
    assert {item["role"] for item in record["inputs"]} >= {"their document", "their record"}


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ("  A9: {value: 45000, stand: maybe}\n", ["A170"]),
        ("  A9: {value: 45000, stand: {says: agree, why: x}}\n", ["A170"]),
        ("  A9: {value: 1, stand: differ}\n", ["A171"]),
        ("  A9: {value: 1, stand: agree}\n  A3: {value: idea, stand: agree}\n", ["A173", "A173"]),
        ("  A10: {value: 1, stand: agree}\n", ["A174"]),
        ("  A9: {value: 45000, stand: agree}\n  B12: {status: refused, reason: Ours, stand: agree}\n", []),
    ],
)
def test_stands_that_cannot_be_are_named(first: Any, tmp_path: Path, answers: str, codes: list[str]) -> None:
    folder = begin(tmp_path / "second", first, answers)
    found: list[str] = []
    try:
        built(folder)
    except AnswerError as error:
        found = [fault.code for fault in error.faults]

    assert found == codes


def test_a_stand_without_a_first_body_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assessment.yaml").write_text(HEAD + "  A9: {value: 1, stand: agree}\n", encoding="utf-8")

    with pytest.raises(AnswerError) as caught:
        built(tmp_path)

    assert [fault.code for fault in caught.value.faults] == ["A172"]


def test_their_files_are_held_against_their_digests(first: Any, tmp_path: Path) -> None:
    folder = begin(tmp_path / "second", first)
    path = folder / "against" / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"value":45000', b'"value":45001'))

    with pytest.raises(AnswerError) as caught:
        built(folder)

    assert [fault.code for fault in caught.value.faults] == ["A175"]


def test_another_questionnaire_cannot_be_answered(first: Any, tmp_path: Path) -> None:
    with pytest.raises(AnswerError) as caught:
        begin(tmp_path / "second", first, pack="uk-council-short")

    assert [fault.code for fault in caught.value.faults] == ["A176"]
    assert not (tmp_path / "second").exists()

    older = copy.deepcopy(first[0])
    older["pack"]["version"] = "0.0.9"
    with pytest.raises(AnswerError) as caught:
        begin(tmp_path / "third", (older, canonical_json(older), first[2]))
    assert [fault.code for fault in caught.value.faults] == ["A177"]


def test_their_counts_come_out_the_same_under_a_plan_that_declares_its_own_margin(first: Any, tmp_path: Path) -> None:
    folder = begin(tmp_path / "second", first)
    text = (folder / "against" / "audit.yaml").read_text(encoding="utf-8")
    assert "margin:" not in text.replace("# margin:", "")
    (folder / "audit.yaml").write_text(
        text.replace("plan:\n", 'plan:\n  margin: {kind: ratio, value: 1.1, reason: "Ours"}\n'), encoding="utf-8"
    )

    ours = audit_block(folder / "audit.yaml", created="2026-11-21", step=lambda _: None, second_opinion=False).findings

    theirs = first[0]["audit"]
    assert ours["cells_digest"] == theirs["cells_digest"]
    one, two = (
        next(f for f in audit["findings"] if f["role"] == "primary" and f["group"] == {"sex": "F"})
        for audit in (theirs, ours)
    )
    # 100 of 500 women against 50 of 500 men: twice as many, beyond a margin of 1.1 and within one of 3.
    assert two["estimate"]["ratio"]["value"] == pytest.approx(2.0)
    assert one["estimate"]["ratio"] == two["estimate"]["ratio"]
    assert (one["margin"]["value"], two["margin"]["value"]) == (3.0, 1.1)
    assert (one["verdict"], two["verdict"]) == ("difference_small", "disparity_shown")


def test_counts_that_would_mislead_by_themselves_are_not_handed_over(first: Any) -> None:
    audit = copy.deepcopy(first[0]["audit"])
    assert why_no_counts(audit) == ""
    audit["plan"]["unit"]["person_id"] = "id"
    assert "several of their rows" in why_no_counts(audit)
    audit["plan"]["columns"]["weight"] = {"name": "w", "kind": "sampling"}
    assert "sampling weights" in why_no_counts(audit)

    audit = copy.deepcopy(first[0]["audit"])
    audit["plan"]["columns"] |= {
        "human": {"name": "h", "yes": ["y"], "no": ["n"], "label": "kept"},
        "reviewer": {"name": "r"},
    }
    again = counts_again(audit, first[2], file="c.csv")
    assert "human:" not in again.plan
    assert "cases of one reviewer" in "; ".join(again.left_out)


@pytest.fixture(scope="module")
def second(first: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = begin(tmp_path_factory.mktemp("second") / "folder", first, SECOND)
    text = (folder / "against" / "audit.yaml").read_text(encoding="utf-8")
    (folder / "audit.yaml").write_text(text, encoding="utf-8")
    return built(folder)


def side_by_side(first: Any, second: dict[str, Any]) -> dict[str, Any]:
    digests = (digest(first[1]), digest(canonical_json(second)))
    return compared(first[0], second, digests=digests, first_cells=first[2])


def test_each_question_says_who_said_what(first: Any, second: dict[str, Any]) -> None:
    found = side_by_side(first, second)
    rows = {row["question"]: row for row in found["questions"]}

    assert {name: row["result"] for name, row in rows.items()} == {
        "A2": "own_words",
        "A3": "agree",
        "A7": "agree",
        "A9": "differ",
        "B12": "first_only",
        "C7": "differ",
        "C9": "second_only",
    }
    assert found["results"] == {"differ": 2, "first_only": 1, "second_only": 1, "own_words": 1, "agree": 2}
    assert (rows["C7"]["same"], rows["C7"]["stand"]["reason"]) == (True, "It was finished after the start")
    assert [item["title"] for item in rows["C7"]["first"]["evidence"]] == ["DPIA"]
    assert rows["C7"]["second"]["evidence"] == []
    assert (found["relation"], found["quotes"]) == ("against", [])
    assert found["audit"]["counted_again"] is True
    assert found["audit"]["same_counts"] is True
    assert found["audit"]["same_plan"] is False
    pair = next(row for row in found["audit"]["comparisons"] if row["group"] == {"sex": "F"})
    assert (pair["first"]["group_rate"]["k"], pair["first"]["group_rate"]["n"]) == (100, 500)
    assert pair["first"]["ratio"] == pair["second"]["ratio"]
    assert (pair["first"]["margin"], pair["second"]["margin"]) == ({"kind": "ratio", "value": 3.0}, None)


def test_a_false_quotation_is_found(first: Any, second: dict[str, Any]) -> None:
    forged = copy.deepcopy(second)
    forged["against"]["answers"]["A9"]["labels"] = ["4 people a year"]
    del forged["against"]["answers"]["A7"]

    assert side_by_side(first, forged)["quotes"] == ["A7", "A9"]


def test_stands_on_another_document_are_not_set_against_this_one(first: Any, second: dict[str, Any]) -> None:
    other = copy.deepcopy(first[0])
    other["assessment"]["version"] = "2"

    found = compared(other, second, digests=(digest(canonical_json(other)), ""), first_cells=None)

    assert found["relation"] == "against-another"
    rows = {row["question"]: row for row in found["questions"]}
    assert (rows["C7"]["result"], rows["C7"]["stand"]) == ("agree", None)  # what was compared; the stand was on another


def test_the_head_of_both_is_in_nobodys_name(first: Any, second: dict[str, Any]) -> None:
    head = head_of_sides(first[0], second)

    assert (head["organisation"], head["assessors"], head["status"]) == (
        "Example Police Service; Name of the organisation",
        [],
        "draft",
    )
