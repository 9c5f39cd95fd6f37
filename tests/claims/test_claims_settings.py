"""CK-16 to CK-19 on logs written by hand: a planted case for every verdict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from impact.claims.check import Ruling
from impact.claims.checks import catalogue
from impact.metrics.logs.opening import DecisionLog

from .conftest import context_of

Rule = Callable[..., Ruling]
Rows = list[dict[str, Any]]

APPROVED = [
    {
        "model_version": "v1",
        "threshold": "0.60",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2026-03-31T23:59:59Z",
    },
    {"model_version": "v2", "threshold": "0.64", "valid_from": "2026-03-01T00:00:00+01:00", "valid_to": ""},
]


def scored(
    n: int, version: str | None = "v1", threshold: float | None = 0.6, when: str = "2026-02-01T10:00:00Z"
) -> Rows:
    return [{"model_version": version, "threshold": threshold, "ts_scored": when} for _ in range(n)]


@pytest.mark.parametrize(
    ("odd", "verdict"),
    [
        ([], "supported"),
        (scored(1, "v3"), "contradicted"),  # never approved
        (scored(1, "v1", 0.59), "contradicted"),  # the threshold of another setting
        (scored(1, "v1", 0.6, "2026-04-01T00:00:00Z"), "contradicted"),  # no longer approved
        (scored(1, "v2", 0.64, "2026-02-28T22:59:59Z"), "contradicted"),  # a second before
        (scored(1, "v2", 0.64, "2026-02-28T23:00:00Z"), "supported"),  # midnight, an hour east
        (scored(1, None), "not enough data"),  # nobody knows
        ([*scored(1, None), *scored(1, "v3")], "contradicted"),
        (scored(1, "v1", 0.6000000238), "supported"),  # 0.6 in seven digits
    ],
)
def test_settings_are_those_approved_for_their_time(rule: Rule, odd: Rows, verdict: str) -> None:
    rows = [*scored(500), *scored(500, "v2", 0.64, "2026-05-01T10:00:00Z"), *odd]
    ruling = rule("CK-17", rows, approved_settings=APPROVED)
    assert ruling.verdict == verdict
    if verdict == "contradicted":
        assert ruling.measures[0].count == 1
        assert ruling.measures[1].value == 1
        assert ruling.tables[0].rows[0][2] == "no"
    if not odd:
        assert ruling.measures[0].high == pytest.approx(1 - 0.05 ** (1 / 1000))
        assert ruling.cautions[0].endswith("config_hash.")


def test_days_outside_the_approved_settings_are_counted(rule: Rule) -> None:
    rows = scored(10) + [row for day in (3, 3, 9) for row in scored(2, "v3", 0.6, f"2026-02-0{day}T10:00:00Z")]
    ruling = rule("CK-17", rows, approved_settings=APPROVED)
    assert (ruling.measures[0].count, ruling.measures[1].value) == (6, 2)
    assert "on 2 days from 2026-02-03 to 2026-02-09" in ruling.sentence


def test_periods_that_overlap_count_a_row_once_and_an_open_end_lasts(rule: Rule) -> None:
    twice = [*APPROVED, {"model_version": "v1", "threshold": "", "valid_from": "", "valid_to": "2026-02-15T00:00:00Z"}]
    ruling = rule("CK-17", [*scored(20), *scored(5, "v1", 0.99)], approved_settings=twice)
    assert (ruling.verdict, ruling.measures[0].of) == ("supported", 25)


def test_settings_are_not_testable_without_something_to_compare(rule: Rule) -> None:
    assert rule("CK-17", scored(3)).missing[0].startswith("approved_settings.model_version")
    assert rule("CK-17", scored(3), approved_settings=[{"config_hash": "x"}]).verdict == "not testable"
    assert rule("CK-17", [{"flag": 1}], approved_settings=APPROVED).verdict == "not testable"


def test_the_cases_outside_are_the_ones_counted(logs: Callable[..., DecisionLog]) -> None:
    rows = [*scored(20), *scored(3, "v3"), *scored(2, None), *scored(4, "v1", 0.2)]
    log = logs(rows, approved_settings=APPROVED)
    context = context_of(log, parameters={"lowest_tested": 0.5}, reference={}, as_at=date(2026, 11, 20))
    for name, count in (("CK-17", 7), ("CK-18", 4)):
        condition = catalogue()[name].offending_in(context)
        assert log.rows(f"SELECT count(*) AS n FROM cases WHERE {condition}") == [{"n": count}]


LOWEST = [{"model_version": "v1", "lowest_tested": 0.6}, {"model_version": "v2", "lowest_tested": 0.56}]


@pytest.mark.parametrize(
    ("odd", "verdict", "count"),
    [
        ([], "supported", 0),
        (scored(1, "v1", 0.58), "contradicted", 1),  # tested for v2, not for v1
        (scored(1, "v2", 0.58), "supported", 0),
        (scored(1, "v3", 0.9), "not enough data", 0),  # nobody says what was tested for v3
        (scored(1, "v1", None), "not enough data", 0),
        ([*scored(1, "v3", 0.9), *scored(2, "v2", 0.5)], "contradicted", 2),
    ],
)
def test_the_threshold_against_the_lowest_that_was_tested(rule: Rule, odd: Rows, verdict: str, count: int) -> None:
    ruling = rule("CK-18", [*scored(1000), *odd], approved_settings=LOWEST)
    assert (ruling.verdict, ruling.measures[0].count) == (verdict, count)


def test_the_lowest_tested_threshold_can_come_from_the_answers(rule: Rule) -> None:
    rows = [{"threshold": 0.6}] * 30
    assert rule("CK-18", rows, parameters={"lowest_tested": 0.6}).verdict == "supported"
    ruling = rule("CK-18", rows, parameters={"lowest_tested": 0.64})
    assert (ruling.verdict, ruling.measures[1].value, ruling.measures[2].value) == ("contradicted", 0.6, 0.64)
    assert rule("CK-18", rows).verdict == "not testable"
    assert rule("CK-18", [{"flag": 1}], parameters={"lowest_tested": 0.6}).missing == ("threshold",)
    assert rule("CK-18", [{"threshold": None}], parameters={"lowest_tested": 0.6}).verdict == "not enough data"


def matters(*counts: tuple[str | None, int], action: str | None = None) -> Rows:
    return [{"offence_level": level, "flag": 1, "action": action} for level, n in counts for _ in range(n)]


UNFLAGGED = {"offence_level": "theft", "flag": 0, "action": "stop"}
SERIOUS = {"levels": ["Murder", "rape"]}


@pytest.mark.parametrize(
    ("rows", "parameters", "verdict"),
    [
        (matters(("murder", 80), ("Rape ", 20)), SERIOUS, "supported"),
        (matters(("murder", 80), ("theft", 1)), SERIOUS, "contradicted"),
        (matters(("murder", 80), ("theft", 1)), {**SERIOUS, "tolerance": 0.1}, "supported"),
        (matters(("murder", 80), ("theft", 30)), {**SERIOUS, "tolerance": 0.1}, "contradicted"),
        (matters(("murder", 20), ("theft", 2)), {**SERIOUS, "tolerance": 0.1}, "not enough data"),
        (matters(("murder", 80), (None, 1)), SERIOUS, "not enough data"),  # its level is not recorded
        (matters((None, 10)), SERIOUS, "not enough data"),
        (matters(("murder", 80)), {}, "not testable"),
        (
            [*matters(("murder", 80), action="stop"), {"offence_level": "theft", "flag": 0, "action": "stop"}],
            SERIOUS,
            "contradicted",
        ),
        ([{"flag": 1}], SERIOUS, "not testable"),
    ],
)
def test_use_for_serious_matters_only(rule: Rule, rows: Rows, parameters: dict[str, Any], verdict: str) -> None:
    assert rule("CK-19", rows, parameters=parameters).verdict == verdict


def test_flags_and_actions_are_shown_by_level(rule: Rule) -> None:
    rows = [*matters(("murder", 3), ("theft", 2)), *matters(("murder", 4), action="stop")]
    ruling = rule("CK-19", rows, parameters=SERIOUS)
    assert ruling.tables[0].rows == (("murder", "yes", "7", "4"), ("theft", "no", "2", "0"))
    assert ruling.sentence.startswith("2 of 9 (22.2%) flags were about matters below")
