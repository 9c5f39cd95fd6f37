"""CK-23 and CK-26 on logs written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]

USE: Row = {
    "authority_ref": "A1",
    "ts_authority": "2026-06-01T08:00:00Z",
    "ts_start": "2026-06-01T09:00:00Z",
    "ts_end": "2026-06-01T17:00:00Z",
    "location_id": "High Street",
    "authority_place": "high street",
    "authority_from": "2026-06-01T09:00:00Z",
    "authority_to": "2026-06-01T17:00:00Z",
}


def deployments(n: int, **other: Any) -> list[Row]:
    """n deployments of three rows each; what was authorised stands on the first row only."""
    last = {name: USE[name] for name in ("ts_start", "location_id")}
    rows = []
    for i in range(n):
        name = {"deployment_id": f"d{i}{sorted(other)}"}
        rows += [{**name, **USE, **other}, {**name, **last}, {**name, **last}]
    return rows


def test_deployments_within_their_authority_are_supported(rule: Rule) -> None:
    ruling = rule("CK-23", deployments(60))
    assert (ruling.verdict, ruling.cautions) == ("supported", ())
    # None of 60: 1 - 0.05^(1/60) = 0.0487.
    assert ruling.measures[0].high == pytest.approx(0.04870, abs=1e-5)
    assert (ruling.measures[0].count, ruling.measures[0].of) == (0, 60)


@pytest.mark.parametrize(
    ("odd", "label"),
    [
        ({"authority_ref": ""}, "have no written authority"),
        ({"ts_authority": "2026-06-01T10:00:01+01:00"}, "began before"),  # a second late
        ({"authority_place": "Market Square"}, "in a place"),
        ({"location_id": "Market Square"}, "in a place"),
        ({"ts_end": "2026-06-01T17:00:01Z"}, "outside the time"),
        ({"ts_start": "2026-06-01T08:59:00Z", "ts_authority": "2026-06-01T08:00:00Z"}, "outside the time"),
    ],
)
def test_one_deployment_outside_its_authority_contradicts(rule: Rule, odd: Row, label: str) -> None:
    ruling = rule("CK-23", [*deployments(99), *deployments(1, **odd)])
    (counted,) = [each for each in ruling.measures if label in each.label]
    assert (ruling.verdict, counted.count, counted.of) == ("contradicted", 1, 100)
    assert "1 of 100 (1%) deployments" in ruling.sentence


@pytest.mark.parametrize(
    ("odd", "verdict"),
    [
        ({"ts_authority": ""}, "not enough data"),
        ({"authority_place": ""}, "not enough data"),
        ({"authority_to": ""}, "not enough data"),
    ],
)
def test_what_is_not_recorded_is_not_taken_for_kept(rule: Rule, odd: Row, verdict: str) -> None:
    assert rule("CK-23", [*deployments(9), *deployments(1, **odd)]).verdict == verdict


def test_without_place_or_period_only_a_contradiction_can_be_seen(rule: Rule) -> None:
    names = ("deployment_id", "authority_ref", "ts_authority", "ts_start")

    def bare(rows: list[Row]) -> list[Row]:
        return [{name: row.get(name) for name in names} for row in rows]

    ruling = rule("CK-23", bare(deployments(20)))
    assert ruling.verdict == "not testable"
    assert set(ruling.missing) == {"location_id", "authority_place", "authority_from", "authority_to"}
    assert rule("CK-23", bare(deployments(20, authority_ref=""))).verdict == "contradicted"
    assert rule("CK-23", [{"deployment_id": "d"}]).missing == ("authority_ref", "ts_authority", "ts_start")
    ruling = rule("CK-23", [{**row, "deployment_id": ""} for row in deployments(2)])
    assert ruling.verdict == "not enough data"


QUERY: Row = {
    "query_user": "u",
    "case_ref": "C/1",
    "query_subject": "other",
    "on_shift": 1,
    "supplier_user": 0,
    "query_audited": 0,
    "query_explained": "",
    "ts_scored": "2026-06-05T12:00:00Z",
}


def queries(n: int, **other: Any) -> list[Row]:
    return [{**QUERY, **other}] * n


@pytest.mark.parametrize(
    ("odd", "parameters", "verdict"),
    [
        ({}, {}, "supported"),
        ({"case_ref": " "}, {}, "contradicted"),
        ({"case_ref": " "}, {"case_required": False}, "supported"),
        ({"case_ref": "", "query_explained": 1}, {}, "supported"),
        ({"query_subject": "Self"}, {}, "contradicted"),  # a case does not explain a search for oneself
        ({"query_subject": "self", "query_explained": 1}, {}, "supported"),
        ({"query_subject": "colleague"}, {}, "supported"),  # named with a case: a caution
        ({"query_subject": "colleague", "case_ref": ""}, {"case_required": False}, "contradicted"),
        ({"on_shift": 0}, {}, "supported"),
        ({"on_shift": 0, "case_ref": ""}, {"case_required": False}, "contradicted"),
        ({"on_shift": ""}, {}, "not enough data"),
        ({"query_subject": ""}, {}, "not enough data"),
        ({"supplier_user": 1}, {"supplier_access": "none"}, "contradicted"),
        ({"supplier_user": 1}, {"supplier_access": "standing"}, "supported"),
        ({"supplier_user": ""}, {"supplier_access": "none"}, "not enough data"),
    ],
)
def test_one_query_among_a_thousand(rule: Rule, odd: Row, parameters: Row, verdict: str) -> None:
    ruling = rule("CK-26", [*queries(999), *queries(1, **odd)], parameters=parameters)
    assert ruling.verdict == verdict
    assert ruling.measures[0].of == 1000


def test_a_query_with_a_case_about_a_colleague_is_left_to_an_audit(rule: Rule) -> None:
    ruling = rule("CK-26", [*queries(99), *queries(1, query_subject="neighbour")])
    assert any(
        "1 query about colleagues, neighbours or public figures names a case" in each for each in ruling.cautions
    )


@pytest.mark.parametrize(
    ("when", "verdict"),
    [("2026-06-05T12:00:00Z", "supported"), ("2026-07-05T12:00:00Z", "contradicted"), ("", "contradicted")],
)
def test_supplier_staff_within_a_limited_authority(rule: Rule, when: str, verdict: str) -> None:
    limits = {"authority_ref": "S1", "authority_from": "2026-06-01T00:00:00Z", "authority_to": "2026-06-30T00:00:00Z"}
    rows = [*queries(50), *queries(1, supplier_user=1, **{**limits, "ts_scored": when})]
    parameters = {"supplier_access": "time-limited"}
    assert rule("CK-26", rows, parameters=parameters).verdict == verdict
    unlimited = [{name: row[name] for name in QUERY} for row in rows]
    assert rule("CK-26", unlimited, parameters=parameters).verdict == "not testable"


@pytest.mark.parametrize(
    ("june", "july", "verdict"),
    [
        (60, 60, "supported"),  # of 1,000: .0469 to .0765 by Wilson, above .02
        (60, 2, "contradicted"),  # .0005 to .0073
        (60, 22, "not enough data"),  # .0146 to .0331
    ],
)
def test_the_share_looked_at_for_misuse_in_every_month(rule: Rule, june: int, july: int, verdict: str) -> None:
    rows = []
    for month, audited in (("06", june), ("07", july)):
        when = f"2026-{month}-05T12:00:00Z"
        rows += [*queries(audited, query_audited=1, ts_scored=when), *queries(1000 - audited, ts_scored=when)]
    ruling = rule("CK-26", rows, parameters={"audit_share": 0.02})
    assert ruling.verdict == verdict
    assert [row[2] for row in ruling.tables[0].rows] == [str(june), str(july)]


def test_queries_need_the_columns_that_tell_them_apart(rule: Rule) -> None:
    rows = [{"query_user": "u", "case_ref": "C/1"}] * 30
    ruling = rule("CK-26", rows)
    assert (ruling.verdict, ruling.missing) == ("not testable", ("query_subject", "on_shift", "supplier_user"))
    assert rule("CK-26", [*rows, {"query_user": "u"}]).verdict == "contradicted"
    assert rule("CK-26", [{"query_user": "", "case_ref": ""}]).verdict == "not enough data"
    assert rule("CK-26", rows, parameters={"audit_share": 0.02}).missing[-2:] == ("query_audited", "ts_scored")
    assert rule("CK-26", [{"case_ref": "C"}]).verdict == "not testable"
