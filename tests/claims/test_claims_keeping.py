"""CK-20 to CK-22 on logs written by hand. “Now” is the beginning of 20 November 2026, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]

# 31 days before are 20 October, 00:00 UTC.
JUST_IN, JUST_OVER = "2026-10-20T00:00:00Z", "2026-10-20T00:59:59+01:00"


def kept(*times: str, n: int = 1, **other: Any) -> list[Row]:
    return [{"ts_scored": time, "ts_deleted": "", **other} for time in times for _ in range(n)]


@pytest.mark.parametrize(
    ("rows", "verdict", "count", "of"),
    [
        (kept("2026-11-01T00:00:00Z", JUST_IN, n=50), "supported", 0, 100),
        ([*kept("2026-11-01T00:00:00Z", n=9999), *kept(JUST_OVER)], "contradicted", 1, 10_000),
        # Deleted on the 40th day: it was kept too long, though it is gone.
        (
            [*kept(JUST_IN), {"ts_scored": "2026-01-01T00:00:00Z", "ts_deleted": "2026-02-10T00:00:00Z"}],
            "contradicted",
            1,
            2,
        ),
        (
            [*kept(JUST_IN), {"ts_scored": "2026-01-01T00:00:00Z", "ts_deleted": "2026-02-01T00:00:00Z"}],
            "supported",
            0,
            2,
        ),
        ([*kept(JUST_IN), {"ts_scored": "", "ts_deleted": ""}], "not enough data", 0, 1),
        ([{"ts_scored": "", "ts_deleted": ""}], "not enough data", 0, 0),
    ],
)
def test_records_against_the_days_that_were_said(
    rule: Rule, rows: list[Row], verdict: str, count: int, of: int
) -> None:
    ruling = rule("CK-20", rows, parameters={"days": 31})
    assert (ruling.verdict, ruling.measures[0].count, ruling.measures[0].of) == (verdict, count, of)


def test_the_oldest_record_is_named_by_its_day(rule: Rule) -> None:
    ruling = rule("CK-20", [*kept("2025-11-20T00:00:00Z"), *kept(JUST_IN, n=3)], parameters={"days": 31})
    assert "1 of 4 (25%) records were kept longer" in ruling.sentence
    assert "from 2025-11-20, 365 days ago" in ruling.sentence


def test_days_differ_by_class_and_for_records_without_a_match(rule: Rule) -> None:
    rows = [
        *kept("2026-09-01T00:00:00Z", n=12, retention_class="evidence", flag=1),
        *kept("2026-11-19T12:00:00Z", n=20, retention_class="passing", flag=0),
    ]
    by_class = {"evidence": 365, "passing": 1}
    ruling = rule("CK-20", rows, parameters={"days_by_class": by_class})
    assert (ruling.verdict, ruling.measures[0].of) == ("supported", 32)
    assert [row[:3] for row in ruling.tables[0].rows] == [("passing", "20", "20"), ("evidence", "12", "12")]
    assert rule("CK-20", rows, parameters={"days_by_class": {"evidence": 365}}).verdict == "not enough data"
    assert rule("CK-20", rows, parameters={"days_by_class": by_class, "days": 1}).verdict == "supported"
    # Without a match they are to go at once: twelve hours are too long.
    ruling = rule("CK-20", rows, parameters={"days_by_class": by_class, "non_match_days": 0})
    assert (ruling.verdict, ruling.measures[0].count) == ("contradicted", 20)
    ruling = rule("CK-20", rows, parameters={"non_match_days": 1})
    assert (ruling.verdict, ruling.measures[0].count, ruling.measures[0].of) == ("supported", 0, 20)


def test_old_source_data_and_no_declared_days(rule: Rule) -> None:
    rows = kept(JUST_IN, n=5, oldest_source_ts="2020-11-21T00:00:00Z")  # 2,190 days before
    ruling = rule("CK-20", rows, parameters={"days": 31, "source_days": 2000})
    assert ruling.verdict == "contradicted"
    assert {each.label: each.value for each in ruling.measures}["Age of the oldest source data still in use"] == 2190
    assert rule("CK-20", rows, parameters={"days": 31, "source_days": 2190}).verdict == "supported"
    assert rule("CK-20", rows).verdict == "not testable"
    assert rule("CK-20", [{"flag": 1}], parameters={"days": 31}).missing == ("ts_scored", "ts_deleted")


def test_without_times_of_deletion_a_row_does_not_show_that_the_record_is_there(rule: Rule) -> None:
    # claims.md 1: a check whose column is missing is not testable. The log can outlive the record.
    ruling = rule("CK-20", [{"ts_scored": "2020-01-01T00:00:00Z"}], parameters={"days": 31})
    assert (ruling.verdict, ruling.missing) == ("not testable", ("ts_deleted",))


def canary(store: str, found: int | str, **other: str) -> Row:
    return {"canary_id": f"{store}{found}", "store": store, "found": found, **other}


EVERYWHERE = [canary(store, 0) for store in ("primary", "Index", "backup", "supplier")]
DUE = {"due": "2026-10-01T00:00:00Z"}
LOOKED = [{**row, **DUE, "checked": "2026-10-02T00:00:00Z"} for row in EVERYWHERE]


@pytest.mark.parametrize(
    ("rows", "parameters", "verdict", "count", "of"),
    [
        (EVERYWHERE * 25, {}, "supported", 0, 100),
        ([*EVERYWHERE * 25, canary("backup", 1)], {}, "contradicted", 1, 101),
        (EVERYWHERE[:2], {}, "not enough data", 0, 2),
        (EVERYWHERE[:2], {"stores": ["primary", "index"]}, "supported", 0, 2),
        # Found before it was due, which is no fault; and so nobody has looked in the backup.
        (
            [*LOOKED[:2], LOOKED[3], canary("backup", 1, **DUE, checked="2026-09-30T00:00:00Z")],
            {},
            "not enough data",
            0,
            3,
        ),
        ([*LOOKED, canary("backup", 1, **DUE, checked="2026-10-02T00:00:00Z")], {}, "contradicted", 1, 5),
        ([canary("primary", "")], {}, "not enough data", 0, 0),
    ],
)
def test_planted_records_after_they_ought_to_be_gone(
    rule: Rule, rows: list[Row], parameters: Row, verdict: str, count: int, of: int
) -> None:
    ruling = rule("CK-21", None, canaries=rows, parameters=parameters)
    assert (ruling.verdict, ruling.measures[0].count, ruling.measures[0].of) == (verdict, count, of)


def test_deletion_without_planted_records_is_not_testable(rule: Rule) -> None:
    assert rule("CK-21", [{"flag": 1}]).verdict == "not testable"


def listing(size: int | str, name: str = "w", category: str = "wanted", n: int = 1) -> list[Row]:
    return [{"watchlist_id": name, "watchlist_size": size, "watchlist_category": category} for _ in range(n)]


@pytest.mark.parametrize(
    ("rows", "cap", "verdict", "count", "of"),
    [
        ([*listing(10_000, "a", n=30), *listing(900, "b", n=9)], 10_000, "supported", 0, 2),
        ([*listing(10_001, "a"), *listing(900, "b", n=90)], 10_000, "contradicted", 1, 2),
        (listing(""), 10_000, "not enough data", None, None),
        (listing(5), None, "not testable", None, None),
    ],
)
def test_the_largest_watchlist_against_the_cap(
    rule: Rule, rows: list[Row], cap: int | None, verdict: str, count: int | None, of: int | None
) -> None:
    ruling = rule("CK-22", rows, parameters={} if cap is None else {"cap": cap})
    assert ruling.verdict == verdict
    if of is not None:
        assert (ruling.measures[2].count, ruling.measures[2].of) == (count, of)


def test_small_categories_are_withheld_never_one_alone(rule: Rule) -> None:
    rows = [
        *listing(5, category="wanted", n=60),
        *listing(5, category="missing", n=12),
        *listing(5, category="other", n=3),
    ]
    ruling = rule("CK-22", rows, parameters={"cap": 5, "categories": ["Wanted", "missing"]})
    # The three of “other” could be worked out from 75 less 60 and 12, so “missing” goes with it.
    assert ruling.tables[0].rows == (("wanted", "60", "80%"), ("2 smaller categories", "withheld", "withheld"))
    assert "3 of 75 (4%) entries are of a category that is not among the published ones." in ruling.cautions
