"""The civil-liberties briefing: arguments are those of the record, in a fixed order; nothing takes a side."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from impact.canonical import canonical_json
from impact.report import render_html
from impact.report.documents.answered import Answered
from impact.report.documents.briefing import make_briefing
from impact.report.documents.rights import make_rights, side
from impact.report.view.parts import Numbering

HEADINGS = [
    "What it is and who is caught",
    "What is known, and what is not",
    "Rights, with the strongest argument on each side",
    "Who bears the errors",
    "Tests of legality",
    "Discretion: what is left to choose, and to whom",
    "Safeguards as claimed, and as measured",
    "Questions to ask",
    "What asks can rest on",
    "How to challenge",
    "How this was made",
]


def of(record: dict[str, Any]) -> dict[str, Any]:
    """The parts of the briefing by their anchors."""
    return {part.heading.anchor: part for part in make_briefing(record, Numbering()).sections}


@pytest.fixture
def contested(sample) -> dict[str, Any]:
    """Eight questions on article 8, a log that contradicts one of them, and a hard stop that rests on another."""

    def safeguard(name: str, strength: float, credit: float, label: str, **more: Any) -> dict[str, Any]:
        part = {"strength": strength, "evidence": 1.0, "freshness": 1.0, "contradiction": 1.0, "credit": credit}
        said = sample.answer("x", label)
        return sample.question(
            name, f"Text {name}?", answer=said, kind="mitigation", value=strength, credit=part, refs=["echr.8"], **more
        )

    def risk(name: str, severity: float, label: str) -> dict[str, Any]:
        said = sample.answer("x", label)
        return sample.question(name, f"Text {name}?", answer=said, kind="risk", value=severity, refs=["echr.8"])

    asked = [
        safeguard("C6", 1.0, 0.3, "All five"),
        safeguard("G1", 0.8, 0.5, "Own data"),
        safeguard("G5", 0.5, 0.0, "Written"),
        safeguard("F3", 1.0, 0.9, "All checked"),
        safeguard("G3", 0.0, 0.0, "None"),
        risk("G8", 0.5, "Mixed"),
        risk("D5", 0.7, "Device activity"),
        risk("W3", 0.0, "None of these"),
        sample.question("G4", "Why is it balanced?", kind="mitigation", state="unanswered", refs=["echr.8"]),
        {**risk("I4", 0.6, "Medium"), "text": "Article 8?"},
        {**risk("I2", 0.0, "Not engaged"), "text": "Article 5?", "refs": ["echr.5"]},
    ]
    ruling = {"verdict": "contradicted", "sentence": "Half the alerts had no review."}
    stop = {
        "id": "HS-05",
        "kind": "stop",
        "state": "fired",
        "text": "No limits",
        "parts": [{"question": "G3", "state": "fired"}, {"question": "C6", "state": "clear"}],
    }
    return {
        "questionnaire": {"sections": [{"id": "G", "title": "G", "shown": True, "questions": asked}]},
        "claims": {"checks": [{"check": "CK-01", "title": "Reviewed", "questions": ["F3"], "ruling": ruling}]},
        "scoring": {"hard_stops": [stop]},
    }


def test_arguments_of_each_side_stand_in_their_order_and_a_contradicted_safeguard_is_none(contested):
    rights = {right.name: right for right in make_rights(contested, Answered(contested))}
    privacy = rights["Article 8: private life"]

    # For: credit 0.5 before 0.3, then a safeguard without evidence, then a risk of none. F3 (0.9) is contradicted.
    assert [line.source for line in privacy.support] == ["Answer G1", "Answer C6", "Answer G5", "Answer W3"]
    # Against: the log, the stop that rests on G3, then a safeguard answered with nothing (as 1), then 0.7 and 0.5.
    assert [line.source for line in privacy.against] == ["CK-01", "HS-05", "Answer G3", "Answer D5", "Answer G8"]
    assert privacy.unanswered == ("G4",)
    assert privacy.engaged is True
    assert rights["Article 5: liberty"].engaged is False


def test_a_safeguard_without_evidence_is_told_as_one(contested):
    privacy = next(right for right in make_rights(contested, Answered(contested)) if "Article 8" in right.name)

    assert side(privacy.support[2:3], none="") == "Text G5? “Written. No evidence is cited”. [Answer G5]"
    assert side(privacy.against, none="") == "Half the alerts had no review. [CK-01] Also: HS-05, G3, D5 and G8."


def test_what_the_counts_show_is_an_argument_on_equal_enjoyment(sample):
    record = sample.full_record()
    within = {**record["audit"]["findings"][1], "id": "F-0009", "verdict": "equivalence_shown", "severity": "info"}
    record["audit"]["findings"].append(within)

    equal = make_rights(record, Answered(record))[-1]

    assert equal.asked is None
    assert "Finding F-0001" in [line.source for line in equal.against]
    assert "Finding F-0003" not in [line.source for line in equal.against]  # exploratory
    assert "For 1 of 3 declared comparisons any difference is within the margin." in [x.text for x in equal.support]


def test_eleven_parts_and_an_empty_box_for_the_position_of_an_author(sample):
    parts = of(sample.full_record())

    assert [part.heading.title for part in parts.values()] == HEADINGS
    assert [anchor for anchor, part in parts.items() if part.blank] == ["asks"]
    assert "none of it the toolkit’s" in parts["asks"].blank


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("Yes", "Stated"), ("No", "Gap"), ("In part", "Partly"), (None, "Gap")],
)
def test_each_test_of_legality_is_stated_or_a_gap(stated, expected, contested):
    columns = [{"code": name, "label": name} for name in ("element", "stated", "reference")]
    rows = [["Where", stated, "Section 2"]] if stated else []
    asked = next(q for q in contested["questionnaire"]["sections"][0]["questions"] if q["id"] == "C6")
    asked["answer"]["rows"] = {"columns": columns, "rows": rows}

    found = {row[0]: row[1:] for row in of(_whole(contested))["legality"].tables[0].rows}

    assert list(found) == ["Who may be targeted", "Where", "When", "Why", "On whose authority"]
    assert found["Where"][0] == expected
    assert found["When"] == ("Gap", "the answer has no row on it. [C6]")


def test_two_rows_on_one_test_that_differ_are_neither_stated_nor_a_gap(contested):
    columns = [{"code": name, "label": name} for name in ("element", "stated", "reference")]
    asked = contested["questionnaire"]["sections"][0]["questions"][0]
    asked["answer"]["rows"] = {"columns": columns, "rows": [["Where", "Yes", "Section 2"], ["Where", "No", ""]]}

    rows = of(_whole(contested))["legality"].tables[0].rows

    assert ("Where", "Partly", "answered “Yes”; Section 2; answered “No”. [C6]") in rows


def test_without_counts_the_log_tells_of_errors_and_not_enough_data_stays_that(contested):
    ruling = {"verdict": "not enough data", "sentence": "The log cannot tell."}
    entry = {"check": "CK-10", "title": "Groups are flagged equally often", "questions": ["H3"], "ruling": ruling}
    contested["claims"]["checks"].append(entry)

    lines = of(_whole(contested))["errors"].lines

    assert [(line.label, line.source) for line in lines] == [
        ("Groups are flagged equally often: not enough data", "CK-10"),
        ("What the counts show", "Audit"),
    ]
    assert lines[1].gap


def test_a_policy_that_the_log_contradicts_is_never_called_stated_alone(contested):
    contested["claims"]["checks"][0]["questions"] = ["C6"]
    columns = [{"code": name, "label": name} for name in ("element", "stated", "reference")]
    asked = contested["questionnaire"]["sections"][0]["questions"][0]
    asked["answer"]["rows"] = {"columns": columns, "rows": [["Where", "Yes", "Section 2"]]}

    part = of(_whole(contested))["legality"]

    assert ("Where", "Stated, contradicted", "answered “Yes”; Section 2. [C6]") in part.tables[0].rows
    assert "The decision log contradicts this (CK-01)." in part.closing[0].text


def _whole(part: dict[str, Any]) -> dict[str, Any]:
    about = {"date": "2026-11-20", "system": {"name": "X"}, "status": "draft"}
    scoring = {
        **part["scoring"],
        "dimensions": [],
        "rights_level": None,
        "outcome": {"label": "Hold"},
        "completeness": 0.5,
    }
    claims = {**part["claims"], "as_at": "2026-11-20"}
    return {**part, "assessment": about, "scoring": scoring, "claims": claims}


def test_errors_are_drawn_and_tabled_with_counts_and_intervals(sample):
    part = of(sample.full_record())["errors"]
    rows = {row[0]: row[1:] for row in part.tables[0].rows}

    # Counts and Wilson limits of the sample were worked out by hand (sample.py).
    assert rows["Black"] == ("5.0% (4.4% to 5.7%), 200 of 4,000", "85.0% (79.4% to 89.3%), 170 of 200")
    assert rows["Traveller"][1] == "undefined, because the decision was yes for nobody in the group"
    assert rows["Asian"][1] == "not measured"
    assert "Black 5.0% (4.4% to 5.7%)" in part.figure.drawing
    assert "0% to 24.2%" not in [line.text for line in part.closing]


def test_time_limits_name_their_law_and_whether_it_was_checked(sample):
    record = sample.full_record()
    record["law"] = {
        **record["law"],
        "hra.8": {"citation": "HRA 1998 ss.7-8", "kind": "statute", "verified": True},
        "foia": {"citation": "FOIA 2000", "kind": "statute", "verified": False},
    }

    lines = {line.label: line for line in of(record)["challenge"].lines}

    assert lines["Human rights"].source == "Law: HRA 1998 ss.7-8"
    assert lines["Judicial review"].text.startswith("Promptly, and in any event within three months")
    assert lines["Judicial review"].source == "Law: Civil Procedure Rules Part 54 (citation to be checked)"
    assert lines["Breach of procurement law"].source.endswith("(citation to be checked)")


def test_what_has_not_fired_is_not_told_as_a_gap_and_unresolved_is_not_clear(sample):
    record = sample.full_record()
    for stop in record["scoring"]["hard_stops"]:
        stop["state"] = "unresolved" if stop["id"] == "HS-05" else "clear"

    line = of(record)["asks"].lines[0]

    assert not line.gap
    assert line.text == "None has fired. Not resolved, which is not clear: HS-05."


def test_every_answer_that_the_briefing_names_stands_in_its_annex(sample, templates):
    record = copy.deepcopy(sample.full_record())
    block = {"set": templates.name, "digest": templates.digest, "layer": templates.layer, "changes": []}
    html = render_html(
        canonical_json({**record, "templates": {**block, "document": "briefing"}}), cells=None, templates=templates
    )
    asked = {q["id"] for s in record["questionnaire"]["sections"] if s["shown"] for q in s["questions"]}
    asked -= {q["id"] for s in record["questionnaire"]["sections"] for q in s["questions"] if q["state"] == "hidden"}
    named = re.findall(r"\[(?:<a [^>]*>)?(?:Answer|Question)s? ([^<\]]+)", html)
    ids = {name for source in named for name in re.split(r", | and ", source)} & asked

    assert ids
    assert all(f'id="answer-{name}"' in html for name in ids)
