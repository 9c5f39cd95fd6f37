"""Checks asked of one log that has every column: what they answer is plain JSON, rules again alike, and names cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from math import isfinite
from typing import Any

import pytest

from impact.claims.check import Claim
from impact.claims.checks import catalogue
from impact.claims.contract import LOG
from impact.claims.examine import ask, judge
from impact.metrics.logs.opening import DecisionLog
from tests.claims.conftest import context_of

Logs = Callable[..., DecisionLog]
Row = dict[str, Any]

PARAMETERS: dict[str, Row] = {
    "CK-20": {"days": 31, "non_match_days": 1, "source_days": 900, "days_by_class": {"evidence": 400}},
    "CK-22": {"cap": 900, "categories": ["wanted"]},
    "CK-26": {"audit_share": 0.02, "supplier_access": "time-limited"},
    "CK-27": {"told": 1, "days": 30},
    "CK-28": {"days": 28},
    "CK-30": {"largest_ratio": 1.5},
    "CK-31": {"limit": 0.05, "severe_limit": 0.1},
    "CK-35": {"margin": 0.1},
    "CK-36": {"outcome_days": 30, "most_without_outcome": 0.5},
    "CK-38": {"margin": 0.1},
}
MINE = [f"CK-{i}" for i in range(20, 39)]


def case(i: int) -> Row:
    """A case with every column, nothing wrong with it; ``i`` spreads groups, months and outcomes."""
    start = date(2026, 11, 5) - timedelta(days=i % 12)
    day = start.isoformat()
    row: Row = dict.fromkeys(LOG, "")
    return {
        **row,
        "case_id": f"c{i}",
        "subject_key": f"p{i % 400}",
        "ts_scored": f"{day}T10:00:00Z",
        "score": i % 10 / 10,
        "rank": i % 97 + 1,
        "flag": 1,
        "deployment_id": f"d{i % 12}",
        "location_id": f"a{i % 30}",
        "watchlist_id": "w",
        "watchlist_size": 800,
        "watchlist_category": "wanted",
        "ts_open": f"{day}T10:10:00Z",
        "reviewer_decision": "agree" if i % 3 else "override",
        "action": "stop",
        "action_severity": 3 if i % 4 else 2,
        "ts_action": f"{day}T11:00:00Z",
        "ts_notified": f"{day}T12:00:00Z",
        "ts_contest": f"{day}T13:00:00Z" if i % 10 == 0 else "",
        "ts_contest_decided": f"{day}T14:00:00Z" if i % 10 == 0 else "",
        "contest_result": ("rejected" if i % 20 else "upheld") if i % 10 == 0 else "",
        "corrected_downstream": 1 if i % 20 == 0 else "",
        "outcome_label": int(i % 5 == 0),
        "authority_ref": "A",
        "ts_authority": "2026-10-01T00:00:00Z",
        "authority_from": "2026-10-01T00:00:00Z",
        "authority_to": "2026-12-01T00:00:00Z",
        "ts_start": f"{day}T09:00:00Z",
        "ts_end": f"{day}T17:00:00Z",
        "case_ref": "C/1",
        "query_user": "u",
        "query_subject": "other",
        "on_shift": 1,
        "supplier_user": 0,
        "query_audited": int(i % 10 == 0),
        "generated_claims": 10,
        "unsupported_claims": int(i % 50 == 0),
        "severe_errors": 0,
        "document_id": f"t{i // 4}",
        "language": ("English", "Welsh")[i % 2],
        "retention_class": "evidence",
        "seq": i + 1,
    }


PEOPLE = [
    {
        "subject_key": f"p{i}",
        "ethnicity": "ABC"[i % 3],
        "sex": "FM"[i % 2],
        "age_band": "25-34",
        "rank_grade": ("PC", "Insp")[i % 2],
        "unit": "xy"[i % 2],
        "protected_disclosure": int(i % 8 == 0),
        "ts_disclosure": "2026-10-28T00:00:00Z" if i % 8 == 0 else "",
    }
    for i in range(400)
]
TABLES: dict[str, list[Row]] = {
    "areas": [
        {
            "area_code": f"a{i}",
            "residents": 1000 + 37 * i,
            "recorded_crime": 20 + i * i % 17,
            "group_share": i % 7 / 10,
            "deprivation": i % 11,
            "daytime_population": 900 + 41 * i,
        }
        for i in range(60)
    ],
    "patrols": [
        {"area_code": f"a{i}", "period": "2026", "patrol_hours": 9, "crimes_reported": i, "crimes_found": 1}
        for i in range(30)
    ],
    "retraining": [{"run": run, "location_id": f"a{i}", "rank": i} for run in ("all", "less") for i in range(100)],
    "headcount": [{"rank_grade": rank, "unit": "x", "employed": 210} for rank in ("PC", "Insp")],
    "external_counts": [{"source": "report", "period": "2026", "counted": "cases", "count": 1203}],
    "costs": [{"item": "x", "amount": 10, "comparison_outcomes": 100, "comparison_processed": 1200}],
    "export_test": [
        {
            "table": "t",
            "rows_expected": 9,
            "rows_exported": 9,
            "fields_expected": 3,
            "fields_exported": 3,
            "reimport": "ok",
            "hours": 2,
            "derived": 1,
        }
    ],
    "kpis": [{"kpi": "right", "numerator": "outcome_label", "denominator": "flag", "target": 0.1}],
    "canaries": [
        {"canary_id": store, "store": store, "found": 0} for store in ("primary", "index", "backup", "supplier")
    ],
}
WRONG: dict[str, list[Row]] = {
    "CK-20": [{"ts_scored": "2025-01-01T00:00:00Z", "deployment_id": ""}],
    "CK-22": [{"watchlist_size": 901}],
    "CK-23": [{"deployment_id": "late", "ts_authority": "2026-12-01T00:00:00Z"}],
    "CK-26": [{"case_ref": ""}, {"supplier_user": 1, "authority_ref": "", "deployment_id": ""}],
    "CK-27": [{"ts_notified": "", "ts_action": "2026-10-01T00:00:00Z"}],
    "CK-34": [{"subject_key": "child"}],
    "CK-36": [{"seq": ""}],
}


@pytest.fixture
def full(logs: Logs) -> DecisionLog:
    rows = [case(i) for i in range(1200)]
    for name, wrong in WRONG.items():
        rows += [{**case(24 * 50 + j), "case_id": f"{name}-{j}", **row} for j, row in enumerate(wrong)]
    child = {**PEOPLE[0], "subject_key": "child", "age_band": "10-17", "protected_disclosure": 0, "ts_disclosure": ""}
    return logs(rows, people=[*PEOPLE, child], **TABLES)


def test_answers_are_plain_json_and_rule_again_alike(full: DecisionLog) -> None:
    checks = [catalogue()[name] for name in MINE]
    contexts = {
        check.id: context_of(full, parameters=PARAMETERS.get(check.id, {}), reference={}, as_at=date(2026, 11, 20))
        for check in checks
    }
    claims = {check.id: Claim(check.id, True, "") for check in checks}
    answers = ask(checks, contexts, full)
    first = judge(checks, contexts, claims, answers)
    again = judge(checks, contexts, claims, json.loads(json.dumps(answers, allow_nan=False)))
    for one, other in zip(first, again, strict=True):
        assert one.ruling is not None
        assert other.ruling is not None
        assert one.ruling.to_json() == other.ruling.to_json()
        json.dumps(one.ruling.to_json(), allow_nan=False)
        assert one.ruling.verdict != "not testable", (one.check.id, one.ruling)
        for each in one.ruling.measures:
            limits = [x for x in (each.value, each.low, each.high) if x is not None]
            assert all(isfinite(x) for x in limits)
            if each.low is not None and each.high is not None and each.value is not None:
                assert each.low <= each.value + 1e-9, (one.check.id, each)
                assert each.value <= each.high + 1e-9, (one.check.id, each)
        assert one.ruling.recomputable is (one.check.id != "CK-30")
    rows = sum(len(answer) for check in answers.values() for answer in check.values())
    assert rows < 600  # aggregates, for 1,200 rows and 400 people: the most are areas and periods of places


def test_the_cases_that_contradict_are_those_that_were_planted(full: DecisionLog) -> None:
    for name, wrong in WRONG.items():
        check = catalogue()[name]
        context = context_of(full, parameters=PARAMETERS.get(name, {}), reference={}, as_at=date(2026, 11, 20))
        condition = check.offending_in(context)
        found = {row["case_id"] for row in full.rows(f"SELECT case_id FROM cases WHERE {condition}")}
        assert {f"{name}-{j}" for j in range(len(wrong))} <= found, name
        assert not any(each.startswith("c") for each in found), name
