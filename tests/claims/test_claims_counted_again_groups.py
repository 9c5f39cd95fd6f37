"""What a second count of the checks by group and of the log's soundness found; see test_claims_counted_again.py."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep  # type: ignore[import-untyped]

from impact.claims.check import Measured, Ruling
from impact.claims.checks import catalogue
from impact.claims.examine import ask
from impact.metrics.logs.opening import DecisionLog
from impact.report.view.claims import _measure

from .conftest import context_of

Rule = Callable[..., Ruling]
Row = dict[str, Any]

# ---- CK-09 and CK-11 ---------------------------------------------------------------------------------------------


def test_scores_of_the_right_slope_whose_sum_could_be_far_off_are_not_supported(rule: Rule) -> None:
    # Seven scores from 0.002 to 0.98; of each as many have the outcome as it says: 168 in all.
    rows: list[Row] = []
    for score, n in ((0.002, 3000), (0.01, 500), (0.05, 100), (0.2, 20), (0.5, 10), (0.9, 50), (0.98, 100)):
        rows += [{"score": score, "outcome_label": int(i < round(score * n))} for i in range(n)]
    assert (sum(row["outcome_label"] for row in rows), round(sum(row["score"] for row in rows))) == (168, 168)
    # The slope is within a tenth of 1; the sum need not be: 90% limits of 168 events (Garwood 1936) are 147 and 191.
    low, high = stats.chi2.ppf(0.05, 336) / 2 / 168, stats.chi2.ppf(0.95, 338) / 2 / 168
    assert (low, high) == (pytest.approx(0.877, abs=5e-4), pytest.approx(1.137, abs=5e-4))
    ruling = rule("CK-09", rows, parameters={"tolerance": 0.1})
    slope = next(each for each in ruling.measures if each.label.startswith("Slope"))
    assert slope.low is not None
    assert slope.low > 0.9
    assert ruling.verdict == "not enough data"
    assert rule("CK-09", rows, parameters={"tolerance": 0.14}).verdict == "supported"


def test_a_characteristic_of_which_one_group_is_left_supports_nothing(rule: Rule) -> None:
    rows = [
        {"flag": int(i % 100 < 50), "sex": "FM"[i // 100 % 2], "religion": "A" if i % 50 else "B"} for i in range(40000)
    ]
    assert rule("CK-11", rows).verdict == "supported"
    ruling = rule("CK-11", rows, parameters={"least_share": 0.05})
    assert (ruling.verdict, ruling.cautions[0]) == ("not enough data", "Left out, as under 5% of people: B (religion).")


def test_impact_ratios_by_statsmodels(rule: Rule) -> None:
    counts = {"A": (700, 2000), "B": (400, 1500), "C": (110, 400)}
    rows = [{"flag": int(i < k), "ethnicity": name} for name, (k, n) in counts.items() for i in range(n)]
    for favourable, best in ((True, "A"), (False, "B")):
        ruling = rule("CK-11", rows, parameters={"favourable": favourable})
        for name in set(counts) - {best}:
            for what, spared in (("chosen", False),) if favourable else (("not flagged", True), ("flagged", False)):
                (one,) = (m for m in ruling.measures if m.label == f"Ratio {what}: {name} (ethnicity) to {best}")
                (k, n), (c, m) = ((n - k if spared else k, n) for k, n in (counts[name], counts[best]))
                wanted = confint_proportions_2indep(k, n, c, m, compare="ratio", method="score", correction=False)
                assert (one.value, one.low, one.high) == pytest.approx((k / n / (c / m), *wanted), rel=1e-4)
        assert ruling.verdict == "not enough data"  # 0.69 to 0.84, 0.66 to 0.93; 1.18 to 1.46


# ---- CK-35, CK-37 and CK-38 --------------------------------------------------------------------------------------


def staff(rank: str, n: int, **other: Any) -> list[Row]:
    return [
        {
            "subject_key": f"{rank}{i}",
            "rank_grade": rank,
            "flag": i % 4 == 0,
            "action_severity": 2 * (i % 8 == 0),
            **other,
        }
        for i in range(n)
    ]


ALIKE = [*staff("PC", 4000), *staff("Insp", 4000)]
HEADS = [{"rank_grade": "PC", "employed": 4000}, {"rank_grade": "Insp", "employed": 4000}]


@pytest.mark.parametrize(
    ("rows", "heads", "verdict"),
    [
        (ALIKE, HEADS, "supported"),
        (ALIKE, [HEADS[0], {"rank_grade": "Insp", "employed": 3000}], "not enough data"),  # more scanned than employed
        ([*ALIKE, *staff("Chief", 400)], HEADS, "not enough data"),  # a rank that the headcount has not
        (ALIKE[:6000], HEADS, "contradicted"),  # half of the inspectors were not scanned …
        ([*ALIKE[:6000], *staff("", 2000)], HEADS, "not enough data"),  # … or they are those without a rank
        ([*ALIKE, *staff("", 20)], HEADS, "supported"),  # few of 8,020
    ],
)
def test_a_headcount_that_does_not_fit_the_log(rule: Rule, rows: list[Row], heads: list[Row], verdict: str) -> None:
    assert rule("CK-35", rows, headcount=heads, parameters={"margin": 0.1}).verdict == verdict


def test_planted_tests_are_not_scanned_staff(rule: Rule) -> None:
    planted = [{**row, "seeded_test": "true"} for row in ALIKE[6000:]]
    rows = [*({**row, "seeded_test": ""} for row in ALIKE[:6000]), *planted]
    assert rule("CK-35", rows, headcount=HEADS, parameters={"margin": 0.1}).verdict == "contradicted"


def test_actions_without_a_severity_support_nothing(rule: Rule) -> None:
    rows = [
        {
            "flag": 1,
            "reviewer_decision": "agree",
            "action": "stop",
            "action_severity": 1 + 2 * (i % 2),
            "sex": "FM"[i // 4 % 2],
        }
        for i in range(20000)
    ]
    assert rule("CK-37", rows).verdict == "supported"
    ruling = rule("CK-37", [*rows, {**rows[0], "action_severity": ""}])
    assert ruling.verdict == "not enough data"
    assert ruling.cautions[0].startswith("1 action has no severity recorded and counts")


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ((1.0, 1.0), "contradicted"),  # 50% against 30%
        ((0.6, 0.62), "contradicted"),  # as often not known
        ((0.9, 0.5), "not enough data"),
    ],
)
def test_finds_of_which_more_are_known_in_one_group(rule: Rule, known: tuple[float, float], verdict: str) -> None:
    rows = [
        {
            "action_severity": 2,
            "sex": sex,
            "outcome_label": int(i % 10 < found) if i // 10 < share * 100 else "",
        }
        for sex, found, share in (("F", 5, known[0]), ("M", 3, known[1]))
        for i in range(1000)
    ]
    ruling = rule("CK-38", rows, parameters={"margin": 0.05})
    assert ruling.verdict == verdict
    if sum(known) < 2:
        lost = 2000 - round(1000 * sum(known))
        assert ruling.cautions[0] == f"{lost} of 2,000 actions have no outcome: left out."


# ---- CK-36 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "count", "verdict", "logged"),
    [
        ("", 100, "supported", "100"),  # rows without a time are rows of the log
        ("", 101, "contradicted", "100"),
        ("2026-05", 60, "supported", "60"),
        ("2026-05", 90, "not enough data", "60"),  # and perhaps of May
        ("2026-05", 101, "contradicted", "60"),  # were they all of May, one would still be wanting
    ],
)
def test_rows_without_a_time_are_counted_against_counts_from_outside(
    rule: Rule, period: str, count: int, verdict: str, logged: str
) -> None:
    rows = [{"subject_key": f"k{i}", "ts_scored": "2026-05-31T23:59:59Z" if i < 60 else ""} for i in range(100)]
    for counted in ("cases", "people"):
        outside = [{"source": "payroll", "period": period, "count": count, "counted": counted}]
        ruling = rule("CK-36", rows, external_counts=outside)
        assert (ruling.verdict, ruling.tables[0].rows[0][4]) == (verdict, logged)


# ---- The order of rows -------------------------------------------------------------------------------------------


def test_the_order_of_rows_moves_no_last_digit(logs: Callable[..., DecisionLog]) -> None:
    lot = random.Random(3)
    scored = [{"score": round(lot.random(), 4), "outcome_label": i % 3 == 0, "sex": "FM"[i % 2]} for i in range(3000)]
    places = [
        {
            "location_id": f"a{i % 9}",
            "ts_start": "2026-05-01T09:00:00Z",
            "ts_end": f"2026-05-01T10:{i % 60:02}:00.{i:03}Z",
        }
        for i in range(900)
    ]
    links_ = [
        {"linked": 1, "true_link": i % 7 > 0, "group": "AB"[i % 2], "weight": round(1 + lot.random(), 4)}
        for i in range(800)
    ]
    tables = {
        "link_sample": links_,
        "areas": [{"area_code": f"a{i}", "residents": 1000} for i in range(9)],
        "patrols": [
            {"area_code": f"a{i % 9}", "patrol_hours": lot.random(), "crimes_found": 1, "crimes_reported": 1}
            for i in range(900)
        ],
        "retraining": [{"run": "a", "location_id": "x", "rank": 1}],
        "costs": [
            {"amount": round(lot.random(), 2), "comparison_outcomes": 1, "comparison_processed": 9} for _ in range(99)
        ],
    }
    checks = [catalogue()[name] for name in ("CK-09", "CK-14", "CK-24", "CK-25", "CK-29")]
    found = []
    for _ in range(3):
        rows = [*scored, *places]
        for each in (rows, *tables.values()):
            lot.shuffle(each)
        log = logs(rows, **tables)
        context = context_of(log, parameters={}, reference={}, as_at=date(2026, 11, 20))
        found.append(ask(checks, {check.id: context for check in checks}, log))
    assert found[0] == found[1] == found[2]


def test_a_difference_of_shares_is_printed_in_points() -> None:
    one = Measured("False links", 0.1206, "difference", 0.0888, 0.1573, 0.95, "newcombe").to_json()
    assert _measure(one)[1:] == ("+12.1 points", "", "+8.9 to +15.7 points")
    assert _measure({**one, "value": -0.051, "low": None, "high": None})[1:] == ("−5.1 points", "", "")


@pytest.mark.parametrize("n", [0, 1, 9])
def test_fewer_than_ten_scores_with_outcomes_stop_nothing(rule: Rule, n: int) -> None:
    rows = [{"score": 0.1 * i, "outcome_label": i % 2 if i < n else ""} for i in range(10)]
    assert rule("CK-09", rows).verdict == "not enough data"
