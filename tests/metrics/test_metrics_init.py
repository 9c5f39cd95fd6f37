"""A first look at a table, and the plan that is drafted from six answers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from impact.errors import MetricError
from impact.metrics.counting.count import count
from impact.metrics.counting.profile import Profile, looks_personal, profile
from impact.metrics.plans.plan import AuditPlan
from impact.metrics.plans.plan_file import load_plan, plan_of
from impact.metrics.tools.init_offers import switched_off
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


# A table of referrals with a column for every key that a plan may have, and with some that must not be taken for one.
RICH = (
    "case_id,claimant_id,eth5,sex,officer_decision,flag_a,flag_b,score_a,model_version,decided_on,dob,officer_id,"
    "review_seconds,survey_weight,borough,remarks,ethnicity_id,risk_band,sex_comment,nation,outcome"
)
OFFERED = ["person_id", "human", "also", "score", "weight", "reviewer", "review_seconds", "time", "version", "strata"]
RICH_ANSWERS: Mapping[str, Any] = {
    **ANSWERS,
    "decision": "flag_a",
    "decision_no": ["N"],
    "outcome_no": ["0"],
    "row": "decision",
}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    pick, folder = random.Random(3), tmp_path_factory.mktemp("rich")
    rows = [RICH]
    for row in range(900):
        values = (
            row, 1_000_000 + row % 300, pick.choice(("White", "Black")), pick.choice("FM"),
            pick.choice(("agree", "override")), pick.choice("YN"), pick.choice("YN"), row % 101 / 100,
            pick.choice(("1.4.2", "2.0.0")), f"2025-{1 + row % 12:02}-{1 + row % 28:02}", f"19{50 + row % 40}-01-02",
            f"o{row % 40}", 10 + row % 700, 0.5 + row % 7, pick.choice("NSE"), f"spoke to {row}", row % 5,
            pick.choice(("high", "low")), pick.choice(("ok", "asked")), "England", row % 2,
        )  # fmt: skip
        rows.append(",".join(map(str, values)))
    (folder / "rich.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return profile("rich.csv", base=folder)


def switch_on(text: str, key: str) -> str:
    """What a person does: delete the “#” before one key and what belongs to it."""
    lines, on = [], False
    for line in text.splitlines():
        found = re.fullmatch(r"( *)#((?! ).*|  .*)", line)
        if found is None:
            on = False
        elif not found[2].startswith(" "):
            on = found[2].startswith(f"{key}:")
        lines.append(found[1] + found[2] if found and on else line)
    return "\n".join(lines) + "\n"


def test_further_keys_are_offered_and_every_one_is_switched_off(rich: Profile) -> None:
    text = draft(rich, RICH_ANSWERS)
    plan = plan_from(text)

    assert switched_off(text) == OFFERED
    assert plan.unit.person_id is None
    assert not plan.strata
    assert {key for key, value in plan.columns if value} == {"decision", "outcome"}


def test_an_offer_stands_under_one_line_that_says_what_it_gives(rich: Profile) -> None:
    lines = draft(rich, RICH_ANSWERS).splitlines()

    for key in OFFERED:
        above = next(lines[at - 1] for at, line in enumerate(lines) if line.strip().startswith(f"#{key}:"))
        assert above.strip().startswith("# ")
        assert 30 < len(above) <= 110


@pytest.mark.parametrize(
    ("key", "column"),
    [("person_id", "claimant_id"), ("time", "decided_on"), ("version", "model_version")],
)
def test_an_offer_that_leaves_nothing_open_is_a_plan_once_it_is_switched_on(
    rich: Profile, key: str, column: str
) -> None:
    plan = plan_from(switch_on(draft(rich, RICH_ANSWERS), key))

    assert plan.unit.person_id == column if key == "person_id" else getattr(plan.columns, key).name == column


@pytest.mark.parametrize(
    ("key", "code", "column"),
    [
        ("human", "E110", "officer_decision"),  # which value means yes
        ("also", "E110", "flag_b"),  # what the decision's own scorer is called
        ("score", "E110", "score_a"),  # what a higher score means
        ("weight", "D48", "survey_weight"),  # frequency or sampling
        ("reviewer", "E104", "officer_id"),  # the human decision
        ("review_seconds", "E104", "review_seconds"),
        ("strata", "E107", "borough"),  # a role
    ],
)
def test_an_offer_that_leaves_a_choice_open_is_refused_until_it_is_made(
    rich: Profile, key: str, code: str, column: str
) -> None:
    text = switch_on(draft(rich, RICH_ANSWERS), key)

    assert re.search(rf"^ +name: {column}$", text, re.MULTILINE)
    with pytest.raises(MetricError) as refused:
        plan_from(text)
    assert {fault.code for fault in refused.value.faults} == {code}


