"""CK-27, CK-28, CK-29 and CK-31 on logs written by hand. Limits: Wilson and Newcombe by statsmodels where given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]

DONE, TOLD, TOLD_LATE = "2026-06-01T00:00:00Z", "2026-06-11T00:00:00Z", "2026-07-01T00:00:01Z"


def acted(n: int, **other: Any) -> list[Row]:
    return [{"ts_action": DONE, "ts_notified": TOLD, "delay_reason": "", "action_severity": 2, **other}] * n


@pytest.mark.parametrize(
    ("untold", "of", "claimed", "verdict"),
    [
        (0, 300, 1.0, "supported"),
        (1, 3000, 1.0, "contradicted"),
        (10, 500, 0.95, "supported"),  # .9635 to .9891
        (100, 500, 0.95, "contradicted"),  # .7627 to .8328
        (20, 500, 0.95, "not enough data"),  # .9389 to .9739
        (0, 0, 1.0, "not enough data"),
    ],
)
def test_the_share_of_people_told(rule: Rule, untold: int, of: int, claimed: float, verdict: str) -> None:
    rows = [
        *acted(of - untold),
        *acted(untold, ts_notified=""),
        *acted(7, ts_action="", ts_notified="", action_severity=0),
    ]
    rows += acted(5, action_severity=0, ts_notified="")  # nothing was done to them
    ruling = rule("CK-27", rows, parameters={"told": claimed})
    assert (ruling.verdict, ruling.measures[0].count, ruling.measures[0].of) == (verdict, of - untold, of)
    if of and untold:
        limits = proportion_confint(of - untold, of, method="wilson")
        assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx(limits)


def test_telling_late_counts_and_who_is_not_due_does_not(rule: Rule) -> None:
    rows = [*acted(100), *acted(1, ts_notified=TOLD_LATE)]
    assert rule("CK-27", rows, parameters={"told": 1}).verdict == "supported"
    ruling = rule("CK-27", rows, parameters={"told": 1, "days": 30})
    assert (ruling.verdict, ruling.measures[0].count) == ("contradicted", 100)
    assert {each.label: each.value for each in ruling.measures}["Middle time until people were told"] == 10
    # Acted on 20 days before “now” and not told yet, within 30 days: not due.
    waiting = acted(4, ts_action="2026-10-31T00:00:00Z", ts_notified="")
    ruling = rule("CK-27", [*acted(100), *waiting], parameters={"told": 1, "days": 30})
    assert (ruling.verdict, ruling.measures[0].of) == ("supported", 100)


def test_rows_of_one_person_are_not_as_many_people(rule: Rule) -> None:
    # 40 people with five rows each, all told: as good as 40, so up to 7.2% and not 1.5% may have been missed.
    rows = [row for i in range(40) for row in acted(5, subject_key=f"p{i}")]
    ruling = rule("CK-27", rows, parameters={"told": 1})
    low, high = proportion_confint(0, 40 * (1.959964 / 2.022691) ** 2, method="wilson")
    assert (ruling.verdict, low) == ("supported", 0)
    assert f"up to {100 * high:.1f}%" in ruling.sentence


def test_a_reason_for_delay_is_left_out_and_shown(rule: Rule) -> None:
    rows = [*acted(80), *acted(20, ts_notified="", delay_reason="would harm an inquiry")]
    ruling = rule("CK-27", rows, parameters={"told": 1})
    # Nobody tested whether the reasons are lawful: what hangs on them is not supported, and not contradicted.
    assert (ruling.verdict, ruling.measures[0].of, ruling.measures[1].of) == ("not enough data", 80, 100)
    assert "lawful" in (ruling.needed or "")
    rows[-1]["delay_reason"] = "none"
    assert rule("CK-27", rows, parameters={"told": 1}).verdict == "contradicted"
    assert "20 cases" in ruling.cautions[0]
    assert "80 of 100 (80%)" in ruling.cautions[0]
    # Told all the same: a reason does not take the case out of the count.
    ruling = rule("CK-27", [*acted(80, delay_reason="would harm an inquiry")], parameters={"told": 1})
    assert (ruling.measures[0].of, ruling.cautions) == (80, ())
    assert rule("CK-27", rows).verdict == "not testable"
    assert rule("CK-27", [{"ts_action": DONE}]).missing == ("ts_notified",)


CHALLENGE: Row = {
    "ts_action": DONE,
    "ts_contest": "2026-06-10T00:00:00Z",
    "ts_contest_decided": "2026-06-20T00:00:00Z",
    "contest_result": "rejected",
    "corrected_downstream": "",
}


def challenged(n: int, **other: Any) -> list[Row]:
    return [{**CHALLENGE, **other}] * n


def unchallenged(n: int) -> list[Row]:
    return [{"ts_action": DONE}] * n


UPHELD = {"contest_result": "upheld", "corrected_downstream": 1}


@pytest.mark.parametrize(
    ("odd", "parameters", "verdict"),
    [
        ([], {"days": 28}, "supported"),
        ([], {}, "not testable"),  # nobody said how long it may take
        (challenged(1, ts_contest_decided="2026-08-01T00:00:00Z"), {"days": 28}, "contradicted"),
        (challenged(1, ts_contest_decided="", contest_result="pending"), {"days": 28}, "contradicted"),
        (
            challenged(1, ts_contest="2026-11-10T00:00:00Z", ts_contest_decided="", contest_result="pending"),
            {"days": 28},
            "supported",
        ),
        (challenged(1, contest_result="upheld", corrected_downstream=0), {"days": 28}, "contradicted"),
        (challenged(1, contest_result="upheld"), {"days": 28}, "not enough data"),
    ],
)
def test_challenges_in_time_and_with_effect(rule: Rule, odd: list[Row], parameters: Row, verdict: str) -> None:
    rows = [*unchallenged(950), *challenged(45), *challenged(4, **UPHELD), *odd]
    ruling = rule("CK-28", rows, parameters=parameters)
    assert ruling.verdict == verdict
    assert ruling.measures[0].value == pytest.approx(1000 * (49 + len(odd)) / (999 + len(odd)))


def test_many_upheld_challenges_speak_of_the_output(rule: Rule) -> None:
    rows = [*unchallenged(100), *challenged(60), *challenged(40, **UPHELD)]  # 40%: .309 to .498
    ruling = rule("CK-28", rows, parameters={"days": 28})
    assert ruling.verdict == "supported"
    assert any("more than one in five" in each for each in ruling.cautions)
    few = rule("CK-28", [*unchallenged(100), *challenged(6), *challenged(4, **UPHELD)], parameters={"days": 28})
    assert few.cautions == ()  # .168 to .687


@pytest.mark.parametrize(("n", "unknown"), [(200, True), (199, False)])
def test_no_challenge_at_all_is_never_support(rule: Rule, n: int, unknown: bool) -> None:
    row = {**dict.fromkeys(CHALLENGE, ""), "ts_action": DONE}
    ruling = rule("CK-28", [row] * n, parameters={"days": 28})
    assert ruling.verdict == "not enough data"
    assert ("not known" in ruling.sentence) is unknown
    assert ruling.measures[0].high == pytest.approx(1000 * (1 - 0.05 ** (1 / n)))


def costs(tool: tuple[int, int], other: tuple[int, int]) -> list[Row]:
    names = ("outcomes", "processed", "comparison_outcomes", "comparison_processed")
    return [
        {"item": "licence", "amount": 90_000},
        {"item": "compared", "amount": 10_000, **dict(zip(names, (*tool, *other), strict=True))},
    ]


@pytest.mark.parametrize(
    ("tool", "other", "verdict"),
    [
        ((80, 1000), (40, 1000), "supported"),
        ((40, 1000), (80, 1000), "contradicted"),
        ((50, 1000), (45, 1000), "not enough data"),
    ],
)
def test_outcomes_with_the_tool_against_a_comparison(
    rule: Rule, tool: tuple[int, int], other: tuple[int, int], verdict: str
) -> None:
    ruling = rule("CK-29", [{"outcome_label": 1, "flag": 1}], costs=costs(tool, other))
    (gap,) = [each for each in ruling.measures if each.unit == "difference"]
    assert ruling.verdict == verdict
    expected = confint_proportions_2indep(*tool, *other, method="newcomb", compare="diff")
    assert (gap.low, gap.high) == pytest.approx(expected)
    assert {each.label: each.value for each in ruling.measures}[
        "Cost of a useful outcome, in pounds"
    ] == 100_000 / tool[0]


def test_a_benefit_may_have_to_be_of_a_declared_size(rule: Rule) -> None:
    # +4 points: .0191 to .0616 by Newcombe.
    ruling = rule("CK-29", None, costs=costs((80, 1000), (40, 1000)), parameters={"least": 0.03})
    assert ruling.verdict == "not enough data"
    ruling = rule("CK-29", None, costs=costs((80, 1000), (40, 1000)), parameters={"least": 0.07})
    assert ruling.verdict == "contradicted"


def test_the_outcomes_of_the_log_where_the_figures_do_not_repeat_them(rule: Rule) -> None:
    log = [{"flag": 1, "outcome_label": 1}] * 80 + [{"flag": 1, "outcome_label": 0}] * 900 + [{"flag": 0}] * 20
    table = [{"comparison_outcomes": 40, "comparison_processed": 1000}]
    ruling = rule("CK-29", log, costs=table)
    assert (ruling.verdict, ruling.measures[0].value) == ("supported", 80)
    assert {each.label: each.value for each in ruling.measures}[
        "Cases processed without one, for each useful outcome"
    ] == pytest.approx(11.5)
    assert rule("CK-29", log).verdict == "not testable"
    nothing = [{"comparison_outcomes": "", "comparison_processed": ""}]
    assert rule("CK-29", log, costs=nothing).verdict == "not testable"


def documents(n: int, unsupported: int, *, of: int = 10, language: str = "English", severe: int = 0) -> list[Row]:
    return [
        {
            "document_id": f"{language}{i}",
            "language": language,
            "generated_claims": of,
            "unsupported_claims": 1 if i < unsupported else 0,
            "severe_errors": 1 if i < severe else 0,
        }
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("rows", "parameters", "verdict"),
    [
        (documents(400, 20), {"limit": 0.02}, "supported"),  # 20 of 4,000
        (documents(400, 300), {"limit": 0.02}, "contradicted"),
        (documents(400, 70), {"limit": 0.02}, "not enough data"),
        (documents(5, 0), {"limit": 0.02}, "not enough data"),
        (documents(400, 20, severe=0), {"limit": 0.02, "severe_limit": 0.01}, "supported"),
        (documents(400, 20, severe=40), {"limit": 0.02, "severe_limit": 0.01}, "contradicted"),
        # One language of three is far over, though all of them together are not.
        (
            [*documents(900, 10), *documents(40, 30, language="Polish"), *documents(900, 9, language="Welsh")],
            {"limit": 0.02},
            "contradicted",
        ),
        (documents(40, 2), {}, "not testable"),
    ],
)
def test_statements_without_support(rule: Rule, rows: list[Row], parameters: Row, verdict: str) -> None:
    assert rule("CK-31", rows, parameters=parameters).verdict == verdict


def test_statements_of_a_document_are_alike(rule: Rule) -> None:
    # 20 documents of 50 with all ten statements without support: as good as 50 rows, not as 500.
    rows = documents(50, 0)
    for row in rows[:20]:
        row["unsupported_claims"] = 10
    share = rule("CK-31", rows, parameters={"limit": 0.3}).measures[0]
    assert (share.count, share.of, share.method) == (200, 500, "wilson_clustered")
    # Sandwich variance .24/49, so 49 effective rows, times (1.95996/2.00958)² with 49 degrees of freedom: 46.61.
    low, high = proportion_confint(0.4 * 46.61, 46.61, method="wilson")
    assert (share.low, share.high) == pytest.approx((low, high), abs=2e-4)


def test_impossible_counts_are_left_out_and_said(rule: Rule) -> None:
    rows = [*documents(50, 0), {"document_id": "x", "generated_claims": 3, "unsupported_claims": 4}]
    ruling = rule("CK-31", rows, parameters={"limit": 0.2})
    assert (ruling.measures[0].of, "1 document has counts" in ruling.cautions[0]) == (500, True)
    assert rule("CK-31", [{"generated_claims": 3}]).missing == ("unsupported_claims",)
