"""CK-32 to CK-34 on tables written by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

from impact.claims.check import Ruling

Rule = Callable[..., Ruling]
Row = dict[str, Any]


def exported(name: str, rows: tuple[int, int], fields: tuple[int, int], reimport: str = "ok", **other: Any) -> Row:
    return {
        "table": name,
        "rows_exported": rows[0],
        "rows_expected": rows[1],
        "fields_exported": fields[0],
        "fields_expected": fields[1],
        "reimport": reimport,
        "hours": 1.5,
        "derived": "",
        **other,
    }


GOOD = [exported("people", (500, 500), (40, 40)), exported("links", (90, 90), (18, 20), derived=1)]


@pytest.mark.parametrize(
    ("tables", "verdict"),
    [
        (GOOD, "supported"),  # 58 of 60 fields
        ([*GOOD, exported("notes", (99, 100), (4, 4))], "contradicted"),
        # More rows in one table do not make up for one that lacks some.
        ([*GOOD, exported("notes", (99, 100), (4, 4)), exported("log", (101, 100), (4, 4))], "contradicted"),
        ([exported("people", (500, 500), (18, 20))], "contradicted"),  # 90% of fields
        ([exported("people", (500, 500), (19, 20))], "supported"),  # 95%
        ([*GOOD, exported("notes", (5, 5), (4, 4), "failed: character set")], "contradicted"),
        ([*GOOD, exported("notes", (5, 5), (4, 4), "")], "not enough data"),
        ([{"table": "people", "rows_expected": 5, "rows_exported": 5}], "not testable"),
        ([{"table": "people", "rows_expected": 5, "rows_exported": 4}], "contradicted"),
        (
            [{"rows_expected": "", "rows_exported": "", "fields_expected": "", "fields_exported": "", "reimport": ""}],
            "not enough data",
        ),
    ],
)
def test_the_export_of_every_table(rule: Rule, tables: list[Row], verdict: str) -> None:
    assert rule("CK-32", None, export_test=tables).verdict == verdict


def test_the_export_is_told_with_its_numbers(rule: Rule) -> None:
    ruling = rule("CK-32", None, export_test=GOOD)
    values = {each.label: (each.value, each.count, each.of) for each in ruling.measures}
    assert "590 of 590 (100%) rows expected" in ruling.sentence
    assert values["Fields exported"] == (pytest.approx(58 / 60), 58, 60)
    assert values["Rows of derived data exported"] == (1.0, 90, 90)
    assert values["Time that the export took"][0] == 3.0
    assert rule("CK-32", [{"flag": 1}]).verdict == "not testable"


def month(name: str, k: int, n: int) -> list[Row]:
    """n alerts of which k were right; opened within the hour where they were right."""
    start = f"2026-{name}-10T10:00:00Z"
    right = {
        "flag": 1,
        "outcome_label": 1,
        "ts_scored": start,
        "ts_alert": start,
        "ts_open": f"2026-{name}-10T11:00:00Z",
    }
    wrong = {**right, "outcome_label": 0, "ts_open": f"2026-{name}-10T11:00:01Z"}
    return [right] * k + [wrong] * (n - k) + [{"flag": 0, "outcome_label": 1, "ts_scored": start}] * 3


def target(value: float | str, direction: str = "", numerator: str = "outcome_label", **other: Any) -> Row:
    row = {"kpi": "right", "numerator": numerator, "denominator": "flag", "target": value, "direction": direction}
    return {**row, "period": "", "within_hours": "", **other}


LOG = [*month("05", 90, 100), *month("06", 85, 100), *month("07", 70, 100)]  # 245 of 300: .769 to .857


@pytest.mark.parametrize(
    ("kpis", "verdict", "off"),
    [
        ([target(0.75)], "supported", "1 of 3"),
        ([target(0.90)], "contradicted", "2 of 3"),
        ([target(0.80)], "not enough data", "1 of 3"),
        ([target(0.90, "at most")], "supported", "0 of 3"),
        ([target(0.60, "at_most")], "contradicted", "3 of 3"),
        ([target(0.75, period="quarter")], "supported", "1 of 2"),
        ([target(0.85, period="Year")], "not enough data", "1 of 1"),
        # Opened within an hour of the alert: the same 245 rows.
        ([target(0.75, numerator="ts_open", denominator="ts_alert", within_hours=1)], "supported", "1 of 3"),
        ([target(0.75), target(0.9)], "contradicted", "1 of 3"),
        ([target(0.75), target(75)], "not testable", "1 of 3"),  # 75 is no share
    ],
)
def test_targets_against_the_log(rule: Rule, kpis: list[Row], verdict: str, off: str) -> None:
    ruling = rule("CK-33", LOG, kpis=kpis)
    assert (ruling.verdict, ruling.tables[0].rows[0][3]) == (verdict, off)
    assert (ruling.measures[0].count, ruling.measures[0].of) == (245, 300)
    assert (ruling.measures[0].low, ruling.measures[0].high) == pytest.approx(
        proportion_confint(245, 300, method="wilson")
    )


@pytest.mark.parametrize(
    ("target_", "right", "unknown", "verdict"),
    [
        # 300 alerts, 245 right, the others wrong: 77% to 86% (Wilson). Of some nobody knows.
        (0.7, 245, 0, "supported"),
        (0.7, 235, 10, "supported"),  # 235 of 300 at worst: 73.3% to 82.6%
        (0.7, 200, 45, "not enough data"),  # 200 or 245 of 300: 61% to 72%, or 77% to 86%
        (0.9, 245, 10, "contradicted"),  # 255 of 300 at best: 80.5% to 88.6%
        (0.9, 245, 50, "not enough data"),  # 295 of 300 at best
        (0.5, 0, 300, "not enough data"),  # nobody knows anything
    ],
)
def test_what_is_unknown_is_neither_a_yes_nor_a_no(
    rule: Rule, target_: float, right: int, unknown: int, verdict: str
) -> None:
    labels = [1] * right + [""] * unknown + [0] * (300 - right - unknown)
    rows = [{"flag": 1, "outcome_label": label, "ts_scored": "2026-05-01T00:00:00Z"} for label in labels]
    ruling = rule("CK-33", rows, kpis=[target(target_)])
    assert ruling.verdict == verdict
    assert (ruling.measures[0].count, ruling.measures[0].of) == (right, 300 - unknown)
    assert (f"{unknown} of 300 rows are neither yes nor no" in " ".join(ruling.cautions)) == bool(unknown)
    # The same with two rows of each person, so that the sums over people are bounded as well.
    people = [{**row, "subject_key": f"p{i // 2}"} for i, row in enumerate(rows)]
    assert rule("CK-33", people, kpis=[target(target_)]).verdict == verdict


def test_rows_of_one_person_are_alike_in_a_target(rule: Rule) -> None:
    # 50 people with four alerts each, all right or all wrong: as good as 50 alerts, not 200.
    rows = [{"subject_key": f"p{i % 50}", "flag": 1, "outcome_label": int(i % 50 < 40)} for i in range(200)]
    measure = rule("CK-33", rows, kpis=[target(0.5)]).measures[0]
    # Sandwich variance .16/49, so 49 rows, times (1.95996/2.00958)² with 49 degrees of freedom: 46.61.
    low, high = proportion_confint(0.8 * 46.61, 46.61, method="wilson")
    assert (measure.count, measure.of, measure.method) == (160, 200, "wilson_clustered")
    assert (measure.low, measure.high) == pytest.approx((low, high), abs=2e-4)


@pytest.mark.parametrize(
    ("kpi", "count", "of"),
    [
        (target(0.5, denominator=""), 254, 309),  # of all rows
        (target(0.5, numerator="ts_open", denominator=""), 300, 309),  # recorded
    ],
)
def test_what_a_target_counts(rule: Rule, kpi: Row, count: int, of: int) -> None:
    measure = rule("CK-33", LOG, kpis=[kpi]).measures[0]
    assert (measure.count, measure.of) == (count, of)


def test_a_target_of_a_column_that_is_not_there(rule: Rule) -> None:
    ruling = rule("CK-33", LOG, kpis=[target(0.5, numerator="uptime; DROP TABLE log")])
    assert (ruling.verdict, ruling.measures) == ("not testable", ())
    assert "Cannot be tested" in ruling.cautions[0]
    timed = target(0.5, numerator="flag", denominator="ts_scored", within_hours=2)
    assert rule("CK-33", LOG, kpis=[timed]).verdict == "not testable"
    assert rule("CK-33", LOG).verdict == "not testable"


def opened(*rows: tuple[str, str]) -> list[Row]:
    """Alerts of June 2026 (“day hour”), each with when it was opened (or not)."""

    def moment(text: str) -> str:
        day, _, hour = text.partition(" ")
        return f"2026-06-{int(day):02}T{int(hour):02}:00:00Z" if text else ""

    return [{"flag": 1, "ts_scored": moment(a), "ts_alert": moment(a), "ts_open": moment(b)} for a, b in rows]


SOON, LATE, NEVER = ("1 10", "1 11"), ("1 10", "3 10"), ("1 10", "")  # within a day; after two; not at all
DUE_LATER = ("30 12", "")  # due on 1 July at 12
LAST = ("29 0", "30 18")  # opened late, and the last thing that happened in the log: 30 June, 18:00


def in_a_day(value: float, direction: str = "") -> Row:
    return target(value, direction, numerator="ts_open", denominator="ts_alert", within_hours=24)


@pytest.mark.parametrize(
    ("kpi", "soon", "bad", "later", "verdict"),
    [
        # 300 alerts, of which LAST is one and always late; shares by Wilson.
        (in_a_day(0.8), 260, 39, 0, "supported"),  # 260 of 300: 82.3% to 90.1%
        (in_a_day(0.8), 259, 20, 20, "supported"),  # at worst 259 of 300: 82.0%
        (in_a_day(0.8), 245, 39, 15, "not enough data"),  # 245 (76.9% to 85.6%) or 260 of 300
        (in_a_day(0.8), 200, 39, 60, "not enough data"),  # 200 of 300 would fall short (72%), 260 would do
        (in_a_day(0.9), 200, 60, 39, "contradicted"),  # at best 239 of 300: 83.8%
        (in_a_day(0.9, "at most"), 200, 60, 39, "supported"),  # at best 239
        (in_a_day(0.65, "at most"), 200, 60, 39, "not enough data"),  # 200 (61.1% to 71.8%) or 239 (74.8% to 83.8%)
        (in_a_day(0.5, "at most"), 200, 60, 39, "contradicted"),  # 200 already
        (in_a_day(0.8), 0, 0, 299, "not enough data"),  # nothing is known yet
    ],
)
def test_what_is_not_yet_due_when_the_log_ends_decides_no_target(
    rule: Rule, kpi: Row, soon: int, bad: int, later: int, verdict: str
) -> None:
    rows = opened(*[SOON] * soon, *[(LATE, NEVER)[i % 2] for i in range(bad)], *[DUE_LATER] * later, LAST)
    ruling = rule("CK-33", rows, kpis=[kpi])
    said = f"{later} of 300 rows were not yet due when the log ended (30 June 2026, 18:00 UTC)"
    assert ruling.verdict == verdict
    assert (said in " ".join(ruling.cautions)) == bool(later)
    # What is printed is what the verdict rests on: the least, and the most that it can become.
    ends = [(each.count, each.of) for each in ruling.measures]
    assert ends == ([(soon, 300), (soon + later, 300)] if later else [(soon, 300)])
    low, high = proportion_confint(soon, 300, method="wilson")
    assert (ruling.measures[0].low or 0.0, ruling.measures[0].high) == pytest.approx((low, high)) or not soon
    # The same with two rows of each person, mostly of two kinds: the sums over people are bounded as well.
    people = [{**row, "subject_key": f"p{i % 150}"} for i, row in enumerate(rows)]
    assert rule("CK-33", people, kpis=[kpi]).verdict == verdict


@pytest.mark.parametrize(
    ("last", "as_at", "late"),
    [
        ("30 11", date(2026, 11, 20), 0),  # the log ends an hour before it is due
        ("30 12", date(2026, 11, 20), 0),  # as it becomes due: somebody may open it now
        ("30 13", date(2026, 11, 20), 1),
        ("30 13", date(2026, 6, 29), 0),  # what “now” means comes before the end of the log
        ("30 13", date(2026, 6, 30), 1),
    ],
)
def test_when_a_log_ends(rule: Rule, last: str, as_at: date, late: int) -> None:
    """One alert of 29 June at 12, due a day later and never opened; another one opened as the last thing of the log."""
    rows = opened(("29 12", ""), (last, last))
    # Planned times and dates of the data say nothing of when the log ends.
    rows = [{**row, "authority_to": "2027-01-01", "oldest_source_ts": "2026-12-31T00:00:00Z"} for row in rows]
    ruling = rule("CK-33", rows, kpis=[in_a_day(0.5)], as_at=as_at)
    assert any("1 of 2 rows were not yet due" in each for each in ruling.cautions) == (not late)
    assert [each.count for each in ruling.measures] == ([1] if late else [1, 2])


def test_a_month_with_what_is_not_yet_due_is_open(rule: Rule) -> None:
    """Of June three of four alerts were opened in time and one is not yet due: 75% or 100%, of which 80% are agreed."""
    may = [
        {**row, **{name: row[name].replace("-06-", "-05-") for name in row if name != "flag"}} for row in opened(SOON)
    ]
    ruling = rule("CK-33", [*may, *opened(SOON, SOON, ("30 18", "30 18"), DUE_LATER)], kpis=[in_a_day(0.8)])
    assert ruling.tables[0].rows[0][2:4] == ("4 of 5 (80%), 1 not yet due", "0 of 2, and 1 open")


def aged(**bands: int) -> list[Row]:
    return [{"subject_key": f"{band}{i}", "age_band": band.strip()} for band, n in bands.items() for i in range(n)]


@pytest.mark.parametrize(
    ("bands", "verdict", "value"),
    [
        ({"18-24": 100, "25 - 34": 40, "65+": 20, "85 and over": 3}, "supported", 0),
        ({"18-24": 100, "10-17": 12}, "contradicted", 12),
        ({"18-24": 100, "10-17": 3}, "contradicted", None),  # so few are not counted out
        ({"18-24": 100, "Under 18": 11}, "contradicted", 11),
        ({"18-24": 100, "<18": 11}, "contradicted", 11),
        ({"18-24": 100, "<=17": 11}, "contradicted", 11),
        ({"18-24": 100, "17": 11}, "contradicted", 11),
        ({"18-24": 100, "18": 11}, "supported", 0),
        ({"18-24": 100, "16-24": 11}, "not enough data", 0),
        ({"18-24": 100, "under 25": 1}, "not enough data", 0),
        ({"18-24": 100, "16+": 1}, "not enough data", 0),
        ({"18-24": 100, " ": 11}, "not enough data", 0),  # not recorded
        ({"18-24": 100, "adult": 11}, "not enough data", 0),
    ],
)
def test_bands_of_age(rule: Rule, bands: dict[str, int], verdict: str, value: int | None) -> None:
    ruling = rule("CK-34", aged(**bands))
    assert (ruling.verdict, ruling.measures[0].value) == (verdict, value)
    assert "3" not in ruling.sentence or bands.get("10-17") != 3


def test_a_person_is_counted_once_and_another_age_may_be_declared(rule: Rule) -> None:
    rows = aged(**{"10-17": 12, "18-20": 30}) * 3
    assert "12 people in the log are under 18." in rule("CK-34", rows).sentence
    assert "42 people in the log are under 21." in rule("CK-34", rows, parameters={"adult_at": 21}).sentence
    assert rule("CK-34", [{"flag": 1}]).missing == ("age_band",)