def test_offers_with_their_choices_made_are_counted(rich: Profile) -> None:
    text = draft(rich, RICH_ANSWERS)
    for key in OFFERED:
        text = switch_on(text, key) if key != "weight" else text
    text = text.replace('yes: []\n    no: ["agree", "override"]', 'yes: ["agree"]\n    no: ["override"]')
    text = text.replace('higher_means: ""', "higher_means: likelier to be referred")
    text = text.replace("label: flagged for a visit", "label: flagged for a visit\n    scorer: Supplier A")
    text = text.replace("    name: borough", "    name: borough\n  # no reason is known\n    role: proxy_risk")
    plan = plan_from(text)

    assert plan.columns.score is not None
    assert plan.columns.score.range == (0, 1)
    assert plan.columns.also["flag_b"].yes == ("Y",)
    assert plan.columns.human is not None
    assert plan.strata["borough"].name == "borough"


def test_amounts_and_classes_are_offered_where_two_columns_are_named_alike(tmp_path: Path) -> None:
    pick, rows = random.Random(5), ["flag,sex,outcome,predicted_loss,actual_loss,actual_size,needPredicted,need_actual"]
    for row in range(600):
        needs = [pick.choice(("home", "work", "school")) for _ in range(2)]
        values = (pick.choice("YN"), pick.choice("FM"), row % 2, row % 90 + 0.5, row % 70 + 0.25, row % 9, *needs)
        rows.append(",".join(map(str, values)))
    (tmp_path / "d.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    answers = {**RICH_ANSWERS, "decision": "flag", "groups": ["sex"], "about": "sex"}
    text = draft(profile("d.csv", base=tmp_path), {key: answers[key] for key in answers if key != "reference"})

    assert [key for key in switched_off(text) if key in ("amount", "classes")] == ["amount", "classes"]
    on = switch_on(text, "classes")
    plan = plan_from(on)
    assert plan.columns.classes is not None
    assert (plan.columns.classes.predicted, plan.columns.classes.actual) == ("needPredicted", "need_actual")
    assert sorted(map(str, plan.columns.classes.values)) == ["home", "school", "work"]
    with pytest.raises(MetricError):  # the unit, the range, what is near enough and why: nobody has said so yet
        plan_from(switch_on(text, "amount"))
    chosen = switch_on(text, "amount").replace(
        'unit: ""', "unit: pounds\n    range: [0, 100]\n    tolerance: 5\n    reason: a day's work"
    )
    found = plan_from(chosen).columns.amount
    assert found is not None
    assert (found.predicted, found.actual, found.label) == ("predicted_loss", "actual_loss", "loss")


def test_ids_remarks_bands_of_scores_and_constants_are_offered_for_nothing(rich: Profile) -> None:
    told = {column.name: column.roles for column in rich.columns}
    text = draft(rich, RICH_ANSWERS)

    # One row each, a birthday, free text, a code for a group, a score cut into bands, a remark, and a single value.
    for name in ("case_id", "dob", "remarks", "ethnicity_id", "risk_band", "sex_comment", "nation"):
        assert told[name] == ()
        assert f"name: {name}" not in text
    assert told["officer_decision"] == ("human",)
    assert rich.likely("group") == ("eth5", "sex", "borough")


def test_a_second_score_is_another_scorer_of_a_decision_by_threshold(rich: Profile) -> None:
    answers = {**RICH_ANSWERS, "decision": "survey_weight", "threshold": 2}
    for key in ("decision_yes", "decision_no"):
        answers.pop(key)
    text = switch_on(draft(rich, answers), "also")

    assert "from: score_a" in text
    with pytest.raises(MetricError) as refused:
        plan_from(text)
    assert {(fault.code, "scorer" in fault.found or "threshold" in fault.found) for fault in refused.value.faults} == {
        ("E110", True)
    }


def test_a_denominators_sheet_is_offered_neither_weights_nor_repeated_people(rich: Profile) -> None:
    offered = switched_off(draft(rich, {**RICH_ANSWERS, "effect": "identification"}))

    assert offered == [key for key in OFFERED if key not in ("person_id", "weight")]


def test_what_was_answered_is_not_offered_again(rich: Profile) -> None:
    answers = {
        **RICH_ANSWERS,
        "human": "officer_decision",
        "human_yes": ["agree"],
        "groups": ["eth5", "sex", "borough"],
    }

    assert not {"human", "strata"} & set(switched_off(draft(rich, answers)))
