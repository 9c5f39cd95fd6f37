"""CK-01 to CK-04 on logs written by hand: a planted case for every verdict. Counts and limits worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]

OPEN, LATER, BEFORE = "2026-06-01T10:00:00+01:00", "2026-06-01T11:00:00+01:00", "2026-06-01T08:59:00+00:00"


def reviewed(n: int, **other: Any) -> list[dict[str, Any]]:
    row = {"flag": 1, "reviewer_decision": "agree", "ts_open": OPEN, "ts_action": LATER}
    return [{**row, **other} for _ in range(n)]


def test_every_alert_reviewed_before_action_is_supported_with_what_could_have_been_missed(rule: Rule) -> None:
    ruling = rule("CK-01", [*reviewed(300), {"flag": 0}])
    assert ruling.verdict == "supported"
    missed = ruling.measures[0]
    # No miss among 300: 1 - 0.05^(1/300) = 0.00994 (about 3/300).
    assert (missed.count, missed.of, missed.method) == (0, 300, "one_sided")
    assert missed.high == pytest.approx(0.009936, abs=1e-6)
    assert "0.99%" in ruling.sentence


@pytest.mark.parametrize(
    "odd",
    [
        {"reviewer_decision": None},  # nobody decided
        {"ts_open": None},  # nobody opened it
        {"ts_action": BEFORE},  # 08:59 UTC is 09:59 in summer time: a minute before the case was opened
        {"ts_action": OPEN},  # at the same moment
    ],
)
def test_one_alert_without_a_review_before_action_contradicts(rule: Rule, odd: dict[str, Any]) -> None:
    ruling = rule("CK-01", [*reviewed(5000), *reviewed(1, **odd)])
    assert ruling.verdict == "contradicted"
    assert ruling.measures[0].count == 1


def test_no_alert_tells_nothing_and_a_missing_column_is_named(rule: Rule) -> None:
    assert (
        rule("CK-01", [{"flag": 0, "reviewer_decision": "", "ts_open": "", "ts_action": ""}]).verdict
        == "not enough data"
    )
    ruling = rule("CK-01", [{"flag": 1, "reviewer_decision": "agree", "ts_open": OPEN}])
    assert (ruling.verdict, ruling.missing) == ("not testable", ("ts_action",))


def meaningful(*, overturned: int, right: int, seconds: int, n: int = 1000) -> list[dict[str, Any]]:
    return [
        {
            "flag": 1,
            "reviewer_decision": "override" if i < overturned else "agree",
            "outcome_label": int(i >= n - right),
            "ts_open": "2026-06-01T10:00:00Z",
            "ts_close": f"2026-06-01T10:{seconds // 60:02}:{seconds % 60:02}Z",
        }
        for i in range(n)
    ]


def test_a_rubber_stamp_is_contradicted_by_the_rates_and_by_the_clock(rule: Rule) -> None:
    # 800 of 1,000 alerts were wrong, 30 were overturned: upper limits .0425 against half of .776.
    ruling = rule("CK-02", meaningful(overturned=30, right=200, seconds=600), parameters={"least_seconds": 120})
    assert ruling.verdict == "contradicted"
    assert "more than twice" in ruling.sentence
    # Overturned as often as alerts are wrong, but in a minute each.
    ruling = rule("CK-02", meaningful(overturned=780, right=200, seconds=60), parameters={"least_seconds": 120})
    assert ruling.verdict == "contradicted"
    assert "1,000 of 1,000 (100%) reviews took less" in ruling.sentence


def test_review_that_overturns_what_is_wrong_and_takes_its_time_is_supported(rule: Rule) -> None:
    # 300 of 1,000 wrong, 290 overturned.
    ruling = rule("CK-02", meaningful(overturned=290, right=700, seconds=600), parameters={"least_seconds": 120})
    assert (ruling.verdict, ruling.cautions) == ("supported", ())


def test_review_without_outcomes_or_a_declared_time_is_never_supported(rule: Rule) -> None:
    rows = meaningful(overturned=290, right=700, seconds=600)
    assert rule("CK-02", rows).verdict == "not enough data"
    bare = [{name: row[name] for name in ("flag", "reviewer_decision")} for row in rows]
    assert rule("CK-02", bare, parameters={"least_seconds": 120}).verdict == "not enough data"
    assert rule("CK-02", [{"flag": 1}]).missing == ("reviewer_decision",)


def swayed(flips: int, n: int) -> list[dict[str, Any]]:
    row = {"flag": 1, "reviewer_decision": "agree"}
    return [{**row, "blind_decision": "override" if i < flips else "agree"} for i in range(n)]


@pytest.mark.parametrize(
    ("flips", "n", "verdict"), [(2, 1000, "supported"), (100, 1000, "contradicted"), (1, 20, "not enough data")]
)
def test_views_changed_towards_the_score_against_the_declared_limit(
    rule: Rule, flips: int, n: int, verdict: str
) -> None:
    ruling = rule("CK-03", swayed(flips, n), parameters={"limit": 0.05})
    assert (ruling.verdict, ruling.measures[0].count) == (verdict, flips)


def test_without_a_declared_limit_or_blind_views_sway_is_not_testable(rule: Rule) -> None:
    assert rule("CK-03", swayed(1, 20)).verdict == "not testable"
    assert rule("CK-03", reviewed(3)).missing == ("blind_decision",)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([{"action_severity": 3, "corroboration": "witness"}] * 40, "supported"),
        ([{"action_severity": 3, "corroboration": "witness"}] * 40 + [{"action_severity": 2}], "contradicted"),
        ([{"action_severity": 4, "corroboration": "0"}], "contradicted"),
        ([{"action_severity": 1, "corroboration": ""}], "not enough data"),
        ([{"action_severity": 2}], "not testable"),
    ],
)
def test_action_on_the_output_alone(rule: Rule, rows: list[dict[str, Any]], verdict: str) -> None:
    assert rule("CK-04", rows).verdict == verdict


def test_where_nobody_of_few_reviewers_is_swayed_more_reviewers_are_wanted_and_not_more_cases(rule: Rule) -> None:
    """Cases of one reviewer may be alike, so 12 count, not 600: z² (1 - 0.05) / 0.05 = 72.99 would do."""
    rows = [
        {"case_id": f"c{i}", "reviewer_key": f"r{i % 12}", "flag": 1, "blind_decision": "agree",
         "reviewer_decision": "agree"}
        for i in range(600)
    ]  # fmt: skip
    ruling = rule("CK-03", rows, parameters={"limit": 0.05})
    assert ruling.verdict == "not enough data"
    assert ruling.needed == "rows of about 73 different people, none of them a hit"
