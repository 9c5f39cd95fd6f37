"""What a second count of the checks found, on logs as people write them: each case was ruled on wrongly before.

Dates without a time, words for nothing, rows twice, figures in percent, people of whom something is not known. Expected
figures are worked by hand in the test, or come from pandas, scipy and statsmodels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from impact.claims.check import Ruling
from impact.metrics.logs.opening import DecisionLog

Rule = Callable[..., Ruling]
Row = dict[str, Any]

# ---- Times -------------------------------------------------------------------------------------------------------


def test_times_without_an_offset_are_told_and_a_date_alone_is_not(logs: Callable[..., DecisionLog]) -> None:
    for at, said in (
        ("2026-05-31 10:00:00", True),
        ("2026-05-31T10:00:00", True),
        ("2026-05-31T10:00:00Z", False),
        ("2026-05-31T10:00:00.5+01:00", False),
        ("2026-05-31 10:00:00+01", False),
        ("2026-05-31", False),
    ):
        log = logs([{"ts_scored": "2026-05-30T10:00:00Z"}, {"ts_scored": at}, {"ts_scored": ""}])
        assert bool(log.notes) is said, at


@pytest.mark.parametrize(
    ("end", "hour", "inside"),
    [
        ("2026-05-31", "10:00:00Z", True),  # a date alone: the whole of that day …
        ("2026-05-31", "23:59:59Z", True),
        ("2026-05-30", "00:00:00Z", False),  # … and nothing of the next
        ("2026-05-31T00:00:00Z", "10:00:00Z", False),  # a time is that time
    ],
)
def test_a_date_alone_until_which_something_holds_is_the_whole_day(
    rule: Rule, end: str, hour: str, inside: bool
) -> None:
    when = f"2026-05-31T{hour}"
    use = {
        "deployment_id": "d", "authority_ref": "A", "ts_authority": "2026-05-01T12:00:00Z", "ts_start": when,
        "ts_end": when, "location_id": "x", "authority_place": "x", "authority_from": "2026-05-01",
        "authority_to": end,
    }  # fmt: skip
    approved = [{"model_version": "v", "threshold": 0.5, "valid_from": "2026-05-01", "valid_to": end}]
    rows = [{"model_version": "v", "threshold": 0.5, "ts_scored": when}]
    wanted = "supported" if inside else "contradicted"
    assert (rule("CK-23", [use]).verdict, rule("CK-17", rows, approved_settings=approved).verdict) == (wanted, wanted)


# ---- CK-17 -------------------------------------------------------------------------------------------------------

SCORED = {"model_version": "v9", "threshold": 0.2, "ts_scored": "2026-06-01T09:00:00Z"}
TESTED = {"model_version": "v1", "threshold": 0.5, "config_hash": "", "valid_to": ""}


def test_a_row_of_the_file_that_names_no_setting_approves_nothing(rule: Rule) -> None:
    empty = {"model_version": "", "threshold": "", "valid_to": "2027-01-01"}
    ruling = rule("CK-17", [SCORED] * 5, approved_settings=[TESTED, empty])
    assert (ruling.verdict, ruling.measures[0].count) == ("contradicted", 5)
    # Only the hash says what was approved there, and the log has none: it may have been these rows.
    ruling = rule("CK-17", [SCORED] * 5, approved_settings=[TESTED, {**empty, "config_hash": "ab"}])
    assert (ruling.verdict, ruling.measures[0].count) == ("not enough data", 5)
    assert rule("CK-17", [SCORED] * 5, approved_settings=[{**empty, "config_hash": "ab"}]).verdict == "not testable"


@pytest.mark.parametrize(
    ("columns", "approved", "verdict"),
    [
        (("model_version", "threshold"), TESTED, "supported"),
        (("model_version",), TESTED, "not testable"),  # where the threshold stood, nobody knows
        (("threshold",), TESTED, "not testable"),
        (("model_version", "config_hash"), {**TESTED, "config_hash": "ab"}, "supported"),  # the hash covers it
        (("config_hash",), {"config_hash": "ab"}, "supported"),
        (("model_version", "threshold"), {**TESTED, "config_hash": "ab"}, "not testable"),
    ],
)
def test_what_was_not_compared_with_the_approved_settings_is_not_supported(
    rule: Rule, columns: tuple[str, ...], approved: Row, verdict: str
) -> None:
    row = {"model_version": "v1", "threshold": 0.5, "config_hash": "ab"}
    rows = [{**{name: row[name] for name in columns}, "ts_scored": SCORED["ts_scored"]}] * 300
    assert rule("CK-17", rows, approved_settings=[approved]).verdict == verdict


def test_a_blank_or_capitals_make_no_other_setting(rule: Rule) -> None:
    rows = [{"model_version": "v1 ", "config_hash": "AB", "threshold": 0.6, "ts_scored": SCORED["ts_scored"]}] * 9
    approved = [{"model_version": " v1", "config_hash": "ab", "threshold": 0.6, "lowest_tested": 0.5}]
    for check in ("CK-17", "CK-18"):
        assert rule(check, rows, approved_settings=approved).verdict == "supported"
    rows = [{**rows[0], "model_version": "V1"}]
    assert rule("CK-17", rows, approved_settings=approved).verdict == "contradicted"


# ---- CK-32 to CK-34 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        ("34.0", "supported"),  # a whole number that a program stored as a decimal
        ("17.0", "contradicted"),
        (">17", "supported"),
        ("≥18", "supported"),
        ("aged under 18", "contradicted"),
        ("up to 17", "contradicted"),
        ("12 to under 18", "contradicted"),
        ("18 and under", "not enough data"),
        ("20s", "supported"),
        ("10s", "not enough data"),  # 10 to 19
        ("not under 18", "not enough data"),
        ("1960-05-03", "not enough data"),  # a date of birth is no band
        ("03/05/2012", "not enough data"),
        ("2010-2015", "not enough data"),  # nor are years of birth
        ("18 months", "not enough data"),
    ],
)
def test_ages_as_people_write_them(rule: Rule, band: str, verdict: str) -> None:
    rows = [{"subject_key": f"k{i}", "age_band": "30-40"} for i in range(40)]
    assert rule("CK-34", [*rows, {"subject_key": "x", "age_band": band}]).verdict == verdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("OK.", "supported"),
        ("Passed", "supported"),
        ("not tested", "not enough data"),
        ("N/A", "not enough data"),
        ("pending", "not enough data"),
        ("letters lost", "contradicted"),
    ],
)
def test_an_export_that_nobody_read_in_again_did_not_fail(rule: Rule, said: str, verdict: str) -> None:
    table = {"rows_expected": 9, "rows_exported": 9, "fields_expected": 3, "fields_exported": 3, "reimport": said}
    assert rule("CK-32", export_test=[table]).verdict == verdict


@pytest.mark.parametrize(
    ("direction", "verdict"),
    [
        ("", "supported"),
        ("at least", "supported"),
        ("no more than", "contradicted"),
        ("<", "contradicted"),
        ("lower is better", "not testable"),
    ],
)
def test_the_direction_of_a_target_is_not_guessed(rule: Rule, direction: str, verdict: str) -> None:
    # Half of 1,000 alerts: well above 0.2.
    kpis = [{"kpi": "alerts", "numerator": "flag", "target": 0.2, "direction": direction}]
    assert rule("CK-33", [{"flag": i % 2} for i in range(1000)], kpis=kpis).verdict == verdict


# ---- CK-23 and CK-26 ---------------------------------------------------------------------------------------------

USE = {
    "deployment_id": "d", "authority_ref": "A1", "ts_authority": "2026-05-30T10:00:00Z",
    "ts_start": "2026-05-31T09:00:00Z", "ts_end": "2026-05-31T12:00:00Z", "location_id": "x", "authority_place": "x",
    "authority_from": "2026-05-30", "authority_to": "2026-06-30",
}  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "verdict"),
    [
        ({}, "supported"),
        ({"authority_ref": "None"}, "contradicted"),
        ({"authority_ref": "tbc"}, "contradicted"),
        ({"ts_authority": "2026-05-31"}, "not enough data"),  # before nine in the morning, or after?
        ({"ts_authority": "2026-05-30"}, "supported"),
        ({"ts_authority": "2026-06-01"}, "contradicted"),
        ({"ts_end": ""}, "not enough data"),  # how long did it run?
    ],
)
def test_an_authority_that_says_little(rule: Rule, odd: Row, verdict: str) -> None:
    others = [{**USE, "deployment_id": f"e{i}"} for i in range(20)]
    assert rule("CK-23", [*others, {**USE, **odd}]).verdict == verdict


ASKED = {
    "query_user": "u", "case_ref": "C1", "query_subject": "other", "on_shift": "true", "supplier_user": "false",
    "ts_scored": "2026-05-01T00:00:00Z", "query_audited": "true",
}  # fmt: skip


@pytest.mark.parametrize(
    ("odd", "verdict"),
    [
        ({}, "supported"),
        ({"case_ref": "none"}, "contradicted"),
        ({"case_ref": "N/A"}, "contradicted"),
        ({"query_subject": "my neighbours"}, "not enough data"),  # no word of the contract
        ({"query_user": ""}, "not enough data"),  # a query, and nobody knows whose
        ({"ts_scored": ""}, "not enough data"),  # in which month?
    ],
)
def test_a_query_that_says_little(rule: Rule, odd: Row, verdict: str) -> None:
    figures = {"supplier_access": "none", "audit_share": 0.9}
    ruling = rule("CK-26", [*[ASKED] * 200, {**ASKED, **odd}], parameters=figures)
    assert ruling.verdict == verdict


@pytest.mark.parametrize(
    ("looked", "unknown", "verdict"),
    [
        (190, 10, "supported"),  # at least 190 of 200
        (20, 180, "not enough data"),  # 20 to 200 of 200
        (20, 20, "contradicted"),  # at most 40 of 200
    ],
)
def test_queries_of_which_nobody_recorded_whether_they_were_looked_at(
    rule: Rule, looked: int, unknown: int, verdict: str
) -> None:
    said = ["true"] * looked + [""] * unknown + ["false"] * (200 - looked - unknown)
    rows = [{**ASKED, "query_audited": each} for each in said]
    assert rule("CK-26", rows, parameters={"supplier_access": "none", "audit_share": 0.85}).verdict == verdict


# ---- CK-21 -------------------------------------------------------------------------------------------------------

GONE = {"found": "false", "due": "2026-05-31", "checked": "2026-06-30T09:00:00Z"}


@pytest.mark.parametrize(
    ("odd", "verdict", "looked"),
    [
        ({"found": "true"}, "contradicted", 5),
        ({"found": "true", "due": ""}, "not enough data", 4),  # perhaps it was not due
        ({"due": ""}, "not enough data", 4),
        ({"checked": ""}, "not enough data", 4),
        ({"found": "", "checked": ""}, "not enough data", 4),  # nobody looked, and it is long due
        ({"found": "", "checked": "", "due": "2026-12-24"}, "supported", 4),  # planted for later
        ({"found": "true", "checked": "2026-05-31T10:00:00Z"}, "supported", 4),  # it may go at the end of the day
        ({"checked": "2026-05-31"}, "supported", 5),  # gone on the day is gone
    ],
)
def test_a_planted_record_counts_once_it_is_due(rule: Rule, odd: Row, verdict: str, looked: int) -> None:
    records = [{"store": store, **GONE} for store in ("primary", "index", "backup", "supplier")]
    ruling = rule("CK-21", canaries=[*records, {"store": "index", **GONE, **odd}])
    assert (ruling.verdict, ruling.measures[0].of) == (verdict, looked)


# ---- CK-06 -------------------------------------------------------------------------------------------------------

CASES = [
    *({"case_id": f"f{i}", "flag": 1, "outcome_label": 1, "seeded_test": 0} for i in range(200)),
    *({"case_id": f"u{i}", "flag": 0, "outcome_label": "", "seeded_test": 0} for i in range(1000)),
]
AUDIT = [{"case_id": f"u{i}", "outcome_label": int(i < 2), "probability": 0.2} for i in range(200)]


def test_an_audited_case_that_was_written_down_twice_counts_once(rule: Rule) -> None:
    once, thrice = (rule("CK-06", CASES, audit_sample=rows, parameters={"recall": 0.9}) for rows in (AUDIT, AUDIT * 3))
    # 2 of 200 audited, so 10 of 1,000 were missed beside the 200 that were found.
    assert once.measures[0].value == pytest.approx(200 / 210)
    assert (thrice.measures[0].low, thrice.measures[0].high) == (once.measures[0].low, once.measures[0].high)
    assert "400 rows" in thrice.cautions[-1]
    # Yes in one place and no in another, and a planted test: neither says what was missed.
    odd = [*AUDIT, {**AUDIT[0], "outcome_label": 0}, {"case_id": "s", "outcome_label": 1, "probability": 0.2}]
    planted = {"case_id": "s", "flag": 0, "outcome_label": 1, "seeded_test": 1}
    ruling = rule("CK-06", [*CASES, planted], audit_sample=odd, parameters={"recall": 0.9})
    assert ruling.measures[0].value == pytest.approx(200 / (200 + 1000 * 1 / 199))
    assert ruling.cautions[0].startswith("2 audited cases were left out")


@pytest.mark.parametrize(
    ("flagged_known", "audited_unknown", "claimed", "verdict"),
    [
        (200, 0, 0.8, "supported"),
        # Of 200 flagged cases 40 have an outcome, all wanted: between 40 and 200 were, and about 10 were missed.
        (40, 0, 0.8, "not enough data"),
        (40, 0, 0.4, "supported"),  # 40 of 50 at worst
        (195, 0, 0.8, "supported"),  # five without an outcome turn nothing
        # Of 200 audited cases 100 have no outcome: between 10 and 500 were missed.
        (200, 100, 0.8, "not enough data"),
        (200, 100, 0.15, "supported"),  # 200 of 710 at worst
    ],
)
def test_cases_without_an_outcome_that_could_turn_the_answer_round(
    rule: Rule, flagged_known: int, audited_unknown: int, claimed: float, verdict: str
) -> None:
    rows = [{**row, "outcome_label": 1 if i < flagged_known else ""} for i, row in enumerate(CASES)]
    audit = [
        {**row, "outcome_label": row["outcome_label"] if i < 200 - audited_unknown else ""}
        for i, row in enumerate(AUDIT)
    ]
    assert rule("CK-06", rows, audit_sample=audit, parameters={"recall": claimed}).verdict == verdict


def test_two_hundred_audited_cases_of_five_people_are_five(rule: Rule) -> None:
    rows = [{**row, "subject_key": row["case_id"] if row["flag"] else f"p{i % 5}"} for i, row in enumerate(CASES)]
    none = [{**row, "outcome_label": 0} for row in AUDIT]
    assert rule("CK-06", CASES, audit_sample=none, parameters={"recall": 0.8}).verdict == "supported"
    ruling = rule("CK-06", rows, audit_sample=none, parameters={"recall": 0.8})
    # Wilson's upper limit of 0 of 5 is z²/(5 + z²), of 1,000 cases; all 200 flagged ones are wanted, or nearly.
    assert ruling.measures[0].low == pytest.approx(1 / (1 + 3.8415 / 8.8415 * 1000 / 200), abs=0.005)
    assert ruling.verdict == "not enough data"


# ---- CK-14 -------------------------------------------------------------------------------------------------------


def links(true: int, false: int, start: int = 0, **other: Any) -> list[Row]:
    return [{"pair_id": f"x{start + i}", "linked": 1, "true_link": int(i < true), **other} for i in range(true + false)]


@pytest.mark.parametrize("false", [0, 1])
def test_five_heavy_pairs_are_not_as_many_as_they_stand_for(rule: Rule, false: int) -> None:
    # 5 pairs of weight 10,000 and 50 of weight 1: they weigh as much as 50,050² / (5 · 10,000² + 50) = 5 alike.
    rows = [*links(50 - false, false, weight=1), *links(5, 0, 100, weight=10_000)]
    ruling = rule("CK-14", link_sample=rows, parameters={"precision": 0.9})
    assert ruling.verdict == "not enough data"
    # Wilson's lower limit of 5 of 5, at the few more that Student's t asks for: 5 / (5 + 1.96² · (2.005 / 1.96)²).
    assert ruling.measures[0].low == pytest.approx(5.01 / (5.01 + 2.0049**2), abs=2e-3)
    assert ruling.measures[0].of == pytest.approx(50_050)


def test_groups_of_weighted_pairs_are_compared_by_their_weights(rule: Rule) -> None:
    # A: 400 pairs of weight 2 with 8 false. B: 300 of weight 1 with 6 false and 100 of weight 4 with 8: 38 of 700.
    rows = [
        *links(392, 8, group="A", weight=2),
        *links(294, 6, 1000, group="B", weight=1),
        *links(92, 8, 2000, group="B", weight=4),
    ]
    ruling = rule("CK-14", link_sample=rows, parameters={"margin": 0.2})
    gap = next(each for each in ruling.measures if each.unit == "difference")
    assert gap.value == pytest.approx(16 / 800 - 38 / 700)
    # B is worth 700² / (300 + 1,600) = 258 pairs that weigh alike, 201 as false links are commoner among heavy ones:
    # r (1 - r) 700² / (16 (92 r² + 8 (1 - r)²) + 294 r² + 6 (1 - r)²) at r = 38/700. A, at B's rate: 800 · 700 / 1,900.
    from statsmodels.stats.proportion import confint_proportions_2indep  # type: ignore[import-untyped]

    low, high = confint_proportions_2indep(295 * 16 / 800, 295, 201 * 38 / 700, 201, compare="diff", method="newcomb")
    assert (gap.low, gap.high) == (pytest.approx(low, abs=2e-3), pytest.approx(high, abs=2e-3))


def test_pairs_without_a_finding_a_pair_twice_and_groups_that_are_not_told_apart(rule: Rule) -> None:
    good = links(200, 0)
    undecided = [{"pair_id": f"u{i}", "linked": 1, "true_link": ""} for i in range(100)]
    for more, precision, verdict in (
        ([], 0.9, "supported"),
        (undecided[:5], 0.9, "supported"),  # few
        (undecided, 0.9, "not enough data"),  # 200 to 300 of 300 are true
        (undecided, 0.6, "supported"),  # whatever they are
        ([good[0]], 0.9, "not enough data"),
    ):
        ruling = rule("CK-14", link_sample=[*good, *more], parameters={"precision": precision})
        assert ruling.verdict == verdict
    ruling = rule("CK-14", link_sample=good, parameters={"precision": 0.9, "margin": 0.05})
    assert (ruling.verdict, ruling.missing) == ("not testable", ("link_sample.group",))


# ---- CK-16 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "low", "high", "verdict"),
    [
        (80, 0.05, 0.1, "supported"),
        (80, 5, 10, "not testable"),  # in percent
        (80, 0.1, 0.05, "not testable"),  # the wrong way round
        (1000, 0.05, 0.1, "not enough data"),  # a log of alerts alone
        (999, 0.05, 0.1, "contradicted"),
    ],
)
def test_the_approved_range_of_the_share_flagged(rule: Rule, flags: int, low: float, high: float, verdict: str) -> None:
    rows = [{"flag": int(i < flags)} for i in range(1000)]
    assert rule("CK-16", rows, baseline=[{"measure": "flag_rate", "low": low, "high": high}]).verdict == verdict


# ---- CK-29 and CK-30 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("useful", "unknown", "verdict"),
    [
        (50, 0, "contradicted"),  # 5% against 10%
        (50, 50, "not enough data"),  # 5% to 10% against 10%
        (50, 10, "contradicted"),  # at most 6%
        (200, 100, "supported"),  # at least 20%
    ],
)
def test_outcomes_that_nobody_recorded_are_no_want_of_benefit(
    rule: Rule, useful: int, unknown: int, verdict: str
) -> None:
    rows = [{"flag": 1, "outcome_label": 1 if i < useful else "" if i < useful + unknown else 0} for i in range(1000)]
    costs = [{"comparison_outcomes": 100, "comparison_processed": 1000}]
    assert rule("CK-29", rows, costs=costs).verdict == verdict


def test_nobody_flagged_among_few_who_could_be_is_not_told_from_other_strata(rule: Rule) -> None:
    rows: list[Row] = []
    people: list[Row] = []
    # In unit A nobody is flagged at all; in B every second one, and one person there has made a disclosure.
    for unit, made, n, flagged in (("A", 1, 99, 0), ("A", 0, 100, 0), ("B", 1, 1, 0), ("B", 0, 1000, 500)):
        for i in range(n):
            key = f"{unit}{made}-{i}"
            rows.append({"subject_key": key, "flag": int(i < flagged)})
            people.append({"subject_key": key, "unit": unit, "protected_disclosure": made})
    ratio = rule("CK-30", rows, people=people).measures[0]
    # 500 of 1,000 flagged against one person: S = 500 · 1/1,001 and P = 1 · 1,000 · 500/1,001²; 1.96² P/S² is 7.7.
    # Without regard to units it would be 0 of 100 against 500 of 1,100, and at most 0.08.
    assert (ratio.value, ratio.low) == (0.0, 0.0)
    assert ratio.high == pytest.approx(3.841459 * (500_000 / 1001**2) / (500 / 1001) ** 2)


# ---- CK-13 -------------------------------------------------------------------------------------------------------


def test_of_several_rows_of_a_person_not_the_one_with_the_lowest_score_is_taken(rule: Rule) -> None:
    # Scores are drawn alike for all; people of A have one row and people of B five. The lowest of five lies at 1/6.
    rng = np.random.RandomState(1)
    rows: list[Row] = []
    for person in range(600):
        for _ in range(1 if person % 2 else 5):
            score = round(float(rng.rand()), 3)
            name = f"c{len(rows)}"
            rows.append({"case_id": name, "subject_key": f"p{person}", "ethnicity": "BA"[person % 2], "score": score})
    inputs = [{"case_id": row["case_id"], "x": int(rng.rand() < 0.5)} for row in rows]
    ruling = rule("CK-13", rows, inputs=inputs, parameters={"margin": 0.1, "legitimate": ["x"]})
    gap = next(each for each in ruling.measures if each.label.startswith("Difference of scores"))
    assert gap.value is not None
    assert abs(gap.value) < 0.1  # of 600 people; it was 0.33
    assert ruling.verdict == "supported"


def test_people_without_a_group_and_factors_that_tell_a_group_are_said(rule: Rule) -> None:
    rng = np.random.RandomState(2)
    rows = [
        {"subject_key": f"p{i}", "sex": "FM"[i % 2] if i < 600 else "", "score": round(float(rng.rand()), 3)}
        for i in range(700)
    ]
    inputs = [
        {"subject_key": row["subject_key"], "x": int(rng.rand() < 0.5), "desk": "ab"[i % 2]}
        for i, row in enumerate(rows)
    ]
    plain = [{"subject_key": row["subject_key"], "x": row["x"]} for row in inputs]
    ruling = rule("CK-13", rows, inputs=plain, parameters={"margin": 0.2, "legitimate": ["x"]})
    assert ruling.verdict == "supported"
    assert "100 people have no sex recorded and were left out there." in ruling.cautions
    # Who sits at desk a is a woman: what scores differ by, given the desk, nobody can say.
    ruling = rule("CK-13", rows, inputs=inputs, parameters={"margin": 0.2, "legitimate": ["desk"], "strong": 1})
    assert ruling.verdict == "not enough data"
