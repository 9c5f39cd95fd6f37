"""A first look at a table, and the plan that is drafted from six answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import count
from impact.metrics.counting.profile import Profile, looks_personal, profile
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan, plan_of
from impact.metrics.tools.init_plan import draft
from impact.yamlfile import parse

TABLE = """staff_id,email,eth5,sex,flagged,outcome,risk_score,dob,remark
100001,a@x.org,White,F,Y,1,0.91,1980-01-02,seen on Monday
100002,b@x.org,Black,M,N,,0.12,1981-01-02,spoke to Jane Doe
100003,c@x.org,White,F,Y,0,0.71,1982-01-02,
100004,d@x.org,Black,M,Y,1,0.82,1983-01-02,called
100005,e@x.org,White,F,N,,0.33,1984-01-02,wrote
100006,f@x.org,Not stated,M,pending,,0.44,1985-01-02,left
100007,g@x.org,Black,F,N,,0.05,1986-01-02,moved
100008,h@x.org,Not stated,M,N,,0.06,1987-01-02,new
100009,i@x.org,White,F,N,,0.07,1988-01-02,back
100010,j@x.org,Not stated,M,pending,,0.08,1989-01-02,other
"""
ANSWERS: Mapping[str, Any] = {
    "effect": "burden",
    "label": "flagged for a visit",
    "decision": "flagged",
    "decision_yes": ["Y"],
    "decision_no": ["N"],
    "outcome": "outcome",
    "outcome_yes": ["1"],
    "outcome_label": "a fault found",
    "outcome_known": "after_yes",
    "groups": ["eth5", "sex"],
    "about": "eth5",
    "reference": "White",
    "row": "person",
    "pool": "Everybody on the books in 2025",
    "margin": 1.25,
    "margin_reason": "agreed with the panel",
}


@pytest.fixture
def seen(tmp_path: Path) -> Profile:
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    return profile("table.csv", base=tmp_path)


def plan_from(text: str) -> AuditPlan:
    return plan_of(parse(text, name="audit.yaml").data)


def levels(seen: Profile) -> dict[str, tuple[str, ...] | None]:
    return {column.name: column.levels for column in seen.columns}


def test_values_are_shown_for_categories_only(seen: Profile) -> None:
    assert levels(seen) == {
        "staff_id": None,
        "email": None,
        "eth5": ("Black", "Not stated", "White"),
        "sex": ("F", "M"),
        "flagged": ("N", "Y", "pending"),
        "outcome": None,  # three rows with a value: each may be one person
        "risk_score": None,
        "dob": None,
        "remark": None,
    }


def test_no_value_of_a_person_is_in_the_profile(seen: Profile) -> None:
    told = str(seen.to_json())

    for value in ("100001", "a@x.org", "1980", "Jane", "0.91"):
        assert value not in told


def test_kinds_missing_values_and_likely_roles_are_told(seen: Profile) -> None:
    kinds = {column.name: (column.kind, column.distinct, column.missing) for column in seen.columns}

    assert seen.rows == 10
    assert kinds["risk_score"] == ("numbers", 10, 0)
    assert kinds["outcome"] == ("whole numbers", 2, 7)
    assert kinds["remark"] == ("text", 9, 1)
    assert seen.likely("group") == ("eth5", "sex")
    assert seen.likely("decision") == ("flagged",)
    assert seen.likely("score") == ("risk_score",)


@pytest.mark.parametrize(
    "value",
    ["a.b@c.org", "QQ 12 34 56 C", "SW1A 1AA", "07700 900123", "100001234", "1980-01-02", "2/1/80", "x" * 41],
)
def test_values_that_look_like_a_persons_are_known(value: str) -> None:
    assert looks_personal(["White", value])


def test_columns_named_for_people_are_not_shown_however_few_values_they_have(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("officer_name,flag\n" + "Jane,1\nJohn,0\n" * 10, encoding="utf-8")

    assert levels(profile("t.csv", base=tmp_path)) == {"officer_name": None, "flag": ("0", "1")}


def test_parquet_of_the_pilot_is_profiled(repo: Path) -> None:
    base = repo / "examples" / "misconduct-pilot"
    seen = profile("data/decision-log.parquet", base=base)

    assert seen.rows == 45_000
    assert levels(seen)["subject_key"] is None
    assert levels(seen)["flag"] == ("false", "true")
    assert set(levels(seen)["ethnicity"] or ()) == {"Asian", "Black", "Mixed", "Not stated", "Other", "White"}


@pytest.mark.parametrize(
    ("content", "code"),
    [("", "D01"), ("a,b\n", "D02"), ("a;b\n1;2\n", "D08"), ('a,b\n1,"2\n', "D10"), ("a,b\n1\n", "D09")],
)
def test_tables_that_cannot_be_read_are_refused(tmp_path: Path, content: str, code: str) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")

    with pytest.raises(MetricError) as refused:
        profile("t.csv", base=tmp_path)

    assert refused.value.faults[0].code == code


def test_draft_loads_and_counts(tmp_path: Path, seen: Profile) -> None:
    answers = {**ANSWERS, "outcome_no": ["0"]}
    (tmp_path / "audit.yaml").write_text(draft(seen, answers), encoding="utf-8")

    plan = load_plan(tmp_path / "audit.yaml")

    assert count(plan, base=tmp_path).cells.n == 10
    assert plan.columns.decision.unknown_values == ("pending",)
    assert plan.groups["eth5"].unknown_values == ("Not stated",)
    assert plan.groups["eth5"].values == ("Black", "White")
    assert plan.comparator.also == {"eth5": "White"}
    assert plan.rules.primary == ("selection_rate", "ppv")
    assert plan.columns.outcome is not None
    assert plan.columns.outcome.observed_when == "decision_yes"


def test_draft_of_the_pilot_is_accepted_by_the_count(repo: Path, tmp_path: Path) -> None:
    base = repo / "examples" / "misconduct-pilot"
    seen = profile("data/decision-log.parquet", base=base)
    answers = {**ANSWERS, "decision": "flag", "decision_yes": [True], "groups": ["ethnicity"], "about": "ethnicity"}
    del answers["decision_no"]
    answers |= {"outcome": "outcome_label", "outcome_yes": [1], "human": "reviewer_decision", "human_yes": ["agree"]}
    plan = plan_from(draft(seen, answers))

    assert plan.columns.decision.yes == (True,)
    assert plan.columns.decision.no == (False,)
    assert plan.columns.human is not None
    assert plan.columns.human.no == ("override",)
    assert count(plan, base=base).cells.n == 45_000


def test_score_becomes_a_decision_by_a_threshold(seen: Profile) -> None:
    answers = {"decision": "risk_score", "threshold": 0.7, "outcome": None, "decision_yes": None, "decision_no": None}
    given = {key: value for key, value in {**ANSWERS, **answers}.items() if value is not None}
    plan = plan_from(draft(seen, given))

    assert plan.columns.decision.from_score == "risk_score"
    assert plan.columns.decision.threshold == 0.7
    assert plan.rules.primary == ("selection_rate",)


def test_draft_explains_itself_and_names_unused_columns(seen: Profile) -> None:
    text = draft(seen, {**ANSWERS, "outcome_no": ["0"]})

    assert "# A draft from six answers" in text
    assert "staff_id" in " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert "# What a yes does to the person." in text


def test_without_a_margin_the_draft_says_how_to_declare_one(seen: Profile) -> None:
    answers = {key: value for key, value in ANSWERS.items() if not key.startswith("margin")}
    text = draft(seen, {**answers, "outcome_no": ["0"]})

    assert plan_from(text).rules.margin is None
    assert "# No margin was declared." in text


def test_identification_gets_a_denominators_sheet(seen: Profile) -> None:
    plan = plan_from(draft(seen, {**ANSWERS, "effect": "identification", "row": "face", "outcome_no": ["0"]}))

    assert plan.identification is not None
    assert plan.identification.exposure == "faces seen"
    assert plan.rules.primary == ("fdr",)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"effect": "harm"}, "effect"),
        ({"effect": None}, "effect"),
        ({"pool": ""}, "pool"),
        ({"decison": "flagged"}, "decison"),
        ({"decision": "flaged"}, "decision"),
        ({"decision_yes": ["J"]}, "decision_yes"),
        ({"decision_yes": "Y"}, "decision_yes"),
        ({"decision_yes": ["Y", "N", "pending"], "decision_no": None}, "decision_no"),
        ({"groups": ["race"]}, "race"),
        ({"about": "age"}, "about"),
        ({"about": None}, "reference"),
        ({"margin_reason": None}, "margin_reason"),
        ({"outcome_no": None}, "outcome_no"),
        ({"threshold": 0.5, "decision_yes": None}, "threshold"),
    ],
)
def test_answers_that_do_not_fit_are_named(seen: Profile, change: Mapping[str, Any], where: str) -> None:
    merged = {**ANSWERS, "outcome_no": ["0"], **change}
    given = {key: value for key, value in merged.items() if value is not None}

    with pytest.raises(MetricError) as refused:
        draft(seen, given, name="answers.yaml")

    assert f"answers.yaml: {where}" in [fault.where for fault in refused.value.faults]
    assert {fault.code for fault in refused.value.faults} == {"E152"}
    assert refused.value.exit == 2


def test_all_faults_of_the_answers_come_at_once(seen: Profile) -> None:
    with pytest.raises(MetricError) as refused:
        draft(seen, {"effect": "harm", "groups": ["race"]})

    assert len(refused.value.faults) >= 5
