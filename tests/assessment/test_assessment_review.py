"""An approval looked at again: what changed, what the rule proposes, and a verifier who makes both again.

The proposal of each case follows by hand from the rule in docs/report.md.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from impact.assessment.record import build_record
from impact.assessment.redaction.leaves import content
from impact.assessment.review import attached_of, proposal, review_block
from impact.canonical import canonical_json
from impact.chain.build import build, render_record
from impact.chain.verify_sides import attached_names, review_question
from impact.errors import AnswerError, RenderError
from impact.settings import Settings

HEAD = """\
version: 1
assessment:
  id: {id}
  title: T
  version: "1"
  date: {date}
  status: final
  organisation: O
  system: {{name: S}}
  assessors: [{{name: A, role: R}}]
pack: {{id: uk-policing, version: "1.0.0"}}
answers:
{answers}
"""
NOW = datetime(2027, 6, 1, tzinfo=UTC)
REVIEW = """\
version: 1
approved: ../approved
months: 6
conditions:
  - {text: At most 50 people, actual: 52 people, met: no}
  - {text: A test is published}
incidents: []
complaints: {received: 3, upheld: 0}
"""


def written(folder: Path, name: str, date: str, answers: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "assessment.yaml").write_text(HEAD.format(id=name, date=date, answers=answers), encoding="utf-8")
    return folder


def no_pdf(_: bytes, where: str) -> bytes:
    raise AssertionError(where)


def built(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    made = build_record(folder, settings=Settings(), step=lambda _: None, second_opinion=False, review=no_pdf)
    return json.loads(canonical_json(made.record)), made.attached


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, bytes]]:
    place = tmp_path_factory.mktemp("place")
    written(
        place / "approved",
        "system-2026",
        "2026-11-20",
        "  A9: 50\n  Q1: {value: 2027-05-01, promises: [{due: 2027-05-01}]}\n",
    )
    now = "  A9: {value: 52, change_reason: Counted again, author: B}\n  A10: 97\n  Q1: 2027-05-01\n"
    today = written(place / "today", "system-2027", "2027-06-01", now)
    (today / "review.yaml").write_text(REVIEW, encoding="utf-8")
    return built(today)


def test_what_was_approved_stands_beside_what_is_so(reviewed: Any) -> None:
    review = reviewed[0]["review"]

    assert (review["earlier"][0]["id"], review["earlier"][0]["read_from"]) == ("system-2026", "folder")
    changed = {row["question"]: row for row in review["changes"]["answers"]}
    assert sorted(changed) == ["A10", "A9"]
    assert (changed["A9"]["from"]["labels"], changed["A9"]["to"]["labels"]) == (
        ["50 people a year"],
        ["52 people a year"],
    )
    assert changed["A9"]["reason"] == "Counted again"
    assert changed["A10"]["from"]["state"] == "unanswered"
    (promise,) = [one for one in review["promised"] if one["question"] == "Q1"]
    assert (promise["due"], promise["now"]["overdue"]) == ("2027-05-01", True)


def test_the_proposal_names_every_reason(reviewed: Any) -> None:
    found = reviewed[0]["review"]["proposal"]

    assert found["code"] == "change"
    assert found["stop"] == []
    assert found["change"] == [
        "Condition not met: At most 50 people",
        "1 duty was promised by a day that has passed, and not done",
    ]
    assert "Nobody says if 1 condition was met" in found["unknown"]
    assert "The system's output was not counted" in found["unknown"]
    assert "No list of incidents was given" not in found["unknown"]


WHOLE = {"conditions": [], "incidents": [], "complaints": {"received": 0, "upheld": 0, "open": 0}}
CLEAR: dict[str, Any] = {
    "scoring": {"incomplete": False, "hard_stops": [{"id": "HS-01", "kind": "stop", "state": "clear", "text": "t"}]},
    "audit": {"findings": []},
    "claims": {"checks": []},
    "promises": {"duties": []},
}


@pytest.mark.parametrize(
    ("told", "stops", "code"),
    [
        ({}, [], "renew"),
        ({"incidents": None}, [], "none"),
        ({"complaints": {"received": 2, "upheld": 1, "open": 0}}, [], "change"),
        ({"incidents": [{"closed": False}]}, [], "change"),
        ({}, [("hold", "fired")], "change"),
        ({}, [("hold", "fired"), ("stop", "fired")], "stop"),
        ({}, [("stop", "unresolved")], "none"),
    ],
)
def test_the_rule(told: dict[str, Any], stops: list[tuple[str, str]], code: str) -> None:
    record = copy.deepcopy(CLEAR)
    record["scoring"]["hard_stops"] += [
        {"id": f"HS-1{at}", "kind": kind, "state": state, "text": "t"} for at, (kind, state) in enumerate(stops)
    ]

    assert proposal({**WHOLE, **told}, record, {"audit": None})["code"] == code


def test_a_disparity_that_is_new_speaks_for_a_change() -> None:
    changes = {"audit": {"findings": [{"title": "Women", "from": "inconclusive", "to": "disparity_shown"}]}}

    assert proposal(WHOLE, CLEAR, changes)["change"] == ["Shown now, and not then: Women"]


def test_a_verifier_makes_the_review_again_from_what_is_attached(reviewed: Any) -> None:
    record, files = reviewed
    assert attached_names(record) == ["questionnaire.zip", "approved.json"]
    assert review_question(record, files)[1] is True

    softened = copy.deepcopy(record)
    softened["review"]["proposal"] |= {"code": "renew", "change": []}
    other = copy.deepcopy(record)
    other["review"]["told"]["conditions"][0]["met"] = "yes"
    for forged, attached in (
        (softened, files),
        (other, files),
        (record, {"approved.json": files["approved.json"].replace(b'"value":50', b'"value":51')}),
        (record, {}),
        ({**record, "review": None}, files),
    ):
        assert review_question(forged, attached)[1] is False


def test_the_document_marks_the_proposal_and_leaves_the_decision_open(reviewed: Any) -> None:
    record, files = reviewed
    named = {"settings": Settings(), "attached": files, "step": lambda _: None}
    page = render_record(record, None, name="review", **named).files["report.html"].decode()

    assert "The toolkit’s own proposal" in page
    assert "Not stated in the record: it is made by an officer, and not by this toolkit" in page
    assert "NOT MET" in page
    with pytest.raises(RenderError) as caught:
        render_record({key: value for key, value in record.items() if key != "review"}, None, name="review", **named)
    assert [fault.code for fault in caught.value.faults] == ["R071"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("approved: ../approved", "approved: ../nowhere"), "A183"),
        (("months: 6", f'record_digest: "sha256:{"0" * 64}"'), "A184"),
        (("upheld: 0", "upheld: 4"), "A187"),
        (("months: 6", "monhts: 6"), "A192"),
    ],
)
def test_faults_of_the_file(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    written(tmp_path / "approved", "system-2026", "2026-11-20", "  A9: 50\n")
    today = written(tmp_path / "today", "system-2027", "2027-06-01", "  A9: 52\n")
    (today / "review.yaml").write_text(REVIEW.replace(*change), encoding="utf-8")

    with pytest.raises(AnswerError) as caught:
        built(today)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_without_the_review_the_record_has_no_such_block(tmp_path: Path) -> None:
    written(tmp_path / "approved", "system-2026", "2026-11-20", "  A9: 50\n")
    today = written(tmp_path / "today", "system-2027", "2027-06-01", "  A9: 52\n")
    (today / "review.yaml").write_text(REVIEW, encoding="utf-8")

    made = build_record(today, settings=Settings(), step=lambda _: None, second_opinion=False)

    assert "review" not in made.record
    assert list(made.attached) == ["questionnaire.zip"]


def test_the_block_is_about_one_document_and_moves_no_root(reviewed: Any) -> None:
    record, _ = reviewed

    assert content(record) == content({key: value for key, value in record.items() if key != "review"})


def test_a_review_has_no_public_version(tmp_path: Path) -> None:
    with pytest.raises(AnswerError) as caught:
        build(tmp_path, settings=Settings(), now=NOW, step=lambda _: None, name="review", withhold=["A9"])

    assert [fault.code for fault in caught.value.faults] == ["A188"]


def test_records_in_between_are_points_of_the_same_line(reviewed: Any) -> None:
    record, _ = reviewed
    ruling = {"verdict": "supported", "measures": [{"label": "l", "value": 0.1, "unit": "share", "low": 0, "high": 1}]}
    entry = {"check": "CK-01", "title": "t", "ruling": ruling}
    then = {**record, "claims": {"checks": [{**entry, "ruling": None}]}}
    middle = {**record, "claims": {"checks": [entry]}}
    now = {**record, "claims": {"checks": [{**entry, "ruling": {**ruling, "verdict": "contradicted"}}]}}
    from impact.assessment.review import Earlier

    earlier = [Earlier(one, canonical_json(one), "record") for one in (then, middle)]
    block = review_block(record["review"]["told"], now, earlier)

    (line,) = block["checks"]
    assert [point and point["verdict"] for point in line["points"]] == [None, "supported", "contradicted"]
    assert list(attached_of(earlier)) == ["approved.json", "between-1.json"]
